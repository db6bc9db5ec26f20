// Parameters as axes and choices.
//
//     float                 an axis in [0, 1], linear or log, bent near the ends and mirrored there
//     normal, lognormal     an axis without bounds: 1/2 is the mean, 1/5 a standard deviation
//     int, stepped, ordinal an axis of cells in [0, 1], with a margin; of more than 10,000 values
//                           an ordinary axis, on which neighbours are always near
//     categorical, boolean  a choice
//     subset                a choice of two for each item
//     permutation           an axis for each item: the items in the order of their coordinates
//     simplex               the axes of stick breaking
// What can take one value only has neither. Conditions do not matter here: all axes and choices of
// a point always have values, and those of inactive parameters are not read.
#include "samplers/cmaes_space.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "num/dist.h"
#include "space/unit.h"

#define NORMAL_SD  0.2   // a standard deviation of a normal prior
#define MOST_CELLS 10000 // values of an axis with a margin

static double n_cells(const hn_param *p)
{
    return p->type == HONE_PARAM_ORDINAL ? p->n_choices : (double)p->last + 1;
}

static bool is_normal(const hn_param *p)
{
    return p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL;
}

static bool is_stepped(const hn_param *p)
{
    return p->type == HONE_PARAM_INT || p->type == HONE_PARAM_ORDINAL ||
           (p->type == HONE_PARAM_FLOAT && p->step > 0);
}

// --- making ---

static uint32_t axes_of(const hn_param *p)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
    case HONE_PARAM_ORDINAL:
        if (is_stepped(p) && n_cells(p) < 2)
            return 0;
        return p->scale == HN_LINEAR || p->scale == HN_LOG ? p->low < p->high || is_stepped(p) : 1;
    case HONE_PARAM_PERMUTATION:
    case HONE_PARAM_SIMPLEX:
        return p->n_choices > 1 ? p->n_dims : 0;
    default:
        return 0;
    }
}

static uint32_t choices_of(const hn_param *p)
{
    if (p->type == HONE_PARAM_SUBSET)
        return p->n_choices;
    bool one_of = p->type == HONE_PARAM_CATEGORICAL || p->type == HONE_PARAM_BOOL;
    return one_of && p->n_choices > 1;
}

static hn_cmaes_kind kind_of(const hn_param *p)
{
    if (p->type == HONE_PARAM_FLOAT && is_normal(p))
        return HN_CMAES_NORMAL;
    return is_stepped(p) && n_cells(p) <= MOST_CELLS ? HN_CMAES_CELLS : HN_CMAES_BOUNDED;
}

static double unbend(double u)
{
    double a = HN_CMAES_BEND;
    if (u < a)
        return 2 * sqrt(a * fmax(u, 0)) - a;
    if (u > 1 - a)
        return 1 + a - 2 * sqrt(a * fmax(1 - u, 0));
    return u;
}

// The middle of the prior, or the default; and the prior's width beside that of an even one, which
// a belief makes narrower.
static void begin_axes(hn_cmaes_axis *axes, const hn_param *p, uint32_t n)
{
    double u[HN_MAX_ORDER], low[HN_MAX_ORDER], high[HN_MAX_ORDER];
    hn_slot slots[HN_MAX_ORDER];
    bool is_one = p->n_dims == 1 && !is_normal(p);
    for (uint32_t k = 0; k < n; k++)
        u[k] = 0.5;
    if (p->has_default)
        memcpy(slots, p->fallback, p->n_slots * sizeof *slots);
    else if (is_one)
        hn_prior_decode(p, u, slots);
    if (p->has_default || (is_one && p->belief.present))
        hn_unit_encode(p, slots, u);
    if (p->type == HONE_PARAM_FLOAT && is_normal(p) && p->has_default) {
        double value = p->scale == HN_LOGNORMAL ? log(slots[0].f) : slots[0].f;
        u[0] = 0.5 + NORMAL_SD * (value - p->low) / p->high;
    }
    double shape = 1;
    if (is_one && p->belief.present) {
        hn_prior_decode(p, (const double[]){0.2}, slots);
        hn_unit_encode(p, slots, low);
        hn_prior_decode(p, (const double[]){0.8}, slots);
        hn_unit_encode(p, slots, high);
        shape = hn_clamp((high[0] - low[0]) / 0.6, 0.05, 1);
    }
    for (uint32_t k = 0; k < n; k++) {
        double m = kind_of(p) == HN_CMAES_BOUNDED ? unbend(u[k]) : u[k];
        axes[k] = (hn_cmaes_axis){kind_of(p), p, k, m, shape};
    }
}

static void begin_choices(hn_cmaes_space *s, const hn_param *p, uint32_t first, double *q)
{
    for (uint32_t k = 0; k < choices_of(p); k++) {
        s->choices[first + k] = (hn_cmaes_choice){p, k};
        uint32_t K = s->K[first + k] = p->type == HONE_PARAM_SUBSET ? 2 : p->n_choices;
        bool weighted = p->type == HONE_PARAM_CATEGORICAL && p->weights > 0;
        for (uint32_t c = 0; c < K; c++)
            *q++ = weighted ? p->choices[c].weight / p->weights : 1.0 / K;
    }
}

