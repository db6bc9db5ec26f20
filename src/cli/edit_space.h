// `hone edit` of the space: -p, --drop, --forbid, --require and their lifting.
#ifndef CLI_EDIT_SPACE_H
#define CLI_EDIT_SPACE_H

#include "plan.h"

// Is any of these options given?
bool edit_space_asked(const cli_args *cli);
// The space that they make of the study's, sealed, in `*out`; checked against the command of `plan`
// and the study's plug-ins, with what it means for the trials in `*change`. Prints what is wrong.
int edit_space_make(run_plan *plan, hone_study *study, hone_space **out, hone_space_change *change);
// Says what became of it, or, after a rehearsal, what would.
void edit_space_say(const hone_study *study, const hone_space *space,
                    const hone_space_change *change);

#endif
