// Earlier studies beside the sampler gp's own model.
//
// Method
//  1. Each source gets a Gaussian process of its own, over the features that it knows, fitted to at
//     most POINTS of its trials: the best third and others evenly. Values go through the curve that
//     the own ones go through and are standardised: what is equal but for its scale is then linear
//     in each other. Along what a source does not know it says the same everywhere.
//  2. What a source expects, m(x), may be the prior mean of the own process: slope · (m(x) -
//  level),
//     with the slope, never below zero, by a ridge regression of the targets on m that begins at 1.
//     The own process, its variance lessened by what m explains, wholly, half or not (whichever
//     predicts best), models what that leaves: own trials correct a source where it is wrong.
//  3. Weights: over DRAWS bootstrap samples of the own trials the weight of a source is the share
//  in
//     which it raises the leave-one-out density of the targets, over that of the own process alone,
//     by more than LUCK, and by more than any other source. It has a head start, which is gone
//     after a few trials: what there is no evidence about is believed.
//  4. The prior mean is that of the weighted mean M of the sources, scaled by their weight r
//     together, as is what it explains of the variance; the variance of M is added. At r = 0 the
//     own model is as if there were no sources.
// Sources: Feurer, Letham, Bakshy. Scalable meta-learning for Bayesian optimization using
// ranking-weighted Gaussian process ensembles. arXiv 1802.02219, 2018 (weights by bootstrap and
// leave-one-out); Golovin et al. Google Vizier. KDD 2017 (a process for what earlier ones leave).
// Differences: a weighted sum of models goes on believing a source where own trials contradict it,
// and a source is judged by ranks alone there: it loses to the own model as soon as that has seen
// the region, though its shape beyond would still help. Symbols: t targets. Cost: while a source
// has weight O(n³) for n own trials, and once more for each source with n at most JUDGED.
#include "samplers/gp_transfer.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "num/rng.h"

enum { POINTS = 120, FIT_EVALUATIONS = 30, DRAWS = 128, JUDGED = 100, LEAST_TRIALS = 3 };
#define LUCK         1.0 // nats that a source gains as its slope is fitted to what it is judged by
#define HEAD_START   4.0 // nats
#define LEAST_WEIGHT 0.02
#define RIDGE        0.5 // of the slope, as the squared deviation of so much evidence for 1
#define PRIOR_REST   0.3 // share of the variance that sources leave, before there is evidence …
#define PRIOR_TRIALS 3.0 // … that weighs as so many trials
#define LEAST_REST   0.02

void hn_gp_transfer_free(hn_gp_transfer *t)
{
    for (uint32_t i = 0; i < t->n; i++)
        hn_gp_free(&t->list[i].gp);
    hn_gp_free(&t->rest);
    hn_arena_free(&t->arena);
    *t = (hn_gp_transfer){0};
}

// --- step 1 ---

// The trials that are modelled, into rows: the best third, and others evenly in order of merit.
static uint32_t choose_points(const hn_source_trials *s, uint32_t *rows)
{
    uint32_t best = POINTS / 3, rest = POINTS - best, n = 0;
    if (s->n <= POINTS) {
        for (; n < s->n; n++)
            rows[n] = s->order[n];
        return n;
    }
    for (; n < best; n++)
        rows[n] = s->order[n];
    for (uint32_t i = 0; i < rest; i++)
        rows[n++] = s->order[best + (uint32_t)((uint64_t)i * (s->n - best) / rest)];
    return n;
}

static void pick(const hn_gp_source *model, const double *x, double *out)
{
    for (uint32_t j = 0; j < model->n_dims; j++)
        out[j] = x[model->dims[j]];
}

// Its features: what it has not in every trial has a place of its own where it is missing.
static bool describe(const hn_source_trials *s, const hn_gp_space *space, hn_gp_dim *dims,
                     hn_gp_source *model, hn_arena *arena)
{
    model->dims = HN_NEW(arena, uint32_t, space->n_dims + 1);
    if (!model->dims)
        return false;
    for (uint32_t j = 0; j < space->n_dims; j++) {
        if (!s->known[j])
            continue;
        hn_gp_dim *dim = &dims[model->n_dims];
        *dim = space->dims[j];
        for (uint32_t i = 0; i < s->n; i++)
            dim->optional |= isnan(s->x[(size_t)i * space->n_dims + j]);
        model->dims[model->n_dims++] = j;
    }
    return true;
}

