// Who is known: jobs by id, children by process id, and the two lists that jobs go through.
#include <stdlib.h>
#include <unistd.h>

#include "guardian/guardian.h"

static hg_child **pid_bucket(hg_guardian *g, pid_t pid)
{
    return &g->child_by_pid[(unsigned)pid % HG_BUCKETS];
}

static hg_job **id_bucket(hg_guardian *g, uint64_t id)
{
    return &g->job_by_id[(id ^ id >> 20) % HG_BUCKETS];
}

hg_job *hg_job_find(hg_guardian *g, uint64_t id)
{
    hg_job *job = *id_bucket(g, id);
    while (job && job->id != id)
        job = job->next;
    return job;
}

hg_child *hg_child_find(hg_guardian *g, pid_t pid)
{
    hg_child *child = *pid_bucket(g, pid);
    while (child && child->pid != pid)
        child = child->next;
    return child;
}

void hg_child_add(hg_guardian *g, hg_child *child)
{
    hg_child **bucket = pid_bucket(g, child->pid);
    child->next = *bucket;
    *bucket = child;
    g->n_children++;
}

void hg_child_remove(hg_guardian *g, hg_child *child)
{
    hg_child **at = pid_bucket(g, child->pid);
    while (*at != child)
        at = &(*at)->next;
    *at = child->next;
    g->n_children--;
}

static void list_append(hg_jobs *list, hg_job *job)
{
    job->before = list->last;
    job->after = NULL;
    if (list->last)
        list->last->after = job;
    else
        list->first = job;
    list->last = job;
}

static void list_remove(hg_jobs *list, hg_job *job)
{
    *(job->before ? &job->before->after : &list->first) = job->after;
    *(job->after ? &job->after->before : &list->last) = job->before;
}

void hg_job_add(hg_guardian *g, hg_job *job)
{
    hg_job **bucket = id_bucket(g, job->id);
    job->next = *bucket;
    *bucket = job;
    list_append(&g->running, job);
    hg_child_add(g, &job->lead);
}

void hg_job_drain(hg_guardian *g, hg_job *job)
{
    list_remove(&g->running, job);
    list_append(&g->draining, job);
}

void hg_job_remove(hg_guardian *g, hg_job *job)
{
    hg_job **at = id_bucket(g, job->id);
    while (*at != job)
        at = &(*at)->next;
    *at = job->next;
    list_remove(&g->draining, job);
    hg_group_remove(g, job);
    if (job->channel < HG_CHANNELS && !job->end.kept) {
        job->held = g->channels[job->channel];
        g->channels[job->channel] = -1;
    }
    if (job->held >= 0 && g->n_closing < sizeof g->closing / sizeof *g->closing)
        g->closing[g->n_closing++] = job->held;
    else if (job->held >= 0)
        close(job->held);
    free(job);
}
