// Where trials fail: for one state, the region of one parameter that holds most of them.
//
// 1. For each state that ends a trial without a result, each parameter and each threshold on it
//    (for choices: each choice), the region is what lies beyond. The one is taken that parts failed
//    from other trials best: the largest (share of the failed inside - share of the others inside).
// 2. Its p-value is hypergeometric, times the number of regions that were looked at (Bonferroni).
// 3. It is said when that is below HN_HEALTH_ALPHA, most failures lie inside, most of what lies
//    inside fails, and the best trial lies outside.
// Otherwise a large share of failures is said without a region.

#include <math.h>
#include <stdlib.h>

#include "analysis/health_internal.h"
#include "analysis/range.h"
#include "num/stats.h"

enum { MIN_FAILED = 5 };
#define MOST_INSIDE 0.6 // of the failures
#define MOST_FAIL   0.5 // of what is inside
#define MANY_FAILED 0.2 // of all trials

typedef struct placed {
    double u;
    uint32_t row;
    bool failed;
} placed;

typedef enum side { ABOVE, BELOW, EQUAL } side;

typedef struct region {
    const hn_param *param;
    side side;
    double u;             // from there on, up to there, or the choice's
    uint32_t edge, other; // row at the region's end, and the nearest one outside
    uint32_t n_in, n_failed_in;
    uint32_t n, n_failed; // rows where the parameter is active
    double contrast;
} region;

typedef struct search {
    hn_checking *c;
    uint8_t state;
    uint32_t n_regions; // looked at
    region best;
} search;

