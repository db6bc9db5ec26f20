// Damaged files: flipped bytes, lost ends, pages that are empty, old or in the wrong place.
// Whatever is read is right, or the answer is HONE_ECORRUPT; there is no third way, and no crash.
#include "contract/storages/rig.h"

enum { N_RECORDS = 90, PAGE = 4096 };

typedef struct image {
    unsigned char *bytes;
    size_t size;
} image;

static image load(const char *path)
{
    image im = {0};
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    im.size = (size_t)ftell(file);
    rewind(file);
    im.bytes = malloc(im.size + 1);
    assert_non_null(im.bytes);
    assert_int_equal(fread(im.bytes, 1, im.size, file), im.size);
    assert_int_equal(fclose(file), 0);
    return im;
}

static void store(const char *path, const image *im)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(im->bytes, 1, im->size, file), im->size);
    assert_int_equal(fclose(file), 0);
}

static void append_some(rig *r, uint64_t id, uint32_t from, uint32_t to)
{
    static unsigned char bytes[20][RECORD_MAX];
    hn_record records[20];
    uint64_t first;
    for (uint32_t i = from; i < to;) {
        uint32_t n = 0;
        for (; n < 1 + i % 20 && i + n < to; n++)
            records[n] = (hn_record){bytes[n], record_make(0, i + n, bytes[n])};
        assert_ok(
            r->class->append(r->self, id, i, records, n, HN_SYNC_LAZY, 1000 + i, &first, ERR));
        i += n;
    }
}

// A closed database with two studies, rows within and across pages, and a snapshot; `early` (may
// be NULL) gets the file as it was before the last ten records.
static image make_image(rig *r, image *early)
{
    uint64_t a = 0, b = 0;
    rig_open(r);
    assert_ok(r->class->create(r->self, "a", 1, &a, ERR));
    assert_ok(r->class->create(r->self, "b", 1, &b, ERR));
    append_some(r, a, 0, N_RECORDS - 10);
    append_some(r, b, 0, 7);
    assert_ok(r->class->save_snapshot(r->self, a, 1, 40, "folded", 6, ERR));
    if (early) {
        rig_close(r);
        *early = load(r->where);
        rig_open(r);
    }
    append_some(r, a, N_RECORDS - 10, N_RECORDS);
    rig_close(r);
    return load(r->where);
}

static bool is_refusal(hone_status status)
{
    return status == HONE_ECORRUPT || status == HONE_EIO || status == HONE_EVERSION;
}

typedef struct tally {
    unsigned intact, refused;
} tally;

static hone_status any_visit(void *user, const hn_journal_info *info, hone_error *err)
{
    (void)user;
    (void)err;
    return strlen(info->name) < 100 ? HONE_OK : HONE_EINVAL;
}

// Everything a user might do with the file; `what` and `at` tell the damage.
static void check_journal(rig *r, const char *what, size_t at, tally *t)
{
    uint64_t id = 0, seq = 0, first = 0;
    run seen = {0};
    hone_error err = HONE_ERROR_INIT;
    void *data = NULL;
    size_t size = 0;
    hone_status status = r->class->find(r->self, "a", &id, &err);
    if (status == HONE_OK)
        status = r->class->read(r->self, id, 0, run_visit, &seen, &err);
    if (seen.bad || (status == HONE_OK && seen.n != N_RECORDS))
        fail_msg("%s at %zu: read %llu records, %s", what, at, (unsigned long long)seen.n,
                 seen.bad ? "wrong ones" : "and that was all");
    if (status != HONE_OK && status != HONE_ENOTFOUND && !is_refusal(status))
        fail_msg("%s at %zu: %s %s", what, at, hone_status_name(status), err.text);
    t->intact += status == HONE_OK;
    t->refused += status != HONE_OK;
    status = r->class->load_snapshot(r->self, id, 1, &seq, &data, &size, &err);
    if (status == HONE_OK) {
        assert_int_equal(seq, 40);
        assert_int_equal(size, 6);
        assert_memory_equal(data, "folded", 6);
        hn_free(data);
    }
    (void)r->class->list(r->self, any_visit, NULL, &err);
    status = append_one(r->class, r->self, id, N_RECORDS, 0, N_RECORDS, HN_SYNC_LAZY, &first, &err);
    if (status != HONE_OK && status != HONE_ENOTFOUND && !is_refusal(status))
        fail_msg("%s at %zu: append: %s %s", what, at, hone_status_name(status), err.text);
    if (status == HONE_OK)
        assert_int_equal(first, N_RECORDS);
}

static void check_image(rig *r, const image *im, const char *what, size_t at, tally *t)
{
    hone_error err = HONE_ERROR_INIT;
    char log[160];
    store(r->where, im);
    (void)snprintf(log, sizeof log, "%s-wal", r->where);
    (void)unlink(log);
    (void)snprintf(log, sizeof log, "%s-shm", r->where);
    (void)unlink(log);
    hone_status status = rig_open_as(r, &r->self, false, false, NULL, &err);
    if (status == HONE_OK) {
        check_journal(r, what, at, t);
        rig_close(r);
    } else {
        if (!is_refusal(status) && !(status == HONE_ENOTFOUND && im->size == 0))
            fail_msg("%s at %zu: open: %s %s", what, at, hone_status_name(status), err.text);
        t->refused++;
    }
}

