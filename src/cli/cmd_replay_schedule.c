// `hone replay-schedule`: the values that a trial and those it was forked from were trained with,
// and from when; as a table, JSON or CSV, or as a training of its own from the beginning.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "plan.h"
#include "rows.h"
#include "trial_view.h"

typedef struct segment {
    uint32_t trial;
    double from, to;
    json_t *params;
} segment;

typedef struct schedule {
    const cli_args *cli;
    hone_study *study;
    uint32_t number; // of the trial that it ends with
    segment *list;   // [n]
    uint32_t n;
} schedule;

static void schedule_free(schedule *s)
{
    for (uint32_t i = 0; i < s->n; i++)
        json_decref(s->list[i].params);
    free(s->list);
}

// --- reading ---

static int find_trial(schedule *s)
{
    hone_error err = HONE_ERROR_INIT;
    if (cli_n_args(s->cli) > 0)
        return cli_trial_arg(s->cli, 0, &s->number) ? CLI_EXIT_OK : CLI_EXIT_USAGE;
    if (hone_study_best_by_model(s->study, &s->number, &err) != HONE_OK)
        return cli_fail(s->cli, &err);
    return CLI_EXIT_OK;
}

// How far the last one of the line has come.
static double end_of(const hone_trial *trial)
{
    double end = 0;
    for (uint32_t i = 0; i < hone_trial_n_reports(trial); i++)
        end = fmax(end, hone_trial_report_step(trial, i));
    return end;
}

static int read_schedule(schedule *s)
{
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    if (hone_study_trial(s->study, s->number, &trial, &err) != HONE_OK)
        return cli_fail(s->cli, &err);
    double end = end_of(trial);
    hone_trial_destroy(trial);
    if (!(end > 0))
        return cli_usage(s->cli, "trial %u has reported no step: there is no schedule to tell",
                         (unsigned)s->number);
    uint32_t n, *line = trial_ancestors(s->study, s->number, &n);
    s->list = cli_alloc(n * sizeof *s->list);
    for (uint32_t i = n; i-- > 0; s->n++) {
        if (hone_study_trial(s->study, line[i], &trial, &err) != HONE_OK)
            break;
        double from = hone_trial_forked_at(trial);
        s->list[i] = (segment){line[i], isnan(from) ? 0 : from, end,
                               cli_json_text(hone_trial_params_json(trial))};
        end = s->list[i].from;
        hone_trial_destroy(trial);
    }
    free(line);
    return s->n == n ? CLI_EXIT_OK : cli_fail(s->cli, &err);
}

// --- printing ---

static void print_json(const schedule *s)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < s->n; i++)
        json_array_append_new(
            list, json_pack("{s:i, s:o, s:o, s:O}", "trial", (int)s->list[i].trial, "from",
                            cli_json_double(s->list[i].from), "to", cli_json_double(s->list[i].to),
                            "params", s->list[i].params));
    cli_json(json_pack("{s:s, s:i, s:o}", "study", hone_study_name(s->study), "trial",
                       (int)s->number, "schedule", list),
             2);
}

static void print_csv_text(const char *text)
{
    if (!strpbrk(text, ",\"\n\r")) {
        fputs(text, stdout);
        return;
    }
    putchar('"');
    for (; *text; text++)
        printf(*text == '"' ? "\"\"" : "%c", *text);
    putchar('"');
}

static void print_csv(const schedule *s)
{
    const hone_space *space = hone_study_space(s->study);
    uint32_t n_params = hone_space_n_params(space);
    char from[CLI_SHORT], to[CLI_SHORT];
    printf("trial,from,to");
    for (uint32_t p = 0; p < n_params; p++) {
        putchar(',');
        print_csv_text(hone_space_name(space, p));
    }
    for (uint32_t i = 0; i < s->n; i++) {
        const segment *one = &s->list[i];
        printf("\n%u,%s,%s", (unsigned)one->trial, cli_number_full(one->from, from),
               cli_number_full(one->to, to));
        for (uint32_t p = 0; p < n_params; p++) {
            const json_t *value = json_object_get(one->params, hone_space_name(space, p));
            char *text = value ? trial_param_exact(value) : cli_dup("");
            putchar(',');
            print_csv_text(text);
            free(text);
        }
    }
    putchar('\n');
}

