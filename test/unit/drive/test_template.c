// Placeholders: what a command becomes for a trial, and what is refused, with text and column.
#include <string.h>

#include <hone/plugins.h>

#include "drive/launch.h"
#include "unit/drive/pair.h"

static int set_up(void **state)
{
    static pair f;
    static const char *const params[] = {"lr=log:1e-5..1e-1",
                                         "depth=int:2..10",
                                         "opt=sgd,adam,\"it's\"",
                                         "bn=bool",
                                         "momentum=0..0.99 if opt==sgd",
                                         "n=int:-5..5",
                                         "drop=0..1 step 0.125",
                                         "order=perm:a,b,c",
                                         "w.d=0.1..0.12345",
                                         "nest=bool if opt==sgd",
                                         NULL};
    pair_open(&f, params,
              "{\"lr\":0.0123,\"depth\":7,\"opt\":\"sgd\",\"bn\":true,"
              "\"momentum\":0.9,\"n\":-3,\"drop\":0.375,"
              "\"order\":[\"b\",\"a\",\"c\"],\"w.d\":0.12,\"nest\":true}",
              "{\"lr\":1e-5,\"depth\":2,\"opt\":\"it's\",\"bn\":false,"
              "\"n\":5,\"drop\":1,\"order\":[\"a\",\"b\",\"c\"],\"w.d\":0.1}");
    *state = &f;
    return 0;
}

typedef struct test_case {
    const char *command[10]; // NULL-terminated
    const char *sgd, *adam;  // arguments joined by '|'; adam NULL: not looked at
    const char *error;       // instead of both
    int column;
    const char *scheduler; // NULL: none
    bool shell, folds, final_run;
} test_case;

static hone_status parse(const pair *f, const test_case *c, hn_template *t, hone_error *err)
{
    uint32_t n = 0;
    while (c->command[n])
        n++;
    hn_template_source source = {.command = c->command,
                                 .n_command = n,
                                 .shell = c->shell,
                                 .space = hone_study_space(f->study),
                                 .scheduler = c->scheduler ? NULL : "none",
                                 .folds = c->folds,
                                 .final_run = c->final_run};
    return hn_template_parse(&source, t, err);
}

