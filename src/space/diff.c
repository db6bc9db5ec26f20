// What changed between two spaces, line by line.
#include <string.h>

#include "space/space.h"

static const hn_param *declared(const hone_space *space, uint32_t k)
{
    return &space->params[space->sealed ? space->declared[k] : k];
}

static void add_param(hn_str *out, char sign, const hn_param *p)
{
    hn_str_add_char(out, sign);
    hn_str_add_char(out, ' ');
    hn_str_add(out, p->name);
    hn_str_add_char(out, ' ');
    hn_str_add(out, p->spec);
    hn_str_add_char(out, '\n');
}

static bool has_rule(const hone_space *space, const char *label)
{
    for (uint32_t i = 0; i < space->n_rules; i++) {
        if (strcmp(space->rules[i].label, label) == 0)
            return true;
    }
    return false;
}

static void add_rules(hn_str *out, char sign, const hone_space *from, const hone_space *missing)
{
    for (uint32_t i = 0; i < from->n_rules; i++) {
        const char *label = from->rules[i].label;
        if (has_rule(missing, label))
            continue;
        hn_str_add_char(out, sign);
        hn_str_add_char(out, ' ');
        hn_str_add(out, label);
        hn_str_add_char(out, '\n');
    }
}

char *hone_space_diff(const hone_space *a, const hone_space *b)
{
    hn_str out = HN_STR_INIT;
    for (uint32_t k = 0; k < a->n_params; k++) {
        const hn_param *old = declared(a, k), *new = hn_space_find(b, old->name);
        if (new &&strcmp(old->spec, new->spec) == 0)
            continue;
        add_param(&out, '-', old);
        if (new)
            add_param(&out, '+', new);
    }
    for (uint32_t k = 0; k < b->n_params; k++) {
        if (!hn_space_find(a, declared(b, k)->name))
            add_param(&out, '+', declared(b, k));
    }
    add_rules(&out, '-', a, b);
    add_rules(&out, '+', b, a);
    return hn_str_take(&out);
}

// --- in one line ---

enum { MOST = 4 }; // changes that are named

typedef struct line {
    hn_str text;
    uint32_t n;
} line;

static void add_change(line *to, const char *name, const char *what, const char *now,
                       const char *was)
{
    if (to->n++ >= MOST)
        return;
    hn_str_printf(&to->text, "%s%s%s%s", to->n > 1 ? ", " : "", name, *what ? " " : "", what);
    hn_str_printf(&to->text, "%s%s", *now ? " " : "", now);
    if (*was)
        hn_str_printf(&to->text, " (was %s)", was);
}

static void add_rule_changes(line *to, const char *what, const hone_space *from,
                             const hone_space *missing)
{
    for (uint32_t i = 0; i < from->n_rules; i++)
        if (!has_rule(missing, from->rules[i].label))
            add_change(to, from->rules[i].label, what, "", "");
}

char *hone_space_diff_line(const hone_space *a, const hone_space *b)
{
    line out = {HN_STR_INIT, 0};
    for (uint32_t k = 0; k < a->n_params; k++) {
        const hn_param *old = declared(a, k), *new = hn_space_find(b, old->name);
        if (!new)
            add_change(&out, old->name, "dropped", "", "");
        else if (strcmp(old->spec, new->spec) != 0)
            add_change(&out, old->name, "", new->spec, old->spec);
    }
    for (uint32_t k = 0; k < b->n_params; k++) {
        const hn_param *new = declared(b, k);
        if (!hn_space_find(a, new->name))
            add_change(&out, new->name, "added:", new->spec, "");
    }
    add_rule_changes(&out, "lifted", a, b);
    add_rule_changes(&out, "added", b, a);
    if (out.n > MOST)
        hn_str_printf(&out.text, " and %u more", out.n - MOST);
    return hn_str_take(&out.text);
}
