// Files that are rendered for each trial: what becomes of a text, and what is refused where.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "drive/launch.h"
#include "unit/drive/pair.h"

static int set_up(void **state)
{
    static pair f;
    static const char *const params[] = {"lr=log:1e-5..1e-1",
                                         "opt=sgd,adam,\"it\\\"s\"",
                                         "bn=bool",
                                         "momentum=0..0.99 if opt==sgd",
                                         "nest=bool if opt==sgd",
                                         "warm=0..9 if bn",
                                         NULL};
    pair_open(&f, params,
              "{\"lr\":0.0123,\"opt\":\"sgd\",\"bn\":true,\"momentum\":0.9,"
              "\"nest\":true,\"warm\":3}",
              "{\"lr\":1e-5,\"opt\":\"it\\\"s\",\"bn\":false}");
    *state = &f;
    return 0;
}

static hone_status parse(const pair *f, const char *text, const char *name, hn_template *t,
                         hone_error *err)
{
    static const char *const command[] = {"t", "{lr:%.2g}"};
    hone_run_template file = {"conf.in", name, text};
    hn_template_source source = {.command = command,
                                 .n_command = 2,
                                 .space = hone_study_space(f->study),
                                 .scheduler = "none",
                                 .files = &file,
                                 .n_files = 1};
    return hn_template_parse(&source, t, err);
}

static hn_launch launch_of(const pair *f, const hone_trial *trial)
{
    return (hn_launch){.space = hone_study_space(f->study),
                       .trial = trial,
                       .params = hone_trial_params_json(trial),
                       .dir = "/d/4",
                       .ckpt = "/d/4/ckpt",
                       .json_file = "/d/4/params.json",
                       .from = trial == f->sgd ? "/d/1/ckpt" : NULL,
                       .gpu = "3",
                       .slot = 2};
}

static void check(const pair *f, const hn_template *t, const hone_trial *trial, const char *want)
{
    hn_launch launch = launch_of(f, trial);
    hn_str got = HN_STR_INIT;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hn_file_render(t, &t->files.data[0], &launch, &got, &err), HONE_OK);
    assert_string_equal(hn_str_text(&got), want);
    hn_str_free(&got);
}

static const struct {
    const char *text, *sgd, *adam; // adam NULL: not looked at
} good[] = {
    {"lr = {lr}\n", "lr = 0.0123\n", "lr = 1e-5\n"},
    {"lr = {lr:%.2g}", "lr = 0.012", "lr = 1e-05"},
    {"a\r\nlr={lr}\r\n\r\nb", "a\r\nlr=0.0123\r\n\r\nb", NULL},
    {"{\"a\": {lr}}", "{\"a\": 0.0123}", NULL},
    {"{\"a\":{\"b\":{lr}}}\n", "{\"a\":{\"b\":0.0123}}\n", NULL},
    {"{json}",
     "{\"lr\":0.0123,\"opt\":\"sgd\",\"bn\":true,\"momentum\":0.9,\"nest\":true,"
     "\"warm\":3.0}",
     "{\"lr\":1e-5,\"opt\":\"it\\\"s\",\"bn\":false}"},
    {"{opt:json} {bn:json} {dir:json} {trial:json} {lr:json}\n", "\"sgd\" true \"/d/4\" 0 0.0123\n",
     "\"it\\\"s\" false \"/d/4\" 1 1e-5\n"},
    {"{trial} {slot} {gpu} {ckpt} {json_file}", "0 2 3 /d/4/ckpt /d/4/params.json", NULL},
    {"{trial:%03d}", "000", "001"},
    // What is not there takes its line with it, or is null.
    {"a\nm = {momentum}\n\tn {nest} \nlr {lr}\n", "a\nm = 0.9\n\tn true \nlr 0.0123\n",
     "a\nlr 1e-5\n"},
    {"{lr}\nm {momentum} {nest} {momentum}", "0.0123\nm 0.9 true 0.9", "1e-5\n"},
    {"{lr} m {momentum:json}", "0.0123 m 0.9", "1e-5 m null"},
    {"m [{momentum}, {nest}]\n{lr}", "m [0.9, true]\n0.0123", "1e-5"},
    {"init {from}\nfrom {from:json}\n", "init /d/1/ckpt\nfrom \"/d/1/ckpt\"\n", "from null\n"},
    {"{\n\"m\": {momentum},\n\"lr\": {lr}\n}", "{\n\"m\": 0.9,\n\"lr\": 0.0123\n}",
     "{\n\"lr\": 1e-5\n}"},
    {"x,\nm {momentum}, \n{lr}", "x,\nm 0.9, \n0.0123", "x,\n1e-5"},
    // Braces that are nobody's.
    {"{lr} {} { lr } {a,b} {foo} {foo:1} {x: {lr}} }} {{ {{}}\n",
     "0.0123 {} { lr } {a,b} {foo} {foo:1} {x: 0.0123} }} {{ {{}}\n", NULL},
    {"{lr: 0.1, opt: x} {lr:0.1} {lr:{lr}} {seed:'a'}",
     "{lr: 0.1, opt: x} {lr:0.1} {lr:0.0123} "
     "{seed:'a'}",
     NULL},
    {"int a[2][2] = {{1, 2}, {3, 4}}, {{ lr }} {lr}",
     "int a[2][2] = {{1, 2}, {3, 4}}, {{ lr }} 0.0123", NULL},
    {"{{lr}} {{lr} {{{lr}}} {{{{lr}}}} {{lr:%g}} {{lrr}} {lr}",
     "{lr} {lr} {0.0123}} {{lr}}} {lr:%g} {lrr} 0.0123", NULL},
    {"${lr} \"{lr}\" '{lr}' \\{lr}", "$0.0123 \"0.0123\" '0.0123' \\0.0123", NULL},
};

