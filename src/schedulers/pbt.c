// pbt: population based training. The members of a population train side by side; every `interval`
// steps the worst go on as copies of the best, with the checkpoint of these and other values.
//
// Source: Jaderberg, Dalibard, Osindero, Czarnecki, Donahue, Razavi, Vinyals, Green, Dunning,
//     Simonyan, Fernando, Kavukcuoglu: Population Based Training of Neural Networks. 2017.
//
// Method
//  1. The first `population` trials are the founders. A founder that fails before the first
//     milestone is replaced by another new one.
//  2. Milestones lie at interval, 2 interval, … below max_resource. A member pauses at each. When
//     all members stand there, they are ranked by the value that they first reported there; NaN is
//     worst.
//  3. Exploit, truncation: each of the worst ⌊n quantile⌋ is replaced by a fork of one of as many
//     best, drawn uniformly; tournament: each is compared with another one, drawn uniformly, and
//     replaced by a fork of that if it is worse. Who is as good as the winner stays.
//  4. Who is replaced ends, PRUNED; the fork is a new trial, which takes the checkpoint over. Its
//     values the study draws about the parent's, as `resample`, `perturb` and `keep` say (explore),
//     no two copies of a checkpoint alike where there is a choice, or the sampler. A member that
//     has failed since the last milestone is replaced as well.
//  5. Then all that stay go on to the next milestone, the lowest number first. A parent waits until
//     its forks have begun, and so have copied what it would write over.
//
// With several objectives, or under constraints, members are ranked as marks.h says.
//
// All of it is a function of the journal. Since nobody goes on before all have arrived, decisions
// depend neither on the number of slots nor on who is first; on few slots members take turns. With
// a sampler that heeds no results (random, qmc), the whole study is the same for any -j.
//
// Where this differs from the paper: there a member decides when it is ready itself, and compares
// itself with the last that is known of the others, at whatever step they are. A trial that joins
// later (`hone try` once the founders are there) trains to the end by itself. With a number of
// trials (-n) there are as many forks as it leaves room for.
//
// Cost: O(log population) a decision, O(1) a report or a change, and once a milestone
// O(trials + population log population): what there is, is counted as trials change (pbt.h), the
// ranks are made once. 40 bytes a trial.

#include <hone/sys/scheduler.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "num/rng.h"
#include "schedulers/pbt.h"

static const hn_option option_table[] = {
    {"max_resource", HN_OPTION_DOUBLE, offsetof(hn_pbt_options, max_resource), "0", 0, 1e15, NULL,
     "steps", "the last step of a whole training; must be given"},
    {"population", HN_OPTION_INT, offsetof(hn_pbt_options, population), "8", 2, 10000, NULL,
     "trials", "members that train side by side, on however few slots"},
    {"interval", HN_OPTION_DOUBLE, offsetof(hn_pbt_options, interval), "0", 0, 1e15, NULL, "steps",
     "from one comparison to the next; 0: a tenth of the training"},
    {"exploit", HN_OPTION_CHOICE, offsetof(hn_pbt_options, exploit), "truncation", 1, 0,
     "truncation|tournament", NULL, "whom a copy replaces: the worst, or who loses to another"},
    {"quantile", HN_OPTION_DOUBLE, offsetof(hn_pbt_options, quantile), "0.25", 0, 0.5, NULL, NULL,
     "truncation: share that is replaced, and share that is copied"},
    {"resample", HN_OPTION_DOUBLE, offsetof(hn_pbt_options, resample), "0.25", 0, 1, NULL, NULL,
     "probability that a copy draws a parameter from its prior"},
    {"perturb", HN_OPTION_DOUBLE, offsetof(hn_pbt_options, perturb), "0.2", 0, 0.99, NULL, NULL,
     "share by which a copy's other numbers go up or down"},
    {"keep", HN_OPTION_TEXT, offsetof(hn_pbt_options, keep), NULL, 1, 0, NULL, NULL,
     "parameters that copies inherit as they are, such as layers: a,b"},
    {"metric", HN_OPTION_TEXT, offsetof(hn_pbt_options, metric), NULL, 1, 0, NULL, NULL,
     "what is compared alone; by default all objectives"},
    {0},
};

