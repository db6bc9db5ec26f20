// How fast the matrix kernels of this machine are.
#ifndef CLI_BLAS_PROBE_H
#define CLI_BLAS_PROBE_H

#include "cli.h"

typedef struct blas_speed {
    char library[128], kernel[64]; // as the library calls them
    double gflops;                 // of sgemm on one thread; 0: it could not be measured
} blas_speed;

// In a process of its own, with HONE_BLAS_KERNEL set to `kernel` (NULL: as Hone would choose).
blas_speed blas_probe(const char *kernel);
// Kernels worth trying on this CPU, as values of HONE_BLAS_KERNEL; returns how many there are.
enum { BLAS_MAX_CANDIDATES = 4 };
size_t blas_candidates(const char *out[BLAS_MAX_CANDIDATES]);
// What that process does: measures, prints one JSON line; an exit code.
int blas_probe_child(const cli_args *cli);

#endif
