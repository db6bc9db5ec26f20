// What the system knows of a process.
#ifndef HN_BASE_PROCESS_H
#define HN_BASE_PROCESS_H

#include <stdint.h>

// The letter of a process's state ('R', 'S', …; 'Z': dead, but not yet buried by its parent; 'X':
// there is none) and its start in clock ticks since boot, 0 when there is none. Together with the
// id the start names a process for good, since ids are used again.
char hn_process_look(int64_t pid, uint64_t *start_ticks);

#endif
