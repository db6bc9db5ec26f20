// What each verb of a pipe session does, but for opening the study.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "pipe_internal.h"
#include "trial_view.h"

// --- members ---

bool pipe_number(const json_t *value, double *out)
{
    const char *text = json_string_value(value);
    if (json_is_number(value))
        *out = json_number_value(value);
    else if (text && strcmp(text, "nan") == 0)
        *out = NAN;
    else if (text && strcmp(text, "inf") == 0)
        *out = INFINITY;
    else if (text && strcmp(text, "-inf") == 0)
        *out = -INFINITY;
    else
        return false;
    return true;
}

hone_status pipe_get_int(const json_t *m, const char *key, int64_t low, int64_t high, int64_t *out,
                         hone_error *err)
{
    const json_t *value = json_object_get(m, key);
    if (!value)
        return HONE_OK;
    int64_t number = json_integer_value(value);
    if (json_is_integer(value) && number >= low && number <= high) {
        *out = number;
        return HONE_OK;
    }
    if (high == INT64_MAX)
        return pipe_fail(err, HONE_EINVAL, "\"%s\" must be a whole number of at least %lld", key,
                         (long long)low);
    return pipe_fail(err, HONE_EINVAL, "\"%s\" must be a whole number from %lld to %lld", key,
                     (long long)low, (long long)high);
}

hone_status pipe_get_text(const json_t *m, const char *key, const char **out, hone_error *err)
{
    const json_t *value = json_object_get(m, key);
    if (value && !json_is_string(value))
        return pipe_fail(err, HONE_EINVAL, "\"%s\" must be a text", key);
    if (value)
        *out = json_string_value(value);
    return HONE_OK;
}

// "value" or "values": the study's objectives, in order, into `out` [number of metrics]. `*any`
// tells whether they were given.
static hone_status get_values(const pipe_session *s, const json_t *m, double *out, bool *any,
                              hone_error *err)
{
    const json_t *one = json_object_get(m, "value"), *many = json_object_get(m, "values");
    uint32_t want = hone_study_n_objectives(s->study);
    *any = one || many;
    if (one && many)
        return pipe_fail(err, HONE_EINVAL, "\"value\" and \"values\" exclude each other");
    if (many && !json_is_array(many))
        return pipe_fail(err, HONE_EINVAL, "\"values\" must be a list of numbers");
    size_t n = one ? 1 : json_array_size(many);
    if (*any && n != want)
        return pipe_fail(err, HONE_EINVAL, "%zu value%s for %u objective%s", n, n == 1 ? "" : "s",
                         (unsigned)want, want == 1 ? "" : "s");
    for (size_t i = 0; i < n; i++) {
        if (!pipe_number(one ? one : json_array_get(many, i), &out[i]))
            return pipe_fail(err, HONE_EINVAL,
                             "\"%s\" must be %s; non-finite ones are \"nan\", \"inf\", \"-inf\"",
                             one ? "value" : "values", one ? "a number" : "a list of numbers");
    }
    return HONE_OK;
}

static double *new_values(const pipe_session *s)
{
    return cli_alloc((hone_study_n_metrics(s->study) + 1) * sizeof(double));
}

static uint64_t objectives_mask(const pipe_session *s)
{
    return (UINT64_C(1) << hone_study_n_objectives(s->study)) - 1;
}

// --- the trials that are out ---

static void keep_trial(pipe_session *s, hone_trial *trial)
{
    size_t number = hone_trial_number(trial);
    if (number >= s->n_trials) {
        size_t n = number + 1 + number / 2;
        s->trials = cli_realloc(s->trials, n * sizeof *s->trials);
        memset(s->trials + s->n_trials, 0, (n - s->n_trials) * sizeof *s->trials);
        s->n_trials = n;
    }
    hone_trial_destroy(s->trials[number]);
    s->trials[number] = trial;
}

static void drop_trial(pipe_session *s, hone_trial *trial)
{
    s->trials[hone_trial_number(trial)] = NULL;
    hone_trial_destroy(trial);
}

