// Crossover and mutation; see offspring.h.
#include "space/offspring.h"

#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "space/domain.h"
#include "space/unit.h"

// What a draw is for; each has lanes of its own beside those of the priors.
enum { TAKES_PART = 1 << 12, WHICH, FROM_SECOND, SPREAD, SIDE, CHANGES, REDRAWS, HOW, PLACES };
enum { EACH = 1 << 12 }; // lanes of one purpose lie so far apart

typedef struct making {
    const hone_space *space;
    const hn_offspring_rule *rule;
    const hn_rng *rng;
    uint32_t attempt;
    bool crosses;
    uint32_t changed; // the parameter that changes for sure; UINT32_MAX: none
} making;

static double uniform(const making *m, const hn_param *p, uint32_t purpose, uint32_t lane)
{
    return hn_rng_uniform(m->rng, p->hash, m->attempt, purpose * EACH + lane);
}

static uint32_t below(const making *m, const hn_param *p, uint32_t purpose, uint32_t lane,
                      uint32_t n)
{
    return (uint32_t)hn_rng_below(m->rng, p->hash, m->attempt, purpose * EACH + lane, n);
}

static bool is_number(const hn_param *p)
{
    return p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_INT ||
           p->type == HONE_PARAM_ORDINAL;
}

// --- crossover ---

// A child of two coordinates in [0, 1], near to the first of them or beyond it.
static double simulated_binary(double x, double y, double eta, double u)
{
    double low = fmin(x, y), high = fmax(x, y), gap = high - low;
    if (gap < 1e-14)
        return x;
    double room = x == low ? low : 1 - high; // outside, on the child's side
    double alpha = 2 - pow(1 + 2 * room / gap, -(eta + 1));
    double beta =
        u <= 1 / alpha ? pow(u * alpha, 1 / (eta + 1)) : pow(1 / (2 - u * alpha), 1 / (eta + 1));
    double child = x == low ? 0.5 * (low + high - beta * gap) : 0.5 * (low + high + beta * gap);
    return hn_clamp(child, 0, 1);
}

static void cross_lanes(const making *m, const hn_param *p, const hn_slot *a, const hn_slot *b,
                        hn_slot *out)
{
    double x[HN_MAX_ORDER], y[HN_MAX_ORDER];
    bool differs = false;
    hn_unit_encode(p, a, x);
    hn_unit_encode(p, b, y);
    for (uint32_t k = 0; k < p->n_dims; k++) {
        if (uniform(m, p, FROM_SECOND, k) < 0.5)
            continue;
        bool second = uniform(m, p, SIDE, k) < 0.5;
        differs = true;
        x[k] = simulated_binary(second ? y[k] : x[k], second ? x[k] : y[k], m->rule->eta_cross,
                                uniform(m, p, SPREAD, k));
    }
    if (differs)
        hn_unit_decode(p, x, out);
}

static void cross_items(const making *m, const hn_param *p, const hn_slot *b, hn_slot *out)
{
    uint64_t bits = 0, mine = (uint64_t)out[0].i, others = (uint64_t)b[0].i;
    for (uint32_t k = 0; k < p->n_choices; k++)
        bits |= (uniform(m, p, FROM_SECOND, k) < 0.5 ? mine : others) & (uint64_t)1 << k;
    out[0].i = (int64_t)bits;
}

// `out` holds a's value.
static void cross(const making *m, const hn_param *p, const hn_slot *a, const hn_slot *b,
                  hn_slot *out)
{
    bool blends = is_number(p) || p->type == HONE_PARAM_SIMPLEX;
    if (m->rule->eta_cross > 0 && blends)
        cross_lanes(m, p, a, b, out);
    else if (p->type == HONE_PARAM_SUBSET)
        cross_items(m, p, b, out);
    else if (uniform(m, p, FROM_SECOND, 0) < 0.5)
        memcpy(out, b, p->n_slots * sizeof *out);
}

// --- mutation ---

// A coordinate near x in [0, 1].
static double polynomial(double x, double eta, double u)
{
    double e = eta + 1, delta;
    if (u <= 0.5)
        delta = pow(2 * u + (1 - 2 * u) * pow(1 - x, e), 1 / e) - 1;
    else
        delta = 1 - pow(2 * (1 - u) + (2 * u - 1) * pow(x, e), 1 / e);
    return hn_clamp(x + delta, 0, 1);
}

// Number of values of a stepped number, 0: continuous.
static double n_values(const hn_param *p)
{
    if (p->type == HONE_PARAM_ORDINAL)
        return p->n_choices;
    return p->type == HONE_PARAM_INT || p->step > 0 ? (double)p->last + 1 : 0;
}

