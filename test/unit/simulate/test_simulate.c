// Simulations: what becomes a curve, what schedulers are told, and how a study in simulated time
// goes on and ends.
#include "unit/core/study_rig.h"

#include "base/fault.h"
#include "core/fold.h"
#include "core/view.h"
#include "simulate/recording.h"

#include <hone/sys/scheduler.h>

static hone_study *study_of(hone_metric *metrics, uint32_t n)
{
    hone_space *space = space_of((const char *const[]){"x=0..1", NULL});
    hone_study_options options = options_of("memory:", space);
    options.metrics = metrics;
    options.n_metrics = n;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    return study;
}

static void report(hone_trial *trial, double step, double value)
{
    OK(hone_trial_report(trial, step, value, &err));
}

static void end(hone_study *study, hone_trial *trial, hone_trial_state state, double value)
{
    OK(hone_study_tell(study, trial, state, &value, &err));
    hone_trial_destroy(trial);
}

static void run(hone_study *study, hone_trial_state state, int n, const double *values)
{
    hone_trial *trial = ask(study);
    for (int i = 0; i < n; i++)
        report(trial, i + 1, values[i]);
    end(study, trial, state, values[n - 1]);
}
#define RUN(study, state, ...)                                                                     \
    run(study, state, sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

static void assert_curve(const hone_recording *r, uint32_t index, double result, uint32_t n,
                         const double *points)
{
    const hn_recorded_curve *curve = &r->curves.data[index];
    assert_int_equal(curve->n, n);
    assert_number(curve->result, result);
    for (uint32_t i = 0; i < n; i++) {
        assert_number(r->points.data[curve->first + i].step, points[2 * i]);
        assert_number(r->points.data[curve->first + i].value, points[2 * i + 1]);
    }
}
#define CURVE(r, index, result, ...)                                                               \
    assert_curve(r, index, result, sizeof((double[]){__VA_ARGS__}) / (2 * sizeof(double)),         \
                 (double[]){__VA_ARGS__})

// --- what becomes a curve ---

static void a_trial_that_has_started_over_is_one_curve(void **state)
{
    (void)state;
    hone_study *study = study_of(NULL, 0);
    hone_recording *r = NULL;
    hone_trial *trial = ask(study);
    report(trial, 1, 10);
    report(trial, 2, 9);
    OK(hone_study_requeue(study, trial, "interrupted", &err));
    hone_trial_destroy(trial);
    trial = ask(study);
    report(trial, 1, 11);
    report(trial, 2, 12);
    report(trial, 3, 8);
    end(study, trial, HONE_STATE_COMPLETE, 7);
    RUN(study, HONE_STATE_COMPLETE, 5, 4);
    OK(hone_recording_read(study, NULL, &r, &err));
    assert_int_equal(r->curves.n, 2);
    CURVE(r, 0, 7, 1, 10, 2, 9, 3, 8);
    CURVE(r, 1, 4, 1, 5, 2, 4);
    for (uint32_t i = 0; i < 5; i++)
        assert_true(r->points.data[i].seconds >= 0 && r->points.data[i].seconds < 10);
    hone_recording_destroy(r);
    hone_study_close(study);
}

static void stopped_trials_are_held_to_the_longest(void **state)
{
    (void)state;
    hone_study *study = study_of(NULL, 0);
    hone_recording *r = NULL;
    hone_recording_options options = HONE_RECORDING_OPTIONS_INIT;
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    RUN(study, HONE_STATE_PRUNED, 6, 5);
    RUN(study, HONE_STATE_COMPLETE, 4, 3, 2, 1);
    RUN(study, HONE_STATE_FAILED, 1);
    RUN(study, HONE_STATE_COMPLETE, 4, 3);
    OK(hone_recording_read(study, NULL, &r, &err));
    hone_recording_look(r, &info);
    assert_int_equal(info.n_curves, 2);
    assert_int_equal(info.n_stopped, 1);
    assert_int_equal(info.n_failed, 1);
    hone_recording_destroy(r);
    options.unfinished = HONE_HOLD;
    OK(hone_recording_read(study, &options, &r, &err));
    assert_int_equal(r->curves.n, 3);
    CURVE(r, 0, 5, 1, 6, 2, 5, 3, 5, 4, 5);
    hone_recording_destroy(r);
    hone_study_close(study);
}

static void paused_trials_are_as_stopped_ones(void **state)
{
    (void)state;
    hone_study *study = study_of(NULL, 0);
    hone_recording *r = NULL;
    hone_recording_options options = {sizeof options, NULL, HONE_HOLD};
    hone_trial *trial = ask(study);
    report(trial, 1, 6);
    OK(hone_study_pause(study, trial, 1, &err));
    hone_trial_destroy(trial);
    RUN(study, HONE_STATE_COMPLETE, 4, 3, 2);
    RUN(study, HONE_STATE_COMPLETE, 4, 3);
    OK(hone_recording_read(study, NULL, &r, &err));
    assert_int_equal(r->curves.n, 2);
    assert_int_equal(r->n_stopped, 1);
    hone_recording_destroy(r);
    OK(hone_recording_read(study, &options, &r, &err));
    assert_int_equal(r->curves.n, 3);
    CURVE(r, 0, 6, 1, 6, 2, 6, 3, 6);
    hone_recording_destroy(r);
    hone_study_close(study);
}

static void steps_without_measure_take_neither_time_nor_memory(void **state)
{
    (void)state;
    hone_study *study = study_of(NULL, 0);
    hone_recording *r = NULL;
    hone_recording_options options = {sizeof options, NULL, HONE_HOLD};
    RUN(study, HONE_STATE_PRUNED, 6, 5);
    RUN(study, HONE_STATE_COMPLETE, 4, 3);
    hone_trial *trial = ask(study);
    report(trial, 1, 4);
    report(trial, 1e15, 3); // held up to this one, with few points
    report(trial, 1e300, 2);
    end(study, trial, HONE_STATE_COMPLETE, 2);
    OK(hone_recording_read(study, &options, &r, &err));
    assert_int_equal(r->curves.n, 3);
    CURVE(r, 2, 2, 1, 4, 1e15, 3);
    const hn_recorded_curve *held = &r->curves.data[0];
    assert_in_range(held->n, 3, 1000);
    assert_number(r->points.data[held->first + held->n - 1].step, 1e15);
    hone_recording_destroy(r);
    // Where nothing but such a step is reported there is no curve.
    trial = ask(study);
    report(trial, 1e300, 2);
    end(study, trial, HONE_STATE_COMPLETE, 2);
    OK(hone_recording_read(study, NULL, &r, &err));
    assert_int_equal(r->n_silent, 1);
    hone_recording_destroy(r);
    hone_study_close(study);
}

static void one_of_several_objectives(void **state)
{
    (void)state;
    hone_metric metrics[] = {{"loss", HONE_MINIMIZE}, {"score", HONE_MAXIMIZE}};
    hone_study *study = study_of(metrics, 2);
    hone_recording *r = NULL;
    hone_recording_options options = HONE_RECORDING_OPTIONS_INIT;
    for (int i = 0; i < 2; i++) {
        hone_trial *trial = ask(study);
        for (int step = 1; step <= 3; step++)
            OK(hone_trial_report_values(trial, step, (double[]){step, 10 * step + i},
                                        step == 2 ? 1 : 3, &err));
        OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, (double[]){3, 30 + i}, &err));
        hone_trial_destroy(trial);
    }
    FAILS(hone_recording_read(study, NULL, &r, &err), HONE_EINVAL,
          "study \"default\" has 2 objectives, loss, score: name the one that is compared");
    options.metric = "score";
    OK(hone_recording_read(study, &options, &r, &err));
    assert_int_equal(r->goal, HONE_MAXIMIZE);
    CURVE(r, 1, 31, 1, 11, 3, 31);
    hone_recording_destroy(r);
    hone_study_close(study);
}

