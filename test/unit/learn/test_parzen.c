// Parzen estimators: the peer's numbers, draws that follow the density, and a state that does not
// depend on how it came about.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "learn/parzen.h"
#include "num/rng.h"

typedef struct peer_case {
    const char *name;
    uint32_t n_axes, n_seen, n_points;
    double prior_weight;
    bool endpoints, clip;
    const double *axes, *seen, *weights, *points, *density;
} peer_case;
#include "unit/learn/parzen_table.h"

enum { MAX_AXES = 8, MAX_SEEN = 400, ROOM = 32 * MAX_SEEN };

typedef struct bed {
    hn_axis axes[MAX_AXES];
    uint32_t block_axes[MAX_AXES], starts[MAX_AXES + 1];
    hn_parzen_layout layout;
    hn_phi phi;
    hn_parzen parzen;
    double room[ROOM];
    hn_walk walk;
} bed;

static hn_axis peer_axis(const double *a)
{
    enum { FLOAT, LOG, STEPPED, INT, LOG_INT, CHOICE };
    switch ((int)a[0]) {
    case FLOAT:
    case LOG:
        return hn_axis_continuous(a[1], a[2], (int)a[0] == LOG);
    case STEPPED:
    case INT:
        return hn_axis_stepped(a[1], a[2], a[3], false);
    case LOG_INT:
        return hn_axis_stepped(a[1], a[2], 1, true);
    default:
        return hn_axis_choice((uint32_t)a[2], NULL);
    }
}

// Axes are set; `starts` too, when there is more than one block.
static void bed_open(bed *b, uint32_t n_axes, uint32_t n_blocks, hn_parzen_options options)
{
    for (uint32_t a = 0; a < n_axes; a++)
        b->block_axes[a] = a;
    if (n_blocks == 1)
        b->starts[0] = 0;
    b->starts[n_blocks] = n_axes;
    b->layout = (hn_parzen_layout){b->axes, n_axes, n_blocks, b->block_axes, b->starts};
    hn_phi_fill(&b->phi);
    assert_int_equal(hn_parzen_init(&b->parzen, &b->layout, &options, &b->phi, NULL), HONE_OK);
}

static void begin(bed *b)
{
    assert_true(hn_walk_room(&b->parzen) <= ROOM);
    hn_walk_begin(&b->parzen, &b->walk, b->room);
    hn_walk_enter(&b->parzen, &b->walk, 0);
}

static double density(bed *b, const double *x)
{
    begin(b);
    return hn_walk_density(&b->parzen, &b->walk, x);
}

static void check_peer(const peer_case *c)
{
    static bed b;
    uint32_t slots[MAX_SEEN];
    for (uint32_t a = 0; a < c->n_axes; a++)
        b.axes[a] = peer_axis(c->axes + 4 * a);
    bed_open(&b, c->n_axes, 1, (hn_parzen_options){c->prior_weight, c->endpoints, c->clip});
    for (uint32_t i = 0; i < c->n_seen; i++)
        assert_int_equal(hn_parzen_add(&b.parzen, c->seen + i * c->n_axes, i, &slots[i], NULL),
                         HONE_OK);
    assert_int_equal(hn_parzen_settle(&b.parzen, slots, c->weights, c->n_seen, NULL), HONE_OK);
    for (uint32_t i = 0; i < c->n_points; i++) {
        double got = density(&b, c->points + i * c->n_axes), want = c->density[i];
        if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
            fail_msg("%s, point %u: %.17g instead of %.17g", c->name, i, got, want);
    }
    hn_parzen_free(&b.parzen);
}

static void densities_are_the_peers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof peer_cases / sizeof peer_cases[0]; i++)
        check_peer(&peer_cases[i]);
}

// --- a set of observations, however it was reached ---

static double uniform(uint32_t trial, uint32_t lane)
{
    hn_rng rng = hn_rng_make(9, HN_PURPOSE_TEST, trial);
    return hn_rng_uniform(&rng, 0, 0, lane);
}

