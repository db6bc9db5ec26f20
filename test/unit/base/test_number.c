// Doubles and integers as text: shortest, exact, and the same in every locale.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/str.h"

static uint64_t next_bits(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state ^ *state >> 29;
}

static double from_bits(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void known_forms(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-1, "-1"},
        {10, "10"},
        {100000, "100000"},
        {123456789012345, "123456789012345"},
        {999999999999999, "999999999999999"},
        {1e15, "1e15"},
        {1e20, "1e20"},
        {1e22, "1e22"},
        {1e23, "1e23"},
        {1.5e300, "1.5e300"},
        {0.1, "0.1"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {2.0 / 3, "0.6666666666666666"},
        {0.0001, "0.0001"},
        {0.00012345, "0.00012345"},
        {1e-5, "1e-5"},
        {-2.5e-7, "-2.5e-7"},
        {123.456, "123.456"},
        {1e-300, "1e-300"},
        {9007199254740992, "9.007199254740992e15"},
        {DBL_MAX, "1.7976931348623157e308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {-1.5e-323, "-1.5e-323"},
        {3.141592653589793, "3.141592653589793"},
        {NAN, "nan"},
        {-NAN, "nan"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[HN_DOUBLE_TEXT];
        int n = hn_double_text(cases[i].value, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(n, strlen(text));
    }
}

static void reals_are_told_from_integers(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0.0"},     {-0.0, "-0.0"}, {-999999999999999, "-999999999999999.0"},
        {1e15, "1e15"}, {0.5, "0.5"},   {-DBL_MAX, "-1.7976931348623157e308"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[HN_DOUBLE_TEXT];
        assert_int_equal(hn_real_text(cases[i].value, text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

// Digits without leading and trailing zeros, that is what a shortest text keeps few.
static int count_digits(const char *text)
{
    int n = 0, zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
            continue;
        zeros = *text == '0' ? zeros + 1 : 0;
        n++;
    }
    return n - zeros;
}

static void check_round_trip(double value)
{
    char text[HN_DOUBLE_TEXT], shorter[40];
    double back = 0, by_libc = strtod((hn_double_text(value, text), text), NULL);
    assert_true(hn_parse_double(text, &back));
    assert_memory_equal(&back, &value, sizeof value);
    assert_memory_equal(&by_libc, &value, sizeof value);
    assert_true(strlen(text) < HN_DOUBLE_TEXT);
    int digits = count_digits(text);
    if (digits > 1) { // one digit less must not be enough
        snprintf(shorter, sizeof shorter, "%.*e", digits - 2, value);
        assert_true(strtod(shorter, NULL) != value);
    }
}

static void random_doubles_round_trip(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 100000; i++) {
        double value = from_bits(next_bits(&seed));
        if (isfinite(value))
            check_round_trip(value);
        // Uniforms, short decimals, subnormals and neighbours of powers of two and ten.
        check_round_trip((double)(next_bits(&seed) >> 11) * 0x1p-53);
        uint64_t exponent = 1023 - 25 + next_bits(&seed) % 77; // about 3e-8 to 2e15
        check_round_trip(from_bits(exponent << 52 | next_bits(&seed) >> 12));
        int power = (int)(next_bits(&seed) % 40) - 20;
        check_round_trip((double)(next_bits(&seed) % 100000) * pow(10, power));
        if (i < 5000)
            check_round_trip(from_bits(next_bits(&seed) >> 12));
    }
    for (int e = -1074; e < 1024; e++) {
        check_round_trip(ldexp(1, e));
        check_round_trip(nextafter(ldexp(1, e), 0));
        check_round_trip(-nextafter(ldexp(1, e), INFINITY));
    }
    for (int e = -320; e <= 308; e++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", e);
        double power = strtod(text, NULL);
        check_round_trip(power);
        check_round_trip(nextafter(power, 0));
        check_round_trip(nextafter(power, 1e308));
    }
}

static void parsing_agrees_with_the_library(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        "+1",
        "1.",
        ".5",
        "-.5e1",
        "1e5",
        "1E+5",
        "1e-5",
        "00012.500",
        "1e22",
        "1e23",
        "9007199254740993",
        "9007199254740992.5",
        "123456789012345678901234567890",
        "1e-400",
        "0.000000000000000000000000000000000000000000000001e48",
        "2.2250738585072011e-308",
        "179769313486231570000000000000000000000e270",
        "0e99999999999",
        "0.1e-99999999999",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "8.5e-17",
        "1000000000000000000000000000000000000000000e-42",
        "6.02214076e23",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double got = -7, want = strtod(texts[i], NULL);
        assert_true(hn_parse_double(texts[i], &got));
        assert_memory_equal(&got, &want, sizeof got);
    }
    static const char *const wrong[] = {
        "",
        " 1",
        "1 ",
        "+",
        "-",
        ".",
        "e5",
        "1e",
        "1e+",
        "1.2.3",
        "0x10",
        "1,5",
        "--1",
        "+-1",
        "1e5x",
        "nanx",
        "infi",
        "infinityx",
        "1_0",
        "nan(1)",
        "1e999",
        "-1e999",
        "1e99999999999",
        "in",
        "NA",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        double got = -7;
        assert_false(hn_parse_double(wrong[i], &got));
        assert_true(got == -7);
    }
}

static void random_decimals_are_read_exactly(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 200000; i++) {
        char text[64];
        uint64_t m = next_bits(&seed) >> next_bits(&seed) % 64;
        int e = (int)(next_bits(&seed) % 60) - 35;
        snprintf(text, sizeof text, "%llu.%llue%d", (unsigned long long)(m / 1000),
                 (unsigned long long)(m % 1000), e);
        double got, want = strtod(text, NULL);
        assert_true(hn_parse_double(text, &got));
        assert_memory_equal(&got, &want, sizeof got);
    }
}

static void words(void **state)
{
    (void)state;
    double x;
    assert_true(hn_parse_double("nan", &x) && isnan(x));
    assert_true(hn_parse_double("-NaN", &x) && isnan(x));
    assert_true(hn_parse_double("INF", &x) && x == INFINITY);
    assert_true(hn_parse_double("+inf", &x) && x == INFINITY);
    assert_true(hn_parse_double("-Infinity", &x) && x == -INFINITY);
}

static void integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {
        {"0", 0},
        {"-0", 0},
        {"+7", 7},
        {"-12", -12},
        {"007", 7},
        {"9223372036854775807", INT64_MAX},
        {"-9223372036854775808", INT64_MIN},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t got = 99;
        assert_true(hn_parse_int(good[i].text, &got));
        assert_int_equal(got, good[i].value);
    }
    static const char *const wrong[] = {
        "",
        "-",
        "+",
        " 1",
        "1 ",
        "1.0",
        "1e3",
        "0x1",
        "--1",
        "9223372036854775808",
        "-9223372036854775809",
        "99999999999999999999",
        "18446744073709551617",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t got = 99;
        assert_false(hn_parse_int(wrong[i], &got));
        assert_int_equal(got, 99);
    }
}

// A locale with a decimal comma: one that is installed, else one made for the purpose.
static bool set_comma_locale(const char *folder)
{
    if (setlocale(LC_ALL, "de_DE.UTF-8") || setlocale(LC_ALL, "fr_FR.UTF-8"))
        return true;
    char command[300];
    snprintf(command, sizeof command,
             "localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8' >/dev/null 2>&1", folder);
    setenv("LOCPATH", folder, 1);
    return system(command) == 0 && setlocale(LC_ALL, "de_DE.UTF-8");
}

static void the_locale_does_not_matter(void **state)
{
    (void)state;
    char folder[] = "/tmp/hone-locale-XXXXXX";
    assert_non_null(mkdtemp(folder));
    bool comma = set_comma_locale(folder);
    assert_int_equal(hn_fs_remove_tree(folder, NULL), HONE_OK);
    if (!comma)
        skip();
    char by_libc[16];
    snprintf(by_libc, sizeof by_libc, "%.1f", 0.5);
    assert_string_equal(by_libc, "0,5");
    static const double values[] = {0.5, 1.0 / 3, 1e-5, 0.1 + 0.2, 1.7976931348623157e308};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[HN_DOUBLE_TEXT];
        double back;
        hn_double_text(values[i], text);
        assert_null(strchr(text, ','));
        assert_true(hn_parse_double(text, &back) && back == values[i]);
    }
    double x;
    assert_false(hn_parse_double("0,5", &x));
    assert_true(hn_parse_double("9007199254740992.5", &x));
    setlocale(LC_ALL, "C");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_forms),
        cmocka_unit_test(reals_are_told_from_integers),
        cmocka_unit_test(random_doubles_round_trip),
        cmocka_unit_test(parsing_agrees_with_the_library),
        cmocka_unit_test(random_decimals_are_read_exactly),
        cmocka_unit_test(words),
        cmocka_unit_test(integers),
        cmocka_unit_test(the_locale_does_not_matter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
