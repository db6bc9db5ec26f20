// The BLAS that Hone uses, for programs that want the same one with the right kernel.
//
// Thread note: hone_blas_open may be called from any thread; the library is loaded once and
// stays loaded. It starts with one thread, or as many as OPENBLAS_NUM_THREADS says, and Hone never
// changes that: a program does, with `set_threads` (one is right for small matrices and for
// parallel trials).
#ifndef HONE_BLAS_H
#define HONE_BLAS_H

#include <hone/error.h>

HONE_BEGIN_DECLS

// CBLAS enumerations by value (row-major only).
enum { HONE_BLAS_ROW_MAJOR = 101, HONE_BLAS_NO_TRANS = 111, HONE_BLAS_TRANS = 112 };

typedef struct hone_blas {
    const char *library; // file that was loaded, e.g. "libopenblas.so.0"
    const char *config;  // the library's own words (version, options), "" if it has none
    const char *kernel;  // kernel in use, e.g. "SkylakeX"
    const char *forced;  // value put into OPENBLAS_CORETYPE, NULL when the library's choice stood
    // C [m × n] = alpha · op(A) · op(B) + beta · C; the CBLAS calling convention.
    void (*sgemm)(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                  const float *a, int lda, const float *b, int ldb, float beta, float *c, int ldc);
    void (*dgemm)(int order, int trans_a, int trans_b, int m, int n, int k, double alpha,
                  const double *a, int lda, const double *b, int ldb, double beta, double *c,
                  int ldc);
    void (*set_threads)(int n); // never NULL; does nothing where the library has no such call
} hone_blas;

// Loads the library (once) and points `*out` to its table, which lives as long as the process.
// Errors: HONE_EUNSUPPORTED when no BLAS is installed; the text names the package.
HONE_API hone_status hone_blas_open(const hone_blas **out, hone_error *err);
// Kernel that cpuid recommends for OPENBLAS_CORETYPE on this CPU ("SKYLAKEX", "HASWELL", …);
// NULL on CPUs where the library's own choice is to be trusted (not x86-64).
HONE_API const char *hone_blas_best_kernel(void);

HONE_END_DECLS

#endif
