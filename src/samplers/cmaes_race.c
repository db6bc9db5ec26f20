// Two starts of cmaes: where the best trials of earlier studies lie, and as without them.
//
// 1. The best tenth of each earlier study's trials give the warm start (cmaes_start.c).
// 2. Trials are drawn from both, by number: in every four two of each (the sequence of Thue and
//    Morse, of which every second or fourth member is as even).
// 3. When EACH results of both are in, the one whose trials rank better on average goes on as if it
//    had been alone; what the other has found is left out.
// Whether an earlier study is of use cannot be told from its own trials; a start that is wrong
// costs cmaes a hundred trials, as it has to grow again and to walk from there. So few trials of
// each tell the two apart where it matters, for the ranks differ most where one of them is wrong.
#include "samplers/cmaes_run.h"

#include <math.h>

enum { LEAST_TRIALS = 10, EACH = 4, MOST = 4 * EACH };
#define SHARE 0.1

bool hn_cmaes_race_prepare(hn_cmaes_run *r, const hn_sources *sources, bool *any)
{
    size_t most = 1, n = 0;
    *any = false;
    hn_arena_reset(&r->of_call);
    for (uint32_t i = 0; i < sources->n; i++)
        most += sources->list[i].n;
    hn_config *good = HN_NEW(&r->of_call, hn_config, most);
    if (!good)
        return false;
    for (uint32_t i = 0; i < sources->n; i++) {
        const hn_source_trials *s = &sources->list[i];
        uint32_t k = s->n < LEAST_TRIALS ? 0 : (uint32_t)ceil(SHARE * s->n);
        for (uint32_t p = 0; p < k; p++)
            good[n++] = s->configs[s->order[p]];
    }
    *any = n > 0;
    return n == 0 || hn_cmaes_start_near(&r->space, good, (uint32_t)n, r->options->sigma0,
                                         r->race.starts[HN_CMAES_COLD].separable, &r->of_starts,
                                         &r->race.starts[HN_CMAES_WARM]);
}

hn_cmaes_side hn_cmaes_side_of(uint32_t trial)
{
    bool odd = false;
    for (; trial > 0; trial &= trial - 1)
        odd = !odd;
    return odd ? HN_CMAES_WARM : HN_CMAES_COLD;
}

// Who has the lower mean rank; the cold side where they are equal, or one has nothing.
static hn_cmaes_side better_side(const hn_merit *merits, uint32_t n)
{
    uint32_t sums[2] = {0, 0}, counts[2] = {0, 0};
    for (uint32_t k = 0; k < n; k++) {
        hn_cmaes_side side = hn_cmaes_side_of(merits[k].trial);
        counts[side]++;
        for (uint32_t j = 0; j < n; j++)
            sums[side] += hn_merit_better(&merits[j], &merits[k]);
    }
    bool warm = counts[HN_CMAES_WARM] > 0 && sums[HN_CMAES_WARM] * counts[HN_CMAES_COLD] <
                                                 sums[HN_CMAES_COLD] * counts[HN_CMAES_WARM];
    return warm ? HN_CMAES_WARM : HN_CMAES_COLD;
}

void hn_cmaes_race_judge(hn_cmaes_run *r, const hn_view *view)
{
    hn_merit merits[MOST];
    uint32_t n = 0, n_of[2] = {0, 0};
    for (size_t at = r->n_used; at < r->arrivals.order.n && r->race.on; at++) {
        uint32_t trial = r->arrivals.order.data[at];
        if (!hn_view_is_own(view, trial) || hn_cmaes_is_foreign(r, view, trial))
            continue;
        n_of[hn_cmaes_side_of(trial)]++;
        merits[n++] = hn_merit_of(view, trial);
        bool enough = n_of[HN_CMAES_COLD] >= EACH && n_of[HN_CMAES_WARM] >= EACH;
        if (!enough && n < MOST)
            continue;
        r->race.won = better_side(merits, n);
        r->race.end = at + 1;
        r->race.on = false;
    }
}
