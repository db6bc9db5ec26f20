// Runs of a scripted executor with a fault: at a named point, in an allocation, or a sudden end.
#ifndef TEST_FAULT_DRIVE_FAULTS_H
#define TEST_FAULT_DRIVE_FAULTS_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "unit/drive/fake.h"

// The script and the options of every run of a test.
typedef struct fault_case {
    void (*plan)(fake *f, fake_job *job);
    hone_run_options (*options)(fake *f);
} fault_case;

// Runs `f` with the n-th pass of a point failing. The fault stays armed.
static inline hone_status fault_run(const fault_case *c, fake *f, const char *point, int n,
                                    hone_error *err)
{
    char spec[64];
    hone_run_outcome outcome;
    hone_run_options options = c->options(f);
    snprintf(spec, sizeof spec, "%s:%d", point, n);
    hn_fault_arm(spec);
    return fake_try(f, &options, &outcome, err);
}

// Runs `f` without its n-th allocation; false when it had fewer.
static inline bool fault_memory(const fault_case *c, fake *f, int n)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status = fault_run(c, f, "alloc", n, &err);
    bool lacking = hn_fault_count("alloc") >= (uint64_t)n;
    hn_fault_arm(NULL);
    if (status != HONE_OK && status != HONE_ENOMEM)
        fail_msg("allocation %d: %s", n, err.text);
    return lacking;
}

// A study on a file in `dir`, which is there.
static inline fake *fault_open(const fault_case *c, const char *dir)
{
    char storage[300];
    fake *f = calloc(1, sizeof *f);
    hone_study_options options = fake_study_options();
    assert_non_null(f);
    snprintf(storage, sizeof storage, "sqlite:%s/hone.db", dir);
    options.storage = storage;
    f->plan = c->plan;
    fake_open_in(f, options, "0..1", dir);
    return f;
}

// The study, opened again, of a process that was killed (kill -9) in the n-th pass of a point.
static inline fake *fault_kill(const fault_case *c, const char *point, int n)
{
    char dir[] = "/tmp/hone-drive-XXXXXX", spec[64];
    int status;
    assert_non_null(mkdtemp(dir));
    snprintf(spec, sizeof spec, "%s:%d:kill", point, n);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        fake *f = fault_open(c, dir);
        hone_run_options options = c->options(f);
        hn_fault_arm(spec);
        fake_run(f, &options);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return fault_open(c, dir);
}

#endif
