// Trials of several parts in the study: means, what one part after the other makes of the trial,
// and what an attempt leaves to the next one.
#include "core/parts.h"
#include "core/study_internal.h"
#include "study_rig.h"

static hone_study *open_study(const char *storage, const char *const *constraints, uint32_t n)
{
    static const hone_metric metrics[] = {{"loss", HONE_MINIMIZE}, {"size", HONE_RECORD}};
    hone_study *study = NULL;
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = storage;
    options.space = space;
    options.metrics = metrics;
    options.n_metrics = 2;
    options.constraints = constraints;
    options.n_constraints = n;
    options.has_seed = true;
    options.seed = 3;
    OK(hone_study_open(&options, &study, &err));
    hone_space_destroy(space);
    return study;
}

static hone_trial *ask_parts(hone_study *study, uint32_t folds, uint32_t repeats)
{
    hone_trial *trial = NULL;
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.folds = folds;
    options.repeats = repeats;
    OK(hone_study_ask(study, &options, &trial, &err));
    return trial;
}

static hone_status end_part(hone_trial *trial, double loss, double size, double step,
                            hone_error *err)
{
    double values[] = {loss, size};
    hone_result part = HONE_RESULT_INIT;
    part.values = values;
    part.present = isnan(size) ? 1 : 3;
    part.step = step;
    part.duration_us = 2000000;
    part.maxrss_kb = loss > 0 && loss < 1 ? (int64_t)(loss * 1000) : 0;
    return hone_trial_part_ended(trial, &part, err);
}

static hone_repeats spread_of(const hone_trial *trial, uint32_t metric)
{
    hone_repeats spread;
    OK(hone_trial_spread(trial, metric, &spread, &err));
    return spread;
}

static void test_the_last_part_tells(void **state)
{
    (void)state;
    hone_study *study = open_study("memory:", NULL, 0);
    hone_trial *trial = ask_parts(study, 2, 2);
    assert_int_equal(hone_trial_n_parts(trial), 4);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(hone_trial_status(trial), HONE_STATE_RUNNING);
        assert_int_equal(hone_trial_n_parts_ended(trial), i);
        OK(end_part(trial, 0.1 * (i + 1), i == 2 ? NAN : 7, 0, &err));
    }
    assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
    assert_true(fabs(hone_trial_value(trial, 0) - 0.25) < 1e-15);
    assert_number(hone_trial_value(trial, 1), 7);
    assert_number(hone_trial_duration_s(trial), 8);
    assert_int_equal(hone_trial_maxrss_kb(trial), 400);
    hone_repeats spread = spread_of(trial, 1);
    assert_int_equal(spread.n, 3); // of those that gave it
    assert_number(spread.std_err, 0);
    FAILS(end_part(trial, 1, 1, 0, &err), HONE_ESTALE,
          "trial 0 is COMPLETE (attempt 1): attempt 1 has no say any more");
    hone_trial *plain = ask_parts(study, 0, 0);
    FAILS(end_part(plain, 1, 1, 0, &err), HONE_ESTATE,
          "trial 1 is one run, without folds and repeats");
    hone_trial_destroy(plain);
    FAILS(hone_trial_spread(trial, 2, &spread, &err), HONE_EINVAL,
          "there is no metric 2: the study has 2, counted from 0");
    hone_trial_destroy(trial);
    hone_study_close(study);
}

