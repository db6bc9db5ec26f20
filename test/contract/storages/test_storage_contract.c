// What every storage must do, whatever it keeps its journals in.
#include "contract/storages/rig.h"

#define APPEND(r, id, expect, i, first)                                                            \
    append_one((r)->class, (r)->self, (id), (expect), 0, (i), HN_SYNC_LAZY, (first), ERR)

static uint64_t make_study(rig *r, const char *name)
{
    uint64_t id = 0;
    assert_ok(r->class->create(r->self, name, 77, &id, ERR));
    return id;
}

static void fill(rig *r, uint64_t id, uint32_t from, uint32_t to)
{
    for (uint32_t i = from; i < to; i++) {
        uint64_t first = 0;
        assert_ok(APPEND(r, id, i, i, &first));
        assert_int_equal(first, i);
    }
}

static void check_run(rig *r, uint64_t id, uint64_t from, uint64_t n)
{
    run seen = {.n = from};
    assert_ok(r->class->read(r->self, id, from, run_visit, &seen, ERR));
    assert_false(seen.bad);
    assert_int_equal(seen.n, n);
}

static void test_append_and_read(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r, "a"), n = 99;
    assert_ok(r->class->count(r->self, id, &n, ERR));
    assert_int_equal(n, 0);
    check_run(r, id, 0, 0);
    fill(r, id, 0, 500);
    assert_ok(r->class->count(r->self, id, &n, ERR));
    assert_int_equal(n, 500);
    for (uint64_t from = 0; from <= 500; from += 50)
        check_run(r, id, from, 500);
    check_run(r, id, 499, 500);
    run seen = {.n = 501};
    assert_ok(r->class->read(r->self, id, 501, run_visit, &seen, ERR));
    assert_ok(r->class->read(r->self, id, UINT64_MAX - 1, run_visit, &seen, ERR));
    assert_int_equal(seen.n, 501); // behind the end there is nothing, and that is no error
}

static void test_append_many_at_once(void **state)
{
    rig *r = *state;
    static unsigned char bytes[100][RECORD_MAX];
    hn_record records[100];
    uint64_t id = make_study(r, "a"), first = 99;
    uint32_t at = 0;
    for (size_t n = 1; n <= 40; n += 13) {
        for (uint32_t i = 0; i < n; i++)
            records[i] = (hn_record){bytes[i], record_make(0, at + i, bytes[i])};
        assert_ok(
            r->class->append(r->self, id, HN_SEQ_ANY, records, n, HN_SYNC_FULL, 5, &first, ERR));
        assert_int_equal(first, at);
        at += (uint32_t)n;
    }
    for (uint32_t from = 0; from <= at; from++) // also from the middle of an append
        check_run(r, id, from, at);
    assert_ok(r->class->append(r->self, id, at, NULL, 0, HN_SYNC_LAZY, 5, &first, ERR));
    assert_int_equal(first, at);
    assert_status(HONE_EBUSY, "",
                  r->class->append(r->self, id, 3, NULL, 0, HN_SYNC_LAZY, 5, &first, ERR));
    check_run(r, id, 0, at);
}

static void test_expectation(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r, "a"), first = 1234;
    fill(r, id, 0, 3);
    assert_status(HONE_EBUSY, "holds 3 records, not 2", APPEND(r, id, 2, 9, &first));
    assert_status(HONE_EBUSY, "holds 3 records, not 4", APPEND(r, id, 4, 9, &first));
    assert_int_equal(first, 1234);
    check_run(r, id, 0, 3);
    assert_ok(APPEND(r, id, HN_SEQ_ANY, 3, &first));
    assert_int_equal(first, 3);
    fill(r, id, 4, 6);
    check_run(r, id, 0, 6);
}

static hone_status same_visit(void *user, uint64_t seq, const void *data, size_t size,
                              hone_error *err)
{
    const hn_record *want = (const hn_record *)user + seq;
    (void)err;
    assert_int_equal(size, want->size);
    if (size > 0)
        assert_memory_equal(data, want->data, size);
    return HONE_OK;
}

