// Scrambled Sobol points, in random access.
//
//   1. Direction numbers V_1, V_2, … of a dimension follow from its row of the table by the
//      recurrence of the primitive polynomial x^s + a_1 x^(s-1) + … + a_(s-1) x + 1:
//          V_k = a_1 V_(k-1) ^ … ^ a_(s-1) V_(k-s+1) ^ V_(k-s) ^ (V_(k-s) >> s).
//   2. Point `index` is the exclusive or of the V_k of its set bits (plain binary order; the order
//      of Antonov and Saleev has the same 2^k first points, its i-th is our i ^ (i >> 1)).
//   3. Scrambling: bit r of the result, from the top, is bit r of the point plus a random
//      combination of the bits above it (Matoušek's random linear scramble), plus a random bit.
//      A lower triangular matrix of unit diagonal keeps every elementary interval's count.
//
// Only the V_k that the index needs are made: about 0.3 µs a call.
#include "num/qmc.h"

#include "num/rng.h"
#include "num/sobol_table.h"

enum { BITS = 32, SHIFT_LANE = BITS / 2 };

_Static_assert(HN_SOBOL_ROWS + 1 == HN_SOBOL_MAX_DIM, "the table has another number of dimensions");

static uint32_t next_direction(const hn_sobol_row *row, const uint32_t *v, int k)
{
    int s = row->s;
    uint32_t x = v[k - s] ^ (v[k - s] >> s);
    for (int i = 1; i < s; i++) {
        if (row->a >> (s - 1 - i) & 1)
            x ^= v[k - i];
    }
    return x;
}

uint32_t hn_sobol_raw(uint32_t dim, uint32_t index)
{
    uint32_t v[BITS], x = 0;
    const hn_sobol_row *row = dim > 0 ? &hn_sobol_rows[dim - 1] : 0;
    for (int k = 0; k < BITS && index >> k != 0; k++) {
        if (!row)
            v[k] = 1u << (BITS - 1 - k);
        else if (k < row->s)
            v[k] = (uint32_t)row->m[k] << (BITS - 1 - k);
        else
            v[k] = next_direction(row, v, k);
        if (index >> k & 1)
            x ^= v[k];
    }
    return x;
}

static uint32_t parity(uint32_t x)
{
    x ^= x >> 16;
    x ^= x >> 8;
    x ^= x >> 4;
    return 0x6996u >> (x & 15) & 1;
}

double hn_sobol(uint64_t seed, uint32_t dim, uint32_t index)
{
    hn_rng rng = hn_rng_make(seed, HN_PURPOSE_SCRAMBLE, dim);
    uint32_t x = hn_sobol_raw(dim, index), y = 0;
    uint64_t rows = 0;
    for (int r = 0; r < BITS; r++) {
        rows = r % 2 ? rows >> 32 : hn_rng_u64(&rng, 0, 0, (uint32_t)r / 2);
        uint32_t diagonal = 1u << (BITS - 1 - r);
        // The random bits above the diagonal, and the diagonal itself.
        uint32_t row = ((uint32_t)rows & ~(diagonal | (diagonal - 1))) | diagonal;
        y |= parity(row & x) * diagonal;
    }
    uint64_t shift = hn_rng_u64(&rng, 0, 0, SHIFT_LANE);
    uint64_t bits = ((uint64_t)y << 32 ^ shift) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
}
