// Who belongs to a population: failures, limits, guests, trials that are removed or come back.
#include "unit/schedulers/pbt_gym.h"

static void who_fails_is_replaced(void **state)
{
    (void)state;
    gym g = gym_of(USUAL, 3, 1);
    g.fails_at = 4; // before any milestone: another founder
    train(&g);
    assert_int_equal(row_of(&g, 8)->origin, HONE_ORIGIN_SAMPLED);
    assert_int_equal(row_of(&g, 9)->origin, HONE_ORIGIN_FORK);
    assert_int_equal(hone_study_count(g.study, HONE_STATE_COMPLETE), 8);
    gym_free(&g);
    g = gym_of(USUAL, 3, 1);
    while (hone_study_count(g.study, HONE_STATE_PAUSED) < 8) { // all are at the first milestone
        assert_true(fill(&g));
        step(&g, 0);
        for (int i = 1; i < 3; i++)
            if (g.slots[i])
                step(&g, i);
    }
    assert_true(fill(&g)); // three go on, or begin
    uint32_t failed = hone_trial_number(g.slots[2]);
    OK(hone_study_tell(g.study, g.slots[2], HONE_STATE_FAILED, NULL, &err));
    hone_trial_destroy(g.slots[2]);
    g.slots[2] = NULL;
    train(&g);
    uint32_t n_forks = 0;
    for (uint32_t i = 0; i < n_trials(&g); i++)
        n_forks += row_of(&g, i)->born == 10;
    assert_int_equal(row_of(&g, failed)->state, HONE_STATE_FAILED);
    assert_int_equal(n_forks, 2); // of seven one is replaced, and there is a place to fill
    assert_int_equal(hone_study_count(g.study, HONE_STATE_COMPLETE), 8);
    gym_free(&g);
}

static void the_number_of_trials_is_kept(void **state)
{
    (void)state;
    for (int64_t n = 8; n <= 11; n++) {
        hone_space *space = SPACE("x=0..1");
        hone_study_options options = options_of("memory:", space);
        options.scheduler = "pbt";
        options.scheduler_options = USUAL;
        options.n_trials = n;
        gym g = {.study = study_open(&options), .n_slots = 3, .seed = 9, .fails_at = UINT32_MAX};
        hone_space_destroy(space);
        train(&g);
        assert_int_equal(n_trials(&g), n);
        assert_int_equal(hone_study_count(g.study, HONE_STATE_COMPLETE), 8);
        assert_int_equal(hone_study_count(g.study, HONE_STATE_PRUNED), n - 8);
        gym_free(&g);
    }
}

