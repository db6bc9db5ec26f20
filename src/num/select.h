// Order statistics without sorting.
#ifndef HN_NUM_SELECT_H
#define HN_NUM_SELECT_H

#include <stddef.h>

// The k-th smallest, k < n from 0, of values [n] without NaN, which change places. O(n).
double hn_kth(double *values, size_t n, size_t k);

#endif
