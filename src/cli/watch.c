// The model of a run, kept up by its events.
#include "watch.h"
#include "trial_view.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double watch_now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

watch_mode watch_mode_for(const cli_args *cli)
{
    const char *term = getenv("TERM");
    if (cli_flag(cli, "json"))
        return WATCH_JSON;
    if (cli_flag(cli, "quiet"))
        return WATCH_QUIET;
    // Without a terminal that can move the cursor there is no block.
    bool moves = term && *term && strcmp(term, "dumb") != 0;
    return cli_is_terminal(stdout) && moves ? WATCH_BLOCK : WATCH_LINES;
}

// --- texts ---

static void put_param(FILE *out, const hone_trial *trial, const char *name, int digits)
{
    char *text = trial_param_shown(trial, name);
    double value;
    if (digits > 0 && strpbrk(text, ".e") && cli_parse_real(text, &value))
        fprintf(out, "%s=%.*g", name, digits, value);
    else
        fprintf(out, "%s=%s", name, text);
    free(text);
}

char *watch_params(const hone_trial *trial, int digits)
{
    const hone_space *space = hone_trial_space(trial);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return cli_dup("");
    bool first = true;
    for (uint32_t i = 0; hone_trial_has_params(trial) && i < hone_space_n_params(space); i++) {
        const char *name = hone_space_name(space, i);
        if (!hone_trial_active(trial, name))
            continue;
        fputs(first ? "" : " ", out);
        put_param(out, trial, name, digits);
        first = false;
    }
    fclose(out);
    return text;
}

char *watch_values(const hone_study *study, const hone_trial *trial)
{
    char *text = NULL, number[CLI_SHORT];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return cli_dup("");
    bool first = true;
    for (uint32_t i = 0; i < hone_study_n_metrics(study); i++) {
        double value = hone_trial_value(trial, i);
        if (isnan(value))
            continue;
        fprintf(out, "%s%s=%s", first ? "" : " ", hone_study_metric(study, i).name,
                cli_number(value, number));
        first = false;
    }
    fclose(out);
    return text;
}

bool watch_goes_on(const hone_trial *trial)
{
    bool is_copy =
        hone_trial_origin_of(trial) == HONE_ORIGIN_FORK && hone_trial_attempts(trial) == 1;
    return hone_trial_resource(trial) > 0 && (hone_trial_resumed(trial) || is_copy);
}

char *watch_decision(hone_study *study, uint32_t number)
{
    char why[256];
    hone_trial *trial = NULL;
    hone_study_standing(study, number, why, sizeof why);
    if (*why)
        return cli_format("trial %u %s", (unsigned)number, why);
    if (hone_study_trial(study, number, &trial, NULL) != HONE_OK)
        return NULL;
    const char *message = hone_trial_message(trial);
    bool stopped = hone_trial_status(trial) == HONE_STATE_PRUNED && *message;
    char *text = stopped ? cli_format("trial %u %s", (unsigned)number, message) : NULL;
    hone_trial_destroy(trial);
    return text;
}

const char *watch_path(const char *path)
{
    char here[4096];
    size_t n = getcwd(here, sizeof here) ? strlen(here) : 0;
    return n > 1 && strncmp(path, here, n) == 0 && path[n] == '/' ? path + n + 1 : path;
}

const char *watch_stopping_text(int level)
{
    if (level <= 1)
        return "No new trials, the running ones finish. Ctrl-C again: stop them, to resume.";
    if (level == 2)
        return "Stopping the running trials, to resume them later. Ctrl-C again: kill them.";
    return "Killing the running trials; `hone resume` runs them again.";
}

// --- keeping the model ---

static void set_text(char **to, char *text)
{
    free(*to);
    *to = text;
}

