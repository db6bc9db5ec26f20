// The checkpoint that an attempt begins with, or a part of one.
//
// A trial that was run before goes on from its own; a fork begins with a copy of its parent's,
// once. What should be there and is not makes the trial start over: that is said, and nothing
// worse.
#include <unistd.h>

#include "base/fault.h"
#include "base/fs.h"
#include "drive/peek.h"
#include "drive/run_internal.h"

static bool is_fork(const hn_place *place)
{
    return hone_trial_parent(place->trial) >= 0 &&
           hone_trial_origin_of(place->trial) == HONE_ORIGIN_FORK;
}

// The folder of the whole trial, whatever its parts; "" without memory.
static const char *home(const hone_run *run, uint32_t number, hn_str *out)
{
    hn_str_clear(out);
    hn_str_printf(out, "%s/%u", run->dir, number);
    return hn_str_failed(out) ? "" : hn_str_text(out);
}

uint64_t hn_run_checkpoint_size(const hone_run *run, const hn_place *place, bool *is_empty)
{
    hn_str dir = HN_STR_INIT;
    *is_empty = false;
    if (!place->n_parts)
        return hn_checkpoint_size(hn_str_text(&place->folder.ckpt), is_empty);
    uint64_t size = hn_trial_checkpoint_size(home(run, place->number, &dir));
    hn_str_free(&dir);
    return size;
}

// Whoever is removing it right now finds that the trial runs, and puts it back; what a run that was
// killed has set aside without recording it is put back here.
static void reclaim(const hone_run *run, const hn_place *place)
{
    hn_str dir = HN_STR_INIT;
    int held = hn_trial_hold(home(run, place->number, &dir), HN_HOLD_SHARED);
    hn_str_free(&dir);
    if (held < 0)
        return;
    hn_homes homes;
    (void)hn_homes_list(held, &homes); // cut short, it is still better than nothing
    hn_checkpoint_put_back(&homes);
    hn_homes_free(&homes);
    close(held);
}

static void say_lost(hone_run *run, const hn_place *place)
{
    bool ignored;
    int64_t bytes = hn_peek_checkpoint(place->trial);
    if (bytes < 0)
        hn_run_warn(run,
                    "trial %u starts over: its checkpoint was removed (--keep-ckpt, --ckpt-quota)",
                    place->number);
    else if (bytes > 0 && hn_run_checkpoint_size(run, place, &ignored) == 0)
        hn_run_warn(run, "trial %u starts over: its checkpoint is no longer in %s", place->number,
                    hn_str_text(&place->folder.ckpt));
}

// --- forks ---

static hone_status copy_parents(hone_run *run, const hn_place *place, const char *from,
                                hone_error *err)
{
    uint32_t parent = (uint32_t)hone_trial_parent(place->trial);
    hn_str dir = HN_STR_INIT;
    int held = hn_trial_hold(home(run, parent, &dir), HN_HOLD_SHARED);
    hn_str_free(&dir);
    int64_t bytes = hn_peek_row(run->study, parent)->ckpt_bytes;
    if (bytes != 0 && !hn_fs_exists(from))
        hn_run_warn(run, "trial %u begins without the checkpoint of trial %u, which %s",
                    place->number, parent,
                    bytes < 0 ? "was removed (--keep-ckpt, --ckpt-quota)" : "is gone");
    hone_status status = hn_checkpoint_copy(from, hn_str_text(&place->folder.ckpt), err);
    if (held >= 0)
        close(held);
    return status;
}

static hone_status take_parents(hone_run *run, const hn_place *place, hn_str *from, hone_error *err)
{
    uint32_t parent = (uint32_t)hone_trial_parent(place->trial);
    hn_str_printf(from, "%s/%u", run->dir, parent);
    if (place->n_parts)
        hn_str_printf(from, "/run-%u", place->part);
    hn_str_add(from, "/ckpt");
    if (hn_str_failed(from))
        return hn_fail_memory(err);
    // A checkpoint that is there is its own.
    if (run->options.no_checkpoint || hn_fs_exists(hn_str_text(&place->folder.ckpt)))
        return HONE_OK;
    if (hn_fault("checkpoint.before"))
        return hn_fail(err, HONE_EIO, "cannot copy the checkpoint of trial %u", parent);
    HN_TRY(copy_parents(run, place, hn_str_text(from), err));
    if (hn_fault("checkpoint.after"))
        return hn_fail(err, HONE_EIO, "cannot copy the checkpoint of trial %u", parent);
    return HONE_OK;
}

hone_status hn_run_begin_with(hone_run *run, hn_place *place, hn_str *from, hone_error *err)
{
    bool fresh = run->options.no_checkpoint, fork = is_fork(place);
    hn_str_clear(from);
    if (place->goes_on && !fresh && hn_peek_checkpoint(place->trial) > 0)
        reclaim(run, place);
    if (place->goes_on && !fresh)
        say_lost(run, place);
    // Whose folder is most likely new, and holds nothing that we write.
    bool by_hand =
        place->goes_on || place->n_parts || run->command.files.n || run->folders_are_there;
    HN_TRY(hn_folder_make(&place->folder, by_hand ? NULL : run->dir, !place->goes_on, fresh,
                          fork && !fresh, err));
    run->folders_are_there &= place->goes_on || !place->folder.is_new;
    return fork ? take_parents(run, place, from, err) : HONE_OK;
}
