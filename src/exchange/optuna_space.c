// Optuna has no declared space: each trial records the parameters it asked for and the distribution
// of each. From these:
//
// 1. A parameter's domain is the union of its distributions: the lowest low, the highest high; log
//    if all of them are; the step if they share one. Distributions of another kind or with other
//    choices under one name are refused, as Optuna itself refuses them.
// 2. A parameter with a single possible value is nothing to choose and is left out.
// 3. A parameter that some finished trials lack gets a condition if the value of one earlier
//    parameter decides in every finished trial whether it is there: a set of choices, or a bound on
//    an integer (`n_layers>=3`). What no parameter explains is always active from here on.
// 4. Names that the space language does not allow are changed, and it is said.
//
// A study that was exported from Hone carries its space, with defaults, beliefs and rules: that one
// is taken, unless trials were added in Optuna that it does not hold: in a domain or by a
// condition.
//
// Cost: O(trials × parameters) for each pair of a conditional parameter and a candidate for its
// parent.

#include "exchange/optuna_space.h"

#include <math.h>
#include <string.h>

#include "base/chars.h"
#include "base/json.h"
#include "exchange/optuna_config.h"

typedef enum kind { KIND_NONE, KIND_FLOAT, KIND_INT, KIND_CATEGORICAL } kind;

typedef struct domain {
    kind kind;
    bool log;
    double low, high, step; // step 0: continuous
    json_t *choices;        // owned
    uint32_t n_present;     // finished trials that have it
    json_t *condition;      // owned; NULL: always active
} domain;

typedef struct finding {
    const hn_optuna_study *study;
    hn_arena *arena;
    hn_optuna_note note;
    void *user;
    domain *domains; // [names.n]
    uint32_t n_finished;
    hn_optuna_space *out;
} finding;

static const hn_optuna_value *value_of(const hn_optuna_trial *trial, uint32_t param)
{
    for (size_t i = 0; i < trial->params.n; i++)
        if (trial->params.data[i].param == param)
            return &trial->params.data[i];
    return NULL;
}

// Text that is kept. Without memory for it the whole of the finding fails.
static const char *keep(const finding *f, const hn_str *text)
{
    f->arena->failed |= hn_str_failed(text);
    return hn_arena_strdup(f->arena, hn_str_text(text));
}

static void say(const finding *f, const char *text)
{
    if (f->note && text)
        f->note(f->user, text);
}

// --- distributions ---

static double number(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : 0;
}

// Whole numbers that a double has exactly, as Optuna's own integers mostly are.
static bool is_whole(double value)
{
    return fabs(value) <= 9007199254740992.0 && value == round(value);
}

// Both of Optuna's forms: {"name","attributes":{…}} and the short {"type",…}.
static hone_status read_distribution(const char *text, domain *out, hone_error *err)
{
    static const struct {
        const char *name;
        kind kind;
        bool log;
    } rows[] = {{"FloatDistribution", KIND_FLOAT, false},
                {"UniformDistribution", KIND_FLOAT, false},
                {"LogUniformDistribution", KIND_FLOAT, true},
                {"DiscreteUniformDistribution", KIND_FLOAT, false},
                {"float", KIND_FLOAT, false},
                {"IntDistribution", KIND_INT, false},
                {"IntUniformDistribution", KIND_INT, false},
                {"IntLogUniformDistribution", KIND_INT, true},
                {"int", KIND_INT, false},
                {"CategoricalDistribution", KIND_CATEGORICAL, false},
                {"categorical", KIND_CATEGORICAL, false}};
    json_t *root = NULL;
    *out = (domain){.kind = KIND_NONE};
    HN_TRY(hn_json_parse(text, strlen(text), "a distribution", &root, err));
    const json_t *attributes = json_object_get(root, "attributes");
    const json_t *name = json_object_get(root, attributes ? "name" : "type");
    for (size_t i = 0; json_is_string(name) && i < sizeof rows / sizeof *rows; i++)
        if (strcmp(rows[i].name, json_string_value(name)) == 0)
            *out = (domain){.kind = rows[i].kind, .log = rows[i].log};
    attributes = attributes ? attributes : root;
    out->log |= json_is_true(json_object_get(attributes, "log"));
    out->low = number(attributes, "low");
    out->high = number(attributes, "high");
    out->step = number(attributes, "step") + number(attributes, "q");
    out->choices = json_incref(json_object_get(attributes, "choices"));
    hone_status status = HONE_OK;
    if (out->kind == KIND_NONE || (out->kind == KIND_CATEGORICAL && !json_is_array(out->choices)))
        status = hn_fail(err, HONE_EUNSUPPORTED, "the distribution %.200s is not known", text);
    else if (out->kind == KIND_INT &&
             !(is_whole(out->low) && is_whole(out->high) && is_whole(out->step)))
        status =
            hn_fail(err, HONE_EUNSUPPORTED,
                    "the distribution %.200s is not of whole numbers up to 2^53 in size", text);
    json_decref(root);
    return status;
}

