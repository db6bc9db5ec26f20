// Trial folders: few system calls, because every trial makes one.
#include "drive/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"

enum { TAIL_BYTES = 16384 };

static void set_below(hn_str *path, const hn_folder *folder, const char *name)
{
    hn_str_clear(path);
    hn_str_add_n(path, folder->dir.data, folder->dir.n);
    hn_str_add(path, name);
}

hone_status hn_folder_name(hn_folder *folder, const char *base, uint32_t number, int64_t part,
                           hone_error *err)
{
    hn_str_clear(&folder->dir);
    hn_str_add(&folder->dir, base);
    hn_str_add_char(&folder->dir, '/');
    hn_str_add_int(&folder->dir, number);
    if (part >= 0) {
        hn_str_add(&folder->dir, "/run-");
        hn_str_add_int(&folder->dir, part);
    }
    set_below(&folder->ckpt, folder, "/ckpt");
    set_below(&folder->params, folder, "/params.json");
    bool failed = hn_str_failed(&folder->dir) || hn_str_failed(&folder->ckpt) ||
                  hn_str_failed(&folder->params);
    return failed ? hn_fail_memory(err) : HONE_OK;
}

void hn_folder_free(hn_folder *folder)
{
    hn_str_free(&folder->dir);
    hn_str_free(&folder->ckpt);
    hn_str_free(&folder->params);
}

// True when the directory was made now; `*status` tells of failure.
static bool make_directory(const char *path, hone_status *status, hone_error *err)
{
    *status = HONE_OK;
    if (mkdir(path, 0777) == 0)
        return true;
    if (errno == EEXIST) {
        struct stat info;
        if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode))
            *status = hn_fail_errno(err, ENOTDIR, "cannot create the folder %s", path);
        return false;
    }
    if (errno == ENOENT)
        *status = hn_fs_mkdirs(path, err);
    else
        *status = hn_fail_errno(err, errno, "cannot create the folder %s", path);
    return *status == HONE_OK;
}

// To make a folder is the dearest step of a launch, which the executor's child takes while others
// start. Looking first whether it is there would cost us a quarter of that.
static bool is_left_to_executor(const char *base)
{
    return base && access(base, W_OK | X_OK) == 0;
}

hone_status hn_folder_make(hn_folder *folder, const char *base, bool first_attempt, bool fresh,
                           bool copies, hone_error *err)
{
    hone_status status = HONE_OK;
    folder->lacks_dir = !copies && is_left_to_executor(base);
    folder->is_new = folder->lacks_dir || make_directory(hn_str_text(&folder->dir), &status, err);
    if (status == HONE_OK && !folder->is_new && (first_attempt || fresh))
        status = hn_fs_remove_tree(hn_str_text(&folder->ckpt), err);
    folder->lacks_ckpt = folder->is_new && !copies;
    if (status == HONE_OK && !folder->is_new && !copies)
        make_directory(hn_str_text(&folder->ckpt), &status, err);
    return status;
}

// Start of the last `max_lines` lines of data [n].
static size_t tail_start(const char *data, size_t n, int max_lines)
{
    size_t at = n;
    while (at > 0) {
        if (data[at - 1] == '\n' && max_lines-- == 1)
            break;
        at--;
        if (max_lines <= 0)
            break;
    }
    return at;
}

void hn_file_tail(const char *path, int max_lines, hn_str *out)
{
    char data[TAIL_BYTES];
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    off_t from = fstat(fd, &info) == 0 && info.st_size > TAIL_BYTES ? info.st_size - TAIL_BYTES : 0;
    ssize_t n = pread(fd, data, sizeof data, from);
    close(fd);
    while (n > 0 && (data[n - 1] == '\n' || data[n - 1] == '\r' || data[n - 1] == ' '))
        n--;
    if (n <= 0)
        return;
    size_t start = tail_start(data, (size_t)n, max_lines);
    hn_str_add_n(out, data + start, (size_t)n - start);
}
