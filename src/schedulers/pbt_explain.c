// What became of a member, for people; see pbt.c.

#include "schedulers/pbt.h"

#include <math.h>
#include <stdio.h>

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

// "at 4: place 2 of 8", and how many have yet to come: founders that have not begun, too.
static void say_place(const hn_pbt *s, const hn_fold *fold, const hn_pbt_census *c, uint32_t trial,
                      char *out, size_t size)
{
    uint32_t level = s->rows.data[trial].level, place = 1, n_here = 0, n_missing = 0;
    hn_pbt_member own = {trial, NAN}, other;
    if (s->aims.many) { // places are those of that moment, which nothing keeps
        (void)snprintf(out, size, "at %g", hn_pbt_step(s, level));
        return;
    }
    (void)find_score(s, fold, trial, level, &own.score);
    for (size_t i = 0; i < s->all.n; i++) {
        other.trial = s->all.data[i];
        if (find_score(s, fold, other.trial, level, &other.score)) {
            n_here++;
            place += other.trial != trial && hn_pbt_by_score(&other, &own) < 0;
        } else {
            n_missing += !hn_state_finished(fold->trials.data[other.trial].state) &&
                         s->rows.data[other.trial].level < level;
        }
    }
    if (c->n_founders < s->options->population)
        n_missing += (uint32_t)(s->options->population - c->n_founders);
    int n = snprintf(out, size, "at %g: place %u of %u", hn_pbt_step(s, level), place, n_here);
    if (n_missing > 0)
        (void)snprintf(out + n, size - (size_t)n, ", and %u more to come", n_missing);
}

char *hn_pbt_explain(void *self, const hn_view *view, uint32_t trial)
{
    hn_pbt *s = self;
    const hn_fold *fold = view->fold;
    const hn_trial *t = &fold->trials.data[trial];
    char place[96];
    hn_pbt_census c;
    if (hn_pbt_sync(s, view, NULL) != HONE_OK ||
        hn_pbt_count_members(s, view, true, &c, NULL) != HONE_OK || !hn_watch_counts(view, trial) ||
        (!hn_pbt_is_fork(t) && trial >= hn_pbt_founders_end(s, view)))
        return NULL;
    const hn_pbt_row *r = &s->rows.data[trial];
    if (r->level == r->born)
        return hn_pbt_is_fork(t)
                   ? hn_explain("copied from trial %d, as it was at %g, to go on to %g", t->parent,
                                hn_pbt_step(s, r->born), t->resource)
                   : NULL;
    say_place(s, fold, &c, trial, place, sizeof place);
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
