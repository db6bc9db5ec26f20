// tpe: what is good and what is bad, that its cache never shows, and that it learns.
#include "contract/samplers/world.h"
#include "samplers/tpe_history.h"

static const hn_sampler_class *tpe(void)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "tpe", &plugin, NULL), HONE_OK);
    return (const hn_sampler_class *)(const void *)plugin;
}

static void begin(sampler_in_use *s, const hn_fold *fold, const char *options)
{
    void *config = NULL;
    memset(s, 0, sizeof *s);
    s->class = tpe();
    s->problem = fold->problem;
    assert_int_equal(hn_options_make(&s->class->head, options, &s->arena, &config, NULL), HONE_OK);
    s->state = hn_arena_zalloc(&s->arena, 1, s->class->head.state_size + 1);
    assert_int_equal(s->class->init(s->state, &s->problem, config, NULL), HONE_OK);
}

static world *world_of(uint64_t seed, int n_objectives, const char *extra, const char *const *texts)
{
    char *json = space_json(texts);
    world *w = world_new(json, seed, n_objectives, extra);
    hone_free(json);
    return w;
}
#define WORLD(seed, n_objectives, extra, ...)                                                      \
    world_of(seed, n_objectives, extra, (const char *const[]){__VA_ARGS__, NULL})

static void happen(world *w, hn_event_type type, uint32_t trial, int64_t state)
{
    hn_event event = hn_event_make(type);
    event.trial = trial;
    event.epoch = w->fold.trials.data[trial].epoch;
    event.state = state;
    world_append(w, &event);
}

// --- the cache ---

// Something happens to trial `t`, or to an older one.
static void happen_somehow(world *w, uint32_t t, hn_rng *rng)
{
    uint64_t what = hn_rng_below(rng, 1, 0, t, 24);
    uint32_t older = (uint32_t)hn_rng_below(rng, 2, 0, t, t + 1);
    double value = sin(t * 0.7) * 10;
    for (uint32_t step = 1; step <= 1 + t % 3; step++)
        world_report(w, t, step, value + 3 - step);
    if (what == 0)
        return; // runs on
    if (what == 1)
        world_tell(w, t, HONE_STATE_LOST, 0);
    else if (what == 2)
        world_tell(w, t, HONE_STATE_FAILED, 0);
    else if (what == 3)
        world_tell(w, t, HONE_STATE_PRUNED, NAN);
    else if (what == 4)
        world_tell(w, t, HONE_STATE_COMPLETE, INFINITY);
    else
        world_tell(w, t, what > 20 ? HONE_STATE_PRUNED : HONE_STATE_COMPLETE,
                   what > 20 ? NAN : value);
    if (what == 5)
        world_tell(w, older, HONE_STATE_COMPLETE, -value); // a late result, if it fits
    if (what == 6)
        happen(w, HN_EV_EXCLUDED, older, 1);
    if (what == 7)
        happen(w, HN_EV_EXCLUDED, older, 0);
    if (what == 8)
        happen(w, HN_EV_REQUEUED, older, 0);
}

static void assert_cache_is_invisible(const char *options, int n_objectives, const char *extra,
                                      uint32_t n)
{
    world *w = WORLD(3, n_objectives, extra, "x=0..1", "lr=log:1e-6..1", "k=int:1..300",
                     "opt=a,b,c", "m=0..1 if opt==a", "p=perm:u,v,w", "n=normal:0,1");
    sampler_in_use kept, fresh;
    hn_arena arena = HN_ARENA_INIT;
    hn_config one = hn_config_new(&arena, w->fold.problem.space);
    hn_config two = hn_config_new(&arena, w->fold.problem.space);
    hn_rng rng = hn_rng_make(4, HN_PURPOSE_TEST, 0);
    begin(&kept, &w->fold, options);
    for (uint32_t t = 0; t < n; t++) {
        assert_int_equal(sampler_suggest(&kept, &w->fold, t, 0, &one, NULL), HONE_OK);
        if (t % 7 == 0) {
            begin(&fresh, &w->fold, options);
            assert_int_equal(sampler_suggest(&fresh, &w->fold, t, 0, &two, NULL), HONE_OK);
            if (!hn_config_equal(w->fold.problem.space, one, two))
                fail_msg("%s: trial %u comes out otherwise from a new state", options, t);
            sampler_end(&fresh);
        }
        happen_somehow(w, world_start(w, one, (int64_t)w->fold.n_events), &rng);
    }
    sampler_end(&kept);
    hn_arena_free(&arena);
    world_free(w);
}

