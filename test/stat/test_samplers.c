// How the points of samplers are spread: by the priors, evenly, each once. The seeds are fixed;
// each threshold would be passed by chance with less than one in ten million.
#include "contract/samplers/world.h"

#include <stdlib.h>

enum { N = 3000, MAX_CELLS = 24 };

// Suggestions 0 … n-1 of a sampler on a space.
typedef struct sample {
    world *w;
    sampler_in_use s;
    hn_arena arena;
    hn_config *configs; // [n]
    uint32_t n;
} sample;

static const hn_sampler_class *sampler_named(const char *name)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, name, &plugin, NULL), HONE_OK);
    return (const hn_sampler_class *)(const void *)plugin;
}

// As many as there are up to `n`; `started`: each is entered into the journal.
static sample *draw(const char *sampler, uint64_t seed, uint32_t n, bool started,
                    const char *options, const char *const *texts)
{
    sample *out = hn_calloc(1, sizeof *out);
    char *json = space_json(texts);
    void *config = NULL;
    out->w = world_new(json, seed, 1, WORLD_PLAIN);
    hone_free(json);
    assert_true(sampler_begin(&out->s, sampler_named(sampler), &out->w->fold, 0));
    if (options) { // once more, with options
        if (out->s.class->fini)
            out->s.class->fini(out->s.state);
        memset(out->s.state, 0, out->s.class->head.state_size);
        assert_int_equal(
            hn_options_make(&out->s.class->head, options, &out->s.arena, &config, NULL), HONE_OK);
        assert_int_equal(out->s.class->init(out->s.state, &out->s.problem, config, NULL), HONE_OK);
    }
    out->configs = HN_NEW(&out->arena, hn_config, n);
    for (; out->n < n; out->n++) {
        hn_config *point = &out->configs[out->n];
        *point = hn_config_new(&out->arena, out->w->fold.problem.space);
        hone_status status = sampler_suggest(&out->s, &out->w->fold, out->n, 0, point, NULL);
        if (status == HONE_EEXHAUSTED)
            break;
        assert_int_equal(status, HONE_OK);
        if (started)
            world_tell(out->w, world_start(out->w, *point, 2), HONE_STATE_COMPLETE, 1);
    }
    return out;
}
#define DRAW(sampler, seed, n, started, options, ...)                                              \
    draw(sampler, seed, n, started, options, (const char *const[]){__VA_ARGS__, NULL})

static void sample_free(sample *s)
{
    sampler_end(&s->s);
    world_free(s->w);
    hn_arena_free(&s->arena);
    hn_free(s);
}

