// Runs a fuzzer without libFuzzer: on nothing, on every file of the directory named, on beginnings
// of each file, since input that was cut short is what parsers forget, and on each file with one
// allocation after the other failing. Of many beginnings and allocations some are left out.
#include <dirent.h>
#include <string.h>
#include <sys/time.h>

#include "fuzz.h"

enum { MAX_SEED_BYTES = 1 << 20, MAX_RUNS = 3000, MAX_EACH = 400, MAX_SECONDS = 5 };

// An input that takes seconds of CPU is a fault as well: SIGPROF ends the process.
static void set_limit(int seconds)
{
    struct itimerval limit = {.it_value = {.tv_sec = seconds}};
    setitimer(ITIMER_PROF, &limit, NULL);
}

// A buffer of exactly the right size lets the sanitizers see a read beyond its end. `nth` 0: no
// allocation fails.
static uint64_t run(const uint8_t *data, size_t size, uint64_t nth)
{
    uint8_t *copy = malloc(size ? size : 1);
    uint64_t n_allocations = 0;
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    set_limit(MAX_SECONDS);
    if (nth)
        fuzz_starve(copy, size, nth);
    else
        n_allocations = fuzz_plain(copy, size);
    set_limit(0);
    free(copy);
    return n_allocations;
}

// `limit`: at most so many beginnings, and so many allocations.
static void run_file(const char *path, uint8_t *buffer, size_t limit)
{
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(file != NULL);
    size_t size = fread(buffer, 1, MAX_SEED_BYTES, file);
    fclose(file);
    uint64_t n_allocations = run(buffer, size, 0);
    for (uint64_t nth = 1; nth <= n_allocations; nth += 1 + n_allocations / limit)
        run(buffer, size, nth);
    for (size_t n = 1; n < size; n += 1 + size / limit)
        run(buffer, n, 0);
}

static int is_seed(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    uint8_t *buffer = malloc(MAX_SEED_BYTES);
    int n_seeds = argc == 2 ? scandir(argv[1], &entries, is_seed, alphasort) : -1;
    if (n_seeds < 0 || !buffer) {
        fprintf(stderr, "usage: %s DIRECTORY-OF-SEEDS\n", argv[0]);
        return 2;
    }
    size_t limit = MAX_RUNS / (size_t)(n_seeds + 1);
    limit = limit > MAX_EACH ? MAX_EACH : limit;
    run(buffer, 0, 0);
    for (int i = 0; i < n_seeds; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
        run_file(path, buffer, limit ? limit : 1);
        free(entries[i]);
    }
    free(entries);
    free(buffer);
    printf("%d seeds\n", n_seeds);
    return n_seeds > 0 ? 0 : 1;
}
