// The command and the versions of the space.
//
// The space of a study may change while it runs (hone_study_change_space). A command is read anew
// for the version of each trial that it runs, since names that are declared are placeholders and
// all others are text. It fits another version than the one it was made for when
//  1. it can be read with it (a format may not suit another type, an option may lose its value),
//  2. every parameter that it names is there: {momentum} would otherwise be handed over as it
//     stands,
//  3. it names every parameter that has come, if it named all there were: a program that takes
//     none from elsewhere would never see it.
// A run whose command does not fit the newest version starts nothing more and says why. A trial of
// an earlier version that the command does not fit any more, because it was changed together with
// the space, cannot be run: it is given up as lost.
#include "drive/peek.h"
#include "drive/run_internal.h"

#include <stdio.h>
#include <string.h>

hone_status hn_run_read_command(const hone_study *study, const hone_run_options *options,
                                const hone_space *space, hn_template *out, hone_error *err)
{
    bool resource =
        (hone_study_scheduler_can(study) & HN_GIVES_RESOURCE) || hn_peek_has_segments(study);
    if (options->folds && space && hn_space_find(space, "fold"))
        return hn_fail(
            err, HONE_EINVAL,
            "--folds gives trials their {fold}, and a parameter is named fold, too: give "
            "it another name");
    if (options->instances && space && hn_space_find(space, "instance"))
        return hn_fail(
            err, HONE_EINVAL,
            "--instances gives trials their {instance}, and a parameter is named instance, too: "
            "give it another name");
    hn_template_source source = {options->command,
                                 options->n_command,
                                 options->shell,
                                 space,
                                 resource ? NULL : hone_study_scheduler(study),
                                 hn_peek_lag(study) > 0,
                                 options->templates,
                                 options->n_templates,
                                 options->folds > 0,
                                 options->instances != NULL,
                                 options->final_run};
    return hn_template_parse(&source, out, err);
}

// --- does it fit? ---

typedef enum misfit { FITS, LACKS, UNUSED } misfit;

static bool names(const hn_template *t, const char *param)
{
    for (size_t i = 0; i < t->pieces.n; i++)
        if (t->pieces.data[i].kind == HN_PIECE_PARAM && strcmp(t->pieces.data[i].text, param) == 0)
            return true;
    return false;
}

static bool takes_all(const hn_template *t)
{
    for (size_t i = 0; i < t->pieces.n; i++) {
        hn_piece_kind kind = t->pieces.data[i].kind;
        if (kind == HN_PIECE_ARGS || kind == HN_PIECE_JSON || kind == HN_PIECE_JSON_FILE)
            return true;
    }
    return false;
}

static bool names_all(const hn_template *t, const hone_space *space)
{
    for (uint32_t p = 0; p < space->n_params; p++)
        if (!names(t, space->params[p].name))
            return false;
    return true;
}

// `t` and `other` are the command as it is read with `space` and with `to`.
static misfit compare(const hn_template *t, const hone_space *space, const hn_template *other,
                      const hone_space *to, const char **param)
{
    for (uint32_t p = 0; p < space->n_params; p++) {
        *param = space->params[p].name;
        if (!hn_space_find(to, *param) && names(t, *param))
            return LACKS;
    }
    bool explicit = !takes_all(other) && names_all(t, space);
    for (uint32_t p = 0; explicit && p < to->n_params; p++) {
        *param = to->params[p].name;
        if (!hn_space_find(space, *param) && !names(other, *param))
            return UNUSED;
    }
    return FITS;
}

// `remedy`: what follows on the sentence, with the parameter's name.
static hone_status check(const hone_study *study, const hone_run_options *options,
                         const hone_space *space, const hone_space *to, const char *lacks_remedy,
                         const char *unused_remedy, hone_error *err)
{
    hn_template t = HN_TEMPLATE_INIT, other = HN_TEMPLATE_INIT;
    const char *param = "";
    hone_status status = hn_run_read_command(study, options, space, &t, err);
    if (status == HONE_OK)
        status = hn_run_read_command(study, options, to, &other, err);
    misfit how = status == HONE_OK ? compare(&t, space, &other, to, &param) : FITS;
    if (how == LACKS)
        status = hn_fail(err, HONE_EINVAL, "the command uses {%s}%s", param, lacks_remedy);
    if (how == UNUSED)
        status = hn_fail(err, HONE_EINVAL, "the command does not use {%s}%s", param, unused_remedy);
    hn_template_free(&t);
    hn_template_free(&other);
    return status;
}

hone_status hone_run_check_space(const hone_study *study, const hone_run_options *options,
                                 const hone_space *space, hone_error *err)
{
    if (options->n_command == 0) // trials are asked for
        return HONE_OK;
    return check(study, options, hone_study_space(study), space,
                 ": drop it from both at once, with `hone run --accept -p … -- COMMAND`",
                 ": add it to both at once, with `hone run --accept -p … -- COMMAND`", err);
}

