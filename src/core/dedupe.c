// Index of configurations: open addressing over their hashes; equal hashes are checked in full.

#include "core/dedupe.h"

#include <math.h>
#include <string.h>

#include "core/evidence.h"

void hn_dedupe_free(hn_dedupe *index)
{
    hn_free(index->slots);
    hn_arena_free(&index->arena);
    memset(index, 0, sizeof *index);
}

bool hn_dedupe_wanted(const hn_problem *problem)
{
    return !problem->noisy && !problem->define_by_run && problem->space;
}

bool hn_dedupe_serves(const hn_problem *problem)
{
    return hn_dedupe_wanted(problem) && isfinite(problem->space->cardinality);
}

// False when it is there already.
static bool put(hn_dedupe_slot *slots, size_t cap, hn_dedupe_slot slot)
{
    size_t at = (size_t)(slot.hash & (cap - 1));
    while (slots[at].trial != HN_NONE) {
        if (slots[at].trial == slot.trial && slots[at].hash == slot.hash)
            return false;
        at = (at + 1) & (cap - 1);
    }
    slots[at] = slot;
    return true;
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
            (void)put(slots, cap, index->slots[i]);
    hn_free(index->slots);
    index->slots = slots;
    index->cap = cap;
    return true;
}

// The configuration of a trial in the fold's present space: its own row, or mapped into `room`;
// slots NULL when it has none there.
static hn_config present(const hn_fold *fold, const hn_trial *t, hn_config room)
{
    hn_config config = hn_fold_config(fold, t), none = {NULL, NULL};
    if (!config.slots || t->space == fold->problem.space_version)
        return config;
    hn_mapped mapped = room.slots ? hn_config_map(hn_fold_space(fold, t->space), config,
                                                  fold->problem.space, false, room)
                                  : HN_MAPPED_NOT;
    return mapped == HN_MAPPED_EQUAL ? room : none;
}

static hone_status make_rooms(hn_dedupe *index, const hn_fold *fold, hone_error *err)
{
    for (int i = 0; i < 2 && !index->room[i].slots; i++)
        index->room[i] = hn_config_new(&index->arena, fold->problem.space);
    return hn_arena_failed(&index->arena) ? hn_fail_memory(err) : HONE_OK;
}

hone_status hn_dedupe_add(hn_dedupe *index, const hn_fold *fold, uint32_t trial, hone_error *err)
{
    const hn_trial *t = &fold->trials.data[trial];
    // The trial that a copy was served from is here: thousands of copies would only be in the way.
    if (!(t->flags & HN_TRIAL_HAS_PARAMS) || t->origin == HONE_ORIGIN_SERVED)
        return HONE_OK;
    if (t->space != fold->problem.space_version)
        HN_TRY(make_rooms(index, fold, err));
    hn_config config = present(fold, t, index->room[0]);
    if (!config.slots)
        return HONE_OK;
    if (2 * (index->n + 1) > index->cap && !grow(index))
        return hn_fail_memory(err);
    hn_dedupe_slot slot = {hn_config_hash(fold->problem.space, config), trial};
    index->n += put(index->slots, index->cap, slot);
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

hn_dedupe_walk hn_dedupe_walk_begin(const hn_dedupe *index, const hone_space *space,
                                    hn_config config)
{
    uint64_t hash = hn_config_hash(space, config);
    return (hn_dedupe_walk){index, space, config, hash, (size_t)(hash & (index->cap - 1))};
}

uint32_t hn_dedupe_walk_next(hn_dedupe_walk *walk, const hn_fold *fold)
{
    const hn_dedupe *index = walk->index;
    while (index->cap && index->slots[walk->at].trial != HN_NONE) {
        hn_dedupe_slot slot = index->slots[walk->at];
        walk->at = (walk->at + 1) & (index->cap - 1);
        if (slot.hash != walk->hash)
            continue;
        hn_config other = present(fold, &fold->trials.data[slot.trial], index->room[0]);
        if (other.slots && hn_config_equal(walk->space, walk->config, other))
            return slot.trial;
    }
    return HN_NONE;
}

uint32_t hn_dedupe_find(const hn_dedupe *index, const hn_view *view, hn_config config,
                        bool *pending)
{
    uint32_t best = HN_NONE, running = HN_NONE, t;
    hn_dedupe_walk walk = hn_dedupe_walk_begin(index, view->problem->space, config);
    while ((t = hn_dedupe_walk_next(&walk, view->fold)) != HN_NONE) {
        if (t >= view->n_trials || !hn_view_counts(view, t))
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

bool hn_dedupe_tried(const hn_dedupe *index, const hn_view *view, hn_config config, bool but_failed)
{
    hn_dedupe_walk walk = hn_dedupe_walk_begin(index, view->problem->space, config);
    for (uint32_t t; (t = hn_dedupe_walk_next(&walk, view->fold)) != HN_NONE;) {
        if (t >= view->n_trials || !hn_view_counts(view, t))
            continue;
        hn_evidence_kind kind = hn_evidence_kind_of(view, t);
        if (kind != HN_EVIDENCE_NONE && !(but_failed && kind == HN_EVIDENCE_FAILED))
            return true;
    }
    return false;
}

bool hn_dedupe_has(const hn_dedupe *index, const hn_fold *fold, hn_config config)
{
    hn_dedupe_walk walk = hn_dedupe_walk_begin(index, fold->problem.space, config);
    return hn_dedupe_walk_next(&walk, fold) != HN_NONE;
}

bool hn_dedupe_exhausted(const hn_dedupe *index, const hn_view *view)
{
    const hn_fold *fold = view->fold;
    double n = 0;
    bool pending;
    // Fewer trials than configurations cannot have been all of them: nearly always the answer.
    if (!hn_dedupe_serves(view->problem) || (double)index->n < view->problem->space->cardinality)
        return false;
    for (uint32_t t = 0; t < view->n_trials; t++) {
        const hn_trial *trial = &fold->trials.data[t];
        hone_trial_state state = hn_view_state(view, t);
        if ((state != HONE_STATE_COMPLETE && hn_state_finished(state)) ||
            !(trial->flags & HN_TRIAL_HAS_PARAMS))
            continue;
        // Equal ones are counted once, at the first.
        hn_config config = present(fold, trial, index->room[1]);
        n += config.slots && hn_dedupe_find(index, view, config, &pending) == t;
    }
    return n >= view->problem->space->cardinality;
}
