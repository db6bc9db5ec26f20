// Status codes and the filling of hone_error.
//
// The struct is of fixed size, so that reporting a failure never allocates. Texts that do not fit
// are cut between UTF-8 characters. The new text is always made in a buffer of its own first:
// callers may pass the old text as an argument of the new one.
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *const status_names[] = {
#define STATUS_NAME(name, wire, text) wire,
    HONE_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
};

static const char *const status_texts[] = {
#define STATUS_TEXT(name, wire, text) text,
    HONE_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
};

const char *hone_status_name(hone_status status)
{
    return (unsigned)status < HONE_STATUS_COUNT ? status_names[status] : "EUNKNOWN";
}

const char *hone_status_text(hone_status status)
{
    return (unsigned)status < HONE_STATUS_COUNT ? status_texts[status] : "unknown status";
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

// Copies at most size - 1 bytes and never half a character.
static void copy_cut(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);
    if (n >= size) {
        n = size - 1;
        while (n > 0 && is_continuation(text[n]))
            n--;
    }
    memcpy(out, text, n);
    out[n] = '\0';
}

static void format_cut(char *out, size_t size, const char *format, va_list args)
{
    // A few bytes more than the target, so that copy_cut sees whether a character was halved.
    char text[sizeof((hone_error *)0)->text + 8];
    if (vsnprintf(text, sizeof text, format, args) < 0)
        copy_cut(text, sizeof text, format);
    copy_cut(out, size, text);
}

void hn_error_clear(hone_error *err)
{
    if (!err)
        return;
    err->status = HONE_OK;
    err->text[0] = err->source[0] = err->trail[0] = '\0';
    err->column = -1;
}

// A message stays one line, whatever texts go into it, unless its format says that it has several.
static void keep_one_line(const char *format, char *text)
{
    if (strchr(format, '\n'))
        return;
    for (char *c = text; *c; c++)
        if (*c == '\n' || *c == '\r')
            *c = ' ';
}

static hone_status fail_args(hone_error *err, hone_status status, const char *format, va_list args)
{
    if (!err)
        return status;
    format_cut(err->text, sizeof err->text, format, args);
    keep_one_line(format, err->text);
    err->status = status;
    err->source[0] = err->trail[0] = '\0';
    err->column = -1;
    return status;
}

hone_status hn_fail(hone_error *err, hone_status status, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_args(err, status, format, args);
    va_end(args);
    return status;
}

hone_status hn_fail_memory(hone_error *err)
{
    return hn_fail(err, HONE_ENOMEM, "out of memory");
}

// Chooses the window [*from, *to) of a line that leaves room for an ellipsis at each cut end.
static void choose_window(const char *source, size_t length, size_t column, size_t room,
                          size_t *from, size_t *to)
{
    *from = 0;
    *to = length;
    if (length <= room)
        return;
    room -= 6; // two times "..."
    // Two thirds of the window before the fault: what led to it tells more than what follows.
    size_t before = room / 3 * 2;
    *from = column > before ? column - before : 0;
    if (*from > length - room)
        *from = length - room;
    *to = *from + room;
    while (*from > 0 && *from < column && is_continuation(source[*from]))
        ++*from;
    while (*to<length && * to> column + 1 && is_continuation(source[*to]))
        --*to;
}

static void set_source(hone_error *err, const char *source, size_t length, size_t column)
{
    while (length > 0 && (source[length - 1] == '\n' || source[length - 1] == '\r'))
        length--;
    if (column > length)
        column = length;
    size_t from, to, n = 0;
    choose_window(source, length, column, sizeof err->source - 1, &from, &to);
    if (from > 0) {
        memcpy(err->source, "...", 3);
        n = 3;
    }
    err->column = (int)(n + column - from);
    for (size_t i = from; i < to; i++) {
        // One byte, one column: a tab or an escape would put the caret elsewhere.
        unsigned char c = (unsigned char)source[i];
        err->source[n++] = c < 0x20 || c == 0x7F ? ' ' : source[i];
    }
    if (to < length) {
        memcpy(err->source + n, "...", 3);
        n += 3;
    }
    err->source[n] = '\0';
}

hone_status hn_fail_at(hone_error *err, hone_status status, const char *source, size_t length,
                       size_t column, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fail_args(err, status, format, args);
    va_end(args);
    if (err && source)
        set_source(err, source, length, column);
    return status;
}

hone_status hn_fail_errno(hone_error *err, int code, const char *format, ...)
{
    hone_status status = code == ENOMEM ? HONE_ENOMEM : HONE_EIO;
    va_list args;
    va_start(args, format);
    fail_args(err, status, format, args);
    va_end(args);
    if (err) {
        char reason[128];
        // The GNU form of strerror_r returns the text, which need not be in the buffer.
        const char *text = strerror_r(code, reason, sizeof reason);
        char whole[sizeof err->text + sizeof reason + 4];
        snprintf(whole, sizeof whole, "%s: %s", err->text, text);
        copy_cut(err->text, sizeof err->text, whole);
    }
    return status;
}

void hn_error_trail(hone_error *err, const char *format, ...)
{
    if (!err)
        return;
    char step[sizeof err->trail];
    va_list args;
    va_start(args, format);
    format_cut(step, sizeof step, format, args);
    va_end(args);
    char whole[2 * sizeof err->trail + 4];
    snprintf(whole, sizeof whole, "%s%s%s", err->trail, err->trail[0] ? " < " : "", step);
    copy_cut(err->trail, sizeof err->trail, whole);
}

void hn_error_prefix(hone_error *err, const char *format, ...)
{
    if (!err)
        return;
    char prefix[sizeof err->text];
    va_list args;
    va_start(args, format);
    format_cut(prefix, sizeof prefix, format, args);
    va_end(args);
    char whole[2 * sizeof err->text + 4];
    snprintf(whole, sizeof whole, "%s: %s", prefix, err->text);
    copy_cut(err->text, sizeof err->text, whole);
}

int hone_error_render(const hone_error *err, char *out, int size)
{
    const char *text = err->text[0] ? err->text : hone_status_text(err->status);
    const char *open = err->trail[0] ? " (in " : "", *close = err->trail[0] ? ")" : "";
    size_t room = size > 0 ? (size_t)size : 0;
    if (err->column < 0 || !err->source[0])
        return snprintf(out, room, "%s%s%s%s\n", text, open, err->trail, close);
    int indent = 4;
    for (int i = 0; i < err->column && err->source[i]; i++)
        indent += !is_continuation(err->source[i]);
    return snprintf(out, room, "%s%s%s%s\n    %s\n%*s^\n", text, open, err->trail, close,
                    err->source, indent, "");
}
