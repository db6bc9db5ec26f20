// Trials: values and results. Values come from the trial's own copy, results from the fold.

#include <hone/trial.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/fixed.h"
#include "core/study_internal.h"

static const char *const state_names[HONE_N_STATES] = {
    "WAITING", "RUNNING", "PAUSED",     "COMPLETE", "PRUNED", "FAILED",
    "TIMEOUT", "OOM",     "INFEASIBLE", "INVALID",  "LOST"};

const char *hone_state_name(hone_trial_state state)
{
    return (unsigned)state < HONE_N_STATES ? state_names[state] : "UNKNOWN";
}

int hone_state_parse(const char *name)
{
    for (int s = 0; s < HONE_N_STATES; s++)
        if (strcasecmp(name, state_names[s]) == 0)
            return s;
    return -1;
}

bool hone_state_is_finished(hone_trial_state state)
{
    return hn_state_finished(state) && state < HONE_N_STATES;
}

// --- making ---

// One small allocation, since there is a trial for every ask.
hone_status hn_trial_make(hone_study *study, uint32_t number, hone_trial **out, hone_error *err)
{
    const hn_trial *row = &study->fold.trials.data[number];
    const hone_space *space = hn_fold_space(&study->fold, row->space);
    hn_config config = hn_fold_config(&study->fold, row);
    size_t n_bytes = 0;
    if (config.slots)
        n_bytes = ((size_t)space->n_slots + space->n_words) * sizeof(hn_slot) +
                  space->n_params * sizeof(bool);
    hone_trial *trial = hn_calloc(1, sizeof *trial + n_bytes);
    *out = trial;
    if (!trial)
        return hn_fail_memory(err);
    trial->study = study;
    trial->number = number;
    trial->epoch = row->epoch;
    trial->report = HN_NONE;
    trial->space = space;
    if (config.slots) {
        uint64_t *active = (uint64_t *)(void *)(trial->row + space->n_slots);
        trial->config = (hn_config){trial->row, active};
        trial->used = (bool *)(active + space->n_words);
        hn_config_copy(space, trial->config, config);
    }
    return HONE_OK;
}

hone_status hn_study_no_trial(const hone_study *study, int64_t number, hone_error *err)
{
    size_t n = study->fold.trials.n;
    char there[64];
    if (n > 1)
        snprintf(there, sizeof there, "has trials 0 to %zu", n - 1);
    else
        snprintf(there, sizeof there, n ? "has trial 0 only" : "has no trials yet");
    return hn_fail(err, HONE_ENOTFOUND, "there is no trial %lld: study \"%s\" %s",
                   (long long)number, study->name, there);
}

hone_status hone_study_trial(hone_study *study, uint32_t number, hone_trial **out, hone_error *err)
{
    *out = NULL;
    if (number >= study->fold.trials.n)
        return hn_study_no_trial(study, number, err);
    return hn_trial_make(study, number, out, err);
}

void hone_trial_destroy(hone_trial *trial)
{
    if (!trial)
        return;
    hn_arena_free(&trial->arena);
    hn_free(trial->why);
    hn_free(trial);
}

// --- identity ---

hone_study *hone_trial_study(const hone_trial *trial)
{
    return trial->study;
}

uint32_t hone_trial_number(const hone_trial *trial)
{
    return trial->number;
}

hone_trial_state hone_trial_status(const hone_trial *trial)
{
    return (hone_trial_state)hn_trial_row(trial)->state;
}

uint32_t hone_trial_attempts(const hone_trial *trial)
{
    return hn_trial_row(trial)->epoch;
}

hone_trial_purpose hone_trial_purpose_of(const hone_trial *trial)
{
    return (hone_trial_purpose)hn_trial_row(trial)->purpose;
}

hone_trial_origin hone_trial_origin_of(const hone_trial *trial)
{
    return (hone_trial_origin)hn_trial_row(trial)->origin;
}

