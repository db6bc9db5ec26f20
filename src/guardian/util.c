// Clocks, growing bytes, and reading /proc.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guardian/guardian.h"

uint64_t hg_now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

uint64_t hg_now_ms(void)
{
    return hg_now_us() / 1000;
}

bool hg_reserve(hg_bytes *b, size_t extra)
{
    if (extra <= b->cap - b->n)
        return true;
    size_t cap = b->cap * 2 > b->n + extra ? b->cap * 2 : b->n + extra;
    char *data = realloc(b->data, cap);
    if (!data)
        return false;
    b->data = data;
    b->cap = cap;
    return true;
}

bool hg_slurp(const char *path, hg_bytes *b, size_t limit)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t got = 1;
    b->n = 0;
    while (got > 0 && b->n < limit && hg_reserve(b, 4097)) {
        got = read(file, b->data + b->n, b->cap - b->n - 1);
        b->n += got > 0 ? (size_t)got : 0;
    }
    close(file);
    if (b->data)
        b->data[b->n] = '\0';
    return b->data && got >= 0;
}

bool hg_count_of(const char *text, const char *word, uint64_t *count)
{
    size_t n = strlen(word);
    for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        if (strncmp(line, word, n) == 0 && line[n] == ' ') {
            *count = strtoull(line + n, NULL, 10);
            return true;
        }
    }
    return false;
}

// Field 22 of /proc/<pid>/stat; the second is the name in brackets and may hold anything.
uint64_t hg_start_ticks(pid_t pid)
{
    char path[32], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", (long)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    text[got > 0 ? got : 0] = '\0';
    const char *p = strrchr(text, ')');
    for (int field = 2; p && field < 22; field++)
        p = strchr(p + 1, ' ');
    return p ? strtoull(p + 1, NULL, 10) : 0;
}
