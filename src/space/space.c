// Building a space, and looking at it: the public face.
#include "space/space.h"

#include <string.h>

#include "base/chars.h"
#include "base/json.h"
#include "base/mem.h"
#include "space/build.h"
#include "space/lex.h"
#include "space/spec.h"

static const char *const reserved[] = {"trial", "seed", "dir",  "ckpt", "resource", "from",
                                       "slot",  "gpu",  "args", "json", "json_file"};
#define RESERVED_LIST "trial seed dir ckpt resource from slot gpu args json json_file"
// Words that an expression would read as something else.
static const char *const expression_words[] = {"in", "not", "if", "true", "false", "null"};

static bool is_among(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(word, words[i]) == 0)
            return true;
    }
    return false;
}

bool hone_space_reserved(const char *name)
{
    return name && is_among(name, reserved, sizeof reserved / sizeof *reserved);
}

void hone_free(void *p)
{
    hn_free(p);
}

hone_status hone_space_create(hone_space **out, hone_error *err)
{
    *out = hn_calloc(1, sizeof **out);
    if (!*out)
        return hn_fail_memory(err);
    atomic_init(&(*out)->n_owners, 1);
    return HONE_OK;
}

void hone_space_destroy(hone_space *space)
{
    if (!space || atomic_fetch_sub(&space->n_owners, 1) > 1)
        return;
    hn_map_free(&space->by_name);
    hn_arena_free(&space->arena);
    hn_free(space->params);
    hn_free(space->rules);
    hn_free(space);
}

hone_space *hn_space_retain(const hone_space *space)
{
    // The count of owners is the one thing about a sealed space that changes.
    hone_space *shared = (hone_space *)space;
    atomic_fetch_add(&shared->n_owners, 1);
    return shared;
}

// --- adding ---

static hone_status check_unsealed(const hone_space *space, hone_error *err)
{
    if (space->sealed)
        return hn_fail(err, HONE_ESTATE, "the space is sealed: nothing can be added any more");
    return HONE_OK;
}

// Where the name that `text` begins with ends, with the white space behind it if a '=' follows.
static size_t name_end(const char *text)
{
    size_t end = hn_skip_space(text, strlen(text), 0);
    while (hn_continues_name(text[end]))
        end++;
    size_t next = hn_skip_space(text, strlen(text), end);
    return text[next] == '=' ? next : end;
}

static hone_status check_name(const char *name, hn_quote q, hone_error *err)
{
    if (q.n == 0)
        return hn_fail_at(err, HONE_EPARSE, q.source, q.length, q.from, "the name is missing");
    if (q.n > HN_MAX_NAME)
        return hn_fail_at(err, HONE_EPARSE, q.source, q.length, q.from,
                          "a name has at most %d bytes, this one %zu", HN_MAX_NAME, q.n);
    for (size_t i = 0; i < q.n; i++) {
        if (i == 0 ? !hn_begins_name(name[0]) : !hn_continues_name(name[i]))
            return hn_fail_at(err, HONE_EPARSE, q.source, q.length, q.from + i,
                              "a name begins with a letter or '_' and goes on with letters, "
                              "digits, '_', '.' and '-'");
    }
    if (hone_space_reserved(name))
        return hn_fail_at(err, HONE_EPARSE, q.source, q.length, q.from,
                          "'%s' is reserved for placeholders, as are: " RESERVED_LIST, name);
    if (is_among(name, expression_words, sizeof expression_words / sizeof *expression_words))
        return hn_fail_at(err, HONE_EPARSE, q.source, q.length, q.from,
                          "'%s' is a word of the space language and cannot be a name", name);
    return HONE_OK;
}

static hone_status check_new(const hone_space *space, const char *name, hn_quote q, hone_error *err)
{
    uint32_t hash = hn_hash32(name);
    uint64_t index;
    if (hn_map_get(&space->by_name, name, &index))
        return hn_fail_at(err, HONE_EEXISTS, q.source, q.length, q.from,
                          "there is a parameter '%s' already: %s", name, space->params[index].spec);
    for (uint32_t i = 0; i < space->n_params; i++) {
        // One in four billion pairs; their random numbers would be the same.
        if (space->params[i].hash == hash)
            return hn_fail_at(err, HONE_EEXISTS, q.source, q.length, q.from,
                              "the name '%s' has the same hash as '%s'; please choose another",
                              name, space->params[i].name);
    }
    return HONE_OK;
}

static void forget(hone_space *space, hn_arena_mark mark)
{
    hn_arena_rewind(&space->arena, mark);
    space->arena.failed = false; // what failed has been given up
}

