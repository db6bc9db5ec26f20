// Checkpoint directories: their size, and copies for forks.
//
// A copy is made beside its place and renamed into it. A process that is killed while it copies
// therefore leaves no half checkpoint where a trial would look for one, and a later attempt sees by
// the directory itself that its copy is whole.
#include "drive/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fs.h"

enum { MAX_DEPTH = 64 };

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

// What it takes on the disk: holes take nothing. Files of several names are shared among them, so
// that two names in one checkpoint count once. Blocks that a reflink shares count for each: no file
// system says cheaply whose they are.
static uint64_t file_size(const struct stat *info)
{
    uint64_t bytes = (uint64_t)info->st_blocks * 512;
    if (bytes == 0) // kept beside its name, or not written out yet
        bytes = (uint64_t)info->st_size;
    return bytes / (info->st_nlink > 0 ? info->st_nlink : 1);
}

static uint64_t size_below(int parent, const char *name, int depth);

static uint64_t size_of(int dir, const char *name, int depth)
{
    struct stat info;
    if (fstatat(dir, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return 0;
    if (S_ISDIR(info.st_mode) && depth < MAX_DEPTH)
        return size_below(dir, name, depth + 1);
    return S_ISREG(info.st_mode) ? file_size(&info) : 0;
}

// Without a DIR, whose making costs more than reading a directory that is empty, as most of these
// are.
static uint64_t size_in(int dir, int depth, bool *is_empty)
{
    _Alignas(struct dirent64) char entries[2048];
    uint64_t total = 0;
    ssize_t got;
    while ((got = getdents64(dir, entries, sizeof entries)) > 0) {
        for (ssize_t at = 0; at < got;) {
            const struct dirent64 *entry = (const void *)(entries + at);
            at += entry->d_reclen;
            if (is_dots(entry->d_name))
                continue;
            *is_empty = false;
            total += size_of(dir, entry->d_name, depth);
        }
    }
    *is_empty &= got == 0; // what cannot be read may hold anything
    return total;
}

static uint64_t size_below(int parent, const char *name, int depth)
{
    bool ignored = false;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    uint64_t total = fd < 0 ? 0 : size_in(fd, depth, &ignored);
    if (fd >= 0)
        close(fd);
    return total;
}

uint64_t hn_checkpoint_size(const char *dir, bool *is_empty)
{
    bool ignored = false;
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    is_empty = is_empty ? is_empty : &ignored;
    struct stat info;
    *is_empty = fd >= 0 && fstat(fd, &info) == 0 && (info.st_mode & S_IRWXU) == S_IRWXU;
    uint64_t total = fd < 0 ? 0 : size_in(fd, 0, is_empty);
    if (fd >= 0)
        close(fd);
    return total;
}

// --- copying ---

static bool copy_bytes(int from, int to)
{
    if (ioctl(to, FICLONE, from) == 0)
        return true;
    char buffer[65536];
    for (;;) {
        ssize_t n = read(from, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n == 0;
        for (ssize_t done = 0; done < n;) {
            ssize_t step = write(to, buffer + done, (size_t)(n - done));
            if (step < 0 && errno != EINTR)
                return false;
            done += step > 0 ? step : 0;
        }
    }
}

static bool copy_file(int from_dir, int to_dir, const char *name, mode_t mode)
{
    int from = openat(from_dir, name, O_RDONLY | O_CLOEXEC);
    if (from < 0)
        return errno == ENOENT; // a temporary file that has been renamed since
    int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode & 0777);
    bool copied = to >= 0 && copy_bytes(from, to) && !hn_fault("checkpoint.file");
    int code = errno;
    close(from);
    if (to >= 0)
        close(to);
    errno = code;
    return copied;
}

static bool copy_link(int from_dir, int to_dir, const char *name)
{
    char target[4096];
    ssize_t n = readlinkat(from_dir, name, target, sizeof target - 1);
    if (n < 0)
        return errno == ENOENT;
    target[n] = '\0';
    return symlinkat(target, to_dir, name) == 0 || errno == EEXIST;
}

static bool copy_tree(int from, int to, int depth);

static bool copy_directory(int from_dir, int to_dir, const char *name, int depth)
{
    if (depth >= MAX_DEPTH || (mkdirat(to_dir, name, 0777) != 0 && errno != EEXIST))
        return false;
    int from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool copied = from >= 0 && to >= 0 && copy_tree(from, to, depth + 1);
    int code = errno;
    if (to >= 0)
        close(to);
    if (from >= 0)
        close(from);
    errno = code;
    return copied;
}

static bool copy_tree(int from, int to, int depth)
{
    bool copied = true;
    int own = dup(from); // closedir takes the descriptor
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    if (!dir) {
        if (own >= 0)
            close(own);
        return false;
    }
    for (struct dirent *entry; copied && (entry = readdir(dir));) {
        struct stat info;
        const char *name = entry->d_name;
        if (is_dots(name) || fstatat(from, name, &info, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(info.st_mode))
            copied = copy_directory(from, to, name, depth);
        else if (S_ISLNK(info.st_mode))
            copied = copy_link(from, to, name);
        else if (S_ISREG(info.st_mode))
            copied = copy_file(from, to, name, info.st_mode);
    }
    int code = errno;
    closedir(dir);
    errno = code;
    return copied;
}

static hone_status copy_into(const char *from, const char *to, hone_error *err)
{
    int from_fd = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from_fd < 0 && errno == ENOENT)
        return HONE_OK; // the parent never had one
    int to_fd = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool copied = from_fd >= 0 && to_fd >= 0 && copy_tree(from_fd, to_fd, 0);
    int code = errno;
    if (from_fd >= 0)
        close(from_fd);
    if (to_fd >= 0)
        close(to_fd);
    return copied ? HONE_OK
                  : hn_fail_errno(err, code, "cannot copy the checkpoint %s to %s", from, to);
}

hone_status hn_checkpoint_copy(const char *from, const char *to, hone_error *err)
{
    hn_str half = HN_STR_INIT;
    hn_str_printf(&half, "%s.copy", to);
    hone_status status = hn_str_failed(&half) ? hn_fail_memory(err) : HONE_OK;
    const char *path = hn_str_text(&half);
    if (status == HONE_OK)
        status = hn_fs_remove_tree(path, err);
    if (status == HONE_OK && mkdir(path, 0777) != 0)
        status = hn_fail_errno(err, errno, "cannot create the folder %s", path);
    if (status == HONE_OK)
        status = copy_into(from, path, err);
    if (status == HONE_OK && rename(path, to) != 0)
        status = hn_fail_errno(err, errno, "cannot rename %s to %s", path, to);
    if (status != HONE_OK) // a full disk needs its room back
        hn_fs_remove_tree(path, NULL);
    hn_str_free(&half);
    return status;
}
