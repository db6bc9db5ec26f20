// What the sampler says of the trials to come, and of one that it has proposed; and what the
// scheduler says of a trial as things are now.
//
// Nothing of that is recorded: a suggestion is a function of the prefix of the journal that it saw,
// and so is what the sampler says of it. The prefix is folded again, with the sampler, the options
// and the space of that time.

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/study_internal.h"

// Of a copy the sampler says what it does with copies: `trial` is HN_NONE.
static void say(const hn_instance *instance, const hn_view *view, uint32_t trial,
                hone_explanation *out)
{
    const hn_sampler_class *class = (const void *)instance->plugin;
    const char *name = instance->name ? instance->name : instance->plugin->name;
    const char *in_use = class->in_use ? class->in_use(instance->state, view, trial) : NULL;
    char *why = class->explain ? class->explain(instance->state, view, trial) : NULL;
    (void)snprintf(out->sampler, sizeof out->sampler, "%s", name);
    (void)snprintf(out->in_use, sizeof out->in_use, "%s", in_use ? in_use : name);
    (void)snprintf(out->why, sizeof out->why, "%s", why ? why : "");
    hn_free(why);
}

static void say_now(const hone_study *study, uint32_t trial, hone_explanation *out)
{
    hn_view view = hn_study_view(study, (uint32_t)study->fold.trials.n);
    say(&study->sampler, &view, trial, out);
}

// --- a trial ---

typedef struct prefix {
    hn_fold fold;
    uint64_t end;
} prefix;

static hone_status fold_prefix(void *user, uint64_t seq, const void *data, size_t size,
                               hone_error *err)
{
    prefix *p = user;
    return seq < p->end ? hn_fold_apply_bytes(&p->fold, data, size, NULL, err)
                        : HONE_EEXHAUSTED; // ends the reading; no error
}

static hone_status say_then(const hone_study *study, uint32_t trial, hn_fold *then,
                            hone_explanation *out, hone_error *err)
{
    hn_instance sampler = {0};
    hn_problem problem;
    HN_TRY(hn_study_problem(study, then, &problem, err));
    hone_status status = hn_instance_make(study, HN_KIND_SAMPLER, &problem,
                                          hn_fold_setting(then, "sampler"), &sampler, err);
    bool fork = study->fold.trials.data[trial].origin == HONE_ORIGIN_FORK;
    if (status == HONE_OK && (!fork || sampler.plugin->can & HN_CAN_FORK)) {
        hn_view view = hn_view_of(then, trial);
        view.problem = &problem;
        say(&sampler, &view, fork ? HN_NONE : trial, out);
    }
    hn_instance_drop(&sampler);
    return status;
}

// May a sampler of ours have chosen its values? Those of a copy are the scheduler's variation,
// unless the sampler varies copies itself. Trials that another tool has run are owned by that tool.
static bool was_proposed(const hn_fold *fold, const hn_trial *row)
{
    bool sampled = row->origin == HONE_ORIGIN_SAMPLED || row->origin == HONE_ORIGIN_SERVED ||
                   row->origin == HONE_ORIGIN_FORK;
    bool imported =
        hn_fold_setting(fold, "imported") && strcmp(hn_fold_text(fold, row->owner), "optuna") == 0;
    return sampled && !imported && row->saw > 0 && row->purpose == HONE_PURPOSE_SEARCH &&
           row->flags & HN_TRIAL_HAS_PARAMS;
}

static hone_status say_of(const hone_study *study, uint32_t trial, hone_explanation *out,
                          hone_error *err)
{
    prefix p = {.end = (uint64_t)study->fold.trials.data[trial].saw};
    hn_fold_init(&p.fold);
    hone_status status =
        study->storage_class->read(study->storage, study->id, 0, fold_prefix, &p, err);
    if (status == HONE_EEXHAUSTED || status == HONE_OK)
        status = say_then(study, trial, &p.fold, out, err);
    hn_fold_free(&p.fold);
    return status;
}

