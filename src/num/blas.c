// Loading the BLAS with the right kernel.
//
// On a CPU that is newer than the library OpenBLAS does not know the model and takes a generic
// kernel, several times slower than the best it has. Its model table cannot be asked before it
// is loaded, so the kernel is always named, from what cpuid says of the instruction set: measured,
// the named kernel is never slower than the library's own choice of the same set. A kernel named in
// HONE_BLAS_KERNEL stands. One in OPENBLAS_CORETYPE does not: it is often set for a whole cluster
// after its oldest machine, which is the silent slowness that this file is against. That variable
// is put back after loading, so that child processes see what they would have seen.
//
// It starts with one thread unless OPENBLAS_NUM_THREADS says otherwise: trials run beside each
// other, matrices are small, and sums are split by the number of threads, so that one thread gives
// the same bits on every machine with the same kernel.
//
// The table below is the one piece of state of the process that Hone keeps: a library can be
// loaded only once.
#include "num/blas.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/mem.h"
#include "num/blas_beside.h"

#define CORETYPE "OPENBLAS_CORETYPE"
#define THREADS  "OPENBLAS_NUM_THREADS"
#define WISH     "HONE_BLAS_KERNEL"

static struct {
    pthread_once_t once;
    hone_status status;
    hone_error err;
    void *library;
    hone_blas table;
    char beside[PATH_MAX]; // path of the one that came along
} blas = {.once = PTHREAD_ONCE_INIT, .err = HONE_ERROR_INIT};

const char *hone_blas_best_kernel(void)
{
#if defined(__x86_64__)
    // The compiler's test includes whether the operating system saves the wide registers.
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return "SKYLAKEX";
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return __builtin_cpu_is("amd") ? "ZEN" : "HASWELL";
    if (__builtin_cpu_supports("avx"))
        return "SANDYBRIDGE";
#endif
    return NULL;
}

static void set_no_threads(int n)
{
    (void)n;
}

// A function by its own name, or by that which it has in a library that came along.
static void *symbol_of(void *library, const char *name)
{
    char prefixed[64];
    void *symbol = dlsym(library, name);
    if (!symbol && snprintf(prefixed, sizeof prefixed, HN_BLAS_BESIDE_PREFIX "%s", name) <
                       (int)sizeof prefixed)
        symbol = dlsym(library, prefixed);
    return symbol;
}

// ISO C has no conversion between object and function pointers; POSIX promises that it works.
static void find(void *library, const char *name, void *function_pointer)
{
    void *symbol = symbol_of(library, name);
    if (symbol)
        memcpy(function_pointer, &symbol, sizeof symbol);
}

static bool fill_table(void *library, const char *name, const char *forced, hone_blas *table)
{
    char *(*corename)(void) = NULL, *(*config)(void) = NULL;
    *table = (hone_blas){.library = name, .config = "", .kernel = ""};
    table->set_threads = set_no_threads;
    find(library, "cblas_sgemm", &table->sgemm);
    find(library, "cblas_dgemm", &table->dgemm);
    find(library, "openblas_set_num_threads", &table->set_threads);
    find(library, "openblas_get_corename", &corename);
    find(library, "openblas_get_config", &config);
    if (config)
        table->config = config();
    if (corename)
        table->kernel = corename();
    if (forced && strcasecmp(forced, table->kernel) == 0)
        table->forced = forced;
    return table->sgemm && table->dgemm;
}

// Sets a variable for the library to find while it loads; the old value, for putting it back.
static char *lend(const char *name, const char *value)
{
    const char *had = getenv(name);
    char *copy = had ? hn_strdup(had) : NULL;
    setenv(name, value, 1);
    return copy;
}

static void put_back(const char *name, char *had)
{
    if (had)
        setenv(name, had, 1);
    else
        unsetenv(name);
    hn_free(had);
}

void *hn_blas_load(const char *const *names, hone_blas *table)
{
    const char *wish = getenv(WISH);
    const char *forced = wish && *wish ? wish : hone_blas_best_kernel();
    const char *threads = getenv(THREADS);
    char *had = forced ? lend(CORETYPE, forced) : NULL;
    char *had_threads = threads ? NULL : lend(THREADS, "1");
    void *library = NULL;
    for (; *names && !library; names++) {
        library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library && !fill_table(library, *names, forced, table)) {
            dlclose(library);
            library = NULL;
        }
    }
    if (forced)
        put_back(CORETYPE, had);
    if (!threads)
        put_back(THREADS, had_threads);
    return library;
}

static void load_once(void)
{
    static const char *const names[] = {"libopenblas.so.0", "libopenblas.so", "libblis.so.4",
                                        "libcblas.so.3",    "libblas.so.3",   NULL};
    const char *const beside[] = {blas.beside, NULL};
    if (hn_blas_beside(blas.beside, sizeof blas.beside))
        blas.library = hn_blas_load(beside, &blas.table);
    if (!blas.library)
        blas.library = hn_blas_load(names, &blas.table);
    if (!blas.library)
        blas.status = hn_fail(&blas.err, HONE_EUNSUPPORTED,
                              "no BLAS library was found; install OpenBLAS (package libopenblas0 "
                              "on Debian and Ubuntu, openblas elsewhere)");
}

hone_status hone_blas_open(const hone_blas **out, hone_error *err)
{
    pthread_once(&blas.once, load_once);
    if (blas.status != HONE_OK) {
        if (err)
            *err = blas.err;
        return blas.status;
    }
    *out = &blas.table;
    return HONE_OK;
}

void *hn_blas_symbol(const char *name)
{
    const hone_blas *table;
    return hone_blas_open(&table, NULL) == HONE_OK ? symbol_of(blas.library, name) : NULL;
}
