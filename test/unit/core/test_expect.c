// What trials that rest early are expected to come to: the levels that are kept, and what counts as
// a value on the way.
#include "contract/samplers/world.h"
#include "core/evidence.h"

static world *world_of_x(void)
{
    char *json = space_json((const char *const[]){"x=0..1", NULL});
    world *w = world_new(json, 1, 1, WORLD_PLAIN);
    hone_free(json);
    return w;
}

static void begin(world *w, uint32_t trial)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    assert_int_equal(hn_space_redraw(w->fold.problem.space, 1, trial, 0, config, NULL), HONE_OK);
    assert_int_equal(world_start(w, config, 0), trial);
    hn_arena_free(&arena);
}

static void look(world *w, hn_evidence *told)
{
    hn_view view = hn_view_of(&w->fold, (uint32_t)w->fold.trials.n);
    assert_int_equal(hn_evidence_sync(told, &view, NULL), HONE_OK);
    assert_int_equal(hn_evidence_expect(told, &view, NULL), HONE_OK);
}

// Half of the trials rest at the first of twenty steps: the steps behind it are levels, too.
static void crowded_steps_hide_no_others(void **state)
{
    (void)state;
    world *w = world_of_x();
    hn_evidence told = {0};
    for (uint32_t t = 0; t < 40; t++) {
        begin(w, t);
        world_report(w, t, t < 20 ? 1 : t - 18, t);
        world_tell(w, t, HONE_STATE_PRUNED, NAN);
    }
    look(w, &told);
    assert_true(told.expect.n_levels > 6);
    assert_true(told.expect.level[told.expect.n_levels - 1] >= 18);
    hn_evidence_free(&told);
    world_free(w);
}

// A report of another metric alone says nothing of the objective.
static void reports_without_the_objective_hide_no_value(void **state)
{
    (void)state;
    world *w = world_of_x();
    hn_evidence told = {0};
    for (uint32_t t = 0; t < 8; t++) {
        begin(w, t);
        world_report(w, t, 2, t);
        hn_event event = hn_event_make(HN_EV_REPORTED);
        double nothing = NAN;
        event.trial = t;
        event.epoch = 1;
        event.step = 2;
        event.values = (hn_doubles){&nothing, 1};
        event.present = 0;
        world_append(w, &event);
        if (t < 4)
            world_tell(w, t, HONE_STATE_COMPLETE, 2.0 * t);
        else
            world_tell(w, t, HONE_STATE_PRUNED, NAN);
    }
    look(w, &told);
    assert_int_equal(told.n_expected, 4);
    hn_evidence_free(&told);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crowded_steps_hide_no_others),
        cmocka_unit_test(reports_without_the_objective_hide_no_value),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
