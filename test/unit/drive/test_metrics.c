// Which of the many values a trial says counts.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fs.h"
#include "drive/metrics.h"

typedef struct bench {
    hone_study *study;
    hn_arena arena;
    hn_metric_spec spec;
    hn_metrics m;
    hn_metric_line line;
    hn_str reply, attrs;
} bench;

static hone_study *open_study(const hone_metric *metrics, uint32_t n)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    hone_study *study = NULL;
    hone_space_create(&space, &err);
    hone_space_add_text(space, "x=0..1", &err);
    hone_space_seal(space, &err);
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.space = space;
    options.metrics = metrics;
    options.n_metrics = n;
    if (hone_study_open(&options, &study, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_space_destroy(space);
    return study;
}

static bench make(const hone_metric *metrics, uint32_t n, const hone_run_options *options)
{
    hone_error err = HONE_ERROR_INIT;
    bench b = {.arena = HN_ARENA_INIT, .reply = HN_STR_INIT, .attrs = HN_STR_INIT};
    b.study = open_study(metrics, n);
    if (hn_metric_spec_make(b.study, options, &b.arena, &b.spec, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hn_metrics_reset(&b.m);
    return b;
}

static void unmake(bench *b)
{
    hn_metric_spec_free(&b->spec);
    hn_arena_free(&b->arena);
    hn_str_free(&b->reply);
    hn_str_free(&b->attrs);
    hone_study_close(b->study);
}

static void say(bench *b, hn_line_source source, const char *text)
{
    hn_str_clear(&b->reply);
    hn_str_clear(&b->attrs);
    hn_metrics_line(&b->spec, &b->m, source, text, strlen(text), &b->line, &b->reply, &b->attrs);
}

static const hone_metric loss_acc[] = {{"loss", HONE_MINIMIZE}, {"acc", HONE_RECORD}};
static const hone_metric two_goals[] = {{"loss", HONE_MINIMIZE}, {"acc", HONE_MAXIMIZE}};

static void test_last_value_counts(void **state)
{
    (void)state;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    bench b = make(loss_acc, 2, &options);
    assert_string_equal(hn_metrics_missing(&b.spec, &b.m), "loss");
    say(&b, HN_LINE_STDOUT, "loss=0.5 acc=0.1");
    say(&b, HN_LINE_STDOUT, "nothing to see");
    say(&b, HN_LINE_STDOUT, "loss=0.7");
    assert_false(b.line.is_report);
    assert_true(b.m.values[0] == 0.7);
    assert_true(b.m.values[1] == 0.1);
    assert_true(b.m.present == 3);
    assert_null(hn_metrics_missing(&b.spec, &b.m));
    assert_null(hn_metrics_nan(&b.spec, &b.m));
    say(&b, HN_LINE_STDOUT, "loss=nan");
    assert_string_equal(hn_metrics_nan(&b.spec, &b.m), "loss");
    unmake(&b);
}

static void test_reports_have_a_step(void **state)
{
    (void)state;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    bench b = make(loss_acc, 2, &options);
    say(&b, HN_LINE_STDOUT, "loss=0.5 step=3");
    assert_true(b.line.is_report);
    assert_true(b.line.step == 3 && b.m.step == 3);
    assert_true(b.line.values[0] == 0.5 && b.line.present == 1 && isnan(b.line.values[1]));
    say(&b, HN_LINE_FD, "{\"loss\":0.4,\"acc\":1,\"step\":4,\"reply\":\"n7\"}");
    assert_true(b.line.is_report && b.line.step == 4 && b.line.present == 3);
    assert_string_equal(hn_str_text(&b.reply), "\"n7\"");
    // The descriptor outranks standard output from now on.
    say(&b, HN_LINE_STDOUT, "loss=9 step=5");
    assert_false(b.line.is_report);
    assert_true(b.m.values[0] == 0.4 && b.m.step == 4);
    say(&b, HN_LINE_FILE, "{\"loss\":8,\"step\":6}");
    assert_true(b.m.values[0] == 0.4);
    unmake(&b);
}

static void test_rank_is_by_metric(void **state)
{
    (void)state;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    bench b = make(two_goals, 2, &options);
    say(&b, HN_LINE_FD, "{\"loss\":1}");
    say(&b, HN_LINE_STDOUT, "loss=2 acc=0.5");
    assert_true(b.m.values[0] == 1 && b.m.values[1] == 0.5);
    say(&b, HN_LINE_FILE, "{\"acc\":0.7}");
    say(&b, HN_LINE_STDERR, "acc=0.1");
    assert_true(b.m.values[1] == 0.7);
    hn_str text = HN_STR_INIT;
    hn_metrics_describe(&b.spec, &b.m, &text);
    assert_string_equal(hn_str_text(&text), "loss is read from the descriptor HONE_FD");
    hn_str_free(&text);
    unmake(&b);
}

static void test_best_value_counts(void **state)
{
    (void)state;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    options.take_best = true;
    bench b = make(loss_acc, 2, &options);
    say(&b, HN_LINE_STDOUT, "loss=0.5 acc=0.1 step=1");
    say(&b, HN_LINE_STDOUT, "loss=0.3 acc=0.2 step=2");
    say(&b, HN_LINE_STDOUT, "loss=0.4 acc=0.9 step=3");
    assert_true(b.line.is_report && b.line.values[0] == 0.4);
    say(&b, HN_LINE_STDOUT, "loss=nan acc=0.8 step=4");
    assert_true(b.m.values[0] == 0.3 && b.m.values[1] == 0.2);
    say(&b, HN_LINE_FD, "{\"loss\":0.6}"); // a higher source begins anew
    assert_true(b.m.values[0] == 0.6);
    unmake(&b);
    b = make(two_goals, 2, &options);
    say(&b, HN_LINE_STDOUT, "loss=0.5 acc=0.1");
    say(&b, HN_LINE_STDOUT, "loss=0.6 acc=0.3");
    say(&b, HN_LINE_STDOUT, "loss=0.4 acc=0.2");
    assert_true(b.m.values[0] == 0.4 && b.m.values[1] == 0.3);
    unmake(&b);
}

static void test_extras(void **state)
{
    (void)state;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    bench b = make(loss_acc, 2, &options);
    say(&b, HN_LINE_FD, "{\"constraints\":[0.5,-1,\"inf\"]}");
    assert_null(b.line.problem);
    assert_int_equal(b.m.n_constraints, 3);
    assert_true(b.m.constraints[0] == 0.5 && b.m.constraints[1] == -1 && isinf(b.m.constraints[2]));
    assert_false(b.m.infeasible);
    say(&b, HN_LINE_STDOUT, "{\"state\":\"infeasible\"}");
    assert_true(b.m.infeasible);
    hn_metrics_reset(&b.m);
    say(&b, HN_LINE_FILE, "{\"infeasible\":true}");
    assert_true(b.m.infeasible);
    assert_null(b.line.problem);
    say(&b, HN_LINE_FD, "{\"los\":1,\"reply\":3}");
    assert_non_null(b.line.problem);
    assert_string_equal(hn_str_text(&b.reply), "3");
    say(&b, HN_LINE_FD, "what?");
    assert_non_null(b.line.problem);
    unmake(&b);
}

static void test_regex(void **state)
{
    (void)state;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    hone_error err = HONE_ERROR_INIT;
    hn_str text = HN_STR_INIT;
    options.regex = "final score (\\d+\\.\\d+)";
    bench b = make(loss_acc, 2, &options);
    say(&b, HN_LINE_FD, "{\"loss\":3}");
    say(&b, HN_LINE_STDOUT, "the final score 0.125 of loss=7");
    say(&b, HN_LINE_FD, "{\"loss\":4}");
    say(&b, HN_LINE_STDOUT, "loss=5");
    assert_true(b.m.values[0] == 0.125);
    hn_metrics_describe(&b.spec, &b.m, &text);
    assert_string_equal(hn_str_text(&text),
                        "loss is read from the output by the regular expression");
    hn_str_free(&text);
    unmake(&b);
    hone_study *study = open_study(loss_acc, 2);
    hn_arena arena = HN_ARENA_INIT;
    hn_metric_spec spec;
    options.regex = "(";
    assert_int_equal(hn_metric_spec_make(study, &options, &arena, &spec, &err), HONE_EPARSE);
    hn_metric_spec_free(&spec);
    hn_arena_free(&arena);
    hone_study_close(study);
}

static void test_builtins(void **state)
{
    (void)state;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    options.metric_builtin = "time";
    bench b = make(loss_acc, 2, &options);
    say(&b, HN_LINE_FD, "{\"loss\":3,\"acc\":0.5}");
    hn_metrics_end(&b.spec, &b.m, "/nowhere", 0, 1500000, 2048);
    assert_true(b.m.values[0] == 1.5 && b.m.values[1] == 0.5);
    unmake(&b);
    options.metric_builtin = "maxrss";
    b = make(loss_acc, 2, &options);
    hn_metrics_end(&b.spec, &b.m, "/nowhere", 0, 1500000, 2048);
    assert_true(b.m.values[0] == 2048);
    unmake(&b);
}

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void test_file(void **state)
{
    (void)state;
    char dir[] = "/tmp/hone-metrics-XXXXXX";
    assert_non_null(mkdtemp(dir));
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    hn_str text = HN_STR_INIT;
    options.metric_from = "{dir}/r.json:eval.loss";
    options.n_jobs = 2;
    bench b = make(loss_acc, 2, &options);
    say(&b, HN_LINE_FD, "{\"loss\":3,\"acc\":0.5}");
    hn_metrics_end(&b.spec, &b.m, dir, 0, 1, 1);
    assert_string_equal(hn_metrics_missing(&b.spec, &b.m), "loss"); // pointed at, and not there
    assert_non_null(strstr(b.m.problem, "it did not write"));
    write_file(dir, "r.json", "{\"eval\":{\"los\":1}}");
    hn_metrics_end(&b.spec, &b.m, dir, 0, 1, 1);
    assert_non_null(hn_metrics_missing(&b.spec, &b.m));
    write_file(dir, "r.json", "{\"eval\":{\"loss\":0.25}}");
    hn_metrics_end(&b.spec, &b.m, dir, 0, 1, 1);
    assert_null(hn_metrics_missing(&b.spec, &b.m));
    assert_true(b.m.values[0] == 0.25 && b.m.values[1] == 0.5);
    hn_metrics_describe(&b.spec, &b.m, &text);
    assert_string_equal(hn_str_text(&text), "loss is read from eval.loss in r.json");
    hn_str_free(&text);
    unmake(&b);
    hn_fs_remove_tree(dir, NULL);
}

// With one job a file in the working directory will do, if the trial wrote it.
static void test_file_in_working_directory(void **state)
{
    (void)state;
    char dir[] = "/tmp/hone-metrics-XXXXXX", before[4096];
    assert_non_null(mkdtemp(dir));
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(dir), 0);
    write_file(dir, "r.json", "{\"loss\":0.5}");
    uint64_t now = hn_clock_wall_us();
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    options.metric_from = "r.json:loss";
    bench b = make(loss_acc, 2, &options);
    hn_metrics_end(&b.spec, &b.m, "/nowhere", now - 1000000, 1, 1);
    assert_null(hn_metrics_missing(&b.spec, &b.m));
    hn_metrics_end(&b.spec, &b.m, "/nowhere", now + 1000000, 1, 1);
    assert_non_null(hn_metrics_missing(&b.spec, &b.m));
    unmake(&b);
    options.n_jobs = 2;
    b = make(loss_acc, 2, &options);
    hn_metrics_end(&b.spec, &b.m, "/nowhere", now - 1000000, 1, 1);
    assert_non_null(hn_metrics_missing(&b.spec, &b.m));
    unmake(&b);
    assert_int_equal(chdir(before), 0);
    hn_fs_remove_tree(dir, NULL);
}

static void attributes_are_what_was_sent_to_us(void **state)
{
    (void)state;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    bench b = make(loss_acc, 2, &options);
    say(&b, HN_LINE_FD, "{\"attr\":{\"n\":12, \"arch\":\"resnet\"}}");
    assert_string_equal(hn_str_text(&b.attrs), "{\"n\":12,\"arch\":\"resnet\"}");
    assert_null(b.line.problem);
    say(&b, HN_LINE_FILE, "{\"loss\":0.5,\"step\":1,\"attr\":{\"n\":[1]}}");
    assert_string_equal(hn_str_text(&b.attrs), "{\"n\":[1]}");
    assert_true(b.line.is_report);
    say(&b, HN_LINE_STDOUT, "{\"attr\":{\"n\":12}}");
    assert_string_equal(hn_str_text(&b.attrs), "");
    say(&b, HN_LINE_FD, "{\"attr\":\"n\"}");
    assert_string_equal(hn_str_text(&b.attrs), "");
    assert_non_null(strstr(b.line.problem, "an object of names and values"));
    unmake(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_value_counts),
        cmocka_unit_test(test_reports_have_a_step),
        cmocka_unit_test(test_rank_is_by_metric),
        cmocka_unit_test(test_best_value_counts),
        cmocka_unit_test(test_extras),
        cmocka_unit_test(test_regex),
        cmocka_unit_test(test_builtins),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_file_in_working_directory),
        cmocka_unit_test(attributes_are_what_was_sent_to_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
