// Generations from a history.
//
// 1. Results are taken in the order in which they came (core/arrivals.h); λ of them make a
//    generation, whichever distribution their points were drawn from. Points of the present one are
//    made again from their trials' numbers, so that what a value does not show is known as well:
//    where inside an integer's cell a point lay, beyond which end, and the coordinates of inactive
//    parameters, which thus neither attract nor repel.
// 2. Points of an earlier generation of this run, and what people queued, are brought within the
//    usual distance of the mean (hn_cma_shorten). Points of an earlier run are left out, and those
//    of another sampler that the study is shared with: where it follows a search of its own, its
//    points would draw the distribution to where that is. Left out are coordinates beyond an end,
//    too, once they have been mirrored inside, unless the end is nearer to the mean than a standard
//    deviation.
// 3. A generation is ranked by merit: complete, pruned, infeasible, failed. When nothing but
//    failures came in, there is nothing to learn.
// 4. When a run has nothing more to give the next one begins at a random place. On a plateau it has
//    nothing after two generations; where cells and choices make plateaus it stays on for longer.
// 5. Trials that were there before the sampler was chosen, or are of an earlier version of the
//    space, are where the first run starts, if there are ten. Without them earlier studies are, if
//    that start wins the race with the usual one (cmaes_race.c); the other one is where the next
//    run starts.
#include "samplers/cmaes_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/dist.h"

enum {
    LEAST_SOURCES = 10, // fewer say little: they are points of the first generation
    FULL_UP_TO = 100,   // axes; beyond, n² parameters take too long to learn
    ROUNDS_TRIED = 3,   // of the draws for a trial, to find its point again
    N_DRAWN = 32        // points kept, as many as usually run at a time
};
#define SOURCE_SHARE 0.1 // the best of the trials before
#define MOST_SD      1.0 // of the unit range: wider says nothing more

// --- begin and end ---

static bool make_drawn(hn_cmaes_run *r)
{
    r->drawn = HN_ZNEW(&r->arena, hn_cmaes_drawn, N_DRAWN);
    for (uint32_t k = 0; r->drawn && k < N_DRAWN; k++) {
        hn_cmaes_drawn *drawn = &r->drawn[k];
        drawn->point.x = HN_NEW(&r->arena, double, r->space.n + 1);
        drawn->point.picks = HN_NEW(&r->arena, uint32_t, r->space.n_choices + 1);
        drawn->config = hn_config_new(&r->arena, r->problem->space);
    }
    return !hn_arena_failed(&r->arena);
}

bool hn_cmaes_run_init(hn_cmaes_run *r, const hn_problem *problem, const hn_cmaes_options *options)
{
    r->problem = problem;
    r->options = options;
    if (!hn_cmaes_space_make(&r->space, problem->space, &r->arena))
        return false;
    r->point.x = HN_NEW(&r->arena, double, r->space.n + 1);
    r->point.picks = HN_NEW(&r->arena, uint32_t, r->space.n_choices + 1);
    r->z = HN_NEW(&r->arena, double, r->space.n + 1);
    r->room = HN_NEW(&r->arena, double, r->space.n + 1);
    r->config = hn_config_new(&r->arena, problem->space);
    return make_drawn(r);
}

void hn_cmaes_run_free(hn_cmaes_run *r)
{
    hn_arrivals_free(&r->arrivals);
    hn_str_free(&r->kept);
    hn_arena_free(&r->arena);
    hn_arena_free(&r->of_starts);
    hn_arena_free(&r->of_run);
    hn_arena_free(&r->of_call);
}

static bool is_separable(const hn_cmaes_run *r)
{
    if (r->options->variant == HN_CMAES_AUTO)
        return r->space.n > FULL_UP_TO;
    return r->options->variant == HN_CMAES_SEP;
}

// --- a run ---

// Generations on a plateau that are borne: cells and choices make plateaus, which have ends.
static uint32_t most_level(const hn_cmaes_space *s)
{
    uint32_t n_discrete = s->n_choices;
    for (uint32_t i = 0; i < s->n; i++)
        n_discrete += s->fixed[i];
    return n_discrete ? 3 + 30 * n_discrete / (s->n + s->n_choices) : 1;
}

