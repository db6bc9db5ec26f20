// A trial of Optuna as a configuration of a space that was found for its study.
#ifndef HN_EXCHANGE_OPTUNA_CONFIG_H
#define HN_EXCHANGE_OPTUNA_CONFIG_H

#include "exchange/optuna_space.h"

// Its values as they were used, and active what it has. The first value that is none of its
// parameter's (a choice that does not exist, a number that is not finite), NULL when there is none;
// numbers may lie outside their range.
const hn_optuna_value *hn_optuna_config(const hn_optuna_space *space, const hn_optuna_trial *trial,
                                        hn_config out);
// Writes it as events have it into `out`, which is emptied. HONE_ECORRUPT when a study would not
// take it: what it has is not what the conditions say of its values.
hone_status hn_optuna_config_write(const hone_space *space, hn_config config, hn_str *out,
                                   hone_error *err);

#endif
