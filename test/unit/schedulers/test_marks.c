// Trials that are compared by several objectives and under constraints: the order beside a plain
// non-dominated ranking, what a report shows, and what asha makes of it.
#include "property/chance.h"
#include "unit/schedulers/climb.h"

#include "schedulers/marks.h"

#define EXPECT(verdict, want) assert_int_equal((verdict), (want))

enum { MOST = 40 };

// --- the order, beside its definition ---

// Of one trial: how many rounds of taking away all that nobody dominates it outlasts.
static void rank_plainly(const hn_aims *aims, const double *marks, uint32_t n, uint32_t *ranks)
{
    uint32_t width = hn_mark_width(aims), n_left = n;
    bool gone[MOST] = {false}, goes[MOST];
    for (uint32_t round = 0; n_left > 0; round++) {
        for (uint32_t i = 0; i < n; i++) {
            goes[i] = !gone[i];
            for (uint32_t j = 0; j < n && goes[i]; j++)
                goes[i] = gone[j] || !hn_mark_dominates(aims, marks + j * width, marks + i * width);
        }
        for (uint32_t i = 0; i < n; i++) {
            if (!goes[i])
                continue;
            gone[i] = true;
            ranks[i] = round;
            n_left--;
        }
    }
}

static void check_order(const hn_aims *aims, const double *marks, uint32_t n)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_place places[MOST];
    uint32_t ranks[MOST], trials[MOST];
    bool there[MOST] = {false};
    for (uint32_t i = 0; i < n; i++)
        trials[i] = n - i; // numbers need not be in order
    assert_true(hn_marks_order(aims, marks, trials, n, places, &arena));
    rank_plainly(aims, marks, n, ranks);
    for (uint32_t i = 0; i < n; i++) {
        assert_false(there[places[i].index]);
        there[places[i].index] = true;
        assert_int_equal(places[i].tier, ranks[places[i].index]);
        assert_true(i == 0 || places[i].tier >= places[i - 1].tier);
    }
    hn_arena_free(&arena);
}

static void fronts_come_in_order(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 300; seed++) {
        chance c = {hn_rng_make(seed, HN_PURPOSE_TEST, seed), 0};
        hn_aims aims = {.n = 1 + (uint32_t)below(&c, 4), .many = true};
        uint32_t n = (uint32_t)below(&c, MOST + 1), width = hn_mark_width(&aims);
        double marks[MOST * 5];
        for (uint32_t i = 0; i < n * width; i++) {
            bool broken = i % width == 0;
            marks[i] = (double)below(&c, broken ? 3 : 9) - (broken ? 0 : 4);
            if (!broken && below(&c, 30) == 0)
                marks[i] = below(&c, 3) ? NAN : INFINITY;
        }
        check_order(&aims, marks, n);
    }
}

// Of a front the first few are spread over it: each is farthest from all before it.
static void fronts_are_spread(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    hn_aims aims = {.n = 2, .many = true};
    // Ends, a bend at (0.2, 0.3), a near twin of it, a point between; scales differ.
    const double marks[] = {0, 0, 100, 0, 1, 0, 0, 0.2, 30, 0, 0.21, 29.9, 0, 0.5, 5};
    const uint32_t trials[] = {0, 1, 2, 3, 4};
    const uint32_t want[] = {2, 1, 0, 4, 3};
    hn_place places[5];
    assert_true(hn_marks_order(&aims, marks, trials, 5, places, &arena));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(places[i].index, want[i]);
        assert_int_equal(places[i].tier, 0);
    }
    // Ranges beyond the largest number are no trouble.
    const double wide[] = {0, -1.5e308, 1.5e308, 0, 1.5e308, -1.5e308, 0, INFINITY, -INFINITY};
    assert_true(hn_marks_order(&aims, wide, trials, 3, places, &arena));
    hn_arena_free(&arena);
}

// --- asha ---

static desk desk_with(const char *options, const char *metrics, const char *constraints)
{
    return desk_of("asha", options, desk_world_of(false, metrics, constraints, 0));
}

#define RECORDED ",{\"name\":\"extra\",\"goal\":\"record\"}"

static hn_verdict both(desk *d, uint32_t trial, double step, double loss, double extra)
{
    return desk_report_both(d, trial, step, loss, extra, 3);
}

