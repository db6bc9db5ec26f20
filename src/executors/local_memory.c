// The memory limit of a job, watched on a timer. (A limit of the address space would kill programs
// that only reserve it, as CUDA does.)
//
//  1. One pass over /proc finds every process: parent, group, resident size.
//  2. A process is the job's when it is in its process group, or descends from one that is, or from
//     a stray that carries the job's tag in its environment: one that has left the group and whose
//     parents are gone hangs under the guardian itself.
//  3. Resident sizes count shared pages once for each process, so their sum is only an upper bound:
//     when it is over the limit, the proportional sizes (Pss), which are slow to get, decide. They
//     are asked again only after a second, or when the sum has used up half of what was left.
//  4. Over the limit the group is killed at once, as the kernel would.
//
// Cost: about 8 us for each process on the machine, four times a second (ten times while a job is
// near its limit), and only while a job with a limit runs.
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
#include "executors/reap.h"

enum { FIRST_MS = 50, LOOK_MS = 250, NEAR_MS = 100, AGAIN_MS = 1000, GENERATIONS_MAX = 64 };

// A job with a limit, and what its processes take.
typedef struct watched {
    pid_t pid; // of its leader, and number of its group
    hn_local_job *job;
    uint64_t resident;
} watched;

typedef struct process {
    pid_t pid, parent, group;
    uint64_t bytes;
    watched *owner; // NULL: none of ours
} process;

typedef struct look {
    HN_VEC(process) all;     // by pid
    HN_VEC(watched) watched; // by pid
    const hn_local *local;
} look;

// --- reading /proc ---

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

static bool list_processes(look *l)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    long page = sysconf(_SC_PAGESIZE);
    bool good = proc;
    while (good && (entry = readdir(proc))) {
        process p = {0};
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
            continue;
        if (read_process(entry->d_name, page, &p))
            good = hn_vec_push(&l->all, p);
    }
    if (proc)
        closedir(proc);
    return good;
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

// --- whose is a process? ---

static int by_pid(const void *a, const void *b)
{
    const process *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

static int by_leader(const void *a, const void *b)
{
    const watched *x = a, *y = b;
    return (x->pid > y->pid) - (x->pid < y->pid);
}

static watched *watched_group(const look *l, pid_t group)
{
    watched key = {.pid = group};
    return bsearch(&key, l->watched.data, l->watched.n, sizeof key, by_leader);
}

static watched *watched_stray(const look *l, pid_t pid)
{
    uint64_t id;
    if (!hn_reap_job_of(pid, l->local->guardian.token, &id))
        return NULL;
    for (size_t i = 0; i < l->watched.n; i++)
        if (l->watched.data[i].job->id == id)
            return &l->watched.data[i];
    return NULL;
}

static watched *owner_of(const look *l, const process *p)
{
    for (int i = 0; p && i < GENERATIONS_MAX; i++) {
        watched *owner = watched_group(l, p->group);
        if (owner)
            return owner;
        if (p->parent == l->local->guardian.pid)
            return watched_stray(l, p->pid);
        process key = {.pid = p->parent};
        p = bsearch(&key, l->all.data, l->all.n, sizeof key, by_pid);
    }
    return NULL;
}

// --- judging ---

// What the job's processes really take together.
static uint64_t proportional(const look *l, const watched *w)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < l->all.n; i++)
        if (l->all.data[i].owner == w)
            sum += proportional_bytes(l->all.data[i].pid, l->all.data[i].bytes);
    return sum;
}

static bool is_over(const look *l, const watched *w)
{
    hn_local_job *job = w->job;
    uint64_t now = uv_now(&l->local->loop), used = w->resident;
    bool may_be = used > job->memory_bytes;
    if (may_be && now < job->memory_again_ms && used <= job->memory_trusted)
        return false; // it was verified, and little has been added
    if (may_be) {
        used = proportional(l, w);
        job->memory_again_ms = now + AGAIN_MS;
        job->memory_trusted =
            w->resident + (used < job->memory_bytes ? (job->memory_bytes - used) / 2 : 0);
    }
    if (used > job->memory_peak)
        job->memory_peak = used;
    return used > job->memory_bytes;
}

static bool list_watched(look *l)
{
    for (size_t i = 0; i < l->local->n_buckets; i++)
        for (hn_local_job *job = l->local->buckets[i]; job; job = job->next)
            if (job->memory_bytes > 0 && job->pid > 0 && !job->ended &&
                !hn_vec_push(&l->watched, (watched){(pid_t)job->pid, job, 0}))
                return false;
    return true;
}

// Milliseconds until the next look.
static uint64_t look_at_all(look *l)
{
    uint64_t next = LOOK_MS;
    if (!list_watched(l) || l->watched.n == 0 || !list_processes(l))
        return next;
    qsort(l->watched.data, l->watched.n, sizeof *l->watched.data, by_leader);
    qsort(l->all.data, l->all.n, sizeof *l->all.data, by_pid);
    for (size_t i = 0; i < l->all.n; i++) {
        process *p = &l->all.data[i];
        p->owner = owner_of(l, p);
        if (p->owner)
            p->owner->resident += p->bytes;
    }
    for (size_t i = 0; i < l->watched.n; i++) {
        const watched *w = &l->watched.data[i];
        if (w->resident > w->job->memory_bytes / 4 * 3)
            next = NEAR_MS;
        if (is_over(l, w)) {
            w->job->out_of_memory = true;
            hn_local_stop(w->job, HN_CANCEL_KILL);
        }
    }
    return next;
}

static bool any_limited(const hn_local *local)
{
    for (size_t i = 0; i < local->n_buckets; i++)
        for (const hn_local_job *job = local->buckets[i]; job; job = job->next)
            if (job->memory_bytes > 0 && !job->ended)
                return true;
    return false;
}

static void on_look(uv_timer_t *timer)
{
    hn_local *local = timer->data;
    look l = {.local = local};
    uint64_t next = look_at_all(&l);
    if (any_limited(local))
        uv_timer_start(timer, on_look, next, 0);
    hn_vec_free(&l.all);
    hn_vec_free(&l.watched);
}

void hn_local_memory_watch(hn_local_job *job, uint64_t memory_bytes)
{
    uv_timer_t *timer = &job->local->watcher;
    job->memory_bytes = memory_bytes;
    if (memory_bytes == 0)
        return;
    if (!uv_is_active((uv_handle_t *)timer) || uv_timer_get_due_in(timer) > FIRST_MS) {
        uv_update_time(&job->local->loop);
        uv_timer_start(timer, on_look, FIRST_MS, 0);
    }
}
