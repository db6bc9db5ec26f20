// The trials at one rung, compared by scores or by marks; see contest.h.

#include "schedulers/contest.h"

#include <math.h>

#include "core/explain.h"

void hn_contests_free(hn_contests *contests)
{
    hn_ranks_free(&contests->ranks);
    hn_marks_free(&contests->marks);
}

void hn_contests_clear(hn_contests *contests)
{
    hn_ranks_clear(&contests->ranks);
    hn_marks_clear(&contests->marks);
}

void hn_contest_free(hn_contest *contest)
{
    hn_vec_free(&contest->scores);
    hn_vec_free(&contest->entrants);
    hn_vec_free(&contest->marks);
    hn_vec_free(&contest->places);
}

hone_status hn_contests_take(hn_contests *contests, const hn_fold *fold, const hn_report *report,
                             bool by_best, double *best, bool *seen, hn_showing *out,
                             hone_error *err)
{
    return hn_score_take(&contests->marks, &contests->aims, fold, report, by_best, best, seen,
                         &out->score, out->mark, err);
}

// --- who is there ---

static hone_status add_mark(hn_contest *contest, const hn_aims *aims, uint32_t trial,
                            const double *mark, hone_error *err)
{
    uint32_t width = hn_mark_width(aims);
    if (!hn_vec_reserve(&contest->marks, width) ||
        !hn_vec_push(&contest->entrants, (hn_entrant){.trial = trial}))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < width; i++)
        contest->marks.data[contest->marks.n++] = mark[i];
    return HONE_OK;
}

hone_status hn_contest_add(hn_contests *contests, hn_contest *contest, uint32_t trial,
                           const hn_showing *shown, hone_error *err)
{
    if (contests->aims.many)
        return add_mark(contest, &contests->aims, trial, shown->mark, err);
    if (!hn_ranks_add(&contests->ranks, &contest->all, shown->score, trial))
        return hn_fail_memory(err);
    if (!contests->lag)
        return HONE_OK;
    while (contest->scores.n <= trial)
        if (!hn_vec_push(&contest->scores, NAN))
            return hn_fail_memory(err);
    contest->scores.data[trial] = shown->score;
    return HONE_OK;
}

// The last ones are asked for most.
static size_t find(const hn_contest *contest, uint32_t trial)
{
    size_t i = contest->entrants.n;
    while (i > 0 && contest->entrants.data[i - 1].trial != trial)
        i--;
    return i - 1; // SIZE_MAX: not there
}

hone_status hn_contest_hold(hn_contests *contests, hn_contest *contest, uint32_t trial,
                            double score, hone_error *err)
{
    if (!contests->aims.many)
        return hn_ranks_add(&contests->ranks, &contest->held, score, trial) ? HONE_OK
                                                                            : hn_fail_memory(err);
    size_t i = find(contest, trial);
    if (i < contest->entrants.n && !contest->entrants.data[i].held) {
        contest->entrants.data[i].held = true;
        contest->n_held++;
    }
    return HONE_OK;
}

void hn_contest_let_go(hn_contests *contests, hn_contest *contest, uint32_t trial, double score)
{
    if (!contests->aims.many) {
        (void)hn_ranks_remove(&contests->ranks, &contest->held, score, trial);
        return;
    }
    size_t i = find(contest, trial);
    if (i < contest->entrants.n && contest->entrants.data[i].held) {
        contest->entrants.data[i].held = false;
        contest->n_held--;
    }
}

hone_status hn_contest_lose(hn_contests *contests, hn_contest *contest, uint32_t trial,
                            double score, hone_error *err)
{
    if (!contests->aims.many)
        return hn_ranks_add(&contests->ranks, &contest->lost, score, trial) ? HONE_OK
                                                                            : hn_fail_memory(err);
    size_t i = find(contest, trial);
    if (i < contest->entrants.n && !contest->entrants.data[i].lost) {
        contest->entrants.data[i].lost = true;
        contest->n_lost++;
    }
    return HONE_OK;
}

hn_contest_count hn_contest_count_of(const hn_contests *contests, const hn_contest *contest)
{
    const hn_ranks *ranks = &contests->ranks;
    if (contests->aims.many)
        return (hn_contest_count){(uint32_t)contest->entrants.n, contest->n_held, contest->n_lost};
    return (hn_contest_count){hn_ranks_count(ranks, contest->all),
                              hn_ranks_count(ranks, contest->held),
                              hn_ranks_count(ranks, contest->lost)};
}

// --- order by marks ---

// The order of the entrants below `hidden` and of `trial`, places [*n] that index the entrants.
static bool sort_seen(const hn_contest *contest, const hn_aims *aims, uint32_t trial,
                      uint32_t hidden, hn_place *places, uint32_t *n, hn_arena *arena)
{
    size_t n_all = contest->entrants.n, width = hn_mark_width(aims);
    double *marks = HN_NEW(arena, double, n_all *width + 1);
    uint32_t *trials = HN_NEW(arena, uint32_t, n_all + 1);
    uint32_t *from = HN_NEW(arena, uint32_t, n_all + 1);
    *n = 0;
    if (!marks || !trials || !from)
        return false;
    for (size_t i = 0; i < n_all; i++) {
        uint32_t other = contest->entrants.data[i].trial;
        if (other >= hidden && other != trial)
            continue;
        for (size_t k = 0; k < width; k++)
            marks[*n * width + k] = contest->marks.data[i * width + k];
        trials[*n] = other;
        from[(*n)++] = (uint32_t)i;
    }
    if (!hn_marks_order(aims, marks, trials, *n, places, arena))
        return false;
    for (uint32_t i = 0; i < *n; i++)
        places[i].index = from[places[i].index];
    return true;
}