// --- making ---

static hone_status fail_keep(const hone_space *space, const char *name, hone_error *err)
{
    hn_str list = HN_STR_INIT;
    for (uint32_t i = 0; i < space->n_params && i < 20; i++)
        hn_str_printf(&list, " %s", space->params[space->declared[i]].name);
    hone_status status = hn_fail(err, HONE_EINVAL,
                                 "option \"keep\" of pbt names \"%s\", which is no parameter; "
                                 "there are:%s",
                                 name, hn_str_text(&list));
    hn_str_free(&list);
    return status;
}

// A space that grows may get the name yet, and one that was changed may have lost it: then there is
// nothing to keep.
static hone_status check_keep(const hn_problem *problem, const char *keep, hone_error *err)
{
    char name[HN_MAX_NAME + 1];
    bool settled = problem->space && !problem->define_by_run && problem->space_version <= 1;
    for (const char *at = keep; at && settled && *(at += strspn(at, ", "));) {
        size_t n = strcspn(at, ", "), kept = n < sizeof name ? n : sizeof name - 1;
        memcpy(name, at, kept);
        name[kept] = '\0';
        at += n;
        if (!hn_space_find(problem->space, name))
            return fail_keep(problem->space, name, err);
    }
    return HONE_OK;
}

static hone_status check_options(const hn_problem *problem, const hn_pbt_options *o,
                                 hone_error *err)
{
    if (o->max_resource <= 0)
        return hn_fail(err, HONE_EINVAL,
                       "pbt hands out the resource: give it max_resource, the last step of a whole "
                       "training");
    if (o->interval >= o->max_resource)
        return hn_fail(err, HONE_EINVAL,
                       "option \"interval\" of pbt is %g: it must be below \"max_resource\", %g",
                       o->interval, o->max_resource);
    if (problem->n_trials > 0 && problem->n_trials < o->population)
        return hn_fail(err, HONE_EINVAL,
                       "pbt begins with %lld trials, its \"population\", but the study ends at "
                       "%lld: leave -n out, or give more",
                       (long long)o->population, (long long)problem->n_trials);
    if (problem->lag > 0)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "pbt pauses trials, which a deterministic study cannot; its own decisions "
                       "do not depend on timing, so that with sampler random or qmc nothing does");
    return check_keep(problem, o->keep, err);
}

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    hn_pbt *s = self;
    const hn_pbt_options *o = given;
    s->problem = problem;
    s->options = o;
    s->ends = HN_NONE;
    HN_TRY(check_options(problem, o, err));
    s->interval = o->interval > 0 ? o->interval : o->max_resource / 10;
    if (o->interval <= 0 && o->max_resource >= 10) // in whole steps
        s->interval = ceil(s->interval);
    s->last = (uint32_t)fmin(ceil(o->max_resource / s->interval) - 1, 1e9);
    return hn_aims_choose(problem, "pbt", o->metric, &s->aims, err);
}

static void fini(void *self)
{
    hn_pbt *s = self;
    hn_marks_free(&s->marks);
    hn_vec_free(&s->shown);
    hn_vec_free(&s->rows);
    hn_vec_free(&s->ready);
    hn_vec_free(&s->guests);
    hn_vec_free(&s->arrived);
    hn_vec_free(&s->losers);
    hn_vec_free(&s->winners);
    hn_vec_free(&s->compared);
}

static hone_status resource(void *self, const hn_view *view, uint32_t trial, double *out,
                            hone_error *err)
{
    (void)view, (void)trial, (void)err;
    *out = hn_pbt_step(self, 1);
    return HONE_OK;
}

static hone_status observe(void *self, const hn_view *view, uint32_t trial, hone_error *err)
{
    hn_pbt *s = self;
    (void)err;
    if (trial < s->n_counted) // otherwise it will be with the next look at what is new
        hn_pbt_recount(s, view, trial);
    return HONE_OK;
}

