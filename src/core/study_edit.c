// Changing the options of a study that may be running.
//
// Two settings change in one append that holds only if nobody was quicker: "options", which a later
// resume takes, and "edits", which live runs heed: for each option that was ever edited its value
// and the number of that edit, {"trials":{"to":200,"n":3}}. Runs follow edits alone: the options
// with which another worker was started are its own.

#include <string.h>

#include "base/json.h"
#include "core/study_internal.h"

enum { MAX_RACES = 64 };

static hone_status parse_setting(const hone_study *study, const char *key, json_t **out,
                                 hone_error *err)
{
    const char *text = hn_fold_setting(&study->fold, key);
    if (!text || strcmp(text, "null") == 0)
        text = "{}";
    HN_TRY(hn_json_parse(text, strlen(text), key, out, err));
    if (json_is_object(*out))
        return HONE_OK;
    json_decref(*out);
    *out = NULL;
    return hn_fail(err, HONE_ECORRUPT, "the setting \"%s\" of the study is no object", key);
}

static int64_t last_edit(const json_t *edits)
{
    const char *key;
    json_t *edit;
    int64_t last = 0;
    json_object_foreach((json_t *)edits, key, edit)
    {
        int64_t n = json_integer_value(json_object_get(edit, "n"));
        last = n > last ? n : last;
    }
    return last;
}

static bool merge(json_t *options, json_t *edits, const json_t *changes)
{
    const char *key;
    json_t *value;
    int64_t n = last_edit(edits) + 1;
    bool ok = true;
    json_object_foreach((json_t *)changes, key, value)
    {
        if (json_is_null(value))
            json_object_del(options, key);
        else
            ok = ok && json_object_set(options, key, value) == 0;
        json_t *edit = json_pack("{s:O, s:I}", "to", value, "n", (json_int_t)n);
        ok = ok && edit && json_object_set_new(edits, key, edit) == 0;
    }
    return ok;
}

// HONE_EBUSY when somebody was quicker.
static hone_status edit_once(hone_study *study, const json_t *changes, hone_error *err)
{
    json_t *options = NULL, *edits = NULL;
    hn_str texts[2] = {HN_STR_INIT, HN_STR_INIT};
    hone_status status = parse_setting(study, "options", &options, err);
    if (status == HONE_OK)
        status = parse_setting(study, "edits", &edits, err);
    if (status == HONE_OK && !merge(options, edits, changes))
        status = hn_fail_memory(err);
    if (status == HONE_OK) {
        const char *ended = hn_fold_setting(&study->fold, "ended");
        hn_event events[3];
        for (int i = 0; i < 3; i++)
            events[i] = hn_study_event(HN_EV_STUDY_SET);
        hn_json_write(options, 0, &texts[0]);
        hn_json_write(edits, 0, &texts[1]);
        events[0].name = hn_bytes_of("options");
        events[1].name = hn_bytes_of("edits");
        for (int i = 0; i < 2; i++)
            events[i].text = hn_bytes_of(hn_str_text(&texts[i]));
        events[2].name = hn_bytes_of("ended"); // it may go on now
        events[2].text = hn_bytes_of("null");
        size_t n = ended && strcmp(ended, "null") != 0 ? 3 : 2;
        if (hn_str_failed(&texts[0]) || hn_str_failed(&texts[1]))
            status = hn_fail_memory(err);
        else
            status = hn_study_append(study, events, n, true, HN_SYNC_FULL, NULL, err);
    }
    hn_str_free(&texts[0]);
    hn_str_free(&texts[1]);
    json_decref(options);
    json_decref(edits);
    return status;
}

static hone_status try_scheduler(hone_study *study, int64_t n_trials, hone_error *err)
{
    int64_t before = study->n_trials;
    study->n_trials = n_trials;
    hone_status status = hn_study_try_plugin(study, HN_KIND_SCHEDULER, &study->fold.problem,
                                             hn_fold_setting(&study->fold, "scheduler"), err);
    study->n_trials = before;
    return status;
}

// A scheduler may want more trials than that. What it refuses whatever their number, and a
// program's own one that is not known here, is not this number's fault.
static hone_status check_trials(hone_study *study, const json_t *changes, hone_error *err)
{
    hone_error why = HONE_ERROR_INIT;
    int64_t n_trials = json_integer_value(json_object_get(changes, "trials"));
    if (n_trials <= 0 || try_scheduler(study, n_trials, &why) == HONE_OK ||
        try_scheduler(study, 0, NULL) != HONE_OK)
        return HONE_OK;
    if (err)
        *err = why;
    return why.status;
}

static hone_status fail_cost(const hn_problem *problem, const char *name, hone_error *err)
{
    const char *names[HN_MAX_METRICS];
    for (uint32_t m = 0; m < problem->n_metrics; m++)
        names[m] = problem->metrics[m].name;
    const char *near = hn_nearest(name, names, problem->n_metrics);
    if (near)
        return hn_fail(err, HONE_EINVAL,
                       "--cost names \"%s\", which is no metric of the study; did you mean \"%s\"?",
                       name, near);
    return hn_fail(err, HONE_EINVAL,
                   "--cost names \"%s\", which is no metric of the study; --metric %s records it",
                   name, name);
}

hone_status hn_study_cost(const hone_study *study, const char *text, uint32_t *metric,
                          double *bound, hone_error *err)
{
    const hn_problem *problem = &study->fold.problem;
    hn_arena arena = HN_ARENA_INIT;
    const char *name;
    hn_bound parsed;
    hone_status status = hn_bound_parse(&arena, text, &name, &parsed, err);
    if (status == HONE_OK) {
        *bound = parsed.bound;
        *metric = 0;
        while (*metric < problem->n_metrics && strcmp(problem->metrics[*metric].name, name) != 0)
            ++*metric;
        if (*metric == problem->n_metrics)
            status = fail_cost(problem, name, err);
    }
    hn_arena_free(&arena);
    return status;
}

static hone_status check_cost(const hone_study *study, const json_t *changes, hone_error *err)
{
    const char *cost = json_string_value(json_object_get(changes, "cost"));
    uint32_t metric;
    double bound;
    return cost ? hn_study_cost(study, cost, &metric, &bound, err) : HONE_OK;
}

hone_status hone_study_edit(hone_study *study, const char *changes_json, hone_error *err)
{
    json_t *changes = NULL;
    HN_TRY(hn_json_parse(changes_json, strlen(changes_json), "the changes", &changes, err));
    hone_status status = HONE_OK;
    if (!json_is_object(changes))
        status = hn_fail(err, HONE_EINVAL, "the changes must be a JSON object, {\"trials\":200}");
    else if (study->fold.problem.lag > 0 && json_object_get(changes, "jobs"))
        status = hn_fail(err, HONE_ESTATE, "study \"%s\" is deterministic: it keeps its -j",
                         study->name);
    bool again = status == HONE_OK && json_object_size(changes) > 0;
    for (int i = 0; again; i++) {
        status = hn_study_catch_up(study, err);
        if (status == HONE_OK)
            status = check_trials(study, changes, err);
        if (status == HONE_OK)
            status = check_cost(study, changes, err);
        if (status == HONE_OK)
            status = edit_once(study, changes, err);
        again = status == HONE_EBUSY && i < MAX_RACES;
        if (again)
            hn_error_clear(err);
    }
    json_decref(changes);
    return status;
}
