// Keeping track of the trials.
//
// 1. Each trial has a kind under the view: nothing (no configuration yet, or none that the space
//    has, excluded, served, lost), pending, ranked (it has a value, was pruned or paused, or broke
//    a constraint), failed. core/follow.h says which trials to look at again.
// 2. Ranked trials have an order: complete ones by value, pruned and paused ones by how far they
//    came and what they had reached, infeasible ones by how much they violate; equal ones by
//    number.
// 3. Good are the first min(ceil(gamma n), max_good) of these n. The best are kept in a short
//    sorted list with room to spare; if taking away makes it too short, it is filled again by a
//    pass over all. Several objectives: see tpe_fronts.c.
// 4. While trials rest early, paused or stopped, only those may be good of which something is
//    expected (core/evidence.h): those that have come to the highest rung with enough trials. They
//    stand among the complete ones by what they would come to, and n is the number of these all.
// 5. Bad are the others, the failed and the pending. Of more than max_kernels half are the newest
//    and the rest an even sample of the older ones, each of which then counts for as many as it
//    stands for: trial t has a level, geometrically distributed by a hash of its number, and the
//    sample holds the levels from the lowest on that leaves it small enough.
#include "samplers/tpe_history.h"

#include <math.h>
#include <string.h>

enum { NOTHING, PENDING, RANKED, RESTING, FAILED }; // RESTING: ranked, but short of its end
enum { N_LEVELS = 32 };

static bool is_ranked(int kind)
{
    return kind == RANKED || kind == RESTING;
}

void hn_tpe_list_free(hn_tpe_list *list)
{
    hn_vec_free(&list->trials);
    hn_vec_free(&list->weights);
}

static void forget(hn_tpe_history *h)
{
    h->follow = (hn_follow){0};
    h->config = (hn_config){NULL, NULL};
    h->n_ranked = h->n_evidence = h->n_resting = h->sample_level = 0;
    memset(h->levels, 0, sizeof h->levels);
    hn_vec_clear(&h->kinds);
    hn_vec_clear(&h->rows);
    hn_vec_clear(&h->best);
    hn_vec_clear(&h->pending);
    hn_vec_clear(&h->sample);
    h->fronts_stale = true;
    hn_dedupe_free(&h->index);
}

void hn_tpe_history_free(hn_tpe_history *h)
{
    forget(h);
    hn_vec_free(&h->kinds);
    hn_vec_free(&h->rows);
    hn_vec_free(&h->best);
    hn_vec_free(&h->carried);
    hn_vec_free(&h->pending);
    hn_vec_free(&h->sample);
    hn_vec_free(&h->front_good);
    hn_arena_free(&h->scratch);
}

// --- the best ---

static size_t best_room(const hn_tpe_history *h)
{
    return 2 * (size_t)h->options->max_good + 8;
}

// Enters a rank if it belongs among the first `room`, which were reserved.
static void enter(hn_tpe_ranks *list, size_t room, const hn_merit *rank)
{
    size_t at = list->n;
    while (at > 0 && hn_merit_better(rank, &list->data[at - 1]))
        at--;
    if (list->n == room) {
        if (at == list->n)
            return;
        list->n--;
    }
    memmove(list->data + at + 1, list->data + at, (list->n - at) * sizeof *list->data);
    list->data[at] = *rank;
    list->n++;
}

// `n_others`: ranked trials besides this one.
static void add_best(hn_tpe_history *h, const hn_merit *rank, uint32_t n_others)
{
    // A list that lacks some of the others is complete up to its last entry only.
    bool whole = h->best.n == n_others || h->best.n == best_room(h);
    if (whole || (h->best.n > 0 && hn_merit_better(rank, &h->best.data[h->best.n - 1])))
        enter(&h->best, best_room(h), rank);
}

static void remove_best(hn_tpe_history *h, uint32_t trial)
{
    for (size_t i = 0; i < h->best.n; i++) {
        if (h->best.data[i].trial != trial)
            continue;
        h->best.n--;
        memmove(h->best.data + i, h->best.data + i + 1, (h->best.n - i) * sizeof *h->best.data);
        return;
    }
}

// --- lists of numbers, ascending ---

typedef HN_VEC(uint32_t) numbers;

