// Files and folders: reading whole, writing atomically, making and removing trees.
//
// An atomic write goes to a file beside the target, which is then renamed over it: a reader sees
// the old content or the new, also after a crash (when synced: file first, then rename, then the
// folder that holds the name).
#include "base/fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/mem.h"
#include "base/str.h"

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

hone_status hn_fs_mkdirs(const char *path, hone_error *err)
{
    char *part = hn_strdup(path);
    if (!part)
        return hn_fail_memory(err);
    hone_status status = HONE_OK;
    for (char *p = part; status == HONE_OK && *p;) {
        p += strspn(p, "/");
        p += strcspn(p, "/");
        char end = *p;
        *p = '\0';
        if (mkdir(part, 0777) != 0) {
            int code = errno; // EROFS and EACCES may hide EEXIST
            if (!is_folder(part))
                status = hn_fail_errno(err, code == EEXIST ? ENOTDIR : code,
                                       "cannot make the folder %s", part);
        }
        *p = end;
    }
    hn_free(part);
    return status;
}

bool hn_fs_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static int open_file(const char *path, int flags)
{
    if (hn_fault("open.io"))
        return -1;
    int fd;
    do {
        fd = open(path, flags | O_CLOEXEC, 0666);
    } while (fd < 0 && errno == EINTR);
    return fd;
}

static ssize_t read_some(int fd, void *to, size_t n)
{
    if (hn_fault("read.io"))
        return -1;
    ssize_t got;
    do {
        got = read(fd, to, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

// Reads to the end into `text`; at most limit + 1 bytes when there is a limit.
static hone_status read_all(int fd, const char *path, size_t limit, hn_str *text, hone_error *err)
{
    char chunk[16384];
    for (;;) {
        ssize_t got = read_some(fd, chunk, sizeof chunk);
        if (got < 0)
            return hn_fail_errno(err, errno, "cannot read %s", path);
        hn_str_add_n(text, chunk, (size_t)got);
        if (hn_str_failed(text))
            return hn_fail_memory(err);
        if (limit && text->n > limit)
            return hn_fail(err, HONE_EINVAL, "%s is too long: at most %zu bytes are read", path,
                           limit);
        if (got == 0)
            return HONE_OK;
    }
}

hone_status hn_fs_read(const char *path, size_t limit, hn_arena *arena, char **data, size_t *size,
                       hone_error *err)
{
    // The size is not asked for: pipes and /proc have none, and a file may grow meanwhile.
    int fd = open_file(path, O_RDONLY);
    if (fd < 0)
        return hn_fail_errno(err, errno, "cannot open %s", path);
    hn_str text = HN_STR_INIT;
    hone_status status;
    HN_TRY_OUT(read_all(fd, path, limit, &text, err));
    char *copy = hn_arena_alloc(arena, text.n + 1);
    if (!copy) {
        status = hn_fail_memory(err);
        goto out;
    }
    memcpy(copy, hn_str_text(&text), text.n + 1);
    *data = copy;
    if (size)
        *size = text.n;
out:
    hn_str_free(&text);
    close(fd);
    return status;
}

static bool write_all(int fd, const char *data, size_t size)
{
    if (hn_fault("fs.write"))
        return false;
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        data += n;
        size -= (size_t)n;
    }
    return true;
}

static bool sync_file(int fd)
{
    if (hn_fault("fs.sync"))
        return false;
    return fsync(fd) == 0;
}

// The new name is durable only when the folder is. Some file systems cannot sync a folder; there
// is nothing better to do on them.
static bool sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder =
        slash ? hn_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : hn_strdup(".");
    if (!folder) {
        errno = ENOMEM;
        return false;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hn_free(folder);
    if (fd < 0)
        return true;
    bool ok = sync_file(fd) || errno == EINVAL || errno == ENOTSUP;
    int code = errno;
    close(fd);
    errno = code;
    return ok;
}

static bool fill_file(const char *path, const void *data, size_t size, bool sync)
{
    int fd = open_file(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW);
    if (fd < 0)
        return false;
    bool ok = write_all(fd, data, size) && (!sync || sync_file(fd));
    int code = errno;
    if (close(fd) != 0 && ok) // a network file system may report a failed write only here
        return false;
    errno = code;
    return ok;
}

static bool rename_file(const char *from, const char *to)
{
    return !hn_fault("fs.rename.before") && rename(from, to) == 0;
}

hone_status hn_fs_write_atomic(const char *path, const void *data, size_t size, bool sync,
                               hone_error *err)
{
    hn_str temporary = HN_STR_INIT;
    hn_str_printf(&temporary, "%s.tmp-%ld", path, (long)getpid());
    if (hn_str_failed(&temporary)) {
        hn_str_free(&temporary);
        return hn_fail_memory(err);
    }
    hone_status status = HONE_OK;
    if (!fill_file(temporary.data, data, size, sync) || !rename_file(temporary.data, path)) {
        status = hn_fail_errno(err, errno, "cannot write %s", path);
        unlink(temporary.data);
    } else if (hn_fault("fs.rename.after") || (sync && !sync_folder_of(path))) {
        status = hn_fail_errno(err, errno, "cannot sync the folder of %s", path);
    }
    hn_str_free(&temporary);
    return status;
}

static bool remove_at(int parent, const char *name);

// One pass over a folder. Entries that appear meanwhile are left for the next pass.
static bool empty_folder(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return false;
    DIR *folder = fdopendir(fd);
    if (!folder) {
        int code = errno;
        close(fd);
        errno = code;
        return false;
    }
    bool ok = true;
    for (struct dirent *entry; ok && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            ok = remove_at(fd, entry->d_name);
    }
    int code = errno;
    closedir(folder);
    errno = code;
    return ok;
}

static bool remove_at(int parent, const char *name)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return true;
    int code = errno;
    if (code != EISDIR && code != EPERM && code != EACCES)
        return false;
    // A process that is ending may still write into its folder: a few passes.
    for (int pass = 0; pass < 4; pass++) {
        if (!empty_folder(parent, name)) {
            if (errno == ENOTDIR)
                errno = code; // a file that may not be removed
            return errno == ENOENT;
        }
        if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
            return true;
        if (errno != ENOTEMPTY && errno != EEXIST)
            return false;
    }
    return false;
}

hone_status hn_fs_remove_tree(const char *path, hone_error *err)
{
    return remove_at(AT_FDCWD, path) ? HONE_OK
                                     : hn_fail_errno(err, errno, "cannot remove %s", path);
}

bool hn_fs_remove_tree_at(int folder, const char *name)
{
    return remove_at(folder, name);
}

char *hn_fs_join(hn_arena *arena, const char *a, const char *b)
{
    if (b[0] == '/' || a[0] == '\0')
        return hn_arena_strdup(arena, b);
    bool slash = a[strlen(a) - 1] == '/';
    return hn_arena_printf(arena, "%s%s%s", a, slash ? "" : "/", b);
}
