// Seconds per ask + tell with ten mixed parameters, in process, and what a study costs to open.
//
//     bench_ask_tell STORAGE SAMPLER N [SYNC]      e.g. memory: random 10000
//     bench_ask_tell STORAGE open                  a study that such a run has left
//     bench_ask_tell STORAGE SAMPLER after N M     M trials in a new handle, after N random ones
//
// Prints one JSON object: microseconds per ask + tell (wall and CPU, median of ten parts of the
// run; the last part alone shows growth) and trials per second; or seconds to open and the peak of
// resident memory; or, after a history, also the first ask + tell and memory for each trial.
#include <hone/hone.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double now(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(hone_status status, const hone_error *err)
{
    if (status == HONE_OK)
        return;
    fprintf(stderr, "bench_ask_tell: %s\n", err->text);
    exit(1);
}

static hone_space *mixed_space(hone_error *err)
{
    static const char *const params[][2] = {
        {"lr", "log:1e-5..1e-1"},      {"momentum", "0..0.99"},
        {"decay", "log:1e-6..1e-2"},   {"dropout", "0..0.5"},
        {"units", "int:16..512"},      {"layers", "int:1..8"},
        {"batch", "int:log:8..1024"},  {"opt", "sgd,adam,lion"},
        {"act", "relu,gelu,tanh,elu"}, {"norm", "bool"},
    };
    hone_space *space = NULL;
    check(hone_space_create(&space, err), err);
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++)
        check(hone_space_add(space, params[i][0], params[i][1], err), err);
    check(hone_space_seal(space, err), err);
    return space;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void ask_tell(hone_study *study, long n, hone_error *err)
{
    for (long i = 0; i < n; i++) {
        hone_trial *trial = NULL;
        check(hone_study_ask(study, NULL, &trial, err), err);
        double value = hone_trial_float(trial, "lr") + (double)hone_trial_int(trial, "units");
        check(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, err), err);
        hone_trial_destroy(trial);
    }
}

static long resident_kb(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static int open_again(const char *storage)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    double start = now(CLOCK_MONOTONIC);
    options.storage = storage;
    options.mode = HONE_OPEN_EXISTING;
    check(hone_study_open(&options, &study, &err), &err);
    printf("{\"open_s\":%.4f,\"trials\":%u,\"max_mb\":%.1f}\n", now(CLOCK_MONOTONIC) - start,
           hone_study_n_trials(study), (double)resident_kb() / 1024);
    hone_study_close(study);
    return 0;
}

// The history is random for every sampler, so that they are asked the same question; a sampler that
// learns builds its state with the first ask.
static int ask_after(const char *storage, const char *sampler, long n, long m)
{
    enum { PARTS = 10 };
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    double wall[PARTS], cpu[PARTS];
    options.storage = storage;
    options.sampler = "random";
    options.space = mixed_space(&err);
    options.has_seed = true;
    check(hone_study_open(&options, &study, &err), &err);
    ask_tell(study, n, &err);
    hone_study_close(study);
    options.sampler = sampler;
    options.mode = HONE_OPEN_EXISTING;
    check(hone_study_open(&options, &study, &err), &err);
    double first = now(CLOCK_MONOTONIC);
    ask_tell(study, 1, &err);
    first = now(CLOCK_MONOTONIC) - first;
    for (int part = 0; part < PARTS; part++) {
        double w = now(CLOCK_MONOTONIC), c = now(CLOCK_PROCESS_CPUTIME_ID);
        ask_tell(study, m / PARTS, &err);
        wall[part] = (now(CLOCK_MONOTONIC) - w) / (double)(m / PARTS) * 1e6;
        cpu[part] = (now(CLOCK_PROCESS_CPUTIME_ID) - c) / (double)(m / PARTS) * 1e6;
    }
    hone_study_close(study);
    qsort(wall, PARTS, sizeof *wall, by_value);
    qsort(cpu, PARTS, sizeof *cpu, by_value);
    printf("{\"trials\":%ld,\"wall_us\":%.3f,\"cpu_us\":%.3f,\"first_us\":%.1f,"
           "\"bytes_per_trial\":%.0f}\n",
           n, wall[PARTS / 2], cpu[PARTS / 2], first * 1e6,
           (double)resident_kb() * 1024 / (double)n);
    return 0;
}

int main(int argc, char **argv)
{
    enum { PARTS = 10 };
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = NULL;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    double wall[PARTS], cpu[PARTS], total = 0;
    char storage_options[64] = "";
    if (argc == 3 && strcmp(argv[2], "open") == 0)
        return open_again(argv[1]);
    if (argc == 6 && strcmp(argv[3], "after") == 0)
        return ask_after(argv[1], argv[2], strtol(argv[4], NULL, 10), strtol(argv[5], NULL, 10));
    if (argc < 4) {
        fprintf(stderr, "usage: bench_ask_tell STORAGE SAMPLER N [SYNC] | after N M\n");
        return 2;
    }
    long n = strtol(argv[3], NULL, 10) / PARTS;
    if (argc > 4)
        snprintf(storage_options, sizeof storage_options, "{\"sync\":\"%s\"}", argv[4]);
    options.storage = argv[1];
    options.sampler = argv[2];
    options.storage_options = argc > 4 ? storage_options : NULL;
    options.space = mixed_space(&err);
    options.has_seed = true;
    check(hone_study_open(&options, &study, &err), &err);
    for (int part = 0; part < PARTS; part++) {
        double w = now(CLOCK_MONOTONIC), c = now(CLOCK_PROCESS_CPUTIME_ID);
        ask_tell(study, n, &err);
        wall[part] = (now(CLOCK_MONOTONIC) - w) / (double)n * 1e6;
        cpu[part] = (now(CLOCK_PROCESS_CPUTIME_ID) - c) / (double)n * 1e6;
        total += wall[part] * (double)n * 1e-6;
    }
    double last = wall[PARTS - 1];
    hone_study_close(study);
    qsort(wall, PARTS, sizeof *wall, by_value);
    qsort(cpu, PARTS, sizeof *cpu, by_value);
    printf("{\"trials\":%ld,\"wall_us\":%.3f,\"cpu_us\":%.3f,\"last_part_us\":%.3f,"
           "\"trials_per_s\":%.1f",
           n * PARTS, wall[PARTS / 2], cpu[PARTS / 2], last, (double)(n * PARTS) / total);
    printf("}\n");
    return 0;
}
