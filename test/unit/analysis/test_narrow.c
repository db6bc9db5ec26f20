// Narrowing: what is cut, what stays, that the result is a space which holds the best trials, and
// the way back.
#include "unit/core/study_rig.h"

#include "base/fault.h"
#include "num/rng.h"

typedef double objective(hone_trial *trial);

static double on_lr(hone_trial *trial)
{
    double d = log10(hone_trial_float(trial, "lr")) + 3;
    return d * d;
}

static double on_n(hone_trial *trial)
{
    return fabs((double)hone_trial_int(trial, "n") - 96);
}

static double on_choice(hone_trial *trial)
{
    const char *opt = hone_trial_text(trial, "opt");
    return (strcmp(opt, "sgd") == 0) + hone_trial_float(trial, "x") * 0.1;
}

static double on_flag(hone_trial *trial)
{
    return hone_trial_bool(trial, "on") + hone_trial_float(trial, "x") * 0.1;
}

static double on_size(hone_trial *trial)
{
    return strcmp(hone_trial_text(trial, "size"), "l") > 0 ? 1 : hone_trial_float(trial, "x");
}

static double noise(hone_trial *trial)
{
    hn_rng rng = hn_rng_make(hone_trial_seed(trial), HN_PURPOSE_TEST, hone_trial_number(trial));
    return hn_rng_uniform(&rng, 0, 0, 0);
}

static hone_study *tried(const char *const *texts, objective *f, uint64_t seed, int n)
{
    hone_space *space = space_of(texts);
    hone_study_options options = options_of("memory:", space);
    options.seed = seed;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    for (int i = 0; i < n; i++) {
        hone_trial *trial = ask(study);
        tell(study, trial, f(trial));
    }
    return study;
}
#define TRIED(f, n, ...) tried((const char *const[]){__VA_ARGS__, NULL}, f, 7, n)

static hone_narrowing *narrowed(hone_study *study)
{
    hone_narrowing *narrowing = NULL;
    OK(hone_study_narrow(study, NULL, &narrowing, &err));
    return narrowing;
}

static hone_narrow_param param_of(const hone_narrowing *narrowing, const char *name)
{
    for (uint32_t i = 0; hone_narrowing_param(narrowing, i).name; i++)
        if (strcmp(hone_narrowing_param(narrowing, i).name, name) == 0)
            return hone_narrowing_param(narrowing, i);
    fail_msg("there is no parameter %s", name);
    return (hone_narrow_param){0};
}

// One parameter after narrowing, and why; the study is closed.
static void assert_becomes(hone_study *study, const char *name, const char *after, const char *why)
{
    hone_narrowing *narrowing = narrowed(study);
    hone_narrow_param p = param_of(narrowing, name);
    assert_string_equal(p.after, after);
    assert_string_equal(p.why, why);
    assert_int_equal(p.changed, strcmp(p.before, p.after) != 0);
    hone_narrowing_destroy(narrowing);
    hone_study_close(study);
}

static void numbers(void **state)
{
    (void)state;
    assert_becomes(TRIED(on_lr, 60, "lr=log:1e-6..1", "x=0..1"), "lr", "log:0.00019..0.0029",
                   "1 of the best 12 is among the 24 trials below 0.000246, and 1 of the best 12 "
                   "is among the 26 trials above 0.00225");
    assert_becomes(TRIED(on_lr, 60, "lr=log:1e-6..1 = 0.5 ~ 0.5*/3"), "lr", "log:1e-6..0.19",
                   "1 of the best 12 is among the 47 trials above 0.0606; the default goes, too");
    assert_becomes(TRIED(on_lr, 60, "lr=log:1e-6..1 = 0.001 ~ 0.001*/100"), "lr",
                   "log:0.00042..0.002 = 0.001 ~ 0.001*/100",
                   "1 of the best 12 is among the 27 trials below 0.000484, and 1 of the best 12 "
                   "is among the 23 trials above 0.00169");
    assert_becomes(TRIED(on_n, 60, "n=int:32..512 step 32", "x=0..1"), "n", "int:32..160 step 32",
                   "none of the best 14 is among the 46 trials above 160");
    assert_becomes(TRIED(on_n, 60, "n=int:log:8..4096", "x=0..1"), "n", "int:log:8..176",
                   "none of the best 12 is among the 34 trials above 132");
    assert_becomes(TRIED(on_lr, 60, "lr=log:1e-6..1", "x=0..1"), "x", "0..1",
                   "no evidence in 60 trials");
    assert_becomes(TRIED(on_lr, 60, "lr=log:1e-6..1", "z=normal:0,1"), "z", "normal:0,1",
                   "it has no ends");
    assert_becomes(TRIED(on_lr, 60, "lr=log:1e-6..1", "z=perm:a,b,c"), "z", "perm:a,b,c",
                   "orders, sets and shares are not narrowed");
}

