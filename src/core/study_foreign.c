// Recognises files of other tools by their keys and writes down what they mean.
//
// W&B sweep:   parameters {name: {value | values | min, max | distribution …}}, method, metric,
//              program, command, run_cap. Its log_uniform gives exponents, log_uniform_values
//              values.
// Katib:       kind: Experiment, spec {objective, algorithm, parameters [{name, parameterType,
//              feasibleSpace}], trialTemplate}; numbers are texts.
// NNI:         searchSpace {name: {_type, _value}}, trialCommand, …; or such a space alone.
//              randint excludes its upper end.
#include "core/study_foreign.h"

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

static json_t *section(json_t *root, const char *name)
{
    json_t *found = json_object_get(root, name);
    if (!found) {
        found = json_object();
        json_object_set_new(root, name, found);
    }
    return found;
}

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void note(hn_foreign *out, const char *format, const char *what)
{
    hn_str text = HN_STR_INIT;
    hn_str_printf(&text, format, what);
    json_array_append_new(out->notes, json_string(hn_str_text(&text)));
    hn_str_free(&text);
}

static hone_status unsupported(hone_error *err, const char *param, const char *what)
{
    return hn_fail(err, HONE_EUNSUPPORTED,
                   "parameter \"%s\": Hone has nothing like %s; write it in the space language",
                   param, what);
}

// A number, or a text that holds one.
static json_t *number(const json_t *value)
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
static json_t *range(const char *type, json_t *low, json_t *high)
{
    json_t *param = json_pack("{s:s}", "type", type);
    if (low)
        json_object_set_new(param, "low", low);
    if (high)
        json_object_set_new(param, "high", high);
    return param;
}

static json_t *choices(json_t *list)
{
    return json_pack("{s:s, s:O}", "type", "categorical", "choices", list);
}

static json_t *normal(const char *type, json_t *mean, json_t *sd)
{
    return json_pack("{s:s, s:o?, s:o?}", "type", type, "mean", number(mean), "sd", number(sd));
}

// The objective: name and "minimize" or "maximize".
static void set_objective(json_t *root, const char *name, const char *goal)
{
    bool maximize = goal[0] == 'm' && goal[1] == 'a';
    if (*name)
        json_object_set_new(section(root, "study"), maximize ? "maximize" : "minimize",
                            json_string(name));
}

static void set_sampler(json_t *root, hn_foreign *out, const char *method)
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
        note(out, "its method \"%s\" is left out: Hone chooses a sampler", method);
}

static void move_number(const json_t *from, const char *key, json_t *to, const char *name)
{
    json_t *value = number(json_object_get(from, key));
    if (value)
        json_object_set_new(to, name, value);
}

// --- W&B sweeps ---

static json_t *exponent(const json_t *value)
{
    return json_is_number(value) ? json_real(exp(json_number_value(value))) : NULL;
}

static json_t *wandb_range(const json_t *given, const char *kind)
{
    json_t *low = json_object_get(given, "min"), *high = json_object_get(given, "max");
    bool whole = json_is_integer(low) && json_is_integer(high) && !strstr(kind, "log");
    if (strcmp(kind, "uniform") == 0 || strcmp(kind, "q_uniform") == 0)
        whole = false;
    if (strcmp(kind, "int_uniform") == 0)
        whole = true;
    bool exponents = strstr(kind, "log_uniform") && !strstr(kind, "_values");
    json_t *param = exponents ? range("float", exponent(low), exponent(high))
                              : range(whole ? "int" : "float", number(low), number(high));
    if (strstr(kind, "log_uniform"))
        json_object_set_new(param, "log", json_true());
    if (strncmp(kind, "q_", 2) == 0)
        json_object_set_new(param, "step",
                            json_object_get(given, "q") ? number(json_object_get(given, "q"))
                                                        : json_real(1));
    return param;
}

