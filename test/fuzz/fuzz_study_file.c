// Fuzzes src/core/study_file.c, src/core/study_reader.c, src/core/study_value.c,
// src/core/study_foreign*.c, src/core/study_katib.c, src/core/study_nni.c and
// src/core/study_words.c: a study file, or one of W&B, Katib or NNI, becomes one JSON object, or an
// error with a sentence.
#include <hone/space.h>
#include <hone/study_file.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "fuzz.h"

static void check_form(const char *text)
{
    static const char *const sections[] = {"study",   "objectives", "space", "constraints",
                                           "sampler", "scheduler",  "run",   "lines",
                                           "tool",    "notes"};
    json_t *root = NULL;
    hone_error err = HONE_ERROR_INIT;
    hone_status status = hn_json_parse(text, strlen(text), "output", &root, &err);
    FUZZ_EXPECT(status == HONE_OK);
    FUZZ_EXPECT(hn_json_only(root, sections, sizeof sections / sizeof *sections, "it", &err) ==
                HONE_OK);
    json_decref(root);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    char path[64], *json = NULL;
    hone_error err = HONE_ERROR_INIT;
    int file = memfd_create("study", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (hone_study_file_to_json(path, &json, &err) == HONE_OK)
        check_form(json);
    else
        FUZZ_CHECK(err.text[0] && !json);
    hone_free(json);
    close(file);
}
