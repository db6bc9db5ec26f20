// Filling in a hone_error. The setters return the status so that a failing path is one line:
//     return hn_fail(err, HONE_EINVAL, "…");
#ifndef HN_BASE_ERROR_H
#define HN_BASE_ERROR_H

#include <stddef.h>

#include <hone/error.h>

// Sets status and text (printf style). `err` may be NULL. Returns `status`.
hone_status hn_fail(hone_error *err, hone_status status, const char *format, ...) HONE_PRINTF(3, 4);
// The same with a place: `source` is the input line of `length` bytes, `column` the 0-based byte
// of the fault. A longer line is cut around the column, so that the caret stays right.
hone_status hn_fail_at(hone_error *err, hone_status status, const char *source, size_t length,
                       size_t column, const char *format, ...) HONE_PRINTF(6, 7);
// "out of memory", the only text that must need no memory.
hone_status hn_fail_memory(hone_error *err);
// Text of errno `code` appended: "cannot open a/b: No such file or directory". Returns HONE_EIO
// (HONE_ENOMEM for ENOMEM).
hone_status hn_fail_errno(hone_error *err, int code, const char *format, ...) HONE_PRINTF(3, 4);
// Adds where the error passed through ("study.yaml:12"), outermost last. NULL-safe.
void hn_error_trail(hone_error *err, const char *format, ...) HONE_PRINTF(2, 3);
// Puts "prefix: " before the text, e.g. the name of a file. NULL-safe.
void hn_error_prefix(hone_error *err, const char *format, ...) HONE_PRINTF(2, 3);
void hn_error_clear(hone_error *err);

#define HN_TRY(call)                                                                               \
    do {                                                                                           \
        hone_status hn_try_status_ = (call);                                                       \
        if (hn_try_status_ != HONE_OK)                                                             \
            return hn_try_status_;                                                                 \
    } while (0)
// The same inside a function with an `out:` label and a variable `status`.
#define HN_TRY_OUT(call)                                                                           \
    do {                                                                                           \
        status = (call);                                                                           \
        if (status != HONE_OK)                                                                     \
            goto out;                                                                              \
    } while (0)

#endif
