// What people do to trials by hand: kill, rerun, retest, in every state a trial may have.
#include "study_rig.h"

#include "core/study_internal.h"

static const char *message_of(hone_study *study, uint32_t number)
{
    return hn_fold_text(&study->fold, study->fold.trials.data[number].message);
}

static hone_kill kill_it(hone_study *study, uint32_t number, hone_trial_state how, bool force)
{
    hone_kill what = HONE_KILL_BEFORE;
    OK(hone_study_kill(study, number, how, force, &what, &err));
    return what;
}

static void a_running_trial_is_asked_to_end(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    assert_false(hone_trial_should_stop(trial));
    assert_int_equal(kill_it(study, 0, HONE_STATE_FAILED, false), HONE_KILL_ASKED);
    assert_int_equal(state_of(study, 0), HONE_STATE_RUNNING);
    assert_true(hone_trial_should_stop(trial));
    tell(study, trial, 1.0);
    assert_int_equal(kill_it(study, 0, HONE_STATE_FAILED, false), HONE_KILL_BEFORE);
    assert_int_equal(state_of(study, 0), HONE_STATE_COMPLETE);
    hone_study_close(study);
}

static void force_records_the_end_and_the_runner_is_told_so(void **state)
{
    (void)state;
    double value = 1;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    assert_int_equal(kill_it(study, 0, HONE_STATE_FAILED, true), HONE_KILL_ENDED);
    assert_int_equal(state_of(study, 0), HONE_STATE_FAILED);
    assert_string_equal(message_of(study, 0), "killed on request");
    FAILS(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err), HONE_ESTALE,
          "trial 0 is FAILED (attempt 1): attempt 1 has no say any more");
    hone_trial_destroy(trial);
    trial = ask(study);
    assert_int_equal(kill_it(study, 1, HONE_STATE_PRUNED, true), HONE_KILL_ENDED);
    assert_int_equal(state_of(study, 1), HONE_STATE_PRUNED);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

static void a_paused_trial_ends_at_once(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    OK(hone_study_pause(study, trial, 3, &err));
    hone_trial_destroy(trial);
    assert_int_equal(kill_it(study, 0, HONE_STATE_PRUNED, false), HONE_KILL_ENDED);
    assert_int_equal(state_of(study, 0), HONE_STATE_PRUNED);
    hone_study_close(study);
}

static void a_waiting_trial_leaves_the_queue_and_comes_back(void **state)
{
    (void)state;
    uint32_t number;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    OK(hone_study_enqueue(study, "{\"x\":0.5}", HONE_PURPOSE_SEARCH, -1, &number, &err));
    assert_int_equal(kill_it(study, number, HONE_STATE_FAILED, false), HONE_KILL_REMOVED);
    assert_int_equal(kill_it(study, number, HONE_STATE_FAILED, false), HONE_KILL_BEFORE);
    hone_trial *trial = ask(study);
    assert_int_not_equal(hone_trial_number(trial), number);
    tell(study, trial, 1);
    // A worker that had decided to start it before it was removed does not get it.
    hn_event start = hn_study_event(HN_EV_STARTED);
    hn_change change;
    start.trial = number;
    start.epoch = 1;
    OK(hn_study_append(study, &start, 1, false, HN_SYNC_LAZY, &change, &err));
    assert_false(change.applied);
    OK(hone_study_rerun(study, number, &number, &err));
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 0);
    assert_number(hone_trial_float(trial, "x"), 0.5);
    tell(study, trial, 1);
    hone_study_close(study);
}