static hone_status report(void *self, const hn_view *view, uint32_t trial, double step,
                          hn_verdict *out, hone_error *err)
{
    hn_pbt *s = self;
    const hn_trial *t = &view->fold->trials.data[trial];
    HN_TRY(hn_pbt_sync(s, view, err));
    bool reached = t->resource > 0 && step >= t->resource &&
                   hn_pbt_step(s, s->rows.data[trial].level) >= t->resource;
    bool end = t->resource >= s->options->max_resource;
    *out = reached && !end && hn_watch_counts(view, trial) ? HN_PAUSE : HN_GO_ON;
    return HONE_OK;
}

// --- exploiting ---

// One of the best of those that arrived, for the fork number `index` at the milestone.
static uint32_t draw_winner(const hn_pbt *s, uint32_t index, uint32_t n_best)
{
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SCHEDULE, s->level);
    return s->arrived.data[hn_rng_below(&rng, index, 0, 0, n_best)].trial;
}

static bool add_loser(hn_pbt *s, hn_pbt_member loser, uint32_t winner)
{
    return hn_vec_push(&s->losers, loser) && hn_vec_push(&s->winners, winner);
}

static uint32_t n_best_of(const hn_pbt *s)
{
    uint32_t n = (uint32_t)((double)s->arrived.n * s->options->quantile);
    return n > 0 ? n : 1;
}

static bool truncate(hn_pbt *s)
{
    const hn_pbt_member *all = s->arrived.data;
    uint32_t n = (uint32_t)s->arrived.n, n_best = n_best_of(s);
    for (uint32_t i = 0; i < n_best && s->options->quantile > 0; i++) {
        const hn_pbt_member *loser = &all[n - 1 - i]; // the worst first
        if (n - 1 - i < n_best || !hn_pbt_is_better(&all[n_best - 1], loser))
            break;
        if (!add_loser(s, *loser, draw_winner(s, i, n_best)))
            return false;
    }
    return true;
}

static bool hold_tournament(hn_pbt *s)
{
    uint32_t n = (uint32_t)s->arrived.n;
    hn_rng rng = hn_rng_make(s->problem->seed, HN_PURPOSE_SCHEDULE, s->level);
    for (uint32_t i = n; i-- > 0 && n > 1;) {
        const hn_pbt_member *one = &s->arrived.data[i];
        uint32_t k = (uint32_t)hn_rng_below(&rng, one->trial, 1, 0, n - 1);
        const hn_pbt_member *other = &s->arrived.data[k + (k >= i)];
        if (hn_pbt_is_better(other, one) && !add_loser(s, *one, other->trial))
            return false;
    }
    return true;
}

// Who is replaced by a copy of whom, unless that is known.
static hone_status compare(hn_pbt *s, hone_error *err)
{
    if (s->ranked)
        return HONE_OK;
    hn_vec_clear(&s->losers);
    hn_vec_clear(&s->winners);
    s->n_ended = 0;
    HN_TRY(hn_pbt_rank(s, err));
    if (!(s->options->exploit == TRUNCATION ? truncate(s) : hold_tournament(s)))
        return hn_fail_memory(err);
    s->ranked = true;
    return HONE_OK;
}

// Ends who loses, then fills the places. `*decided` unless nobody is to be replaced any more.
static hone_status exploit(hn_pbt *s, const hn_view *view, int64_t n_room, hn_next *out,
                           bool *decided, hone_error *err)
{
    const hn_trial *trials = view->fold->trials.data;
    uint32_t n_forks = s->n[IS_BORN_THERE];
    int64_t n_most = n_room > INT32_MAX ? INT32_MAX : n_room + n_forks;
    *decided = false;
    if (s->n[HAS_ARRIVED] == 0)
        return HONE_OK;
    HN_TRY(compare(s, err));
    // Who has ended comes back by another attempt only, after which ranks are made anew.
    while (s->n_ended < s->losers.n &&
           trials[s->losers.data[s->n_ended].trial].state != HONE_STATE_PAUSED)
        s->n_ended++;
    if (s->n_ended < s->losers.n && (int64_t)s->n_ended < n_most) {
        s->ends = s->losers.data[s->n_ended].trial;
        *out = (hn_next){HN_NEXT_END, s->ends, 0};
        *decided = true;
        return HONE_OK;
    }
    int64_t n_vacant = s->options->population - s->n[IS_ALIVE] - s->n[IS_COMPLETE];
    // Forks that fail at once are replaced, but not for ever.
    if (n_vacant <= 0 || n_room <= 0 || n_forks >= 2 * s->options->population)
        return HONE_OK;
    uint32_t winner =
        n_forks < s->winners.n ? s->winners.data[n_forks] : draw_winner(s, n_forks, n_best_of(s));
    *out = (hn_next){HN_NEXT_FORK, winner, hn_pbt_step(s, s->level + 1)};
    *decided = true;
    return HONE_OK;
}

