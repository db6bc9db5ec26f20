// A scripted executor, and a study to run on it. Jobs end at once as the script plans, or are held
// until the script's idle function lets them go; nothing depends on time.
#ifndef HONE_TEST_DRIVE_FAKE_H
#define HONE_TEST_DRIVE_FAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#include "base/fs.h"
#include "drive/run_internal.h"

enum { FAKE_JOBS = 64, FAKE_LINES = 8, FAKE_LOG = 1 << 16 };

typedef struct fake_job {
    uint64_t id;
    uint32_t trial, attempt;
    double x; // value of parameter x, from the environment
    bool is_final, append_output;
    int fold, repeat; // -1: none
    double timeout_s;
    long seed;
    char dir[256];
    char last_word[64]; // of its command
    struct {
        hn_line_source source;
        char text[128];
    } lines[FAKE_LINES];
    uint32_t n_lines;
    hn_message end;       // EXITED or FAILED
    hn_message cancelled; // how it ends when it is asked to; type STARTED: it does not listen
    bool held;            // does not end by itself
    bool said_started, over;
    int n_cancels;
    hn_cancel last_cancel;
} fake_job;

typedef struct fake {
    // the script
    void (*plan)(struct fake *f, fake_job *job); // when a job starts
    bool (*idle)(struct fake *f);                // nothing to say: true when it has changed that
    void *user;
    // what happened
    hone_run *run;
    fake_job jobs[FAKE_JOBS];
    uint32_t n_jobs, n_started, n_running, max_running;
    bool woken;
    char log[FAKE_LOG]; // events, one a line
    char replies[FAKE_LOG];
    char recovered[256];
    char missing[4096];
    int n_reaped;
    char tag[32];
    // the study
    hone_study *study;
    char dir[64];
} fake;

typedef struct fake_state {
    fake *f;
} fake_state;

static inline const char *fake_env(const hn_job *job, const char *name)
{
    size_t n = strlen(name);
    for (const char *const *e = job->env; *e; e++)
        if (strncmp(*e, name, n) == 0 && (*e)[n] == '=')
            return *e + n + 1;
    return "";
}

static inline void fake_say(fake_job *job, hn_line_source source, const char *text)
{
    assert_true(job->n_lines < FAKE_LINES);
    job->lines[job->n_lines].source = source;
    snprintf(job->lines[job->n_lines++].text, 128, "%s", text);
}

static inline hn_message fake_exit(hn_end_cause cause, int exit_code, int signal)
{
    return (hn_message){.type = HN_MSG_EXITED,
                        .cause = cause,
                        .exit_code = exit_code,
                        .signal = signal,
                        .wall_us = 1000,
                        .cpu_us = 500,
                        .maxrss_kb = 2048};
}

// Prints loss = x and ends well.
static inline void fake_well(fake_job *job)
{
    char text[64];
    snprintf(text, sizeof text, "loss=%.17g", job->x);
    fake_say(job, HN_LINE_STDOUT, text);
    job->end = fake_exit(HN_END_EXIT, 0, 0);
}

static inline void fake_plan_well(fake *f, fake_job *job)
{
    (void)f;
    fake_well(job);
}

// Ends well when it is let go.
static inline void fake_plan_held(fake *f, fake_job *job)
{
    (void)f;
    fake_well(job);
    job->held = true;
}

static inline fake_job *fake_find(fake *f, uint64_t id)
{
    for (uint32_t i = 0; i < f->n_jobs; i++)
        if (f->jobs[i].id == id && !f->jobs[i].over)
            return &f->jobs[i];
    return NULL;
}

static inline fake_job *fake_trial(fake *f, uint32_t trial)
{
    for (uint32_t i = 0; i < f->n_jobs; i++)
        if (f->jobs[i].trial == trial && !f->jobs[i].over)
            return &f->jobs[i];
    return NULL;
}

// --- the executor's class ---

