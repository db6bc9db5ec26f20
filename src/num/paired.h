// Tests of paired differences: are they above zero by more than chance explains? No memory, no
// state.
#ifndef HN_NUM_PAIRED_H
#define HN_NUM_PAIRED_H

#include <stdint.h>

// Signed ranks (F. Wilcoxon: Individual comparisons by ranking methods. Biometrics Bulletin 1,
// 1945), one-sided: the probability that signs drawn by chance put as much of the ranks of |d| on
// the positive side as there is. Equal |d| share the mean of their ranks; a zero counts half on
// either side. Exact up to HN_SIGNED_RANK_EXACT differences, ties or not; by the normal
// distribution, corrected for ties and continuity, beyond. d [n], finite, is sorted by its absolute
// value. 1 when nothing differs from zero. O(n log n), exact ones O(n³).
enum { HN_SIGNED_RANK_EXACT = 50 };
double hn_signed_rank_above(double *d, uint32_t n);

// Probability that Student's t of `df` > 0 degrees of freedom (not necessarily whole ones) is above
// t. Relative error below 1e-9.
double hn_student_above(double t, double df);

#endif
