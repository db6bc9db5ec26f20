// Narrowing a space: the plan, the new version, and taking it back.
//
// Each parameter is decided on alone (narrow_region.c). The new space is put together from the
// specs; choices that a condition or a rule names, and those of booleans, go by a rule
// `forbid opt==sgd`, so that every name stays what it was for the command.
//
// What was narrowed is recorded (core/study_narrowed.c). Taking it back makes a further version
// with the space that there was before.

#include <math.h>
#include <string.h>

#include "analysis/narrow_internal.h"
#include "analysis/range.h"
#include "base/json.h"
#include "core/study_internal.h"
#include "space/lex.h"

enum { MIN_TOP = 5 };

struct hone_narrowing {
    hn_arena arena;
    hone_space *from; // retained: the regions are of its parameters
    hone_space *space;
    uint32_t version;             // of `from`
    hn_region *regions;           // [n_params] by index in `from`
    const char **before, **after; // [n_params] specs
    uint32_t n_trials, n_top;
    bool changed;
};

// --- the space ---

// "opt==sgd"; of a boolean "x" or "!x".
static void write_rule(const hn_param *p, uint32_t choice, hn_str *out)
{
    const hn_choice *c = &p->choices[choice];
    if (p->type == HONE_PARAM_BOOL) {
        hn_str_printf(out, "%s%s", choice ? "" : "!", p->name);
        return;
    }
    hn_str_printf(out, "%s==", p->name);
    if (c->kind == HN_LITERAL_TEXT)
        hn_quote_write(c->text, out); // a bare word could be the name of a parameter
    else
        hn_str_add(out, c->text);
}

static hone_status forbid_dropped(hone_space *space, const hn_region *r, hone_error *err)
{
    hn_str rule = HN_STR_INIT;
    hone_status status = HONE_OK;
    for (uint32_t c = 0; status == HONE_OK && c < r->before->n_choices; c++) {
        if (!r->dropped[c])
            continue;
        hn_str_clear(&rule);
        write_rule(r->before, c, &rule);
        status = hone_space_forbid(space, hn_str_text(&rule), err);
    }
    hn_str_free(&rule);
    return status;
}

// Does the default go with its value?
static bool loses_default(const hn_region *r)
{
    if (!r->changed || !r->before->has_default)
        return false;
    return r->by_rule ? r->dropped[r->before->fallback[0].i] : !r->after.has_default;
}

static hone_status fill(hone_space *space, const hone_narrowing *n, uint32_t only, hone_error *err)
{
    const hone_space *from = n->from;
    hn_arena scratch = HN_ARENA_INIT;
    hone_status status = HONE_OK;
    for (uint32_t k = 0; status == HONE_OK && k < from->n_params; k++) {
        uint32_t i = from->declared[k];
        const hn_region *r = &n->regions[i];
        bool cut = r->changed && !r->by_rule && (only == HN_NONE || only == i);
        hn_param p = cut ? r->after : *r->before;
        p.has_default = p.has_default && !loses_default(r);
        const char *spec = hn_range_text(&p, &scratch);
        status = spec ? hone_space_add(space, p.name, spec, err) : hn_fail_memory(err);
    }
    hn_arena_free(&scratch);
    for (uint32_t i = 0; status == HONE_OK && i < from->n_rules; i++)
        status = from->rules[i].kind == HN_FORBID
                     ? hone_space_forbid(space, from->rules[i].text, err)
                     : hone_space_require(space, from->rules[i].text, err);
    for (uint32_t i = 0; status == HONE_OK && only == HN_NONE && i < from->n_params; i++)
        if (n->regions[i].changed && n->regions[i].by_rule)
            status = forbid_dropped(space, &n->regions[i], err);
    return status == HONE_OK ? hone_space_seal(space, err) : status;
}

// With the change of parameter `only`, or all of them (HN_NONE).
static hone_status build(const hone_narrowing *n, uint32_t only, hone_space **out, hone_error *err)
{
    hone_space *space = NULL;
    HN_TRY(hone_space_create(&space, err));
    hone_status status = fill(space, n, only, err);
    if (status == HONE_OK)
        *out = space;
    else
        hone_space_destroy(space);
    return status;
}

