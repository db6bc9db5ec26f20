// What the sampler says of the trials to come and of those that it has proposed.
#include "study_rig.h"

static hone_study *opened(const char *url, const char *sampler, const char *options)
{
    hone_study *study = NULL;
    hone_space *space = SPACE("x=0..1", "y=0..1");
    hone_study_options given = options_of(url, space);
    given.sampler = sampler;
    given.sampler_options = options;
    OK(hone_study_open(&given, &study, &err));
    hone_space_destroy(space);
    return study;
}

static void run_trials(hone_study *study, int n)
{
    for (int i = 0; i < n; i++) {
        hone_trial *trial = ask(study);
        tell(study, trial, hone_trial_float(trial, "x"));
    }
}

static void assert_said(const hone_study *study, int64_t trial, const char *sampler,
                        const char *in_use, const char *why)
{
    hone_explanation said = HONE_EXPLANATION_INIT;
    OK(hone_study_explain(study, trial, &said, &err));
    assert_string_equal(said.sampler, sampler);
    assert_string_equal(said.in_use, in_use);
    assert_string_equal(said.why, why);
    assert_int_equal(said.size, sizeof said);
}

// A trial is explained by the sampler, the options and the results of its time.
static void each_trial_has_the_sampler_of_its_time(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_study *study = opened(f.url, "tpe", "{\"n_startup\":2}");
    assert_said(study, -1, "tpe", "tpe",
                "the first 2 points are evenly spread, then it looks where good ones "
                "prevail");
    run_trials(study, 4);
    hone_study_close(study);
    study = opened(f.url, "auto", NULL);
    run_trials(study, 1);
    hone_study_close(study);
    study = opened(f.url, "random", NULL);
    run_trials(study, 1);
    for (int look = 0; look < 2; look++) {
        assert_said(study, 0, "tpe", "tpe", "one of the first points, which are evenly spread");
        assert_said(study, 1, "tpe", "tpe", "one of the first points, which are evenly spread");
        assert_said(study, 2, "tpe", "tpe", "it looks where the good ones of 2 results prevail");
        assert_said(study, 3, "tpe", "tpe", "it looks where the good ones of 3 results prevail");
        assert_said(study, 4, "auto", "trust", "4 of 16 trials, beside gp");
        assert_said(study, 5, "random", "random", "");
        assert_said(study, -1, "random", "random", "");
        hone_study_close(study); // and from what is stored alone
        study = opened(f.url, NULL, NULL);
    }
    hone_study_close(study);
    folder_free(&f);
}

static void what_no_sampler_proposed_has_nothing_to_say(void **state)
{
    (void)state;
    hone_study *study = opened("memory:", "tpe", NULL);
    uint32_t number;
    OK(hone_study_enqueue(study, "{\"x\":0.5}", HONE_PURPOSE_SEARCH, -1, &number, &err));
    assert_said(study, number, "", "", "");
    run_trials(study, 1);
    assert_said(study, number, "", "", "");
    OK(hone_study_retest(study, number, 1, &number, &err));
    run_trials(study, 1);
    assert_said(study, number, "", "", "");
    hone_explanation said = HONE_EXPLANATION_INIT;
    FAILS(hone_study_explain(study, 2, &said, &err), HONE_ENOTFOUND,
          "there is no trial 2: study \"default\" has trials 0 to 1");
    hone_study_close(study);
}

// A program that was built with a shorter struct gets what it knows of.
static void a_shorter_struct_is_filled_as_far_as_it_goes(void **state)
{
    (void)state;
    hone_study *study = opened("memory:", "auto", NULL);
    hone_explanation said = HONE_EXPLANATION_INIT;
    memset(said.why, '#', sizeof said.why);
    said.size = offsetof(hone_explanation, why);
    OK(hone_study_explain(study, -1, &said, &err));
    assert_string_equal(said.in_use, "gp");
    assert_int_equal(said.why[0], '#');
    assert_int_equal(said.size, offsetof(hone_explanation, why));
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_trial_has_the_sampler_of_its_time),
        cmocka_unit_test(what_no_sampler_proposed_has_nothing_to_say),
        cmocka_unit_test(a_shorter_struct_is_filled_as_far_as_it_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
