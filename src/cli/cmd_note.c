// `hone note`: a remark or a fact to keep with a trial, or with the study.
#include <stdlib.h>
#include <string.h>

#include "attr_args.h"
#include "trial_view.h"

// The words from `first` on, with a blank between them. The caller frees.
static char *words(const cli_args *cli, int first)
{
    char *text = cli_dup(cli_arg(cli, first));
    for (int i = first + 1; i < cli_n_args(cli); i++) {
        char *longer = cli_format("%s %s", text, cli_arg(cli, i));
        free(text);
        text = longer;
    }
    return text;
}

static bool is_number(const char *text)
{
    return text && *text && text[strspn(text, "0123456789")] == '\0';
}

// --- looking ---

static int show_trial(const cli_args *cli, hone_study *study, uint32_t number)
{
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    if (hone_study_trial(study, number, &trial, &err) != HONE_OK)
        return cli_fail(cli, &err);
    const char *note = hone_trial_note(trial);
    if (cli_flag(cli, "json"))
        cli_json(json_pack("{s:i, s:s}", "trial", (int)number, "note", note), 0);
    else if (*note)
        printf("%s\n", note);
    else
        cli_note(cli, "trial %u has no note", (unsigned)number);
    hone_trial_destroy(trial);
    return CLI_EXIT_OK;
}

static int show_study(const cli_args *cli, const hone_study *study)
{
    json_t *notes = study_notes_json(study);
    json_t *note;
    char date[CLI_SHORT];
    size_t i;
    if (cli_flag(cli, "json")) {
        cli_json(json_pack("{s:s, s:o}", "study", hone_study_name(study), "notes", notes), 0);
        return CLI_EXIT_OK;
    }
    if (json_array_size(notes) == 0)
        cli_note(cli, "the study %s has no note", hone_study_name(study));
    json_array_foreach(notes, i, note)
    {
        hone_log log = study_note_at(study, (uint32_t)i);
        printf("%s  %s\n", cli_date(log.time_us, date), log.text);
    }
    json_decref(notes);
    return CLI_EXIT_OK;
}

// --- the verb ---

static int keep(const cli_args *cli, hone_study *study, int64_t trial, const char *text)
{
    hone_error err = HONE_ERROR_INIT;
    if (trial < 0 && !*text)
        return cli_usage(cli, "a note on the study needs words; those it has stay");
    if (hone_study_note(study, trial, text, &err) != HONE_OK)
        return cli_fail(cli, &err);
    if (trial < 0)
        cli_note(cli, "noted on the study %s", hone_study_name(study));
    else
        cli_note(cli, *text ? "noted on trial %lld" : "the note on trial %lld is gone",
                 (long long)trial);
    return CLI_EXIT_OK;
}

static hone_status set_attrs(hone_study *study, int64_t number, const json_t *attrs,
                             hone_error *err)
{
    hone_trial *trial = NULL;
    const char *name;
    json_t *value;
    hone_status status = HONE_OK;
    if (number >= 0) {
        status = hone_study_trial(study, (uint32_t)number, &trial, err);
        if (status == HONE_OK)
            status = attr_args_set(trial, attrs, err);
        hone_trial_destroy(trial);
        return status;
    }
    json_object_foreach((json_t *)attrs, name, value)
    {
        char *json = cli_json_dump(value, 0);
        if (status == HONE_OK)
            status = hone_study_set_attr(study, name, json, err);
        free(json);
    }
    return status;
}

// A text, facts or both; `trial` is -1 for the study.
static int change(const cli_args *cli, hone_study *study, int64_t trial, const json_t *attrs)
{
    hone_error err = HONE_ERROR_INIT;
    int first = trial >= 0 ? 1 : 0;
    if (set_attrs(study, trial, attrs, &err) != HONE_OK)
        return cli_fail(cli, &err);
    if (cli_n_args(cli) == first)
        return CLI_EXIT_OK;
    char *text = words(cli, first);
    int code = keep(cli, study, trial, text);
    free(text);
    return code;
}

static int run(cli_args *cli)
{
    hone_study *study = NULL;
    json_t *attrs = NULL;
    uint32_t number = 0;
    bool of_trial = is_number(cli_arg(cli, 0));
    if (of_trial && !cli_trial_arg(cli, 0, &number))
        return CLI_EXIT_USAGE;
    int code = attr_args_read(cli, &attrs);
    bool looks = cli_n_args(cli) == (of_trial ? 1 : 0) && json_object_size(attrs) == 0;
    if (code == CLI_EXIT_OK)
        code = cli_open(cli, looks, &study);
    if (code == CLI_EXIT_OK && looks)
        code = of_trial ? show_trial(cli, study, number) : show_study(cli, study);
    else if (code == CLI_EXIT_OK)
        code = change(cli, study, of_trial ? (int64_t)number : -1, attrs);
    hone_study_close(study);
    json_decref(attrs);
    return code;
}

static const cli_option options[] = {
    CLI_ROW_ATTR("the trial, or with the study"),
    {.name = NULL},
};

const cli_verb cli_verb_note = {
    .name = "note",
    .group = CLI_GROUP_ACT,
    .rank = 60,
    .summary = "Keep a remark with a trial or with the study",
    .usage = "[TRIAL] [TEXT...] [--attr NAME=VALUE]",
    .about = "A trial has one note: a new one replaces it, an empty one removes it. A study keeps "
             "all of its notes, with their dates. Without a text the notes are shown; `hone show`, "
             "`hone trials --json` and `hone export` have those of trials, `hone status` has those "
             "of the study. Attributes, facts for programs, are shown there, too.",
    .examples = "hone note 17 looks like overfitting\n    a note on trial 17\n"
                "hone note 17\n    shows it\n"
                "hone note 17 \"\"\n    removes it\n"
                "hone note second try, on the new data\n    a note on the study\n"
                "hone note --attr dataset=v3\n    a fact of the study",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_JSON | CLI_WITH_QUIET,
    .max_args = -1,
    .run = run,
};
