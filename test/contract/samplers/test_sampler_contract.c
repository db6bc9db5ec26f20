// What every sampler owes, whatever its method: points inside the space and its rules, and
// suggestions that are a function of the journal alone.
#include "contract/samplers/world.h"

#include <stdlib.h>

#ifdef HONE_ARENA_DEBUG // with sanitizers, which make models many times slower
enum { N_TRIALS = 50, N_DULL = 26 };
#else
enum { N_TRIALS = 100, N_DULL = 40 };
#endif
enum { MAX_SPACES = 15, WIDE = 300 };

typedef struct space_case {
    const char *name;
    char *json;
} space_case;

static space_case spaces[MAX_SPACES];
static int n_spaces;

static void add_space(const char *name, const char *const *texts)
{
    assert_true(n_spaces < MAX_SPACES);
    spaces[n_spaces++] = (space_case){name, space_json(texts)};
}
#define ADD(name, ...) add_space(name, (const char *const[]){__VA_ARGS__, NULL})

static void add_wide_space(void)
{
    static char texts[WIDE][32];
    const char *list[WIDE + 1] = {NULL};
    for (int i = 0; i < WIDE; i++) {
        (void)snprintf(texts[i], sizeof texts[i], i % 3 ? "p%d=0..1" : "p%d=log:int:1..4096", i);
        if (i % 3 == 0)
            (void)snprintf(texts[i], sizeof texts[i], "p%d=int:log:1..4096", i);
        list[i] = texts[i];
    }
    add_space("300 parameters", list);
}

static int make_spaces(void **state)
{
    (void)state;
    ADD("one float", "x=0..1");
    ADD("one choice", "opt=sgd,adam,rmsprop");
    ADD("every type", "f=0..1", "lf=log:1e-6..1", "sf=0..1 step 0.1", "i=int:-3..40",
        "li=int:log:1..4096", "si=int:32..256 step 32", "c=sgd,adam", "o=ord:xs,s,m,l", "b=bool",
        "p=perm:a,b,c,d", "s=subset:u,v,w", "x=simplex:4", "n=normal:0,1", "l=lognormal:0,1");
    ADD("conditions", "opt=sgd,adam,none", "lr=log:1e-5..1 if opt!=none",
        "momentum=0..0.99 if opt==sgd", "nesterov=bool if momentum>0.5",
        "beta=0.9..0.999 if opt==adam");
    ADD("rules", "a=int:1..20", "b=int:1..20", "opt=sgd,adam", "forbid a*b>100",
        "require opt==adam || a<=b");
    ADD("a narrow rule", "a=0..1", "b=0..1", "require a+b<=0.2");
    ADD("weights and beliefs", "opt=sgd:5,adam:1", "lr=log:1e-5..1 ~ 0.001*/10",
        "w=int:1..100 ~ 50+-10");
    ADD("defaults", "lr=log:1e-5..1 = 0.01", "n=int:1..9 = 3");
    ADD("choices of any JSON", "c=1,\"1\",[1],\"[1]\",{\"k\":[2.5,null]} = \"1\"",
        "x=0..1 if c==[1]", "y=int:1..9 if c in {1,\"[1]\"}", "p=perm:[1],1,\"1\"",
        "forbid c==\"1\" && y>3");
    ADD("tiny", "a=bool", "b=x,y,z");
    ADD("tiny with a rule and a condition", "a=bool", "b=x,y,z if a==true", "c=int:1..2",
        "forbid b==z && c==2");
    ADD("one point", "only={5}");
    ADD("unbounded", "n=normal:0,1", "l=lognormal:-3,2", "m=normal:1e6,1e-3");
    ADD("orders", "p=perm:a,b,c,d,e,f,g,h", "s=subset:a,b,c,d,e,f,g,h,i,j", "x=simplex:16");
    add_wide_space();
    return 0;
}

static int free_spaces(void **state)
{
    (void)state;
    for (int i = 0; i < n_spaces; i++)
        hone_free(spaces[i].json);
    return 0;
}

typedef void each_fn(const hn_sampler_class *class, const space_case *c);

// HONE_TEST_SAMPLER names one: this alone.
static void for_each(each_fn *check)
{
    const hn_plugin *plugin;
    const char *only = getenv("HONE_TEST_SAMPLER");
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        if (only && strcmp(plugin->name, only) != 0)
            continue;
        print_message("sampler %s\n", plugin->name);
        for (int k = 0; k < n_spaces; k++)
            check((const hn_sampler_class *)(const void *)plugin, &spaces[k]);
    }
}

