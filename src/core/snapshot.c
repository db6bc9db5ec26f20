// Snapshots. The trials, cells, numbers, reports, parts and attributes of a fold are arrays of
// 8-byte words without pointers, which are packed (pack.h); what has pointers (definition, spaces,
// settings, logs) is written as texts. The bytes are of this build on this machine: the version
// covers the sizes of the structs and the order of bytes, and the storage keeps a checksum.
//
// Layout: header (counts), then the texts (length, bytes), then each array.

#include "core/snapshot.h"

#include <string.h>

#include "core/pack.h"

enum { LAYOUT = 14 };

typedef struct header {
    uint64_t n_events, n_stale, created_us, changed_us;
    uint64_t n_spaces, n_settings, n_logs, n_goals;
    uint64_t n_trials, n_cells, n_numbers, n_reports, n_parts, n_attrs, n_texts, n_open;
    hn_attrs study_attrs;
    uint32_t n_state[HONE_N_STATES], n_defaults, last_owner, sampler_since;
    uint64_t cell_row; // words of a configuration: how far equal cells are apart
} header;

_Static_assert(sizeof(hn_trial) % 8 == 0 && sizeof(hn_report) % 8 == 0 &&
                   sizeof(hn_part) % 8 == 0 && sizeof(hn_attr) % 8 == 0 && sizeof(hn_slot) == 8,
               "arrays of words");

uint32_t hn_snapshot_version(void)
{
    const uint64_t sizes[] = {LAYOUT,
                              sizeof(header),
                              sizeof(hn_trial),
                              sizeof(hn_report),
                              sizeof(hn_part),
                              sizeof(hn_attr),
                              1};
    return (uint32_t)hn_hash64(sizes, sizeof sizes);
}

// --- writing ---

static void put_text(hn_str *out, const char *text)
{
    uint64_t n = strlen(text);
    hn_str_add_n(out, (const char *)&n, sizeof n);
    hn_str_add_n(out, text, n);
}

#define PUT_WORDS(vec, stride)                                                                     \
    hn_pack_words((vec).data, (vec).n *(sizeof *(vec).data / 8), (stride), out)
#define PUT_ARRAY(vec)                                                                             \
    do {                                                                                           \
        if ((vec).n > 0)                                                                           \
            hn_str_add_n(out, (const char *)(vec).data, (vec).n * sizeof *(vec).data);             \
    } while (0)

static uint64_t cell_row(const hn_fold *fold)
{
    const hone_space *space = fold->problem.space;
    uint64_t n = space ? (uint64_t)space->n_words + space->n_slots : 0;
    return n > 0 ? n : 1;
}

void hn_snapshot_write(const hn_fold *fold, hn_str *out)
{
    header h;
    memset(&h, 0, sizeof h); // padding, too: equal folds have equal bytes
    h.n_events = fold->n_events, h.n_stale = fold->n_stale;
    h.created_us = fold->created_us, h.changed_us = fold->changed_us;
    h.n_spaces = fold->spaces.n, h.n_settings = fold->settings.n, h.n_logs = fold->logs.n;
    h.n_goals = fold->goals.n;
    h.n_trials = fold->trials.n, h.n_cells = fold->cells.n, h.n_numbers = fold->numbers.n;
    h.n_reports = fold->reports.n, h.n_parts = fold->parts.n;
    h.n_texts = fold->texts.n, h.n_open = fold->open.n;
    memcpy(h.n_state, fold->n_state, sizeof h.n_state);
    h.n_defaults = fold->n_defaults, h.last_owner = fold->last_owner;
    h.sampler_since = fold->sampler_since;
    h.n_attrs = fold->attrs.n, h.study_attrs = fold->study_attrs;
    h.cell_row = cell_row(fold);
    hn_str_add_n(out, (const char *)&h, sizeof h);
    put_text(out, fold->definition ? fold->definition : "");
    for (size_t i = 0; i < fold->spaces.n; i++) {
        hn_str_add_n(out, (const char *)&fold->spaces.data[i].first_trial, sizeof(uint32_t));
        put_text(out, fold->spaces.data[i].json);
    }
    for (size_t i = 1; i < fold->goals.n; i++)
        put_text(out, fold->goals.data[i].json);
    for (size_t i = 0; i < fold->settings.n; i++) {
        put_text(out, fold->settings.data[i].key);
        put_text(out, fold->settings.data[i].json);
    }
    for (size_t i = 0; i < fold->logs.n; i++) {
        const hn_log_entry *entry = &fold->logs.data[i];
        hn_str_add_n(out, (const char *)&entry->trial, sizeof entry->trial);
        hn_str_add_n(out, (const char *)&entry->time_us, sizeof entry->time_us);
        put_text(out, entry->level);
        put_text(out, entry->text);
    }
    PUT_WORDS(fold->trials, sizeof(hn_trial) / 8);
    PUT_WORDS(fold->cells, h.cell_row);
    PUT_WORDS(fold->numbers, 1);
    PUT_WORDS(fold->reports, sizeof(hn_report) / 8);
    PUT_WORDS(fold->parts, sizeof(hn_part) / 8);
    PUT_WORDS(fold->attrs, sizeof(hn_attr) / 8);
    PUT_ARRAY(fold->texts);
    PUT_ARRAY(fold->open);
}

