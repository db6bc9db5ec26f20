// hyperband: successive halving in brackets, from many trials that begin with little to few that
// train wholly, so that nobody has to know how early a good trial shows.
//
// Source: Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar: Hyperband: a novel bandit-based approach
//     to hyperparameter optimization. JMLR 18, 2018. mode=async: asynchronous halving (Li et al.:
//     A system for massively parallel hyperparameter tuning. MLSys 2020) inside the brackets.
//
// Method
//  1. s_max = ⌊log_η(R/r)⌋; brackets s = s_max … 0 in turn, and then s_max again. Bracket s begins
//     with n trials at R η^-s, of which ⌊n η^-i⌋ train for R η^(i-s).
//  2. n = ⌈(s_max+1) η^s / (s+1)⌉, so that brackets cost about the same (algorithm 1); with
//     shares=paper ⌊(s_max+1) / (s+1)⌋ η^s, as in the table of the paper and in DEHB.
//  3. `brackets` takes the first few of them only; with 1 it is successive halving.
//  4. With fill=new only the first bracket promotes; in the others each rung has as many new trials
//     as would have been promoted to it (DEHB: Awad, Mallik, Hutter, IJCAI 2021).
//  5. Every trial pauses at its rung. Who goes on is told in brackets_next.c: rung by rung with
//     mode=sync, as they come with mode=async; what counts at a rung, in brackets.h.

#include "schedulers/brackets.h"

enum { FALLBACK = 1, SPAN = 81 };
enum { SYNC, ASYNC };
enum { PROMOTED, NEW };

typedef struct options {
    hn_brackets_options shared;
    int64_t brackets;
    int32_t shares, mode, fill;
} options;

static const hn_option option_table[] = {
    HN_BRACKETS_OPTIONS("3", "the first rung of all; 0: max_resource / 81, or 1",
                        "the last rung, a whole training; 0: 81 min_resource"),
    {"brackets", HN_OPTION_INT, offsetof(options, brackets), "0", 0, HN_LADDER_MAX, NULL, NULL,
     "brackets, from the one with most trials; 0: all of them"},
    {"shares", HN_OPTION_CHOICE, offsetof(options, shares), "even", 1, 0, "even|paper", NULL,
     "trials of a bracket: such that all cost the same, or as in the table of the paper"},
    {"mode", HN_OPTION_CHOICE, offsetof(options, mode), "sync", 1, 0, "sync|async", NULL,
     "whether a rung waits until all its trials are there"},
    {"fill", HN_OPTION_CHOICE, offsetof(options, fill), "promoted", 1, 0, "promoted|new", NULL,
     "who trains at the upper rungs after the first bracket: the best of those below, or new "
     "trials, which a sampler such as dehb breeds from these"},
    {0},
};

typedef struct state {
    hn_brackets brackets; // first
    bool async;
} state;

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    state *s = self;
    hn_brackets *b = &s->brackets;
    const options *o = given;
    HN_TRY(hn_brackets_init(b, "hyperband", problem, &o->shared, FALLBACK, SPAN, err));
    if (o->brackets > b->ladder.n)
        return hn_fail(err, HONE_EINVAL,
                       "option \"brackets\" of hyperband is %lld: from %g to %g by %g there are %u",
                       (long long)o->brackets, b->ladder.at[0], hn_brackets_end(b), b->ladder.eta,
                       b->ladder.n);
    b->n_kinds = o->brackets > 0 ? (uint32_t)o->brackets : b->ladder.n;
    for (uint32_t i = 0; i < b->n_kinds; i++)
        hn_rungs_of_bracket(&b->ladder, b->ladder.n - 1 - i, (hn_shares)o->shares, &b->kinds[i]);
    s->async = o->mode == ASYNC;
    if (s->async && o->fill == NEW)
        return hn_fail(err, HONE_EINVAL,
                       "option \"fill\" of hyperband is new: with it nobody waits for a rung but "
                       "in the first bracket, so that \"mode\" must be sync");
    if (o->fill == NEW)
        hn_brackets_refresh(b);
    return HONE_OK;
}

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    state *s = self;
    return s->async ? hn_brackets_next_async(&s->brackets, view, s->brackets.ladder.n - 1, out, err)
                    : hn_brackets_next(&s->brackets, view, out, err);
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    state *s = self;
    return hn_brackets_explain(&s->brackets, view, trial, s->async);
}

const hn_scheduler_class hn_scheduler_hyperband = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "hyperband",
             .summary = "successive halving in brackets that begin with more or with less",
             .source = "Li et al., Hyperband: a novel bandit-based approach, 2018",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_GIVES_RESOURCE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(state)},
    .init = init,
    .next = next,
    .resource = hn_brackets_resource,
    .place = hn_brackets_place,
    .report = hn_brackets_report,
    .observe = hn_brackets_observe,
    .fini = hn_brackets_fini,
    .explain = explain,
    .rungs = hn_brackets_compared,
};