static hone_status look_by_marks(const hn_contest *contest, const hn_aims *aims, uint32_t trial,
                                 uint32_t hidden, hn_contest_place *out, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    size_t width = hn_mark_width(aims), at = find(contest, trial);
    hn_place *places = HN_NEW(&arena, hn_place, contest->entrants.n + 1);
    bool found = false;
    if (!places || !sort_seen(contest, aims, trial, hidden, places, &out->n, &arena)) {
        hn_arena_free(&arena);
        return hn_fail_memory(err);
    }
    for (uint32_t i = 0; at < contest->entrants.n && i < out->n; i++) {
        const double *own = contest->marks.data + at * width;
        const double *mark = contest->marks.data + places[i].index * width;
        // Who has shown the very same is as good, wherever the order puts it.
        found = found || hn_mark_is_equal(aims, mark, own);
        out->n_better += !found;
        out->n_dominating += hn_mark_dominates(aims, mark, own);
        out->broken = own[0];
    }
    hn_arena_free(&arena);
    return HONE_OK;
}

static hone_status sort_all(hn_contest *contest, const hn_aims *aims, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    uint32_t n = 0;
    if (contest->places.n == contest->entrants.n)
        return HONE_OK;
    hn_vec_clear(&contest->places);
    bool ok = hn_vec_reserve(&contest->places, contest->entrants.n) &&
              sort_seen(contest, aims, 0, UINT32_MAX, contest->places.data, &n, &arena);
    contest->places.n = ok ? n : 0;
    hn_arena_free(&arena);
    return ok ? HONE_OK : hn_fail_memory(err);
}

// --- who is better ---

hone_status hn_contest_look(const hn_contests *contests, const hn_contest *contest, uint32_t trial,
                            double score, uint32_t hidden, hn_contest_place *out, hone_error *err)
{
    *out = (hn_contest_place){0};
    if (contests->aims.many)
        return look_by_marks(contest, &contests->aims, trial, hidden, out, err);
    out->n = hn_ranks_count(&contests->ranks, contest->all);
    out->n_better = hn_ranks_below(&contests->ranks, contest->all, score, 0);
    for (uint32_t t = hidden; t < contest->scores.n; t++) {
        if (t == trial || isnan(contest->scores.data[t]))
            continue;
        out->n--;
        out->n_better -= contest->scores.data[t] < score;
    }
    return HONE_OK;
}

static bool is_paused(const hn_fold *fold, uint32_t trial)
{
    return fold->trials.data[trial].state == HONE_STATE_PAUSED;
}

static uint32_t find_by_score(const hn_ranks *ranks, const hn_contest *contest, const hn_fold *fold,
                              double n_good)
{
    uint32_t trial, n = hn_ranks_count(ranks, contest->held);
    for (uint32_t i = 0; i < n; i++) {
        double score = hn_ranks_at(ranks, contest->held, i, &trial);
        if (hn_ranks_below(ranks, contest->all, score, trial) -
                hn_ranks_below(ranks, contest->lost, score, trial) >=
            n_good)
            break;
        if (is_paused(fold, trial))
            return trial;
    }
    return HN_NONE;
}

hone_status hn_contest_promote(const hn_contests *contests, hn_contest *contest,
                               const hn_fold *fold, double n_good, uint32_t *trial, hone_error *err)
{
    uint32_t n_better = 0;
    *trial = HN_NONE;
    if (!contests->aims.many) {
        *trial = find_by_score(&contests->ranks, contest, fold, n_good);
        return HONE_OK;
    }
    if (contest->n_held == 0)
        return HONE_OK;
    HN_TRY(sort_all(contest, &contests->aims, err));
    for (size_t i = 0; i < contest->places.n && n_better < n_good; i++) {
        const hn_entrant *entrant = &contest->entrants.data[contest->places.data[i].index];
        if (entrant->held && is_paused(fold, entrant->trial)) {
            *trial = entrant->trial;
            return HONE_OK;
        }
        n_better += !entrant->lost;
    }
    return HONE_OK;
}

char *hn_contest_say(const hn_contests *contests, const hn_contest *contest, uint32_t trial,
                     double score)
{
    char more[HN_MARK_TEXT] = "";
    const hn_aims *aims = &contests->aims;
    hn_contest_place place;
    if (hn_contest_look(contests, contest, trial, score, UINT32_MAX, &place, NULL) != HONE_OK)
        return NULL;
    if (aims->many)
        hn_marks_say(&contests->marks, aims, trial, place.broken, place.n_dominating, more);
    else // equal ones by number
        place.n_better = hn_ranks_below(&contests->ranks, contest->all, score, trial);
    return hn_explain("by now it has place %u of %u there%s", place.n_better + 1, place.n, more);
}
