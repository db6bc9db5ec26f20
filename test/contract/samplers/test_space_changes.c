// What every sampler owes when the space changes while the study lives: points inside the newest
// version, suggestions that are a function of the journal, and nothing of an exhaustible sampler
// twice.
#include "contract/samplers/world.h"

#ifdef HONE_ARENA_DEBUG // with sanitizers, which make models many times slower
enum { FRESH_EVERY = 8 };
#else
enum { FRESH_EVERY = 3 };
#endif
enum { N_EACH = 40, MAX_VERSIONS = 6, N_STORIES = 7 };

// The versions of a space, one after the other.
typedef struct story {
    const char *name;
    const char *versions[MAX_VERSIONS][8];
} story;

static const story stories[N_STORIES] = {
    {"widened and narrowed",
     {{"lr=log:1e-5..1e-1", "n=int:1..8"},
      {"lr=log:1e-6..1", "n=int:1..8"},
      {"lr=log:1e-3..1e-2", "n=int:2..4"},
      {"lr=1e-4..1e-1", "n=int:log:1..64"}}},
    {"choices come and go",
     {{"opt=sgd,adam", "k=int:1..3"},
      {"opt=lion,sgd,adam", "k=int:1..3"},
      {"opt=lion,adam:3", "k=int:1..4"},
      {"opt={sgd}", "k=int:1..4"},
      {"opt=sgd,adam,lion,adagrad", "k=int:1..4"}}},
    {"parameters come and go",
     {{"x=0..1", "y=0..1"},
      {"x=0..1", "y=0..1", "wd=log:1e-6..1"},
      {"x=0..1", "y=0..1", "wd=log:1e-6..1", "b=bool = false"},
      {"y=0..1", "wd=log:1e-6..1", "b=bool = false"},
      {"z=0..1"}}},
    {"conditions change",
     {{"opt=sgd,adam", "m=0..1 if opt==sgd", "lr=0..1"},
      {"opt=sgd,adam", "m=0..1", "lr=0..1"},
      {"opt=sgd,adam", "m=0..1 if opt==adam", "lr=0..1", "q=int:1..3 if m>0.5"},
      {"lr=0..1", "m=0..1 if lr>0.5", "opt=sgd,adam,lion = lion", "q=int:1..9 if m>0.5"}}},
    {"rules come and go",
     {{"a=int:1..6", "b=int:1..6"},
      {"a=int:1..6", "b=int:1..6", "require a<=b"},
      {"a=int:1..8", "b=int:1..6", "forbid a==b", "require a<=b"},
      {"a=int:1..8", "b=int:1..6"}}},
    {"types change",
     {{"n=int:1..4", "p=perm:a,b,c", "s=subset:u,v"},
      {"n=1,2,8", "p=perm:c,b,a", "s=subset:u,v,w"},
      {"n=0.5..8", "p=perm:a,b,c,d", "s=simplex:3"},
      {"n=normal:2,1", "p=ord:a,b", "s=simplex:3"}}},
    {"a grid in halves",
     {{"x=0..1 step 0.5", "c=a,b"}, {"x=0..1 step 0.25", "c=a,b"}, {"x=0..2 step 0.25", "c={b}"}}},
};

// Each trial ends in its own way; some run on across the change, some are told after it.
static void end_somehow(world *w, sampler_in_use *s, uint32_t number)
{
    double value = sin(number * 0.7) * 10;
    if (number % 7 == 3)
        return;
    if (number % 11 == 5)
        world_tell(w, number, HONE_STATE_FAILED, 0);
    else if (number % 13 == 6)
        world_tell(w, number, HONE_STATE_PRUNED, NAN);
    else if (number % 19 == 8)
        world_tell(w, number, HONE_STATE_LOST, 0);
    else
        world_tell(w, number, HONE_STATE_COMPLETE, value);
    sampler_observe(s, &w->fold, number);
}

static void end_the_rest(world *w)
{
    for (uint32_t t = 0; t < w->fold.trials.n; t += 14)
        if (w->fold.trials.data[t].state == HONE_STATE_RUNNING)
            world_tell(w, t, HONE_STATE_COMPLETE, t);
}

static void assert_good(const char *name, const story *of, const hn_fold *fold, hn_config config)
{
    hone_error err = HONE_ERROR_INIT;
    const hn_rule *rule = NULL;
    if (hn_space_validate(fold->problem.space, config, &err) != HONE_OK)
        fail_msg("%s, %s: %s", name, of->name, err.text);
    if (!hn_space_allows(fold->problem.space, config, &rule))
        fail_msg("%s, %s: a point breaks \"%s\"", name, of->name, rule->text);
}

