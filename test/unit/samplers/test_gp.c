// gp: that its cache never shows, that it learns, and that nothing a study can tell breaks it.
#include "contract/samplers/world.h"

#include <float.h>

#include <hone/hone.h>

static const hn_sampler_class *gp(void)
{
    const hn_plugin *plugin = NULL;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "gp", &plugin, NULL), HONE_OK);
    return (const hn_sampler_class *)(const void *)plugin;
}

static void begin(sampler_in_use *s, const hn_fold *fold, const char *options)
{
    void *config = NULL;
    memset(s, 0, sizeof *s);
    s->class = gp();
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

// --- the cache ---

static void happen(world *w, hn_event_type type, uint32_t trial, int64_t state)
{
    hn_event event = hn_event_make(type);
    event.trial = trial;
    event.epoch = w->fold.trials.data[trial].epoch;
    event.state = state;
    world_append(w, &event);
}

// Something happens to trial `t`, or to an older one: results come late, go and come back.
static void happen_somehow(world *w, uint32_t t, hn_rng *rng)
{
    uint64_t what = hn_rng_below(rng, 1, 0, t, 20);
    uint32_t older = (uint32_t)hn_rng_below(rng, 2, 0, t, t + 1);
    double value = sin(t * 0.7) * 10;
    if (what == 0)
        return; // runs on
    if (what == 1)
        world_tell(w, t, HONE_STATE_LOST, 0);
    else if (what == 2)
        world_tell(w, t, HONE_STATE_FAILED, 0);
    else if (what == 3) {
        world_report(w, t, 1, value);
        world_tell(w, t, HONE_STATE_PRUNED, NAN);
    } else if (what == 4)
        world_tell(w, t, HONE_STATE_COMPLETE, t % 2 ? INFINITY : -INFINITY);
    else
        world_tell(w, t, HONE_STATE_COMPLETE, value);
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
    world *w = WORLD(3, n_objectives, extra, "x=0..1", "lr=log:1e-6..1 ~ 0.01*/3", "k=int:1..300",
                     "opt=a,b,c", "m=0..1 if opt==a", "p=perm:u,v,w");
    sampler_in_use kept, fresh;
    hn_arena arena = HN_ARENA_INIT;
    hn_config one = hn_config_new(&arena, w->fold.problem.space);
    hn_config two = hn_config_new(&arena, w->fold.problem.space);
    hn_rng rng = hn_rng_make(4, HN_PURPOSE_TEST, 0);
    begin(&kept, &w->fold, options);
    for (uint32_t t = 0; t < n; t++) {
        assert_int_equal(sampler_suggest(&kept, &w->fold, t, 0, &one, NULL), HONE_OK);
        if (t % 9 == 0 || t + 4 > n) {
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

#define QUICK "\"n_candidates\":40,\"n_starts\":2"

static void the_cache_is_invisible(void **state)
{
    (void)state;
    assert_cache_is_invisible("{" QUICK "}", 1, WORLD_PLAIN, 110);
    assert_cache_is_invisible("{" QUICK ",\"max_points\":30}", 1, WORLD_PLAIN, 110);
    assert_cache_is_invisible("{" QUICK ",\"target\":\"power\",\"warp\":true}", 1,
                              "\"lag\":5,\"noisy\":true", 60);
    assert_cache_is_invisible("{" QUICK "}", 2, WORLD_PLAIN, 70);
    assert_cache_is_invisible("{" QUICK ",\"trust_region\":\"on\"}", 1, WORLD_PLAIN, 50);
    assert_cache_is_invisible("{" QUICK ",\"cost\":\"loss\"}", 1, WORLD_PLAIN, 80);
    assert_cache_is_invisible("{" QUICK ",\"cost\":\"loss\",\"cost_budget\":300}", 1, "\"lag\":3",
                              50);
}

// --- studies ---

typedef double objective(const hone_trial *trial, hone_trial_state *state);

typedef struct study_case {
    const char *const *space;
    const char *options;
    objective *f;
    uint32_t n;
    const char *constraint;
} study_case;

// The best feasible value; the trials go on in `*kept` when that is wanted.
static double tune(const study_case *c, uint64_t seed, hone_study **kept)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    hone_study *study = NULL;
    double best = INFINITY;
    assert_int_equal(hone_space_create(&space, &err), HONE_OK);
    for (const char *const *text = c->space; *text; text++)
        assert_int_equal(hone_space_add_text(space, *text, &err), HONE_OK);
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.space = space;
    options.sampler = "gp";
    options.sampler_options = c->options;
    options.has_seed = true;
    options.seed = seed;
    options.constraints = &c->constraint;
    options.n_constraints = c->constraint != NULL;
    assert_int_equal(hone_study_open(&options, &study, &err), HONE_OK);
    for (uint32_t i = 0; i < c->n; i++) {
        hone_trial *trial = NULL;
        hone_trial_state state = HONE_STATE_COMPLETE;
        hone_status status = hone_study_ask(study, NULL, &trial, &err);
        if (status == HONE_EEXHAUSTED)
            break;
        if (status != HONE_OK)
            fail_msg("trial %u: %s", i, err.text);
        double values[2] = {c->f(trial, &state), 0};
        values[1] = hone_trial_active(trial, "x") ? hone_trial_float(trial, "x") : 0;
        hone_result result = HONE_RESULT_INIT;
        result.state = state;
        result.values = state == HONE_STATE_COMPLETE ? values : NULL;
        assert_int_equal(hone_study_tell_result(study, trial, &result, &err), HONE_OK);
        if (state == HONE_STATE_COMPLETE && (!c->constraint || values[1] >= 0.7))
            best = fmin(best, values[0]);
        hone_trial_destroy(trial);
    }
    hone_space_destroy(space);
    if (kept)
        *kept = study;
    else
        hone_study_close(study);
    return best;
}

static double bowl(const hone_trial *trial, hone_trial_state *state)
{
    double x = hone_trial_float(trial, "x") - 0.3, y = hone_trial_float(trial, "y") - 0.6;
    (void)state;
    return x * x + 3 * y * y + x * y;
}

static const char *const square[] = {"x=0..1", "y=0..1", NULL};

// A random search of 25 points comes to 0.02.
static void it_finds_the_bottom_of_a_bowl(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        double best = tune(&(study_case){square, NULL, bowl, 25, NULL}, seed, NULL);
        if (best > 1e-4)
            fail_msg("seed %d: %g", (int)seed, best);
        best = tune(&(study_case){square, "{\"trust_region\":\"on\"}", bowl, 40, NULL}, seed, NULL);
        if (best > 1e-4)
            fail_msg("seed %d, with a region: %g", (int)seed, best);
    }
}

static double mixed(const hone_trial *trial, hone_trial_state *state)
{
    double x = hone_trial_float(trial, "x"), k = (double)hone_trial_int(trial, "k");
    bool b = strcmp(hone_trial_text(trial, "c"), "b") == 0;
    (void)state;
    if (!b)
        return 1 + 0.1 * k / 20;
    return fabs(k - 13) / 20 + (x - 0.7) * (x - 0.7) + pow(hone_trial_float(trial, "z") - 0.2, 2);
}

static void it_finds_the_right_branch(void **state)
{
    (void)state;
    static const char *const space[] = {"x=0..1", "k=int:0..20", "c=a,b,c", "z=0..1 if c==b", NULL};
    for (uint64_t seed = 0; seed < 3; seed++) {
        double best = tune(&(study_case){space, NULL, mixed, 40, NULL}, seed, NULL);
        if (best > 2e-2)
            fail_msg("seed %d: %g", (int)seed, best);
    }
}

static void constraints_are_learned(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) { // x >= 0.7, where the best is 0.16 + …
        double best = tune(&(study_case){square, NULL, bowl, 30, "x>=0.7"}, seed, NULL);
        assert_true(best >= 0.14);
        if (best > 0.165)
            fail_msg("seed %d: %g", (int)seed, best);
    }
}

static double crashing(const hone_trial *trial, hone_trial_state *state)
{
    if (hone_trial_float(trial, "x") < 0.5)
        *state = HONE_STATE_FAILED;
    return bowl(trial, state);
}

// The bottom lies where everything fails: the best of what is left lies at the border, at 0.0367.
static void the_border_of_failures_is_learned(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 3; seed++) {
        double best = tune(&(study_case){square, NULL, crashing, 40, NULL}, seed, NULL);
        if (best > 0.042)
            fail_msg("seed %d: %g", (int)seed, best);
    }
}

