// The loop: asks for trials while places are free, then sleeps until something happens.
//
// It wakes for messages of the executor, for hone_run_interrupt, and once a second while trials
// run, to see what other processes have asked for. It ends when nothing runs and nothing may be
// started.
#include "drive/run_internal.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/fs.h"
#include "drive/peek.h"

enum { TICK_US = 1000000 };

// The number that is recorded is the number that stands in the command line.
static double adjust(void *user, uint32_t param, double value)
{
    hone_run *run = user;
    const hn_param *p = &hone_study_space(run->study)->params[param];
    const hn_format *format = hn_run_format(run, p->name);
    if (format)
        hn_format_adjust(format, run->command.c_locale, p, value, &value);
    return value;
}

// --- starting ---

// Duplicates that were answered on the way to `started` (NULL: none was) have finished, too.
static void show_served(hone_run *run, uint32_t from, const hone_trial *started)
{
    uint32_t n = hone_study_n_trials(run->study);
    for (uint32_t i = from; i < n; i++) {
        hone_trial *trial;
        char text[64];
        if (started && hone_trial_number(started) == i)
            continue;
        if (hone_study_trial(run->study, i, &trial, NULL) != HONE_OK)
            return; // recorded all the same
        if (hone_trial_copied_from(trial) >= 0) {
            hone_run_event event = hn_run_event(HONE_RUN_FINISHED);
            event.trial = i;
            event.state = hone_trial_status(trial);
            event.value = hone_trial_value(trial, 0);
            snprintf(text, sizeof text, "the same point as trial %lld",
                     (long long)hone_trial_copied_from(trial));
            event.text = text;
            hn_run_emit(run, &event);
            hn_run_counted(run, trial);
        }
        hone_trial_destroy(trial);
    }
}

// Paused trials that the scheduler has ended since they will not go on.
static void show_ended(hone_run *run)
{
    uint32_t n;
    const uint32_t *ended = hn_peek_ended(run->study, &n);
    for (uint32_t i = 0; i < n; i++) {
        hone_trial *trial;
        if (hone_study_trial(run->study, ended[i], &trial, NULL) != HONE_OK)
            return; // recorded all the same
        hone_run_event event = hn_run_event(HONE_RUN_FINISHED);
        event.trial = ended[i];
        event.state = hone_trial_status(trial);
        event.value = hone_trial_value(trial, 0);
        event.duration_s = hone_trial_duration_s(trial);
        event.text = hone_trial_message(trial);
        hn_run_emit(run, &event);
        hn_run_counted(run, trial);
        hone_trial_destroy(trial);
    }
}

static hone_status ask(hone_run *run, const hn_room *room, hone_trial **out, hone_error *err)
{
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    options.adjust = adjust;
    options.user = run;
    options.only_trial = room->only;
    options.no_new = room->no_new;
    options.max_served = room->n_left;
    options.total = room->only < 0 ? run->options.n_trials : 0;
    options.folds = run->options.folds;
    options.repeats = run->options.repeats;
    uint32_t n_before = hone_study_n_trials(run->study);
    hone_status status = hone_study_ask(run->study, &options, out, err);
    show_ended(run);
    show_served(run, n_before, *out);
    return status;
}

typedef enum hn_filled {
    HN_FILLED,    // every place is taken
    HN_NO_ROOM,   // nothing may be started
    HN_MUST_WAIT, // not before something else has ended
    HN_FULL,      // not unless something else fails
} hn_filled;

static hone_status start(hone_run *run, hn_place *place, hone_trial *trial, hone_error *err)
{
    bool fits = false;
    hone_status status = hn_run_suit(run, trial, &fits, err);
    if (status == HONE_OK && fits)
        return hn_run_start(run, place, trial, err);
    if (status != HONE_OK)
        hone_study_requeue(run->study, trial, "it could not be started", NULL);
    hone_trial_destroy(trial);
    return status;
}

