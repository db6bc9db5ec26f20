// Each finding of the health checks, in studies made for it, word for word.
#include "unit/core/study_rig.h"

static void told(hone_study *study, hone_trial_state state, const double *values)
{
    hone_trial *trial = ask(study);
    OK(hone_study_tell(study, trial, state, values, &err));
    hone_trial_destroy(trial);
}

// The findings as lines "name param n/of: text; remedy".
static void assert_findings(hone_study *study, const char *want)
{
    hone_health *health = NULL;
    char got[2000] = "";
    OK(hone_study_health(study, &health, &err));
    for (uint32_t i = 0; i < hone_health_n(health); i++) {
        const hone_finding *f = hone_health_at(health, i);
        size_t n = strlen(got);
        (void)snprintf(got + n, sizeof got - n, "%s %s %u/%u: %s; %s\n", f->name,
                       f->param ? f->param : "-", f->n, f->of, f->text, f->remedy);
    }
    assert_null(hone_health_at(health, hone_health_n(health)));
    assert_string_equal(got, want);
    hone_health_destroy(health);
    hone_study_close(study);
}

static void an_empty_study(void **state)
{
    (void)state;
    assert_findings(study_in_memory(SPACE("x=0..1")), "");
    assert_findings(study_in_memory(SPACE("x=0..1", "y=a,b if x>0.5")), "");
}

static void constant(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    for (int i = 0; i < 12; i++)
        tell(study, ask(study), 0.6931471805599453);
    assert_findings(study, "constant - 12/12: value is 0.693147 in all 12 complete trials; look "
                           "whether the command takes its parameters and says the right metric\n");
    study = study_in_memory(SPACE("x=0..1"));
    for (int i = 0; i < 12; i++)
        tell(study, ask(study), i == 7 ? 1 : 0);
    assert_findings(study, "");
}

static void infeasible(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    const hone_metric metrics[] = {{"loss", HONE_MINIMIZE}, {"latency", HONE_RECORD}};
    const char *const constraints[] = {"loss<=100", "latency<=20"};
    hone_study_options options = options_of("memory:", space);
    options.metrics = metrics;
    options.n_metrics = 2;
    options.constraints = constraints;
    options.n_constraints = 2;
    hone_study *study = study_open(&options);
    for (int i = 0; i < 10; i++) {
        hone_trial *trial = ask(study);
        double values[2] = {i, 30.5 + (i + 3) % 10};
        hone_result result = HONE_RESULT_INIT;
        result.values = values;
        OK(hone_study_tell_result(study, trial, &result, &err));
        hone_trial_destroy(trial);
    }
    hone_space_destroy(space);
    assert_findings(study, "infeasible - 0/10: none of 10 complete trials satisfies latency<=20; "
                           "the nearest has 30.5 (trial 7); relax the constraint, or widen the "
                           "space\n");
}

static void all_pruned(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    double value = 3;
    for (int i = 0; i < 20; i++)
        told(study, HONE_STATE_PRUNED, &value);
    assert_findings(study,
                    "pruned - 20/20: 20 trials were pruned, and none has run to its end; let "
                    "the scheduler stop fewer, or none: hone edit --scheduler none\n");
}

// Batches from 256 on run out of memory, and one other trial does.
static void out_of_memory(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("batch=int:log:16..512", "x=0..1"));
    for (int i = 0; i < 60; i++) {
        hone_trial *trial = ask(study);
        bool large = hone_trial_int(trial, "batch") >= 256;
        double value = hone_trial_float(trial, "x") + 1;
        OK(hone_study_tell(study, trial, large || i == 5 ? HONE_STATE_OOM : HONE_STATE_COMPLETE,
                           &value, &err));
        hone_trial_destroy(trial);
    }
    assert_findings(study, "failures batch 13/14: 13 of 14 OOM trials have batch >= 281, and no "
                           "other; narrow it: hone edit -p batch=int:log:16..255\n");
}

static void a_choice_that_fails(void **state)
{
    (void)state;
    int n_lions = 0; // how many there are is the sampler's doing
    char expected[160];
    hone_study *study =
        study_in_memory(SPACE("opt=sgd,adam,\"my lion\"", "on=bool", "x=0..1 if on"));
    for (int i = 0; i < 60; i++) {
        hone_trial *trial = ask(study);
        bool lion = strcmp(hone_trial_text(trial, "opt"), "my lion") == 0;
        double value = i;
        n_lions += lion;
        OK(hone_study_tell(study, trial, lion ? HONE_STATE_INVALID : HONE_STATE_COMPLETE, &value,
                           &err));
        hone_trial_destroy(trial);
    }
    (void)snprintf(expected, sizeof expected,
                   "failures opt %d/%d: %d of %d INVALID trials have opt = my lion, and no other; "
                   "narrow it: hone edit -p opt=sgd,adam\n",
                   n_lions, n_lions, n_lions, n_lions);
    assert_findings(study, expected);
}

