// Parameters as axes.
//
//     float, int            one numeric axis, log or not; steps and integers as cells
//     normal, lognormal     a numeric axis in standard deviations from the mean, without bounds
//     categorical, boolean  one axis of choices, with the choices' weights
//     ordered choices       cells 0, 1, 2, … like an integer's, with the weights as prior
//     subset                an axis of two choices for each item
//     permutation           an axis for each item: its place, in (0, 1); drawn places are sorted
//     simplex               the coordinates of stick breaking, each in [0, 1]
// Parameters with the same condition form a block, at the place of the first of them: whatever the
// condition names stands before it. Those that came later, by a change of the space, and have no
// default form a block beside it: trials from before have the one and not the other. So do those
// that an earlier study, from which this one was started, lacks.
#include "samplers/tpe_space.h"

#include <math.h>
#include <string.h>

#include "num/clamp.h"
#include "space/domain.h"
#include "space/unit.h"

#define BELIEF_SHARE 0.8 // as the space's own prior has it

// --- axes ---

// A range so wide that its width, or the square of it, is no number is modelled from 0 to 1.
static bool is_vast(const hn_param *p)
{
    return p->type == HONE_PARAM_FLOAT && p->scale == HN_LINEAR && !(p->step > 0) &&
           !(p->high / 2 - p->low / 2 < 1e150);
}

static hn_axis numeric_axis(const hn_param *p)
{
    if (is_vast(p))
        return hn_axis_continuous(0, 1, false);
    bool log_scale = p->scale == HN_LOG;
    if (p->type == HONE_PARAM_INT) {
        double low = (double)p->ilow, step = (double)p->istep;
        return hn_axis_stepped(low, low + (double)p->last * step, step, log_scale);
    }
    if (p->step > 0)
        return hn_axis_stepped(p->low, hn_domain_float(p, p->last), p->step, log_scale);
    return hn_axis_continuous(p->low, p->high, log_scale);
}

static const double *choice_shares(const hn_param *p, hn_arena *arena)
{
    if (!(p->weights > 0))
        return NULL;
    double *shares = HN_NEW(arena, double, p->n_choices);
    for (uint32_t c = 0; shares && c < p->n_choices; c++)
        shares[c] = p->choices[c].weight / p->weights;
    return shares;
}

static void add_belief(const hn_param *p, hn_axis *axis)
{
    const hn_belief *b = &p->belief;
    if (!b->present)
        return;
    if (is_vast(p)) {
        hn_slot centre = {.f = b->centre};
        double at, width = p->high / 2 - p->low / 2;
        hn_unit_encode(p, &centre, &at);
        if (!b->is_factor) // which has no meaning from 0 to 1
            hn_axis_believe(axis, BELIEF_SHARE, at, b->spread / 2 / width, false);
    } else if (b->is_factor)
        hn_axis_believe(axis, BELIEF_SHARE, log(b->centre), log(b->spread), true);
    else
        hn_axis_believe(axis, BELIEF_SHARE, b->centre, b->spread, false);
}

static hn_axis axis_of(const hn_param *p, hn_arena *arena)
{
    hn_axis axis;
    switch (p->type) {
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
        if (p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL)
            return hn_axis_normal();
        axis = numeric_axis(p);
        // A kernel narrower than its cell gives the neighbouring value no chance, and a short study
        // then stays at the wrong one of two or three.
        if (axis.step > 0 && !axis.log)
            axis.min_sigma = 0.5 * axis.step;
        add_belief(p, &axis);
        return axis;
    case HONE_PARAM_ORDINAL:
        axis = hn_axis_stepped(0, p->n_choices - 1.0, 1, false);
        axis.n_choices = p->n_choices;
        axis.shares = choice_shares(p, arena);
        return axis;
    case HONE_PARAM_PERMUTATION:
        axis = hn_axis_continuous(0, 1, false);
        axis.min_sigma = 0.5 / p->n_choices; // neighbours can change places
        return axis;
    case HONE_PARAM_SUBSET:
        return hn_axis_choice(2, NULL);
    case HONE_PARAM_SIMPLEX:
        return hn_axis_continuous(0, 1, false);
    default:
        return hn_axis_choice(p->n_choices, choice_shares(p, arena));
    }
}

