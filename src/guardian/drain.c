// The end of a job: from its leader's death to HG_EXITED.
//
//  1. The leader is reaped: its status and use of resources are noted, the job drains.
//  2. What it left in its process group, and strays that carry its tag, may end by themselves: for
//     HG_LINGER_MS, or, when the job was asked to end by SIGTERM, until the engine loses patience
//     and asks for SIGKILL (a shell dies of SIGTERM at once while its child saves a checkpoint).
//  3. Then they are killed, again and again, until nothing is left.
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "guardian/guardian.h"

// A group is ours to signal while the leader is unreaped, or while a child of ours is in it: then
// its number cannot have been given to another group.
static bool group_is_ours(const hg_job *job)
{
    siginfo_t info;
    if (!job->end.type)
        return true;
    return waitid(P_PGID, (id_t)job->lead.pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool hg_signal_group(const hg_job *job, int signo)
{
    if (!group_is_ours(job))
        return false;
    bool sent = kill(-job->lead.pid, signo) == 0;
    if (sent && signo == SIGTERM)
        kill(-job->lead.pid, SIGCONT); // a stopped process could not obey
    return sent;
}

void hg_signal_job(hg_guardian *g, hg_job *job, int signo)
{
    hg_signal_group(job, signo);
    hg_stray_signal(g, job, signo, signo == SIGKILL && job->end.type);
    if (signo == SIGKILL || (signo == SIGTERM && job->asked != SIGKILL))
        job->asked = signo;
    if (signo == SIGKILL)
        job->kill_at_ms = 0;
    g->sweep_due = true;
}

static void leader_gone(hg_guardian *g, hg_job *job, int status, const struct rusage *used)
{
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    // A shell reports the death of its child as 128 + the signal.
    bool child_killed = WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGKILL;
    const struct timeval *u = &used->ru_utime, *s = &used->ru_stime;
    job->end = (hg_reply){
        .type = HG_EXITED,
        .job = job->id,
        .pid = job->lead.pid,
        .start_ticks = job->start_ticks,
        .code = status,
        .cpu_us =
            (uint64_t)(u->tv_sec + s->tv_sec) * 1000000u + (uint64_t)(u->tv_usec + s->tv_usec),
        .wall_us = hg_now_us() - job->started_us,
        .maxrss_kb = used->ru_maxrss,
        .oom = (killed || child_killed) && job->asked != SIGKILL && hg_oom_rose(g),
    };
    hg_group_read(g, job, &job->end);
    hg_child_remove(g, &job->lead);
    hg_job_drain(g, job);
}

void hg_reap(hg_guardian *g)
{
    struct rusage used;
    int status;
    pid_t pid;
    while ((pid = wait4(-1, &status, WNOHANG, &used)) > 0) {
        hg_child *child = hg_child_find(g, pid);
        if (child && child->leader)
            leader_gone(g, child->job, status, &used);
        else if (child)
            hg_stray_gone(g, child);
        g->sweep_due = true;
    }
}

// A job waits for strays of unknown origin only until its time is over, unless they must be its
// own (or of another that drains): then they are killed before it is gone.
static bool is_empty(hg_guardian *g, hg_job *job, uint64_t now)
{
    bool only;
    if (group_is_ours(job) || job->n_strays > 0)
        return false;
    if (!g->strays || !hg_stray_maybe(g, job, &only))
        return true;
    return !only && job->kill_at_ms && now >= job->kill_at_ms;
}

static void settle_job(hg_guardian *g, hg_job *job, uint64_t now)
{
    if (is_empty(g, job, now)) {
        // One that has left its group may have handed its descriptors to somebody we do not know.
        job->end.kept = job->channel < HG_CHANNELS && !job->had_strays && !g->strays;
        hg_send(g, &job->end);
        hg_job_remove(g, job);
        return;
    }
    if (!job->kill_at_ms && job->asked != SIGKILL) {
        job->kill_at_ms = job->asked == SIGTERM ? HG_NEVER : now + HG_LINGER_MS;
    } else if (now >= job->kill_at_ms || job->asked == SIGKILL) {
        hg_signal_group(job, SIGKILL);
        hg_stray_signal(g, job, SIGKILL, true);
        job->kill_at_ms = now + HG_AGAIN_MS;
    }
    if (job->asked == SIGTERM && job->kill_at_ms == HG_NEVER)
        hg_stray_signal(g, job, SIGTERM, false);
}

// A sweep costs a little for every child, so a crowd is not swept at each death.
static uint64_t sweep_from(const hg_guardian *g)
{
    return g->n_children > HG_CROWD ? g->swept_ms + HG_SWEEP_MS : 0;
}

void hg_settle(hg_guardian *g)
{
    if (!g->draining.first)
        return;
    uint64_t now = hg_now_ms();
    if (now < sweep_from(g))
        return;
    hg_sweep(g);
    g->swept_ms = now;
    g->sweep_due = false;
    for (hg_job *job = g->draining.first, *after; job; job = after) {
        after = job->after;
        settle_job(g, job, now);
    }
}

uint64_t hg_settle_at(hg_guardian *g)
{
    uint64_t at = g->draining.first && g->sweep_due ? 0 : HG_NEVER;
    for (hg_job *job = g->draining.first; job; job = job->after) {
        if (job->kill_at_ms && job->kill_at_ms < at)
            at = job->kill_at_ms;
    }
    return at < sweep_from(g) ? sweep_from(g) : at;
}
