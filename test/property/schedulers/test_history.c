// Random histories for every scheduler: reports in order and out of it, repeated, missing, on odd
// steps, NaN and infinite; trials that end in every way, run again, or are excluded. Whatever
// comes, a state that was kept all along and one that is made anew must say the same.
//
// A new state takes in all that has happened, so that the later events cost most: a new one is made
// for each of the first N_DENSE, then for one of SPARSE. That is a third of the time.
#include "contract/schedulers/desk.h"
#include "contract/schedulers/needs.h"
#include "property/chance.h"

enum { N_EVENTS = 900, N_SEEDS = 4, MAX_RUNNING = 6, N_DENSE = 200, SPARSE = 8 };

// Options that change what a scheduler does, besides its defaults.
static const char *const variants[][2] = {
    {"asha", "{\"eta\":2}"},
    {"asha", "{\"eta\":2,\"min_resource\":1,\"n_startup\":0,\"value\":\"last\"}"},
    {"asha", "{\"min_resource\":0.5,\"max_resource\":9,\"brackets\":3}"},
    {"asha", "{\"eta\":2,\"min_resource\":1,\"max_resource\":9,\"variant\":\"pause\"}"},
    {"asha", "{\"eta\":1.5,\"max_resource\":6,\"brackets\":2,\"variant\":\"pause\"}"},
    {"freeze-thaw", "{\"max_resource\":6,\"interval\":0.5,\"basket\":2,\"growth\":1}"},
    {"halving", "{\"n\":5,\"min_resource\":1,\"max_resource\":9}"},
    {"halving", "{\"n\":20,\"min_resource\":1,\"max_resource\":9}"},
    {"halving", "{\"n\":4,\"min_resource\":1,\"max_resource\":5,\"value\":\"last\"}"},
    {"hyperband", "{\"max_resource\":9}"},
    {"hyperband", "{\"eta\":2,\"max_resource\":8,\"brackets\":2,\"shares\":\"paper\"}"},
    {"hyperband", "{\"max_resource\":9,\"mode\":\"async\"}"},
    {"pasha", "{\"max_resource\":9}"},
    {"pasha", "{\"eta\":2,\"max_resource\":27}"},
    {"pasha", "{\"eta\":2,\"max_resource\":8,\"epsilon\":0.5,\"value\":\"last\"}"},
    {"pbt", "{\"max_resource\":9,\"population\":4,\"interval\":2.5,\"quantile\":0.5}"},
    {"pbt", "{\"max_resource\":20,\"population\":5,\"exploit\":\"tournament\"}"},
    {"percentile", "{\"percentile\":30,\"n_startup\":2,\"n_min_trials\":3}"},
    {"percentile",
     "{\"grace\":0.3,\"percentile\":80,\"n_startup\":0,\"n_warmup\":2,\"interval\":2.5}"},
    {"patient", "{\"patience\":2}"},
    {"patient", "{\"patience\":0,\"min_delta\":1}"},
    {"threshold", "{\"upper\":4,\"interval\":3}"},
    {"race", "{\"p\":0.4}"},
    {"race", "{\"test\":\"wilcoxon\",\"p\":0.3}"},
    {"race", "{\"test\":\"mean\",\"n_min\":2,\"bound\":0}"},
    {"curve", "{\"n_startup\":1,\"n_min\":2,\"grace\":0.001,\"probability\":0.3}"},
    {"curve", "{\"end\":7,\"factor\":1.5,\"n_startup\":2}"},
};

// Those that compare by several objectives, or under constraints.
static const char *const several[][2] = {
    {"asha", "{}"},
    {"asha", "{\"eta\":2,\"min_resource\":1,\"n_startup\":0,\"value\":\"last\"}"},
    {"asha", "{\"min_resource\":0.5,\"max_resource\":9,\"brackets\":3}"},
    {"asha", "{\"eta\":2,\"min_resource\":1,\"max_resource\":9,\"variant\":\"pause\"}"},
    {"halving", "{\"n\":5,\"min_resource\":1,\"max_resource\":9}"},
    {"halving", "{\"n\":4,\"min_resource\":1,\"max_resource\":5,\"value\":\"last\"}"},
    {"hyperband", "{\"eta\":2,\"max_resource\":8,\"brackets\":2,\"shares\":\"paper\"}"},
    {"hyperband", "{\"max_resource\":9,\"mode\":\"async\"}"},
    {"pasha", "{\"max_resource\":9}"},
    {"pasha", "{\"eta\":2,\"max_resource\":8,\"value\":\"last\"}"},
    {"pbt", "{\"max_resource\":9,\"population\":4,\"interval\":2.5,\"quantile\":0.5}"},
    {"pbt", "{\"max_resource\":20,\"population\":5,\"exploit\":\"tournament\"}"},
};

