// The local executor with real processes: ends, output, the descriptor, stopping.
#include "unit/executors/bed.h"

static void exit_codes_and_use(void **state)
{
    bed *b = *state;
    bed_shell(b, 1, "exit 0");
    bed_shell(b, 2, "exit 7");
    bed_shell(b, 3, "kill -SEGV $$");
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_EXIT);
    assert_int_equal(bed_exit(b, 1)->exit_code, 0);
    assert_int_equal(bed_exit(b, 2)->exit_code, 7);
    assert_int_equal(bed_exit(b, 3)->cause, HN_END_SIGNAL);
    assert_int_equal(bed_exit(b, 3)->signal, SIGSEGV);
    assert_true(bed_exit(b, 1)->maxrss_kb > 100);
    assert_true(bed_exit(b, 1)->wall_us > 0 && bed_exit(b, 1)->wall_us < 60000000);
}

static void cpu_of_waited_children_counts(void **state)
{
    bed *b = *state;
    bed_shell(b, 1, "sh -c 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done'");
    assert_true(bed_exit(b, 1)->cpu_us > 2000);
}

static void started_tells_pid_and_ticks(void **state)
{
    bed *b = *state;
    char path[64], text[512] = "";
    for (uint64_t id = 1; id <= 40; id++) {
        bed_shell(b, id, "read x <&3");
        const hn_message *m = &bed_until(b, id, HN_MSG_STARTED, 0)->m;
        snprintf(path, sizeof path, "/proc/%lld/stat", (long long)m->pid);
        int file = open(path, O_RDONLY);
        assert_true(file >= 0 && read(file, text, sizeof text - 1) > 0);
        close(file);
        char *p = strrchr(text, ')');
        for (int field = 2; field < 22; field++)
            p = strchr(p + 1, ' ');
        assert_int_equal(strtoll(p + 1, NULL, 10), m->start_ticks);
        hn_executor_local.reply(b->local, id, "{}", NULL);
        assert_int_equal(bed_exit(b, id)->pid, m->pid);
    }
}

static void output_goes_to_files_and_lines_come_in_order(void **state)
{
    bed *b = *state;
    const char *argv[] = {"sh", "-c",
                          "for i in 1 2 3 4 5; do echo line $i; done; echo no >&2; "
                          "printf 'crlf\\r\\nlast'",
                          NULL};
    hn_job job = bed_job(b, 1, argv);
    job.read_stdout = job.read_stderr = true;
    bed_start(b, job);
    bed_exit(b, 1);
    char want[32];
    size_t n_out = 0;
    for (size_t i = 0; i < b->n; i++) {
        const bed_said *s = b->said[i];
        if (s->m.type != HN_MSG_LINE)
            continue;
        if (s->m.source == HN_LINE_STDERR) {
            assert_string_equal(s->text, "no");
            continue;
        }
        snprintf(want, sizeof want, "line %zu", ++n_out);
        assert_string_equal(s->text, n_out == 6 ? "crlf" : n_out == 7 ? "last" : want);
        assert_int_equal(s->m.text_size, strlen(s->text));
    }
    assert_int_equal(n_out, 7);
    assert_int_equal(b->said[b->n - 1]->m.type, HN_MSG_EXITED);
    assert_string_equal(bed_read(b, 1, "stdout"),
                        "line 1\nline 2\nline 3\nline 4\nline 5\ncrlf\r\nlast");
    assert_string_equal(bed_read(b, 1, "stderr"), "no\n");
}

static void lines_come_while_it_runs(void **state)
{
    bed *b = *state;
    bed_shell(b, 1, "echo loss=1; read x <&3; echo loss=2");
    assert_string_equal(bed_line(b, 1, 0), "loss=1");
    assert_null(bed_find(b, 1, HN_MSG_EXITED, 0));
    hn_executor_local.reply(b->local, 1, "{}", NULL);
    bed_exit(b, 1);
    assert_string_equal(bed_line(b, 1, 1), "loss=2");
}

static void one_message_at_a_time_loses_none(void **state)
{
    bed *b = *state;
    b->batch = 1;
    bed_shell(b, 1, "i=0; while [ $i -lt 500 ]; do echo $i; i=$((i+1)); done; echo f >&3");
    bed_exit(b, 1);
    char want[16];
    size_t seen = 0;
    for (size_t i = 0; i < b->n; i++) {
        if (b->said[i]->m.type != HN_MSG_LINE || b->said[i]->m.source != HN_LINE_STDOUT)
            continue;
        snprintf(want, sizeof want, "%zu", seen++);
        assert_string_equal(b->said[i]->text, want);
    }
    assert_int_equal(seen, 500);
}

