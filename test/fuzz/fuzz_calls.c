// Fuzzes sequences of calls on a study: src/core/study.c, src/core/study_append.c,
// src/core/study_ask.c, src/core/study_tell.c, src/core/study_point.c, src/core/study_plugins.c,
// src/core/study_look.c, src/core/studies.c, src/core/trial.c, src/core/define.c,
// src/core/fixed.c, src/core/dedupe.c, src/core/parts.c, src/core/study_parts.c and
// src/analysis/best.c.
//
// Two bytes choose the study, in memory or in a file with two handles on it, which take each
// other's trials over. Then two bytes a call: which, and an argument. No order of calls may crash,
// what was told stays, and the file holds what the handles say.
#include <math.h>
#include <string.h>
#include <unistd.h>

#include <hone/hone.h>

#include "fuzz.h"

enum { MAX_CALLS = 120, MAX_HELD = 8, N_HANDLES = 2 };
// Of the second byte.
enum { IN_FILE = 1, TWO_OBJECTIVES = 2, BOUNDS = 4, ATTRIBUTES = 8, ODD_PLUGIN = 16, RECORDS = 32 };
// Its highest bits choose a scheduler.
enum { SCHEDULER_SHIFT = 6 };

typedef struct calls {
    hone_study *study[N_HANDLES]; // the second only of a file
    hone_trial *held[MAX_HELD];
    int owner[MAX_HELD]; // whose handle's trial it is
    int n_held;
    uint8_t choice, more;
    char path[64], url[80];
} calls;

static const char *const samplers[] = {"auto", "grid", "qmc", "random"};
// The second half is that of calls whose byte has SECOND in it.
enum { SECOND = 32, HALF = 8 };
static const char *const queue[] = {"{}",
                                    "{\"k\":3}",
                                    "{\"opt\":\"sgd\"}",
                                    "{\"zzz\":1}",
                                    "{\"x\":0.5,\"k\":9}",
                                    "[",
                                    "{\"m\":0.25}",
                                    "{\"k\":\"2\"}",
                                    "{\"oppt\":\"sgd\"}",
                                    "[3]",
                                    "{\"opt\":\"adam\",\"k\":3}",
                                    "{\"k\":\"many\"}",
                                    "{\"opt\":\"adam\",\"m\":0.5}",
                                    "{\"x\":\"0.25\",\"k\":4}",
                                    "{\"opt\":\"sgd\",\"m\":0.5,\"k\":1}",
                                    "{\"k\":1e400}"};
static const char *const schedulers[] = {NULL, "median", "threshold", "patient"};
static const char *const specs[] = {"0..1", "int:1..9", "a,b,c", "bool", "log:1..", "perm:a,b"};
static const char *const names[] = {"default", "other", "", "third"};

// --- the study ---

static hone_space *make_space(uint8_t choice)
{
    hone_space *space = NULL;
    if (hone_space_create(&space, NULL) != HONE_OK)
        return NULL;
    if (choice & 4)
        hone_space_add(space, "x", "0..1", NULL);
    hone_space_add(space, "k", choice & 8 ? "int:1..4 = 2" : "int:1..9", NULL);
    hone_space_add(space, "opt", "sgd,adam", NULL);
    hone_space_add(space, "m", "{0.25,0.5} if opt==sgd", NULL);
    hone_space_forbid(space, "opt==adam && k==3", NULL);
    FUZZ_EXPECT(hone_space_seal(space, NULL) == HONE_OK);
    return space;
}

