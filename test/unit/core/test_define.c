// Define-by-run: the space grows by what trials ask for.
#include "unit/core/study_rig.h"

static hone_study *define_open(const char *storage)
{
    hone_study_options options = options_of(storage, NULL);
    return study_open(&options);
}

static double suggest_x(hone_trial *trial)
{
    double x = NAN;
    OK(hone_trial_suggest_float(trial, "x", 0, 1, 0, 0, &x, &err));
    assert_true(x >= 0 && x <= 1);
    return x;
}

static void the_space_grows_and_what_is_not_asked_for_is_inactive(void **state)
{
    (void)state;
    hone_study *study = define_open("memory:");
    hone_trial *trial = ask(study);
    double x = suggest_x(trial);
    assert_number(suggest_x(trial), x); // the same name, the same value
    uint32_t opt;
    int64_t n;
    const char *choices[] = {"sgd", "adam, really"};
    OK(hone_trial_suggest_categorical(trial, "opt", choices, 2, &opt, &err));
    OK(hone_trial_suggest_int(trial, "n", 1, 9, 2, 0, &n, &err));
    assert_true(n % 2 == 1);
    OK(hone_trial_suggest(trial, "order", "perm:a,b,c", &err));
    assert_int_equal(hone_space_n_params(hone_study_space(study)), 4);
    assert_int_equal(hone_study_space_version(study), 5);
    tell(study, trial, x);
    trial = look(study, 0);
    assert_number(hone_trial_float(trial, "x"), x);
    assert_string_equal(hone_trial_text(trial, "opt"), choices[opt]);
    assert_int_equal(hone_trial_space_version(trial), 5);
    hone_trial_destroy(trial);
    trial = ask(study);
    suggest_x(trial);
    tell(study, trial, 1);
    trial = look(study, 1);
    assert_true(hone_trial_active(trial, "x"));
    assert_false(hone_trial_active(trial, "n"));
    assert_int_equal(hone_study_space_version(study), 5);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

static void a_name_has_one_domain(void **state)
{
    (void)state;
    hone_study *study = define_open("memory:");
    hone_trial *trial = ask(study);
    double x;
    assert_true(hone_study_define_by_run(study));
    suggest_x(trial);
    FAILS(hone_trial_suggest_float(trial, "x", 0, 2, 0, 0, &x, &err), HONE_EINVAL,
          "parameter \"x\" was \"0..1\" in an earlier trial and is \"0..2\" now: one name has one "
          "domain");
    FAILS(hone_trial_suggest_float(trial, "x", 1e-3, 1, 0, HONE_SUGGEST_LOG, &x, &err), HONE_EINVAL,
          NULL);
    FAILS(hone_trial_suggest_float(trial, "y", 2, 1, 0, 0, &x, &err), HONE_EINVAL,
          "parameter \"y\": the low end 2 is above the high end 1; write 1..2");
    tell(study, trial, 1);
    trial = look(study, 0);
    FAILS(hone_trial_suggest_float(trial, "z", 0, 1, 0, 0, &x, &err), HONE_ESTATE,
          "trial 0 does not run");
    hone_trial_destroy(trial);
    hone_study_close(study);
    study = study_in_memory(SPACE("x=0..1"));
    assert_false(hone_study_define_by_run(study));
    trial = ask(study);
    FAILS(hone_trial_suggest_float(trial, "z", 0, 1, 0, 0, &x, &err), HONE_ESTATE, NULL);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

// Two handles grow the space in turn, each behind the other by some versions.
static void two_handles_grow_one_space(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_study *handles[2] = {define_open(f.url), define_open(f.url)};
    for (int i = 0; i < 12; i++) {
        hone_study *study = handles[i % 2];
        hone_trial *trial = ask(study);
        assert_int_equal(hone_trial_number(trial), i);
        double x = suggest_x(trial), v[3];
        for (int k = 0; k < 3; k++) { // some of them shared, each asked for several times
            char name[16];
            (void)snprintf(name, sizeof name, "p%d", (i * 5 + k * 3) % 20);
            OK(hone_trial_suggest_float(trial, name, -1, 1, 0, 0, &v[k], &err));
            assert_true(v[k] >= -1 && v[k] <= 1);
        }
        tell(study, trial, x);
    }
    for (int side = 0; side < 2; side++) {
        OK(hone_study_refresh(handles[side], &err));
        for (uint32_t i = 0; i < 12; i++) {
            hone_trial *trial = look(handles[side], i);
            assert_true(hone_trial_active(trial, "x"));
            char name[16];
            (void)snprintf(name, sizeof name, "p%u", i * 5 % 20);
            assert_true(hone_trial_active(trial, name));
            hone_trial_destroy(trial);
        }
    }
    assert_int_equal(hone_space_n_params(hone_study_space(handles[0])),
                     hone_space_n_params(hone_study_space(handles[1])));
    hone_study_close(handles[0]);
    hone_study_close(handles[1]);
    folder_free(&f);
}

// Who looks a trial up does not know what it asked for, and leaves its configuration alone.
static void a_result_told_by_another_keeps_the_values(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_study *runner = define_open(f.url);
    hone_trial *trial = ask(runner);
    suggest_x(trial);
    tell(runner, trial, 1);
    trial = ask(runner);
    double x = suggest_x(trial);
    hone_study *other = define_open(f.url);
    hone_trial *same = look(other, 1);
    OK(hone_study_tell(other, same, HONE_STATE_COMPLETE, &(double){4}, &err));
    assert_true(hone_trial_active(same, "x"));
    assert_number(hone_trial_float(same, "x"), x);
    hone_trial_destroy(same);
    same = look(other, 1);
    assert_true(hone_trial_active(same, "x"));
    hone_trial_destroy(same);
    hone_trial_destroy(trial);
    hone_study_close(runner);
    hone_study_close(other);
    folder_free(&f);
}

// A late result brings the whole configuration with it.
static void a_late_result_keeps_what_was_asked_for(void **state)
{
    (void)state;
    hone_study *study = define_open("memory:");
    hone_trial *trial = ask(study);
    double x = suggest_x(trial);
    OK(hone_study_requeue(study, trial, "presumed dead", &err));
    OK(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &(double){4}, &err));
    hone_trial_destroy(trial);
    trial = look(study, 0);
    assert_int_equal(hone_trial_status(trial), HONE_STATE_COMPLETE);
    assert_true(hone_trial_active(trial, "x"));
    assert_number(hone_trial_float(trial, "x"), x);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

// A trial that is run again gets the same values for what it had found out by itself.
static void a_second_attempt_gets_the_same_values(void **state)
{
    (void)state;
    hone_study *study = define_open("memory:");
    hone_trial *trial = ask(study);
    double x = suggest_x(trial);
    OK(hone_study_requeue(study, trial, "again", &err));
    hone_trial_destroy(trial);
    trial = ask(study);
    assert_int_equal(hone_trial_number(trial), 0);
    assert_number(suggest_x(trial), x);
    tell(study, trial, 1);
    hone_study_close(study);
}

static void every_sampler_either_defines_by_run_or_refuses(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        hone_study_options options = options_of("memory:", NULL);
        options.sampler = plugin->name;
        hone_study *study = NULL;
        if (hone_study_open(&options, &study, NULL) != HONE_OK) {
            FAILS(hone_study_open(&options, &study, &err), HONE_EUNSUPPORTED, NULL);
            continue;
        }
        for (int k = 0; k < 5; k++) {
            hone_trial *trial = ask(study);
            double x = suggest_x(trial), y;
            if (x < 0.5)
                OK(hone_trial_suggest_float(trial, "y", 0, 1, 0.25, 0, &y, &err));
            tell(study, trial, x);
        }
        hone_study_close(study);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_space_grows_and_what_is_not_asked_for_is_inactive),
        cmocka_unit_test(a_name_has_one_domain),
        cmocka_unit_test(two_handles_grow_one_space),
        cmocka_unit_test(a_result_told_by_another_keeps_the_values),
        cmocka_unit_test(a_late_result_keeps_what_was_asked_for),
        cmocka_unit_test(a_second_attempt_gets_the_same_values),
        cmocka_unit_test(every_sampler_either_defines_by_run_or_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
