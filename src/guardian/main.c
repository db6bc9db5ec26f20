// hone-guardian <engine's pid> <grace in ms> <soft limit of open files>
//
// Started by the local executor of Hone with one end of a socket as descriptor 3; see guardian.h.
// It lives until the engine closes its end or dies.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "guardian/guardian.h"

// Everything but the socket is closed, and nothing of the engine's terminal or pipes is held.
static bool set_descriptors(hg_guardian *g)
{
    g->socket = HG_SOCKET;
    if (syscall(SYS_close_range, HG_SOCKET + 1, ~0U, 0) != 0) {
        for (int fd = HG_SOCKET + 1; fd < 65536; fd++)
            close(fd);
    }
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < HG_SOCKET && null >= 0; fd++)
        dup2(null, fd);
    if (null >= HG_SOCKET)
        close(null);
    return null >= 0 && fcntl(g->socket, F_SETFD, FD_CLOEXEC) == 0;
}

// All signals are blocked for good, so that Ctrl-C or a TERM for the engine cannot end us first;
// children begin with default dispositions because ours are default.
static bool set_signals(hg_guardian *g)
{
    sigset_t all, child;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (int signo = 1; signo < NSIG; signo++)
        signal(signo, SIG_DFL);
    // posix_spawn leaves the C library's own two ignored, and signal() does not touch them.
    for (int signo = 32; signo < 34; signo++) {
        static const unsigned long by_default[16];
        syscall(SYS_rt_sigaction, signo, by_default, NULL, 8);
    }
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    g->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    return g->signals >= 0;
}

static void set_limits(const char *soft_files)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0)
        return;
    rlim_t soft = strtoull(soft_files, NULL, 10);
    files.rlim_cur = soft < files.rlim_max ? soft : files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
}

static void set_names(hg_guardian *g)
{
    char path[64];
    const char *outer = getenv(HG_TAG);
    snprintf(g->token, sizeof g->token, "%ld-%llu", (long)getpid(),
             (unsigned long long)hg_start_ticks(getpid()));
    if (outer && strlen(outer) + 2 <= sizeof g->outer)
        snprintf(g->outer, sizeof g->outer, "%s/", outer);
    snprintf(path, sizeof path, "/proc/self/task/%ld/children", (long)getpid());
    g->children = open(path, O_RDONLY | O_CLOEXEC);
    g->base_env = environ;
}

static void hello(hg_guardian *g)
{
    hg_reply reply = {.type = HG_HELLO,
                      .protocol = HG_PROTOCOL,
                      .pid = getpid(),
                      .start_ticks = hg_start_ticks(getpid())};
    hg_send(g, &reply);
}

static int wait_ms(uint64_t until_ms)
{
    uint64_t now = hg_now_ms();
    if (until_ms == HG_NEVER)
        return -1;
    return until_ms <= now ? 0 : until_ms - now > 60000 ? 60000 : (int)(until_ms - now);
}

// Until the engine is gone and nothing is left.
static void serve(hg_guardian *g)
{
    enum { SOCKET, SIGNALS, ENGINE };
    struct pollfd on[] = {{g->socket, POLLIN, 0}, {g->signals, POLLIN, 0}, {g->engine, POLLIN, 0}};
    for (;;) {
        uint64_t until = hg_settle_at(g);
        if (g->shutdown_at_ms != HG_NEVER && hg_shutdown_step(g, &until))
            return;
        hg_channel_flush(g);
        if (g->flush_at_ms && g->flush_at_ms < until)
            until = g->flush_at_ms;
        on[SOCKET].events = (short)(POLLIN | (g->flush_at_ms ? 0 : POLLOUT));
        if (poll(on, 3, wait_ms(until)) < 0 && errno != EINTR)
            return;
        bool gone = on[ENGINE].revents != 0;
        if (on[SOCKET].revents & (POLLIN | POLLHUP | POLLERR))
            gone = !hg_channel_read(g) || gone;
        if (gone) {
            // Nobody is left to hear us.
            on[SOCKET].fd = on[ENGINE].fd = -1;
            hg_shutdown(g, g->grace_ms);
        }
        if (on[SIGNALS].revents) {
            struct signalfd_siginfo info; // at most one SIGCHLD is pending
            if (read(g->signals, &info, sizeof info) > 0)
                hg_reap(g);
        }
        hg_settle(g);
    }
}

// `hone-guardian memory`, for `hone doctor`: the control group that memory limits would be kept in,
// or why there is none.
static int say_memory(hg_guardian *g)
{
    g->engine_pid = getppid();
    const char *why = hg_group_look(g);
    printf("%s\n", why ? why : g->group_base);
    return why != NULL;
}

int main(int argc, char **argv)
{
    static hg_guardian g = {.shutdown_at_ms = HG_NEVER, .flush_at_ms = HG_NEVER};
    if (argc == 2 && strcmp(argv[1], "memory") == 0)
        return say_memory(&g);
    if (argc != 4 || fcntl(HG_SOCKET, F_GETFD) < 0) {
        fputs("hone-guardian is started by Hone itself; there is nothing to do by hand\n", stderr);
        return 2;
    }
    for (int i = 0; i < HG_CHANNELS; i++)
        g.channels[i] = -1;
    g.engine_pid = (pid_t)strtol(argv[1], NULL, 10);
    g.grace_ms = strtoull(argv[2], NULL, 10);
    if (!set_descriptors(&g) || !set_signals(&g) || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0)
        return 1;
    if (getsid(0) != getpid())
        setsid();
    set_limits(argv[3]);
    set_names(&g);
    hg_oom_open(&g);
    // The socket may be held open by a fork of the engine; its death is what counts. On kernels
    // without pidfd the socket alone tells.
    g.engine = (int)syscall(SYS_pidfd_open, g.engine_pid, 0);
    if (g.engine >= 0)
        fcntl(g.engine, F_SETFD, FD_CLOEXEC);
    hello(&g);
    serve(&g);
    g.flush_at_ms = 0;
    hg_channel_flush(&g);
    hg_group_close(&g);
    return 0;
}
