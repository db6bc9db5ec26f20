// Ending processes whose guardian is gone.
//
// The environment of every process of ours in /proc is searched for a variable. A process is
// pinned by a pidfd before it is looked at, so that the signal cannot reach a stranger that got
// its number. Since a dying parent may leave a new child, the search is repeated until it finds
// nothing.
#include "executors/reap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/process.h"
#include "executors/guardian_wire.h"

enum { ROUNDS_MAX = 200, DEATH_MS = 5000, ENVIRON_MAX = 8 << 20 };

typedef struct wanted {
    const char *token;  // of the guardian, or NULL
    const char *marker; // of the study, or NULL
} wanted;

typedef struct text {
    char *data;
    size_t n, cap;
} text;

static bool read_environ(const char *pid, text *into)
{
    char path[300];
    snprintf(path, sizeof path, "/proc/%s/environ", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return false;
    ssize_t got = 1;
    into->n = 0;
    while (got > 0 && into->n < ENVIRON_MAX) {
        if (into->cap - into->n < 4096) {
            size_t cap = into->cap ? into->cap * 2 : 16384;
            char *data = hn_realloc(into->data, cap);
            if (!data)
                break;
            into->data = data;
            into->cap = cap;
        }
        got = read(file, into->data + into->n, into->cap - into->n - 1);
        into->n += got > 0 ? (size_t)got : 0;
    }
    close(file);
    if (into->data)
        into->data[into->n] = '\0';
    return into->data && into->n > 0;
}

static const char *find_variable(const text *env, const char *name)
{
    size_t length = strlen(name);
    for (const char *p = env->data; p < env->data + env->n; p += strlen(p) + 1) {
        if (strncmp(p, name, length) == 0 && p[length] == '=')
            return p + length + 1;
    }
    return NULL;
}

// Is the innermost guardian of the tag alive?
static bool is_guarded(const char *tag)
{
    const char *slash = strrchr(tag, '/');
    char *end;
    unsigned long pid = strtoul(slash ? slash + 1 : tag, &end, 10);
    uint64_t ticks = *end == '-' ? strtoull(end + 1, NULL, 10) : 0, found;
    // One that is dead but not yet buried by its parent guards nobody.
    char letter = hn_process_look((int64_t)pid, &found);
    return ticks && found == ticks && letter != 'Z' && letter != 'X';
}

static bool matches(const wanted *w, const text *env)
{
    const char *tag = find_variable(env, HG_TAG);
    const char *marker = find_variable(env, "HONE_STUDY_TAG");
    if (w->token)
        return tag && hg_tag_job(tag, w->token);
    return tag && marker && strcmp(marker, w->marker) == 0 && !is_guarded(tag);
}

// Kills one process if it is wanted; true when it was, and it is dead or dying.
static bool end_process(const wanted *w, const char *name, text *env)
{
    pid_t pid = (pid_t)strtol(name, NULL, 10);
    int pin = (int)syscall(SYS_pidfd_open, pid, 0);
    bool found = read_environ(name, env) && matches(w, env);
    if (found && pin >= 0) {
        struct pollfd on = {pin, POLLIN, 0};
        found = syscall(SYS_pidfd_send_signal, pin, SIGKILL, NULL, 0) == 0;
        if (found)
            poll(&on, 1, DEATH_MS);
    } else if (found && errno == ENOSYS) {
        found = kill(pid, SIGKILL) == 0;
    }
    if (pin >= 0)
        close(pin);
    return found;
}

static hone_status one_round(const wanted *w, text *env, bool *any, hone_error *err)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    struct stat status;
    uid_t user = geteuid();
    *any = false;
    if (!proc)
        return hn_fail_errno(err, errno, "cannot look for processes left behind: /proc");
    while ((entry = readdir(proc))) {
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' ||
            strtol(entry->d_name, NULL, 10) == (long)getpid())
            continue;
        bool ours = fstatat(dirfd(proc), entry->d_name, &status, 0) == 0 && status.st_uid == user;
        if (ours && end_process(w, entry->d_name, env))
            *any = true;
    }
    closedir(proc);
    return HONE_OK;
}

static hone_status reap(const wanted *w, hone_error *err)
{
    text env = {NULL, 0, 0};
    hone_status status = HONE_OK;
    bool any = true;
    for (int i = 0; any && status == HONE_OK && i < ROUNDS_MAX; i++)
        status = one_round(w, &env, &any, err);
    hn_free(env.data);
    return status;
}

hone_status hn_reap_guardian(const char *token, hone_error *err)
{
    return reap(&(wanted){token, NULL}, err);
}

hone_status hn_reap_study(const char *marker, hone_error *err)
{
    return reap(&(wanted){NULL, marker}, err);
}

bool hn_reap_job_of(int64_t pid, const char *token, uint64_t *job)
{
    text env = {NULL, 0, 0};
    char name[32];
    (void)snprintf(name, sizeof name, "%lld", (long long)pid);
    const char *tag = read_environ(name, &env) ? find_variable(&env, HG_TAG) : NULL;
    const char *part = tag ? hg_tag_job(tag, token) : NULL;
    if (part)
        *job = strtoull(part, NULL, 10);
    hn_free(env.data);
    return part != NULL;
}
