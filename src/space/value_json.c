// Values as JSON, and back.
//
// Writing: a float always has a '.' or an 'e', so that a reader that tells integers from reals
// gets the type of the parameter and not of the value. A choice keeps the type it was given.
#include <string.h>

#include "base/json.h"
#include "space/domain.h"
#include "space/lex.h"
#include "space/value.h"

static void write_array(const hn_param *p, const hn_slot *slots, hn_str *out)
{
    uint32_t n = 0;
    hn_str_add_char(out, '[');
    for (uint32_t i = 0; i < p->n_choices; i++) {
        if (p->type == HONE_PARAM_SUBSET && !((uint64_t)slots[0].i >> i & 1))
            continue;
        hn_str_add(out, n++ ? "," : "");
        if (p->type == HONE_PARAM_SIMPLEX)
            hn_str_add_real(out, slots[i].f);
        else
            hn_choice_to_json(&p->choices[p->type == HONE_PARAM_SUBSET ? i : slots[i].i], out);
    }
    hn_str_add_char(out, ']');
}

void hn_value_json(const hn_param *p, const hn_slot *slots, hn_str *out)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        hn_str_add_real(out, slots[0].f);
        return;
    case HONE_PARAM_INT:
        hn_str_add_int(out, slots[0].i);
        return;
    case HONE_PARAM_PERMUTATION:
    case HONE_PARAM_SUBSET:
    case HONE_PARAM_SIMPLEX:
        write_array(p, slots, out);
        return;
    default:
        hn_choice_to_json(&p->choices[slots[0].i], out);
    }
}

void hn_config_json(const hone_space *space, hn_config config, hn_str *out)
{
    bool first = true;
    hn_str_add_char(out, '{');
    for (uint32_t k = 0; k < space->n_params; k++) {
        const hn_param *p = &space->params[space->declared[k]];
        if (!hn_active(config.active, p->index))
            continue;
        hn_str_add(out, first ? "" : ",");
        first = false;
        hn_str_add_json(out, p->name);
        hn_str_add_char(out, ':');
        hn_value_json(p, config.slots + p->slot, out);
    }
    hn_str_add_char(out, '}');
}

// --- reading ---

static hone_status wrong_type(const hn_param *p, const char *wanted, hone_error *err)
{
    char domain[HN_DOMAIN_TEXT];
    hn_domain_text(p, domain);
    return hn_fail(err, HONE_EINVAL, "%s takes %s: %s", p->name, wanted, domain);
}

static hone_status read_number(const hn_param *p, const json_t *value, hn_slot *slot,
                               hone_error *err)
{
    double x;
    if (p->type == HONE_PARAM_INT && json_is_integer(value)) {
        slot->i = json_integer_value(value);
        return HONE_OK;
    }
    if (!hn_json_double(value, &x))
        return wrong_type(p, "a number", err);
    if (p->type == HONE_PARAM_INT)
        return hn_whole(x, &slot->i) ? HONE_OK : wrong_type(p, "a whole number", err);
    slot->f = hn_domain_meant(p, x) + 0.0;
    return HONE_OK;
}

static hone_status read_choice(const hn_param *p, const json_t *value, int64_t *index,
                               hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_choice choice;
    hone_status status = hn_json_choice(&arena, value, &choice, err);
    if (status == HONE_OK) {
        *index = hn_choice_find(p, &choice);
        if (*index < 0)
            status = hn_value_no_choice(p, (hn_quote){NULL, 0, 0, 0}, choice.text, err);
    }
    hn_arena_free(&arena);
    return status;
}

static hone_status read_array(const hn_param *p, const json_t *value, hn_slot *slots,
                              hone_error *err)
{
    size_t n = json_array_size(value);
    bool subset = p->type == HONE_PARAM_SUBSET;
    if (!json_is_array(value) || (!subset && n != p->n_choices))
        return hn_fail(err, HONE_EINVAL,
                       subset ? "%s takes an array of items" : "%s takes an array of %u", p->name,
                       p->n_choices);
    memset(slots, 0, p->n_slots * sizeof *slots);
    for (size_t i = 0; i < n; i++) {
        const json_t *item = json_array_get(value, i);
        int64_t index = 0;
        if (p->type == HONE_PARAM_SIMPLEX) {
            HN_TRY(read_number(p, item, &slots[i], err));
            continue;
        }
        HN_TRY(read_choice(p, item, &index, err));
        if (!subset)
            slots[i].i = index;
        else if ((uint64_t)slots[0].i >> index & 1)
            return hn_fail(err, HONE_EINVAL, "%s has '%.60s' twice", p->name,
                           p->choices[index].text);
        else
            slots[0].i = (int64_t)((uint64_t)slots[0].i | (uint64_t)1 << index);
    }
    return HONE_OK;
}

hone_status hn_value_from_json(const hn_param *p, const struct json_t *value, hn_slot *slots,
                               hone_error *err)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
        HN_TRY(read_number(p, value, slots, err));
        break;
    case HONE_PARAM_PERMUTATION:
    case HONE_PARAM_SUBSET:
    case HONE_PARAM_SIMPLEX:
        HN_TRY(read_array(p, value, slots, err));
        break;
    default:
        HN_TRY(read_choice(p, value, &slots[0].i, err));
    }
    return hn_domain_contains(p, slots, err);
}
