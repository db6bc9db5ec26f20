// Merit: where trials stand that run again. A pause gives a place among the stopped ones, the death
// of a worker does not.
#include "contract/samplers/world.h"
#include "core/merit.h"

static world *open_world(void)
{
    char *json = space_json((const char *const[]){"x=0..1", NULL});
    world *w = world_new(json, 5, 1, WORLD_PLAIN);
    hone_free(json);
    return w;
}

static void append(world *w, hn_event_type type, uint32_t trial, int64_t epoch, double resource)
{
    hn_event event = hn_event_make(type);
    event.trial = trial;
    event.epoch = epoch;
    event.resource = resource;
    world_append(w, &event);
}

// A trial with the limit 1 that has reported 0.5 there.
static uint32_t start_one(world *w)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    config.slots[0].f = 0.25;
    uint32_t trial = world_start(w, config, (int64_t)w->fold.n_events);
    w->fold.trials.data[trial].resource = 1;
    world_report(w, trial, 1, 0.5);
    hn_arena_free(&arena);
    return trial;
}

static uint32_t report_of(const world *w, uint32_t trial)
{
    hn_view view = hn_view_of(&w->fold, (uint32_t)w->fold.trials.n);
    return hn_merit_report(&view, trial);
}

static void what_has_been_promoted_stands_by_its_pause(void **state)
{
    (void)state;
    world *w = open_world();
    uint32_t trial = start_one(w);
    assert_int_equal(report_of(w, trial), HN_NONE);
    append(w, HN_EV_PAUSED, trial, 1, 0);
    assert_int_equal(report_of(w, trial), 0);
    append(w, HN_EV_STARTED, trial, 2, 3);
    assert_int_equal(report_of(w, trial), 0);
    hn_view view = hn_view_of(&w->fold, 1);
    hn_merit merit = hn_merit_of(&view, trial);
    assert_int_equal(merit.tier, HN_MERIT_PRUNED);
    assert_true(merit.a == -1 && merit.b == 0.5);
    world_free(w);
}

static void what_was_merely_requeued_has_yet_to_report(void **state)
{
    (void)state;
    world *w = open_world();
    uint32_t trial = start_one(w);
    append(w, HN_EV_REQUEUED, trial, 1, 0);
    append(w, HN_EV_STARTED, trial, 2, 1);
    assert_int_equal(report_of(w, trial), HN_NONE);
    hn_view view = hn_view_of(&w->fold, 1);
    assert_int_equal(hn_merit_of(&view, trial).tier, HN_MERIT_FAILED);
    // Nor when it had been promoted before: what it has reported since is of a step of its own.
    append(w, HN_EV_PAUSED, trial, 2, 0);
    append(w, HN_EV_STARTED, trial, 3, 3);
    assert_int_equal(report_of(w, trial), 0);
    append(w, HN_EV_REQUEUED, trial, 3, 0);
    append(w, HN_EV_STARTED, trial, 4, 3);
    assert_int_equal(report_of(w, trial), HN_NONE);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_been_promoted_stands_by_its_pause),
        cmocka_unit_test(what_was_merely_requeued_has_yet_to_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
