// Storage "memory": journals in the memory of this process, gone with the storage object.
//
// An append copies its records into a block and then enters them into the journal's index; both are
// made large enough first, so a failed allocation leaves the journal as it was. Blocks never move:
// what `visit` is shown stays valid while it runs. Each is twice as large as the one before, so
// that few appends allocate one.
//
// Cost: O(1) per record appended or read; a journal is found by its id in O(log studies).
#include <string.h>

#include <hone/sys/storage.h>

#include "base/error.h"
#include "base/fault.h"
#include "base/vec.h"

enum { FIRST_BLOCK = 1 << 12, LARGEST_BLOCK = 1 << 20 };

typedef struct block {
    struct block *next;
    size_t size, used;
    unsigned char bytes[];
} block;

typedef struct snapshot {
    void *data; // NULL: none
    size_t size;
    uint32_t version;
    uint64_t seq;
} snapshot;

typedef struct journal {
    uint64_t id, created_us, changed_us, n_bytes;
    char *name;
    HN_VEC(hn_record) records; // pointing into the blocks
    block *blocks;
    snapshot snap;
} journal;

typedef struct memory {
    HN_VEC(journal *) journals; // by ascending id
    uint64_t last_id;
    bool read_only;
    int n_visiting; // read and list calls under way: the journals must not change under them
} memory;

static void journal_free(journal *j)
{
    for (block *b = j->blocks, *next; b; b = next) {
        next = b->next;
        hn_free(b);
    }
    hn_vec_free(&j->records);
    hn_free(j->snap.data);
    hn_free(j->name);
    hn_free(j);
}

static hone_status memory_open(void *self, const char *where, bool create, bool read_only,
                               const void *options, hone_error *err)
{
    memory *m = self;
    (void)options;
    if (where && *where)
        return hn_fail(err, HONE_EINVAL, "memory: takes no path, but \"%s\" was given", where);
    if (!create)
        return hn_fail(err, HONE_ENOTFOUND,
                       "memory: is always empty at first; name a database as in sqlite:hone.db");
    m->read_only = read_only;
    return HONE_OK;
}

static void memory_close(void *self)
{
    memory *m = self;
    for (size_t i = 0; i < m->journals.n; i++)
        journal_free(m->journals.data[i]);
    hn_vec_free(&m->journals);
}

