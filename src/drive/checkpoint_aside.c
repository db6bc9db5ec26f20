// Taking a checkpoint away from a trial's folder, so that nobody loses one that he needs.
//
// 1. Who removes holds the trial's folder (flock), looks into the journal whether the trial is
//    still finished, and renames ckpt to ckpt.aside.
// 2. It records the removal. The journal decides: if the trial waits or runs again by then, the
//    event does not hold, and the checkpoint is put back.
// 3. It renames ckpt.aside to ckpt.removed, lets go, and deletes that.
// Who starts a trial again, or copies the checkpoint of a parent, has that in the journal before it
// holds the folder, too. It therefore finds the checkpoint, or the journal says that it was
// removed. A process that is killed in between leaves ckpt.aside behind, which is whole and which
// the next start puts back (not recorded) or deletes (recorded), or ckpt.removed, which is only
// deleted.
#include "drive/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/fs.h"

static const char own[] = "ckpt", aside[] = "ckpt.aside", removed[] = "ckpt.removed";

int hn_trial_hold(const char *dir, hn_hold how)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    int operation = how == HN_HOLD_SHARED ? LOCK_SH : LOCK_EX | LOCK_NB, failed;
    if (fd < 0)
        return -1;
    do {
        failed = flock(fd, operation);
    } while (failed && errno == EINTR);
    // A file system without locks leaves it to the journal.
    if (failed && errno == EWOULDBLOCK) {
        close(fd);
        return -1;
    }
    return fd;
}

// What is in the way was left by a process that was killed, and is the older one.
static bool move(int dir, const char *from, const char *to)
{
    if (renameat(dir, from, dir, to) == 0)
        return true;
    if (errno != EEXIST && errno != ENOTEMPTY)
        return false;
    return hn_fs_remove_tree_at(dir, to) && renameat(dir, from, dir, to) == 0;
}

void hn_trial_let_go(int dir)
{
    (void)flock(dir, LOCK_UN);
}

bool hn_checkpoint_lies_aside(const char *dir)
{
    static const char *const names[] = {aside, removed};
    hn_str path = HN_STR_INIT;
    bool lies = false;
    for (size_t i = 0; i < sizeof names / sizeof *names && !lies; i++) {
        hn_str_clear(&path);
        hn_str_printf(&path, "%s/%s", dir, names[i]);
        lies = hn_str_failed(&path) || hn_fs_exists(hn_str_text(&path));
    }
    hn_str_free(&path);
    return lies;
}

// --- the trial and its parts ---

typedef bool home_fn(int home);

static bool is_part(const char *name)
{
    return strncmp(name, "run-", 4) == 0 && name[4] &&
           name[4 + strspn(name + 4, "0123456789")] == '\0';
}

bool hn_homes_list(int dir, hn_homes *out)
{
    int own_dir = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = own_dir < 0 ? NULL : fdopendir(own_dir);
    int code = list ? 0 : errno;
    *out = (hn_homes){.dir = dir};
    if (!list && own_dir >= 0)
        close(own_dir);
    for (struct dirent *entry; list && code == 0 && (entry = readdir(list));) {
        uint32_t part = is_part(entry->d_name) ? (uint32_t)strtoul(entry->d_name + 4, NULL, 10) : 0;
        if (is_part(entry->d_name) && !hn_vec_push(&out->parts, part))
            code = ENOMEM;
    }
    if (list)
        closedir(list);
    errno = code;
    return code == 0;
}

void hn_homes_free(hn_homes *homes)
{
    hn_vec_free(&homes->parts);
}

// Calls `act` for the trial's folder and for those of its parts. `*any` (may be NULL): it was true
// for one. False with errno when one has failed, but for want of what it was to act upon.
static bool at_each(const hn_homes *homes, home_fn *act, bool *any)
{
    int code = 0;
    bool done = act(homes->dir), some = done;
    if (!done && errno != ENOENT)
        code = errno;
    for (size_t i = 0; i < homes->parts.n; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "run-%u", homes->parts.data[i]);
        int part = openat(homes->dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        done = part >= 0 && act(part);
        if (!done && errno != ENOENT)
            code = errno;
        some |= done;
        if (part >= 0)
            close(part);
    }
    if (any)
        *any = some;
    errno = code;
    return code == 0;
}

static bool set_aside(int home)
{
    return move(home, own, aside);
}

// An empty directory is no checkpoint, and rename replaces it.
static bool put_back(int home)
{
    return renameat(home, aside, home, own) == 0;
}

static bool condemn(int home)
{
    return move(home, aside, removed);
}

static bool discard(int home)
{
    return hn_fs_remove_tree_at(home, removed);
}

bool hn_checkpoint_set_aside(const hn_homes *homes)
{
    bool any;
    if (at_each(homes, set_aside, &any))
        return any || (errno = ENOENT, false);
    int code = errno;
    (void)at_each(homes, put_back, NULL);
    errno = code;
    return false;
}

bool hn_checkpoint_put_back(const hn_homes *homes)
{
    bool any;
    (void)at_each(homes, put_back, &any);
    return any;
}

bool hn_checkpoint_condemn(const hn_homes *homes)
{
    return at_each(homes, condemn, NULL);
}

bool hn_checkpoint_discard(const hn_homes *homes)
{
    return at_each(homes, discard, NULL);
}

uint64_t hn_trial_checkpoint_size(const char *dir)
{
    hn_str path = HN_STR_INIT;
    DIR *list = opendir(dir);
    hn_str_printf(&path, "%s/ckpt", dir);
    uint64_t total = hn_str_failed(&path) ? 0 : hn_checkpoint_size(hn_str_text(&path), NULL);
    for (struct dirent *entry; list && (entry = readdir(list));) {
        if (!is_part(entry->d_name))
            continue;
        hn_str_clear(&path);
        hn_str_printf(&path, "%s/%s/ckpt", dir, entry->d_name);
        total += hn_str_failed(&path) ? 0 : hn_checkpoint_size(hn_str_text(&path), NULL);
    }
    if (list)
        closedir(list);
    hn_str_free(&path);
    return total;
}
