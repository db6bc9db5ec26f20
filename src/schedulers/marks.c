// How trials compare by several objectives and constraints; see marks.h for the rules.
//
//  1. Marks are split into those that break nothing, those that break something, and those that are
//     not a number.
//  2. The first are sorted into fronts (num/pareto), and each front by farthest points: O(f²) for f
//     members, since each new member updates everybody's distance to the nearest one chosen.
//  3. The others are sorted by what they break, and by number.

#include "schedulers/marks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/merit.h"
#include "num/pareto.h"

hone_status hn_aims_choose(const hn_problem *problem, const char *scheduler, const char *name,
                           hn_aims *out, hone_error *err)
{
    bool several = !name && problem->n_objectives > 1;
    *out = (hn_aims){.problem = problem, .n = several ? problem->n_objectives : 1};
    out->many = several || problem->n_bounds > 0;
    if (several) {
        out->watched = (hn_watched){0, problem->metrics[0].goal == HONE_MAXIMIZE};
        return HONE_OK;
    }
    return hn_watch_choose(problem, scheduler, name, true, &out->watched, err);
}

// The metric that objective `i` of a mark is.
static uint32_t metric_of(const hn_aims *aims, uint32_t i)
{
    return aims->n > 1 ? i : aims->watched.metric;
}

bool hn_mark_is_number(const hn_aims *aims, const double *mark)
{
    for (uint32_t i = 1; i <= aims->n; i++)
        if (isnan(mark[i]))
            return false;
    return true;
}

bool hn_mark_is_equal(const hn_aims *aims, const double *x, const double *y)
{
    for (uint32_t i = 0; i <= aims->n; i++)
        if (x[i] != y[i])
            return false;
    return true;
}

bool hn_mark_dominates(const hn_aims *aims, const double *x, const double *y)
{
    bool number = hn_mark_is_number(aims, x);
    if (!number || !hn_mark_is_number(aims, y))
        return number;
    if (x[0] != y[0] || x[0] > 0)
        return x[0] < y[0];
    return hn_pareto_dominates(x + 1, y + 1, aims->n);
}

// --- what trials show ---

void hn_marks_free(hn_marks *marks)
{
    hn_vec_free(&marks->rows);
    hn_vec_free(&marks->latest);
}

void hn_marks_clear(hn_marks *marks)
{
    hn_vec_clear(&marks->rows);
    hn_vec_clear(&marks->latest);
}

static hone_status know(hn_marks *marks, uint32_t trial, uint32_t n_metrics, hone_error *err)
{
    while (marks->rows.n <= trial) {
        if (!hn_vec_reserve(&marks->latest, n_metrics) ||
            !hn_vec_push(&marks->rows, ((hn_shown){-INFINITY, NAN, 0})))
            return hn_fail_memory(err);
        for (uint32_t m = 0; m < n_metrics; m++)
            marks->latest.data[marks->latest.n++] = NAN;
    }
    return HONE_OK;
}

static double excess(const hn_bound *bound, double value)
{
    double by = bound->at_most ? value - bound->bound : bound->bound - value;
    return isnan(by) ? INFINITY : by > 0 ? by : 0;
}

static double violation(const hn_problem *problem, const hn_shown *row, const double *latest)
{
    double sum = 0;
    for (uint32_t b = 0; b < problem->n_bounds; b++)
        if (row->present >> problem->bounds[b].metric & 1)
            sum += excess(&problem->bounds[b], latest[problem->bounds[b].metric]);
    return sum;
}

static uint64_t compared(const hn_aims *aims)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < aims->n; i++)
        mask |= (uint64_t)1 << metric_of(aims, i);
    return mask;
}

hone_status hn_marks_take(hn_marks *marks, const hn_aims *aims, const hn_fold *fold,
                          const hn_report *report, bool best, bool *seen, double *mark,
                          hone_error *err)
{
    uint32_t n_metrics = aims->problem->n_metrics;
    const double *values = fold->numbers.data + report->values;
    uint64_t given = report->present, wanted = compared(aims);
    *seen = false;
    if (!isfinite(report->step))
        return HONE_OK;
    HN_TRY(know(marks, report->trial, n_metrics, err));
    hn_shown *row = &marks->rows.data[report->trial];
    double *latest = marks->latest.data + (size_t)report->trial * n_metrics;
    for (uint32_t m = 0; m < n_metrics; m++)
        if (given >> m & 1 && (report->step >= row->step || !(row->present >> m & 1)))
            latest[m] = values[m];
    row->step = fmax(row->step, report->step);
    row->present |= given;
    if (!(given & wanted) || (row->present & wanted) != wanted)
        return HONE_OK;
    mark[0] = violation(aims->problem, row, latest);
    for (uint32_t i = 0; i < aims->n; i++)
        mark[1 + i] =
            hn_towards_less(aims->problem, metric_of(aims, i), latest[metric_of(aims, i)]);
    if (aims->n == 1 && best) {
        double now =
            hn_towards_less(aims->problem, aims->watched.metric, values[aims->watched.metric]);
        row->best = fmin(row->best, now);
        mark[1] = isnan(mark[1]) ? NAN : row->best;
    }
    *seen = true;
    return HONE_OK;
}

