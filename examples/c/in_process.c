// Tunes a function of this very program: a declared space, ask and tell, the best at the end.
//
//     build/release/bin/example_in_process
#include <hone/hone.h>

#include <math.h>
#include <stdio.h>

// Branin's function, whose minimum is 0.397887.
static double branin(double x, double y)
{
    const double pi = 3.14159265358979323846;
    double a = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
    return a * a + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10;
}

static int fail(const hone_error *err)
{
    char text[1024];
    hone_error_render(err, text, sizeof text);
    fprintf(stderr, "%s", text);
    return 1;
}

int main(void)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    if (hone_space_create(&space, &err) != HONE_OK ||
        hone_space_add(space, "x", "-5..10", &err) != HONE_OK ||
        hone_space_add(space, "y", "0..15", &err) != HONE_OK ||
        hone_space_seal(space, &err) != HONE_OK)
        return fail(&err);

    hone_study *study = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.space = space; // storage NULL: in memory; "sqlite:hone.db" would keep it
    options.has_seed = true;
    options.seed = 7;
    if (hone_study_open(&options, &study, &err) != HONE_OK)
        return fail(&err);

    for (int i = 0; i < 200; i++) {
        hone_trial *trial = NULL;
        if (hone_study_ask(study, NULL, &trial, &err) != HONE_OK)
            return fail(&err);
        double value = branin(hone_trial_float(trial, "x"), hone_trial_float(trial, "y"));
        if (hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, &err) != HONE_OK)
            return fail(&err);
        hone_trial_destroy(trial);
    }

    uint32_t number;
    hone_trial *best = NULL;
    if (hone_study_best(study, &number, &err) != HONE_OK ||
        hone_study_trial(study, number, &best, &err) != HONE_OK)
        return fail(&err);
    printf("best of %u trials: %.6g at %s (trial %u)\n", hone_study_n_trials(study),
           hone_trial_value(best, 0), hone_trial_params_json(best), number);
    hone_trial_destroy(best);
    hone_study_close(study);
    hone_space_destroy(space);
    return 0;
}
