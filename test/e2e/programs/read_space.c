// Reads spaces and commands as `hone run` does and says what it thinks of them: for tests that try
// thousands of texts.
//
// Each line of standard input is {"texts":["lr=0..1","forbid lr>0.5",…],"command":["./train",…]};
// the command may be missing. Each line of the answer is {"status":"OK"} or
// {"status","text","source","column"}.
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hone/run.h>
#include <hone/space.h>

enum { MAX_WORDS = 64, N_SAMPLES = 3 };

static hone_status add(hone_space *space, const char *text, hone_error *err)
{
    if (strncmp(text, "forbid ", 7) == 0)
        return hone_space_forbid(space, text + 7, err);
    if (strncmp(text, "require ", 8) == 0)
        return hone_space_require(space, text + 8, err);
    return hone_space_add_text(space, text, err);
}

static hone_status read_texts(const json_t *texts, hone_space *space, hone_error *err)
{
    hone_status status = HONE_OK;
    size_t i;
    const json_t *text;
    json_array_foreach(texts, i, text)
    {
        if (status == HONE_OK)
            status = add(space, json_string_value(text), err);
    }
    return status == HONE_OK ? hone_space_seal(space, err) : status;
}

// What is accepted must also work: samples are drawn from it, and it is described.
static hone_status use(const hone_space *space, hone_error *err)
{
    char *lines = NULL, *text = hone_space_describe(space, 80);
    hone_status status = hone_space_sample_json(space, 1, N_SAMPLES, &lines, NULL, err);
    hone_free(lines);
    hone_free(text);
    return status;
}

static hone_status read_command(const json_t *command, hone_space *space, hone_error *err)
{
    const char *words[MAX_WORDS];
    size_t n = json_array_size(command);
    for (size_t i = 0; i < n && i < MAX_WORDS; i++)
        words[i] = json_string_value(json_array_get(command, i));
    hone_study_options study_options = HONE_STUDY_OPTIONS_INIT;
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    hone_metric metric = {"loss", HONE_MINIMIZE};
    hone_study *study = NULL;
    hone_run *run = NULL;
    study_options.storage = "memory:";
    study_options.name = "default";
    study_options.space = space;
    study_options.metrics = &metric;
    study_options.n_metrics = 1;
    options.command = words;
    options.n_command = (uint32_t)(n < MAX_WORDS ? n : MAX_WORDS);
    options.dir = "unused";
    hone_status status = hone_study_open(&study_options, &study, err);
    if (status == HONE_OK)
        status = hone_run_create(study, &options, &run, err);
    hone_run_destroy(run);
    hone_study_close(study);
    return status;
}

static void answer(const json_t *request)
{
    hone_error err = HONE_ERROR_INIT;
    hone_space *space = NULL;
    const json_t *command = json_object_get(request, "command");
    hone_status status = hone_space_create(&space, &err);
    if (status == HONE_OK)
        status = read_texts(json_object_get(request, "texts"), space, &err);
    if (status == HONE_OK)
        status = use(space, &err);
    if (status == HONE_OK && command)
        status = read_command(command, space, &err);
    hone_space_destroy(space);
    json_t *reply = json_pack("{s:s}", "status", hone_status_name(status));
    if (status != HONE_OK) {
        json_object_set_new(reply, "text", json_string(err.text));
        json_object_set_new(reply, "source", json_string(err.source));
        json_object_set_new(reply, "column", json_integer(err.column));
    }
    char *line = json_dumps(reply, JSON_COMPACT);
    puts(line ? line : "{}");
    fflush(stdout);
    free(line);
    json_decref(reply);
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        json_t *request = json_loads(line, 0, NULL);
        if (!request) {
            fprintf(stderr, "read_space: not JSON: %s", line);
            return 1;
        }
        answer(request);
        json_decref(request);
    }
    free(line);
    return 0;
}
