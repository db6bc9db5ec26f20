// What the parameters of a study say: the best at the end of a range, and no effect.
//
// Edge. The outer tenth of a range (at least its last value) holds m of the n trials and t of the k
// best ones. By chance t is hypergeometric; the p-value is taken times the number of ends that are
// looked at. It is said when the best trial lies there, too, and a quarter of the best ones at
// least. Ends that look natural (0, 1 of a count, 1 of a share) are not spoken of: to widen them
// would mean nothing.
//
// Effect. Trials are parted into four equal stretches of the range (choices: by choice), and their
// ranks compared (Kruskal-Wallis); what has failed or was pruned ranks last. No effect is said when
// 1. there are MIN_EFFECT trials, MIN_GROUP in each group, so that an effect would have shown;
// 2. neither all trials nor their better half (where the other parameters stand well, so that
//    interactions show) give the slightest sign of one;
// 3. some other parameter has a clear effect: else the values are noise, or few, and nothing can be
//    said of any.

#include <math.h>
#include <stdlib.h>

#include "analysis/health_internal.h"
#include "analysis/range.h"
#include "num/stats.h"

enum { MIN_EDGE = 20, MIN_GROUP = 10, MIN_EFFECT = 60, N_STRETCHES = 4 };
#define OUTER   0.1
#define SOME    0.25  // of the best trials lie at the edge
#define NO_SIGN 0.2   // p-values above are no sign of an effect
#define CLEAR   0.001 // those below, times the number of parameters, are a clear one

// --- edges ---

typedef struct tally {
    uint32_t n, k, m, t; // trials, best ones, trials at the edge, best ones there
} tally;

// Share of the range that counts as its end: the last value of a few is more than a tenth.
static double outer_of(const hn_param *p)
{
    double cell = hn_range_cell(p);
    return cell > OUTER ? cell : OUTER;
}

static bool at_edge(double u, bool high, double outer)
{
    return high ? u >= 1 - outer : u <= outer;
}

static tally tally_edge(const hn_sample *s, const hn_param *p, bool high, uint32_t n_top)
{
    tally t = {0};
    double outer = outer_of(p);
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t row = s->order[i];
        if (!hn_sample_active(s, row, p))
            continue;
        bool in = at_edge(hn_sample_u(s, row, p), high, outer);
        t.n++;
        t.k += i < n_top;
        t.m += in;
        t.t += in && i < n_top;
    }
    return t;
}

static void say_edge(hn_checking *c, const hn_param *p, bool high, const tally *t, double chance)
{
    hn_param wider;
    hone_health *health = c->health;
    hone_finding f = {
        .code = HONE_FINDING_EDGE, .param = p->name, .n = t->t, .of = t->k, .p = chance};
    if (!hn_range_widen(p, high, &wider))
        return;
    f.text = hn_arena_printf(&health->arena, "%u of the best %u trials lie at the %s end of %s",
                             (unsigned)t->t, (unsigned)t->k, high ? "high" : "low", p->name);
    const char *spec = hn_range_text(&wider, &health->arena);
    f.remedy = hn_health_option(health, "widen it", p, spec);
    hn_health_add(health, &f);
}

void hn_check_edges(hn_checking *c)
{
    const hn_sample *s = c->sample;
    uint32_t n_top = hn_sample_top(s, HN_HEALTH_TOP), n_ends = 0;
    if (s->n < MIN_EDGE || s->n_good == 0)
        return;
    for (uint32_t i = 0; i < s->space->n_params; i++)
        n_ends += 2 * hn_range_has_ends(&s->space->params[i]);
    for (uint32_t i = 0; i < 2 * s->space->n_params; i++) {
        const hn_param *p = &s->space->params[i / 2];
        bool high = i % 2, one = c->fold->problem.n_objectives == 1;
        uint32_t best = s->order[0];
        if (!hn_range_has_ends(p))
            continue;
        if (one &&
            !(hn_sample_active(s, best, p) && at_edge(hn_sample_u(s, best, p), high, outer_of(p))))
            continue;
        tally t = tally_edge(s, p, high, n_top);
        double chance = fmin(1, hn_hypergeometric_at_least(t.t, t.n, t.k, t.m) * n_ends);
        if (t.n >= MIN_EDGE && t.t >= SOME * t.k && chance <= HN_HEALTH_ALPHA)
            say_edge(c, p, high, &t, chance);
    }
}

