// A child by differential evolution, over every kind of parameter: of each parameter it has the
// target's value, or what the differences between others make of one.
//
//     v = x + pull (base - x) + F (plus - minus)
//
// Numbers, permutations and simplexes are coordinates of the unit cube (encode in space.h). Of a
// choice, and of each item of a subset, v has the base's with probability `pull`, and where plus
// and minus differ then plus's with probability F. A parameter that the target lacks comes from the
// first of the others that has it; what the conditions then switch off goes, and what they switch
// on and nobody has is drawn from its prior.
// Source: Storn, Price. Differential evolution: a simple and efficient heuristic for global
// optimization over continuous spaces. Journal of Global Optimization 1997. Choices: our own.
#ifndef HN_SPACE_DIFFER_H
#define HN_SPACE_DIFFER_H

#include "space/space.h"

enum {
    HN_DIFFER_TARGET, // x, whose place the child may take
    HN_DIFFER_BASE,
    HN_DIFFER_PLUS,
    HN_DIFFER_MINUS,
    HN_DIFFER_PARENTS
};

typedef struct hn_difference_rule {
    double pull;   // how far v goes from x to the base; 1: rand/1, it begins there
    double F;      // of the difference
    double CR;     // probability of each parameter to be v's; one is for sure
    bool anywhere; // beyond an end v is drawn uniformly, instead of half-way from x to the end
} hn_difference_rule;

// The parents must be valid. Draws come from the stream (names, round, …) of `rng`. True when the
// rules of the space hold; `out` may equal the target all the same.
bool hn_space_differ(const hone_space *space, const hn_config parents[HN_DIFFER_PARENTS],
                     const hn_difference_rule *rule, const hn_rng *rng, uint32_t round,
                     hn_config out);

#endif