// The best trial of a single objective, or how many are on the front. Asked for when it is drawn:
// it goes through all trials.
static void refresh_best(run_watch *watch)
{
    if (!watch->best_stale)
        return;
    watch->best_stale = false;
    uint32_t number = 0, n = 0;
    hone_trial *trial = NULL;
    if (hone_study_n_objectives(watch->study) > 1) {
        if (hone_study_pareto(watch->study, NULL, 0, &n, NULL) == HONE_OK && n > 0) {
            watch->has_best = true;
            set_text(&watch->best_line,
                     cli_format("%u trials, none of them better in everything", (unsigned)n));
        }
        return;
    }
    if (hone_study_best(watch->study, &number, NULL) != HONE_OK) {
        set_text(&watch->best_line, best_paused_text(watch->study));
        return;
    }
    if ((watch->has_best && number == watch->best) ||
        hone_study_trial(watch->study, number, &trial, NULL) != HONE_OK)
        return;
    char value[CLI_SHORT], *params = watch_params(trial, 4);
    watch->has_best = true;
    watch->best = number;
    set_text(&watch->best_line,
             cli_format("%s %s  trial %u  %s", hone_study_metric(watch->study, 0).name,
                        cli_number(hone_trial_value(trial, 0), value), (unsigned)number, params));
    free(params);
    hone_trial_destroy(trial);
}

void watch_refresh(run_watch *watch)
{
    refresh_best(watch);
    if (watch->news_stale)
        set_text(&watch->news, watch_decision(watch->study, watch->news_trial));
    watch->news_stale = false;
}

static void note_decision(run_watch *watch, uint32_t trial)
{
    watch->news_stale = true;
    watch->news_trial = trial;
}

static void note_started(run_watch *watch, const hone_run_event *event, const hone_trial *trial)
{
    if (event->slot >= watch->n_slots)
        return;
    watch_slot *slot = &watch->slots[event->slot];
    set_text(&slot->params, trial ? watch_params(trial, 4) : cli_dup(""));
    slot->busy = true;
    slot->has_report = false;
    slot->trial = event->trial;
    slot->attempt = event->attempt;
    slot->part = event->part;
    slot->n_parts = event->n_parts;
    slot->resource = trial ? hone_trial_resource(trial) : 0;
    slot->since_s = watch_now_s();
    slot->goes_on = trial && watch_goes_on(trial);
    if (slot->goes_on)
        note_decision(watch, event->trial);
}

// The next part runs; after the last one the trial's end follows at once.
static void note_part(run_watch *watch, const hone_run_event *event)
{
    if (event->slot >= watch->n_slots)
        return;
    watch_slot *slot = &watch->slots[event->slot];
    slot->part = event->part + 1 < event->n_parts ? event->part + 1 : event->part;
    slot->has_report = false;
}

static void note_value(run_watch *watch, double value)
{
    if (!isfinite(value))
        return;
    if (watch->n_values == WATCH_N_VALUES)
        memmove(watch->values, watch->values + 1, (WATCH_N_VALUES - 1) * sizeof *watch->values);
    else
        watch->n_values++;
    watch->values[watch->n_values - 1] = value;
}

static bool is_failure(hone_trial_state state)
{
    return state >= HONE_STATE_FAILED && state <= HONE_STATE_LOST && state != HONE_STATE_INFEASIBLE;
}

static void note_finished(run_watch *watch, const hone_run_event *event, const hone_trial *trial)
{
    if (event->slot < watch->n_slots)
        watch->slots[event->slot].busy = false;
    if (trial && hone_trial_purpose_of(trial) == HONE_PURPOSE_FINAL)
        return;
    if (event->state == HONE_STATE_PAUSED || event->state == HONE_STATE_PRUNED)
        note_decision(watch, event->trial);
    watch->best_stale = true;
    if (!hone_state_is_finished(event->state))
        return;
    watch->n_ended++;
    if (event->state == HONE_STATE_COMPLETE)
        note_value(watch, event->value);
    if (is_failure(event->state)) {
        const char *why = trial ? hone_trial_message(trial) : "";
        watch->n_failed++;
        watch->last_failed = event->trial;
        set_text(&watch->failure_log, event->log ? cli_dup(watch_path(event->log)) : NULL);
        set_text(&watch->failure, cli_format("trial %u %s%s%s", (unsigned)event->trial,
                                             hone_state_name(event->state), *why ? ": " : "", why));
    }
}

void watch_slots(run_watch *watch, const hone_run_options *now)
{
    if (now->n_jobs <= watch->n_slots)
        return;
    watch->slots = cli_realloc(watch->slots, now->n_jobs * sizeof *watch->slots);
    memset(watch->slots + watch->n_slots, 0, (now->n_jobs - watch->n_slots) * sizeof *watch->slots);
    watch->n_slots = now->n_jobs;
}

