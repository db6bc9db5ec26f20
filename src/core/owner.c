// Owners of trials; liveness from /proc.

#include "core/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOST_SIZE = 65, BOOT_SIZE = 40 };

static void host_name(char out[HOST_SIZE])
{
    if (gethostname(out, HOST_SIZE - 1) != 0)
        snprintf(out, HOST_SIZE, "localhost");
    out[HOST_SIZE - 1] = '\0';
    for (char *c = out; *c; c++)
        if (*c == '/')
            *c = '_';
}

// A new boot means that every process of the old one is gone.
static void boot_id(char out[BOOT_SIZE])
{
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    snprintf(out, BOOT_SIZE, "unknown");
    if (!file)
        return;
    if (fgets(out, BOOT_SIZE, file))
        out[strcspn(out, "\n")] = '\0';
    fclose(file);
}

int64_t hn_process_start_ticks(int64_t pid)
{
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = '\0';
    // The name in parentheses may hold anything; field 22 is the 20th after it.
    char *at = strrchr(line, ')');
    if (at && at[1] == ' ' && at[2] == 'Z')
        return 0; // a zombie runs no more
    for (int field = 0; at && field < 20; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoll(at + 1, NULL, 10) : 0;
}

char *hn_owner_self(hn_arena *arena)
{
    char host[HOST_SIZE], boot[BOOT_SIZE];
    host_name(host);
    boot_id(boot);
    return hn_arena_printf(arena, "%s/%s/%lld/%lld", host, boot, (long long)getpid(),
                           (long long)hn_process_start_ticks(getpid()));
}

hn_life hn_owner_life(const char *owner)
{
    char host[HOST_SIZE], boot[BOOT_SIZE], own_host[HOST_SIZE], own_boot[BOOT_SIZE];
    long long pid, start;
    if (sscanf(owner, "%64[^/]/%39[^/]/%lld/%lld", host, boot, &pid, &start) != 4)
        return HN_LIFE_UNKNOWN;
    host_name(own_host);
    if (strcmp(host, own_host) != 0)
        return HN_LIFE_UNKNOWN;
    boot_id(own_boot);
    if (strcmp(boot, own_boot) != 0)
        return HN_DEAD;
    int64_t now = hn_process_start_ticks(pid);
    return now == start && now != 0 ? HN_ALIVE : HN_DEAD;
}