static size_t place_in(const uint32_t *data, size_t n, uint32_t trial)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (data[middle] < trial)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool insert_number(uint32_t **data, size_t *n, size_t *cap, uint32_t trial)
{
    if (!hn_vec_grow((void **)data, cap, *n, 1, sizeof **data))
        return false;
    size_t at = place_in(*data, *n, trial);
    memmove(*data + at + 1, *data + at, (*n - at) * sizeof **data);
    (*data)[at] = trial;
    (*n)++;
    return true;
}

static void remove_number(uint32_t *data, size_t *n, uint32_t trial)
{
    size_t at = place_in(data, *n, trial);
    if (at == *n || data[at] != trial)
        return;
    (*n)--;
    memmove(data + at, data + at + 1, (*n - at) * sizeof *data);
}
#define INSERT(vec, trial) insert_number(&(vec).data, &(vec).n, &(vec).cap, trial)
#define REMOVE(vec, trial) remove_number((vec).data, &(vec).n, trial)

// --- the even sample ---

static uint32_t level_of(uint32_t trial)
{
    hn_rng rng = hn_rng_make(0, HN_PURPOSE_SUGGEST, trial);
    uint64_t bits = hn_rng_u64(&rng, 0, 0, 0);
    uint32_t level = 0;
    while (level < N_LEVELS - 1 && !(bits >> level & 1))
        level++;
    return level;
}

// The lowest level from which on the evidence is not more than half of the kernels.
static uint32_t wanted_level(const hn_tpe_history *h)
{
    uint32_t room = (uint32_t)(h->options->max_kernels / 2), n = 0, level = N_LEVELS;
    while (level > 0 && n + h->levels[level - 1] <= room)
        n += h->levels[--level];
    return level;
}

static hone_status fit_sample(hn_tpe_history *h, hone_error *err)
{
    uint32_t level = wanted_level(h);
    size_t n = 0;
    if (level < h->sample_level) { // rare: only what is taken away makes room
        hn_vec_clear(&h->sample);
        for (uint32_t t = 0; t < h->kinds.n; t++)
            if (h->kinds.data[t] >= RANKED && level_of(t) >= level && !hn_vec_push(&h->sample, t))
                return hn_fail_memory(err);
    } else if (level > h->sample_level) {
        for (size_t i = 0; i < h->sample.n; i++)
            if (level_of(h->sample.data[i]) >= level)
                h->sample.data[n++] = h->sample.data[i];
        h->sample.n = n;
    }
    h->sample_level = level;
    return HONE_OK;
}

// --- kinds ---

// Has it paused at a rung, having shown something? With several objectives reports say too little.
static bool stands_at_rung(const hn_view *view, uint32_t trial)
{
    return view->problem->n_objectives == 1 && hn_merit_report(view, trial) != HN_NONE;
}

static int kind_of(hn_tpe_history *h, const hn_view *view, uint32_t trial)
{
    if (trial >= view->n_trials)
        return NOTHING;
    const hn_trial *row = &view->fold->trials.data[trial];
    if (!(row->flags & HN_TRIAL_HAS_PARAMS) || !hn_view_counts(view, trial) ||
        row->origin == HONE_ORIGIN_SERVED)
        return NOTHING;
    if (row->space != h->problem->space_version &&
        hn_view_map(view, trial, h->config) == HN_MAPPED_NOT)
        return NOTHING;
    switch (hn_evidence_kind_of(view, trial)) {
    case HN_EVIDENCE_COMPLETE:
        return RANKED;
    case HN_EVIDENCE_PRUNED:
        return RESTING;
    case HN_EVIDENCE_PENDING:
        return stands_at_rung(view, trial) ? RESTING : PENDING;
    case HN_EVIDENCE_FAILED:
        return FAILED;
    default:
        return NOTHING;
    }
}

static hone_status take_away(hn_tpe_history *h, uint32_t trial)
{
    uint8_t kind = h->kinds.data[trial];
    h->kinds.data[trial] = NOTHING;
    if (kind == PENDING)
        REMOVE(h->pending, trial);
    if (kind < RANKED)
        return HONE_OK;
    uint32_t level = level_of(trial);
    h->n_evidence--;
    h->levels[level]--;
    if (level >= h->sample_level)
        REMOVE(h->sample, trial);
    h->n_resting -= kind == RESTING;
    if (is_ranked(kind)) {
        h->n_ranked--;
        h->fronts_stale |= trial < h->fronted_before;
        remove_best(h, trial);
    }
    return HONE_OK;
}

