// freeze-thaw: all trials pause again and again; what goes on is the paused trial, or a new one,
// with the best chance of passing the best so far for what it still costs.
//
// Sources: Swersky, Snoek, Adams: Freeze-thaw Bayesian optimization. 2014: to pause, to foretell,
//     to choose between a basket of old trials and new ones. Rakotoarison, Adriaensen, Mallik,
//     Garibov, Bergman, Hutter: In-context freeze-thaw Bayesian optimization for hyperparameter
//     optimization. ICML 2024: the probability of passing a threshold that is drawn each time.
//     Extrapolation: learn/curve.h.
//
// Method
//  1. A trial runs in slices: to r = `interval` at first, then always max(r, `growth` · its step)
//     further, and pauses after each, up to R = `max_resource`.
//  2. Of a trial that has paused with two values at least, the value at R is foretold by its curve,
//     as Student's t with mean m and scale s, the curve's times √(1 + (EARLY R / step)²): at a
//     25th and at an eighth of a training 90 % intervals of curves alone hold 63 and 87 % of the
//     ends of those of bench/calibration, and so 80 and 91 %. One with a single value v is taken to
//     fall as others did: m = v - D, where D is the mean drop from that step on to the foretold end
//     of the N_LONGEST trials that have come farthest, s what these differ by, and D / 2 at least.
//  3. The incumbent I is the best value that any trial shows now: at its last pause, or its result.
//     A threshold is drawn anew for each choice, T = I - τ (M - I), log10 τ uniform in -4 … -1, M
//     the median of all values at R, foretold or reached: now a sure small gain is sought, now a
//     large one.
//     A trial's curve is weighed against what is known without it: that it ends where it stands, or
//     at M where that is better, give or take PRIOR (M - I). A forecast that is wider than trials
//     differ by would otherwise give its trial an even chance against everybody.
//  4. A paused trial i is worth P(value at R < T) / c_i, c_i the cost of the rest of its training:
//     its steps left; with cost=time times the seconds that a step of it has taken so far, or of
//     all trials where it has not been timed. That is not the default since good trainings often
//     are dear ones: slower on five of six recorded tasks. A new trial is worth the mean of these
//     probabilities over all trials that have begun (ended ones: 0), over what these have cost so
//     far on average: since most are not thawed again, a new trial costs little. The greatest goes
//     on.
//  5. But somebody has to come to an end, or a study of many good trials begins them all first. Of
//     the paused trials that better the best complete one with an even chance at least, by a
//     hundredth of what it and M differ by, the one foretold to end best goes on before all others,
//     as long as what lies beyond a third of a training is no more than `finish` of all training,
//     the rest of its own included. While none is complete one trial at a time need not better
//     anybody, others I.
//  6. When all wanted trials have begun those paused ones go on that pass T with at least
//     `probability`, any of them while none is complete. The rest stay PAUSED: with more trials
//     they may thaw.
//  7. Where most trials that went on have begun at their first step again there are no checkpoints:
//     the rest of a training is the whole of it, and who goes on does so to the end, or FEW times
//     as far as its only value is.
//
// Where this differs from the sources: curves are foretold one by one, not by a process over all of
// them and their configurations (new trials are proposed by the sampler, which has a model of its
// own); (4) counts a new trial's cost by what is really paid for one. `basket` bounds what is
// compared: of more paused trials than that only those whose m - 2 s is lowest, and of the mean in
// (4) these exactly and as many of the others, evenly by their places.
//
// All of it is a function of the journal: of each trial the reports up to its last pause count, and
// draws go by the number of events. Nothing here reads a clock: times are those of the reports'
// events.
//
// Cost: a fit (some 30 us) when a trial has paused, nothing on other reports; a choice
// O(basket · log trials), 30 us. Once, in a process that takes a study up, a fit for each trial
// that has not ended.

#include <math.h>

#include "core/explain.h"
#include "num/rng.h"
#include "schedulers/freeze_thaw.h"
#include "schedulers/rungs.h"

