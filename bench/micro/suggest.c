// CPU time of every suggestion of a study of Rosenbrock's function, in process, in memory.
//
//     bench_suggest SAMPLER D N [OPTIONS]            a study of N trials of D numbers
//     bench_suggest SAMPLER D N after M [OPTIONS]    M trials more after N random ones
//     bench_suggest SAMPLER D N into STORAGE         a study of N trials that stays there
//     bench_suggest SAMPLER D N at-once              a study of N trials, the clock read twice in
//     all
//
// Prints one JSON object: "ms", milliseconds of each ask + tell in turn, and of a whole study
// "points" and "values", the history that others may be asked after. After a history the first
// ask + tell, which takes all of it in, is "first_ms". At once: "ms" is one number, the mean; what
// evaluating the function takes is measured afterwards and left out. That is for samplers whose
// points cost less than a few readings of the clock.
#include <hone/hone.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST_DIMS = 100 };
#define FROM (-2.0)
#define TO   2.0

static double cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + 1e-6 * (double)t.tv_nsec;
}

// What reading the clock costs, which is a system call: a point of cmaes is not much more.
static double clock_ms(void)
{
    enum { N = 1000 };
    double start = cpu_ms(), last = start;
    for (int i = 0; i < N; i++)
        last = cpu_ms();
    return (last - start) / N;
}

static void check(hone_status status, const hone_error *err)
{
    if (status == HONE_OK)
        return;
    fprintf(stderr, "bench_suggest: %s\n", err->text);
    exit(1);
}

static hone_space *cube(int d, hone_error *err)
{
    hone_space *space = NULL;
    char name[16], range[32];
    check(hone_space_create(&space, err), err);
    snprintf(range, sizeof range, "%g..%g", FROM, TO);
    for (int j = 0; j < d; j++) {
        snprintf(name, sizeof name, "x%d", j);
        check(hone_space_add(space, name, range, err), err);
    }
    check(hone_space_seal(space, err), err);
    return space;
}

static double rosenbrock(const double *x, int d)
{
    double sum = 0;
    for (int j = 0; j + 1 < d; j++) {
        double bend = x[j + 1] - x[j] * x[j];
        sum += 100 * bend * bend + (1 - x[j]) * (1 - x[j]);
    }
    return sum;
}

// Fills x [d] with the trial's point.
static double value_of(const hone_trial *trial, int d, double *x)
{
    char name[16];
    for (int j = 0; j < d; j++) {
        snprintf(name, sizeof name, "x%d", j);
        x[j] = hone_trial_float(trial, name);
    }
    return rosenbrock(x, d);
}

// One trial; milliseconds of its ask and its tell, without those of the clock.
static double one_trial(hone_study *study, int d, double *x, double *value, hone_error *err)
{
    hone_trial *trial = NULL;
    static double own;
    own = own > 0 ? own : clock_ms();
    double start = cpu_ms(), spent;
    check(hone_study_ask(study, NULL, &trial, err), err);
    spent = cpu_ms() - start;
    *value = value_of(trial, d, x);
    start = cpu_ms();
    check(hone_study_tell(study, trial, HONE_STATE_COMPLETE, value, err), err);
    spent += cpu_ms() - start;
    hone_trial_destroy(trial);
    return spent - 2 * own;
}

static void print_numbers(const char *name, const double *x, long n, const char *end)
{
    printf("\"%s\":[", name);
    for (long i = 0; i < n; i++)
        printf("%s%.17g", i > 0 ? "," : "", x[i]);
    printf("]%s", end);
}

static void *room(long n)
{
    void *got = malloc(((size_t)n + 1) * sizeof(double));
    if (!got) {
        fprintf(stderr, "bench_suggest: out of memory\n");
        exit(1);
    }
    return got;
}

static int whole(hone_study_options *options, int d, long n, hone_error *err)
{
    hone_study *study = NULL;
    double *ms = room(n), *x = room(n * d), *values = room(n);
    check(hone_study_open(options, &study, err), err);
    for (long i = 0; i < n; i++)
        ms[i] = one_trial(study, d, x + i * d, values + i, err);
    printf("{");
    print_numbers("ms", ms, n, ",");
    print_numbers("values", values, n, ",");
    print_numbers("points", x, n * d, "}\n");
    hone_study_close(study);
    free(ms);
    free(x);
    free(values);
    return 0;
}

