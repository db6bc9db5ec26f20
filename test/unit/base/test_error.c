// Errors: texts, cutting, places and rendering.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"

static void every_status_has_a_name_and_a_text(void **state)
{
    (void)state;
    for (int i = 0; i < HONE_STATUS_COUNT; i++) {
        assert_true(strlen(hone_status_name((hone_status)i)) >= 2);
        assert_true(strlen(hone_status_text((hone_status)i)) >= 5);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(hone_status_name((hone_status)i),
                                    hone_status_name((hone_status)j));
    }
    assert_string_equal(hone_status_name(HONE_OK), "OK");
    assert_string_equal(hone_status_name(HONE_EUNSUPPORTED), "EUNSUPPORTED");
    assert_string_equal(hone_status_name((hone_status)999), "EUNKNOWN");
    assert_non_null(hone_status_text((hone_status)-1));
}

static void a_failure_fills_everything(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    hn_fail_at(&err, HONE_EPARSE, "abc", 3, 1, "bad %s %d", "thing", 7);
    hn_error_trail(&err, "here");
    assert_int_equal(hn_fail(&err, HONE_EINVAL, "plain %d", 5), HONE_EINVAL);
    assert_int_equal(err.status, HONE_EINVAL);
    assert_string_equal(err.text, "plain 5");
    assert_string_equal(err.source, "");
    assert_string_equal(err.trail, "");
    assert_int_equal(err.column, -1);
    hn_error_clear(&err);
    assert_int_equal(err.status, HONE_OK);
    assert_string_equal(err.text, "");
}

static void null_is_allowed_everywhere(void **state)
{
    (void)state;
    assert_int_equal(hn_fail(NULL, HONE_EIO, "x"), HONE_EIO);
    assert_int_equal(hn_fail_at(NULL, HONE_EPARSE, "x", 1, 0, "x"), HONE_EPARSE);
    assert_int_equal(hn_fail_memory(NULL), HONE_ENOMEM);
    assert_int_equal(hn_fail_errno(NULL, ENOENT, "x"), HONE_EIO);
    hn_error_trail(NULL, "x");
    hn_error_prefix(NULL, "x");
    hn_error_clear(NULL);
}

static void errno_is_named(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hn_fail_errno(&err, ENOENT, "cannot open %s", "a/b"), HONE_EIO);
    assert_string_equal(err.text, "cannot open a/b: No such file or directory");
    assert_int_equal(hn_fail_errno(&err, ENOMEM, "cannot open"), HONE_ENOMEM);
    assert_int_equal(hn_fail_memory(&err), HONE_ENOMEM);
    assert_string_equal(err.text, "out of memory");
}

static void prefix_and_trail_accumulate(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    hn_fail(&err, HONE_EINVAL, "wrong");
    hn_error_prefix(&err, "%s:%d", "f.yaml", 3);
    hn_error_trail(&err, "inner");
    hn_error_trail(&err, "outer %d", 2);
    assert_string_equal(err.text, "f.yaml:3: wrong");
    assert_string_equal(err.trail, "inner < outer 2");
    // The old text may be an argument of the new one.
    hn_fail(&err, HONE_EINVAL, "again: %s", err.text);
    assert_string_equal(err.text, "again: f.yaml:3: wrong");
}

static void a_message_is_one_line_unless_it_says_so(void **state)
{
    hone_error err = HONE_ERROR_INIT;
    (void)state;
    hn_fail(&err, HONE_EINVAL, "'%s' is no choice", "a\nb\r");
    assert_string_equal(err.text, "'a b ' is no choice");
    hn_fail(&err, HONE_EINVAL, "it differs:\n%s", "- a\n+ b\n");
    assert_string_equal(err.text, "it differs:\n- a\n+ b\n");
}

static void long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    char text[1200];
    for (int shift = 0; shift < 3; shift++) {
        memset(text, 'a', (size_t)shift);
        for (int i = 0; i < 390; i++)
            memcpy(text + shift + 3 * i, "\xE2\x82\xAC", 3); // €
        text[shift + 3 * 390] = '\0';
        hn_fail(&err, HONE_EINVAL, "%s", text);
        size_t n = strlen(err.text);
        assert_true(n > sizeof err.text - 4 && n < sizeof err.text);
        assert_int_equal((n - (size_t)shift) % 3, 0);
        hn_error_prefix(&err, "%.*s", shift, text);
        n = strlen(err.text);
        assert_true(n > sizeof err.text - 4 && n < sizeof err.text);
        assert_int_equal((n - 2 * (size_t)shift - 2) % 3, 0);
        hn_error_trail(&err, "%s", text);
        assert_int_equal((strlen(err.trail) - (size_t)shift) % 3, 0);
        hn_fail_errno(&err, EIO, "%s", text);
        assert_true(strlen(err.text) < sizeof err.text);
    }
}