// --- blocks ---

// The version of the space from which on every trial has the parameter where it is active.
static uint32_t there_since(const hn_problem *problem, const hn_param *p)
{
    return p->has_default || !problem->lineage ? 1 : problem->lineage->since[p->index];
}

// Do the same of the earlier studies know them?
static bool known_alike(const hn_sources *s, const hn_param *p, const hn_param *q)
{
    for (uint32_t i = 0; s && i < s->n; i++)
        if (p->n_dims > 0 && q->n_dims > 0 && s->list[i].known[p->dim] != s->list[i].known[q->dim])
            return false;
    return true;
}

static bool same_block(const hn_problem *problem, const hn_sources *sources, const hn_param *p,
                       const hn_param *q)
{
    if (!known_alike(sources, p, q))
        return false;
    if (there_since(problem, p) != there_since(problem, q))
        return false;
    if (!p->condition_text || !q->condition_text)
        return p->condition_text == q->condition_text;
    return strcmp(p->condition_text, q->condition_text) == 0;
}

// Fills the parameters of the blocks and their axes; `taken` [n_params] starts as false.
static void make_blocks(hn_tpe_space *s, const hn_problem *problem, const hn_sources *sources,
                        bool each_alone, bool *taken, uint32_t *axes, uint32_t *starts)
{
    const hone_space *space = s->space;
    uint32_t n_blocks = 0, n_params = 0, n_axes = 0;
    for (uint32_t p = 0; p < space->n_params; p++) {
        if (taken[p])
            continue;
        s->block_first_param[n_blocks] = n_params;
        starts[n_blocks++] = n_axes;
        for (uint32_t q = p; q < space->n_params; q++) {
            const hn_param *member = &space->params[q];
            if (taken[q] ||
                (q > p && (each_alone || !same_block(problem, sources, &space->params[p], member))))
                continue;
            taken[q] = true;
            s->block_params[n_params++] = q;
            for (uint32_t k = 0; k < member->n_dims; k++)
                axes[n_axes++] = member->dim + k;
        }
    }
    s->block_first_param[n_blocks] = n_params;
    starts[n_blocks] = n_axes;
    s->layout.n_blocks = n_blocks;
}

hone_status hn_tpe_space_make(hn_tpe_space *out, const hn_problem *problem,
                              const hn_sources *sources, bool each_alone, hn_arena *arena,
                              hone_error *err)
{
    const hone_space *space = problem->space;
    hn_axis *axes = HN_NEW(arena, hn_axis, space->n_dims + 1);
    uint32_t *block_axes = HN_NEW(arena, uint32_t, space->n_dims + 1);
    uint32_t *starts = HN_NEW(arena, uint32_t, space->n_params + 1);
    bool *taken = HN_ZNEW(arena, bool, space->n_params + 1);
    memset(out, 0, sizeof *out);
    out->space = space;
    out->block_params = HN_NEW(arena, uint32_t, space->n_params + 1);
    out->block_first_param = HN_NEW(arena, uint32_t, space->n_params + 1);
    if (hn_arena_failed(arena))
        return hn_fail_memory(err);
    for (uint32_t p = 0; p < space->n_params; p++) {
        const hn_param *param = &space->params[p];
        for (uint32_t k = 0; k < param->n_dims; k++)
            axes[param->dim + k] = axis_of(param, arena);
    }
    if (hn_arena_failed(arena))
        return hn_fail_memory(err);
    out->layout = (hn_parzen_layout){axes, space->n_dims, 0, block_axes, starts};
    make_blocks(out, problem, sources, each_alone, taken, block_axes, starts);
    return HONE_OK;
}

