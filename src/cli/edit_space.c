// The space of a study, changed by options of `hone edit`.
#include "edit_space.h"

#include <stdlib.h>
#include <string.h>

static const char *const options[] = {"param",   "drop",        "forbid",
                                      "require", "lift-forbid", "lift-require"};

bool edit_space_asked(const cli_args *cli)
{
    bool any = false;
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        any |= cli_has(cli, options[i]);
    return any;
}

// --- parameters ---

// The text of -p for the parameter, the last one; NULL when there is none.
static const char *new_text(const cli_args *cli, const char *name)
{
    size_t n = strlen(name);
    const char *found = NULL;
    for (int i = 0; i < cli_count(cli, "param"); i++) {
        const char *text = cli_nth(cli, "param", i);
        if (strncmp(text, name, n) == 0 && text[n] == '=')
            found = text;
    }
    return found;
}

static bool is_dropped(const cli_args *cli, const char *name)
{
    for (int i = 0; i < cli_count(cli, "drop"); i++)
        if (strcmp(cli_nth(cli, "drop", i), name) == 0)
            return true;
    return false;
}

static int check_drops(const cli_args *cli, const hone_space *space)
{
    uint32_t n = hone_space_n_params(space);
    for (int i = 0; i < cli_count(cli, "drop"); i++) {
        const char *name = cli_nth(cli, "drop", i), *near;
        if (new_text(cli, name))
            return cli_usage_option(cli, "drop", "--drop %s and -p %s exclude each other", name,
                                    name);
        if (hone_space_index(space, name) >= 0)
            continue;
        const char **names = cli_alloc((n + 1) * sizeof *names);
        for (uint32_t p = 0; p < n; p++)
            names[p] = hone_space_name(space, p);
        near = cli_nearest(name, names, n);
        free(names);
        if (near)
            return cli_usage_option(
                cli, "drop", "there is no parameter '%s' to drop: did you mean %s?", name, near);
        return cli_usage_option(cli, "drop", "there is no parameter '%s' to drop", name);
    }
    return CLI_EXIT_OK;
}

// What stays, in its place, then what is new. `had`: the study's space as JSON.
static hone_status add_params(const cli_args *cli, const hone_space *space, const json_t *had,
                              hone_space *out, hone_error *err)
{
    size_t i;
    json_t *entry;
    hone_status status = HONE_OK;
    json_array_foreach(json_object_get(had, "params"), i, entry)
    {
        const char *name = json_string_value(json_object_get(entry, "name"));
        const char *spec = json_string_value(json_object_get(entry, "spec"));
        const char *text = new_text(cli, name);
        if (status == HONE_OK && !is_dropped(cli, name))
            status =
                text ? hone_space_add_text(out, text, err) : hone_space_add(out, name, spec, err);
    }
    for (int k = 0; status == HONE_OK && k < cli_count(cli, "param"); k++) {
        const char *text = cli_nth(cli, "param", k);
        char *name = cli_format("%.*s", (int)strcspn(text, "="), text);
        // What has not been taken above is new, given twice, or no parameter at all: the space
        // says.
        if (hone_space_index(space, name) < 0 || new_text(cli, name) != text)
            status = hone_space_add_text(out, text, err);
        free(name);
    }
    return status;
}

// --- rules ---

static hone_status add_rule(hone_space *space, const char *kind, const char *expr, hone_error *err)
{
    return strcmp(kind, "forbid") == 0 ? hone_space_forbid(space, expr, err)
                                       : hone_space_require(space, expr, err);
}

// A rule as the space writes it, which is what makes two of them the same. The caller frees; NULL
// when it cannot be read.
static char *normal_rule(const json_t *had, const char *kind, const char *expr)
{
    hone_space *probe = NULL;
    size_t i;
    json_t *entry;
    char *text = NULL;
    hone_status status = hone_space_create(&probe, NULL);
    json_array_foreach(json_object_get(had, "params"), i, entry)
    {
        if (status == HONE_OK)
            status = hone_space_add(probe, json_string_value(json_object_get(entry, "name")),
                                    json_string_value(json_object_get(entry, "spec")), NULL);
    }
    if (status == HONE_OK)
        status = add_rule(probe, kind, expr, NULL);
    if (status == HONE_OK && hone_space_seal(probe, NULL) == HONE_OK)
        text = cli_dup(strchr(hone_space_rule(probe, 0), ' ') + 1);
    hone_space_destroy(probe);
    return text;
}

static void list_rules(const hone_space *space, FILE *out)
{
    uint32_t n = hone_space_n_rules(space);
    fputs(n ? "the rules are " : "the space has no rules", out);
    for (uint32_t i = 0; i < n; i++)
        fprintf(out, "%s'%s'", i ? ", " : "", hone_space_rule(space, i));
}

// Takes one out of the list of its kind.
static int lift(const cli_args *cli, const hone_space *space, json_t *had, const char *kind,
                const char *expr)
{
    json_t *list = json_object_get(had, kind);
    char *normal = normal_rule(had, kind, expr), option[32], *rules = NULL;
    size_t i, size = 0;
    const char *wanted = normal ? normal : expr;
    bool found = false;
    for (i = json_array_size(list); i-- > 0;)
        if (strcmp(json_string_value(json_array_get(list, i)), wanted) == 0) {
            json_array_remove(list, i);
            found = true;
        }
    free(normal);
    if (found)
        return CLI_EXIT_OK;
    FILE *out = open_memstream(&rules, &size);
    if (out) {
        list_rules(space, out);
        fclose(out);
    }
    snprintf(option, sizeof option, "lift-%s", kind);
    int code = cli_usage_option(cli, option, "there is no rule '%s: %s' to lift; %s", kind, expr,
                                out ? rules : "");
    free(rules);
    return code;
}

