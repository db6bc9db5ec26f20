// Spaces and their parameters as JSON.
//
// An entry is {"name","spec"} in the space language, or spelt out:
//     {"name","type":"float"|"int","low","high","log","step"}
//     {"name","type":"categorical"|"ordinal","choices":[…],"weights":[…]}
//     {"name","type":"permutation"|"subset","choices":[…]}   {"name","type":"bool"}
//     {"name","type":"simplex","n"}   {"name","type":"normal"|"lognormal","mean","sd"}
// each with "default" and "condition": {"parent","values":[…]} or the text of an expression.
#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "space/build.h"
#include "space/lex.h"
#include "space/spec.h"
#include "space/value.h"

typedef enum entry_kind {
    ENTRY_FLOAT,
    ENTRY_INT,
    ENTRY_CATEGORICAL,
    ENTRY_ORDINAL,
    ENTRY_BOOL,
    ENTRY_PERMUTATION,
    ENTRY_SUBSET,
    ENTRY_SIMPLEX,
    ENTRY_NORMAL,
    ENTRY_LOGNORMAL,
    N_ENTRY_KINDS
} entry_kind;

// Their order is that of hone_param_type as far as that goes.
static const char *const entry_names[N_ENTRY_KINDS] = {
    "float",       "int",    "categorical", "ordinal", "bool",
    "permutation", "subset", "simplex",     "normal",  "lognormal"};

static const hn_places nowhere = {.source = NULL};

static hone_status get_kind(const json_t *entry, entry_kind *out, hone_error *err)
{
    const char *type = NULL;
    HN_TRY(hn_json_get_text(entry, "type", &type, err));
    if (!type)
        return hn_fail(err, HONE_EINVAL, "\"type\" (or \"spec\") is missing");
    for (int kind = 0; kind < N_ENTRY_KINDS; kind++) {
        if (strcmp(type, entry_names[kind]) == 0) {
            *out = (entry_kind)kind;
            return HONE_OK;
        }
    }
    const char *near = hn_nearest(type, entry_names, N_ENTRY_KINDS);
    return hn_fail(err, HONE_EINVAL,
                   "there is no type \"%.40s\"%s%s%s; types are float, int, categorical, ordinal, "
                   "bool, permutation, subset, simplex, normal and lognormal",
                   type, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "");
}

static hone_status require_keys(const json_t *entry, const char *a, const char *b, hone_error *err)
{
    const char *missing = !json_object_get(entry, a) ? a : !json_object_get(entry, b) ? b : NULL;
    if (missing)
        return hn_fail(err, HONE_EINVAL, "\"%s\" is missing", missing);
    return HONE_OK;
}

static hone_status read_range(const json_t *entry, hn_param *p, hone_error *err)
{
    bool is_log = false;
    HN_TRY(require_keys(entry, "low", "high", err));
    HN_TRY(hn_json_get_bool(entry, "log", &is_log, err));
    p->scale = is_log ? HN_LOG : HN_LINEAR;
    p->istep = 1;
    // A null step is what other tools write for none.
    bool step = json_object_get(entry, "step") && !json_is_null(json_object_get(entry, "step"));
    if (p->type == HONE_PARAM_INT) {
        HN_TRY(hn_json_get_int(entry, "low", &p->ilow, err));
        HN_TRY(hn_json_get_int(entry, "high", &p->ihigh, err));
        if (step)
            HN_TRY(hn_json_get_int(entry, "step", &p->istep, err));
        p->step = step ? (double)p->istep : 0;
    } else {
        HN_TRY(hn_json_get_double(entry, "low", &p->low, err));
        HN_TRY(hn_json_get_double(entry, "high", &p->high, err));
        if (step)
            HN_TRY(hn_json_get_double(entry, "step", &p->step, err));
        if (step && p->step == 0)
            return hn_fail(err, HONE_EINVAL, "the step is a number above zero, not 0");
        p->low += 0.0; // never -0
        p->high += 0.0;
    }
    return hn_domain_check_range(p, &nowhere, err);
}

static hone_status read_normal(const json_t *entry, hn_param *p, hone_error *err)
{
    HN_TRY(require_keys(entry, "mean", "sd", err));
    HN_TRY(hn_json_get_double(entry, "mean", &p->low, err));
    HN_TRY(hn_json_get_double(entry, "sd", &p->high, err));
    p->low += 0.0;
    return hn_domain_check_range(p, &nowhere, err);
}

