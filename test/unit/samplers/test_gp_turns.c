// gp's dear work is spread over suggestions: past the first trials few of them fit more than one of
// several models, and none is left behind; curves are judged a few at a time, ahead of the fit that
// needs them; and beside other samplers of auto a model is fitted in their trials.
#include "contract/samplers/world.h"

#include "core/registry.h"
#include "samplers/gp_model.h"

enum { N_OBJECTIVES = 3, N = 140 };

typedef struct fits {
    uint32_t n[N_OBJECTIVES]; // of each objective
    uint32_t most;            // at once
} fits;

// Syncs with the first `n` trials, and counts which models were fitted for that.
static void sync(hn_gp_model *m, hn_cache *cache, const world *w, hn_arena *scratch, fits *f)
{
    static const hn_gp_model_options options = {.max_points = 400, .target = HN_TARGET_PLAIN};
    uint64_t before[N_OBJECTIVES];
    uint32_t n = (uint32_t)w->fold.trials.n, n_now = 0;
    hn_view view = hn_view_of(&w->fold, n);
    for (int j = 0; j < N_OBJECTIVES; j++)
        before[j] = m->objectives[j].base_key;
    assert_int_equal(hn_evidence_sync(hn_evidence_of(cache), &view, NULL), HONE_OK);
    assert_int_equal(hn_gp_model_sync(m, &options, cache, &view, n, scratch, NULL), HONE_OK);
    hn_arena_reset(scratch);
    for (int j = 0; j < N_OBJECTIVES; j++) {
        bool fitted = m->objectives[j].base_key != before[j];
        f->n[j] += fitted;
        n_now += fitted;
    }
    f->most = n_now > f->most ? n_now : f->most;
}

// Adds trials up to `n`, and syncs with each of the last `n_synced`.
static fits go_to(uint32_t n, uint32_t n_synced, hn_gp_model *m, hn_cache *cache, world *w)
{
    fits f = {0};
    hn_arena scratch = HN_ARENA_INIT, arena = HN_ARENA_INIT;
    const hone_space *space = w->fold.problem.space;
    hn_config config = hn_config_new(&arena, space);
    while (w->fold.trials.n < n) {
        uint32_t t = (uint32_t)w->fold.trials.n;
        assert_int_equal(hn_space_redraw(space, 1, t, 0, config, NULL), HONE_OK);
        world_start(w, config, (int64_t)w->fold.n_events);
        world_tell(w, t, HONE_STATE_COMPLETE, sin(t * 0.7));
        if (t + n_synced >= n)
            sync(m, cache, w, &scratch, &f);
    }
    hn_arena_free(&scratch);
    hn_arena_free(&arena);
    return f;
}

static void one_is_fitted_at_a_time(void **state)
{
    (void)state;
    char *json = space_json((const char *const[]){"x=0..1", "y=0..1", NULL});
    world *w = world_new(json, 1, N_OBJECTIVES, WORLD_PLAIN);
    hn_cache cache = {0};
    hn_gp_model model = {0};
    fits begun = go_to(64, 4, &model, &cache, w); // each trial is followed by fits of all
    assert_int_equal(begun.most, N_OBJECTIVES);
    assert_int_equal(begun.n[2], 4);
    (void)go_to(128, 1, &model, &cache, w);
    fits later = go_to(N, N - 128, &model, &cache, w); // every fourth trial
    assert_int_equal(later.most, 1);
    for (int j = 0; j < N_OBJECTIVES; j++)
        assert_in_range(later.n[j], 2, 3);
    for (int j = 0; j < N_OBJECTIVES; j++) // what was not fitted was appended
        assert_int_equal(model.objectives[j].n, N);
    hn_gp_model_free(&model);
    hn_cache_free(&cache);
    world_free(w);
    hone_free(json);
}

// The base of 132 trials is the first to be turned by the curve that 128 choose.
static void curves_are_judged_by_and_by(void **state)
{
    (void)state;
    static const hn_gp_model_options options = {.max_points = 400, .target = HN_TARGET_KINDS};
    char *json = space_json((const char *const[]){"x=0..1", "y=0..1", NULL});
    world *w = world_new(json, 1, 1, WORLD_PLAIN);
    hn_cache cache = {0};
    hn_gp_model model = {0};
    hn_arena scratch = HN_ARENA_INIT;
    uint32_t kinds = HN_TARGET_KINDS, judged[] = {kinds, 2, 4, kinds, kinds};
    for (uint32_t n = 128; n <= 132; n++) {
        (void)go_to(n, 0, &model, &cache, w);
        hn_view view = hn_view_of(&w->fold, n);
        assert_int_equal(hn_evidence_sync(hn_evidence_of(&cache), &view, NULL), HONE_OK);
        assert_int_equal(hn_gp_model_sync(&model, &options, &cache, &view, n, &scratch, NULL),
                         HONE_OK);
        assert_int_equal(model.objectives[0].choices[1].n_judged, judged[n - 128]);
    }
    assert_int_equal(model.objectives[0].chosen, model.objectives[0].choices[1].kind);
    hn_arena_free(&scratch);
    hn_gp_model_free(&model);
    hn_cache_free(&cache);
    world_free(w);
    hone_free(json);
}

// Trials 68 and 70 are trust's and tpe's. A process that suggests nothing else leaves it.
static void those_before_gp_leave_it_fitted(void **state)
{
    (void)state;
    static const hn_gp_model_options options = {.max_points = 400, .target = HN_TARGET_KINDS};
    char *json = space_json((const char *const[]){"a=0..1", "b=0..1", "c=0..1", "d=0..1", NULL});
    world *w = world_new(json, 1, 1, WORLD_PLAIN);
    const hn_sampler_class *class = NULL;
    assert_int_equal(hn_sampler_find("auto", &class, NULL), HONE_OK);
    hn_cache caches[2] = {0};
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    hn_gp_model *model = hn_gp_model_of(&caches[0], &options);
    sampler_in_use s, fresh;
    assert_true(sampler_begin_with(&s, class, &w->fold, 1000, NULL, &caches[0]));
    for (uint32_t t = 0; t < 72; t++) {
        uint64_t before = model->objectives[0].base_key;
        hn_view view = sampler_view(&s, &w->fold, t);
        bool ahead = t > 64 && strcmp(class->in_use(s.state, &view, t), "gp") != 0;
        assert_true(ahead == (t == 68 || t == 70) || t <= 64);
        assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &config, NULL), HONE_OK);
        if (ahead)
            assert_true(model->objectives[0].base_key != before && model->objectives[0].n == t);
        if (t == 68) {
            assert_true(sampler_begin_with(&fresh, class, &w->fold, 1000, NULL, &caches[1]));
            assert_int_equal(sampler_suggest(&fresh, &w->fold, t, 0, &config, NULL), HONE_OK);
            assert_false(hn_gp_model_of(&caches[1], &options)->made);
            sampler_end(&fresh);
        }
        world_tell(w, world_start(w, config, (int64_t)w->fold.n_events), HONE_STATE_COMPLETE,
                   sin(t * 0.7));
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    hn_cache_free(&caches[0]);
    hn_cache_free(&caches[1]);
    world_free(w);
    hone_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_is_fitted_at_a_time),
        cmocka_unit_test(curves_are_judged_by_and_by),
        cmocka_unit_test(those_before_gp_leave_it_fitted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
