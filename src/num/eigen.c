// The symmetric eigenproblem.
//
// Method
//  1. Householder reflections make A tridiagonal, T = Qᵀ A Q; the lower triangle is worked on.
//  2. Qᵀ is formed from the last reflection to the first.
//  3. QL steps with implicit shifts make T diagonal; each rotation is applied to two rows of Qᵀ.
//  4. Values and vectors are sorted.
// Source: Golub, Van Loan. Matrix computations. 4th edition, 2013, algorithms 8.3.1 to 8.3.3. The
// QL variant goes from the end, which suits matrices whose large entries come last no better or
// worse than others here: covariances have no order.
// Own code and not LAPACK's: for n up to some tens the library's call takes longer than this, its
// loading takes milliseconds, and results would depend on its kernel.
#include "num/eigen.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { MAX_STEPS = 60 }; // per value; three or four are usual

// The reflection I - b v vᵀ that maps x [n] to (alpha, 0, …): v into x, b returned.
static double reflect(double *x, uint32_t n, double *alpha)
{
    double scale = 0, norm = 0;
    for (uint32_t i = 0; i < n; i++)
        scale = fmax(scale, fabs(x[i]));
    *alpha = x[0];
    bool done = true;
    for (uint32_t i = 1; i < n; i++)
        done &= x[i] == 0;
    if (done)
        return 0;
    for (uint32_t i = 0; i < n; i++) {
        x[i] /= scale;
        norm += x[i] * x[i];
    }
    norm = sqrt(norm);
    double sign = x[0] < 0 ? -1 : 1;
    *alpha = -sign * norm * scale;
    x[0] += sign * norm;
    return 1 / (norm * fabs(x[0])); // 2 / vᵀv
}

// A ← A - v wᵀ - w vᵀ on the lower triangle of the trailing block from row `from` on.
static void update_block(double *A, uint32_t n, uint32_t from, const double *v, const double *w)
{
    for (uint32_t i = from; i < n; i++) {
        double vi = v[i - from], wi = w[i - from];
        double *row = A + (size_t)i * n;
        for (uint32_t j = from; j <= i; j++)
            row[j] -= vi * w[j - from] + wi * v[j - from];
    }
}

// p = A v over the trailing block, from its lower triangle.
static void multiply_block(const double *A, uint32_t n, uint32_t from, const double *v, double *p)
{
    memset(p, 0, (n - from) * sizeof *p);
    for (uint32_t i = from; i < n; i++) {
        const double *row = A + (size_t)i * n + from;
        uint32_t last = i - from;
        double sum = 0, vi = v[last];
        for (uint32_t j = 0; j < last; j++) {
            sum += row[j] * v[j];
            p[j] += row[j] * vi;
        }
        p[last] += sum + row[last] * vi;
    }
}

// Steps 1: diagonal d, off-diagonal e [n], reflections as rows of V [n × n] with factors b.
static void make_tridiagonal(double *A, uint32_t n, double *V, double *d, double *e, double *b)
{
    for (uint32_t k = 0; k + 2 < n; k++) {
        uint32_t from = k + 1, m = n - from;
        double *v = V + (size_t)k * n, *p = b + n; // p: room for m
        for (uint32_t i = 0; i < m; i++)
            v[i] = A[(size_t)(from + i) * n + k];
        b[k] = reflect(v, m, &e[k]);
        d[k] = A[(size_t)k * n + k];
        if (b[k] == 0)
            continue;
        double inner = 0;
        multiply_block(A, n, from, v, p);
        for (uint32_t i = 0; i < m; i++) {
            p[i] *= b[k];
            inner += p[i] * v[i];
        }
        for (uint32_t i = 0; i < m; i++)
            p[i] -= 0.5 * b[k] * inner * v[i];
        update_block(A, n, from, v, p);
    }
    if (n > 1) {
        d[n - 2] = A[(size_t)(n - 2) * n + n - 2];
        e[n - 2] = A[(size_t)(n - 1) * n + n - 2];
    }
    d[n - 1] = A[(size_t)(n - 1) * n + n - 1];
    e[n - 1] = 0;
}

