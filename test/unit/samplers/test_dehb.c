// dehb: which rung each trial is for, whom it is bred from, and whose place it may take.
#include "unit/schedulers/climb.h"

enum { END = 27, PLENTY = 200 };

static const char OPTIONS[] = "{\"max_resource\":27,\"shares\":\"paper\",\"fill\":\"new\"}";

typedef struct study {
    desk desk;
    sampler_in_use sampler;
    hn_rung_place place; // of the last trial that began
    bool (*fails)(uint32_t trial);
} study;

static void open_study(study *s)
{
    const hn_plugin *plugin = NULL;
    *s = (study){.desk = desk_new("hyperband", OPTIONS)};
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "dehb", &plugin, NULL), HONE_OK);
    assert_true(sampler_begin(&s->sampler, (const void *)plugin, &s->desk.world->fold, 0));
}

static void close_study(study *s)
{
    sampler_end(&s->sampler);
    desk_free(&s->desk);
}

static hn_rung_place place_of(study *s, uint32_t trial)
{
    hn_rung_place place = {0};
    hn_fold *fold = &s->desk.world->fold;
    hn_view view = scheduler_view(&s->desk.scheduler, fold, UINT32_MAX - 1);
    assert_true(s->desk.scheduler.class->place(s->desk.scheduler.state, &view, trial, &place));
    return place;
}

// The only parameter of the next trial.
static double suggest(study *s, uint32_t trial, const hn_rung_place *place, double resource)
{
    hn_arena scratch = HN_ARENA_INIT;
    const hn_fold *fold = &s->desk.world->fold;
    hn_view view = sampler_view(&s->sampler, fold, trial);
    hn_request request = {trial, -1, 0, resource, &scratch, place, NULL};
    hn_config x = hn_config_new(&scratch, fold->problem.space);
    assert_int_equal(s->sampler.class->suggest(s->sampler.state, &view, &request, &x, NULL),
                     HONE_OK);
    double value = x.slots[0].f;
    hn_arena_free(&scratch);
    return value;
}

static uint32_t begin(study *s, double *limit, double *x)
{
    desk *d = &s->desk;
    hn_fold *fold = &d->world->fold;
    uint32_t trial = (uint32_t)fold->trials.n;
    hn_view view = scheduler_view(&d->scheduler, fold, UINT32_MAX - 1);
    assert_int_equal(d->scheduler.class->resource(d->scheduler.state, &view, trial, limit, NULL),
                     HONE_OK);
    s->place = place_of(s, trial);
    *x = suggest(s, trial, &s->place, *limit);
    hn_slot slot = {.f = *x};
    uint64_t active = 1;
    (void)world_start(d->world, (hn_config){&slot, &active}, (int64_t)fold->n_events);
    scheduler_observe(&d->scheduler, fold, trial);
    hn_event event = desk_event(d, HN_EV_REQUEUED, trial); // to be started with its limit
    desk_append(d, &event);
    climb_start(d, trial, *limit);
    return trial;
}

static double loss(double x, double step)
{
    return fabs(x - 0.3) + 1 / step;
}

static double x_of(const study *s, uint32_t trial)
{
    const hn_fold *fold = &s->desk.world->fold;
    return hn_fold_config(fold, &fold->trials.data[trial]).slots[0].f;
}

static void complete(desk *d, uint32_t trial, double value)
{
    hn_event event = desk_event(d, HN_EV_TOLD, trial);
    event.state = HONE_STATE_COMPLETE;
    event.values = (hn_doubles){&value, 1};
    event.present = 1;
    desk_append(d, &event);
}

