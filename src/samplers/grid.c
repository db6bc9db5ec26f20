// grid: every combination once, in order or shuffled.
//
// Method
//  1. Each parameter has a list of values: all of them when finite, else the centres of
//     `resolution` equal cells of its scale. A grid index is a number in this mixed radix, the
//     last parameter turning fastest.
//  2. Indices that break a rule are left out, and of those that differ only in inactive parameters
//     the first is kept, so that each configuration comes once.
//  3. The trial's place is derived from the journal: it takes the point whose rank is the number of
//     sampled trials of this space version before it. Reserving a number thus settles the point,
//     whoever computes it.
//  4. When all have been given out, points whose trials were all lost are given out again.
// With order=shuffled the indices pass through a keyed bijection (a Feistel network, walked until
// it falls inside the grid).
// Cost: amortised O(parameters) a suggestion while the journal grows; 8 bytes a point given out.

#include <hone/sys/sampler.h>

#include <math.h>

#include "base/vec.h"
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
    uint32_t n_counted, rank; // sampled trials among the first n_counted
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

// Looks at further raw indices until point `rank` is known or the grid ends.
static hone_status extend(state *s, uint32_t rank, hn_config scratch, hone_error *err)
{
    while (s->valid.n <= rank && !s->ended) {
        if ((double)s->cursor >= s->size) {
            s->ended = true;
            break;
        }
        uint64_t index = raw_index(s, s->cursor++);
        if (point(s, index, scratch) && !hn_vec_push(&s->valid, index))
            return hn_fail_memory(err);
    }
    return HONE_OK;
}

// --- ranks, from the journal ---

static bool takes_a_point(const hn_view *view, uint32_t trial)
{
    const hn_trial *t = &view->fold->trials.data[trial];
    return t->purpose == HONE_PURPOSE_SEARCH &&
           (t->origin == HONE_ORIGIN_SAMPLED || t->origin == HONE_ORIGIN_SERVED);
}

static uint32_t rank_of(state *s, const hn_view *view, uint32_t trial)
{
    if (trial < s->n_counted || s->n_counted == 0) {
        s->n_counted = view->fold->spaces.data[s->problem->space_version - 1].first_trial;
        s->rank = 0;
    }
    for (; s->n_counted < trial && s->n_counted < view->fold->trials.n; s->n_counted++)
        s->rank += takes_a_point(view, s->n_counted);
    return s->rank;
}

// Has another trial the point of lost trial `trial`, earlier or not lost?
static bool tried_otherwise(const state *s, const hn_view *view, uint32_t trial)
{
    const hn_fold *fold = view->fold;
    const hn_trial *row = &fold->trials.data[trial];
    hn_config config = hn_fold_config(fold, row);
    for (uint32_t o = 0; o < view->n_trials; o++) {
        const hn_trial *other = &fold->trials.data[o];
        if (o == trial || other->space != row->space || !(other->flags & HN_TRIAL_HAS_PARAMS))
            continue;
        if (o > trial && hn_view_state(view, o) == HONE_STATE_LOST)
            continue;
        if (hn_config_equal(s->problem->space, config, hn_fold_config(fold, other)))
            return true;
    }
    return false;
}

// The first point, in order of trials, of which every trial was lost.
static bool lost_point(const state *s, const hn_view *view, hn_config out)
{
    for (uint32_t t = 0; t < view->n_trials; t++) {
        const hn_trial *row = &view->fold->trials.data[t];
        if (!takes_a_point(view, t) || hn_view_state(view, t) != HONE_STATE_LOST ||
            row->space != s->problem->space_version || tried_otherwise(s, view, t))
            continue;
        hn_config_copy(s->problem->space, out, hn_fold_config(view->fold, row));
        return true;
    }
    return false;
}

static hone_status suggest(void *self, const hn_view *view, const hn_request *request,
                           hn_config *out, hone_error *err)
{
    state *s = self;
    uint32_t rank = rank_of(s, view, request->trial);
    HN_TRY(extend(s, rank, *out, err));
    if (rank < s->valid.n) {
        point(s, s->valid.data[rank], *out);
        return HONE_OK;
    }
    if (s->valid.n == 0)
        return hn_fail(err, HONE_EINVAL, "the rules leave no point of the grid");
    if (lost_point(s, view, *out))
        return HONE_OK;
    return hn_fail(err, HONE_EEXHAUSTED, "all %zu points of the grid have been tried", s->valid.n);
}

static void fini(void *self)
{
    hn_vec_free(&((state *)self)->valid);
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
