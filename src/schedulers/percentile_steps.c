// Values by step. Cost: O(log trials) a value, 24 bytes each.

#include "schedulers/percentile_steps.h"

#include <math.h>
#include <string.h>

void hn_steps_free(hn_steps *steps)
{
    hn_vec_free(&steps->rows);
    hn_free(steps->slots);
    hn_ranks_free(&steps->ranks);
    memset(steps, 0, sizeof *steps);
}

void hn_steps_clear(hn_steps *steps)
{
    hn_vec_clear(&steps->rows);
    if (steps->slots)
        memset(steps->slots, 0, steps->cap * sizeof *steps->slots);
    hn_ranks_clear(&steps->ranks);
}

static size_t hash(double step)
{
    uint64_t bits;
    step += 0.0; // -0 and 0 are one step
    memcpy(&bits, &step, sizeof bits);
    bits *= UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(bits ^ bits >> 32);
}

// Where the step's row is, or would be.
static uint32_t *slot_of(const hn_steps *steps, double step)
{
    size_t at = hash(step) & (steps->cap - 1);
    while (steps->slots[at] && steps->rows.data[steps->slots[at] - 1].step != step)
        at = (at + 1) & (steps->cap - 1);
    return &steps->slots[at];
}

static bool grow(hn_steps *steps)
{
    size_t cap = steps->cap ? 2 * steps->cap : 64;
    uint32_t *slots = hn_calloc(cap, sizeof *slots);
    if (!slots)
        return false;
    hn_free(steps->slots);
    steps->slots = slots;
    steps->cap = cap;
    for (size_t r = 0; r < steps->rows.n; r++)
        *slot_of(steps, steps->rows.data[r].step) = (uint32_t)r + 1;
    return true;
}

bool hn_steps_add(hn_steps *steps, double step, double value, uint32_t trial)
{
    const hn_step_values blank = {step, HN_RANKS_EMPTY, 0};
    if (2 * (steps->rows.n + 1) > steps->cap && !grow(steps))
        return false;
    uint32_t *slot = slot_of(steps, step);
    if (!*slot) {
        if (!hn_vec_push(&steps->rows, blank))
            return false;
        *slot = (uint32_t)steps->rows.n;
    }
    hn_step_values *row = &steps->rows.data[*slot - 1];
    if (!isnan(value) && !hn_ranks_add(&steps->ranks, &row->set, value, trial))
        return false;
    row->n_given++;
    return true;
}

const hn_step_values *hn_steps_find(const hn_steps *steps, double step)
{
    uint32_t row = steps->cap ? *slot_of(steps, step) : 0;
    return row ? &steps->rows.data[row - 1] : NULL;
}

// The k-th number that is not hidden.
static double visible_at(const hn_steps *steps, uint32_t set, uint32_t k,
                         const hn_step_pair *hidden, uint32_t n_hidden)
{
    for (uint32_t i = 0; i < n_hidden; i++)
        if (hn_ranks_below(&steps->ranks, set, hidden[i].value, hidden[i].trial) <= k)
            k++;
    return hn_ranks_at(&steps->ranks, set, k, NULL);
}

double hn_steps_percentile(const hn_steps *steps, const hn_step_values *row, double q,
                           const hn_step_pair *hidden, uint32_t n_hidden)
{
    uint32_t n = hn_ranks_count(&steps->ranks, row->set) - n_hidden;
    if (n == 0)
        return NAN;
    double at = (n - 1) * (q / 100), lower = floor(at), t = at - lower;
    double a = visible_at(steps, row->set, (uint32_t)lower, hidden, n_hidden);
    if (t == 0 || lower + 1 >= n)
        return a;
    double b = visible_at(steps, row->set, (uint32_t)lower + 1, hidden, n_hidden);
    if (a == b) // infinities, too
        return a;
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}
