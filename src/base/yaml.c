// YAML over libyaml's events.
//
//   1. Events become a JSON tree by recursive descent, at most MAX_DEPTH deep.
//   2. An anchor keeps a reference to its value; an alias gets a deep copy. Copies count towards
//      MAX_NODES, so that a page of nested aliases cannot unfold into gigabytes.
//   3. The line of every key and item is kept by its path (yaml_lines).
//   4. Merged keys (<<) come first in their mapping and never override a key written there.
#include "base/yaml.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "base/mem.h"
#include "base/str.h"
#include "base/vec.h"
#include "base/yaml_lines.h"
#include "base/yaml_scalar.h"

enum { MAX_NODES = 100000, MAX_DEPTH = 64 };

struct hn_yaml {
    char *text;
    size_t length;
    json_t *root;
    hn_yaml_lines lines;
};

typedef struct anchor {
    char *name, *path;
    json_t *value;
    size_t n_nodes;
    int height;
} anchor;

typedef struct builder {
    yaml_parser_t parser;
    hn_yaml *yaml;
    const char *name;
    hn_str path;
    HN_VEC(anchor) anchors;
    size_t n_nodes;
    hone_error *err;
} builder;

static hone_status build(builder *b, const yaml_event_t *event, int depth, json_t **out);

// --- errors ---

// libyaml counts columns in characters, errors in bytes.
static size_t byte_column(const char *line, size_t length, size_t characters)
{
    size_t i = 0;
    for (; i < length && characters > 0; characters--) {
        i++;
        while (i < length && ((unsigned char)line[i] & 0xC0) == 0x80)
            i++;
    }
    return i;
}

static hone_status fail(builder *b, yaml_mark_t mark, const char *format, ...) HONE_PRINTF(3, 4);

static hone_status fail(builder *b, yaml_mark_t mark, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t length;
    const char *line = hn_yaml_lines_text(&b->yaml->lines, mark.line + 1, &length);
    size_t column = line ? byte_column(line, length, mark.column) : 0;
    return hn_fail_at(b->err, HONE_EPARSE, line, length, column, "%s:%zu: %s", b->name,
                      mark.line + 1, text);
}

// What is not even text is found before lines are counted: only the offset is known.
static hone_status fail_reader(builder *b, const char *problem, size_t offset)
{
    size_t column, length, line = hn_yaml_lines_at(&b->yaml->lines, offset, &column);
    const char *text = hn_yaml_lines_text(&b->yaml->lines, line, &length);
    return hn_fail_at(b->err, HONE_EPARSE, text, length, column, "%s:%zu: %s", b->name, line,
                      problem);
}

// What people mostly did when the parser says this, NULL when that is not known.
static const char *reason_for(const builder *b, const yaml_parser_t *p, const char *problem)
{
    size_t length;
    const char *line = hn_yaml_lines_text(&b->yaml->lines, p->problem_mark.line + 1, &length);
    if (line && p->problem_mark.column < length && line[p->problem_mark.column] == '\t')
        return "a tab stands here; YAML is indented with blanks";
    if (strcmp(problem, "mapping values are not allowed in this context") == 0)
        return "a 'key: value' is not allowed here; its indentation is wrong, or a text with ': ' "
               "needs quotes";
    if (strcmp(problem, "did not find expected key") == 0)
        return "a key is expected here; its indentation differs from that of its neighbours, or a "
               "quote or bracket above is not closed";
    return NULL;
}

static hone_status fail_parser(builder *b)
{
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return hn_fail_memory(b->err);
    const char *problem = p->problem ? p->problem : "not valid YAML";
    if (p->error == YAML_READER_ERROR)
        return fail_reader(b, problem, p->problem_offset);
    const char *reason = reason_for(b, p, problem);
    if (reason)
        return fail(b, p->problem_mark, "%s", reason);
    if (p->context && strcmp(p->context, "while scanning a quoted scalar") == 0 &&
        strcmp(problem, "found unexpected end of stream") == 0)
        return fail(b, p->context_mark, "this quote is never closed");
    if (p->context)
        return fail(b, p->problem_mark, "%s %s", p->context, problem);
    return fail(b, p->problem_mark, "%s", problem);
}

// --- the tree ---

static hone_status next_event(builder *b, yaml_event_t *event)
{
    return yaml_parser_parse(&b->parser, event) ? HONE_OK : fail_parser(b);
}

// Appends a step to the path and notes its line; returns the length to go back to.
static size_t enter(builder *b, const char *key, size_t index)
{
    size_t back = b->path.n;
    if (back > 0)
        hn_str_add_char(&b->path, '.');
    if (key)
        hn_str_add(&b->path, key);
    else
        hn_str_printf(&b->path, "%zu", index);
    return back;
}