static void print_table(const schedule *s)
{
    const hone_space *space = hone_study_space(s->study);
    uint32_t n_params = hone_space_n_params(space), n_columns = n_params + 3;
    const char **titles = cli_alloc(((size_t)n_columns + 1) * sizeof *titles);
    char *align = cli_alloc((size_t)n_columns + 1), text[CLI_SHORT];
    titles[0] = "from", titles[1] = "to", titles[2] = "trial";
    for (uint32_t p = 0; p < n_params; p++)
        titles[p + 3] = hone_space_name(space, p);
    titles[n_columns] = NULL;
    memset(align, 'r', n_columns);
    align[n_columns] = '\0';
    cli_table *table = cli_table_create(align, titles);
    for (uint32_t i = 0; i < s->n; i++) {
        const segment *one = &s->list[i];
        cli_table_cell(table, cli_number(one->from, text));
        cli_table_cell(table, cli_number(one->to, text));
        snprintf(text, sizeof text, "%u", (unsigned)one->trial);
        cli_table_cell(table, text);
        for (uint32_t p = 0; p < n_params; p++) {
            const json_t *value = json_object_get(one->params, titles[p + 3]);
            char *shown = value ? trial_param_text(value) : cli_dup("-");
            cli_table_cell(table, shown);
            free(shown);
        }
    }
    cli_table_print(s->cli, table);
    free(titles);
    free(align);
}

static int print(const schedule *s)
{
    const char *format = cli_flag(s->cli, "json") ? "json" : cli_text(s->cli, "format");
    if (strcmp(format, "json") == 0)
        print_json(s);
    else if (strcmp(format, "csv") == 0)
        print_csv(s);
    else
        print_table(s);
    return CLI_EXIT_OK;
}

// --- running ---

// What concerns a search and not one training.
static void forget_search(run_plan *plan, uint32_t n)
{
    static const char *const keys[] = {
        "dir",           "time",  "cost",    "target",  "plateau",   "until-regret", "final",
        "plateau-delta", "folds", "repeats", "retries", "instances", "keep-ckpt"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        json_object_del(plan->run, keys[i]);
    json_object_set_new(plan->run, "trials", json_integer(n));
    json_object_set_new(plan->run, "jobs", json_integer(1));
}

// A new study with the space and the metrics of the old one; nothing but the queue is run in it.
static hone_status open_new(const schedule *s, run_plan *plan, hone_study **out, hone_error *err)
{
    uint32_t n_metrics = hone_study_n_metrics(s->study);
    uint32_t n_bounds = hone_study_n_constraints(s->study);
    hone_metric *metrics = cli_alloc(((size_t)n_metrics + 1) * sizeof *metrics);
    const char **bounds = cli_alloc(((size_t)n_bounds + 1) * sizeof *bounds);
    for (uint32_t i = 0; i < n_metrics; i++)
        metrics[i] = hone_study_metric(s->study, i);
    for (uint32_t i = 0; i < n_bounds; i++)
        bounds[i] = hone_study_constraint(s->study, i);
    hone_study_options options = plan_study_options(plan);
    options.space = hone_study_space(s->study);
    options.metrics = metrics;
    options.n_metrics = n_metrics;
    options.constraints = bounds;
    options.n_constraints = n_bounds;
    options.has_seed = true;
    options.seed = hone_study_seed(s->study);
    options.sampler = "random";
    options.scheduler = "none";
    options.mode = HONE_CREATE_NEW;
    hone_status status = hone_study_open(&options, out, err);
    free(metrics);
    free(bounds);
    return status;
}

static hone_status queue(const schedule *s, hone_study *study, uint32_t *numbers, hone_error *err)
{
    hone_status status = HONE_OK;
    for (uint32_t i = 0; status == HONE_OK && i < s->n; i++) {
        char *json = cli_json_dump(s->list[i].params, 0);
        int64_t parent = i > 0 ? (int64_t)numbers[i - 1] : -1;
        status = hone_study_enqueue_segment(study, json, parent, s->list[i].to, &numbers[i], err);
        free(json);
    }
    return status;
}

static int run_anew(const schedule *s, run_plan *plan)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = NULL;
    uint32_t *numbers = cli_alloc(s->n * sizeof *numbers);
    char *name = cli_text(s->cli, "as")
                     ? cli_dup(cli_text(s->cli, "as"))
                     : cli_format("%s-replay-%u", hone_study_name(s->study), (unsigned)s->number);
    plan->name = plan_keep(plan, name);
    free(name);
    forget_search(plan, s->n);
    hone_status status = open_new(s, plan, &study, &err);
    if (status == HONE_OK)
        status = queue(s, study, numbers, &err);
    int code = status == HONE_OK ? go(plan, study, numbers, s->n) : cli_fail(s->cli, &err);
    if (code == CLI_EXIT_OK && !cli_flag(s->cli, "quiet") && !cli_flag(s->cli, "json"))
        printf("The training is whole in trial %u of study %s.\n", (unsigned)numbers[s->n - 1],
               plan->name);
    hone_study_close(study);
    free(numbers);
    return code;
}

