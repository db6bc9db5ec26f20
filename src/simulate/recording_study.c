// The curves of a study: what its trials have reported, and when.
//
// 1. When a report came is in its event alone. The journal is folded once more, and each report
//    that the fold takes gets the time of its event.
// 2. A step takes the time since the report before it in the same attempt, or since the attempt
//    began. What the trial did after its last report belongs to its last step.
// 3. Of several reports of one step the first counts, so that a trial that has started over is one
//    curve; steps that go backwards, and those too large to calculate with, are passed over.
// 4. COMPLETE trials are curves. Those that were stopped early, or are paused, are left out, or
//    held at their last value up to the highest step of any trial: as densely as they have
//    reported, but with no more points than the longest of all has, or HELD.

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "core/event.h"
#include "core/study_internal.h"
#include "simulate/recording.h"

// So many points cost little, and a trial that has reported densely is held densely; one step that
// is a billion beside others that are ten makes no billion points.
enum { HELD = 1000 };

// --- times ---

typedef struct times {
    hn_fold fold;
    hn_arena scratch;
    HN_VEC(double) seconds; // by report: since the one before it in the attempt, or its beginning
    HN_VEC(uint64_t) last;  // by trial: wall clock of the last report
    HN_VEC(uint32_t) epoch; // by trial: attempt of that report
} times;

static bool grow_trials(times *t)
{
    while (t->last.n < t->fold.trials.n)
        if (!hn_vec_push(&t->last, 0) || !hn_vec_push(&t->epoch, 0))
            return false;
    return true;
}

static hone_status take_event(void *user, uint64_t seq, const void *data, size_t size,
                              hone_error *err)
{
    (void)seq;
    times *t = user;
    hn_event event;
    size_t n = t->fold.reports.n;
    HN_TRY(hn_fold_apply_bytes(&t->fold, data, size, NULL, err));
    if (t->fold.reports.n == n)
        return HONE_OK;
    hn_arena_reset(&t->scratch);
    HN_TRY(hn_event_read(data, size, &t->scratch, &event, err));
    if (!grow_trials(t))
        return hn_fail_memory(err);
    for (; n < t->fold.reports.n; n++) {
        const hn_report *report = &t->fold.reports.data[n];
        uint64_t now = (uint64_t)event.time_us;
        bool first = t->epoch.data[report->trial] != report->epoch;
        uint64_t since =
            first ? t->fold.trials.data[report->trial].started_us : t->last.data[report->trial];
        if (!hn_vec_push(&t->seconds, now > since ? hn_seconds(now - since) : 0))
            return hn_fail_memory(err);
        t->last.data[report->trial] = now;
        t->epoch.data[report->trial] = report->epoch;
    }
    return HONE_OK;
}

static void free_times(times *t)
{
    hn_fold_free(&t->fold);
    hn_arena_free(&t->scratch);
    hn_vec_free(&t->seconds);
    hn_vec_free(&t->last);
    hn_vec_free(&t->epoch);
}

// --- one trial ---

typedef struct reading {
    hone_study *study;
    hone_recording *out;
    uint32_t metric;
    times times;
    HN_VEC(double) steps, values, seconds; // of the trial at hand
    double longest;                        // highest step of any trial
    size_t most;                           // points that a held trial may have
} reading;

static bool push(reading *g, double step, double value, double seconds)
{
    return hn_vec_push(&g->steps, step) && hn_vec_push(&g->values, value) &&
           hn_vec_push(&g->seconds, seconds);
}

