// JSON as it is printed: jansson's trees, doubles in the shortest form that reads back equal.
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void write_value(FILE *out, const json_t *value, int indent, int depth);

static void write_text(FILE *out, const json_t *value)
{
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    fputs(text ? text : "\"\"", out);
    free(text);
}

static void write_real(FILE *out, double value)
{
    char text[CLI_SHORT];
    cli_number_full(value, text);
    // A real stays one for whoever reads it back.
    fprintf(out, "%s%s", text, strpbrk(text, ".eEni") ? "" : ".0");
}

static void new_line(FILE *out, int indent, int depth)
{
    if (indent > 0)
        fprintf(out, "\n%*s", indent * depth, "");
}

static void write_object(FILE *out, const json_t *value, int indent, int depth)
{
    const char *key;
    json_t *item;
    bool first = true;
    fputc('{', out);
    json_object_foreach((json_t *)value, key, item)
    {
        if (!first)
            fputc(',', out);
        new_line(out, indent, depth + 1);
        json_t *name = json_string(key);
        write_text(out, name);
        json_decref(name);
        fputs(indent > 0 ? ": " : ":", out);
        write_value(out, item, indent, depth + 1);
        first = false;
    }
    if (!first)
        new_line(out, indent, depth);
    fputc('}', out);
}

static void write_array(FILE *out, const json_t *value, int indent, int depth)
{
    size_t n = json_array_size(value);
    fputc('[', out);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            fputc(',', out);
        new_line(out, indent, depth + 1);
        write_value(out, json_array_get(value, i), indent, depth + 1);
    }
    if (n > 0)
        new_line(out, indent, depth);
    fputc(']', out);
}

static void write_value(FILE *out, const json_t *value, int indent, int depth)
{
    if (json_is_object(value))
        write_object(out, value, indent, depth);
    else if (json_is_array(value))
        write_array(out, value, indent, depth);
    else if (json_is_real(value))
        write_real(out, json_real_value(value));
    else if (value)
        write_text(out, value);
    else
        fputs("null", out);
}

char *cli_json_dump(const json_t *value, int indent)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return cli_dup("null");
    write_value(out, value, indent, 0);
    fclose(out);
    return text;
}

void cli_json(json_t *value, int indent)
{
    write_value(stdout, value, indent, 0);
    fputc('\n', stdout);
    json_decref(value);
}

json_t *cli_json_double(double value)
{
    if (isnan(value))
        return json_string("nan");
    if (isinf(value))
        return json_string(value > 0 ? "inf" : "-inf");
    return json_real(value);
}

json_t *cli_json_text(const char *json)
{
    json_t *value = json ? json_loads(json, JSON_DECODE_ANY, NULL) : NULL;
    return value ? value : json_null();
}