static void test_sizes(void **state)
{
    // Around the widths of a length in front of a record, pages, and pieces of a large append.
    static const size_t sizes[] = {0,
                                   1,
                                   127,
                                   128,
                                   129,
                                   4095,
                                   4096,
                                   4097,
                                   16383,
                                   16384,
                                   2097151,
                                   2097152,
                                   5 * 1024 * 1024,
                                   0,
                                   9 * 1024 * 1024,
                                   3};
    enum { N = sizeof sizes / sizeof *sizes };
    rig *r = *state;
    unsigned char *bytes = malloc(sizes[14]);
    assert_non_null(bytes);
    for (size_t k = 0; k < sizes[14]; k++)
        bytes[k] = (unsigned char)(k * 2654435761u >> 13);
    hn_record records[2 * N];
    uint64_t id = make_study(r, "a"), first;
    for (size_t i = 0; i < N; i++) {
        records[i] = records[N + i] = (hn_record){sizes[i] ? bytes : NULL, sizes[i]};
        assert_ok(r->class->append(r->self, id, i, records + i, 1, HN_SYNC_LAZY, 5, &first, ERR));
    }
    assert_ok(r->class->append(r->self, id, N, records, N, HN_SYNC_LAZY, 5, &first, ERR));
    for (size_t from = 0; from < 2 * N; from += 5)
        assert_ok(r->class->read(r->self, id, from, same_visit, records, ERR));
    uint64_t n = 0;
    assert_ok(r->class->count(r->self, id, &n, ERR));
    assert_int_equal(n, 2 * N);
    free(bytes);
}

static hone_status stop_visit(void *user, uint64_t seq, const void *data, size_t size,
                              hone_error *err)
{
    uint64_t *last = user;
    (void)data;
    (void)size;
    (void)err;
    *last = seq;
    return seq == 4 ? HONE_EEXHAUSTED : HONE_OK;
}

static void test_visit_can_stop(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r, "a"), last = 0;
    fill(r, id, 0, 10);
    assert_int_equal(r->class->read(r->self, id, 0, stop_visit, &last, NULL), HONE_EEXHAUSTED);
    assert_int_equal(last, 4);
    check_run(r, id, 0, 10);
    fill(r, id, 10, 12);
}

typedef struct nested {
    rig *r;
    uint64_t id;
} nested;

static void inside_visit(const nested *n)
{
    uint64_t out = 0;
    check_run(n->r, n->id, 0, 10);
    assert_status(HONE_ESTATE, "read", APPEND(n->r, n->id, HN_SEQ_ANY, 9, &out));
    assert_status(HONE_ESTATE, "read", n->r->class->create(n->r->self, "c", 1, &out, ERR));
    assert_status(HONE_ESTATE, "read", n->r->class->remove(n->r->self, n->id, ERR));
}

static hone_status nested_visit(void *user, uint64_t seq, const void *data, size_t size,
                                hone_error *err)
{
    (void)data;
    (void)size;
    (void)err;
    if (seq % 3 == 0)
        inside_visit(user);
    return HONE_OK;
}

static hone_status nested_list_visit(void *user, const hn_journal_info *info, hone_error *err)
{
    const nested *n = user;
    (void)info;
    (void)err;
    inside_visit(n);
    return HONE_OK;
}

static void test_visit_may_read_but_not_write(void **state)
{
    rig *r = *state;
    nested n = {r, make_study(r, "a")};
    (void)make_study(r, "b");
    fill(r, n.id, 0, 10);
    assert_ok(r->class->read(r->self, n.id, 0, nested_visit, &n, ERR));
    assert_ok(r->class->list(r->self, nested_list_visit, &n, ERR));
    fill(r, n.id, 10, 11);
}

typedef struct listing {
    hn_journal_info rows[300];
    char names[300][32];
    size_t n;
} listing;

static hone_status list_visit(void *user, const hn_journal_info *info, hone_error *err)
{
    listing *l = user;
    (void)err;
    assert_true(l->n < 300);
    (void)snprintf(l->names[l->n], sizeof l->names[l->n], "%s", info->name);
    l->rows[l->n++] = *info;
    return HONE_OK;
}