// Its reports that have the metric, each step once, in `steps`, `values` and `seconds`.
static bool take_reports(reading *g, const hone_trial *trial)
{
    const hn_fold *fold = &g->study->fold;
    const hn_trial *row = hn_trial_row(trial);
    double waiting = 0; // seconds of reports that were passed over
    uint32_t i = 0, at = row->first_report;
    hn_vec_clear(&g->steps);
    hn_vec_clear(&g->values);
    hn_vec_clear(&g->seconds);
    for (; at != HN_NONE && i < row->n_reports; at = fold->reports.data[at].next, i++) {
        double step = fold->reports.data[at].step;
        bool given = fold->reports.data[at].present >> g->metric & 1;
        waiting += at < g->times.seconds.n ? g->times.seconds.data[at] : 0;
        if (!given || !hn_recording_takes(step) ||
            (g->steps.n > 0 && step <= g->steps.data[g->steps.n - 1]))
            continue;
        if (!push(g, step, hone_trial_report_value(trial, i, g->metric), waiting))
            return false;
        waiting = 0;
    }
    uint64_t last = row->n_reports ? g->times.last.data[trial->number] : 0;
    if (last > 0 && row->ended_us > last)
        waiting += hn_seconds(row->ended_us - last);
    if (g->seconds.n > 0)
        g->seconds.data[g->seconds.n - 1] += waiting;
    return true;
}

// Goes on as it went, with the value that it had.
static bool hold(reading *g)
{
    size_t n = g->steps.n;
    double gap = n > 1 ? (g->steps.data[n - 1] - g->steps.data[0]) / (double)(n - 1)
                       : fmax(g->steps.data[0], 1);
    double room = g->most > n ? (double)(g->most - n) : 1;
    double wide = fmax(gap, (g->longest - g->steps.data[n - 1]) / room);
    double seconds = 0;
    for (size_t i = 0; i < n; i++)
        seconds += g->seconds.data[i] / (double)n * (wide / gap);
    seconds = fmin(seconds, HN_RECORDING_LARGEST);
    for (double i = 0, at = g->steps.data[n - 1]; i < room && at + wide / 2 < g->longest; i++) {
        // Sums of gaps are not exact: what is all but the end is the end.
        double next = at + wide * (1 + 1e-6) > g->longest ? g->longest : at + wide;
        if (!push(g, next, g->values.data[n - 1], seconds))
            return false;
        at = next;
    }
    return true;
}

static bool was_stopped(const hn_trial *row)
{
    return row->state == HONE_STATE_PRUNED || row->state == HONE_STATE_PAUSED;
}

static bool is_candidate(const hn_trial *row)
{
    bool ended = hone_state_is_finished(row->state) && row->state != HONE_STATE_LOST;
    return row->purpose == HONE_PURPOSE_SEARCH && row->copied < 0 &&
           !(row->flags & HN_TRIAL_EXCLUDED) && (ended || was_stopped(row));
}

static hone_status take_trial(reading *g, hone_trial *trial, bool holds, hone_error *err)
{
    const hn_trial *row = hn_trial_row(trial);
    double result = hone_trial_value(trial, g->metric);
    if (row->state != HONE_STATE_COMPLETE && !was_stopped(row)) {
        g->out->n_failed++;
        return HONE_OK;
    }
    if (!take_reports(g, trial))
        return hn_fail_memory(err);
    size_t n = g->steps.n;
    if (was_stopped(row)) {
        g->out->n_stopped++;
        if (!holds || n == 0 || isnan(g->values.data[n - 1]))
            return HONE_OK;
        result = g->values.data[n - 1];
        if (!hold(g))
            return hn_fail_memory(err);
    }
    if (n == 0 || isnan(result)) {
        g->out->n_silent++;
        return HONE_OK;
    }
    hone_status status = hone_recording_add(g->out, (uint32_t)g->steps.n, g->steps.data,
                                            g->values.data, g->seconds.data, result, err);
    if (status == HONE_EINVAL)
        hn_error_prefix(err, "trial %u", (unsigned)trial->number);
    return status;
}

// --- the study ---

static hone_status wrong_metric(const hone_study *study, const char *name, hone_error *err)
{
    hn_str all = HN_STR_INIT;
    uint32_t n = hone_study_n_objectives(study);
    for (uint32_t i = 0; i < n; i++)
        hn_str_printf(&all, "%s%s", i > 0 ? ", " : "", hone_study_metric(study, i).name);
    hone_status status =
        name ? hn_fail(err, HONE_EINVAL, "\"%s\" is no objective of study \"%s\": it has %s", name,
                       hone_study_name(study), hn_str_text(&all))
             : hn_fail(err, HONE_EINVAL,
                       "study \"%s\" has %u objectives, %s: name the one that is compared",
                       hone_study_name(study), (unsigned)n, hn_str_text(&all));
    hn_str_free(&all);
    return status;
}