static hone_status put_in(hn_tpe_history *h, const hn_view *view, uint32_t trial, int kind,
                          hone_error *err)
{
    uint32_t level = level_of(trial);
    if (kind == PENDING && !INSERT(h->pending, trial))
        return hn_fail_memory(err);
    if (kind >= RANKED) {
        if (level >= h->sample_level && !INSERT(h->sample, trial))
            return hn_fail_memory(err);
        h->n_evidence++;
        h->levels[level]++;
    }
    h->n_resting += kind == RESTING;
    if (is_ranked(kind)) {
        hn_merit rank = hn_merit_of(view, trial);
        add_best(h, &rank, h->n_ranked++);
        h->fronts_stale |= trial < h->fronted_before;
    }
    h->kinds.data[trial] = (uint8_t)kind;
    return HONE_OK;
}

static hone_status look_at(hn_tpe_history *h, const hn_view *view, uint32_t trial, hone_error *err)
{
    const hn_trial *row = &view->fold->trials.data[trial];
    bool has_row = trial < view->n_trials && (row->flags & HN_TRIAL_HAS_PARAMS);
    int kind = kind_of(h, view, trial);
    HN_TRY(take_away(h, trial));
    if (kind != NOTHING)
        HN_TRY(put_in(h, view, trial, kind, err));
    uint32_t before = h->rows.data[trial];
    h->rows.data[trial] = has_row ? row->params : HN_NONE;
    if (has_row && before != row->params && hn_dedupe_wanted(h->problem))
        HN_TRY(hn_dedupe_add(&h->index, view->fold, trial, err));
    return HONE_OK;
}

// --- syncing ---

static hone_status make_room(hn_tpe_history *h, size_t n_trials, hone_error *err)
{
    size_t more = n_trials - h->kinds.n;
    if (!h->config.slots) {
        hn_arena_reset(&h->scratch); // an arena stays failed, but memory may be there again
        h->config = hn_config_new(&h->scratch, h->problem->space);
    }
    if (!h->config.slots || !hn_vec_reserve(&h->kinds, more + 1) ||
        !hn_vec_reserve(&h->rows, more + 1) || !hn_vec_reserve(&h->best, best_room(h) + 1) ||
        !hn_vec_reserve(&h->carried, best_room(h) + 1))
        return hn_fail_memory(err);
    for (; h->kinds.n < n_trials; h->kinds.n++) {
        h->kinds.data[h->kinds.n] = NOTHING;
        h->rows.data[h->rows.n++] = HN_NONE;
    }
    return HONE_OK;
}

static hone_status catch_up(hn_tpe_history *h, const hn_view *view, hone_error *err)
{
    hn_follow_walk walk = hn_follow_begin(&h->follow, view);
    HN_TRY(make_room(h, view->fold->trials.n, err));
    for (uint32_t t; (t = hn_follow_next(&walk)) != HN_NONE;)
        HN_TRY(look_at(h, view, t, err));
    return fit_sample(h, err);
}

hone_status hn_tpe_history_sync(hn_tpe_history *h, const hn_view *view, hone_error *err)
{
    if (!hn_follow_goes_on(&h->follow, view))
        forget(h);
    hone_status status = catch_up(h, view, err);
    if (status == HONE_OK)
        hn_follow_end(&h->follow, view);
    else
        forget(h);
    return status;
}

// --- the split ---

static uint32_t n_good_of(const hn_tpe_history *h, const hn_evidence *told)
{
    uint32_t n_all = told ? h->n_ranked - h->n_resting + told->n_expected : h->n_ranked;
    double n = ceil(h->options->gamma * n_all);
    n = n > (double)h->options->max_good ? (double)h->options->max_good : n;
    return n > n_all ? n_all : (uint32_t)n;
}

static void fill_best(hn_tpe_history *h, const hn_view *view, uint32_t wanted)
{
    if (h->best.n >= wanted)
        return;
    hn_vec_clear(&h->best);
    for (uint32_t t = 0; t < h->kinds.n; t++) {
        if (!is_ranked(h->kinds.data[t]))
            continue;
        hn_merit rank = hn_merit_of(view, t);
        enter(&h->best, best_room(h), &rank);
    }
}

