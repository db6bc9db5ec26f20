// The public face: states, names, limits, ownership.
#include "help.h"

static void a_space_is_built_and_sealed(void **state)
{
    (void)state;
    hone_space *space =
        OPEN("lr=log:1e-5..1", "opt=sgd,adam if lr>0.1", "s=simplex:3", "b=bool", "forbid lr>0.5");
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_space_n_params(space), 4);
    assert_string_equal(hone_space_name(space, 1), "opt");
    assert_string_equal(hone_space_condition(space, 1), "lr>0.1");
    assert_null(hone_space_condition(space, 0));
    assert_string_equal(hone_space_rule(space, 0), "forbid: lr>0.5");
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    assert_int_equal(hone_space_seal(space, &err), HONE_OK); // once more changes nothing
    assert_int_equal(hone_space_index(space, "opt"), 1);
    assert_int_equal(hone_space_index(space, "sgd"), -1);
    assert_int_equal(hone_space_index(space, NULL), -1);
    assert_int_equal(hone_space_n_choices(space, 0), 0);
    assert_int_equal(hone_space_n_choices(space, 1), 2);
    assert_string_equal(hone_space_choice(space, 1, 1), "adam");
    assert_null(hone_space_choice(space, 1, 2));
    assert_int_equal(hone_space_n_choices(space, 2), 0);
    assert_null(hone_space_choice(space, 2, 0));
    assert_int_equal(hone_space_n_choices(space, 3), 2);
    assert_string_equal(hone_space_choice(space, 3, 1), "true");
    assert_null(hone_space_name(space, 4));
    assert_null(hone_space_spec(space, 4));
    assert_null(hone_space_condition(space, 4));
    assert_int_equal(hone_space_n_choices(space, 4), 0);
    hone_space_destroy(space);
    hone_space_destroy(NULL);
    hone_free(NULL);
}

static void values_are_told_apart_by_type(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text, *json; // json NULL: refused
    } cases[] = {
        {"c", "1", "1"},     {"c", "\"1\"", "\"1\""}, {"c", "[1, 2]", "[1,2]"},
        {"c", "a", "\"a\""}, {"x", "1e-1", "0.1"},    {"o", "b,a", "[\"b\",\"a\"]"},
        {"c", "2", NULL},    {"y", "1", NULL},
    };
    hone_space *space = SEAL("c=1,\"1\",[1,2],a", "x=0..1", "o=perm:a,b");
    static const char *const choices[] = {"1", "\"1\"", "[1,2]", "\"a\""};
    for (uint32_t i = 0; i < 4; i++) {
        char *json = hone_space_choice_json(space, 0, i);
        assert_string_equal(json, choices[i]);
        hone_free(json);
    }
    assert_null(hone_space_choice_json(space, 0, 4));
    assert_null(hone_space_choice_json(space, 1, 0));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_error err = HONE_ERROR_INIT;
        char *json = NULL;
        hone_status status =
            hone_space_value_json(space, cases[i].name, cases[i].text, &json, &err);
        assert_int_equal(status, cases[i].json             ? HONE_OK
                                 : cases[i].name[0] == 'y' ? HONE_ENOTFOUND
                                                           : HONE_EINVAL);
        if (cases[i].json)
            assert_string_equal(json, cases[i].json);
        else
            assert_true(json == NULL && err.text[0]);
        hone_free(json);
    }
    hone_space_destroy(space);
}

static void nothing_is_added_to_a_sealed_space(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=0..1");
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_space_add(space, "b", "0..1", &err), HONE_ESTATE);
    assert_int_equal(hone_space_add_text(space, "b=0..1", &err), HONE_ESTATE);
    assert_int_equal(hone_space_add_json(space, "{\"name\":\"b\",\"type\":\"bool\"}", &err),
                     HONE_ESTATE);
    assert_int_equal(hone_space_forbid(space, "a>0.5", &err), HONE_ESTATE);
    assert_int_equal(hone_space_require(space, "a>0.5", &err), HONE_ESTATE);
    assert_non_null(strstr(err.text, "sealed"));
    assert_int_equal(hone_space_n_params(space), 1);
    hone_space_destroy(space);
}

