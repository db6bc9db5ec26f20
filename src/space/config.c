// Configurations: rows of slots and the bits that say which parameters are active.
#include <string.h>

#include "space/space.h"

hn_config hn_config_new(hn_arena *arena, const hone_space *space)
{
    hn_config config = {HN_ZNEW(arena, hn_slot, space->n_slots),
                        HN_ZNEW(arena, uint64_t, space->n_words)};
    if (!config.slots || !config.active)
        config = (hn_config){NULL, NULL};
    return config;
}

void hn_config_copy(const hone_space *space, hn_config to, hn_config from)
{
    memcpy(to.slots, from.slots, space->n_slots * sizeof *to.slots);
    memcpy(to.active, from.active, space->n_words * sizeof *to.active);
}

static bool holds_floats(const hn_param *p)
{
    return p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_SIMPLEX;
}

bool hn_config_equal(const hone_space *space, hn_config a, hn_config b)
{
    if (memcmp(a.active, b.active, space->n_words * sizeof *a.active) != 0)
        return false;
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        if (!hn_active(a.active, i))
            continue;
        for (uint32_t k = p->slot; k < p->slot + p->n_slots; k++) {
            // By value, so that 0 and -0 are the same.
            if (holds_floats(p) ? a.slots[k].f != b.slots[k].f : a.slots[k].i != b.slots[k].i)
                return false;
        }
    }
    return true;
}

uint64_t hn_config_hash(const hone_space *space, hn_config config)
{
    // A few multiplications per slot (the finalizer of MurmurHash3) over parameter and value.
    uint64_t hash = 0x9E3779B97F4A7C15u;
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        if (!hn_active(config.active, i))
            continue;
        for (uint32_t k = 0; k < p->n_slots; k++) {
            hn_slot slot = config.slots[p->slot + k];
            if (holds_floats(p) && slot.f == 0)
                slot.f = 0;
            hash ^= (uint64_t)slot.i + ((uint64_t)p->hash << 32 | k);
            hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCDu;
            hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53u;
            hash ^= hash >> 33;
        }
    }
    return hash;
}
