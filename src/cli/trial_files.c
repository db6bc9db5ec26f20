// Where a trial's files lie, and how it was started, from what `hone run` has recorded.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"
#include "trial_files.h"

// The recorded run; without a command when the study was never run by `hone run`.
static void read_plan(const hone_study *study, run_plan *plan)
{
    *plan = (run_plan){.name = hone_study_name(study)};
    plan->run = cli_json_text(hone_study_get(study, "options"));
}

// A relative folder counts from where `hone run` was started. If that is elsewhere and holds no
// such folder any more (the project was moved), it counts from here.
static char *resolve(const hone_study *study, const char *dir)
{
    char here[4096];
    json_t *cwd = cli_json_text(hone_study_get(study, "cwd"));
    const char *there = json_string_value(cwd);
    char *path = NULL;
    if (dir[0] != '/' && there && getcwd(here, sizeof here) && strcmp(here, there) != 0) {
        path = cli_format("%s/%s", there, dir);
        if (access(path, F_OK) != 0) {
            free(path);
            path = NULL;
        }
    }
    json_decref(cwd);
    return path ? path : cli_dup(dir);
}

char *trial_folder(const hone_study *study, const hone_trial *trial)
{
    run_plan plan;
    read_plan(study, &plan);
    char *base = resolve(study, plan_run_options(&plan).dir);
    char *folder = cli_format("%s/%u", base, (unsigned)hone_trial_number(trial));
    free(base);
    plan_free(&plan);
    return folder;
}

char *folder_file(const char *folder, int64_t part, const char *name)
{
    if (part < 0)
        return cli_format("%s/%s", folder, name);
    return cli_format("%s/run-%lld%s%s", folder, (long long)part, *name ? "/" : "", name);
}

uint32_t trial_n_parts(const hone_study *study, const hone_trial *trial)
{
    run_plan plan;
    if (hone_trial_attempts(trial) > 0 || hone_trial_purpose_of(trial) == HONE_PURPOSE_FINAL)
        return hone_trial_n_parts(trial);
    read_plan(study, &plan);
    hone_run_options options = plan_run_options(&plan);
    plan_free(&plan);
    if (options.folds == 0 && options.repeats <= 1)
        return 0;
    return (options.folds ? options.folds : 1) * (options.repeats ? options.repeats : 1);
}

// One argument a line becomes one line for a shell.
static char *quote_lines(const char *lines)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    while (*lines) {
        size_t n = strcspn(lines, "\n");
        char *argument = cli_format("%.*s", (int)n, lines);
        cli_quote(out, argument);
        free(argument);
        lines += n + (lines[n] == '\n');
        if (*lines)
            fputc(' ', out);
    }
    fclose(out);
    return text;
}

// A run to read the command with. Which CPUs and GPUs there are here, now, says nothing about it,
// and asking for them may take seconds; only for {gpu} they are asked for, and need not be there.
static hone_run *reader(hone_study *study, hone_run_options options)
{
    hone_run *run = NULL;
    bool names_gpu = false;
    for (uint32_t i = 0; i < options.n_command; i++)
        names_gpu |= strstr(options.command[i], "{gpu") != NULL;
    options.cpus_per_trial = 0;
    options.n_jobs = 1;
    if (names_gpu && options.gpus_per_trial > 0 &&
        hone_run_create(study, &options, &run, NULL) == HONE_OK)
        return run;
    options.gpus_per_trial = 0;
    return hone_run_create(study, &options, &run, NULL) == HONE_OK ? run : NULL;
}

char *trial_command_line(hone_study *study, const hone_trial *trial)
{
    run_plan plan;
    hone_run *run = NULL;
    char *lines = NULL, *line = NULL;
    read_plan(study, &plan);
    hone_run_options options = plan_run_options(&plan);
    if (options.n_command > 0 && hone_trial_has_params(trial) && (run = reader(study, options)) &&
        hone_run_render(run, trial, &lines, NULL) == HONE_OK)
        line = quote_lines(lines);
    hone_free(lines);
    hone_run_destroy(run);
    plan_free(&plan);
    return line;
}
