// The command and the scheduler, which may change while the study runs.
//
// A command suits a scheduler when
//  1. what it leaves to the scheduler is given by it: {resource} needs one that gives a resource,
//     and {resource:0.1..1} one with rungs to grow on;
//  2. its trials are what the scheduler deals with: one that forks takes over checkpoints, of
//     trials that are one run.
// All of it is asked before anything runs, and before another scheduler is recorded. A live run
// whose command does not suit the scheduler that somebody has recorded nevertheless starts nothing
// more and says why.
#include "drive/peek.h"
#include "drive/run_internal.h"

#include <string.h>

#include "base/json.h"

// What a scheduler that forks cannot do with: its trials take over each other's checkpoints, and
// have had other values in their time than those that they end with.
static hone_status check_forks(const hone_study *study, const hone_run_options *o, hone_error *err)
{
    const char *name = hone_study_scheduler(study);
    if (!(hone_study_scheduler_can(study) & HN_CAN_FORK))
        return HONE_OK;
    if (o->no_checkpoint)
        return hn_fail(err, HONE_EINVAL,
                       "scheduler %s copies checkpoints between trials: leave --no-checkpoint out",
                       name);
    if (o->folds > 0 || o->repeats > 1)
        return hn_fail(err, HONE_EINVAL,
                       "scheduler %s takes trials that are one run: leave folds, instances and "
                       "repeats out",
                       name);
    if (o->final_run)
        return hn_fail(
            err, HONE_EINVAL,
            "--final would train with the winner's last values alone, but with %s it "
            "has had others before: `hone replay-schedule --run` trains with all of them",
            name);
    return HONE_OK;
}

// {resource:0.1..1} needs to know where the scheduler's rungs begin and end.
static hone_status read_rungs(const hone_study *study, const hn_template *command, double *first,
                              double *last, hone_error *err)
{
    hn_compared rungs = {.n = 0};
    if (!command->ranges)
        return HONE_OK;
    HN_TRY(hn_study_compared(study, &rungs, err));
    if (rungs.n < 2)
        return hn_fail(err, HONE_EINVAL,
                       "{resource:LOW..HIGH} grows from rung to rung, and the scheduler %s has %s: "
                       "write {resource}",
                       hone_study_scheduler(study), rungs.n ? "one alone" : "no rungs");
    *first = rungs.at[0];
    *last = rungs.at[rungs.n - 1];
    return HONE_OK;
}

hone_status hn_run_suit_scheduler(hone_run *run, hone_error *err)
{
    uint32_t version = hone_study_space_version(run->study);
    const char *setting = hone_study_get(run->study, "scheduler");
    run->scheduler_seen = hn_arena_strdup(&run->arena, setting ? setting : "");
    if (!run->scheduler_seen)
        return hn_fail_memory(err);
    HN_TRY(check_forks(run->study, &run->options, err));
    run->command_version = 0;
    HN_TRY(hn_run_read_for(run, version, err));
    return read_rungs(run->study, &run->command, &run->first_rung, &run->last_rung, err);
}

hone_status hone_run_check_scheduler(const hone_study *study, const hone_run_options *options,
                                     hone_error *err)
{
    double first, last;
    hn_template t = HN_TEMPLATE_INIT;
    HN_TRY(check_forks(study, options, err));
    if (options->n_command == 0) // trials are asked for
        return HONE_OK;
    HN_TRY(hn_run_read_command(study, options, hone_study_space(study), &t, err));
    hone_status status = read_rungs(study, &t, &first, &last, err);
    hn_template_free(&t);
    return status;
}

// "--scheduler asha, --scheduler-option max_resource=81"
static void say_scheduler(hone_run *run, const char *setting)
{
    json_t *root = NULL, *value;
    const char *key;
    hn_str text = HN_STR_INIT;
    if (hn_json_parse(setting, strlen(setting), "the scheduler", &root, NULL) != HONE_OK)
        return;
    hn_str_printf(&text, "--scheduler %s", hone_study_scheduler(run->study));
    json_object_foreach(json_object_get(root, "options"), key, value)
    {
        hn_str_printf(&text, ", --scheduler-option %s=", key);
        if (json_is_string(value))
            hn_str_add(&text, json_string_value(value));
        else if (json_is_number(value))
            hn_str_add_double(&text, json_number_value(value));
        else
            hn_json_write(value, 0, &text);
    }
    if (!hn_str_failed(&text)) {
        hone_run_event event = hn_run_event(HONE_RUN_CHANGED);
        event.text = hn_str_text(&text);
        hn_run_emit(run, &event);
    }
    hn_str_free(&text);
    json_decref(root);
}

hone_status hn_run_heed_scheduler(hone_run *run, hone_error *err)
{
    const char *now = hone_study_get(run->study, "scheduler");
    if (strcmp(now ? now : "", run->scheduler_seen) == 0)
        return HONE_OK;
    HN_TRY(hn_study_plug(run->study, err));
    say_scheduler(run, now ? now : "{}");
    hn_error_clear(&run->unsuited);
    hone_status status = hn_run_suit_scheduler(run, &run->unsuited);
    run->exhausted = false; // by the one that was there before
    run->ask_again = true;
    hn_run_reopen(run);
    if (status != HONE_EINVAL && status != HONE_EPARSE) {
        if (status != HONE_OK && err)
            *err = run->unsuited;
        return status;
    }
    hn_run_warn(run,
                "this run's command does not suit the changed scheduler (%.*s): it starts nothing "
                "more",
                (int)strcspn(run->unsuited.text, "\n"), run->unsuited.text);
    return HONE_OK;
}

void hn_run_reopen(hone_run *run)
{
    bool fits = run->fit_version == run->space_seen && run->unsuited.status == HONE_OK;
    if (run->over == HN_OVER_ELSEWHERE || run->over == HN_OVER_SPACE)
        run->over = HN_OVER_NOT;
    if (!fits)
        run->over = HN_OVER_SPACE;
}
