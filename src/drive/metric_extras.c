// What a JSON line may say besides metrics: {"infeasible":true} or {"state":"infeasible"},
// {"constraints":[0.1,-2]} (satisfied when not above zero), {"attr":{"n_params":12345}}, facts to
// keep, and "reply", a nonce to be echoed.
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "drive/metrics.h"

// Most lines say none of this and need no second parsing.
static bool may_say(const char *text, size_t n)
{
    static const char *const words[] = {"\"reply\"", "\"infeasible\"", "\"state\"",
                                        "\"constraints\"", "\"attr\""};
    while (n && (*text == ' ' || *text == '\t'))
        text++, n--;
    if (!n || *text != '{')
        return false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (memmem(text, n, words[i], strlen(words[i])))
            return true;
    return false;
}

static void read_constraints(const json_t *array, hn_metric_extras *out)
{
    size_t i;
    json_t *item;
    json_array_foreach(array, i, item)
    {
        double value;
        if (out->n_constraints < HN_CONSTRAINTS_MAX && hn_json_double(item, &value))
            out->constraints[out->n_constraints++] = value;
    }
}

void hn_metric_extras_read(const char *text, size_t n, hn_metric_extras *out, hn_str *reply,
                           hn_str *attrs)
{
    json_t *root = NULL;
    *out = (hn_metric_extras){.any = false};
    if (!may_say(text, n) || hn_json_parse(text, n, "", &root, NULL) != HONE_OK)
        return;
    const char *state = json_string_value(json_object_get(root, "state"));
    const json_t *nonce = json_object_get(root, "reply"), *attr = json_object_get(root, "attr");
    out->infeasible = json_is_true(json_object_get(root, "infeasible")) ||
                      (state && strcasecmp(state, "infeasible") == 0);
    read_constraints(json_object_get(root, "constraints"), out);
    if (nonce)
        hn_json_write(nonce, 0, reply);
    out->has_attrs = json_is_object(attr);
    out->wrong_attrs = attr && !out->has_attrs;
    if (out->has_attrs)
        hn_json_write(attr, 0, attrs);
    out->any = out->has_attrs || out->infeasible || out->n_constraints || nonce;
    json_decref(root);
}
