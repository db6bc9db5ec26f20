// What went wrong: a status code, one sentence for a human, and where in the input it was.
//
// Every function of Hone that can fail returns a hone_status and takes a caller-owned hone_error
// as its last parameter (NULL if the text is not wanted). There is no hidden "last error".
#ifndef HONE_ERROR_H
#define HONE_ERROR_H

#include <hone/api.h>

HONE_BEGIN_DECLS

// The one list of codes: name, wire name (as in `hone pipe`), meaning. Append only.
#define HONE_STATUS_LIST(X)                                                                        \
    X(HONE_OK, "OK", "no error")                                                                   \
    X(HONE_ENOMEM, "ENOMEM", "out of memory")                                                      \
    X(HONE_EINVAL, "EINVAL", "a value is wrong or out of range")                                   \
    X(HONE_EPARSE, "EPARSE", "a text does not follow its grammar")                                 \
    X(HONE_ENOTFOUND, "ENOTFOUND", "no such study, trial, parameter or plug-in")                   \
    X(HONE_EEXISTS, "EEXISTS", "it exists already")                                                \
    X(HONE_ESTATE, "ESTATE", "not possible in the present state")                                  \
    X(HONE_EIO, "EIO", "the operating system refused (file, pipe, process)")                       \
    X(HONE_ECORRUPT, "ECORRUPT", "stored data are damaged or of another program")                  \
    X(HONE_EBUSY, "EBUSY", "somebody else holds it")                                               \
    X(HONE_EVERSION, "EVERSION", "made by a newer Hone")                                           \
    X(HONE_EEXHAUSTED, "EEXHAUSTED", "the finite space has been tried completely")                 \
    X(HONE_ESTALE, "ESTALE", "another worker has taken the trial over")                            \
    X(HONE_EUNSUPPORTED, "EUNSUPPORTED", "this build or plug-in cannot do that")

typedef enum hone_status {
#define HONE_STATUS_ENUM(name, wire, text) name,
    HONE_STATUS_LIST(HONE_STATUS_ENUM)
#undef HONE_STATUS_ENUM
        HONE_STATUS_COUNT
} hone_status;

typedef struct hone_error {
    hone_status status;
    char text[512];   // one line: what is wrong and what would be right
    char source[256]; // the offending input line, or "" when there is none
    int column;       // 0-based byte column of the fault in `source`, -1 when there is none
    char trail[128];  // where it passed through, innermost first ("study.yaml:12 < space")
} hone_error;

#define HONE_ERROR_INIT                                                                            \
    {                                                                                              \
        HONE_OK, "", "", -1, ""                                                                    \
    }

// Wire name of a status, e.g. "EINVAL"; never NULL.
HONE_API const char *hone_status_name(hone_status status);
// Meaning of a status in a few words; never NULL.
HONE_API const char *hone_status_text(hone_status status);
// Writes the error as a person should see it into `out` (`size` bytes, always terminated): the
// sentence with its trail in brackets, then, when the fault has a place in a text, the source line,
// indented by four, and a caret under it; each line ended by '\n'. Returns the length that was
// wanted, as snprintf does.
HONE_API int hone_error_render(const hone_error *err, char *out, int size);

HONE_END_DECLS

#endif
