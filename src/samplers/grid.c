// grid: every combination once, in order or shuffled.
//
// Method
//  1. Each parameter has a list of values: all of them when finite, else the centres of
//     `resolution` equal cells of its scale. A grid index is a number in this mixed radix, the
//     last parameter turning fastest.
//  2. Indices that break a rule are left out, and of those that differ only in inactive parameters
//     the first is kept, so that each configuration comes once. What a trial of an earlier version
//     of the space had is left out, too.
//  3. The trial's place is derived from the journal: it takes the point whose rank is the number of
//     trials before it that took a point of this version's grid. Reserving a number thus settles
//     the point, whoever computes it.
//  4. When all have been given out, those that no trial has are: points whose trials were all lost,
//     or had got a configuration of an earlier version when this one came.
// With order=shuffled the indices pass through a keyed bijection (a Feistel network, walked until
// it falls inside the grid).
// Cost: amortised O(parameters) a suggestion while the journal grows, O(trials + points) when all
// has been given out; 8 bytes a point given out, 20 bytes a trial of earlier versions.

#include <hone/sys/sampler.h>

#include <math.h>

#include "base/vec.h"
#include "core/dedupe.h"
#include "core/view.h"

typedef struct options {
    int64_t resolution;
    int32_t order;
} options;

enum { SEQUENTIAL, SHUFFLED };

static const hn_option option_table[] = {
    {"resolution", HN_OPTION_INT, offsetof(options, resolution), "10", 1, 1e6, NULL, "values",
     "points per continuous parameter"},
    {"order", HN_OPTION_CHOICE, offsetof(options, order), "sequential", 1, 0, "sequential|shuffled",
     NULL, "in order, the last parameter fastest, or shuffled by the seed"},
    {0},
};

typedef struct state {
    const hn_problem *problem;
    const options *options;
    double size;              // raw number of indices; may exceed 2^53
    int half_bits;            // of the Feistel network
    uint64_t cursor;          // next raw position to look at
    HN_VEC(uint64_t) valid;   // raw indices of the first points, by rank
    bool ended;               // every raw index has been looked at
    uint32_t n_counted, rank; // trials that took a point among the first n_counted
    hn_dedupe earlier;        // configurations of earlier versions
    bool looked_back;         // it has been filled
    uint64_t n_left_out;      // points that it held
} state;

#define MAX_SIZE 9e18

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    s->problem = problem;
    s->options = given;
    s->size = 1;
    if (problem->define_by_run)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "grid needs the space before the first trial: declare it, or use another "
                       "sampler");
    for (uint32_t p = 0; p < problem->space->n_params; p++)
        s->size *= hn_grid_size(&problem->space->params[p], (uint32_t)s->options->resolution);
    if (s->size > MAX_SIZE)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "the grid would have %.2g points: use another sampler, or a lower "
                       "resolution",
                       s->size);
    while (ldexp(1.0, 2 * s->half_bits) < s->size)
        s->half_bits++;
    return HONE_OK;
}

// --- order ---

// One pass of a four-round Feistel network over 2·half_bits bits: a bijection.
static uint64_t feistel(const state *s, uint64_t x)
{
    uint64_t mask = ((uint64_t)1 << s->half_bits) - 1;
    uint64_t left = x >> s->half_bits, right = x & mask;
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SHUFFLE, 0);
    for (uint32_t round = 0; round < 4; round++) {
        uint64_t mixed = hn_rng_u64(&rng, (uint32_t)right, (uint32_t)(right >> 32), round);
        uint64_t next = left ^ (mixed & mask);
        left = right;
        right = next;
    }
    return left << s->half_bits | right;
}

static uint64_t raw_index(const state *s, uint64_t position)
{
    if (s->options->order == SEQUENTIAL || s->half_bits == 0)
        return position;
    do
        position = feistel(s, position);
    while ((double)position >= s->size);
    return position;
}

// --- points ---

// Fills the configuration of a raw index; false when it repeats another or breaks a rule.
static bool point(const state *s, uint64_t index, hn_config out)
{
    const hone_space *space = s->problem->space;
    uint32_t resolution = (uint32_t)s->options->resolution;
    uint64_t rest = index;
    for (uint32_t p = space->n_params; p-- > 0;) {
        const hn_param *param = &space->params[p];
        uint32_t size = hn_grid_size(param, resolution);
        hn_grid_value(param, resolution, (uint32_t)(rest % size), out.slots + param->slot);
        rest /= size;
    }
    hn_space_activate(space, out);
    rest = index;
    for (uint32_t p = space->n_params; p-- > 0;) {
        uint32_t size = hn_grid_size(&space->params[p], resolution);
        if (!hn_active(out.active, p) && rest % size != 0)
            return false;
        rest /= size;
    }
    return hn_space_allows(space, out, NULL);
}

