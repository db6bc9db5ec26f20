// Files of other tools, brought into the form of a study file: W&B sweeps, Katib experiments, NNI
// configurations and search spaces.
#ifndef HN_CORE_STUDY_FOREIGN_H
#define HN_CORE_STUDY_FOREIGN_H

#include <jansson.h>

#include "base/error.h"

typedef struct hn_foreign {
    const char *tool;       // "W&B sweep"; NULL: it is a file of our own
    const char *space_path; // where the parameters stand in the file, "" at its top
    const char *fault_path; // where it is wrong; NULL: among the parameters
    json_t *root;           // the study file that means the same; the caller's to release
    json_t *notes;          // [text…]: what was left out, for people; the caller's to release
} hn_foreign;

// `root` is the file as it stands. HONE_EUNSUPPORTED names what Hone has nothing like.
hone_status hn_foreign_read(const json_t *root, hn_foreign *out, hone_error *err);

#endif
