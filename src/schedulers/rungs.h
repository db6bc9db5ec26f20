// The arithmetic of successive halving and Hyperband: at which resources trials are compared, and
// how many of them are there each time. Nothing here knows a trial.
//
//     hn_ladder ladder;
//     hn_rungs rungs;
//     hn_ladder_make(1, 81, 3, &ladder);                       // 1 3 9 27 81
//     hn_rungs_of_bracket(&ladder, 3, HN_SHARES_EVEN, &rungs); // 34 at 3, 11 at 9, 3 at 27 …
//
// Invariants: the levels of a ladder grow strictly and end with R; sizes never grow from rung to
// rung, and none is 0.
#ifndef HN_SCHEDULERS_RUNGS_H
#define HN_SCHEDULERS_RUNGS_H

#include <stdbool.h>
#include <stdint.h>

enum { HN_LADDER_MAX = 64 };

// The resources at which anybody is compared.
typedef struct hn_ladder {
    uint32_t n;
    double eta;
    double at[HN_LADDER_MAX];
} hn_ladder;

// Those at which the trials of one bracket are: rung i lies at ladder->at[first + i].
typedef struct hn_rungs {
    uint32_t first, n;
    uint64_t size[HN_LADDER_MAX];
} hn_rungs;

// How many trials a bracket begins with.
typedef enum hn_shares {
    HN_SHARES_EVEN, // such that all brackets cost about the same: n = ceil((s_max+1) eta^s / (s+1))
    HN_SHARES_PAPER // as printed in the table of the paper: n = floor((s_max+1) / (s+1)) eta^s
} hn_shares;

// What is not given (0) of r and R. They lie η^s apart, the most up to `span`, from `fallback`
// where neither is given; with R alone, s is less where R is a whole number and r would not be 1 at
// least.
void hn_ladder_span(double eta, double fallback, double span, double *r, double *R);
// A resource as commands write it: with six digits, as printf's %g has them, unless it is whole or
// was `given` by the user. A trial that says step=0.333333 has come to a third.
double hn_ladder_place(double at, double given);
// R η^-k for k = s_max … 0, where s_max is the largest for which R η^-s_max >= r. Whole numbers
// when both r and R are whole. 0 < r <= R; eta >= 2.
void hn_ladder_make(double r, double R, double eta, hn_ladder *out);
// Bracket s of s_max … 0, which begins s rungs below R. s < ladder->n.
void hn_rungs_of_bracket(const hn_ladder *ladder, uint32_t s, hn_shares shares, hn_rungs *out);
// Plain successive halving of n >= 1 trials over the whole ladder: ⌊n η^-i⌋ at rung i, at least
// one.
void hn_rungs_of(const hn_ladder *ladder, uint64_t n, hn_rungs *out);
// What goes on from each rung of a bracket that has but n0 trials in the first: sizes [rungs->n]
// that are those of the table or ⌊n0 η^-i⌋, whichever is less; these may be 0.
void hn_rungs_scale(const hn_rungs *rungs, double eta, uint64_t n0, uint64_t *sizes);
// The resource that a bracket takes in all; `resumed`: trials go on from their checkpoints, so that
// each rung costs its difference from the one before.
double hn_rungs_cost(const hn_ladder *ladder, const hn_rungs *rungs, bool resumed);

#endif
