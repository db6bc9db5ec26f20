// Maximising the acquisition function.
//
// Method
//  1. Candidates: points of a Sobol sequence, shifted anew for each trial, some of them through the
//     prior where there is one; and neighbours of the best trials: coordinates moved by normals of
//     0.1, 0.01 and 0.001 of the length scales (no more than of the range), all or few of them,
//     choices and cells exchanged. In ten dimensions no point of a sequence comes near the best
//     ones, where the maximum often is.
//  2. All are brought to configurations, judged in one batch, and the best that are not near each
//     other become starts.
//  3. From each start, in turn until nothing is gained: L-BFGS-B over the continuous coordinates in
//     units of their length scales, and the best of all exchanges of one discrete coordinate, up to
//     sixteen values each, in one batch. What a condition switches on in that comes from the prior.
//     Exchanges that gain nothing even with a bound of their variance are not judged any further.
//  4. The best end that the rules allow and that has not been tried is suggested.
// Sources: Balandat et al. BoTorch. NeurIPS 2020 (starts); Hutter, Hoos, Leyton-Brown. SMAC. LION
// 2011 (neighbours of incumbents).
#include "samplers/gp_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "num/clamp.h"
#include "num/dist.h"
#include "num/lbfgsb.h"
#include "num/qmc.h"
#include "space/unit.h"

enum { MEMORY = 8, ROUNDS = 6, DESCENT = 30, MOST_VALUES = 16, MOST_NEIGHBOURS = 400 };
enum { MOST_EXCHANGED = 3000 };
#define SAME 1e-9 // of a range
enum { INCUMBENTS = 5, LANES_PER_CANDIDATE = 4 };
#define ALL UINT32_MAX
enum {
    NAME_POINT = 1,
    NAME_SHIFT,
    NAME_LOCAL,
    NAME_NORMAL,
    NAME_EXCHANGE,
    NAME_SOURCE
}; // of random streams

// Points at hand, each a row of features and its worth.
typedef struct pool {
    double *x, *worth; // [cap × n_dims], [cap]
    uint32_t n, cap;
} pool;

static bool make_pool(hn_gp_search *s, pool *p, uint32_t cap)
{
    p->x = HN_NEW(s->scratch, double, (size_t)cap * s->scene->n_dims + 1);
    p->worth = HN_NEW(s->scratch, double, cap + 1);
    p->n = 0;
    p->cap = cap;
    return !hn_arena_failed(s->scratch);
}

static double *row_of(const hn_gp_search *s, const pool *p, uint32_t i)
{
    return p->x + (size_t)i * s->scene->n_dims;
}

// Turns x into the features of a configuration. False when a rule forbids that one. Where
// conditions and rules have no say only the parameters with a grid are looked at, or the one that
// feature `only` belongs to (ALL: any).
static bool snap(hn_gp_search *s, double *x, uint32_t lane, uint32_t only)
{
    const hone_space *space = s->problem->space;
    if (s->whole) {
        hn_features_decode(space, x, &s->rng, (s->attempt << 20) + lane, s->config);
        hn_features_encode(space, s->config, x);
        return hn_space_allows(space, s->config, NULL);
    }
    for (uint32_t k = 0; k < s->n_grids; k++) {
        const hn_param *p = &space->params[s->grids[k]];
        if (only != ALL && s->evidence->features[only].param != p->index)
            continue;
        hn_unit_decode(p, x + p->dim, s->config.slots + p->slot);
        hn_unit_encode(p, s->config.slots + p->slot, x + p->dim);
    }
    return true;
}

// The parameters whose rows are not all their own: numbers have a grid, and where a share of a
// simplex takes all that is left the others have no say. And whether that is all there is to a
// configuration.
static bool look_at_space(hn_gp_search *s)
{
    const hone_space *space = s->problem->space;
    s->whole = space->n_rules > 0 || s->optional;
    s->grids = HN_NEW(s->scratch, uint32_t, space->n_params + 1);
    s->n_grids = 0;
    for (uint32_t i = 0; s->grids && i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        const hn_feature *f = &s->evidence->features[p->dim];
        bool folds = p->type == HONE_PARAM_SIMPLEX;
        if (p->n_dims > 0 && f->n_choices == 0 && (folds || isfinite(f->n_values)))
            s->grids[s->n_grids++] = i;
        s->folds |= folds;
    }
    return !hn_arena_failed(s->scratch);
}

