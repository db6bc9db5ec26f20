// What every scheduler owes; and the whole way of a decision, shown by a scheduler of this test
// that pauses, resumes with more, forks the best and stops the bad.
#include "contract/schedulers/needs.h"
#include "core/study_internal.h"
#include "unit/core/study_rig.h"

// --- every built-in scheduler ---

// Runs a study by the rules of a scheduler with curves of known shape. Returns how many trials
// came to an end.
static uint32_t run(hone_study *study, int n_asks)
{
    uint32_t n_ended = 0;
    for (int i = 0; i < n_asks; i++) {
        hone_trial *trial = NULL;
        hone_error err = HONE_ERROR_INIT;
        hone_status status = hone_study_ask(study, NULL, &trial, &err);
        if (status == HONE_EBUSY || status == HONE_EEXHAUSTED) {
            assert_true(err.text[0]); // everything before has ended: nothing to wait for
            if (status == HONE_EBUSY)
                fail_msg("%s waits while nothing runs", hone_study_scheduler(study));
            break;
        }
        assert_int_equal(status, HONE_OK);
        double x = hone_trial_float(trial, "x"), limit = hone_trial_resource(trial);
        double end = limit > 0 ? limit : 9;
        bool paused = false, stopped = false;
        for (double step = hn_trial_row(trial)->step + 1; step <= end && !paused && !stopped;
             step++) {
            assert_int_equal(hone_trial_report(trial, step, x + 1 / step, &err), HONE_OK);
            paused = hone_trial_should_pause(trial);
            stopped = hone_trial_should_stop(trial);
            if (paused)
                assert_int_equal(hone_study_pause(study, trial, step, &err), HONE_OK);
        }
        if (!paused) {
            double value = x;
            assert_int_equal(hone_study_tell(study, trial,
                                             stopped ? HONE_STATE_PRUNED : HONE_STATE_COMPLETE,
                                             stopped ? NULL : &value, &err),
                             HONE_OK);
            n_ended++;
        }
        hone_trial_destroy(trial);
    }
    return n_ended;
}

static void every_scheduler_gets_trials_done(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SCHEDULER, i)); i++) {
        const hn_scheduler_class *class = (const void *)plugin;
        print_message("scheduler %s\n", plugin->name);
        assert_int_equal(plugin->kind, HN_KIND_SCHEDULER);
        assert_true(plugin->summary && plugin->summary[0] && plugin->source);
        assert_true(class->resolve ? !class->init && !class->next : class->init && class->next);
        assert_int_equal(hone_plugin_check_options(plugin, "{}", NULL), HONE_OK);
        hone_space *space = SPACE("x=0..1");
        hone_study_options options = options_of("memory:", space);
        options.scheduler = plugin->name;
        options.n_trials = 20; // those that fill brackets know when no more will come
        options.scheduler_options = scheduler_needs(plugin->name);
        hone_study *study = study_open(&options);
        assert_true(run(study, 60) > 0);
        assert_int_equal(hone_study_count(study, HONE_STATE_RUNNING), 0);
        hone_study_close(study);
        hone_space_destroy(space);
    }
}

// What a scheduler decides depends on the journal alone: two studies of one seed go the same way.
static void every_scheduler_decides_by_the_journal(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SCHEDULER, i)); i++) {
        hone_space *space = SPACE("x=0..1");
        hone_study_options options = options_of("memory:", space);
        options.scheduler = plugin->name;
        options.scheduler_options = scheduler_needs(plugin->name);
        hone_study *one = study_open(&options), *two = study_open(&options);
        run(one, 40);
        for (int k = 0; k < 40; k++) { // its state is a cache: thrown away before each decision
            hn_study_unplug(two);
            run(two, 1);
        }
        assert_int_equal(hone_study_n_trials(one), hone_study_n_trials(two));
        for (uint32_t t = 0; t < hone_study_n_trials(one); t++) {
            hone_trial *a = look(one, t), *b = look(two, t);
            assert_int_equal(hone_trial_status(a), hone_trial_status(b));
            assert_int_equal(hone_trial_attempts(a), hone_trial_attempts(b));
            assert_string_equal(hone_trial_params_json(a), hone_trial_params_json(b));
            assert_number(hone_trial_resource(a), hone_trial_resource(b));
            hone_trial_destroy(a);
            hone_trial_destroy(b);
        }
        hone_study_close(one);
        hone_study_close(two);
        hone_space_destroy(space);
    }
}

// --- a scheduler of the test's own ---

enum { N_FIRST = 4, PAUSE_AT = 3, FULL = 9 };

typedef struct toy_options {
    double bad; // a report above it stops the trial
} toy_options;

