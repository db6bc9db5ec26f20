// What cmaes has folded, kept for the next process that opens the study.
//
// Kept are the distribution, the generation so far and the counters, with a digest of all that the
// fold has read of the results, in their order, and one of what does not grow: options, seed, space
// and both starts. Whoever takes it up makes these digests himself: if they are the same, so is
// what was derived. That costs O(d) a result, the derivation O(d²) and a share of O(d³). Points
// that are pending are not kept: their trials' numbers tell them.
#include "samplers/cmaes_run.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"

enum { LAYOUT = 3 };                   // another one with every change of what cmaes derives
#define DEAR 1e7                       // nanoseconds, about
#define MOST ((size_t)4 * 1024 * 1024) // bytes: more are dear to read, too

enum { IS_SMALL = 1 };

// Followed by the distribution, points of the generation so far, their trials, and picks.
typedef struct record {
    uint64_t checksum; // of all that follows
    uint64_t layout, fixed, digest;
    uint64_t n_used, run_start, generation_start, n_spent;
    uint64_t spent_large, spent_small, most; // of the schedule, as what comes here
    double shrink;
    uint32_t n_runs, n_doubled, lambda, flags;
    uint32_t n_generations, n_in;
} record;

typedef struct choice_numbers {
    double gamma, Delta, delta;
} choice_numbers;

// --- digests ---

