// Rows of a population; see pb2_rows.h.
//
// 1. What a member shows at a comparison is its first report there or beyond. A fork's first
//    interval begins with what its parent showed. A report beyond several comparisons ends one
//    interval that is as many times as long: its gain counts by the length of one.
// 2. A founder's begins with what nobody has reported: the worst that a founder shows at the first
//    comparison stands for it.
// 3. What is not a number at an interval's end is the worst progress there is; such a member's next
//    interval has no row.
// 4. Pending are the forks of the same comparison that have been given their values, and the
//    members that go on from it.
#include "samplers/pb2_rows.h"

#include <math.h>
#include <stdlib.h>

#include "core/merit.h"
#include "space/unit.h"

#define MOST_LEVELS 1e9

typedef struct span {
    uint32_t trial, end; // an interval that ends at comparison `end`
    double start, gain;  // NAN: the worst
} span;

typedef struct making {
    const hn_view *view;
    const hn_request *request;
    uint32_t now; // the comparison at which the fork begins
    uint32_t metric;
    double interval, worst_start;
    HN_VEC(span) rows;
    HN_VEC(uint32_t) pending;
    hn_config room;
} making;

// --- what has been shown ---

static bool is_member(const making *m, uint32_t trial)
{
    const hn_trial *row = &m->view->fold->trials.data[trial];
    return trial != m->request->trial && row->purpose == HONE_PURPOSE_SEARCH &&
           hn_view_counts(m->view, trial) && (row->flags & HN_TRIAL_HAS_PARAMS);
}

static bool is_fork(const hn_trial *row)
{
    return row->origin == HONE_ORIGIN_FORK && row->parent >= 0;
}

// The last comparison at or before a step.
static uint32_t level_of(const making *m, double step)
{
    double level = floor(step / m->interval * (1 + 1e-12));
    return level >= 0 ? (uint32_t)fmin(level, MOST_LEVELS) : 0; // of NaN, too
}

// The comparison that a trial begins at: 0 for founders.
static uint32_t born_at(const making *m, const hn_trial *row)
{
    return is_fork(row) ? level_of(m, row->born) : 0;
}

// What a trial has shown at a comparison, less being better, and at which one really. False: it has
// not been there.
static bool shown_at(const making *m, uint32_t trial, uint32_t level, double *out, uint32_t *really)
{
    const hn_fold *fold = m->view->fold;
    for (uint32_t at = fold->trials.data[trial].first_report; at != HN_NONE;
         at = fold->reports.data[at].next) {
        const hn_report *report = &fold->reports.data[at];
        if (!(report->present >> m->metric & 1) || report->step < level * m->interval * (1 - 1e-12))
            continue;
        *out = hn_towards_less(m->view->problem, m->metric,
                               fold->numbers.data[report->values + m->metric]);
        *really = level_of(m, report->step) > level ? level_of(m, report->step) : level;
        return true;
    }
    return false;
}

static bool shown(const making *m, uint32_t trial, uint32_t level, double *out)
{
    uint32_t really;
    return shown_at(m, trial, level, out, &really);
}

static void find_worst_start(making *m)
{
    m->worst_start = NAN;
    for (uint32_t t = 0; t < m->view->n_trials; t++) {
        double value;
        if (!is_member(m, t) || is_fork(&m->view->fold->trials.data[t]) ||
            !shown(m, t, 1, &value) || !isfinite(value))
            continue;
        m->worst_start = isnan(m->worst_start) ? value : fmax(m->worst_start, value);
    }
}

static double start_of(const making *m, uint32_t trial)
{
    const hn_trial *row = &m->view->fold->trials.data[trial];
    uint32_t born = born_at(m, row);
    double value = NAN;
    if (born == 0)
        return m->worst_start;
    return shown(m, (uint32_t)row->parent, born, &value) ? value : NAN;
}

static bool add_rows(making *m, uint32_t trial)
{
    double start = start_of(m, trial), end;
    uint32_t from = born_at(m, &m->view->fold->trials.data[trial]), to;
    for (; from < m->now && shown_at(m, trial, from + 1, &end, &to); from = to) {
        double gain = isfinite(end) ? (start - end) / (to - from) : NAN;
        span r = {trial, to < m->now ? to : m->now, start, gain};
        if (isfinite(start) && !hn_vec_push(&m->rows, r))
            return false;
        start = end;
    }
    return true;
}

static bool add_pending(making *m, uint32_t trial)
{
    const hn_trial *row = &m->view->fold->trials.data[trial];
    double value;
    bool sibling = is_fork(row) && born_at(m, row) == m->now && trial < m->request->trial;
    bool stays = born_at(m, row) < m->now && !hn_state_finished(hn_view_state(m->view, trial)) &&
                 shown(m, trial, m->now, &value);
    return (!sibling && !stays) || hn_vec_push(&m->pending, trial);
}

// --- as numbers ---

static void encode(const hn_pb2_rows *out, const hone_space *space, hn_config from, double *x)
{
    for (uint32_t j = 0; j + 1 < out->d; j++) {
        const hn_param *p = &space->params[out->params[j]];
        x[j] = 0.5;
        if (hn_active(from.active, out->params[j]))
            hn_unit_encode(p, from.slots + p->slot, &x[j]);
    }
}

// Where a value lies between the least and the greatest start.
static double placed(double value, const double range[2])
{
    double width = range[1] - range[0];
    return width > 0 ? fmin(fmax((value - range[0]) / width, 0), 1) : 0.5;
}

