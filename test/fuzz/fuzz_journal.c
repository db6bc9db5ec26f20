// A journal of any bytes: records, each a length of two bytes and as many bytes, are folded.
// Whatever folds keeps the invariants, and its snapshot reads back as the same state.
#include <math.h>
#include <string.h>

#include "core/snapshot.h"
#include "core/view.h"
#include "fuzz.h"

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
    FUZZ_CHECK(hn_snapshot_read(&back, first.data, first.n, NULL) == HONE_OK);
    hn_snapshot_write(&back, &second);
    FUZZ_CHECK(first.n == second.n && memcmp(first.data, second.data, first.n) == 0);
    hn_fold_free(&back);
    hn_str_free(&first);
    hn_str_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hn_fold fold;
    size_t at = 0;
    hn_fold_init(&fold);
    while (size - at >= 2) {
        hone_error err = HONE_ERROR_INIT;
        size_t length = (size_t)data[at] | (size_t)data[at + 1] << 8;
        uint64_t n_events = fold.n_events;
        at += 2;
        length = length > size - at ? size - at : length;
        if (hn_fold_apply_bytes(&fold, data + at, length, NULL, &err) == HONE_OK)
            FUZZ_CHECK(fold.n_events == n_events + 1);
        else
            FUZZ_CHECK(err.text[0] && fold.n_events == n_events);
        at += length;
    }
    check_counts(&fold);
    check_snapshot(&fold);
    // What views make of it.
    hn_view view = hn_view_of(&fold, (uint32_t)fold.trials.n);
    hn_arena arena = HN_ARENA_INIT;
    if (fold.problem.space) {
        hn_config config = hn_config_new(&arena, fold.problem.space);
        for (uint32_t i = 0; i < view.n_trials; i++) {
            hn_view_config(&view, i, config);
            hn_view_value(&view, i, 0);
        }
    }
    hn_arena_free(&arena);
    hn_fold_free(&fold);
    return 0;
}