enum { SLICES = 27, N_LONGEST = 16, FEW = 3 };
#define PRIOR 2.0  // by how much of what the best and the median differ by
#define GAIN  0.01 // of what the best and the median differ by: worth finishing for

static const hn_option option_table[] = {
    {"max_resource", HN_OPTION_DOUBLE, offsetof(hn_thaw_options, max_resource), "0", 0, 1e15, NULL,
     "steps", "a whole training; must be given"},
    {"interval", HN_OPTION_DOUBLE, offsetof(hn_thaw_options, interval), "0", 0, 1e15, NULL, "steps",
     "the first slice of a training, and the least; 0: max_resource / 27"},
    {"growth", HN_OPTION_DOUBLE, offsetof(hn_thaw_options, growth), "0.5", 0, 10, NULL, NULL,
     "later slices are this share of what has been trained, if that is longer"},
    {"probability", HN_OPTION_DOUBLE, offsetof(hn_thaw_options, probability), "0.02", 0, 1, NULL,
     NULL, "when all trials have begun, who passes the best with less stays paused"},
    {"finish", HN_OPTION_DOUBLE, offsetof(hn_thaw_options, finish), "0.5", 0, 1, NULL, NULL,
     "the share of all training that brings to an end who is foretold to be the best"},
    {"basket", HN_OPTION_INT, offsetof(hn_thaw_options, basket), "64", 1, 10000, NULL, "trials",
     "paused trials that are compared each time, the most promising ones"},
    {"cost", HN_OPTION_CHOICE, offsetof(hn_thaw_options, cost), "steps", 1, 0, "steps|time", NULL,
     "what the rest of a training costs: the number of its steps, or the time that they take"},
    {"metric", HN_OPTION_TEXT, offsetof(hn_thaw_options, metric), NULL, 1, 0, NULL, NULL,
     "what is foretold; the objective if there is just one"},
    {0},
};

// --- making ---

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    hn_thaw *s = self;
    const hn_thaw_options *o = s->options = given;
    s->problem = problem;
    if (o->max_resource <= 0)
        return hn_fail(err, HONE_EINVAL,
                       "freeze-thaw hands out the resource: give it max_resource, the last step of "
                       "a whole training");
    if (o->interval >= o->max_resource)
        return hn_fail(err, HONE_EINVAL,
                       "option \"interval\" of freeze-thaw is %g: it must be below "
                       "\"max_resource\", %g",
                       o->interval, o->max_resource);
    if (problem->lag > 0)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "freeze-thaw chooses among what has paused by then, which a deterministic "
                       "study cannot allow: use curve, which stops by the same forecasts");
    double R = o->max_resource;
    bool whole = R >= 1 && R == floor(R);
    s->interval = o->interval > 0 ? o->interval : R / SLICES;
    if (o->interval <= 0)
        s->interval = whole ? ceil(s->interval * (1 - 1e-9)) : hn_ladder_place(s->interval, 0);
    for (int k = 0; k < THAW_SETS; k++)
        s->sets[k] = HN_RANKS_EMPTY;
    HN_TRY(hn_watch_choose(problem, "freeze-thaw", o->metric, true, &s->watched, err));
    return hn_vec_reserve(&s->front, (size_t)o->basket) ? HONE_OK : hn_fail_memory(err);
}

// Where the slice ends that begins at `step`.
static double limit_after(const hn_thaw *s, double step)
{
    double length = fmax(s->interval, s->options->growth * step), R = s->options->max_resource;
    double limit = step > 0 ? step + length : s->interval;
    if (s->interval == floor(s->interval))
        limit = floor(limit * (1 + 1e-9));
    limit = hn_ladder_place(limit, s->interval);
    return limit < R ? limit : R;
}

static hone_status resource(void *self, const hn_view *view, uint32_t trial, double *out,
                            hone_error *err)
{
    (void)view, (void)trial, (void)err;
    *out = limit_after(self, 0);
    return HONE_OK;
}

// --- what trials are worth ---

static uint32_t count(const hn_thaw *s, hn_thaw_set k)
{
    return hn_ranks_count(&s->ranks, s->sets[k]);
}

