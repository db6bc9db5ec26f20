// Which sampler auto takes for which problem and trial, what it says of that, and that its
// suggestions stay a function of the journal while it passes from one to another.
#include "contract/samplers/world.h"

#include "base/mem.h"

static const hn_sampler_class *find(const char *name)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, name, &plugin, NULL), HONE_OK);
    return (const void *)plugin;
}

typedef struct expectation {
    int n_objectives;
    const char *extra; // of the study's definition
    const char *space[8];
    const char *first;   // in use for a study without trials: most of the trials that follow
    uint32_t n_slopes;   // trials below this number are trust's, which is in use if these are many,
    uint32_t n_first;    // those below this one `first`'s or of what goes beside it
    const char *then;    // who has most from there on
    const char *begins;  // who gets trial 0
    const char *beside;  // who else gets some of the first trials; NULL: nobody
    const char *besides; // who else gets some of those after them; NULL: nobody
} expectation;

static const expectation table[] = {
    {1, WORLD_PLAIN, {"a=bool", "b=int:1..16"}, "grid", 0, 0, "grid", "grid", NULL, NULL},
    {1,
     "\"lag\":0,\"noisy\":true",
     {"a=bool", "b=int:1..16"},
     "gp",
     0,
     60,
     "tpe",
     "trust",
     "tpe",
     NULL},
    {1, WORLD_PLAIN, {"x=0..1"}, "gp", 0, 40, "tpe", "trust", "tpe", NULL},
    {1, WORLD_PLAIN, {"x=0..1", "y=log:1e-3..1"}, "gp", 0, 60, "trust", "trust", "tpe", NULL},
    {1,
     "\"lag\":0,\"noisy\":true",
     {"x=0..1", "y=log:1e-3..1"},
     "gp",
     0,
     60,
     "cmaes",
     "trust",
     "tpe",
     NULL},
    {1, WORLD_PLAIN, {"x=0..1", "n=int:1..100"}, "gp", 0, 60, "tpe", "trust", "cmaes", NULL},
    {1, WORLD_PLAIN, {"x=0..1", "y=0..1", "c=u,v"}, "gp", 0, 80, "tpe", "trust", "trust", NULL},
    {1, WORLD_PLAIN, {"x=0..1", "y=0..1 if x>0.5"}, "gp", 0, 60, "tpe", "trust", "tpe", NULL},
    {1, WORLD_PLAIN, {"s=simplex:40"}, "gp", 120, 250, "trust", "trust", "tpe", NULL},
    {1, WORLD_PLAIN, {"s=simplex:100"}, "trust", 0, 250, "cmaes", "trust", "tpe", NULL},
    {2, WORLD_PLAIN, {"x=0..1", "y=0..1"}, "gp", 0, 60, "tpe", "gp", "nsga2", "nsga2"},
    {3, WORLD_PLAIN, {"x=0..1", "c=u,v"}, "gp", 0, 60, "tpe", "gp", "tpe", "nsga2"},
    {4, WORLD_PLAIN, {"x=0..1", "y=0..1"}, "tpe", 0, 0, "tpe", "tpe", NULL, NULL},
    {2, WORLD_PLAIN, {"s=simplex:100"}, "tpe", 0, 0, "tpe", "tpe", NULL, NULL},
};

static void begin(const expectation *e, world **w, sampler_in_use *s)
{
    char *json = space_json(e->space);
    *w = world_new(json, 3, e->n_objectives, e->extra);
    assert_true(sampler_begin(s, find("auto"), &(*w)->fold, 0));
    hone_free(json);
}

// The sampler that the trial gets; what is said of it is a line.
static const char *named(sampler_in_use *s, const hn_view *view, uint32_t trial)
{
    char *text = s->class->explain(s->state, view, trial);
    assert_non_null(text);
    assert_true(strlen(text) > 10);
    assert_null(strchr(text, '\n'));
    hn_free(text);
    return s->class->in_use(s->state, view, trial);
}

static void assert_said(sampler_in_use *s, const hn_view *view, uint32_t trial, const char *wanted)
{
    char *text = s->class->explain(s->state, view, trial);
    assert_string_equal(text, wanted);
    hn_free(text);
}