// Two blocks: the second is inactive for a third of the points; values repeat.
static void make_mixed(bed *b)
{
    b->axes[0] = hn_axis_continuous(0, 1, false);
    b->axes[1] = hn_axis_stepped(1, 9, 1, false);
    b->axes[2] = hn_axis_choice(3, NULL);
    b->axes[3] = hn_axis_continuous(1e-4, 1, true);
    b->axes[4] = hn_axis_stepped(1, 500, 1, true);
    b->starts[0] = 0;
    b->starts[1] = 3;
    bed_open(b, 5, 2, (hn_parzen_options){1, false, true});
}

static void point(uint32_t key, double *x)
{
    x[0] = floor(uniform(key, 0) * 200) / 200;
    x[1] = 1 + floor(uniform(key, 1) * 9);
    x[2] = floor(uniform(key, 2) * 3);
    x[3] = key % 3 ? exp(log(1e-4) * uniform(key, 3)) : NAN;
    x[4] = key % 3 ? 1 + floor(uniform(key, 4) * 500) : NAN;
}

static void walk_densities(bed *b, double out[2])
{
    double x[5];
    point(7001, x);
    hn_walk_begin(&b->parzen, &b->walk, b->room);
    for (uint32_t block = 0; block < 2; block++) {
        hn_walk_enter(&b->parzen, &b->walk, block);
        out[block] = hn_walk_density(&b->parzen, &b->walk, x);
        hn_walk_take(&b->parzen, &b->walk, x);
    }
}

static void what_came_and_went_leaves_no_trace(void **state)
{
    (void)state;
    enum { ALL = 40 };
    static bed one, two;
    uint32_t slots[MAX_SEEN], kept[MAX_SEEN], n = 0;
    double x[5], weights[MAX_SEEN], a[2], b[2];
    make_mixed(&one);
    make_mixed(&two);
    // Backwards; some leave soon, the rest of the odd ones in the end.
    for (uint32_t i = ALL; i-- > 0;) {
        point(i, x);
        assert_int_equal(hn_parzen_add(&one.parzen, x, i, &slots[i], NULL), HONE_OK);
        if (i % 4 == 0)
            hn_parzen_remove(&one.parzen, slots[i + 3]);
    }
    for (uint32_t i = 1; i < ALL; i += 4)
        hn_parzen_remove(&one.parzen, slots[i]);
    for (uint32_t i = 0; i < ALL; i += 2) {
        kept[n] = slots[i];
        weights[n++] = 0.5 + uniform(i, 9);
    }
    assert_int_equal(hn_parzen_settle(&one.parzen, kept, weights, n, NULL), HONE_OK);
    n = 0;
    for (uint32_t i = 0; i < ALL; i += 2) {
        point(i, x);
        assert_int_equal(hn_parzen_add(&two.parzen, x, i, &kept[n++], NULL), HONE_OK);
    }
    assert_int_equal(hn_parzen_settle(&two.parzen, kept, weights, n, NULL), HONE_OK);
    walk_densities(&one, a);
    walk_densities(&two, b);
    assert_memory_equal(a, b, sizeof a); // bit for bit
    hn_parzen_free(&one.parzen);
    hn_parzen_free(&two.parzen);
}

// --- draws ---

enum { DRAWS = 100000, CELLS = 27 };