static hone_status read_simplex(const json_t *entry, hn_param *p, hone_error *err)
{
    int64_t n = 0;
    HN_TRY(require_keys(entry, "n", "n", err));
    HN_TRY(hn_json_get_int(entry, "n", &n, err));
    if (n < 2 || n > HN_MAX_ORDER)
        return hn_fail(err, HONE_EINVAL, "a simplex has 2 to %d shares, not %" PRId64, HN_MAX_ORDER,
                       n);
    p->n_choices = (uint32_t)n;
    return HONE_OK;
}

static hone_status read_weights(const json_t *entry, hn_choice *choices, size_t n, hone_error *err)
{
    const json_t *weights = json_object_get(entry, "weights");
    if (!weights)
        return HONE_OK;
    if (!json_is_array(weights) || json_array_size(weights) != n)
        return hn_fail(err, HONE_EINVAL, "\"weights\" is an array of %zu numbers", n);
    for (size_t i = 0; i < n; i++) {
        if (!hn_json_double(json_array_get(weights, i), &choices[i].weight))
            return hn_fail(err, HONE_EINVAL, "weight %zu is not a number", i);
    }
    return HONE_OK;
}

static hone_status read_choices(hn_arena *arena, const json_t *entry, hn_param *p, hone_error *err)
{
    const json_t *list = json_object_get(entry, "choices");
    size_t n = json_array_size(list);
    if (!json_is_array(list))
        return hn_fail(err, HONE_EINVAL, "\"choices\" is missing or not an array");
    if (n > HN_MAX_CHOICES)
        return hn_fail(err, HONE_EINVAL, "a list has at most %d choices, not %zu", HN_MAX_CHOICES,
                       n);
    hn_choice *choices = HN_ZNEW(arena, hn_choice, n);
    if (!choices)
        return hn_fail_memory(err);
    for (size_t i = 0; i < n; i++)
        HN_TRY(hn_json_choice(arena, json_array_get(list, i), &choices[i], err));
    HN_TRY(read_weights(entry, choices, n, err));
    p->choices = choices;
    p->n_choices = (uint32_t)n;
    return hn_domain_check_choices(p, &nowhere, NULL, err);
}

// {"parent","values"} as the expression `parent in {…}`.
static hone_status write_condition(hn_arena *arena, const json_t *condition, hn_str *out,
                                   hone_error *err)
{
    static const char *const keys[] = {"parent", "values"};
    const char *parent = NULL;
    const json_t *values = json_object_get(condition, "values");
    HN_TRY(hn_json_only(condition, keys, 2, "\"condition\"", err));
    HN_TRY(hn_json_get_text(condition, "parent", &parent, err));
    if (!parent || !json_is_array(values) || json_array_size(values) == 0)
        return hn_fail(err, HONE_EINVAL,
                       "\"condition\" is {\"parent\":name,\"values\":[…]} or the text of an "
                       "expression");
    hn_str_add(out, parent);
    hn_str_add(out, " in {");
    for (size_t i = 0; i < json_array_size(values); i++) {
        hn_choice choice;
        HN_TRY(hn_json_choice(arena, json_array_get(values, i), &choice, err));
        hn_str_add(out, i ? "," : "");
        hn_choice_write(&choice, out);
    }
    hn_str_add(out, "}");
    return HONE_OK;
}

static hone_status read_condition(hn_arena *arena, const json_t *entry, hn_param *p,
                                  hone_error *err)
{
    const json_t *condition = json_object_get(entry, "condition");
    if (!condition || json_is_null(condition))
        return HONE_OK;
    hn_str text = HN_STR_INIT;
    hone_status status = HONE_OK;
    if (json_is_string(condition))
        hn_str_add(&text, json_string_value(condition));
    else
        HN_TRY_OUT(write_condition(arena, condition, &text, err));
    char *kept = hn_str_failed(&text) ? NULL : hn_arena_strdup(arena, hn_str_text(&text));
    if (!kept)
        HN_TRY_OUT(hn_fail_memory(err));
    size_t n = strlen(kept), from = hn_skip_space(kept, n, 0);
    while (n > from && hn_is_space(kept[n - 1]))
        n--;
    p->condition_quote = (hn_quote){kept, strlen(kept), from, n - from};
    status = hn_expr_check(p->condition_quote, err);
out:
    hn_str_free(&text);
    return status;
}

