// What a scheduler must be told before it can work at all.
#ifndef TEST_CONTRACT_SCHEDULERS_NEEDS_H
#define TEST_CONTRACT_SCHEDULERS_NEEDS_H

#include <string.h>

// The least options with which a built-in scheduler takes a study whose trials train for 9 steps.
static inline const char *scheduler_needs(const char *name)
{
    if (strcmp(name, "pbt") == 0)
        return "{\"max_resource\":9,\"interval\":3}";
    return strcmp(name, "freeze-thaw") == 0 ? "{\"max_resource\":9}" : "{}";
}

#endif