static void guests_train_by_themselves(void **state)
{
    (void)state;
    gym g = gym_of(USUAL, 2, 4);
    uint32_t guest;
    OK(hone_study_enqueue(g.study, "{\"x\":9,\"units\":3}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
    for (int i = 0; i < 60; i++) {
        assert_true(fill(&g));
        step(&g, g.slots[i % 2] ? i % 2 : !(i % 2));
    }
    OK(hone_study_enqueue(g.study, "{\"x\":0.5}", HONE_PURPOSE_SEARCH, -1, &guest, &err));
    train(&g);
    assert_int_equal(row_of(&g, 0)->origin, HONE_ORIGIN_MANUAL); // it is a founder
    assert_int_equal(row_of(&g, guest)->state, HONE_STATE_COMPLETE);
    assert_number(row_of(&g, guest)->step, 20);
    assert_int_equal(row_of(&g, guest)->epoch, 2);
    assert_int_equal(hone_study_count(g.study, HONE_STATE_COMPLETE), 9);
    gym_free(&g);
}

// A guest far ahead of the population is no sign that this has gone on.
static void a_guest_costs_no_checkpoint(void **state)
{
    (void)state;
    uint32_t n_kept = 0, n_gone = 0;
    for (uint32_t seed = 1; seed <= 6; seed++) {
        gym g = gym_of("{\"max_resource\":40,\"interval\":5,\"exploit\":\"tournament\"}", 1, seed);
        while (n_trials(&g) < 8 || row_of(&g, 7)->state != HONE_STATE_PAUSED) {
            assert_true(fill(&g));
            step(&g, 0);
        }
        OK(hone_study_enqueue(g.study, "{\"x\":9}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
        g.n_slots = 2; // the guest has one, and is soon far ahead
        train(&g);
        assert_int_equal(row_of(&g, 8)->origin, HONE_ORIGIN_MANUAL);
        for (uint32_t i = 0; i < n_trials(&g); i++) {
            n_kept += row_of(&g, i)->state == HONE_STATE_PRUNED && !g.gone[i];
            n_gone += row_of(&g, i)->state == HONE_STATE_PRUNED && g.gone[i];
        }
        gym_free(&g);
    }
    assert_true(n_gone > n_kept);
}

static void exclude(gym *g, uint32_t number, bool out)
{
    hn_event event = hn_study_event(HN_EV_EXCLUDED);
    event.trial = number;
    event.state = out;
    OK(hn_study_append(g->study, &event, 1, false, HN_SYNC_FULL, NULL, &err));
}

// Who ended some milestones ago is looked at again when something happens to it.
static void an_old_founder_that_is_removed_is_replaced(void **state)
{
    (void)state;
    gym gyms[2];
    for (int k = 0; k < 2; k++) {
        gym *g = &gyms[k];
        *g = gym_of(USUAL, 1, 1);
        g->forgets = k == 1;
        while (hone_study_count(g->study, HONE_STATE_PRUNED) < 3) {
            assert_true(fill(g));
            step(g, 0);
        }
        uint32_t founder = 0;
        while (row_of(g, founder)->state != HONE_STATE_PRUNED)
            founder++;
        assert_true(founder < 8 && row_of(g, founder)->step == 5);
        exclude(g, founder, true);
        train(g);
    }
    uint32_t n_founders = 0;
    for (uint32_t i = 0; i < n_trials(&gyms[0]); i++)
        n_founders += row_of(&gyms[0], i)->origin == HONE_ORIGIN_SAMPLED;
    assert_int_equal(n_founders, 9);
    assert_same(&gyms[0], &gyms[1]);
    gym_free(&gyms[0]);
    gym_free(&gyms[1]);
}

// Likewise who failed there, and is run again.
static void an_old_member_comes_back(void **state)
{
    (void)state;
    gym gyms[2];
    for (int k = 0; k < 2; k++) {
        gym *g = &gyms[k];
        *g = gym_of(USUAL, 1, 1);
        g->forgets = k == 1;
        while (hone_study_count(g->study, HONE_STATE_PAUSED) < 8) {
            assert_true(fill(g));
            step(g, 0);
        }
        assert_true(fill(g)); // one goes on
        uint32_t failed = hone_trial_number(g->slots[0]);
        OK(hone_study_tell(g->study, g->slots[0], HONE_STATE_FAILED, NULL, &err));
        hone_trial_destroy(g->slots[0]);
        g->slots[0] = NULL;
        while (n_trials(g) < 12) { // the second milestone is behind all
            assert_true(fill(g));
            step(g, 0);
        }
        while (g->slots[0])
            step(g, 0);
        OK(hone_study_rerun(g->study, failed, NULL, &err));
        train(g);
        assert_int_equal(row_of(g, failed)->state, HONE_STATE_COMPLETE);
    }
    assert_same(&gyms[0], &gyms[1]);
    gym_free(&gyms[0]);
    gym_free(&gyms[1]);
}

static void lose(gym *g, int slot)
{
    if (!g->slots[slot])
        return;
    OK(hone_study_tell(g->study, g->slots[slot], HONE_STATE_FAILED, NULL, &err));
    hone_trial_destroy(g->slots[slot]);
    g->slots[slot] = NULL;
}

// What people do, and what goes wrong.
static void meddle(gym *g)
{
    uint32_t number = below(g, n_trials(g));
    switch (below(g, 6)) {
    case 0:
    case 1:
        exclude(g, number, true);
        break;
    case 2:
        exclude(g, number, false);
        break;
    case 3:
        (void)hone_study_rerun(g->study, number, NULL, NULL); // of those that have failed
        break;
    case 4:
        OK(hone_study_enqueue(g->study, "{\"x\":5}", HONE_PURPOSE_SEARCH, -1, NULL, &err));
        break;
    default:
        lose(g, (int)below(g, (uint32_t)g->n_slots));
    }
}

static void act(gym *g)
{
    int slot = (int)below(g, (uint32_t)g->n_slots);
    if (below(g, 12) == 0 && n_trials(g) > 0)
        meddle(g);
    (void)fill(g);
    if (g->slots[slot])
        step(g, slot);
}

// Who is counted as things happen is who a new look finds.
static void whatever_happens_is_counted(void **state)
{
    (void)state;
    static const char *const all[] = {
        USUAL, "{\"max_resource\":30,\"interval\":2,\"population\":5,\"exploit\":\"tournament\"}",
        "{\"max_resource\":60,\"interval\":3,\"population\":12,\"quantile\":0.4}"};
    for (uint32_t seed = 1; seed <= 12; seed++) {
        char said[2][256];
        gym gyms[2];
        for (int k = 0; k < 2; k++) {
            gyms[k] = gym_of(all[seed % 3], 1 + (int)seed % MAX_SLOTS, seed);
            gyms[k].forgets = k == 1;
        }
        for (uint32_t i = 0; i < 400 && n_trials(&gyms[0]) < MAX_TRIALS - MAX_SLOTS; i++) {
            for (int k = 0; k < 2; k++) {
                act(&gyms[k]);
                hone_study_standing(gyms[k].study, i % n_trials(&gyms[k]), said[k], sizeof said[k]);
            }
            assert_string_equal(said[0], said[1]);
        }
        assert_same(&gyms[0], &gyms[1]);
        for (int k = 0; k < 2; k++) {
            for (int slot = 0; slot < MAX_SLOTS; slot++)
                hone_trial_destroy(gyms[k].slots[slot]);
            gym_free(&gyms[k]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_fails_is_replaced),
        cmocka_unit_test(the_number_of_trials_is_kept),
        cmocka_unit_test(guests_train_by_themselves),
        cmocka_unit_test(a_guest_costs_no_checkpoint),
        cmocka_unit_test(an_old_founder_that_is_removed_is_replaced),
        cmocka_unit_test(an_old_member_comes_back),
        cmocka_unit_test(whatever_happens_is_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
