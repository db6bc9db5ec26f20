// gp's models of one study take turns: past the first trials few suggestions fit more than one of
// them, and none is left behind.
#include "contract/samplers/world.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_is_fitted_at_a_time)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