// --- reading ---

typedef struct reader {
    const unsigned char *at, *end;
    bool bad; // too short, or out of memory
} reader;

static void get(reader *r, void *out, size_t size)
{
    if ((size_t)(r->end - r->at) < size) {
        r->bad = true;
        memset(out, 0, size);
        return;
    }
    memcpy(out, r->at, size);
    r->at += size;
}

static char *get_text(reader *r)
{
    uint64_t n;
    get(r, &n, sizeof n);
    if (r->bad || n > (uint64_t)(r->end - r->at)) {
        r->bad = true;
        return NULL;
    }
    char *text = hn_strndup((const char *)r->at, n);
    r->at += n;
    r->bad |= !text;
    return text;
}

// Room for a few more: whoever reads a snapshot appends next, and growing would copy the array.
static bool reserve_count(uint64_t n, size_t *room)
{
    *room = n + n / 16 + 16;
    return n < UINT32_MAX;
}

#define GET_WORDS(vec, count, stride)                                                              \
    do {                                                                                           \
        uint64_t n_ = (count), words_ = sizeof *(vec).data / 8;                                    \
        size_t room_;                                                                              \
        if (r->bad || !reserve_count(n_, &room_) ||                                                \
            hn_packed_min(n_ * words_) > (uint64_t)(r->end - r->at) ||                             \
            !hn_vec_reserve(&(vec), room_) ||                                                      \
            !hn_unpack_words(&r->at, r->end, n_ * words_, (stride), (vec).data))                   \
            r->bad = true;                                                                         \
        else                                                                                       \
            (vec).n = n_;                                                                          \
    } while (0)

#define GET_ARRAY(vec, count)                                                                      \
    do {                                                                                           \
        uint64_t n_ = (count);                                                                     \
        size_t room_;                                                                              \
        if (r->bad || n_ > (uint64_t)(r->end - r->at) / sizeof *(vec).data ||                      \
            !reserve_count(n_, &room_) || !hn_vec_reserve(&(vec), room_))                          \
            r->bad = true;                                                                         \
        else if (n_ > 0) {                                                                         \
            get(r, (vec).data, n_ * sizeof *(vec).data);                                           \
            (vec).n = n_;                                                                          \
        }                                                                                          \
    } while (0)

// Not written: the open trials tell.
static void find_waiting(reader *r, hn_fold *fold)
{
    for (size_t i = 0; i < fold->open.n && !r->bad; i++) {
        uint32_t number = fold->open.data[i];
        r->bad = number >= fold->trials.n;
        if (!r->bad && fold->trials.data[number].state == HONE_STATE_WAITING)
            r->bad = !hn_vec_push(&fold->waiting, number);
    }
}

static void get_arrays(reader *r, hn_fold *fold, const header *h)
{
    r->bad |= h->cell_row == 0;
    GET_WORDS(fold->trials, h->n_trials, sizeof(hn_trial) / 8);
    GET_WORDS(fold->cells, h->n_cells, h->cell_row);
    GET_WORDS(fold->numbers, h->n_numbers, 1);
    GET_WORDS(fold->reports, h->n_reports, sizeof(hn_report) / 8);
    GET_WORDS(fold->parts, h->n_parts, sizeof(hn_part) / 8);
    GET_WORDS(fold->attrs, h->n_attrs, sizeof(hn_attr) / 8);
    GET_ARRAY(fold->texts, h->n_texts);
    GET_ARRAY(fold->open, h->n_open);
    r->bad |= r->at != r->end;
    find_waiting(r, fold);
}

