// Which CPUs this process may use, from its affinity, the topology in /sys and the quota of its
// control group (versions 2 and 1).
#include "drive/cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The first line of a file below `root`; false when it cannot be read.
HONE_PRINTF(4, 5)
static bool read_line(const char *root, char *out, size_t size, const char *format, ...)
{
    char path[PATH_MAX];
    va_list args;
    int n = snprintf(path, sizeof path, "%s", root);
    va_start(args, format);
    (void)vsnprintf(path + n, sizeof path - (size_t)n, format, args);
    va_end(args);
    FILE *file = fopen(path, "re");
    bool got = file && fgets(out, (int)size, file);
    if (file)
        (void)fclose(file);
    return got;
}

// --- topology ---

// What cannot be read is a core of its own.
static hn_cpu look(const char *root, uint32_t id)
{
    static const char folder[] = "/sys/devices/system/cpu/cpu";
    char text[256];
    hn_cpu cpu = {.id = id, .core = id};
    if (read_line(root, text, sizeof text, "%s%u/topology/thread_siblings_list", folder, id))
        cpu.core = (uint32_t)strtoul(text, NULL, 10);
    if (read_line(root, text, sizeof text, "%s%u/topology/physical_package_id", folder, id))
        cpu.package = (uint32_t)strtoul(text, NULL, 10);
    return cpu;
}

static int compare(uint32_t a, uint32_t b)
{
    return (a > b) - (a < b);
}

static int by_place(const void *a, const void *b)
{
    const hn_cpu *x = a, *y = b;
    int order = compare(x->package, y->package);
    order = order ? order : compare(x->core, y->core);
    return order ? order : compare(x->id, y->id);
}

static void rank(hn_cpus *cpus)
{
    for (uint32_t i = 0; i < cpus->n; i++) {
        bool same = i > 0 && cpus->all[i].core == cpus->all[i - 1].core &&
                    cpus->all[i].package == cpus->all[i - 1].package;
        cpus->all[i].rank = same ? cpus->all[i - 1].rank + 1 : 0;
        cpus->n_cores += !same;
    }
}

void hn_cpus_order(const hn_cpus *cpus, bool spread, uint32_t *order)
{
    uint32_t n = 0;
    for (uint32_t r = 0; n < cpus->n; r++)
        for (uint32_t i = 0; i < cpus->n; i++)
            if (!spread || cpus->all[i].rank == r)
                order[n++] = i;
}

// --- quota ---

static void take_least(double *least, double quota)
{
    if (quota > 0 && (*least == 0 || quota < *least))
        *least = quota;
}

// That of a group of version 2, and of all groups above it.
static void quota_of_unified(const char *root, char *group, double *least)
{
    char text[64];
    double most, period;
    for (;;) {
        if (read_line(root, text, sizeof text, "/sys/fs/cgroup%s/cpu.max", group) &&
            sscanf(text, "%lf %lf", &most, &period) == 2 && period > 0)
            take_least(least, most / period);
        char *slash = strrchr(group, '/');
        if (!slash)
            return;
        *slash = '\0';
    }
}

// Where only a part of the tree is mounted, the group's own is at its top.
static void quota_of_version_1(const char *root, const char *group, double *least)
{
    static const char *const mounts[] = {"cpu", "cpu,cpuacct"};
    const char *groups[] = {group, ""};
    char most[64], period[64];
    for (int i = 0; i < 4; i++) {
        const char *mount = mounts[i / 2], *at = groups[i % 2];
        if (read_line(root, most, sizeof most, "/sys/fs/cgroup/%s%s/cpu.cfs_quota_us", mount, at) &&
            read_line(root, period, sizeof period, "/sys/fs/cgroup/%s%s/cpu.cfs_period_us", mount,
                      at) &&
            atof(period) > 0)
            take_least(least, atof(most) / atof(period));
    }
}

static double read_quota(const char *root)
{
    char path[PATH_MAX], line[PATH_MAX];
    double least = 0;
    (void)snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file)) {
        char *kind = strchr(line, ':'), *group = kind ? strchr(kind + 1, ':') : NULL;
        if (!group)
            continue;
        *group++ = '\0';
        group[strcspn(group, "\n")] = '\0';
        if (kind[1] == '\0')
            quota_of_unified(root, group, &least);
        else if (strcmp(kind + 1, "cpu") == 0 || strstr(kind + 1, "cpu,"))
            quota_of_version_1(root, group, &least);
    }
    if (file)
        (void)fclose(file);
    return least;
}

// --- the whole ---

static uint32_t usable(uint32_t n, double quota)
{
    if (quota == 0 || quota >= n)
        return n;
    return quota < 1 ? 1 : (uint32_t)quota;
}

static uint32_t read_affinity(uint32_t *ids)
{
    _Alignas(cpu_set_t) unsigned char bits[CPU_ALLOC_SIZE(HN_CPUS_MAX)];
    cpu_set_t *set = (cpu_set_t *)(void *)bits;
    uint32_t n = 0;
    if (sched_getaffinity(0, sizeof bits, set) != 0)
        return 0;
    for (uint32_t i = 0; i < HN_CPUS_MAX; i++)
        if (CPU_ISSET_S(i, sizeof bits, set))
            ids[n++] = i;
    return n;
}

hone_status hn_cpus_look(const char *root, const uint32_t *ids, uint32_t n, hn_arena *arena,
                         hn_cpus *out, hone_error *err)
{
    *out = (hn_cpus){.all = HN_NEW(arena, hn_cpu, n), .n = n, .quota = read_quota(root)};
    if (!out->all)
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < n; i++)
        out->all[i] = look(root, ids[i]);
    qsort(out->all, n, sizeof *out->all, by_place);
    rank(out);
    out->n_usable = usable(n, out->quota);
    return HONE_OK;
}

hone_status hn_cpus_find(hn_arena *arena, hn_cpus *out, hone_error *err)
{
    uint32_t *ids = HN_NEW(arena, uint32_t, HN_CPUS_MAX);
    if (!ids)
        return hn_fail_memory(err);
    uint32_t n = read_affinity(ids);
    if (n == 0)
        return hn_fail(err, HONE_EUNSUPPORTED, "cannot tell which CPUs may be used here");
    return hn_cpus_look("", ids, n, arena, out, err);
}

double hn_cpus_quota(void)
{
    return read_quota("");
}

uint32_t hn_cpus_count(void)
{
    uint32_t ids[HN_CPUS_MAX];
    uint32_t n = read_affinity(ids);
    return n ? usable(n, read_quota("")) : 0;
}
