// --metric-from: a number in a file that the trial has written.
//
// A relative name is looked up in the trial's folder. With one job at a time the working directory
// will do as well, when the file was written since the trial began; with several the trials would
// read each other's.
#include "drive/metrics.h"

#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "base/json.h"

enum { MAX_FILE = 64 << 20 };

static const char *locate(const hn_metric_spec *spec, const char *dir, uint64_t started_us,
                          hn_arena *arena, hn_str *why)
{
    struct stat info;
    const char *path = hn_fs_join(arena, dir, spec->from_file);
    if (!path)
        return NULL;
    if (stat(path, &info) == 0)
        return path;
    if (spec->from_cwd && spec->from_file[0] != '/' && stat(spec->from_file, &info) == 0) {
        uint64_t written_us =
            (uint64_t)info.st_mtim.tv_sec * 1000000 + (uint64_t)info.st_mtim.tv_nsec / 1000;
        // File systems stamp with the clock of the last timer interrupt.
        if (written_us + 10000 >= started_us)
            return spec->from_file;
        hn_str_printf(why, "%s: %s is older than the trial", spec->names[0], spec->from_file);
        return NULL;
    }
    hn_str_printf(why, "%s: it did not write %s", spec->names[0], path);
    return NULL;
}

// "eval.loss", "runs.0.loss", "history.-1": keys of objects, indices of arrays. A key with dots in
// it is found as it stands.
static const json_t *walk(const json_t *value, const char *key)
{
    const json_t *whole = json_object_get(value, key);
    if (whole)
        return whole;
    const char *dot = strchr(key, '.');
    char part[256];
    size_t n = dot ? (size_t)(dot - key) : strlen(key);
    if (n >= sizeof part)
        return NULL;
    memcpy(part, key, n);
    part[n] = '\0';
    int64_t index;
    const json_t *child = NULL;
    if (json_is_object(value))
        child = json_object_get(value, part);
    else if (json_is_array(value) && hn_parse_int(part, &index))
        child = json_array_get(value, (size_t)(index < 0 ? index + (int64_t)json_array_size(value)
                                                         : index));
    return child && dot ? walk(child, dot + 1) : child;
}

static bool from_json(const hn_metric_spec *spec, const char *text, size_t n, double *out,
                      hn_str *why)
{
    hone_error err = HONE_ERROR_INIT;
    json_t *root = NULL;
    bool found = false;
    if (hn_json_parse(text, n, spec->from_file, &root, &err) != HONE_OK) {
        hn_str_printf(why, "%s: %s", spec->names[0], err.text);
    } else {
        const json_t *value = walk(root, spec->from_key);
        found = value && hn_json_double(value, out);
        if (!found)
            hn_str_printf(why, "%s: %s in %s %s", spec->names[0], spec->from_key, spec->from_file,
                          value ? "is not a number" : "is not there");
    }
    json_decref(root);
    return found;
}

// The last line that has the key.
static bool from_lines(const hn_metric_spec *spec, char *text, size_t n, double *out, hn_str *why)
{
    hn_str ignored = HN_STR_INIT;
    bool found = false;
    while (n && !found) {
        while (n && text[n - 1] == '\n')
            n--;
        size_t start = n;
        while (start && text[start - 1] != '\n')
            start--;
        hn_str_clear(&ignored);
        found = n > start && from_json(spec, text + start, n - start, out, &ignored);
        n = start;
    }
    hn_str_free(&ignored);
    if (!found)
        hn_str_printf(why, "%s: no line of %s has %s", spec->names[0], spec->from_file,
                      spec->from_key);
    return found;
}

static bool from_number(const hn_metric_spec *spec, char *text, size_t n, double *out, hn_str *why)
{
    while (n && strchr(" \t\r\n", text[n - 1]))
        text[--n] = '\0';
    text += strspn(text, " \t\r\n");
    if (hn_parse_double(text, out))
        return true;
    hn_str_printf(why, "%s: %s does not hold a number alone", spec->names[0], spec->from_file);
    return false;
}

bool hn_metric_file_read(const hn_metric_spec *spec, const char *dir, uint64_t started_us,
                         double *out, hn_str *why)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    char *text;
    size_t n;
    bool found = false;
    const char *path = locate(spec, dir, started_us, &arena, why);
    if (path && hn_fs_read(path, MAX_FILE, &arena, &text, &n, &err) != HONE_OK)
        hn_str_printf(why, "%s: %s", spec->names[0], err.text);
    else if (path && !spec->from_key)
        found = from_number(spec, text, n, out, why);
    else if (path && hn_ends_with(spec->from_file, ".jsonl"))
        found = from_lines(spec, text, n, out, why);
    else if (path)
        found = from_json(spec, text, n, out, why);
    hn_arena_free(&arena);
    return found;
}