static hone_study *open_study(const calls *c, uint8_t choice, uint8_t more, hone_open_mode mode,
                              bool accept)
{
    static const hone_metric metrics[] = {
        {"loss", HONE_MINIMIZE}, {"acc", HONE_MAXIMIZE}, {"size", HONE_RECORD}};
    static const char *const bounds[] = {"size<=2", "ms>=0"};
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_study *study = NULL;
    hone_space *space = make_space(choice);
    if (!space)
        return NULL;
    options.storage = more & IN_FILE ? c->url : NULL;
    options.mode = mode;
    options.accept_changes = accept;
    options.space = choice & 64 ? NULL : space;
    options.metrics = metrics;
    options.n_metrics = more & RECORDS ? 3 : more & TWO_OBJECTIVES ? 2 : 0;
    options.constraints = bounds;
    options.n_constraints = more & BOUNDS ? 2 : 0;
    options.attributes = more & ATTRIBUTES ? "{\"host\":\"a\",\"n\":1}" : NULL;
    options.sampler = more & ODD_PLUGIN ? "gird" : samplers[choice & 3];
    options.sampler_options = choice & 1 && more & BOUNDS ? "{\"resolution\":3}" : NULL;
    options.scheduler = schedulers[more >> SCHEDULER_SHIFT];
    options.refused = choice & 32 && more & BOUNDS ? HN_CAN_PAUSE : 0;
    options.has_seed = !(choice & 2 && more & ATTRIBUTES);
    options.seed = choice;
    options.lag = choice & 16 ? 2 : 0;
    options.noisy = choice & 32;
    options.n_trials = choice & 128 ? 100 : 0;
    hone_error err = HONE_ERROR_INIT;
    if (hone_study_open(&options, &study, &err) != HONE_OK)
        FUZZ_CHECK(err.text[0] && !study);
    if (study && !(more & IN_FILE)) // one of a file may be there already, and be otherwise
        FUZZ_CHECK(hone_study_define_by_run(study) == !options.space &&
                   hone_study_is_noisy(study) == options.noisy);
    hone_space_destroy(space);
    return study;
}

static void remove_file(const calls *c)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    char name[80];
    for (int i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "%s%s", c->path, ends[i]);
        unlink(name);
    }
}

// --- trials that are held ---

static void drop(calls *c, int index)
{
    hone_trial_destroy(c->held[index]);
    c->n_held--;
    c->held[index] = c->held[c->n_held];
    c->owner[index] = c->owner[c->n_held];
}

static void hold(calls *c, hone_trial *trial, int owner)
{
    if (c->n_held == MAX_HELD)
        drop(c, MAX_HELD - 1);
    c->held[c->n_held] = trial;
    c->owner[c->n_held++] = owner;
}

// The handle's trials go with it.
static void close_handle(calls *c, int handle)
{
    for (int i = c->n_held; i-- > 0;)
        if (c->owner[i] == handle)
            drop(c, i);
    hone_study_close(c->study[handle]);
    c->study[handle] = NULL;
}

// --- calls on a study ---

static double halve(void *user, uint32_t param, double value)
{
    (void)user, (void)param;
    return value / 2;
}

static void call_ask(calls *c, int handle, unsigned argument)
{
    hone_trial *trial = NULL;
    hone_ask_options ask = HONE_ASK_OPTIONS_INIT;
    ask.only_trial = argument & 1 ? (int64_t)(argument >> 4) : -1;
    ask.no_new = argument & 2;
    ask.lease_s = argument & 4 ? 1e-6 : 0;
    ask.owner = argument & 8 ? "h/b/1/1" : NULL;
    ask.adjust = argument & 32 ? halve : NULL;
    ask.total = argument & 64 ? 3 : 0;
    // A thousand duplicates at a time are enough once or twice.
    bool small = hone_study_n_trials(c->study[handle]) < 2000;
    ask.max_served = (argument & 128) && small ? 0 : 20;
    ask.folds = !(argument & 1) && (argument & 16) ? 3 : 0;
    ask.repeats = ask.folds && (argument & 32) ? 2 : 0;
    if (hone_study_ask(c->study[handle], &ask, &trial, NULL) != HONE_OK)
        return;
    FUZZ_CHECK(hone_trial_status(trial) == HONE_STATE_RUNNING);
    hold(c, trial, handle);
}

// Closes the handle and opens it again, with other wishes perhaps.
static void call_reopen(calls *c, int handle, unsigned argument)
{
    if (!(c->more & IN_FILE))
        return;
    close_handle(c, handle);
    uint8_t choice = argument & 1 ? c->choice ^ (uint8_t)(argument & 12) : c->choice;
    uint8_t more = argument & 2 ? c->more ^ (uint8_t)(argument >> 4 & 6) : c->more;
    hone_open_mode mode = argument & 16 ? HONE_OPEN_EXISTING : HONE_OPEN_OR_CREATE;
    c->study[handle] = open_study(c, choice, more, mode, argument & 128);
}

