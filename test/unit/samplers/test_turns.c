// Samplers that share a study: what trust and cmaes make of trials that are another's.
#include "contract/samplers/world.h"

#include "base/mem.h"

static const char *const square[] = {"x=0..1", "y=0..1", NULL};

static const hn_sampler_class *find(const char *name)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, name, &plugin, NULL), HONE_OK);
    return (const void *)plugin;
}

static bool is_even(const hn_turns *turns, uint32_t trial)
{
    (void)turns;
    return trial % 2 == 0;
}

static bool is_none(const hn_turns *turns, uint32_t trial)
{
    (void)turns;
    (void)trial;
    return false;
}

static void suggest(sampler_in_use *s, const hn_fold *fold, uint32_t trial, const hn_turns *turns,
                    hn_config *out)
{
    hn_arena scratch = HN_ARENA_INIT;
    hn_view view = sampler_view(s, fold, trial);
    hn_request request = {trial, -1, 0, 0, &scratch, NULL, NULL};
    view.turns = turns;
    assert_int_equal(s->class->suggest(s->state, &view, &request, out, NULL), HONE_OK);
    hn_arena_free(&scratch);
}

static double at(hn_config x, int i)
{
    return x.slots[i].f;
}

// A wide bowl, and a hole in it that nobody finds by chance.
static double holed(hn_config x)
{
    double hole = pow(at(x, 0) - 0.8, 2) + pow(at(x, 1) - 0.8, 2);
    if (hole < 1e-4)
        return -1 + 1e3 * hole;
    return 1 + pow(at(x, 0) - 0.2, 2) + pow(at(x, 1) - 0.2, 2);
}

// The best value after 200 trials; every other one is another's, the 151st at the edge of the hole.
static double best_of_trust(bool told_of_the_hole)
{
    static const hn_turns turns = {is_even};
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    char *json = space_json(square);
    world *w = world_new(json, 5, 1, WORLD_PLAIN);
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    double best = INFINITY;
    assert_true(sampler_begin(&s, find("trust"), &w->fold, 0));
    for (uint32_t t = 0; t < 200; t++) {
        suggest(&s, &w->fold, t - t % 2, &turns, &x);
        if (t % 2) {
            x.slots[0].f = t == 151 && told_of_the_hole ? 0.806 : 0.9;
            x.slots[1].f = t == 151 ? 0.8 : 0.005 * t;
        }
        best = fmin(best, holed(x));
        world_tell(w, world_start(w, x, (int64_t)w->fold.n_events), HONE_STATE_COMPLETE, holed(x));
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    hn_free(json);
    return best;
}

static void trust_goes_on_where_another_has_found_better(void **state)
{
    (void)state;
    assert_true(best_of_trust(false) >= 1);
    assert_true(best_of_trust(true) < -0.9999);
}

static void cmaes_learns_from_its_own(void **state)
{
    (void)state;
    static const hn_turns none = {is_none};
    sampler_in_use s, fresh, alone;
    hn_fold empty;
    hn_arena arena = HN_ARENA_INIT;
    char *json = space_json(square);
    world *w = world_new(json, 5, 1, WORLD_PLAIN);
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    hn_config y = hn_config_new(&arena, w->fold.problem.space);
    world_fold(w, 2, &empty);
    assert_true(sampler_begin(&s, find("cmaes"), &w->fold, 0));
    assert_true(sampler_begin(&fresh, find("cmaes"), &empty, 0));
    assert_true(sampler_begin(&alone, find("cmaes"), &w->fold, 0));
    for (uint32_t t = 0; t < 40; t++) {
        suggest(&s, &w->fold, t, &none, &x);
        suggest(&fresh, &empty, t, NULL, &y);
        assert_true(hn_config_equal(w->fold.problem.space, x, y));
        world_tell(w, world_start(w, x, (int64_t)w->fold.n_events), HONE_STATE_COMPLETE, holed(x));
    }
    suggest(&s, &w->fold, 40, &none, &x);
    suggest(&alone, &w->fold, 40, NULL, &y); // to which all of them are its own
    assert_false(hn_config_equal(w->fold.problem.space, x, y));
    sampler_end(&s);
    sampler_end(&fresh);
    sampler_end(&alone);
    hn_fold_free(&empty);
    hn_arena_free(&arena);
    world_free(w);
    hn_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trust_goes_on_where_another_has_found_better),
        cmocka_unit_test(cmaes_learns_from_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
