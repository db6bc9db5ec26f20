// smac's forests, in step with the view.
//
// 1. While a study is small, trials times dimensions below CELLS, every tree is grown again with
//    each trial. Beyond, tree k is grown from the trials below its own points, every 2nd, 4th, 8th
//    … trial as the study doubles, and the points of the trees are spread evenly: a suggestion
//    grows a few trees, never all. Trials that run at such a point would change the tree when they
//    end; therefore the newest of the trials before it are left out of the growing.
// 2. The leaves are filled anew for each suggestion from all rows at hand, and from pending trials
//    with a lie: what is predicted for them, but no better than the median. That keeps parallel
//    trials apart.
// 3. A change of a trial below a tree's limit, or of what is modelled, has the tree grown again.
// 4. What is expected of trials that rest early changes with each result. It fills all leaves, and
//    has a part in the growing of those trees alone that grow again with each trial.

#include "samplers/smac_model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELLS = 1280, LONGEST = 256, MARGIN = 32, MOST_PENDING = 256 };

hn_smac_model *hn_smac_model_of(hn_cache *cache, const hn_smac_options *options)
{
    char key[120];
    (void)snprintf(key, sizeof key, "smac model, trees=%lld leaf=%lld share=%.17g",
                   (long long)options->n_trees, (long long)options->min_leaf,
                   options->feature_share);
    return hn_cache_get(cache, key, sizeof(hn_smac_model), hn_smac_model_free);
}

static void unmake(hn_smac_model *m)
{
    for (uint32_t k = 0; k < m->n_forests; k++)
        hn_forest_free(&m->forests[k]);
    hn_forest_free(&m->trouble);
    hn_free(m->forests);
    hn_free(m->scales);
    hn_free(m->n_choices);
    hn_free(m->limits);
    hn_free(m->stale);
    hn_vec_free(&m->trials);
    memset(m, 0, sizeof *m);
}

void hn_smac_model_free(void *model)
{
    unmake(model);
}

static hone_status make(hn_smac_model *m, const hn_smac_options *options, hn_evidence *e,
                        uint64_t seed, hone_error *err)
{
    uint32_t n_trees = (uint32_t)options->n_trees;
    unmake(m);
    m->options = *options;
    m->n_choices = hn_calloc(e->n_dims + 1, sizeof *m->n_choices);
    m->limits = hn_calloc(n_trees, sizeof *m->limits);
    m->stale = hn_calloc(n_trees, sizeof *m->stale);
    m->forests = hn_calloc(e->n_objectives, sizeof *m->forests);
    m->scales = hn_calloc(e->n_objectives, sizeof *m->scales);
    if (!m->n_choices || !m->limits || !m->stale || !m->forests || !m->scales)
        return hn_fail_memory(err);
    for (uint32_t k = 0; k < e->n_dims; k++)
        m->n_choices[k] = e->features[k].n_choices;
    hn_forest_options forest = {n_trees,
                                true,
                                e->n_objectives == 1,
                                {(uint32_t)options->min_leaf, options->feature_share},
                                seed};
    m->n_forests = e->n_objectives;
    for (uint32_t k = 0; k < m->n_forests; k++)
        HN_TRY(hn_forest_init(&m->forests[k], &forest, e->n_dims, m->n_choices, err));
    forest.log_leaf = false;
    HN_TRY(hn_forest_init(&m->trouble, &forest, e->n_dims, m->n_choices, err));
    for (uint32_t t = 0; t < n_trees; t++)
        m->stale[t] = true;
    m->evidence = e;
    m->generation = e->generation;
    m->n_log = e->log.n;
    m->made = true;
    return HONE_OK;
}

// --- which trees to grow ---

// Trials from one growing of a tree to the next, around trial t: so many that what is grown for a
// suggestion costs about the same, and few beside t.
static uint32_t interval(uint32_t t, uint32_t d)
{
    uint32_t i = 1;
    while ((uint64_t)CELLS * i <= (uint64_t)t * d && 16 * i <= t && i < LONGEST)
        i *= 2;
    return i;
}

