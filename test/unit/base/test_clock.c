// Clocks and the ISO form of a time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"

static void iso_form(void **state)
{
    (void)state;
    char out[24];
    hn_clock_iso(0, out);
    assert_string_equal(out, "1970-01-01T00:00:00Z");
    hn_clock_iso(1772368205999999u, out);
    assert_string_equal(out, "2026-03-01T12:30:05Z");
    hn_clock_iso(951782400000000u, out);
    assert_string_equal(out, "2000-02-29T00:00:00Z");
    hn_clock_iso(UINT64_MAX, out); // the longest there is
    assert_string_equal(out, "586524-01-19T08:01:49Z");
}

static void clocks_run(void **state)
{
    (void)state;
    uint64_t before = (uint64_t)time(NULL), wall = hn_clock_wall_us() / 1000000;
    assert_in_range(wall, before - 1, before + 60);
    uint64_t last = hn_clock_mono_us();
    for (int i = 0; i < 1000; i++) {
        uint64_t now = hn_clock_mono_us();
        assert_true(now >= last);
        last = now;
    }
    // The unit is the microsecond.
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    uint64_t us = (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
    assert_in_range(us - last, 0, 60000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_form),
        cmocka_unit_test(clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
