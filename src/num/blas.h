// The BLAS, loaded when first needed and with the right kernel chosen.
//
// OpenBLAS picks a kernel by CPU model when it is loaded; a CPU newer than the library silently
// falls back to a slow generic kernel. We look at cpuid ourselves, name the best kernel in
// OPENBLAS_CORETYPE *before* dlopen, and can say which one runs. The public face is hone/blas.h.
#ifndef HN_NUM_BLAS_H
#define HN_NUM_BLAS_H

#include <hone/blas.h>

#endif