// Keeps the last row if it can be used.
static void keep(hn_gp_search *s, pool *p, uint32_t lane, uint32_t only)
{
    double *x = row_of(s, p, p->n);
    for (uint32_t j = 0; j < s->scene->n_dims; j++)
        if (s->evidence->features[j].n_choices == 0 && !isnan(x[j]))
            x[j] = hn_clamp(x[j], s->low[j], s->high[j]);
    p->n += snap(s, x, lane, only);
}

// --- candidates ---

static double uniform(const hn_gp_search *s, uint32_t name, uint32_t i, uint32_t lane)
{
    return hn_rng_uniform(&s->rng, name, (s->attempt << 20) + i, lane);
}

static double sequence(const hn_gp_search *s, uint32_t i, uint32_t j, const uint32_t *shift)
{
    if (j >= HN_SOBOL_MAX_DIM)
        return uniform(s, NAME_POINT, i, j);
    return ((hn_sobol_raw(j, i + 1) ^ shift[j]) + 0.5) * 0x1p-32;
}

static bool has_prior(const hn_gp_search *s)
{
    return s->scene->beliefs->n > 0;
}

static bool add_sequence(hn_gp_search *s, pool *p, uint32_t n)
{
    uint32_t d = s->scene->n_dims;
    uint32_t *shift = HN_NEW(s->scratch, uint32_t, d + 1);
    double *u = HN_NEW(s->scratch, double, d + 1);
    if (hn_arena_failed(s->scratch))
        return false;
    for (uint32_t j = 0; j < d; j++)
        shift[j] = (uint32_t)hn_rng_u64(&s->rng, NAME_SHIFT, s->attempt, j);
    for (uint32_t i = 0; i < n; i++) {
        double *x = row_of(s, p, p->n);
        for (uint32_t j = 0; j < d; j++)
            u[j] = sequence(s, i, j, shift);
        if (has_prior(s) && i % 2 == 0) {
            hn_space_from_prior(s->problem->space, u, s->config);
            hn_features_encode(s->problem->space, s->config, x);
        } else {
            for (uint32_t j = 0; j < d; j++) {
                uint32_t c = s->evidence->features[j].n_choices;
                x[j] = c > 0 ? floor(u[j] * c) : s->low[j] + u[j] * (s->high[j] - s->low[j]);
            }
        }
        keep(s, p, i, ALL);
    }
    return true;
}

// The best trials by what the model says of them, at most INCUMBENTS; how many.
static uint32_t find_incumbents(hn_gp_search *s, uint32_t *points)
{
    const hn_gp_output *o = s->scene->objective;
    uint32_t n = 0, first = s->trial, n_front = s->scene->n_front;
    for (; n < INCUMBENTS && n < n_front; n++) // another part of the front each time
        points[n] = s->scene->front[(first * INCUMBENTS + n) % n_front];
    for (uint32_t i = 0; i < o->n && n_front == 0; i++) {
        const hn_evidence_row *row = &s->evidence->rows.data[o->trials.data[i]];
        double value = o->targets.data[i] - o->gp.noise * o->gp.alpha[i];
        if (s->scene->any_feasible && row->infeasible)
            continue;
        uint32_t at = n < INCUMBENTS ? n++ : INCUMBENTS;
        for (; at > 0; at--) {
            uint32_t other = points[at - 1];
            if (value >= o->targets.data[other] - o->gp.noise * o->gp.alpha[other])
                break;
            if (at < INCUMBENTS)
                points[at] = other;
        }
        if (at < INCUMBENTS)
            points[at] = i;
    }
    return n;
}

// Another value of a discrete coordinate: any other choice, or a cell some steps away.
static double exchanged(const hn_feature *f, double x, double u, double v)
{
    if (f->n_choices > 1) {
        double c = floor(u * (f->n_choices - 1));
        return c >= x ? c + 1 : c;
    }
    double steps = ceil(fmin(-log(v) * 1.5 + 1e-9, f->n_values));
    return x + (u < 0.5 ? -steps : steps) / f->n_values;
}

static void move_coordinate(hn_gp_search *s, double *x, uint32_t i, uint32_t j, double scale)
{
    const hn_feature *f = &s->evidence->features[j];
    double u = uniform(s, NAME_NORMAL, i, 2 * j), v = uniform(s, NAME_NORMAL, i, 2 * j + 1);
    double length = fmin(1, 1 / s->scene->objective->gp.inverse_length[j]);
    if (isnan(x[j]) || f->n_values <= 1)
        return;
    if (f->n_choices > 0 || (isfinite(f->n_values) && f->n_values * scale * length < 1))
        x[j] = exchanged(f, x[j], u, v);
    else
        x[j] += scale * length * hn_normal_quantile(u);
}

