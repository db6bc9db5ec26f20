// The fold: one small function an event type, in a table. Each first reserves what it needs and
// then changes the state, so that running out of memory leaves the fold as it was.

#include "core/fold.h"

#include "core/parts.h"

#include <math.h>
#include <string.h>

void hn_fold_init(hn_fold *fold)
{
    memset(fold, 0, sizeof *fold);
    fold->last_owner = HN_NONE;
}

void hn_fold_free(hn_fold *fold)
{
    for (size_t i = 0; i < fold->spaces.n; i++) {
        hone_space_destroy(fold->spaces.data[i].space);
        hn_free(fold->spaces.data[i].json);
        hn_free(fold->spaces.data[i].lineage);
    }
    for (size_t i = 0; i < fold->settings.n; i++) {
        hn_free(fold->settings.data[i].key);
        hn_free(fold->settings.data[i].json);
    }
    for (size_t i = 0; i < fold->logs.n; i++) {
        hn_free(fold->logs.data[i].level);
        hn_free(fold->logs.data[i].text);
    }
    for (size_t i = 0; i < fold->goals.n; i++) {
        hn_arena_free(&fold->goals.data[i].arena);
        hn_free(fold->goals.data[i].json);
    }
    hn_vec_free(&fold->spaces);
    hn_vec_free(&fold->goals);
    hn_vec_free(&fold->trials);
    hn_vec_free(&fold->cells);
    hn_vec_free(&fold->numbers);
    hn_vec_free(&fold->reports);
    hn_vec_free(&fold->parts);
    hn_vec_free(&fold->attrs);
    hn_vec_free(&fold->texts);
    hn_vec_free(&fold->open);
    hn_vec_free(&fold->waiting);
    hn_vec_free(&fold->changed);
    hn_vec_free(&fold->settings);
    hn_vec_free(&fold->logs);
    hn_arena_free(&fold->arena);
    hn_arena_free(&fold->scratch);
    hn_fold_init(fold);
}

bool hn_state_finished(int state)
{
    return state >= HONE_STATE_COMPLETE;
}

bool hn_trial_asked_for(const hn_trial *trial)
{
    bool by_hand = trial->purpose == HONE_PURPOSE_RETEST || trial->origin == HONE_ORIGIN_MANUAL ||
                   trial->origin == HONE_ORIGIN_RERUN || (trial->flags & HN_TRIAL_RERUN_ASKED);
    return by_hand && trial->state == HONE_STATE_WAITING && trial->purpose != HONE_PURPOSE_FINAL &&
           !(trial->flags & HN_TRIAL_EXCLUDED);
}

const hone_space *hn_fold_space(const hn_fold *fold, uint32_t version)
{
    return version >= 1 && version <= fold->spaces.n ? fold->spaces.data[version - 1].space : NULL;
}

hn_config hn_fold_config(const hn_fold *fold, const hn_trial *trial)
{
    const hone_space *space = hn_fold_space(fold, trial->space);
    if (!(trial->flags & HN_TRIAL_HAS_PARAMS) || !space)
        return (hn_config){NULL, NULL};
    hn_slot *row = fold->cells.data + trial->params;
    return (hn_config){row + space->n_words, (uint64_t *)(void *)row};
}

const char *hn_fold_text(const hn_fold *fold, uint32_t text)
{
    return text == HN_NONE ? "" : fold->texts.data + text;
}

const char *hn_fold_setting(const hn_fold *fold, const char *key)
{
    for (size_t i = 0; i < fold->settings.n; i++)
        if (strcmp(fold->settings.data[i].key, key) == 0)
            return fold->settings.data[i].json;
    return NULL;
}

// --- pools ---

bool hn_fold_keep_text(hn_fold *fold, hn_bytes text, uint32_t *out)
{
    *out = HN_NONE;
    if (text.size == 0)
        return true;
    if (fold->texts.n + text.size + 1 >= HN_NONE || !hn_vec_reserve(&fold->texts, text.size + 1))
        return false;
    *out = (uint32_t)fold->texts.n;
    memcpy(fold->texts.data + fold->texts.n, text.data, text.size);
    fold->texts.data[fold->texts.n + text.size] = '\0';
    fold->texts.n += text.size + 1;
    return true;
}

