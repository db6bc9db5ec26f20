// What the health checks have found, for people and as JSON.
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include "cli.h"

// "text; remedy" of finding `index`. The caller frees; NULL past the end.
char *finding_text(const hone_health *health, uint32_t index);
// The `most` most important, each behind the label, and how many there are besides.
void findings_print(const cli_args *cli, hone_study *study, const char *label, uint32_t most);
// "Which is best is not known: …", with the remedy; NULL when it is, as far as can be told.
char *findings_noise(hone_study *study);
// [{"code","param","n","of","p","text","remedy"}…]
json_t *findings_json(hone_study *study);

#endif
