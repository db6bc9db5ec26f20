// One study, one handle: asking, telling, the queue, duplicates, the best.
#include "unit/core/study_rig.h"

#include "base/clock.h"
#include "core/study_internal.h"

static void a_trial_goes_from_running_to_complete(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("lr=log:1e-5..1e-1", "opt=sgd,adam", "n=int:1..9"));
    hone_trial *trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 0);
    assert_int_equal(hone_trial_attempts(trial), 1);
    assert_int_equal(hone_trial_saw(trial), 4); // created, space, sampler, scheduler
    double lr = hone_trial_float(trial, "lr");
    assert_true(lr >= 1e-5 && lr <= 1e-1);
    assert_true(hone_trial_int(trial, "n") >= 1 && hone_trial_int(trial, "n") <= 9);
    assert_true(isnan(hone_trial_float(trial, "nope")));
    assert_null(hone_trial_text(trial, "nope"));
    assert_int_equal(hone_study_count(study, HONE_STATE_RUNNING), 1);
    OK(hone_trial_report(trial, 1, 0.75, &err));
    OK(hone_trial_report(trial, 2, 0.5, &err));
    assert_int_equal(hone_trial_n_reports(trial), 2);
    assert_number(hone_trial_report_value(trial, 1, 0), 0.5);
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &(double){0.25}, &err));
    assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
    assert_number(hone_trial_value(trial, 0), 0.25);
    assert_int_equal(hone_study_n_finished(study), 1);
    FAILS(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &(double){9}, &err), HONE_ESTALE,
          "trial 0 is COMPLETE (attempt 1): attempt 1 has no say any more");
    assert_number(hone_trial_value(trial, 0), 0.25);
    hone_trial_destroy(trial);
    FAILS(hone_study_trial(study, 1, &trial, &err), HONE_ENOTFOUND,
          "there is no trial 1: study \"default\" has trial 0 only");
    hone_study_close(study);
}

// By index in any order; the length would take minutes if each look began at the first report.
static void a_long_curve_is_read_by_index(void **state)
{
    enum { N = 200000 };
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study), *other = ask(study);
    for (int i = 0; i < N; i++) {
        OK(hone_trial_report(trial, i + 1, i * 0.5, &err));
        if (i % 1000 == 0)
            OK(hone_trial_report(other, i + 1, -i, &err));
    }
    assert_int_equal(hone_trial_n_reports(trial), N);
    for (uint32_t i = 0; i < N; i++) {
        assert_number(hone_trial_report_step(trial, i), i + 1);
        assert_number(hone_trial_report_value(trial, i, 0), i * 0.5);
    }
    assert_true(isnan(hone_trial_report_step(trial, N)));
    for (uint32_t i = 1; i <= 10; i++)
        assert_number(hone_trial_report_value(trial, N - i * i, 0), (N - i * i) * 0.5);
    OK(hone_trial_report(trial, N + 1, 7, &err));
    assert_int_equal(hone_trial_n_reports(trial), N + 1);
    assert_number(hone_trial_report_value(trial, N, 0), 7);
    assert_number(hone_trial_report_value(other, 3, 0), -3000);
    hone_trial_destroy(trial);
    hone_trial_destroy(other);
    hone_study_close(study);
}

static void every_end_is_kept_as_told(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    static const hone_trial_state ends[] = {
        HONE_STATE_PRUNED,     HONE_STATE_FAILED,  HONE_STATE_TIMEOUT, HONE_STATE_OOM,
        HONE_STATE_INFEASIBLE, HONE_STATE_INVALID, HONE_STATE_LOST};
    for (uint32_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        hone_trial *trial = ask(study);
        OK(hone_study_tell(study, trial, ends[i], NULL, &err));
        assert_int_equal(hone_trial_status(trial), ends[i]);
        assert_true(isnan(hone_trial_value(trial, 0)));
        assert_int_equal(hone_study_count(study, ends[i]), 1);
        hone_trial_destroy(trial);
    }
    hone_trial *trial = ask(study);
    FAILS(hone_study_tell(study, trial, HONE_STATE_PAUSED, NULL, &err), HONE_EINVAL,
          "a trial cannot end as PAUSED");
    FAILS(hone_study_tell(study, trial, HONE_STATE_COMPLETE, NULL, &err), HONE_EINVAL,
          "trial 7 cannot be COMPLETE without a value");
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &(double){NAN}, &err));
    assert_int_equal(hone_trial_status(trial), HONE_STATE_INVALID);
    hone_trial_destroy(trial);
    uint32_t best;
    FAILS(hone_study_best(study, &best, &err), HONE_ENOTFOUND,
          "study \"default\" has no complete, feasible trial yet: `hone trials` shows how they "
          "stand");
    trial = ask(study);
    OK(hone_trial_report(trial, 3, 0.125, &err));
    OK(hone_study_tell(study, trial, HONE_STATE_PRUNED, NULL, &err));
    assert_number(hone_trial_value(trial, 0), 0.125); // its last report
    hone_trial_destroy(trial);
    hone_study_close(study);
}

