// Attributes in the fold: a chain for each trial and one for the study, in the order in which their
// names first came. A new value takes the place of the old one, in the same bytes if it fits, so
// that a program which updates an attribute at every step does not fill the pool of texts.

#include <string.h>

#include "core/fold.h"

// Links of a chain never change, and no attribute is in two of them.
const hn_attr *hn_fold_attr_at(const hn_fold *fold, const hn_attrs *attrs, uint32_t index,
                               hn_attr_cursor *cursor)
{
    if (index >= attrs->n)
        return NULL;
    if (cursor->first != attrs->first || cursor->index > index)
        *cursor = (hn_attr_cursor){.first = attrs->first, .at = attrs->first};
    for (; cursor->index < index; cursor->index++)
        cursor->at = fold->attrs.data[cursor->at].next;
    return &fold->attrs.data[cursor->at];
}

// The attribute of that name or NULL; `*last` gets the end of the chain.
static hn_attr *find(const hn_fold *fold, const hn_attrs *attrs, hn_bytes name, hn_attr **last)
{
    uint32_t at = attrs->first;
    *last = NULL;
    for (uint32_t i = 0; i < attrs->n; i++) {
        hn_attr *attr = &fold->attrs.data[at];
        const char *had = hn_fold_text(fold, attr->name);
        if (strlen(had) == name.size && memcmp(had, name.data, name.size) == 0)
            return attr;
        *last = attr;
        at = attr->next;
    }
    return NULL;
}

const char *hn_fold_attr(const hn_fold *fold, const hn_attrs *attrs, const char *name)
{
    hn_attr *last, *attr = find(fold, attrs, hn_bytes_of(name), &last);
    return attr ? hn_fold_text(fold, attr->json) : NULL;
}

static bool replace(hn_fold *fold, hn_attr *attr, hn_bytes json)
{
    size_t room = attr->json == HN_NONE ? 0 : strlen(hn_fold_text(fold, attr->json));
    if (json.size == 0 || json.size > room)
        return hn_fold_keep_text(fold, json, &attr->json);
    char *text = fold->texts.data + attr->json;
    memcpy(text, json.data, json.size);
    text[json.size] = '\0';
    return true;
}

hone_status hn_fold_set_attr(hn_fold *fold, hn_attrs *attrs, hn_bytes name, hn_bytes json,
                             bool *applied, hone_error *err)
{
    hn_attr *last, *had = find(fold, attrs, name, &last);
    uint32_t index = (uint32_t)fold->attrs.n;
    *applied = had || (name.size > 0 && attrs->n < HN_MAX_ATTRS && index + 1 < HN_NONE);
    if (!*applied)
        return HONE_OK;
    if (had)
        return replace(fold, had, json) ? HONE_OK : hn_fail_memory(err);
    hn_attr new = {.next = HN_NONE};
    uint32_t before = last ? (uint32_t)(last - fold->attrs.data) : HN_NONE;
    if (!hn_fold_keep_text(fold, name, &new.name) || !hn_fold_keep_text(fold, json, &new.json) ||
        !hn_vec_push(&fold->attrs, new))
        return hn_fail_memory(err);
    if (before == HN_NONE)
        attrs->first = index;
    else
        fold->attrs.data[before].next = index;
    attrs->n++;
    return HONE_OK;
}
