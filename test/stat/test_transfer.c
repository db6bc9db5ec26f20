// Starting from an earlier study: one of a related objective helps from the first trials on, one of
// an adverse objective does no harm that is more than chance after 25.
//
// Over SEEDS seeds the best value after 10 and after 25 trials is compared with that of the same
// study, same seed, without an earlier one, as the logarithm of the distance to the optimum. The
// thresholds were set with other seeds.
#include "unit/core/study_rig.h"

#include "functions.h"

enum { SEEDS = 10, OLD_TRIALS = 60, TRIALS = 25, EARLY = 10, MOST_DIMS = 6 };

typedef struct problem problem;
struct problem {
    uint32_t n_dims;
    double (*f)(const problem *p, const double *x);
    double shift[MOST_DIMS], curvature[MOST_DIMS];
};

static double bowl(const problem *p, const double *x)
{
    double sum = 0;
    for (uint32_t j = 0; j < p->n_dims; j++)
        sum += p->curvature[j] * pow(x[j] - 0.35 - p->shift[j], 2);
    return sum;
}

// Its lowest point is far from the middle, where cmaes starts without an earlier study.
static double far_bowl(const problem *p, const double *x)
{
    double moved[MOST_DIMS];
    for (uint32_t j = 0; j < p->n_dims; j++)
        moved[j] = x[j] - 0.45;
    return bowl(p, moved);
}

static double hartmann(const problem *p, const double *x)
{
    double moved[6];
    for (int j = 0; j < 6; j++)
        moved[j] = x[j] - p->shift[j];
    return hartmann6(moved);
}

// A number in (-1, 1) by seed and place.
static double random_of(uint64_t seed, uint32_t j)
{
    return 2 * fmod((double)(seed * 37 + j * 101 + 13) * 0.6180339887498949, 1) - 1;
}

// The best values after EARLY and TRIALS trials; `sign` -1 turns the objective over.
static void run(hone_study *study, const problem *p, uint32_t n, double sign, double *best)
{
    double least = INFINITY;
    for (uint32_t t = 0; t < n; t++) {
        hone_trial *trial = ask(study);
        double x[MOST_DIMS], y;
        for (uint32_t j = 0; j < p->n_dims; j++)
            x[j] = hone_trial_float(trial, (char[]){(char)('a' + j), 0});
        y = p->f(p, x);
        least = fmin(least, y);
        tell(study, trial, sign * y);
        if (best && t + 1 == EARLY)
            best[0] = log10(least + 1e-6);
        if (best && t + 1 == TRIALS)
            best[1] = log10(least + 1e-6);
    }
}

static hone_space *space_for(const problem *p)
{
    hone_space *space = NULL;
    OK(hone_space_create(&space, &err));
    for (uint32_t j = 0; j < p->n_dims; j++) {
        char text[] = {(char)('a' + j), '=', '0', '.', '.', '1', 0};
        OK(hone_space_add_text(space, text, &err));
    }
    OK(hone_space_seal(space, &err));
    return space;
}

typedef struct outcome {
    double mean[2], std_err[2]; // of the difference to the study without an earlier one
} outcome;

static outcome compare(const char *sampler, problem p, double sign)
{
    double differences[2][SEEDS];
    outcome out = {{0}, {0}};
    hone_space *space = space_for(&p);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        folder f = folder_new();
        double with[2], without[2];
        hone_from from = {NULL, "old"};
        problem old = p;
        for (uint32_t j = 0; j < p.n_dims; j++) {
            p.shift[j] = 0.08 * random_of(seed, j);
            p.curvature[j] = 2 + random_of(seed, j + 50);
            old.curvature[j] = 2;
        }
        hone_study_options options = options_of(f.url, space);
        options.seed = seed + 100;
        options.name = "old";
        options.sampler = "qmc";
        hone_study *study = study_open(&options);
        run(study, &old, OLD_TRIALS, sign, NULL);
        hone_study_close(study);
        options.sampler = sampler;
        for (int k = 0; k < 2; k++) {
            options.name = k ? "with" : "without";
            options.from = k ? &from : NULL;
            options.n_from = (uint32_t)k;
            study = study_open(&options);
            run(study, &p, TRIALS, 1, k ? with : without);
            hone_study_close(study);
        }
        for (int k = 0; k < 2; k++) {
            differences[k][seed] = with[k] - without[k];
            out.mean[k] += differences[k][seed] / SEEDS;
        }
        folder_free(&f);
    }
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < SEEDS; i++)
            out.std_err[k] += pow(differences[k][i] - out.mean[k], 2);
        out.std_err[k] = sqrt(out.std_err[k] / (SEEDS * (SEEDS - 1.0)));
    }
    print_message("%s, %u dimensions, %+.0f: %.2f (%.2f) after %d, %.2f (%.2f) after %d\n", sampler,
                  p.n_dims, sign, out.mean[0], out.std_err[0], EARLY, out.mean[1], out.std_err[1],
                  TRIALS);
    hone_space_destroy(space);
    return out;
}

static const problem bowls = {.n_dims = 4, .f = bowl}, hartmanns = {.n_dims = 6, .f = hartmann};
static const problem far_bowls = {.n_dims = 4, .f = far_bowl};

static void a_related_study_helps(void **unused)
{
    (void)unused;
    outcome of_bowl = compare("gp", bowls, 1), of_hartmann = compare("gp", hartmanns, 1);
    assert_true(of_bowl.mean[0] < -0.3);
    assert_true(of_bowl.mean[1] < -0.3);
    assert_true(of_hartmann.mean[0] < -0.2);
    assert_true(of_hartmann.mean[1] < -0.1);
    of_bowl = compare("tpe", bowls, 1);
    of_hartmann = compare("tpe", hartmanns, 1);
    assert_true(of_bowl.mean[0] < -0.1);
    assert_true(of_bowl.mean[1] < -0.2);
    // Of sixty points spread over six dimensions the best are not near the optimum.
    assert_true(of_hartmann.mean[0] < 0);
    assert_true(of_hartmann.mean[1] < 3 * of_hartmann.std_err[1]);
    of_bowl = compare("cmaes", far_bowls, 1);
    of_hartmann = compare("cmaes", hartmanns, 1);
    assert_true(of_bowl.mean[0] < -0.2);
    assert_true(of_bowl.mean[1] < -0.2);
    assert_true(of_hartmann.mean[0] < 0);
    assert_true(of_hartmann.mean[1] < 3 * of_hartmann.std_err[1]);
}

static void an_adverse_study_does_no_harm(void **unused)
{
    (void)unused;
    outcome of_bowl = compare("gp", bowls, -1), of_hartmann = compare("gp", hartmanns, -1);
    assert_true(of_bowl.mean[1] < 3 * of_bowl.std_err[1]);
    assert_true(of_hartmann.mean[1] < 3 * of_hartmann.std_err[1]);
    of_bowl = compare("tpe", bowls, -1);
    of_hartmann = compare("tpe", hartmanns, -1);
    assert_true(of_bowl.mean[1] < 3 * of_bowl.std_err[1]);
    assert_true(of_hartmann.mean[1] < 3 * of_hartmann.std_err[1]);
    of_bowl = compare("cmaes", far_bowls, -1);
    of_hartmann = compare("cmaes", hartmanns, -1);
    assert_true(of_bowl.mean[1] < 0.2 + 3 * of_bowl.std_err[1]);
    assert_true(of_hartmann.mean[1] < 0.2 + 3 * of_hartmann.std_err[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_related_study_helps),
        cmocka_unit_test(an_adverse_study_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
