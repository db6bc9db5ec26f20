// The environment of a trial.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "drive/launch.h"

static const char *find(const char *const *env, const char *name)
{
    size_t n = strlen(name);
    const char *value = NULL;
    for (; *env; env++)
        if (strncmp(*env, name, n) == 0 && (*env)[n] == '=') {
            assert_null(value); // once
            value = *env + n + 1;
        }
    return value;
}

static void test_environment(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    hone_study *study = NULL;
    hone_trial *trial = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_space_create(&space, &err);
    assert_int_equal(hone_space_add_text(space, "opt.lr=0..1", &err), HONE_OK);
    assert_int_equal(hone_space_add_text(space, "kind=a,b", &err), HONE_OK);
    assert_int_equal(hone_space_add_text(space, "m-2=0..1 if kind==a", &err), HONE_OK);
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    options.space = space;
    options.name = "my-study";
    options.metrics = (const hone_metric[]){{"val/loss", HONE_MINIMIZE}, {"time", HONE_RECORD}};
    options.n_metrics = 2;
    if (hone_study_open(&options, &study, &err) != HONE_OK)
        fail_msg("%s", err.text);
    assert_int_equal(hone_study_enqueue(study, "{\"opt.lr\":0.25,\"kind\":\"b\"}",
                                        HONE_PURPOSE_SEARCH, -1, NULL, &err),
                     HONE_OK);
    assert_int_equal(hone_study_ask(study, NULL, &trial, &err), HONE_OK);

    hn_launch launch = {.space = space,
                        .trial = trial,
                        .params = hone_trial_params_json(trial),
                        .dir = "/x/0",
                        .ckpt = "/x/0/ckpt",
                        .study = "my-study",
                        .tag = "feed",
                        .resource = 2.5,
                        .slot = 3,
                        .attempt = 2,
                        .n_threads = 4,
                        .thread_variables = 1,
                        .is_final = true};
    hn_strings strings = HN_STRINGS_INIT;
    assert_int_equal(hn_environment_make(&launch, &strings, &err), HONE_OK);
    const char *const *env = hn_strings_list(&strings);
    assert_string_equal(find(env, "HONE_TRIAL"), "0");
    assert_string_equal(find(env, "HONE_ATTEMPT"), "2");
    assert_string_equal(find(env, "HONE_SLOT"), "3");
    assert_string_equal(find(env, "HONE_PARAMS"), "{\"opt.lr\":0.25,\"kind\":\"b\"}");
    assert_string_equal(find(env, "HONE_P_OPT_LR"), "0.25");
    assert_string_equal(find(env, "HONE_P_KIND"), "b");
    assert_null(find(env, "HONE_P_M_2")); // inactive
    assert_string_equal(find(env, "HONE_DIR"), "/x/0");
    assert_string_equal(find(env, "HONE_CKPT"), "/x/0/ckpt");
    assert_string_equal(find(env, "HONE_PHASE"), "final");
    assert_string_equal(find(env, "HONE_STUDY"), "my-study");
    assert_string_equal(find(env, "HONE_STUDY_TAG"), "feed");
    assert_string_equal(find(env, "HONE_METRICS"),
                        "{\"val/loss\":\"minimize\",\"time\":\"record\"}");
    assert_string_equal(find(env, "HONE_RESOURCE"), "2.5");
    assert_string_equal(find(env, "OMP_NUM_THREADS"), "4");
    char seed[32];
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)hone_trial_seed(trial));
    assert_string_equal(find(env, "HONE_SEED"), seed);

    assert_null(find(env, "HONE_FOLD"));
    assert_null(find(env, "HONE_FOLDS"));
    assert_null(find(env, "HONE_REPEAT"));

    launch.is_final = false;
    launch.folds = 5;
    launch.fold = 3;
    launch.repeats = 2;
    launch.repeat = 1;
    assert_int_equal(hn_environment_make(&launch, &strings, &err), HONE_OK);
    env = hn_strings_list(&strings);
    assert_string_equal(find(env, "HONE_FOLD"), "3");
    assert_string_equal(find(env, "HONE_FOLDS"), "5");
    assert_string_equal(find(env, "HONE_REPEAT"), "1");
    assert_string_not_equal(find(env, "HONE_SEED"), seed); // each repeat has its own
    snprintf(seed, sizeof seed, "%llu", (unsigned long long)hone_trial_repeat_seed(trial, 1));
    assert_string_equal(find(env, "HONE_SEED"), seed);

    launch.thread_variables = 0;
    launch.is_final = false;
    assert_int_equal(hn_environment_make(&launch, &strings, &err), HONE_OK);
    env = hn_strings_list(&strings);
    assert_null(find(env, "OMP_NUM_THREADS"));
    assert_string_equal(find(env, "HONE_PHASE"), "search");

    hn_strings_free(&strings);
    hone_trial_destroy(trial);
    hone_study_close(study);
    hone_space_destroy(space);
}

static void test_strings(void **state)
{
    (void)state;
    hn_strings s = HN_STRINGS_INIT;
    assert_null(hn_strings_list(&s)[0]);
    hn_strings_clear(&s);
    hn_strings_add(&s, "a");
    hn_strings_add(&s, "");
    hn_str_add(hn_strings_begin(&s), "gone");
    hn_strings_drop(&s);
    hn_strings_add(&s, "bc");
    const char *const *list = hn_strings_list(&s);
    assert_string_equal(list[0], "a");
    assert_string_equal(list[1], "");
    assert_string_equal(list[2], "bc");
    assert_null(list[3]);
    hn_strings_clear(&s);
    hn_str_add(hn_strings_begin(&s), "gone");
    hn_strings_drop(&s);
    assert_null(hn_strings_list(&s)[0]);
    hn_strings_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
