// What the files of the pipe session share.
#ifndef CLI_PIPE_INTERNAL_H
#define CLI_PIPE_INTERNAL_H

#include <hone/hone.h>
#include <jansson.h>

#include "pipe_session.h"

typedef struct pipe_session {
    const pipe_io *io;
    hone_study *study;   // NULL until the client has sent its space
    hone_trial **trials; // [n_trials] by number: those that were asked for and not yet told
    size_t n_trials;
    size_t n_lines; // reply lines of the present request
    bool reported;  // there are reports that may still wait to be appended
    bool write_failed;
} pipe_session;

// Fills `err` and gives `status` back.
hone_status pipe_fail(hone_error *err, hone_status status, const char *format, ...)
    HONE_PRINTF(3, 4);
// Sends `line`, which lacks its end, as the next reply line.
void pipe_reply(pipe_session *s, const char *line);
// {"ok":true} with further members, which must be JSON, e.g. ",\"stop\":false".
void pipe_reply_ok(pipe_session *s, const char *more);

// Member `key` of `m`: absent is HONE_OK with `*out` untouched, another type HONE_EINVAL.
hone_status pipe_get_int(const json_t *m, const char *key, int64_t low, int64_t high, int64_t *out,
                         hone_error *err);
// How many trials one request may ask for.
int64_t pipe_max_ask(const pipe_session *s);
hone_status pipe_get_text(const json_t *m, const char *key, const char **out, hone_error *err);
// A number, or one of the texts "nan", "inf", "-inf".
bool pipe_number(const json_t *value, double *out);

enum { PIPE_MAX_KEYS = 20, PIPE_N_VERBS = 6, PIPE_N_REQUESTS = 8 };

typedef struct pipe_request {
    const char *keys[PIPE_MAX_KEYS]; // what a message may hold; the verb first
    bool before_space;               // may come before the space does
    hone_status (*run)(pipe_session *s, const json_t *m, hone_error *err);
} pipe_request;

// By rank: of a message with two verbs that go together, the first counts. The first PIPE_N_VERBS
// exclude each other.
extern const pipe_request pipe_requests[PIPE_N_REQUESTS];

// The first message: makes the space and opens the study (pipe_open.c).
hone_status pipe_open(pipe_session *s, const json_t *m, hone_error *err);

#endif
