// An Optuna study as a study of Hone: its trials become events.
//
// 1. The study is read whole, and the space is worked out (optuna_space.h).
// 2. A new study is made under a passing name and filled, a trial at a time in order of number:
//    RESERVED, STARTED, REPORTED …, ATTR …, TOLD, with the times that Optuna recorded. A trial that
//    waits is QUEUED.
// 3. It gets its name last, in one transaction, so that it appears whole or not at all.
//
// Cost: linear in what is read; memory for the whole of it.

#include <hone/exchange.h>

#include <math.h>
#include <string.h>

#include "base/json.h"
#include "core/study_internal.h"
#include "exchange/optuna_space.h"

enum { EVENTS_AT_ONCE = 8192, MAX_OBJECTIVES = HN_MAX_METRICS };

typedef struct importing {
    const hone_import_options *options;
    hn_optuna_study source;
    hn_optuna_space space;
    hn_arena arena;   // for the whole import
    hn_arena scratch; // for one trial
    hone_metric metrics[MAX_OBJECTIVES];
    uint32_t n_metrics;
    hone_study *study;
    hn_config config;
    hn_str text;
    double constraints[HN_MAX_METRICS];
} importing;

// --- attributes that mean something here ---

static const char *attr_json(const hn_optuna_attr *attrs, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (attrs[i].system && strcmp(attrs[i].key, key) == 0)
            return attrs[i].json;
    return NULL;
}

static json_t *attr_value(const hn_optuna_attr *attrs, size_t n, const char *key)
{
    const char *json = attr_json(attrs, n, key);
    return json ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
}

// --- metrics ---

static void name_metrics(importing *im, const json_t *theirs)
{
    const hone_import_options *options = im->options;
    for (uint32_t m = 0; m < im->n_metrics; m++) {
        const char *name = json_string_value(json_array_get(theirs, m));
        if (options->n_metrics > 0)
            name = options->metrics[m];
        else if (!name && im->n_metrics == 1)
            name = "value";
        else if (!name)
            name = hn_arena_printf(&im->arena, "value_%u", m);
        im->metrics[m].name = hn_arena_strdup(&im->arena, name);
        im->metrics[m].goal = im->source.maximize.data[m] ? HONE_MAXIMIZE : HONE_MINIMIZE;
    }
}

static hone_status choose_metrics(importing *im, hone_error *err)
{
    size_t n = im->source.maximize.n;
    if (n > MAX_OBJECTIVES)
        return hn_fail(err, HONE_EUNSUPPORTED, "study \"%s\" has %zu objectives: at most %d work",
                       im->source.name, n, MAX_OBJECTIVES);
    im->n_metrics = n > 0 ? (uint32_t)n : 1;
    if (im->options->n_metrics > 0 && im->options->n_metrics != im->n_metrics)
        return hn_fail(
            err, HONE_EINVAL, "study \"%s\" has %u objective%s, but the names given are %u",
            im->source.name, im->n_metrics, im->n_metrics == 1 ? "" : "s", im->options->n_metrics);
    json_t *names = attr_value(im->source.attrs.data, im->source.attrs.n, "study:metric_names");
    name_metrics(im, names);
    json_decref(names);
    return hn_arena_failed(&im->arena) ? hn_fail_memory(err) : HONE_OK;
}

// --- events ---

static hone_status add(importing *im, const hn_event *event, hone_error *err)
{
    HN_TRY(hn_study_later(im->study, event, err));
    return im->study->lazy.ends.n < EVENTS_AT_ONCE ? HONE_OK : hn_study_flush(im->study, err);
}

static hn_event event_at(hn_event_type type, uint32_t number, int64_t time_us)
{
    hn_event event = hn_study_event(type);
    event.trial = number;
    event.epoch = 1;
    if (time_us > 0)
        event.time_us = time_us;
    return event;
}

static hone_status add_attr(importing *im, int64_t trial, const char *prefix, const char *key,
                            const char *json, int64_t time_us, hone_error *err)
{
    hn_event event = event_at(HN_EV_ATTR, 0, time_us);
    event.trial = trial;
    event.epoch = 0;
    event.name = hn_bytes_of(hn_arena_printf(&im->scratch, "%s%s", prefix, key));
    event.text = hn_bytes_of(json);
    return hn_arena_failed(&im->scratch) ? hn_fail_memory(err) : add(im, &event, err);
}

static hone_status add_attrs(importing *im, int64_t trial, const hn_optuna_attr *attrs, size_t n,
                             int64_t time_us, hone_error *err)
{
    for (size_t i = 0; i < n; i++)
        HN_TRY(add_attr(im, trial, attrs[i].system ? "optuna:" : "", attrs[i].key, attrs[i].json,
                        time_us, err));
    return HONE_OK;
}

// --- the configuration ---

static hone_status bad_value(const importing *im, const hn_optuna_trial *trial, uint32_t param,
                             double value, hone_error *err)
{
    return hn_fail(err, HONE_ECORRUPT, "%s: trial %u has %s = %g, which its distribution excludes",
                   im->options->source, trial->number, im->source.names.data[param], value);
}

