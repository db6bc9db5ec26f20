// The command and a space that changes: which commands fit, and what a live run makes of it.
#include "fake.h"

static hone_space *space_of(const char *texts)
{
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    char copy[256], *rest = NULL;
    snprintf(copy, sizeof copy, "%s", texts);
    hone_status status = hone_space_create(&space, &err);
    for (char *at = strtok_r(copy, ";", &rest); at && status == HONE_OK;
         at = strtok_r(NULL, ";", &rest))
        status = hone_space_add_text(space, at, &err);
    if (status == HONE_OK)
        status = hone_space_seal(space, &err);
    if (status != HONE_OK)
        fail_msg("%s", err.text);
    return space;
}

// What is said of the command for the space, first line; "" when it fits.
static void assert_fits(const char *const *command, const char *texts, const char *want)
{
    fake *f = fake_make(fake_plan_well); // x=0..1
    hone_run_options options = fake_options(f, 1, 1);
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = space_of(texts);
    options.command = command;
    options.n_command = 0;
    while (command[options.n_command])
        options.n_command++;
    hone_status status = hone_run_check_space(f->study, &options, space, &err);
    assert_int_equal(status == HONE_OK, !*want);
    if (*want)
        assert_memory_equal(err.text, want, strlen(want));
    hone_space_destroy(space);
    fake_free(f);
}
#define FITS(texts, want, ...) assert_fits((const char *const[]){__VA_ARGS__, NULL}, texts, want)

static void test_which_commands_fit(void **state)
{
    (void)state;
    FITS("x=0..2", "", "t", "{x}");
    FITS("x=0..2;w=0..1",
         "the command does not use {w}: add it to both at once, with `hone run --accept -p … -- "
         "COMMAND`",
         "t", "{x}");
    FITS("w=0..1", "the command uses {x}: drop it from both at once", "t", "{x}");
    FITS("x=0..2;w=0..1", "", "t", "{x}", "{w}"); // a text until it is declared
    FITS("x=0..2;w=0..1", "", "t", "{x}", "{args}");
    FITS("x=0..2;w=0..1", "", "t", "{x}", "--json={json}");
    FITS("x=0..2;w=0..1", "", "t");
    FITS("w=0..1", "", "t");
    FITS("x=0..2;w=0..1", "", "t", "{trial}"); // it has not taken x by name either
    FITS("w=0..1", "", "t", "{trial}");
    FITS("x=a,b", "{x} is ", "t", "{x:%.2f}");
    FITS("b=bool;x=0..1 if b", "x may be inactive", "t", "--x", "{x}");
    FITS("b=bool;x=0..1 if b", "the command does not use {b}", "t", "--x={x}");
}

static bool let_go(fake *f)
{
    for (uint32_t i = 0; i < f->n_jobs; i++)
        f->jobs[i].held = false;
    f->plan = fake_plan_well;
    return true;
}

// Changes the space once a job runs; lets all go when the run has said so.
static bool change_then_let_go(fake *f)
{
    hone_error err = HONE_ERROR_INIT;
    if (f->user) {
        hone_space *space = space_of(f->user);
        if (hone_study_change_space(f->study, space, NULL, &err) != HONE_OK)
            fail_msg("%s", err.text);
        hone_space_destroy(space);
        f->user = NULL;
        return false;
    }
    return fake_count(f->log, "version 2, ") > 0 && let_go(f);
}

static hone_run_outcome run_with_change(fake *f, const char *texts)
{
    hone_run_options options = fake_options(f, 3, 1);
    f->idle = change_then_let_go;
    f->user = (void *)(uintptr_t)texts;
    return fake_run(f, &options);
}

static void test_a_live_run_takes_it_over(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_held);
    assert_int_equal(run_with_change(f, "x=2..3"), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "version 2, x 2..3 (was 0..1)\n"), 1);
    for (uint32_t i = 0; i < 3; i++) {
        hone_trial *trial = fake_look(f, i);
        double x = hone_trial_float(trial, "x");
        assert_int_equal(hone_trial_space_version(trial), i ? 2 : 1);
        assert_true(i ? x >= 2 && x <= 3 : x <= 1);
        hone_trial_destroy(trial);
    }
    fake_free(f);
}

static void test_a_live_run_that_does_not_fit_stops(void **state)
{
    (void)state;
    fake *f = fake_make(fake_plan_held);
    assert_int_equal(run_with_change(f, "y=2..3"), HONE_RUN_STOPPED);
    assert_int_equal(hone_study_n_finished(f->study), 1);
    assert_int_equal(fake_count(f->log, "this run's command does not fit the changed space (the "
                                        "command uses {x}, which is not there): it starts nothing "
                                        "more\n"),
                     1);
    const char *ended = hone_study_get(f->study, "ended"); // the study is not at its end
    assert_true(!ended || strcmp(ended, "null") == 0);
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_commands_fit),
        cmocka_unit_test(test_a_live_run_takes_it_over),
        cmocka_unit_test(test_a_live_run_that_does_not_fit_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
