// The GPUs that trials may be given, by the names under which programs are told them.
#ifndef HN_DRIVE_GPUS_H
#define HN_DRIVE_GPUS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

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
// --- gpus_smi.c ---
// Its output into `out` [size]; false: there is no such program, it failed, or took too long, which
// `why` [why_size] tells.
bool hn_gpus_ask(char *out, size_t size, char *why, size_t why_size);

#endif