static hone_status make_model(const hn_source_trials *s, const hn_gp_space *space,
                              hn_target_kind kind, hn_gp_source *model, hn_arena *arena,
                              hn_arena *scratch, hone_error *err)
{
    hn_gp_dim *dims = HN_NEW(scratch, hn_gp_dim, space->n_dims + 1);
    uint32_t *rows = HN_NEW(scratch, uint32_t, POINTS);
    double *x = HN_NEW(scratch, double, (size_t)POINTS * space->n_dims + 1);
    double *y = HN_NEW(scratch, double, POINTS), *targets = HN_NEW(scratch, double, POINTS);
    double *room = HN_NEW(scratch, double, 2 * POINTS);
    if (hn_arena_failed(scratch) || !describe(s, space, dims, model, arena))
        return hn_fail_memory(err);
    hn_gp_space own = {dims, model->n_dims, false};
    hn_gp_prior prior = hn_gp_default_prior(model->n_dims);
    hn_gp_fit_options options = {FIT_EVALUATIONS, 1e-2, false};
    hn_target target;
    double *hyper = HN_NEW(scratch, double, hn_gp_n_hyper(&own));
    if (!hyper)
        return hn_fail_memory(err);
    uint32_t n = choose_points(s, rows);
    for (uint32_t i = 0; i < n; i++) {
        pick(model, s->x + (size_t)rows[i] * space->n_dims, x + (size_t)i * model->n_dims);
        y[i] = s->y[rows[i]];
    }
    hn_target_make(kind, y, n, &target, targets, room);
    hn_gp_start(&own, &prior, hyper);
    HN_TRY(hn_gp_init(&model->gp, &own, false, err));
    HN_TRY(hn_gp_fit(&own, &prior, x, targets, n, &options, hyper, NULL, scratch, err));
    return hn_gp_set(&model->gp, hyper, x, targets, n, err);
}

static hone_status make_models(hn_gp_transfer *t, const hn_sources *sources,
                               const hn_gp_space *space, hn_target_kind kind, hn_arena *scratch,
                               hone_error *err)
{
    hn_gp_transfer_free(t);
    t->list = HN_ZNEW(&t->arena, hn_gp_source, sources->n + 1);
    if (hn_arena_failed(&t->arena))
        return hn_fail_memory(err);
    t->n_dims = space->n_dims;
    HN_TRY(hn_gp_init(&t->rest, space, false, err));
    for (; t->n < sources->n; t->n++) {
        hn_gp_source *model = &t->list[t->n];
        if (sources->list[t->n].n >= LEAST_TRIALS) {
            hone_status status =
                make_model(&sources->list[t->n], space, kind, model, &t->arena, scratch, err);
            if (status != HONE_OK) {
                hn_gp_free(&model->gp);
                return status;
            }
        }
    }
    t->sources = sources;
    t->generation = sources->generation;
    t->kind = kind;
    return HONE_OK;
}

// --- step 2 ---

// Own trials that models are judged by, and what each says of them.
typedef struct contest {
    uint32_t n;                         // points
    double *x;                          // [n x n_dims]
    double *targets;                    // [n]
    double *M, *rest, *mean, *variance; // [n] of the source at hand
    double *own;                        // [n] leave-one-out log densities of the own model
    double *density;                    // [n] those with the source at hand
    double *gains; // [n_sources x n] by how much those with a source are greater
    double *hyper;
} contest;

// What a source's means M [n] explain of the targets, `weight` being how much it counts.
typedef struct prior_mean {
    double slope, level, left; // left: share of the variance that is left to the own process
} prior_mean;