static bool on_grid(const domain *a, const domain *b)
{
    double steps = (b->low - a->low) / a->step;
    return fabs(steps - round(steps)) < 1e-6;
}

static hone_status join(const finding *f, uint32_t param, domain *had, domain *more,
                        hone_error *err)
{
    if (had->kind == KIND_NONE) {
        more->n_present = had->n_present;
        *had = *more;
        more->choices = NULL;
        return HONE_OK;
    }
    if (had->kind != more->kind ||
        (had->kind == KIND_CATEGORICAL && !json_equal(had->choices, more->choices)))
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "parameter \"%s\" has distributions of different kinds or choices",
                       f->study->names.data[param]);
    if (had->step != more->step || (had->step > 0 && !on_grid(had, more)))
        had->step = 0;
    had->low = fmin(had->low, more->low);
    had->high = fmax(had->high, more->high);
    had->log &= more->log;
    return HONE_OK;
}

// Each pair of parameter and distribution counts once, however many trials have it.
static hone_status join_all(finding *f, hone_error *err)
{
    size_t n_names = f->study->names.n, n_texts = f->study->distributions.n;
    size_t n_words = (n_names * n_texts + 63) / 64;
    uint64_t *seen = HN_ZNEW(f->arena, uint64_t, n_words);
    if (!seen)
        return hn_fail_memory(err);
    for (size_t t = 0; t < f->study->trials.n; t++) {
        const hn_optuna_trial *trial = &f->study->trials.data[t];
        for (size_t i = 0; i < trial->params.n; i++) {
            const hn_optuna_value *value = &trial->params.data[i];
            size_t at = value->param * n_texts + value->distribution;
            domain more;
            f->domains[value->param].n_present += hn_optuna_is_finished(trial);
            if (hn_active(seen, (uint32_t)at))
                continue;
            hn_set_active(seen, (uint32_t)at, true);
            hone_status status =
                read_distribution(f->study->distributions.data[value->distribution], &more, err);
            if (status == HONE_OK)
                status = join(f, value->param, &f->domains[value->param], &more, err);
            json_decref(more.choices);
            HN_TRY(status);
        }
    }
    return HONE_OK;
}

static bool is_single(const domain *d)
{
    return d->kind == KIND_CATEGORICAL ? json_array_size(d->choices) < 2 : !(d->low < d->high);
}

// --- names ---

static bool name_taken(const finding *f, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (f->out->params[i].name && strcmp(f->out->params[i].name, name) == 0)
            return true;
    return false;
}

static void make_name(finding *f, uint32_t index)
{
    const char *theirs = f->study->names.data[index];
    hn_str name = HN_STR_INIT;
    if (!hn_begins_name(*theirs))
        hn_str_add_char(&name, '_');
    for (const char *p = theirs; *p && name.n < HN_MAX_NAME - 4; p++)
        hn_str_add_char(&name, hn_continues_name(*p) ? *p : '_');
    while (!hn_str_failed(&name) && name.n < HN_MAX_NAME &&
           (hone_space_reserved(hn_str_text(&name)) || name_taken(f, index, hn_str_text(&name))))
        hn_str_add_char(&name, '_');
    f->out->params[index].name = keep(f, &name);
    if (strcmp(hn_str_text(&name), theirs) != 0)
        say(f, hn_arena_printf(f->arena, "parameter \"%s\" is called %s here", theirs,
                               hn_str_text(&name)));
    hn_str_free(&name);
}

