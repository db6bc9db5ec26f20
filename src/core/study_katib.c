// Experiments of Katib: kind: Experiment, spec {objective, algorithm, parameters [{name,
// parameterType, feasibleSpace}], trialTemplate}; numbers are texts.
#include <stdbool.h>
#include <string.h>

#include "base/str.h"
#include "core/study_foreign_private.h"

static hone_status katib_param(const json_t *given, json_t **out, hone_error *err)
{
    const char *name = hn_foreign_text(given, "name"),
               *type = hn_foreign_text(given, "parameterType");
    const json_t *space = json_object_get(given, "feasibleSpace");
    json_t *list = json_object_get(space, "list");
    const char *distribution = hn_foreign_text(space, "distribution");
    static const char *const numbers[] = {"min", "max", "step", NULL};
    HN_TRY(hn_foreign_numbers(space, numbers, name, err));
    if (json_is_array(list)) {
        json_t *items = json_array();
        for (size_t i = 0; i < json_array_size(list); i++) {
            json_t *item = json_array_get(list, i), *value = hn_foreign_number(item);
            bool discrete = strcmp(type, "discrete") == 0 && value;
            json_array_append(items, discrete ? value : item);
            json_decref(value);
        }
        *out = hn_foreign_choices(items);
        json_decref(items);
    } else if (strcmp(type, "double") == 0 || strcmp(type, "int") == 0) {
        *out = hn_foreign_range(type[0] == 'i' ? "int" : "float",
                                hn_foreign_number(json_object_get(space, "min")),
                                hn_foreign_number(json_object_get(space, "max")));
        json_object_set_new(*out, "step", hn_foreign_number(json_object_get(space, "step")));
        if (strcasecmp(distribution, "logUniform") == 0)
            json_object_set_new(*out, "log", json_true());
        else if (*distribution && strcasecmp(distribution, "uniform") != 0) {
            json_decref(*out);
            *out = NULL;
            return hn_foreign_unsupported(err, name, distribution);
        }
    } else {
        return hn_foreign_unsupported(err, name,
                                      *type ? type : "a parameter without parameterType");
    }
    return *out ? HONE_OK : hn_fail_memory(err);
}

// The first list "command" below `value`, with the "args" beside it; NULL when there is none.
static const json_t *find_command(const json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;
    if (json_is_array(json_object_get(value, "command")))
        return value;
    json_object_foreach((json_t *)value, key, item)
    {
        const json_t *found = find_command(item);
        if (found)
            return found;
    }
    json_array_foreach(value, i, item)
    {
        const json_t *found = find_command(item);
        if (found)
            return found;
    }
    return NULL;
}

// "--lr=${trialParameters.learningRate}" with the parameter's own name in braces.
static void katib_word(const char *word, const json_t *references, hn_str *out)
{
    static const char opening[] = "${trialParameters.";
    const char *at;
    while ((at = strstr(word, opening))) {
        const char *alias = at + sizeof opening - 1;
        size_t length = strcspn(alias, "}");
        const char *name = NULL;
        for (size_t i = 0; i < json_array_size(references); i++) {
            const json_t *row = json_array_get(references, i);
            if (strlen(hn_foreign_text(row, "name")) == length &&
                strncmp(hn_foreign_text(row, "name"), alias, length) == 0)
                name = hn_foreign_text(row, "reference");
        }
        hn_str_add_n(out, word, (size_t)(at - word));
        hn_str_printf(out, "{%.*s}", name ? (int)strlen(name) : (int)length, name ? name : alias);
        word = alias + length + (alias[length] == '}');
    }
    hn_str_add(out, word);
}

static void katib_command(const json_t *template, json_t *run)
{
    static const char *const lists[] = {"command", "args"};
    const json_t *container = find_command(json_object_get(template, "trialSpec"));
    json_t *words = json_array();
    for (int l = 0; l < 2 && container; l++) {
        const json_t *list = json_object_get(container, lists[l]);
        for (size_t i = 0; i < json_array_size(list); i++) {
            hn_str word = HN_STR_INIT;
            const char *text = json_string_value(json_array_get(list, i));
            katib_word(text ? text : "", json_object_get(template, "trialParameters"), &word);
            json_array_append_new(words, json_string(hn_str_text(&word)));
            hn_str_free(&word);
        }
    }
    if (json_array_size(words) > 0)
        json_object_set(run, "command", words);
    json_decref(words);
}

hone_status hn_foreign_katib(const json_t *file, hn_foreign *out, hone_error *err)
{
    size_t i;
    json_t *given, *space = hn_foreign_section(out->root, "space"),
                   *run = hn_foreign_section(out->root, "run");
    const json_t *spec = json_object_get(file, "spec"), *aim = json_object_get(spec, "objective");
    json_array_foreach(json_object_get(spec, "parameters"), i, given)
    {
        json_t *param = NULL;
        HN_TRY(katib_param(given, &param, err));
        json_object_set_new(space, hn_foreign_text(given, "name"), param);
    }
    HN_TRY(hn_foreign_objective(out, "spec.objective", hn_foreign_text(aim, "objectiveMetricName"),
                                hn_foreign_text(aim, "type"), err));
    json_t *others = json_object_get(aim, "additionalMetricNames");
    if (json_array_size(others) > 0)
        json_object_set(hn_foreign_section(out->root, "study"), "metrics", others);
    hn_foreign_sampler(out->root, out,
                       hn_foreign_text(json_object_get(spec, "algorithm"), "algorithmName"));
    HN_TRY(hn_foreign_move_count(out, spec, "spec.parallelTrialCount", run, "jobs", err));
    HN_TRY(hn_foreign_move_count(out, spec, "spec.maxTrialCount", run, "trials", err));
    HN_TRY(hn_foreign_move(out, aim, "spec.objective.goal", run, "target", err));
    if (json_object_get(spec, "earlyStopping"))
        hn_foreign_note(out, "its %s is left out: see --scheduler", "earlyStopping");
    katib_command(json_object_get(spec, "trialTemplate"), run);
    return HONE_OK;
}
