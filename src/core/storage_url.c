// Storage URLs; see storage_url.h.

#include "core/storage_url.h"

#include <string.h>

#include "core/options.h"

hone_status hn_storage_open(const char *url, const char *options, bool create, bool read_only,
                            hn_arena *arena, hn_open_storage *out, hone_error *err)
{
    if (!url)
        url = "memory:";
    size_t scheme = strcspn(url, ":");
    memset(out, 0, sizeof *out);
    if (url[scheme] != ':')
        return hn_fail(err, HONE_EINVAL,
                       "the storage \"%s\" names no kind: write sqlite:%s (or memory:)", url, url);
    char *name = hn_arena_strndup(arena, url, scheme);
    if (!name)
        return hn_fail_memory(err);
    HN_TRY(hn_storage_find(name, &out->class, err));
    const char *where = url + scheme + 1;
    if (strcmp(name, "sqlite") == 0 && !*where)
        return hn_fail(err, HONE_EINVAL, "the storage \"%s\" names no file: sqlite:hone.db, say",
                       url);
    HN_TRY(hn_options_make(&out->class->head, options, arena, &out->config, err));
    void *state = hn_arena_zalloc(arena, 1, out->class->head.state_size + 1);
    if (!state)
        return hn_fail_memory(err);
    HN_TRY(out->class->open(state, where, create, read_only, out->config, err));
    out->state = state;
    return HONE_OK;
}

void hn_storage_close(hn_open_storage *storage)
{
    if (storage->state)
        storage->class->close(storage->state);
    storage->state = NULL;
}