// --- conditions ---

// NULL is no condition; one that could not be built is not that.
static json_t *built(const finding *f, json_t *condition)
{
    f->arena->failed |= !condition;
    return condition;
}

// Does the choice of `parent` decide whether `child` is there? Then the choices with which it is.
static json_t *choice_condition(const finding *f, uint32_t parent, uint32_t child)
{
    const json_t *choices = f->domains[parent].choices;
    size_t n = json_array_size(choices);
    bool *with = HN_ZNEW(f->arena, bool, n), *without = HN_ZNEW(f->arena, bool, n);
    if (hn_arena_failed(f->arena))
        return NULL;
    for (size_t t = 0; t < f->study->trials.n; t++) {
        const hn_optuna_trial *trial = &f->study->trials.data[t];
        if (!hn_optuna_is_finished(trial))
            continue;
        const hn_optuna_value *value = value_of(trial, parent);
        bool has = value_of(trial, child) != NULL;
        if (!value && has)
            return NULL;
        if (value && value->internal >= 0 && value->internal < (double)n)
            (has ? with : without)[(size_t)value->internal] = true;
    }
    json_t *values = json_array();
    bool excludes = false;
    for (size_t c = 0; c < n; c++) {
        if (with[c] && without[c]) {
            json_decref(values);
            return NULL;
        }
        excludes |= without[c];
        if (with[c] && json_array_append(values, json_array_get(choices, c)) != 0)
            f->arena->failed = true;
    }
    if (!excludes) {
        json_decref(values);
        return NULL;
    }
    return built(f,
                 json_pack("{s:s, s:o}", "parent", f->out->params[parent].name, "values", values));
}

// The same for an integer, with a bound.
static json_t *bound_condition(const finding *f, uint32_t parent, uint32_t child)
{
    double with[2] = {INFINITY, -INFINITY}, without[2] = {INFINITY, -INFINITY};
    for (size_t t = 0; t < f->study->trials.n; t++) {
        const hn_optuna_trial *trial = &f->study->trials.data[t];
        if (!hn_optuna_is_finished(trial))
            continue;
        const hn_optuna_value *value = value_of(trial, parent);
        bool has = value_of(trial, child) != NULL;
        if (!value && has)
            return NULL;
        if (!value)
            continue;
        double *range = has ? with : without;
        range[0] = fmin(range[0], value->internal);
        range[1] = fmax(range[1], value->internal);
    }
    if (with[0] > with[1] || without[0] > without[1])
        return NULL;
    const char *name = f->out->params[parent].name;
    if (with[0] > without[1])
        return built(f, json_string(hn_arena_printf(f->arena, "%s>=%.0f", name, with[0])));
    if (with[1] < without[0])
        return built(f, json_string(hn_arena_printf(f->arena, "%s<=%.0f", name, with[1])));
    return NULL;
}

static void find_condition(finding *f, uint32_t child)
{
    domain *d = &f->domains[child];
    for (uint32_t parent = 0; parent < child && !d->condition; parent++) {
        const domain *p = &f->domains[parent];
        if (p->kind == KIND_NONE || is_single(p))
            continue;
        if (p->kind == KIND_CATEGORICAL)
            d->condition = choice_condition(f, parent, child);
        else if (p->kind == KIND_INT)
            d->condition = bound_condition(f, parent, child);
    }
    if (!d->condition && d->n_present > 0)
        say(f, hn_arena_printf(f->arena,
                               "parameter %s is in %u of %u finished trials, and no other one says "
                               "when: from here on it is always tuned, and trials "
                               "without it are no evidence",
                               f->out->params[child].name, d->n_present, f->n_finished));
}

// --- the space ---