// Candidate i near one of the best: half the time near the very best.
static void add_neighbour(hn_gp_search *s, pool *p, const double *const *points, uint32_t n,
                          uint32_t i)
{
    static const double scales[] = {0.1, 0.01, 0.001};
    uint32_t d = s->scene->n_dims, moved = 0;
    double *x = row_of(s, p, p->n);
    double which = uniform(s, NAME_LOCAL, i, 0), how = uniform(s, NAME_LOCAL, i, 1);
    uint32_t k = which < 0.5 ? 0 : (uint32_t)((which - 0.5) * 2 * n);
    double scale = scales[(uint32_t)(uniform(s, NAME_LOCAL, i, 2) * 3)];
    double share = how < 0.5 ? 1 : fmin(1, 2.0 / d);
    memcpy(x, points[k], d * sizeof *x);
    for (uint32_t j = 0; j < d; j++) {
        bool discrete = isfinite(s->evidence->features[j].n_values);
        double chance = discrete ? fmin(1, 1.5 / d) : share;
        if (uniform(s, NAME_LOCAL, i, LANES_PER_CANDIDATE + j) >= chance)
            continue;
        move_coordinate(s, x, i, j, scale);
        moved++;
    }
    if (moved == 0)
        move_coordinate(s, x, i, (uint32_t)(uniform(s, NAME_LOCAL, i, 3) * d), scale);
    keep(s, p, i, ALL);
}

// The best trials of the earlier studies that count, a few of each, as points of this space: what
// they do not know is drawn. At most `most`; how many, or ALL when out of memory.
static uint32_t find_of_sources(hn_gp_search *s, const double **points, uint32_t most)
{
    enum { OF_EACH = 3 };
    const hn_gp_transfer *t = s->scene->transfer;
    uint32_t d = s->scene->n_dims, n = 0;
    for (uint32_t i = 0; t && i < t->n; i++) {
        const hn_source_trials *source = &t->sources->list[i];
        for (uint32_t k = 0; k < OF_EACH && k < source->n && n < most; k++) {
            double *x = HN_NEW(s->scratch, double, d + 1);
            if (!(t->list[i].weight > 0))
                break;
            if (!x)
                return ALL;
            memcpy(x, source->x + (size_t)source->order[k] * d, d * sizeof *x);
            for (uint32_t j = 0; j < d; j++) {
                double u = uniform(s, NAME_SOURCE, i * OF_EACH + k, j);
                uint32_t c = s->evidence->features[j].n_choices;
                if (!source->known[j])
                    x[j] = c > 0 ? floor(u * c) : u;
            }
            points[n++] = x;
        }
    }
    return n;
}

static bool make_candidates(hn_gp_search *s, pool *p)
{
    uint32_t n = (uint32_t)s->options->n_candidates, best[INCUMBENTS];
    const double *points[2 * INCUMBENTS];
    if (!make_pool(s, p, n) || !add_sequence(s, p, n - n / 2))
        return false;
    uint32_t n_best = find_incumbents(s, best);
    for (uint32_t k = 0; k < n_best; k++)
        points[k] = s->scene->objective->gp.x + (size_t)best[k] * s->scene->n_dims;
    uint32_t more = find_of_sources(s, points + n_best, 2 * INCUMBENTS - n_best);
    if (more == ALL)
        return false;
    n_best += more;
    for (uint32_t i = 0; n_best > 0 && i < n / 2; i++)
        add_neighbour(s, p, points, n_best, i);
    hn_gp_acquire_many(s->scene, p->x, p->n, p->worth);
    return true;
}

// --- step 2: starts ---

static double apart(const hn_gp_search *s, const double *a, const double *b)
{
    double most = 0;
    for (uint32_t j = 0; j < s->scene->n_dims; j++) {
        double step = fabs(a[j] - b[j]);
        if (isnan(step))
            step = isnan(a[j]) != isnan(b[j]);
        double inverse = s->scene->objective->gp.inverse_length[j];
        most = fmax(most, step * fmax(inverse, 1));
    }
    return most;
}

// The next best of the pool that is not near a start; p->n when there is none.
static uint32_t next_start(const hn_gp_search *s, const pool *p, const pool *starts)
{
    uint32_t best = p->n;
    for (uint32_t i = 0; i < p->n; i++) {
        if (!(p->worth[i] > -INFINITY) || (best < p->n && p->worth[i] <= p->worth[best]))
            continue;
        bool near = false;
        for (uint32_t k = 0; k < starts->n && !near; k++)
            near = apart(s, row_of(s, p, i), row_of(s, starts, k)) < 0.05;
        best = near ? best : i;
    }
    return best;
}

