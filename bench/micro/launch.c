// Hone's own CPU a trial: 2,000 runs of `true`, two at a time, into SQLite with the default
// durability, through the public run loop. What the trials themselves use is not counted: the
// engine is this process, the guardian's share is read from /proc before it ends.
//
//     bench_launch [N [SAMPLER [COMMAND]]]      in an empty folder
//
// Prints {"trials", "wall_ms", "engine_us", "guardian_us"}, the last three a trial.
#include <hone/hone.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

typedef struct bench {
    double guardian_s;
} bench;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double own_cpu(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           1e-6 * (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

// schedstat counts nanoseconds; stat's ticks are too coarse.
static double cpu_of(long pid)
{
    char path[64];
    unsigned long long ns = 0;
    snprintf(path, sizeof path, "/proc/%ld/schedstat", pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    if (fscanf(file, "%llu", &ns) != 1)
        ns = 0;
    fclose(file);
    return 1e-9 * (double)ns;
}

static void on_event(void *user, hone_run *run, const hone_run_event *event)
{
    (void)run;
    if (event->type != HONE_RUN_END)
        return;
    char path[64];
    long pid = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%ld", &pid) == 1)
        ((bench *)user)->guardian_s = cpu_of(pid);
    if (file)
        fclose(file);
}

static void check(hone_status status, const hone_error *err)
{
    if (status == HONE_OK)
        return;
    fprintf(stderr, "bench_launch: %s\n", err->text);
    exit(1);
}

int main(int argc, char **argv)
{
    long n = argc > 1 ? strtol(argv[1], NULL, 10) : 2000;
    const char *command[] = {argc > 3 ? argv[3] : "true"};
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    hone_study *study = NULL;
    hone_run *run = NULL;
    hone_run_outcome outcome;
    bench b = {0};
    const hone_metric metric = {"time", HONE_MINIMIZE};
    check(hone_space_create(&space, &err), &err);
    check(hone_space_add(space, "x", "0..1", &err), &err);
    check(hone_space_seal(space, &err), &err);
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    options.space = space;
    options.storage = "sqlite:launch.db";
    options.metrics = &metric;
    options.n_metrics = 1;
    options.sampler = argc > 2 ? argv[2] : NULL;
    check(hone_study_open(&options, &study, &err), &err);
    hone_run_options how = HONE_RUN_OPTIONS_INIT;
    how.command = command;
    how.n_command = 1;
    how.dir = "trials";
    how.n_trials = n;
    how.n_jobs = 2;
    how.metric_builtin = "time";
    how.on_event = on_event;
    how.user = &b;
    check(hone_run_create(study, &how, &run, &err), &err);
    double wall = now(), cpu = own_cpu();
    check(hone_run_go(run, &outcome, &err), &err);
    wall = now() - wall;
    cpu = own_cpu() - cpu;
    printf("{\"trials\":%u,\"wall_ms\":%.4f,\"engine_us\":%.1f,\"guardian_us\":%.1f}\n",
           hone_study_n_finished(study), wall / (double)n * 1e3, cpu / (double)n * 1e6,
           b.guardian_s / (double)n * 1e6);
    hone_run_destroy(run);
    hone_study_close(study);
    hone_space_destroy(space);
    return outcome == HONE_RUN_FINISHED_ALL ? 0 : 1;
}