// Step 4: a trial that rests may be a good one only at what it would come to.
static void carry(hn_tpe_history *h, const hn_view *view, const hn_evidence *told, uint32_t trial)
{
    if (!is_ranked(h->kinds.data[trial]))
        return;
    hn_merit rank = hn_merit_of(view, trial);
    if (rank.tier == HN_MERIT_PRUNED)
        rank = (hn_merit){HN_MERIT_COMPLETE, told->rows.data[trial].expected, 0, trial};
    if (!isnan(rank.a))
        enter(&h->carried, best_room(h), &rank);
}

// The best ones as they stand with those that rest. What these would come to changes with any
// result, so the list is made anew, of the complete ones among the best and of who is expected to
// come to something. Only where these are fewer than `n`, the good ones, all are looked at: those
// that break a constraint, too.
static void fill_carried(hn_tpe_history *h, const hn_view *view, const hn_evidence *told,
                         uint32_t n)
{
    fill_best(h, view, n < h->n_ranked ? n + 1 : n);
    hn_vec_clear(&h->carried);
    for (size_t i = 0; i < h->best.n && h->best.data[i].tier == HN_MERIT_COMPLETE; i++)
        h->carried.data[h->carried.n++] = h->best.data[i];
    for (size_t i = 0; i < told->expect.among.n; i++) {
        uint32_t trial = told->expect.among.data[i];
        if (h->kinds.data[trial] == RESTING)
            carry(h, view, told, trial);
    }
    if (h->carried.n >= n)
        return;
    hn_vec_clear(&h->carried);
    for (uint32_t t = 0; t < h->kinds.n; t++)
        carry(h, view, told, t);
}

// The weights of n trials by age: a line from 1 / n for the oldest one up to 1 for the newest 25.
typedef struct decay {
    double least, slope, end; // 1 from `end` on
} decay;

static decay decay_of(int32_t rule, double n)
{
    enum { NEWEST = 25 };
    if (rule != HN_TPE_OLD_DECAY || n <= NEWEST)
        return (decay){1, 0, 0};
    return (decay){1 / n, n - NEWEST > 1 ? (1 - 1 / n) / (n - NEWEST - 1) : 0, n - NEWEST};
}

// Weight of the i-th oldest.
static double age_weight(const decay *d, double i)
{
    return i >= d->end ? 1 : d->least + d->slope * i;
}

// How much each good one is better than the best of the others, in units of the mean: the prior's
// weight beside them means the same whatever the scale of the objective.
static void weigh_improvements(const hn_tpe_ranks *best, hn_tpe_list *good)
{
    size_t n = good->trials.n;
    double least = best->n > n && best->data[n].tier == 0 ? best->data[n].a : NAN;
    bool usable = isfinite(least) && isfinite(best->data[0].a);
    double sum = 0;
    for (size_t i = 0; usable && i < n; i++)
        sum += least - best->data[i].a;
    for (size_t i = 0; sum > 0 && isfinite(sum) && i < n; i++) {
        size_t at = place_in(good->trials.data, n, best->data[i].trial);
        double share = (least - best->data[i].a) / sum;
        good->weights.data[at] = fmax(1e-12, share * (double)n);
    }
}

bool hn_tpe_is_ranked(const hn_tpe_history *h, uint32_t trial)
{
    return is_ranked(h->kinds.data[trial]);
}

static hone_status list_good(hn_tpe_history *h, const hn_view *view, const hn_evidence *told,
                             hn_tpe_list *good, hone_error *err)
{
    if (h->problem->n_objectives > 1) {
        HN_TRY(hn_tpe_history_front(h, view, err));
        for (size_t i = 0; i < h->front_good.n; i++)
            if (!hn_vec_push(&good->trials, h->front_good.data[i]))
                return hn_fail_memory(err);
        return HONE_OK;
    }
    uint32_t n = n_good_of(h, told);
    if (told)
        fill_carried(h, view, told, n);
    else
        fill_best(h, view, n < h->n_ranked ? n + 1 : n);
    const hn_tpe_ranks *best = told ? &h->carried : &h->best;
    for (uint32_t i = 0; i < n && i < best->n; i++)
        if (!INSERT(good->trials, best->data[i].trial))
            return hn_fail_memory(err);
    return HONE_OK;
}