static void the_cache_is_invisible(void **state)
{
    (void)state;
    assert_cache_is_invisible("{}", 1, WORLD_PLAIN, 250);
    assert_cache_is_invisible("{\"max_kernels\":20,\"max_good\":5,\"gamma\":0.3}", 1, WORLD_PLAIN,
                              600);
    assert_cache_is_invisible("{\"multivariate\":false,\"good_weights\":\"improvement\"}", 1,
                              WORLD_PLAIN, 150);
    assert_cache_is_invisible("{\"constant_liar\":false,\"n_startup\":3}", 1,
                              "\"lag\":5,\"noisy\":false", 150);
    assert_cache_is_invisible("{\"max_kernels\":50}", 2, WORLD_PLAIN, 400);
}

// --- what is good ---

typedef struct split {
    hn_tpe_split_options options;
    hn_tpe_history history;
    hn_tpe_list good, bad;
} split;

// `told`: NULL, or what it is told of trials that rest.
static split split_told(const world *w, double gamma, int64_t max_kernels, hn_evidence *told)
{
    split s = {.options = {gamma, 25, max_kernels, HN_TPE_UNIFORM, HN_TPE_UNIFORM, true}};
    s.history.problem = &w->fold.problem;
    s.history.options = &s.options;
    hn_view view = hn_view_of(&w->fold, (uint32_t)w->fold.trials.n);
    assert_int_equal(hn_tpe_history_sync(&s.history, &view, NULL), HONE_OK);
    if (told) {
        assert_int_equal(hn_evidence_sync(told, &view, NULL), HONE_OK);
        assert_int_equal(hn_evidence_expect(told, &view, NULL), HONE_OK);
    }
    assert_int_equal(hn_tpe_history_split(&s.history, &view, told, &s.good, &s.bad, NULL), HONE_OK);
    return s;
}

static split split_of(const world *w, double gamma, int64_t max_kernels)
{
    return split_told(w, gamma, max_kernels, NULL);
}

static void split_free(split *s)
{
    hn_tpe_history_free(&s->history);
    hn_tpe_list_free(&s->good);
    hn_tpe_list_free(&s->bad);
}

static void assert_list(const hn_tpe_list *list, const char *want)
{
    hn_str text = HN_STR_INIT;
    for (size_t i = 0; i < list->trials.n; i++)
        hn_str_printf(&text, i ? " %u" : "%u", list->trials.data[i]);
    assert_string_equal(hn_str_text(&text), want);
    assert_int_equal(list->weights.n, list->trials.n);
    hn_str_free(&text);
}

static uint32_t start(world *w, uint32_t draw)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    assert_int_equal(hn_space_redraw(w->fold.problem.space, 1, draw, 0, config, NULL), HONE_OK);
    uint32_t number = world_start(w, config, 0);
    hn_arena_free(&arena);
    return number;
}

