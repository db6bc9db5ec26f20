// The search space: parameters, conditions and constraints, immutable once built.
//
// A configuration is a flat row of 8-byte slots plus one activity bit per parameter:
//     float, normal, lognormal   1 slot  f
//     int                        1 slot  i
//     categorical, ordinal       1 slot  i   index into the choices
//     bool                       1 slot  i   0 or 1
//     permutation of n           n slots i   item indices in order
//     subset of n (≤ 64)         1 slot  i   bit k set: choice k is in
//     simplex of n               n slots f   shares ≥ 0 that sum to one
// Slots of an inactive parameter are zero. Typed values are stored as they were used.
//
// Invariants: parameters are ordered so that a condition names earlier parameters only; names are
// unique; every default lies in its range and is reachable.
#ifndef HN_SPACE_SPACE_H
#define HN_SPACE_SPACE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/space.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/str.h"
#include "num/rng.h"
#include "space/expr.h"

typedef union hn_slot {
    double f;
    int64_t i;
} hn_slot;

typedef enum hn_scale { HN_LINEAR, HN_LOG, HN_NORMAL, HN_LOGNORMAL } hn_scale;
typedef enum hn_literal_kind {
    HN_LITERAL_TEXT,
    HN_LITERAL_NUMBER,
    HN_LITERAL_BOOL,
    HN_LITERAL_NULL,
    HN_LITERAL_JSON // an array or an object
} hn_literal_kind;

// Limits, each with an error of its own.
#define HN_MAX_PARAMS  4096
#define HN_MAX_RULES   4096
#define HN_MAX_CHOICES 65536
#define HN_MAX_SUBSET  64  // a bit a choice
#define HN_MAX_ORDER   256 // items of a permutation, shares of a simplex
#define HN_MAX_NAME    128
#define HN_MAX_SPEC    65536
// Values of an int or a stepped float: their cells in [0, 1] can be told apart by a double.
#define HN_MAX_VALUES ((uint64_t)1 << 50)
// Upper end of a log int: log(k) of neighbours can be told apart by a double.
#define HN_MAX_LOG_INT ((int64_t)1 << 40)

// A choice as it stood: `text` is its spelling without quotes ("sgd", "3", "true", "null"), for an
// array or an object its canonical JSON (choice.h).
typedef struct hn_choice {
    const char *text;
    hn_literal_kind kind;
    bool is_int;   // a NUMBER written as an integer
    double number; // value of a NUMBER or BOOL
    int64_t integer;
    double weight; // > 0, 1 when not given
} hn_choice;

// The user's belief where the optimum lies: `~ centre*/spread` (factor > 1) or `~ centre+-spread`.
typedef struct hn_belief {
    bool present, is_factor;
    double centre, spread;
} hn_belief;

typedef struct hn_param {
    const char *name;
    uint32_t hash; // hn_hash32(name): keys the random stream, so order does not matter
    uint32_t index;
    hone_param_type type;
    hn_scale scale;         // FLOAT and INT
    double low, high, step; // FLOAT; step 0: continuous. NORMAL/LOGNORMAL: mean in low, sd in high
    int64_t ilow, ihigh, istep; // INT; istep ≥ 1
    uint64_t last;              // INT, stepped FLOAT: index of the greatest value, low has 0
    int decimals;               // stepped FLOAT: digits after the point of its values; -1: unknown
    const hn_choice *choices;   // CATEGORICAL ORDINAL PERMUTATION SUBSET; BOOL: false, true
    uint32_t n_choices;         // also the n of a simplex
    double weights;             // CATEGORICAL ORDINAL: sum of the choices' weights; 0: all equal
    hn_belief belief;
    bool has_default;
    const hn_slot *fallback;    // n_slots, when has_default
    const hn_expr *condition;   // NULL: always active
    hn_quote condition_quote;   // as it was written; source NULL: none
    const char *condition_text; // NULL: none; normalised once the space is sealed
    const char *spec;           // its text in the space language, normalised: reads back equal
    uint32_t declared;          // its place in the order of declaration
    uint32_t slot, n_slots;     // its place in a configuration
    uint32_t dim, n_dims;       // its place in the unit cube (encode.h)
} hn_param;

