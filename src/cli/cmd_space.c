// hone space check: a space as it is understood, how large it is, and samples of it.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "rows.h"
#include "trial_view.h"

enum { SHARE_SAMPLES = 1000 }; // draws behind the share that satisfies the rules

// --- which space ---

static hone_status add_texts(const cli_args *cli, hone_space *space, hone_error *err)
{
    hone_status status = HONE_OK;
    for (int i = 0; i < cli_count(cli, "param") && status == HONE_OK; i++)
        status = hone_space_add_text(space, cli_nth(cli, "param", i), err);
    for (int i = 0; i < cli_count(cli, "forbid") && status == HONE_OK; i++)
        status = hone_space_forbid(space, cli_nth(cli, "forbid", i), err);
    for (int i = 0; i < cli_count(cli, "require") && status == HONE_OK; i++)
        status = hone_space_require(space, cli_nth(cli, "require", i), err);
    return status;
}

static hone_status add_rules(const json_t *list, hone_space *space,
                             hone_status (*add)(hone_space *, const char *, hone_error *),
                             hone_error *err)
{
    hone_status status = HONE_OK;
    size_t i;
    const json_t *rule;
    json_array_foreach(list, i, rule)
    {
        if (status == HONE_OK)
            status = add(space, json_string_value(rule), err);
    }
    return status;
}

static hone_status add_file(const char *path, hone_space *space, hone_error *err)
{
    char *text = NULL;
    hone_status status = hone_study_file_to_json(path, &text, err);
    if (status != HONE_OK)
        return status;
    json_t *file = cli_json_text(text);
    hone_free(text);
    size_t i;
    const json_t *entry;
    json_array_foreach(json_object_get(file, "space"), i, entry)
    {
        char *json = cli_json_dump(entry, 0);
        if (status == HONE_OK)
            status = hone_space_add_json(space, json, err);
        free(json);
    }
    const json_t *rules = json_object_get(file, "constraints");
    if (status == HONE_OK)
        status = add_rules(json_object_get(rules, "forbid"), space, hone_space_forbid, err);
    if (status == HONE_OK)
        status = add_rules(json_object_get(rules, "require"), space, hone_space_require, err);
    json_decref(file);
    return status;
}

// From -p and its kin, from a study file, or both.
static int make_space(const cli_args *cli, const char *path, hone_space **out)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status = hone_space_create(out, &err);
    if (status == HONE_OK && path)
        status = add_file(path, *out, &err);
    if (status == HONE_OK)
        status = add_texts(cli, *out, &err);
    if (status == HONE_OK)
        status = hone_space_seal(*out, &err);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(cli, &err);
}

// --- what it is like ---

typedef struct draws {
    char *lines;  // JSON objects, one a line
    double share; // of raw draws that satisfy the rules
} draws;

static int draw(const cli_args *cli, const hone_space *space, draws *out)
{
    hone_error err = HONE_ERROR_INIT;
    uint64_t seed = (uint64_t)cli_int(cli, "seed");
    uint32_t n = (uint32_t)cli_int(cli, "samples");
    char *many = NULL;
    out->share = 1;
    hone_status status = hone_space_sample_json(space, seed, n, &out->lines, NULL, &err);
    if (status == HONE_OK && hone_space_n_rules(space) > 0)
        status = hone_space_sample_json(space, seed, SHARE_SAMPLES, &many, &out->share, &err);
    hone_free(many);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(cli, &err);
}

// Calls for each line of samples.
static void each_line(const char *lines, void (*visit)(void *user, json_t *sample), void *user)
{
    while (lines && *lines) {
        size_t n = strcspn(lines, "\n");
        char *line = cli_format("%.*s", (int)n, lines);
        visit(user, cli_json_text(line));
        free(line);
        lines += n + (lines[n] == '\n');
    }
}

static void append_sample(void *user, json_t *sample)
{
    json_array_append_new(user, sample);
}

static json_t *params_json(const hone_space *space)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < hone_space_n_params(space); i++) {
        const char *condition = hone_space_condition(space, i);
        json_t *one = json_object();
        json_object_set_new(one, "name", json_string(hone_space_name(space, i)));
        json_object_set_new(one, "spec", json_string(hone_space_spec(space, i)));
        json_object_set_new(one, "condition", condition ? json_string(condition) : json_null());
        json_array_append_new(list, one);
    }
    return list;
}

