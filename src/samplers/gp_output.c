// One modelled quantity, kept in step with the evidence.
//
// Method
//  1. The trials that have a value are ordered by number. Of n of them the first n_base, a number
//     that follows from n alone, make the base: hyperparameters are fitted to it and its covariance
//     is factorised. The others are appended one by one. So whoever comes to this view by whatever
//     way does the same operations, and gets the same bits.
//  2. n_base is n up to 64 trials and then what is left of n with six leading binary digits, no
//     more than 64 below n: 2 to 5 % of the trials come with a new fit. Models of one study take
//     turns: one whose turn is k looks at n - k trials for this, so that few suggestions wait for
//     more than one fit.
//  3. Of a base of more than `max_points` a third are the best ones, a third the newest, and a
//     third those of an even sample of the others that lie farthest from all taken before. Fits use
//     at most FIT_POINTS of these, evenly spread.
//  4. Which curve turns values into targets is chosen anew when the trials have grown by a factor
//  of
//     about 1.4: by the leave-one-out log density of the better half, in units of the values, after
//     a short fit with each; RANK stands unless another is better by three nats in all. The curve's
//     own numbers follow the values at hand. A base takes the last choice that was made of fewer
//     trials than it has; who comes by has it made ahead of that base, AHEAD curves at a time, so
//     that no suggestion waits for a choice and a fit.
//  5. Where the search has seen infinities the curve's ends stand for them. A pruned trial is worth
//     its last value, but no less than the median of those that were let finish.
//  6. More objectives than hypervolumes are computed of become one, by weights that the trial has
//     (Knowles. ParEGO. IEEE Trans. Evol. Comp. 10, 2006).
#include "samplers/gp_output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { ALWAYS = 64, DIGITS = 6, MOST_BEHIND = 64, FIT_POINTS = 192, CHOICE_POINTS = 112 };
#define USUAL       HN_TARGET_RANK
#define GOOD_REASON 3.0 // nats
enum { AHEAD = 2 };     // curves
enum { CHOICE_EVALUATIONS = 15, FIT_EVALUATIONS = 40, SPREAD_FROM = 800 };

void hn_gp_output_free(hn_gp_output *o)
{
    hn_gp_free(&o->gp);
    hn_vec_free(&o->trials);
    hn_vec_free(&o->params);
    hn_vec_free(&o->values);
    hn_vec_free(&o->targets);
    hn_vec_free(&o->hyper);
    o->made = false;
}

// --- what has a value ---

// The value of a row; NaN when it says nothing.
static double value_of(const hn_gp_output *o, const hn_evidence *e, uint32_t trial)
{
    const hn_evidence_row *row = &e->rows.data[trial];
    switch (o->quantity) {
    case HN_GP_OBJECTIVE:
        if (row->kind == HN_EVIDENCE_COMPLETE)
            return hn_evidence_y(e, trial)[o->column];
        return row->kind == HN_EVIDENCE_PRUNED && e->n_objectives == 1 ? row->last : NAN;
    case HN_GP_CONSTRAINT:
        return row->kind == HN_EVIDENCE_COMPLETE ? hn_evidence_c(e, trial)[o->column] : NAN;
    case HN_GP_COST:
        return o->given[trial];
    default:
        if (row->kind == HN_EVIDENCE_FAILED)
            return 1;
        return row->kind == HN_EVIDENCE_COMPLETE || row->kind == HN_EVIDENCE_PRUNED ? -1 : NAN;
    }
}

uint32_t hn_gp_output_count(const hn_evidence *e)
{
    const hn_gp_output first = {.quantity = HN_GP_OBJECTIVE};
    uint32_t n = 0;
    for (uint32_t t = 0; t < e->n_trials; t++)
        n += !isnan(value_of(&first, e, t));
    return n;
}

