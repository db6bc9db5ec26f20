// The plan of auto; see auto_plan.h.
//
// 1. Who has found the best trial so far goes on, until as many of its results as `patience` says
//    were no better. The local side begins, with as many.
// 2. Where neither has, the one with fewer results is next, so that both come to the same number,
//    as the two regimes of BIPOP do (learn/cma_restarts.h).
// 3. Trials of others do not count as either's: those that another sampler suggested before auto
//    was chosen, and those from when most of the trials before the plan were stopped early, which
//    are tpe's. Of these only the ones are known that had ended, not those that were paused
//    meanwhile.
// Both look at the trials below `to` alone: a long study has thousands that came later.
#include "samplers/auto_plan.h"

enum { LEADS = 2, NEITHER = 4, SIDE = 1 }; // beside the side, in a byte

void hn_auto_plan_free(hn_auto_plan *p)
{
    hn_arrivals_free(&p->arrivals);
    hn_vec_free(&p->next);
}

static uint8_t side_of(const hn_auto_plan *p)
{
    for (uint8_t side = HN_AUTO_LOCAL; side <= HN_AUTO_GLOBAL; side++)
        if (p->idle[side] < p->patience)
            return side | LEADS;
    return p->n[HN_AUTO_LOCAL] <= p->n[HN_AUTO_GLOBAL] ? HN_AUTO_LOCAL : HN_AUTO_GLOBAL;
}

static uint8_t choose(const hn_auto_plan *p)
{
    return side_of(p) | (p->n_stopped > p->n_complete ? NEITHER : 0);
}

static void begin(hn_auto_plan *p)
{
    hn_vec_clear(&p->next);
    p->has_best = false;
    p->n_stopped = p->n_complete = 0;
    p->n[HN_AUTO_LOCAL] = p->n[HN_AUTO_GLOBAL] = 0;
    p->idle[HN_AUTO_LOCAL] = 0;
    p->idle[HN_AUTO_GLOBAL] = p->patience;
}

static uint8_t choice_after(const hn_auto_plan *p, size_t n_seen)
{
    if (p->next.n == 0)
        return HN_AUTO_LOCAL;
    return p->next.data[n_seen < p->next.n ? n_seen : p->next.n - 1];
}

static void count_early(hn_auto_plan *p, const hn_view *view, uint32_t trial)
{
    hone_trial_state state = hn_view_state(view, trial);
    p->n_stopped += state == HONE_STATE_PRUNED && !view->problem->forks;
    p->n_complete += state == HONE_STATE_COMPLETE;
}

static void take_in(hn_auto_plan *p, const hn_view *view, uint32_t trial)
{
    hn_merit merit = hn_merit_of(view, trial);
    bool better =
        merit.tier != HN_MERIT_FAILED && (!p->has_best || hn_merit_better(&merit, &p->best));
    if (better) {
        p->best = merit;
        p->has_best = true;
    }
    if (trial < p->from)
        count_early(p, view, trial);
    if (!hn_auto_plan_covers(p, trial) || !hn_view_is_sampled(view, trial))
        return;
    uint8_t choice = choice_after(p, hn_arrivals_seen_by(&p->arrivals, view, trial));
    if (choice & NEITHER)
        return;
    int side = choice & SIDE;
    p->n[side]++;
    p->idle[side] = better ? 0 : p->idle[side] + 1;
}

static hn_view only_planned(const hn_auto_plan *p, const hn_view *view)
{
    hn_view part = *view;
    part.n_trials = view->n_trials < p->to ? view->n_trials : p->to;
    part.n_results = view->n_results < p->to ? view->n_results : p->to;
    return part;
}

hone_status hn_auto_plan_sync(hn_auto_plan *p, const hn_view *view, hone_error *err)
{
    hn_view part = only_planned(p, view);
    hone_status status = hn_arrivals_sync(&p->arrivals, &part, err);
    size_t n = p->arrivals.order.n;
    if (status == HONE_OK && !hn_vec_reserve(&p->next, n + 1))
        status = hn_fail_memory(err);
    if (status != HONE_OK || p->next.n == 0 || p->arrivals.n_kept + 1 < p->next.n)
        begin(p); // some of what was folded has changed, or is missing
    if (status != HONE_OK)
        return status;
    for (size_t i = p->next.n; i <= n; i++) {
        if (i > 0)
            take_in(p, &part, p->arrivals.order.data[i - 1]);
        p->next.data[p->next.n++] = choose(p);
    }
    return HONE_OK;
}

hn_auto_choice hn_auto_plan_choice(const hn_auto_plan *p, const hn_view *view, uint32_t trial)
{
    size_t n_seen = p->arrivals.order.n;
    if (trial < view->n_trials && view->fold->trials.data[trial].flags & HN_TRIAL_HAS_PARAMS)
        n_seen = hn_arrivals_seen_by(&p->arrivals, view, trial);
    uint8_t choice = choice_after(p, n_seen);
    return (hn_auto_choice){(hn_auto_side)(choice & SIDE), (choice & LEADS) != 0,
                            (choice & NEITHER) != 0};
}

bool hn_auto_plan_suggested(const hn_auto_plan *p, const hn_view *view, uint32_t trial)
{
    bool copy = view->fold->trials.data[trial].origin == HONE_ORIGIN_SERVED &&
                trial >= view->fold->sampler_since;
    return hn_auto_plan_covers(p, trial) && (copy || hn_view_is_sampled(view, trial)) &&
           !hn_auto_plan_choice(p, view, trial).neither;
}