hone_status hn_score_take(hn_marks *marks, const hn_aims *aims, const hn_fold *fold,
                          const hn_report *report, bool by_best, double *best, bool *seen,
                          double *score, double *mark, hone_error *err)
{
    double value;
    *score = NAN;
    if (aims->many) {
        HN_TRY(hn_marks_take(marks, aims, fold, report, by_best, seen, mark, err));
        if (*seen && hn_mark_is_number(aims, mark))
            *score = mark[1];
        return HONE_OK;
    }
    *seen = hn_watch_value(&aims->watched, fold, report, &value);
    if (!*seen)
        return HONE_OK;
    *score = aims->watched.maximize ? -value : value;
    *best = fmin(*best, *score);
    if (by_best && !isnan(*score))
        *score = *best;
    return HONE_OK;
}

void hn_mark_of_complete(const hn_aims *aims, const hn_view *view, uint32_t trial, double *mark)
{
    hn_merit merit = hn_merit_of(view, trial);
    mark[0] = merit.tier == HN_MERIT_INFEASIBLE ? merit.a : 0;
    for (uint32_t i = 0; i < aims->n; i++) {
        uint32_t metric = metric_of(aims, i);
        mark[1 + i] = hn_towards_less(aims->problem, metric, hn_view_value(view, trial, metric));
    }
}

// The constraint that a trial breaks by most; NULL: none.
static const hn_bound *find_broken(const hn_marks *marks, const hn_problem *problem, uint32_t trial)
{
    const hn_bound *worst = NULL;
    double most = 0;
    if (trial >= marks->rows.n)
        return NULL;
    const double *latest = marks->latest.data + (size_t)trial * problem->n_metrics;
    for (uint32_t b = 0; b < problem->n_bounds; b++) {
        const hn_bound *bound = &problem->bounds[b];
        bool known = marks->rows.data[trial].present >> bound->metric & 1;
        double by = known ? excess(bound, latest[bound->metric]) : 0;
        if (by <= most)
            continue;
        most = by;
        worst = bound;
    }
    return worst;
}

void hn_marks_say(const hn_marks *marks, const hn_aims *aims, uint32_t trial, double broken,
                  uint32_t n_dominating, char out[HN_MARK_TEXT])
{
    const hn_bound *bound = broken > 0 ? find_broken(marks, aims->problem, trial) : NULL;
    out[0] = '\0';
    if (broken > 0)
        (void)snprintf(out, HN_MARK_TEXT, " (breaks %s)", bound ? bound->text : "a constraint");
    else if (aims->n > 1 && n_dominating == 0)
        (void)snprintf(out, HN_MARK_TEXT, " (dominated by none)");
    else if (aims->n > 1)
        (void)snprintf(out, HN_MARK_TEXT, " (dominated by %u)", n_dominating);
}

// --- order ---

typedef struct item {
    const double *mark;
    double broken; // INFINITY and more: not a number
    uint32_t trial, index, tier;
    bool number;
    double far; // from the nearest one that comes before it in its front
} item;

static int by_rule(const void *a, const void *b)
{
    const item *p = a, *q = b;
    if (p->number != q->number)
        return p->number ? -1 : 1;
    if (p->broken != q->broken && p->number)
        return p->broken < q->broken ? -1 : 1;
    return p->trial < q->trial ? -1 : p->trial > q->trial;
}

static int by_tier(const void *a, const void *b)
{
    const item *p = a, *q = b;
    if (p->tier != q->tier)
        return p->tier < q->tier ? -1 : 1;
    return p->trial < q->trial ? -1 : p->trial > q->trial;
}

static int by_score(const void *a, const void *b)
{
    const item *p = a, *q = b;
    if (p->mark[1] != q->mark[1])
        return p->mark[1] < q->mark[1] ? -1 : 1;
    return p->trial < q->trial ? -1 : p->trial > q->trial;
}

// As find_fronts, for one objective.
static void find_steps(item *items, uint32_t n, uint32_t *n_tiers)
{
    *n_tiers = 0;
    if (n > 1)
        qsort(items, n, sizeof *items, by_score);
    for (uint32_t i = 0; i < n; i++) {
        *n_tiers += i == 0 || items[i].mark[1] != items[i - 1].mark[1];
        items[i].tier = *n_tiers - 1;
    }
}

