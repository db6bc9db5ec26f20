// Trust regions from a history.
//
// 1. Results are taken in the order in which they came (core/arrivals.h). The centre is the best of
//    the run. The points that are kept are the nearest to it.
// 2. A result within the region is held against what the model of the earlier ones promised,
//    however it was suggested. The region grows when the promise was kept at its edge, follows the
//    step when that was short, and shrinks when it was broken and the points near the centre span
//    all axes; if they do not, they are to blame, and one that is missing comes first.
// 3. When the model's minimum is the centre itself, the region shrinks at once.
//    A run in which nothing has worked yet goes on with points from all over the space.
// 4. When it is as small as it may be the next run begins elsewhere, at the best of a few points.
//    Where the study is shared with other samplers, all results count in the first run, but only
//    its own in later ones, which would otherwise be drawn to where the others are. What these have
//    found that is better than all that it has seen itself is where its next run begins.
#include "samplers/trust_run.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "num/many.h"

enum { STARTS = 3 };           // points of which a later run begins at the best
enum { LAST_RECALLED = 1000 }; // results among which a run finds points near its start
#define WITHIN      1.01       // of the radius: a step to its edge counts as within
#define NEAR        2.0        // radii: points that tell whether all axes are spanned
#define SPANS       0.25       // of the radius, outside of what the others span (COBYLA's alpha)
#define SHORT       0.01       // of the radius: such a step is none
#define MOST_RADIUS 0.5
#define MOST_VALUE  1e300 // differences of values stay finite
#define MOST_UNITS  1e60  // so do their squares
#define PENALTY     10.0  // of a rule broken by a unit, in units of the objective

// --- begin and end ---

static bool is_number(const hn_problem *problem, const hn_feature *feature)
{
    const hn_param *p = &problem->space->params[feature->param];
    return feature->n_choices == 0 && feature->n_values > 1 && p->type != HONE_PARAM_PERMUTATION;
}

static bool describe(hn_trust_run *r)
{
    hn_feature *features = HN_NEW(&r->of_call, hn_feature, r->n_dims + 1);
    hn_config config = hn_config_new(&r->of_call, r->problem->space);
    if (hn_arena_failed(&r->of_call))
        return false;
    hn_features_describe(r->problem->space, features);
    uint32_t n_numeric = 0;
    for (uint32_t k = 0; k < r->n_dims; k++) {
        r->numeric[k] = is_number(r->problem, &features[k]);
        r->range[k] = isfinite(features[k].n_values) ? 1 / features[k].n_values : 0;
        n_numeric += r->numeric[k];
    }
    hn_space_default(r->problem->space, config);
    hn_features_encode(r->problem->space, config, r->first);
    r->most_points = hn_quadratic_most_points(n_numeric);
    r->points = HN_NEW(&r->arena, uint32_t, r->most_points + 1);
    return r->points != NULL;
}

bool hn_trust_run_init(hn_trust_run *r, const hn_problem *problem, const hn_trust_options *options)
{
    enum { PLAIN_UP_TO = 10 }; // axes; smaller models cost less than loading a library
    uint32_t n = problem->space->n_dims;
    r->problem = problem;
    r->options = options;
    r->n_dims = n;
    r->la = hn_linalg_open(n <= PLAIN_UP_TO);
    r->numeric = HN_ZNEW(&r->arena, bool, n + 1);
    r->range = HN_ZNEW(&r->arena, double, n + 1);
    r->first = HN_ZNEW(&r->arena, double, n + 1);
    r->centre = HN_ZNEW(&r->arena, double, n + 1);
    r->axes = HN_ZNEW(&r->arena, uint32_t, n + 1);
    return !hn_arena_failed(&r->arena) && describe(r);
}

void hn_trust_run_free(hn_trust_run *r)
{
    hn_arrivals_free(&r->arrivals);
    hn_str_free(&r->kept);
    hn_arena_free(&r->arena);
    hn_arena_free(&r->of_model);
    hn_arena_free(&r->of_call);
}

// --- geometry ---

double hn_trust_radius(const hn_trust_run *r, uint32_t dim)
{
    return fmax(r->radius, r->range[dim]);
}

bool hn_trust_is_alike(const hn_trust_run *r, const double *x)
{
    for (uint32_t k = 0; k < r->n_dims; k++) {
        bool both = !isnan(x[k]) && !isnan(r->centre[k]);
        if (r->numeric[k] ? isnan(x[k]) != isnan(r->centre[k])
                          : !(both ? x[k] == r->centre[k] : isnan(x[k]) && isnan(r->centre[k])))
            return false;
    }
    return true;
}