bool hn_cmaes_space_make(hn_cmaes_space *s, const hone_space *space, hn_arena *arena)
{
    size_t n_q = 0;
    memset(s, 0, sizeof *s);
    s->space = space;
    s->first_axis = HN_NEW(arena, uint32_t, space->n_params + 1);
    s->first_choice = HN_NEW(arena, uint32_t, space->n_params + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        s->first_axis[i] = s->n;
        s->first_choice[i] = s->n_choices;
        s->n += axes_of(p);
        s->n_choices += choices_of(p);
        n_q += (size_t)choices_of(p) * (p->type == HONE_PARAM_SUBSET ? 2 : p->n_choices);
    }
    s->axes = HN_NEW(arena, hn_cmaes_axis, s->n + 1);
    s->choices = HN_NEW(arena, hn_cmaes_choice, s->n_choices + 1);
    s->K = HN_NEW(arena, uint32_t, s->n_choices + 1);
    s->fixed = HN_NEW(arena, bool, s->n + 1);
    s->low = HN_NEW(arena, double, s->n + 1);
    s->up = HN_NEW(arena, double, s->n + 1);
    s->q = HN_NEW(arena, double, n_q + 1);
    if (hn_arena_failed(arena))
        return false;
    double *q = s->q;
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        begin_axes(s->axes + s->first_axis[i], p, axes_of(p));
        begin_choices(s, p, s->first_choice[i], q);
        q += (size_t)choices_of(p) * (p->type == HONE_PARAM_SUBSET ? 2 : p->n_choices);
    }
    for (uint32_t k = 0; k < s->n; k++) {
        bool bounded = s->axes[k].kind == HN_CMAES_BOUNDED;
        s->fixed[k] = s->axes[k].kind == HN_CMAES_CELLS;
        s->low[k] = bounded ? -HN_CMAES_BEND : -INFINITY; // beyond, all would be mirrored
        s->up[k] = bounded ? 1 + HN_CMAES_BEND : INFINITY;
    }
    return true;
}

// --- reading ---

double hn_cmaes_mirror(double x)
{
    double width = 1 + 2 * HN_CMAES_BEND, t = (x + HN_CMAES_BEND) / width;
    if (t >= 0 && t <= 1)
        return x;
    t -= 2 * floor(t / 2); // … 0 → 1 → 0 → 1 …
    return (t <= 1 ? t : 2 - t) * width - HN_CMAES_BEND;
}

// Near an end the distance to it is squared: the slope there is zero, so that neither the mirror is
// a kink nor an optimum at the end a point that has to be hit. Half the decades in x are all the
// decades of the distance.
static double bend(double x)
{
    double a = HN_CMAES_BEND, t = hn_cmaes_mirror(x);
    if (t < a)
        return hn_clamp((t + a) * (t + a) / (4 * a), 0, 1);
    if (t > 1 - a)
        return hn_clamp(1 - (1 + a - t) * (1 + a - t) / (4 * a), 0, 1);
    return t;
}

static double read_axis(const hn_cmaes_axis *axis, double m, double scale, double x)
{
    if (axis->kind == HN_CMAES_CELLS)
        return hn_clamp(m + scale * (x - m), 0, 1);
    return axis->kind == HN_CMAES_BOUNDED ? bend(x) : x;
}

static double normal_value(const hn_param *p, double x)
{
    double value = p->low + p->high * (x - 0.5) / NORMAL_SD;
    if (p->scale == HN_LOGNORMAL)
        return hn_clamp(exp(value), DBL_MIN, DBL_MAX);
    return hn_clamp(value, -DBL_MAX, DBL_MAX) + 0.0; // never -0
}

static void read_choices(const hn_cmaes_space *s, uint32_t p, hn_cmaes_point point, hn_slot *slots)
{
    const hn_param *param = &s->space->params[p];
    const uint32_t *picks = point.picks + s->first_choice[p];
    uint64_t bits = 0;
    for (uint32_t k = 0; param->type == HONE_PARAM_SUBSET && k < param->n_choices; k++)
        bits |= (uint64_t)picks[k] << k;
    bool one_of = param->type != HONE_PARAM_SUBSET && choices_of(param) > 0;
    slots[0].i = one_of ? (int64_t)picks[0] : (int64_t)bits;
}

static void read_param(const hn_cmaes_space *s, uint32_t p, hn_cmaes_lens lens,
                       hn_cmaes_point point, hn_slot *slots)
{
    const hn_param *param = &s->space->params[p];
    uint32_t first = s->first_axis[p], n = axes_of(param);
    double u[HN_MAX_ORDER];
    if (param->type == HONE_PARAM_CATEGORICAL || param->type == HONE_PARAM_BOOL ||
        param->type == HONE_PARAM_SUBSET) {
        read_choices(s, p, point, slots);
        return;
    }
    for (uint32_t k = 0; k < param->n_dims; k++)
        u[k] = 0.5;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t i = first + k;
        u[k] = read_axis(&s->axes[i], lens.m[i], lens.scale[i], point.x[i]);
    }
    if (n > 0 && s->axes[first].kind == HN_CMAES_NORMAL)
        slots[0].f = normal_value(param, u[0]);
    else
        hn_unit_decode(param, u, slots);
}