static double whatever(const hone_trial *trial, hone_trial_state *state)
{
    static const double values[] = {NAN,   INFINITY, -INFINITY, DBL_MAX, -DBL_MAX, 0,
                                    1e-10, 1e10,     5,         5,       -1e300,   DBL_MIN};
    (void)state;
    return values[hone_trial_number(trial) * 7 % 12];
}

static double constant(const hone_trial *trial, hone_trial_state *state)
{
    (void)trial;
    (void)state;
    return 3;
}

static double decades(const hone_trial *trial, hone_trial_state *state)
{
    double x = hone_trial_float(trial, "x") - 0.3, y = hone_trial_float(trial, "y") - 0.6;
    (void)state;
    return pow(10, 30 * sqrt(x * x + y * y) - 10);
}

static void nothing_breaks_it(void **state)
{
    (void)state;
    static const char *const point[] = {"only={5}", NULL};
    (void)tune(&(study_case){square, NULL, whatever, 60, NULL}, 1, NULL);
    (void)tune(&(study_case){square, NULL, constant, 30, NULL}, 1, NULL);
    (void)tune(&(study_case){point, NULL, constant, 30, NULL}, 1, NULL);
    (void)tune(&(study_case){square, "{\"deterministic\":true,\"warp\":true}", whatever, 30, NULL},
               1, NULL);
    double best = tune(&(study_case){square, NULL, decades, 40, NULL}, 1, NULL);
    if (best > 1e-8) // of 1e-10 … 1e13
        fail_msg("%g", best);
}

