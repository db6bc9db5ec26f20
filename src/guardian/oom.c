// Did the kernel kill for want of memory? Its count for our control group (version 2, then 1)
// tells; without one, the machine's count.
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guardian/guardian.h"

static bool read_count(int file, uint64_t *count)
{
    char text[8192];
    ssize_t got = pread(file, text, sizeof text - 1, 0);
    text[got > 0 ? got : 0] = '\0';
    return hg_count_of(text, "oom_kill", count);
}

static bool try_file(hg_guardian *g, const char *mount, const char *group, const char *name)
{
    char path[4096];
    snprintf(path, sizeof path, "%s%s/%s", mount, strcmp(group, "/") == 0 ? "" : group, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && read_count(file, &g->oom_count)) {
        g->oom_file = file;
        return true;
    }
    if (file >= 0)
        close(file);
    return false;
}

// One line of /proc/self/cgroup: "0::/path" or "4:memory:/path".
static bool try_group(hg_guardian *g, char *line)
{
    char *kind = strchr(line, ':'), *path = kind ? strchr(kind + 1, ':') : NULL;
    if (!path)
        return false;
    *path++ = '\0';
    if (kind[1] == '\0')
        return try_file(g, "/sys/fs/cgroup", path, "memory.events") ||
               try_file(g, "/sys/fs/cgroup/unified", path, "memory.events");
    if (strcmp(kind + 1, "memory") != 0)
        return false;
    return try_file(g, "/sys/fs/cgroup/memory", path, "memory.oom_control") ||
           try_file(g, "/sys/fs/cgroup/memory", "/", "memory.oom_control");
}

void hg_oom_open(hg_guardian *g)
{
    char *state = NULL;
    g->oom_file = -1;
    if (hg_slurp("/proc/self/cgroup", &g->scratch, 65536)) {
        for (char *line = strtok_r(g->scratch.data, "\n", &state); line;
             line = strtok_r(NULL, "\n", &state)) {
            if (try_group(g, line))
                return;
        }
    }
    try_file(g, "/proc", "/", "vmstat");
}

bool hg_oom_rose(hg_guardian *g)
{
    uint64_t before = g->oom_count;
    return g->oom_file >= 0 && read_count(g->oom_file, &g->oom_count) && g->oom_count > before;
}
