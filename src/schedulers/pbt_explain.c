// What became of a member, for people; see pbt.c.

#include "schedulers/pbt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/explain.h"

// What a trial was compared by at a milestone; false: it has not been there by itself.
static bool find_score(const hn_pbt *s, const hn_fold *fold, uint32_t trial, uint32_t level,
                       double *score)
{
    uint32_t at = HN_NONE;
    double step, value;
    if (s->rows.data[trial].born >= level || s->rows.data[trial].level < level)
        return false;
    while (hn_watch_next(&s->aims.watched, fold, trial, &at, &step, &value))
        if (step >= hn_pbt_step(s, level)) {
            *score = s->aims.watched.maximize ? -value : value;
            return true;
        }
    return false;
}

// All that were ever at a milestone, the best first; asked again and again while those are ended
// who lose there.
static bool compare_at(hn_pbt *s, const hn_fold *fold, uint32_t level)
{
    if (s->compared_level == level && s->compared_seen == s->n_seen)
        return true;
    s->compared_level = 0;
    hn_vec_clear(&s->compared);
    for (size_t i = 0; i < s->rows.n; i++) {
        hn_pbt_member member = {(uint32_t)i, NAN};
        if (hn_pbt_is(&s->rows.data[i], IS_MEMBER) &&
            find_score(s, fold, member.trial, level, &member.score) &&
            !hn_vec_push(&s->compared, member))
            return false;
    }
    if (s->compared.n > 1)
        qsort(s->compared.data, s->compared.n, sizeof *s->compared.data, hn_pbt_by_score);
    s->compared_level = level;
    s->compared_seen = s->n_seen;
    return true;
}

// Of those, how many come before.
static uint32_t count_before(const hn_pbt *s, const hn_pbt_member *own)
{
    size_t from = 0, to = s->compared.n;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if (hn_pbt_by_score(&s->compared.data[middle], own) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return (uint32_t)from;
}

// Who has yet to come to a milestone: founders that have not begun, too.
static uint32_t count_missing(const hn_pbt *s, uint32_t level)
{
    int64_t n = s->options->population - s->n[IS_FOUNDER];
    bool nobody = level <= s->level && s->n[IS_BEHIND] == 0;
    for (size_t i = 0; i < s->rows.n && !nobody; i++)
        n += hn_pbt_is(&s->rows.data[i], IS_ALIVE) && s->rows.data[i].level < level;
    return (uint32_t)n;
}

// "at 4: place 2 of 8", and how many have yet to come. False when out of memory.
static bool say_place(hn_pbt *s, const hn_fold *fold, uint32_t trial, char *out, size_t size)
{
    uint32_t level = s->rows.data[trial].level;
    hn_pbt_member own = {trial, NAN};
    if (s->aims.many) { // places are those of that moment, which nothing keeps
        (void)snprintf(out, size, "at %g", hn_pbt_step(s, level));
        return true;
    }
    if (!compare_at(s, fold, level))
        return false;
    (void)find_score(s, fold, trial, level, &own.score);
    uint32_t n_missing = count_missing(s, level);
    int n = snprintf(out, size, "at %g: place %u of %zu", hn_pbt_step(s, level),
                     count_before(s, &own) + 1, s->compared.n);
    if (n_missing > 0)
        (void)snprintf(out + n, size - (size_t)n, ", and %u more to come", n_missing);
    return true;
}

char *hn_pbt_explain(void *self, const hn_view *view, uint32_t trial)
{
    hn_pbt *s = self;
    const hn_trial *t = &view->fold->trials.data[trial];
    char place[96];
    if (hn_pbt_sync(s, view, NULL) != HONE_OK || !hn_pbt_is(&s->rows.data[trial], IS_MEMBER))
        return NULL;
    const hn_pbt_row *r = &s->rows.data[trial];
    if (r->level == r->born)
        return hn_pbt_is_fork(t)
                   ? hn_explain("copied from trial %d, as it was at %g, to go on to %g", t->parent,
                                hn_pbt_step(s, r->born), t->resource)
                   : NULL;
    if (!say_place(s, view->fold, trial, place, sizeof place))
        return NULL;
    switch (t->state) {
    case HONE_STATE_PAUSED:
        return hn_explain("%s %s", s->ends == trial ? "ended" : "paused", place);
    case HONE_STATE_PRUNED:
        return hn_explain("ended %s; a copy of a better one goes on instead", place);
    case HONE_STATE_COMPLETE:
        return hn_explain("trained to its end; last compared %s", place);
    default:
        return hn_explain("went on to %g; last compared %s", t->resource, place);
    }
}
