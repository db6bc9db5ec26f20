// Network file systems: each is known by its number, whatever is not there yet counts as its
// folder, and SQLite's storage refuses them in a sentence. The C library's statfs is replaced.
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/statfs.h>

#include <cmocka.h>

#include <hone/study.h>

#include "base/fs.h"

static uint32_t magic;
static const char *missing; // a path that ends so is not there
static int interrupted;     // so many calls are interrupted first

int statfs(const char *path, struct statfs *out)
{
    size_t n = strlen(path), m = missing ? strlen(missing) : 0;
    if (interrupted > 0) {
        interrupted--;
        errno = EINTR;
        return -1;
    }
    if (m > 0 && n >= m && strcmp(path + n - m, missing) == 0) {
        errno = ENOENT;
        return -1;
    }
    memset(out, 0, sizeof *out);
    out->f_type = magic;
    return 0;
}

static int reset(void **state)
{
    (void)state;
    magic = 0xEF53; // ext4
    missing = NULL;
    interrupted = 0;
    return 0;
}

static void each_kind_is_known(void **state)
{
    static const struct {
        uint32_t magic;
        const char *kind;
    } rows[] = {{0x6969, "nfs"},        {0xFF534D42, "cifs"},  {0xFE534D42, "smb2"},
                {0x0BD00BD0, "lustre"}, {0x47504653, "gpfs"},  {0x00C36400, "ceph"},
                {0x19830326, "beegfs"}, {0x7461636F, "ocfs2"}, {0x5346414F, "afs"}};
    char kind[32];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        magic = rows[i].magic;
        assert_true(hn_fs_is_network("/any/hone.db", kind));
        assert_string_equal(kind, rows[i].kind);
        assert_true(hn_fs_is_network("/any/hone.db", NULL));
    }
    magic = 0x01021994; // tmpfs
    assert_false(hn_fs_is_network("/any/hone.db", kind));
    assert_string_equal(kind, "");
}

static void what_is_not_there_is_its_folder(void **state)
{
    char kind[32];
    (void)state;
    magic = 0x6969;
    missing = "hone.db";
    assert_true(hn_fs_is_network("/mnt/share/hone.db", kind));
    assert_string_equal(kind, "nfs");
    assert_true(hn_fs_is_network("hone.db", kind));
    interrupted = 2;
    assert_true(hn_fs_is_network("/mnt/share/hone.db", kind));
    missing = ".";
    assert_false(hn_fs_is_network(".", kind));
}

static void sqlite_refuses_it(void **state)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_study *study = NULL;
    hone_error err = HONE_ERROR_INIT;
    (void)state;
    magic = 0x6969;
    options.storage = "sqlite:share/hone.db";
    assert_int_equal(hone_study_open(&options, &study, &err), HONE_EUNSUPPORTED);
    assert_null(study);
    assert_non_null(strstr(err.text, "share/hone.db is on a network file system (nfs)"));
    assert_non_null(strstr(err.text, "use a file on a local disk"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(each_kind_is_known, reset),
        cmocka_unit_test_setup(what_is_not_there_is_its_folder, reset),
        cmocka_unit_test_setup(sqlite_refuses_it, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
