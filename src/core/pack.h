// Packing of arrays whose rows resemble each other, for snapshots.
#ifndef HN_CORE_PACK_H
#define HN_CORE_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

// Appends `n` 8-byte words at `data`, in rows of `stride` words (a guess does no harm, only takes
// more bytes; at least 1).
void hn_pack_words(const void *data, size_t n, size_t stride, hn_str *out);
// Reads `n` words back into `out` [n × 8 bytes] and moves `*at` behind them. False when the bytes,
// which end at `end`, do not hold them.
bool hn_unpack_words(const unsigned char **at, const unsigned char *end, size_t n, size_t stride,
                     void *out);
// The fewest bytes that `n` packed words can take: what is announced with more is damaged.
size_t hn_packed_min(size_t n);

#endif
