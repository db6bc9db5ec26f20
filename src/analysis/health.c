// Health checks: the handle, and the checks that need no test of chance.
//
// Each check is a function that looks at the table of trials and adds what it finds; the checks run
// in the order of importance, which is the order of the findings.

#include <math.h>
#include <string.h>

#include "analysis/health_internal.h"
#include "analysis/noise.h"
#include "analysis/worth.h"

enum {
    MIN_SAME = 10,   // complete trials from which on an unchanging value is said
    MIN_PRUNED = 20, // pruned trials without a complete one
    MIN_SERVED = 10, // duplicates
    N_COMPARED = 5,  // best trials whose differences the noise is compared with
    MIN_FINITE = 10  // configurations of a space whose end is announced
};
#define MUCH_SERVED 0.2
#define NEARLY_ALL  0.9

static const char *const names[] = {
    [HONE_FINDING_CONSTANT] = "constant",
    [HONE_FINDING_INFEASIBLE] = "infeasible",
    [HONE_FINDING_PRUNED] = "pruned",
    [HONE_FINDING_FAILURES] = "failures",
    [HONE_FINDING_MANY_FAILED] = "many-failed",
    [HONE_FINDING_EDGE] = "edge",
    [HONE_FINDING_NOISE] = "noise",
    [HONE_FINDING_NO_EFFECT] = "no-effect",
    [HONE_FINDING_DUPLICATES] = "duplicates",
    [HONE_FINDING_EXHAUSTED] = "exhausted",
    [HONE_FINDING_RUNGS] = "rungs",
};

void hn_health_add(hone_health *health, const hone_finding *finding)
{
    hone_finding f = *finding;
    f.name = names[f.code];
    f.param = f.param ? hn_arena_strdup(&health->arena, f.param) : NULL;
    health->failed |= hn_arena_failed(&health->arena) || !hn_vec_push(&health->findings, f);
}

const char *hn_health_number(double value, char *out)
{
    enum { DIGITS = 6 };
    double magnitude = value == 0 || !isfinite(value) ? 0 : floor(log10(fabs(value)));
    double scale = pow(10, fabs(DIGITS - 1 - magnitude));
    double rounded = magnitude < DIGITS ? round(value * scale) / scale : round(value);
    hn_double_text(isfinite(rounded) ? rounded : value, out);
    return out;
}

const char *hn_health_value(hone_health *health, const hn_param *param, const hn_slot *slots)
{
    char number[HN_DOUBLE_TEXT];
    hn_str text = HN_STR_INIT;
    if (param->type == HONE_PARAM_FLOAT)
        hn_str_add(&text, hn_health_number(slots[0].f, number));
    else
        hn_value_text(param, slots, &text);
    const char *copy = hn_arena_strdup(&health->arena, hn_str_text(&text));
    health->failed |= hn_str_failed(&text);
    hn_str_free(&text);
    return copy ? copy : "";
}

const char *hn_health_option(hone_health *health, const char *what, const hn_param *param,
                             const char *spec)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_.:,=+-/@%";
    const char *quote = spec && spec[strspn(spec, plain)] ? "'" : "";
    return hn_arena_printf(&health->arena, "%s: hone edit -p %s%s=%s%s", what, quote, param->name,
                           spec ? spec : "", quote);
}

// --- checks without chance ---

// An objective that never varies.
static void check_constant(hn_checking *c)
{
    const hn_fold *fold = c->fold;
    for (uint32_t m = 0; m < fold->problem.n_objectives; m++) {
        double low = INFINITY, high = -INFINITY;
        uint32_t n = 0;
        for (uint32_t i = 0; i < fold->trials.n; i++) {
            const hn_trial *t = &fold->trials.data[i];
            if (t->state != HONE_STATE_COMPLETE || t->purpose == HONE_PURPOSE_FINAL ||
                t->origin == HONE_ORIGIN_SERVED || t->values == HN_NONE)
                continue;
            double value = hn_fold_values(fold, t)[m];
            low = value < low ? value : low;
            high = value > high ? value : high;
            n++;
        }
        char text[HN_DOUBLE_TEXT];
        if (n < MIN_SAME || low != high)
            continue;
        hone_finding f = {.code = HONE_FINDING_CONSTANT, .n = n, .of = n, .p = NAN};
        f.text = hn_arena_printf(&c->health->arena, "%s is %s in all %u complete trials",
                                 fold->problem.metrics[m].name, hn_health_number(low, text),
                                 (unsigned)n);
        f.remedy = "look whether the command takes its parameters and says the right metric";
        hn_health_add(c->health, &f);
    }
}

