// From uniform numbers to values: cells, weights, beliefs; defaults.
#include <math.h>

#include "help.h"

static hn_slot draw(const char *spec, double u)
{
    char line[100];
    hn_arena arena = HN_ARENA_INIT;
    snprintf(line, sizeof line, "x=%s", spec);
    hone_space *space = SEAL(line);
    hn_config c = hn_config_new(&arena, space);
    hn_space_from_prior(space, &u, c);
    hn_slot slot = c.slots[0];
    assert_int_equal(hn_space_validate(space, c, NULL), HONE_OK);
    hn_arena_free(&arena);
    hone_space_destroy(space);
    return slot;
}

static void plain_priors(void **state)
{
    (void)state;
    assert_true(draw("0..4", 0.25).f == 1);
    assert_true(draw("-1e308..1e308", 0.5).f == 0);
    assert_float_equal(draw("log:1e-4..1", 0.5).f, 0.01, 1e-15);
    assert_true(draw("0..1 step 0.25", 0.199).f == 0);
    assert_true(draw("0..1 step 0.25", 0.201).f == 0.25);
    assert_true(draw("0..1 step 0.05", 0.1667).f == 0.15); // not 0.15000000000000002
    assert_true(draw("0..1 step 0.3", 0.9999).f == 0.9);
    assert_int_equal(draw("int:1..4", 0.249).i, 1);
    assert_int_equal(draw("int:1..4", 0.251).i, 2);
    assert_int_equal(draw("int:1..4", 1 - 1e-16).i, 4);
    assert_int_equal(draw("int:10..30 step 10", 0.5).i, 20);
    // The cell of 1 in 1..4 is [log 0.5, log 1.5] of [log 0.5, log 4.5].
    assert_int_equal(draw("int:log:1..4", log(3) / log(9) - 1e-9).i, 1);
    assert_int_equal(draw("int:log:1..4", log(3) / log(9) + 1e-9).i, 2);
    assert_true(draw("normal:3,2", 0.5).f == 3);
    assert_float_equal(draw("normal:3,2", 0.8413447460685429).f, 5, 1e-9);
    assert_float_equal(draw("lognormal:1,2", 0.5).f, exp(1), 1e-12);
    assert_int_equal(draw("a,b,c", 0.34).i, 1);
    assert_int_equal(draw("bool", 0.49).i, 0);
    assert_int_equal(draw("bool", 0.5).i, 1);
}

static void weights_widen_cells(void **state)
{
    (void)state;
    assert_int_equal(draw("a:1,b:3,c:4", 0.124).i, 0);
    assert_int_equal(draw("a:1,b:3,c:4", 0.126).i, 1);
    assert_int_equal(draw("a:1,b:3,c:4", 0.499).i, 1);
    assert_int_equal(draw("a:1,b:3,c:4", 0.501).i, 2);
    assert_int_equal(draw("ord:a:1,b:3", 0.3).i, 1);
    assert_int_equal(draw("a:1e12,b:1e-12", 1 - 1e-16).i, 0);
}

static void beliefs_mix_two_priors(void **state)
{
    (void)state;
    // 80 % about the centre, its median in the middle; 20 % plain.
    assert_float_equal(draw("0..1 ~ 0.5+-0.01", 0.4).f, 0.5, 1e-12);
    assert_true(fabs(draw("0..1 ~ 0.5+-0.01", 0.1).f - 0.5) < 0.02);
    assert_float_equal(draw("0..1 ~ 0.5+-0.01", 0.8 + 0.2 * 0.125).f, 0.125, 1e-12);
    assert_float_equal(draw("0..1 ~ 0.5+-0.01", 0.9).f, 0.5, 1e-12);
    // One sd below the centre is at Φ(-1).
    assert_float_equal(draw("log:1e-5..1 ~ 1e-3*/3", 0.8 * 0.15865525393145705).f, 1e-3 / 3, 1e-7);
    assert_float_equal(draw("1..100 ~ 10*/2", 0.8 * 0.15865525393145705).f, 5, 1e-2);
    assert_int_equal(draw("int:1..1000 ~ 100*/2", 0.4).i, 100);
    assert_int_equal(draw("int:log:1..1000 ~ 100+-5", 0.4).i, 100);
    assert_int_equal(draw("int:0..100 step 10 ~ 40+-3", 0.4).i, 40);
    assert_true(draw("0..1 step 0.1 ~ 0.3+-0.02", 0.4).f == 0.3);
    // At the edge and with a belief far narrower or wider than the range.
    assert_true(draw("0..1 ~ 0+-1e-300", 0.4).f < 1e-299);
    assert_true(draw("0..1 ~ 1+-1e300", 0.4).f > 0.49);
    assert_true(draw("log:1e-300..1e300 ~ 1e300*/1e300", 1e-9).f >= 1e-300);
}

static void check_default(const char *spec, const char *text)
{
    char line[100];
    hn_arena arena = HN_ARENA_INIT;
    hn_str out = HN_STR_INIT;
    snprintf(line, sizeof line, "x=%s", spec);
    hone_space *space = SEAL(line);
    hn_config c = hn_config_new(&arena, space);
    hn_space_default(space, c);
    assert_int_equal(hn_space_validate(space, c, NULL), HONE_OK);
    hn_value_text(&space->params[0], c.slots, &out);
    assert_string_equal(hn_str_text(&out), text);
    assert_int_equal(hn_space_has_defaults(space), strchr(spec, '=') != NULL);
    hn_str_free(&out);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void defaults_and_middles(void **state)
{
    (void)state;
    check_default("0..1 = 0.25", "0.25");
    check_default("0..1", "0.5");
    check_default("0..1 ~ 0.1+-0.5", "0.1");
    check_default("0..1 step 0.25 ~ 0.3+-0.5", "0.25");
    check_default("int:0..10 step 5 ~ 3+-5", "5");
    check_default("int:1..5", "3");
    check_default("normal:2,1", "2");
    check_default("a,b:2,c", "b");
    check_default("a,b,c", "a");
    check_default("ord:a,b,c", "b");
    check_default("bool", "false");
    check_default("bool = true", "true");
    check_default("perm:b,a,c", "b,a,c");
    check_default("subset:a,b", "");
    check_default("subset:a,b = b", "b");
    check_default("simplex:4", "0.25,0.25,0.25,0.25");
}

static void defaults_follow_conditions(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=x,y = y", "b=0..1 = 0.5 if a==x", "c=0..1 = 0.25 if a==y");
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = hn_config_new(&arena, space);
    hn_space_default(space, c);
    assert_false(is_active(space, c, "b"));
    assert_true(is_active(space, c, "c"));
    assert_true(c.slots[1].f == 0 && c.slots[2].f == 0.25);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_priors),
        cmocka_unit_test(weights_widen_cells),
        cmocka_unit_test(beliefs_mix_two_priors),
        cmocka_unit_test(defaults_and_middles),
        cmocka_unit_test(defaults_follow_conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
