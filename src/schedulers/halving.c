// halving: successive halving. A bracket of n trials trains for r; the best one in `eta` of them go
// on to eta times as much, and so on, until one has trained for R.
//
// Sources: Karnin, Koren, Somekh: Almost optimal exploration in multi-armed bandits. ICML 2013;
//     Jamieson, Talwalkar: Non-stochastic best arm identification and hyperparameter optimization.
//     AISTATS 2016.
//
// Method
//  1. Rungs lie at R η^-k down to r; without either at 100, 200, … 6,400 (eta = 2): the schedule of
//     the textbooks, of 64 trials, which costs 25,600 iterations where 64 whole trainings would
//     cost 409,600.
//  2. A bracket begins with n trials, or with the η^s for which s halvings leave one.
//  3. Every trial pauses at its rung. Who goes on, and what becomes of failures and stragglers, is
//     told in brackets_next.c (rung by rung); what counts at a rung, in brackets.h.

#include "schedulers/brackets.h"

enum { FALLBACK = 100, SPAN = 64 };

typedef struct options {
    hn_brackets_options shared;
    int64_t n;
} options;

static const hn_option option_table[] = {
    {"n", HN_OPTION_INT, offsetof(options, n), "0", 0, 1e6, NULL, "trials",
     "trials that a bracket begins with; 0: as many as leave one at the end"},
    HN_BRACKETS_OPTIONS("2", "the first rung; 0: max_resource / 64, or 100",
                        "the last rung, a whole training; 0: 64 min_resource"),
    {0},
};

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    hn_brackets *b = self;
    const options *o = given;
    HN_TRY(hn_brackets_init(b, "halving", problem, &o->shared, FALLBACK, SPAN, err));
    b->n_kinds = 1;
    if (o->n > 0)
        hn_rungs_of(&b->ladder, (uint64_t)o->n, &b->kinds[0]);
    else
        hn_rungs_of_bracket(&b->ladder, b->ladder.n - 1, HN_SHARES_EVEN, &b->kinds[0]);
    return HONE_OK;
}

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    return hn_brackets_next(self, view, out, err);
}

static char *explain(void *self, const hn_view *view, uint32_t trial)
{
    return hn_brackets_explain(self, view, trial, false);
}

const hn_scheduler_class hn_scheduler_halving = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "halving",
             .summary = "many trials for a short time, the best half for twice as long, and so on",
             .source = "Jamieson, Talwalkar, Non-stochastic best arm identification, 2016",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_GIVES_RESOURCE,
             .options = option_table,
             .config_size = sizeof(options),
             .state_size = sizeof(hn_brackets)},
    .init = init,
    .next = next,
    .resource = hn_brackets_resource,
    .report = hn_brackets_report,
    .observe = hn_brackets_observe,
    .fini = hn_brackets_fini,
    .explain = explain,
    .rungs = hn_brackets_compared,
};