static hone_status count_one(void *user, const hone_study_info *info, hone_error *err)
{
    (void)err;
    FUZZ_CHECK(info->name[0]);
    ++*(int *)user;
    return HONE_OK;
}

static void call_studies(const calls *c, unsigned argument)
{
    const char *from = names[argument & 3], *to = names[argument >> 2 & 3];
    int n = 0;
    if (!(c->more & IN_FILE))
        return;
    switch (argument >> 4 & 3) {
    case 0:
        hone_studies_copy(c->url, from, argument & 64 ? "memory:" : NULL, to, NULL);
        break;
    case 1:
        hone_studies_rename(c->url, from, to, NULL);
        break;
    case 2:
        if (argument & 8)
            hone_studies_delete(c->url, from, NULL);
        break;
    default:
        hone_studies_list(c->url, count_one, &n, NULL);
    }
}

static void call_look(hone_study *study, unsigned argument)
{
    char *text = NULL;
    uint32_t number, n, numbers[4];
    if (hone_study_best(study, &number, NULL) == HONE_OK)
        FUZZ_CHECK(number < hone_study_n_trials(study));
    if (hone_study_pareto(study, numbers, 4, &n, NULL) == HONE_OK)
        for (uint32_t i = 0; i < n && i < 4; i++)
            FUZZ_CHECK(numbers[i] < hone_study_n_trials(study));
    if (hone_study_events_json(study, argument, 20, &text, NULL) == HONE_OK)
        hone_free(text);
    for (uint32_t i = 0; hone_study_key(study, i); i++)
        hone_study_get(study, hone_study_key(study, i));
    for (uint32_t i = 0; i < hone_study_n_metrics(study); i++)
        FUZZ_CHECK(hone_study_metric(study, i).name[0]);
    for (uint32_t i = 0; i < hone_study_n_constraints(study); i++)
        FUZZ_CHECK(hone_study_constraint(study, i)[0]);
    FUZZ_CHECK(hone_study_name(study)[0] && hone_study_sampler(study) &&
               hone_study_sampler_in_use(study) && hone_study_scheduler(study));
    FUZZ_CHECK(hone_study_n_finished(study) <= hone_study_n_trials(study));
    FUZZ_CHECK(hone_study_created_us(study) <= hone_study_changed_us(study));
    FUZZ_CHECK(!hone_study_space(study) || hone_study_space_version(study) > 0);
    for (uint32_t i = 0; i <= hone_study_n_logs(study); i++)
        FUZZ_CHECK(hone_study_log_at(study, i).text);
    FUZZ_CHECK(hone_study_n_objectives(study) <= hone_study_n_metrics(study));
    FUZZ_CHECK(!hone_study_metric(study, 99).name && !hone_study_constraint(study, 99));
    // Versions count from 1, each event makes one at most.
    uint64_t n_events = hone_study_n_events(study);
    FUZZ_CHECK(!hone_study_space_at(study, 0) &&
               !hone_study_space_at(study, (uint32_t)n_events + 1));
    for (uint32_t v = hone_study_space_version(study); v > 0; v--)
        FUZZ_CHECK(hone_study_space_at(study, v));
    uint32_t there = 0, removed = 0;
    FUZZ_CHECK((hone_study_checkpoint_bytes(study, &there, &removed) > 0) == (there > 0));
    FUZZ_CHECK(there + removed <= hone_study_n_trials(study));
    for (uint32_t i = 0; hone_study_attr_key(study, i); i++)
        FUZZ_CHECK(hone_study_attr(study, hone_study_attr_key(study, i)));
    FUZZ_CHECK(!hone_study_attr(study, "no such"));
    hone_study_seed(study);
    bool exhausted = false;
    if (hone_study_exhausted(study, &exhausted, NULL) != HONE_OK)
        FUZZ_CHECK(!exhausted);
    hone_study_scheduler_can(study);
}

