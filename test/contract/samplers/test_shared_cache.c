// What samplers share within a study is a cache: a sampler that shares it with others, which ask at
// other times and for other things, suggests what it does alone, and what it does from a new state.
#include "contract/samplers/world.h"

#ifdef HONE_ARENA_DEBUG // with sanitizers, which make models many times slower
enum { FRESH_EVERY = 17 };
#else
enum { FRESH_EVERY = 7 };
#endif
enum { MOST_VERSIONS = 3, N_PARTNERS = 3 };

typedef struct scene {
    const char *name;
    int n_objectives;
    uint32_t n_trials;
    const char *extra;
    const char *versions[MOST_VERSIONS][6]; // of the space, which changes by thirds of the trials
    bool constrained;
} scene;

#define BY_RUN "\"lag\":0,\"noisy\":false,\"define_by_run\":true"

// auto goes from gp to tpe after 40 trials of the first, and to cmaes after 60 of the second.
static const scene scenes[] = {
    {"one float", 1, 48, WORLD_PLAIN, {{"x=0..1"}}, false},
    {"two floats", 1, 68, WORLD_PLAIN, {{"x=0..1", "y=log:1e-3..1"}}, false},
    {"several types",
     1,
     36,
     WORLD_PLAIN,
     {{"x=0..1", "k=int:1..9", "c=u,v,w", "s=subset:a,b,c"}},
     false},
    {"conditions",
     1,
     36,
     WORLD_PLAIN,
     {{"opt=sgd,adam,none", "lr=log:1e-5..1 if opt!=none", "m=0..0.99 if opt==sgd",
       "n=bool if m>0.5"}},
     false},
    {"constraints", 1, 30, WORLD_PLAIN, {{"x=0..1", "k=int:1..9"}}, true},
    {"a lag", 1, 30, "\"lag\":4,\"noisy\":false", {{"x=0..1", "k=int:1..9"}}, false},
    {"a space that changes",
     1,
     45,
     WORLD_PLAIN,
     {{"x=0..1", "c=u,v"}, {"x=0..2", "c=u,v,w"}, {"x=0..2", "c=u,w", "y=0..1 = 0.5"}},
     false},
    {"defined by running",
     1,
     45,
     BY_RUN,
     {{"x=0..1", "c=u,v"},
      {"x=0..1", "c=u,v", "k=int:1..9"},
      {"x=0..1", "c=u,v", "k=int:1..9", "y=0..1"}},
     false},
    {"two objectives", 2, 24, WORLD_PLAIN, {{"x=0..1", "k=int:1..9"}}, true},
    {"five objectives", 5, 24, WORLD_PLAIN, {{"x=0..1", "k=int:1..9"}}, false},
};

static const hn_sampler_class *find(const char *name)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, name, &plugin, NULL), HONE_OK);
    return (const void *)plugin;
}

// One that is looked at, alone and in company; the others use the same models otherwise.
typedef struct party {
    hn_cache cache;
    sampler_in_use subject, alone, partners[N_PARTNERS];
} party;

static void party_end(party *p)
{
    sampler_end(&p->subject);
    sampler_end(&p->alone);
    for (int i = 0; i < N_PARTNERS; i++)
        sampler_end(&p->partners[i]);
    hn_cache_free(&p->cache);
}

static bool party_begin(party *p, const hn_sampler_class *class, const hn_fold *fold)
{
    static const char *const names[N_PARTNERS] = {"gp", "smac", "auto"};
    static const char *const options[N_PARTNERS] = {
        "{\"n_startup\":3,\"n_candidates\":40,\"n_starts\":1}",
        "{\"n_trees\":12,\"n_startup\":3,\"n_random\":20,\"n_starts\":1}", NULL};
    memset(p, 0, sizeof *p);
    if (!sampler_begin_with(&p->subject, class, fold, 0, sampler_quick_options(class), &p->cache))
        return false;
    assert_true(sampler_begin_with(&p->alone, class, fold, 0, sampler_quick_options(class), NULL));
    for (int i = 0; i < N_PARTNERS; i++)
        assert_true(
            sampler_begin_with(&p->partners[i], find(names[i]), fold, 0, options[i], &p->cache));
    return true;
}

