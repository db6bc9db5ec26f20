// The local executor: runs objectives as child processes of this machine.
//
//  1. `start` opens the files that are to be read, takes a socket for the job's HONE_FD, and sends
//     command and environment to the guardian (src/guardian), the one process under which all jobs
//     hang; it holds the socket's other end, or gets it along.
//  2. `drive` sleeps in one libuv loop over the guardian's socket, the HONE_FD sockets, inotify and
//     the timers. Callbacks only note that a job has something to say; `drive` then lets each such
//     job speak in turn, straight out of its buffers.
//  3. A job's last word comes after all its lines, when its process group is gone.
//
// Cost: about 100 us of our own and the guardian's CPU for a trivial job; 2 KiB a job.
// One thread, but for `wake`.
#include <errno.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "executors/local.h"
#include "executors/reap.h"

enum { TICK_MS = 500, FILES_A_JOB = 8, FILES_SPARE = 64 };

static void on_async(uv_async_t *async)
{
    ((hn_local *)async->data)->woken = true;
}

static void on_timeout(uv_timer_t *timer)
{
    ((hn_local *)timer->data)->timed_out = true;
}

static void on_tick(uv_timer_t *timer)
{
    hn_local *local = timer->data;
    for (size_t i = 0; i < local->n_buckets; i++) {
        for (hn_local_job *job = local->buckets[i]; job; job = job->next) {
            for (int s = HN_LINE_STDOUT; s < HN_LOCAL_SOURCES; s++)
                job->sources[s].dirty = job->sources[s].dirty || !job->sources[s].over;
            hn_local_job_list(job);
        }
    }
}

void hn_local_unwatched(hn_local *local)
{
    if (!uv_is_active((uv_handle_t *)&local->ticker))
        uv_timer_start(&local->ticker, on_tick, TICK_MS, TICK_MS);
}

static hone_status local_init(void *self, const void *options, hone_error *err)
{
    hn_local *local = self;
    struct rlimit files = {0};
    local->config = *(const hn_local_config *)options;
    local->guardian.socket = -1;
    int code = uv_loop_init(&local->loop);
    if (code)
        return hn_fail_errno(err, -code, "cannot make an event loop");
    code = uv_async_init(&local->loop, &local->async, on_async);
    if (code) {
        uv_loop_close(&local->loop);
        return hn_fail_errno(err, -code, "cannot make an event loop");
    }
    uv_timer_init(&local->loop, &local->timer);
    uv_timer_init(&local->loop, &local->ticker);
    uv_timer_init(&local->loop, &local->watcher);
    local->watcher.data = local;
    local->async.data = local->timer.data = local->ticker.data = local;
    getrlimit(RLIMIT_NOFILE, &files);
    local->soft_files = files.rlim_cur;
    local->opened = true;
    return HONE_OK;
}

