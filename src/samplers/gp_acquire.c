// The acquisition function of the sampler gp.
//
//     log α(x) = log EI(x) + Σ_c log Φ(-μ_c / σ_c) + log p(no failure) + w log π(x) - v log cost(x)
//
//  1. EI on the best posterior mean among the feasible trials: a lucky draw of a noisy objective
//     does not become the mark that others have to pass (Wang & de Freitas 2014).
//     Of two or three objectives it is the expected hypervolume improvement (learn/ehvi.h) on the
//     posterior means of the front.
//  2. Constraints enter by the probability that they hold (Gardner et al. 2014); while no trial
//     satisfies them all, by that alone.
//  3. Failing is modelled as a constraint, too: 1 for what failed and -1 for what did not, about
//     their mean (least squares classification: Rasmussen & Williams 2006, 6.5). Failures without a
//     pattern are noise to it and change little. The gain beyond the border of what works may be
//     greater by orders of magnitude than what is left on this side: the probability counts by a
//     power. While half of the trials fail, what failed enters the objective's model (gp_model.c).
//  4. π is the density of what the user believes (`~`, weights of choices), relative to the
//     uniform, and w falls with the number of trials (Hvarfner et al., πBO, ICLR 2022).
//  5. Where trials differ in cost, it is the improvement per unit of it (gp_cost.c).
#include "samplers/gp_acquire.h"

#include <math.h>
#include <string.h>

#include "learn/improve.h"
#include "num/pareto.h"

#define CARE 8.0 // the power of the probability that a trial does not fail

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
    if (s->transfer)
        hn_gp_transfer_fitted(s->transfer, fitted, s->room);
    else
        hn_gp_fitted(&o->gp, fitted);
    s->best = INFINITY;
    for (uint32_t i = 0; i < o->n; i++)
        if (is_feasible(e, o->trials.data[i])) {
            s->best = fmin(s->best, fitted[i]);
            s->any_feasible = true;
        }
    // With earlier studies alone the point of the least mean is wanted: much is gained everywhere.
    if (!s->any_feasible)
        s->best = s->transfer ? 3 : 0;
    return true;
}

// The feasible points that all models have, with what each says of them: values [n × m], and their
// place in the first model. Points of a model are in the order of the trials.
static uint32_t common_points(const hn_gp_scene *s, const hn_evidence *e, double *const *fitted,
                              double *values, uint32_t *points)
{
    uint32_t n = 0, m = s->n_objectives, at[HN_EHVI_MOST] = {0};
    for (uint32_t i = 0; i < s->objective[0].n; i++) {
        uint32_t trial = s->objective[0].trials.data[i];
        bool in_all = is_feasible(e, trial);
        values[(size_t)n * m] = fitted[0][i];
        for (uint32_t j = 1; j < m; j++) {
            const hn_gp_output *o = &s->objective[j];
            while (at[j] < o->n && o->trials.data[at[j]] < trial)
                at[j]++;
            in_all &= at[j] < o->n && o->trials.data[at[j]] == trial;
            if (in_all)
                values[(size_t)n * m + j] = fitted[j][at[j]];
        }
        points[n] = i;
        n += in_all;
    }
    return n;
}

// A tenth of the front's extent beyond its worst, or of a standard deviation.
static void set_reference(const double *values, uint32_t n, uint32_t m, double *reference)
{
    for (uint32_t j = 0; j < m; j++) {
        double low = INFINITY, high = -INFINITY;
        for (uint32_t i = 0; i < n; i++) {
            low = fmin(low, values[(size_t)i * m + j]);
            high = fmax(high, values[(size_t)i * m + j]);
        }
        reference[j] = n > 0 ? high + 0.1 * fmax(high - low, 1) : 2;
    }
}