static void test_good(void **state)
{
    const pair *f = *state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        hn_template t = HN_TEMPLATE_INIT;
        hone_error err = HONE_ERROR_INIT;
        if (parse(f, good[i].text, "conf", &t, &err) != HONE_OK)
            fail_msg("case %zu (%s): %s", i, good[i].text, err.text);
        check(f, &t, f->sgd, good[i].sgd);
        if (good[i].adam)
            check(f, &t, f->adam, good[i].adam);
        hn_template_free(&t);
    }
}

// A second resource is carried to its range as in the command.
static void test_ranges(void **state)
{
    static const char *const command[] = {"t", "{resource}"};
    static const char text[] =
        "a {resource} {resource:10..90} {resource:int:1..3} {resource: 1..2}";
    const pair *f = *state;
    hone_run_template file = {"conf.in", "conf", text};
    hn_template_source source = {.command = command,
                                 .n_command = 2,
                                 .space = hone_study_space(f->study),
                                 .files = &file,
                                 .n_files = 1};
    hn_template t = HN_TEMPLATE_INIT;
    hone_error err = HONE_ERROR_INIT;
    hn_str got = HN_STR_INIT;
    hn_launch launch = launch_of(f, f->sgd);
    launch.resource = 3;
    launch.first_rung = 1;
    launch.last_rung = 9;
    assert_int_equal(hn_template_parse(&source, &t, &err), HONE_OK);
    assert_true(t.ranges);
    assert_int_equal(hn_file_render(&t, &t.files.data[0], &launch, &got, &err), HONE_OK);
    assert_string_equal(hn_str_text(&got), "a 3 30 2 {resource: 1..2}");
    hn_str_free(&got);
    hn_template_free(&t);
    file.text = "{resource:9..1}";
    assert_int_equal(hn_template_parse(&source, &t, &err), HONE_EPARSE);
    assert_non_null(strstr(err.text, "conf.in:1:11: a second resource is a range of growing"));
}

