// nsga2 and nsga3 reach the hypervolumes of pymoo: medians over eleven seeds of all that was
// evaluated, beside those that tools/zdt_hypervolumes prints.
#include "contract/samplers/world.h"

#include <stdlib.h>

#include "num/pareto.h"

enum { SEEDS = 11, MOST_VARIABLES = 10, MOST = 5000 };

typedef void objectives(const double *x, uint32_t n, double *out);

static void zdt1(const double *x, uint32_t n, double *out)
{
    double g = 1;
    for (uint32_t i = 1; i < n; i++)
        g += 9 * x[i] / (n - 1);
    out[0] = x[0];
    out[1] = g * (1 - sqrt(x[0] / g));
}

static void dtlz2(const double *x, uint32_t n, double *out)
{
    double g = 0, half = acos(0);
    for (uint32_t i = 2; i < n; i++)
        g += (x[i] - 0.5) * (x[i] - 0.5);
    out[0] = (1 + g) * cos(x[0] * half) * cos(x[1] * half);
    out[1] = (1 + g) * cos(x[0] * half) * sin(x[1] * half);
    out[2] = (1 + g) * sin(x[0] * half);
}

typedef struct setting {
    const char *name, *sampler, *options;
    objectives *f;
    uint32_t n, m, evaluations;
    double peer;
} setting;

static const setting settings[] = {
    {"zdt1", "nsga2", "{\"population\":50}", zdt1, 10, 2, 2000, 0.7873},
    {"dtlz2", "nsga2", "{\"population\":91}", dtlz2, 7, 3, 5000, 0.7637},
    {"dtlz2", "nsga3", "{\"population\":91,\"divisions\":12}", dtlz2, 7, 3, 5000, 0.7589},
};

// A journal with three objectives: the world of the contract tests has two at most.
static world *open_world(const setting *c, uint64_t seed)
{
    static const char *const names[] = {"a=0..1", "b=0..1", "c=0..1", "d=0..1", "e=0..1",
                                        "f=0..1", "g=0..1", "h=0..1", "i=0..1", "j=0..1"};
    const char *texts[MOST_VARIABLES + 1] = {NULL};
    for (uint32_t i = 0; i < c->n; i++)
        texts[i] = names[i];
    char *json = space_json(texts), text[300];
    world *w = hn_calloc(1, sizeof *w);
    hn_fold_init(&w->fold);
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"s\",\"seed\":\"%llu\",\"metrics\":[{\"name\":\"x\",\"goal\":"
                   "\"minimize\"},{\"name\":\"y\",\"goal\":\"minimize\"}%s],\"constraints\":[],%s}",
                   (unsigned long long)seed,
                   c->m > 2 ? ",{\"name\":\"z\",\"goal\":\"minimize\"}" : "", WORLD_PLAIN);
    hn_event event = hn_event_make(HN_EV_STUDY_CREATED);
    event.text = hn_bytes_of(text);
    world_append(w, &event);
    event = hn_event_make(HN_EV_SPACE_CHANGED);
    event.space = 1;
    event.text = hn_bytes_of(json);
    world_append(w, &event);
    hone_free(json);
    return w;
}

static void tell_all(world *w, uint32_t trial, const double *values, uint32_t m)
{
    hn_event event = hn_event_make(HN_EV_TOLD);
    event.trial = trial;
    event.epoch = 1;
    event.state = HONE_STATE_COMPLETE;
    event.values = (hn_doubles){values, m};
    world_append(w, &event);
}

static double volume(const setting *c, double *values, uint32_t n, hn_arena *arena)
{
    static const double reference[] = {1.1, 1.1, 1.1};
    uint32_t *front = HN_NEW(arena, uint32_t, n), n_front = 0;
    assert_true(hn_pareto_fronts(values, n, c->m, front, arena));
    for (uint32_t i = 0; i < n; i++) {
        if (front[i] > 0)
            continue;
        memmove(values + (size_t)n_front * c->m, values + (size_t)i * c->m, c->m * sizeof *values);
        n_front++;
    }
    return hn_hypervolume(values, n_front, c->m, reference, arena);
}

static double reached(const setting *c, uint64_t seed)
{
    static double values[MOST * 3];
    world *w = open_world(c, seed);
    const hn_plugin *plugin = NULL;
    void *options = NULL;
    sampler_in_use s = {.problem = w->fold.problem};
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, c->sampler, &plugin, NULL), HONE_OK);
    s.class = (const void *)plugin;
    assert_int_equal(hn_options_make(plugin, c->options, &s.arena, &options, NULL), HONE_OK);
    s.state = hn_arena_zalloc(&s.arena, 1, plugin->state_size);
    assert_int_equal(s.class->init(s.state, &s.problem, options, NULL), HONE_OK);
    for (uint32_t t = 0; t < c->evaluations; t++) {
        double point[MOST_VARIABLES];
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
        for (uint32_t i = 0; i < c->n; i++)
            point[i] = x.slots[i].f;
        c->f(point, c->n, values + (size_t)t * c->m);
        tell_all(w, world_start(w, x, (int64_t)w->fold.n_events), values + (size_t)t * c->m, c->m);
    }
    double found = volume(c, values, c->evaluations, &arena);
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    return found;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void fronts_are_as_good_as_the_peers(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
        const setting *c = &settings[k];
        double found[SEEDS];
        for (uint64_t seed = 0; seed < SEEDS; seed++)
            found[seed] = reached(c, seed + 1);
        qsort(found, SEEDS, sizeof *found, by_size);
        print_message("%s, %s: %.4f, at least %.4f; pymoo %.4f\n", c->name, c->sampler,
                      found[SEEDS / 2], found[0], c->peer);
        if (found[SEEDS / 2] < 0.98 * c->peer)
            fail_msg("%s, %s: a hypervolume of %.4f, pymoo has %.4f", c->name, c->sampler,
                     found[SEEDS / 2], c->peer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fronts_are_as_good_as_the_peers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