static int by_u(const void *left, const void *right)
{
    const placed *a = left, *b = right;
    if (a->u != b->u)
        return a->u < b->u ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

static void offer(search *s, region r)
{
    uint32_t n_others = r.n - r.n_failed;
    s->n_regions++;
    if (r.n_failed == 0 || n_others == 0)
        return;
    r.contrast = (double)r.n_failed_in / r.n_failed - (double)(r.n_in - r.n_failed_in) / n_others;
    if (r.contrast > s->best.contrast)
        s->best = r;
}

// `list` [n] in order of u: thresholds between different values.
static void offer_thresholds(search *s, const hn_param *p, const placed *list, region all)
{
    uint32_t n_failed_below = 0;
    for (uint32_t i = 0; i + 1 < all.n; i++) {
        n_failed_below += list[i].failed;
        if (list[i].u == list[i + 1].u)
            continue;
        region r = all;
        r.param = p;
        r.side = BELOW;
        r.u = list[i].u;
        r.edge = list[i].row;
        r.other = list[i + 1].row;
        r.n_in = i + 1;
        r.n_failed_in = n_failed_below;
        offer(s, r);
        r.side = ABOVE;
        r.u = list[i + 1].u;
        r.edge = list[i + 1].row;
        r.other = list[i].row;
        r.n_in = all.n - (i + 1);
        r.n_failed_in = all.n_failed - n_failed_below;
        offer(s, r);
    }
}

static void offer_choices(search *s, const hn_param *p, const placed *list, region all)
{
    for (uint32_t from = 0; from < all.n;) {
        region r = all;
        r.param = p;
        r.side = EQUAL;
        r.u = list[from].u;
        r.edge = r.other = list[from].row;
        uint32_t to = from;
        for (; to < all.n && list[to].u == r.u; to++)
            r.n_failed_in += list[to].failed;
        r.n_in = to - from;
        if (r.n_in < all.n)
            offer(s, r);
        from = to;
    }
}

static void look_at(search *s, const hn_param *p, placed *list)
{
    const hn_sample *t = s->c->sample;
    bool choice = p->type == HONE_PARAM_CATEGORICAL || p->type == HONE_PARAM_BOOL;
    region all = {.param = p};
    if (p->n_dims != 1 || p->type == HONE_PARAM_SUBSET)
        return;
    for (uint32_t r = 0; r < t->n; r++) {
        if (!hn_sample_active(t, r, p))
            continue;
        bool failed = t->state[r] == s->state;
        list[all.n++] = (placed){hn_sample_u(t, r, p), r, failed};
        all.n_failed += failed;
    }
    qsort(list, all.n, sizeof *list, by_u);
    if (choice)
        offer_choices(s, p, list, all);
    else
        offer_thresholds(s, p, list, all);
}

// --- saying it ---

static bool is_inside(const region *r, double u)
{
    return r->side == ABOVE ? u >= r->u : r->side == BELOW ? u <= r->u : u == r->u;
}

static bool holds(const hn_sample *t, const region *r, uint32_t row)
{
    return hn_sample_active(t, row, r->param) && is_inside(r, hn_sample_u(t, row, r->param));
}

// The parameter without the region; NULL when that cannot be said as a range or choices.
static const char *without(hn_checking *c, const region *r)
{
    const hn_sample *t = c->sample;
    const hn_param *p = r->param;
    double edge = hn_sample_u(t, r->other, p);
    hn_param rest;
    if (p->type == HONE_PARAM_CATEGORICAL || p->type == HONE_PARAM_ORDINAL) {
        bool *dropped = HN_ZNEW(c->scratch, bool, p->n_choices);
        uint32_t n = 0;
        for (uint32_t i = 0; dropped && i < p->n_choices; i++) {
            dropped[i] = is_inside(r, (i + 0.5) / p->n_choices);
            n += dropped[i];
        }
        if (!dropped || n + (p->type == HONE_PARAM_ORDINAL) >= p->n_choices ||
            !hn_choices_cut(p, dropped, c->scratch, &rest))
            return NULL;
    } else if (!hn_range_cut(p, r->side == BELOW ? edge : 0, r->side == ABOVE ? edge : 1, &rest)) {
        return NULL;
    }
    return hn_range_text(&rest, &c->health->arena);
}

static void say_region(hn_checking *c, const region *r, uint8_t state, uint32_t n_failed, double p)
{
    static const char *const signs[] = {[ABOVE] = ">=", [BELOW] = "<=", [EQUAL] = "="};
    const hn_param *param = r->param;
    hone_health *health = c->health;
    const char *value =
        hn_health_value(health, param, c->sample->point[r->edge].slots + param->slot);
    hone_finding f = {.code = HONE_FINDING_FAILURES,
                      .param = param->name,
                      .n = r->n_failed_in,
                      .of = n_failed,
                      .p = p};
    uint32_t n_others = r->n_in - r->n_failed_in;
    const char *others = "no other";
    if (n_others > 0)
        others = hn_arena_printf(&health->arena, "%u other%s", (unsigned)n_others,
                                 n_others == 1 ? "" : "s");
    f.text =
        hn_arena_printf(&health->arena, "%u of %u %s trials have %s %s %s, and %s", (unsigned)f.n,
                        (unsigned)f.of, hone_state_name((hone_trial_state)state), param->name,
                        signs[r->side], value, others ? others : "");
    const char *rest = without(c, r);
    f.remedy = rest ? hn_health_option(health, "narrow it", param, rest) : "leave that region out";
    hn_health_add(health, &f);
}

static void say_many(hn_checking *c, uint8_t state, uint32_t n)
{
    const char *name = hone_state_name((hone_trial_state)state);
    hone_finding f = {.code = HONE_FINDING_MANY_FAILED, .n = n, .of = c->sample->n, .p = NAN};
    f.text = hn_arena_printf(&c->health->arena, "%u of %u trials ended %s", (unsigned)n,
                             (unsigned)f.of, name);
    f.remedy = hn_arena_printf(&c->health->arena, "hone trials --state %s", name);
    hn_health_add(c->health, &f);
}

// True when a region was found.
static bool find_region(hn_checking *c, uint8_t state, uint32_t n_failed)
{
    const hn_sample *t = c->sample;
    search s = {.c = c, .state = state};
    placed *list = HN_NEW(c->scratch, placed, t->n);
    for (uint32_t i = 0; list && i < t->space->n_params; i++)
        look_at(&s, &t->space->params[i], list);
    const region *r = &s.best;
    if (!list || !r->param || r->n_failed_in < MOST_INSIDE * n_failed ||
        r->n_failed_in < MOST_FAIL * r->n_in)
        return false;
    for (uint32_t i = 0; i < t->n_best; i++)
        if (holds(t, r, t->order[i]))
            return false;
    double p = hn_hypergeometric_at_least(r->n_failed_in, r->n, r->n_failed, r->n_in);
    p = fmin(1, p * s.n_regions);
    if (p > HN_HEALTH_ALPHA)
        return false;
    say_region(c, r, state, n_failed, p);
    return true;
}

void hn_check_failures(hn_checking *c)
{
    static const uint8_t states[] = {HONE_STATE_OOM, HONE_STATE_TIMEOUT, HONE_STATE_FAILED,
                                     HONE_STATE_INVALID, HONE_STATE_INFEASIBLE};
    enum { N = sizeof states };
    uint32_t many[N] = {0};
    for (int i = 0; i < N; i++) {
        uint32_t n = 0;
        for (uint32_t r = 0; r < c->sample->n; r++)
            n += c->sample->state[r] == states[i];
        if (n >= MIN_FAILED && n < c->sample->n && !find_region(c, states[i], n))
            many[i] = n >= MANY_FAILED * c->sample->n ? n : 0;
    }
    for (int i = 0; i < N; i++)
        if (many[i] > 0)
            say_many(c, states[i], many[i]);
}
