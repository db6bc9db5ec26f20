// What matters: functions of which the shares are known, every kind of parameter, what is left out,
// and what is refused.
#include "unit/core/study_rig.h"

#include "base/fault.h"
#include "num/rng.h"

typedef double objective(hone_trial *trial);

static double uniform_of(const hone_trial *trial)
{
    hn_rng rng = hn_rng_make(5, HN_PURPOSE_TEST, hone_trial_number(trial));
    return hn_rng_uniform(&rng, 0, 0, 0);
}

static hone_study *tried(const char *const *texts, objective *f, int n)
{
    hone_study *study = study_in_memory(space_of(texts));
    for (int i = 0; i < n; i++) {
        hone_trial *trial = ask(study);
        tell(study, trial, f(trial));
    }
    return study;
}
#define TRIED(f, n, ...) tried((const char *const[]){__VA_ARGS__, NULL}, f, n)

static hone_importance *importance_of(const hone_study *study, const char *metric)
{
    hone_importance *importance = NULL;
    hone_importance_options options = HONE_IMPORTANCE_OPTIONS_INIT;
    options.metric = metric;
    OK(hone_study_importance(study, &options, &importance, &err));
    return importance;
}

static hone_importance_param param_of(const hone_importance *importance, const char *name)
{
    for (uint32_t i = 0; i < hone_importance_n_params(importance); i++)
        if (strcmp(hone_importance_param_at(importance, i).name, name) == 0)
            return hone_importance_param_at(importance, i);
    fail_msg("there is no parameter %s", name);
    return (hone_importance_param){0};
}

typedef struct expected {
    const char *name;
    double share;
} expected;

// Shares within `tolerance`, the order theirs, the rest what is left; the study is closed.
static void assert_shares(hone_study *study, double tolerance, const expected *want, uint32_t n)
{
    hone_importance *importance = importance_of(study, NULL);
    double sum = hone_importance_rest(importance), before = 1;
    assert_int_equal(hone_importance_n_params(importance), n);
    for (uint32_t i = 0; i < n; i++) {
        hone_importance_param p = param_of(importance, want[i].name);
        if (!(fabs(p.share - want[i].share) <= tolerance))
            fail_msg("%s: %.4f instead of %.4f", p.name, p.share, want[i].share);
        assert_true(p.spread >= 0 && p.spread < 0.3);
    }
    for (uint32_t i = 0; i < n; i++) {
        hone_importance_param p = hone_importance_param_at(importance, i);
        assert_true(p.share <= before);
        before = p.share;
        sum += p.share;
    }
    assert_true(fabs(sum - 1) < 1e-9);
    assert_null(hone_importance_param_at(importance, n).name);
    hone_importance_destroy(importance);
    hone_study_close(study);
}
#define ASSERT_SHARES(study, tolerance, ...)                                                       \
    assert_shares(study, tolerance, (const expected[]){__VA_ARGS__},                               \
                  sizeof((const expected[]){__VA_ARGS__}) / sizeof(expected))

// --- numbers ---

static double additive(hone_trial *trial)
{
    return 3 * hone_trial_float(trial, "a") + 2 * hone_trial_float(trial, "b") -
           hone_trial_float(trial, "c");
}

static double on_scales(hone_trial *trial)
{
    return 3 * log10(hone_trial_float(trial, "lr")) / 4 + (double)hone_trial_int(trial, "n") / 2.5;
}

static double product(hone_trial *trial)
{
    return (hone_trial_float(trial, "a") - 0.5) * (hone_trial_float(trial, "b") - 0.5);
}

// a_i² / Σ a², where the ranges are equal.
static void a_sum_has_the_shares_of_its_squares(void **state)
{
    (void)state;
    ASSERT_SHARES(TRIED(additive, 600, "a=0..1", "b=0..1", "c=0..1", "d=0..1"), 0.04,
                  {"a", 9.0 / 14}, {"b", 4.0 / 14}, {"c", 1.0 / 14}, {"d", 0});
}

// Uniform of 4 decades times 3/4; 0, …, 5 over 2.5: variances 9/12 and 35/12/6.25.
static void a_log_range_counts_by_its_logarithm(void **state)
{
    (void)state;
    double lr = 9.0 / 12, n = 35.0 / 12 / 6.25;
    ASSERT_SHARES(TRIED(on_scales, 600, "lr=log:1e-5..1e-1", "n=int:0..5"), 0.03,
                  {"lr", lr / (lr + n)}, {"n", n / (lr + n)});
}

static void what_two_do_together_is_the_rest(void **state)
{
    (void)state;
    hone_study *study = TRIED(product, 600, "a=0..1", "b=0..1", "c=0..1");
    hone_importance *importance = importance_of(study, NULL);
    assert_true(hone_importance_rest(importance) > 0.85);
    assert_true(hone_importance_r2(importance) > 0.8);
    hone_importance_destroy(importance);
    ASSERT_SHARES(study, 0.08, {"a", 0}, {"b", 0}, {"c", 0});
}

// --- other kinds ---

static double on_choice(hone_trial *trial)
{
    const char *opt = hone_trial_text(trial, "opt");
    return (strcmp(opt, "sgd") == 0) * 3 + hone_trial_float(trial, "x");
}

