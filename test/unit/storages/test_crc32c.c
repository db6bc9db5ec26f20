// CRC-32C: the values of RFC 3720 (B.4) and of the bytewise definition, whole and in pieces, by the
// processor's instruction and by the table.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "storages/crc32c.h"

static char is_plain[] = "plain";

static void init_as(hn_crc32c_table *t, const void *state)
{
    state == is_plain ? hn_crc32c_init_plain(t) : hn_crc32c_init(t);
}

static void test_known_values(void **state)
{
    hn_crc32c_table t;
    unsigned char bytes[32];
    init_as(&t, *state);
    assert_int_equal(hn_crc32c(&t, 0, "", 0), 0);
    assert_int_equal(hn_crc32c(&t, 0, NULL, 0), 0);
    assert_int_equal(hn_crc32c(&t, 0, "123456789", 9), 0xe3069283);
    memset(bytes, 0, sizeof bytes);
    assert_int_equal(hn_crc32c(&t, 0, bytes, sizeof bytes), 0x8a9136aa);
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(hn_crc32c(&t, 0, bytes, sizeof bytes), 0x62a8ab43);
    for (int i = 0; i < 32; i++)
        bytes[i] = (unsigned char)i;
    assert_int_equal(hn_crc32c(&t, 0, bytes, sizeof bytes), 0x46dd794e);
}

static void test_pieces_and_lengths(void **state)
{
    hn_crc32c_table t, plain;
    unsigned char bytes[100];
    init_as(&t, *state);
    hn_crc32c_init_plain(&plain);
    for (int i = 0; i < 100; i++)
        bytes[i] = (unsigned char)(i * i + 3);
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint32_t slow = 0;
        for (size_t i = 0; i < n; i++) // one byte at a time takes the plain way
            slow = hn_crc32c(&plain, slow, bytes + i, 1);
        assert_int_equal(hn_crc32c(&t, 0, bytes, n), slow);
        for (size_t cut = 0; cut <= n; cut += 7) {
            uint32_t head = hn_crc32c(&t, 0, bytes, cut);
            assert_int_equal(hn_crc32c(&t, head, bytes + cut, n - cut), slow);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_pieces_and_lengths),
        cmocka_unit_test_prestate(test_known_values, is_plain),
        cmocka_unit_test_prestate(test_pieces_and_lengths, is_plain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
