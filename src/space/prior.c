// Priors: from uniform numbers to values, one number a dimension.
//
// Weights: choice i owns a cell as wide as its share of the weights.
// Beliefs: u below 0.8, stretched, goes through a normal about the centre, cut to the range (on
// the log scale with sd = log factor for `*/`, else with sd = width); the rest of u goes through
// the plain prior. One number in, one value out, and a wrong belief never excludes anything: a
// fifth of the draws do not know it.
#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "num/dist.h"
#include "space/domain.h"
#include "space/unit.h"

#define BELIEF_SHARE 0.8

// Linear search: the sum of at most 65,536 weights costs less than what is done with the value.
static uint32_t weighted_choice(const hn_param *p, double u)
{
    double target = u * p->weights, sum = 0;
    for (uint32_t i = 0; i + 1 < p->n_choices; i++) {
        sum += p->choices[i].weight;
        if (target < sum)
            return i;
    }
    return p->n_choices - 1;
}

// Quantile of the believed normal between `low` and `high` (both above zero for a factor).
static double believed(const hn_belief *b, double u, double low, double high)
{
    if (b->is_factor)
        return exp(hn_truncnormal_quantile(u, log(b->centre), log(b->spread), log(low), log(high)));
    return hn_truncnormal_quantile(u, b->centre, b->spread, low, high);
}

static void believed_float(const hn_param *p, double u, hn_slot *slot)
{
    double low = p->low, high = p->high;
    if (p->step > 0) {
        // Half a step beyond the ends, so that these get a whole cell as the others do.
        low -= p->step / 2;
        high = hn_domain_float(p, p->last) + p->step / 2;
        if (p->belief.is_factor && low <= 0)
            low = p->low;
        slot->f = hn_domain_float(p, hn_domain_index(p, believed(&p->belief, u, low, high)));
        return;
    }
    double x = believed(&p->belief, u, low, high);
    slot->f = hn_clamp(x, low, high) + 0.0;
}

static int64_t nearest_int(const hn_param *p, double x)
{
    double k = round((x - (double)p->ilow) / (double)p->istep);
    k = !(k > 0) ? 0 : k > (double)p->last ? (double)p->last : k;
    return (int64_t)((uint64_t)p->ilow + (uint64_t)k * (uint64_t)p->istep);
}

static void believed_int(const hn_param *p, double u, hn_slot *slot)
{
    double half = (double)p->istep / 2;
    double low = (double)p->ilow - half;
    double high = (double)p->ilow + (double)p->last * (double)p->istep + half;
    if (p->belief.is_factor && low <= 0)
        low = (double)p->ilow;
    slot->i = nearest_int(p, believed(&p->belief, u, low, high));
}

void hn_prior_decode(const hn_param *p, const double *u, hn_slot *slots)
{
    double rest = u[0];
    if (p->weights > 0) {
        slots[0].i = weighted_choice(p, u[0]);
        return;
    }
    if (p->belief.present) {
        if (u[0] < BELIEF_SHARE) {
            if (p->type == HONE_PARAM_INT)
                believed_int(p, u[0] / BELIEF_SHARE, slots);
            else
                believed_float(p, u[0] / BELIEF_SHARE, slots);
            return;
        }
        rest = (u[0] - BELIEF_SHARE) / (1 - BELIEF_SHARE);
        hn_unit_decode(p, &rest, slots);
        return;
    }
    hn_unit_decode(p, u, slots);
}

void hn_space_from_prior(const hone_space *space, const double *u, hn_config out)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        hn_prior_decode(p, u + p->dim, out.slots + p->slot);
    }
    hn_space_activate(space, out);
}

// --- defaults ---

static uint32_t heaviest(const hn_param *p)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < p->n_choices; i++) {
        if (p->choices[i].weight > p->choices[best].weight)
            best = i;
    }
    return best;
}

// Where no default is given: the belief's centre, the middle of the scale, the heaviest choice,
// items as they were listed, equal shares.
static void middle(const hn_param *p, hn_slot *slots)
{
    double half[HN_MAX_ORDER];
    for (uint32_t k = 0; k < p->n_dims; k++)
        half[k] = 0.5;
    switch (p->type) {
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
        if (p->belief.present && p->type == HONE_PARAM_INT)
            slots[0].i = nearest_int(p, p->belief.centre);
        else if (p->belief.present && p->step > 0)
            slots[0].f = hn_domain_float(p, hn_domain_index(p, p->belief.centre));
        else if (p->belief.present)
            slots[0].f = p->belief.centre;
        else
            hn_unit_decode(p, half, slots);
        break;
    case HONE_PARAM_CATEGORICAL:
        slots[0].i = heaviest(p);
        break;
    case HONE_PARAM_ORDINAL:
        hn_prior_decode(p, half, slots);
        break;
    case HONE_PARAM_PERMUTATION:
        for (uint32_t i = 0; i < p->n_choices; i++)
            slots[i].i = i;
        break;
    case HONE_PARAM_SIMPLEX:
        for (uint32_t i = 0; i < p->n_choices; i++)
            slots[i].f = 1 / (double)p->n_choices;
        break;
    default: // false, the empty set
        slots[0].i = 0;
    }
}

void hn_space_default(const hone_space *space, hn_config out)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        if (p->has_default)
            memcpy(out.slots + p->slot, p->fallback, p->n_slots * sizeof *out.slots);
        else
            middle(p, out.slots + p->slot);
    }
    hn_space_activate(space, out);
}

bool hn_space_has_defaults(const hone_space *space)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        if (space->params[i].has_default)
            return true;
    }
    return false;
}
