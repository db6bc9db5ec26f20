// Earlier studies as sources of a new one: taking their trials along, and saying what became of it.
//
// What is taken is a copy, in the definition of the new study: an earlier study that goes on, is
// changed or deleted changes nothing about it, and the same journal gives the same suggestions
// everywhere. Of more than HN_MAX_SOURCE_TRIALS trials the best half of so many are taken, and of
// the others an even sample, so that the bad regions are known as well.

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "core/sources.h"
#include "core/study_internal.h"

static const char *goal_verb(hone_goal goal)
{
    return goal == HONE_MINIMIZE ? "minimizes" : "maximizes";
}

// --- which trials ---

typedef struct taken {
    double value; // less is better
    uint32_t trial;
    bool chosen;
} taken;

static int by_value(const void *a, const void *b)
{
    const taken *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

static int by_number(const void *a, const void *b)
{
    const taken *x = a, *y = b;
    return (x->trial > y->trial) - (x->trial < y->trial);
}

// COMPLETE, feasible trials with a number for the metric and a configuration of the newest space.
static uint32_t list_trials(const hone_study *study, uint32_t metric, hn_config room, taken *out)
{
    hn_view view = hn_view_of(&study->fold, UINT32_MAX);
    uint32_t n = 0;
    view.n_trials = view.n_results = (uint32_t)study->fold.trials.n;
    for (uint32_t t = 0; t < view.n_trials; t++) {
        const hn_trial *row = &study->fold.trials.data[t];
        const double *values = hn_fold_values(&study->fold, row);
        if (row->state != HONE_STATE_COMPLETE || !hn_view_counts(&view, t) || row->copied >= 0 ||
            (row->flags & HN_TRIAL_INFEASIBLE) || !values || !isfinite(values[metric]) ||
            !hn_view_config(&view, t, room))
            continue;
        bool less = study->fold.problem.metrics[metric].goal == HONE_MINIMIZE;
        out[n++] = (taken){less ? values[metric] : -values[metric], t, false};
    }
    return n;
}

static uint32_t choose_trials(taken *list, uint32_t n)
{
    uint32_t half = HN_MAX_SOURCE_TRIALS / 2, rest = HN_MAX_SOURCE_TRIALS - half, m = 0;
    if (n <= HN_MAX_SOURCE_TRIALS)
        return n;
    qsort(list, n, sizeof *list, by_value);
    for (uint32_t i = 0; i < half; i++)
        list[i].chosen = true;
    for (uint32_t i = 0; i < rest; i++)
        list[half + (uint32_t)((uint64_t)i * (n - half) / rest)].chosen = true;
    for (uint32_t i = 0; i < n; i++)
        if (list[i].chosen)
            list[m++] = list[i];
    qsort(list, m, sizeof *list, by_number);
    return m;
}

// --- writing ---

static void add_hex(hn_str *out, const hn_str *bytes)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < bytes->n; i++) {
        unsigned char byte = (unsigned char)bytes->data[i];
        hn_str_add_char(out, digits[byte >> 4]);
        hn_str_add_char(out, digits[byte & 15]);
    }
}

static void write_trials(const hone_study *study, uint32_t metric, const taken *list, uint32_t n,
                         hn_config room, hn_str *out)
{
    const hone_space *space = study->fold.problem.space;
    hn_view view = hn_view_of(&study->fold, UINT32_MAX);
    hn_str bytes = HN_STR_INIT;
    hn_str_add(out, ",\"values\":[");
    for (uint32_t i = 0; i < n; i++) {
        hn_str_add(out, i ? "," : "");
        hn_str_add_real(
            out, hn_fold_values(&study->fold, &study->fold.trials.data[list[i].trial])[metric]);
    }
    hn_str_add(out, "],\"configs\":[");
    for (uint32_t i = 0; i < n; i++) {
        (void)hn_view_config(&view, list[i].trial, room);
        hn_str_clear(&bytes);
        hn_config_write(space, room, &bytes);
        hn_str_add(out, i ? ",\"" : "\"");
        add_hex(out, &bytes);
        hn_str_add(out, "\"");
        out->failed |= hn_str_failed(&bytes);
    }
    hn_str_add(out, "]}");
    hn_str_free(&bytes);
}

