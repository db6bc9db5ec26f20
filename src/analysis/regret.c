// How much better the best trial could still be: an upper bound, by a model of all trials.
//
// Source: Makarova, Shen, Perrone, Klein, Faddoul, Krause, Seeger, Archambeau: Automatic
//     termination for hyperparameter optimization. AutoML 2022 (the bound, and that it is compared
//     with the error of the incumbent's estimate); Nadeau, Bengio: Inference for the generalization
//     error. Machine Learning 52, 2003 (that error, for folds).
//
// Method
//  1. A Gaussian process (surrogate.h) over the N_BEST best trials and N_OTHERS others.
//  2. The bound is  min over trials of (mean + b sd)  -  min over the space of (mean - b sd),
//     b² = 0.6 log(d n² π² / 0.6) with d dimensions and n trials; and, where the noise is not
//     known, the standard deviation that the fit takes for noise: it may be ruggedness, and hide as
//     much.
//  3. The minimum over the space is looked for among N_SPREAD points of a Sobol sequence and the
//     trials, and from the N_STARTS lowest of them by N_ROUNDS rounds of moves of one parameter
//     whose reach gets smaller. What breaks a rule of the space is passed over.
//  4. The noise is that of one trial's value (noise.h). What it is compared by is the difference of
//     two equal trials, b standard deviations of it: both are what is hardly exceeded. Below that,
//     a better trial could not be told from the best one by its value.
// Where this differs from the paper: b² is half as much again, which six-dimensional functions with
// several valleys need (test/stat/test_until_regret.c); what is not explained is added; the tail of
// bad trials is cut off and the noise is known where there are repeats, so that the model fits
// where the best is. O(n³) for the model, and O(n²) for each of some 3,000 points: about 50 ms with
// 100 trials.

#include <math.h>
#include <string.h>

#include "analysis/noise.h"
#include "analysis/surrogate.h"
#include "core/study_internal.h"
#include "space/features.h"
#include "space/neighbour.h"

enum { MIN_TRIALS = 20, N_BEST = 60, N_OTHERS = 40, EVALUATIONS = 60 };
enum { N_SPREAD = 1500, N_STARTS = 5, N_ROUNDS = 12, MAX_MOVES = 40 };

typedef struct hunt {
    const hn_sample *sample;
    hn_surrogate model;
    double b;
    double unexplained; // standard deviation that the fit took for noise
    double *room, *x;
    hn_arena *arena;
    struct {
        double bound;
        hn_config at;
    } start[N_STARTS]; // ascending
} hunt;

static double low_bound(hunt *h, hn_config config)
{
    double mean, variance;
    hn_features_encode(h->sample->space, config, h->x);
    hn_gp_predict(&h->model.gp, h->x, &mean, &variance, NULL, NULL, h->room);
    return mean - h->b * sqrt(fmax(variance, 0));
}

static void keep_start(hunt *h, double bound, hn_config config)
{
    int k = N_STARTS - 1;
    if (!(bound < h->start[k].bound))
        return;
    hn_config room = h->start[k].at;
    hn_config_copy(h->sample->space, room, config);
    for (; k > 0 && bound < h->start[k - 1].bound; k--)
        h->start[k] = h->start[k - 1];
    h->start[k].bound = bound;
    h->start[k].at = room;
}

// Moves of one parameter, taken when they lead lower.
static bool descend(hunt *h, uint32_t start)
{
    const hone_space *space = h->sample->space;
    hn_move *moves = HN_NEW(h->arena, hn_move, (size_t)hn_moves_most(space) + 1);
    hn_config to = hn_config_new(h->arena, space);
    hn_rng rng = hn_rng_make(0, HN_PURPOSE_SHUFFLE, start);
    double sigma = 0.2;
    uint32_t attempt = 0;
    if (!moves || !to.slots)
        return false;
    for (int round = 0; round < N_ROUNDS; round++, sigma *= 0.6) {
        uint32_t n = hn_moves_list(space, h->start[start].at, moves);
        uint32_t step = n > MAX_MOVES ? n / MAX_MOVES : 1;
        for (uint32_t i = (uint32_t)round % step; i < n; i += step) {
            if (!hn_move_make(space, h->start[start].at, moves[i], sigma, &rng, attempt++, to))
                continue;
            double bound = low_bound(h, to);
            if (bound < h->start[start].bound) {
                h->start[start].bound = bound;
                hn_config_copy(space, h->start[start].at, to);
                n = hn_moves_list(space, to, moves); // what is active may have changed
            }
        }
    }
    return true;
}