static void the_caret_stands_under_the_fault(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    char out[1024];
    hn_fail_at(&err, HONE_EPARSE, "lr=\tlog:x..1\r\n", 14, 8, "expected a number");
    assert_int_equal(err.column, 8);
    assert_string_equal(err.source, "lr= log:x..1");
    const char *want = "expected a number\n    lr= log:x..1\n            ^\n";
    assert_int_equal(hone_error_render(&err, out, sizeof out), (int)strlen(want));
    assert_string_equal(out, want);
    // Characters count once, however many bytes they have.
    hn_fail_at(&err, HONE_EPARSE, "\xC3\xA9=x", 4, 3, "no");
    hone_error_render(&err, out, sizeof out);
    assert_string_equal(out, "no\n    \xC3\xA9=x\n      ^\n");
    // Behind the end is where something is missing; further is no place at all.
    hn_fail_at(&err, HONE_EPARSE, "ab", 2, 99, "no");
    assert_int_equal(err.column, 2);
    hn_fail_at(&err, HONE_EPARSE, "", 0, 0, "empty");
    hone_error_render(&err, out, sizeof out);
    assert_string_equal(out, "empty\n"); // nothing to stand under
}

static void a_long_line_is_cut_around_the_fault(void **state)
{
    (void)state;
    enum { LENGTH = 1000 };
    char line[LENGTH + 1];
    for (size_t column = 0; column <= LENGTH; column++) {
        hone_error err = HONE_ERROR_INIT;
        memset(line, 'x', LENGTH);
        line[LENGTH] = '\0';
        if (column < LENGTH)
            line[column] = '!';
        hn_fail_at(&err, HONE_EPARSE, line, LENGTH, column, "here");
        assert_true(strlen(err.source) < sizeof err.source);
        assert_true(strlen(err.source) > 200);
        assert_int_equal(err.source[err.column], column < LENGTH ? '!' : '\0');
    }
}

static void a_long_line_is_cut_between_characters(void **state)
{
    (void)state;
    char line[900];
    for (int i = 0; i < 300; i++)
        memcpy(line + 3 * i, "\xE2\x82\xAC", 3);
    for (size_t column = 0; column < sizeof line; column += 3) {
        hone_error err = HONE_ERROR_INIT;
        hn_fail_at(&err, HONE_EPARSE, line, sizeof line, column, "here");
        const char *p = err.source;
        if (strncmp(p, "...", 3) == 0)
            p += 3;
        for (; *p && strcmp(p, "...") != 0; p += 3)
            assert_memory_equal(p, "\xE2\x82\xAC", 3);
        assert_memory_equal(err.source + err.column, "\xE2\x82\xAC", 3);
    }
}

static void rendering_is_bounded(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    char out[8] = "1234567";
    hn_fail(&err, HONE_EINVAL, "a sentence");
    assert_int_equal(hone_error_render(&err, out, sizeof out), 11);
    assert_string_equal(out, "a sente");
    assert_int_equal(hone_error_render(&err, NULL, 0), 11);
    // Without a text the status speaks; the trail stands in brackets.
    hone_error bare = HONE_ERROR_INIT;
    char line[200];
    bare.status = HONE_EBUSY;
    hn_error_trail(&bare, "the lock");
    hone_error_render(&bare, line, sizeof line);
    assert_string_equal(line, "somebody else holds it (in the lock)\n");
}

static hone_status passes_on(hone_status inner)
{
    HN_TRY(inner);
    return HONE_EEXISTS;
}

static hone_status passes_on_out(hone_status inner, int *cleaned)
{
    hone_status status;
    HN_TRY_OUT(inner);
    status = HONE_EEXISTS;
out:
    ++*cleaned;
    return status;
}

static void try_returns_the_first_failure(void **state)
{
    (void)state;
    int cleaned = 0;
    assert_int_equal(passes_on(HONE_EIO), HONE_EIO);
    assert_int_equal(passes_on(HONE_OK), HONE_EEXISTS);
    assert_int_equal(passes_on_out(HONE_EIO, &cleaned), HONE_EIO);
    assert_int_equal(passes_on_out(HONE_OK, &cleaned), HONE_EEXISTS);
    assert_int_equal(cleaned, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_a_name_and_a_text),
        cmocka_unit_test(a_failure_fills_everything),
        cmocka_unit_test(null_is_allowed_everywhere),
        cmocka_unit_test(errno_is_named),
        cmocka_unit_test(prefix_and_trail_accumulate),
        cmocka_unit_test(a_message_is_one_line_unless_it_says_so),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(the_caret_stands_under_the_fault),
        cmocka_unit_test(a_long_line_is_cut_around_the_fault),
        cmocka_unit_test(a_long_line_is_cut_between_characters),
        cmocka_unit_test(rendering_is_bounded),
        cmocka_unit_test(try_returns_the_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