static void choices(void **state)
{
    (void)state;
    assert_becomes(TRIED(on_choice, 100, "opt=adam,lion:2,sgd = sgd", "x=0..1"), "opt",
                   "adam:1,lion:2",
                   "none of the best 20 is among the 23 trials with sgd; the default goes, too");
    assert_becomes(TRIED(on_size, 60, "size=ord:b,f,k,m,p,t,x", "x=0..1"), "size", "ord:b,f,k",
                   "none of the best 12 is among the 33 trials above k");
}

// Of what a condition speaks stays a choice, and of booleans too: a rule leaves it out.
static void choices_that_are_named(void **state)
{
    (void)state;
    hone_study *study =
        TRIED(on_choice, 60, "opt=adam,sgd", "x=0..1", "m=0..0.9 if opt==sgd", "forbid x>2");
    hone_narrowing *narrowing = narrowed(study);
    hone_narrow_param p = param_of(narrowing, "opt");
    assert_true(p.changed);
    assert_string_equal(p.after, "adam,sgd");
    const hone_space *space = hone_narrowing_space(narrowing);
    assert_int_equal(hone_space_n_rules(space), 2);
    assert_string_equal(hone_space_rule(space, 1), "forbid: opt==\"sgd\"");
    hone_narrowing_destroy(narrowing);
    hone_study_close(study);
    study = TRIED(on_flag, 60, "on=bool", "x=0..1");
    narrowing = narrowed(study);
    assert_string_equal(hone_space_rule(hone_narrowing_space(narrowing), 0), "forbid: on");
    hone_narrowing_destroy(narrowing);
    hone_study_close(study);
}

// A default outside goes; the others stay.
static void defaults_stay_valid(void **state)
{
    (void)state;
    hone_study *study =
        TRIED(on_lr, 60, "lr=log:1e-6..1 = 0.9", "x=0..1 = 0.1", "forbid x<0.15 && lr<0.0001");
    hone_narrowing *narrowing = narrowed(study);
    assert_null(strchr(param_of(narrowing, "lr").after, '='));
    assert_string_equal(param_of(narrowing, "x").after, "0..1 = 0.1");
    hone_narrowing_destroy(narrowing);
    hone_study_close(study);
    study = TRIED(on_choice, 60, "opt=sgd,adam = sgd", "x=0..1", "m=0..0.9 if opt==sgd");
    narrowing = narrowed(study);
    assert_string_equal(param_of(narrowing, "opt").after, "sgd,adam");
    assert_string_equal(
        param_of(narrowing, "opt").why,
        "none of the best 12 is among the 33 trials with sgd; a rule leaves it out; "
        "the default goes, too");
    hone_narrowing_destroy(narrowing);
    hone_study_close(study);
}

