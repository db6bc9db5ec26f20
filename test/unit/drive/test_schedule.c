// The command and a scheduler that changes while it runs.
#include "fake.h"

#define ASHA                                                                                       \
    "{\"name\":\"asha\",\"options\":{\"variant\":\"pause\",\"min_resource\":4,\"max_resource\":"   \
    "64,\"eta\":4}}"

static void plan_well(fake *f, fake_job *job)
{
    fake_note(f, "given %s\n", job->last_word);
    fake_plan_well(f, job);
}

static void plan_held(fake *f, fake_job *job)
{
    fake_note(f, "given %s\n", job->last_word);
    fake_plan_held(f, job);
}

static bool let_go(fake *f)
{
    for (uint32_t i = 0; i < f->n_jobs; i++)
        f->jobs[i].held = false;
    f->plan = plan_well;
    return true;
}

// Another process records a scheduler once a job runs; all go on when the run has said so.
static bool change_then_let_go(fake *f)
{
    hone_error err = HONE_ERROR_INIT;
    if (f->user) {
        if (hone_study_set(f->study, "scheduler", f->user, &err) != HONE_OK)
            fail_msg("%s", err.text);
        f->user = NULL;
        return false;
    }
    return fake_count(f->log, "--scheduler ") > 0 && let_go(f);
}

static fake *make(const char *scheduler, const char *scheduler_options)
{
    hone_study_options options = fake_study_options();
    fake *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->plan = plan_held;
    options.scheduler = scheduler;
    options.scheduler_options = scheduler_options;
    fake_open(f, options, "0..1");
    return f;
}

static hone_run_outcome run_with_change(fake *f, const char *word, const char *to)
{
    const char *command[] = {"t", "{x}", word};
    hone_run_options options = fake_options(f, 3, 1);
    options.command = command;
    options.n_command = 3;
    f->idle = change_then_let_go;
    f->user = (void *)(uintptr_t)to;
    return fake_run(f, &options);
}

static void test_rungs_are_those_of_the_new_one(void **state)
{
    (void)state;
    fake *f = make("asha", "{\"variant\":\"pause\",\"min_resource\":1,\"max_resource\":9}");
    assert_int_equal(run_with_change(f, "-s{resource:int:10..90}", ASHA), HONE_RUN_FINISHED_ALL);
    assert_int_equal(fake_count(f->log, "--scheduler asha, --scheduler-option variant=pause, "
                                        "--scheduler-option min_resource=4, --scheduler-option "
                                        "max_resource=64, --scheduler-option eta=4\n"),
                     1);
    // By the rungs of 1 to 9 its first resource, 4, would be 40 of 90.
    assert_int_equal(fake_count(f->log, "given -s10\n"), 3);
    assert_int_equal(fake_count(f->log, "given -s40\n"), 0);
    fake_free(f);
}

static void test_what_does_not_suit_stops(void **state)
{
    (void)state;
    fake *f = make("asha", "{\"min_resource\":1,\"max_resource\":9}");
    assert_int_equal(run_with_change(f, "{resource}", "{\"name\":\"none\"}"), HONE_RUN_STOPPED);
    assert_int_equal(hone_study_n_finished(f->study), 1);
    assert_int_equal(fake_count(f->log, "this run's command does not suit the changed scheduler "
                                        "({resource}: the scheduler none gives trials no "
                                        "resource: choose one that does"),
                     1);
    assert_int_equal(fake_count(f->log, "it starts nothing more\n"), 1);
    fake_free(f);
}

static void assert_suits(const char *scheduler, const char *options_json, const char *word,
                         const char *want)
{
    fake *f = make(scheduler, options_json);
    const char *command[] = {"t", "{x}", word};
    hone_run_options options = fake_options(f, 3, 1);
    hone_error err = HONE_ERROR_INIT;
    options.command = command;
    options.n_command = 3;
    options.no_checkpoint = strcmp(word, "plain") == 0;
    hone_status status = hone_run_check_scheduler(f->study, &options, &err);
    assert_int_equal(status == HONE_OK, !*want);
    assert_int_equal(strncmp(err.text, want, strlen(want)), 0);
    fake_free(f);
}

static void test_it_is_asked_beforehand(void **state)
{
    (void)state;
    assert_suits("none", NULL, "plain", "");
    assert_suits("none", NULL, "{resource}", "{resource}: the scheduler none gives trials no ");
    assert_suits("asha", "{\"max_resource\":9}", "{resource:1..2}", "");
    assert_suits("pbt", "{\"max_resource\":9}", "{resource:1..2}", "{resource:LOW..HIGH} grows");
    assert_suits("pbt", "{\"max_resource\":9}", "plain", "scheduler pbt copies checkpoints");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rungs_are_those_of_the_new_one),
        cmocka_unit_test(test_what_does_not_suit_stops),
        cmocka_unit_test(test_it_is_asked_beforehand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