static void appended_output_is_not_read_twice(void **state)
{
    bed *b = *state;
    const char *argv[] = {"sh", "-c", "echo $HONE_ATTEMPT; echo m$HONE_ATTEMPT >>$F", NULL};
    const char *env[] = {"HONE_ATTEMPT=one", NULL, NULL};
    char path[200];
    for (int attempt = 0; attempt < 3; attempt++) {
        snprintf(path, sizeof path, "F=%s/metrics.jsonl", bed_dir(b, 1));
        env[0] = attempt == 0 ? "HONE_ATTEMPT=one" : "HONE_ATTEMPT=two";
        env[1] = path;
        const char *with[] = {env[0], env[1], NULL};
        hn_job job = bed_job(b, 1, argv);
        job.env = with;
        job.read_stdout = job.read_file = true;
        job.append_output = attempt == 1;
        bed_forget(b);
        bed_start(b, job);
        bed_exit(b, 1);
        assert_non_null(bed_find(b, 1, HN_MSG_LINE, 1));
        assert_null(bed_find(b, 1, HN_MSG_LINE, 2));
        assert_string_equal(bed_line(b, 1, 0), env[0] + strlen("HONE_ATTEMPT="));
        assert_string_equal(bed_read(b, 1, "stdout"), attempt == 0   ? "one\n"
                                                      : attempt == 1 ? "one\ntwo\n"
                                                                     : "two\n");
    }
}

// One that is left from an earlier job is gone before the new one starts.
static void a_metrics_file_is_the_jobs_own(void **state)
{
    bed *b = *state;
    const char *argv[] = {"true", NULL};
    char path[200];
    snprintf(path, sizeof path, "%s/metrics.jsonl", bed_dir(b, 1));
    assert_int_equal(hn_fs_write_atomic(path, "old\n", 4, false, NULL), HONE_OK);
    hn_job job = bed_job(b, 1, argv);
    job.read_file = true;
    bed_start(b, job);
    bed_exit(b, 1);
    assert_null(bed_find(b, 1, HN_MSG_LINE, 0));
    assert_false(hn_fs_exists(path));
}

static void folder_and_file_are_there_when_it_starts(void **state)
{
    bed *b = *state;
    char folder[160], file[160];
    const char *argv[] = {"sh", "-c", "echo $(ls $0)$(cat $1)", folder, file, NULL};
    snprintf(folder, sizeof folder, "%s/ckpt", bed_dir(b, 1));
    snprintf(file, sizeof file, "%s/params.json", bed_dir(b, 1));
    hn_job job = bed_job(b, 1, argv);
    job.read_stdout = true;
    job.folder = folder;
    job.file = file;
    job.line = "{\"x\":1}";
    bed_start(b, job);
    assert_string_equal(bed_line(b, 1, 0), "{\"x\":1}");
    bed_exit(b, 1);
    assert_string_equal(bed_read(b, 1, "params.json"), "{\"x\":1}\n");
    job.id = 2; // the folder may be there, the file is written anew
    job.line = "{}";
    bed_start(b, job);
    assert_string_equal(bed_line(b, 2, 0), "{}");
    bed_exit(b, 2);
}

static void an_empty_folder_is_moved_or_one_is_made(void **state)
{
    bed *b = *state;
    char folder[160], spare[160];
    const char *argv[] = {"sh", "-c", "stat -c %i $0", folder, NULL};
    snprintf(spare, sizeof spare, "%s/ckpt", bed_dir(b, 1));
    snprintf(folder, sizeof folder, "%s/ckpt", bed_dir(b, 2));
    assert_int_equal(mkdir(spare, 0777), 0);
    struct stat info;
    assert_int_equal(stat(spare, &info), 0);
    hn_job job = bed_job(b, 2, argv);
    job.read_stdout = true;
    job.folder = folder;
    job.spare = spare;
    bed_start(b, job);
    assert_int_equal(strtoull(bed_line(b, 2, 0), NULL, 10), info.st_ino);
    bed_exit(b, 2);
    assert_false(hn_fs_exists(spare));
    assert_int_equal(rmdir(folder), 0);
    job.id = 3; // nothing is there to be moved
    bed_start(b, job);
    assert_true(strtoull(bed_line(b, 3, 0), NULL, 10) > 0);
    bed_exit(b, 3);
    assert_true(hn_fs_exists(folder));
}