static void check_render(const pair *f, const hn_template *t, const hone_trial *trial,
                         const char *want)
{
    hn_launch launch = {.space = hone_study_space(f->study),
                        .trial = trial,
                        .params = hone_trial_params_json(trial),
                        .dir = "/d/4",
                        .ckpt = "/d/4/ckpt",
                        .json_file = "/d/4/params.json",
                        .from = trial == f->sgd ? "/d/1/ckpt" : NULL,
                        .gpu = "3",
                        .resource = trial == f->sgd ? 9 : 0,
                        .first_rung = 1,
                        .last_rung = 27,
                        .slot = 2,
                        .folds = trial == f->sgd ? 3 : 0, // no fold: the final run
                        .fold = 2};
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
    {.command = {"t", "--lr", "{lr}"}, .sgd = "t|--lr|0.0123", .adam = "t|--lr|1e-5"},
    {.command = {"t", "--lr={lr}", "-d{depth}"},
     .sgd = "t|--lr=0.0123|-d7",
     .adam = "t|--lr=1e-5|-d2"},
    {.command = {"t", "{opt}-{depth}.txt"}, .sgd = "t|sgd-7.txt", .adam = "t|it's-2.txt"},
    {.command = {"t", "{lr:%.4g}"}, .sgd = "t|0.0123", .adam = "t|1e-05"},
    {.command = {"t", "{lr:%9.2e}"}, .sgd = "t| 1.23e-02", .adam = "t| 1.00e-05"},
    {.command = {"t", "{depth:%03d}"}, .sgd = "t|007", .adam = "t|002"},
    {.command = {"t", "{depth:%x}"}, .sgd = "t|7", .adam = "t|2"},
    {.command = {"t", "{n:%+d}"}, .sgd = "t|-3", .adam = "t|+5"},
    {.command = {"t", "{drop:%.3f}"}, .sgd = "t|0.375", .adam = "t|1.000"},
    {.command = {"t", "{w.d}"}, .sgd = "t|0.12", .adam = "t|0.1"},
    {.command = {"t", "{order}"}, .sgd = "t|b,a,c", .adam = "t|a,b,c"},
    {.command = {"t", "{bn}"}, .sgd = "t|true", .adam = "t|false"},
    {.command = {"t", "{bn:--batch-norm}"}, .sgd = "t|--batch-norm", .adam = "t"},
    {.command = {"t", "{lr:--lr}", "x"}, .sgd = "t|--lr|0.0123|x", .adam = "t|--lr|1e-5|x"},
    {.command = {"t", "{momentum:--momentum}", "x"}, .sgd = "t|--momentum|0.9|x", .adam = "t|x"},
    {.command = {"t", "{momentum:-m}"}, .sgd = "t|-m|0.9", .adam = "t"},
    {.command = {"t", "{nest:--nesterov}"}, .sgd = "t|--nesterov", .adam = "t"},
    {.command = {"t", "--m={momentum}", "x"}, .sgd = "t|--m=0.9|x", .adam = "t|x"},
    {.command = {"t", "{momentum}", "x"}, .sgd = "t|0.9|x", .adam = "t|x"},
    {.command = {"t", "x", "{momentum}"}, .sgd = "t|x|0.9", .adam = "t|x"},
    {.command = {"t", "--v=1", "{momentum}"}, .sgd = "t|--v=1|0.9", .adam = "t|--v=1"},
    {.command = {"t", "--", "{momentum}"}, .sgd = "t|--|0.9", .adam = "t|--"},
    {.command = {"t", "-1", "{momentum}"}, .sgd = "t|-1|0.9", .adam = "t|-1"},
    {.command = {"t", "{opt}:{momentum}:{lr}"}, .sgd = "t|sgd:0.9:0.0123", .adam = "t"},
    {.command = {"t", "{args}"},
     .sgd = "t|--lr=0.0123|--depth=7|--opt=sgd|--bn=true|--momentum=0.9|--n=-3|--drop=0.375|"
            "--order=b,a,c|--w.d=0.12|--nest=true",
     .adam = "t|--lr=1e-5|--depth=2|--opt=it's|--bn=false|--n=5|--drop=1|--order=a,b,c|--w.d=0.1"},
    {.command = {"t", "{args:python}"},
     .sgd = "t|--lr=0.0123|--depth=7|--opt=sgd|--bn=True|--momentum=0.9|--n=-3|--drop=0.375|"
            "--order=b,a,c|--w.d=0.12|--nest=True",
     .adam = "t|--lr=1e-5|--depth=2|--opt=it's|--bn=False|--n=5|--drop=1|--order=a,b,c|--w.d=0.1"},
    {.command = {"t", "{args:no-hyphens}"},
     .sgd = "t|lr=0.0123|depth=7|opt=sgd|bn=True|momentum=0.9|n=-3|drop=0.375|order=b,a,c|w.d=0.12|"
            "nest=True",
     .adam = "t|lr=1e-5|depth=2|opt=it's|bn=False|n=5|drop=1|order=a,b,c|w.d=0.1"},
    {.command = {"t", "{args:no-boolean-flags}"},
     .sgd = "t|--lr=0.0123|--depth=7|--opt=sgd|--bn|--momentum=0.9|--n=-3|--drop=0.375|"
            "--order=b,a,c|--w.d=0.12|--nest",
     .adam = "t|--lr=1e-5|--depth=2|--opt=it's|--n=5|--drop=1|--order=a,b,c|--w.d=0.1"},
    {.command = {"t", "{trial}", "{trial:%04d}"}, .sgd = "t|0|0000", .adam = "t|1|0001"},
    {.command = {"t", "{dir}/out", "{ckpt}"},
     .sgd = "t|/d/4/out|/d/4/ckpt",
     .adam = "t|/d/4/out|/d/4/ckpt"},
    {.command = {"t", "{json_file}"}, .sgd = "t|/d/4/params.json", .adam = "t|/d/4/params.json"},
    {.command = {"t", "{slot}", "{gpu}"}, .sgd = "t|2|3", .adam = "t|2|3"},
    {.command = {"t", "{from:--init}"}, .sgd = "t|--init|/d/1/ckpt", .adam = "t"},
    {.command = {"t", "{from}"}, .sgd = "t|/d/1/ckpt", .adam = "t"},
    {.command = {"t", "--epochs", "{resource}"},
     .sgd = "t|--epochs|9",
     .adam = "t|--epochs|0",
     .scheduler = "asha"},
    {.command = {"t", "{resource:--epochs}"},
     .sgd = "t|--epochs|9",
     .adam = "t",
     .scheduler = "asha"},
    // Of rungs 1, 3, 9, 27: without a limit it is the whole range.
    {.command = {"t", "{resource:0.1..1}"},
     .sgd = "t|0.464159",
     .adam = "t|1",
     .scheduler = "asha"},
    {.command = {"t", "-k{resource:int:1..8}"},
     .sgd = "t|-k4",
     .adam = "t|-k8",
     .scheduler = "asha"},
    {.command = {"t", "{resource:%.1f}"}, .sgd = "t|9.0", .adam = "t|0.0", .scheduler = "asha"},
    {.command = {"t", "{opt:json}", "{momentum:json}", "-m", "{order:json}", "{bn:json}"},
     .sgd = "t|\"sgd\"|0.9|-m|[\"b\",\"a\",\"c\"]|true",
     .adam = "t|\"it's\"|null|-m|[\"a\",\"b\",\"c\"]|false"},
    {.command = {"t", "{\"o\":{opt:json},\"d\":{dir:json},\"s\":{slot:json}}"},
     .sgd = "t|{\"o\":\"sgd\",\"d\":\"/d/4\",\"s\":2}"},
    {.command = {"t {opt:json} '{opt:json}'"},
     .sgd = "/bin/sh|-c|t '\"sgd\"' '\"sgd\"'",
     .shell = true},
    {.command = {"t", "--fold={fold:%02d}"}, .sgd = "t|--fold=02", .adam = "t", .folds = true},
    {.command = {"t", "--fold", "{fold}", "{lr}"}, .sgd = "t|--fold|2|0.0123", .folds = true},
    {.command = {"t", "{fold:--fold}", "x"},
     .sgd = "t|--fold|2|x",
     .adam = "t|x",
     .folds = true,
     .final_run = true},
    {.command = {"t", "{fold:json}"}, .sgd = "t|2", .adam = "t|null", .folds = true},
    {.command = {"t", "{lr}", "{old}", "{folds}"}, .sgd = "t|0.0123|{old}|{folds}"},
    // Braces that are nobody's.
    {.command = {"t", "{lr}", "{}", "{print $1}", "{a,b}", "{ lr }", "{foo}", "{x:1}"},
     .sgd = "t|0.0123|{}|{print $1}|{a,b}|{ lr }|{foo}|{x:1}"},
    {.command = {"t", "{\"a\":{\"b\":{lr}}}"}, .sgd = "t|{\"a\":{\"b\":0.0123}}"},
    {.command = {"t", "{lr}", "{{lr}}", "{{lr}", "{{", "{{{lr}}}"},
     .sgd = "t|0.0123|{lr}|{lr}|{|{0.0123}"},
    {.command = {"t", "{lr}", "{{\"a\":{\"b\":1}}}"}, .sgd = "t|0.0123|{\"a\":{\"b\":1}}"},
    {.command = {"t", "{lr}", "}", "a}}b"}, .sgd = "t|0.0123|}|a}}b"},
    {.command = {"t", "${lr}"}, .sgd = "t|$0.0123", .adam = "t|$1e-5"},
    // The shell.
    {.command = {"t {lr} --o {opt}"},
     .sgd = "/bin/sh|-c|t 0.0123 --o sgd",
     .adam = "/bin/sh|-c|t 1e-5 --o 'it'\\''s'",
     .shell = true},
    {.command = {"t '{opt}' \"{opt}\""},
     .sgd = "/bin/sh|-c|t 'sgd' \"sgd\"",
     .adam = "/bin/sh|-c|t 'it'\\''s' \"it's\"",
     .shell = true},
    {.command = {"t {momentum:--m} {bn:--bn} x"},
     .sgd = "/bin/sh|-c|t --m 0.9 --bn x",
     .adam = "/bin/sh|-c|t   x",
     .shell = true},
    {.command = {"t $HOME ${lr} {lr} $(awk '{print}')"},
     .sgd = "/bin/sh|-c|t $HOME ${lr} 0.0123 $(awk '{print}')",
     .shell = true},
    {.command = {"t {lr} \\\"{opt} a"}, .sgd = "/bin/sh|-c|t 0.0123 \\\"sgd a", .shell = true},
    {.command = {"a '{json_file}' \"{dir}\" {trial}"},
     .sgd = "/bin/sh|-c|a '/d/4/params.json' \"/d/4\" 0",
     .shell = true},
};

