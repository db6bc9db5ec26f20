// Fuzzes what is read from the system: src/base/fs_network.c with any magic number and mount table,
// src/core/owner.c with any text for an owner.
//
// The first four bytes are the magic number, the next two a device; then an owner's line, and the
// rest is the mount table.
#include <errno.h>
#include <string.h>
#include <sys/statfs.h>

#include <hone/trial.h>

#include "base/fs.h"
#include "core/owner.h"
#include "fuzz.h"

static uint32_t magic;

// In place of the C library's: the file system is what the input says.
int statfs(const char *path, struct statfs *out)
{
    memset(out, 0, sizeof *out);
    out->f_type = magic;
    errno = ENOENT;
    return strstr(path, "not/there") ? -1 : 0;
}

static void check_owner(const char *text)
{
    hn_arena arena = HN_ARENA_INIT;
    char *own = hn_owner_self(&arena);
    hn_life life = hn_owner_life(text);
    FUZZ_CHECK(life == HN_ALIVE || life == HN_DEAD || life == HN_LIFE_UNKNOWN);
    FUZZ_EXPECT(own && hn_owner_life(own) == HN_ALIVE);
    // This host, this boot, and any number for the process.
    char *slash = own ? strchr(own, '/') : NULL;
    slash = slash ? strchr(slash + 1, '/') : NULL;
    if (slash) {
        char *other = hn_arena_printf(&arena, "%.*s/%s", (int)(slash - own), own, text);
        FUZZ_EXPECT(other != NULL);
        int lives = hone_owner_lives(other ? other : "");
        FUZZ_CHECK(lives >= -1 && lives <= 1);
    }
    hn_arena_free(&arena);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    char kind[32] = "";
    if (size < 6)
        return;
    memcpy(&magic, data, sizeof magic);
    bool network = hn_fs_is_network(data[5] & 1 ? "not/there/yet" : "/proc/self", kind);
    FUZZ_CHECK(memchr(kind, '\0', sizeof kind) && (!network || kind[0]));
    char *text = malloc(size - 6 + 1);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data + 6, size - 6);
    text[size - 6] = '\0';
    char *table = strchr(text, '\n');
    if (table)
        *table++ = '\0';
    check_owner(text);
    kind[0] = '\0';
    if (table) {
        network = hn_fs_mount_is_network(table, data[4], data[5], kind);
        FUZZ_CHECK(memchr(kind, '\0', sizeof kind) && (!network || kind[0]));
    }
    free(text);
}