static double table(const hone_trial *trial, hone_trial_state *state)
{
    (void)state;
    return pow((double)hone_trial_int(trial, "a") - 3, 2) + (double)hone_trial_int(trial, "b");
}

static void a_finite_space_is_tried_once(void **state)
{
    (void)state;
    static const char *const space[] = {"a=int:1..6", "b=int:1..5", NULL};
    hone_study *study;
    assert_true(tune(&(study_case){space, NULL, table, 40, NULL}, 2, &study) == 1);
    assert_int_equal(hone_study_n_trials(study), 30);
    for (uint32_t t = 0; t < 30; t++) {
        hone_trial *trial = NULL;
        assert_int_equal(hone_study_trial(study, t, &trial, NULL), HONE_OK);
        assert_int_equal(hone_trial_origin_of(trial), HONE_ORIGIN_SAMPLED);
        hone_trial_destroy(trial);
    }
    hone_study_close(study);
}

// --- several objectives ---

// How many of a grid of points in the unit square (cube, …) times 1.2 the trials dominate, of two
// to four objectives whose front is the part of a sphere about the origin.
static double covered_with(int n_objectives, uint32_t n, uint64_t seed)
{
    enum { DIMS = 5, POINTS = 4000, MOST = 4 };
    static double values[100][MOST];
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    const hone_metric metrics[MOST] = {
        {"u", HONE_MINIMIZE}, {"v", HONE_MINIMIZE}, {"w", HONE_MINIMIZE}, {"z", HONE_MINIMIZE}};
    hone_space *space = NULL;
    hone_study *study = NULL;
    uint32_t n_covered = 0;
    assert_int_equal(hone_space_create(&space, NULL), HONE_OK);
    for (int j = 0; j < DIMS; j++)
        assert_int_equal(hone_space_add(space, names[j], "0..1", NULL), HONE_OK);
    assert_int_equal(hone_space_seal(space, NULL), HONE_OK);
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.space = space;
    options.sampler = "gp";
    options.has_seed = true;
    options.seed = seed;
    options.metrics = metrics;
    options.n_metrics = (uint32_t)n_objectives;
    assert_int_equal(hone_study_open(&options, &study, NULL), HONE_OK);
    for (uint32_t t = 0; t < n; t++) {
        hone_trial *trial = NULL;
        double x[DIMS], far = 1;
        assert_int_equal(hone_study_ask(study, NULL, &trial, NULL), HONE_OK);
        for (int j = 0; j < DIMS; j++)
            x[j] = hone_trial_float(trial, names[j]);
        for (int j = n_objectives - 1; j < DIMS; j++)
            far += 4 * (x[j] - 0.5) * (x[j] - 0.5);
        for (int m = 0; m < n_objectives; m++) {
            values[t][m] = far;
            for (int j = 0; j < n_objectives - 1 - m; j++)
                values[t][m] *= cos(x[j] * 1.5707963);
            if (m > 0)
                values[t][m] *= sin(x[n_objectives - 1 - m] * 1.5707963);
        }
        assert_int_equal(hone_study_tell(study, trial, HONE_STATE_COMPLETE, values[t], NULL),
                         HONE_OK);
        hone_trial_destroy(trial);
    }
    hone_study_close(study);
    hone_space_destroy(space);
    for (uint32_t k = 0; k < POINTS; k++) {
        hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, k);
        bool any = false;
        for (uint32_t t = 0; t < n && !any; t++) {
            any = true;
            for (uint32_t m = 0; m < (uint32_t)n_objectives; m++)
                any &= values[t][m] <= 1.2 * hn_rng_uniform(&rng, m, 0, 0);
        }
        n_covered += any;
    }
    return n_covered / (double)POINTS;
}

static double covered(int n_objectives, uint32_t n)
{
    enum { SEEDS = 4 };
    double sum = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        sum += covered_with(n_objectives, n, seed);
    return sum / SEEDS;
}

// Random draws cover less than half of that.
static void it_covers_a_front(void **state)
{
    (void)state;
    assert_true(covered(2, 40) > 0.2);
    assert_true(covered(3, 40) > 0.3);
    assert_true(covered(4, 40) > 0.45);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cache_is_invisible),
        cmocka_unit_test(it_finds_the_bottom_of_a_bowl),
        cmocka_unit_test(it_finds_the_right_branch),
        cmocka_unit_test(constraints_are_learned),
        cmocka_unit_test(the_border_of_failures_is_learned),
        cmocka_unit_test(nothing_breaks_it),
        cmocka_unit_test(a_finite_space_is_tried_once),
        cmocka_unit_test(it_covers_a_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
