// Faults on purpose, for tests: the n-th allocation, write, append … fails or kills the process.
//
// In a build with HONE_FAULTS the environment variable
//     HONE_FAULT=point:n[:action][,…]      action = fail (default) | kill | exit | enospc
// arms the n-th pass (1 = first) through the named point of this process; kill raises SIGKILL,
// exit leaves with _exit(134). HONE_FAULT_LOG names a file that gets the name of each point at
// which something was done: a test that armed a point nothing passes has tested nothing.
// `hn_fault("x")` is true when the caller should behave as if the operation had failed (errno is
// set to EIO, or ENOSPC). In other builds it is the constant false and costs nothing. Points are
// listed in hn_fault_points (tests iterate it): a point that is not in the list is an assertion
// failure.
#ifndef HN_BASE_FAULT_H
#define HN_BASE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

extern const char *const hn_fault_points[]; // NULL-terminated, see fault.c

#ifdef HONE_FAULTS
bool hn_fault(const char *point);
// For tests in process: arm as the environment would (NULL disarms everything).
void hn_fault_arm(const char *spec);
// Passes through `point` since it was armed or the process began.
uint64_t hn_fault_count(const char *point);
#else
static inline bool hn_fault(const char *point)
{
    (void)point;
    return false;
}
#endif

#endif
