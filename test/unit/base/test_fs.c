// Files and folders, and what faults leave behind.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fault.h"
#include "base/fs.h"

// Each test runs in an empty folder of its own, which is the working directory.
static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/hone-fs-XXXXXX");
    *state = folder;
    return folder && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    int failed = chdir("/") != 0 || hn_fs_remove_tree(*state, NULL) != HONE_OK;
    failed |= hn_fs_exists(*state);
    free(*state);
    return failed ? -1 : 0;
}

static void put(const char *path, const char *text)
{
    assert_int_equal(hn_fs_write_atomic(path, text, strlen(text), false, NULL), HONE_OK);
}

static void check_content(const char *path, const char *want)
{
    hn_arena arena = HN_ARENA_INIT;
    char *data = NULL;
    size_t size = 0;
    assert_int_equal(hn_fs_read(path, 0, &arena, &data, &size, NULL), HONE_OK);
    assert_int_equal(size, strlen(want));
    assert_string_equal(data, want);
    hn_arena_free(&arena);
}

static int count_entries(const char *path)
{
    int n = 0;
    DIR *folder = opendir(path);
    while (readdir(folder))
        n++;
    closedir(folder);
    return n - 2;
}

static void making_folders(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    struct stat st;
    assert_int_equal(hn_fs_mkdirs("a/b//c/", &err), HONE_OK);
    assert_true(stat("a/b/c", &st) == 0 && S_ISDIR(st.st_mode));
    assert_int_equal(hn_fs_mkdirs("a/b/c", &err), HONE_OK);
    assert_int_equal(hn_fs_mkdirs("./a/../a/b/d", &err), HONE_OK);
    assert_int_equal(hn_fs_mkdirs("", &err), HONE_OK);
    assert_int_equal(hn_fs_mkdirs("/", &err), HONE_OK);
    put("file", "x");
    assert_int_equal(hn_fs_mkdirs("file/x", &err), HONE_EIO);
    assert_string_equal(err.text, "cannot make the folder file: Not a directory");
    assert_int_equal(symlink("a", "link"), 0);
    assert_int_equal(hn_fs_mkdirs("link/e", &err), HONE_OK);
    assert_true(hn_fs_exists("a/e"));
}

static void existence(void **state)
{
    (void)state;
    assert_false(hn_fs_exists("x"));
    put("x", "");
    assert_true(hn_fs_exists("x"));
    assert_true(hn_fs_exists("."));
    assert_false(hn_fs_exists("x/y"));
    assert_false(hn_fs_exists(""));
}

static void reading(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    char *data = NULL, big[50000];
    size_t size = 7;
    memset(big, 'q', sizeof big);
    assert_int_equal(hn_fs_write_atomic("big", big, sizeof big, true, &err), HONE_OK);
    assert_int_equal(hn_fs_read("big", sizeof big, &arena, &data, &size, &err), HONE_OK);
    assert_int_equal(size, sizeof big);
    assert_memory_equal(data, big, sizeof big);
    assert_int_equal(data[size], '\0');
    assert_int_equal(hn_fs_read("big", sizeof big - 1, &arena, &data, &size, &err), HONE_EINVAL);
    assert_string_equal(err.text, "big is too long: at most 49999 bytes are read");
    put("empty", "");
    assert_int_equal(hn_fs_read("empty", 1, &arena, &data, NULL, &err), HONE_OK);
    assert_string_equal(data, "");
    assert_int_equal(hn_fs_read("none", 0, &arena, &data, &size, &err), HONE_EIO);
    assert_string_equal(err.text, "cannot open none: No such file or directory");
    assert_int_equal(hn_fs_read(".", 0, &arena, &data, &size, &err), HONE_EIO);
    assert_string_equal(err.text, "cannot read .: Is a directory");
    // Files whose size is not known beforehand.
    assert_int_equal(hn_fs_read("/proc/self/stat", 0, &arena, &data, &size, &err), HONE_OK);
    assert_true(size > 10);
    hn_arena_free(&arena);
}

static void writing_replaces_and_leaves_nothing_else(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    put("f", "old content that is longer");
    int before = open("f", O_RDONLY);
    assert_int_equal(hn_fs_write_atomic("f", "new", 3, true, &err), HONE_OK);
    check_content("f", "new");
    char old[4] = "";
    assert_int_equal(read(before, old, 3), 3); // who has it open sees the old file to its end
    assert_string_equal(old, "old");
    close(before);
    assert_int_equal(count_entries("."), 1);
    assert_int_equal(hn_fs_write_atomic("no/such/f", "x", 1, false, &err), HONE_EIO);
    assert_string_equal(err.text, "cannot write no/such/f: No such file or directory");
    assert_int_equal(mkdir("folder", 0777), 0);
    assert_int_equal(hn_fs_write_atomic("folder", "x", 1, false, &err), HONE_EIO);
    assert_int_equal(count_entries("."), 2);
    char absolute[400];
    assert_non_null(getcwd(absolute, 300));
    strcat(absolute, "/g");
    assert_int_equal(hn_fs_write_atomic(absolute, "g", 1, true, &err), HONE_OK);
    check_content("g", "g");
    // A left-over of a dead process with our number is no obstacle, a planted link no way out.
    char temporary[64];
    snprintf(temporary, sizeof temporary, "f.tmp-%ld", (long)getpid());
    put(temporary, "left over, and longer than the next");
    put("f", "newer");
    check_content("f", "newer");
    put("victim", "safe");
    assert_int_equal(symlink("victim", temporary), 0);
    (void)hn_fs_write_atomic("f", "evil", 4, false, NULL);
    check_content("victim", "safe");
}

