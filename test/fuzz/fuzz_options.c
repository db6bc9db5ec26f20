// Fuzzes what names a plug-in and sets it up: src/core/options.c, src/core/registry.c and
// src/core/storage_url.c. Lines: a name, a storage's URL, and the rest is a JSON object of options,
// given to the plug-in of that name and to one that has an option of every type.
#include <string.h>

#include "base/mem.h"
#include "core/options.h"
#include "core/storage_url.h"
#include "fuzz.h"

typedef struct probe {
    bool flag;
    int64_t whole;
    double real;
    const char *text;
    int32_t choice;
} probe;

static const hn_option probe_options[] = {
    {.name = "flag", .type = HN_OPTION_BOOL, .offset = offsetof(probe, flag), .fallback = "true"},
    {.name = "whole",
     .type = HN_OPTION_INT,
     .offset = offsetof(probe, whole),
     .fallback = "3",
     .low = 1,
     .high = 9},
    {.name = "real",
     .type = HN_OPTION_DOUBLE,
     .offset = offsetof(probe, real),
     .fallback = "0.5",
     .low = 0,
     .high = 1},
    {.name = "text", .type = HN_OPTION_TEXT, .offset = offsetof(probe, text), .low = 1},
    {.name = "choice",
     .type = HN_OPTION_CHOICE,
     .offset = offsetof(probe, choice),
     .fallback = "median",
     .choices = "mean|median|largest"},
    {.name = NULL},
};
static const hn_plugin probe_plugin = {.kind = HN_KIND_SAMPLER,
                                       .name = "probe",
                                       .options = probe_options,
                                       .config_size = sizeof(probe)};
static const hn_plugin plain_plugin = {.kind = HN_KIND_SAMPLER, .name = "plain"};

static void fill_probe(const char *json)
{
    hn_arena arena = HN_ARENA_INIT;
    hone_error err = HONE_ERROR_INIT;
    void *config = NULL;
    if (hn_options_make(&probe_plugin, json, &arena, &config, &err) == HONE_OK) {
        const probe *p = config;
        FUZZ_CHECK(p->whole >= 1 && p->whole <= 9);
        FUZZ_CHECK(p->real >= 0 && p->real <= 1);
        FUZZ_CHECK(p->choice >= 0 && p->choice <= 2);
        FUZZ_CHECK(!p->text || strlen(p->text) <= strlen(json));
    } else {
        FUZZ_CHECK(err.text[0]);
    }
    if (hn_options_make(&plain_plugin, json, &arena, &config, &err) != HONE_OK)
        FUZZ_CHECK(err.text[0]);
    hn_arena_free(&arena);
}

static void find_plugin(const char *name, const char *json)
{
    for (int kind = 0; kind < HN_KIND_COUNT; kind++) {
        const hn_plugin *plugin = NULL;
        hone_error err = HONE_ERROR_INIT;
        FUZZ_CHECK(hone_plugin_kind_name((hn_plugin_kind)kind)[0]);
        if (hone_plugin_find((hn_plugin_kind)kind, name, &plugin, &err) != HONE_OK) {
            FUZZ_CHECK(err.text[0]);
            continue;
        }
        FUZZ_CHECK(plugin->name[0] && (int)plugin->kind == kind);
        if (hone_plugin_check_options(plugin, json, &err) != HONE_OK)
            FUZZ_CHECK(err.text[0]);
    }
    for (uint32_t i = 0; hone_plugin_at(HN_KIND_SAMPLER, i); i++)
        FUZZ_CHECK(i < 100);
}

// Files are not opened: their names would be the fuzzer's.
static void open_storage(const char *url, const char *json)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_open_storage open = {0};
    hone_error err = HONE_ERROR_INIT;
    if (strncmp(url, "sqlite:", 7) == 0 && url[7])
        return;
    if (hn_storage_open(*url ? url : NULL, json, true, false, &arena, &open, &err) != HONE_OK)
        FUZZ_CHECK(err.text[0] && !open.state);
    else
        FUZZ_CHECK(open.state != NULL);
    hn_storage_close(&open);
    hn_arena_free(&arena);
}

// The line that `*at` begins with; moves on to the next.
static char *next_line(char **at)
{
    char *line = *at;
    *at += strcspn(line, "\n");
    if (**at)
        *(*at)++ = '\0';
    return line;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *at = text;
    FUZZ_CHECK(text != NULL);
    memcpy(text, data, size);
    text[size] = '\0';
    const char *name = next_line(&at), *url = next_line(&at);
    find_plugin(name, at);
    open_storage(url, at);
    fill_probe(at);
    free(text);
}
