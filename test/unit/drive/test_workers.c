// Several processes work on one study: together they make as many trials as were asked for, and
// one that dies is replaced.
#include "fake.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_WORKERS = 4, N_TRIALS = 60 };

static int alive[2]; // a pipe that ends with the worker that is to die

static void plan_well(fake *f, fake_job *job)
{
    char nothing;
    if (f->n_started == 5) // leave it some trials
        assert_int_equal(read(alive[0], &nothing, 1), 0);
    fake_well(job);
}

static fake *make_worker(const char *dir, const char *path)
{
    fake *f = calloc(1, sizeof *f);
    hone_study_options options = fake_study_options();
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    char storage[300];
    assert_non_null(f);
    snprintf(storage, sizeof storage, "sqlite:%s", path);
    hone_space_create(&space, &err);
    hone_space_add(space, "x", "0..1", &err);
    hone_space_seal(space, &err);
    options.space = space;
    options.storage = storage;
    if (hone_study_open(&options, &f->study, &err) != HONE_OK)
        fail_msg("%s", err.text);
    hone_space_destroy(space);
    f->plan = plan_well;
    snprintf(f->dir, sizeof f->dir, "%s", dir);
    return f;
}

static void plan_die(fake *f, fake_job *job)
{
    if (f->n_started > 5)
        kill(getpid(), SIGKILL);
    fake_well(job);
}

static pid_t start_worker(const char *dir, const char *path, bool dies)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0)
        return child;
    fake *f = make_worker(dir, path);
    hone_run_options options = fake_options(f, N_TRIALS, 2);
    if (dies)
        f->plan = plan_die;
    else
        close(alive[1]);
    int code = fake_run(f, &options);
    fprintf(stderr, "%d started %u\n", dies, f->n_started);
    _exit(code);
}

static void test_workers(void **state)
{
    (void)state;
    char dir[] = "/tmp/hone-drive-XXXXXX", path[64];
    pid_t workers[N_WORKERS];
    int status;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/hone.db", dir);
    fake *f = make_worker(dir, path); // makes the study
    assert_int_equal(pipe(alive), 0);
    for (int i = 0; i < N_WORKERS; i++)
        workers[i] = start_worker(dir, path, i == 0);
    close(alive[1]);
    for (int i = 0; i < N_WORKERS; i++) {
        assert_int_equal(waitpid(workers[i], &status, 0), workers[i]);
        if (i == 0)
            assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        else
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == HONE_RUN_FINISHED_ALL);
    }
    hone_run_options options = fake_options(f, N_TRIALS, 1);
    assert_int_equal(fake_run(f, &options), HONE_RUN_FINISHED_ALL);
    uint32_t n = hone_study_n_finished(f->study);
    assert_int_equal(n, N_TRIALS);
    assert_int_equal(hone_study_n_trials(f->study), n); // what the dead one left was run again
    fake_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_workers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
