// Fault points. State lives in atomics, because allocations fail in any thread; it is the one
// exception to "no global mutable state", and exists only in builds for tests.
#include "base/fault.h"

#include <stddef.h>

// fs.*, open.io and read.io are passed in base/fs.c, alloc in base/mem.c; the others bracket the
// steps of storages and executors.
const char *const hn_fault_points[] = {
    "alloc",
    "fs.write",
    "fs.sync",
    "fs.rename.before",
    "fs.rename.after",
    "append.before",
    "append.after",
    "append.io",
    "read.io",
    "open.io",
    "spawn.before",
    "spawn.after",
    "metric.before",
    "metric.after",
    "told.before",
    "told.after",
    "checkpoint.before",
    "checkpoint.file",
    "checkpoint.after",
    "part.before",
    "part.after",
    "keep.aside",
    "keep.recorded",
    NULL,
};

#ifdef HONE_FAULTS

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_POINTS = sizeof hn_fault_points / sizeof *hn_fault_points - 1, MAX_ARMS = 16 };

typedef enum action { ACTION_FAIL, ACTION_KILL, ACTION_EXIT, ACTION_ENOSPC } action;

typedef struct arm {
    int point;
    uint64_t n;
    action act;
} arm;

static struct {
    atomic_int ready; // 0 not read yet, 1 being read, 2 ready
    atomic_int n_arms;
    arm arms[MAX_ARMS];
    atomic_uint_fast64_t counts[N_POINTS];
} faults;

static void die(const char *what, const char *text, size_t n)
{
    char line[256];
    int length = snprintf(line, sizeof line, "HONE_FAULT: %s: \"%.*s\"\n", what, (int)n, text);
    if (length > 0 && write(STDERR_FILENO, line, (size_t)length) < 0)
        _exit(2);
    _exit(2);
}

static int find_point(const char *name, size_t n)
{
    for (int i = 0; i < N_POINTS; i++) {
        if (strlen(hn_fault_points[i]) == n && memcmp(hn_fault_points[i], name, n) == 0)
            return i;
    }
    die("no such fault point", name, n);
    return -1;
}

static action parse_action(const char *text, size_t n)
{
    static const char *const names[] = {"fail", "kill", "exit", "enospc"};
    for (int i = 0; i < 4; i++) {
        if (strlen(names[i]) == n && memcmp(names[i], text, n) == 0)
            return (action)i;
    }
    die("the action must be fail, kill, exit or enospc", text, n);
    return ACTION_FAIL;
}

// One "point:n[:action]".
static arm parse_arm(const char *text, size_t n)
{
    const char *colon = memchr(text, ':', n);
    if (!colon)
        die("expected point:n[:action]", text, n);
    arm a = {find_point(text, (size_t)(colon - text)), 0, ACTION_FAIL};
    const char *p = colon + 1, *end = text + n;
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        a.n = a.n * 10 + (uint64_t)(*p - '0');
    if (a.n == 0 || (p < end && *p != ':'))
        die("the pass must be a number from 1", text, n);
    if (p < end)
        a.act = parse_action(p + 1, (size_t)(end - p - 1));
    return a;
}

static void arm_all(const char *spec)
{
    int n_arms = 0;
    atomic_store(&faults.n_arms, 0);
    for (int i = 0; i < N_POINTS; i++)
        atomic_store(&faults.counts[i], 0);
    while (spec && *spec) {
        size_t n = strcspn(spec, ",");
        if (n_arms == MAX_ARMS)
            die("too many faults", spec, n);
        faults.arms[n_arms++] = parse_arm(spec, n);
        spec += n + (spec[n] == ',');
    }
    atomic_store(&faults.n_arms, n_arms);
}

static void make_ready(void)
{
    int expected = 0;
    if (atomic_load_explicit(&faults.ready, memory_order_acquire) == 2)
        return;
    if (atomic_compare_exchange_strong(&faults.ready, &expected, 1)) {
        arm_all(getenv("HONE_FAULT"));
        atomic_store(&faults.ready, 2);
    }
    while (atomic_load(&faults.ready) != 2)
        sched_yield();
}

static void log_hit(const char *point)
{
    const char *path = getenv("HONE_FAULT_LOG");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666) : -1;
    if (file < 0)
        return;
    dprintf(file, "%s\n", point);
    close(file);
}

bool hn_fault(const char *point)
{
    make_ready();
    int at = find_point(point, strlen(point));
    uint64_t pass = atomic_fetch_add(&faults.counts[at], 1) + 1;
    int n_arms = atomic_load(&faults.n_arms);
    for (int i = 0; i < n_arms; i++) {
        const arm *a = &faults.arms[i];
        if (a->point != at || a->n != pass)
            continue;
        log_hit(point);
        if (a->act == ACTION_KILL)
            kill(getpid(), SIGKILL);
        if (a->act == ACTION_EXIT)
            _exit(134);
        errno = a->act == ACTION_ENOSPC ? ENOSPC : EIO;
        return true;
    }
    return false;
}

void hn_fault_arm(const char *spec)
{
    atomic_store(&faults.ready, 2);
    arm_all(spec);
}

uint64_t hn_fault_count(const char *point)
{
    make_ready();
    return atomic_load(&faults.counts[find_point(point, strlen(point))]);
}

#endif
