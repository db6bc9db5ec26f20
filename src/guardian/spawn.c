// Starting a job's process.
//
// The child is a clone that shares our memory until it has exec'ed (as vfork does), so that its
// cost does not grow with anything, and it can tell by a shared struct which step failed. It runs
// on a stack of its own, with every signal blocked until just before the exec: nothing can run a
// handler in the shared memory.
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guardian/guardian.h"

enum { STACK_SIZE = 64 << 10 };

// What the child needs, and what it leaves for us.
typedef struct launch {
    char **argv, **envp;    // argv[-1] is a free slot, for the shell
    const char *outputs[2]; // files for descriptors 1 and 2
    bool truncate;
    const char *dir, *spare, *folder, *file, *text;
    const char *cwd, *path;
    hg_program *program; // where the last one was found
    bool known;          // … and that is this one
    int child_fd;        // for HONE_FD
    int group_fd;        // of its control group, -1: none
    uint64_t memory_bytes;
    uint32_t n_cpus;
    unsigned long cpus[HG_CPUS_MAX / (8 * sizeof(long))]; // a bit each
    uint64_t ticks; // of CLOCK_BOOTTIME when the child began to run
    int code;
    hg_stage stage;
} launch;

static uint64_t boot_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    long hz = sysconf(_SC_CLK_TCK);
    return (uint64_t)now.tv_sec * (uint64_t)hz +
           (uint64_t)now.tv_nsec / (1000000000u / (uint64_t)hz);
}

// A text without "#!" is a shell script, as for execvp.
__attribute__((no_sanitize("address"))) static int run(launch *l, const char *file)
{
    execve(file, l->argv, l->envp);
    if (errno != ENOEXEC)
        return errno;
    char *first = l->argv[0];
    l->argv[-1] = (char *)"sh";
    l->argv[0] = (char *)file;
    execve("/bin/sh", l->argv - 1, l->envp);
    l->argv[0] = first;
    return errno;
}

// Tries argv[0] in each folder of PATH. A file that exists but may not be run is remembered: that
// says more than "not found".
__attribute__((no_sanitize("address"))) static int run_by_path(launch *l)
{
    char *candidate = l->program->file;
    const char *name = l->argv[0], *p = l->path;
    size_t length = strlen(name);
    int code = ENOENT;
    if (strchr(name, '/'))
        return run(l, name);
    if (length == 0)
        return ENOENT;
    if (l->known)
        run(l, candidate); // it may be gone: then it is looked for anew
    while (p) {
        const char *end = strchrnul(p, ':');
        size_t n = (size_t)(end - p);
        if (n + length + 2 <= sizeof l->program->file) {
            memcpy(candidate, p, n);
            candidate[n] = '/';
            memcpy(candidate + n + (n > 0), name, length + 1);
            // A failed exec would copy all arguments first; asking is far cheaper.
            int at = access(candidate, X_OK) == 0 ? run(l, candidate) : errno;
            if (at != ENOENT && at != ENOTDIR && at != EACCES)
                return at;
            if (at == EACCES)
                code = EACCES;
        }
        p = *end ? end + 1 : NULL;
    }
    return code;
}

