// Ranges at the ends of what a double can hold, values of twenty decades: what is suggested lies
// within, no configuration comes twice, and who learns from results is well ahead of draws.
#include "contract/samplers/world.h"

enum { N_TRIALS = 60, N_SEEDS = 3, DIMS = 2, ORDINARY = 0 };

static const struct {
    const char *name, *texts[DIMS + 1];
} spaces[] = {
    {"ordinary", {"x=0..1", "y=-5..10"}},
    {"twenty decades", {"x=log:1e-12..1e8", "y=log:1e-12..1e8"}},
    {"all that is", {"x=-1.7e308..1.7e308", "y=-1.7e308..1.7e308"}},
    {"wide and narrow", {"x=-1e308..1e308", "y=1..1.000000000001"}},
    {"the smallest", {"x=log:1e-300..1e300", "y=0..1e-300"}},
    {"integers", {"x=int:-500000000000000..500000000000000", "y=int:log:1..1000000000000"}},
};

// Who has to be how much better, in decades of the regret that draws leave.
static double margin_of(const char *sampler)
{
    static const struct {
        const char *name;
        double margin;
    } margins[] = {{"gp", 2},     {"trust", 2}, {"auto", 2},
                   {"smac", 0.3}, {"tpe", 0.3}, {"cmaes", 0.3}};
    for (size_t i = 0; i < sizeof margins / sizeof *margins; i++)
        if (strcmp(margins[i].name, sampler) == 0)
            return margins[i].margin;
    return -INFINITY;
}

static double bowl(const world *w, uint32_t trial)
{
    static const double best[DIMS] = {0.3, 0.71};
    double u[DIMS], sum = 0;
    hn_space_encode(w->fold.problem.space, hn_fold_config(&w->fold, &w->fold.trials.data[trial]),
                    u);
    for (int k = 0; k < DIMS; k++)
        sum += pow(u[k] - best[k], 2);
    return sum;
}

// The decades of what is left after the trials.
static double search(const hn_sampler_class *class, size_t at, uint64_t seed,
                     double (*scale)(double))
{
    char *json = space_json(spaces[at].texts);
    world *w = world_new(json, seed, 1, WORLD_PLAIN);
    const hone_space *space = w->fold.problem.space;
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, space);
    sampler_in_use s;
    double least = INFINITY;
    bool taken = sampler_begin_here(&s, class, &w->fold, 0);
    for (uint32_t i = 0; taken && i < N_TRIALS; i++) {
        hone_error err = HONE_ERROR_INIT;
        hone_status status = sampler_suggest(&s, &w->fold, i, 0, &config, &err);
        if (status == HONE_EEXHAUSTED)
            break;
        if (status != HONE_OK || hn_space_validate(space, config, &err) != HONE_OK)
            fail_msg("%s, %s: %s", class->head.name, spaces[at].name, err.text);
        for (uint32_t t = 0; t < i; t++)
            if (hn_config_equal(space, config, hn_fold_config(&w->fold, &w->fold.trials.data[t])))
                fail_msg("%s, %s: trial %u is trial %u", class->head.name, spaces[at].name, i, t);
        world_start(w, config, (int64_t)w->fold.n_events);
        double value = bowl(w, i);
        least = fmin(least, value);
        world_tell(w, i, HONE_STATE_COMPLETE, scale ? scale(value) : value);
        sampler_observe(&s, &w->fold, i);
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    hone_free(json);
    return log10(fmax(least, 1e-12));
}

static double mean_of(const hn_sampler_class *class, size_t at)
{
    double sum = 0;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++)
        sum += search(class, at, seed, NULL) / N_SEEDS;
    return sum;
}

