// With a lag the trials, their number and the end are the same whatever the timing: how many run
// at once and in which order they end.
#include "fake.h"

#include <math.h>

#include <hone/sys/sampler.h>

#include "core/view.h"

// A sampler whose points tell all that it has seen.
static hone_status follow_init(void *self, const struct hn_problem *problem, const void *options,
                               hone_error *err)
{
    (void)self, (void)problem, (void)options, (void)err;
    return HONE_OK;
}

static hone_status follow_suggest(void *self, const hn_view *view, const hn_request *request,
                                  hn_config *out, hone_error *err)
{
    double sum = 0.618 * (request->trial + 1);
    (void)self, (void)err;
    for (uint32_t i = 0; i < view->n_trials; i++) {
        double value = hn_view_value(view, i, 0);
        sum += 0.01 * (i + 1) * hn_view_state(view, i) + (isnan(value) ? 0 : value * (i + 3));
    }
    out->slots[0].f = sum - floor(sum);
    hn_set_active(out->active, 0, true);
    return HONE_OK;
}

static const hn_sampler_class follow = {
    .head = {.kind = HN_KIND_SAMPLER,
             .name = "follow",
             .summary = "",
             .source = "",
             .can = HN_USES_RESULTS,
             .state_size = 1},
    .init = follow_init,
    .suggest = follow_suggest,
};

typedef struct scene {
    uint32_t order; // of the ends: 0 oldest first, 1 youngest first, else at random
    uint32_t n_jobs;
    uint32_t lag;
    int64_t n_trials;
    int failing; // which trials fail: see plan
    double target;
} scene;

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

static bool fails(int failing, uint32_t trial)
{
    switch (failing) {
    case 1:
        return trial % 4 == 1;
    case 2:
        return true;
    case 3: // A B A A then well
        return trial < 4;
    case 4: // three at the start, then well
        return trial < 3;
    default:
        return false;
    }
}

static void plan(fake *f, fake_job *job)
{
    const scene *s = f->user;
    fake_well(job);
    job->held = true;
    if (fails(s->failing, job->trial))
        job->end = fake_exit(HN_END_EXIT, s->failing == 3 && job->trial == 1 ? 4 : 3, 0);
}

static bool release_one(fake *f)
{
    static uint32_t seed = 1;
    const scene *s = f->user;
    fake_job *chosen = NULL;
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->n_jobs; i++) {
        fake_job *job = &f->jobs[i];
        if (job->over || !job->held)
            continue;
        n++;
        bool take = !chosen || (s->order == 0   ? job->trial < chosen->trial
                                : s->order == 1 ? job->trial > chosen->trial
                                                : draw(&seed) % n == 0);
        if (take)
            chosen = job;
    }
    if (chosen)
        chosen->held = false;
    return chosen != NULL;
}

// The whole story of the study as text.
static char *story(const scene *s)
{
    static const hn_plugin *const plugins[] = {&follow.head};
    hone_study_options study = fake_study_options();
    fake *f = calloc(1, sizeof *f);
    study.plugins = plugins;
    study.n_plugins = 1;
    study.sampler = "follow";
    study.lag = s->lag;
    f->plan = plan;
    f->idle = release_one;
    f->user = (void *)(uintptr_t)s;
    fake_open(f, study, "0..1");
    hone_run_options options = fake_options(f, s->n_trials, s->n_jobs);
    options.has_target = s->target > 0;
    options.target = s->target;
    hone_run_outcome outcome = fake_run(f, &options);
    hn_str out = HN_STR_INIT;
    hn_str_printf(&out, "outcome %d\n", outcome);
    for (uint32_t i = 0; i < hone_study_n_trials(f->study); i++) {
        hone_trial *trial = fake_look(f, i);
        hn_str_printf(&out, "%u %s %s\n", i, hone_state_name(hone_trial_status(trial)),
                      hone_trial_params_json(trial));
        hone_trial_destroy(trial);
    }
    fake_free(f);
    return hn_str_take(&out);
}

static void check_same(int failing, int64_t n_trials, double target, const char *begins)
{
    scene first = {0, 1, 4, n_trials, failing, target};
    char *want = story(&first);
    if (strncmp(want, begins, strlen(begins)) != 0)
        fail_msg("%s", want);
    for (uint32_t order = 0; order < 5; order++) {
        for (uint32_t n_jobs = 2; n_jobs <= 5; n_jobs++) {
            scene other = {order, n_jobs, 4, n_trials, failing, target};
            char *got = story(&other);
            assert_string_equal(got, want);
            hn_free(got);
        }
    }
    hn_free(want);
}

static void test_all_well(void **state)
{
    (void)state;
    check_same(0, 12, 0, "outcome 0\n");
}

static void test_some_fail(void **state)
{
    (void)state;
    check_same(1, 12, 0, "outcome 0\n");
}

static void test_all_fail(void **state)
{
    (void)state;
    check_same(2, 12, 0, "outcome 4\n");
}

static void test_streak_is_by_number(void **state)
{
    (void)state;
    check_same(3, 12, 0, "outcome 0\n");
    check_same(4, 12, 0, "outcome 0\n");
}

static void test_target(void **state)
{
    (void)state;
    check_same(0, 0, 0.05, "outcome 0\n");
}

// The test can see a difference: without a lag there is one.
static void test_would_notice(void **state)
{
    (void)state;
    scene a = {0, 3, 0, 12, 1, 0}, b = {1, 3, 0, 12, 1, 0};
    char *one = story(&a), *other = story(&b);
    assert_string_not_equal(one, other);
    hn_free(one);
    hn_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_well), cmocka_unit_test(test_some_fail),
        cmocka_unit_test(test_all_fail), cmocka_unit_test(test_streak_is_by_number),
        cmocka_unit_test(test_target),   cmocka_unit_test(test_would_notice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
