// Loading the BLAS: what it says of itself, that it computes, and that it leaves no trace in the
// environment.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>
#include <unistd.h>

#include "num/blas.h"

static const hone_blas *open_or_skip(void)
{
    const hone_blas *blas = NULL;
    hone_error err = HONE_ERROR_INIT;
    hone_status status = hone_blas_open(&blas, &err);
    if (status == HONE_EUNSUPPORTED) {
        assert_non_null(strstr(err.text, "libopenblas0"));
        skip();
    }
    assert_int_equal(status, HONE_OK);
    return blas;
}

static void *open_in_thread(void *out)
{
    const hone_blas **blas = out;
    return (void *)(intptr_t)hone_blas_open(blas, NULL);
}

// The first test: the threads race for the loading itself.
static void any_thread_may_open_it(void **state)
{
    (void)state;
    pthread_t threads[4];
    const hone_blas *blas[4] = {0};
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, open_in_thread, &blas[i]), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < 4; i++)
        assert_ptr_equal(blas[i], blas[0]);
}

static void it_describes_itself(void **state)
{
    (void)state;
    const hone_blas *blas = open_or_skip();
    assert_true(strlen(blas->library) > 0);
    assert_non_null(blas->config);
    assert_non_null(blas->kernel);
    assert_non_null(blas->set_threads);
    if (blas->forced)
        assert_int_equal(strcasecmp(blas->forced, blas->kernel), 0);
    assert_non_null(hn_blas_symbol("cblas_sgemm"));
    assert_null(hn_blas_symbol("no_such_function"));
}

static void it_multiplies(void **state)
{
    (void)state;
    const hone_blas *blas = open_or_skip();
    blas->set_threads(1);
    enum { M = 37, N = 29, K = 53 };
    static double a[M * K], b[K * N], c[M * N];
    static float fa[M * K], fb[N * K], fc[M * N]; // fb transposed
    for (int i = 0; i < M * K; i++)
        fa[i] = (float)(a[i] = (i * 7 % 11) - 5);
    for (int i = 0; i < K; i++) {
        for (int j = 0; j < N; j++)
            fb[j * K + i] = (float)(b[i * N + j] = ((i * N + j) * 5 % 13) - 6);
    }
    for (int i = 0; i < M * N; i++)
        fc[i] = (float)(c[i] = i % 3);
    blas->dgemm(HONE_BLAS_ROW_MAJOR, HONE_BLAS_NO_TRANS, HONE_BLAS_NO_TRANS, M, N, K, 2, a, K, b, N,
                -1, c, N);
    blas->sgemm(HONE_BLAS_ROW_MAJOR, HONE_BLAS_NO_TRANS, HONE_BLAS_TRANS, M, N, K, 2, fa, K, fb, K,
                -1, fc, N);
    for (int i = 0; i < M; i++) {
        for (int j = 0; j < N; j++) {
            double want = -((i * N + j) % 3);
            for (int k = 0; k < K; k++)
                want += 2 * a[i * K + k] * b[k * N + j];
            assert_true(c[i * N + j] == want); // whole numbers: exact
            assert_true(fc[i * N + j] == (float)want);
        }
    }
}