static hone_status read_default(hn_arena *arena, const json_t *entry, hn_param *p, hone_error *err)
{
    const json_t *value = json_object_get(entry, "default");
    if (!value)
        return HONE_OK;
    hn_slot *slots = HN_ZNEW(arena, hn_slot, p->n_slots);
    if (!slots)
        return hn_fail_memory(err);
    hone_status status = hn_value_from_json(p, value, slots, err);
    if (status != HONE_OK) {
        hn_error_prefix(err, "\"default\"");
        return status;
    }
    p->has_default = true;
    p->fallback = slots;
    return HONE_OK;
}

static hone_status read_kind(hn_arena *arena, const json_t *entry, entry_kind kind, hn_param *p,
                             hone_error *err)
{
    p->type = (hone_param_type)kind;
    switch (kind) {
    case ENTRY_FLOAT:
    case ENTRY_INT:
        return read_range(entry, p, err);
    case ENTRY_NORMAL:
    case ENTRY_LOGNORMAL:
        p->type = HONE_PARAM_FLOAT;
        p->scale = kind == ENTRY_NORMAL ? HN_NORMAL : HN_LOGNORMAL;
        return read_normal(entry, p, err);
    case ENTRY_SIMPLEX:
        return read_simplex(entry, p, err);
    case ENTRY_BOOL:
        p->choices = hn_bool_choices;
        p->n_choices = 2;
        return HONE_OK;
    default:
        return read_choices(arena, entry, p, err);
    }
}

// Which keys an entry of a kind may have, besides those of all.
static hone_status check_keys(const json_t *entry, entry_kind kind, hone_error *err)
{
    static const char *const common[] = {"name", "type", "default", "condition"};
    static const char *const own[N_ENTRY_KINDS][4] = {
        [ENTRY_FLOAT] = {"low", "high", "log", "step"},
        [ENTRY_INT] = {"low", "high", "log", "step"},
        [ENTRY_CATEGORICAL] = {"choices", "weights"},
        [ENTRY_ORDINAL] = {"choices", "weights"},
        [ENTRY_PERMUTATION] = {"choices"},
        [ENTRY_SUBSET] = {"choices"},
        [ENTRY_SIMPLEX] = {"n"},
        [ENTRY_NORMAL] = {"mean", "sd"},
        [ENTRY_LOGNORMAL] = {"mean", "sd"},
    };
    const char *names[8];
    size_t n = 0;
    for (; n < 4; n++)
        names[n] = common[n];
    for (size_t i = 0; i < 4 && own[kind][i]; i++)
        names[n++] = own[kind][i];
    return hn_json_only(entry, names, n, entry_names[kind], err);
}

static hone_status read_entry(hn_arena *arena, const json_t *entry, hn_param *p, hone_error *err)
{
    entry_kind kind = ENTRY_FLOAT;
    HN_TRY(get_kind(entry, &kind, err));
    HN_TRY(check_keys(entry, kind, err));
    HN_TRY(read_kind(arena, entry, kind, p, err));
    hn_spec_finish(p);
    HN_TRY(read_default(arena, entry, p, err));
    return read_condition(arena, entry, p, err);
}

hone_status hn_space_add_object(hone_space *space, const json_t *entry, hone_error *err)
{
    static const char *const keys[] = {"name", "spec"};
    const char *name = NULL, *spec = NULL;
    hn_addition addition;
    if (!json_is_object(entry))
        return hn_fail(err, HONE_EINVAL,
                       "a parameter is a JSON object with \"name\" and \"spec\" "
                       "or \"type\"");
    HN_TRY(hn_json_get_text(entry, "name", &name, err));
    if (!name)
        return hn_fail(err, HONE_EINVAL, "\"name\" is missing");
    HN_TRY(hn_json_get_text(entry, "spec", &spec, err));
    if (spec) {
        HN_TRY(hn_json_only(entry, keys, 2, "a parameter with \"spec\"", err));
        return hone_space_add(space, name, spec, err);
    }
    size_t n = strlen(name);
    HN_TRY(hn_addition_open(space, (hn_quote){name, n, 0, n}, &addition, err));
    hone_status status = read_entry(&space->arena, entry, &addition.param, err);
    if (status != HONE_OK)
        hn_error_prefix(err, "%s", name);
    return hn_addition_close(space, &addition, status, err);
}

