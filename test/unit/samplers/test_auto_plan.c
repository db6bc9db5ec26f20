// Who of auto's two sides gets a trial: gains, patience, equal numbers, what counts, and that it
// follows from what each trial could see.
#include "contract/samplers/world.h"

#include "base/mem.h"
#include "samplers/auto_plan.h"
#include "space/space.h"

enum { FROM = 2, TO = 40, PATIENCE = 3 };

typedef struct fixture {
    world *w;
    hn_auto_plan plan;
    hn_config config;
    hn_arena arena;
} fixture;

static void begin(fixture *f)
{
    static const char *const space[] = {"x=0..1", NULL};
    char *json = space_json(space);
    *f = (fixture){.plan = {.from = FROM, .to = TO, .patience = PATIENCE}};
    f->w = world_new(json, 1, 1, WORLD_PLAIN);
    f->config = hn_config_new(&f->arena, f->w->fold.problem.space);
    hn_space_default(f->w->fold.problem.space, f->config);
    hn_free(json);
}

static void end(fixture *f)
{
    hn_auto_plan_free(&f->plan);
    hn_arena_free(&f->arena);
    world_free(f->w);
}

static uint32_t start(fixture *f)
{
    f->config.slots[0].f = 0.01 * (double)f->w->fold.trials.n;
    return world_start(f->w, f->config, (int64_t)f->w->fold.n_events);
}

static hn_auto_choice choice(fixture *f, hn_auto_plan *plan, uint32_t trial)
{
    hn_view view = hn_view_of(&f->w->fold, trial);
    assert_int_equal(hn_auto_plan_sync(plan, &view, NULL), HONE_OK);
    return hn_auto_plan_choice(plan, &view, trial);
}

// The side of the next trial, 'L' or 'G', small while it does not lead; the trial then gets
// `value`.
static char next(fixture *f, double value)
{
    hn_auto_choice c = choice(f, &f->plan, (uint32_t)f->w->fold.trials.n);
    world_tell(f->w, start(f), isnan(value) ? HONE_STATE_FAILED : HONE_STATE_COMPLETE, value);
    const char *names = c.leads ? "LG" : "lg";
    return names[c.side];
}

static void who_gains_goes_on_and_then_both_have_as_many(void **state)
{
    (void)state;
    fixture f;
    // Values of trials, and who gets them: L gains at 3, and G at 13.
    static const double values[] = {9, 8, 8, 7, 7, 7, 7, 8, 8, 8, 8, 8, 8, 6, 7, NAN, 7, 9};
    static const char wanted[] = "LLLLLLLggggglgGGGl";
    begin(&f);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_int_equal(next(&f, values[i]), wanted[i]);
    end(&f);
}

// Afterwards, too, and from a plan that is new, or in step with more.
static void it_follows_from_what_a_trial_saw(void **state)
{
    (void)state;
    fixture f;
    uint32_t open[4];
    hn_auto_side sides[TO];
    begin(&f);
    for (uint32_t t = 0; t < 36; t += 4) { // four run at a time
        for (uint32_t k = 0; k < 4; k++) {
            sides[t + k] = choice(&f, &f.plan, t + k).side;
            assert_int_equal(sides[t + k], sides[t]);
            open[k] = start(&f);
        }
        for (uint32_t k = 4; k-- > 0;)
            world_tell(f.w, open[k], HONE_STATE_COMPLETE, t == 20 && k == 1 ? 0 : 10);
    }
    uint32_t n_global = 0;
    for (uint32_t t = FROM; t < 36; t++) {
        hn_auto_plan fresh = {.from = FROM, .to = TO, .patience = PATIENCE};
        hn_fold prefix;
        n_global += sides[t] == HN_AUTO_GLOBAL;
        assert_int_equal(choice(&f, &fresh, t).side, sides[t]);
        world_fold(f.w, (size_t)f.w->fold.trials.data[t].saw, &prefix);
        hn_view view = hn_view_of(&prefix, t);
        assert_int_equal(hn_auto_plan_sync(&fresh, &view, NULL), HONE_OK);
        assert_int_equal(hn_auto_plan_choice(&fresh, &view, t).side, sides[t]);
        assert_int_equal(choice(&f, &fresh, t).side, sides[t]);
        hn_auto_plan_free(&fresh);
        hn_fold_free(&prefix);
    }
    assert_true(n_global > 8 && n_global < 28);
    end(&f);
}

