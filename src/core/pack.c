// Packing: each word is xored with the one a row earlier, which clears what they have in common,
// and written without its upper zero bytes. A pair of words is one byte with both lengths (0 to 8,
// the first in the lower half) and then their bytes, low ones first.
//
// Rows of trials shrink to a quarter by this and configurations to a half, at 1-2 ns a word: less
// than it costs to read, check and copy the bytes that are saved.

#include "core/pack.h"

#include <string.h>

#include "base/le.h"

enum { WORD = 8, PAIR_MAX = 1 + 2 * WORD };

static uint64_t load(const void *data, size_t i)
{
    uint64_t word;
    memcpy(&word, (const unsigned char *)data + i * WORD, WORD);
    return word;
}

static unsigned length_of(uint64_t word)
{
    return word ? WORD - (unsigned)__builtin_clzll(word) / 8 : 0;
}

void hn_pack_words(const void *data, size_t n, size_t stride, hn_str *out)
{
    unsigned char buffer[PAIR_MAX * 64];
    size_t used = 0;
    for (size_t i = 0; i < n; i += 2) {
        unsigned lengths[2] = {0, 0};
        unsigned char *to = buffer + used + 1;
        for (size_t k = 0; k < 2 && i + k < n; k++) {
            uint64_t before = i + k >= stride ? load(data, i + k - stride) : 0;
            uint64_t word = load(data, i + k) ^ before;
            lengths[k] = length_of(word);
            hn_le_put(to, word); // all eight: the next word overwrites those above its length
            to += lengths[k];
        }
        buffer[used] = (unsigned char)(lengths[0] | lengths[1] << 4);
        used = (size_t)(to - buffer);
        if (used + PAIR_MAX > sizeof buffer) {
            hn_str_add_n(out, (const char *)buffer, used);
            used = 0;
        }
    }
    hn_str_add_n(out, (const char *)buffer, used);
}

static uint64_t get_few(const unsigned char *at, unsigned length)
{
    uint64_t word = 0;
    for (unsigned k = 0; k < length; k++)
        word |= (uint64_t)at[k] << (8 * k);
    return word;
}

static void put(void *out, size_t i, size_t stride, uint64_t word)
{
    if (i >= stride)
        word ^= load(out, i - stride);
    memcpy((unsigned char *)out + i * WORD, &word, WORD);
}

// Pairs that are followed by so many bytes that eight can be loaded at once, which is all but the
// last ones; returns how many words these were. Stops before what is damaged.
static size_t unpack_most(const unsigned char **at, const unsigned char *end, size_t n,
                          size_t stride, void *out)
{
    static const uint64_t mask[WORD + 1] = {
        0,          0xff,         0xffff,         0xffffff,
        0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff,
        UINT64_MAX};
    const unsigned char *p = *at;
    size_t i = 0;
    for (; i + 1 < n && end - p >= PAIR_MAX; i += 2) {
        unsigned first = *p & 15, second = *p >> 4;
        if (first > WORD || second > WORD)
            break;
        put(out, i, stride, hn_le_get(p + 1) & mask[first]);
        put(out, i + 1, stride, hn_le_get(p + 1 + first) & mask[second]);
        p += 1 + first + second;
    }
    *at = p;
    return i;
}

bool hn_unpack_words(const unsigned char **at, const unsigned char *end, size_t n, size_t stride,
                     void *out)
{
    for (size_t i = unpack_most(at, end, n, stride, out); i < n; i += 2) {
        const unsigned char *p = *at;
        if (p == end)
            return false;
        unsigned first = *p & 15, second = *p >> 4;
        if (first > WORD || second > WORD || (i + 1 == n && second > 0) ||
            first + second > (size_t)(end - p - 1))
            return false;
        put(out, i, stride, get_few(p + 1, first));
        if (i + 1 < n)
            put(out, i + 1, stride, get_few(p + 1 + first, second));
        *at = p + 1 + first + second;
    }
    return true;
}

size_t hn_packed_min(size_t n)
{
    return n / 2 + n % 2;
}
