// hone pipe: ask, tell and report as JSON lines on standard input and output.
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "cli.h"
#include "pipe_session.h"

static ptrdiff_t read_stdin(void *user, char *out, size_t size)
{
    (void)user;
    ssize_t got;
    do
        got = read(STDIN_FILENO, out, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static bool write_stdout(void *user, const char *bytes, size_t n)
{
    (void)user;
    while (n > 0) {
        ssize_t put = write(STDOUT_FILENO, bytes, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        bytes += put;
        n -= (size_t)put;
    }
    return true;
}

static int run(cli_args *cli)
{
    // A client that is gone shows as an error of write().
    signal(SIGPIPE, SIG_IGN);
    pipe_io io = {.read = read_stdin, .write = write_stdout};
    hone_error err = HONE_ERROR_INIT;
    if (cli_is_terminal(stdin))
        cli_note(cli, "reading JSON lines from the terminal; Ctrl-D ends the session");
    if (pipe_session_run(&io, &err) != HONE_OK)
        return cli_fail(cli, &err);
    return CLI_EXIT_OK;
}

const cli_verb cli_verb_pipe = {
    .name = "pipe",
    .group = CLI_GROUP_LOOP,
    .rank = 40,
    .summary = "Ask, tell and report as JSON lines, for any language",
    .usage = "",
    .about =
        "Reads one JSON object a line from standard input and answers each with one line, in "
        "order; an ask of four gets four. The client first sends its space, then asks for trials "
        "and tells their values. Non-finite numbers are the texts \"nan\", \"inf\" and \"-inf\". "
        "What is wrong is answered with {\"error\":{\"code\":…,\"message\":…}}, and the session "
        "goes "
        "on. It ends when its input does.",
    .examples =
        "{\"space\":[{\"name\":\"lr\",\"spec\":\"log:1e-5..1\"}],\"direction\":\"minimize\"}\n"
        "    {\"ok\":true,\"sampler\":\"tpe\"}\n"
        "{\"ask\":1}\n"
        "    {\"id\":0,\"params\":{\"lr\":0.01}}\n"
        "{\"report\":0,\"step\":3,\"value\":0.4}\n"
        "    {\"ok\":true,\"stop\":false}\n"
        "{\"tell\":0,\"value\":0.3}    or \"values\":[…], \"constraints\":[…], "
        "\"state\":\"failed\"\n"
        "    {\"ok\":true}\n"
        "{\"enqueue\":{\"lr\":0.1}}\n"
        "    {\"ok\":true}\n"
        "{\"best\":1}\n"
        "    {\"id\":0,\"params\":{\"lr\":0.01},\"values\":[0.3]}",
    .max_args = 0,
    .run = run,
};