// Trials from `low` on, below `high`: `most` has most of them, or shares them equally; of the
// others some are `beside`'s, if anybody's.
static void shared(sampler_in_use *s, const hn_view *view, uint32_t low, uint32_t high,
                   const char *most, const char *beside)
{
    uint32_t n_most = 0, n_beside = 0;
    for (uint32_t t = low; t < high; t++) {
        const char *name = named(s, view, t);
        n_most += strcmp(name, most) == 0;
        n_beside += beside && strcmp(name, beside) == 0;
    }
    assert_true(2 * n_most >= high - low);
    assert_true(beside ? n_beside > 0 : n_most == high - low);
}

static void each_problem_gets_its_samplers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const expectation *e = &table[i];
        world *w;
        sampler_in_use s;
        begin(e, &w, &s);
        hn_view view = sampler_view(&s, &w->fold, 0);
        assert_string_equal(s.class->in_use(s.state, &view, HN_NONE),
                            e->n_slopes > 10 ? "trust" : e->first);
        assert_string_equal(named(&s, &view, 0), e->begins);
        shared(&s, &view, 0, e->n_slopes, "trust", NULL);
        shared(&s, &view, e->n_slopes, e->n_first, e->first, e->beside);
        shared(&s, &view, e->n_first, e->n_first + 50, e->then, e->besides);
        sampler_end(&s);
        world_free(w);
    }
}

// Until when trust and cmaes share the trials: with fewer than trust's patience, 40 + 8 d, cmaes
// would get none of them.
static void both_get_a_share_in_any_dimension(void **state)
{
    (void)state;
    for (uint32_t d = 2; d <= 60; d++) {
        const char *lines[61] = {NULL};
        char names[60][16];
        sampler_in_use s;
        for (uint32_t k = 0; k < d; k++) {
            (void)snprintf(names[k], sizeof names[k], "x%u=0..1", k);
            lines[k] = names[k];
        }
        char *json = space_json(lines);
        world *w = world_new(json, 3, 1, WORLD_PLAIN);
        hone_free(json);
        assert_true(sampler_begin(&s, find("auto"), &w->fold, 0));
        hn_view view = sampler_view(&s, &w->fold, 0);
        assert_string_equal(s.class->in_use(s.state, &view, 250 + 40 + 8 * d), "trust");
        assert_string_equal(s.class->in_use(s.state, &view, 250 + 5000), "cmaes");
        sampler_end(&s);
        world_free(w);
    }
}

static double bowl(const hone_space *space, hn_config x)
{
    double sum = 0;
    for (uint32_t p = 0; p < space->n_params; p++)
        sum += pow(x.slots[space->params[p].slot].f - 0.3, 2);
    return sum;
}

// Ripples: once trust is at the bottom of one, finding a better one takes it long.
static double rugged(const hone_space *space, hn_config x)
{
    double sum = bowl(space, x);
    for (uint32_t p = 0; p < space->n_params; p++)
        sum += 0.1 * sin(60 * x.slots[space->params[p].slot].f);
    return sum;
}

static void drive(world *w, sampler_in_use *s, uint32_t n)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t t = 0; t < n; t++) {
        assert_int_equal(sampler_suggest(s, &w->fold, t, 0, &x, NULL), HONE_OK);
        double value = rugged(w->fold.problem.space, x);
        int64_t saw = (int64_t)w->fold.n_events;
        world_tell(w, world_start(w, x, saw), t % 9 == 4 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE,
                   value);
    }
    hn_arena_free(&arena);
}

static uint32_t n_named(sampler_in_use *s, const hn_view *view, uint32_t low, const char *name)
{
    uint32_t n = 0;
    for (uint32_t t = low; t < view->n_trials; t++)
        n += strcmp(s->class->in_use(s->state, view, t), name) == 0;
    return n;
}

