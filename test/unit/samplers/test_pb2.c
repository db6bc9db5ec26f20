// pb2 in whole studies in memory: copies go where progress is, apart from each other, whatever the
// slots and whether anything is remembered; what is to be kept is kept.
#include "core/study_internal.h"
#include "num/rng.h"
#include "samplers/pb2_rows.h"
#include "unit/core/study_rig.h"

enum { MAX_SLOTS = 8, MAX_TRIALS = 200 };

// The loss falls fastest with x = 0.8.
typedef struct gym {
    hone_study *study;
    hone_trial *slots[MAX_SLOTS];
    int n_slots;
    uint32_t seed, n_draws;
    double loss[MAX_TRIALS];
    bool forgets; // plug-ins are made anew before each decision
    bool breaks;  // who is at x < 0.3 reports no numbers
} gym;

static const hn_trial *row_of(const gym *g, uint32_t number)
{
    return &g->study->fold.trials.data[number];
}

static double x_of(const gym *g, uint32_t number)
{
    hone_trial *trial = look(g->study, number);
    double x = hone_trial_float(trial, "x");
    hone_trial_destroy(trial);
    return x;
}

static bool fill(gym *g)
{
    for (int i = 0; i < g->n_slots; i++) {
        hone_error err = HONE_ERROR_INIT;
        if (g->slots[i])
            continue;
        if (g->forgets)
            hn_study_unplug(g->study);
        hone_status status = hone_study_ask(g->study, NULL, &g->slots[i], &err);
        if (status == HONE_EEXHAUSTED)
            return false;
        if (status == HONE_EBUSY)
            return true;
        if (status != HONE_OK)
            fail_msg("%s", err.text);
        uint32_t number = hone_trial_number(g->slots[i]);
        const hn_trial *row = row_of(g, number);
        assert_true(number < MAX_TRIALS);
        if (hone_trial_attempts(g->slots[i]) == 1)
            g->loss[number] = row->origin == HONE_ORIGIN_FORK ? g->loss[row->parent] : 100;
    }
    return true;
}

static void step(gym *g, int slot)
{
    hone_trial *trial = g->slots[slot];
    uint32_t number = hone_trial_number(trial);
    const hn_trial *row = row_of(g, number);
    double at = fmax(row->step, row->born) + 1, x = hone_trial_float(trial, "x");
    g->loss[number] -= exp(-8 * (x - 0.8) * (x - 0.8));
    double loss = g->breaks && x < 0.3 ? NAN : g->loss[number];
    OK(hone_trial_report(trial, at, loss, &err));
    if (hone_trial_should_pause(trial))
        OK(hone_study_pause(g->study, trial, at, &err));
    else if (at >= hone_trial_resource(trial))
        OK(hone_study_tell(g->study, trial, HONE_STATE_COMPLETE, &g->loss[number], &err));
    else
        return;
    hone_trial_destroy(trial);
    g->slots[slot] = NULL;
}

static void train(gym *g)
{
    while (fill(g)) {
        int running[MAX_SLOTS], n = 0;
        for (int i = 0; i < g->n_slots; i++)
            if (g->slots[i])
                running[n++] = i;
        if (n == 0)
            return;
        hn_rng rng = hn_rng_make(g->seed, HN_PURPOSE_TEST, g->n_draws++);
        step(g, running[hn_rng_below(&rng, 0, 0, 0, (uint64_t)n)]);
    }
}

static gym gym_of(const char *scheduler, const char *more, int n_slots, uint32_t seed)
{
    char options[200];
    hone_space *space = SPACE("x=0..1", "units=int:1..64", "c=a,b,d");
    hone_study_options study = options_of("memory:", space);
    (void)snprintf(options, sizeof options,
                   "{\"max_resource\":40,\"interval\":5,\"population\":6,\"quantile\":0.34%s}",
                   more);
    study.scheduler = scheduler;
    study.sampler = strcmp(scheduler, "pb2") == 0 ? "pb2" : "random";
    study.scheduler_options = options;
    study.seed = seed;
    gym g = {.study = study_open(&study), .n_slots = n_slots, .seed = seed};
    hone_space_destroy(space);
    return g;
}

static void gym_free(gym *g)
{
    hone_study_close(g->study);
}

// Mean distance of the forks' x from the best one.
static double distance(const gym *g)
{
    double sum = 0;
    int n = 0;
    for (uint32_t i = 0; i < hone_study_n_trials(g->study); i++)
        if (row_of(g, i)->origin == HONE_ORIGIN_FORK) {
            sum += fabs(x_of(g, i) - 0.8);
            n++;
        }
    assert_true(n >= 7);
    return sum / n;
}

static void copies_go_where_progress_is(void **state)
{
    (void)state;
    double by_model = 0, by_chance = 0;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        gym one = gym_of("pb2", "", 2, seed), other = gym_of("pbt", "", 2, seed);
        train(&one);
        train(&other);
        by_model += distance(&one) / 6;
        by_chance += distance(&other) / 6;
        gym_free(&one);
        gym_free(&other);
    }
    print_message("%.3f from the best, pbt %.3f\n", by_model, by_chance);
    if (!(by_model < 0.15 && by_model < 0.7 * by_chance))
        fail_msg("copies are %g from the best, those of pbt %g", by_model, by_chance);
}

