// Experiments of NNI: searchSpace {name: {_type, _value}}, trialCommand, …; or such a space alone.
// randint excludes its upper end.
#include <stdint.h>
#include <string.h>

#include "core/study_foreign_private.h"

static hone_status nni_param(const char *name, const json_t *given, json_t **out, hone_error *err)
{
    const char *type = hn_foreign_text(given, "_type");
    json_t *value = json_object_get(given, "_value");
    json_t *a = json_array_get(value, 0), *b = json_array_get(value, 1);
    const char *kind = type[0] == 'q' ? type + 1 : type;
    if (strcmp(type, "choice") == 0) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (json_object_get(json_array_get(value, i), "_name"))
                return hn_foreign_unsupported(err, name, "a nested choice");
        *out = hn_foreign_choices(value);
    } else if (strcmp(type, "randint") == 0) {
        json_int_t end = json_integer_value(b);
        *out = hn_foreign_range("int", hn_foreign_number(a),
                                json_integer(end > INT64_MIN ? end - 1 : end));
    } else if (strcmp(kind, "uniform") == 0 || strcmp(kind, "loguniform") == 0) {
        if (type[0] == 'q' && kind[0] == 'l')
            return hn_foreign_unsupported(err, name, type);
        *out = hn_foreign_range("float", hn_foreign_number(a), hn_foreign_number(b));
        if (kind[0] == 'l')
            json_object_set_new(*out, "log", json_true());
        if (type[0] == 'q' && json_array_get(value, 2))
            json_object_set_new(*out, "step", hn_foreign_number(json_array_get(value, 2)));
    } else if (strcmp(type, "normal") == 0 || strcmp(type, "lognormal") == 0) {
        *out = hn_foreign_normal(type, a, b);
    } else {
        return hn_foreign_unsupported(err, name, *type ? type : "a parameter without _type");
    }
    return *out ? HONE_OK : hn_fail_memory(err);
}

hone_status hn_foreign_nni(const json_t *file, const json_t *given_space, hn_foreign *out,
                           hone_error *err)
{
    const char *name;
    json_t *given, *space = hn_foreign_section(out->root, "space"),
                   *run = hn_foreign_section(out->root, "run");
    json_object_foreach((json_t *)given_space, name, given)
    {
        json_t *param = NULL;
        HN_TRY(nni_param(name, given, &param, err));
        json_object_set_new(space, name, param);
    }
    if (given_space == file)
        return HONE_OK;
    const json_t *tuner = json_object_get(file, "tuner");
    const char *mode = hn_foreign_text(json_object_get(tuner, "classArgs"), "optimize_mode");
    HN_TRY(hn_foreign_objective(out, "tuner", "default", *mode ? mode : "maximize", err));
    hn_foreign_sampler(out->root, out, hn_foreign_text(tuner, "name"));
    HN_TRY(hn_foreign_move_count(out, file, "trialConcurrency", run, "jobs", err));
    HN_TRY(hn_foreign_move_count(out, file, "maxTrialNumber", run, "trials", err));
    json_t *duration = json_object_get(file, "maxExperimentDuration");
    if (json_is_string(duration))
        json_object_set(run, "time", duration);
    json_t *command = json_object_get(file, "trialCommand");
    if (json_is_string(command))
        json_object_set(run, "command", command);
    if (json_object_get(file, "assessor"))
        hn_foreign_note(out, "its %s is left out: see --scheduler", "assessor");
    return HONE_OK;
}