static void leave(builder *b, size_t back)
{
    b->path.n = back;
    if (b->path.data)
        b->path.data[back] = '\0';
}

static hone_status note_line(builder *b, yaml_mark_t mark)
{
    if (hn_str_failed(&b->path) ||
        !hn_yaml_lines_note(&b->yaml->lines, hn_str_text(&b->path), mark.line + 1))
        return hn_fail_memory(b->err);
    return HONE_OK;
}

static void measure(const json_t *value, size_t *n_nodes, int *height)
{
    int highest = 0, h;
    const char *key;
    json_t *item;
    size_t i;
    ++*n_nodes;
    json_object_foreach((json_t *)value, key, item)
    {
        measure(item, n_nodes, &h);
        highest = h > highest ? h : highest;
    }
    json_array_foreach(value, i, item)
    {
        measure(item, n_nodes, &h);
        highest = h > highest ? h : highest;
    }
    *height = highest + 1;
}

static const anchor *find_anchor(const builder *b, const char *name)
{
    for (size_t i = b->anchors.n; i-- > 0;) { // the latest of a name counts
        if (strcmp(b->anchors.data[i].name, name) == 0)
            return &b->anchors.data[i];
    }
    return NULL;
}

static hone_status add_anchor(builder *b, const char *name, json_t *value)
{
    anchor a = {hn_strdup(name), hn_strdup(hn_str_text(&b->path)), NULL, 0, 0};
    if (!a.name || !a.path || !hn_vec_reserve(&b->anchors, 1)) {
        hn_free(a.name);
        hn_free(a.path);
        return hn_fail_memory(b->err);
    }
    measure(value, &a.n_nodes, &a.height);
    a.value = json_incref(value);
    (void)hn_vec_push(&b->anchors, a);
    return HONE_OK;
}

static hone_status count_nodes(builder *b, yaml_mark_t mark, size_t n, int depth)
{
    b->n_nodes += n;
    if (b->n_nodes > MAX_NODES)
        return fail(b, mark, "the document has more than %d values with its aliases written out",
                    MAX_NODES);
    if (depth > MAX_DEPTH)
        return fail(b, mark, "nested deeper than %d levels", MAX_DEPTH);
    return HONE_OK;
}

static hone_status build_alias(builder *b, const yaml_event_t *event, int depth, json_t **out)
{
    const char *name = (const char *)event->data.alias.anchor;
    const anchor *a = find_anchor(b, name);
    if (!a)
        return fail(b, event->start_mark, "no anchor &%s before this alias", name);
    HN_TRY(count_nodes(b, event->start_mark, a->n_nodes, depth + a->height - 1));
    if (!hn_yaml_lines_copy(&b->yaml->lines, hn_str_text(&b->path), a->path))
        return hn_fail_memory(b->err);
    *out = json_deep_copy(a->value);
    return *out ? HONE_OK : hn_fail_memory(b->err);
}

static hone_status build_scalar(builder *b, const yaml_event_t *event, json_t **out)
{
    const char *problem;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    hone_status status =
        hn_yaml_scalar((const char *)event->data.scalar.value, event->data.scalar.length, plain,
                       (const char *)event->data.scalar.tag, out, &problem);
    if (status == HONE_ENOMEM)
        return hn_fail_memory(b->err);
    return status == HONE_OK ? HONE_OK : fail(b, event->start_mark, "%s", problem);
}

static hone_status check_tag(builder *b, const yaml_event_t *event, const yaml_char_t *tag,
                             const char *known)
{
    if (!tag || strcmp((const char *)tag, "!") == 0 || strcmp((const char *)tag, known) == 0)
        return HONE_OK;
    return fail(b, event->start_mark, "the tag %s does not fit here", (const char *)tag);
}

static hone_status build_item(builder *b, const yaml_event_t *event, int depth, json_t *list)
{
    json_t *item = NULL;
    size_t back = enter(b, NULL, json_array_size(list));
    hone_status status;
    HN_TRY_OUT(note_line(b, event->start_mark));
    HN_TRY_OUT(build(b, event, depth + 1, &item));
    if (json_array_append(list, item) != 0)
        status = hn_fail_memory(b->err);
out:
    leave(b, back);
    json_decref(item);
    return status;
}