static const struct {
    const char *text, *error, *source;
    int column;
} bad[] = {
    {"a\n\n  {lrr}\n",
     "conf.in:3:3: {lrr} is not declared: did you mean {lr}? (a brace itself is written {{)",
     "  {lrr}", 2},
    {"a {trail}",
     "conf.in:1:3: {trail} is not declared: did you mean {trial}? (a brace itself is "
     "written {{)",
     "a {trail}", 2},
    {"{lr:--lr}",
     "conf.in:1:5: an option belongs to the command: in a file write {lr} (a brace "
     "itself is written {{)",
     "{lr:--lr}", 4},
    {"x {args}",
     "conf.in:1:3: {args} stands for arguments of the command: in a file write {json}, "
     "or each parameter by its name",
     "x {args}", 2},
    {"{lr:jso}",
     "conf.in:1:5: behind {lr: comes a format such as %.4g, or json (a brace itself is written {{)",
     "{lr:jso}", 4},
    {"{lr\n}", "conf.in:1:4: {lr: the closing brace is missing", "{lr", 3},
    {"{lr:%g\n}", "conf.in:1:7: {lr: the closing brace is missing", "{lr:%g", 6},
    {"{lr:%.3g}", "conf.in:1:5: lr is written as {lr:%.2g} already: one parameter has one format",
     "{lr:%.3g}", 4},
    {"{opt:%d}", "conf.in:1:6: {opt} is not a number and takes no format", "{opt:%d}", 5},
    {"lr {lr} m {momentum}",
     "conf.in:1:11: momentum may be inactive, and its line, which goes with it, would take lr "
     "along: give each a line of its own, or write {momentum:json}, which is null then",
     "lr {lr} m {momentum}", 10},
    {"w {warm} m {momentum}",
     "conf.in:1:3: warm may be inactive, and its line, which goes with it, would take momentum "
     "along: give each a line of its own, or write {warm:json}, which is null then",
     "w {warm} m {momentum}", 2},
    {"{\"m\": {momentum},\n\"lr\": {lr}}",
     "conf.in:1:7: momentum may be inactive, and its line, which goes with it, has a bracket that "
     "belongs to another: give it a line of its own, or write {momentum:json}, which is null then",
     "{\"m\": {momentum},", 6},
    {"{\n\"lr\": {lr},\n\n\"m\": {momentum}\n}",
     "conf.in:4:6: momentum may be inactive, and its line, which goes with it, would leave the "
     "comma of the line before: put it before another line, or write {momentum:json}, which is "
     "null then",
     "\"m\": {momentum}", 5},
    {"{resource}", NULL, "{resource}", 0},
};

static void test_bad(void **state)
{
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        hn_template t = HN_TEMPLATE_INIT;
        hone_error err = HONE_ERROR_INIT;
        if (parse(*state, bad[i].text, "conf", &t, &err) == HONE_OK)
            fail_msg("case %zu (%s) was accepted", i, bad[i].text);
        if (bad[i].error)
            assert_string_equal(err.text, bad[i].error);
        assert_int_equal(err.status, HONE_EPARSE);
        assert_string_equal(err.source, bad[i].source);
        assert_int_equal(err.column, bad[i].column);
        assert_int_equal(t.files.n, 0);
    }
}

static void test_names(void **state)
{
    static const char *const wrong[] = {
        "",       "/conf",  "../conf",     "a/../b",        "a//b", "a/",
        ".",      "./conf", "ckpt",        "stdout",        "STOP", "a/.",
        "stderr", "ckpt/x", "params.json", "metrics.jsonl", ".."};
    static const char *const right[] = {"conf", "a/b/c", ".conf", "stdout.txt", "a/stdout", "..."};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        hn_template t = HN_TEMPLATE_INIT;
        hone_error err = HONE_ERROR_INIT;
        assert_int_equal(parse(*state, "{lr}", wrong[i], &t, &err), HONE_EINVAL);
        assert_true(strncmp(err.text, "conf.in cannot be rendered as '", 31) == 0);
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        hn_template t = HN_TEMPLATE_INIT;
        assert_int_equal(parse(*state, "{lr}", right[i], &t, NULL), HONE_OK);
        hn_template_free(&t);
    }
}

static void test_no_placeholder(void **state)
{
    hn_template t = HN_TEMPLATE_INIT;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(parse(*state, "a {foo} {{lr}}\n", "conf", &t, &err), HONE_EINVAL);
    assert_string_equal(err.text, "conf.in holds no placeholder, such as {lr}: a file that is the "
                                  "same for all trials needs no template");
}

