// The BLAS, loaded when first needed and with the right kernel chosen.
//
// OpenBLAS picks a kernel by CPU model when it is loaded; a CPU newer than the library silently
// falls back to a slow generic kernel. We look at cpuid ourselves, name the best kernel in
// OPENBLAS_CORETYPE *before* dlopen, and can say which one runs. The public face is hone/blas.h.
#ifndef HN_NUM_BLAS_H
#define HN_NUM_BLAS_H

#include <hone/blas.h>

// Loads the first of the NULL-terminated `names` that has what hone_blas needs and fills `table`;
// returns its handle for dlsym, or NULL. hone_blas_open calls it once with the usual names.
void *hn_blas_load(const char *const *names, hone_blas *table);
// Another function of the loaded library ("LAPACKE_dpotrf"), or NULL.
void *hn_blas_symbol(const char *name);

#endif
