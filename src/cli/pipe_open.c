// The first message of a pipe session: a space and how to search it.
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "from.h"
#include "pipe_internal.h"

enum { MAX_METRICS = 62, NAME_SIZE = 16 };

// What the message asks for; texts are borrowed from it, but the dumped ones.
typedef struct opening {
    hone_study_options options;
    hone_metric metrics[MAX_METRICS];
    char names[MAX_METRICS][NAME_SIZE];
    hone_space *space;
    char *sampler_options, *scheduler_options;
    json_t *from; // see from.h
    hone_from *sources;
} opening;

static hone_status add_entries(hone_space *space, const json_t *entries, hone_error *err)
{
    if (!json_is_array(entries))
        return pipe_fail(err, HONE_EINVAL,
                         "\"space\" must be a list of parameters, "
                         "[{\"name\":\"lr\",\"spec\":\"log:1e-5..1\"}]");
    if (json_array_size(entries) == 0)
        return pipe_fail(err, HONE_EINVAL, "\"space\" has no parameters");
    size_t i;
    const json_t *entry;
    json_array_foreach(entries, i, entry)
    {
        char *text = cli_json_dump(entry, 0);
        hone_status status = hone_space_add_json(space, text, err);
        free(text);
        if (status != HONE_OK) {
            if (!err->trail[0])
                snprintf(err->trail, sizeof err->trail, "space[%zu]", i);
            return status;
        }
    }
    return HONE_OK;
}

typedef hone_status (*add_rule)(hone_space *space, const char *expr, hone_error *err);

static hone_status add_rules(hone_space *space, const json_t *m, const char *key, add_rule add,
                             hone_error *err)
{
    const json_t *rules = json_object_get(m, key);
    if (rules && !json_is_array(rules))
        return pipe_fail(err, HONE_EINVAL, "\"%s\" must be a list of texts", key);
    size_t i;
    const json_t *rule;
    json_array_foreach(rules, i, rule)
    {
        if (!json_is_string(rule))
            return pipe_fail(err, HONE_EINVAL, "\"%s\" must be a list of texts", key);
        hone_status status = add(space, json_string_value(rule), err);
        if (status != HONE_OK)
            return status;
    }
    return HONE_OK;
}

static hone_status make_space(opening *o, const json_t *m, hone_error *err)
{
    hone_status status = hone_space_create(&o->space, err);
    if (status == HONE_OK)
        status = add_entries(o->space, json_object_get(m, "space"), err);
    if (status == HONE_OK)
        status = add_rules(o->space, m, "forbid", hone_space_forbid, err);
    if (status == HONE_OK)
        status = add_rules(o->space, m, "require", hone_space_require, err);
    if (status == HONE_OK)
        status = hone_space_seal(o->space, err);
    o->options.space = o->space;
    return status;
}

static hone_status add_direction(opening *o, const json_t *value, const char *key, hone_error *err)
{
    const char *text = json_string_value(value);
    bool up = text && strcmp(text, "maximize") == 0;
    if (!up && (!text || strcmp(text, "minimize") != 0))
        return pipe_fail(err, HONE_EINVAL, "\"%s\" must be \"minimize\" or \"maximize\"", key);
    if (o->options.n_metrics == MAX_METRICS)
        return pipe_fail(err, HONE_EINVAL, "more than %d directions", MAX_METRICS);
    o->metrics[o->options.n_metrics++].goal = up ? HONE_MAXIMIZE : HONE_MINIMIZE;
    return HONE_OK;
}

static hone_status read_directions(opening *o, const json_t *m, hone_error *err)
{
    const json_t *one = json_object_get(m, "direction"), *many = json_object_get(m, "directions");
    if (one && many)
        return pipe_fail(err, HONE_EINVAL, "\"direction\" and \"directions\" exclude each other");
    if (one)
        return add_direction(o, one, "direction", err);
    if (many && json_array_size(many) == 0)
        return pipe_fail(err, HONE_EINVAL,
                         "\"directions\" must be a list with at least one of "
                         "\"minimize\" and \"maximize\"");
    size_t i;
    const json_t *value;
    json_array_foreach(many, i, value)
    {
        hone_status status = add_direction(o, value, "directions", err);
        if (status != HONE_OK)
            return status;
    }
    return HONE_OK;
}

// The objectives are called "value", or "value0", "value1", …, unless "metrics" names them.
static hone_status name_metrics(opening *o, const json_t *m, hone_error *err)
{
    const json_t *names = json_object_get(m, "metrics");
    uint32_t n = o->options.n_metrics;
    if (n == 0 && names)
        n = o->options.n_metrics = 1; // minimised
    if (names && (!json_is_array(names) || json_array_size(names) != n))
        return pipe_fail(err, HONE_EINVAL,
                         "\"metrics\" must be a list of %u name%s, one for each direction",
                         (unsigned)n, n == 1 ? "" : "s");
    for (uint32_t i = 0; i < n; i++) {
        const json_t *name = json_array_get(names, i);
        if (names && !json_is_string(name))
            return pipe_fail(err, HONE_EINVAL, "\"metrics\" must be a list of texts");
        if (n == 1)
            snprintf(o->names[i], NAME_SIZE, "value");
        else
            snprintf(o->names[i], NAME_SIZE, "value%u", (unsigned)i);
        o->metrics[i].name = names ? json_string_value(name) : o->names[i];
    }
    o->options.metrics = n ? o->metrics : NULL;
    return HONE_OK;
}