#ifdef HONE_FAULTS
static void faults_before_the_rename_leave_the_old_file(void **state)
{
    (void)state;
    static const char *const specs[] = {"open.io:1",          "fs.write:1",  "fs.write:1:enospc",
                                        "fs.sync:1",          "alloc:1",     "alloc:2",
                                        "fs.rename.before:1", "alloc:1:fail"};
    put("f", "old");
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        hone_error err = HONE_ERROR_INIT;
        hn_fault_arm(specs[i]);
        hone_status status = hn_fs_write_atomic("f", "new", 3, true, &err);
        hn_fault_arm(NULL);
        if (strcmp(specs[i], "alloc:2") == 0) { // syncing the folder, after the rename
            assert_int_equal(status, HONE_ENOMEM);
            check_content("f", "new");
            put("f", "old");
            continue;
        }
        assert_int_equal(status, strncmp(specs[i], "alloc", 5) == 0 ? HONE_ENOMEM : HONE_EIO);
        assert_true(err.text[0]);
        check_content("f", "old");
        assert_int_equal(count_entries("."), 1);
    }
    hone_error err = HONE_ERROR_INIT;
    hn_fault_arm("fs.write:1:enospc");
    hn_fs_write_atomic("f", "new", 3, false, &err);
    assert_string_equal(err.text, "cannot write f: No space left on device");
    hn_fault_arm(NULL);
}

static void faults_after_the_rename_are_told(void **state)
{
    (void)state;
    static const char *const specs[] = {"fs.rename.after:1", "fs.sync:2"};
    for (size_t i = 0; i < 2; i++) {
        hone_error err = HONE_ERROR_INIT;
        put("f", "old");
        hn_fault_arm(specs[i]);
        assert_int_equal(hn_fs_write_atomic("f", "new", 3, true, &err), HONE_EIO);
        hn_fault_arm(NULL);
        check_content("f", "new");
    }
}

