// The binary form of events: every field comes back as it went in, nothing malformed gets through.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "core/event.h"
#include "num/rng.h"

static const double doubles[] = {0.0, -0.0, 1.5, -1e300, 5e-324, INFINITY, -INFINITY, NAN};
static const int64_t integers[] = {0, -1, 1, 63, -64, 64, INT64_MAX, INT64_MIN, 1700000000000000};

static void assert_same_bits(double a, double b)
{
    assert_memory_equal(&a, &b, sizeof a);
}

static void assert_same(const hn_event *a, const hn_event *b)
{
    assert_int_equal(a->type, b->type);
#define SAME_I(name) assert_int_equal(a->name, b->name);
#define SAME_F(name) assert_same_bits(a->name, b->name);
#define SAME_T(name)                                                                               \
    assert_int_equal(a->name.size, b->name.size);                                                  \
    if (a->name.size)                                                                              \
        assert_memory_equal(a->name.data, b->name.data, a->name.size);
#define SAME_D(name)                                                                               \
    assert_int_equal(a->name.n, b->name.n);                                                        \
    for (size_t i = 0; i < a->name.n; i++)                                                         \
        assert_same_bits(a->name.data[i], b->name.data[i]);
#define SAME(wire, name, tag, fallback) SAME_##wire(name)
    HN_EVENT_FIELDS(SAME)
#undef SAME
}

static void round_trip(const hn_event *event)
{
    hn_arena scratch = HN_ARENA_INIT;
    hn_str bytes = HN_STR_INIT;
    hn_event back;
    hn_event_write(event, &bytes);
    assert_int_equal(hn_event_read(bytes.data, bytes.n, &scratch, &back, NULL), HONE_OK);
    assert_same(event, &back);
    // Cut anywhere, it is damaged or another, shorter event; it never reads beyond its end.
    for (size_t n = 0; n < bytes.n; n++) {
        char *copy = hn_arena_memdup(&scratch, bytes.data, n);
        hn_event_read(copy, n, &scratch, &back, NULL);
    }
    hn_str_free(&bytes);
    hn_arena_free(&scratch);
}

static void every_field_comes_back(void **state)
{
    (void)state;
    for (int type = 1; type <= HN_EV_LAST; type++) {
        hn_event plain = hn_event_make((hn_event_type)type);
        round_trip(&plain);
    }
    hn_event event;
#define TRY_I(name)                                                                                \
    for (size_t k = 0; k < sizeof integers / sizeof *integers; k++) {                              \
        event = hn_event_make(HN_EV_TOLD);                                                         \
        event.name = integers[k];                                                                  \
        round_trip(&event);                                                                        \
    }
#define TRY_F(name)                                                                                \
    for (size_t k = 0; k < sizeof doubles / sizeof *doubles; k++) {                                \
        event = hn_event_make(HN_EV_TOLD);                                                         \
        event.name = doubles[k];                                                                   \
        round_trip(&event);                                                                        \
    }
#define TRY_T(name)                                                                                \
    event = hn_event_make(HN_EV_TOLD);                                                             \
    event.name = (hn_bytes){"a\0b\xff\n", 5};                                                      \
    round_trip(&event);
#define TRY_D(name)                                                                                \
    event = hn_event_make(HN_EV_TOLD);                                                             \
    event.name = (hn_doubles){doubles, sizeof doubles / sizeof *doubles};                          \
    round_trip(&event);
#define TRY(wire, name, tag, fallback) TRY_##wire(name)
    HN_EVENT_FIELDS(TRY)
#undef TRY
}

static hone_status read_bytes(const char *data, size_t size, hn_event *out)
{
    hn_arena scratch = HN_ARENA_INIT;
    hone_status status = hn_event_read(data, size, &scratch, out, NULL);
    hn_arena_free(&scratch);
    return status;
}

static void strangers_are_skipped_or_refused(void **state)
{
    (void)state;
    hn_event event;
    // Tag 100 of each wire kind (keys 400..403), then field `epoch` (tag 3) with zigzag 2 = 1.
    static const char unknown[] = "\x01\x06\x90\x03\x05\x91\x03"
                                  "12345678"
                                  "\x92\x03\x02xy\x93\x03\x01"
                                  "12345678"
                                  "\x0c\x02";
    assert_int_equal(read_bytes(unknown, sizeof unknown - 1, &event), HONE_OK);
    assert_int_equal(event.type, HN_EV_STARTED);
    assert_int_equal(event.epoch, 1);
    assert_int_equal(read_bytes("\x01\x7f", 2, &event), HONE_OK);
    assert_true((int)event.type > HN_EV_LAST);
    assert_string_equal(hn_event_name(event.type), "unknown");
    assert_int_equal(read_bytes("\x02\x06", 2, &event), HONE_EVERSION);
    assert_int_equal(read_bytes("\x00\x06", 2, &event), HONE_ECORRUPT);
    assert_int_equal(read_bytes("\x01", 1, &event), HONE_ECORRUPT);
    // A text that claims to be longer than the record.
    assert_int_equal(read_bytes("\x01\x06\x42\x7f"
                                "ab",
                                6, &event),
                     HONE_ECORRUPT);
}

static void garbage_never_crashes(void **state)
{
    (void)state;
    hn_rng rng = hn_rng_make(7, HN_PURPOSE_TEST, 0);
    for (uint32_t round = 0; round < 20000; round++) {
        char data[64];
        size_t n = hn_rng_below(&rng, 0, round, 0, sizeof data);
        hn_event event;
        for (size_t i = 0; i < n; i++)
            data[i] = (char)hn_rng_u64(&rng, 1, round, (uint32_t)i);
        if (n > 0)
            data[0] = 1;
        read_bytes(data, n, &event);
    }
}

static void json_for_people(void **state)
{
    (void)state;
    static const double values[] = {0.25, NAN};
    hn_event event = hn_event_make(HN_EV_TOLD);
    hn_str out = HN_STR_INIT;
    event.trial = 3;
    event.values = (hn_doubles){values, 2};
    event.text = hn_bytes_of("a \"b\"");
    hn_event_json(&event, &out);
    assert_string_equal(hn_str_text(&out),
                        "{\"event\":\"told\",\"trial\":3,\"values\":[0.25,\"nan\"],"
                        "\"text\":\"a \\\"b\\\"\"}");
    hn_str_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(strangers_are_skipped_or_refused),
        cmocka_unit_test(garbage_never_crashes),
        cmocka_unit_test(json_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
