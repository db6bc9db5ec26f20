// `hone narrow`: shrinks the space to where the best trials lie.
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// "20%" or "0.2"; the library judges the range. False after printing what is wrong.
static bool take_share(const cli_args *cli, const char *option, double *out)
{
    const char *text = cli_text(cli, option);
    size_t n = text ? strlen(text) : 0;
    if (n == 0)
        return true;
    bool percent = text[n - 1] == '%';
    char *number = cli_format("%.*s", (int)(n - percent), text);
    bool good = cli_parse_real(number, out) && isfinite(*out);
    free(number);
    *out = percent ? *out / 100 : *out;
    if (!good)
        cli_usage_option(cli, option, "--%s takes a share, 20%% or 0.2, not '%s'", option, text);
    return good;
}

// --- showing ---

static json_t *params_json(const hone_narrowing *narrowing)
{
    json_t *list = json_array();
    for (uint32_t i = 0; hone_narrowing_param(narrowing, i).name; i++) {
        hone_narrow_param p = hone_narrowing_param(narrowing, i);
        json_t *o = json_pack("{s:s, s:s, s:s, s:b}", "name", p.name, "before", p.before, "after",
                              p.after, "changed", (int)p.changed);
        json_object_set_new(o, "share", cli_json_double(p.share));
        json_object_set_new(o, "why", json_string(p.why));
        json_array_append_new(list, o);
    }
    return list;
}

static void show_json(const hone_study *study, const hone_narrowing *narrowing,
                      const hone_space_change *change)
{
    json_t *o = json_object();
    char *space = hone_space_to_json(hone_narrowing_space(narrowing));
    json_object_set_new(o, "study", json_string(hone_study_name(study)));
    json_object_set_new(o, "changed", json_boolean(hone_narrowing_changed(narrowing)));
    json_object_set_new(o, "dry_run", json_boolean(change->dry_run));
    json_object_set_new(o, "version", json_integer(change->version));
    json_object_set_new(o, "n_trials", json_integer(hone_narrowing_n_trials(narrowing)));
    json_object_set_new(o, "n_top", json_integer(hone_narrowing_n_top(narrowing)));
    json_object_set_new(o, "n_inside", json_integer(change->n_inside));
    json_object_set_new(o, "share", cli_json_double(hone_narrowing_share(narrowing)));
    json_object_set_new(o, "params", params_json(narrowing));
    json_object_set_new(o, "space", cli_json_text(space));
    hone_free(space);
    cli_json(o, 2);
}

static char *share_text(double share)
{
    return share >= 0.095 ? cli_format("%.0f%%", 100 * share) : cli_format("%.2g%%", 100 * share);
}

static int name_width(const hone_narrowing *narrowing)
{
    int width = 0;
    for (uint32_t i = 0; hone_narrowing_param(narrowing, i).name; i++) {
        int columns = cli_columns(hone_narrowing_param(narrowing, i).name);
        width = columns > width ? columns : width;
    }
    return width;
}

// A choice that goes by a rule leaves the spec as it was.
static void show_table(const cli_args *cli, const hone_narrowing *narrowing)
{
    static const char *const titles[] = {"parameter", "left", "before", "after", NULL};
    cli_table *table = cli_table_create("lrll", titles);
    for (uint32_t i = 0; hone_narrowing_param(narrowing, i).name; i++) {
        hone_narrow_param p = hone_narrowing_param(narrowing, i);
        char *left = p.changed ? share_text(p.share) : cli_dup("all");
        bool by_rule = p.changed && strcmp(p.before, p.after) == 0;
        cli_table_cell(table, p.name);
        cli_table_cell(table, left);
        cli_table_cell(table, p.before);
        cli_table_cell(table, by_rule ? "the same, with a rule" : p.changed ? p.after : "stays");
        free(left);
    }
    cli_table_print(cli, table);
}

static void show_reasons(const hone_narrowing *narrowing)
{
    enum { MOST = 24 };
    int width = name_width(narrowing);
    width = width > MOST ? MOST : width;
    for (uint32_t i = 0; hone_narrowing_param(narrowing, i).name; i++) {
        hone_narrow_param p = hone_narrowing_param(narrowing, i);
        printf("%s%*s  ", p.name, width - cli_columns(p.name), "");
        cli_wrap(stdout, p.why, width + 2, width + 2, cli_width(stdout));
    }
}

