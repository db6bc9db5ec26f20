// Completion of a command line of Hone.
#ifndef CLI_COMPLETE_H
#define CLI_COMPLETE_H

#include "cli.h"

// Prints what the last of the words (which may be empty) may become, one candidate a line: the
// word, a tab, what it is. A line ":files" stands for the names of files, ":command" for whatever
// the command behind `--` completes. Nothing is said of mistakes.
void complete(const char *const *words, uint32_t n);

#endif
