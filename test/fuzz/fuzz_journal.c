// Fuzzes src/core/fold.c, src/core/fold_pools.c, src/core/fold_study.c, src/core/fold_trial.c and
// src/core/view.c with journals of any bytes. Whatever folds keeps the invariants, and its snapshot
// reads back as the same state.
#include <math.h>
#include <string.h>

#include "core/snapshot.h"
#include "core/view.h"
#include "journal.h"

static void check_counts(const hn_fold *fold)
{
    uint32_t n_state[HONE_N_STATES] = {0};
    size_t open = 0, waiting = 0;
    for (uint32_t i = 0; i < fold->trials.n; i++) {
        const hn_trial *t = &fold->trials.data[i];
        FUZZ_CHECK(t->state < HONE_N_STATES && t->parent < (int64_t)i);
        if (t->purpose == HONE_PURPOSE_SEARCH && !(t->flags & HN_TRIAL_EXCLUDED))
            n_state[t->state]++;
        if (!hn_state_finished(t->state)) {
            FUZZ_CHECK(open < fold->open.n && fold->open.data[open] == i);
            open++;
        }
        if (t->state == HONE_STATE_WAITING) {
            FUZZ_CHECK(waiting < fold->waiting.n && fold->waiting.data[waiting] == i);
            waiting++;
        }
    }
    FUZZ_CHECK(open == fold->open.n && waiting == fold->waiting.n);
    FUZZ_CHECK(memcmp(n_state, fold->n_state, sizeof n_state) == 0);
}

static void check_snapshot(const hn_fold *fold)
{
    hn_str first = HN_STR_INIT, second = HN_STR_INIT;
    hn_fold back;
    hn_fold_init(&back);
    hn_snapshot_write(fold, &first);
    FUZZ_EXPECT(!hn_str_failed(&first));
    if (!hn_str_failed(&first)) {
        hone_status status = hn_snapshot_read(&back, first.data, first.n, NULL);
        FUZZ_EXPECT(status == HONE_OK);
        hn_snapshot_write(&back, &second);
        FUZZ_EXPECT(first.n == second.n && memcmp(first.data, second.data, first.n) == 0);
    }
    hn_fold_free(&back);
    hn_str_free(&first);
    hn_str_free(&second);
}

// What the samplers see of it, trial `asking` being the one that a suggestion is for.
static void look(const hn_fold *fold, uint32_t asking)
{
    hn_view view = hn_view_of(fold, asking);
    hn_arena arena = HN_ARENA_INIT;
    hn_view_ready(&view);
    hn_config config = {0};
    if (fold->problem.space)
        config = hn_config_new(&arena, fold->problem.space);
    for (uint32_t i = 0; i < view.n_trials; i++) {
        FUZZ_CHECK(hn_view_state(&view, i) < HONE_N_STATES);
        hn_view_counts(&view, i);
        // A trial that defines its space by running is free to leave parameters out.
        if (config.slots && hn_view_config(&view, i, config) && !fold->problem.define_by_run)
            FUZZ_CHECK(hn_space_validate(fold->problem.space, config, NULL) == HONE_OK);
        hn_view_value(&view, i, 0);
        FUZZ_CHECK(isnan(hn_view_value(&view, i, fold->problem.n_metrics)));
    }
    hn_arena_free(&arena);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    hn_fold fold;
    fold_journal(&fold, data, size);
    check_counts(&fold);
    check_snapshot(&fold);
    look(&fold, (uint32_t)fold.trials.n);
    look(&fold, (uint32_t)fold.trials.n / 2);
    hn_fold_free(&fold);
}
