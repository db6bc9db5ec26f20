// Which checkpoints stay.
//
// Needed are, whatever the options say, those of
//     - trials that have not finished: they go on from theirs;
//     - final runs: theirs is what the study was made for;
//     - LOST trials: somebody may still be running one, or run it again;
//     - parents of forks that have not ended, and trials that the scheduler may yet fork.
// Of the rest, keep_ckpts stay, the best first; the best trials as the study sees them (by
// evidence, or the Pareto front) and the newest always do, unless it is 0. When those that stay
// take more than the quota, the worst of them go: trials without a value before pruned ones before
// complete ones, each by the objective; with several objectives the oldest first.
//
// Only what lies in this run's folder is looked at and counted: a worker elsewhere with a folder of
// its own keeps its own. Nothing here ends a run but the journal: a checkpoint that cannot be
// removed is said once, and tried again.
// Cost: O(trials) after the end of a trial, and only with one of the two options. The disk is asked
// about each checkpoint only when some may have to go: always with keep_ckpts, which leaves few, or
// when what is recorded exceeds the quota.
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hone/study_file.h>

#include "base/fault.h"
#include "base/fs.h"
#include "drive/peek.h"
#include "drive/run_internal.h"

typedef struct hn_kept {
    uint32_t number;
    uint64_t bytes, ended_us;
    int rank;     // 3: complete and feasible, 2: complete, 1: pruned, 0: no value
    double value; // smaller is better; 0 where it says nothing
    bool needed;
} hn_kept;

typedef struct keeper {
    hone_run *run;
    HN_VEC(hn_kept) list; // finished trials with a checkpoint here
    uint64_t total;       // bytes of all checkpoints here
} keeper;

static bool path_of(const hone_run *run, uint32_t number, const char *name, hn_str *out)
{
    hn_str_clear(out);
    hn_str_printf(out, "%s/%u%s%s", run->dir, number, *name ? "/" : "", name);
    return !hn_str_failed(out);
}

// --- what there is ---

static int rank_of(const hn_trial *row)
{
    bool bad = row->flags & (HN_TRIAL_EXCLUDED | HN_TRIAL_INFEASIBLE);
    if (row->values == HN_NONE && row->last_report == HN_NONE)
        return 0;
    if (row->purpose != HONE_PURPOSE_SEARCH)
        return 1;
    return row->state == HONE_STATE_COMPLETE ? (bad ? 2 : 3) : row->state == HONE_STATE_PRUNED;
}

static double value_of(hone_study *study, uint32_t number)
{
    hone_trial *trial;
    if (hone_study_n_objectives(study) != 1 ||
        hone_study_trial(study, number, &trial, NULL) != HONE_OK)
        return 0;
    double value = hone_trial_value(trial, 0);
    hone_trial_destroy(trial);
    if (isnan(value))
        return INFINITY;
    return hone_study_metric(study, 0).goal == HONE_MAXIMIZE ? -value : value;
}

// What is recorded, but of trials that run, whose checkpoints grow, what is there.
static hone_status measure(keeper *k, hn_str *path, hone_error *err)
{
    uint32_t n = hone_study_n_trials(k->run->study);
    for (uint32_t i = 0; i < n; i++) {
        const hn_trial *row = hn_peek_row(k->run->study, i);
        bool running = row->state == HONE_STATE_RUNNING && k->run->options.ckpt_quota_bytes;
        if (running && !path_of(k->run, i, "", path))
            return hn_fail_memory(err);
        if (running)
            k->total += hn_trial_checkpoint_size(hn_str_text(path));
        else if (row->ckpt_bytes > 0)
            k->total += (uint64_t)row->ckpt_bytes;
    }
    return HONE_OK;
}

static hone_status look_at(keeper *k, uint32_t number, hn_str *path, hone_error *err)
{
    const hn_trial *row = hn_peek_row(k->run->study, number);
    if (!hn_state_finished(row->state) || row->ckpt_bytes <= 0)
        return HONE_OK;
    if (!path_of(k->run, number, hn_parts_planned(row) ? "run-0/ckpt" : "ckpt", path))
        return hn_fail_memory(err);
    if (!hn_fs_exists(hn_str_text(path))) {
        k->total -= (uint64_t)row->ckpt_bytes;
        return HONE_OK;
    }
    hn_kept kept = {.number = number,
                    .bytes = (uint64_t)row->ckpt_bytes,
                    .ended_us = row->ended_us,
                    .rank = rank_of(row),
                    .needed = row->purpose == HONE_PURPOSE_FINAL || row->state == HONE_STATE_LOST ||
                              hn_study_may_fork(k->run->study, number)};
    kept.value = kept.rank > 0 ? value_of(k->run->study, number) : 0;
    return hn_vec_push(&k->list, kept) ? HONE_OK : hn_fail_memory(err);
}