static void reserved_names(void **state)
{
    (void)state;
    static const char *const words[] = {"trial", "seed", "dir",  "ckpt", "resource", "from",
                                        "slot",  "gpu",  "args", "json", "json_file"};
    hone_space *space = OPEN("a=0..1");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        hone_error err = HONE_ERROR_INIT;
        assert_true(hone_space_reserved(words[i]));
        assert_int_equal(hone_space_add(space, words[i], "0..1", &err), HONE_EPARSE);
        for (size_t k = 0; k < sizeof words / sizeof *words; k++)
            assert_non_null(strstr(err.text, words[k]));
    }
    assert_false(hone_space_reserved("trials"));
    assert_false(hone_space_reserved(""));
    assert_false(hone_space_reserved(NULL));
    hone_space_destroy(space);
}

static void names(void **state)
{
    (void)state;
    hone_space *space = OPEN("_a=0..1", "A.b-c_9=0..1", "x.=0..1", "step=0..1");
    char name[HN_MAX_NAME + 2];
    hone_error err = HONE_ERROR_INIT;
    memset(name, 'n', sizeof name);
    name[HN_MAX_NAME] = '\0';
    assert_int_equal(hone_space_add(space, name, "0..1", &err), HONE_OK);
    name[HN_MAX_NAME] = 'n';
    name[HN_MAX_NAME + 1] = '\0';
    assert_int_equal(hone_space_add(space, name, "0..1", &err), HONE_EPARSE);
    assert_non_null(strstr(err.text, "128"));
    assert_int_equal(hone_space_add(space, "_a", "bool", &err), HONE_EEXISTS);
    assert_non_null(strstr(err.text, "0..1"));
    // Two names whose 32-bit hashes collide would share their random numbers.
    assert_int_equal(hn_hash32("costarring"), hn_hash32("liquid"));
    assert_int_equal(hone_space_add(space, "costarring", "bool", &err), HONE_OK);
    assert_int_equal(hone_space_add(space, "liquid", "bool", &err), HONE_EEXISTS);
    assert_non_null(strstr(err.text, "'costarring'"));
    hone_space_destroy(space);
}

static void rules_are_checked_when_added(void **state)
{
    (void)state;
    hone_space *space = OPEN("a=0..1");
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_space_forbid(space, "a=1", &err), HONE_EPARSE);
    assert_int_equal(err.column, 1);
    assert_int_equal(hone_space_require(space, "", &err), HONE_EPARSE);
    assert_int_equal(hone_space_require(space, NULL, &err), HONE_EINVAL);
    assert_int_equal(hone_space_n_rules(space), 0);
    // Names may come later.
    assert_int_equal(hone_space_require(space, "b.-c>0 && b.->1", &err), HONE_OK);
    assert_int_equal(hone_space_seal(space, &err), HONE_EPARSE);
    assert_int_equal(hone_space_add(space, "b.-c", "0..1", &err), HONE_OK);
    assert_int_equal(hone_space_add(space, "b.-", "0..2", &err), HONE_OK);
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    assert_string_equal(hone_space_rule(space, 0), "require: b.-c>0 && b.->1");
    hone_space_destroy(space);
}

static void several_owners(void **state)
{
    (void)state;
    hone_space *space = SEAL("a=0..1");
    hone_space *mine = hn_space_retain(space);
    assert_ptr_equal(mine, space);
    hone_space_destroy(space);
    assert_string_equal(hone_space_name(mine, 0), "a"); // the sanitizers would object
    hone_space_destroy(mine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_space_is_built_and_sealed),
        cmocka_unit_test(values_are_told_apart_by_type),
        cmocka_unit_test(nothing_is_added_to_a_sealed_space),
        cmocka_unit_test(reserved_names),
        cmocka_unit_test(names),
        cmocka_unit_test(rules_are_checked_when_added),
        cmocka_unit_test(several_owners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