static double nth(const hn_thaw *s, hn_thaw_set k, uint32_t n, uint32_t *trial)
{
    return hn_ranks_at(&s->ranks, s->sets[k], n, trial);
}

// The first `basket` of a set into s->front.
static void list_first(hn_thaw *s, hn_thaw_set k)
{
    s->front.n = hn_ranks_first(&s->ranks, s->sets[k], (uint32_t)s->options->basket, s->front.data);
}

// What a choice goes by.
typedef struct choice {
    double incumbent, middle, threshold;
    double drop, spread; // of trials with a single value
} choice;

// Step 2, for a single value: how those that have come farthest fell from where most of them stand.
static void measure_drop(const hn_thaw *s, choice *c)
{
    double sum = 0, squares = 0, n = 0;
    uint32_t trial, n_far = count(s, THAW_FAR);
    for (uint32_t i = 0; i < n_far && i < N_LONGEST; i++) {
        (void)nth(s, THAW_FAR, i, &trial);
        double drop = s->rows.data[trial].early - s->rows.data[trial].m;
        if (!isfinite(drop))
            continue;
        sum += drop;
        squares += drop * drop;
        n++;
    }
    c->drop = n > 0 ? sum / n : 0;
    double variance = n > 0 ? squares / n - c->drop * c->drop : 0;
    c->spread = fmax(sqrt(fmax(variance, 0)), fabs(c->drop) / 2);
    if (n > 0)
        return;
    uint32_t n_now = count(s, THAW_NOW); // nothing to go by: as far as trials are apart
    c->drop = nth(s, THAW_NOW, n_now / 2, NULL) - nth(s, THAW_NOW, 0, NULL);
    c->spread = c->drop;
}

// Student's t, by Wallace's approximation (learn/curve_predict.c).
static double below(double t, double df)
{
    double z = (8 * df + 1) / (8 * df + 3) * sqrt(df * log1p(t * t / df));
    return 0.5 * erfc((t < 0 ? z : -z) * M_SQRT1_2);
}

typedef struct end {
    double m, spread, df;
} end;

// Where a trial is expected to end.
static end end_of(const hn_thaw *s, const choice *c, uint32_t trial)
{
    const hn_thaw_row *r = &s->rows.data[trial];
    if (hn_thaw_in(r, THAW_SINGLE))
        return (end){r->now - c->drop, c->spread, 3};
    double apart = PRIOR * (c->middle - c->incumbent);
    if (!(apart > 0))
        return (end){r->m, r->s, r->df};
    double prior = fmin(r->now, c->middle), weight = 1 / (1 + pow(r->s / apart, 2));
    return (end){prior + weight * (r->m - prior), r->s * sqrt(weight), r->df};
}

// The probability that the trial ends below a limit.
static double chance(const hn_thaw *s, const choice *c, uint32_t trial, double limit)
{
    end e = end_of(s, c, trial);
    double least = 1e-9 * fabs(e.m) + 1e-300; // of curves that do not move at all
    return below((limit - e.m) / fmax(e.spread, least), e.df);
}

static choice draw(const hn_thaw *s, const hn_fold *fold)
{
    choice c = {.incumbent = nth(s, THAW_NOW, 0, NULL),
                .middle = nth(s, THAW_AT_END, count(s, THAW_AT_END) / 2, NULL)};
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SCHEDULE, (uint32_t)fold->n_events);
    double tau = pow(10, -1 - 3 * hn_rng_uniform(&rng, 0, 0, 0));
    c.threshold = c.incumbent - tau * fmax(c.middle - c.incumbent, 0);
    if (count(s, THAW_SINGLE) > 0)
        measure_drop(s, &c);
    return c;
}

