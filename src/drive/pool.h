// The CPUs and GPUs of a run, and which place holds which while its trial runs.
#ifndef HN_DRIVE_POOL_H
#define HN_DRIVE_POOL_H

#include "base/str.h"
#include "base/vec.h"
#include "drive/cpus.h"
#include "drive/gpus.h"

// What each trial gets. 0: as it comes.
typedef struct hn_need {
    uint32_t cpus;
    double gpus; // a whole number, or a part of one GPU
} hn_need;

// What a place holds; empty while nothing runs there.
typedef struct hn_share {
    HN_VEC(uint32_t) cpus; // their ids
    HN_VEC(uint32_t) gpus; // indices into the pool's
    double part;           // of each of those GPUs
    hn_str names, hip;     // of the GPUs: what the variables say
} hn_share;

typedef struct hn_pool {
    hn_cpus cpus;     // n 0: not looked for yet
    hn_gpus gpus;     // source NULL: not looked for yet
    bool *cpu_taken;  // [cpus.n]
    uint32_t *order;  // [cpus.n] scratch
    double *gpu_load; // [gpus.n] how much of it is given away
} hn_pool;

// "--gpus-per-trial takes …": what is wrong with such a number, NULL: nothing.
const char *hn_need_fault(double gpus);
// Looks for what is needed, unless that was done before. Fails when not even one trial fits.
hone_status hn_pool_open(hn_pool *pool, const hn_need *need, hn_arena *arena, hone_error *err);
// Takes over which GPUs there are: they have not been looked for yet. Their names stay the
// caller's.
hone_status hn_pool_set_gpus(hn_pool *pool, const hn_gpus *found, hn_arena *arena, hone_error *err);
// How many trials fit at once; UINT32_MAX: nothing limits them.
uint32_t hn_pool_room(const hn_pool *pool, const hn_need *need);
// What limits them, as a clause: "each has 2 CPUs, and 4 may be used here".
void hn_pool_explain(const hn_pool *pool, const hn_need *need, hn_str *out);
// Takes what a trial needs for place `index` of `n_places`, as far as possible what that place had
// before; false when it is not free (then nothing is taken) or memory is short.
bool hn_pool_take(hn_pool *pool, const hn_need *need, uint32_t index, uint32_t n_places,
                  hn_share *share);
bool hn_pool_has_room(const hn_pool *pool, const hn_need *need); // for one more
void hn_pool_give_back(hn_pool *pool, hn_share *share);
void hn_share_free(hn_share *share);

#endif
