// Population based training on whole studies: who is replaced by whom and when, whatever the number
// of slots and the order in which they are quick; wrong options.
#include "unit/schedulers/pbt_gym.h"

static double loss_at(const gym *g, uint32_t number, double at)
{
    const hn_fold *fold = &g->study->fold;
    for (uint32_t r = row_of(g, number)->first_report; r != HN_NONE; r = fold->reports.data[r].next)
        if (fold->reports.data[r].step >= at)
            return fold->numbers.data[fold->reports.data[r].values];
    return NAN;
}

// Members that are better than `number` at a milestone, of those that came there.
static uint32_t rank_at(const gym *g, uint32_t number, double at, uint32_t *n)
{
    uint32_t rank = 0;
    *n = 0;
    for (uint32_t i = 0; i < n_trials(g); i++) {
        double loss = row_of(g, i)->born < at ? loss_at(g, i, at) : NAN;
        *n += !isnan(loss);
        rank += loss < loss_at(g, number, at);
    }
    return rank;
}

static void the_worst_quarter_become_copies_of_the_best(void **state)
{
    (void)state;
    gym g = gym_of(USUAL, 3, 1);
    uint32_t n_forks[3] = {0}, n_ended[3] = {0}, n;
    train(&g);
    for (uint32_t i = 0; i < n_trials(&g); i++) {
        const hn_trial *row = row_of(&g, i);
        if (row->state == HONE_STATE_PRUNED) {
            assert_true(rank_at(&g, i, row->step, &n) >= 6);
            assert_int_equal(n, 8);
            n_ended[(int)row->step / 5 - 1]++;
        } else {
            assert_int_equal(row->state, HONE_STATE_COMPLETE);
            assert_number(row->step, 20);
        }
        if (row->origin != HONE_ORIGIN_FORK)
            continue;
        assert_true(rank_at(&g, (uint32_t)row->parent, row->born, &n) < 2);
        n_forks[(int)row->born / 5 - 1]++;
    }
    for (int k = 0; k < 3; k++) {
        assert_int_equal(n_ended[k], 2);
        assert_int_equal(n_forks[k], 2);
    }
    assert_int_equal(hone_study_count(g.study, HONE_STATE_COMPLETE), 8);
    gym_free(&g);
}

static void it_is_said_what_became_of_each(void **state)
{
    (void)state;
    gym g = gym_of(USUAL, 3, 2);
    char said[256], wanted[256];
    uint32_t n;
    train(&g);
    for (uint32_t i = 0; i < n_trials(&g); i++) {
        const hn_trial *row = row_of(&g, i);
        double at = row->state == HONE_STATE_PRUNED ? row->step : 15;
        unsigned place = rank_at(&g, i, at, &n) + 1;
        hone_study_standing(g.study, i, said, sizeof said);
        if (row->state == HONE_STATE_PRUNED)
            (void)snprintf(wanted, sizeof wanted,
                           "ended at %g: place %u of 8; a copy of a better one goes on instead", at,
                           place);
        else if (row->born < 15)
            (void)snprintf(wanted, sizeof wanted,
                           "trained to its end; last compared at 15: place %u of 8", place);
        else
            (void)snprintf(wanted, sizeof wanted,
                           "copied from trial %d, as it was at 15, to go on to 20", row->parent);
        assert_string_equal(said, wanted);
    }
    gym_free(&g);
}

// Also those whose place nobody has taken yet.
static void it_is_said_how_many_are_to_come(void **state)
{
    (void)state;
    gym g = gym_of(USUAL, 1, 2);
    char said[256];
    while (hone_study_count(g.study, HONE_STATE_PAUSED) == 0) {
        assert_true(fill(&g));
        step(&g, 0);
    }
    hone_study_standing(g.study, 0, said, sizeof said);
    assert_string_equal(said, "paused at 5: place 1 of 1, and 7 more to come");
    gym_free(&g);
}

static void a_tournament_replaces_who_loses(void **state)
{
    (void)state;
    gym g = gym_of("{\"max_resource\":20,\"interval\":5,\"exploit\":\"tournament\"}", 2, 5);
    uint32_t n_forks = 0;
    train(&g);
    for (uint32_t i = 0; i < n_trials(&g); i++)
        n_forks += row_of(&g, i)->origin == HONE_ORIGIN_FORK;
    assert_true(n_forks > 3);
    assert_int_equal(hone_study_count(g.study, HONE_STATE_PRUNED), n_forks);
    assert_int_equal(hone_study_count(g.study, HONE_STATE_COMPLETE), 8);
    gym_free(&g);
}

