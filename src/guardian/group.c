// The kernel's memory limit: a control group (version 2) for each job that has one. The group holds
// all that the job starts, whatever becomes of its parents.
//
//  1. Ours must be a group that we may divide: delegated to us (systemd says so in an attribute, or
//     the folder is ours), or the top of the hierarchy we see. Otherwise the engine watches sizes.
//  2. A group that hands a controller down holds no processes itself, so the engine and we move
//     into a group below, and back at the end. That takes nobody else along: where other processes
//     share the group it is left alone.
//  3. A job's group is made before its child is, and removed when the job is over.
//
// Whatever fails leaves the limit to the engine; nothing here waits but hg_group_close, which gives
// what it has killed half a second.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "guardian/guardian.h"

#define MOUNT  "/sys/fs/cgroup"
#define ENGINE ".engine"

enum { MAGIC = 0x63677270, CLOSE_STEPS = 50, CLOSE_STEP_US = 10000, DEPTH_MAX = 8 };

// --- files of a group ---

static bool path_of(char *out, const char *base, const char *group, const char *file)
{
    int n = snprintf(out, PATH_MAX, "%s%s%s%s%s", base, *group ? "/" : "", group, *file ? "/" : "",
                     file);
    return n > 0 && n < PATH_MAX;
}

// What stands there, at most size - 1 bytes; "" when it cannot be read.
static void get(const char *base, const char *group, const char *file, char *out, size_t size)
{
    char path[PATH_MAX];
    int fd = path_of(path, base, group, file) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    ssize_t got = fd >= 0 ? read(fd, out, size - 1) : -1;
    out[got > 0 ? got : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

// false with errno set.
static bool put(const char *base, const char *group, const char *file, const char *text)
{
    char path[PATH_MAX];
    int fd = path_of(path, base, group, file) ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return false;
    bool good = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
    int code = errno;
    close(fd);
    errno = code;
    return good;
}

static bool put_number(const char *base, const char *group, const char *file, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    return put(base, group, file, text);
}

static bool has_word(const char *text, const char *word)
{
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at += n)
        if ((at == text || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\n' || !at[n]))
            return true;
    return false;
}

// --- may we? ---

// The path of our group in the hierarchy of version 2.
static bool find_own(char *out, size_t size)
{
    char text[8192];
    get("/proc/self", "", "cgroup", text, sizeof text);
    const char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    if (!line)
        return false;
    line = strchr(line, '/');
    size_t n = line ? strcspn(line, "\n") : 0;
    if (n == 0 || n >= size)
        return false;
    memcpy(out, line, n);
    out[n] = '\0';
    return true;
}

static bool is_delegated(const char *base, const char *path)
{
    static const char *const names[] = {"user.delegate", "trusted.delegate"};
    char value[8] = "";
    struct stat status;
    if (strcmp(path, "/") == 0)
        return true;
    for (int i = 0; i < 2; i++)
        if (getxattr(base, names[i], value, sizeof value - 1) == 1 && value[0] == '1')
            return true;
    // A user's own, which is not one of those that the user's systemd looks after.
    return stat(base, &status) == 0 && status.st_uid == geteuid() && geteuid() != 0 &&
           !strstr(path, "/user@");
}

static bool may_write(const char *base)
{
    char procs[PATH_MAX], control[PATH_MAX];
    return path_of(procs, base, "", "cgroup.procs") &&
           path_of(control, base, "", "cgroup.subtree_control") && access(base, W_OK) == 0 &&
           access(procs, W_OK) == 0 && access(control, W_OK) == 0;
}

static bool only_ours(const hg_guardian *g, const char *base)
{
    char text[4096];
    get(base, "", "cgroup.procs", text, sizeof text);
    for (char *at = text; *at;) {
        long pid = strtol(at, &at, 10);
        if (pid != (long)g->engine_pid && pid != (long)getpid())
            return false;
        at += strspn(at, "\n");
    }
    return true;
}

// A guardian that was killed has left the engine in a group of its making: that is taken over.
static void adopt(hg_guardian *g, char *path)
{
    char *name = strrchr(path, '/') + 1;
    size_t n = strlen(name), ending = strlen(ENGINE);
    g->group_moved = strncmp(name, "hone-", 5) == 0 && n > ending && n < sizeof g->group_own &&
                     strcmp(name + n - ending, ENGINE) == 0;
    if (!g->group_moved) {
        snprintf(g->group_own, sizeof g->group_own, "hone-%s" ENGINE, g->token);
        return;
    }
    memcpy(g->group_own, name, n + 1);
    name[name > path + 1 ? -1 : 0] = '\0';
}

const char *hg_group_look(hg_guardian *g)
{
    static char path[PATH_MAX / 2];
    char text[1024];
    struct statfs fs;
    if (!find_own(path, sizeof path))
        return "there are no control groups of version 2";
    adopt(g, path);
    snprintf(g->group_base, sizeof g->group_base, MOUNT "%s", strcmp(path, "/") == 0 ? "" : path);
    if (statfs(g->group_base, &fs) != 0 || fs.f_type != MAGIC)
        return "there are no control groups of version 2";
    get(g->group_base, "", "cgroup.controllers", text, sizeof text);
    if (!has_word(text, "memory"))
        return "the control group does not count memory";
    if (!is_delegated(g->group_base, path))
        return "the control group is not delegated";
    if (!may_write(g->group_base))
        return "the control group may not be written to";
    get(g->group_base, "", "cgroup.subtree_control", text, sizeof text);
    g->group_ready = has_word(text, "memory") && !g->group_moved;
    get(g->group_base, "", "cgroup.type", text, sizeof text); // the top of all has none
    if (!g->group_ready && !g->group_moved && text[0] && !only_ours(g, g->group_base))
        return "the control group is shared with other processes";
    return NULL;
}

// --- beginning and end ---

// With what is below it, as far as nothing lives there.
static bool remove_path(const char *path, int depth)
{
    char below[PATH_MAX];
    struct dirent *entry;
    DIR *folder;
    if (rmdir(path) == 0 || errno == ENOENT)
        return true;
    folder = depth > 0 ? opendir(path) : NULL;
    while (folder && (entry = readdir(folder)))
        if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
            path_of(below, path, entry->d_name, ""))
            remove_path(below, depth - 1);
    if (folder)
        closedir(folder);
    return rmdir(path) == 0;
}

static bool remove_group(const hg_guardian *g, const char *group)
{
    char path[PATH_MAX];
    return path_of(path, g->group_base, group, "") && remove_path(path, DEPTH_MAX);
}

static void move_all(const char *base, const char *from, const char *to)
{
    char text[4096];
    get(base, from, "cgroup.procs", text, sizeof text);
    for (char *at = text; *at; at += strspn(at, "\n"))
        put_number(base, to, "cgroup.procs", strtoull(at, &at, 10));
}

// Hands the controller down; the processes of a group that may not do that with them are moved.
static bool divide(hg_guardian *g)
{
    char path[PATH_MAX];
    const char *own = g->group_own;
    if (g->group_ready || put(g->group_base, "", "cgroup.subtree_control", "+memory"))
        return true;
    if (errno != EBUSY || !path_of(path, g->group_base, own, "") || mkdir(path, 0755) != 0)
        return false;
    move_all(g->group_base, "", own);
    g->group_moved = true;
    if (put(g->group_base, "", "cgroup.subtree_control", "+memory"))
        return true;
    move_all(g->group_base, own, "");
    g->group_moved = false;
    remove_group(g, own);
    return false;
}

// Calls `act` with the name of each group of `token` (NULL: of any guardian); how many there are.
static size_t each_group(const hg_guardian *g, const char *token,
                         void (*act)(const hg_guardian *g, const char *group))
{
    size_t n = 0, length = token ? strlen(token) : 0;
    DIR *folder = opendir(g->group_base);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        const char *name = entry->d_name;
        if (entry->d_type != DT_DIR || name[0] == '.')
            continue;
        bool ours = strncmp(name, "hone-", 5) == 0;
        if (token && !(ours && strncmp(name + 5, token, length) == 0 && name[5 + length] == '.'))
            continue;
        n++;
        if (ours && act)
            act(g, name);
    }
    if (folder)
        closedir(folder);
    return n;
}

// Left behind by a guardian that was killed. One that holds processes stays.
static void sweep_stale(const hg_guardian *g, const char *group)
{
    char *at;
    pid_t pid = (pid_t)strtol(group + strlen("hone-"), &at, 10);
    if (*at == '-' && hg_start_ticks(pid) != strtoull(at + 1, NULL, 10))
        remove_group(g, group);
}

static void end_group(const hg_guardian *g, const char *group)
{
    if (strcmp(group, g->group_own) == 0)
        return;
    if (!remove_group(g, group))
        put(g->group_base, group, "cgroup.kill", "1");
}

void hg_group_close(hg_guardian *g)
{
    if (g->group_state != HG_GROUP_YES)
        return;
    g->group_state = HG_GROUP_NO;
    for (int i = 0; i < CLOSE_STEPS; i++) {
        // The engine's group counts, unless it is one that was taken over.
        bool kept = g->group_moved && strncmp(g->group_own + 5, g->token, strlen(g->token)) == 0;
        if (each_group(g, g->token, end_group) <= kept)
            break;
        usleep(CLOSE_STEP_US);
    }
    // What others have below would lose its limits.
    bool alone = each_group(g, NULL, NULL) <= g->group_moved;
    if (!g->group_ready && alone)
        put(g->group_base, "", "cgroup.subtree_control", "-memory");
    if (g->group_moved && alone) {
        move_all(g->group_base, g->group_own, "");
        remove_group(g, g->group_own);
    }
}

// --- jobs ---

static void job_group(const hg_guardian *g, const hg_job *job, char *out, size_t size)
{
    snprintf(out, size, "hone-%s.%llu", g->token, (unsigned long long)job->id);
}

static bool may_limit(hg_guardian *g)
{
    if (g->group_state == HG_GROUP_UNKNOWN) {
        g->group_state = HG_GROUP_NO;
        if (!hg_group_look(g) && divide(g)) {
            g->group_state = HG_GROUP_YES;
            each_group(g, NULL, sweep_stale);
        }
    }
    return g->group_state == HG_GROUP_YES;
}

int hg_group_make(hg_guardian *g, hg_job *job, uint64_t bytes)
{
    char name[96], path[PATH_MAX];
    if (!bytes || !may_limit(g))
        return -1;
    job_group(g, job, name, sizeof name);
    if (!path_of(path, g->group_base, name, "") || mkdir(path, 0755) != 0)
        return -1;
    job->grouped = true;
    bool good = put_number(g->group_base, name, "memory.max", bytes);
    // Older kernels lack these: memory goes to swap then, and the kernel kills one process only.
    put(g->group_base, name, "memory.swap.max", "0");
    put(g->group_base, name, "memory.oom.group", "1");
    int fd = good && path_of(path, g->group_base, name, "cgroup.procs")
                 ? open(path, O_WRONLY | O_CLOEXEC)
                 : -1;
    if (fd < 0)
        hg_group_remove(g, job);
    return fd;
}

void hg_group_read(const hg_guardian *g, const hg_job *job, hg_reply *end)
{
    char name[96], text[1024];
    bool ended_well = end->code == 0;
    if (!job->grouped)
        return;
    job_group(g, job, name, sizeof name);
    get(g->group_base, name, "memory.peak", text, sizeof text);
    end->memory_bytes = strtoull(text, NULL, 10);
    get(g->group_base, name, "memory.events", text, sizeof text);
    uint64_t n_over = 0, n_killed = 0;
    hg_count_of(text, "oom", &n_over);
    hg_count_of(text, "oom_kill", &n_killed);
    end->by_limit = n_over > 0;
    end->oom = n_killed > 0 && !ended_well;
}

void hg_group_remove(hg_guardian *g, hg_job *job)
{
    char name[96];
    if (!job->grouped)
        return;
    job_group(g, job, name, sizeof name);
    job->grouped = false;
    end_group(g, name); // one that is not empty yet is removed at the end
}
