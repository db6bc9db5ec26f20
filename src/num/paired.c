// Tests of paired differences; see paired.h.
//
// Ranks are doubled, so that the mean of two neighbours is a whole number. The exact distribution
// of their sum is built up difference by difference: each lies on the positive side in half of all
// draws. Student's tail is half the regularised incomplete beta function, by Lentz's continued
// fraction (Press et al.: Numerical Recipes, 6.4).
#include "num/paired.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// --- signed ranks ---

static int by_size(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

enum { MAX_SUM = HN_SIGNED_RANK_EXACT * (HN_SIGNED_RANK_EXACT + 1) };

typedef struct signed_ranks {
    double positive, all;  // sums of doubled ranks of what is not zero
    double squares;        // of these ranks
    double p[MAX_SUM + 1]; // of each sum on the positive side; of exact ones
    uint32_t reach;        // the largest sum there is so far
} signed_ranks;

// One more difference of this doubled rank, on either side equally often.
static void spread_out(signed_ranks *r, uint32_t rank)
{
    for (uint32_t s = r->reach + 1; s-- > 0;) {
        double half = r->p[s] / 2;
        r->p[s] = half;
        r->p[s + rank] += half;
    }
    r->reach += rank;
}

static double exact_tail(const signed_ranks *r)
{
    double sum = 0;
    for (uint32_t s = r->reach + 1; s-- > (uint32_t)r->positive;)
        sum += r->p[s];
    return fmin(sum, 1);
}

// Sum 2R of doubled ranks: mean Σr / 2, variance Σr² / 4; half a rank is one of the doubled ones.
static double normal_tail(const signed_ranks *r)
{
    double z = (r->positive - r->all / 2 - 1) / sqrt(r->squares / 4);
    return 0.5 * erfc(z / sqrt(2));
}

double hn_signed_rank_above(double *d, uint32_t n)
{
    signed_ranks r;
    bool exact = n <= HN_SIGNED_RANK_EXACT;
    memset(&r, 0, exact ? sizeof r : offsetof(signed_ranks, p));
    r.p[0] = 1;
    r.reach = 0;
    if (n > 1)
        qsort(d, n, sizeof *d, by_size);
    for (uint32_t from = 0, to; from < n; from = to) {
        for (to = from + 1; to < n && fabs(d[to]) == fabs(d[from]);)
            to++;
        uint32_t rank = from + 1 + to; // twice the mean of from + 1 … to
        for (uint32_t i = from; i < to && d[i] != 0; i++) {
            r.positive += d[i] > 0 ? rank : 0;
            r.all += rank;
            r.squares += (double)rank * rank;
            if (exact)
                spread_out(&r, rank);
        }
    }
    if (r.all == 0)
        return 1;
    return exact ? exact_tail(&r) : normal_tail(&r);
}

// --- Student's t ---

// The continued fraction of the incomplete beta function, x < (a + 1) / (a + b + 2).
static double beta_fraction(double a, double b, double x)
{
    const double tiny = 1e-300;
    double c = 1, d = 1 - (a + b) * x / (a + 1);
    d = 1 / (fabs(d) < tiny ? tiny : d);
    double f = d;
    for (int m = 1; m < 10000; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        for (int k = 0; k < 2; k++) {
            double by = k == 0 ? even : odd;
            d = 1 + by * d;
            d = 1 / (fabs(d) < tiny ? tiny : d);
            c = 1 + by / c;
            c = fabs(c) < tiny ? tiny : c;
            f *= d * c;
        }
        if (fabs(d * c - 1) < 1e-15)
            break;
    }
    return f;
}

// I_x(a, b), y being 1 - x: it may be too small for the difference.
static double incomplete_beta(double a, double b, double x, double y)
{
    int sign;
    if (x <= 0 || y <= 0)
        return x <= 0 ? 0 : 1;
    double front = exp(lgamma_r(a + b, &sign) - lgamma_r(a, &sign) - lgamma_r(b, &sign) +
                       a * log(x) + b * log(y));
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, y) / b;
}

double hn_student_above(double t, double df)
{
    if (isnan(t))
        return t;
    if (isinf(t))
        return t > 0 ? 0 : 1;
    double x = df / (df + t * t), y = t * t / (df + t * t);
    double tail = 0.5 * incomplete_beta(df / 2, 0.5, x, y);
    return t > 0 ? tail : 1 - tail;
}