static void too_few(void **state)
{
    (void)state;
    hone_narrowing *narrowing = NULL;
    hone_study *study = TRIED(on_lr, 24, "lr=log:1e-6..1");
    FAILS(hone_study_narrow(study, NULL, &narrowing, &err), HONE_ESTATE,
          "narrowing to the best 20 % needs at least 25 complete or pruned trials in the present "
          "space; there are 24");
    assert_null(narrowing);
    hone_narrow_options options = HONE_NARROW_OPTIONS_INIT;
    options.top = 0.25;
    OK(hone_study_narrow(study, &options, &narrowing, &err));
    hone_narrowing_destroy(narrowing);
    options.top = 0.6;
    FAILS(hone_study_narrow(study, &options, &narrowing, &err), HONE_EINVAL,
          "the share of the best trials is above 0 and at most 0.5, as in 0.2");
    options.top = 0.2;
    options.margin = -1;
    FAILS(hone_study_narrow(study, &options, &narrowing, &err), HONE_EINVAL,
          "the margin is a share from 0 to 10, as in 0.1");
    hone_study_close(study);
    study = study_in_memory(SPACE("x=0..1"));
    for (int i = 0; i < 30; i++) {
        hone_trial *trial = ask(study);
        OK(hone_study_tell(study, trial, i < 4 ? HONE_STATE_COMPLETE : HONE_STATE_PRUNED,
                           &(double){i}, &err));
        hone_trial_destroy(trial);
    }
    FAILS(hone_study_narrow(study, NULL, &narrowing, &err), HONE_ESTATE,
          "narrowing needs at least 5 complete, feasible trials in the present space; there are 4");
    hone_study_close(study);
}

// Every later suggestion lies in the narrowed space; taking it back twice restores the first.
static void apply_and_take_back(void **state)
{
    (void)state;
    hone_study *study = TRIED(on_lr, 60, "lr=log:1e-6..1", "x=0..1");
    char *first = hone_space_to_json(hone_study_space(study)), *second = NULL;
    for (uint32_t round = 1; round <= 2; round++) {
        hone_narrowing *narrowing = narrowed(study);
        hone_space_change change = HONE_SPACE_CHANGE_INIT;
        change.dry_run = true;
        OK(hone_narrowing_apply(study, narrowing, &change, &err));
        assert_int_equal(hone_study_space_version(study), round);
        change.dry_run = false;
        OK(hone_narrowing_apply(study, narrowing, &change, &err));
        assert_true(change.changed);
        assert_int_equal(hone_study_space_version(study), round + 1);
        assert_int_equal(hone_study_narrowed_from(study), round);
        FAILS(hone_narrowing_apply(study, narrowing, NULL, &err), HONE_ESTALE, NULL);
        for (int i = 0; i < 40; i++) {
            hone_trial *trial = ask(study);
            assert_int_equal(hone_trial_space_version(trial), round + 1);
            tell(study, trial, on_lr(trial));
        }
        hone_narrowing_destroy(narrowing);
        if (round == 1)
            second = hone_space_to_json(hone_study_space(study));
    }
    OK(hone_study_widen(study, NULL, &err));
    char *now = hone_space_to_json(hone_study_space(study));
    assert_string_equal(now, second);
    assert_int_equal(hone_study_narrowed_from(study), 1);
    hone_free(now);
    OK(hone_study_widen(study, NULL, &err));
    now = hone_space_to_json(hone_study_space(study));
    assert_string_equal(now, first);
    FAILS(hone_study_widen(study, NULL, &err), HONE_ESTATE,
          "version 5 of the space does not come from `hone narrow`: there is nothing to take back");
    hone_free(now);
    hone_free(first);
    hone_free(second);
    hone_study_close(study);
}

#ifdef HONE_FAULTS
// Nothing comes between a narrowed space and the record of what it was narrowed from.
static void one_append(void **state)
{
    (void)state;
    hone_study *study = TRIED(on_lr, 60, "lr=log:1e-6..1", "x=0..1");
    hone_narrowing *narrowing = narrowed(study);
    hn_fault_arm("append.io:2");
    OK(hone_narrowing_apply(study, narrowing, NULL, &err));
    assert_int_equal(hone_study_narrowed_from(study), 1);
    hn_fault_arm("append.io:2");
    OK(hone_study_widen(study, NULL, &err));
    hn_fault_arm(NULL);
    assert_int_equal(hone_study_space_version(study), 3);
    assert_int_equal(hone_study_narrowed_from(study), 0);
    hone_narrowing_destroy(narrowing);
    hone_study_close(study);
}
#endif

