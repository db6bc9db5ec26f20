// Recognises files of other tools by their keys and writes down what they mean.
//
// W&B sweep:   parameters {…}: study_wandb.c.
// Katib:       kind: Experiment, spec {objective, algorithm, parameters [{name, parameterType,
//              feasibleSpace}], trialTemplate}; numbers are texts.
// NNI:         searchSpace {name: {_type, _value}}, trialCommand, …; or such a space alone.
//              randint excludes its upper end.
#include "core/study_foreign.h"

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "core/study_foreign_private.h"

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

// The objective: name and "minimize" or "maximize".
void hn_foreign_objective(json_t *root, const char *name, const char *goal)
{
    bool maximize = goal[0] == 'm' && goal[1] == 'a';
    if (*name)
        json_object_set_new(hn_foreign_section(root, "study"), maximize ? "maximize" : "minimize",
                            json_string(name));
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

void hn_foreign_move(const json_t *from, const char *key, json_t *to, const char *name)
{
    json_t *value = hn_foreign_number(json_object_get(from, key));
    if (value)
        json_object_set_new(to, name, value);
}

// --- Katib experiments ---

static hone_status katib_param(const json_t *given, json_t **out, hone_error *err)
{
    const char *name = hn_foreign_text(given, "name"),
               *type = hn_foreign_text(given, "parameterType");
    const json_t *space = json_object_get(given, "feasibleSpace");
    json_t *list = json_object_get(space, "list");
    const char *distribution = hn_foreign_text(space, "distribution");
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
        hn_foreign_move(space, "step", *out, "step");
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

static hone_status read_katib(const json_t *file, hn_foreign *out, hone_error *err)
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
    hn_foreign_objective(out->root, hn_foreign_text(aim, "objectiveMetricName"),
                         hn_foreign_text(aim, "type"));
    json_t *others = json_object_get(aim, "additionalMetricNames");
    if (json_array_size(others) > 0)
        json_object_set(hn_foreign_section(out->root, "study"), "metrics", others);
    hn_foreign_sampler(out->root, out,
                       hn_foreign_text(json_object_get(spec, "algorithm"), "algorithmName"));
    hn_foreign_move(spec, "parallelTrialCount", run, "jobs");
    hn_foreign_move(spec, "maxTrialCount", run, "trials");
    hn_foreign_move(aim, "goal", run, "target");
    if (json_object_get(spec, "earlyStopping"))
        hn_foreign_note(out, "its %s is left out: see --scheduler", "earlyStopping");
    katib_command(json_object_get(spec, "trialTemplate"), run);
    return HONE_OK;
}

// --- NNI ---

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

static hone_status read_nni(const json_t *file, const json_t *given_space, hn_foreign *out,
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
    hn_foreign_objective(out->root, "default", *mode ? mode : "maximize");
    hn_foreign_sampler(out->root, out, hn_foreign_text(tuner, "name"));
    hn_foreign_move(file, "trialConcurrency", run, "jobs");
    hn_foreign_move(file, "maxTrialNumber", run, "trials");
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

// --- recognising ---

// Is it a mapping of {_type, _value} only?
static bool is_nni_space(const json_t *value)
{
    const char *name;
    json_t *given;
    if (json_object_size(value) == 0)
        return false;
    json_object_foreach((json_t *)value, name,
                        given) if (!json_object_get(given, "_type")) return false;
    return true;
}

hone_status hn_foreign_read(const json_t *root, hn_foreign *out, hone_error *err)
{
    const json_t *nni = json_object_get(root, "searchSpace");
    *out = (hn_foreign){.root = json_object(), .notes = json_array()};
    if (!out->root || !out->notes)
        return hn_fail_memory(err);
    if (json_is_object(json_object_get(root, "parameters")) && !json_object_get(root, "space")) {
        out->tool = "W&B sweep";
        out->space_path = "parameters";
        return hn_foreign_wandb(root, out, err);
    }
    if (strcmp(hn_foreign_text(root, "kind"), "Experiment") == 0 && json_object_get(root, "spec")) {
        out->tool = "Katib experiment";
        out->space_path = "spec.parameters";
        return read_katib(root, out, err);
    }
    if (is_nni_space(nni) || is_nni_space(root)) {
        out->tool = is_nni_space(nni) ? "NNI experiment" : "NNI search space";
        out->space_path = is_nni_space(nni) ? "searchSpace" : "";
        return read_nni(root, is_nni_space(nni) ? nni : root, out, err);
    }
    return HONE_OK;
}