// Many jobs at once need more descriptors than the usual 1,024; children keep the limit as it was.
static void make_room_for_files(hn_local *local)
{
    struct rlimit files;
    uint64_t needed = (local->n_jobs + 1) * FILES_A_JOB + FILES_SPARE;
    if (local->files_raised || needed <= local->soft_files)
        return;
    local->files_raised = true;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

// A guardian that died since the last drive is noticed here first: one more attempt with a new one.
static hone_status spawn(hn_local *local, hn_local_job *job, const hn_job *wanted, hone_error *err)
{
    HN_TRY(hn_local_guardian_start(local, err));
    hone_status status = hn_local_guardian_spawn(local, job, wanted, err);
    if (status == HONE_OK || !hn_local_guardian_broken(local))
        return status;
    job->ended = true; // not among those that are lost with it
    hn_local_guardian_lost(local);
    job->ended = false;
    hn_local_channel_release(job);
    HN_TRY(hn_local_channel_open(job, err));
    HN_TRY(hn_local_guardian_start(local, err));
    return hn_local_guardian_spawn(local, job, wanted, err);
}

static hone_status local_start(void *self, const hn_job *wanted, hone_error *err)
{
    hn_local *local = self;
    hn_local_job *job = NULL;
    if (local->n_jobs >= (size_t)local->config.max_jobs)
        return hn_fail(err, HONE_EBUSY, "%zu jobs run already, the most that max_jobs allows",
                       local->n_jobs);
    if (!wanted->argv || !wanted->argv[0] || !wanted->dir)
        return hn_fail(err, HONE_EINVAL, "a job needs a command and a folder");
    if (hn_local_job_find(local, wanted->id))
        return hn_fail(err, HONE_EEXISTS, "job %llu runs already", (unsigned long long)wanted->id);
    make_room_for_files(local);
    HN_TRY(hn_local_job_create(local, wanted, &job, err));
    hone_status status = hn_local_output_open(job, wanted, err);
    if (status == HONE_OK)
        status = hn_local_channel_open(job, err);
    if (status == HONE_OK)
        status = spawn(local, job, wanted, err);
    if (status == HONE_OK) {
        hn_local_stop_watch(job, wanted->timeout_s);
        hn_local_memory_watch(job, wanted->memory_bytes);
    } else {
        hn_local_job_forget(job);
        hn_local_job_destroy(job);
    }
    return status;
}

static hone_status local_cancel(void *self, uint64_t id, hn_cancel how, hone_error *err)
{
    hn_local_job *job = hn_local_job_find(self, id);
    (void)err;
    if (job)
        hn_local_stop(job, how);
    return HONE_OK;
}

static hone_status local_reply(void *self, uint64_t id, const char *json, hone_error *err)
{
    hn_local_job *job = hn_local_job_find(self, id);
    (void)err;
    if (job)
        hn_local_output_reply(job, json);
    return HONE_OK;
}

// Those whose last message was handed out in the last drive.
static void bury(hn_local *local)
{
    while (local->said) {
        hn_local_job *job = local->said;
        local->said = job->next;
        hn_local_job_destroy(job);
    }
}

// Lets each job with something to say speak once.
static hone_status deliver(hn_local *local, hn_message *out, size_t max, size_t *n, hone_error *err)
{
    hn_local_job *last = local->last;
    for (bool done = !last; !done && *n < max;) {
        hn_local_job *job = local->first;
        size_t got;
        bool more;
        done = job == last;
        hn_local_job_unlist(job);
        hone_status status = hn_local_output_take(job, out + *n, max - *n, &got, &more, err);
        *n += got;
        if (more)
            hn_local_job_list(job);
        if (status != HONE_OK)
            return *n > 0 ? HONE_OK : status;
        if (job->said_last) {
            hn_local_job_forget(job);
            hn_local_channel_release(job); // the next job may take it
            job->next = local->said;
            local->said = job;
        }
    }
    return HONE_OK;
}

static hone_status local_drive(void *self, int timeout_ms, hn_message *out, size_t max, size_t *n,
                               hone_error *err)
{
    hn_local *local = self;
    hone_status status = HONE_OK;
    *n = 0;
    bury(local);
    local->timed_out = timeout_ms == 0;
    // Even with something to deliver: it may turn out to hold no message.
    if (timeout_ms > 0) {
        uv_update_time(&local->loop);
        uv_timer_start(&local->timer, on_timeout, (uint64_t)timeout_ms, 0);
    }
    do {
        bool sleep = !local->first && !local->woken && !local->timed_out;
        uv_run(&local->loop, sleep ? UV_RUN_ONCE : UV_RUN_NOWAIT);
        status = deliver(local, out, max, n, err);
    } while (status == HONE_OK && *n == 0 && max > 0 && !local->woken && !local->timed_out);
    uv_timer_stop(&local->timer);
    local->woken = false;
    return status;
}

static void local_wake(void *self)
{
    hn_local *local = self;
    uv_async_send(&local->async);
}

static size_t local_capacity(void *self)
{
    hn_local *local = self;
    return (size_t)local->config.max_jobs;
}

static hone_status local_reap(void *self, const char *marker, hone_error *err)
{
    (void)self;
    return hn_reap_study(marker, err);
}

static void local_fini(void *self)
{
    hn_local *local = self;
    if (!local->opened)
        return;
    local->opened = false;
    hn_local_guardian_end(local);
    bury(local);
    for (size_t i = 0; i < local->n_buckets; i++) {
        for (hn_local_job *job = local->buckets[i], *next; job; job = next) {
            next = job->next;
            hn_local_job_destroy(job);
        }
    }
    hn_local_channels_close(local);
    uv_close((uv_handle_t *)&local->async, NULL);
    uv_close((uv_handle_t *)&local->timer, NULL);
    uv_close((uv_handle_t *)&local->ticker, NULL);
    uv_close((uv_handle_t *)&local->watcher, NULL);
    uv_run(&local->loop, UV_RUN_DEFAULT);
    uv_loop_close(&local->loop);
    hn_free(local->buckets);
    hn_str_free(&local->frame);
}

static const hn_option options[] = {
    {"max_jobs", HN_OPTION_INT, offsetof(hn_local_config, max_jobs), "4096", 1, 100000, NULL, NULL,
     "most jobs at once"},
    {"guardian_grace", HN_OPTION_DOUBLE, offsetof(hn_local_config, guardian_grace_s), "2", 0, 3600,
     NULL, "s", "when Hone itself dies: time between SIGTERM and SIGKILL for what still runs"},
    {"guardian", HN_OPTION_TEXT, offsetof(hn_local_config, guardian), NULL, 1, 0, NULL, NULL,
     "path of the program hone-guardian, when it is not beside the library"},
    {0},
};

const hn_executor_class hn_executor_local = {
    .head = {.kind = HN_KIND_EXECUTOR,
             .name = "local",
             .summary = "child processes on this machine",
             .source = "",
             .options = options,
             .config_size = sizeof(hn_local_config),
             .state_size = sizeof(hn_local)},
    .init = local_init,
    .start = local_start,
    .cancel = local_cancel,
    .reply = local_reply,
    .drive = local_drive,
    .wake = local_wake,
    .capacity = local_capacity,
    .reap = local_reap,
    .look_up = hn_local_look_up,
    .fini = local_fini,
};
