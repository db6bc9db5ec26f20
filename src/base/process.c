// Processes, from /proc/<pid>/stat (proc(5)).
#include "base/process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FIELD_STATE = 3, FIELD_START = 22 };

char hn_process_look(int64_t pid, uint64_t *start_ticks)
{
    char path[64], line[1024];
    *start_ticks = 0;
    (void)snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 'X';
    ssize_t got = read(file, line, sizeof line - 1);
    (void)close(file);
    line[got > 0 ? got : 0] = '\0';
    // The name before the state stands in brackets and may hold anything, brackets and blanks too.
    const char *at = strrchr(line, ')');
    if (!at || at[1] != ' ')
        return 'X';
    char letter = at[2];
    at++;
    for (int field = FIELD_STATE; at && field < FIELD_START; field++)
        at = strchr(at + 1, ' ');
    *start_ticks = at ? strtoull(at + 1, NULL, 10) : 0;
    return letter;
}
