// What the user believes; see gp_belief.h.
//
// A belief `~ centre*/factor` or `~ centre+-width` is a normal in log x or in x, cut to the range,
// with a share of 0.8 of the mass as where the space is drawn from; the rest is uniform, so that a
// wrong belief costs a bounded factor. Choices have the shares that their weights say. Densities of
// numbers are tabulated once, linear in between.
#include "samplers/gp_belief.h"

#include <math.h>

#include "num/clamp.h"
#include "space/unit.h"

#define SHARE 0.8

// The normal at coordinate u.
static double bell(const hn_param *p, double u)
{
    const hn_belief *b = &p->belief;
    hn_slot slot;
    hn_unit_decode(p, &u, &slot);
    double x = p->type == HONE_PARAM_INT ? (double)slot.i : slot.f;
    double z = b->is_factor ? log(fmax(x, 1e-300) / b->centre) / log(b->spread)
                            : (x - b->centre) / b->spread;
    return exp(-0.5 * z * z);
}

static void fill_number(const hn_param *p, double *out)
{
    double sum = 0;
    for (int k = 0; k <= HN_BELIEF_CELLS; k++) {
        out[k] = bell(p, k / (double)HN_BELIEF_CELLS);
        sum += out[k] * (k == 0 || k == HN_BELIEF_CELLS ? 0.5 : 1);
    }
    // Narrower than a cell: what the table can hold is one cell.
    double mass = fmax(sum / HN_BELIEF_CELLS, 1.0 / HN_BELIEF_CELLS);
    for (int k = 0; k <= HN_BELIEF_CELLS; k++)
        out[k] = log(SHARE * out[k] / mass + (1 - SHARE));
}

static void fill_choice(const hn_param *p, double *out)
{
    for (uint32_t c = 0; c < p->n_choices; c++)
        out[c] = log(p->choices[c].weight / p->weights * p->n_choices);
}

bool hn_gp_beliefs_make(hn_gp_beliefs *b, const hone_space *space, hn_arena *arena)
{
    b->n = 0;
    b->list = HN_NEW(arena, hn_gp_belief, space->n_params + 1);
    for (uint32_t i = 0; i < space->n_params && !hn_arena_failed(arena); i++) {
        const hn_param *p = &space->params[i];
        bool is_choice = p->type == HONE_PARAM_CATEGORICAL && p->weights > 0;
        if (!is_choice && !p->belief.present)
            continue;
        uint32_t n = is_choice ? p->n_choices : HN_BELIEF_CELLS + 1;
        double *table = HN_NEW(arena, double, n);
        if (table && is_choice)
            fill_choice(p, table);
        else if (table)
            fill_number(p, table);
        b->list[b->n++] = (hn_gp_belief){p->dim, n, is_choice, table};
    }
    return !hn_arena_failed(arena);
}

double hn_gp_beliefs_at(const hn_gp_beliefs *b, const double *x, double weight, double *g)
{
    double sum = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        const hn_gp_belief *one = &b->list[i];
        double at = x[one->dim];
        if (isnan(at))
            continue;
        if (one->is_choice) {
            sum += one->log_density[(uint32_t)hn_clamp(at, 0, one->n - 1.0)];
            continue;
        }
        double place = hn_clamp(at, 0, 1) * HN_BELIEF_CELLS;
        uint32_t k = (uint32_t)fmin(place, HN_BELIEF_CELLS - 1);
        double slope = one->log_density[k + 1] - one->log_density[k];
        sum += one->log_density[k] + slope * (place - k);
        if (g)
            g[one->dim] += weight * slope * HN_BELIEF_CELLS;
    }
    return sum;
}
