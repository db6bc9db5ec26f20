// Ends from outside: Ctrl-C in three steps, and requests of other processes.
#include "drive/run_internal.h"

#include "drive/peek.h"

// Safe in a signal handler: an atomic counter and the executor's wake.
void hone_run_interrupt(hone_run *run, int levels)
{
    int before = atomic_load(&run->level), after;
    do {
        after = before + levels > 3 ? 3 : before + levels;
    } while (!atomic_compare_exchange_weak(&run->level, &before, after));
    if (!atomic_load(&run->ended))
        run->executor->wake(run->executor_state);
}

hone_status hn_run_heed(hone_run *run, hone_error *err)
{
    int level = atomic_load(&run->level);
    if (level == run->level_done)
        return HONE_OK;
    run->level_done = level;
    hone_run_event event = hn_run_event(HONE_RUN_STOPPING);
    event.level = level;
    hn_run_emit(run, &event);
    hn_cancel how = level >= 3 ? HN_CANCEL_KILL : HN_CANCEL_PAUSE;
    for (uint32_t i = 0; level >= 2 && i < run->n_places; i++)
        if (run->places[i].trial)
            HN_TRY(hn_run_end_place(run, &run->places[i], HN_WISH_INTERRUPT, how, err));
    return HONE_OK;
}

hone_status hn_run_heed_request(hone_run *run, hn_place *place, hone_error *err)
{
    if (place->wish == HN_WISH_ABANDON)
        return HONE_OK;
    if (!hn_peek_is_ours(place->trial)) {
        // Ended by force: its line says so when it is gone.
        if (!hone_state_is_finished(hone_trial_status(place->trial)))
            hn_run_warn(run, "trial %u was taken over by another worker", place->number);
        return hn_run_end_place(run, place, HN_WISH_ABANDON, HN_CANCEL_KILL, err);
    }
    if (!hn_peek_stop_asked(place->trial))
        return HONE_OK;
    if (hn_peek_kill_asked(place->trial))
        return hn_run_end_place(run, place, HN_WISH_KILL, HN_CANCEL_STOP, err);
    return hn_run_end_place(run, place, HN_WISH_STOP, HN_CANCEL_STOP, err);
}

// Messages of the failed step may be lost, so that nothing is waited for: the executor's end is the
// end of every job.
void hn_run_abort(hone_run *run)
{
    hn_run_end_executor(run);
    for (uint32_t i = 0; i < run->n_places; i++) {
        hn_place *place = &run->places[i];
        if (!place->trial)
            continue;
        hone_study_requeue(run->study, place->trial, "the run failed", NULL);
        hn_run_release(run, place);
    }
}

void hn_run_end_executor(hone_run *run)
{
    if (atomic_exchange(&run->ended, true) || !run->executor_state || !run->executor->fini)
        return;
    run->executor->fini(run->executor_state);
}
