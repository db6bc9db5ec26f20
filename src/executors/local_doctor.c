// What runs would use: which guardian, and who keeps memory limits. For `hone doctor`.
#include <hone/doctor.h>

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/listen.h"
#include "base/mem.h"
#include "executors/local.h"

enum { PATIENCE_MS = 10000 };

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
    char path[PATH_MAX];
    int status = 0;
    HN_TRY(hone_guardian_find(path, sizeof path, err));
    const char *const argv[] = {path, "memory", NULL};
    int code = hn_listen_to(argv, false, PATIENCE_MS, out, size, &status);
    if (code == ETIMEDOUT)
        return hn_fail(err, HONE_EIO, "%s has not answered in %d s", path, PATIENCE_MS / 1000);
    if (code)
        return hn_fail_errno(err, code, "cannot run %s", path);
    out[strcspn(out, "\n")] = '\0';
    *kernel = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return HONE_OK;
}