// By boot, process id and start time: a number used anew is not the process that was.
static void owners_live_or_not(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    char host[80], boot[80], text[256];
    long long pid, start;
    assert_int_equal(sscanf(study->owner, "%79[^/]/%79[^/]/%lld/%lld", host, boot, &pid, &start),
                     4);
    assert_int_equal(hone_owner_lives(study->owner), 1);
    (void)snprintf(text, sizeof text, "%s/another-boot/%lld/%lld", host, pid, start);
    assert_int_equal(hone_owner_lives(text), 0);
    (void)snprintf(text, sizeof text, "%s/%s/%lld/%lld", host, boot, pid, start + 1);
    assert_int_equal(hone_owner_lives(text), 0);
    (void)snprintf(text, sizeof text, "elsewhere-%s/%s/%lld/%lld", host, boot, pid, start);
    assert_int_equal(hone_owner_lives(text), -1);
    assert_int_equal(hone_owner_lives("somebody"), -1);
    hone_study_close(study);
}

// An owner on this host with a process id that cannot be.
static char *dead_owner(hone_study *study)
{
    char *owner = strdup(study->owner), *slash = strrchr(owner, '/');
    *slash = '\0';
    *strrchr(owner, '/') = '\0';
    char *dead = malloc(strlen(owner) + 32);
    sprintf(dead, "%s/4194999/1", owner);
    free(owner);
    return dead;
}

static void what_a_dead_process_ran_is_lost(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    hone_trial *trial = NULL;
    char *dead = dead_owner(study);
    options.owner = dead;
    OK(hone_study_ask(study, &options, &trial, &err));
    hone_trial_destroy(trial);
    assert_int_equal(kill_it(study, 0, HONE_STATE_FAILED, false), HONE_KILL_ENDED);
    assert_int_equal(state_of(study, 0), HONE_STATE_LOST);
    assert_string_equal(message_of(study, 0), "killed on request; its runner was gone");
    // Whose lease lasts comes back with the result.
    options.lease_s = 100;
    OK(hone_study_ask(study, &options, &trial, &err));
    assert_int_equal(kill_it(study, 1, HONE_STATE_FAILED, false), HONE_KILL_ASKED);
    assert_int_equal(state_of(study, 1), HONE_STATE_RUNNING);
    hone_trial_destroy(trial);
    free(dead);
    hone_study_close(study);
}

static void what_cannot_be_killed(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    FAILS(hone_study_kill(study, 7, HONE_STATE_FAILED, false, NULL, &err), HONE_ENOTFOUND,
          "there is no trial 7: study \"default\" has no trials yet");
    FAILS(hone_study_kill(study, 0, HONE_STATE_COMPLETE, false, NULL, &err), HONE_EINVAL, NULL);
    hone_study_close(study);
}

// --- rerun ---

static void what_ended_without_a_result_waits_again_under_its_number(void **state)
{
    (void)state;
    static const hone_trial_state ends[] = {HONE_STATE_FAILED, HONE_STATE_TIMEOUT, HONE_STATE_OOM,
                                            HONE_STATE_INVALID, HONE_STATE_LOST};
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    for (uint32_t i = 0; i < 5; i++) {
        uint32_t number = 99;
        hone_trial *trial = ask(study);
        double x = hone_trial_float(trial, "x");
        OK(hone_study_tell(study, trial, ends[i], NULL, &err));
        hone_trial_destroy(trial);
        OK(hone_study_rerun(study, i, &number, &err));
        assert_int_equal(number, i);
        assert_int_equal(state_of(study, i), HONE_STATE_WAITING);
        FAILS(hone_study_rerun(study, i, NULL, &err), HONE_ESTATE, NULL);
        trial = ask(study);
        assert_int_equal(hone_trial_number(trial), i);
        assert_int_equal(hone_trial_attempts(trial), 2);
        assert_number(hone_trial_float(trial, "x"), x);
        FAILS(hone_study_rerun(study, i, NULL, &err), HONE_ESTATE, NULL);
        tell(study, trial, 1);
    }
    assert_int_equal(hone_study_n_trials(study), 5);
    hone_study_close(study);
}