typedef struct rows {
    uint32_t *trials; // [n] ascending
    double *values;
    uint32_t n;
} rows;

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Step 5, among the values at hand; `room` [n].
static void lift_pruned(const hn_evidence *e, const uint32_t *trials, uint32_t n, double *values,
                        double *room)
{
    uint32_t n_complete = 0;
    for (uint32_t i = 0; i < n; i++)
        if (e->rows.data[trials[i]].kind == HN_EVIDENCE_COMPLETE)
            room[n_complete++] = values[i];
    if (n_complete == 0 || n_complete == n)
        return;
    qsort(room, n_complete, sizeof *room, by_value);
    for (uint32_t i = 0; i < n; i++)
        if (e->rows.data[trials[i]].kind == HN_EVIDENCE_PRUNED)
            values[i] = fmax(values[i], room[n_complete / 2]);
}

// Step 6: the greatest weighted objective, each between its least and greatest value, and a
// twentieth of all.
static void scalarise(const hn_gp_output *o, const hn_evidence *e, rows *r)
{
    for (uint32_t i = 0; i < r->n; i++)
        r->values[i] = -INFINITY;
    for (uint32_t pass = 0; pass < 2; pass++)
        for (uint32_t m = 0; m < e->n_objectives; m++) {
            double low = INFINITY, high = -INFINITY;
            for (uint32_t i = 0; i < r->n; i++) {
                double y = hn_evidence_y(e, r->trials[i])[m];
                low = isfinite(y) ? fmin(low, y) : low;
                high = isfinite(y) ? fmax(high, y) : high;
            }
            double range = high > low ? high / 2 - low / 2 : 1;
            for (uint32_t i = 0; i < r->n; i++) {
                double y = fmin(fmax(hn_evidence_y(e, r->trials[i])[m], low), high);
                double v = o->weights[m] * (y / 2 - low / 2) / range;
                r->values[i] = pass == 0 ? fmax(r->values[i], v) : r->values[i] + 0.05 * v;
            }
        }
}

static bool gather(const hn_gp_output *o, const hn_evidence *e, rows *r, hn_arena *scratch)
{
    r->n = 0;
    r->trials = HN_NEW(scratch, uint32_t, e->n_trials + 1);
    r->values = HN_NEW(scratch, double, e->n_trials + 1);
    if (hn_arena_failed(scratch))
        return false;
    for (uint32_t t = 0; t < e->n_trials; t++) {
        double value = value_of(o, e, t);
        if (isnan(value))
            continue;
        r->trials[r->n] = t;
        r->values[r->n++] = value;
    }
    if (o->weights)
        scalarise(o, e, r);
    return true;
}

// --- the base ---

// Step 2.
static uint32_t base_of(uint32_t n)
{
    uint32_t shift = 0;
    while (n > ALWAYS && n >> shift >= 1u << DIGITS)
        shift++;
    uint32_t base = n >> shift << shift;
    return n - base >= MOST_BEHIND ? n / MOST_BEHIND * MOST_BEHIND : base;
}

bool hn_gp_output_lasts(uint32_t n)
{
    return n >= ALWAYS;
}

// The trials by which `o` decides what to fit, of n that have a value.
static uint32_t in_turn(const hn_gp_output *o, uint32_t n)
{
    return n <= ALWAYS ? n : n - o->turn < ALWAYS ? ALWAYS : n - o->turn;
}

// The last of 4, 5, 8, 11, 16, 22, 32, …, 2^(k/2), … below n, or n.
static uint32_t choice_of(uint32_t n)
{
    uint32_t k = 4;
    while (floor(exp2((k + 1) / 2.0)) < n)
        k++;
    return (uint32_t)fmin(floor(exp2(k / 2.0)), n);
}

static uint64_t mix(uint64_t key, uint64_t bits)
{
    key = (key ^ bits) * 0x9e3779b97f4a7c15u;
    return key ^ key >> 29;
}

// Of the first n rows: another set, other values or other configurations have another key.
static uint64_t key_of(const hn_evidence *e, const rows *r, uint32_t n)
{
    uint64_t key = mix(n + 1, e->n_dims);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t bits;
        memcpy(&bits, &r->values[i], sizeof bits);
        key = mix(mix(key, r->trials[i]), bits ^ (uint64_t)e->rows.data[r->trials[i]].params << 32);
    }
    return key;
}

