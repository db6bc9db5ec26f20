// What earlier studies weigh beside the sampler gp's own model: at the start, and as own trials
// come in that agree with them or do not.
#include "unit/core/study_rig.h"

#include "core/study_internal.h"
#include "samplers/gp_transfer.h"

enum { OLD_TRIALS = 60, DIMS = 3 };

typedef double objective(const double *x);

static double bowl(const double *x)
{
    double sum = 0;
    for (int j = 0; j < DIMS; j++)
        sum += (j + 1) * (x[j] - 0.3) * (x[j] - 0.3);
    return sum;
}

static double shifted(const double *x)
{
    double moved[DIMS];
    for (int j = 0; j < DIMS; j++)
        moved[j] = x[j] - 0.07;
    return 3 * bowl(moved) + 100;
}

static double reversed(const double *x)
{
    return -bowl(x);
}

// Nothing that the bowl could tell.
static double unrelated(const double *x)
{
    return sin(17 * x[0] + 3) + cos(23 * x[1]) + sin(19 * x[2] + 1);
}

static void run(hone_study *study, objective *f, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        hone_trial *trial = ask(study);
        double x[DIMS] = {hone_trial_float(trial, "a"), hone_trial_float(trial, "b"),
                          hone_trial_float(trial, "c")};
        tell(study, trial, f(x));
    }
}

// A study from two or one: the bowl, and with `second` that.
static hone_study *begin(const folder *f, objective *second)
{
    hone_space *space = SPACE("a=0..1", "b=0..1", "c=0..1");
    hone_study_options options = options_of(f->url, space);
    objective *const objectives[] = {bowl, second};
    hone_from from[] = {{NULL, "old0"}, {NULL, "old1"}};
    static const char *const names[] = {"old0", "old1"};
    options.sampler = "qmc";
    options.n_from = second ? 2 : 1;
    uint32_t n = options.n_from;
    for (uint32_t i = 0; i < n; i++) {
        options.name = names[i];
        options.n_from = 0;
        hone_study *old = study_open(&options);
        run(old, objectives[i], OLD_TRIALS);
        hone_study_close(old);
    }
    options.name = "new";
    options.sampler = "random";
    options.from = from;
    options.n_from = n;
    hone_study *study = study_open(&options);
    hone_space_destroy(space);
    return study;
}

// The models of a study and of those that it was begun from, after what it has been told.
typedef struct models {
    hn_gp_model_options options;
    hn_gp_output output;
    hn_gp_dim dims[DIMS];
    hn_gp_space space;
    hn_arena scratch;
    hn_evidence evidence;
    hn_sources sources;
    hn_gp_transfer t;
} models;

static void make_models(hone_study *study, models *m)
{
    hn_view view = hn_view_of(&study->fold, (uint32_t)study->fold.trials.n);
    *m = (models){.options = {.max_points = 400, .target = HN_TARGET_KINDS}};
    m->output = (hn_gp_output){.quantity = HN_GP_OBJECTIVE, .options = &m->options};
    m->space = (hn_gp_space){m->dims, DIMS, false};
    OK(hn_evidence_sync(&m->evidence, &view, &err));
    OK(hn_sources_make(&m->sources, &study->fold.problem, &err));
    OK(hn_gp_output_update(&m->output, &m->evidence, &m->space, &m->scratch, &err));
    OK(hn_gp_transfer_update(&m->t, &m->sources, &m->output, &m->space, &m->scratch, &err));
}

static void free_models(models *m)
{
    hn_gp_transfer_free(&m->t);
    hn_gp_output_free(&m->output);
    hn_sources_free(&m->sources);
    hn_evidence_free(&m->evidence);
    hn_arena_free(&m->scratch);
}

static void weigh(hone_study *study, double *weights)
{
    models m;
    make_models(study, &m);
    for (uint32_t i = 0; i < m.t.n; i++)
        weights[i] = m.t.list[i].weight;
    free_models(&m);
}