// The limit of tree k when there are n trials: the last of its points. The interval is that at the
// point itself.
static uint32_t limit_of(const hn_smac_model *m, uint32_t k, uint32_t n)
{
    for (uint32_t t = n; t > 0; t--) {
        uint32_t i = interval(t, m->evidence->n_dims);
        uint32_t offset = (uint32_t)((uint64_t)k * i / (uint64_t)m->options.n_trees);
        if ((t + offset) % i == 0)
            return t - (i - 1 < MARGIN ? i - 1 : MARGIN);
    }
    return 0;
}

static void mark_stale(hn_smac_model *m, uint32_t n_trials)
{
    const hn_evidence *e = m->evidence;
    uint32_t first = UINT32_MAX;
    for (size_t i = m->n_log; i < e->log.n; i++)
        first = e->log.data[i] < first ? e->log.data[i] : first;
    for (uint32_t k = 0; k < m->options.n_trees; k++) {
        uint32_t limit = limit_of(m, k, n_trials);
        // With another trial, the tree may no longer be one of those that grow each time (4).
        bool each_time = limit == n_trials, before = m->limits[k] == m->n_limit;
        m->stale[k] |= limit != m->limits[k] || first < limit || each_time != before;
        m->limits[k] = limit;
    }
    m->n_limit = n_trials;
    m->n_log = e->log.n;
}

// --- rows ---

// The numbers of one call.
typedef struct table {
    double *x, *y;
    uint32_t *id;
    uint32_t n;
} table;

static bool open_table(table *t, size_t n, uint32_t d, hn_arena *arena)
{
    t->x = HN_NEW(arena, double, n *d + 1);
    t->y = HN_NEW(arena, double, n + 1);
    t->id = HN_NEW(arena, uint32_t, n + 1);
    t->n = 0;
    return !hn_arena_failed(arena);
}

static void add_row(table *t, const hn_evidence *e, uint32_t trial, double y)
{
    memcpy(t->x + (size_t)t->n * e->n_dims, hn_evidence_x(e, trial), e->n_dims * sizeof *t->x);
    t->y[t->n] = y;
    t->id[t->n++] = trial;
}

static uint32_t which(const hn_smac_model *m, uint32_t objective)
{
    return m->by_violation ? m->evidence->n_objectives : objective;
}

// On the scale that is modelled: the log one or, where objectives are to be compared, from 0 to 1.
static double modelled(const hn_smac_model *m, const hn_smac_scale *scale, double value)
{
    double y = hn_smac_scaled(scale, value);
    if (m->evidence->n_objectives == 1 || scale->flat)
        return y;
    return 1 - y / scale->least;
}

static hn_smac_scale scale_of(const hn_smac_model *m, uint32_t objective,
                              const hn_smac_trials *trials, table *room)
{
    hn_smac_scale none = {.flat = true};
    uint32_t n = 0;
    for (size_t i = 0; i < trials->n; i++) {
        double v =
            m->evidence->rows.data[trials->data[i]].kind == HN_EVIDENCE_COMPLETE
                ? hn_smac_value(m->evidence, &none, which(m, objective), trials->data[i], false)
                : NAN;
        if (!isnan(v))
            room->y[n++] = v;
    }
    return hn_smac_scale_of(room->y, n);
}

static void take_objective(const hn_smac_model *m, uint32_t objective, const hn_smac_scale *scale,
                           const hn_smac_trials *trials, bool carried, table *out)
{
    out->n = 0;
    for (size_t i = 0; i < trials->n; i++) {
        double v = hn_smac_value(m->evidence, scale, which(m, objective), trials->data[i], carried);
        if (!isnan(v))
            add_row(out, m->evidence, trials->data[i], modelled(m, scale, v));
    }
}