static void the_order_of_trials(void **state)
{
    (void)state;
    world *w = WORLD(1, 1, WORLD_PLAIN, "x=0..1");
    static const struct {
        int state;
        double value, step; // step 0: no report
    } trials[] = {
        {HONE_STATE_COMPLETE, 5, 0}, {HONE_STATE_PRUNED, NAN, 3},   {HONE_STATE_COMPLETE, 2, 0},
        {HONE_STATE_FAILED, 0, 0},   {HONE_STATE_COMPLETE, 2, 0},   {HONE_STATE_PRUNED, NAN, 8},
        {HONE_STATE_RUNNING, 0, 0},  {HONE_STATE_COMPLETE, NAN, 0}, {HONE_STATE_PRUNED, NAN, 0},
        {HONE_STATE_LOST, 0, 0},     {HONE_STATE_COMPLETE, 9, 0},
    };
    for (uint32_t t = 0; t < sizeof trials / sizeof trials[0]; t++) {
        start(w, t);
        if (trials[t].step > 0)
            world_report(w, t, trials[t].step, 1);
        if (trials[t].state != HONE_STATE_RUNNING)
            world_tell(w, t, (hone_trial_state)trials[t].state, trials[t].value);
    }
    // Seven are ranked: 2 4 0 10 | 5 1 8. Three and seven failed, six runs, nine was lost.
    static const char *const good[] = {"2", "2 4", "0 2 4", "0 2 4 10", "0 2 4 5 10"};
    static const char *const bad[] = {"0 1 3 4 5 6 7 8 10", "0 1 3 5 6 7 8 10", "1 3 5 6 7 8 10",
                                      "1 3 5 6 7 8", "1 3 6 7 8"};
    for (int n = 1; n <= 5; n++) {
        split s = split_of(w, (n - 0.5) / 7, 1000);
        assert_list(&s.good, good[n - 1]);
        assert_list(&s.bad, bad[n - 1]);
        split_free(&s);
    }
    world_free(w);
}

static void pause(world *w, uint32_t trial, double step)
{
    hn_event event = hn_event_make(HN_EV_PAUSED);
    event.trial = trial;
    event.epoch = 1;
    event.step = step;
    world_append(w, &event);
}

// Who waits at a rung is known by what it has shown there, and still is while it goes on.
static void paused_trials_stand_at_their_rungs(void **state)
{
    (void)state;
    static const double at[][2] = {{9, 4}, {9, 3}, {3, 1}, {9, 2}}; // step, value
    world *w = WORLD(1, 1, WORLD_PLAIN, "x=0..1");
    for (uint32_t t = 0; t < 4; t++) {
        start(w, t);
        world_report(w, t, at[t][0], at[t][1]);
        pause(w, t, at[t][0]);
    }
    start(w, 4); // has shown nothing
    pause(w, 4, 1);
    start(w, 5);
    world_tell(w, 5, HONE_STATE_COMPLETE, 7);
    hn_event event = hn_event_make(HN_EV_STARTED); // three is promoted
    event.trial = 3;
    event.epoch = 2;
    event.resource = 27;
    world_append(w, &event);
    static const char *const good[] = {"5", "3 5", "1 3 5", "0 1 3 5", "0 1 2 3 5"};
    static const char *const bad[] = {"0 1 2 3 4", "0 1 2 4", "0 2 4", "2 4", "4"};
    for (int n = 1; n <= 5; n++) {
        split s = split_of(w, (n - 0.5) / 5, 1000);
        assert_list(&s.good, good[n - 1]);
        assert_list(&s.bad, bad[n - 1]);
        split_free(&s);
    }
    world_free(w);
}

// Lines through (value at 2, final value) of the complete ones say what four and five would come
// to; for six, which has not come to where three trials are, it is too early, and for what has
// shown nothing, too.
static void what_rests_stands_where_it_would_come_to(void **state)
{
    (void)state;
    static const double shown[] = {4, 3, 2, 1, 0.5, 2.4, -9}, final[] = {8, 6, 4, 2};
    world *w = WORLD(1, 1, WORLD_PLAIN, "x=0..1");
    hn_evidence told = {0};
    for (uint32_t t = 0; t < 8; t++) {
        start(w, t);
        if (t < 7)
            world_report(w, t, t == 6 ? 1 : 2, shown[t]);
        if (t < 4)
            world_tell(w, t, HONE_STATE_COMPLETE, final[t]);
        else if (t % 2)
            pause(w, t, 2);
        else
            world_tell(w, t, HONE_STATE_PRUNED, NAN);
    }
    // 4 3 2 5 1 0: six take part.
    static const char *const good[] = {"4", "3 4", "2 3 4", "2 3 4 5", "1 2 3 4 5"};
    for (int n = 1; n <= 5; n++) {
        split s = split_told(w, (n - 0.5) / 6, 1000, &told);
        assert_list(&s.good, good[n - 1]);
        split_free(&s);
    }
    assert_int_equal(told.n_expected, 2);
    assert_true(told.rows.data[4].expected > 0 && told.rows.data[4].expected < 2);
    assert_true(told.rows.data[5].expected > 4 && told.rows.data[5].expected < 6);
    assert_true(isnan(told.rows.data[6].expected) && isnan(told.rows.data[7].expected));
    hn_evidence_free(&told);
    world_free(w);
}

