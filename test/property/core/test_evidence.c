// Evidence kept up event by event is what it is when made anew, over random journals in which the
// space, the goals and the trials' states change, and under views that hide results.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/evidence.h"
#include "property/core/journal_gen.h"

enum { JOURNALS = 40, EVENTS = 300 };

static void assert_numbers(const double *a, const double *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(a[i]) ? !isnan(b[i]) : a[i] != b[i])
            fail_msg("number %zu is %g and %g", i, a[i], b[i]);
}

static void assert_same(const hn_evidence *a, const hn_evidence *b)
{
    assert_int_equal(a->n_trials, b->n_trials);
    assert_int_equal(a->n_dims, b->n_dims);
    assert_int_equal(a->n_objectives, b->n_objectives);
    assert_int_equal(a->n_constraints, b->n_constraints);
    assert_int_equal(a->n_infeasible, b->n_infeasible);
    assert_memory_equal(a->n_kind, b->n_kind, sizeof a->n_kind);
    for (uint32_t t = 0; t < a->n_trials; t++) {
        const hn_evidence_row *r = &a->rows.data[t], *s = &b->rows.data[t];
        const double u[] = {r->violation, r->step, r->last, r->duration_s};
        const double v[] = {s->violation, s->step, s->last, s->duration_s};
        assert_int_equal(r->kind, s->kind);
        assert_int_equal(r->state, s->state);
        assert_int_equal(r->infeasible, s->infeasible);
        assert_int_equal(r->partly, s->partly);
        assert_int_equal(r->n_told, s->n_told);
        assert_int_equal(r->params, s->params);
        assert_numbers(u, v, 4);
    }
    assert_numbers(a->x.data, b->x.data, a->x.n);
    assert_numbers(a->y.data, b->y.data, a->y.n);
    assert_numbers(a->c.data, b->c.data, a->c.n);
}

// What was tried is so in both, and is what a look at every trial says.
static void assert_tried(const hn_evidence *a, const hn_evidence *b, const hn_view *view)
{
    hn_arena arena = HN_ARENA_INIT;
    const hone_space *space = view->problem->space;
    hn_config config = hn_config_new(&arena, space), other = hn_config_new(&arena, space);
    for (uint32_t draw = 0; draw < 20; draw++) {
        bool found = false;
        if (draw >= a->n_trials || hn_view_map(view, draw, config) != HN_MAPPED_EQUAL)
            assert_int_equal(hn_space_redraw(space, 3, draw, 0, config, NULL), HONE_OK);
        for (uint32_t t = 0; t < a->n_trials && !found; t++)
            found = a->rows.data[t].kind != HN_EVIDENCE_NONE &&
                    hn_view_map(view, t, other) == HN_MAPPED_EQUAL &&
                    hn_config_equal(space, config, other);
        assert_int_equal(hn_dedupe_tried(&a->index, view, config, false), found);
        assert_int_equal(hn_dedupe_tried(&b->index, view, config, false), found);
    }
    hn_arena_free(&arena);
}

static void compare(hn_evidence *kept, const hn_view *view)
{
    hn_evidence anew = {0};
    assert_int_equal(hn_evidence_sync(kept, view, NULL), HONE_OK);
    assert_int_equal(hn_evidence_sync(&anew, view, NULL), HONE_OK);
    assert_same(kept, &anew);
    assert_tried(kept, &anew, view);
    hn_evidence_free(&anew);
}

static hn_event next_event(gen *g, const hn_fold *fold, const double *told)
{
    hn_event event = gen_next(g, fold);
    if (event.type == HN_EV_TOLD) {
        event.constraints = (hn_doubles){told, gen_below(g, 3) ? 0 : gen_below(g, 4)};
        if (gen_below(g, 2))
            event.state = gen_below(g, 3) ? HONE_STATE_COMPLETE : HONE_STATE_PRUNED;
    }
    return event;
}

static void evidence_is_a_function_of_the_view(void **state)
{
    static const double told[] = {-1, 2, NAN};
    uint32_t n_kind[5] = {0}, n_told = 0;
    (void)state;
    for (uint32_t seed = 0; seed < JOURNALS; seed++) {
        gen g;
        hn_fold fold;
        hn_evidence whole = {0}, lagging = {0};
        gen_init(&g, seed);
        hn_fold_init(&fold);
        for (int i = 0; i < EVENTS; i++) {
            hn_event event = i < 2 ? gen_birth(&g, i) : next_event(&g, &fold, told);
            assert_int_equal(hn_fold_apply(&fold, &event, NULL, NULL), HONE_OK);
            if (!fold.problem.space || gen_below(&g, 4))
                continue;
            hn_view view = hn_view_of(&fold, 0);
            compare(&whole, &view);
            for (int k = 0; k < 5; k++)
                n_kind[k] += whole.n_kind[k];
            n_told += whole.n_constraints > fold.problem.n_bounds;
            // As trial number `trial` with a lag sees it; now and then an earlier one.
            hn_problem problem = fold.problem;
            uint32_t n = (uint32_t)fold.trials.n;
            uint32_t trial = gen_below(&g, 4) ? n : (uint32_t)gen_below(&g, n + 1);
            problem.lag = 3;
            view = (hn_view){&fold, &problem, trial, trial + 1 > 3 ? trial + 1 - 3 : 0, NULL};
            compare(&lagging, &view);
        }
        hn_evidence_free(&whole);
        hn_evidence_free(&lagging);
        hn_fold_free(&fold);
        gen_free(&g);
    }
    // The histories hold everything.
    for (int k = 0; k < 5; k++)
        assert_true(n_kind[k] > 200);
    assert_true(n_told > 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(evidence_is_a_function_of_the_view)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