__attribute__((no_sanitize("address"))) static bool write_file(const launch *l)
{
    int fd = open(l->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    size_t n = strlen(l->text);
    ssize_t done = 0;
    for (const char *at = l->text; fd >= 0 && n > 0; at += done, n -= (size_t)done) {
        done = write(fd, at, n);
        if (done < 0 && errno != EINTR)
            return false;
        done = done < 0 ? 0 : done;
    }
    return fd >= 0 && close(fd) == 0;
}

// To move an empty folder costs half of what making one does.
__attribute__((no_sanitize("address"))) static bool make_folder(const launch *l)
{
    if (l->spare[0] && rename(l->spare, l->folder) == 0)
        return true;
    return mkdir(l->folder, 0777) == 0 || errno == EEXIST;
}

// Made by the child itself, as the outputs are: that keeps the engine, which has all jobs to see
// to, and us free of it, and jobs that start at the same time do it side by side.
__attribute__((no_sanitize("address"))) static bool make_place(launch *l)
{
    l->stage = HG_STAGE_DIR;
    if (l->dir[0] && mkdir(l->dir, 0777) != 0)
        return false;
    l->stage = HG_STAGE_FOLDER;
    if (l->folder[0] && !make_folder(l))
        return false;
    l->stage = HG_STAGE_FILE;
    return !l->file[0] || write_file(l);
}

// It spares us four descriptors a job, too.
__attribute__((no_sanitize("address"))) static bool open_output(launch *l, int fd)
{
    int flags = O_RDWR | O_CREAT | O_APPEND | (l->truncate ? O_TRUNC : 0);
    l->stage = fd == 1 ? HG_STAGE_STDOUT : HG_STAGE_STDERR;
    close(fd);
    return open(l->outputs[fd - 1], flags, 0666) == fd; // the lowest that is free
}

__attribute__((no_sanitize("address"))) static int child_main(void *argument)
{
    launch *l = argument;
    sigset_t none;
    l->ticks = boot_ticks();
    l->stage = HG_STAGE_SETUP;
    if (setpgid(0, 0) != 0)
        goto fail;
    // Before anything else: what has been used is counted where it was.
    if (l->group_fd >= 0 && write(l->group_fd, "0", 1) != 1)
        goto fail;
    if (dup2(l->child_fd, HG_CHILD_FD) < 0)
        goto fail;
    l->stage = HG_STAGE_CPUS;
    if (l->n_cpus && sched_setaffinity(0, sizeof l->cpus, (const cpu_set_t *)(void *)l->cpus) != 0)
        goto fail;
    if (!make_place(l) || !open_output(l, 1) || !open_output(l, 2))
        goto fail;
    l->stage = HG_STAGE_CWD;
    if (l->cwd[0] && chdir(l->cwd) != 0)
        goto fail;
    l->stage = HG_STAGE_EXEC;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    errno = run_by_path(l);
fail:
    l->code = errno;
    _exit(127);
}

// Length of the name in "NAME=value".
static size_t name_length(const char *variable)
{
    return strcspn(variable, "=");
}

static bool is_among(const char *variable, char **list, size_t n)
{
    size_t length = name_length(variable) + 1;
    for (size_t i = 0; i < n; i++) {
        if (list[i][0] == variable[0] && strncmp(list[i], variable, length) == 0)
            return true;
    }
    return false;
}

// The text after `text`, NULL when the frame ends there.
static char *next_text(char *text, const char *end)
{
    text += strlen(text) + 1;
    return text < end ? text : NULL;
}

// The ids at `body` as bits; false when there are more than fit, or wrong ones.
static bool take_cpus(launch *l, const char *body, size_t size, uint32_t n)
{
    enum { BITS = 8 * sizeof *l->cpus };
    uint32_t id;
    if (n > HG_CPUS_MAX || n * sizeof id >= size)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        memcpy(&id, body + i * sizeof id, sizeof id);
        if (id >= HG_CPUS_MAX)
            return false;
        l->cpus[id / BITS] |= 1ul << id % BITS;
    }
    l->n_cpus = n;
    return true;
}

// The pointers into `body`, and the merged environment: tag, the job's, ours. False when the
// frame is damaged or memory is short.
static bool lay_out(hg_guardian *g, launch *l, char *body, size_t size, char *tag)
{
    hg_spawn counts;
    memcpy(&counts, body, sizeof counts);
    size_t n_base = 0, n_args = counts.n_args, n_env = counts.n_env;
    while (g->base_env[n_base])
        n_base++;
    if (n_args < 1 || n_args > size || n_env > size ||
        !take_cpus(l, body + sizeof counts, size - sizeof counts, counts.n_cpus))
        return false;
    g->scratch.n = 0;
    if (!hg_reserve(&g->scratch, (n_args + n_env + n_base + 4) * sizeof(char *)))
        return false;
    l->argv = (char **)(void *)g->scratch.data + 1;
    l->envp = l->argv + n_args + 1;
    char *p = body + sizeof counts + counts.n_cpus * sizeof(uint32_t), *end = body + size;
    char **env = l->envp;
    l->truncate = counts.truncate;
    l->memory_bytes = counts.memory_bytes;
    const char **texts[] = {&l->outputs[0], &l->outputs[1], &l->dir,  &l->spare,
                            &l->folder,     &l->file,       &l->text, &l->cwd};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        p = i == 0 ? p : p ? next_text(p, end) : NULL;
        *texts[i] = p;
    }
    *env++ = tag;
    for (size_t i = 0; i < n_args + n_env; i++) {
        p = p ? next_text(p, end) : NULL;
        if (!p)
            return false;
        if (i < n_args)
            l->argv[i] = p;
        else
            *env++ = p;
    }
    l->argv[n_args] = NULL;
    for (size_t i = 0; i < n_base; i++) {
        if (!is_among(g->base_env[i], l->envp, n_env + 1))
            *env++ = g->base_env[i];
    }
    *env = NULL;
    return true;
}