static prior_mean regress(const double *targets, const double *M, uint32_t n, double weight,
                          double *rest)
{
    prior_mean p = {0, 0, 0};
    double middle = 0, tm = 0, mm = 0, tt = 0, rr = 0;
    for (uint32_t j = 0; j < n; j++) {
        p.level += M[j] / n;
        middle += targets[j] / n;
    }
    for (uint32_t j = 0; j < n; j++) {
        tm += (targets[j] - middle) * (M[j] - p.level);
        mm += (M[j] - p.level) * (M[j] - p.level);
    }
    p.slope = weight * fmax(0, (RIDGE + tm) / (RIDGE + mm));
    for (uint32_t j = 0; j < n; j++) {
        rest[j] = targets[j] - p.slope * (M[j] - p.level);
        tt += (targets[j] - middle) * (targets[j] - middle);
        rr += (rest[j] - middle) * (rest[j] - middle);
    }
    double left = (PRIOR_TRIALS * PRIOR_REST + rr) / (PRIOR_TRIALS + tt);
    p.left = 1 - weight * (1 - fmin(1, fmax(LEAST_REST, left)));
    return p;
}

// The own process for what is left, given the own model's hyperparameters.
static hone_status set_rest(hn_gp_transfer *t, const hn_gp_output *o, double left, const double *x,
                            const double *rest, uint32_t n, double *hyper, hone_error *err)
{
    uint32_t n_hyper = hn_gp_n_hyper(&o->gp.space);
    memcpy(hyper, o->gp.hyper, n_hyper * sizeof *hyper);
    hyper[hn_gp_at(&o->gp.space, HN_GP_SCALE)] += log(left);
    return hn_gp_set(&t->rest, hyper, x, rest, n, err);
}

// Leave-one-out log densities of what t->rest was set to; their sum.
static double densities(const hn_gp_transfer *t, contest *c, double *out)
{
    double sum = 0;
    hn_gp_leave_one_out(&t->rest, c->mean, c->variance);
    for (uint32_t j = 0; j < c->n; j++) {
        double z = t->rest.y[j] - c->mean[j];
        out[j] = -0.5 * z * z / c->variance[j] - 0.5 * log(c->variance[j]);
        sum += out[j];
    }
    return sum;
}

static bool open_contest(const hn_gp_transfer *t, const hn_gp_output *o, contest *c,
                         hn_arena *scratch)
{
    uint32_t n = o->n < JUDGED ? o->n : JUDGED, d = t->n_dims;
    c->n = n;
    c->x = HN_NEW(scratch, double, (size_t)n *d + 1);
    c->targets = HN_NEW(scratch, double, n + 1);
    c->M = HN_NEW(scratch, double, n + 1);
    c->rest = HN_NEW(scratch, double, n + 1);
    c->mean = HN_NEW(scratch, double, n + 1);
    c->variance = HN_NEW(scratch, double, n + 1);
    c->own = HN_NEW(scratch, double, n + 1);
    c->density = HN_NEW(scratch, double, n + 1);
    c->gains = HN_NEW(scratch, double, (size_t)t->n *n + 1);
    c->hyper = HN_NEW(scratch, double, hn_gp_n_hyper(&o->gp.space));
    if (hn_arena_failed(scratch))
        return false;
    for (uint32_t j = 0; j < n; j++) {
        size_t point = (size_t)((uint64_t)j * o->n / n);
        memcpy(c->x + (size_t)j * d, o->gp.x + point * d, d * sizeof *c->x);
        c->targets[j] = o->targets.data[point];
    }
    return true;
}

// By how much source i raises the density of each own trial. A source whose slope is 0 has none.
static hone_status try_source(hn_gp_transfer *t, const hn_gp_output *o, contest *c, uint32_t i,
                              double *room, hone_error *err)
{
    hn_gp_source *s = &t->list[i];
    double *x = room, variance, *gains = c->gains + (size_t)i * c->n;
    room += t->n_dims;
    s->weight = 0;
    if (s->gp.n == 0)
        return HONE_OK;
    for (uint32_t j = 0; j < c->n; j++) {
        pick(s, c->x + (size_t)j * t->n_dims, x);
        hn_gp_predict(&s->gp, x, &c->M[j], &variance, NULL, NULL, room);
    }
    prior_mean p = regress(c->targets, c->M, c->n, 1, c->rest);
    if (!(p.slope > 0))
        return HONE_OK;
    double most = -INFINITY, faith = 1;
    for (; faith >= 0; faith -= 0.5) {
        HN_TRY(set_rest(t, o, pow(p.left, faith), c->x, c->rest, c->n, c->hyper, err));
        double sum = densities(t, c, c->density);
        if (sum <= most)
            continue;
        most = sum;
        s->faith = faith;
        for (uint32_t j = 0; j < c->n; j++)
            gains[j] = c->density[j] - c->own[j];
    }
    s->weight = 1;
    return HONE_OK;
}

