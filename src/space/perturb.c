// Perturbation of a configuration; see perturb.h.
//
// Source: Jaderberg, Dalibard, Osindero and others: Population Based Training of Neural Networks.
// 2017, section 4 ("perturb" and "resample"). That choices go to a neighbour in their list is the
// custom of Ray Tune; the least move on a linear scale, orders, subsets and shares are our own.
#include "space/perturb.h"

#include <math.h>

#include "num/clamp.h"
#include "space/domain.h"

// What a draw is for: lanes beside those of the priors.
enum { RESAMPLES = 1 << 13, SIDE, PLACE };

typedef struct moving {
    const hn_param *param;
    double share;
    bool up;
    uint32_t place; // of an item or a share
} moving;

static double moved(const moving *m, double value)
{
    const hn_param *p = m->param;
    bool is_int = p->type == HONE_PARAM_INT;
    double low = is_int ? (double)p->ilow : p->low, high = is_int ? (double)p->ihigh : p->high;
    double side = m->up ? 1 : -1, size = fabs(value);
    if (p->scale == HN_NORMAL)
        return value + side * m->share * fmax(size, high / 10); // `high` is its deviation
    if (p->scale == HN_LOGNORMAL)
        return value * (1 + side * m->share);
    if (p->scale == HN_LINEAR)
        size = fmax(size, (high - low) / 10);
    return hn_clamp(value + side * m->share * size, low, high);
}

// Index of the value next to `now` where the move itself comes to nothing on the grid.
static uint64_t at_least_one(const moving *m, uint64_t now, uint64_t then)
{
    if (then != now)
        return then;
    return m->up ? now + (now < m->param->last) : now - (now > 0);
}

static void move_int(const moving *m, hn_slot *slot)
{
    const hn_param *p = m->param; // unsigned: a range may be wider than an int64_t
    double target = moved(m, (double)slot->i);
    uint64_t now = ((uint64_t)slot->i - (uint64_t)p->ilow) / (uint64_t)p->istep;
    double k = round((target - (double)p->ilow) / (double)p->istep);
    uint64_t then = (uint64_t)hn_clamp(k, 0, (double)p->last);
    then = at_least_one(m, now, then);
    slot->i = (int64_t)((uint64_t)p->ilow + then * (uint64_t)p->istep);
}

static void move_float(const moving *m, hn_slot *slot)
{
    const hn_param *p = m->param;
    double target = moved(m, slot->f);
    if (!(p->step > 0)) {
        slot->f = target;
        return;
    }
    double k = round((target - p->low) / p->step);
    uint64_t now = hn_domain_index(p, slot->f), then = (uint64_t)hn_clamp(k, 0, (double)p->last);
    slot->f = hn_domain_float(p, at_least_one(m, now, then));
}

static void move_choice(const moving *m, hn_slot *slot)
{
    int64_t last = m->param->type == HONE_PARAM_BOOL ? 1 : (int64_t)m->param->n_choices - 1;
    int64_t next = slot->i + (m->up ? 1 : -1);
    slot->i = next < 0 ? 0 : next > last ? last : next;
}

static void move_share(const moving *m, hn_slot *slots)
{
    uint32_t n = m->param->n_choices;
    double sum = 0;
    slots[m->place].f = fmax(slots[m->place].f, 0.1 / n) * (1 + (m->up ? 1 : -1) * m->share);
    for (uint32_t k = 0; k < n; k++)
        sum += slots[k].f;
    for (uint32_t k = 0; k < n; k++)
        slots[k].f /= sum;
}

static void move(const moving *m, hn_slot *slots)
{
    switch (m->param->type) {
    case HONE_PARAM_INT:
        move_int(m, slots);
        break;
    case HONE_PARAM_PERMUTATION: {
        hn_slot item = slots[m->place];
        slots[m->place] = slots[m->place + 1];
        slots[m->place + 1] = item;
        break;
    }
    case HONE_PARAM_SUBSET:
        slots[0].i ^= (int64_t)((uint64_t)1 << m->place);
        break;
    case HONE_PARAM_SIMPLEX:
        move_share(m, slots);
        break;
    case HONE_PARAM_ORDINAL:
    case HONE_PARAM_CATEGORICAL:
    case HONE_PARAM_BOOL:
        move_choice(m, slots);
        break;
    default:
        move_float(m, slots);
    }
}

// Places that a move of the parameter may be at; 0: it has but one value.
static uint32_t n_places(const hn_param *p)
{
    switch (p->type) {
    case HONE_PARAM_PERMUTATION:
        return p->n_choices - 1;
    case HONE_PARAM_SUBSET:
        return p->n_choices;
    case HONE_PARAM_SIMPLEX:
        return p->n_choices > 1 ? p->n_choices : 0;
    default:
        return 1;
    }
}

bool hn_space_perturb(const hone_space *space, hn_config from, const hn_perturb_rule *rule,
                      const hn_rng *rng, uint32_t attempt, hn_config to)
{
    hn_config_copy(space, to, from);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        uint32_t n = n_places(p);
        if (!hn_active(from.active, i) || n == 0 || (rule->keep && rule->keep[i]))
            continue;
        if (hn_rng_uniform(rng, p->hash, attempt, RESAMPLES) < rule->resample) {
            hn_set_active(to.active, i, false); // to be filled from its prior
            continue;
        }
        moving m = {.param = p,
                    .share = rule->share,
                    .up = hn_rng_uniform(rng, p->hash, attempt, SIDE) < 0.5,
                    .place = (uint32_t)hn_rng_below(rng, p->hash, attempt, PLACE, n)};
        move(&m, to.slots + p->slot);
    }
    hn_space_fill(space, rng, attempt, to);
    return hn_space_allows(space, to, NULL);
}
