// The n-th allocation, write, sync, open … fails, for n = 1, 2, …: every operation either happens
// or does not, says so in a sentence, and the storage goes on as if nothing had been.
#include "contract/storages/rig.h"
#include "fault/storages/shim.h"

#include "base/fault.h"

// One source of failures. It strikes once unless it is told otherwise.
typedef struct source {
    const char *name;
    void (*arm)(unsigned nth);
    bool (*fired)(void);
    void (*disarm)(void);
    hone_status status; // what an operation that it strikes gives
    hone_status other;  // or this
} source;

// SQLite's own memory.
static struct {
    sqlite3_mem_methods real;
    unsigned nth, seen;
} hostile;

static bool hostile_strikes(void)
{
    return hostile.nth > 0 && ++hostile.seen == hostile.nth;
}

static void *hostile_malloc(int size)
{
    return hostile_strikes() ? NULL : hostile.real.xMalloc(size);
}

static void *hostile_realloc(void *p, int size)
{
    return hostile_strikes() ? NULL : hostile.real.xRealloc(p, size);
}

static void hostile_arm(unsigned nth)
{
    hostile.nth = nth;
    hostile.seen = 0;
}

static bool hostile_fired(void)
{
    return hostile.nth > 0 && hostile.seen >= hostile.nth;
}

static void hostile_disarm(void)
{
    hostile.nth = 0;
}

static void hostile_install(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_GETMALLOC, &hostile.real);
    sqlite3_mem_methods own = hostile.real;
    own.xMalloc = hostile_malloc;
    own.xRealloc = hostile_realloc;
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &own);
}

static void shim_disarm(void)
{
    shim.nth = 0;
}

#define SHIM_SOURCE(name, kinds, code)                                                             \
    static void name(unsigned nth)                                                                 \
    {                                                                                              \
        shim_arm((kinds), (code), nth, false);                                                     \
    }
SHIM_SOURCE(arm_write, SHIM_WRITE, SQLITE_IOERR_WRITE)
SHIM_SOURCE(arm_full, SHIM_WRITE, SQLITE_FULL)
SHIM_SOURCE(arm_sync, SHIM_SYNC, SQLITE_IOERR_FSYNC)
SHIM_SOURCE(arm_open, SHIM_OPEN, SQLITE_CANTOPEN)
SHIM_SOURCE(arm_read, SHIM_READ, SQLITE_IOERR_READ)
SHIM_SOURCE(arm_shm, SHIM_SHM, SQLITE_IOERR_SHMSIZE)
SHIM_SOURCE(arm_truncate, SHIM_TRUNCATE | SHIM_DELETE, SQLITE_IOERR_TRUNCATE)

#ifdef HONE_FAULTS
static unsigned fault_nth;
static const char *fault_point;

static void fault_arm(const char *point, unsigned nth)
{
    char spec[64];
    (void)snprintf(spec, sizeof spec, "%s:%u", point, nth);
    hn_fault_arm(spec);
    fault_point = point;
    fault_nth = nth;
}

static bool fault_fired(void)
{
    return hn_fault_count(fault_point) >= fault_nth;
}

static void fault_disarm(void)
{
    hn_fault_arm(NULL);
}

#define FAULT_SOURCE(name, point)                                                                  \
    static void name(unsigned nth)                                                                 \
    {                                                                                              \
        fault_arm((point), nth);                                                                   \
    }
FAULT_SOURCE(arm_alloc, "alloc")
FAULT_SOURCE(arm_append_before, "append.before")
FAULT_SOURCE(arm_append_io, "append.io")
FAULT_SOURCE(arm_open_io, "open.io")
FAULT_SOURCE(arm_read_io, "read.io")
#endif

typedef struct story {
    rig *r;
    const source *from;
    uint64_t a, b;
    uint64_t n; // records that journal `a` must hold
} story;

// A failure must come from the source, tell it, and come once.
static void check_failure(const story *s, const char *what, hone_status status,
                          const hone_error *err)
{
    if (!s->from->fired())
        fail_msg("%s: %s failed though nothing was wrong: %s", s->from->name, what, err->text);
    if (status != s->from->status && status != s->from->other)
        fail_msg("%s: %s gave %s: %s", s->from->name, what, hone_status_name(status), err->text);
    assert_int_equal(status, err->status);
    assert_true(strlen(err->text) > 5);
}

