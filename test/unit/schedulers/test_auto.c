// auto: whom it chooses, and that this one works as if it had been named.
#include "contract/schedulers/desk.h"

static void who_is_chosen(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        uint32_t lag;
        bool several;
        const char *name;
    } cases[] = {
        {"{}", 0, false, "curve"},
        {"{}", 2, false, "curve"},
        {"{\"max_resource\":9}", 0, false, "freeze-thaw"},
        {"{}", 0, true, "none"},
        {"{\"max_resource\":9}", 0, true, "none"},
        {"{\"metric\":\"loss\"}", 0, true, "curve"},
        {"{\"metric\":\"loss\",\"max_resource\":9}", 0, true, "freeze-thaw"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world *w = cases[i].several ? desk_world_of(false, DESK_TWO, "", 0)
                                    : desk_world(false, cases[i].lag);
        scheduler_in_use s;
        assert_int_equal(
            scheduler_begin(&s, scheduler_named("auto"), cases[i].options, &w->fold, NULL),
            HONE_OK);
        assert_string_equal(s.class->head.name, cases[i].name);
        assert_string_equal(s.made.in_use, cases[i].name);
        assert_string_equal(s.made.name, "auto");
        assert_int_equal(s.class->head.can & ~scheduler_named("auto")->head.can, 0);
        scheduler_end(&s);
        world_free(w);
    }
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *options, *text;
        uint32_t lag;
        hone_status status;
    } cases[] = {
        {"{\"metric\":\"size\"}", "scheduler auto", 0, HONE_EINVAL},
        {"{\"max_resource\":9}",
         "max_resource, the scheduler auto lets trials pause (freeze-thaw), which a deterministic",
         2, HONE_EUNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world *w = desk_world(false, cases[i].lag);
        scheduler_in_use s;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(
            scheduler_begin(&s, scheduler_named("auto"), cases[i].options, &w->fold, &err),
            cases[i].status);
        assert_non_null(strstr(err.text, cases[i].text));
        world_free(w);
    }
}

// Ten curves that lead to their own floors, the second half to worse ones, told the same way to
// auto and to curve.
static uint32_t count_stopped(const char *scheduler)
{
    desk d = desk_new(scheduler, "{}");
    uint32_t n_stopped = 0;
    for (uint32_t t = 0; t < 20; t++) {
        hn_verdict verdict = HN_GO_ON;
        uint32_t trial = desk_start(&d);
        for (int step = 1; step <= 20 && verdict == HN_GO_ON; step++)
            verdict = desk_report(&d, trial, step, (t < 8 ? 0.1 : 2) + 1.0 / step);
        n_stopped += verdict == HN_STOP;
        desk_tell(&d, trial, verdict == HN_STOP ? HONE_STATE_PRUNED : HONE_STATE_COMPLETE);
    }
    desk_free(&d);
    return n_stopped;
}

static void it_stops_what_curve_does(void **state)
{
    (void)state;
    assert_true(count_stopped("curve") >= 10);
    assert_int_equal(count_stopped("auto"), count_stopped("curve"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_chosen),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(it_stops_what_curve_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