// How many radii x is from the centre, along the axis where that is most.
static double distance(const hn_trust_run *r, const double *x)
{
    double most = 0;
    for (uint32_t i = 0; i < r->n_axes; i++) {
        uint32_t k = r->axes[i];
        most = fmax(most, fabs(x[k] - r->centre[k]) / hn_trust_radius(r, k));
    }
    return most;
}

void hn_trust_set_centre(hn_trust_run *r, const double *x)
{
    memcpy(r->centre, x, r->n_dims * sizeof *x);
    r->n_axes = 0;
    for (uint32_t k = 0; k < r->n_dims; k++)
        if (r->numeric[k] && !isnan(x[k]))
            r->axes[r->n_axes++] = k;
}

// Displacements of points that are near, in radii: rows of D. Returns how many.
static uint32_t near_rows(const hn_trust_run *r, const double *const *more, uint32_t n_more,
                          double *D)
{
    uint32_t n = 0, d = r->n_axes;
    for (uint32_t i = 0; i < r->n_points + n_more; i++) {
        const double *x =
            i < r->n_points ? hn_evidence_x(r->evidence, r->points[i]) : more[i - r->n_points];
        if (!hn_trust_is_alike(r, x) || distance(r, x) > NEAR)
            continue;
        for (uint32_t j = 0; j < d; j++)
            D[(size_t)n * d + j] =
                (x[r->axes[j]] - r->centre[r->axes[j]]) / hn_trust_radius(r, r->axes[j]);
        n++;
    }
    return n;
}

static size_t longest(const double *D, uint32_t n, uint32_t d, double *length)
{
    size_t at = 0;
    *length = 0;
    for (size_t i = 0; i < n; i++) {
        double square = hn_dot(D + i * d, D + i * d, d);
        if (square > *length) {
            *length = square;
            at = i;
        }
    }
    *length = sqrt(*length);
    return at;
}

// Gram and Schmidt, the longest of what is left first; what axes keep of themselves into left [d].
// Returns how many axes are spanned.
static uint32_t span(double *D, uint32_t n, uint32_t d, double *q, double *left)
{
    for (uint32_t j = 0; j < d; j++)
        left[j] = 1;
    uint32_t rank = 0;
    for (; rank < d; rank++) {
        double length;
        size_t at = longest(D, n, d, &length);
        if (!(length >= SPANS))
            break;
        for (uint32_t j = 0; j < d; j++) {
            q[j] = D[at * d + j] / length;
            left[j] -= q[j] * q[j];
        }
        for (size_t i = 0; i < n; i++) {
            double along = hn_dot(D + i * d, q, d);
            for (uint32_t j = 0; j < d; j++)
                D[i * d + j] -= along * q[j];
        }
    }
    return rank;
}

bool hn_trust_is_starved(const hn_trust_run *r)
{
    return hn_arena_failed(&r->of_call);
}

hn_trust_span hn_trust_span_of(hn_trust_run *r, const double *const *more, uint32_t n_more)
{
    uint32_t d = r->n_axes;
    hn_trust_span found = {.gap = HN_NONE};
    hn_arena_mark mark = hn_arena_get_mark(&r->of_call);
    double *D = HN_NEW(&r->of_call, double, ((size_t)r->n_points + n_more) * d + 1);
    double *q = HN_NEW(&r->of_call, double, d + 1), *left = HN_NEW(&r->of_call, double, d + 1);
    if (!hn_arena_failed(&r->of_call)) {
        uint32_t at = 0;
        found.n_near = near_rows(r, more, n_more, D);
        found.rank = span(D, found.n_near, d, q, left);
        for (uint32_t j = 1; j < d; j++)
            if (left[j] > left[at] + 1e-9)
                at = j;
        found.gap = found.rank < d ? r->axes[at] : HN_NONE;
    }
    hn_arena_rewind(&r->of_call, mark);
    return found;
}

static bool is_spanned(hn_trust_run *r)
{
    return hn_trust_span_of(r, NULL, 0).gap == HN_NONE;
}

// --- the model ---

typedef struct sample {
    uint32_t n, d, m;
    uint32_t *columns; // [m - 1] of constraints
    double *Z, *Y, *weights;
    double *r;   // [n] distances
    bool *known; // [n] has a value
} sample;

static double value_of(const hn_trust_run *r, uint32_t trial)
{
    return hn_clamp(hn_evidence_y(r->evidence, trial)[0], -MOST_VALUE, MOST_VALUE);
}

