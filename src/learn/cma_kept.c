// What a CMA-ES has learned, as bytes for another process of the same build.
//
// Strategy parameters follow from the setup, and the roots of C from its eigenvectors; all else is
// written as it stands. C is not decomposed again: the decomposition in use is of an earlier C.
#include "learn/cma.h"

#include <math.h>
#include <string.h>

enum { MOST_ARRAYS = 11 };

typedef struct numbers {
    uint64_t g, g_eigen, n_level;
    double sigma, sigma_0;
    double V_m, V_C, eta_m, eta_C;
} numbers;

typedef struct array {
    double *x;
    size_t n;
    bool record; // which may hold infinities and NaN
} array;

static uint32_t list_arrays(const hn_cma *s, array *out)
{
    size_t n = s->n, size = s->separable ? n : n * n, rates = s->lr_adapt ? 1 : 0;
    const array all[MOST_ARRAYS] = {{s->m, n, false},
                                    {s->p_sigma, n, false},
                                    {s->p_c, n, false},
                                    {s->C, size, false},
                                    {s->D, n, false},
                                    {s->B, s->separable ? 0 : size, false},
                                    {s->rates.E_m, rates * n, false},
                                    {s->rates.E_C, rates * size, false},
                                    {s->record.best, s->record.size, true},
                                    {s->record.worst, s->record.size, true},
                                    {s->record.median, s->record.size, true}};
    uint32_t n_arrays = 0;
    for (uint32_t a = 0; a < MOST_ARRAYS; a++)
        if (all[a].n > 0)
            out[n_arrays++] = all[a];
    return n_arrays;
}

size_t hn_cma_kept_size(const hn_cma *s)
{
    array arrays[MOST_ARRAYS];
    uint32_t n = list_arrays(s, arrays);
    size_t size = sizeof(numbers);
    for (uint32_t a = 0; a < n; a++)
        size += arrays[a].n * sizeof(double);
    return size;
}

void hn_cma_keep(const hn_cma *s, hn_str *out)
{
    array arrays[MOST_ARRAYS];
    uint32_t n = list_arrays(s, arrays);
    const hn_cma_rates *r = &s->rates;
    const numbers k = {s->g,   s->g_eigen, s->n_level, s->sigma, s->sigma_0,
                       r->V_m, r->V_C,     r->eta_m,   r->eta_C};
    hn_str_add_n(out, (const char *)&k, sizeof k);
    for (uint32_t a = 0; a < n; a++)
        hn_str_add_n(out, (const char *)arrays[a].x, arrays[a].n * sizeof(double));
}

static bool is_finite(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(x[i]))
            return false;
    return true;
}

static bool is_positive(const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!(x[i] > 0))
            return false;
    return true;
}

bool hn_cma_recall(hn_cma *s, const char *bytes)
{
    array arrays[MOST_ARRAYS];
    uint32_t n = list_arrays(s, arrays);
    numbers k;
    memcpy(&k, bytes, sizeof k);
    bytes += sizeof k;
    for (uint32_t a = 0; a < n; a++) {
        memcpy(arrays[a].x, bytes, arrays[a].n * sizeof(double));
        bytes += arrays[a].n * sizeof(double);
        if (!arrays[a].record && !is_finite(arrays[a].x, arrays[a].n))
            return false;
    }
    const double scalars[] = {k.sigma, k.sigma_0, k.V_m, k.V_C, k.eta_m, k.eta_C};
    if (!is_finite(scalars, 6) || !is_positive(scalars, 2) || !is_positive(s->D, s->n))
        return false;
    s->g = k.g, s->g_eigen = k.g_eigen, s->n_level = (uint32_t)k.n_level;
    s->sigma = k.sigma, s->sigma_0 = k.sigma_0;
    s->rates.V_m = k.V_m, s->rates.V_C = k.V_C;
    s->rates.eta_m = k.eta_m, s->rates.eta_C = k.eta_C;
    if (!s->separable)
        hn_cma_make_roots(s);
    return true;
}