// Without complete trials the highest rung with enough of them counts alone; who was promoted
// stands there, too.
static void the_highest_rung_with_enough_trials_counts(void **state)
{
    (void)state;
    world *w = WORLD(1, 1, WORLD_PLAIN, "x=0..1");
    hn_evidence told = {0};
    for (uint32_t t = 0; t < 9; t++) {
        start(w, t);
        world_report(w, t, 1, t);
        for (uint32_t step = 3; t % 2 == 0 && step <= 9; step *= 3)
            if (step == 3 || t == 8)
                world_report(w, t, step, 20 - t);
        pause(w, t, t % 2 ? 1 : 3);
    }
    split s =
        split_told(w, 0.9, 1000, &told); // of 0 2 4 6 8, not of those at 1, nor of 8 at 9 alone
    assert_list(&s.good, "0 2 4 6 8");
    split_free(&s);
    s = split_told(w, 0.2, 1000, &told);
    assert_list(&s.good, "8");
    split_free(&s);
    hn_evidence_free(&told);
    world_free(w);
}

// With a lag the last trials count as running, and nothing shows that one of them has ended.
static void hidden_trials_are_pending(void **state)
{
    (void)state;
    world *w = WORLD(1, 1, "\"lag\":2,\"noisy\":false", "x=0..1");
    for (uint32_t t = 0; t < 4; t++) {
        start(w, t);
        world_report(w, t, 9, t);
    }
    world_tell(w, 0, HONE_STATE_COMPLETE, 7);
    world_tell(w, 1, HONE_STATE_COMPLETE, 8);
    for (int ended = 0; ended < 2; ended++) {
        split s = split_of(w, 0.75, 1000); // of two
        assert_list(&s.good, "0 1");
        assert_list(&s.bad, "2 3");
        split_free(&s);
        world_tell(w, 3, HONE_STATE_PRUNED, 1);
    }
    world_free(w);
}

static void told_constraints_come_last(void **state)
{
    (void)state;
    world *w = WORLD(1, 1, WORLD_PLAIN, "x=0..1");
    static const double broken_by[] = {3, 0, 1, -2};
    for (uint32_t t = 0; t < 4; t++) {
        hn_event event = hn_event_make(HN_EV_TOLD);
        const double value = -10.0 * t, constraints[2] = {broken_by[t], -1};
        event.trial = start(w, t);
        event.epoch = 1;
        event.state = HONE_STATE_COMPLETE;
        event.values = (hn_doubles){&value, 1};
        event.constraints = (hn_doubles){constraints, 2};
        world_append(w, &event);
    }
    static const char *const good[] = {"3", "1 3", "1 2 3"};
    for (int n = 1; n <= 3; n++) {
        split s = split_of(w, (n - 0.5) / 4, 1000);
        assert_list(&s.good, good[n - 1]);
        split_free(&s);
    }
    world_free(w);
}