// Where `id` is, or would be, in the list.
static size_t place_of(const memory *m, uint64_t id)
{
    size_t low = 0, high = m->journals.n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (m->journals.data[mid]->id < id)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static hone_status journal_of(const memory *m, uint64_t id, journal **out, hone_error *err)
{
    size_t at = place_of(m, id);
    if (at == m->journals.n || m->journals.data[at]->id != id)
        return hn_fail(
            err, HONE_ENOTFOUND,
            "memory: the study with the id %llu is no longer there: somebody has deleted it",
            (unsigned long long)id);
    *out = m->journals.data[at];
    return HONE_OK;
}

static journal *journal_named(const memory *m, const char *name)
{
    for (size_t i = 0; i < m->journals.n; i++) {
        if (strcmp(m->journals.data[i]->name, name) == 0)
            return m->journals.data[i];
    }
    return NULL;
}

static hone_status check_writable(const memory *m, hone_error *err)
{
    if (m->read_only)
        return hn_fail(err, HONE_ESTATE, "memory: was opened for reading only");
    if (m->n_visiting)
        return hn_fail(err, HONE_ESTATE, "memory: cannot be changed while it is being read");
    return HONE_OK;
}

static hone_status memory_create(void *self, const char *name, uint64_t now_us, uint64_t *id,
                                 hone_error *err)
{
    memory *m = self;
    HN_TRY(check_writable(m, err));
    if (journal_named(m, name))
        return hn_fail(err, HONE_EEXISTS, "memory: there is a study \"%s\" already", name);
    journal *j = hn_calloc(1, sizeof *j);
    if (!j)
        return hn_fail_memory(err);
    j->name = hn_strdup(name);
    j->created_us = j->changed_us = now_us;
    if (!j->name || !hn_vec_push(&m->journals, j)) {
        journal_free(j);
        return hn_fail_memory(err);
    }
    *id = j->id = ++m->last_id;
    return HONE_OK;
}

static hone_status memory_find(void *self, const char *name, uint64_t *id, hone_error *err)
{
    const journal *j = journal_named(self, name);
    if (!j)
        return hn_fail(err, HONE_ENOTFOUND, "memory: there is no study \"%s\"", name);
    *id = j->id;
    return HONE_OK;
}

static hone_status memory_list(void *self, hn_list_fn visit, void *user, hone_error *err)
{
    memory *m = self;
    hone_status status = HONE_OK;
    m->n_visiting++;
    for (size_t i = 0; i < m->journals.n && status == HONE_OK; i++) {
        const journal *j = m->journals.data[i];
        hn_journal_info info = {.id = j->id,
                                .name = j->name,
                                .n_records = j->records.n,
                                .n_bytes = j->n_bytes,
                                .created_us = j->created_us,
                                .changed_us = j->changed_us};
        status = visit(user, &info, err);
    }
    m->n_visiting--;
    return status;
}

static hone_status memory_rename(void *self, uint64_t id, const char *name, hone_error *err)
{
    memory *m = self;
    journal *j = NULL;
    HN_TRY(check_writable(m, err));
    HN_TRY(journal_of(m, id, &j, err));
    const journal *holder = journal_named(m, name);
    if (holder && holder != j)
        return hn_fail(err, HONE_EEXISTS, "memory: there is a study \"%s\" already", name);
    char *copy = hn_strdup(name);
    if (!copy)
        return hn_fail_memory(err);
    hn_free(j->name);
    j->name = copy;
    return HONE_OK;
}

static hone_status memory_remove(void *self, uint64_t id, hone_error *err)
{
    memory *m = self;
    journal *j = NULL;
    HN_TRY(check_writable(m, err));
    HN_TRY(journal_of(m, id, &j, err));
    size_t at = place_of(m, id);
    m->journals.n--;
    memmove(m->journals.data + at, m->journals.data + at + 1,
            (m->journals.n - at) * sizeof *m->journals.data);
    journal_free(j);
    return HONE_OK;
}

// The newest block, with room for n bytes; NULL when out of memory.
static block *block_for(journal *j, size_t n)
{
    block *b = j->blocks;
    if (b && n <= b->size - b->used)
        return b;
    size_t size = b ? 2 * b->size : FIRST_BLOCK;
    size = size > LARGEST_BLOCK ? LARGEST_BLOCK : size;
    size = size < n ? n : size;
    b = size < SIZE_MAX - sizeof *b ? hn_malloc(sizeof *b + size) : NULL;
    if (!b)
        return NULL;
    *b = (block){j->blocks, size, 0};
    return j->blocks = b;
}

// Copies the records into a block and the index; either all of them or none.
static bool journal_add(journal *j, const hn_record *records, size_t n)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        total += records[i].size;
    if (!hn_vec_reserve(&j->records, n))
        return false;
    block *b = block_for(j, total);
    if (!b)
        return false;
    unsigned char *to = b->bytes + b->used;
    for (size_t i = 0; i < n; i++) {
        if (records[i].size > 0)
            memcpy(to, records[i].data, records[i].size);
        j->records.data[j->records.n++] = (hn_record){to, records[i].size};
        to += records[i].size;
    }
    b->used += total;
    j->n_bytes += total;
    return true;
}

