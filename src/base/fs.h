// Files and folders.
#ifndef HN_BASE_FS_H
#define HN_BASE_FS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"

hone_status hn_fs_mkdirs(const char *path, hone_error *err); // like mkdir -p
bool hn_fs_exists(const char *path);
// Whole file into the arena, terminated by an extra NUL; `*size` may be NULL. At most `limit`
// bytes (0: no limit), longer is HONE_EINVAL.
hone_status hn_fs_read(const char *path, size_t limit, hn_arena *arena, char **data, size_t *size,
                       hone_error *err);
// Written to "<path>.tmp-<pid>" in the same folder, synced when `sync`, then renamed over.
hone_status hn_fs_write_atomic(const char *path, const void *data, size_t size, bool sync,
                               hone_error *err);
hone_status hn_fs_remove_tree(const char *path, hone_error *err); // absent is fine
// The same below an open folder; links are removed, never followed. False with errno.
bool hn_fs_remove_tree_at(int folder, const char *name);
// "a" + "b" -> "a/b" ("b" itself when absolute).
char *hn_fs_join(hn_arena *arena, const char *a, const char *b);
// Is `path` (or, when absent, its folder) on a network file system? `kind` gets its name
// ("nfs", "cifs", "fuse.sshfs" …), at least 32 bytes; may be NULL.
bool hn_fs_is_network(const char *path, char *kind);
// The judgement on a FUSE or 9P mount by its device, given the text of /proc/self/mountinfo.
bool hn_fs_mount_is_network(const char *mountinfo, unsigned major_number, unsigned minor_number,
                            char *kind);

#endif
