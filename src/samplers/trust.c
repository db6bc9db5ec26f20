// trust: a trust region around the best point, with quadratic models.
//
// Method
//  1. The default comes first, or the middle; then a step of a radius along each axis, always from
//     the best point so far: a first simplex. Whenever its axes have doubled, from eight on, a step
//     down the plane that they show comes in between, so that many dimensions need not be waited
//     for.
//  2. A model of the nearest points (learn/quadratic.h) is minimised within the radius of the best
//     one: a plane from d + 1 of them, with curvature along the axes from 2 d + 1, in full from
//     (d + 1)(d + 2)/2. Constraints have models of their own, whose violation costs.
//  3. The radius follows what came of it (trust_run.c). Before it shrinks the points near the
//     centre must span all axes; the axis that they tell least of is stepped along first.
//  4. Trials that still run count as points there, so that several workers span the axes together;
//     who finds the model's minimum taken goes to a random place about it.
//  5. Choices, orders and what is conditional stay as they are at the best point; now and then, the
//     more often the more there are of them, one is changed (space/neighbour.h).
//  6. When the region has become as small as it may be, the next begins at the best of three points
//     of a Sobol sequence.
//  7. What breaks a rule of the space comes nearer to the best point, by halves.
// Sources: Powell. A direct search optimization method that models the objective and constraint
// functions by linear interpolation. 1994 (COBYLA); The BOBYQA algorithm for bound constrained
// optimization without derivatives. 2009. Differences: the models are fitted by least squares to
// all points of the study that are near, whoever suggested them, and are kept by no simplex;
// choices; parallel trials. Cost: O(m d² + n) a suggestion and that of trust_run.h a result; memory
// O(p² + n).

#include <hone/sys/sampler.h>

#include <math.h>
#include <string.h>

#include "core/explain.h"
#include "core/untried.h"
#include "samplers/trust_run.h"
#include "space/neighbour.h"

#define AT_END 1e-12 // of a range

static const hn_option option_table[] = {
    {"radius", HN_OPTION_DOUBLE, offsetof(hn_trust_options, radius), "0.15", 1e-6, 0.5, NULL, NULL,
     "first radius of the region, as a share of each range"},
    {"least_radius", HN_OPTION_DOUBLE, offsetof(hn_trust_options, least), "1e-6", 1e-12, 0.5, NULL,
     NULL, "the radius that counts as converged: the search begins elsewhere"},
    {0},
};

typedef struct state {
    hn_trust_run run;
    const hn_problem *problem;
    hn_cache own; // where there is no cache to share
} state;

// One suggestion in the making.
typedef struct asked {
    state *s;
    const hn_view *view;
    const hn_request *request;
    hn_newness newness;
    hn_rng rng;
    const double **pending;    // [n_pending] features
    uint32_t n_pending, n_own; // and how many of this run
    double *x, *back;          // [n_dims] what is suggested, what that stands for
} asked;

static void fini(void *self)
{
    state *s = self;
    hn_trust_run_free(&s->run);
    hn_cache_free(&s->own);
}

static hone_status init(void *self, const hn_problem *problem, const void *options, hone_error *err)
{
    state *s = self;
    const hn_trust_options *o = options;
    s->problem = problem;
    if (o->least >= o->radius)
        return hn_fail(err, HONE_EINVAL,
                       "option \"least_radius\" of trust is %g: it must be below \"radius\", which "
                       "is %g",
                       o->least, o->radius);
    if (hn_trust_run_init(&s->run, problem, options))
        return HONE_OK;
    fini(s);
    return hn_fail_memory(err);
}

// --- what is known ---

static hone_status find_pending(asked *a, hone_error *err)
{
    const hn_evidence *e = a->s->run.evidence;
    hn_trust_run *r = &a->s->run;
    a->pending = HN_NEW(a->request->scratch, const double *, e->n_kind[HN_EVIDENCE_PENDING] + 1);
    a->x = HN_ZNEW(a->request->scratch, double, e->n_dims + 1);
    a->back = HN_ZNEW(a->request->scratch, double, e->n_dims + 1);
    if (hn_arena_failed(a->request->scratch))
        return hn_fail_memory(err);
    for (uint32_t t = 0; e->n_kind[HN_EVIDENCE_PENDING] > 0 && t < a->view->n_trials; t++) {
        if (e->rows.data[t].kind != HN_EVIDENCE_PENDING || t == a->request->trial)
            continue;
        a->pending[a->n_pending++] = hn_evidence_x(e, t);
        a->n_own += hn_view_is_own(a->view, t) &&
                    hn_arrivals_seen_by(&r->arrivals, a->view, t) >= r->run_start;
    }
    return HONE_OK;
}

static double uniform(const asked *a, uint32_t round, uint32_t lane)
{
    return hn_rng_uniform(&a->rng, UINT32_MAX, round, lane);
}

