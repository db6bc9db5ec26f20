// Appending: events become records, the storage orders them, the fold applies what the storage has
// accepted, in the storage's order. Nothing is ever folded that is not in the journal.

#include "base/clock.h"
#include "core/study_internal.h"

hn_event hn_study_event(hn_event_type type)
{
    hn_event event = hn_event_make(type);
    event.time_us = (int64_t)hn_clock_wall_us();
    return event;
}

hn_event hn_trial_event(const hone_trial *trial, hn_event_type type)
{
    hn_event event = hn_study_event(type);
    if (trial->study->clock_us)
        event.time_us = (int64_t)trial->study->clock_us;
    event.trial = trial->number;
    event.epoch = trial->epoch;
    return event;
}

// An event that finds no memory leaves nothing behind, or its bytes would become part of the next
// one's record.
static hone_status batch_add(hn_batch *batch, const hn_event *event, hone_error *err)
{
    size_t before = batch->bytes.n;
    hn_event_write(event, &batch->bytes);
    if (!hn_str_failed(&batch->bytes) && hn_vec_push(&batch->ends, batch->bytes.n))
        return HONE_OK;
    batch->bytes.n = before;
    batch->bytes.failed = false;
    return hn_fail_memory(err);
}

static void batch_clear(hn_batch *batch)
{
    hn_str_clear(&batch->bytes);
    hn_vec_clear(&batch->ends);
}

hone_status hn_study_later(hone_study *study, const hn_event *event, hone_error *err)
{
    if (study->read_only)
        return hn_fail(err, HONE_ESTATE, "the study was opened for looking only");
    return batch_add(&study->lazy, event, err);
}

// One record: folded, the plug-ins' caches and the duplicate index told.
static hone_status apply(hone_study *study, const void *data, size_t size, hn_change *change,
                         hone_error *err)
{
    hn_fold *fold = &study->fold;
    HN_TRY(hn_fold_apply_bytes(fold, data, size, change, err));
    bool has_point = change->type == HN_EV_STARTED || change->type == HN_EV_PARAMS;
    if (!change->applied || change->trial == HN_NONE)
        return HONE_OK;
    if (has_point && hn_dedupe_wanted(&fold->problem) &&
        fold->trials.data[change->trial].epoch == 1 &&
        study->dedupe.version == fold->problem.space_version)
        HN_TRY(hn_dedupe_add(&study->dedupe, fold, change->trial, err));
    return hn_study_observe(study, change->type, change->trial, err);
}

typedef struct catching {
    hone_study *study;
    uint64_t own_from; // number of the first of our own events
    size_t n_own;
    hn_change *changes;
} catching;

static hone_status on_record(void *user, uint64_t seq, const void *data, size_t size,
                             hone_error *err)
{
    catching *c = user;
    hn_change change;
    if (seq < c->study->fold.n_events)
        return HONE_OK;
    if (seq > c->study->fold.n_events)
        return hn_fail(err, HONE_ECORRUPT, "the journal lacks event %llu",
                       (unsigned long long)c->study->fold.n_events);
    hone_status status = apply(c->study, data, size, &change, err);
    if (status != HONE_OK)
        hn_error_trail(err, "event %llu", (unsigned long long)seq);
    if (status == HONE_OK && c->changes && seq >= c->own_from && seq - c->own_from < c->n_own)
        c->changes[seq - c->own_from] = change;
    return status;
}

static hone_status catch_up(hone_study *study, uint64_t own_from, size_t n_own, hn_change *changes,
                            hone_error *err)
{
    catching c = {study, own_from, n_own, changes};
    return study->storage_class->read(study->storage, study->id, study->fold.n_events, on_record,
                                      &c, err);
}

hone_status hn_study_catch_up(hone_study *study, hone_error *err)
{
    return catch_up(study, 0, 0, NULL, err);
}

// Records of both batches, the queued ones first.
static hn_record *records(hone_study *study, size_t *n)
{
    const hn_batch *batches[2] = {&study->lazy, &study->batch};
    hn_record *list = HN_NEW(&study->scratch, hn_record, study->lazy.ends.n + study->batch.ends.n);
    *n = 0;
    for (int b = 0; list && b < 2; b++) {
        size_t from = 0;
        for (size_t i = 0; i < batches[b]->ends.n; i++) {
            size_t end = batches[b]->ends.data[i];
            list[(*n)++] = (hn_record){batches[b]->bytes.data + from, end - from};
            from = end;
        }
    }
    return list;
}

// When nobody came between, our own bytes are folded without reading them back.
static hone_status fold_own(hone_study *study, const hn_record *list, size_t n, size_t n_lazy,
                            hn_change *changes, hone_error *err)
{
    hn_change change;
    for (size_t i = 0; i < n; i++) {
        HN_TRY(apply(study, list[i].data, list[i].size, &change, err));
        if (changes && i >= n_lazy)
            changes[i - n_lazy] = change;
    }
    return HONE_OK;
}

hone_status hn_study_append(hone_study *study, const hn_event *events, size_t n, bool expect_now,
                            hn_sync sync, hn_change *changes, hone_error *err)
{
    uint64_t first = 0, expect = expect_now ? study->fold.n_events : HN_SEQ_ANY;
    size_t n_records = 0, n_lazy = study->lazy.ends.n;
    hn_record *list;
    if (study->read_only)
        return hn_fail(err, HONE_ESTATE, "the study was opened for looking only");
    batch_clear(&study->batch);
    hn_arena_reset(&study->scratch);
    for (size_t i = 0; i < n; i++) {
        hn_event event = events[i];
        if (study->clock_us)
            event.time_us = (int64_t)study->clock_us;
        HN_TRY(batch_add(&study->batch, &event, err));
    }
    list = records(study, &n_records);
    if (!list)
        return hn_fail_memory(err);
    if (n_records == 0)
        return HONE_OK;
    uint64_t now_us = n > 0 ? (uint64_t)events[n - 1].time_us : hn_clock_wall_us();
    HN_TRY(study->storage_class->append(study->storage, study->id, expect, list, n_records, sync,
                                        now_us, &first, err));
    hone_status status;
    if (first == study->fold.n_events)
        status = fold_own(study, list, n_records, n_lazy, changes, err);
    else
        status = catch_up(study, first + n_lazy, n, changes, err);
    batch_clear(&study->lazy);
    return status;
}

hone_status hn_study_flush(hone_study *study, hone_error *err)
{
    if (study->lazy.ends.n == 0)
        return HONE_OK;
    return hn_study_append(study, NULL, 0, false, HN_SYNC_LAZY, NULL, err);
}
