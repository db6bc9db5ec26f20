// What copies take over, when they may begin, and which values they get.
#include "unit/schedulers/pbt_gym.h"

// Whoever is to be copied does not go on before that is done.
static void parents_wait_for_their_forks(void **state)
{
    (void)state;
    gym g = gym_of("{\"max_resource\":20,\"interval\":5,\"population\":2,\"quantile\":0.5}", 2, 1);
    hone_trial *other = NULL;
    while (hone_study_count(g.study, HONE_STATE_PAUSED) < 2) {
        assert_true(fill(&g));
        step(&g, g.slots[0] ? 0 : 1);
    }
    hone_trial *fork = ask(g.study);
    assert_int_equal(hone_trial_origin_of(fork), HONE_ORIGIN_FORK);
    assert_number(hone_trial_resource(fork), 10);
    FAILS(hone_study_ask(g.study, NULL, &other, &err), HONE_EBUSY,
          "the scheduler waits for running trials");
    OK(hone_trial_spawned(fork, 4711, 1, &err)); // it runs: the copy is made
    OK(hone_study_sync(g.study, &err));
    other = ask(g.study);
    assert_int_equal(hone_trial_number(other), hone_trial_parent(fork));
    hone_trial_destroy(other);
    hone_trial_destroy(fork);
    gym_free(&g);
}

static void copies_inherit_what_they_are_to_keep(void **state)
{
    (void)state;
    gym g = gym_of("{\"max_resource\":20,\"interval\":5,\"keep\":\"units\"}", 2, 4);
    uint32_t n_moved = 0;
    train(&g);
    for (uint32_t i = 0; i < n_trials(&g); i++) {
        if (row_of(&g, i)->origin != HONE_ORIGIN_FORK)
            continue;
        hone_trial *fork = look(g.study, i),
                   *parent = look(g.study, (uint32_t)row_of(&g, i)->parent);
        assert_string_equal(hone_trial_text(fork, "units"), hone_trial_text(parent, "units"));
        n_moved += hone_trial_float(fork, "x") != hone_trial_float(parent, "x");
        hone_trial_destroy(fork);
        hone_trial_destroy(parent);
    }
    assert_true(n_moved >= 5);
    gym_free(&g);
}

// The one number that may move goes up or down by the same share: two copies of a parent would soon
// be the same training. Where both ways are taken it stays as it is.
static void copies_of_one_checkpoint_differ(void **state)
{
    (void)state;
    gym g = gym_of("{\"max_resource\":20,\"interval\":5,\"population\":24,\"resample\":0,"
                   "\"quantile\":0.4,\"keep\":\"units\"}",
                   3, 1);
    uint32_t n_pairs = 0;
    train(&g);
    for (uint32_t i = 0; i < n_trials(&g); i++)
        for (uint32_t k = 0; k < i; k++) {
            const hn_trial *a = row_of(&g, i), *b = row_of(&g, k);
            if (a->origin != HONE_ORIGIN_FORK || b->origin != HONE_ORIGIN_FORK ||
                a->parent != b->parent || a->born != b->born)
                continue;
            hone_trial *one = look(g.study, i), *other = look(g.study, k);
            hone_trial *parent = look(g.study, (uint32_t)a->parent);
            double x = hone_trial_float(one, "x");
            assert_true(x != hone_trial_float(other, "x") || x == hone_trial_float(parent, "x"));
            hone_trial_destroy(one);
            hone_trial_destroy(other);
            hone_trial_destroy(parent);
            n_pairs++;
        }
    assert_true(n_pairs >= 8);
    gym_free(&g);
}

