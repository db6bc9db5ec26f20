// Storages: named journals. A storage appends and reads; it never interprets a record.
//
// A journal is a sequence of records numbered from 0 without gaps. An append is atomic: all its
// records or none, at consecutive numbers. Everything that was acknowledged with HN_SYNC_FULL
// survives a power cut; everything acknowledged at all survives kill -9 of any process.
//
// Thread note: one storage object belongs to one thread. Several processes may open the same
// storage; readers never block or break a writer.
#ifndef HONE_SYS_STORAGE_H
#define HONE_SYS_STORAGE_H

#include <hone/sys/plugin.h>

HONE_BEGIN_DECLS

typedef struct hn_record {
    const void *data;
    size_t size; // bytes, < 2^31
} hn_record;

typedef enum hn_sync {
    HN_SYNC_LAZY, // survives the end of the process
    HN_SYNC_FULL  // on the disk before the call returns, as far as the storage's own `sync`
                  // option asks for it
} hn_sync;

#define HN_SEQ_ANY UINT64_MAX

// A row of the list of studies.
typedef struct hn_journal_info {
    uint64_t id;
    const char *name; // borrowed for the duration of the callback
    uint64_t n_records;
    uint64_t n_bytes;
    uint64_t created_us; // wall clock
    uint64_t changed_us; // of the last append
} hn_journal_info;

// Called for each record in order; any status but HONE_OK stops the reading and is passed on. It
// may read from the same storage object, but not change it (HONE_ESTATE).
typedef hone_status (*hn_read_fn)(void *user, uint64_t seq, const void *data, size_t size,
                                  hone_error *err);
typedef hone_status (*hn_list_fn)(void *user, const hn_journal_info *info, hone_error *err);

typedef struct hn_storage_class {
    hn_plugin head; // head.name is also the URL's scheme: "sqlite" in sqlite:PATH
    bool is_shared; // can several processes open it?
    // `where` is the URL behind the scheme (a path). With `create` false a storage that does not
    // exist is HONE_ENOTFOUND. A foreign or damaged file is HONE_ECORRUPT, one made by a newer
    // Hone HONE_EVERSION, a network file system HONE_EUNSUPPORTED; each names the file.
    hone_status (*open)(void *self, const char *where, bool create, bool read_only,
                        const void *options, hone_error *err);
    void (*close)(void *self);

    // HONE_EEXISTS when the name is taken.
    hone_status (*create)(void *self, const char *name, uint64_t now_us, uint64_t *id,
                          hone_error *err);
    hone_status (*find)(void *self, const char *name, uint64_t *id, hone_error *err);
    hone_status (*list)(void *self, hn_list_fn visit, void *user, hone_error *err);
    hone_status (*rename)(void *self, uint64_t id, const char *name, hone_error *err);
    hone_status (*remove)(void *self, uint64_t id, hone_error *err);

    // Appends `n` records if the journal holds exactly `expect` records (HN_SEQ_ANY: in any case);
    // `*first` gets the number of the first one. HONE_EBUSY with nothing written when `expect`
    // does not hold. A full disk or an I/O error leaves the journal as it was.
    hone_status (*append)(void *self, uint64_t id, uint64_t expect, const hn_record *records,
                          size_t n, hn_sync sync, uint64_t now_us, uint64_t *first,
                          hone_error *err);
    // Visits the records from number `from` on, of one consistent state of the journal.
    hone_status (*read)(void *self, uint64_t id, uint64_t from, hn_read_fn visit, void *user,
                        hone_error *err);
    hone_status (*count)(void *self, uint64_t id, uint64_t *n_records, hone_error *err);

    // Optional: the disposable cache of a fold. `version` is the writer's; load gives
    // HONE_ENOTFOUND unless one of the same version and with seq ≤ n_records is there. `*data`
    // is freed by the caller with hn_free. A storage may refuse to save at any time.
    hone_status (*save_snapshot)(void *self, uint64_t id, uint32_t version, uint64_t seq,
                                 const void *data, size_t size, hone_error *err);
    hone_status (*load_snapshot)(void *self, uint64_t id, uint32_t version, uint64_t *seq,
                                 void **data, size_t *size, hone_error *err);
    // Optional: makes what was appended lazily durable (an fsync of the log), as far as the
    // storage's own `sync` option asks for it.
    hone_status (*sync)(void *self, hone_error *err);
} hn_storage_class;

HONE_END_DECLS

#endif
