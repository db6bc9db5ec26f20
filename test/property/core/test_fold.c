// The fold over random journals, most of whose events fit and many of which do not.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fault.h"
#include "core/snapshot.h"
#include "property/core/journal_gen.h"

enum { JOURNALS = 60, EVENTS = 400 };

static void assert_recount(const hn_fold *fold)
{
    uint32_t n_state[HONE_N_STATES] = {0};
    size_t open = 0, waiting = 0;
    for (uint32_t i = 0; i < fold->trials.n; i++) {
        const hn_trial *t = &fold->trials.data[i];
        if (t->purpose == HONE_PURPOSE_SEARCH && !(t->flags & HN_TRIAL_EXCLUDED))
            n_state[t->state]++;
        if (hn_state_finished(t->state))
            continue;
        assert_true(open < fold->open.n);
        assert_int_equal(fold->open.data[open++], i);
        if (t->state != HONE_STATE_WAITING)
            continue;
        assert_true(waiting < fold->waiting.n);
        assert_int_equal(fold->waiting.data[waiting++], i);
    }
    assert_int_equal(open, fold->open.n);
    assert_int_equal(waiting, fold->waiting.n);
    assert_memory_equal(n_state, fold->n_state, sizeof n_state);
}

static void snapshot_of(const hn_fold *fold, hn_str *out)
{
    hn_str_clear(out);
    hn_snapshot_write(fold, out);
    assert_false(hn_str_failed(out));
}

// A finished trial stays as it was told, except that it may be queued again, excluded or noted.
static void assert_lawful(const hn_trial *before, const hn_trial *after, hn_event_type type)
{
    assert_true(after->epoch == before->epoch || type == HN_EV_STARTED);
    if (!hn_state_finished(before->state) || type == HN_EV_REQUEUED)
        return;
    hn_trial same = *before;
    same.n_late = after->n_late;
    same.flags = after->flags;
    same.note = after->note;
    same.attrs = after->attrs;
    bool result = type == HN_EV_TOLD || type == HN_EV_PARAMS;
    if (before->state == HONE_STATE_LOST && result)
        return; // a late one
    assert_memory_equal(&same, after, sizeof same);
}

static void grow(gen *g, hn_fold *fold, int n)
{
    for (int i = 0; i < n; i++) {
        hn_event event = i < 2 && fold->n_events < 2 ? gen_birth(g, i) : gen_next(g, fold);
        hn_change change;
        hn_trial before;
        bool known = event.trial >= 0 && (uint64_t)event.trial < fold->trials.n;
        if (known)
            before = fold->trials.data[event.trial];
        assert_int_equal(hn_fold_apply(fold, &event, &change, NULL), HONE_OK);
        if (known)
            assert_lawful(&before, &fold->trials.data[event.trial], event.type);
    }
}

static void random_journals_keep_the_invariants(void **state)
{
    (void)state;
    uint64_t n_applied = 0, n_all = 0;
    for (uint32_t seed = 0; seed < JOURNALS; seed++) {
        gen g;
        hn_fold fold;
        gen_init(&g, seed);
        hn_fold_init(&fold);
        for (int part = 0; part < 10; part++) {
            grow(&g, &fold, EVENTS / 10);
            assert_recount(&fold);
        }
        assert_int_equal(fold.n_events, EVENTS);
        n_applied += EVENTS - fold.n_stale;
        n_all += EVENTS;
        hn_fold_free(&fold);
        gen_free(&g);
    }
    // The generator must make both kinds in earnest.
    assert_true(n_applied > n_all / 3 && n_applied < n_all * 9 / 10);
}