typedef enum study_kind { ONE, SEVERAL, ONE_BOUND, SEVERAL_BOUND, N_KINDS } study_kind;

static world *world_of(study_kind kind, bool maximize, uint32_t lag)
{
    const char *bounds = kind >= ONE_BOUND ? "\"extra<=5\",\"loss>=1\"" : "";
    if (kind == ONE || kind == ONE_BOUND)
        return desk_world_of(maximize, ",{\"name\":\"extra\",\"goal\":\"record\"}", bounds, lag);
    return desk_world_of(maximize, DESK_TWO, bounds, lag);
}

static double any_step(chance *c, const hn_trial *t)
{
    switch (below(c, 8)) {
    case 0:
        return (double)below(c, 9);
    case 1:
        return (double)below(c, 40) / 4;
    case 2:
        return t->step; // again
    case 3:
        return below(c, 20) ? -(double)below(c, 3) : NAN;
    default:
        return t->step + 1;
    }
}

static double any_value(chance *c)
{
    switch (below(c, 12)) {
    case 0:
        return NAN;
    case 1:
        return below(c, 8) ? 3 : below(c, 2) ? INFINITY : -INFINITY;
    default:
        return (double)below(c, 64) / 8;
    }
}

typedef struct tally {
    uint32_t n_judged, n_stopped, n_paused;
} tally;

static void judge_anew(const desk *d, const char *options, uint32_t trial, double step,
                       hn_verdict verdict)
{
    scheduler_in_use fresh;
    const hn_fold *fold = &d->world->fold;
    assert_int_equal(scheduler_begin(&fresh, d->scheduler.class, options, fold, NULL), HONE_OK);
    hn_verdict again = scheduler_judge(&fresh, fold, trial, step);
    scheduler_end(&fresh);
    if (again != verdict)
        fail_msg("%s %s: trial %u at step %g: verdict %d, from a new state %d",
                 d->scheduler.class->head.name, options, trial, step, verdict, again);
}

// A report, judged by the kept state, by it once more, and maybe by a new one.
static void report_somewhere(desk *d, const char *options, uint32_t trial, bool anew, chance *c,
                             tally *n)
{
    const hn_fold *fold = &d->world->fold;
    double step = any_step(c, &fold->trials.data[trial]);
    int64_t present = below(c, 6) ? 1 : (int64_t)below(c, 4);
    bool both = d->world->fold.problem.n_objectives > 1 || d->world->fold.problem.n_bounds > 0;
    double value = any_value(c), other = both ? any_value(c) : value;
    present = both && below(c, 3) ? 3 : present;
    hn_verdict verdict = desk_report_both(d, trial, step, value, other, present);
    assert_int_equal(scheduler_judge(&d->scheduler, fold, trial, step), verdict);
    if (anew)
        judge_anew(d, options, trial, step, verdict);
    n->n_judged++;
    n->n_stopped += verdict == HN_STOP;
    n->n_paused += verdict == HN_PAUSE;
}

// What is next, from both.
static void ask_somehow(desk *d, const char *options)
{
    const hn_fold *fold = &d->world->fold;
    scheduler_in_use fresh;
    hn_next a = {HN_NEXT_NEW, 0, 0}, b = {HN_NEXT_NEW, 0, 0};
    hn_view view = scheduler_view(&d->scheduler, fold, (uint32_t)fold->trials.n);
    assert_int_equal(d->scheduler.class->next(d->scheduler.state, &view, &a, NULL), HONE_OK);
    assert_int_equal(scheduler_begin(&fresh, d->scheduler.class, options, fold, NULL), HONE_OK);
    assert_int_equal(fresh.class->next(fresh.state, &view, &b, NULL), HONE_OK);
    scheduler_end(&fresh);
    assert_true(a.kind == b.kind && a.trial == b.trial && a.resource == b.resource);
    if (a.kind == HN_NEXT_RESUME)
        assert_int_equal(fold->trials.data[a.trial].state, HONE_STATE_PAUSED);
}