static void test_many_studies(void **state)
{
    rig *r = *state;
    enum { N = 120 };
    uint64_t ids[N], id, first;
    char name[32];
    for (int k = 0; k < N; k++) {
        (void)snprintf(name, sizeof name, "study %d", k);
        ids[k] = make_study(r, name);
    }
    for (uint32_t i = 0; i < 5; i++) { // interleaved
        for (int k = 0; k < N; k++)
            assert_ok(APPEND(r, ids[k], i, i, &first));
    }
    for (int k = 0; k < N; k++) {
        (void)snprintf(name, sizeof name, "study %d", k);
        assert_ok(r->class->find(r->self, name, &id, ERR));
        assert_int_equal(id, ids[k]);
        check_run(r, id, 0, 5);
        check_run(r, id, 3, 5);
    }
    listing *l = calloc(1, sizeof *l);
    assert_ok(r->class->list(r->self, list_visit, l, ERR));
    assert_int_equal(l->n, N);
    free(l);
}

static void test_list_tells_sizes_and_times(void **state)
{
    rig *r = *state;
    uint64_t a = make_study(r, "a"), b = make_study(r, "b"), first;
    hn_record two[] = {{"xyz", 3}, {"12345", 5}};
    assert_ok(r->class->append(r->self, b, 0, two, 2, HN_SYNC_LAZY, 1000, &first, ERR));
    assert_ok(r->class->append(r->self, b, 2, two, 1, HN_SYNC_LAZY, 2000, &first, ERR));
    listing *l = calloc(1, sizeof *l);
    assert_ok(r->class->list(r->self, list_visit, l, ERR));
    assert_int_equal(l->n, 2);
    const hn_journal_info *x = &l->rows[0], *y = &l->rows[1];
    if (x->id == b) {
        x = &l->rows[1];
        y = &l->rows[0];
    }
    assert_int_equal(x->id, a);
    assert_int_equal(x->n_records, 0);
    assert_int_equal(x->n_bytes, 0);
    assert_int_equal(x->created_us, 77);
    assert_int_equal(x->changed_us, 77);
    assert_int_equal(y->n_records, 3);
    assert_int_equal(y->n_bytes, 11);
    assert_int_equal(y->created_us, 77);
    assert_int_equal(y->changed_us, 2000);
    free(l);
}

static void test_names(void **state)
{
    rig *r = *state;
    uint64_t a = make_study(r, "a"), b = make_study(r, "b"), id = 0;
    assert_status(HONE_EEXISTS, "\"a\"", r->class->create(r->self, "a", 1, &id, ERR));
    assert_status(HONE_ENOTFOUND, "\"A\"", r->class->find(r->self, "A", &id, ERR));
    assert_status(HONE_EEXISTS, "\"b\"", r->class->rename(r->self, a, "b", ERR));
    assert_ok(r->class->rename(r->self, a, "a", ERR)); // to itself
    assert_ok(r->class->rename(r->self, a, "ä 'quoted\" %s;", ERR));
    assert_status(HONE_ENOTFOUND, "\"a\"", r->class->find(r->self, "a", &id, ERR));
    assert_ok(r->class->find(r->self, "ä 'quoted\" %s;", &id, ERR));
    assert_int_equal(id, a);
    assert_ok(r->class->rename(r->self, b, "a", ERR)); // the name is free again
    assert_ok(r->class->find(r->self, "a", &id, ERR));
    assert_int_equal(id, b);
    assert_status(HONE_ENOTFOUND, "", r->class->rename(r->self, 4242, "z", ERR));
}