// Around the switch every trial, before it some of each sampler: from a state that has suggested
// all before, and from one that begins there.
static void passing_on_is_a_function_of_the_journal(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0, 0, 80, 220};
    for (size_t i = 2; i < 4; i++) {
        const uint32_t N = lengths[i];
        world *w;
        sampler_in_use s;
        begin(&table[i], &w, &s);
        drive(w, &s, N);
        hn_view view = sampler_view(&s, &w->fold, N);
        if (i == 2)
            assert_string_equal(s.class->in_use(s.state, &view, HN_NONE), table[i].then);
        else { // what the others see is that both were in use
            assert_true(n_named(&s, &view, table[i].n_first, "trust") >= 56);
            assert_true(n_named(&s, &view, table[i].n_first, "cmaes") >= 20);
        }
        for (uint32_t t = 1; t<N; t += t + 4> table[i].n_first ? 1 : 5) {
            hn_fold prefix;
            sampler_in_use fresh;
            world_fold(w, (size_t)w->fold.trials.data[t].saw, &prefix);
            assert_true(sampler_begin(&fresh, s.class, &prefix, 1000));
            assert_suggests_again(w, "bowl", &prefix, &fresh, t, "from a new state");
            assert_suggests_again(w, "bowl", &prefix, &s, t, "from a state that has seen more");
            sampler_end(&fresh);
            hn_fold_free(&prefix);
        }
        sampler_end(&s);
        world_free(w);
    }
}

// Once more trials were stopped than have finished; and as long as it is so.
static void early_stops_leave_it_to_tpe(void **state)
{
    (void)state;
    world *w;
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    begin(&table[3], &w, &s);
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    static const char *const in_use[] = {"gp", "tpe", "gp", "tpe", "tpe"};
    static const char *const wanted[] = {"trust", "tpe", "gp", "tpe", "tpe"};
    for (uint32_t t = 0; t < 5; t++) {
        hn_view view = sampler_view(&s, &w->fold, t);
        assert_string_equal(s.class->in_use(s.state, &view, HN_NONE), in_use[t]);
        assert_string_equal(named(&s, &view, t), wanted[t]);
        if (strcmp(in_use[t], "tpe") == 0)
            assert_said(&s, &view, HN_NONE, "most trials are stopped early");
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
        uint32_t number = world_start(w, x, (int64_t)w->fold.n_events);
        world_report(w, number, 1, 0.5);
        world_tell(w, number, t == 1 ? HONE_STATE_COMPLETE : HONE_STATE_PRUNED, 0.5);
    }
    hn_arena_free(&arena);
    sampler_end(&s);
    world_free(w);
}

// Replaced members are not stopped early, and what it says stays the same however many there are.
static void copies_leave_it_as_it_is(void **state)
{
    (void)state;
    world *w;
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    char *json = space_json(table[3].space);
    w = world_new(json, 3, 1, WORLD_PLAIN);
    hone_free(json);
    w->fold.problem.forks = true;
    assert_true(sampler_begin(&s, find("auto"), &w->fold, 0));
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t t = 0; t < 64; t++) {
        hn_view view = sampler_view(&s, &w->fold, t);
        assert_string_equal(s.class->in_use(s.state, &view, HN_NONE), "gp");
        assert_said(&s, &view, HN_NONE,
                    "for members that begin; a copy has its parent's values, varied");
        if (t < 8) {
            assert_string_equal(named(&s, &view, t), t % 4 == 0 ? "trust" : t == 6 ? "tpe" : "gp");
            assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
        }
        uint32_t number = world_start(w, x, (int64_t)w->fold.n_events);
        world_report(w, number, 1, 0.5);
        world_tell(w, number, HONE_STATE_PRUNED, 0.5);
    }
    hn_view view = sampler_view(&s, &w->fold, 60); // none of the first was stopped early
    assert_string_equal(named(&s, &view, 60), "trust");
    world_tell(w, world_start(w, x, (int64_t)w->fold.n_events), HONE_STATE_FAILED, NAN);
    view = sampler_view(&s, &w->fold, 65); // results of any kind are more than the failed ones
    assert_string_equal(s.class->in_use(s.state, &view, HN_NONE), "gp");
    hn_arena_free(&arena);
    sampler_end(&s);
    world_free(w);
}