static int at_once(hone_study_options *options, int d, long n, hone_error *err)
{
    hone_study *study = NULL;
    double *x = room(n * d), sum = 0, spent;
    char names[MOST_DIMS][16];
    for (int j = 0; j < d; j++)
        snprintf(names[j], sizeof names[j], "x%d", j);
    check(hone_study_open(options, &study, err), err);
    memset(x, 0, (size_t)(n * d) * sizeof *x); // so that its memory is there
    double start = cpu_ms();
    for (long i = 0; i < n; i++) {
        hone_trial *trial = NULL;
        check(hone_study_ask(study, NULL, &trial, err), err);
        for (int j = 0; j < d; j++)
            x[i * d + j] = hone_trial_float(trial, names[j]);
        double value = rosenbrock(x + i * d, d);
        check(hone_study_tell(study, trial, HONE_STATE_COMPLETE, &value, err), err);
        hone_trial_destroy(trial);
    }
    spent = cpu_ms() - start;
    start = cpu_ms();
    for (long i = 0; i < n; i++)
        sum += rosenbrock(x + i * d, d);
    spent -= cpu_ms() - start;
    printf("{\"ms\":%.9f,\"mean_value\":%.17g}\n", spent / (double)n, sum / (double)n);
    hone_study_close(study);
    free(x);
    return 0;
}

// A memory storage is gone with its handle, so the history lies in a file meanwhile.
static int after(hone_study_options *options, int d, long n, long m, hone_error *err)
{
    char folder[] = "/tmp/bench_suggest.XXXXXX", storage[80], command[80];
    const char *sampler = options->sampler, *sampler_options = options->sampler_options;
    hone_study *study = NULL;
    double x[MOST_DIMS], value, *ms = room(m);
    if (!mkdtemp(folder)) {
        perror("bench_suggest");
        return 1;
    }
    snprintf(storage, sizeof storage, "sqlite:%s/hone.db", folder);
    snprintf(command, sizeof command, "rm -r %s", folder);
    options->storage = storage;
    options->storage_options = "{\"sync\":\"normal\"}";
    options->sampler = "random";
    options->sampler_options = NULL;
    check(hone_study_open(options, &study, err), err);
    for (long i = 0; i < n; i++)
        one_trial(study, d, x, &value, err);
    hone_study_close(study);
    options->sampler = sampler;
    options->sampler_options = sampler_options;
    options->mode = HONE_OPEN_EXISTING;
    check(hone_study_open(options, &study, err), err);
    printf("{\"first_ms\":%.3f,", one_trial(study, d, x, &value, err));
    for (long i = 0; i < m; i++)
        ms[i] = one_trial(study, d, x, &value, err);
    print_numbers("ms", ms, m, "}\n");
    hone_study_close(study);
    free(ms);
    return system(command) != 0;
}

static int into(hone_study_options *options, int d, long n, const char *storage, hone_error *err)
{
    hone_study *study = NULL;
    double x[MOST_DIMS], value;
    options->storage = storage;
    options->storage_options = "{\"sync\":\"normal\"}";
    check(hone_study_open(options, &study, err), err);
    for (long i = 0; i < n; i++)
        one_trial(study, d, x, &value, err);
    hone_study_close(study);
    return 0;
}

int main(int argc, char **argv)
{
    hone_error err = HONE_ERROR_INIT;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    bool later = argc > 5 && strcmp(argv[4], "after") == 0;
    int d = argc > 3 ? atoi(argv[2]) : 0, n_words = later ? 6 : 4;
    bool stays = argc == 6 && strcmp(argv[4], "into") == 0;
    bool in_one = argc == 5 && strcmp(argv[4], "at-once") == 0;
    if (d < 1 || d > MOST_DIMS || (argc > n_words + 1 && !stays)) {
        fprintf(stderr,
                "usage: bench_suggest SAMPLER D N [after M|into STORAGE|at-once] [OPTIONS]\n");
        return 2;
    }
    options.storage = "memory:";
    options.sampler = argv[1];
    options.sampler_options = argc > n_words && !stays && !in_one ? argv[n_words] : NULL;
    options.space = cube(d, &err);
    options.has_seed = true;
    options.seed = 1;
    long n = strtol(argv[3], NULL, 10);
    if (in_one)
        return at_once(&options, d, n, &err);
    if (stays)
        return into(&options, d, n, argv[5], &err);
    return later ? after(&options, d, n, strtol(argv[5], NULL, 10), &err)
                 : whole(&options, d, n, &err);
}
