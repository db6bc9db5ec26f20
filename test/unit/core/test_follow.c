// Following a view: who comes when, and when everything starts anew.
#include "contract/samplers/world.h"
#include "core/follow.h"

enum { MOST = 50 };

typedef struct looks {
    uint32_t trials[MOST];
    size_t n;
} looks;

static looks walk_to(hn_follow *f, const hn_view *view)
{
    looks l = {.n = 0};
    hn_follow_walk walk = hn_follow_begin(f, view);
    for (uint32_t t; (t = hn_follow_next(&walk)) != HN_NONE;) {
        assert_true(l.n < MOST);
        l.trials[l.n++] = t;
    }
    hn_follow_end(f, view);
    return l;
}

static void assert_looks(const looks *l, const char *want)
{
    hn_str text = HN_STR_INIT;
    for (size_t i = 0; i < l->n; i++)
        hn_str_printf(&text, "%s%u", i ? " " : "", (unsigned)l->trials[i]);
    assert_string_equal(hn_str_text(&text), want);
    hn_str_free(&text);
}
#define ASSERT_LOOKS(follow, view, want)                                                           \
    do {                                                                                           \
        looks looks_ = walk_to(follow, view);                                                      \
        assert_looks(&looks_, want);                                                               \
    } while (0)

static world *open_world(const char *extra)
{
    char *json = space_json((const char *const[]){"x=0..1", NULL});
    world *w = world_new(json, 5, 1, extra);
    hone_free(json);
    return w;
}

static void start_some(world *w, uint32_t n)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    hn_space_default(w->fold.problem.space, config);
    while (n-- > 0)
        world_start(w, config, (int64_t)w->fold.n_events);
    hn_arena_free(&arena);
}

static hn_view all_of(const world *w)
{
    return hn_view_of(&w->fold, (uint32_t)w->fold.trials.n);
}

static void each_comes_once_for_what_happened_to_it(void **state)
{
    (void)state;
    world *w = open_world(WORLD_PLAIN);
    hn_follow f = {0};
    start_some(w, 3);
    world_tell(w, 1, HONE_STATE_COMPLETE, 1);
    hn_view view = all_of(w);
    assert_false(hn_follow_goes_on(&f, &view));
    ASSERT_LOOKS(&f, &view, "0 1 2");
    assert_true(hn_follow_goes_on(&f, &view));
    ASSERT_LOOKS(&f, &view, "");
    // A new one was started and told since, an old one told; a report shows nothing.
    start_some(w, 1);
    world_tell(w, 3, HONE_STATE_COMPLETE, 1);
    world_tell(w, 0, HONE_STATE_FAILED, 0);
    world_report(w, 2, 1, 1);
    view = all_of(w);
    ASSERT_LOOKS(&f, &view, "0 3");
    // Told again, which is stale: nothing.
    world_tell(w, 0, HONE_STATE_COMPLETE, 3);
    view = all_of(w);
    ASSERT_LOOKS(&f, &view, "");
    for (int on = 1; on >= 0; on--) {
        hn_event event = hn_event_make(HN_EV_EXCLUDED);
        event.trial = 1;
        event.state = on;
        world_append(w, &event);
    }
    view = all_of(w);
    ASSERT_LOOKS(&f, &view, "1"); // twice in a row is once
    assert_true(hn_follow_goes_on(&f, &view));
    world_free(w);
}

static void with_a_lag_results_come_into_sight_by_themselves(void **state)
{
    (void)state;
    world *w = open_world("\"lag\":2,\"noisy\":false");
    hn_follow f = {0};
    start_some(w, 6);
    world_tell(w, 0, HONE_STATE_COMPLETE, 1);
    world_tell(w, 1, HONE_STATE_COMPLETE, 1);
    hn_view view = hn_view_of(&w->fold, 3); // sees trials 0 to 2, results of 0 and 1
    ASSERT_LOOKS(&f, &view, "0 1 2");
    view = hn_view_of(&w->fold, 4);
    ASSERT_LOOKS(&f, &view, "2 3");
    // What no view shows does not come; nor does anybody twice because results come late.
    world_tell(w, 5, HONE_STATE_COMPLETE, 1);
    world_tell(w, 3, HONE_STATE_COMPLETE, 1);
    view = hn_view_of(&w->fold, 5);
    ASSERT_LOOKS(&f, &view, "3 3 4");
    // An earlier view: what it does not show comes, to be forgotten.
    view = hn_view_of(&w->fold, 2);
    assert_true(hn_follow_goes_on(&f, &view));
    ASSERT_LOOKS(&f, &view, "1 2 3 4");
    view = hn_view_of(&w->fold, 0);
    ASSERT_LOOKS(&f, &view, "0 1");
    view = hn_view_of(&w->fold, 40); // there are only six
    ASSERT_LOOKS(&f, &view, "0 1 2 3 4 5");
    world_free(w);
}

static void another_history_starts_anew(void **state)
{
    (void)state;
    world *w = open_world(WORLD_PLAIN);
    hn_follow f = {0};
    start_some(w, 2);
    size_t n = w->ends.n;
    start_some(w, 1);
    hn_view view = all_of(w);
    ASSERT_LOOKS(&f, &view, "0 1 2");
    // An equal fold at another place.
    hn_fold other;
    world_fold(w, w->ends.n, &other);
    hn_view of_other = hn_view_of(&other, 3);
    assert_false(hn_follow_goes_on(&f, &of_other));
    hn_fold_free(&other);
    // The same place, taken back.
    hn_fold whole = w->fold;
    world_fold(w, n, &w->fold);
    view = all_of(w);
    const hone_space *space = f.space;
    f.space = view.problem->space; // as if memory had been given out again
    assert_false(hn_follow_goes_on(&f, &view));
    f.space = space;
    hn_fold_free(&w->fold);
    w->fold = whole;
    view = all_of(w);
    assert_true(hn_follow_goes_on(&f, &view));
    world_free(w);
}

static void another_space_or_other_goals_start_anew(void **state)
{
    (void)state;
    world *w = open_world(WORLD_PLAIN);
    hn_follow f = {0};
    start_some(w, 2);
    hn_view view = all_of(w);
    ASSERT_LOOKS(&f, &view, "0 1");
    char *json = space_json((const char *const[]){"x=0..2", NULL});
    world_change(w, json);
    hone_free(json);
    view = all_of(w);
    assert_false(hn_follow_goes_on(&f, &view));
    f = (hn_follow){0};
    ASSERT_LOOKS(&f, &view, "0 1");
    hn_event event = hn_event_make(HN_EV_GOALS_CHANGED);
    event.goals = 2;
    event.text = hn_bytes_of("{\"metrics\":[{\"name\":\"loss\",\"goal\":\"maximize\"}],"
                             "\"constraints\":[]}");
    world_append(w, &event);
    assert_int_equal(w->fold.goals.n, 2);
    view = all_of(w);
    assert_false(hn_follow_goes_on(&f, &view));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_comes_once_for_what_happened_to_it),
        cmocka_unit_test(with_a_lag_results_come_into_sight_by_themselves),
        cmocka_unit_test(another_history_starts_anew),
        cmocka_unit_test(another_space_or_other_goals_start_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