// There is no trial to take: why?
static hone_status nothing_to_take(const hone_study *study, hone_error *err)
{
    const hn_fold *fold = &study->fold;
    uint32_t n = 0, n_infeasible = 0;
    for (size_t t = 0; t < fold->trials.n; t++) {
        const hn_trial *row = &fold->trials.data[t];
        n += row->state == HONE_STATE_COMPLETE;
        n_infeasible += row->state == HONE_STATE_COMPLETE && row->flags & HN_TRIAL_INFEASIBLE;
    }
    if (n == 0)
        return hn_fail(err, HONE_EINVAL,
                       "there is nothing to start from: study \"%s\" has no complete trial",
                       study->name);
    if (n == n_infeasible)
        return hn_fail(
            err, HONE_EINVAL,
            "there is nothing to start from: study \"%s\" has %u complete trial%s, and %s "
            "a constraint",
            study->name, n, n == 1 ? "" : "s", n == 1 ? "it breaks" : "each breaks");
    return hn_fail(err, HONE_EINVAL,
                   "there is nothing to start from: of the complete trials of study \"%s\" (%u) "
                   "each was removed, breaks a constraint, has no finite value or lies outside of "
                   "its present space",
                   study->name, n);
}

// One source; `*metric` as find_metric has it.
static hone_status write_source(const hone_study *study, const char *storage, uint32_t metric,
                                hn_str *out, hone_error *err)
{
    const hn_fold *fold = &study->fold;
    hn_arena arena = HN_ARENA_INIT;
    hn_config room = hn_config_new(&arena, fold->problem.space);
    taken *list = HN_NEW(&arena, taken, fold->trials.n + 1);
    hone_status status = hn_arena_failed(&arena) ? hn_fail_memory(err) : HONE_OK;
    uint32_t n_all = status == HONE_OK ? list_trials(study, metric, room, list) : 0;
    if (status == HONE_OK && n_all == 0)
        status = nothing_to_take(study, err);
    if (status == HONE_OK) {
        hn_str_add(out, "{\"study\":");
        hn_str_add_json(out, study->name);
        hn_str_add(out, ",\"storage\":");
        hn_str_add_json(out, storage);
        hn_str_add(out, ",\"metric\":");
        hn_str_add_json(out, fold->problem.metrics[metric].name);
        hn_str_printf(out, ",\"goal\":\"%s\",\"trials\":%u,\"space\":%s",
                      fold->problem.metrics[metric].goal == HONE_MINIMIZE ? "minimize" : "maximize",
                      n_all, fold->spaces.data[fold->spaces.n - 1].json);
        write_trials(study, metric, list, choose_trials(list, n_all), room, out);
        if (hn_str_failed(out))
            status = hn_fail_memory(err);
    }
    hn_arena_free(&arena);
    return status;
}

// --- checking ---

// The objective of the new study among those of the earlier one.
static hone_status find_metric(const hone_study *study, const hone_metric *wanted, uint32_t *out,
                               hone_error *err)
{
    const hn_problem *problem = &study->fold.problem;
    for (uint32_t m = 0; m < problem->n_objectives; m++) {
        if (strcmp(problem->metrics[m].name, wanted->name) != 0)
            continue;
        *out = m;
        if (problem->metrics[m].goal == wanted->goal)
            return HONE_OK;
        return hn_fail(err, HONE_EINVAL,
                       "study \"%s\" %s %s, which this one %s: start from one with the same "
                       "objective",
                       study->name, goal_verb(problem->metrics[m].goal), wanted->name,
                       goal_verb(wanted->goal));
    }
    return hn_fail(err, HONE_EINVAL,
                   "study \"%s\" %s %s, this one %s %s: start from one with the same objective",
                   study->name, goal_verb(problem->metrics[0].goal), problem->metrics[0].name,
                   goal_verb(wanted->goal), wanted->name);
}

static hone_status check_objective(const hone_study_options *options, hone_metric *out,
                                   hone_error *err)
{
    uint32_t n = 0;
    *out = (hone_metric){"value", HONE_MINIMIZE};
    for (uint32_t m = 0; m < options->n_metrics; m++) {
        if (options->metrics[m].goal == HONE_RECORD)
            continue;
        *out = options->metrics[m];
        n++;
    }
    if (n <= 1)
        return HONE_OK;
    return hn_fail(err, HONE_EUNSUPPORTED,
                   "a study with %u objectives cannot start from earlier ones: only one with a "
                   "single objective can",
                   n);
}

static const char *storage_of(const hone_study_options *options, const hone_from *from)
{
    const char *own = options->storage ? options->storage : "memory:";
    return from->storage ? from->storage : own;
}

