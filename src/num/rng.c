// Philox4x32-10: ten rounds of two 32 × 32 -> 64 bit multiplications, the key bumped by Weyl
// constants between them.
//
// Source: J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw, Parallel random numbers: as easy as
// 1, 2, 3. SC 2011, section 4.2. One block costs about 10 ns; of its four words we use two.
//
// The key of (seed, purpose) is mix(mix(seed + G) + purpose * G), where G = 2^64 / golden ratio and
// mix is the finaliser of splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
// generators. OOPSLA 2014). mix is a bijection: no two seeds share a key within one purpose, and no
// two purposes within one seed. Its numbers are pinned by test/unit/num/test_rng.c.
#include "num/rng.h"

enum { ROUNDS = 10 };
#define MULTIPLIER_0 0xD2511F53u
#define MULTIPLIER_1 0xCD9E8D57u
#define WEYL_0       0x9E3779B9u
#define WEYL_1       0xBB67AE85u
#define GOLDEN       0x9E3779B97F4A7C15u

void hn_philox4x32(uint32_t ctr[4], const uint32_t key[2])
{
    uint32_t c0 = ctr[0], c1 = ctr[1], c2 = ctr[2], c3 = ctr[3], k0 = key[0], k1 = key[1];
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t p0 = (uint64_t)MULTIPLIER_0 * c0, p1 = (uint64_t)MULTIPLIER_1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += WEYL_0;
        k1 += WEYL_1;
    }
    ctr[0] = c0;
    ctr[1] = c1;
    ctr[2] = c2;
    ctr[3] = c3;
}

static uint64_t mix(uint64_t z)
{
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

hn_rng hn_rng_make(uint64_t seed, hn_purpose purpose, uint32_t trial)
{
    uint64_t key = mix(mix(seed + GOLDEN) + (uint64_t)purpose * GOLDEN);
    return (hn_rng){{(uint32_t)key, (uint32_t)(key >> 32)}, trial};
}

uint64_t hn_rng_u64(const hn_rng *rng, uint32_t name, uint32_t attempt, uint32_t lane)
{
    uint32_t ctr[4] = {rng->trial, name, attempt, lane};
    hn_philox4x32(ctr, rng->key);
    return (uint64_t)ctr[1] << 32 | ctr[0];
}

double hn_rng_uniform(const hn_rng *rng, uint32_t name, uint32_t attempt, uint32_t lane)
{
    // 52 random bits in the middle of their cells: 2^53 odd multiples of 2^-53 would include one
    // that rounds to 1.
    uint64_t bits = hn_rng_u64(rng, name, attempt, lane) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
}

uint64_t hn_rng_below(const hn_rng *rng, uint32_t name, uint32_t attempt, uint32_t lane, uint64_t n)
{
    __extension__ typedef unsigned __int128 uint128;
    return (uint64_t)((uint128)hn_rng_u64(rng, name, attempt, lane) * n >> 64);
}
