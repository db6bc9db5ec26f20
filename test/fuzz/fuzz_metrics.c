// Fuzzes what a trial says: src/drive/metrics.c, src/drive/metric_extras.c,
// src/drive/metric_spec.c and src/drive/metric_file.c.
//
// The first byte is a set of switches, the first line a regular expression or the path in a file;
// each further line begins with where it comes from. What stands behind a NUL is that file.
#include <hone/study.h>

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drive/metrics.h"
#include "fuzz.h"

enum { BEST = 1, REGEX = 2, BUILTIN = 4, TIME = 8, FROM = 16, TWO = 32, JOBS = 64, ODD = 128 };
enum { MAX_HEAD = 120 };

// The directory of the trial. A file that the input names is not to be one of this machine's.
#define NOWHERE "/proc/self/nowhere"

static void check_line(const hn_metric_spec *spec, const hn_metric_line *line)
{
    if (!line->is_report)
        return;
    FUZZ_CHECK(line->present && line->present >> spec->n_metrics == 0);
    for (uint32_t i = 0; i < spec->n_metrics; i++)
        FUZZ_CHECK(line->present >> i & 1 || isnan(line->values[i]));
}

// A metric that is there has a rank; a value can be not a number, but then it is named.
static void check_end(const hn_metric_spec *spec, const hn_metrics *m)
{
    hn_str text = HN_STR_INIT;
    const char *missing = hn_metrics_missing(spec, m), *odd = hn_metrics_nan(spec, m);
    for (uint32_t i = 0; i < spec->n_metrics; i++)
        FUZZ_CHECK(m->present >> i & 1 ? m->ranks[i] != HN_RANK_NONE : isnan(m->values[i]));
    if (!missing && !odd)
        FUZZ_CHECK(!isnan(m->values[0]));
    FUZZ_CHECK(memchr(m->problem, '\0', sizeof m->problem));
    FUZZ_CHECK(m->n_constraints <= HN_CONSTRAINTS_MAX);
    hn_metrics_describe(spec, m, &text);
    FUZZ_EXPECT(!hn_str_failed(&text) && text.n > 0);
    hn_str_free(&text);
}

static void read_lines(const hn_metric_spec *spec, hn_metrics *m, const char *text, size_t size)
{
    hn_metric_line line;
    hn_str reply = HN_STR_INIT, attrs = HN_STR_INIT;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t n = end ? (size_t)(end - text) - at : size - at;
        if (n > 0) {
            hn_str_clear(&reply);
            hn_str_clear(&attrs);
            hn_metrics_line(spec, m, (hn_line_source)(text[at] & 3), text + at + 1, n - 1, &line,
                            &reply, &attrs);
            FUZZ_CHECK(attrs.n == 0 || (text[at] & 3) == HN_LINE_FD ||
                       (text[at] & 3) == HN_LINE_FILE);
            check_line(spec, &line);
        }
        at += n + 1;
    }
    hn_str_free(&reply);
    hn_str_free(&attrs);
}

static hone_study *open_study(unsigned switches)
{
    static const hone_metric metrics[] = {
        {"loss", HONE_MINIMIZE}, {"acc", HONE_MAXIMIZE}, {"size", HONE_RECORD}};
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_study *study = NULL;
    options.metrics = switches & TWO ? metrics : metrics + 1;
    options.n_metrics = switches & TWO ? 3 : 2;
    hone_study_open(&options, &study, NULL);
    return study;
}

static void run(unsigned switches, const char *head, const char *text, size_t size, int file)
{
    char from[MAX_HEAD + 60];
    hone_run_options options = {.n_jobs = switches & JOBS ? 2 : 1,
                                .take_best = switches & BEST,
                                .regex = switches & REGEX ? head : NULL};
    hn_metric_spec spec = {0};
    hn_metrics m;
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    hone_study *study = open_study(switches);
    if (switches & BUILTIN)
        options.metric_builtin = switches & ODD ? head : switches & TIME ? "time" : "maxrss";
    snprintf(from, sizeof from, "/proc/self/fd/%d:%s", file, head);
    if (switches & FROM)
        options.metric_from = switches & ODD ? head : from;
    if (study && hn_metric_spec_make(study, &options, &arena, &spec, &err) == HONE_OK) {
        hn_metrics_reset(&m);
        read_lines(&spec, &m, text, size);
        hn_metrics_end(&spec, &m, NOWHERE, switches & TIME ? 0 : UINT64_MAX, 1500000, 2048);
        check_end(&spec, &m);
    } else {
        FUZZ_CHECK(!study || err.text[0]);
    }
    hn_metric_spec_free(&spec);
    hn_arena_free(&arena);
    hone_study_close(study);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    if (size == 0)
        return;
    const char *text = (const char *)data + 1;
    size--;
    const char *cut = memchr(text, '\0', size), *end = memchr(text, '\n', size);
    size_t n = cut ? (size_t)(cut - text) : size;
    size_t length = end && end < text + n ? (size_t)(end - text) : n;
    char head[MAX_HEAD];
    int file = memfd_create("metric", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0);
    if (cut)
        FUZZ_CHECK(write(file, cut + 1, size - n - 1) == (ssize_t)(size - n - 1));
    snprintf(head, sizeof head, "%.*s", (int)length, text);
    size_t used = length < n ? length + 1 : n;
    run(data[0], head, text + used, n - used, file);
    close(file);
}
