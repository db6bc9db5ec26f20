// Population based training on whole studies in memory: who is replaced by whom and when, whatever
// the number of slots and the order in which they are quick; failures, limits, guests, wrong
// options.
#include "core/study_internal.h"
#include "num/rng.h"
#include "unit/core/study_rig.h"

enum { MAX_SLOTS = 8, MAX_TRIALS = 400 };

// Trains as the numbers say: the loss falls by x a step, and a fork goes on from its parent's.
typedef struct gym {
    hone_study *study;
    hone_trial *slots[MAX_SLOTS];
    int n_slots;
    uint32_t seed, n_draws;
    double loss[MAX_TRIALS]; // what the checkpoint of each holds
    uint32_t fails_at;       // trial that fails after two steps, UINT32_MAX: none
    bool forgets;            // plug-ins are made anew before each decision
    uint32_t stride;         // steps from one report to the next, 0: one
    bool rushes;             // runs on for some steps after it was told to pause
    bool gone[MAX_TRIALS];   // its checkpoint was given back, as soon as the scheduler let it
} gym;

static uint32_t below(gym *g, uint32_t n)
{
    hn_rng rng = hn_rng_make(g->seed, HN_PURPOSE_TEST, g->n_draws++);
    return (uint32_t)hn_rng_below(&rng, 0, 0, 0, n);
}

static const hn_trial *row_of(const gym *g, uint32_t number)
{
    return &g->study->fold.trials.data[number];
}

// What a small quota does with the checkpoints of those that were replaced.
static void give_back(gym *g)
{
    for (uint32_t i = 0; i < g->study->fold.trials.n; i++)
        if (row_of(g, i)->state == HONE_STATE_PRUNED && !hn_study_may_fork(g->study, i))
            g->gone[i] = true;
}

// A fork begins when its parent stands still at the step that the fork takes over.
static void begin(gym *g, hone_trial *trial)
{
    uint32_t number = hone_trial_number(trial);
    const hn_trial *row = row_of(g, number);
    assert_true(number < MAX_TRIALS);
    if (hone_trial_attempts(trial) > 1)
        return;
    g->loss[number] = 100;
    if (row->origin != HONE_ORIGIN_FORK)
        return;
    const hn_trial *parent = row_of(g, (uint32_t)row->parent);
    assert_true(parent->state == HONE_STATE_PAUSED || parent->state == HONE_STATE_PRUNED);
    assert_true(g->rushes ? parent->step >= row->born : parent->step == row->born);
    assert_true(row->born > 0 && row->resource > row->born);
    assert_false(g->gone[row->parent]);
    g->loss[number] = g->loss[row->parent];
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
        assert_int_equal(status, HONE_OK);
        begin(g, g->slots[i]);
        give_back(g);
    }
    return true;
}

static void step(gym *g, int slot)
{
    hone_trial *trial = g->slots[slot];
    uint32_t number = hone_trial_number(trial);
    const hn_trial *row = row_of(g, number);
    double at = (row->step > row->born ? row->step : row->born), *loss = &g->loss[number];
    at += g->stride ? g->stride : 1;
    *loss -= hone_trial_float(trial, "x");
    OK(hone_trial_report(trial, at, *loss, &err));
    for (uint32_t more = g->rushes && hone_trial_should_pause(trial) ? below(g, 9) : 0; more > 0;
         more--)
        OK(hone_trial_report(trial, ++at, *loss, &err));
    if (number == g->fails_at && at == 2)
        OK(hone_study_tell(g->study, trial, HONE_STATE_FAILED, NULL, &err));
    else if (hone_trial_should_pause(trial))
        OK(hone_study_pause(g->study, trial, at, &err));
    else if (at >= hone_trial_resource(trial))
        OK(hone_study_tell(g->study, trial, HONE_STATE_COMPLETE, loss, &err));
    else
        return;
    hone_trial_destroy(trial);
    g->slots[slot] = NULL;
    give_back(g);
}

// Until the scheduler has nothing more to run.
static void train(gym *g)
{
    while (fill(g)) {
        int running[MAX_SLOTS], n = 0;
        for (int i = 0; i < g->n_slots; i++)
            if (g->slots[i])
                running[n++] = i;
        if (n == 0)
            return; // nothing runs and nothing may start
        step(g, running[below(g, (uint32_t)n)]);
    }
    for (int i = 0; i < g->n_slots; i++)
        assert_null(g->slots[i]);
}

static gym gym_of(const char *options, int n_slots, uint32_t seed)
{
    hone_space *space = SPACE("x=log:0.01..10", "units=int:1..64");
    hone_study_options study = options_of("memory:", space);
    study.scheduler = "pbt";
    study.scheduler_options = options;
    gym g = {.study = study_open(&study), .n_slots = n_slots, .seed = seed, .fails_at = UINT32_MAX};
    hone_space_destroy(space);
    return g;
}

static void gym_free(gym *g)
{
    hone_study_close(g->study);
}

#define USUAL "{\"max_resource\":20,\"interval\":5,\"population\":8}"

static uint32_t n_trials(const gym *g)
{
    return hone_study_n_trials(g->study);
}

// --- who is replaced by whom ---

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

static void assert_same(const gym *a, const gym *b)
{
    assert_int_equal(n_trials(a), n_trials(b));
    for (uint32_t i = 0; i < n_trials(a); i++) {
        const hn_trial *p = row_of(a, i), *q = row_of(b, i);
        hone_trial *one = look(a->study, i), *two = look(b->study, i);
        assert_string_equal(hone_trial_params_json(one), hone_trial_params_json(two));
        assert_true(p->state == q->state && p->parent == q->parent && p->born == q->born);
        assert_true(p->resource == q->resource && p->epoch == q->epoch);
        assert_number(a->loss[i], b->loss[i]);
        hone_trial_destroy(one);
        hone_trial_destroy(two);
    }
}

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
        hn_event event = hn_study_event(HN_EV_EXCLUDED);
        event.trial = founder;
        event.state = true;
        OK(hn_study_append(g->study, &event, 1, false, HN_SYNC_FULL, NULL, &err));
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

// --- what goes wrong ---

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
        cmocka_unit_test(an_old_founder_that_is_removed_is_replaced),
        cmocka_unit_test(an_old_member_comes_back),
        cmocka_unit_test(programs_that_run_on),
        cmocka_unit_test(programs_that_report_rarely),
        cmocka_unit_test(parents_wait_for_their_forks),
        cmocka_unit_test(who_fails_is_replaced),
        cmocka_unit_test(the_number_of_trials_is_kept),
        cmocka_unit_test(guests_train_by_themselves),
        cmocka_unit_test(a_guest_costs_no_checkpoint),
        cmocka_unit_test(copies_inherit_what_they_are_to_keep),
        cmocka_unit_test(what_is_to_be_kept_may_be_dropped),
        cmocka_unit_test(copies_keep_what_the_objective_defines),
        cmocka_unit_test(copies_begin_where_their_parents_were_compared),
        cmocka_unit_test(an_edit_between_an_end_and_a_copy_counts),
        cmocka_unit_test(segments_wait_for_the_one_before),
        cmocka_unit_test(wrong_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
