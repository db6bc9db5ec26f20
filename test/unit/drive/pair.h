// A study in memory with two trials that differ in what is active, for tests of placeholders.
#ifndef TEST_UNIT_DRIVE_PAIR_H
#define TEST_UNIT_DRIVE_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <hone/study.h>

typedef struct pair {
    hone_study *study;
    hone_trial *sgd, *adam; // with and without what depends on opt==sgd
} pair;

static inline hone_trial *pair_trial(hone_study *study, const char *json)
{
    hone_error err = HONE_ERROR_INIT;
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    uint32_t number;
    hone_trial *trial = NULL;
    if (hone_study_enqueue(study, json, HONE_PURPOSE_SEARCH, -1, &number, &err) != HONE_OK)
        fail_msg("%s", err.text);
    options.only_trial = number;
    if (hone_study_ask(study, &options, &trial, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return trial;
}

// `params` end with NULL.
static inline void pair_open(pair *p, const char *const *params, const char *sgd, const char *adam)
{
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_space_create(&space, &err);
    for (; *params; params++)
        if (hone_space_add_text(space, *params, &err) != HONE_OK)
            fail_msg("%s", err.text);
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    options.space = space;
    options.name = "s";
    options.has_seed = true;
    options.seed = 7;
    if (hone_study_open(&options, &p->study, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_space_destroy(space);
    p->sgd = pair_trial(p->study, sgd);
    p->adam = pair_trial(p->study, adam);
}

// Teardown of a test whose state is the pair.
static inline int pair_close(void **state)
{
    pair *p = *state;
    hone_trial_destroy(p->sgd);
    hone_trial_destroy(p->adam);
    hone_study_close(p->study);
    return 0;
}

#endif