// Values and minus two times the values, the second maximised: all are on a front of their own; the
// first objective decides.
static void fronts_decide_with_several_objectives(void **state)
{
    (void)state;
    world *w = WORLD(1, 2, WORLD_PLAIN, "x=0..1");
    static const double first[] = {4, 1, 3, 2}, second[] = {1, 1, 5, 2};
    for (uint32_t t = 0; t < 4; t++) { // fronts: 1 (1, 1), 3 (2, 2), 2 (3, 5) | 0 (4, 1)
        hn_event event = hn_event_make(HN_EV_TOLD);
        const double values[2] = {first[t], second[t]};
        event.trial = start(w, t);
        event.epoch = 1;
        event.state = HONE_STATE_COMPLETE;
        event.values = (hn_doubles){values, 2};
        world_append(w, &event);
    }
    split s = split_of(w, 0.75, 1000);
    assert_list(&s.good, "1 2 3");
    assert_list(&s.bad, "0");
    split_free(&s);
    world_free(w);
}

// Beyond the cap the newest are there, and the sum of the weights stays that of all.
static void a_part_stands_for_all(void **state)
{
    (void)state;
    enum { N = 1000, CAP = 100 };
    world *w = WORLD(1, 1, WORLD_PLAIN, "x=0..1");
    for (uint32_t t = 0; t < N; t++)
        world_tell(w, start(w, t), HONE_STATE_COMPLETE, t);
    split s = split_of(w, 0.01, CAP);
    double sum = 0;
    size_t n = s.bad.trials.n;
    assert_true(n > CAP / 2 + CAP / 4 - 15 && n <= CAP);
    for (size_t i = 0; i < n; i++)
        sum += s.bad.weights.data[i];
    assert_true(fabs(sum - (N - 10)) < 1e-9);
    for (uint32_t i = 0; i < CAP / 2; i++)
        assert_int_equal(s.bad.trials.data[n - 1 - i], N - 1 - i);
    assert_true(s.bad.trials.data[0] < 100 && s.bad.trials.data[5] < 400); // old ones, too
    split_free(&s);
    world_free(w);
}

// --- behaviour ---

static void a_finite_space_is_gone_through_once(void **state)
{
    (void)state;
    world *w = WORLD(1, 1, WORLD_PLAIN, "a=int:1..9", "b=x,y,z if a>3", "c=bool", "forbid a==9");
    enum { ALL = 2 * (3 + 5 * 3) };
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    begin(&s, &w->fold, "{}");
    for (uint32_t t = 0; t < ALL; t++) {
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &config, NULL), HONE_OK);
        for (uint32_t other = 0; other < t; other++)
            assert_false(hn_config_equal(w->fold.problem.space, config,
                                         hn_fold_config(&w->fold, &w->fold.trials.data[other])));
        uint32_t number = world_start(w, config, 0);
        if (t % 5) // those that still run count, too
            world_tell(w, number, HONE_STATE_COMPLETE, sin(t));
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
}

// How many of the later suggestions lie where trials end in `state`, y alone being the objective.
static uint32_t suggested_there(hone_trial_state end)
{
    world *w = WORLD(1, 1, WORLD_PLAIN, "x=0..1", "y=0..1");
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    uint32_t n = 0;
    begin(&s, &w->fold, "{}");
    for (uint32_t t = 0; t < 200; t++) {
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &config, NULL), HONE_OK);
        bool there = config.slots[0].f > 0.5;
        n += t >= 40 && there;
        world_tell(w, world_start(w, config, 0), there ? end : HONE_STATE_COMPLETE,
                   config.slots[1].f);
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    world_free(w);
    return n;
}

static void failures_repel(void **state)
{
    (void)state;
    uint32_t failed = suggested_there(HONE_STATE_FAILED), lost = suggested_there(HONE_STATE_LOST);
    if (!(failed < lost / 2))
        fail_msg("%u in a region that fails, %u in one where trials get lost", failed, lost);
}

// --- earlier versions of the space ---

