// See optuna_config.h.

#include "exchange/optuna_config.h"

#include <math.h>
#include <string.h>

// Rounded only once it is known to be in range: of what fits no integer llround says anything.
static bool set_slot(const hn_param *param, double value, hn_slot *out)
{
    if (param->type == HONE_PARAM_FLOAT) {
        out->f = value;
        return isfinite(value);
    }
    double low = hn_is_choice(param) ? 0 : -9e18;
    double high = hn_is_choice(param) ? (double)param->n_choices - 1 : 9e18;
    if (!(value >= low && value <= high))
        return false;
    out->i = (int64_t)llround(value);
    return true;
}

const hn_optuna_value *hn_optuna_config(const hn_optuna_space *space, const hn_optuna_trial *trial,
                                        hn_config out)
{
    memset(out.slots, 0, space->space->n_slots * sizeof *out.slots);
    memset(out.active, 0, space->space->n_words * sizeof *out.active);
    for (size_t i = 0; i < trial->params.n; i++) {
        const hn_optuna_value *value = &trial->params.data[i];
        const hn_param *param = space->params[value->param].param;
        if (!param)
            continue;
        if (!set_slot(param, value->internal, &out.slots[param->slot]))
            return value;
        hn_set_active(out.active, param->index, true);
    }
    return NULL;
}

hone_status hn_optuna_config_write(const hone_space *space, hn_config config, hn_str *out,
                                   hone_error *err)
{
    hn_str_clear(out);
    hn_config_write(space, config, out);
    if (hn_str_failed(out))
        return hn_fail_memory(err);
    // Reads back what it has, or fails over what is active: the values stay.
    return hn_config_read(space, out->data, out->n, config, err);
}
