// When no more trials are started.
//
// 1. Number. With `n` trials wanted, one is started while
//        finished + running < n
//    counted over the whole study and all of its workers; hone_study_ask counts again on the state
//    that it appends to, so that many workers together start exactly as many. A failed trial makes
//    room for another: who has nothing to do waits while trials of others run.
//    Each number below the next one, k, has finished, failed or still runs, so this says
//        k - failed < n
//    and whether trial k is ever started depends on the failures among the trials below k alone,
//    not on when they happened: the rule holds for deterministic studies as it stands.
//    Trials that a scheduler has paused have had their start; those that it resumes may always go
//    on.
// 2. Time, what all trials together have cost (spent.c), a target that was reached, a plateau
//    (plateau.c), little left to gain (until_regret.c): nothing new; what runs ends by itself.
// 3. Three equal failures in a row before anything has finished, and more than 3 n + 20 failures
//    in this run (n: what is wanted or, without a limit, what has finished): the command is broken.
// Rules 2 (all but those of time) and 3 depend on the order in which trials end. With a lag they
// are counted by number instead, and only up to what the next suggestion may see.
#include "drive/run_internal.h"

#include <stdio.h>

#include "drive/peek.h"

enum { EQUAL_FAILURES = 3, FAILURES_PER_TRIAL = 3, FAILURES_FREE = 20 };

bool hn_run_is_better(const hone_run *run, double a, double b)
{
    return hn_metric_is_better(&run->spec, 0, a, b);
}

static bool reaches_target(const hone_run *run, double value)
{
    double target = run->options.target;
    return run->options.has_target && (value == target || hn_run_is_better(run, value, target));
}

// --- counting ---

static void count_failure(hn_tally *tally, const hone_trial *trial)
{
    hone_trial_state state = hone_trial_status(trial);
    const char *message = hone_trial_message(trial);
    tally->n_failures++;
    if (state == HONE_STATE_INFEASIBLE || state == HONE_STATE_LOST || hn_peek_kill_asked(trial))
        return; // says nothing about the command
    uint64_t signature =
        hn_failure_signature(state, hone_trial_exit_code(trial), hone_trial_signal(trial), message);
    tally->streak = tally->streak && tally->signature == signature ? tally->streak + 1 : 1;
    tally->signature = signature;
    snprintf(tally->message, sizeof tally->message, "%s%s%s", hone_state_name(state),
             *message ? ", " : "", message);
}

static void count(hone_run *run, const hone_trial *trial)
{
    hn_tally *tally = &run->tally;
    hone_trial_state state = hone_trial_status(trial);
    if (hone_trial_purpose_of(trial) != HONE_PURPOSE_SEARCH)
        return;
    if (state != HONE_STATE_COMPLETE && state != HONE_STATE_PRUNED) {
        count_failure(tally, trial);
        return;
    }
    tally->n_ok++;
    if (state == HONE_STATE_COMPLETE && hone_trial_feasible(trial) &&
        reaches_target(run, hone_trial_value(trial, 0)))
        tally->reached = true;
}

void hn_run_counted(hone_run *run, const hone_trial *trial)
{
    if (!hn_peek_lag(run->study))
        count(run, trial);
}

// With a lag: counts the finished trials below `limit`, in order.
static hone_status count_below(hone_run *run, uint32_t limit, hone_error *err)
{
    while (run->tally.n_fed < limit) {
        hone_trial *trial;
        HN_TRY(hone_study_trial(run->study, run->tally.n_fed, &trial, err));
        bool finished = hone_state_is_finished(hone_trial_status(trial));
        if (finished)
            count(run, trial);
        hone_trial_destroy(trial);
        if (!finished)
            break;
        run->tally.n_fed++;
    }
    return HONE_OK;
}

hone_status hn_run_learn_best(hone_run *run, hone_error *err)
{
    uint32_t number;
    hone_trial *trial;
    if (hone_study_n_objectives(run->study) != 1 ||
        hone_study_best(run->study, &number, NULL) != HONE_OK)
        return HONE_OK;
    HN_TRY(hone_study_trial(run->study, number, &trial, err));
    run->has_best = true;
    run->best = hone_trial_value(trial, 0);
    hone_trial_destroy(trial);
    return HONE_OK;
}

// --- the rules ---

static bool is_streak(const hone_run *run)
{
    bool any = hn_peek_lag(run->study) ? run->n_ok_before + run->tally.n_ok > 0
                                       : hone_study_n_finished(run->study) > 0;
    return run->tally.streak >= EQUAL_FAILURES && !any;
}

static bool too_many_failures(const hone_run *run)
{
    int64_t n = run->options.n_trials > 0 ? run->options.n_trials
                                          : (int64_t)run->n_ok_before + run->tally.n_ok;
    return run->tally.n_failures > FAILURES_PER_TRIAL * n + FAILURES_FREE;
}

static void end_by_failures(hone_run *run, hn_over reason)
{
    run->over = reason;
    if (reason == HN_OVER_STREAK)
        hn_run_warn(run, "%d trials failed in the same way and none has finished (%s): stopping",
                    EQUAL_FAILURES, run->tally.message);
    else
        hn_run_warn(run, "%u trials have failed, the last one with %s: stopping",
                    run->tally.n_failures, run->tally.message);
}

// The trials that still run may yet refute a streak. `*blocked`: wait for them.
static hone_status check_failures(hone_run *run, bool *blocked, hone_error *err)
{
    *blocked = is_streak(run);
    if (*blocked && run->n_running == 0) {
        if (hn_peek_lag(run->study))
            HN_TRY(count_below(run, hone_study_n_trials(run->study), err));
        *blocked = is_streak(run);
        if (*blocked)
            end_by_failures(run, HN_OVER_STREAK);
    }
    if (run->over == HN_OVER_NOT && too_many_failures(run))
        end_by_failures(run, HN_OVER_FAILURES);
    return HONE_OK;
}