bool hn_tpe_block_active(const hn_tpe_space *s, uint32_t b, hn_config config)
{
    const hn_param *first = &s->space->params[s->block_params[s->block_first_param[b]]];
    return hn_condition_holds(s->space, first, config);
}

// --- values ---

static void encode_param(const hn_param *p, const hn_slot *slots, double *x)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        if (is_vast(p)) {
            hn_unit_encode(p, slots, x);
            break;
        }
        x[0] = slots[0].f;
        if (p->scale == HN_LOGNORMAL)
            x[0] = log(x[0]);
        if (p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL)
            x[0] = (x[0] - p->low) / p->high;
        break;
    case HONE_PARAM_INT:
        x[0] = (double)slots[0].i;
        break;
    case HONE_PARAM_PERMUTATION:
    case HONE_PARAM_SIMPLEX:
        hn_unit_encode(p, slots, x);
        break;
    case HONE_PARAM_SUBSET:
        for (uint32_t i = 0; i < p->n_choices; i++)
            x[i] = (double)((uint64_t)slots[0].i >> i & 1);
        break;
    default:
        x[0] = (double)slots[0].i;
    }
}

static bool has_block(const hn_tpe_space *s, uint32_t b, hn_config config)
{
    for (uint32_t i = s->block_first_param[b]; i < s->block_first_param[b + 1]; i++)
        if (!hn_active(config.active, s->block_params[i]))
            return false;
    return true;
}

void hn_tpe_encode(const hn_tpe_space *s, hn_config config, double *x)
{
    for (uint32_t b = 0; b < s->layout.n_blocks; b++) {
        bool has = has_block(s, b, config);
        for (uint32_t i = s->block_first_param[b]; i < s->block_first_param[b + 1]; i++) {
            const hn_param *p = &s->space->params[s->block_params[i]];
            if (has)
                encode_param(p, config.slots + p->slot, x + p->dim);
            for (uint32_t k = 0; !has && k < p->n_dims; k++)
                x[p->dim + k] = NAN;
        }
    }
}

static double decode_float(const hn_param *p, double x)
{
    switch (p->scale) {
    case HN_NORMAL:
        return hn_clamp(p->low + p->high * x, -1e300, 1e300) + 0.0;
    case HN_LOGNORMAL:
        return hn_clamp(exp(p->low + p->high * x), 1e-300, 1e300);
    default:
        if (is_vast(p)) {
            hn_slot slot;
            hn_unit_decode(p, &x, &slot);
            return slot.f;
        }
        if (p->step > 0)
            return hn_domain_float(p, hn_domain_index(p, x));
        return hn_clamp(x, p->low, p->high) + 0.0; // never -0
    }
}

static int64_t decode_int(const hn_param *p, double x)
{
    double k = round((x - (double)p->ilow) / (double)p->istep);
    return (int64_t)((uint64_t)p->ilow +
                     (uint64_t)hn_clamp(k, 0, (double)p->last) * (uint64_t)p->istep);
}

void hn_tpe_decode(const hn_param *p, double *x, hn_slot *slots)
{
    uint64_t bits = 0;
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        slots[0].f = decode_float(p, x[0]);
        break;
    case HONE_PARAM_INT:
        slots[0].i = decode_int(p, x[0]);
        break;
    case HONE_PARAM_PERMUTATION:
    case HONE_PARAM_SIMPLEX:
        hn_unit_decode(p, x, slots);
        break;
    case HONE_PARAM_SUBSET:
        for (uint32_t i = 0; i < p->n_choices; i++)
            bits |= (uint64_t)(x[i] > 0.5) << i;
        slots[0].i = (int64_t)bits;
        break;
    default:
        slots[0].i = (int64_t)hn_clamp(round(x[0]), 0, p->n_choices - 1.0);
    }
    encode_param(p, slots, x);
}
