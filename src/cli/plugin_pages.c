// Pages about plug-ins.
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_pages.h"

enum { LABEL = 12 };

static const struct {
    uint32_t bit;
    const char *key;  // in JSON
    const char *text; // for people
} capabilities[] = {
    {HN_CAN_MULTI_OBJECTIVE, "multi_objective", "several objectives"},
    {HN_CAN_CONSTRAINTS, "constraints", "constraints on metrics"},
    {HN_CAN_CONDITIONS, "conditions", "conditional parameters"},
    {HN_NEEDS_FINITE, "needs_finite", "finite spaces only"},
    {HN_CAN_PAUSE, "pauses", "pauses and resumes trials"},
    {HN_CAN_FORK, "forks", "forks trials from a parent"},
    {HN_USES_RESULTS, "uses_results", "learns from results"},
    {HN_EXHAUSTS, "exhausts", "ends when everything has been tried"},
    {HN_GIVES_RESOURCE, "gives_resource", "tells trials how far to run"},
};
enum { N_CAPABILITIES = sizeof capabilities / sizeof *capabilities };

// --- an option's type, default and range ---

static const char *type_text(hn_option_type type)
{
    static const char *const texts[] = {"bool", "int", "float", "text", "choice"};
    return texts[type];
}

static bool is_numeric(const hn_option *option)
{
    return option->type == HN_OPTION_INT || option->type == HN_OPTION_DOUBLE;
}

// The default with its JSON type.
static json_t *default_json(const hn_option *option)
{
    int64_t whole;
    double number;
    if (!option->fallback)
        return json_null();
    if (option->type == HN_OPTION_BOOL)
        return json_boolean(strcmp(option->fallback, "true") == 0);
    if (option->type == HN_OPTION_INT && cli_parse_int(option->fallback, &whole))
        return json_integer(whole);
    if (option->type == HN_OPTION_DOUBLE && cli_parse_real(option->fallback, &number))
        return cli_json_double(number);
    return json_string(option->fallback);
}

static json_t *bound_json(const hn_option *option, double bound)
{
    return option->type == HN_OPTION_INT && fabs(bound) < 1e18 ? json_integer((json_int_t)bound)
                                                               : cli_json_double(bound);
}

static json_t *option_json(const hn_option *option)
{
    json_t *o = json_object();
    json_object_set_new(o, "name", json_string(option->name));
    json_object_set_new(o, "type", json_string(type_text(option->type)));
    json_object_set_new(o, "default", default_json(option));
    if (is_numeric(option) && option->low <= option->high) {
        json_object_set_new(o, "low", bound_json(option, option->low));
        json_object_set_new(o, "high", bound_json(option, option->high));
    }
    if (option->choices) {
        json_t *list = json_array();
        char *copy = cli_dup(option->choices), *save = NULL;
        for (char *c = strtok_r(copy, "|", &save); c; c = strtok_r(NULL, "|", &save))
            json_array_append_new(list, json_string(c));
        json_object_set_new(o, "choices", list);
        free(copy);
    }
    if (option->unit)
        json_object_set_new(o, "unit", json_string(option->unit));
    json_object_set_new(o, "help", json_string(option->help));
    return o;
}

// What stands under a name: a plug-in, or a preset of one.
typedef struct page {
    const hn_plugin *plugin;
    const hone_preset *preset; // NULL: the plug-in itself
    const hn_plugin *sampler;  // that the preset names; NULL: none
    const char *name, *summary;
    uint32_t can;
} page;

static page page_of(const hn_plugin *plugin, const hone_preset *preset)
{
    page p = {plugin, preset, NULL, plugin->name, plugin->summary, plugin->can};
    if (!preset)
        return p;
    p.name = preset->name;
    p.summary = preset->summary;
    if (preset->sampler)
        (void)hone_plugin_find(HN_KIND_SAMPLER, preset->sampler, &p.sampler, NULL);
    if (p.sampler && !(p.sampler->can & HN_CAN_MULTI_OBJECTIVE)) // takes both of them
        p.can &= ~(uint32_t)HN_CAN_MULTI_OBJECTIVE;
    return p;
}

