// The first simplex of trust: a step along each axis, and some down the plane that those so far
// show.
#include "contract/samplers/world.h"

#include "base/mem.h"

enum { MOST_DIMS = 20 };

static const hn_sampler_class *trust(void)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "trust", &plugin, NULL), HONE_OK);
    return (const void *)plugin;
}

static world *make_world(uint32_t d)
{
    const char *lines[MOST_DIMS + 1] = {NULL};
    char names[MOST_DIMS][16];
    for (uint32_t k = 0; k < d; k++) {
        (void)snprintf(names[k], sizeof names[k], "x%02u=0..1", k);
        lines[k] = names[k];
    }
    char *json = space_json(lines);
    world *w = world_new(json, 3, 1, WORLD_PLAIN);
    hone_free(json);
    return w;
}

static double slope(hn_config x, uint32_t d)
{
    double sum = 0;
    for (uint32_t k = 0; k < d; k++)
        sum += (k % 2 ? 1 : -2) * x.slots[k].f;
    return sum;
}

static uint32_t n_different(hn_config x, hn_config y, uint32_t d)
{
    uint32_t n = 0;
    for (uint32_t k = 0; k < d; k++)
        n += x.slots[k].f != y.slots[k].f;
    return n;
}

// Which of the first n trials changed more than one number of the best one before, as bits; those
// that did were better, as the objective is a plane. A new state suggests the same.
static uint32_t steps_down(uint32_t d, uint32_t n)
{
    hn_arena arena = HN_ARENA_INIT;
    world *w = make_world(d);
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    hn_config best = hn_config_new(&arena, w->fold.problem.space);
    sampler_in_use s;
    uint32_t found = 0;
    double least = INFINITY;
    assert_true(sampler_begin(&s, trust(), &w->fold, 0));
    for (uint32_t t = 0; t < n; t++) {
        sampler_in_use fresh;
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
        bool down = t > 0 && n_different(x, best, d) > 1;
        found |= (uint32_t)down << t;
        assert_true(!down || slope(x, d) < least);
        uint32_t trial = world_start(w, x, (int64_t)w->fold.n_events);
        assert_true(sampler_begin(&fresh, trust(), &w->fold, 0));
        hn_fold prefix;
        world_fold(w, (size_t)w->fold.trials.data[trial].saw, &prefix);
        assert_suggests_again(w, "slope", &prefix, &fresh, t, "from a new state");
        hn_fold_free(&prefix);
        sampler_end(&fresh);
        world_tell(w, trial, HONE_STATE_COMPLETE, slope(x, d));
        if (slope(x, d) < least) {
            least = slope(x, d);
            hn_config_copy(w->fold.problem.space, best, x);
        }
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    return found;
}

static void it_steps_down_when_its_points_have_doubled(void **state)
{
    (void)state;
    assert_int_equal(steps_down(7, 8), 0);
    assert_int_equal(steps_down(20, 21), 1u << 9 | 1u << 18);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_steps_down_when_its_points_have_doubled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
