// Looking at a study: counts, settings, the journal as JSON.

#include "core/study_internal.h"

const char *hone_study_name(const hone_study *study)
{
    return study->name;
}

const hone_space *hone_study_space(const hone_study *study)
{
    return study->fold.problem.space;
}

uint32_t hone_study_space_version(const hone_study *study)
{
    return study->fold.problem.space_version;
}

bool hone_study_define_by_run(const hone_study *study)
{
    return study->fold.problem.define_by_run;
}

const hone_space *hone_study_space_at(const hone_study *study, uint32_t version)
{
    return hn_fold_space(&study->fold, version);
}

uint64_t hone_study_seed(const hone_study *study)
{
    return study->fold.problem.seed;
}

uint32_t hone_study_n_metrics(const hone_study *study)
{
    return study->fold.problem.n_metrics;
}

uint32_t hone_study_n_objectives(const hone_study *study)
{
    return study->fold.problem.n_objectives;
}

hone_metric hone_study_metric(const hone_study *study, uint32_t index)
{
    if (index >= study->fold.problem.n_metrics)
        return (hone_metric){NULL, HONE_RECORD};
    return study->fold.problem.metrics[index];
}

uint32_t hone_study_n_constraints(const hone_study *study)
{
    return study->fold.problem.n_bounds;
}

const char *hone_study_constraint(const hone_study *study, uint32_t index)
{
    return index < study->fold.problem.n_bounds ? study->fold.problem.bounds[index].text : NULL;
}

const char *hone_study_sampler(const hone_study *study)
{
    return study->sampler.plugin ? study->sampler.plugin->name : "auto";
}

const char *hone_study_sampler_in_use(const hone_study *study)
{
    const hn_sampler_class *class = (const void *)study->sampler.plugin;
    if (!study->sampler.ready || !class->in_use)
        return hone_study_sampler(study);
    hn_view view = hn_study_view(study, (uint32_t)study->fold.trials.n);
    return class->in_use(study->sampler.state, &view, HN_NONE);
}

const char *hone_study_scheduler(const hone_study *study)
{
    return study->scheduler.plugin ? study->scheduler.name : "none";
}

const char *hone_study_scheduler_in_use(const hone_study *study)
{
    return study->scheduler.plugin ? study->scheduler.in_use : "none";
}

bool hone_study_is_noisy(const hone_study *study)
{
    return study->fold.problem.noisy;
}

uint32_t hone_study_scheduler_can(const hone_study *study)
{
    const hn_scheduler_class *class = (const void *)study->scheduler.plugin;
    if (study->scheduler.ready && class->can)
        return class->can(study->scheduler.state);
    return class ? class->head.can : 0;
}

bool hn_study_may_fork(const hone_study *study, uint32_t trial)
{
    const hn_scheduler_class *class = (const void *)study->scheduler.plugin;
    if (!(hone_study_scheduler_can(study) & HN_CAN_FORK))
        return false;
    if (!study->scheduler.ready || !class->may_fork)
        return true;
    hn_view view = hn_study_view(study, (uint32_t)study->fold.trials.n);
    return class->may_fork(study->scheduler.state, &view, trial);
}

uint32_t hone_study_n_trials(const hone_study *study)
{
    return (uint32_t)study->fold.trials.n;
}

uint32_t hone_study_count(const hone_study *study, hone_trial_state state)
{
    return (unsigned)state < HONE_N_STATES ? study->fold.n_state[state] : 0;
}

uint32_t hone_study_n_asked_for(const hone_study *study)
{
    const hn_fold *fold = &study->fold;
    uint32_t n = 0;
    for (size_t i = 0; i < fold->open.n; i++)
        n += hn_trial_asked_for(&fold->trials.data[fold->open.data[i]]);
    return n;
}

uint32_t hone_study_n_finished(const hone_study *study)
{
    return study->fold.n_state[HONE_STATE_COMPLETE] + study->fold.n_state[HONE_STATE_PRUNED];
}

uint64_t hone_study_n_events(const hone_study *study)
{
    return study->fold.n_events;
}

uint64_t hone_study_created_us(const hone_study *study)
{
    return study->fold.created_us;
}

uint64_t hone_study_changed_us(const hone_study *study)
{
    return study->fold.changed_us;
}

const char *hone_study_get(const hone_study *study, const char *key)
{
    return hn_fold_setting(&study->fold, key);
}

const char *hone_study_key(const hone_study *study, uint32_t index)
{
    return index < study->fold.settings.n ? study->fold.settings.data[index].key : NULL;
}

uint32_t hone_study_n_logs(const hone_study *study)
{
    return (uint32_t)study->fold.logs.n;
}

hone_log hone_study_log_at(const hone_study *study, uint32_t index)
{
    if (index >= study->fold.logs.n)
        return (hone_log){-1, 0, "", ""};
    const hn_log_entry *entry = &study->fold.logs.data[index];
    return (hone_log){entry->trial, entry->time_us, entry->level, entry->text};
}

typedef struct listing {
    hn_str out;
    hn_arena scratch;
    uint32_t left;
} listing;

static hone_status list_event(void *user, uint64_t seq, const void *data, size_t size,
                              hone_error *err)
{
    listing *list = user;
    hn_event event;
    if (list->left == 0)
        return HONE_EEXHAUSTED; // ends the reading; no error
    list->left--;
    hn_arena_reset(&list->scratch);
    HN_TRY(hn_event_read(data, size, &list->scratch, &event, err));
    hn_str json = HN_STR_INIT;
    hn_event_json(&event, &json);
    bool failed = hn_str_failed(&json);
    if (!failed) {
        hn_str_printf(&list->out, "{\"seq\":%llu,", (unsigned long long)seq);
        hn_str_add(&list->out, hn_str_text(&json) + 1);
        hn_str_add_char(&list->out, '\n');
    }
    hn_str_free(&json);
    return failed || hn_str_failed(&list->out) ? hn_fail_memory(err) : HONE_OK;
}

hone_status hone_study_events_json(hone_study *study, uint64_t from, uint32_t limit, char **out,
                                   hone_error *err)
{
    listing list = {HN_STR_INIT, HN_ARENA_INIT, limit};
    hone_status status =
        study->storage_class->read(study->storage, study->id, from, list_event, &list, err);
    if (status == HONE_EEXHAUSTED)
        status = HONE_OK;
    hn_str_add(&list.out, "");
    *out = status == HONE_OK ? hn_str_take(&list.out) : NULL;
    if (status == HONE_OK && !*out && !(*out = hn_strdup("")))
        status = hn_fail_memory(err);
    hn_str_free(&list.out);
    hn_arena_free(&list.scratch);
    return status;
}

uint64_t hone_study_checkpoint_bytes(const hone_study *study, uint32_t *n, uint32_t *n_removed)
{
    uint64_t bytes = 0;
    uint32_t there = 0, gone = 0;
    for (size_t i = 0; i < study->fold.trials.n; i++) {
        int64_t own = study->fold.trials.data[i].ckpt_bytes;
        bytes += own > 0 ? (uint64_t)own : 0;
        there += own > 0;
        gone += own < 0;
    }
    if (n)
        *n = there;
    if (n_removed)
        *n_removed = gone;
    return bytes;
}