static hone_status build_list(builder *b, const yaml_event_t *start, int depth, json_t **out)
{
    HN_TRY(check_tag(b, start, start->data.sequence_start.tag, YAML_SEQ_TAG));
    json_t *list = json_array();
    hone_status status = list ? HONE_OK : hn_fail_memory(b->err);
    for (bool more = true; more && status == HONE_OK;) {
        yaml_event_t event;
        HN_TRY_OUT(next_event(b, &event));
        more = event.type != YAML_SEQUENCE_END_EVENT;
        if (more)
            status = build_item(b, &event, depth, list);
        yaml_event_delete(&event);
    }
out:
    if (status == HONE_OK)
        *out = list;
    else
        json_decref(list);
    return status;
}

static bool is_merge_key(const yaml_event_t *key)
{
    return key->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !key->data.scalar.tag &&
           strcmp((const char *)key->data.scalar.value, "<<") == 0;
}

static hone_status check_key(builder *b, const yaml_event_t *key, const json_t *mapping)
{
    if (key->type != YAML_SCALAR_EVENT)
        return fail(b, key->start_mark, "a key must be a text");
    const char *text = (const char *)key->data.scalar.value;
    if (strlen(text) != key->data.scalar.length)
        return fail(b, key->start_mark, "a key may not hold a zero byte");
    if (key->data.scalar.anchor)
        return fail(b, key->start_mark, "a key cannot be an anchor");
    if (json_object_get(mapping, text))
        return fail(b, key->start_mark, "the key \"%s\" stands here twice", text);
    return HONE_OK;
}

static hone_status build_pair(builder *b, const yaml_event_t *key, int depth, json_t *mapping)
{
    const char *text = (const char *)key->data.scalar.value;
    size_t back = enter(b, text, 0);
    json_t *value = NULL;
    yaml_event_t event = {0};
    hone_status status;
    HN_TRY_OUT(note_line(b, key->start_mark));
    HN_TRY_OUT(next_event(b, &event));
    HN_TRY_OUT(build(b, &event, depth + 1, &value));
    if (json_object_set(mapping, text, value) != 0)
        status = hn_fail_memory(b->err);
out:
    leave(b, back);
    json_decref(value);
    yaml_event_delete(&event);
    return status;
}

// jansson's json_object_update_missing does not tell when it runs out of memory.
static bool add_missing(json_t *to, json_t *from)
{
    const char *key;
    json_t *value;
    json_object_foreach(from, key, value)
    {
        if (!json_object_get(to, key) && json_object_set(to, key, value) != 0)
            return false;
    }
    return true;
}

// One mapping after "<<:". It is built under the path of the mapping that it merges into, for that
// is where its lines will be looked up.
static hone_status merge_one(builder *b, const yaml_event_t *event, int depth, json_t *merged)
{
    json_t *value = NULL;
    hone_status status;
    HN_TRY_OUT(build(b, event, depth + 1, &value));
    if (!json_is_object(value))
        status = fail(b, event->start_mark, "only mappings can be merged with <<");
    else if (!add_missing(merged, value))
        status = hn_fail_memory(b->err);
out:
    json_decref(value);
    return status;
}

// What follows "<<:", a mapping or a list of them, the first of which wins.
static hone_status merge(builder *b, int depth, json_t *merged)
{
    yaml_event_t event = {0};
    HN_TRY(next_event(b, &event));
    if (event.type != YAML_SEQUENCE_START_EVENT) {
        hone_status status = merge_one(b, &event, depth, merged);
        yaml_event_delete(&event);
        return status;
    }
    hone_status status = HONE_OK;
    for (bool more = true; more && status == HONE_OK;) {
        yaml_event_delete(&event);
        HN_TRY(next_event(b, &event));
        more = event.type != YAML_SEQUENCE_END_EVENT;
        if (more)
            status = merge_one(b, &event, depth, merged);
    }
    yaml_event_delete(&event);
    return status;
}

static hone_status build_mapping(builder *b, const yaml_event_t *start, int depth, json_t **out)
{
    HN_TRY(check_tag(b, start, start->data.mapping_start.tag, YAML_MAP_TAG));
    json_t *own = json_object(), *merged = json_object();
    hone_status status = own && merged ? HONE_OK : hn_fail_memory(b->err);
    bool has_merged = false;
    for (bool more = true; more && status == HONE_OK;) {
        yaml_event_t key;
        HN_TRY_OUT(next_event(b, &key));
        more = key.type != YAML_MAPPING_END_EVENT;
        if (more)
            status = check_key(b, &key, own);
        if (more && status == HONE_OK && !is_merge_key(&key)) {
            status = build_pair(b, &key, depth, own);
        } else if (more && status == HONE_OK) {
            status = has_merged ? fail(b, key.start_mark, "<< stands here twice; give it a list")
                                : merge(b, depth, merged);
            has_merged = true;
        }
        yaml_event_delete(&key);
    }
    if (status == HONE_OK && json_object_update(merged, own) != 0)
        status = hn_fail_memory(b->err);
out:
    json_decref(own);
    if (status == HONE_OK)
        *out = merged;
    else
        json_decref(merged);
    return status;
}

