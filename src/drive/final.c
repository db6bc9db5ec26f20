// The winner's last run, with HONE_PHASE=final: once for each winner.
#include "drive/run_internal.h"

#include "drive/peek.h"

// The number of the trial that is to be the final run of `best`: one that was queued by a run that
// was interrupted, else a new one.
static hone_status queue_final(hone_run *run, uint32_t best, uint32_t *number, hone_error *err)
{
    int64_t waiting = hn_peek_waiting(run->study, HONE_PURPOSE_FINAL, best);
    if (waiting >= 0) {
        *number = (uint32_t)waiting;
        return HONE_OK;
    }
    hone_trial *trial;
    HN_TRY(hone_study_trial(run->study, best, &trial, err));
    const char *params = hone_trial_params_json(trial);
    hone_status status =
        params ? hone_study_enqueue(run->study, params, HONE_PURPOSE_FINAL, best, number, err)
               : hn_fail_memory(err);
    hone_trial_destroy(trial);
    return status;
}

hone_status hn_run_final(hone_run *run, hone_error *err)
{
    uint32_t best, number;
    hone_status status = hone_study_best_by_model(run->study, &best, err);
    if (status == HONE_ENOTFOUND || status == HONE_EUNSUPPORTED) {
        hn_run_warn(run, "there is no final run: %s",
                    status == HONE_ENOTFOUND ? "no trial is complete"
                                             : "with several objectives there is no one winner");
        hn_error_clear(err);
        return HONE_OK;
    }
    if (status != HONE_OK || hn_peek_has_final(run->study, best))
        return status;
    HN_TRY(queue_final(run, best, &number, err));
    run->final = (hn_only){number, false};
    run->only = &run->final;
    run->n_only = 1;
    run->ask_again = true;
    return hn_run_loop(run, err);
}
