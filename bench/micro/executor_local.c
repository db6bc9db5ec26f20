// What a trivial job costs: N times `true`, two at once, through the local executor. Prints one
// JSON object: microseconds of wall time, of our own CPU and of the guardian's, per job.
//
//     bench_executor_local [jobs] [at once] [read]
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hone/sys/executor.h>

#include "base/clock.h"
#include "executors/local.h"

extern const hn_executor_class hn_executor_local;

static double cpu_us(int who)
{
    struct rusage used;
    getrusage(who, &used);
    return 1e6 * (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

// CPU of a living process, without its children's, to the nanosecond.
static double guardian_us(pid_t pid)
{
    char path[64];
    double ns = 0;
    snprintf(path, sizeof path, "/proc/%ld/schedstat", (long)pid);
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%lf", &ns) != 1)
        ns = 0;
    if (file)
        fclose(file);
    return ns / 1000;
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? strtoul(argv[1], NULL, 10) : 2000;
    size_t at_once = argc > 2 ? strtoul(argv[2], NULL, 10) : 2;
    bool read = argc > 3;
    hn_local_config config = {.guardian_grace_s = 2, .max_jobs = 4096};
    hn_local *local = calloc(1, sizeof *local);
    hone_error err = HONE_ERROR_INIT;
    char base[] = "/dev/shm/hone-bench-XXXXXX", dir[64];
    const char *command[] = {"true", NULL};
    const hn_executor_class *e = &hn_executor_local;
    hn_message messages[64];
    size_t started = 0, running = 0, got;
    if (!mkdtemp(base) || e->init(local, &config, &err) != HONE_OK)
        return 1;
    double cpu = 0;
    uint64_t wall = 0;
    double guard = 0;
    while (started < n || running > 0) {
        while (started < n && running < at_once) {
            snprintf(dir, sizeof dir, "%s/%zu", base, started);
            mkdir(dir, 0777);
            hn_job job = {.id = started,
                          .argv = command,
                          .dir = dir,
                          .grace_s = 1,
                          .read_stdout = read,
                          .read_file = read};
            if (e->start(local, &job, &err) != HONE_OK) {
                fprintf(stderr, "%s\n", err.text);
                return 1;
            }
            if (started++ == 0) {
                cpu = cpu_us(RUSAGE_SELF);
                wall = hn_clock_mono_us();
                guard = guardian_us(local->guardian.pid);
            }
            running++;
        }
        if (e->drive(local, -1, messages, 64, &got, &err) != HONE_OK)
            return 1;
        for (size_t i = 0; i < got; i++)
            running -= messages[i].type == HN_MSG_EXITED || messages[i].type == HN_MSG_FAILED;
    }
    double jobs = (double)n;
    printf("{\"jobs\":%zu,\"at_once\":%zu,\"wall_us\":%.1f,\"own_us\":%.1f,\"guardian_us\":%.1f}\n",
           n, at_once, (double)(hn_clock_mono_us() - wall) / jobs,
           (cpu_us(RUSAGE_SELF) - cpu) / jobs, (guardian_us(local->guardian.pid) - guard) / jobs);
    e->fini(local);
    free(local);
    snprintf(dir, sizeof dir, "rm -rf %s", base);
    return system(dir) != 0;
}
