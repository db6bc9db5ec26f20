// Lists of texts. Texts are found by their offsets until the list is closed, because the buffer
// moves as it grows.
#include "drive/strings.h"

void hn_strings_clear(hn_strings *s)
{
    hn_str_clear(&s->text);
    hn_vec_clear(&s->starts);
    hn_vec_clear(&s->list);
    s->failed = false;
}

void hn_strings_free(hn_strings *s)
{
    hn_str_free(&s->text);
    hn_vec_free(&s->starts);
    hn_vec_free(&s->list);
}

hn_str *hn_strings_begin(hn_strings *s)
{
    if (s->starts.n)
        hn_str_add_n(&s->text, "", 1);
    if (!hn_vec_push(&s->starts, s->text.n))
        s->failed = true;
    return &s->text;
}

void hn_strings_drop(hn_strings *s)
{
    if (!s->starts.n || hn_str_failed(&s->text))
        return;
    s->text.n = s->starts.data[--s->starts.n];
    if (s->starts.n)
        s->text.n--; // the NUL of the text before
    if (s->text.data)
        s->text.data[s->text.n] = '\0';
}

void hn_strings_add(hn_strings *s, const char *text)
{
    hn_str_add(hn_strings_begin(s), text);
}

void hn_strings_set(hn_strings *s, const char *name, const char *value)
{
    hn_str *text = hn_strings_begin(s);
    hn_str_add(text, name);
    hn_str_add_char(text, '=');
    hn_str_add(text, value);
}

size_t hn_strings_count(const hn_strings *s)
{
    return s->starts.n;
}

const char *const *hn_strings_list(hn_strings *s)
{
    hn_str_add_n(&s->text, "", 1);
    hn_vec_clear(&s->list);
    if (s->failed || hn_str_failed(&s->text) || !hn_vec_reserve(&s->list, s->starts.n + 1))
        return NULL;
    for (size_t i = 0; i < s->starts.n; i++)
        s->list.data[s->list.n++] = s->text.data + s->starts.data[i];
    s->list.data[s->list.n++] = NULL;
    return s->list.data;
}
