// What a step costs: timed by hand, what makes it dear found again, the rest of a study added up.
#include "unit/core/study_rig.h"

#include "core/study_internal.h"

#define SECOND UINT64_C(1000000)

// Time passes for the study alone.
static void pass(hone_study *study, double seconds)
{
    if (study->clock_us == 0)
        study->clock_us = 1000 * SECOND;
    study->clock_us += (uint64_t)llround(seconds * 1e6);
}

// A trial of `steps` steps in so many seconds each; told or, with PAUSED, paused.
static void train(hone_study *study, hone_trial *trial, int from, int to, double seconds,
                  hone_trial_state state)
{
    double value = 1;
    for (int k = from + 1; k <= to; k++) {
        pass(study, seconds);
        OK(hone_trial_report(trial, k, value, &err));
    }
    if (state == HONE_STATE_PAUSED)
        OK(hone_study_pause(study, trial, to, &err));
    else
        OK(hone_study_tell(study, trial, state, &value, &err));
    hone_trial_destroy(trial);
}

static hone_cost cost_of(const hone_study *study, int64_t n_trials, uint32_t n_jobs)
{
    hone_cost cost = HONE_COST_INIT;
    hone_cost_options options = HONE_COST_OPTIONS_INIT;
    options.n_trials = n_trials;
    options.n_jobs = n_jobs;
    OK(hone_study_cost(study, &options, &cost, &err));
    return cost;
}

static void assert_near(double got, double want)
{
    if (!(fabs(got - want) <= 1e-6 * fabs(want)))
        fail_msg("%.9g instead of %.9g", got, want);
}

static void nothing_is_known_at_first(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_cost cost = cost_of(study, 10, 1);
    assert_int_equal(cost.n, 0);
    assert_true(isnan(cost.step_s) && isnan(cost.trial_s) && isnan(cost.rest_s));
    hone_study_close(study);
}

// Every attempt's time counts, and the steps that it has made.
static void attempts_are_timed_together(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    pass(study, 0);
    hone_trial *trial = ask(study);
    train(study, trial, 0, 3, 2, HONE_STATE_PAUSED); // 3 steps, 6 s
    pass(study, 1000);                               // nobody trains
    hone_ask_options only = HONE_ASK_OPTIONS_INIT;
    only.only_trial = 0;
    OK(hone_study_ask(study, &only, &trial, &err));
    train(study, trial, 3, 5, 7, HONE_STATE_COMPLETE); // 2 steps, 14 s
    assert_near(cost_of(study, 0, 1).step_s, 4);
    assert_near(cost_of(study, 0, 1).spent_s, 20);
    // A trial that begins anew makes its steps again: 2 steps in 2 s, 4 steps in 4 s.
    trial = ask(study);
    for (int k = 1; k <= 2; k++) {
        pass(study, 1);
        OK(hone_trial_report(trial, k, 1, &err));
    }
    OK(hone_study_requeue(study, trial, "interrupted", &err));
    hone_trial_destroy(trial);
    pass(study, 1000);
    train(study, ask(study), 0, 4, 1, HONE_STATE_COMPLETE);
    hone_cost cost = cost_of(study, 0, 1);
    assert_int_equal(cost.n, 2);
    assert_near(cost.low_s, 1);
    assert_near(cost.high_s, 4);
    hone_study_close(study);
}

// Output that comes all at once at the end leaves the sum right.
static void buffered_reports_count_by_their_sum(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    pass(study, 0);
    hone_trial *trial = ask(study);
    pass(study, 30);
    for (int k = 1; k <= 9; k++)
        OK(hone_trial_report(trial, k, 1, &err));
    train(study, trial, 9, 10, 0, HONE_STATE_COMPLETE);
    assert_near(cost_of(study, 0, 1).step_s, 3);
    hone_study_close(study);
}

static void what_makes_a_step_dear_is_found(void **state)
{
    (void)state;
    hone_space *space = SPACE("lr=0..1", "width=int:log:8..512", "act=relu,gelu,tanh");
    hone_study *study = study_in_memory(space);
    pass(study, 0);
    for (int i = 0; i < 60; i++) {
        hone_trial *trial = ask(study);
        double width = (double)hone_trial_int(trial, "width");
        double gelu = strcmp(hone_trial_text(trial, "act"), "gelu") == 0 ? 3 : 1;
        double chance = 1 + 0.1 * (i * 7 % 10 - 4.5) / 4.5;
        train(study, trial, 0, 4, 0.01 * sqrt(width) * gelu * chance, HONE_STATE_COMPLETE);
    }
    hone_cost cost = cost_of(study, 0, 1);
    assert_int_equal(cost.n, 60);
    assert_int_equal(cost.n_effects, 2);
    assert_int_equal(cost.effects[0].param, 1);
    assert_int_equal(cost.effects[0].towards, 1);
    assert_in_range((int)cost.effects[0].factor, 6, 9); // sqrt(64) = 8
    assert_int_equal(cost.effects[1].param, 2);
    assert_int_equal(cost.effects[1].towards, 0);
    assert_int_equal(cost.effects[1].dear, 1);
    assert_true(cost.effects[1].factor > 2.6 && cost.effects[1].factor < 3.4);
    assert_true(isnan(cost.power)); // all are as long
    hone_study_close(study);
}

