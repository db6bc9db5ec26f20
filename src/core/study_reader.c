// Places in a study file: paths, and errors that name the line.
#include "core/study_reader.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *hn_reader_join(hn_reader *r, const char *path, const char *key)
{
    const char *joined = hn_arena_printf(&r->arena, "%s%s%s", path, *path ? "." : "", key);
    return joined ? joined : "";
}

const char *hn_reader_join_index(hn_reader *r, const char *path, size_t index)
{
    const char *joined = hn_arena_printf(&r->arena, "%s.%zu", path, index);
    return joined ? joined : "";
}

hone_status hn_reader_fail(hn_reader *r, const char *path, const char *word, const char *format,
                           ...)
{
    char text[sizeof r->err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t length = 0;
    int line = hn_yaml_line(r->yaml, path);
    const char *source = hn_yaml_line_text(r->yaml, line, &length);
    if (!source)
        return hn_fail(r->err, HONE_EINVAL, "%s: %s", r->name, text);
    size_t word_length = word ? strlen(word) : 0;
    const char *at = word_length ? memmem(source, length, word, word_length) : NULL;
    size_t column = at ? (size_t)(at - source) : 0;
    while (!at && column < length && source[column] == ' ')
        column++;
    return hn_fail_at(r->err, HONE_EINVAL, source, length, column, "%s:%d: %s", r->name, line,
                      text);
}

hone_status hn_reader_relocate(hn_reader *r, const char *path, const hone_error *inner)
{
    size_t length = 0, piece = strlen(inner->source);
    int line = hn_yaml_line(r->yaml, path);
    const char *source = hn_yaml_line_text(r->yaml, line, &length);
    const char *at = source && piece ? memmem(source, length, inner->source, piece) : NULL;
    for (int i = 1; piece && !at && (source = hn_yaml_line_text(r->yaml, i, &length)); i++) {
        at = memmem(source, length, inner->source, piece);
        line = at ? i : line;
    }
    if (at && inner->column >= 0)
        return hn_fail_at(r->err, inner->status, source, length,
                          (size_t)(at - source) + (size_t)inner->column, "%s:%d: %s", r->name, line,
                          inner->text);
    if (r->err) {
        *r->err = *inner;
        if (line > 0)
            hn_error_prefix(r->err, "%s:%d", r->name, line);
        else
            hn_error_prefix(r->err, "%s", r->name);
    }
    return inner->status;
}

const char *hn_reader_type_name(const json_t *value)
{
    static const char *const names[] = {"a mapping", "a list", "a text", "a whole number",
                                        "a number",  "true",   "false",  "nothing"};
    return names[json_typeof(value)];
}
