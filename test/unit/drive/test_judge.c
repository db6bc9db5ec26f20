// How a trial ended, and what follows: every case of the table.
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drive/judge.h"

static const char *const names[] = {"loss"};
static const hone_goal goals[] = {HONE_MINIMIZE};
static const hn_metric_spec spec = {
    .names = names, .goals = goals, .n_metrics = 1, .n_objectives = 1};

typedef enum given { NO_METRIC, A_METRIC, A_NAN, SAID_INFEASIBLE } given;

typedef struct test_case {
    hn_end_cause cause;
    int exit_code, signal;
    given metric;
    hn_wish wish;
    hn_fate fate;
    hone_trial_state state;
    const char *message;
} test_case;

#define EXIT(code) HN_END_EXIT, code, 0
#define KILLED(by) HN_END_SIGNAL, -1, by
#define ENDED(by)  HN_END_CANCELLED, -1, by
#define LEFT(code) HN_END_CANCELLED, code, 0
#define TELL(name) HN_FATE_TELL, HONE_STATE_##name
#define REQUEUE    HN_FATE_REQUEUE, HONE_STATE_WAITING

static const test_case cases[] = {
    {EXIT(0), A_METRIC, HN_WISH_NONE, TELL(COMPLETE), ""},
    {EXIT(0), NO_METRIC, HN_WISH_NONE, TELL(INVALID), "it ended well, but without loss"},
    {EXIT(0), A_NAN, HN_WISH_NONE, TELL(INVALID), "loss is not a number"},
    {EXIT(0), SAID_INFEASIBLE, HN_WISH_NONE, TELL(INFEASIBLE), ""},
    {EXIT(0), A_METRIC, HN_WISH_STOP, TELL(PRUNED), ""},
    {EXIT(0), A_METRIC, HN_WISH_PAUSE, HN_FATE_PAUSE, HONE_STATE_WAITING, ""},
    {EXIT(0), A_METRIC, HN_WISH_INTERRUPT, TELL(COMPLETE), ""},
    {EXIT(0), NO_METRIC, HN_WISH_INTERRUPT, REQUEUE, "interrupted"},
    {EXIT(0), A_NAN, HN_WISH_INTERRUPT, REQUEUE, "interrupted"},
    {EXIT(0), A_METRIC, HN_WISH_KILL, TELL(FAILED), "killed on request"},
    {EXIT(0), A_METRIC, HN_WISH_ABANDON, HN_FATE_FORGET, HONE_STATE_WAITING, ""},
    {EXIT(10), NO_METRIC, HN_WISH_NONE, TELL(PRUNED), ""},
    {EXIT(10), A_METRIC, HN_WISH_STOP, TELL(PRUNED), ""},
    {EXIT(10), A_METRIC, HN_WISH_PAUSE, HN_FATE_PAUSE, HONE_STATE_WAITING, ""},
    {EXIT(10), A_METRIC, HN_WISH_INTERRUPT, REQUEUE, "interrupted"},
    {EXIT(3), A_METRIC, HN_WISH_NONE, TELL(FAILED), "exit code 3: no such file"},
    {EXIT(3), SAID_INFEASIBLE, HN_WISH_NONE, TELL(INFEASIBLE), "exit code 3"},
    {EXIT(143), A_METRIC, HN_WISH_INTERRUPT, REQUEUE, "interrupted"},
    {EXIT(1), A_METRIC, HN_WISH_STOP, TELL(PRUNED), ""},
    {LEFT(0), A_METRIC, HN_WISH_INTERRUPT, TELL(COMPLETE), ""},
    {LEFT(1), A_METRIC, HN_WISH_INTERRUPT, REQUEUE, "interrupted"},
    {LEFT(10), A_METRIC, HN_WISH_STOP, TELL(PRUNED), ""},
    {ENDED(15), A_METRIC, HN_WISH_STOP, TELL(PRUNED), ""},
    {ENDED(15), A_METRIC, HN_WISH_PAUSE, HN_FATE_PAUSE, HONE_STATE_WAITING, ""},
    {ENDED(9), A_METRIC, HN_WISH_INTERRUPT, REQUEUE, "interrupted"},
    {ENDED(9), A_METRIC, HN_WISH_KILL, TELL(FAILED), "killed on request"},
    {KILLED(11), A_METRIC, HN_WISH_NONE, TELL(FAILED),
     "killed by signal 11 (Segmentation fault): no such file"},
    {HN_END_TIMEOUT, -1, 15, A_METRIC, HN_WISH_NONE, TELL(TIMEOUT), "took longer than 5 s"},
    {HN_END_TIMEOUT, 0, 0, A_METRIC, HN_WISH_INTERRUPT, TELL(TIMEOUT), "took longer than 5 s"},
    {HN_END_OOM, -1, 9, A_METRIC, HN_WISH_NONE, TELL(OOM),
     "killed by the system for want of memory (it used 3.0 MiB)"},
    {HN_END_OOM, -1, 9, A_METRIC, HN_WISH_INTERRUPT, REQUEUE, "interrupted"},
    {HN_END_LOST, -1, 0, A_METRIC, HN_WISH_NONE, REQUEUE, "what ran it is gone"},
    {HN_END_LOST, -1, 0, A_METRIC, HN_WISH_INTERRUPT, REQUEUE, "interrupted"},
    {HN_END_LOST, -1, 0, A_METRIC, HN_WISH_STOP, TELL(PRUNED), ""},
};

