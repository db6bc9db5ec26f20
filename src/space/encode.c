// Configurations and the unit cube: uniform in each parameter's own scale.
//
//     float       linear or log interpolation; the ends are exactly 0 and 1
//     stepped, int, choices
//                 N equal cells, value k at the centre (k + 1/2) / N
//     log int     value k owns [log(k - 1/2), log(k + 1/2)], so that every value can appear
//     normal      Φ((x - mean) / sd), of log x for a lognormal
//     permutation random keys: the items in the order of their coordinates
//     subset      a coordinate an item, in when ≥ 1/2
//     simplex     stick breaking: the i-th share takes 1 - u^(1/(n-1-i)) of what is left, which
//                 makes uniform coordinates uniform on the simplex
// NaN decodes as the middle, what is outside as the nearer end.
#include <float.h>
#include <math.h>

#include "num/clamp.h"
#include "num/dist.h"
#include "space/domain.h"
#include "space/unit.h"

static double clamp_unit(double u)
{
    return isnan(u) ? 0.5 : hn_clamp(u, 0, 1);
}

// floor(u · n) inside 0 … n - 1.
static uint64_t cell_of(double u, double n)
{
    double k = floor(u * n);
    return (uint64_t)hn_clamp(k, 0, n - 1);
}

static double cell_centre(uint64_t k, double n)
{
    return ((double)k + 0.5) / n;
}

// --- float ---

static double lerp(double low, double high, double u)
{
    double x;
    // The difference may overflow, the two halves of the sum do not.
    if (isfinite(high - low))
        x = low + u * (high - low);
    else
        x = low * (1 - u) + high * u;
    return u == 1 ? high : hn_clamp(x, low, high);
}

static double unlerp(double low, double high, double x)
{
    if (isfinite(high - low))
        return hn_clamp((x - low) / (high - low), 0, 1);
    return hn_clamp((x / 2 - low / 2) / (high / 2 - low / 2), 0, 1);
}

static double decode_float(const hn_param *p, double u)
{
    switch (p->scale) {
    case HN_NORMAL:
        // Without the ends, where the quantile is infinite.
        return p->low + p->high * hn_normal_quantile(hn_clamp(u, DBL_MIN, 1 - DBL_EPSILON / 2));
    case HN_LOGNORMAL: {
        double z = hn_normal_quantile(hn_clamp(u, DBL_MIN, 1 - DBL_EPSILON / 2));
        return hn_clamp(exp(p->low + p->high * z), DBL_MIN, DBL_MAX);
    }
    case HN_LOG:
        if (u == 0 || u == 1)
            return u == 0 ? p->low : p->high;
        return hn_clamp(exp(lerp(log(p->low), log(p->high), u)), p->low, p->high);
    default:
        if (p->step > 0)
            return hn_domain_float(p, cell_of(u, (double)p->last + 1));
        return lerp(p->low, p->high, u);
    }
}

static double encode_float(const hn_param *p, double x)
{
    switch (p->scale) {
    case HN_NORMAL:
        return hn_normal_cdf((x - p->low) / p->high);
    case HN_LOGNORMAL:
        return x > 0 ? hn_normal_cdf((log(x) - p->low) / p->high) : 0;
    case HN_LOG:
        return x > 0 ? unlerp(log(p->low), log(p->high), log(x)) : 0;
    default:
        if (p->step > 0)
            return cell_centre(hn_domain_index(p, x), (double)p->last + 1);
        return unlerp(p->low, p->high, x);
    }
}

// --- int ---

static int64_t decode_int(const hn_param *p, double u)
{
    if (p->scale == HN_LOG) {
        double x = exp(lerp(log((double)p->ilow - 0.5), log((double)p->ihigh + 0.5), u));
        return (int64_t)hn_clamp(floor(x + 0.5), (double)p->ilow, (double)p->ihigh);
    }
    uint64_t k = cell_of(u, (double)p->last + 1);
    return (int64_t)((uint64_t)p->ilow + k * (uint64_t)p->istep);
}

static double encode_int(const hn_param *p, int64_t x)
{
    x = x < p->ilow ? p->ilow : x > p->ihigh ? p->ihigh : x;
    if (p->scale == HN_LOG)
        return unlerp(log((double)p->ilow - 0.5), log((double)p->ihigh + 0.5), log((double)x));
    uint64_t k = ((uint64_t)x - (uint64_t)p->ilow) / (uint64_t)p->istep;
    return cell_centre(k > p->last ? p->last : k, (double)p->last + 1);
}

