// What samplers share within one study: the same evidence, the same fitted model.
//
// Everything in a cache is a function of the view (core/view.h) and may be thrown away at any time:
// kept up incrementally it equals what is rebuilt. An entry is known by a text that names what it
// is and every option that shapes it, "evidence", "forest trees=50 leaf=1 objective=0": who asks
// for the same text gets the same entry. Whoever uses an entry first brings it in step with the
// view at hand, which costs nothing when somebody else has just done so.
//
// A study has one cache for the plug-ins that it has made (problem->cache) and empties it with
// them; a sampler of a problem without one keeps its own.
#ifndef HN_CORE_CACHE_H
#define HN_CORE_CACHE_H

#include "base/vec.h"
#include "core/problem.h"

typedef struct hn_cache_entry {
    char *key;
    void *data;
    size_t size;
    void (*fini)(void *data);
} hn_cache_entry;

typedef struct hn_cache {
    HN_VEC(hn_cache_entry) entries;
} hn_cache;

// The entry, made of `size` zero bytes when there is none yet: all zero must be a valid state, that
// of knowing nothing. `fini` (may be NULL) frees what it holds. It stays where it is until the
// cache is freed. NULL when out of memory.
void *hn_cache_get(hn_cache *cache, const char *key, size_t size, void (*fini)(void *data));
// Ends every entry, the newest first: later ones may use earlier ones. Back to all zero.
void hn_cache_free(hn_cache *cache);

// The study's cache, or `own` where there is none.
static inline hn_cache *hn_cache_for(const hn_problem *problem, hn_cache *own)
{
    return problem->cache ? problem->cache : own;
}

#endif
