// How well the rungs of the scheduler agree, for people and as JSON.
#ifndef CLI_RUNGS_H
#define CLI_RUNGS_H

#include "cli.h"

// A table behind an empty line; nothing when fewer than two rungs have been reached.
void rungs_print(const cli_args *cli, const hone_study *study);
// [{"at","n","next":{"n","rho","low","high"},"end":{…},"p"}…]; empty when there are no rungs.
json_t *rungs_json(const hone_study *study);

#endif
