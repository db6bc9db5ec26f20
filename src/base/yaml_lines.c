// Lines of a YAML text, and of the paths in it.
//
// A copy has no lines of its own: its paths are looked up below what it was copied from.
#include "base/yaml_lines.h"

#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

enum { MAX_STEPS = 64, MAX_LOOKUPS = 10000 };

// Length of the line break at `p`, 0 when there is none; the breaks are those that libyaml counts.
static size_t line_break(const char *p, size_t left)
{
    if (*p == '\r')
        return left > 1 && p[1] == '\n' ? 2 : 1;
    if (*p == '\n')
        return 1;
    if (left >= 2 && memcmp(p, "\xC2\x85", 2) == 0)
        return 2;
    if (left >= 3 && (memcmp(p, "\xE2\x80\xA8", 3) == 0 || memcmp(p, "\xE2\x80\xA9", 3) == 0))
        return 3;
    return 0;
}

bool hn_yaml_lines_index(hn_yaml_lines *lines, const char *text, size_t length)
{
    lines->text = text;
    lines->length = length;
    if (!hn_vec_push(&lines->starts, 0))
        return false;
    for (size_t i = 0; i < length;) {
        size_t n = line_break(text + i, length - i);
        i += n ? n : 1;
        if (n && !hn_vec_push(&lines->starts, i))
            return false;
    }
    return true;
}

void hn_yaml_lines_free(hn_yaml_lines *lines)
{
    for (size_t i = 0; i < lines->copies.n; i++) {
        hn_free(lines->copies.data[i].to);
        hn_free(lines->copies.data[i].from);
    }
    hn_vec_free(&lines->copies);
    hn_vec_free(&lines->starts);
    hn_map_free(&lines->by_path);
}

const char *hn_yaml_lines_text(const hn_yaml_lines *lines, size_t line, size_t *length)
{
    *length = 0;
    if (line < 1 || line > lines->starts.n)
        return NULL;
    size_t from = lines->starts.data[line - 1], to = from;
    while (to < lines->length && !line_break(lines->text + to, lines->length - to))
        to++;
    *length = to - from;
    return lines->text + from;
}

size_t hn_yaml_lines_at(const hn_yaml_lines *lines, size_t offset, size_t *column)
{
    size_t line = 1;
    while (line < lines->starts.n && lines->starts.data[line] <= offset)
        line++;
    *column = offset - lines->starts.data[line - 1];
    return line;
}

bool hn_yaml_lines_note(hn_yaml_lines *lines, const char *path, size_t line)
{
    return hn_map_put(&lines->by_path, path, line);
}

bool hn_yaml_lines_copy(hn_yaml_lines *lines, const char *to, const char *from)
{
    hn_yaml_copy c = {hn_strdup(to), hn_strdup(from)};
    if (c.to && c.from && hn_vec_push(&lines->copies, c))
        return true;
    hn_free(c.to);
    hn_free(c.from);
    return false;
}

// The part of `path` below `prefix` (with its dot), or NULL.
static const char *below(const char *path, const char *prefix)
{
    size_t n = strlen(prefix);
    if (n == 0)
        return path;
    return strncmp(path, prefix, n) == 0 && path[n] == '.' ? path + n : NULL;
}

// `budget` bounds the steps, for copies of copies may branch; `depth` bounds how often a path may
// grow, for a copy may seem to lie within its own source.
static int find_line(const hn_yaml_lines *lines, const char *path, int depth, int *budget)
{
    uint64_t line;
    if (hn_map_get(&lines->by_path, path, &line))
        return (int)line;
    if (depth > MAX_STEPS)
        return 0;
    for (size_t i = lines->copies.n; *budget > 0 && i-- > 0;) {
        const hn_yaml_copy *c = &lines->copies.data[i];
        const char *rest = below(path, c->to);
        hn_str source = HN_STR_INIT;
        int found = 0;
        --*budget;
        if (rest && strcmp(c->to, c->from) != 0) {
            hn_str_printf(&source, "%s%s%s", c->from, *rest == '.' ? "" : ".", rest);
            found = hn_str_failed(&source) ? 0 : find_line(lines, source.data, depth + 1, budget);
        }
        hn_str_free(&source);
        if (found)
            return found;
    }
    return 0;
}

int hn_yaml_lines_find(const hn_yaml_lines *lines, const char *path)
{
    int budget = MAX_LOOKUPS;
    return find_line(lines, path, 0, &budget);
}
