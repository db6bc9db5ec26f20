// Neighbours; see neighbour.h.

#include "space/neighbour.h"

#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "num/dist.h"
#include "space/domain.h"
#include "space/unit.h"

enum { DRAWS = 4, MOST_CHOICES = 16, STEPS = 2 };

// One move of a parameter that is being made.
typedef struct making {
    const hn_param *p;
    const hn_slot *from;
    hn_slot *to;
    uint32_t index;
    double sigma;
    const hn_rng *rng;
    uint32_t attempt;
} making;

static double uniform(const making *m, uint32_t lane)
{
    return hn_rng_uniform(m->rng, m->p->hash, m->attempt, lane);
}

static uint32_t below(const making *m, uint32_t lane, uint32_t n)
{
    return (uint32_t)hn_rng_below(m->rng, m->p->hash, m->attempt, lane, n);
}

static bool is_cells(const hn_param *p)
{
    return p->type == HONE_PARAM_INT ||
           (p->type == HONE_PARAM_FLOAT && p->scale == HN_LINEAR && p->step > 0);
}

static uint32_t n_moves(const hn_param *p)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
        if (!is_cells(p))
            return DRAWS;
        return p->last == 0 ? 0 : p->last <= STEPS ? STEPS : DRAWS;
    case HONE_PARAM_ORDINAL:
        return p->n_choices > 1 ? STEPS : 0;
    case HONE_PARAM_PERMUTATION:
        return p->n_choices > 2 ? p->n_choices : p->n_choices - 1;
    case HONE_PARAM_SUBSET:
        return p->n_choices;
    case HONE_PARAM_SIMPLEX:
        return p->n_choices > 1 ? DRAWS : 0;
    default:
        return p->n_choices - 1 <= MOST_CHOICES ? p->n_choices - 1 : MOST_CHOICES;
    }
}

uint32_t hn_moves_list(const hone_space *space, hn_config config, hn_move *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < space->n_params; i++) {
        uint32_t here = hn_active(config.active, i) ? n_moves(&space->params[i]) : 0;
        for (uint32_t k = 0; out && k < here; k++)
            out[n + k] = (hn_move){i, k};
        n += here;
    }
    return n;
}

uint32_t hn_moves_most(const hone_space *space)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < space->n_params; i++)
        n += n_moves(&space->params[i]);
    return n;
}

// --- one parameter ---

static bool move_choice(const making *m)
{
    uint32_t others = m->p->n_choices - 1;
    uint32_t k = others <= MOST_CHOICES ? m->index : below(m, 0, others);
    m->to[0].i = (int64_t)k + ((int64_t)k >= m->from[0].i);
    return true;
}

static bool move_ordinal(const making *m)
{
    m->to[0].i = m->from[0].i + (m->index == 0 ? -1 : 1);
    return m->to[0].i >= 0 && m->to[0].i < m->p->n_choices;
}

static void draw_near(const making *m)
{
    double u;
    hn_unit_encode(m->p, m->from, &u);
    u = hn_truncnormal_quantile(uniform(m, 0), u, m->sigma, 0, 1);
    hn_unit_decode(m->p, &u, m->to);
}

// The next value of an int or a stepped float, up or down; false past the end.
static bool step_to(const making *m, bool up)
{
    const hn_param *p = m->p;
    if (p->type == HONE_PARAM_INT) {
        uint64_t k = ((uint64_t)m->from[0].i - (uint64_t)p->ilow) / (uint64_t)p->istep;
        if (up ? k >= p->last : k == 0)
            return false;
        k = up ? k + 1 : k - 1;
        m->to[0].i = (int64_t)((uint64_t)p->ilow + k * (uint64_t)p->istep);
        return true;
    }
    uint64_t k = hn_domain_index(p, m->from[0].f);
    if (up ? k >= p->last : k == 0)
        return false;
    m->to[0].f = hn_domain_float(p, up ? k + 1 : k - 1);
    return true;
}

static bool move_number(const making *m)
{
    bool cells = is_cells(m->p);
    if (cells && m->index < STEPS)
        return step_to(m, m->index == 1);
    draw_near(m);
    return m->to[0].i != m->from[0].i; // the same bits
}

static bool move_order(const making *m)
{
    uint32_t n = m->p->n_choices;
    uint32_t a = below(m, 0, n), b = below(m, 1, n - 1);
    b += b >= a;
    m->to[a] = m->from[b];
    m->to[b] = m->from[a];
    return true;
}

static bool move_set(const making *m)
{
    m->to[0].i = (int64_t)((uint64_t)m->from[0].i ^ (uint64_t)1 << m->index);
    return true;
}

static bool move_share(const making *m)
{
    uint32_t n = m->p->n_choices;
    uint32_t a = below(m, 0, n), b = below(m, 1, n - 1);
    b += b >= a;
    double part = fabs(m->sigma * hn_normal_quantile(uniform(m, 2)));
    part = hn_clamp(part, 0, m->from[a].f);
    m->to[a].f = m->from[a].f - part;
    m->to[b].f = hn_clamp(m->from[b].f + part, 0, 1);
    return m->to[b].f != m->from[b].f;
}

static bool move_param(const making *m)
{
    switch (m->p->type) {
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
        return move_number(m);
    case HONE_PARAM_ORDINAL:
        return move_ordinal(m);
    case HONE_PARAM_PERMUTATION:
        return move_order(m);
    case HONE_PARAM_SUBSET:
        return move_set(m);
    case HONE_PARAM_SIMPLEX:
        return move_share(m);
    default:
        return move_choice(m);
    }
}

bool hn_move_make(const hone_space *space, hn_config from, hn_move move, double sigma,
                  const hn_rng *rng, uint32_t attempt, hn_config to)
{
    const hn_param *p = &space->params[move.param];
    hn_config_copy(space, to, from);
    making m = {p, from.slots + p->slot, to.slots + p->slot, move.index, sigma, rng, attempt};
    if (!move_param(&m))
        return false;
    hn_space_fill(space, rng, attempt, to);
    return hn_space_allows(space, to, NULL);
}