// The trial that member `key` names. One that another session asked for is taken up too.
static hone_status find_trial(pipe_session *s, const json_t *m, const char *key, hone_trial **out,
                              hone_error *err)
{
    int64_t id = 0;
    hone_status status = pipe_get_int(m, key, 0, UINT32_MAX, &id, err);
    if (status != HONE_OK)
        return status;
    if ((size_t)id < s->n_trials && s->trials[id]) {
        *out = s->trials[id];
        return HONE_OK;
    }
    hone_trial *trial = NULL;
    status = hone_study_trial(s->study, (uint32_t)id, &trial, err);
    if (status != HONE_OK)
        return status;
    hone_trial_state state = hone_trial_status(trial);
    if (state != HONE_STATE_RUNNING) {
        hone_trial_destroy(trial);
        return pipe_fail(err, HONE_ESTATE, "trial %lld is %s, not RUNNING", (long long)id,
                         hone_state_name(state));
    }
    keep_trial(s, trial);
    *out = trial;
    return HONE_OK;
}

// --- the verbs ---

// A trial that cannot be told of, for want of memory, waits for the next ask.
static hone_status reply_trial(pipe_session *s, hone_trial *trial, hone_error *err)
{
    const char *params = hone_trial_params_json(trial);
    if (!params) {
        hone_study_requeue(s->study, trial, "could not be handed out", NULL);
        return pipe_fail(err, HONE_ENOMEM, "out of memory");
    }
    char *line =
        cli_format("{\"id\":%u,\"params\":%s}", (unsigned)hone_trial_number(trial), params);
    pipe_reply(s, line);
    free(line);
    return HONE_OK;
}

int64_t pipe_max_ask(const pipe_session *s)
{
    return s->io->max_ask ? (int64_t)s->io->max_ask : PIPE_MAX_ASK;
}

static hone_status request_ask(pipe_session *s, const json_t *m, hone_error *err)
{
    int64_t n = 0;
    hone_status status = pipe_get_int(m, "ask", 1, pipe_max_ask(s), &n, err);
    for (int64_t i = 0; status == HONE_OK && i < n && !s->write_failed; i++) {
        hone_trial *trial = NULL;
        status = hone_study_ask(s->study, NULL, &trial, err);
        if (status == HONE_OK)
            status = reply_trial(s, trial, err);
        if (status == HONE_OK)
            keep_trial(s, trial);
        else
            hone_trial_destroy(trial);
    }
    return status;
}

static hone_status get_state(const json_t *m, bool any_value, hone_trial_state *out,
                             hone_error *err)
{
    const char *text = NULL;
    hone_status status = pipe_get_text(m, "state", &text, err);
    if (status != HONE_OK)
        return status;
    if (!text && !any_value)
        return pipe_fail(err, HONE_EINVAL, "\"tell\" needs \"value\", \"values\" or \"state\"");
    int state = text ? hone_state_parse(text) : HONE_STATE_COMPLETE;
    if (state < 0 || !hone_state_is_finished((hone_trial_state)state))
        return pipe_fail(err, HONE_EINVAL,
                         "\"state\" must be one of complete, pruned, failed, timeout, oom, "
                         "infeasible, invalid, lost");
    if (state == HONE_STATE_COMPLETE && !any_value)
        return pipe_fail(err, HONE_EINVAL, "a complete trial needs \"value\" or \"values\"");
    *out = (hone_trial_state)state;
    return HONE_OK;
}

static hone_status get_constraints(const json_t *m, double **out, uint32_t *n, hone_error *err)
{
    const json_t *list = json_object_get(m, "constraints");
    if (list && !json_is_array(list))
        return pipe_fail(err, HONE_EINVAL, "\"constraints\" must be a list of numbers");
    *n = (uint32_t)json_array_size(list);
    *out = cli_alloc((*n + 1) * sizeof **out);
    for (uint32_t i = 0; i < *n; i++) {
        if (!pipe_number(json_array_get(list, i), &(*out)[i]))
            return pipe_fail(err, HONE_EINVAL, "\"constraints\" must be a list of numbers");
    }
    return HONE_OK;
}