static hone_status get_spaces(reader *r, hn_fold *fold, uint64_t n, hone_error *err)
{
    for (uint64_t i = 0; i < n && !r->bad; i++) {
        uint32_t first_trial;
        get(r, &first_trial, sizeof first_trial);
        char *json = get_text(r);
        hone_status status = hn_fold_add_space(fold, json, first_trial, err);
        if (status != HONE_OK) {
            r->bad = true;
            return status;
        }
    }
    return HONE_OK;
}

// The rows come in the order of the newest version: there is nothing to rearrange.
static hone_status get_goals(reader *r, hn_fold *fold, uint64_t n, hone_error *err)
{
    if (fold->definition && !hn_fold_first_goals(fold))
        return hn_fail_memory(err);
    for (uint64_t i = 1; i < n && !r->bad; i++) {
        hn_goals next = {0};
        char *json = get_text(r);
        hone_status status = r->bad ? HONE_ECORRUPT : hn_goals_read(json, strlen(json), &next, err);
        hn_free(json);
        if (status == HONE_OK && !hn_fold_take_goals(fold, &next))
            status = HONE_ENOMEM;
        if (status != HONE_OK) {
            hn_arena_free(&next.arena);
            hn_free(next.json);
            r->bad = true;
            return status;
        }
    }
    return HONE_OK;
}

static void get_settings(reader *r, hn_fold *fold, const header *h)
{
    for (uint64_t i = 0; i < h->n_settings && !r->bad; i++) {
        hn_setting setting = {get_text(r), NULL};
        setting.json = get_text(r);
        if (!hn_vec_push(&fold->settings, setting)) {
            hn_free(setting.key);
            hn_free(setting.json);
            r->bad = true;
        }
    }
    for (uint64_t i = 0; i < h->n_logs && !r->bad; i++) {
        hn_log_entry entry = {0};
        get(r, &entry.trial, sizeof entry.trial);
        get(r, &entry.time_us, sizeof entry.time_us);
        entry.level = get_text(r);
        entry.text = get_text(r);
        if (!hn_vec_push(&fold->logs, entry)) {
            hn_free(entry.level);
            hn_free(entry.text);
            r->bad = true;
        }
    }
}

static void get_header(hn_fold *fold, const header *h)
{
    fold->n_events = h->n_events, fold->n_stale = h->n_stale;
    fold->created_us = h->created_us, fold->changed_us = h->changed_us;
    memcpy(fold->n_state, h->n_state, sizeof h->n_state);
    fold->n_defaults = h->n_defaults, fold->last_owner = h->last_owner;
    fold->sampler_since = h->sampler_since;
    fold->study_attrs = h->study_attrs;
}

hone_status hn_snapshot_read(hn_fold *fold, const void *data, size_t size, hone_error *err)
{
    reader r = {data, (const unsigned char *)data + size, false};
    header h;
    get(&r, &h, sizeof h);
    char *definition = get_text(&r);
    hone_status status = HONE_OK;
    if (!r.bad && *definition) {
        fold->definition = hn_arena_strdup(&fold->arena, definition);
        status = hn_definition_read(definition, strlen(definition), &fold->arena, &fold->name,
                                    &fold->problem, err);
    }
    hn_free(definition);
    if (status == HONE_OK)
        status = get_spaces(&r, fold, h.n_spaces, err);
    if (status == HONE_OK)
        status = get_goals(&r, fold, h.n_goals, err);
    if (status == HONE_OK) {
        get_settings(&r, fold, &h);
        get_arrays(&r, fold, &h);
        get_header(fold, &h);
    }
    if (status == HONE_OK && !r.bad && !hn_arena_failed(&fold->arena))
        return HONE_OK;
    hn_fold_free(fold);
    return hn_fail(err, HONE_ECORRUPT, "a snapshot is damaged");
}
