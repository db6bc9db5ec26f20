// Placeholders: what a command becomes for a trial, and what is refused, with text and column.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive/launch.h"

typedef struct fixture {
    hone_study *study;
    hone_trial *sgd, *adam; // with and without the conditional momentum
} fixture;

static hone_trial *make_trial(hone_study *study, const char *json)
{
    hone_error err = HONE_ERROR_INIT;
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    uint32_t number;
    hone_trial *trial = NULL;
    if (hone_study_enqueue(study, json, HONE_PURPOSE_SEARCH, -1, &number, &err) != HONE_OK)
        fail_msg("%s", err.text);
    options.only_trial = number;
    if (hone_study_ask(study, &options, &trial, &err) != HONE_OK)
        fail_msg("%s", err.text);
    return trial;
}

static int set_up(void **state)
{
    static fixture f;
    static const char *const params[] = {
        "lr=log:1e-5..1e-1", "depth=int:2..10",           "opt=sgd,adam,it's",
        "bn=bool",           "momentum=0..0.99 if opt==sgd", "n=int:-5..5",
        "drop=0..1 step 0.125", "order=perm:a,b,c",       "w.d=0.1..0.12345",
        "nest=bool if opt==sgd"};
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    hone_space_create(&space, &err);
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (hone_space_add_text(space, params[i], &err) != HONE_OK)
            fail_msg("%s", err.text);
    assert_int_equal(hone_space_seal(space, &err), HONE_OK);
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.space = space;
    options.name = "s";
    options.has_seed = true;
    options.seed = 7;
    if (hone_study_open(&options, &f.study, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_space_destroy(space);
    f.sgd = make_trial(f.study, "{\"lr\":0.0123,\"depth\":7,\"opt\":\"sgd\",\"bn\":true,"
                                "\"momentum\":0.9,\"n\":-3,\"drop\":0.375,"
                                "\"order\":[\"b\",\"a\",\"c\"],\"w.d\":0.12,\"nest\":true}");
    f.adam = make_trial(f.study, "{\"lr\":1e-5,\"depth\":2,\"opt\":\"it's\",\"bn\":false,"
                                 "\"n\":5,\"drop\":1,\"order\":[\"a\",\"b\",\"c\"],\"w.d\":0.1}");
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    hone_trial_destroy(f->sgd);
    hone_trial_destroy(f->adam);
    hone_study_close(f->study);
    return 0;
}

typedef struct test_case {
    const char *command[8]; // NULL-terminated
    const char *sgd, *adam; // arguments joined by '|'; adam NULL: not looked at
    const char *error;      // instead of both
    int column;
    const char *scheduler; // NULL: none
    bool shell;
} test_case;

static hone_status parse(const fixture *f, const test_case *c, hn_template *t, hone_error *err)
{
    uint32_t n = 0;
    while (c->command[n])
        n++;
    hn_template_source source = {c->command, n, c->shell, hone_study_space(f->study),
                                 c->scheduler ? c->scheduler : "none"};
    return hn_template_parse(&source, t, err);
}

static void check_render(const fixture *f, const hn_template *t, const hone_trial *trial,
                         const char *want)
{
    hn_launch launch = {.space = hone_study_space(f->study),
                        .trial = trial,
                        .dir = "/d/4",
                        .ckpt = "/d/4/ckpt",
                        .json_file = "/d/4/params.json",
                        .from = trial == f->sgd ? "/d/1/ckpt" : NULL,
                        .gpu = "3",
                        .resource = trial == f->sgd ? 9 : 0,
                        .slot = 2};
    hn_strings argv = HN_STRINGS_INIT;
    hone_error err = HONE_ERROR_INIT;
    char got[2048] = "";
    assert_int_equal(hn_template_render(t, &launch, &argv, &err), HONE_OK);
    const char *const *list = hn_strings_list(&argv);
    for (size_t i = 0; list[i]; i++) {
        strcat(got, i ? "|" : "");
        strcat(got, list[i]);
    }
    assert_string_equal(got, want);
    hn_strings_free(&argv);
}

static const test_case good[] = {
    {{"t", "--lr", "{lr}"}, "t|--lr|0.0123", "t|--lr|1e-05"},
    {{"t", "--lr={lr}", "-d{depth}"}, "t|--lr=0.0123|-d7", "t|--lr=1e-05|-d2"},
    {{"t", "{opt}-{depth}.txt"}, "t|sgd-7.txt", "t|it's-2.txt"},
    {{"t", "{lr:%.4g}"}, "t|0.0123", "t|1e-05"},
    {{"t", "{lr:%.3f}", "x"}, NULL, NULL, "", 0}, // too coarse: see `bad`; skipped here
    {{"t", "{lr:%9.2e}"}, "t| 1.23e-02", "t| 1.00e-05"},
    {{"t", "{depth:%03d}"}, "t|007", "t|002"},
    {{"t", "{depth:%x}"}, "t|7", "t|2"},
    {{"t", "{n:%+d}"}, "t|-3", "t|+5"},
    {{"t", "{drop:%.3f}"}, "t|0.375", "t|1.000"},
    {{"t", "{w.d}"}, "t|0.12", "t|0.1"},
    {{"t", "{order}"}, "t|b,a,c", "t|a,b,c"},
    {{"t", "{bn}"}, "t|true", "t|false"},
    {{"t", "{bn:--batch-norm}"}, "t|--batch-norm", "t"},
    {{"t", "{lr:--lr}", "x"}, "t|--lr|0.0123|x", "t|--lr|1e-05|x"},
    {{"t", "{momentum:--momentum}", "x"}, "t|--momentum|0.9|x", "t|x"},
    {{"t", "{momentum:-m}"}, "t|-m|0.9", "t"},
    {{"t", "{nest:--nesterov}"}, "t|--nesterov", "t"},
    {{"t", "--m={momentum}", "x"}, "t|--m=0.9|x", "t|x"},
    {{"t", "{momentum}", "x"}, "t|0.9|x", "t|x"},
    {{"t", "x", "{momentum}"}, "t|x|0.9", "t|x"},
    {{"t", "--v=1", "{momentum}"}, "t|--v=1|0.9", "t|--v=1"},
    {{"t", "--", "{momentum}"}, "t|--|0.9", "t|--"},
    {{"t", "-1", "{momentum}"}, "t|-1|0.9", "t|-1"},
    {{"t", "{opt}:{momentum}:{lr}"}, "t|sgd:0.9:0.0123", "t"},
    {{"t", "{args}"},
     "t|--lr=0.0123|--depth=7|--opt=sgd|--bn=true|--momentum=0.9|--n=-3|--drop=0.375|"
     "--order=b,a,c|--w.d=0.12|--nest=true",
     "t|--lr=1e-05|--depth=2|--opt=it's|--bn=false|--n=5|--drop=1|--order=a,b,c|--w.d=0.1"},
    {{"t", "{trial}", "{trial:%04d}"}, "t|0|0000", "t|1|0001"},
    {{"t", "{dir}/out", "{ckpt}"}, "t|/d/4/out|/d/4/ckpt", "t|/d/4/out|/d/4/ckpt"},
    {{"t", "{json_file}"}, "t|/d/4/params.json", "t|/d/4/params.json"},
    {{"t", "{slot}", "{gpu}"}, "t|2|3", "t|2|3"},
    {{"t", "{from:--init}"}, "t|--init|/d/1/ckpt", "t"},
    {{"t", "{from}"}, "t|/d/1/ckpt", "t"},
    {{"t", "--epochs", "{resource}"}, "t|--epochs|9", "t|--epochs|0", NULL, 0, "asha"},
    {{"t", "{resource:--epochs}"}, "t|--epochs|9", "t", NULL, 0, "asha"},
    {{"t", "{resource:%.1f}"}, "t|9.0", "t|0.0", NULL, 0, "asha"},
    // Braces that are nobody's.
    {{"t", "{lr}", "{}", "{print $1}", "{a,b}", "{ lr }", "{foo}", "{x:1}"},
     "t|0.0123|{}|{print $1}|{a,b}|{ lr }|{foo}|{x:1}", NULL},
    {{"t", "{\"a\":{\"b\":{lr}}}"}, "t|{\"a\":{\"b\":0.0123}}", NULL},
    {{"t", "{lr}", "{{lr}}", "{{lr}", "{{", "{{{lr}}}"}, "t|0.0123|{lr}|{lr}|{|{0.0123}", NULL},
    {{"t", "{lr}", "{{\"a\":{\"b\":1}}}"}, "t|0.0123|{\"a\":{\"b\":1}}", NULL},
    {{"t", "{lr}", "}", "a}}b"}, "t|0.0123|}|a}}b", NULL},
    {{"t", "${lr}"}, "t|$0.0123", "t|$1e-05"},
    // The shell.
    {{"t {lr} --o {opt}"}, "/bin/sh|-c|t 0.0123 --o sgd", "/bin/sh|-c|t 1e-05 --o 'it'\\''s'",
     NULL, 0, NULL, true},
    {{"t '{opt}' \"{opt}\""}, "/bin/sh|-c|t 'sgd' \"sgd\"", "/bin/sh|-c|t 'it'\\''s' \"it's\"",
     NULL, 0, NULL, true},
    {{"t {momentum:--m} {bn:--bn} x"}, "/bin/sh|-c|t --m 0.9 --bn x", "/bin/sh|-c|t   x", NULL, 0,
     NULL, true},
    {{"t $HOME ${lr} {lr} $(awk '{print}')"},
     "/bin/sh|-c|t $HOME ${lr} 0.0123 $(awk '{print}')", NULL, NULL, 0, NULL, true},
    {{"t {lr} \\\"{opt} a"}, "/bin/sh|-c|t 0.0123 \\\"sgd a", NULL, NULL, 0, NULL, true},
    {{"a '{json_file}' \"{dir}\" {trial}"}, "/bin/sh|-c|a '/d/4/params.json' \"/d/4\" 0", NULL,
     NULL, 0, NULL, true},
};

static void test_good(void **state)
{
    const fixture *f = *state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        hn_template t = HN_TEMPLATE_INIT;
        hone_error err = HONE_ERROR_INIT;
        if (!good[i].sgd)
            continue;
        if (parse(f, &good[i], &t, &err) != HONE_OK)
            fail_msg("case %zu (%s): %s", i, good[i].command[1], err.text);
        check_render(f, &t, f->sgd, good[i].sgd);
        if (good[i].adam)
            check_render(f, &t, f->adam, good[i].adam);
        assert_string_equal(t.notice, "");
        hn_template_free(&t);
    }
}

#define SHELL .shell = true
static const test_case bad[] = {
    {{"t", "--lr", "{lrr}"}, .column = 0,
     .error = "{lrr} is not declared: did you mean {lr}? (a brace itself is written {{)"},
    {{"t", "--lr={LR}"}, .column = 5,
     .error = "{LR} is not declared: did you mean {lr}? (a brace itself is written {{)"},
    {{"t", "{momentun:--momentum}"}, .column = 0,
     .error = "{momentun} is not declared: did you mean {momentum}? (a brace itself is written "
              "{{)"},
    {{"t", "a{trail}"}, .column = 1,
     .error = "{trail} is not declared: did you mean {trial}? (a brace itself is written {{)"},
    {{"t", "{json-file}"}, .column = 0,
     .error = "{json-file} is not declared: did you mean {json_file}? (a brace itself is written "
              "{{)"},
    {{"t", "--momentum", "{momentum}"}, .column = 0,
     .error = "momentum may be inactive, and --momentum would be left without its value: write "
              "{momentum:--momentum} in place of both"},
    {{"t", "-m", "{momentum}"}, .column = 0,
     .error = "momentum may be inactive, and -m would be left without its value: write "
              "{momentum:-m} in place of both"},
    {{"t", "-m", "{momentum:%.2f}"}, .column = 0,
     .error = "momentum may be inactive, and -m would be left without its value: write "
              "-m={momentum:%.2f} as one argument"},
    {{"t", "--init", "{from}"}, .column = 0,
     .error = "from may be inactive, and --init would be left without its value: write "
              "{from:--init} in place of both"},
    {{"{momentum}"}, .column = 0,
     .error = "momentum may be inactive, and then there would be no program to run"},
    {{"t", "x{args}"}, .column = 1,
     .error = "{args} becomes arguments of its own: it must stand alone, as a whole argument"},
    {{"t", "--lr={lr:--lr}"}, .column = 5,
     .error = "{lr:--lr} becomes arguments of its own: it must stand alone, as a whole argument"},
    {{"t", "{args:--a}"}, .column = 6, .error = "{args} takes no option: it writes its own"},
    {{"t", "{lr:--}"}, .column = 4, .error = "the name of the option is missing"},
    {{"t", "{lr:--lr=}"}, .column = 8,
     .error = "{lr:--lr=}: the value becomes an argument of its own behind the option; to join "
              "them write --lr={lr}"},
    {{"t", "{lr:--l r}"}, .column = 7,
     .error = "an option in a placeholder is one word, such as --lr"},
    {{"t", "{lr:x}"}, .column = 4,
     .error = "behind {lr: comes a format such as %.4g or an option such as --lr (a brace itself "
              "is written {{)"},
    {{"t", "{lr:}"}, .column = 4,
     .error = "behind {lr: comes a format such as %.4g or an option such as --lr (a brace itself "
              "is written {{)"},
    {{"t", "{lr"}, .column = 3, .error = "{lr: the closing brace is missing"},
    {{"t", "a{lr:%g"}, .column = 7, .error = "{lr: the closing brace is missing"},
    {{"t", "{lr:%.4q}"}, .column = 7,
     .error = "the conversion is one of a A e E f F g G, or d i x X for integers"},
    {{"t", "{lr:%.4}"}, .column = 7, .error = "the conversion is missing (%g, %e, %f, %d …)"},
    {{"t", "{lr:%gx}"}, .column = 6, .error = "nothing may follow the conversion"},
    {{"t", "{lr:%100g}"}, .column = 5, .error = "a width has at most two digits"},
    {{"t", "{lr:%.100g}"}, .column = 6, .error = "a precision has at most two digits"},
    {{"t", "{lr:%d}"}, .column = 4, .error = "lr is a float: its format ends in one of a A e E f "
                                             "F g G"},
    {{"t", "{depth:%g}"}, .column = 7, .error = "depth is an integer: its format ends in d, i, x "
                                                "or X"},
    {{"t", "{n:%x}"}, .column = 3, .error = "n may be negative, which %x cannot write"},
    {{"t", "{opt:%d}"}, .column = 5, .error = "{opt} is not a number and takes no format"},
    {{"t", "{dir:%d}"}, .column = 5, .error = "{dir} is not a number and takes no format"},
    {{"t", "{lr:%.4g}", "{lr:%.2g}"}, .column = 4,
     .error = "lr is written as {lr:%.4g} already: one parameter has one format"},
    {{"t", "{lr:%.0f}"}, .column = 4,
     .error = "the format is too coarse for lr log:1e-05..0.1: 1e-05 is written as 0"},
    {{"t", "{drop:%.2f}"}, .column = 6,
     .error = "the format is too coarse for drop 0..1 step 0.125: 0.125 is written as 0.12"},
    {{"t", "{resource}"}, .column = 0,
     .error = "{resource}: the scheduler none gives trials no resource: choose one that does "
              "(--scheduler asha), or write the number"},
    {{"t {momentum} x"}, SHELL, .column = 2,
     .error = "momentum may be inactive, and a text for the shell cannot leave it out: write "
              "{momentum:--momentum}, which becomes the option with its value, or nothing"},
    {{"t '{args}'"}, SHELL, .column = 3,
     .error = "{args} becomes arguments of its own: it must stand outside quotes"},
    {{"t \"{lr:--lr}\""}, SHELL, .column = 3,
     .error = "{lr:--lr} becomes arguments of its own: it must stand outside quotes"},
    {{"t {lrr}"}, SHELL, .column = 2,
     .error = "{lrr} is not declared: did you mean {lr}? (a brace itself is written {{)"},
};

static void test_bad(void **state)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hn_template t = HN_TEMPLATE_INIT;
        hone_error err = HONE_ERROR_INIT;
        uint32_t n = 0;
        while (bad[i].command[n])
            n++;
        if (parse(*state, &bad[i], &t, &err) == HONE_OK)
            fail_msg("case %zu (%s) was accepted", i, bad[i].command[n - 1]);
        assert_string_equal(err.text, bad[i].error);
        assert_int_equal(err.status, HONE_EPARSE);
        assert_string_equal(err.source, bad[i].command[n - 1]);
        assert_int_equal(err.column, bad[i].column);
    }
}

