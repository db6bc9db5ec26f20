// race: how often chance alone stops a trial, and what racing gains. Both on parts that scatter
// normally about a trial's mean, after a common effect of each part.
//
// Bounds are five standard errors from what was measured, so that a false alarm has a probability
// below 1e-6; the seeds are fixed besides.
#include "unit/schedulers/race_desk.h"

enum { N_PARTS = 10 };

typedef struct noise {
    hn_rng rng;
    uint32_t n;
} noise;

static double normal(noise *z)
{
    double u = hn_rng_uniform(&z->rng, z->n++, 0, 0), v = hn_rng_uniform(&z->rng, z->n++, 0, 0);
    return sqrt(-2 * log(1 - u)) * cos(6.283185307179586 * v);
}

// Runs a trial of this mean; how many parts it came to.
static uint32_t run_mean(desk *d, noise *z, const double *effect, double mean, double scatter)
{
    double values[N_PARTS];
    for (uint32_t i = 0; i < N_PARTS; i++)
        values[i] = mean + effect[i] + scatter * normal(z);
    return race_trial(d, values, N_PARTS);
}

// Share of challengers, `by` worse than the leader in units of the scatter of a part, that are
// stopped before their last part. The leader is made anew each time, so that it is not the luckiest
// of many; it has ten others behind it, which say how much parts scatter.
static double share_stopped(const char *options, double by, uint32_t n_studies)
{
    uint32_t n_stopped = 0;
    for (uint32_t k = 0; k < n_studies; k++) {
        desk d = desk_new("race", options);
        noise z = {hn_rng_make(k, HN_PURPOSE_TEST, 5), 0};
        double effect[N_PARTS];
        for (uint32_t i = 0; i < N_PARTS; i++)
            effect[i] = 3 * normal(&z);
        (void)run_mean(&d, &z, effect, 0, 1);
        for (int i = 0; i < 10; i++)
            (void)run_mean(&d, &z, effect, 4, 1);
        n_stopped += run_mean(&d, &z, effect, by, 1) < N_PARTS;
        desk_free(&d);
    }
    return (double)n_stopped / n_studies;
}

static void chance_stops_few(void **state)
{
    (void)state;
    static const struct {
        const char *options;
        double by, least, most;
    } cases[] = {
        {"{}", 0, 0.24, 0.39},
        {"{}", -1, 0.015, 0.09},
        {"{}", -2, 0, 0.025},
        {"{}", 2, 0.98, 1},
        {"{\"test\":\"wilcoxon\"}", 0, 0.11, 0.235},
        {"{\"test\":\"wilcoxon\"}", -1, 0, 0.017},
        {"{\"test\":\"mean\"}", 0, 0.715, 0.85},
        {"{\"test\":\"mean\"}", -1, 0.255, 0.405},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double share = share_stopped(cases[i].options, cases[i].by, 1000);
        print_message("%s, worse by %g: %.3f are stopped\n", cases[i].options, cases[i].by, share);
        assert_true(share >= cases[i].least && share <= cases[i].most);
    }
}

// A search by chance with room for 20 whole trials: the true mean of the best one.
static double regret(const char *options, uint32_t n_studies)
{
    double sum = 0;
    for (uint32_t k = 0; k < n_studies; k++) {
        desk d = desk_new(options ? "race" : "none", options ? options : "{}");
        const hn_fold *fold = &d.world->fold;
        noise z = {hn_rng_make(k, HN_PURPOSE_TEST, 6), 0};
        double effect[N_PARTS], best = INFINITY, truth = 0;
        for (uint32_t i = 0; i < N_PARTS; i++)
            effect[i] = normal(&z);
        for (uint32_t n = 0; n + N_PARTS <= 20 * N_PARTS;) {
            double mean = fabs(normal(&z));
            n += run_mean(&d, &z, effect, mean, 0.3);
            const hn_trial *last = &fold->trials.data[fold->trials.n - 1];
            if (last->state == HONE_STATE_COMPLETE && fold->numbers.data[last->values] < best) {
                best = fold->numbers.data[last->values];
                truth = mean;
            }
        }
        sum += truth;
        desk_free(&d);
    }
    return sum / n_studies;
}

static void racing_finds_better_ones(void **state)
{
    (void)state;
    double none = regret(NULL, 400), race = regret("{}", 400);
    double ranks = regret("{\"test\":\"wilcoxon\"}", 400),
           mean = regret("{\"test\":\"mean\"}", 400);
    print_message("mean of what is found: %.4f, by race %.4f, by wilcoxon %.4f, by mean %.4f\n",
                  none, race, ranks, mean);
    assert_true(race < 0.85 * none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chance_stops_few),
        cmocka_unit_test(racing_finds_better_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