static const char *find_path(char **env)
{
    for (; *env; env++) {
        if (strncmp(*env, "PATH=", 5) == 0)
            return *env + 5;
    }
    return "/usr/local/bin:/usr/bin:/bin";
}

// As a shell does, we remember where in PATH a program was found: asking in one folder after the
// other for each job costs more than what else there is to do before the exec.
// (A place that is not absolute is another one in another working directory.)
static bool is_known(const hg_program *program, const launch *l)
{
    return program->name[0] && program->file[0] == '/' && strcmp(program->name, l->argv[0]) == 0 &&
           strcmp(program->path, l->path) == 0;
}

static void remember(hg_program *program, const launch *l)
{
    const char *name = l->argv[0];
    program->name[0] = '\0';
    if (!strchr(name, '/') && strlen(name) < sizeof program->name &&
        strlen(l->path) < sizeof program->path) {
        strcpy(program->name, name);
        strcpy(program->path, l->path);
    }
}

// Process id, or -1 with l->code set.
static pid_t start(launch *l)
{
    static _Alignas(16) char stack[STACK_SIZE];
    l->stage = HG_STAGE_FORK;
    l->code = 0;
    l->known = is_known(l->program, l);
    pid_t pid = clone(child_main, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, l);
    if (pid < 0) {
        l->code = errno;
    } else if (l->code) {
        waitpid(pid, NULL, 0);
        pid = -1;
        l->program->name[0] = '\0';
    } else if (!l->known) {
        remember(l->program, l);
    }
    return pid;
}

// Made between two readings of the same tick, its start time is that tick; /proc, which costs more
// than all the rest here, is asked only otherwise.
static void enter(hg_guardian *g, hg_job *job, const launch *l, uint64_t ticks_before)
{
    bool sure = ticks_before == l->ticks;
    job->start_ticks = sure ? ticks_before : hg_start_ticks(job->lead.pid);
    job->seq = ++g->seq;
    job->lead.job = job;
    job->lead.leader = true;
    job->held = -1;
    hg_job_add(g, job);
}

hg_job *hg_spawn_job(hg_guardian *g, uint64_t id, char *body, size_t size, int child_fd)
{
    char tag[sizeof HG_TAG + sizeof g->outer + sizeof g->token + 24];
    launch l = {.child_fd = child_fd, .group_fd = -1, .program = &g->program};
    hg_reply reply = {.type = HG_FAILED, .job = id, .code = ENOMEM};
    hg_job *job = calloc(1, sizeof *job), *entered = NULL;
    snprintf(tag, sizeof tag, HG_TAG "=%s%s.%llu", g->outer, g->token, (unsigned long long)id);
    if (job && lay_out(g, &l, body, size, tag)) {
        l.path = find_path(l.envp);
        job->id = id;
        l.group_fd = hg_group_make(g, job, l.memory_bytes);
        job->started_us = hg_now_us();
        uint64_t ticks_before = boot_ticks();
        job->lead.pid = start(&l);
        reply.code = l.code;
        reply.stage = l.stage;
        if (job->lead.pid > 0) {
            enter(g, job, &l, ticks_before);
            reply.type = HG_SPAWNED;
            reply.pid = job->lead.pid;
            reply.start_ticks = job->start_ticks;
            reply.grouped = job->grouped;
            entered = job;
        } else {
            hg_group_remove(g, job);
        }
    }
    if (l.group_fd >= 0)
        close(l.group_fd);
    if (!entered)
        free(job);
    hg_send(g, &reply);
    return entered;
}
