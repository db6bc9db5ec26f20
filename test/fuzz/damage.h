// What may have happened to stored bytes, as three bytes of an input say: two for the place, one
// for the kind.
#ifndef HONE_FUZZ_DAMAGE_H
#define HONE_FUZZ_DAMAGE_H

#include <stdint.h>
#include <string.h>

#include "base/str.h"

// Cuts them off, puts a large number there, or changes bits of one; of no bytes nothing can be.
static inline void damage(hn_str *bytes, const uint8_t *how)
{
    size_t at = ((size_t)how[0] << 8 | how[1]) % bytes->n;
    uint64_t large = UINT64_MAX >> how[2] % 64;
    switch (how[2] >> 6) {
    case 0:
        bytes->n = at;
        break;
    case 1:
        at -= at % 8;
        if (at + sizeof large <= bytes->n)
            memcpy(bytes->data + at, &large, sizeof large);
        break;
    default:
        bytes->data[at] = (char)(bytes->data[at] ^ (how[2] & 127));
    }
}

#endif
