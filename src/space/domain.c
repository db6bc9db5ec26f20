// The set of values of one parameter.
//
// Stepped floats. Value k is low + k·step as a decimal: with D the least number of digits after
// the point that writes low, high and step exactly, all three are whole multiples m of 10^-D, and
// value k = (m_low + k·m_step) / 10^D. The numerator is exact below 2^53 and the division rounds
// correctly, so the value is the double nearest to the decimal: 0.15, never 0.15000000000000002.
// Numbers that need more digits fall back to low + k·step.
#include "space/domain.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "space/lex.h"

enum { MAX_DECIMALS = 22 };            // 10^22 is the greatest power of ten that is a double
#define EXACT_WHOLE 9007199254740992.0 // 2^53

static double power_of_10(int n)
{
    double power = 1;
    for (int i = 0; i < n; i++)
        power *= 10; // exact up to 10^22
    return power;
}

// Is x a whole multiple of 1/power that this arithmetic holds exactly?
static bool is_multiple(double x, double power)
{
    double scaled = x * power;
    return fabs(scaled) < EXACT_WHOLE && round(scaled) / power == x;
}

static int find_decimals(const hn_param *param)
{
    double power = 1;
    for (int n = 0; n <= MAX_DECIMALS; n++, power *= 10) {
        if (is_multiple(param->low, power) && is_multiple(param->high, power) &&
            is_multiple(param->step, power))
            return n;
    }
    return -1;
}

double hn_domain_float(const hn_param *param, uint64_t k)
{
    if (param->decimals < 0) {
        double x = param->low + (double)k * param->step;
        return x > param->high ? param->high : x;
    }
    double power = power_of_10(param->decimals);
    return (round(param->low * power) + (double)k * round(param->step * power)) / power;
}

uint64_t hn_domain_index(const hn_param *param, double x)
{
    double k = round((x - param->low) / param->step);
    if (!(k > 0))
        return 0;
    return k < (double)param->last ? (uint64_t)k : param->last;
}

double hn_domain_meant(const hn_param *param, double x)
{
    if (!(param->step > 0 && x >= param->low && x <= param->high))
        return x;
    double value = hn_domain_float(param, hn_domain_index(param, x));
    return fabs(x - value) <= 1e-9 * param->step ? value : x;
}

// --- ranges ---

#define FAIL(column, ...)                                                                          \
    hn_fail_at(err, HONE_EINVAL, at->source, at->length, (column), __VA_ARGS__)

static hone_status check_order(const hn_param *p, const hn_places *at, hone_error *err)
{
    bool is_int = p->type == HONE_PARAM_INT;
    char low[HN_DOUBLE_TEXT], high[HN_DOUBLE_TEXT];
    if (is_int) {
        snprintf(low, sizeof low, "%" PRId64, p->ilow);
        snprintf(high, sizeof high, "%" PRId64, p->ihigh);
    } else {
        hn_double_text(p->low, low);
        hn_double_text(p->high, high);
    }
    bool is_log = p->scale == HN_LOG;
    if (is_log && (is_int ? p->ihigh < 1 : p->high <= 0))
        return FAIL(at->high, "a log range needs a high end above zero, not %s", high);
    if (is_log && (is_int ? p->ilow < 1 : p->low <= 0))
        return FAIL(at->low, "a log range needs a low end above zero, not %s", low);
    if (is_int ? p->ilow > p->ihigh : p->low > p->high)
        return FAIL(at->low, "the low end %s is above the high end %s; write %s..%s", low, high,
                    high, low);
    if (is_int ? p->ilow == p->ihigh : p->low == p->high)
        return FAIL(at->high,
                    "low and high are equal, so there is nothing to choose; write the "
                    "fixed value {%s} or put it into the command",
                    low);
    return HONE_OK;
}

static hone_status check_int(hn_param *p, const hn_places *at, hone_error *err)
{
    uint64_t span = (uint64_t)p->ihigh - (uint64_t)p->ilow;
    if (p->scale == HN_LOG && p->ihigh > HN_MAX_LOG_INT)
        return FAIL(at->high,
                    "a log range of integers ends at 2^40 = %" PRId64 " at most; use a "
                    "float, log:low..high",
                    HN_MAX_LOG_INT);
    if (p->istep < 1)
        return FAIL(at->step, "the step of an integer is at least 1, not %" PRId64, p->istep);
    if (p->istep > 1 && p->scale == HN_LOG)
        return FAIL(at->step, "a log range takes no step; leave out either");
    if ((uint64_t)p->istep > span)
        return FAIL(at->step, "the step %" PRId64 " is larger than the range %" PRId64 "..%" PRId64,
                    p->istep, p->ilow, p->ihigh);
    p->last = span / (uint64_t)p->istep;
    if (p->last >= HN_MAX_VALUES)
        return FAIL(at->low, "the range holds more than 2^50 integers; use a step or a float");
    p->low = (double)p->ilow;
    p->high = (double)p->ihigh;
    return HONE_OK;
}

