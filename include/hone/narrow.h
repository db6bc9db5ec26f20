// Broad, then narrow: the space shrunk to where the best trials lie, as a new version of it.
//
//     hone_narrowing *narrowing = NULL;
//     hone_study_narrow(study, NULL, &narrowing, err);     // only computes
//     if (hone_narrowing_changed(narrowing))
//         hone_narrowing_apply(study, narrowing, NULL, err);
//     hone_narrowing_destroy(narrowing);
//
// Only what has evidence is cut: see docs/howto/narrow.md for the method.
#ifndef HONE_NARROW_H
#define HONE_NARROW_H

#include <hone/study.h>

HONE_BEGIN_DECLS

typedef struct hone_narrow_options {
    size_t size;
    double top;    // share of the trials that count as the best, above 0, at most 0.5
    double margin; // added on each side that is cut, as a share of what is kept; at least 0
} hone_narrow_options;

#define HONE_NARROW_OPTIONS_INIT                                                                   \
    {                                                                                              \
        sizeof(hone_narrow_options), 0.2, 0.1                                                      \
    }

// One parameter. Texts are borrowed from the narrowing.
typedef struct hone_narrow_param {
    const char *name;
    const char *before, *after; // specs; equal unless changed
    bool changed;
    double share;    // of its range or of its choices that is left
    const char *why; // "none of the best 10 in 24 trials below 0.0003", or why it stays
} hone_narrow_param;

typedef struct hone_narrowing hone_narrowing;

// Computes the promising region from all trials in the present space; the study is not changed.
// `options` may be NULL. HONE_ESTATE, with the number needed, when there are too few trials.
HONE_API hone_status hone_study_narrow(hone_study *study, const hone_narrow_options *options,
                                       hone_narrowing **out, hone_error *err);
HONE_API void hone_narrowing_destroy(hone_narrowing *narrowing); // NULL-safe
HONE_API bool hone_narrowing_changed(const hone_narrowing *narrowing);
HONE_API uint32_t hone_narrowing_n_trials(const hone_narrowing *narrowing); // that were looked at
HONE_API uint32_t hone_narrowing_n_top(const hone_narrowing *narrowing);    // the best of them
// Share of the space's volume that is left, rules and conditions ignored.
HONE_API double hone_narrowing_share(const hone_narrowing *narrowing);
// In order of declaration; everything zero past the end.
HONE_API hone_narrow_param hone_narrowing_param(const hone_narrowing *narrowing, uint32_t index);
// The narrowed space, borrowed.
HONE_API const hone_space *hone_narrowing_space(const hone_narrowing *narrowing);
// Makes it the study's next version (hone_study_change_space, whose `change` may be NULL).
// HONE_ESTALE when the space has been changed since.
HONE_API hone_status hone_narrowing_apply(hone_study *study, const hone_narrowing *narrowing,
                                          hone_space_change *change, hone_error *err);
// Takes the last narrowing back: its space becomes the next version. HONE_ESTATE when the present
// version does not come from a narrowing.
HONE_API hone_status hone_study_widen(hone_study *study, hone_space_change *change,
                                      hone_error *err);

HONE_END_DECLS

#endif
