// Dense linear algebra over the loaded library, or by plain loops; see linalg.h.
//
// LAPACK counts by columns: our lower triangle is its upper one, A = Uᵀ U with U = Lᵀ, and no
// matrix is ever turned round. The inverse of a triangle is put together from halves, because
// products of matrices are all that libraries have made fast at some hundred rows: their own takes
// 1.7 to 2.7 times as long there.
#include "num/linalg.h"

#include <dlfcn.h>
#include <math.h>
#include <string.h>

#include "num/blas.h"
#include "num/many.h"

enum { LEFT = 141, RIGHT = 142, LOWER = 122, NON_UNIT = 131, SMALL = 16 };
enum { ROWS = 8 }; // of a block, where its length is ours to choose

static bool find(const char *name, void *function_pointer)
{
    void *symbol = hn_blas_symbol(name);
    if (symbol)
        memcpy(function_pointer, &symbol, sizeof symbol);
    return symbol != NULL;
}

hn_linalg hn_linalg_open(bool plain)
{
    hn_linalg la = {0}, none = {0};
    bool all = !plain && find("dpotrf_", &la.potrf) && find("cblas_dsyrk", &la.syrk) &&
               find("dlauum_", &la.lauum) && find("cblas_dgemm", &la.gemm) &&
               find("cblas_dtrmm", &la.trmm) && find("cblas_dsymm", &la.symm);
    return all ? la : none;
}

// --- plain loops ---

static bool plain_cholesky(double *a, size_t n, size_t ld)
{
    for (size_t i = 0; i < n; i++) {
        double *row = a + i * ld;
        for (size_t j = 0; j < i; j++)
            row[j] = (row[j] - hn_dot(row, a + j * ld, j)) / a[j * ld + j];
        double pivot = row[i] - hn_dot(row, row, i);
        if (!(pivot > 0) || isinf(pivot))
            return false;
        row[i] = sqrt(pivot);
    }
    return true;
}

// Row i of L⁻¹ is (eᵢ - Σ_{k<i} L_ik row k) / L_ii.
static void plain_inverse(double *l, size_t n, size_t ld)
{
    for (size_t i = 0; i < n; i++) {
        double *row = l + i * ld, pivot = 1 / row[i];
        for (size_t k = 0; k < i; k++) {
            double factor = row[k];
            row[k] = 0;
            hn_add_scaled_many(l + k * ld, factor, k + 1, row);
        }
        for (size_t k = 0; k < i; k++)
            row[k] *= -pivot;
        row[i] = pivot;
    }
}

// Row i of Lᵀ L needs the rows from i on, which are still there when rows come in order.
static void plain_square(double *l, size_t n, size_t ld)
{
    for (size_t i = 0; i < n; i++) {
        double *row = l + i * ld, diagonal = row[i];
        for (size_t j = 0; j <= i; j++)
            row[j] *= diagonal;
        for (size_t k = i + 1; k < n; k++)
            hn_add_scaled_many(l + k * ld, l[k * ld + i], i + 1, row);
    }
}

// --- the calls ---

bool hn_cholesky(const hn_linalg *la, double *a, size_t n, size_t ld)
{
    int rows = (int)n, distance = (int)ld, info = 0;
    if (n == 0)
        return true;
    if (!la->potrf)
        return plain_cholesky(a, n, ld);
    la->potrf("U", &rows, a, &distance, &info, 1);
    // A NaN passes through some kernels without a word.
    return info == 0 && isfinite(a[(n - 1) * ld + n - 1]);
}

// (A 0; C B)⁻¹ = (A⁻¹ 0; -B⁻¹ C A⁻¹ B⁻¹).
void hn_lower_inverse(const hn_linalg *la, double *l, size_t n, size_t ld)
{
    if (!la->trmm || n <= SMALL) {
        plain_inverse(l, n, ld);
        return;
    }
    size_t upper = (n / 2 + ROWS - 1) / ROWS * ROWS, rest = n - upper;
    double *c = l + upper * ld, *b = c + upper;
    hn_lower_inverse(la, l, upper, ld);
    hn_lower_inverse(la, b, rest, ld);
    la->trmm(HONE_BLAS_ROW_MAJOR, LEFT, LOWER, HONE_BLAS_NO_TRANS, NON_UNIT, (int)rest, (int)upper,
             -1, b, (int)ld, c, (int)ld);
    la->trmm(HONE_BLAS_ROW_MAJOR, RIGHT, LOWER, HONE_BLAS_NO_TRANS, NON_UNIT, (int)rest, (int)upper,
             1, l, (int)ld, c, (int)ld);
}

