// A space in aligned lines, as a person should see it:
//
//     lr        float        1e-5 .. 0.1  log  = 0.01
//     opt       categorical  sgd, adam, lion
//     momentum  float        0 .. 0.99    if opt==sgd
//     forbid    opt==sgd && lr>0.1
//     infinitely many configurations
//
// A line is made of atoms that are put one after the other; where the next does not fit, the line
// is broken and goes on below the values. Widths are counted in characters, not bytes.
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "space/lex.h"
#include "space/space.h"
#include "space/value.h"

enum { MAX_NAME_COLUMN = 24, MAX_RANGE_COLUMN = 24, GAP = 2 };

typedef struct sheet {
    hn_str out;
    size_t width;                // 0: no limit
    size_t column;               // characters in the line at hand
    bool fresh;                  // the line holds nothing but its indentation
    size_t indent;               // of a line that goes on
    size_t names, types, ranges; // widths of the columns
} sheet;

static size_t n_chars(const char *text, size_t n)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        count += ((unsigned char)text[i] & 0xC0) != 0x80;
    return count;
}

static void put(sheet *p, const char *text, size_t n)
{
    hn_str_add_n(&p->out, text, n);
    p->column += n_chars(text, n);
    p->fresh = false;
}

static void pad_to(sheet *p, size_t column)
{
    while (p->column < column)
        put(p, " ", 1);
}

static void end_line(sheet *p)
{
    // Padding at the end of a line is of no use.
    while (p->out.n > 0 && p->out.data[p->out.n - 1] == ' ')
        p->out.data[--p->out.n] = '\0';
    hn_str_add_char(&p->out, '\n');
    p->column = 0;
    p->fresh = true;
}

static void break_line(sheet *p)
{
    end_line(p);
    pad_to(p, p->indent);
    p->fresh = true;
}

// An atom after `gap` blanks, on the next line if it does not fit; one longer than a line is cut.
static void put_atom(sheet *p, size_t gap, const char *text, size_t n)
{
    size_t wanted = n_chars(text, n);
    if (p->width && !p->fresh && p->column + gap + wanted > p->width)
        break_line(p);
    if (!p->fresh)
        pad_to(p, p->column + gap);
    while (p->width && p->column + n_chars(text, n) > p->width) {
        size_t cut = 0, room = p->width > p->column ? p->width - p->column : 1;
        while (cut < n && n_chars(text, cut + 1) <= room)
            cut++;
        put(p, text, cut);
        text += cut;
        n -= cut;
        if (n > 0)
            break_line(p);
    }
    put(p, text, n);
}

static void put_words(sheet *p, size_t gap, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, " ");
        put_atom(p, gap, text, n);
        gap = 1;
        text += n + (text[n] == ' ');
    }
}

static const char *type_name(const hn_param *p)
{
    static const char *const names[] = {
        [HONE_PARAM_FLOAT] = "float",
        [HONE_PARAM_INT] = "int",
        [HONE_PARAM_CATEGORICAL] = "categorical",
        [HONE_PARAM_ORDINAL] = "ordered",
        [HONE_PARAM_BOOL] = "bool",
        [HONE_PARAM_PERMUTATION] = "permutation",
        [HONE_PARAM_SUBSET] = "subset",
        [HONE_PARAM_SIMPLEX] = "simplex",
    };
    return names[p->type];
}

// The values of a parameter that has no choices; "" for one that has.
static void range_text(const hn_param *p, hn_str *out)
{
    if (p->type == HONE_PARAM_INT) {
        hn_str_add_int(out, p->ilow);
        hn_str_add(out, " .. ");
        hn_str_add_int(out, p->ihigh);
    } else if (p->type == HONE_PARAM_FLOAT) {
        bool normal = p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL;
        hn_str_add(out, normal ? "mean " : "");
        hn_str_add_double(out, p->low);
        hn_str_add(out, normal ? ", sd " : " .. ");
        hn_str_add_double(out, p->high);
    } else if (p->type == HONE_PARAM_SIMPLEX) {
        hn_str_printf(out, "%u shares", p->n_choices);
    } else if (p->type == HONE_PARAM_BOOL) {
        hn_str_add(out, "false, true");
    }
}

static void put_choices(sheet *page, size_t gap, const hn_param *p)
{
    hn_str atom = HN_STR_INIT;
    for (uint32_t i = 0; i < p->n_choices; i++) {
        hn_str_clear(&atom);
        hn_choice_write(&p->choices[i], &atom);
        if (p->weights > 0) {
            hn_str_add_char(&atom, ':');
            hn_str_add_double(&atom, p->choices[i].weight);
        }
        hn_str_add(&atom, i + 1 < p->n_choices ? "," : "");
        put_atom(page, i ? 1 : gap, hn_str_text(&atom), atom.n);
        page->out.failed |= hn_str_failed(&atom);
    }
    hn_str_free(&atom);
}