static void what_is_to_be_kept_may_be_dropped(void **state)
{
    (void)state;
    gym g = gym_of("{\"max_resource\":20,\"interval\":5,\"keep\":\"x,units\"}", 2, 4);
    hone_space *space = SPACE("x=log:0.01..10");
    for (int i = 0; i < 60; i++) {
        assert_true(fill(&g));
        step(&g, g.slots[i % 2] ? i % 2 : !(i % 2));
    }
    OK(hone_study_change_space(g.study, space, NULL, &err));
    hone_space_destroy(space);
    train(&g);
    uint32_t n_forks = 0;
    for (uint32_t i = 0; i < n_trials(&g); i++) {
        hone_trial *trial = look(g.study, i);
        if (row_of(&g, i)->origin == HONE_ORIGIN_FORK && hone_trial_space_version(trial) == 2) {
            hone_trial *parent = look(g.study, (uint32_t)row_of(&g, i)->parent);
            assert_number(hone_trial_float(trial, "x"), hone_trial_float(parent, "x"));
            hone_trial_destroy(parent);
            n_forks++;
        }
        hone_trial_destroy(trial);
    }
    assert_true(n_forks > 0);
    gym_free(&g);
}

// Three steps of a training whose space grows as it runs, up to a pause or the end.
static void train_defined(hone_study *study, hone_trial *trial, double *lr, int64_t *units)
{
    const hn_trial *row = &study->fold.trials.data[hone_trial_number(trial)];
    double at = row->step > row->born ? row->step : row->born;
    OK(hone_trial_suggest_float(trial, "lr", 0.01, 10, 0, HONE_SUGGEST_LOG, lr, &err));
    OK(hone_trial_suggest_int(trial, "units", 1, 64, 1, 0, units, &err));
    while (++at < 7) {
        OK(hone_trial_report(trial, at, *lr, &err));
        if (hone_trial_should_pause(trial)) {
            OK(hone_study_pause(study, trial, at, &err));
            hone_trial_destroy(trial);
            return;
        }
    }
    tell(study, trial, *lr);
}

// No name is known when such a study begins.
static void copies_keep_what_the_objective_defines(void **state)
{
    (void)state;
    hone_study_options options = options_of("memory:", NULL);
    options.scheduler = "pbt";
    options.scheduler_options = "{\"max_resource\":6,\"interval\":3,\"keep\":\"units\"}";
    hone_study *study = study_open(&options);
    hone_trial *trial;
    int64_t units[40] = {0};
    double lr[40] = {0};
    uint32_t n_forks = 0;
    while (hone_study_ask(study, NULL, &trial, NULL) == HONE_OK) {
        uint32_t number = hone_trial_number(trial);
        int64_t parent = hone_trial_parent(trial);
        assert_true(number < 40);
        train_defined(study, trial, &lr[number], &units[number]);
        if (parent < 0)
            continue;
        assert_int_equal(units[number], units[parent]);
        assert_true(lr[number] != lr[parent]);
        n_forks++;
    }
    assert_int_equal(n_forks, 2);
    hone_study_close(study);
}

// What is compared comes every step, the objective every fourth; the program hears late.
static void copies_begin_where_their_parents_were_compared(void **state)
{
    (void)state;
    static const hone_metric metrics[] = {{"loss", HONE_MINIMIZE}, {"worth", HONE_MAXIMIZE}};
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of("memory:", space);
    options.metrics = metrics;
    options.n_metrics = 2;
    options.scheduler = "pbt";
    options.scheduler_options = "{\"max_resource\":6,\"interval\":3,\"metric\":\"worth\"}";
    hone_study *study = study_open(&options);
    for (int i = 0; i < 8; i++) {
        hone_trial *trial = ask(study);
        double values[] = {1, hone_trial_float(trial, "x")};
        for (int at = 1; at <= 4; at++)
            OK(hone_trial_report_values(trial, at, values, at == 4 ? 3 : 2, &err));
        assert_true(hone_trial_should_pause(trial));
        OK(hone_study_pause(study, trial, 4, &err));
        hone_trial_destroy(trial);
    }
    hone_trial *fork = ask(study);
    assert_true(hone_trial_parent(fork) >= 0);
    assert_number(hone_trial_forked_at(fork), 3);
    hone_trial_destroy(fork);
    hone_study_close(study);
    hone_space_destroy(space);
}

