// Templates of a plan: files that are read once, kept in the study, and rendered for each trial.
#include "plan.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SHOWN = 6 }; // lines of a difference, of each side

// "conf.in:conf": the last colon parts them.
static int read_one(run_plan *plan, const char *text)
{
    hone_error err = HONE_ERROR_INIT;
    char *content = NULL;
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text || !colon[1])
        return cli_usage_option(
            plan->cli, "template",
            "a template is given as FILE:NAME, such as conf.in:conf, where NAME is "
            "the file in the trial's directory");
    char *source = cli_format("%.*s", (int)(colon - text), text);
    hone_status status = hone_run_template_read(source, &content, &err);
    int code =
        status == HONE_OK ? CLI_EXIT_OK : cli_usage_option(plan->cli, "template", "%s", err.text);
    if (status == HONE_OK)
        json_array_append_new(plan->templates, json_pack("{s:s, s:s, s:s}", "source", source,
                                                         "name", colon + 1, "text", content));
    hone_free(content);
    free(source);
    return code;
}

int plan_read_templates(run_plan *plan)
{
    size_t i;
    json_t *one;
    int code = CLI_EXIT_OK;
    json_array_foreach(json_object_get(plan->run, "template"), i, one)
    {
        if (code == CLI_EXIT_OK)
            code = read_one(plan, json_string_value(one));
    }
    return code;
}

static json_t *recorded(const hone_study *study)
{
    const char *text = hone_study_get(study, "templates");
    json_t *list = text ? cli_json_text(text) : NULL;
    return list ? list : json_array();
}

void plan_inherit_templates(run_plan *plan, const hone_study *study)
{
    json_decref(plan->templates);
    plan->templates = recorded(study);
}

// --- differences ---

static const char *text_of(const json_t *list, const char *name)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "name")), name) == 0)
            return json_string_value(json_object_get(one, "text"));
    }
    return NULL;
}

// Up to `end`, the first lines, each behind `mark`.
static void print_lines(FILE *out, char mark, const char *at, const char *end)
{
    int n = 0, left = 0;
    for (; at < end; at += strcspn(at, "\n"), at += *at == '\n', n++) {
        if (n < MAX_SHOWN)
            fprintf(out, "    %c %.*s\n", mark, (int)strcspn(at, "\r\n"), at);
        else
            left++;
    }
    if (left > 0)
        fprintf(out, "    %c … %d more line%s\n", mark, left, left == 1 ? "" : "s");
}

// Bytes of whole lines that two texts end with alike.
static size_t common_end(const char *a, size_t n, const char *b, size_t m)
{
    size_t lines = 0;
    for (size_t i = 0; i <= n && i <= m; i++) {
        if ((i == n || a[n - 1 - i] == '\n') && (i == m || b[m - 1 - i] == '\n'))
            lines = i;
        if (i == n || i == m || a[n - 1 - i] != b[m - 1 - i])
            break;
    }
    return lines;
}

// From the first line that differs to the last.
static void print_change(FILE *out, const char *name, const char *had, const char *asked)
{
    size_t from = 0, n = strlen(had), m = strlen(asked);
    for (size_t i = 0; had[i] && had[i] == asked[i]; i++)
        if (had[i] == '\n')
            from = i + 1;
    size_t tail = common_end(had + from, n - from, asked + from, m - from);
    fprintf(out, "  template %s\n", name);
    print_lines(out, '-', had + from, had + n - tail);
    print_lines(out, '+', asked + from, asked + m - tail);
}

void plan_template_difference(FILE *out, const run_plan *plan, const hone_study *study)
{
    size_t i;
    json_t *one, *had = recorded(study);
    if (hone_study_get(study, "command")) {
        json_array_foreach(had, i, one)
        {
            const char *name = json_string_value(json_object_get(one, "name"));
            const char *old = json_string_value(json_object_get(one, "text"));
            const char *new = text_of(plan->templates, name);
            if (!new || strcmp(old, new) != 0)
                print_change(out, name, old, new ? new : "");
        }
        json_array_foreach(plan->templates, i, one)
        {
            const char *name = json_string_value(json_object_get(one, "name"));
            if (!text_of(had, name))
                print_change(out, name, "", json_string_value(json_object_get(one, "text")));
        }
    }
    json_decref(had);
}