static bool has_value(const hn_trust_run *r, uint32_t trial)
{
    return r->evidence->rows.data[trial].kind == HN_EVIDENCE_COMPLETE &&
           hn_evidence_y(r->evidence, trial)[0] < MOST_VALUE;
}

// Constraints that every point with a value knows.
static void find_columns(const hn_trust_run *r, const uint32_t *trials, sample *s)
{
    s->m = 1;
    for (uint32_t c = 0; c < r->evidence->n_constraints; c++) {
        bool all = true;
        for (uint32_t i = 0; i < s->n; i++)
            all &= !s->known[i] || isfinite(hn_evidence_c(r->evidence, trials[i])[c]);
        if (all)
            s->columns[s->m++ - 1] = c;
    }
}

static bool gather(hn_trust_run *r, sample *s, uint32_t *trials)
{
    hn_arena *arena = &r->of_call;
    uint32_t most = r->n_points + 1, d = r->n_axes;
    s->d = d;
    s->columns = HN_NEW(arena, uint32_t, r->evidence->n_constraints + 1);
    s->known = HN_NEW(arena, bool, most);
    s->r = HN_NEW(arena, double, most);
    s->weights = HN_NEW(arena, double, most);
    s->Z = HN_NEW(arena, double, (size_t)most *d + 1);
    s->Y = HN_NEW(arena, double, (size_t)most *(r->evidence->n_constraints + 1));
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < r->n_points; i++) {
        const double *x = hn_evidence_x(r->evidence, r->points[i]);
        if (!hn_trust_is_alike(r, x))
            continue;
        trials[s->n] = r->points[i];
        s->known[s->n] = has_value(r, r->points[i]);
        for (uint32_t j = 0; j < d; j++)
            s->Z[(size_t)s->n * d + j] = (x[r->axes[j]] - r->centre[r->axes[j]]) / r->model.scale;
        s->r[s->n++] = distance(r, x);
    }
    find_columns(r, trials, s);
    return true;
}

// The k-th smallest of x (k from 0), by selection in `room` [n].
static double smaller(const double *x, uint32_t n, uint32_t k, double *room)
{
    memcpy(room, x, n * sizeof *x);
    for (uint32_t i = 0; i <= k && i < n; i++) {
        uint32_t least = i;
        for (uint32_t j = i + 1; j < n; j++)
            least = room[j] < room[least] ? j : least;
        double swap = room[i];
        room[i] = room[least];
        room[least] = swap;
    }
    return room[k < n ? k : n - 1];
}

// One column: values in units of how much the better half differs, what is missing as the worst.
static double fill_column(const sample *s, const double *values, uint32_t column, double zero,
                          double *room, double *sorted)
{
    double worst = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        if (!s->known[i])
            continue;
        room[n++] = fabs(values[i] - zero);
        worst = fmax(worst, values[i] - zero);
    }
    double unit = n > 0 ? smaller(room, n, n / 2, sorted) : 0;
    unit = unit > 0 ? unit : worst > 0 ? worst : 1;
    for (uint32_t i = 0; i < s->n; i++)
        s->Y[(size_t)i * s->m + column] =
            hn_clamp((s->known[i] ? values[i] - zero : worst) / unit, -MOST_UNITS, MOST_UNITS);
    return unit;
}

static void weigh(const sample *s, double *room, double *sorted)
{
    // Half of the points, d + 1 at least, are no worse than `usual`.
    uint32_t k = s->n / 2 > s->d + 1 ? s->n / 2 : s->d + 1;
    double best = 0;
    for (uint32_t i = 0; i < s->n; i++)
        best = fmin(best, s->Y[(size_t)i * s->m]);
    for (uint32_t i = 0; i < s->n; i++)
        room[i] = s->Y[(size_t)i * s->m] - best;
    double usual = smaller(room, s->n, k < s->n ? k : s->n - 1, sorted);
    for (uint32_t i = 0; i < s->n; i++) {
        double far = s->r[i] / NEAR, bad = usual > 0 ? room[i] / usual : 0;
        double cube = far * far * far;
        s->weights[i] = fmax(1 / (1 + cube * cube) / (1 + bad * bad), DBL_MIN * 1e20);
    }
}

