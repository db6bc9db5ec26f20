// From a plan to its end: rehearsal, introduction, the run with its signals, the summary.
#include "from.h"
#include "plan.h"
#include "trial_view.h"
#include "watch.h"

#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

// --- signals ---

static hone_run *volatile running;

static void on_signal(int number)
{
    hone_run *run = running;
    // SIGTERM and a closed terminal do at once what Ctrl-C does the second time.
    if (run)
        hone_run_interrupt(run, number == SIGINT ? 1 : 2);
}

static void catch_signals(hone_run *run)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    running = run;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct sigaction now;
        action.sa_handler = run ? on_signal : SIG_DFL;
        // What was ignored when Hone began (nohup) stays ignored.
        if (sigaction(numbers[i], NULL, &now) == 0 && now.sa_handler != SIG_IGN)
            sigaction(numbers[i], &action, NULL);
    }
    // Whoever read the output may go; the study goes on.
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, NULL);
}

// --- introduction ---

// Goes on behind `column` columns of the line, within the terminal.
static void print_on(const char *text, int column)
{
    enum { INDENT = 4 };
    cli_wrap(stdout, text, INDENT, column, cli_is_terminal(stdout) ? cli_width(stdout) : INT_MAX);
}

// "minimize loss, record time; latency<=20; goes on after 12 finished trials"
static char *objectives_text(const hone_study *study)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    uint32_t n = hone_study_n_finished(study);
    if (!out)
        return cli_dup("");
    for (uint32_t i = 0; i < hone_study_n_metrics(study); i++) {
        hone_metric metric = hone_study_metric(study, i);
        fprintf(out, "%s%s %s", i ? ", " : "", goal_text(metric.goal), metric.name);
    }
    for (uint32_t i = 0; i < hone_study_n_constraints(study); i++)
        fprintf(out, "; %s", hone_study_constraint(study, i));
    if (n > 0)
        fprintf(out, "; goes on after %u finished trial%s", (unsigned)n, n == 1 ? "" : "s");
    fclose(out);
    return text;
}

static void print_head(const run_plan *plan, const hone_study *study)
{
    const cli_args *cli = plan->cli;
    char *head = cli_format("Study %s (%s):", plan->name, plan->storage);
    char *objectives = objectives_text(study);
    printf("%sStudy %s%s (%s):", cli_ansi(cli, stdout, CLI_BOLD), plan->name,
           cli_ansi(cli, stdout, CLI_PLAIN), plan->storage);
    print_on(objectives, cli_columns(head));
    free(objectives);
    free(head);
}

// "Sampler gp, scheduler asha (eta=2), seed 7"
static void print_plugins(const hone_study *study)
{
    char *sampler = study_sampler_text(study), *scheduler = study_scheduler_text(study);
    bool none = strcmp(hone_study_scheduler_in_use(study), "none") == 0;
    char *text = cli_format("%s%s%s, seed %llu", sampler, none ? "" : ", scheduler ",
                            none ? "" : scheduler, (unsigned long long)hone_study_seed(study));
    printf("Sampler");
    print_on(text, 7);
    free(text);
    free(sampler);
    free(scheduler);
}

static void print_limits(const run_plan *plan)
{
    char *limits = limits_text(plan->run);
    if (limits)
        printf("Each trial gets %s.\n", limits);
    free(limits);
}

// "Ends at 100 finished trials or after 2h00m; 4 run at a time.", "Ends when of 100 trials none
// goes on; …"
static void print_end(const hone_run_options *options, const hone_study *study)
{
    char text[CLI_SHORT];
    const char *gap = "Ends";
    bool pauses = hone_study_scheduler_can(study) & HN_CAN_PAUSE;
    if (options->n_trials > 0) {
        printf(pauses ? "%s when of %lld trial%s none goes on" : "%s at %lld finished trial%s", gap,
               (long long)options->n_trials, options->n_trials == 1 ? "" : "s");
        gap = " or";
    }
    if (options->time_s > 0) {
        printf("%s after %s", gap, cli_duration(options->time_s, text));
        gap = " or";
    }
    if (options->cost_s > 0) {
        printf("%s when all trials together have taken %s", gap,
               cli_duration(options->cost_s, text));
        gap = " or";
    }
    if (options->cost) {
        const char *bound = strchr(options->cost, '=') + 1;
        printf("%s when %.*s of all trials together comes to %s", gap,
               (int)strcspn(options->cost, " <"), options->cost, bound + strspn(bound, " "));
        gap = " or";
    }
    if (options->has_target) {
        printf("%s when %s is %s", gap, hone_study_metric(study, 0).name,
               cli_number(options->target, text));
        gap = " or";
    }
    if (options->plateau > 0) {
        printf("%s after %u without improvement", gap, (unsigned)options->plateau);
        gap = " or";
    }
    if (options->has_until_regret && options->until_regret > 0) {
        printf("%s when the best is within %s of the optimum", gap,
               cli_number(options->until_regret, text));
        gap = " or";
    } else if (options->has_until_regret) {
        printf("%s when less is left to gain than chance sets trials apart", gap);
        gap = " or";
    }
    if (gap[0] != ' ' && (hone_study_scheduler_can(study) & HN_CAN_FORK)) {
        printf("Ends when the population of %s has trained to its end",
               hone_study_scheduler(study));
        gap = " or";
    }
    if (gap[0] != ' ' && isfinite(hone_space_cardinality(hone_study_space(study))))
        printf("Ends when every configuration has been tried, or with Ctrl-C");
    else if (gap[0] != ' ')
        printf("Runs until Ctrl-C (-n, --time or --target would end it)");
    printf("; %u %s at a time.\n", (unsigned)options->n_jobs,
           options->n_jobs == 1 ? "runs" : "run");
    if (options->folds || options->repeats > 1) {
        char *parts =
            parts_text(UINT32_MAX, options->folds, options->repeats, options->instances != NULL);
        printf("Each trial is the mean over %s.\n", parts);
        free(parts);
    }
}