static bool make_model(hn_cmaes_run *r, const hn_cmaes_start *start, double shrink,
                       hn_cmaes_model *out)
{
    uint32_t n = r->space.n;
    hn_cma_setup setup = {n,
                          r->schedule.lambda,
                          start->separable,
                          r->options->lr_adapt,
                          start->sigma * shrink,
                          start->m,
                          start->C};
    out->scale = HN_NEW(&r->of_run, double, n + 1);
    for (uint32_t i = 0; out->scale && i < n; i++)
        out->scale[i] = 1;
    if (!out->scale || (n > 0 && !hn_cma_init(&out->cma, &setup, &r->of_run)))
        return false;
    out->cma.low = r->space.low;
    out->cma.up = r->space.up;
    out->cma.most_level = most_level(&r->space);
    return hn_asng_init(&out->choices, r->space.n_choices, r->space.K, start->q, &r->of_run);
}

static bool allocate(hn_cmaes_run *r)
{
    hn_arena *arena = &r->of_run;
    size_t n = r->space.n, m = r->space.n_choices, lambda = r->lambda;
    r->weights = HN_NEW(arena, double, lambda);
    r->X = HN_NEW(arena, double, lambda *n + 1);
    r->ranked_X = HN_NEW(arena, double, lambda *n + 1);
    r->values = HN_NEW(arena, double, lambda);
    r->picks = HN_NEW(arena, uint32_t, lambda * m + 1);
    r->ranked_picks = HN_NEW(arena, uint32_t, lambda * m + 1);
    r->merits = HN_NEW(arena, hn_merit, lambda);
    return !hn_arena_failed(arena);
}

static void set_weights(hn_cmaes_run *r)
{
    double sum = 0;
    for (uint32_t i = 0; i < r->lambda; i++) {
        r->weights[i] = i < r->lambda / 2 ? log((r->lambda + 1.0) / 2) - log(i + 1.0) : 0;
        sum += r->weights[i];
    }
    for (uint32_t i = 0; i < r->lambda; i++)
        r->weights[i] /= sum;
}

bool hn_cmaes_begin_run(hn_cmaes_run *r, const hn_cmaes_start *start)
{
    hn_arena_reset(&r->of_run);
    r->lambda = r->schedule.lambda;
    r->n_in = 0;
    r->n_spent = 0;
    r->version++;
    if (!allocate(r) || !make_model(r, start, r->schedule.shrink, &r->now))
        return false;
    set_weights(r);
    return true;
}

uint32_t hn_cmaes_first_lambda(const hn_cmaes_run *r)
{
    uint32_t n = r->space.n + r->space.n_choices;
    if (r->options->population > 0)
        return (uint32_t)(r->options->population < 2 ? 2 : r->options->population);
    return hn_cma_lambda(n > 0 ? n : 1);
}

static int by_merit(const void *a, const void *b)
{
    return hn_merit_better(a, b) ? -1 : hn_merit_better(b, a);
}

// The best of the first n_sources arrivals.
static bool start_from_own(hn_cmaes_run *r, const hn_view *view, hn_cmaes_start *start)
{
    hn_arena *arena = &r->of_call;
    uint32_t k = (uint32_t)ceil(SOURCE_SHARE * r->n_sources);
    hn_arena_reset(arena);
    hn_merit *merits = HN_NEW(arena, hn_merit, r->n_sources);
    hn_config *good = HN_NEW(arena, hn_config, k);
    for (uint32_t i = 0; good && i < k; i++)
        good[i] = hn_config_new(arena, r->problem->space);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < r->n_sources; i++)
        merits[i] = hn_merit_of(view, r->arrivals.order.data[i]);
    qsort(merits, r->n_sources, sizeof *merits, by_merit);
    for (uint32_t i = 0; i < k; i++)
        (void)hn_view_config(view, merits[i].trial, good[i]);
    if (merits[0].tier == HN_MERIT_FAILED)
        return true;
    return hn_cmaes_start_near(&r->space, good, k, r->options->sigma0, is_separable(r),
                               &r->of_starts, start);
}

static bool begin_search(hn_cmaes_run *r, const hn_view *view, const hn_sources *sources)
{
    hn_cmaes_start *cold = &r->race.starts[HN_CMAES_COLD];
    bool learns = r->n_sources >= LEAST_SOURCES && r->options->warm_start != 0;
    hn_arena_reset(&r->of_starts);
    r->schedule =
        hn_cma_schedule_begin((hn_cma_restarts)r->options->restarts, hn_cmaes_first_lambda(r));
    r->n_used = learns ? r->n_sources : 0;
    r->run_start = r->generation_start = r->n_used;
    r->n_generations = 0;
    r->n_digested = r->n_taken_up = 0;
    r->digest = 0;
    r->race.on = false;
    r->race.end = 0;
    if (!hn_cmaes_start_cold(&r->space, r->options->sigma0, is_separable(r), &r->of_starts, cold) ||
        (learns && !start_from_own(r, view, cold)) ||
        (!learns && r->options->warm_start < 0 && !hn_cmaes_race_prepare(r, sources, &r->race.on)))
        return false;
    return hn_cmaes_begin_run(r, cold) &&
           (!r->race.on || make_model(r, &r->race.starts[HN_CMAES_WARM], 1, &r->race.rival));
}

