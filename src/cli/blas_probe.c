// How fast the matrix kernels of this machine are.
//
// A library picks its kernel once, when it is loaded, so every kernel is measured in a process of
// its own: the command runs itself as `hone doctor blas-probe` with HONE_BLAS_KERNEL set. The
// figure is the best of many products of 384 × 384 matrices, on one thread: what else runs on the
// machine can only make single products slower.
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "blas_probe.h"

enum { N = 384, REPEATS_MIN = 5, PROBE_LIMIT_S = 20 };
#define PROBE_SECONDS 0.2

extern char **environ;

size_t blas_candidates(const char *out[BLAS_MAX_CANDIDATES])
{
    size_t n = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw"))
        out[n++] = "SKYLAKEX";
    if (__builtin_cpu_supports("avx512bf16"))
        out[n++] = "COOPERLAKE";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        out[n++] = "HASWELL";
        out[n++] = "ZEN";
    } else if (__builtin_cpu_supports("avx")) {
        out[n++] = "SANDYBRIDGE";
    } else {
        out[n++] = "NEHALEM";
    }
#else
    (void)out;
#endif
    return n;
}

// --- the child ---

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double measure(const hone_blas *blas)
{
    // a, b, c: [N × N] row-major
    float *a = cli_alloc(3 * N * N * sizeof *a), *b = a + N * N, *c = b + N * N;
    for (int i = 0; i < N * N; i++) {
        a[i] = (float)(i % 7) - 3;
        b[i] = (float)(i % 5) - 2;
    }
    blas->set_threads(1);
    double best = 1e9, begin = now_s();
    for (int i = 0; i < REPEATS_MIN || now_s() - begin < PROBE_SECONDS; i++) {
        double before = now_s();
        blas->sgemm(HONE_BLAS_ROW_MAJOR, HONE_BLAS_NO_TRANS, HONE_BLAS_NO_TRANS, N, N, N, 1, a, N,
                    b, N, 0, c, N);
        double took = now_s() - before;
        best = took < best ? took : best;
    }
    free(a);
    return 2.0 * N * N * N / best * 1e-9;
}

int blas_probe_child(const cli_args *cli)
{
    const hone_blas *blas = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (hone_blas_open(&blas, &err) != HONE_OK)
        return cli_fail(cli, &err);
    alarm(PROBE_LIMIT_S);
    json_t *o = json_object();
    json_object_set_new(o, "library", json_string(blas->library));
    json_object_set_new(o, "kernel", json_string(blas->kernel));
    json_object_set_new(o, "gflops", cli_json_double(measure(blas)));
    cli_json(o, 0);
    return CLI_EXIT_OK;
}

// --- the parent ---

// This process's environment, with the kernel named: `*own` is that entry.
static char **make_environment(const char *kernel, char **own)
{
    size_t n = 0, kept = 0;
    while (environ[n])
        n++;
    char **env = cli_alloc((n + 2) * sizeof *env);
    for (size_t i = 0; i < n; i++) {
        if (!kernel || strncmp(environ[i], "HONE_BLAS_KERNEL=", 17) != 0)
            env[kept++] = environ[i];
    }
    if (kernel)
        env[kept] = cli_format("HONE_BLAS_KERNEL=%s", kernel);
    *own = env[kept];
    return env;
}

static pid_t start(const char *kernel, int *output)
{
    static char *const argv[] = {(char *)"hone", (char *)"doctor", (char *)"blas-probe", NULL};
    int ends[2];
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    char *own, **env = make_environment(kernel, &own);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawn(&pid, "/proc/self/exe", &actions, NULL, argv, env) != 0)
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (pid < 0)
        close(ends[0]);
    else
        *output = ends[0];
    free(own);
    free(env);
    return pid;
}

blas_speed blas_probe(const char *kernel)
{
    blas_speed speed = {"", "", 0};
    int output = -1, status;
    pid_t pid = start(kernel, &output);
    if (pid < 0)
        return speed;
    FILE *in = fdopen(output, "r");
    json_t *o = in ? json_loadf(in, 0, NULL) : NULL;
    if (in)
        fclose(in);
    else
        close(output);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    const char *library = json_string_value(json_object_get(o, "library"));
    const char *name = json_string_value(json_object_get(o, "kernel"));
    if (library && name) {
        snprintf(speed.library, sizeof speed.library, "%s", library);
        snprintf(speed.kernel, sizeof speed.kernel, "%s", name);
        speed.gflops = json_number_value(json_object_get(o, "gflops"));
    }
    json_decref(o);
    return speed;
}