// One in four has 3 more: 9 · 3/16; a uniform number 1/12.
static void a_choice_is_one_parameter(void **state)
{
    (void)state;
    double opt = 27.0 / 16, x = 1.0 / 12;
    ASSERT_SHARES(
        TRIED(on_choice, 300, "opt=adam,lion,rms,sgd", "x=0..1", "flag=bool", "one={only}"), 0.02,
        {"opt", opt / (opt + x)}, {"x", x / (opt + x)}, {"flag", 0}, {"one", 0});
}

static double on_parts(hone_trial *trial)
{
    const char *json = hone_trial_params_json(trial);
    return (strstr(json, "\"red\"") != NULL) + (strstr(json, "\"blue\"") != NULL) * 2 +
           hone_trial_float(trial, "x") * sqrt(12 * 1.25);
}

// Items in or out: variances 1/4 and 1; the number has as much as both.
static void a_subset_is_one_parameter(void **state)
{
    (void)state;
    ASSERT_SHARES(
        TRIED(on_parts, 400, "set=subset:red,green,blue", "x=0..1", "z=simplex:3", "p=perm:k,l,m"),
        0.06, {"set", 0.5}, {"x", 0.5}, {"z", 0}, {"p", 0});
}

// --- conditions ---

static double on_branch(hone_trial *trial)
{
    bool sgd = strcmp(hone_trial_text(trial, "opt"), "sgd") == 0;
    return sgd ? 3 + 4 * hone_trial_float(trial, "m") : 0;
}

// sgd: 3 + 4 m, of mean 5: half the trials, variance 6.25. Of m within, 16/12: a quarter of that
// alone, a quarter with opt. Whether m is there counts for opt.
static void a_branch_counts_for_what_decides_it(void **state)
{
    (void)state;
    double all = 6.25 + 16.0 / 24;
    hone_study *study = TRIED(on_branch, 400, "opt=adam,sgd", "m=0..1 if opt==sgd", "x=0..1");
    hone_importance *importance = importance_of(study, NULL);
    uint32_t n = param_of(importance, "m").n_trials;
    assert_true(n > 150 && n < 250);
    assert_int_equal(param_of(importance, "opt").n_trials, 400);
    hone_importance_destroy(importance);
    ASSERT_SHARES(study, 0.03, {"opt", 6.25 / all}, {"m", 16.0 / 48 / all}, {"x", 0});
}

// --- what does not change it ---

static double far_off(hone_trial *trial)
{
    return 1e6 + additive(trial);
}

static double huge(hone_trial *trial)
{
    return ldexp(additive(trial), 1020);
}

static void assert_same(hone_study *a, hone_study *b, double tolerance)
{
    hone_importance *one = importance_of(a, NULL), *other = importance_of(b, NULL);
    for (uint32_t i = 0; i < hone_importance_n_params(one); i++) {
        hone_importance_param p = hone_importance_param_at(one, i);
        assert_true(fabs(p.share - param_of(other, p.name).share) <= tolerance);
    }
    assert_true(fabs(hone_importance_r2(one) - hone_importance_r2(other)) <= tolerance);
    hone_importance_destroy(one);
    hone_importance_destroy(other);
}

static void scale_and_place_do_not_matter(void **state)
{
    (void)state;
    hone_study *plain = TRIED(additive, 100, "a=0..1", "b=0..1", "c=0..1"),
               *again = TRIED(additive, 100, "a=0..1", "b=0..1", "c=0..1"),
               *far = TRIED(far_off, 100, "a=0..1", "b=0..1", "c=0..1"),
               *great = TRIED(huge, 100, "a=0..1", "b=0..1", "c=0..1");
    assert_same(plain, again, 0);
    assert_same(plain, far, 0.01); // two splits that are equally good may change places
    assert_same(plain, great, 0);
    hone_study_close(plain);
    hone_study_close(again);
    hone_study_close(far);
    hone_study_close(great);
}

// What failed or was pruned has no number that compares, and what is infinite is none.
static void only_complete_trials_count(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("a=0..1", "b=0..1", "c=0..1")),
               *plain = study_in_memory(SPACE("a=0..1", "b=0..1", "c=0..1"));
    for (int i = 0; i < 90; i++) {
        hone_trial *trial = ask(study), *twin = ask(plain);
        double value = i % 3 == 2 ? INFINITY : additive(trial);
        if (i % 3 == 0) {
            OK(hone_trial_report(trial, 1, 1e9, &err));
            const double last = 1e9;
            bool failed = i % 2;
            OK(hone_study_tell(study, trial, failed ? HONE_STATE_FAILED : HONE_STATE_PRUNED,
                               failed ? NULL : &last, &err));
            hone_trial_destroy(trial);
        } else {
            tell(study, trial, value);
        }
        if (i % 3 == 1)
            tell(plain, twin, value);
        else
            OK(hone_study_tell(plain, twin, HONE_STATE_FAILED, NULL, &err));
        if (i % 3 != 1)
            hone_trial_destroy(twin);
    }
    hone_importance *importance = importance_of(study, NULL);
    assert_int_equal(hone_importance_n_trials(importance), 30);
    hone_importance_destroy(importance);
    assert_same(study, plain, 0);
    hone_study_close(study);
    hone_study_close(plain);
}