// --- a live run ---

hone_status hn_run_read_for(hone_run *run, uint32_t version, hone_error *err)
{
    hn_template t = HN_TEMPLATE_INIT;
    if (version == run->command_version)
        return HONE_OK;
    HN_TRY(hn_run_read_command(run->study, &run->options, hone_study_space_at(run->study, version),
                               &t, err));
    hn_template_free(&run->command);
    run->command = t;
    run->command_version = version;
    return HONE_OK;
}

// HONE_EINVAL or HONE_EPARSE when the command does not fit `version`.
static hone_status try_version(hone_run *run, uint32_t version, hone_error *err)
{
    HN_TRY(check(run->study, &run->options, hone_study_space_at(run->study, run->fit_version),
                 hone_study_space_at(run->study, version), ", which is not there", "", err));
    return hn_run_read_for(run, version, err);
}

static bool is_misfit(hone_status status)
{
    return status == HONE_EINVAL || status == HONE_EPARSE;
}

static hone_status say_space(hone_run *run, uint32_t before, uint32_t now, hone_error *err)
{
    char *changes = hone_space_diff_line(hone_study_space_at(run->study, before),
                                         hone_study_space_at(run->study, now));
    hn_str text = HN_STR_INIT;
    hn_str_printf(&text, "version %u, %s", now,
                  changes && *changes ? changes : "the same in another order");
    hone_status status = changes && !hn_str_failed(&text) ? HONE_OK : hn_fail_memory(err);
    if (status == HONE_OK) {
        hone_run_event event = hn_run_event(HONE_RUN_SPACE);
        event.text = hn_str_text(&text);
        hn_run_emit(run, &event);
    }
    hone_free(changes);
    hn_str_free(&text);
    return status;
}

hone_status hn_run_heed_space(hone_run *run, hone_error *err)
{
    uint32_t now = hone_study_space_version(run->study), before = run->space_seen;
    hone_error why = HONE_ERROR_INIT;
    if (now == before)
        return HONE_OK;
    HN_TRY(say_space(run, before, now, err));
    run->space_seen = now;
    run->exhausted = false;
    run->ask_again = true;
    hone_status status = try_version(run, now, &why);
    run->fit_version = status == HONE_OK ? now : run->fit_version;
    hn_run_reopen(run);
    if (is_misfit(status)) {
        hn_run_warn(run,
                    "this run's command does not fit the changed space (%.*s): it starts nothing "
                    "more",
                    (int)strcspn(why.text, "\n"), why.text);
        return HONE_OK;
    }
    if (status != HONE_OK && err)
        *err = why;
    return status;
}

// The command that the trial runs cannot be made: it goes back to whoever can, or is lost.
static hone_status give_back(hone_run *run, hone_trial *trial, const hone_error *why,
                             hone_error *err)
{
    char message[320];
    hone_status status;
    if (run->over == HN_OVER_SPACE) {
        status = hone_study_requeue(run->study, trial,
                                    run->unsuited.status != HONE_OK
                                        ? "the command does not suit the scheduler"
                                        : "the command does not fit the space",
                                    err);
    } else {
        hone_result result = HONE_RESULT_INIT;
        (void)snprintf(message, sizeof message,
                       "the command was changed and does not fit this trial any more: %.*s",
                       (int)strcspn(why->text, "\n"), why->text);
        result.state = HONE_STATE_LOST;
        result.message = message;
        status = hone_study_tell_result(run->study, trial, &result, err);
        hn_run_warn(run, "trial %u is lost: %s", hone_trial_number(trial), message);
    }
    return status == HONE_ESTALE ? HONE_OK : status;
}

hone_status hn_run_suit(hone_run *run, hone_trial *trial, bool *fits, hone_error *err)
{
    uint32_t version = hone_trial_space_version(trial);
    hone_error why = HONE_ERROR_INIT;
    HN_TRY(hn_run_heed_space(run, err));
    HN_TRY(hn_run_heed_scheduler(run, err));
    if (run->unsuited.status != HONE_OK) {
        *fits = false;
        return give_back(run, trial, &run->unsuited, err);
    }
    hone_status status = version == run->fit_version ? hn_run_read_for(run, version, &why)
                                                     : try_version(run, version, &why);
    *fits = status == HONE_OK;
    if (is_misfit(status))
        return give_back(run, trial, &why, err);
    if (status != HONE_OK && err)
        *err = why;
    return status;
}

const hn_format *hn_run_format(hone_run *run, const char *param)
{
    if (hn_run_read_for(run, hone_study_space_version(run->study), NULL) != HONE_OK)
        return NULL;
    return hn_template_format(&run->command, param);
}