static hone_status fake_init(void *self, const void *options, hone_error *err)
{
    (void)err;
    ((fake_state *)self)->f = (fake *)(uintptr_t)options;
    return HONE_OK;
}

static hone_status fake_start(void *self, const hn_job *given, hone_error *err)
{
    fake *f = ((fake_state *)self)->f;
    uint32_t at = 0;
    (void)err;
    while (at < f->n_jobs && !f->jobs[at].over)
        at++;
    assert_true(at < FAKE_JOBS);
    if (at == f->n_jobs)
        f->n_jobs++;
    fake_job *job = &f->jobs[at];
    memset(job, 0, sizeof *job);
    job->id = given->id;
    job->trial = (uint32_t)atoi(fake_env(given, "HONE_TRIAL"));
    job->attempt = (uint32_t)atoi(fake_env(given, "HONE_ATTEMPT"));
    job->x = atof(fake_env(given, "HONE_P_X"));
    job->is_final = strcmp(fake_env(given, "HONE_PHASE"), "final") == 0;
    job->append_output = given->append_output;
    job->fold = *fake_env(given, "HONE_FOLD") ? atoi(fake_env(given, "HONE_FOLD")) : -1;
    job->repeat = *fake_env(given, "HONE_REPEAT") ? atoi(fake_env(given, "HONE_REPEAT")) : -1;
    job->timeout_s = given->timeout_s;
    job->seed = atol(fake_env(given, "HONE_SEED"));
    snprintf(job->dir, sizeof job->dir, "%s", given->dir);
    for (const char *const *word = given->argv; *word; word++)
        snprintf(job->last_word, sizeof job->last_word, "%s", *word);
    if (given->lacks_dir && mkdir(given->dir, 0777) != 0) {
        f->n_jobs -= at == f->n_jobs - 1;
        job->over = true;
        return hn_fail(err, HONE_EEXISTS, "the folder is there");
    }
    bool moved = given->folder && given->spare && rename(given->spare, given->folder) == 0;
    assert_true(moved || !given->folder || mkdir(given->folder, 0777) == 0);
    FILE *file = fopen(given->file, "w");
    assert_true(file && fprintf(file, "%s\n", given->line) > 0 && fclose(file) == 0);
    snprintf(f->tag, sizeof f->tag, "%s", fake_env(given, "HONE_STUDY_TAG"));
    job->end = fake_exit(HN_END_EXIT, 0, 0);
    job->cancelled = fake_exit(HN_END_CANCELLED, -1, 15);
    f->n_started++;
    f->n_running++;
    if (f->n_running > f->max_running)
        f->max_running = f->n_running;
    f->plan(f, job);
    return HONE_OK;
}

static hone_status fake_cancel(void *self, uint64_t id, hn_cancel how, hone_error *err)
{
    fake_job *job = fake_find(((fake_state *)self)->f, id);
    (void)err;
    if (!job)
        return HONE_OK;
    job->n_cancels++;
    job->last_cancel = how;
    if (how == HN_CANCEL_KILL)
        job->end = fake_exit(HN_END_CANCELLED, -1, 9);
    else if (job->cancelled.type == HN_MSG_EXITED)
        job->end = job->cancelled;
    else
        return HONE_OK;
    job->held = false;
    return HONE_OK;
}

static hone_status fake_reply(void *self, uint64_t id, const char *json, hone_error *err)
{
    fake *f = ((fake_state *)self)->f;
    (void)id, (void)err;
    strcat(strcat(f->replies, json), "\n");
    return HONE_OK;
}

