// How a job is ended: the one place of that policy.
//
//  1. The file dir/STOP says "stop" or "pause". A trial that reports over HONE_FD or metrics.jsonl
//     hears it by the driver's next reply or sees the file; it is given half the grace (at most
//     5 s) to end by itself. Any other cannot know: step 2 follows at once.
//  2. SIGTERM to the process group.
//  3. `grace_s` later SIGKILL.
// A timeout is a stop. HN_CANCEL_KILL goes to step 3 from anywhere.
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "executors/local.h"

static const double polite_max_s = 5;

static void on_step(uv_timer_t *timer);

static void later(hn_local_job *job, double seconds)
{
    hn_local *local = job->local;
    if (!job->timed) {
        uv_timer_init(&local->loop, &job->timer);
        job->timer.data = job;
        job->timed = true;
    }
    // The loop's clock is cut to whole milliseconds: one more, and nobody's grace is cut short.
    uint64_t ms = (uint64_t)ceil(fmin(fmax(seconds, 0), 1e12) * 1000) + (seconds > 0);
    uv_update_time(&local->loop);
    uv_timer_start(&job->timer, on_step, ms, 0);
}

// A trial that sees no file is ended by the signals, so failing to write one is no error.
static void write_file(const hn_local_job *job, hn_cancel how)
{
    char path[PATH_MAX];
    const char *text = how == HN_CANCEL_PAUSE ? "pause\n" : "stop\n";
    if (snprintf(path, sizeof path, "%s/STOP", job->dir) >= (int)sizeof path)
        return;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return;
    if (write(fd, text, strlen(text)) < 0)
        unlink(path);
    close(fd);
}

static void end_by(hn_local_job *job, int signo)
{
    job->stop = signo == SIGKILL ? HN_STOP_KILL : HN_STOP_TERM;
    hn_local_guardian_signal(job->local, job->id, signo);
    if (signo == SIGTERM)
        later(job, job->grace_s);
}

static void ask(hn_local_job *job, hn_cancel how)
{
    double polite_s = fmin(job->grace_s / 2, polite_max_s);
    bool first = job->stop == HN_STOP_NONE;
    if (!first && !(job->wish == HN_CANCEL_PAUSE && how == HN_CANCEL_STOP))
        return;
    job->wish = how;
    write_file(job, how);
    if (!first)
        return;
    if (job->spoke && polite_s > 0) {
        job->stop = HN_STOP_ASKED;
        later(job, polite_s);
    } else {
        end_by(job, SIGTERM);
    }
}

static void on_step(uv_timer_t *timer)
{
    hn_local_job *job = timer->data;
    switch (job->stop) {
    case HN_STOP_NONE:
        job->timed_out = true;
        ask(job, HN_CANCEL_STOP);
        break;
    case HN_STOP_ASKED:
        end_by(job, SIGTERM);
        break;
    case HN_STOP_TERM:
        end_by(job, SIGKILL);
        break;
    case HN_STOP_KILL:
        break;
    }
}

void hn_local_stop_watch(hn_local_job *job, double timeout_s)
{
    if (timeout_s > 0)
        later(job, timeout_s);
}

void hn_local_stop(hn_local_job *job, hn_cancel how)
{
    if (job->ended || job->stop == HN_STOP_KILL)
        return;
    if (how != HN_CANCEL_KILL) {
        ask(job, how);
        return;
    }
    if (job->timed)
        uv_timer_stop(&job->timer);
    end_by(job, SIGKILL);
}