static void show_text(const cli_args *cli, const hone_study *study, const hone_narrowing *narrowing,
                      const hone_space_change *change)
{
    unsigned n_trials = hone_narrowing_n_trials(narrowing), n_top = hone_narrowing_n_top(narrowing);
    show_table(cli, narrowing);
    putchar('\n');
    show_reasons(narrowing);
    putchar('\n');
    if (!hone_narrowing_changed(narrowing)) {
        printf("Nothing was narrowed: the best %u of %u trials are spread over the space as chance "
               "would have it.\n",
               n_top, n_trials);
        return;
    }
    char *left = share_text(hone_narrowing_share(narrowing));
    printf("%s of the space %s left, from the best %u of %u trials.\n"
           "%u of %u finished trials lie in it.\n",
           left, change->dry_run ? "would be" : "is", n_top, n_trials, (unsigned)change->n_inside,
           (unsigned)change->n_finished);
    free(left);
    if (change->dry_run)
        printf("Nothing was changed (--dry-run).\n");
    else
        printf("It is version %u of the space of %s; `hone narrow --undo` takes it back.\n",
               (unsigned)change->version, hone_study_name(study));
}

// --- the verb ---

static int narrow(const cli_args *cli, hone_study *study, const hone_narrow_options *options)
{
    hone_error err = HONE_ERROR_INIT;
    hone_narrowing *narrowing = NULL;
    hone_space_change change = HONE_SPACE_CHANGE_INIT;
    change.dry_run = cli_flag(cli, "dry-run");
    hone_status status = hone_study_narrow(study, options, &narrowing, &err);
    if (status == HONE_OK)
        status = hone_narrowing_apply(study, narrowing, &change, &err);
    if (status == HONE_OK && cli_flag(cli, "json"))
        show_json(study, narrowing, &change);
    else if (status == HONE_OK && !cli_flag(cli, "quiet"))
        show_text(cli, study, narrowing, &change);
    hone_narrowing_destroy(narrowing);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(cli, &err);
}

static int undo(const cli_args *cli, hone_study *study)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space_change change = HONE_SPACE_CHANGE_INIT;
    uint32_t from = hone_study_narrowed_from(study);
    change.dry_run = cli_flag(cli, "dry-run");
    if (hone_study_widen(study, &change, &err) != HONE_OK)
        return cli_fail(cli, &err);
    char *space = hone_space_describe(hone_study_space_at(study, from), cli_width(stdout));
    if (cli_flag(cli, "json"))
        cli_json(json_pack("{s:s, s:b, s:i, s:i, s:i}", "study", hone_study_name(study), "dry_run",
                           (int)change.dry_run, "version", (int)change.version, "as_version",
                           (int)from, "n_inside", (int)change.n_inside),
                 2);
    else if (!cli_flag(cli, "quiet"))
        printf("%sVersion %u of the space of %s %s what version %u was.\n", space ? space : "",
               (unsigned)change.version, hone_study_name(study), change.dry_run ? "would be" : "is",
               (unsigned)from);
    hone_free(space);
    return CLI_EXIT_OK;
}

static int run(cli_args *cli)
{
    hone_study *study = NULL;
    hone_narrow_options options = HONE_NARROW_OPTIONS_INIT;
    bool undoes = cli_flag(cli, "undo");
    if (undoes && (cli_has(cli, "top") || cli_has(cli, "margin")))
        return cli_usage_option(cli, "undo", "--undo takes neither --top nor --margin");
    if (!take_share(cli, "top", &options.top) || !take_share(cli, "margin", &options.margin))
        return CLI_EXIT_USAGE;
    int code = cli_open_named(cli, cli_arg(cli, 0), cli_flag(cli, "dry-run"), &study);
    if (code == CLI_EXIT_OK)
        code = undoes ? undo(cli, study) : narrow(cli, study, &options);
    hone_study_close(study);
    return code;
}

static const cli_option options[] = {
    {.name = "top",
     .kind = CLI_TEXT,
     .argument = "SHARE",
     .fallback = "20%",
     .no_environment = true,
     .help = "how many of the trials count as the best; with several objectives whole fronts"},
    {.name = "margin",
     .kind = CLI_TEXT,
     .argument = "SHARE",
     .fallback = "10%",
     .no_environment = true,
     .help = "room left beyond the best at an end that is cut, of what is kept"},
    {.name = "dry-run", .kind = CLI_FLAG, .help = "only show what would change"},
    {.name = "undo", .kind = CLI_FLAG, .help = "take the last narrowing back"},
    {.name = NULL},
};

const cli_verb cli_verb_narrow = {
    .name = "narrow",
    .group = CLI_GROUP_ACT,
    .rank = 45,
    .summary = "Shrink the space to where the best trials lie",
    .usage = "[study] [options]",
    .about =
        "Cuts the ends of ranges, and drops choices, where trials were run and none of the best "
        "ones lies, if chance would leave so few there in less than one case of ten. The best "
        "trial stays inside, and what there is no evidence about stays as it is. The smaller space "
        "is a new version: runs that live take it over, `hone resume` goes on in it, and every "
        "trial is kept.\n\n"
        "It helps samplers that do not learn, such as random, grid and qmc; tpe does by itself "
        "what it can do.",
    .examples = "hone narrow --dry-run\n    what would change, and why\n"
                "hone narrow && hone resume -n +50\n    fifty more trials in the smaller space\n"
                "hone narrow --undo",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = 1,
    .run = run,
};
