// Packed words: what is packed comes back, rows that resemble each other take little, and damaged
// bytes are refused without a step beyond their end.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/pack.h"
#include "num/rng.h"

enum { MAX = 257 };

// Words of every length, from the number of a case.
static void fill(uint64_t *words, size_t n, uint64_t seed)
{
    hn_rng rng = hn_rng_make(seed, 1, 0);
    for (size_t i = 0; i < n; i++) {
        uint64_t word = hn_rng_u64(&rng, (uint32_t)i, 0, 0);
        unsigned bits = (unsigned)(hn_rng_u64(&rng, (uint32_t)i, 1, 0) % 65);
        words[i] = bits == 0 ? 0 : word >> (64 - bits);
    }
}

// A copy that ends where its allocation ends, so that a sanitizer sees a step too far.
static bool unpack_exactly(const hn_str *bytes, size_t size, size_t n, size_t stride, uint64_t *out)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (size > 0)
        memcpy(copy, bytes->data, size);
    const unsigned char *at = copy;
    bool good = hn_unpack_words(&at, copy + size, n, stride, out) && at == copy + size;
    free(copy);
    return good;
}

static void comes_back(void **state)
{
    uint64_t words[MAX], back[MAX];
    (void)state;
    for (size_t n = 0; n < MAX; n++) {
        for (size_t stride = 1; stride < 40; stride += 6) {
            hn_str bytes = HN_STR_INIT;
            fill(words, n, n * 64 + stride);
            hn_pack_words(words, n, stride, &bytes);
            assert_false(hn_str_failed(&bytes));
            assert_true(bytes.n >= hn_packed_min(n));
            assert_true(unpack_exactly(&bytes, bytes.n, n, stride, back));
            assert_int_equal(n ? memcmp(words, back, n * sizeof *words) : 0, 0);
            hn_str_free(&bytes);
        }
    }
}

static void equal_rows_take_half_a_byte_a_word(void **state)
{
    enum { ROW = 10, ROWS = 20 };
    uint64_t words[ROW * ROWS];
    hn_str bytes = HN_STR_INIT;
    (void)state;
    fill(words, ROW, 5);
    for (size_t i = ROW; i < ROW * ROWS; i++)
        words[i] = words[i - ROW];
    hn_pack_words(words, ROW * ROWS, ROW, &bytes);
    assert_true(bytes.n <= hn_packed_min(ROW * ROWS) + ROW * 8);
    hn_str_free(&bytes);
}

static void damage_is_refused(void **state)
{
    uint64_t words[31], back[31];
    hn_str bytes = HN_STR_INIT;
    (void)state;
    fill(words, 31, 9);
    hn_pack_words(words, 31, 3, &bytes);
    for (size_t size = 0; size < bytes.n; size++)
        assert_false(unpack_exactly(&bytes, size, 31, 3, back));
    char first = bytes.data[0];
    bytes.data[0] = (char)0x90; // a word has at most 8 bytes
    assert_false(unpack_exactly(&bytes, bytes.n, 31, 3, back));
    bytes.data[0] = (char)0x09;
    assert_false(unpack_exactly(&bytes, bytes.n, 31, 3, back));
    bytes.data[0] = first;
    assert_true(unpack_exactly(&bytes, bytes.n, 31, 3, back));
    hn_str_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(equal_rows_take_half_a_byte_a_word),
        cmocka_unit_test(damage_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
