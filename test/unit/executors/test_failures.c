// Commands that cannot be started: which sentence, and that the executor goes on.
#include "unit/executors/bed.h"

static void write_file(const bed *b, const char *name, const char *text, mode_t mode)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", b->base, name);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
    assert_true(write(file, text, strlen(text)) == (ssize_t)strlen(text));
    close(file);
}

typedef struct failure {
    const char *command;
    const char *cwd; // NULL: the bed's folder
    hone_status status;
    const char *says;
} failure;

static const failure failures[] = {
    {"sleeep", NULL, HONE_ENOTFOUND, "did you mean \"sleep\"?"},
    {"no-such-command-anywhere", NULL, HONE_ENOTFOUND,
     "command not found: \"no-such-command-anywhere\" is not in PATH"},
    {"train", NULL, HONE_ENOTFOUND, "did you mean \"./train\"?"},
    {"sh -c true", NULL, HONE_ENOTFOUND, "--shell"},
    {"", NULL, HONE_ENOTFOUND, "command not found"},
    {"./nothing", NULL, HONE_ENOTFOUND, "\"./nothing\" does not exist in "},
    {"./broken", NULL, HONE_ENOTFOUND, "interpreter"},
    {"./plain", NULL, HONE_EINVAL, "chmod +x"},
    {"./folder", NULL, HONE_EINVAL, "it is a folder"},
    {"true", "/no/such/folder", HONE_EIO,
     "cannot change to the working directory \"/no/such/folder\": No such file"},
};

static void sentences(void **state)
{
    bed *b = *state;
    char folder[200];
    write_file(b, "train", "#!/bin/sh\n", 0755);
    write_file(b, "broken", "#!/no/such/interpreter\n", 0755);
    write_file(b, "plain", "text", 0644);
    snprintf(folder, sizeof folder, "%s/folder", b->base);
    mkdir(folder, 0777);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        const failure *f = &failures[i];
        const char *argv[] = {f->command, NULL};
        hn_job job = bed_job(b, i, argv);
        job.cwd = f->cwd ? f->cwd : b->base;
        bed_start(b, job);
        const bed_said *said = bed_until(b, i, HN_MSG_FAILED, 0);
        if (said->m.status != f->status || !strstr(said->text, f->says))
            fail_msg("\"%s\": status %d, \"%s\"", f->command, said->m.status, said->text);
        assert_null(bed_find(b, i, HN_MSG_STARTED, 0));
    }
    bed_shell(b, 1000, "exit 3");
    assert_int_equal(bed_exit(b, 1000)->exit_code, 3);
}

static void long_arguments_work_until_the_system_says_no(void **state)
{
    bed *b = *state;
    enum { N = 2000, EACH = 127, HUGE_SIZE = 200000 };
    static char text[N][EACH + 1], huge[HUGE_SIZE];
    const char *argv[N + 5] = {"sh", "-c", "echo $# ${2000} $WIDE | wc -c", "sh"};
    for (int i = 0; i < N; i++) {
        memset(text[i], 'a' + i % 26, EACH);
        argv[i + 4] = text[i];
    }
    char wide[100000] = "WIDE=";
    memset(wide + 5, 'w', sizeof wide - 6);
    const char *env[] = {wide, NULL};
    hn_job job = bed_job(b, 1, argv);
    job.env = env;
    job.read_stdout = true;
    bed_start(b, job);
    bed_exit(b, 1);
    assert_string_equal(bed_line(b, 1, 0), "100128"); // "2000 " + 127 + " " + 99,994 + end
    memset(huge, 'x', sizeof huge - 1);
    const char *too_long[] = {"true", huge, NULL};
    bed_start(b, bed_job(b, 2, too_long));
    assert_non_null(
        strstr(bed_until(b, 2, HN_MSG_FAILED, 0)->text, "longer than the system takes"));
}

static void what_start_refuses(void **state)
{
    bed *b = *state;
    hone_error err = HONE_ERROR_INIT;
    const char *argv[] = {"sh", "-c", "read x <&3", NULL}, *none[] = {NULL};
    bed_start(b, bed_job(b, 1, argv));
    assert_int_equal(bed_try(b, bed_job(b, 1, argv), &err), HONE_EEXISTS);
    assert_int_equal(bed_try(b, bed_job(b, 2, none), &err), HONE_EINVAL);
    b->local->config.max_jobs = 1;
    assert_int_equal(bed_try(b, bed_job(b, 4, argv), &err), HONE_EBUSY);
    assert_int_equal(hn_executor_local.capacity(b->local), 1);
    hn_executor_local.reply(b->local, 1, "", NULL);
    bed_exit(b, 1);
}