// One bootstrap sample: the source that gains most wins, if that is more than by luck.
static void play(hn_gp_transfer *t, const contest *c, const uint32_t *count, double *wins)
{
    uint32_t best = t->n;
    double most = LUCK - HEAD_START * PRIOR_TRIALS / (PRIOR_TRIALS + c->n);
    for (uint32_t i = 0; i < t->n; i++) {
        double gain = 0;
        for (uint32_t j = 0; j < c->n; j++)
            gain += count[j] * c->gains[(size_t)i * c->n + j];
        if (t->list[i].weight > 0 && gain > most) {
            most = gain;
            best = i;
        }
    }
    if (best < t->n)
        wins[best]++;
}

static hone_status weigh(hn_gp_transfer *t, const hn_gp_output *o, hn_arena *scratch,
                         hone_error *err)
{
    contest c;
    hn_rng rng = hn_rng_make(o->n, HN_PURPOSE_SUGGEST, 0);
    double *room = HN_NEW(scratch, double, hn_gp_transfer_room(t, 1));
    double *wins = HN_ZNEW(scratch, double, t->n);
    uint32_t *count = HN_NEW(scratch, uint32_t, JUDGED);
    if (!open_contest(t, o, &c, scratch) || hn_arena_failed(scratch))
        return hn_fail_memory(err);
    HN_TRY(set_rest(t, o, 1, c.x, c.targets, c.n, c.hyper, err));
    (void)densities(t, &c, c.own);
    for (uint32_t i = 0; i < t->n; i++)
        HN_TRY(try_source(t, o, &c, i, room, err));
    for (uint32_t draw = 0; draw < DRAWS; draw++) {
        memset(count, 0, JUDGED * sizeof *count);
        for (uint32_t j = 0; j < c.n; j++)
            count[hn_rng_below(&rng, hn_hash32("bootstrap"), draw, j, c.n)]++;
        play(t, &c, count, wins);
    }
    t->weight = t->faith = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        t->list[i].weight = wins[i] / DRAWS;
        t->weight += t->list[i].weight;
        t->faith += t->list[i].weight * t->list[i].faith;
    }
    if (t->weight < LEAST_WEIGHT)
        t->weight = 0;
    else
        t->faith /= t->weight;
    return HONE_OK;
}

// --- step 3 ---

// M at x, and with `d_mean` and `d_variance` its derivatives.
static void predict_sources(const hn_gp_transfer *t, const double *x, double *mean,
                            double *variance, double *d_mean, double *d_variance, double *room)
{
    double *own = room, *dm = own + t->n_dims, *dv = dm + t->n_dims, m, v;
    room = dv + t->n_dims;
    *mean = *variance = 0;
    for (uint32_t j = 0; d_mean && j < t->n_dims; j++)
        d_mean[j] = d_variance[j] = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        const hn_gp_source *s = &t->list[i];
        double share = s->weight / t->weight;
        if (!(share > 0))
            continue;
        pick(s, x, own);
        hn_gp_predict(&s->gp, own, &m, &v, d_mean ? dm : NULL, d_mean ? dv : NULL, room);
        *mean += share * m;
        *variance += share * share * v;
        for (uint32_t j = 0; d_mean && j < s->n_dims; j++) {
            d_mean[s->dims[j]] += share * dm[j];
            d_variance[s->dims[j]] += share * share * dv[j];
        }
    }
}

static hone_status model_rest(hn_gp_transfer *t, const hn_gp_output *o, hn_arena *scratch,
                              hone_error *err)
{
    uint32_t n = o->n, d = t->n_dims;
    double *M = HN_NEW(scratch, double, n + 1), *rest = HN_NEW(scratch, double, n + 1), unused;
    double *room = HN_NEW(scratch, double, hn_gp_transfer_room(t, 1));
    double *hyper = HN_NEW(scratch, double, hn_gp_n_hyper(&o->gp.space));
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    for (uint32_t j = 0; j < n; j++)
        predict_sources(t, o->gp.x + (size_t)j * d, &M[j], &unused, NULL, NULL, room);
    prior_mean p = regress(o->targets.data, M, n, t->weight, rest);
    t->slope = p.slope;
    t->level = p.level;
    return set_rest(t, o, pow(p.left, t->faith), o->gp.x, rest, n, hyper, err);
}