static hone_status check_rules(hone_run *run, bool *blocked, hone_error *err)
{
    uint32_t lag = hn_peek_lag(run->study), next = hone_study_n_trials(run->study);
    uint32_t visible = lag == 0 ? next : next + 1 > lag ? next + 1 - lag : 0;
    bool plateau = false, regret = false;
    if (lag)
        HN_TRY(count_below(run, visible, err));
    HN_TRY(hn_run_on_plateau(run, visible, &plateau, err));
    HN_TRY(hn_run_until_regret(run, visible, &regret, err));
    if (run->options.time_s > 0 && hone_run_elapsed_s(run) >= run->options.time_s)
        run->over = HN_OVER_TIME;
    else if (hn_run_is_spent(run, visible))
        run->over = HN_OVER_COST;
    else if (run->tally.reached || (!lag && run->has_best && reaches_target(run, run->best)))
        run->over = HN_OVER_TARGET;
    else if (plateau)
        run->over = HN_OVER_PLATEAU;
    else if (regret)
        run->over = HN_OVER_REGRET;
    else if (run->options.follows && hn_run_ended_elsewhere(run))
        run->over = HN_OVER_ELSEWHERE;
    else
        return check_failures(run, blocked, err);
    return HONE_OK;
}

bool hn_run_pauses(const hone_run *run)
{
    return hone_study_scheduler_can(run->study) & HN_CAN_PAUSE;
}

// How many trials may yet be started, INT64_MAX: no limit.
static int64_t number_left(const hone_run *run)
{
    if (run->options.n_trials <= 0)
        return INT64_MAX;
    int64_t n_begun = (int64_t)hone_study_n_finished(run->study) +
                      hone_study_count(run->study, HONE_STATE_RUNNING);
    if (hn_run_pauses(run))
        n_begun += hone_study_count(run->study, HONE_STATE_PAUSED);
    return run->options.n_trials - n_begun;
}

// Certain trials only: until all of them have ended. A scheduler's pause ends one, too.
static void room_for_only(hone_run *run, hn_room *out)
{
    for (uint32_t i = 0; i < run->n_only && !out->ask; i++) {
        hn_only *one = &run->only[i];
        hone_trial_state state = hn_peek_state(run->study, one->number);
        out->ask = state == HONE_STATE_WAITING || (state == HONE_STATE_PAUSED && !one->started);
        out->only = one->number;
        one->started |= out->ask;
    }
}

// The search has reached its end: what somebody wants tried, run again or repeated is run all the
// same.
static bool ends_softly(hn_over over)
{
    return over == HN_OVER_NOT || over == HN_OVER_TARGET || over == HN_OVER_PLATEAU ||
           over == HN_OVER_REGRET;
}

hone_status hn_run_room(hone_run *run, hn_room *out, hone_error *err)
{
    bool blocked = false;
    // Who is paused may go on when others pause, also where there is nothing new any more. What
    // replays a trial consists of its segments alone: when one fails, nothing takes its place.
    bool replays = hn_peek_has_segments(run->study);
    *out = (hn_room){.no_new = replays || (run->exhausted && !hn_run_pauses(run)), .only = -1};
    if (run->level_done > 0 || run->cannot_start.status != HONE_OK)
        return HONE_OK;
    if (run->n_only > 0) {
        room_for_only(run, out);
        return HONE_OK;
    }
    if (run->over == HN_OVER_NOT)
        HN_TRY(check_rules(run, &blocked, err));
    if (!ends_softly(run->over) || blocked)
        return HONE_OK;
    int64_t left = run->over == HN_OVER_NOT ? number_left(run) : 0;
    out->ask = true;
    out->n_left = left > 0 && left < UINT32_MAX ? (uint32_t)left : 0;
    if (left <= 0) { // what was asked for by hand does not count
        bool open = run->over == HN_OVER_NOT;
        out->only = hn_peek_asked_for(run->study);
        out->ask = out->only >= 0 || (open && hn_run_pauses(run));
        out->full = !out->ask && open && hone_study_n_finished(run->study) < run->options.n_trials;
    }
    return HONE_OK;
}

// --- the outcome ---

static hone_run_outcome outcome_of_only(const hone_run *run)
{
    bool any = false;
    for (uint32_t i = 0; i < run->n_only; i++) {
        hone_trial_state state = hn_peek_state(run->study, run->only[i].number);
        bool paused = state == HONE_STATE_PAUSED && !run->level_done;
        if (!hone_state_is_finished(state) && !paused)
            return HONE_RUN_STOPPED;
        any |= paused || state == HONE_STATE_COMPLETE || state == HONE_STATE_PRUNED;
    }
    return any ? HONE_RUN_FINISHED_ALL : HONE_RUN_ALL_FAILED;
}

hone_run_outcome hn_run_outcome(const hone_run *run)
{
    if (run->n_only > 0)
        return outcome_of_only(run);
    uint32_t n_finished = hone_study_n_finished(run->study);
    bool reached = run->options.n_trials > 0 && n_finished >= run->options.n_trials;
    if (run->over == HN_OVER_STREAK || run->over == HN_OVER_FAILURES)
        return HONE_RUN_ALL_FAILED;
    if (run->over == HN_OVER_SPACE)
        return HONE_RUN_STOPPED;
    if (run->level_done && !reached && run->over == HN_OVER_NOT && !run->exhausted)
        return HONE_RUN_STOPPED;
    return n_finished == 0 && run->tally.n_failures > 0 ? HONE_RUN_ALL_FAILED
                                                        : HONE_RUN_FINISHED_ALL;
}
