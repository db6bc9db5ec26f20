// What trust has folded, kept for the next process that opens the study.
//
// Kept are a few counters and the numbers of trials, not what these say, and a digest of all that
// the fold has read of the results, in their order. Whoever takes it up digests the results that it
// sees itself: if these are the same, so is what was derived of them. That costs O(d) a result, the
// derivation a model.
#include "samplers/trust_run.h"

#include <math.h>
#include <string.h>

enum { LAYOUT = 5 }; // another one with every change of what trust derives from a history
#define DEAR 5e7     // products, about ten milliseconds

enum { HAS_BEST = 1, HAS_REACHED = 2, HAS_CENTRE = 4, FAILED = 8, GOOD = 16 };

// Followed by the points, numbers of trials.
typedef struct record {
    uint64_t checksum; // of all that follows
    uint64_t layout, digest, n_used, run_start;
    uint32_t n_runs, n_in, n_starts, n_points;
    uint32_t best, reached, centre; // trials, where there are any
    uint32_t flags;
    double radius;
} record;

// --- the digest ---

static uint64_t mix(uint64_t before, uint64_t word)
{
    uint64_t h = (before ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

static uint64_t mix_number(uint64_t before, double x)
{
    uint64_t word;
    memcpy(&word, &x, sizeof word);
    return mix(before, isnan(x) ? UINT64_MAX : word);
}

uint64_t hn_trust_digest(const hn_trust_run *r)
{
    uint64_t h = mix(LAYOUT, r->n_dims);
    return mix_number(mix_number(h, r->options->radius), r->options->least);
}

uint64_t hn_trust_digest_add(const hn_trust_run *r, const hn_view *view, uint32_t trial,
                             uint64_t before)
{
    const hn_evidence *e = r->evidence;
    hn_merit merit = hn_merit_of(view, trial);
    uint64_t h = mix(before, trial);
    h = mix(h, e->rows.data[trial].kind | hn_view_is_sampled(view, trial) * 8U |
                   hn_view_is_own(view, trial) * 16U);
    h = mix(h, hn_arrivals_seen_by(&r->arrivals, view, trial));
    h = mix_number(mix_number(mix(h, (uint64_t)merit.tier), merit.a), merit.b);
    for (uint32_t k = 0; k < e->n_dims; k++)
        h = mix_number(h, hn_evidence_x(e, trial)[k]);
    h = mix_number(h, hn_evidence_y(e, trial)[0]);
    for (uint32_t c = 0; c < e->n_constraints; c++) // a later trial may have told more of them
        if (!isnan(hn_evidence_c(e, trial)[c]))
            h = mix_number(mix(h, c), hn_evidence_c(e, trial)[c]);
    return h;
}

// --- writing ---

bool hn_trust_run_keep(const hn_trust_run *r, hn_str *out)
{
    record k;
    size_t at = out->n;
    if (!r->begun) { // not in use here: what another process has kept is still right
        if (!hn_str_failed(&r->kept))
            hn_str_add_n(out, hn_str_text(&r->kept), r->kept.n);
        return false;
    }
    memset(&k, 0, sizeof k);
    k.layout = LAYOUT;
    k.digest = r->digest;
    k.n_used = r->n_used;
    k.run_start = r->run_start;
    k.n_runs = r->n_runs;
    k.n_in = r->n_in;
    k.n_starts = r->n_starts;
    k.n_points = r->n_points;
    k.best = r->has_best ? r->best.trial : 0;
    k.reached = r->has_reached ? r->reached.trial : 0;
    k.centre = r->has_centre ? r->merit.trial : 0;
    k.flags = (r->has_best ? HAS_BEST : 0U) | (r->has_reached ? HAS_REACHED : 0U) |
              (r->has_centre ? HAS_CENTRE : 0U) | (r->failed ? FAILED : 0U) | (r->good ? GOOD : 0U);
    k.radius = r->radius;
    hn_str_add_n(out, (const char *)&k, sizeof k);
    hn_str_add_n(out, (const char *)r->points, r->n_points * sizeof *r->points);
    if (hn_str_failed(out))
        return false;
    k.checksum = hn_hash64(out->data + at + sizeof k.checksum, out->n - at - sizeof k.checksum);
    memcpy(out->data + at, &k, sizeof k);
    return r->owed > DEAR;
}

void hn_trust_run_recall(hn_trust_run *r, const void *data, size_t size)
{
    hn_str_clear(&r->kept);
    hn_str_add_n(&r->kept, data, size);
}

// --- reading ---

// Is it whole, and are its trials those of the view?
static bool read(const hn_trust_run *r, record *k, const uint32_t **points)
{
    size_t n_rows = r->evidence->rows.n;
    if (hn_str_failed(&r->kept) || r->kept.n < sizeof *k)
        return false;
    memcpy(k, r->kept.data, sizeof *k);
    *points = (const uint32_t *)(const void *)(r->kept.data + sizeof *k);
    size_t n_checked = r->kept.n - sizeof k->checksum;
    if (k->layout != LAYOUT ||
        k->checksum != hn_hash64(r->kept.data + sizeof k->checksum, n_checked) ||
        k->n_points > r->most_points || r->kept.n != sizeof *k + k->n_points * sizeof **points ||
        k->n_used > r->arrivals.order.n || k->run_start > k->n_used || k->best >= n_rows ||
        k->reached >= n_rows || k->centre >= n_rows)
        return false;
    for (uint32_t i = 0; i < k->n_points; i++)
        if ((*points)[i] >= n_rows)
            return false;
    return true;
}

static void adopt(hn_trust_run *r, const hn_view *view, const record *k, const uint32_t *points)
{
    r->digest = k->digest;
    r->n_used = k->n_used;
    r->run_start = k->run_start;
    r->n_runs = k->n_runs;
    r->n_in = k->n_in;
    r->n_starts = k->n_starts;
    r->n_points = k->n_points;
    memcpy(r->points, points, k->n_points * sizeof *points);
    r->has_best = k->flags & HAS_BEST;
    r->has_reached = k->flags & HAS_REACHED;
    r->has_centre = k->flags & HAS_CENTRE;
    r->failed = k->flags & FAILED;
    r->good = k->flags & GOOD;
    r->radius = k->radius;
    r->has_model = false;
    if (r->has_best)
        r->best = hn_merit_of(view, k->best);
    if (r->has_reached)
        r->reached = hn_merit_of(view, k->reached);
    if (r->has_centre) {
        r->merit = hn_merit_of(view, k->centre);
        hn_trust_set_centre(r, hn_evidence_x(r->evidence, k->centre));
    }
}

bool hn_trust_take_up(hn_trust_run *r, const hn_view *view)
{
    record k;
    const uint32_t *points;
    bool same = false;
    if (r->kept.n == 0 && !hn_str_failed(&r->kept))
        return false;
    if (read(r, &k, &points)) {
        uint64_t digest = r->digest;
        for (size_t i = 0; i < k.n_used; i++)
            digest = hn_trust_digest_add(r, view, r->arrivals.order.data[i], digest);
        same = digest == k.digest;
    }
    if (same)
        adopt(r, view, &k, points);
    hn_str_free(&r->kept);
    return same;
}
