// Where trials stand by their own reports; see standing.h for the rules.

#include "schedulers/standing.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

hone_status hn_next_new(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    (void)self, (void)view, (void)err;
    *out = (hn_next){HN_NEXT_NEW, 0, 0};
    return HONE_OK;
}

static hone_status no_such_metric(const hn_problem *problem, const char *scheduler,
                                  const char *name, hone_error *err)
{
    const char *names[HN_MAX_METRICS];
    for (uint32_t m = 0; m < problem->n_metrics; m++)
        names[m] = problem->metrics[m].name;
    const char *near = hn_nearest(name, names, problem->n_metrics);
    return hn_fail(err, HONE_EINVAL, "scheduler %s: the study has no metric \"%s\"%s%s%s",
                   scheduler, name, near ? ": did you mean \"" : "", near ? near : "",
                   near ? "\"?" : "");
}

hone_status hn_watch_choose(const hn_problem *problem, const char *scheduler, const char *name,
                            bool needs_goal, hn_watched *out, hone_error *err)
{
    uint32_t metric = 0;
    if (!name && problem->n_objectives > 1)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "scheduler %s compares one metric, the study has %u objectives: choose one "
                       "by its option metric",
                       scheduler, problem->n_objectives);
    while (name && metric < problem->n_metrics && strcmp(problem->metrics[metric].name, name) != 0)
        metric++;
    if (metric >= problem->n_metrics)
        return no_such_metric(problem, scheduler, name ? name : "", err);
    hone_goal goal = problem->metrics[metric].goal;
    if (needs_goal && goal == HONE_RECORD)
        return hn_fail(err, HONE_EINVAL,
                       "scheduler %s cannot compare \"%s\": it is recorded only, neither minimised "
                       "nor maximised",
                       scheduler, problem->metrics[metric].name);
    *out = (hn_watched){metric, goal == HONE_MAXIMIZE};
    return HONE_OK;
}

bool hn_watch_counts(const hn_view *view, uint32_t trial)
{
    return hn_view_counts(view, trial) &&
           view->fold->trials.data[trial].purpose == HONE_PURPOSE_SEARCH;
}

bool hn_watch_value(const hn_watched *watched, const hn_fold *fold, const hn_report *report,
                    double *value)
{
    if (!(report->present >> watched->metric & 1) || !isfinite(report->step))
        return false;
    *value = fold->numbers.data[report->values + watched->metric];
    return true;
}

bool hn_watch_next(const hn_watched *watched, const hn_fold *fold, uint32_t trial, uint32_t *at,
                   double *step, double *value)
{
    for (;;) {
        uint32_t next =
            *at == HN_NONE ? fold->trials.data[trial].first_report : fold->reports.data[*at].next;
        if (next == HN_NONE)
            return false;
        *at = next;
        *step = fold->reports.data[next].step;
        if (hn_watch_value(watched, fold, &fold->reports.data[next], value))
            return true;
    }
}

static int by_step(const void *a, const void *b)
{
    const hn_watch_point *p = a, *q = b;
    if (p->step != q->step)
        return p->step < q->step ? -1 : 1;
    return p->order < q->order ? -1 : 1;
}

bool hn_watch_curve(const hn_watched *watched, const hn_fold *fold, uint32_t trial,
                    hn_watch_points *out)
{
    bool rising = true;
    uint32_t at = HN_NONE;
    hn_watch_point point;
    hn_vec_clear(out);
    while (hn_watch_next(watched, fold, trial, &at, &point.step, &point.value)) {
        point.order = (uint32_t)out->n;
        rising &= point.order == 0 || out->data[point.order - 1].step < point.step;
        if (!hn_vec_push(out, point))
            return false;
    }
    if (rising)
        return true;
    size_t n = 0;
    qsort(out->data, out->n, sizeof *out->data, by_step);
    for (size_t i = 0; i < out->n; i++)
        if (i + 1 == out->n || out->data[i + 1].step != out->data[i].step)
            out->data[n++] = out->data[i];
    out->n = n;
    return true;
}

bool hn_watch_finished(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    return t->state == HONE_STATE_COMPLETE && t->copied < 0 && !(t->flags & HN_TRIAL_INFEASIBLE) &&
           hn_watch_counts(view, trial);
}

static void take(hn_standing *s, const hn_watched *watched, double step, double value)
{
    if (!s->any || step > s->step) {
        s->before = s->any ? s->step : -INFINITY;
        s->step = step;
    } else if (step < s->step && step > s->before) {
        s->before = step;
    }
    if (step == s->step)
        s->value = value;
    if (isnan(s->best) || (watched->maximize ? value > s->best : value < s->best))
        s->best = value;
    s->any = true;
}

hone_status hn_standings_update(hn_standings *standings, const hn_watched *watched,
                                const hn_view *view, uint32_t trial, const hn_standing **out,
                                hone_error *err)
{
    double step, value;
    const hn_standing blank = {.last_seen = HN_NONE, .before = -INFINITY, .best = NAN};
    while (standings->rows.n <= trial)
        if (!hn_vec_push(&standings->rows, blank))
            return hn_fail_memory(err);
    hn_standing *s = &standings->rows.data[trial];
    while (hn_watch_next(watched, view->fold, trial, &s->last_seen, &step, &value))
        take(s, watched, step, value);
    *out = s;
    return HONE_OK;
}

bool hn_standing_due(const hn_standing *s, double warmup, double interval)
{
    if (!s->any || s->step < warmup)
        return false;
    if (interval <= 0)
        return true;
    return s->before < floor((s->step - warmup) / interval) * interval + warmup;
}

// --- why ---

void hn_stop_because(hn_last_stop *last, const hn_view *view, uint32_t trial, const char *format,
                     ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(last->text, sizeof last->text, format, args);
    va_end(args);
    last->trial = trial;
    last->at = view->fold->n_events;
}

char *hn_stop_explain(const hn_last_stop *last, const hn_view *view, uint32_t trial)
{
    bool is_it = last->trial == trial && last->at == view->fold->n_events && last->text[0];
    return is_it ? hn_strdup(last->text) : NULL;
}
