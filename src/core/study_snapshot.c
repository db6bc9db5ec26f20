// The snapshot of a study: its fold (snapshot.h), and before it what the sampler has derived of the
// history and would be dear to derive again. Both are caches: one that cannot be used is no error,
// the journal has everything.

#include <string.h>

#include <hone/version.h>

#include "core/snapshot.h"
#include "core/study_internal.h"

typedef struct preface {
    uint64_t n_kept; // bytes of the sampler's, between this and the fold
    uint64_t kept_by;
} preface;

// Which sampler, of which release, with which options.
static uint64_t who_keeps(const hone_study *study)
{
    hn_str text = HN_STR_INIT;
    hn_str_printf(&text, "%s %s %s", HONE_VERSION, study->sampler.plugin->name,
                  study->sampler.setting ? study->sampler.setting : "");
    uint64_t hash = hn_hash64(hn_str_text(&text), text.n);
    hn_str_free(&text);
    return hash;
}

static void read_snapshot(hone_study *study, const char *data, size_t size, uint64_t seq)
{
    preface p;
    if (size < sizeof p)
        return;
    memcpy(&p, data, sizeof p);
    if (p.n_kept > size - sizeof p)
        return;
    const char *fold = data + sizeof p + p.n_kept;
    if (hn_snapshot_read(&study->fold, fold, size - sizeof p - p.n_kept, NULL) != HONE_OK)
        return;
    if (study->fold.n_events != seq) {
        hn_fold_free(&study->fold);
        return;
    }
    study->snapshot_at = seq;
    study->kept_by = p.kept_by;
    hn_str_add_n(&study->kept, data + sizeof p, p.n_kept);
}

void hn_study_load_snapshot(hone_study *study)
{
    const hn_storage_class *class = study->storage_class;
    void *data = NULL;
    size_t size = 0;
    uint64_t seq = 0;
    if (!class->load_snapshot ||
        class->load_snapshot(study->storage, study->id, hn_snapshot_version(), &seq, &data, &size,
                             NULL) != HONE_OK)
        return;
    read_snapshot(study, data, size, seq);
    hn_free(data);
}

void hn_study_recall(hone_study *study)
{
    const hn_sampler_class *sampler = (const void *)study->sampler.plugin;
    if (sampler->recall && study->kept.n > 0 && !hn_str_failed(&study->kept) &&
        study->kept_by == who_keeps(study))
        sampler->recall(study->sampler.state, study->kept.data, study->kept.n);
    hn_str_free(&study->kept);
}

// The tail stays below an eighth of the journal, so that snapshots cost O(1) amortised an event.
static bool is_long(const hone_study *study)
{
    enum { FEW = 1000 };
    uint64_t tail = study->fold.n_events - study->snapshot_at;
    return tail >= FEW && tail >= study->fold.n_events / 8;
}

// The preface, and what the sampler keeps; true when it would be dear to do without.
static bool write_kept(const hone_study *study, hn_str *out)
{
    const hn_sampler_class *sampler = (const void *)study->sampler.plugin;
    preface p = {0, 0};
    bool dear = false;
    hn_str_add_n(out, (const char *)&p, sizeof p);
    if (!study->sampler.ready || !sampler->keep)
        return false;
    dear = sampler->keep(study->sampler.state, out);
    p = (preface){out->n - sizeof p, who_keeps(study)};
    if (!hn_str_failed(out))
        memcpy(out->data, &p, sizeof p);
    return dear;
}

void hn_study_save_snapshot(hone_study *study)
{
    const hn_storage_class *class = study->storage_class;
    hn_str bytes = HN_STR_INIT;
    if (!class->save_snapshot)
        return;
    bool dear = write_kept(study, &bytes);
    if (dear || is_long(study)) {
        hn_snapshot_write(&study->fold, &bytes);
        if (!hn_str_failed(&bytes))
            class->save_snapshot(study->storage, study->id, hn_snapshot_version(),
                                 study->fold.n_events, bytes.data, bytes.n, NULL);
    }
    hn_str_free(&bytes);
}
