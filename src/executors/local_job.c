// Jobs of the local executor: table, the list of those with something to say, and their end.
#include <string.h>

#include "base/mem.h"
#include "executors/local.h"

static size_t bucket_of(uint64_t id, size_t n_buckets)
{
    return (size_t)(id ^ id >> 20) & (n_buckets - 1);
}

// Keeps chains at about one job.
static bool grow_table(hn_local *local)
{
    if (local->n_jobs < local->n_buckets)
        return true;
    size_t n = local->n_buckets ? local->n_buckets * 2 : 64;
    hn_local_job **buckets = hn_calloc(n, sizeof *buckets);
    if (!buckets)
        return false;
    for (size_t i = 0; i < local->n_buckets; i++) {
        for (hn_local_job *job = local->buckets[i], *next; job; job = next) {
            hn_local_job **bucket = &buckets[bucket_of(job->id, n)];
            next = job->next;
            job->next = *bucket;
            *bucket = job;
        }
    }
    hn_free(local->buckets);
    local->buckets = buckets;
    local->n_buckets = n;
    return true;
}

static char *put_text(char **at, const char *text, size_t size)
{
    char *copy = *at;
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

hone_status hn_local_job_create(hn_local *local, const hn_job *wanted, hn_local_job **out,
                                hone_error *err)
{
    const char *texts[] = {wanted->dir, wanted->argv[0], wanted->cwd, wanted->folder, wanted->file};
    enum { N_TEXTS = sizeof texts / sizeof *texts };
    size_t sizes[N_TEXTS], size = 0;
    for (int i = 0; i < N_TEXTS; i++)
        size += sizes[i] = texts[i] ? strlen(texts[i]) + 1 : 1;
    hn_local_job *job = NULL;
    if (grow_table(local))
        job = hn_calloc(1, sizeof *job + size);
    if (!job)
        return hn_fail_memory(err);
    char *at = (char *)(job + 1);
    job->local = local;
    job->id = wanted->id;
    job->grace_s = wanted->grace_s;
    char **places[N_TEXTS] = {&job->dir, &job->command, &job->cwd, &job->folder, &job->file};
    for (int i = 0; i < N_TEXTS; i++)
        *places[i] = put_text(&at, texts[i] ? texts[i] : "", sizes[i]);
    for (int i = 0; i < HN_LOCAL_SOURCES; i++) {
        job->sources[i].fd = -1;
        job->sources[i].over = true;
    }
    hn_local_job **bucket = &local->buckets[bucket_of(job->id, local->n_buckets)];
    job->next = *bucket;
    *bucket = job;
    local->n_jobs++;
    *out = job;
    return HONE_OK;
}

hn_local_job *hn_local_job_find(const hn_local *local, uint64_t id)
{
    if (!local->n_buckets)
        return NULL;
    hn_local_job *job = local->buckets[bucket_of(id, local->n_buckets)];
    while (job && job->id != id)
        job = job->next;
    return job;
}

void hn_local_job_list(hn_local_job *job)
{
    hn_local *local = job->local;
    if (job->listed)
        return;
    job->listed = true;
    job->before = local->last;
    job->after = NULL;
    *(local->last ? &local->last->after : &local->first) = job;
    local->last = job;
}

void hn_local_job_unlist(hn_local_job *job)
{
    hn_local *local = job->local;
    if (!job->listed)
        return;
    job->listed = false;
    *(job->before ? &job->before->after : &local->first) = job->after;
    *(job->after ? &job->after->before : &local->last) = job->before;
}

void hn_local_job_forget(hn_local_job *job)
{
    hn_local *local = job->local;
    hn_local_job **at = &local->buckets[bucket_of(job->id, local->n_buckets)];
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    job->next = NULL;
    local->n_jobs--;
}

static void free_job(hn_local_job *job)
{
    for (int i = 0; i < HN_LOCAL_SOURCES; i++)
        hn_lines_free(&job->sources[i].lines);
    hn_str_free(&job->unsent);
    hn_free(job);
}

static void on_closed(uv_handle_t *handle)
{
    hn_local_job *job = handle->data;
    if (--job->n_handles == 0)
        free_job(job);
}

static void close_handle(hn_local_job *job, uv_handle_t *handle, bool open)
{
    if (!open)
        return;
    handle->data = job;
    job->n_handles++;
    uv_close(handle, on_closed);
}

void hn_local_job_destroy(hn_local_job *job)
{
    hn_local_job_unlist(job);
    hn_local_channel_release(job);
    close_handle(job, (uv_handle_t *)&job->timer, job->timed);
    close_handle(job, (uv_handle_t *)&job->watch, job->watched);
    hn_local_output_close(job);
    if (job->n_handles == 0)
        free_job(job);
}

void hn_local_job_end(hn_local_job *job)
{
    job->last.job = job->id;
    job->last.pid = job->pid;
    job->last.start_ticks = (int64_t)job->start_ticks;
    job->ended = true;
    if (job->timed)
        uv_timer_stop(&job->timer);
    if (job->channel && !job->kept) // its end says nothing new
        uv_poll_stop(&job->channel->poll);
    for (int i = 0; i < HN_LOCAL_SOURCES; i++)
        job->sources[i].dirty = !job->sources[i].over;
    hn_local_job_list(job);
}
