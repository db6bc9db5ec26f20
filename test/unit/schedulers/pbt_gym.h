// Whole populations in memory: networks that train as the numbers say, on slots of which any may be
// quick, and programs that fail, run on, report rarely or forget.
#ifndef TEST_UNIT_SCHEDULERS_PBT_GYM_H
#define TEST_UNIT_SCHEDULERS_PBT_GYM_H

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

static inline uint32_t below(gym *g, uint32_t n)
{
    hn_rng rng = hn_rng_make(g->seed, HN_PURPOSE_TEST, g->n_draws++);
    return (uint32_t)hn_rng_below(&rng, 0, 0, 0, n);
}

static inline const hn_trial *row_of(const gym *g, uint32_t number)
{
    return &g->study->fold.trials.data[number];
}

// What a small quota does with the checkpoints of those that were replaced.
static inline void give_back(gym *g)
{
    for (uint32_t i = 0; i < g->study->fold.trials.n; i++)
        if (row_of(g, i)->state == HONE_STATE_PRUNED && !hn_study_may_fork(g->study, i))
            g->gone[i] = true;
}

// A fork begins when its parent stands still at the step that the fork takes over.
static inline void begin(gym *g, hone_trial *trial)
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

static inline bool fill(gym *g)
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

static inline void step(gym *g, int slot)
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
static inline void train(gym *g)
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

static inline gym gym_of(const char *options, int n_slots, uint32_t seed)
{
    hone_space *space = SPACE("x=log:0.01..10", "units=int:1..64");
    hone_study_options study = options_of("memory:", space);
    study.scheduler = "pbt";
    study.scheduler_options = options;
    gym g = {.study = study_open(&study), .n_slots = n_slots, .seed = seed, .fails_at = UINT32_MAX};
    hone_space_destroy(space);
    return g;
}

static inline void gym_free(gym *g)
{
    hone_study_close(g->study);
}

#define USUAL "{\"max_resource\":20,\"interval\":5,\"population\":8}"

static inline uint32_t n_trials(const gym *g)
{
    return hone_study_n_trials(g->study);
}

// Nothing that was decided differs.
static inline void assert_same(const gym *a, const gym *b)
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

#endif
