// The definition of a study: metrics, constraints and seed as the JSON text of STUDY_CREATED.

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "core/fold.h"

static const char *const goal_names[] = {"minimize", "maximize", "record"};

const char *hn_goal_name(hone_goal goal)
{
    return goal_names[goal];
}

// --- bounds ---

hone_status hn_bound_parse(hn_arena *arena, const char *text, const char **metric, hn_bound *out,
                           hone_error *err)
{
    size_t length = strlen(text);
    size_t op = strcspn(text, "<>=");
    size_t name_end = op;
    while (name_end > 0 && text[name_end - 1] == ' ')
        name_end--;
    if (name_end == 0)
        return hn_fail_at(
            err, HONE_EPARSE, text, length, 0,
            "a constraint is METRIC<=NUMBER or METRIC>=NUMBER; the metric is missing");
    if ((text[op] != '<' && text[op] != '>') || text[op + 1] != '=')
        return hn_fail_at(err, HONE_EPARSE, text, length, op,
                          "after the metric's name comes <= or >=, as in latency<=20");
    const char *number = text + op + 2;
    number += strspn(number, " ");
    if (!hn_parse_double(number, &out->bound) || !isfinite(out->bound))
        return hn_fail_at(err, HONE_EPARSE, text, length, (size_t)(number - text),
                          "after %.2s comes the bound, a finite number, as in latency<=20",
                          text + op);
    out->at_most = text[op] == '<';
    out->text = hn_arena_strdup(arena, text);
    *metric = hn_arena_strndup(arena, text, name_end);
    return hn_arena_failed(arena) ? hn_fail_memory(err) : HONE_OK;
}

// --- writing ---

static hone_status check_metric(const hone_metric *metrics, uint32_t index, hone_error *err)
{
    const char *name = metrics[index].name;
    if (!name || !*name)
        return hn_fail(err, HONE_EINVAL,
                       "metric %u has no name: write one as the command prints it, such as loss",
                       index + 1);
    if (strlen(name) > 128 || strpbrk(name, " \t\r\n=,;:\"'{}"))
        return hn_fail(err, HONE_EINVAL,
                       "\"%s\" is no name for a metric: letters, digits and _ . / - @ are right",
                       name);
    for (uint32_t i = 0; i < index; i++)
        if (strcmp(metrics[i].name, name) == 0)
            return hn_fail(err, HONE_EEXISTS, "metric \"%s\" is named twice", name);
    return HONE_OK;
}

static void add_metric(hn_str *out, const char *name, hone_goal goal, bool first)
{
    hn_str_add(out, first ? "{\"name\":" : ",{\"name\":");
    hn_str_add_json(out, name);
    hn_str_printf(out, ",\"goal\":\"%s\"}", goal_names[goal]);
}

static bool metric_known(const hone_study_options *options, const char *name)
{
    for (uint32_t m = 0; m < options->n_metrics; m++)
        if (strcmp(options->metrics[m].name, name) == 0)
            return true;
    return false;
}