// The one that has not won the race is where the search goes on.
static bool restart(hn_cmaes_run *r)
{
    enum { MEAN, SIZES };
    hn_rng rng = hn_rng_make(r->problem->seed, HN_PURPOSE_SUGGEST, r->schedule.n_runs);
    const double sizes[2] = {hn_rng_uniform(&rng, UINT32_MAX, SIZES, 0),
                             hn_rng_uniform(&rng, UINT32_MAX, SIZES, 1)};
    bool is_second = r->schedule.n_runs == 0;
    hn_cmaes_start start;
    hn_cma_schedule_next(&r->schedule, r->n_spent, sizes);
    if (is_second && r->race.end > 0)
        return hn_cmaes_begin_run(r, &r->race.starts[!r->race.won]);
    hn_arena_reset(&r->of_call);
    if (!hn_cmaes_start_cold(&r->space, r->options->sigma0, is_separable(r), &r->of_call, &start))
        return false;
    for (uint32_t i = 0; i < r->space.n; i++) {
        double u = hn_rng_uniform(&rng, UINT32_MAX, MEAN, i);
        bool normal = r->space.axes[i].kind == HN_CMAES_NORMAL;
        start.m[i] = normal ? 0.5 + 0.2 * hn_normal_quantile(u) : u;
    }
    return hn_cmaes_begin_run(r, &start);
}

// --- points ---

static void copy_point(const hn_cmaes_run *r, hn_cmaes_point to, hn_cmaes_point from)
{
    memcpy(to.x, from.x, r->space.n * sizeof *to.x);
    memcpy(to.picks, from.picks, r->space.n_choices * sizeof *to.picks);
}

static const hn_cmaes_model *model_of(const hn_cmaes_run *r, uint32_t trial)
{
    return r->race.on && hn_cmaes_side_of(trial) == HN_CMAES_WARM ? &r->race.rival : &r->now;
}

static hn_cmaes_lens lens_of(const hn_cmaes_model *model)
{
    return (hn_cmaes_lens){model->cma.m, model->scale};
}

void hn_cmaes_read_drawn(const hn_cmaes_run *r, uint32_t trial, hn_cmaes_point point, hn_config out)
{
    hn_cmaes_read(&r->space, lens_of(model_of(r, trial)), point, out);
}

void hn_cmaes_draw(hn_cmaes_run *r, uint32_t trial, uint32_t round, hn_cmaes_point out)
{
    hn_rng rng = hn_rng_make(r->problem->seed, HN_PURPOSE_SUGGEST, trial);
    const hn_cmaes_model *model = model_of(r, trial);
    for (uint32_t i = 0; i < r->space.n; i++) {
        const hn_cmaes_axis *axis = &r->space.axes[i];
        r->z[i] = hn_normal_quantile(hn_rng_uniform(&rng, axis->param->hash, round, axis->lane));
    }
    if (r->space.n > 0)
        hn_cma_point(&model->cma, r->z, out.x);
    for (uint32_t i = 0; i < r->space.n_choices; i++) {
        const hn_cmaes_choice *choice = &r->space.choices[i];
        double u = hn_rng_uniform(&rng, choice->param->hash, round, choice->item);
        out.picks[i] = hn_asng_choose(&model->choices, i, u);
    }
}

// --- generations ---

static void rank(hn_cmaes_run *r)
{
    uint32_t n = r->space.n, m = r->space.n_choices;
    // Where each stands in X, in place of its number, which has broken ties by then.
    for (uint32_t k = 0; k < r->lambda; k++) {
        uint32_t better = 0;
        for (uint32_t j = 0; j < r->lambda; j++)
            better += hn_merit_better(&r->merits[j], &r->merits[k]);
        memcpy(r->ranked_X + (size_t)better * n, r->X + (size_t)k * n, n * sizeof *r->X);
        memcpy(r->ranked_picks + (size_t)better * m, r->picks + (size_t)k * m,
               m * sizeof *r->picks);
    }
    qsort(r->merits, r->lambda, sizeof *r->merits, by_merit);
    for (uint32_t k = 0; k < r->lambda; k++)
        r->values[k] = r->merits[k].tier == HN_MERIT_COMPLETE ? r->merits[k].a : NAN;
}