// Chi-square of draws from block 0 with three axes against the densities of 27 cells, each axis
// having three values; one in ten million would exceed the limit by chance.
static void draws_follow_the_density(void **state)
{
    (void)state;
    static bed b;
    uint32_t slots[4], counts[CELLS] = {0};
    const double seen[4][3] = {{1, 0, 1}, {1, 2, 1}, {3, 1, 8}, {2, 2, 64}};
    const double weights[4] = {1, 0.5, 2, 1};
    static const double shares[3] = {0.6, 0.3, 0.1};
    double chi = 0, total = 0;
    b.axes[0] = hn_axis_stepped(1, 3, 1, false);
    b.axes[1] = hn_axis_choice(3, shares);
    b.axes[2] = hn_axis_continuous(1, 64, true);
    bed_open(&b, 3, 1, (hn_parzen_options){1, false, true});
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(hn_parzen_add(&b.parzen, seen[i], i, &slots[i], NULL), HONE_OK);
    assert_int_equal(hn_parzen_settle(&b.parzen, slots, weights, 4, NULL), HONE_OK);
    begin(&b);
    for (uint32_t i = 0; i < DRAWS; i++) {
        double u[4], x[3];
        for (uint32_t k = 0; k < 4; k++)
            u[k] = uniform(i, k);
        hn_walk_draw(&b.parzen, &b.walk, u, x);
        assert_true(x[2] >= 1 && x[2] <= 64);
        int last = (int)fmin(2, floor(log2(x[2]) / 2));
        counts[((int)x[0] - 1) * 9 + (int)x[1] * 3 + last]++;
    }
    for (int i = 0; i < CELLS; i++) {
        double mass = 0;
        enum { PARTS = 200 };
        for (int k = 0; k < PARTS; k++) { // the third axis, by the middle of small pieces
            double t = log(4) * (i % 3 + (k + 0.5) / PARTS);
            double x[3] = {1 + i / 9, i / 3 % 3, exp(t)};
            mass += exp(hn_walk_density(&b.parzen, &b.walk, x)) * log(4) / PARTS;
        }
        total += mass;
        chi += (counts[i] - DRAWS * mass) * (counts[i] - DRAWS * mass) / (DRAWS * mass);
    }
    assert_true(fabs(total - 1) < 1e-4);
    if (!(chi < 85)) // 26 degrees of freedom
        fail_msg("chi-square %.1f", chi);
    hn_parzen_free(&b.parzen);
}

// A second block that some observations lack: its conditional density sums to one, and knows the
// first block.
static void blocks_are_conditional(void **state)
{
    (void)state;
    static bed b;
    uint32_t slots[6];
    const double weights[6] = {1, 1, 1, 1, 1, 1};
    double sum[2] = {0, 0}, low[2] = {0, 0};
    b.axes[0] = hn_axis_choice(2, NULL);
    b.axes[1] = hn_axis_stepped(1, 20, 1, false);
    b.starts[0] = 0;
    b.starts[1] = 1;
    bed_open(&b, 2, 2, (hn_parzen_options){1, false, true});
    for (uint32_t i = 0; i < 6; i++) { // choice 0: low numbers; choice 1: high ones, or none
        double x[2] = {i % 2, i % 2 ? (i == 5 ? NAN : 17 + i) : 1 + i};
        assert_int_equal(hn_parzen_add(&b.parzen, x, i, &slots[i], NULL), HONE_OK);
    }
    assert_int_equal(hn_parzen_settle(&b.parzen, slots, weights, 6, NULL), HONE_OK);
    for (int choice = 0; choice < 2; choice++) {
        double x[2] = {choice, NAN};
        begin(&b);
        hn_walk_take(&b.parzen, &b.walk, x);
        hn_walk_enter(&b.parzen, &b.walk, 1);
        for (int v = 1; v <= 20; v++) {
            x[1] = v;
            double share = exp(hn_walk_density(&b.parzen, &b.walk, x));
            sum[choice] += share;
            low[choice] += v <= 10 ? share : 0;
        }
    }
    assert_true(fabs(sum[0] - 1) < 1e-9 && fabs(sum[1] - 1) < 1e-9);
    if (!(low[0] > low[1] + 0.1))
        fail_msg("%.3f of the low numbers with choice 0, %.3f with choice 1", low[0], low[1]);
    hn_parzen_free(&b.parzen);
}

// --- estimates ---

// Every kind of axis: wide and narrow, whole numbers of two sorts, choices; an unbounded one last.
static void make_axes(bed *b)
{
    b->axes[0] = hn_axis_continuous(1e6, 1e6 + 2, false);
    b->axes[1] = hn_axis_continuous(1e-5, 1, true);
    b->axes[2] = hn_axis_choice(3, NULL);
    b->axes[3] = hn_axis_stepped(1, 9, 1, false);
    b->axes[3].min_sigma = 0.5;
    b->axes[4] = hn_axis_stepped(1, 5000, 1, true);
    b->axes[5] = hn_axis_stepped(0, 1e6, 1, false);
    b->axes[6] = hn_axis_normal();
}