// --- slots and order ---

static void slots_and_speed_change_nothing(void **state)
{
    (void)state;
    static const char *const all[] = {
        USUAL, "{\"max_resource\":23,\"interval\":3,\"population\":5,\"exploit\":\"tournament\"}",
        "{\"max_resource\":10,\"population\":12,\"quantile\":0.4}"};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
        gym first = gym_of(all[k], 1, 1);
        train(&first);
        for (int n_slots = 2; n_slots <= MAX_SLOTS; n_slots += 3) {
            gym other = gym_of(all[k], n_slots, (uint32_t)n_slots);
            other.forgets = n_slots == 5; // decisions are functions of the journal
            train(&other);
            assert_same(&first, &other);
            gym_free(&other);
        }
        gym_free(&first);
    }
}

// Programs that do not end when they should are compared at the milestones all the same.
static void programs_that_run_on(void **state)
{
    (void)state;
    gym g = gym_of(USUAL, 4, 3);
    g.rushes = true;
    train(&g);
    assert_true(hone_study_count(g.study, HONE_STATE_PRUNED) >= 2);
    assert_int_equal(hone_study_count(g.study, HONE_STATE_PAUSED), 0);
    gym_free(&g);
}

// Programs that report less often than milestones come are compared at each of their reports.
static void programs_that_report_rarely(void **state)
{
    (void)state;
    gym g = gym_of("{\"max_resource\":100,\"interval\":10,\"population\":8}", 3, 1);
    uint32_t n_forks[4] = {0};
    g.stride = 20;
    train(&g);
    for (uint32_t i = 0; i < n_trials(&g); i++) {
        const hn_trial *row = row_of(&g, i);
        if (row->origin == HONE_ORIGIN_FORK)
            n_forks[(int)row->born / 20 - 1]++;
        if (row->state == HONE_STATE_COMPLETE)
            assert_number(row->step, 100);
    }
    for (int k = 0; k < 4; k++)
        assert_int_equal(n_forks[k], 2);
    assert_int_equal(hone_study_count(g.study, HONE_STATE_COMPLETE), 8);
    gym_free(&g);
}

static void wrong_options(void **state)
{
    (void)state;
    static const struct {
        const char *options, *sentence;
        hone_status status;
        int64_t n_trials;
        uint32_t lag;
    } rows[] = {
        {"{}",
         "pbt hands out the resource: give it max_resource, the last step of a whole training",
         HONE_EINVAL, 0, 0},
        {"{\"max_resource\":5,\"interval\":5}",
         "option \"interval\" of pbt is 5: it must be below \"max_resource\", 5", HONE_EINVAL, 0,
         0},
        {"{\"max_resource\":5,\"keep\":\"x, unit\"}",
         "option \"keep\" of pbt names \"unit\", which is no parameter; there are: x units",
         HONE_EINVAL, 0, 0},
        {USUAL,
         "pbt begins with 8 trials, its \"population\", but the study ends at 5: leave -n out, or "
         "give more",
         HONE_EINVAL, 5, 0},
        {USUAL,
         "pbt pauses trials, which a deterministic study cannot; its own decisions do not depend "
         "on timing, so that with sampler random or qmc nothing does",
         HONE_EUNSUPPORTED, 0, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hone_study *study = NULL;
        hone_space *space = SPACE("x=0..1", "units=int:1..64");
        hone_study_options options = options_of("memory:", space);
        options.scheduler = "pbt";
        options.scheduler_options = rows[i].options;
        options.n_trials = rows[i].n_trials;
        options.lag = rows[i].lag;
        FAILS(hone_study_open(&options, &study, &err), rows[i].status, rows[i].sentence);
        hone_space_destroy(space);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_worst_quarter_become_copies_of_the_best),
        cmocka_unit_test(it_is_said_what_became_of_each),
        cmocka_unit_test(it_is_said_how_many_are_to_come),
        cmocka_unit_test(a_tournament_replaces_who_loses),
        cmocka_unit_test(slots_and_speed_change_nothing),
        cmocka_unit_test(programs_that_run_on),
        cmocka_unit_test(programs_that_report_rarely),
        cmocka_unit_test(wrong_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