// Nothing speaks against the command: it is an error of the executor, whoever would open the files.
static void a_missing_folder_is_no_failure_of_the_job(void **state)
{
    bed *b = *state;
    const char *argv[] = {"true", NULL};
    for (int reads = 0; reads < 2; reads++) {
        hone_error err = HONE_ERROR_INIT;
        hn_message out[4];
        size_t n;
        hn_job job = bed_job(b, (uint64_t)reads, argv);
        job.dir = "/no/such/folder";
        job.read_stdout = reads;
        hone_status status = hn_executor_local.start(b->local, &job, &err);
        assert_int_equal(status, reads ? HONE_EIO : HONE_OK);
        if (!reads) {
            assert_int_equal(hn_executor_local.drive(b->local, BED_WAIT_S * 1000, out, 4, &n, &err),
                             HONE_OK);
            assert_int_equal(out[n - 1].type, HN_MSG_FAILED);
            assert_true(out[n - 1].blameless);
        }
        assert_non_null(
            strstr(reads ? err.text : out[n - 1].text, "cannot open /no/such/folder/stdout"));
    }
}

static void what_cannot_be_made_is_named(void **state)
{
    bed *b = *state;
    static const char *const wanted[][3] = {
        {"/no/such/folder", NULL, "cannot create the folder /no/such/folder"},
        {NULL, "/no/such/file", "cannot write /no/such/file"},
        {NULL, "/dev/full", "cannot write /dev/full"},
    };
    const char *argv[] = {"true", NULL};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        hone_error err = HONE_ERROR_INIT;
        hn_message out[4];
        size_t n;
        hn_job job = bed_job(b, i, argv);
        job.folder = wanted[i][0];
        job.file = wanted[i][1];
        job.line = "{}";
        bed_start(b, job);
        assert_int_equal(hn_executor_local.drive(b->local, BED_WAIT_S * 1000, out, 4, &n, &err),
                         HONE_OK);
        assert_int_equal(out[n - 1].type, HN_MSG_FAILED);
        assert_true(out[n - 1].blameless);
        assert_non_null(strstr(out[n - 1].text, wanted[i][2]));
    }
}

static void a_folder_that_cannot_be_made_is_named(void **state)
{
    bed *b = *state;
    static const char why[] = "cannot create the folder /no/such/folder";
    const char *argv[] = {"true", NULL};
    hone_error err = HONE_ERROR_INIT;
    hn_message out[4];
    size_t n;
    hn_job job = bed_job(b, 1, argv);
    job.dir = "/no/such/folder";
    job.new_dir = job.lacks_dir = true;
    assert_int_equal(hn_executor_local.start(b->local, &job, &err), HONE_OK);
    assert_int_equal(hn_executor_local.drive(b->local, BED_WAIT_S * 1000, out, 4, &n, &err),
                     HONE_OK);
    assert_int_equal(out[n - 1].type, HN_MSG_FAILED);
    assert_true(out[n - 1].blameless);
    assert_non_null(strstr(out[n - 1].text, why));
    job.id = 2;
    job.read_stdout = true;
    assert_int_equal(hn_executor_local.start(b->local, &job, &err), HONE_EIO);
    assert_non_null(strstr(err.text, why));
}

static void a_folder_that_is_there_is_told(void **state)
{
    bed *b = *state;
    const char *argv[] = {"true", NULL};
    hone_error err = HONE_ERROR_INIT;
    hn_job job = bed_job(b, 1, argv);
    job.new_dir = job.lacks_dir = true;
    assert_int_equal(bed_try(b, job, &err), HONE_OK);
    const hn_message *said = &bed_until(b, 1, HN_MSG_FAILED, 0)->m;
    assert_true(said->blameless);
    assert_int_equal(said->status, HONE_EEXISTS);
    job.id = 2;
    job.read_stdout = true;
    assert_int_equal(bed_try(b, job, &err), HONE_EEXISTS);
    assert_non_null(strstr(err.text, "exists already"));
}

static void a_missing_guardian_is_named(void **state)
{
    bed *b = *state;
    hone_error err = HONE_ERROR_INIT;
    const char *argv[] = {"true", NULL};
    setenv("HONE_GUARDIAN", "/no/such/guardian", 1);
    assert_int_equal(bed_try(b, bed_job(b, 1, argv), &err), HONE_ENOTFOUND);
    assert_non_null(strstr(err.text, "HONE_GUARDIAN names \"/no/such/guardian\""));
    setenv("HONE_GUARDIAN", "/bin/true", 1); // a program, but no guardian
    assert_int_equal(bed_try(b, bed_job(b, 1, argv), &err), HONE_EIO);
    assert_non_null(strstr(err.text, "/bin/true"));
    unsetenv("HONE_GUARDIAN");
    bed_start(b, bed_job(b, 1, argv));
    bed_exit(b, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(sentences, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(long_arguments_work_until_the_system_says_no, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(what_start_refuses, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_missing_folder_is_no_failure_of_the_job, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(what_cannot_be_made_is_named, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_is_there_is_told, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_cannot_be_made_is_named, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_missing_guardian_is_named, bed_setup, bed_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