static hone_recording *recording_of(hone_goal goal, uint32_t n, uint32_t n_points)
{
    hone_recording *r = NULL;
    double steps[64], values[64], seconds[64];
    OK(hone_recording_create("loss", goal, &r, &err));
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < n_points; k++) {
            steps[k] = k + 1;
            values[k] = 100 * i + n_points - k;
            seconds[k] = 2;
        }
        OK(hone_recording_add(r, n_points, steps, values, seconds, values[n_points - 1], &err));
    }
    return r;
}

static void times_that_came_at_once_are_shared_out(void **state)
{
    (void)state;
    hone_recording *r = NULL;
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    const double steps[] = {0, 1, 3}, values[] = {3, 2, 1}, late[] = {0, 0, 8};
    OK(hone_recording_create("loss", HONE_MINIMIZE, &r, &err));
    OK(hone_recording_add(r, 3, steps, values, late, 1, &err));
    OK(hone_recording_add(r, 3, steps, values, NULL, 1, &err));
    for (int i = 0; i < 3; i++) {
        assert_number(r->points.data[i].seconds, ((double[]){2, 2, 4})[i]);
        assert_number(r->points.data[3 + i].seconds, ((double[]){1, 1, 2})[i]);
    }
    hone_recording_look(r, &info);
    assert_int_equal(info.n_untimed, 1);
    assert_number(info.work_s, 12);
    FAILS(hone_recording_add(r, 2, (double[]){1, 1}, values, NULL, 1, &err), HONE_EINVAL,
          "the steps of a curve must rise: 1 follows 1");
    FAILS(hone_recording_add(r, 1, steps, values, (double[]){-1}, 1, &err), HONE_EINVAL,
          "step 0 cannot have taken -1 seconds");
    hone_recording_destroy(r);
}