// Where the program was found is remembered, until it is no longer there.
static void a_program_that_moves_is_found_again(void **state)
{
    bed *b = *state;
    char path[200], at[2][200], env[700];
    const char *argv[] = {"hone-test-program", NULL}, *with[] = {env, NULL};
    snprintf(path, sizeof path, "%s", bed_dir(b, 1));
    snprintf(env, sizeof env, "PATH=%s:%s:/usr/bin:/bin", path, bed_dir(b, 2));
    for (int i = 0; i < 2; i++)
        snprintf(at[i], sizeof at[i], "%s/%s", bed_dir(b, 1 + (uint64_t)i), argv[0]);
    for (uint64_t id = 3; id < 8; id++) {
        // It is in the second folder, again, moves to the first, is gone, and is there again.
        const char *here = id == 5 || id == 7 ? at[0] : at[1];
        bool there = id != 6;
        char text[64];
        snprintf(text, sizeof text, "#!/bin/sh\necho %d\n", (int)id);
        unlink(at[0]);
        unlink(at[1]);
        if (there) {
            assert_int_equal(hn_fs_write_atomic(here, text, strlen(text), false, NULL), HONE_OK);
            assert_int_equal(chmod(here, 0755), 0);
        }
        hn_job job = bed_job(b, id, argv);
        job.env = with;
        job.read_stdout = true;
        bed_start(b, job);
        if (there) {
            assert_int_equal(atoi(bed_line(b, id, 0)), id);
            assert_int_equal(bed_exit(b, id)->exit_code, 0);
        } else {
            assert_non_null(bed_until(b, id, HN_MSG_FAILED, 0));
        }
    }
}

static void a_folder_that_lacks_is_made(void **state)
{
    bed *b = *state;
    const char *argv[] = {"sh", "-c", "cat $0/params.json > $0/ckpt/seen", NULL, NULL};
    for (int reads = 0; reads < 2; reads++) {
        uint64_t id = 1 + (uint64_t)reads;
        char dir[140], folder[160], file[160];
        snprintf(dir, sizeof dir, "%s", bed_dir(b, id));
        assert_int_equal(rmdir(dir), 0);
        snprintf(folder, sizeof folder, "%s/ckpt", dir);
        snprintf(file, sizeof file, "%s/params.json", dir);
        argv[3] = dir;
        hn_job job = bed_job(b, id, argv);
        job.dir = dir;
        job.folder = folder;
        job.file = file;
        job.line = "{}";
        job.new_dir = job.lacks_dir = true;
        job.read_stdout = job.read_file = reads;
        assert_int_equal(hn_executor_local.start(b->local, &job, NULL), HONE_OK);
        bed_exit(b, id);
        assert_string_equal(bed_read(b, id, "ckpt/seen"), "{}\n");
        assert_string_equal(bed_read(b, id, "stdout"), "");
    }
}

static void a_replaced_metrics_file_is_read(void **state)
{
    bed *b = *state;
    char script[400];
    snprintf(script, sizeof script,
             "cd %s; echo a >> metrics.jsonl; read x <&3; echo b > new; mv new metrics.jsonl",
             bed_dir(b, 1));
    const char *argv[] = {"sh", "-c", script, NULL};
    hn_job job = bed_job(b, 1, argv);
    job.read_file = true;
    bed_start(b, job);
    assert_string_equal(bed_line(b, 1, 0), "a");
    assert_int_equal(bed_find(b, 1, HN_MSG_LINE, 0)->m.source, HN_LINE_FILE);
    hn_executor_local.reply(b->local, 1, "", NULL);
    bed_exit(b, 1);
    assert_string_equal(bed_line(b, 1, 1), "b");
}

