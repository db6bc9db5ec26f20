// The warning that rungs disagree: rare where they agree, although those that go on are a selected
// lot, and frequent where a rung says nothing or the contrary. Seeds are fixed.
#include "unit/core/study_rig.h"

#include "num/dist.h"
#include "num/rng.h"

enum { STUDIES = 300, TRIALS = 90 };

static bool warns(hone_study *study)
{
    hone_health *health = NULL;
    bool any = false;
    OK(hone_study_health(study, &health, &err));
    for (uint32_t i = 0; i < hone_health_n(health); i++)
        any |= hone_health_at(health, i)->code == HONE_FINDING_RUNGS;
    hone_health_destroy(health);
    return any;
}

// Normal curves of three values, neighbours correlated by `rho`; the best third of all (by the
// truth of the normal distribution) goes on from each of the first two, as asynchronous halving
// would have it.
static hone_study *study_of(uint64_t seed, double rho)
{
    static const double at[] = {1, 3, 9};
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of("memory:", space);
    options.sampler = "random";
    options.scheduler = "asha";
    options.scheduler_options = "{\"min_resource\":1,\"max_resource\":9,\"value\":\"last\","
                                "\"n_startup\":0}";
    options.seed = seed;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    for (uint32_t i = 0; i < TRIALS; i++) {
        hn_rng rng = hn_rng_make(seed, HN_PURPOSE_TEST, i);
        hone_trial *trial = ask(study);
        double value = 0;
        bool on = true;
        for (uint32_t k = 0; k < 3 && on; k++) {
            double noise = hn_normal_quantile(hn_rng_uniform(&rng, k, 0, 0));
            value = k ? rho * value + sqrt(1 - rho * rho) * noise : noise;
            OK(hone_trial_report(trial, at[k], value, &err));
            on = value < hn_normal_quantile(1 / 3.0) || k == 2;
        }
        OK(hone_study_tell(study, trial, on ? HONE_STATE_COMPLETE : HONE_STATE_PRUNED, &value,
                           &err));
        hone_trial_destroy(trial);
    }
    return study;
}

static uint32_t n_warned(double rho)
{
    uint32_t n = 0;
    for (uint64_t seed = 1; seed <= STUDIES; seed++) {
        hone_study *study = study_of(seed, rho);
        n += warns(study);
        hone_study_close(study);
    }
    print_message("correlation %g: warned in %u of %d studies\n", rho, (unsigned)n, STUDIES);
    return n;
}

static void rare_where_they_agree(void **state)
{
    (void)state;
    assert_in_range(n_warned(0.8), 0, STUDIES / 100);
    assert_in_range(n_warned(0.5176), 0, STUDIES / 10); // a rank correlation of 0.5
}

static void said_where_they_do_not(void **state)
{
    (void)state;
    assert_in_range(n_warned(0), STUDIES / 4, STUDIES);
    assert_in_range(n_warned(-0.3), STUDIES / 2, STUDIES);
    assert_in_range(n_warned(-0.6), STUDIES * 8 / 10, STUDIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rare_where_they_agree),
        cmocka_unit_test(said_where_they_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