static hone_status fill(hone_run *run, hn_filled *out, hone_error *err)
{
    hn_place *place;
    *out = HN_FILLED;
    while (*out == HN_FILLED && (place = hn_run_free_place(run))) {
        hn_room room;
        hone_trial *trial = NULL;
        HN_TRY(hn_run_heed(run, err));
        HN_TRY(hn_run_room(run, &room, err));
        if (room.full) {
            *out = HN_FULL;
            return HONE_OK;
        }
        hone_status status = room.ask ? ask(run, &room, &trial, err) : HONE_ENOTFOUND;
        if (status == HONE_OK) {
            HN_TRY(start(run, place, trial, err));
            continue;
        }
        if (status == HONE_EBUSY)
            *out = HN_MUST_WAIT;
        else if (status == HONE_ENOTFOUND || (status == HONE_EEXHAUSTED && run->exhausted))
            *out = HN_NO_ROOM;
        else if (status == HONE_EEXHAUSTED)
            run->exhausted = true; // what waits may still be started
        else
            return status;
        hn_error_clear(err);
    }
    return HONE_OK;
}

// Nothing of ours runs and nothing may be started. Are there trials of others worth waiting for?
// The last ones are: each that fails, or whose process is killed, makes room for another.
static hone_status settle(hone_run *run, hn_filled filled, bool *over, hone_error *err)
{
    uint32_t n_requeued = 0, n_lost = 0;
    *over = true;
    if (run->level_done || run->over != HN_OVER_NOT || run->n_only > 0 ||
        run->cannot_start.status != HONE_OK)
        return HONE_OK;
    HN_TRY(hone_study_recover(run->study, &n_requeued, &n_lost, err));
    run->ask_again = n_requeued + n_lost > 0; // a worker died since
    bool waits = filled == HN_MUST_WAIT && hone_study_count(run->study, HONE_STATE_RUNNING) > 0;
    if (filled == HN_MUST_WAIT || filled == HN_FULL)
        waits |= hn_peek_others_work(run->study);
    if (waits && filled == HN_FULL && ++run->n_waits == 2) { // it takes a while
        hone_run_event event = hn_run_event(HONE_RUN_WAITING);
        event.text = "The last trials run in other processes: waiting for them, in case one fails.";
        hn_run_emit(run, &event);
    }
    *over = !run->ask_again && !waits;
    return HONE_OK;
}

// --- once a second ---

static hone_status tick(hone_run *run, hone_error *err)
{
    uint64_t now = hn_clock_mono_us();
    if (now < run->tick_us + TICK_US)
        return HONE_OK;
    run->tick_us = now;
    HN_TRY(hone_study_refresh(run->study, err));
    for (uint32_t i = 0; i < run->n_places; i++)
        if (run->places[i].trial)
            HN_TRY(hn_run_heed_request(run, &run->places[i], err));
    if (run->unsynced)
        HN_TRY(hone_study_sync(run->study, err));
    run->unsynced = false;
    hn_run_hear_of_gpus(run);
    uint64_t n_events = hone_study_n_events(run->study);
    if (n_events != run->n_events_seen) {
        HN_TRY(hn_run_learn_best(run, err));
        hn_run_heed_edits(run, true);
        HN_TRY(hn_run_heed_space(run, err));
        HN_TRY(hn_run_heed_scheduler(run, err));
        HN_TRY(hn_run_keep(run, false, err));
        run->ask_again = true;
    }
    run->n_events_seen = n_events;
    if (run->options.want_ticks) {
        hone_run_event event = hn_run_event(HONE_RUN_TICK);
        hn_run_emit(run, &event);
    }
    return HONE_OK;
}

// A display that may not draw at every event is told when the last one can be drawn.
static void show_frame(hone_run *run)
{
    if (run->frame_us && hn_clock_mono_us() >= run->frame_us) {
        hone_run_event event = hn_run_event(HONE_RUN_TICK);
        hn_run_emit(run, &event);
    }
}