static hone_status wandb_param(const char *name, json_t *given, json_t **out, hone_error *err)
{
    const char *kind = text_of(given, "distribution");
    json_t *values = json_object_get(given, "values"), *value = json_object_get(given, "value");
    if (json_object_get(given, "parameters"))
        return unsupported(err, name, "nested parameters");
    if (values) {
        *out = choices(values);
        if (json_is_array(json_object_get(given, "probabilities")))
            json_object_set(*out, "weights", json_object_get(given, "probabilities"));
    } else if (value) {
        *out = json_pack("{s:s, s:[O]}", "type", "categorical", "choices", value);
    } else if (strcmp(kind, "normal") == 0 || strcmp(kind, "log_normal") == 0) {
        *out = normal(kind[0] == 'n' ? "normal" : "lognormal", json_object_get(given, "mu"),
                      json_object_get(given, "sigma"));
    } else if (json_object_get(given, "min") && !strstr(kind, "inv_") && !strstr(kind, "q_log") &&
               !strstr(kind, "beta")) {
        *out = wandb_range(given, kind);
    } else {
        return unsupported(err, name, *kind ? kind : "a parameter without value, values or min");
    }
    return *out ? HONE_OK : hn_fail_memory(err);
}

// The words of the command with W&B's macros replaced.
static hone_status wandb_command(const json_t *file, json_t *run, hone_error *err)
{
    static const struct {
        const char *macro, *word;
    } macros[] = {{"${env}", "/usr/bin/env"},
                  {"${interpreter}", "python"},
                  {"${args}", "{args}"},
                  {"${args_json}", "{json}"},
                  {"${args_json_file}", "{json_file}"}};
    static const char *const usual[] = {"${env}", "${interpreter}", "${program}", "${args}"};
    json_t *given = json_object_get(file, "command"), *words = json_array();
    const char *program = text_of(file, "program");
    size_t n = json_is_array(given) ? json_array_size(given) : *program ? 4 : 0;
    hone_status status = HONE_OK;
    for (size_t i = 0; i < n && status == HONE_OK; i++) {
        const char *word = given ? json_string_value(json_array_get(given, i)) : usual[i];
        if (!word)
            word = "";
        if (strcmp(word, "${program}") == 0)
            word = program;
        for (size_t m = 0; m < sizeof macros / sizeof *macros; m++)
            if (strcmp(word, macros[m].macro) == 0)
                word = macros[m].word;
        if (strncmp(word, "${", 2) == 0)
            status = hn_fail(err, HONE_EUNSUPPORTED,
                             "Hone has nothing like %s in a command; give the command behind `--`",
                             word);
        json_array_append_new(words, json_string(word));
    }
    if (n > 0)
        json_object_set(run, "command", words);
    json_decref(words);
    return status;
}

static hone_status read_wandb(const json_t *file, hn_foreign *out, hone_error *err)
{
    const char *name;
    json_t *given, *space = section(out->root, "space"), *run = section(out->root, "run");
    const json_t *metric = json_object_get(file, "metric");
    json_object_foreach(json_object_get(file, "parameters"), name, given)
    {
        json_t *param = NULL;
        HN_TRY(wandb_param(name, given, &param, err));
        json_object_set_new(space, name, param);
    }
    set_objective(out->root, text_of(metric, "name"), text_of(metric, "goal"));
    set_sampler(out->root, out, text_of(file, "method"));
    move_number(file, "run_cap", run, "trials");
    move_number(metric, "target", run, "target");
    if (json_object_get(file, "early_terminate"))
        note(out, "its %s is left out: see --scheduler", "early_terminate");
    return wandb_command(file, run, err);
}

// --- Katib experiments ---

