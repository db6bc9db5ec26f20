// A trial's folder: DIR/<number>/ with stdout, stderr, params.json, metrics.jsonl and ckpt/. A
// trial of several parts has a folder of that kind for each, DIR/<number>/run-<part>/.
#ifndef HN_DRIVE_FOLDER_H
#define HN_DRIVE_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/str.h"
#include "base/vec.h"

typedef struct hn_folder {
    hn_str dir, ckpt, params; // paths; buffers are reused from trial to trial
    bool is_new;              // told by hn_folder_make: it was not there before
    bool lacks_dir;           // it is to be made with the job
    bool lacks_ckpt;          // the checkpoint directory is
} hn_folder;

enum { HN_NO_PART = -1 };
// Sets the paths only.
hone_status hn_folder_name(hn_folder *folder, const char *base, uint32_t number, int64_t part,
                           hone_error *err);
void hn_folder_free(hn_folder *folder);
// Makes the folder and its empty checkpoint directory; that of a new folder is left to the
// executor, and so is the folder itself when `base`, in which it is to lie, is given (because it is
// most likely new) and there. At a first attempt a checkpoint that is there was left by a deleted
// study of the same name and goes; later ones keep it unless `fresh`. With `copies` the checkpoint
// directory is not made: it is there once its copy is whole.
hone_status hn_folder_make(hn_folder *folder, const char *base, bool first_attempt, bool fresh,
                           bool copies, hone_error *err);

// The last lines of a file, at most `max_lines` and 16 KiB, appended to `out` without the final
// line end. Nothing when it cannot be read.
void hn_file_tail(const char *path, int max_lines, hn_str *out);

// --- checkpoint.c ---
// Bytes that the directory's files take on the disk, all levels; 0 when there is nothing.
// `is_empty` (may be NULL): it is a directory that its owner may use, and there is nothing at all
// in it.
uint64_t hn_checkpoint_size(const char *dir, bool *is_empty);
// Copies the tree `from` (empty if it does not exist) to the new directory `to`: by reflink where
// the file system can, never by hard link, because trainers that write in place would spoil both.
// `to` appears whole or not at all; what an interrupted copy has left beside it is removed.
hone_status hn_checkpoint_copy(const char *from, const char *to, hone_error *err);

// --- checkpoint_aside.c: taking one away from a trial's folder ---
typedef enum hn_hold {
    HN_HOLD_SHARED,   // who begins with the checkpoint or copies it; waits
    HN_HOLD_TO_REMOVE // who may take it away; does not wait
} hn_hold;
// The trial's folder, held; -1 when it is not there or somebody else holds it. To be closed.
int hn_trial_hold(const char *dir, hn_hold how);
void hn_trial_let_go(int dir); // it stays open
// Bytes of the trial's checkpoint, or of those of its parts.
uint64_t hn_trial_checkpoint_size(const char *dir);
// Has a removal that was cut short left something in this folder (of a trial or a part)? Not held.
bool hn_checkpoint_lies_aside(const char *dir);
// The trial's folder, held, and which parts have folders in it.
typedef struct hn_homes {
    int dir; // not its own
    HN_VEC(uint32_t) parts;
} hn_homes;
// False with errno; to be freed in any case.
bool hn_homes_list(int dir, hn_homes *out);
void hn_homes_free(hn_homes *homes);
// For the trial itself or all of its parts, each false with errno: ckpt -> ckpt.aside; back, unless
// there is a checkpoint again; ckpt.aside -> ckpt.removed (fine when there is none); ckpt.removed
// deleted (likewise).
bool hn_checkpoint_set_aside(const hn_homes *homes);
bool hn_checkpoint_put_back(const hn_homes *homes);
bool hn_checkpoint_condemn(const hn_homes *homes);
bool hn_checkpoint_discard(const hn_homes *homes);

#endif