// Sorts those that break nothing by their fronts; `*n_tiers`: how many there are.
static bool find_fronts(const hn_aims *aims, item *items, uint32_t n, uint32_t *n_tiers,
                        hn_arena *arena)
{
    double *values = HN_NEW(arena, double, (size_t)n * aims->n + 1);
    uint32_t *front = HN_NEW(arena, uint32_t, (size_t)n + 1);
    *n_tiers = 0;
    if (!values || !front)
        return false;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = 0; k < aims->n; k++)
            values[(size_t)i * aims->n + k] = items[i].mark[1 + k];
    if (n > 0 && !hn_pareto_fronts(values, n, aims->n, front, arena))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        items[i].tier = front[i];
        *n_tiers = front[i] >= *n_tiers ? front[i] + 1 : *n_tiers;
    }
    if (n > 1)
        qsort(items, n, sizeof *items, by_tier);
    return true;
}

// Scores of a front in shares of its range, scaled [n x k]; infinite ones lie at its ends.
static void scale_front(const hn_aims *aims, const item *items, uint32_t n, double *scaled)
{
    for (uint32_t k = 0; k < aims->n; k++) {
        double low = INFINITY, high = -INFINITY;
        for (uint32_t i = 0; i < n; i++) {
            double x = items[i].mark[1 + k];
            low = isfinite(x) && x < low ? x : low;
            high = isfinite(x) && x > high ? x : high;
        }
        double range = high / 2 - low / 2; // half of it: all of it may be too large a number
        for (uint32_t i = 0; i < n; i++) {
            double x = items[i].mark[1 + k], share = (x / 2 - low / 2) / range;
            scaled[(size_t)i * aims->n + k] = isinf(x) ? x > 0 : range > 0 ? share : 0;
        }
    }
}

static double square_apart(const double *x, const double *y, uint32_t m)
{
    double sum = 0;
    for (uint32_t k = 0; k < m; k++)
        sum += (x[k] - y[k]) * (x[k] - y[k]);
    return sum;
}

// Rule 5. `rows` goes along with the items, which change places.
static bool spread_front(const hn_aims *aims, item *items, uint32_t n, hn_arena *arena)
{
    uint32_t m = aims->n;
    double *scaled = HN_ZNEW(arena, double, ((size_t)n + 1) * m);
    uint32_t *row = HN_NEW(arena, uint32_t, n);
    if (!scaled || !row)
        return false;
    const double *ideal = scaled + (size_t)n * m; // all 0
    scale_front(aims, items, n, scaled);
    for (uint32_t i = 0; i < n; i++) {
        row[i] = i;
        items[i].far = -square_apart(scaled + (size_t)i * m, ideal, m);
    }
    for (uint32_t i = 0; i < n; i++) {
        uint32_t best = i;
        for (uint32_t k = i + 1; k < n; k++) {
            bool as_far = items[k].far == items[best].far && items[k].trial < items[best].trial;
            best = items[k].far > items[best].far || as_far ? k : best;
        }
        item moved = items[i];
        uint32_t chosen = row[best];
        items[i] = items[best];
        items[best] = moved;
        row[best] = row[i];
        for (uint32_t k = i + 1; k < n; k++) {
            double far = square_apart(scaled + (size_t)row[k] * m, scaled + (size_t)chosen * m, m);
            items[k].far = i == 0 ? far : fmin(items[k].far, far);
        }
    }
    return true;
}

static bool spread_fronts(const hn_aims *aims, item *items, uint32_t n, hn_arena *arena)
{
    for (uint32_t begin = 0, end; begin < n; begin = end) {
        for (end = begin + 1; end < n && items[end].tier == items[begin].tier;)
            end++;
        if (end - begin > 1 && !spread_front(aims, items + begin, end - begin, arena))
            return false;
    }
    return true;
}

bool hn_marks_order(const hn_aims *aims, const double *marks, const uint32_t *trials, uint32_t n,
                    hn_place *places, hn_arena *arena)
{
    uint32_t n_whole = 0, n_tiers = 0;
    item *items = HN_NEW(arena, item, (size_t)n + 1);
    if (!items)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        const double *mark = marks + (size_t)i * hn_mark_width(aims);
        bool number = hn_mark_is_number(aims, mark);
        items[i] = (item){
            .mark = mark, .broken = mark[0], .trial = trials[i], .index = i, .number = number};
        n_whole += number && !(mark[0] > 0);
    }
    if (n > 1)
        qsort(items, n, sizeof *items, by_rule);
    if (aims->n == 1)
        find_steps(items, n_whole, &n_tiers);
    else if (!find_fronts(aims, items, n_whole, &n_tiers, arena) ||
             !spread_fronts(aims, items, n_whole, arena))
        return false;
    for (uint32_t i = n_whole; i < n; i++) {
        bool same = i > n_whole && items[i].number == items[i - 1].number &&
                    (!items[i].number || items[i].broken == items[i - 1].broken);
        n_tiers += !same;
        items[i].tier = n_tiers - 1;
    }
    for (uint32_t i = 0; i < n; i++)
        places[i] = (hn_place){items[i].index, items[i].tier};
    return true;
}
