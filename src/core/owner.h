// Who runs a trial: "host/boot/pid/start", exact enough that a reused process id is no mistake.
#ifndef HN_CORE_OWNER_H
#define HN_CORE_OWNER_H

#include <stdint.h>

#include "base/arena.h"

typedef enum hn_life { HN_ALIVE, HN_DEAD, HN_LIFE_UNKNOWN } hn_life;

// This process; NULL when out of memory.
char *hn_owner_self(hn_arena *arena);
// Does that process still run? Certain on this host; unknown for others and for foreign texts.
hn_life hn_owner_life(const char *owner);

#endif
