// What the readers of other tools' files share; see study_foreign_private.h.
#include "core/study_foreign_private.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

json_t *hn_foreign_section(json_t *root, const char *name)
{
    json_t *found = json_object_get(root, name);
    if (!found) {
        found = json_object();
        json_object_set_new(root, name, found);
    }
    return found;
}

const char *hn_foreign_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

void hn_foreign_note(hn_foreign *out, const char *format, const char *what)
{
    hn_str text = HN_STR_INIT;
    hn_str_printf(&text, format, what);
    json_array_append_new(out->notes, json_string(hn_str_text(&text)));
    hn_str_free(&text);
}

hone_status hn_foreign_unsupported(hone_error *err, const char *param, const char *what)
{
    return hn_fail(err, HONE_EUNSUPPORTED,
                   "parameter \"%s\": Hone has nothing like %s; write it in the space language",
                   param, what);
}

// A number, or a text that holds one.
json_t *hn_foreign_number(const json_t *value)
{
    int64_t whole;
    double real;
    const char *text = json_string_value(value);
    if (!text)
        return json_is_number(value) ? json_incref((json_t *)value) : NULL;
    if (hn_parse_int(text, &whole))
        return json_integer(whole);
    return hn_parse_double(text, &real) ? json_real(real) : NULL;
}

// {"type","low","high"} with more added by the caller; NULL values leave the key out.
json_t *hn_foreign_range(const char *type, json_t *low, json_t *high)
{
    json_t *param = json_pack("{s:s}", "type", type);
    if (low)
        json_object_set_new(param, "low", low);
    if (high)
        json_object_set_new(param, "high", high);
    return param;
}

json_t *hn_foreign_choices(json_t *list)
{
    return json_pack("{s:s, s:O}", "type", "categorical", "choices", list);
}

json_t *hn_foreign_normal(const char *type, json_t *mean, json_t *sd)
{
    return json_pack("{s:s, s:o?, s:o?}", "type", type, "mean", hn_foreign_number(mean), "sd",
                     hn_foreign_number(sd));
}

hone_status hn_foreign_objective(hn_foreign *out, const char *path, const char *name,
                                 const char *goal, hone_error *err)
{
    bool maximize = strncasecmp(goal, "max", 3) == 0;
    if (*goal && !maximize && strncasecmp(goal, "min", 3) != 0) {
        out->fault_path = path;
        return hn_fail(err, HONE_EUNSUPPORTED, "a goal is minimize or maximize, not \"%s\"", goal);
    }
    if (*name)
        json_object_set_new(hn_foreign_section(out->root, "study"),
                            maximize ? "maximize" : "minimize", json_string(name));
    return HONE_OK;
}

void hn_foreign_sampler(json_t *root, hn_foreign *out, const char *method)
{
    static const struct {
        const char *theirs, *ours;
    } rows[] = {{"grid", "grid"}, {"gridsearch", "grid"}, {"random", "random"},
                {"sobol", "qmc"}, {"bayes", NULL},        {"bayesianoptimization", NULL},
                {"anneal", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strcasecmp(rows[i].theirs, method) == 0) {
            if (rows[i].ours)
                json_object_set_new(root, "sampler", json_string(rows[i].ours));
            return;
        }
    if (*method)
        hn_foreign_note(out, "its method \"%s\" is left out: Hone chooses a sampler", method);
}

static hone_status fail_value(const json_t *given, const char *key, const char *wanted,
                              hone_error *err)
{
    hn_str text = HN_STR_INIT;
    hn_json_write_canonical(given, &text);
    hone_status status =
        hn_fail(err, HONE_EUNSUPPORTED, "%s is %s, not %.60s", key, wanted, hn_str_text(&text));
    hn_str_free(&text);
    return status;
}

hone_status hn_foreign_given_number(const json_t *from, const char *key, json_t **out,
                                    hone_error *err)
{
    const json_t *given = json_object_get(from, key);
    *out = given ? hn_foreign_number(given) : NULL;
    if (!given || json_is_null(given) || *out)
        return HONE_OK;
    return fail_value(given, key, "a number", err);
}

hone_status hn_foreign_numbers(const json_t *object, const char *const *keys, const char *param,
                               hone_error *err)
{
    for (; *keys; keys++) {
        json_t *value;
        hone_error inner = HONE_ERROR_INIT;
        if (hn_foreign_given_number(object, *keys, &value, &inner) != HONE_OK)
            return hn_fail(err, HONE_EUNSUPPORTED, "parameter \"%s\": %s", param, inner.text);
        json_decref(value);
    }
    return HONE_OK;
}

hone_status hn_foreign_move_count(hn_foreign *out, const json_t *from, const char *path, json_t *to,
                                  const char *name, hone_error *err)
{
    const char *dot = strrchr(path, '.'), *key = dot ? dot + 1 : path;
    HN_TRY(hn_foreign_move(out, from, path, to, name, err));
    const json_t *value = json_object_get(to, name);
    double number = json_number_value(value);
    if (!value)
        return HONE_OK;
    if (number >= 1 && number <= 9e15 && number == floor(number))
        return json_object_set_new(to, name, json_integer((json_int_t)number)) == 0
                   ? HONE_OK
                   : hn_fail_memory(err);
    out->fault_path = path;
    return fail_value(json_object_get(from, key), key, "a whole number of at least 1", err);
}

hone_status hn_foreign_move(hn_foreign *out, const json_t *from, const char *path, json_t *to,
                            const char *name, hone_error *err)
{
    json_t *value;
    const char *dot = strrchr(path, '.');
    hone_status status = hn_foreign_given_number(from, dot ? dot + 1 : path, &value, err);
    if (status != HONE_OK)
        out->fault_path = path;
    else if (value)
        json_object_set_new(to, name, value);
    return status;
}
