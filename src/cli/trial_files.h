// Where a trial's files lie, and how it was started: read from what `hone run` has recorded.
#ifndef CLI_TRIAL_FILES_H
#define CLI_TRIAL_FILES_H

#include "trial_view.h"

// The trial's folder, which is "hone/<study>/<trial>" unless the run says otherwise. It reads the
// recorded options, which may be long: once for all files of a trial. The caller frees.
char *trial_folder(const hone_study *study, const hone_trial *trial);
// File `name` in it, or in the folder of one of the parts that the trial consists of (-1: none of
// them), which itself is named with `name` "". The caller frees.
char *folder_file(const char *folder, int64_t part, const char *name);
// How many parts' folders there are or may come to be, 0 when the trial is one run: what the trial
// consists of or, before it was started, will by the recorded options.
uint32_t trial_n_parts(const hone_study *study, const hone_trial *trial);
// The command line that this trial ran, quoted for a shell; NULL when the study has no command or
// it cannot be rendered. The caller frees.
char *trial_command_line(hone_study *study, const hone_trial *trial);

#endif