static hone_status check_twice(const hone_study_options *options, uint32_t index, const char *name,
                               const char *storage, const hn_str *names, hone_error *err)
{
    hn_str key = HN_STR_INIT;
    const char *own = options->storage ? options->storage : "memory:";
    if (strcmp(name, options->name ? options->name : "default") == 0 && strcmp(storage, own) == 0)
        return hn_fail(err, HONE_EINVAL, "study \"%s\" cannot start from itself", name);
    hn_str_printf(&key, "{\"study\":");
    hn_str_add_json(&key, name);
    hn_str_add(&key, ",\"storage\":");
    hn_str_add_json(&key, storage);
    bool twice = index > 0 && strstr(hn_str_text(names), hn_str_text(&key)) != NULL;
    hn_str_free(&key);
    return twice ? hn_fail(err, HONE_EINVAL, "study \"%s\" is named twice to start from", name)
                 : HONE_OK;
}

typedef struct several {
    uint32_t n;
    char first[160];
} several;

static hone_status count_study(void *user, const hone_study_info *info, hone_error *err)
{
    several *found = user;
    (void)err;
    if (found->n++ == 0)
        (void)snprintf(found->first, sizeof found->first, "%s", info->name);
    return HONE_OK;
}

// The storage was named, but none of its studies: if that is why none was found, it is said.
static hone_status which_one(const char *storage, hone_error *err)
{
    several found = {0};
    if (hone_studies_list(storage, count_study, &found, NULL) != HONE_OK || found.n < 2)
        return HONE_ENOTFOUND;
    return hn_fail(err, HONE_ENOTFOUND,
                   "%s holds %u studies: name the one to start from, as in %s#%s", storage, found.n,
                   storage, found.first);
}

static hone_status take(const hone_study_options *options, uint32_t index,
                        const hone_metric *objective, hn_str *out, hone_error *err)
{
    const hone_from *from = &options->from[index];
    const char *storage = storage_of(options, from);
    hone_study_options look = HONE_STUDY_OPTIONS_INIT;
    hone_study *study = NULL;
    uint32_t metric = 0;
    if (strncmp(storage, "memory:", 7) == 0)
        return hn_fail(err, HONE_EINVAL,
                       "nothing is kept in memory that a study could start from: name the storage "
                       "of \"%s\"",
                       from->study ? from->study : "");
    if (from->study)
        HN_TRY(check_twice(options, index, from->study, storage, out, err));
    look.storage = storage;
    look.name = from->study;
    look.mode = HONE_OPEN_EXISTING;
    look.read_only = true;
    look.plugins = options->plugins;
    look.n_plugins = options->n_plugins;
    hone_status status = hone_study_open(&look, &study, err);
    if (status == HONE_ENOTFOUND && !from->study)
        status = which_one(storage, err);
    if (status == HONE_OK && !from->study)
        status = check_twice(options, index, study->name, storage, out, err);
    if (status == HONE_OK)
        status = find_metric(study, objective, &metric, err);
    if (status == HONE_OK)
        hn_str_add(out, index ? "," : "");
    if (status == HONE_OK)
        status = write_source(study, storage, metric, out, err);
    hone_study_close(study);
    return status;
}

hone_status hn_sources_take(const hone_study_options *options, hn_str *out, hone_error *err)
{
    hone_metric objective;
    if (options->n_from == 0)
        return HONE_OK;
    if (options->n_from > HN_MAX_SOURCES)
        return hn_fail(err, HONE_EINVAL, "%u studies to start from: at most %d are possible",
                       options->n_from, HN_MAX_SOURCES);
    HN_TRY(check_objective(options, &objective, err));
    hn_str_add(out, "[");
    for (uint32_t i = 0; i < options->n_from; i++)
        HN_TRY(take(options, i, &objective, out, err));
    hn_str_add(out, "]");
    return hn_str_failed(out) ? hn_fail_memory(err) : HONE_OK;
}

// The names of the parameters that a space has, the first few.
static void add_names(hn_str *out, const hone_space *space)
{
    enum { SHOWN = 8 };
    for (uint32_t p = 0; p < space->n_params && p < SHOWN; p++)
        hn_str_printf(out, "%s%s", p ? ", " : "", space->params[p].name);
    if (space->n_params > SHOWN)
        hn_str_printf(out, " and %u more", space->n_params - SHOWN);
}

static hone_status no_shared(const hn_source_trials *source, const hone_space *space,
                             hone_error *err)
{
    hn_str names = HN_STR_INIT;
    add_names(&names, space);
    hone_status status =
        hn_fail(err, HONE_EINVAL, "study \"%s\" shares no parameter with this one, which has %s",
                source->study, hn_str_text(&names));
    hn_str_free(&names);
    return status;
}

