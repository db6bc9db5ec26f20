// Index of configurations: open addressing over their hashes; equal hashes are checked in full.

#include "core/dedupe.h"

#include <math.h>
#include <string.h>

void hn_dedupe_free(hn_dedupe *index)
{
    hn_free(index->slots);
    memset(index, 0, sizeof *index);
}

bool hn_dedupe_wanted(const hn_problem *problem)
{
    return !problem->noisy && !problem->define_by_run && problem->space &&
           isfinite(problem->space->cardinality);
}

static void put(hn_dedupe_slot *slots, size_t cap, hn_dedupe_slot slot)
{
    size_t at = (size_t)(slot.hash & (cap - 1));
    while (slots[at].trial != HN_NONE)
        at = (at + 1) & (cap - 1);
    slots[at] = slot;
}

static bool grow(hn_dedupe *index)
{
    size_t cap = index->cap ? 2 * index->cap : 256;
    hn_dedupe_slot *slots = hn_reallocarray(NULL, cap, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < cap; i++)
        slots[i].trial = HN_NONE;
    for (size_t i = 0; i < index->cap; i++)
        if (index->slots[i].trial != HN_NONE)
            put(slots, cap, index->slots[i]);
    hn_free(index->slots);
    index->slots = slots;
    index->cap = cap;
    return true;
}

hone_status hn_dedupe_add(hn_dedupe *index, const hn_fold *fold, uint32_t trial, hone_error *err)
{
    const hn_trial *t = &fold->trials.data[trial];
    // Older versions' configurations are not mapped: a duplicate of one is simply run again.
    if (!(t->flags & HN_TRIAL_HAS_PARAMS) || t->space != fold->problem.space_version)
        return HONE_OK;
    // The trial that a copy was served from is here: thousands of copies would only be in the way.
    if (t->origin == HONE_ORIGIN_SERVED)
        return HONE_OK;
    if (2 * (index->n + 1) > index->cap && !grow(index))
        return hn_fail_memory(err);
    hn_config config = hn_fold_config(fold, t);
    put(index->slots, index->cap,
        (hn_dedupe_slot){hn_config_hash(fold->problem.space, config), trial});
    index->n++;
    return HONE_OK;
}

hone_status hn_dedupe_sync(hn_dedupe *index, const hn_fold *fold, hone_error *err)
{
    if (index->version == fold->problem.space_version)
        return HONE_OK;
    hn_dedupe_free(index);
    for (uint32_t t = 0; t < fold->trials.n; t++)
        HN_TRY(hn_dedupe_add(index, fold, t, err));
    index->version = fold->problem.space_version;
    return HONE_OK;
}

uint32_t hn_dedupe_find(const hn_dedupe *index, const hn_view *view, hn_config config,
                        bool *pending)
{
    const hone_space *space = view->problem->space;
    uint64_t hash = hn_config_hash(space, config);
    uint32_t best = HN_NONE, running = HN_NONE;
    for (size_t at = (size_t)(hash & (index->cap - 1));
         index->cap && index->slots[at].trial != HN_NONE; at = (at + 1) & (index->cap - 1)) {
        uint32_t t = index->slots[at].trial;
        if (index->slots[at].hash != hash || t >= view->n_trials || !hn_view_counts(view, t) ||
            !hn_config_equal(space, config,
                             hn_fold_config(view->fold, &view->fold->trials.data[t])))
            continue;
        hone_trial_state state = hn_view_state(view, t);
        if (state == HONE_STATE_COMPLETE && t < best)
            best = t;
        else if (!hn_state_finished(state) && t < running)
            running = t;
    }
    *pending = best == HN_NONE && running != HN_NONE;
    return best != HN_NONE ? best : running;
}

bool hn_dedupe_exhausted(const hn_dedupe *index, const hn_view *view)
{
    const hn_fold *fold = view->fold;
    double n = 0;
    bool pending;
    // Fewer trials than configurations cannot have been all of them: nearly always the answer.
    if (!hn_dedupe_wanted(view->problem) || (double)index->n < view->problem->space->cardinality)
        return false;
    for (uint32_t t = 0; t < view->n_trials; t++) {
        const hn_trial *trial = &fold->trials.data[t];
        hone_trial_state state = hn_view_state(view, t);
        if ((state != HONE_STATE_COMPLETE && hn_state_finished(state)) ||
            !(trial->flags & HN_TRIAL_HAS_PARAMS) || trial->space != fold->problem.space_version)
            continue;
        // Equal ones are counted once, at the first.
        n += hn_dedupe_find(index, view, hn_fold_config(fold, trial), &pending) == t;
    }
    return n >= view->problem->space->cardinality;
}
