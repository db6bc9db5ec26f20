// The n-th allocation of a suggestion fails: the sampler says so or does without it, and asked
// again it suggests what it would have.
#include "base/fault.h"
#include "contract/samplers/world.h"

#ifdef HONE_FAULTS
// Each allocation fails in turn where there are few; where a model makes a suggestion dear one in
// twenty or so, which are others for another `first`.
typedef struct history {
    uint32_t n_told, n_objectives;
    uint64_t first;
    bool sparse;
} history;
static const history histories[] = {{1, 1, 1, false}, {2, 2, 1, false},  {3, 1, 1, false},
                                    {5, 2, 1, false}, {12, 2, 21, true}, {13, 1, 22, true},
                                    {30, 1, 1, true}, {31, 2, 23, true}};

// Trials of every kind of end, at points that no sampler has chosen.
static world *told_world(const history *h)
{
    char *json =
        space_json((const char *const[]){"lr=log:1e-5..1", "opt=sgd,adam,lion",
                                         "m=0..1 if opt==sgd", "k=int:1..9", "o=perm:a,b,c", NULL});
    world *w = world_new(json, 5, h->n_objectives, WORLD_PLAIN);
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t t = 0; t < h->n_told; t++) {
        assert_int_equal(hn_space_redraw(w->fold.problem.space, 5, t, 0, config, NULL), HONE_OK);
        world_start(w, config, (int64_t)w->fold.n_events);
        if (t % 9 != 5)
            world_tell(w, t, t % 7 == 3 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE, cos(t));
    }
    hn_arena_free(&arena);
    hone_free(json);
    return w;
}

static hone_status suggest(sampler_in_use *s, world *w, hn_config *out)
{
    hone_error err = HONE_ERROR_INIT;
    hone_status status = sampler_suggest(s, &w->fold, (uint32_t)w->fold.trials.n, 0, out, &err);
    assert_int_equal(status, err.status);
    return status;
}

// False when there was no n-th allocation.
static bool check(const hn_sampler_class *class, world *w, uint64_t nth, hn_config expected,
                  hn_config out)
{
    sampler_in_use s;
    char arm[40];
    assert_true(sampler_begin(&s, class, &w->fold, 0));
    (void)snprintf(arm, sizeof arm, "alloc:%llu", (unsigned long long)nth);
    hn_fault_arm(arm);
    hone_status status = suggest(&s, w, &out);
    bool passed = hn_fault_count("alloc") >= nth;
    hn_fault_arm(NULL);
    assert_true(status == HONE_OK || (status == HONE_ENOMEM && passed));
    if (suggest(&s, w, &out) != HONE_OK || !hn_config_equal(w->fold.problem.space, out, expected))
        fail_msg("%s: another point after allocation %llu failed", class->head.name,
                 (unsigned long long)nth);
    sampler_end(&s);
    return passed;
}

static void check_history(const history *h)
{
    const hn_plugin *plugin;
    world *w = told_world(h);
    hn_arena arena = HN_ARENA_INIT;
    hn_config expected = hn_config_new(&arena, w->fold.problem.space);
    hn_config out = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        const hn_sampler_class *class = (const void *)plugin;
        sampler_in_use s;
        uint64_t nth = h->first;
        if (!sampler_begin(&s, class, &w->fold, 0))
            continue;
        assert_int_equal(suggest(&s, w, &expected), HONE_OK);
        sampler_end(&s);
        while (check(class, w, nth, expected, out))
            nth += 1 + (h->sparse ? nth / 20 : 0);
    }
    hn_arena_free(&arena);
    world_free(w);
}

static void suggestions_survive_failing_allocations(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof histories / sizeof *histories; k++)
        check_history(&histories[k]);
}
#endif

int main(void)
{
#ifdef HONE_FAULTS
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suggestions_survive_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
#else
    return 0; // nothing can be made to fail
#endif
}