// The value that begins with `event`; `*out` is a new reference.
static hone_status build(builder *b, const yaml_event_t *event, int depth, json_t **out)
{
    const yaml_char_t *name = NULL;
    if (event->type == YAML_ALIAS_EVENT)
        return build_alias(b, event, depth, out);
    HN_TRY(count_nodes(b, event->start_mark, 1, depth));
    if (event->type == YAML_SCALAR_EVENT) {
        name = event->data.scalar.anchor;
        HN_TRY(build_scalar(b, event, out));
    } else if (event->type == YAML_SEQUENCE_START_EVENT) {
        name = event->data.sequence_start.anchor;
        HN_TRY(build_list(b, event, depth, out));
    } else {
        name = event->data.mapping_start.anchor;
        HN_TRY(build_mapping(b, event, depth, out));
    }
    return name ? add_anchor(b, (const char *)name, *out) : HONE_OK;
}

// The one document of the stream; an empty stream is null.
static hone_status build_stream(builder *b)
{
    hone_status status = HONE_OK;
    for (bool more = true; more && status == HONE_OK;) {
        yaml_event_t event;
        HN_TRY(next_event(b, &event));
        more = event.type != YAML_STREAM_END_EVENT;
        if (event.type == YAML_DOCUMENT_START_EVENT && b->yaml->root) {
            status = fail(b, event.start_mark, "a second document begins; only one is read");
        } else if (more && event.type != YAML_STREAM_START_EVENT &&
                   event.type != YAML_DOCUMENT_START_EVENT &&
                   event.type != YAML_DOCUMENT_END_EVENT) {
            status = note_line(b, event.start_mark);
            if (status == HONE_OK)
                status = build(b, &event, 1, &b->yaml->root);
        }
        yaml_event_delete(&event);
    }
    if (status == HONE_OK && !b->yaml->root)
        b->yaml->root = json_null();
    return status;
}

static hone_status parse(hn_yaml *yaml, const char *name, hone_error *err)
{
    builder b = {.yaml = yaml, .name = name, .err = err};
    if (!yaml_parser_initialize(&b.parser))
        return hn_fail_memory(err);
    yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&b.parser, (const unsigned char *)yaml->text, yaml->length);
    hone_status status = build_stream(&b);
    yaml_parser_delete(&b.parser);
    for (size_t i = 0; i < b.anchors.n; i++) {
        hn_free(b.anchors.data[i].name);
        hn_free(b.anchors.data[i].path);
        json_decref(b.anchors.data[i].value);
    }
    hn_vec_free(&b.anchors);
    hn_str_free(&b.path);
    return status;
}

hone_status hn_yaml_parse(const char *text, size_t length, const char *name, hn_yaml **out,
                          hone_error *err)
{
    hn_yaml *yaml = hn_calloc(1, sizeof *yaml);
    if (!yaml)
        return hn_fail_memory(err);
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) { // a byte order mark
        text += 3;
        length -= 3;
    }
    hone_status status = HONE_ENOMEM;
    yaml->text = hn_malloc(length + 1);
    if (yaml->text) {
        memcpy(yaml->text, text, length);
        yaml->text[length] = '\0';
        yaml->length = length;
        bool indexed = hn_yaml_lines_index(&yaml->lines, yaml->text, length);
        status = indexed ? parse(yaml, name, err) : hn_fail_memory(err);
    } else {
        hn_fail_memory(err);
    }
    if (status != HONE_OK) {
        hn_yaml_destroy(yaml);
        return status;
    }
    *out = yaml;
    return HONE_OK;
}

void hn_yaml_destroy(hn_yaml *yaml)
{
    if (!yaml)
        return;
    hn_yaml_lines_free(&yaml->lines);
    json_decref(yaml->root);
    hn_free(yaml->text);
    hn_free(yaml);
}

json_t *hn_yaml_root(const hn_yaml *yaml)
{
    return yaml->root;
}

int hn_yaml_line(const hn_yaml *yaml, const char *path)
{
    return hn_yaml_lines_find(&yaml->lines, path);
}

const char *hn_yaml_line_text(const hn_yaml *yaml, int line, size_t *length)
{
    return hn_yaml_lines_text(&yaml->lines, line < 0 ? 0 : (size_t)line, length);
}
