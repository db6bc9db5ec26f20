// What earlier studies say of this one: their trials, as evidence in the present space.
//
// They are taken once, when a study begins (study_sources.c), into its definition: values in the
// earlier study's own space, and that space. Here they are read from there and mapped. A source
// says something as long as the study has the one objective that it was taken for.
#ifndef HN_CORE_SOURCES_H
#define HN_CORE_SOURCES_H

#include "core/cache.h"
#include "core/evidence.h"

#define HN_MAX_SOURCES       16
#define HN_MAX_SOURCE_TRIALS 500

typedef struct hn_source_trials {
    const char *study, *storage;
    const char *metric; // of its values
    hone_goal goal;
    bool of_objective; // that is the one of the study; otherwise it says nothing, and n = 0
    uint32_t n_trials, n_copied;
    uint32_t n_named;   // parameters of the space that it had by name
    uint32_t n_shared;  // parameters of the space that it had, with a domain that has a value of
                        // at least one of its trials
    bool *known;        // [n_dims] features that its trials have; the others are NaN in x
    uint32_t n;         // trials whose values the space has
    hn_config *configs; // [n] what is not known is inactive
    double *x;          // [n x n_dims] features
    double *y;          // [n] less is better, finite
    uint32_t *order;    // [n] the best first
} hn_source_trials;

typedef struct hn_sources {
    const hone_space *space; // they are mapped into; NULL: nothing has been made
    uint64_t generation;     // another one: what was derived from them is void
    hn_arena arena;
    hn_source_trials *list; // [n]
    uint32_t n, n_dims;
    const hn_feature *features; // [n_dims]
} hn_sources;

// Reads problem->from for problem->space. HONE_ECORRUPT when it is damaged.
hone_status hn_sources_make(hn_sources *out, const hn_problem *problem, hone_error *err);
void hn_sources_free(void *sources); // all zero is fine
// One instance for all who ask with the same cache; n = 0 where there is no earlier study.
hone_status hn_sources_of(hn_cache *cache, const hn_problem *problem, const hn_sources **out,
                          hone_error *err);

// --- sources_agree.c: how far they agree with the study's own trials ---

// What the source's trials let expect at x, on a scale of ranks: 0 the best of them, 1 the worst.
// Only what is known of them counts. O(n d).
double hn_source_predict(const hn_sources *s, const hn_source_trials *source, const double *x);
// Share of the pairs of the study's own trials, at most the newest MOST of them, that the source
// ranks as they came out. NaN with fewer than two trials. `*n` gets how many were compared.
double hn_source_agreement(const hn_sources *s, const hn_source_trials *source,
                           const hn_evidence *e, uint32_t *n, hn_arena *scratch);
// How much a source is to be trusted, in [0, 1], by its agreement over `n` trials: a little less
// than all while there are none, and none at all where it ranks no better than chance.
double hn_source_trust(double agreement, uint32_t n);

#endif
