// Options that change while the run goes on: what `hone edit` has recorded since it began.
//
// The setting "edits" (core/study_edit.c) holds, for each option that was ever edited, its value
// and the number of the edit: {"trials":{"to":200,"n":3}}. A run remembers the number it has seen
// last and takes over what has a greater one. Its own options stay otherwise: another worker's -j
// is no business of this one.
#include "drive/run_internal.h"

#include <string.h>

#include <hone/study_file.h>

#include "base/json.h"

// Jobs and what each of them gets, as they are now. What does not fit here changes nothing.
static void fit(hone_run *run, const hone_run_options *before)
{
    hone_error err = HONE_ERROR_INIT;
    bool exact = !run->options.fewer_jobs;
    run->options.fewer_jobs = true;
    if (hn_run_fit(run, &err) != HONE_OK) {
        hn_run_warn(run, "%s; it stays as it was here", err.text);
        run->options = *before;
    } else {
        run->options.n_jobs = hn_run_grow(run, run->options.n_jobs);
        run->spec.from_cwd &= run->options.n_jobs == 1;
    }
    run->options.fewer_jobs = !exact;
    hn_run_set_threads(run);
}

// nvidia-smi may take some seconds: meanwhile the run goes on as it was.
static void want_gpus(hone_run *run, double number)
{
    const hone_run_options before = run->options;
    bool unknown = number > 0 && !run->pool.gpus.source && !hn_gpus_are_named();
    run->wanted_gpus = number;
    if (unknown && (run->smi.listing || hn_smi_begin(&run->smi, NULL) == HONE_OK))
        return;
    hn_smi_drop(&run->smi);
    run->options.gpus_per_trial = number;
    fit(run, &before);
}

void hn_run_hear_of_gpus(hone_run *run)
{
    const hone_run_options before = run->options;
    hone_error err = HONE_ERROR_INIT;
    hn_gpus found;
    if (!run->smi.listing || !hn_smi_answers(&run->smi, false))
        return;
    hone_status status = hn_smi_take(&run->smi, &run->arena, &found, &err);
    if (status == HONE_OK)
        status = hn_pool_set_gpus(&run->pool, &found, &run->arena, &err);
    if (status != HONE_OK) {
        hn_run_warn(run, "%s; it stays as it was here", err.text);
        return;
    }
    run->options.gpus_per_trial = run->wanted_gpus;
    fit(run, &before);
    run->ask_again = true;
    hn_run_say_fewer(run);
}

static uint32_t within(json_int_t n, uint32_t least)
{
    return n < (json_int_t)least ? least : n > UINT16_MAX ? UINT16_MAX : (uint32_t)n;
}

static void apply(hone_run *run, const char *key, const json_t *to)
{
    const hone_run_options before = run->options;
    hone_run_options *o = &run->options;
    double number = json_number_value(to);
    json_int_t whole = json_integer_value(to);
    if (strcmp(key, "trials") == 0)
        o->n_trials = whole;
    else if (strcmp(key, "jobs") == 0 && !o->keeps_jobs) {
        run->wanted_jobs = within(whole, 1);
        fit(run, &before);
    } else if (strcmp(key, "cpus-per-trial") == 0) {
        o->cpus_per_trial = within(whole, 0);
        fit(run, &before);
    } else if (strcmp(key, "gpus-per-trial") == 0)
        want_gpus(run, number);
    else if (strcmp(key, "time") == 0)
        o->time_s = number;
    else if (strcmp(key, "cost") == 0)
        (void)hn_run_set_cost(run, number, json_string_value(to), NULL);
    else if (strcmp(key, "timeout-trial") == 0)
        o->timeout_trial_s = number;
    else if (strcmp(key, "grace") == 0)
        o->grace_s = number;
    else if (strcmp(key, "retries") == 0)
        o->retries = (uint32_t)whole;
    else if (strcmp(key, "keep-ckpt") == 0)
        o->keep_ckpts = whole < 0 ? -1 : whole;
    else if (strcmp(key, "ckpt-quota") == 0) {
        o->ckpt_quota_bytes = whole > 0 ? (uint64_t)whole : 0;
        run->full_said = false;
    } else if (strcmp(key, "mem-trial") == 0)
        o->mem_trial_bytes = whole > 0 ? (uint64_t)whole : 0;
    else if (strcmp(key, "plateau") == 0)
        o->plateau = (uint32_t)whole;
    else if (strcmp(key, "plateau-delta") == 0) {
        o->plateau_delta = number;
        hn_plateau_reset(&run->plateau);
    } else if (strcmp(key, "until-regret") == 0) {
        o->has_until_regret = json_is_number(to);
        o->until_regret = number;
        run->regret = (hn_until_regret){0};
    } else if (strcmp(key, "target") == 0) {
        o->has_target = json_is_number(to);
        o->target = number;
        run->tally.reached = false;
    }
}

static bool in_seconds(const char *key)
{
    return strcmp(key, "time") == 0 || strcmp(key, "cost") == 0 ||
           strcmp(key, "timeout-trial") == 0 || strcmp(key, "grace") == 0;
}

static void say(hn_str *out, const char *key, const json_t *to)
{
    hn_str_printf(out, "%s--%s ", out->n ? ", " : "", key);
    char size[HONE_SIZE_TEXT];
    if (json_is_null(to))
        hn_str_add(out, "no more");
    else if (strcmp(key, "keep-ckpt") == 0)
        hn_str_add(out, hone_keep_text(json_integer_value(to), size));
    else if (strcmp(key, "mem-trial") == 0 || strcmp(key, "ckpt-quota") == 0)
        hn_str_add(out, hone_size_text((uint64_t)json_integer_value(to), size));
    else if (json_is_string(to))
        hn_str_add(out, json_string_value(to));
    else if (json_is_real(to))
        hn_str_add_double(out, json_real_value(to));
    else
        hn_json_write(to, 0, out);
    if (json_is_number(to) && in_seconds(key))
        hn_str_add_char(out, 's');
}

// Without a status: what cannot be read changes nothing.
void hn_run_heed_edits(hone_run *run, bool apply_them)
{
    const char *text = hone_study_get(run->study, "edits"), *key;
    json_t *root = NULL, *edit;
    int64_t newest = run->edit_seen;
    hn_str said = HN_STR_INIT;
    if (!text || hn_json_parse(text, strlen(text), "edits", &root, NULL) != HONE_OK)
        return;
    json_object_foreach(root, key, edit)
    {
        int64_t n = json_integer_value(json_object_get(edit, "n"));
        newest = n > newest ? n : newest;
        if (!apply_them || n <= run->edit_seen)
            continue;
        apply(run, key, json_object_get(edit, "to"));
        say(&said, key, json_object_get(edit, "to"));
    }
    run->edit_seen = newest;
    json_decref(root);
    if (said.n && !hn_str_failed(&said)) {
        // What was the end may be none any more.
        if (run->over == HN_OVER_TIME || run->over == HN_OVER_COST || run->over == HN_OVER_TARGET ||
            run->over == HN_OVER_PLATEAU || run->over == HN_OVER_REGRET ||
            run->over == HN_OVER_ELSEWHERE)
            run->over = HN_OVER_NOT;
        run->ask_again = true;
        hone_run_event event = hn_run_event(HONE_RUN_CHANGED);
        event.text = hn_str_text(&said);
        hn_run_emit(run, &event);
        hn_run_say_fewer(run);
    }
    hn_str_free(&said);
}

const hone_run_options *hone_run_options_now(const hone_run *run)
{
    return &run->options;
}