// After another change of the space there is nothing to take back.
static void a_change_between(void **state)
{
    (void)state;
    hone_study *study = TRIED(on_lr, 60, "lr=log:1e-6..1", "x=0..1");
    hone_narrowing *narrowing = narrowed(study);
    OK(hone_narrowing_apply(study, narrowing, NULL, &err));
    hone_narrowing_destroy(narrowing);
    hone_space *other = SPACE("lr=log:1e-5..0.1", "x=0..1");
    OK(hone_study_change_space(study, other, NULL, &err));
    hone_space_destroy(other);
    assert_int_equal(hone_study_narrowed_from(study), 0);
    FAILS(hone_study_widen(study, NULL, &err), HONE_ESTATE, NULL);
    hone_study_close(study);
}

// The trials that are best, whatever the values: inside, and their rules hold.
static void never_loses_the_best(void **state)
{
    (void)state;
    static const char *const texts[] = {"lr=log:1e-5..1",  "x=-5..5",       "n=int:1..20",
                                        "s=0..1 step 0.1", "on=bool",       "opt=a,b,c",
                                        "m=0..1 if on",    "o=ord:a,b,c,d", NULL};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        hone_space *space = space_of(texts);
        hone_study_options options = options_of("memory:", space);
        const hone_metric metrics[] = {{"a", HONE_MINIMIZE}, {"b", HONE_MAXIMIZE}};
        bool several = seed % 2;
        options.seed = seed;
        options.metrics = metrics;
        options.n_metrics = several ? 2 : 1;
        hone_study *study = study_open(&options);
        hone_space_destroy(space);
        for (int i = 0; i < 60; i++) {
            hone_trial *trial = ask(study);
            double x = hone_trial_float(trial, "x"), lr = log(hone_trial_float(trial, "lr"));
            double values[2] = {noise(trial) + fabs(x - 2) + (double)hone_trial_bool(trial, "on"),
                                lr + noise(trial)};
            OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, values, &err));
            hone_trial_destroy(trial);
        }
        uint32_t numbers[60], n = 0;
        hone_narrowing *narrowing = narrowed(study);
        OK(hone_study_pareto(study, numbers, 60, &n, &err));
        OK(hone_narrowing_apply(study, narrowing, NULL, &err));
        for (uint32_t i = 0; i < n; i++) {
            hone_trial *trial = look(study, numbers[i]);
            OK(hone_study_enqueue(study, hone_trial_params_json(trial), HONE_PURPOSE_SEARCH, -1,
                                  NULL, &err));
            hone_trial_destroy(trial);
        }
        hone_narrowing_destroy(narrowing);
        hone_study_close(study);
    }
}

// Where nothing matters an end is cut in one case of ten at most, a range in one of five: 60 of 300
// with a standard deviation of 7.
static void no_evidence_no_cut(void **state)
{
    (void)state;
    static const char *const texts[] = {"x=0..1", "n=int:1..50", "opt=a,b,c", NULL};
    enum { STUDIES = 300 };
    uint32_t n_cut[3] = {0};
    for (uint64_t seed = 1; seed <= STUDIES; seed++) {
        hone_study *study = tried(texts, noise, seed, 60);
        hone_narrowing *narrowing = narrowed(study);
        for (uint32_t i = 0; i < 3; i++)
            n_cut[i] += hone_narrowing_param(narrowing, i).changed;
        hone_narrowing_destroy(narrowing);
        hone_study_close(study);
    }
    print_message("cut by chance: x %u, n %u, opt %u of %d\n", n_cut[0], n_cut[1], n_cut[2],
                  STUDIES);
    for (int i = 0; i < 3; i++)
        assert_in_range(n_cut[i], 0, STUDIES / 5 + 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(choices),
        cmocka_unit_test(choices_that_are_named),
        cmocka_unit_test(defaults_stay_valid),
        cmocka_unit_test(too_few),
        cmocka_unit_test(apply_and_take_back),
#ifdef HONE_FAULTS
        cmocka_unit_test(one_append),
#endif
        cmocka_unit_test(a_change_between),
        cmocka_unit_test(never_loses_the_best),
        cmocka_unit_test(no_evidence_no_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