static void a_kill_leaves_the_old_or_the_new(void **state)
{
    (void)state;
    static const struct {
        const char *spec, *content;
    } cases[] = {
        {"fs.write:1:kill", "old"},         {"fs.sync:1:kill", "old"},
        {"fs.rename.before:1:kill", "old"}, {"fs.rename.after:1:kill", "new"},
        {"fs.sync:2:kill", "new"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("f", "old");
        pid_t pid = fork();
        if (pid == 0) {
            hn_fault_arm(cases[i].spec);
            hn_fs_write_atomic("f", "new", 3, true, NULL);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_true(WIFSIGNALED(status));
        check_content("f", cases[i].content);
    }
}

static void faults_of_reading(void **state)
{
    (void)state;
    static const char *const specs[] = {"open.io:1", "read.io:1", "read.io:2", "alloc:1",
                                        "alloc:2"};
    put("f", "text");
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        hn_arena arena = HN_ARENA_INIT;
        char *data;
        hone_error err = HONE_ERROR_INIT;
        hn_fault_arm(specs[i]);
        hone_status status = hn_fs_read("f", 0, &arena, &data, NULL, &err);
        hn_fault_arm(NULL);
        assert_int_equal(status, i < 3 ? HONE_EIO : HONE_ENOMEM);
        hn_arena_free(&arena);
    }
    hn_fault_arm("alloc:1");
    assert_int_equal(hn_fs_mkdirs("a", NULL), HONE_ENOMEM);
    hn_fault_arm(NULL);
}
#endif

static void removing_trees(void **state)
{
    (void)state;
    hone_error err = HONE_ERROR_INIT;
    assert_int_equal(hn_fs_mkdirs("t/a/b/c", &err), HONE_OK);
    assert_int_equal(hn_fs_mkdirs("outside", &err), HONE_OK);
    put("outside/kept", "x");
    assert_int_equal(symlink("../outside", "t/link"), 0);
    assert_int_equal(symlink("nowhere", "t/a/dangling"), 0);
    for (int i = 0; i < 300; i++) {
        char path[32];
        snprintf(path, sizeof path, "t/a/b/f%d", i);
        put(path, "x");
    }
    assert_int_equal(hn_fs_remove_tree("t", &err), HONE_OK);
    assert_false(hn_fs_exists("t"));
    assert_true(hn_fs_exists("outside/kept")); // links are not followed
    assert_int_equal(hn_fs_remove_tree("t", &err), HONE_OK);
    assert_int_equal(hn_fs_remove_tree("outside/kept", &err), HONE_OK); // a file, too
    assert_int_equal(hn_fs_remove_tree("outside/kept/x", &err), HONE_OK);
    assert_int_equal(hn_fs_remove_tree("outside/", &err), HONE_OK);
    assert_false(hn_fs_exists("outside"));
    assert_int_equal(hn_fs_remove_tree("/proc/self", &err), HONE_EIO);
    assert_true(strncmp(err.text, "cannot remove /proc/self: ", 26) == 0);
}

static void joining(void **state)
{
    (void)state;
    hn_arena arena = HN_ARENA_INIT;
    assert_string_equal(hn_fs_join(&arena, "a", "b"), "a/b");
    assert_string_equal(hn_fs_join(&arena, "a/", "b/c"), "a/b/c");
    assert_string_equal(hn_fs_join(&arena, "/", "b"), "/b");
    assert_string_equal(hn_fs_join(&arena, "a", "/b"), "/b");
    assert_string_equal(hn_fs_join(&arena, "", "b"), "b");
    hn_arena_free(&arena);
}

static void local_folders_are_not_network(void **state)
{
    (void)state;
    char kind[32] = "x";
    assert_false(hn_fs_is_network("/proc", kind));
    assert_string_equal(kind, "");
    assert_false(hn_fs_is_network("/proc/no/such/thing", NULL));
    assert_false(hn_fs_is_network("/dev/null", NULL));
    // Absent files are judged by the folder that they would be in.
    bool here = hn_fs_is_network(".", NULL);
    assert_int_equal(hn_fs_is_network("not/there/yet", NULL), here);
    assert_int_equal(hn_fs_is_network("hone.db", NULL), here);
    (void)hn_fs_is_network("", kind);
}

static const char mounts[] =
    "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
    "40 21 0:40 / /mnt/ssh rw,nosuid shared:5 - fuse.sshfs me@host:/data rw,user_id=0\n"
    "41 21 0:41 / /mnt/crypt rw shared:6 master:2 - fuse.gocryptfs /enc rw\n"
    "42 21 0:42 / /mnt/win rw - fuseblk /dev/sdb1 rw\n"
    "43 21 0:43 / /mnt/p rw - 9p host rw,trans=virtio\n"
    "44 21 0:44 / /mnt/q rw - 9p 10.0.0.1 rw,access=user,trans=tcp,port=564\n"
    "45 21 0:45 / /mnt/g rw - fuse.glusterfs host:/vol rw\n"
    "46 21 0:46 / /mnt/below rw - fuse.sshfs a:b rw\n"
    "47 46 0:46 / /mnt/below rw - fuse.bindfs /x rw\n"
    "garbage\n"
    "48 21 0:48 / /mnt/s rw - fuse.s3fs bucket rw";

static void fuse_is_judged_by_its_type(void **state)
{
    (void)state;
    static const struct {
        unsigned minor_number;
        bool network;
        const char *kind;
    } cases[] = {
        {40, true, "fuse.sshfs"},
        {41, false, "fuse.gocryptfs"},
        {42, false, "fuseblk"},
        {43, false, "9p"},
        {44, true, "9p"},
        {45, true, "fuse.glusterfs"},
        {46, false, "fuse.bindfs"},
        {48, true, "fuse.s3fs"},
        {99, false, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char kind[32] = "";
        assert_int_equal(hn_fs_mount_is_network(mounts, 0, cases[i].minor_number, kind),
                         cases[i].network);
        assert_string_equal(kind, cases[i].kind);
    }
    assert_false(hn_fs_mount_is_network("", 0, 40, NULL));
    assert_true(hn_fs_mount_is_network(mounts, 0, 40, NULL));
    assert_false(hn_fs_mount_is_network(mounts, 8, 40, NULL));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(making_folders),
        IN_FOLDER(existence),
        IN_FOLDER(reading),
        IN_FOLDER(writing_replaces_and_leaves_nothing_else),
#ifdef HONE_FAULTS
        IN_FOLDER(faults_before_the_rename_leave_the_old_file),
        IN_FOLDER(faults_after_the_rename_are_told),
        IN_FOLDER(a_kill_leaves_the_old_or_the_new),
        IN_FOLDER(faults_of_reading),
#endif
        IN_FOLDER(removing_trees),
        IN_FOLDER(joining),
        IN_FOLDER(local_folders_are_not_network),
        cmocka_unit_test(fuse_is_judged_by_its_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
