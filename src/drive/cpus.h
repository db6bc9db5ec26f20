// The CPUs that trials may be given, and how they lie together.
#ifndef HN_DRIVE_CPUS_H
#define HN_DRIVE_CPUS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/error.h"

enum { HN_CPUS_MAX = 8192 }; // as many as Linux can have

typedef struct hn_cpu {
    uint32_t id;
    uint32_t package;
    uint32_t core; // number of the first thread of its core
    uint32_t rank; // which of the core's threads it is, among those that may be used
} hn_cpu;

typedef struct hn_cpus {
    hn_cpu *all;       // [n] threads of a core side by side, cores of a package side by side
    uint32_t n;        // that this process may run on
    uint32_t n_cores;  // to which they belong
    double quota;      // how many may be busy at a time, by the control group; 0: all
    uint32_t n_usable; // the smaller of both, at least 1
} hn_cpus;

// Those of this process.
hone_status hn_cpus_find(hn_arena *arena, hn_cpus *out, hone_error *err);
// The same for given ids [n], with /proc and /sys below `root`: for tests.
hone_status hn_cpus_look(const char *root, const uint32_t *ids, uint32_t n, hn_arena *arena,
                         hn_cpus *out, hone_error *err);
// How many may be used at a time; 0 when that cannot be told.
uint32_t hn_cpus_count(void);
double hn_cpus_quota(void); // as in hn_cpus
// Indices of `all` in the order in which they are given away: with `spread` a thread of each core
// first, else as they lie.
void hn_cpus_order(const hn_cpus *cpus, bool spread, uint32_t *order);

#endif
