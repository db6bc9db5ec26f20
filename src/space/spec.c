// A whole spec: the body, then the clauses `= default`, `~ belief`, `if EXPR` in any order.
//
// A condition reaches to the end of the spec or to the next clause. Inside it a single '=' with
// white space before it begins the default: conditions compare with '=='.
#include "space/spec.h"

#include <string.h>

#include "space/expr.h"
#include "space/value.h"

static bool at_if(const hn_spec *spec, size_t at)
{
    const char *s = spec->source;
    return at + 2 <= spec->length && s[at] == 'i' && s[at + 1] == 'f' &&
           (at == 0 || hn_is_space(s[at - 1])) &&
           (at + 2 == spec->length || hn_is_space(s[at + 2]));
}

static size_t trim_end(const hn_spec *spec, size_t from, size_t to)
{
    while (to > from && hn_is_space(spec->source[to - 1]))
        to--;
    return to;
}

// End of the default's text that begins at `from`: quotes are skipped where an item may begin, and
// inside of brackets, where JSON may stand.
static size_t end_of_default(const hn_spec *spec, size_t from)
{
    bool item = true;
    int depth = 0;
    size_t at = from;
    while (at < spec->length) {
        char c = spec->source[at];
        if (c == '~' || c == '=' || (at > from && at_if(spec, at)))
            break;
        if ((item || depth > 0) && (c == '"' || c == '\'')) {
            at = hn_skip_quoted(spec->source, spec->length, at);
            if (at > spec->length)
                return spec->length;
            item = false;
            continue;
        }
        if ((item && c == '[') || c == '{')
            depth++;
        else if (depth > 0 && (c == ']' || c == '}'))
            depth--;
        if (!hn_is_space(c))
            item = c == ',' || c == '{' || (c == '[' && depth > 0);
        at++;
    }
    return at;
}

#define STEP_PLACE "a step stands right after its range: 0..1 step 0.05"

// Column of the word "step" inside [from, to), or `to`.
static size_t find_step(const hn_spec *spec, size_t from, size_t to)
{
    for (size_t at = from + 1; at + 4 < to; at++) {
        if (memcmp(spec->source + at, "step", 4) == 0 && hn_is_space(spec->source[at - 1]))
            return at;
    }
    return to;
}

static hone_status parse_default(hn_spec *spec, bool after_condition)
{
    hn_param *p = spec->param;
    size_t equals = spec->at;
    if (p->has_default)
        return HN_SPEC_FAIL(spec, equals, "there are two defaults");
    if (equals + 1 < spec->length && spec->source[equals + 1] == '=')
        return HN_SPEC_FAIL(spec, equals,
                            "a default is written with one '='; a comparison belongs "
                            "after 'if'");
    size_t from = hn_skip_space(spec->source, spec->length, equals + 1);
    size_t end = end_of_default(spec, from), to = trim_end(spec, from, end);
    if (to <= from)
        return HN_SPEC_FAIL(spec, equals, "the default after '=' is missing%s",
                            p->type == HONE_PARAM_SUBSET ? " (the empty set is {})" : "");
    hn_slot *slots = HN_ZNEW(spec->arena, hn_slot, p->n_slots);
    if (!slots)
        return hn_fail_memory(spec->err);
    hn_quote quote = {spec->source, spec->length, from, to - from};
    hone_status status = hn_value_read(p, quote, slots, spec->err);
    size_t step = find_step(spec, from, to);
    if (status != HONE_OK && p->choices == NULL && step < to)
        return HN_SPEC_FAIL(spec, step, STEP_PLACE);
    if (status != HONE_OK) {
        hn_error_prefix(spec->err, "default");
        if (after_condition && spec->err && status != HONE_ENOMEM)
            return hn_fail_at(spec->err, status, spec->source, spec->length, equals,
                              "a single '=' after a condition begins the default, and '%.*s' is "
                              "none; to compare write '=='",
                              (int)(to - from > 40 ? 40 : to - from), spec->source + from);
        return status;
    }
    p->fallback = slots;
    p->has_default = true;
    spec->at = end;
    return HONE_OK;
}

