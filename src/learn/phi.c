// The table of phi.h.
#include "learn/phi.h"

#include <math.h>

#include "num/dist.h"

#define INV_SQRT_2PI 0.39894228040143267794

void hn_phi_fill(hn_phi *table)
{
    for (int k = 0; k < HN_PHI_NODES; k++) {
        double z = (double)k / HN_PHI_PER_UNIT;
        table->cdf[k] = hn_normal_cdf(-z);
        table->pdf[k] = INV_SQRT_2PI * exp(-0.5 * z * z);
    }
}