static bool fake_job_speaks(fake *f, fake_job *job, hn_message *out)
{
    if (job->over)
        return false;
    if (!job->said_started && job->end.type != HN_MSG_FAILED) {
        job->said_started = true;
        *out = (hn_message){.type = HN_MSG_STARTED, .job = job->id, .pid = 77, .start_ticks = 7};
        return true;
    }
    if (job->n_lines && job->lines[0].text[0]) {
        static char text[FAKE_JOBS][128];
        char *keep = text[job - f->jobs];
        *out = (hn_message){.type = HN_MSG_LINE,
                            .job = job->id,
                            .source = job->lines[0].source,
                            .text = strcpy(keep, job->lines[0].text)};
        out->text_size = strlen(keep);
        memmove(job->lines, job->lines + 1, --job->n_lines * sizeof *job->lines);
        return true;
    }
    if (job->held)
        return false;
    *out = job->end;
    out->job = job->id;
    if (out->text)
        out->text_size = strlen(out->text);
    job->over = true;
    f->n_running--;
    return true;
}

// One message a call at most from each job, the youngest job first: an order that is not that of
// the numbers.
static hone_status fake_drive(void *self, int timeout_ms, hn_message *out, size_t max, size_t *n,
                              hone_error *err)
{
    fake *f = ((fake_state *)self)->f;
    (void)err;
    *n = 0;
    if (f->woken) {
        f->woken = false;
        return HONE_OK;
    }
    for (int round = 0; round < 2 && *n == 0; round++) {
        for (uint32_t i = f->n_jobs; i-- > 0 && *n < max;)
            *n += fake_job_speaks(f, &f->jobs[i], &out[*n]);
        if (*n == 0 && (round == 1 || !f->idle || !f->idle(f) || f->woken))
            break;
    }
    if (*n == 0 && !f->woken) {
        if (timeout_ms < 0)
            fail_msg("the run would sleep for ever");
        nanosleep(&(struct timespec){timeout_ms / 1000, timeout_ms % 1000 * 1000000L}, NULL);
    }
    f->woken = false;
    return HONE_OK;
}

static void fake_wake(void *self)
{
    ((fake_state *)self)->f->woken = true;
}

static hone_status fake_reap(void *self, const char *marker, hone_error *err)
{
    fake *f = ((fake_state *)self)->f;
    (void)err;
    f->n_reaped++;
    if (f->tag[0])
        assert_string_equal(marker, f->tag);
    return HONE_OK;
}

static void fake_fini(void *self)
{
    fake *f = ((fake_state *)self)->f;
    if (f)
        f->n_running = 0;
}

static const hn_executor_class fake_executor = {
    .head = {.kind = HN_KIND_EXECUTOR,
             .name = "fake",
             .summary = "",
             .source = "",
             .state_size = sizeof(fake_state)},
    .init = fake_init,
    .start = fake_start,
    .cancel = fake_cancel,
    .reply = fake_reply,
    .drive = fake_drive,
    .wake = fake_wake,
    .reap = fake_reap,
    .fini = fake_fini,
};

// --- what the run says ---

static inline void fake_note(fake *f, const char *format, ...) HONE_PRINTF(2, 3);
static inline void fake_note(fake *f, const char *format, ...)
{
    size_t n = strlen(f->log);
    va_list args;
    va_start(args, format);
    vsnprintf(f->log + n, sizeof f->log - n, format, args);
    va_end(args);
}

static inline void fake_event(void *user, hone_run *run, const hone_run_event *e)
{
    static const char *const names[] = {"begin",  "start",   "report",  "end",      "retry",
                                        "source", "missing", "warning", "stopping", "tick",
                                        "over",   "waiting", "changed", "part",     "space"};
    fake *f = user;
    assert_ptr_equal(run, f->run);
    switch (e->type) {
    case HONE_RUN_BEGIN:
        snprintf(f->recovered, sizeof f->recovered, "%s", e->text);
        break;
    case HONE_RUN_STARTED:
        fake_note(f, "start %u/%u\n", e->trial, e->attempt);
        break;
    case HONE_RUN_REPORT:
        fake_note(f, "report %u %g %g\n", e->trial, e->step, e->value);
        break;
    case HONE_RUN_FINISHED:
    case HONE_RUN_RETRY:
        fake_note(f, "%s %u %s%s%s%s\n", names[e->type], e->trial, hone_state_name(e->state),
                  e->is_best ? " best" : "", e->text ? ": " : "", e->text ? e->text : "");
        break;
    case HONE_RUN_PART:
        fake_note(f, "part %u/%u of %u %g\n", e->part, e->n_parts, e->trial, e->value);
        break;
    case HONE_RUN_MISSING:
        snprintf(f->missing, sizeof f->missing, "%s", e->text);
        fake_note(f, "missing %u\n", e->trial);
        break;
    case HONE_RUN_STOPPING:
        fake_note(f, "stopping %d\n", e->level);
        break;
    case HONE_RUN_TICK:
        break;
    default:
        fake_note(f, "%s%s%s\n", names[e->type], e->text ? ": " : "", e->text ? e->text : "");
    }
}

