// A session of `hone pipe`: one JSON object a line in, one reply line a request out, in order.
//
// It reads and writes through callbacks and knows nothing of descriptors, so that it can be fuzzed
// and tested without a process.
#ifndef CLI_PIPE_SESSION_H
#define CLI_PIPE_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <hone/error.h>

enum {
    PIPE_PROTOCOL = 1,
    PIPE_MAX_LINE = 16 << 20, // bytes of a request
    PIPE_MAX_ASK = 100000     // trials of one request
};

typedef struct pipe_io {
    // At most `size` bytes into `out`: how many, 0 at the end, -1 with errno on failure.
    ptrdiff_t (*read)(void *user, char *out, size_t size);
    // All `n` bytes, at once visible to the client; false with errno when it is gone.
    bool (*write)(void *user, const char *bytes, size_t n);
    void *user;
    size_t max_line;  // 0: PIPE_MAX_LINE
    size_t max_ask;   // 0: PIPE_MAX_ASK
    bool memory_only; // refuse storages outside this process
} pipe_io;

// Serves requests until the input ends, which is HONE_OK whatever the requests were. HONE_EIO when
// reading or writing failed.
hone_status pipe_session_run(const pipe_io *io, hone_error *err);

#endif