static hone_status ask(sampler_in_use *s, const hn_fold *fold, uint32_t trial, hn_config *out)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status = sampler_suggest(s, fold, trial, 0, out, &err);
    if (status != HONE_OK && status != HONE_EEXHAUSTED)
        fail_msg("%s: %s", s->class->head.name, err.text);
    return status;
}

static void assert_same(const char *name, const scene *of, const hn_fold *fold, uint32_t trial,
                        hn_config a, hn_config b, const char *how)
{
    if (!hn_config_equal(fold->problem.space, a, b))
        fail_msg("%s, %s: trial %u comes out otherwise %s", name, of->name, trial, how);
}

// The point for `trial` in all the ways there are; by turns the others ask before, between or not,
// and for this trial or the next.
static hone_status suggest(party *p, const scene *of, const hn_fold *fold, uint32_t trial,
                           hn_config out)
{
    hn_arena arena = HN_ARENA_INIT;
    const char *name = p->subject.class->head.name;
    hn_config other = hn_config_new(&arena, fold->problem.space);
    if (trial % 2 == 0)
        (void)ask(&p->partners[trial / 2 % N_PARTNERS], fold, trial + trial / 6 % 2, &other);
    hone_status status = ask(&p->subject, fold, trial, &out);
    assert_int_equal(ask(&p->alone, fold, trial, &other), status);
    if (status == HONE_OK)
        assert_same(name, of, fold, trial, out, other, "alone");
    if (trial % 6 == 1) {
        (void)ask(&p->partners[trial / 6 % N_PARTNERS], fold, trial + 1, &other);
        assert_int_equal(ask(&p->subject, fold, trial, &other), status);
        if (status == HONE_OK)
            assert_same(name, of, fold, trial, out, other, "when another has asked meanwhile");
    }
    if (trial % FRESH_EVERY == 0) {
        sampler_in_use fresh;
        assert_true(sampler_begin_with(&fresh, p->subject.class, fold, 0,
                                       sampler_quick_options(p->subject.class), NULL));
        assert_int_equal(ask(&fresh, fold, trial, &other), status);
        if (status == HONE_OK)
            assert_same(name, of, fold, trial, out, other, "from a new state");
        sampler_end(&fresh);
    }
    hn_arena_free(&arena);
    return status;
}

// A trial that defines its space has used some of it only.
static void settle(world *w, uint32_t number)
{
    const hn_trial *row = &w->fold.trials.data[number];
    const hone_space *space = w->fold.problem.space;
    hn_arena arena = HN_ARENA_INIT;
    hn_str params = HN_STR_INIT;
    hn_config config = hn_config_new(&arena, space);
    hn_config_copy(space, config, hn_fold_config(&w->fold, row));
    for (uint32_t p = 1; p < space->n_params; p++)
        if ((number + p) % 3 == 0) {
            hn_set_active(config.active, p, false);
            memset(config.slots + space->params[p].slot, 0,
                   space->params[p].n_slots * sizeof *config.slots);
        }
    hn_config_write(space, config, &params);
    hn_event event = hn_event_make(HN_EV_PARAMS);
    event.trial = number;
    event.epoch = 1;
    event.space = w->fold.problem.space_version;
    event.params = (hn_bytes){params.data, params.n};
    world_append(w, &event);
    hn_str_free(&params);
    hn_arena_free(&arena);
}

static void end_somehow(world *w, const scene *of, uint32_t number)
{
    double value = sin(number * 0.7) * 10, told[] = {cos(number), -0.5};
    if (w->fold.problem.define_by_run)
        settle(w, number);
    if (number % 7 == 3 && w->fold.problem.lag == 0)
        return; // runs on
    if (number % 11 == 5)
        world_tell(w, number, HONE_STATE_FAILED, 0);
    else if (number % 13 == 6)
        world_tell(w, number, HONE_STATE_LOST, 0);
    else if (!of->constrained)
        world_tell(w, number, HONE_STATE_COMPLETE, value);
    else
        world_tell_with(w, number, HONE_STATE_COMPLETE, value,
                        (hn_doubles){told, number < 8 ? 1 : 2});
}

