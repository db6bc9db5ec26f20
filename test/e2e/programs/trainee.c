// A trial that keeps its own synced log: "start TRIAL ATTEMPT ARGS" and "done TRIAL ATTEMPT ARGS",
// one line each, on the disk before it goes on. Then nobody can say that it did not run.
//
//     trainee LOG MILLISECONDS VALUE       prints value=VALUE after a wait of at most that long
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int say(int log, const char *what, const char *value)
{
    char line[256];
    const char *trial = getenv("HONE_TRIAL"), *attempt = getenv("HONE_ATTEMPT");
    int n = snprintf(line, sizeof line, "%s %s %s %s\n", what, trial ? trial : "-",
                     attempt ? attempt : "-", value);
    return write(log, line, (size_t)n) == n && fdatasync(log) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int log = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (log < 0 || say(log, "start", argv[3]) != 0)
        return 1;
    // Unequal durations: the trial's own seed decides.
    const char *seed = getenv("HONE_SEED");
    int limit = atoi(argv[2]);
    poll(NULL, 0, limit > 0 && seed ? (int)(strtoul(seed, NULL, 10) % (unsigned)limit) : 0);
    printf("value=%s step=1\n", argv[3]);
    fflush(stdout);
    if (say(log, "done", argv[3]) != 0)
        return 1;
    printf("value=%s\n", argv[3]);
    return 0;
}