// Trains to its limit; the verdict there.
static hn_verdict train(study *s, uint32_t trial, double limit)
{
    desk *d = &s->desk;
    double from = d->world->fold.trials.data[trial].step;
    hn_verdict verdict = HN_GO_ON;
    if (s->fails && s->fails(trial)) {
        desk_tell(d, trial, HONE_STATE_FAILED);
        return HN_GO_ON;
    }
    for (double step = from + 1; step <= limit; step++)
        verdict = desk_report(d, trial, step, loss(x_of(s, trial), step));
    if (verdict == HN_PAUSE)
        climb_pause(d, trial, limit);
    else if (verdict == HN_STOP)
        desk_tell(d, trial, HONE_STATE_PRUNED);
    else
        complete(d, trial, loss(x_of(s, trial), limit));
    return verdict;
}

// Goes on until `n` trials have begun and nobody is to be promoted.
static void run(study *s, uint32_t n)
{
    for (;;) {
        hn_next next = climb_next(&s->desk, PLENTY);
        double limit, x;
        if (next.kind == HN_NEXT_RESUME) {
            climb_start(&s->desk, next.trial, next.resource);
            (void)train(s, next.trial, next.resource);
        } else {
            assert_int_equal(next.kind, HN_NEXT_NEW);
            if (s->desk.world->fold.trials.n >= n)
                return;
            uint32_t trial = begin(s, &limit, &x);
            (void)train(s, trial, limit);
        }
    }
}

// 27@1 9@3 3@9 1@27 promoted; 9@3 3@9 1@27 | 6@9 2@27 | 4@27 | 27@1 9@3 3@9 1@27 are new trials.
static void rungs_are_filled_in_turn(void **state)
{
    (void)state;
    study s;
    open_study(&s);
    static const struct {
        uint32_t n, n_parents;
        double resource;
    } rungs[] = {{9, 0, 3},  {3, 3, 9},  {1, 1, 27}, {6, 0, 9}, {2, 2, 27},
                 {4, 0, 27}, {27, 0, 1}, {9, 9, 3},  {3, 3, 9}, {1, 1, 27}};
    static const uint32_t n_members[] = {27, 9, 6, 4};
    run(&s, 27);
    const hn_fold *fold = &s.desk.world->fold;
    assert_int_equal(fold->n_state[HONE_STATE_COMPLETE], 1);
    assert_int_equal(fold->n_state[HONE_STATE_PAUSED], 26);
    for (size_t k = 0; k < sizeof rungs / sizeof *rungs; k++)
        for (uint32_t i = 0; i < rungs[k].n; i++) {
            uint32_t trial = (uint32_t)fold->trials.n;
            double limit, x;
            assert_int_equal(climb_next(&s.desk, PLENTY).kind, HN_NEXT_NEW);
            assert_int_equal(begin(&s, &limit, &x), trial);
            assert_true(limit == rungs[k].resource);
            assert_int_equal(s.place.n_parents, rungs[k].n_parents);
            assert_int_equal(s.place.n_climbers, 27);
            assert_int_equal(s.place.n_rungs, 4);
            assert_true(s.place.rungs[s.place.rung].resource == limit);
            assert_int_equal(s.place.rungs[s.place.rung].n_members, n_members[s.place.rung]);
            assert_int_equal(train(&s, trial, limit), limit == END ? HN_GO_ON : HN_STOP);
        }
    climb_assert_said(&s.desk, 27, "came to rung 1 of 3 of bracket 2, at 3, which it was for");
    close_study(&s);
}

static bool some_fail(uint32_t trial)
{
    return trial == 3 || trial == 30 || trial == 36;
}

// In the first bracket others come instead; later a place stays with its trial.
static void failures_shift_no_rung(void **state)
{
    (void)state;
    study s;
    double limit, x;
    open_study(&s);
    s.fails = some_fail;
    run(&s, 28 + 9);
    assert_int_equal(s.desk.world->fold.n_state[HONE_STATE_PAUSED], 26);
    (void)begin(&s, &limit, &x);
    assert_true(limit == 9);
    assert_int_equal(s.place.n_climbers, 28);
    close_study(&s);
}

