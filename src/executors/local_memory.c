// The memory limit of a job, watched on a timer. (A limit of the address space would kill programs
// that only reserve it, as CUDA does.)
//
//  1. One pass over /proc finds every process of ours: parent, group, resident size.
//  2. A process is the job's when it is in its process group, or descends from one that is.
//  3. Resident sizes count shared pages once for each process, so their sum is only an upper bound:
//     when it is over the limit, the proportional sizes (Pss), which are slow to get, decide.
//  4. Over the limit the group is killed at once, as the kernel would.
//
// Cost: about 8 us for each process on the machine, four times a second, and only while a job with
// a limit runs.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/vec.h"
#include "executors/local.h"

enum { LOOK_MS = 250, GENERATIONS_MAX = 64 };

typedef struct process {
    pid_t pid, parent, group;
    uint64_t bytes;
} process;

typedef HN_VEC(process) processes;

static bool slurp(const char *pid, const char *name, char *text, size_t size)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/%s", pid, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t got = read(file, text, size - 1);
    close(file);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

// Fields 4 (parent), 5 (group) and 24 (resident pages) of stat.
static bool read_process(const char *name, long page, process *p)
{
    char text[1024];
    if (!slurp(name, "stat", text, sizeof text))
        return false;
    char *at = strrchr(text, ')');
    if (!at || strlen(at) < 4)
        return false;
    p->pid = (pid_t)strtol(name, NULL, 10);
    p->parent = (pid_t)strtol(at + 4, &at, 10);
    p->group = (pid_t)strtol(at, &at, 10);
    for (int field = 5; field < 23 && at; field++)
        at = strchr(at + 1, ' ');
    p->bytes = at ? strtoull(at, NULL, 10) * (uint64_t)page : 0;
    return true;
}

static bool list_processes(processes *all)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    long page = sysconf(_SC_PAGESIZE);
    bool good = proc;
    while (good && (entry = readdir(proc))) {
        process p;
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        if (read_process(entry->d_name, page, &p))
            good = hn_vec_push(all, p);
    }
    if (proc)
        closedir(proc);
    return good;
}

static int by_pid(const void *a, const void *b)
{
    const process *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

// The nearest ancestor (or itself) that is in `group`; false when there is none.
static bool descends(const processes *all, const process *p, pid_t group)
{
    for (int i = 0; p && i < GENERATIONS_MAX; i++) {
        if (p->group == group)
            return true;
        process key = {.pid = p->parent};
        p = bsearch(&key, all->data, all->n, sizeof key, by_pid);
    }
    return false;
}

static uint64_t proportional_bytes(pid_t pid, uint64_t otherwise)
{
    char name[32], text[4096];
    snprintf(name, sizeof name, "%ld", (long)pid);
    if (!slurp(name, "smaps_rollup", text, sizeof text))
        return otherwise;
    const char *line = strstr(text, "\nPss:");
    return line ? strtoull(line + strlen("\nPss:"), NULL, 10) * 1024 : otherwise;
}

static bool is_over(const processes *all, const hn_local_job *job)
{
    uint64_t resident = 0, proportional = 0;
    for (size_t i = 0; i < all->n; i++)
        resident += descends(all, &all->data[i], (pid_t)job->pid) ? all->data[i].bytes : 0;
    if (resident <= job->memory_bytes)
        return false;
    for (size_t i = 0; i < all->n; i++) {
        if (descends(all, &all->data[i], (pid_t)job->pid))
            proportional += proportional_bytes(all->data[i].pid, all->data[i].bytes);
    }
    return proportional > job->memory_bytes;
}

static bool is_watched(const hn_local_job *job)
{
    return job->memory_bytes > 0 && job->pid > 0 && !job->ended;
}

static void on_look(uv_timer_t *timer)
{
    hn_local *local = timer->data;
    processes all = {0};
    bool any = false, listed = list_processes(&all);
    if (all.n)
        qsort(all.data, all.n, sizeof *all.data, by_pid);
    for (size_t i = 0; i < local->n_buckets; i++) {
        for (hn_local_job *job = local->buckets[i]; job; job = job->next) {
            any = any || (job->memory_bytes > 0 && !job->ended);
            if (!listed || !is_watched(job) || !is_over(&all, job))
                continue;
            job->out_of_memory = true;
            hn_local_stop(job, HN_CANCEL_KILL);
        }
    }
    if (!any)
        uv_timer_stop(timer);
    hn_vec_free(&all);
}

void hn_local_memory_watch(hn_local_job *job, uint64_t memory_bytes)
{
    uv_timer_t *timer = &job->local->watcher;
    job->memory_bytes = memory_bytes;
    if (memory_bytes > 0 && !uv_is_active((uv_handle_t *)timer)) {
        uv_update_time(&job->local->loop);
        uv_timer_start(timer, on_look, LOOK_MS, LOOK_MS);
    }
}