// "attr": facts to keep with the trial.
static hone_status get_attrs(const json_t *m, const json_t **out, hone_error *err)
{
    *out = json_object_get(m, "attr");
    if (!*out || json_is_object(*out))
        return HONE_OK;
    return pipe_fail(err, HONE_EINVAL,
                     "\"attr\" must be an object of names and values, {\"n_params\":12345}");
}

static hone_status set_attrs(hone_trial *trial, const json_t *attrs, hone_error *err)
{
    char *json = attrs ? cli_json_dump(attrs, 0) : NULL;
    hone_status status = json ? hone_trial_set_attrs(trial, json, err) : HONE_OK;
    free(json);
    return status;
}

static hone_status request_tell(pipe_session *s, const json_t *m, hone_error *err)
{
    hone_result result = HONE_RESULT_INIT;
    hone_trial *trial = NULL;
    const json_t *attrs = NULL;
    double *values = new_values(s), *constraints = NULL;
    bool any = false;
    hone_status status = get_values(s, m, values, &any, err);
    if (status == HONE_OK)
        status = get_attrs(m, &attrs, err);
    if (status == HONE_OK)
        status = get_state(m, any, &result.state, err);
    if (status == HONE_OK)
        status = get_constraints(m, &constraints, &result.n_constraints, err);
    if (status == HONE_OK)
        status = pipe_get_text(m, "message", &result.message, err);
    if (status == HONE_OK)
        status = find_trial(s, m, "tell", &trial, err);
    if (status == HONE_OK)
        status = set_attrs(trial, attrs, err);
    if (status == HONE_OK) {
        result.values = any ? values : NULL;
        result.present = any ? objectives_mask(s) : 0;
        result.constraints = constraints;
        status = hone_study_tell_result(s->study, trial, &result, err);
    }
    // A trial that somebody else has taken over, or that has ended, is none of ours any more.
    if (trial && (status == HONE_OK || status == HONE_ESTALE || status == HONE_ESTATE))
        drop_trial(s, trial);
    if (status == HONE_OK)
        pipe_reply_ok(s, "");
    free(values);
    free(constraints);
    return status;
}

static hone_status request_report(pipe_session *s, const json_t *m, hone_error *err)
{
    hone_trial *trial = NULL;
    const json_t *attrs = NULL;
    double *values = new_values(s), step = 0;
    bool any = false;
    hone_status status = get_values(s, m, values, &any, err);
    if (status == HONE_OK)
        status = get_attrs(m, &attrs, err);
    if (status == HONE_OK && !any)
        status = pipe_fail(err, HONE_EINVAL, "\"report\" needs \"value\" or \"values\"");
    if (status == HONE_OK && !json_is_number(json_object_get(m, "step")))
        status = pipe_fail(err, HONE_EINVAL, "\"report\" needs \"step\", a number");
    if (status == HONE_OK)
        status = find_trial(s, m, "report", &trial, err);
    if (status == HONE_OK)
        status = set_attrs(trial, attrs, err);
    if (status == HONE_OK) {
        step = json_number_value(json_object_get(m, "step"));
        status = hone_trial_report_values(trial, step, values, objectives_mask(s), err);
    }
    s->reported = s->reported || status == HONE_OK;
    if (status == HONE_OK)
        pipe_reply_ok(s, hone_trial_should_stop(trial) ? ",\"stop\":true" : ",\"stop\":false");
    free(values);
    return status;
}

static hone_status request_enqueue(pipe_session *s, const json_t *m, hone_error *err)
{
    const json_t *params = json_object_get(m, "enqueue");
    if (!json_is_object(params))
        return pipe_fail(err, HONE_EINVAL, "\"enqueue\" must be an object, {\"lr\":0.1}");
    char *text = cli_json_dump(params, 0);
    hone_status status = hone_study_enqueue(s->study, text, HONE_PURPOSE_SEARCH, -1, NULL, err);
    free(text);
    if (status == HONE_OK)
        pipe_reply_ok(s, "");
    return status;
}

