// An Optuna study as a study of Hone: its trials become events.
//
// 1. The study is read whole, and the space is worked out (optuna_space.h).
// 2. A new study is made under a passing name and filled, a trial at a time in order of number:
//    RESERVED, STARTED, REPORTED …, ATTR …, TOLD, with the times that Optuna recorded. A trial that
//    waits is QUEUED. What a study of Hone's carried with it (optuna_hone.h) has its place again.
// 3. It gets its name last, in one transaction, so that it appears whole or not at all.
//
// Cost: linear in what is read; memory for the whole of it.

#include <hone/exchange.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "exchange/import_optuna.h"
#include "exchange/optuna_hone.h"

// --- metrics ---

static void name_metrics(hn_importing *im, const json_t *theirs)
{
    const hone_import_options *options = im->options;
    for (uint32_t m = 0; m < im->n_objectives; m++) {
        const char *name = json_string_value(json_array_get(theirs, m));
        if (options->n_metrics > 0)
            name = options->metrics[m];
        else if (!name && im->n_objectives == 1)
            name = "value";
        else if (!name)
            name = hn_arena_printf(&im->arena, "value_%u", m);
        im->metrics[m].name = hn_arena_strdup(&im->arena, name);
        im->metrics[m].goal = im->source.maximize.data[m] ? HONE_MAXIMIZE : HONE_MINIMIZE;
        // Of a study that is from here, whose objectives may have other names from now on.
        const json_t *row = json_array_get(json_object_get(im->mine, "metrics"), m);
        const char *own = json_string_value(json_array_get(row, 0));
        im->own[m] = own ? own : im->metrics[m].name;
    }
}

static bool has_metric(const hn_importing *im, const char *name)
{
    for (uint32_t m = 0; m < im->n_metrics; m++)
        if (strcmp(im->own[m], name) == 0)
            return true;
    return false;
}

static hone_status must_be_free(const hn_importing *im, const char *name, hone_error *err)
{
    for (uint32_t m = 0; m < im->n_objectives; m++)
        if (strcmp(im->metrics[m].name, name) == 0)
            return hn_fail(
                err, HONE_EEXISTS,
                "objective \"%s\" of study \"%s\" cannot be called \"%s\": a metric that "
                "it records has that name; choose another",
                im->own[m], im->source.name, name);
    return HONE_OK;
}

// Those that Optuna knows nothing of: recorded ones, of a study that is from here.
static hone_status add_recorded(hn_importing *im, hone_error *err)
{
    const json_t *rows = json_object_get(im->mine, "metrics"), *row;
    size_t i;
    json_array_foreach(rows, i, row)
    {
        const char *name = json_string_value(json_array_get(row, 0));
        const char *goal = json_string_value(json_array_get(row, 1));
        if (!name || !goal || strcmp(goal, "record") != 0 || im->n_metrics == HN_MAX_METRICS ||
            has_metric(im, name))
            continue;
        HN_TRY(must_be_free(im, name, err));
        im->own[im->n_metrics] = name;
        im->metrics[im->n_metrics++] = (hone_metric){.name = name, .goal = HONE_RECORD};
    }
    return HONE_OK;
}

static hone_status choose_metrics(hn_importing *im, hone_error *err)
{
    size_t n = im->source.maximize.n;
    if (n > HN_MAX_METRICS)
        return hn_fail(err, HONE_EUNSUPPORTED, "study \"%s\" has %zu objectives: at most %d work",
                       im->source.name, n, HN_MAX_METRICS);
    im->n_metrics = im->n_objectives = n > 0 ? (uint32_t)n : 1;
    if (im->options->n_metrics > 0 && im->options->n_metrics != im->n_metrics)
        return hn_fail(
            err, HONE_EINVAL, "study \"%s\" has %u objective%s, but the names given are %u",
            im->source.name, im->n_metrics, im->n_metrics == 1 ? "" : "s", im->options->n_metrics);
    json_t *names = NULL;
    HN_TRY(hn_optuna_attr_value(im->source.attrs.data, im->source.attrs.n, "study:metric_names",
                                &names, err));
    name_metrics(im, names);
    json_decref(names);
    if (hn_arena_failed(&im->arena))
        return hn_fail_memory(err);
    return add_recorded(im, err);
}

// --- the study ---

static hone_status must_be_new(const char *storage, const char *name, hone_error *err)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_study *study = NULL;
    hone_error own = HONE_ERROR_INIT;
    options.storage = storage;
    options.name = name;
    options.mode = HONE_OPEN_EXISTING;
    options.read_only = true;
    if (hone_study_open(&options, &study, &own) == HONE_ENOTFOUND)
        return HONE_OK;
    hone_study_close(study);
    return hn_fail(err, HONE_EEXISTS,
                   "there is a study \"%s\" already: choose another name with --study", name);
}

