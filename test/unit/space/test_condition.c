// Which parameters are active, and the order in which that is decided.
#include "help.h"

static void chains_of_conditions(void **state)
{
    (void)state;
    hone_space *space = SEAL("opt=sgd,adam", "momentum=0..1 if opt==sgd",
                             "nesterov=bool if momentum>0.5", "extra=perm:a,b if nesterov",
                             "beta=0..1 if opt!=sgd", "any=0..1 if momentum>2 || beta>=0");
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = CONFIG(&arena, space, "opt=sgd", "momentum=0.9", "nesterov=true", "extra=b,a");
    assert_true(is_active(space, c, "momentum") && is_active(space, c, "nesterov"));
    assert_true(is_active(space, c, "extra"));
    assert_false(is_active(space, c, "beta"));
    assert_false(is_active(space, c, "any")); // false || unknown
    c = CONFIG(&arena, space, "opt=sgd", "momentum=0.1", "nesterov=true", "extra=b,a");
    assert_false(is_active(space, c, "nesterov"));
    assert_false(is_active(space, c, "extra")); // its parent is inactive
    assert_int_equal(c.slots[hn_space_find(space, "extra")->slot].i, 0);
    assert_int_equal(c.slots[hn_space_find(space, "nesterov")->slot].i, 0);
    c = CONFIG(&arena, space, "opt=adam", "beta=0.5");
    assert_false(is_active(space, c, "momentum"));
    assert_true(is_active(space, c, "beta"));
    assert_true(is_active(space, c, "any")); // unknown || true
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void check_order(const hone_space *space, const char *const *names)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        assert_string_equal(hone_space_name(space, i), names[i]);
        assert_int_equal(space->params[i].index, i);
        assert_int_equal(hone_space_index(space, names[i]), (int)i);
    }
}

static void parents_come_first(void **state)
{
    (void)state;
    // A valid order stays; otherwise a parent moves in front of the first that needs it.
    hone_space *space = SEAL("c=0..1", "a=0..1 if c>0", "b=0..1 if c>0");
    check_order(space, (const char *const[]){"c", "a", "b"});
    hone_space_destroy(space);
    space = SEAL("z=0..1", "a=0..1 if y>0 && x", "b=0..1", "x=bool if w>0", "y=0..1", "w=0..1");
    check_order(space, (const char *const[]){"z", "y", "w", "x", "a", "b"});
    // What people see keeps the order of declaration.
    char *json = hone_space_to_json(space);
    assert_non_null(strstr(json, "{\"name\":\"z\""));
    assert_true(strstr(json, "\"name\":\"a\"") < strstr(json, "\"name\":\"x\""));
    assert_true(strstr(json, "\"name\":\"x\"") < strstr(json, "\"name\":\"w\""));
    hone_free(json);
    hone_space_destroy(space);
}

static void check_seal_error(const char *const *lines, int column, const char *sentence)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = open_space(lines);
    hone_status status = hone_space_seal(space, &err);
    if (status == HONE_OK || err.column != column || !strstr(err.text, sentence))
        fail_msg("%s at %d: %s", hone_status_name(status), err.column, err.text);
    // A failed seal changes nothing: parameters can still be added.
    assert_false(space->sealed);
    assert_int_equal(hone_space_add(space, "late", "0..1", &err), HONE_OK);
    assert_string_equal(hone_space_name(space, 0), lines[0][0] == 'a' ? "a" : "x");
    hone_space_destroy(space);
}

#define SEAL_ERROR(column, sentence, ...)                                                          \
    check_seal_error((const char *const[]){__VA_ARGS__, NULL}, (column), (sentence))

static void circles_and_strangers(void **state)
{
    (void)state;
    SEAL_ERROR(10, "a -> a", "a=0..1 if a>0");
    SEAL_ERROR(10, "a -> b -> a", "a=0..1 if b>0", "b=0..1 if a>0");
    SEAL_ERROR(10, "b -> c -> d -> b", "a=0..1 if b>0", "b=0..1 if c>0", "c=0..1 if d>0",
               "d=0..1 if b>0");
    SEAL_ERROR(10, "there is no parameter 'bb'; did you mean 'b'", "a=0..1 if bb>0", "b=0..1");
    SEAL_ERROR(17, "'sdg' is no choice of opt; did you mean 'sgd'", "a=0..1 if   opt==sdg",
               "opt=sgd,adam");
    SEAL_ERROR(2, "did you mean 'a'", "a=0..1", "require 1<aa");
    SEAL_ERROR(3, "has no order", "a=x,y", "forbid  a <x");
    SEAL_ERROR(-1, "the defaults break the rule forbid: a>0.5 && b", "a=0..1 = 0.9",
               "b=bool = true", "forbid a>0.5&&b");
}

static void defaults_break_rules_only_by_themselves(void **state)
{
    (void)state;
    // b has no default, so nothing is certain; c's default is inactive.
    hone_space_destroy(SEAL("a=0..1 = 0.9", "b=bool", "forbid a>0.5 && b"));
    hone_space_destroy(SEAL("a=0..1 = 0.9", "b=bool = false", "c=0..1 = 1 if b", "forbid c>0.5"));
}

static void a_chain_as_long_as_a_space(void **state)
{
    (void)state;
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_space_create(&space, &err), HONE_OK);
    for (int i = 0; i < HN_MAX_PARAMS; i++) {
        char name[16], spec[40];
        snprintf(name, sizeof name, "p%d", i);
        snprintf(spec, sizeof spec, i + 1 < HN_MAX_PARAMS ? "bool if p%d" : "bool", i + 1);
        assert_int_equal(hone_space_add(space, name, spec, &err), HONE_OK);
    }
    assert_int_equal(hone_space_add(space, "more", "bool", &err), HONE_EINVAL);
    assert_non_null(strstr(err.text, "4096"));
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    assert_string_equal(hone_space_name(space, 0), "p4095");
    assert_string_equal(hone_space_name(space, 4095), "p0");
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_of_conditions),
        cmocka_unit_test(parents_come_first),
        cmocka_unit_test(circles_and_strangers),
        cmocka_unit_test(defaults_break_rules_only_by_themselves),
        cmocka_unit_test(a_chain_as_long_as_a_space),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