static void the_descriptor_is_a_conversation(void **state)
{
    bed *b = *state;
    const char *argv[] = {"sh", "-c",
                          "echo '{\"loss\":1}' >&$HONE_FD; read r <&3; echo $r >&3; read r <&3; "
                          "printf '%s' \"$r\" >&3",
                          NULL};
    bed_start(b, bed_job(b, 1, argv));
    assert_string_equal(bed_line(b, 1, 0), "{\"loss\":1}");
    assert_int_equal(bed_find(b, 1, HN_MSG_LINE, 0)->m.source, HN_LINE_FD);
    hn_executor_local.reply(b->local, 1, "{stop:false}", NULL);
    assert_string_equal(bed_line(b, 1, 1), "{stop:false}");
    hn_executor_local.reply(b->local, 1, "an end without a newline", NULL);
    bed_exit(b, 1);
    assert_string_equal(bed_line(b, 1, 2), "an end without a newline");
}

static void replies_that_nobody_reads_are_dropped(void **state)
{
    bed *b = *state;
    char big[4096];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    bed_shell(b, 1, "echo ready >&3; read go; exit 0");
    bed_line(b, 1, 0);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(hn_executor_local.reply(b->local, 1, big, NULL), HONE_OK);
    assert_int_equal(bed_exit(b, 1)->exit_code, 0);
    assert_int_equal(hn_executor_local.reply(b->local, 1, big, NULL), HONE_OK);
}

static void environment_is_ours_and_the_jobs(void **state)
{
    bed *b = *state;
    setenv("HONE_TEST_OURS", "o", 1);
    setenv("HONE_TEST_BOTH", "o", 1);
    const char *env[] = {"HONE_TEST_BOTH=job", "HONE_TEST_OWN=a=b c", NULL};
    const char *argv[] = {"sh", "-c",
                          "echo $HONE_TEST_OURS/$HONE_TEST_BOTH/$HONE_TEST_OWN/$HONE_FD; "
                          "env | grep -c HONE_TEST_BOTH",
                          NULL};
    hn_job job = bed_job(b, 1, argv);
    job.env = env;
    job.read_stdout = true;
    bed_start(b, job);
    bed_exit(b, 1);
    assert_string_equal(bed_line(b, 1, 0), "o/job/a=b c/3");
    assert_string_equal(bed_line(b, 1, 1), "1");
}

static void cwd_and_path_are_the_jobs(void **state)
{
    bed *b = *state;
    char path[300], bin[200], where[200];
    snprintf(bin, sizeof bin, "%s/mine", bed_dir(b, 1));
    snprintf(where, sizeof where, "%s", bed_dir(b, 1));
    int file = open(bin, O_WRONLY | O_CREAT, 0755);
    // No "#!" line: it is run by the shell, as execvp does.
    assert_true(write(file, "pwd\necho $1\n", 12) == 12);
    close(file);
    snprintf(path, sizeof path, "PATH=/nowhere:%s:%s", where, getenv("PATH"));
    const char *env[] = {path, NULL}, *argv[] = {"mine", "argument", NULL};
    hn_job job = bed_job(b, 1, argv);
    job.env = env;
    job.cwd = where;
    job.read_stdout = true;
    bed_start(b, job);
    bed_exit(b, 1);
    assert_string_equal(bed_line(b, 1, 0), where);
    assert_string_equal(bed_line(b, 1, 1), "argument");
}

static void child_has_only_its_descriptors_and_clean_signals(void **state)
{
    bed *b = *state;
    int extra = open("/dev/null", O_RDONLY); // not close-on-exec, as in a careless host program
    signal(SIGUSR1, SIG_IGN);
    const char *argv[] = {"sh", "-c",
                          "ls /proc/self/fd | tr '\\n' ' '; echo; "
                          "grep -E 'Sig(Ign|Blk)' /proc/self/status",
                          NULL};
    hn_job job = bed_job(b, 1, argv);
    job.read_stdout = true;
    bed_start(b, job);
    bed_exit(b, 1);
    signal(SIGUSR1, SIG_DFL);
    close(extra);
    // 4 is the folder that `ls` itself has open.
    assert_string_equal(bed_line(b, 1, 0), "0 1 2 3 4 ");
    for (size_t i = 1; i <= 2; i++)
        assert_string_equal(strchr(bed_line(b, 1, i), ':') + 1, "\t0000000000000000");
}

static void stop_terminates_at_once_a_job_that_cannot_know(void **state)
{
    bed *b = *state;
    bed_shell(b, 1,
              "trap 'echo term; exit 5' TERM; echo up; while :; do sleep 100 & wait $!; done");
    assert_string_equal(bed_line(b, 1, 0), "up");
    assert_int_equal(hn_executor_local.cancel(b->local, 1, HN_CANCEL_STOP, NULL), HONE_OK);
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_CANCELLED);
    assert_int_equal(bed_exit(b, 1)->exit_code, 5);
    assert_string_equal(bed_line(b, 1, 1), "term");
    assert_string_equal(bed_read(b, 1, "STOP"), "stop\n");
    assert_int_equal(hn_executor_local.cancel(b->local, 1, HN_CANCEL_KILL, NULL), HONE_OK);
}