// --- a whole space ---

static void write_rules(const hone_space *space, hn_rule_kind kind, hn_str *out)
{
    bool first = true;
    hn_str_add_char(out, '[');
    for (uint32_t i = 0; i < space->n_rules; i++) {
        if (space->rules[i].kind != kind)
            continue;
        hn_str_add(out, first ? "" : ",");
        hn_str_add_json(out, space->rules[i].text);
        first = false;
    }
    hn_str_add_char(out, ']');
}

char *hone_space_to_json(const hone_space *space)
{
    hn_str text = HN_STR_INIT;
    hn_str_add(&text, "{\"params\":[");
    for (uint32_t k = 0; k < space->n_params; k++) {
        const hn_param *p = &space->params[space->sealed ? space->declared[k] : k];
        hn_str_add(&text, k ? ",{\"name\":" : "{\"name\":");
        hn_str_add_json(&text, p->name);
        hn_str_add(&text, ",\"spec\":");
        hn_str_add_json(&text, p->spec);
        hn_str_add_char(&text, '}');
    }
    hn_str_add(&text, "],\"forbid\":");
    write_rules(space, HN_FORBID, &text);
    hn_str_add(&text, ",\"require\":");
    write_rules(space, HN_REQUIRE, &text);
    hn_str_add_char(&text, '}');
    return hn_str_take(&text);
}

static hone_status add_params(hone_space *space, const json_t *list, hone_error *err)
{
    if (!json_is_array(list))
        return hn_fail(err, HONE_EINVAL,
                       "a space is {\"params\":[…],\"forbid\":[…],"
                       "\"require\":[…]} or the array of its parameters");
    for (size_t i = 0; i < json_array_size(list); i++) {
        hone_status status = hn_space_add_object(space, json_array_get(list, i), err);
        if (status != HONE_OK) {
            hn_error_trail(err, "params[%zu]", i);
            return status;
        }
    }
    return HONE_OK;
}

static hone_status add_rules(hone_space *space, const json_t *root, const char *key,
                             hn_rule_kind kind, hone_error *err)
{
    const json_t *list = json_object_get(root, key);
    if (list && !json_is_array(list))
        return hn_fail(err, HONE_EINVAL, "\"%s\" is an array of expressions", key);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text)
            return hn_fail(err, HONE_EINVAL, "\"%s\" is an array of expressions, which are texts",
                           key);
        size_t n = strlen(text);
        hone_status status = hn_space_add_rule(space, kind, (hn_quote){text, n, 0, n}, err);
        if (status != HONE_OK) {
            hn_error_trail(err, "%s[%zu]", key, i);
            return status;
        }
    }
    return HONE_OK;
}

static hone_status fill(hone_space *space, const json_t *root, hone_error *err)
{
    static const char *const keys[] = {"params", "forbid", "require"};
    if (json_is_object(root)) {
        HN_TRY(hn_json_only(root, keys, 3, "a space", err));
        HN_TRY(add_params(space, json_object_get(root, "params"), err));
        HN_TRY(add_rules(space, root, "forbid", HN_FORBID, err));
        HN_TRY(add_rules(space, root, "require", HN_REQUIRE, err));
    } else {
        HN_TRY(add_params(space, root, err));
    }
    return hone_space_seal(space, err);
}

hone_status hone_space_from_json(const char *json, hone_space **out, hone_error *err)
{
    json_t *root = NULL;
    hone_space *space = NULL;
    hone_status status = HONE_OK;
    *out = NULL;
    if (!json)
        return hn_fail(err, HONE_EINVAL, "a space needs its JSON text");
    HN_TRY_OUT(hn_json_parse(json, strlen(json), "the space", &root, err));
    HN_TRY_OUT(hone_space_create(&space, err));
    HN_TRY_OUT(fill(space, root, err));
    *out = space;
    space = NULL;
out:
    json_decref(root);
    hone_space_destroy(space);
    return status;
}
