// Do the rungs of a scheduler order trials alike? How the values at one go with those at the next
// one and at the last one; and the health check on that.
//
// Method
//  1. A trial's value at a rung is what the scheduler goes by: its best value up to the first
//     report that reaches the rung, or the one there. At the last rung a COMPLETE trial has the
//     value that it was told with. Trials of the search alone count, and no copies of others.
//  2. Spearman's rank correlation over the trials with a value at both rungs; its interval is
//     Fisher's, with the variance of Bonett and Wright (Sample size requirements for estimating
//     Pearson, Kendall and Spearman correlations, Psychometrika 65, 2000).
//  3. Who has gone on was chosen by the lower rung, and among the chosen the agreement is less than
//     among all. The test therefore asks: were the rank correlation 0.5 among all there, with
//     normal scores, how often would those that went on, standing where they stood in the whole
//     lot, agree as little as they do? 999 draws answer. Where a trial went on by what it had shown
//     at the lower rung, that choice changes nothing about its value above given the one below, so
//     that the answer holds for neighbouring rungs, however they were chosen. It does not for rungs
//     further apart: those between have chosen by more than the lowest one shows.
//
// Cost: O(reports), and for each pair of rungs O(m log m), 999 times where the agreement is low;
// m is at most 200 then.

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/health_internal.h"
#include "base/json.h"
#include "num/dist.h"
#include "num/rng.h"
#include "num/stats.h"

enum { MIN_SHOWN = 5, MIN_TESTED = 10, MAX_TESTED = 200, N_DRAWS = 999 };
#define GOOD    0.5  // rank correlation that is enough
#define REFUTED 0.05 // over all rungs
#define NORMAL  1.959963984540054

typedef struct place {
    double value;
    uint32_t at;
} place;

typedef struct comparison {
    const hn_fold *fold;
    hn_compared compared;
    size_t n;         // trials
    double *score;    // [n x rungs], less is better; NaN: none
    double *rank;     // [n] scratch
    double *sorted;   // [n]
    place *places;    // [n]
    double *lower;    // [n] pairs
    double *upper;    // [n]
    double *standing; // [n] normal scores in the whole lot of the lower rung
} comparison;

// --- values ---

static bool counts(const hn_trial *t)
{
    return t->purpose == HONE_PURPOSE_SEARCH && t->copied < 0 && !(t->flags & HN_TRIAL_EXCLUDED);
}

static double *score_at(const comparison *c, size_t trial, uint32_t rung)
{
    return c->score + trial * c->compared.n + rung;
}

static void take_curve(const comparison *c, size_t trial)
{
    const hn_fold *fold = c->fold;
    const hn_trial *t = &fold->trials.data[trial];
    uint32_t m = c->compared.metric, rung = 0;
    double sign = fold->problem.metrics[m].goal == HONE_MAXIMIZE ? -1 : 1, best = NAN;
    for (uint32_t i = t->first_report; i != HN_NONE; i = fold->reports.data[i].next) {
        const hn_report *r = &fold->reports.data[i];
        if (!(r->present >> m & 1) || !isfinite(r->step))
            continue;
        double value = sign * fold->numbers.data[r->values + m];
        best = fmin(best, value); // of a number and NaN the number
        for (; rung < c->compared.n && r->step >= c->compared.at[rung]; rung++)
            *score_at(c, trial, rung) = c->compared.best ? best : value;
    }
    const double *values = hn_fold_values(fold, t);
    if (t->state == HONE_STATE_COMPLETE && values)
        *score_at(c, trial, c->compared.n - 1) = sign * values[m];
}

static bool make(comparison *c, hn_arena *scratch)
{
    size_t n = c->n = c->fold->trials.n;
    c->score = HN_NEW(scratch, double, n * c->compared.n + 1);
    c->rank = HN_NEW(scratch, double, n + 1);
    c->sorted = HN_NEW(scratch, double, n + 1);
    c->places = HN_NEW(scratch, place, n + 1);
    c->lower = HN_NEW(scratch, double, n + 1);
    c->upper = HN_NEW(scratch, double, n + 1);
    c->standing = HN_NEW(scratch, double, n + 1);
    if (hn_arena_failed(scratch))
        return false;
    for (size_t i = 0; i < n * c->compared.n; i++)
        c->score[i] = NAN;
    for (size_t i = 0; i < n; i++)
        if (counts(&c->fold->trials.data[i]))
            take_curve(c, i);
    return true;
}

// --- ranks ---

static int by_value(const void *a, const void *b)
{
    const place *p = a, *q = b;
    return (p->value > q->value) - (p->value < q->value);
}