// Runs `check` in a fresh process, since a library is loaded only once; it returns 0 when content.
static int in_child(int (*check)(void))
{
    pid_t pid = fork();
    if (pid == 0)
        _exit(check());
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static const char *const names[] = {"no-such-library.so.9", "libopenblas.so.0", NULL};

static int names_the_best_kernel(void)
{
    hone_blas blas;
    unsetenv("OPENBLAS_CORETYPE");
    if (!hn_blas_load(names, &blas))
        return 77;
    if (getenv("OPENBLAS_CORETYPE"))
        return 1; // children would inherit it
    if (strcmp(blas.library, "libopenblas.so.0") != 0)
        return 2;
    // A build for one CPU only ignores the request; then nothing may be claimed.
    const char *best = hone_blas_best_kernel();
    if (!best || !strstr(blas.config, "DYNAMIC_ARCH"))
        return 77;
    return blas.forced && strcmp(blas.forced, best) == 0 ? 0 : 3;
}

static int lets_the_users_choice_stand(void)
{
    hone_blas blas;
    setenv("HONE_BLAS_KERNEL", "Nehalem", 1);
    if (!hn_blas_load(names, &blas))
        return 77;
    if (strstr(blas.config, "DYNAMIC_ARCH") && hone_blas_best_kernel() &&
        strcasecmp(blas.kernel, "Nehalem") != 0)
        return 2;
    return 0;
}

static int threads_of(const char *wish)
{
    hone_blas blas;
    int (*get)(void) = NULL;
    if (wish)
        setenv("OPENBLAS_NUM_THREADS", wish, 1);
    else
        unsetenv("OPENBLAS_NUM_THREADS");
    void *library = hn_blas_load(names, &blas);
    void *symbol = library ? dlsym(library, "openblas_get_num_threads") : NULL;
    if (!symbol || strstr(blas.config, "SINGLE_THREADED"))
        return 77;
    const char *now = getenv("OPENBLAS_NUM_THREADS");
    if (wish ? !now || strcmp(now, wish) != 0 : now != NULL)
        return 100; // children would inherit it
    memcpy(&get, &symbol, sizeof symbol);
    return get();
}

static int starts_with_one_thread(void)
{
    int n = threads_of(NULL);
    return n == 1 ? 0 : n;
}

static int starts_with_as_many_as_are_wanted(void)
{
    int n = threads_of("2");
    return n == 2 || sysconf(_SC_NPROCESSORS_ONLN) < 2 ? 0 : n;
}

// A kernel named for a whole cluster does not slow this machine down, and children still see it.
static int puts_the_librarys_variable_back(void)
{
    hone_blas blas;
    setenv("OPENBLAS_CORETYPE", "Nehalem", 1);
    if (!hn_blas_load(names, &blas))
        return 77;
    if (strstr(blas.config, "DYNAMIC_ARCH") && hone_blas_best_kernel() &&
        strcasecmp(blas.kernel, hone_blas_best_kernel()) != 0)
        return 2;
    return strcmp(getenv("OPENBLAS_CORETYPE"), "Nehalem") == 0 ? 0 : 3;
}

static int refuses_what_is_no_blas(void)
{
    static const char *const others[] = {"libm.so.6", "no-such-library.so.9", NULL};
    hone_blas blas;
    return hn_blas_load(others, &blas) == NULL ? 0 : 1;
}

static void loading(void **state)
{
    // main ran these in processes of their own, before this one loaded anything.
    const int *results = *state;
    for (int i = 0; i < 6; i++)
        assert_true(results[i] == 0 || results[i] == 77);
    if (results[0] == 77)
        skip();
}

static void the_best_kernel_is_a_name_or_nothing(void **state)
{
    (void)state;
    const char *kernel = hone_blas_best_kernel();
    if (!kernel)
        skip();
    static const char *const known[] = {"SKYLAKEX", "HASWELL", "ZEN", "SANDYBRIDGE"};
    int found = 0;
    for (int i = 0; i < 4; i++)
        found += strcmp(kernel, known[i]) == 0;
    assert_int_equal(found, 1);
}

int main(void)
{
    int results[6] = {
        in_child(names_the_best_kernel),           in_child(lets_the_users_choice_stand),
        in_child(puts_the_librarys_variable_back), in_child(refuses_what_is_no_blas),
        in_child(starts_with_one_thread),          in_child(starts_with_as_many_as_are_wanted)};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(loading, results),
        cmocka_unit_test(any_thread_may_open_it),
        cmocka_unit_test(it_describes_itself),
        cmocka_unit_test(it_multiplies),
        cmocka_unit_test(the_best_kernel_is_a_name_or_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
