// --metric-from: a number in a file that the trial has written.
//
// A relative name is looked up in the trial's folder. With one job at a time the working directory
// will do as well, when the file was written since the trial began; with several the trials would
// read each other's.
#include "drive/metrics.h"

#include <stdio.h>
#include <sys/stat.h>

#include "base/fs.h"

enum { MAX_FILE = 64 << 20, CLOCK_SLACK_US = 10000 };

static const char *locate(const hn_metric_spec *spec, const char *dir, uint64_t started_us,
                          hn_arena *arena, char *why, size_t size)
{
    struct stat info;
    const char *file = spec->from.file, *path = hn_fs_join(arena, dir, file);
    if (path && stat(path, &info) == 0)
        return path;
    snprintf(why, size, "it did not write %s", path ? path : file);
    if (!spec->from_cwd || file[0] == '/' || stat(file, &info) != 0)
        return NULL;
    // File systems stamp with the clock of the last timer interrupt.
    uint64_t written_us =
        (uint64_t)info.st_mtim.tv_sec * 1000000 + (uint64_t)info.st_mtim.tv_nsec / 1000;
    if (written_us + CLOCK_SLACK_US >= started_us)
        return file;
    snprintf(why, size,
             "it did not write %s, and the one in the working directory is older than "
             "the trial",
             file);
    return NULL;
}

bool hn_metric_file_read(const hn_metric_spec *spec, const char *dir, uint64_t started_us,
                         double *out, char *why, size_t size)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    char *text;
    size_t n;
    bool found = false;
    const char *path = locate(spec, dir, started_us, &arena, why, size);
    if (path) {
        found = hn_fs_read(path, MAX_FILE, &arena, &text, &n, &err) == HONE_OK &&
                hn_wire_from_value(&spec->from, spec->names[spec->from.metric], text, n, out,
                                   &err) == HONE_OK;
        if (!found)
            snprintf(why, size, "%s", err.text);
    }
    hn_arena_free(&arena);
    return found;
}
