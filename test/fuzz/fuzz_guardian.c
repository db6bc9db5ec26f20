// Fuzzes src/guardian/channel.c, the guardian's side of its socket, and how it lays out what it is
// to start. No process is started: `clone` only looks at what it would run.
//
// The input is a sequence of sends, each a byte and what it asks for:
//     0 … 127   so many of the bytes that follow, as they are
//     128 …     a whole frame: its type, its length, its body; with descriptors or without
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
// For the struct that it hands to `clone`.
#include "guardian/spawn.c"

enum { MAX_FDS = 3 };

static char *base_env[] = {(char *)"HOME=/", (char *)"PATH=/bin", NULL};
static pid_t next_pid;

// --- in place of what acts on processes ---

int clone(int (*child)(void *), void *stack, int flags, void *argument, ...)
{
    const launch *l = argument;
    size_t n = strlen(l->cwd) + strlen(l->path) + strlen(l->outputs[0]) + strlen(l->outputs[1]) +
               strlen(l->dir) + strlen(l->folder) + strlen(l->file) + strlen(l->text);
    FUZZ_CHECK(child && stack && flags & CLONE_VFORK && l->argv[0]);
    FUZZ_CHECK(strncmp(l->envp[0], HG_TAG "=", sizeof HG_TAG) == 0);
    for (char **list = l->argv; *list; list++)
        n += strlen(*list);
    for (char **list = l->envp; *list; list++)
        n += strlen(*list);
    FUZZ_CHECK(n > 0);
    return ++next_pid;
}

void hg_signal_job(hg_guardian *g, hg_job *job, int signo)
{
    FUZZ_CHECK(hg_job_find(g, job->id) == job);
    job->asked = signo;
}

int hg_group_make(hg_guardian *g, hg_job *job, uint64_t bytes)
{
    (void)g, (void)bytes;
    FUZZ_CHECK(!job->grouped);
    return -1;
}

void hg_group_remove(hg_guardian *g, hg_job *job)
{
    (void)g;
    job->grouped = false;
}

void hg_shutdown(hg_guardian *g, uint64_t grace_ms)
{
    g->shutdown_at_ms = grace_ms;
}

// --- the engine's side ---

static void send_bytes(int to, const void *bytes, size_t n, size_t n_fds)
{
    char control[CMSG_SPACE(MAX_FDS * sizeof(int))] = {0};
    int fds[MAX_FDS] = {0, 1, 2};
    struct iovec part = {(void *)(uintptr_t)bytes, n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (n == 0)
        return;
    if (n_fds) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
    }
    FUZZ_CHECK(sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)n);
}

// A frame whose body is the next bytes of the input; the switches of `how` leave things out.
static size_t send_frame(int to, uint8_t how, const uint8_t *data, size_t size)
{
    static const size_t n_fds[] = {1, 2, 0, MAX_FDS};
    char frame[sizeof(hg_head) + sizeof(hg_spawn) + 256];
    size_t n = size > 1 && data[1] < size - 2 ? data[1] : size > 2 ? size - 2 : 0;
    bool spawns = !(how & 4);
    hg_spawn counts = {.n_args = n ? data[2] & 7 : 1,
                       .n_env = n ? data[2] >> 4 : 0,
                       .truncate = how >> 3 & 1,
                       .channel = how & 32 ? how & 1 : HG_CHANNELS,
                       .with_fd = !(how & 64),
                       .n_cpus = n ? data[2] >> 3 & 1 : 0};
    size_t extra = spawns ? sizeof counts : 0;
    hg_head head = {(uint32_t)(n + extra), spawns ? HG_SPAWN : size ? data[0] & 7 : 0, how >> 4};
    memcpy(frame, &head, sizeof head);
    memcpy(frame + sizeof head, &counts, sizeof counts);
    memcpy(frame + sizeof head + extra, data + (size > 2 ? 2 : 0), n);
    send_bytes(to, frame, sizeof head + extra + n, spawns ? n_fds[how & 3] : 0);
    return size > 2 ? n + 2 : size;
}

// --- the guardian's ---

// How many replies came; each is whole and says something.
static size_t hear(int from)
{
    hg_reply reply;
    size_t n = 0;
    while (recv(from, &reply, sizeof reply, MSG_DONTWAIT) == (ssize_t)sizeof reply) {
        FUZZ_CHECK(reply.type == HG_SPAWNED || reply.type == HG_FAILED);
        FUZZ_CHECK(reply.type != HG_SPAWNED || reply.pid > 0);
        n++;
    }
    return n;
}

static void finish(hg_guardian *g)
{
    while (g->running.first) {
        hg_job *job = g->running.first;
        if (job->held >= 0)
            g->closing[g->n_closing++] = job->held;
        hg_child_remove(g, &job->lead);
        hg_job_drain(g, job);
        hg_job_remove(g, job);
        g->flush_at_ms = 0;
        hg_channel_flush(g);
    }
    for (size_t i = 0; i < g->n_fds; i++)
        close(g->fds[i]);
    for (int i = 0; i < HG_CHANNELS; i++)
        if (g->channels[i] >= 0)
            close(g->channels[i]);
    free(g->in.data);
    free(g->out.data);
    free(g->scratch.data);
    close(g->socket);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static hg_guardian g;
    int ends[2];
    bool good = true;
    memset(&g, 0, sizeof g);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    g.socket = ends[0];
    g.flush_at_ms = g.shutdown_at_ms = HG_NEVER;
    g.base_env = base_env;
    for (int i = 0; i < HG_CHANNELS; i++)
        g.channels[i] = -1;
    next_pid = 1000;
    for (size_t at = 0; at < size && good;) {
        uint8_t how = data[at++];
        if (how < 128) {
            size_t n = how < size - at ? how : size - at;
            send_bytes(ends[1], data + at, n, 0);
            at += n;
        } else {
            at += send_frame(ends[1], how, data + at, size - at);
        }
        good = hg_channel_read(&g);
        if (how & 8)
            g.flush_at_ms = 0;
        hg_channel_flush(&g);
        hear(ends[1]);
    }
    shutdown(ends[1], SHUT_WR);
    while (good)
        good = hg_channel_read(&g);
    g.flush_at_ms = 0;
    hg_channel_flush(&g);
    hear(ends[1]);
    finish(&g);
    close(ends[1]);
}