// --- effects ---

typedef struct effect {
    double p, p_half; // of all trials, of their better half
    uint32_t n;
    bool enough; // trials in every group
} effect;

static uint32_t n_groups_of(const hn_param *p)
{
    bool number = p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_INT;
    if (hn_is_choice(p))
        return p->n_choices <= HN_MAX_GROUPS ? p->n_choices : 0;
    bool stepped = p->type == HONE_PARAM_INT || p->step > 0;
    return !number ? 0 : stepped && p->last + 1 < N_STRETCHES ? (uint32_t)p->last + 1 : N_STRETCHES;
}

static effect effect_of(hn_checking *c, const hn_param *p, const double *rank)
{
    const hn_sample *s = c->sample;
    effect e = {.p = 1, .p_half = 1};
    uint32_t n_groups = n_groups_of(p), count[HN_MAX_GROUPS] = {0}, half = s->n / 2;
    uint32_t *group = HN_NEW(c->scratch, uint32_t, s->n);
    if (!group || n_groups < 2)
        return e;
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t row = s->order[i];
        group[i] = n_groups;
        if (!hn_sample_active(s, row, p))
            continue;
        double g = hn_sample_u(s, row, p) * n_groups;
        group[i] = g < n_groups ? (uint32_t)g : n_groups - 1;
        count[group[i]]++;
        e.n++;
    }
    e.enough = e.n >= MIN_EFFECT;
    for (uint32_t g = 0; g < n_groups; g++)
        e.enough &= count[g] >= MIN_GROUP;
    e.p = hn_kruskal_wallis(rank, group, s->n, n_groups);
    e.p_half = hn_kruskal_wallis(rank, group, half, n_groups);
    return e;
}

static double *ranks_of(hn_checking *c)
{
    const hn_sample *s = c->sample;
    double *sorted = HN_NEW(c->scratch, double, s->n), *rank = HN_NEW(c->scratch, double, s->n);
    if (!sorted || !rank)
        return NULL;
    for (uint32_t i = 0; i < s->n; i++)
        sorted[i] = s->score[s->order[i]];
    hn_mid_ranks(sorted, s->n, rank);
    return rank;
}

static void say_no_effect(hn_checking *c, const hn_param *p, const effect *e)
{
    hone_finding f = {
        .code = HONE_FINDING_NO_EFFECT, .param = p->name, .n = e->n, .of = e->n, .p = e->p};
    f.text = hn_arena_printf(&c->health->arena, "no effect of %s is seen in %u trials", p->name,
                             (unsigned)e->n);
    f.remedy = "fix it, or leave it out";
    hn_health_add(c->health, &f);
}

void hn_check_effects(hn_checking *c)
{
    const hn_sample *s = c->sample;
    uint32_t n_params = s->space->n_params;
    effect *effects = HN_NEW(c->scratch, effect, n_params);
    double *rank = ranks_of(c), least = 1;
    if (!effects || !rank || s->n_good < MIN_EDGE)
        return;
    for (uint32_t i = 0; i < n_params; i++) {
        effects[i] = effect_of(c, &s->space->params[i], rank);
        least = fmin(least, effects[i].p);
    }
    if (least * n_params > CLEAR)
        return;
    for (uint32_t i = 0; i < n_params; i++)
        if (effects[i].enough && effects[i].p > NO_SIGN && effects[i].p_half > NO_SIGN)
            say_no_effect(c, &s->space->params[i], &effects[i]);
}