static const hone_preset *preset_named(hn_plugin_kind kind, const char *name)
{
    const hone_preset *preset = NULL;
    for (uint32_t i = 0; kind == HN_KIND_SCHEDULER && (preset = hone_preset_at(i)); i++)
        if (strcmp(preset->name, name) == 0)
            return preset;
    return NULL;
}

static json_t *plugin_json(const page *p)
{
    const hn_plugin *plugin = p->plugin;
    json_t *o = json_object(), *can = json_array(), *options = json_array();
    for (size_t i = 0; i < N_CAPABILITIES; i++) {
        if (p->can & capabilities[i].bit)
            json_array_append_new(can, json_string(capabilities[i].key));
    }
    for (const hn_option *row = plugin->options; row && row->name; row++)
        json_array_append_new(options, option_json(row));
    json_object_set_new(o, "name", json_string(plugin->name));
    json_object_set_new(o, "summary", json_string(plugin->summary));
    json_object_set_new(o, "source", json_string(plugin->source));
    json_object_set_new(o, "capabilities", can);
    json_object_set_new(o, "options", options);
    return o;
}

static json_t *page_json(const page *p)
{
    json_t *o = plugin_json(p);
    if (!p->preset)
        return o;
    json_object_set_new(o, "name", json_string(p->name));
    json_object_set_new(o, "summary", json_string(p->summary));
    json_t *preset = json_pack("{s:s, s:o, s:s*}", "scheduler", p->preset->scheduler, "options",
                               cli_json_text(p->preset->options), "sampler", p->preset->sampler);
    if (p->sampler)
        json_object_set_new(preset, "sampler_source", json_string(p->sampler->source));
    json_object_set_new(o, "preset", preset);
    return o;
}

// --- the list ---

static int by_name(const void *a, const void *b)
{
    return strcmp(((const page *)a)->name, ((const page *)b)->name);
}

// All of a kind with its presets, by name.
static page *pages_of(hn_plugin_kind kind, size_t *n)
{
    const hn_plugin *plugin;
    const hone_preset *preset;
    page *list = NULL;
    *n = 0;
    for (uint32_t i = 0; (plugin = hone_plugin_at(kind, i)); i++) {
        list = cli_realloc(list, (*n + 1) * sizeof *list);
        list[(*n)++] = page_of(plugin, NULL);
    }
    for (uint32_t i = 0; kind == HN_KIND_SCHEDULER && (preset = hone_preset_at(i)); i++) {
        if (hone_plugin_find(kind, preset->name, &plugin, NULL) != HONE_OK)
            continue;
        list = cli_realloc(list, (*n + 1) * sizeof *list);
        list[(*n)++] = page_of(plugin, preset);
    }
    qsort(list, *n, sizeof *list, by_name);
    return list;
}

static int print_list(const cli_args *cli, hn_plugin_kind kind)
{
    static const char *const titles[] = {"name", "summary", NULL};
    size_t n;
    page *pages = pages_of(kind, &n);
    if (cli_flag(cli, "json")) {
        for (size_t i = 0; i < n; i++)
            cli_json(page_json(&pages[i]), 0);
        free(pages);
        return CLI_EXIT_OK;
    }
    cli_table *table = cli_table_create("ll", titles);
    for (size_t i = 0; i < n; i++) {
        cli_table_cell(table, pages[i].name);
        cli_table_cell(table, pages[i].summary);
    }
    cli_table_print(cli, table);
    free(pages);
    cli_note(cli, "`hone %ss NAME` shows one with its options", hone_plugin_kind_name(kind));
    return CLI_EXIT_OK;
}

// --- one ---

static void label(const cli_args *cli, const char *text)
{
    printf("%s%-*s%s", cli_ansi(cli, stdout, CLI_DIM), LABEL, text,
           cli_ansi(cli, stdout, CLI_PLAIN));
}

static void print_capabilities(const cli_args *cli, uint32_t can)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const char *gap = "";
    for (size_t i = 0; i < N_CAPABILITIES; i++) {
        if (!(can & capabilities[i].bit))
            continue;
        fprintf(out, "%s%s", gap, capabilities[i].text);
        gap = ", ";
    }
    fclose(out);
    if (*text) {
        label(cli, "can");
        cli_wrap(stdout, text, LABEL, LABEL, cli_width(stdout));
    }
    free(text);
}