// c->places [n] by value, c->rank [n] the mid-rank of each of them.
static void rank_places(comparison *c, uint32_t n)
{
    qsort(c->places, n, sizeof *c->places, by_value);
    for (uint32_t i = 0; i < n; i++)
        c->sorted[i] = c->places[i].value;
    hn_mid_ranks(c->sorted, n, c->rank);
}

// Each value by its mid-rank.
static void to_ranks(comparison *c, double *values, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        c->places[i] = (place){values[i], i};
    rank_places(c, n);
    for (uint32_t i = 0; i < n; i++)
        values[c->places[i].at] = c->rank[i];
}

// Of two rows of mid-ranks; NaN when one is constant.
static double correlation(const double *a, const double *b, uint32_t n)
{
    double mean = (n + 1) / 2.0, ab = 0, aa = 0, bb = 0;
    for (uint32_t i = 0; i < n; i++) {
        ab += (a[i] - mean) * (b[i] - mean);
        aa += (a[i] - mean) * (a[i] - mean);
        bb += (b[i] - mean) * (b[i] - mean);
    }
    return aa > 0 && bb > 0 ? ab / sqrt(aa * bb) : NAN;
}

// The pairs of two rungs, as mid-ranks.
static uint32_t pair_up(comparison *c, uint32_t low, uint32_t high)
{
    uint32_t n = 0;
    for (size_t i = 0; i < c->n; i++) {
        double a = *score_at(c, i, low), b = *score_at(c, i, high);
        if (isnan(a) || isnan(b))
            continue;
        c->lower[n] = a;
        c->upper[n++] = b;
    }
    to_ranks(c, c->lower, n);
    to_ranks(c, c->upper, n);
    return n;
}

static hone_agreement agreement_of(comparison *c, uint32_t low, uint32_t high)
{
    hone_agreement a = {pair_up(c, low, high), NAN, NAN, NAN};
    if (a.n < MIN_SHOWN)
        return a;
    double n = a.n, most = 1 - 6 / (n * (n * n - 1)); // half a step below complete agreement
    a.rho = correlation(c->lower, c->upper, a.n);
    double r = fmax(-most, fmin(a.rho, most));
    double by = NORMAL * sqrt((1 + r * r / 2) / (n - 3));
    if (isnan(a.rho))
        return a;
    a.low = tanh(atanh(r) - by);
    a.high = tanh(atanh(r) + by);
    return a;
}

// --- the test ---

// c->lower: the normal scores, in the whole lot of `rung`, of those that have a value at the next
// one, c->upper their mid-ranks there; how many. Of more than MAX_TESTED a part.
static uint32_t stand(comparison *c, uint32_t rung)
{
    uint32_t n_all = 0, n = 0, taken = 0;
    for (size_t i = 0; i < c->n; i++)
        if (!isnan(*score_at(c, i, rung)))
            c->places[n_all++] = (place){*score_at(c, i, rung), (uint32_t)i};
    rank_places(c, n_all);
    for (uint32_t i = 0; i < n_all; i++)
        c->standing[c->places[i].at] = hn_normal_quantile((c->rank[i] - 0.5) / n_all);
    for (size_t i = 0; i < c->n; i++) {
        double below = *score_at(c, i, rung), above = *score_at(c, i, rung + 1);
        if (isnan(below) || isnan(above))
            continue;
        c->lower[n] = c->standing[i];
        c->upper[n++] = above;
    }
    for (uint32_t i = 0; n > MAX_TESTED && i < n; i++)
        if ((uint64_t)i * MAX_TESTED / n >= taken) {
            c->lower[taken] = c->lower[i];
            c->upper[taken++] = c->upper[i];
        }
    n = n > MAX_TESTED ? taken : n;
    to_ranks(c, c->upper, n);
    return n;
}

// Point 3 of the method.
static double chance_of(comparison *c, uint32_t rung)
{
    uint32_t n = stand(c, rung), n_as_low = 0;
    double rho = 2 * sin(acos(-1) * GOOD / 6); // of normal scores with that rank correlation
    double *above = c->standing, ranks[MAX_TESTED];
    hn_rng rng = hn_rng_make(0, HN_PURPOSE_SHUFFLE, rung);
    if (n < MIN_TESTED)
        return NAN;
    for (uint32_t i = 0; i < n; i++)
        ranks[i] = c->lower[i];
    to_ranks(c, ranks, n);
    double seen = correlation(ranks, c->upper, n);
    if (isnan(seen) || seen >= GOOD)
        return 1;
    for (uint32_t draw = 0; draw < N_DRAWS; draw++) {
        for (uint32_t i = 0; i < n; i++)
            above[i] = rho * c->lower[i] +
                       sqrt(1 - rho * rho) * hn_normal_quantile(hn_rng_uniform(&rng, 0, draw, i));
        to_ranks(c, above, n);
        n_as_low += correlation(ranks, above, n) <= seen;
    }
    return (1.0 + n_as_low) / (1.0 + N_DRAWS);
}