static void test_remove(void **state)
{
    rig *r = *state;
    uint64_t a = make_study(r, "a"), b = make_study(r, "b"), id, n, seq, first = 0;
    void *data;
    size_t size;
    fill(r, a, 0, 20);
    fill(r, b, 0, 20);
    assert_ok(r->class->save_snapshot(r->self, a, 1, 20, "s", 1, ERR));
    assert_ok(r->class->remove(r->self, a, ERR));
    run seen = {0};
    assert_status(HONE_ENOTFOUND, "", r->class->find(r->self, "a", &id, ERR));
    assert_status(HONE_ENOTFOUND, "", r->class->remove(r->self, a, ERR));
    assert_status(HONE_ENOTFOUND, "", r->class->count(r->self, a, &n, ERR));
    assert_status(HONE_ENOTFOUND, "", r->class->read(r->self, a, 0, run_visit, &seen, ERR));
    assert_status(HONE_ENOTFOUND, "", APPEND(r, a, HN_SEQ_ANY, 0, &first));
    assert_status(HONE_ENOTFOUND, "", r->class->save_snapshot(r->self, a, 1, 1, "s", 1, ERR));
    assert_status(HONE_ENOTFOUND, "",
                  r->class->load_snapshot(r->self, a, 1, &seq, &data, &size, ERR));
    check_run(r, b, 0, 20);
    // The same name again is another, empty study.
    id = make_study(r, "a");
    assert_true(id != a);
    check_run(r, id, 0, 0);
    assert_status(HONE_ENOTFOUND, "",
                  r->class->load_snapshot(r->self, id, 1, &seq, &data, &size, ERR));
}

static void test_wrong_ids(void **state)
{
    static const uint64_t ids[] = {0, 1, 7, 1u << 23, UINT64_MAX, (uint64_t)1 << 40};
    rig *r = *state;
    for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
        run seen = {0};
        uint64_t n, first;
        assert_status(HONE_ENOTFOUND, "", APPEND(r, ids[k], HN_SEQ_ANY, 0, &first));
        assert_status(HONE_ENOTFOUND, "", r->class->count(r->self, ids[k], &n, ERR));
        assert_status(HONE_ENOTFOUND, "",
                      r->class->read(r->self, ids[k], 0, run_visit, &seen, ERR));
        assert_status(HONE_ENOTFOUND, "", r->class->remove(r->self, ids[k], ERR));
    }
}

static void check_snapshot(rig *r, uint64_t id, uint32_t version, uint64_t seq, const char *text)
{
    uint64_t got_seq = 0;
    void *data = NULL;
    size_t size = 99;
    assert_ok(r->class->load_snapshot(r->self, id, version, &got_seq, &data, &size, ERR));
    assert_int_equal(got_seq, seq);
    assert_int_equal(size, strlen(text));
    assert_memory_equal(data, text, size);
    hn_free(data);
}

static void test_snapshots(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r, "a"), other = make_study(r, "b"), seq = 0;
    void *data = NULL;
    size_t size = 0;
    if (!r->class->save_snapshot)
        skip();
    fill(r, id, 0, 10);
    assert_status(HONE_ENOTFOUND, "",
                  r->class->load_snapshot(r->self, id, 1, &seq, &data, &size, ERR));
    assert_ok(r->class->save_snapshot(r->self, id, 1, 5, "five", 4, ERR));
    check_snapshot(r, id, 1, 5, "five");
    assert_ok(r->class->save_snapshot(r->self, id, 1, 10, "ten", 3, ERR));
    check_snapshot(r, id, 1, 10, "ten");
    // A slower worker does not put an earlier one in its place.
    assert_ok(r->class->save_snapshot(r->self, id, 1, 7, "seven", 5, ERR));
    check_snapshot(r, id, 1, 10, "ten");
    assert_status(HONE_ENOTFOUND, "",
                  r->class->load_snapshot(r->self, id, 2, &seq, &data, &size, ERR));
    assert_status(HONE_ENOTFOUND, "",
                  r->class->load_snapshot(r->self, other, 1, &seq, &data, &size, ERR));
    assert_ok(r->class->save_snapshot(r->self, id, 2, 3, NULL, 0, ERR)); // another version
    check_snapshot(r, id, 2, 3, "");
    // Ahead of the journal: of no use, until the journal has grown.
    assert_ok(r->class->save_snapshot(r->self, id, 2, 11, "eleven", 6, ERR));
    assert_status(HONE_ENOTFOUND, "",
                  r->class->load_snapshot(r->self, id, 2, &seq, &data, &size, ERR));
    fill(r, id, 10, 11);
    check_snapshot(r, id, 2, 11, "eleven");
}

