// Strays: processes that left their job's group (setsid, a shell with job control, a daemon) and
// became our children when their parent died.
//
// Whose a stray is, its environment tells: the tag that every child is given is inherited. A
// stray without a readable tag (it cleared or overwrote its environment) can only belong to a job
// that ran when it was first seen. While one of those still has its leader, the stray is left
// alone; when none has, it is killed with what the last of them leaves behind.
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guardian/guardian.h"

enum { ENVIRON_MAX = 8 << 20 };

static bool environ_job(hg_guardian *g, pid_t pid, uint64_t *id)
{
    char path[32];
    snprintf(path, sizeof path, "/proc/%ld/environ", (long)pid);
    if (!hg_slurp(path, &g->scratch, ENVIRON_MAX))
        return false;
    const char *end = g->scratch.data + g->scratch.n;
    for (const char *p = g->scratch.data; p < end; p += strlen(p) + 1) {
        if (strncmp(p, HG_TAG "=", sizeof HG_TAG) != 0)
            continue;
        const char *number = hg_tag_job(p + sizeof HG_TAG, g->token);
        if (number)
            *id = strtoull(number, NULL, 10);
        return number != NULL;
    }
    return false;
}

static void signal_one(hg_child *stray, int signo)
{
    // A stray that leads a group has most likely put its own helpers there.
    pid_t target = getpgid(stray->pid) == stray->pid ? -stray->pid : stray->pid;
    if (kill(target, signo) != 0 && errno == EPERM) {
        stray->untouchable = true;
        if (stray->job)
            stray->job->n_strays--;
        stray->job = NULL;
    }
    stray->sent = signo;
}

// Finds the job of a stray that has none yet. The environment is empty for an instant during an
// exec, so an unknown stray is asked again at each sweep.
static void attribute(hg_guardian *g, hg_child *stray)
{
    uint64_t id;
    if (!environ_job(g, stray->pid, &id))
        return;
    stray->job = hg_job_find(g, id);
    if (stray->job) {
        stray->job->n_strays++;
        stray->job->had_strays = true;
    } else {
        signal_one(stray, SIGKILL);
    }
}

static void add_stray(hg_guardian *g, pid_t pid)
{
    hg_child *stray = calloc(1, sizeof *stray);
    if (!stray)
        return; // the next sweep finds it again
    stray->pid = pid;
    stray->seen_seq = g->seq;
    stray->after = g->strays;
    if (g->strays)
        g->strays->before = stray;
    g->strays = stray;
    hg_child_add(g, stray);
}

void hg_stray_gone(hg_guardian *g, hg_child *stray)
{
    if (stray->job)
        stray->job->n_strays--;
    *(stray->before ? &stray->before->after : &g->strays) = stray->after;
    if (stray->after)
        stray->after->before = stray->before;
    hg_child_remove(g, stray);
    free(stray);
}

static void meet(hg_guardian *g, pid_t pid)
{
    if (pid > 0 && !hg_child_find(g, pid))
        add_stray(g, pid);
}

// Kernels without the list of children: the parent of every process is looked at.
static void sweep_proc(hg_guardian *g)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    while (proc && (entry = readdir(proc))) {
        char path[300];
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        if (pid <= 0 || !hg_slurp(path, &g->scratch, 4096))
            continue;
        const char *p = strrchr(g->scratch.data, ')');
        if (p && strtol(p + 4, NULL, 10) == (long)getpid())
            meet(g, pid);
    }
    if (proc)
        closedir(proc);
}

static void sweep_children(hg_guardian *g)
{
    ssize_t got = HG_PAGE;
    g->scratch.n = 0;
    // The list comes in pieces of up to a page; one that is far shorter is all of it.
    while (got > HG_PAGE / 2 && hg_reserve(&g->scratch, HG_PAGE + 1)) {
        got = pread(g->children, g->scratch.data + g->scratch.n, HG_PAGE, (off_t)g->scratch.n);
        g->scratch.n += got > 0 ? (size_t)got : 0;
    }
    if (!g->scratch.data)
        return;
    g->scratch.data[g->scratch.n] = '\0';
    for (char *p = g->scratch.data; *p;) {
        meet(g, (pid_t)strtol(p, &p, 10));
        p += strspn(p, " \n");
    }
}

void hg_sweep(hg_guardian *g)
{
    if (g->children >= 0)
        sweep_children(g);
    else
        sweep_proc(g);
    for (hg_child *stray = g->strays; stray; stray = stray->after) {
        if (!stray->job && !stray->untouchable)
            attribute(g, stray);
    }
}

// No job that still has its leader was there when the stray was first seen.
static bool owners_drain(const hg_guardian *g, const hg_child *stray)
{
    return !g->running.first || g->running.first->seq > stray->seen_seq;
}

bool hg_stray_maybe(const hg_guardian *g, const hg_job *job, bool *only)
{
    bool any = false;
    *only = false;
    for (const hg_child *stray = g->strays; stray; stray = stray->after) {
        if (stray->job || stray->untouchable || stray->seen_seq < job->seq)
            continue;
        any = true;
        *only = *only || owners_drain(g, stray);
    }
    return any;
}

void hg_stray_signal(hg_guardian *g, const hg_job *job, int signo, bool unknown)
{
    for (hg_child *stray = g->strays; stray; stray = stray->after) {
        bool mine = stray->job == job || (unknown && !stray->job && owners_drain(g, stray));
        // One that stayed in the group has heard the group's signal; a second SIGTERM is to many
        // programs a reason to break off.
        bool heard =
            signo != SIGKILL && (stray->sent == signo || getpgid(stray->pid) == job->lead.pid);
        if (mine && !stray->untouchable && !heard)
            signal_one(stray, signo);
    }
}