static void take_trouble(const hn_smac_model *m, const hn_smac_trials *trials, table *out)
{
    out->n = 0;
    for (size_t i = 0; i < trials->n; i++) {
        const hn_evidence_row *row = &m->evidence->rows.data[trials->data[i]];
        bool bad = row->kind == HN_EVIDENCE_FAILED || (row->infeasible && !m->by_violation);
        add_row(out, m->evidence, trials->data[i], bad);
    }
}

static hn_forest_rows rows_of(const table *t)
{
    return (hn_forest_rows){t->n, t->x, t->y, t->id};
}

// --- growing ---

// The trees `grow`, which have the same limit.
static hone_status grow_at(hn_smac_model *m, uint32_t limit, const bool *grow, hone_error *err)
{
    hone_status status = HONE_OK;
    bool each_time = limit == m->n_limit;
    hn_arena arena = HN_ARENA_INIT;
    hn_smac_trials trials = {0};
    table t;
    HN_TRY_OUT(hn_smac_rows(m->evidence, limit, &trials, err));
    if (!open_table(&t, trials.n, m->evidence->n_dims, &arena))
        HN_TRY_OUT(hn_fail_memory(err));
    for (uint32_t k = 0; k < m->n_forests && (k == 0 || !m->by_violation); k++) {
        hn_smac_scale scale = scale_of(m, k, &trials, &t);
        take_objective(m, k, &scale, &trials, each_time, &t);
        hn_forest_rows rows = rows_of(&t);
        HN_TRY_OUT(hn_forest_grow(&m->forests[k], &rows, grow, err));
    }
    if (m->has_trouble) {
        take_trouble(m, &trials, &t);
        hn_forest_rows rows = rows_of(&t);
        HN_TRY_OUT(hn_forest_grow(&m->trouble, &rows, grow, err));
    }
out:
    hn_vec_free(&trials);
    hn_arena_free(&arena);
    return status;
}

static hone_status grow_stale(hn_smac_model *m, hone_error *err)
{
    uint32_t n = (uint32_t)m->options.n_trees;
    bool *grow = hn_calloc(n, sizeof *grow);
    hone_status status = grow ? HONE_OK : hn_fail_memory(err);
    for (uint32_t first = 0; status == HONE_OK && first < n; first++) {
        if (!m->stale[first])
            continue;
        for (uint32_t k = 0; k < n; k++)
            grow[k] = m->stale[k] && m->limits[k] == m->limits[first];
        status = grow_at(m, m->limits[first], grow, err);
        for (uint32_t k = 0; status == HONE_OK && k < n; k++)
            m->stale[k] &= !grow[k];
    }
    hn_free(grow);
    return status;
}

// --- filling ---

static bool is_running(const hn_evidence_row *row)
{
    return row->kind == HN_EVIDENCE_PENDING && isnan(row->last);
}

// Adds the newest pending trials to the rows of a filled forest, with the lie.
static hone_status add_pending(const hn_smac_model *m, const hn_forest *f,
                               const hn_smac_scale *scale, table *t, hone_error *err)
{
    const hn_evidence *e = m->evidence;
    uint32_t from = t->n;
    double middle = modelled(m, scale, scale->middle);
    hone_status status = HONE_OK;
    hn_arena arena = HN_ARENA_INIT;
    for (uint32_t i = e->n_trials; i-- > 0 && t->n - from < MOST_PENDING;)
        if (is_running(&e->rows.data[i]))
            add_row(t, e, i, 0);
    uint32_t n = t->n - from;
    double *var = HN_NEW(&arena, double, n + 1);
    if (!var)
        HN_TRY_OUT(hn_fail_memory(err));
    HN_TRY_OUT(hn_forest_predict(f, t->x + (size_t)from * e->n_dims, n, t->y + from, var, err));
    for (uint32_t i = from; i < t->n; i++)
        t->y[i] = fmax(t->y[i], middle);
out:
    hn_arena_free(&arena);
    return status;
}