static hone_rung rung_of(comparison *c, uint32_t k)
{
    hone_rung r = {
        .at = c->compared.at[k], .next = {0, NAN, NAN, NAN}, .end = {0, NAN, NAN, NAN}, .p = NAN};
    for (size_t i = 0; i < c->n; i++)
        r.n += !isnan(*score_at(c, i, k));
    if (k + 1 == c->compared.n)
        return r;
    r.next = agreement_of(c, k, k + 1);
    r.end = k + 2 == c->compared.n ? r.next : agreement_of(c, k, c->compared.n - 1);
    r.p = chance_of(c, k);
    return r;
}

hone_status hone_study_rungs(const hone_study *study, hone_rung *out, uint32_t most, uint32_t *n,
                             hone_error *err)
{
    hn_arena scratch = HN_ARENA_INIT;
    comparison c = {.fold = &study->fold};
    *n = 0;
    HN_TRY(hn_study_compared(study, &c.compared, err));
    bool ok = c.compared.n == 0 || make(&c, &scratch);
    *n = ok ? c.compared.n : 0;
    for (uint32_t k = 0; k < *n && k < most; k++)
        out[k] = rung_of(&c, k);
    hn_arena_free(&scratch);
    return ok ? HONE_OK : hn_fail_memory(err);
}

// --- the health check ---

// "compare later: hone edit --scheduler asha --scheduler-option …": the options that it has are
// given again, or they would be the defaults.
static const char *begin_later(hn_checking *c, const char *at)
{
    const char *setting = hn_fold_setting(c->fold, "scheduler"), *key;
    json_t *root = NULL, *value;
    hn_str text = HN_STR_INIT;
    (void)hn_json_parse(setting, strlen(setting), "the setting of a plug-in", &root, NULL);
    hn_str_printf(&text, "compare later: hone edit --scheduler %s",
                  json_string_value(json_object_get(root, "name")));
    json_object_foreach(json_object_get(root, "options"), key, value)
    {
        if (strcmp(key, "min_resource") == 0)
            continue;
        hn_str_printf(&text, " --scheduler-option %s=", key);
        double number;
        if (hn_json_double(value, &number))
            hn_str_add_double(&text, number);
        else if (json_is_string(value))
            hn_str_add(&text, json_string_value(value));
        else
            hn_json_write(value, 0, &text);
    }
    hn_str_printf(&text, " --scheduler-option min_resource=%s", at);
    const char *copy = hn_arena_strdup(&c->health->arena, hn_str_text(&text));
    c->health->failed |= hn_str_failed(&text);
    hn_str_free(&text);
    json_decref(root);
    return copy;
}

static void say(hn_checking *c, const hone_rung *low, const hone_rung *high, bool last, double p)
{
    char at[HN_DOUBLE_TEXT], next[HN_DOUBLE_TEXT];
    hone_finding f = {.code = HONE_FINDING_RUNGS, .n = low->next.n, .of = low->n, .p = p};
    hn_health_number(low->at, at);
    hn_health_number(high->at, next);
    f.text = hn_arena_printf(&c->health->arena,
                             "rungs %s and %s put the %u trials with a value at both in different "
                             "orders (rank correlation %.2f)",
                             at, next, (unsigned)f.n, low->next.rho);
    f.remedy = last ? "early values say little: let trials run to their end: hone edit "
                      "--scheduler none"
                    : begin_later(c, next);
    hn_health_add(c->health, &f);
}

// The highest rung that misleads: it tells where to begin.
void hn_check_rungs(hn_checking *c)
{
    hone_rung rungs[HN_MAX_RUNGS];
    uint32_t n, n_tested = 0;
    if (hone_study_rungs(c->study, rungs, HN_MAX_RUNGS, &n, NULL) != HONE_OK)
        return;
    for (uint32_t k = 0; k < n; k++)
        n_tested += !isnan(rungs[k].p);
    for (uint32_t k = n; k-- > 0;)
        if (rungs[k].p * n_tested < REFUTED) {
            say(c, &rungs[k], &rungs[k + 1], k + 2 == n, rungs[k].p * n_tested);
            return;
        }
}