static bool fill(hn_trust_run *r, sample *s, const uint32_t *trials)
{
    hn_arena *arena = &r->of_call;
    double *values = HN_NEW(arena, double, s->n + 1), *room = HN_NEW(arena, double, s->n + 1);
    double *sorted = HN_NEW(arena, double, s->n + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < s->n; i++)
        values[i] = value_of(r, trials[i]);
    double zero = value_of(r, r->merit.trial); // NaN: the centre was pruned
    r->model.units[0] = fill_column(s, values, 0, isnan(zero) ? 0 : zero, room, sorted);
    for (uint32_t c = 1; c < s->m; c++) {
        for (uint32_t i = 0; i < s->n; i++)
            values[i] = hn_evidence_c(r->evidence, trials[i])[s->columns[c - 1]];
        r->model.units[c] = fill_column(s, values, c, 0, room, sorted);
    }
    weigh(s, room, sorted);
    return true;
}

// The radius at which the model is asked, as bounds of z.
static void box(const hn_trust_run *r, double *low, double *high)
{
    for (uint32_t j = 0; j < r->n_axes; j++) {
        uint32_t k = r->axes[j];
        double radius = hn_trust_radius(r, k);
        low[j] = -fmin(radius, r->centre[k]) / r->model.scale;
        high[j] = fmin(radius, 1 - r->centre[k]) / r->model.scale;
    }
}

// Down the slope, as far as the radius: a plane has its minimum in a box at a corner, which goes as
// far along an axis of no slope as along the steepest.
static double slide(const hn_trust_model *m, const double *low, const double *high, double radius,
                    double *z)
{
    const hn_quadratic *plane = m->aim.model;
    double norm = sqrt(hn_dot(plane->g, plane->g, plane->d));
    for (uint32_t j = 0; j < plane->d; j++)
        z[j] = norm > 0 ? hn_clamp(-radius * plane->g[j] / norm, low[j], high[j]) : 0;
    return hn_quadratic_value(plane, z, NULL);
}

static bool minimise(hn_trust_run *r, hn_quadratic_kind kind)
{
    hn_trust_model *m = &r->model;
    uint32_t d = r->n_axes;
    double *low = HN_NEW(&r->of_call, double, d + 1), *high = HN_NEW(&r->of_call, double, d + 1);
    double *room = HN_NEW(&r->of_call, double, d + 1), cost;
    if (hn_arena_failed(&r->of_call))
        return false;
    box(r, low, high);
    memset(m->z, 0, d * sizeof *m->z);
    double here = hn_quadratic_cost(&m->aim, m->z, NULL, room);
    if (kind == HN_QUADRATIC_LINEAR && m->aim.n_rules == 0)
        cost = slide(m, low, high, r->radius / m->scale, m->z);
    else
        cost = hn_quadratic_minimise(&m->aim, low, high, m->z, &r->of_call);
    m->gain = here - cost;
    m->step = 0;
    for (uint32_t j = 0; j < d; j++)
        m->step = fmax(m->step, fabs(m->z[j]) * m->scale / hn_trust_radius(r, r->axes[j]));
    return true;
}

static bool make_model(hn_trust_run *r)
{
    hn_arena *arena = &r->of_model;
    hn_trust_model *m = &r->model;
    uint32_t *trials = HN_NEW(&r->of_call, uint32_t, r->n_points + 1), d = r->n_axes;
    sample s = {0};
    *m = (hn_trust_model){.scale = r->radius};
    hn_arena_reset(arena);
    if (!trials || !gather(r, &s, trials))
        return false;
    if (!r->has_centre || d == 0 || s.n < 2 || d + 1 > HN_QUADRATIC_MOST_TERMS)
        return true;
    m->models = HN_NEW(arena, hn_quadratic, s.m);
    m->penalties = HN_NEW(arena, double, s.m);
    m->z = HN_ZNEW(arena, double, d + 1);
    m->units = HN_NEW(arena, double, s.m);
    m->columns = hn_arena_memdup(arena, s.columns, s.m * sizeof *s.columns);
    for (uint32_t c = 0; m->models && c < s.m; c++)
        if (!hn_quadratic_alloc(&m->models[c], d, arena))
            return false;
    if (hn_arena_failed(arena) || !fill(r, &s, trials))
        return false;
    for (uint32_t c = 0; c + 1 < s.m; c++)
        m->penalties[c] = PENALTY;
    hn_quadratic_data data = {s.Z, s.Y, s.weights, s.n, d, s.m};
    hn_quadratic_kind kind = hn_quadratic_local(s.n, d);
    uint32_t terms = hn_quadratic_terms(kind, d);
    r->owed += (double)s.n * terms * terms;
    m->aim = (hn_quadratic_aim){m->models, m->models + 1, m->penalties, s.m - 1};
    if (!hn_quadratic_fit(&r->la, &data, kind, 1e-11, m->models, &r->of_call))
        return !hn_arena_failed(&r->of_call);
    m->known = s.n >= d + 1;
    m->partial = !m->known;
    return minimise(r, kind);
}

