// Fuzzes commands: src/drive/template.c, src/drive/template_modifier.c,
// src/drive/template_check.c, src/drive/template_file.c, src/drive/format.c, src/drive/render.c,
// src/drive/render_file.c, src/drive/environment.c and src/drive/strings.c.
//
// The first byte is a set of switches; then lines: the space, one parameter each, a line "--", and
// the words of the command, or the text of files, each but the first behind a line "> " and its
// name, which may stand before the first, too. A trial of that space is rendered.
#include <hone/study.h>

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "drive/launch.h"
#include "fuzz.h"

enum { MAX_PARAMS = 12, MAX_WORDS = 40, MAX_FILES = 3 };
enum {
    SHELL = 1,
    FORK = 2,
    FINAL = 4,
    HALVING = 8,
    GPU = 16,
    NO_SPACE = 32,
    LIMITED = 64,
    A_FILE = 128
};

// A value in a format is a number of the format within the range of its parameter.
static void check_format(const hn_template *t, const hn_param *param, const hone_trial *trial)
{
    const hn_format *format = hn_template_format(t, param->name);
    double value = hone_trial_float(trial, param->name), out;
    if (!format || param->type != HONE_PARAM_FLOAT || isnan(value))
        return;
    bool fits = hn_format_adjust(format, t->c_locale, param, value, &out);
    bool bounded = param->scale == HN_LINEAR || param->scale == HN_LOG;
    FUZZ_CHECK(!bounded || (out >= param->low && out <= param->high));
    hn_str text = HN_STR_INIT;
    hn_format_real(format, t->c_locale, out, &text);
    if (fits && param->step == 0 && !hn_str_failed(&text))
        FUZZ_CHECK(strtod(hn_str_text(&text), NULL) == out);
    hn_str_free(&text);
}

static void check_words(const hn_template *t, hn_strings *words)
{
    const char *const *list = hn_strings_list(words);
    FUZZ_EXPECT(list != NULL);
    size_t n = hn_strings_count(words);
    for (size_t i = 0; list && i < n; i++)
        FUZZ_CHECK(list[i] && strlen(list[i]) < 1 << 20);
    FUZZ_CHECK(!list || !list[n]);
    FUZZ_CHECK(!list || !t->shell || (n == 3 && strcmp(list[1], "-c") == 0));
}

// What is written into the trial's folder is what was rendered.
static void check_files(const hn_template *t, const hn_launch *launch)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    hn_str text = HN_STR_INIT;
    // A file may be named as the folder of another is.
    bool written = hn_files_write(t, launch, &err) == HONE_OK;
    FUZZ_CHECK(written || err.text[0]);
    for (size_t i = 0; i < t->files.n; i++) {
        size_t size = 0;
        char *data = NULL;
        hn_str_clear(&text);
        bool good = hn_file_render(t, &t->files.data[i], launch, &text, &err) == HONE_OK;
        FUZZ_EXPECT(good);
        const char *path = hn_fs_join(&arena, launch->dir, t->files.data[i].name);
        good = good && written && path;
        good = good && hn_fs_read(path, 1 << 24, &arena, &data, &size, &err) == HONE_OK;
        FUZZ_EXPECT(good || !written);
        if (good)
            FUZZ_CHECK(size == text.n && memcmp(data, hn_str_text(&text), size) == 0);
    }
    hn_str_free(&text);
    hn_arena_free(&arena);
}

