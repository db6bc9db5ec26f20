// A short list: a study shares a handful of things, so that looking through it costs nothing.

#include "core/cache.h"

#include <assert.h>
#include <string.h>

void *hn_cache_get(hn_cache *cache, const char *key, size_t size, void (*fini)(void *data))
{
    for (size_t i = 0; i < cache->entries.n; i++) {
        if (strcmp(cache->entries.data[i].key, key) != 0)
            continue;
        assert(cache->entries.data[i].size == size);
        return cache->entries.data[i].data;
    }
    hn_cache_entry entry = {hn_strdup(key), hn_calloc(1, size), size, fini};
    if (entry.key && entry.data && hn_vec_push(&cache->entries, entry))
        return entry.data;
    hn_free(entry.key);
    hn_free(entry.data);
    return NULL;
}

void hn_cache_free(hn_cache *cache)
{
    while (cache->entries.n > 0) {
        hn_cache_entry *entry = &cache->entries.data[--cache->entries.n];
        if (entry->fini)
            entry->fini(entry->data);
        hn_free(entry->data);
        hn_free(entry->key);
    }
    hn_vec_free(&cache->entries);
}
