// A local executor in a temporary folder, for tests: starts jobs, drives until something was said,
// and keeps all that was said.
#ifndef TEST_UNIT_EXECUTORS_BED_H
#define TEST_UNIT_EXECUTORS_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hone/sys/executor.h>

#include "base/clock.h"
#include "base/fs.h"
#include "executors/local.h"

extern const hn_executor_class hn_executor_local;

enum { BED_WAIT_S = 60 };

typedef struct bed_said {
    hn_message m;
    char *text;
} bed_said;

typedef struct bed {
    hn_local *local;
    char base[64];
    bed_said **said; // each of its own, so that pointers stay
    size_t n;
    size_t batch; // messages taken in one drive
} bed;

static inline void bed_open(bed *b)
{
    hn_local_config config = {.guardian_grace_s = 0.5, .max_jobs = 1000};
    memset(b, 0, sizeof *b);
    b->batch = 16;
    b->local = calloc(1, sizeof *b->local);
    strcpy(b->base, "/tmp/hone-test-XXXXXX");
    assert_non_null(mkdtemp(b->base));
    assert_int_equal(hn_executor_local.init(b->local, &config, NULL), HONE_OK);
}

static inline void bed_forget(bed *b)
{
    for (size_t i = 0; i < b->n; i++)
        free(b->said[i]->text), free(b->said[i]);
    free(b->said);
    b->said = NULL;
    b->n = 0;
}

static inline void bed_close(bed *b)
{
    hn_executor_local.fini(b->local);
    free(b->local);
    bed_forget(b);
    assert_int_equal(hn_fs_remove_tree(b->base, NULL), HONE_OK);
}

// Fixture of a test, which gets the bed as its state.
static inline int bed_setup(void **state)
{
    static bed b;
    bed_open(&b);
    *state = &b;
    return 0;
}

static inline int bed_teardown(void **state)
{
    bed_close(*state);
    return 0;
}

static inline const char *bed_dir(const bed *b, uint64_t id)
{
    static char dir[128];
    snprintf(dir, sizeof dir, "%s/%llu", b->base, (unsigned long long)id);
    mkdir(dir, 0777);
    return dir;
}

// A job with usual values, to be changed before bed_start.
static inline hn_job bed_job(const bed *b, uint64_t id, const char *const *argv)
{
    (void)b;
    return (hn_job){.id = id, .argv = argv, .grace_s = 10};
}

static inline hone_status bed_try(bed *b, hn_job job, hone_error *err)
{
    job.dir = bed_dir(b, job.id);
    return hn_executor_local.start(b->local, &job, err);
}

static inline void bed_start(bed *b, hn_job job)
{
    hone_error err = HONE_ERROR_INIT;
    if (bed_try(b, job, &err) != HONE_OK)
        fail_msg("start: %s", err.text);
}

// `sh -c script` with all its lines read.
static inline void bed_shell(bed *b, uint64_t id, const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    hn_job job = bed_job(b, id, argv);
    job.read_stdout = true;
    bed_start(b, job);
}

// One drive; its messages are appended. Fails the test when nothing comes in BED_WAIT_S.
static inline size_t bed_drive(bed *b)
{
    hn_message out[64];
    size_t n = 0;
    hone_error err = HONE_ERROR_INIT;
    if (hn_executor_local.drive(b->local, BED_WAIT_S * 1000, out, b->batch, &n, &err) != HONE_OK)
        fail_msg("drive: %s", err.text);
    b->said = realloc(b->said, (b->n + n) * sizeof *b->said + 1);
    for (size_t i = 0; i < n; i++) {
        bed_said *s = b->said[b->n++] = malloc(sizeof *s);
        s->m = out[i];
        s->text = NULL;
        if (out[i].text) {
            s->text = malloc(out[i].text_size + 1);
            memcpy(s->text, out[i].text, out[i].text_size + 1);
            s->m.text = s->text;
        }
    }
    return n;
}

static inline const bed_said *bed_find(const bed *b, uint64_t id, hn_message_type type, size_t nth)
{
    for (size_t i = 0; i < b->n; i++) {
        if (b->said[i]->m.job == id && b->said[i]->m.type == type && nth-- == 0)
            return b->said[i];
    }
    return NULL;
}

// Drives until the nth (from 0) message of that type of the job.
static inline const bed_said *bed_until(bed *b, uint64_t id, hn_message_type type, size_t nth)
{
    const bed_said *found;
    while (!(found = bed_find(b, id, type, nth))) {
        if (bed_drive(b) == 0)
            fail_msg("job %llu: no message %d in %d s", (unsigned long long)id, type, BED_WAIT_S);
        if (type != HN_MSG_FAILED && bed_find(b, id, HN_MSG_FAILED, 0))
            fail_msg("job %llu: %s", (unsigned long long)id,
                     bed_find(b, id, HN_MSG_FAILED, 0)->text);
    }
    return found;
}

static inline const hn_message *bed_exit(bed *b, uint64_t id)
{
    return &bed_until(b, id, HN_MSG_EXITED, 0)->m;
}

static inline const char *bed_line(bed *b, uint64_t id, size_t nth)
{
    return bed_until(b, id, HN_MSG_LINE, nth)->text;
}

static inline bool bed_is_alive(pid_t pid)
{
    return kill(pid, 0) == 0 || errno != ESRCH;
}

// Waits until the process is dead (or was never there); false after BED_WAIT_S.
static inline bool bed_wait_death(pid_t pid)
{
    int pin = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pin < 0)
        return errno == ESRCH;
    struct pollfd on = {pin, POLLIN, 0};
    bool dead = poll(&on, 1, BED_WAIT_S * 1000) == 1;
    close(pin);
    return dead;
}

static inline char *bed_read(const bed *b, uint64_t id, const char *name)
{
    static char text[65536];
    char path[256];
    snprintf(path, sizeof path, "%s/%llu/%s", b->base, (unsigned long long)id, name);
    int file = open(path, O_RDONLY);
    ssize_t got = file < 0 ? -1 : read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    text[got > 0 ? got : 0] = '\0';
    return got < 0 ? NULL : text;
}

#endif
