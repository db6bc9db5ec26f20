// Ranges made smaller or larger; see range.h.
//
// Rounding: a linear end to a hundredth of the range's decade, a log end to two digits; outward, so
// that a rounded range holds what it was made for. Ends are k / 10^d with a whole k, and so print
// as short decimals.
#include "analysis/range.h"

#include <math.h>
#include <string.h>

#include "space/domain.h"
#include "space/spec.h"
#include "space/unit.h"

bool hn_range_has_ends(const hn_param *p)
{
    return (p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_INT) &&
           (p->scale == HN_LINEAR || p->scale == HN_LOG);
}

double hn_range_cell(const hn_param *p)
{
    bool stepped = p->type == HONE_PARAM_INT || p->step > 0;
    return stepped && p->scale == HN_LINEAR ? 1 / ((double)p->last + 1) : 0;
}

// x down, or up, to a multiple of 10^exponent; what is there but for rounding stays.
static double round_out(double x, int exponent, bool up)
{
    double scale = pow(10, fabs((double)exponent));
    double scaled = exponent < 0 ? x * scale : x / scale, near = round(scaled);
    if (fabs(scaled - near) > 1e-9 * fabs(scaled))
        near = up ? ceil(scaled) : floor(scaled);
    return exponent < 0 ? near / scale : near * scale;
}

static int decade(double x)
{
    return (int)floor(log10(fabs(x)));
}

static double round_end(const hn_param *p, double x, double width, bool up)
{
    int digit = decade(width) - 1;
    if (p->scale == HN_LOG && decade(x) - 1 < digit)
        digit = decade(x) - 1;
    return round_out(x, digit, up);
}

// What follows from the ends, and what has been said of values that are there no more.
static bool settle(hn_param *p)
{
    const hn_places nowhere = {0};
    if (hn_domain_check_range(p, &nowhere, NULL) != HONE_OK)
        return false;
    if (p->has_default && hn_domain_contains(p, p->fallback, NULL) != HONE_OK)
        p->has_default = false;
    if (p->belief.present && !(p->belief.centre >= p->low && p->belief.centre <= p->high))
        p->belief.present = false;
    return true;
}

// --- smaller ---

static void cut_float(const hn_param *p, double low, double high, hn_param *out)
{
    if (p->step > 0) {
        out->low = low;
        out->high = high;
        return;
    }
    double width = high - low;
    double rounded_low = round_end(p, low, width, false);
    double rounded_high = round_end(p, high, width, true);
    if (low > p->low && rounded_low > p->low)
        out->low = rounded_low;
    if (high < p->high && rounded_high < p->high)
        out->high = rounded_high;
}

bool hn_range_cut(const hn_param *p, double from, double to, hn_param *out)
{
    hn_slot low, high;
    *out = *p;
    if (!hn_range_has_ends(p) || !(from < to))
        return false;
    hn_unit_decode(p, &from, &low);
    hn_unit_decode(p, &to, &high);
    if (p->type == HONE_PARAM_INT) {
        out->ilow = from > 0 ? low.i : p->ilow;
        out->ihigh = to < 1 ? high.i : p->ihigh;
        if (out->ilow >= out->ihigh || (out->ilow == p->ilow && out->ihigh == p->ihigh))
            return false;
    } else {
        if (!(low.f < high.f))
            return false;
        cut_float(p, from > 0 ? low.f : p->low, to < 1 ? high.f : p->high, out);
        if (!(out->low < out->high) || (out->low == p->low && out->high == p->high))
            return false;
    }
    return settle(out);
}

// --- larger ---

// Ends beyond which most such parameters mean nothing: zero, one of a count, one of a share.
static bool is_natural(const hn_param *p, bool high)
{
    if (p->type == HONE_PARAM_INT)
        return !high && (p->ilow == 0 || p->ilow == 1);
    if (p->scale == HN_LOG)
        return high && p->high == 1;
    return high ? p->low >= 0 && p->high >= 0.9 && p->high <= 1 : p->low == 0;
}