// Step 2: Z = Qᵀ = … H₁ H₀, whose first row and column are those of the identity.
static void form_rows(double *Z, uint32_t n, const double *V, const double *b)
{
    memset(Z, 0, (size_t)n * n * sizeof *Z);
    for (uint32_t i = 0; i < n; i++)
        Z[(size_t)i * n + i] = 1;
    for (uint32_t k = n > 2 ? n - 2 : 0; k-- > 0;) {
        uint32_t from = k + 1, m = n - from;
        const double *v = V + (size_t)k * n;
        // Z ← Z H_k: the rows from `from` on, each by itself.
        for (uint32_t i = from; b[k] != 0 && i < n; i++) {
            double *row = Z + (size_t)i * n + from, sum = 0;
            for (uint32_t j = 0; j < m; j++)
                sum += row[j] * v[j];
            sum *= b[k];
            for (uint32_t j = 0; j < m; j++)
                row[j] -= sum * v[j];
        }
    }
}

static void rotate(double *restrict low, double *restrict high, uint32_t n, double c, double s)
{
    for (uint32_t j = 0; j < n; j++) {
        double x = low[j], y = high[j];
        high[j] = s * x + c * y;
        low[j] = c * x - s * y;
    }
}

// √(x² + y²). The square root alone where the squares are far from both ends of the doubles: a call
// of hypot would be a tenth of all the work on small matrices.
static double norm_of_two(double x, double y)
{
    double squares = x * x + y * y;
    return squares > 1e-280 && squares < 1e280 ? sqrt(squares) : hypot(x, y);
}

// One QL step on the block first … last of T.
static void ql_step(double *Z, uint32_t n, double *d, double *e, uint32_t first, uint32_t last)
{
    double g = (d[first + 1] - d[first]) / (2 * e[first]);
    double r = norm_of_two(g, 1), c = 1, s = 1, p = 0;
    g = d[last] - d[first] + e[first] / (g + (g < 0 ? -r : r));
    for (uint32_t i = last; i-- > first;) {
        double f = s * e[i], h = c * e[i];
        r = norm_of_two(f, g);
        e[i + 1] = r;
        if (r == 0) { // T falls apart here
            d[i + 1] -= p;
            e[last] = 0;
            return;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1] - p;
        r = (d[i] - g) * s + 2 * c * h;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - h;
        rotate(Z + (size_t)i * n, Z + (size_t)(i + 1) * n, n, c, s);
    }
    d[first] -= p;
    e[first] = g;
    e[last] = 0;
}

static bool diagonalise(double *Z, uint32_t n, double *d, double *e)
{
    for (uint32_t k = 0; k < n; k++) {
        for (int step = 0;; step++) {
            uint32_t last = k;
            while (last + 1 < n &&
                   fabs(e[last]) > DBL_EPSILON * (fabs(d[last]) + fabs(d[last + 1])))
                last++;
            if (last == k)
                break;
            if (step == MAX_STEPS)
                return false;
            ql_step(Z, n, d, e, k, last);
        }
    }
    return true;
}

static void sort_rows(double *Z, uint32_t n, double *d)
{
    for (uint32_t i = 0; i + 1 < n; i++) {
        uint32_t least = i;
        for (uint32_t j = i + 1; j < n; j++)
            least = d[j] < d[least] ? j : least;
        if (least == i)
            continue;
        double value = d[i], *x = Z + (size_t)i * n, *y = Z + (size_t)least * n;
        d[i] = d[least];
        d[least] = value;
        for (uint32_t j = 0; j < n; j++) {
            double other = x[j];
            x[j] = y[j];
            y[j] = other;
        }
    }
}

bool hn_eigen_symmetric(double *A, uint32_t n, double *values, double *room)
{
    double *V = room, *e = room + (size_t)n * n, *b = e + n; // b: 2 n
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j <= i; j++)
            if (!isfinite(A[(size_t)i * n + j]))
                return false;
    if (n == 0)
        return true;
    make_tridiagonal(A, n, V, values, e, b);
    form_rows(A, n, V, b);
    if (!diagonalise(A, n, values, e))
        return false;
    sort_rows(A, n, values);
    return true;
}