static hone_status choose_metric(const hone_study *study, const char *name, uint32_t *out,
                                 hone_error *err)
{
    uint32_t n = hone_study_n_objectives(study);
    *out = 0;
    if (!name && n == 1)
        return HONE_OK;
    for (uint32_t i = 0; name && i < n; i++)
        if (strcmp(hone_study_metric(study, i).name, name) == 0) {
            *out = i;
            return HONE_OK;
        }
    return wrong_metric(study, name, err);
}

static hone_status check(const reading *g, hone_error *err)
{
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    const char *name = hone_study_name(g->study);
    hone_recording_look(g->out, &info);
    if (info.n_curves == 0 && info.n_silent > 0)
        return hn_fail(err, HONE_EINVAL,
                       "the trials of study \"%s\" have reported no curve of %s: a simulation "
                       "needs its value at several steps",
                       name, info.metric);
    if (info.n_curves < 2)
        return hn_fail(err, HONE_EINVAL,
                       "study \"%s\" has %u complete trial%s with a curve (%u stopped early): a "
                       "simulation needs two at least, better fifty",
                       name, (unsigned)info.n_curves, info.n_curves == 1 ? "" : "s",
                       (unsigned)info.n_stopped);
    if (info.n_points < 2)
        return hn_fail(err, HONE_EINVAL,
                       "each trial of study \"%s\" has reported one step alone: there is nothing "
                       "to stop early",
                       name);
    return HONE_OK;
}

// How far whatever was stopped is held, and with how many points.
static void find_longest(reading *g)
{
    const hn_fold *fold = &g->study->fold;
    g->longest = 0;
    g->most = HELD;
    for (size_t i = 0; i < fold->reports.n; i++) {
        const hn_report *report = &fold->reports.data[i];
        const hn_trial *row = &fold->trials.data[report->trial];
        bool counts = row->state == HONE_STATE_COMPLETE || was_stopped(row);
        if (!is_candidate(row) || !counts || !hn_recording_takes(report->step))
            continue;
        g->longest = fmax(g->longest, report->step);
        g->most = row->n_reports > g->most ? row->n_reports : g->most;
    }
}

static hone_status take_trials(reading *g, bool holds, hone_error *err)
{
    hone_status status = HONE_OK;
    find_longest(g);
    for (uint32_t i = 0; status == HONE_OK && i < g->study->fold.trials.n; i++) {
        hone_trial *trial = NULL;
        if (!is_candidate(&g->study->fold.trials.data[i]))
            continue;
        status = hone_study_trial(g->study, i, &trial, err);
        if (status == HONE_OK)
            status = take_trial(g, trial, holds, err);
        hone_trial_destroy(trial);
    }
    return status;
}

hone_status hone_recording_read(hone_study *study, const hone_recording_options *given,
                                hone_recording **out, hone_error *err)
{
    hone_recording_options options = HONE_RECORDING_OPTIONS_INIT;
    reading g = {.study = study};
    hone_status status = HONE_OK;
    *out = NULL;
    if (given)
        memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    hn_fold_init(&g.times.fold);
    HN_TRY_OUT(choose_metric(study, options.metric, &g.metric, err));
    hone_metric metric = hone_study_metric(study, g.metric);
    HN_TRY_OUT(hone_recording_create(metric.name, metric.goal, &g.out, err));
    HN_TRY_OUT(study->storage_class->read(study->storage, study->id, 0, take_event, &g.times, err));
    if (!grow_trials(&g.times))
        HN_TRY_OUT(hn_fail_memory(err));
    HN_TRY_OUT(take_trials(&g, options.unfinished == HONE_HOLD, err));
    HN_TRY_OUT(check(&g, err));
    *out = g.out;
    g.out = NULL;
out:
    hone_recording_destroy(g.out);
    free_times(&g.times);
    hn_vec_free(&g.steps);
    hn_vec_free(&g.values);
    hn_vec_free(&g.seconds);
    return status;
}
