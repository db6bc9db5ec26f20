// Is a path on a network file system? By the magic number of statfs; for FUSE and 9P, which serve
// local files too, by the mount's type and options in /proc/self/mountinfo.
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>

#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

enum { KIND_SIZE = 32, MAGIC_FUSE = 0x65735546, MAGIC_9P = 0x01021997 };

static const struct {
    uint32_t magic;
    const char *kind;
} network_magics[] = {
    {0x6969, "nfs"},        {0x517B, "smb"},      {0xFF534D42, "cifs"},   {0xFE534D42, "smb2"},
    {0x0BD00BD0, "lustre"}, {0x47504653, "gpfs"}, {0x19830326, "beegfs"}, {0x00C36400, "ceph"},
    {0x5346414F, "afs"},    {0x6B414653, "afs"},  {0x7461636F, "ocfs2"},  {0x01161970, "gfs2"},
    {0x564C, "ncp"},        {0x73757245, "coda"}, {0xAAD7AAEA, "panfs"},
};

// FUSE types that reach over a network, by how they begin after "fuse.".
static const char *const network_fuse[] = {
    "sshfs",   "glusterfs", "ceph",     "s3fs",     "rclone",   "gcsfuse",       "goofys",
    "geesefs", "juicefs",   "mfs",      "moosefs",  "lizardfs", "saunafs",       "seaweedfs",
    "weed",    "curlftpfs", "smbnetfs", "davfs",    "blobfuse", "mountpoint-s3", "mount-s3",
    "nfs",     "beegfs",    "quobyte",  "orangefs", "cvmfs",    "xrootd",        "dfs",
};

static void set_kind(char *kind, const char *text, size_t n)
{
    if (kind)
        snprintf(kind, KIND_SIZE, "%.*s", (int)n, text);
}

// Reads one line of mountinfo: device numbers, then after " - " the type and the options.
static bool is_mount_of(const char *line, size_t length, dev_t device, const char **type)
{
    unsigned major_number, minor_number;
    if (sscanf(line, "%*d %*d %u:%u", &major_number, &minor_number) != 2)
        return false;
    const char *dash = memmem(line, length, " - ", 3);
    if (!dash || makedev(major_number, minor_number) != device)
        return false;
    *type = dash + 3;
    return true;
}

static bool type_is_network(const char *type, size_t n_type, const char *end)
{
    if (n_type == 2 && memcmp(type, "9p", 2) == 0)
        return memmem(type, (size_t)(end - type), "trans=tcp", 9) != NULL ||
               memmem(type, (size_t)(end - type), "trans=rdma", 10) != NULL;
    if (n_type < 5 || memcmp(type, "fuse.", 5) != 0)
        return false;
    for (size_t i = 0; i < sizeof network_fuse / sizeof *network_fuse; i++) {
        size_t n = strlen(network_fuse[i]);
        if (n_type - 5 >= n && memcmp(type + 5, network_fuse[i], n) == 0)
            return true;
    }
    return false;
}

bool hn_fs_mount_is_network(const char *mountinfo, unsigned major_number, unsigned minor_number,
                            char *kind)
{
    dev_t device = makedev(major_number, minor_number);
    bool network = false;
    for (const char *line = mountinfo; *line;) {
        const char *end = line + strcspn(line, "\n"), *type;
        // The last line counts: it is the mount on top.
        if (is_mount_of(line, (size_t)(end - line), device, &type)) {
            size_t n = strcspn(type, " \n");
            network = type_is_network(type, n, end);
            set_kind(kind, type, n);
        }
        line = end + (*end == '\n');
    }
    return network;
}

static bool look_into_mountinfo(const char *path, char *kind)
{
    struct stat st;
    hn_arena arena = HN_ARENA_INIT;
    char *text;
    bool network = false;
    if (stat(path, &st) == 0 &&
        hn_fs_read("/proc/self/mountinfo", 0, &arena, &text, NULL, NULL) == HONE_OK)
        network = hn_fs_mount_is_network(text, major(st.st_dev), minor(st.st_dev), kind);
    hn_arena_free(&arena);
    return network;
}

static bool is_network(const char *path, uint32_t magic, char *kind)
{
    for (size_t i = 0; i < sizeof network_magics / sizeof *network_magics; i++) {
        if (network_magics[i].magic == magic) {
            set_kind(kind, network_magics[i].kind, KIND_SIZE - 1);
            return true;
        }
    }
    return (magic == MAGIC_FUSE || magic == MAGIC_9P) && look_into_mountinfo(path, kind);
}

// Shortens "a/b/c" to "a/b", "/a" to "/", "a" to "."; false when there is nothing above.
static bool go_up(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == path && path[1]) {
        path[1] = '\0';
        return true;
    }
    if (slash && slash != path) {
        *slash = '\0';
        return true;
    }
    if (slash || strcmp(path, ".") == 0 || !path[0])
        return false;
    path[0] = '.';
    path[1] = '\0';
    return true;
}

bool hn_fs_is_network(const char *path, char *kind)
{
    if (kind)
        kind[0] = '\0';
    char *folder = hn_strdup(path);
    if (!folder)
        return false;
    struct statfs fs;
    int code;
    do {
        code = statfs(folder, &fs) == 0 ? 0 : errno;
    } while (code == EINTR || ((code == ENOENT || code == ENOTDIR) && go_up(folder)));
    bool network = code == 0 && is_network(folder, (uint32_t)fs.f_type, kind);
    hn_free(folder);
    return network;
}