// A choice cannot go from a parameter of which a condition or a rule speaks.
static void choose_rules(hone_narrowing *n)
{
    for (uint32_t i = 0; i < n->from->n_params; i++) {
        hn_region *r = &n->regions[i];
        hone_space *probe = NULL;
        if (!r->changed || !r->dropped || r->by_rule)
            continue;
        r->by_rule = build(n, i, &probe, NULL) != HONE_OK;
        hone_space_destroy(probe);
    }
}

// --- the plan ---

static hone_status check_options(const hone_narrow_options *o, hone_error *err)
{
    if (!(o->top > 0 && o->top <= 0.5))
        return hn_fail(err, HONE_EINVAL,
                       "the share of the best trials is above 0 and at most 0.5, as in 0.2");
    if (!(o->margin >= 0 && o->margin <= 10))
        return hn_fail(err, HONE_EINVAL, "the margin is a share from 0 to 10, as in 0.1");
    return HONE_OK;
}

static hone_status check_enough(const hone_study *study, const hn_sample *s, double top,
                                hone_error *err)
{
    uint32_t needed = (uint32_t)ceil(MIN_TOP / top);
    if (study->fold.problem.define_by_run)
        return hn_fail(
            err, HONE_ESTATE,
            "the trials of study \"%s\" define its space as they run: change the program",
            study->name);
    if (s->n_judged >= needed && s->n_good >= MIN_TOP)
        return HONE_OK;
    if (s->n_judged >= needed)
        return hn_fail(err, HONE_ESTATE,
                       "narrowing needs at least %d complete, feasible trials in the present "
                       "space; there are %u",
                       MIN_TOP, s->n_good);
    return hn_fail(err, HONE_ESTATE,
                   "narrowing to the best %g %% needs at least %u complete or pruned trials in the "
                   "present space; there are %u",
                   100 * top, needed, s->n_judged);
}

static hone_status plan(hone_narrowing *n, const hn_sample *s, const hone_narrow_options *options,
                        hone_error *err)
{
    uint32_t n_params = n->from->n_params;
    n->regions = HN_ZNEW(&n->arena, hn_region, n_params);
    n->before = HN_ZNEW(&n->arena, const char *, n_params);
    n->after = HN_ZNEW(&n->arena, const char *, n_params);
    if (hn_arena_failed(&n->arena))
        return hn_fail_memory(err);
    n->n_trials = s->n;
    n->n_top = hn_sample_top(s, options->top);
    for (uint32_t i = 0; i < n_params; i++) {
        hn_region_find(s, &n->from->params[i], n->n_top, options->margin, &n->arena,
                       &n->regions[i]);
        n->changed |= n->regions[i].changed;
    }
    choose_rules(n);
    HN_TRY(build(n, HN_NONE, &n->space, err));
    for (uint32_t i = 0; i < n_params; i++) {
        hn_region *r = &n->regions[i];
        const hn_param *made = hn_space_find(n->space, r->before->name);
        n->before[i] = r->before->spec;
        n->after[i] = hn_arena_strdup(&n->arena, made->spec);
        r->why = hn_arena_printf(&n->arena, "%s%s%s", r->why ? r->why : "",
                                 r->changed && r->by_rule ? "; a rule leaves it out" : "",
                                 loses_default(r) ? "; the default goes, too" : "");
    }
    return hn_arena_failed(&n->arena) ? hn_fail_memory(err) : HONE_OK;
}

static hone_narrow_options read_options(const hone_narrow_options *given)
{
    hone_narrow_options options = HONE_NARROW_OPTIONS_INIT;
    size_t n = given && given->size < sizeof options ? given->size : sizeof options;
    if (given)
        memcpy(&options, given, n);
    return options;
}

hone_status hone_study_narrow(hone_study *study, const hone_narrow_options *given,
                              hone_narrowing **out, hone_error *err)
{
    hone_narrow_options options = read_options(given);
    hn_sample sample;
    *out = NULL;
    HN_TRY(check_options(&options, err));
    HN_TRY(hn_sample_make(&study->fold, &sample, err));
    hone_status status = check_enough(study, &sample, options.top, err);
    hone_narrowing *n = status == HONE_OK ? hn_calloc(1, sizeof *n) : NULL;
    if (status == HONE_OK && !n)
        status = hn_fail_memory(err);
    if (status == HONE_OK) {
        n->from = hn_space_retain(study->fold.problem.space);
        n->version = study->fold.problem.space_version;
        status = plan(n, &sample, &options, err);
    }
    hn_sample_free(&sample);
    if (status == HONE_OK)
        *out = n;
    else
        hone_narrowing_destroy(n);
    return status;
}