// Half of the range in decades, at least one and at most three.
static double widen_log(const hn_param *p, bool high)
{
    double n = round((log10(p->high) - log10(p->low)) / 2);
    n = n < 1 ? 1 : n > 3 ? 3 : n;
    double end = high ? p->high * pow(10, n) : p->low / pow(10, n);
    return round_out(end, decade(end) - 1, high);
}

static bool widen_float(const hn_param *p, bool high, hn_param *out)
{
    double width = p->high - p->low, end = high ? p->high + width / 2 : p->low - width / 2;
    if (p->scale == HN_LOG) {
        end = widen_log(p, high);
    } else if (p->step > 0) {
        double n = ceil((double)p->last / 2) * p->step;
        end = high ? hn_domain_float(p, p->last) + n : p->low - n;
        end = p->decimals >= 0 ? round_out(end, -p->decimals, high) : end;
    } else if (!high && p->low > 0 && end <= 0) {
        end = round_out(p->low / 10, decade(p->low) - 2, false);
    } else {
        end = round_end(p, end, width, high);
    }
    if (!isfinite(end) || (!high && p->low >= 0 && end < 0))
        return false;
    if (high)
        out->high = end;
    else
        out->low = end;
    return true;
}

static bool widen_int(const hn_param *p, bool high, hn_param *out)
{
    enum { FACTOR = 4 };
    const int64_t limit = (int64_t)1 << 39; // far from any overflow, and log ints end at 2^40
    if (p->ilow < -limit || p->ihigh > limit / FACTOR)
        return false;
    int64_t by = ((p->ihigh - p->ilow) / p->istep / 2 + 1) * p->istep;
    if (p->scale == HN_LOG && high)
        by = (FACTOR - 1) * p->ihigh;
    else if (p->scale == HN_LOG)
        by = p->ilow - (p->ilow + FACTOR - 1) / FACTOR;
    // What begins above zero stays there.
    int64_t room = p->ilow >= 1 ? p->ilow - 1 : by;
    if (!high && by > room)
        by = room / p->istep * p->istep;
    if (high)
        out->ihigh += by;
    else
        out->ilow -= by;
    return by > 0;
}

bool hn_range_widen(const hn_param *p, bool high, hn_param *out)
{
    *out = *p;
    if (!hn_range_has_ends(p) || is_natural(p, high))
        return false;
    if (!(p->type == HONE_PARAM_INT ? widen_int(p, high, out) : widen_float(p, high, out)))
        return false;
    return settle(out);
}

// --- choices ---

bool hn_choices_cut(const hn_param *p, const bool *dropped, hn_arena *arena, hn_param *out)
{
    hn_choice *choices = HN_NEW(arena, hn_choice, p->n_choices);
    hn_slot *fallback = HN_NEW(arena, hn_slot, 1);
    if (!choices || !fallback)
        return false;
    *out = *p;
    out->choices = choices;
    out->n_choices = 0;
    out->has_default = false;
    double weights = 0;
    for (uint32_t i = 0; i < p->n_choices; i++) {
        if (dropped[i])
            continue;
        if (p->has_default && p->fallback[0].i == (int64_t)i) {
            fallback->i = out->n_choices;
            out->fallback = fallback;
            out->has_default = true;
        }
        choices[out->n_choices++] = p->choices[i];
        weights += p->choices[i].weight;
    }
    out->weights = p->weights > 0 ? weights : 0;
    return true;
}

char *hn_range_text(const hn_param *p, hn_arena *arena)
{
    hn_str text = HN_STR_INIT;
    hn_spec_write(p, p->condition_text, &text);
    char *copy = hn_str_failed(&text) ? NULL : hn_arena_strdup(arena, hn_str_text(&text));
    hn_str_free(&text);
    return copy;
}