static void pause_lets_a_talking_job_end_by_itself(void **state)
{
    bed *b = *state;
    bed_shell(b, 1, "trap 'echo term' TERM; echo '{\"a\":1}' >&3; read r <&3; echo bye $r");
    bed_line(b, 1, 0);
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_PAUSE, NULL);
    assert_string_equal(bed_read(b, 1, "STOP"), "pause\n");
    hn_executor_local.reply(b->local, 1, "paused", NULL);
    assert_string_equal(bed_line(b, 1, 1), "bye paused");
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_CANCELLED);
    bed_forget(b);
    bed_shell(b, 1, "true"); // a new start removes the file
    bed_exit(b, 1);
    assert_null(bed_read(b, 1, "STOP"));
}

static void a_deaf_job_is_killed_after_the_grace(void **state)
{
    bed *b = *state;
    const char *argv[] = {"sh", "-c", "trap '' TERM; echo up; while :; do sleep 100; done", NULL};
    hn_job job = bed_job(b, 1, argv);
    job.grace_s = 0.2;
    job.read_stdout = true;
    bed_start(b, job);
    bed_line(b, 1, 0);
    uint64_t from = hn_clock_mono_us();
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_STOP, NULL);
    assert_int_equal(bed_exit(b, 1)->signal, SIGKILL);
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_CANCELLED);
    assert_true(hn_clock_mono_us() - from >= 200000);
}

static void a_talking_deaf_job_gets_half_the_grace_first(void **state)
{
    bed *b = *state;
    const char *argv[] = {"sh", "-c",
                          "trap 'echo term' TERM; echo x >&3; "
                          "while :; do sleep 0.05; done",
                          NULL};
    hn_job job = bed_job(b, 1, argv);
    job.grace_s = 0.3;
    job.read_stdout = true;
    bed_start(b, job);
    bed_line(b, 1, 0);
    uint64_t from = hn_clock_mono_us();
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_STOP, NULL);
    assert_string_equal(bed_line(b, 1, 1), "term");
    assert_true(hn_clock_mono_us() - from >= 150000);
    assert_int_equal(bed_exit(b, 1)->signal, SIGKILL);
    assert_true(hn_clock_mono_us() - from >= 450000);
}

static void kill_is_immediate(void **state)
{
    bed *b = *state;
    bed_shell(b, 1, "trap '' TERM; echo up; while :; do sleep 100; done");
    bed_line(b, 1, 0);
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_STOP, NULL);
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_KILL, NULL);
    assert_int_equal(bed_exit(b, 1)->signal, SIGKILL);
}

static void cancel_before_it_has_started(void **state)
{
    bed *b = *state;
    bed_shell(b, 1, "while :; do sleep 100; done");
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_STOP, NULL);
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_CANCELLED);
}

static void timeout_ends_a_job_that_ignores_term(void **state)
{
    bed *b = *state;
    const char *argv[] = {"sh", "-c", "trap '' TERM; while :; do sleep 100; done", NULL};
    hn_job job = bed_job(b, 1, argv);
    job.timeout_s = 0.1;
    job.grace_s = 0.1;
    bed_start(b, job);
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_TIMEOUT);
    assert_int_equal(bed_exit(b, 1)->signal, SIGKILL);
}

// Together they pass the limit, each alone does not; one is in another session.
static void a_memory_limit_counts_all_processes(void **state)
{
    bed *b = *state;
    const char *eat = "head -c 30000000 /dev/zero | tail -c 30000000 | (sleep 1000; cat)";
    char script[400];
    snprintf(script, sizeof script, "(%s) & setsid sh -c '%s' & wait", eat, eat);
    const char *argv[] = {"sh", "-c", script, NULL};
    hn_job job = bed_job(b, 1, argv);
    job.memory_bytes = 45000000;
    bed_start(b, job);
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_OOM);
    job.id = 2;
    job.memory_bytes = 400000000;
    job.timeout_s = 1.5;
    bed_start(b, job);
    assert_int_equal(bed_exit(b, 2)->cause, HN_END_TIMEOUT);
}

