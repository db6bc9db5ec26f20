// Study files: the single form that comes out, and where a mistake is said to be.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hone/space.h>
#include <hone/study_file.h>

#include "base/fault.h"

static char path[] = "/tmp/hone-study-XXXXXX.yaml";

static int make_file(void **state)
{
    (void)state;
    int fd = mkstemps(path, 5);
    return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
    (void)state;
    return unlink(path);
}

static hone_status read_text(const char *text, json_t **out, hone_error *err)
{
    char *json = NULL;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    hone_status status = hone_study_file_to_json(path, &json, err);
    *out = json ? json_loads(json, 0, NULL) : NULL;
    hone_free(json);
    return status;
}

static void assert_part(const json_t *file, const char *key, const char *wanted)
{
    json_t *expected = json_loads(wanted, JSON_DECODE_ANY, NULL);
    json_t *got = json_object_get(file, key);
    assert_non_null(expected);
    if (!json_equal(got, expected)) {
        char *text = got ? json_dumps(got, JSON_ENCODE_ANY) : NULL;
        fail_msg("%s is %s, not %s", key, text ? text : "absent", wanted);
    }
    json_decref(expected);
}

static void every_section_comes_in_a_single_form(void **state)
{
    (void)state;
    json_t *file;
    hone_error err = HONE_ERROR_INIT;
    hone_status status = read_text("study:\n"
                                   "  name: mnist\n"
                                   "  maximize: accuracy\n"
                                   "  minimize: [loss, time]\n"
                                   "  seed: 7\n"
                                   "space:\n"
                                   "  lr: log:1e-5..1e-1\n"
                                   "  opt: [sgd, adam, 3]\n"
                                   "  depth: {type: int, low: 2, high: 8}\n"
                                   "  batch: 32\n"
                                   "constraints:\n"
                                   "  forbid: opt==sgd && lr>0.05\n"
                                   "  metrics: [time<=20]\n"
                                   "sampler: {name: random}\n"
                                   "scheduler: none\n"
                                   "run:\n"
                                   "  command: ./train --lr {lr} 'a b'\n"
                                   "  trials: 100\n"
                                   "  time: 1h30m\n"
                                   "  grace: 5\n",
                                   &file, &err);
    assert_string_equal(err.text, "");
    assert_int_equal(status, HONE_OK);
    assert_part(file, "study",
                "{\"name\":\"mnist\",\"maximize\":[\"accuracy\"],\"minimize\":[\"loss\",\"time\"],"
                "\"seed\":7}");
    assert_part(file, "objectives",
                "[{\"name\":\"accuracy\",\"goal\":\"maximize\"},{\"name\":\"loss\",\"goal\":"
                "\"minimize\"},{\"name\":\"time\",\"goal\":\"minimize\"}]");
    assert_part(file, "space",
                "[{\"name\":\"lr\",\"spec\":\"log:1e-5..1e-1\"},"
                "{\"name\":\"opt\",\"type\":\"categorical\",\"choices\":[\"sgd\",\"adam\",3]},"
                "{\"name\":\"depth\",\"type\":\"int\",\"low\":2,\"high\":8},"
                "{\"name\":\"batch\",\"type\":\"categorical\",\"choices\":[32]}]");
    assert_part(file, "constraints",
                "{\"forbid\":[\"opt==sgd && lr>0.05\"],\"metrics\":[\"time<=20\"]}");
    assert_part(file, "sampler", "{\"name\":\"random\",\"options\":{}}");
    assert_part(file, "scheduler", "{\"name\":\"none\",\"options\":{}}");
    assert_part(file, "run",
                "{\"command\":[\"./train\",\"--lr\",\"{lr}\",\"a b\"],\"trials\":100,"
                "\"time\":5400.0,\"grace\":5.0}");
    assert_int_equal(
        json_integer_value(json_object_get(json_object_get(file, "lines"), "run.time")), 19);
    json_decref(file);
}

static void a_list_is_a_command_and_a_shell_text_stays_whole(void **state)
{
    (void)state;
    json_t *file;
    assert_int_equal(read_text("run: {command: [./train, -n, 3, '{lr}']}\n", &file, NULL), HONE_OK);
    assert_part(file, "run", "{\"command\":[\"./train\",\"-n\",\"3\",\"{lr}\"]}");
    json_decref(file);
    assert_int_equal(read_text("run: {shell: true, command: 'a | b'}\n", &file, NULL), HONE_OK);
    assert_part(file, "run", "{\"shell\":true,\"command\":[\"a | b\"]}");
    json_decref(file);
}

static void an_empty_section_is_none(void **state)
{
    (void)state;
    json_t *file;
    assert_int_equal(read_text("study:\nspace:\nsampler:\nrun:\n", &file, NULL), HONE_OK);
    assert_null(json_object_get(file, "run"));
    assert_part(file, "space", "[]");
    json_decref(file);
}