typedef struct constraint_fit {
    uint32_t n, n_fit; // complete trials, and those that satisfy it
    double nearest;
    uint32_t trial; // that one's
} constraint_fit;

static constraint_fit fit_of(const hn_fold *fold, const hn_bound *bound)
{
    constraint_fit fit = {0, 0, NAN, 0};
    double sign = bound->at_most ? 1 : -1;
    for (uint32_t i = 0; i < fold->trials.n; i++) {
        const hn_trial *t = &fold->trials.data[i];
        const double *values = hn_fold_values(fold, t);
        if (t->state != HONE_STATE_COMPLETE || t->purpose != HONE_PURPOSE_SEARCH || !values)
            continue;
        double value = values[bound->metric];
        fit.n++;
        fit.n_fit += sign * value <= sign * bound->bound;
        if (isnan(fit.nearest) || sign * value < sign * fit.nearest) {
            fit.nearest = value;
            fit.trial = i;
        }
    }
    return fit;
}

// Constraints of which no trial satisfies one; the first of them is named.
static void check_infeasible(hn_checking *c)
{
    const hn_problem *problem = &c->fold->problem;
    for (uint32_t b = 0; b < problem->n_bounds; b++) {
        const hn_bound *bound = &problem->bounds[b];
        constraint_fit fit = fit_of(c->fold, bound);
        char text[HN_DOUBLE_TEXT];
        if (fit.n < MIN_SAME || fit.n_fit > 0)
            continue;
        hone_finding f = {.code = HONE_FINDING_INFEASIBLE, .of = fit.n, .p = NAN};
        f.text = isnan(fit.nearest)
                     ? hn_arena_printf(&c->health->arena, "none of %u complete trials satisfies %s",
                                       (unsigned)fit.n, bound->text)
                     : hn_arena_printf(&c->health->arena,
                                       "none of %u complete trials satisfies %s; the nearest has "
                                       "%s (trial %u)",
                                       (unsigned)fit.n, bound->text,
                                       hn_health_number(fit.nearest, text), (unsigned)fit.trial);
        f.remedy = "relax the constraint, or widen the space";
        hn_health_add(c->health, &f);
        return;
    }
}

static void check_pruned(hn_checking *c)
{
    uint32_t n = c->fold->n_state[HONE_STATE_PRUNED];
    if (n < MIN_PRUNED || c->fold->n_state[HONE_STATE_COMPLETE] > 0)
        return;
    hone_finding f = {.code = HONE_FINDING_PRUNED, .n = n, .of = n, .p = NAN};
    f.text = hn_arena_printf(&c->health->arena,
                             "%u trials were pruned, and none has run to its end", (unsigned)n);
    f.remedy = "let the scheduler stop fewer, or none: hone edit --scheduler none";
    hn_health_add(c->health, &f);
}

// Of those that are compared: their worth is a mean of so many.
static double fewest_retests(const hn_checking *c)
{
    uint32_t n[N_COMPARED] = {0}, fewest = UINT32_MAX;
    for (size_t i = 0; i < c->fold->trials.n; i++) {
        const hn_trial *t = &c->fold->trials.data[i];
        for (uint32_t k = 0; k < N_COMPARED && t->purpose == HONE_PURPOSE_RETEST; k++)
            n[k] += t->state == HONE_STATE_COMPLETE && !(t->flags & HN_TRIAL_EXCLUDED) &&
                    t->parent == (int32_t)c->sample->trial[c->sample->order[k]];
    }
    for (uint32_t k = 0; k < N_COMPARED; k++)
        fewest = n[k] < fewest ? n[k] : fewest;
    return fewest;
}

// Those that are compared have the same configuration: there is nothing to choose.
static bool all_are_one(const hn_sample *s)
{
    size_t d = s->space->n_dims;
    for (uint32_t k = 1; k < N_COMPARED; k++)
        if (memcmp(s->u + s->order[k] * d, s->u + s->order[0] * d, d * sizeof *s->u) != 0)
            return false;
    return true;
}

