// Sampling from the priors, attempt after attempt until the rules hold.
//
// Number `lane` of a parameter comes from the stream (hash of its name, attempt, lane): a
// parameter's values do not depend on which others there are or on their order.
#include <assert.h>
#include <string.h>

#include "space/unit.h"

static void draw(const hone_space *space, const hn_rng *rng, uint32_t attempt, hn_config out)
{
    double u[HN_MAX_ORDER];
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        for (uint32_t k = 0; k < p->n_dims; k++)
            u[k] = hn_rng_uniform(rng, p->hash, attempt, k);
        hn_prior_decode(p, u, out.slots + p->slot);
    }
    hn_space_activate(space, out);
}

// Called when no attempt was allowed: the rule that refused most is named.
static hone_status fail_refused(const hone_space *space, const hn_rng *rng, hn_config out,
                                hone_error *err)
{
    uint32_t *counts = hn_calloc(space->n_rules, sizeof *counts);
    uint32_t most = 0;
    if (!counts)
        return hn_fail_memory(err);
    for (uint32_t attempt = 0; attempt < HN_SAMPLE_MAX_ATTEMPTS; attempt++) {
        const hn_rule *broken = NULL;
        draw(space, rng, attempt, out);
        if (hn_space_allows(space, out, &broken))
            continue;
        uint32_t rule = (uint32_t)(broken - space->rules);
        if (++counts[rule] > counts[most])
            most = rule;
    }
    uint32_t n = counts[most];
    hn_free(counts);
    return hn_fail(err, HONE_EINVAL,
                   "none of %d samples satisfies the rules; '%s' refused most (%u): widen the "
                   "space or write the rule as a condition",
                   HN_SAMPLE_MAX_ATTEMPTS, space->rules[most].label, n);
}

void hn_space_fill(const hone_space *space, const hn_rng *rng, uint32_t attempt, hn_config config)
{
    double u[HN_MAX_ORDER];
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool has = hn_active(config.active, i);
        // The bits before this one are final, so the condition may rely on them.
        bool on = hn_condition_holds(space, p, config);
        hn_set_active(config.active, i, on);
        if (!on)
            memset(config.slots + p->slot, 0, p->n_slots * sizeof *config.slots);
        if (!on || has)
            continue;
        for (uint32_t k = 0; k < p->n_dims; k++)
            u[k] = hn_rng_uniform(rng, p->hash, attempt, k);
        hn_prior_decode(p, u, config.slots + p->slot);
    }
}

hone_status hn_space_sample(const hone_space *space, const hn_rng *rng, hn_config out,
                            uint32_t *n_attempts, hone_error *err)
{
    assert(space->sealed);
    for (uint32_t attempt = 0; attempt < HN_SAMPLE_MAX_ATTEMPTS; attempt++) {
        draw(space, rng, attempt, out);
        if (hn_space_allows(space, out, NULL)) {
            if (n_attempts)
                *n_attempts = attempt + 1;
            return HONE_OK;
        }
    }
    // Counting belongs to the failure alone, so that success does not pay for it.
    return fail_refused(space, rng, out, err);
}

hone_status hone_space_sample_json(const hone_space *space, uint64_t seed, uint32_t n, char **out,
                                   double *accepted, hone_error *err)
{
    hone_status status = HONE_OK;
    hn_arena arena = HN_ARENA_INIT;
    hn_str text = HN_STR_INIT;
    uint64_t n_attempts = 0;
    *out = NULL;
    if (!space->sealed)
        return hn_fail(err, HONE_ESTATE, "the space must be sealed before it is sampled");
    hn_config config = hn_config_new(&arena, space);
    if (!config.slots)
        HN_TRY_OUT(hn_fail_memory(err));
    for (uint32_t i = 0; i < n; i++) {
        hn_rng rng = hn_rng_make(seed, HN_PURPOSE_PRIOR, i);
        uint32_t attempts;
        HN_TRY_OUT(hn_space_sample(space, &rng, config, &attempts, err));
        n_attempts += attempts;
        hn_config_json(space, config, &text);
        hn_str_add_char(&text, '\n');
    }
    if (accepted)
        *accepted = n > 0 ? (double)n / (double)n_attempts : 1;
    *out = hn_str_take(&text);
    if (!*out)
        status = hn_fail_memory(err);
out:
    hn_str_free(&text);
    hn_arena_free(&arena);
    return status;
}
