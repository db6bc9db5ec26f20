// Is a value inside a parameter's domain, and the domain in words.
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "space/choice.h"
#include "space/domain.h"

// Shares add up to one within the rounding of a sum that was written down with a few digits.
#define SIMPLEX_TOLERANCE 1e-6

static void write_float_range(const hn_param *p, hn_str *out)
{
    hn_str_add_double(out, p->low);
    hn_str_add(out, "..");
    hn_str_add_double(out, p->high);
    if (p->step > 0) {
        hn_str_add(out, " step ");
        hn_str_add_double(out, p->step);
    }
}

static void write_int_range(const hn_param *p, hn_str *out)
{
    hn_str_add_int(out, p->ilow);
    hn_str_add(out, "..");
    hn_str_add_int(out, p->ihigh);
    if (p->istep > 1) {
        hn_str_add(out, " step ");
        hn_str_add_int(out, p->istep);
    }
}

void hn_domain_write(const hn_param *p, hn_str *out)
{
    enum { MAX_LIST = 90 };
    size_t start = out->n;
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        if (p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL)
            hn_str_add(out, p->scale == HN_NORMAL ? "the real numbers" : "the numbers above zero");
        else
            write_float_range(p, out);
        return;
    case HONE_PARAM_INT:
        write_int_range(p, out);
        return;
    case HONE_PARAM_SIMPLEX:
        hn_str_printf(out, "%u shares that sum to one", p->n_choices);
        return;
    default:
        for (uint32_t i = 0; i < p->n_choices; i++) {
            if (i > 0)
                hn_str_add(out, ", ");
            if (out->n - start > MAX_LIST) {
                hn_str_printf(out, "… (%u in all)", p->n_choices);
                return;
            }
            hn_choice_show(&p->choices[i], out);
        }
    }
}

void hn_domain_text(const hn_param *p, char *out)
{
    hn_str text = HN_STR_INIT;
    hn_domain_write(p, &text);
    snprintf(out, HN_DOMAIN_TEXT, "%s", hn_str_failed(&text) ? "its range" : hn_str_text(&text));
    hn_str_free(&text);
}

static hone_status outside(const hn_param *p, const char *value, hone_error *err)
{
    char text[HN_DOMAIN_TEXT];
    hn_domain_text(p, text);
    return hn_fail(err, HONE_EINVAL, "%s = %s is outside %s", p->name, value, text);
}

static bool float_fits(const hn_param *p, double x)
{
    if (!isfinite(x) || p->scale == HN_NORMAL)
        return isfinite(x);
    if (p->scale == HN_LOGNORMAL)
        return x > 0;
    return x >= p->low && x <= p->high &&
           (p->step == 0 || x == hn_domain_float(p, hn_domain_index(p, x)));
}

static hone_status refuse_float(const hn_param *p, double x, hone_error *err)
{
    char value[HN_DOUBLE_TEXT], near[2][HN_DOUBLE_TEXT];
    hn_double_text(x, value);
    if (!isfinite(x))
        return hn_fail(err, HONE_EINVAL, "%s = %s is not a finite number", p->name, value);
    if (p->scale == HN_LOGNORMAL || x < p->low || x > p->high)
        return outside(p, value, err);
    uint64_t k = hn_domain_index(p, x);
    double grid = hn_domain_float(p, k);
    // The two neighbours; above the last value there is but one.
    uint64_t below = grid > x && k > 0 ? k - 1 : k;
    hn_double_text(hn_domain_float(p, below), near[0]);
    hn_double_text(hn_domain_float(p, below < p->last ? below + 1 : below), near[1]);
    char step[HN_DOUBLE_TEXT];
    hn_double_text(p->step, step);
    if (below == p->last)
        return hn_fail(err, HONE_EINVAL, "%s = %s is not on the steps of %s; the last one is %s",
                       p->name, value, step, near[0]);
    return hn_fail(err, HONE_EINVAL, "%s = %s is not on the steps of %s; the nearest are %s and %s",
                   p->name, value, step, near[0], near[1]);
}

