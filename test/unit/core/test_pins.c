// A study goes on with the defaults that it was begun with, whatever later versions have.
#include "unit/core/study_rig.h"

#include "core/study_internal.h"

#include <hone/sys/scheduler.h>

typedef struct options {
    int64_t patience;
    double share;
    int32_t how;
} options;

static options seen; // by the last init

static hone_status init(void *self, const hn_problem *problem, const void *given, hone_error *err)
{
    (void)self, (void)problem, (void)err;
    seen = *(const options *)given;
    return HONE_OK;
}

static hone_status next(void *self, const hn_view *view, hn_next *out, hone_error *err)
{
    (void)self, (void)view, (void)err;
    *out = (hn_next){HN_NEXT_NEW, 0, 0};
    return HONE_OK;
}

#define TABLE(patience_, share_, how_)                                                             \
    {                                                                                              \
        {"patience", HN_OPTION_INT, offsetof(options, patience), patience_, 0, 99, NULL,           \
         NULL,       "how long"},                                                                  \
            {"share", HN_OPTION_DOUBLE, offsetof(options, share), share_, 0, 1, NULL,              \
             NULL,    "how many"},                                                                 \
            {"how", HN_OPTION_CHOICE, offsetof(options, how), how_, 1, 0, "fast|slow",             \
             NULL,  "the way"},                                                                    \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }
#define CLASS(table)                                                                               \
    {                                                                                              \
        .head = {.kind = HN_KIND_SCHEDULER,                                                        \
                 .name = "probe",                                                                  \
                 .summary = "",                                                                    \
                 .source = "",                                                                     \
                 .options = (table),                                                               \
                 .config_size = sizeof(options),                                                   \
                 .state_size = 1,                                                                  \
                 .before = "{\"patience\":7}"},                                                    \
        .init = init, .next = next                                                                 \
    }

static const hn_option first_table[] = TABLE("3", "0.5", "fast");
static const hn_option later_table[] = TABLE("5", "0.25", "slow");
static const hn_scheduler_class first = CLASS(first_table), later = CLASS(later_table);

static hone_study *open_with(const folder *f, const hn_scheduler_class *class, const char *name,
                             const char *json)
{
    const hn_plugin *plugins[] = {&class->head};
    hone_space *space = SPACE("x=0..1");
    hone_study_options o = options_of(f->url, space);
    o.plugins = plugins;
    o.n_plugins = 1;
    o.scheduler = name;
    o.scheduler_options = json;
    hone_study *study = study_open(&o);
    hone_trial_destroy(ask(study)); // while the list of plug-ins lives
    hone_space_destroy(space);
    return study;
}

static void begun_so_it_goes_on(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_study_close(open_with(&f, &first, "probe", "{\"share\":0.75}"));
    // With the same words or with none: nothing is recorded anew.
    for (int words = 0; words < 2; words++) {
        hone_study *study =
            open_with(&f, &later, words ? "probe" : NULL, words ? "{\"share\":0.75}" : NULL);
        assert_int_equal(seen.patience, 3);
        assert_number(seen.share, 0.75);
        assert_int_equal(seen.how, 0);
        hone_study_close(study);
    }
    // Another option, and the rest as it was.
    hone_study_close(open_with(&f, &later, "probe", "{\"patience\":9}"));
    assert_int_equal(seen.patience, 9);
    assert_number(seen.share, 0.5);
    assert_int_equal(seen.how, 0);
    // Who comes back to it later begins anew.
    hone_study_close(open_with(&f, &later, "none", NULL));
    hone_study_close(open_with(&f, &later, "probe", NULL));
    assert_int_equal(seen.patience, 5);
    assert_number(seen.share, 0.25);
    assert_int_equal(seen.how, 1);
    folder_free(&f);
}

// What a table does not take any more falls to what there was before, or to its default.
static void what_is_gone_is_passed_over(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_study *study = open_with(&f, &first, "probe", NULL);
    OK(hone_study_set(study, "scheduler",
                      "{\"name\":\"probe\",\"defaults\":{\"patience\":1000,\"gone\":1,"
                      "\"share\":0.125,\"how\":\"odd\"}}",
                      &err));
    hone_study_close(study);
    hone_study_close(open_with(&f, &first, NULL, NULL));
    assert_int_equal(seen.patience, 7);
    assert_number(seen.share, 0.125);
    assert_int_equal(seen.how, 0);
    folder_free(&f);
}

static void before_they_were_recorded(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_study *study = open_with(&f, &first, "probe", NULL);
    OK(hone_study_set(study, "scheduler", "{\"name\":\"probe\",\"options\":{\"share\":1}}", &err));
    hone_study_close(study);
    hone_study_close(open_with(&f, &later, NULL, NULL));
    assert_int_equal(seen.patience, 7);
    assert_number(seen.share, 1);
    folder_free(&f);
}

// The study has recorded its defaults, but patience did not exist then.
static void an_option_that_came_later(void **state)
{
    (void)state;
    folder f = folder_new();
    hone_study *study = open_with(&f, &first, "probe", NULL);
    OK(hone_study_set(study, "scheduler", "{\"name\":\"probe\",\"defaults\":{\"share\":0.125}}",
                      &err));
    hone_study_close(study);
    hone_study_close(open_with(&f, &later, NULL, NULL));
    assert_int_equal(seen.patience, 7);
    assert_number(seen.share, 0.125);
    assert_int_equal(seen.how, 1);
    folder_free(&f);
}

// asha once began at a ninth of the training, and let ten trials pass.
static void asha_of_old(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    hone_study_options o = options_of("memory:", space);
    hone_rung rungs[8];
    uint32_t n;
    o.scheduler = "asha";
    o.scheduler_options = "{\"max_resource\":81}";
    hone_study *study = study_open(&o);
    hone_space_destroy(space);
    OK(hone_study_rungs(study, rungs, 8, &n, &err));
    assert_int_equal(n, 4);
    assert_number(rungs[0].at, 3);
    OK(hone_study_set(study, "scheduler", "{\"name\":\"asha\",\"options\":{\"max_resource\":81}}",
                      &err));
    OK(hone_study_rungs(study, rungs, 8, &n, &err));
    assert_int_equal(n, 3);
    assert_number(rungs[0].at, 9);
    hone_study_close(study);
}

// A preset's own options are among the defaults that are kept.
static void presets_are_kept(void **state)
{
    (void)state;
    hone_space *space = SPACE("x=0..1");
    hone_study_options o = options_of("memory:", space);
    o.scheduler = "wilcoxon";
    o.scheduler_options = "{\"p\":0.05}";
    hone_study *study = study_open(&o);
    hone_space_destroy(space);
    const char *setting = hone_study_get(study, "scheduler");
    assert_non_null(
        strstr(setting, "\"name\":\"wilcoxon\",\"options\":{\"p\":0.05},\"defaults\":{"));
    assert_non_null(strstr(setting, "\"test\":\"wilcoxon\""));
    assert_non_null(strstr(setting, "\"n_min\":2"));
    hone_trial_destroy(ask(study));
    assert_string_equal(hone_study_scheduler(study), "wilcoxon");
    hone_study_close(study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begun_so_it_goes_on),       cmocka_unit_test(what_is_gone_is_passed_over),
        cmocka_unit_test(before_they_were_recorded), cmocka_unit_test(asha_of_old),
        cmocka_unit_test(presets_are_kept),          cmocka_unit_test(an_option_that_came_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
