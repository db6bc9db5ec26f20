// Features and neighbours of random configurations of random spaces.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>

#include "random_space.h"
#include "space/features.h"
#include "space/neighbour.h"

static bool is_exact(const hn_param *p)
{
    return p->type != HONE_PARAM_SIMPLEX && (p->type != HONE_PARAM_FLOAT || p->step > 0);
}

// Each active number is in its range, each choice is one; the rest is NaN. Decoding gives the
// configuration back, exactly where values are discrete.
static void check_features(const hone_space *space, const hn_feature *features, hn_config config,
                           hn_config again, double *x, double *y)
{
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_TEST, 0);
    hn_features_encode(space, config, x);
    for (uint32_t k = 0; k < space->n_dims; k++) {
        const hn_feature *f = &features[k];
        bool on = hn_active(config.active, f->param);
        assert_int_equal(isnan(x[k]), !on);
        assert_true(!on || (x[k] >= 0 && x[k] <= (f->n_choices ? f->n_choices - 1 : 1)));
        assert_true(!on || !f->n_choices || x[k] == floor(x[k]));
        assert_true(f->n_values >= 1 && (!f->n_choices || f->n_values == f->n_choices));
    }
    hn_features_decode(space, x, &rng, 0, again);
    assert_int_equal(hn_space_validate(space, again, NULL), HONE_OK);
    hn_features_encode(space, again, y);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool unbounded = p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL;
        if (!hn_active(config.active, i) || !hn_active(again.active, i) || unbounded)
            continue;
        for (uint32_t s = 0; is_exact(p) && s < p->n_slots; s++)
            assert_true(again.slots[p->slot + s].i == config.slots[p->slot + s].i);
        for (uint32_t k = 0; p->type == HONE_PARAM_FLOAT && k < p->n_dims; k++)
            assert_true(fabs(x[p->dim + k] - y[p->dim + k]) < 1e-6);
    }
}

// Rows that no configuration has: the result is one of the space all the same.
static void check_any_row(const hone_space *space, uint32_t seed, hn_config out, double *x)
{
    hn_rng rng = hn_rng_make(seed, HN_PURPOSE_TEST, 1);
    for (uint32_t k = 0; k < space->n_dims; k++) {
        double u = hn_rng_uniform(&rng, 1, 0, k);
        x[k] = u < 0.3 ? NAN : u < 0.4 ? -1e300 : u < 0.5 ? INFINITY : 7 * (u - 0.5);
    }
    hn_features_decode(space, x, &rng, seed, out);
    assert_int_equal(hn_space_validate(space, out, NULL), HONE_OK);
}

// How many parameters that both have differ.
static uint32_t n_changed(const hone_space *space, hn_config a, hn_config b)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool both = hn_active(a.active, i) && hn_active(b.active, i);
        n += both && memcmp(a.slots + p->slot, b.slots + p->slot, p->n_slots * sizeof *a.slots);
    }
    return n;
}

static uint32_t check_neighbours(const hone_space *space, hn_config from, hn_config to,
                                 hn_move *moves, double *x)
{
    double *y = x + space->n_dims, *z = y + space->n_dims;
    uint32_t n = hn_moves_list(space, from, moves), n_made = 0;
    assert_int_equal(hn_moves_list(space, from, NULL), n);
    assert_true(n <= hn_moves_most(space));
    hn_rng rng = hn_rng_make(2, HN_PURPOSE_TEST, 0);
    for (uint32_t m = 0; m < n; m++) {
        if (!hn_move_make(space, from, moves[m], 0.05, &rng, m, to))
            continue;
        assert_int_equal(hn_space_validate(space, to, NULL), HONE_OK);
        assert_true(hn_space_allows(space, to, NULL));
        assert_false(hn_config_equal(space, from, to));
        assert_true(hn_active(to.active, moves[m].param));
        assert_int_equal(n_changed(space, from, to), 1);
        n_made++;
        hn_features_encode(space, from, x);
        hn_features_encode(space, to, y);
        hn_features_encode_near(space, from, x, to, z);
        for (uint32_t k = 0; k < space->n_dims; k++)
            assert_true(y[k] == z[k] || (isnan(y[k]) && isnan(z[k])));
    }
    return n_made;
}

