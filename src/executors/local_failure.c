// Why a command could not be started, or cannot be: one sentence, and what would be right.
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

// A program that cannot be run, and where the sentence about it goes.
typedef struct culprit {
    const char *command;
    const char *cwd; // "": ours
    hone_error *err;
} culprit;

// `path` as the child sees it, relative to its working directory; PATH_MAX bytes.
static bool as_the_child(const culprit *c, const char *path, char *out)
{
    bool joined = c->cwd[0] && path[0] != '/';
    return snprintf(out, PATH_MAX, "%s%s%s", joined ? c->cwd : "", joined ? "/" : "", path) <
           PATH_MAX;
}

static bool status_of(const culprit *c, const char *path, struct stat *status)
{
    char whole[PATH_MAX];
    return as_the_child(c, path, whole) && stat(whole, status) == 0;
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

static hone_status not_found(const culprit *c)
{
    const char *command = c->command;
    char here[PATH_MAX], nearest[256];
    struct stat status;
    if (strchr(command, '/') && status_of(c, command, &status))
        return hn_fail(
            c->err, HONE_ENOTFOUND,
            "cannot run \"%s\": the interpreter that its first line names does not exist", command);
    if (strchr(command, ' '))
        return hn_fail(c->err, HONE_ENOTFOUND,
                       "command not found: \"%s\"; a whole command line in one argument needs "
                       "--shell",
                       command);
    if (strchr(command, '/'))
        return hn_fail(c->err, HONE_ENOTFOUND, "command not found: \"%s\" does not exist%s%s",
                       command, c->cwd[0] ? " in " : "", c->cwd);
    snprintf(here, sizeof here, "./%s", command);
    if (status_of(c, here, &status) && S_ISREG(status.st_mode))
        return hn_fail(c->err, HONE_ENOTFOUND,
                       "command not found: \"%s\" is not in PATH; did you mean \"%s\"?", command,
                       here);
    nearest_command(command, nearest, sizeof nearest);
    return hn_fail(c->err, HONE_ENOTFOUND, "command not found: \"%s\" is not in PATH%s%s%s",
                   command, nearest[0] ? "; did you mean \"" : "", nearest,
                   nearest[0] ? "\"?" : "");
}

static hone_status not_executable(const culprit *c)
{
    const char *command = c->command;
    struct stat status;
    bool there = strchr(command, '/') && status_of(c, command, &status);
    if (there && S_ISDIR(status.st_mode))
        return hn_fail(c->err, HONE_EINVAL, "cannot run \"%s\": it is a folder", command);
    if (there && !(status.st_mode & 0111))
        return hn_fail(c->err, HONE_EINVAL,
                       "cannot run \"%s\": it is not executable; chmod +x \"%s\", or name its "
                       "interpreter first",
                       command, command);
    return hn_fail(c->err, HONE_EIO, "cannot run \"%s\": permission denied", command);
}

static hone_status at_exec(const culprit *c, int code)
{
    switch (code) {
    case ENOENT:
        return not_found(c);
    case EACCES:
        return not_executable(c);
    case E2BIG:
        return hn_fail(c->err, HONE_EINVAL,
                       "cannot run \"%s\": its arguments and environment are longer than the "
                       "system takes (one of them at most 128 KiB); hand large values over in a "
                       "file, e.g. {json_file}",
                       c->command);
    default:
        return hn_fail_errno(c->err, code, "cannot run \"%s\"", c->command);
    }
}

static hone_status no_output(hn_local_job *job, hg_stage stage, int code)
{
    if (stage == HG_STAGE_DIR && code == EEXIST)
        return hn_fail(&job->why, HONE_EEXISTS, "the folder %s exists already", job->dir);
    if (stage == HG_STAGE_DIR || stage == HG_STAGE_FOLDER)
        return hn_fail_errno(&job->why, code, "cannot create the folder %s",
                             stage == HG_STAGE_DIR ? job->dir : job->folder);
    if (stage == HG_STAGE_FILE)
        return hn_fail_errno(&job->why, code, "cannot write %s", job->file);
    return hn_fail_errno(
        &job->why, code, "cannot open %s/%s", job->dir,
        hn_local_output_name(stage == HG_STAGE_STDOUT ? HN_LINE_STDOUT : HN_LINE_STDERR));
}

void hn_local_failure(hn_local_job *job, hg_stage stage, int code)
{
    culprit c = {job->command, job->cwd, &job->why};
    hone_status status = HONE_EIO;
    if (stage == HG_STAGE_EXEC)
        status = at_exec(&c, code);
    else if (stage == HG_STAGE_CWD)
        status = hn_fail_errno(&job->why, code, "cannot change to the working directory \"%s\"",
                               job->cwd);
    else if (stage >= HG_STAGE_DIR && stage <= HG_STAGE_STDERR)
        status = no_output(job, stage, code);
    else if (stage == HG_STAGE_CPUS)
        status = hn_fail_errno(&job->why, code, "cannot tie \"%s\" to its CPUs", job->command);
    else if (code == EAGAIN)
        status = hn_fail(&job->why, HONE_EIO,
                         "cannot start \"%s\": the limit of processes is reached (ulimit -u)",
                         job->command);
    else
        status = hn_fail_errno(&job->why, code, "cannot start \"%s\"", job->command);
    job->last = (hn_message){.type = HN_MSG_FAILED,
                             .status = status,
                             .text = job->why.text,
                             .text_size = strlen(job->why.text),
                             .blameless = stage >= HG_STAGE_DIR && stage <= HG_STAGE_STDERR};
}

// ENOENT or EACCES as execvp would say, 0 when there is such a program.
static int look_in_path(const culprit *c, const char *path)
{
    int code = ENOENT;
    for (const char *p = path; p; p = strchr(p, ':') ? strchr(p, ':') + 1 : NULL) {
        char file[PATH_MAX], whole[PATH_MAX];
        int n = (int)strcspn(p, ":");
        if (snprintf(file, sizeof file, "%.*s/%s", n ? n : 1, n ? p : ".", c->command) >= PATH_MAX)
            continue;
        if (!as_the_child(c, file, whole) || access(whole, F_OK) != 0)
            continue;
        struct stat status;
        if (access(whole, X_OK) == 0 && stat(whole, &status) == 0 && S_ISREG(status.st_mode))
            return 0;
        code = EACCES;
    }
    return code;
}

hone_status hn_local_look_up(void *self, const char *program, const char *cwd, hone_error *err)
{
    culprit c = {program, cwd ? cwd : "", err};
    struct stat status;
    char whole[PATH_MAX];
    (void)self;
    if (!strchr(program, '/')) {
        const char *path = getenv("PATH");
        int code = path ? look_in_path(&c, path) : 0;
        return code ? at_exec(&c, code) : HONE_OK;
    }
    if (!status_of(&c, program, &status))
        return not_found(&c);
    bool runs = as_the_child(&c, program, whole) && access(whole, X_OK) == 0;
    return runs && S_ISREG(status.st_mode) ? HONE_OK : not_executable(&c);
}