// A failed step is taken again, and then it works.
#define STEP(s, call)                                                                              \
    do {                                                                                           \
        hone_status step_ = (call);                                                                \
        if (step_ != HONE_OK) {                                                                    \
            check_failure((s), #call, step_, ERR);                                                 \
            assert_ok(call);                                                                       \
        }                                                                                          \
    } while (0)

static void story_append(story *s, size_t n, hn_sync sync)
{
    static unsigned char bytes[40][RECORD_MAX];
    hn_record records[40];
    hone_error err = HONE_ERROR_INIT;
    const hn_storage_class *class = s->r->class;
    uint64_t first = 999;
    for (size_t i = 0; i < n; i++)
        records[i] = (hn_record){bytes[i], record_make(0, (uint32_t)(s->n + i), bytes[i])};
    hone_status status = class->append(s->r->self, s->a, s->n, records, n, sync, 9, &first, &err);
    if (status != HONE_OK) {
        check_failure(s, "append", status, &err);
        assert_ok(class->append(s->r->self, s->a, s->n, records, n, sync, 9, &first, ERR));
    }
    assert_int_equal(first, s->n);
    s->n += n;
}

static void story_read(story *s)
{
    hone_error err = HONE_ERROR_INIT;
    const hn_storage_class *class = s->r->class;
    run seen = {0};
    hone_status status = class->read(s->r->self, s->a, 0, run_visit, &seen, &err);
    if (status != HONE_OK) {
        check_failure(s, "read", status, &err);
        assert_false(seen.bad); // what was shown until then was right
        seen = (run){0};
        assert_ok(class->read(s->r->self, s->a, 0, run_visit, &seen, ERR));
    }
    assert_false(seen.bad);
    assert_int_equal(seen.n, s->n);
}

static hone_status count_visit(void *user, const hn_journal_info *info, hone_error *err)
{
    (void)info;
    (void)err;
    ++*(int *)user;
    return HONE_OK;
}

static void story_snapshot(story *s)
{
    const hn_storage_class *class = s->r->class;
    uint64_t seq = 0;
    size_t size = 0;
    void *data = NULL;
    STEP(s, class->save_snapshot(s->r->self, s->a, 1, s->n, "folded", 6, ERR));
    STEP(s, class->load_snapshot(s->r->self, s->a, 1, &seq, &data, &size, ERR));
    assert_int_equal(seq, s->n);
    assert_int_equal(size, 6);
    assert_memory_equal(data, "folded", 6);
    hn_free(data);
}

static void story_open(story *s)
{
    STEP(s, rig_open_as(s->r, &s->r->self, true, false, NULL, ERR));
}

static bool tell(rig *r, const source *from, unsigned nth)
{
    const hn_storage_class *class = r->class;
    story s = {.r = r, .from = from};
    uint64_t id = 0, n = 0;
    int n_studies = 0;
    from->arm(nth);
    story_open(&s);
    STEP(&s, class->create(r->self, "a", 1, &s.a, ERR));
    STEP(&s, class->create(r->self, "b", 1, &s.b, ERR));
    story_append(&s, 1, HN_SYNC_FULL);
    story_append(&s, 40, HN_SYNC_LAZY);
    story_append(&s, 3, HN_SYNC_LAZY);
    if (class->sync)
        STEP(&s, class->sync(r->self, ERR));
    story_read(&s);
    story_snapshot(&s);
    if (class->is_shared) {
        rig_close(r);
        story_open(&s);
    }
    STEP(&s, class->rename(r->self, s.a, "c", ERR));
    STEP(&s, class->remove(r->self, s.b, ERR));
    STEP(&s, class->find(r->self, "c", &id, ERR));
    assert_int_equal(id, s.a);
    story_append(&s, 1, HN_SYNC_LAZY);
    STEP(&s, class->count(r->self, s.a, &n, ERR));
    assert_int_equal(n, s.n);
    STEP(&s, (n_studies = 0, class->list(r->self, count_visit, &n_studies, ERR)));
    assert_int_equal(n_studies, 1);
    story_read(&s);
    if (class->is_shared)
        rig_close(r);
    bool fired = from->fired();
    from->disarm();
    if (!r->self)
        rig_open(r);
    story_read(&s);
    return fired;
}

static void tell_all(const hn_storage_class *class, const source *from, unsigned at_least)
{
    unsigned nth = 1;
    for (bool fired = true; fired; nth++) {
        rig *r = rig_new(class);
        fired = tell(r, from, nth);
        rig_free(r);
        assert_true(nth < 5000);
    }
    // The source was reached at all.
    if (nth - 2 < at_least)
        fail_msg("%s: only %u failures", from->name, nth - 2);
}

static void test_sqlite_memory(void **state)
{
    static const source from = {"SQLite's memory", hostile_arm, hostile_fired,
                                hostile_disarm,    HONE_ENOMEM, HONE_ENOMEM};
    (void)state;
    tell_all(rig_class("sqlite"), &from, 100);
}

static void test_sqlite_files(void **state)
{
    static const source sources[] = {
        {"write", arm_write, shim_fired, shim_disarm, HONE_EIO, HONE_EIO},
        {"full", arm_full, shim_fired, shim_disarm, HONE_EIO, HONE_EIO},
        {"sync", arm_sync, shim_fired, shim_disarm, HONE_EIO, HONE_EIO},
        {"open", arm_open, shim_fired, shim_disarm, HONE_EIO, HONE_EIO},
        {"read", arm_read, shim_fired, shim_disarm, HONE_EIO, HONE_EIO},
        {"shm", arm_shm, shim_fired, shim_disarm, HONE_EIO, HONE_EIO},
        {"truncate", arm_truncate, shim_fired, shim_disarm, HONE_EIO, HONE_EIO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
        tell_all(rig_class("sqlite"), &sources[i], 1);
}

static void test_fault_points(void **state)
{
#ifndef HONE_FAULTS
    (void)state;
    skip();
#else
    static const source sources[] = {
        {"alloc", arm_alloc, fault_fired, fault_disarm, HONE_ENOMEM, HONE_ENOMEM},
        {"append.before", arm_append_before, fault_fired, fault_disarm, HONE_EIO, HONE_EIO},
        {"append.io", arm_append_io, fault_fired, fault_disarm, HONE_EIO, HONE_EIO},
        {"read.io", arm_read_io, fault_fired, fault_disarm, HONE_EIO, HONE_EIO},
        {"open.io", arm_open_io, fault_fired, fault_disarm, HONE_EIO, HONE_EIO},
    };
    (void)state;
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
        tell_all(rig_class("sqlite"), &sources[i], 1);
        if (strcmp(sources[i].name, "open.io") != 0) // memory opens nothing
            tell_all(rig_class("memory"), &sources[i], 1);
    }
#endif
}

// From the n-th write on the disk is full, and later there is space again.
static void test_sqlite_full_for_a_while(void **state)
{
    (void)state;
    for (unsigned nth = 1; nth < 60; nth += 3) {
        rig *r = rig_new(rig_class("sqlite"));
        rig_open(r);
        uint64_t id = 0, first, n = 0;
        run seen = {0};
        hone_error err = HONE_ERROR_INIT;
        assert_ok(r->class->create(r->self, "a", 1, &id, ERR));
        shim_arm(SHIM_WRITE | SHIM_SHM, SQLITE_FULL, nth, true);
        uint32_t i = 0;
        while (append_one(r->class, r->self, id, i, 0, i, HN_SYNC_LAZY, &first, &err) == HONE_OK)
            i++;
        assert_int_equal(err.status, HONE_EIO);
        assert_non_null(strstr(err.text, "the disk is full"));
        assert_int_equal(append_one(r->class, r->self, id, i, 0, i, HN_SYNC_LAZY, &first, &err),
                         HONE_EIO);
        assert_ok(r->class->read(r->self, id, 0, run_visit, &seen, ERR)); // reading still works
        assert_int_equal(seen.n, i);
        shim_disarm();
        assert_ok(append_one(r->class, r->self, id, i, 0, i, HN_SYNC_LAZY, &first, ERR));
        rig_close(r);
        rig_open(r);
        assert_ok(r->class->count(r->self, id, &n, ERR));
        assert_int_equal(n, i + 1);
        rig_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sqlite_memory),
        cmocka_unit_test(test_sqlite_files),
        cmocka_unit_test(test_fault_points),
        cmocka_unit_test(test_sqlite_full_for_a_while),
    };
    hostile_install();
    shim_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