hone_status hn_sources_check(const hn_problem *problem, hone_error *err)
{
    hn_sources sources = {0};
    hone_status status = HONE_OK;
    if (!problem->from)
        return HONE_OK;
    HN_TRY(hn_sources_make(&sources, problem, err));
    // A space that grows by what trials ask for has nothing to compare with yet.
    for (uint32_t i = 0; i < sources.n && !problem->define_by_run && status == HONE_OK; i++) {
        const hn_source_trials *s = &sources.list[i];
        if (s->n_named == 0)
            status = no_shared(s, problem->space, err);
        else if (s->n == 0)
            status = hn_fail(err, HONE_EINVAL,
                             "none of the %u complete trials of study \"%s\" lies in this space: "
                             "widen it to where they are",
                             s->n_trials, s->study);
    }
    hn_sources_free(&sources);
    return status;
}

// --- an existing study ---

hone_status hn_sources_same(const hone_study *study, const hone_study_options *options,
                            hone_error *err)
{
    const char *from = study->fold.problem.from;
    json_t *root = NULL;
    if (options->n_from == 0)
        return HONE_OK;
    if (from)
        HN_TRY(hn_json_parse(from, strlen(from), "the sources", &root, err));
    bool same = json_array_size(root) == options->n_from;
    for (uint32_t i = 0; i < options->n_from && same; i++) {
        const json_t *had = json_array_get(root, i);
        const char *name = json_string_value(json_object_get(had, "study"));
        const char *storage = json_string_value(json_object_get(had, "storage"));
        same = name && storage && strcmp(storage, storage_of(options, &options->from[i])) == 0 &&
               (!options->from[i].study || strcmp(name, options->from[i].study) == 0);
    }
    json_decref(root);
    if (same)
        return HONE_OK;
    return hn_fail(err, HONE_ESTATE,
                   "study \"%s\" was begun from %s: what it starts from is decided when it begins; "
                   "begin another one with --study NAME",
                   study->name, from ? "other studies" : "no other study");
}

// --- looking ---

static hone_status own_sources(hone_study *study, const hn_sources **out, hone_error *err)
{
    return hn_sources_of(&study->cache, &study->fold.problem, out, err);
}

uint32_t hone_study_n_sources(const hone_study *study)
{
    const hn_sources *sources;
    return own_sources((hone_study *)study, &sources, NULL) == HONE_OK ? sources->n : 0;
}

hone_status hone_study_source(hone_study *study, uint32_t index, hone_source *out, hone_error *err)
{
    const hn_sources *sources;
    hn_evidence *evidence = hn_evidence_of(&study->cache);
    hn_view view = hn_view_of(&study->fold, (uint32_t)study->fold.trials.n);
    hone_source said = HONE_SOURCE_INIT;
    said.agreement = NAN;
    said.size = out->size < sizeof said ? out->size : sizeof said;
    memcpy(out, &said, said.size);
    HN_TRY(own_sources(study, &sources, err));
    if (!evidence)
        return hn_fail_memory(err);
    if (index >= sources->n)
        return hn_fail(err, HONE_ENOTFOUND, "study \"%s\" was started from %u other studies",
                       study->name, sources->n);
    const hn_source_trials *s = &sources->list[index];
    HN_TRY(hn_evidence_sync(evidence, &view, err));
    said.storage = s->storage;
    said.study = s->study;
    said.n_trials = s->n_trials;
    said.n_copied = s->n_copied;
    said.n_inside = s->n;
    said.n_params = study->fold.problem.space->n_params;
    said.n_shared = s->n_shared;
    said.metric = s->metric;
    said.goal = s->goal;
    said.of_objective = s->of_objective;
    hn_arena_reset(&study->scratch);
    said.agreement = hn_source_agreement(sources, s, evidence, &said.n_compared, &study->scratch);
    memcpy(out, &said, said.size);
    return HONE_OK;
}

bool hone_study_uses_sources(const hone_study *study)
{
    // What auto has chosen counts.
    const hn_plugin *plugin = study->sampler.plugin, *in_use = NULL;
    if (!plugin || !(plugin->can & HN_USES_SOURCES))
        return false;
    const char *name = hone_study_sampler_in_use(study);
    // A sampler of the program's own is found under no name, or under that of a built-in one.
    return strcmp(name, plugin->name) == 0 ||
           hone_plugin_find(HN_KIND_SAMPLER, name, &in_use, NULL) != HONE_OK ||
           (in_use->can & HN_USES_SOURCES);
}
