// How much the value of a trial varies by chance, from what was run more than once.
#ifndef HN_ANALYSIS_NOISE_H
#define HN_ANALYSIS_NOISE_H

#include "analysis/sample.h"

// Standard deviations of the value of one trial; NaN: not known. By
//  1. the retests of all trials, about the mean of each;
//  2. the trials of equal configurations (a study that is `noisy`);
//  3. the parts of the best trials (folds, repeats, instances): what is left of the values when the
//     means of trials and of parts are taken out, on to the mean of all parts. What folds have in
//     common is no noise; that their training sets overlap makes this a lower bound.
// Memory from `scratch`, whose failure shows there.
double hn_noise_of_retests(const hn_fold *fold, hn_arena *scratch);
double hn_noise_of_equals(const hn_sample *sample, hn_arena *scratch);
double hn_noise_of_parts(const hn_sample *sample, hn_arena *scratch);

#endif