static void call_act(hone_study *study, unsigned argument)
{
    uint32_t number = argument >> 4, made = 0;
    hone_kill what;
    hone_repeats repeats;
    hone_trial_state how = argument & 1 ? HONE_STATE_PRUNED : HONE_STATE_FAILED;
    (void)hone_study_kill(study, number, how, argument & 2, &what, NULL);
    if (hone_study_rerun(study, number, &made, NULL) == HONE_OK)
        FUZZ_CHECK(made < hone_study_n_trials(study));
    if (hone_study_retest(study, number, 1 + argument % 3, &made, NULL) == HONE_OK)
        FUZZ_CHECK(made + argument % 3 < hone_study_n_trials(study));
    if (hone_study_repeats(study, number, 0, &repeats, NULL) == HONE_OK)
        FUZZ_CHECK(repeats.n + repeats.n_open <= hone_study_n_trials(study));
    if (hone_study_enqueue_segment(study, queue[argument % HALF], (int64_t)(argument >> 3 & 3) - 1,
                                   1 + argument % 4, &made, NULL) == HONE_OK)
        FUZZ_CHECK(made < hone_study_n_trials(study));
    FUZZ_CHECK(hone_study_n_asked_for(study) <= hone_study_n_trials(study));
    (void)hone_study_edit(study, argument & 8 ? "{\"trials\":3,\"target\":null}" : "{\"jobs\":2}",
                          NULL);
}

// Another space, or only what it would mean; made of the present one or of whichever there is.
static void call_space(hone_study *study, unsigned argument)
{
    hone_space *space = make_space((uint8_t)argument);
    hone_space_change change = HONE_SPACE_CHANGE_INIT;
    if (!space)
        return;
    change.dry_run = argument & 1;
    change.from_version = argument & 2 ? 1 : 0;
    change.why = argument & 16 ? "because" : NULL;
    uint32_t version = hone_study_space_version(study);
    if (hone_study_change_space(study, space, &change, NULL) == HONE_OK) {
        FUZZ_CHECK(change.version >= version && change.n_inside <= change.n_finished);
        FUZZ_CHECK(hone_study_space_version(study) == change.version - change.dry_run ||
                   !change.changed);
        FUZZ_CHECK((change.outside >= 0) == (change.n_outside > 0));
    }
    hone_space_destroy(space);
}

static void call_write(hone_study *study, unsigned argument)
{
    if (argument & 128) {
        call_space(study, argument);
        return;
    }
    if (argument & 64) {
        call_act(study, argument);
        return;
    }
    hone_study_stop_trial(study, argument >> 4, (hone_trial_state)(argument % 12), NULL);
    hone_study_note(study, (int64_t)(argument & 15) - 1, "note", NULL);
    hone_study_set(study, argument & 32 ? "key" : "sampler",
                   argument & 1 ? "1" : "{\"name\":\"random\",\"options\":{}}", NULL);
    hone_study_log(study, (int64_t)(argument & 7) - 1, "warning", "text", NULL);
    hone_study_set_attr(study, argument & 1 ? "a" : "b", argument & 2 ? "[1]" : "{", NULL);
}

static void on_study(calls *c, unsigned what, int handle, bool second, unsigned argument)
{
    hone_study *study = c->study[handle];
    hone_trial *trial = NULL;
    uint32_t number, n;
    switch (what) {
    case 0:
    case 1:
        call_ask(c, handle, what ? argument : 0);
        break;
    case 2:
        if (hone_study_trial(study, argument, &trial, NULL) == HONE_OK)
            hold(c, trial, handle);
        break;
    case 3:
        hone_study_enqueue(study, queue[argument % HALF + (second ? HALF : 0)],
                           (hone_trial_purpose)(argument >> 3 & 3), (int64_t)(argument >> 5) - 1,
                           &number, NULL);
        break;
    case 4:
        hone_study_recover(study, &number, &n, NULL);
        break;
    case 5:
        call_look(study, argument);
        break;
    case 6:
        call_write(study, argument);
        break;
    default:
        if (argument & 64)
            call_reopen(c, handle, argument);
        else if (argument & 128)
            hone_study_sync(study, NULL);
        else
            call_studies(c, argument);
    }
}

// --- calls on a trial ---