// --- step 3: which of many ---

typedef struct ranked {
    double value;
    uint32_t row;
} ranked;

static int by_rank(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static double distance(const double *a, const double *b, uint32_t d)
{
    double sum = 0;
    for (uint32_t j = 0; j < d; j++) {
        double step = a[j] - b[j];
        if (isnan(step))
            sum += isnan(a[j]) != isnan(b[j]);
        else
            sum += fmin(step * step, 1); // choices that differ
    }
    return sum;
}

// Takes `wanted` of the rows that are not taken, each the farthest from all that are. `room` [2 n].
static void take_spread(const hn_evidence *e, const rows *r, uint32_t n, uint32_t wanted,
                        bool *taken, uint32_t *room, double *far)
{
    uint32_t *others = room, *those = room + n, n_others = 0, n_those = 0, seen = 0;
    for (uint32_t i = 0; i < n; i++)
        if (taken[i])
            those[n_those++] = i;
    uint32_t every = (n - n_those) / SPREAD_FROM + 1;
    for (uint32_t i = 0; i < n; i++)
        if (!taken[i] && seen++ % every == 0)
            others[n_others++] = i;
    for (uint32_t k = 0; k < n_others; k++) {
        const double *x = hn_evidence_x(e, r->trials[others[k]]);
        far[k] = INFINITY;
        for (uint32_t i = 0; i < n_those; i++)
            far[k] = fmin(far[k], distance(x, hn_evidence_x(e, r->trials[those[i]]), e->n_dims));
    }
    for (; wanted > 0 && n_others > 0; wanted--) {
        uint32_t best = 0;
        for (uint32_t k = 1; k < n_others; k++)
            best = far[k] > far[best] ? k : best;
        if (far[best] < 0)
            return;
        const double *x = hn_evidence_x(e, r->trials[others[best]]);
        taken[others[best]] = true;
        far[best] = -1;
        for (uint32_t k = 0; k < n_others; k++)
            far[k] = fmin(far[k], distance(hn_evidence_x(e, r->trials[others[k]]), x, e->n_dims));
    }
}

// Takes the `wanted` least of the first n rows. `order` [wanted] is kept sorted.
static void take_best(const hn_gp_output *o, const rows *r, uint32_t n, uint32_t wanted,
                      bool *taken, ranked *order)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n && wanted > 0; i++) {
        double value = o->quantity == HN_GP_CONSTRAINT ? fabs(r->values[i]) : r->values[i];
        ranked one = {o->quantity == HN_GP_FAILURE ? -value : value, i};
        if (count == wanted && by_rank(&one, &order[count - 1]) > 0)
            continue;
        uint32_t at = count < wanted ? count++ : count - 1;
        for (; at > 0 && by_rank(&one, &order[at - 1]) < 0; at--)
            order[at] = order[at - 1];
        order[at] = one;
    }
    for (uint32_t i = 0; i < count; i++)
        taken[order[i].row] = true;
}

// The rows of the base among the first n, ascending; how many.
static bool choose_rows(const hn_gp_output *o, const hn_evidence *e, const rows *r, uint32_t n,
                        uint32_t *chosen, uint32_t *n_chosen, hn_arena *scratch)
{
    uint32_t most = (uint32_t)o->options->max_points, third = most / 3, count = 0;
    bool *taken = HN_ZNEW(scratch, bool, n + 1);
    ranked *order = HN_NEW(scratch, ranked, third + 1);
    uint32_t *room = HN_NEW(scratch, uint32_t, 2 * (size_t)n + 1);
    double *far = HN_NEW(scratch, double, n + 1);
    if (hn_arena_failed(scratch))
        return false;
    for (uint32_t i = 0; i < n; i++)
        taken[i] = n <= most || i + third >= n;
    if (n > most) {
        take_best(o, r, n, third, taken, order);
        for (uint32_t i = 0; i < n; i++)
            count += taken[i];
        take_spread(e, r, n, most - count, taken, room, far);
    }
    *n_chosen = 0;
    for (uint32_t i = 0; i < n; i++)
        if (taken[i])
            chosen[(*n_chosen)++] = i;
    return true;
}

