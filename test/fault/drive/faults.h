// Runs of a scripted executor with a fault: at a named point, in an allocation, or a sudden end.
#ifndef TEST_FAULT_DRIVE_FAULTS_H
#define TEST_FAULT_DRIVE_FAULTS_H

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "unit/drive/fake.h"

// The script and the options of every run of a test, and what must hold after a run with a fault.
typedef struct fault_case {
    void (*plan)(fake *f, fake_job *job);
    hone_run_options (*options)(fake *f);
    void (*check)(fake *f, uint32_t n_lost); // at most so many trials look alive and never end
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

// Fails the first to n_times-th pass of each point, each in a run of its own.
static inline void fault_points(const fault_case *c, const char *const *points, size_t n_points,
                                int n_times)
{
    for (size_t i = 0; i < n_points; i++) {
        for (int n = 1; n <= n_times; n++) {
            fake *f = fake_make(c->plan);
            assert_int_equal(fault_run(c, f, points[i], n, NULL), HONE_EIO);
            assert_int_equal(hone_study_count(f->study, HONE_STATE_RUNNING), 0);
            c->check(f, 0);
            fake_free(f);
        }
    }
}

// Runs `f` without its n-th allocation; false when it had fewer.
static inline bool fault_one_allocation(const fault_case *c, fake *f, int n)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status = fault_run(c, f, "alloc", n, &err);
    bool lacking = hn_fault_count("alloc") >= (uint64_t)n;
    hn_fault_arm(NULL);
    if (status != HONE_OK && status != HONE_ENOMEM)
        fail_msg("allocation %d: %s", n, err.text);
    return lacking;
}

// Fails each allocation of a run, until a run has had fewer.
static inline void fault_memory(const fault_case *c)
{
    for (int n = 1, lacking = 1; lacking; n++) {
        fake *f = fake_make(c->plan);
        lacking = fault_one_allocation(c, f, n);
        // A start that was recorded when memory ran out looks alive as long as this process lives.
        c->check(f, 1);
        fake_free(f);
    }
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
