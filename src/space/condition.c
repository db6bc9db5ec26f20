// Which parameters are active.
#include <string.h>

#include "space/space.h"

void hn_space_activate(const hone_space *space, hn_config config)
{
    // A condition names earlier parameters only, so one pass decides all; what it names and is
    // inactive makes it unknown, which is false here.
    memset(config.active, 0, space->n_words * sizeof *config.active);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool on = hn_condition_holds(space, p, config);
        hn_set_active(config.active, i, on);
        if (!on)
            memset(config.slots + p->slot, 0, p->n_slots * sizeof *config.slots);
    }
}
