// CPU time a point of the bare CMA-ES strategy (learn/cma.h) on Rosenbrock's function: what is
// drawn, ranked and learned, without a study around it.
//
//     bench_cma D N
//
// Prints {"ms":…}.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "learn/cma.h"
#include "num/dist.h"
#include "num/rng.h"

enum { MOST_DIMS = 100, MOST_POINTS = 64 };

typedef struct ranked {
    double value;
    double x[MOST_DIMS];
} ranked;

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + 1e-6 * (double)t.tv_nsec;
}

static double rosenbrock(const double *x, uint32_t d)
{
    double sum = 0;
    for (uint32_t j = 0; j + 1 < d; j++) {
        double bend = x[j + 1] - x[j] * x[j];
        sum += 100 * bend * bend + (1 - x[j]) * (1 - x[j]);
    }
    return sum;
}

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

static void generation(hn_cma *cma, uint32_t number, ranked *points, double *X)
{
    double z[MOST_DIMS], values[MOST_POINTS];
    for (uint32_t i = 0; i < cma->lambda; i++) {
        hn_rng rng = hn_rng_make(1, HN_PURPOSE_SUGGEST, number * cma->lambda + i);
        for (uint32_t j = 0; j < cma->n; j++)
            z[j] = hn_normal_quantile(hn_rng_uniform(&rng, 1, 0, j));
        hn_cma_point(cma, z, points[i].x);
        points[i].value = rosenbrock(points[i].x, cma->n);
    }
    qsort(points, cma->lambda, sizeof *points, by_value);
    for (uint32_t i = 0; i < cma->lambda; i++) {
        memcpy(X + (size_t)i * cma->n, points[i].x, cma->n * sizeof *X);
        values[i] = points[i].value;
    }
    hn_cma_tell(cma, X, values);
}

int main(int argc, char **argv)
{
    static ranked points[MOST_POINTS];
    static double X[MOST_POINTS * MOST_DIMS], middle[MOST_DIMS];
    hn_arena arena = HN_ARENA_INIT;
    hn_cma cma;
    uint32_t d = argc == 3 ? (uint32_t)atoi(argv[1]) : 0, done = 0;
    if (d < 1 || d > MOST_DIMS) {
        fprintf(stderr, "usage: bench_cma D N\n");
        return 2;
    }
    hn_cma_setup setup = {.n = d, .lambda = hn_cma_lambda(d), .sigma = 1, .m = middle};
    if (setup.lambda > MOST_POINTS || !hn_cma_init(&cma, &setup, &arena))
        return 1;
    double start = cpu_ms();
    for (uint32_t g = 0; done < (uint32_t)atoi(argv[2]); g++, done += cma.lambda)
        generation(&cma, g, points, X);
    printf("{\"ms\":%.9f}\n", (cpu_ms() - start) / done);
    hn_arena_free(&arena);
    return 0;
}
