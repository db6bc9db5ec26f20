// Lines out of a growing file or a socket; see lines.h.
#include "executors/lines.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"

// A line has reached its limit without an end.
static void overflow(hn_lines *lines)
{
    char *begin = lines->data + lines->begin;
    const char *newest = memrchr(begin, '\r', lines->end - lines->begin - 1);
    if (newest) {
        lines->begin = (size_t)(newest + 1 - lines->data);
        lines->scanned = 0;
    } else {
        lines->end = lines->begin + HN_LINE_MAX;
        lines->scanned = HN_LINE_MAX;
        lines->skipping = true;
    }
}

static bool make_room(hn_lines *lines)
{
    if (lines->begin > 0) {
        memmove(lines->data, lines->data + lines->begin, lines->end - lines->begin);
        lines->end -= lines->begin;
        lines->begin = 0;
    }
    if (lines->end < lines->cap)
        return true;
    // One byte more, for the NUL after a line without an end.
    size_t cap = lines->cap ? lines->cap * 4 : HN_LINES_ROOM;
    cap = cap > HN_LINES_ROOM_MAX ? HN_LINES_ROOM_MAX : cap;
    char *data = hn_realloc(lines->data, cap + 1);
    if (!data)
        return false;
    lines->data = data;
    lines->cap = cap;
    return true;
}

// In a skipped line only its end matters; the bytes kept are the line's beginning.
static void skip(hn_lines *lines, size_t from)
{
    const char *end = memchr(lines->data + from, '\n', lines->end - from);
    if (!end) {
        lines->end = from;
        return;
    }
    size_t rest = lines->end - (size_t)(end - lines->data);
    memmove(lines->data + from, end, rest);
    lines->end = from + rest;
    lines->skipping = false;
}

hn_fill hn_lines_fill(hn_lines *lines, int fd, uint64_t *offset)
{
    if (lines->end - lines->begin >= HN_LINE_MAX)
        overflow(lines);
    if (!make_room(lines))
        return HN_FILL_MEMORY;
    size_t room = lines->cap - lines->end;
    ssize_t got = offset ? pread(fd, lines->data + lines->end, room, (off_t)*offset)
                         : recv(fd, lines->data + lines->end, room, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR ? HN_FILL_NONE : HN_FILL_END;
    if (got == 0)
        return HN_FILL_END;
    if (offset)
        *offset += (uint64_t)got;
    size_t from = lines->end;
    lines->end += (size_t)got;
    if (lines->skipping)
        skip(lines, from);
    return HN_FILL_SOME;
}

static void trim(const char *text, size_t *size)
{
    if (*size > 0 && text[*size - 1] == '\r')
        --*size;
}

bool hn_lines_next(hn_lines *lines, const char **text, size_t *size)
{
    size_t from = lines->begin + lines->scanned;
    if (!lines->data)
        return false;
    char *end = memchr(lines->data + from, '\n', lines->end - from);
    if (!end) {
        lines->scanned = lines->end - lines->begin;
        return false;
    }
    *text = lines->data + lines->begin;
    *size = (size_t)(end - *text);
    trim(*text, size);
    lines->data[lines->begin + *size] = '\0';
    lines->begin = (size_t)(end + 1 - lines->data);
    lines->scanned = 0;
    return true;
}

bool hn_lines_last(hn_lines *lines, const char **text, size_t *size)
{
    if (lines->begin == lines->end)
        return false;
    *text = lines->data + lines->begin;
    *size = lines->end - lines->begin;
    trim(*text, size);
    lines->data[lines->begin + *size] = '\0';
    lines->begin = lines->end = lines->scanned = 0;
    lines->skipping = false;
    return true;
}

void hn_lines_free(hn_lines *lines)
{
    hn_free(lines->data);
    *lines = (hn_lines){0};
}
