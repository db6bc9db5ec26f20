// One journal, several handles and processes: numbers, races, dead owners, leases, lag.
#include <sys/wait.h>

#include "unit/core/study_rig.h"

// Two handles on one stored study.
typedef struct shared {
    folder f;
    hone_space *space;
    hone_study_options options;
    hone_study *a, *b;
} shared;

static void shared_open(shared *s, hone_space *space)
{
    s->f = folder_new();
    s->space = space;
    s->options = options_of(s->f.url, space);
    s->a = study_open(&s->options);
    s->b = study_open(&s->options);
}

static void shared_close(shared *s)
{
    hone_study_close(s->a);
    hone_study_close(s->b);
    hone_space_destroy(s->space);
    folder_free(&s->f);
}

static void two_handles_never_share_a_number(void **state)
{
    (void)state;
    enum { N = 60 };
    shared s;
    shared_open(&s, SPACE("x=0..1", "k=int:1..100"));
    hone_study *handles[2] = {s.a, s.b};
    bool seen[N] = {false};
    hone_trial *running[2] = {NULL, NULL};
    for (int i = 0; i < N; i++) {
        hone_study *study = handles[i * 7 % 3 % 2];
        hone_trial *trial = ask(study);
        uint32_t number = hone_trial_number(trial);
        assert_true(number < N && !seen[number]);
        seen[number] = true;
        // One trial stays open a while on each side, so that results cross.
        int side = study == handles[1];
        hone_trial *done = running[side];
        running[side] = trial;
        if (done)
            tell(study, done, hone_trial_number(done));
    }
    for (int side = 0; side < 2; side++)
        tell(handles[side], running[side], hone_trial_number(running[side]));
    for (int side = 0; side < 2; side++) {
        OK(hone_study_refresh(handles[side], &err));
        assert_int_equal(hone_study_n_trials(handles[side]), N);
        assert_int_equal(hone_study_n_finished(handles[side]), N);
        for (uint32_t i = 0; i < N; i++) {
            hone_trial *trial = look(handles[side], i);
            assert_number(hone_trial_value(trial, 0), i);
            hone_trial_destroy(trial);
        }
    }
    shared_close(&s);
}

