// `--json`: every event of a run as one JSON object on a line.
#include "findings.h"
#include "trial_view.h"
#include "watch.h"

#include <math.h>
#include <stdlib.h>

static const char *event_name(hone_run_event_type type)
{
    static const char *const names[] = {
        [HONE_RUN_STARTED] = "started",   [HONE_RUN_REPORT] = "report",
        [HONE_RUN_FINISHED] = "finished", [HONE_RUN_RETRY] = "retry",
        [HONE_RUN_SOURCE] = "source",     [HONE_RUN_MISSING] = "missing",
        [HONE_RUN_WARNING] = "warning",   [HONE_RUN_STOPPING] = "stopping",
        [HONE_RUN_WAITING] = "waiting",   [HONE_RUN_CHANGED] = "changed",
        [HONE_RUN_PART] = "run",          [HONE_RUN_SPACE] = "space",
    };
    size_t n = sizeof names / sizeof *names;
    return (size_t)type < n ? names[type] : NULL;
}

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

static json_t *values_json(const hone_study *study, const hone_trial *trial)
{
    json_t *values = json_object();
    for (uint32_t i = 0; i < hone_study_n_metrics(study); i++) {
        double value = hone_trial_value(trial, i);
        if (!isnan(value))
            set(values, hone_study_metric(study, i).name, cli_json_double(value));
    }
    return values;
}

static void add_standing(json_t *line, const run_watch *watch, uint32_t trial)
{
    char why[256];
    hone_study_standing(watch->study, trial, why, sizeof why);
    if (*why)
        set(line, "standing", json_string(why));
}

static void add_finished(json_t *line, const run_watch *watch, const hone_run_event *event,
                         const hone_trial *trial)
{
    set(line, "state", json_string(hone_state_name(event->state)));
    set(line, "duration_s", cli_json_double(event->duration_s));
    set(line, "best", json_boolean(event->is_best));
    if (!trial)
        return;
    set(line, "values", values_json(watch->study, trial));
    if (*hone_trial_message(trial))
        set(line, "message", json_string(hone_trial_message(trial)));
    if (event->state == HONE_STATE_PAUSED)
        add_standing(line, watch, event->trial);
    if (hone_trial_purpose_of(trial) == HONE_PURPOSE_FINAL)
        set(line, "final", json_true());
}

static void print(json_t *line)
{
    cli_json(line, 0);
    fflush(stdout);
}

void json_event(run_watch *watch, const hone_run_event *event, const hone_trial *trial)
{
    const char *name = event_name(event->type);
    if (!name)
        return;
    json_t *line = json_pack("{s:s}", "event", name);
    bool of_trial = event->type == HONE_RUN_STARTED || event->type == HONE_RUN_REPORT ||
                    event->type == HONE_RUN_FINISHED || event->type == HONE_RUN_RETRY ||
                    event->type == HONE_RUN_MISSING || event->type == HONE_RUN_PART;
    if (of_trial)
        set(line, "trial", json_integer(event->trial));
    if (event->type == HONE_RUN_STARTED) {
        set(line, "slot", json_integer(event->slot));
        set(line, "attempt", json_integer(event->attempt));
        if (trial && hone_trial_resource(trial) > 0)
            set(line, "resource", cli_json_double(hone_trial_resource(trial)));
        if (trial && watch_goes_on(trial))
            add_standing(line, watch, event->trial);
    }
    if (of_trial && event->n_parts > 0 && event->type != HONE_RUN_FINISHED)
        set(line, "run", json_integer(event->part));
    if (event->type == HONE_RUN_PART) {
        set(line, "value", cli_json_double(event->value));
        set(line, "duration_s", cli_json_double(event->duration_s));
    }
    if (event->type == HONE_RUN_REPORT) {
        set(line, "step", cli_json_double(event->step));
        set(line, "value", cli_json_double(event->value));
    }
    if (event->type == HONE_RUN_FINISHED)
        add_finished(line, watch, event, trial);
    if (trial)
        set(line, "params", cli_json_text(hone_trial_params_json(trial)));
    if (event->type == HONE_RUN_STOPPING)
        set(line, "level", json_integer(event->level));
    if (event->text)
        set(line, "text", json_string(event->text));
    if (event->log)
        set(line, "log", json_string(event->log));
    print(line);
}

void json_begin(run_watch *watch)
{
    const hone_study *study = watch->study;
    char *space_text = hone_space_to_json(hone_study_space(study));
    json_t *objectives = json_array();
    for (uint32_t i = 0; i < hone_study_n_objectives(study); i++)
        json_array_append_new(objectives,
                              json_pack("{s:s, s:s}", "name", hone_study_metric(study, i).name,
                                        "goal", goal_text(hone_study_metric(study, i).goal)));
    json_t *line = json_pack("{s:s, s:s, s:o, s:o, s:s, s:s, s:I, s:i}", "event", "begin", "study",
                             hone_study_name(study), "space", cli_json_text(space_text),
                             "objectives", objectives, "sampler", hone_study_sampler_in_use(study),
                             "scheduler", hone_study_scheduler_in_use(study), "seed",
                             (json_int_t)hone_study_seed(study), "finished", (int)watch->n_before);
    set(line, "sampler_why", sampler_why_json(study));
    if (watch->n_wanted > 0)
        set(line, "trials", json_integer(watch->n_wanted));
    hone_free(space_text);
    print(line);
}

static json_t *best_json(hone_study *study)
{
    uint32_t number;
    hone_trial *trial = NULL;
    if (hone_study_best(study, &number, NULL) != HONE_OK ||
        hone_study_trial(study, number, &trial, NULL) != HONE_OK)
        return json_null();
    json_t *best =
        json_pack("{s:i, s:o, s:o}", "number", (int)number, "values", values_json(study, trial),
                  "params", cli_json_text(hone_trial_params_json(trial)));
    hone_trial_destroy(trial);
    return best;
}

void json_end(run_watch *watch, hone_run_outcome outcome)
{
    static const char *const names[] = {
        [HONE_RUN_FINISHED_ALL] = "finished",
        [HONE_RUN_STOPPED] = "stopped",
        [HONE_RUN_ALL_FAILED] = "failed",
    };
    json_t *line = json_pack("{s:s, s:s, s:i, s:i, s:o}", "event", "end", "outcome", names[outcome],
                             "finished", (int)hone_study_n_finished(watch->study), "exit",
                             (int)outcome, "best", best_json(watch->study));
    set(line, "rule", json_string(watch->run ? hone_run_rule(watch->run) : "none"));
    set(line, "elapsed_s", cli_json_double(watch_now_s() - watch->began_s));
    set(line, "health", findings_json(watch->study));
    print(line);
}
