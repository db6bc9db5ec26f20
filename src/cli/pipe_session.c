// The requests of a pipe session.
//
//   1. Bytes are gathered into lines; a line that is too long is skipped to its end and answered
//      with an error, so that requests and replies stay in step.
//   2. A line is read as one JSON object that holds exactly one verb: space (or study), ask, tell,
//      report, enqueue, best, or protocol alone. Members that a verb does not know are refused.
//   3. The verb replies, or fails; a failure is replied as {"error":…} and the session goes on.
//      An ask of k is due k lines: whatever went wrong, error lines fill up.
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "pipe_internal.h"

enum { READ_SIZE = 1 << 16 };

// --- replies ---

hone_status pipe_fail(hone_error *err, hone_status status, const char *format, ...)
{
    hone_error fresh = HONE_ERROR_INIT;
    va_list args;
    va_start(args, format);
    vsnprintf(fresh.text, sizeof fresh.text, format, args);
    va_end(args);
    fresh.status = status;
    *err = fresh;
    return status;
}

void pipe_reply(pipe_session *s, const char *line)
{
    size_t n = strlen(line);
    char *bytes = cli_alloc(n + 1);
    memcpy(bytes, line, n);
    bytes[n] = '\n';
    // One write a line: a client that reads from a pipe never sees half of one.
    if (!s->write_failed && !s->io->write(s->io->user, bytes, n + 1))
        s->write_failed = true;
    s->n_lines++;
    free(bytes);
}

void pipe_reply_ok(pipe_session *s, const char *more)
{
    char *line = cli_format("{\"ok\":true%s}", more);
    pipe_reply(s, line);
    free(line);
}

// Messages are cut at a fixed size, perhaps in the middle of a character.
static json_t *safe_text(const char *text)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    char *copy = cli_dup(text);
    for (char *p = copy; *p; p++) {
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    }
    value = json_string(copy);
    free(copy);
    return value;
}

static void reply_error(pipe_session *s, const hone_error *err)
{
    char *text = err->trail[0] ? cli_format("%s (%s)", err->text, err->trail) : cli_dup(err->text);
    json_t *inner = json_object();
    json_object_set_new(inner, "code", json_string(hone_status_name(err->status)));
    json_object_set_new(inner, "message", safe_text(text));
    if (err->column >= 0) {
        json_object_set_new(inner, "source", safe_text(err->source));
        json_object_set_new(inner, "column", json_integer(err->column));
    }
    json_t *reply = json_object();
    json_object_set_new(reply, "error", inner);
    char *line = cli_json_dump(reply, 0);
    pipe_reply(s, line);
    free(line);
    json_decref(reply);
    free(text);
}

// --- finding the verb ---

static hone_status unknown_key(const char *what, const char *key, const char *const *keys, size_t n,
                               hone_error *err)
{
    const char *nearest = cli_nearest(key, keys, n);
    if (nearest)
        return pipe_fail(err, HONE_EINVAL, "%s has no key \"%s\"; did you mean \"%s\"?", what, key,
                         nearest);
    return pipe_fail(err, HONE_EINVAL, "%s has no key \"%s\"", what, key);
}

// No verb in it: names the nearest to what it has.
static hone_status no_verb(const json_t *m, hone_error *err)
{
    const char *verbs[PIPE_N_VERBS];
    for (size_t i = 0; i < PIPE_N_VERBS; i++)
        verbs[i] = pipe_requests[i].keys[0];
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)m, key, value)
    {
        if (cli_nearest(key, verbs, PIPE_N_VERBS))
            return unknown_key("a request", key, verbs, PIPE_N_VERBS, err);
    }
    return pipe_fail(err, HONE_EINVAL,
                     "no request in it: it must have one of \"space\", \"ask\", "
                     "\"tell\", \"report\", \"enqueue\", \"best\"");
}

static hone_status find_request(const json_t *m, const pipe_request **out, hone_error *err)
{
    const pipe_request *found = NULL;
    for (size_t i = 0; i < PIPE_N_REQUESTS; i++) {
        if (!json_object_get(m, pipe_requests[i].keys[0]))
            continue;
        if (found && i < PIPE_N_VERBS)
            return pipe_fail(err, HONE_EINVAL, "\"%s\" and \"%s\" are two requests; send two lines",
                             found->keys[0], pipe_requests[i].keys[0]);
        if (!found)
            found = &pipe_requests[i];
    }
    *out = found;
    return found ? HONE_OK : no_verb(m, err);
}

static hone_status check_keys(const json_t *m, const pipe_request *request, hone_error *err)
{
    size_t n = 0;
    while (n < PIPE_MAX_KEYS && request->keys[n])
        n++;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)m, key, value)
    {
        size_t i = 0;
        while (i < n && strcmp(request->keys[i], key) != 0)
            i++;
        if (i == n) {
            char what[40];
            snprintf(what, sizeof what, "the request \"%s\"", request->keys[0]);
            return unknown_key(what, key, request->keys, n, err);
        }
    }
    return HONE_OK;
}

static hone_status check_protocol(const json_t *m, hone_error *err)
{
    const json_t *value = json_object_get(m, "protocol");
    if (!value || (json_is_integer(value) && json_integer_value(value) == PIPE_PROTOCOL))
        return HONE_OK;
    return pipe_fail(err, json_is_integer(value) ? HONE_EVERSION : HONE_EINVAL,
                     "this Hone speaks protocol %d", PIPE_PROTOCOL);
}