static void live(world *w, party *p, const hn_sampler_class *class, const scene *of)
{
    uint32_t version = 0, n_versions = 1;
    bool going = party_begin(p, class, &w->fold);
    while (n_versions < MOST_VERSIONS && of->versions[n_versions][0])
        n_versions++;
    for (uint32_t i = 0; going && i < of->n_trials; i++) {
        if (i == (version + 1) * of->n_trials / n_versions) {
            char *json = space_json(of->versions[++version]);
            party_end(p);
            world_change(w, json);
            hone_free(json);
            going = party_begin(p, class, &w->fold);
        }
        hn_arena arena = HN_ARENA_INIT;
        hn_config config = hn_config_new(&arena, w->fold.problem.space);
        going = going && suggest(p, of, &w->fold, i, config) == HONE_OK;
        if (going)
            end_somehow(w, of, world_start(w, config, (int64_t)w->fold.n_events));
        hn_arena_free(&arena);
    }
}

// Whoever runs ends, and the same trial is asked for after each.
static void end_the_rest(world *w, party *p, const scene *of)
{
    uint32_t n = (uint32_t)w->fold.trials.n;
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t t = 3; p->subject.state && t < n; t += 7) {
        if (w->fold.trials.data[t].state == HONE_STATE_RUNNING)
            world_tell(w, t, HONE_STATE_COMPLETE, -20.0 - t);
        (void)suggest(p, of, &w->fold, n, config);
    }
    hn_arena_free(&arena);
}

static void check(const hn_sampler_class *class, const scene *of)
{
    if (of->n_objectives > 1 && !(class->head.can & HN_CAN_MULTI_OBJECTIVE))
        return;
    char *json = space_json(of->versions[0]);
    world *w = world_new(json, 5, of->n_objectives, of->extra);
    party p;
    hone_free(json);
    live(w, &p, class, of);
    end_the_rest(w, &p, of);
    party_end(&p);
    world_free(w);
}

// Samplers that fit no model have the evidence in common only: some scenes will do.
static bool is_due(const hn_plugin *plugin, size_t k)
{
    static const char *const models[] = {"auto", "gp", "smac", "tpe"};
    for (size_t i = 0; i < sizeof models / sizeof *models; i++)
        if (strcmp(plugin->name, models[i]) == 0)
            return true;
    return (plugin->can & HN_USES_RESULTS) && (k + strlen(plugin->name)) % 3 == 0;
}

static void company_makes_no_difference(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++)
        for (size_t k = 0; k < sizeof scenes / sizeof *scenes; k++)
            if (is_due(plugin, k))
                check((const hn_sampler_class *)(const void *)plugin, &scenes[k]);
}

// Those who model alike have one model, whatever they look for in it; others have their own.
static void equal_models_are_one(void **state)
{
    (void)state;
    static const struct {
        const char *name, *options;
        size_t n_entries;
    } table[] = {{"gp", "{}", 2},
                 {"gp", "{\"n_candidates\":40,\"n_startup\":3,\"trust_region\":\"on\"}", 2},
                 {"smac", "{}", 3},
                 {"gp", "{\"warp\":true}", 4},
                 {"smac", "{\"n_random\":9,\"random_share\":0.2,\"n_startup\":7}", 4},
                 {"gp", "{\"max_points\":50}", 5},
                 {"gp", "{\"target\":\"log\"}", 6},
                 {"gp", "{\"deterministic\":true}", 7},
                 {"smac", "{\"min_leaf\":3}", 8},
                 {"auto", "{}", 8}};
    enum { N = sizeof table / sizeof *table };
    char *json = space_json((const char *const[]){"x=0..1", "y=0..1", NULL});
    world *w = world_new(json, 5, 1, WORLD_PLAIN);
    sampler_in_use samplers[N];
    hn_cache cache = {0};
    hone_free(json);
    for (size_t i = 0; i < N; i++) {
        assert_true(sampler_begin_with(&samplers[i], find(table[i].name), &w->fold, 0,
                                       table[i].options, &cache));
        assert_int_equal(cache.entries.n, table[i].n_entries);
    }
    for (size_t i = 0; i < N; i++)
        sampler_end(&samplers[i]);
    hn_cache_free(&cache);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_models_are_one),
        cmocka_unit_test(company_makes_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