static bool is_judged(const hn_trial *row)
{
    return row->purpose == HONE_PURPOSE_SEARCH && row->epoch > 0 &&
           !(row->flags & HN_TRIAL_EXCLUDED);
}

static void ask_scheduler(const hn_instance *scheduler, const hn_view *view, uint32_t trial,
                          char *out, size_t size)
{
    const hn_scheduler_class *class = (const void *)scheduler->plugin;
    char *why = class->explain ? class->explain(scheduler->state, view, trial) : NULL;
    (void)snprintf(out, size, "%s", why ? why : "");
    hn_free(why);
}

// An instance of its own: who looks may have none that is ready.
static hone_status make_scheduler(const hone_study *study, hn_problem *problem, hn_instance *out,
                                  hone_error *err)
{
    HN_TRY(hn_study_problem(study, &study->fold, problem, err));
    return hn_instance_make(study, HN_KIND_SCHEDULER, problem,
                            hn_fold_setting(&study->fold, "scheduler"), out, err);
}

static void ask_another(const hone_study *study, uint32_t trial, char *out, size_t size)
{
    hn_instance scheduler = {0};
    hn_problem problem;
    if (make_scheduler(study, &problem, &scheduler, NULL) == HONE_OK) {
        hn_view view = hn_view_of(&study->fold, (uint32_t)study->fold.trials.n);
        view.problem = &problem;
        ask_scheduler(&scheduler, &view, trial, out, size);
    }
    hn_instance_drop(&scheduler);
}

void hone_study_standing(const hone_study *study, uint32_t trial, char *out, size_t size)
{
    *out = '\0';
    if (trial >= study->fold.trials.n || !is_judged(&study->fold.trials.data[trial]))
        return;
    const hn_trial *row = &study->fold.trials.data[trial];
    if (row->state == HONE_STATE_RUNNING && row->verdict != HN_NONE) {
        (void)snprintf(out, size, "is to stop: %s", hn_fold_text(&study->fold, row->verdict));
        return;
    }
    // In a deterministic study the instance that decides must not see more than it may.
    if (study->scheduler.ready && study->fold.problem.lag == 0) {
        hn_view view = hn_study_view(study, (uint32_t)study->fold.trials.n);
        ask_scheduler(&study->scheduler, &view, trial, out, size);
    } else {
        ask_another(study, trial, out, size);
    }
}

hone_status hn_study_compared(const hone_study *study, hn_compared *out, hone_error *err)
{
    hn_instance scheduler = {0};
    hn_problem problem;
    hone_status status = make_scheduler(study, &problem, &scheduler, err);
    const hn_scheduler_class *class = status == HONE_OK ? (const void *)scheduler.plugin : NULL;
    out->n = 0;
    if (class && class->rungs) {
        hn_view view = hn_view_of(&study->fold, (uint32_t)study->fold.trials.n);
        view.problem = &problem;
        status = class->rungs(scheduler.state, &view, out, err);
    }
    hn_instance_drop(&scheduler);
    return status;
}

hone_status hone_study_explain(const hone_study *study, int64_t trial, hone_explanation *out,
                               hone_error *err)
{
    hone_explanation said = HONE_EXPLANATION_INIT;
    hone_status status = HONE_OK;
    if (trial >= 0 && (uint64_t)trial >= study->fold.trials.n)
        status = hn_study_no_trial(study, trial, err);
    else if (trial < 0 && study->sampler.ready)
        say_now(study, HN_NONE, &said);
    else if (trial >= 0 && was_proposed(&study->fold, &study->fold.trials.data[trial]))
        status = say_of(study, (uint32_t)trial, &said, err);
    if (status == HONE_OK && trial >= 0)
        hone_study_standing(study, (uint32_t)trial, said.standing, sizeof said.standing);
    size_t size = out->size < sizeof said ? out->size : sizeof said;
    memcpy(out, &said, size);
    out->size = size;
    return status;
}
