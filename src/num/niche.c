// Crowding and niches.
//
// NSGA-III's niching
//  1. The ideal point of all candidates is the origin. For each axis the candidate that is least by
//     the scalarising function max_i f_i / w_i, w nearly along the axis, is an extreme point; the
//     hyperplane through them meets the axes at the intercepts, which become 1. Where there is no
//     such plane, the greatest values do.
//  2. Each point belongs to the nearest of the lines from the origin through the reference points.
//  3. A line with fewest points gets the next: the nearest of its candidates if it has none yet,
//     else any of them. Lines without candidates drop out.
// Source: Deb, Pratap, Agarwal, Meyarivan. A fast and elitist multiobjective genetic algorithm:
// NSGA-II. IEEE Trans. Evol. Comput. 2002; Deb, Jain. An evolutionary many-objective optimization
// algorithm using reference-point-based nondominated sorting approach. IEEE Trans. Evol. Comput.
// 2014.
#include "num/niche.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/clamp.h"

#define MOST      1e300
#define OFF_AXIS  1e6   // weight of the other axes in the scalarising function
#define LEAST_GAP 1e-12 // intercepts below this share of the greatest range are none

static double bounded(double x)
{
    return hn_clamp(x, -MOST, MOST);
}

// --- crowding ---

typedef struct ordered {
    double value;
    uint32_t index;
} ordered;

static int by_value(const void *a, const void *b)
{
    const ordered *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

bool hn_crowding(const double *values, uint32_t n, uint32_t m, double *out, hn_arena *arena)
{
    ordered *order = HN_NEW(arena, ordered, n + 1);
    if (!order)
        return false;
    for (uint32_t i = 0; i < n; i++)
        out[i] = 0;
    for (uint32_t k = 0; k < m && n > 0; k++) {
        for (uint32_t i = 0; i < n; i++)
            order[i] = (ordered){bounded(values[(size_t)i * m + k]), i};
        qsort(order, n, sizeof *order, by_value);
        double range = order[n - 1].value / 2 - order[0].value / 2;
        out[order[0].index] = out[order[n - 1].index] = INFINITY;
        for (uint32_t i = 1; range > 0 && i + 1 < n; i++)
            out[order[i].index] += (order[i + 1].value / 2 - order[i - 1].value / 2) / range;
    }
    return true;
}

// --- reference points ---

uint32_t hn_reference_count(uint32_t m, uint32_t p)
{
    double count = 1; // C(m + p - 1, p)
    for (uint32_t i = 1; i <= p; i++) {
        count = count * (m - 1 + i) / i;
        if (count > 1e6)
            return UINT32_MAX;
    }
    return (uint32_t)round(count);
}

void hn_reference_points(uint32_t m, uint32_t p, double *out)
{
    // Compositions of p into m parts, in descending order: the last part that is not at the end
    // gives one to the next, which takes all that is behind it.
    uint32_t n = hn_reference_count(m, p);
    for (uint32_t j = 0; j < m; j++)
        out[j] = j == 0 ? p : 0;
    for (uint32_t i = 1; i < n; i++) {
        double *x = out + (size_t)i * m;
        uint32_t j = m - 1;
        memcpy(x, x - m, m * sizeof *x);
        double rest = x[m - 1];
        x[m - 1] = 0;
        while (j > 0 && x[j - 1] == 0)
            j--;
        x[j - 1]--;
        x[j] = rest + 1;
    }
    for (size_t i = 0; i < (size_t)n * m; i++)
        out[i] /= p > 0 ? p : 1;
}

// --- normalising ---

// Solves A x = (1, …, 1), A [m × m] destroyed; false when singular.
static bool solve_ones(double *A, uint32_t m, double *x)
{
    for (uint32_t i = 0; i < m; i++)
        x[i] = 1;
    for (uint32_t k = 0; k < m; k++) {
        uint32_t pivot = k;
        for (uint32_t i = k + 1; i < m; i++)
            if (fabs(A[(size_t)i * m + k]) > fabs(A[(size_t)pivot * m + k]))
                pivot = i;
        if (!(fabs(A[(size_t)pivot * m + k]) > LEAST_GAP))
            return false;
        for (uint32_t j = 0; j < m; j++) {
            double held = A[(size_t)k * m + j];
            A[(size_t)k * m + j] = A[(size_t)pivot * m + j];
            A[(size_t)pivot * m + j] = held;
        }
        double held = x[k];
        x[k] = x[pivot];
        x[pivot] = held;
        for (uint32_t i = k + 1; i < m; i++) {
            double f = A[(size_t)i * m + k] / A[(size_t)k * m + k];
            for (uint32_t j = k; j < m; j++)
                A[(size_t)i * m + j] -= f * A[(size_t)k * m + j];
            x[i] -= f * x[k];
        }
    }
    for (uint32_t k = m; k-- > 0;) {
        for (uint32_t j = k + 1; j < m; j++)
            x[k] -= A[(size_t)k * m + j] * x[j];
        x[k] /= A[(size_t)k * m + k];
    }
    return true;
}

// F [n × m] is shifted and, but for its own, scaled by the ranges. Intercepts in that scale into
// `out`; 1, the greatest values, where there is no plane.
static void find_intercepts(const double *F, uint32_t n, uint32_t m, double *A, double *out)
{
    for (uint32_t axis = 0; axis < m; axis++) {
        double least = INFINITY;
        for (uint32_t i = 0; i < n; i++) {
            double worst = 0;
            for (uint32_t j = 0; j < m; j++)
                worst = fmax(worst, F[(size_t)i * m + j] * (j == axis ? 1 : OFF_AXIS));
            if (worst >= least)
                continue;
            least = worst;
            memcpy(A + (size_t)axis * m, F + (size_t)i * m, m * sizeof *A);
        }
    }
    bool plane = solve_ones(A, m, out);
    for (uint32_t j = 0; j < m; j++) {
        out[j] = plane ? 1 / out[j] : 1;
        plane &= isfinite(out[j]) && out[j] > 1e-6 && out[j] <= 1 + 1e-9;
    }
    for (uint32_t j = 0; !plane && j < m; j++)
        out[j] = 1;
}

static bool normalise(const hn_niching *t, double *F, hn_arena *arena)
{
    double *A = HN_NEW(arena, double, (size_t)t->m * t->m),
           *intercepts = HN_NEW(arena, double, t->m);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t j = 0; j < t->m; j++) {
        double low = INFINITY, high = -INFINITY;
        for (uint32_t i = 0; i < t->n; i++) {
            low = fmin(low, bounded(t->values[(size_t)i * t->m + j]));
            high = fmax(high, bounded(t->values[(size_t)i * t->m + j]));
        }
        double range = high > low ? high - low : 1;
        for (uint32_t i = 0; i < t->n; i++)
            F[(size_t)i * t->m + j] = (bounded(t->values[(size_t)i * t->m + j]) - low) / range;
    }
    find_intercepts(F, t->n, t->m, A, intercepts);
    for (size_t i = 0; i < (size_t)t->n * t->m; i++)
        F[i] /= intercepts[i % t->m];
    return true;
}

