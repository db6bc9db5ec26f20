// Features; see features.h. Numbers are the coordinates of the unit cube, so that there is one
// notion of where a value lies.

#include "space/features.h"

#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "space/domain.h"
#include "space/unit.h"

static bool is_choice(const hn_param *p)
{
    return p->type == HONE_PARAM_CATEGORICAL || p->type == HONE_PARAM_BOOL;
}

static hn_feature describe(const hn_param *p)
{
    hn_feature feature = {p->index, 0, INFINITY};
    if (is_choice(p))
        feature.n_choices = p->n_choices;
    else if (p->type == HONE_PARAM_SUBSET)
        feature.n_choices = 2;
    else if (p->type == HONE_PARAM_PERMUTATION)
        feature.n_values = p->n_choices;
    else if (p->type != HONE_PARAM_SIMPLEX)
        feature.n_values = hn_domain_count(p);
    if (feature.n_choices > 0)
        feature.n_values = feature.n_choices;
    return feature;
}

void hn_features_describe(const hone_space *space, hn_feature *out)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        for (uint32_t k = 0; k < p->n_dims; k++)
            out[p->dim + k] = describe(p);
    }
}

static void encode(const hn_param *p, bool on, const hn_slot *slots, double *x)
{
    if (on && is_choice(p))
        x[0] = (double)slots[0].i;
    else if (on && p->type != HONE_PARAM_SUBSET)
        hn_unit_encode(p, slots, x);
    for (uint32_t k = 0; on && p->type == HONE_PARAM_SUBSET && k < p->n_dims; k++)
        x[k] = (double)((uint64_t)slots[0].i >> k & 1);
    for (uint32_t k = 0; !on && k < p->n_dims; k++)
        x[k] = NAN;
}

void hn_features_encode(const hone_space *space, hn_config config, double *x)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        encode(p, hn_active(config.active, i), config.slots + p->slot, x + p->dim);
    }
}

void hn_features_encode_near(const hone_space *space, hn_config from, const double *x_from,
                             hn_config config, double *x)
{
    memcpy(x, x_from, space->n_dims * sizeof *x);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool on = hn_active(config.active, i), same = on == hn_active(from.active, i);
        for (uint32_t k = p->slot; same && k < p->slot + p->n_slots; k++)
            same = config.slots[k].i == from.slots[k].i;
        if (!same)
            encode(p, on, config.slots + p->slot, x + p->dim);
    }
}

static void decode(const hn_param *p, const double *x, hn_slot *slots)
{
    uint64_t bits = 0;
    if (is_choice(p)) {
        slots[0].i = (int64_t)hn_clamp(round(x[0]), 0, p->n_choices - 1.0);
        return;
    }
    if (p->type != HONE_PARAM_SUBSET) {
        hn_unit_decode(p, x, slots);
        return;
    }
    for (uint32_t k = 0; k < p->n_dims; k++)
        bits |= (uint64_t)(x[k] > 0.5) << k;
    slots[0].i = (int64_t)bits;
}

static bool is_whole(const hn_param *p, const double *x)
{
    for (uint32_t k = 0; k < p->n_dims; k++)
        if (isnan(x[k]))
            return false;
    return true;
}

void hn_features_decode(const hone_space *space, const double *x, const hn_rng *rng,
                        uint32_t attempt, hn_config out)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool on = is_whole(p, x + p->dim);
        hn_set_active(out.active, i, on);
        if (on)
            decode(p, x + p->dim, out.slots + p->slot);
    }
    hn_space_fill(space, rng, attempt, out);
}
