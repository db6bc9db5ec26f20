// Random spaces: parameters of every type with defaults, beliefs, conditions on each other and
// rules, written as a person would write them.
#ifndef HONE_TEST_RANDOM_SPACE_H
#define HONE_TEST_RANDOM_SPACE_H

#include <string.h>

#include "space/space.h"

typedef struct maker {
    hn_rng rng;
    uint32_t drawn;
    hone_space *space;
} maker;

static uint32_t pick(maker *m, uint32_t n)
{
    return (uint32_t)hn_rng_below(&m->rng, 0, 0, m->drawn++, n);
}

static double pick_uniform(maker *m)
{
    return hn_rng_uniform(&m->rng, 0, 0, m->drawn++);
}

static bool chance(maker *m, double p)
{
    return pick_uniform(m) < p;
}

// A number with a few digits, or with all of them.
static double pick_number(maker *m, double low, double high)
{
    double x = low + (high - low) * pick_uniform(m);
    char text[40];
    if (chance(m, 0.3))
        return x;
    snprintf(text, sizeof text, "%.*g", 1 + (int)pick(m, 4), x);
    return hn_parse_double(text, &x) ? x : low;
}

static const char *const words[] = {"sgd",    "adam-w", "3",          "3.50",
                                    "-1",     "1e3",    "true",       "false",
                                    "null",   "a b",    "x,y",        "q:r",
                                    "it's",   "\"w\"",  "größe",      "",
                                    "..",     "1..2",   "if",         "in",
                                    "int",    "bool",   "{z}",        "a=b",
                                    "~",      "\\",     "tab\tnew\n", "[1]",
                                    "f(x)",   "007",    "+5",         "0x1F",
                                    "nan",    "inf",    "step",       "3x3",
                                    "a-b.c_", "*/",     "+-",         "&&",
                                    "log",    "subset", "1e-400",     "12345678901234567890"};
enum { N_WORDS = sizeof words / sizeof *words };

// A choice as it must be spelt: in quotes now and then, always where it needs them.
static void write_word(maker *m, const char *word, hn_str *out)
{
    bool needs = !word[0] || strpbrk(word, " \t\n,:=~{}[]()\"'\\") || strstr(word, "..");
    if (!needs && !chance(m, 0.2)) {
        hn_str_add(out, word);
        return;
    }
    hn_str_add_char(out, '"');
    for (const char *p = word; *p; p++) {
        if (*p == '\n' || *p == '\t') {
            hn_str_add(out, *p == '\n' ? "\\n" : "\\t");
            continue;
        }
        if (*p == '"' || *p == '\\')
            hn_str_add_char(out, '\\');
        hn_str_add_char(out, *p);
    }
    hn_str_add_char(out, '"');
}

// Numbers, truth values and JSON beside the texts that look like them.
static const char *const typed[] = {"3",
                                    "-1",
                                    "1000.0",
                                    "true",
                                    "null",
                                    "[1]",
                                    "[1, \"a, b\"]",
                                    "{\"a\":{\"b\": [2.50]}}",
                                    "{\"z\":1,\"a\":\"x ~ = y\"}",
                                    "[]",
                                    "{}",
                                    "[[\"}\"],null]"};
enum { N_TYPED = sizeof typed / sizeof *typed };

static void write_list(maker *m, const char *head, uint32_t n, bool weights, hn_str *out)
{
    uint32_t first = pick(m, N_WORDS);
    hn_str_add(out, head);
    bool braces = n == 1 || chance(m, 0.3) || !head[0];
    hn_str_add(out, braces ? "{" : "");
    for (uint32_t i = 0; i < n; i++) {
        hn_str_add(out, i ? (chance(m, 0.3) ? ", " : ",") : "");
        if (chance(m, 0.25))
            hn_str_add(out, typed[(first + i) % N_TYPED]);
        else
            write_word(m, words[(first + i * 5) % N_WORDS], out);
        if (weights && chance(m, 0.7)) {
            hn_str_add_char(out, ':');
            hn_str_add_double(out, pick_number(m, 0.1, 9));
        }
    }
    hn_str_add(out, braces ? "}" : "");
}

static void write_range(maker *m, double low, double high, hn_str *out)
{
    hn_str_add_double(out, low);
    hn_str_add(out, chance(m, 0.2) ? " .. " : "..");
    hn_str_add_double(out, high);
}

static void write_float(maker *m, hn_str *out)
{
    static const double scales[] = {1e-300, 1e-9, 1, 1, 1, 1000, 1e12, 1e300};
    double scale = scales[pick(m, 8)];
    bool is_log = chance(m, 0.4);
    double low = is_log ? pick_number(m, 0.01, 1) * scale : pick_number(m, -1, 1) * scale;
    double high = low + pick_number(m, 0.1, 100) * scale;
    hn_str_add(out, is_log ? "log:" : "");
    write_range(m, low, high, out);
    if (!is_log && chance(m, 0.4)) {
        hn_str_add(out, " step ");
        hn_str_add_double(out, (high - low) / (1 + pick(m, 200)));
    }
    if (chance(m, 0.3)) {
        bool factor = low > 0 && chance(m, 0.5);
        hn_str_add(out, " ~ ");
        hn_str_add_double(out, factor ? low : low + (high - low) * pick_uniform(m));
        hn_str_add(out, factor ? "*/" : "+-");
        hn_str_add_double(out, factor ? 1 + pick_number(m, 0.1, 9)
                                      : (high - low) * pick_number(m, 0.01, 2));
    }
}