// More numbers, more trials for their slopes: these are trust's, unless there are but two, or four
// beside choices, integers or conditions, which leave fewer trials for them anyway, or noise.
static void slopes_come_first(void **state)
{
    (void)state;
    static const struct {
        const char *extra, *more;
        uint32_t n_numbers, n_slopes;
    } cases[] = {{WORLD_PLAIN, NULL, 2, 1},
                 {WORLD_PLAIN, NULL, 3, 8},
                 {WORLD_PLAIN, "c=u,v", 4, 1},
                 {WORLD_PLAIN, NULL, 5, 12},
                 {WORLD_PLAIN, "c=u,v", 5, 6},
                 {WORLD_PLAIN, NULL, 9, 20},
                 {WORLD_PLAIN, NULL, 10, 22},
                 {WORLD_PLAIN, NULL, 20, 42},
                 {WORLD_PLAIN, NULL, 40, 123},
                 {WORLD_PLAIN, "c=u,v", 20, 21},
                 {WORLD_PLAIN, "n=int:1..9", 20, 22},
                 {WORLD_PLAIN, "z=0..1 if x0>0.5", 20, 22},
                 {"\"lag\":0,\"noisy\":true", NULL, 20, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint32_t d = cases[i].n_numbers, n = 0;
        const char *lines[42] = {NULL};
        char names[40][16];
        sampler_in_use s;
        for (uint32_t k = 0; k < d; k++) {
            (void)snprintf(names[k], sizeof names[k], "x%u=0..1", k);
            lines[k] = names[k];
        }
        lines[d] = cases[i].more;
        char *json = space_json(lines);
        world *w = world_new(json, 3, 1, cases[i].extra);
        hone_free(json);
        assert_true(sampler_begin(&s, find("auto"), &w->fold, 0));
        hn_view view = sampler_view(&s, &w->fold, 0);
        bool many = cases[i].n_slopes > 11;
        assert_string_equal(s.class->in_use(s.state, &view, HN_NONE), many ? "trust" : "gp");
        if (cases[i].n_slopes == 12)
            assert_said(&s, &view, 7, "one of the first 12 trials, which show the slopes");
        if (d == 40)
            assert_said(&s, &view, HN_NONE,
                        "123 trials show the slopes, then a model takes over; from trial 250 on "
                        "trust and cmaes");
        while (n < 200 && strcmp(named(&s, &view, n), "trust") == 0)
            n++;
        assert_true(n >= cases[i].n_slopes && n <= cases[i].n_slopes + 1);
        sampler_end(&s);
        world_free(w);
    }
}

// Trials that pause are no results, however many they are: the models go on with the others.
static void pauses_leave_it_to_the_models(void **state)
{
    (void)state;
    world *w;
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    begin(&table[3], &w, &s);
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t t = 0; t < 5; t++) {
        hn_view view = sampler_view(&s, &w->fold, t);
        assert_string_equal(s.class->in_use(s.state, &view, HN_NONE), "gp");
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &x, NULL), HONE_OK);
        uint32_t number = world_start(w, x, (int64_t)w->fold.n_events);
        world_report(w, number, 1, 0.5);
        hn_event event = hn_event_make(HN_EV_PAUSED);
        event.trial = number;
        event.epoch = 1;
        event.step = 1;
        world_append(w, &event);
        assert_int_equal(w->fold.trials.data[number].state, HONE_STATE_PAUSED);
    }
    hn_arena_free(&arena);
    sampler_end(&s);
    world_free(w);
}

// What comes next, and what single trials are said to be.
static void what_it_says(void **state)
{
    (void)state;
    world *w;
    sampler_in_use s;
    begin(&table[3], &w, &s);
    hn_view view = sampler_view(&s, &w->fold, 0);
    assert_said(&s, &view, HN_NONE,
                "a model makes the most of the first trials; from trial 60 on trust and cmaes");
    assert_said(&s, &view, 7, "a model makes the most of the first trials");
    assert_said(&s, &view, 16, "4 of 16 trials, beside gp");
    assert_said(&s, &view, 22, "1 of 16 trials, beside gp");
    assert_said(&s, &view, 60, "as long as it finds better trials; then in turn with cmaes");
    assert_said(&s, &view, 5060,
                "after the first 5060 trials, which were gp's, trust's and its own");
    drive(w, &s, 60);
    view = sampler_view(&s, &w->fold, 60);
    assert_said(&s, &view, HN_NONE, "as long as it finds better trials; then in turn with cmaes");
    sampler_end(&s);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_problem_gets_its_samplers),
        cmocka_unit_test(both_get_a_share_in_any_dimension),
        cmocka_unit_test(passing_on_is_a_function_of_the_journal),
        cmocka_unit_test(early_stops_leave_it_to_tpe),
        cmocka_unit_test(copies_leave_it_as_it_is),
        cmocka_unit_test(pauses_leave_it_to_the_models),
        cmocka_unit_test(slopes_come_first),
        cmocka_unit_test(what_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
