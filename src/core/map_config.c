// A configuration of one version of the space as one of another. Parameters are known by their
// names; values are the same when they read the same.
//
//  1. The parameters of the new space are gone through in its order, so that each condition finds
//     the values that it names.
//  2. An active one takes the value that the old configuration has for its name, if that lies in
//     its domain now; otherwise there is no counterpart.
//  3. One that the old configuration lacks counts as having had its default: who adds a parameter
//     with `= value` says what the program did without it. Without a default nothing is known.
//  4. The counterpart must satisfy the rules.
//  5. It is the same configuration if, besides, nothing was lost: a parameter that the new one does
//     not have had its default.

#include "core/view.h"

#include <string.h>

#include "space/choice.h"
#include "space/domain.h"
#include "space/value.h"

static bool same_slots(const hn_param *p, const hn_slot *a, const hn_slot *b)
{
    for (uint32_t k = 0; k < p->n_slots; k++) {
        bool is_float = p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_SIMPLEX;
        if (is_float ? a[k].f != b[k].f : a[k].i != b[k].i)
            return false;
    }
    return true;
}

static bool map_choice(const hn_param *source, const hn_param *param, int64_t choice, hn_slot *out)
{
    bool known = choice >= 0 && choice < source->n_choices;
    int64_t found = known ? hn_choice_find(param, &source->choices[choice]) : -1;
    out->i = found >= 0 ? found : 0;
    return found >= 0;
}

// The value in the domain of `param`: numbers as they are, choices as what they are, everything
// else through its text in the space language.
bool hn_value_map(const hn_param *source, const hn_slot *old, const hn_param *param, hn_slot *out,
                  hn_str *text)
{
    bool number = source->type == HONE_PARAM_FLOAT || source->type == HONE_PARAM_INT;
    if (number && source->type == param->type) {
        *out = *old;
        return hn_domain_contains(param, out, NULL) == HONE_OK;
    }
    if (hn_is_choice(source) && hn_is_choice(param))
        return map_choice(source, param, old->i, out);
    hn_str_clear(text);
    hn_value_write(source, old, text);
    hn_quote quote = {hn_str_text(text), text->n, 0, text->n};
    hone_status status = hn_str_failed(text) ? HONE_ENOMEM : hn_value_read(param, quote, out, NULL);
    text->failed |= status == HONE_ENOMEM;
    return status == HONE_OK;
}

// Had the old configuration a value, other than its default, that the new one does not have?
static bool loses_a_value(const hone_space *from, hn_config old, const hone_space *to,
                          hn_config new)
{
    for (uint32_t p = 0; p < from->n_params; p++) {
        const hn_param *source = &from->params[p], *param = hn_space_find(to, source->name);
        if (!hn_active(old.active, p) || (param && hn_active(new.active, param->index)))
            continue;
        if (!source->has_default || !same_slots(source, old.slots + source->slot, source->fallback))
            return true;
    }
    return false;
}

hn_mapped hn_config_map(const hone_space *from, hn_config old, const hone_space *to,
                        bool by_running, hn_config out)
{
    hn_mapped mapped = hn_config_map_some(from, old, to, NULL, by_running, out);
    return mapped == HN_MAPPED_FAILED ? HN_MAPPED_NOT : mapped;
}

hn_mapped hn_config_map_some(const hone_space *from, hn_config old, const hone_space *to,
                             const bool *has, bool by_running, hn_config out)
{
    hn_str text = HN_STR_INIT;
    hn_mapped mapped = HN_MAPPED_WHOLLY;
    memset(out.slots, 0, to->n_slots * sizeof *out.slots);
    memset(out.active, 0, to->n_words * sizeof *out.active);
    for (uint32_t p = 0; p < to->n_params && mapped != HN_MAPPED_NOT; p++) {
        const hn_param *param = &to->params[p], *source = hn_space_find(from, param->name);
        hn_slot *slots = out.slots + param->slot;
        bool known = source && (!has || has[p]) && hn_active(old.active, source->index);
        // What a trial that defines its space by running has asked for follows no condition.
        if (!by_running && !hn_condition_holds(to, param, out))
            continue;
        if (known && !hn_value_map(source, old.slots + source->slot, param, slots, &text))
            mapped = HN_MAPPED_NOT;
        else if (!known && param->has_default && !by_running)
            memcpy(slots, param->fallback, param->n_slots * sizeof *slots);
        else if (!known && !by_running)
            mapped = HN_MAPPED_PARTLY;
        hn_set_active(out.active, p, known || (param->has_default && !by_running));
    }
    bool failed = hn_str_failed(&text);
    hn_str_free(&text);
    if (failed)
        return HN_MAPPED_FAILED;
    if (mapped == HN_MAPPED_NOT || !hn_space_allows(to, out, NULL))
        return HN_MAPPED_NOT;
    bool equal = mapped == HN_MAPPED_WHOLLY && !loses_a_value(from, old, to, out);
    return equal ? HN_MAPPED_EQUAL : mapped;
}