// What is wrong, the line and the column that the error names, and a part of its sentence.
static const struct {
    const char *text;
    int line, column;
    const char *says;
} mistakes[] = {
    {"spaec:\n  x: 0..1\n", 1, 0, "did you mean \"space\""},
    {"- a\n", 0, -1, "holds the sections"},
    {"run: 3\n", 1, 0, "\"run\" is a section"},
    {"run:\n  jbos: 3\n", 2, 2, "did you mean \"jobs\""},
    {"run:\n  jobs: x\n", 2, 2, "takes a whole number, not a text"},
    {"run:\n  jobs: 0\n", 2, 2, "at least 1"},
    {"run:\n  time: 1h3x\n", 2, 11, "units of a duration"},
    {"run:\n  time: -3\n", 2, 2, "cannot be negative"},
    {"run:\n  time: [1]\n", 2, 2, "takes a duration"},
    {"run:\n  take: first\n", 2, 2, "last|best"},
    {"run:\n  shell: 1\n", 2, 2, "true or false"},
    {"run:\n  command: \"a ' b\"\n", 2, 14, "never closed"},
    {"run:\n  command: []\n", 2, 2, "empty"},
    {"run:\n  command: 3\n", 2, 2, "a text or a list of words"},
    {"run:\n  command: [a, {lr}]\n", 2, 2, "needs quotes"},
    {"study:\n  minimize: 3\n", 2, 2, "a text or a list"},
    {"study:\n  minimize: [a, 3]\n", 2, 2, "takes texts"},
    {"study:\n  name: 3\n", 2, 2, "takes a text"},
    {"space:\n  lr: log:1e-5..x\n", 2, 16, "not a number"},
    {"space:\n  lr: 0..1\n  lr: 0..1\n", 3, 2, "twice"},
    {"space:\n  x: {type: flaot, low: 0, high: 1}\n", 2, 2, "float"},
    {"space:\n  a: 0..1\n  b: 0..1 if aa>0\n", 3, 13, "'aa'"},
    {"space:\n  a: 0..1\nconstraints:\n  forbid: a>x\n", 4, 12, "'x'"},
    {"sampler: rnadom\n", 1, 9, "rnadom"},
    {"sampler:\n  name: random\n  foo: 1\n", 3, 2, "foo"},
    {"sampler: 3\n", 1, 0, "takes a name"},
    {"run: [\n", 2, 0, ""},
};

static void a_mistake_is_named_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        json_t *file;
        char place[64];
        hone_error err = HONE_ERROR_INIT;
        assert_int_not_equal(read_text(mistakes[i].text, &file, &err), HONE_OK);
        assert_null(file);
        snprintf(place, sizeof place, mistakes[i].line ? "%s:%d: " : "%s: ", path,
                 mistakes[i].line);
        if (strncmp(err.text, place, strlen(place)) != 0 || !strstr(err.text, mistakes[i].says) ||
            err.column != mistakes[i].column)
            fail_msg("%s: column %d: %s", mistakes[i].text, err.column, err.text);
    }
}

static void an_absent_file_is_an_input_error(void **state)
{
    (void)state;
    char *json = NULL;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hone_study_file_to_json("/no/such.yaml", &json, &err), HONE_EIO);
    assert_null(json);
    assert_non_null(strstr(err.text, "/no/such.yaml"));
    assert_int_equal(hone_study_file_to_json("/no/such.yaml", &json, NULL), HONE_EIO);
}

// Whichever allocation fails, the answer is an error and nothing leaks; without a fault it works.
static void lack_of_memory_is_an_error(void **state)
{
    (void)state;
    static const char text[] = "study: {minimize: loss}\nspace: {x: 0..1 if y==a, y: [a, b]}\n"
                               "constraints: {forbid: y==b && x>1}\nsampler: {name: random}\n"
                               "run: {command: a b, time: 3s}\n";
#ifdef HONE_FAULTS
    hone_status status = HONE_ENOMEM;
    for (int n = 1; n < 10000 && status != HONE_OK; n++) {
        char spec[32];
        json_t *file = NULL;
        snprintf(spec, sizeof spec, "alloc:%d", n);
        hn_fault_arm(spec);
        status = read_text(text, &file, NULL);
        hn_fault_arm(NULL);
        assert_true(status == HONE_OK ? file != NULL : file == NULL);
        json_decref(file);
    }
    assert_int_equal(status, HONE_OK);
#else
    (void)text;
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_section_comes_in_a_single_form),
        cmocka_unit_test(a_list_is_a_command_and_a_shell_text_stays_whole),
        cmocka_unit_test(an_empty_section_is_none),
        cmocka_unit_test(a_mistake_is_named_with_its_place),
        cmocka_unit_test(an_absent_file_is_an_input_error),
        cmocka_unit_test(lack_of_memory_is_an_error),
    };
    return cmocka_run_group_tests(tests, make_file, remove_file);
}
