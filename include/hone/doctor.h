// What `hone doctor` looks at: parts of Hone and of the machine that a run depends on.
//
// Thread note: both functions may be called from any thread.
#ifndef HONE_DOCTOR_H
#define HONE_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>

#include <hone/error.h>

HONE_BEGIN_DECLS

// Is `path` (or, while there is no such file, its folder) on a network file system? There SQLite's
// journal does not work. `kind` [size] gets its name ("nfs", "fuse.sshfs"), "" when it is local.
HONE_API bool hone_path_is_network(const char *path, char *kind, size_t size);
// Path of the program hone-guardian that runs of the local executor would start, into `out` [size].
// HONE_ENOTFOUND tells where it was searched.
HONE_API hone_status hone_guardian_find(char *out, size_t size, hone_error *err);

HONE_END_DECLS

#endif