// --- deciding ---

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    hn_pbt *s = self;
    bool decided = false;
    s->ends = HN_NONE;
    HN_TRY(hn_pbt_sync(s, view, err));
    hn_pbt_find_level(s, view);
    int64_t n_room = hn_pbt_count_room(s, view->fold);
    *out = (hn_next){HN_NEXT_NEW, 0, hn_pbt_step(s, 1)};
    if (s->n[IS_FOUNDER] < s->options->population && n_room > 0 && !s->problem->exhausted)
        return HONE_OK;
    uint32_t guest = hn_pbt_first(s, IS_GUEST_PAUSED);
    if (guest != HN_NONE) {
        *out = (hn_next){HN_NEXT_RESUME, guest, s->options->max_resource};
        return HONE_OK;
    }
    *out = (hn_next){s->n[IS_ALIVE] || s->n[IS_GUEST] ? HN_NEXT_WAIT : HN_NEXT_DONE, 0, 0};
    bool closed = s->n[HAS_GONE_ON] > 0; // nobody is to be compared there any more
    if (s->n[IS_ALIVE] == 0 || (s->n[IS_PENDING] > 0 && !closed))
        return HONE_OK;
    if (s->level > 0 && !closed)
        HN_TRY(exploit(s, view, n_room, out, &decided, err));
    uint32_t ready = decided ? HN_NONE : hn_pbt_first(s, IS_READY);
    if (ready != HN_NONE)
        *out = (hn_next){HN_NEXT_RESUME, ready, hn_pbt_step(s, s->level + 1)};
    return HONE_OK;
}

// A loser may be the winner of another pair: its checkpoint stays until all have gone on.
static bool may_fork(void *self, const hn_view *view, uint32_t trial)
{
    hn_pbt *s = self;
    const hn_fold *fold = view->fold;
    const hn_trial *t = &fold->trials.data[trial];
    if (s->options->exploit != TOURNAMENT || t->state != HONE_STATE_PRUNED || t->resource <= 0)
        return false;
    if (hn_pbt_sync(s, view, NULL) != HONE_OK)
        return true;
    bool later = false;
    for (size_t i = 0; i < fold->open.n && !later; i++) {
        uint32_t number = fold->open.data[i];
        later = hn_pbt_is(&s->rows.data[number], IS_ALIVE) &&
                fold->trials.data[number].resource > t->resource + 1.5 * s->interval;
    }
    return s->n[IS_ALIVE] > 0 && !later;
}

static void explore(const void *self, hn_explore *out)
{
    const hn_pbt *s = self;
    const hn_pbt_options *o = s->options;
    *out = (hn_explore){o->resample, o->perturb, o->keep, s->aims.watched.metric, s->interval};
}

const hn_scheduler_class hn_scheduler_pbt = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "pbt",
             .summary = "a population trains; the worst go on as copies of the best, a little "
                        "changed",
             .source = "Jaderberg et al., Population Based Training of Neural Networks, 2017",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_CAN_FORK | HN_GIVES_RESOURCE,
             .options = option_table,
             .config_size = sizeof(hn_pbt_options),
             .state_size = sizeof(hn_pbt)},
    .init = init,
    .next = next,
    .resource = resource,
    .report = report,
    .observe = observe,
    .may_fork = may_fork,
    .explore = explore,
    .explain = hn_pbt_explain,
    .fini = fini,
};
