// Numbers to text and back, without the locale.
//
// hn_double_text finds the shortest decimal that reads back as the same double:
//   1. A double that is m / 10^k with whole m < 2^53 and k <= 22 is a decimal of few digits: both
//      are exact, so the division is the correctly rounded value of that decimal. The smallest
//      such k is searched; this serves nearly every number that a person wrote.
//   2. Else, from 1e-7 to below 1e15: the digits of m · 2^e as a fraction of 128 bits, which is
//      exact there: 16 of them if that decimal is within half a unit of the double's last place,
//      else 17.
//   3. Else printf with 15, 16, then 17 digits (from 1 on for subnormals), until the text reads
//      back; 17 always do.
// hn_parse_double reads short decimals by the same exact division (Clinger: How to read floating
// point numbers accurately. PLDI 1990), the rest by strtod in the C locale.
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/chars.h"
#include "base/str.h"

enum { MAX_POWER = 22, MAX_DIGITS = 17, PLAIN_DIGITS = 15, PLAIN_ZEROS = 3 };
static const double powers_of_10[MAX_POWER + 1] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define EXACT_WHOLE 9007199254740992.0 // 2^53
// Between these step 1 finds every decimal of 15 digits.
#define MIDDLE_LEAST 1e-7
#define MIDDLE_END   1e15

typedef struct decimal {
    char digits[24]; // no leading or trailing zero, but "0" itself
    int n;
    int exponent; // value = digits · 10^exponent
} decimal;

static void set_digits(decimal *d, uint64_t m, int exponent)
{
    char text[20], *p = text + sizeof text;
    for (; m >= 10 && m % 10 == 0; m /= 10)
        exponent++;
    do {
        *--p = (char)('0' + m % 10);
        m /= 10;
    } while (m);
    d->n = (int)(text + sizeof text - p);
    memcpy(d->digits, p, (size_t)d->n);
    d->exponent = exponent;
}

// Step 1 for a positive value.
static bool short_decimal(double value, decimal *out)
{
    for (int k = 0; k <= MAX_POWER; k++) {
        double scaled = value * powers_of_10[k];
        if (scaled >= EXACT_WHOLE)
            return false;
        uint64_t m = (uint64_t)(scaled + 0.5);
        if (m > 0 && (double)m / powers_of_10[k] == value) {
            set_digits(out, m, -k);
            return true;
        }
    }
    return false;
}

__extension__ typedef unsigned __int128 wide;

// To the nearest of `numerator` / `denominator`, to the even one of two.
static uint64_t divide_rounded(wide numerator, wide denominator)
{
    wide whole = numerator / denominator, twice = 2 * (numerator % denominator);
    return (uint64_t)whole + (twice > denominator || (twice == denominator && (whole & 1)));
}

// Step 2. With value = m / 2^s and 10^k that makes it a number of 17 digits before the point, the
// value is v / 2^shift, v = m · 5^k < 2^107, and shift = s - k > 0; half a unit of the last place
// of m is 5^k / 2^(shift + 1). A power of two has less room below itself: step 3 has that.
static bool middle_decimal(double value, decimal *out)
{
    int e;
    if (value < MIDDLE_LEAST || value >= MIDDLE_END || frexp(value, &e) == 0.5)
        return false;
    uint64_t m = (uint64_t)ldexp(value, DBL_MANT_DIG - e), power = 1;
    int k = 16;
    while (k <= 16 && value >= powers_of_10[17 - k])
        k--;
    while (k >= 16 && value < 1 / powers_of_10[k - 16]) // what equals it was found by step 1
        k++;
    for (int i = 0; i < k; i++)
        power *= 5;
    int shift = DBL_MANT_DIG - e - k;
    wide v = (wide)m * power, one = (wide)1 << shift;
    uint64_t digits = divide_rounded(v, 10 * one);
    wide candidate = (wide)digits * 20 * one, exact = 2 * v;
    wide distance = candidate > exact ? candidate - exact : exact - candidate;
    if (distance < power || (distance == power && m % 2 == 0))
        set_digits(out, digits, 1 - k);
    else
        set_digits(out, divide_rounded(v, one), -k);
    return true;
}

// Step 3 for a positive value: numbers with fewer than 53 bits, at the lower end, need fewer
// digits.
static void long_decimal(double value, decimal *out)
{
    int n = value >= MIDDLE_LEAST && value < MIDDLE_END ? 16 : value < DBL_MIN ? 1 : 15;
    for (; n <= MAX_DIGITS; n++) {
        char text[48];
        snprintf(text, sizeof text, "%.*e", n - 1, value);
        // The decimal point may be any text in the user's locale: only the digits are taken.
        char *e = strchr(text, 'e');
        uint64_t m = 0;
        for (char *p = text; p < e; p++) {
            if (hn_is_digit(*p))
                m = m * 10 + (uint64_t)(*p - '0');
        }
        set_digits(out, m, atoi(e + 1) - (n - 1));
        char plain[48];
        double back;
        snprintf(plain, sizeof plain, "%.*se%d", out->n, out->digits, out->exponent);
        if (hn_parse_double(plain, &back) && back == value)
            return;
    }
}

