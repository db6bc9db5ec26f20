// What the machine is like, for `hone doctor`.
#include <hone/doctor.h>

#include <stdio.h>

#include "base/fs.h"

bool hone_path_is_network(const char *path, char *kind, size_t size)
{
    char name[32] = "";
    bool network = hn_fs_is_network(path, name);
    snprintf(kind, size, "%s", network ? name : "");
    return network;
}
