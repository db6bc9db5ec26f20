// The tables of successive halving and Hyperband, beside those of the papers.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "schedulers/rungs.h"

typedef struct table {
    double r, R, eta;
    hn_shares shares;
    const char *brackets; // "34@3 11@9 3@27 1@81 | 15@9 …", from the one with most rungs
} table;

static void assert_equals(double is, double should)
{
    if (!(is == should))
        fail_msg("%.17g instead of %.17g", is, should);
}

static void write_bracket(const hn_ladder *ladder, const hn_rungs *rungs, char *out, size_t size)
{
    size_t n = 0;
    for (uint32_t i = 0; i < rungs->n; i++)
        n += (size_t)snprintf(out + n, size - n, "%s%llu@%g", i ? " " : "",
                              (unsigned long long)rungs->size[i], ladder->at[rungs->first + i]);
}

static void brackets_equal_the_tables(void **state)
{
    (void)state;
    static const table tables[] = {
        {1, 81, 3, HN_SHARES_EVEN,
         "81@1 27@3 9@9 3@27 1@81 | 34@3 11@9 3@27 1@81 | 15@9 5@27 1@81 | 8@27 2@81 | 5@81"},
        {1, 81, 3, HN_SHARES_PAPER,
         "81@1 27@3 9@9 3@27 1@81 | 27@3 9@9 3@27 1@81 | 9@9 3@27 1@81 | 6@27 2@81 | 5@81"},
        {1, 27, 3, HN_SHARES_EVEN, "27@1 9@3 3@9 1@27 | 12@3 4@9 1@27 | 6@9 2@27 | 4@27"},
        {1, 64, 4, HN_SHARES_EVEN, "64@1 16@4 4@16 1@64 | 22@4 5@16 1@64 | 8@16 2@64 | 4@64"},
        {1, 16, 2, HN_SHARES_EVEN,
         "16@1 8@2 4@4 2@8 1@16 | 10@2 5@4 2@8 1@16 | 7@4 3@8 1@16 | 5@8 2@16 | 5@16"},
        // Ends of training that are no power of eta: whole steps stay whole.
        {1, 100, 3, HN_SHARES_EVEN,
         "81@1 27@4 9@11 3@33 1@100 | 34@4 11@11 3@33 1@100 | 15@11 5@33 1@100 | 8@33 2@100 | "
         "5@100"},
        {0.1, 0.9, 3, HN_SHARES_EVEN, "9@0.1 3@0.3 1@0.9 | 5@0.3 1@0.9 | 3@0.9"},
        {5, 5, 3, HN_SHARES_EVEN, "1@5"},
    };
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        const table *t = &tables[i];
        char all[512] = "", one[256];
        hn_ladder ladder;
        hn_rungs rungs;
        hn_ladder_make(t->r, t->R, t->eta, &ladder);
        for (uint32_t s = ladder.n; s-- > 0;) {
            hn_rungs_of_bracket(&ladder, s, t->shares, &rungs);
            write_bracket(&ladder, &rungs, one, sizeof one);
            strcat(all, one);
            strcat(all, s > 0 ? " | " : "");
        }
        assert_string_equal(all, t->brackets);
    }
}

// 64 trials of 100 iterations, half of them to 200, …, one to 6,400.
static void the_textbook_schedule(void **state)
{
    (void)state;
    hn_ladder ladder;
    hn_rungs rungs;
    char text[256];
    hn_ladder_make(100, 6400, 2, &ladder);
    hn_rungs_of(&ladder, 64, &rungs);
    write_bracket(&ladder, &rungs, text, sizeof text);
    assert_string_equal(text, "64@100 32@200 16@400 8@800 4@1600 2@3200 1@6400");
    assert_equals(hn_rungs_cost(&ladder, &rungs, true), 25600);
    assert_equals(hn_rungs_cost(&ladder, &rungs, false), 44800);
    // The first bracket of Hyperband is the same.
    hn_rungs_of_bracket(&ladder, ladder.n - 1, HN_SHARES_EVEN, &rungs);
    assert_equals(hn_rungs_cost(&ladder, &rungs, true), 25600);
}

