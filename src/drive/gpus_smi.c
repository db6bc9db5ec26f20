// Asking nvidia-smi, which takes from a moment to some seconds, and hangs with a driver that does.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "drive/gpus.h"

enum { PATIENCE_MS = 30000 };

static int spawn(int output, pid_t *pid)
{
    char *argv[] = {(char *)"nvidia-smi", (char *)"-L", NULL};
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return code;
    code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(&actions, output, 2);
    if (code == 0)
        code = posix_spawnp(pid, argv[0], &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

// Until its end; false when that does not come in time.
static bool hear(int input, char *out, size_t size)
{
    uint64_t until = hn_clock_mono_us() / 1000 + PATIENCE_MS;
    size_t n = 0;
    for (;;) {
        uint64_t now = hn_clock_mono_us() / 1000;
        struct pollfd on = {input, POLLIN, 0};
        char rest[4096];
        if (now >= until || poll(&on, 1, (int)(until - now)) == 0)
            return false;
        bool full = n + 1 >= size;
        ssize_t got = read(input, full ? rest : out + n, full ? sizeof rest : size - 1 - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return true;
        n += full ? 0 : (size_t)got;
        out[n] = '\0';
    }
}

// `pid` is not waited for by anybody else. One that sleeps in the driver cannot be ended: it is
// left to the system then.
static int bury(pid_t pid, bool kill_it)
{
    int status = 0;
    if (kill_it)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, kill_it ? WNOHANG : 0) < 0 && errno == EINTR)
        ;
    return status;
}

bool hn_gpus_ask(char *out, size_t size, char *why, size_t why_size)
{
    int ends[2];
    pid_t pid;
    out[0] = '\0';
    (void)snprintf(why, why_size, "nvidia-smi cannot be run");
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    int code = spawn(ends[1], &pid);
    close(ends[1]);
    if (code) {
        close(ends[0]);
        if (code == ENOENT)
            (void)snprintf(why, why_size, "there is no nvidia-smi to ask");
        return false;
    }
    bool heard = hear(ends[0], out, size);
    close(ends[0]);
    int status = bury(pid, !heard);
    if (!heard)
        (void)snprintf(why, why_size, "nvidia-smi has not answered in %d s", PATIENCE_MS / 1000);
    else
        (void)snprintf(why, why_size, "nvidia-smi says \"%.*s\"", (int)strcspn(out, "\n"), out);
    return heard && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}
