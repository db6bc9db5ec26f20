// Fuzzes src/core/study_file.c, src/core/study_reader.c, src/core/study_value.c,
// src/core/study_foreign*.c, src/core/study_katib.c, src/core/study_nni.c and
// src/core/study_words.c: a study file, or one of W&B, Katib or NNI, becomes one JSON object, or an
// error with a sentence. Sizes and what is kept can be written as words again that mean the same.
#include <hone/space.h>
#include <hone/study_file.h>

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/json.h"
#include "fuzz.h"

// `key` of the section "run" as it would be shown, and read from that.
static void check_words(const json_t *run, const char *key, bool is_size)
{
    char text[HONE_SIZE_TEXT];
    hone_error err = HONE_ERROR_INIT;
    const json_t *value = json_object_get(run, key);
    int64_t number = json_integer_value(value), keep = -2;
    uint64_t bytes = 1;
    if (!value)
        return;
    FUZZ_CHECK(json_is_integer(value));
    if (is_size) {
        FUZZ_CHECK(hone_size_parse(hone_size_text((uint64_t)number, text), &bytes, &err) ==
                   HONE_OK);
        FUZZ_CHECK(bytes == (uint64_t)number);
    } else {
        FUZZ_CHECK(hone_keep_parse(hone_keep_text(number, text), &keep, &err) == HONE_OK);
        FUZZ_CHECK(keep == number);
    }
}

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
    const json_t *run = json_object_get(root, "run");
    check_words(run, "mem-trial", true);
    check_words(run, "ckpt-quota", true);
    check_words(run, "keep-ckpt", false);
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