// --- schedulers of the test ---

enum { GO, ROUNDS, FEW, FORKS };

typedef struct odd_options {
    int64_t how;
} odd_options;

static const hn_option odd_table[] = {
    {"how", HN_OPTION_INT, offsetof(odd_options, how), "0", 0, 3, NULL, NULL, "which"},
    {0},
};

static hone_status odd_init(void *self, const hn_problem *problem, const void *options,
                            hone_error *err)
{
    (void)problem, (void)err;
    *(int64_t *)self = ((const odd_options *)options)->how;
    return HONE_OK;
}

// ROUNDS: whoever is paused goes on, the one with the least steps first. FEW: two trials.
static hone_status odd_next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    (void)err;
    int64_t how = *(int64_t *)self;
    const hn_fold *fold = view->fold;
    *out = (hn_next){HN_NEXT_NEW, 0, 0};
    if (how == FEW && fold->trials.n == 2)
        out->kind = HN_NEXT_DONE;
    if (how != ROUNDS || fold->trials.n < 3)
        return HONE_OK;
    uint32_t best = HN_NONE;
    for (uint32_t i = 0; i < fold->trials.n; i++)
        if (fold->trials.data[i].state == HONE_STATE_PAUSED &&
            (best == HN_NONE || fold->trials.data[i].step < fold->trials.data[best].step))
            best = i;
    *out = best == HN_NONE ? (hn_next){HN_NEXT_WAIT, 0, 0} : (hn_next){HN_NEXT_RESUME, best, 0};
    return HONE_OK;
}

static hone_status odd_report(void *self, const hn_view *view, uint32_t trial, double step,
                              hn_verdict *out, hone_error *err)
{
    (void)view, (void)trial, (void)step, (void)err;
    *out = *(int64_t *)self == ROUNDS ? HN_PAUSE : HN_GO_ON;
    return HONE_OK;
}

static uint32_t odd_can(const void *self)
{
    return *(const int64_t *)self == ROUNDS  ? HN_CAN_PAUSE
           : *(const int64_t *)self == FORKS ? HN_CAN_FORK
                                             : 0;
}

static const hn_scheduler_class odd = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "odd",
             .summary = "of this test",
             .source = "",
             .can = HN_CAN_PAUSE | HN_CAN_FORK,
             .options = odd_table,
             .config_size = sizeof(odd_options),
             .state_size = sizeof(int64_t)},
    .init = odd_init,
    .next = odd_next,
    .report = odd_report,
    .can = odd_can,
};
static const hn_plugin *const own[] = {&odd.head};

static hone_status simulate(const hone_recording *r, const char *how, uint32_t n_workers,
                            hone_simulation *out, hone_error *err)
{
    hone_simulate_options options = HONE_SIMULATE_OPTIONS_INIT;
    options.scheduler = "odd";
    options.scheduler_options = how;
    options.n_workers = n_workers;
    options.plugins = own;
    options.n_plugins = 1;
    *out = (hone_simulation)HONE_SIMULATION_INIT;
    return hone_simulate(r, &options, out, err);
}

static void rounds_of_pauses(void **state)
{
    (void)state;
    hone_recording *r = recording_of(HONE_MINIMIZE, 3, 2);
    hone_simulation out;
    // Each trial pauses behind each of its steps, the last, too; then it is asked to go on once
    // more, and ends at once.
    OK(simulate(r, "{\"how\":1}", 1, &out, &err));
    assert_int_equal(out.n_reports, 6);
    assert_int_equal(out.n_resumed, 6);
    assert_int_equal(out.n_complete, 3);
    assert_int_equal(out.n_trials, 3);
    assert_int_equal(out.n_paused, 0);
    assert_number(out.time_s, 12);
    assert_number(out.regret, 0);
    OK(simulate(r, "{\"how\":1}", 3, &out, &err));
    assert_number(out.time_s, 4);
    assert_number(out.work_s, 12);
    hone_recording_destroy(r);
}

static void a_scheduler_may_have_enough(void **state)
{
    (void)state;
    hone_recording *r = recording_of(HONE_MINIMIZE, 5, 3);
    hone_simulation out;
    OK(simulate(r, "{\"how\":2}", 3, &out, &err));
    assert_int_equal(out.n_trials, 2);
    assert_int_equal(out.n_complete, 2);
    assert_number(out.steps, 6);
    assert_number(out.full_steps, 15);
    assert_number(out.time_s, 6);
    hone_recording_destroy(r);
}