void hn_lower_square(const hn_linalg *la, double *l, size_t n, size_t ld)
{
    int rows = (int)n, distance = (int)ld, info = 0;
    if (n == 0)
        return;
    if (la->lauum) // U Uᵀ of U = Lᵀ
        la->lauum("U", &rows, l, &distance, &info, 1);
    else
        plain_square(l, n, ld);
}

void hn_lower_times_matrix(const hn_linalg *la, const double *l, size_t n, size_t ld, double *b,
                           size_t m, size_t ldb)
{
    if (n == 0 || m == 0)
        return;
    if (la->trmm) {
        la->trmm(HONE_BLAS_ROW_MAJOR, LEFT, LOWER, HONE_BLAS_NO_TRANS, NON_UNIT, (int)n, (int)m, 1,
                 l, (int)ld, b, (int)ldb);
        return;
    }
    for (size_t i = n; i-- > 0;) {
        double *row = b + i * ldb;
        for (size_t c = 0; c < m; c++)
            row[c] *= l[i * ld + i];
        for (size_t k = 0; k < i; k++)
            hn_add_scaled_many(b + k * ldb, l[i * ld + k], m, row);
    }
}

void hn_matrix_times(const hn_linalg *la, size_t m, size_t n, size_t k, double alpha,
                     const double *a, size_t lda, const double *b, size_t ldb, bool b_transposed,
                     double beta, double *c, size_t ldc)
{
    if (m == 0 || n == 0)
        return;
    if (la->gemm && k > 0) {
        la->gemm(HONE_BLAS_ROW_MAJOR, HONE_BLAS_NO_TRANS,
                 b_transposed ? HONE_BLAS_TRANS : HONE_BLAS_NO_TRANS, (int)m, (int)n, (int)k, alpha,
                 a, (int)lda, b, (int)ldb, beta, c, (int)ldc);
        return;
    }
    for (size_t i = 0; i < m; i++) {
        double *row = c + i * ldc;
        for (size_t j = 0; j < n; j++)
            row[j] = beta == 0 ? 0 : beta * row[j];
        for (size_t j = 0; b_transposed && j < n; j++)
            row[j] += alpha * hn_dot(a + i * lda, b + j * ldb, k);
        for (size_t p = 0; !b_transposed && p < k; p++)
            hn_add_scaled_many(b + p * ldb, alpha * a[i * lda + p], n, row);
    }
}

void hn_times_transpose(const hn_linalg *la, size_t n, size_t k, const double *a, size_t lda,
                        double *c, size_t ldc)
{
    if (la->syrk && n > 0 && k > 0) {
        la->syrk(HONE_BLAS_ROW_MAJOR, LOWER, HONE_BLAS_NO_TRANS, (int)n, (int)k, 1, a, (int)lda, 0,
                 c, (int)ldc);
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++)
            c[i * ldc + j] = hn_dot(a + i * lda, a + j * lda, k);
}

void hn_symmetric_times(const hn_linalg *la, const double *a, size_t n, size_t ld, const double *b,
                        size_t m, size_t ldb, double *c, size_t ldc)
{
    if (n == 0 || m == 0)
        return;
    if (la->symm) {
        la->symm(HONE_BLAS_ROW_MAJOR, LEFT, LOWER, (int)n, (int)m, 1, a, (int)ld, b, (int)ldb, 0, c,
                 (int)ldc);
        return;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < m; j++)
            c[i * ldc + j] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k <= i; k++) {
            hn_add_scaled_many(b + k * ldb, a[i * ld + k], m, c + i * ldc);
            if (k < i)
                hn_add_scaled_many(b + i * ldb, a[i * ld + k], m, c + k * ldc);
        }
}
