// Which part of a parameter is promising.
//
// Numbers, and ordered choices by their places. On the parameter's scale, for each end:
// 1. The best trials' outermost place, a tenth of them left out at each end (outliers), is the
//    bound; beyond it lie m of the n trials, with at most s of the k best among them.
// 2. If the best were any k of the n, so few of them in the outermost m would have the
//    probability P(H <= s), H hypergeometric: the outermost m hold at most s of the best exactly
//    when the bound lies inside of them, so that the probability is exact although m is chosen by
//    the data. The end is cut when it is at most ALPHA.
// 3. The range that is left grows by the margin at the ends that are cut, and until it holds the
//    best trial, or all of the Pareto set.
// Choices: one goes when none of the best has it, and that has at most the probability
// ALPHA / number of choices.
// The comparison is with where the trials were: a sampler that has avoided a region gives no
// evidence against it.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/narrow_internal.h"
#include "analysis/range.h"
#include "base/str.h"
#include "num/stats.h"
#include "space/unit.h"

#define ALPHA    0.1
#define OUTLIERS 0.1  // of the best, at each end
#define HARDLY   0.95 // a range that keeps more is left as it is

typedef struct place {
    double u;
    bool top, best;
} place;

typedef struct places {
    place *list; // [n] in order of u
    uint32_t n, k;
} places;

// One end, seen as the high one.
typedef struct end {
    double u; // the bound
    uint32_t n_beyond, n_top_beyond;
    bool cut;
} end;

static int by_u(const void *left, const void *right)
{
    const place *a = left, *b = right;
    return a->u < b->u ? -1 : a->u > b->u;
}

static places places_of(const hn_sample *s, const hn_param *p, uint32_t n_top, hn_arena *arena)
{
    places out = {HN_NEW(arena, place, s->n), 0, 0};
    for (uint32_t i = 0; out.list && i < s->n; i++) {
        uint32_t row = s->order[i];
        if (!hn_sample_active(s, row, p))
            continue;
        out.list[out.n++] = (place){hn_sample_u(s, row, p), i < n_top, i < s->n_best};
        out.k += i < n_top;
    }
    if (out.list)
        qsort(out.list, out.n, sizeof *out.list, by_u);
    return out;
}

// --- ranges ---

// Walks inwards from the high end, or the low one.
static end find_end(const places *all, bool high)
{
    uint32_t skip = (uint32_t)(OUTLIERS * all->k), seen = 0, at = 0;
    end e = {.u = high ? 1 : 0};
    for (; at < all->n; at++) {
        const place *q = &all->list[high ? all->n - 1 - at : at];
        e.u = q->u;
        if (q->top && seen++ == skip)
            break;
    }
    // Strictly beyond: what shares the bound's place stays.
    for (uint32_t i = 0; i < at; i++) {
        const place *q = &all->list[high ? all->n - 1 - i : i];
        if (q->u == e.u)
            break;
        e.n_beyond++;
        e.n_top_beyond += q->top;
    }
    e.cut = hn_hypergeometric_at_most(skip, all->n, all->k, e.n_beyond) <= ALPHA;
    return e;
}

static void keep_best(const places *all, double *from, double *to)
{
    for (uint32_t i = 0; i < all->n; i++) {
        if (!all->list[i].best)
            continue;
        *from = fmin(*from, all->list[i].u);
        *to = fmax(*to, all->list[i].u);
    }
}

static const char *value_at(const hn_param *p, double u, hn_arena *arena)
{
    hn_slot slot;
    hn_str text = HN_STR_INIT;
    hn_unit_decode(p, &u, &slot);
    if (p->type == HONE_PARAM_FLOAT && p->step == 0 && slot.f != 0) {
        // Three digits will do: of the value, or of the range that it lies in.
        double range = p->scale == HN_LINEAR ? p->high - p->low : INFINITY;
        double size = fmin(fabs(slot.f), range);
        double digit = pow(10, 2 - floor(log10(size)));
        double rounded = round(slot.f * digit) / digit;
        slot.f = isfinite(rounded) ? rounded : slot.f;
    }
    hn_value_text(p, &slot, &text);
    const char *copy = hn_arena_strdup(arena, hn_str_text(&text));
    hn_str_free(&text);
    return copy ? copy : "";
}

// "none of the best 10 is among the 24 trials below 0.0003".
static const char *why_end(const hn_param *p, const places *all, const end *e, bool high,
                           hn_arena *arena)
{
    const char *value = value_at(p, e->u, arena), *count = "none";
    if (e->n_top_beyond > 0)
        count = hn_arena_printf(arena, "%u", (unsigned)e->n_top_beyond);
    return hn_arena_printf(arena, "%s of the best %u %s among the %u trials %s %s",
                           count ? count : "", (unsigned)all->k, e->n_top_beyond > 1 ? "are" : "is",
                           (unsigned)e->n_beyond, high ? "above" : "below", value);
}

