// The first part of a spec: what kind of parameter and which values.
//
//     body  := range | 'log:' range | 'int:' [ 'log:' ] range | 'bool'
//            | 'normal:' number ',' number | 'lognormal:' number ',' number | 'simplex:' n
//            | [ 'ord:' | 'perm:' | 'subset:' ] list
//     range := number '..' number [ 'step' number ]
//     list  := item [ ':' weight ] { ',' item [ ':' weight ] } | '{' the same '}'
// What begins with a number and '..' is a range, any other list is categorical.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/vec.h"
#include "space/spec.h"

const hn_choice hn_bool_choices[2] = {
    {.text = "false", .kind = HN_LITERAL_BOOL, .number = 0, .weight = 1},
    {.text = "true", .kind = HN_LITERAL_BOOL, .number = 1, .weight = 1},
};

typedef struct type_word {
    const char *word;
    hone_status (*parse)(hn_spec *spec); // after "word:"
} type_word;

static hone_status parse_log(hn_spec *spec);
static hone_status parse_int(hn_spec *spec);
static hone_status parse_ordinal(hn_spec *spec);
static hone_status parse_permutation(hn_spec *spec);
static hone_status parse_subset(hn_spec *spec);
static hone_status parse_simplex(hn_spec *spec);
static hone_status parse_normal(hn_spec *spec);
static hone_status parse_lognormal(hn_spec *spec);

static const type_word type_words[] = {
    {"log", parse_log},       {"int", parse_int},
    {"ord", parse_ordinal},   {"perm", parse_permutation},
    {"subset", parse_subset}, {"simplex", parse_simplex},
    {"normal", parse_normal}, {"lognormal", parse_lognormal},
};
enum { N_TYPE_WORDS = sizeof type_words / sizeof *type_words };

// What other tools call it.
static const struct {
    const char *word, *remedy;
} foreign_words[] = {
    {"float", "a range is a float by itself: write 0..1"},
    {"uniform", "write the range alone: 0..1"},
    {"quniform", "write the range with its step: 0..1 step 0.05"},
    {"loguniform", "write log:1e-5..1"},
    {"integer", "write int:1..64"},
    {"randint", "write int:1..64"},
    {"cat", "write the choices alone: sgd,adam"},
    {"choice", "write the choices alone: sgd,adam"},
    {"categorical", "write the choices alone: sgd,adam"},
    {"ordinal", "write ord:xs,s,m"},
    {"permutation", "write perm:a,b,c"},
    {"boolean", "write bool"},
    {"bool", "write bool alone"},
};

