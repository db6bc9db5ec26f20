// Curves from a file of JSON lines.

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/fs.h"
#include "base/json.h"
#include "simulate/recording.h"

typedef struct line {
    uint32_t number;
    HN_VEC(double) steps, values, seconds;
} line;

static hone_status not_numbers(const char *key, hone_error *err)
{
    return hn_fail(err, HONE_EINVAL, "\"%s\" must be a list of numbers", key);
}

// As many numbers as there are values.
static hone_status take_list(const json_t *object, const char *key, double *out, size_t n,
                             hone_error *err)
{
    const json_t *list = json_object_get(object, key);
    if (json_array_size(list) != n)
        return hn_fail(err, HONE_EINVAL, "\"%s\" has %zu numbers, \"values\" %zu", key,
                       json_array_size(list), n);
    for (size_t i = 0; i < n; i++)
        if (!hn_json_double(json_array_get(list, i), &out[i]))
            return not_numbers(key, err);
    return HONE_OK;
}

static hone_status make_room(line *l, size_t n, hone_error *err)
{
    hn_vec_clear(&l->steps);
    hn_vec_clear(&l->values);
    hn_vec_clear(&l->seconds);
    if (!hn_vec_reserve(&l->steps, n + 1) || !hn_vec_reserve(&l->values, n + 1) ||
        !hn_vec_reserve(&l->seconds, n + 1))
        return hn_fail_memory(err);
    return HONE_OK;
}

// Seconds of each step, or of all of them together; `*known` false: neither.
static hone_status take_seconds(line *l, const json_t *object, size_t n, bool *known,
                                hone_error *err)
{
    const json_t *given = json_object_get(object, "seconds");
    double total = 0;
    *known = given != NULL;
    if (!given || json_is_array(given))
        return given ? take_list(object, "seconds", l->seconds.data, n, err) : HONE_OK;
    if (!hn_json_double(given, &total) || !(total >= 0 && isfinite(total)))
        return hn_fail(err, HONE_EINVAL, "\"seconds\" must be one number, or one for each value");
    double begin = l->steps.data[0] > 0 ? 0 : l->steps.data[0] - 1;
    for (size_t i = 0; i < n; i++) {
        double before = i > 0 ? l->steps.data[i - 1] : begin;
        l->seconds.data[i] = total * (l->steps.data[i] - before) / (l->steps.data[n - 1] - begin);
    }
    return HONE_OK;
}

static hone_status take_curve(line *l, const json_t *object, hone_recording *out, hone_error *err)
{
    static const char *const keys[] = {"values", "steps", "seconds", "value", "params"};
    bool timed;
    double result;
    HN_TRY(hn_json_only(object, keys, sizeof keys / sizeof *keys, "a curve", err));
    size_t n = json_array_size(json_object_get(object, "values"));
    if (n == 0)
        return not_numbers("values", err);
    HN_TRY(make_room(l, n, err));
    HN_TRY(take_list(object, "values", l->values.data, n, err));
    for (size_t i = 0; i < n; i++)
        l->steps.data[i] = (double)i + 1;
    if (json_object_get(object, "steps"))
        HN_TRY(take_list(object, "steps", l->steps.data, n, err));
    HN_TRY(take_seconds(l, object, n, &timed, err));
    result = l->values.data[n - 1];
    HN_TRY(hn_json_get_double(object, "value", &result, err));
    return hone_recording_add(out, (uint32_t)n, l->steps.data, l->values.data,
                              timed ? l->seconds.data : NULL, result, err);
}

static hone_status take_line(line *l, const char *text, size_t length, hone_recording *out,
                             hone_error *err)
{
    json_t *object = NULL;
    char what[64];
    snprintf(what, sizeof what, "line %u", (unsigned)l->number);
    hone_status status = hn_json_parse(text, length, what, &object, err);
    if (status == HONE_OK) {
        status = take_curve(l, object, out, err);
        if (status != HONE_OK)
            hn_error_prefix(err, "line %u", (unsigned)l->number);
    }
    json_decref(object);
    return status;
}

static hone_status take_lines(line *l, const char *text, size_t size, hone_recording *out,
                              hone_error *err)
{
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    const char *end = text + size;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((stop ? stop : end) - text);
        l->number++;
        if (strspn(text, " \t\r") < length)
            HN_TRY(take_line(l, text, length, out, err));
        text += length + (stop != NULL);
    }
    hone_recording_look(out, &info);
    if (info.n_curves < 2 || info.n_points < 2)
        return hn_fail(err, HONE_EINVAL,
                       "a simulation needs two curves at least, of two steps or more: there %s %u",
                       info.n_curves == 1 ? "is" : "are", (unsigned)info.n_curves);
    return HONE_OK;
}

hone_status hone_recording_load(const char *path, const char *metric, hone_goal goal,
                                hone_recording **out, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    line l = {0};
    char *text = NULL;
    size_t size = 0;
    *out = NULL;
    hone_recording *made = NULL;
    hone_status status = hone_recording_create(metric, goal, &made, err);
    if (status == HONE_OK)
        status = hn_fs_read(path, 0, &arena, &text, &size, err);
    if (status == HONE_OK) {
        status = take_lines(&l, text, size, made, err);
        if (status != HONE_OK)
            hn_error_prefix(err, "%s", path);
    }
    if (status == HONE_OK)
        *out = made;
    else
        hone_recording_destroy(made);
    hn_vec_free(&l.steps);
    hn_vec_free(&l.values);
    hn_vec_free(&l.seconds);
    hn_arena_free(&arena);
    return status;
}