static hone_status check_float_step(hn_param *p, const hn_places *at, hone_error *err)
{
    char low[HN_DOUBLE_TEXT], high[HN_DOUBLE_TEXT], step[HN_DOUBLE_TEXT];
    hn_double_text(p->low, low);
    hn_double_text(p->high, high);
    hn_double_text(p->step, step);
    if (!isfinite(p->step) || p->step <= 0)
        return FAIL(at->step, "the step is a number above zero, not %s", step);
    if (p->scale == HN_LOG)
        return FAIL(at->step, "a log range takes no step; leave out either");
    if (p->step > p->high - p->low)
        return FAIL(at->step, "the step %s is larger than the range %s..%s", step, low, high);
    p->decimals = find_decimals(p);
    double last;
    if (p->decimals >= 0) {
        double power = power_of_10(p->decimals);
        last = floor((round(p->high * power) - round(p->low * power)) / round(p->step * power));
    } else {
        // A range of 0.3 in steps of 0.1 has four values whatever the rounding says.
        last = floor((p->high - p->low) / p->step * (1 + 1e-12));
    }
    if (!(last < (double)HN_MAX_VALUES))
        return FAIL(at->step,
                    "the step %s is too small: the range %s..%s would hold more than "
                    "2^50 values",
                    step, low, high);
    p->last = (uint64_t)last;
    return HONE_OK;
}

static hone_status check_normal(const hn_param *p, const hn_places *at, hone_error *err)
{
    char sd[HN_DOUBLE_TEXT];
    hn_double_text(p->high, sd);
    if (!isfinite(p->low))
        return FAIL(at->low, "the mean must be finite");
    if (!isfinite(p->high) || p->high <= 0)
        return FAIL(at->high, "the standard deviation is a number above zero, not %s", sd);
    // Beyond these the tails leave the range of a double.
    double limit = p->scale == HN_LOGNORMAL ? 700 : 1e300;
    if (fabs(p->low) > limit || p->high > limit / 10)
        return FAIL(fabs(p->low) > limit ? at->low : at->high,
                    p->scale == HN_LOGNORMAL
                        ? "mean and deviation are those of the logarithm: a mean within "
                          "-700..700 and a deviation up to 70"
                        : "a normal takes a mean up to 1e300 and a deviation up to 1e299");
    return HONE_OK;
}

hone_status hn_domain_check_range(hn_param *param, const hn_places *at, hone_error *err)
{
    param->decimals = -1;
    if (param->scale == HN_NORMAL || param->scale == HN_LOGNORMAL)
        return check_normal(param, at, err);
    if (param->type == HONE_PARAM_FLOAT) {
        if (!isfinite(param->low) || !isfinite(param->high))
            return FAIL(isfinite(param->low) ? at->high : at->low,
                        "the ends of a range are finite numbers");
    }
    HN_TRY(check_order(param, at, err));
    if (param->type == HONE_PARAM_INT)
        return check_int(param, at, err);
    return param->step != 0 ? check_float_step(param, at, err) : HONE_OK;
}

// --- choices ---

static const char *item_word(const hn_param *p)
{
    return p->type == HONE_PARAM_PERMUTATION || p->type == HONE_PARAM_SUBSET ? "item" : "choice";
}

static hone_status check_distinct(const hn_param *p, const hn_places *at, const size_t *columns,
                                  hone_error *err)
{
    hn_map seen = HN_MAP_INIT;
    hn_str key = HN_STR_INIT;
    hone_status status = HONE_OK;
    for (uint32_t i = 0; i < p->n_choices && status == HONE_OK; i++) {
        uint64_t first = 0;
        hn_str_clear(&key);
        hn_choice_key(&p->choices[i], &key);
        if (hn_map_get(&seen, hn_str_text(&key), &first))
            status = FAIL(columns ? columns[i] : at->body,
                          "the %s '%.60s' stands there twice (%" PRIu64 ". and %u.)", item_word(p),
                          p->choices[i].text, first + 1, i + 1);
        else if (hn_str_failed(&key) || !hn_map_put(&seen, hn_str_text(&key), i))
            status = hn_fail_memory(err);
    }
    hn_map_free(&seen);
    hn_str_free(&key);
    return status;
}