typedef enum hn_rule_kind { HN_FORBID, HN_REQUIRE } hn_rule_kind;
typedef struct hn_rule {
    hn_rule_kind kind;
    const char *text;  // normalised once the space is sealed
    const char *label; // "forbid: …" or "require: …"
    hn_quote quote;    // as it was written
    const hn_expr *expr;
} hn_rule;

struct hone_space {
    hn_arena arena;
    atomic_uint n_owners;
    bool sealed;
    hn_param *params; // in order of declaration until sealed
    uint32_t n_params;
    uint32_t *declared; // [n_params] of a sealed space: the k-th declared is params[declared[k]]
    hn_rule *rules;
    uint32_t n_rules;
    uint32_t params_cap, rules_cap;
    uint32_t n_slots, n_dims, n_words; // n_words: 64-bit words of activity bits
    hn_map by_name;
    // Number of distinct configurations, +inf when any active part is continuous. Rules are ignored
    // and so are conditions that would take too long to count: then it is an upper bound.
    double cardinality;
    bool is_bound;
};

typedef struct hn_config {
    hn_slot *slots;   // [space->n_slots]
    uint64_t *active; // [space->n_words], bit p: parameter p is active
} hn_config;

static inline bool hn_active(const uint64_t *active, uint32_t param)
{
    return (active[param >> 6] >> (param & 63)) & 1;
}
static inline void hn_set_active(uint64_t *active, uint32_t param, bool on)
{
    uint64_t bit = (uint64_t)1 << (param & 63);
    active[param >> 6] = on ? active[param >> 6] | bit : active[param >> 6] & ~bit;
}
// Is its value one of a list of choices?
static inline bool hn_is_choice(const hn_param *param)
{
    return param->type == HONE_PARAM_CATEGORICAL || param->type == HONE_PARAM_ORDINAL ||
           param->type == HONE_PARAM_BOOL;
}

// Is the parameter to be active? Its condition finds in `config` the values that it names, whose
// activity bits are right; what is unknown does not hold.
static inline bool hn_condition_holds(const hone_space *space, const hn_param *param,
                                      hn_config config)
{
    return !param->condition ||
           hn_expr_eval(param->condition, space, config.slots, config.active) == HN_TRUE;
}

// Zeroed configuration in the arena; slots NULL after a failed allocation.
hn_config hn_config_new(hn_arena *arena, const hone_space *space);
void hn_config_copy(const hone_space *space, hn_config to, hn_config from);
bool hn_config_equal(const hone_space *space, hn_config a, hn_config b);
// Equal configurations hash equal; inactive parameters do not count.
uint64_t hn_config_hash(const hone_space *space, hn_config config);

const hn_param *hn_space_find(const hone_space *space, const char *name); // NULL when absent
// Shared, immutable: a space may have several owners.
hone_space *hn_space_retain(const hone_space *space);

// --- condition.c, constraint.c ---
// Recomputes every activity bit from the values and zeroes the slots of what is inactive.
void hn_space_activate(const hone_space *space, hn_config config);
// Do all rules hold? `*broken` (may be NULL) gets the first that does not.
bool hn_space_allows(const hone_space *space, hn_config config, const hn_rule **broken);
// Are all active values inside their domains (range, step grid, permutation, sum to one …) and
// the activity bits right? The error names the parameter and its range.
hone_status hn_space_validate(const hone_space *space, hn_config config, hone_error *err);

// --- sample.c ---
#define HN_SAMPLE_MAX_ATTEMPTS 10000
// From the priors: one uniform per unit-cube dimension from stream (name hash, attempt, lane =
// dimension inside the parameter), mapped by hn_space_from_prior; attempts go on until the rules
// hold. HONE_EINVAL after HN_SAMPLE_MAX_ATTEMPTS, naming the rule that refused most.
// `*n_attempts` (may be NULL) gets how many were needed.
hone_status hn_space_sample(const hone_space *space, const hn_rng *rng, hn_config out,
                            uint32_t *n_attempts, hone_error *err);