bool hone_trial_resumed(const hone_trial *trial)
{
    return hn_trial_row(trial)->flags & HN_TRIAL_RESUMED;
}

double hone_trial_forked_at(const hone_trial *trial)
{
    const hn_trial *row = hn_trial_row(trial);
    return row->origin == HONE_ORIGIN_FORK && row->parent >= 0 ? row->born : NAN;
}

int64_t hone_trial_parent(const hone_trial *trial)
{
    return hn_trial_row(trial)->parent;
}

uint32_t hone_trial_space_version(const hone_trial *trial)
{
    return hn_trial_row(trial)->space;
}

const hone_space *hone_trial_space(const hone_trial *trial)
{
    return trial->space;
}

bool hone_trial_in_space(const hone_trial *trial)
{
    const hn_problem *problem = &trial->study->fold.problem;
    hn_arena arena = HN_ARENA_INIT;
    hn_config room = hn_config_new(&arena, problem->space);
    bool is_in = !trial->config.slots || trial->space == problem->space ||
                 (room.slots && hn_config_map(trial->space, trial->config, problem->space,
                                              problem->define_by_run, room) != HN_MAPPED_NOT);
    hn_arena_free(&arena);
    return is_in;
}

double hone_trial_resource(const hone_trial *trial)
{
    return hn_trial_row(trial)->resource;
}

int64_t hone_trial_saw(const hone_trial *trial)
{
    return hn_trial_row(trial)->saw;
}

// 31 bits: what every language's and library's seed accepts.
uint64_t hone_trial_repeat_seed(const hone_trial *trial, uint32_t repeat)
{
    hn_rng rng = hn_rng_make(trial->study->fold.problem.seed, HN_PURPOSE_TRIAL, trial->number);
    return hn_rng_u64(&rng, 0, repeat, 0) >> 33;
}

uint64_t hone_trial_seed(const hone_trial *trial)
{
    return hone_trial_repeat_seed(trial, 0);
}

// --- values ---

bool hone_trial_has_params(const hone_trial *trial)
{
    return trial->config.slots != NULL;
}

static const hn_param *active_param(const hone_trial *trial, const char *name)
{
    const hn_param *param = trial->config.slots ? hn_space_find(trial->space, name) : NULL;
    return param && hn_active(trial->config.active, param->index) ? param : NULL;
}

bool hone_trial_active(const hone_trial *trial, const char *name)
{
    return active_param(trial, name) != NULL;
}

double hone_trial_float(const hone_trial *trial, const char *name)
{
    const hn_param *param = active_param(trial, name);
    if (!param)
        return NAN;
    const hn_slot *slot = trial->config.slots + param->slot;
    if (param->type == HONE_PARAM_FLOAT)
        return slot->f;
    if (param->type == HONE_PARAM_INT)
        return (double)slot->i;
    bool choice = param->type == HONE_PARAM_CATEGORICAL || param->type == HONE_PARAM_ORDINAL;
    if (choice && param->choices[slot->i].kind == HN_LITERAL_NUMBER)
        return param->choices[slot->i].number;
    return NAN;
}

int64_t hone_trial_int(const hone_trial *trial, const char *name)
{
    const hn_param *param = active_param(trial, name);
    if (!param)
        return INT64_MIN;
    const hn_slot *slot = trial->config.slots + param->slot;
    if (param->type == HONE_PARAM_INT || param->type == HONE_PARAM_BOOL)
        return slot->i;
    bool choice = param->type == HONE_PARAM_CATEGORICAL || param->type == HONE_PARAM_ORDINAL;
    if (choice && param->choices[slot->i].is_int)
        return param->choices[slot->i].integer;
    return INT64_MIN;
}

bool hone_trial_bool(const hone_trial *trial, const char *name)
{
    const hn_param *param = active_param(trial, name);
    if (!param)
        return false;
    const hn_slot *slot = trial->config.slots + param->slot;
    if (param->type == HONE_PARAM_BOOL)
        return slot->i != 0;
    return param->type == HONE_PARAM_CATEGORICAL &&
           param->choices[slot->i].kind == HN_LITERAL_BOOL && param->choices[slot->i].number != 0;
}