static void test_flipped_bytes(void **state)
{
    static const unsigned char masks[] = {0xff, 0x01, 0x80};
    tally t = {0};
    (void)state;
    rig *r = rig_new(rig_class("sqlite"));
    image im = make_image(r, NULL);
    size_t step = 13;
    for (size_t at = 0, k = 0; at < im.size; at += at % PAGE < 120 ? 1 : step, k++) {
        unsigned char before = im.bytes[at];
        im.bytes[at] ^= masks[k % 3];
        check_image(r, &im, "a flipped byte", at, &t);
        im.bytes[at] = before;
    }
    assert_true(t.intact > 100);
    assert_true(t.refused > 100);
    free(im.bytes);
    rig_free(r);
}

static void test_every_record_byte(void **state)
{
    // Inside the data of the records no change goes unnoticed.
    tally t = {0};
    unsigned char want[RECORD_MAX];
    (void)state;
    rig *r = rig_new(rig_class("sqlite"));
    image im = make_image(r, NULL);
    size_t size = record_make(0, 33, want);
    unsigned char *place = memmem(im.bytes, im.size, want, size);
    assert_non_null(place);
    for (size_t k = 0; k < size; k++) {
        place[k] ^= (unsigned char)(1 << k % 8);
        check_image(r, &im, "a record's byte", k, &t);
        place[k] ^= (unsigned char)(1 << k % 8);
    }
    assert_int_equal(t.refused, size);
    // The sentence says which one.
    place[9] ^= 4;
    store(r->where, &im);
    rig_open(r);
    run seen = {0};
    assert_status(HONE_ECORRUPT, "of study \"a\" does not match its checksum",
                  r->class->read(r->self, 1, 0, run_visit, &seen, ERR));
    assert_non_null(strstr(rig_err.text, r->where));
    assert_in_range(seen.n, 14, 33); // those before its row were shown
    free(im.bytes);
    rig_free(r);
}

static void test_lost_end(void **state)
{
    tally t = {0};
    (void)state;
    rig *r = rig_new(rig_class("sqlite"));
    image im = make_image(r, NULL);
    size_t whole = im.size;
    for (size_t size = 0; size < whole; size += size < 1024 ? 31 : 509) {
        im.size = size;
        check_image(r, &im, "the end", size, &t);
    }
    for (im.size = 0; im.size < whole; im.size += PAGE)
        check_image(r, &im, "the end", im.size, &t);
    assert_true(t.intact < 5); // the last bytes of the file may be free
    free(im.bytes);
    rig_free(r);
}

static void test_wrong_pages(void **state)
{
    tally t = {0};
    image early;
    unsigned char kept[PAGE];
    (void)state;
    rig *r = rig_new(rig_class("sqlite"));
    image im = make_image(r, &early);
    for (size_t at = 0; at < im.size; at += PAGE) {
        memcpy(kept, im.bytes + at, PAGE);
        memset(im.bytes + at, 0, PAGE);
        check_image(r, &im, "an empty page", at, &t);
        if (at < early.size) { // a write that never reached the disk
            memcpy(im.bytes + at, early.bytes + at, PAGE);
            check_image(r, &im, "an old page", at, &t);
        }
        for (size_t other = PAGE; other < im.size; other += PAGE) {
            memcpy(im.bytes + at, other == at ? kept : im.bytes + other, PAGE);
            check_image(r, &im, "another page", at, &t);
        }
        memcpy(im.bytes + at, kept, PAGE);
    }
    free(early.bytes);
    free(im.bytes);
    rig_free(r);
}

// After a crash the log is all there is of the latest appends. What SQLite still accepts of a
// damaged one is a prefix.
static void test_damaged_log(void **state)
{
    char log[160], index[160];
    uint64_t id = 0;
    (void)state;
    rig *r = rig_new(rig_class("sqlite"));
    (void)snprintf(log, sizeof log, "%s-wal", r->where);
    (void)snprintf(index, sizeof index, "%s-shm", r->where);
    rig_open(r);
    assert_ok(r->class->create(r->self, "a", 1, &id, ERR));
    append_some(r, id, 0, N_RECORDS);
    image file = load(r->where), wal = load(log);
    rig_close(r);
    unsigned whole = 0;
    for (size_t at = 0; at < wal.size; at += at % (PAGE + 24) < 60 ? 3 : 397) {
        run seen = {0};
        hone_error err = HONE_ERROR_INIT;
        wal.bytes[at] ^= 0x10;
        store(r->where, &file);
        store(log, &wal);
        (void)unlink(index);
        hone_status status = rig_open_as(r, &r->self, true, false, NULL, &err);
        if (status == HONE_OK && r->class->find(r->self, "a", &id, &err) == HONE_OK) {
            assert_ok(r->class->read(r->self, id, 0, run_visit, &seen, ERR));
            assert_false(seen.bad);
            assert_true(seen.n <= N_RECORDS);
        }
        whole += seen.n == N_RECORDS;
        rig_close(r);
        wal.bytes[at] ^= 0x10;
    }
    assert_true(whole < 30); // damage was noticed nearly everywhere
    free(file.bytes);
    free(wal.bytes);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flipped_bytes), cmocka_unit_test(test_every_record_byte),
        cmocka_unit_test(test_lost_end),      cmocka_unit_test(test_wrong_pages),
        cmocka_unit_test(test_damaged_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