// A seed has all 64 bits, which a JSON integer has not: it is a text.
static bool parse_seed(const char *text, uint64_t *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

// A constraint on a metric that has another name now, with that.
static const char *renamed(hn_importing *im, const char *constraint)
{
    const char *metric;
    hn_bound bound;
    if (hn_bound_parse(&im->arena, constraint, &metric, &bound, NULL) != HONE_OK)
        return constraint;
    for (uint32_t m = 0; m < im->n_objectives; m++)
        if (strcmp(im->own[m], metric) == 0 && strcmp(im->metrics[m].name, metric) != 0)
            return hn_arena_printf(&im->arena, "%s%s", im->metrics[m].name,
                                   constraint + strlen(metric));
    return constraint;
}

// Seed, constraints on metrics and noise of a study that is from here.
static void set_own(hn_importing *im, const char **constraints, hone_study_options *options)
{
    const json_t *texts = json_object_get(im->mine, "constraints"), *text;
    const char *seed = json_string_value(json_object_get(im->mine, "seed"));
    size_t i;
    json_array_foreach(texts, i, text)
    {
        if (json_is_string(text) && options->n_constraints < HN_MAX_METRICS)
            constraints[options->n_constraints++] = renamed(im, json_string_value(text));
    }
    options->constraints = constraints;
    options->noisy = json_is_true(json_object_get(im->mine, "noisy"));
    options->has_seed = seed && parse_seed(seed, &options->seed);
}

static hone_status open_new(hn_importing *im, const char *name, hone_error *err)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    const char *constraints[HN_MAX_METRICS];
    hn_str_clear(&im->text);
    hn_str_add(&im->text, "{\"imported\":{\"tool\":\"optuna\",\"file\":");
    hn_str_add_json(&im->text, im->options->source);
    hn_str_add(&im->text, ",\"study\":");
    hn_str_add_json(&im->text, im->source.name);
    hn_str_add(&im->text, "}}");
    if (hn_str_failed(&im->text))
        return hn_fail_memory(err);
    options.storage = im->options->storage;
    options.name = name;
    options.mode = HONE_CREATE_NEW;
    options.space = im->space.space;
    options.metrics = im->metrics;
    options.n_metrics = im->n_metrics;
    set_own(im, constraints, &options);
    if (hn_arena_failed(&im->arena))
        return hn_fail_memory(err);
    options.attributes = hn_str_text(&im->text);
    return hone_study_open(&options, &im->study, err);
}

static hone_status write_study(hn_importing *im, const char *name, hone_error *err)
{
    const char *storage = im->options->storage;
    const char *passing = hn_arena_printf(&im->arena, "%s.importing", name);
    if (hn_arena_failed(&im->arena))
        return hn_fail_memory(err);
    HN_TRY(must_be_new(storage, name, err));
    // What an import that was killed has left behind.
    (void)hone_studies_delete(storage, passing, NULL);
    HN_TRY(open_new(im, passing, err));
    hone_status status = hn_importing_add_trials(im, err);
    if (status == HONE_OK)
        status = hone_study_sync(im->study, err);
    hone_study_close(im->study);
    if (status == HONE_OK)
        status = hone_studies_rename(storage, passing, name, err);
    if (status != HONE_OK)
        (void)hone_studies_delete(storage, passing, NULL);
    return status;
}

static hone_status import(hn_importing *im, const char **name, hone_error *err)
{
    const hone_import_options *options = im->options;
    if (!options->storage || strncmp(options->storage, "memory:", 7) == 0)
        return hn_fail(err, HONE_EINVAL,
                       "an import needs a storage that stays, such as "
                       "sqlite:hone.db");
    HN_TRY(hn_optuna_read(options->source, options->source_study, &im->source, err));
    *name = options->name ? options->name : im->source.name;
    HN_TRY(hn_study_check_name(*name, err));
    HN_TRY(hn_optuna_attr_value(im->source.attrs.data, im->source.attrs.n, HN_OPTUNA_HONE_STUDY,
                                &im->mine, err));
    HN_TRY(choose_metrics(im, err));
    HN_TRY(hn_optuna_space_find(&im->source, json_object_get(im->mine, "space"), &im->arena,
                                options->note, options->user, &im->space, err));
    return write_study(im, *name, err);
}

hone_status hone_import_optuna(const hone_import_options *options, char **out, hone_error *err)
{
    hn_importing im = {.options = options};
    const char *name = NULL;
    hn_optuna_init(&im.source);
    hone_status status = import(&im, &name, err);
    if (status == HONE_OK && out && !(*out = hn_strdup(name)))
        status = hn_fail_memory(err);
    hone_space_destroy(im.space.space);
    json_decref(im.mine);
    hn_str_free(&im.text);
    hn_arena_free(&im.scratch);
    hn_arena_free(&im.arena);
    hn_optuna_free(&im.source);
    return status;
}