static void change(world *w, const char *const *texts)
{
    char *json = space_json(texts);
    world_change(w, json);
    hone_free(json);
}
static void which_trials_are_evidence(void **state)
{
    (void)state;
    static const struct {
        const char *versions[3][3];
        uint32_t n; // of 20 trials of the first
    } cases[] = {
        {{{"k=int:0..19"}, {"k=int:0..99"}}, 20},
        {{{"k=int:0..19"}, {"k=int:5..14"}}, 10},
        {{{"k=int:0..19"}, {"k=int:0..19", "require k<=4"}}, 5},
        {{{"k=int:0..19"}, {"k=int:0..19", "w=0..1 = 0.5"}}, 20},
        {{{"k=int:0..19"}, {"k=int:0..19", "w=0..1"}}, 20},
        {{{"k=int:0..19"}, {"w=0..1"}, {"w=0..1", "k=int:0..9"}}, 10},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world *w = WORLD(1, 1, WORLD_PLAIN, cases[i].versions[0][0]);
        for (int64_t k = 0; k < 20; k++) {
            hn_slot slot = {.i = k};
            uint64_t active = 1;
            world_tell(w, world_start(w, (hn_config){&slot, &active}, 0), HONE_STATE_COMPLETE, 1);
        }
        for (int v = 1; v < 3 && cases[i].versions[v][0]; v++)
            change(w, cases[i].versions[v]);
        split s = split_of(w, 0.2, 100);
        if (s.history.n_ranked != cases[i].n)
            fail_msg("case %zu: %u of 20 trials are evidence", i, s.history.n_ranked);
        split_free(&s);
        world_free(w);
    }
}

// The mean of |x - 0.2| over the 20 trials that follow a change after 60; 0.34 by chance.
static double distance_after(const char *const *texts)
{
    world *w = WORLD(3, 1, WORLD_PLAIN, "x=0..1");
    double sum = 0;
    for (int part = 0; part < 2; part++) {
        sampler_in_use s;
        hn_arena arena = HN_ARENA_INIT;
        if (part)
            change(w, texts);
        const hone_space *space = w->fold.problem.space;
        const hn_param *param = hn_space_find(space, "x");
        hn_config config = hn_config_new(&arena, space);
        begin(&s, &w->fold, "{}");
        for (uint32_t i = 0; i < (part ? 20 : 60); i++) {
            uint32_t t = (uint32_t)w->fold.trials.n;
            assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &config, NULL), HONE_OK);
            double distance = fabs(config.slots[param->slot].f - 0.2);
            sum += part ? distance : 0;
            world_tell(w, world_start(w, config, 0), HONE_STATE_COMPLETE, distance);
        }
        sampler_end(&s);
        hn_arena_free(&arena);
    }
    world_free(w);
    return sum / 20;
}

// What was learned about a parameter is not forgotten when others come.
static void earlier_trials_count_for_what_they_have(void **state)
{
    (void)state;
    static const char *const added[][4] = {{"x=0..1", "w=0..1"},
                                           {"x=0..1", "w=0..1 = 0.5"},
                                           {"w=log:1e-3..1", "x=0..1", "v=0..1"},
                                           {"x=0..1", "b=p,q", "m=0..1 if b==p"}};
    for (size_t i = 0; i < sizeof added / sizeof *added; i++) {
        double distance = distance_after(added[i]);
        if (!(distance < 0.12))
            fail_msg("case %zu: the mean distance is %g", i, distance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cache_is_invisible),
        cmocka_unit_test(the_order_of_trials),
        cmocka_unit_test(paused_trials_stand_at_their_rungs),
        cmocka_unit_test(what_rests_stands_where_it_would_come_to),
        cmocka_unit_test(the_highest_rung_with_enough_trials_counts),
        cmocka_unit_test(hidden_trials_are_pending),
        cmocka_unit_test(told_constraints_come_last),
        cmocka_unit_test(fronts_decide_with_several_objectives),
        cmocka_unit_test(a_part_stands_for_all),
        cmocka_unit_test(a_finite_space_is_gone_through_once),
        cmocka_unit_test(failures_repel),
        cmocka_unit_test(which_trials_are_evidence),
        cmocka_unit_test(earlier_trials_count_for_what_they_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
