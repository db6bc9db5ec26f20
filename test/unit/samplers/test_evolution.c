// cmaes, de and regevo beyond what every sampler owes: they find optima in spaces of every kind,
// look at ranks only, learn from what others have tried, and cope with late results.
#include "contract/samplers/world.h"

enum { MOST = 400 };

typedef double objective(const hone_space *space, hn_config x);

static double number(const hone_space *space, hn_config x, const char *name)
{
    const hn_param *p = hn_space_find(space, name);
    const hn_slot *slot = x.slots + p->slot;
    return p->type == HONE_PARAM_FLOAT ? slot->f : (double)slot->i;
}

// Integers at an end and inside, an order, a choice, and what only one choice has.
static double mixed(const hone_space *space, hn_config x)
{
    double sum = pow((number(space, x, "k") - 37) / 20, 2) + number(space, x, "end") / 10 +
                 pow(number(space, x, "x") - 0.3, 2) + fabs(number(space, x, "o") - 2);
    bool right = number(space, x, "c") == 2;
    return sum + (right ? pow(number(space, x, "m") - 0.8, 2) : 1);
}

static const char *const mixed_space[] = {
    "k=int:0..100", "end=int:0..30",  "x=0..1", "o=ord:xs,s,m,l",
    "c=a,b,d,e",    "m=0..1 if c==d", NULL};

static double steep(const hone_space *space, hn_config x)
{
    return exp(40 * (mixed(space, x) - 1)); // thirty decades and more
}

static const hn_sampler_class *class_of(const char *name)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, name, &plugin, NULL), HONE_OK);
    return (const void *)plugin;
}

static world *open_world(const char *const *texts, uint64_t seed)
{
    char *json = space_json(texts);
    world *w = world_new(json, seed, 1, WORLD_PLAIN);
    hone_free(json);
    return w;
}

// Trials from the world's last on, one after another; the best value.
static double search(world *w, const char *sampler, objective *f, uint32_t n)
{
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    double best = INFINITY;
    assert_true(sampler_begin(&s, class_of(sampler), &w->fold, 0));
    for (uint32_t i = 0; i < n; i++) {
        uint32_t t = (uint32_t)w->fold.trials.n;
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
        double value = f(w->fold.problem.space, x);
        best = fmin(best, value);
        world_tell(w, world_start(w, x, (int64_t)w->fold.n_events), HONE_STATE_COMPLETE, value);
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    return best;
}

static void mixed_spaces_are_searched(void **state)
{
    (void)state;
    static const struct {
        const char *sampler;
        double most; // of ten seeds the sixth has to be below; random has 0.5
    } expected[] = {{"cmaes", 0.02}, {"de", 0.05}, {"regevo", 0.02}};
    for (size_t k = 0; k < sizeof expected / sizeof *expected; k++) {
        int n_good = 0;
        double sum = 0;
        for (uint64_t seed = 1; seed <= 10; seed++) {
            world *w = open_world(mixed_space, seed);
            double best = search(w, expected[k].sampler, mixed, MOST);
            n_good += best < expected[k].most;
            sum += best / 10;
            world_free(w);
        }
        print_message("%s: %d of 10, mean %.4f\n", expected[k].sampler, n_good, sum);
        if (n_good < 6)
            fail_msg("%s: only %d of ten below %g", expected[k].sampler, n_good, expected[k].most);
    }
}

static void only_ranks_count(void **state)
{
    (void)state;
    static const char *const samplers[] = {"cmaes", "regevo"};
    for (int k = 0; k < 2; k++) {
        world *a = open_world(mixed_space, 3), *b = open_world(mixed_space, 3);
        (void)search(a, samplers[k], mixed, 200);
        (void)search(b, samplers[k], steep, 200);
        for (uint32_t t = 0; t < 200; t++)
            if (!hn_config_equal(a->fold.problem.space,
                                 hn_fold_config(&a->fold, &a->fold.trials.data[t]),
                                 hn_fold_config(&b->fold, &b->fold.trials.data[t])))
                fail_msg("%s: trial %u depends on the scale", samplers[k], t);
        world_free(a);
        world_free(b);
    }
}

static const char *const square[] = {"x=0..1", "y=0..1", NULL};

static double corner(const hone_space *space, hn_config x)
{
    return pow(number(space, x, "x") - 0.9, 2) + pow(number(space, x, "y") - 0.1, 2);
}

// Mean distance from the optimum of the first points of cmaes after `n` random trials. `chosen`: it
// was chosen after these.
static double first_distance(uint32_t n, bool chosen)
{
    world *w = open_world(square, 5);
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    double sum = 0;
    (void)search(w, "random", corner, n);
    if (chosen) {
        hn_event event = hn_event_make(HN_EV_STUDY_SET);
        event.name = hn_bytes_of("sampler");
        event.text = hn_bytes_of("{\"name\":\"cmaes\"}");
        world_append(w, &event);
        assert_int_equal(w->fold.sampler_since, n);
    }
    assert_true(sampler_begin(&s, class_of("cmaes"), &w->fold, 0));
    for (uint32_t i = 0; i < 20; i++) {
        assert_int_equal(sampler_suggest(&s, &w->fold, n + i, 0, &x, NULL), HONE_OK);
        sum += sqrt(corner(w->fold.problem.space, x)) / 20;
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    return sum;
}

static void trials_of_others_are_where_it_starts(void **state)
{
    (void)state;
    double cold = first_distance(0, true), warm = first_distance(60, true);
    if (!(warm < 0.5 * cold))
        fail_msg("first points at %.3f from the optimum, without a history at %.3f", warm, cold);
}

// Results that come after many others, and after a restart, are taken in or left out, and change
// nothing that was told before.
static void late_results_do_no_harm(void **state)
{
    (void)state;
    static const char *const samplers[] = {"cmaes", "de", "regevo", "nsga2", "nsga3"};
    for (int k = 0; k < 5; k++) {
        world *w = open_world(square, 7);
        hn_arena arena = HN_ARENA_INIT;
        hn_config x = hn_config_new(&arena, w->fold.problem.space);
        sampler_in_use s;
        double best = INFINITY;
        assert_true(sampler_begin(&s, class_of(samplers[k]), &w->fold, 0));
        for (uint32_t t = 0; t < 300; t++) {
            assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
            double value = corner(w->fold.problem.space, x);
            best = fmin(best, value);
            world_start(w, x, (int64_t)w->fold.n_events);
            if (t % 10 != 0)
                world_tell(w, t, HONE_STATE_COMPLETE, value);
            else if (t >= 150) // from 150 trials before
                world_tell(w, t - 150, HONE_STATE_COMPLETE, 1);
        }
        if (!(best < 1e-2))
            fail_msg("%s: %g is the best", samplers[k], best);
        sampler_end(&s);
        hn_arena_free(&arena);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mixed_spaces_are_searched),
        cmocka_unit_test(only_ranks_count),
        cmocka_unit_test(trials_of_others_are_where_it_starts),
        cmocka_unit_test(late_results_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