static const hn_option toy_table[] = {
    {"bad", HN_OPTION_DOUBLE, offsetof(toy_options, bad), "100", 0, 1e6, NULL, NULL,
     "reports above it stop a trial"},
    {0},
};

typedef struct toy {
    const toy_options *options;
    int *n_fini;
} toy;

static int toy_finis, toy_observed;

static hone_status toy_init(void *self, const hn_problem *problem, const void *options,
                            hone_error *err)
{
    toy *t = self;
    (void)problem, (void)err;
    *t = (toy){options, &toy_finis};
    return HONE_OK;
}

static double last_report(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    return view->fold->numbers.data[view->fold->reports.data[t->last_report].values];
}

// The best paused trial; all that run or wait come first.
static bool best_paused(const hn_view *view, uint32_t *best, bool *running)
{
    bool found = false;
    *running = false;
    for (uint32_t i = 0; i < view->n_trials; i++) {
        hone_trial_state state = hn_view_state(view, i);
        *running |= state == HONE_STATE_RUNNING;
        if (state != HONE_STATE_PAUSED)
            continue;
        if (!found || last_report(view, i) < last_report(view, *best))
            *best = i;
        found = true;
    }
    return found;
}

// Four new trials up to step 3; the best goes on to step 9 and is forked once; then nothing.
static hone_status toy_next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    uint32_t best = 0, n_forks = 0, n_new = 0;
    bool running;
    (void)self, (void)err;
    for (uint32_t i = 0; i < view->n_trials; i++) {
        bool fork = view->fold->trials.data[i].origin == HONE_ORIGIN_FORK;
        n_forks += fork;
        n_new += !fork;
    }
    bool paused = best_paused(view, &best, &running);
    if (n_new < N_FIRST)
        *out = (hn_next){HN_NEXT_NEW, 0, PAUSE_AT};
    else if (running)
        *out = (hn_next){HN_NEXT_WAIT, 0, 0};
    else if (paused && n_forks == 0)
        *out = (hn_next){HN_NEXT_FORK, best, FULL};
    else if (paused)
        *out = (hn_next){HN_NEXT_RESUME, best, FULL};
    else
        *out = (hn_next){HN_NEXT_DONE, 0, 0};
    return HONE_OK;
}

static hone_status toy_report(void *self, const hn_view *view, uint32_t trial, double step,
                              hn_verdict *out, hone_error *err)
{
    const toy *t = self;
    const hn_trial *row = &view->fold->trials.data[trial];
    (void)err;
    assert_true(row->step == step && row->n_reports > 0); // its reports are in the view
    *out = HN_GO_ON;
    if (last_report(view, trial) > t->options->bad)
        *out = HN_STOP;
    else if (step >= row->resource && row->resource < FULL)
        *out = HN_PAUSE;
    return HONE_OK;
}

static hone_status toy_observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    (void)self, (void)err;
    assert_true(trial < view->fold->trials.n);
    toy_observed++;
    return HONE_OK;
}

static void toy_fini(void *self)
{
    ++*((toy *)self)->n_fini;
}

static const hn_scheduler_class toy_class = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "toy",
             .summary = "pauses at 3, forks and resumes the best",
             .source = "",
             .can = HN_CAN_PAUSE | HN_CAN_FORK,
             .options = toy_table,
             .config_size = sizeof(toy_options),
             .state_size = sizeof(toy)},
    .init = toy_init,
    .next = toy_next,
    .report = toy_report,
    .observe = toy_observe,
    .fini = toy_fini,
};
static const hn_plugin *const own_plugins[] = {&toy_class.head};

static hone_study_options toy_study(const char *storage, const hone_space *space)
{
    hone_study_options options = options_of(storage, space);
    options.scheduler = "toy";
    options.scheduler_options = "{\"bad\":50}";
    options.plugins = own_plugins;
    options.n_plugins = 1;
    return options;
}

// Reports values[number] at each step until told otherwise; returns the state it was left in.
static hone_trial_state go(hone_study *study, hone_trial *trial, double value)
{
    hone_trial_state state;
    for (double step = hn_trial_row(trial)->step + 1;; step++) {
        OK(hone_trial_report(trial, step, value, &err));
        if (hone_trial_should_pause(trial)) {
            OK(hone_study_pause(study, trial, step, &err));
            break;
        }
        if (hone_trial_should_stop(trial)) {
            OK(hone_study_tell(study, trial, HONE_STATE_PRUNED, NULL, &err));
            break;
        }
        if (step >= hone_trial_resource(trial)) {
            OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err));
            break;
        }
    }
    state = hone_trial_status(trial);
    hone_trial_destroy(trial);
    return state;
}

