// Why a command could not be started: one sentence, and what would be right.
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "executors/local.h"

// `path` as the child saw it: relative to its working directory.
static bool status_of(const hn_local_job *job, const char *path, struct stat *status)
{
    char whole[PATH_MAX];
    bool joined = job->cwd[0] && path[0] != '/';
    int n =
        snprintf(whole, sizeof whole, "%s%s%s", joined ? job->cwd : "", joined ? "/" : "", path);
    return n < (int)sizeof whole && stat(whole, status) == 0;
}

// The command in PATH that is spelled most alike, within two slips.
static void nearest_command(const char *command, char *best, size_t size)
{
    const char *path = getenv("PATH");
    int least = strlen(command) > 4 ? 3 : 2;
    best[0] = '\0';
    for (const char *p = path; p; p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL) {
        char folder[PATH_MAX];
        struct dirent *entry;
        snprintf(folder, sizeof folder, "%.*s", (int)strcspn(p, ":"), p);
        DIR *dir = opendir(folder);
        while (dir && (entry = readdir(dir))) {
            int distance = hn_edit_distance(command, entry->d_name, least);
            if (distance < least && strlen(entry->d_name) < size) {
                least = distance;
                strcpy(best, entry->d_name);
            }
        }
        if (dir)
            closedir(dir);
    }
}

static hone_status not_found(hn_local_job *job)
{
    const char *command = job->command;
    char here[PATH_MAX], nearest[256];
    struct stat status;
    if (strchr(command, '/') && status_of(job, command, &status))
        return hn_fail(
            &job->why, HONE_ENOTFOUND,
            "cannot run \"%s\": the interpreter that its first line names does not exist", command);
    if (strchr(command, ' '))
        return hn_fail(&job->why, HONE_ENOTFOUND,
                       "command not found: \"%s\"; a whole command line in one argument needs "
                       "--shell",
                       command);
    if (strchr(command, '/'))
        return hn_fail(&job->why, HONE_ENOTFOUND, "command not found: \"%s\" does not exist%s%s",
                       command, job->cwd[0] ? " in " : "", job->cwd);
    snprintf(here, sizeof here, "./%s", command);
    if (status_of(job, here, &status) && S_ISREG(status.st_mode))
        return hn_fail(&job->why, HONE_ENOTFOUND,
                       "command not found: \"%s\" is not in PATH; did you mean \"%s\"?", command,
                       here);
    nearest_command(command, nearest, sizeof nearest);
    return hn_fail(&job->why, HONE_ENOTFOUND, "command not found: \"%s\" is not in PATH%s%s%s",
                   command, nearest[0] ? "; did you mean \"" : "", nearest,
                   nearest[0] ? "\"?" : "");
}

static hone_status not_executable(hn_local_job *job)
{
    const char *command = job->command;
    struct stat status;
    bool there = strchr(command, '/') && status_of(job, command, &status);
    if (there && S_ISDIR(status.st_mode))
        return hn_fail(&job->why, HONE_EINVAL, "cannot run \"%s\": it is a folder", command);
    if (there && !(status.st_mode & 0111))
        return hn_fail(&job->why, HONE_EINVAL,
                       "cannot run \"%s\": it is not executable; chmod +x \"%s\", or name its "
                       "interpreter first",
                       command, command);
    return hn_fail(&job->why, HONE_EIO, "cannot run \"%s\": permission denied", command);
}

static hone_status at_exec(hn_local_job *job, int code)
{
    switch (code) {
    case ENOENT:
        return not_found(job);
    case EACCES:
        return not_executable(job);
    case E2BIG:
        return hn_fail(&job->why, HONE_EINVAL,
                       "cannot run \"%s\": its arguments and environment are longer than the "
                       "system takes (one of them at most 128 KiB); hand large values over in a "
                       "file, e.g. {json_file}",
                       job->command);
    default:
        return hn_fail_errno(&job->why, code, "cannot run \"%s\"", job->command);
    }
}

static hone_status no_output(hn_local_job *job, hn_line_source source, int code)
{
    job->no_output = true;
    return hn_fail_errno(&job->why, code, "cannot open %s/%s", job->dir,
                         hn_local_output_name(source));
}

void hn_local_failure(hn_local_job *job, hg_stage stage, int code)
{
    hone_status status = HONE_EIO;
    if (stage == HG_STAGE_EXEC)
        status = at_exec(job, code);
    else if (stage == HG_STAGE_CWD)
        status = hn_fail_errno(&job->why, code, "cannot change to the working directory \"%s\"",
                               job->cwd);
    else if (stage == HG_STAGE_STDOUT || stage == HG_STAGE_STDERR)
        status = no_output(job, stage == HG_STAGE_STDOUT ? HN_LINE_STDOUT : HN_LINE_STDERR, code);
    else if (code == EAGAIN)
        status = hn_fail(&job->why, HONE_EIO,
                         "cannot start \"%s\": the limit of processes is reached (ulimit -u)",
                         job->command);
    else
        status = hn_fail_errno(&job->why, code, "cannot start \"%s\"", job->command);
    job->last = (hn_message){.type = HN_MSG_FAILED,
                             .status = status,
                             .text = job->why.text,
                             .text_size = strlen(job->why.text)};
}
