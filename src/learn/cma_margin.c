// The margin of CMA-ES on integers.
//
// Method, for one coordinate, whose points are read as x̄ = m + A (x - m)
//  1. p_low and p_up, the probabilities of x̄ beyond the thresholds on both sides of the mean.
//  2. If one of them is above a half, the mean is in the outermost value: it is moved towards the
//     threshold until the other side has the margin.
//  3. Otherwise both are raised to half of the margin, what is too much is taken from all three
//     parts in proportion, and m and A are solved for.
// Source: Hamano, Saito, Nomura, Shirakawa. CMA-ES with margin: lower-bounding marginal probability
// for mixed-integer black-box optimization. GECCO 2022, section 4.
#include "learn/cma_margin.h"

#include <math.h>

#include "num/clamp.h"
#include "num/dist.h"

// A normal is beyond this many deviations with probability p on one side.
static double deviations(double p)
{
    return -hn_normal_quantile(p);
}

void hn_cma_keep_margin(hn_cma *s, uint32_t i, double low, double up, double margin, double *scale)
{
    double least = margin / 2, m = s->m[i];
    double sd = s->sigma * sqrt(s->C[s->separable ? i : (size_t)i * s->n + i]);
    double p_low = hn_normal_cdf((low - m) / (sd * *scale));
    double p_up = hn_normal_cdf((m - up) / (sd * *scale)), p_mid = 1 - (p_low + p_up);
    if (fmax(p_low, p_up) > 0.5) {
        double sign = m > up ? 1 : m < up ? -1 : 0;
        if (fmin(p_low, p_up) < margin)
            s->m[i] = up + sign * sd * *scale * deviations(margin);
        return;
    }
    p_low = fmax(p_low, least);
    p_up = fmax(p_up, least);
    double excess = 1 - p_low - p_up - p_mid, rest = p_low + p_mid + p_up - 3 * least;
    double low_share = p_low + excess * (p_low - least) / rest;
    double up_share = p_up + excess * (p_up - least) / rest;
    double q_low = deviations(hn_clamp(low_share, 1e-10, 0.5 - 1e-10));
    double q_up = deviations(hn_clamp(up_share, 1e-10, 0.5 - 1e-10));
    *scale = (up - low) / ((q_low + q_up) * sd);
    s->m[i] = (low * q_up + up * q_low) / (q_low + q_up);
}