// "whole number from 1 to 100, default 10"
static char *describe_option(const hn_option *option)
{
    static const char *const texts[] = {"true or false", "whole number", "number", "text",
                                        "one of"};
    char *text = NULL, low[CLI_SHORT], high[CLI_SHORT];
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    fputs(texts[option->type], out);
    for (const char *p = option->choices ? option->choices : ""; *p; p++) {
        if (p == option->choices)
            fputc(' ', out);
        if (*p == '|')
            fputs(", ", out);
        else
            fputc(*p, out);
    }
    bool bounded = is_numeric(option) && option->low <= option->high;
    if (bounded && option->high >= 1e15)
        fprintf(out, " from %s", cli_number(option->low, low));
    else if (bounded)
        fprintf(out, " from %s to %s", cli_number(option->low, low),
                cli_number(option->high, high));
    if (option->unit)
        fprintf(out, " (%s)", option->unit);
    if (option->fallback)
        fprintf(out, "; default %s", option->fallback);
    fclose(out);
    return text;
}

static void print_options(const cli_args *cli, const hn_plugin *plugin)
{
    int width = LABEL;
    for (const hn_option *row = plugin->options; row && row->name; row++)
        width = cli_columns(row->name) + 4 > width ? cli_columns(row->name) + 4 : width;
    if (!plugin->options || !plugin->options->name) {
        label(cli, "options");
        printf("none\n");
        return;
    }
    printf("\n%soptions%s\n", cli_ansi(cli, stdout, CLI_BOLD), cli_ansi(cli, stdout, CLI_PLAIN));
    for (const hn_option *row = plugin->options; row->name; row++) {
        char *text = describe_option(row);
        printf("  %s%*s", row->name, width - 2 - cli_columns(row->name), "");
        cli_wrap(stdout, row->help, width, width, cli_width(stdout));
        printf("%*s%s", width, "", cli_ansi(cli, stdout, CLI_DIM));
        cli_wrap(stdout, text, width, width, cli_width(stdout));
        fputs(cli_ansi(cli, stdout, CLI_PLAIN), stdout);
        free(text);
    }
}

static int print_one(const cli_args *cli, hn_plugin_kind kind, const char *name)
{
    const hn_plugin *plugin = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (hone_plugin_find(kind, name, &plugin, &err) != HONE_OK)
        return cli_usage_arg(cli, 0, "%s", err.text);
    page p = page_of(plugin, preset_named(kind, name));
    if (cli_flag(cli, "json")) {
        cli_json(page_json(&p), 2);
        return CLI_EXIT_OK;
    }
    printf("%s%s%s\n", cli_ansi(cli, stdout, CLI_BOLD), p.name, cli_ansi(cli, stdout, CLI_PLAIN));
    label(cli, "summary");
    cli_wrap(stdout, p.summary, LABEL, LABEL, cli_width(stdout));
    if (p.preset) {
        label(cli, "preset");
        char *made = cli_format("scheduler %s with %s%s%s", p.preset->scheduler, p.preset->options,
                                p.preset->sampler ? ", sampler " : "",
                                p.preset->sampler ? p.preset->sampler : "");
        cli_wrap(stdout, made, LABEL, LABEL, cli_width(stdout));
        free(made);
    }
    if (*plugin->source) {
        label(cli, "source");
        cli_wrap(stdout, plugin->source, LABEL, LABEL, cli_width(stdout));
    }
    if (p.sampler && *p.sampler->source) {
        label(cli, "");
        cli_wrap(stdout, p.sampler->source, LABEL, LABEL, cli_width(stdout));
    }
    print_capabilities(cli, p.can);
    print_options(cli, plugin);
    return CLI_EXIT_OK;
}

int plugin_pages(const cli_args *cli, hn_plugin_kind kind)
{
    const char *name = cli_arg(cli, 0);
    return name ? print_one(cli, kind, name) : print_list(cli, kind);
}