// The next value above or below, turning back at the ends.
static void step(const hn_param *p, bool up, hn_slot *out)
{
    if (p->type == HONE_PARAM_ORDINAL) {
        int64_t last = (int64_t)p->n_choices - 1;
        up = out[0].i == 0 || (up && out[0].i < last);
        out[0].i += up ? 1 : -1;
    } else if (p->type == HONE_PARAM_INT) { // unsigned: a range may be wider than an int64_t
        uint64_t k = ((uint64_t)out[0].i - (uint64_t)p->ilow) / (uint64_t)p->istep;
        k = k == 0 || (up && k < p->last) ? k + 1 : k - 1;
        out[0].i = (int64_t)((uint64_t)p->ilow + k * (uint64_t)p->istep);
    } else {
        uint64_t k = hn_domain_index(p, out[0].f);
        up = k == 0 || (up && k < p->last);
        out[0].f = hn_domain_float(p, up ? k + 1 : k - 1);
    }
}

static void mutate_number(const making *m, const hn_param *p, hn_slot *out)
{
    double x, u = uniform(m, p, HOW, 0), n = n_values(p);
    hn_slot was = out[0];
    if (n == 1)
        return;
    hn_unit_encode(p, out, &x);
    x = polynomial(x, m->rule->eta_mutate, u);
    hn_unit_decode(p, &x, out);
    bool same = p->type == HONE_PARAM_FLOAT ? out[0].f == was.f : out[0].i == was.i;
    if (same && n > 1)
        step(p, u > 0.5, out);
}

static void mutate_shares(const making *m, const hn_param *p, hn_slot *out)
{
    double u[HN_MAX_ORDER];
    uint32_t k = below(m, p, PLACES, 0, p->n_dims);
    hn_unit_encode(p, out, u);
    u[k] = polynomial(u[k], m->rule->eta_mutate, uniform(m, p, HOW, 0));
    hn_unit_decode(p, u, out);
}

static void mutate_order(const making *m, const hn_param *p, hn_slot *out)
{
    uint32_t n = p->n_choices;
    uint32_t a = below(m, p, PLACES, 0, n), b = below(m, p, PLACES, 1, n - 1);
    b += b >= a;
    hn_slot item = out[a];
    out[a] = out[b];
    out[b] = item;
}

static void redraw(const making *m, const hn_param *p, hn_slot *out)
{
    double u[HN_MAX_ORDER];
    for (uint32_t k = 0; k < p->n_dims; k++)
        u[k] = uniform(m, p, HOW, k);
    hn_prior_decode(p, u, out);
}

static void mutate(const making *m, const hn_param *p, hn_slot *out)
{
    if (is_number(p)) {
        if (uniform(m, p, REDRAWS, 0) < m->rule->redraw)
            redraw(m, p, out);
        else
            mutate_number(m, p, out);
    } else if (p->n_choices < 2 && p->type != HONE_PARAM_SUBSET) {
        return; // there is nothing else
    } else if (p->type == HONE_PARAM_SUBSET) {
        out[0].i ^= (int64_t)((uint64_t)1 << below(m, p, PLACES, 0, p->n_choices));
    } else if (p->type == HONE_PARAM_PERMUTATION) {
        mutate_order(m, p, out);
    } else if (p->type == HONE_PARAM_SIMPLEX) {
        mutate_shares(m, p, out);
    } else {
        int64_t other = below(m, p, PLACES, 0, p->n_choices - 1);
        out[0].i = other + (other >= out[0].i);
    }
}

// --- a child ---

// Which parameter changes for sure: one that `a` has.
static uint32_t choose_changed(const making *m, hn_config a)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < m->space->n_params; p++)
        n += hn_active(a.active, p);
    if (!m->rule->one || n == 0)
        return UINT32_MAX;
    uint32_t k = (uint32_t)hn_rng_below(m->rng, 0, m->attempt, WHICH * EACH, n);
    for (uint32_t p = 0;; p++)
        if (hn_active(a.active, p) && k-- == 0)
            return p;
}

bool hn_space_offspring(const hone_space *space, hn_config a, hn_config b,
                        const hn_offspring_rule *rule, const hn_rng *rng, uint32_t attempt,
                        hn_config out)
{
    making m = {space, rule, rng, attempt, false, UINT32_MAX};
    m.crosses = hn_rng_uniform(rng, 0, attempt, TAKES_PART * EACH) < rule->cross;
    m.changed = choose_changed(&m, a);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        const hn_slot *first = a.slots + p->slot, *second = b.slots + p->slot;
        hn_slot *child = out.slots + p->slot;
        bool in_first = hn_active(a.active, i);
        bool in_second = m.crosses && hn_active(b.active, i);
        hn_set_active(out.active, i, in_first || in_second);
        memcpy(child, in_first ? first : second, p->n_slots * sizeof *child);
        if (in_first && in_second)
            cross(&m, p, first, second, child);
        bool changes = i == m.changed || uniform(&m, p, CHANGES, 0) < rule->mutate;
        if ((in_first || in_second) && changes)
            mutate(&m, p, child);
    }
    hn_space_fill(space, rng, attempt, out);
    return hn_space_allows(space, out, NULL);
}