static void test_durations_are_as_people_write_them(void **state)
{
    (void)state;
    hone_study *study = open_study("memory:", NULL, 0);
    hone_trial *trial = ask_parts(study, 0, 1);
    double values[] = {1, 1};
    hone_result part = HONE_RESULT_INIT;
    part.values = values;
    part.present = 3;
    part.duration_us = 1100000;
    OK(hone_trial_part_ended(trial, &part, &err));
    assert_number(hone_trial_part_duration_s(trial, 0), 1.1);
    assert_number(hone_trial_duration_s(trial), 1.1);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

// 0.1 + 0.1 + 0.1 is not 3 · 0.1 in binary, nor 0.1 + 0.2 + 0.3 thrice 0.2.
static void test_means_are_as_people_reckon(void **state)
{
    (void)state;
    static const double cases[][4] = {
        {0.1, 0.1, 0.1, 0.1},
        {0.7, 0.7, 0.7, 0.7},
        {0.1, 0.2, 0.3, 0.2},
        {0.91, 0.92, 0.93, 0.92},
        {7, 2, 4, 13.0 / 3},
        {1e16, 1, -1e16, 1.0 / 3},
        {1e300, 1e300, 1e300, 1e300},
        {1e-320, 1e-320, 1e-320, 1e-320},
        {-3.3, -3.3, -3.3, -3.3},
        {INFINITY, 1, 1, INFINITY},
        {-INFINITY, -INFINITY, 5, -INFINITY},
    };
    hone_study *study = open_study("memory:", NULL, 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_trial *trial = ask_parts(study, 3, 0);
        for (int k = 0; k < 3; k++)
            OK(end_part(trial, cases[i][k], NAN, 0, &err));
        assert_number(hone_trial_value(trial, 0), cases[i][3]);
        hone_trial_destroy(trial);
    }
    hone_study_close(study);
}

static void test_constraints_hold_for_means(void **state)
{
    (void)state;
    const char *constraints[] = {"size<=5"};
    hone_study *study = open_study("memory:", constraints, 1);
    for (int i = 0; i < 2; i++) {
        hone_trial *trial = ask_parts(study, 2, 0);
        OK(end_part(trial, 1, 1, 0, &err));
        OK(end_part(trial, 1, i ? 10 : 8, 0, &err));
        assert_int_equal(hone_trial_feasible(trial), i == 0);
        hone_trial_destroy(trial);
    }
    hone_study_close(study);
}

// An attempt that died behind the last part had still to tell, and one before that to report.
static void test_the_next_attempt_makes_up_for_it(void **state)
{
    (void)state;
    hone_study *study = open_study("memory:", NULL, 0);
    for (int n = 1; n <= 2; n++) {
        double values[] = {0.5, 1};
        hone_trial *trial = ask_parts(study, 2, 0);
        uint32_t number = hone_trial_number(trial);
        for (int i = 0; i < n; i++) {
            hn_event event = hn_trial_event(trial, HN_EV_RUN_ENDED);
            event.run = i;
            event.values = (hn_doubles){values, 2};
            OK(hn_trial_act(trial, &event, HN_SYNC_FULL, &err));
        }
        OK(hone_study_requeue(study, trial, "it was interrupted", &err));
        hone_trial_destroy(trial);
        trial = ask_parts(study, 2, 0);
        assert_int_equal(hone_trial_number(trial), number);
        assert_int_equal(hone_trial_n_parts_ended(trial), n);
        OK(hone_trial_parts_resume(trial, &err));
        assert_int_equal(hone_trial_status(trial),
                         n == 2 ? HONE_STATE_COMPLETE : HONE_STATE_RUNNING);
        assert_int_equal(hone_trial_n_reports(trial), 1);
        assert_number(hone_trial_report_step(trial, 0), n);
        OK(n == 1 ? hone_trial_parts_resume(trial, &err) : HONE_OK);
        assert_int_equal(hone_trial_n_reports(trial), 1);
        if (n == 1)
            OK(hone_study_tell(study, trial, HONE_STATE_FAILED, NULL, &err));
        hone_trial_destroy(trial);
    }
    hone_study_close(study);
}

// Events that do not fit change nothing.
static void test_parts_end_in_order_and_once(void **state)
{
    (void)state;
    hone_study *study = open_study("memory:", NULL, 0);
    hone_trial *trial = ask_parts(study, 3, 0), *plain = ask_parts(study, 0, 0);
    static const int64_t runs[] = {1, -1, 3, 0, 0, 2, 1, 2, 3};
    uint32_t n = 0;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        hn_event event = hn_trial_event(trial, HN_EV_RUN_ENDED);
        event.run = runs[i];
        bool fits = n < 3 && runs[i] == n;
        assert_int_equal(hn_trial_act(trial, &event, HN_SYNC_LAZY, NULL),
                         fits ? HONE_OK : HONE_ESTALE);
        n += fits;
        assert_int_equal(hone_trial_n_parts_ended(trial), n);
    }
    hn_event event = hn_trial_event(plain, HN_EV_RUN_ENDED);
    assert_int_equal(hn_trial_act(plain, &event, HN_SYNC_LAZY, NULL), HONE_ESTALE);
    hone_trial_destroy(trial);
    hone_trial_destroy(plain);
    hone_study_close(study);
}

static void test_another_plan_begins_anew(void **state)
{
    (void)state;
    hone_study *study = open_study("memory:", NULL, 0);
    hone_trial *trial = ask_parts(study, 5, 0);
    OK(end_part(trial, 0.5, 1, 0, &err));
    OK(hone_study_requeue(study, trial, "it was interrupted", &err));
    hone_trial_destroy(trial);
    trial = ask_parts(study, 4, 0);
    assert_int_equal(hone_trial_n_parts_ended(trial), 0);
    assert_int_equal(hone_trial_folds(trial), 4);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

// What has ended keeps its values by the names of the metrics.
static void test_other_objectives_meanwhile(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_study *study = open_study(f.url, NULL, 0);
    hone_trial *trial = ask_parts(study, 2, 0);
    OK(end_part(trial, 0.25, 5, 0, &err));
    OK(hone_study_requeue(study, trial, "it was interrupted", &err));
    hone_trial_destroy(trial);
    hone_study_close(study);
    static const hone_metric metrics[] = {{"size", HONE_MINIMIZE}, {"loss", HONE_RECORD}};
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = f.url;
    options.metrics = metrics;
    options.n_metrics = 2;
    options.accept_changes = true;
    OK(hone_study_open(&options, &study, &err));
    trial = ask_parts(study, 2, 0);
    assert_int_equal(hone_trial_n_parts_ended(trial), 1);
    OK(end_part(trial, 6, 0.75, 0, &err));
    assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
    assert_number(hone_trial_value(trial, 0), 5.5);
    assert_number(hone_trial_value(trial, 1), 0.5);
    assert_number(hone_trial_part_value(trial, 0, 0), 5);
    hone_trial_destroy(trial);
    hone_study_close(study);
    folder_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_part_tells),
        cmocka_unit_test(test_durations_are_as_people_write_them),
        cmocka_unit_test(test_means_are_as_people_reckon),
        cmocka_unit_test(test_constraints_hold_for_means),
        cmocka_unit_test(test_the_next_attempt_makes_up_for_it),
        cmocka_unit_test(test_parts_end_in_order_and_once),
        cmocka_unit_test(test_another_plan_begins_anew),
        cmocka_unit_test(test_other_objectives_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