static bool find_front(hn_gp_scene *s, const hn_evidence *e, hn_arena *scratch)
{
    enum { MOST_FRONT = 50 };
    uint32_t m = s->n_objectives, n_all = s->objective[0].n, n;
    double *fitted[HN_EHVI_MOST], reference[HN_EHVI_MOST];
    for (uint32_t j = 0; j < m; j++) {
        fitted[j] = HN_NEW(scratch, double, s->objective[j].gp.n + 1);
        if (!fitted[j])
            return false;
        hn_gp_fitted(&s->objective[j].gp, fitted[j]);
    }
    double *values = HN_NEW(scratch, double, ((size_t)n_all + 1) * m);
    uint32_t *points = HN_NEW(scratch, uint32_t, n_all + 1);
    uint32_t *rank = HN_NEW(scratch, uint32_t, n_all + 1);
    uint32_t *chosen = HN_NEW(scratch, uint32_t, n_all + 1);
    if (hn_arena_failed(scratch))
        return false;
    n = common_points(s, e, fitted, values, points);
    s->any_feasible = n > 0;
    if (!hn_pareto_fronts(values, n, m, rank, scratch))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        if (rank[i] > 0)
            continue;
        points[s->n_front] = points[i];
        for (uint32_t j = 0; j < m; j++)
            values[(size_t)s->n_front * m + j] = values[(size_t)i * m + j];
        s->n_front++;
    }
    s->front = points;
    set_reference(values, s->n_front, m, reference);
    if (s->n_front > MOST_FRONT) {
        if (!hn_hypervolume_subset(values, s->n_front, m, reference, MOST_FRONT, chosen, scratch))
            return false;
        double *kept = HN_NEW(scratch, double, (size_t)MOST_FRONT *m);
        for (uint32_t i = 0; kept && i < MOST_FRONT * m; i++)
            kept[i] = values[(size_t)chosen[i / m] * m + i % m];
        return kept && hn_ehvi_make(&s->ehvi, kept, MOST_FRONT, m, reference, scratch);
    }
    return hn_ehvi_make(&s->ehvi, values, s->n_front, m, reference, scratch);
}

static size_t room_of(const hn_gp_output *o, uint32_t most)
{
    return o ? hn_gp_room(&o->gp, most) : 0;
}

