// Ending processes whose guardian is gone, known by their environment.
#ifndef HN_EXECUTORS_REAP_H
#define HN_EXECUTORS_REAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

// Kills every process of this user that was started under the guardian `token` (see HG_TAG), and
// waits until they are gone, at most some seconds.
hone_status hn_reap_guardian(const char *token, hone_error *err);
// The same for processes with HONE_STUDY_TAG=<marker>, but only those whose guardian does not live
// any more: what another engine runs for the same study is not touched.
hone_status hn_reap_study(const char *marker, hone_error *err);
// Which job of the guardian `token` does a process belong to? False: to none.
bool hn_reap_job_of(int64_t pid, const char *token, uint64_t *job);

#endif
