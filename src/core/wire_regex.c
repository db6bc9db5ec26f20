// The user's own expression. POSIX has no named groups and no \d, which everybody writes, so the
// text is rewritten first:
//     (?<name>…) (?P<name>…)  →  (…), and the name is kept
//     (?:…)                   →  (…), and it is no value
//     \d \D \s \S \w \W       →  bracket expressions
// Lazy quantifiers and look-around, which POSIX cannot do, are refused instead of misread.
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "core/wire_private.h"

enum { MATCHES_MAX = 1000, HN_WIRE_NO_VALUE = -3 };

typedef struct rewrite {
    const hn_wire *wire;
    hn_wire_regex *regex;
    const char *text; // whole
    size_t length;
    hn_str out;
    bool quantified; // the last thing was * + ? or }
    hone_error *err;
} rewrite;

static hone_status fail(rewrite *r, const char *at, const char *what)
{
    return hn_fail_at(r->err, HONE_EPARSE, r->text, r->length, (size_t)(at - r->text),
                      "in the regular expression: %s", what);
}

// The inside of a bracket expression for \d and its like, NULL for others.
static const char *class_of(char c)
{
    switch (c) {
    case 'd':
    case 'D':
        return "0-9";
    case 's':
    case 'S':
        return "[:space:]";
    case 'w':
    case 'W':
        return "[:alnum:]_";
    default:
        return NULL;
    }
}

static void put_class(rewrite *r, char c)
{
    hn_str_add(&r->out, isupper((unsigned char)c) ? "[^" : "[");
    hn_str_add(&r->out, class_of(c));
    hn_str_add(&r->out, "]");
}

// A backslash and a character in a bracket expression. POSIX takes the backslash literally;
// everybody means an escape.
static hone_status put_bracket_escape(rewrite *r, const char *p)
{
    const char *inside = class_of(p[1]);
    if (inside && isupper((unsigned char)p[1]))
        return fail(r, p, "\\D, \\S and \\W are not understood in [ ]");
    if (inside)
        hn_str_add(&r->out, inside);
    else if (strchr("]^-[", p[1]))
        hn_str_printf(&r->out, "[.%c.]", p[1]);
    else
        hn_str_add_char(&r->out, p[1] == 't' ? '\t' : p[1]);
    return HONE_OK;
}

// "[:alpha:]" and its like, NULL when there is none: the end.
static const char *end_of_class(const char *p)
{
    if (p[0] != '[' || !p[1] || !strchr(":.=", p[1]))
        return NULL;
    const char end[] = {p[1], ']', '\0'};
    const char *close = strstr(p + 2, end);
    return close ? close + 2 : NULL;
}

static hone_status put_bracket(rewrite *r, const char **at)
{
    const char *p = *at + 1, *close;
    hn_str_add_char(&r->out, '[');
    if (*p == '^')
        hn_str_add_char(&r->out, *p++);
    if (*p == ']')
        hn_str_add_char(&r->out, *p++);
    while (*p && *p != ']') {
        if ((close = end_of_class(p))) {
            hn_str_add_n(&r->out, p, (size_t)(close - p));
            p = close;
        } else if (p[0] == '\\' && p[1]) {
            HN_TRY(put_bracket_escape(r, p));
            p += 2;
        } else {
            hn_str_add_char(&r->out, *p++);
        }
    }
    if (!*p)
        return fail(r, *at, "this [ has no ]");
    hn_str_add_char(&r->out, ']');
    *at = p + 1;
    return HONE_OK;
}

static hone_status name_group(rewrite *r, const char *name, size_t length, int *metric)
{
    *metric = hn_wire_metric(r->wire, name, length);
    if (*metric < 0 && length == 4 && memcmp(name, "step", 4) == 0)
        *metric = HN_WIRE_STEP;
    if (*metric != -1) {
        r->regex->named = true;
        return HONE_OK;
    }
    return hn_fail_at(r->err, HONE_EINVAL, r->text, r->length, (size_t)(name - r->text),
                      "in the regular expression: no metric is called \"%.*s\"", (int)length, name);
}

static hone_status put_group(rewrite *r, const char **at)
{
    const char *p = *at + 1;
    int metric = HN_WIRE_PLAIN;
    if (++r->regex->n_groups > HN_WIRE_GROUPS)
        return fail(r, *at, "more than 64 groups");
    if (p[0] == '?' && p[1] == ':') {
        metric = HN_WIRE_NO_VALUE;
        p += 2;
    } else if (p[0] == '?') {
        const char *name = p + (p[1] == 'P' ? 3 : 2);
        bool opened = name[-1] == '<' && *name != '=' && *name != '!';
        size_t length = opened ? strcspn(name, ">") : 0;
        if (!opened || length == 0 || !name[length])
            return fail(r, *at, "only (?<name>...) and (?:...) may follow \"(?\"");
        HN_TRY(name_group(r, name, length, &metric));
        p = name + length + 1;
    }
    r->regex->metric[r->regex->n_groups] = metric;
    hn_str_add_char(&r->out, '(');
    *at = p;
    return HONE_OK;
}

