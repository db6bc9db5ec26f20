// How many evaluations trust needs: medians over seeds, beside those of NLopt's COBYLA and BOBYQA
// from the same start.
#include "contract/samplers/world.h"

#include <stdlib.h>

enum { MOST_DIMS = 10, SEEDS = 11, MOST = 4000 };

typedef double objective(const double *x, int d, uint64_t seed);

static double optimum(int i, uint64_t seed)
{
    return 3 * cos(i + (double)seed);
}

static double sphere(const double *x, int d, uint64_t seed)
{
    double sum = 0;
    for (int i = 0; i < d; i++)
        sum += pow(x[i] - optimum(i, seed), 2);
    return sum;
}

static double ellipsoid(const double *x, int d, uint64_t seed)
{
    double sum = 0;
    for (int i = 0; i < d; i++)
        sum += pow(10, 6.0 * i / (d - 1)) * pow(x[i] - optimum(i, seed), 2);
    return sum;
}

static double rosenbrock(const double *x, int d, uint64_t seed)
{
    double sum = 0;
    for (int i = 0; i + 1 < d; i++) {
        double a = x[i] + 0.2 * cos((double)seed), b = x[i + 1] + 0.2 * cos((double)seed);
        sum += 100 * pow(b - a * a, 2) + pow(1 - a, 2);
    }
    return sum;
}

// The best is a corner.
static double slope(const double *x, int d, uint64_t seed)
{
    double sum = 0;
    for (int i = 0; i < d; i++) {
        double weight = pow(10, (double)i / (d - 1));
        sum += cos(i + (double)seed) > 0 ? weight * (5 - x[i]) : weight * (5 + x[i]);
    }
    return sum;
}

static const hn_sampler_class *trust(void)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "trust", &plugin, NULL), HONE_OK);
    return (const void *)plugin;
}

// Results come in with `n_workers` running at a time, in any order. Trials until the target.
static int evaluations(objective *f, int d, uint64_t seed, double target, uint32_t n_workers)
{
    static const char *const texts[] = {"a=-5..5", "b=-5..5", "c=-5..5", "d=-5..5",
                                        "e=-5..5", "f=-5..5", "g=-5..5", "h=-5..5",
                                        "i=-5..5", "j=-5..5", NULL};
    char *json = space_json(texts + MOST_DIMS - d);
    world *w = world_new(json, seed, 1, WORLD_PLAIN);
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    hn_rng rng = hn_rng_make(seed, HN_PURPOSE_TEST, 0);
    uint32_t running[16], n_running = 0;
    int n_done = 0;
    double best = INFINITY;
    assert_true(sampler_begin(&s, trust(), &w->fold, MOST));
    for (uint32_t t = 0; n_done < MOST && best > target; t++) {
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
        running[n_running++] = world_start(w, x, (int64_t)w->fold.n_events);
        if (n_running < n_workers)
            continue;
        uint32_t k = (uint32_t)hn_rng_below(&rng, 0, 0, t, n_running), trial = running[k];
        running[k] = running[--n_running];
        double point[MOST_DIMS], value;
        for (int i = 0; i < d; i++)
            point[i] = hn_fold_config(&w->fold, &w->fold.trials.data[trial]).slots[i].f;
        value = f(point, d, seed);
        best = fmin(best, value);
        world_tell(w, trial, HONE_STATE_COMPLETE, value);
        n_done++;
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    hone_free(json);
    return n_done;
}

static int by_count(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int median(objective *f, int d, double target, uint32_t n_workers)
{
    int counts[SEEDS];
    for (int i = 0; i < SEEDS; i++)
        counts[i] = evaluations(f, d, (uint64_t)i + 1, target, n_workers);
    qsort(counts, SEEDS, sizeof *counts, by_count);
    return counts[SEEDS / 2];
}

static const struct {
    const char *name;
    objective *f;
    int d, cobyla, bobyqa; // NLopt's medians, 4000: never (tools/trust_evaluations)
    int most;
} problems[] = {
    {"sphere", sphere, 5, 89, 13, 15},
    {"sphere", sphere, 10, 230, 24, 27},
    {"ellipsoid", ellipsoid, 5, 4000, 22, 17},
    {"ellipsoid", ellipsoid, 10, 4000, 82, 50},
    {"rosenbrock", rosenbrock, 5, 4000, 275, 330},
    {"rosenbrock", rosenbrock, 10, 4000, 784, 1400},
    {"slope", slope, 5, 11, 15, 16},
    {"slope", slope, 10, 46, 25, 32},
};

static void it_takes_few_evaluations(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof problems / sizeof *problems; p++) {
        int n = median(problems[p].f, problems[p].d, 1e-6, 1);
        print_message("%s in %d dimensions: %d, COBYLA %d, BOBYQA %d\n", problems[p].name,
                      problems[p].d, n, problems[p].cobyla, problems[p].bobyqa);
        if (n > problems[p].most)
            fail_msg("%s: %d evaluations, not %d", problems[p].name, n, problems[p].most);
    }
}

// Eight at a time take at most three times as many: a step waits for seven others.
static void workers_share_the_work(void **state)
{
    (void)state;
    for (size_t p = 0; p < sizeof problems / sizeof *problems; p++) {
        int n = median(problems[p].f, problems[p].d, 1e-6, 8);
        print_message("%s in %d dimensions, 8 workers: %d\n", problems[p].name, problems[p].d, n);
        if (n > 3 * problems[p].most)
            fail_msg("%s: %d evaluations with 8 workers", problems[p].name, n);
    }
}

// Each search ends in the same corner; nothing is run twice for that.
static void no_point_comes_twice(void **state)
{
    (void)state;
    enum { TRIALS = 200 };
    char *json = space_json((const char *const[]){"a=-5..5", "b=-5..5", NULL});
    world *w = world_new(json, 3, 1, WORLD_PLAIN);
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    double points[TRIALS][2];
    assert_true(sampler_begin(&s, trust(), &w->fold, TRIALS));
    for (uint32_t t = 0; t < TRIALS; t++) {
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
        uint32_t trial = world_start(w, x, (int64_t)w->fold.n_events);
        for (int i = 0; i < 2; i++)
            points[t][i] = x.slots[i].f;
        world_tell(w, trial, HONE_STATE_COMPLETE, slope(points[t], 2, 3));
        for (uint32_t before = 0; before < t; before++)
            if (!memcmp(points[before], points[t], sizeof points[t]))
                fail_msg("trial %u is trial %u again", (unsigned)t, (unsigned)before);
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    hone_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_takes_few_evaluations),
        cmocka_unit_test(workers_share_the_work),
        cmocka_unit_test(no_point_comes_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
