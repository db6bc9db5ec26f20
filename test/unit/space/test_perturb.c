// Perturbation: every kind of parameter moves to something near that is valid, rules and conditions
// hold, and what is to be kept is kept.
#include "space/perturb.h"
#include "unit/core/study_rig.h"

enum { N_DRAWS = 400 };

typedef struct bench {
    hone_space *space;
    hn_arena arena;
    hn_config from, to;
} bench;

static bench bench_of(hone_space *space)
{
    bench b = {.space = space, .arena = HN_ARENA_INIT};
    b.from = hn_config_new(&b.arena, space);
    b.to = hn_config_new(&b.arena, space);
    hn_space_default(space, b.from);
    return b;
}

static void bench_free(bench *b)
{
    hn_arena_free(&b->arena);
    hone_space_destroy(b->space);
}

static bool draw(bench *b, hn_perturb_rule rule, uint32_t trial)
{
    hn_rng rng = hn_rng_make(5, HN_PURPOSE_TEST, trial);
    bool allowed = hn_space_perturb(b->space, b->from, &rule, &rng, 0, b->to);
    if (allowed)
        OK(hn_space_validate(b->space, b->to, &err));
    return allowed;
}

static hn_slot *slots_of(const bench *b, hn_config config, const char *name)
{
    return config.slots + hn_space_find(b->space, name)->slot;
}

// Both of two values come, and nothing else.
static void assert_either(bench *b, const char *name, double low, double high)
{
    const hn_param *p = hn_space_find(b->space, name);
    uint32_t n_low = 0;
    for (uint32_t i = 0; i < N_DRAWS; i++) {
        assert_true(draw(b, (hn_perturb_rule){0, 0.2, NULL}, i));
        hn_slot slot = *slots_of(b, b->to, name);
        double value = p->type == HONE_PARAM_FLOAT ? slot.f : (double)slot.i;
        bool is_low = fabs(value - low) < 1e-12;
        if (!is_low && fabs(value - high) >= 1e-12)
            fail_msg("%s becomes %g, neither %g nor %g", name, value, low, high);
        n_low += is_low;
    }
    assert_true(low == high || (n_low > N_DRAWS / 3 && n_low < N_DRAWS * 2 / 3));
}

static void numbers_move_by_a_fifth(void **state)
{
    (void)state;
    bench b = bench_of(SPACE("log=log:1e-5..1 = 0.01", "linear=0..1 = 0.5", "zero=-1..1 = 0",
                             "end=0..1 = 1", "int=int:1..1000 = 100", "small=int:1..9 = 2",
                             "grid=0..1 step 0.25 = 0.5", "many=int:log:1..4096 = 1",
                             "free=normal:0,1 = 2"));
    assert_either(&b, "log", 0.008, 0.012);
    assert_either(&b, "linear", 0.4, 0.6);
    assert_either(&b, "zero", -0.04, 0.04); // a fifth of a tenth of the range
    assert_either(&b, "end", 0.8, 1);
    assert_either(&b, "int", 80, 120);
    assert_either(&b, "small", 1, 3);
    assert_either(&b, "grid", 0.25, 0.75);
    assert_either(&b, "many", 1, 2);
    assert_either(&b, "free", 1.6, 2.4);
    bench_free(&b);
}

static void choices_go_to_a_neighbour(void **state)
{
    (void)state;
    bench b =
        bench_of(SPACE("size=ord:xs,s,m,l,xl = m", "opt=sgd,adam,lion = sgd", "flag=bool = true"));
    assert_either(&b, "size", 1, 3);
    assert_either(&b, "opt", 0, 1);
    assert_either(&b, "flag", 0, 1);
    bench_free(&b);
}

static void orders_subsets_and_shares(void **state)
{
    (void)state;
    bench b = bench_of(SPACE("order=perm:a,b,c,d", "set=subset:a,b,c,d", "mix=simplex:3"));
    for (uint32_t i = 0; i < N_DRAWS; i++) {
        uint32_t n_moved = 0;
        assert_true(draw(&b, (hn_perturb_rule){0, 0.2, NULL}, i));
        for (uint32_t k = 0; k < 4; k++)
            n_moved += slots_of(&b, b.to, "order")[k].i != slots_of(&b, b.from, "order")[k].i;
        assert_int_equal(n_moved, 2);
        uint64_t bits = (uint64_t)(slots_of(&b, b.to, "set")->i ^ slots_of(&b, b.from, "set")->i);
        assert_true(bits && (bits & (bits - 1)) == 0);
        assert_true(slots_of(&b, b.to, "mix")[0].f != slots_of(&b, b.from, "mix")[0].f);
    }
    bench_free(&b);
}

// A choice that switches parameters: what goes is zero, what comes is drawn; rules hold.
static void conditions_and_rules(void **state)
{
    (void)state;
    bench b = bench_of(SPACE("opt=sgd,adam = sgd", "momentum=0..0.9 = 0.5 if opt==sgd",
                             "beta=0.8..0.99 if opt==adam", "a=0..1 = 0.6", "c=0..1 = 0.5",
                             "forbid a<=c"));
    uint32_t n_refused = 0, n_adam = 0, n_kept = 0;
    bool keep[8] = {0};
    for (uint32_t i = 0; i < N_DRAWS; i++) {
        bool allowed = draw(&b, (hn_perturb_rule){0.25, 0.2, NULL}, i);
        n_refused += !allowed;
        n_adam += allowed && slots_of(&b, b.to, "opt")->i == 1;
    }
    assert_true(n_refused > 0 && n_adam > N_DRAWS / 20);
    keep[hn_space_find(b.space, "opt")->index] = keep[hn_space_find(b.space, "a")->index] = true;
    for (uint32_t i = 0; i < N_DRAWS; i++) {
        (void)draw(&b, (hn_perturb_rule){0.25, 0.2, keep}, i);
        n_kept += slots_of(&b, b.to, "opt")->i == 0 && slots_of(&b, b.to, "a")->f == 0.6;
    }
    assert_int_equal(n_kept, N_DRAWS);
    bench_free(&b);
}

static void as_many_are_drawn_anew_as_wanted(void **state)
{
    (void)state;
    bench b = bench_of(SPACE("x=0..1 = 0.5"));
    uint32_t n_anew = 0;
    for (uint32_t i = 0; i < N_DRAWS; i++) {
        assert_true(draw(&b, (hn_perturb_rule){0.25, 0.2, NULL}, i));
        double x = slots_of(&b, b.to, "x")->f;
        n_anew += x != 0.4 && x != 0.6;
    }
    assert_true(n_anew > N_DRAWS / 6 && n_anew < N_DRAWS / 3);
    bench_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_move_by_a_fifth),
        cmocka_unit_test(choices_go_to_a_neighbour),
        cmocka_unit_test(orders_subsets_and_shares),
        cmocka_unit_test(conditions_and_rules),
        cmocka_unit_test(as_many_are_drawn_anew_as_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
