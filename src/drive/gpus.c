// Which GPUs there are for trials. The variables by which a program is told its GPUs come first:
// who has set one for Hone has said which ones Hone may give away.
#include "drive/gpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_GPUS = 1024 };

static hone_status add(hn_gpus *gpus, hn_arena *arena, const char *name, size_t length,
                       hone_error *err)
{
    char *copy = hn_arena_strndup(arena, name, length);
    if (!copy)
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < gpus->n; i++)
        if (strcmp(gpus->names[i], copy) == 0)
            return hn_fail(err, HONE_EINVAL, "%s names the GPU %s twice", gpus->source, copy);
    if (gpus->n < MAX_GPUS)
        gpus->names[gpus->n++] = copy;
    return HONE_OK;
}

static hone_status begin(hn_gpus *gpus, hn_arena *arena, const char *variable, const char *source,
                         hone_error *err)
{
    *gpus = (hn_gpus){
        .names = HN_NEW(arena, const char *, MAX_GPUS), .variable = variable, .source = source};
    return gpus->names ? HONE_OK : hn_fail_memory(err);
}

// --- variables ---

// As CUDA reads it: what is behind an empty or a negative entry does not count.
static hone_status parse_variable(const char *variable, hn_arena *arena, hn_gpus *out,
                                  hone_error *err)
{
    const char *at = getenv(variable);
    HN_TRY(begin(out, arena, variable, variable, err));
    for (;;) {
        at += strspn(at, " ");
        size_t n = strcspn(at, ","), length = n;
        while (length && at[length - 1] == ' ')
            length--;
        if (length == 0 || at[0] == '-')
            break;
        HN_TRY(add(out, arena, at, length, err));
        at += n;
        if (*at++ != ',')
            break;
    }
    if (out->n == 0)
        out->why = hn_arena_printf(arena, "%s=%s hides all of them", variable, getenv(variable));
    return HONE_OK;
}

// A program of CUDA that runs on HIP heeds both lists: entry k of one is entry k of the other.
static hone_status add_hip(hn_arena *arena, hn_gpus *gpus, hone_error *err)
{
    hn_gpus hip;
    HN_TRY(parse_variable("HIP_VISIBLE_DEVICES", arena, &hip, err));
    if (hip.n != gpus->n)
        return hn_fail(err, HONE_EINVAL,
                       "CUDA_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES name different numbers of "
                       "GPUs; unset one of them");
    gpus->hip = hip.names;
    return HONE_OK;
}

// --- nvidia-smi ---

// "GPU 0: NVIDIA A100 (UUID: GPU-…)", and below it the parts of one that is divided:
// "  MIG 3g.20gb     Device  0: (UUID: MIG-…)".
hone_status hn_gpus_parse(const char *listing, hn_arena *arena, hn_gpus *out, hone_error *err)
{
    bool whole = false; // the last name is that of a GPU whose parts may follow
    HN_TRY(begin(out, arena, "CUDA_VISIBLE_DEVICES", "nvidia-smi", err));
    out->by_bus = true;
    for (const char *line = listing; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *text = line + strspn(line, " \t"), *end = line + strcspn(line, "\n");
        const char *uuid = strstr(text, "UUID: ");
        if (strncmp(text, "GPU ", 4) == 0) {
            size_t digits = strspn(text + 4, "0123456789");
            whole = digits && text[4 + digits] == ':';
            if (whole)
                HN_TRY(add(out, arena, text + 4, digits, err));
        } else if (strncmp(text, "MIG ", 4) == 0 && uuid && uuid < end) {
            out->n -= whole;
            whole = false;
            uuid += strlen("UUID: ");
            HN_TRY(add(out, arena, uuid, strcspn(uuid, ")\n"), err));
        }
    }
    if (out->n == 0)
        out->why = "nvidia-smi lists none";
    return HONE_OK;
}

static hone_status ask_driver(hn_arena *arena, hn_gpus *out, hone_error *err)
{
    hn_smi smi = {0};
    HN_TRY(hn_smi_begin(&smi, err));
    (void)hn_smi_answers(&smi, true);
    return hn_smi_take(&smi, arena, out, err);
}

// --- in order ---

static const char *const variables[] = {"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES",
                                        "ROCR_VISIBLE_DEVICES"};
enum { N_VARIABLES = sizeof variables / sizeof *variables };

bool hn_gpus_are_named(void)
{
    for (size_t i = 0; i < N_VARIABLES; i++)
        if (getenv(variables[i]))
            return true;
    return false;
}

hone_status hn_gpus_find(hn_arena *arena, hn_gpus *out, hone_error *err)
{
    for (size_t i = 0; i < N_VARIABLES; i++) {
        if (!getenv(variables[i]))
            continue;
        HN_TRY(parse_variable(variables[i], arena, out, err));
        return i == 0 && getenv(variables[1]) ? add_hip(arena, out, err) : HONE_OK;
    }
    return ask_driver(arena, out, err);
}

static const char **copy_names(const char *const *names, uint32_t n, hn_arena *arena)
{
    const char **copies = names ? HN_NEW(arena, const char *, n + (size_t)1) : NULL;
    for (uint32_t i = 0; copies && i < n; i++)
        copies[i] = hn_arena_strdup(arena, names[i]);
    return copies;
}

hone_status hn_gpus_copy(const hn_gpus *from, hn_arena *arena, hn_gpus *out, hone_error *err)
{
    *out = *from;
    out->names = copy_names(from->names, from->n, arena);
    out->hip = copy_names(from->hip, from->n, arena);
    out->why = hn_arena_strdup(arena, from->why);
    return hn_arena_failed(arena) ? hn_fail_memory(err) : HONE_OK;
}