static uint64_t past_step(const hn_param *p, int64_t x)
{
    return p->istep == 1 ? 0 : ((uint64_t)x - (uint64_t)p->ilow) % (uint64_t)p->istep;
}

static hone_status refuse_int(const hn_param *p, int64_t x, hone_error *err)
{
    char value[24];
    snprintf(value, sizeof value, "%" PRId64, x);
    if (x < p->ilow || x > p->ihigh)
        return outside(p, value, err);
    uint64_t past = past_step(p, x);
    int64_t below = x - (int64_t)past;
    if (below > p->ihigh - p->istep)
        return hn_fail(err, HONE_EINVAL,
                       "%s = %s is not on the steps of %" PRId64 "; the last one is %" PRId64,
                       p->name, value, p->istep, below);
    return hn_fail(err, HONE_EINVAL,
                   "%s = %s is not on the steps of %" PRId64 "; the nearest are %" PRId64
                   " and %" PRId64,
                   p->name, value, p->istep, below, below + p->istep);
}

static hone_status contains_permutation(const hn_param *p, const hn_slot *slots, hone_error *err)
{
    uint64_t seen[HN_MAX_ORDER / 64] = {0};
    for (uint32_t i = 0; i < p->n_choices; i++) {
        int64_t item = slots[i].i;
        if (item < 0 || item >= (int64_t)p->n_choices)
            return hn_fail(err, HONE_EINVAL, "%s has an item number %" PRId64 " of %u", p->name,
                           item, p->n_choices);
        if (hn_active(seen, (uint32_t)item))
            return hn_fail(err, HONE_EINVAL, "%s has '%.60s' twice: it is no permutation", p->name,
                           p->choices[item].text);
        hn_set_active(seen, (uint32_t)item, true);
    }
    return HONE_OK;
}

static hone_status contains_simplex(const hn_param *p, const hn_slot *slots, hone_error *err)
{
    double sum = 0;
    char text[HN_DOUBLE_TEXT];
    for (uint32_t i = 0; i < p->n_choices; i++) {
        sum += slots[i].f;
        if (slots[i].f >= 0 && slots[i].f <= 1)
            continue;
        hn_double_text(slots[i].f, text);
        return hn_fail(err, HONE_EINVAL, "%s has the share %s; shares are within 0..1", p->name,
                       text);
    }
    if (fabs(sum - 1) <= SIMPLEX_TOLERANCE)
        return HONE_OK;
    hn_double_text(sum, text);
    return hn_fail(err, HONE_EINVAL, "the shares of %s sum to %s, not to one", p->name, text);
}

// Texts are written for a value that does not fit only: every suggestion passes through here.
hone_status hn_domain_contains(const hn_param *p, const hn_slot *slots, hone_error *err)
{
    int64_t i = slots[0].i;
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        return float_fits(p, slots[0].f) ? HONE_OK : refuse_float(p, slots[0].f, err);
    case HONE_PARAM_INT:
        if (i >= p->ilow && i <= p->ihigh && past_step(p, i) == 0)
            return HONE_OK;
        return refuse_int(p, i, err);
    case HONE_PARAM_PERMUTATION:
        return contains_permutation(p, slots, err);
    case HONE_PARAM_SIMPLEX:
        return contains_simplex(p, slots, err);
    case HONE_PARAM_SUBSET:
        if (p->n_choices < 64 && (uint64_t)slots[0].i >> p->n_choices)
            return hn_fail(err, HONE_EINVAL, "%s names items beyond its %u", p->name, p->n_choices);
        return HONE_OK;
    default:
        if (slots[0].i < 0 || slots[0].i >= (int64_t)p->n_choices)
            return hn_fail(err, HONE_EINVAL, "%s has the choice number %" PRId64 " of %u", p->name,
                           slots[0].i, p->n_choices);
        return HONE_OK;
    }
}