static void render(const hn_template *t, const hone_space *space, const hone_trial *trial,
                   unsigned switches)
{
    char folder[64];
    snprintf(folder, sizeof folder, "%s/hone-fuzz-%ld.trial",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    hn_launch launch = {.space = space,
                        .trial = trial,
                        .params = hone_trial_params_json(trial),
                        .dir = folder,
                        .ckpt = "/d/ckpt",
                        .json_file = "/d/a 'b'.json",
                        .from = switches & FORK ? "/p/ckpt" : NULL,
                        .gpu = switches & GPU ? "0" : NULL,
                        .study = "s",
                        .tag = "t",
                        .resource = switches & LIMITED ? 2.5 : 0,
                        .slot = 3,
                        .folds = switches & LIMITED && !(switches & FINAL) ? 5 : 0,
                        .fold = 4,
                        .repeats = switches & FINAL ? 0 : 2,
                        .repeat = 1,
                        .gpu_variable = switches & GPU ? "CUDA_VISIBLE_DEVICES" : NULL,
                        .gpu_list = "0,1",
                        .hip_list = switches & FORK ? "0,1" : NULL,
                        .gpus_by_bus = switches & FORK,
                        .attempt = 1,
                        .n_threads = 2,
                        .thread_variables = switches & GPU ? 7 : 0,
                        .is_final = switches & FINAL};
    hn_strings words = HN_STRINGS_INIT;
    hone_error err = HONE_ERROR_INIT;
    if (!launch.params)
        return;
    if (t->files.n > 0) {
        check_files(t, &launch);
        hn_fs_remove_tree(folder, NULL);
    }
    if (hn_template_render(t, &launch, &words, &err) == HONE_OK)
        check_words(t, &words);
    else
        FUZZ_EXPECT(false);
    if (hn_environment_make(&launch, &words, &err) != HONE_OK)
        FUZZ_EXPECT(false);
    for (uint32_t i = 0; space && i < space->n_params; i++)
        check_format(t, &space->params[i], trial);
    hn_strings_free(&words);
}

static void ask_and_render(const hn_template *t, const hone_space *space, unsigned switches)
{
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_study *study = NULL;
    hone_trial *trial = NULL;
    options.space = space;
    options.sampler = "random";
    options.has_seed = true;
    options.seed = switches;
    if (hone_study_open(&options, &study, NULL) == HONE_OK &&
        hone_study_ask(study, NULL, &trial, NULL) == HONE_OK)
        render(t, space, trial, switches);
    hone_trial_destroy(trial);
    hone_study_close(study);
}

// Adds the lines before "--" to a space; gives those behind it, NULL without.
static char *read_space(char *text, hone_space *space)
{
    int n = 0;
    for (char *line = text, *end; line; line = end) {
        end = strchr(line, '\n');
        if (end)
            *end++ = '\0';
        if (strcmp(line, "--") == 0)
            return end;
        if (n++ < MAX_PARAMS)
            hone_space_add_text(space, line, NULL);
    }
    return NULL;
}

static uint32_t read_words(char *text, const char **words)
{
    uint32_t n = 0;
    while (text && n < MAX_WORDS) {
        words[n++] = text;
        text = strchr(text, '\n');
        if (text)
            *text++ = '\0';
    }
    return n;
}

// The text of a file as it is read, NULL when it is none: then it is not in UTF-8.
static char *read_text(const char *bytes, size_t n)
{
    char path[64], *text = NULL;
    hone_error err = HONE_ERROR_INIT;
    int file = memfd_create("template", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0 && write(file, bytes, n) == (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (hone_run_template_read(path, &text, &err) == HONE_OK)
        FUZZ_CHECK(strlen(text) == n && memcmp(text, bytes, n) == 0);
    else
        FUZZ_CHECK(err.text[0] && !text);
    close(file);
    return text;
}

// The files that the `n` bytes at `bytes` are, but for those that cannot be read.
static uint32_t read_files(char *bytes, size_t n, hone_run_template *files)
{
    uint32_t n_files = 0;
    const char *name = "conf";
    for (char *at = bytes, *end = bytes + n; at < end && n_files < MAX_FILES;) {
        char *line = end - at > 1 && memcmp(at, "> ", 2) == 0 ? memchr(at, '\n', end - at) : NULL;
        if (line) {
            *line = '\0';
            name = at + 2;
            at = line + 1;
        }
        char *next = memmem(at, (size_t)(end - at), "\n> ", 3);
        char *text = read_text(at, (size_t)((next ? next : end) - at));
        if (text)
            files[n_files++] = (hone_run_template){"conf.in", name, text};
        at = next ? next + 1 : end;
        if (next && !memchr(at, '\n', (size_t)(end - at)))
            break;
    }
    return n_files;
}

// Parses and renders what stands behind the space.
static void run_source(hn_template_source *source, const hone_space *space, unsigned switches)
{
    hn_template t = HN_TEMPLATE_INIT;
    hone_error err = HONE_ERROR_INIT;
    source->shell = switches & SHELL;
    source->space = switches & NO_SPACE ? NULL : space;
    source->scheduler = switches & HALVING ? NULL : "none";
    source->folds = switches & LIMITED;
    source->final_run = switches & FINAL;
    if (hn_template_parse(source, &t, &err) != HONE_OK)
        FUZZ_CHECK(err.text[0] && t.words.n == 0 && t.files.n == 0);
    else if (source->space)
        ask_and_render(&t, source->space, switches);
    hn_template_free(&t);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *words[MAX_WORDS] = {"t"};
    hone_run_template files[MAX_FILES];
    hone_space *space = NULL;
    unsigned switches = size ? data[0] : 0;
    if (size == 0 || hone_space_create(&space, NULL) != HONE_OK)
        return;
    char *text = malloc(size);
    FUZZ_CHECK(text != NULL);
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    char *rest = read_space(text, space);
    hn_template_source source = {.command = words, .n_command = 1, .files = files};
    if (hone_space_seal(space, NULL) == HONE_OK) {
        if (switches & A_FILE && rest)
            source.n_files = read_files(rest, (size_t)(text + size - 1 - rest), files);
        else
            source.n_command = read_words(rest, words);
        run_source(&source, space, switches);
    }
    for (uint32_t i = 0; i < source.n_files; i++)
        hone_free((char *)(uintptr_t)files[i].text);
    hone_space_destroy(space);
    free(text);
}
