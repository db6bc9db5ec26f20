// The user's own expression, in the language of PCRE2, which is what everybody writes: \d, lazy
// quantifiers, look-around, named groups. Its steps are counted, so that an expression that
// backtracks without end spoils a line and not the run.
//
// Expression and text are UTF-8; bytes of the text that are not match nothing.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <ctype.h>
#include <pcre2.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "core/wire_private.h"

// Of one line, all its matches together; some 20 ns each. A sound expression takes a few steps a
// byte, of which a line has at most 64 KiB. Each search begins with a look at all that is left of
// the line, whether it is UTF-8: that is a step for so many bytes. The memory is what a match keeps
// of its way back.
enum { STEPS_MAX = 1000000, BYTES_A_STEP = 64, MEMORY_MAX_KIB = 16384 };
enum { GROUP_STEP = -2, GROUP_PLAIN = -1 };

struct hn_wire_regex {
    pcre2_general_context *memory;
    pcre2_match_context *limits;
    pcre2_code *code;
    pcre2_match_data *match[2];
    uint32_t n_groups;
    bool named;  // some group has a name
    int *metric; // [1 + n_groups], of each group: an index, GROUP_STEP or GROUP_PLAIN
};

static void *take_memory(size_t size, void *data)
{
    (void)data;
    return hn_malloc(size);
}

static void give_back(void *p, void *data)
{
    (void)data;
    hn_free(p);
}

// PCRE2 calls this before each item of the expression that it tries.
static int count_step(pcre2_callout_block *block, void *data)
{
    uint32_t *left = data;
    (void)block;
    return *left > 0 && --*left > 0 ? 0 : PCRE2_ERROR_MATCHLIMIT;
}

// The metric that a group is named after: PCRE2 has names of letters, digits and _ only, so that _
// stands for any other character, too: (?<val_loss>…) for val-loss. -1: none.
static int metric_of(const hn_wire *wire, const char *name)
{
    int exact = hn_wire_metric(wire, name, strlen(name));
    for (size_t i = 0; exact < 0 && i < wire->n; i++) {
        const char *p = name, *q = wire->names[i];
        while (*p && *q && (*p == *q || (*p == '_' && !isalnum((unsigned char)*q))))
            p++, q++;
        if (!*p && !*q)
            return (int)i;
    }
    return exact;
}

// Where a group is called so: the name alone may be part of anything.
static size_t place_of(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (const char *p = text; (p = strstr(p, name)); p++)
        if (p > text &&
            ((p[-1] == '<' && p[length] == '>') || (p[-1] == '\'' && p[length] == '\'')))
            return (size_t)(p - text);
    return 0;
}

// PCRE2 says in its table of names where each group is: two bytes of its number, then its name.
static hone_status name_groups(const hn_wire *wire, hn_wire_regex *regex, const char *text,
                               hone_error *err)
{
    uint32_t n = 0, size = 0;
    PCRE2_SPTR entry = NULL;
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMECOUNT, &n);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(regex->code, PCRE2_INFO_NAMETABLE, &entry);
    for (uint32_t i = 0; i < n; i++, entry += size) {
        const char *name = (const char *)entry + 2;
        int metric = metric_of(wire, name);
        if (metric < 0 && strcmp(name, "step") != 0)
            return hn_fail_at(err, HONE_EINVAL, text, strlen(text), place_of(text, name),
                              "in the regular expression: no metric is called \"%s\"", name);
        regex->metric[entry[0] << 8 | entry[1]] = metric < 0 ? GROUP_STEP : metric;
    }
    regex->named = n > 0;
    return HONE_OK;
}

static hone_status find_groups(const hn_wire *wire, hn_wire_regex *regex, const char *text,
                               hone_error *err)
{
    pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &regex->n_groups);
    if (regex->n_groups == 0)
        return hn_fail_at(err, HONE_EPARSE, text, strlen(text), strlen(text),
                          "in the regular expression: a group ( ) around the number is missing, "
                          "e.g. loss ([0-9.e+-]+)");
    regex->metric = hn_calloc(1 + (size_t)regex->n_groups, sizeof *regex->metric);
    if (!regex->metric)
        return hn_fail_memory(err);
    for (uint32_t i = 0; i <= regex->n_groups; i++)
        regex->metric[i] = GROUP_PLAIN;
    return name_groups(wire, regex, text, err);
}

static hone_status compile(hn_wire_regex *regex, const char *text, hone_error *err)
{
    const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C |
                             PCRE2_DUPNAMES | PCRE2_AUTO_CALLOUT;
    int code = 0;
    size_t at = 0;
    unsigned char says[160];
    pcre2_compile_context *context = pcre2_compile_context_create(regex->memory);
    if (context)
        regex->code =
            pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &code, &at, context);
    pcre2_compile_context_free(context);
    if (!context || code == PCRE2_ERROR_HEAP_FAILED)
        return hn_fail_memory(err);
    if (regex->code)
        return HONE_OK;
    pcre2_get_error_message(code, says, sizeof says);
    return hn_fail_at(err, HONE_EPARSE, text, strlen(text), at, "in the regular expression: %s",
                      (const char *)says);
}