static hone_status serve(pipe_session *s, const json_t *m, hone_error *err)
{
    const pipe_request *request = NULL;
    if (!json_is_object(m))
        return pipe_fail(err, HONE_EINVAL, "a request must be a JSON object, {\"ask\":1}");
    hone_status status = find_request(m, &request, err);
    if (status == HONE_OK)
        status = check_keys(m, request, err);
    if (status == HONE_OK)
        status = check_protocol(m, err);
    if (status == HONE_OK && !s->study && !request->before_space)
        status = pipe_fail(err, HONE_ESTATE,
                           "send the space first, {\"space\":[{\"name\":\"lr\","
                           "\"spec\":\"log:1e-5..1\"}]}");
    if (status == HONE_OK)
        status = request->run(s, m, err);
    return status;
}

// --- lines ---

static json_t *parse(const char *line, size_t n, hone_error *err)
{
    json_error_t where;
    json_t *m = json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    if (m)
        return m;
    // What Python and JavaScript write by default for a number that is none.
    bool python = memmem(line, n, "NaN", 3) || memmem(line, n, "Infinity", 8);
    pipe_fail(err, HONE_EPARSE, "not JSON at column %d: %s%s", where.column, where.text,
              python ? "; non-finite numbers are the texts \"nan\", \"inf\", \"-inf\"" : "");
    return NULL;
}

static bool is_blank(const char *line, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    }
    return true;
}

static size_t lines_due(const pipe_session *s, const json_t *m)
{
    const json_t *ask = json_object_get(m, "ask");
    json_int_t n = json_integer_value(ask);
    return n >= 1 && n <= pipe_max_ask(s) ? (size_t)n : 1;
}

static void serve_line(pipe_session *s, const char *line, size_t n)
{
    if (is_blank(line, n))
        return;
    hone_error err = HONE_ERROR_INIT;
    s->n_lines = 0;
    json_t *m = parse(line, n, &err);
    if (!m || serve(s, m, &err) != HONE_OK) {
        size_t due = lines_due(s, m);
        while (s->n_lines < due && !s->write_failed)
            reply_error(s, &err);
    }
    json_decref(m);
}

static void refuse_line(pipe_session *s, size_t limit)
{
    hone_error err = HONE_ERROR_INIT;
    pipe_fail(&err, HONE_EINVAL, "a request must not be longer than %zu bytes", limit);
    reply_error(s, &err);
}

// Bytes on their way to lines.
typedef struct gathering {
    char *data;
    size_t n, cap, scanned; // no line end before `scanned`
    bool skipping;          // in a line that was too long
} gathering;

static void take_lines(pipe_session *s, gathering *g, size_t limit)
{
    size_t start = 0;
    char *end;
    while (!s->write_failed &&
           (end = memchr(g->data + g->scanned, '\n', g->n - g->scanned)) != NULL) {
        size_t stop = (size_t)(end - g->data);
        if (g->skipping || stop - start > limit)
            refuse_line(s, limit);
        else
            serve_line(s, g->data + start, stop - start);
        g->skipping = false;
        start = g->scanned = stop + 1;
    }
    memmove(g->data, g->data + start, g->n - start);
    g->n -= start;
    if (g->skipping || g->n > limit) {
        g->skipping = true;
        g->n = 0;
    }
    g->scanned = g->n;
}

static void make_room(gathering *g)
{
    if (g->cap - g->n >= READ_SIZE)
        return;
    g->cap = g->cap * 2 + READ_SIZE;
    g->data = cli_realloc(g->data, g->cap);
}

// Reports ride along with the next append; before a wait of unknown length they go on their own, so
// that who looks at the study sees them. A failure shows with the next request that acts.
static void show_reports(pipe_session *s)
{
    hone_error ignored = HONE_ERROR_INIT;
    if (s->reported)
        (void)hone_study_refresh(s->study, &ignored);
    s->reported = false;
}

static hone_status gather(pipe_session *s, gathering *g, size_t limit, hone_error *err)
{
    while (!s->write_failed) {
        show_reports(s);
        make_room(g);
        ptrdiff_t got = s->io->read(s->io->user, g->data + g->n, READ_SIZE);
        if (got < 0)
            return pipe_fail(err, HONE_EIO, "cannot read the requests: %s", strerror(errno));
        if (got == 0)
            break;
        g->n += (size_t)got;
        take_lines(s, g, limit);
    }
    // The last line may lack its end.
    if (!s->write_failed && g->skipping)
        refuse_line(s, limit);
    else if (!s->write_failed)
        serve_line(s, g->data, g->n);
    if (s->write_failed)
        return pipe_fail(err, HONE_EIO, "cannot write a reply: %s", strerror(errno));
    return HONE_OK;
}

hone_status pipe_session_run(const pipe_io *io, hone_error *err)
{
    pipe_session s = {.io = io};
    gathering g = {0};
    hone_error own = HONE_ERROR_INIT;
    hone_status status = gather(&s, &g, io->max_line ? io->max_line : PIPE_MAX_LINE, &own);
    for (size_t i = 0; i < s.n_trials; i++)
        hone_trial_destroy(s.trials[i]);
    free(s.trials);
    free(g.data);
    hone_study_close(s.study);
    if (err)
        *err = own;
    return status;
}