static void what_has_a_result_is_run_again_as_a_new_trial(void **state)
{
    (void)state;
    static const hone_trial_state ends[] = {HONE_STATE_COMPLETE, HONE_STATE_PRUNED,
                                            HONE_STATE_INFEASIBLE};
    hone_study *study = study_in_memory(SPACE("x=log:1e-5..1", "opt=sgd,adam", "m=0..1 if opt==sgd",
                                              "s=simplex:4", "p=perm:a,b,c"));
    for (uint32_t i = 0; i < 3; i++) {
        uint32_t number = 99;
        hone_trial *trial = ask(study);
        uint32_t first = hone_trial_number(trial);
        char *params = strdup(hone_trial_params_json(trial));
        double value = 2;
        OK(hone_study_tell(study, trial, ends[i], ends[i] == HONE_STATE_COMPLETE ? &value : NULL,
                           &err));
        hone_trial_destroy(trial);
        OK(hone_study_rerun(study, first, &number, &err));
        trial = ask(study);
        assert_int_equal(hone_trial_number(trial), number);
        assert_int_not_equal(number, first);
        assert_int_equal(hone_trial_origin_of(trial), HONE_ORIGIN_RERUN);
        assert_int_equal(hone_trial_parent(trial), first);
        assert_string_equal(hone_trial_params_json(trial), params);
        tell(study, trial, 1);
        free(params);
    }
    assert_int_equal(hone_study_n_finished(study), 5); // INFEASIBLE is none
    hone_study_close(study);
}

// On a finite space a rerun is run, not answered from the first time.
static void a_rerun_is_not_served(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("k=int:1..3"));
    hone_trial *trial = ask(study);
    tell(study, trial, 1);
    OK(hone_study_rerun(study, 0, NULL, &err));
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 1);
    assert_int_equal(hone_trial_copied_from(trial), -1);
    tell(study, trial, 2);
    hone_study_close(study);
}

static void a_paused_trial_is_left_to_its_scheduler(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    OK(hone_study_pause(study, trial, 3, &err));
    hone_trial_destroy(trial);
    FAILS(hone_study_rerun(study, 0, NULL, &err), HONE_ESTATE,
          "trial 0 is paused: its scheduler lets it go on");
    hone_study_close(study);
}

// --- retest ---

static void retests_have_seeds_of_their_own_and_a_mean(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_repeats repeats;
    uint32_t first = 0;
    double x;
    hone_trial *trial = ask(study);
    x = hone_trial_float(trial, "x");
    uint64_t seed = hone_trial_seed(trial);
    tell(study, trial, 1);
    OK(hone_study_retest(study, 0, 4, &first, &err));
    assert_int_equal(first, 1);
    OK(hone_study_repeats(study, 0, 0, &repeats, &err));
    assert_int_equal(repeats.n, 0);
    assert_int_equal(repeats.n_open, 4);
    assert_true(isnan(repeats.mean) && isnan(repeats.std_err));
    for (int i = 0; i < 4; i++) {
        trial = ask(study);
        assert_int_equal(hone_trial_purpose_of(trial), HONE_PURPOSE_RETEST);
        assert_number(hone_trial_float(trial, "x"), x);
        assert_true(hone_trial_seed(trial) != seed);
        seed = hone_trial_seed(trial);
        if (i < 3) {
            tell(study, trial, 2 + i); // 2, 3, 4
            continue;
        }
        OK(hone_study_tell(study, trial, HONE_STATE_FAILED, NULL, &err));
        hone_trial_destroy(trial);
    }
    OK(hone_study_repeats(study, 0, 0, &repeats, &err));
    assert_int_equal(repeats.n, 3);
    assert_int_equal(repeats.n_open, 0);
    assert_number(repeats.mean, 3);
    assert_number(repeats.stddev, 1);
    assert_number(repeats.std_err, 1 / sqrt(3));
    // A retest of a retest repeats the trial itself.
    OK(hone_study_retest(study, 2, 1, &first, &err));
    trial = ask(study);
    assert_int_equal(hone_trial_parent(trial), 0);
    tell(study, trial, 3);
    assert_int_equal(hone_study_n_finished(study), 1);
    hone_study_close(study);
}