hone_status hn_addition_open(hone_space *space, hn_quote q, hn_addition *out, hone_error *err)
{
    char name[HN_MAX_NAME + 1];
    HN_TRY(check_unsealed(space, err));
    if (space->n_params >= HN_MAX_PARAMS)
        return hn_fail(err, HONE_EINVAL, "a space has at most %d parameters", HN_MAX_PARAMS);
    size_t n = q.n > HN_MAX_NAME ? HN_MAX_NAME : q.n;
    memcpy(name, q.source + q.from, n);
    name[n] = '\0';
    HN_TRY(check_name(name, q, err));
    HN_TRY(check_new(space, name, q, err));
    memset(out, 0, sizeof *out);
    out->mark = hn_arena_get_mark(&space->arena);
    out->param.name = hn_arena_strdup(&space->arena, name);
    out->param.hash = hn_hash32(name);
    out->param.index = out->param.declared = space->n_params;
    if (out->param.name)
        return HONE_OK;
    forget(space, out->mark);
    return hn_fail_memory(err);
}

static bool grow(void **data, uint32_t *cap, uint32_t n, size_t size)
{
    if (n < *cap)
        return true;
    uint32_t wanted = *cap ? 2 * *cap : 8;
    void *bigger = hn_reallocarray(*data, wanted, size);
    if (!bigger)
        return false;
    *data = bigger;
    *cap = wanted;
    return true;
}

static char *make_spec(hn_arena *arena, const hn_param *param)
{
    hn_str text = HN_STR_INIT;
    hn_spec_write(param, param->condition_text, &text);
    char *spec = hn_str_failed(&text) ? NULL : hn_arena_strdup(arena, hn_str_text(&text));
    hn_str_free(&text);
    return spec;
}

static hone_status commit(hone_space *space, hn_param *p, hone_error *err)
{
    const hn_quote *q = &p->condition_quote;
    if (q->source) {
        p->condition_text = hn_arena_strndup(&space->arena, q->source + q->from, q->n);
        if (!p->condition_text)
            return hn_fail_memory(err);
    }
    p->spec = make_spec(&space->arena, p);
    if (!p->spec ||
        !grow((void **)&space->params, &space->params_cap, space->n_params, sizeof *p) ||
        !hn_map_put(&space->by_name, p->name, space->n_params))
        return hn_fail_memory(err);
    space->params[space->n_params++] = *p;
    return HONE_OK;
}

hone_status hn_addition_close(hone_space *space, hn_addition *addition, hone_status status,
                              hone_error *err)
{
    if (status == HONE_OK)
        status = commit(space, &addition->param, err);
    if (status != HONE_OK)
        forget(space, addition->mark);
    return status;
}

static hone_status add_spec(hone_space *space, hn_quote name, const char *source, size_t length,
                            size_t from, hone_error *err)
{
    hn_addition addition;
    HN_TRY(hn_addition_open(space, name, &addition, err));
    // Conditions are resolved later, and their errors show the text again.
    char *kept = hn_arena_strndup(&space->arena, source, length);
    hone_status status =
        kept ? hn_spec_parse(&space->arena, kept, length, from, &addition.param, err)
             : hn_fail_memory(err);
    return hn_addition_close(space, &addition, status, err);
}

hone_status hone_space_add(hone_space *space, const char *name, const char *spec, hone_error *err)
{
    if (!name || !spec)
        return hn_fail(err, HONE_EINVAL, "a parameter needs a name and a spec");
    size_t n = strlen(name);
    return add_spec(space, (hn_quote){name, n, 0, n}, spec, strlen(spec), 0, err);
}

hone_status hone_space_add_text(hone_space *space, const char *text, hone_error *err)
{
    if (!text)
        return hn_fail(err, HONE_EINVAL, "a parameter needs a text name=spec");
    size_t length = strlen(text), name = strcspn(text, "=");
    HN_TRY(check_unsealed(space, err));
    // The first '=' may be the "==" of a condition; then the one behind the name is missing.
    if (name < length && text[name + 1] == '=' && name_end(text) < name)
        name = length;
    if (name == length && length > 0 && text[length - 1] == '}' && !strchr(text, '{'))
        return hn_fail_at(err, HONE_EPARSE, text, length, length - 1,
                          "this looks like the end of a {…} that the shell has split; write the "
                          "choices without braces and blanks: name=a,b,c");
    if (name == length)
        return hn_fail_at(err, HONE_EPARSE, text, length, name_end(text),
                          "a parameter is written name=spec, as in lr=log:1e-5..1e-1; '=' is "
                          "missing");
    size_t from = hn_skip_space(text, name, 0), end = name;
    while (end > from && hn_is_space(text[end - 1]))
        end--;
    return add_spec(space, (hn_quote){text, length, from, end - from}, text, length, name + 1, err);
}

hone_status hone_space_add_json(hone_space *space, const char *json, hone_error *err)
{
    json_t *entry = NULL;
    if (!json)
        return hn_fail(err, HONE_EINVAL, "a parameter needs a JSON object");
    HN_TRY(hn_json_parse(json, strlen(json), "the parameter", &entry, err));
    hone_status status = hn_space_add_object(space, entry, err);
    json_decref(entry);
    return status;
}