// {"id":…,"params":…,"values":[…]}
static json_t *finished_json(const pipe_session *s, const hone_trial *trial, const char *params)
{
    json_t *values = json_array();
    for (uint32_t i = 0; i < hone_study_n_objectives(s->study); i++)
        json_array_append_new(values, cli_json_double(hone_trial_value(trial, i)));
    json_t *object = json_object();
    json_object_set_new(object, "id", json_integer(hone_trial_number(trial)));
    json_object_set_new(object, "params", cli_json_text(params));
    json_object_set_new(object, "values", values);
    return object;
}

static hone_status best_json(pipe_session *s, uint32_t number, json_t **out, hone_error *err)
{
    hone_trial *trial = NULL;
    hone_status status = hone_study_trial(s->study, number, &trial, err);
    const char *params = status == HONE_OK ? hone_trial_params_json(trial) : NULL;
    if (params)
        *out = finished_json(s, trial, params);
    else if (status == HONE_OK)
        status = pipe_fail(err, HONE_ENOMEM, "out of memory");
    hone_trial_destroy(trial);
    return status;
}

// With several objectives: {"pareto":[…]}, every trial of the front.
static hone_status pareto_json(pipe_session *s, json_t **out, hone_error *err)
{
    uint32_t n, *numbers;
    hone_status status = trials_front(s->study, &numbers, &n, err);
    json_t *front = json_array();
    for (uint32_t i = 0; status == HONE_OK && i < n; i++) {
        json_t *one = NULL;
        status = best_json(s, numbers[i], &one, err);
        json_array_append_new(front, one);
    }
    if (status == HONE_OK && n == 0)
        status =
            pipe_fail(err, HONE_ENOTFOUND, "no trial is complete yet: tell one its value first");
    *out = json_object();
    json_object_set_new(*out, "pareto", front);
    free(numbers);
    return status;
}

static hone_status request_best(pipe_session *s, const json_t *m, hone_error *err)
{
    int64_t n = 1;
    uint32_t number = 0;
    json_t *reply = NULL;
    hone_status status = pipe_get_int(m, "best", 1, 1, &n, err);
    if (status != HONE_OK)
        return pipe_fail(err, HONE_EINVAL, "\"best\" must be 1");
    if (hone_study_n_objectives(s->study) > 1)
        status = pareto_json(s, &reply, err);
    else if ((status = hone_study_best(s->study, &number, err)) == HONE_OK)
        status = best_json(s, number, &reply, err);
    if (status == HONE_OK) {
        char *line = cli_json_dump(reply, 0);
        pipe_reply(s, line);
        free(line);
    }
    json_decref(reply);
    return status;
}

static hone_status request_protocol(pipe_session *s, const json_t *m, hone_error *err)
{
    (void)m; // its number has been checked
    (void)err;
    char *more = cli_format(",\"protocol\":%d", PIPE_PROTOCOL);
    pipe_reply_ok(s, more);
    free(more);
    return HONE_OK;
}

// --- the table ---

#define OPENING_KEYS                                                                               \
    "storage", "seed", "direction", "directions", "metrics", "sampler", "scheduler", "budget",     \
        "noisy", "forbid", "require", "sampler_options", "scheduler_options", "protocol", "from"

const pipe_request pipe_requests[PIPE_N_REQUESTS] = {
    {{"space", "study", OPENING_KEYS}, true, pipe_open},
    {{"ask", "protocol"}, false, request_ask},
    {{"tell", "value", "values", "constraints", "state", "message", "attr", "protocol"},
     false,
     request_tell},
    {{"report", "step", "value", "values", "attr", "protocol"}, false, request_report},
    {{"enqueue", "protocol"}, false, request_enqueue},
    {{"best", "protocol"}, false, request_best},
    {{"study", OPENING_KEYS}, true, pipe_open}, // a study that exists, with its own space
    {{"protocol"}, true, request_protocol},
};
