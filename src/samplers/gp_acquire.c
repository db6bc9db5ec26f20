// The acquisition function of the sampler gp.
//
//     log α(x) = log EI(x) + Σ_c log Φ(-μ_c / σ_c) + log p(no failure) + w log π(x)
//
//  1. EI on the best posterior mean among the feasible trials: a lucky draw of a noisy objective
//     does not become the mark that others have to pass (Wang & de Freitas 2014).
//  2. Constraints enter by the probability that they hold (Gardner et al. 2014); while no trial
//     satisfies them all, by that alone.
//  3. Failing is modelled as a constraint, too: 1 for what failed and -1 for what did not, about
//     their mean (least squares classification: Rasmussen & Williams 2006, 6.5). Failures without a
//     pattern are noise to it and change little.
//  4. π is the density of what the user believes (`~`, weights of choices), relative to the
//  uniform,
//     and w falls with the number of trials (Hvarfner et al., πBO, ICLR 2022).
#include "samplers/gp_acquire.h"

#include <math.h>

#include "learn/improve.h"

// --- the scene ---

// May the trial be what others are measured by?
static bool is_feasible(const hn_evidence *e, uint32_t trial)
{
    const hn_evidence_row *row = &e->rows.data[trial];
    return row->kind == HN_EVIDENCE_COMPLETE && !row->infeasible;
}

static bool find_best(hn_gp_scene *s, const hn_evidence *e, hn_arena *scratch)
{
    const hn_gp_output *o = s->objective;
    double *fitted = HN_NEW(scratch, double, o->gp.n + 1);
    if (hn_arena_failed(scratch))
        return false;
    hn_gp_fitted(&o->gp, fitted);
    s->best = INFINITY;
    for (uint32_t i = 0; i < o->n; i++)
        if (is_feasible(e, o->trials.data[i])) {
            s->best = fmin(s->best, fitted[i]);
            s->any_feasible = true;
        }
    if (!s->any_feasible)
        s->best = 0;
    return true;
}

static size_t room_of(const hn_gp_output *o, uint32_t most)
{
    return o ? hn_gp_room(&o->gp, most) : 0;
}

bool hn_gp_scene_make(hn_gp_scene *s, const hn_evidence *e, uint32_t most, hn_arena *scratch)
{
    size_t room = room_of(s->objective, most), more = room_of(s->failure, most);
    room = more > room ? more : room;
    for (uint32_t c = 0; c < s->n_constraints; c++) {
        more = room_of(&s->constraints[c], most);
        room = more > room ? more : room;
    }
    s->room = HN_NEW(scratch, double, room);
    s->d_mean = HN_NEW(scratch, double, s->n_dims + 1);
    s->d_variance = HN_NEW(scratch, double, s->n_dims + 1);
    s->mean = HN_NEW(scratch, double, most + 1);
    s->variance = HN_NEW(scratch, double, most + 1);
    return !hn_arena_failed(scratch) && find_best(s, e, scratch);
}

// --- one model's part, as a function of mean and variance ---

static double gain(const hn_gp_scene *s, double mean, double variance, double *by_mean,
                   double *by_variance)
{
    double sd = sqrt(variance), by_sd;
    double value = hn_log_ei(mean, sd, s->best, by_mean, &by_sd);
    *by_variance = by_sd / (2 * sd);
    return value;
}

static double holds(double mean, double variance, double *by_mean, double *by_variance)
{
    double sd = sqrt(variance), d, value = hn_log_probability(-mean / sd, &d);
    *by_mean = -d / sd;
    *by_variance = d * mean / (2 * sd * variance);
    return value;
}

// --- all together ---

// Adds the derivatives of one model's part.
static void add_gradient(const hn_gp_scene *s, double by_mean, double by_variance, double *g)
{
    for (uint32_t j = 0; j < s->n_dims; j++)
        g[j] += by_mean * s->d_mean[j] + by_variance * s->d_variance[j];
}

double hn_gp_acquire(hn_gp_scene *s, const double *x, double *g)
{
    double mean, variance, by_mean, by_variance = 0, value = 0;
    double *dm = g ? s->d_mean : NULL, *dv = g ? s->d_variance : NULL;
    for (uint32_t j = 0; g && j < s->n_dims; j++)
        g[j] = 0;
    if (s->any_feasible || s->n_constraints == 0) {
        hn_gp_predict(&s->objective->gp, x, &mean, &variance, dm, dv, s->room);
        value += gain(s, mean, variance, &by_mean, &by_variance);
        if (g)
            add_gradient(s, by_mean, by_variance, g);
    }
    for (uint32_t c = 0; c < s->n_constraints; c++) {
        hn_gp_predict(&s->constraints[c].gp, x, &mean, &variance, dm, dv, s->room);
        value += holds(mean, variance, &by_mean, &by_variance);
        if (g)
            add_gradient(s, by_mean, by_variance, g);
    }
    if (s->failure) {
        hn_gp_predict(&s->failure->gp, x, &mean, &variance, dm, dv, s->room);
        value += holds(mean + s->failure->offset, variance, &by_mean, &by_variance);
        if (g)
            add_gradient(s, by_mean, by_variance, g);
    }
    if (s->prior_weight > 0)
        value += s->prior_weight * hn_gp_beliefs_at(s->beliefs, x, s->prior_weight, g);
    return value;
}

void hn_gp_acquire_many(hn_gp_scene *s, const double *x, uint32_t m, double *out)
{
    double unused, other;
    bool gains = s->any_feasible || s->n_constraints == 0;
    if (gains)
        hn_gp_predict_many(&s->objective->gp, x, m, s->mean, s->variance, s->room);
    for (uint32_t i = 0; i < m; i++)
        out[i] = gains ? gain(s, s->mean[i], s->variance[i], &unused, &other) : 0;
    for (uint32_t c = 0; c < s->n_constraints; c++) {
        hn_gp_predict_many(&s->constraints[c].gp, x, m, s->mean, s->variance, s->room);
        for (uint32_t i = 0; i < m; i++)
            out[i] += holds(s->mean[i], s->variance[i], &unused, &other);
    }
    if (s->failure) {
        hn_gp_predict_many(&s->failure->gp, x, m, s->mean, s->variance, s->room);
        for (uint32_t i = 0; i < m; i++)
            out[i] += holds(s->mean[i] + s->failure->offset, s->variance[i], &unused, &other);
    }
    for (uint32_t i = 0; s->prior_weight > 0 && i < m; i++)
        out[i] +=
            s->prior_weight * hn_gp_beliefs_at(s->beliefs, x + (size_t)i * s->n_dims, 0, NULL);
}