static bool seen_before(const char *const *names, uint32_t n, const char *name)
{
    for (uint32_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

// Objectives first, then what is recorded, then metrics that only constraints name.
static hone_status add_metrics(const hone_study_options *options, hn_arena *scratch, hn_str *out,
                               hone_error *err)
{
    const char **extra = HN_NEW(scratch, const char *, options->n_constraints);
    uint32_t n = 0;
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    for (uint32_t m = 0; m < options->n_metrics; m++)
        HN_TRY(check_metric(options->metrics, m, err));
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t m = 0; m < options->n_metrics; m++)
            if ((options->metrics[m].goal == HONE_RECORD) == (pass == 1))
                add_metric(out, options->metrics[m].name, options->metrics[m].goal, n++ == 0);
    if (options->n_metrics == 0)
        add_metric(out, "value", HONE_MINIMIZE, n++ == 0);
    for (uint32_t c = 0, n_extra = 0; c < options->n_constraints; c++) {
        hn_bound bound;
        const char *name;
        HN_TRY(hn_bound_parse(scratch, options->constraints[c], &name, &bound, err));
        if (metric_known(options, name) || seen_before(extra, n_extra, name))
            continue;
        extra[n_extra++] = name;
        add_metric(out, name, HONE_RECORD, n++ == 0);
    }
    if (n > HN_MAX_METRICS)
        return hn_fail(err, HONE_EINVAL, "%u metrics: at most %d are possible", n, HN_MAX_METRICS);
    return HONE_OK;
}

static void add_constraints(const char *const *texts, uint32_t n, hn_str *out)
{
    hn_str_add(out, "],\"constraints\":[");
    for (uint32_t c = 0; c < n; c++) {
        hn_str_add(out, c ? "," : "");
        hn_str_add_json(out, texts[c]);
    }
    hn_str_add(out, "]");
}

hone_status hn_definition_write(const hone_study_options *options, const char *name, uint64_t seed,
                                const char *from, hn_str *out, hone_error *err)
{
    hn_arena scratch = HN_ARENA_INIT;
    hn_str_add(out, "{\"name\":");
    hn_str_add_json(out, name);
    hn_str_printf(out, ",\"seed\":\"%llu\",\"metrics\":[", (unsigned long long)seed);
    hone_status status = add_metrics(options, &scratch, out, err);
    add_constraints(options->constraints, options->n_constraints, out);
    hn_str_printf(out, ",\"lag\":%u,\"noisy\":%s,\"define_by_run\":%s", options->lag,
                  options->noisy ? "true" : "false", options->space ? "false" : "true");
    if (*from) {
        hn_str_add(out, ",\"from\":");
        hn_str_add(out, from);
    }
    hn_str_add(out, "}");
    hn_arena_free(&scratch);
    if (status == HONE_OK && hn_str_failed(out))
        status = hn_fail_memory(err);
    return status;
}

static bool is_written(const hn_str *out, const char *name)
{
    hn_str quoted = HN_STR_INIT;
    hn_str_add(&quoted, "{\"name\":");
    hn_str_add_json(&quoted, name);
    hn_str_add(&quoted, ",");
    bool found = strstr(hn_str_text(out), hn_str_text(&quoted)) != NULL;
    hn_str_free(&quoted);
    return found;
}

static void add_kept(hn_str *out, const char *name)
{
    hn_str_add(out, ",{\"name\":");
    hn_str_add_json(out, name);
    hn_str_add(out, ",\"goal\":\"record\",\"kept\":true}");
}

hone_status hn_goals_write(const hn_fold *fold, const hone_study_options *options, hn_str *out,
                           hone_error *err)
{
    hn_arena scratch = HN_ARENA_INIT;
    uint32_t n = 0;
    hn_str_add(out, "{\"metrics\":[");
    hone_status status = add_metrics(options, &scratch, out, err);
    hn_arena_free(&scratch);
    for (uint32_t m = 0; m < fold->problem.n_metrics; m++)
        if (!is_written(out, fold->problem.metrics[m].name))
            add_kept(out, fold->problem.metrics[m].name);
    add_constraints(options->constraints, options->n_constraints, out);
    hn_str_add(out, "}");
    for (const char *at = hn_str_text(out); (at = strstr(at, "{\"name\":")); at++)
        n++;
    if (status == HONE_OK && n > HN_MAX_METRICS)
        status = hn_fail(err, HONE_EINVAL,
                         "%u metrics with those that the study has had: at most %d are possible", n,
                         HN_MAX_METRICS);
    if (status == HONE_OK && hn_str_failed(out))
        status = hn_fail_memory(err);
    return status;
}

hone_status hn_goals_text(const hn_fold *fold, hn_str *out, hone_error *err)
{
    const hn_goals *now = &fold->goals.data[fold->goals.n - 1];
    if (now->json) {
        hn_str_add(out, now->json);
    } else {
        // They stand between these marks of the canonical text.
        const char *from = strstr(fold->definition, "\"metrics\"");
        const char *to = strstr(fold->definition, ",\"lag\"");
        hn_str_add(out, "{");
        if (from && to && from < to)
            hn_str_add_n(out, from, (size_t)(to - from));
        hn_str_add(out, "}");
    }
    return hn_str_failed(out) ? hn_fail_memory(err) : HONE_OK;
}

// --- reading ---

static hone_status damaged(hone_error *err, const char *what)
{
    return hn_fail(err, HONE_ECORRUPT, "the study's definition is damaged: %s", what);
}

static hone_status read_metrics(const json_t *list, hn_arena *arena, hn_problem *problem,
                                hone_error *err)
{
    size_t n = json_array_size(list);
    if (n == 0 || n > HN_MAX_METRICS)
        return damaged(err, "metrics");
    hone_metric *metrics = HN_NEW(arena, hone_metric, n);
    if (!metrics)
        return hn_fail_memory(err);
    for (size_t m = 0; m < n; m++) {
        const char *name = json_string_value(json_object_get(json_array_get(list, m), "name"));
        const char *goal = json_string_value(json_object_get(json_array_get(list, m), "goal"));
        int g = 0;
        while (goal && g < 3 && strcmp(goal, goal_names[g]) != 0)
            g++;
        if (!name || !goal || g == 3 || (g != HONE_RECORD && problem->n_objectives != m))
            return damaged(err, "a metric");
        metrics[m] = (hone_metric){hn_arena_strdup(arena, name), (hone_goal)g};
        problem->n_objectives += g != HONE_RECORD;
    }
    problem->metrics = metrics;
    problem->n_metrics = (uint32_t)n;
    return problem->n_objectives ? HONE_OK : damaged(err, "no objective");
}

static hone_status read_bounds(const json_t *list, hn_arena *arena, hn_problem *problem,
                               hone_error *err)
{
    size_t n = json_array_size(list);
    hn_bound *bounds = HN_NEW(arena, hn_bound, n);
    if (!bounds)
        return hn_fail_memory(err);
    for (size_t b = 0; b < n; b++) {
        const char *text = json_string_value(json_array_get(list, b));
        const char *name;
        uint32_t m = 0;
        if (!text)
            return damaged(err, "a constraint");
        HN_TRY(hn_bound_parse(arena, text, &name, &bounds[b], err));
        while (m < problem->n_metrics && strcmp(problem->metrics[m].name, name) != 0)
            m++;
        if (m == problem->n_metrics)
            return damaged(err, "a constraint without its metric");
        bounds[b].metric = m;
    }
    problem->bounds = bounds;
    problem->n_bounds = (uint32_t)n;
    return HONE_OK;
}

// Kept as it stands: who needs it reads it (core/sources.h).
static hone_status read_from(const json_t *root, hn_arena *arena, const char **out, hone_error *err)
{
    const json_t *list = json_object_get(root, "from");
    hn_str text = HN_STR_INIT;
    if (!list)
        return HONE_OK;
    if (!json_is_array(list))
        return damaged(err, "what it was started from");
    hn_json_write(list, 0, &text);
    *out = hn_str_failed(&text) ? NULL : hn_arena_strdup(arena, hn_str_text(&text));
    hn_str_free(&text);
    return *out ? HONE_OK : hn_fail_memory(err);
}

// The seed is a text: JSON numbers above 2^53 are not safe in every reader.
static hone_status read_seed(const json_t *root, uint64_t *seed, hone_error *err)
{
    const char *text = json_string_value(json_object_get(root, "seed"));
    uint64_t value = 0;
    if (!text || !*text)
        return damaged(err, "seed");
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return damaged(err, "seed");
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *seed = value;
    return HONE_OK;
}

hone_status hn_definition_read(const char *json, size_t size, hn_arena *arena, const char **name,
                               hn_problem *problem, hone_error *err)
{
    json_t *root = NULL;
    int64_t lag = 0;
    hone_status status = hn_json_parse(json, size, "the study's definition", &root, err);
    if (status != HONE_OK) {
        if (err && err->status == HONE_EPARSE)
            err->status = HONE_ECORRUPT;
        return status == HONE_EPARSE ? HONE_ECORRUPT : status;
    }
    const char *text = json_string_value(json_object_get(root, "name"));
    *name = hn_arena_strdup(arena, text ? text : "");
    HN_TRY_OUT(read_seed(root, &problem->seed, err));
    HN_TRY_OUT(read_metrics(json_object_get(root, "metrics"), arena, problem, err));
    HN_TRY_OUT(read_bounds(json_object_get(root, "constraints"), arena, problem, err));
    HN_TRY_OUT(hn_json_get_int(root, "lag", &lag, err));
    HN_TRY_OUT(hn_json_get_bool(root, "noisy", &problem->noisy, err));
    HN_TRY_OUT(hn_json_get_bool(root, "define_by_run", &problem->define_by_run, err));
    HN_TRY_OUT(read_from(root, arena, &problem->from, err));
    problem->lag = lag > 0 && lag < INT32_MAX ? (uint32_t)lag : 0;
    if (hn_arena_failed(arena))
        status = hn_fail_memory(err);
out:
    json_decref(root);
    return status;
}

hone_status hn_goals_read(const char *json, size_t size, hn_goals *out, hone_error *err)
{
    json_t *root = NULL;
    hn_problem problem = {0};
    hone_status status = hn_json_parse(json, size, "the study's objectives", &root, err);
    if (status == HONE_OK)
        status = read_metrics(json_object_get(root, "metrics"), &out->arena, &problem, err);
    if (status == HONE_OK)
        status = read_bounds(json_object_get(root, "constraints"), &out->arena, &problem, err);
    json_decref(root);
    out->json = hn_strndup(json, size);
    if (status == HONE_OK && (!out->json || hn_arena_failed(&out->arena)))
        status = hn_fail_memory(err);
    if (status == HONE_EPARSE) {
        status = HONE_ECORRUPT;
        if (err)
            err->status = status;
    }
    out->metrics = problem.metrics;
    out->n_metrics = problem.n_metrics;
    out->n_objectives = problem.n_objectives;
    out->bounds = problem.bounds;
    out->n_bounds = problem.n_bounds;
    return status;
}
