// Formats of placeholders.
//
// Rounding to a format may leave the parameter's range: 0.1299 written with %.2f is 0.13, above a
// bound of 0.1299. The number recorded must be the number written, so the neighbour that lies
// inside is taken: one unit in the format's last place towards the range.
#include "drive/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/chars.h"

enum { ROOM = 512, MAX_STEPS_CHECKED = 4096 };

// Up to two digits; -1 when there are more.
static int read_count(const char *text, size_t n, size_t *at)
{
    int value = 0;
    for (int digits = 0; *at < n && hn_is_digit(text[*at]); digits++) {
        if (digits == 2)
            return -1;
        value = 10 * value + (text[(*at)++] - '0');
    }
    return value;
}

static bool fault_at(size_t at, const char *words, size_t *fault, const char **why)
{
    *fault = at;
    *why = words;
    return false;
}

bool hn_format_parse(const char *text, size_t n, hn_format *out, size_t *fault, const char **why)
{
    size_t at = 1; // behind the %
    out->text = text;
    out->precision = -1;
    while (at < n && strchr("-+ #0", text[at])) {
        if (at > 5)
            return fault_at(at, "too many flags", fault, why);
        at++;
    }
    size_t width_at = at;
    if (read_count(text, n, &at) < 0)
        return fault_at(width_at, "a width has at most two digits", fault, why);
    if (at < n && text[at] == '.') {
        size_t precision_at = ++at;
        out->precision = read_count(text, n, &at);
        if (out->precision < 0)
            return fault_at(precision_at, "a precision has at most two digits", fault, why);
    }
    if (at == n)
        return fault_at(at, "the conversion is missing (%g, %e, %f, %d …)", fault, why);
    if (!strchr("aAeEfFgGdixX", text[at]))
        return fault_at(at, "the conversion is one of a A e E f F g G, or d i x X for integers",
                        fault, why);
    if (at + 1 != n)
        return fault_at(at + 1, "nothing may follow the conversion", fault, why);
    out->conversion = text[at];
    out->is_integer = strchr("dixX", text[at]) != NULL;
    snprintf(out->spec, sizeof out->spec, "%.*s%s%c", (int)at, text, out->is_integer ? "ll" : "",
             text[at]);
    return true;
}

static int print_real(const hn_format *format, locale_t c_locale, double value, char *out)
{
    locale_t before = uselocale(c_locale);
    int n = snprintf(out, ROOM, format->spec, value);
    uselocale(before);
    return n;
}

void hn_format_real(const hn_format *format, locale_t c_locale, double value, hn_str *out)
{
    char text[ROOM];
    hn_str_add_n(out, text, (size_t)print_real(format, c_locale, value, text));
}

void hn_format_integer(const hn_format *format, int64_t value, hn_str *out)
{
    char text[ROOM];
    hn_str_add_n(out, text, (size_t)snprintf(text, ROOM, format->spec, (long long)value));
}

// What is read back from the text that is written.
static double written(const hn_format *format, locale_t c_locale, double value)
{
    char text[ROOM];
    print_real(format, c_locale, value, text);
    locale_t before = uselocale(c_locale);
    double back = strtod(text, NULL);
    uselocale(before);
    return back;
}

// The distance between neighbouring numbers of the format around `value`.
static double unit(const hn_format *format, double value)
{
    int digits = format->precision < 0 ? 6 : format->precision;
    double exponent = value == 0 ? 0 : floor(log10(fabs(value)));
    switch (format->conversion) {
    case 'a':
    case 'A':
        return format->precision < 0 ? 0 : ldexp(1, (value == 0 ? 0 : ilogb(value)) - 4 * digits);
    case 'e':
    case 'E':
        return pow(10, exponent - digits);
    case 'g':
    case 'G':
        return pow(10, exponent - (digits > 0 ? digits - 1 : 0));
    default:
        return pow(10, -digits);
    }
}

static void range_of(const hn_param *param, double *low, double *high)
{
    bool bounded = param->scale == HN_LINEAR || param->scale == HN_LOG;
    *low = bounded ? param->low : param->scale == HN_LOGNORMAL ? 4.9e-324 : -INFINITY;
    *high = bounded ? param->high : INFINITY;
}

bool hn_format_adjust(const hn_format *format, locale_t c_locale, const hn_param *param,
                      double value, double *out)
{
    double low, high;
    range_of(param, &low, &high);
    if (param->step > 0) {
        *out = value;
        return true;
    }
    double back = written(format, c_locale, value);
    double step = unit(format, value) * (back > high ? -1 : 1);
    for (int i = 1; (back < low || back > high) && i <= 3; i++)
        back = written(format, c_locale, value + i * step);
    bool fits = back >= low && back <= high;
    *out = fits ? back : value < low ? low : value > high ? high : value;
    return fits;
}

static bool writes_steps(const hn_format *format, locale_t c_locale, const hn_param *param,
                         double *bad)
{
    double n = floor((param->high - param->low) / param->step + 1e-9);
    double stride = n > MAX_STEPS_CHECKED ? floor(n / MAX_STEPS_CHECKED) : 1;
    for (double k = 0; k <= n; k += stride) {
        double value = param->low + k * param->step;
        if (fabs(written(format, c_locale, value) - value) > 1e-6 * param->step) {
            *bad = value;
            return false;
        }
    }
    return true;
}

bool hn_format_suits(const hn_format *format, locale_t c_locale, const hn_param *param, double *bad)
{
    double ignored;
    if (param->step > 0)
        return writes_steps(format, c_locale, param, bad);
    if (param->scale != HN_LINEAR && param->scale != HN_LOG)
        return true;
    *bad = param->low;
    if (!hn_format_adjust(format, c_locale, param, param->low, &ignored))
        return false;
    *bad = param->high;
    return hn_format_adjust(format, c_locale, param, param->high, &ignored);
}