bool hn_spec_is_type_word(const char *text)
{
    for (size_t i = 0; i < N_TYPE_WORDS; i++) {
        if (strcmp(text, type_words[i].word) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++) {
        if (strcmp(text, foreign_words[i].word) == 0)
            return true;
    }
    return false;
}

static bool at_char(const hn_spec *spec, char c)
{
    return spec->at < spec->length && spec->source[spec->at] == c;
}

static bool at_dots(const hn_spec *spec, size_t at)
{
    return at + 1 < spec->length && spec->source[at] == '.' && spec->source[at + 1] == '.';
}

static void skip_space(hn_spec *spec)
{
    spec->at = hn_skip_space(spec->source, spec->length, spec->at);
}

size_t hn_spec_word(const hn_spec *spec)
{
    size_t end = spec->at;
    while (end < spec->length && !hn_is_space(spec->source[end]) &&
           !strchr(",:=~{}\"'", spec->source[end]))
        end++;
    return end - spec->at;
}

// --- numbers and ranges ---

// Bytes of the word at hand that an error shows: up to the dots of a range.
static size_t shown_word(const hn_spec *spec)
{
    size_t n = hn_spec_word(spec), shown = 0;
    while (shown < n && shown < 40 && (shown == 0 || !at_dots(spec, spec->at + shown)))
        shown++;
    return shown;
}

hone_status hn_spec_number(hn_spec *spec, const char *what, hn_number *out)
{
    skip_space(spec);
    const char *p = spec->source + spec->at;
    size_t left = spec->length - spec->at, n = hn_lex_number(p, left);
    int shown = (int)shown_word(spec);
    if (n == 0 && shown == 0)
        return HN_SPEC_FAIL(spec, spec->at, "%s is missing", what);
    // What follows must not be glued to the number: `1e-5x`, `0.1.2`.
    bool glued = n > 0 && n < left && !hn_is_space(p[n]) && !strchr(",:=~{}*+.", p[n]);
    if (n == 0 || glued || (n + 1 < left && p[n] == '.' && p[n + 1] != '.'))
        return HN_SPEC_FAIL(spec, spec->at, "%s is not a number: '%.*s'", what, shown, p);
    if (!hn_read_number(p, n, out) || !isfinite(out->value))
        return HN_SPEC_FAIL(spec, spec->at, "%s is too large for a number", what);
    spec->at += n;
    return HONE_OK;
}

static hone_status parse_bound(hn_spec *spec, const char *what, double *real, int64_t *integer)
{
    hn_number number;
    size_t column = hn_skip_space(spec->source, spec->length, spec->at);
    HN_TRY(hn_spec_number(spec, what, &number));
    *real = number.value;
    if (spec->param->type == HONE_PARAM_INT && !hn_whole_number(&number, integer))
        return HN_SPEC_FAIL(spec, column, "%s of an int is a whole number%s", what,
                            fabs(number.value) >= 9.2e18 ? " of at most 19 digits" : "");
    return HONE_OK;
}

static hone_status parse_dots(hn_spec *spec)
{
    skip_space(spec);
    if (!at_dots(spec, spec->at))
        return HN_SPEC_FAIL(spec, spec->at,
                            "a range is low..high; '..' is missing (if it stood in braces, the "
                            "shell has expanded it: write it without)");
    spec->at += 2;
    if (at_char(spec, '.'))
        return HN_SPEC_FAIL(spec, spec->at, "a range has two dots, as in 0..0.5");
    return HONE_OK;
}

static bool at_keyword(const hn_spec *spec, const char *word)
{
    size_t n = strlen(word), end = spec->at + n;
    return end <= spec->length && memcmp(spec->source + spec->at, word, n) == 0 &&
           (end == spec->length || hn_is_space(spec->source[end]));
}

// Type and scale are set.
static hone_status parse_range(hn_spec *spec)
{
    hn_param *p = spec->param;
    skip_space(spec);
    if (at_char(spec, '{') || at_char(spec, '[') || at_char(spec, '('))
        return HN_SPEC_FAIL(spec, spec->at, "a range takes no brackets: write low..high");
    spec->places.low = spec->at;
    HN_TRY(parse_bound(spec, "the low end", &p->low, &p->ilow));
    HN_TRY(parse_dots(spec));
    skip_space(spec);
    spec->places.high = spec->places.step = spec->at;
    HN_TRY(parse_bound(spec, "the high end", &p->high, &p->ihigh));
    if (at_dots(spec, spec->at))
        return HN_SPEC_FAIL(spec, spec->at,
                            "a range has one '..'; a step is written "
                            "low..high step 0.1");
    skip_space(spec);
    p->istep = 1;
    if (at_keyword(spec, "step")) {
        spec->at = hn_skip_space(spec->source, spec->length, spec->at + 4);
        spec->places.step = spec->at;
        HN_TRY(parse_bound(spec, "the step", &p->step, &p->istep));
        if (p->step == 0)
            return HN_SPEC_FAIL(spec, spec->places.step, "the step is a number above zero");
    }
    return hn_domain_check_range(p, &spec->places, spec->err);
}

static bool at_text(const hn_spec *spec, const char *text)
{
    size_t n = strlen(text);
    return spec->length - spec->at >= n && memcmp(spec->source + spec->at, text, n) == 0;
}

static hone_status parse_log(hn_spec *spec)
{
    spec->param->scale = HN_LOG;
    if (at_text(spec, "log:"))
        return HN_SPEC_FAIL(spec, spec->at, "'log:' stands there twice");
    if (at_text(spec, "int:"))
        return HN_SPEC_FAIL(spec, spec->places.body, "write int:log: for integers on a log scale");
    return parse_range(spec);
}

static hone_status parse_int(hn_spec *spec)
{
    spec->param->type = HONE_PARAM_INT;
    if (at_text(spec, "log:")) {
        spec->at += 4;
        return parse_log(spec);
    }
    return parse_range(spec);
}

static hone_status parse_two(hn_spec *spec, hn_scale scale)
{
    hn_param *p = spec->param;
    hn_number number;
    p->scale = scale;
    skip_space(spec);
    spec->places.low = spec->at;
    HN_TRY(hn_spec_number(spec, "the mean", &number));
    p->low = number.value;
    skip_space(spec);
    if (!at_char(spec, ','))
        return HN_SPEC_FAIL(spec, spec->at,
                            "a comma and the standard deviation are missing, as in "
                            "normal:0,1");
    spec->at++;
    skip_space(spec);
    spec->places.high = spec->at;
    HN_TRY(hn_spec_number(spec, "the standard deviation", &number));
    p->high = number.value;
    return hn_domain_check_range(p, &spec->places, spec->err);
}

static hone_status parse_normal(hn_spec *spec)
{
    return parse_two(spec, HN_NORMAL);
}

static hone_status parse_lognormal(hn_spec *spec)
{
    return parse_two(spec, HN_LOGNORMAL);
}

static hone_status parse_simplex(hn_spec *spec)
{
    hn_number number;
    int64_t n = 0;
    skip_space(spec);
    size_t column = spec->at;
    HN_TRY(hn_spec_number(spec, "the number of shares", &number));
    if (!hn_whole_number(&number, &n) || n < 2 || n > HN_MAX_ORDER)
        return HN_SPEC_FAIL(spec, column, "a simplex has 2 to %d shares, as in simplex:4",
                            HN_MAX_ORDER);
    spec->param->type = HONE_PARAM_SIMPLEX;
    spec->param->n_choices = (uint32_t)n;
    return HONE_OK;
}

// --- lists ---

typedef struct list {
    HN_VEC(hn_choice) choices;
    HN_VEC(size_t) columns;
    bool braces;
} list;

// The ':' after an item: its weight. A word before it may have been meant as a type.
static hone_status parse_weight(hn_spec *spec, const hn_item *item, bool first, hn_choice *choice)
{
    hn_number number;
    size_t colon = spec->at++;
    size_t at = hn_skip_space(spec->source, spec->length, spec->at);
    size_t n = hn_lex_number(spec->source + at, spec->length - at);
    size_t end = at + n;
    bool ended =
        end >= spec->length || hn_is_space(spec->source[end]) || strchr(",=~}", spec->source[end]);
    if (n > 0 && ended) {
        HN_TRY(hn_spec_number(spec, "the weight", &number));
        choice->weight = number.value;
        return hn_domain_check_weight(choice, &spec->places, at, spec->err);
    }
    const char *words[N_TYPE_WORDS];
    for (size_t i = 0; i < N_TYPE_WORDS; i++)
        words[i] = type_words[i].word;
    const char *near =
        first && item->kind == HN_ITEM_BARE ? hn_nearest(item->text, words, N_TYPE_WORDS) : NULL;
    if (near)
        return HN_SPEC_FAIL(spec, item->from, "'%.40s:' is no type; did you mean '%s:'?",
                            item->text, near);
    if (first && at_dots(spec, end))
        return HN_SPEC_FAIL(spec, item->from,
                            "'%.40s:' is no type; a range is 0..1, log:1e-5..1, int:1..64 or "
                            "int:log:1..64",
                            item->text);
    hn_spec rest = *spec;
    rest.at = at;
    int shown = (int)shown_word(&rest);
    return HN_SPEC_FAIL(spec, n > 0 ? end : colon,
                        "after ':' stands the weight of a choice, a number%s%.*s%s; a choice that "
                        "holds ':' itself is written in quotes",
                        shown ? ", not '" : "", shown, spec->source + at, shown ? "'" : "");
}

// What a word without quotes may not be, lest a slip of the pen become a choice.
static hone_status check_bare(hn_spec *spec, const hn_item *item, const list *items)
{
    char next = spec->at < spec->length ? spec->source[spec->at] : '\0';
    if (item->length == 0 && next && strchr(":=~", next))
        return HN_SPEC_FAIL(spec, spec->at,
                            "a choice is missing before '%c'; one that holds it is "
                            "written in quotes",
                            next);
    if (item->length == 0)
        return HN_SPEC_FAIL(spec, spec->at, "a choice is missing here");
    if (strpbrk(item->text, "[]()"))
        return HN_SPEC_FAIL(spec, spec->at,
                            "choices need no brackets: write a,b,c (a choice that "
                            "holds one is written in quotes)");
    size_t quote = strcspn(item->text, "\"'");
    if (quote < item->length)
        return HN_SPEC_FAIL(spec, item->from + quote,
                            "a quote inside a choice: put the whole choice in quotes, and a "
                            "backslash before the quote in it");
    if (!strstr(item->text, ".."))
        return HONE_OK;
    if (items->braces && items->choices.n == 0)
        return HN_SPEC_FAIL(spec, spec->at, "a range takes no braces: write %.40s", item->text);
    return HN_SPEC_FAIL(spec, spec->at,
                        "'%.40s' reads as a range inside a list; quote it if it is a choice",
                        item->text);
}

static hone_status parse_item(hn_spec *spec, list *out)
{
    hn_item item;
    hn_choice choice;
    HN_TRY(
        hn_lex_item(spec->arena, spec->source, spec->length, spec->at, ",:=~{}", &item, spec->err));
    if (item.kind == HN_ITEM_BARE)
        HN_TRY(check_bare(spec, &item, out));
    HN_TRY(hn_item_choice(spec->source, spec->length, &item, &choice, spec->err));
    spec->at = item.from + item.length;
    if (at_char(spec, ':'))
        HN_TRY(parse_weight(spec, &item, out->choices.n == 0, &choice));
    if (!hn_vec_push(&out->choices, choice) || !hn_vec_push(&out->columns, item.from))
        return hn_fail_memory(spec->err);
    return HONE_OK;
}

static hone_status refuse_open_brace(const hn_spec *spec, size_t open)
{
    return HN_SPEC_FAIL(spec, open,
                        "this '{' is never closed; if the shell has split the braces, "
                        "write a,b,c without them");
}

// Does the brace at hand begin an object, the first choice of several? One alone would read as a
// list with a weight, `{"a":1}`, so it is in braces itself.
static hone_status at_object(const hn_spec *spec, bool *out)
{
    *out = false;
    size_t end = hn_skip_brackets(spec->source, spec->length, spec->at);
    size_t next = end > spec->length ? end : hn_skip_space(spec->source, spec->length, end);
    json_t *value = NULL;
    if (next >= spec->length || !strchr(",:", spec->source[next]))
        return HONE_OK;
    hone_status status =
        hn_json_parse(spec->source + spec->at, end - spec->at, "a choice", &value, NULL);
    *out = json_is_object(value);
    json_decref(value);
    return status == HONE_ENOMEM ? hn_fail_memory(spec->err) : HONE_OK;
}

static hone_status parse_items(hn_spec *spec, list *out)
{
    skip_space(spec);
    size_t open = spec->at;
    if (at_char(spec, '{')) {
        bool is_object;
        HN_TRY(at_object(spec, &is_object));
        out->braces = !is_object;
    }
    spec->at += out->braces;
    do {
        skip_space(spec);
        if (out->braces && spec->at >= spec->length)
            return refuse_open_brace(spec, open);
        HN_TRY(parse_item(spec, out));
        skip_space(spec);
    } while (at_char(spec, ',') && ++spec->at);
    if (out->braces && spec->at >= spec->length)
        return refuse_open_brace(spec, open);
    if (out->braces && !at_char(spec, '}'))
        return HN_SPEC_FAIL(spec, spec->at, "a ',' or '}' is missing here");
    if (!out->braces && at_char(spec, '}'))
        return HN_SPEC_FAIL(spec, spec->at,
                            "a '}' without its '{'; if the shell has split the "
                            "braces, write a,b,c without them");
    spec->at += out->braces;
    return HONE_OK;
}

static hone_status parse_list(hn_spec *spec, hone_param_type type)
{
    hn_param *p = spec->param;
    list items = {0};
    p->type = type;
    hone_status status = parse_items(spec, &items);
    if (status == HONE_OK) {
        p->n_choices = (uint32_t)items.choices.n;
        p->choices = hn_arena_memdup(spec->arena, items.choices.data,
                                     items.choices.n * sizeof *items.choices.data);
        if (!p->choices)
            status = hn_fail_memory(spec->err);
    }
    // {a} is meant; a lone word is what a shell leaves of {a,b}.
    bool lone = status == HONE_OK && p->n_choices == 1 && !items.braces;
    if (lone && type != HONE_PARAM_CATEGORICAL)
        status = HN_SPEC_FAIL(spec, items.columns.data[0],
                              "one item leaves nothing to choose; if {%.40s,…} was written, the "
                              "shell has split it: write the items without braces",
                              p->choices[0].text);
    if (status == HONE_OK)
        status = hn_domain_check_choices(p, &spec->places, items.columns.data, spec->err);
    hn_vec_free(&items.choices);
    hn_vec_free(&items.columns);
    return status;
}

static hone_status parse_ordinal(hn_spec *spec)
{
    return parse_list(spec, HONE_PARAM_ORDINAL);
}

static hone_status parse_permutation(hn_spec *spec)
{
    return parse_list(spec, HONE_PARAM_PERMUTATION);
}

static hone_status parse_subset(hn_spec *spec)
{
    return parse_list(spec, HONE_PARAM_SUBSET);
}

// One word that is not in quotes or braces is what a shell leaves of {a,b}: refused, for taken as
// a choice it would silently fix the parameter.
static hone_status refuse_single(hn_spec *spec, size_t word)
{
    const char *text = spec->source + spec->at;
    int shown = (int)(word > 40 ? 40 : word);
    hn_number number;
    size_t n = hn_lex_number(text, word);
    if (text[0] == '[')
        return HN_SPEC_FAIL(spec, spec->at,
                            "one list leaves nothing to choose: a range is low..high, choices need "
                            "no brackets, a,b,c, and lists as choices are several: [64],[64,64]");
    if (n > 0 && n < word && text[n] == '-')
        return HN_SPEC_FAIL(spec, spec->at + n, "a range is written with two dots: %.*s..%.*s",
                            (int)n, text, shown - (int)n - 1, text + n + 1);
    if (hn_read_number(text, word, &number))
        return HN_SPEC_FAIL(spec, spec->at,
                            "one number leaves nothing to choose: write a range low..high, choices "
                            "1,2,3 or the fixed value {%.*s}; a shell splits {1,2}: write 1,2",
                            shown, text);
    if (n > 0 && n < word)
        return HN_SPEC_FAIL(spec, spec->at,
                            "'%.*s' is one choice, which leaves nothing to choose; a range is "
                            "written 0..1, a list 1,2,3",
                            shown, text);
    return HN_SPEC_FAIL(spec, spec->at,
                        "one choice leaves nothing to choose; if {%.*s,…} was written, the shell "
                        "has split it: write %.*s,… without braces (the fixed value is {%.*s})",
                        shown, text, shown, text, shown, text);
}

static hone_status parse_categorical(hn_spec *spec)
{
    bool bare = spec->at < spec->length && !strchr("{\"'", spec->source[spec->at]);
    size_t start = spec->at, word = hn_spec_word(spec);
    HN_TRY(parse_list(spec, HONE_PARAM_CATEGORICAL));
    if (bare && spec->param->n_choices == 1) {
        spec->at = start;
        return refuse_single(spec, word);
    }
    return HONE_OK;
}

// --- which of them ---

static hone_status parse_typed(hn_spec *spec, const char *word)
{
    for (size_t i = 0; i < N_TYPE_WORDS; i++) {
        if (strcmp(word, type_words[i].word) == 0) {
            spec->at += strlen(word) + 1;
            return type_words[i].parse(spec);
        }
    }
    for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++) {
        if (strcmp(word, foreign_words[i].word) == 0)
            return HN_SPEC_FAIL(spec, spec->at, "'%s:' is no type: %s", word,
                                foreign_words[i].remedy);
    }
    return parse_categorical(spec);
}