static hone_status make(const hn_wire *wire, hn_wire_regex *regex, const char *text,
                        hone_error *err)
{
    regex->memory = pcre2_general_context_create(take_memory, give_back, NULL);
    if (!regex->memory || !(regex->limits = pcre2_match_context_create(regex->memory)))
        return hn_fail_memory(err);
    pcre2_set_match_limit(regex->limits, STEPS_MAX);
    pcre2_set_heap_limit(regex->limits, MEMORY_MAX_KIB);
    HN_TRY(compile(regex, text, err));
    HN_TRY(find_groups(wire, regex, text, err));
    for (int i = 0; i < 2; i++) {
        regex->match[i] = pcre2_match_data_create_from_pattern(regex->code, regex->memory);
        if (!regex->match[i])
            return hn_fail_memory(err);
    }
    return HONE_OK;
}

hone_status hn_wire_regex_create(const hn_wire *wire, const char *text, hn_wire_regex **out,
                                 hone_error *err)
{
    hn_wire_regex *regex = hn_calloc(1, sizeof *regex);
    *out = NULL;
    if (!regex)
        return hn_fail_memory(err);
    hone_status status = make(wire, regex, text, err);
    if (status == HONE_OK)
        *out = regex;
    else
        hn_wire_regex_destroy(regex);
    return status;
}

void hn_wire_regex_destroy(hn_wire_regex *regex)
{
    if (!regex)
        return;
    pcre2_match_data_free(regex->match[0]);
    pcre2_match_data_free(regex->match[1]);
    pcre2_code_free(regex->code);
    pcre2_match_context_free(regex->limits);
    pcre2_general_context_free(regex->memory);
    hn_free(regex->metric);
    hn_free(regex);
}

static void take(hn_wire *wire, int metric, const char *p, size_t size, hn_wire_result *out)
{
    const char *end = p + size;
    double value;
    while (p < end && isspace((unsigned char)*p))
        p++;
    while (p < end && isspace((unsigned char)end[-1]))
        end--;
    size_t length = hn_wire_number(p, end, &value);
    if (length == 0 || p + length != end)
        hn_wire_wrong(wire, out,
                      "the group of the regular expression caught \"%.*s\", not a number",
                      (int)(end - p > 40 ? 40 : end - p), p);
    else if (metric == GROUP_STEP)
        hn_wire_set_step(out, value);
    else
        hn_wire_set(wire, out, (size_t)metric, value);
}

// `at` as PCRE2 gives it: begin and end of the match and of each group.
static void take_groups(hn_wire *wire, const char *text, const size_t *at, hn_wire_result *out)
{
    const hn_wire_regex *regex = wire->regex;
    uint32_t last = 0;
    for (uint32_t i = 1; i <= regex->n_groups; i++) {
        if (at[2 * i] == PCRE2_UNSET)
            continue;
        if (regex->metric[i] == GROUP_PLAIN)
            last = i;
        else
            take(wire, regex->metric[i], text + at[2 * i], at[2 * i + 1] - at[2 * i], out);
    }
    if (last && !regex->named)
        take(wire, 0, text + at[2 * last], at[2 * last + 1] - at[2 * last], out);
}

// Where the next match may begin. Behind an empty one that is one character on, and a match within
// \K may end before it began.
static size_t next_start(const char *text, size_t size, const size_t *at)
{
    size_t next = at[1] > at[0] ? at[1] : at[0] + 1;
    while (next < size && ((unsigned char)text[next] & 0xC0) == 0x80)
        next++;
    return next;
}

// The result of PCRE2's search from `*from` on, which goes behind what is found.
static int search(const hn_wire_regex *regex, pcre2_match_data *match, const char *text,
                  size_t size, size_t *from, uint32_t *left)
{
    if (*from > size)
        return PCRE2_ERROR_NOMATCH;
    size_t look = 1 + (size - *from) / BYTES_A_STEP;
    if (look >= *left)
        return PCRE2_ERROR_MATCHLIMIT;
    *left -= (uint32_t)look;
    int result = pcre2_match(regex->code, (PCRE2_SPTR)text, size, *from, 0, match, regex->limits);
    if (result > 0)
        *from = next_start(text, size, pcre2_get_ovector_pointer(match));
    return result;
}

static void say_why(hn_wire *wire, int code, size_t size, hn_wire_result *out)
{
    unsigned char says[160];
    if (code == PCRE2_ERROR_MATCHLIMIT || code == PCRE2_ERROR_HEAPLIMIT) {
        hn_wire_wrong(
            wire, out,
            "the regular expression backtracks too much on a line of %zu bytes: a simpler "
            "one is needed, e.g. loss ([0-9.e+-]+)",
            size);
        return;
    }
    pcre2_get_error_message(code, says, sizeof says);
    hn_wire_wrong(wire, out, "the regular expression cannot be used on a line of %zu bytes: %s",
                  size, (const char *)says);
}

// A search that finds nothing spoils what an earlier one found; so they take turns in two places.
void hn_wire_regex_read(hn_wire *wire, const char *text, size_t size, hn_wire_result *out)
{
    const hn_wire_regex *regex = wire->regex;
    uint32_t left = STEPS_MAX;
    size_t from = 0;
    int n = 0, result;
    pcre2_set_callout(regex->limits, count_step, &left);
    while ((result = search(regex, regex->match[n % 2], text, size, &from, &left)) > 0)
        n++;
    if (result == PCRE2_ERROR_NOMEMORY) // an earlier match is not the line's last one
        return;
    if (result != PCRE2_ERROR_NOMATCH)
        say_why(wire, result, size, out);
    else if (n > 0)
        take_groups(wire, text, pcre2_get_ovector_pointer(regex->match[(n - 1) % 2]), out);
}