// --- targets ---

// Constraints keep their zero: sign(c) log(1 + |c| / median |c|). Failures lose their mean, costs
// are standardised.
static void plain_targets(hn_gp_output *o, const double *y, uint32_t n, double *out, double *room)
{
    double sum = 0, squares = 0;
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += y[i];
        if (isfinite(y[i]) && y[i] != 0)
            room[m++] = fabs(y[i]);
    }
    o->offset = o->quantity != HN_GP_CONSTRAINT && n > 0 ? sum / n : 0;
    for (uint32_t i = 0; i < n; i++)
        squares += (y[i] - o->offset) * (y[i] - o->offset);
    o->unit = o->quantity == HN_GP_COST && squares > 0 ? sqrt(squares / n) : 1;
    qsort(room, m, sizeof *room, by_value);
    double median = m > 0 ? room[m / 2] : 1;
    for (uint32_t i = 0; i < n; i++)
        out[i] = o->quantity == HN_GP_CONSTRAINT
                     ? copysign(fmin(log1p(fabs(y[i]) / median), 10), y[i])
                     : (y[i] - o->offset) / o->unit;
}

static void make_targets(hn_gp_output *o, hn_target_kind kind, const double *y, uint32_t n,
                         double *out, double *room)
{
    if (o->quantity == HN_GP_OBJECTIVE)
        hn_target_make(kind, y, n, &o->target, out, room);
    else
        plain_targets(o, y, n, out, room);
}

// --- fits ---

// Points of the base as a model takes them.
typedef struct points {
    double *x, *values, *targets, *room; // [n × d], [n], [n], [2 n]
    uint32_t n, d;
} points;

// Every so many of the chosen rows, at most `most`.
static bool read_points(const hn_gp_output *o, const hn_evidence *e, const rows *r,
                        const uint32_t *chosen, uint32_t n, uint32_t most, points *p,
                        hn_arena *scratch)
{
    uint32_t m = n < most ? n : most, *trials = HN_NEW(scratch, uint32_t, m + 1);
    p->n = m;
    p->d = e->n_dims;
    p->x = HN_NEW(scratch, double, (size_t)m * p->d + 1);
    p->values = HN_NEW(scratch, double, m + 1);
    p->targets = HN_NEW(scratch, double, m + 1);
    p->room = HN_NEW(scratch, double, 2 * (size_t)m + 1);
    if (hn_arena_failed(scratch))
        return false;
    for (uint32_t i = 0; i < m; i++) {
        uint32_t row = chosen[(uint64_t)i * n / m];
        memcpy(p->x + (size_t)i * p->d, hn_evidence_x(e, r->trials[row]), p->d * sizeof *p->x);
        p->values[i] = r->values[row];
        trials[i] = r->trials[row];
    }
    if (o->quantity == HN_GP_OBJECTIVE)
        lift_pruned(e, trials, m, p->values, p->room);
    return true;
}

static hn_gp_prior prior_of(const hn_gp_output *o, const hn_gp_space *space)
{
    hn_gp_prior prior = hn_gp_default_prior(space->n_dims);
    if (o->quantity == HN_GP_OBJECTIVE && o->options->deterministic)
        prior.fixed_noise = true;
    if (o->quantity == HN_GP_FAILURE)
        prior.least_noise = 1e-4;
    return prior;
}

// A fit is bounded by what it costs: 2.5e8 products are about 12 ms.
static uint32_t evaluations(uint32_t most, uint32_t n, uint32_t d)
{
    double cost = (double)n * n * (n + 2.0 * d + 10);
    return (uint32_t)fmax(3, fmin(most, 2.5e8 / cost));
}

