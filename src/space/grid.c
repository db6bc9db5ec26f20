// Enumerations: value number k of a finite parameter, and the points of a grid.
//
// Finite parameters have all their values; a float has the centres of equal cells of its scale; a
// simplex has the lattice of shares that are multiples of 1/m, m = resolution - 1 (fewer where
// that would be too many). Finite sets beyond 2^32 - 1 are spread over `resolution` points.
#include <math.h>
#include <string.h>

#include "space/domain.h"
#include "space/unit.h"

// --- value number k of a finite parameter ---

// The permutation of lexicographic rank k (n ≤ 20, so that n! fits).
static void unrank_permutation(uint32_t n, uint64_t k, hn_slot *slots)
{
    uint64_t factorial = 1;
    for (uint32_t i = 2; i <= n; i++)
        factorial *= i;
    for (uint32_t i = 0; i < n; i++)
        slots[i].i = i;
    for (uint32_t i = 0; i < n; i++) {
        factorial /= n - i;
        uint32_t pick = i + (uint32_t)(k / factorial);
        k %= factorial;
        hn_slot picked = slots[pick];
        memmove(&slots[i + 1], &slots[i], (pick - i) * sizeof *slots);
        slots[i] = picked;
    }
}

void hn_domain_value(const hn_param *p, uint64_t k, hn_slot *slots)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        slots[0].f = hn_domain_float(p, k);
        break;
    case HONE_PARAM_INT:
        slots[0].i = (int64_t)((uint64_t)p->ilow + k * (uint64_t)p->istep);
        break;
    case HONE_PARAM_PERMUTATION:
        unrank_permutation(p->n_choices, k, slots);
        break;
    default:
        slots[0].i = (int64_t)k;
    }
}

// --- grids ---

// C(m + n - 1, n - 1): ways to cut m into n shares; above `limit` it is limit + 1.
static uint64_t n_compositions(uint32_t m, uint32_t n, uint64_t limit)
{
    uint64_t count = 1;
    // Each partial product is a binomial itself, so the divisions are exact.
    for (uint32_t i = 1; i < n; i++) {
        count = count * (m + i) / i;
        if (count > limit)
            return limit + 1;
    }
    return count;
}

// The finest lattice of at most `resolution` points an edge that can be numbered.
static uint32_t lattice(const hn_param *p, uint32_t resolution)
{
    uint32_t m = resolution > 2 ? resolution - 1 : 1;
    m = m > 1000000 ? 1000000 : m;
    while (m > 1 && n_compositions(m, p->n_choices, UINT32_MAX) > UINT32_MAX)
        m -= m > 64 ? m / 16 : 1;
    return m;
}

static void unrank_composition(const hn_param *p, uint32_t m, uint64_t k, hn_slot *slots)
{
    uint32_t left = m, n = p->n_choices;
    for (uint32_t i = 0; i + 1 < n; i++) {
        uint32_t share = left;
        for (;; share--) {
            uint64_t ways = n_compositions(left - share, n - 1 - i, UINT32_MAX);
            if (k < ways || share == 0)
                break;
            k -= ways;
        }
        slots[i].f = (double)share / m;
        left -= share;
    }
    slots[n - 1].f = (double)left / m;
}

static bool enumerable(const hn_param *p)
{
    return hn_domain_count(p) <= (double)UINT32_MAX;
}

uint32_t hn_grid_size(const hn_param *p, uint32_t resolution)
{
    resolution = resolution > 0 ? resolution : 1;
    if (enumerable(p))
        return (uint32_t)hn_domain_count(p);
    if (p->type == HONE_PARAM_SIMPLEX)
        return (uint32_t)n_compositions(lattice(p, resolution), p->n_choices, UINT32_MAX);
    return resolution;
}

// Permutation number `fraction` of the way through their lexicographic order.
static void spread_permutation(const hn_param *p, double fraction, hn_slot *slots)
{
    uint32_t n = p->n_choices;
    for (uint32_t i = 0; i < n; i++)
        slots[i].i = i;
    for (uint32_t i = 0; i + 1 < n; i++) {
        double scaled = fraction * (n - i);
        uint32_t pick = (uint32_t)scaled;
        pick = pick > n - i - 1 ? n - i - 1 : pick;
        fraction = scaled - pick;
        hn_slot picked = slots[i + pick];
        memmove(&slots[i + 1], &slots[i], pick * sizeof *slots);
        slots[i] = picked;
    }
}

void hn_grid_value(const hn_param *p, uint32_t resolution, uint32_t k, hn_slot *slots)
{
    resolution = resolution > 0 ? resolution : 1;
    double u = ((double)k + 0.5) / resolution;
    if (enumerable(p))
        hn_domain_value(p, k, slots);
    else if (p->type == HONE_PARAM_SIMPLEX)
        unrank_composition(p, lattice(p, resolution), k, slots);
    else if (p->type == HONE_PARAM_PERMUTATION)
        spread_permutation(p, u, slots);
    else if (p->type == HONE_PARAM_SUBSET)
        slots[0].i = (int64_t)(uint64_t)ldexp(u, (int)p->n_choices);
    else
        hn_unit_decode(p, &u, slots);
}