static hone_status lowest(hunt *h, double *out, hone_error *err)
{
    const hone_space *space = h->sample->space;
    hn_config config = hn_config_new(h->arena, space);
    double *u = HN_NEW(h->arena, double, (size_t)space->n_dims + 1);
    bool ok = config.slots && u;
    for (int k = 0; k < N_STARTS; k++) {
        h->start[k].bound = INFINITY;
        h->start[k].at = hn_config_new(h->arena, space);
        ok &= h->start[k].at.slots != NULL;
    }
    if (!ok)
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < h->model.n; i++)
        keep_start(h, low_bound(h, h->sample->point[h->model.row[i]]),
                   h->sample->point[h->model.row[i]]);
    for (uint32_t i = 0; i < N_SPREAD; i++) {
        HN_TRY(hn_problem_spread(&h->sample->fold->problem, i, 0, u, config, err));
        keep_start(h, low_bound(h, config), config);
    }
    *out = INFINITY;
    for (uint32_t k = 0; k < N_STARTS && isfinite(h->start[k].bound); k++) {
        if (!descend(h, k))
            return hn_fail_memory(err);
        *out = fmin(*out, h->start[k].bound);
    }
    return HONE_OK;
}

static double noise_of(const hn_sample *s, hn_arena *arena)
{
    double noise = hn_noise_of_retests(s->fold, arena);
    if (isnan(noise))
        noise = hn_noise_of_equals(s, arena);
    return isnan(noise) ? hn_noise_of_parts(s, arena) : noise;
}

static hone_status bound_of(hunt *h, hone_regret *out, hone_error *err)
{
    const hn_surrogate *m = &h->model;
    double mean, variance, high = INFINITY, low = INFINITY;
    double n = m->n, d = h->sample->space->n_dims;
    h->b = sqrt(0.6 * log(d * n * n * M_PI * M_PI / 0.6));
    h->room = HN_NEW(h->arena, double, hn_gp_room(&m->gp, 1));
    h->x = HN_NEW(h->arena, double, (size_t)h->sample->space->n_dims + 1);
    if (!h->room || !h->x)
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < m->n; i++) {
        hn_gp_predict(&m->gp, m->x + (size_t)i * h->sample->space->n_dims, &mean, &variance, NULL,
                      NULL, h->room);
        high = fmin(high, mean + h->b * sqrt(fmax(variance, 0)));
    }
    HN_TRY(lowest(h, &low, err));
    out->at_most = (fmax(high - low, 0) + h->unexplained) * m->unit;
    out->apart = sqrt(2) * h->b * out->noise;
    return HONE_OK;
}

static hone_status look(const hn_sample *s, uint32_t limit, hone_regret *out, hn_arena *arena,
                        hone_error *err)
{
    hunt h = {.sample = s, .arena = arena};
    for (uint32_t i = 0; i < s->n_good; i++)
        out->n += s->trial[s->order[i]] < limit;
    out->noise = noise_of(s, arena);
    if (out->n < MIN_TRIALS || s->space->n_dims == 0)
        return HONE_OK;
    hn_surrogate_data data = {limit, N_BEST, N_OTHERS, EVALUATIONS, out->noise};
    hone_status status = hn_surrogate_make(s, &data, &h.model, arena, err);
    if (isnan(out->noise) && h.model.ready)
        h.unexplained = sqrt(h.model.gp.noise);
    if (status == HONE_OK && h.model.ready)
        status = bound_of(&h, out, err);
    hn_surrogate_free(&h.model);
    return status;
}

hone_status hone_study_regret(const hone_study *study, uint32_t limit, hone_regret *out,
                              hone_error *err)
{
    hn_sample sample;
    hn_arena arena = HN_ARENA_INIT;
    *out = (hone_regret){0, NAN, NAN, NAN};
    if (study->fold.problem.n_objectives != 1 || !study->fold.problem.space)
        return HONE_OK;
    HN_TRY(hn_sample_make(&study->fold, &sample, err));
    hone_error why = HONE_ERROR_INIT;
    hone_status status = look(&sample, limit, out, &arena, &why);
    hn_arena_free(&arena);
    hn_sample_free(&sample);
    // A model that cannot be made says nothing.
    return status == HONE_ENOMEM ? hn_fail_memory(err) : HONE_OK;
}
