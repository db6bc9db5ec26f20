// Arena: many allocations, freed together. One per long-lived object, one scratch arena passed
// down a call.
//
// Failure is sticky: once an allocation failed, every later one returns NULL too and
// hn_arena_failed() says so until the next reset; a function takes its buffers at its top and
// tests once. Zero-size allocations succeed. Memory is aligned for any type and NOT zeroed by
// hn_arena_alloc.
// With HONE_ARENA_DEBUG defined each allocation is a malloc of its own, so that the sanitizers
// see overruns between neighbours.
#ifndef HN_BASE_ARENA_H
#define HN_BASE_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <hone/api.h>

typedef struct hn_arena_block hn_arena_block;
typedef struct hn_arena {
    hn_arena_block *head; // newest block
    size_t n_bytes;       // handed out since the last reset
    bool failed;
} hn_arena;

typedef struct hn_arena_mark {
    hn_arena_block *head;
    size_t used;
    size_t n_bytes;
} hn_arena_mark;

#define HN_ARENA_INIT                                                                              \
    {                                                                                              \
        NULL, 0, false                                                                             \
    }

void *hn_arena_alloc(hn_arena *arena, size_t size);
void *hn_arena_zalloc(hn_arena *arena, size_t count, size_t size); // zeroed array
char *hn_arena_strdup(hn_arena *arena, const char *text);          // NULL stays NULL
char *hn_arena_strndup(hn_arena *arena, const char *text, size_t length);
void *hn_arena_memdup(hn_arena *arena, const void *data, size_t size);
char *hn_arena_printf(hn_arena *arena, const char *format, ...) HONE_PRINTF(2, 3);
bool hn_arena_failed(const hn_arena *arena);
// A scratch arena is marked before and rewound after a call; rewinding keeps the sticky flag.
hn_arena_mark hn_arena_get_mark(const hn_arena *arena);
void hn_arena_rewind(hn_arena *arena, hn_arena_mark mark);
void hn_arena_reset(hn_arena *arena); // forget everything and the failure, keep one block
void hn_arena_free(hn_arena *arena);  // back to HN_ARENA_INIT

// Array of `count` T, uninitialised / zeroed.
#define HN_NEW(arena, T, count)  ((T *)hn_arena_alloc_array((arena), (count), sizeof(T)))
#define HN_ZNEW(arena, T, count) ((T *)hn_arena_zalloc((arena), (count), sizeof(T)))
void *hn_arena_alloc_array(hn_arena *arena, size_t count, size_t size); // NULL on overflow

#endif