// A value at `u` of the axis' range.
static double value_at(const hn_axis *axis, double u)
{
    double t = axis->left + u * (axis->right - axis->left), x = axis->log ? exp(t) : t;
    if (axis->kind == HN_AXIS_CHOICE)
        return floor(3 * u);
    return axis->step > 0 ? fmin(fmax(round(x), axis->low), axis->high) : x;
}

// Kernels around a place, some of them anywhere, over the axes from `first` on.
static void fill_cluster(bed *b, uint32_t seed, uint32_t first, uint32_t n_axes, uint32_t n,
                         bool clip)
{
    uint32_t slots[MAX_SEEN];
    double x[MAX_AXES], weights[MAX_SEEN];
    make_axes(b);
    memmove(b->axes, b->axes + first, n_axes * sizeof *b->axes);
    bed_open(b, n_axes, 1, (hn_parzen_options){1, false, clip});
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t a = 0; a < n_axes; a++) {
            double u = uniform(seed * 1000 + i, a);
            x[a] = value_at(&b->axes[a], i % 5 ? 0.3 + (clip ? 0.05 : 1e-7) * u : u);
        }
        weights[i] = 0.01 + uniform(seed * 1000 + i, 99);
        assert_int_equal(hn_parzen_add(&b->parzen, x, i, &slots[i], NULL), HONE_OK);
    }
    assert_int_equal(hn_parzen_settle(&b->parzen, slots, weights, n, NULL), HONE_OK);
    begin(b);
}

static double estimate(bed *b, const double *x, double *slack)
{
    return hn_walk_estimate(&b->parzen, &b->walk, x, hn_parzen_log_prior(&b->layout, 0, x), slack);
}

static void estimates_are_as_near_as_they_say(void **state)
{
    (void)state;
    static bed b;
    for (uint32_t seed = 0; seed < 84; seed++) {
        uint32_t first = seed % 7, n_axes = 1 + seed / 7 % (7 - first), n = seed % 3 ? 390 : 4;
        double x[MAX_AXES], u[MAX_AXES + 1], slack;
        fill_cluster(&b, seed, first, n_axes, n, true);
        for (uint32_t i = 0; i < 50; i++) {
            for (uint32_t k = 0; k <= n_axes; k++)
                u[k] = uniform(70000 + i, k);
            hn_walk_draw(&b.parzen, &b.walk, u, x);
            double exact = hn_walk_log_sum(&b.parzen, &b.walk, x), got = estimate(&b, x, &slack);
            bool unbounded = first + n_axes == 7; // which may have drawn a point far out
            if (!(slack < 1e-3 && (slack > 0 || unbounded) && fabs(got - exact) <= slack))
                fail_msg("seed %u, point %u: %.9g +- %.2g for %.9g", seed, i, got, slack, exact);
        }
        hn_parzen_free(&b.parzen);
    }
}

// The sum over every kernel, none left out, of CONTINUOUS axes.
static double whole_sum(const hn_parzen *p, const double *x)
{
    double sum = exp(p->log_prior_weight + hn_parzen_log_prior(p->layout, 0, x));
    for (uint32_t i = 0; i < p->list.n; i++) {
        uint32_t slot = p->list.data[i];
        double exponent = p->log_weights[slot];
        for (uint32_t a = 0; a < p->layout->n_axes; a++) {
            double inverse = p->dims[a].inverse[slot];
            double z = (hn_axis_scale(&p->layout->axes[a], x[a]) - p->dims[a].mean[slot]) * inverse;
            exponent += log(inverse * p->masses[a * p->cap + slot] / sqrt(2 * acos(-1)));
            exponent -= z * z / 2;
        }
        sum += exp(exponent);
    }
    return log(sum);
}

