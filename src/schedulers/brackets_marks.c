// Brackets whose trials are compared by several objectives or under constraints; see marks.h for
// their order, and brackets.h for the rest.

#include "schedulers/brackets.h"

#include <math.h>
#include <string.h>

void hn_climb_mark(const hn_brackets *b, const hn_view *view, uint32_t trial, uint32_t level,
                   double *mark)
{
    uint32_t width = hn_mark_width(&b->aims);
    if (b->rows.data[trial].n_reached > level) {
        size_t at = (size_t)trial * b->ladder.n + level;
        memcpy(mark, b->shown.data + at * width, width * sizeof *mark);
        return;
    }
    hn_mark_of_complete(&b->aims, view, trial, mark);
    if (isnan(hn_climb_score(b, view, trial, level))) // has not come there, or is a copy
        mark[1] = NAN;
}

void hn_brackets_sort_marks(hn_brackets *b, const hn_view *view, uint32_t level, uint32_t n,
                            uint32_t *tiers)
{
    hn_arena arena = HN_ARENA_INIT;
    uint32_t width = hn_mark_width(&b->aims);
    double *marks = HN_NEW(&arena, double, (size_t)n *width + 1);
    uint32_t *trials = HN_NEW(&arena, uint32_t, (size_t)n + 1);
    hn_place *places = HN_NEW(&arena, hn_place, (size_t)n + 1);
    if (!marks || !trials || !places) {
        b->no_memory = true;
        goto out;
    }
    for (uint32_t i = 0; i < n; i++) {
        trials[i] = b->order.data[i];
        hn_climb_mark(b, view, trials[i], level, marks + (size_t)i * width);
    }
    if (!hn_marks_order(&b->aims, marks, trials, n, places, &arena)) {
        b->no_memory = true;
        goto out;
    }
    for (uint32_t i = 0; i < n; i++) {
        b->order.data[i] = trials[places[i].index];
        if (tiers)
            tiers[i] = places[i].tier;
    }
out:
    hn_arena_free(&arena);
}