static void a_scheduler_pauses_resumes_forks_and_stops(void **state)
{
    (void)state;
    static const double values[N_FIRST] = {7, 99, 3, 5};
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = toy_study(f.url, space);
    hone_study *study = study_open(&options);
    assert_string_equal(hone_study_scheduler(study), "toy");
    for (uint32_t i = 0; i < N_FIRST; i++) {
        hone_trial *trial = ask(study);
        assert_int_equal(hone_trial_number(trial), i);
        assert_number(hone_trial_resource(trial), PAUSE_AT);
        assert_int_equal(go(study, trial, values[i]),
                         i == 1 ? HONE_STATE_PRUNED : HONE_STATE_PAUSED);
    }
    // A new process goes on where this one stopped.
    hone_study_close(study);
    study = study_open(&options);
    hone_trial *fork = ask(study), *other = NULL;
    assert_int_equal(hone_trial_origin_of(fork), HONE_ORIGIN_FORK);
    assert_int_equal(hone_trial_parent(fork), 2); // the best, 3
    assert_number(hone_trial_resource(fork), FULL);
    FAILS(hone_study_ask(study, NULL, &other, &err), HONE_EBUSY,
          "the scheduler waits for running trials");
    assert_int_equal(go(study, fork, 2), HONE_STATE_COMPLETE);
    static const uint32_t order[] = {2, 3, 0};
    for (int i = 0; i < 3; i++) {
        hone_trial *trial = ask(study);
        assert_int_equal(hone_trial_number(trial), order[i]);
        assert_int_equal(hone_trial_attempts(trial), 2);
        assert_number(hone_trial_resource(trial), FULL);
        assert_int_equal(go(study, trial, values[order[i]]), HONE_STATE_COMPLETE);
    }
    FAILS(hone_study_ask(study, NULL, &other, &err), HONE_EEXHAUSTED,
          "the scheduler has nothing more to run");
    hone_trial *trial = look(study, 2);
    assert_int_equal(hone_trial_n_reports(trial), FULL); // of both attempts
    hone_trial_destroy(trial);
    assert_true(toy_observed >= 9);
    int n_fini = toy_finis;
    hone_study_close(study);
    assert_int_equal(toy_finis, n_fini + 1);
    // Who lacks the program's own scheduler can look, and is told what it lacks when it acts.
    hone_study_options plain = HONE_STUDY_OPTIONS_INIT;
    plain.storage = f.url;
    hone_error why = HONE_ERROR_INIT;
    assert_int_equal(hone_study_open(&plain, &study, &why), HONE_ENOTFOUND);
    assert_non_null(strstr(why.text, "there is no scheduler \"toy\""));
    plain.read_only = true;
    study = study_open(&plain);
    assert_int_equal(hone_study_count(study, HONE_STATE_COMPLETE), 4);
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

// A wrong option of it is refused as for a built-in one.
static void options_of_the_programs_own(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = toy_study("memory:", space);
    hone_study *study = NULL;
    options.scheduler_options = "{\"bat\":1}";
    FAILS(hone_study_open(&options, &study, &err), HONE_EINVAL,
          "toy has no option \"bat\": did you mean \"bad\"?");
    options.scheduler_options = NULL;
    options.metrics = (const hone_metric[]){{"a", HONE_MINIMIZE}, {"b", HONE_MINIMIZE}};
    options.n_metrics = 2;
    FAILS(hone_study_open(&options, &study, &err), HONE_EUNSUPPORTED,
          "scheduler toy takes one objective, the study has 2; these take several: asha auto curve "
          "freeze-thaw halving hyperband none pasha patient pbt percentile race threshold");
    hone_space_destroy(space);
}

// A trial that was to be resumed, lost and run again keeps its place.
static void a_paused_trial_can_be_requeued(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = toy_study("memory:", space);
    hone_study *study = study_open(&options);
    hone_trial *trial = ask(study);
    assert_int_equal(go(study, trial, 1), HONE_STATE_PAUSED);
    trial = look(study, 0);
    OK(hone_study_requeue(study, trial, "its checkpoint is gone", &err));
    hone_trial_destroy(trial);
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 0);
    assert_int_equal(hone_trial_attempts(trial), 2);
    assert_number(hone_trial_resource(trial), PAUSE_AT);
    hone_trial_destroy(trial);
    hone_study_close(study);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scheduler_gets_trials_done),
        cmocka_unit_test(every_scheduler_decides_by_the_journal),
        cmocka_unit_test(a_scheduler_pauses_resumes_forks_and_stops),
        cmocka_unit_test(options_of_the_programs_own),
        cmocka_unit_test(a_paused_trial_can_be_requeued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