static const hn_slot *value(const sample *s, uint32_t i, const char *name)
{
    return s->configs[i].slots + hn_space_find(s->w->fold.problem.space, name)->slot;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

// Kolmogorov and Smirnov: u should be uniform in 0..1.
static void assert_uniform(double *u, uint32_t n, const char *what)
{
    double distance = 0;
    qsort(u, n, sizeof *u, by_size);
    for (uint32_t i = 0; i < n; i++) {
        distance = fmax(distance, fabs(u[i] - (double)i / n));
        distance = fmax(distance, fabs(u[i] - (double)(i + 1) / n));
    }
    double limit = sqrt(log(2e7) / (2.0 * n)); // one in ten million
    if (distance > limit)
        fail_msg("%s: distance %.4f, above %.4f", what, distance, limit);
}

// Chi-square of counts against shares; `limit` for one in ten million.
static void assert_shares(const uint32_t *counts, const double *shares, uint32_t n_cells,
                          double limit, const char *what)
{
    double total = 0, chi = 0;
    for (uint32_t i = 0; i < n_cells; i++)
        total += counts[i];
    for (uint32_t i = 0; i < n_cells; i++)
        chi +=
            (counts[i] - total * shares[i]) * (counts[i] - total * shares[i]) / (total * shares[i]);
    if (!(chi < limit))
        fail_msg("%s: chi-square %.1f, above %.1f", what, chi, limit);
}

static void numbers_follow_their_scales(void **state)
{
    (void)state;
    static const char *const samplers[] = {"random", "qmc"};
    static double u[N];
    for (int k = 0; k < 2; k++) {
        sample *s = DRAW(samplers[k], 3, N, false, NULL, "x=-2..6", "l=log:1e-6..1", "n=normal:3,2",
                         "s=simplex:4");
        for (uint32_t i = 0; i < N; i++)
            u[i] = (value(s, i, "x")->f + 2) / 8;
        assert_uniform(u, N, "linear");
        for (uint32_t i = 0; i < N; i++)
            u[i] = 1 + log10(value(s, i, "l")->f) / 6;
        assert_uniform(u, N, "log");
        for (uint32_t i = 0; i < N; i++)
            u[i] = 0.5 * erfc(-(value(s, i, "n")->f - 3) / 2 / sqrt(2));
        assert_uniform(u, N, "normal");
        for (int share = 0; share < 4; share++) { // each share is Beta(1, 3)
            for (uint32_t i = 0; i < N; i++)
                u[i] = 1 - pow(1 - value(s, i, "s")[share].f, 3);
            assert_uniform(u, N, "share of a simplex");
        }
        sample_free(s);
    }
}

// Trial 0 of many seeds is as uniform as many trials of one.
static void seeds_are_streams_of_their_own(void **state)
{
    (void)state;
    enum { SEEDS = 400 };
    static double u[SEEDS];
    for (int k = 0; k < 2; k++) {
        for (uint32_t seed = 0; seed < SEEDS; seed++) {
            sample *s = DRAW(k ? "qmc" : "random", seed, 1, false, NULL, "x=0..1");
            u[seed] = value(s, 0, "x")->f;
            sample_free(s);
        }
        assert_uniform(u, SEEDS, k ? "qmc" : "random");
    }
}

static uint32_t order_of(const hn_slot *p)
{
    return (uint32_t)(p[0].i * 2 + (p[1].i > p[2].i));
}

static void choices_follow_their_weights(void **state)
{
    (void)state;
    static const double weights[] = {5.0 / 8, 1.0 / 8, 2.0 / 8}, half[] = {0.5, 0.5};
    static const double tenth[] = {.1, .1, .1, .1, .1, .1, .1, .1, .1, .1};
    static const double sixth[] = {1 / 6., 1 / 6., 1 / 6., 1 / 6., 1 / 6., 1 / 6.};
    sample *s = DRAW("random", 11, N, false, NULL, "c=sgd:5,adam:1,none:2", "b=bool", "i=int:1..10",
                     "p=perm:a,b,c", "s=subset:u,v,w");
    uint32_t c[MAX_CELLS] = {0}, b[2] = {0}, n[10] = {0}, p[6] = {0}, in[3][2] = {{0}};
    for (uint32_t i = 0; i < N; i++) {
        c[value(s, i, "c")->i]++;
        b[value(s, i, "b")->i]++;
        n[value(s, i, "i")->i - 1]++;
        p[order_of(value(s, i, "p"))]++;
        for (int k = 0; k < 3; k++)
            in[k][value(s, i, "s")->i >> k & 1]++;
    }
    assert_shares(c, weights, 3, 32.3, "weights");
    assert_shares(b, half, 2, 28.4, "bool");
    assert_shares(n, tenth, 10, 50.9, "int");
    assert_shares(p, sixth, 6, 41.9, "permutation");
    for (int k = 0; k < 3; k++)
        assert_shares(in[k], half, 2, 28.4, "subset");
    sample_free(s);
}

// 0.8 of the draws know the belief: of these, one standard deviation holds 0.6996 (cut at -2 and
// 3); of the rest, two of the five decades.
static void beliefs_draw_four_fifths(void **state)
{
    (void)state;
    const double want = 0.8 * 0.6996 + 0.2 * 0.4;
    sample *s = DRAW("random", 5, N, false, NULL, "lr=log:1e-5..1 ~ 0.001*/10");
    double near = 0;
    for (uint32_t i = 0; i < N; i++)
        near += value(s, i, "lr")->f >= 1e-4 && value(s, i, "lr")->f <= 1e-2;
    if (fabs(near / N - want) > 5.4 * sqrt(want * (1 - want) / N))
        fail_msg("%.4f near the centre instead of %.4f", near / N, want);
    sample_free(s);
}

// Square of the L2 star discrepancy (Warnock's formula) in the first `d` parameters.
static double discrepancy(const sample *s, uint32_t n, uint32_t d)
{
    double single = 0, pairs = 0;
    for (uint32_t i = 0; i < n; i++) {
        double product = 1;
        for (uint32_t k = 0; k < d; k++)
            product *= 1 - s->configs[i].slots[k].f * s->configs[i].slots[k].f;
        single += product;
        for (uint32_t j = 0; j < n; j++) {
            product = 1;
            for (uint32_t k = 0; k < d; k++)
                product *= 1 - fmax(s->configs[i].slots[k].f, s->configs[j].slots[k].f);
            pairs += product;
        }
    }
    return pow(3, -(double)d) - single * pow(2, 1 - (double)d) / n + pairs / n / n;
}

static void qmc_covers_more_evenly_than_random(void **state)
{
    (void)state;
    enum { POINTS = 256 };
    for (uint64_t seed = 1; seed <= 5; seed++) {
        sample *even = DRAW("qmc", seed, POINTS, false, NULL, "a=0..1", "b=0..1", "c=0..1",
                            "d=0..1", "e=0..1");
        sample *blind = DRAW("random", seed, POINTS, false, NULL, "a=0..1", "b=0..1", "c=0..1",
                             "d=0..1", "e=0..1");
        for (uint32_t d = 1; d <= 5; d++) {
            double ratio = discrepancy(even, POINTS, d) / discrepancy(blind, POINTS, d);
            if (!(ratio < 0.5))
                fail_msg("seed %d, %u dimensions: ratio %.3f", (int)seed, d, ratio);
        }
        sample_free(even);
        sample_free(blind);
    }
}

static bool has(const sample *s, hn_config config)
{
    for (uint32_t i = 0; i < s->n; i++)
        if (hn_config_equal(s->w->fold.problem.space, s->configs[i], config))
            return true;
    return false;
}

static void assert_each_once(const sample *s, uint32_t n)
{
    assert_int_equal(s->n, n);
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < i; j++)
            assert_false(hn_config_equal(s->w->fold.problem.space, s->configs[i], s->configs[j]));
}