static void asha_keeps_the_front(void **state)
{
    (void)state;
    desk d = desk_with("{\"n_startup\":0,\"min_resource\":1,\"max_resource\":9,\"eta\":2}",
                       DESK_TWO, "");
    static const struct {
        double loss, extra; // the second is to be large
        hn_verdict want;
    } rows[] = {
        {5, 5, HN_GO_ON},  {6, 4, HN_STOP}, // dominated by the first
        {4, 6, HN_GO_ON},                   // dominates both
        {4, 6, HN_GO_ON},                   // the same: as good
        {9, 9, HN_GO_ON}, // two of five, and it is far from the others of its front
        {5, 5.5, HN_STOP}, {NAN, 9, HN_STOP}, {9, NAN, HN_STOP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t t = desk_start(&d);
        hn_verdict verdict = both(&d, t, 1, rows[i].loss, rows[i].extra);
        if (verdict != rows[i].want)
            fail_msg("trial %zu: %d", i, verdict);
        EXPECT(both(&d, t, 2, 0, 9), rows[i].want); // a verdict stays
    }
    climb_assert_said(&d, 1,
                      "stopped at 1: by now it has place 6 of 6 there (dominated by 4), "
                      "and about one in 2 goes on");
    desk_free(&d);
}

static void objectives_may_come_apart(void **state)
{
    (void)state;
    desk d = desk_with("{\"n_startup\":0,\"min_resource\":2,\"max_resource\":9}", DESK_TWO, "");
    uint32_t a = desk_start(&d), b = desk_start(&d), c = desk_start(&d);
    EXPECT(both(&d, a, 2, 1, 5), HN_GO_ON);
    // Once is enough for what does not change; until then nothing is seen.
    EXPECT(desk_report_both(&d, b, 2, 3, NAN, 1), HN_GO_ON);
    EXPECT(desk_report_both(&d, b, 2, NAN, 4, 2), HN_STOP);
    EXPECT(desk_report_both(&d, c, 1, NAN, 9, 2), HN_GO_ON);
    EXPECT(desk_report_both(&d, c, 2, 0, NAN, 1), HN_GO_ON); // with extra = 9
    desk_free(&d);
}

static void broken_constraints_come_last(void **state)
{
    (void)state;
    desk d = desk_with("{\"n_startup\":0,\"min_resource\":1,\"max_resource\":9,\"eta\":2}",
                       RECORDED, "\"extra<=20\"");
    static const struct {
        double loss, extra;
        hn_verdict want;
    } rows[] = {
        {1, 30, HN_GO_ON}, // alone there
        {2, 50, HN_STOP},  // breaks more
        {9, 20, HN_GO_ON}, // breaks nothing
        {0, 21, HN_GO_ON}, // two of four: the second, by what it breaks
        {8, 0, HN_GO_ON},  {7, 25, HN_STOP}, {0, NAN, HN_STOP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hn_verdict verdict = both(&d, desk_start(&d), 1, rows[i].loss, rows[i].extra);
        if (verdict != rows[i].want)
            fail_msg("trial %zu: %d", i, verdict);
    }
    // Nothing is broken by what has not been said.
    EXPECT(desk_report_as(&d, desk_start(&d), 1, 3, 1), HN_GO_ON);
    climb_assert_said(&d, 5,
                      "stopped at 1: by now it has place 5 of 8 there (breaks extra<=20), and "
                      "about one in 2 goes on");
    climb_assert_said(&d, 4,
                      "went on from 1: by now it has place 2 of 8 there, and about one in 2 "
                      "goes on");
    desk_free(&d);
}

// One that is named is compared alone; a constraint counts all the same.
static void a_metric_may_be_named(void **state)
{
    (void)state;
    desk d =
        desk_with("{\"n_startup\":0,\"min_resource\":1,\"max_resource\":9,\"metric\":\"extra\"}",
                  DESK_TWO, "");
    EXPECT(both(&d, desk_start(&d), 1, 9, 5), HN_GO_ON);
    EXPECT(both(&d, desk_start(&d), 1, 0, 4), HN_STOP);
    EXPECT(both(&d, desk_start(&d), 1, 9, 6), HN_GO_ON);
    desk_free(&d);
    d = desk_with("{\"n_startup\":0,\"min_resource\":1,\"max_resource\":9,\"metric\":\"extra\"}",
                  DESK_TWO, "\"loss<=1\"");
    EXPECT(both(&d, desk_start(&d), 1, 1, 4), HN_GO_ON);
    EXPECT(both(&d, desk_start(&d), 1, 2, 5), HN_STOP);
    EXPECT(both(&d, desk_start(&d), 1, 0, 6), HN_GO_ON);
    desk_free(&d);
}

static void asha_promotes_the_front(void **state)
{
    (void)state;
    desk d =
        desk_with("{\"variant\":\"pause\",\"min_resource\":1,\"max_resource\":9}", DESK_TWO, "");
    static const double shown[][2] = {{5, 5}, {6, 6}, {7, 4}, {1, 1}, {9, 4}, {4, 6}};
    double limit;
    for (int i = 0; i < 6; i++) {
        uint32_t t = climb_begin(&d, &limit);
        EXPECT(both(&d, t, limit, shown[i][0], shown[i][1]), HN_PAUSE);
        climb_pause(&d, t, limit);
    }
    hn_next next = climb_next(&d, 6); // two of six: (1, 1) and (4, 6)
    assert_int_equal(next.kind, HN_NEXT_RESUME);
    assert_int_equal(next.trial, 3);
    climb_start(&d, 3, next.resource);
    next = climb_next(&d, 6);
    assert_int_equal(next.kind, HN_NEXT_RESUME);
    assert_int_equal(next.trial, 5);
    climb_start(&d, 5, next.resource);
    assert_int_equal(climb_next(&d, 6).kind, HN_NEXT_NEW);
    desk_tell(&d, 3, HONE_STATE_FAILED); // leaves its place to the next front, (5, 5)
    next = climb_next(&d, 6);
    assert_int_equal(next.kind, HN_NEXT_RESUME);
    assert_int_equal(next.trial, 0);
    desk_free(&d);
}

// --- schedulers that pause everybody ---

// Begins trials that reach the first rung, each with loss and extra as said, and pause there.
static void begin_all(desk *d, const double (*shown)[2], int n)
{
    double limit;
    for (int i = 0; i < n; i++) {
        uint32_t t = climb_begin(d, &limit);
        EXPECT(both(d, t, limit, shown[i][0], shown[i][1]), HN_PAUSE);
        climb_pause(d, t, limit);
    }
}

static void expect_next(desk *d, int64_t n_trials, uint32_t trial)
{
    hn_next next = climb_next(d, n_trials);
    assert_int_equal(next.kind, HN_NEXT_RESUME);
    assert_int_equal(next.trial, trial);
    climb_start(d, trial, next.resource);
}

static void brackets_promote_fronts(void **state)
{
    (void)state;
    static const char *const named[][2] = {
        {"halving", "{\"n\":6,\"eta\":3,\"min_resource\":1,\"max_resource\":9}"},
        {"hyperband", "{\"brackets\":1,\"max_resource\":9,\"min_resource\":1,\"mode\":\"async\"}"},
        {"pasha", "{\"max_resource\":9,\"min_resource\":1}"},
    };
    static const double shown[][2] = {{5, 5}, {6, 6}, {7, 4}, {1, 1}, {9, 4}, {4, 6}};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        desk d = desk_of(named[i][0], named[i][1], desk_world_of(false, DESK_TWO, "", 0));
        begin_all(&d, shown, 6);
        expect_next(&d, 6, 3);
        expect_next(&d, 6, 5);
        char *said = climb_explain(&d, 4);
        assert_non_null(said);
        if (!strstr(said, ": place 6 of 6 (dominated by 4), of which the best 2 go on"))
            fail_msg("%s: %s", named[i][0], said);
        hn_free(said);
        desk_tell(&d, 3, HONE_STATE_FAILED);
        expect_next(&d, 6, 0);
        desk_free(&d);
    }
}

static void brackets_mind_constraints(void **state)
{
    (void)state;
    static const double shown[][2] = {{1, 30}, {5, 20}, {0, 21}, {7, 20}, {9, 4}, {2, 50}};
    static const char *const named[] = {"halving", "hyperband", "pasha"};
    static const char *const options[] = {
        "{\"n\":6,\"eta\":2,\"min_resource\":1,\"max_resource\":9}",
        "{\"brackets\":1,\"eta\":2,\"max_resource\":9,\"min_resource\":1,\"mode\":\"async\"}",
        "{\"eta\":2,\"max_resource\":9,\"min_resource\":1}"};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++) {
        desk d = desk_of(named[i], options[i], desk_world_of(false, RECORDED, "\"extra<=20\"", 0));
        begin_all(&d, shown, 6);
        expect_next(&d, 6, 1);
        expect_next(&d, 6, 3);
        expect_next(&d, 6, 4);
        char *said = climb_explain(&d, 0);
        assert_non_null(said);
        if (!strstr(said, ": place 5 of 6 (breaks extra<=20), of which the best 3 go on"))
            fail_msg("%s: %s", named[i], said);
        hn_free(said);
        desk_free(&d);
    }
}