// As a command that ends at {resource} with a NaN for its last value, it has no result.
static void nothing_is_trained_beyond_the_resource(void **state)
{
    (void)state;
    static const double steps[] = {1, 2, 3}, values[3][3] = {{5, NAN, 1}, {4, 3, 2}, {6, NAN, 0}};
    hone_recording *r = NULL;
    hone_simulate_options options = HONE_SIMULATE_OPTIONS_INIT;
    hone_simulation out = HONE_SIMULATION_INIT;
    OK(hone_recording_create("loss", HONE_MINIMIZE, &r, &err));
    for (int i = 0; i < 3; i++)
        OK(hone_recording_add(r, 3, steps, values[i], NULL, values[i][2], &err));
    options.scheduler = "asha";
    options.scheduler_options = "{\"max_resource\":2,\"n_startup\":9}";
    options.in_order = true;
    OK(hone_simulate(r, &options, &out, &err));
    assert_int_equal(out.n_trials, 3);
    assert_int_equal(out.n_complete, 1);
    assert_int_equal(out.n_failed, 2);
    assert_number(out.steps, 6);
    assert_number(out.best, 3);
    hone_recording_destroy(r);
}

static void forks_cannot_be_replayed(void **state)
{
    (void)state;
    hone_recording *r = recording_of(HONE_MINIMIZE, 3, 2);
    hone_simulation out;
    FAILS(simulate(r, "{\"how\":3}", 1, &out, &err), HONE_EUNSUPPORTED,
          "odd changes configurations while they train: how those would have gone on, no recorded "
          "curve tells");
    FAILS(simulate(r, NULL, 0, &out, &err), HONE_EINVAL, NULL);
    hone_recording_destroy(r);
}

static void the_best_counts_from_when_it_is_complete(void **state)
{
    (void)state;
    hone_simulation out;
    for (int goal = 0; goal < 2; goal++) {
        hone_recording *r = recording_of((hone_goal)goal, 4, 3);
        // All at once: 3 steps of 2 s.
        OK(simulate(r, NULL, 4, &out, &err));
        assert_number(out.time_s, 6);
        assert_number(out.reached_s, 6);
        assert_number(out.best, goal == HONE_MAXIMIZE ? 301 : 1);
        assert_false(out.lost_best);
        hone_recording_destroy(r);
    }
}

#ifdef HONE_FAULTS
static void the_nth_allocation_fails(void **state)
{
    (void)state;
    hone_study *study = study_of(NULL, 0);
    RUN(study, HONE_STATE_COMPLETE, 4, 3, 2);
    RUN(study, HONE_STATE_PRUNED, 4);
    RUN(study, HONE_STATE_COMPLETE, 4, 1);
    for (uint64_t nth = 1;; nth++) {
        hone_recording_options options = {sizeof options, NULL, HONE_HOLD};
        hone_recording *r = NULL;
        hone_simulation out;
        hone_error err = HONE_ERROR_INIT;
        char arm[40];
        snprintf(arm, sizeof arm, "alloc:%llu", (unsigned long long)nth);
        hn_fault_arm(arm);
        hone_status status = hone_recording_read(study, &options, &r, &err);
        if (status == HONE_OK)
            status = simulate(r, "{\"how\":1}", 2, &out, &err);
        bool reached = hn_fault_count("alloc") >= nth;
        hn_fault_arm(NULL);
        hone_recording_destroy(r);
        if (status != HONE_OK && status != HONE_ENOMEM)
            fail_msg("allocation %llu: %s", (unsigned long long)nth, err.text);
        assert_true(reached || status == HONE_OK);
        if (!reached)
            break;
    }
    hone_study_close(study);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_trial_that_has_started_over_is_one_curve),
        cmocka_unit_test(stopped_trials_are_held_to_the_longest),
        cmocka_unit_test(paused_trials_are_as_stopped_ones),
        cmocka_unit_test(steps_without_measure_take_neither_time_nor_memory),
        cmocka_unit_test(one_of_several_objectives),
        cmocka_unit_test(times_that_came_at_once_are_shared_out),
        cmocka_unit_test(rounds_of_pauses),
        cmocka_unit_test(a_scheduler_may_have_enough),
        cmocka_unit_test(nothing_is_trained_beyond_the_resource),
        cmocka_unit_test(forks_cannot_be_replayed),
        cmocka_unit_test(the_best_counts_from_when_it_is_complete),
#ifdef HONE_FAULTS
        cmocka_unit_test(the_nth_allocation_fails),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