static hone_status fill_objective(hn_smac_model *m, uint32_t k, table *t, hone_error *err)
{
    m->scales[k] = scale_of(m, k, &m->trials, t);
    take_objective(m, k, &m->scales[k], &m->trials, true, t);
    hn_forest_rows rows = rows_of(t);
    if (t->n == 0)
        return HONE_OK;
    HN_TRY(hn_forest_fill(&m->forests[k], &rows, err));
    if (m->evidence->n_kind[HN_EVIDENCE_PENDING] == 0)
        return HONE_OK;
    HN_TRY(add_pending(m, &m->forests[k], &m->scales[k], t, err));
    rows = rows_of(t);
    return hn_forest_fill(&m->forests[k], &rows, err);
}

static hone_status fill(hn_smac_model *m, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_status status = HONE_OK;
    table t;
    HN_TRY_OUT(hn_smac_rows(m->evidence, m->evidence->n_trials, &m->trials, err));
    if (!open_table(&t, m->trials.n + MOST_PENDING, m->evidence->n_dims, &arena))
        HN_TRY_OUT(hn_fail_memory(err));
    for (uint32_t k = 0; k < m->n_forests && (k == 0 || !m->by_violation); k++)
        HN_TRY_OUT(fill_objective(m, k, &t, err));
    if (m->has_trouble) {
        take_trouble(m, &m->trials, &t);
        hn_forest_rows rows = rows_of(&t);
        HN_TRY_OUT(hn_forest_fill(&m->trouble, &rows, err));
    }
out:
    hn_arena_free(&arena);
    return status;
}

// --- syncing ---

// What is modelled follows from the kinds of trials there are; a change has all trees grown again.
static void choose_target(hn_smac_model *m)
{
    const hn_evidence *e = m->evidence;
    uint32_t complete = e->n_kind[HN_EVIDENCE_COMPLETE];
    bool by_violation = complete > 0 && e->n_infeasible == complete;
    bool trouble = e->n_kind[HN_EVIDENCE_FAILED] > 0 || (!by_violation && e->n_infeasible > 0);
    bool changed = by_violation != m->by_violation || trouble != m->has_trouble;
    m->by_violation = by_violation;
    m->has_trouble = trouble;
    for (uint32_t k = 0; changed && k < m->options.n_trees; k++)
        m->stale[k] = true;
}

hone_status hn_smac_model_sync(hn_smac_model *m, const hn_smac_options *options,
                               hn_evidence *evidence, const hn_view *view, hone_error *err)
{
    hone_status status = hn_evidence_sync(evidence, view, err);
    if (status == HONE_OK && (!m->made || m->generation != evidence->generation))
        status = make(m, options, evidence, view->problem->seed, err);
    else if (status == HONE_OK && m->filled && m->n_log == evidence->log.n &&
             m->n_seen == view->n_trials)
        return HONE_OK;
    if (status == HONE_OK)
        status = hn_evidence_expect(evidence, view, err);
    if (status == HONE_OK) {
        mark_stale(m, view->n_trials);
        choose_target(m);
        status = grow_stale(m, err);
    }
    if (status == HONE_OK)
        status = fill(m, err);
    if (status != HONE_OK) {
        unmake(m);
        return status;
    }
    m->filled = true;
    m->n_seen = view->n_trials;
    return HONE_OK;
}

bool hn_smac_model_knows(const hn_smac_model *m)
{
    return m->evidence->n_kind[HN_EVIDENCE_COMPLETE] > 0;
}

double hn_smac_model_seen(const hn_smac_model *m, uint32_t objective, uint32_t trial)
{
    if (m->evidence->rows.data[trial].kind != HN_EVIDENCE_COMPLETE)
        return NAN;
    double v = hn_smac_value(m->evidence, &m->scales[objective], which(m, objective), trial, false);
    return isnan(v) ? v : modelled(m, &m->scales[objective], v);
}