static hone_status fit(const hn_gp_output *o, const hn_gp_space *space, const points *p,
                       uint32_t most, double *hyper, hn_arena *scratch, hone_error *err)
{
    hn_gp_prior prior = prior_of(o, space);
    hn_gp_fit_options options = {evaluations(most, p->n, p->d), 1e-2, false};
    hn_arena_mark mark = hn_arena_get_mark(scratch);
    hn_gp_start(space, &prior, hyper);
    hone_status status =
        hn_gp_fit(space, &prior, p->x, p->targets, p->n, &options, hyper, NULL, scratch, err);
    hn_arena_rewind(scratch, mark);
    return status;
}

// --- step 4 ---

// How many compete. More objectives need the whole of their front: the worse half counts there.
static uint32_t n_curves(const hn_gp_output *o)
{
    return o->several ? HN_TARGET_POWER + 1 : HN_TARGET_KINDS;
}

// Leave-one-out log density of the values of the better half, given targets and hyperparameters;
// `gp` is used up.
static hone_status judge(const hn_gp_output *o, hn_gp *gp, const hn_target *target, const points *p,
                         const double *hyper, double *score, hone_error *err)
{
    double *mean = p->room, *variance = p->room + p->n;
    double range = target->high / 2 - target->low / 2;
    uint32_t n = 0;
    HN_TRY(hn_gp_set(gp, hyper, p->x, p->targets, p->n, err));
    hn_gp_leave_one_out(gp, mean, variance);
    *score = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        if (!o->several && !((p->values[i] / 2 - target->low / 2) <= target->middle * range))
            continue;
        double z = p->targets[i] - mean[i];
        *score += -0.5 * z * z / variance[i] - 0.5 * log(variance[i]) +
                  hn_target_log_slope(target, p->values[i]);
        n++;
    }
    *score = n > 0 && !isnan(*score) ? *score / p->n : -INFINITY;
    return HONE_OK;
}

// Judges at most `most` of the curves that are left by how well `p` is predicted under each.
static hone_status judge_some(const hn_gp_output *o, const hn_gp_space *space, points *p,
                              uint32_t most, hn_gp *gp, hn_gp_choice *c, hn_arena *scratch,
                              hone_error *err)
{
    double *hyper = HN_NEW(scratch, double, hn_gp_n_hyper(space));
    uint32_t usual = o->several ? HN_TARGET_PLAIN : USUAL;
    if (!hyper)
        return hn_fail_memory(err);
    for (; c->n_judged < n_curves(o) && most > 0; c->n_judged++, most--) {
        hn_target_kind kind = (hn_target_kind)c->n_judged;
        hn_target target;
        double score;
        hn_target_make(kind, p->values, p->n, &target, p->targets, p->room);
        HN_TRY(fit(o, space, p, CHOICE_EVALUATIONS, hyper, scratch, err));
        HN_TRY(judge(o, gp, &target, p, hyper, &score, err));
        // The usual one is left for good reasons only: few points say little.
        score -= c->n_judged == usual ? 0 : GOOD_REASON / p->n;
        if (score > c->score) {
            c->score = score;
            c->kind = kind;
        }
    }
    return HONE_OK;
}

// The same by the first n rows.
static hone_status judge_by(const hn_gp_output *o, const hn_evidence *e, const rows *r, uint32_t n,
                            const hn_gp_space *space, uint32_t most, hn_gp_choice *c,
                            hn_arena *scratch, hone_error *err)
{
    uint32_t *taken = HN_NEW(scratch, uint32_t, n + 1), n_taken;
    hn_gp gp = {0};
    points p;
    if (!taken || !choose_rows(o, e, r, n, taken, &n_taken, scratch) ||
        !read_points(o, e, r, taken, n_taken, CHOICE_POINTS, &p, scratch))
        return hn_fail_memory(err);
    HN_TRY(hn_gp_init(&gp, space, false, err));
    hone_status status = judge_some(o, space, &p, most, &gp, c, scratch, err);
    hn_gp_free(&gp);
    return status;
}

