// Arrivals: results in the order of the journal, or of the numbers where there is a lag; kept up
// incrementally they are what a new look gives.
#include "contract/samplers/world.h"
#include "core/arrivals.h"
#include "core/merit.h"
#include "property/chance.h"

static hn_arrivals synced(const hn_fold *fold, uint32_t trial)
{
    hn_arrivals a = {0};
    hn_view view = hn_view_of(fold, trial);
    assert_int_equal(hn_arrivals_sync(&a, &view, NULL), HONE_OK);
    return a;
}

static void start_some(world *w, uint32_t n)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t trial = (uint32_t)w->fold.trials.n;
        assert_int_equal(hn_space_redraw(w->fold.problem.space, 1, trial, 0, config, NULL),
                         HONE_OK);
        world_start(w, config, (int64_t)w->fold.n_events);
    }
    hn_arena_free(&arena);
}

static world *open_world(const char *extra)
{
    char *json = space_json((const char *const[]){"x=0..1", "k=int:1..9", NULL});
    world *w = world_new(json, 5, 1, extra);
    hone_free(json);
    return w;
}

static void exclude(world *w, uint32_t trial, bool on)
{
    hn_event event = hn_event_make(HN_EV_EXCLUDED);
    event.trial = trial;
    event.state = on;
    world_append(w, &event);
}

static void they_come_in_the_order_of_the_journal(void **state)
{
    (void)state;
    world *w = open_world(WORLD_PLAIN);
    start_some(w, 5);
    world_tell(w, 3, HONE_STATE_COMPLETE, 1);
    world_tell(w, 0, HONE_STATE_FAILED, 0);
    world_tell(w, 4, HONE_STATE_LOST, 0);
    start_some(w, 1); // saw two arrivals
    world_tell(w, 2, HONE_STATE_COMPLETE, NAN);
    hn_arrivals a = synced(&w->fold, 6);
    hn_view view = hn_view_of(&w->fold, 6);
    assert_int_equal(a.order.n, 3);
    assert_memory_equal(a.order.data, ((uint32_t[]){3, 0, 2}), 3 * sizeof(uint32_t));
    assert_int_equal(hn_arrivals_seen_by(&a, &view, 5), 2);
    assert_int_equal(hn_arrivals_seen_by(&a, &view, 1), 0);
    hn_merit good = hn_merit_of(&view, 3), failed = hn_merit_of(&view, 0);
    hn_merit no_number = hn_merit_of(&view, 2);
    assert_true(hn_merit_better(&good, &failed) && hn_merit_better(&good, &no_number));
    assert_int_equal(no_number.tier, HN_MERIT_FAILED);
    // Taken out of the middle: only what stood before is kept.
    exclude(w, 0, true);
    assert_int_equal(hn_arrivals_sync(&a, &view, NULL), HONE_OK);
    assert_int_equal(a.n_kept, 1);
    assert_memory_equal(a.order.data, ((uint32_t[]){3, 2}), 2 * sizeof(uint32_t));
    exclude(w, 0, false);
    assert_int_equal(hn_arrivals_sync(&a, &view, NULL), HONE_OK);
    assert_int_equal(a.n_kept, 1);
    assert_int_equal(a.order.n, 3);
    assert_int_equal(hn_arrivals_sync(&a, &view, NULL), HONE_OK);
    assert_int_equal(a.n_kept, 3);
    hn_arrivals_free(&a);
    world_free(w);
}

static void with_a_lag_they_come_by_number(void **state)
{
    (void)state;
    world *w = open_world("\"lag\":2,\"noisy\":false");
    start_some(w, 5);
    world_tell(w, 3, HONE_STATE_COMPLETE, 1);
    world_tell(w, 1, HONE_STATE_COMPLETE, 1);
    world_tell(w, 0, HONE_STATE_COMPLETE, 1);
    hn_arrivals a = synced(&w->fold, 4);
    hn_view view = hn_view_of(&w->fold, 4); // sees the results of trials 0 to 2
    assert_int_equal(a.order.n, 2);
    assert_memory_equal(a.order.data, ((uint32_t[]){0, 1}), 2 * sizeof(uint32_t));
    assert_int_equal(hn_arrivals_seen_by(&a, &view, 2), 1);
    hn_view before = hn_view_of(&w->fold, 2);
    assert_int_equal(hn_arrivals_sync(&a, &before, NULL), HONE_OK);
    assert_int_equal(a.order.n, 1);
    assert_int_equal(a.n_kept, 1);
    hn_arrivals_free(&a);
    world_free(w);
}

static void act(world *w, chance *c)
{
    uint32_t n = (uint32_t)w->fold.trials.n, trial = (uint32_t)below(c, n);
    switch (below(c, 6)) {
    case 0:
        start_some(w, 1);
        break;
    case 1:
        exclude(w, trial, below(c, 2));
        break;
    default:
        if (w->fold.trials.data[trial].state == HONE_STATE_RUNNING)
            world_tell(w, trial, HONE_STATE_COMPLETE + (int)below(c, 5), (double)below(c, 9));
    }
}

static void kept_up_they_are_what_a_new_look_gives(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        world *w = open_world(seed % 2 ? "\"lag\":3,\"noisy\":false" : WORLD_PLAIN);
        chance c = {hn_rng_make(seed, HN_PURPOSE_TEST, seed), 0};
        hn_arrivals kept = {0};
        uint32_t had[200];
        start_some(w, 8);
        for (int step = 0; step < 120; step++) {
            act(w, &c);
            uint32_t asking = (uint32_t)w->fold.trials.n - (uint32_t)below(&c, 3);
            hn_view view = hn_view_of(&w->fold, asking);
            size_t n_had = kept.order.n;
            if (n_had > 0)
                memcpy(had, kept.order.data, n_had * sizeof *had);
            assert_int_equal(hn_arrivals_sync(&kept, &view, NULL), HONE_OK);
            hn_arrivals fresh = synced(&w->fold, asking);
            assert_int_equal(kept.order.n, fresh.order.n);
            for (size_t i = 0; i < fresh.order.n; i++)
                assert_int_equal(kept.order.data[i], fresh.order.data[i]);
            assert_true(kept.n_kept <= n_had && kept.n_kept <= kept.order.n);
            for (size_t i = 0; i < kept.n_kept; i++)
                assert_int_equal(kept.order.data[i], had[i]);
            hn_arrivals_free(&fresh);
        }
        hn_arrivals_free(&kept);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_come_in_the_order_of_the_journal),
        cmocka_unit_test(with_a_lag_they_come_by_number),
        cmocka_unit_test(kept_up_they_are_what_a_new_look_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
