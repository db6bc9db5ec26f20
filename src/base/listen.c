// Running a program for what it says, with a limit of patience: it may hang, as nvidia-smi does
// with a driver that does. Its end is looked for only when it has closed its output, which nearly
// always is the same moment; the looks in between become rarer.
#include "base/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

enum { BURIAL_MS = 1000, MAX_PAUSE_MS = 50 };

static uint64_t now_ms(void)
{
    return hn_clock_mono_us() / 1000;
}

static int spawn(const char *const *argv, int output, bool errors_too, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return code;
    code = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    if (code == 0)
        code = posix_spawn_file_actions_adddup2(&actions, output, 1);
    if (code == 0 && errors_too)
        code = posix_spawn_file_actions_adddup2(&actions, output, 2);
    if (code == 0)
        code = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

int hn_listen_begin(hn_listening *l, const char *const *argv, bool errors_too, uint32_t patience_ms,
                    char *out, size_t size)
{
    int ends[2];
    pid_t pid = 0;
    out[0] = '\0';
    if (pipe2(ends, O_CLOEXEC) != 0)
        return errno;
    int code = spawn(argv, ends[1], errors_too, &pid);
    close(ends[1]);
    if (code) {
        close(ends[0]);
        return code;
    }
    *l = (hn_listening){
        .from = ends[0], .pid = pid, .until_ms = now_ms() + patience_ms, .out = out, .size = size};
    return 0;
}

static void close_it(hn_listening *l)
{
    if (l->from >= 0)
        close(l->from);
    l->from = -1;
}

// There is something to read, or its end.
static void take(hn_listening *l)
{
    char rest[4096];
    bool full = l->n + 1 >= l->size;
    ssize_t got =
        read(l->from, full ? rest : l->out + l->n, full ? sizeof rest : l->size - 1 - l->n);
    if (got < 0 && errno == EINTR)
        return;
    if (got <= 0) {
        close_it(l);
        return;
    }
    l->n += full ? 0 : (size_t)got;
    l->out[l->n] = '\0';
}

// Where the system itself buries the children (SIGCHLD is ignored) the status stays 0.
static bool is_buried(hn_listening *l)
{
    if (l->pid > 0) {
        pid_t got = waitpid((pid_t)l->pid, &l->status, WNOHANG);
        if (got > 0 || (got < 0 && errno != EINTR))
            l->pid = 0;
    }
    return l->pid == 0;
}

// Waits for its end alone, for at most so long.
static bool await_burial(hn_listening *l, uint64_t until_ms)
{
    int pause_ms = 1;
    while (!is_buried(l)) {
        if (now_ms() >= until_ms)
            return false;
        (void)poll(NULL, 0, pause_ms);
        pause_ms = pause_ms * 2 < MAX_PAUSE_MS ? pause_ms * 2 : MAX_PAUSE_MS;
    }
    return true;
}

bool hn_listen_go(hn_listening *l, bool wait)
{
    while (l->from >= 0) {
        uint64_t now = now_ms();
        struct pollfd on = {l->from, POLLIN, 0};
        if (now >= l->until_ms)
            return true;
        int ready = poll(&on, 1, wait ? (int)(l->until_ms - now) : 0);
        if (ready > 0)
            take(l);
        else if (ready == 0 && !wait)
            return false;
    }
    return wait ? (await_burial(l, l->until_ms), true) : is_buried(l) || now_ms() >= l->until_ms;
}

bool hn_listen_end(hn_listening *l, int *status)
{
    bool by_itself = l->from < 0 && is_buried(l);
    close_it(l);
    *status = l->status;
    if (!by_itself && l->pid > 0) {
        kill((pid_t)l->pid, SIGKILL);
        (void)await_burial(l, now_ms() + BURIAL_MS);
    }
    return by_itself;
}

int hn_listen_to(const char *const *argv, bool errors_too, uint32_t patience_ms, char *out,
                 size_t size, int *status)
{
    hn_listening l;
    int code = hn_listen_begin(&l, argv, errors_too, patience_ms, out, size);
    if (code)
        return code;
    (void)hn_listen_go(&l, true);
    return hn_listen_end(&l, status) ? 0 : ETIMEDOUT;
}