static hone_status memory_append(void *self, uint64_t id, uint64_t expect, const hn_record *records,
                                 size_t n, hn_sync sync, uint64_t now_us, uint64_t *first,
                                 hone_error *err)
{
    memory *m = self;
    journal *j = NULL;
    (void)sync;
    HN_TRY(check_writable(m, err));
    HN_TRY(journal_of(m, id, &j, err));
    if (expect != HN_SEQ_ANY && expect != j->records.n)
        return hn_fail(err, HONE_EBUSY, "memory: study \"%s\" holds %zu records, not %llu", j->name,
                       j->records.n, (unsigned long long)expect);
    if (hn_fault("append.before") || hn_fault("append.io"))
        return hn_fail(err, HONE_EIO, "memory: cannot append (a fault set by a test)");
    if (n > 0 && !journal_add(j, records, n))
        return hn_fail_memory(err);
    if (n > 0)
        j->changed_us = now_us;
    *first = j->records.n - n;
    (void)hn_fault("append.after");
    return HONE_OK;
}

static hone_status memory_read(void *self, uint64_t id, uint64_t from, hn_read_fn visit, void *user,
                               hone_error *err)
{
    memory *m = self;
    journal *j = NULL;
    HN_TRY(journal_of(m, id, &j, err));
    if (hn_fault("read.io"))
        return hn_fail(err, HONE_EIO, "memory: cannot read (a fault set by a test)");
    hone_status status = HONE_OK;
    m->n_visiting++;
    for (uint64_t seq = from; seq < j->records.n && status == HONE_OK; seq++)
        status = visit(user, seq, j->records.data[seq].data, j->records.data[seq].size, err);
    m->n_visiting--;
    return status;
}

static hone_status memory_count(void *self, uint64_t id, uint64_t *n_records, hone_error *err)
{
    journal *j = NULL;
    HN_TRY(journal_of(self, id, &j, err));
    *n_records = j->records.n;
    return HONE_OK;
}

static hone_status memory_save_snapshot(void *self, uint64_t id, uint32_t version, uint64_t seq,
                                        const void *data, size_t size, hone_error *err)
{
    memory *m = self;
    journal *j = NULL;
    HN_TRY(check_writable(m, err));
    HN_TRY(journal_of(m, id, &j, err));
    if (j->snap.data && j->snap.version == version && j->snap.seq > seq)
        return HONE_OK; // a later one is there already
    void *copy = hn_malloc(size ? size : 1);
    if (!copy)
        return hn_fail_memory(err);
    if (size > 0)
        memcpy(copy, data, size);
    hn_free(j->snap.data);
    j->snap = (snapshot){copy, size, version, seq};
    return HONE_OK;
}

static hone_status memory_load_snapshot(void *self, uint64_t id, uint32_t version, uint64_t *seq,
                                        void **data, size_t *size, hone_error *err)
{
    journal *j = NULL;
    HN_TRY(journal_of(self, id, &j, err));
    if (!j->snap.data || j->snap.version != version || j->snap.seq > j->records.n)
        return hn_fail(err, HONE_ENOTFOUND, "memory: study \"%s\" has no fitting snapshot",
                       j->name);
    void *copy = hn_malloc(j->snap.size ? j->snap.size : 1);
    if (!copy)
        return hn_fail_memory(err);
    if (j->snap.size > 0)
        memcpy(copy, j->snap.data, j->snap.size);
    *data = copy;
    *size = j->snap.size;
    *seq = j->snap.seq;
    return HONE_OK;
}

const hn_storage_class hn_storage_memory = {
    .head = {.kind = HN_KIND_STORAGE,
             .name = "memory",
             .summary = "Journals in the memory of this process, gone when it ends",
             .source = "",
             .state_size = sizeof(memory)},
    .is_shared = false,
    .open = memory_open,
    .close = memory_close,
    .create = memory_create,
    .find = memory_find,
    .list = memory_list,
    .rename = memory_rename,
    .remove = memory_remove,
    .append = memory_append,
    .read = memory_read,
    .count = memory_count,
    .save_snapshot = memory_save_snapshot,
    .load_snapshot = memory_load_snapshot,
};