// Only what had its configuration when this version came: what is left out is then the same for
// whoever looks, and whenever.
static hone_status look_back(state *s, const hn_view *view, hone_error *err)
{
    const hn_fold *fold = view->fold;
    for (uint32_t t = 0; !s->looked_back && t < fold->trials.n; t++) {
        const hn_trial *row = &fold->trials.data[t];
        bool had = (row->flags & HN_TRIAL_HAS_PARAMS) && !(row->flags & HN_TRIAL_OVERTAKEN) &&
                   row->space < s->problem->space_version && row->purpose != HONE_PURPOSE_FINAL;
        if (had)
            HN_TRY(hn_dedupe_add(&s->earlier, fold, t, err));
    }
    s->looked_back = true;
    return HONE_OK;
}

// Looks at further raw indices until point `rank` is known or the grid ends.
static hone_status extend(state *s, const hn_view *view, uint32_t rank, hn_config scratch,
                          hone_error *err)
{
    HN_TRY(look_back(s, view, err));
    while (s->valid.n <= rank && !s->ended) {
        if ((double)s->cursor >= s->size) {
            s->ended = true;
            break;
        }
        uint64_t index = raw_index(s, s->cursor++);
        if (!point(s, index, scratch))
            continue;
        bool had = hn_dedupe_has(&s->earlier, view->fold, scratch);
        s->n_left_out += had;
        if (!had && !hn_vec_push(&s->valid, index)) {
            s->cursor--; // it is looked at again
            return hn_fail_memory(err);
        }
    }
    return HONE_OK;
}

// --- ranks, from the journal ---

// Trials that had a configuration when this version came took none of its points; what had none
// then takes one, whatever it is that it got.
static bool takes_a_point(const state *s, const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    bool before = (t->flags & HN_TRIAL_HAS_PARAMS) && t->space < s->problem->space_version &&
                  !(t->flags & HN_TRIAL_OVERTAKEN);
    return !before && t->purpose == HONE_PURPOSE_SEARCH &&
           (t->origin == HONE_ORIGIN_SAMPLED || t->origin == HONE_ORIGIN_SERVED);
}

static uint32_t rank_of(state *s, const hn_view *view, uint32_t trial)
{
    if (trial < s->n_counted)
        s->n_counted = s->rank = 0;
    for (; s->n_counted < trial && s->n_counted < view->fold->trials.n; s->n_counted++)
        s->rank += takes_a_point(s, view, s->n_counted);
    return s->rank;
}

// --- what is left ---

// What is not free any more: configurations of trials that were not lost, and points of trials that
// have a number and will take them. `n_ahead` gets how many of these will take one that is left.
static hone_status find_taken(const state *s, const hn_view *view, uint32_t trial, hn_dedupe *taken,
                              bool *promised, uint32_t *n_ahead, hone_error *err)
{
    uint32_t rank = 0;
    for (uint32_t t = 0; t < view->n_trials; t++) {
        const hn_trial *row = &view->fold->trials.data[t];
        bool has_point = row->flags & HN_TRIAL_HAS_PARAMS;
        bool waits = !has_point && !(row->flags & HN_TRIAL_EXCLUDED) && t < trial;
        if (has_point && hn_view_state(view, t) != HONE_STATE_LOST)
            HN_TRY(hn_dedupe_add(taken, view->fold, t, err));
        if (!takes_a_point(s, view, t))
            continue;
        if (waits && rank < s->valid.n)
            promised[rank] = true;
        *n_ahead += waits && rank >= s->valid.n;
        rank++;
    }
    return HONE_OK;
}

// The first point that no trial has and none will get; `*found` false when there is none.
static hone_status left_over(const state *s, const hn_view *view, const hn_request *request,
                             hn_config out, bool *found, hone_error *err)
{
    hn_dedupe taken = {0};
    uint32_t n_ahead = 0;
    bool *promised = HN_ZNEW(request->scratch, bool, s->valid.n + 1);
    hone_status status = promised
                             ? find_taken(s, view, request->trial, &taken, promised, &n_ahead, err)
                             : hn_fail_memory(err);
    *found = false;
    for (size_t rank = 0; status == HONE_OK && !*found && rank < s->valid.n; rank++) {
        point(s, s->valid.data[rank], out);
        if (!promised[rank] && !hn_dedupe_has(&taken, view->fold, out))
            *found = n_ahead-- == 0;
    }
    hn_dedupe_free(&taken);
    return status;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    uint32_t rank = rank_of(s, view, request->trial);
    bool found;
    HN_TRY(extend(s, view, rank, *out, err));
    if (rank < s->valid.n) {
        point(s, s->valid.data[rank], *out);
        return HONE_OK;
    }
    if (s->valid.n + s->n_left_out == 0)
        return hn_fail(err, HONE_EINVAL, "the rules leave no point of the grid");
    HN_TRY(left_over(s, view, request, *out, &found, err));
    if (found)
        return HONE_OK;
    return hn_fail(err, HONE_EEXHAUSTED, "all %llu points of the grid have been tried",
                   (unsigned long long)(s->valid.n + s->n_left_out));
}

static void fini(void *self)
{
    state *s = self;
    hn_vec_free(&s->valid);
    hn_dedupe_free(&s->earlier);
}

const hn_sampler_class hn_sampler_grid = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "grid",
             .summary = "every combination once; continuous parameters at a resolution",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_CONSTRAINTS | HN_CAN_CONDITIONS | HN_EXHAUSTS,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .suggest = suggest,
    .fini = fini,
};
