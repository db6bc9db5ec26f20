// The executor's side of the guardian: starting it, requests, replies, and what is done when it
// dies.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/process.h"
#include "executors/local.h"
#include "executors/reap.h"

enum { HELLO_MS = 20000, SEND_S = 20, END_MS = 20000 };

// In a session of its own, with every signal blocked from its first instruction: Ctrl-C in the
// terminal must not reach it.
static int spawn_guardian(hn_local *local, const char *path, int theirs, pid_t *pid)
{
    char engine[32], grace[32], files[32];
    char *argv[] = {(char *)"hone-guardian", engine, grace, files, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all;
    snprintf(engine, sizeof engine, "%ld", (long)getpid());
    snprintf(grace, sizeof grace, "%.0f", local->config.guardian_grace_s * 1000);
    snprintf(files, sizeof files, "%llu", (unsigned long long)local->soft_files);
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return code;
    code = posix_spawnattr_init(&attributes);
    if (code) {
        posix_spawn_file_actions_destroy(&actions);
        return code;
    }
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &all);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK);
    code = posix_spawn_file_actions_adddup2(&actions, theirs, HG_SOCKET);
    if (code == 0)
        code = posix_spawn(pid, path, &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

static void kill_guardian(hn_local_guardian *guardian)
{
    // Reaped by the host program's own waitpid(-1), its number may be another's by now.
    if (guardian->pid > 0 && waitpid(guardian->pid, NULL, WNOHANG) == 0) {
        kill(guardian->pid, SIGKILL);
        while (waitpid(guardian->pid, NULL, 0) < 0 && errno == EINTR)
            ;
    }
    guardian->pid = 0;
}

static hone_status hear_hello(hn_local_guardian *guardian, const char *path, hone_error *err)
{
    struct pollfd on = {guardian->socket, POLLIN, 0};
    hg_reply hello = {0};
    int ready;
    do
        ready = poll(&on, 1, HELLO_MS);
    while (ready < 0 && errno == EINTR);
    ssize_t got = ready > 0 ? recv(guardian->socket, &hello, sizeof hello, MSG_WAITALL) : 0;
    if (got != (ssize_t)sizeof hello || hello.type != HG_HELLO)
        return hn_fail(err, HONE_EIO, "the guardian %s ended at once; hone doctor tells more",
                       path);
    if (hello.protocol != HG_PROTOCOL)
        return hn_fail(err, HONE_EVERSION, "%s belongs to another version of Hone", path);
    snprintf(guardian->token, sizeof guardian->token, "%lld-%llu", (long long)hello.pid,
             (unsigned long long)hello.start_ticks);
    return HONE_OK;
}

static void ended(hn_local_job *job, const hg_reply *reply)
{
    hn_message *last = &job->last;
    job->kept = reply->kept;
    int status = reply->code;
    *last = (hn_message){.type = HN_MSG_EXITED,
                         .wall_us = reply->wall_us,
                         .cpu_us = reply->cpu_us,
                         .maxrss_kb = reply->maxrss_kb,
                         .memory_bytes = job->memory_peak,
                         .over_limit = job->out_of_memory || reply->by_limit};
    if (reply->memory_bytes > last->memory_bytes)
        last->memory_bytes = reply->memory_bytes;
    // The system measures the largest of those that were waited for; of what was killed, we know.
    if (last->over_limit && (uint64_t)last->maxrss_kb < last->memory_bytes / 1024)
        last->maxrss_kb = (int64_t)(last->memory_bytes / 1024);
    if (WIFEXITED(status))
        last->exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status))
        last->signal = WTERMSIG(status);
    if (reply->oom || job->out_of_memory)
        last->cause = HN_END_OOM;
    else if (job->timed_out)
        last->cause = HN_END_TIMEOUT;
    else if (job->stop != HN_STOP_NONE)
        last->cause = HN_END_CANCELLED;
    else
        last->cause = WIFSIGNALED(status) ? HN_END_SIGNAL : HN_END_EXIT;
    hn_local_job_end(job);
}

