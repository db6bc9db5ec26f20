// Sealing: what was added becomes a space that can be sampled.
//
//     1. order the parameters so that a condition names earlier ones only
//     2. give each its slots and its dimensions
//     3. resolve conditions and rules against the final order; normalise their texts
//     4. refuse defaults that a rule excludes
//     5. count the configurations
// Everything new is made beside the old and swapped in, so that a failed seal changes nothing.
#include "space/seal.h"

#include <string.h>

#include "space/spec.h"

typedef struct parts {
    hn_param *params;
    hn_rule *rules;
    hn_map by_name;
    uint32_t *declared;
} parts;

static void swap(hone_space *space, parts *other)
{
    parts mine = {space->params, space->rules, space->by_name, space->declared};
    space->params = other->params;
    space->rules = other->rules;
    space->by_name = other->by_name;
    space->declared = other->declared;
    *other = mine;
}

static void free_parts(parts *p)
{
    hn_free(p->params);
    hn_free(p->rules);
    hn_map_free(&p->by_name);
}

// Steps 1 and 2.
static hone_status arrange(hone_space *space, const uint32_t *order, parts *out, hone_error *err)
{
    uint32_t n = space->n_params;
    out->params = hn_calloc(n + 1, sizeof *out->params);
    out->rules = hn_calloc(space->n_rules + 1, sizeof *out->rules);
    out->declared = HN_NEW(&space->arena, uint32_t, n);
    if (!out->params || !out->rules || !out->declared)
        return hn_fail_memory(err);
    uint32_t slot = 0, dim = 0;
    for (uint32_t i = 0; i < n; i++) {
        hn_param *p = &out->params[i];
        *p = space->params[order[i]];
        p->index = i;
        p->slot = slot;
        p->dim = dim;
        slot += p->n_slots;
        dim += p->n_dims;
        out->declared[p->declared] = i;
        if (!hn_map_put(&out->by_name, p->name, i))
            return hn_fail_memory(err);
    }
    if (space->n_rules > 0)
        memcpy(out->rules, space->rules, space->n_rules * sizeof *out->rules);
    space->n_slots = slot;
    space->n_dims = dim;
    space->n_words = (n + 63) / 64;
    return HONE_OK;
}

// Step 3.
static hone_status resolve_params(hone_space *space, hone_error *err)
{
    hn_str text = HN_STR_INIT;
    hone_status status = HONE_OK;
    for (uint32_t i = 0; i < space->n_params; i++) {
        hn_param *p = &space->params[i];
        if (!p->condition_quote.source)
            continue;
        HN_TRY_OUT(hn_expr_parse(&space->arena, space, p->condition_quote, &p->condition, err));
        p->condition_text = hn_expr_text(p->condition);
        hn_str_clear(&text);
        hn_spec_write(p, p->condition_text, &text);
        p->spec = hn_arena_strdup(&space->arena, hn_str_text(&text));
        if (!p->spec || hn_str_failed(&text))
            HN_TRY_OUT(hn_fail_memory(err));
    }
out:
    hn_str_free(&text);
    return status;
}

static hone_status resolve_rules(hone_space *space, hone_error *err)
{
    for (uint32_t i = 0; i < space->n_rules; i++) {
        hn_rule *rule = &space->rules[i];
        const char *kind = rule->kind == HN_FORBID ? "forbid" : "require";
        hone_status status = hn_expr_parse(&space->arena, space, rule->quote, &rule->expr, err);
        if (status != HONE_OK) {
            hn_error_trail(err, "%s", kind);
            return status;
        }
        rule->text = hn_expr_text(rule->expr);
        rule->label = hn_arena_printf(&space->arena, "%s: %s", kind, rule->text);
        if (!rule->label)
            return hn_fail_memory(err);
    }
    return HONE_OK;
}

// Step 4. Parameters without a default are unknown: a rule is broken only by defaults alone.
static hone_status check_defaults(const hone_space *space, hn_arena *scratch, hone_error *err)
{
    const hn_rule *broken;
    hn_config config = hn_config_new(scratch, space);
    if (!config.slots)
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool on = p->has_default && hn_condition_holds(space, p, config);
        if (on)
            memcpy(config.slots + p->slot, p->fallback, p->n_slots * sizeof *config.slots);
        hn_set_active(config.active, i, on);
    }
    if (hn_space_allows(space, config, &broken))
        return HONE_OK;
    return hn_fail(err, HONE_EINVAL, "the defaults break the rule %s; change a default or the rule",
                   broken->label);
}

hone_status hone_space_seal(hone_space *space, hone_error *err)
{
    if (space->sealed)
        return HONE_OK;
    hn_arena scratch = HN_ARENA_INIT;
    hn_arena_mark mark = hn_arena_get_mark(&space->arena);
    parts fresh = {.by_name = HN_MAP_INIT};
    bool swapped = false;
    hone_status status = HONE_OK;
    uint32_t *order = HN_NEW(&scratch, uint32_t, space->n_params);
    if (!order)
        HN_TRY_OUT(hn_fail_memory(err));
    HN_TRY_OUT(hn_space_order(space, &scratch, order, err));
    HN_TRY_OUT(arrange(space, order, &fresh, err));
    swap(space, &fresh);
    swapped = true;
    HN_TRY_OUT(resolve_params(space, err));
    HN_TRY_OUT(resolve_rules(space, err));
    HN_TRY_OUT(check_defaults(space, &scratch, err));
    HN_TRY_OUT(hn_space_count(space, err));
    space->sealed = true;
    swapped = false; // what is freed below are the old parts
out:
    if (swapped)
        swap(space, &fresh);
    if (status != HONE_OK) {
        hn_arena_rewind(&space->arena, mark);
        space->arena.failed = false;
    }
    free_parts(&fresh);
    hn_arena_free(&scratch);
    return status;
}