// R = 81, eta = 3: all brackets together are 23.5 whole trainings when nothing is resumed.
static void hyperband_costs_what_the_paper_says(void **state)
{
    (void)state;
    hn_ladder ladder;
    hn_rungs rungs;
    double cost = 0;
    hn_ladder_make(1, 81, 3, &ladder);
    for (uint32_t s = 0; s < ladder.n; s++) {
        hn_rungs_of_bracket(&ladder, s, HN_SHARES_EVEN, &rungs);
        cost += hn_rungs_cost(&ladder, &rungs, false);
    }
    assert_true(fabs(cost / 81 - 23.5) < 0.1);
}

// A command that writes its step with six digits has come there.
static void shares_are_written_shortly(void **state)
{
    (void)state;
    hn_ladder ladder;
    static const double want[] = {0.111111, 0.333333, 1};
    hn_ladder_make(0.1, 1, 3, &ladder);
    assert_int_equal(ladder.n, 3);
    for (int k = 0; k < 3; k++)
        assert_equals(ladder.at[k], want[k]);
    assert_equals(hn_ladder_place(0.1 * 3, 0.1), 0.3);
    assert_equals(hn_ladder_place(0.1234567, 0.1234567), 0.1234567); // as it was given
    assert_equals(hn_ladder_place(1e-7 / 3, 1), 3.33333e-8);
    assert_equals(hn_ladder_place(12345678.4, 1), 12345678);
    assert_equals(hn_ladder_place(27, 1), 27);
}

static void what_is_not_given(void **state)
{
    (void)state;
    static const struct {
        double eta, fallback, span, r, R, want_r, want_R;
    } rows[] = {
        {2, 100, 64, 0, 0, 100, 6400}, // the textbook
        {3, 1, 81, 0, 0, 1, 81},       // the paper
        {3, 1, 81, 0, 243, 3, 243},    {3, 1, 81, 0, 27, 1, 27},
        {2, 100, 64, 0, 27, 1, 27},    {3, 1, 81, 2, 0, 2, 162},
        {3, 1, 81, 2, 50, 2, 50},      {3, 1, 81, 0, 100, 1, 100},
        {2, 1, 64, 0, 1, 1, 1},        {2, 1, 64, 0, 0.5, 0.5 / 64, 0.5},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double r = rows[i].r, R = rows[i].R;
        hn_ladder_span(rows[i].eta, rows[i].fallback, rows[i].span, &r, &R);
        assert_equals(r, rows[i].want_r);
        assert_equals(R, rows[i].want_R);
    }
}

static void other_numbers_of_trials(void **state)
{
    (void)state;
    hn_ladder ladder;
    hn_rungs rungs;
    char text[256];
    uint64_t sizes[HN_LADDER_MAX];
    hn_ladder_make(1, 16, 2, &ladder);
    hn_rungs_of(&ladder, 10, &rungs);
    write_bracket(&ladder, &rungs, text, sizeof text);
    assert_string_equal(text, "10@1 5@2 2@4 1@8 1@16");
    // A bracket that is not full: never more than a share goes on.
    static const uint64_t want[][6] = {
        {7, 7, 3, 1, 0, 0}, {1, 1, 0, 0, 0, 0}, {10, 10, 5, 2, 1, 1}, {11, 10, 5, 2, 1, 1}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        hn_rungs_scale(&rungs, 2, want[i][0], sizes);
        for (uint32_t k = 0; k < 5; k++)
            assert_int_equal(sizes[k], want[i][k + 1]);
    }
}

// s_max is a whole number whatever the logarithm says: η^s … 1 for many η and s.
static void powers_are_exact(void **state)
{
    (void)state;
    for (uint32_t eta = 2; eta <= 10; eta++) {
        double R = 1;
        for (uint32_t s = 0; s < 13; s++, R *= eta) {
            hn_ladder ladder;
            hn_rungs rungs;
            hn_ladder_make(1, R, eta, &ladder);
            assert_int_equal(ladder.n, s + 1);
            hn_rungs_of_bracket(&ladder, s, HN_SHARES_EVEN, &rungs);
            assert_equals((double)rungs.size[0], R);
            assert_int_equal(rungs.size[s], 1);
            for (uint32_t k = 0; k + 1 < ladder.n; k++)
                assert_true(ladder.at[k] < ladder.at[k + 1]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_equal_the_tables),
        cmocka_unit_test(the_textbook_schedule),
        cmocka_unit_test(hyperband_costs_what_the_paper_says),
        cmocka_unit_test(shares_are_written_shortly),
        cmocka_unit_test(what_is_not_given),
        cmocka_unit_test(other_numbers_of_trials),
        cmocka_unit_test(powers_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