// Values reach the program by the file: nothing is appended to the command.
static void test_no_args_are_appended(void **state)
{
    const pair *f = *state;
    static const char *const command[] = {"t"};
    hone_run_template file = {"conf.in", "conf", "{lr:%.1e}"};
    hn_template_source source = {.command = command,
                                 .n_command = 1,
                                 .space = hone_study_space(f->study),
                                 .files = &file,
                                 .n_files = 1};
    hn_template t = HN_TEMPLATE_INIT;
    assert_int_equal(hn_template_parse(&source, &t, NULL), HONE_OK);
    assert_int_equal(t.words.n, 1);
    assert_string_equal(t.notice, "");
    assert_string_equal(hn_template_format(&t, "lr")->text, "%.1e"); // what is recorded
    hn_template_free(&t);
}

static char *read_back(hn_arena *arena, const char *path)
{
    char *text = NULL;
    assert_int_equal(hn_fs_read(path, 0, arena, &text, NULL, NULL), HONE_OK);
    return text;
}

// A link that an earlier attempt has left is replaced, and not followed.
static void test_written(void **state)
{
    const pair *f = *state;
    char dir[] = "/tmp/hone-template-XXXXXX", path[128], other[128];
    hn_arena arena = HN_ARENA_INIT;
    hn_template t = HN_TEMPLATE_INIT;
    hn_launch launch = launch_of(f, f->adam);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/sub/conf", dir);
    snprintf(other, sizeof other, "%s/other", dir);
    launch.dir = dir;
    assert_int_equal(parse(f, "lr {lr}\nm {momentum}\n", "sub/conf", &t, NULL), HONE_OK);
    assert_int_equal(hn_files_write(&t, &launch, NULL), HONE_OK);
    assert_string_equal(read_back(&arena, path), "lr 1e-5\n");
    assert_int_equal(hn_fs_write_atomic(other, "mine", 4, false, NULL), HONE_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink(other, path), 0);
    launch.trial = f->sgd;
    assert_int_equal(hn_files_write(&t, &launch, NULL), HONE_OK);
    assert_string_equal(read_back(&arena, path), "lr 0.0123\nm 0.9\n");
    assert_string_equal(read_back(&arena, other), "mine");
    assert_int_equal(hn_fs_remove_tree(dir, NULL), HONE_OK);
    hn_template_free(&t);
    hn_arena_free(&arena);
}

static void read_text(const char *bytes, size_t n, hone_status want, const char *error)
{
    char dir[] = "/tmp/hone-template-XXXXXX", path[64], got[600], *text = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/t", dir);
    assert_int_equal(hn_fs_write_atomic(path, bytes, n, false, NULL), HONE_OK);
    assert_int_equal(hone_run_template_read(path, &text, &err), want);
    if (want == HONE_OK) {
        assert_memory_equal(text, bytes, n);
    } else {
        snprintf(got, sizeof got, "%s%s", path, error);
        assert_string_equal(err.text, got);
        assert_null(text);
    }
    hone_free(text);
    assert_int_equal(hn_fs_remove_tree(dir, NULL), HONE_OK);
}

static void test_reading(void **state)
{
    (void)state;
    read_text("", 1, HONE_EINVAL, ":1:1: a template is a text in UTF-8, and here is the byte 0x00");
    read_text("ok \xc3\xa9 \xe2\x82\xac \xf0\x9f\x8e\xaf\n", 15, HONE_OK, NULL);
    read_text("a\nb\xe9\n", 5, HONE_EINVAL,
              ":2:2: a template is a text in UTF-8, and here is the byte 0xE9");
    read_text("\xc0\x80", 2, HONE_EINVAL,
              ":1:1: a template is a text in UTF-8, and here is the byte 0xC0");
    read_text("\xed\xa0\x80", 3, HONE_EINVAL,
              ":1:1: a template is a text in UTF-8, and here is the byte 0xED");
    hone_error err = HONE_ERROR_INIT;
    char *text;
    assert_int_equal(hone_run_template_read("/nowhere/t", &text, &err), HONE_EINVAL);
    assert_string_equal(err.text,
                        "the template: cannot open /nowhere/t: No such file or directory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_placeholder),
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_no_args_are_appended),
        cmocka_unit_test(test_reading),
    };
    return cmocka_run_group_tests(tests, set_up, pair_close);
}
