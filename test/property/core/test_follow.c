// What follows a view event by event is what it is when made anew, over random journals in which
// trials are started, told, killed, given back, run again and excluded, and space and goals change;
// and under views that hide results, some of them earlier than the one before.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/arrivals.h"
#include "core/evidence.h"
#include "property/core/journal_gen.h"
#include "samplers/tpe_history.h"

enum { JOURNALS = 40, EVENTS = 300 };

// --- the follower alone: what a trial looks like, by trial ---

typedef struct look {
    uint64_t told_at;
    double value;
    uint32_t params;
    uint8_t state, purpose, origin;
    bool shown, counts, has_params, infeasible;
} look;

typedef struct gallery {
    hn_follow follow;
    HN_VEC(look) looks; // [trials of the fold]
    uint32_t n_looked;  // in all
    uint32_t n_anew;
} gallery;

static look look_of(const hn_view *view, uint32_t trial)
{
    look l;
    memset(&l, 0, sizeof l);
    if (trial >= view->n_trials)
        return l;
    const hn_trial *t = &view->fold->trials.data[trial];
    l.shown = true;
    l.state = (uint8_t)hn_view_state(view, trial);
    l.counts = hn_view_counts(view, trial);
    l.purpose = t->purpose;
    l.origin = t->origin;
    l.has_params = t->flags & HN_TRIAL_HAS_PARAMS;
    l.params = l.has_params ? t->params : 0;
    if (!hn_state_finished(l.state))
        return l;
    l.infeasible = (t->flags & HN_TRIAL_INFEASIBLE) != 0;
    l.told_at = t->told_at;
    l.value = hn_view_value(view, trial, 0);
    return l;
}

static bool same_look(const look *a, const look *b)
{
    return a->told_at == b->told_at && a->params == b->params && a->state == b->state &&
           a->purpose == b->purpose && a->origin == b->origin && a->shown == b->shown &&
           a->counts == b->counts && a->has_params == b->has_params &&
           a->infeasible == b->infeasible &&
           (isnan(a->value) ? isnan(b->value) : a->value == b->value);
}

static void follow(gallery *g, const hn_view *view)
{
    size_t n = view->fold->trials.n;
    look nothing;
    memset(&nothing, 0, sizeof nothing);
    if (!hn_follow_goes_on(&g->follow, view)) {
        g->follow = (hn_follow){0};
        hn_vec_clear(&g->looks);
        g->n_anew++;
    }
    while (g->looks.n < n)
        assert_true(hn_vec_push(&g->looks, nothing));
    hn_follow_walk walk = hn_follow_begin(&g->follow, view);
    for (uint32_t t; (t = hn_follow_next(&walk)) != HN_NONE; g->n_looked++) {
        assert_true(t < n);
        g->looks.data[t] = look_of(view, t);
    }
    hn_follow_end(&g->follow, view);
    for (uint32_t t = 0; t < n; t++) {
        look want = look_of(view, t);
        if (!same_look(&g->looks.data[t], &want))
            fail_msg("after %llu events: trial %u of %zu has changed unseen (view of %u, %u)",
                     (unsigned long long)view->fold->n_events, t, n, view->n_trials,
                     view->n_results);
    }
}

// --- those who follow ---

static void compare_arrivals(hn_arrivals *kept, const hn_view *view)
{
    hn_arrivals anew = {0};
    assert_int_equal(hn_arrivals_sync(kept, view, NULL), HONE_OK);
    assert_int_equal(hn_arrivals_sync(&anew, view, NULL), HONE_OK);
    assert_int_equal(kept->order.n, anew.order.n);
    for (size_t i = 0; i < anew.order.n; i++)
        assert_int_equal(kept->order.data[i], anew.order.data[i]);
    for (uint32_t t = 0; t < view->n_trials; t++)
        assert_int_equal(hn_arrivals_seen_by(kept, view, t), hn_arrivals_seen_by(&anew, view, t));
    hn_arrivals_free(&anew);
}

typedef struct two_lists {
    hn_tpe_list good, bad;
} two_lists;

static two_lists split(hn_tpe_history *h, const hn_view *view, hn_evidence *told)
{
    two_lists l = {0};
    h->problem = view->problem;
    assert_int_equal(hn_tpe_history_sync(h, view, NULL), HONE_OK);
    assert_int_equal(hn_evidence_sync(told, view, NULL), HONE_OK);
    assert_int_equal(hn_tpe_history_split(h, view, told, &l.good, &l.bad, NULL), HONE_OK);
    return l;
}

