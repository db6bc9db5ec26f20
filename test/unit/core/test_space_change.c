// Changing the space of a study that lives: what is recorded, what is refused, what becomes of the
// trials there are.
#include "study_rig.h"

static hone_space_change change_to(hone_study *study, hone_space *space)
{
    hone_space_change change = HONE_SPACE_CHANGE_INIT;
    OK(hone_study_change_space(study, space, &change, &err));
    hone_space_destroy(space);
    return change;
}

static void a_new_version(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1", "y=0..1"));
    hone_trial *running = ask(study);
    for (int i = 0; i < 3; i++)
        tell(study, ask(study), i);
    hone_space_change change = change_to(study, SPACE("x=0..2", "y=0..1"));
    assert_true(change.changed);
    assert_int_equal(change.version, 2);
    assert_int_equal(change.n_finished, 3);
    assert_int_equal(change.n_inside, 3);
    assert_int_equal(change.n_outside, 0);
    assert_true(change.outside < 0);
    assert_int_equal(hone_study_space_version(study), 2);
    assert_string_equal(hone_space_spec(hone_study_space_at(study, 1), 0), "0..1");
    assert_string_equal(hone_space_spec(hone_study_space_at(study, 2), 0), "0..2");
    assert_null(hone_study_space_at(study, 3));
    assert_null(hone_study_space_at(study, 0));
    // What runs finishes as what it is; what comes next is of the new version.
    assert_int_equal(hone_trial_space_version(running), 1);
    assert_ptr_equal(hone_trial_space(running), hone_study_space_at(study, 1));
    tell(study, running, 1);
    hone_trial *trial = ask(study);
    assert_int_equal(hone_trial_space_version(trial), 2);
    tell(study, trial, 1);
    // The same again is no change.
    uint64_t n_events = hone_study_n_events(study);
    change = change_to(study, SPACE("x=0..2", "y=0..1"));
    assert_false(change.changed);
    assert_int_equal(change.version, 2);
    assert_int_equal(hone_study_n_events(study), n_events);
    hone_study_close(study);
}

static void a_rehearsal_records_nothing(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_space *space = SPACE("x=0..0.5");
    hone_space_change change = HONE_SPACE_CHANGE_INIT;
    change.dry_run = true;
    uint64_t n_events = hone_study_n_events(study);
    OK(hone_study_change_space(study, space, &change, &err));
    assert_true(change.changed);
    assert_int_equal(change.version, 2);
    assert_int_equal(hone_study_n_events(study), n_events);
    assert_int_equal(hone_study_space_version(study), 1);
    hone_space_destroy(space);
    hone_study_close(study);
}

static void what_was_made_of_an_older_one_is_refused(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1"), *narrow = SPACE("x=0..0.5"), *wide = SPACE("x=0..2");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options), *other = study_again(f.url);
    hone_space_change change = HONE_SPACE_CHANGE_INIT;
    change.from_version = 1;
    change.why = "the best trials lie there";
    OK(hone_study_change_space(study, narrow, &change, &err));
    FAILS(
        hone_study_change_space(other, wide, &change, &err), HONE_ESTALE,
        "the space of study \"default\" has been changed meanwhile (version 2, not 1): look at it "
        "again");
    assert_int_equal(hone_study_n_logs(study), 1);
    assert_string_equal(hone_study_log_at(study, 0).text, "the best trials lie there");
    // Whichever there is: both are taken, one after the other.
    change.from_version = 0;
    OK(hone_study_change_space(other, wide, &change, &err));
    assert_int_equal(change.version, 3);
    hone_trial *trial = ask(study); // decided for version 2, overtaken, decided again
    assert_int_equal(hone_trial_space_version(trial), 3);
    tell(study, trial, 1);
    hone_study_close(study);
    hone_study_close(other);
    hone_space_destroy(space);
    hone_space_destroy(narrow);
    hone_space_destroy(wide);
    folder_free(&f);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    hone_space *space = SPACE("a=1,2"), *huge = SPACE("a=int:1..1000000", "b=int:1..1000000",
                                                      "c=int:1..1000000", "d=int:1..1000000");
    hone_study_options options = options_of("memory:", space);
    hone_study *study = NULL;
    hone_trial *trial = NULL;
    double x;
    options.sampler = "grid";
    study = study_open(&options);
    uint64_t n_events = hone_study_n_events(study);
    FAILS(hone_study_change_space(study, huge, NULL, &err), HONE_EUNSUPPORTED,
          "the grid would have 1e+24 points: use another sampler, or a lower resolution");
    assert_int_equal(hone_study_n_events(study), n_events);
    hone_study_close(study);
    options.space = NULL;
    options.sampler = "random";
    study = study_open(&options);
    OK(hone_study_ask(study, NULL, &trial, &err));
    OK(hone_trial_suggest_float(trial, "x", 0, 1, 0, 0, &x, &err));
    tell(study, trial, 1);
    FAILS(hone_study_change_space(study, space, NULL, &err), HONE_ESTATE,
          "the trials of study \"default\" define its space as they run: change the program");
    hone_study_close(study);
    hone_space_destroy(space);
    hone_space_destroy(huge);
}