static void write_int(maker *m, hn_str *out)
{
    static const uint32_t spans[] = {1, 3, 20, 1000, 1000000, 2000000000};
    bool is_log = chance(m, 0.3);
    int64_t low = is_log ? 1 + pick(m, 50) : (int64_t)pick(m, 2000) - 1000;
    int64_t high = low + 1 + pick(m, spans[pick(m, 6)]);
    hn_str_add(out, is_log ? "int:log:" : "int:");
    hn_str_printf(out, "%lld..%lld", (long long)low, (long long)high);
    if (!is_log && chance(m, 0.4))
        hn_str_printf(out, " step %lld", (long long)(1 + pick(m, (uint32_t)(high - low))));
    if (chance(m, 0.2))
        hn_str_printf(out, " ~ %lld+-%u", (long long)(low + (high - low) / 3), 1 + pick(m, 50));
}

static void write_values(maker *m, hn_str *out)
{
    switch (pick(m, 10)) {
    case 0:
    case 1:
        write_float(m, out);
        break;
    case 2:
    case 3:
        write_int(m, out);
        break;
    case 4:
    case 5:
        write_list(m, "", 1 + pick(m, 8), chance(m, 0.3), out);
        break;
    case 6:
        write_list(m, "ord:", 2 + pick(m, 6), chance(m, 0.2), out);
        break;
    case 7:
        if (chance(m, 0.5))
            write_list(m, "perm:", 2 + pick(m, 10), false, out);
        else
            write_list(m, "subset:", 1 + pick(m, 10), false, out);
        break;
    case 8:
        hn_str_printf(out, "simplex:%u", 2 + pick(m, 20));
        break;
    default:
        if (chance(m, 0.6))
            hn_str_add(out, "bool");
        else
            hn_str_printf(out, chance(m, 0.5) ? "normal:%d,%d" : "lognormal:%d,%d",
                          (int)pick(m, 40) - 20, 1 + (int)pick(m, 5));
    }
}

// A condition on one parameter that is there already.
static void write_atom(maker *m, hn_str *out)
{
    const hn_param *p = &m->space->params[pick(m, m->space->n_params)];
    static const char *const signs[] = {"==", "!=", "<", "<=", ">", ">="};
    const char *sign = signs[pick(m, 6)];
    hn_slot slots[HN_MAX_ORDER];
    uint32_t n = hn_grid_size(p, 7);
    switch (p->type) {
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
        hn_grid_value(p, 7, pick(m, n), slots);
        hn_str_add(out, p->name);
        hn_str_add(out, sign);
        hn_value_text(p, slots, out);
        break;
    case HONE_PARAM_SUBSET:
    case HONE_PARAM_CATEGORICAL:
    case HONE_PARAM_ORDINAL:
        if (p->type != HONE_PARAM_SUBSET) {
            hn_str_add(out, p->name);
            hn_str_add(out, chance(m, 0.5) ? " in {" : " not in {");
        }
        const hn_choice *c = &p->choices[pick(m, p->n_choices)];
        if (c->kind == HN_LITERAL_JSON)
            hn_str_add(out, c->text);
        else
            write_word(m, c->text, out);
        hn_str_add(out, p->type == HONE_PARAM_SUBSET ? " in " : "}");
        hn_str_add(out, p->type == HONE_PARAM_SUBSET ? p->name : "");
        break;
    case HONE_PARAM_BOOL:
        hn_str_add(out, chance(m, 0.5) ? "!" : "");
        hn_str_add(out, p->name);
        break;
    default:
        hn_str_add(out, m->space->params[0].name);
    }
}

static void write_expr(maker *m, hn_str *out)
{
    uint32_t n = 1 + pick(m, 3);
    for (uint32_t i = 0; i < n; i++) {
        hn_str_add(out, i ? (chance(m, 0.5) ? " && " : "||") : "");
        bool open = chance(m, 0.3);
        hn_str_add(out, open ? "(" : "");
        write_atom(m, out);
        hn_str_add(out, open ? ")" : "");
    }
}

// Adds one line; one that is refused (two equal choices, say) is left out.
static void add_param(maker *m, int number)
{
    hn_str spec = HN_STR_INIT;
    char name[32];
    snprintf(name, sizeof name, "p%d%s", number, chance(m, 0.2) ? ".x-y" : "");
    write_values(m, &spec);
    if (m->space->n_params > 0 && chance(m, 0.4)) {
        hn_str_add(&spec, " if ");
        write_expr(m, &spec);
    }
    hone_space_add(m->space, name, hn_str_text(&spec), NULL);
    hn_str_free(&spec);
}

// The space of `seed`, sealed. Conditions that turn out to mean nothing leave a space out: NULL.
static hone_space *random_space(uint64_t seed, uint32_t max_params, bool rules)
{
    maker m = {.rng = hn_rng_make(seed, HN_PURPOSE_TEST, 0)};
    if (hone_space_create(&m.space, NULL) != HONE_OK)
        return NULL;
    if (hone_space_add(m.space, "p", "bool", NULL) != HONE_OK)
        return NULL;
    uint32_t n = 1 + pick(&m, max_params);
    for (uint32_t i = 0; i < n; i++)
        add_param(&m, (int)i);
    for (uint32_t i = 0; rules && i < pick(&m, 3); i++) {
        hn_str rule = HN_STR_INIT;
        write_expr(&m, &rule);
        if (chance(&m, 0.5))
            hone_space_forbid(m.space, hn_str_text(&rule), NULL);
        else
            hone_space_require(m.space, hn_str_text(&rule), NULL);
        hn_str_free(&rule);
    }
    if (hone_space_seal(m.space, NULL) == HONE_OK)
        return m.space;
    hone_space_destroy(m.space);
    return NULL;
}

#endif