// The configuration of a->x into `out`, and its features into a->back.
static void read(asked *a, uint32_t round, hn_config out)
{
    const hone_space *space = a->s->problem->space;
    hn_features_decode(space, a->x, &a->rng, round, out);
    hn_features_encode(space, out, a->back);
}

// Is it, or is it about to be, known? What is nearer than a hundredth of the radius tells nothing.
static bool is_same(const hn_trust_run *r, const double *x, const double *y)
{
    for (uint32_t i = 0; i < r->n_axes; i++)
        if (fabs(x[r->axes[i]] - y[r->axes[i]]) > 0.01 * hn_trust_radius(r, r->axes[i]))
            return false;
    return hn_trust_is_alike(r, y);
}

static bool is_pending(const asked *a, const double *x)
{
    for (uint32_t i = 0; i < a->n_pending; i++)
        if (is_same(&a->s->run, x, a->pending[i]))
            return true;
    return false;
}

// Has a trial of the study, of an earlier run too, these very features? Beside what it costs to
// look through them, a trial that is run twice is lost.
static bool is_known(const asked *a, const double *x)
{
    return hn_evidence_has_near(a->s->run.evidence, x, 0);
}

// --- steps ---

// A step of a radius along the axis, to where the model says that it is better.
static bool step_along(asked *a, uint32_t axis, hn_config out)
{
    hn_trust_run *r = &a->s->run;
    const hn_trust_model *m = hn_trust_model_of(r);
    double length = hn_trust_radius(r, axis), side = uniform(a, 0, axis) < 0.5 ? -1 : 1;
    for (uint32_t j = 0; m && m->known && j < r->n_axes; j++)
        if (r->axes[j] == axis && m->aim.model->g[j] != 0)
            side = m->aim.model->g[j] > 0 ? -1 : 1;
    for (uint32_t round = 0; round < 24 && length <= 1; round++, side = -side) {
        memcpy(a->x, r->centre, r->n_dims * sizeof *a->x);
        a->x[axis] += side * length;
        if (a->x[axis] >= 0 && a->x[axis] <= 1) {
            read(a, round, out);
            if (a->back[axis] != r->centre[axis] && hn_is_new(&a->newness, out) &&
                !is_pending(a, a->back) && !is_known(a, a->back))
                return true;
        }
        length *= round % 2 ? 1.5 : 1;
    }
    return false;
}

// While the first simplex grows: have its points doubled since the last step down their plane?
// Those that are no more than an axis each are as many as they tell of; what is beyond were such
// steps.
static bool is_due(const hn_trust_span *span)
{
    enum { FIRST = 8 };
    uint32_t n_due = 0;
    for (uint32_t at = FIRST; at <= span->rank; at *= 2)
        n_due++;
    return span->n_near < span->rank + 1 + n_due;
}

// To the model's minimum; where that is taken, about it, and nearer and nearer to the centre.
static bool step_down(asked *a, hn_config out)
{
    enum { ROUNDS = 12 };
    hn_trust_run *r = &a->s->run;
    const hn_trust_model *m = hn_trust_model_of(r);
    for (uint32_t round = a->request->attempt > 0; round < ROUNDS; round++) {
        double share = round < 4 ? 1 : exp2(3.0 - round), spread = round == 0 ? 0 : 0.5 * share;
        memcpy(a->x, r->centre, r->n_dims * sizeof *a->x);
        for (uint32_t j = 0; j < r->n_axes; j++) {
            uint32_t k = r->axes[j];
            double down = m && (m->known || m->partial) ? m->z[j] * m->scale : 0;
            double noise = 2 * uniform(a, a->request->attempt * ROUNDS + round, k) - 1;
            double x = r->centre[k] + share * down + spread * noise * hn_trust_radius(r, k);
            // What the sum leaves over at an end is no value that anybody would want to read.
            a->x[k] = x < AT_END ? 0 : x > 1 - AT_END ? 1 : x;
        }
        read(a, round, out);
        if (hn_is_new(&a->newness, out) && !is_pending(a, a->back) && !is_known(a, a->back))
            return true;
    }
    return false;
}

// Another value of one parameter that no model covers.
static bool exchange(asked *a, hn_config centre, hn_config out, bool any)
{
    const hone_space *space = a->s->problem->space;
    const hn_trust_run *r = &a->s->run;
    if (!hn_space_allows(space, centre, NULL))
        return false;
    uint32_t n = hn_moves_list(space, centre, NULL), n_used = 0;
    hn_move *moves = HN_NEW(a->request->scratch, hn_move, n + 1);
    if (!moves)
        return false;
    n = hn_moves_list(space, centre, moves);
    for (uint32_t i = 0; i < n; i++)
        if (any || !r->numeric[space->params[moves[i].param].dim])
            moves[n_used++] = moves[i];
    for (uint32_t i = 0; i < n_used; i++) {
        uint32_t at =
            i + (uint32_t)hn_rng_below(&a->rng, UINT32_MAX - 1, a->request->attempt, i, n_used - i);
        hn_move move = moves[at];
        moves[at] = moves[i];
        if (hn_move_make(space, centre, move, 0.1, &a->rng, a->request->attempt * n_used + i,
                         out) &&
            hn_is_new(&a->newness, out)) {
            hn_features_encode(space, out, a->back);
            if (!is_pending(a, a->back) && !is_known(a, a->back))
                return true;
        }
    }
    return false;
}