static bool keep_owner(hn_fold *fold, hn_bytes owner, uint32_t *out)
{
    const char *last = hn_fold_text(fold, fold->last_owner);
    if (owner.size > 0 && strlen(last) == owner.size && memcmp(last, owner.data, owner.size) == 0) {
        *out = fold->last_owner;
        return true;
    }
    if (!hn_fold_keep_text(fold, owner, out))
        return false;
    fold->last_owner = *out;
    return true;
}

// A row with one number a metric; NaN where `present` lacks the bit or too few were given. The
// event's are in the order of its version of the goals.
static bool keep_values(hn_fold *fold, const hn_event *event, uint32_t *out)
{
    hn_doubles values = event->values;
    uint32_t n = fold->problem.n_metrics;
    if (fold->numbers.n + n >= HN_NONE || !hn_vec_reserve(&fold->numbers, n))
        return false;
    *out = (uint32_t)fold->numbers.n;
    for (uint32_t m = 0; m < n; m++) {
        uint32_t at = hn_fold_metric_in(fold, event->goals, m);
        bool given = at < values.n && (event->present >> at & 1);
        fold->numbers.data[fold->numbers.n++] = given ? values.data[at] : NAN;
    }
    return true;
}

static bool keep_numbers(hn_fold *fold, hn_doubles values, uint32_t *out)
{
    *out = HN_NONE;
    if (values.n == 0)
        return true;
    if (fold->numbers.n + values.n >= HN_NONE || !hn_vec_reserve(&fold->numbers, values.n))
        return false;
    *out = (uint32_t)fold->numbers.n;
    memcpy(fold->numbers.data + fold->numbers.n, values.data, values.n * sizeof(double));
    fold->numbers.n += values.n;
    return true;
}

// Decodes a configuration into the pool; `*fits` is false when it is not of that space.
static hone_status keep_params(hn_fold *fold, uint32_t version, hn_bytes params, uint32_t *row,
                               bool *fits)
{
    const hone_space *space = hn_fold_space(fold, version);
    *fits = false;
    if (!space || params.size == 0)
        return HONE_OK;
    size_t n = (size_t)space->n_words + space->n_slots;
    // One cell at least: an empty configuration (define-by-run's first) has an address, too.
    if (fold->cells.n + n >= HN_NONE || !hn_vec_reserve(&fold->cells, n ? n : 1))
        return HONE_ENOMEM;
    hn_slot *cells = fold->cells.data + fold->cells.n;
    memset(cells, 0, n * sizeof *cells);
    hn_config config = {cells + space->n_words, (uint64_t *)(void *)cells};
    if (hn_config_read(space, params.data, params.size, config, NULL) != HONE_OK)
        return HONE_OK;
    *row = (uint32_t)fold->cells.n;
    fold->cells.n += n;
    *fits = true;
    return HONE_OK;
}

// --- states ---

static void count_state(hn_fold *fold, const hn_trial *trial, int by)
{
    if (trial->purpose == HONE_PURPOSE_SEARCH && !(trial->flags & HN_TRIAL_EXCLUDED))
        fold->n_state[trial->state] += (uint32_t)by;
}