// Σ of the chances of a set: of the first `basket` all, of the others as many, evenly.
static double sum_chances(hn_thaw *s, const choice *c, hn_thaw_set k)
{
    uint32_t n = count(s, k), basket = (uint32_t)s->options->basket, trial;
    uint32_t first = n < 2 * basket ? n : basket, n_rest = n - first;
    double sum = 0, rest = 0;
    list_first(s, k);
    for (uint32_t i = 0; i < s->front.n; i++)
        sum += chance(s, c, s->front.data[i], c->threshold);
    for (uint32_t i = basket; i < first; i++) {
        (void)nth(s, k, i, &trial);
        sum += chance(s, c, trial, c->threshold);
    }
    for (uint32_t i = 0; n_rest > 0 && i < basket; i++) {
        (void)nth(s, k, first + (uint32_t)((uint64_t)n_rest * i / basket), &trial);
        rest += chance(s, c, trial, c->threshold);
    }
    return sum + rest * n_rest / basket;
}

// What a step of the trial costs; of HN_NONE: of all of them together.
static double pace_of(const hn_thaw *s, uint32_t trial)
{
    const hn_thaw_row *r = trial == HN_NONE ? NULL : &s->rows.data[trial];
    if (r && r->timed > 0)
        return (double)r->timed_us / (double)r->timed;
    return s->timed > 0 ? (double)s->timed_us / (double)s->timed : 1;
}

// Step 7.
static bool begins_anew(const hn_thaw *s)
{
    return s->n_anew > s->n_kept;
}

// Steps that a paused trial has yet to train.
static double left_of(const hn_thaw *s, uint32_t trial)
{
    double step = begins_anew(s) ? 0 : s->rows.data[trial].step;
    return s->options->max_resource - step;
}

static hn_next resume(const hn_thaw *s, uint32_t trial)
{
    const hn_thaw_row *r = &s->rows.data[trial];
    double limit = limit_after(s, r->step), R = s->options->max_resource;
    if (begins_anew(s))
        limit = hn_thaw_in(r, THAW_SINGLE) ? fmin(FEW * r->step, R) : R;
    return (hn_next){HN_NEXT_RESUME, trial, limit};
}

typedef struct offer {
    uint32_t trial; // HN_NONE
    double worth;
} offer;

// The paused trial of a set that is worth most of those with such a chance at `least`; ties: the
// first by the set's order. A cheap one without a chance must not stand before a dear one with it.
static void look_through(hn_thaw *s, const choice *c, hn_thaw_set k, double least, offer *best)
{
    list_first(s, k);
    for (size_t i = 0; i < s->front.n; i++) {
        uint32_t trial = s->front.data[i];
        double p = chance(s, c, trial, c->threshold);
        if (p < least)
            continue;
        double worth = p / (fmax(left_of(s, trial), s->interval) * pace_of(s, trial));
        if (best->trial == HN_NONE || worth > best->worth)
            *best = (offer){trial, worth};
    }
}

// May this one be brought to its end without more than its share?
static bool may_finish(const hn_thaw *s, const choice *c, uint32_t trial, double enough)
{
    double R = s->options->max_resource, rest = 1 - fmax(s->rows.data[trial].step / R, THAW_LATE);
    return (double)s->given_late / THAW_UNIT + rest <=
               s->options->finish * (double)s->given / THAW_UNIT &&
           chance(s, c, trial, enough) >= 0.5;
}

// What a trial has to better to be brought to its end.
static double worth_finishing(const hn_thaw *s, const choice *c)
{
    if (count(s, THAW_RESULT) == 0)
        return s->n_finishing == 0 ? INFINITY : c->incumbent;
    double complete = nth(s, THAW_RESULT, 0, NULL);
    return complete - GAIN * fmax(c->middle - complete, 0);
}

// Step 5: who goes on because somebody has to come to an end; HN_NONE: nobody.
static uint32_t who_finishes(hn_thaw *s, const choice *c)
{
    uint32_t trial, best = HN_NONE;
    double enough = worth_finishing(s, c), least = INFINITY;
    if ((double)s->given_late >= s->options->finish * (double)s->given)
        return HN_NONE;
    list_first(s, THAW_END_PAUSED);
    for (size_t i = 0; i < s->front.n; i++) {
        trial = s->front.data[i];
        if (!(s->rows.data[trial].m < enough))
            break;
        double m = end_of(s, c, trial).m;
        if (m < least && may_finish(s, c, trial, enough)) {
            least = m;
            best = trial;
        }
    }
    if (best != HN_NONE || count(s, THAW_SINGLE_PAUSED) == 0)
        return best;
    (void)nth(s, THAW_SINGLE_PAUSED, 0, &trial); // the best of them falls as far as any
    return may_finish(s, c, trial, enough) ? trial : HN_NONE;
}