static void handle(hn_local *local, const hg_reply *reply)
{
    hn_local_job *job = hn_local_job_find(local, reply->job);
    if (!job || job->ended)
        return;
    switch (reply->type) {
    case HG_SPAWNED:
        job->pid = reply->pid;
        job->start_ticks = reply->start_ticks;
        if (reply->grouped)
            job->memory_bytes = 0; // the kernel keeps the limit: nothing is to be watched
        job->say_started = true;
        hn_local_job_list(job);
        break;
    case HG_FAILED:
        hn_local_failure(job, (hg_stage)reply->stage, reply->code);
        hn_local_job_end(job);
        break;
    case HG_EXITED:
        ended(job, reply);
        break;
    default:
        break;
    }
}

// Reads what is there; false when the guardian is gone.
static bool hear(hn_local *local)
{
    hn_local_guardian *guardian = &local->guardian;
    for (;;) {
        ssize_t got = recv(guardian->socket, guardian->in + guardian->n_in,
                           sizeof guardian->in - guardian->n_in, MSG_DONTWAIT);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        if (got == 0)
            return false;
        guardian->n_in += (size_t)got;
        size_t at = 0;
        for (hg_reply reply; guardian->n_in - at >= sizeof reply; at += sizeof reply) {
            memcpy(&reply, guardian->in + at, sizeof reply);
            handle(local, &reply);
        }
        memmove(guardian->in, guardian->in + at, guardian->n_in - at);
        guardian->n_in -= at;
        // A short read has emptied the socket; an end is told by the next event.
        if ((size_t)got < sizeof guardian->in / 2)
            return true;
    }
}

static void on_guardian(uv_poll_t *poll, int status, int events)
{
    hn_local *local = poll->data;
    (void)status, (void)events;
    if (!hear(local))
        hn_local_guardian_lost(local);
}

static void on_poll_closed(uv_handle_t *handle)
{
    hn_free(handle);
}

static void close_socket(hn_local_guardian *guardian)
{
    if (guardian->poll)
        uv_close((uv_handle_t *)guardian->poll, on_poll_closed);
    guardian->poll = NULL;
    if (guardian->socket >= 0)
        close(guardian->socket);
    guardian->socket = -1;
    guardian->n_in = 0;
    guardian->number++;
}

static hone_status watch(hn_local *local, hone_error *err)
{
    hn_local_guardian *guardian = &local->guardian;
    uv_poll_t *poll = hn_calloc(1, sizeof *poll);
    if (!poll)
        return hn_fail_memory(err);
    int code = uv_poll_init(&local->loop, poll, guardian->socket);
    if (code) {
        hn_free(poll);
        return hn_fail_errno(err, -code, "cannot watch the guardian");
    }
    // libuv makes the socket non-blocking, but requests are sent whole: the guardian never waits
    // for us, so it always takes them.
    int flags = fcntl(guardian->socket, F_GETFL);
    fcntl(guardian->socket, F_SETFL, flags & ~O_NONBLOCK);
    guardian->poll = poll;
    poll->data = local;
    code = uv_poll_start(poll, UV_READABLE, on_guardian);
    return code ? hn_fail_errno(err, -code, "cannot watch the guardian") : HONE_OK;
}

