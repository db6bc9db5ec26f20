// A program that is run for what it says: nvidia-smi, the guardian when it is asked something.
#ifndef HN_BASE_LISTEN_H
#define HN_BASE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hn_listening {
    int from;          // the end that is read; -1: the program has closed its own
    int64_t pid;       // 0: it has ended
    int status;        // as of waitpid
    uint64_t until_ms; // monotonic
    char *out;         // [size] what it has said, always terminated; what has no room is dropped
    size_t size, n;
} hn_listening;

// Starts argv[0], which is searched in PATH, with nothing to read; `errors_too`: what it writes as
// errors is heard as well. 0, or the error number with nothing left to end. It gets `patience_ms`
// until its end; `out` stays the caller's.
int hn_listen_begin(hn_listening *l, const char *const *argv, bool errors_too, uint32_t patience_ms,
                    char *out, size_t size);
// Takes in what it has said; `wait`: until its end. True: there is no more to wait for, it has
// ended or the time is up.
bool hn_listen_go(hn_listening *l, bool wait);
// To be called in the end. True: it has ended by itself, with `*status`. Otherwise it is killed and
// buried; one that sleeps in a driver and cannot be ended at once is left to the system.
bool hn_listen_end(hn_listening *l, int *status);

// All of that. 0: it has ended, with `*status`; ETIMEDOUT, or why it could not be started.
int hn_listen_to(const char *const *argv, bool errors_too, uint32_t patience_ms, char *out,
                 size_t size, int *status);

#endif