static void assert_good(const hn_sampler_class *class, const space_case *c, const hn_fold *fold,
                        hn_config config)
{
    hone_error err = HONE_ERROR_INIT;
    const hn_rule *rule = NULL;
    if (hn_space_validate(fold->problem.space, config, &err) != HONE_OK)
        fail_msg("%s, %s: %s", class->head.name, c->name, err.text);
    if (!hn_space_allows(fold->problem.space, config, &rule))
        fail_msg("%s, %s: a point breaks \"%s\"", class->head.name, c->name, rule->text);
}

// An exhausted space: every configuration that the rules allow has been suggested.
static void assert_covered(const hn_sampler_class *class, const space_case *c, const hn_fold *fold)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, fold->problem.space);
    if (!(class->head.can & HN_EXHAUSTS))
        fail_msg("%s, %s: EEXHAUSTED without HN_EXHAUSTS", class->head.name, c->name);
    for (uint32_t draw = 0; isfinite(fold->problem.space->cardinality) && draw < 500; draw++) {
        bool found = false;
        assert_int_equal(hn_space_redraw(fold->problem.space, 99, draw, 0, config, NULL), HONE_OK);
        for (uint32_t t = 0; !found && t < fold->trials.n; t++)
            found = hn_config_equal(fold->problem.space, config,
                                    hn_fold_config(fold, &fold->trials.data[t]));
        if (!found)
            fail_msg("%s, %s: exhausted, but not complete", class->head.name, c->name);
    }
    hn_arena_free(&arena);
}

// How a trial ends, so that histories hold everything: results, infinities, failures, pending ones.
static void end_somehow(world *w, sampler_in_use *s, uint32_t number)
{
    double value = sin(number * 0.7) * 10;
    if (number % 7 == 3)
        return; // runs on
    if (number % 4 == 0)
        world_report(w, number, 1, value + 1);
    if (number % 11 == 5)
        world_tell(w, number, HONE_STATE_FAILED, 0);
    else if (number % 13 == 6)
        world_tell(w, number, HONE_STATE_PRUNED, NAN);
    else if (number % 17 == 7)
        world_tell(w, number, HONE_STATE_COMPLETE, number % 2 ? INFINITY : -INFINITY);
    else if (number % 19 == 8)
        world_tell(w, number, HONE_STATE_LOST, 0);
    else
        world_tell(w, number, HONE_STATE_COMPLETE, value);
    sampler_observe(s, &w->fold, number);
}

// Drives the sampler for n trials or until it is exhausted.
static void drive(world *w, sampler_in_use *s, const space_case *c, uint32_t n)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t i = 0; i < n; i++) {
        hone_error err = HONE_ERROR_INIT;
        hone_status status = sampler_suggest(s, &w->fold, i, 0, &config, &err);
        if (status == HONE_EEXHAUSTED) {
            assert_true(err.text[0]);
            assert_covered(s->class, c, &w->fold);
            break;
        }
        if (status != HONE_OK)
            fail_msg("%s, %s: %s", s->class->head.name, c->name, err.text);
        assert_good(s->class, c, &w->fold, config);
        end_somehow(w, s, world_start(w, config, (int64_t)w->fold.n_events));
    }
    hn_arena_free(&arena);
}

static void check_pure_of(const hn_sampler_class *class, const space_case *c, int n_objectives)
{
    world *w = world_new(c->json, 5, n_objectives, WORLD_PLAIN);
    // What dimensions add shows early.
    uint32_t n = w->fold.problem.space->n_dims < WIDE ? N_TRIALS : N_TRIALS / 2;
    sampler_in_use s;
    if (!sampler_begin_here(&s, class, &w->fold, N_TRIALS)) {
        world_free(w);
        return;
    }
    drive(w, &s, c, n);
    for (uint32_t t = 0; t < w->fold.trials.n; t += t < 10 ? 1 : 37) {
        hn_fold prefix;
        sampler_in_use fresh;
        world_fold(w, (size_t)w->fold.trials.data[t].saw, &prefix);
        assert_true(sampler_begin_here(&fresh, class, &prefix, N_TRIALS));
        assert_suggests_again(w, c->name, &prefix, &fresh, t, "from a new state");
        assert_suggests_again(w, c->name, &prefix, &fresh, t, "when asked twice");
        sampler_end(&fresh);
        // The state that has seen everything is a cache: it must not let the future in.
        assert_suggests_again(w, c->name, &prefix, &s, t, "from a state that has seen more");
        hn_fold_free(&prefix);
    }
    sampler_end(&s);
    world_free(w);
}