bool hn_gp_scene_make(hn_gp_scene *s, const hn_evidence *e, uint32_t most, hn_arena *scratch)
{
    size_t room = room_of(s->failure, most), more, m = s->n_objectives;
    for (uint32_t j = 0; j < m; j++) {
        more = room_of(&s->objective[j], most);
        room = more > room ? more : room;
    }
    for (uint32_t c = 0; c < s->n_constraints; c++) {
        more = room_of(&s->constraints[c], most);
        room = more > room ? more : room;
    }
    more = s->cost ? room_of(&s->cost->log, most) : 0;
    room = more > room ? more : room;
    more = s->transfer ? hn_gp_transfer_room(s->transfer, most) : 0;
    room = more > room ? more : room;
    s->room = HN_NEW(scratch, double, room);
    s->most = most;
    s->d_mean = HN_NEW(scratch, double, m * s->n_dims + 1);
    s->d_variance = HN_NEW(scratch, double, m * s->n_dims + 1);
    s->mean = HN_NEW(scratch, double, m *most + 1);
    s->variance = HN_NEW(scratch, double, m *most + 1);
    if (hn_arena_failed(scratch))
        return false;
    return m > 1 ? find_front(s, e, scratch) : find_best(s, e, scratch);
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

// That the trial does not fail. Noise is chance that the place does not decide.
static double works(const hn_gp_scene *s, double mean, double variance, double *by_mean,
                    double *by_variance)
{
    double value =
        holds(mean + s->failure->offset, variance + s->failure->gp.noise, by_mean, by_variance);
    *by_mean *= CARE;
    *by_variance *= CARE;
    return CARE * value;
}

// Of several objectives, with its derivatives added to g.
static double gain_of_front(hn_gp_scene *s, const double *x, double *g)
{
    double mean[HN_EHVI_MOST], sd[HN_EHVI_MOST], by_mean[HN_EHVI_MOST], by_sd[HN_EHVI_MOST];
    for (uint32_t j = 0; j < s->n_objectives; j++) {
        double variance, *dm = g ? s->d_mean + (size_t)j * s->n_dims : NULL;
        double *dv = g ? s->d_variance + (size_t)j * s->n_dims : NULL;
        hn_gp_predict(&s->objective[j].gp, x, &mean[j], &variance, dm, dv, s->room);
        sd[j] = sqrt(variance);
    }
    double value = hn_ehvi_log(&s->ehvi, mean, sd, by_mean, by_sd);
    for (uint32_t j = 0; g && j < s->n_objectives; j++)
        for (uint32_t k = 0; k < s->n_dims; k++) {
            size_t at = (size_t)j * s->n_dims + k;
            g[k] += by_mean[j] * s->d_mean[at] + by_sd[j] * s->d_variance[at] / (2 * sd[j]);
        }
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
    if (s->n_objectives > 1 && (s->any_feasible || s->n_constraints == 0)) {
        value += gain_of_front(s, x, g);
    } else if (s->any_feasible || s->n_constraints == 0) {
        if (s->transfer)
            hn_gp_transfer_predict(s->transfer, x, &mean, &variance, dm, dv, s->room);
        else
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
        value += works(s, mean, variance, &by_mean, &by_variance);
        if (g)
            add_gradient(s, by_mean, by_variance, g);
    }
    if (s->cost) {
        hn_gp_predict(&s->cost->log.gp, x, &mean, &variance, dm, dv, s->room);
        value += hn_gp_cost_slope(s->cost) * mean;
        if (g)
            add_gradient(s, hn_gp_cost_slope(s->cost), 0, g);
    }
    if (s->prior_weight > 0)
        value += s->prior_weight * hn_gp_beliefs_at(s->beliefs, x, s->prior_weight, g);
    return value;
}

typedef struct threshold {
    const hn_gp_scene *scene;
    double least;
} threshold;

// Gains grow with the variance.
static bool may_pass(void *context, double mean, double most_variance)
{
    const threshold *t = context;
    double unused, other;
    return gain(t->scene, mean, most_variance, &unused, &other) > t->least;
}

// Of one objective: what is certainly no more than `least` gets -INFINITY.
static void gains_above(hn_gp_scene *s, const double *x, uint32_t m, double least, double *out)
{
    threshold t = {s, least};
    double unused, other;
    hn_gp_predict_wanted(&s->objective->gp, x, m, may_pass, &t, s->mean, s->variance, s->room);
    for (uint32_t i = 0; i < m; i++)
        out[i] = isnan(s->variance[i]) ? -INFINITY
                                       : gain(s, s->mean[i], s->variance[i], &unused, &other);
}

static void gains_of_many(hn_gp_scene *s, const double *x, uint32_t m, double *out)
{
    double mean[HN_EHVI_MOST], sd[HN_EHVI_MOST], unused, other;
    if (s->transfer)
        hn_gp_transfer_predict_many(s->transfer, x, m, s->mean, s->variance, s->room);
    for (uint32_t j = 0; j < s->n_objectives && !s->transfer; j++)
        hn_gp_predict_many(&s->objective[j].gp, x, m, s->mean + (size_t)j * s->most,
                           s->variance + (size_t)j * s->most, s->room);
    for (uint32_t i = 0; i < m; i++) {
        for (uint32_t j = 0; j < s->n_objectives && s->n_objectives > 1; j++) {
            mean[j] = s->mean[(size_t)j * s->most + i];
            sd[j] = sqrt(s->variance[(size_t)j * s->most + i]);
        }
        out[i] = s->n_objectives > 1 ? hn_ehvi_log(&s->ehvi, mean, sd, NULL, NULL)
                                     : gain(s, s->mean[i], s->variance[i], &unused, &other);
    }
}

// Probabilities take from the gain; what it costs and what is believed of it may add to it.
static bool gain_is_most(const hn_gp_scene *s)
{
    return s->n_objectives == 1 && !s->transfer && !s->cost && !(s->prior_weight > 0);
}

void hn_gp_acquire_above(hn_gp_scene *s, const double *x, uint32_t m, double least, double *out)
{
    double unused, other;
    bool gains = s->any_feasible || s->n_constraints == 0;
    if (gains && least > -INFINITY && gain_is_most(s))
        gains_above(s, x, m, least, out);
    else if (gains)
        gains_of_many(s, x, m, out);
    else
        memset(out, 0, m * sizeof *out);
    for (uint32_t c = 0; c < s->n_constraints; c++) {
        hn_gp_predict_many(&s->constraints[c].gp, x, m, s->mean, s->variance, s->room);
        for (uint32_t i = 0; i < m; i++)
            out[i] += holds(s->mean[i], s->variance[i], &unused, &other);
    }
    if (s->failure) {
        hn_gp_predict_many(&s->failure->gp, x, m, s->mean, s->variance, s->room);
        for (uint32_t i = 0; i < m; i++)
            out[i] += works(s, s->mean[i], s->variance[i], &unused, &other);
    }
    if (s->cost) {
        hn_gp_predict_many(&s->cost->log.gp, x, m, s->mean, NULL, s->room);
        for (uint32_t i = 0; i < m; i++)
            out[i] += hn_gp_cost_slope(s->cost) * s->mean[i];
    }
    for (uint32_t i = 0; s->prior_weight > 0 && i < m; i++)
        out[i] +=
            s->prior_weight * hn_gp_beliefs_at(s->beliefs, x + (size_t)i * s->n_dims, 0, NULL);
}

void hn_gp_acquire_many(hn_gp_scene *s, const double *x, uint32_t m, double *out)
{
    hn_gp_acquire_above(s, x, m, -INFINITY, out);
}