static int run(cli_args *cli)
{
    run_plan plan = {0};
    schedule s = {.cli = cli};
    bool again = cli_flag(cli, "run");
    int code = CLI_EXIT_OK;
    if (cli_has(cli, "as") && !again)
        return cli_usage_option(cli, "as", "--as names the study of a training: add --run");
    if (again)
        code = plan_resume(&plan, cli, NULL, &s.study);
    else
        code = cli_open(cli, true, &s.study);
    if (code == CLI_EXIT_OK)
        code = find_trial(&s);
    if (code == CLI_EXIT_OK)
        code = read_schedule(&s);
    if (code == CLI_EXIT_OK)
        code = again ? run_anew(&s, &plan) : print(&s);
    schedule_free(&s);
    hone_study_close(s.study);
    if (again)
        plan_free(&plan);
    return code;
}

static const cli_option options[] = {
    {.name = "format",
     .kind = CLI_CHOICE,
     .argument = "FORM",
     .fallback = "text",
     .choices = "text|json|csv",
     .no_environment = true,
     .help = "how it is printed"},
    {.name = "run",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "train with it from the beginning, with the recorded command"},
    {.name = "as",
     .kind = CLI_TEXT,
     .argument = "NAME",
     .no_environment = true,
     .help = "study of that training; STUDY-replay-TRIAL when not given"},
    {.name = NULL},
};

const cli_verb cli_verb_replay_schedule = {
    .name = "replay-schedule",
    .group = CLI_GROUP_ACT,
    .rank = 35,
    .summary = "Tell the schedule that a trial has lived through, or train with it",
    .usage = "[TRIAL] [--format FORM]\n[TRIAL] --run [--as NAME]",
    .about = "A trial of pbt goes back to others, whose checkpoints it took over: it was trained "
             "with their values first. This tells which values held from which step to which; "
             "without a TRIAL of the best one.\n\n"
             "--run trains with them anew: in a study of its own, one part after the other, each "
             "from the checkpoint of the one before and up to its {resource}. What is interrupted "
             "goes on by `hone resume`.",
    .examples = "hone replay-schedule\n    that of the best trial\n"
                "hone replay-schedule 17 --format csv >schedule.csv\n    for another program\n"
                "hone replay-schedule 17 --run --as again\n    trains with it from scratch",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .min_args = 0,
    .max_args = 1,
    .run = run,
};
