// Means over the parts of a trial; see parts.h.
//
// People read a mean beside the numbers that it is made of: 0.1, 0.2 and 0.3 have to give 0.2, and
// equal numbers themselves. So the sum is kept with what rounding has cost it (A. Neumaier,
// Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, 1974), and the remainder
// of the division is divided, too.
#include "core/parts.h"

#include <math.h>
#include <string.h>

typedef struct mean {
    uint32_t n;
    double sum, lost;
} mean;

static void add(mean *m, double value)
{
    double sum = m->sum + value;
    bool larger = fabs(m->sum) >= fabs(value);
    m->lost += larger ? m->sum - sum + value : value - sum + m->sum;
    m->sum = sum;
    m->n++;
}

static double mean_of(const mean *m)
{
    if (m->n == 0)
        return NAN;
    double rough = m->sum / m->n;
    double refined = rough + (fma(-rough, m->n, m->sum) + m->lost) / m->n;
    return isfinite(refined) ? refined : rough;
}

static const hn_part *next_part(const hn_fold *fold, uint32_t *at)
{
    if (*at == HN_NONE)
        return NULL;
    const hn_part *part = &fold->parts.data[*at];
    *at = part->next;
    return part;
}

static const hn_trial *owner_of(const hn_fold *fold, const hn_trial *trial)
{
    bool served = trial->first_part == HN_NONE && trial->copied >= 0 &&
                  (size_t)trial->copied < fold->trials.n;
    return served ? &fold->trials.data[trial->copied] : trial;
}

hone_repeats hn_parts_spread(const hn_fold *fold, const hn_trial *trial, uint32_t metric)
{
    hone_repeats out = HONE_REPEATS_INIT;
    mean values = {0};
    double squares = 0;
    const hn_part *part;
    const hn_trial *owner = owner_of(fold, trial);
    for (uint32_t at = owner->first_part; (part = next_part(fold, &at));) {
        double value = fold->numbers.data[part->values + metric];
        if (!isnan(value))
            add(&values, value);
    }
    out.n = values.n;
    out.n_open = hn_parts_planned(owner) - hn_parts_ended(fold, owner);
    out.mean = mean_of(&values);
    out.stddev = out.std_err = NAN;
    for (uint32_t at = owner->first_part; out.n > 1 && (part = next_part(fold, &at));) {
        double value = fold->numbers.data[part->values + metric];
        squares += isnan(value) ? 0 : (value - out.mean) * (value - out.mean);
    }
    if (out.n > 1) {
        out.stddev = sqrt(squares / (out.n - 1));
        out.std_err = out.stddev / sqrt(out.n);
    }
    return out;
}

void hn_parts_sum(const hn_fold *fold, const hn_trial *trial, hn_parts_total *out)
{
    mean constraints[HN_MAX_PART_CONSTRAINTS];
    const hn_part *part;
    memset(constraints, 0, sizeof constraints);
    *out = (hn_parts_total){0};
    for (uint32_t at = trial->first_part; (part = next_part(fold, &at));) {
        out->step += part->step > 0 ? part->step : 1;
        out->duration_us += part->duration_us;
        out->cpu_us += part->cpu_us;
        out->maxrss_kb = part->maxrss_kb > out->maxrss_kb ? part->maxrss_kb : out->maxrss_kb;
        for (uint32_t i = 0; i < part->n_constraints && i < HN_MAX_PART_CONSTRAINTS; i++)
            add(&constraints[i], fold->numbers.data[part->constraints + i]);
    }
    while (out->n_constraints < HN_MAX_PART_CONSTRAINTS && constraints[out->n_constraints].n > 0) {
        out->constraints[out->n_constraints] = mean_of(&constraints[out->n_constraints]);
        out->n_constraints++;
    }
}