// --- the others ---

static void decode_permutation(const hn_param *p, const double *u, hn_slot *slots)
{
    // Insertion sort: at most 256 items, and equal keys keep the order of the items.
    for (uint32_t i = 0; i < p->n_choices; i++) {
        double key = clamp_unit(u[i]);
        uint32_t at = i;
        for (; at > 0 && clamp_unit(u[slots[at - 1].i]) > key; at--)
            slots[at] = slots[at - 1];
        slots[at].i = i;
    }
}

static void decode_subset(const hn_param *p, const double *u, hn_slot *slots)
{
    uint64_t bits = 0;
    for (uint32_t i = 0; i < p->n_choices; i++)
        bits |= (uint64_t)(clamp_unit(u[i]) >= 0.5) << i;
    slots[0].i = (int64_t)bits;
}

static void decode_simplex(const hn_param *p, const double *u, hn_slot *slots)
{
    double left = 1;
    uint32_t n = p->n_choices;
    for (uint32_t i = 0; i + 1 < n; i++) {
        double v = clamp_unit(u[i]);
        // 1 - v^(1/m) without cancellation; v = 0 takes all that is left.
        double part = v > 0 ? -expm1(log(v) / (double)(n - 1 - i)) : 1;
        slots[i].f = left * hn_clamp(part, 0, 1) + 0.0; // never -0
        left = hn_clamp(left - slots[i].f, 0, 1);
    }
    slots[n - 1].f = left;
}

static void encode_simplex(const hn_param *p, const hn_slot *slots, double *u)
{
    double left = 1;
    uint32_t n = p->n_choices;
    for (uint32_t i = 0; i + 1 < n; i++) {
        // Nothing left: any coordinate gives the same share.
        double part = left > 0 ? hn_clamp(slots[i].f / left, 0, 1) : 0.5;
        u[i] = left > 0 ? exp((double)(n - 1 - i) * log1p(-part)) : 0.5;
        left = hn_clamp(left - slots[i].f, 0, 1);
    }
}

void hn_unit_decode(const hn_param *p, const double *u, hn_slot *slots)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        slots[0].f = decode_float(p, clamp_unit(u[0])) + 0.0; // never -0
        break;
    case HONE_PARAM_INT:
        slots[0].i = decode_int(p, clamp_unit(u[0]));
        break;
    case HONE_PARAM_PERMUTATION:
        decode_permutation(p, u, slots);
        break;
    case HONE_PARAM_SUBSET:
        decode_subset(p, u, slots);
        break;
    case HONE_PARAM_SIMPLEX:
        decode_simplex(p, u, slots);
        break;
    default:
        slots[0].i = (int64_t)cell_of(clamp_unit(u[0]), p->n_choices);
    }
}

void hn_unit_encode(const hn_param *p, const hn_slot *slots, double *u)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        u[0] = encode_float(p, slots[0].f);
        break;
    case HONE_PARAM_INT:
        u[0] = encode_int(p, slots[0].i);
        break;
    case HONE_PARAM_PERMUTATION:
        for (uint32_t i = 0; i < p->n_choices; i++)
            u[slots[i].i] = cell_centre(i, p->n_choices);
        break;
    case HONE_PARAM_SUBSET:
        for (uint32_t i = 0; i < p->n_choices; i++)
            u[i] = (uint64_t)slots[0].i >> i & 1 ? 0.75 : 0.25;
        break;
    case HONE_PARAM_SIMPLEX:
        encode_simplex(p, slots, u);
        break;
    default:
        u[0] = cell_centre((uint64_t)slots[0].i, p->n_choices);
    }
}

void hn_space_encode(const hone_space *space, hn_config config, double *u)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        for (uint32_t k = 0; k < p->n_dims; k++)
            u[p->dim + k] = 0.5;
        if (hn_active(config.active, i))
            hn_unit_encode(p, config.slots + p->slot, u + p->dim);
    }
}

void hn_space_decode(const hone_space *space, const double *u, hn_config out)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        hn_unit_decode(p, u + p->dim, out.slots + p->slot);
    }
    hn_space_activate(space, out);
}
