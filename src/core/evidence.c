// Keeping the rows of evidence.h in step with the view.
//
// 1. core/follow.h says which trials to look at again, and when everything starts anew.
// 2. Each is looked at as a whole, whatever it was before: that makes the result a function of the
//    view alone.
// 3. A trial with more told constraints than any before starts it all anew, too.
// 4. Then what whole trials say of those that had some of their parts: where it has changed, these
//    are looked at once more.

#include "core/evidence.h"

#include <math.h>
#include <string.h>

#include "core/merit.h"
#include "core/parts.h"

static const hn_evidence_row EMPTY_ROW = {
    .params = HN_NONE, .last = NAN, .expected = NAN, .duration_s = NAN};

static void forget(hn_evidence *e)
{
    hn_vec_clear(&e->rows);
    hn_vec_clear(&e->x);
    hn_vec_clear(&e->y);
    hn_vec_clear(&e->c);
    hn_vec_clear(&e->log);
    memset(e->n_kind, 0, sizeof e->n_kind);
    e->n_infeasible = e->n_expected = 0;
    e->n_expect_log = 0;
    hn_expect_forget(&e->expect);
    hn_dedupe_free(&e->index);
    hn_ahead_begin(&e->ahead, NULL);
    e->n_trials = 0;
    e->follow = (hn_follow){0};
    e->features = NULL;
    e->n_constraints = 0;
    e->generation++;
}

void hn_evidence_free(void *evidence)
{
    hn_evidence *e = evidence;
    forget(e);
    hn_vec_free(&e->rows);
    hn_vec_free(&e->x);
    hn_vec_free(&e->y);
    hn_vec_free(&e->c);
    hn_vec_free(&e->log);
    hn_ahead_free(&e->ahead);
    hn_ahead_free(&e->next_ahead);
    hn_expect_free(&e->expect);
    hn_arena_free(&e->arena);
}

hn_evidence *hn_evidence_of(hn_cache *cache)
{
    return hn_cache_get(cache, "evidence", sizeof(hn_evidence), hn_evidence_free);
}

// --- one trial ---

static bool is_shown(const hn_view *view, uint32_t trial)
{
    return trial < view->n_trials &&
           (view->fold->trials.data[trial].flags & HN_TRIAL_HAS_PARAMS) != 0;
}

hn_evidence_kind hn_evidence_kind_of(const hn_view *view, uint32_t trial)
{
    switch (hn_view_state(view, trial)) {
    case HONE_STATE_COMPLETE:
        for (uint32_t m = 0; m < view->problem->n_objectives; m++)
            if (isnan(hn_view_value(view, trial, m)))
                return HN_EVIDENCE_FAILED;
        return HN_EVIDENCE_COMPLETE;
    case HONE_STATE_PRUNED:
        return HN_EVIDENCE_PRUNED;
    case HONE_STATE_LOST: // says nothing about its configuration
        return HN_EVIDENCE_NONE;
    case HONE_STATE_WAITING:
    case HONE_STATE_RUNNING:
    case HONE_STATE_PAUSED:
        return HN_EVIDENCE_PENDING;
    default:
        return HN_EVIDENCE_FAILED;
    }
}

// The configuration as features, into e->config on the way; false when the space does not know it.
static bool read_features(hn_evidence *e, const hn_view *view, uint32_t trial, bool *partly,
                          double *x)
{
    hn_mapped mapped = hn_view_map(view, trial, e->config);
    if (mapped == HN_MAPPED_NOT)
        return false;
    *partly = mapped == HN_MAPPED_PARTLY;
    hn_features_encode(view->problem->space, e->config, x);
    return true;
}

static uint32_t n_told(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    return t->constraints == HN_NONE ? 0 : t->n_constraints;
}

static void read_constraints(const hn_evidence *e, const hn_view *view, uint32_t trial, double *c)
{
    const hn_problem *problem = view->problem;
    const hn_trial *t = &view->fold->trials.data[trial];
    for (uint32_t b = 0; b < problem->n_bounds; b++) {
        const hn_bound *bound = &problem->bounds[b];
        double value = hn_view_value(view, trial, bound->metric);
        c[b] = bound->at_most ? value - bound->bound : bound->bound - value;
    }
    uint32_t told = n_told(view, trial);
    for (uint32_t k = problem->n_bounds, i = 0; k < e->n_constraints; k++, i++)
        c[k] = i < told ? view->fold->numbers.data[t->constraints + i] : NAN;
}

