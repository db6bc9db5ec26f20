// The search space: what may be varied, in the space language.
//
//     hone_space *space = NULL;
//     hone_space_create(&space, err);
//     hone_space_add(space, "lr", "log:1e-5..1e-1", err);
//     hone_space_add(space, "momentum", "0..0.99 if opt==sgd", err);
//     hone_space_forbid(space, "opt==sgd && lr>0.1", err);
//     hone_space_seal(space, err);
//
// Specs: `0..1`, `log:1e-5..1`, `0..1 step 0.05`, `int:1..64`, `int:log:1..4096`,
// `int:32..256 step 32`, `sgd,adam`, `sgd:3,adam:1`, `ord:xs,s,m`, `bool`, `perm:a,b,c`,
// `subset:a,b,c`, `simplex:4`, `normal:0,1`, `lognormal:0,1`; then, in any order, `= default`,
// `~ centre*/factor` or `~ centre+-width`, `if EXPR`. See docs/reference/space.md.
//
// Thread note: a space is built by one thread; once sealed it is immutable and may be shared.
#ifndef HONE_SPACE_H
#define HONE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/error.h>

HONE_BEGIN_DECLS

typedef struct hone_space hone_space;

typedef enum hone_param_type {
    HONE_PARAM_FLOAT = 0,
    HONE_PARAM_INT = 1,
    HONE_PARAM_CATEGORICAL = 2,
    HONE_PARAM_ORDINAL = 3,
    HONE_PARAM_BOOL = 4,
    HONE_PARAM_PERMUTATION = 5,
    HONE_PARAM_SUBSET = 6,
    HONE_PARAM_SIMPLEX = 7
} hone_param_type;

// An empty space, not yet sealed. Destroy it with hone_space_destroy.
HONE_API hone_status hone_space_create(hone_space **out, hone_error *err);
// NULL-safe. A sealed space that a study still uses lives on until the study lets go.
HONE_API void hone_space_destroy(hone_space *space);

// Adds parameter `name` with `spec`. Conditions may name parameters added before or later (they
// are resolved at sealing). Names: a letter or '_', then letters, digits, '_', '.', '-'; not one of
// the reserved words. HONE_EPARSE carries the spec and the column of the fault; HONE_EEXISTS for a
// name twice. After an error the space is as it was.
HONE_API hone_status hone_space_add(hone_space *space, const char *name, const char *spec,
                                    hone_error *err);
// Adds "name=spec" as it stands after `-p`; columns count in the whole text. Recognises the pieces
// of a `{a,b}` that a shell has split and says so.
HONE_API hone_status hone_space_add_text(hone_space *space, const char *text, hone_error *err);
// One entry of a JSON array or a study file: {"name","type":"float"|"int"|"categorical"|…,
// "low","high","log","step","choices":[…],"condition":{"parent","values":[…]}} or {"name","spec"}.
HONE_API hone_status hone_space_add_json(hone_space *space, const char *json, hone_error *err);
// Rules. An expression with an inactive parameter raises no objection.
HONE_API hone_status hone_space_forbid(hone_space *space, const char *expr, hone_error *err);
HONE_API hone_status hone_space_require(hone_space *space, const char *expr, hone_error *err);
// Resolves conditions (cycles are an error), checks defaults against rules, computes cardinality.
// A space must be sealed before a study takes it; no more can be added then. Indices are given
// anew: a parameter that a condition names comes before it, otherwise the order of declaration is
// kept. A second call does nothing; a failed one changes nothing.
HONE_API hone_status hone_space_seal(hone_space *space, hone_error *err);

HONE_API uint32_t hone_space_n_params(const hone_space *space);
// Borrowed; NULL when `index` is out of range.
HONE_API const char *hone_space_name(const hone_space *space, uint32_t index);
HONE_API const char *hone_space_spec(const hone_space *space, uint32_t index); // normalised text
HONE_API hone_param_type hone_space_type(const hone_space *space, uint32_t index);
// Index of `name`, or -1.
HONE_API int hone_space_index(const hone_space *space, const char *name);
// The condition's text, or NULL when the parameter is always active.
HONE_API const char *hone_space_condition(const hone_space *space, uint32_t index);
// Number of choices (0 for numbers and simplexes, 2 for booleans) and their texts as they were
// written, without quotes, borrowed.
HONE_API uint32_t hone_space_n_choices(const hone_space *space, uint32_t index);
HONE_API const char *hone_space_choice(const hone_space *space, uint32_t index, uint32_t choice);
// The choice as JSON, with its type: "\"sgd\"", "1", "\"1\"", "[64,64]" (of the texts above, those
// of 1 and "1" are the same). NULL when there is none. Caller frees with hone_free.
HONE_API char *hone_space_choice_json(const hone_space *space, uint32_t index, uint32_t choice);
// A value of parameter `name` as a person types it, in JSON: "0.01", "a,b" (a permutation), "sgd";
// quotes make a text of what would be a number otherwise. Errors: HONE_ENOTFOUND for the name,
// HONE_EINVAL and HONE_EPARSE for the value. Caller frees `*json` with hone_free.
HONE_API hone_status hone_space_value_json(const hone_space *space, const char *name,
                                           const char *text, char **json, hone_error *err);
// Number of rules, and each as "forbid: …" / "require: …".
HONE_API uint32_t hone_space_n_rules(const hone_space *space);
HONE_API const char *hone_space_rule(const hone_space *space, uint32_t index);
// Distinct configurations, rules ignored; +inf when not finite. An upper bound when conditions hang
// on more than a million combinations. 0 before sealing.
HONE_API double hone_space_cardinality(const hone_space *space);

// The whole space as canonical JSON: {"params":[{"name","spec"}…],"forbid":[…],"require":[…]}; the
// same space has the same text. Caller frees with hone_free.
HONE_API char *hone_space_to_json(const hone_space *space);
// Reads that, or an array of entries as hone_space_add_json takes them; the space comes sealed.
HONE_API hone_status hone_space_from_json(const char *json, hone_space **out, hone_error *err);
// As understood, for people: one aligned line a parameter ("lr  float  1e-5 .. 0.1  log"), rules,
// then the number of configurations; lines of at most `width` columns (0: no limit).
// Caller frees with hone_free.
HONE_API char *hone_space_describe(const hone_space *space, int width);
// What changed from `a` to `b`, one line a difference ("- lr log:1e-5..1", "+ lr log:1e-6..1"); ""
// when equal. Caller frees with hone_free.
HONE_API char *hone_space_diff(const hone_space *a, const hone_space *b);
// The same in one line: "lr log:1e-6..1 (was log:1e-5..1), momentum dropped", the first changes
// only when there are many. Caller frees with hone_free.
HONE_API char *hone_space_diff_line(const hone_space *a, const hone_space *b);

// `n` samples from the priors with `seed`, as JSON objects, one a line. `*accepted` (may be NULL)
// gets the share of raw samples that satisfied the rules. Caller frees `*out` with hone_free.
HONE_API hone_status hone_space_sample_json(const hone_space *space, uint64_t seed, uint32_t n,
                                            char **out, double *accepted, hone_error *err);
// Is `name` reserved for placeholders (trial seed dir ckpt resource from slot gpu args json
// json_file)?
HONE_API bool hone_space_reserved(const char *name);

// Frees what Hone handed over as "caller frees". NULL-safe.
HONE_API void hone_free(void *p);

HONE_END_DECLS

#endif