// How many of three trials of the first space does the second one have?
static uint32_t inside(hone_space *first, const char *const *params, hone_space *second)
{
    hone_study *study = study_in_memory(first);
    for (int i = 0; i < 3; i++) {
        OK(hone_study_enqueue(study, params[i], HONE_PURPOSE_SEARCH, -1, NULL, &err));
        tell(study, ask(study), i);
    }
    hone_space_change change = change_to(study, second);
    assert_int_equal(change.n_finished, 3);
    hone_study_close(study);
    return change.n_inside;
}
#define INSIDE(first, second, ...) inside(first, (const char *const[]){__VA_ARGS__}, second)

static void which_trials_are_inside(void **state)
{
    (void)state;
    static const char *const numbers[] = {"{\"x\":0.25}", "{\"x\":0.5}", "{\"x\":0.75}"};
    assert_int_equal(inside(SPACE("x=0..1"), numbers, SPACE("x=0.5..1")), 2);
    assert_int_equal(inside(SPACE("x=0..1"), numbers, SPACE("x=0..1 step 0.5")), 1);
    assert_int_equal(inside(SPACE("x=0..1"), numbers, SPACE("x=log:0.3..1")), 2);
    assert_int_equal(inside(SPACE("x=0..1"), numbers, SPACE("x=0..1", "forbid x>0.6")), 2);
    assert_int_equal(inside(SPACE("x=0..1"), numbers, SPACE("x=0..1", "y=0..1")), 3);
    assert_int_equal(inside(SPACE("x=0..1"), numbers, SPACE("y=0..1")), 3);
    assert_int_equal(INSIDE(SPACE("a=p,q,r"), SPACE("a=r,s,p"), "{\"a\":\"p\"}", "{\"a\":\"q\"}",
                            "{\"a\":\"r\"}"),
                     2);
    assert_int_equal(
        INSIDE(SPACE("k=int:1..4"), SPACE("k=1,2"), "{\"k\":1}", "{\"k\":2}", "{\"k\":3}"), 2);
    assert_int_equal(
        INSIDE(SPACE("k=int:1..4"), SPACE("k=1.5..4"), "{\"k\":1}", "{\"k\":2}", "{\"k\":3}"), 2);
    assert_int_equal(INSIDE(SPACE("o=perm:a,b"), SPACE("o=perm:b,a"), "{\"o\":\"a,b\"}",
                            "{\"o\":\"b,a\"}", "{\"o\":\"a,b\"}"),
                     3);
}