// Does a range begin here? Either a number and '..', or a word that holds '..'.
static bool at_range(const hn_spec *spec, size_t word)
{
    const char *p = spec->source + spec->at;
    size_t n = hn_lex_number(p, spec->length - spec->at);
    if (n > 0 && at_dots(spec, hn_skip_space(spec->source, spec->length, spec->at + n)))
        return true;
    for (size_t i = 0; i + 1 < word; i++) {
        if (p[i] == '.' && p[i + 1] == '.')
            return true;
    }
    return at_dots(spec, hn_skip_space(spec->source, spec->length, spec->at + word)) && word > 0;
}

hone_status hn_spec_body(hn_spec *spec)
{
    char text[16];
    spec->places.body = spec->at;
    size_t word = hn_spec_word(spec), end = spec->at + word;
    bool short_word = word > 0 && word < sizeof text;
    snprintf(text, sizeof text, "%.*s", short_word ? (int)word : 0, spec->source + spec->at);
    if (short_word && end < spec->length && spec->source[end] == ':')
        return parse_typed(spec, text);
    if (at_range(spec, word))
        return parse_range(spec);
    if (strcmp(text, "bool") == 0 && !(end < spec->length && spec->source[end] == ',')) {
        spec->at = end;
        spec->param->type = HONE_PARAM_BOOL;
        spec->param->choices = hn_bool_choices;
        spec->param->n_choices = 2;
        return HONE_OK;
    }
    return parse_categorical(spec);
}
