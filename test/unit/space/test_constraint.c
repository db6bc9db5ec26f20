// Rules, and whether a configuration belongs to its space.
#include "help.h"

static void rules_forbid_and_require(void **state)
{
    (void)state;
    hone_space *space = SEAL("opt=sgd,adam", "lr=0..1", "m=0..1 if opt==sgd",
                             "forbid opt==sgd && lr>0.1", "require m<lr*2");
    hn_arena arena = HN_ARENA_INIT;
    const hn_rule *broken = NULL;
    hn_config c = CONFIG(&arena, space, "opt=adam", "lr=0.5");
    assert_true(hn_space_allows(space, c, &broken)); // m is inactive: no objection
    c = CONFIG(&arena, space, "opt=sgd", "lr=0.5", "m=0.1");
    assert_false(hn_space_allows(space, c, &broken));
    assert_string_equal(broken->label, "forbid: opt==sgd && lr>0.1");
    c = CONFIG(&arena, space, "opt=sgd", "lr=0.1", "m=0.5");
    assert_false(hn_space_allows(space, c, &broken));
    assert_string_equal(broken->label, "require: m<lr * 2");
    c = CONFIG(&arena, space, "opt=sgd", "lr=0.1", "m=0.1");
    assert_true(hn_space_allows(space, c, NULL));
    assert_int_equal(hone_space_n_rules(space), 2);
    assert_string_equal(hone_space_rule(space, 1), "require: m<lr * 2");
    assert_null(hone_space_rule(space, 2));
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void check_invalid(const hone_space *space, hn_config c, const char *sentence)
{
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hn_space_validate(space, c, &err), HONE_EINVAL);
    if (!strstr(err.text, sentence))
        fail_msg("%s", err.text);
}

static hn_slot *slot_of(const hone_space *space, hn_config c, const char *name)
{
    return c.slots + hn_space_find(space, name)->slot;
}

static void values_stay_inside(void **state)
{
    (void)state;
    hone_space *space =
        SEAL("f=0..1", "l=log:1..10", "st=0..1 step 0.1", "i=int:0..9 step 3", "n=normal:0,1",
             "ln=lognormal:0,1", "c=a,b", "q=perm:a,b,c", "s=subset:a,b", "w=simplex:3", "t=bool");
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    static const struct {
        const char *name;
        double f;
        int64_t i;
        const char *sentence; // NULL: valid
    } cases[] = {
        {"f", 0, 0, NULL},
        {"f", 1, 0, NULL},
        {"f", 1.0000001, 0, "f = 1.0000001 is outside 0..1"},
        {"f", -1e-300, 0, "outside 0..1"},
        {"f", 0.0 / 0.0, 0, "not a finite number"},
        {"l", 0.99, 0, "outside 1..10"},
        {"st", 0.3, 0, NULL},
        {"st", 0.1 + 0.2, 0, "not on the steps of 0.1"},
        {"st", 0.25, 0, "the nearest are 0.2 and 0.3"},
        {"i", 0, 9, NULL},
        {"i", 0, 4, "the nearest are 3 and 6"},
        {"i", 0, 10, "outside 0..9"},
        {"i", 0, INT64_MIN, "outside 0..9"},
        {"n", -1e9, 0, NULL},
        {"n", 1 / 0.0, 0, "not a finite number"},
        {"ln", 1e-9, 0, NULL},
        {"ln", 0, 0, "outside the numbers above zero"},
        {"c", 0, 1, NULL},
        {"c", 0, 2, "choice number 2 of 2"},
        {"c", 0, -1, "choice number -1 of 2"},
        {"t", 0, 2, "choice number 2 of 2"},
        {"q", 0, 1, "twice"},
        {"q", 0, 3, "item number 3 of 3"},
        {"s", 0, 3, NULL},
        {"s", 0, 4, "beyond its 2"},
        {"w", 0.5, 0, "sum to"},
        {"w", -0.5, 0, "the share -0.5"},
    };
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        hn_config c = CONFIG(&arena, space, "w=0.2,0.3,0.5", "q=a,b,c");
        const hn_param *p = hn_space_find(space, cases[k].name);
        hn_slot *slot = slot_of(space, c, cases[k].name);
        if (p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_SIMPLEX)
            slot->f = cases[k].f;
        else
            slot->i = cases[k].i;
        if (cases[k].sentence)
            check_invalid(space, c, cases[k].sentence);
        else if (hn_space_validate(space, c, &err) != HONE_OK)
            fail_msg("%s: %s", cases[k].name, err.text);
    }
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

static void activity_must_fit(void **state)
{
    (void)state;
    hone_space *space = SEAL("t=bool", "x=0..1 if t", "y=0..1");
    hn_arena arena = HN_ARENA_INIT;
    hn_config c = CONFIG(&arena, space, "t=true", "x=0.5");
    assert_int_equal(hn_space_validate(space, c, NULL), HONE_OK);
    hn_set_active(c.active, 1, false);
    check_invalid(space, c, "x has no value, but its condition (t) holds");
    c = CONFIG(&arena, space, "t=false");
    hn_set_active(c.active, 1, true);
    check_invalid(space, c, "x has a value, but its condition (t) does not hold");
    c = CONFIG(&arena, space, "t=false");
    slot_of(space, c, "x")->f = 0.5;
    check_invalid(space, c, "x is inactive, but its slots are not zero");
    c = CONFIG(&arena, space, "t=false");
    hn_set_active(c.active, 2, false);
    check_invalid(space, c, "y has no value");
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_forbid_and_require),
        cmocka_unit_test(values_stay_inside),
        cmocka_unit_test(activity_must_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