static void a_result_keeps_all_it_says(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of("memory:", space);
    options.metrics = (const hone_metric[]){{"seconds", HONE_RECORD}, {"acc", HONE_MAXIMIZE}};
    options.n_metrics = 2;
    options.constraints = (const char *const[]){"mem<=5"};
    options.n_constraints = 1;
    hone_study *study = study_open(&options);
    assert_int_equal(hone_study_n_metrics(study), 3);
    assert_int_equal(hone_study_n_objectives(study), 1);
    assert_string_equal(hone_study_metric(study, 0).name, "acc"); // objectives first
    assert_string_equal(hone_study_metric(study, 2).name, "mem");
    assert_string_equal(hone_study_constraint(study, 0), "mem<=5");
    hone_trial *trial = ask(study);
    hone_result result = HONE_RESULT_INIT;
    result.values = (const double[]){0.9, 12, 4};
    result.constraints = (const double[]){-1, 0};
    result.n_constraints = 2;
    result.exit_code = 3;
    result.signal = 9;
    result.duration_us = 2500000;
    result.cpu_us = 1500000;
    result.maxrss_kb = 777;
    result.step = 10;
    result.message = "as it was";
    OK(hone_study_tell_result(study, trial, &result, &err));
    assert_number(hone_trial_value(trial, 1), 12);
    assert_true(hone_trial_feasible(trial));
    assert_int_equal(hone_trial_n_constraint_values(trial), 2);
    assert_number(hone_trial_constraint_value(trial, 0), -1);
    assert_int_equal(hone_trial_exit_code(trial), 3);
    assert_int_equal(hone_trial_signal(trial), 9);
    assert_number(hone_trial_duration_s(trial), 2.5);
    assert_number(hone_trial_cpu_s(trial), 1.5);
    assert_int_equal(hone_trial_maxrss_kb(trial), 777);
    assert_string_equal(hone_trial_message(trial), "as it was");
    hone_trial_destroy(trial);
    hone_study_close(study);
    hone_space_destroy(space);
}

static void requeue_and_pause_keep_the_values(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *first = ask(study);
    double x = hone_trial_float(first, "x");
    OK(hone_study_requeue(study, first, "the machine went down", &err));
    assert_int_equal(hone_trial_status(first), HONE_STATE_WAITING);
    assert_string_equal(hone_trial_message(first), "the machine went down");
    hone_trial *second = ask(study);
    assert_int_equal(hone_trial_number(second), 0);
    assert_int_equal(hone_trial_attempts(second), 2);
    assert_number(hone_trial_float(second, "x"), x);
    // The first attempt has no say any more, its result is counted as late only.
    FAILS(hone_study_tell(study, first, HONE_STATE_COMPLETE, &(double){1}, &err), HONE_ESTALE,
          "trial 0 is RUNNING (attempt 2): attempt 1 has no say any more");
    OK(hone_study_pause(study, second, 3, &err));
    assert_int_equal(hone_trial_status(second), HONE_STATE_PAUSED);
    FAILS(hone_study_pause(study, second, 4, &err), HONE_ESTALE, NULL);
    // A paused trial waits for the scheduler, or to be named.
    hone_trial *other = ask(study);
    assert_int_equal(hone_trial_number(other), 1);
    hone_ask_options only = HONE_ASK_OPTIONS_INIT;
    only.only_trial = 0;
    hone_trial *resumed = NULL;
    OK(hone_study_ask(study, &only, &resumed, &err));
    assert_int_equal(hone_trial_number(resumed), 0);
    assert_int_equal(hone_trial_attempts(resumed), 3);
    hone_trial_destroy(first);
    hone_trial_destroy(second);
    tell(study, resumed, 2);
    tell(study, other, 3);
    only.only_trial = 1;
    FAILS(hone_study_ask(study, &only, &resumed, &err), HONE_ENOTFOUND,
          "no trial waits to be started");
    hone_study_close(study);
}

