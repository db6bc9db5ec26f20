// What the tests of storages share: a storage of any class in a fresh folder, and records whose
// content tells their number.
#ifndef TEST_CONTRACT_STORAGES_RIG_H
#define TEST_CONTRACT_STORAGES_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fs.h"
#include "base/mem.h"
#include "core/builtins.h"

typedef struct rig {
    const hn_storage_class *class;
    char folder[64];
    char where[128];
    void *self; // NULL while closed
} rig;

static inline bool rig_is(const rig *r, const char *name)
{
    return strcmp(r->class->head.name, name) == 0;
}

// Opens a second object, or the first; options as by default.
static inline hone_status rig_open_as(const rig *r, void **self, bool create, bool read_only,
                                      const void *options, hone_error *err)
{
    *self = calloc(1, r->class->head.state_size);
    assert_non_null(*self);
    hone_status status = r->class->open(*self, r->where, create, read_only, options, err);
    if (status != HONE_OK) {
        free(*self);
        *self = NULL;
    }
    return status;
}

static inline void rig_shut(const rig *r, void *self)
{
    r->class->close(self);
    free(self);
}

static inline void rig_open(rig *r)
{
    hone_error err = HONE_ERROR_INIT;
    if (rig_open_as(r, &r->self, true, false, NULL, &err) != HONE_OK)
        fail_msg("open: %s", err.text);
}

static inline void rig_close(rig *r)
{
    if (r->self)
        rig_shut(r, r->self);
    r->self = NULL;
}

static inline const hn_storage_class *rig_class(const char *name)
{
    for (const hn_plugin *const *p = hn_builtin_storages; *p; p++) {
        if (strcmp((*p)->name, name) == 0)
            return (const hn_storage_class *)*p;
    }
    return NULL;
}

static inline rig *rig_new(const hn_storage_class *class)
{
    rig *r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->class = class;
    // In memory where that is possible: the tests sync often and never lose power.
    const char *tmp = getenv("TMPDIR");
    if (!tmp)
        tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    (void)snprintf(r->folder, sizeof r->folder, "%s/hone-storage-XXXXXX", tmp);
    assert_non_null(mkdtemp(r->folder));
    if (rig_is(r, "sqlite"))
        (void)snprintf(r->where, sizeof r->where, "%s/hone.db", r->folder);
    return r;
}

static inline void rig_free(rig *r)
{
    rig_close(r);
    (void)hn_fs_remove_tree(r->folder, NULL);
    free(r);
}

// The record number `i` of writer `writer`: 0 to 299 bytes after a head of 8.
enum { RECORD_MAX = 308 };
static inline size_t record_make(uint32_t writer, uint32_t i, unsigned char *out)
{
    size_t size = 8 + (i * 37u + writer * 11u) % 300;
    memcpy(out, &writer, 4);
    memcpy(out + 4, &i, 4);
    for (size_t k = 8; k < size; k++)
        out[k] = (unsigned char)(i + writer * 7u + k);
    return size;
}

// Does the record say who it is, and is it whole?
static inline bool record_check(const void *data, size_t size, uint32_t *writer, uint32_t *i)
{
    unsigned char want[RECORD_MAX];
    if (size < 8)
        return false;
    memcpy(writer, data, 4);
    memcpy(i, (const unsigned char *)data + 4, 4);
    return record_make(*writer, *i, want) == size && memcmp(want, data, size) == 0;
}

static inline hone_status append_one(const hn_storage_class *class, void *self, uint64_t id,
                                     uint64_t expect, uint32_t writer, uint32_t i, hn_sync sync,
                                     uint64_t *first, hone_error *err)
{
    unsigned char bytes[RECORD_MAX];
    hn_record record = {bytes, record_make(writer, i, bytes)};
    return class->append(self, id, expect, &record, 1, sync, 1000 + i, first, err);
}

// Reads a journal that one writer filled with records 0, 1, 2 …: any gap or change fails.
typedef struct run {
    uint64_t n;      // records seen
    uint32_t writer; // of all of them
    bool bad;
} run;

static inline hone_status run_visit(void *user, uint64_t seq, const void *data, size_t size,
                                    hone_error *err)
{
    run *seen = user;
    uint32_t writer, i;
    (void)err;
    if (seq != seen->n || !record_check(data, size, &writer, &i) || i != seen->n ||
        writer != seen->writer)
        seen->bad = true;
    seen->n++;
    return HONE_OK;
}

// The error of the calls inside the assertions below.
static hone_error rig_err;
#define ERR (&rig_err)

#define assert_ok(call)                                                                            \
    do {                                                                                           \
        if ((call) != HONE_OK)                                                                     \
            fail_msg("%s: %s", #call, rig_err.text);                                               \
    } while (0)

// `call` gives `want`, and its sentence holds `word`.
#define assert_status(want, word, call)                                                            \
    do {                                                                                           \
        rig_err = (hone_error)HONE_ERROR_INIT;                                                     \
        hone_status got_ = (call);                                                                 \
        if (got_ != (want) || rig_err.status != (want) || !strstr(rig_err.text, (word)))           \
            fail_msg("%s: got %s \"%s\", wanted %s \"%s\"", #call, hone_status_name(got_),         \
                     rig_err.text, hone_status_name(want), (word));                                \
    } while (0)

// One test per storage class and function of `tests`, run and reported one by one.
static inline int run_for_storages(const char *group, const struct CMUnitTest *tests, size_t n,
                                   bool shared_only, CMFixtureFunction setup,
                                   CMFixtureFunction teardown)
{
    struct CMUnitTest all[128];
    static char names[128][128];
    size_t total = 0;
    for (const hn_plugin *const *p = hn_builtin_storages; *p; p++) {
        const hn_storage_class *class = (const hn_storage_class *)*p;
        bool known = strcmp((*p)->name, "memory") == 0 || strcmp((*p)->name, "sqlite") == 0;
        if (!known || (shared_only && !class->is_shared))
            continue;
        for (size_t i = 0; i < n && total < 128; i++, total++) {
            (void)snprintf(names[total], sizeof names[total], "%s: %s", (*p)->name, tests[i].name);
            all[total] = (struct CMUnitTest){names[total], tests[i].test_func, setup, teardown,
                                             (void *)(uintptr_t) class};
        }
    }
    return _cmocka_run_group_tests(group, all, total, NULL, NULL);
}

static inline int rig_setup(void **state)
{
    rig *r = rig_new(*state);
    rig_open(r);
    *state = r;
    return 0;
}

static inline int rig_teardown(void **state)
{
    rig_free(*state);
    return 0;
}

#endif
