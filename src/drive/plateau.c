// The plateau rule: so many finished trials in a row have brought no improvement.
//
// A trial improves when its value is better than that of the last trial that improved by at least
// the wanted difference (with difference 0: better at all), so that many small steps count once
// they add up. COMPLETE and PRUNED trials of the search count, whoever ran them; failures do not.
// Derived from the journal: a run that is killed and resumed goes on counting. Trials are counted
// as they end; with a lag in order of their numbers, and only as far as the next suggestion may
// see. Cost: trials above the first unfinished one are looked at again, a bit each remembers.
#include "drive/run_internal.h"

#include <math.h>

#include "drive/peek.h"

static void count(hone_run *run, const hn_trial *trial)
{
    hn_plateau *p = &run->plateau;
    const double *values = hn_fold_values(&run->study->fold, trial);
    bool good = trial->state == HONE_STATE_COMPLETE && !(trial->flags & HN_TRIAL_INFEASIBLE) &&
                values && !isnan(values[0]);
    double value = good ? values[0] : NAN;
    double gain = run->spec.goals[0] == HONE_MAXIMIZE ? value - p->best : p->best - value;
    double delta = run->options.plateau_delta;
    if (good && (!p->has_best || (delta > 0 ? gain >= delta : gain > 0))) {
        p->has_best = true;
        p->best = value;
        p->n_since = 0;
    } else {
        p->n_since++;
    }
}

static bool is_result(const hn_trial *trial)
{
    return (trial->state == HONE_STATE_COMPLETE || trial->state == HONE_STATE_PRUNED) &&
           trial->purpose == HONE_PURPOSE_SEARCH && !(trial->flags & HN_TRIAL_EXCLUDED);
}

void hn_plateau_reset(hn_plateau *p)
{
    hn_vec_free(&p->seen);
    *p = (hn_plateau){0};
}

hone_status hn_run_on_plateau(hone_run *run, uint32_t limit, bool *out, hone_error *err)
{
    const hn_fold *fold = &run->study->fold;
    hn_plateau *p = &run->plateau;
    bool in_order = hn_peek_lag(run->study) > 0;
    *out = false;
    if (run->options.plateau == 0 || run->spec.n_objectives != 1)
        return HONE_OK;
    if (!hn_vec_reserve(&p->seen, fold->trials.n - p->seen.n + 1))
        return hn_fail_memory(err);
    while (p->seen.n < fold->trials.n)
        p->seen.data[p->seen.n++] = 0;
    for (uint32_t i = p->n_done; i < limit && i < fold->trials.n; i++) {
        const hn_trial *trial = &fold->trials.data[i];
        bool finished = hn_state_finished(trial->state) || (trial->flags & HN_TRIAL_EXCLUDED);
        if (!finished && in_order)
            break;
        if (finished && !p->seen.data[i] && is_result(trial))
            count(run, trial);
        p->seen.data[i] |= finished;
        p->n_done += i == p->n_done && p->seen.data[i];
    }
    *out = p->n_since >= run->options.plateau;
    return HONE_OK;
}