// The choice by the rows with this key, as far as it has been made: the last two are kept.
static hn_gp_choice *choice_for(hn_gp_output *o, uint64_t key)
{
    for (int i = 0; i < 2; i++)
        if (o->choices[i].n_judged > 0 && o->choices[i].key == key)
            return &o->choices[i];
    o->choices[0] = o->choices[1];
    o->choices[1] = (hn_gp_choice){key, 0, o->several ? HN_TARGET_PLAIN : USUAL, -INFINITY};
    return &o->choices[1];
}

// The choice for a base of n rows, of which `most` more curves are judged; it may be made ahead.
static hone_status choose_target(hn_gp_output *o, const hn_evidence *e, const rows *r, uint32_t n,
                                 const hn_gp_space *space, uint32_t most, hn_target_kind *chosen,
                                 hn_arena *scratch, hone_error *err)
{
    uint32_t first = choice_of(n);
    *chosen = HN_TARGET_PLAIN;
    if (o->options->target < HN_TARGET_KINDS)
        *chosen = (hn_target_kind)o->options->target;
    if (o->quantity != HN_GP_OBJECTIVE || o->options->target < HN_TARGET_KINDS)
        return HONE_OK;
    hn_gp_choice *c = choice_for(o, key_of(e, r, first));
    if (c->n_judged < n_curves(o))
        HN_TRY(judge_by(o, e, r, first, space, most, c, scratch, err));
    *chosen = c->kind;
    return HONE_OK;
}

// --- in step ---

static hone_status remember(hn_gp_output *o, const hn_evidence *e, const rows *r, uint32_t row,
                            hone_error *err)
{
    if (!hn_vec_push(&o->trials, r->trials[row]) ||
        !hn_vec_push(&o->params, e->rows.data[r->trials[row]].params) ||
        !hn_vec_push(&o->values, r->values[row]) || !hn_vec_push(&o->targets, 0))
        return hn_fail_memory(err);
    return HONE_OK;
}

// Goes on with the choice for the next base from when its trials are there.
static hone_status look_ahead(hn_gp_output *o, const hn_evidence *e, const rows *r,
                              const hn_gp_space *space, hn_arena *scratch, hone_error *err)
{
    hn_target_kind unused;
    return choose_target(o, e, r, in_turn(o, r->n), space, AHEAD, &unused, scratch, err);
}

static hone_status make_base(hn_gp_output *o, const hn_evidence *e, const rows *r,
                             const hn_gp_space *space, hn_arena *scratch, hone_error *err)
{
    uint32_t n_seen = in_turn(o, r->n), n = base_of(n_seen), n_chosen;
    HN_TRY(choose_target(o, e, r, n, space, HN_TARGET_KINDS, &o->chosen, scratch, err));
    uint64_t key = mix(key_of(e, r, n), (uint64_t)o->chosen + 1);
    if (o->base_key == key && key != 0)
        return n < n_seen ? look_ahead(o, e, r, space, scratch, err) : HONE_OK;
    uint32_t *chosen = HN_NEW(scratch, uint32_t, n + 1);
    points p;
    o->base_key = 0;
    if (hn_arena_failed(scratch) || !choose_rows(o, e, r, n, chosen, &n_chosen, scratch) ||
        !read_points(o, e, r, chosen, n_chosen, FIT_POINTS, &p, scratch))
        return hn_fail_memory(err);
    make_targets(o, o->chosen, p.values, p.n, p.targets, p.room);
    HN_TRY(fit(o, space, &p, FIT_EVALUATIONS, o->hyper.data, scratch, err));
    if (n_chosen > FIT_POINTS) {
        if (!read_points(o, e, r, chosen, n_chosen, n_chosen, &p, scratch))
            return hn_fail_memory(err);
        make_targets(o, o->chosen, p.values, p.n, p.targets, p.room);
    }
    HN_TRY(hn_gp_set(&o->gp, o->hyper.data, p.x, p.targets, p.n, err));
    hn_vec_clear(&o->trials);
    hn_vec_clear(&o->params);
    hn_vec_clear(&o->values);
    hn_vec_clear(&o->targets);
    for (uint32_t i = 0; i < n_chosen; i++)
        HN_TRY(remember(o, e, r, chosen[i], err));
    o->n_base = n_chosen;
    o->base_key = key;
    return HONE_OK;
}