// Who ends a member learns with that what others have done: the copy is one of the new space.
static void an_edit_between_an_end_and_a_copy_counts(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1"), *wider = SPACE("x=0..1", "y=1..2 = 1.5");
    hone_study_options options = options_of(f.url, space);
    options.scheduler = "pbt";
    options.scheduler_options = "{\"max_resource\":6,\"interval\":3}";
    hone_study *study = study_open(&options);
    for (int i = 0; i < 8; i++) {
        hone_trial *trial = ask(study);
        OK(hone_trial_report(trial, 3, hone_trial_float(trial, "x"), &err));
        OK(hone_study_pause(study, trial, 3, &err));
        hone_trial_destroy(trial);
    }
    hone_study *editor = study_again(f.url);
    OK(hone_study_change_space(editor, wider, NULL, &err));
    hone_trial *fork = ask(study);
    assert_true(hone_trial_parent(fork) >= 0);
    assert_int_equal(hone_trial_space_version(fork), 2);
    assert_true(hone_trial_active(fork, "y"));
    hone_trial_destroy(fork);
    hone_study_close(editor);
    hone_study_close(study);
    hone_space_destroy(space);
    hone_space_destroy(wider);
    folder_free(&f);
}

// The parts of a training, in the queue: each waits for the one before, and for its good end.
static void segments_wait_for_the_one_before(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    hone_ask_options waiting = HONE_ASK_OPTIONS_INIT;
    hone_trial *trial, *none = NULL;
    double loss = 1;
    waiting.no_new = true;
    OK(hone_study_enqueue_segment(study, "{\"x\":0.1}", -1, 5, NULL, &err));
    OK(hone_study_enqueue_segment(study, "{\"x\":0.2}", 0, 9, NULL, &err));
    FAILS(hone_study_enqueue_segment(study, "{\"x\":0.2}", 0, 5, NULL, &err), HONE_EINVAL,
          "a trial that begins at step 5 cannot run up to 5");
    FAILS(hone_study_enqueue_segment(study, "{\"x\":0.2}", 7, 8, NULL, &err), HONE_ENOTFOUND, NULL);
    FAILS(hone_study_enqueue_segment(study, "{\"x\":2}", 0, 8, NULL, &err), HONE_EINVAL, NULL);
    OK(hone_study_ask(study, &waiting, &trial, &err));
    assert_number(hone_trial_resource(trial), 5);
    assert_true(isnan(hone_trial_forked_at(trial)));
    FAILS(hone_study_ask(study, &waiting, &none, &err), HONE_ENOTFOUND, NULL);
    OK(hone_study_tell(study, trial, HONE_STATE_FAILED, NULL, &err));
    hone_trial_destroy(trial);
    FAILS(hone_study_ask(study, &waiting, &none, &err), HONE_ENOTFOUND, NULL);
    OK(hone_study_rerun(study, 0, NULL, &err));
    OK(hone_study_ask(study, &waiting, &trial, &err));
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &loss, &err));
    hone_trial_destroy(trial);
    OK(hone_study_ask(study, &waiting, &trial, &err));
    assert_number(hone_trial_resource(trial), 9);
    assert_number(hone_trial_forked_at(trial), 5);
    assert_number(hone_trial_float(trial, "x"), 0.2);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parents_wait_for_their_forks),
        cmocka_unit_test(copies_inherit_what_they_are_to_keep),
        cmocka_unit_test(copies_of_one_checkpoint_differ),
        cmocka_unit_test(what_is_to_be_kept_may_be_dropped),
        cmocka_unit_test(copies_keep_what_the_objective_defines),
        cmocka_unit_test(copies_begin_where_their_parents_were_compared),
        cmocka_unit_test(an_edit_between_an_end_and_a_copy_counts),
        cmocka_unit_test(segments_wait_for_the_one_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
