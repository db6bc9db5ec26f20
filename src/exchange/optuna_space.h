// The space that an Optuna study searched, worked out from what its trials recorded.
#ifndef HN_EXCHANGE_OPTUNA_SPACE_H
#define HN_EXCHANGE_OPTUNA_SPACE_H

#include <jansson.h>

#include "exchange/optuna.h"
#include "space/space.h"

typedef struct hn_optuna_param {
    const char *name;      // in the space; NULL: no trial that counts has it
    const hn_param *param; // NULL: it never had but one value, and is not part of the space
    const char *only;      // JSON of the value of such a one
} hn_optuna_param;

typedef struct hn_optuna_space {
    hone_space *space;       // sealed, the caller's to destroy
    hn_optuna_param *params; // [study->names.n]
} hn_optuna_space;

typedef void (*hn_optuna_note)(void *user, const char *text);

// `own` (may be NULL): the space that a study exported from Hone carries; it is taken if every
// recorded distribution lies in it and every finished trial follows its conditions, else it is
// worked out. `note` (may be NULL) hears in sentences
// what could not be taken over as it was. Texts live in `arena`.
hone_status hn_optuna_space_find(const hn_optuna_study *study, const json_t *own, hn_arena *arena,
                                 hn_optuna_note note, void *user, hn_optuna_space *out,
                                 hone_error *err);

#endif
