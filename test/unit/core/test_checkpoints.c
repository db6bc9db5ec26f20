// What the journal says of checkpoints: recorded, removed, and who may not remove one.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/study_internal.h"

static hone_study *open_study(void)
{
    hone_space *space = NULL;
    hone_study *study = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_space_create(&space, NULL);
    hone_space_add(space, "x", "0..1", NULL);
    hone_space_seal(space, NULL);
    options.space = space;
    assert_int_equal(hone_study_open(&options, &study, NULL), HONE_OK);
    hone_space_destroy(space);
    return study;
}

static hone_trial *ask(hone_study *study)
{
    hone_trial *trial = NULL;
    assert_int_equal(hone_study_ask(study, NULL, &trial, NULL), HONE_OK);
    return trial;
}

static void tell(hone_study *study, hone_trial *trial, hone_trial_state state, uint64_t bytes)
{
    double value = 1;
    if (bytes)
        assert_int_equal(hone_trial_checkpointed(trial, 1, bytes, NULL), HONE_OK);
    assert_int_equal(hone_study_tell(study, trial, state, &value, NULL), HONE_OK);
}

static void check_all(const hone_study *study, uint64_t bytes, uint32_t n, uint32_t n_removed)
{
    uint32_t there, gone;
    assert_int_equal(hone_study_checkpoint_bytes(study, &there, &gone), bytes);
    assert_int_equal(there, n);
    assert_int_equal(gone, n_removed);
}

static void test_recorded_and_removed(void **state)
{
    (void)state;
    hone_study *study = open_study();
    hone_trial *a = ask(study), *b = ask(study);
    assert_int_equal(hone_trial_checkpoint_bytes(a), 0);
    assert_int_equal(hone_trial_uncheckpointed(a, "", NULL), HONE_ESTALE); // it runs
    tell(study, a, HONE_STATE_COMPLETE, 500);
    tell(study, b, HONE_STATE_FAILED, 70);
    assert_int_equal(hone_trial_checkpoint_bytes(a), 500);
    assert_false(hone_trial_checkpoint_removed(a));
    check_all(study, 570, 2, 0);
    assert_int_equal(hone_trial_uncheckpointed(a, "not kept", NULL), HONE_OK);
    assert_true(hone_trial_checkpoint_removed(a));
    assert_int_equal(hone_trial_checkpoint_bytes(a), 500);
    check_all(study, 70, 1, 1);
    assert_int_equal(hone_trial_uncheckpointed(a, "", NULL), HONE_ESTALE); // not twice
    hone_trial_destroy(a);
    hone_trial_destroy(b);
    hone_study_close(study);
}

static void test_one_that_is_run_again_keeps_its_own(void **state)
{
    (void)state;
    hone_study *study = open_study();
    hone_trial *a = ask(study), *again;
    uint32_t number;
    tell(study, a, HONE_STATE_FAILED, 70);
    assert_int_equal(hone_study_rerun(study, 0, &number, NULL), HONE_OK);
    assert_int_equal(hone_trial_uncheckpointed(a, "", NULL), HONE_ESTALE); // it waits
    again = ask(study);
    assert_int_equal(hone_trial_attempts(again), 2);
    assert_int_equal(hone_trial_uncheckpointed(a, "", NULL), HONE_ESTALE); // it runs
    tell(study, again, HONE_STATE_FAILED, 80);
    assert_int_equal(hone_trial_uncheckpointed(a, "", NULL), HONE_ESTALE); // another attempt's
    assert_int_equal(hone_trial_uncheckpointed(again, "", NULL), HONE_OK);
    // What was removed may come again.
    assert_int_equal(hone_study_rerun(study, 0, &number, NULL), HONE_OK);
    hone_trial_destroy(again);
    again = ask(study);
    assert_true(hone_trial_checkpoint_removed(again));
    tell(study, again, HONE_STATE_COMPLETE, 90);
    assert_false(hone_trial_checkpoint_removed(again));
    check_all(study, 90, 1, 0);
    hone_trial_destroy(again);
    hone_trial_destroy(a);
    hone_study_close(study);
}

// A fork that has not ended may have yet to copy it.
static void test_parents_of_forks(void **state)
{
    (void)state;
    hone_study *study = open_study();
    hone_trial *a = ask(study), *fork = NULL;
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    tell(study, a, HONE_STATE_COMPLETE, 70);
    hn_event event = hn_study_event(HN_EV_QUEUED);
    event.text = hn_bytes_of("{\"x\":0.5}");
    event.parent = 0;
    event.origin = HONE_ORIGIN_FORK;
    assert_int_equal(hn_study_append(study, &event, 1, false, HN_SYNC_LAZY, NULL, NULL), HONE_OK);
    assert_int_equal(hone_trial_uncheckpointed(a, "", NULL), HONE_ESTALE);
    options.only_trial = 1;
    assert_int_equal(hone_study_ask(study, &options, &fork, NULL), HONE_OK);
    assert_int_equal(hone_trial_origin_of(fork), HONE_ORIGIN_FORK);
    assert_int_equal(hone_trial_uncheckpointed(a, "", NULL), HONE_ESTALE);
    tell(study, fork, HONE_STATE_COMPLETE, 0);
    assert_int_equal(hone_trial_uncheckpointed(a, "", NULL), HONE_OK);
    hone_trial_destroy(fork);
    hone_trial_destroy(a);
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recorded_and_removed),
        cmocka_unit_test(test_one_that_is_run_again_keeps_its_own),
        cmocka_unit_test(test_parents_of_forks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
