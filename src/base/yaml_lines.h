// Where things stand in a YAML text: its lines, the line of each path, and of what was copied
// there.
#ifndef HN_BASE_YAML_LINES_H
#define HN_BASE_YAML_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "base/vec.h"

// The value at path `to` is a copy of that at `from`.
typedef struct hn_yaml_copy {
    char *to, *from;
} hn_yaml_copy;

// Zero it to begin with.
typedef struct hn_yaml_lines {
    const char *text; // borrowed
    size_t length;
    HN_VEC(size_t) starts; // offset of each line
    hn_map by_path;        // path -> 1-based line
    HN_VEC(hn_yaml_copy) copies;
} hn_yaml_lines;

// Counts the lines of `text`. False without memory, as all of these.
bool hn_yaml_lines_index(hn_yaml_lines *lines, const char *text, size_t length);
void hn_yaml_lines_free(hn_yaml_lines *lines);
// Line `line`, from 1, without its line break; NULL when there is none.
const char *hn_yaml_lines_text(const hn_yaml_lines *lines, size_t line, size_t *length);
// The line that byte `offset` is in, and where in it.
size_t hn_yaml_lines_at(const hn_yaml_lines *lines, size_t offset, size_t *column);

bool hn_yaml_lines_note(hn_yaml_lines *lines, const char *path, size_t line);
// What lies below `to` has the lines of what lies below `from`, but for lines that were noted.
bool hn_yaml_lines_copy(hn_yaml_lines *lines, const char *to, const char *from);
// The line of a path, 0 when it is not known.
int hn_yaml_lines_find(const hn_yaml_lines *lines, const char *path);

#endif
