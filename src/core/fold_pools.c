// What the events of the fold are kept in: pools of texts, numbers and configurations, and the
// lists of trials by state.
#include <math.h>
#include <string.h>

#include "core/fold_events.h"

bool hn_fold_keep_text(hn_fold *fold, hn_bytes text, uint32_t *out)
{
    *out = HN_NONE;
    if (text.size == 0)
        return true;
    if (fold->texts.n + text.size + 1 >= HN_NONE || !hn_vec_reserve(&fold->texts, text.size + 1))
        return false;
    *out = (uint32_t)fold->texts.n;
    memcpy(fold->texts.data + fold->texts.n, text.data, text.size);
    fold->texts.data[fold->texts.n + text.size] = '\0';
    fold->texts.n += text.size + 1;
    return true;
}

bool hn_fold_keep_owner(hn_fold *fold, hn_bytes owner, uint32_t *out)
{
    const char *last = hn_fold_text(fold, fold->last_owner);
    if (owner.size > 0 && strlen(last) == owner.size && memcmp(last, owner.data, owner.size) == 0) {
        *out = fold->last_owner;
        return true;
    }
    if (!hn_fold_keep_text(fold, owner, out))
        return false;
    fold->last_owner = *out;
    return true;
}

bool hn_fold_keep_values(hn_fold *fold, const hn_event *event, uint32_t *out)
{
    hn_doubles values = event->values;
    uint32_t n = fold->problem.n_metrics;
    if (fold->numbers.n + n >= HN_NONE || !hn_vec_reserve(&fold->numbers, n))
        return false;
    *out = (uint32_t)fold->numbers.n;
    for (uint32_t m = 0; m < n; m++) {
        uint32_t at = hn_fold_metric_in(fold, event->goals, m);
        bool given = at < values.n && (event->present >> at & 1);
        fold->numbers.data[fold->numbers.n++] = given ? values.data[at] : NAN;
    }
    return true;
}

bool hn_fold_keep_numbers(hn_fold *fold, hn_doubles values, uint32_t *out)
{
    *out = HN_NONE;
    if (values.n == 0)
        return true;
    if (fold->numbers.n + values.n >= HN_NONE || !hn_vec_reserve(&fold->numbers, values.n))
        return false;
    *out = (uint32_t)fold->numbers.n;
    memcpy(fold->numbers.data + fold->numbers.n, values.data, values.n * sizeof(double));
    fold->numbers.n += values.n;
    return true;
}

hone_status hn_fold_keep_params(hn_fold *fold, uint32_t version, hn_bytes params, uint32_t *row,
                                bool *fits)
{
    const hone_space *space = hn_fold_space(fold, version);
    *fits = false;
    if (!space || params.size == 0)
        return HONE_OK;
    size_t n = (size_t)space->n_words + space->n_slots;
    // One cell at least: an empty configuration (define-by-run's first) has an address, too.
    if (fold->cells.n + n >= HN_NONE || !hn_vec_reserve(&fold->cells, n ? n : 1))
        return HONE_ENOMEM;
    hn_slot *cells = fold->cells.data + fold->cells.n;
    memset(cells, 0, n * sizeof *cells);
    hn_config config = {cells + space->n_words, (uint64_t *)(void *)cells};
    if (hn_config_read(space, params.data, params.size, config, NULL) != HONE_OK)
        return HONE_OK;
    *row = (uint32_t)fold->cells.n;
    fold->cells.n += n;
    *fits = true;
    return HONE_OK;
}

void hn_fold_count_state(hn_fold *fold, const hn_trial *trial, int by)
{
    if (trial->purpose == HONE_PURPOSE_SEARCH && !(trial->flags & HN_TRIAL_EXCLUDED))
        fold->n_state[trial->state] += (uint32_t)by;
}

// Where `number` is or would be.
static size_t place_of(const hn_numbers *numbers, uint32_t number)
{
    size_t low = 0, high = numbers->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (numbers->data[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void hn_fold_put_in(hn_numbers *numbers, uint32_t number)
{
    size_t at = place_of(numbers, number);
    memmove(numbers->data + at + 1, numbers->data + at, (numbers->n - at) * sizeof(uint32_t));
    numbers->data[at] = number;
    numbers->n++;
}

static void take_out(hn_numbers *numbers, uint32_t number)
{
    size_t at = place_of(numbers, number);
    if (at == numbers->n || numbers->data[at] != number)
        return;
    numbers->n--;
    memmove(numbers->data + at, numbers->data + at + 1, (numbers->n - at) * sizeof(uint32_t));
}

void hn_fold_set_state(hn_fold *fold, hn_trial *trial, int state)
{
    uint32_t number = (uint32_t)(trial - fold->trials.data);
    if (trial->state == HONE_STATE_WAITING)
        take_out(&fold->waiting, number);
    hn_fold_count_state(fold, trial, -1);
    trial->state = (uint8_t)state;
    hn_fold_count_state(fold, trial, +1);
    if (state == HONE_STATE_WAITING)
        hn_fold_put_in(&fold->waiting, number);
    if (hn_state_finished(state))
        take_out(&fold->open, number);
}
