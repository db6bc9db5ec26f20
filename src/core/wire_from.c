// `--metric-from file:path`: a result that the command leaves in a file.
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "core/wire.h"

static bool is_metric(const char *name, size_t length, const char *const *metrics, size_t n,
                      size_t *index)
{
    for (size_t i = 0; i < n; i++) {
        if (strlen(metrics[i]) == length && memcmp(metrics[i], name, length) == 0) {
            *index = i;
            return true;
        }
    }
    return false;
}

hone_status hn_wire_from_parse(const char *spec, const char *const *metrics, size_t n,
                               hn_wire_from *out, hone_error *err)
{
    *out = (hn_wire_from){0};
    const char *file = spec, *equal = strchr(spec, '=');
    if (equal && is_metric(spec, (size_t)(equal - spec), metrics, n, &out->metric))
        file = equal + 1;
    // A colon in the file's own folder is no separator.
    const char *colon = strrchr(file, ':');
    if (colon && strchr(colon, '/'))
        colon = NULL;
    size_t length = colon ? (size_t)(colon - file) : strlen(file);
    if (length == 0 || (colon && !colon[1]))
        return hn_fail(err, HONE_EPARSE,
                       "\"%s\" names no %s: expected file:path, e.g. result.json:eval.loss", spec,
                       length == 0 ? "file" : "path");
    out->file = hn_strndup(file, length);
    out->path = colon ? hn_strdup(colon + 1) : NULL;
    if (!out->file || (colon && !out->path)) {
        hn_wire_from_free(out);
        return hn_fail_memory(err);
    }
    return HONE_OK;
}

void hn_wire_from_free(hn_wire_from *from)
{
    hn_free(from->file);
    hn_free(from->path);
    *from = (hn_wire_from){0};
}

static const json_t *element(const json_t *array, const char *digits, size_t length)
{
    char text[24];
    int64_t at;
    if (length >= sizeof text)
        return NULL;
    memcpy(text, digits, length);
    text[length] = '\0';
    if (!hn_parse_int(text, &at))
        return NULL;
    int64_t n = (int64_t)json_array_size(array);
    at += at < 0 ? n : 0;
    return at >= 0 && at < n ? json_array_get(array, (size_t)at) : NULL;
}

// One step down from `value`: a name up to '.' or '[', or an index. `*path` moves past it.
static const json_t *step(const json_t *value, const char **path)
{
    const char *p = *path;
    bool bracket = *p == '[';
    p += bracket;
    size_t length = bracket ? strcspn(p, "]") : strcspn(p, ".[");
    const char *after = p + length + (bracket && p[length] == ']');
    *path = after + (*after == '.');
    if (json_is_array(value))
        return element(value, p, length);
    return json_object_getn(value, p, length);
}

// Down the path; NULL and `*stopped` = the rest of it when there is nothing.
static const json_t *walk(const json_t *value, const char *path, const char **stopped)
{
    while (value && *path) {
        *stopped = path;
        // Flat files have names like "eval.loss".
        const json_t *whole = json_object_get(value, path);
        if (whole)
            return whole;
        value = step(value, &path);
    }
    return value;
}

static hone_status explain(const hn_wire_from *from, const json_t *root, const char *path,
                           const char *stopped, hone_error *err)
{
    hn_str keys = HN_STR_INIT;
    const char *key;
    json_t *unused;
    size_t n = 0;
    if (json_is_object(root) && stopped == path) {
        json_object_foreach((json_t *)root, key, unused)
        {
            if (n++ < 8)
                hn_str_printf(&keys, "%s%.40s", n > 1 ? ", " : "", key);
        }
    }
    hone_status status =
        hn_fail(err, HONE_ENOTFOUND, "%s holds no \"%s\"%s%s%s", from->file, stopped,
                keys.n ? "; it has " : "", hn_str_text(&keys), n > 8 ? ", ..." : "");
    hn_str_free(&keys);
    return status;
}

static void last_line(const char **data, size_t *size)
{
    const char *p = *data, *end = p + *size;
    while (end > p && strchr(" \t\r\n", end[-1]) && end[-1])
        end--;
    const char *begin = memrchr(p, '\n', (size_t)(end - p));
    begin = begin ? begin + 1 : p;
    *data = begin;
    *size = (size_t)(end - begin);
}

static hone_status parse(const char *file, const char *data, size_t size, json_t **root,
                         hone_error *err)
{
    hn_str quoted = HN_STR_INIT;
    hone_status status = hn_json_parse(data, size, file, root, err);
    if (status != HONE_OK && hn_json_quote_words(data, size, &quoted) &&
        hn_json_parse(quoted.data, quoted.n, file, root, NULL) == HONE_OK) {
        hn_error_clear(err);
        status = HONE_OK;
    }
    hn_str_free(&quoted);
    return status;
}

static bool ends_with_jsonl(const char *file)
{
    return hn_ends_with(file, ".jsonl") || hn_ends_with(file, ".ndjson");
}

hone_status hn_wire_from_value(const hn_wire_from *from, const char *metric, const char *data,
                               size_t size, double *value, hone_error *err)
{
    json_t *root = NULL;
    const char *path = from->path ? from->path : metric, *stopped = path;
    if (ends_with_jsonl(from->file))
        last_line(&data, &size);
    HN_TRY(parse(from->file, data, size, &root, err));
    bool bare = !from->path && !json_is_object(root);
    const json_t *found = bare ? root : walk(root, path, &stopped);
    hone_status status = HONE_OK;
    if (!found)
        status = explain(from, root, path, stopped, err);
    else if (json_is_boolean(found))
        *value = json_is_true(found);
    else if (!hn_json_double(found, value))
        status = hn_fail(err, HONE_EINVAL, "%s: \"%s\" is not a number", from->file, path);
    json_decref(root);
    return status;
}
