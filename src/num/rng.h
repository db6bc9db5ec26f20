// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random
// numbers: as easy as 1, 2, 3. SC 2011).
//
// No state: a number is a pure function of a key and a counter, so that trial k's numbers do not
// depend on timing, on other parameters or on how often another stream was drawn from.
//     key     = (study seed, purpose)
//     counter = (trial, hash of the parameter's name, attempt, lane)
// Expected numbers (published vectors of the authors' Random123): see test/unit/num/test_rng.c.
#ifndef HN_NUM_RNG_H
#define HN_NUM_RNG_H

#include <stdint.h>

// What a stream is for; append only, the numbers are part of the reproducibility promise.
typedef enum hn_purpose {
    HN_PURPOSE_SUGGEST = 1,  // a sampler's own draws
    HN_PURPOSE_PRIOR = 2,    // sampling the space
    HN_PURPOSE_SHUFFLE = 3,  // orders (grid)
    HN_PURPOSE_SCRAMBLE = 4, // quasi-random scrambling
    HN_PURPOSE_TRIAL = 5,    // {seed}: handed to the trial
    HN_PURPOSE_SCHEDULE = 6, // a scheduler's draws
    HN_PURPOSE_TEST = 7,
    HN_PURPOSE_EXPLORE = 8, // a fork's values from its parent's
} hn_purpose;

typedef struct hn_rng {
    uint32_t key[2];
    uint32_t trial;
} hn_rng;

// The raw block function, in place: ctr[4], key[2].
void hn_philox4x32(uint32_t ctr[4], const uint32_t key[2]);

hn_rng hn_rng_make(uint64_t seed, hn_purpose purpose, uint32_t trial);
// 64 random bits of the stream (name, attempt, lane).
uint64_t hn_rng_u64(const hn_rng *rng, uint32_t name, uint32_t attempt, uint32_t lane);
// Uniform in the open interval (0, 1), 52 random bits: never 0, never 1.
double hn_rng_uniform(const hn_rng *rng, uint32_t name, uint32_t attempt, uint32_t lane);
// Uniform integer in [0, n), n ≥ 1, one draw (multiply-shift on 64 bits; bias < n / 2^64).
uint64_t hn_rng_below(const hn_rng *rng, uint32_t name, uint32_t attempt, uint32_t lane,
                      uint64_t n);

#endif
