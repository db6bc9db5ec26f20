// Durations and command lines as study files and the command line write them.
#include "core/study_words.h"

#include <hone/study_file.h>

#include <string.h>

#include "base/str.h"

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
