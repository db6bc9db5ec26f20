// Configurations: copies, equality, hashes, and the binary form.
#include <math.h>
#include <stdlib.h>

#include "help.h"

static hone_space *make_space(void)
{
    return SEAL("f=0..1", "i=int:-1000..1000", "c=a,b,c", "q=perm:x,y,z", "s=subset:x,y",
                "w=simplex:2", "t=bool", "g=-1..1 if t");
}

static hn_config make(hn_arena *arena, const hone_space *space)
{
    return CONFIG(arena, space, "f=0.25", "i=-3", "c=b", "q=z,x,y", "s=y", "w=0.25,0.75", "t=true",
                  "g=0.5");
}

static void equality_and_hash(void **state)
{
    (void)state;
    hone_space *space = make_space();
    hn_arena arena = HN_ARENA_INIT;
    hn_config a = make(&arena, space), b = hn_config_new(&arena, space);
    hn_config_copy(space, b, a);
    assert_true(hn_config_equal(space, a, b));
    assert_int_equal(hn_config_hash(space, a), hn_config_hash(space, b));
    for (uint32_t k = 0; k < space->n_slots; k++) {
        hn_config_copy(space, b, a);
        b.slots[k].i ^= 1;
        assert_false(hn_config_equal(space, a, b));
        assert_true(hn_config_hash(space, a) != hn_config_hash(space, b));
    }
    // Zero has two spellings, and one meaning.
    hn_config_copy(space, b, a);
    uint32_t g = hn_space_find(space, "g")->slot;
    a.slots[g].f = 0.0;
    b.slots[g].f = -0.0;
    assert_true(hn_config_equal(space, a, b));
    assert_int_equal(hn_config_hash(space, a), hn_config_hash(space, b));
    // What is inactive does not count.
    set_value(space, a, "t", "false");
    hn_space_activate(space, a);
    hn_config_copy(space, b, a);
    b.slots[g].f = 0.75;
    assert_true(hn_config_equal(space, a, b));
    assert_int_equal(hn_config_hash(space, a), hn_config_hash(space, b));
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

// The bytes are in journals: they may not change.
static void the_binary_form_is_fixed(void **state)
{
    (void)state;
    static const unsigned char want[] = {
        8,                                                                         // parameters
        1, 0, 0, 0, 0, 0, 0, 0xD0, 0x3F,                                           // 0.25
        2, 5,                                                                      // -3
        2, 2,                                                                      // b
        3, 3, 4, 0, 2,                                                             // z x y
        2, 4,                                                                      // {y}
        4, 2, 0, 0, 0, 0, 0, 0,    0xD0, 0x3F, 0, 0, 0, 0, 0, 0, 0xE8, 0x3F, 2, 2, // true
        1, 0, 0, 0, 0, 0, 0, 0xE0, 0x3F,                                           // 0.5
    };
    hone_space *space = make_space();
    hn_arena arena = HN_ARENA_INIT;
    hn_str bytes = HN_STR_INIT;
    hn_config a = make(&arena, space), b = hn_config_new(&arena, space);
    hn_config_write(space, a, &bytes);
    assert_int_equal(bytes.n, sizeof want);
    assert_memory_equal(bytes.data, want, sizeof want);
    assert_int_equal(hn_config_read(space, want, sizeof want, b, NULL), HONE_OK);
    assert_true(hn_config_equal(space, a, b));
    hn_str_clear(&bytes);
    set_value(space, a, "t", "false");
    set_value(space, a, "i", "1000");
    hn_space_activate(space, a);
    hn_config_write(space, a, &bytes);
    assert_int_equal(bytes.data[bytes.n - 1], 0); // inactive
    assert_int_equal(hn_config_read(space, bytes.data, bytes.n, b, NULL), HONE_OK);
    assert_true(hn_config_equal(space, a, b));
    hn_str_free(&bytes);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void damage_is_found(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        int byte;
        const char *name; // of the parameter that the error names
    } cases[] = {
        {1, 2, "of f"},     // another tag
        {1, 5, "of f"},     // no tag
        {1, 0, "damaged"},  // inactive, which shifts what follows
        {9, 0x7F, NULL},    // still finite
        {11, 0x80, "of c"}, // a varint of two bytes shifts what follows
        {13, 6, "of c"},    // a choice too many
        {13, 1, "of c"},    // -1
        {15, 2, "of q"},    // a permutation of two
        {16, 0, "of q"},    // x twice
        {20, 8, "of s"},    // an item too many
        {22, 3, "of w"},    // three shares
        {30, 0x3E, "of w"}, // a sum of about 0.75
        {40, 0, "of g"},    // t is false, but g has a value
        {41, 0, "followed"},
    };
    hone_space *space = make_space();
    hn_arena arena = HN_ARENA_INIT;
    hn_str bytes = HN_STR_INIT;
    hn_config a = make(&arena, space), b = hn_config_new(&arena, space);
    hn_config_write(space, a, &bytes);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        hone_error err = HONE_ERROR_INIT;
        char kept = bytes.data[cases[k].at];
        bytes.data[cases[k].at] = (char)cases[k].byte;
        hone_status status = hn_config_read(space, bytes.data, bytes.n, b, &err);
        if (cases[k].name && (status != HONE_ECORRUPT || !strstr(err.text, cases[k].name)))
            fail_msg("byte %zu: %s", cases[k].at, err.text);
        if (!cases[k].name)
            assert_int_equal(status, HONE_OK);
        bytes.data[cases[k].at] = kept;
    }
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_equal(hn_config_read(space, bytes.data, n, b, NULL), HONE_ECORRUPT);
    hn_str_add_char(&bytes, 0);
    assert_int_equal(hn_config_read(space, bytes.data, bytes.n, b, NULL), HONE_ECORRUPT);
    hn_str_free(&bytes);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

// A number has one spelling, or equal configurations would have different bytes.
static void odd_varints_are_refused(void **state)
{
    (void)state;
    static const struct {
        hone_status status;
        size_t n;
        unsigned char bytes[16];
    } cases[] = {
        {HONE_OK, 3, {1, 2, 5}},
        {HONE_OK, 12, {1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}}, // INT64_MIN
        {HONE_ECORRUPT, 4, {1, 2, 0x85, 0}},
        {HONE_ECORRUPT, 5, {0x81, 0, 2, 5}},
        {HONE_ECORRUPT, 12, {1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 3}},
        {HONE_ECORRUPT, 13, {1, 2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1}},
    };
    hone_space *space = SEAL("i=int:0..9");
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = hn_config_new(&arena, space);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
        assert_int_equal(hn_config_read(space, cases[k].bytes, cases[k].n, c, NULL),
                         cases[k].status);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void numbers_are_stored_as_they_were_used(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=0..1 step 0.1", "b=int:1..5");
    hn_arena arena = HN_ARENA_INIT;
    hn_str bytes = HN_STR_INIT;
    hn_config c = CONFIG(&arena, space, "a=0.1", "b=1"), d = hn_config_new(&arena, space);
    c.slots[0].f = 0.12345; // rendered with another format
    c.slots[1].i = INT64_MIN;
    hn_config_write(space, c, &bytes);
    assert_int_equal(hn_config_read(space, bytes.data, bytes.n, d, NULL), HONE_OK);
    assert_true(d.slots[0].f == 0.12345 && d.slots[1].i == INT64_MIN);
    assert_int_equal(hn_space_validate(space, d, NULL), HONE_EINVAL);
    c.slots[0].f = NAN;
    hn_str_clear(&bytes);
    hn_config_write(space, c, &bytes);
    assert_int_equal(hn_config_read(space, bytes.data, bytes.n, d, NULL), HONE_ECORRUPT);
    hn_str_free(&bytes);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void a_space_without_parameters(void **state)
{
    (void)state;
    static const char *const none[] = {NULL};
    hone_space *space = seal_space(none);
    hn_arena arena = HN_ARENA_INIT;
    hn_str text = HN_STR_INIT;
    hn_config c = hn_config_new(&arena, space);
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_PRIOR, 0);
    assert_int_equal(hn_space_sample(space, &rng, c, NULL, NULL), HONE_OK);
    assert_true(hone_space_cardinality(space) == 1);
    hn_config_json(space, c, &text);
    assert_string_equal(hn_str_text(&text), "{}");
    hn_str_clear(&text);
    hn_config_write(space, c, &text);
    assert_int_equal(text.n, 1);
    assert_int_equal(hn_config_read(space, text.data, 1, c, NULL), HONE_OK);
    hn_str_free(&text);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equality_and_hash),
        cmocka_unit_test(the_binary_form_is_fixed),
        cmocka_unit_test(damage_is_found),
        cmocka_unit_test(odd_varints_are_refused),
        cmocka_unit_test(numbers_are_stored_as_they_were_used),
        cmocka_unit_test(a_space_without_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