static hn_judgement judge(const test_case *c, uint32_t n_failures, uint32_t n_lost)
{
    hn_message message = {.type = HN_MSG_EXITED,
                          .cause = c->cause,
                          .exit_code = c->exit_code,
                          .signal = c->signal,
                          .maxrss_kb = 3072};
    hn_metrics metrics;
    hn_metrics_reset(&metrics);
    if (c->metric == A_METRIC || c->metric == A_NAN) {
        metrics.values[0] = c->metric == A_NAN ? NAN : 1;
        metrics.present = 1;
    }
    metrics.infeasible = c->metric == SAID_INFEASIBLE;
    hn_ending ending = {.message = &message,
                        .spec = &spec,
                        .metrics = &metrics,
                        .wish = c->wish,
                        .n_failures = n_failures,
                        .n_lost = n_lost,
                        .retries = 2,
                        .timeout_s = 5,
                        .last_words = "no such file"};
    return hn_judge(&ending);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hn_judgement j = judge(&cases[i], 2, 0);
        if (j.fate != cases[i].fate || j.state != cases[i].state ||
            strcmp(j.message, cases[i].message) != 0)
            fail_msg("case %zu: fate %d, state %s, \"%s\"", i, j.fate, hone_state_name(j.state),
                     j.message);
        assert_int_equal(j.missing,
                         cases[i].state == HONE_STATE_INVALID && cases[i].metric == NO_METRIC);
    }
}

// What is a failure is retried while that is allowed; nothing else is.
static void test_retries(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hn_judgement j = judge(&cases[i], 1, 0);
        bool failed = cases[i].state == HONE_STATE_FAILED || cases[i].state == HONE_STATE_TIMEOUT ||
                      cases[i].state == HONE_STATE_OOM;
        bool retried = failed && cases[i].wish != HN_WISH_KILL;
        assert_int_equal(j.fate, retried ? HN_FATE_RETRY : cases[i].fate);
        assert_int_equal(j.state, cases[i].state);
    }
}