static void test_good(void **state)
{
    const pair *f = *state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        hn_template t = HN_TEMPLATE_INIT;
        hone_error err = HONE_ERROR_INIT;
        if (parse(f, &good[i], &t, &err) != HONE_OK)
            fail_msg("case %zu (%s): %s", i, good[i].command[1], err.text);
        check_render(f, &t, f->sgd, good[i].sgd);
        if (good[i].adam)
            check_render(f, &t, f->adam, good[i].adam);
        assert_string_equal(t.notice, "");
        hn_template_free(&t);
    }
}

static const test_case bad[] = {
    {.command = {"t", "-s", "{resource:0..1}"},
     .column = 10,
     .scheduler = "asha",
     .error = "a second resource is a range of growing numbers above 0, such as "
              "{resource:0.1..1} or {resource:int:1..5}"},
    {.command = {"t", "{resource:int:1.5..3}"},
     .column = 10,
     .scheduler = "asha",
     .error = "{resource:int:1.5..3}: the ends of a range of integers are whole numbers"},
    {.command = {"t", "--lr", "{lrr}"},
     .column = 0,
     .error = "{lrr} is not declared: did you mean {lr}? (a brace itself is written {{)"},
    {.command = {"t", "--lr={LR}"},
     .column = 5,
     .error = "{LR} is not declared: did you mean {lr}? (a brace itself is written {{)"},
    {.command = {"t", "{momentun:--momentum}"},
     .column = 0,
     .error = "{momentun} is not declared: did you mean {momentum}? (a brace itself is written "
              "{{)"},
    {.command = {"t", "a{trail}"},
     .column = 1,
     .error = "{trail} is not declared: did you mean {trial}? (a brace itself is written {{)"},
    {.command = {"t", "{json-file}"},
     .column = 0,
     .error = "{json-file} is not declared: did you mean {json_file}? (a brace itself is written "
              "{{)"},
    {.command = {"t", "--momentum", "{momentum}"},
     .column = 0,
     .error = "momentum may be inactive, and --momentum would be left without its value: write "
              "{momentum:--momentum} in place of both"},
    {.command = {"t", "-m", "{momentum}"},
     .column = 0,
     .error = "momentum may be inactive, and -m would be left without its value: write "
              "{momentum:-m} in place of both"},
    {.command = {"t", "-m", "{momentum:%.2f}"},
     .column = 0,
     .error = "momentum may be inactive, and -m would be left without its value: write "
              "-m={momentum:%.2f} as one argument"},
    {.command = {"t", "--init", "{from}"},
     .column = 0,
     .error = "from may be inactive, and --init would be left without its value: write "
              "{from:--init} in place of both"},
    {.command = {"t", "--fold", "{fold}"},
     .column = 0,
     .error = "{fold}: a trial is a single run here: add --folds K, which runs it for each of K "
              "folds, or write the number"},
    {.command = {"t", "{folds}"},
     .column = 0,
     .folds = true,
     .error = "{folds} is not declared: did you mean {fold}? (a brace itself is written {{)"},
    {.command = {"t", "--fold", "{fold}"},
     .column = 0,
     .folds = true,
     .final_run = true,
     .error = "fold is missing in the final run, and --fold would be left without its value: write "
              "{fold:--fold} in place of both"},
    {.command = {"{momentum}"},
     .column = 0,
     .error = "momentum may be inactive, and then there would be no program to run"},
    {.command = {"t", "x{args}"},
     .column = 1,
     .error = "{args} becomes arguments of its own: it must stand alone, as a whole argument"},
    {.command = {"t", "--lr={lr:--lr}"},
     .column = 5,
     .error = "{lr:--lr} becomes arguments of its own: it must stand alone, as a whole argument"},
    {.command = {"t", "{args:--a}"},
     .column = 6,
     .error = "{args} takes no option: it writes its own"},
    {.command = {"t", "{lr:--}"}, .column = 4, .error = "the name of the option is missing"},
    {.command = {"t", "{lr:--lr=}"},
     .column = 8,
     .error = "{lr:--lr=}: the value becomes an argument of its own behind the option; to join "
              "them write --lr={lr}"},
    {.command = {"t", "{lr:--l r}"},
     .column = 7,
     .error = "an option in a placeholder is one word, such as --lr"},
    {.command = {"t", "{lr:x}"},
     .column = 4,
     .error = "behind {lr: comes a format such as %.4g, an option such as --lr, or json (a brace "
              "itself is written {{)"},
    {.command = {"t", "{lr:}"},
     .column = 4,
     .error = "behind {lr: comes a format such as %.4g, an option such as --lr, or json (a brace "
              "itself is written {{)"},
    {.command = {"t", "{args:perl}"},
     .column = 6,
     .error = "behind {args: comes python, no-hyphens, no-boolean-flags or json (a brace itself is "
              "written {{)"},
    {.command = {"t", "{lr"}, .column = 3, .error = "{lr: the closing brace is missing"},
    {.command = {"t", "a{lr:%g"}, .column = 7, .error = "{lr: the closing brace is missing"},
    {.command = {"t", "{lr:%.4q}"},
     .column = 7,
     .error = "the conversion is one of a A e E f F g G, or d i x X for integers"},
    {.command = {"t", "{lr:%.4}"},
     .column = 7,
     .error = "the conversion is missing (%g, %e, %f, %d …)"},
    {.command = {"t", "{lr:%gx}"}, .column = 6, .error = "nothing may follow the conversion"},
    {.command = {"t", "{lr:%100g}"}, .column = 5, .error = "a width has at most two digits"},
    {.command = {"t", "{lr:%.100g}"}, .column = 6, .error = "a precision has at most two digits"},
    {.command = {"t", "{lr:%d}"},
     .column = 4,
     .error = "lr is a float: its format ends in one of a A e E f "
              "F g G"},
    {.command = {"t", "{depth:%g}"},
     .column = 7,
     .error = "depth is an integer: its format ends in d, i, x "
              "or X"},
    {.command = {"t", "{n:%x}"}, .column = 3, .error = "n may be negative, which %x cannot write"},
    {.command = {"t", "{opt:%d}"},
     .column = 5,
     .error = "{opt} is not a number and takes no format"},
    {.command = {"t", "{dir:%d}"},
     .column = 5,
     .error = "{dir} is not a number and takes no format"},
    {.command = {"t", "{lr:%.4g}", "{lr:%.2g}"},
     .column = 4,
     .error = "lr is written as {lr:%.4g} already: one parameter has one format"},
    {.command = {"t", "{lr:%.0f}"},
     .column = 4,
     .error = "the format is too coarse for lr log:1e-5..0.1: 1e-5 is written as 0"},
    {.command = {"t", "{drop:%.2f}"},
     .column = 6,
     .error = "the format is too coarse for drop 0..1 step 0.125: 0.125 is written as 0.12"},
    {.command = {"t {momentum} x"},
     .shell = true,
     .column = 2,
     .error = "momentum may be inactive, and a text for the shell cannot leave it out: write "
              "{momentum:--momentum}, which becomes the option with its value, or nothing"},
    {.command = {"t '{args}'"},
     .shell = true,
     .column = 3,
     .error = "{args} becomes arguments of its own: it must stand outside quotes"},
    {.command = {"t \"{lr:--lr}\""},
     .shell = true,
     .column = 3,
     .error = "{lr:--lr} becomes arguments of its own: it must stand outside quotes"},
    {.command = {"t {lrr}"},
     .shell = true,
     .column = 2,
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

// Only schedulers that there are may be recommended, and all of those that give a resource.
static void test_resource_without_a_giver(void **state)
{
    hn_template t = HN_TEMPLATE_INIT;
    hone_error err = HONE_ERROR_INIT;
    const hn_plugin *plugin;
    char want[512] = "{resource}: the scheduler none gives trials no resource: ", list[256] = "";
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SCHEDULER, i)); i++)
        if (plugin->can & HN_GIVES_RESOURCE)
            strcat(strcat(list, *list ? ", " : ""), plugin->name);
    if (*list)
        strcat(strcat(strcat(want, "choose one that does (--scheduler "), list), "), or ");
    strcat(want, "write the number");
    assert_int_equal(parse(*state, &(test_case){.command = {"t", "{resource}"}}, &t, &err),
                     HONE_EPARSE);
    assert_string_equal(err.text, want);
    assert_int_equal(err.column, 0);
    hn_template_free(&t);
}

