// A configuration made of one or two others: crossover and mutation over every kind of parameter.
//
//                            crossover                        mutation
//     float, int, ordinal    simulated binary, or a swap      polynomial, at least to the next
//     value normal, lognormal      the same on the prior's quantiles categorical, boolean   either
//     parent's                  another choice subset                 either parent's, item by item
//     an item comes in or goes out permutation            either parent's                  two
//     items change places simplex                simulated binary                 polynomial, one
//     share
// A parameter that only one parent has comes from that one; what the conditions then switch off
// goes, and what they switch on and neither parent has is drawn from its prior.
// Source: Deb, Agrawal. Simulated binary crossover for continuous search space. Complex Systems
// 1995; Deb, Goyal. A combined genetic adaptive search (GeneAS) for engineering design. Computer
// Science and Informatics 1996; both as bounded by Deb's NSGA-II code.
#ifndef HN_SPACE_OFFSPRING_H
#define HN_SPACE_OFFSPRING_H

#include "space/space.h"

typedef struct hn_offspring_rule {
    double cross;      // probability that the second parent takes part
    double eta_cross;  // how near to the parents numbers stay; 0: they are swapped whole
    double mutate;     // probability of each parameter to change
    double eta_mutate; // how near to what it was a number stays
    double redraw;     // probability that a change is a draw from the prior instead
    bool one;          // one parameter, whichever, changes for sure
} hn_offspring_rule;

// `a` and `b` must be valid; they may be the same. Draws come from the stream (names, attempt, …)
// of `rng`. True when the rules of the space hold; `out` may equal a parent all the same.
bool hn_space_offspring(const hone_space *space, hn_config a, hn_config b,
                        const hn_offspring_rule *rule, const hn_rng *rng, uint32_t attempt,
                        hn_config out);

#endif