static void put_notes(sheet *page, const hn_param *p)
{
    hn_str note = HN_STR_INIT;
    if (p->scale == HN_LOG || p->scale == HN_LOGNORMAL)
        put_atom(page, GAP, p->scale == HN_LOG ? "log" : "of the logarithm",
                 p->scale == HN_LOG ? 3 : 16);
    if (p->type == HONE_PARAM_INT ? p->istep > 1 : p->step > 0) {
        hn_str_add(&note, "step ");
        hn_str_add_double(&note, p->step > 0 ? p->step : (double)p->istep);
        put_words(page, GAP, hn_str_text(&note));
    }
    if (p->has_default) {
        hn_str_clear(&note);
        hn_str_add(&note, "= ");
        hn_value_write(p, p->fallback, &note);
        put_atom(page, GAP, hn_str_text(&note), note.n);
    }
    if (p->belief.present) {
        hn_str_clear(&note);
        hn_str_add(&note, "~ ");
        hn_str_add_double(&note, p->belief.centre);
        hn_str_add(&note, p->belief.is_factor ? "*/" : "+-");
        hn_str_add_double(&note, p->belief.spread);
        put_atom(page, GAP, hn_str_text(&note), note.n);
    }
    if (p->condition_text) {
        // The first word stays with its "if".
        size_t n = strcspn(p->condition_text, " ");
        hn_str_clear(&note);
        hn_str_add(&note, "if ");
        hn_str_add_n(&note, p->condition_text, n);
        put_atom(page, GAP, hn_str_text(&note), note.n);
        put_words(page, 1, p->condition_text + n + (p->condition_text[n] == ' '));
    }
    page->out.failed |= hn_str_failed(&note);
    hn_str_free(&note);
}

static void put_param(sheet *page, const hn_param *p)
{
    hn_str range = HN_STR_INIT;
    size_t start = page->names + GAP + page->types + GAP;
    range_text(p, &range);
    put_atom(page, 0, p->name, strlen(p->name));
    // A name that is too long for its column shifts what follows.
    bool shifted = page->column > page->names;
    pad_to(page, page->names);
    put_atom(page, GAP, type_name(p), strlen(type_name(p)));
    size_t gap = shifted ? GAP : 0;
    if (!shifted)
        pad_to(page, start);
    bool choices = p->choices && p->type != HONE_PARAM_BOOL;
    if (choices) {
        put_choices(page, gap, p);
    } else {
        put_atom(page, gap, hn_str_text(&range), range.n);
        bool notes = p->scale == HN_LOG || p->scale == HN_LOGNORMAL || p->step > 0 ||
                     p->has_default || p->belief.present || p->condition_text;
        if (notes && !shifted)
            pad_to(page, start + page->ranges);
    }
    put_notes(page, p);
    end_line(page);
    page->out.failed |= hn_str_failed(&range);
    hn_str_free(&range);
}

static void put_rule(sheet *page, const hn_rule *rule)
{
    const char *word = rule->kind == HN_FORBID ? "forbid" : "require";
    size_t indent = page->indent;
    put(page, word, strlen(word));
    pad_to(page, page->names + GAP);
    page->indent = page->names + GAP < page->width / 2 || !page->width ? page->names + GAP : 4;
    put_words(page, 0, rule->text);
    end_line(page);
    page->indent = indent;
}

static void put_cardinality(sheet *page, const hone_space *space)
{
    char text[80];
    double n = space->cardinality;
    const char *most = space->is_bound ? "at most " : "";
    if (!space->sealed)
        return;
    if (isinf(n))
        snprintf(text, sizeof text, "infinitely many configurations");
    else if (n < 1e15)
        snprintf(text, sizeof text, "%s%.0f configuration%s", most, n, n == 1 ? "" : "s");
    else
        snprintf(text, sizeof text, "%s%.2g configurations", space->is_bound ? most : "about ", n);
    page->indent = 0;
    put_words(page, 0, text);
    end_line(page);
}

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

static void measure(sheet *page, const hone_space *space)
{
    hn_str range = HN_STR_INIT;
    page->names = space->n_rules ? strlen("require") : 0;
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        size_t name = at_most(strlen(p->name), MAX_NAME_COLUMN), type = strlen(type_name(p));
        hn_str_clear(&range);
        range_text(p, &range);
        size_t width = at_most(range.n, MAX_RANGE_COLUMN);
        page->names = name > page->names ? name : page->names;
        page->types = type > page->types ? type : page->types;
        page->ranges = width > page->ranges ? width : page->ranges;
    }
    page->out.failed |= hn_str_failed(&range);
    hn_str_free(&range);
    page->indent = page->names + GAP + page->types + GAP;
    if (page->width && page->indent > page->width / 2)
        page->indent = page->width > 8 ? 4 : 0;
}

char *hone_space_describe(const hone_space *space, int width)
{
    sheet page = {.out = HN_STR_INIT, .width = width > 0 ? (size_t)width : 0, .fresh = true};
    measure(&page, space);
    for (uint32_t k = 0; k < space->n_params; k++)
        put_param(&page, &space->params[space->sealed ? space->declared[k] : k]);
    for (uint32_t i = 0; i < space->n_rules; i++)
        put_rule(&page, &space->rules[i]);
    put_cardinality(&page, space);
    return hn_str_take(&page.out);
}
