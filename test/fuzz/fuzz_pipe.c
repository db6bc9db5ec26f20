// Fuzzes the session of `hone pipe`: src/cli/pipe_session.c, src/cli/pipe_requests.c and
// src/cli/pipe_open.c. Whatever comes in, each line that is not blank gets its reply, an ask of k
// gets k, and every reply is one line of JSON. A first byte of '!' makes a write fail, '?' a read.
#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "fuzz.h"
#include "pipe_session.h"

enum { MAX_LINE = 2000, MAX_ASK = 4, MAX_LINES = 200 };

typedef struct client {
    const uint8_t *data;
    size_t size, at;
    size_t n_replies;
    bool deaf, mute; // reading fails at the end, writing after two replies
} client;

// Pieces of changing length, so that lines are cut everywhere.
static ptrdiff_t read_some(void *user, char *out, size_t size)
{
    client *c = user;
    if (c->deaf && c->at == c->size) {
        errno = EIO;
        return -1;
    }
    size_t n = 1 + (c->at * 7 + c->size) % 61;
    n = n < size ? n : size;
    n = n < c->size - c->at ? n : c->size - c->at;
    memcpy(out, c->data + c->at, n);
    c->at += n;
    return (ptrdiff_t)n;
}

static bool check_reply(void *user, const char *bytes, size_t n)
{
    client *c = user;
    FUZZ_CHECK(n > 1 && bytes[n - 1] == '\n' && !memchr(bytes, '\n', n - 1));
    json_t *reply = json_loadb(bytes, n - 1, JSON_REJECT_DUPLICATES, NULL);
    FUZZ_CHECK(json_is_object(reply));
    json_t *error = json_object_get(reply, "error");
    FUZZ_CHECK(!error || json_string_length(json_object_get(error, "message")) > 0);
    FUZZ_CHECK(error || json_is_true(json_object_get(reply, "ok")) ||
               json_is_object(json_object_get(reply, "params")) ||
               json_is_array(json_object_get(reply, "pareto")));
    json_decref(reply);
    c->n_replies++;
    errno = EPIPE;
    return !c->mute || c->n_replies < 3;
}

static size_t replies_due(const char *line, size_t n)
{
    if (n > MAX_LINE)
        return 1;
    size_t blanks = 0;
    while (blanks < n && strchr(" \t\r", line[blanks]) && line[blanks])
        blanks++;
    if (blanks == n)
        return 0;
    json_t *m = json_loadb(line, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    json_int_t k = json_integer_value(json_object_get(m, "ask"));
    json_decref(m);
    return k >= 1 && k <= MAX_ASK ? (size_t)k : 1;
}

// Replies to all lines; `*n_lines` gets how many lines there are.
static size_t all_due(const char *text, size_t size, size_t *n_lines)
{
    size_t due = 0;
    *n_lines = 0;
    for (size_t at = 0; at < size;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t n = end ? (size_t)(end - text) - at : size - at;
        due += replies_due(text + at, n);
        at += n + 1;
        ++*n_lines;
    }
    return due;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    bool mute = size && data[0] == '!', deaf = size && data[0] == '?';
    client c = {.data = data, .size = size, .at = mute || deaf, .mute = mute, .deaf = deaf};
    pipe_io io = {.read = read_some,
                  .write = check_reply,
                  .user = &c,
                  .max_line = MAX_LINE,
                  .max_ask = MAX_ASK,
                  .memory_only = true};
    size_t n_lines, due = all_due((const char *)data + c.at, size - c.at, &n_lines);
    if (n_lines > MAX_LINES)
        return;
    hone_error err = HONE_ERROR_INIT;
    hone_status status = pipe_session_run(&io, &err);
    if (mute || deaf) {
        FUZZ_CHECK(status == HONE_OK || err.text[0]);
        FUZZ_CHECK(c.n_replies <= due);
    } else {
        FUZZ_CHECK(status == HONE_OK);
        FUZZ_CHECK(c.n_replies == due);
    }
}
