// Owners of trials, and whether they live.

#include "core/owner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hone/trial.h>

#include "base/process.h"

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

// 0 when it runs no more; one that is dead but not yet buried does not run either.
static int64_t start_of(int64_t pid)
{
    uint64_t ticks;
    char letter = hn_process_look(pid, &ticks);
    return letter == 'Z' || letter == 'X' ? 0 : (int64_t)ticks;
}

char *hn_owner_self(hn_arena *arena)
{
    char host[HOST_SIZE], boot[BOOT_SIZE];
    host_name(host);
    boot_id(boot);
    return hn_arena_printf(arena, "%s/%s/%lld/%lld", host, boot, (long long)getpid(),
                           (long long)start_of(getpid()));
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
    int64_t now = start_of(pid);
    return now == start && now != 0 ? HN_ALIVE : HN_DEAD;
}

int hone_owner_lives(const char *owner)
{
    hn_life life = hn_owner_life(owner);
    return life == HN_ALIVE ? 1 : life == HN_DEAD ? 0 : -1;
}
