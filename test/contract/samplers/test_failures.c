// Who follows a model turns away from where trials fail, even when the objective is best beyond
// the border; and nobody stays at a start that fails.
#include "contract/samplers/world.h"

enum { DIMS = 2, N_SEEDS = 2 };

typedef bool fails_fn(const double *x);

static bool half_fails(const double *x)
{
    return x[0] + x[1] < 0.7; // the bottom of the bowl is there
}

static bool middle_fails(const double *x)
{
    return fmax(fabs(x[0] - 0.5), fabs(x[1] - 0.5)) < 0.3;
}

// How many of the last `n_last` of `n` trials failed; the least value there was.
static uint32_t count(const hn_sampler_class *class, fails_fn *fails, uint64_t seed, uint32_t n,
                      uint32_t n_last, double *least)
{
    char *json = space_json((const char *const[]){"x=0..1", "y=0..1", NULL});
    world *w = world_new(json, seed, 1, WORLD_PLAIN);
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    sampler_in_use s;
    uint32_t n_failed = 0;
    *least = INFINITY;
    assert_true(sampler_begin_here(&s, class, &w->fold, 0));
    for (uint32_t t = 0; t < n; t++) {
        double x[DIMS];
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &config, NULL), HONE_OK);
        for (int k = 0; k < DIMS; k++)
            x[k] = config.slots[k].f;
        double value = pow(x[0] - 0.2, 2) + pow(x[1] - 0.25, 2);
        bool failed = fails(x);
        world_start(w, config, (int64_t)w->fold.n_events);
        world_tell(w, t, failed ? HONE_STATE_FAILED : HONE_STATE_COMPLETE, value);
        sampler_observe(&s, &w->fold, t);
        n_failed += failed && t + n_last >= n;
        *least = failed ? *least : fmin(*least, value);
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    hone_free(json);
    return n_failed;
}

static const hn_sampler_class *class_of(const char *name)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, name, &plugin, NULL), HONE_OK);
    return (const hn_sampler_class *)(const void *)plugin;
}

// The best that works is 0.03125, at the border.
static void the_border_is_not_crossed_for_ever(void **state)
{
    (void)state;
    enum { N = 80, LAST = 40, MOST = 28 };
    static const char *const names[] = {"gp", "trust"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
            double least;
            uint32_t n = count(class_of(names[i]), half_fails, seed, N, LAST, &least);
            if (n > MOST || least > 0.045)
                fail_msg("%s: %u of the last %d failed, %g is the least", names[i], n, LAST, least);
        }
}

static void a_start_that_fails_is_left(void **state)
{
    (void)state;
    enum { N = 30 };
    static const char *const names[] = {"trust", "auto", "gp", "smac", "tpe"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (uint64_t seed = 1; seed <= N_SEEDS; seed++) {
            double least;
            uint32_t n = count(class_of(names[i]), middle_fails, seed, N, N, &least);
            if (n > N / 2)
                fail_msg("%s: %u of %d failed", names[i], n, N);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_border_is_not_crossed_for_ever),
        cmocka_unit_test(a_start_that_fails_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
