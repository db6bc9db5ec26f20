// A trial that keeps its own synced log: "start TRIAL ATTEMPT ARGS" and "done TRIAL ATTEMPT ARGS",
// one line each, on the disk before it goes on. Then nobody can say that it did not run.
//
//     trainee LOG MILLISECONDS VALUE [retry]
//
// prints value=VALUE after a wait of at most that long. With `retry` it leaves a checkpoint, under
// a temporary name first, and the first attempt of every seventh trial fails.
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
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

static bool write_checkpoint(const char *value)
{
    char part[4096], whole[4096];
    const char *dir = getenv("HONE_CKPT");
    snprintf(part, sizeof part, "%s/state.part", dir ? dir : ".");
    snprintf(whole, sizeof whole, "%s/state", dir ? dir : ".");
    FILE *file = fopen(part, "w");
    return file && fprintf(file, "%s\n", value) > 0 && fclose(file) == 0 &&
           rename(part, whole) == 0;
}

// Is this the first attempt of a trial that is to be tried again?
static bool is_to_fail(void)
{
    const char *trial = getenv("HONE_TRIAL"), *attempt = getenv("HONE_ATTEMPT");
    return trial && attempt && atoi(trial) % 7 == 0 && strcmp(attempt, "1") == 0;
}

int main(int argc, char **argv)
{
    bool retry = argc == 5 && strcmp(argv[4], "retry") == 0;
    if (argc != 4 && !retry)
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
    if (retry && (!write_checkpoint(argv[3]) || is_to_fail()))
        return 1;
    if (say(log, "done", argv[3]) != 0)
        return 1;
    printf("value=%s\n", argv[3]);
    return 0;
}