hone_status hn_space_add_rule(hone_space *space, hn_rule_kind kind, hn_quote q, hone_error *err)
{
    hn_arena *arena = &space->arena;
    HN_TRY(check_unsealed(space, err));
    if (space->n_rules >= HN_MAX_RULES)
        return hn_fail(err, HONE_EINVAL, "a space has at most %d rules", HN_MAX_RULES);
    HN_TRY(hn_expr_check(q, err));
    size_t end = q.from + q.n;
    while (end > q.from && hn_is_space(q.source[end - 1]))
        end--;
    q.from = hn_skip_space(q.source, end, q.from);
    q.n = end - q.from;
    hn_arena_mark mark = hn_arena_get_mark(arena);
    hn_rule rule = {.kind = kind};
    rule.quote = (hn_quote){hn_arena_strndup(arena, q.source, q.length), q.length, q.from, q.n};
    rule.label = hn_arena_printf(arena, "%s: %.*s", kind == HN_FORBID ? "forbid" : "require",
                                 (int)q.n, q.source + q.from);
    if (hn_arena_failed(arena) ||
        !grow((void **)&space->rules, &space->rules_cap, space->n_rules, sizeof rule)) {
        forget(space, mark);
        return hn_fail_memory(err);
    }
    rule.text = strchr(rule.label, ':') + 2;
    space->rules[space->n_rules++] = rule;
    return HONE_OK;
}

static hone_status add_rule_text(hone_space *space, hn_rule_kind kind, const char *expr,
                                 hone_error *err)
{
    if (!expr)
        return hn_fail(err, HONE_EINVAL, "a rule needs an expression");
    size_t n = strlen(expr);
    return hn_space_add_rule(space, kind, (hn_quote){expr, n, 0, n}, err);
}

hone_status hone_space_forbid(hone_space *space, const char *expr, hone_error *err)
{
    return add_rule_text(space, HN_FORBID, expr, err);
}

hone_status hone_space_require(hone_space *space, const char *expr, hone_error *err)
{
    return add_rule_text(space, HN_REQUIRE, expr, err);
}

// --- looking ---

const hn_param *hn_space_find(const hone_space *space, const char *name)
{
    uint64_t index;
    return hn_map_get(&space->by_name, name, &index) ? &space->params[index] : NULL;
}

static const hn_param *param_at(const hone_space *space, uint32_t index)
{
    return index < space->n_params ? &space->params[index] : NULL;
}

uint32_t hone_space_n_params(const hone_space *space)
{
    return space->n_params;
}

const char *hone_space_name(const hone_space *space, uint32_t index)
{
    const hn_param *p = param_at(space, index);
    return p ? p->name : NULL;
}

const char *hone_space_spec(const hone_space *space, uint32_t index)
{
    const hn_param *p = param_at(space, index);
    return p ? p->spec : NULL;
}

hone_param_type hone_space_type(const hone_space *space, uint32_t index)
{
    const hn_param *p = param_at(space, index);
    return p ? p->type : HONE_PARAM_FLOAT;
}

int hone_space_index(const hone_space *space, const char *name)
{
    const hn_param *p = name ? hn_space_find(space, name) : NULL;
    return p ? (int)p->index : -1;
}

const char *hone_space_condition(const hone_space *space, uint32_t index)
{
    const hn_param *p = param_at(space, index);
    return p ? p->condition_text : NULL;
}

uint32_t hone_space_n_choices(const hone_space *space, uint32_t index)
{
    const hn_param *p = param_at(space, index);
    return p && p->choices ? p->n_choices : 0;
}

const char *hone_space_choice(const hone_space *space, uint32_t index, uint32_t choice)
{
    const hn_param *p = param_at(space, index);
    return p && p->choices && choice < p->n_choices ? p->choices[choice].text : NULL;
}

char *hone_space_choice_json(const hone_space *space, uint32_t index, uint32_t choice)
{
    const hn_param *p = param_at(space, index);
    hn_str text = HN_STR_INIT;
    if (!p || !p->choices || choice >= p->n_choices)
        return NULL;
    hn_choice_to_json(&p->choices[choice], &text);
    return hn_str_take(&text);
}

hone_status hone_space_value_json(const hone_space *space, const char *name, const char *text,
                                  char **json, hone_error *err)
{
    const hn_param *p = hn_space_find(space, name);
    hn_str out = HN_STR_INIT;
    *json = NULL;
    if (!p)
        return hn_fail(err, HONE_ENOTFOUND, "there is no parameter \"%s\"", name);
    hn_slot *slots = hn_calloc(p->n_slots, sizeof *slots);
    if (!slots)
        return hn_fail_memory(err);
    hone_status status = hn_value_parse(p, text, strlen(text), slots, err);
    if (status == HONE_OK) {
        hn_value_json(p, slots, &out);
        *json = hn_str_take(&out);
        status = *json ? HONE_OK : hn_fail_memory(err);
    }
    hn_free(slots);
    return status;
}

uint32_t hone_space_n_rules(const hone_space *space)
{
    return space->n_rules;
}

const char *hone_space_rule(const hone_space *space, uint32_t index)
{
    return index < space->n_rules ? space->rules[index].label : NULL;
}

double hone_space_cardinality(const hone_space *space)
{
    return space->cardinality;
}
