// What `hone doctor` looks at: parts of Hone and of the machine that a run depends on.
//
// Thread note: these functions may be called from any thread.
#ifndef HONE_DOCTOR_H
#define HONE_DOCTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hone/error.h>

HONE_BEGIN_DECLS

// Is `path` (or, while there is no such file, its folder) on a network file system? There SQLite's
// journal does not work. `kind` [size] gets its name ("nfs", "fuse.sshfs"), "" when it is local.
HONE_API bool hone_path_is_network(const char *path, char *kind, size_t size);
// How many CPUs trials may have at a time, 0 when that cannot be told: those that this process may
// run on, or fewer by the quota of its control group, which `*quota` gets (0: there is none).
HONE_API uint32_t hone_cpus_usable(double *quota);
// The GPUs that --gpus-per-trial would give away: {"names":["0","1"],"source":"nvidia-smi",
// "why":null}, where `why` says for people why there is none. Takes as long as nvidia-smi does. The
// caller frees `*json` with hone_free. HONE_EINVAL: what the environment says of them is wrong.
HONE_API hone_status hone_gpus_find(char **json, hone_error *err);
// Path of the program hone-guardian that runs of the local executor would start, into `out` [size].
// HONE_ENOTFOUND tells where it was searched.
HONE_API hone_status hone_guardian_find(char *out, size_t size, hone_error *err);
// Who would keep the memory limits of trials: the kernel, in the control group whose folder `out`
// [size] gets, or Hone itself, because of what `out` says.
HONE_API hone_status hone_memory_keeper(bool *kernel, char *out, size_t size, hone_error *err);

HONE_END_DECLS

#endif