static void restart(desk *d, uint32_t trial, chance *c)
{
    hn_event event = desk_event(d, HN_EV_STARTED, trial);
    event.epoch++;
    event.resource = d->world->fold.trials.data[trial].resource; // which only grows
    if (below(c, 2))
        event.resource = fmax(event.resource, (double)below(c, 10));
    desk_append(d, &event);
}

static void end_somehow(desk *d, uint32_t trial, chance *c)
{
    static const hone_trial_state ends[] = {HONE_STATE_PRUNED, HONE_STATE_FAILED, HONE_STATE_LOST,
                                            HONE_STATE_INVALID};
    hn_event event;
    uint64_t how = below(c, 12);
    if (how >= 4) {
        desk_tell(d, trial, how > 5 ? HONE_STATE_COMPLETE : ends[below(c, 4)]);
        return;
    }
    event = desk_event(d, how < 2 ? HN_EV_REQUEUED : HN_EV_PAUSED, trial);
    event.step = d->world->fold.trials.data[trial].step;
    desk_append(d, &event);
    if (how % 2)
        restart(d, trial, c);
}

static void one_history(const char *name, const char *options, study_kind kind, uint32_t seed,
                        uint32_t lag, tally *n)
{
    world *w = world_of(kind, seed % 2, lag);
    scheduler_in_use probe;
    hone_error err = HONE_ERROR_INIT;
    if (scheduler_begin(&probe, scheduler_named(name), options, &w->fold, &err) != HONE_OK) {
        assert_true(err.text[0]); // a lag may be refused, with a sentence
        assert_true(lag > 0);
        world_free(w);
        return;
    }
    scheduler_end(&probe);
    desk d = desk_of(name, options, w);
    chance c = {hn_rng_make(seed, HN_PURPOSE_TEST, seed), 0};
    ask_somehow(&d, options); // on an empty history
    for (int i = 0; i < N_EVENTS; i++) {
        d.now_us += 1 + (int64_t)below(&c, 10) * 1000;
        uint32_t running[MAX_RUNNING] = {0}, n_running = 0;
        for (size_t o = 0; o < w->fold.open.n && n_running < MAX_RUNNING; o++)
            if (w->fold.trials.data[w->fold.open.data[o]].state == HONE_STATE_RUNNING)
                running[n_running++] = w->fold.open.data[o];
        uint64_t what = below(&c, 40);
        bool anew = i < N_DENSE || i % SPARSE == 0;
        uint32_t one = n_running ? running[below(&c, n_running)] : 0;
        if (what == 0 && w->fold.trials.n > 0)
            desk_exclude(&d, (uint32_t)below(&c, w->fold.trials.n), below(&c, 2));
        else if (n_running == 0 || (what < 8 && n_running < MAX_RUNNING))
            desk_start(&d);
        else if (what < 12)
            end_somehow(&d, one, &c);
        else
            report_somewhere(&d, options, one, anew, &c, n);
        if (i % 7 == 0 && anew)
            ask_somehow(&d, options);
    }
    desk_free(&d);
}

static void every_history(const char *name, const char *options, study_kind kind)
{
    tally n = {0};
    for (uint32_t seed = 1; seed <= N_SEEDS; seed++) {
        one_history(name, options, kind, seed, 0, &n);
        one_history(name, options, kind, seed, 3, &n);
    }
    print_message("%s %s: %u reports, %u stopped, %u paused\n", name, options, n.n_judged,
                  n.n_stopped, n.n_paused);
    bool judges = scheduler_named(name)->report != NULL;
    assert_true(!judges || n.n_stopped + n.n_paused > 0);
}

static void kept_states_equal_new_ones(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SCHEDULER, i)); i++)
        every_history(plugin->name, scheduler_needs(plugin->name), ONE);
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        every_history(variants[i][0], variants[i][1], ONE);
    for (size_t i = 0; i < sizeof several / sizeof *several; i++)
        for (int kind = SEVERAL; kind < N_KINDS; kind++)
            every_history(several[i][0], several[i][1], (study_kind)kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kept_states_equal_new_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
