// Points as coordinates in which the kernel is a function of distance; see gp.h.
#include "learn/gp.h"

#include <math.h>

#include "num/clamp.h"

// Half the range: so far the ends of an active one are from its middle.
#define INACTIVE 0.5
// The warp's derivatives are infinite at the ends.
#define EDGE 1e-7

static uint32_t count(const hn_gp_space *space, bool choices)
{
    uint32_t n = 0;
    for (uint32_t j = 0; j < space->n_dims; j++)
        if (space->dims[j].is_choice)
            n += choices;
        else
            n += choices ? 0 : 1 + space->dims[j].optional;
    return n;
}

bool hn_gp_embed_init(hn_gp_embedding *e, const hn_gp_space *space, hn_arena *arena)
{
    uint32_t c = 0, k = 0;
    e->space = space;
    e->n_coords = count(space, false);
    e->n_choices = count(space, true);
    e->coord_dim = HN_NEW(arena, uint32_t, e->n_coords + 1);
    e->is_flag = HN_NEW(arena, bool, e->n_coords + 1);
    e->choice_dim = HN_NEW(arena, uint32_t, e->n_choices + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t j = 0; j < space->n_dims; j++) {
        if (space->dims[j].is_choice) {
            e->choice_dim[k++] = j;
            continue;
        }
        for (int flag = 0; flag <= space->dims[j].optional; flag++) {
            e->coord_dim[c] = j;
            e->is_flag[c++] = flag;
        }
    }
    return true;
}

double hn_gp_warp(double u, double log_a, double log_b, double *by_u, double *by_a, double *by_b)
{
    double a = exp(log_a), b = exp(log_b);
    u = hn_clamp(u, EDGE, 1 - EDGE);
    double log_u = log(u), power = exp(a * log_u), rest = -expm1(a * log_u);
    double tail = exp(b * log(rest)); // (1 - u^a)^b
    if (by_u)
        *by_u = b * tail / rest * a * power / u;
    if (by_a)
        *by_a = b * tail / rest * power * a * log_u;
    if (by_b)
        *by_b = -b * tail * log(rest);
    return 1 - tail;
}

void hn_gp_inverse_lengths(const hn_gp_space *space, const double *hyper, double *inverse)
{
    for (uint32_t j = 0; j < space->n_dims; j++)
        inverse[j] = exp(-hyper[j]);
}

void hn_gp_embed(const hn_gp_embedding *e, const double *hyper, const double *inverse,
                 const double *x, double *z)
{
    const hn_gp_space *space = e->space;
    uint32_t warp = hn_gp_at(space, HN_GP_WARP);
    for (uint32_t c = 0; c < e->n_coords; c++) {
        uint32_t j = e->coord_dim[c];
        double u = x[j];
        if (isnan(u))
            z[c] = e->is_flag[c] ? INACTIVE : 0;
        else if (e->is_flag[c])
            z[c] = 0;
        else if (space->warp)
            z[c] =
                hn_gp_warp(u, hyper[warp + j], hyper[warp + space->n_dims + j], NULL, NULL, NULL) -
                0.5;
        else
            z[c] = u - 0.5;
        z[c] *= inverse[j];
    }
}