static hone_status set_slot(importing *im, const hn_optuna_trial *trial,
                            const hn_optuna_value *value, const hn_param *param, hone_error *err)
{
    double v = value->internal;
    if (param->type == HONE_PARAM_CATEGORICAL && !(v >= 0 && v < param->n_choices))
        return bad_value(im, trial, value->param, v, err);
    if (param->type == HONE_PARAM_INT && !(v >= -9e18 && v <= 9e18))
        return bad_value(im, trial, value->param, v, err);
    if (param->type == HONE_PARAM_FLOAT)
        im->config.slots[param->slot].f = v;
    else
        im->config.slots[param->slot].i = (int64_t)llround(v);
    hn_set_active(im->config.active, param->index, true);
    return HONE_OK;
}

// Values as they were used, and active what was used; constants become attributes.
static hone_status set_params(importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    const hone_space *space = im->space.space;
    memset(im->config.slots, 0, space->n_slots * sizeof *im->config.slots);
    memset(im->config.active, 0, space->n_words * sizeof *im->config.active);
    for (size_t i = 0; i < trial->params.n; i++) {
        const hn_optuna_value *value = &trial->params.data[i];
        const hn_param *param = im->space.params[value->param].param;
        if (param)
            HN_TRY(set_slot(im, trial, value, param, err));
    }
    hn_str_clear(&im->text);
    hn_config_write(space, im->config, &im->text);
    return hn_str_failed(&im->text) ? hn_fail_memory(err) : HONE_OK;
}

static hone_status add_constants(importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    for (size_t i = 0; i < trial->params.n; i++) {
        const hn_optuna_value *value = &trial->params.data[i];
        char json[HN_DOUBLE_TEXT];
        if (im->space.params[value->param].param)
            continue;
        hn_double_text(value->internal, json);
        HN_TRY(add_attr(im, trial->number, "optuna:param:", im->source.names.data[value->param],
                        json, trial->start_us, err));
    }
    return HONE_OK;
}

// --- how it ended ---

static hone_trial_state state_of(const hn_optuna_trial *trial)
{
    static const hone_trial_state states[] = {HONE_STATE_LOST, HONE_STATE_COMPLETE,
                                              HONE_STATE_PRUNED, HONE_STATE_FAILED,
                                              HONE_STATE_WAITING};
    return states[trial->state];
}

// One list, or since version 5 a number under a key of its own, "constraints:latency".
static void set_constraints(importing *im, const hn_optuna_trial *trial, hn_event *told)
{
    json_t *list = attr_value(trial->attrs.data, trial->attrs.n, "constraints"), *value;
    size_t i, n = 0;
    json_array_foreach(list, i, value)
    {
        if (n < HN_MAX_METRICS && hn_json_double(value, &im->constraints[n]))
            n++;
    }
    json_decref(list);
    for (i = 0; i < trial->attrs.n; i++) {
        const hn_optuna_attr *attr = &trial->attrs.data[i];
        if (attr->system && hn_starts_with(attr->key, "constraints:") && n < HN_MAX_METRICS &&
            hn_parse_double(attr->json, &im->constraints[n]))
            n++;
    }
    told->constraints = (hn_doubles){im->constraints, n};
}

static hone_status add_told(importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    hn_event told = event_at(HN_EV_TOLD, trial->number, trial->end_us);
    told.state = state_of(trial);
    if (trial->values.n == im->n_metrics)
        told.values = (hn_doubles){trial->values.data, trial->values.n};
    if (trial->state == HN_OPTUNA_RUNNING)
        told.text = hn_bytes_of("it was running in Optuna when it was imported");
    if (trial->start_us > 0 && trial->end_us > trial->start_us)
        told.duration_us = trial->end_us - trial->start_us;
    if (trial->reports.n > 0)
        told.step = (double)trial->reports.data[trial->reports.n - 1].step;
    set_constraints(im, trial, &told);
    return add(im, &told, err);
}

static hone_status add_reports(importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    double values[MAX_OBJECTIVES];
    for (uint32_t m = 0; m < im->n_metrics; m++)
        values[m] = NAN;
    for (size_t i = 0; i < trial->reports.n; i++) {
        hn_event event = event_at(HN_EV_REPORTED, trial->number, trial->start_us);
        values[0] = trial->reports.data[i].value;
        event.step = (double)trial->reports.data[i].step;
        event.values = (hn_doubles){values, im->n_metrics};
        event.present = 1;
        HN_TRY(add(im, &event, err));
    }
    return HONE_OK;
}