// A text that lives as long as the trial.
static const char *kept(const hone_trial *trial, hn_str *text)
{
    hn_arena *arena = (hn_arena *)&trial->arena;
    const char *copy =
        hn_str_failed(text) ? NULL : hn_arena_strndup(arena, hn_str_text(text), text->n);
    hn_str_free(text);
    return copy;
}

const char *hone_trial_text(const hone_trial *trial, const char *name)
{
    const hn_param *param = active_param(trial, name);
    hn_str text = HN_STR_INIT;
    if (!param)
        return NULL;
    hn_value_text(param, trial->config.slots + param->slot, &text);
    return kept(trial, &text);
}

const char *hone_trial_value_json(const hone_trial *trial, const char *name)
{
    const hn_param *param = active_param(trial, name);
    hn_str text = HN_STR_INIT;
    if (!param)
        return NULL;
    hn_value_json(param, trial->config.slots + param->slot, &text);
    return kept(trial, &text);
}

static const char *fixed_json(const hone_trial *trial)
{
    const hn_fold *fold = &trial->study->fold;
    const hn_trial *row = hn_trial_row(trial);
    hn_str text = HN_STR_INIT;
    if (row->fixed == HN_NONE || !fold->problem.space)
        return "{}";
    hn_fixed_json(fold->problem.space, hn_fold_text(fold, row->fixed), &text);
    return kept(trial, &text);
}

const char *hone_trial_params_json(const hone_trial *trial)
{
    hn_str text = HN_STR_INIT;
    if (!trial->config.slots)
        return fixed_json(trial);
    hn_config_json(trial->space, trial->config, &text);
    return kept(trial, &text);
}

uint32_t hone_trial_floats(const hone_trial *trial, const char *name, double *out, uint32_t n)
{
    const hn_param *param = active_param(trial, name);
    if (!param)
        return 0;
    const hn_slot *slots = trial->config.slots + param->slot;
    for (uint32_t i = 0; i < param->n_slots && i < n; i++)
        out[i] = param->type == HONE_PARAM_FLOAT || param->type == HONE_PARAM_SIMPLEX
                     ? slots[i].f
                     : (double)slots[i].i;
    return param->n_slots;
}

// --- results ---

// Reports are a chain, which is mostly read from its beginning to its end: the walk goes on where
// the last one has ended. (Links of the chain never change.)
static const hn_report *report_at(const hone_trial *trial, uint32_t index)
{
    const hn_fold *fold = &trial->study->fold;
    hone_trial *walker = (hone_trial *)trial;
    bool goes_on = walker->report != HN_NONE && walker->report_index <= index;
    uint32_t at = goes_on ? walker->report : hn_trial_row(trial)->first_report;
    uint32_t left = goes_on ? index - walker->report_index : index;
    while (left-- > 0 && at != HN_NONE)
        at = fold->reports.data[at].next;
    if (at == HN_NONE)
        return NULL;
    walker->report = at;
    walker->report_index = index;
    return &fold->reports.data[at];
}

double hone_trial_value(const hone_trial *trial, uint32_t metric)
{
    const hn_fold *fold = &trial->study->fold;
    const hn_trial *row = hn_trial_row(trial);
    if (metric >= fold->problem.n_metrics)
        return NAN;
    if (row->values != HN_NONE && !isnan(fold->numbers.data[row->values + metric]))
        return fold->numbers.data[row->values + metric];
    bool on_the_way = row->state == HONE_STATE_PRUNED || row->state == HONE_STATE_PAUSED;
    if (on_the_way && row->last_report != HN_NONE)
        return fold->numbers.data[fold->reports.data[row->last_report].values + metric];
    return NAN;
}

bool hone_trial_feasible(const hone_trial *trial)
{
    return !(hn_trial_row(trial)->flags & HN_TRIAL_INFEASIBLE);
}