static void extreme_ranges_are_searched_like_others(void **state)
{
    (void)state;
    const hn_plugin *plugin, *random;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "random", &random, NULL), HONE_OK);
    for (size_t at = ORDINARY + 1; at < sizeof spaces / sizeof *spaces; at++) {
        double chance = mean_of((const hn_sampler_class *)(const void *)random, at);
        for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
            double got = mean_of((const hn_sampler_class *)(const void *)plugin, at);
            if (got > chance - margin_of(plugin->name))
                fail_msg("%s, %s: 10^%.2f is left, of draws 10^%.2f", plugin->name, spaces[at].name,
                         got, chance);
        }
    }
}

// --- values of twenty decades ---

// All are least where the bowl is.
static double tall(double bowl)
{
    return pow(10, fmin(-10 + 20 * bowl, 10));
}
static double negative(double bowl)
{
    return -pow(10, fmax(10 - 20 * bowl, -10));
}
static double both_signs(double bowl)
{
    return bowl < 0.25 ? -pow(10, 10 - 80 * bowl) : pow(10, fmin(-10 + 40 * (bowl - 0.25), 10));
}

static const struct {
    const char *name;
    double (*of)(double bowl);
} scales[] = {
    {"1e-10 .. 1e10", tall}, {"-1e10 .. -1e-10", negative}, {"-1e10 .. 1e10", both_signs}};

static double mean_scaled(const hn_sampler_class *class, double (*scale)(double))
{
    double sum = 0;
    for (uint64_t seed = 1; seed <= N_SEEDS; seed++)
        sum += search(class, ORDINARY, seed, scale) / N_SEEDS;
    return sum;
}

static void values_of_twenty_decades_are_searched_like_others(void **state)
{
    (void)state;
    const hn_plugin *plugin, *random;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "random", &random, NULL), HONE_OK);
    double chance = mean_scaled((const hn_sampler_class *)(const void *)random, NULL);
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        for (size_t k = 0; k < sizeof scales / sizeof *scales; k++) {
            double got = mean_scaled((const hn_sampler_class *)(const void *)plugin, scales[k].of);
            if (got > chance - margin_of(plugin->name))
                fail_msg("%s, values of %s: 10^%.2f is left, of draws 10^%.2f", plugin->name,
                         scales[k].name, got, chance);
        }
    }
}

// Fifteen values to a coordinate: there is no continuum left.
static void a_range_of_a_few_doubles_is_no_trap(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        const hn_sampler_class *class = (const void *)plugin;
        char *json =
            space_json((const char *const[]){"x=0.999999999999999..1.000000000000001", NULL});
        world *w = world_new(json, 1, 1, WORLD_PLAIN);
        hn_arena arena = HN_ARENA_INIT;
        hn_config config = hn_config_new(&arena, w->fold.problem.space);
        sampler_in_use s;
        uint32_t n_twice = 0;
        bool taken = sampler_begin_here(&s, class, &w->fold, 0);
        for (uint32_t t = 0; taken && t < 10; t++) {
            hone_error err = HONE_ERROR_INIT;
            hone_status status = sampler_suggest(&s, &w->fold, t, 0, &config, &err);
            if (status == HONE_EEXHAUSTED)
                break;
            if (status != HONE_OK ||
                hn_space_validate(w->fold.problem.space, config, &err) != HONE_OK)
                fail_msg("%s: %s", class->head.name, err.text);
            for (uint32_t k = 0; k < t; k++)
                n_twice += hn_config_equal(w->fold.problem.space, config,
                                           hn_fold_config(&w->fold, &w->fold.trials.data[k]));
            world_start(w, config, (int64_t)w->fold.n_events);
            world_tell(w, t, HONE_STATE_COMPLETE, config.slots[0].f);
            sampler_observe(&s, &w->fold, t);
        }
        if ((plugin->can & HN_USES_RESULTS) && n_twice > 0)
            fail_msg("%s: %u of ten again", plugin->name, n_twice);
        sampler_end(&s);
        hn_arena_free(&arena);
        world_free(w);
        hone_free(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extreme_ranges_are_searched_like_others),
        cmocka_unit_test(values_of_twenty_decades_are_searched_like_others),
        cmocka_unit_test(a_range_of_a_few_doubles_is_no_trap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
