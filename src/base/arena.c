// Arena: a chain of blocks, newest first, each twice as large as the one before up to 1 MiB.
//
// With HONE_ARENA_DEBUG a block holds exactly one allocation, so that the sanitizers guard each;
// marks, rewinding and accounting are the same code.
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

enum { ALIGN = alignof(max_align_t), FIRST_BLOCK = 4096, LARGEST_STEP = 1 << 20 };

struct hn_arena_block {
    hn_arena_block *older;
    size_t size, used;
    alignas(max_align_t) unsigned char data[];
};

#ifdef HONE_ARENA_DEBUG
static const int one_block_each = 1;
#else
static const int one_block_each = 0;
#endif

static hn_arena_block *add_block(hn_arena *arena, size_t size)
{
    size_t want = size;
    if (!one_block_each) {
        size_t usual = arena->head ? 2 * arena->head->size : FIRST_BLOCK - sizeof(hn_arena_block);
        if (usual > LARGEST_STEP)
            usual = LARGEST_STEP;
        if (want < usual)
            want = usual;
    }
    if (want > SIZE_MAX - sizeof(hn_arena_block))
        return NULL;
    hn_arena_block *block = hn_malloc(sizeof *block + want);
    if (!block)
        return NULL;
    block->older = arena->head;
    block->size = want;
    block->used = 0;
    arena->head = block;
    return block;
}

void *hn_arena_alloc(hn_arena *arena, size_t size)
{
    if (arena->failed)
        return NULL;
    hn_arena_block *block = arena->head;
    if (one_block_each || !block || size > block->size - block->used)
        block = add_block(arena, size);
    if (!block) {
        arena->failed = true;
        return NULL;
    }
    void *p = block->data + block->used;
    size_t left = block->size - block->used;
    // The padding after the last allocation of a block may not fit; then the block is full.
    size_t step = size > left - left % ALIGN ? left : (size + ALIGN - 1) / ALIGN * ALIGN;
    block->used += one_block_each ? left : step;
    arena->n_bytes += size;
    return p;
}

void *hn_arena_alloc_array(hn_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size) {
        arena->failed = true;
        return NULL;
    }
    return hn_arena_alloc(arena, count * size);
}

void *hn_arena_zalloc(hn_arena *arena, size_t count, size_t size)
{
    void *p = hn_arena_alloc_array(arena, count, size);
    return p ? memset(p, 0, count * size) : NULL;
}

void *hn_arena_memdup(hn_arena *arena, const void *data, size_t size)
{
    void *p = hn_arena_alloc(arena, size);
    if (p && size)
        memcpy(p, data, size);
    return p;
}

char *hn_arena_strndup(hn_arena *arena, const char *text, size_t length)
{
    if (!text)
        return NULL;
    const char *end = memchr(text, '\0', length);
    size_t n = end ? (size_t)(end - text) : length;
    char *copy = hn_arena_alloc(arena, n + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

char *hn_arena_strdup(hn_arena *arena, const char *text)
{
    return text ? hn_arena_strndup(arena, text, strlen(text)) : NULL;
}

char *hn_arena_printf(hn_arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0) {
        arena->failed = true;
        return NULL;
    }
    char *text = hn_arena_alloc(arena, (size_t)n + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return text;
}

bool hn_arena_failed(const hn_arena *arena)
{
    return arena->failed;
}

hn_arena_mark hn_arena_get_mark(const hn_arena *arena)
{
    return (hn_arena_mark){arena->head, arena->head ? arena->head->used : 0, arena->n_bytes};
}

static void drop_older(hn_arena_block *block)
{
    while (block) {
        hn_arena_block *older = block->older;
        hn_free(block);
        block = older;
    }
}

// Empties the arena but keeps the newest block, the largest of the usual ones.
static void keep_one_block(hn_arena *arena)
{
    if (!arena->head)
        return;
    drop_older(arena->head->older);
    arena->head->older = NULL;
    arena->head->used = 0;
    if (one_block_each) {
        hn_free(arena->head);
        arena->head = NULL;
    }
}

void hn_arena_rewind(hn_arena *arena, hn_arena_mark mark)
{
    if (!mark.head) {
        keep_one_block(arena);
    } else {
        while (arena->head != mark.head) {
            hn_arena_block *newest = arena->head;
            arena->head = newest->older;
            hn_free(newest);
        }
        arena->head->used = mark.used;
    }
    arena->n_bytes = mark.n_bytes;
}

void hn_arena_reset(hn_arena *arena)
{
    keep_one_block(arena);
    arena->n_bytes = 0;
    arena->failed = false;
}

void hn_arena_free(hn_arena *arena)
{
    drop_older(arena->head);
    *arena = (hn_arena)HN_ARENA_INIT;
}
