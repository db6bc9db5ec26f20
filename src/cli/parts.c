// Trials of several parts, folds or repeats, as they read.
#include <math.h>
#include <stdlib.h>

#include "trial_files.h"

char *parts_text(uint32_t n, uint32_t folds, uint32_t repeats, bool instances)
{
    const char *noun = instances ? "instances" : "folds";
    char some[CLI_SHORT] = "";
    bool both = folds > 0 && repeats > 1;
    uint32_t n_all = (folds ? folds : 1) * (repeats ? repeats : 1);
    if (n < n_all)
        snprintf(some, sizeof some, "%u of ", (unsigned)n);
    if (both && n < n_all)
        return cli_format("%s%u runs", some, (unsigned)n_all);
    if (both)
        return cli_format("%u repeats of %u %s", (unsigned)repeats, (unsigned)folds, noun);
    return cli_format("%s%u %s", some, (unsigned)n_all, folds ? noun : "repeats");
}

json_t *trial_instances(const hone_trial *trial)
{
    const char *text = hone_study_get(hone_trial_study(trial), "options");
    json_t *options = hone_trial_folds(trial) > 0 && text ? cli_json_text(text) : NULL;
    json_t *list = json_incref(json_object_get(options, "instances"));
    json_decref(options);
    if (list && json_array_size(list) == hone_trial_folds(trial))
        return list;
    json_decref(list);
    return NULL;
}

static bool has_instances(const hone_trial *trial)
{
    json_t *list = trial_instances(trial);
    json_decref(list);
    return list != NULL;
}

char *trial_parts_text(const hone_trial *trial)
{
    if (hone_trial_n_parts(trial) == 0)
        return NULL;
    return parts_text(hone_trial_n_parts_ended(trial), hone_trial_folds(trial),
                      hone_trial_repeats(trial), has_instances(trial));
}

char *trial_spread_text(const hone_trial *trial, uint32_t metric, bool full)
{
    hone_repeats spread = HONE_REPEATS_INIT;
    (void)hone_trial_spread(trial, metric, &spread, NULL);
    if (spread.n == 0 || hone_trial_n_parts(trial) == 0)
        return NULL;
    char *mean = repeats_text(&spread, full);
    char *parts = parts_text(spread.n, hone_trial_folds(trial), hone_trial_repeats(trial),
                             has_instances(trial));
    char *text = cli_format("%s (%s)", mean, parts);
    free(mean);
    free(parts);
    return text;
}

// --- JSON ---

void trial_add_parts(json_t *o, const hone_study *study, const hone_trial *trial)
{
    uint32_t folds = hone_trial_folds(trial), repeats = hone_trial_repeats(trial);
    if (hone_trial_n_parts(trial) == 0)
        return;
    json_t *errors = json_object();
    for (uint32_t i = 0; i < hone_study_n_metrics(study); i++) {
        hone_repeats spread = HONE_REPEATS_INIT;
        (void)hone_trial_spread(trial, i, &spread, NULL);
        if (!isnan(spread.std_err))
            json_object_set_new(errors, hone_study_metric(study, i).name,
                                cli_json_double(spread.std_err));
    }
    json_object_set_new(o, "folds", folds ? json_integer(folds) : json_null());
    json_object_set_new(o, "repeats", json_integer(repeats ? repeats : 1));
    json_object_set_new(o, "n_runs", json_integer(hone_trial_n_parts(trial)));
    json_object_set_new(o, "n_runs_ended", json_integer(hone_trial_n_parts_ended(trial)));
    json_object_set_new(o, "std_err", errors);
}

static json_t *values_json(const hone_study *study, const hone_trial *trial, uint32_t part)
{
    json_t *values = json_object();
    for (uint32_t i = 0; i < hone_study_n_metrics(study); i++) {
        double value = hone_trial_part_value(trial, part, i);
        if (!isnan(value))
            json_object_set_new(values, hone_study_metric(study, i).name, cli_json_double(value));
    }
    return values;
}

json_t *trial_parts_json(const hone_study *study, const hone_trial *trial)
{
    json_t *list = json_array();
    json_t *instances = trial_instances(trial);
    char *trial_dir = trial_folder(study, trial);
    uint32_t folds = hone_trial_folds(trial);
    for (uint32_t p = 0; p < hone_trial_n_parts_ended(trial); p++) {
        uint32_t repeat = folds ? p / folds : p;
        json_t *one = json_object();
        char *folder = folder_file(trial_dir, p, "");
        json_object_set_new(one, "run", json_integer(p));
        json_object_set_new(one, "fold", folds ? json_integer(p % folds) : json_null());
        if (instances)
            json_object_set(one, "instance", json_array_get(instances, p % folds));
        json_object_set_new(one, "repeat", json_integer(repeat));
        json_object_set_new(one, "seed", seed_json(hone_trial_repeat_seed(trial, repeat)));
        json_object_set_new(one, "values", values_json(study, trial, p));
        json_object_set_new(one, "duration_s",
                            cli_json_double(hone_trial_part_duration_s(trial, p)));
        json_object_set_new(one, "dir", json_string(folder));
        json_array_append_new(list, one);
        free(folder);
    }
    free(trial_dir);
    json_decref(instances);
    return list;
}
