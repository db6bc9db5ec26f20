// The n-th allocation fails while a sampler takes in what has come since it last suggested: it says
// so, and afterwards suggests what a new state does. What it had kept must not be half of
// something.
#include "contract/samplers/world.h"

#include "base/fault.h"

#ifdef HONE_FAULTS
enum { BEFORE = 45, AFTER = 70, MOST_ALLOCATIONS = 5000 };
#ifdef HONE_ARENA_DEBUG // with sanitizers, where each piece of an arena is an allocation
#define NEXT(nth) (1 + (nth) / 8)
#else
#define NEXT(nth) 1
#endif

static const char *const space_lines[] = {
    "lr=log:1e-5..1", "k=int:1..20",  "opt=sgd,adam,lion", "m=0..1 if opt==sgd",
    "s=subset:a,b,c", "p=perm:a,b,c", "w=simplex:3",       NULL};
static const char *const finite_lines[] = {"k=int:1..20", "opt=sgd,adam,lion", "b=bool if opt==sgd",
                                           "forbid k>15 && opt==adam", NULL};

static void grow(world *w, uint32_t n)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t t = (uint32_t)w->fold.trials.n; t < n; t++) {
        assert_int_equal(hn_space_redraw(w->fold.problem.space, 1, t, 0, x, NULL), HONE_OK);
        world_start(w, x, (int64_t)w->fold.n_events);
        if (t % 7 != 3)
            world_tell(w, t, t % 11 == 5 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE, sin(t));
    }
    hn_arena_free(&arena);
}

// A state that has suggested for trial BEFORE, and then has to for AFTER. False when there was no
// n-th allocation.
static bool suggest_with_fault(const hn_sampler_class *class, const world *w, uint64_t nth,
                               hn_config want, hn_config got)
{
    sampler_in_use s;
    hn_fold fold;
    char arm[40];
    hone_error err = HONE_ERROR_INIT;
    world_fold(w, w->ends.n / 2, &fold);
    assert_true(sampler_begin(&s, class, &fold, 0));
    assert_int_equal(sampler_suggest(&s, &fold, BEFORE, 0, &got, NULL), HONE_OK);
    for (size_t i = w->ends.n / 2; i < w->ends.n; i++) {
        size_t from = w->ends.data[i - 1];
        assert_int_equal(
            hn_fold_apply_bytes(&fold, w->journal.data + from, w->ends.data[i] - from, NULL, NULL),
            HONE_OK);
    }
    (void)snprintf(arm, sizeof arm, "alloc:%llu", (unsigned long long)nth);
    hn_fault_arm(arm);
    hone_status status = sampler_suggest(&s, &fold, AFTER, 0, &got, &err);
    hn_fault_arm(NULL);
    assert_true(status == HONE_OK || (status == HONE_ENOMEM && err.status == HONE_ENOMEM));
    assert_int_equal(sampler_suggest(&s, &fold, AFTER, 0, &got, NULL), HONE_OK);
    if (!hn_config_equal(fold.problem.space, want, got))
        fail_msg("%s: another point after allocation %llu failed", class->head.name,
                 (unsigned long long)nth);
    sampler_end(&s);
    hn_fold_free(&fold);
    return status == HONE_ENOMEM;
}

static void check(const hn_sampler_class *class, const char *const *lines)
{
    char *json = space_json(lines);
    world *w = world_new(json, 5, 1, WORLD_PLAIN);
    hn_arena arena = HN_ARENA_INIT;
    hn_config want = hn_config_new(&arena, w->fold.problem.space);
    hn_config got = hn_config_new(&arena, w->fold.problem.space);
    sampler_in_use s;
    uint64_t nth = 1;
    hone_free(json);
    grow(w, AFTER);
    if (sampler_begin(&s, class, &w->fold, 0)) {
        hone_status status = sampler_suggest(&s, &w->fold, AFTER, 0, &want, NULL);
        assert_true(status == HONE_OK || status == HONE_EEXHAUSTED);
        while (status == HONE_OK && nth < MOST_ALLOCATIONS &&
               suggest_with_fault(class, w, nth, want, got))
            nth += NEXT(nth);
        print_message("%s: %d allocations\n", class->head.name, (int)nth - 1);
        sampler_end(&s);
    }
    hn_arena_free(&arena);
    world_free(w);
}

static void nothing_is_kept_by_halves(void **state)
{
    (void)state;
    static const char *const samplers[] = {"cmaes", "de",     "gp",     "nsga2", "nsga3",
                                           "qmc",   "random", "regevo", "tpe",   "trust"};
    for (size_t k = 0; k < sizeof samplers / sizeof *samplers; k++) {
        const hn_plugin *plugin = NULL;
        assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, samplers[k], &plugin, NULL), HONE_OK);
        check((const void *)plugin, space_lines);
        check((const void *)plugin, finite_lines);
    }
}
#else
static void nothing_is_kept_by_halves(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_kept_by_halves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