// What is not known counts as broken without limit.
static double violation_of(const hn_evidence *e, const hn_view *view, uint32_t trial,
                           const double *c)
{
    uint32_t n = view->problem->n_bounds + n_told(view, trial);
    double sum = 0;
    n = n < e->n_constraints ? n : e->n_constraints;
    for (uint32_t k = 0; k < n; k++)
        sum += isnan(c[k]) ? INFINITY : c[k] > 0 ? c[k] : 0;
    return isnan(sum) ? INFINITY : sum;
}

static void read_progress(const hn_evidence *e, const hn_view *view, uint32_t trial,
                          hn_evidence_row *row)
{
    const hn_fold *fold = view->fold;
    const hn_trial *t = &fold->trials.data[trial];
    if (t->last_report == HN_NONE)
        return;
    const hn_report *report = &fold->reports.data[t->last_report];
    row->step = report->step;
    row->last = hn_towards_less(view->problem, 0, fold->numbers.data[report->values]) +
                hn_ahead_of(&e->ahead, fold, t);
}

// What has ended, as far as it is seen to have.
static void read_results(hn_evidence *e, const hn_view *view, uint32_t trial, hn_evidence_row *row)
{
    const hn_problem *problem = view->problem;
    const hn_trial *t = &view->fold->trials.data[trial];
    double *y = e->y.data + (size_t)trial * e->n_objectives;
    double *c = e->c.data + (size_t)trial * e->n_constraints;
    for (uint32_t m = 0; m < e->n_objectives; m++)
        y[m] = hn_towards_less(problem, m, hn_view_value(view, trial, m));
    read_constraints(e, view, trial, c);
    row->infeasible = (t->flags & HN_TRIAL_INFEASIBLE) != 0;
    row->n_told = n_told(view, trial);
    row->violation = row->infeasible ? violation_of(e, view, trial, c) : 0;
    row->duration_s = t->duration_us > 0 ? (double)t->duration_us * 1e-6 : NAN;
    read_progress(e, view, trial, row);
}

static void clear_row(hn_evidence *e, uint32_t trial)
{
    double *x = e->x.data + (size_t)trial * e->n_dims;
    double *y = e->y.data + (size_t)trial * e->n_objectives;
    double *c = e->c.data + (size_t)trial * e->n_constraints;
    for (uint32_t k = 0; k < e->n_dims; k++)
        x[k] = NAN;
    for (uint32_t k = 0; k < e->n_objectives; k++)
        y[k] = NAN;
    for (uint32_t k = 0; k < e->n_constraints; k++)
        c[k] = NAN;
}

static void look_at(hn_evidence *e, const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    hn_evidence_row row = EMPTY_ROW;
    bool shown = is_shown(view, trial);
    clear_row(e, trial);
    if (shown && hn_view_counts(view, trial) && t->origin != HONE_ORIGIN_SERVED)
        row.kind = (uint8_t)hn_evidence_kind_of(view, trial);
    if (row.kind != HN_EVIDENCE_NONE &&
        !read_features(e, view, trial, &row.partly, e->x.data + (size_t)trial * e->n_dims))
        row.kind = HN_EVIDENCE_NONE;
    if (row.kind != HN_EVIDENCE_NONE) {
        row.params = t->params;
        row.state = (uint8_t)hn_view_state(view, trial);
        if (row.kind != HN_EVIDENCE_PENDING)
            read_results(e, view, trial, &row);
        else if (row.state == HONE_STATE_PAUSED)
            read_progress(e, view, trial, &row);
    }
    const hn_evidence_row *before = &e->rows.data[trial];
    e->n_infeasible -= before->kind == HN_EVIDENCE_COMPLETE && before->infeasible;
    e->n_infeasible += row.kind == HN_EVIDENCE_COMPLETE && row.infeasible;
    e->n_kind[before->kind]--;
    e->n_kind[row.kind]++;
    e->rows.data[trial] = row;
}