static void print_json(const hone_space *space, const draws *drawn)
{
    json_t *o = json_object(), *rules = json_array(), *samples = json_array();
    for (uint32_t i = 0; i < hone_space_n_rules(space); i++)
        json_array_append_new(rules, json_string(hone_space_rule(space, i)));
    each_line(drawn->lines, append_sample, samples);
    json_object_set_new(o, "params", params_json(space));
    json_object_set_new(o, "rules", rules);
    json_object_set_new(o, "cardinality", cli_json_double(hone_space_cardinality(space)));
    json_object_set_new(o, "share", cli_json_double(drawn->share));
    json_object_set_new(o, "samples", samples);
    cli_json(o, 2);
}

static void print_sample(void *user, json_t *sample)
{
    (void)user;
    const char *name, *gap = "  ";
    json_t *value;
    json_object_foreach(sample, name, value)
    {
        char *text = trial_param_text(value);
        printf("%s%s=%s", gap, name, text);
        gap = " ";
        free(text);
    }
    printf("\n");
    json_decref(sample);
}

static void print_text(const cli_args *cli, const hone_space *space, const draws *drawn)
{
    int64_t n = cli_int(cli, "samples");
    char *text = hone_space_describe(space, cli_is_terminal(stdout) ? cli_width(stdout) : 0);
    fputs(text, stdout);
    hone_free(text);
    if (hone_space_n_rules(space) > 0)
        printf("%.3g %% of what is drawn satisfies the rules\n", 100 * drawn->share);
    if (n > 0)
        printf("\n%s%lld sample%s%s\n", cli_ansi(cli, stdout, CLI_BOLD), (long long)n,
               n == 1 ? "" : "s", cli_ansi(cli, stdout, CLI_PLAIN));
    each_line(drawn->lines, print_sample, NULL);
}

static int check(const cli_args *cli, const hone_space *space)
{
    draws drawn = {NULL, 1};
    if (hone_space_n_params(space) == 0)
        return cli_usage(cli, "the space has no parameters");
    int code = draw(cli, space, &drawn);
    if (code == CLI_EXIT_OK && cli_flag(cli, "json"))
        print_json(space, &drawn);
    else if (code == CLI_EXIT_OK)
        print_text(cli, space, &drawn);
    hone_free(drawn.lines);
    return code;
}

static int run(cli_args *cli)
{
    const char *path = cli_arg(cli, 1);
    if (strcmp(cli_arg(cli, 0), "check") != 0)
        return cli_usage_arg(cli, 0, "'%s' is not what hone space does; did you mean check?",
                             cli_arg(cli, 0));
    if (path || cli_count(cli, "param") > 0) {
        hone_space *space = NULL;
        int code = make_space(cli, path, &space);
        if (code == CLI_EXIT_OK)
            code = check(cli, space);
        hone_space_destroy(space);
        return code;
    }
    if (cli_count(cli, "forbid") + cli_count(cli, "require") > 0)
        return cli_usage(cli, "--forbid and --require need parameters: add -p or a study file");
    hone_study *study = NULL;
    int code = cli_open(cli, true, &study);
    if (code == CLI_EXIT_OK && !hone_study_space(study))
        code = cli_usage(cli, "the study has no parameters yet");
    else if (code == CLI_EXIT_OK)
        code = check(cli, hone_study_space(study));
    hone_study_close(study);
    return code;
}

static const cli_option options[] = {
    CLI_ROW_PARAM(.no_environment = true),
    CLI_ROW_FORBID(.no_environment = true),
    CLI_ROW_REQUIRE(.no_environment = true),
    {.name = "samples",
     .letter = 'n',
     .kind = CLI_INT,
     .argument = "N",
     .fallback = "5",
     .low = 0,
     .high = 1000000,
     .no_environment = true,
     .help = "how many samples to draw from the priors"},
    CLI_ROW_SEED(.fallback = "0", .help = "of the samples"),
    {.name = NULL},
};

const cli_verb cli_verb_space = {
    .name = "space",
    .group = CLI_GROUP_KNOW,
    .rank = 10,
    .summary = "Check a space: as understood, its size, samples",
    .usage = "check -p NAME=SPEC… [--forbid EXPR] [--require EXPR]\n"
             "check STUDY.yaml\n"
             "check [--study NAME]",
    .about = "Prints the space of the options, of a study file, or of the study: each parameter "
             "as Hone understands it, how many configurations there are, some that the priors "
             "give, and which share of them satisfies the rules.",
    .examples = "hone space check -p lr=log:1e-5..1 -p opt=sgd,adam\n"
                "hone space check -n 20 --json study.yaml",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON,
    .min_args = 1,
    .max_args = 2,
    .run = run,
};
