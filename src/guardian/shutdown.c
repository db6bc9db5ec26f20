// The guardian's own end: SIGTERM to all, a grace, then SIGKILL until no child is left. Every
// process that is found now is to go, so nothing is attributed any more.
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "guardian/guardian.h"

void hg_shutdown(hg_guardian *g, uint64_t grace_ms)
{
    uint64_t at = hg_now_ms() + grace_ms;
    bool first = g->shutdown_at_ms == HG_NEVER;
    if (at < g->shutdown_at_ms)
        g->shutdown_at_ms = at;
    if (!first || grace_ms == 0)
        return;
    hg_sweep(g);
    for (hg_job *job = g->running.first; job; job = job->after)
        hg_signal_job(g, job, SIGTERM);
    for (hg_job *job = g->draining.first; job; job = job->after)
        hg_signal_job(g, job, SIGTERM);
}

// Kills the children there are now; theirs become ours, and are seen at the next step. False when
// none of them is ours to kill.
static bool kill_all(hg_guardian *g)
{
    bool any = false;
    for (hg_job *job = g->running.first; job; job = job->after)
        any = hg_signal_group(job, SIGKILL) || any;
    for (hg_job *job = g->draining.first; job; job = job->after)
        any = hg_signal_group(job, SIGKILL) || any;
    for (hg_child *stray = g->strays; stray; stray = stray->after)
        any = kill(stray->pid, SIGKILL) == 0 || any;
    return any;
}

bool hg_shutdown_step(hg_guardian *g, uint64_t *again_ms)
{
    uint64_t now = hg_now_ms();
    siginfo_t info;
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno == ECHILD)
        return true;
    *again_ms = g->shutdown_at_ms;
    if (now < g->shutdown_at_ms)
        return false;
    hg_sweep(g);
    *again_ms = now + HG_AGAIN_MS;
    return !kill_all(g);
}
