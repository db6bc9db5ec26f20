// The best compromises between several objectives.
#include "trial_view.h"

hone_status trials_front(hone_study *study, uint32_t **numbers, uint32_t *n, hone_error *err)
{
    uint32_t most = hone_study_count(study, HONE_STATE_COMPLETE);
    *numbers = cli_alloc((most + (size_t)1) * sizeof **numbers);
    *n = 0;
    hone_status status = hone_study_pareto(study, *numbers, most, n, err);
    *n = status != HONE_OK ? 0 : *n < most ? *n : most;
    return status;
}