static void drive(world *w, sampler_in_use *s, const story *of)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t i = 0; i < N_EACH; i++) {
        hone_error err = HONE_ERROR_INIT;
        hone_status status =
            sampler_suggest(s, &w->fold, (uint32_t)w->fold.trials.n, 0, &config, &err);
        if (status == HONE_EEXHAUSTED)
            break;
        if (status != HONE_OK)
            fail_msg("%s, %s: %s", s->class->head.name, of->name, err.text);
        assert_good(s->class->head.name, of, &w->fold, config);
        end_somehow(w, s, world_start(w, config, (int64_t)w->fold.n_events));
    }
    hn_arena_free(&arena);
}

// False when the sampler refuses a version.
static bool live_through(world *w, const hn_sampler_class *class, const story *of,
                         sampler_in_use *last)
{
    for (int v = 0; v < MAX_VERSIONS && of->versions[v][0]; v++) {
        if (v > 0) {
            char *json = space_json(of->versions[v]);
            world_change(w, json);
            hone_free(json);
            end_the_rest(w);
            sampler_end(last);
        }
        if (!sampler_begin_here(last, class, &w->fold, 0))
            return false;
        drive(w, last, of);
    }
    return true;
}

static void check_pure(const hn_sampler_class *class, const story *of)
{
    char *json = space_json(of->versions[0]);
    world *w = world_new(json, 5, class->head.can & HN_CAN_MULTI_OBJECTIVE ? 2 : 1, WORLD_PLAIN);
    sampler_in_use s = {0};
    hone_free(json);
    bool taken = live_through(w, class, of, &s);
    for (uint32_t t = 0; taken && t < w->fold.trials.n; t += FRESH_EVERY) {
        hn_fold prefix;
        sampler_in_use fresh;
        const hn_trial *row = &w->fold.trials.data[t];
        world_fold(w, (size_t)row->saw, &prefix);
        assert_int_equal(prefix.problem.space_version, row->space);
        assert_true(sampler_begin_here(&fresh, class, &prefix, 0));
        assert_suggests_again(w, of->name, &prefix, &fresh, t, "from a new state");
        sampler_end(&fresh);
        if (row->space == w->fold.problem.space_version)
            assert_suggests_again(w, of->name, &prefix, &s, t, "from a state that has seen more");
        hn_fold_free(&prefix);
    }
    sampler_end(&s);
    world_free(w);
}

static void suggestions_are_a_function_of_the_journal(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++)
        for (int k = 0; k < N_STORIES; k++)
            check_pure((const hn_sampler_class *)(const void *)plugin, &stories[k]);
}

// Configurations of the newest version that no trial has, and pairs of trials that have the same
// one although nothing was lost.
static void count(const world *w, uint32_t *n_missing, uint32_t *n_twice)
{
    const hone_space *space = w->fold.problem.space;
    hn_view view = hn_view_of(&w->fold, (uint32_t)w->fold.trials.n);
    hn_arena arena = HN_ARENA_INIT;
    hn_config a = hn_config_new(&arena, space), b = hn_config_new(&arena, space);
    *n_missing = *n_twice = 0;
    for (uint32_t draw = 0; draw < 300; draw++) {
        bool found = false;
        assert_int_equal(hn_space_redraw(space, 99, draw, 0, a, NULL), HONE_OK);
        for (uint32_t t = 0; !found && t < w->fold.trials.n; t++)
            found = hn_view_map(&view, t, b) == HN_MAPPED_EQUAL && hn_config_equal(space, a, b);
        *n_missing += !found;
    }
    for (uint32_t t = 0; t < w->fold.trials.n; t++)
        for (uint32_t u = t + 1; u < w->fold.trials.n; u++)
            *n_twice += w->fold.trials.data[t].state != HONE_STATE_LOST &&
                        hn_view_map(&view, t, a) == HN_MAPPED_EQUAL &&
                        hn_view_map(&view, u, b) == HN_MAPPED_EQUAL && hn_config_equal(space, a, b);
    hn_arena_free(&arena);
}

// What has been tried in an earlier version is not tried again, and all the rest is.
static void what_exhausts_tries_everything_once(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        const hn_sampler_class *class = (const void *)plugin;
        static const int finite[] = {1, 4, 6};
        for (int k = 0; (plugin->can & HN_EXHAUSTS) && k < 3; k++) {
            const story *of = &stories[finite[k]];
            char *json = space_json(of->versions[0]);
            world *w = world_new(json, 5, 1, WORLD_PLAIN);
            sampler_in_use s = {0};
            uint32_t n_missing, n_twice;
            hone_free(json);
            assert_true(live_through(w, class, of, &s));
            count(w, &n_missing, &n_twice);
            // Another sampler than grid may be asked for what it had: that is served.
            if (n_missing || (n_twice && strcmp(plugin->name, "grid") == 0))
                fail_msg("%s, %s: %u are missing, %u come twice", plugin->name, of->name, n_missing,
                         n_twice);
            sampler_end(&s);
            world_free(w);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suggestions_are_a_function_of_the_journal),
        cmocka_unit_test(what_exhausts_tries_everything_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
