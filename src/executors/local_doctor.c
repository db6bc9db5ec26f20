// What runs would use: which guardian, and who keeps memory limits. For `hone doctor`.
#include <hone/doctor.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "executors/local.h"

hone_status hone_guardian_find(char *out, size_t size, hone_error *err)
{
    char path[PATH_MAX];
    hn_local *local = hn_calloc(1, sizeof *local);
    if (!local)
        return hn_fail_memory(err);
    hone_status status = hn_local_find_guardian(local, path, err);
    if (status == HONE_OK)
        snprintf(out, size, "%s", path);
    hn_free(local);
    return status;
}

// The guardian itself says it: a line on its standard output.
hone_status hone_memory_keeper(bool *kernel, char *out, size_t size, hone_error *err)
{
    char path[PATH_MAX], *argv[] = {path, (char *)"memory", NULL};
    int ends[2], status = -1;
    pid_t pid;
    posix_spawn_file_actions_t actions;
    HN_TRY(hone_guardian_find(path, sizeof path, err));
    if (pipe2(ends, O_CLOEXEC) != 0)
        return hn_fail_errno(err, errno, "cannot make a pipe");
    int code = posix_spawn_file_actions_init(&actions);
    if (code == 0) {
        code = posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
        code = code ? code : posix_spawn(&pid, path, &actions, NULL, argv, environ);
        posix_spawn_file_actions_destroy(&actions);
    }
    close(ends[1]);
    ssize_t got = code ? 0 : read(ends[0], out, size - 1);
    close(ends[0]);
    out[got > 0 ? got : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
    if (code)
        return hn_fail_errno(err, code, "cannot run %s", path);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    *kernel = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return HONE_OK;
}