// Seconds of a training of r steps: r^1.5.
static void the_power_of_the_resource_is_found(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    pass(study, 0);
    for (int i = 0; i < 30; i++) {
        int r = 1 << (i % 5);
        hone_trial *trial = ask(study);
        pass(study, pow(r, 1.5));
        OK(hone_trial_report(trial, r, 1, &err));
        train(study, trial, r, r, 0, HONE_STATE_COMPLETE);
    }
    double power = cost_of(study, 0, 1).power;
    assert_true(power > 1.45 && power < 1.55);
    hone_study_close(study);
}

static void chance_is_not_explained(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1", "y=0..1", "c=a,b,c,d"));
    pass(study, 0);
    for (int i = 0; i < 40; i++) {
        hone_trial *trial = ask(study);
        train(study, trial, 0, 3, 0.2 + 0.1 * (double)(i * 37 % 41), HONE_STATE_COMPLETE);
    }
    hone_cost cost = cost_of(study, 0, 1);
    assert_int_equal(cost.n_effects, 0);
    assert_true(cost.high_s > 10 * cost.low_s);
    hone_study_close(study);
}

// Two trials of 10 s have ended; one of ten steps has made four at 1 s. Of 12 wanted nine are left,
// and six steps: 96 s, on two slots 48.
static void the_rest_is_added_up(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    pass(study, 0);
    train(study, ask(study), 0, 10, 1, HONE_STATE_COMPLETE);
    train(study, ask(study), 0, 10, 1, HONE_STATE_COMPLETE);
    hone_trial *running = ask(study);
    for (int k = 1; k <= 4; k++) {
        pass(study, 1);
        OK(hone_trial_report(running, k, 1, &err));
    }
    OK(hone_study_sync(study, &err));
    hone_cost cost = cost_of(study, 12, 2);
    assert_near(cost.trial_s, 10);
    assert_near(cost.rest_s, 48);
    hone_trial_destroy(running);
    hone_study_close(study);
}

// Copies of earlier results count among the wanted trials, and took no time: two trials of 10 s and
// their copies make all but two of what is wanted.
static void copies_count(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("k=bool"));
    hone_ask_options ask_options = HONE_ASK_OPTIONS_INIT;
    ask_options.max_served = 3;
    pass(study, 0);
    train(study, ask(study), 0, 10, 1, HONE_STATE_COMPLETE);
    uint32_t n_ran = 1;
    for (int i = 0; i < 20 && hone_study_n_trials(study) == n_ran; i++) {
        hone_trial *trial = NULL;
        hone_error err = HONE_ERROR_INIT;
        if (hone_study_ask(study, &ask_options, &trial, &err) != HONE_OK)
            continue;
        train(study, trial, 0, 10, 1, HONE_STATE_COMPLETE);
        n_ran++;
    }
    uint32_t n = hone_study_n_trials(study), n_served = 0;
    for (uint32_t i = 0; i < n; i++)
        n_served += study->fold.trials.data[i].copied >= 0;
    assert_true(n_served > 0);
    hone_cost cost = cost_of(study, n + 2, 1);
    assert_near(cost.trial_s, 10);
    assert_near(cost.rest_s, 20);
    assert_true(cost_of(study, n, 1).rest_s == 0);
    hone_study_close(study);
}

// Commands that print a value only: what runs takes what a trial takes.
static void without_steps_trials_are_counted(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_trial *running[3];
    double value = 1;
    pass(study, 0);
    for (int i = 0; i < 3; i++)
        running[i] = ask(study);
    OK(hone_study_sync(study, &err));
    assert_true(isnan(cost_of(study, 3, 3).rest_s)); // and nobody knows how long
    pass(study, 12);
    OK(hone_study_tell(study, running[0], HONE_STATE_COMPLETE, &value, &err));
    assert_near(cost_of(study, 3, 2).rest_s, 12);
    assert_near(cost_of(study, 8, 2).rest_s, 42);
    for (int i = 0; i < 3; i++)
        hone_trial_destroy(running[i]);
    hone_study_close(study);
}

