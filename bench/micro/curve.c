// Extrapolation of learning curves: what it says of curves that are given, or what it costs.
//
//     bench_curve            microseconds a fit and two quantiles, by the number of values
//     bench_curve - < FILE   a line a curve: END RISING LIMIT N STEP… VALUE…; prints for each the
//                            quantiles 0.05, 0.25, 0.5, 0.75, 0.95 at END and the probability that
//                            the value there is below LIMIT
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "learn/curve.h"

enum { MOST = 20000 };

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int answer(double *step, double *value)
{
    static const double shares[] = {0.05, 0.25, 0.5, 0.75, 0.95};
    double end, limit;
    unsigned n, rising;
    while (scanf("%lf %u %lf %u", &end, &rising, &limit, &n) == 4) {
        hn_curve curve;
        for (unsigned i = 0; n <= MOST && i < n; i++)
            if (scanf("%lf", &step[i]) != 1)
                return 1;
        for (unsigned i = 0; n <= MOST && i < n; i++)
            if (scanf("%lf", &value[i]) != 1)
                return 1;
        hn_curve_data data = {step, value, n, end, 0, rising, false};
        if (n > MOST || !hn_curve_fit(&curve, &data))
            return 1;
        for (size_t i = 0; i < sizeof shares / sizeof *shares; i++)
            printf("%.9g ", hn_curve_quantile(&curve, end, shares[i]));
        printf("%.6g\n", hn_curve_below(&curve, end, limit));
    }
    return 0;
}

static int measure(double *step, double *value)
{
    static const unsigned sizes[] = {3, 10, 30, 100, 1000, 10000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        unsigned n = sizes[s], rounds = 50;
        hn_curve curve;
        for (unsigned i = 0; i < n; i++) {
            step[i] = i + 1;
            value[i] = 0.1 + 2 / (i + 2.0) + 0.01 * sin(37.0 * i);
        }
        hn_curve_data data = {step, value, n, 2.0 * n, 0, false, false};
        double begin = now(), sum = 0;
        for (unsigned r = 0; r < rounds; r++)
            hn_curve_fit(&curve, &data);
        double fitted = now();
        for (unsigned r = 0; r < rounds; r++)
            sum +=
                hn_curve_quantile(&curve, data.end, 0.1) + hn_curve_quantile(&curve, data.end, 0.9);
        double end = now();
        printf("%5u values: fit %4.0f us, two quantiles %4.0f us (%.3f, %u parts)\n", n,
               (fitted - begin) / rounds * 1e6, (end - fitted) / rounds * 1e6, sum / rounds / 2,
               curve.n_parts);
    }
    return 0;
}

int main(int argc, char **argv)
{
    double *step = calloc(MOST, sizeof *step), *value = calloc(MOST, sizeof *value);
    (void)argv;
    int code = !step || !value ? 1 : argc > 1 ? answer(step, value) : measure(step, value);
    free(step);
    free(value);
    return code;
}
