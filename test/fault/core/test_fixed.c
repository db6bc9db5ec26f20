// The n-th allocation fails, for n = 1, 2, …: values that were given for a trial are read as what
// they are or not at all, never as fewer or as other ones.
#include "../../unit/space/help.h"
#include "base/fault.h"
#include "core/fixed.h"

#ifdef HONE_FAULTS
// In the order of declaration, whatever the conditions need.
static const char given[] = "{\"lr\":\"0.01\",\"opt\":[64,32],\"name\":\"a b\",\"x\":1}";
static const char typed[] = "{\"x\":1.0,\"lr\":0.01,\"name\":\"a b\",\"opt\":[64,32]}";

static hone_space *make_space(void)
{
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_space_create(&space, &err), HONE_OK);
    assert_int_equal(hone_space_add(space, "x", "0..1 if lr < 0.5", &err), HONE_OK);
    assert_int_equal(hone_space_add(space, "lr", "0..1", &err), HONE_OK);
    assert_int_equal(hone_space_add(space, "name", "\"a b\",c", &err), HONE_OK);
    assert_int_equal(hone_space_add(space, "opt", "[64],[64,32]", &err), HONE_OK);
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    return space;
}

// False when there was no n-th allocation.
static bool arm_and(void (*use)(const hone_space *space), const hone_space *space, uint64_t nth)
{
    char arm[40];
    snprintf(arm, sizeof arm, "alloc:%llu", (unsigned long long)nth);
    hn_fault_arm(arm);
    use(space);
    bool reached = hn_fault_count("alloc") >= nth;
    hn_fault_arm(NULL);
    return reached;
}

static void write_them(const hone_space *space)
{
    hn_str text = HN_STR_INIT;
    hn_fixed_json(space, given, &text);
    if (!hn_str_failed(&text))
        assert_string_equal(hn_str_text(&text), typed);
    hn_str_free(&text);
}

static void ask_whether_they_fit(const hone_space *space)
{
    hone_error err = HONE_ERROR_INIT;
    bool fits = false;
    hone_status status = hn_fixed_fits(space, given, &fits, &err);
    assert_true(status == HONE_OK || status == HONE_ENOMEM);
    if (status == HONE_OK)
        assert_true(fits);
}

static void the_nth_allocation_fails(void **state)
{
    (void)state;
    hone_space *space = make_space();
    uint64_t n = 1, m = 1;
    while (arm_and(write_them, space, n))
        n++;
    while (arm_and(ask_whether_they_fit, space, m))
        m++;
    assert_in_range(n, 4, 500);
    assert_in_range(m, 4, 500);
    hone_space_destroy(space);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HONE_FAULTS
        cmocka_unit_test(the_nth_allocation_fails),
#endif
        {NULL, NULL, NULL, NULL, NULL},
    };
    return _cmocka_run_group_tests("fixed", tests, sizeof tests / sizeof *tests - 1, NULL, NULL);
}
