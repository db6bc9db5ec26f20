// Which guardian would be started, for `hone doctor`.
#include <hone/doctor.h>

#include <limits.h>
#include <stdio.h>

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
