// The set of values of one parameter: is it sensible, how many are there, is a value inside.
#ifndef HN_SPACE_DOMAIN_H
#define HN_SPACE_DOMAIN_H

#include "space/space.h"

// Columns of the parts of a spec, for errors about them. `source` NULL: no place is given.
typedef struct hn_places {
    const char *source;
    size_t length;
    size_t body, low, high, step, spread;
} hn_places;

// Checks the range of a FLOAT or INT (bounds finite and in order, log above zero, step fits, few
// enough values) and fills `last` and `decimals`.
hone_status hn_domain_check_range(hn_param *param, const hn_places *places, hone_error *err);
// Checks the list of choices: how many, none twice, weights only where they mean something. The
// error names the choice; its column is found by `columns` [n_choices] (may be NULL).
hone_status hn_domain_check_choices(hn_param *param, const hn_places *places, const size_t *columns,
                                    hone_error *err);
// Checks the weight of one choice, which stands at `column`.
hone_status hn_domain_check_weight(const hn_choice *choice, const hn_places *places, size_t column,
                                   hone_error *err);
// Checks the belief against the range.
hone_status hn_domain_check_belief(const hn_param *param, const hn_places *places, size_t column,
                                   hone_error *err);

// Are there finitely many values?
bool hn_domain_finite(const hn_param *param);
// Number of values, +inf when not finite (exact up to 2^53).
double hn_domain_count(const hn_param *param);
// Value number `k` of a finite parameter (grid.c); a permutation has at most 20 items.
void hn_domain_value(const hn_param *param, uint64_t k, hn_slot *slots);
// Value `k` (0 … last) of a stepped float.
double hn_domain_float(const hn_param *param, uint64_t k);
// Index of the value of a stepped float nearest to `x`.
uint64_t hn_domain_index(const hn_param *param, double x);
// The value of a FLOAT that `x` is meant to be: written by a program with fewer or more digits than
// ours, one of a stepped float is that value still. Others, and what is outside, as they are.
double hn_domain_meant(const hn_param *param, double x);

// Is the value inside? The error names the parameter and its range.
hone_status hn_domain_contains(const hn_param *param, const hn_slot *slots, hone_error *err);
// "0.1 .. 1 step 0.05", "sgd, adam": for errors and people. Long lists are cut.
void hn_domain_write(const hn_param *param, hn_str *out);
// The same in a buffer of fixed size.
enum { HN_DOMAIN_TEXT = 160 };
void hn_domain_text(const hn_param *param, char *out);

#endif
