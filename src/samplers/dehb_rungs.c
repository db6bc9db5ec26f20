// Who is a member of which rung; see dehb_rungs.h.
//
// 1. A trial of the first bracket climbs: it belongs to every rung that it has been measured at, or
//    is on its way to. A later one belongs to the rung that it was begun for.
// 2. At a rung a trial is as good as the best it has reported until it first came there; where it
//    ended there, as it was told. So the same trial may stand differently at each rung.
// 3. Who breaks a constraint is worse than all who keep them, by how much it does.
#include "samplers/dehb_rungs.h"

#include <math.h>

// --- how good a trial is at a rung ---

static double score_at(const hn_view *view, uint32_t trial, double resource, uint32_t last)
{
    const hn_fold *fold = view->fold;
    double best = NAN;
    for (uint32_t at = fold->trials.data[trial].first_report; at != HN_NONE;
         at = fold->reports.data[at].next) {
        const hn_report *report = &fold->reports.data[at];
        if (report->present & 1) {
            double value = fold->numbers.data[report->values];
            double score = hn_towards_less(view->problem, 0, value);
            best = fmin(best, score); // NaN is none
            if (report->step >= resource)
                return best;
        }
        if (at == last)
            break;
    }
    return NAN;
}

static hn_merit merit_at(const hn_view *view, uint32_t trial, double resource)
{
    const hn_trial *row = &view->fold->trials.data[trial];
    hn_merit merit = hn_merit_of(view, trial);
    bool complete = merit.tier == HN_MERIT_COMPLETE;
    if (resource <= 0 || (!complete && merit.tier != HN_MERIT_PRUNED))
        return merit;
    if (complete && (row->resource <= 0 || resource >= row->resource))
        return merit;
    merit.a = score_at(view, trial, resource, complete ? HN_NONE : hn_merit_report(view, trial));
    merit.b = 0;
    merit.tier = isnan(merit.a) ? HN_MERIT_FAILED : HN_MERIT_COMPLETE;
    return merit;
}

// --- who belongs to it ---

// What is to be known of a trial without its merit, which costs more.
static bool may_belong(const hn_view *view, const hn_rung_place *place, double resource,
                       uint32_t trial)
{
    const hn_trial *row = &view->fold->trials.data[trial];
    if (row->purpose != HONE_PURPOSE_SEARCH || row->origin == HONE_ORIGIN_SERVED ||
        !hn_view_counts(view, trial))
        return false;
    return resource <= 0 || trial < place->n_climbers || row->resource == resource;
}

// Of those that may.
static bool belongs(const hn_view *view, const hn_rung_place *place, double resource,
                    const hn_merit *merit)
{
    const hn_trial *row = &view->fold->trials.data[merit->trial];
    if (resource <= 0 || merit->trial >= place->n_climbers)
        return true;
    bool open = !hn_state_finished(hn_view_state(view, merit->trial));
    return merit->tier != HN_MERIT_FAILED || (open && row->resource >= resource);
}

static void enter(hn_dehb_rung *out, uint32_t at, const hn_merit *merit)
{
    hn_merit *member = &out->members[at];
    bool equal = member->tier == merit->tier && member->a == merit->a && member->b == merit->b;
    if (member->trial == HN_NONE || equal || hn_merit_better(merit, member))
        *member = *merit;
}

bool hn_dehb_gather(const hn_view *view, const hn_rung_place *place, uint32_t rung, uint32_t trial,
                    hn_config room, hn_arena *scratch, hn_dehb_rung *out)
{
    double resource = place->rungs[rung].resource;
    uint32_t n_before = 0, n_there = 0;
    *out = (hn_dehb_rung){.n = place->rungs[rung].n_members};
    out->members = HN_NEW(scratch, hn_merit, out->n);
    if (!out->members)
        return false;
    for (uint32_t i = 0; i < out->n; i++)
        out->members[i] = (hn_merit){.trial = HN_NONE};
    for (uint32_t t = 0; t < view->n_trials; t++) {
        if (t == trial || !may_belong(view, place, resource, t))
            continue;
        hn_merit merit = merit_at(view, t, resource);
        if (!belongs(view, place, resource, &merit))
            continue;
        if (merit.tier != HN_MERIT_FAILED && hn_view_config(view, t, room))
            enter(out, n_there % out->n, &merit);
        n_before += t < trial;
        n_there++;
    }
    out->own_place = n_before % out->n;
    out->own_is_first = n_before < out->n;
    return true;
}
