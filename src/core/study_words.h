// The small languages inside a study file: durations, costs, sizes and command lines.
#ifndef HN_CORE_STUDY_WORDS_H
#define HN_CORE_STUDY_WORDS_H

#include <jansson.h>

#include "base/error.h"

// Splits a command line into its words as a shell would ('…', "…", backslash; nothing is
// expanded) and appends them to `words`. HONE_EPARSE with a caret for an open quote.
hone_status hn_words_split(const char *text, json_t *words, hone_error *err);

#endif