// Looks for the checkpoints one by one only when some may have to go.
static hone_status look(keeper *k, bool *enough, hone_error *err)
{
    const hone_run_options *o = &k->run->options;
    hn_str path = HN_STR_INIT;
    hone_status status = measure(k, &path, err);
    uint32_t n = hone_study_n_trials(k->run->study);
    *enough = o->keep_ckpts < 0 && k->total <= o->ckpt_quota_bytes;
    for (uint32_t i = 0; status == HONE_OK && !*enough && i < n; i++)
        status = look_at(k, i, &path, err);
    hn_str_free(&path);
    return status;
}

// --- what is needed ---

static hn_kept *find(keeper *k, uint32_t number)
{
    for (size_t i = 0; i < k->list.n; i++)
        if (k->list.data[i].number == number)
            return &k->list.data[i];
    return NULL;
}

static void need(keeper *k, uint32_t number)
{
    hn_kept *kept = find(k, number);
    if (kept)
        kept->needed = true;
}

// Forks that have not ended may have yet to copy it.
static void need_parents(keeper *k)
{
    const hone_study *study = k->run->study;
    for (uint32_t i = 0; i < hone_study_n_trials(study); i++) {
        const hn_trial *row = hn_peek_row(study, i);
        if (row->origin == HONE_ORIGIN_FORK && row->parent >= 0 && !hn_state_finished(row->state))
            need(k, (uint32_t)row->parent);
    }
}

static hone_status need_best(keeper *k, hone_error *err)
{
    hone_study *study = k->run->study;
    uint32_t n = 0, most = hone_study_count(study, HONE_STATE_COMPLETE);
    uint32_t *numbers = hn_reallocarray(NULL, most + (size_t)1, sizeof *numbers);
    hone_status status =
        numbers ? hone_study_pareto(study, numbers, most, &n, err) : hn_fail_memory(err);
    for (uint32_t i = 0; status == HONE_OK && i < n && i < most; i++)
        need(k, numbers[i]);
    hn_free(numbers);
    return status;
}

static void need_newest(keeper *k)
{
    const hn_kept *newest = NULL;
    for (size_t i = 0; i < k->list.n; i++)
        if (!newest || k->list.data[i].ended_us >= newest->ended_us)
            newest = &k->list.data[i];
    if (newest)
        need(k, newest->number);
}

// The worst first.
static int compare(const void *left, const void *right)
{
    const hn_kept *a = left, *b = right;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    if (a->value != b->value)
        return a->value > b->value ? -1 : 1;
    if (a->needed != b->needed) // of equal ones those stay that stay anyway
        return a->needed ? 1 : -1;
    if (a->ended_us != b->ended_us)
        return a->ended_us < b->ended_us ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

// --- removing ---

static void say_stuck(hone_run *run, uint32_t number, int code)
{
    if (run->stuck_said)
        return;
    run->stuck_said = true;
    hn_run_warn(run, "cannot remove the checkpoint of trial %u (%s/%u/ckpt.removed): %s", number,
                run->dir, number, strerror(code));
}

// Held. `*gone`: it is set aside, and that is recorded.
static hone_status take_away(hone_run *run, uint32_t number, const hn_homes *homes, bool *gone,
                             hone_error *err)
{
    hone_trial *trial = NULL;
    HN_TRY(hone_study_refresh(run->study, err));
    const hn_trial *row = hn_peek_row(run->study, number);
    if (!hn_state_finished(row->state) || row->ckpt_bytes <= 0)
        return HONE_OK;
    HN_TRY(hone_study_trial(run->study, number, &trial, err));
    errno = 0;
    bool aside = hn_checkpoint_set_aside(homes);
    if (!aside && errno != ENOENT)
        say_stuck(run, number, errno);
    hone_status status = HONE_OK;
    if (aside && hn_fault("keep.aside"))
        status = hn_fail(err, HONE_EIO, "cannot record that a checkpoint was removed");
    if (aside && status == HONE_OK)
        status = hone_trial_uncheckpointed(trial, "not kept", err);
    *gone = aside && status == HONE_OK;
    if (aside && !*gone)
        hn_checkpoint_put_back(homes);
    if (status == HONE_ESTALE) { // it is needed again
        hn_error_clear(err);
        status = HONE_OK;
    }
    hone_trial_destroy(trial);
    return status;
}

static hone_status remove_one(keeper *k, const hn_kept *kept, bool *gone, hone_error *err)
{
    hn_str path = HN_STR_INIT;
    *gone = false;
    if (!path_of(k->run, kept->number, "", &path))
        return hn_fail_memory(err);
    int dir = hn_trial_hold(hn_str_text(&path), HN_HOLD_TO_REMOVE);
    hn_str_free(&path);
    if (dir < 0)
        return HONE_OK; // held by somebody: another time
    hn_homes homes;
    hone_status status = HONE_OK;
    if (hn_homes_list(dir, &homes))
        status = take_away(k->run, kept->number, &homes, gone, err);
    else
        say_stuck(k->run, kept->number, errno);
    if (status == HONE_OK && *gone && hn_fault("keep.recorded"))
        status = hn_fail(err, HONE_EIO, "cannot remove a checkpoint");
    if (status == HONE_OK && *gone) {
        bool condemned = hn_checkpoint_condemn(&homes);
        int code = errno;
        hn_trial_let_go(dir); // nobody looks for what is left, and it may take a while
        if (!condemned || !hn_checkpoint_discard(&homes))
            say_stuck(k->run, kept->number, condemned ? errno : code);
        k->total -= kept->bytes;
    }
    hn_homes_free(&homes);
    close(dir);
    return status;
}

static void sizes(uint64_t bytes, char *out, size_t size)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double shown = (double)bytes;
    size_t unit = 0;
    for (; shown >= 1000 && unit < 4; unit++)
        shown /= 1000;
    (void)snprintf(out, size, unit == 0 || shown >= 100 ? "%.0f %s" : "%.1f %s", shown,
                   units[unit]);
}

