// Hash map from text to a number: linear probing over a power of two of slots, at most 2/3 full.
#include "base/map.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

struct hn_map_slot {
    char *key; // NULL: free
    uint64_t hash;
    uint64_t value;
};

// The slot that holds the key, or the free one where it belongs. There is always a free slot.
static hn_map_slot *find(hn_map_slot *slots, size_t cap, const char *key, size_t length,
                         uint64_t hash)
{
    // FNV's low bits alone mix short keys poorly.
    size_t at = (size_t)(hash ^ hash >> 32) & (cap - 1);
    for (;; at = (at + 1) & (cap - 1)) {
        hn_map_slot *slot = &slots[at];
        if (!slot->key)
            return slot;
        if (slot->hash == hash && strncmp(slot->key, key, length) == 0 && !slot->key[length])
            return slot;
    }
}

static bool grow(hn_map *map)
{
    size_t cap = map->cap ? 2 * map->cap : 16;
    hn_map_slot *slots = hn_calloc(cap, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < map->cap; i++) {
        hn_map_slot *old = &map->slots[i];
        if (old->key)
            *find(slots, cap, old->key, strlen(old->key), old->hash) = *old;
    }
    hn_free(map->slots);
    map->slots = slots;
    map->cap = cap;
    return true;
}

bool hn_map_put(hn_map *map, const char *key, uint64_t value)
{
    if ((map->n + 1) * 3 > map->cap * 2 && !grow(map))
        return false;
    size_t length = strlen(key);
    uint64_t hash = hn_hash64(key, length);
    hn_map_slot *slot = find(map->slots, map->cap, key, length, hash);
    if (!slot->key) {
        slot->key = hn_strndup(key, length);
        if (!slot->key)
            return false;
        slot->hash = hash;
        map->n++;
    }
    slot->value = value;
    return true;
}

bool hn_map_get_n(const hn_map *map, const char *key, size_t length, uint64_t *value)
{
    if (map->n == 0)
        return false;
    const hn_map_slot *slot = find(map->slots, map->cap, key, length, hn_hash64(key, length));
    if (!slot->key)
        return false;
    if (value)
        *value = slot->value;
    return true;
}

bool hn_map_get(const hn_map *map, const char *key, uint64_t *value)
{
    return hn_map_get_n(map, key, strlen(key), value);
}

void hn_map_free(hn_map *map)
{
    for (size_t i = 0; i < map->cap; i++)
        hn_free(map->slots[i].key);
    hn_free(map->slots);
    *map = (hn_map)HN_MAP_INIT;
}
