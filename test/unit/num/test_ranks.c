// Ordered sets beside a sorted array, while pairs come and go.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "num/ranks.h"
#include "num/rng.h"

enum { N_STEPS = 6000, N_SETS = 3, MAX = 500 };

typedef struct pair {
    double value;
    uint32_t id;
} pair;

typedef struct sorted {
    pair pairs[MAX];
    uint32_t n;
} sorted;

static uint32_t place_of(const sorted *s, double value, uint32_t id)
{
    uint32_t at = 0;
    while (at < s->n &&
           (s->pairs[at].value < value || (s->pairs[at].value == value && s->pairs[at].id < id)))
        at++;
    return at;
}

static void assert_same(const hn_ranks *pool, uint32_t set, const sorted *s)
{
    uint32_t first[MAX], most = s->n / 2;
    assert_int_equal(hn_ranks_count(pool, set), s->n);
    assert_int_equal(hn_ranks_first(pool, set, most, first), most);
    for (uint32_t k = 0; k < most; k++)
        assert_int_equal(first[k], s->pairs[k].id);
    assert_int_equal(hn_ranks_first(pool, set, MAX, first), s->n);
    for (uint32_t k = 0; k < s->n; k++) {
        uint32_t id;
        assert_true(hn_ranks_at(pool, set, k, &id) == s->pairs[k].value);
        assert_int_equal(id, s->pairs[k].id);
        assert_int_equal(hn_ranks_below(pool, set, s->pairs[k].value, id), k);
    }
}

static void sets_equal_sorted_arrays(void **state)
{
    (void)state;
    hn_ranks pool = {0};
    static sorted mirror[N_SETS];
    uint32_t sets[N_SETS] = {HN_RANKS_EMPTY, HN_RANKS_EMPTY, HN_RANKS_EMPTY};
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, 0);
    for (uint32_t i = 0; i < N_STEPS; i++) {
        uint32_t which = (uint32_t)hn_rng_below(&rng, 1, i, 0, N_SETS);
        sorted *s = &mirror[which];
        // Few values, so that many are equal; infinities among them.
        double value = (double)hn_rng_below(&rng, 2, i, 0, 40);
        value = value == 39 ? INFINITY : value == 38 ? -INFINITY : value;
        uint32_t id = (uint32_t)hn_rng_below(&rng, 3, i, 0, 30), at = place_of(s, value, id);
        bool there = at < s->n && s->pairs[at].value == value && s->pairs[at].id == id;
        assert_int_equal(hn_ranks_below(&pool, sets[which], value, id), at);
        if (there || s->n == MAX) {
            assert_int_equal(hn_ranks_remove(&pool, &sets[which], value, id), there);
            for (uint32_t k = at; there && k + 1 < s->n; k++)
                s->pairs[k] = s->pairs[k + 1];
            s->n -= there;
        } else {
            assert_false(hn_ranks_remove(&pool, &sets[which], value, id));
            assert_true(hn_ranks_add(&pool, &sets[which], value, id));
            for (uint32_t k = s->n++; k > at; k--)
                s->pairs[k] = s->pairs[k - 1];
            s->pairs[at] = (pair){value, id};
        }
        if (i % 50 == 0)
            assert_same(&pool, sets[which], s);
    }
    size_t n_live = 0;
    for (int i = 0; i < N_SETS; i++) {
        assert_same(&pool, sets[i], &mirror[i]);
        n_live += mirror[i].n;
    }
    assert_int_equal(pool.nodes.n - pool.n_free, n_live); // removed nodes are used again
    hn_ranks_free(&pool);
}

static uint32_t depth(const hn_ranks *pool, uint32_t set)
{
    if (set == HN_RANKS_EMPTY)
        return 0;
    uint32_t left = depth(pool, pool->nodes.data[set].left);
    uint32_t right = depth(pool, pool->nodes.data[set].right);
    return 1 + (left > right ? left : right);
}

static void trees_stay_flat(void **state)
{
    (void)state;
    for (int order = 0; order < 3; order++) {
        hn_ranks pool = {0};
        uint32_t set = HN_RANKS_EMPTY, n = 20000;
        for (uint32_t i = 0; i < n; i++) {
            double value = order == 0 ? i : order == 1 ? -(double)i : 0;
            assert_true(hn_ranks_add(&pool, &set, value, i));
        }
        assert_true(depth(&pool, set) < 50); // expected 2 ln n = 20 on the average path
        hn_ranks_free(&pool);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_equal_sorted_arrays),
        cmocka_unit_test(trees_stay_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
