// Durations and command lines.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <hone/study_file.h>

#include "core/study_words.h"

static void durations_are_read(void **state)
{
    static const struct {
        const char *text;
        double seconds;
    } rows[] = {{"90", 90},     {"90s", 90},     {"10m", 600},        {"2h", 7200},
                {"1.5h", 5400}, {"1h30m", 5400}, {"200ms", 0.2},      {"2d", 172800},
                {"0", 0},       {"5min", 300},   {"1d2h3m4s", 93784}, {"1m30", 90}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double seconds = -1;
        assert_int_equal(hone_duration_parse(rows[i].text, &seconds, NULL), HONE_OK);
        assert_true(seconds == rows[i].seconds);
    }
}

static void wrong_durations_have_a_caret(void **state)
{
    static const struct {
        const char *text;
        int column;
    } rows[] = {{"", 0}, {"x", 0}, {"10x", 2}, {"1h30x", 4}, {"-5s", 0}, {"1..2s", 0}, {"5 s", 1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double seconds;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(hone_duration_parse(rows[i].text, &seconds, &err), HONE_EPARSE);
        assert_int_equal(err.column, rows[i].column);
    }
}

static void sizes_are_read_and_written(void **state)
{
    static const struct {
        const char *text;
        uint64_t bytes;
        const char *written;
    } rows[] = {{"4G", UINT64_C(4) << 30, "4G"},
                {"4g", UINT64_C(4) << 30, "4G"},
                {"1.5GiB", UINT64_C(3) << 29, "1536M"},
                {"512 MB", 512000000, "512MB"},
                {"2kB", 2000, "2kB"},
                {"1K", 1024, "1K"},
                {"1T", UINT64_C(1) << 40, "1T"},
                {"12345B", 12345, "12345B"},
                {"0", 0, "0"},
                {"0G", 0, "0"}};
    char out[HONE_SIZE_TEXT];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t bytes = 1, again = 1;
        assert_int_equal(hone_size_parse(rows[i].text, &bytes, NULL), HONE_OK);
        assert_true(bytes == rows[i].bytes);
        assert_string_equal(hone_size_text(bytes, out), rows[i].written);
        assert_int_equal(hone_size_parse(out, &again, NULL), HONE_OK);
        assert_true(again == bytes);
    }
}

static void wrong_sizes_have_a_caret(void **state)
{
    static const struct {
        const char *text;
        int column;
    } rows[] = {{"", 0},    {"G", 0},   {"4", 1},         {"4X", 1}, {"-4G", 0},
                {"1e3", 1}, {"4GG", 1}, {"99999999T", 0}, {"4G ", 1}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t bytes;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(hone_size_parse(rows[i].text, &bytes, &err), HONE_EPARSE);
        assert_int_equal(err.column, rows[i].column);
    }
}

static void assert_words(const char *text, const char *json)
{
    json_t *words = json_array();
    assert_int_equal(hn_words_split(text, words, NULL), HONE_OK);
    char *got = json_dumps(words, JSON_COMPACT);
    assert_string_equal(got, json);
    free(got);
    json_decref(words);
}

static void words_are_split_as_by_a_shell(void **state)
{
    (void)state;
    assert_words("", "[]");
    assert_words("  a  b\tc\n", "[\"a\",\"b\",\"c\"]");
    assert_words("./train --lr {lr}", "[\"./train\",\"--lr\",\"{lr}\"]");
    assert_words("sh -c 'exit 3'", "[\"sh\",\"-c\",\"exit 3\"]");
    assert_words("a\"b c\"d", "[\"ab cd\"]");
    assert_words("''", "[\"\"]");
    assert_words("a\\ b '\\'", "[\"a b\",\"\\\\\"]");
    assert_words("\"a\\\"b\"", "[\"a\\\"b\"]");
    assert_words("$HOME *", "[\"$HOME\",\"*\"]");
}

static void an_open_quote_is_pointed_at(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    json_t *words = json_array();
    assert_int_equal(hn_words_split("a 'b c", words, &err), HONE_EPARSE);
    assert_int_equal(err.column, 2);
    json_decref(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(wrong_durations_have_a_caret),
        cmocka_unit_test(sizes_are_read_and_written),
        cmocka_unit_test(wrong_sizes_have_a_caret),
        cmocka_unit_test(words_are_split_as_by_a_shell),
        cmocka_unit_test(an_open_quote_is_pointed_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
