// The GPUs that trials may be given, by the names under which programs are told them.
#ifndef HN_DRIVE_GPUS_H
#define HN_DRIVE_GPUS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/listen.h"

typedef struct hn_gpus {
    const char **names; // [n] a number, or a UUID
    const char **hip;   // [n] the same ones in HIP_VISIBLE_DEVICES; NULL: it is not set
    uint32_t n;
    const char *variable; // what tells a program which ones are its own
    const char *source;   // what told us: a variable, or "nvidia-smi"
    bool by_bus;          // the numbers are those of nvidia-smi, which counts along the bus
    const char *why;      // n is 0: a clause for people
} hn_gpus;

// In order: CUDA_VISIBLE_DEVICES, HIP_VISIBLE_DEVICES, ROCR_VISIBLE_DEVICES, nvidia-smi -L. None is
// no error: `n` is 0 then. A variable that names a GPU twice is one.
hone_status hn_gpus_find(hn_arena *arena, hn_gpus *out, hone_error *err);
// What `nvidia-smi -L` has said; GPUs that are divided (MIG) are their parts.
hone_status hn_gpus_parse(const char *listing, hn_arena *arena, hn_gpus *out, hone_error *err);
// The same ones, with their names in `arena`.
hone_status hn_gpus_copy(const hn_gpus *from, hn_arena *arena, hn_gpus *out, hone_error *err);
// Does a variable name them, so that nvidia-smi need not be asked?
bool hn_gpus_are_named(void);

// --- gpus_smi.c ---
// nvidia-smi, while it is asked. At first zeros.
typedef struct hn_smi {
    char *listing; // NULL: it is not asked
    hn_listening heard;
    int code; // why it cannot be run; 0
} hn_smi;
hone_status hn_smi_begin(hn_smi *smi, hone_error *err);
// True: it has answered, or never will. `wait`: until then.
bool hn_smi_answers(hn_smi *smi, bool wait);
// What it has answered; it is not asked any more. Without an answer `out` has none of them.
hone_status hn_smi_take(hn_smi *smi, hn_arena *arena, hn_gpus *out, hone_error *err);
void hn_smi_drop(hn_smi *smi); // ends it without an answer; fine when it is not asked

#endif