static inline uint32_t fake_count(const char *log, const char *what)
{
    uint32_t n = 0;
    for (const char *at = log; (at = strstr(at, what)); at++)
        n++;
    return n;
}

// --- the study and the run ---

static inline hone_study_options fake_study_options(void)
{
    static const hone_metric metrics[] = {{"loss", HONE_MINIMIZE}};
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.metrics = metrics;
    options.n_metrics = 1;
    options.has_seed = true;
    options.seed = 5;
    return options;
}

// A study of one parameter x; its trials lie in `dir`.
static inline void fake_open_in(fake *f, hone_study_options options, const char *spec,
                                const char *dir)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    hone_space_create(&space, &err);
    if (hone_space_add(space, "x", spec, &err) != HONE_OK ||
        hone_space_seal(space, &err) != HONE_OK)
        fail_msg("%s", err.text);
    options.space = space;
    if (hone_study_open(&options, &f->study, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_space_destroy(space);
    snprintf(f->dir, sizeof f->dir, "%s", dir);
}

static inline void fake_open(fake *f, hone_study_options options, const char *spec)
{
    char dir[] = "/tmp/hone-drive-XXXXXX";
    assert_non_null(mkdtemp(dir));
    fake_open_in(f, options, spec, dir);
}

static inline fake *fake_make(void (*plan)(fake *f, fake_job *job))
{
    fake *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->plan = plan;
    fake_open(f, fake_study_options(), "0..1");
    return f;
}

static inline void fake_free(fake *f)
{
    hone_study_close(f->study);
    hn_fs_remove_tree(f->dir, NULL);
    free(f);
}

static inline hone_run_options fake_options(fake *f, int64_t n_trials, uint32_t n_jobs)
{
    static const char *const command[] = {"train", "{x}"};
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    options.command = command;
    options.n_command = 2;
    options.dir = f->dir;
    options.n_trials = n_trials;
    options.n_jobs = n_jobs;
    options.on_event = fake_event;
    options.user = f;
    return options;
}

static inline hone_status fake_try(fake *f, const hone_run_options *options,
                                   hone_run_outcome *outcome, hone_error *err)
{
    f->log[0] = f->replies[0] = f->recovered[0] = '\0';
    f->n_started = f->max_running = 0;
    HN_TRY(hn_run_create(f->study, options, &fake_executor, f, &f->run, err));
    hone_status status = hone_run_go(f->run, outcome, err);
    assert_int_equal(hone_run_n_running(f->run), 0);
    hone_run_destroy(f->run);
    f->run = NULL;
    assert_int_equal(f->n_running, 0);
    return status;
}

static inline hone_run_outcome fake_run(fake *f, const hone_run_options *options)
{
    hone_error err = HONE_ERROR_INIT;
    hone_run_outcome outcome;
    if (fake_try(f, options, &outcome, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return outcome;
}

static inline hone_trial *fake_look(fake *f, uint32_t number)
{
    hone_trial *trial = NULL;
    assert_int_equal(hone_study_trial(f->study, number, &trial, NULL), HONE_OK);
    return trial;
}

static inline hone_trial_state fake_status(fake *f, uint32_t number)
{
    hone_trial *trial = fake_look(f, number);
    hone_trial_state state = hone_trial_status(trial);
    hone_trial_destroy(trial);
    return state;
}

#endif