// With one objective, too: auto, for one, then goes another way.
static void check_pure(const hn_sampler_class *class, const space_case *c)
{
    bool several = class->head.can & HN_CAN_MULTI_OBJECTIVE;
    for (int n_objectives = several ? 2 : 1; n_objectives > 0; n_objectives--)
        check_pure_of(class, c, n_objectives);
}

static void suggestions_are_a_function_of_the_journal(void **state)
{
    (void)state;
    for_each(check_pure);
}

static void check_seeds(const hn_sampler_class *class, const space_case *c)
{
    world *w[2];
    sampler_in_use s[2];
    bool same = true, taken = true;
    for (int k = 0; k < 2; k++) {
        w[k] = world_new(c->json, (uint64_t)(100 + k), 1, WORLD_PLAIN);
        taken &= sampler_begin_here(&s[k], class, &w[k]->fold, 0);
        if (taken)
            drive(w[k], &s[k], c, N_TRIALS / 4);
    }
    for (uint32_t t = 0; taken && t < w[0]->fold.trials.n && t < w[1]->fold.trials.n; t++)
        same &= hn_config_equal(w[0]->fold.problem.space,
                                hn_fold_config(&w[0]->fold, &w[0]->fold.trials.data[t]),
                                hn_fold_config(&w[1]->fold, &w[1]->fold.trials.data[t]));
    // A grid in order does not depend on the seed; the rest of them do, where there is a choice.
    bool in_order = strcmp(class->head.name, "grid") == 0;
    bool choice = !(w[0]->fold.problem.space->cardinality <= 1);
    if (taken && same != (in_order || !choice))
        fail_msg("%s, %s: two seeds, %s points", class->head.name, c->name,
                 same ? "the same" : "different");
    for (int k = 0; k < 2; k++) {
        sampler_end(&s[k]);
        world_free(w[k]);
    }
}

static void seeds_lead_to_other_points(void **state)
{
    (void)state;
    for_each(check_seeds);
}

// Another attempt is another point where there are any, and a good one.
static void check_attempts(const hn_sampler_class *class, const space_case *c)
{
    world *w = world_new(c->json, 5, 1, WORLD_PLAIN);
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    if (sampler_begin_here(&s, class, &w->fold, 0)) {
        hn_config first = hn_config_new(&arena, w->fold.problem.space);
        hn_config next = hn_config_new(&arena, w->fold.problem.space);
        bool endless = !isfinite(w->fold.problem.space->cardinality);
        bool once_each = strcmp(class->head.name, "grid") == 0;
        assert_int_equal(sampler_suggest(&s, &w->fold, 0, 0, &first, NULL), HONE_OK);
        for (uint32_t attempt = 1; attempt < 10; attempt++) {
            assert_int_equal(sampler_suggest(&s, &w->fold, 0, attempt, &next, NULL), HONE_OK);
            assert_good(class, c, &w->fold, next);
            if (endless && !once_each && hn_config_equal(w->fold.problem.space, first, next))
                fail_msg("%s, %s: attempt %u is attempt 0", class->head.name, c->name, attempt);
        }
        sampler_end(&s);
    }
    hn_arena_free(&arena);
    world_free(w);
}

static void attempts_lead_to_other_points(void **state)
{
    (void)state;
    for_each(check_attempts);
}

// What a sampler says of a trial, if anything, is a short line, and its own name is not repeated.
static void assert_explains(const sampler_in_use *s, const hn_fold *fold, uint32_t trial)
{
    hn_view view = sampler_view(s, fold, (uint32_t)fold->trials.n);
    const hn_sampler_class *class = s->class;
    char *text = class->explain ? class->explain(s->state, &view, trial) : NULL;
    const char *in_use = class->in_use ? class->in_use(s->state, &view, trial) : NULL;
    if (class->explain && (!text || strlen(text) < 10 || strlen(text) > 100 || strchr(text, '\n') ||
                           text[strlen(text) - 1] == '.'))
        fail_msg("%s says of trial %u: %s", class->head.name, trial, text ? text : "nothing");
    if (class->in_use)
        assert_true(in_use && strcmp(in_use, class->head.name) != 0);
    hn_free(text);
}