static void assert_list(const hn_tpe_list *a, const hn_tpe_list *b)
{
    assert_int_equal(a->trials.n, b->trials.n);
    for (size_t i = 0; i < a->trials.n; i++) {
        assert_int_equal(a->trials.data[i], b->trials.data[i]);
        assert_true(a->weights.data[i] == b->weights.data[i]);
    }
}

// Few kernels, so that the even sample is in use.
static const hn_tpe_split_options options = {0.3, 4, 8, HN_TPE_OLD_DECAY, HN_TPE_OLD_DECAY, true};

static void compare_histories(hn_tpe_history *kept, hn_evidence *told, const hn_view *view)
{
    hn_tpe_history anew = {.options = &options};
    hn_evidence told_anew = {0};
    two_lists a = split(kept, view, told), b = split(&anew, view, &told_anew);
    assert_list(&a.good, &b.good);
    assert_list(&a.bad, &b.bad);
    assert_int_equal(kept->kinds.n, anew.kinds.n);
    for (size_t t = 0; t < anew.kinds.n; t++) {
        assert_int_equal(kept->kinds.data[t], anew.kinds.data[t]);
        assert_int_equal(kept->rows.data[t], anew.rows.data[t]);
    }
    hn_tpe_list_free(&a.good);
    hn_tpe_list_free(&a.bad);
    hn_tpe_list_free(&b.good);
    hn_tpe_list_free(&b.bad);
    hn_tpe_history_free(&anew);
    assert_int_equal(told->n_expected, told_anew.n_expected);
    hn_evidence_free(&told_anew);
}

typedef struct followers {
    gallery gallery;
    hn_arrivals arrivals;
    hn_tpe_history history;
    hn_evidence told;
} followers;

static void compare(followers *f, const hn_view *view)
{
    follow(&f->gallery, view);
    compare_arrivals(&f->arrivals, view);
    f->history.options = &options;
    compare_histories(&f->history, &f->told, view);
}

static void free_followers(followers *f)
{
    hn_vec_free(&f->gallery.looks);
    hn_arrivals_free(&f->arrivals);
    hn_tpe_history_free(&f->history);
    hn_evidence_free(&f->told);
}

static void one_journal(uint32_t seed, uint32_t *n_looked, uint32_t *n_anew, uint32_t *n_shown)
{
    gen g;
    hn_fold fold;
    hn_problem problem;
    followers whole = {0}, lagging = {0};
    gen_init(&g, seed);
    hn_fold_init(&fold);
    for (int i = 0; i < EVENTS; i++) {
        hn_event event = i < 2 ? gen_birth(&g, i) : gen_next(&g, &fold);
        if (event.type == HN_EV_TOLD && gen_below(&g, 2))
            event.state = gen_below(&g, 3) ? HONE_STATE_COMPLETE : HONE_STATE_PRUNED;
        assert_int_equal(hn_fold_apply(&fold, &event, NULL, NULL), HONE_OK);
        if (!fold.problem.space || gen_below(&g, 4))
            continue;
        hn_view view = hn_view_of(&fold, 0);
        compare(&whole, &view);
        *n_shown += view.n_trials;
        // As trial number `trial` with a lag sees it; now and then an earlier one.
        uint32_t n = (uint32_t)fold.trials.n;
        uint32_t trial = gen_below(&g, 4) ? n : (uint32_t)gen_below(&g, n + 1);
        problem = fold.problem;
        problem.lag = 3;
        view = (hn_view){&fold, &problem, trial, trial + 1 > 3 ? trial + 1 - 3 : 0, NULL};
        compare(&lagging, &view);
    }
    *n_looked += whole.gallery.n_looked;
    *n_anew += whole.gallery.n_anew;
    free_followers(&whole);
    free_followers(&lagging);
    hn_fold_free(&fold);
    gen_free(&g);
}

static void followed_step_by_step_it_is_as_made_anew(void **state)
{
    uint32_t n_looked = 0, n_anew = 0, n_shown = 0;
    (void)state;
    for (uint32_t seed = 0; seed < JOURNALS; seed++)
        one_journal(seed, &n_looked, &n_anew, &n_shown);
    // Space and goals do change, and yet few trials are looked at.
    assert_true(n_anew > 3 * JOURNALS);
    assert_true(n_looked < n_shown / 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(followed_step_by_step_it_is_as_made_anew)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
