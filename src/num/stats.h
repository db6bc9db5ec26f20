// Statistics of ranks and counts: exact tails, and those of chi square. No memory, no state.
#ifndef HN_NUM_STATS_H
#define HN_NUM_STATS_H

#include <stdint.h>

// Of `n` things `k` are marked, `m` are drawn without returning them (k, m <= n): the probability
// that at most, or at least, `t` of those drawn are marked. O(min(k, m)).
double hn_hypergeometric_at_most(uint32_t t, uint32_t n, uint32_t k, uint32_t m);
double hn_hypergeometric_at_least(uint32_t t, uint32_t n, uint32_t k, uint32_t m);
// Probability that a chi square of `df` degrees of freedom (>= 1) is above x.
double hn_chi2_above(double x, uint32_t df);
// Do the groups differ in what is ranked (Kruskal and Wallis: Use of ranks in one-criterion
// variance analysis. JASA 47, 1952, with the correction for ties)? `rank` [n]: mid-ranks, 1 … n in
// any order; `group` [n] below n_groups <= HN_MAX_GROUPS, or n_groups for what is left out.
// Returns the p-value by chi square; 1 when fewer than two groups have members or all ranks are
// equal. Good from about 5 members a group on. O(n).
#define HN_MAX_GROUPS 16
double hn_kruskal_wallis(const double *rank, const uint32_t *group, uint32_t n, uint32_t n_groups);
// Mid-ranks of the values in ascending order `sorted` [n] (no NaN) into rank [n]: equal values
// share the mean of their places.
void hn_mid_ranks(const double *sorted, uint32_t n, double *rank);

#endif
