// "sqlite:PATH", "memory:" -> an open storage.
#ifndef HN_CORE_STORAGE_URL_H
#define HN_CORE_STORAGE_URL_H

#include "base/arena.h"
#include "core/registry.h"

typedef struct hn_open_storage {
    const hn_storage_class *class;
    void *state, *config;
} hn_open_storage;

// `url` NULL is "memory:". Memory comes from `arena`, which outlives the storage.
hone_status hn_storage_open(const char *url, const char *options, bool create, bool read_only,
                            hn_arena *arena, hn_open_storage *out, hone_error *err);
void hn_storage_close(hn_open_storage *storage);

#endif