// A handle that is behind sees the queue entry of another before it makes a trial of its own, and
// does not say that nothing waits.
static void a_stale_handle_looks_before_it_says_no(void **state)
{
    (void)state;
    shared s;
    shared_open(&s, SPACE("x=0..1"));
    hone_study *a = s.a, *b = s.b;
    OK(hone_study_enqueue(b, "{\"x\":0.5}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    hone_ask_options waiting = HONE_ASK_OPTIONS_INIT;
    waiting.no_new = true;
    hone_trial *trial = NULL;
    OK(hone_study_ask(a, &waiting, &trial, &err));
    assert_number(hone_trial_float(trial, "x"), 0.5);
    tell(a, trial, 1);
    OK(hone_study_enqueue(b, "{\"x\":0.25}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    trial = ask(a); // not a new one
    assert_number(hone_trial_float(trial, "x"), 0.25);
    hone_trial *twice = NULL;
    FAILS(hone_study_ask(b, &waiting, &twice, &err), HONE_ENOTFOUND,
          "no trial waits to be started");
    tell(a, trial, 1);
    shared_close(&s);
}

static hone_ask_options up_to(int64_t total)
{
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.total = total;
    return options;
}

// Handle b has not seen what a has started: it looks before it goes beyond the total. A failure
// makes room for one more.
static void a_total_is_exact_for_stale_handles(void **state)
{
    (void)state;
    shared s;
    shared_open(&s, SPACE("x=0..1"));
    hone_study *a = s.a, *b = s.b;
    hone_ask_options two = up_to(2);
    hone_trial *first = NULL, *second = NULL, *third = NULL;
    OK(hone_study_ask(a, &two, &first, &err));
    OK(hone_study_ask(b, &two, &second, &err));
    FAILS(hone_study_ask(a, &two, &third, &err), HONE_EBUSY,
          "2 trials have finished or are on their way");
    tell(a, first, 1);
    FAILS(hone_study_ask(b, &two, &third, &err), HONE_EBUSY, NULL);
    OK(hone_study_tell(b, second, HONE_STATE_FAILED, NULL, &err));
    hone_trial_destroy(second);
    OK(hone_study_ask(a, &two, &third, &err));
    FAILS(hone_study_ask(b, &two, &second, &err), HONE_EBUSY, NULL);
    tell(a, third, 1);
    FAILS(hone_study_ask(b, &two, &second, &err), HONE_EBUSY, NULL);
    assert_int_equal(hone_study_n_trials(b), 3);
    shared_close(&s);
}

// What waits counts as if it ran, so that it need not be started first; repeats do not count.
static void what_waits_counts_towards_the_total(void **state)
{
    (void)state;
    shared s;
    shared_open(&s, SPACE("x=0..1"));
    hone_study *a = s.a, *b = s.b;
    hone_ask_options two = up_to(2);
    hone_trial *first = NULL, *second = NULL, *third = NULL;
    for (int i = 0; i < 3; i++)
        OK(hone_study_enqueue(b, "{\"x\":0.5}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    OK(hone_study_ask(a, &two, &first, &err));
    OK(hone_study_ask(b, &two, &second, &err));
    assert_int_equal(hone_trial_number(first), 0);
    assert_int_equal(hone_trial_number(second), 1);
    FAILS(hone_study_ask(a, &two, &third, &err), HONE_EBUSY, NULL);
    OK(hone_study_enqueue(b, "{\"x\":0.25}", HONE_PURPOSE_RETEST, 0, NULL, &err));
    OK(hone_study_ask(a, &two, &third, &err));
    assert_int_equal(hone_trial_number(third), 3);
    tell(a, first, 1);
    tell(b, second, 1);
    tell(a, third, 1);
    assert_int_equal(hone_study_count(a, HONE_STATE_WAITING), 1);
    shared_close(&s);
}

// Processes that ask at the same time, each a thousand times, go exactly as far as the total: also
// where the journal is so contended that numbers are reserved first.
static void a_crowd_stops_exactly_at_the_total(void **state)
{
    (void)state;
    enum { N_PROCESSES = 6, TOTAL = 150 };
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study *study = study_open(&options);
    for (int i = 0; i < 20; i++)
        OK(hone_study_enqueue(study, "{\"x\":0.5}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    for (int p = 0; p < N_PROCESSES; p++) {
        if (fork() > 0)
            continue;
        hone_study *own = study_open(&options);
        hone_ask_options total = up_to(TOTAL);
        hone_trial *trial = NULL;
        while (hone_study_n_finished(own) < TOTAL) {
            double value = 1;
            if (hone_study_ask(own, &total, &trial, NULL) != HONE_OK)
                continue;
            bool fails = hone_trial_number(trial) % 4 == 3;
            OK(hone_study_tell(own, trial, fails ? HONE_STATE_FAILED : HONE_STATE_COMPLETE,
                               fails ? NULL : &value, &err));
            hone_trial_destroy(trial);
        }
        hone_study_close(own);
        _exit(0);
    }
    for (int p = 0; p < N_PROCESSES; p++) {
        int status;
        assert_true(wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    OK(hone_study_refresh(study, &err));
    assert_int_equal(hone_study_n_finished(study), TOTAL);
    assert_int_equal(hone_study_count(study, HONE_STATE_RUNNING), 0);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

static void settings_of_two_handles_do_not_get_lost(void **state)
{
    (void)state;
    shared s;
    shared_open(&s, SPACE("x=0..1"));
    hone_study *a = s.a, *b = s.b;
    OK(hone_study_set(a, "paused", "true", &err));
    OK(hone_study_set(b, "paused", "false", &err));
    OK(hone_study_set(a, "paused", "true", &err)); // a still believed that it was true
    OK(hone_study_refresh(b, &err));
    assert_string_equal(hone_study_get(b, "paused"), "true");
    // Another choice of sampler reaches a handle that is open.
    s.options.sampler = "qmc";
    hone_study_close(s.b);
    s.b = study_open(&s.options);
    hone_trial *trial = NULL;
    for (int i = 0; i < 2; i++) {
        trial = ask(a);
        tell(a, trial, 0);
    }
    assert_string_equal(hone_study_sampler(a), "qmc");
    shared_close(&s);
}

// The late result of an attempt that was taken over is kept as a duplicate only.
static void a_result_of_a_trial_taken_over_is_stale(void **state)
{
    (void)state;
    shared s;
    shared_open(&s, SPACE("x=0..1"));
    hone_study *a = s.a, *b = s.b;
    hone_trial *mine = ask(a);
    OK(hone_study_refresh(b, &err));
    hone_trial *seen = look(b, 0);
    OK(hone_study_requeue(b, seen, "taken over", &err));
    hone_trial_destroy(seen);
    hone_trial *theirs = ask(b);
    assert_int_equal(hone_trial_number(theirs), 0);
    FAILS(hone_study_tell(a, mine, HONE_STATE_COMPLETE, &(double){1}, &err), HONE_ESTALE,
          "trial 0 is RUNNING (attempt 2): attempt 1 has no say any more");
    FAILS(hone_study_pause(a, mine, 1, &err), HONE_ESTALE, NULL);
    FAILS(hone_study_requeue(a, mine, "no", &err), HONE_ESTALE, NULL);
    hone_trial_destroy(mine);
    tell(b, theirs, 2);
    seen = look(a, 0);
    OK(hone_study_refresh(a, &err));
    assert_number(hone_trial_value(seen, 0), 2);
    hone_trial_destroy(seen);
    char *events = NULL;
    OK(hone_study_events_json(b, 0, UINT32_MAX, &events, &err));
    int n_told = 0;
    for (const char *at = events; (at = strstr(at, "told")) != NULL; at++)
        n_told++;
    assert_int_equal(n_told, 2); // the late one is in the journal
    hone_free(events);
    shared_close(&s);
}

// A child that asks and is gone: its trial waits again after a look round.
static void a_dead_owner_gives_its_trial_back(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of(f.url, space);
    hone_study_close(study_open(&options));
    pid_t child = fork();
    if (child == 0) {
        hone_study *study = NULL;
        hone_trial *trial = NULL;
        bool good = hone_study_open(&options, &study, NULL) == HONE_OK &&
                    hone_study_ask(study, NULL, &trial, NULL) == HONE_OK;
        _exit(good ? 0 : 1);
    }
    int code;
    assert_int_equal(waitpid(child, &code, 0), child);
    assert_int_equal(code, 0);
    hone_study *study = study_open(&options);
    hone_trial *own = ask(study);
    assert_int_equal(hone_trial_number(own), 1);
    uint32_t n_requeued = 9, n_lost = 9;
    OK(hone_study_recover(study, &n_requeued, &n_lost, &err));
    assert_int_equal(n_requeued, 1); // not our own
    assert_int_equal(n_lost, 0);
    hone_trial *again = ask(study);
    assert_int_equal(hone_trial_number(again), 0);
    assert_int_equal(hone_trial_attempts(again), 2);
    assert_string_equal(hone_trial_message(again), "its runner was gone");
    OK(hone_study_recover(study, &n_requeued, NULL, &err));
    assert_int_equal(n_requeued, 0);
    tell(study, again, 1);
    tell(study, own, 1);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

static void a_lease_that_ran_out_is_lost(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_ask_options leased = HONE_ASK_OPTIONS_INIT;
    leased.owner = "somebody else";
    leased.lease_s = 1e-6;
    hone_trial *late = NULL, *kept = NULL, *dead = NULL;
    OK(hone_study_ask(study, &leased, &late, &err));
    OK(hone_study_ask(study, &leased, &dead, &err));
    leased.lease_s = 3600;
    OK(hone_study_ask(study, &leased, &kept, &err));
    OK(hone_trial_extend_lease(dead, 3600, &err));
    OK(hone_trial_extend_lease(dead, -1, &err));
    uint32_t n_requeued, n_lost;
    for (n_lost = 0; n_lost == 0;) // a microsecond has to pass
        OK(hone_study_recover(study, &n_requeued, &n_lost, &err));
    assert_int_equal(n_requeued, 0);
    OK(hone_study_recover(study, &n_requeued, &n_lost, &err));
    assert_int_equal(hone_study_count(study, HONE_STATE_LOST), 2);
    assert_int_equal(hone_trial_status(kept), HONE_STATE_RUNNING);
    assert_string_equal(hone_trial_message(late), "its lease ran out");
    // It was alive after all: the result counts, since nobody has run the trial again.
    OK(hone_study_tell(study, late, HONE_STATE_COMPLETE, &(double){3}, &err));
    assert_int_equal(hone_trial_status(late), HONE_STATE_COMPLETE);
    hone_trial_destroy(late);
    hone_trial_destroy(kept);
    hone_trial_destroy(dead);
    hone_study_close(study);
}

// With three slots, trial k sees the results of the trials below k - 2 and waits for them.
static void with_a_lag_results_are_waited_for(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of("memory:", space);
    options.lag = 3;
    hone_study *study = study_open(&options);
    hone_trial *trials[4] = {ask(study), ask(study), ask(study), NULL};
    FAILS(hone_study_ask(study, NULL, &trials[3], &err), HONE_EBUSY,
          "trial 3 waits for earlier ones to finish");
    tell(study, trials[1], 1); // not the one that it waits for
    FAILS(hone_study_ask(study, NULL, &trials[3], &err), HONE_EBUSY, NULL);
    // A queued trial whose values are not complete waits as well, a complete one need not.
    OK(hone_study_enqueue(study, "{}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    FAILS(hone_study_ask(study, NULL, &trials[3], &err), HONE_EBUSY, NULL);
    tell(study, trials[0], 1);
    trials[3] = ask(study);
    assert_int_equal(hone_trial_number(trials[3]), 3);
    tell(study, trials[2], 1);
    tell(study, trials[3], 1);
    hone_study_close(study);
    hone_space_destroy(space);
}

// Four processes and one journal: every number once, every result kept.
static void processes_race_without_a_loss(void **state)
{
    (void)state;
    enum { WORKERS = 4, EACH = 25 };
    folder f = folder_new();
    hone_space *space = SPACE("a=int:1..50", "b=int:1..50");
    hone_study_options options = options_of(f.url, space);
    hone_study_close(study_open(&options));
    pid_t children[WORKERS];
    for (int w = 0; w < WORKERS; w++) {
        if ((children[w] = fork()) != 0)
            continue;
        hone_study *study = NULL;
        int n = hone_study_open(&options, &study, NULL) == HONE_OK ? 0 : -1000;
        for (; n >= 0 && n < EACH; n++) {
            hone_trial *trial = NULL;
            double value = 1;
            if (hone_study_ask(study, NULL, &trial, NULL) != HONE_OK ||
                hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, NULL) != HONE_OK)
                n = -1000;
            hone_trial_destroy(trial);
        }
        hone_study_close(study);
        _exit(n == EACH ? 0 : 1);
    }
    for (int w = 0; w < WORKERS; w++) {
        int code;
        assert_int_equal(waitpid(children[w], &code, 0), children[w]);
        assert_int_equal(code, 0);
    }
    hone_study *study = study_open(&options);
    uint32_t n_served = 0;
    for (uint32_t i = 0; i < hone_study_n_trials(study); i++) {
        hone_trial *trial = look(study, i);
        assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
        assert_int_equal(hone_trial_attempts(trial), 1);
        n_served += hone_trial_origin_of(trial) == HONE_ORIGIN_SERVED;
        hone_trial_destroy(trial);
    }
    assert_int_equal(hone_study_n_trials(study) - n_served, WORKERS * EACH);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_handles_never_share_a_number),
        cmocka_unit_test(a_stale_handle_looks_before_it_says_no),
        cmocka_unit_test(a_total_is_exact_for_stale_handles),
        cmocka_unit_test(what_waits_counts_towards_the_total),
        cmocka_unit_test(a_crowd_stops_exactly_at_the_total),
        cmocka_unit_test(settings_of_two_handles_do_not_get_lost),
        cmocka_unit_test(a_result_of_a_trial_taken_over_is_stale),
        cmocka_unit_test(a_dead_owner_gives_its_trial_back),
        cmocka_unit_test(a_lease_that_ran_out_is_lost),
        cmocka_unit_test(with_a_lag_results_are_waited_for),
        cmocka_unit_test(processes_race_without_a_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
