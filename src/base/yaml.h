// YAML, thin over libyaml: a document becomes a JSON tree (YAML 1.2 core schema: `no` is a text,
// `1e-3` a number, anchors and merges resolved with a bound on expansion), and each mapping key's
// line is kept so that errors can name it.
#ifndef HN_BASE_YAML_H
#define HN_BASE_YAML_H

#include <jansson.h>

#include "base/error.h"

typedef struct hn_yaml hn_yaml;

// `name` is used in errors ("study.yaml:3: …", with the line and a caret). A duplicate key is an
// error. The tree is borrowed.
hone_status hn_yaml_parse(const char *text, size_t length, const char *name, hn_yaml **out,
                          hone_error *err);
void hn_yaml_destroy(hn_yaml *yaml);
json_t *hn_yaml_root(const hn_yaml *yaml);
// 1-based line of the key or item at `path` ("space.lr.low", "list.0"), 0 when unknown.
int hn_yaml_line(const hn_yaml *yaml, const char *path);
// Text of 1-based `line`, without its end; NULL when there is none. Borrowed, not terminated.
const char *hn_yaml_line_text(const hn_yaml *yaml, int line, size_t *length);

#endif