static hone_status check_n_choices(const hn_param *p, const hn_places *at, hone_error *err)
{
    uint32_t n = p->n_choices;
    switch (p->type) {
    case HONE_PARAM_SUBSET:
        if (n < 1 || n > HN_MAX_SUBSET)
            return FAIL(at->body, "a subset is drawn from 1 to %d items, not %u", HN_MAX_SUBSET, n);
        break;
    case HONE_PARAM_PERMUTATION:
        if (n < 2 || n > HN_MAX_ORDER)
            return FAIL(at->body, "a permutation has 2 to %d items, not %u", HN_MAX_ORDER, n);
        break;
    case HONE_PARAM_ORDINAL:
        if (n < 2 || n > HN_MAX_CHOICES)
            return FAIL(at->body, "an ordered list has 2 to %d choices, not %u", HN_MAX_CHOICES, n);
        break;
    default:
        if (n < 1 || n > HN_MAX_CHOICES)
            return FAIL(at->body, "a list has 1 to %d choices, not %u", HN_MAX_CHOICES, n);
    }
    return HONE_OK;
}

hone_status hn_domain_check_weight(const hn_choice *choice, const hn_places *at, size_t column,
                                   hone_error *err)
{
    char weight[HN_DOUBLE_TEXT];
    if (choice->weight >= 1e-12 && choice->weight <= 1e12)
        return HONE_OK;
    hn_double_text(choice->weight, weight);
    return FAIL(column, "the weight of '%.60s' is a number above zero (1e-12 to 1e12), not %s",
                choice->text, weight);
}

hone_status hn_domain_check_choices(hn_param *param, const hn_places *at, const size_t *columns,
                                    hone_error *err)
{
    HN_TRY(check_n_choices(param, at, err));
    bool weighted = false;
    double sum = 0;
    for (uint32_t i = 0; i < param->n_choices; i++) {
        const hn_choice *c = &param->choices[i];
        HN_TRY(hn_domain_check_weight(c, at, columns ? columns[i] : at->body, err));
        weighted |= c->weight != 1;
        sum += c->weight;
    }
    bool may = param->type == HONE_PARAM_CATEGORICAL || param->type == HONE_PARAM_ORDINAL;
    if (weighted && !may)
        return FAIL(at->body, "the items of a permutation or a subset take no weights");
    param->weights = weighted ? sum : 0;
    return check_distinct(param, at, columns, err);
}

// --- beliefs ---

hone_status hn_domain_check_belief(const hn_param *p, const hn_places *at, size_t column,
                                   hone_error *err)
{
    const hn_belief *b = &p->belief;
    bool is_number = p->type == HONE_PARAM_FLOAT || p->type == HONE_PARAM_INT;
    if (p->type == HONE_PARAM_CATEGORICAL || p->type == HONE_PARAM_ORDINAL)
        return FAIL(column, "a belief '~' is for numbers; weigh choices instead: sgd:3,adam:1");
    if (p->type == HONE_PARAM_BOOL)
        return FAIL(column, "a belief '~' is for numbers; write true:3,false:1 instead");
    if (!is_number)
        return FAIL(column, "a belief '~' is for float and int parameters only");
    if (p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL)
        return FAIL(column, "a normal says itself where the optimum is believed; leave '~' out");
    if (!(b->centre >= p->low && b->centre <= p->high)) {
        char text[HN_DOMAIN_TEXT], centre[HN_DOUBLE_TEXT];
        hn_domain_text(p, text);
        hn_double_text(b->centre, centre);
        return FAIL(column, "the belief's centre %s is outside %s", centre, text);
    }
    if (b->is_factor && p->low <= 0)
        return FAIL(column, "a belief by factor needs a range above zero; write centre+-width");
    char spread[HN_DOUBLE_TEXT];
    hn_double_text(b->spread, spread);
    if (b->is_factor && !(b->spread > 1 && isfinite(b->spread)))
        return FAIL(at->spread, "the factor of a belief is above 1, as in 3e-4*/3, not %s", spread);
    if (!(b->spread > 0 && isfinite(b->spread)))
        return FAIL(at->spread, "the width of a belief is above 0, as in 0.5+-0.1, not %s", spread);
    return HONE_OK;
}

// --- counting ---

bool hn_domain_finite(const hn_param *p)
{
    bool stepped = p->scale == HN_LINEAR && p->step > 0;
    return p->type == HONE_PARAM_FLOAT ? stepped : p->type != HONE_PARAM_SIMPLEX;
}

double hn_domain_count(const hn_param *p)
{
    if (!hn_domain_finite(p))
        return INFINITY;
    switch (p->type) {
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
        return (double)p->last + 1;
    case HONE_PARAM_PERMUTATION:
        return round(tgamma((double)p->n_choices + 1));
    case HONE_PARAM_SUBSET:
        return ldexp(1, (int)p->n_choices);
    default:
        return p->n_choices;
    }
}
