// The socket to the engine: whole frames in, replies out. Writing never blocks (what the socket
// does not take waits in `out`), so that the engine may block on its writes without a deadlock.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guardian/guardian.h"

// Takes the descriptors that came with a message. More than a frame's are a fault of the peer.
static bool take_fds(hg_guardian *g, struct msghdr *message)
{
    bool good = !(message->msg_flags & MSG_CTRUNC);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < n; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (g->n_fds < sizeof g->fds / sizeof *g->fds) {
                g->fds[g->n_fds++] = fd;
            } else {
                close(fd);
                good = false;
            }
        }
    }
    return good;
}

static int next_fd(hg_guardian *g)
{
    int fd = g->fds[0];
    g->n_fds--;
    memmove(g->fds, g->fds + 1, g->n_fds * sizeof *g->fds);
    return fd;
}

// The descriptor that the job's HONE_FD is to be, -1 when the engine names none.
static int descriptor_of(hg_guardian *g, const hg_spawn *wanted)
{
    bool shared = wanted->channel < HG_CHANNELS;
    int *kept = shared ? &g->channels[wanted->channel] : NULL;
    if (!wanted->with_fd) {
        // Whether it waits is a matter of the socket, which the job before may have changed.
        if (shared && *kept >= 0)
            fcntl(*kept, F_SETFL, 0);
        return shared ? *kept : -1;
    }
    if (!g->n_fds)
        return -1;
    int fd = next_fd(g);
    if (shared) {
        if (*kept >= 0)
            close(*kept);
        *kept = fd;
    }
    return fd;
}

static bool handle_spawn(hg_guardian *g, const hg_head *head, char *body)
{
    hg_spawn wanted;
    if (head->size <= sizeof wanted || body[head->size - 1] != '\0')
        return false;
    memcpy(&wanted, body, sizeof wanted);
    int child_fd = descriptor_of(g, &wanted);
    if (child_fd < 0)
        return false;
    hg_job *job = hg_spawn_job(g, head->job, body, head->size, child_fd);
    bool shared = wanted.channel < HG_CHANNELS;
    if (job)
        job->channel = wanted.channel;
    if (!job && shared)
        g->channels[wanted.channel] = -1;
    // Held, HONE_FD ends for the engine with the job and not a wake earlier; but every descriptor
    // of ours makes a spawn a little dearer.
    if (job && !shared && g->n_children <= HG_CROWD)
        job->held = child_fd;
    else if (!job || !shared)
        close(child_fd);
    return true;
}

static bool handle_frame(hg_guardian *g, const hg_head *head, char *body)
{
    int32_t signo;
    hg_job *job;
    switch (head->type) {
    case HG_SPAWN:
        return handle_spawn(g, head, body);
    case HG_SIGNAL:
        if (head->size != sizeof signo)
            return false;
        memcpy(&signo, body, sizeof signo);
        job = hg_job_find(g, head->job);
        if (job)
            hg_signal_job(g, job, signo);
        return true;
    case HG_SHUTDOWN:
        hg_shutdown(g, 0);
        return true;
    default:
        return false;
    }
}

// Handles the whole frames in `in` and keeps the rest.
static bool handle_frames(hg_guardian *g)
{
    hg_bytes *in = &g->in;
    size_t at = 0;
    hg_head head = {0};
    while (in->n - at >= sizeof head) {
        memcpy(&head, in->data + at, sizeof head);
        if (head.size > HG_FRAME_MAX)
            return false;
        if (in->n - at < sizeof head + head.size)
            break;
        if (!handle_frame(g, &head, in->data + at + sizeof head))
            return false;
        at += sizeof head + head.size;
        head.size = 0;
    }
    memmove(in->data, in->data + at, in->n - at);
    in->n -= at;
    return hg_reserve(in, head.size + 65536);
}

bool hg_channel_read(hg_guardian *g)
{
    char control[CMSG_SPACE(sizeof(int))];
    if (!hg_reserve(&g->in, 65536))
        return false;
    struct iovec room = {g->in.data + g->in.n, g->in.cap - g->in.n};
    struct msghdr message = {.msg_iov = &room,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof control};
    ssize_t got = recvmsg(g->socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0 || !take_fds(g, &message))
        return false;
    g->in.n += (size_t)got;
    return handle_frames(g);
}

void hg_send(hg_guardian *g, const hg_reply *reply)
{
    // Without memory for a reply the engine would wait for ever: better that it sees us die.
    if (!hg_reserve(&g->out, sizeof *reply)) {
        hg_shutdown(g, 0);
        return;
    }
    memcpy(g->out.data + g->out.n, reply, sizeof *reply);
    g->out.n += sizeof *reply;
    uint64_t at = reply->type == HG_SPAWNED ? hg_now_ms() + HG_COMPANY_MS : 0;
    if (at < g->flush_at_ms)
        g->flush_at_ms = at;
}

// The engine sees the end of HONE_FD when we let it go: after the reply, so that it wakes once.
static void close_held(hg_guardian *g)
{
    while (g->n_closing)
        close(g->closing[--g->n_closing]);
}

void hg_channel_flush(hg_guardian *g)
{
    if (g->flush_at_ms > hg_now_ms())
        return;
    while (g->out.n) {
        ssize_t sent = send(g->socket, g->out.data, g->out.n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        g->out.n -= (size_t)sent;
        memmove(g->out.data, g->out.data + sent, g->out.n);
    }
    // What the socket did not take goes when poll says that it can.
    g->flush_at_ms = g->out.n ? 0 : HG_NEVER;
    close_held(g);
}
