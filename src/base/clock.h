// Time. Only drivers (CLI, drive, executors, storages) read clocks; the engine is given times.
#ifndef HN_BASE_CLOCK_H
#define HN_BASE_CLOCK_H

#include <stdint.h>

uint64_t hn_clock_wall_us(void); // microseconds since 1970, UTC
uint64_t hn_clock_mono_us(void); // monotonic
// "2026-03-01T12:30:05Z" into `out` (≥ 24 bytes).
void hn_clock_iso(uint64_t wall_us, char *out);

#endif
