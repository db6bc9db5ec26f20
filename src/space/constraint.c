// Rules between parameters, and whether a configuration is one of this space.

#include "space/domain.h"
#include "space/space.h"

bool hn_space_allows(const hone_space *space, hn_config config, const hn_rule **broken)
{
    for (uint32_t i = 0; i < space->n_rules; i++) {
        const hn_rule *rule = &space->rules[i];
        hn_truth truth = hn_expr_eval(rule->expr, space, config.slots, config.active);
        // Unknown is no objection.
        if (truth == (rule->kind == HN_FORBID ? HN_TRUE : HN_FALSE)) {
            if (broken)
                *broken = rule;
            return false;
        }
    }
    return true;
}

static bool is_zero(const hn_slot *slots, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        if (slots[i].i != 0)
            return false;
    }
    return true;
}

static hone_status validate_activity(const hone_space *space, hn_config config, hone_error *err)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool on = hn_active(config.active, i);
        // The bits before this one have been found right, so the condition may rely on them.
        bool should = hn_condition_holds(space, p, config);
        if (on && !should)
            return hn_fail(err, HONE_EINVAL, "%s has a value, but its condition (%s) does not hold",
                           p->name, hn_expr_text(p->condition));
        if (!on && should)
            return hn_fail(err, HONE_EINVAL, "%s has no value%s%s%s", p->name,
                           p->condition ? ", but its condition (" : "",
                           p->condition ? hn_expr_text(p->condition) : "",
                           p->condition ? ") holds" : "");
        if (!on && !is_zero(config.slots + p->slot, p->n_slots))
            return hn_fail(err, HONE_EINVAL, "%s is inactive, but its slots are not zero", p->name);
    }
    return HONE_OK;
}

// What most values are, told without a call: suggesting a point costs little more.
static bool is_plainly_inside(const hn_param *p, double x)
{
    bool plain = p->type == HONE_PARAM_FLOAT && p->step == 0 &&
                 (p->scale == HN_LINEAR || p->scale == HN_LOG);
    return plain && x >= p->low && x <= p->high;
}

hone_status hn_space_validate(const hone_space *space, hn_config config, hone_error *err)
{
    // Domains first: evaluating a condition relies on choices that exist.
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        if (hn_active(config.active, i) && !is_plainly_inside(p, config.slots[p->slot].f))
            HN_TRY(hn_domain_contains(p, config.slots + p->slot, err));
    }
    return validate_activity(space, config, err);
}
