// Sampling: attempts, the rule that is named, streams, JSON lines.
#include "help.h"

static void attempts_go_on_until_the_rules_hold(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=0..1", "b=0..1", "require a<b", "forbid b<0.5");
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = hn_config_new(&arena, space), d = hn_config_new(&arena, space);
    uint32_t n_attempts, most = 0;
    for (uint32_t trial = 0; trial < 500; trial++) {
        hn_rng rng = hn_rng_make(3, HN_PURPOSE_PRIOR, trial);
        assert_int_equal(hn_space_sample(space, &rng, c, &n_attempts, NULL), HONE_OK);
        assert_true(hn_space_allows(space, c, NULL));
        assert_true(c.slots[0].f < c.slots[1].f && c.slots[1].f >= 0.5);
        most = n_attempts > most ? n_attempts : most;
        // The same numbers give the same sample.
        assert_int_equal(hn_space_sample(space, &rng, d, NULL, NULL), HONE_OK);
        assert_true(hn_config_equal(space, c, d));
    }
    assert_in_range(most, 4, 60); // each attempt succeeds with 3/8
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void the_worst_rule_is_named(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=0..1", "b=0..1", "forbid a>0.9", "require a+b>3", "require b<0.1");
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    hn_config c = hn_config_new(&arena, space);
    hn_rng rng = hn_rng_make(3, HN_PURPOSE_PRIOR, 0);
    assert_int_equal(hn_space_sample(space, &rng, c, NULL, &err), HONE_EINVAL);
    assert_non_null(strstr(err.text, "require: a + b>3"));
    assert_non_null(strstr(err.text, "10000"));
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void json_lines(void **state)
{
    (void)state;
    hone_space *space = SEAL("opt=sgd,adam", "lr=log:1e-4..1", "m=0..1 step 0.5 if opt==sgd",
                             "forbid opt==adam && lr>0.01");
    char *a = NULL, *b = NULL, *c = NULL;
    double accepted = 0;
    assert_int_equal(hone_space_sample_json(space, 7, 50, &a, &accepted, NULL), HONE_OK);
    assert_int_equal(hone_space_sample_json(space, 7, 50, &b, NULL, NULL), HONE_OK);
    assert_int_equal(hone_space_sample_json(space, 8, 50, &c, NULL, NULL), HONE_OK);
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    assert_true(accepted > 0.55 && accepted < 0.95); // 3/4
    int n_lines = 0, n_sgd = 0, n_m = 0;
    for (char *p = a; *p; p++)
        n_lines += *p == '\n';
    for (char *p = a; (p = strstr(p, "\"sgd\"")); p++)
        n_sgd++;
    for (char *p = a; (p = strstr(p, "\"m\":")); p++)
        n_m++;
    assert_int_equal(n_lines, 50);
    assert_true(n_sgd > 10 && n_sgd < 50);
    assert_int_equal(n_m, n_sgd);
    hone_free(a);
    hone_free(b);
    hone_free(c);
    assert_int_equal(hone_space_sample_json(space, 7, 0, &a, &accepted, NULL), HONE_OK);
    assert_string_equal(a, "");
    hone_free(a);
    hone_space_destroy(space);
}

static void an_open_space_is_refused(void **state)
{
    (void)state;
    hone_space *space = OPEN("a=0..1");
    hone_error err = HONE_ERROR_INIT;
    char *out = NULL;
    assert_int_equal(hone_space_sample_json(space, 1, 1, &out, NULL, &err), HONE_ESTATE);
    assert_null(out);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attempts_go_on_until_the_rules_hold),
        cmocka_unit_test(the_worst_rule_is_named),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(an_open_space_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
