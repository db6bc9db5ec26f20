// What is named the best of noisy trials: by the model of all of them, beside the luckiest. The
// figures are true values, averaged over studies; seeds are fixed.
#include "unit/core/study_rig.h"

#include "num/rng.h"

enum { REPEATS = 2 };

static double bowl(hone_trial *t)
{
    double a = hone_trial_float(t, "a") - 0.37, b = hone_trial_float(t, "b") - 0.61,
           c = hone_trial_float(t, "c") - 0.2;
    return a * a + 2 * b * b + 0.5 * c * c;
}

static double rugged(hone_trial *t)
{
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double x = hone_trial_float(t, (const char *[]){"a", "b", "c"}[i]) - 0.41;
        sum += 2 * x * x + 0.03 * (1 - cos(6.283185307179586 * 4 * x));
    }
    return sum;
}

static double cone(hone_trial *t)
{
    double a = hone_trial_float(t, "a") - 0.6, b = hone_trial_float(t, "b") - 0.5,
           c = hone_trial_float(t, "c") - 0.5;
    return fmin(1, 1.5 * sqrt(a * a + b * b + c * c));
}

static double mixed(hone_trial *t)
{
    static const double level[] = {0.3, 0, 0.1, 0.5};
    double a = hone_trial_float(t, "a") - 0.4;
    int64_t k = hone_trial_int(t, "k");
    return a * a + level[k % 4] + 0.1 * fabs(hone_trial_float(t, "b") - 0.3);
}

static double normal(const hn_rng *rng, uint32_t trial, uint32_t part)
{
    double u = hn_rng_uniform(rng, trial, part, 0), v = hn_rng_uniform(rng, trial, part, 1);
    return sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * v);
}

static double truth_of(hone_study *study, uint32_t number, double (*f)(hone_trial *))
{
    hone_trial *trial = NULL;
    OK(hone_study_trial(study, number, &trial, &err));
    double value = f(trial);
    hone_trial_destroy(trial);
    return value;
}

// One study; the true value of the luckiest, of what the model names, and the least there is.
static void one(double (*f)(hone_trial *), uint32_t n, double scatter, uint64_t seed, double *out)
{
    hone_space *space = SPACE("a=0..1", "b=0..1", "c=0..1", "k=int:0..3");
    hone_study_options options = options_of("memory:", space);
    hn_rng rng = hn_rng_make(seed, HN_PURPOSE_TEST, 1);
    uint32_t best = 0;
    options.seed = seed;
    options.sampler = "tpe";
    hone_study *study = study_open(&options);
    double least = INFINITY;
    for (uint32_t i = 0; i < n; i++) {
        hone_ask_options ask_options = HONE_ASK_OPTIONS_INIT;
        hone_trial *trial = NULL;
        ask_options.repeats = REPEATS;
        OK(hone_study_ask(study, &ask_options, &trial, &err));
        double truth = f(trial);
        for (uint32_t p = 0; p < REPEATS; p++) {
            double value = truth + scatter * normal(&rng, i, p);
            hone_result part = HONE_RESULT_INIT;
            part.values = &value;
            part.present = 1;
            OK(hone_trial_part_ended(trial, &part, &err));
        }
        least = fmin(least, truth);
        hone_trial_destroy(trial);
    }
    OK(hone_study_best(study, &best, &err));
    out[0] += truth_of(study, best, f);
    OK(hone_study_best_by_model(study, &best, &err));
    out[1] += truth_of(study, best, f);
    out[2] += least;
    hone_study_close(study);
    hone_space_destroy(space);
}

static void the_model_beats_the_luckiest(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double (*f)(hone_trial *);
    } problems[] = {{"bowl", bowl}, {"rugged", rugged}, {"cone", cone}, {"mixed", mixed}};
    static const double scatters[] = {0.02, 0.1, 0.3};
    enum { STUDIES = 20 };
    double all[2] = {0, 0};
    for (size_t k = 0; k < 4; k++)
        for (size_t s = 0; s < 3; s++)
            for (uint32_t n = 30; n <= 100; n += 70) {
                double sum[3] = {0, 0, 0};
                for (uint64_t seed = 0; seed < STUDIES; seed++)
                    one(problems[k].f, n, scatters[s], seed, sum);
                print_message("%-6s scatter %.2f, %3u trials: luckiest %.4f, model %.4f, least "
                              "%.4f\n",
                              problems[k].name, scatters[s], n, sum[0] / STUDIES, sum[1] / STUDIES,
                              sum[2] / STUDIES);
                for (int i = 0; i < 2; i++)
                    all[i] += (sum[i] - sum[2]) / (sum[0] - sum[2] + 1e-9);
            }
    print_message("lost beside the least: model %.3f of what the luckiest loses\n",
                  all[1] / all[0]);
    assert_true(all[1] < 0.8 * all[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_model_beats_the_luckiest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
