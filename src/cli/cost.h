// What training costs, for people and as JSON: what hone_study_cost has learnt.
#ifndef CLI_COST_H
#define CLI_COST_H

#include "cli.h"

// "a step takes 2.1s (0.4s to 9s); width: 8 times as much at its upper end; …"; NULL: nothing is
// known. `run`: the recorded options, which say how many trials are wanted and run at once.
char *cost_text(const hone_study *study, const json_t *run);
// {"n","step_s","low_s","high_s","power","effects":[{"param","factor","dear"}],"trial_s","spent_s",
// "rest_s"}; null for what is not known.
json_t *cost_json(const hone_study *study, const json_t *run);

#endif
