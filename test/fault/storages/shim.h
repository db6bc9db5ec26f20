// A file system under SQLite that fails, counts and forgets on demand: the n-th operation of some
// kinds gives an error, and for each file a copy "<name>.durable" is kept of what its last sync
// covered, which is what a power cut leaves at worst.
#ifndef TEST_FAULT_STORAGES_SHIM_H
#define TEST_FAULT_STORAGES_SHIM_H

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

enum {
    SHIM_OPEN = 1,
    SHIM_READ = 2,
    SHIM_WRITE = 4,
    SHIM_SYNC = 8,
    SHIM_TRUNCATE = 16,
    SHIM_DELETE = 32,
    SHIM_SHM = 64,
    SHIM_ALL = 127
};

typedef struct shim_file {
    sqlite3_file *file; // NULL: free
    char name[256];
} shim_file;

static struct {
    sqlite3_vfs vfs, *real;
    struct {
        const sqlite3_io_methods *from;
        sqlite3_io_methods to;
    } methods[4];
    shim_file files[16];
    int kinds, code;    // what fails, and how
    unsigned nth, seen; // 0: nothing fails
    bool for_good;      // the later ones, too
    unsigned n_log_syncs;
    bool keep_durable;
} shim;

// SQLITE_OK, or the error that operation has to give.
static int shim_pass(int kind)
{
    if (shim.nth == 0 || !(kind & shim.kinds))
        return SQLITE_OK;
    shim.seen++;
    return shim.seen == shim.nth || (shim.for_good && shim.seen > shim.nth) ? shim.code : SQLITE_OK;
}

static inline bool shim_fired(void)
{
    return shim.nth > 0 && shim.seen >= shim.nth;
}

static inline void shim_arm(int kinds, int code, unsigned nth, bool for_good)
{
    shim.kinds = kinds;
    shim.code = code;
    shim.nth = nth;
    shim.for_good = for_good;
    shim.seen = 0;
}

static const sqlite3_io_methods *shim_real(const sqlite3_file *file)
{
    for (int i = 0; i < 4; i++) {
        if (file->pMethods == &shim.methods[i].to)
            return shim.methods[i].from;
    }
    abort();
}

static shim_file *shim_entry(const sqlite3_file *file)
{
    for (int i = 0; i < 16; i++) {
        if (shim.files[i].file == file)
            return &shim.files[i];
    }
    abort();
}

static int shim_close(sqlite3_file *file)
{
    shim_entry(file)->file = NULL;
    return shim_real(file)->xClose(file);
}

static int shim_read(sqlite3_file *file, void *to, int n, sqlite3_int64 at)
{
    int code = shim_pass(SHIM_READ);
    return code ? code : shim_real(file)->xRead(file, to, n, at);
}

static int shim_write(sqlite3_file *file, const void *from, int n, sqlite3_int64 at)
{
    int code = shim_pass(SHIM_WRITE);
    if (code && n > 1) // as a disk does that runs full: a part arrives
        (void)shim_real(file)->xWrite(file, from, n / 2, at);
    return code ? code : shim_real(file)->xWrite(file, from, n, at);
}

static int shim_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int code = shim_pass(SHIM_TRUNCATE);
    return code ? code : shim_real(file)->xTruncate(file, size);
}

static void shim_copy(sqlite3_file *file, const char *name)
{
    char target[300], block[4096];
    sqlite3_int64 size = 0;
    (void)snprintf(target, sizeof target, "%s.durable", name);
    FILE *out = fopen(target, "wb");
    if (!out || shim_real(file)->xFileSize(file, &size) != SQLITE_OK)
        abort();
    for (sqlite3_int64 at = 0; at < size; at += (sqlite3_int64)sizeof block) {
        int n = size - at < (sqlite3_int64)sizeof block ? (int)(size - at) : (int)sizeof block;
        if (shim_real(file)->xRead(file, block, n, at) != SQLITE_OK ||
            fwrite(block, 1, (size_t)n, out) != (size_t)n)
            abort();
    }
    if (fclose(out) != 0)
        abort();
}

static int shim_sync(sqlite3_file *file, int flags)
{
    const char *name = shim_entry(file)->name;
    size_t length = strlen(name);
    int code = shim_pass(SHIM_SYNC);
    if (code)
        return code;
    if (length > 4 && strcmp(name + length - 4, "-wal") == 0)
        shim.n_log_syncs++;
    code = shim_real(file)->xSync(file, flags);
    if (shim.keep_durable && length > 0)
        shim_copy(file, name);
    return code;
}

static int shim_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    int code = extend ? shim_pass(SHIM_SHM) : SQLITE_OK;
    return code ? SQLITE_IOERR_SHMSIZE : shim_real(file)->xShmMap(file, page, size, extend, at);
}

static int shim_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    char copy[300];
    (void)vfs;
    int code = shim_pass(SHIM_DELETE);
    if (code)
        return code;
    (void)snprintf(copy, sizeof copy, "%s.durable", name);
    (void)unlink(copy);
    return shim.real->xDelete(shim.real, name, sync);
}

static const sqlite3_io_methods *shim_methods(const sqlite3_io_methods *from)
{
    int i = 0;
    while (shim.methods[i].from && shim.methods[i].from != from)
        i++;
    assert(i < 4);
    if (!shim.methods[i].from) {
        shim.methods[i].from = from;
        shim.methods[i].to = *from;
        shim.methods[i].to.xClose = shim_close;
        shim.methods[i].to.xRead = shim_read;
        shim.methods[i].to.xWrite = shim_write;
        shim.methods[i].to.xTruncate = shim_truncate;
        shim.methods[i].to.xSync = shim_sync;
        shim.methods[i].to.xShmMap = shim_map;
    }
    return &shim.methods[i].to;
}

static int shim_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
    (void)vfs;
    int code = shim_pass(SHIM_OPEN);
    file->pMethods = NULL;
    if (code)
        return SQLITE_CANTOPEN;
    code = shim.real->xOpen(shim.real, name, file, flags, got);
    if (code != SQLITE_OK || !file->pMethods)
        return code;
    file->pMethods = shim_methods(file->pMethods);
    shim_file *entry = shim_entry(NULL);
    entry->file = file;
    (void)snprintf(entry->name, sizeof entry->name, "%s", name ? name : "");
    return code;
}

static inline void shim_install(void)
{
    shim.real = sqlite3_vfs_find(NULL);
    shim.vfs = *shim.real;
    shim.vfs.zName = "shim";
    shim.vfs.pNext = NULL;
    shim.vfs.xOpen = shim_open;
    shim.vfs.xDelete = shim_delete;
    if (sqlite3_vfs_register(&shim.vfs, 1) != SQLITE_OK)
        abort();
}

#endif
