// The formats of placeholders, {lr:%.4g}: reading them, writing values with them, and the value
// that a format makes of another, which is the one that is recorded.
#ifndef HN_DRIVE_FORMAT_H
#define HN_DRIVE_FORMAT_H

#include <locale.h>

#include "base/str.h"
#include "space/space.h"

// %[flags][width][.precision]conversion with a A e E f F g G, or d i x X for integers.
typedef struct hn_format {
    const char *text; // as it was written; borrowed from whoever parsed it
    char spec[24];    // for printf: long long for the integer conversions
    bool is_integer;
    char conversion;
    int precision; // -1: none given
} hn_format;

// Reads `n` bytes of `text`. False on a fault, with its offset and a few words why.
bool hn_format_parse(const char *text, size_t n, hn_format *out, size_t *fault, const char **why);
// `c_locale` makes the decimal point a point whatever the program's locale is.
void hn_format_real(const hn_format *format, locale_t c_locale, double value, hn_str *out);
void hn_format_integer(const hn_format *format, int64_t value, hn_str *out);

// The value that stands in the command line when `value` is written: within the range of `param`,
// if need be by going to the next number that the format can express. False when there is none
// near (`*out` is then the value itself, inside the range). Values of stepped parameters stay as
// they are: the format must be able to write them (hn_format_suits).
bool hn_format_adjust(const hn_format *format, locale_t c_locale, const hn_param *param,
                      double value, double *out);
// Can the format write the values of this float parameter? `bad` gets one that it cannot.
bool hn_format_suits(const hn_format *format, locale_t c_locale, const hn_param *param,
                     double *bad);

#endif
