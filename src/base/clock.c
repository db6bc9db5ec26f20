// Clocks.
#include "base/clock.h"

#include <time.h>

static uint64_t now_us(clockid_t clock)
{
    struct timespec t = {0, 0};
    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t hn_clock_wall_us(void)
{
    return now_us(CLOCK_REALTIME);
}

uint64_t hn_clock_mono_us(void)
{
    return now_us(CLOCK_MONOTONIC);
}

void hn_clock_iso(uint64_t wall_us, char *out)
{
    // Any 64-bit time fits: its year has at most six digits.
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm t = {0};
    gmtime_r(&seconds, &t);
    if (strftime(out, 24, "%Y-%m-%dT%H:%M:%SZ", &t) == 0)
        out[0] = '\0';
}
