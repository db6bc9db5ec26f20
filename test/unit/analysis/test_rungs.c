// How far the rungs of a scheduler agree: counted by hand, and the finding word for word.
#include "unit/core/study_rig.h"

static hone_study *study_of(const char *scheduler, const char *json)
{
    hone_space *space = SPACE("x=0..1");
    hone_study_options options = options_of("memory:", space);
    options.sampler = "random";
    options.scheduler = scheduler;
    options.scheduler_options = json;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    return study;
}

// A trial that reports values [n] at 1, 3, 9 and, of four, is complete.
static void curve(hone_study *study, const double *values, int n)
{
    static const double at[] = {1, 3, 9, 27};
    hone_trial *trial = ask(study);
    for (int i = 0; i < n; i++)
        OK(hone_trial_report(trial, at[i], values[i], &err));
    double last = values[n - 1];
    OK(hone_study_tell(study, trial, n == 4 ? HONE_STATE_COMPLETE : HONE_STATE_PRUNED, &last,
                       &err));
    hone_trial_destroy(trial);
}

#define ASHA "{\"min_resource\":1,\"max_resource\":27,\"value\":\"last\"}"

static void no_rungs(void **state)
{
    (void)state;
    hone_rung rungs[4];
    uint32_t n = 7;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    OK(hone_study_rungs(study, rungs, 4, &n, &err));
    assert_int_equal(n, 0);
    hone_study_close(study);
}

static void by_hand(void **state)
{
    (void)state;
    hone_rung r[4];
    uint32_t n;
    hone_study *study = study_of("asha", ASHA);
    // By last value: ranks 1 2 3 4 5 at 1; 2 1 3 5 4 at 3; of four 2 1 3 4 at 9.
    curve(study, (double[]){1, 12, 21, 30}, 4);
    curve(study, (double[]){2, 11, 20, 33}, 4);
    curve(study, (double[]){3, 13, 22, 32}, 4);
    curve(study, (double[]){4, 15, 23, 31}, 4);
    curve(study, (double[]){5, 14}, 2);
    curve(study, (double[]){NAN}, 1);
    OK(hone_study_rungs(study, r, 4, &n, &err));
    assert_int_equal(n, 4);
    assert_number(r[0].at, 1);
    assert_number(r[3].at, 27);
    assert_int_equal(r[0].n, 5);
    assert_int_equal(r[2].n, 4);
    assert_int_equal(r[0].next.n, 5);
    assert_float_equal(r[0].next.rho, 1 - 6 * 4.0 / (5 * 24), 1e-12);
    double by = 1.959963984540054 * sqrt((1 + 0.8 * 0.8 / 2) / 2);
    assert_float_equal(r[0].next.low, tanh(atanh(0.8) - by), 1e-9);
    assert_float_equal(r[0].next.high, tanh(atanh(0.8) + by), 1e-9);
    assert_int_equal(r[0].end.n, 4);
    assert_true(isnan(r[0].end.rho) && isnan(r[0].p));
    assert_int_equal(r[3].next.n + r[3].end.n, 0);
    hone_study_close(study);
}

// The best so far decides where the scheduler goes by it.
static void the_best_so_far(void **state)
{
    (void)state;
    hone_rung r[4];
    uint32_t n;
    hone_study *study = study_of("asha", "{\"min_resource\":1,\"max_resource\":27}");
    for (int i = 0; i < 6; i++)
        curve(study, (double[]){i, 10 - i}, 2); // gets worse: the first value counts at both
    OK(hone_study_rungs(study, r, 4, &n, &err));
    assert_number(r[0].next.rho, 1);
    assert_true(r[0].next.low > 0.1 && r[0].next.low < 1);
    hone_study_close(study);
}

static const char *finding_of(hone_study *study, char *out, size_t size)
{
    hone_health *health = NULL;
    *out = 0;
    OK(hone_study_health(study, &health, &err));
    for (uint32_t i = 0; i < hone_health_n(health); i++) {
        const hone_finding *f = hone_health_at(health, i);
        if (f->code == HONE_FINDING_RUNGS)
            (void)snprintf(out, size, "%s %u/%u: %s; %s", f->name, f->n, f->of, f->text, f->remedy);
    }
    hone_health_destroy(health);
    return out;
}

static void a_finding(void **state)
{
    (void)state;
    char text[500];
    hone_study *study = study_of("asha", ASHA);
    for (int i = 0; i < 12; i++)
        curve(study, (double[]){i, 12 - i, 20 - i, 20 - i}, 4);
    assert_string_equal(
        finding_of(study, text, sizeof text),
        "rungs 12/12: rungs 1 and 3 put the 12 trials with a value at both in different orders "
        "(rank correlation -1.00); compare later: hone edit --scheduler asha --scheduler-option "
        "max_resource=27 --scheduler-option value=last --scheduler-option min_resource=3");
    hone_study_close(study);
    study = study_of("asha", ASHA);
    for (int i = 0; i < 12; i++)
        curve(study, (double[]){i, i, i, 20 - i}, 4);
    assert_string_equal(
        finding_of(study, text, sizeof text),
        "rungs 12/12: rungs 9 and 27 put the 12 trials with a value at both in different orders "
        "(rank correlation -1.00); early values say little: let trials run to their end: hone edit "
        "--scheduler none");
    hone_study_close(study);
}

// The best third of those at rung 1, which went on for it, need not be in its order at rung 3: six
// neighbours in reverse say nothing of all eighteen. Nine trials are too few for any warning.
static void no_finding_on_little(void **state)
{
    (void)state;
    char text[500];
    hone_study *study = study_of("asha", ASHA);
    for (int i = 0; i < 36; i++)
        curve(study, (double[]){i, (i * 5) % 12}, i < 12 ? 2 : 1);
    assert_string_equal(finding_of(study, text, sizeof text), "");
    hone_study_close(study);
    study = study_of("asha", ASHA);
    for (int i = 0; i < 9; i++)
        curve(study, (double[]){i, 12 - i, 20 - i, 20 - i}, 4);
    assert_string_equal(finding_of(study, text, sizeof text), "");
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_rungs),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(the_best_so_far),
        cmocka_unit_test(a_finding),
        cmocka_unit_test(no_finding_on_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
