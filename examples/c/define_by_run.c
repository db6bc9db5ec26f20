// Define-by-run: the space is what the objective asks for, and it may ask for different things in
// different trials. Here the number of layers decides how many widths there are.
//
//     build/release/bin/example_define_by_run
#include <hone/hone.h>

#include <math.h>
#include <stdio.h>

// A stand-in for training: prefers two layers of about 48 units and a rate near 0.003.
static hone_status objective(hone_trial *trial, double *loss, hone_error *err)
{
    int64_t n_layers, units;
    double rate;
    char name[32];
    hone_status status =
        hone_trial_suggest_float(trial, "lr", 1e-5, 1e-1, 0, HONE_SUGGEST_LOG, &rate, err);
    if (status == HONE_OK)
        status = hone_trial_suggest_int(trial, "layers", 1, 4, 1, 0, &n_layers, err);
    if (status != HONE_OK)
        return status;
    *loss = fabs(log10(rate) + 2.5) + fabs((double)n_layers - 2);
    for (int64_t layer = 0; layer < n_layers; layer++) {
        snprintf(name, sizeof name, "units%d", (int)layer);
        status = hone_trial_suggest_int(trial, name, 16, 256, 16, 0, &units, err);
        if (status != HONE_OK)
            return status;
        *loss += fabs((double)units - 48) / 256;
    }
    return HONE_OK;
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
    hone_study *study = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT; // no space: define-by-run
    if (hone_study_open(&options, &study, &err) != HONE_OK)
        return fail(&err);

    for (int i = 0; i < 200; i++) {
        hone_trial *trial = NULL;
        double loss = NAN;
        if (hone_study_ask(study, NULL, &trial, &err) != HONE_OK ||
            objective(trial, &loss, &err) != HONE_OK ||
            hone_study_tell(study, trial, HONE_STATE_COMPLETE, &loss, &err) != HONE_OK)
            return fail(&err);
        hone_trial_destroy(trial);
    }

    uint32_t number;
    hone_trial *best = NULL;
    if (hone_study_best(study, &number, &err) != HONE_OK ||
        hone_study_trial(study, number, &best, &err) != HONE_OK)
        return fail(&err);
    printf("best of %u trials: %.4f with %s\n", hone_study_n_trials(study),
           hone_trial_value(best, 0), hone_trial_params_json(best));
    hone_trial_destroy(best);
    hone_study_close(study);
    return 0;
}