// A trial that ran.
static hone_status add_run(importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    hn_event reserved = event_at(HN_EV_RESERVED, trial->number, trial->start_us);
    hn_event started = event_at(HN_EV_STARTED, trial->number, trial->start_us);
    reserved.trial = -1;
    reserved.epoch = 0;
    reserved.owner = started.owner = hn_bytes_of("optuna");
    started.saw = (int64_t)(im->study->fold.n_events + im->study->lazy.ends.n);
    HN_TRY(add(im, &reserved, err));
    HN_TRY(set_params(im, trial, err));
    started.space = 1;
    started.params = (hn_bytes){im->text.data, im->text.n};
    HN_TRY(add(im, &started, err));
    HN_TRY(add_constants(im, trial, err));
    HN_TRY(add_reports(im, trial, err));
    return add_told(im, trial, err);
}

// What was enqueued keeps those of its values that the space knows.
static const char *fixed_values(importing *im, const hn_optuna_trial *trial)
{
    json_t *theirs = attr_value(trial->attrs.data, trial->attrs.n, "fixed_params");
    json_t *fixed = json_object();
    for (size_t i = 0; i < im->source.names.n; i++) {
        const hn_optuna_param *p = &im->space.params[i];
        json_t *value = json_object_get(theirs, im->source.names.data[i]);
        hn_slot slot;
        if (value && p->param && hn_value_from_json(p->param, value, &slot, NULL) == HONE_OK)
            json_object_set(fixed, p->name, value);
    }
    hn_str_clear(&im->text);
    hn_json_write(fixed, 0, &im->text);
    json_decref(fixed);
    json_decref(theirs);
    return hn_str_failed(&im->text) ? NULL : hn_str_text(&im->text);
}

static hone_status add_waiting(importing *im, const hn_optuna_trial *trial, hone_error *err)
{
    hn_event event = event_at(HN_EV_QUEUED, trial->number, 0);
    const char *fixed = fixed_values(im, trial);
    if (!fixed)
        return hn_fail_memory(err);
    event.trial = -1;
    event.epoch = 0;
    event.text = hn_bytes_of(fixed);
    event.origin = HONE_ORIGIN_MANUAL;
    return add(im, &event, err);
}

static hone_status add_trials(importing *im, hone_error *err)
{
    im->config = hn_config_new(&im->arena, im->space.space);
    if (hn_arena_failed(&im->arena))
        return hn_fail_memory(err);
    HN_TRY(add_attrs(im, -1, im->source.attrs.data, im->source.attrs.n, 0, err));
    for (size_t i = 0; i < im->source.trials.n; i++) {
        const hn_optuna_trial *trial = &im->source.trials.data[i];
        hn_arena_reset(&im->scratch);
        HN_TRY(trial->state == HN_OPTUNA_WAITING ? add_waiting(im, trial, err)
                                                 : add_run(im, trial, err));
        HN_TRY(add_attrs(im, trial->number, trial->attrs.data, trial->attrs.n, trial->end_us, err));
    }
    return hn_study_flush(im->study, err);
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

static hone_status open_new(importing *im, const char *name, hone_error *err)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
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
    options.attributes = hn_str_text(&im->text);
    return hone_study_open(&options, &im->study, err);
}

static hone_status write_study(importing *im, const char *name, hone_error *err)
{
    const char *storage = im->options->storage;
    const char *passing = hn_arena_printf(&im->arena, "%s.importing", name);
    if (hn_arena_failed(&im->arena))
        return hn_fail_memory(err);
    HN_TRY(must_be_new(storage, name, err));
    // What an import that was killed has left behind.
    (void)hone_studies_delete(storage, passing, NULL);
    HN_TRY(open_new(im, passing, err));
    hone_status status = add_trials(im, err);
    if (status == HONE_OK)
        status = hone_study_sync(im->study, err);
    hone_study_close(im->study);
    if (status == HONE_OK)
        status = hone_studies_rename(storage, passing, name, err);
    if (status != HONE_OK)
        (void)hone_studies_delete(storage, passing, NULL);
    return status;
}

static hone_status import(importing *im, const char **name, hone_error *err)
{
    const hone_import_options *options = im->options;
    if (!options->storage || strncmp(options->storage, "memory:", 7) == 0)
        return hn_fail(err, HONE_EINVAL,
                       "an import needs a storage that stays, such as "
                       "sqlite:hone.db");
    HN_TRY(hn_optuna_read(options->source, options->source_study, &im->source, err));
    *name = options->name ? options->name : im->source.name;
    HN_TRY(hn_study_check_name(*name, err));
    HN_TRY(choose_metrics(im, err));
    HN_TRY(hn_optuna_space_find(&im->source, &im->arena, options->note, options->user, &im->space,
                                err));
    return write_study(im, *name, err);
}

hone_status hone_import_optuna(const hone_import_options *options, char **out, hone_error *err)
{
    importing im = {.options = options};
    const char *name = NULL;
    hn_optuna_init(&im.source);
    hone_status status = import(&im, &name, err);
    if (status == HONE_OK && out && !(*out = hn_strdup(name)))
        status = hn_fail_memory(err);
    hone_space_destroy(im.space.space);
    hn_str_free(&im.text);
    hn_arena_free(&im.scratch);
    hn_arena_free(&im.arena);
    hn_optuna_free(&im.source);
    return status;
}