static int until_tick_ms(const hone_run *run)
{
    uint64_t now = hn_clock_mono_us(), due = run->tick_us + TICK_US;
    if (run->frame_us && run->frame_us < due)
        due = run->frame_us;
    return now >= due ? 0 : (int)((due - now + 999) / 1000);
}

// A fork has begun: its parent, whose checkpoint it has copied, may go on.
static bool frees_parent(const hone_run *run, size_t message)
{
    return run->messages[message].type == HN_MSG_STARTED &&
           (hone_study_scheduler_can(run->study) & HN_CAN_FORK);
}

static hone_status listen_once(hone_run *run, hone_error *err)
{
    size_t n = 0, max = sizeof run->messages / sizeof *run->messages;
    hn_str_clear(&run->spare); // whoever looks meanwhile may put something into it
    HN_TRY(
        run->executor->drive(run->executor_state, until_tick_ms(run), run->messages, max, &n, err));
    for (size_t i = 0; i < n; i++) {
        HN_TRY(hn_run_message(run, &run->messages[i], err));
        run->ask_again |= run->messages[i].type >= HN_MSG_EXITED || frees_parent(run, i);
    }
    HN_TRY(tick(run, err));
    show_frame(run);
    return HONE_OK;
}

hone_status hn_run_loop(hone_run *run, hone_error *err)
{
    hn_filled filled = HN_FILLED;
    bool over = false;
    for (;;) {
        HN_TRY(hn_run_heed(run, err));
        if (run->ask_again) {
            run->ask_again = false;
            HN_TRY(fill(run, &filled, err));
        }
        if (run->n_running == 0) {
            HN_TRY(settle(run, filled, &over, err));
            if (over && run->cannot_start.status != HONE_OK && err)
                *err = run->cannot_start;
            if (over)
                return run->cannot_start.status;
            if (run->ask_again)
                continue;
        }
        HN_TRY(listen_once(run, err));
    }
}

// --- the whole ---

// Has a deleted study left the folder of the next trial? Those of a first batch are then made by
// hand: an executor that found one would say so only after the start is recorded, and a kill before
// that would let the trial go on from what lies there.
static hone_status look_ahead(hone_run *run, hone_error *err)
{
    hn_str path = HN_STR_INIT;
    hn_str_printf(&path, "%s/%u", run->dir, (unsigned)hone_study_n_trials(run->study));
    bool ok = !hn_str_failed(&path);
    run->folders_are_there = ok && hn_fs_exists(hn_str_text(&path));
    hn_str_free(&path);
    return ok ? HONE_OK : hn_fail_memory(err);
}

static hone_status go(hone_run *run, hone_run_outcome *outcome, hone_error *err)
{
    run->began_us = run->tick_us = hn_clock_mono_us();
    run->ask_again = true;
    hn_run_say_fewer(run);
    HN_TRY(hn_fs_mkdirs(run->dir, err));
    HN_TRY(hn_run_recover(run, err));
    HN_TRY(look_ahead(run, err));
    HN_TRY(hn_run_record_begin(run, err));
    HN_TRY(hn_run_loop(run, err));
    *outcome = hn_run_outcome(run);
    HN_TRY(hn_run_record_end(run, *outcome, err));
    if (run->options.final_run && *outcome == HONE_RUN_FINISHED_ALL && run->n_only == 0) {
        HN_TRY(hn_run_final(run, err));
        if (run->level_done)
            *outcome = HONE_RUN_STOPPED;
    }
    return hone_study_sync(run->study, err);
}

hone_status hone_run_go(hone_run *run, hone_run_outcome *outcome, hone_error *err)
{
    *outcome = HONE_RUN_STOPPED;
    hone_status status = go(run, outcome, err);
    if (status != HONE_OK)
        hn_run_abort(run);
    hone_run_event event = hn_run_event(HONE_RUN_END);
    hn_run_emit(run, &event);
    return status;
}
