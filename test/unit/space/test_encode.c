// The unit cube: where values lie in it, and what comes back.
#include <float.h>
#include <math.h>

#include "help.h"
#include "space/domain.h"
#include "space/unit.h"

static double place(const char *spec, const char *value)
{
    char line[100], set[100];
    double u[4];
    hn_arena arena = HN_ARENA_INIT;
    snprintf(line, sizeof line, "x=%s", spec);
    snprintf(set, sizeof set, "x=%s", value);
    hone_space *space = SEAL(line);
    hn_space_encode(space, CONFIG(&arena, space, set), u);
    hn_arena_free(&arena);
    hone_space_destroy(space);
    return u[0];
}

static void places_in_the_cube(void **state)
{
    (void)state;
    assert_true(place("2..6", "2") == 0 && place("2..6", "6") == 1 && place("2..6", "3") == 0.25);
    assert_true(place("log:1e-4..1", "1e-4") == 0 && place("log:1e-4..1", "1") == 1);
    assert_float_equal(place("log:1e-4..1", "0.01"), 0.5, 1e-15);
    assert_true(place("0..1 step 0.25", "0") == 0.1 && place("0..1 step 0.25", "1") == 0.9);
    assert_true(place("int:1..4", "1") == 0.125 && place("int:1..4", "4") == 0.875);
    assert_float_equal(place("int:log:1..4", "2"), log(4) / log(9), 1e-15);
    assert_true(place("a,b,c,d", "b") == 0.375 && place("bool", "true") == 0.75);
    assert_float_equal(place("normal:1,2", "3"), 0.8413447460685429, 1e-15);
    assert_true(place("perm:a,b", "b,a") == 0.75 && place("subset:a,b", "b") == 0.25);
    assert_float_equal(place("simplex:3", "0.5,0.25,0.25"), 0.25, 1e-15);
    assert_true(place("simplex:3", "1,0,0") == 0);
    assert_true(place("-1e308..1e308", "0") == 0.5);
}

static void check_identity(const char *spec)
{
    char line[100];
    double u;
    snprintf(line, sizeof line, "x=%s", spec);
    hone_space *space = SEAL(line);
    const hn_param *p = &space->params[0];
    uint64_t n = (uint64_t)fmin(hn_domain_count(p), 0x1p53);
    // All values of a small set; of a large one both ends and the powers of two.
    for (uint64_t k = 0; k < n; k = k < 5000 ? k + 1 : k * 2) {
        for (int end = 0; end < 2; end++) {
            hn_slot x, y = {0};
            hn_domain_value(p, end ? n - 1 - k : k, &x);
            hn_unit_encode(p, &x, &u);
            assert_true(u > 0 && u < 1);
            hn_unit_decode(p, &u, &y);
            if (x.i != y.i)
                fail_msg("%s: value %llu of %llu", spec, (unsigned long long)k,
                         (unsigned long long)n);
        }
    }
    hone_space_destroy(space);
}

static void finite_values_come_back(void **state)
{
    (void)state;
    check_identity("int:0..9999");
    check_identity("int:-7..1000000000");
    check_identity("int:0..1125899906842623");
    check_identity("int:-9223372036854775808..9223372036854775807 step 100000");
    check_identity("int:log:1..9999");
    check_identity("int:log:1..1099511627776");
    check_identity("int:log:1099511620000..1099511627776");
    check_identity("0..1 step 0.05");
    check_identity("0..1 step 0.0001");
    check_identity("-0.3..0.3 step 0.1");
    check_identity("0..1 step 0.3");
    check_identity("1e-20..1e-18 step 1e-20");
    check_identity("0..1e15 step 1");
    check_identity("a,b,c,d,e,f,g");
    check_identity("ord:a,b,c");
    check_identity("bool");
}

static void steps_are_short_decimals(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=0..1 step 0.05", "b=-1..1 step 0.1", "c=0.007..1 step 0.001",
                             "d=0..10 step 0.3333333333333333", "e=1e-7..1e-5 step 1e-7");
    static const char *const longest[] = {"0.95", "-0.9", "0.999", "3.333333333333333", "9.9e-6"};
    for (uint32_t i = 0; i < 5; i++) {
        const hn_param *p = &space->params[i];
        char text[HN_DOUBLE_TEXT];
        for (uint64_t k = 0; k <= p->last; k++) {
            double x = hn_domain_float(p, k);
            assert_true(x >= p->low && x <= p->high);
            assert_int_equal(hn_domain_index(p, x), k);
            if (i != 3)
                assert_true(hn_double_text(x, text) <= (int)strlen(longest[i]));
        }
    }
    assert_true(hn_domain_float(&space->params[0], 3) == 0.15);
    assert_int_equal(space->params[3].last, 30);
    hone_space_destroy(space);
}

static void anything_decodes(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=0..1", "b=log:1e-300..1e300", "c=int:1..9", "d=normal:0,1",
                             "e=lognormal:-700,70", "f=perm:a,b,c", "g=subset:a,b", "h=simplex:4",
                             "i=x,y", "j=0..1 step 0.3", "k=int:log:1..100");
    static const double odd[] = {
        0, 1, -1, 2, NAN, INFINITY, -INFINITY, 0.5, DBL_MIN, 5e-324, 1 - DBL_EPSILON / 2, 1e-17};
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = hn_config_new(&arena, space);
    double u[32];
    assert_true(space->n_dims <= 32);
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        for (uint32_t k = 0; k < space->n_dims; k++)
            u[k] = odd[(i + k * (i % 3)) % (sizeof odd / sizeof *odd)];
        hone_error err = HONE_ERROR_INIT;
        hn_space_decode(space, u, c);
        if (hn_space_validate(space, c, &err) != HONE_OK)
            fail_msg("%zu: %s", i, err.text);
    }
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void the_inactive_lie_in_the_middle(void **state)
{
    (void)state;
    hone_space *space = SEAL("t=bool", "x=perm:a,b,c if t", "y=0..1 if t", "z=0..1");
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = CONFIG(&arena, space, "t=false", "z=0.25"), d = hn_config_new(&arena, space);
    double u[6];
    hn_space_encode(space, c, u);
    assert_true(u[0] == 0.25 && u[5] == 0.25);
    for (int i = 1; i < 5; i++)
        assert_true(u[i] == 0.5);
    hn_space_decode(space, u, d);
    assert_true(hn_config_equal(space, c, d));
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_in_the_cube),
        cmocka_unit_test(finite_values_come_back),
        cmocka_unit_test(steps_are_short_decimals),
        cmocka_unit_test(anything_decodes),
        cmocka_unit_test(the_inactive_lie_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
