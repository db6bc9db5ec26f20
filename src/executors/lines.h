// Lines out of a growing file or a socket, in bounded memory.
//
// Between two fills every line handed out stays where it is, so that the texts of one drive stay
// valid until the next. A line longer than HN_LINE_MAX is cut there and its rest is skipped,
// unless it is a progress display that rewrites itself with '\r': of that the newest part is kept.
#ifndef HN_EXECUTORS_LINES_H
#define HN_EXECUTORS_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    HN_LINE_MAX = 64 << 10,
    HN_LINES_ROOM = 4 << 10,                    // of the buffer at first …
    HN_LINES_ROOM_MAX = HN_LINE_MAX + (8 << 10) // … and at most: a line and a window to skip in
};

typedef struct hn_lines {
    char *data;
    size_t cap, begin, end;
    size_t scanned; // bytes from `begin` known to hold no end of line
    bool skipping;  // inside the rest of a line that was too long
} hn_lines;

typedef enum hn_fill {
    HN_FILL_SOME,  // something came, there may be more
    HN_FILL_NONE,  // nothing now
    HN_FILL_END,   // the other end is closed
    HN_FILL_MEMORY // out of memory, nothing is lost
} hn_fill;

// Moves what is left to the front and reads once: from `fd` at `*offset` (pread), or, when
// `offset` is NULL, from a socket without waiting. To be called when no line is left.
hn_fill hn_lines_fill(hn_lines *lines, int fd, uint64_t *offset);
// The next whole line without its end ("\n" or "\r\n"); NUL-terminated, but it may hold NULs.
bool hn_lines_next(hn_lines *lines, const char **text, size_t *size);
// What is left without an end; false when there is nothing.
bool hn_lines_last(hn_lines *lines, const char **text, size_t *size);
void hn_lines_free(hn_lines *lines);

#endif