// Histories that say nothing: all failed, all pending, all the same, all infinite, not a number.
static void check_dull(const hn_sampler_class *class, const space_case *c)
{
    for (int kind = 0; kind < 5; kind++) {
        world *w = world_new(c->json, 5, 1, WORLD_PLAIN);
        sampler_in_use s;
        hn_arena arena = HN_ARENA_INIT;
        hn_config config = hn_config_new(&arena, w->fold.problem.space);
        bool taken = sampler_begin_here(&s, class, &w->fold, 0);
        for (uint32_t i = 0; taken && i < N_DULL; i++) {
            hone_status status = sampler_suggest(&s, &w->fold, i, 0, &config, NULL);
            if (status == HONE_EEXHAUSTED)
                break;
            assert_int_equal(status, HONE_OK);
            assert_good(class, c, &w->fold, config);
            assert_explains(&s, &w->fold, HN_NONE);
            assert_explains(&s, &w->fold, i);
            world_start(w, config, (int64_t)w->fold.n_events);
            static const double values[] = {0, 0, 1, INFINITY, NAN};
            if (kind > 0)
                world_tell(w, i, kind == 1 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE, values[kind]);
            sampler_observe(&s, &w->fold, i);
        }
        sampler_end(&s);
        hn_arena_free(&arena);
        world_free(w);
    }
}

static void dull_histories_do_no_harm(void **state)
{
    (void)state;
    for_each(check_dull);
}

// With a lag, what may not be seen yet makes no difference.
static void check_lag(const hn_sampler_class *class, const space_case *c)
{
    enum { LAG = 4, N = 24 };
    world *w = world_new(c->json, 5, 1, "\"lag\":4,\"noisy\":false");
    sampler_in_use s, early;
    hn_arena arena = HN_ARENA_INIT;
    hn_config late = hn_config_new(&arena, w->fold.problem.space);
    hn_config soon = hn_config_new(&arena, w->fold.problem.space);
    if (!sampler_begin_here(&s, class, &w->fold, 0)) {
        hn_arena_free(&arena);
        world_free(w);
        return;
    }
    for (uint32_t i = 0; i < N; i++) {
        // Trials up to i - LAG are told; `soon` comes before trial i - 1 is, `late` after.
        assert_true(sampler_begin_here(&early, class, &w->fold, 0));
        hone_status status = sampler_suggest(&early, &w->fold, i, 0, &soon, NULL);
        sampler_end(&early);
        if (status == HONE_EEXHAUSTED)
            break;
        assert_int_equal(status, HONE_OK);
        if (i > 0) {
            world_tell(w, i - 1, HONE_STATE_COMPLETE, cos(i));
            sampler_observe(&s, &w->fold, i - 1);
        }
        assert_int_equal(sampler_suggest(&s, &w->fold, i, 0, &late, NULL), HONE_OK);
        if (!hn_config_equal(w->fold.problem.space, soon, late))
            fail_msg("%s, %s: trial %u saw a result too early", class->head.name, c->name, i);
        world_start(w, late, (int64_t)w->fold.n_events);
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
}

static void a_lag_hides_results(void **state)
{
    (void)state;
    for_each(check_lag);
}

static void every_head_is_complete(void **state)
{
    (void)state;
    const hn_plugin *plugin, *found;
    const char *last = "";
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        const hn_sampler_class *class = (const void *)plugin;
        assert_true(strcmp(last, plugin->name) < 0);
        last = plugin->name;
        assert_int_equal(plugin->kind, HN_KIND_SAMPLER);
        assert_true(plugin->summary && plugin->summary[0] && plugin->source);
        assert_true(class->init && class->suggest);
        assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, plugin->name, &found, NULL), HONE_OK);
        assert_ptr_equal(found, plugin);
        assert_int_equal(hone_plugin_check_options(plugin, "{}", NULL), HONE_OK);
        for (const hn_option *o = plugin->options; o && o->name; o++)
            assert_true(o->help && o->help[0] && o->help[strlen(o->help) - 1] != '.');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_head_is_complete),
        cmocka_unit_test(suggestions_are_a_function_of_the_journal),
        cmocka_unit_test(seeds_lead_to_other_points),
        cmocka_unit_test(attempts_lead_to_other_points),
        cmocka_unit_test(dull_histories_do_no_harm),
        cmocka_unit_test(a_lag_hides_results),
    };
    return cmocka_run_group_tests(tests, make_spaces, free_spaces);
}
