// Where the OpenBLAS of a Python package is.
#ifndef HN_NUM_BLAS_BESIDE_H
#define HN_NUM_BLAS_BESIDE_H

#include <stdbool.h>
#include <stddef.h>

// Prefix of its functions' names.
#define HN_BLAS_BESIDE_PREFIX "scipy_"

// Its path into `out` [size]; false when none came along.
bool hn_blas_beside(char *out, size_t size);

#endif