// The worst of a population by both objectives goes; a constraint that is broken makes it the
// worst.
static void pbt_replaces_the_last(void **state)
{
    (void)state;
    static const double shown[][2] = {{5, 5}, {6, 4}, {4, 6}, {9, 9}};
    static const char *const bounds[] = {"", "\"loss<=8\""};
    for (size_t i = 0; i < 2; i++) {
        desk d = desk_of("pbt", "{\"max_resource\":9,\"population\":4,\"interval\":3}",
                         desk_world_of(false, DESK_TWO, bounds[i], 0));
        begin_all(&d, shown, 4);
        hn_next next = climb_next(&d, 0);
        assert_int_equal(next.kind, HN_NEXT_END);
        assert_int_equal(next.trial, i == 0 ? 1 : 3);
        desk_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fronts_come_in_order),         cmocka_unit_test(fronts_are_spread),
        cmocka_unit_test(asha_keeps_the_front),         cmocka_unit_test(objectives_may_come_apart),
        cmocka_unit_test(broken_constraints_come_last), cmocka_unit_test(a_metric_may_be_named),
        cmocka_unit_test(asha_promotes_the_front),      cmocka_unit_test(brackets_promote_fronts),
        cmocka_unit_test(brackets_mind_constraints),    cmocka_unit_test(pbt_replaces_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