// Completes a configuration whose activity bits say which parameters have a value: the conditions
// are applied, and what they switch on without a value is drawn from its prior, from the same
// streams as above. Rules are not looked at.
void hn_space_fill(const hone_space *space, const hn_rng *rng, uint32_t attempt, hn_config config);
// u [n_dims] in (0,1) -> values by the inverse of the priors (weights, beliefs, normal …).
void hn_space_from_prior(const hone_space *space, const double *u, hn_config out);
// The defaults where given, the middle of the prior elsewhere; conditions applied.
void hn_space_default(const hone_space *space, hn_config out);
bool hn_space_has_defaults(const hone_space *space); // at least one `= value`

// --- encode.c: configurations <-> the unit cube [0, 1]^n_dims, uniform in each parameter's own
// scale ---
// Dimensions: float, int, categorical, ordinal, bool 1; permutation n (random keys); subset n
// (one per choice); simplex n - 1 (stick breaking). Integers and choices get equal cells with
// values at cell centres, and decode(encode(x)) == x exactly for them, for stepped floats,
// permutations and subsets. Other floats come back within a few ulp of their range's larger end
// (log: of the value; normal: within 1e-6 standard deviations up to 6 of them, beyond 8 they
// saturate; simplex: of one, while each coordinate is above zero); the ends of a range come back
// exactly. Inactive parameters encode as 0.5.
// Decoding applies the conditions, not the rules.
void hn_space_encode(const hone_space *space, hn_config config, double *u);
void hn_space_decode(const hone_space *space, const double *u, hn_config out);

// --- config_codec.c: the binary form inside events ---
// Self-describing: per parameter a tag (inactive, float, int, ints, floats) and the values.
// Appends to `out`.
void hn_config_write(const hone_space *space, hn_config config, hn_str *out);
// HONE_ECORRUPT unless it fits this space; never reads past `size`. A number outside its range is
// accepted, since values are stored as they were used; hn_space_validate judges.
hone_status hn_config_read(const hone_space *space, const void *data, size_t size, hn_config out,
                           hone_error *err);

// --- value.c: one parameter's value as text and JSON, and back ---
// As it stands in a command line: "0.01", "sgd", "a,b,c" (permutation, subset), "0.2,0.8"; the
// text "1" and the number 1 look alike there.
void hn_value_text(const hn_param *param, const hn_slot *slots, hn_str *out);
// As JSON: number, text, bool, null, array.
void hn_value_json(const hn_param *param, const hn_slot *slots, hn_str *out);
// Reads what a person types: as value_text writes, with quotes, 1e3 for an int. Where several
// choices have the text, one without quotes is the number, truth value or JSON that it reads as,
// one in quotes the text. The error has a caret and says the range. `length` bytes of `text`.
hone_status hn_value_parse(const hn_param *param, const char *text, size_t length, hn_slot *slots,
                           hone_error *err);
// From JSON as hn_value_json writes it; `value` is jansson's. The error names the parameter and its
// range.
struct json_t;
hone_status hn_value_from_json(const hn_param *param, const struct json_t *value, hn_slot *slots,
                               hone_error *err);
// {"lr":0.01,…} of the active parameters, in order of declaration.
void hn_config_json(const hone_space *space, hn_config config, hn_str *out);

// --- grid.c: enumerations for the grid sampler ---
// Points per parameter of a grid: all values when finite, else `resolution` equal cells' centres;
// for a simplex all shares that are multiples of 1 / (resolution - 1). Sets of more than 2^32 - 1
// values are treated as if they were not finite.
uint32_t hn_grid_size(const hn_param *param, uint32_t resolution);
void hn_grid_value(const hn_param *param, uint32_t resolution, uint32_t k, hn_slot *slots);

#endif
