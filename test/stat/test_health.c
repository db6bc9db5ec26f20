// Health checks on studies in which there is nothing to find: silent but for one in fifty at most;
// and on studies in which there is something: they find it. Seeds are fixed.
#include "unit/core/study_rig.h"

#include "num/rng.h"

enum { STUDIES = 300, TRIALS = 100 };

typedef double objective(hone_trial *trial, double noise);

static double noise_only(hone_trial *trial, double noise)
{
    (void)trial;
    return noise;
}

// Two parameters matter, x little, the others do not.
static double some_matter(hone_trial *trial, double noise)
{
    double x = hone_trial_float(trial, "x") - 0.4, lr = log10(hone_trial_float(trial, "lr")) + 3;
    return x * x + 0.3 * lr * lr + 0.05 * noise;
}

// The optimum of lr is far below its range.
static double at_low_end(hone_trial *trial, double noise)
{
    double lr = log10(hone_trial_float(trial, "lr")) + 6.5;
    return 0.3 * lr * lr + 0.2 * noise;
}

typedef struct found {
    uint32_t n[16], of_lr[16], of_x[16]; // by code
    uint32_t any;
} found;

static hone_study *make(const char *sampler, uint64_t seed)
{
    hone_space *space = SPACE("x=0..1", "lr=log:1e-5..1e-1", "n=int:1..64", "k=int:log:4..512",
                              "opt=sgd,adam,lion", "m=0..0.99 if opt==sgd");
    hone_study_options options = options_of("memory:", space);
    options.seed = seed;
    options.sampler = sampler;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    return study;
}

// `fails`: share of the trials that fail by chance.
static void look_at(const char *sampler, objective *f, uint64_t seed, double fails, found *out)
{
    hone_study *study = make(sampler, seed);
    hone_health *health = NULL;
    for (uint32_t i = 0; i < TRIALS; i++) {
        hn_rng rng = hn_rng_make(seed, HN_PURPOSE_TEST, i);
        hone_trial *trial = ask(study);
        double value = f(trial, hn_rng_uniform(&rng, 0, 0, 0));
        bool failed = hn_rng_uniform(&rng, 1, 0, 0) < fails;
        OK(hone_study_tell(study, trial, failed ? HONE_STATE_FAILED : HONE_STATE_COMPLETE, &value,
                           &err));
        hone_trial_destroy(trial);
    }
    OK(hone_study_health(study, &health, &err));
    for (uint32_t i = 0; i < hone_health_n(health); i++) {
        const hone_finding *finding = hone_health_at(health, i);
        out->n[finding->code]++;
        out->of_lr[finding->code] += finding->param && strcmp(finding->param, "lr") == 0;
        out->of_x[finding->code] += finding->param && strcmp(finding->param, "x") == 0;
    }
    out->any += hone_health_n(health) > 0;
    hone_health_destroy(health);
    hone_study_close(study);
}

static found over_seeds(const char *sampler, objective *f, double fails)
{
    found out = {0};
    for (uint64_t seed = 1; seed <= STUDIES; seed++)
        look_at(sampler, f, seed, fails, &out);
    print_message("%s:", sampler);
    for (int code = 0; code <= HONE_FINDING_EXHAUSTED; code++)
        print_message(" %u(lr %u, x %u)", out.n[code], out.of_lr[code], out.of_x[code]);
    print_message("; any in %u of %d\n", out.any, STUDIES);
    return out;
}

static void silent_on_noise(void **state)
{
    (void)state;
    static const char *const samplers[] = {"random", "tpe"};
    for (int i = 0; i < 2; i++) {
        found f = over_seeds(samplers[i], noise_only, 0.1);
        assert_in_range(f.any, 0, STUDIES / 50 + 3);
    }
}

// Where tpe has gone to the end at once, little is left to compare it with: it is found less often.
static void finds_the_end(void **state)
{
    (void)state;
    found f = over_seeds("random", at_low_end, 0);
    assert_in_range(f.of_lr[HONE_FINDING_EDGE], STUDIES * 9 / 10, STUDIES);
    f = over_seeds("tpe", at_low_end, 0);
    assert_in_range(f.of_lr[HONE_FINDING_EDGE], STUDIES / 2, STUDIES);
}

// Four of six have no effect; for m, active in a third of the trials, there are too few to say so.
static void finds_what_has_no_effect(void **state)
{
    (void)state;
    found f = over_seeds("random", some_matter, 0);
    assert_in_range(f.n[HONE_FINDING_NO_EFFECT], STUDIES * 3 / 2, STUDIES * 3);
    assert_int_equal(f.of_lr[HONE_FINDING_NO_EFFECT], 0);
    // A twelfth of the variance is x's.
    assert_in_range(f.of_x[HONE_FINDING_NO_EFFECT], 0, STUDIES / 10);
    f = over_seeds("tpe", some_matter, 0);
    assert_int_equal(f.of_lr[HONE_FINDING_NO_EFFECT], 0);
    assert_int_equal(f.of_x[HONE_FINDING_NO_EFFECT], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silent_on_noise),
        cmocka_unit_test(finds_the_end),
        cmocka_unit_test(finds_what_has_no_effect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
