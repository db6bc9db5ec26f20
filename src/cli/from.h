// `--from STUDY[,STUDY…]`: the earlier studies that a new one starts from.
#ifndef CLI_FROM_H
#define CLI_FROM_H

#include "cli.h"

// Appends what `text` names to `list`, [{"storage","study"}…]: NAME in `storage`, STORAGE#NAME, or
// a storage alone, which has a : or / in it and holds one study (then there is no "study"). False
// when one of the names is empty.
bool from_add(json_t *list, const char *text, const char *storage);
// The array that hone_study_options want, borrowing from `list`. The caller frees.
hone_from *from_array(const json_t *list);
// Those of a study, as `list` has them.
json_t *from_of(hone_study *study);
// "old, other.db#lr" for people. The caller frees.
char *from_text(const json_t *list, const char *storage);

// --- what became of them ---

// "old: 120 trials, 3 of 4 parameters shared", and how far it agrees so far. The caller frees.
char *from_line(hone_study *study, uint32_t index);
// The same for programs, of all of them; an empty list when there is none.
json_t *from_json(hone_study *study);

#endif