// Who goes on from a checkpoint and reports its last step again, or an earlier one, has made none.
static void a_checkpoint_looked_at_is_no_step(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_ask_options only = HONE_ASK_OPTIONS_INIT;
    only.only_trial = 0;
    pass(study, 0);
    hone_trial *trial = ask(study);
    train(study, trial, 0, 27, 2, HONE_STATE_PAUSED);
    OK(hone_study_ask(study, &only, &trial, &err));
    train(study, trial, 26, 28, 2, HONE_STATE_COMPLETE); // 27 again, and one that is new
    hn_trial *row = &study->fold.trials.data[0];
    assert_number(row->timed_steps, 28);
    assert_near(cost_of(study, 0, 1).step_s, 2);
    // A retry from a checkpoint at 8 after a report at 10.
    trial = ask(study);
    for (int k = 1; k <= 10; k++) {
        pass(study, 3);
        OK(hone_trial_report(trial, k, 1, &err));
    }
    hn_event event = hn_trial_event(trial, HN_EV_CHECKPOINTED);
    event.size = 100;
    OK(hn_trial_act(trial, &event, HN_SYNC_LAZY, &err));
    OK(hone_study_requeue(study, trial, "interrupted", &err));
    hone_trial_destroy(trial);
    train(study, ask(study), 8, 12, 3, HONE_STATE_COMPLETE);
    row = &study->fold.trials.data[1];
    assert_number(row->timed_steps, 13);
    assert_near(hn_seconds(row->timed_us), 39);
    hone_study_close(study);
}

static void a_clock_set_back_takes_no_time(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    double value = 1;
    pass(study, 0);
    train(study, ask(study), 0, 1, 10, HONE_STATE_COMPLETE);
    hone_trial *trial = ask(study);
    pass(study, -5);
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err));
    hone_trial_destroy(trial);
    assert_near(cost_of(study, 4, 1).spent_s, 10);
    trial = ask(study); // as earlier versions have recorded it
    hn_event event = hn_trial_event(trial, HN_EV_TOLD);
    event.state = HONE_STATE_FAILED;
    event.duration_us = -5000000;
    OK(hn_trial_act(trial, &event, HN_SYNC_LAZY, &err));
    hone_trial_destroy(trial);
    assert_near(cost_of(study, 4, 1).spent_s, 10);
    hone_study_close(study);
}

// "with b" is no sentence about a subset, nor "at its upper end" one about an order or shares.
static void parts_of_a_value_are_not_spoken_of(void **state)
{
    (void)state;
    hone_space *space = SPACE("s=subset:a,b", "p=perm:a,b,c", "m=simplex:2", "b=bool");
    hone_study *study = study_in_memory(space);
    pass(study, 0);
    for (int i = 0; i < 60; i++) {
        hone_trial *trial = ask(study);
        const char *params = hone_trial_params_json(trial);
        double factor = strstr(params, "\"s\":[\"a\"") ? 5 : 1;
        factor *= strstr(params, "\"p\":[\"a\"") ? 5 : 1;
        factor *= hone_trial_bool(trial, "b") ? 9 : 1;
        train(study, trial, 0, 4, factor, HONE_STATE_COMPLETE);
    }
    hone_cost cost = cost_of(study, 0, 1);
    assert_int_equal(cost.n_effects, 1);
    assert_int_equal(cost.effects[0].param, 3);
    hone_study_close(study);
}

// Columns beyond what a glance may cost: none is spoken of.
static void too_many_parameters_are_left_alone(void **state)
{
    (void)state;
    for (int n = 60; n <= 90; n += 30) {
        char texts[90][16];
        const char *list[91] = {NULL};
        for (int i = 0; i < n; i++) {
            (void)snprintf(texts[i], sizeof texts[i], "x%d=0..1", i);
            list[i] = texts[i];
        }
        hone_study *study = study_in_memory(space_of(list));
        pass(study, 0);
        for (int i = 0; i < 200; i++) {
            hone_trial *trial = ask(study);
            train(study, trial, 0, 2, exp(3 * hone_trial_float(trial, "x0")), HONE_STATE_COMPLETE);
        }
        assert_int_equal(cost_of(study, 0, 1).n_effects, n == 60);
        hone_study_close(study);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_known_at_first),
        cmocka_unit_test(attempts_are_timed_together),
        cmocka_unit_test(buffered_reports_count_by_their_sum),
        cmocka_unit_test(what_makes_a_step_dear_is_found),
        cmocka_unit_test(the_power_of_the_resource_is_found),
        cmocka_unit_test(chance_is_not_explained),
        cmocka_unit_test(the_rest_is_added_up),
        cmocka_unit_test(copies_count),
        cmocka_unit_test(without_steps_trials_are_counted),
        cmocka_unit_test(a_checkpoint_looked_at_is_no_step),
        cmocka_unit_test(a_clock_set_back_takes_no_time),
        cmocka_unit_test(parts_of_a_value_are_not_spoken_of),
        cmocka_unit_test(too_many_parameters_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