const hn_trust_model *hn_trust_model_of(hn_trust_run *r)
{
    if (r->has_model)
        return &r->model;
    hn_arena_mark mark = hn_arena_get_mark(&r->of_call);
    bool ok = make_model(r);
    hn_arena_rewind(&r->of_call, mark);
    r->has_model = ok;
    return ok ? &r->model : NULL;
}

// --- runs ---

static void drop_farthest(hn_trust_run *r)
{
    uint32_t worst = 0;
    double most = -1;
    for (uint32_t i = 0; i < r->n_points; i++) {
        const double *x = hn_evidence_x(r->evidence, r->points[i]);
        double far = hn_trust_is_alike(r, x) ? distance(r, x) : INFINITY;
        if (far > most) {
            most = far;
            worst = i;
        }
    }
    r->n_points--;
    memmove(r->points + worst, r->points + worst + 1, (r->n_points - worst) * sizeof *r->points);
}

static void begin_run(hn_trust_run *r)
{
    r->run_start = r->n_used;
    r->n_in = r->n_starts = 0;
    r->n_points = 0;
    r->radius = r->options->radius;
    r->failed = r->good = false;
    r->has_centre = r->has_model = false;
    hn_trust_set_centre(r, r->first);
}

// Begins at the best point of the study, with what is known near it.
static void follow(hn_trust_run *r)
{
    hn_trust_set_centre(r, hn_evidence_x(r->evidence, r->best.trial));
    r->merit = r->reached = r->best;
    r->has_centre = true;
    for (size_t i = r->n_used > LAST_RECALLED ? r->n_used - LAST_RECALLED : 0; i < r->n_used; i++) {
        uint32_t trial = r->arrivals.order.data[i];
        if (r->evidence->rows.data[trial].kind == HN_EVIDENCE_NONE)
            continue;
        r->points[r->n_points++] = trial;
        if (r->n_points > r->most_points)
            drop_farthest(r);
    }
}

static void begin_next(hn_trust_run *r)
{
    r->n_runs++;
    begin_run(r);
    if (r->has_reached && hn_merit_better(&r->best, &r->reached))
        follow(r);
    else
        r->n_starts = STARTS;
}

static void begin_search(hn_trust_run *r)
{
    r->n_used = 0;
    r->digest = hn_trust_digest(r);
    r->owed = 0;
    r->n_runs = 0;
    r->has_best = r->has_reached = false;
    begin_run(r);
    r->begun = true;
}

// --- results ---

// What the model says of x, less than at the centre: positive is better.
static double promised(hn_trust_run *r, const hn_trust_model *m, const double *x, double *z,
                       double *room)
{
    for (uint32_t j = 0; j < r->n_axes; j++)
        z[j] = (x[r->axes[j]] - r->centre[r->axes[j]]) / m->scale;
    double there = hn_quadratic_cost(&m->aim, z, NULL, room);
    memset(z, 0, r->n_axes * sizeof *z);
    return hn_quadratic_cost(&m->aim, z, NULL, room) - there;
}

// What a result costs, beside the centre's value, in the model's units.
static double cost_of(const hn_trust_run *r, const hn_trust_model *m, uint32_t trial)
{
    if (!has_value(r, trial))
        return INFINITY;
    double cost = (value_of(r, trial) - value_of(r, r->merit.trial)) / m->units[0];
    for (uint32_t c = 0; c < m->aim.n_rules; c++) {
        double broken = hn_evidence_c(r->evidence, trial)[m->columns[c]] / m->units[c + 1];
        cost += m->penalties[c] * fmax(broken, 0);
    }
    return cost;
}

static void judge(hn_trust_run *r, double ratio, double step, bool spanned)
{
    r->good = ratio >= 0.7;
    if (r->good && step >= 0.6)
        r->radius = fmin(2 * r->radius, MOST_RADIUS);
    else if (r->good)
        r->radius *= fmin(1, fmax(0.5, 2 * step));
    else if (ratio >= 0.1)
        r->radius *= spanned ? fmin(1, fmax(0.5, step)) : 1;
    else if (spanned)
        r->radius *= fmin(0.5, fmax(step, 0.1));
    r->failed = ratio < 0.1 && !spanned;
}

