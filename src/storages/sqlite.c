// Storage "sqlite": journals in one SQLite file, shared by any number of processes of one machine.
//
// The file is in WAL mode: readers see a fixed state and neither wait for a writer nor hold one up;
// writers take turns. See sqlite_db.h for the invariants.
//
// How durable an append is depends on what it asks for and on the option `sync`:
//     HN_SYNC_LAZY  any          in the operating system's cache: survives the end of any process
//     HN_SYNC_FULL  full         on the disk before the call returns
//                   auto         the same, unless the last sync is less than a second ago; then it
//                                is on the disk after the next sync(), which a driver calls on a
//                                timer, or close()
//                   normal       as lazy; SQLite's checkpoints sync, and nothing else
// The sync of an append belongs to its commit (synchronous=FULL): if it fails, nothing was
// appended. That of sync() is an fsync of the log through SQLite's own handle of it: it takes no
// lock, so no writer waits for it, and adds nothing to the log, as an empty commit at FULL would
// have to. A power cut therefore takes at most the last second in `auto`, and never damages the
// file.
//
// Cost: an append of one small record 10-12 µs of CPU; a record read 0.1-0.2 µs; finding the end of
// a journal two descents of a B-tree and a few rows.
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "storages/sqlite_db.h"

static void sqlite_close(void *self)
{
    hn_sqlite *s = self;
    hn_sqlite_settle(s);
    if (s->db && s->config.sync != HN_SQLITE_SYNC_NORMAL)
        (void)hn_sqlite_flush(s, NULL);
    hn_sqlite_finalize(s);
    (void)sqlite3_close(s->db);
    hn_free(s->path);
    hn_free(s->where);
    hn_free(s->row);
    memset(s, 0, sizeof *s);
}

static hone_status sqlite_open(void *self, const char *where, bool create, bool read_only,
                               const void *options, hone_error *err)
{
    hn_sqlite *s = self;
    if (!where || !*where)
        return hn_fail(err, HONE_EINVAL, "sqlite: needs the path of a file, as in sqlite:hone.db");
    static const hn_sqlite_config defaults = HN_SQLITE_CONFIG_INIT;
    s->config = options ? *(const hn_sqlite_config *)options : defaults;
    s->lock_wait = s->config.lock_wait;
    s->read_only = read_only;
    s->where = hn_strdup(where);
    hn_crc32c_init(&s->crc_table);
    hone_status status =
        s->where ? hn_sqlite_open(s, create && !read_only, err) : hn_fail_memory(err);
    if (status != HONE_OK)
        sqlite_close(s);
    return status;
}

static hone_status sqlite_sync(void *self, hone_error *err)
{
    hn_sqlite *s = self;
    return s->config.sync == HN_SQLITE_SYNC_NORMAL ? HONE_OK : hn_sqlite_flush(s, err);
}

static const hn_option options[] = {
    {.name = "sync",
     .type = HN_OPTION_CHOICE,
     .offset = offsetof(hn_sqlite_config, sync),
     .fallback = "auto",
     .choices = "auto|normal|full",
     .help = "When a finished trial is forced onto the disk: within a second (auto), when SQLite "
             "tidies up (normal), before Hone goes on (full)"},
    {.name = "lock_wait",
     .type = HN_OPTION_DOUBLE,
     .offset = offsetof(hn_sqlite_config, lock_wait),
     .fallback = "30",
     .low = 0,
     .high = 3600,
     .unit = "s",
     .help = "How long to wait for another process that is writing"},
    {.name = NULL},
};

const hn_storage_class hn_storage_sqlite = {
    .head = {.kind = HN_KIND_STORAGE,
             .name = "sqlite",
             .summary = "Journals in one SQLite file on a local disk, shared by processes",
             .source = "",
             .options = options,
             .config_size = sizeof(hn_sqlite_config),
             .state_size = sizeof(hn_sqlite)},
    .is_shared = true,
    .open = sqlite_open,
    .close = sqlite_close,
    .create = hn_sqlite_create,
    .find = hn_sqlite_find,
    .list = hn_sqlite_list,
    .rename = hn_sqlite_rename,
    .remove = hn_sqlite_remove,
    .append = hn_sqlite_append,
    .read = hn_sqlite_read,
    .count = hn_sqlite_count,
    .save_snapshot = hn_sqlite_save_snapshot,
    .load_snapshot = hn_sqlite_load_snapshot,
    .sync = sqlite_sync,
};
