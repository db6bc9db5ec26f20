// Channels: the sockets whose other end is HONE_FD in a child.
//
// Making one, watching it, handing its end to the guardian and closing it all again is most of what
// a job without output would cost. A channel over which nothing was said is therefore used again:
// both ends stay where they are, and the guardian knows it by its index. What makes that safe:
//  1. The guardian says of a job that ended whether a process that it does not know of might still
//     hold the descriptor; then, and when anything was read, sent or shut down, both ends are
//     closed.
//  2. A channel belongs to one guardian and goes with it.
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "executors/local.h"

static void on_closed(uv_handle_t *handle)
{
    hn_local_channel *channel = handle->data;
    hn_free(channel);
}

static void close_channel(hn_local_channel *channel)
{
    if (channel->index < HG_CHANNELS)
        channel->local->channels_used &= ~((uint64_t)1 << channel->index);
    if (channel->theirs >= 0)
        close(channel->theirs);
    if (channel->watched) {
        uv_close((uv_handle_t *)&channel->poll, on_closed);
        close(channel->fd);
        return;
    }
    if (channel->fd >= 0)
        close(channel->fd);
    hn_free(channel);
}

// Nobody should speak on a channel without a job.
static void drop_idle(hn_local_channel *channel)
{
    hn_local_channel **at = &channel->local->idle;
    while (*at != channel)
        at = &(*at)->next;
    *at = channel->next;
    close_channel(channel);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
    hn_local_channel *channel = poll->data;
    (void)status, (void)events;
    if (!channel->job) {
        drop_idle(channel);
        return;
    }
    channel->job->sources[HN_LINE_FD].dirty = true;
    hn_local_job_list(channel->job);
}

static uint32_t free_index(uint64_t used)
{
    uint32_t i = 0;
    while (i < HG_CHANNELS && used >> i & 1)
        i++;
    return i;
}

static hone_status watch(hn_local_channel *channel, hone_error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return hn_fail_errno(err, errno, "cannot make the socket of HONE_FD");
    channel->fd = ends[0];
    channel->theirs = ends[1];
    int code = uv_poll_init(&channel->local->loop, &channel->poll, channel->fd);
    if (code == 0) {
        channel->watched = true;
        channel->poll.data = channel;
        code = uv_poll_start(&channel->poll, UV_READABLE, on_socket);
    }
    return code ? hn_fail_errno(err, -code, "cannot watch the socket of HONE_FD") : HONE_OK;
}

static hone_status create(hn_local *local, hn_local_channel **out, hone_error *err)
{
    hn_local_channel *channel = hn_calloc(1, sizeof *channel);
    if (!channel)
        return hn_fail_memory(err);
    channel->local = local;
    channel->guardian = local->guardian.number;
    channel->fd = channel->theirs = -1;
    channel->index = free_index(local->channels_used);
    if (channel->index < HG_CHANNELS)
        local->channels_used |= (uint64_t)1 << channel->index;
    hone_status status = watch(channel, err);
    if (status == HONE_OK)
        *out = channel;
    else
        close_channel(channel);
    return status;
}

hone_status hn_local_channel_open(hn_local_job *job, hone_error *err)
{
    hn_local *local = job->local;
    hn_local_channel *channel = local->idle;
    if (channel)
        local->idle = channel->next;
    else
        HN_TRY(create(local, &channel, err));
    channel->job = job;
    channel->next = NULL;
    job->channel = channel;
    job->sources[HN_LINE_FD].fd = channel->fd;
    job->sources[HN_LINE_FD].over = false;
    return HONE_OK;
}

void hn_local_channel_release(hn_local_job *job)
{
    hn_local_channel *channel = job->channel;
    hn_local *local = job->local;
    if (!channel)
        return;
    job->channel = NULL;
    job->sources[HN_LINE_FD].fd = -1;
    job->sources[HN_LINE_FD].over = true;
    channel->job = NULL;
    if (!job->kept || channel->used || channel->guardian != local->guardian.number) {
        close_channel(channel);
        return;
    }
    channel->next = local->idle;
    local->idle = channel;
}

void hn_local_channels_close(hn_local *local)
{
    while (local->idle) {
        hn_local_channel *channel = local->idle;
        local->idle = channel->next;
        close_channel(channel);
    }
}
