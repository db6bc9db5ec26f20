// Snapshots: the state of a fold as one block of bytes, so that a command that only asks or tells
// need not fold a long journal. A disposable cache: keyed by the number of events and a version
// that names the layout; whoever cannot use one folds the journal.
#ifndef HN_CORE_SNAPSHOT_H
#define HN_CORE_SNAPSHOT_H

#include "core/fold.h"

// Of the layout below and of this build's structs: another value means "not mine".
uint32_t hn_snapshot_version(void);
void hn_snapshot_write(const hn_fold *fold, hn_str *out);
// Fills an initialised, empty fold. HONE_ECORRUPT leaves it empty again.
hone_status hn_snapshot_read(hn_fold *fold, const void *data, size_t size, hone_error *err);

#endif