// --- deciding ---

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    const hn_thaw *s = self;
    const hn_fold *fold = view->fold;
    const hn_trial *t = &fold->trials.data[trial];
    double value = NAN;
    (void)step, (void)err; // where the trial stands is what counts
    *out = HN_GO_ON;
    if (!hn_watch_counts(view, trial) || !(t->resource > 0) ||
        t->resource >= s->options->max_resource || t->step < t->resource)
        return HONE_OK;
    bool broken = hn_watch_value(&s->watched, fold, &fold->reports.data[t->last_report], &value) &&
                  isnan(value);
    *out = broken ? HN_STOP : HN_PAUSE;
    return HONE_OK;
}

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    hn_thaw *s = self;
    offer best = {HN_NONE, 0};
    *out = (hn_next){HN_NEXT_NEW, 0, 0};
    HN_TRY(hn_thaw_sync(s, view, err));
    if (count(s, THAW_BOUND_PAUSED) + count(s, THAW_SINGLE_PAUSED) == 0)
        return HONE_OK;
    choice c = draw(s, view->fold);
    uint32_t first = who_finishes(s, &c);
    if (first != HN_NONE) {
        *out = resume(s, first);
        return HONE_OK;
    }
    bool closing = s->problem->exhausted || (s->problem->n_trials > 0 &&
                                             (int64_t)view->fold->trials.n >= s->problem->n_trials);
    double least = closing && count(s, THAW_RESULT) > 0 ? s->options->probability : 0;
    look_through(s, &c, THAW_BOUND_PAUSED, least, &best);
    look_through(s, &c, THAW_SINGLE_PAUSED, least, &best);
    double spent = (double)s->spent / THAW_UNIT * s->options->max_resource * pace_of(s, HN_NONE);
    double new_worth = (sum_chances(s, &c, THAW_BOUND) + sum_chances(s, &c, THAW_SINGLE)) / spent;
    if (best.trial != HN_NONE && (closing || best.worth > new_worth))
        *out = resume(s, best.trial);
    return HONE_OK;
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    hn_thaw *s = self;
    if (hn_state_finished(view->fold->trials.data[trial].state) ||
        hn_thaw_sync(s, view, NULL) != HONE_OK || trial >= s->rows.n ||
        !hn_thaw_in(&s->rows.data[trial], THAW_NOW))
        return NULL;
    const hn_thaw_row *r = &s->rows.data[trial];
    const char *how = hn_thaw_in(r, THAW_BOUND_PAUSED) || hn_thaw_in(r, THAW_SINGLE_PAUSED)
                          ? "paused at"
                          : "went on from";
    choice c = draw(s, view->fold);
    if (hn_thaw_in(r, THAW_SINGLE))
        return hn_explain("%s %g: one value foretells nothing yet", how, r->step);
    return hn_explain("%s %g: foretold to end at %.4g +- %.2g, passes %.6g with probability %.2g",
                      how, r->step, hn_thaw_score(s, r->m), r->s, hn_thaw_score(s, c.incumbent),
                      chance(s, &c, trial, c.incumbent));
}

const hn_scheduler_class hn_scheduler_freeze_thaw = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "freeze-thaw",
             .summary = "pauses all; goes on with what may pass the best at the least cost",
             .source = "Swersky, Snoek, Adams: Freeze-thaw Bayesian optimization, 2014",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_GIVES_RESOURCE,
             .options = option_table,
             .before = "{\"finish\":0}",
             .config_size = sizeof(hn_thaw_options),
             .state_size = sizeof(hn_thaw)},
    .init = init,
    .next = next,
    .resource = resource,
    .report = report,
    .observe = hn_thaw_observe,
    .fini = hn_thaw_free,
    .explain = explain,
};