static void random_spaces_keep_all_properties(void **state)
{
    (void)state;
    uint32_t n_spaces = 0, n_made = 0;
    for (uint32_t seed = 1; seed <= 800; seed++) {
        hone_space *space = random_space(seed, 8, true);
        hn_arena arena = HN_ARENA_INIT;
        if (!space)
            continue;
        hn_config config = hn_config_new(&arena, space), other = hn_config_new(&arena, space);
        hn_feature *features = HN_NEW(&arena, hn_feature, space->n_dims + 1);
        double *x = HN_NEW(&arena, double, 3 * space->n_dims + 3);
        hn_move *moves = HN_NEW(&arena, hn_move, hn_moves_most(space) + 1);
        hn_features_describe(space, features);
        for (uint32_t draw = 0; draw < 4; draw++) {
            hn_rng rng = hn_rng_make(seed, HN_PURPOSE_PRIOR, draw);
            if (hn_space_sample(space, &rng, config, NULL, NULL) != HONE_OK)
                break;
            check_features(space, features, config, other, x, x + space->n_dims);
            n_made += check_neighbours(space, config, other, moves, x);
            check_any_row(space, 10 * seed + draw, other, x);
        }
        n_spaces++;
        hn_arena_free(&arena);
        hone_space_destroy(space);
    }
    assert_true(n_spaces > 400);
    assert_true(n_made > 20000);
}

static hone_space *space_of(const char *const *texts)
{
    hone_space *space = NULL;
    hone_space_create(&space, NULL);
    for (; *texts; texts++)
        assert_int_equal(hone_space_add_text(space, *texts, NULL), HONE_OK);
    assert_int_equal(hone_space_seal(space, NULL), HONE_OK);
    return space;
}

// Every other choice, both next values, every item.
static void discrete_neighbourhoods_are_complete(void **state)
{
    (void)state;
    hone_space *space = space_of(
        (const char *const[]){"c=a,b,c,d", "i=int:1..9", "s=subset:u,v,w", "b=bool", NULL});
    hn_arena arena = HN_ARENA_INIT;
    hn_config from = hn_config_new(&arena, space), to = hn_config_new(&arena, space);
    hn_move moves[64];
    uint32_t choices = 0, sets = 0, down = 0, up = 0;
    hn_rng rng = hn_rng_make(2, HN_PURPOSE_TEST, 0);
    hn_space_default(space, from);
    const hn_param *c = hn_space_find(space, "c"), *i = hn_space_find(space, "i");
    const hn_param *s = hn_space_find(space, "s"), *b = hn_space_find(space, "b");
    uint32_t n = hn_moves_list(space, from, moves);
    assert_int_equal(n, 3 + 4 + 3 + 1);
    for (uint32_t m = 0; m < n; m++) {
        bool made = hn_move_make(space, from, moves[m], 0.05, &rng, m, to);
        if (!made)
            assert_int_equal(moves[m].param, i->index); // a draw may lead back
        if (!made)
            continue;
        choices |= moves[m].param == c->index ? 1u << to.slots[c->slot].i : 0;
        sets |= moves[m].param == s->index ? (uint32_t)to.slots[s->slot].i : 0;
        down |= to.slots[i->slot].i == from.slots[i->slot].i - 1;
        up |= to.slots[i->slot].i == from.slots[i->slot].i + 1;
        assert_true(moves[m].param != b->index || to.slots[b->slot].i == 1);
    }
    assert_int_equal(choices, 14);
    assert_int_equal(sets, 7);
    assert_true(down && up);
    hn_arena_free(&arena);
    hone_space_destroy(space);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_spaces_keep_all_properties),
        cmocka_unit_test(discrete_neighbourhoods_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