static double sd_of(const hn_cma *cma, uint32_t i)
{
    return cma->sigma * sqrt(cma->C[cma->separable ? i : (size_t)i * cma->n + i]);
}

// Wider than the range says nothing more; neighbours of integers stay within reach.
static void keep_in_reach(hn_cmaes_run *r)
{
    hn_cma *cma = &r->now.cma;
    double most = 0, margin = 1.0 / (((double)r->space.n + r->space.n_choices) * r->lambda);
    for (uint32_t i = 0; i < cma->n; i++)
        most = fmax(most, sd_of(cma, i));
    if (most > MOST_SD)
        cma->sigma *= MOST_SD / most;
    for (uint32_t i = 0; i < cma->n; i++) {
        double low, up;
        if (r->space.axes[i].kind != HN_CMAES_CELLS)
            continue;
        hn_cmaes_thresholds(&r->space.axes[i], cma->m[i], &low, &up);
        hn_cma_keep_margin(cma, i, low, up, margin, &r->now.scale[i]);
    }
}

static bool has_ended(const hn_cmaes_run *r)
{
    if (r->options->restarts == HN_CMA_NO_RESTARTS || r->space.n == 0)
        return false;
    return r->n_spent >= r->schedule.most ||
           hn_cma_should_stop(&r->now.cma, r->space.fixed) != HN_CMA_GO_ON;
}

static bool close_generation(hn_cmaes_run *r)
{
    rank(r);
    r->n_in = 0;
    r->n_generations++;
    r->generation_start = r->n_used;
    if (r->merits[0].tier == HN_MERIT_FAILED)
        return true;
    r->version++;
    if (r->space.n > 0) {
        hn_cma_tell(&r->now.cma, r->ranked_X, r->values);
        keep_in_reach(r);
    }
    hn_asng_tell(&r->now.choices, r->ranked_picks, r->weights, r->lambda);
    if (!has_ended(r))
        return true;
    r->run_start = r->n_used;
    return restart(r);
}

// --- the history ---

static uint32_t own_from(const hn_cmaes_run *r, const hn_view *view)
{
    return r->options->warm_start >= 0 ? (uint32_t)r->options->warm_start
                                       : view->fold->sampler_since;
}

bool hn_cmaes_is_foreign(const hn_cmaes_run *r, const hn_view *view, uint32_t trial)
{
    const hn_trial *row = &view->fold->trials.data[trial];
    return trial < own_from(r, view) || row->space != view->problem->space_version ||
           (row->origin != HONE_ORIGIN_SAMPLED && row->origin != HONE_ORIGIN_SERVED);
}

void hn_cmaes_remember(hn_cmaes_run *r, uint32_t trial, hn_config config)
{
    hn_cmaes_drawn *drawn = &r->drawn[trial % N_DRAWN];
    drawn->trial = trial;
    drawn->version = r->version;
    copy_point(r, drawn->point, r->point);
    hn_config_copy(r->problem->space, drawn->config, config);
}

// Does round 0 of the present distribution, as it is remembered, stand for the configuration? Then
// r->point is it, bit for bit what drawing it again would give. Bits are compared: whatever else
// may stand for it is for hn_cmaes_fit to find.
static bool recall(hn_cmaes_run *r, uint32_t trial, hn_config config)
{
    const hone_space *space = r->problem->space;
    const hn_cmaes_drawn *drawn = &r->drawn[trial % N_DRAWN];
    if (drawn->version != r->version || drawn->trial != trial ||
        memcmp(drawn->config.slots, config.slots, space->n_slots * sizeof *config.slots) != 0 ||
        memcmp(drawn->config.active, config.active, space->n_words * sizeof *config.active) != 0)
        return false;
    copy_point(r, r->point, drawn->point);
    return true;
}

// The point of a trial into r->point: as it was drawn from the present distribution, if it was
// (true), else what stands for its configuration.
static bool find_point(hn_cmaes_run *r, const hn_view *view, uint32_t trial, bool may_be_drawn)
{
    hn_cmaes_lens lens = lens_of(&r->now);
    hn_config config = hn_arrivals_config(view, trial, r->config);
    if (may_be_drawn && recall(r, trial, config))
        return true;
    for (uint32_t round = 0; may_be_drawn && round < ROUNDS_TRIED; round++) {
        hn_cmaes_draw(r, trial, round, r->point);
        if (hn_cmaes_fit(&r->space, lens, config, r->point))
            return true;
    }
    hn_cmaes_draw(r, trial, 0, r->point);
    (void)hn_cmaes_fit(&r->space, lens, config, r->point);
    return false;
}