// Nobody has started it again: the late result counts.
static void a_late_result_of_a_waiting_trial_counts(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    OK(hone_study_requeue(study, trial, "presumed dead", &err));
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &(double){5}, &err));
    assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
    hone_trial_destroy(trial);
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 1);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

// What it took before its pause stays, what the lost attempt was thought to have taken does not.
static void a_late_result_keeps_the_time_before_a_pause(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    for (uint64_t now = hn_clock_wall_us(); hn_clock_wall_us() < now + 1000;)
        ; // so that the pause comes later than the start
    OK(hone_study_pause(study, trial, 1, &err));
    double before = hone_trial_duration_s(trial);
    assert_true(before >= 0.001);
    hone_trial_destroy(trial);
    hone_ask_options only = HONE_ASK_OPTIONS_INIT;
    only.only_trial = 0;
    OK(hone_study_ask(study, &only, &trial, &err));
    hone_result result = HONE_RESULT_INIT;
    result.state = HONE_STATE_LOST;
    result.duration_us = 2000000;
    OK(hone_study_tell_result(study, trial, &result, &err));
    assert_number(hone_trial_duration_s(trial), before + 2);
    result.state = HONE_STATE_FAILED;
    result.duration_us = 3000000;
    OK(hone_study_tell_result(study, trial, &result, &err));
    assert_int_equal(hone_trial_status(trial), HONE_STATE_FAILED);
    assert_number(hone_trial_duration_s(trial), before + 3);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

static void a_broken_constraint_is_forgotten_with_the_attempt(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    hone_result result = HONE_RESULT_INIT;
    result.state = HONE_STATE_FAILED;
    result.constraints = (const double[]){1};
    result.n_constraints = 1;
    OK(hone_study_tell_result(study, trial, &result, &err));
    assert_false(hone_trial_feasible(trial));
    OK(hone_study_requeue(study, trial, "again", &err));
    hone_trial_destroy(trial);
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 0);
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &(double){1}, &err));
    assert_true(hone_trial_feasible(trial));
    hone_trial_destroy(trial);
    hone_study_close(study);
}

static void the_queue_takes_whole_and_partial_values(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("lr=log:1e-5..1", "opt=sgd,adam", "n=int:1..9"));
    uint32_t number = 99;
    OK(hone_study_enqueue(study, "{\"lr\":0.25,\"opt\":\"adam\",\"n\":3}", HONE_PURPOSE_SEARCH, -1,
                          &number, &err));
    assert_int_equal(number, 0);
    OK(hone_study_enqueue(study, "{\"n\":5}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    assert_int_equal(hone_study_count(study, HONE_STATE_WAITING), 2);
    hone_trial *trial = ask(study);
    assert_string_equal(hone_trial_params_json(trial), "{\"lr\":0.25,\"opt\":\"adam\",\"n\":3}");
    assert_int_equal(hone_trial_origin_of(trial), HONE_ORIGIN_MANUAL);
    tell(study, trial, 1);
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 1);
    assert_int_equal(hone_trial_int(trial, "n"), 5);
    assert_true(hone_trial_active(trial, "lr"));
    tell(study, trial, 1);
    assert_int_equal(hone_study_count(study, HONE_STATE_WAITING), 0);
    hone_study_close(study);
}