// The best trials differ by less than chance moves the difference of two: which is best is not
// known.
static void check_noise(hn_checking *c)
{
    const hn_sample *s = c->sample;
    const char *what = "repeats of a trial scatter";
    if (c->fold->problem.n_objectives != 1 || s->n_good < N_COMPARED || all_are_one(s))
        return;
    double noise = hn_noise_of_retests(c->fold, c->scratch);
    if (isnan(noise)) {
        noise = hn_noise_of_equals(s, c->scratch);
        what = "equal trials scatter";
    }
    if (isnan(noise)) {
        noise = hn_noise_of_parts(s, c->scratch);
        what = "chance moves the mean of a trial";
    }
    noise /= sqrt(fmax(fewest_retests(c), 1));
    double apart = s->score[s->order[N_COMPARED - 1]] - s->score[s->order[0]];
    if (!(sqrt(2) * noise > apart)) // by so much chance moves the difference of two
        return;
    hone_finding f = {.code = HONE_FINDING_NOISE, .n = N_COMPARED, .of = s->n, .p = NAN};
    f.text = hn_arena_printf(&c->health->arena, "%s by %.2g, the best %d trials differ by %.2g",
                             what, noise, N_COMPARED, apart);
    f.remedy = "repeat them before choosing: hone retest --top 5 --repeats 10";
    hn_health_add(c->health, &f);
}

static void check_finite(hn_checking *c)
{
    const hone_space *space = c->sample->space;
    uint32_t n_served = 0, n_search = 0, n_complete = 0;
    for (uint32_t i = 0; i < c->fold->trials.n; i++) {
        const hn_trial *t = &c->fold->trials.data[i];
        n_search += t->purpose == HONE_PURPOSE_SEARCH;
        n_served += t->purpose == HONE_PURPOSE_SEARCH && t->origin == HONE_ORIGIN_SERVED;
    }
    for (uint32_t r = 0; r < c->sample->n; r++)
        n_complete += c->sample->state[r] == HONE_STATE_COMPLETE;
    double all = space->cardinality;
    bool exact = isfinite(all) && !space->is_bound && space->n_rules == 0;
    bool ends = exact && all >= MIN_FINITE && !c->fold->problem.noisy;
    if (ends && n_complete >= NEARLY_ALL * all && n_complete < all) {
        hone_finding f = {
            .code = HONE_FINDING_EXHAUSTED, .n = n_complete, .of = (uint32_t)all, .p = NAN};
        f.text = hn_arena_printf(&c->health->arena, "%u of the %u configurations have been tried",
                                 (unsigned)f.n, (unsigned)f.of);
        f.remedy = "widen the space if more trials are wanted";
        hn_health_add(c->health, &f);
    } else if (n_served >= MIN_SERVED && n_served >= MUCH_SERVED * n_search) {
        hone_finding f = {.code = HONE_FINDING_DUPLICATES, .n = n_served, .of = n_search, .p = NAN};
        f.text = hn_arena_printf(&c->health->arena,
                                 "%u of %u trials were duplicates, and served from earlier ones",
                                 (unsigned)n_served, (unsigned)n_search);
        f.remedy = "the space is small for so many trials: widen it, or end the study";
        hn_health_add(c->health, &f);
    }
}

// --- the handle ---

static hone_status check_all(const hone_study *study, hone_health *health, hone_error *err)
{
    static void (*const checks[])(hn_checking *) = {
        check_constant, check_infeasible, check_pruned,     hn_check_failures, hn_check_edges,
        check_noise,    hn_check_rungs,   hn_check_effects, check_finite,
    };
    hn_sample sample;
    hn_arena scratch = HN_ARENA_INIT;
    HN_TRY(hn_sample_make(&study->fold, &sample, err));
    hn_checking c = {study, &study->fold, &sample, health, &scratch};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++) {
        checks[i](&c);
        health->failed |= hn_arena_failed(&scratch);
        hn_arena_reset(&scratch);
    }
    hn_arena_free(&scratch);
    hn_sample_free(&sample);
    return health->failed ? hn_fail_memory(err) : HONE_OK;
}

hone_status hone_study_health(hone_study *study, hone_health **out, hone_error *err)
{
    hone_health *health = hn_calloc(1, sizeof *health);
    *out = NULL;
    if (!health)
        return hn_fail_memory(err);
    hone_status status = check_all(study, health, err);
    if (status == HONE_OK)
        *out = health;
    else
        hone_health_destroy(health);
    return status;
}

void hone_health_destroy(hone_health *health)
{
    if (!health)
        return;
    hn_arena_free(&health->arena);
    hn_vec_free(&health->findings);
    hn_free(health);
}

uint32_t hone_health_n(const hone_health *health)
{
    return (uint32_t)health->findings.n;
}

const hone_finding *hone_health_at(const hone_health *health, uint32_t index)
{
    return index < health->findings.n ? &health->findings.data[index] : NULL;
}