// --- niches ---

// The line nearest to f, and how far it is.
static uint32_t nearest_line(const hn_niching *t, const double *f, double *distance)
{
    uint32_t nearest = 0;
    *distance = INFINITY;
    for (uint32_t r = 0; r < t->n_references; r++) {
        const double *line = t->references + (size_t)r * t->m;
        double inner = 0, norm = 0, square = 0;
        for (uint32_t j = 0; j < t->m; j++) {
            inner += f[j] * line[j];
            norm += line[j] * line[j];
        }
        for (uint32_t j = 0; j < t->m; j++)
            square += pow(f[j] - inner / norm * line[j], 2);
        if (square < *distance) {
            *distance = square;
            nearest = r;
        }
    }
    return nearest;
}

typedef struct niches {
    uint32_t *line, *count; // of each point; points of each line
    double *distance;
    bool *taken, *empty; // points; lines without candidates
} niches;

// A line with fewest points, among these at random; UINT32_MAX when all are empty.
static uint32_t choose_line(const hn_niching *t, const niches *s, uint32_t step)
{
    uint32_t least = UINT32_MAX, n = 0, found = UINT32_MAX;
    for (uint32_t r = 0; r < t->n_references; r++)
        if (!s->empty[r] && s->count[r] < least)
            least = s->count[r];
    for (uint32_t r = 0; r < t->n_references; r++)
        n += !s->empty[r] && s->count[r] == least;
    uint64_t k = n > 0 ? hn_rng_below(&t->rng, 0, step, 0, n) : 0;
    for (uint32_t r = 0; n > 0 && r < t->n_references; r++)
        if (!s->empty[r] && s->count[r] == least && k-- == 0)
            found = r;
    return found;
}

static uint32_t choose_point(const hn_niching *t, const niches *s, uint32_t line, uint32_t step)
{
    uint32_t n = 0, found = UINT32_MAX;
    for (uint32_t i = t->n_in; i < t->n; i++) {
        if (s->taken[i] || s->line[i] != line)
            continue;
        n++;
        if (found == UINT32_MAX || s->distance[i] < s->distance[found])
            found = i;
    }
    if (n == 0 || s->count[line] == 0)
        return found;
    uint64_t k = hn_rng_below(&t->rng, 0, step, 1, n);
    for (uint32_t i = t->n_in;; i++)
        if (!s->taken[i] && s->line[i] == line && k-- == 0)
            return i;
}

bool hn_niche_choose(const hn_niching *t, uint32_t *chosen, hn_arena *arena)
{
    double *F = HN_NEW(arena, double, (size_t)t->n * t->m + 1);
    niches s = {HN_NEW(arena, uint32_t, t->n + 1), HN_ZNEW(arena, uint32_t, t->n_references + 1),
                HN_NEW(arena, double, t->n + 1), HN_ZNEW(arena, bool, t->n + 1),
                HN_ZNEW(arena, bool, t->n_references + 1)};
    if (hn_arena_failed(arena) || !normalise(t, F, arena))
        return false;
    for (uint32_t i = 0; i < t->n; i++) {
        s.line[i] = nearest_line(t, F + (size_t)i * t->m, &s.distance[i]);
        s.count[s.line[i]] += i < t->n_in;
    }
    for (uint32_t n = 0, step = 0; n < t->wanted; step++) {
        uint32_t line = choose_line(t, &s, step);
        uint32_t point = choose_point(t, &s, line, step);
        if (point == UINT32_MAX) {
            s.empty[line] = true;
            continue;
        }
        s.taken[point] = true;
        s.count[line]++;
        chosen[n++] = point;
    }
    return true;
}