uint32_t hone_trial_n_constraint_values(const hone_trial *trial)
{
    return hn_trial_row(trial)->n_constraints;
}

double hone_trial_constraint_value(const hone_trial *trial, uint32_t index)
{
    const hn_trial *row = hn_trial_row(trial);
    return index < row->n_constraints ? trial->study->fold.numbers.data[row->constraints + index]
                                      : NAN;
}

uint32_t hone_trial_n_reports(const hone_trial *trial)
{
    hn_study_flush(trial->study, NULL); // reports that still wait for the next append count, too
    return hn_trial_row(trial)->n_reports;
}

double hone_trial_report_step(const hone_trial *trial, uint32_t index)
{
    const hn_report *report = report_at(trial, index);
    return report ? report->step : NAN;
}

double hone_trial_report_value(const hone_trial *trial, uint32_t index, uint32_t metric)
{
    const hn_fold *fold = &trial->study->fold;
    const hn_report *report = report_at(trial, index);
    return report && metric < fold->problem.n_metrics ? fold->numbers.data[report->values + metric]
                                                      : NAN;
}

uint64_t hone_trial_created_us(const hone_trial *trial)
{
    return hn_trial_row(trial)->created_us;
}

uint64_t hone_trial_started_us(const hone_trial *trial)
{
    return hn_trial_row(trial)->started_us;
}

uint64_t hone_trial_ended_us(const hone_trial *trial)
{
    return hn_trial_row(trial)->ended_us;
}

double hone_trial_duration_s(const hone_trial *trial)
{
    return hn_seconds(hn_trial_row(trial)->duration_us);
}

double hone_trial_cpu_s(const hone_trial *trial)
{
    uint64_t cpu_us = hn_trial_row(trial)->cpu_us;
    return cpu_us > 0 ? hn_seconds(cpu_us) : NAN;
}

int64_t hone_trial_maxrss_kb(const hone_trial *trial)
{
    return hn_trial_row(trial)->maxrss_kb;
}

int hone_trial_exit_code(const hone_trial *trial)
{
    return hn_trial_row(trial)->exit_code;
}

int hone_trial_signal(const hone_trial *trial)
{
    return hn_trial_row(trial)->signal;
}

int64_t hone_trial_copied_from(const hone_trial *trial)
{
    return hn_trial_row(trial)->copied;
}

const char *hone_trial_message(const hone_trial *trial)
{
    return hn_fold_text(&trial->study->fold, hn_trial_row(trial)->message);
}

const char *hone_trial_note(const hone_trial *trial)
{
    return hn_fold_text(&trial->study->fold, hn_trial_row(trial)->note);
}

const char *hone_trial_owner(const hone_trial *trial)
{
    return hn_fold_text(&trial->study->fold, hn_trial_row(trial)->owner);
}

uint64_t hone_trial_lease_us(const hone_trial *trial)
{
    return hn_trial_row(trial)->lease_us;
}

bool hone_trial_excluded(const hone_trial *trial)
{
    return hn_trial_row(trial)->flags & HN_TRIAL_EXCLUDED;
}

int64_t hone_trial_pid(const hone_trial *trial)
{
    return hn_trial_row(trial)->pid;
}

uint64_t hone_trial_checkpoint_bytes(const hone_trial *trial)
{
    int64_t bytes = hn_trial_row(trial)->ckpt_bytes;
    return (uint64_t)(bytes < 0 ? -bytes : bytes);
}

bool hone_trial_checkpoint_removed(const hone_trial *trial)
{
    return hn_trial_row(trial)->ckpt_bytes < 0;
}

bool hone_trial_should_stop(const hone_trial *trial)
{
    return trial->stop ||
           (hn_trial_row(trial)->flags & (HN_TRIAL_STOP_ASKED | HN_TRIAL_KILL_ASKED)) != 0;
}

bool hone_trial_should_pause(const hone_trial *trial)
{
    return trial->pause;
}