// What was used is the larger of what the system and what the watcher has seen.
static void test_memory_message(void **state)
{
    (void)state;
    static const struct {
        int64_t maxrss_kb;
        uint64_t seen, limit;
        const char *message;
        bool by_system;
    } rows[] = {
        {300 << 10, 600 << 20, 512 << 20,
         "used 600 MiB of memory, more than the 512 MiB of --mem-trial", false},
        {600 << 10, 0, 512 << 20, "used 600 MiB of memory, more than the 512 MiB of --mem-trial",
         false},
        {1 << 10, UINT64_C(20) << 30, UINT64_C(25) << 29,
         "used 20.0 GiB of memory, more than the 12.5 GiB of --mem-trial", false},
        {300 << 10, 300 << 20, 512 << 20,
         "killed by the system for want of memory (it used 300 MiB)", true},
        {600 << 10, 0, 512 << 20, "killed by the system for want of memory (it used 600 MiB)",
         true},
        {300 << 10, 512 << 20, 512 << 20, "wanted more memory than the 512 MiB of --mem-trial",
         false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hn_message message = {.type = HN_MSG_EXITED,
                              .cause = HN_END_OOM,
                              .signal = 9,
                              .maxrss_kb = rows[i].maxrss_kb,
                              .memory_bytes = rows[i].seen,
                              .over_limit = !rows[i].by_system};
        hn_metrics metrics;
        hn_metrics_reset(&metrics);
        hn_ending ending = {.message = &message,
                            .spec = &spec,
                            .metrics = &metrics,
                            .mem_bytes = rows[i].limit,
                            .last_words = ""};
        assert_string_equal(hn_judge(&ending).message, rows[i].message);
    }
}

static void test_lost_for_good(void **state)
{
    (void)state;
    test_case c = {HN_END_LOST, -1, 0, A_METRIC, HN_WISH_NONE, TELL(LOST), ""};
    assert_int_equal(judge(&c, 0, HN_MAX_LOST - 1).fate, HN_FATE_REQUEUE);
    assert_int_equal(judge(&c, 0, HN_MAX_LOST).fate, HN_FATE_TELL);
    assert_int_equal(judge(&c, 0, HN_MAX_LOST).state, HONE_STATE_LOST);
}

static void test_not_started(void **state)
{
    (void)state;
    hn_message message = {.type = HN_MSG_FAILED, .text = "cannot run", .text_size = 10};
    hn_metrics metrics;
    hn_metrics_reset(&metrics);
    hn_ending ending = {.message = &message, .spec = &spec, .metrics = &metrics, .last_words = ""};
    hn_judgement j = hn_judge(&ending);
    assert_int_equal(j.fate, HN_FATE_TELL);
    assert_int_equal(j.state, HONE_STATE_FAILED);
    assert_string_equal(j.message, "cannot run");
    ending.retries = 1;
    assert_int_equal(hn_judge(&ending).fate, HN_FATE_RETRY);
    ending.wish = HN_WISH_INTERRUPT;
    assert_int_equal(hn_judge(&ending).fate, HN_FATE_REQUEUE);
}

// A final run has done its work when it gives any declared metric.
static void test_final(void **state)
{
    (void)state;
    static const char *const both[] = {"loss", "test"};
    const hn_metric_spec two = {.names = both, .goals = goals, .n_metrics = 2, .n_objectives = 1};
    hn_message message = {.type = HN_MSG_EXITED, .cause = HN_END_EXIT};
    hn_metrics metrics;
    hn_metrics_reset(&metrics);
    hn_ending ending = {.message = &message, .spec = &two, .metrics = &metrics, .last_words = ""};
    ending.is_final = true;
    assert_int_equal(hn_judge(&ending).state, HONE_STATE_INVALID);
    metrics.values[1] = 0.9;
    metrics.present = 2;
    assert_int_equal(hn_judge(&ending).state, HONE_STATE_COMPLETE);
    ending.is_final = false;
    assert_int_equal(hn_judge(&ending).state, HONE_STATE_INVALID);
}

static uint64_t sign(int exit_code, const char *message)
{
    return hn_failure_signature(HONE_STATE_FAILED, exit_code, 0, message);
}

static void test_signatures(void **state)
{
    (void)state;
    assert_true(sign(1, "exit code 1: bad lr 0.31") == sign(1, "exit code 1: bad lr 1e-5"));
    assert_true(sign(1, "at 0x7f31 in f") == sign(1, "at 0x8e90 in f"));
    assert_true(sign(1, "exit code 1") != sign(2, "exit code 2"));
    assert_true(sign(1, "no such file") != sign(1, "no such module"));
    assert_true(hn_failure_signature(HONE_STATE_TIMEOUT, -1, 0, "") !=
                hn_failure_signature(HONE_STATE_OOM, -1, 0, ""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),          cmocka_unit_test(test_retries),
        cmocka_unit_test(test_lost_for_good),  cmocka_unit_test(test_not_started),
        cmocka_unit_test(test_signatures),     cmocka_unit_test(test_final),
        cmocka_unit_test(test_memory_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
