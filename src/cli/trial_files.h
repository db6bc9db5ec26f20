// Where a trial's files lie, and how it was started: read from what `hone run` has recorded.
#ifndef CLI_TRIAL_FILES_H
#define CLI_TRIAL_FILES_H

#include "trial_view.h"

// File `name` of the trial's folder, which is "hone/<study>/<trial>" unless the run says otherwise.
// The caller frees.
char *trial_file(const hone_study *study, const hone_trial *trial, const char *name);
// The same in the folder of one of the parts that the trial consists of; of the folder itself with
// `name` "".
char *trial_part_file(const hone_study *study, const hone_trial *trial, uint32_t part,
                      const char *name);
// How many parts' folders there are or may come to be, 0 when the trial is one run: what the trial
// consists of or, before it was started, will by the recorded options.
uint32_t trial_n_parts(const hone_study *study, const hone_trial *trial);
// The command line that this trial ran, quoted for a shell; NULL when the study has no command or
// it cannot be rendered. The caller frees.
char *trial_command_line(hone_study *study, const hone_trial *trial);

#endif