static void what_is_left_out_does_not_matter(void **state)
{
    (void)state;
    static bed b;
    for (uint32_t seed = 0; seed < 8; seed++) {
        double x[2], u[3];
        fill_cluster(&b, seed, 0, 1 + seed / 4, 390, seed % 2);
        for (uint32_t i = 0; i < 200; i++) {
            for (uint32_t k = 0; k < 3; k++)
                u[k] = uniform(50000 + i, k);
            hn_walk_draw(&b.parzen, &b.walk, u, x);
            double got = hn_walk_log_sum(&b.parzen, &b.walk, x), want = whole_sum(&b.parzen, x);
            if (!(fabs(got - want) <= 1e-9))
                fail_msg("seed %u, point %u: %.12g instead of %.12g", seed, i, got, want);
        }
        hn_parzen_free(&b.parzen);
    }
}

// Kernels of any width, and points far outside, need the number itself.
static void what_cannot_be_estimated_is_exact(void **state)
{
    (void)state;
    static bed b;
    for (int clip = 0; clip < 2; clip++) {
        double inside[6] = {1e6, 1e-3, 1, 4, 17, 999}, far = 3.5, slack = 1;
        const double *x = clip ? &far : inside;
        fill_cluster(&b, 1, clip ? 6 : 0, clip ? 1 : 6, 300, clip);
        double got = estimate(&b, x, &slack);
        assert_true(slack == 0 && got == hn_walk_log_sum(&b.parzen, &b.walk, x));
        hn_parzen_free(&b.parzen);
    }
}

// Beliefs and unbounded normals: the prior alone, against sums over its domain.
static void priors_sum_to_one(void **state)
{
    (void)state;
    hn_axis axes[5] = {hn_axis_continuous(1e-5, 1, true), hn_axis_stepped(1, 100, 1, false),
                       hn_axis_normal(), hn_axis_continuous(1, 50, false),
                       hn_axis_stepped(1, 300, 1, true)};
    hn_axis_believe(&axes[0], 0.8, log(1e-3), log(10), true);
    hn_axis_believe(&axes[1], 0.8, 50, 10, false);
    hn_axis_believe(&axes[3], 0.8, log(5), log(2), true); // a factor on a linear scale
    hn_axis_believe(&axes[4], 0.8, 20, 5, false);         // a width on a log scale
    for (int a = 0; a < 5; a++) {
        double sum = 0;
        double from = a == 2 ? -9 : axes[a].from, to = a == 2 ? 9 : axes[a].to;
        enum { PARTS = 20000 };
        bool stepped = axes[a].kind == HN_AXIS_STEPPED;
        int n = stepped ? (int)axes[a].high : PARTS;
        double middle = hn_axis_prior_quantile(&axes[a], 0.3);
        for (int k = 0; k < n; k++) {
            double t = from + (to - from) * (k + 0.5) / n;
            double x = stepped ? k + 1 : axes[a].log ? exp(t) : t;
            sum += hn_axis_prior(&axes[a], x) * (stepped ? 1 : (to - from) / n);
        }
        if (!(fabs(sum - 1) < 1e-3))
            fail_msg("axis %d: the prior sums to %.6f", a, sum);
        assert_true(middle >= axes[a].low && middle <= axes[a].high);
    }
}

static void phi_is_exact_enough(void **state)
{
    (void)state;
    static hn_phi phi;
    hn_phi_fill(&phi);
    for (double z = 0; z < 8.4; z += 0.00137) {
        double want = 0.5 * erfc(z / sqrt(2));
        assert_true(fabs(hn_phi_tail(&phi, z) / want - 1) < 2e-12);
    }
    assert_true(hn_phi_tail(&phi, 1e9) == 0);
    assert_true(fabs(hn_phi_between(&phi, -1, 1) - 0.68268949213708585) < 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(densities_are_the_peers),
        cmocka_unit_test(what_came_and_went_leaves_no_trace),
        cmocka_unit_test(draws_follow_the_density),
        cmocka_unit_test(blocks_are_conditional),
        cmocka_unit_test(estimates_are_as_near_as_they_say),
        cmocka_unit_test(what_is_left_out_does_not_matter),
        cmocka_unit_test(what_cannot_be_estimated_is_exact),
        cmocka_unit_test(priors_sum_to_one),
        cmocka_unit_test(phi_is_exact_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