static char *put(char *p, const char *bytes, int n)
{
    memcpy(p, bytes, (size_t)n);
    return p + n;
}

static char *put_zeros(char *p, int n)
{
    memset(p, '0', (size_t)n);
    return p + n;
}

// Plain from 1e-4 to below 1e15, else d.dde-x without padding.
static char *write_decimal(const decimal *d, char *p)
{
    int point = d->n + d->exponent; // digits before the decimal point
    if (point > PLAIN_DIGITS || point < -PLAIN_ZEROS) {
        *p++ = d->digits[0];
        if (d->n > 1) {
            *p++ = '.';
            p = put(p, d->digits + 1, d->n - 1);
        }
        return p + snprintf(p, 6, "e%d", point - 1);
    }
    if (point >= d->n)
        return put_zeros(put(p, d->digits, d->n), point - d->n);
    if (point > 0) {
        p = put(p, d->digits, point);
        *p++ = '.';
        return put(p, d->digits + point, d->n - point);
    }
    p = put_zeros(put(p, "0.", 2), -point);
    return put(p, d->digits, d->n);
}

int hn_double_text(double value, char *out)
{
    char *p = out;
    if (isnan(value)) {
        p = put(p, "nan", 3);
    } else {
        if (signbit(value))
            *p++ = '-';
        value = fabs(value);
        decimal d = {{'0'}, 1, 0};
        if (isinf(value)) {
            p = put(p, "inf", 3);
        } else {
            if (value > 0 && !short_decimal(value, &d) && !middle_decimal(value, &d))
                long_decimal(value, &d);
            p = write_decimal(&d, p);
        }
    }
    *p = '\0';
    return (int)(p - out);
}

int hn_real_text(double value, char *out)
{
    int n = hn_double_text(value, out);
    if (strpbrk(out, ".e"))
        return n;
    memcpy(out + n, ".0", 3);
    return n + 2;
}

static bool same_word(const char *text, const char *lower_word)
{
    for (; *text && *lower_word; text++, lower_word++) {
        if ((*text | 0x20) != *lower_word)
            return false;
    }
    return *text == *lower_word;
}

typedef struct lexed {
    uint64_t m;   // the digits, leading zeros dropped
    int n_digits; // how many of them; m is exact up to 19
    int exponent;
} lexed;

// Reads an unsigned decimal number up to the end of the text.
static bool lex(const char *p, lexed *out)
{
    bool any = false, point = false;
    lexed x = {0, 0, 0};
    for (; hn_is_digit(*p) || (*p == '.' && !point); p++) {
        if (*p == '.') {
            point = true;
            continue;
        }
        any = true;
        x.exponent -= point;
        if (x.n_digits > 0 || *p != '0')
            x.n_digits++;
        if (x.n_digits <= 19)
            x.m = x.m * 10 + (uint64_t)(*p - '0');
    }
    if (any && (*p == 'e' || *p == 'E')) {
        int64_t e = 0;
        bool minus = *++p == '-';
        p += *p == '-' || *p == '+';
        if (!hn_is_digit(*p))
            return false;
        for (; hn_is_digit(*p); p++)
            e = e < 100000 ? e * 10 + (*p - '0') : e;
        x.exponent += (int)(minus ? -e : e);
    }
    *out = x;
    return any && *p == '\0';
}

// strtod with '.' whatever the locale; `text` has passed lex().
static bool read_slowly(const char *text, double *out)
{
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!c)
        return false;
    *out = strtod_l(text, NULL, c);
    freelocale(c);
    return !isinf(*out);
}

bool hn_parse_double(const char *text, double *out)
{
    bool minus = *text == '-';
    text += *text == '-' || *text == '+';
    double value;
    lexed x;
    if (same_word(text, "nan")) {
        value = NAN;
    } else if (same_word(text, "inf") || same_word(text, "infinity")) {
        value = INFINITY;
    } else if (!lex(text, &x)) {
        return false;
    } else if (x.n_digits <= 19 && x.m <= (uint64_t)EXACT_WHOLE && abs(x.exponent) <= MAX_POWER) {
        value = x.exponent < 0 ? (double)x.m / powers_of_10[-x.exponent]
                               : (double)x.m * powers_of_10[x.exponent];
    } else if (!read_slowly(text, &value)) {
        return false;
    }
    *out = minus ? -value : value;
    return true;
}

bool hn_parse_int(const char *text, int64_t *out)
{
    bool minus = *text == '-';
    text += *text == '-' || *text == '+';
    uint64_t value = 0, limit = (uint64_t)INT64_MAX + minus;
    if (!hn_is_digit(*text))
        return false;
    for (; hn_is_digit(*text); text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (*text)
        return false;
    *out = minus ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}