static hone_status start_once(hn_local *local, const char *path, hone_error *err)
{
    hn_local_guardian *guardian = &local->guardian;
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return hn_fail_errno(err, errno, "cannot make a socket for the guardian");
    guardian->socket = ends[0];
    guardian->broken = false;
    // A guardian that was stopped from outside must not stop the engine too.
    struct timeval patience = {SEND_S, 0};
    setsockopt(ends[0], SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int code = spawn_guardian(local, path, ends[1], &guardian->pid);
    close(ends[1]);
    hone_status status =
        code ? hn_fail_errno(err, code, "cannot start the guardian %s", path) : HONE_OK;
    if (status == HONE_OK)
        status = hear_hello(guardian, path, err);
    if (status == HONE_OK)
        status = watch(local, err);
    if (status != HONE_OK) {
        close_socket(guardian);
        kill_guardian(guardian);
    }
    return status;
}

// One that is killed before it could say a word is started again: that is somebody's kill -9, and
// a guardian that cannot run at all fails each time.
hone_status hn_local_guardian_start(hn_local *local, hone_error *err)
{
    enum { TRIES = 3 };
    char path[PATH_MAX];
    hone_status status = HONE_OK;
    if (local->guardian.socket >= 0)
        return HONE_OK;
    HN_TRY(hn_local_find_guardian(local, path, err));
    for (int i = 0; i < TRIES; i++) {
        status = start_once(local, path, err);
        if (status != HONE_EIO)
            break;
    }
    if (status == HONE_OK)
        hn_error_clear(err);
    return status;
}

// `fd`: a descriptor to go with it, -1: none.
static bool send_all(int socket, const char *data, size_t size, int fd)
{
    char control[CMSG_SPACE(sizeof fd)] = {0};
    while (size > 0) {
        struct iovec part = {(void *)data, size};
        struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
        if (fd >= 0) {
            message.msg_control = control;
            message.msg_controllen = sizeof control;
            struct cmsghdr *c = CMSG_FIRSTHDR(&message);
            c->cmsg_level = SOL_SOCKET;
            c->cmsg_type = SCM_RIGHTS;
            c->cmsg_len = CMSG_LEN(sizeof fd);
            memcpy(CMSG_DATA(c), &fd, sizeof fd);
        }
        ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        fd = -1;
        data += sent;
        size -= (size_t)sent;
    }
    return true;
}

static void add_text(hn_str *frame, const char *text)
{
    hn_str_add_n(frame, text, strlen(text) + 1);
}

static uint32_t add_texts(hn_str *frame, const char *const *texts)
{
    uint32_t n = 0;
    for (; texts && texts[n]; n++)
        add_text(frame, texts[n]);
    return n;
}

static void add_output(hn_str *frame, const hn_local_job *job, hn_line_source source)
{
    hn_str_add(frame, job->dir);
    hn_str_add_char(frame, '/');
    add_text(frame, hn_local_output_name(source));
}

static hone_status build_spawn(hn_local *local, const hn_local_job *job, const hn_job *wanted,
                               hone_error *err)
{
    bool lacks_dir = wanted->lacks_dir && !hn_local_output_makes(wanted);
    static const char fd_variable[] = "HONE_FD=3";
    hn_str *frame = &local->frame;
    hg_head head = {0, HG_SPAWN, job->id};
    hg_spawn counts = {.truncate = !wanted->append_output && !wanted->new_dir,
                       .channel = job->channel->index,
                       .with_fd = job->channel->theirs >= 0,
                       .n_cpus = wanted->n_cpus,
                       .memory_bytes = wanted->memory_bytes};
    hn_str_clear(frame);
    hn_str_add_n(frame, (const char *)&head, sizeof head);
    hn_str_add_n(frame, (const char *)&counts, sizeof counts);
    if (wanted->n_cpus)
        hn_str_add_n(frame, (const char *)wanted->cpus, wanted->n_cpus * sizeof *wanted->cpus);
    add_output(frame, job, HN_LINE_STDOUT);
    add_output(frame, job, HN_LINE_STDERR);
    add_text(frame, lacks_dir ? job->dir : "");
    add_text(frame, wanted->spare ? wanted->spare : "");
    add_text(frame, job->folder);
    add_text(frame, job->file);
    hn_str_add(frame, wanted->file ? wanted->line : "");
    add_text(frame, "\n");
    add_text(frame, job->cwd);
    counts.n_args = add_texts(frame, wanted->argv);
    counts.n_env = add_texts(frame, wanted->env) + 1;
    hn_str_add_n(frame, fd_variable, sizeof fd_variable);
    if (hn_str_failed(frame))
        return hn_fail_memory(err);
    if (frame->n - sizeof head > HG_FRAME_MAX)
        return hn_fail(err, HONE_EINVAL, "the arguments of \"%s\" are longer than 64 MiB",
                       job->command);
    head.size = (uint32_t)(frame->n - sizeof head);
    memcpy(frame->data, &head, sizeof head);
    memcpy(frame->data + sizeof head, &counts, sizeof counts);
    return HONE_OK;
}

hone_status hn_local_guardian_spawn(hn_local *local, const hn_local_job *job, const hn_job *wanted,
                                    hone_error *err)
{
    hn_local_channel *channel = job->channel;
    HN_TRY(build_spawn(local, job, wanted, err));
    if (hn_fault("spawn.before"))
        return hn_fail(err, HONE_EIO, "cannot start \"%s\": a fault on purpose", job->command);
    if (!send_all(local->guardian.socket, local->frame.data, local->frame.n, channel->theirs)) {
        local->guardian.broken = true;
        return hn_fail_errno(err, errno, "the guardian does not listen");
    }
    if (channel->theirs >= 0)
        close(channel->theirs); // the guardian has its own
    channel->theirs = -1;
    hn_fault("spawn.after");
    return HONE_OK;
}

bool hn_local_guardian_broken(const hn_local *local)
{
    return local->guardian.broken;
}

void hn_local_guardian_signal(hn_local *local, uint64_t job, int signo)
{
    struct {
        hg_head head;
        int32_t signo;
    } frame = {{sizeof frame.signo, HG_SIGNAL, job}, signo};
    // A guardian that does not take it has died, which its socket tells on its own.
    if (local->guardian.socket >= 0)
        send_all(local->guardian.socket, (const char *)&frame,
                 sizeof frame.head + sizeof frame.signo, -1);
}

// A job that was not spawned yet is as lost as one that ran: nothing speaks against its command.
static void end_lost(hn_local_job *job)
{
    if (job->ended)
        return;
    job->last = (hn_message){.type = HN_MSG_EXITED, .cause = HN_END_LOST};
    hn_local_job_end(job);
}

void hn_local_guardian_lost(hn_local *local)
{
    hn_local_guardian *guardian = &local->guardian;
    if (guardian->socket < 0)
        return;
    hear(local); // what it said before it died
    close_socket(guardian);
    hn_local_channels_close(local);
    kill_guardian(guardian);
    // The groups first, which takes no search; then whatever carries the guardian's tag.
    for (size_t i = 0; i < local->n_buckets; i++) {
        for (hn_local_job *job = local->buckets[i]; job; job = job->next) {
            uint64_t ticks;
            if (job->ended || job->pid <= 0)
                continue;
            (void)hn_process_look(job->pid, &ticks);
            if (ticks == job->start_ticks)
                kill(-(pid_t)job->pid, SIGKILL);
        }
    }
    hn_reap_guardian(guardian->token, NULL);
    for (size_t i = 0; i < local->n_buckets; i++) {
        for (hn_local_job *job = local->buckets[i]; job; job = job->next)
            end_lost(job);
    }
}

// Waits until the guardian, which kills everything first, has closed its end.
static bool wait_for_end(int socket)
{
    char ignored[4096];
    struct pollfd on = {socket, POLLIN, 0};
    for (;;) {
        int ready = poll(&on, 1, END_MS);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return false;
        ssize_t got = recv(socket, ignored, sizeof ignored, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
            return true;
    }
}

void hn_local_guardian_end(hn_local *local)
{
    hn_local_guardian *guardian = &local->guardian;
    hg_head head = {0, HG_SHUTDOWN, 0};
    if (guardian->socket < 0)
        return;
    bool clean = send_all(guardian->socket, (const char *)&head, sizeof head, -1) &&
                 wait_for_end(guardian->socket);
    close_socket(guardian);
    if (clean) {
        while (waitpid(guardian->pid, NULL, 0) < 0 && errno == EINTR)
            ;
        guardian->pid = 0;
    } else {
        kill_guardian(guardian);
        hn_reap_guardian(guardian->token, NULL);
    }
}
