// Durations, sizes and command lines as study files and the command line write them.
#include "core/study_words.h"

#include <hone/study_file.h>

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/str.h"
#include "core/fold.h"

static double unit_seconds(const char *unit, size_t length)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {{"ms", 1e-3}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strlen(units[i].name) == length && memcmp(units[i].name, unit, length) == 0)
            return units[i].seconds;
    return 0;
}

hone_status hone_duration_parse(const char *text, double *seconds, hone_error *err)
{
    static const char digits[] = "0123456789.";
    const char *at = text;
    double total = 0;
    do {
        char number[32] = "";
        double value = 0;
        size_t n = strspn(at, digits);
        if (n < sizeof number)
            memcpy(number, at, n);
        if (!hn_parse_double(number, &value))
            return hn_fail_at(err, HONE_EPARSE, text, strlen(text), (size_t)(at - text),
                              "a duration begins with a number: 90, 90s, 10m, 2h, 1h30m");
        at += n;
        size_t letters = strcspn(at, digits);
        // Seconds need no unit, unless another number follows.
        double unit = letters == 0 ? 1 : unit_seconds(at, letters);
        if (unit == 0)
            return hn_fail_at(err, HONE_EPARSE, text, strlen(text), (size_t)(at - text),
                              "the units of a duration are ms, s, m, h and d");
        total += value * unit;
        at += letters;
    } while (*at);
    *seconds = total;
    return HONE_OK;
}

hone_status hone_cost_parse(const char *text, double *seconds, hone_error *err)
{
    hn_arena arena = HN_ARENA_INIT;
    const char *metric;
    hn_bound bound;
    size_t op = strcspn(text, "<>=");
    if (!text[op])
        return hone_duration_parse(text, seconds, err);
    hone_status status = hn_bound_parse(&arena, text, &metric, &bound, err);
    hn_arena_free(&arena);
    HN_TRY(status);
    *seconds = 0;
    if (bound.at_most && bound.bound > 0)
        return HONE_OK;
    return hn_fail_at(err, HONE_EPARSE, text, strlen(text), op,
                      "a cost has an upper bound above 0, as in usd<=200");
}

// --- sizes ---

static const struct {
    const char *name, *other; // any case
    uint64_t bytes;
} size_units[] = {{"T", "TiB", UINT64_C(1) << 40},
                  {"G", "GiB", UINT64_C(1) << 30},
                  {"M", "MiB", UINT64_C(1) << 20},
                  {"K", "KiB", UINT64_C(1) << 10},
                  {"TB", NULL, UINT64_C(1000000000000)},
                  {"GB", NULL, UINT64_C(1000000000)},
                  {"MB", NULL, UINT64_C(1000000)},
                  {"kB", NULL, UINT64_C(1000)},
                  {"B", NULL, 1}};
enum { N_SIZE_UNITS = sizeof size_units / sizeof *size_units };

static uint64_t unit_bytes(const char *unit)
{
    for (size_t i = 0; i < N_SIZE_UNITS; i++)
        if (strcasecmp(unit, size_units[i].name) == 0 ||
            (size_units[i].other && strcasecmp(unit, size_units[i].other) == 0))
            return size_units[i].bytes;
    return 0;
}

hone_status hone_size_parse(const char *text, uint64_t *bytes, hone_error *err)
{
    static const double most = (double)(UINT64_C(1) << 62);
    char number[32] = "";
    double value = 0;
    size_t n = strspn(text, "0123456789.");
    if (n < sizeof number)
        memcpy(number, text, n);
    if (!hn_parse_double(number, &value))
        return hn_fail_at(err, HONE_EPARSE, text, strlen(text), 0,
                          "a size begins with a number: 500M, 4G, 1.5GiB");
    const char *unit = text + n + strspn(text + n, " ");
    uint64_t factor = *unit ? unit_bytes(unit) : value == 0;
    if (!factor)
        return hn_fail_at(err, HONE_EPARSE, text, strlen(text), n,
                          *unit ? "the units of a size are K, M, G, T (steps of 1024) and kB, MB, "
                                  "GB, TB (steps of 1000)"
                                : "a size needs a unit: 500M, 4G, 1.5GiB");
    if (value * (double)factor >= most)
        return hn_fail_at(err, HONE_EPARSE, text, strlen(text), 0, "this size is too large");
    *bytes = (uint64_t)(value * (double)factor);
    return HONE_OK;
}

hone_status hone_keep_parse(const char *text, int64_t *keep, hone_error *err)
{
    bool good = true;
    if (strcmp(text, "all") == 0)
        *keep = -1;
    else if (strcmp(text, "none") == 0)
        *keep = 0;
    else if (strcmp(text, "best") == 0)
        *keep = 1;
    else
        good = hn_parse_int(text, keep) && *keep >= 0;
    return good ? HONE_OK
                : hn_fail_at(err, HONE_EPARSE, text, strlen(text), 0,
                             "all, best, none, or how many of the best are kept");
}

char *hone_keep_text(int64_t keep, char *out)
{
    static const char *const words[] = {"all", "none", "best"};
    if (keep <= 1)
        return strcpy(out, words[keep < 0 ? 0 : keep + 1]);
    (void)snprintf(out, HONE_SIZE_TEXT, "%lld", (long long)keep);
    return out;
}

char *hone_size_text(uint64_t bytes, char *out)
{
    (void)snprintf(out, HONE_SIZE_TEXT, "%lluB", (unsigned long long)bytes);
    for (size_t i = 0; bytes && i < N_SIZE_UNITS; i++) {
        char text[HONE_SIZE_TEXT];
        if (bytes % size_units[i].bytes)
            continue;
        (void)snprintf(text, sizeof text, "%llu%s",
                       (unsigned long long)(bytes / size_units[i].bytes), size_units[i].name);
        if (strlen(text) < strlen(out))
            memcpy(out, text, sizeof text);
    }
    return bytes ? out : strcpy(out, "0");
}

// Takes one quoted part at `*at` (an opening quote) into `word`; false when it never ends.
static bool take_quoted(const char **at, hn_str *word)
{
    char quote = *(*at)++;
    while (**at && **at != quote) {
        if (quote == '"' && **at == '\\' && ((*at)[1] == '"' || (*at)[1] == '\\'))
            ++*at;
        hn_str_add_char(word, *(*at)++);
    }
    if (!**at)
        return false;
    ++*at;
    return true;
}

hone_status hn_words_split(const char *text, json_t *words, hone_error *err)
{
    static const char blanks[] = " \t\r\n";
    hone_status status = HONE_OK;
    hn_str word = HN_STR_INIT;
    const char *at = text + strspn(text, blanks);
    while (*at) {
        hn_str_clear(&word);
        while (*at && !strchr(blanks, *at)) {
            const char *open = at;
            if (*at == '\'' || *at == '"') {
                if (take_quoted(&at, &word))
                    continue;
                status = hn_fail_at(err, HONE_EPARSE, text, strlen(text), (size_t)(open - text),
                                    "this quote is never closed");
                goto out;
            }
            at += *at == '\\' && at[1];
            hn_str_add_char(&word, *at++);
        }
        if (hn_str_failed(&word) ||
            json_array_append_new(words, json_string(hn_str_text(&word))) != 0) {
            status = hn_fail_memory(err);
            goto out;
        }
        at += strspn(at, blanks);
    }
out:
    hn_str_free(&word);
    return status;
}
