// Where a trial's files lie, and how it was started.
#include <stdlib.h>
#include <string.h>

#include "trial_files.h"

static json_t *setting(const hone_study *study, const char *key)
{
    const char *text = hone_study_get(study, key);
    return text ? cli_json_text(text) : NULL;
}

// The folder of the study's files, as recorded, else where `hone run` would put it.
static char *study_folder(const hone_study *study)
{
    json_t *dir = setting(study, "dir");
    char *folder = json_is_string(dir) ? cli_dup(json_string_value(dir))
                                       : cli_format("hone/%s", hone_study_name(study));
    json_decref(dir);
    return folder;
}

char *trial_folder(const hone_study *study, const hone_trial *trial)
{
    char *base = study_folder(study);
    char *folder = cli_format("%s/%u", base, (unsigned)hone_trial_number(trial));
    free(base);
    return folder;
}

char *trial_file(const hone_study *study, const hone_trial *trial, const char *name)
{
    char *folder = trial_folder(study, trial);
    char *path = cli_format("%s/%s", folder, name);
    free(folder);
    return path;
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

static char *render(hone_study *study, const hone_trial *trial, const hone_run_options *options)
{
    hone_error err = HONE_ERROR_INIT;
    hone_run *run = NULL;
    char *lines = NULL, *line = NULL;
    if (hone_run_create(study, options, &run, &err) == HONE_OK &&
        hone_run_render(run, trial, &lines, &err) == HONE_OK)
        line = quote_lines(lines);
    hone_free(lines);
    hone_run_destroy(run);
    return line;
}

char *trial_command_line(hone_study *study, const hone_trial *trial)
{
    json_t *command = setting(study, "command"), *shell = setting(study, "shell");
    size_t n = json_array_size(command);
    if (n == 0 || !hone_trial_has_params(trial)) {
        json_decref(command);
        json_decref(shell);
        return NULL;
    }
    const char **words = cli_alloc((n + 1) * sizeof *words);
    for (size_t i = 0; i < n; i++) {
        const char *word = json_string_value(json_array_get(command, i));
        words[i] = word ? word : "";
    }
    char *folder = study_folder(study);
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    options.command = words;
    options.n_command = (uint32_t)n;
    options.shell = json_is_true(shell);
    options.dir = folder;
    char *line = render(study, trial, &options);
    free(folder);
    free(words);
    json_decref(command);
    json_decref(shell);
    return line;
}