// The share of suggestions that change a choice: half of what share choices have of all.
static bool wants_exchange(const asked *a)
{
    const hn_trust_run *r = &a->s->run;
    uint32_t n_choices = 0;
    for (uint32_t k = 0; k < r->n_dims; k++)
        n_choices += !r->numeric[k] && !isnan(r->centre[k]);
    if (n_choices == 0 || !r->has_centre)
        return false;
    double share = r->n_axes == 0 ? 1 : 0.5 * n_choices / (n_choices + r->n_axes);
    return hn_rng_uniform(&a->rng, UINT32_MAX - 2, 0, 0) < share;
}

// --- the suggestion ---

static bool suggest_near(asked *a, hn_config centre, hn_config out)
{
    hn_trust_run *r = &a->s->run;
    bool first = !r->has_centre;
    if (a->request->attempt > 0) // what has a pending twin
        return (r->n_axes > 0 && step_down(a, out)) || exchange(a, centre, out, true);
    if (first) { // nothing is known yet: the default itself, unless it is on its way
        memcpy(a->x, r->centre, r->n_dims * sizeof *a->x);
        read(a, 0, out);
        if (!is_pending(a, a->back) && !is_known(a, a->back) && hn_is_new(&a->newness, out))
            return true;
    }
    if (wants_exchange(a) && exchange(a, centre, out, false))
        return true;
    const hn_trust_model *m = hn_trust_model_of(r);
    hn_trust_span span = {.gap = HN_NONE};
    if (!m || !m->known || r->failed)
        span = hn_trust_span_of(r, a->pending, a->n_pending);
    if (m && m->partial && is_due(&span) && step_down(a, out))
        return true;
    if (span.gap != HN_NONE && step_along(a, span.gap, out))
        return true;
    return (r->n_axes > 0 && step_down(a, out)) || exchange(a, centre, out, true);
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    hn_evidence *evidence = hn_evidence_of(hn_cache_for(s->problem, &s->own));
    asked a = {.s = s,
               .view = view,
               .request = request,
               .newness = hn_newness_of(view, evidence ? &evidence->index : NULL)};
    if (!evidence)
        return hn_fail_memory(err);
    HN_TRY(hn_evidence_sync(evidence, view, err));
    HN_TRY(hn_trust_run_sync(&s->run, view, evidence, err));
    HN_TRY(find_pending(&a, err));
    a.rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SUGGEST, request->trial);
    hn_config room = hn_config_new(request->scratch, s->problem->space);
    if (!room.slots)
        return hn_fail_memory(err);
    if (s->run.has_centre)
        (void)hn_view_config(view, s->run.merit.trial, room);
    else
        hn_space_default(s->problem->space, room);
    bool starting = s->run.n_in + a.n_own < s->run.n_starts;
    bool made = starting || hn_trust_model_of(&s->run);
    bool found = !starting && made && suggest_near(&a, room, *out);
    if (!made || hn_trust_is_starved(&s->run) || hn_arena_failed(request->scratch))
        return hn_fail_memory(err);
    if (found)
        return HONE_OK;
    return hn_untried_spread(request, a.newness, *out, err);
}

static bool keep(const void *self, hn_str *out)
{
    const state *s = self;
    return hn_trust_run_keep(&s->run, out);
}

static void recall(void *self, const void *data, size_t size)
{
    state *s = self;
    hn_trust_run_recall(&s->run, data, size);
}

static char *explain(const void *self, const hn_view *view, uint32_t trial)
{
    const state *s = self;
    uint32_t n = hn_explain_n_results(view, false);
    (void)trial;
    return hn_explain("%s a model of the points near the best one",
                      n > s->run.n_dims ? "it follows" : "first a step along each axis, then");
}

const hn_sampler_class hn_sampler_trust = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "trust",
             .summary = "follows local models to the nearest optimum; few trials, smooth numbers",
             .source = "Powell. The BOBYQA algorithm for bound constrained optimization without "
                       "derivatives. 2009",
             .can = HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_USES_RESULTS,
             .options = option_table,
             .config_size = sizeof(hn_trust_options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .explain = explain,
    .fini = fini,
    .keep = keep,
    .recall = recall,
};