void hn_cmaes_read(const hn_cmaes_space *s, hn_cmaes_lens lens, hn_cmaes_point point, hn_config out)
{
    for (uint32_t p = 0; p < s->space->n_params; p++)
        read_param(s, p, lens, point, out.slots + s->space->params[p].slot);
    hn_space_activate(s->space, out);
}

// --- fitting ---

static bool is_float(const hn_param *p)
{
    return p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_SIMPLEX;
}

// Are the values the same, but for the rounding of a library that differs a little elsewhere?
static bool same_value(const hn_param *p, const hn_slot *a, const hn_slot *b)
{
    for (uint32_t k = 0; k < p->n_slots; k++) {
        if (!is_float(p) && a[k].i != b[k].i)
            return false;
        double most = fmax(fabs(a[k].f), fabs(b[k].f));
        if (is_float(p) && !(fabs(a[k].f - b[k].f) <= 1e-12 * most))
            return false;
    }
    return true;
}

// The ends of the cell of values that u is read as.
static void cell_of(const hn_cmaes_axis *axis, double u, double *low, double *high)
{
    const hn_param *p = axis->param;
    double n = n_cells(p);
    hn_slot slot;
    if (p->type == HONE_PARAM_INT && p->scale == HN_LOG) {
        double from = log((double)p->ilow - 0.5), to = log((double)p->ihigh + 0.5);
        hn_unit_decode(p, &u, &slot);
        *low = (log((double)slot.i - 0.5) - from) / (to - from);
        *high = (log((double)slot.i + 0.5) - from) / (to - from);
        return;
    }
    double k = hn_clamp(floor(u * n), 0, n - 1);
    *low = k / n;
    *high = (k + 1) / n;
}

void hn_cmaes_thresholds(const hn_cmaes_axis *axis, double u, double *low, double *up)
{
    double below, above, inside = hn_clamp(u, 0, 1);
    cell_of(axis, inside, &below, &above);
    *low = below > 1e-12 ? below : above;
    *up = above < 1 - 1e-12 ? above : below;
}

static void fit_axes(const hn_cmaes_space *s, uint32_t p, hn_cmaes_lens lens, const hn_slot *slots,
                     double *x)
{
    const hn_param *param = &s->space->params[p];
    double u[HN_MAX_ORDER];
    hn_unit_encode(param, slots, u);
    for (uint32_t i = s->first_axis[p]; i < s->first_axis[p] + axes_of(param); i++) {
        const hn_cmaes_axis *axis = &s->axes[i];
        double low, high, value = u[axis->lane];
        if (axis->kind == HN_CMAES_BOUNDED) {
            value = unbend(value);
        } else if (axis->kind == HN_CMAES_NORMAL) {
            value = param->scale == HN_LOGNORMAL ? log(slots[0].f) : slots[0].f;
            value = 0.5 + NORMAL_SD * (value - param->low) / param->high;
        } else if (axis->kind == HN_CMAES_CELLS) {
            // The nearest place inside: any of them stands for the value.
            double now = read_axis(axis, lens.m[i], lens.scale[i], x[i]);
            cell_of(axis, value, &low, &high);
            value = hn_clamp(now, low + 1e-3 * (high - low), high - 1e-3 * (high - low));
            value = lens.m[i] + (value - lens.m[i]) / lens.scale[i];
        }
        x[i] = value;
    }
}

static void fit_choices(const hn_cmaes_space *s, uint32_t p, const hn_slot *slots, uint32_t *picks)
{
    const hn_param *param = &s->space->params[p];
    bool subset = param->type == HONE_PARAM_SUBSET;
    for (uint32_t k = 0; k < choices_of(param); k++)
        picks[s->first_choice[p] + k] =
            (uint32_t)(subset ? (uint64_t)slots[0].i >> k & 1 : (uint64_t)slots[0].i);
}

bool hn_cmaes_fit(const hn_cmaes_space *s, hn_cmaes_lens lens, hn_config config,
                  hn_cmaes_point point)
{
    hn_slot slots[HN_MAX_ORDER];
    bool fitted = true;
    for (uint32_t p = 0; p < s->space->n_params; p++) {
        const hn_param *param = &s->space->params[p];
        const hn_slot *given = config.slots + param->slot;
        if (!hn_active(config.active, p))
            continue;
        read_param(s, p, lens, point, slots);
        if (same_value(param, given, slots))
            continue;
        fitted = false;
        fit_axes(s, p, lens, given, point.x);
        fit_choices(s, p, given, point.picks);
    }
    return fitted;
}
