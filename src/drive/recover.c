// The beginning: what an earlier run left behind.
//
// Its processes are ended first, so that a trial never runs twice at once; then its trials wait
// again. Both judge by facts (a guardian that does not live, an owner that does not live), so that
// other workers of the study are not disturbed.
#include "drive/run_internal.h"

static void say(hn_str *text, uint32_t n, const char *one, const char *many)
{
    if (!n)
        return;
    if (text->n)
        hn_str_add(text, "; ");
    hn_str_printf(text, "%u %s", n, n == 1 ? one : many);
}

hone_status hn_run_recover(hone_run *run, hone_error *err)
{
    uint32_t n_requeued = 0, n_lost = 0;
    if (run->executor->reap)
        HN_TRY(run->executor->reap(run->executor_state, run->tag, err));
    HN_TRY(hone_study_recover(run->study, &n_requeued, &n_lost, err));
    HN_TRY(hn_run_keep(run, true, err));
    HN_TRY(hn_run_learn_best(run, err));
    run->n_ok_before = hone_study_n_finished(run->study);
    run->tally.n_fed = hone_study_n_trials(run->study);
    hn_str_clear(&run->text);
    say(&run->text, n_requeued, "trial that an earlier run left unfinished will run again",
        "trials that an earlier run left unfinished will run again");
    say(&run->text, n_lost, "trial is lost: its lease ran out",
        "trials are lost: their leases ran out");
    if (hn_str_failed(&run->text))
        return hn_fail_memory(err);
    hone_run_event event = hn_run_event(HONE_RUN_BEGIN);
    event.text = hn_str_text(&run->text);
    hn_run_emit(run, &event);
    return HONE_OK;
}
