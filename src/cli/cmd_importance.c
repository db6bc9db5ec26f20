// hone importance: how much of an objective's variance each parameter explains.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { BAR = 24 }; // columns of a share of 100 %
#define LITTLE 0.3 // an R² below says that much is not explained

// --- JSON ---

static json_t *importance_json(const hone_importance *importance)
{
    json_t *params = json_array();
    for (uint32_t i = 0; i < hone_importance_n_params(importance); i++) {
        hone_importance_param p = hone_importance_param_at(importance, i);
        json_t *o = json_pack("{s:s}", "name", p.name);
        json_object_set_new(o, "share", cli_json_double(p.share));
        json_object_set_new(o, "spread", cli_json_double(p.spread));
        json_object_set_new(o, "n_trials", json_integer(p.n_trials));
        json_array_append_new(params, o);
    }
    json_t *o = json_pack("{s:s, s:i}", "name", hone_importance_metric(importance), "n_trials",
                          (int)hone_importance_n_trials(importance));
    json_object_set_new(o, "r2", cli_json_double(hone_importance_r2(importance)));
    json_object_set_new(o, "rest", cli_json_double(hone_importance_rest(importance)));
    json_object_set_new(o, "params", params);
    return o;
}

// --- text ---

// Eighths of a column where the locale has them; never nothing.
static char *bar(double share)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int n = (int)lround(share * BAR * 8);
    n = n < 1 ? 1 : n;
    char *text = cli_alloc(BAR * 3 + 8), *end = text;
    if (!cli_utf8()) {
        memset(text, n < 4 ? '.' : '#', n < 4 ? 1 : (size_t)(n + 4) / 8);
        return text;
    }
    for (int i = 0; i < n / 8; i++, end += strlen("█"))
        memcpy(end, "█", strlen("█"));
    memcpy(end, eighths[n % 8], strlen(eighths[n % 8]));
    return text;
}

static void row(cli_table *table, const char *name, double share, double spread)
{
    char *percent = cli_format("%.0f%%", 100 * share), *drawn = bar(share);
    char *about = isnan(spread) ? cli_dup("") : cli_format("%.0f%%", 100 * spread);
    cli_table_cell(table, name);
    cli_table_cell(table, percent);
    cli_table_cell(table, about);
    cli_table_cell(table, drawn);
    free(percent);
    free(drawn);
    free(about);
}

static void show_table(const cli_args *cli, const hone_importance *importance)
{
    const char *titles[] = {"parameter", "alone", cli_utf8() ? "±" : "+-", "of the variance", NULL};
    cli_table *table = cli_table_create("lrrl", titles);
    for (uint32_t i = 0; i < hone_importance_n_params(importance); i++) {
        hone_importance_param p = hone_importance_param_at(importance, i);
        row(table, p.name, p.share, p.spread);
    }
    row(table, "(together)", hone_importance_rest(importance), NAN);
    cli_table_print(cli, table);
}

static void show_text(const cli_args *cli, const hone_importance *importance)
{
    const char *name = hone_importance_metric(importance);
    unsigned n = hone_importance_n_trials(importance);
    double r2 = hone_importance_r2(importance);
    char *text = NULL;
    if (r2 <= 0) {
        text = cli_format("%u trials do not tell what %s depends on: a model of them explains "
                          "nothing of a trial that it has not seen (R² %.2f). More trials may.",
                          n, name, r2);
    } else {
        show_table(cli, importance);
        putchar('\n');
        text = cli_format("Shares of the variance of %s over the whole space, by a model of %u "
                          "trials that explains %.0f%% of the variance of trials that it has not "
                          "seen%s.",
                          name, n, 100 * r2,
                          r2 < LITTLE ? ", which is little: the order may be chance" : "");
    }
    cli_wrap(stdout, text, 0, 0, cli_width(stdout));
    free(text);
}

// --- the verb ---

static int take(const cli_args *cli, const hone_study *study, const char *metric, json_t *list)
{
    hone_error err = HONE_ERROR_INIT;
    hone_importance *importance = NULL;
    hone_importance_options options = HONE_IMPORTANCE_OPTIONS_INIT;
    options.metric = metric;
    if (hone_study_importance(study, &options, &importance, &err) != HONE_OK)
        return cli_fail(cli, &err);
    if (list)
        json_array_append_new(list, importance_json(importance));
    else
        show_text(cli, importance);
    hone_importance_destroy(importance);
    return CLI_EXIT_OK;
}

static int take_all(const cli_args *cli, const hone_study *study, json_t *list)
{
    int code = CLI_EXIT_OK;
    if (cli_has(cli, "objective"))
        return take(cli, study, cli_text(cli, "objective"), list);
    for (uint32_t i = 0; code == CLI_EXIT_OK && i < hone_study_n_objectives(study); i++) {
        if (i > 0 && !list)
            putchar('\n');
        code = take(cli, study, hone_study_metric(study, i).name, list);
    }
    return code;
}

static int run(cli_args *cli)
{
    hone_study *study = NULL;
    int code = cli_open_named(cli, cli_arg(cli, 0), true, &study);
    if (code != CLI_EXIT_OK)
        return code;
    json_t *list = cli_flag(cli, "json") ? json_array() : NULL;
    code = take_all(cli, study, list);
    if (list && code == CLI_EXIT_OK)
        cli_json(json_pack("{s:s, s:O}", "study", hone_study_name(study), "objectives", list), 2);
    json_decref(list);
    hone_study_close(study);
    return code;
}

static const cli_option options[] = {
    {.name = "objective",
     .kind = CLI_TEXT,
     .argument = "NAME",
     .no_environment = true,
     .help = "of this metric alone, an objective or another one; without it, of each objective"},
    {.name = NULL},
};

const cli_verb cli_verb_importance = {
    .name = "importance",
    .group = CLI_GROUP_LOOK,
    .rank = 55,
    .summary = "Show which parameters the objective depends on",
    .usage = "[study] [options]",
    .about =
        "How much of the variance of the objective over the whole space each parameter explains "
        "alone, and how much only several together do: functional analysis of variance (Hutter, "
        "Hoos, Leyton-Brown 2014) of a random forest over the complete trials. ± is the spread "
        "over its trees. Below the table stands how much the forest explains of trials that it "
        "has not seen: where that is little, the shares say little; where it is nothing, there is "
        "no table.",
    .examples = "hone importance\n    of every objective\n"
                "hone importance --objective latency\n    of one metric, recorded ones too\n"
                "hone importance --json | jq '.objectives[0].params[0].name'\n"
                "    the parameter that matters most",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON,
    .max_args = 1,
    .run = run,
};