static const char *why_cut(const hn_param *p, const places *all, const end *low, const end *high,
                           hn_arena *arena)
{
    const char *below = low->cut ? why_end(p, all, low, false, arena) : NULL;
    const char *above = high->cut ? why_end(p, all, high, true, arena) : NULL;
    if (below && above)
        return hn_arena_printf(arena, "%s, and %s", below, above);
    return below ? below : above;
}

// Share of the old range that the new one is, on its scale.
static double share_of(const hn_param *before, const hn_param *after)
{
    double low, high;
    hn_slot from = {.f = after->low}, to = {.f = after->high};
    if (before->type == HONE_PARAM_INT) {
        from.i = after->ilow;
        to.i = after->ihigh;
    }
    hn_unit_encode(before, &from, &low);
    hn_unit_encode(before, &to, &high);
    return fmin(1, high - low + hn_range_cell(before));
}

// Ordered choices keep those of [from, to]; the others are `dropped`.
static void cut_order(hn_region *r, double from, double to, hn_arena *arena)
{
    const hn_param *p = r->before;
    uint32_t n_kept = 0;
    r->dropped = HN_ZNEW(arena, bool, p->n_choices);
    for (uint32_t i = 0; r->dropped && i < p->n_choices; i++) {
        double u = (i + 0.5) / p->n_choices;
        r->dropped[i] = u < from || u > to;
        n_kept += !r->dropped[i];
    }
    r->share = (double)n_kept / p->n_choices;
    r->changed = r->dropped && n_kept >= 2 && n_kept < p->n_choices &&
                 hn_choices_cut(p, r->dropped, arena, &r->after);
}

static void find_range(hn_region *r, const places *all, double margin, hn_arena *arena)
{
    const hn_param *p = r->before;
    end low = find_end(all, false), high = find_end(all, true);
    r->why = hn_arena_printf(arena, "no evidence in %u trials", (unsigned)all->n);
    if (!(low.cut || high.cut) || low.u > high.u)
        return;
    double from = low.cut ? low.u : 0, to = high.cut ? high.u : 1;
    double wider = margin * (to - from);
    from = low.cut ? fmax(0, from - wider) : 0;
    to = high.cut ? fmin(1, to + wider) : 1;
    keep_best(all, &from, &to);
    r->why = "the best trials span it";
    if (p->type == HONE_PARAM_ORDINAL) {
        cut_order(r, from, to, arena);
    } else if (hn_range_cut(p, from, to, &r->after)) {
        r->share = share_of(p, &r->after);
        r->changed = r->share < HARDLY;
    }
    if (r->changed)
        r->why = why_cut(p, all, &low, &high, arena);
}

// --- choices ---

static void find_choices(hn_region *r, const places *all, hn_arena *arena)
{
    const hn_param *p = r->before;
    hn_str which = HN_STR_INIT;
    uint32_t n_dropped = 0, n_in = 0, at = 0;
    r->dropped = HN_ZNEW(arena, bool, p->n_choices);
    r->why = hn_arena_printf(arena, "no evidence in %u trials", (unsigned)all->n);
    for (uint32_t c = 0; r->dropped && c < p->n_choices; c++) {
        uint32_t n = 0, n_top = 0;
        for (; at < all->n && all->list[at].u < (c + 1.0) / p->n_choices; at++) {
            n++;
            n_top += all->list[at].top;
        }
        double chance = hn_hypergeometric_at_most(0, all->n, all->k, n);
        if (n_top > 0 || chance > ALPHA / p->n_choices)
            continue;
        r->dropped[c] = true;
        hn_str_printf(&which, "%s%s", n_dropped ? ", " : "", p->choices[c].text);
        n_dropped++;
        n_in += n;
    }
    if (n_dropped > 0 && n_dropped < p->n_choices) {
        r->changed = hn_choices_cut(p, r->dropped, arena, &r->after);
        r->share = 1 - (double)n_dropped / p->n_choices;
        r->why = hn_arena_printf(arena, "none of the best %u is among the %u trials with %s",
                                 (unsigned)all->k, (unsigned)n_in, hn_str_text(&which));
    }
    r->by_rule = p->type == HONE_PARAM_BOOL;
    hn_str_free(&which);
}

void hn_region_find(const hn_sample *sample, const hn_param *param, uint32_t n_top, double margin,
                    hn_arena *arena, hn_region *out)
{
    *out = (hn_region){.before = param, .after = *param, .share = 1};
    bool choices = param->type == HONE_PARAM_CATEGORICAL || param->type == HONE_PARAM_BOOL;
    bool ordered = param->type == HONE_PARAM_ORDINAL || hn_range_has_ends(param);
    places all = places_of(sample, param, n_top, arena);
    if (choices) {
        find_choices(out, &all, arena);
    } else if (ordered) {
        find_range(out, &all, margin, arena);
    } else {
        bool unbounded = param->type == HONE_PARAM_FLOAT;
        out->why = unbounded ? "it has no ends" : "orders, sets and shares are not narrowed";
    }
}