static void wrong_values_never_get_into_the_queue(void **state)
{
    (void)state;
    static const struct {
        const char *json, *sentence;
    } cases[] = {
        {"{\"lrr\":0.1}", "there is no parameter \"lrr\": did you mean \"lr\"?"},
        {"[1]", "the values must be a JSON object, {\"lr\":0.01}"},
        {"{\"opt\":\"sgd\",\"lr\":0.5}", "the values break the rule \"forbid opt==sgd && lr>0.1\""},
        {"{\"opt\":\"adam\",\"lr\":7}", NULL},
        {"{\"opt\":\"rmsprop\"}", NULL},
        {"{\"lr\":", NULL},
    };
    hone_study *study =
        study_in_memory(SPACE("lr=log:1e-5..1", "opt=sgd,adam", "forbid opt==sgd && lr>0.1"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_error err = HONE_ERROR_INIT;
        assert_int_not_equal(
            hone_study_enqueue(study, cases[i].json, HONE_PURPOSE_SEARCH, -1, NULL, &err), HONE_OK);
        if (cases[i].sentence)
            assert_string_equal(err.text, cases[i].sentence);
        assert_true(err.text[0]);
    }
    assert_int_equal(hone_study_n_trials(study), 0);
    hone_study_close(study);
}

// What the fixed values switch on gets a value of its own, and the rules hold for the whole.
static void the_rest_of_partial_values_fits_them(void **state)
{
    (void)state;
    hone_study *study =
        study_in_memory(SPACE("opt=sgd,adam", "lr=log:1e-5..1", "m=log:1e-3..1 if opt==sgd",
                              "k=int:5..9 if m>0.0001", "forbid opt==sgd && lr>0.1"));
    for (int i = 0; i < 40; i++) {
        OK(hone_study_enqueue(study, "{\"opt\":\"sgd\"}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
        hone_trial *trial = ask(study);
        assert_string_equal(hone_trial_text(trial, "opt"), "sgd");
        assert_true(hone_trial_float(trial, "lr") <= 0.1);
        assert_true(hone_trial_float(trial, "m") >= 1e-3);
        assert_true(hone_trial_int(trial, "k") >= 5);
        tell(study, trial, i);
    }
    FAILS(hone_study_enqueue(study, "{\"opt\":\"sgd\",\"lr\":0.5}", HONE_PURPOSE_SEARCH, -1, NULL,
                             &err),
          HONE_EINVAL, NULL);
    hone_study_close(study);
}

static void defaults_come_first(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("lr=log:1e-5..1 = 0.001", "n=int:1..9 = 4"));
    hone_trial *trial = ask(study);
    assert_int_equal(hone_trial_origin_of(trial), HONE_ORIGIN_DEFAULT);
    assert_string_equal(hone_trial_params_json(trial), "{\"lr\":0.001,\"n\":4}");
    tell(study, trial, 1);
    trial = ask(study);
    assert_int_equal(hone_trial_origin_of(trial), HONE_ORIGIN_SAMPLED);
    tell(study, trial, 1);
    hone_study_close(study);
}

// At once, without a thousand duplicates; but what failed may be tried again, and who wants a
// number of trials gets it in duplicates.
static void a_space_that_was_tried_is_exhausted(void **state)
{
    (void)state;
    hone_space *space = SPACE("a=int:1..3");
    hone_study_options options = options_of("memory:", space);
    options.sampler = "random";
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    hone_trial *trial = ask(study), *running[3] = {NULL};
    uint32_t n_running = 0;
    bool early = true;
    OK(hone_study_exhausted(study, &early, &err));
    assert_false(early);
    OK(hone_study_tell(study, trial, HONE_STATE_FAILED, NULL, &err));
    hone_trial_destroy(trial);
    while (hone_study_ask(study, NULL, &trial, NULL) == HONE_OK) {
        assert_true(n_running < 3);
        running[n_running++] = trial;
    }
    assert_int_equal(n_running, 3); // the failed one among them
    bool exhausted = false;
    OK(hone_study_exhausted(study, &exhausted, &err));
    assert_true(exhausted);
    assert_int_equal(hone_study_n_trials(study), 4);
    for (uint32_t i = 0; i < 3; i++)
        tell(study, running[i], i);
    FAILS(hone_study_ask(study, NULL, &trial, &err), HONE_EEXHAUSTED,
          "every configuration of the space has been evaluated or is running");
    hone_ask_options more = HONE_ASK_OPTIONS_INIT;
    more.max_served = 5;
    FAILS(hone_study_ask(study, &more, &trial, &err), HONE_EBUSY, NULL);
    assert_int_equal(hone_study_n_trials(study), 9);
    hone_study_close(study);
}

// Four points: each runs once, a repeat is answered from the earlier trial.
static void duplicates_are_served(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("a=bool", "b=bool"));
    uint32_t n_run = 0;
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    hone_status status;
    while ((status = hone_study_ask(study, NULL, &trial, &err)) == HONE_OK) {
        tell(study, trial, 2 * hone_trial_bool(trial, "a") + hone_trial_bool(trial, "b"));
        assert_true(++n_run <= 4);
    }
    assert_int_equal(status, HONE_EEXHAUSTED);
    assert_int_equal(n_run, 4);
    uint32_t n = hone_study_n_trials(study), n_served = 0;
    for (uint32_t i = 0; i < n; i++) {
        trial = look(study, i);
        if (hone_trial_origin_of(trial) == HONE_ORIGIN_SERVED) {
            hone_trial *twin = look(study, (uint32_t)hone_trial_copied_from(trial));
            assert_string_equal(hone_trial_params_json(trial), hone_trial_params_json(twin));
            assert_number(hone_trial_value(trial, 0), hone_trial_value(twin, 0));
            hone_trial_destroy(twin);
            n_served++;
        }
        hone_trial_destroy(trial);
    }
    assert_int_equal(n_served, n - 4);
    hone_study_close(study);
}

static void a_noisy_study_repeats_points(void **state)
{
    (void)state;
    hone_space *space = SPACE("a=bool");
    hone_study_options options = options_of("memory:", space);
    options.noisy = true;
    hone_study *study = study_open(&options);
    for (int i = 0; i < 20; i++) {
        hone_trial *trial = ask(study);
        assert_int_equal(hone_trial_origin_of(trial), HONE_ORIGIN_SAMPLED);
        tell(study, trial, i);
    }
    hone_study_close(study);
    hone_space_destroy(space);
}

static void the_best_counts_retests_by_their_mean(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    uint32_t best = 99;
    hone_trial *lucky = ask(study), *solid = ask(study);
    char *json = strdup(hone_trial_params_json(lucky));
    tell(study, lucky, 1.0);
    tell(study, solid, 2.0);
    OK(hone_study_best(study, &best, &err));
    assert_int_equal(best, 0);
    for (int i = 0; i < 2; i++) {
        OK(hone_study_enqueue(study, json, HONE_PURPOSE_RETEST, 0, NULL, &err));
        hone_trial *retest = ask(study);
        assert_int_equal(hone_trial_purpose_of(retest), HONE_PURPOSE_RETEST);
        assert_int_equal(hone_trial_parent(retest), 0);
        tell(study, retest, 4.0);
    }
    OK(hone_study_best(study, &best, &err));
    // Worth 4 by its retests; the other one 2 + 3, as it may have been as lucky.
    assert_int_equal(best, 0);
    assert_int_equal(hone_study_n_finished(study), 2);
    // A final run is nobody's evidence, and starts only when it is named.
    uint32_t number;
    OK(hone_study_enqueue(study, json, HONE_PURPOSE_FINAL, 0, &number, &err));
    hone_trial *next = ask(study);
    assert_int_not_equal(hone_trial_number(next), number);
    tell(study, next, 9);
    hone_ask_options only = HONE_ASK_OPTIONS_INIT;
    only.only_trial = number;
    OK(hone_study_ask(study, &only, &next, &err));
    tell(study, next, -100);
    OK(hone_study_best(study, &best, &err));
    assert_int_equal(best, 0);
    // What is better by more than that luck wins without a retest.
    hone_trial *better = ask(study);
    number = hone_trial_number(better);
    tell(study, better, 0.5);
    OK(hone_study_best(study, &best, &err));
    assert_int_equal(best, number);
    free(json);
    hone_study_close(study);
}

static void the_front_holds_what_nothing_dominates(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of("memory:", space);
    options.metrics = (const hone_metric[]){{"loss", HONE_MINIMIZE}, {"acc", HONE_MAXIMIZE}};
    options.n_metrics = 2;
    options.constraints = (const char *const[]){"mem<=5", "mem>=1"};
    options.n_constraints = 2;
    hone_study *study = study_open(&options);
    static const double rows[][3] = {{1, 1, 2}, {2, 2, 2}, {2, 1, 2},   {0, 5, 9},
                                     {1, 1, 2}, {3, 0, 2}, {0, 9, NAN}, {3, 3, 5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hone_trial *trial = ask(study);
        hone_result result = HONE_RESULT_INIT;
        result.values = rows[i];
        OK(hone_study_tell_result(study, trial, &result, &err));
        assert_int_equal(hone_trial_feasible(trial), i != 3 && i != 6);
        hone_trial_destroy(trial);
    }
    uint32_t numbers[8], n;
    OK(hone_study_pareto(study, numbers, 8, &n, &err));
    assert_int_equal(n, 4);
    static const uint32_t want[] = {0, 1, 4, 7};
    assert_memory_equal(numbers, want, sizeof want);
    OK(hone_study_pareto(study, numbers, 2, &n, &err)); // says how many there are
    assert_int_equal(n, 4);
    FAILS(hone_study_best(study, &n, &err), HONE_EUNSUPPORTED,
          "with several objectives there is a front of best trials, not one");
    hone_study_close(study);
    hone_space_destroy(space);
}

static void a_request_to_stop_reaches_the_trial(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *trial = ask(study);
    assert_false(hone_trial_should_stop(trial));
    OK(hone_study_stop_trial(study, 0, HONE_STATE_PRUNED, &err));
    assert_true(hone_trial_should_stop(trial));
    tell(study, trial, 1);
    FAILS(hone_study_stop_trial(study, 0, HONE_STATE_PRUNED, &err), HONE_ESTATE,
          "trial 0 does not run");
    FAILS(hone_study_stop_trial(study, 5, HONE_STATE_PRUNED, &err), HONE_ESTATE,
          "trial 5 does not run");
    hone_study_close(study);
}

// A program says more until it has heard that it is to stop: the reason stays what it was.
static void why_it_was_stopped_outlives_what_it_says_then(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of("memory:", space);
    options.scheduler = "curve";
    options.scheduler_options = "{\"n_startup\":1,\"factor\":2,\"n_min\":2}";
    hone_study *study = study_open(&options);
    hone_trial *trial = ask(study);
    for (int step = 1; step <= 40; step++)
        OK(hone_trial_report(trial, step, 1.0 / step, &err));
    tell(study, trial, 1.0 / 40);
    trial = ask(study);
    int step = 0;
    while (!hone_trial_should_stop(trial) && step < 30)
        OK(hone_trial_report(trial, ++step, 5, &err));
    OK(hone_trial_report(trial, ++step, 5, &err));
    assert_false(hone_trial_should_stop(trial)); // nothing is due there
    OK(hone_study_tell(study, trial, HONE_STATE_PRUNED, NULL, &err));
    assert_memory_equal(hone_trial_message(trial), "could pass 0.025", 16);
    hone_trial_destroy(trial);
    hone_study_close(study);
    hone_space_destroy(space);
}

static double to_grid(void *user, uint32_t param, double value)
{
    (void)param;
    ++*(int *)user;
    return value < 0.5 ? -3 : 0.75; // the first is outside and gets cut to the range
}

static void values_may_be_adjusted_before_they_are_recorded(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1", "k=int:0..1", "m=log:2..3 if x<0.5"));
    int n_calls = 0;
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.adjust = to_grid;
    options.user = &n_calls;
    for (int i = 0; i < 20; i++) {
        hone_trial *trial = NULL;
        OK(hone_study_ask(study, &options, &trial, &err));
        double x = hone_trial_float(trial, "x");
        assert_true(x == 0 || x == 0.75);
        assert_int_equal(hone_trial_active(trial, "m"), x < 0.5);
        tell(study, trial, x);
    }
    assert_true(n_calls >= 20);
    hone_study_close(study);
}

static double to_tenths(void *user, uint32_t param, double value)
{
    (void)user, (void)param;
    return round(value * 10) / 10;
}

static void what_rendering_makes_equal_is_not_run_twice(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.adjust = to_tenths;
    bool had[11] = {false};
    for (int i = 0; i < 7; i++) {
        hone_trial *trial = NULL;
        OK(hone_study_ask(study, &options, &trial, &err));
        int tenth = (int)round(hone_trial_float(trial, "x") * 10);
        assert_false(had[tenth]);
        had[tenth] = true;
        tell(study, trial, tenth);
    }
    for (int i = 0; i < 10; i++) { // nothing is left in the end: what there is runs again
        hone_trial *trial = NULL;
        OK(hone_study_ask(study, &options, &trial, &err));
        tell(study, trial, 0);
    }
    hone_study_close(study);
}

static int n_suggested;

// A search that has ended: always the same point, whatever the attempt.
static hone_status same_again(void *self, const hn_view *view, const hn_request *request,
                              hn_config *out, hone_error *err)
{
    (void)self, (void)request, (void)err;
    hn_space_default(view->problem->space, *out);
    out->slots[0].f = 0.5;
    n_suggested++;
    return HONE_OK;
}

static void a_sampler_that_sees_nothing_else_is_asked_a_few_times_only(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.adjust = to_tenths;
    hone_trial_destroy(ask(study)); // makes the plug-ins
    hn_sampler_class converged = *(const hn_sampler_class *)(const void *)study->sampler.plugin;
    converged.suggest = same_again;
    study->sampler.plugin = &converged.head;
    bool had[11] = {false};
    for (int i = 0; i < 6; i++) {
        hone_trial *trial = NULL;
        n_suggested = 0;
        OK(hone_study_ask(study, &options, &trial, &err));
        int tenth = (int)round(hone_trial_float(trial, "x") * 10);
        assert_int_equal(n_suggested, i == 0 ? 1 : 3);
        assert_false(had[tenth]);
        had[tenth] = true;
        tell(study, trial, tenth);
    }
    hone_study_close(study);
}

// Hashing all trials would be most of what an ask from a shell costs.
static void what_is_never_equal_is_not_indexed(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    hone_trial *trial = NULL;
    for (int i = 0; i < 5; i++)
        tell(study, ask(study), 1);
    assert_int_equal(study->dedupe.cap, 0);
    options.adjust = to_tenths;
    OK(hone_study_ask(study, &options, &trial, &err));
    assert_int_equal(study->dedupe.n, 6); // of what there was before, too
    hone_trial_destroy(trial);
    tell(study, ask(study), 1);
    assert_int_equal(study->dedupe.n, 7);
    hone_study_close(study);

    study = study_in_memory(SPACE("k=int:1..9"));
    tell(study, ask(study), 1);
    assert_int_equal(study->dedupe.n, 1);
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_goes_from_running_to_complete),
        cmocka_unit_test(every_end_is_kept_as_told),
        cmocka_unit_test(a_result_keeps_all_it_says),
        cmocka_unit_test(requeue_and_pause_keep_the_values),
        cmocka_unit_test(a_late_result_of_a_waiting_trial_counts),
        cmocka_unit_test(a_late_result_keeps_the_time_before_a_pause),
        cmocka_unit_test(a_broken_constraint_is_forgotten_with_the_attempt),
        cmocka_unit_test(the_queue_takes_whole_and_partial_values),
        cmocka_unit_test(wrong_values_never_get_into_the_queue),
        cmocka_unit_test(the_rest_of_partial_values_fits_them),
        cmocka_unit_test(defaults_come_first),
        cmocka_unit_test(duplicates_are_served),
        cmocka_unit_test(a_space_that_was_tried_is_exhausted),
        cmocka_unit_test(a_noisy_study_repeats_points),
        cmocka_unit_test(the_best_counts_retests_by_their_mean),
        cmocka_unit_test(the_front_holds_what_nothing_dominates),
        cmocka_unit_test(a_request_to_stop_reaches_the_trial),
        cmocka_unit_test(why_it_was_stopped_outlives_what_it_says_then),
        cmocka_unit_test(a_long_curve_is_read_by_index),
        cmocka_unit_test(values_may_be_adjusted_before_they_are_recorded),
        cmocka_unit_test(what_rendering_makes_equal_is_not_run_twice),
        cmocka_unit_test(a_sampler_that_sees_nothing_else_is_asked_a_few_times_only),
        cmocka_unit_test(what_is_never_equal_is_not_indexed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