// --- several ---

static void each_objective_has_its_own(void **state)
{
    (void)state;
    const hone_metric metrics[] = {
        {"loss", HONE_MINIMIZE}, {"accuracy", HONE_MAXIMIZE}, {"size", HONE_RECORD}};
    hone_space *space = SPACE("a=0..1", "b=0..1", "c=0..1");
    hone_study_options options = options_of("memory:", space);
    options.metrics = metrics;
    options.n_metrics = 3;
    hone_study *study = study_open(&options);
    hone_importance *importance = NULL;
    hone_importance_options asked = HONE_IMPORTANCE_OPTIONS_INIT;
    hone_space_destroy(space);
    for (int i = 0; i < 100; i++) {
        hone_trial *trial = ask(study);
        const double values[] = {hone_trial_float(trial, "a"), hone_trial_float(trial, "b"),
                                 hone_trial_float(trial, "c")};
        hone_result result = HONE_RESULT_INIT;
        result.state = HONE_STATE_COMPLETE;
        result.values = values;
        OK(hone_study_tell_result(study, trial, &result, &err));
        hone_trial_destroy(trial);
    }
    const char *first[] = {"a", "b", "c"};
    for (uint32_t m = 0; m < 3; m++) {
        importance = importance_of(study, metrics[m].name);
        assert_string_equal(hone_importance_metric(importance), metrics[m].name);
        assert_string_equal(hone_importance_param_at(importance, 0).name, first[m]);
        assert_true(hone_importance_param_at(importance, 0).share > 0.9);
        hone_importance_destroy(importance);
    }
    FAILS(hone_study_importance(study, NULL, &importance, &err), HONE_EINVAL,
          "the study has 2 objectives; name one of them: 'loss', 'accuracy'");
    asked.metric = "speed";
    FAILS(hone_study_importance(study, &asked, &importance, &err), HONE_ENOTFOUND,
          "the study has no metric 'speed'; it has 'loss', 'accuracy', 'size'");
    assert_null(importance);
    hone_study_close(study);
}

// --- too little ---

static double noise(hone_trial *trial)
{
    return uniform_of(trial);
}

static double constant(hone_trial *trial)
{
    (void)trial;
    return 0.25;
}

static void noise_is_not_explained(void **state)
{
    (void)state;
    hone_study *study = TRIED(noise, 100, "a=0..1", "b=0..1", "c=x,y,z");
    hone_importance *importance = importance_of(study, NULL);
    assert_true(hone_importance_r2(importance) < 0.1);
    hone_importance_destroy(importance);
    hone_study_close(study);
}

static void too_little_is_refused(void **state)
{
    (void)state;
    hone_importance *importance = NULL;
    hone_study *none = TRIED(noise, 0, "a=0..1"), *one = TRIED(noise, 1, "a=0..1"),
               *flat = TRIED(constant, 10, "a=0..1");
    FAILS(hone_study_importance(none, NULL, &importance, &err), HONE_ESTATE,
          "what matters takes 3 complete trials with a number for 'value', there are 0");
    FAILS(hone_study_importance(one, NULL, &importance, &err), HONE_ESTATE,
          "what matters takes 3 complete trials with a number for 'value', there is 1");
    FAILS(hone_study_importance(flat, NULL, &importance, &err), HONE_ESTATE,
          "'value' is 0.25 in all 10 complete trials: there is nothing to explain");
    hone_study_close(none);
    hone_study_close(one);
    hone_study_close(flat);
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    hone_study *study =
        TRIED(on_parts, 20, "set=subset:red,green,blue", "x=0..1", "opt=a,b,c", "m=0..1 if opt==a");
    for (int n = 1; n < 3000; n++) {
        char spec[32];
        hone_importance *importance = NULL;
        hone_error err = HONE_ERROR_INIT;
        (void)snprintf(spec, sizeof spec, "alloc:%d", n);
        hn_fault_arm(spec);
        hone_status status = hone_study_importance(study, NULL, &importance, &err);
        bool lacking = hn_fault_count("alloc") >= (uint64_t)n;
        hn_fault_arm(NULL);
        hone_importance_destroy(importance);
        if (!lacking)
            break;
        assert_int_equal(status, HONE_ENOMEM);
        assert_true(n < 2999);
    }
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sum_has_the_shares_of_its_squares),
        cmocka_unit_test(a_log_range_counts_by_its_logarithm),
        cmocka_unit_test(what_two_do_together_is_the_rest),
        cmocka_unit_test(a_choice_is_one_parameter),
        cmocka_unit_test(a_subset_is_one_parameter),
        cmocka_unit_test(a_branch_counts_for_what_decides_it),
        cmocka_unit_test(scale_and_place_do_not_matter),
        cmocka_unit_test(only_complete_trials_count),
        cmocka_unit_test(each_objective_has_its_own),
        cmocka_unit_test(noise_is_not_explained),
        cmocka_unit_test(too_little_is_refused),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