static hone_status put_one(rewrite *r, const char **at)
{
    const char *p = *at;
    if (*p == '[' || *p == '(')
        r->quantified = false;
    if (*p == '[')
        return put_bracket(r, at);
    if (*p == '(')
        return put_group(r, at);
    if (strchr("*+?", *p) && r->quantified)
        return fail(r, p, "two quantifiers in a row; for a lazy .*? write e.g. [^ ]*");
    r->quantified = strchr("*+?}", *p) && p > r->text;
    if (p[0] == '\\' && p[1] && class_of(p[1])) {
        put_class(r, p[1]);
        *at = p + 2;
    } else if (p[0] == '\\' && p[1]) {
        hn_str_add_n(&r->out, p, 2);
        *at = p + 2;
    } else {
        hn_str_add_char(&r->out, *p);
        *at = p + 1;
    }
    return HONE_OK;
}

static hone_status compile(rewrite *r)
{
    char text[128];
    for (const char *p = r->text; *p;)
        HN_TRY(put_one(r, &p));
    if (hn_str_failed(&r->out))
        return hn_fail_memory(r->err);
    int code = regcomp(&r->regex->compiled, hn_str_text(&r->out), REG_EXTENDED);
    if (code == REG_ESPACE)
        return hn_fail_memory(r->err);
    if (code) {
        regerror(code, &r->regex->compiled, text, sizeof text);
        return hn_fail(r->err, HONE_EPARSE, "the regular expression \"%s\" is wrong: %s", r->text,
                       text);
    }
    if (r->regex->n_groups == 0) {
        regfree(&r->regex->compiled);
        return fail(r, r->text + r->length,
                    "a group ( ) around the number is missing, e.g. loss ([0-9.e+-]+)");
    }
    return HONE_OK;
}

hone_status hn_wire_regex_create(const hn_wire *wire, const char *text, hn_wire_regex **out,
                                 hone_error *err)
{
    hn_wire_regex *regex = hn_calloc(1, sizeof *regex);
    rewrite r = {wire, regex, text, strlen(text), HN_STR_INIT, false, err};
    *out = NULL;
    if (!regex)
        return hn_fail_memory(err);
    hone_status status = compile(&r);
    hn_str_free(&r.out);
    if (status == HONE_OK)
        *out = regex;
    else
        hn_free(regex);
    return status;
}

void hn_wire_regex_destroy(hn_wire_regex *regex)
{
    if (!regex)
        return;
    regfree(&regex->compiled);
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
    else if (metric == HN_WIRE_STEP)
        hn_wire_set_step(out, value);
    else
        hn_wire_set(wire, out, (size_t)metric, value);
}

static void take_groups(hn_wire *wire, const char *text, const regmatch_t *at, hn_wire_result *out)
{
    const hn_wire_regex *regex = wire->regex;
    size_t last = 0;
    for (size_t i = 1; i <= regex->n_groups; i++) {
        if (at[i].rm_so < 0 || regex->metric[i] == HN_WIRE_NO_VALUE)
            continue;
        if (regex->metric[i] == HN_WIRE_PLAIN)
            last = i;
        else
            take(wire, regex->metric[i], text + at[i].rm_so, (size_t)(at[i].rm_eo - at[i].rm_so),
                 out);
    }
    if (last && !regex->named)
        take(wire, 0, text + at[last].rm_so, (size_t)(at[last].rm_eo - at[last].rm_so), out);
}

// regexec wants a terminated text without NULs.
static const char *terminated(hn_wire *wire, const char *text, size_t size)
{
    if (text != wire->clean.data) {
        hn_str_clear(&wire->clean);
        hn_str_add_n(&wire->clean, text, size);
    }
    for (char *p = wire->clean.data;
         p && (p = memchr(p, '\0', size - (size_t)(p - wire->clean.data)));)
        *p = ' ';
    return hn_str_failed(&wire->clean) ? NULL : hn_str_text(&wire->clean);
}

bool hn_wire_regex_read(hn_wire *wire, const char *text, size_t size, hn_wire_result *out)
{
    regmatch_t at[HN_WIRE_GROUPS + 1], found[HN_WIRE_GROUPS + 1];
    const char *from = terminated(wire, text, size), *found_in = NULL, *p = from;
    for (int i = 0; p && i < MATCHES_MAX; i++) {
        if (regexec(&wire->regex->compiled, p, HN_WIRE_GROUPS + 1, at,
                    p == from ? 0 : REG_NOTBOL) != 0)
            break;
        memcpy(found, at, sizeof found);
        found_in = p;
        p += at[0].rm_eo + (at[0].rm_eo == at[0].rm_so);
        if (p > from + size)
            break;
    }
    if (found_in)
        take_groups(wire, found_in, found, out);
    return found_in;
}
