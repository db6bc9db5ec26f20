// The nearest number within bounds.
#ifndef HN_NUM_CLAMP_H
#define HN_NUM_CLAMP_H

// NaN stays NaN.
static inline double hn_clamp(double x, double low, double high)
{
    return x < low ? low : x > high ? high : x;
}

#endif