static void slots_and_memory_change_nothing(void **state)
{
    (void)state;
    gym first = gym_of("pb2", "", 1, 3);
    train(&first);
    for (int k = 0; k < 3; k++) {
        gym g = gym_of("pb2", "", k == 0 ? 3 : 8, 3);
        g.forgets = k == 2;
        g.seed = 20 + (uint32_t)k; // another order of steps
        train(&g);
        assert_int_equal(hone_study_n_trials(g.study), hone_study_n_trials(first.study));
        for (uint32_t i = 0; i < hone_study_n_trials(g.study); i++) {
            hone_trial *one = look(g.study, i), *two = look(first.study, i);
            assert_string_equal(hone_trial_params_json(one), hone_trial_params_json(two));
            assert_int_equal(row_of(&g, i)->parent, row_of(&first, i)->parent);
            hone_trial_destroy(one);
            hone_trial_destroy(two);
        }
        gym_free(&g);
    }
    gym_free(&first);
}

static void what_is_kept_stays(void **state)
{
    (void)state;
    gym g = gym_of("pb2", ",\"keep\":\"units,c\"", 2, 2);
    uint32_t n = 0;
    train(&g);
    for (uint32_t i = 0; i < hone_study_n_trials(g.study); i++) {
        if (row_of(&g, i)->origin != HONE_ORIGIN_FORK)
            continue;
        hone_trial *one = look(g.study, i), *two = look(g.study, (uint32_t)row_of(&g, i)->parent);
        assert_true(hone_trial_int(one, "units") == hone_trial_int(two, "units"));
        assert_string_equal(hone_trial_text(one, "c"), hone_trial_text(two, "c"));
        n += hone_trial_float(one, "x") != hone_trial_float(two, "x");
        hone_trial_destroy(one);
        hone_trial_destroy(two);
    }
    assert_true(n >= 7);
    gym_free(&g);
}

// Copies that begin together are not the same.
static void copies_keep_apart(void **state)
{
    (void)state;
    gym g = gym_of("pb2", "", 2, 4);
    train(&g);
    for (uint32_t i = 1; i < hone_study_n_trials(g.study); i++) {
        hone_trial *one = look(g.study, i), *two = look(g.study, i - 1);
        if (row_of(&g, i)->origin == HONE_ORIGIN_FORK &&
            row_of(&g, i)->born == row_of(&g, i - 1)->born)
            assert_string_not_equal(hone_trial_params_json(one), hone_trial_params_json(two));
        hone_trial_destroy(one);
        hone_trial_destroy(two);
    }
    gym_free(&g);
}

// What blows up is no number, and is not gone to again.
static void what_blows_up_is_shunned(void **state)
{
    (void)state;
    gym g = gym_of("pb2", "", 2, 5);
    uint32_t n = 0, n_broken = 0;
    g.breaks = true;
    train(&g);
    for (uint32_t i = 0; i < hone_study_n_trials(g.study); i++) {
        n += row_of(&g, i)->origin == HONE_ORIGIN_FORK;
        n_broken += row_of(&g, i)->origin == HONE_ORIGIN_FORK && x_of(&g, i) < 0.3;
    }
    if (!(n_broken <= n / 5))
        fail_msg("%u of %u copies broke", n_broken, n);
    gym_free(&g);
}

// A report beyond three comparisons is one interval that is three times as long, and a step without
// bounds is no more than many.
static void a_report_that_skips_comparisons_is_one_row(void **state)
{
    (void)state;
    gym g = gym_of("pb2", "", 3, 1);
    static const double at[3][3] = {{5, 10, 15}, {15}, {5, 10, 1e300}};
    static const double loss[3][3] = {{10, 9, 8}, {7}, {10, 9.5, 9}};
    (void)fill(&g);
    for (int t = 0; t < 3; t++)
        for (int k = 0; k < 3 && at[t][k] > 0; k++)
            OK(hone_trial_report(g.slots[t], at[t][k], loss[t][k], &err));
    OK(hone_study_sync(g.study, &err));
    hn_arena scratch = HN_ARENA_INIT;
    hn_pb2_rows rows;
    hn_view view = hn_study_view(g.study, UINT32_MAX);
    bool keep[3] = {false};
    hn_fork fork = {keep, 0, 5};
    hn_request request = {
        .trial = 3, .parent = 1, .resource = 20, .scratch = &scratch, .fork = &fork};
    view.n_trials = 3;
    hn_config config = hn_fold_config(&g.study->fold, row_of(&g, 1));
    assert_true(hn_pb2_rows_make(&view, &request, config, 100, &rows));
    assert_int_equal(rows.n, 3 + 1 + 3);
    uint32_t n_third = 0;
    for (uint32_t i = 0; i < rows.n; i++)
        n_third += rows.t[i] == 3;
    assert_int_equal(n_third, 3);
    request.resource = 1e300;
    assert_true(hn_pb2_rows_make(&view, &request, config, 100, &rows));
    assert_int_equal(rows.n, 3 + 1 + 3);
    hn_arena_free(&scratch);
    for (int t = 0; t < 3; t++)
        hone_trial_destroy(g.slots[t]);
    gym_free(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_that_skips_comparisons_is_one_row),
        cmocka_unit_test(copies_go_where_progress_is),
        cmocka_unit_test(slots_and_memory_change_nothing),
        cmocka_unit_test(what_is_kept_stays),
        cmocka_unit_test(copies_keep_apart),
        cmocka_unit_test(what_blows_up_is_shunned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
