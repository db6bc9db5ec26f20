// Recorded curves: adding to them, and what there is.
//
// A step costs the seconds that were recorded for it. Where they are not known, or cannot be (all
// reports came at once, as from a program whose output is buffered), the trial's time is shared out
// by steps; without any time a step counts as a second.

#include "simulate/recording.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/mem.h"

hone_status hone_recording_create(const char *metric, hone_goal goal, hone_recording **out,
                                  hone_error *err)
{
    *out = NULL;
    if (goal != HONE_MINIMIZE && goal != HONE_MAXIMIZE)
        return hn_fail(err, HONE_EINVAL,
                       "metric \"%s\" is only recorded: which of two trials is better is not known",
                       metric);
    hone_recording *r = hn_calloc(1, sizeof *r);
    char *name = hn_strdup(metric);
    if (!r || !name) {
        hn_free(r);
        hn_free(name);
        return hn_fail_memory(err);
    }
    r->metric = name;
    r->goal = goal;
    *out = r;
    return HONE_OK;
}

void hone_recording_destroy(hone_recording *r)
{
    if (!r)
        return;
    hn_vec_free(&r->curves);
    hn_vec_free(&r->points);
    hn_free(r->metric);
    hn_free(r);
}

static hone_status check(uint32_t n, const double *steps, const double *seconds, double result,
                         hone_error *err)
{
    if (n == 0)
        return hn_fail(err, HONE_EINVAL, "a curve has a point at least");
    if (isnan(result))
        return hn_fail(err, HONE_EINVAL, "the result of a curve must be a number");
    for (uint32_t i = 0; i < n; i++)
        if (!hn_recording_takes(steps[i]))
            return hn_fail(err, HONE_EINVAL, "%g cannot be a step", steps[i]);
    for (uint32_t i = 1; i < n; i++)
        if (steps[i] <= steps[i - 1])
            return hn_fail(err, HONE_EINVAL, "the steps of a curve must rise: %g follows %g",
                           steps[i], steps[i - 1]);
    for (uint32_t i = 0; seconds && i < n; i++)
        if (!(seconds[i] >= 0 && seconds[i] <= HN_RECORDING_LARGEST))
            return hn_fail(err, HONE_EINVAL, "step %g cannot have taken %g seconds", steps[i],
                           seconds[i]);
    return HONE_OK;
}

// The steps that point i consists of. A curve that begins at 0 counts from 0: its first step is as
// long as its second.
static double spent_at(const double *steps, uint32_t n, uint32_t i)
{
    if (i > 0)
        return steps[i] - steps[i - 1];
    if (steps[0] > 0)
        return steps[0];
    return n > 1 ? steps[1] - steps[0] : 1;
}

hone_status hone_recording_add(hone_recording *r, uint32_t n, const double *steps,
                               const double *values, const double *seconds, double result,
                               hone_error *err)
{
    HN_TRY(check(n, steps, seconds, result, err));
    if (!hn_vec_reserve(&r->points, n) || !hn_vec_reserve(&r->curves, 1))
        return hn_fail_memory(err);
    double total = 0, spent = 0;
    uint32_t n_none = 0;
    for (uint32_t i = 0; i < n; i++) {
        spent += spent_at(steps, n, i);
        total += seconds ? seconds[i] : 0;
        n_none += !seconds || seconds[i] <= 0;
    }
    bool shared = 2 * n_none > n;
    r->curves.data[r->curves.n++] = (hn_recorded_curve){r->points.n, n, result};
    r->n_untimed += total <= 0;
    for (uint32_t i = 0; i < n; i++) {
        hn_point p = {steps[i], values[i], seconds ? seconds[i] : 0, spent_at(steps, n, i)};
        if (total <= 0)
            p.seconds = p.spent;
        else if (shared)
            p.seconds = total * p.spent / spent;
        r->points.data[r->points.n++] = p;
    }
    return HONE_OK;
}

// --- looking ---

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool hn_recording_results(const hone_recording *r, const uint32_t *curves, uint32_t n, double *best,
                          double *median)
{
    double *results = hn_reallocarray(NULL, n + (size_t)1, sizeof *results);
    if (!results)
        return false;
    for (uint32_t i = 0; i < n; i++)
        results[i] = r->curves.data[curves ? curves[i] : i].result;
    qsort(results, n, sizeof *results, by_value);
    *best = n == 0 ? NAN : results[r->goal == HONE_MAXIMIZE ? n - 1 : 0];
    *median = n == 0 ? NAN : n % 2 ? results[n / 2] : (results[n / 2 - 1] + results[n / 2]) / 2;
    hn_free(results);
    return true;
}

void hone_recording_look(const hone_recording *r, hone_recording_info *out)
{
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    info.metric = r->metric;
    info.goal = r->goal;
    info.n_curves = (uint32_t)r->curves.n;
    info.n_stopped = r->n_stopped;
    info.n_failed = r->n_failed;
    info.n_silent = r->n_silent;
    info.n_untimed = r->n_untimed;
    info.best = info.median = NAN;
    for (size_t i = 0; i < r->curves.n; i++)
        info.n_points = r->curves.data[i].n > info.n_points ? r->curves.data[i].n : info.n_points;
    for (size_t i = 0; i < r->points.n; i++) {
        info.work_s += r->points.data[i].seconds;
        if (i == 0 || r->points.data[i].step > info.last_step)
            info.last_step = r->points.data[i].step;
    }
    (void)hn_recording_results(r, NULL, info.n_curves, &info.best, &info.median);
    info.size = out->size < sizeof info ? out->size : sizeof info;
    memcpy(out, &info, info.size);
}