// Trials from `to` on, and those of a view's end, change nothing.
static void what_comes_later_is_not_looked_at(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    while (f.w->fold.trials.n < TO)
        (void)next(&f, 5);
    hn_auto_choice before = choice(&f, &f.plan, TO - 1);
    size_t n = f.plan.next.n;
    for (int i = 0; i < 5; i++)
        (void)next(&f, -i);
    assert_int_equal(f.plan.next.n, n);
    assert_int_equal(n, TO + 1);
    assert_int_equal(choice(&f, &f.plan, TO - 1).side, before.side);
    end(&f);
}

// Another sampler was chosen after these trials: they are nobody's turns, but what they have found
// is known.
static void trials_of_another_sampler_are_no_turns(void **state)
{
    (void)state;
    fixture f;
    hn_event event = hn_event_make(HN_EV_STUDY_SET);
    begin(&f);
    for (int i = 0; i < 8; i++)
        (void)next(&f, 5);
    event.name = hn_bytes_of("sampler");
    event.text = hn_bytes_of("{\"name\":\"auto\"}");
    world_append(f.w, &event);
    hn_auto_plan_free(&f.plan);
    f.plan = (hn_auto_plan){.from = FROM, .to = TO, .patience = PATIENCE};
    assert_int_equal(f.w->fold.sampler_since, 8);
    hn_view view = hn_view_of(&f.w->fold, 8);
    assert_int_equal(hn_auto_plan_sync(&f.plan, &view, NULL), HONE_OK);
    assert_int_equal(f.plan.n[HN_AUTO_LOCAL] + f.plan.n[HN_AUTO_GLOBAL], 0);
    assert_false(hn_auto_plan_suggested(&f.plan, &view, 5));
    for (int i = 0; i < PATIENCE; i++)
        assert_int_equal(next(&f, 6), 'L');
    assert_int_equal(next(&f, 6), 'g');
    view = hn_view_of(&f.w->fold, 12);
    assert_true(hn_auto_plan_suggested(&f.plan, &view, 9));
    end(&f);
}

// While most of the first trials were stopped early both sides wait; a later result ends that.
static void stopped_trials_make_both_wait(void **state)
{
    (void)state;
    fixture f;
    hn_view view;
    begin(&f);
    f.plan.from = 3;
    uint32_t first = start(&f);
    (void)start(&f);
    world_tell(f.w, start(&f), HONE_STATE_PRUNED, 5);
    for (int i = 0; i < 6; i++) {
        assert_true(choice(&f, &f.plan, (uint32_t)f.w->fold.trials.n).neither);
        (void)next(&f, 4);
    }
    world_tell(f.w, first, HONE_STATE_COMPLETE, 9);
    assert_false(choice(&f, &f.plan, 9).neither); // one of each is not most
    view = hn_view_of(&f.w->fold, 9);
    assert_false(hn_auto_plan_suggested(&f.plan, &view, 5));
    assert_int_equal(f.plan.n[HN_AUTO_LOCAL] + f.plan.n[HN_AUTO_GLOBAL], 0);
    (void)next(&f, 4);
    (void)choice(&f, &f.plan, 10);
    assert_int_equal(f.plan.n[HN_AUTO_LOCAL], 1);
    end(&f);
}

// Where trials are copied, those that end before their time were replaced, not stopped.
static void replaced_members_do_not(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    f.plan.from = 2;
    f.w->fold.problem.forks = true;
    world_tell(f.w, start(&f), HONE_STATE_PRUNED, 5);
    (void)start(&f);
    assert_false(choice(&f, &f.plan, 2).neither);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_gains_goes_on_and_then_both_have_as_many),
        cmocka_unit_test(it_follows_from_what_a_trial_saw),
        cmocka_unit_test(trials_of_another_sampler_are_no_turns),
        cmocka_unit_test(stopped_trials_make_both_wait),
        cmocka_unit_test(replaced_members_do_not),
        cmocka_unit_test(what_comes_later_is_not_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