static void test_commands_without_a_place(void **state)
{
    hn_template t = HN_TEMPLATE_INIT;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(parse(*state, &(test_case){{NULL}}, &t, &err), HONE_EINVAL);
    assert_string_equal(err.text, "the command is missing: hone run … -- COMMAND");
    assert_int_equal(parse(*state, &(test_case){{"a", "b"}, SHELL}, &t, &err), HONE_EINVAL);
    assert_string_equal(err.text, "for the shell the command is one text, and here are 2: put "
                                  "quotes around all of it");
}

static void test_args_are_appended(void **state)
{
    const fixture *f = *state;
    hone_error err = HONE_ERROR_INIT;
    hn_template t = HN_TEMPLATE_INIT;
    const char *want = "t|x|--lr=1e-05|--depth=2|--opt=it's|--bn=false|--n=5|--drop=1|"
                       "--order=a,b,c|--w.d=0.1";
    assert_int_equal(parse(f, &(test_case){{"t", "x"}}, &t, &err), HONE_OK);
    check_render(f, &t, f->adam, want);
    assert_string_equal(t.notice, "no placeholder in the command: {args} is appended (--lr=… for "
                                  "every parameter)");
    hn_template_free(&t);
    assert_int_equal(parse(f, &(test_case){{"t | x"}, SHELL}, &t, &err), HONE_OK);
    check_render(f, &t, f->adam,
                 "/bin/sh|-c|t | x --lr=1e-05 --depth=2 '--opt=it'\\''s' --bn=false --n=5 --drop=1 "
                 "--order=a,b,c --w.d=0.1");
    hn_template_free(&t);
}

// --- the recorded value ---

static double adjusted(const fixture *f, const char *spec, const char *param, double value)
{
    hn_format format;
    size_t fault;
    const char *why;
    double out;
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    assert_true(hn_format_parse(spec, strlen(spec), &format, &fault, &why));
    hn_format_adjust(&format, c, hn_space_find(hone_study_space(f->study), param), value, &out);
    freelocale(c);
    return out;
}

static void test_adjust(void **state)
{
    const fixture *f = *state;
    assert_true(adjusted(f, "%.2g", "lr", 0.012345) == 0.012);
    assert_true(adjusted(f, "%g", "lr", 0.0123456789) == 0.0123457);
    assert_true(adjusted(f, "%.3e", "lr", 1.00004e-5) == 1e-5);
    // Rounding up would leave 0.1 .. 0.12345: the next number below is taken.
    assert_true(adjusted(f, "%.4f", "w.d", 0.12345) == 0.1234);
    assert_true(adjusted(f, "%.2g", "w.d", 0.1234) == 0.12);
    assert_true(adjusted(f, "%.3f", "drop", 0.375) == 0.375);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_commands_without_a_place),
        cmocka_unit_test(test_args_are_appended),
        cmocka_unit_test(test_adjust),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
