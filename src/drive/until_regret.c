// The rule of the regret: a model of all trials says that hardly anything is left to gain.
//
// Asked after 20 results, and then whenever there are 5 more, or a twentieth more if that is more:
// the model costs some tens of milliseconds. Derived from the journal: a run that goes on asks once
// at its beginning. With a lag the trials that count are those below the last such number that the
// next suggestion may see, so that it does not matter who asks when.
#include "drive/run_internal.h"

#include <math.h>

#include "drive/peek.h"

enum { FIRST = 20, EVERY = 5, SHARE = 20 };

// The last number of results at which the rule is asked, 0: none yet.
static uint32_t last_look(uint32_t n)
{
    uint32_t at = 0, next = FIRST;
    while (next <= n) {
        at = next;
        next += at / SHARE > EVERY ? at / SHARE : EVERY;
    }
    return at;
}

static bool is_low(const hone_run_options *options, const hone_regret *regret)
{
    double wanted = options->until_regret > 0 ? options->until_regret : regret->apart;
    return regret->at_most <= wanted; // not with NaN
}

hone_status hn_run_until_regret(hone_run *run, uint32_t limit, bool *out, hone_error *err)
{
    hn_until_regret *r = &run->regret;
    bool in_order = hn_peek_lag(run->study) > 0;
    uint32_t at = last_look(in_order ? limit : hone_study_n_finished(run->study));
    *out = r->fulfilled;
    if (!run->options.has_until_regret || run->spec.n_objectives != 1 || at == r->n_seen)
        return HONE_OK;
    hone_regret regret;
    HN_TRY(hone_study_regret(run->study, in_order ? at : UINT32_MAX, &regret, err));
    *r = (hn_until_regret){at, is_low(&run->options, &regret), regret.at_most, regret.apart};
    *out = r->fulfilled;
    return HONE_OK;
}