// It has left the group, and its parent is gone: it hangs under the guardian.
static void a_memory_limit_counts_strays(void **state)
{
    bed *b = *state;
    const char *argv[] = {
        "sh", "-c",
        "setsid sh -c '(sleep 0.1; head -c 90000000 /dev/zero | tail -c 90000000 | "
        "(sleep 1000; cat)) & exit 0' & wait; exec sleep 1000",
        NULL};
    hn_job job = bed_job(b, 1, argv);
    job.memory_bytes = 45000000;
    bed_start(b, job);
    assert_int_equal(bed_exit(b, 1)->cause, HN_END_OOM);
    assert_true(bed_exit(b, 1)->memory_bytes > 40000000 && bed_exit(b, 1)->over_limit);
}

static void a_stopped_process_obeys(void **state)
{
    bed *b = *state;
    bed_shell(b, 1, "echo up; kill -STOP $$");
    bed_line(b, 1, 0);
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_STOP, NULL);
    assert_int_equal(bed_exit(b, 1)->signal, SIGTERM);
}

// A shell dies of SIGTERM at once; its child, which saves a checkpoint, has the whole grace.
static void children_of_a_dead_leader_keep_their_grace(void **state)
{
    bed *b = *state;
    bed_shell(b, 1,
              "sh -c 'trap \"sleep 0.4; echo saved; exit\" TERM; echo up; "
              "while :; do sleep 0.05; done'; true");
    bed_line(b, 1, 0);
    hn_executor_local.cancel(b->local, 1, HN_CANCEL_STOP, NULL);
    assert_int_equal(bed_exit(b, 1)->signal, SIGTERM);
    assert_string_equal(bed_line(b, 1, 1), "saved");
}

static hn_local *to_wake;

static void on_alarm(int signo)
{
    (void)signo;
    hn_executor_local.wake(to_wake);
}

static void wake_and_timeouts_of_drive(void **state)
{
    bed *b = *state;
    hn_message out[4];
    size_t n = 9;
    to_wake = b->local;
    signal(SIGALRM, on_alarm);
    alarm(1);
    assert_int_equal(hn_executor_local.drive(b->local, -1, out, 4, &n, NULL), HONE_OK);
    assert_int_equal(n, 0);
    assert_int_equal(hn_executor_local.drive(b->local, 0, out, 4, &n, NULL), HONE_OK);
    uint64_t from = hn_clock_mono_us();
    assert_int_equal(hn_executor_local.drive(b->local, 30, out, 4, &n, NULL), HONE_OK);
    assert_true(hn_clock_mono_us() - from >= 29000);
    hn_executor_local.wake(b->local); // before the drive: it must not sleep
    assert_int_equal(hn_executor_local.drive(b->local, -1, out, 4, &n, NULL), HONE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(exit_codes_and_use, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(cpu_of_waited_children_counts, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(started_tells_pid_and_ticks, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(output_goes_to_files_and_lines_come_in_order, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(lines_come_while_it_runs, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(one_message_at_a_time_loses_none, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(appended_output_is_not_read_twice, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_metrics_file_is_the_jobs_own, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_folder_that_lacks_is_made, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(an_empty_folder_is_moved_or_one_is_made, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_program_that_moves_is_found_again, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(folder_and_file_are_there_when_it_starts, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_replaced_metrics_file_is_read, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(the_descriptor_is_a_conversation, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(replies_that_nobody_reads_are_dropped, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(environment_is_ours_and_the_jobs, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(cwd_and_path_are_the_jobs, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(child_has_only_its_descriptors_and_clean_signals, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(stop_terminates_at_once_a_job_that_cannot_know, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(pause_lets_a_talking_job_end_by_itself, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_deaf_job_is_killed_after_the_grace, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_talking_deaf_job_gets_half_the_grace_first, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(kill_is_immediate, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(cancel_before_it_has_started, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(timeout_ends_a_job_that_ignores_term, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_memory_limit_counts_all_processes, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(a_memory_limit_counts_strays, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(a_stopped_process_obeys, bed_setup, bed_teardown),
        cmocka_unit_test_setup_teardown(children_of_a_dead_leader_keep_their_grace, bed_setup,
                                        bed_teardown),
        cmocka_unit_test_setup_teardown(wake_and_timeouts_of_drive, bed_setup, bed_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