// Appends what came after the base, keeping what is there already.
static hone_status append_others(hn_gp_output *o, const hn_evidence *e, const rows *r,
                                 hone_error *err)
{
    uint32_t n = o->n_base, row = base_of(in_turn(o, r->n));
    while (n < o->trials.n && row < r->n && o->trials.data[n] == r->trials[row] &&
           o->params.data[n] == e->rows.data[r->trials[row]].params) {
        o->values.data[n++] = r->values[row++];
    }
    o->trials.n = o->params.n = o->values.n = o->targets.n = n;
    hn_gp_truncate(&o->gp, n);
    for (; row < r->n; row++) {
        HN_TRY(remember(o, e, r, row, err));
        HN_TRY(hn_gp_append(&o->gp, hn_evidence_x(e, r->trials[row]), 0, err));
    }
    o->n = (uint32_t)o->trials.n;
    return HONE_OK;
}

static hone_status begin(hn_gp_output *o, const hn_gp_space *space, hone_error *err)
{
    uint32_t n = hn_gp_n_hyper(space);
    if (o->made)
        return HONE_OK;
    hn_gp_output_free(o);
    o->base_key = 0;
    o->choices[0] = o->choices[1] = (hn_gp_choice){0};
    HN_TRY(hn_gp_init(&o->gp, space, false, err));
    if (!hn_vec_reserve(&o->hyper, n)) {
        hn_gp_output_free(o);
        return hn_fail_memory(err);
    }
    o->made = true;
    return HONE_OK;
}

static hone_status update(hn_gp_output *o, const hn_evidence *e, const hn_gp_space *space,
                          hn_arena *scratch, hone_error *err)
{
    rows r;
    HN_TRY(begin(o, space, err));
    if (!gather(o, e, &r, scratch))
        return hn_fail_memory(err);
    HN_TRY(make_base(o, e, &r, space, scratch, err));
    HN_TRY(append_others(o, e, &r, err));
    double *room = HN_NEW(scratch, double, 2 * (size_t)o->n + 1);
    double *values = HN_NEW(scratch, double, o->n + 1);
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    if (o->n > 0)
        memcpy(values, o->values.data, o->n * sizeof *values);
    if (o->quantity == HN_GP_OBJECTIVE)
        lift_pruned(e, o->trials.data, o->n, values, room);
    make_targets(o, o->chosen, values, o->n, o->targets.data, room);
    if (o->n > 0)
        hn_gp_retarget(&o->gp, o->targets.data);
    return HONE_OK;
}

hone_status hn_gp_output_update(hn_gp_output *o, const hn_evidence *e, const hn_gp_space *space,
                                hn_arena *scratch, hone_error *err)
{
    hone_status status = update(o, e, space, scratch, err);
    if (status != HONE_OK)
        o->made = false; // nothing of it may be relied on
    return status;
}

hone_status hn_gp_output_believe(hn_gp_output *o, const double *x, double *room, hone_error *err)
{
    double mean, variance;
    hn_gp_predict(&o->gp, x, &mean, &variance, NULL, NULL, room);
    return hn_gp_append(&o->gp, x, mean, err);
}

hone_status hn_gp_output_doubt(hn_gp_output *o, const double *x, double best, double *room,
                               hone_error *err)
{
    double mean, variance;
    hn_gp_predict(&o->gp, x, &mean, &variance, NULL, NULL, room);
    return hn_gp_append(&o->gp, x, fmax(mean + 2 * sqrt(variance), best + 0.5), err);
}