// --- all of them ---

// `told`: columns for told constraints.
static hone_status begin(hn_evidence *e, const hn_view *view, uint32_t told, hone_error *err)
{
    const hn_problem *problem = view->problem;
    forget(e);
    hn_arena_reset(&e->arena);
    e->n_dims = problem->space->n_dims;
    e->n_objectives = problem->n_objectives;
    e->misfit = false;
    e->n_told = told;
    e->widest = 0;
    e->n_constraints = problem->n_bounds + e->n_told;
    hn_feature *features = HN_NEW(&e->arena, hn_feature, e->n_dims + 1);
    e->config = hn_config_new(&e->arena, problem->space);
    if (hn_arena_failed(&e->arena))
        return hn_fail_memory(err);
    hn_features_describe(problem->space, features);
    e->features = features;
    return HONE_OK;
}

static hone_status make_room(hn_evidence *e, size_t n_trials, hone_error *err)
{
    size_t more = n_trials - e->rows.n;
    if (!hn_vec_reserve(&e->rows, more + 1) || !hn_vec_reserve(&e->x, (more + 1) * e->n_dims + 1) ||
        !hn_vec_reserve(&e->y, (more + 1) * e->n_objectives + 1) ||
        !hn_vec_reserve(&e->c, (more + 1) * e->n_constraints + 1))
        return hn_fail_memory(err);
    for (uint32_t t = (uint32_t)e->rows.n; t < n_trials; t++) {
        e->rows.data[t] = EMPTY_ROW;
        clear_row(e, t);
        e->n_kind[HN_EVIDENCE_NONE]++;
    }
    e->rows.n = n_trials;
    e->x.n = n_trials * e->n_dims;
    e->y.n = n_trials * e->n_objectives;
    e->c.n = n_trials * e->n_constraints;
    e->n_trials = (uint32_t)n_trials;
    return HONE_OK;
}

// Looks at a trial again; it enters the index with each configuration that it gets.
static hone_status update(hn_evidence *e, const hn_view *view, uint32_t trial, hone_error *err)
{
    if (!hn_vec_reserve(&e->log, 1))
        return hn_fail_memory(err);
    hn_evidence_row before = e->rows.data[trial];
    look_at(e, view, trial);
    const hn_evidence_row *row = &e->rows.data[trial];
    e->log.data[e->log.n++] = trial;
    e->widest = row->n_told > e->widest ? row->n_told : e->widest;
    e->misfit |= row->n_told > e->n_told || (before.n_told == e->n_told && row->n_told < e->n_told);
    if (row->params == HN_NONE || row->params == before.params || view->problem->define_by_run)
        return HONE_OK;
    return hn_dedupe_add(&e->index, view->fold, trial, err);
}

static hone_status catch_up(hn_evidence *e, const hn_view *view, hone_error *err)
{
    hn_follow_walk walk = hn_follow_begin(&e->follow, view);
    HN_TRY(make_room(e, view->fold->trials.n, err));
    for (uint32_t t; (t = hn_follow_next(&walk)) != HN_NONE;)
        HN_TRY(update(e, view, t, err));
    return HONE_OK;
}

static hone_status make_with(hn_evidence *e, const hn_view *view, uint32_t told, hone_error *err)
{
    HN_TRY(begin(e, view, told, err));
    return catch_up(e, view, err);
}

// How many told constraints there are is known only afterwards.
static hone_status make(hn_evidence *e, const hn_view *view, hone_error *err)
{
    HN_TRY(make_with(e, view, 0, err));
    return e->widest > 0 ? make_with(e, view, e->widest, err) : HONE_OK;
}

// Of the plan that the newest trial of parts has.
static hone_status read_ahead(hn_evidence *e, const hn_fold *fold, hone_error *err)
{
    uint32_t n = fold->parts.n > 0 ? e->n_trials : 0, like = n;
    while (like > 0 && (e->rows.data[like - 1].kind == HN_EVIDENCE_NONE ||
                        hn_parts_planned(&fold->trials.data[like - 1]) == 0))
        like--;
    hn_ahead_begin(&e->next_ahead, like > 0 ? &fold->trials.data[like - 1] : NULL);
    for (uint32_t t = 0; t < like && e->next_ahead.n_added < HN_AHEAD_TRIALS; t++)
        if (e->rows.data[t].kind == HN_EVIDENCE_COMPLETE &&
            !hn_ahead_add(&e->next_ahead, fold, &fold->trials.data[t]))
            return hn_fail_memory(err);
    hn_ahead_end(&e->next_ahead);
    return HONE_OK;
}

