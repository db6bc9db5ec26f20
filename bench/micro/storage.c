// What a storage costs: CPU and wall time of appends of one record of 150 bytes, of appends by the
// hundred, of reading all of it, and of what one `hone tell` from a shell does (open, append,
// close).
//
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/mem.h"
#include "core/builtins.h"

enum { SINGLES = 100000, BATCHES = 2000, BATCH = 100, SHELLS = 200, SIZE = 150 };

typedef struct bench {
    const hn_storage_class *class;
    void *self, *config;
    const char *where;
    uint64_t id;
} bench;

static double now(clockid_t clock)
{
    struct timespec t;
    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(hone_status status, const hone_error *err)
{
    if (status == HONE_OK)
        return;
    (void)fprintf(stderr, "%s\n", err->text);
    exit(1);
}

static void open_storage(bench *b)
{
    hone_error err = HONE_ERROR_INIT;
    b->self = hn_calloc(1, b->class->head.state_size);
    check(b->class->open(b->self, b->where, true, false, b->config, &err), &err);
}

static void close_storage(bench *b)
{
    b->class->close(b->self);
    hn_free(b->self);
}

static void append(bench *b, size_t n, hn_sync sync)
{
    static unsigned char bytes[SIZE];
    hn_record records[BATCH];
    hone_error err = HONE_ERROR_INIT;
    uint64_t first;
    for (size_t i = 0; i < n; i++)
        records[i] = (hn_record){bytes, SIZE};
    check(b->class->append(b->self, b->id, HN_SEQ_ANY, records, n, sync, 1700000000000000, &first,
                           &err),
          &err);
}

static void time_appends(bench *b, const char *what, int times, size_t n, hn_sync sync)
{
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC), worst = 0;
    for (int k = 0; k < times; k++) {
        double start = now(CLOCK_MONOTONIC);
        append(b, n, sync);
        double took = now(CLOCK_MONOTONIC) - start;
        worst = took > worst ? took : worst;
    }
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = now(CLOCK_MONOTONIC) - wall;
    printf("%-28s %8.1f us CPU  %8.1f us  worst %8.0f us\n", what, cpu / times * 1e6,
           wall / times * 1e6, worst * 1e6);
}

static hone_status add_size(void *user, uint64_t seq, const void *data, size_t size,
                            hone_error *err)
{
    (void)seq;
    (void)data;
    (void)err;
    *(size_t *)user += size;
    return HONE_OK;
}

static void time_read(bench *b)
{
    hone_error err = HONE_ERROR_INIT;
    uint64_t n = 0;
    size_t size = 0;
    check(b->class->count(b->self, b->id, &n, &err), &err);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    check(b->class->read(b->self, b->id, 0, add_size, &size, &err), &err);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("read all of %llu records      %8.3f s CPU (%.1f MB)\n", (unsigned long long)n, cpu,
           (double)size / 1e6);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (int k = 0; k < 10000; k++)
        check(b->class->read(b->self, b->id, n, add_size, &size, &err), &err);
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    printf("look for news, none there    %8.1f us CPU\n", cpu / 10000 * 1e6);
}

static void time_shell(bench *b)
{
    close_storage(b);
    double cpu = now(CLOCK_PROCESS_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
    for (int k = 0; k < SHELLS; k++) {
        open_storage(b);
        append(b, 1, HN_SYNC_FULL);
        close_storage(b);
    }
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = now(CLOCK_MONOTONIC) - wall;
    printf("open, append, close          %8.1f us CPU  %8.1f us\n", cpu / SHELLS * 1e6,
           wall / SHELLS * 1e6);
    open_storage(b);
}

static const hn_storage_class *class_named(const char *name)
{
    for (const hn_plugin *const *p = hn_builtin_storages; *p; p++) {
        if (strcmp((*p)->name, name) == 0)
            return (const hn_storage_class *)*p;
    }
    (void)fprintf(stderr, "there is no storage \"%s\"\n", name);
    exit(2);
}

int main(int argc, char **argv)
{
    char folder[] = "hone-bench-XXXXXX", where[64] = "";
    bench b = {.class = class_named(argc > 1 ? argv[1] : "sqlite")};
    hone_error err = HONE_ERROR_INIT;
    if (!mkdtemp(folder))
        return 1;
    if (b.class->is_shared)
        (void)snprintf(where, sizeof where, "%s/hone.db", folder);
    b.where = where;
    open_storage(&b);
    check(b.class->create(b.self, "bench", 0, &b.id, &err), &err);
    time_appends(&b, "append 1 record, lazy", SINGLES, 1, HN_SYNC_LAZY);
    time_appends(&b, "append 1 record, full", 1000, 1, HN_SYNC_FULL);
    time_appends(&b, "append 100 records, lazy", BATCHES, BATCH, HN_SYNC_LAZY);
    time_read(&b);
    if (b.class->is_shared)
        time_shell(&b);
    close_storage(&b);
    check(hn_fs_remove_tree(folder, &err), &err);
    return 0;
}