static uint64_t mix(uint64_t before, uint64_t word)
{
    uint64_t h = (before ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return h ^ h >> 32;
}

static uint64_t mix_number(uint64_t before, double x)
{
    uint64_t word;
    memcpy(&word, &x, sizeof word);
    return mix(before, isnan(x) ? UINT64_MAX : word);
}

static uint64_t mix_numbers(uint64_t before, const double *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        before = mix_number(before, x[i]);
    return before;
}

static size_t n_probabilities(const hn_cmaes_space *s)
{
    size_t n = 0;
    for (uint32_t i = 0; i < s->n_choices; i++)
        n += s->K[i];
    return n;
}

static uint64_t mix_start(uint64_t before, const hn_cmaes_run *r, const hn_cmaes_start *start)
{
    size_t n = r->space.n, size = start->separable ? n : n * n;
    before = mix_numbers(mix_number(before, start->sigma), start->m, n);
    before = mix_numbers(before, start->C, size);
    return mix_numbers(before, start->q, n_probabilities(&r->space));
}

// Of what does not grow; 0 when out of memory.
static uint64_t fixed_digest(const hn_cmaes_run *r)
{
    const hn_cmaes_options *o = r->options;
    char *space = hone_space_to_json(r->problem->space);
    uint64_t h = space ? hn_hash64(space, strlen(space)) : 0;
    if (!space)
        return 0;
    hn_free(space);
    h = mix(mix(mix(h, LAYOUT), r->problem->seed), r->problem->lag);
    h = mix_number(mix(mix(h, (uint64_t)o->population), (uint64_t)o->warm_start), o->sigma0);
    h = mix(mix(mix(h, (uint64_t)o->restarts), (uint64_t)o->variant), o->lr_adapt);
    h = mix_start(h, r, &r->race.starts[HN_CMAES_COLD]);
    if (r->race.end > 0)
        h = mix_start(h, r, &r->race.starts[HN_CMAES_WARM]);
    return h ? h : 1;
}

// With one more result.
static uint64_t digest_add(const hn_cmaes_run *r, const hn_view *view, uint32_t trial,
                           uint64_t before)
{
    const hn_trial *row = &view->fold->trials.data[trial];
    const hone_space *space = r->problem->space;
    hn_merit merit = hn_merit_of(view, trial);
    hn_config config = hn_arrivals_config(view, trial, r->config);
    uint64_t who = (uint64_t)hn_view_is_own(view, trial) |
                   (uint64_t)hn_cmaes_is_foreign(r, view, trial) << 1 | (uint64_t)merit.tier << 2;
    uint64_t h = mix(before, (uint64_t)trial << 32 | who);
    h = mix(mix(h, r->arrivals.keys.data[trial]), (uint64_t)row->saw);
    h = mix_number(mix_number(h, merit.a), merit.b);
    for (uint32_t k = 0; k < space->n_slots; k++)
        h = mix(h, (uint64_t)config.slots[k].i);
    for (uint32_t k = 0; k < space->n_words; k++)
        h = mix(h, config.active[k]);
    return h;
}

static uint64_t digest_to(const hn_cmaes_run *r, const hn_view *view, size_t end)
{
    uint64_t digest = r->digest;
    for (size_t at = r->n_digested; at < end; at++)
        digest = digest_add(r, view, r->arrivals.order.data[at], digest);
    return digest;
}

void hn_cmaes_digest(hn_cmaes_run *r, const hn_view *view)
{
    r->digest = digest_to(r, view, r->n_used);
    r->n_digested = r->n_used;
}

// --- writing ---

// Nanoseconds, about, that folding a result takes.
static double work(const hn_cmaes_run *r)
{
    double n = r->space.n;
    return 300 + 30 * (n + r->space.n_choices) + 3 * n * n +
           (r->now.cma.separable ? 0 : 3 * n * n * n / r->lambda);
}

static size_t size_of_model(const hn_cmaes_run *r)
{
    const hn_asng *choices = &r->now.choices;
    size_t n = r->space.n + n_probabilities(&r->space) + choices->n_free;
    return n * sizeof(double) + sizeof(choice_numbers) +
           (r->space.n > 0 ? hn_cma_kept_size(&r->now.cma) : 0);
}

static size_t size_of_point(const hn_cmaes_run *r)
{
    return r->space.n * sizeof(double) + sizeof(uint32_t) + r->space.n_choices * sizeof(uint32_t);
}

static void add(hn_str *out, const void *data, size_t n)
{
    if (n > 0)
        hn_str_add_n(out, data, n);
}

static void keep_model(const hn_cmaes_run *r, hn_str *out)
{
    const hn_asng *choices = &r->now.choices;
    const choice_numbers k = {choices->gamma, choices->Delta, choices->delta};
    if (r->space.n > 0)
        hn_cma_keep(&r->now.cma, out);
    add(out, r->now.scale, r->space.n * sizeof *r->now.scale);
    add(out, &k, sizeof k);
    add(out, choices->q, n_probabilities(&r->space) * sizeof *choices->q);
    add(out, choices->path, choices->n_free * sizeof *choices->path);
}

static record record_of(const hn_cmaes_run *r)
{
    const hn_cma_schedule *s = &r->schedule;
    return (record){.layout = LAYOUT,
                    .fixed = fixed_digest(r),
                    .digest = r->digest,
                    .n_used = r->n_used,
                    .run_start = r->run_start,
                    .generation_start = r->generation_start,
                    .n_spent = r->n_spent,
                    .spent_large = s->spent_large,
                    .spent_small = s->spent_small,
                    .most = s->most,
                    .shrink = s->shrink,
                    .n_runs = s->n_runs,
                    .n_doubled = s->n_doubled,
                    .lambda = s->lambda,
                    .flags = s->is_small ? IS_SMALL : 0,
                    .n_generations = r->n_generations,
                    .n_in = r->n_in};
}

bool hn_cmaes_run_keep(const hn_cmaes_run *r, hn_str *out)
{
    size_t at = out->n;
    if (!r->begun) { // not in use here: what another process has kept is still right
        if (!hn_str_failed(&r->kept))
            add(out, r->kept.data, r->kept.n);
        return false;
    }
    if (r->race.on || r->n_used <= r->n_sources || r->n_digested != r->n_used ||
        sizeof(record) + size_of_model(r) + r->n_in * size_of_point(r) > MOST)
        return false;
    record k = record_of(r);
    if (k.fixed == 0)
        return false;
    add(out, &k, sizeof k);
    keep_model(r, out);
    add(out, r->X, (size_t)r->n_in * r->space.n * sizeof *r->X);
    for (uint32_t i = 0; i < r->n_in; i++)
        add(out, &r->merits[i].trial, sizeof r->merits[i].trial);
    add(out, r->picks, (size_t)r->n_in * r->space.n_choices * sizeof *r->picks);
    if (hn_str_failed(out))
        return false;
    k.checksum = hn_hash64(out->data + at + sizeof k.checksum, out->n - at - sizeof k.checksum);
    memcpy(out->data + at, &k, sizeof k);
    return (double)(r->n_used - r->n_taken_up) * work(r) > DEAR;
}

void hn_cmaes_run_recall(hn_cmaes_run *r, const void *data, size_t size)
{
    hn_str_clear(&r->kept);
    add(&r->kept, data, size);
}

// --- reading ---

static bool is_whole(const hn_str *kept, record *k)
{
    size_t n_checked = kept->n - sizeof k->checksum;
    if (hn_str_failed(kept) || kept->n < sizeof *k)
        return false;
    memcpy(k, kept->data, sizeof *k);
    return k->layout == LAYOUT &&
           k->checksum == hn_hash64(kept->data + sizeof k->checksum, n_checked);
}

static bool is_possible(const hn_cmaes_run *r, const record *k)
{
    uint64_t first = hn_cmaes_first_lambda(r);
    return k->n_used > r->n_sources && k->n_used >= r->n_used && k->n_used <= r->arrivals.order.n &&
           k->run_start <= k->n_used && k->generation_start <= k->n_used && k->lambda >= first &&
           k->lambda <= first << HN_CMA_MOST_DOUBLED && k->n_doubled <= HN_CMA_MOST_DOUBLED &&
           k->n_in < k->lambda && k->shrink > 0 && k->shrink <= 1;
}

// Is it of what this view shows, too?
static bool is_of(const hn_cmaes_run *r, const hn_view *view, record *k)
{
    return !r->race.on && is_whole(&r->kept, k) && is_possible(r, k) &&
           k->fixed == fixed_digest(r) && k->digest == digest_to(r, view, k->n_used);
}

static const char *take(void *to, const char *from, size_t n)
{
    if (n > 0)
        memcpy(to, from, n);
    return from + n;
}

static const char *recall_model(hn_cmaes_run *r, const char *at, bool *ok)
{
    hn_asng *choices = &r->now.choices;
    choice_numbers k;
    *ok = true;
    if (r->space.n > 0) {
        *ok = hn_cma_recall(&r->now.cma, at);
        at += hn_cma_kept_size(&r->now.cma);
    }
    at = take(r->now.scale, at, r->space.n * sizeof *r->now.scale);
    at = take(&k, at, sizeof k);
    at = take(choices->q, at, n_probabilities(&r->space) * sizeof *choices->q);
    at = take(choices->path, at, choices->n_free * sizeof *choices->path);
    choices->gamma = k.gamma;
    choices->Delta = k.Delta;
    choices->delta = k.delta;
    return at;
}

static bool recall_points(hn_cmaes_run *r, const hn_view *view, const char *at)
{
    uint32_t n_in = r->n_in, n_choices = r->space.n_choices;
    at = take(r->X, at, (size_t)n_in * r->space.n * sizeof *r->X);
    for (uint32_t i = 0; i < n_in; i++) {
        uint32_t trial;
        at = take(&trial, at, sizeof trial);
        if (trial >= view->n_trials)
            return false;
        r->merits[i] = hn_merit_of(view, trial);
    }
    (void)take(r->picks, at, (size_t)n_in * n_choices * sizeof *r->picks);
    for (size_t i = 0; i < (size_t)n_in * n_choices; i++)
        if (r->picks[i] >= r->space.K[i % n_choices])
            return false;
    return true;
}

static void take_counters(hn_cmaes_run *r, const record *k)
{
    hn_cma_schedule *s = &r->schedule;
    s->spent_large = k->spent_large;
    s->spent_small = k->spent_small;
    s->most = k->most;
    s->shrink = k->shrink;
    s->n_runs = k->n_runs;
    s->n_doubled = k->n_doubled;
    s->lambda = k->lambda;
    s->is_small = k->flags & IS_SMALL;
    r->digest = k->digest;
    r->n_digested = r->n_taken_up = r->n_used = k->n_used;
    r->run_start = k->run_start;
    r->generation_start = k->generation_start;
    r->n_generations = k->n_generations;
}

hn_cmaes_taken hn_cmaes_take_up(hn_cmaes_run *r, const hn_view *view)
{
    record k;
    hn_cmaes_taken taken = HN_CMAES_NOT_TAKEN;
    bool ok;
    if (is_of(r, view, &k)) {
        take_counters(r, &k);
        taken = HN_CMAES_STARVED;
        if (hn_cmaes_begin_run(r, &r->race.starts[HN_CMAES_COLD])) {
            taken = HN_CMAES_VOID;
            r->n_in = k.n_in;
            r->n_spent = k.n_spent;
            if (r->kept.n == sizeof k + size_of_model(r) + k.n_in * size_of_point(r)) {
                const char *at = recall_model(r, r->kept.data + sizeof k, &ok);
                if (ok && recall_points(r, view, at))
                    taken = HN_CMAES_TAKEN;
            }
        }
    }
    hn_str_free(&r->kept);
    return taken;
}