static void say_quota(hone_run *run, const hn_kept *first)
{
    char quota[HONE_SIZE_TEXT], bytes[32];
    if (run->quota_said)
        return;
    run->quota_said = true;
    sizes(first->bytes, bytes, sizeof bytes);
    hn_run_warn(run,
                "the checkpoints have reached --ckpt-quota %s: those of the worst finished trials "
                "go, the first is that of trial %u (%s)",
                hone_size_text(run->options.ckpt_quota_bytes, quota), first->number, bytes);
}

static void say_full(hone_run *run, uint64_t total)
{
    char quota[HONE_SIZE_TEXT], bytes[32];
    if (run->full_said)
        return;
    run->full_said = true;
    sizes(total, bytes, sizeof bytes);
    hn_run_warn(run, "the checkpoints that are needed take %s, more than --ckpt-quota %s", bytes,
                hone_size_text(run->options.ckpt_quota_bytes, quota));
}

// --- the whole ---

static hone_status limit_number(keeper *k, hone_error *err)
{
    int64_t keep = k->run->options.keep_ckpts;
    for (size_t i = 0; keep >= 0 && i < k->list.n; i++) {
        hn_kept *kept = &k->list.data[i];
        bool gone;
        // The best are at the end of the list.
        if (kept->needed || (int64_t)(k->list.n - i) <= keep)
            continue;
        HN_TRY(remove_one(k, kept, &gone, err));
        kept->needed = gone; // done with
    }
    return HONE_OK;
}

static hone_status limit_size(keeper *k, hone_error *err)
{
    uint64_t quota = k->run->options.ckpt_quota_bytes;
    for (size_t i = 0; quota && k->total > quota && i < k->list.n; i++) {
        const hn_kept *kept = &k->list.data[i];
        bool gone;
        if (kept->needed)
            continue;
        HN_TRY(remove_one(k, kept, &gone, err));
        if (gone)
            say_quota(k->run, kept);
    }
    if (quota && k->total > quota)
        say_full(k->run, k->total);
    return HONE_OK;
}

static hone_status keep(keeper *k, hone_error *err)
{
    bool enough;
    HN_TRY(look(k, &enough, err));
    if (enough)
        return HONE_OK;
    need_parents(k);
    if (k->run->options.keep_ckpts != 0) {
        HN_TRY(need_best(k, err));
        need_newest(k);
    }
    if (k->list.n > 0)
        qsort(k->list.data, k->list.n, sizeof *k->list.data, compare);
    HN_TRY(limit_number(k, err));
    return limit_size(k, err);
}

// What lies aside: a run was killed, or could not delete it. All trials are looked at when a run
// begins, so that those that are one run, mostly all of them, cost two questions and no listing.
static void clear_one(hone_run *run, uint32_t number, hn_str *path)
{
    const hn_trial *row = hn_peek_row(run->study, number);
    int64_t bytes = row->ckpt_bytes;
    if (bytes == 0 || !path_of(run, number, "", path))
        return;
    if (hn_parts_planned(row) == 0 && !hn_checkpoint_lies_aside(hn_str_text(path)))
        return;
    int dir = hn_trial_hold(hn_str_text(path), HN_HOLD_TO_REMOVE);
    if (dir < 0)
        return;
    hn_homes homes;
    bool listed = hn_homes_list(dir, &homes);
    if (listed && bytes > 0)
        hn_checkpoint_put_back(&homes);
    if (!listed || !hn_checkpoint_condemn(&homes) || !hn_checkpoint_discard(&homes))
        say_stuck(run, number, errno);
    hn_homes_free(&homes);
    close(dir);
}

static hone_status clear_aside(hone_run *run, hone_error *err)
{
    hn_str path = HN_STR_INIT;
    for (uint32_t i = 0; i < hone_study_n_trials(run->study); i++)
        clear_one(run, i, &path);
    bool failed = hn_str_failed(&path);
    hn_str_free(&path);
    return failed ? hn_fail_memory(err) : HONE_OK;
}

hone_status hn_run_keep(hone_run *run, bool at_start, hone_error *err)
{
    const hone_run_options *o = &run->options;
    keeper k = {.run = run};
    if (at_start)
        HN_TRY(clear_aside(run, err));
    if (o->no_checkpoint || (o->keep_ckpts < 0 && !o->ckpt_quota_bytes))
        return HONE_OK;
    hone_status status = keep(&k, err);
    hn_vec_free(&k.list);
    return status;
}