static bool make_starts(hn_gp_search *s, const pool *p, pool *starts)
{
    if (!make_pool(s, starts, (uint32_t)s->options->n_starts))
        return false;
    while (starts->n < starts->cap) {
        uint32_t best = next_start(s, p, starts);
        if (best == p->n)
            break;
        memcpy(row_of(s, starts, starts->n), row_of(s, p, best), s->scene->n_dims * sizeof *p->x);
        starts->worth[starts->n++] = p->worth[best];
    }
    return true;
}

// --- step 3: continuous coordinates ---

typedef struct descent {
    hn_gp_search *s;
    double *x, *g;          // [n_dims]
    const uint32_t *coords; // [n] those that move
    const double *unit;     // [n] length of one step of each
    uint32_t n;
} descent;

static double loss(void *context, const double *w, double *g)
{
    descent *q = context;
    for (uint32_t k = 0; k < q->n; k++)
        q->x[q->coords[k]] = w[k] * q->unit[k];
    double value = hn_gp_acquire(q->s->scene, q->x, q->g);
    for (uint32_t k = 0; k < q->n; k++)
        g[k] = -q->g[q->coords[k]] * q->unit[k];
    return -value;
}

typedef struct bench {
    double *w, *low, *high, *unit, *g, *room, *before;
    uint32_t *coords;
    pool neighbours;
    uint32_t spent; // neighbours judged
} bench;

static bool make_bench(hn_gp_search *s, bench *b)
{
    uint32_t d = s->scene->n_dims;
    double *room = HN_NEW(s->scratch, double, 6 * (size_t)d + 1);
    b->spent = 0;
    b->room = HN_NEW(s->scratch, double, HN_LBFGSB_ROOM(d, MEMORY));
    b->coords = HN_NEW(s->scratch, uint32_t, d + 1);
    if (!make_pool(s, &b->neighbours, MOST_NEIGHBOURS + MOST_VALUES) || hn_arena_failed(s->scratch))
        return false;
    b->w = room;
    b->low = room + d;
    b->high = room + 2 * (size_t)d;
    b->unit = room + 3 * (size_t)d;
    b->g = room + 4 * (size_t)d;
    b->before = room + 5 * (size_t)d;
    return true;
}

static void descend(hn_gp_search *s, bench *b, double *x, double *worth)
{
    descent q = {s, x, b->g, b->coords, b->unit, 0};
    hn_lbfgsb_options options = {MEMORY, DESCENT, 1e-4, 1e-7};
    for (uint32_t j = 0; j < s->scene->n_dims; j++) {
        if (isfinite(s->evidence->features[j].n_values) || isnan(x[j]))
            continue;
        uint32_t k = q.n++;
        b->coords[k] = j;
        b->unit[k] = fmin(1, 1 / s->scene->objective->gp.inverse_length[j]);
        b->low[k] = s->low[j] / b->unit[k];
        b->high[k] = s->high[j] / b->unit[k];
        b->w[k] = x[j] / b->unit[k];
    }
    if (q.n == 0)
        return;
    memcpy(b->before, x, s->scene->n_dims * sizeof *x);
    hn_lbfgsb_result r = hn_lbfgsb(loss, &q, b->low, b->high, b->w, q.n, &options, b->room);
    for (uint32_t k = 0; k < q.n; k++)
        x[b->coords[k]] =
            hn_clamp(b->w[k] * b->unit[k], s->low[b->coords[k]], s->high[b->coords[k]]);
    double value = -r.value > *worth && snap(s, x, 0, ALL) ? -r.value : -INFINITY;
    if (s->folds && value > *worth)
        value = hn_gp_acquire(s->scene, x, NULL);
    if (value > *worth)
        *worth = value;
    else
        memcpy(x, b->before, s->scene->n_dims * sizeof *x);
}

// --- step 3: discrete coordinates ---