static int lift_rules(const cli_args *cli, const hone_space *space, json_t *had)
{
    static const char *const kinds[] = {"forbid", "require"};
    int code = CLI_EXIT_OK;
    for (size_t k = 0; k < 2; k++) {
        char option[32];
        snprintf(option, sizeof option, "lift-%s", kinds[k]);
        for (int i = 0; code == CLI_EXIT_OK && i < cli_count(cli, option); i++)
            code = lift(cli, space, had, kinds[k], cli_nth(cli, option, i));
    }
    return code;
}

// Adds a rule that is not there yet, and keeps it in the list of its kind.
static hone_status add_new_rule(json_t *had, const char *kind, const char *expr, hone_space *out,
                                hone_error *err)
{
    size_t i;
    json_t *rule, *list = json_object_get(had, kind);
    char *normal = normal_rule(had, kind, expr);
    const char *wanted = normal ? normal : expr;
    bool found = false;
    json_array_foreach(list, i, rule) found |= strcmp(json_string_value(rule), wanted) == 0;
    hone_status status = found ? HONE_OK : add_rule(out, kind, expr, err);
    if (!found)
        json_array_append_new(list, json_string(wanted));
    free(normal);
    return status;
}

static hone_status add_rules(const cli_args *cli, json_t *had, hone_space *out, hone_error *err)
{
    static const char *const kinds[] = {"forbid", "require"};
    hone_status status = HONE_OK;
    size_t i;
    json_t *rule;
    for (size_t k = 0; k < 2; k++) {
        json_array_foreach(json_object_get(had, kinds[k]), i, rule) if (status == HONE_OK) status =
            add_rule(out, kinds[k], json_string_value(rule), err);
        for (int n = 0; status == HONE_OK && n < cli_count(cli, kinds[k]); n++)
            status = add_new_rule(had, kinds[k], cli_nth(cli, kinds[k], n), out, err);
    }
    return status;
}

// --- the whole ---

static int make(const cli_args *cli, const hone_space *space, json_t *had, hone_space **out)
{
    hone_error err = HONE_ERROR_INIT;
    int code = check_drops(cli, space);
    if (code == CLI_EXIT_OK)
        code = lift_rules(cli, space, had);
    if (code != CLI_EXIT_OK)
        return code;
    hone_status status = hone_space_create(out, &err);
    if (status == HONE_OK)
        status = add_params(cli, space, had, *out, &err);
    if (status == HONE_OK)
        status = add_rules(cli, had, *out, &err);
    if (status == HONE_OK && hone_space_n_params(*out) == 0)
        return cli_usage_option(cli, "drop", "the last parameter cannot be dropped");
    if (status == HONE_OK)
        status = hone_space_seal(*out, &err);
    return status == HONE_OK ? CLI_EXIT_OK : cli_fail(cli, &err);
}

// A space of which nothing can be drawn is taken (grid may yet find its points), but not in
// silence.
static void warn_of_nothing_left(const cli_args *cli, const hone_space *space)
{
    hone_error err = HONE_ERROR_INIT;
    char *lines = NULL;
    if (hone_space_sample_json(space, 0, 1, &lines, NULL, &err) != HONE_OK)
        cli_note(cli, "Warning: %s", err.text);
    hone_free(lines);
}

int edit_space_make(run_plan *plan, hone_study *study, hone_space **out, hone_space_change *change)
{
    hone_error err = HONE_ERROR_INIT;
    const hone_space *space = hone_study_space(study);
    char *json = hone_space_to_json(space);
    json_t *had = cli_json_text(json);
    int code = make(plan->cli, space, had, out);
    hone_run_options command = plan_run_options(plan);
    change->dry_run = true;
    change->from_version = hone_study_space_version(study);
    if (code == CLI_EXIT_OK && (hone_run_check_space(study, &command, *out, &err) != HONE_OK ||
                                hone_study_change_space(study, *out, change, &err) != HONE_OK))
        code = cli_fail(plan->cli, &err);
    if (code == CLI_EXIT_OK)
        warn_of_nothing_left(plan->cli, *out);
    change->dry_run = false;
    hone_free(json);
    json_decref(had);
    return code;
}

static void say_trials(const hone_space_change *change)
{
    uint32_t n = change->n_finished, m = change->n_inside;
    if (n > 0 && m == n)
        printf("%s finished trial%s count%s in it.\n", n == 1 ? "The" : "All", n == 1 ? "" : "s",
               n == 1 ? "s" : "");
    else if (n > 0)
        printf("%u of %u finished trials count%s in it; the others have values outside.\n",
               (unsigned)m, (unsigned)n, m == 1 ? "s" : "");
    if (change->n_outside == 1)
        printf("Trial %lld waits with values outside and runs all the same (hone kill %lld).\n",
               (long long)change->outside, (long long)change->outside);
    else if (change->n_outside > 1)
        printf("%u waiting trials, the first of them %lld, have values outside and run all the "
               "same.\n",
               (unsigned)change->n_outside, (long long)change->outside);
}

void edit_space_say(const hone_study *study, const hone_space *space,
                    const hone_space_change *change)
{
    if (!change->changed) {
        printf("The space is as it was (version %u).\n", (unsigned)change->version);
        return;
    }
    bool rehearsed = hone_study_space_version(study) < change->version;
    char *diff = hone_space_diff(hone_study_space_at(study, change->version - 1), space);
    printf(rehearsed ? "The space would be version %u (- has, + would have):\n"
                     : "The space is version %u now (- had, + has):\n",
           (unsigned)change->version);
    cli_indent(stdout, diff, 2);
    hone_free(diff);
    say_trials(change);
}