static hone_status look_ahead(hn_evidence *e, const hn_view *view, hone_error *err)
{
    const hn_fold *fold = view->fold;
    HN_TRY(read_ahead(e, fold, err));
    if (hn_ahead_equal(&e->ahead, &e->next_ahead))
        return HONE_OK;
    hn_ahead before = e->ahead;
    e->ahead = e->next_ahead;
    e->next_ahead = before;
    for (uint32_t t = 0; t < e->n_trials; t++) {
        const hn_trial *trial = &fold->trials.data[t];
        bool moves = hn_ahead_fits(&e->ahead, trial) || hn_ahead_fits(&before, trial);
        if (moves && !isnan(e->rows.data[t].last) && e->rows.data[t].kind != HN_EVIDENCE_COMPLETE)
            HN_TRY(update(e, view, t, err));
    }
    return HONE_OK;
}

// What the trial is to those that rest before their end: one of them, or a complete one, which
// tells what becomes of them.
static hn_expect_trial resting(const hn_evidence *e, const hn_view *view, uint32_t trial)
{
    uint8_t kind = e->rows.data[trial].kind;
    hn_expect_trial one = {HN_NONE, NAN};
    if (kind == HN_EVIDENCE_COMPLETE)
        one.final = *hn_evidence_y(e, trial);
    else if (kind == HN_EVIDENCE_PRUNED || kind == HN_EVIDENCE_PENDING)
        one.rests = hn_merit_report(view, trial);
    return one;
}

// Below the highest level that d + 2 trials have come to it is too early to tell.
hone_status hn_evidence_expect(hn_evidence *e, const hn_view *view, hone_error *err)
{
    hn_expect *x = &e->expect;
    if (e->n_objectives != 1)
        return HONE_OK;
    for (size_t i = 0; i < x->among.n; i++) // what was said last
        e->rows.data[x->among.data[i]].expected = NAN;
    e->n_expected = 0;
    hn_vec_clear(&x->among);
    for (; e->n_expect_log < e->log.n; e->n_expect_log++) {
        uint32_t trial = e->log.data[e->n_expect_log];
        if (!hn_expect_set(x, view, trial, resting(e, view, trial)))
            return hn_fail_memory(err);
    }
    if (!hn_expect_make(x, view, e->n_dims + 2))
        return hn_fail_memory(err);
    for (size_t i = 0; i < x->among.n; i++) {
        uint32_t trial = x->among.data[i];
        if (x->trials.data[trial].rests == HN_NONE)
            continue;
        double expected = hn_expect_of(x, trial);
        e->n_expected += !isnan(expected);
        e->rows.data[trial].expected = expected;
    }
    return HONE_OK;
}

hone_status hn_evidence_sync(hn_evidence *e, const hn_view *view, hone_error *err)
{
    bool goes_on = hn_follow_goes_on(&e->follow, view);
    hone_status status = goes_on ? catch_up(e, view, err) : make(e, view, err);
    if (status == HONE_OK && e->misfit)
        status = make(e, view, err);
    if (status == HONE_OK)
        status = look_ahead(e, view, err);
    if (status == HONE_OK)
        hn_follow_end(&e->follow, view);
    else
        forget(e);
    return status;
}

bool hn_evidence_has_near(const hn_evidence *e, const double *x, double within)
{
    for (uint32_t t = 0; t < e->n_trials; t++) {
        const double *y = hn_evidence_x(e, t);
        uint32_t k = 0;
        while (k < e->n_dims && (isnan(x[k]) ? isnan(y[k]) : fabs(x[k] - y[k]) <= within))
            k++;
        if (k == e->n_dims && e->rows.data[t].kind != HN_EVIDENCE_NONE)
            return true;
    }
    return false;
}