// What the sampler is up to, under its name.
static void print_why(const hone_study *study)
{
    enum { INDENT = 4 };
    hone_explanation said = HONE_EXPLANATION_INIT;
    if (hone_study_explain(study, -1, &said, NULL) != HONE_OK || !*said.why)
        return;
    printf("%*s", INDENT, "");
    cli_wrap(stdout, said.why, INDENT, INDENT, cli_width(stdout));
}

void go_introduce(const run_plan *plan, const hone_study *study)
{
    char *space = hone_space_describe(hone_study_space(study), cli_width(stdout));
    print_head(plan, study);
    printf("%s", space ? space : "");
    if (space && *space && space[strlen(space) - 1] != '\n')
        putchar('\n');
    print_plugins(study);
    print_why(study);
    for (uint32_t i = 0; i < hone_study_n_sources(study); i++) {
        char *line = from_line((hone_study *)study, i);
        printf("From ");
        cli_wrap(stdout, line, 5, 5, cli_width(stdout));
        free(line);
    }
    hone_free(space);
}

// --- rehearsal ---

enum { N_REHEARSED = 3, MAX_FILE_LINES = 20 };

// What the templates become for the first trial.
static hone_status show_files(const run_plan *plan, hone_run *run, const hone_trial *trial,
                              FILE *out, hone_error *err)
{
    for (uint32_t i = 0; i < json_array_size(plan->templates); i++) {
        char *text = NULL;
        const json_t *one = json_array_get(plan->templates, i);
        hone_status status = hone_run_render_template(run, trial, i, &text, err);
        if (status != HONE_OK)
            return status;
        fprintf(out, "The first trial's %s:\n", json_string_value(json_object_get(one, "name")));
        int n = 0;
        for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n', n++)
            if (n < MAX_FILE_LINES)
                fprintf(out, "    %.*s\n", (int)strcspn(at, "\r\n"), at);
        if (n > MAX_FILE_LINES)
            fprintf(out, "    … %d more line%s\n", n - MAX_FILE_LINES,
                    n == MAX_FILE_LINES + 1 ? "" : "s");
        hone_free(text);
    }
    return HONE_OK;
}

// The command of one trial, on a line as a shell would read it; its files to `files`, if any.
static int show_command(run_plan *plan, hone_study *study, hone_run *run, FILE *files)
{
    hone_error err = HONE_ERROR_INIT;
    hone_ask_options ask = HONE_ASK_OPTIONS_INIT;
    const hone_run_options *now = hone_run_options_now(run);
    ask.folds = now->folds;
    ask.repeats = now->repeats;
    hone_trial *trial = NULL;
    char *lines = NULL;
    hone_status status = hone_study_ask(study, &ask, &trial, &err);
    if (status == HONE_EEXHAUSTED)
        return CLI_EXIT_STOPPED; // fewer configurations than lines: nothing is wrong
    if (status == HONE_OK)
        status = hone_run_render(run, trial, &lines, &err);
    if (status == HONE_OK && files)
        status = show_files(plan, run, trial, files, &err);
    if (status == HONE_OK) {
        printf("   ");
        for (const char *at = lines; *at;) {
            size_t n = strcspn(at, "\n");
            char *word = cli_format("%.*s", (int)n, at);
            putchar(' ');
            cli_quote(stdout, word);
            free(word);
            at += n + (at[n] == '\n');
        }
        putchar('\n');
        // Told at once: a sampler or a lag may wait for it. The value means nothing.
        double values[64] = {0};
        (void)hone_study_tell(study, trial, HONE_STATE_COMPLETE, values, NULL);
    }
    hone_free(lines);
    hone_trial_destroy(trial);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(plan->cli, &err);
}

