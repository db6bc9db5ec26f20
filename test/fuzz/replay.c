// Runs a fuzzer's function without libFuzzer: on nothing, on every file of the directory named, and
// on the beginnings of each file, since input that was cut short is what parsers forget.
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

enum { MAX_SEED_BYTES = 1 << 20, MAX_CUT_BYTES = 2048, MAX_SECONDS = 5 };

// A buffer of exactly the right size lets the sanitizers see a read beyond its end. An input that
// takes seconds is a fault as well: SIGALRM ends the process.
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size ? size : 1);
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, data, size);
    alarm(MAX_SECONDS);
    LLVMFuzzerTestOneInput(copy, size);
    alarm(0);
    free(copy);
}

static void run_file(const char *path, uint8_t *buffer)
{
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(file != NULL);
    size_t size = fread(buffer, 1, MAX_SEED_BYTES, file);
    fclose(file);
    run(buffer, size);
    for (size_t n = 1; n < size && n < MAX_CUT_BYTES; n++)
        run(buffer, n);
}

int main(int argc, char **argv)
{
    uint8_t *buffer = malloc(MAX_SEED_BYTES);
    DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
    int n_seeds = 0;
    if (!dir || !buffer) {
        fprintf(stderr, "usage: %s DIRECTORY-OF-SEEDS\n", argv[0]);
        return 2;
    }
    run(buffer, 0);
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", argv[1], entry->d_name);
        run_file(path, buffer);
        n_seeds++;
    }
    closedir(dir);
    free(buffer);
    printf("%d seeds\n", n_seeds);
    return n_seeds > 0 ? 0 : 1;
}