static hone_status katib_param(const json_t *given, json_t **out, hone_error *err)
{
    const char *name = text_of(given, "name"), *type = text_of(given, "parameterType");
    const json_t *space = json_object_get(given, "feasibleSpace");
    json_t *list = json_object_get(space, "list");
    const char *distribution = text_of(space, "distribution");
    if (json_is_array(list)) {
        json_t *items = json_array();
        for (size_t i = 0; i < json_array_size(list); i++) {
            json_t *item = json_array_get(list, i), *value = number(item);
            bool discrete = strcmp(type, "discrete") == 0 && value;
            json_array_append(items, discrete ? value : item);
            json_decref(value);
        }
        *out = choices(items);
        json_decref(items);
    } else if (strcmp(type, "double") == 0 || strcmp(type, "int") == 0) {
        *out = range(type[0] == 'i' ? "int" : "float", number(json_object_get(space, "min")),
                     number(json_object_get(space, "max")));
        move_number(space, "step", *out, "step");
        if (strcasecmp(distribution, "logUniform") == 0)
            json_object_set_new(*out, "log", json_true());
        else if (*distribution && strcasecmp(distribution, "uniform") != 0) {
            json_decref(*out);
            *out = NULL;
            return unsupported(err, name, distribution);
        }
    } else {
        return unsupported(err, name, *type ? type : "a parameter without parameterType");
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
            if (strlen(text_of(row, "name")) == length &&
                strncmp(text_of(row, "name"), alias, length) == 0)
                name = text_of(row, "reference");
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
    json_t *given, *space = section(out->root, "space"), *run = section(out->root, "run");
    const json_t *spec = json_object_get(file, "spec"), *aim = json_object_get(spec, "objective");
    json_array_foreach(json_object_get(spec, "parameters"), i, given)
    {
        json_t *param = NULL;
        HN_TRY(katib_param(given, &param, err));
        json_object_set_new(space, text_of(given, "name"), param);
    }
    set_objective(out->root, text_of(aim, "objectiveMetricName"), text_of(aim, "type"));
    json_t *others = json_object_get(aim, "additionalMetricNames");
    if (json_array_size(others) > 0)
        json_object_set(section(out->root, "study"), "metrics", others);
    set_sampler(out->root, out, text_of(json_object_get(spec, "algorithm"), "algorithmName"));
    move_number(spec, "parallelTrialCount", run, "jobs");
    move_number(spec, "maxTrialCount", run, "trials");
    move_number(aim, "goal", run, "target");
    if (json_object_get(spec, "earlyStopping"))
        note(out, "its %s is left out: see --scheduler", "earlyStopping");
    katib_command(json_object_get(spec, "trialTemplate"), run);
    return HONE_OK;
}

// --- NNI ---

static hone_status nni_param(const char *name, const json_t *given, json_t **out, hone_error *err)
{
    const char *type = text_of(given, "_type");
    json_t *value = json_object_get(given, "_value");
    json_t *a = json_array_get(value, 0), *b = json_array_get(value, 1);
    const char *kind = type[0] == 'q' ? type + 1 : type;
    if (strcmp(type, "choice") == 0) {
        for (size_t i = 0; i < json_array_size(value); i++)
            if (json_is_object(json_array_get(value, i)))
                return unsupported(err, name, "a nested choice");
        *out = choices(value);
    } else if (strcmp(type, "randint") == 0) {
        json_int_t end = json_integer_value(b);
        *out = range("int", number(a), json_integer(end > INT64_MIN ? end - 1 : end));
    } else if (strcmp(kind, "uniform") == 0 || strcmp(kind, "loguniform") == 0) {
        if (type[0] == 'q' && kind[0] == 'l')
            return unsupported(err, name, type);
        *out = range("float", number(a), number(b));
        if (kind[0] == 'l')
            json_object_set_new(*out, "log", json_true());
        if (type[0] == 'q' && json_array_get(value, 2))
            json_object_set_new(*out, "step", number(json_array_get(value, 2)));
    } else if (strcmp(type, "normal") == 0 || strcmp(type, "lognormal") == 0) {
        *out = normal(type, a, b);
    } else {
        return unsupported(err, name, *type ? type : "a parameter without _type");
    }
    return *out ? HONE_OK : hn_fail_memory(err);
}

static hone_status read_nni(const json_t *file, const json_t *given_space, hn_foreign *out,
                            hone_error *err)
{
    const char *name;
    json_t *given, *space = section(out->root, "space"), *run = section(out->root, "run");
    json_object_foreach((json_t *)given_space, name, given)
    {
        json_t *param = NULL;
        HN_TRY(nni_param(name, given, &param, err));
        json_object_set_new(space, name, param);
    }
    if (given_space == file)
        return HONE_OK;
    const json_t *tuner = json_object_get(file, "tuner");
    const char *mode = text_of(json_object_get(tuner, "classArgs"), "optimize_mode");
    set_objective(out->root, "default", *mode ? mode : "maximize");
    set_sampler(out->root, out, text_of(tuner, "name"));
    move_number(file, "trialConcurrency", run, "jobs");
    move_number(file, "maxTrialNumber", run, "trials");
    json_t *duration = json_object_get(file, "maxExperimentDuration");
    if (json_is_string(duration))
        json_object_set(run, "time", duration);
    json_t *command = json_object_get(file, "trialCommand");
    if (json_is_string(command))
        json_object_set(run, "command", command);
    if (json_object_get(file, "assessor"))
        note(out, "its %s is left out: see --scheduler", "assessor");
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
        return read_wandb(root, out, err);
    }
    if (strcmp(text_of(root, "kind"), "Experiment") == 0 && json_object_get(root, "spec")) {
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
