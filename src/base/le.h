// Little-endian words in bytes, the same on every machine. Compilers make one move of each.
#ifndef HN_BASE_LE_H
#define HN_BASE_LE_H

#include <stdint.h>
#include <string.h>

static inline uint64_t hn_le_get(const unsigned char *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static inline void hn_le_put(unsigned char *p, uint64_t word)
{
    for (int k = 0; k < 8; k++)
        p[k] = (unsigned char)(word >> (8 * k));
}

static inline double hn_le_get_double(const unsigned char *p)
{
    uint64_t bits = hn_le_get(p);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline void hn_le_put_double(unsigned char *p, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    hn_le_put(p, bits);
}

#endif