static bool write_one(making *m, const hn_pb2_rows *out, uint32_t trial, double start,
                      const double range[2], double *x)
{
    if (!hn_view_config(m->view, trial, m->room))
        return false;
    encode(out, m->view->problem->space, m->room, x);
    x[out->d - 1] = isfinite(start) ? placed(start, range) : 0.5;
    return true;
}

static int by_size(const void *a, const void *b)
{
    double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static double median_of(double *y, uint32_t n)
{
    qsort(y, n, sizeof *y, by_size);
    return n > 0 ? (y[(n - 1) / 2] + y[n / 2]) / 2 : 0;
}

// By the median and the median distance from it, which a training that blew up cannot stretch. What
// is not finite gets -2. `room` [n].
static void standardise(double *y, uint32_t n, double *room)
{
    uint32_t m = 0;
    for (uint32_t i = 0; i < n; i++)
        if (isfinite(y[i]))
            room[m++] = y[i];
    double middle = median_of(room, m), sum = 0;
    for (uint32_t i = 0; i < m; i++) {
        room[i] = fabs(room[i] - middle);
        sum += room[i];
    }
    double scale = 1.4826 * median_of(room, m);
    if (!(scale > 0)) // more than half are equal
        scale = m > 0 ? sum / m : 0;
    for (uint32_t i = 0; i < n; i++)
        y[i] = !isfinite(y[i]) ? -2 : scale > 0 ? fmin(fmax((y[i] - middle) / scale, -2), 2) : 0;
}

static int by_age(const void *a, const void *b)
{
    const span *p = a, *q = b;
    if (p->end != q->end)
        return p->end < q->end ? -1 : 1;
    return p->trial < q->trial ? -1 : p->trial > q->trial;
}

static void write_rows(making *m, uint32_t most, hn_pb2_rows *out)
{
    double range[2] = {INFINITY, -INFINITY};
    size_t first = m->rows.n > most ? m->rows.n - most : 0;
    for (size_t i = first; i < m->rows.n; i++) {
        range[0] = fmin(range[0], m->rows.data[i].start);
        range[1] = fmax(range[1], m->rows.data[i].start);
    }
    for (size_t i = first; i < m->rows.n; i++) {
        const span *r = &m->rows.data[i];
        if (!write_one(m, out, r->trial, r->start, range, out->x + (size_t)out->n * out->d))
            continue;
        out->t[out->n] = r->end;
        out->y[out->n++] = r->gain;
    }
    standardise(out->y, out->n, out->y + out->n);
    for (size_t i = 0; i < m->pending.n; i++) {
        uint32_t trial = m->pending.data[i], at = out->n + out->n_pending;
        double start = NAN;
        if (!shown(m, trial, m->now, &start) ||
            born_at(m, &m->view->fold->trials.data[trial]) == m->now)
            start = start_of(m, trial);
        if (!write_one(m, out, trial, start, range, out->x + (size_t)at * out->d))
            continue;
        out->t[at] = m->now + 1;
        out->y[at] = 0;
        out->n_pending++;
    }
    double own = NAN;
    (void)shown(m, (uint32_t)m->request->parent, m->now, &own);
    out->own[out->d - 1] = isfinite(own) ? placed(own, range) : 0.5;
}

// --- all of it ---

static bool gather(making *m)
{
    find_worst_start(m);
    for (uint32_t t = 0; t < m->view->n_trials; t++)
        if (is_member(m, t) && (!add_rows(m, t) || !add_pending(m, t)))
            return false;
    if (m->rows.n > 1)
        qsort(m->rows.data, m->rows.n, sizeof *m->rows.data, by_age);
    return true;
}

// Numbers that the fork has and may vary.
static bool choose_params(const making *m, hn_config at, hn_pb2_rows *out)
{
    const hone_space *space = m->view->problem->space;
    uint32_t *params = HN_NEW(m->request->scratch, uint32_t, space->n_params + 1), n = 0;
    for (uint32_t i = 0; params && i < space->n_params; i++) {
        hone_param_type type = space->params[i].type;
        bool number =
            type == HONE_PARAM_FLOAT || type == HONE_PARAM_INT || type == HONE_PARAM_ORDINAL;
        if (number && hn_active(at.active, i) && !m->request->fork->keep[i])
            params[n++] = i;
    }
    out->params = params;
    out->d = n + 1;
    return params != NULL;
}

bool hn_pb2_rows_make(const hn_view *view, const hn_request *request, hn_config at, uint32_t most,
                      hn_pb2_rows *out)
{
    const hn_fork *fork = request->fork;
    hn_arena *scratch = request->scratch;
    making m = {.view = view,
                .request = request,
                .metric = fork->metric,
                .interval = fork->interval,
                .room = hn_config_new(scratch, view->problem->space)};
    *out = (hn_pb2_rows){0};
    bool ok = choose_params(&m, at, out) && m.room.slots;
    if (ok && fork->interval > 0 && request->resource > 0) {
        double end = ceil(request->resource / m.interval * (1 - 1e-12));
        m.now = end >= 1 ? (uint32_t)fmin(end - 1, MOST_LEVELS) : 0;
        out->now = m.now + 1.0;
        ok = gather(&m);
    }
    size_t n = 2 * m.rows.n + m.pending.n + 1; // rows twice for the room of standardise
    out->x = HN_NEW(scratch, double, n * out->d);
    out->t = HN_NEW(scratch, double, n);
    out->y = HN_NEW(scratch, double, n);
    out->own = HN_NEW(scratch, double, out->d);
    ok = ok && !hn_arena_failed(scratch);
    if (ok && m.rows.n > 0) {
        encode(out, view->problem->space, at, out->own);
        write_rows(&m, most, out);
    }
    hn_vec_free(&m.rows);
    hn_vec_free(&m.pending);
    return ok;
}
