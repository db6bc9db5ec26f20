// Scripts that speak with W&B: their trials get Hone's stand-in for the Python package wandb, which
// reports to Hone, in place of the real one (share/hone/wandb; the setting `wandb` of a run).
//
// The environment of this process is that of its trials, so that is where it goes.
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plan.h"

#ifndef HONE_DATADIR
#define HONE_DATADIR "/usr/local/share"
#endif

#define BELOW "/hone/wandb"

static bool is_there(const char *folder)
{
    char *module = cli_format("%s/wandb/__init__.py", folder);
    bool found = access(module, R_OK) == 0;
    free(module);
    return found;
}

// Beside the program (installed or in a build tree), or where it was to be installed. The caller
// frees.
static char *find_folder(void)
{
    char file[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", file, sizeof file - 1);
    file[n > 0 ? n : 0] = '\0';
    char *slash = strrchr(file, '/');
    if (slash)
        *slash = '\0';
    char *near = cli_format("%s/../share" BELOW, file);
    char *folder = is_there(near)                 ? realpath(near, NULL)
                   : is_there(HONE_DATADIR BELOW) ? cli_dup(HONE_DATADIR BELOW)
                                                  : NULL;
    free(near);
    return folder;
}

int wandb_prepare(const run_plan *plan, const hone_study *study)
{
    const char *which = json_string_value(json_object_get(plan->run, "wandb"));
    const char *path = getenv("PYTHONPATH");
    if (!which || strcmp(which, "stand-in") != 0)
        return CLI_EXIT_OK;
    char *folder = find_folder();
    if (!folder)
        return cli_usage(plan->cli,
                         "the stand-in for wandb was found neither beside the program nor in "
                         "" HONE_DATADIR BELOW
                         "; install Hone completely, or take the real one with --wandb real");
    char *whole = cli_format("%s%s%s", folder, path && *path ? ":" : "", path ? path : "");
    setenv("PYTHONPATH", whole, 1);
    setenv("HONE_WANDB_METRIC", hone_study_metric(study, 0).name, 1);
    if (plan->file)
        cli_note(plan->cli, "import wandb gets Hone's stand-in, which sends nothing anywhere "
                            "(--wandb real: the installed one)");
    free(whole);
    free(folder);
    return CLI_EXIT_OK;
}