static hone_status parse_belief(hn_spec *spec)
{
    hn_belief *belief = &spec->param->belief;
    hn_number number;
    if (belief->present)
        return HN_SPEC_FAIL(spec, spec->at, "there are two beliefs");
    size_t tilde = spec->at++;
    hone_param_type type = spec->param->type;
    if (type != HONE_PARAM_FLOAT && type != HONE_PARAM_INT)
        return hn_domain_check_belief(spec->param, &spec->places, tilde, spec->err);
    spec->at = hn_skip_space(spec->source, spec->length, spec->at);
    size_t column = spec->at;
    HN_TRY(hn_spec_number(spec, "the centre of the belief", &number));
    belief->centre = number.value;
    spec->at = hn_skip_space(spec->source, spec->length, spec->at);
    const char *sign = spec->source + spec->at;
    size_t left = spec->length - spec->at;
    bool factor = left >= 2 && sign[0] == '*' && sign[1] == '/';
    if (!factor && !(left >= 2 && sign[0] == '+' && sign[1] == '-'))
        return HN_SPEC_FAIL(spec, spec->at,
                            "after the centre of a belief stands '*/' and a "
                            "factor or '+-' and a width: ~ 3e-4*/3, ~ 0.5+-0.1");
    spec->at += 2;
    spec->places.spread = hn_skip_space(spec->source, spec->length, spec->at);
    HN_TRY(hn_spec_number(spec, factor ? "the factor of the belief" : "the width of the belief",
                          &number));
    belief->spread = number.value;
    belief->is_factor = factor;
    belief->present = true;
    return hn_domain_check_belief(spec->param, &spec->places, column, spec->err);
}

// End of the expression that begins at `from`.
static size_t end_of_condition(const hn_spec *spec, size_t from)
{
    const char *s = spec->source;
    size_t at = from;
    while (at < spec->length) {
        char c = s[at], next = at + 1 < spec->length ? s[at + 1] : '\0';
        if (c == '"' || c == '\'') {
            at = hn_skip_quoted(s, spec->length, at);
            if (at > spec->length)
                return spec->length;
            continue;
        }
        bool lone = c == '=' && next != '=' && at > from && hn_is_space(s[at - 1]);
        if (c == '~' || lone || (at > from && at_if(spec, at)))
            break;
        at++;
    }
    return at;
}

static hone_status parse_condition(hn_spec *spec)
{
    hn_param *p = spec->param;
    if (p->condition_quote.source)
        return HN_SPEC_FAIL(spec, spec->at, "there are two conditions; join them with &&");
    size_t from = hn_skip_space(spec->source, spec->length, spec->at + 2);
    size_t end = end_of_condition(spec, from), to = trim_end(spec, from, end);
    if (to <= from)
        return HN_SPEC_FAIL(spec, spec->at, "the condition after 'if' is missing");
    p->condition_quote = (hn_quote){spec->source, spec->length, from, to - from};
    spec->at = end;
    return hn_expr_check(p->condition_quote, spec->err);
}

static hone_status refuse_rest(const hn_spec *spec)
{
    size_t n = hn_spec_word(spec);
    int shown = (int)(n > 40 ? 40 : n ? n : 1);
    const char *text = spec->source + spec->at;
    if (n == 4 && memcmp(text, "step", 4) == 0)
        return HN_SPEC_FAIL(spec, spec->at, STEP_PLACE);
    if (spec->param->n_choices > 0 && n > 0)
        return HN_SPEC_FAIL(spec, spec->at,
                            "'%.*s' is not expected here; choices are separated by "
                            "commas, then come '= default' or 'if condition'",
                            shown, text);
    return HN_SPEC_FAIL(spec, spec->at,
                        "'%.*s' is not expected here; after the values come '= default', "
                        "'~ belief' or 'if condition'",
                        shown, text);
}

static hone_status parse_clauses(hn_spec *spec)
{
    for (;;) {
        spec->at = hn_skip_space(spec->source, spec->length, spec->at);
        if (spec->at >= spec->length)
            return HONE_OK;
        char c = spec->source[spec->at];
        if (c == '=')
            HN_TRY(parse_default(spec, spec->param->condition_quote.source != NULL));
        else if (c == '~')
            HN_TRY(parse_belief(spec));
        else if (at_if(spec, spec->at))
            HN_TRY(parse_condition(spec));
        else
            return refuse_rest(spec);
    }
}