static void only_results_are_retested(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    FAILS(hone_study_retest(study, 0, 3, NULL, &err), HONE_ESTATE,
          "trial 0 is RUNNING: only COMPLETE trials of the search are retested");
    tell(study, trial, 1);
    FAILS(hone_study_retest(study, 0, 0, NULL, &err), HONE_EINVAL, NULL);
    FAILS(hone_study_retest(study, 5, 1, NULL, &err), HONE_ENOTFOUND, NULL);
    hone_study_close(study);
}

// --- others at the same time, and afterwards ---

// Two handles on one file: who acts reads first what the other one has done.
static void another_process_may_have_been_quicker(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study *a = study_open(&options), *b = study_again(f.url);
    hone_trial *trial = ask(a);
    tell(a, trial, 1);
    assert_int_equal(kill_it(b, 0, HONE_STATE_FAILED, true), HONE_KILL_BEFORE);
    OK(hone_study_rerun(b, 0, NULL, &err));
    trial = ask(a); // b's queue entry
    assert_int_equal(hone_trial_number(trial), 1);
    assert_int_equal(kill_it(b, 1, HONE_STATE_FAILED, true), HONE_KILL_ENDED);
    hone_trial_destroy(trial);
    hone_study_close(a);
    hone_study_close(b);
    hone_study *again = study_again(f.url);
    assert_int_equal(state_of(again, 1), HONE_STATE_FAILED);
    hone_study_close(again);
    hone_space_destroy(space);
    folder_free(&f);
}

static void a_look_changes_nothing(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options);
    tell(study, ask(study), 1);
    hone_study_close(study);
    options.read_only = true;
    options.mode = HONE_OPEN_EXISTING;
    study = study_open(&options);
    FAILS(hone_study_kill(study, 0, HONE_STATE_FAILED, false, NULL, &err), HONE_ESTATE, NULL);
    FAILS(hone_study_rerun(study, 0, NULL, &err), HONE_ESTATE, NULL);
    FAILS(hone_study_retest(study, 0, 1, NULL, &err), HONE_ESTATE, NULL);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

static void notes_and_logs_are_read_back(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    OK(hone_study_note(study, -1, "begun again", &err));
    OK(hone_study_log(study, -1, "warning", "slow disk", &err));
    assert_int_equal(hone_study_n_logs(study), 2);
    assert_string_equal(hone_study_log_at(study, 0).level, "note");
    assert_string_equal(hone_study_log_at(study, 0).text, "begun again");
    assert_true(hone_study_log_at(study, 0).time_us > 0);
    assert_string_equal(hone_study_log_at(study, 1).text, "slow disk");
    assert_string_equal(hone_study_log_at(study, 2).text, "");
    FAILS(hone_study_note(study, 3, "x", &err), HONE_ENOTFOUND,
          "there is no trial 3: study \"default\" has no trials yet");
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(owners_live_or_not),
        cmocka_unit_test(a_running_trial_is_asked_to_end),
        cmocka_unit_test(force_records_the_end_and_the_runner_is_told_so),
        cmocka_unit_test(a_paused_trial_ends_at_once),
        cmocka_unit_test(a_waiting_trial_leaves_the_queue_and_comes_back),
        cmocka_unit_test(what_a_dead_process_ran_is_lost),
        cmocka_unit_test(what_cannot_be_killed),
        cmocka_unit_test(what_ended_without_a_result_waits_again_under_its_number),
        cmocka_unit_test(what_has_a_result_is_run_again_as_a_new_trial),
        cmocka_unit_test(a_rerun_is_not_served),
        cmocka_unit_test(a_paused_trial_is_left_to_its_scheduler),
        cmocka_unit_test(retests_have_seeds_of_their_own_and_a_mean),
        cmocka_unit_test(only_results_are_retested),
        cmocka_unit_test(another_process_may_have_been_quicker),
        cmocka_unit_test(a_look_changes_nothing),
        cmocka_unit_test(notes_and_logs_are_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