// All values of coordinate j, or some around and some anywhere.
static void add_values(hn_gp_search *s, pool *p, const double *x, uint32_t j, uint32_t round)
{
    const hn_feature *f = &s->evidence->features[j];
    uint32_t n = f->n_values <= MOST_VALUES ? (uint32_t)f->n_values : MOST_VALUES;
    for (uint32_t k = 0; k < n && p->n < p->cap; k++) {
        double *y = row_of(s, p, p->n), u = uniform(s, NAME_EXCHANGE, round * MOST_VALUES + k, j);
        memcpy(y, x, s->scene->n_dims * sizeof *x);
        if (f->n_choices > 0)
            y[j] = f->n_values <= MOST_VALUES ? k : floor(u * f->n_choices);
        else if (f->n_values <= MOST_VALUES)
            y[j] = (k + 0.5) / f->n_values;
        else if (k < 12) // 1, 2, 4, 8, 16, 32 cells to either side
            y[j] = x[j] + (k % 2 ? 1 : -1) * ldexp(1, (int)k / 2) / f->n_values;
        else
            y[j] = u;
        if (y[j] != x[j])
            keep(s, p, j, j);
    }
}

// The best of all exchanges of one coordinate; true when something was gained.
static bool exchange(hn_gp_search *s, bench *b, double *x, double *worth, uint32_t round)
{
    if (b->spent >= MOST_EXCHANGED)
        return false;
    pool *p = &b->neighbours;
    uint32_t d = s->scene->n_dims, best = 0, n_discrete = 0;
    p->n = 0;
    for (uint32_t j = 0; j < d; j++)
        n_discrete += isfinite(s->evidence->features[j].n_values) && !isnan(x[j]);
    // Of very many coordinates a random part, another each time.
    double share = n_discrete * 10.0 > MOST_NEIGHBOURS ? MOST_NEIGHBOURS / (n_discrete * 10.0) : 1;
    for (uint32_t j = 0; j < d && p->n + MOST_VALUES <= p->cap; j++)
        if (isfinite(s->evidence->features[j].n_values) && !isnan(x[j]) &&
            (share >= 1 || uniform(s, NAME_EXCHANGE, (round << 8) + 255, j) < share))
            add_values(s, p, x, j, round);
    if (p->n == 0)
        return false;
    b->spent += p->n;
    hn_gp_acquire_above(s->scene, p->x, p->n, *worth, p->worth);
    for (uint32_t i = 1; i < p->n; i++)
        best = p->worth[i] > p->worth[best] ? i : best;
    if (!(p->worth[best] > *worth + 1e-6))
        return false;
    memcpy(x, row_of(s, p, best), d * sizeof *x);
    *worth = p->worth[best];
    return true;
}

static void climb(hn_gp_search *s, bench *b, double *x, double *worth)
{
    for (uint32_t round = 0; round < ROUNDS; round++) {
        descend(s, b, x, worth);
        if (!exchange(s, b, x, worth, round))
            return;
    }
}

// --- step 4 ---

// May it be suggested? Its configuration stays in s->config. Where numbers are continuous, what is
// next to a trial tells as little as the same again. x becomes the features of the configuration.
static bool is_good(hn_gp_search *s, double *x)
{
    const hone_space *space = s->problem->space;
    hn_features_decode(space, x, &s->rng, s->attempt, s->config);
    if (!hn_is_new(&s->newness, s->config))
        return false;
    if (s->problem->noisy)
        return true;
    hn_features_encode(space, s->config, x);
    bool indexed = s->newness.index && isfinite(space->cardinality); // hn_is_new has answered
    return indexed || !hn_evidence_has_near(s->evidence, x, SAME);
}

// The best of the pool that may be suggested.
static bool take_best(hn_gp_search *s, pool *p, hn_config out)
{
    for (uint32_t k = 0; k < p->n; k++) {
        uint32_t best = 0;
        for (uint32_t i = 1; i < p->n; i++)
            best = p->worth[i] > p->worth[best] ? i : best;
        if (!(p->worth[best] > -INFINITY))
            return false;
        if (is_good(s, row_of(s, p, best))) {
            hn_config_copy(s->problem->space, out, s->config);
            return true;
        }
        p->worth[best] = -INFINITY;
    }
    return false;
}

hone_status hn_gp_search_run(hn_gp_search *s, hn_config out, bool *found, hone_error *err)
{
    pool candidates, starts;
    bench b;
    *found = false;
    if (!look_at_space(s) || !make_candidates(s, &candidates) ||
        !make_starts(s, &candidates, &starts) || !make_bench(s, &b))
        return hn_fail_memory(err);
    for (uint32_t k = 0; k < starts.n; k++)
        climb(s, &b, row_of(s, &starts, k), &starts.worth[k]);
    *found = take_best(s, &starts, out) || take_best(s, &candidates, out);
    return HONE_OK;
}
