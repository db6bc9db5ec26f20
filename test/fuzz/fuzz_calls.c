// Calls on a study in memory, two bytes each: which, and an argument. No order of calls may crash,
// and what was told stays.
#include <math.h>
#include <string.h>

#include <hone/hone.h>

#include "fuzz.h"

enum { MAX_CALLS = 200, MAX_HELD = 8 };

typedef struct calls {
    hone_study *study;
    hone_trial *held[MAX_HELD];
    int n_held;
} calls;

static const char *const samplers[] = {"auto", "grid", "qmc", "random"};
static const char *const queue[] = {"{}",           "{\"k\":3}",           "{\"opt\":\"sgd\"}",
                                    "{\"zzz\":1}",  "{\"x\":0.5,\"k\":9}", "[",
                                    "{\"m\":0.25}", "{\"k\":\"2\"}"};

// First byte of the input: which study.
static hone_study *begin(uint8_t choice)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_space *space = NULL;
    hone_study *study = NULL;
    FUZZ_CHECK(hone_space_create(&space, NULL) == HONE_OK);
    if (choice & 4)
        hone_space_add(space, "x", "0..1", NULL);
    hone_space_add(space, "k", choice & 8 ? "int:1..4 = 2" : "int:1..9", NULL);
    hone_space_add(space, "opt", "sgd,adam", NULL);
    hone_space_add(space, "m", "{0.25,0.5} if opt==sgd", NULL);
    hone_space_forbid(space, "opt==adam && k==3", NULL);
    FUZZ_CHECK(hone_space_seal(space, NULL) == HONE_OK);
    options.space = choice & 64 ? NULL : space;
    options.sampler = samplers[choice & 3];
    options.has_seed = true;
    options.seed = choice;
    options.lag = choice & 16 ? 2 : 0;
    options.noisy = choice & 32;
    options.n_trials = choice & 128 ? 100 : 0;
    hone_error err = HONE_ERROR_INIT;
    if (hone_study_open(&options, &study, &err) != HONE_OK)
        FUZZ_CHECK(err.text[0] && !study);
    hone_space_destroy(space);
    return study;
}

static void hold(calls *c, hone_trial *trial)
{
    if (c->n_held == MAX_HELD)
        hone_trial_destroy(c->held[--c->n_held]);
    c->held[c->n_held++] = trial;
}

static void on_study(calls *c, unsigned what, unsigned argument)
{
    hone_trial *trial = NULL;
    uint32_t number, n, numbers[4];
    hone_ask_options ask = HONE_ASK_OPTIONS_INIT;
    ask.only_trial = what == 1 && argument & 1 ? (int64_t)(argument >> 2) : -1;
    ask.no_new = what == 1 && argument & 2;
    ask.max_served = 20;
    switch (what) {
    case 0:
    case 1:
        if (hone_study_ask(c->study, &ask, &trial, NULL) == HONE_OK) {
            FUZZ_CHECK(hone_trial_status(trial) == HONE_STATE_RUNNING);
            hold(c, trial);
        }
        break;
    case 2:
        if (hone_study_trial(c->study, argument, &trial, NULL) == HONE_OK)
            hold(c, trial);
        break;
    case 3:
        hone_study_enqueue(c->study, queue[argument % 8], (hone_trial_purpose)(argument >> 3 & 3),
                           (int64_t)(argument >> 5) - 1, &number, NULL);
        break;
    case 4:
        hone_study_recover(c->study, &number, &n, NULL);
        break;
    case 5:
        if (hone_study_best(c->study, &number, NULL) == HONE_OK)
            FUZZ_CHECK(number < hone_study_n_trials(c->study));
        hone_study_pareto(c->study, numbers, 4, &n, NULL);
        break;
    default:
        hone_study_stop_trial(c->study, argument, (hone_trial_state)(argument % 12), NULL);
        hone_study_note(c->study, (int64_t)argument - 1, "note", NULL);
        hone_study_set(c->study, "key", argument & 1 ? "1" : "2", NULL);
    }
}

static void on_trial(calls *c, unsigned what, unsigned argument)
{
    hone_trial *trial = c->held[argument % (unsigned)c->n_held];
    double values[] = {0, -1.5, INFINITY, NAN}, x;
    hone_trial_state before = hone_trial_status(trial);
    switch (what) {
    case 0:
    case 1:
        if (hone_study_tell(c->study, trial, (hone_trial_state)(argument >> 3),
                            argument & 4 ? &values[argument & 3] : NULL, NULL) == HONE_OK)
            FUZZ_CHECK(!hone_state_is_finished(before) || before == HONE_STATE_LOST);
        break;
    case 2:
        hone_study_requeue(c->study, trial, "again", NULL);
        break;
    case 3:
        hone_study_pause(c->study, trial, argument, NULL);
        break;
    case 4:
        hone_trial_report(trial, argument, values[argument & 3], NULL);
        hone_trial_should_stop(trial);
        break;
    case 5:
        hone_trial_suggest_float(trial, argument & 1 ? "a" : "b", 0, argument & 2 ? 1 : 2, 0, 0, &x,
                                 NULL);
        break;
    case 6:
        hone_trial_params_json(trial);
        hone_trial_extend_lease(trial, (double)argument - 100, NULL);
        hone_trial_set_attr(trial, "a", "1", NULL);
        hone_trial_n_reports(trial);
        break;
    default:
        hone_trial_destroy(trial);
        c->held[argument % (unsigned)c->n_held] = c->held[c->n_held - 1];
        c->n_held--;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    calls c = {.study = size ? begin(data[0]) : NULL};
    if (!c.study)
        return 0;
    for (size_t i = 1; i + 1 < size && i < (size_t)2 * MAX_CALLS; i += 2) {
        unsigned what = data[i] % 16;
        if (what < 8)
            on_study(&c, what, data[i + 1]);
        else if (c.n_held > 0)
            on_trial(&c, what - 8, data[i + 1]);
    }
    uint32_t n = 0;
    for (int s = 0; s < HONE_N_STATES; s++)
        n += hone_study_count(c.study, (hone_trial_state)s);
    FUZZ_CHECK(n <= hone_study_n_trials(c.study));
    while (c.n_held > 0)
        hone_trial_destroy(c.held[--c.n_held]);
    hone_study_close(c.study);
    return 0;
}