static void read_values(hone_trial *trial)
{
    double shares[4];
    static const char *const asked[] = {"x", "k", "opt", "m", "a", "b", "zzz"};
    for (int i = 0; i < 7; i++) {
        bool active = hone_trial_active(trial, asked[i]);
        double real = hone_trial_float(trial, asked[i]);
        int64_t whole = hone_trial_int(trial, asked[i]);
        bool flag = hone_trial_bool(trial, asked[i]);
        uint32_t n = hone_trial_floats(trial, asked[i], shares, 4);
        FUZZ_CHECK(active || (isnan(real) && whole == INT64_MIN && !flag && n == 0));
        FUZZ_EXPECT(active == (hone_trial_text(trial, asked[i]) != NULL));
        FUZZ_EXPECT(active == (hone_trial_value_json(trial, asked[i]) != NULL));
    }
    FUZZ_EXPECT(hone_trial_params_json(trial));
}

static void read_facts(const hone_trial *trial)
{
    uint32_t n = hone_trial_n_reports(trial);
    hone_trial_state state = hone_trial_status(trial);
    FUZZ_CHECK(hone_state_parse(hone_state_name(state)) == (int)state);
    for (uint32_t i = 0; i < n && i < 5; i++) {
        hone_trial_report_step(trial, i);
        hone_trial_report_value(trial, i, 0);
    }
    for (uint32_t i = 0; i < hone_trial_n_constraint_values(trial); i++)
        hone_trial_constraint_value(trial, i);
    for (uint32_t i = 0; i < 4; i++)
        hone_trial_value(trial, i);
    FUZZ_CHECK(hone_trial_message(trial) && hone_trial_note(trial) && hone_trial_owner(trial));
    FUZZ_CHECK(!hone_trial_has_params(trial) || hone_trial_space(trial));
    FUZZ_EXPECT(hone_trial_has_params(trial) || hone_trial_in_space(trial));
    (void)hone_trial_in_space(trial);
    FUZZ_CHECK(!hone_trial_checkpoint_removed(trial) || hone_trial_checkpoint_bytes(trial) > 0);
    FUZZ_CHECK(hone_trial_repeat_seed(trial, 0) == hone_trial_seed(trial));
    for (uint32_t i = 0; hone_trial_attr_key(trial, i); i++)
        FUZZ_CHECK(hone_trial_attr(trial, hone_trial_attr_key(trial, i)));
    FUZZ_CHECK(hone_trial_copied_from(trial) < (int64_t)hone_trial_number(trial));
    FUZZ_CHECK(hone_trial_parent(trial) < (int64_t)hone_trial_number(trial));
    double sum =
        hone_trial_duration_s(trial) + hone_trial_cpu_s(trial) + hone_trial_resource(trial) +
        (double)hone_trial_saw(trial) + (double)hone_trial_maxrss_kb(trial) +
        (double)hone_trial_pid(trial) + (double)hone_trial_created_us(trial) +
        (double)hone_trial_started_us(trial) + (double)hone_trial_ended_us(trial) +
        (double)hone_trial_seed(trial) + hone_trial_exit_code(trial) + hone_trial_signal(trial) +
        hone_trial_purpose_of(trial) + hone_trial_origin_of(trial) + hone_trial_attempts(trial) +
        hone_trial_space_version(trial) + hone_trial_feasible(trial) + hone_trial_excluded(trial) +
        (double)hone_trial_lease_us(trial) + hone_trial_folds(trial) + hone_trial_repeats(trial);
    FUZZ_CHECK(!isinf(sum));
}

static void call_suggest(hone_trial *trial, unsigned argument)
{
    static const char *const choices[] = {"p", "q\"", "r"};
    const char *name = argument & 1 ? "a" : "b";
    double x = NAN;
    int64_t whole = 0;
    uint32_t index = 0;
    hone_error err = HONE_ERROR_INIT;
    int flags = argument & 8 ? HONE_SUGGEST_LOG : 0;
    double high = argument & 2 ? 1 : 2;
    switch (argument >> 4 & 3) {
    case 0:
        if (hone_trial_suggest_float(trial, name, flags ? 0.5 : 0, high, argument & 4 ? 0.25 : 0,
                                     flags, &x, &err) == HONE_OK)
            FUZZ_CHECK(x >= 0 && x <= high);
        break;
    case 1:
        if (hone_trial_suggest_int(trial, name, 1, 9, argument & 4 ? 2 : 0, flags, &whole, &err) ==
            HONE_OK)
            FUZZ_CHECK(whole >= 1 && whole <= 9);
        break;
    case 2:
        if (hone_trial_suggest_categorical(trial, name, choices, 3, &index, &err) == HONE_OK)
            FUZZ_CHECK(index < 3);
        break;
    default:
        hone_trial_suggest(trial, name, specs[argument % 6], &err);
    }
    FUZZ_CHECK(err.status == HONE_OK || err.text[0]);
}

