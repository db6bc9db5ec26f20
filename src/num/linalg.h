// Dense symmetric linear algebra: what Gaussian processes need, by the loaded BLAS and LAPACK or,
// where there are none, by plain loops.
//
// Matrices are row-major; of symmetric ones the lower triangle is read and written. `ld` is the
// distance between rows. The same call gives the same bits; another library or the plain loops give
// others, equal but for rounding.
#ifndef HN_NUM_LINALG_H
#define HN_NUM_LINALG_H

#include <stdbool.h>
#include <stddef.h>

// The functions in use; all NULL: plain loops.
typedef struct hn_linalg {
    void (*potrf)(const char *uplo, const int *n, double *a, const int *ld, int *info, size_t);
    void (*lauum)(const char *uplo, const int *n, double *a, const int *ld, int *info, size_t);
    void (*gemm)(int order, int trans_a, int trans_b, int m, int n, int k, double alpha,
                 const double *a, int lda, const double *b, int ldb, double beta, double *c,
                 int ldc);
    void (*trmm)(int order, int side, int uplo, int trans, int diag, int m, int n, double alpha,
                 const double *a, int lda, double *b, int ldb);
    void (*symm)(int order, int side, int uplo, int m, int n, double alpha, const double *a,
                 int lda, const double *b, int ldb, double beta, double *c, int ldc);
    void (*syrk)(int order, int uplo, int trans, int n, int k, double alpha, const double *a,
                 int lda, double beta, double *c, int ldc);
} hn_linalg;

// The loaded library's functions; the plain loops when it lacks one or `plain` is asked for.
hn_linalg hn_linalg_open(bool plain);

// A = L Lᵀ in place. False when A is not positive definite: A is then overwritten in part.
bool hn_cholesky(const hn_linalg *la, double *a, size_t n, size_t ld);
// L⁻¹ in place of a lower triangle without zeros on its diagonal.
void hn_lower_inverse(const hn_linalg *la, double *l, size_t n, size_t ld);
// Lᵀ L in place of a lower triangle: of an inverse factor L⁻¹ this is A⁻¹ (its lower triangle).
void hn_lower_square(const hn_linalg *la, double *l, size_t n, size_t ld);
// B [n × m] = L B, B with rows `ldb` apart.
void hn_lower_times_matrix(const hn_linalg *la, const double *l, size_t n, size_t ld, double *b,
                           size_t m, size_t ldb);
// C [m × n] = alpha A [m × k] op(B) + beta C, op(B) = B [k × n], or Bᵀ with B [n × k].
void hn_matrix_times(const hn_linalg *la, size_t m, size_t n, size_t k, double alpha,
                     const double *a, size_t lda, const double *b, size_t ldb, bool b_transposed,
                     double beta, double *c, size_t ldc);
// C [n × n] = A Aᵀ with A [n × k], its lower triangle.
void hn_times_transpose(const hn_linalg *la, size_t n, size_t k, const double *a, size_t lda,
                        double *c, size_t ldc);
// C [n × m] = A B of a symmetric A [n × n].
void hn_symmetric_times(const hn_linalg *la, const double *a, size_t n, size_t ld, const double *b,
                        size_t m, size_t ldb, double *c, size_t ldc);

#endif
