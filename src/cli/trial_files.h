// Where a trial's files lie, and how it was started: read from what `hone run` has recorded.
#ifndef CLI_TRIAL_FILES_H
#define CLI_TRIAL_FILES_H

#include "trial_view.h"

// File `name` of the trial's folder, which is "hone/<study>/<trial>" unless the run says otherwise.
// The caller frees.
char *trial_file(const hone_study *study, const hone_trial *trial, const char *name);
// The command line that this trial ran, quoted for a shell; NULL when the study has no command or
// it cannot be rendered. The caller frees.
char *trial_command_line(hone_study *study, const hone_trial *trial);

#endif