// What the search has found is far better than what it began with, and the children of each rung
// are as good as the trials that were promoted to it.
static void children_are_better(void **state)
{
    (void)state;
    study s;
    open_study(&s);
    double first = 0, later = 0;
    run(&s, 27 + 13 + 8 + 4 + 40);
    for (uint32_t t = 0; t < 27; t++)
        first += fabs(x_of(&s, t) - 0.3) / 27;
    for (uint32_t t = 27 + 13 + 8 + 4; t < 27 + 13 + 8 + 4 + 40; t++)
        later += fabs(x_of(&s, t) - 0.3) / 40;
    if (!(later < 0.7 * first))
        fail_msg("%g from the best at first, later %g", first, later);
    close_study(&s);
}

// A child's parameter, the only one, comes from three members of the rung below's best, and the
// same trial gets the same again, from a sampler that has just begun, too.
static void parents_are_the_best_below(void **state)
{
    (void)state;
    study s;
    const hn_plugin *plugin = NULL;
    open_study(&s);
    run(&s, 27 + 9);
    uint32_t trial = 27 + 9;
    hn_rung_place place = place_of(&s, trial);
    assert_int_equal(place.n_parents, 3);
    double x = suggest(&s, trial, &place, 9), best[3], score[3];
    for (int k = 0; k < 3; k++)
        score[k] = INFINITY;
    for (uint32_t t = 0; t < trial; t++) { // measured at 3: promoted, or begun for it
        double value = x_of(&s, t), off = fabs(value - 0.3);
        if (s.desk.world->fold.trials.data[t].step < 3)
            continue;
        int k = off < score[0] ? 0 : off < score[1] ? 1 : off < score[2] ? 2 : 3;
        for (int j = 2; j > k; j--) {
            score[j] = score[j - 1];
            best[j] = best[j - 1];
        }
        if (k < 3) {
            score[k] = off;
            best[k] = value;
        }
    }
    bool found = false;
    for (int a = 0; a < 3; a++)
        for (int b = 0; b < 3; b++)
            if (a != b)
                found |= fabs(x - (best[a] + 0.5 * (best[b] - best[3 - a - b]))) < 1e-9;
    assert_true(found);
    sampler_end(&s.sampler);
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "dehb", &plugin, NULL), HONE_OK);
    assert_true(sampler_begin(&s.sampler, (const void *)plugin, &s.desk.world->fold, 0));
    assert_true(suggest(&s, trial, &place, 9) == x);
    close_study(&s);
}

// Nobody waits for a rung of a later bracket, nor for the first bracket's.
static void nobody_waits(void **state)
{
    (void)state;
    study s;
    double limit, x;
    open_study(&s);
    for (uint32_t i = 0; i < 27 + 9; i++)
        (void)begin(&s, &limit, &x);
    assert_true(limit == 3);
    (void)begin(&s, &limit, &x); // with nobody measured: a point of its own
    assert_true(limit == 9 && x >= 0 && x <= 1);
    for (uint32_t t = 0; t < 27; t++)
        assert_int_equal(train(&s, t, 1), HN_PAUSE);
    assert_int_equal(climb_next(&s.desk, PLENTY).kind, HN_NEXT_RESUME);
    close_study(&s);
}

static void bad_options_are_named(void **state)
{
    (void)state;
    world *w = desk_world(false, 0);
    scheduler_in_use scheduler;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(scheduler_begin(&scheduler, scheduler_named("hyperband"),
                                     "{\"fill\":\"new\",\"mode\":\"async\"}", &w->fold, &err),
                     HONE_EINVAL);
    assert_string_equal(err.text,
                        "option \"fill\" of hyperband is new: with it nobody waits for a rung but "
                        "in the first bracket, so that \"mode\" must be sync");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rungs_are_filled_in_turn),
        cmocka_unit_test(failures_shift_no_rung),
        cmocka_unit_test(children_are_better),
        cmocka_unit_test(parents_are_the_best_below),
        cmocka_unit_test(nobody_waits),
        cmocka_unit_test(bad_options_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