hone_status hn_spec_parse(hn_arena *arena, const char *source, size_t length, size_t from,
                          hn_param *param, hone_error *err)
{
    hn_spec spec = {arena, source, length, from, param, {.source = source, .length = length}, err};
    size_t bad = hn_bad_byte(source, length);
    if (length - from > HN_MAX_SPEC)
        return HN_SPEC_FAIL(&spec, from, "the spec is longer than %d bytes", HN_MAX_SPEC);
    if (bad < length)
        return HN_SPEC_FAIL(&spec, bad,
                            "the byte 0x%02x is not text (UTF-8 without control "
                            "characters)",
                            (unsigned)(unsigned char)source[bad]);
    spec.at = hn_skip_space(source, length, from);
    if (spec.at >= length)
        return HN_SPEC_FAIL(&spec, spec.at,
                            "the values are missing, as in 0..1, int:1..64 or "
                            "sgd,adam");
    HN_TRY(hn_spec_body(&spec));
    hn_spec_finish(param);
    return parse_clauses(&spec);
}

void hn_spec_finish(hn_param *p)
{
    p->n_slots = p->n_dims = 1;
    if (p->type == HONE_PARAM_PERMUTATION || p->type == HONE_PARAM_SIMPLEX)
        p->n_slots = p->n_choices;
    if (p->type == HONE_PARAM_PERMUTATION || p->type == HONE_PARAM_SUBSET)
        p->n_dims = p->n_choices;
    if (p->type == HONE_PARAM_SIMPLEX)
        p->n_dims = p->n_choices - 1;
}

// --- writing ---

static void write_list(const hn_param *p, hn_str *out)
{
    // A single choice needs its braces, see refuse_single; an object at the beginning would be
    // taken for them.
    bool braces = p->n_choices == 1 ||
                  (p->choices[0].kind == HN_LITERAL_JSON && p->choices[0].text[0] == '{');
    hn_str_add(out, braces ? "{" : "");
    for (uint32_t i = 0; i < p->n_choices; i++) {
        const hn_choice *c = &p->choices[i];
        hn_str_add(out, i ? "," : "");
        // "int:3,b:1" and "bool" alone would be read as types.
        if (i == 0 && c->kind == HN_LITERAL_TEXT && hn_spec_is_type_word(c->text))
            hn_quote_write(c->text, out);
        else
            hn_choice_write(c, out);
        if (p->weights > 0) {
            hn_str_add_char(out, ':');
            hn_str_add_double(out, c->weight);
        }
    }
    hn_str_add(out, braces ? "}" : "");
}

static void write_body(const hn_param *p, hn_str *out)
{
    static const char *const prefixes[] = {
        [HONE_PARAM_ORDINAL] = "ord:",   [HONE_PARAM_PERMUTATION] = "perm:",
        [HONE_PARAM_SUBSET] = "subset:", [HONE_PARAM_CATEGORICAL] = "",
        [HONE_PARAM_INT] = "int:",       [HONE_PARAM_FLOAT] = "",
    };
    switch (p->type) {
    case HONE_PARAM_BOOL:
        hn_str_add(out, "bool");
        return;
    case HONE_PARAM_SIMPLEX:
        hn_str_printf(out, "simplex:%u", p->n_choices);
        return;
    case HONE_PARAM_FLOAT:
    case HONE_PARAM_INT:
        if (p->scale == HN_NORMAL || p->scale == HN_LOGNORMAL) {
            hn_str_add(out, p->scale == HN_NORMAL ? "normal:" : "lognormal:");
            hn_str_add_double(out, p->low);
            hn_str_add_char(out, ',');
            hn_str_add_double(out, p->high);
            return;
        }
        hn_str_add(out, prefixes[p->type]);
        hn_str_add(out, p->scale == HN_LOG ? "log:" : "");
        hn_domain_write(p, out);
        return;
    default:
        hn_str_add(out, prefixes[p->type]);
        write_list(p, out);
    }
}

void hn_spec_write(const hn_param *p, const char *condition, hn_str *out)
{
    write_body(p, out);
    if (p->has_default) {
        hn_str_add(out, " = ");
        hn_value_write(p, p->fallback, out);
    }
    if (p->belief.present) {
        hn_str_add(out, " ~ ");
        hn_str_add_double(out, p->belief.centre);
        hn_str_add(out, p->belief.is_factor ? "*/" : "+-");
        hn_str_add_double(out, p->belief.spread);
    }
    if (condition) {
        hn_str_add(out, " if ");
        hn_str_add(out, condition);
    }
}
