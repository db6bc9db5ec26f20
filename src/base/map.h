// Hash map from text to a 64-bit value. Keys are copied. Open addressing, no removal.
#ifndef HN_BASE_MAP_H
#define HN_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hn_map_slot hn_map_slot;
typedef struct hn_map {
    hn_map_slot *slots;
    size_t n, cap;
} hn_map;

#define HN_MAP_INIT                                                                                \
    {                                                                                              \
        NULL, 0, 0                                                                                 \
    }

bool hn_map_put(hn_map *map, const char *key, uint64_t value); // false when out of memory
bool hn_map_get(const hn_map *map, const char *key, uint64_t *value);
bool hn_map_get_n(const hn_map *map, const char *key, size_t length, uint64_t *value);
void hn_map_free(hn_map *map);

#endif
