// cmaes: what a handle remembers of the points it has drawn changes nothing. A study that is opened
// anew for every trial, which remembers nothing, suggests the same, bit for bit.
#include "core/study_internal.h"
#include "unit/core/study_rig.h"

enum { N = 90, AT_ONCE = 3, DIMS = 3 };

static const char *const texts[] = {"x=0..1", "y=log:0.01..1", "k=int:1..9", "c=a,b", NULL};

// Recorded values differ from the drawn ones in every other trial.
static double rounded(void *user, uint32_t param, double value)
{
    const int *trial = user;
    return *trial % 2 || param > 1 ? value : floor(value * 20 + 0.5) / 20;
}

static double loss_of(const double *x)
{
    return (x[0] - 0.3) * (x[0] - 0.3) + (x[1] - 0.2) * (x[1] - 0.2) + fabs(x[2] - 4) / 9;
}

static void set_aside(hone_study *study, int64_t number)
{
    hn_event event = hn_study_event(HN_EV_EXCLUDED);
    event.trial = number;
    event.state = 1;
    OK(hn_study_append(study, &event, 1, false, HN_SYNC_LAZY, NULL, &err));
}

// Trials of which three run at a time, told in another order; `points` [N][DIMS].
static void run(bool anew, bool adjusts, double points[N][DIMS])
{
    folder f = folder_new();
    hone_space *space = space_of(texts);
    hone_study_options options = options_of(f.url, space);
    hone_ask_options asks = HONE_ASK_OPTIONS_INIT;
    int trial = 0;
    options.sampler = "cmaes";
    asks.adjust = adjusts ? rounded : NULL;
    asks.user = &trial;
    hone_study *study = study_open(&options);
    for (; trial < N; trial += AT_ONCE) {
        for (int k = 0; k < AT_ONCE; k++) {
            hone_trial *asked = NULL;
            double *x = points[trial + k];
            OK(hone_study_ask(study, &asks, &asked, &err));
            x[0] = hone_trial_float(asked, "x");
            x[1] = hone_trial_float(asked, "y");
            x[2] = (double)hone_trial_int(asked, "k");
            hone_trial_destroy(asked);
        }
        // What is remembered of those that run is of a search that then begins anew.
        if (trial == N / 2)
            set_aside(study, 3);
        for (int k = AT_ONCE; k-- > 0;) {
            hone_trial *told = NULL;
            if (anew) {
                hone_study_close(study);
                study = study_again(f.url);
            }
            OK(hone_study_trial(study, (uint32_t)(trial + k), &told, &err));
            tell(study, told, loss_of(points[trial + k]));
        }
    }
    hone_study_close(study);
    hone_space_destroy(space);
    folder_free(&f);
}

static void compare(bool adjusts)
{
    static double kept[N][DIMS], anew[N][DIMS];
    run(false, adjusts, kept);
    run(true, adjusts, anew);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < DIMS; j++)
            assert_number(kept[i][j], anew[i][j]);
}

static void what_is_remembered_is_what_was_drawn(void **state)
{
    (void)state;
    compare(false);
}

static void adjusted_points_are_not_taken_for_drawn_ones(void **state)
{
    (void)state;
    compare(true);
}

// Trials until a sphere whose lowest point is a quarter of the range from an end in every dimension
// has come down to 1e-4.
static int trials_to_the_target(uint64_t seed)
{
    enum { WIDE = 5, MOST = 2000 };
    static const char *const names[WIDE] = {"a", "b", "c", "d", "e"};
    hone_space *space = SPACE("a=0..1", "b=0..1", "c=0..1", "d=0..1", "e=0..1");
    hone_study_options options = options_of("memory:", space);
    double loss = 1;
    int n = 0;
    options.sampler = "cmaes";
    options.seed = seed;
    hone_study *study = study_open(&options);
    for (; n < MOST && loss > 1e-4; n++) {
        hone_trial *trial = ask(study);
        loss = 0;
        for (int j = 0; j < WIDE; j++) {
            double away = hone_trial_float(trial, names[j]) - (j % 2 ? 0.75 : 0.25);
            loss += away * away;
        }
        tell(study, trial, loss);
    }
    hone_study_close(study);
    hone_space_destroy(space);
    return n;
}