static int show_rehearsal(run_plan *plan, hone_study *study, hone_run *run,
                          const hone_run_options *options, bool existing)
{
    int code = CLI_EXIT_OK;
    char *text = NULL;
    size_t size = 0;
    FILE *files = open_memstream(&text, &size);
    hone_error err = HONE_ERROR_INIT;
    go_introduce(plan, study);
    print_end(options, study);
    print_limits(plan);
    printf("First commands%s:\n", existing ? " of a new study like this one" : "");
    for (int i = 0; i < N_REHEARSED && code == CLI_EXIT_OK; i++)
        code = show_command(plan, study, run, i == 0 ? files : NULL);
    if (files)
        fclose(files);
    fputs(text ? text : "", stdout);
    free(text);
    if (*hone_run_notice(run))
        printf("%s\n", hone_run_notice(run));
    if (hone_run_look_up(run, &err) != HONE_OK)
        printf("It would not start: %s\n", err.text);
    printf("Nothing was run and nothing was kept (--dry-run).\n");
    return code == CLI_EXIT_STOPPED ? CLI_EXIT_OK : code;
}

int go_rehearse(run_plan *plan, bool show, bool existing)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = NULL;
    hone_run *run = NULL;
    int code = CLI_EXIT_OK;
    hone_run_options run_options = plan_run_options(plan);
    hone_study_options options = plan_study_options(plan);
    options.storage = "memory:";
    options.storage_options = NULL;
    options.attributes = NULL;
    if (hone_study_open(&options, &study, &err) != HONE_OK ||
        hone_run_create(study, &run_options, &run, &err) != HONE_OK ||
        (!show && hone_run_look_up(run, &err) != HONE_OK))
        code = cli_fail(plan->cli, &err);
    else if (show)
        code = show_rehearsal(plan, study, run, hone_run_options_now(run), existing);
    plan->rehearsal = run;
    plan->rehearsed = study;
    return code;
}

void go_forget_rehearsal(run_plan *plan)
{
    hone_run_destroy(plan->rehearsal);
    hone_study_close(plan->rehearsed);
    plan->rehearsal = NULL;
    plan->rehearsed = NULL;
}

// --- the run ---

static void introduce_finished(const run_watch *watch)
{
    uint32_t n = hone_study_n_asked_for(watch->study);
    if (n > 0)
        printf("As many are finished already (%u); %u that %s asked for by hand %s run.\n",
               (unsigned)watch->n_before, (unsigned)n, n == 1 ? "was" : "were",
               n == 1 ? "is" : "are");
    else
        printf("As many are finished already (%u).\n", (unsigned)watch->n_before);
}

static void introduce(run_plan *plan, const run_watch *watch, hone_run *run,
                      const hone_run_options *options)
{
    if (watch->mode == WATCH_JSON || watch->mode == WATCH_QUIET)
        return;
    if (options->n_only_trials == 0) {
        go_introduce(plan, watch->study);
        print_end(options, watch->study);
        print_limits(plan);
    }
    if (*hone_run_notice(run))
        printf("%s\n", hone_run_notice(run));
    if (options->n_trials > 0 && (int64_t)watch->n_before >= options->n_trials)
        introduce_finished(watch);
    fflush(stdout);
}

static void conclude(run_watch *watch, const hone_run_options *options, hone_run_outcome outcome)
{
    block_clear(watch);
    if (watch->mode == WATCH_JSON)
        json_end(watch, outcome);
    else if (options->n_only_trials > 0)
        ; // its line has said everything
    else if (watch->mode == WATCH_QUIET)
        summary_best(watch);
    else
        summary_print(watch, options, outcome);
    if (outcome == HONE_RUN_ALL_FAILED && watch->mode != WATCH_JSON && options->n_only_trials == 0)
        summary_failure(watch);
    fflush(stdout);
}

int go(run_plan *plan, hone_study *study, const uint32_t *only, uint32_t n_only)
{
    hone_error err = HONE_ERROR_INIT;
    hone_run *run = NULL;
    hone_run_outcome outcome = HONE_RUN_FINISHED_ALL;
    hone_run_options options = plan_run_options(plan);
    run_watch watch;
    options.only_trials = only;
    options.n_only_trials = n_only;
    if (n_only > 0) {
        options.n_trials = 0;
        options.time_s = 0;
        options.has_target = options.final_run = false;
        options.n_jobs = n_only < options.n_jobs ? n_only : options.n_jobs;
    }
    if (wandb_prepare(plan, study) != CLI_EXIT_OK)
        return CLI_EXIT_USAGE;
    watch_begin(&watch, plan->cli, plan->storage, study, &options);
    options.want_ticks = watch.mode == WATCH_BLOCK;
    options.on_event = watch_event;
    options.user = &watch;
    options.like = plan->rehearsal; // to ask for GPUs takes a while
    hone_status status = hone_run_create(study, &options, &run, &err);
    go_forget_rehearsal(plan);
    if (status == HONE_OK)
        status = hone_run_look_up(run, &err);
    if (status == HONE_OK) {
        watch_slots(&watch, hone_run_options_now(run));
        introduce(plan, &watch, run, hone_run_options_now(run));
        if (watch.mode == WATCH_JSON)
            json_begin(&watch);
        catch_signals(run);
        status = hone_run_go(run, &outcome, &err);
        catch_signals(NULL);
    }
    if (status == HONE_OK)
        conclude(&watch, &options, outcome);
    watch_end(&watch);
    hone_run_destroy(run);
    return status == HONE_OK ? (int)outcome : cli_fail(plan->cli, &err);
}
