// Differential evolution's child; see differ.h.
#include "space/differ.h"

#include <string.h>

#include "space/unit.h"

// What a draw is for: lanes beside those of the priors.
enum { TAKES = 1 << 13, FOLLOWS = 2 << 13, DIFFERS = 3 << 13, REPAIRS = 4 << 13 };
enum { SURE = 4 }; // lane of the draw of the parameter that changes for sure

typedef struct making {
    const hn_param *p;
    const hn_slot *slots[HN_DIFFER_PARENTS]; // NULL: the parent does not have it
    const hn_difference_rule *rule;
    const hn_rng *rng;
    uint32_t round;
    hn_slot *out;
} making;

static double draw(const making *m, uint32_t lane)
{
    return hn_rng_uniform(m->rng, m->p->hash, m->round, lane);
}

static bool happens(const making *m, uint32_t lane, double probability)
{
    return draw(m, lane) < probability;
}

static double repair(const making *m, uint32_t lane, double x, double v)
{
    if (v >= 0 && v <= 1)
        return v;
    if (m->rule->anywhere)
        return draw(m, REPAIRS + lane);
    return v < 0 ? x / 2 : (1 + x) / 2;
}

static void mutate_lanes(const making *m)
{
    double u[HN_DIFFER_PARENTS][HN_MAX_ORDER];
    for (int k = 0; k < HN_DIFFER_PARENTS; k++)
        if (m->slots[k])
            hn_unit_encode(m->p, m->slots[k], u[k]);
    for (uint32_t i = 0; i < m->p->n_dims; i++) {
        double x = u[HN_DIFFER_TARGET][i], v = x;
        if (m->slots[HN_DIFFER_BASE])
            v += m->rule->pull * (u[HN_DIFFER_BASE][i] - x);
        if (m->slots[HN_DIFFER_PLUS] && m->slots[HN_DIFFER_MINUS])
            v += m->rule->F * (u[HN_DIFFER_PLUS][i] - u[HN_DIFFER_MINUS][i]);
        u[HN_DIFFER_TARGET][i] = repair(m, i, x, v);
    }
    hn_unit_decode(m->p, u[HN_DIFFER_TARGET], m->out);
}

// Bit or choice number `lane` of the child.
static int64_t mix(const making *m, uint32_t lane, const int64_t has[HN_DIFFER_PARENTS])
{
    int64_t v = has[HN_DIFFER_TARGET];
    int64_t plus = has[HN_DIFFER_PLUS], minus = has[HN_DIFFER_MINUS];
    if (m->slots[HN_DIFFER_BASE] && happens(m, FOLLOWS + lane, m->rule->pull))
        v = has[HN_DIFFER_BASE];
    if (m->slots[HN_DIFFER_PLUS] && m->slots[HN_DIFFER_MINUS] && plus != minus &&
        happens(m, DIFFERS + lane, m->rule->F))
        v = plus;
    return v;
}

static void mutate_choices(const making *m)
{
    int64_t has[HN_DIFFER_PARENTS] = {0};
    uint64_t bits = 0;
    bool subset = m->p->type == HONE_PARAM_SUBSET;
    uint32_t n = subset ? m->p->n_choices : 1;
    for (uint32_t lane = 0; lane < n; lane++) {
        for (int k = 0; k < HN_DIFFER_PARENTS; k++)
            if (m->slots[k])
                has[k] = subset ? m->slots[k][0].i >> lane & 1 : m->slots[k][0].i;
        bits |= (uint64_t)mix(m, lane, has) << lane;
    }
    m->out[0].i = (int64_t)bits;
}

static bool is_choice(const hn_param *p)
{
    return p->type == HONE_PARAM_CATEGORICAL || p->type == HONE_PARAM_BOOL ||
           p->type == HONE_PARAM_SUBSET;
}

static uint32_t sure_param(const hone_space *space, const hn_rng *rng, uint32_t round, hn_config x)
{
    uint32_t n = 0;
    for (uint32_t p = 0; p < space->n_params; p++)
        n += hn_active(x.active, p);
    uint32_t k = n > 0 ? (uint32_t)hn_rng_below(rng, UINT32_MAX - 1, round, SURE, n) : 0;
    for (uint32_t p = 0; p < space->n_params; p++)
        if (hn_active(x.active, p) && k-- == 0)
            return p;
    return 0;
}

bool hn_space_differ(const hone_space *space, const hn_config parents[HN_DIFFER_PARENTS],
                     const hn_difference_rule *rule, const hn_rng *rng, uint32_t round,
                     hn_config out)
{
    uint32_t sure = sure_param(space, rng, round, parents[HN_DIFFER_TARGET]);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        making m = {p, {NULL}, rule, rng, round, out.slots + p->slot};
        for (int k = 0; k < HN_DIFFER_PARENTS; k++)
            if (hn_active(parents[k].active, i))
                m.slots[k] = parents[k].slots + p->slot;
        for (int k = HN_DIFFER_BASE; !m.slots[HN_DIFFER_TARGET] && k < HN_DIFFER_PARENTS; k++)
            m.slots[HN_DIFFER_TARGET] = m.slots[k]; // from a donor, if one has it
        hn_set_active(out.active, i, m.slots[HN_DIFFER_TARGET] != NULL);
        if (!m.slots[HN_DIFFER_TARGET])
            continue;
        memcpy(m.out, m.slots[HN_DIFFER_TARGET], p->n_slots * sizeof *m.out);
        if (i != sure && !happens(&m, TAKES, rule->CR))
            continue;
        if (is_choice(p))
            mutate_choices(&m);
        else
            mutate_lanes(&m);
    }
    hn_space_fill(space, rng, round, out);
    return hn_space_allows(space, out, NULL);
}