// b has 3 values where a is true: 1·2 + 3·2 points, less the one that the rule forbids.
#define SMALL "a=bool", "b=x,y,z if a==true", "c=int:1..2", "forbid b==z && c==2"

static void a_grid_has_every_point_once(void **state)
{
    (void)state;
    sample *s = DRAW("grid", 1, 1000, true, NULL, SMALL);
    assert_each_once(s, 7);
    sample_free(s);
    s = DRAW("grid", 1, 1000, true, "{\"resolution\":7}", "x=0..1", "y=log:1e-3..1", "k=int:1..5");
    assert_each_once(s, 7 * 7 * 5);
    sample_free(s);
}

static void a_shuffled_grid_is_a_permutation(void **state)
{
    (void)state;
    sample *plain = DRAW("grid", 1, 1000, true, NULL, "a=int:1..13", "b=int:1..11", "c=bool");
    sample *one = DRAW("grid", 1, 1000, true, "{\"order\":\"shuffled\"}", "a=int:1..13",
                       "b=int:1..11", "c=bool");
    sample *two = DRAW("grid", 2, 1000, true, "{\"order\":\"shuffled\"}", "a=int:1..13",
                       "b=int:1..11", "c=bool");
    uint32_t n_same = 0, n_as_plain = 0;
    assert_each_once(plain, 286);
    assert_each_once(one, 286);
    assert_each_once(two, 286);
    for (uint32_t i = 0; i < 286; i++) {
        const hone_space *space = plain->w->fold.problem.space;
        assert_true(has(one, plain->configs[i]));
        n_same += hn_config_equal(space, one->configs[i], two->configs[i]);
        n_as_plain += hn_config_equal(space, one->configs[i], plain->configs[i]);
    }
    assert_true(n_same < 20 && n_as_plain < 20); // about one is expected by chance
    sample_free(plain);
    sample_free(one);
    sample_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_follow_their_scales),
        cmocka_unit_test(seeds_are_streams_of_their_own),
        cmocka_unit_test(choices_follow_their_weights),
        cmocka_unit_test(beliefs_draw_four_fifths),
        cmocka_unit_test(qmc_covers_more_evenly_than_random),
        cmocka_unit_test(a_grid_has_every_point_once),
        cmocka_unit_test(a_shuffled_grid_is_a_permutation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