// The weight of the bowl after `n` trials of another objective.
static double weight_after(objective *f, uint32_t n)
{
    folder place = folder_new();
    hone_study *study = begin(&place, NULL);
    double weight = NAN;
    run(study, f, n);
    weigh(study, &weight);
    hone_study_close(study);
    folder_free(&place);
    return weight;
}

static void it_is_believed_at_the_start(void **unused)
{
    (void)unused;
    assert_number(weight_after(bowl, 0), 1);
    assert_true(weight_after(bowl, 1) > 0.95);
    assert_true(weight_after(unrelated, 0) > 0.95);
}

static void what_agrees_keeps_its_weight(void **unused)
{
    (void)unused;
    assert_true(weight_after(bowl, 6) > 0.95);
    assert_true(weight_after(bowl, 12) > 0.5);
    assert_true(weight_after(bowl, 25) > 0.95);
    assert_true(weight_after(shifted, 6) > 0.9);
    assert_true(weight_after(shifted, 12) > 0.5);
}

static void what_contradicts_loses_it(void **unused)
{
    (void)unused;
    assert_true(weight_after(reversed, 6) < 0.05);
    assert_true(weight_after(reversed, 15) < 0.05);
    assert_true(weight_after(unrelated, 15) < 0.2);
    assert_true(weight_after(unrelated, 30) < 0.2);
}

// Of two the right one counts.
static void the_better_one_wins(void **unused)
{
    (void)unused;
    folder place = folder_new();
    hone_study *study = begin(&place, reversed);
    double weights[2];
    weigh(study, weights);
    assert_true(weights[0] + weights[1] > 0.99);
    run(study, shifted, 10);
    weigh(study, weights);
    assert_true(weights[0] > 0.9);
    assert_true(weights[1] < 0.05);
    hone_study_close(study);
    folder_free(&place);
}

// Derivatives against differences; one point and many are the same.
static void predictions_are_consistent(void **unused)
{
    (void)unused;
    enum { M = 3 };
    folder place = folder_new();
    hone_study *study = begin(&place, shifted);
    models made;
    run(study, bowl, 8);
    make_models(study, &made);
    hn_gp_transfer *t = &made.t;
    assert_true(t->weight > 0.5);
    double x[M * DIMS] = {0.2, 0.4, 0.7, 0.31, 0.3, 0.29, 0.9, 0.1, 0.5};
    double means[M], variances[M], mean, variance, dm[DIMS], dv[DIMS], room[20000];
    assert_true(hn_gp_transfer_room(t, M) < 20000);
    hn_gp_transfer_predict_many(t, x, M, means, variances, room);
    for (int i = 0; i < M; i++) {
        hn_gp_transfer_predict(t, x + i * DIMS, &mean, &variance, dm, dv, room);
        assert_float_equal(mean, means[i], 1e-9);
        assert_float_equal(variance, variances[i], 1e-9);
        for (int j = 0; j < DIMS; j++) {
            double at[DIMS], m[2], v[2];
            for (int side = 0; side < 2; side++) {
                memcpy(at, x + i * DIMS, sizeof at);
                at[j] += side ? 1e-5 : -1e-5;
                hn_gp_transfer_predict(t, at, &m[side], &v[side], NULL, NULL, room);
            }
            assert_float_equal(dm[j], (m[1] - m[0]) / 2e-5, 1e-4 * (1 + fabs(dm[j])));
            assert_float_equal(dv[j], (v[1] - v[0]) / 2e-5, 1e-4 * (1 + fabs(dv[j])));
        }
    }
    // What is believed of a point is what it says of it afterwards.
    double value;
    OK(hn_gp_transfer_believe(t, x, &value, room, &err));
    hn_gp_transfer_predict(t, x, &mean, &variance, NULL, NULL, room);
    assert_float_equal(mean, value, 1e-6);
    assert_true(variance < variances[0]);
    free_models(&made);
    hone_study_close(study);
    folder_free(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_believed_at_the_start),
        cmocka_unit_test(what_agrees_keeps_its_weight),
        cmocka_unit_test(what_contradicts_loses_it),
        cmocka_unit_test(the_better_one_wins),
        cmocka_unit_test(predictions_are_consistent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