static void test_commands_without_a_place(void **state)
{
    hn_template t = HN_TEMPLATE_INIT;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(parse(*state, &(test_case){.command = {NULL}}, &t, &err), HONE_EINVAL);
    assert_string_equal(err.text, "the command is missing: hone run … -- COMMAND");
    assert_int_equal(parse(*state, &(test_case){.command = {"a", "b"}, .shell = true}, &t, &err),
                     HONE_EINVAL);
    assert_string_equal(err.text, "for the shell the command is one text, and here are 2: put "
                                  "quotes around all of it");
}

static void test_args_are_appended(void **state)
{
    const pair *f = *state;
    hone_error err = HONE_ERROR_INIT;
    hn_template t = HN_TEMPLATE_INIT;
    const char *want = "t|x|--lr=1e-5|--depth=2|--opt=it's|--bn=false|--n=5|--drop=1|"
                       "--order=a,b,c|--w.d=0.1";
    assert_int_equal(parse(f, &(test_case){.command = {"t", "x"}}, &t, &err), HONE_OK);
    check_render(f, &t, f->adam, want);
    assert_string_equal(t.notice, "no placeholder in the command: {args} is appended (--lr=… for "
                                  "every parameter)");
    hn_template_free(&t);
    assert_int_equal(parse(f, &(test_case){.command = {"t | x"}, .shell = true}, &t, &err),
                     HONE_OK);
    check_render(f, &t, f->adam,
                 "/bin/sh|-c|t | x --lr=1e-5 --depth=2 '--opt=it'\\''s' --bn=false --n=5 --drop=1 "
                 "--order=a,b,c --w.d=0.1");
    hn_template_free(&t);
}

// --- the recorded value ---

static double adjusted(const pair *f, const char *spec, const char *param, double value)
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
    const pair *f = *state;
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
        cmocka_unit_test(test_resource_without_a_giver),
        cmocka_unit_test(test_commands_without_a_place),
        cmocka_unit_test(test_args_are_appended),
        cmocka_unit_test(test_adjust),
    };
    return cmocka_run_group_tests(tests, set_up, pair_close);
}