static hone_status make_good(hn_tpe_history *h, const hn_view *view, const hn_evidence *told,
                             hn_tpe_list *good, hone_error *err)
{
    hn_vec_clear(&good->trials);
    hn_vec_clear(&good->weights);
    HN_TRY(list_good(h, view, told, good, err));
    size_t n = good->trials.n;
    if (!hn_vec_reserve(&good->weights, n + 1))
        return hn_fail_memory(err);
    decay d = decay_of(h->options->good_weights, (double)n);
    for (size_t i = 0; i < n; i++)
        good->weights.data[good->weights.n++] = age_weight(&d, (double)i);
    if (h->options->good_weights == HN_TPE_IMPROVEMENT && n > 0 && h->problem->n_objectives == 1)
        weigh_improvements(told ? &h->carried : &h->best, good);
    return HONE_OK;
}

static bool is_in(const hn_tpe_list *list, uint32_t trial)
{
    size_t at = place_in(list->trials.data, list->trials.n, trial);
    return at < list->trials.n && list->trials.data[at] == trial;
}

// The newest evidence that is not good, up to `wanted`, into bad->trials from the back; returns the
// number of the oldest of these.
static uint32_t newest(const hn_tpe_history *h, const hn_tpe_list *good, size_t wanted,
                       hn_tpe_list *bad)
{
    uint32_t t = (uint32_t)h->kinds.n;
    size_t g = good->trials.n; // those from here on are newer than t
    while (t > 0 && wanted > 0) {
        t--;
        bool is_good = g > 0 && good->trials.data[g - 1] == t;
        g -= is_good;
        if (h->kinds.data[t] < RANKED || is_good)
            continue;
        bad->trials.data[--wanted] = t;
    }
    return t;
}

// Older evidence from the even sample: its weights stand for all of the older ones.
static size_t older(const hn_tpe_history *h, const hn_tpe_list *good, uint32_t before,
                    uint32_t *out)
{
    size_t n = 0;
    for (size_t i = 0; i < h->sample.n && h->sample.data[i] < before; i++)
        if (!is_in(good, h->sample.data[i]))
            out[n++] = h->sample.data[i];
    return n;
}

static hone_status add_pending(const hn_tpe_history *h, hn_tpe_list *bad, hone_error *err)
{
    size_t most = (size_t)h->options->max_kernels;
    size_t from = h->pending.n > most ? h->pending.n - most : 0;
    for (size_t i = from; h->options->pending && i < h->pending.n; i++)
        if (!INSERT(bad->trials, h->pending.data[i]))
            return hn_fail_memory(err);
    return HONE_OK;
}

static hone_status make_bad(const hn_tpe_history *h, const hn_tpe_list *good, hn_tpe_list *bad,
                            hone_error *err)
{
    size_t most = (size_t)h->options->max_kernels, n_all = h->n_evidence - good->trials.n;
    size_t n_new = n_all <= most ? n_all : most - most / 2, n_old = 0;
    hn_vec_clear(&bad->trials);
    hn_vec_clear(&bad->weights);
    if (!hn_vec_reserve(&bad->trials, n_new + most + 1))
        return hn_fail_memory(err);
    uint32_t first = newest(h, good, n_new, bad);
    bad->trials.n = n_new;
    if (n_new < n_all) {
        uint32_t *data = bad->trials.data;
        memmove(data + most, data, n_new * sizeof *data);
        n_old = older(h, good, first, data);
        memmove(data + n_old, data + most, n_new * sizeof *data);
        bad->trials.n = n_old + n_new;
    }
    HN_TRY(add_pending(h, bad, err));
    size_t n = bad->trials.n, n_pending = n - n_old - n_new;
    if (!hn_vec_reserve(&bad->weights, n + 1))
        return hn_fail_memory(err);
    // An old one stands for `each` of its age.
    double each = n_old > 0 ? (double)(n_all - n_new) / (double)n_old : 1, before = 0;
    decay d = decay_of(h->options->bad_weights, (double)(n_all + n_pending));
    for (size_t i = 0; i < n; i++) {
        uint32_t trial = bad->trials.data[i];
        double stands_for = trial < first && h->kinds.data[trial] != PENDING ? each : 1;
        double age = before + (stands_for - 1) / 2;
        bad->weights.data[i] = age_weight(&d, age) * stands_for;
        before += stands_for;
    }
    bad->weights.n = n;
    return HONE_OK;
}

hone_status hn_tpe_history_split(hn_tpe_history *h, const hn_view *view, const hn_evidence *told,
                                 hn_tpe_list *good, hn_tpe_list *bad, hone_error *err)
{
    told = hn_tpe_history_rests(h) ? told : NULL;
    HN_TRY(make_good(h, view, told, good, err));
    return make_bad(h, good, bad, err);
}
