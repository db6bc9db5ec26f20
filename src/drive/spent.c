// What all trials together have taken, for the rule that bounds it.
//
// A trial that has ended counts with its duration, whatever became of it, and goes on doing so when
// it is run again; one that runs here, up to now; one that runs elsewhere, when it has ended: whose
// worker has died would count for ever. Copied results took no time. Cost: the trials above the
// first unfinished one are looked at again.
#include "drive/run_internal.h"

#include "base/clock.h"
#include "drive/peek.h"

static double seconds_of(const hn_trial *trial)
{
    bool runs = trial->state == HONE_STATE_RUNNING; // what it took before it was paused
    return trial->copied >= 0 ? 0 : hn_seconds(runs ? trial->paused_us : trial->duration_us);
}

double hn_run_spent_s(hone_run *run)
{
    const hn_fold *fold = &run->study->fold;
    hn_spent *spent = &run->spent;
    uint64_t now_us = hn_clock_wall_us();
    bool all_below = true;
    double open_s = 0;
    for (uint32_t i = spent->n_done; i < fold->trials.n; i++) {
        const hn_trial *trial = &fold->trials.data[i];
        all_below &= hn_state_finished(trial->state);
        *(all_below ? &spent->ended_s : &open_s) += seconds_of(trial);
        spent->n_done += all_below;
    }
    for (uint32_t i = 0; i < run->n_places; i++)
        if (run->places[i].trial && now_us > run->places[i].started_us)
            open_s += hn_seconds(now_us - run->places[i].started_us);
    return spent->ended_s + open_s;
}