static void call_tell(hone_study *study, hone_trial *trial, unsigned argument)
{
    double values[64] = {0, -1.5, INFINITY, NAN}, bound = argument & 1 ? 1 : -1;
    hone_result result = HONE_RESULT_INIT;
    // What this handle has not seen yet may have changed the trial.
    bool seen = hone_study_refresh(study, NULL) == HONE_OK;
    hone_trial_state before = hone_trial_status(trial);
    values[0] = values[argument & 3];
    hone_status status;
    if (argument & 128) {
        result.state = (hone_trial_state)(argument >> 3 & 15);
        result.values = argument & 4 ? values : NULL;
        result.constraints = &bound;
        result.n_constraints = 1;
        result.step = argument & 2 ? 3 : 0;
        result.message = "why";
        status = hone_study_tell_result(study, trial, &result, NULL);
    } else {
        status = hone_study_tell(study, trial, (hone_trial_state)(argument >> 3 & 15),
                                 argument & 4 ? values : NULL, NULL);
    }
    if (status == HONE_OK && seen)
        FUZZ_CHECK(!hone_state_is_finished(before) || before == HONE_STATE_LOST);
}

static void call_part(hone_study *study, hone_trial *trial, unsigned argument)
{
    double values[64] = {0, -1.5, INFINITY, NAN}, bound = argument & 64 ? 1 : -1;
    uint32_t n = hone_trial_n_parts(trial), before, after;
    hone_repeats spread;
    hone_result part = HONE_RESULT_INIT;
    bool seen = hone_study_refresh(study, NULL) == HONE_OK;
    before = hone_trial_n_parts_ended(trial);
    values[0] = values[argument & 3];
    part.values = argument & 4 ? NULL : values;
    part.constraints = &bound;
    part.n_constraints = argument >> 3 & 1;
    part.step = argument & 16 ? 2 : 0;
    hone_status status = argument & 32 ? hone_trial_parts_resume(trial, NULL)
                                       : hone_trial_part_ended(trial, &part, NULL);
    after = hone_trial_n_parts_ended(trial);
    FUZZ_CHECK(after <= hone_trial_n_parts(trial));
    if (status == HONE_OK && seen && !(argument & 32))
        FUZZ_CHECK(after == before + 1 &&
                   (after < n) == !hone_state_is_finished(hone_trial_status(trial)));
    if (hone_trial_spread(trial, 0, &spread, NULL) == HONE_OK)
        FUZZ_CHECK(spread.n + spread.n_open <= 6);
    for (uint32_t p = 0; p <= after; p++)
        FUZZ_CHECK((p < after) == !isnan(hone_trial_part_duration_s(trial, p)));
    FUZZ_CHECK(hone_trial_spread(trial, 99, &spread, NULL) != HONE_OK);
    (void)hone_trial_part_value(trial, 0, 0);
    (void)hone_trial_part_maxrss_kb(trial, 0);
}

// What is recorded with a trial besides its results.
static void call_record(hone_study *study, hone_trial *trial, unsigned argument)
{
    const hone_result nothing = HONE_RESULT_INIT;
    hone_trial_set_attr(trial, "a", "1", NULL);
    if (hone_trial_set_attrs(trial, argument & 1 ? "{\"b\":[1],\"c\":null}" : "[1]", NULL) ==
        HONE_OK)
        FUZZ_CHECK(argument & 1);
    hone_trial_spawned(trial, 1, 1, NULL);
    hone_trial_checkpointed(trial, argument, 10, NULL);
    if (hone_trial_n_parts(trial) == 0)
        FUZZ_CHECK(hone_trial_part_ended(trial, &nothing, NULL) != HONE_OK);
    bool seen = hone_study_refresh(study, NULL) == HONE_OK;
    if (hone_trial_uncheckpointed(trial, "room", NULL) == HONE_OK && seen)
        FUZZ_CHECK(hone_trial_checkpoint_removed(trial) &&
                   hone_state_is_finished(hone_trial_status(trial)));
}

