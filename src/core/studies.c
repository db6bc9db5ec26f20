// The studies in a storage: list, rename, delete, copy.

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "core/storage_url.h"
#include "core/study_internal.h"

typedef struct visiting {
    hone_study_visit visit;
    void *user;
} visiting;

static hone_status on_journal(void *user, const hn_journal_info *info, hone_error *err)
{
    visiting *v = user;
    hone_study_info study = {info->name, info->n_records, info->n_bytes, info->created_us,
                             info->changed_us};
    return v->visit(v->user, &study, err);
}

// The names for a sentence: the first few, and how many there are.
typedef struct naming {
    hn_str text;
    uint32_t n;
} naming;

enum { NAMES_SHOWN = 8 };

static hone_status on_name(void *user, const hn_journal_info *info, hone_error *err)
{
    naming *names = user;
    (void)err;
    if (names->n++ < NAMES_SHOWN)
        hn_str_printf(&names->text, "%s%s", names->n > 1 ? ", " : "", info->name);
    return HONE_OK;
}

hone_status hn_studies_find(const hn_storage_class *class, void *storage, const char *name,
                            uint64_t *id, hone_error *err)
{
    naming names = {HN_STR_INIT, 0};
    hone_status status = class->find(storage, name, id, err);
    if (status != HONE_ENOTFOUND || !err ||
        class->list(storage, on_name, &names, NULL) != HONE_OK) {
        hn_str_free(&names.text);
        return status;
    }
    size_t n = strlen(err->text);
    if (names.n > NAMES_SHOWN)
        hn_str_printf(&names.text, " and %u more", names.n - NAMES_SHOWN);
    snprintf(err->text + n, sizeof err->text - n, ": it holds %s",
             names.n ? hn_str_text(&names.text) : "none yet");
    hn_str_free(&names.text);
    return status;
}

hone_status hone_studies_list(const char *storage, hone_study_visit visit, void *user,
                              hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_open_storage open = {0};
    visiting v = {visit, user};
    hone_status status = hn_storage_open(storage, NULL, false, true, &arena, &open, err);
    if (status == HONE_OK)
        status = open.class->list(open.state, on_journal, &v, err);
    hn_storage_close(&open);
    hn_arena_free(&arena);
    return status;
}

// Opens for writing and finds the journal; the caller closes in any case.
static hone_status open_and_find(const char *storage, const char *name, hn_arena *arena,
                                 hn_open_storage *open, uint64_t *id, hone_error *err)
{
    HN_TRY(hn_storage_open(storage, NULL, false, false, arena, open, err));
    return hn_studies_find(open->class, open->state, name, id, err);
}

hone_status hone_studies_rename(const char *storage, const char *name, const char *to,
                                hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_open_storage open = {0};
    uint64_t id;
    HN_TRY(hn_study_check_name(to, err));
    hone_status status = open_and_find(storage, name, &arena, &open, &id, err);
    if (status == HONE_OK)
        status = open.class->rename(open.state, id, to, err);
    hn_storage_close(&open);
    hn_arena_free(&arena);
    return status;
}

hone_status hone_studies_delete(const char *storage, const char *name, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_open_storage open = {0};
    uint64_t id;
    hone_status status = open_and_find(storage, name, &arena, &open, &id, err);
    if (status == HONE_OK)
        status = open.class->remove(open.state, id, err);
    hn_storage_close(&open);
    hn_arena_free(&arena);
    return status;
}

// Records are gathered and appended in lots, so that a long journal needs little memory.
typedef struct copying {
    hn_open_storage *to;
    uint64_t id;
    hn_batch batch;
} copying;

enum { COPY_LOT = 1024 };

static hone_status copy_lot(copying *c, hone_error *err)
{
    hn_record list[COPY_LOT];
    uint64_t first;
    size_t from = 0, n = c->batch.ends.n;
    if (n == 0)
        return HONE_OK;
    for (size_t i = 0; i < n; i++) {
        list[i] = (hn_record){c->batch.bytes.data + from, c->batch.ends.data[i] - from};
        from = c->batch.ends.data[i];
    }
    hone_status status = c->to->class->append(c->to->state, c->id, HN_SEQ_ANY, list, n,
                                              HN_SYNC_LAZY, hn_clock_wall_us(), &first, err);
    hn_str_clear(&c->batch.bytes);
    hn_vec_clear(&c->batch.ends);
    return status;
}

static hone_status on_copy(void *user, uint64_t seq, const void *data, size_t size, hone_error *err)
{
    copying *c = user;
    (void)seq;
    hn_str_add_n(&c->batch.bytes, data, size);
    if (hn_str_failed(&c->batch.bytes) || !hn_vec_push(&c->batch.ends, c->batch.bytes.n))
        return hn_fail_memory(err);
    return c->batch.ends.n == COPY_LOT ? copy_lot(c, err) : HONE_OK;
}

hone_status hone_studies_copy(const char *storage, const char *name, const char *to_storage,
                              const char *to, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_open_storage source = {0}, target = {0};
    copying c = {&target, 0, {HN_STR_INIT, {0}}};
    uint64_t id;
    bool made = false;
    HN_TRY(hn_study_check_name(to, err));
    hone_status status = hn_storage_open(storage, NULL, false, true, &arena, &source, err);
    HN_TRY_OUT(status);
    HN_TRY_OUT(hn_studies_find(source.class, source.state, name, &id, err));
    HN_TRY_OUT(hn_storage_open(to_storage ? to_storage : storage, NULL, true, false, &arena,
                               &target, err));
    HN_TRY_OUT(target.class->create(target.state, to, hn_clock_wall_us(), &c.id, err));
    made = true;
    HN_TRY_OUT(source.class->read(source.state, id, 0, on_copy, &c, err));
    HN_TRY_OUT(copy_lot(&c, err));
    if (target.class->sync)
        status = target.class->sync(target.state, err);
out:
    if (status != HONE_OK && made)
        target.class->remove(target.state, c.id, NULL);
    hn_str_free(&c.batch.bytes);
    hn_vec_free(&c.batch.ends);
    hn_storage_close(&source);
    hn_storage_close(&target);
    hn_arena_free(&arena);
    return status;
}