static json_t *entry_of(const finding *f, uint32_t index)
{
    const domain *d = &f->domains[index];
    const char *name = f->out->params[index].name;
    json_t *entry;
    if (d->kind == KIND_CATEGORICAL) {
        entry = json_pack("{s:s, s:s, s:O}", "name", name, "type", "categorical", "choices",
                          d->choices);
    } else if (d->kind == KIND_INT) {
        entry = json_pack("{s:s, s:s, s:I, s:I, s:b}", "name", name, "type", "int", "low",
                          (json_int_t)d->low, "high", (json_int_t)d->high, "log", d->log);
        if (d->step > 1 && !d->log)
            json_object_set_new(entry, "step", json_integer((json_int_t)d->step));
    } else {
        entry = json_pack("{s:s, s:s, s:f, s:f, s:b}", "name", name, "type", "float", "low", d->low,
                          "high", d->high, "log", d->log);
        if (d->step > 0)
            json_object_set_new(entry, "step", json_real(d->step));
    }
    if (d->condition)
        json_object_set(entry, "condition", d->condition);
    return entry;
}

static hone_status add_param(finding *f, uint32_t index, hone_error *err)
{
    hn_str text = HN_STR_INIT;
    json_t *entry = entry_of(f, index);
    hn_json_write(entry, 0, &text);
    json_decref(entry);
    hone_status status = hn_str_failed(&text)
                             ? hn_fail_memory(err)
                             : hone_space_add_json(f->out->space, hn_str_text(&text), err);
    if (status != HONE_OK)
        hn_error_trail(err, "parameter \"%s\"", f->study->names.data[index]);
    hn_str_free(&text);
    return status;
}

static const char *only_value(const finding *f, const domain *d)
{
    hn_str text = HN_STR_INIT;
    json_t *value = d->kind == KIND_CATEGORICAL ? json_incref(json_array_get(d->choices, 0))
                    : d->kind == KIND_INT       ? json_integer((json_int_t)d->low)
                                                : json_real(d->low);
    hn_json_write(value, 0, &text);
    json_decref(value);
    const char *kept = keep(f, &text);
    hn_str_free(&text);
    return kept;
}

static hone_status build(finding *f, hone_error *err)
{
    uint32_t n = (uint32_t)f->study->names.n, n_params = 0;
    HN_TRY(hone_space_create(&f->out->space, err));
    for (uint32_t i = 0; i < n; i++)
        make_name(f, i);
    if (hn_arena_failed(f->arena))
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < n; i++) {
        domain *d = &f->domains[i];
        if (is_single(d)) {
            f->out->params[i].only = only_value(f, d);
            say(f, hn_arena_printf(f->arena, "parameter %s has a single value and is left out",
                                   f->out->params[i].name));
            continue;
        }
        if (d->n_present < f->n_finished)
            find_condition(f, i);
        HN_TRY(add_param(f, i, err));
        n_params++;
    }
    if (hn_arena_failed(f->arena))
        return hn_fail_memory(err);
    if (n_params == 0)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "study \"%s\" has no parameter with more than one value: there is nothing "
                       "to go on with",
                       f->study->name);
    HN_TRY(hone_space_seal(f->out->space, err));
    for (uint32_t i = 0; i < n; i++)
        f->out->params[i].param = hn_space_find(f->out->space, f->out->params[i].name);
    return HONE_OK;
}

// --- the space that came along ---

static bool same_choices(const finding *f, const hn_param *param, const json_t *choices)
{
    if (!hn_is_choice(param) || param->n_choices != json_array_size(choices))
        return false;
    for (uint32_t c = 0; c < param->n_choices; c++) {
        hn_slot slot;
        hone_status status = hn_value_from_json(param, json_array_get(choices, c), &slot, NULL);
        f->arena->failed |= status == HONE_ENOMEM;
        if (status != HONE_OK || slot.i != (int64_t)c)
            return false;
    }
    return true;
}