// What `hone edit` has changed shows, too; a slot that is not used any more ends its trial first.
static void note_changed(run_watch *watch)
{
    const hone_run_options *now = hone_run_options_now(watch->run);
    watch->n_wanted = now->n_trials;
    watch->time_s = now->time_s;
    watch_slots(watch, now);
}

static void note_event(run_watch *watch, const hone_run_event *event, const hone_trial *trial)
{
    switch (event->type) {
    case HONE_RUN_STARTED:
        note_started(watch, event, trial);
        break;
    case HONE_RUN_REPORT:
        if (event->slot < watch->n_slots) {
            watch_slot *slot = &watch->slots[event->slot];
            slot->has_report = true;
            slot->step = event->step;
            slot->value = event->value;
        }
        break;
    case HONE_RUN_PART:
        note_part(watch, event);
        break;
    case HONE_RUN_RETRY:
        if (event->slot < watch->n_slots)
            watch->slots[event->slot].busy = false;
        break;
    case HONE_RUN_FINISHED:
        note_finished(watch, event, trial);
        break;
    case HONE_RUN_CHANGED:
        note_changed(watch);
        break;
    case HONE_RUN_STOPPING:
        watch->level = event->level;
        set_text(&watch->message, cli_dup(watch_stopping_text(event->level)));
        break;
    default:
        break;
    }
}

// The values of trials that were there before, for the sparkline.
static void recall(run_watch *watch)
{
    uint32_t n = hone_study_n_trials(watch->study);
    for (uint32_t i = n > WATCH_N_VALUES ? n - WATCH_N_VALUES : 0; i < n; i++) {
        hone_trial *trial = NULL;
        if (hone_study_trial(watch->study, i, &trial, NULL) != HONE_OK)
            continue;
        if (hone_trial_status(trial) == HONE_STATE_COMPLETE &&
            hone_trial_purpose_of(trial) == HONE_PURPOSE_SEARCH)
            note_value(watch, hone_trial_value(trial, 0));
        hone_trial_destroy(trial);
    }
    watch->best_stale = true;
}

void watch_begin(run_watch *watch, const cli_args *cli, const char *storage, hone_study *study,
                 const hone_run_options *options)
{
    *watch =
        (run_watch){.cli = cli, .storage = storage, .study = study, .mode = watch_mode_for(cli)};
    // A single trial needs no block: its line says everything.
    if (options->n_only_trials > 0 && watch->mode != WATCH_JSON)
        watch->mode = WATCH_LINES;
    watch->n_wanted = options->n_trials;
    watch->time_s = options->time_s;
    watch->n_slots = options->n_jobs;
    watch->slots = cli_alloc(watch->n_slots * sizeof *watch->slots);
    watch->n_before = hone_study_n_finished(study);
    watch->began_s = watch_now_s();
    recall(watch);
    if (watch->mode == WATCH_BLOCK)
        block_watch_size();
}

void watch_event(void *user, hone_run *run, const hone_run_event *event)
{
    run_watch *watch = user;
    hone_trial *trial = NULL;
    bool of_trial = event->type == HONE_RUN_STARTED || event->type == HONE_RUN_FINISHED;
    watch->run = run;
    if (of_trial && hone_study_trial(watch->study, event->trial, &trial, NULL) != HONE_OK)
        trial = NULL;
    note_event(watch, event, trial);
    if (watch->mode == WATCH_JSON)
        json_event(watch, event, trial);
    else
        lines_event(watch, event, trial);
    if (watch->mode == WATCH_BLOCK && event->type != HONE_RUN_END)
        block_draw(watch, event->type == HONE_RUN_STOPPING || event->type == HONE_RUN_TICK);
    hone_trial_destroy(trial);
}

void watch_end(run_watch *watch)
{
    block_clear(watch);
    for (uint32_t i = 0; i < watch->n_slots; i++)
        free(watch->slots[i].params);
    free(watch->slots);
    free(watch->best_line);
    free(watch->news);
    free(watch->failure);
    free(watch->failure_log);
    free(watch->message);
    free(watch->drawn);
    watch->slots = NULL;
    watch->best_line = watch->news = watch->failure = watch->failure_log = watch->message = NULL;
    watch->drawn = NULL;
    watch->n_slots = 0;
}