// Where `number` is or would be.
static size_t place_of(const hn_numbers *numbers, uint32_t number)
{
    size_t low = 0, high = numbers->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (numbers->data[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

// For which there is room.
static void put_in(hn_numbers *numbers, uint32_t number)
{
    size_t at = place_of(numbers, number);
    memmove(numbers->data + at + 1, numbers->data + at, (numbers->n - at) * sizeof(uint32_t));
    numbers->data[at] = number;
    numbers->n++;
}

static void take_out(hn_numbers *numbers, uint32_t number)
{
    size_t at = place_of(numbers, number);
    if (at == numbers->n || numbers->data[at] != number)
        return;
    numbers->n--;
    memmove(numbers->data + at, numbers->data + at + 1, (numbers->n - at) * sizeof(uint32_t));
}

static void set_state(hn_fold *fold, hn_trial *trial, int state)
{
    uint32_t number = (uint32_t)(trial - fold->trials.data);
    if (trial->state == HONE_STATE_WAITING)
        take_out(&fold->waiting, number);
    count_state(fold, trial, -1);
    trial->state = (uint8_t)state;
    count_state(fold, trial, +1);
    if (state == HONE_STATE_WAITING)
        put_in(&fold->waiting, number);
    if (hn_state_finished(state))
        take_out(&fold->open, number);
}

// The trial that an event of a running attempt concerns, or NULL when the event is stale.
static hn_trial *current(hn_fold *fold, const hn_event *event, unsigned states)
{
    if (event->trial < 0 || (uint64_t)event->trial >= fold->trials.n)
        return NULL;
    hn_trial *trial = &fold->trials.data[event->trial];
    bool fits = (states >> trial->state & 1) && event->epoch == (int64_t)trial->epoch;
    return fits ? trial : NULL;
}

enum {
    RUNNING = 1 << HONE_STATE_RUNNING,
    UNFINISHED = 1 << HONE_STATE_WAITING | 1 << HONE_STATE_RUNNING | 1 << HONE_STATE_PAUSED,
    STARTABLE = 1 << HONE_STATE_WAITING | 1 << HONE_STATE_PAUSED,
    FINISHED = (1 << HONE_N_STATES) - (1 << HONE_STATE_COMPLETE),
    // A late result still counts for these when nobody has started the trial again.
    TELLABLE = UNFINISHED | 1 << HONE_STATE_LOST,
    RETRIABLE = 1 << HONE_STATE_RUNNING | 1 << HONE_STATE_PAUSED | 1 << HONE_STATE_FAILED |
                1 << HONE_STATE_TIMEOUT | 1 << HONE_STATE_OOM | 1 << HONE_STATE_INVALID |
                1 << HONE_STATE_LOST
};

#define NEED(condition)                                                                            \
    do {                                                                                           \
        if (!(condition))                                                                          \
            return hn_fail_memory(err);                                                            \
    } while (0)

// Each handler gets the change with `applied` false and sets it when the event fits.
typedef hone_status apply_fn(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err);

static hone_status on_created(hn_fold *fold, const hn_event *event, hn_change *change,
                              hone_error *err)
{
    if (fold->definition)
        return HONE_OK;
    hn_problem problem = {0};
    const char *name = NULL, *text = NULL;
    NEED(hn_vec_reserve(&fold->goals, 1));
    hone_status status =
        hn_definition_read(event->text.data, event->text.size, &fold->arena, &name, &problem, err);
    if (status == HONE_OK &&
        !(text = hn_arena_strndup(&fold->arena, event->text.data, event->text.size)))
        status = hn_fail_memory(err);
    if (status != HONE_OK) {
        hn_arena_reset(&fold->arena); // it holds nothing else, and a failure would stick
        return status;
    }
    fold->definition = text;
    fold->name = name;
    fold->problem = problem;
    fold->goals.n = 0;
    (void)hn_fold_first_goals(fold); // reserved above
    fold->created_us = (uint64_t)event->time_us;
    change->applied = true;
    return HONE_OK;
}

hone_status hn_fold_add_space(hn_fold *fold, char *json, uint32_t first_trial, hone_error *err)
{
    hn_space_version *last = fold->spaces.n ? &fold->spaces.data[fold->spaces.n - 1] : NULL;
    hn_space_version version = {.json = json, .first_trial = first_trial};
    hone_status status = json ? HONE_OK : hn_fail_memory(err);
    if (status == HONE_OK)
        status = hone_space_from_json(json, &version.space, err);
    if (status == HONE_OK)
        version.lineage = hn_lineage_make(last ? last->lineage : NULL, last ? last->space : NULL,
                                          version.space, (uint32_t)fold->spaces.n + 1);
    if (status == HONE_OK && (!version.lineage || !hn_vec_push(&fold->spaces, version)))
        status = hn_fail_memory(err);
    if (status != HONE_OK) {
        hone_space_destroy(version.space);
        hn_free(version.lineage);
        hn_free(json);
        return status;
    }
    fold->problem.space = version.space;
    fold->problem.space_version = (uint32_t)fold->spaces.n;
    fold->problem.lineage = version.lineage;
    return HONE_OK;
}

static hone_status on_space(hn_fold *fold, const hn_event *event, hn_change *change,
                            hone_error *err)
{
    if (!fold->definition || event->space != (int64_t)fold->spaces.n + 1 || event->text.size == 0)
        return HONE_OK;
    char *json = hn_strndup(event->text.data, event->text.size);
    HN_TRY(hn_fold_add_space(fold, json, (uint32_t)fold->trials.n, err));
    change->applied = true;
    return HONE_OK;
}

static hone_status on_goals(hn_fold *fold, const hn_event *event, hn_change *change,
                            hone_error *err)
{
    hn_goals next = {0};
    if (!fold->definition || event->goals != (int64_t)fold->goals.n + 1 || event->text.size == 0)
        return HONE_OK;
    hone_status status = hn_goals_read(event->text.data, event->text.size, &next, err);
    if (status == HONE_OK && !hn_fold_take_goals(fold, &next))
        status = hn_fail_memory(err);
    if (status != HONE_OK) {
        hn_arena_free(&next.arena);
        hn_free(next.json);
        return status;
    }
    change->applied = true;
    return HONE_OK;
}

static hone_status on_set(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    if (event->name.size == 0)
        return HONE_OK;
    hn_setting setting = {hn_strndup(event->name.data, event->name.size),
                          hn_strndup(event->text.size ? event->text.data : "", event->text.size)};
    hn_setting *old = NULL;
    for (size_t i = 0; setting.key && i < fold->settings.n; i++)
        if (strcmp(fold->settings.data[i].key, setting.key) == 0)
            old = &fold->settings.data[i];
    if (!setting.key || !setting.json || (!old && !hn_vec_push(&fold->settings, setting))) {
        hn_free(setting.key);
        hn_free(setting.json);
        return hn_fail_memory(err);
    }
    if (old) {
        hn_free(old->key);
        hn_free(old->json);
        *old = setting;
    }
    change->applied = true;
    return HONE_OK;
}

static int clamp_enum(int64_t value, int last)
{
    return value >= 0 && value <= last ? (int)value : 0;
}

// QUEUED and RESERVED: a new trial with the next number.
static hone_status on_new(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    uint32_t fixed, owner;
    if (!fold->definition || fold->trials.n >= INT32_MAX)
        return HONE_OK;
    NEED(hn_vec_reserve(&fold->trials, 1) && hn_vec_reserve(&fold->open, 1) &&
         hn_vec_reserve(&fold->waiting, 1));
    NEED(
        hn_fold_keep_text(fold, event->type == HN_EV_QUEUED ? event->text : (hn_bytes){0}, &fixed));
    NEED(keep_owner(fold, event->owner, &owner));
    hn_trial trial = {
        .purpose = (uint8_t)clamp_enum(event->purpose, HONE_PURPOSE_FINAL),
        .origin = (uint8_t)clamp_enum(event->origin, HONE_ORIGIN_RERUN),
        .fixed = fixed,
        .owner = owner,
        .values = HN_NONE,
        .constraints = HN_NONE,
        .first_report = HN_NONE,
        .last_report = HN_NONE,
        .first_part = HN_NONE,
        .last_part = HN_NONE,
        .message = HN_NONE,
        .note = HN_NONE,
        .parent = event->parent < (int64_t)fold->trials.n ? (int32_t)event->parent : -1,
        .copied = -1,
        .exit_code = -1,
        .saw = -1,
        .created_us = (uint64_t)event->time_us,
        .lease_us = (uint64_t)event->lease_us,
    };
    if (trial.parent < 0)
        trial.parent = -1;
    change->trial = (uint32_t)fold->trials.n;
    put_in(&fold->open, change->trial);
    put_in(&fold->waiting, change->trial);
    fold->trials.data[fold->trials.n++] = trial;
    fold->n_defaults += trial.origin == HONE_ORIGIN_DEFAULT;
    count_state(fold, &trial, +1);
    change->applied = true;
    return HONE_OK;
}

// In whole seconds, at least one.
static uint32_t lease_length(const hn_event *event)
{
    if (event->time_us < 0 || event->lease_us <= event->time_us)
        return 0;
    int64_t us = event->lease_us - event->time_us;
    return us / 1000000 >= UINT32_MAX ? UINT32_MAX : (uint32_t)(us / 1000000 + 1);
}

// Parts of another plan say nothing about this one: fold 2 of 5 is not fold 2 of 10.
static void keep_plan(hn_trial *trial, const hn_event *event)
{
    bool fits = event->folds >= 0 && event->folds <= UINT16_MAX && event->repeats >= 0 &&
                event->repeats <= UINT16_MAX;
    uint16_t folds = fits ? (uint16_t)event->folds : 0;
    uint16_t repeats = fits ? (uint16_t)event->repeats : 0;
    if (trial->folds == folds && trial->repeats == repeats)
        return;
    trial->folds = folds;
    trial->repeats = repeats;
    trial->plan_epoch = (uint32_t)event->epoch;
    trial->first_part = trial->last_part = HN_NONE;
}

static hone_status on_started(hn_fold *fold, const hn_event *event, hn_change *change,
                              hone_error *err)
{
    hn_event before = *event;
    before.epoch--;
    hn_trial *trial = current(fold, &before, STARTABLE);
    uint32_t owner, row = 0;
    bool fits = trial && (trial->flags & HN_TRIAL_HAS_PARAMS);
    if (!trial || (trial->flags & HN_TRIAL_EXCLUDED)) // removed from the queue meanwhile
        return HONE_OK;
    if (!fits)
        NEED(keep_params(fold, (uint32_t)event->space, event->params, &row, &fits) == HONE_OK);
    if (!fits)
        return HONE_OK;
    NEED(keep_owner(fold, event->owner, &owner));
    if (!(trial->flags & HN_TRIAL_HAS_PARAMS)) {
        trial->params = row;
        trial->space = (uint32_t)event->space;
        trial->saw = event->saw;
        trial->origin = (uint8_t)clamp_enum(event->origin, HONE_ORIGIN_RERUN);
        trial->flags |= HN_TRIAL_HAS_PARAMS;
        if (trial->space < fold->problem.space_version)
            trial->flags |= HN_TRIAL_OVERTAKEN;
    }
    trial->flags &= (uint8_t) ~(HN_TRIAL_STOP_ASKED | HN_TRIAL_KILL_ASKED);
    keep_plan(trial, event);
    trial->epoch = (uint32_t)event->epoch;
    trial->resource = event->resource;
    trial->owner = owner;
    trial->lease_us = (uint64_t)event->lease_us;
    trial->lease_s = lease_length(event);
    trial->started_us = (uint64_t)event->time_us;
    trial->pid = trial->pid_start = 0;
    set_state(fold, trial, HONE_STATE_RUNNING);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_spawned(hn_fold *fold, const hn_event *event, hn_change *change,
                              hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    trial->pid = event->pid;
    trial->pid_start = event->pid_start;
    change->applied = true;
    return HONE_OK;
}

// Comes with the result, which may be a late one.
static hone_status on_params(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    hn_trial *trial = current(fold, event, TELLABLE);
    uint32_t row = 0;
    bool fits = false;
    if (!trial || trial->epoch == 0)
        return HONE_OK;
    NEED(keep_params(fold, (uint32_t)event->space, event->params, &row, &fits) == HONE_OK);
    if (!fits)
        return HONE_OK;
    trial->params = row;
    trial->space = (uint32_t)event->space;
    trial->flags |= HN_TRIAL_HAS_PARAMS;
    change->applied = true;
    return HONE_OK;
}

static hone_status on_reported(hn_fold *fold, const hn_event *event, hn_change *change,
                               hone_error *err)
{
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    uint64_t known = event->values.n < 64 ? ((uint64_t)1 << event->values.n) - 1 : UINT64_MAX;
    hn_report report = {.step = event->step,
                        .present = (uint64_t)event->present & known,
                        .epoch = (uint32_t)event->epoch,
                        .next = HN_NONE,
                        .trial = change->trial};
    NEED(fold->reports.n + 1 < HN_NONE && hn_vec_reserve(&fold->reports, 1));
    NEED(keep_values(fold, event, &report.values));
    uint32_t index = (uint32_t)fold->reports.n;
    fold->reports.data[fold->reports.n++] = report;
    if (trial->last_report == HN_NONE)
        trial->first_report = index;
    else
        fold->reports.data[trial->last_report].next = index;
    trial->last_report = index;
    trial->n_reports++;
    trial->step = event->step;
    if (trial->lease_s > 0) // a sign of life
        trial->lease_us = (uint64_t)event->time_us + (uint64_t)trial->lease_s * 1000000;
    change->applied = true;
    return HONE_OK;
}

static hone_status on_run_ended(hn_fold *fold, const hn_event *event, hn_change *change,
                                hone_error *err)
{
    hn_trial *trial = current(fold, event, RUNNING);
    uint32_t n_ended = trial ? hn_parts_ended(fold, trial) : 0;
    if (!trial || n_ended >= hn_parts_planned(trial) || event->run != (int64_t)n_ended)
        return HONE_OK;
    hn_part part = {.trial = change->trial,
                    .index = n_ended,
                    .n_constraints = (uint32_t)event->constraints.n,
                    .next = HN_NONE,
                    .step = event->step,
                    .duration_us = (uint64_t)event->duration_us,
                    .cpu_us = (uint64_t)event->cpu_us,
                    .maxrss_kb = event->maxrss_kb};
    NEED(fold->parts.n + 1 < HN_NONE && hn_vec_reserve(&fold->parts, 1));
    NEED(keep_values(fold, event, &part.values));
    NEED(keep_numbers(fold, event->constraints, &part.constraints));
    uint32_t index = (uint32_t)fold->parts.n;
    fold->parts.data[fold->parts.n++] = part;
    if (trial->last_part == HN_NONE)
        trial->first_part = index;
    else
        fold->parts.data[trial->last_part].next = index;
    trial->last_part = index;
    if (trial->lease_s > 0) // a sign of life
        trial->lease_us = (uint64_t)event->time_us + (uint64_t)trial->lease_s * 1000000;
    change->applied = true;
    return HONE_OK;
}

static hone_status on_checkpointed(hn_fold *fold, const hn_event *event, hn_change *change,
                                   hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    trial->ckpt_bytes = event->size > 0 ? event->size : 0;
    change->applied = true;
    return HONE_OK;
}

// A fork that has not ended may have yet to copy it.
static bool has_open_fork(const hn_fold *fold, uint32_t number)
{
    for (size_t i = 0; i < fold->open.n; i++) {
        const hn_trial *trial = &fold->trials.data[fold->open.data[i]];
        if (trial->parent == (int32_t)number && trial->origin == HONE_ORIGIN_FORK)
            return true;
    }
    return false;
}

static hone_status on_checkpoint_removed(hn_fold *fold, const hn_event *event, hn_change *change,
                                         hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, FINISHED);
    if (!trial || trial->ckpt_bytes <= 0 || has_open_fork(fold, change->trial))
        return HONE_OK;
    trial->ckpt_bytes = -trial->ckpt_bytes;
    change->applied = true;
    return HONE_OK;
}

static hone_status on_paused(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    trial->step = event->step;
    set_state(fold, trial, HONE_STATE_PAUSED);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_requeued(hn_fold *fold, const hn_event *event, hn_change *change,
                               hone_error *err)
{
    hn_trial *trial = current(fold, event, RETRIABLE);
    uint32_t message;
    if (!trial)
        return HONE_OK;
    NEED(hn_vec_reserve(&fold->open, 1) && hn_vec_reserve(&fold->waiting, 1));
    NEED(hn_fold_keep_text(fold, event->text, &message));
    if (hn_state_finished(trial->state)) // it is open again, in its place by number
        put_in(&fold->open, change->trial);
    if (message != HN_NONE)
        trial->message = message;
    trial->ended_us = 0;
    trial->pid = trial->pid_start = 0;
    if (event->origin == HONE_ORIGIN_RERUN)
        trial->flags |= HN_TRIAL_RERUN_ASKED;
    set_state(fold, trial, HONE_STATE_WAITING);
    change->applied = true;
    return HONE_OK;
}

static void keep_end(hn_trial *trial, const hn_event *event)
{
    trial->ended_us = (uint64_t)event->time_us;
    trial->exit_code = (int32_t)event->exit_code;
    trial->signal = (int32_t)event->signal;
    trial->duration_us = (uint64_t)event->duration_us;
    trial->cpu_us = (uint64_t)event->cpu_us;
    trial->maxrss_kb = event->maxrss_kb;
    trial->copied = event->copied >= 0 && event->copied <= INT32_MAX ? (int32_t)event->copied : -1;
    if (event->step != 0)
        trial->step = event->step;
    trial->pid = trial->pid_start = 0;
    trial->lease_us = 0;
}

static hone_status on_told(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    hn_trial *trial = current(fold, event, TELLABLE);
    uint32_t values = HN_NONE, constraints, message;
    bool good = event->state >= HONE_STATE_COMPLETE && event->state < HONE_N_STATES;
    if (!trial || !good || trial->epoch == 0) {
        if (change->trial < fold->trials.n)
            fold->trials.data[change->trial].n_late++;
        return HONE_OK;
    }
    if (event->values.n > 0)
        NEED(keep_values(fold, event, &values));
    NEED(keep_numbers(fold, event->constraints, &constraints));
    NEED(hn_fold_keep_text(fold, event->text, &message));
    trial->values = values;
    trial->constraints = constraints;
    trial->n_constraints = (uint32_t)event->constraints.n;
    trial->message = message; // NONE: an earlier attempt's reason no longer holds
    trial->flags &= (uint8_t) ~(HN_TRIAL_INFEASIBLE | HN_TRIAL_RERUN_ASKED); // earlier attempts'
    if (hn_fold_broken(fold, hn_fold_values(fold, trial), event->constraints))
        trial->flags |= HN_TRIAL_INFEASIBLE;
    keep_end(trial, event);
    set_state(fold, trial, (int)event->state);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_leased(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    (void)err;
    hn_trial *trial = current(fold, event, RUNNING);
    if (!trial)
        return HONE_OK;
    trial->lease_us = (uint64_t)event->lease_us;
    change->applied = true;
    return HONE_OK;
}

static hone_status on_stop_asked(hn_fold *fold, const hn_event *event, hn_change *change,
                                 hone_error *err)
{
    (void)err;
    if (change->trial == HN_NONE || hn_state_finished(fold->trials.data[change->trial].state))
        return HONE_OK;
    fold->trials.data[change->trial].flags |=
        event->state == HONE_STATE_FAILED ? HN_TRIAL_KILL_ASKED : HN_TRIAL_STOP_ASKED;
    change->applied = true;
    return HONE_OK;
}

static hone_status keep_log(hn_fold *fold, const hn_event *event, const char *level, size_t size,
                            hone_error *err)
{
    hn_log_entry entry = {event->trial, (uint64_t)event->time_us, hn_strndup(level, size),
                          hn_strndup(event->text.size ? event->text.data : "", event->text.size)};
    if (entry.level && entry.text && hn_vec_push(&fold->logs, entry))
        return HONE_OK;
    hn_free(entry.level);
    hn_free(entry.text);
    return hn_fail_memory(err);
}

static hone_status on_noted(hn_fold *fold, const hn_event *event, hn_change *change,
                            hone_error *err)
{
    uint32_t note;
    change->applied = true;
    if (event->trial < 0)
        return keep_log(fold, event, "note", 4, err);
    change->applied = change->trial != HN_NONE;
    if (!change->applied)
        return HONE_OK;
    NEED(hn_fold_keep_text(fold, event->text, &note));
    fold->trials.data[change->trial].note = note;
    return HONE_OK;
}

static hone_status on_attr(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    hn_attrs *attrs = &fold->study_attrs;
    if (event->trial >= 0 && change->trial == HN_NONE)
        return HONE_OK;
    if (event->trial >= 0)
        attrs = &fold->trials.data[change->trial].attrs;
    return hn_fold_set_attr(fold, attrs, event->name, event->text, &change->applied, err);
}

static hone_status on_excluded(hn_fold *fold, const hn_event *event, hn_change *change,
                               hone_error *err)
{
    (void)err;
    if (change->trial == HN_NONE)
        return HONE_OK;
    hn_trial *trial = &fold->trials.data[change->trial];
    count_state(fold, trial, -1);
    if (event->state == 1)
        trial->flags |= HN_TRIAL_EXCLUDED;
    else
        trial->flags &= (uint8_t)~HN_TRIAL_EXCLUDED;
    count_state(fold, trial, +1);
    change->applied = true;
    return HONE_OK;
}

static hone_status on_logged(hn_fold *fold, const hn_event *event, hn_change *change,
                             hone_error *err)
{
    change->applied = true;
    return keep_log(fold, event, event->name.size ? event->name.data : "info",
                    event->name.size ? event->name.size : 4, err);
}

static apply_fn *const handlers[HN_EV_LAST + 1] = {
    [HN_EV_STUDY_CREATED] = on_created,
    [HN_EV_SPACE_CHANGED] = on_space,
    [HN_EV_STUDY_SET] = on_set,
    [HN_EV_QUEUED] = on_new,
    [HN_EV_RESERVED] = on_new,
    [HN_EV_STARTED] = on_started,
    [HN_EV_SPAWNED] = on_spawned,
    [HN_EV_PARAMS] = on_params,
    [HN_EV_REPORTED] = on_reported,
    [HN_EV_CHECKPOINTED] = on_checkpointed,
    [HN_EV_PAUSED] = on_paused,
    [HN_EV_REQUEUED] = on_requeued,
    [HN_EV_TOLD] = on_told,
    [HN_EV_LEASED] = on_leased,
    [HN_EV_STOP_ASKED] = on_stop_asked,
    [HN_EV_NOTED] = on_noted,
    [HN_EV_ATTR] = on_attr,
    [HN_EV_EXCLUDED] = on_excluded,
    [HN_EV_LOGGED] = on_logged,
    [HN_EV_GOALS_CHANGED] = on_goals,
    [HN_EV_RUN_ENDED] = on_run_ended,
    [HN_EV_CHECKPOINT_REMOVED] = on_checkpoint_removed,
};

static bool shows_in_views(hn_event_type type)
{
    return type == HN_EV_STARTED || type == HN_EV_TOLD || type == HN_EV_PAUSED ||
           type == HN_EV_REQUEUED || type == HN_EV_EXCLUDED || type == HN_EV_PARAMS;
}

hone_status hn_fold_apply(hn_fold *fold, const hn_event *event, hn_change *change, hone_error *err)
{
    hn_change own;
    bool known = event->trial >= 0 && (uint64_t)event->trial < fold->trials.n;
    if (!change)
        change = &own;
    *change = (hn_change){event->type, known ? (uint32_t)event->trial : HN_NONE, false};
    NEED(hn_vec_reserve(&fold->changed, 1));
    if ((unsigned)event->type <= HN_EV_LAST && handlers[event->type])
        HN_TRY(handlers[event->type](fold, event, change, err));
    if (!change->applied)
        fold->n_stale++;
    else if ((uint64_t)event->time_us > fold->changed_us)
        fold->changed_us = (uint64_t)event->time_us;
    if (change->applied && change->trial != HN_NONE && shows_in_views(change->type))
        fold->changed.data[fold->changed.n++] = change->trial;
    fold->n_events++;
    return HONE_OK;
}

hone_status hn_fold_apply_bytes(hn_fold *fold, const void *data, size_t size, hn_change *change,
                                hone_error *err)
{
    hn_event event;
    hn_arena_reset(&fold->scratch);
    HN_TRY(hn_event_read(data, size, &fold->scratch, &event, err));
    return hn_fold_apply(fold, &event, change, err);
}