static void failures_anywhere(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("x=0..1"));
    for (int i = 0; i < 40; i++) {
        double value = i;
        told(study, i % 4 == 0 ? HONE_STATE_TIMEOUT : HONE_STATE_COMPLETE, &value);
    }
    assert_findings(study,
                    "many-failed - 10/40: 10 of 40 trials ended TIMEOUT; hone trials --state "
                    "TIMEOUT\n");
}

static hone_study *descending(const char *param, const char *name, bool up)
{
    hone_study *study = study_in_memory(SPACE(param, "z=-0.5..0.5"));
    for (int i = 0; i < 120; i++) {
        hone_trial *trial = ask(study);
        double x = hone_trial_float(trial, name);
        x = isnan(x) ? (double)hone_trial_int(trial, name) : x;
        tell(study, trial, up ? -x : x);
    }
    return study;
}

// What is said of the end depends on which end it is.
static void best_at_the_end(void **state)
{
    (void)state;
    static const struct {
        const char *param, *name;
        bool up;
        const char *remedy; // NULL: nothing is said
    } cases[] = {
        {"lr=log:1e-5..1e-1", "lr", false, "lr=log:1e-7..0.1"},
        {"lr=log:1e-5..1e-1 = 0.01 ~ 1e-2*/9", "lr", true, "'lr=log:1e-5..10 = 0.01 ~ 0.01*/9'"},
        {"x=2..5", "x", false, "x=0.5..5"},
        {"x=1..5", "x", false, "x=0.1..5"},
        {"x=-2..5", "x", true, "x=-2..8.5"},
        {"x=2..5 step 0.5", "x", true, "'x=2..6.5 step 0.5'"},
        {"n=int:2..10", "n", true, "n=int:2..15"},
        {"n=int:2..10", "n", false, "n=int:1..10"},
        {"n=int:log:8..512", "n", true, "n=int:log:8..2048"},
        {"n=int:log:8..512", "n", false, "n=int:log:2..512"},
        {"n=int:32..256 step 32", "n", false, NULL},
        {"x=0..0.5", "x", false, NULL}, // nothing is below zero that begins there
        {"x=0..1", "x", true, NULL},    // nor above one
        {"n=int:1..10", "n", false, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hone_study *study = descending(cases[i].param, cases[i].name, cases[i].up);
        hone_health *health = NULL;
        const hone_finding *edge = NULL;
        OK(hone_study_health(study, &health, &err));
        for (uint32_t k = 0; k < hone_health_n(health); k++)
            if (hone_health_at(health, k)->code == HONE_FINDING_EDGE)
                edge = hone_health_at(health, k);
        if (cases[i].remedy) {
            char want[200];
            (void)snprintf(want, sizeof want, "widen it: hone edit -p %s", cases[i].remedy);
            if (!edge)
                fail_msg("%s: nothing is said", cases[i].param);
            else
                assert_string_equal(edge->remedy, want);
        } else if (edge) {
            fail_msg("%s: %s", cases[i].param, edge->remedy);
        }
        hone_health_destroy(health);
        hone_study_close(study);
    }
}

// The five best lie within 0.004, repeats scatter by more; with close repeats nothing is said.
static void noise(void **state)
{
    (void)state;
    for (int close = 0; close < 2; close++) {
        hone_study *study = study_in_memory(SPACE("x=0..1"));
        for (int i = 0; i < 30; i++)
            tell(study, ask(study), i < 5 ? 0.001 * i : 1 + i);
        OK(hone_study_retest(study, 0, 5, NULL, &err));
        for (int i = 0; i < 5; i++)
            tell(study, ask(study), (close ? 1e-5 : 0.01) * (i - 2));
        assert_findings(study,
                        close ? ""
                              : "noise - 5/30: repeats of a trial scatter by 0.016, the best 5 "
                                "trials differ by 0.004; repeat them before choosing: hone "
                                "retest --top 5 --repeats 10\n");
    }
}

// With forty retests each the means are good to 0.0024, which is less than the best five differ.
static void noise_of_means(void **state)
{
    (void)state;
    for (int n = 1; n <= 40; n += 39) {
        hone_study *study = study_in_memory(SPACE("x=0..1"));
        for (int i = 0; i < 30; i++)
            tell(study, ask(study), i < 5 ? 0.001 * i : 1 + i);
        for (uint32_t t = 0; t < 5; t++) {
            OK(hone_study_retest(study, t, (uint32_t)n + (t == 0 && n == 1) * 6, NULL, &err));
            for (int i = 0; i < n + (t == 0 && n == 1) * 6; i++)
                tell(study, ask(study), 0.001 * t + (i % 2 ? 0.0152 : -0.0152));
        }
        hone_health *health = NULL;
        OK(hone_study_health(study, &health, &err));
        assert_int_equal(hone_health_n(health) > 0 &&
                             hone_health_at(health, 0)->code == HONE_FINDING_NOISE,
                         n == 1);
        hone_health_destroy(health);
        hone_study_close(study);
    }
}

// Three folds of one, ten and a hundred for everybody: that is no noise, only the rest is.
static void noise_of_parts(void **state)
{
    (void)state;
    static const double effect[] = {1, 10, 100};
    for (int loud = 0; loud < 2; loud++) {
        hone_study *study = study_in_memory(SPACE("x=0..1"));
        for (int i = 0; i < 12; i++) {
            hone_ask_options options = HONE_ASK_OPTIONS_INIT;
            hone_trial *trial = NULL;
            options.folds = 3;
            OK(hone_study_ask(study, &options, &trial, &err));
            for (int p = 0; p < 3; p++) {
                double chance = ((i * 7 + p * 5) % 11 - 5) * (loud ? 0.02 : 0.0002);
                double value = effect[p] + 0.004 * i + chance;
                hone_result part = HONE_RESULT_INIT;
                part.values = &value;
                part.present = 1;
                OK(hone_trial_part_ended(trial, &part, &err));
            }
            hone_trial_destroy(trial);
        }
        hone_health *health = NULL;
        OK(hone_study_health(study, &health, &err));
        assert_int_equal(hone_health_n(health) > 0 &&
                             hone_health_at(health, 0)->code == HONE_FINDING_NOISE,
                         loud);
        hone_health_destroy(health);
        hone_study_close(study);
    }
}

// In a noisy study equal configurations say how large the noise is.
static void noise_of_equal_trials(void **state)
{
    (void)state;
    for (int loud = 0; loud < 2; loud++) {
        hone_space *space = SPACE("x=int:1..6");
        hone_study_options options = options_of("memory:", space);
        options.sampler = "random";
        options.noisy = true;
        hone_study *study = study_open(&options);
        for (int i = 0; i < 150; i++) {
            hone_trial *trial = ask(study);
            double level = 0.1 * (double)hone_trial_int(trial, "x");
            tell(study, trial, level + (i * i * 7 % 31 - 15) * (loud ? 0.2 : 1e-7));
        }
        hone_health *health = NULL;
        OK(hone_study_health(study, &health, &err));
        bool said = false;
        for (uint32_t i = 0; i < hone_health_n(health); i++)
            said |= hone_health_at(health, i)->code == HONE_FINDING_NOISE;
        assert_int_equal(said, loud);
        hone_health_destroy(health);
        hone_study_close(study);
        hone_space_destroy(space);
    }
}

static void finite_spaces(void **state)
{
    (void)state;
    hone_study *study = study_in_memory(SPACE("n=int:1..20"));
    for (int i = 0; i < 18; i++)
        tell(study, ask(study), i % 5);
    hone_health *health = NULL;
    OK(hone_study_health(study, &health, &err));
    bool said = false;
    for (uint32_t i = 0; i < hone_health_n(health); i++)
        if (hone_health_at(health, i)->code == HONE_FINDING_EXHAUSTED) {
            said = true;
            assert_string_equal(hone_health_at(health, i)->text,
                                "18 of the 20 configurations have been tried");
        }
    assert_true(said);
    hone_health_destroy(health);
    hone_study_close(study);
}

// Of the front of two objectives both ends may lie at the ends of a range; that is no finding.
static void several_objectives(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=-2..5", "y=-2..5");
    const hone_metric metrics[] = {{"a", HONE_MINIMIZE}, {"b", HONE_MAXIMIZE}};
    hone_study_options options = options_of("memory:", space);
    options.metrics = metrics;
    options.n_metrics = 2;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    for (int i = 0; i < 80; i++) {
        hone_trial *trial = ask(study);
        double x = hone_trial_float(trial, "x"), y = hone_trial_float(trial, "y");
        double values[] = {x + y * y, x - y * y};
        OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, values, &err));
        hone_trial_destroy(trial);
    }
    assert_findings(study, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_study),
        cmocka_unit_test(constant),
        cmocka_unit_test(infeasible),
        cmocka_unit_test(all_pruned),
        cmocka_unit_test(out_of_memory),
        cmocka_unit_test(a_choice_that_fails),
        cmocka_unit_test(failures_anywhere),
        cmocka_unit_test(best_at_the_end),
        cmocka_unit_test(noise),
        cmocka_unit_test(noise_of_means),
        cmocka_unit_test(noise_of_parts),
        cmocka_unit_test(noise_of_equal_trials),
        cmocka_unit_test(finite_spaces),
        cmocka_unit_test(several_objectives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