// Its images beyond the ends do not keep the search wide.
static void an_optimum_near_the_ends_takes_no_longer(void **state)
{
    enum { SEEDS = 80 };
    int sum = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        sum += trials_to_the_target(seed);
    // 268; learning from coordinates beyond the ends takes 308.
    assert_in_range(sum / SEEDS, 200, 288);
}

// The best of 40 trials of a quadratic around `at`, in a study of which another starts.
static void earlier_study(const folder *f, const hone_space *space, double at)
{
    hone_study_options options = options_of(f->url, space);
    options.name = "old";
    hone_study *study = study_open(&options);
    for (int t = 0; t < 40; t++) {
        hone_trial *trial = ask(study);
        double x = hone_trial_float(trial, "x") - at, y = hone_trial_float(trial, "y") - at;
        tell(study, trial, x * x + y * y);
    }
    hone_study_close(study);
}

enum { WARM_TRIALS = 40 };

// Trials of a quadratic around `at`, four at a time; `anew`: opened again for each four.
static void start_from(const folder *f, const hone_space *space, double at, const char *name,
                       bool anew, const char *sampler_options, double points[WARM_TRIALS][2])
{
    hone_from from = {NULL, "old"};
    hone_study_options options = options_of(f->url, space);
    options.name = name;
    options.sampler = "cmaes";
    options.sampler_options = sampler_options;
    options.from = &from;
    options.n_from = 1;
    hone_study *study = study_open(&options);
    for (int t = 0; t < WARM_TRIALS; t += 4) {
        hone_trial *trials[4];
        if (anew) {
            hone_study_close(study);
            options.from = NULL;
            options.n_from = 0;
            options.mode = HONE_OPEN_EXISTING;
            study = study_open(&options);
        }
        for (int k = 0; k < 4; k++) {
            trials[k] = ask(study);
            points[t + k][0] = hone_trial_float(trials[k], "x");
            points[t + k][1] = hone_trial_float(trials[k], "y");
        }
        for (int k = 4; k-- > 0;)
            tell(study, trials[k], pow(points[t + k][0] - at, 2) + pow(points[t + k][1] - at, 2));
    }
    hone_study_close(study);
}

static double distance_to(const double *x, double at)
{
    return hypot(x[0] - at, x[1] - at);
}

static double mean_distance(double points[][2], int from, int to, double at)
{
    double sum = 0;
    for (int t = from; t < to; t++)
        sum += distance_to(points[t], at);
    return sum / (to - from);
}

// Trials 1, 2, 4, 7 are the earlier study's, 0, 3, 5, 6 as without one; the better of them go on.
static void earlier_studies_are_half_of_the_first_trials(void **state)
{
    static double right[WARM_TRIALS][2], wrong[WARM_TRIALS][2], none[WARM_TRIALS][2];
    static double anew[WARM_TRIALS][2];
    static const int warm[] = {1, 2, 4, 7}, cold[] = {0, 3, 5, 6};
    folder f = folder_new();
    hone_space *space = SPACE("x=0..1", "y=0..1");
    (void)state;
    earlier_study(&f, space, 0.9);
    start_from(&f, space, 0.9, "right", false, NULL, right);
    start_from(&f, space, 0.2, "wrong", false, NULL, wrong);
    start_from(&f, space, 0.2, "none", false, "{\"warm_start\":0}", none);
    for (int k = 0; k < 4; k++) {
        assert_true(distance_to(right[warm[k]], 0.9) < 0.45);
        assert_memory_equal(right[warm[k]], wrong[warm[k]], sizeof right[0]);
        assert_memory_equal(wrong[cold[k]], none[cold[k]], sizeof none[0]);
    }
    assert_true(mean_distance(right, 8, 16, 0.9) < 0.3);
    assert_true(mean_distance(wrong, 8, 24, 0.2) < 0.5);
    start_from(&f, space, 0.9, "anew", true, NULL, anew);
    assert_memory_equal(anew, right, sizeof right);
    hone_space_destroy(space);
    folder_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_remembered_is_what_was_drawn),
        cmocka_unit_test(adjusted_points_are_not_taken_for_drawn_ones),
        cmocka_unit_test(an_optimum_near_the_ends_takes_no_longer),
        cmocka_unit_test(earlier_studies_are_half_of_the_first_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
