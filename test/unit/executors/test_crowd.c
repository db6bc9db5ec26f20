// Much of everything: jobs at once, lines, bytes without an end; and that nothing leaks.
#include <dirent.h>
#include <sys/resource.h>

#include "unit/executors/bed.h"

static size_t n_open_files(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void three_hundred_at_once(void **state)
{
    bed *b = *state;
    enum { N = 300 };
    struct rlimit files;
    b->batch = 64;
    getrlimit(RLIMIT_NOFILE, &files);
    rlim_t before = files.rlim_cur;
    files.rlim_cur = 256;
    setrlimit(RLIMIT_NOFILE, &files);
    b->local->soft_files = 256; // as init reads it
    for (uint64_t id = 0; id < N; id++)
        bed_shell(b, id, "echo up >&3; read x <&3; ulimit -n; exit 3");
    for (uint64_t id = 0; id < N; id++)
        bed_line(b, id, 0);
    for (uint64_t id = 0; id < N; id++)
        hn_executor_local.reply(b->local, id, "go", NULL);
    for (uint64_t id = 0; id < N; id++) {
        assert_int_equal(bed_exit(b, id)->exit_code, 3);
        assert_string_equal(bed_line(b, id, 1), "256"); // the child's limit is as it was
    }
    getrlimit(RLIMIT_NOFILE, &files);
    assert_true(files.rlim_cur > 256);
    files.rlim_cur = before;
    setrlimit(RLIMIT_NOFILE, &files);
}

static void no_descriptor_is_leaked(void **state)
{
    (void)state;
    size_t before = 0;
    for (int round = 0; round < 4; round++) {
        bed b;
        const char *nothing[] = {"no-such-command-anywhere", NULL};
        bed_open(&b);
        for (uint64_t id = 0; id < 20; id++)
            bed_shell(&b, id, "echo a; echo b >&3");
        bed_start(&b, bed_job(&b, 50, nothing));
        for (uint64_t id = 0; id < 20; id++)
            bed_exit(&b, id);
        bed_shell(&b, 51, "read x <&3"); // still running at the end
        bed_close(&b);
        // The first round leaves what libuv keeps for the process.
        if (round == 0)
            before = n_open_files();
        assert_int_equal(n_open_files(), before);
    }
}

static void a_flood_on_the_descriptor_waits_for_us(void **state)
{
    bed *b = *state;
    enum { N = 20000 };
    char want[32];
    b->batch = 7;
    bed_shell(b, 1, "seq 1 20000 | sed 's/^/a fairly long line to fill the socket: /' >&3");
    bed_exit(b, 1);
    size_t seen = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (b->said[i]->m.type != HN_MSG_LINE)
            continue;
        snprintf(want, sizeof want, ": %zu", ++seen);
        assert_string_equal(strrchr(b->said[i]->text, ':'), want);
    }
    assert_int_equal(seen, N);
}

static void a_flood_does_not_starve_others(void **state)
{
    bed *b = *state;
    bed_shell(b, 1, "yes >&3");
    bed_line(b, 1, 0);
    bed_shell(b, 2, "exit 2");
    uint64_t until = hn_clock_mono_us() + BED_WAIT_S * 1000000u;
    while (!bed_find(b, 2, HN_MSG_EXITED, 0)) {
        assert_true(hn_clock_mono_us() < until);
        if (b->n > 10000)
            bed_forget(b);
        bed_drive(b);
    }
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_KILL, NULL);
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_CANCELLED);
}

static void bytes_of_any_kind(void **state)
{
    bed *b = *state;
    bed_shell(b, 1,
              "printf 'a\\0b\\n\\n\\377\\376\\n'; head -c 70000 /dev/zero; echo; "
              "head -c 1000000 /dev/zero | tr '\\0' x; echo; echo loss=1; "
              "head -c 1000000 /dev/zero | tr '\\0' y");
    bed_exit(b, 1);
    const bed_said *line = bed_find(b, 1, HN_MSG_LINE, 0);
    assert_int_equal(line->m.text_size, 3);
    assert_memory_equal(line->text, "a\0b", 4);
    assert_int_equal(bed_find(b, 1, HN_MSG_LINE, 1)->m.text_size, 0);
    assert_memory_equal(bed_line(b, 1, 2), "\377\376", 3);
    assert_int_equal(bed_find(b, 1, HN_MSG_LINE, 3)->m.text_size, HN_LINE_MAX);
    assert_int_equal(bed_find(b, 1, HN_MSG_LINE, 4)->m.text_size, HN_LINE_MAX);
    assert_string_equal(bed_line(b, 1, 5), "loss=1");
    assert_int_equal(bed_find(b, 1, HN_MSG_LINE, 6)->m.text_size, HN_LINE_MAX);
    assert_null(bed_find(b, 1, HN_MSG_LINE, 7));
}

static void of_an_endless_progress_line_the_newest_part_counts(void **state)
{
    bed *b = *state;
    bed_shell(b, 1,
              "i=0; while [ $i -lt 4000 ]; do printf '\\repoch %d of many: loss=0.%d' $i $i;"
              " i=$((i+1)); done; echo");
    bed_exit(b, 1);
    const bed_said *line = bed_find(b, 1, HN_MSG_LINE, 0);
    assert_true(line->m.text_size <= HN_LINE_MAX);
    assert_string_equal(strrchr(line->text, '\r'), "\repoch 3999 of many: loss=0.3999");
    assert_null(bed_find(b, 1, HN_MSG_LINE, 1));
}

static void many_quick_jobs_cost_little(void **state)
{
    bed *b = *state;
    enum { N = 200 };
    const char *argv[] = {"true", NULL};
    for (uint64_t id = 0; id < N; id++) {
        bed_start(b, bed_job(b, id, argv));
        assert_int_equal(bed_exit(b, id)->exit_code, 0);
        bed_forget(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(three_hundred_at_once, bed_setup, bed_teardown),
        cmocka_unit_test(no_descriptor_is_leaked),
        cmocka_unit_test_setup_teardown(a_flood_on_the_descriptor_waits_for_us, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_flood_does_not_starve_others, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(bytes_of_any_kind, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(of_an_endless_progress_line_the_newest_part_counts,
                                        bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(many_quick_jobs_cost_little, bed_setup, bed_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
