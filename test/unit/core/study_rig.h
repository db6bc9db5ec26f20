// What the tests of studies share: spaces from texts, studies in memory and in a fresh folder, and
// assertions that print the error.
#ifndef TEST_UNIT_CORE_STUDY_RIG_H
#define TEST_UNIT_CORE_STUDY_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hone/hone.h>

#include "base/fs.h"

#define OK(call)                                                                                   \
    do {                                                                                           \
        hone_error err = HONE_ERROR_INIT;                                                          \
        if ((call) != HONE_OK)                                                                     \
            fail_msg("%s: %s: %s", #call, hone_status_name(err.status), err.text);                 \
    } while (0)

// The call fails with this status and exactly this sentence (NULL: any, but there is one).
#define FAILS(call, want, sentence)                                                                \
    do {                                                                                           \
        hone_error err = HONE_ERROR_INIT;                                                          \
        hone_status got_ = (call);                                                                 \
        if (got_ != (want))                                                                        \
            fail_msg("%s: %s instead of %s: %s", #call, hone_status_name(got_),                    \
                     hone_status_name(want), err.text);                                            \
        assert_true(err.text[0]);                                                                  \
        const char *sentence_ = (sentence);                                                        \
        if (sentence_)                                                                             \
            assert_string_equal(err.text, sentence_);                                              \
    } while (0)

// Exactly this number.
static inline void assert_number(double got, double want)
{
    if (got != want)
        fail_msg("%.17g instead of %.17g", got, want);
}

// "name=spec" and "forbid EXPR" or "require EXPR", ended by NULL.
static inline hone_space *space_of(const char *const *texts)
{
    hone_space *space = NULL;
    OK(hone_space_create(&space, &err));
    for (; *texts; texts++) {
        if (strncmp(*texts, "forbid ", 7) == 0)
            OK(hone_space_forbid(space, *texts + 7, &err));
        else if (strncmp(*texts, "require ", 8) == 0)
            OK(hone_space_require(space, *texts + 8, &err));
        else
            OK(hone_space_add_text(space, *texts, &err));
    }
    OK(hone_space_seal(space, &err));
    return space;
}
#define SPACE(...) space_of((const char *const[]){__VA_ARGS__, NULL})

typedef struct folder {
    char path[64];
    char url[128]; // sqlite: in it
} folder;

static inline folder folder_new(void)
{
    folder f;
    const char *tmp = getenv("TMPDIR");
    (void)snprintf(f.path, sizeof f.path, "%s/hone-study-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(f.path));
    (void)snprintf(f.url, sizeof f.url, "sqlite:%s/hone.db", f.path);
    return f;
}

static inline void folder_free(folder *f)
{
    (void)hn_fs_remove_tree(f->path, NULL);
}

static inline hone_study_options options_of(const char *storage, const hone_space *space)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = storage;
    options.space = space;
    options.has_seed = true;
    options.seed = 7;
    options.sampler = "random";
    return options;
}

static inline hone_study *study_open(const hone_study_options *options)
{
    hone_study *study = NULL;
    OK(hone_study_open(options, &study, &err));
    assert_non_null(study);
    return study;
}

// A study of the space in memory; the space is let go.
static inline hone_study *study_in_memory(hone_space *space)
{
    hone_study_options options = options_of("memory:", space);
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    return study;
}

// Whatever is there, as it is.
static inline hone_study *study_again(const char *storage)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.storage = storage;
    options.mode = HONE_OPEN_EXISTING;
    return study_open(&options);
}

static inline hone_trial *ask(hone_study *study)
{
    hone_trial *trial = NULL;
    OK(hone_study_ask(study, NULL, &trial, &err));
    assert_non_null(trial);
    assert_int_equal(hone_trial_status(trial), HONE_STATE_RUNNING);
    return trial;
}

static inline void tell(hone_study *study, hone_trial *trial, double value)
{
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err));
    hone_trial_destroy(trial);
}

static inline hone_trial *look(hone_study *study, uint32_t number)
{
    hone_trial *trial = NULL;
    OK(hone_study_trial(study, number, &trial, &err));
    return trial;
}

static inline hone_trial_state state_of(hone_study *study, uint32_t number)
{
    hone_trial *trial = look(study, number);
    hone_trial_state state = hone_trial_status(trial);
    hone_trial_destroy(trial);
    return state;
}

#endif