static void on_trial(calls *c, unsigned what, unsigned argument)
{
    int index = (int)(argument % (unsigned)c->n_held);
    hone_trial *trial = c->held[index];
    hone_study *study = c->study[c->owner[index]];
    double values[64] = {0, -1.5, INFINITY, NAN};
    switch (what) {
    case 0:
    case 1:
        if (what == 1 && hone_trial_n_parts(trial) > 0)
            call_part(study, trial, argument);
        else
            call_tell(study, trial, argument);
        break;
    case 2:
        hone_study_requeue(study, trial, "again", NULL);
        break;
    case 3:
        hone_study_pause(study, trial, argument, NULL);
        break;
    case 4:
        if (argument & 64)
            hone_trial_report_values(trial, argument, values, argument & 3, NULL);
        else
            hone_trial_report(trial, argument, values[argument & 3], NULL);
        FUZZ_CHECK(hone_trial_should_stop(trial) + hone_trial_should_pause(trial) <= 1);
        break;
    case 5:
        call_suggest(trial, argument);
        break;
    case 6:
        read_values(trial);
        read_facts(trial);
        hone_trial_extend_lease(trial, (double)argument - 100, NULL);
        call_record(study, trial, argument);
        break;
    default:
        drop(c, index);
    }
}

// --- the end ---

static void check_handle(hone_study *study)
{
    uint32_t n = 0;
    for (int s = 0; s < HONE_N_STATES; s++)
        n += hone_study_count(study, (hone_trial_state)s);
    FUZZ_CHECK(n <= hone_study_n_trials(study));
}

// What a new reader finds is what the handle knows.
static void check_file(const calls *c)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_study *reader = NULL;
    options.storage = c->url;
    options.name = hone_study_name(c->study[0]);
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = true;
    if (hone_study_sync(c->study[0], NULL) == HONE_OK &&
        hone_study_refresh(c->study[0], NULL) == HONE_OK &&
        hone_study_open(&options, &reader, NULL) == HONE_OK) {
        hone_trial *told = NULL;
        if (hone_study_trial(reader, 0, &told, NULL) == HONE_OK)
            FUZZ_CHECK(hone_study_tell(reader, told, HONE_STATE_FAILED, NULL, NULL) != HONE_OK);
        hone_trial_destroy(told);
        // A study renamed or deleted meanwhile is another one.
        if (hone_study_n_events(reader) == hone_study_n_events(c->study[0]))
            FUZZ_CHECK(hone_study_n_trials(reader) == hone_study_n_trials(c->study[0]));
        hone_trial *trial = NULL;
        FUZZ_CHECK(hone_study_ask(reader, NULL, &trial, NULL) != HONE_OK && !trial);
    }
    hone_study_close(reader);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    if (size < 2)
        return;
    calls c = {.choice = data[0], .more = data[1]};
    snprintf(c.path, sizeof c.path, "%s/hone-fuzz-%ld.db",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    snprintf(c.url, sizeof c.url, "sqlite:%s", c.path);
    if (c.more & IN_FILE)
        remove_file(&c);
    c.study[0] = open_study(&c, c.choice, c.more, HONE_OPEN_OR_CREATE, false);
    if (c.study[0] && c.more & IN_FILE)
        c.study[1] = open_study(&c, c.choice, c.more, HONE_OPEN_OR_CREATE, false);
    for (size_t i = 2; i + 1 < size && i < (size_t)2 * MAX_CALLS; i += 2) {
        unsigned what = data[i] % 16;
        int handle = data[i] >> 4 & 1;
        if (what < 8 && c.study[handle])
            on_study(&c, what, handle, data[i] & SECOND, data[i + 1]);
        else if (what >= 8 && c.n_held > 0)
            on_trial(&c, what - 8, data[i + 1]);
    }
    for (int i = 0; i < N_HANDLES; i++)
        if (c.study[i])
            check_handle(c.study[i]);
    if (c.study[0] && c.more & IN_FILE)
        check_file(&c);
    for (int i = N_HANDLES; i-- > 0;)
        close_handle(&c, i);
    if (c.more & IN_FILE)
        remove_file(&c);
}