static void test_sync(void **state)
{
    rig *r = *state;
    if (!r->class->sync)
        skip();
    uint64_t id = make_study(r, "a"), first;
    assert_ok(r->class->sync(r->self, ERR));
    for (uint32_t i = 0; i < 10; i++) {
        assert_ok(append_one(r->class, r->self, id, i, 0, i, i % 2 ? HN_SYNC_FULL : HN_SYNC_LAZY,
                             &first, ERR));
        assert_ok(r->class->sync(r->self, ERR));
    }
    check_run(r, id, 0, 10);
}

static void test_null_error(void **state)
{
    rig *r = *state;
    uint64_t id = make_study(r, "a"), first = 0;
    assert_int_equal(r->class->create(r->self, "a", 1, &id, NULL), HONE_EEXISTS);
    assert_int_equal(r->class->find(r->self, "b", &id, NULL), HONE_ENOTFOUND);
    assert_int_equal(r->class->append(r->self, id, 7, NULL, 0, HN_SYNC_LAZY, 1, &first, NULL),
                     HONE_EBUSY);
}

static void test_reopen(void **state)
{
    rig *r = *state;
    if (!r->class->is_shared)
        skip();
    uint64_t id = make_study(r, "a"), again = 0, first;
    fill(r, id, 0, 100);
    assert_ok(r->class->save_snapshot(r->self, id, 3, 100, "state", 5, ERR));
    rig_close(r);
    rig_open(r);
    assert_ok(r->class->find(r->self, "a", &again, ERR));
    assert_int_equal(again, id);
    check_run(r, id, 0, 100);
    check_snapshot(r, id, 3, 100, "state");
    assert_ok(APPEND(r, id, 100, 100, &first));
}

static void test_read_only(void **state)
{
    rig *r = *state;
    void *reader = NULL;
    uint64_t id = make_study(r, "a"), out = 0;
    if (!r->class->is_shared)
        skip();
    fill(r, id, 0, 10);
    assert_ok(rig_open_as(r, &reader, false, true, NULL, ERR));
    run seen = {0};
    assert_ok(r->class->read(reader, id, 0, run_visit, &seen, ERR));
    assert_int_equal(seen.n, 10);
    assert_false(seen.bad);
    fill(r, id, 10, 20); // the reader sees what is written later, and does not keep the writer
    assert_ok(r->class->read(reader, id, 10, run_visit, &seen, ERR));
    assert_int_equal(seen.n, 20);
    assert_status(HONE_ESTATE, "reading only",
                  append_one(r->class, reader, id, HN_SEQ_ANY, 0, 1, HN_SYNC_LAZY, &out, ERR));
    assert_status(HONE_ESTATE, "reading only", r->class->create(reader, "b", 1, &out, ERR));
    assert_status(HONE_ESTATE, "reading only", r->class->rename(reader, id, "b", ERR));
    assert_status(HONE_ESTATE, "reading only", r->class->remove(reader, id, ERR));
    assert_status(HONE_ESTATE, "reading only",
                  r->class->save_snapshot(reader, id, 1, 1, "x", 1, ERR));
    rig_shut(r, reader);
    check_run(r, id, 0, 20);
}

static void test_absent(void **state)
{
    rig *r = rig_new(((rig *)*state)->class);
    void *self = NULL;
    assert_status(HONE_ENOTFOUND, "", rig_open_as(r, &self, false, false, NULL, ERR));
    assert_null(self);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append_and_read),
        cmocka_unit_test(test_append_many_at_once),
        cmocka_unit_test(test_expectation),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_visit_can_stop),
        cmocka_unit_test(test_visit_may_read_but_not_write),
        cmocka_unit_test(test_many_studies),
        cmocka_unit_test(test_list_tells_sizes_and_times),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_remove),
        cmocka_unit_test(test_wrong_ids),
        cmocka_unit_test(test_snapshots),
        cmocka_unit_test(test_sync),
        cmocka_unit_test(test_null_error),
        cmocka_unit_test(test_reopen),
        cmocka_unit_test(test_read_only),
        cmocka_unit_test(test_absent),
    };
    return run_for_storages("storage contract", tests, sizeof tests / sizeof *tests, false,
                            rig_setup, rig_teardown);
}