static void bytes_fold_as_structs_and_snapshots_as_prefixes(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < JOURNALS; seed++) {
        gen g;
        hn_fold direct, bytes, resumed;
        hn_str record = HN_STR_INIT, a = HN_STR_INIT, b = HN_STR_INIT;
        gen_init(&g, 1000 + seed);
        hn_fold_init(&direct);
        hn_fold_init(&bytes);
        hn_fold_init(&resumed);
        for (int i = 0; i < EVENTS; i++) {
            hn_event event = i < 2 ? gen_birth(&g, i) : gen_next(&g, &direct);
            hn_str_clear(&record);
            hn_event_write(&event, &record);
            assert_int_equal(hn_fold_apply(&direct, &event, NULL, NULL), HONE_OK);
            assert_int_equal(hn_fold_apply_bytes(&bytes, record.data, record.n, NULL, NULL),
                             HONE_OK);
            if (i > EVENTS / 2)
                assert_int_equal(hn_fold_apply_bytes(&resumed, record.data, record.n, NULL, NULL),
                                 HONE_OK);
            if (i == EVENTS / 2) {
                snapshot_of(&direct, &a);
                assert_int_equal(hn_snapshot_read(&resumed, a.data, a.n, NULL), HONE_OK);
            }
        }
        snapshot_of(&direct, &a);
        snapshot_of(&bytes, &b);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.data, b.data, a.n);
        assert_recount(&resumed);
        snapshot_of(&resumed, &b);
        assert_int_equal(a.n, b.n);
        assert_memory_equal(a.data, b.data, a.n);
        hn_fold_free(&direct);
        hn_fold_free(&bytes);
        hn_fold_free(&resumed);
        hn_str_free(&record);
        hn_str_free(&a);
        hn_str_free(&b);
        gen_free(&g);
    }
}

static void a_cut_snapshot_is_refused(void **state)
{
    (void)state;
    gen g;
    hn_fold fold, back;
    hn_str bytes = HN_STR_INIT;
    gen_init(&g, 5);
    hn_fold_init(&fold);
    hn_fold_init(&back);
    grow(&g, &fold, 50);
    snapshot_of(&fold, &bytes);
    for (size_t n = 0; n < bytes.n; n += 7) {
        char *copy = hn_malloc(n + 1);
        memcpy(copy, bytes.data, n);
        assert_int_equal(hn_snapshot_read(&back, copy, n, NULL), HONE_ECORRUPT);
        assert_int_equal(back.trials.n, 0);
        hn_free(copy);
    }
    hn_fold_free(&fold);
    hn_fold_free(&back);
    hn_str_free(&bytes);
    gen_free(&g);
}

#ifdef HONE_FAULTS
// Out of memory at the n-th allocation of an event: the fold is as before, and goes on.
static void running_out_of_memory_changes_nothing(void **state)
{
    (void)state;
    gen g, twin_gen;
    hn_fold fold, twin;
    hn_str a = HN_STR_INIT, b = HN_STR_INIT;
    uint32_t n_failures = 0;
    gen_init(&g, 11);
    gen_init(&twin_gen, 11);
    hn_fold_init(&fold);
    hn_fold_init(&twin);
    for (int i = 0; i < 200; i++) {
        hn_event event = i < 2 ? gen_birth(&g, i) : gen_next(&g, &fold);
        hn_event same = i < 2 ? gen_birth(&twin_gen, i) : gen_next(&twin_gen, &twin);
        for (int nth = 1; nth < 200; nth++) {
            char spec[32];
            snprintf(spec, sizeof spec, "alloc:%d", nth);
            hn_fault_arm(spec);
            hone_status status = hn_fold_apply(&fold, &event, NULL, NULL);
            hn_fault_arm(NULL);
            if (status == HONE_OK)
                break;
            n_failures++;
            assert_int_equal(status, HONE_ENOMEM);
            assert_int_equal(fold.n_events, i);
        }
        assert_int_equal(hn_fold_apply(&twin, &same, NULL, NULL), HONE_OK);
        assert_int_equal(fold.n_events, twin.n_events);
        assert_int_equal(fold.n_stale, twin.n_stale);
        assert_int_equal(fold.trials.n, twin.trials.n);
        assert_memory_equal(fold.n_state, twin.n_state, sizeof fold.n_state);
    }
    assert_true(n_failures > 20);
    hn_str_free(&a);
    hn_str_free(&b);
    hn_fold_free(&fold);
    hn_fold_free(&twin);
    gen_free(&g);
    gen_free(&twin_gen);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_journals_keep_the_invariants),
        cmocka_unit_test(bytes_fold_as_structs_and_snapshots_as_prefixes),
        cmocka_unit_test(a_cut_snapshot_is_refused),
#ifdef HONE_FAULTS
        cmocka_unit_test(running_out_of_memory_changes_nothing),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