// Brings inside what lies beyond an end that is farther from the mean than a standard deviation.
// An optimum near an end has an image beyond it; as long as both are within reach, learning from
// points as they were drawn would keep the distribution wide enough for the two. An end that is
// nearer is left: there the distribution stands on it, and what was folded would push it away.
static bool fold(const hn_cmaes_run *r, double *x)
{
    bool any = false;
    for (uint32_t i = 0; i < r->space.n; i++) {
        double m = r->now.cma.m[i], mirrored = hn_cmaes_mirror(x[i]);
        if (r->space.axes[i].kind != HN_CMAES_BOUNDED || x[i] == mirrored)
            continue;
        double inside = HN_CMAES_BEND + (x[i] < 0 ? m : 1 - m);
        if (inside < sd_of(&r->now.cma, i))
            continue;
        x[i] = mirrored;
        any = true;
    }
    return any;
}

static bool take_in(hn_cmaes_run *r, const hn_view *view)
{
    uint32_t trial = r->arrivals.order.data[r->n_used++], n = r->space.n, m = r->space.n_choices;
    if (!hn_view_is_own(view, trial))
        return true;
    bool foreign = hn_cmaes_is_foreign(r, view, trial);
    size_t seen = hn_arrivals_seen_by(&r->arrivals, view, trial);
    bool lost = seen < r->race.end && hn_cmaes_side_of(trial) != r->race.won;
    if (!foreign && (seen < r->run_start || lost))
        return true;
    bool present = !foreign && seen >= r->generation_start;
    bool drawn = find_point(r, view, trial, present);
    bool folded = fold(r, r->point.x);
    if ((!drawn || folded) && n > 0)
        hn_cma_shorten(&r->now.cma, r->point.x, r->room);
    memcpy(r->X + (size_t)r->n_in * n, r->point.x, n * sizeof *r->X);
    memcpy(r->picks + (size_t)r->n_in * m, r->point.picks, m * sizeof *r->picks);
    r->merits[r->n_in++] = hn_merit_of(view, trial);
    r->n_spent++;
    return r->n_in < r->lambda || close_generation(r);
}

// Begins, or begins anew: as long as no result of its own is in, the start is learned from all that
// are there.
static bool settle_start(hn_cmaes_run *r, const hn_view *view, const hn_sources *sources)
{
    uint32_t n = 0;
    if (r->begun && r->n_used > r->n_sources)
        return true;
    while (n < r->arrivals.order.n && hn_cmaes_is_foreign(r, view, r->arrivals.order.data[n]))
        n++;
    if (!r->begun || n != r->n_sources) {
        r->n_sources = n;
        r->begun = begin_search(r, view, sources);
    }
    if (!r->begun || !r->race.on)
        return r->begun;
    hn_cmaes_race_judge(r, view);
    return r->race.on || hn_cmaes_begin_run(r, &r->race.starts[r->race.won]);
}

static bool settle(hn_cmaes_run *r, const hn_view *view, const hn_sources *sources)
{
    bool ok = settle_start(r, view, sources);
    hn_cmaes_taken taken = HN_CMAES_NOT_TAKEN;
    if (ok && (r->kept.n > 0 || hn_str_failed(&r->kept)))
        taken = hn_cmaes_take_up(r, view);
    if (taken == HN_CMAES_VOID) {
        r->begun = false;
        ok = settle_start(r, view, sources);
    }
    return ok && taken != HN_CMAES_STARVED;
}

hone_status hn_cmaes_run_sync(hn_cmaes_run *r, const hn_view *view, const hn_sources *sources,
                              hone_error *err)
{
    HN_TRY(hn_arrivals_sync(&r->arrivals, view, err));
    if (r->arrivals.n_kept < r->n_used)
        r->begun = false;
    bool ok = settle(r, view, sources);
    while (ok && !r->race.on && r->n_used < r->arrivals.order.n)
        ok = take_in(r, view);
    if (ok) {
        hn_cmaes_digest(r, view);
        return HONE_OK;
    }
    r->begun = false; // some of it is missing
    return hn_fail_memory(err);
}