// Holds a result against the model, if that had anything to say.
static bool compare(hn_trust_run *r, uint32_t trial)
{
    const double *x = hn_evidence_x(r->evidence, trial);
    if (!r->has_centre || !hn_trust_is_alike(r, x) || distance(r, x) > WITHIN)
        return true;
    const hn_trust_model *m = hn_trust_model_of(r);
    double *z = HN_NEW(&r->of_call, double, r->n_axes + 1);
    double *room = HN_NEW(&r->of_call, double, r->n_axes + 1);
    if (!m || !z || !room)
        return false;
    if (!m->known)
        return true;
    double promise = promised(r, m, x, z, room), step = distance(r, x);
    if (!(promise > 0) || promise < 0.1 * m->gain)
        return true; // it was asked for what it tells, not for what it is
    double gain = cost_of(r, m, r->merit.trial) - cost_of(r, m, trial);
    bool spanned = is_spanned(r);
    judge(r, isnan(gain) ? 0 : gain / promise, step, spanned);
    return !hn_trust_is_starved(r);
}

// The model's minimum is where we are: look closer, or be done.
static bool settle(hn_trust_run *r)
{
    const hn_trust_model *m;
    if (!r->has_centre || r->n_axes == 0 || r->n_in < r->n_starts)
        return true;
    if (r->failed)
        r->failed = !is_spanned(r);
    while (r->radius >= r->options->least) {
        m = hn_trust_model_of(r);
        if (!m || hn_trust_is_starved(r))
            return false;
        if (!m->known || m->step >= SHORT || r->failed)
            return true;
        bool spanned = is_spanned(r);
        if (hn_trust_is_starved(r))
            return false;
        r->failed = !spanned && !r->good;
        if (r->failed)
            return true;
        r->radius *= 0.1;
        r->has_model = false;
    }
    begin_next(r);
    return true;
}

static void note_best(hn_merit *best, bool *has_best, const hn_merit *merit)
{
    if (merit->tier != HN_MERIT_FAILED && (!*has_best || hn_merit_better(merit, best))) {
        *best = *merit;
        *has_best = true;
    }
}

// Does the result count in the present run?
static bool counts(const hn_trust_run *r, const hn_view *view, uint32_t trial)
{
    size_t seen = hn_arrivals_seen_by(&r->arrivals, view, trial);
    return !(hn_view_is_sampled(view, trial) && seen < r->run_start) &&
           (r->n_runs == 0 || hn_view_is_own(view, trial));
}

static bool take_in(hn_trust_run *r, const hn_view *view)
{
    uint32_t trial = r->arrivals.order.data[r->n_used++];
    r->digest = hn_trust_digest_add(r, view, trial, r->digest);
    if (r->evidence->rows.data[trial].kind == HN_EVIDENCE_NONE)
        return true;
    hn_merit merit = hn_merit_of(view, trial);
    bool counted = counts(r, view, trial);
    note_best(&r->best, &r->has_best, &merit);
    if (counted || hn_view_is_own(view, trial))
        note_best(&r->reached, &r->has_reached, &merit);
    if (!counted)
        return true;
    if (r->n_in >= r->n_starts && !compare(r, trial))
        return false;
    r->n_in++;
    r->has_model = false;
    r->points[r->n_points++] = trial;
    if (merit.tier != HN_MERIT_FAILED && (!r->has_centre || hn_merit_better(&merit, &r->merit))) {
        hn_trust_set_centre(r, hn_evidence_x(r->evidence, trial));
        r->merit = merit;
        r->has_centre = true;
    }
    // Where nothing has worked no step leads away: another start.
    if (!r->has_centre && r->n_in >= r->n_starts)
        r->n_starts = r->n_in + 1;
    if (r->n_points > r->most_points)
        drop_farthest(r);
    return settle(r);
}

hone_status hn_trust_run_sync(hn_trust_run *r, const hn_view *view, hn_evidence *evidence,
                              hone_error *err)
{
    bool ok = true;
    r->evidence = evidence;
    hn_arena_reset(&r->of_call);
    HN_TRY(hn_arrivals_sync(&r->arrivals, view, err));
    if (!r->begun || r->arrivals.n_kept < r->n_used) {
        begin_search(r);
        (void)hn_trust_take_up(r, view);
    }
    while (ok && r->n_used < r->arrivals.order.n) {
        hn_arena_reset(&r->of_call);
        ok = take_in(r, view);
    }
    if (ok)
        return HONE_OK;
    r->begun = false;
    return hn_fail_memory(err);
}