void hone_narrowing_destroy(hone_narrowing *n)
{
    if (!n)
        return;
    hone_space_destroy(n->space);
    hone_space_destroy(n->from);
    hn_arena_free(&n->arena);
    hn_free(n);
}

bool hone_narrowing_changed(const hone_narrowing *n)
{
    return n->changed;
}

uint32_t hone_narrowing_n_trials(const hone_narrowing *n)
{
    return n->n_trials;
}

uint32_t hone_narrowing_n_top(const hone_narrowing *n)
{
    return n->n_top;
}

double hone_narrowing_share(const hone_narrowing *n)
{
    double share = 1;
    for (uint32_t i = 0; i < n->from->n_params; i++)
        share *= n->regions[i].changed ? n->regions[i].share : 1;
    return share;
}

hone_narrow_param hone_narrowing_param(const hone_narrowing *n, uint32_t index)
{
    if (index >= n->from->n_params)
        return (hone_narrow_param){0};
    uint32_t i = n->from->declared[index];
    const hn_region *r = &n->regions[i];
    return (hone_narrow_param){r->before->name,           n->before[i], n->after[i], r->changed,
                               r->changed ? r->share : 1, r->why};
}

const hone_space *hone_narrowing_space(const hone_narrowing *n)
{
    return n->space;
}

// --- recording it ---

// Makes `space` the version after `version`, of which `stack` will tell.
static hone_status take(hone_study *study, const hone_space *space, uint32_t version,
                        const json_t *stack, hone_space_change *change, hone_error *err)
{
    hn_str text = HN_STR_INIT;
    hn_json_write(stack, 0, &text);
    change->from_version = version;
    hone_status status = hn_str_failed(&text)
                             ? hn_fail_memory(err)
                             : hn_study_change_space(study, space, hn_str_text(&text), change, err);
    change->why = NULL;
    hn_str_free(&text);
    return status;
}

hone_status hone_narrowing_apply(hone_study *study, const hone_narrowing *n,
                                 hone_space_change *change, hone_error *err)
{
    hone_space_change own = HONE_SPACE_CHANGE_INIT;
    char why[160];
    if (!change)
        change = &own;
    json_t *stack = hn_study_narrowings(study);
    json_t *entry = json_pack("{s:I, s:I}", "version", (json_int_t)n->version + 1, "from",
                              (json_int_t)n->version);
    snprintf(why, sizeof why, "narrowed version %u of the space to the best %u of %u trials",
             n->version, n->n_top, n->n_trials);
    change->why = why;
    hone_status status = json_array_append_new(stack, entry) == 0
                             ? take(study, n->space, n->version, stack, change, err)
                             : hn_fail_memory(err);
    json_decref(stack);
    return status;
}

hone_status hone_study_widen(hone_study *study, hone_space_change *change, hone_error *err)
{
    hone_space_change own = HONE_SPACE_CHANGE_INIT;
    char why[80];
    if (!change)
        change = &own;
    json_t *stack = hn_study_narrowings(study);
    if (!stack)
        return hn_fail_memory(err);
    uint32_t version = study->fold.problem.space_version;
    size_t n = json_array_size(stack);
    if (n == 0) {
        json_decref(stack);
        return hn_fail(err, HONE_ESTATE,
                       "version %u of the space does not come from `hone narrow`: there is nothing "
                       "to take back",
                       version);
    }
    uint32_t from =
        (uint32_t)json_integer_value(json_object_get(json_array_get(stack, n - 1), "from"));
    snprintf(why, sizeof why, "took the narrowing of version %u of the space back", from);
    change->why = why;
    json_array_remove(stack, n - 1);
    if (n > 1) // the version that the one before had made is there again, under a new number
        json_object_set_new(json_array_get(stack, n - 2), "version",
                            json_integer((json_int_t)version + 1));
    hone_status status =
        take(study, hn_fold_space(&study->fold, from), version, stack, change, err);
    json_decref(stack);
    return status;
}