static bool holds(const finding *f, const hn_param *param, const domain *d)
{
    if (d->kind == KIND_CATEGORICAL)
        return same_choices(f, param, d->choices);
    if (d->kind == KIND_INT)
        return param->type == HONE_PARAM_INT && d->low >= (double)param->ilow &&
               d->high <= (double)param->ihigh;
    return param->type == HONE_PARAM_FLOAT && param->scale <= HN_LOG && d->low >= param->low &&
           d->high <= param->high;
}

// Would a study take every finished trial? One in Optuna may have asked for a parameter whose
// condition does not hold here, or not for one whose condition does.
static hone_status takes_trials(const finding *f, bool *out, hone_error *err)
{
    hn_config config = hn_config_new(f->arena, f->out->space);
    hn_str text = HN_STR_INIT;
    hone_status status = hn_arena_failed(f->arena) ? hn_fail_memory(err) : HONE_OK;
    *out = true;
    for (size_t t = 0; status == HONE_OK && *out && t < f->study->trials.n; t++) {
        const hn_optuna_trial *trial = &f->study->trials.data[t];
        if (!hn_optuna_is_finished(trial))
            continue;
        *out = !hn_optuna_config(f->out, trial, config);
        if (*out)
            status = hn_optuna_config_write(f->out->space, config, &text, NULL);
    }
    hn_str_free(&text);
    if (status == HONE_ENOMEM)
        return hn_fail_memory(err);
    *out &= status == HONE_OK;
    return HONE_OK;
}

static hone_status read_own(finding *f, const json_t *own, bool *out, hone_error *err)
{
    hn_str text = HN_STR_INIT;
    hn_json_write(own, 0, &text);
    hone_status status = hn_str_failed(&text)
                             ? HONE_ENOMEM
                             : hone_space_from_json(hn_str_text(&text), &f->out->space, NULL);
    hn_str_free(&text);
    *out = status == HONE_OK;
    return status == HONE_ENOMEM ? hn_fail_memory(err) : HONE_OK;
}

// `*taken` false: it was none, or the trials have gone beyond it.
static hone_status take_own(finding *f, const json_t *own, bool *taken, hone_error *err)
{
    uint32_t n = (uint32_t)f->study->names.n;
    HN_TRY(read_own(f, own, taken, err));
    for (uint32_t i = 0; *taken && i < n; i++) {
        hn_optuna_param *p = &f->out->params[i];
        p->param = hn_space_find(f->out->space, f->study->names.data[i]);
        p->name = p->param ? p->param->name : NULL;
        *taken = p->param && holds(f, p->param, &f->domains[i]);
    }
    if (hn_arena_failed(f->arena))
        return hn_fail_memory(err);
    if (*taken)
        HN_TRY(takes_trials(f, taken, err));
    if (*taken)
        return HONE_OK;
    say(f, "trials have left the space that the study had in Hone: it is worked out anew");
    hone_space_destroy(f->out->space);
    f->out->space = NULL;
    for (uint32_t i = 0; i < n; i++)
        f->out->params[i] = (hn_optuna_param){0};
    return HONE_OK;
}

hone_status hn_optuna_space_find(const hn_optuna_study *study, const json_t *own, hn_arena *arena,
                                 hn_optuna_note note, void *user, hn_optuna_space *out,
                                 hone_error *err)
{
    finding f = {.study = study, .arena = arena, .note = note, .user = user, .out = out};
    out->space = NULL;
    out->params = HN_ZNEW(arena, hn_optuna_param, study->names.n);
    f.domains = HN_ZNEW(arena, domain, study->names.n);
    for (size_t t = 0; t < study->trials.n; t++)
        f.n_finished += hn_optuna_is_finished(&study->trials.data[t]);
    if (hn_arena_failed(arena))
        return hn_fail_memory(err);
    hone_status status = join_all(&f, err);
    bool taken = false;
    if (status == HONE_OK && own)
        status = take_own(&f, own, &taken, err);
    if (status == HONE_OK && !taken)
        status = build(&f, err);
    for (size_t i = 0; i < study->names.n; i++) {
        json_decref(f.domains[i].choices);
        json_decref(f.domains[i].condition);
    }
    if (status != HONE_OK) {
        hone_space_destroy(out->space);
        out->space = NULL;
    }
    return status;
}