// --- outside ---

hone_status hn_gp_transfer_update(hn_gp_transfer *t, const hn_sources *sources,
                                  const hn_gp_output *o, const hn_gp_space *space,
                                  hn_arena *scratch, hone_error *err)
{
    hone_status status = HONE_OK;
    hn_arena_mark mark = hn_arena_get_mark(scratch);
    t->weight = 0;
    if (sources->n == 0)
        return HONE_OK;
    if (t->sources != sources || t->generation != sources->generation || t->kind != o->chosen)
        status = make_models(t, sources, space, o->chosen, scratch, err);
    if (status == HONE_OK)
        status = weigh(t, o, scratch, err);
    if (status == HONE_OK && t->weight > 0)
        status = model_rest(t, o, scratch, err);
    if (status != HONE_OK)
        hn_gp_transfer_free(t); // nothing of it may be relied on
    hn_arena_rewind(scratch, mark);
    return status;
}

size_t hn_gp_transfer_room(const hn_gp_transfer *t, uint32_t m)
{
    size_t room = hn_gp_room(&t->rest, m);
    for (uint32_t i = 0; i < t->n; i++) {
        size_t more = t->list[i].gp.n > 0 ? hn_gp_room(&t->list[i].gp, m) : 0;
        room = more > room ? more : room;
    }
    // Rows of one source's features, and its means and variances; or derivatives of one point.
    size_t rows = (size_t)m * (t->n_dims + 2) + 5 * (size_t)t->n_dims;
    return room + rows + 1;
}

void hn_gp_transfer_predict(const hn_gp_transfer *t, const double *x, double *mean,
                            double *variance, double *d_mean, double *d_variance, double *room)
{
    double m, v, *dm = room, *dv = dm + t->n_dims;
    room = dv + t->n_dims;
    predict_sources(t, x, &m, &v, d_mean ? dm : NULL, d_mean ? dv : NULL, room);
    hn_gp_predict(&t->rest, x, mean, variance, d_mean, d_variance, room);
    *mean += t->slope * (m - t->level);
    *variance += t->slope * t->slope * v;
    for (uint32_t j = 0; d_mean && j < t->n_dims; j++) {
        d_mean[j] += t->slope * dm[j];
        d_variance[j] += t->slope * t->slope * dv[j];
    }
}

void hn_gp_transfer_predict_many(const hn_gp_transfer *t, const double *x, uint32_t m, double *mean,
                                 double *variance, double *room)
{
    double *rows = room, *M = rows + (size_t)m * t->n_dims, *V = M + m;
    room = V + m;
    hn_gp_predict_many(&t->rest, x, m, mean, variance, room);
    for (uint32_t j = 0; j < m; j++)
        mean[j] -= t->slope * t->level;
    for (uint32_t i = 0; i < t->n; i++) {
        const hn_gp_source *s = &t->list[i];
        double share = t->slope * s->weight / t->weight;
        if (!(share > 0))
            continue;
        for (uint32_t j = 0; j < m; j++)
            pick(s, x + (size_t)j * t->n_dims, rows + (size_t)j * s->n_dims);
        hn_gp_predict_many(&s->gp, rows, m, M, V, room);
        for (uint32_t j = 0; j < m; j++) {
            mean[j] += share * M[j];
            variance[j] += share * share * V[j];
        }
    }
}

void hn_gp_transfer_fitted(const hn_gp_transfer *t, double *mean, double *room)
{
    double m, v;
    hn_gp_fitted(&t->rest, mean);
    for (uint32_t j = 0; j < t->rest.n; j++) {
        predict_sources(t, t->rest.x + (size_t)j * t->n_dims, &m, &v, NULL, NULL, room);
        mean[j] += t->slope * (m - t->level);
    }
}

hone_status hn_gp_transfer_believe(hn_gp_transfer *t, const double *x, double *value, double *room,
                                   hone_error *err)
{
    double variance, m, v;
    hn_gp_transfer_predict(t, x, value, &variance, NULL, NULL, room);
    predict_sources(t, x, &m, &v, NULL, NULL, room);
    return hn_gp_append(&t->rest, x, *value - t->slope * (m - t->level), err);
}
