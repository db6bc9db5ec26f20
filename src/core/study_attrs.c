// Attributes of a trial and of the study: what a program wants to keep beside the values, a name
// and any JSON each. They are for people and programs; samplers do not see them.

#include <string.h>

#include "base/json.h"
#include "core/study_internal.h"
#include "space/lex.h"

enum { MAX_TEXT = 65536 };

typedef struct setting {
    hone_study *study;
    int64_t trial;         // -1: the study
    const hn_attrs *attrs; // there so far
    hn_arena arena;
    hn_event *events;
    size_t n;
    uint32_t n_new;
} setting;

static hone_status check_name(const char *name, hone_error *err)
{
    size_t n = strlen(name);
    if (n >= 1 && n <= HN_MAX_NAME && hn_bad_byte(name, n) == n && !strpbrk(name, "\t\r\n"))
        return HONE_OK;
    return hn_fail(err, HONE_EINVAL,
                   "the name of an attribute is a text of 1 to %d bytes without control "
                   "characters, not \"%.60s\"",
                   HN_MAX_NAME, name);
}

// One more event, unless the attribute has this value already.
static hone_status add(setting *s, const char *name, const json_t *value, hone_error *err)
{
    hn_str text = HN_STR_INIT;
    hone_status status = check_name(name, err);
    hn_json_write(value, 0, &text);
    const char *had = hn_fold_attr(&s->study->fold, s->attrs, name);
    const char *json = hn_arena_strdup(&s->arena, hn_str_text(&text));
    bool known = had && strcmp(had, hn_str_text(&text)) == 0;
    s->n_new += !had;
    if (status == HONE_OK && (hn_str_failed(&text) || !json))
        status = hn_fail_memory(err);
    if (status == HONE_OK && text.n > MAX_TEXT)
        status = hn_fail(err, HONE_EINVAL, "attribute \"%s\" is longer than %d bytes as JSON", name,
                         MAX_TEXT);
    if (status == HONE_OK && s->attrs->n + s->n_new > HN_MAX_ATTRS)
        status =
            hn_fail(err, HONE_EINVAL, "there is room for %d attributes, and \"%s\" is one more",
                    HN_MAX_ATTRS, name);
    if (status == HONE_OK && !known) {
        hn_event *event = &s->events[s->n++];
        *event = hn_study_event(HN_EV_ATTR);
        event->trial = s->trial;
        event->name = hn_bytes_of(name);
        event->text = hn_bytes_of(json);
    }
    hn_str_free(&text);
    return status;
}

static const hn_attrs *attrs_of(const hone_study *study, int64_t trial)
{
    return trial < 0 ? &study->fold.study_attrs : &study->fold.trials.data[trial].attrs;
}

static hone_status set(hone_study *study, int64_t trial, const json_t *object, hone_error *err)
{
    setting s = {
        .study = study, .trial = trial, .attrs = attrs_of(study, trial), .arena = HN_ARENA_INIT};
    hone_status status = HONE_OK;
    const char *name;
    json_t *value;
    s.events = HN_ZNEW(&s.arena, hn_event, json_object_size(object) + 1);
    if (!s.events)
        HN_TRY_OUT(hn_fail_memory(err));
    json_object_foreach((json_t *)object, name, value) HN_TRY_OUT(add(&s, name, value, err));
    if (s.n > 0)
        status = hn_study_append(study, s.events, s.n, false, HN_SYNC_LAZY, NULL, err);
out:
    hn_arena_free(&s.arena);
    return status;
}

static hone_status set_one(hone_study *study, int64_t trial, const char *key, const char *json,
                           hone_error *err)
{
    json_t *value = NULL, *object = json_object();
    hone_status status = check_name(key, err);
    if (status == HONE_OK)
        status = hn_json_parse(json, json ? strlen(json) : 0, "an attribute", &value, err);
    if (status == HONE_OK)
        status = json_object_set(object, key, value) == 0 ? set(study, trial, object, err)
                                                          : hn_fail_memory(err);
    json_decref(value);
    json_decref(object);
    return status;
}

hone_status hone_trial_set_attr(hone_trial *trial, const char *key, const char *json,
                                hone_error *err)
{
    return set_one(trial->study, trial->number, key, json, err);
}

hone_status hone_study_set_attr(hone_study *study, const char *key, const char *json,
                                hone_error *err)
{
    return set_one(study, -1, key, json, err);
}

hone_status hone_trial_set_attrs(hone_trial *trial, const char *json, hone_error *err)
{
    json_t *object = NULL;
    HN_TRY(hn_json_parse(json, json ? strlen(json) : 0, "attributes", &object, err));
    hone_status status =
        json_is_object(object)
            ? set(trial->study, trial->number, object, err)
            : hn_fail(err, HONE_EINVAL,
                      "attributes are an object of names and values, {\"n_params\":12345}");
    json_decref(object);
    return status;
}

// --- looking ---

static const hn_attr *attr_at(const hone_study *study, const hn_attrs *attrs, uint32_t index)
{
    hone_study *looker = (hone_study *)study;
    return hn_fold_attr_at(&study->fold, attrs, index, &looker->attr_looked_at);
}

static const char *key_at(const hone_study *study, const hn_attrs *attrs, uint32_t index)
{
    const hn_attr *attr = attr_at(study, attrs, index);
    return attr ? hn_fold_text(&study->fold, attr->name) : NULL;
}

// Who lists attributes asks for a name, and then for what it stands for.
static const char *json_of(const hone_study *study, const hn_attrs *attrs, const char *key)
{
    const hn_fold *fold = &study->fold;
    const hn_attr *last = attr_at(study, attrs, study->attr_looked_at.index);
    if (last && strcmp(hn_fold_text(fold, last->name), key) == 0)
        return hn_fold_text(fold, last->json);
    return hn_fold_attr(fold, attrs, key);
}

const char *hone_trial_attr_key(const hone_trial *trial, uint32_t index)
{
    return key_at(trial->study, &hn_trial_row(trial)->attrs, index);
}

const char *hone_trial_attr(const hone_trial *trial, const char *key)
{
    return json_of(trial->study, &hn_trial_row(trial)->attrs, key);
}

const char *hone_study_attr_key(const hone_study *study, uint32_t index)
{
    return key_at(study, &study->fold.study_attrs, index);
}

const char *hone_study_attr(const hone_study *study, const char *key)
{
    return json_of(study, &study->fold.study_attrs, key);
}