static hone_status read_options(const json_t *m, const char *key, char **text, const char **option,
                                hone_error *err)
{
    const json_t *value = json_object_get(m, key);
    if (!value)
        return HONE_OK;
    if (!json_is_object(value))
        return pipe_fail(err, HONE_EINVAL, "\"%s\" must be an object", key);
    *option = *text = cli_json_dump(value, 0);
    return HONE_OK;
}

static hone_status read_names(opening *o, const json_t *m, hone_error *err)
{
    hone_study_options *options = &o->options;
    hone_status status = pipe_get_text(m, "storage", &options->storage, err);
    if (status == HONE_OK)
        status = pipe_get_text(m, "study", &options->name, err);
    if (status == HONE_OK)
        status = pipe_get_text(m, "sampler", &options->sampler, err);
    if (status == HONE_OK)
        status = pipe_get_text(m, "scheduler", &options->scheduler, err);
    if (status == HONE_OK)
        status =
            read_options(m, "sampler_options", &o->sampler_options, &options->sampler_options, err);
    if (status == HONE_OK)
        status = read_options(m, "scheduler_options", &o->scheduler_options,
                              &options->scheduler_options, err);
    return status;
}

static hone_status read_numbers(opening *o, const json_t *m, hone_error *err)
{
    int64_t seed = -1;
    hone_status status = pipe_get_int(m, "seed", 0, INT64_MAX, &seed, err);
    if (status == HONE_OK)
        status = pipe_get_int(m, "budget", 0, UINT32_MAX, &o->options.n_trials, err);
    const json_t *noisy = json_object_get(m, "noisy");
    if (status == HONE_OK && noisy && !json_is_boolean(noisy))
        status = pipe_fail(err, HONE_EINVAL, "\"noisy\" must be true or false");
    o->options.noisy = json_is_true(noisy);
    o->options.has_seed = seed >= 0;
    o->options.seed = seed >= 0 ? (uint64_t)seed : 0;
    return status;
}

static hone_status check_storage(const pipe_session *s, opening *o, hone_error *err)
{
    const char *storage = o->options.storage;
    if (!storage)
        o->options.storage = "memory:";
    else if (s->io->memory_only && strcmp(storage, "memory:") != 0)
        return pipe_fail(err, HONE_EUNSUPPORTED, "only the storage \"memory:\" is allowed here");
    return HONE_OK;
}

// "from":"old" or a list of such: earlier studies to start from.
static hone_status read_from(const pipe_session *s, opening *o, const json_t *m, hone_error *err)
{
    const json_t *from = json_object_get(m, "from");
    size_t n = json_is_array(from) ? json_array_size(from) : from != NULL;
    o->from = json_array();
    for (size_t i = 0; i < n; i++) {
        const json_t *name = json_is_array(from) ? json_array_get(from, i) : from;
        if (!json_is_string(name) ||
            !from_add(o->from, json_string_value(name), o->options.storage))
            return pipe_fail(err, HONE_EINVAL,
                             "\"from\" takes names of studies, such as \"old\" or \"old.db#lr\"");
    }
    if (n > 0 && s->io->memory_only)
        return pipe_fail(err, HONE_EUNSUPPORTED, "only the storage \"memory:\" is allowed here");
    o->sources = from_array(o->from);
    o->options.from = o->sources;
    o->options.n_from = (uint32_t)json_array_size(o->from);
    return HONE_OK;
}

static hone_status open_study(pipe_session *s, opening *o, hone_error *err)
{
    // Without a space the client joins a study that exists.
    o->options.mode = o->space ? HONE_OPEN_OR_CREATE : HONE_OPEN_EXISTING;
    // The protocol has no word for "pause and come back later".
    o->options.refused = HN_CAN_PAUSE;
    hone_status status = hone_study_open(&o->options, &s->study, err);
    // What an earlier session asked for and never told is asked again.
    if (status == HONE_OK)
        status = hone_study_recover(s->study, NULL, NULL, err);
    if (status != HONE_OK) {
        hone_study_close(s->study);
        s->study = NULL;
    }
    return status;
}

static void reply_opened(pipe_session *s, const json_t *m)
{
    json_t *reply =
        json_pack("{s:b, s:s}", "ok", 1, "sampler", hone_study_sampler_in_use(s->study));
    if (json_object_get(m, "protocol"))
        json_object_set_new(reply, "protocol", json_integer(PIPE_PROTOCOL));
    char *text = cli_json_dump(reply, 0);
    pipe_reply(s, text);
    free(text);
    json_decref(reply);
}

hone_status pipe_open(pipe_session *s, const json_t *m, hone_error *err)
{
    if (s->study)
        return pipe_fail(err, HONE_ESTATE, "the space has been sent already; a session has one");
    opening o = {.options = HONE_STUDY_OPTIONS_INIT};
    hone_status status = read_names(&o, m, err);
    if (status == HONE_OK)
        status = check_storage(s, &o, err);
    if (status == HONE_OK)
        status = read_from(s, &o, m, err);
    if (status == HONE_OK)
        status = read_numbers(&o, m, err);
    if (status == HONE_OK)
        status = read_directions(&o, m, err);
    if (status == HONE_OK)
        status = name_metrics(&o, m, err);
    if (status == HONE_OK && json_object_get(m, "space"))
        status = make_space(&o, m, err);
    if (status == HONE_OK)
        status = open_study(s, &o, err);
    if (status == HONE_OK)
        reply_opened(s, m);
    hone_space_destroy(o.space);
    json_decref(o.from);
    free(o.sources);
    free(o.sampler_options);
    free(o.scheduler_options);
    return status;
}