// A new choice, the same program: what a handle sees that had the study open all along.
static void a_queued_trial_outside_is_counted(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    OK(hone_study_enqueue(study, "{\"x\":0.25}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    OK(hone_study_enqueue(study, "{\"x\":0.75}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    hone_space_change change = change_to(study, SPACE("x=0..0.5"));
    assert_int_equal(change.n_outside, 1);
    assert_true(change.outside == 1);
    hone_study_close(study);
}

// What somebody asked for is run as it was asked for: in the version that has it.
static void asked_for_in_an_earlier_version(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1", "y=0..1"));
    hone_trial *trial = ask(study);
    char *params = strdup(hone_trial_params_json(trial));
    uint32_t number;
    tell(study, trial, 1);
    OK(hone_study_enqueue(study, "{\"x\":0.75}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    OK(hone_study_enqueue(study, "{\"x\":0.25,\"y\":0.5}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    OK(hone_study_enqueue(study, "{\"x\":0.25}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    change_to(study, SPACE("x=0..0.5", "z=2..3"));
    OK(hone_study_retest(study, 0, 1, NULL, &err));
    OK(hone_study_rerun(study, 0, NULL, &err));
    OK(hone_study_enqueue(study, params, HONE_PURPOSE_FINAL, 0, &number, &err));
    static const uint32_t versions[] = {1, 1, 2, 1, 1};
    for (uint32_t i = 0; i < 5; i++) {
        trial = ask(study);
        assert_int_equal(hone_trial_number(trial), i + 1);
        assert_int_equal(hone_trial_space_version(trial), versions[i]);
        if (i == 0)
            assert_number(hone_trial_float(trial, "x"), 0.75);
        if (i == 0)
            assert_true(hone_trial_active(trial, "y"));
        if (i == 2)
            assert_true(hone_trial_active(trial, "z"));
        if (i >= 3)
            assert_string_equal(hone_trial_params_json(trial), params);
        tell(study, trial, 1);
    }
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.only_trial = number;
    OK(hone_study_ask(study, &options, &trial, &err));
    assert_string_equal(hone_trial_params_json(trial), params);
    tell(study, trial, 1);
    free(params);
    hone_study_close(study);
}

// Interrupted and paused ones, too.
static void what_was_started_goes_on(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0.5..1"));
    hone_trial *trial = ask(study);
    double x = hone_trial_float(trial, "x");
    OK(hone_study_requeue(study, trial, "later", &err));
    hone_trial_destroy(trial);
    hone_trial *paused = NULL;
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    OK(hone_study_enqueue(study, "{\"x\":0.75}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    options.only_trial = 1;
    OK(hone_study_ask(study, &options, &paused, &err));
    OK(hone_study_pause(study, paused, 3, &err));
    hone_trial_destroy(paused);
    hone_space_change change = change_to(study, SPACE("x=0..0.25"));
    assert_int_equal(change.n_outside, 0);
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 0);
    assert_int_equal(hone_trial_space_version(trial), 1);
    assert_number(hone_trial_float(trial, "x"), x);
    tell(study, trial, 1);
    OK(hone_study_ask(study, &options, &paused, &err));
    assert_int_equal(hone_trial_space_version(paused), 1);
    assert_number(hone_trial_float(paused, "x"), 0.75);
    tell(study, paused, 1);
    hone_study_close(study);
}

// What trial 1 becomes when trial 0 had k=2 in the first version and the second is asked for k=2.
static int64_t served_from(hone_space *first, const char *values, hone_space *second)
{
    hone_study_options options = options_of("memory:", first);
    hone_study *study = study_open(&options);
    OK(hone_study_enqueue(study, values, HONE_PURPOSE_SEARCH, -1, NULL, &err));
    tell(study, ask(study), 5);
    change_to(study, second);
    hone_trial *trial = ask(study), *next = look(study, 1);
    int64_t copied = hone_trial_copied_from(next);
    if (copied >= 0)
        assert_number(hone_trial_value(next, 0), 5);
    hone_trial_destroy(next);
    hone_trial_destroy(trial);
    hone_study_close(study);
    hone_space_destroy(first);
    return copied;
}

// The second spaces have two configurations; seed 7 draws k=2 first.
static void duplicates_across_versions(void **state)
{
    (void)state;
    const char *two = "{\"k\":2}", *both = "{\"k\":2,\"m\":1}";
    assert_true(served_from(SPACE("k=int:1..3"), two, SPACE("k=int:2..3")) == 0);
    assert_true(served_from(SPACE("k=int:1..3"), two, SPACE("k=int:2..3", "m={1} = 1")) == 0);
    assert_true(served_from(SPACE("k=int:1..3"), two, SPACE("k=int:2..3", "m={1}")) < 0);
    assert_true(served_from(SPACE("k=int:1..3", "m=int:1..2"), both, SPACE("k=int:2..3")) < 0);
    assert_true(served_from(SPACE("k=int:1..3", "m=int:1..2 = 1"), both, SPACE("k=int:2..3")) == 0);
    assert_true(served_from(SPACE("k=int:1..3", "m=int:1..2 = 2"), both, SPACE("k=int:2..3")) < 0);
}

// A parameter that stays has the values that it would have had.
static void a_sequence_goes_on(void **state)
{
    (void)state;
    hone_space *space = SPACE("a=0..1", "b=0..1", "c=0..1");
    hone_study_options options = options_of("memory:", space);
    options.sampler = "qmc";
    hone_study *plain = study_open(&options), *changed = study_open(&options);
    for (int i = 0; i < 30; i++) {
        if (i == 10)
            change_to(changed, SPACE("new=0..1", "c=0..1", "a=0..1"));
        if (i == 20)
            change_to(changed, SPACE("b=0..1", "c=0..1"));
        hone_trial *x = ask(plain), *y = ask(changed);
        assert_number(hone_trial_float(x, "c"), hone_trial_float(y, "c"));
        if (i < 20)
            assert_number(hone_trial_float(x, "a"), hone_trial_float(y, "a"));
        if (i >= 10 && i < 20)
            assert_true(hone_trial_float(y, "new") != hone_trial_float(x, "b"));
        tell(plain, x, 1);
        tell(changed, y, 1);
    }
    hone_study_close(plain);
    hone_study_close(changed);
    hone_space_destroy(space);
}

// Trials that came before a parameter did are evidence for the others.
static void a_space_that_grows_by_running_learns(void **state)
{
    (void)state;
    hone_study_options options = options_of("memory:", NULL);
    options.sampler = "tpe";
    hone_study *study = study_open(&options);
    double sum = 0;
    for (int i = 0; i < 70; i++) {
        hone_trial *trial = ask(study);
        double x, w;
        OK(hone_trial_suggest_float(trial, "x", 0, 1, 0, 0, &x, &err));
        if (i >= 50)
            OK(hone_trial_suggest_float(trial, "w", 0, 1, 0, 0, &w, &err));
        sum += i >= 50 ? fabs(x - 0.2) : 0;
        tell(study, trial, fabs(x - 0.2));
    }
    if (!(sum / 20 < 0.15))
        fail_msg("the mean distance is %g", sum / 20);
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_version),
        cmocka_unit_test(a_rehearsal_records_nothing),
        cmocka_unit_test(what_was_made_of_an_older_one_is_refused),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(which_trials_are_inside),
        cmocka_unit_test(a_queued_trial_outside_is_counted),
        cmocka_unit_test(asked_for_in_an_earlier_version),
        cmocka_unit_test(what_was_started_goes_on),
        cmocka_unit_test(duplicates_across_versions),
        cmocka_unit_test(a_sequence_goes_on),
        cmocka_unit_test(a_space_that_grows_by_running_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
