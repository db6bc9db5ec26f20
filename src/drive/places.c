// Starting a trial in one of the places: folder, arguments, environment, executor.
#include "drive/run_internal.h"

#include <math.h>

#include "base/clock.h"
#include "base/fault.h"
#include "drive/peek.h"

hn_place *hn_run_free_place(hone_run *run)
{
    const hn_need need = hn_run_need(run);
    if (!hn_pool_has_room(&run->pool, &need))
        return NULL;
    for (uint32_t i = 0; i < run->n_places && i < run->options.n_jobs; i++)
        if (!run->places[i].trial)
            return &run->places[i];
    return NULL;
}

hn_place *hn_run_place(hone_run *run, uint64_t job)
{
    if (job % HN_MAX_PLACES >= run->n_places)
        return NULL;
    hn_place *place = &run->places[job % HN_MAX_PLACES];
    return place->trial && place->job == job ? place : NULL;
}

hn_attempts hn_run_attempts(const hone_run *run, uint32_t trial)
{
    for (size_t i = run->attempts.n; i-- > 0;)
        if (run->attempts.data[i].trial == trial)
            return run->attempts.data[i];
    return (hn_attempts){trial, 0, 0};
}

bool hn_run_note_attempt(hone_run *run, hn_attempts attempts)
{
    for (size_t i = run->attempts.n; i-- > 0;)
        if (run->attempts.data[i].trial == attempts.trial) {
            run->attempts.data[i] = attempts;
            return true;
        }
    return hn_vec_push(&run->attempts, attempts);
}

void hn_run_release(hone_run *run, hn_place *place)
{
    hone_trial_destroy(place->trial);
    place->trial = NULL;
    hn_pool_give_back(&run->pool, &place->share);
    run->n_running--;
}

// --- what it is started with ---

// Retests and final runs train as long as their original did.
static double resource_of(const hone_run *run, const hone_trial *trial)
{
    double resource = hone_trial_resource(trial);
    hone_trial *parent = NULL;
    if (resource == 0 && hone_trial_purpose_of(trial) != HONE_PURPOSE_SEARCH &&
        hone_trial_parent(trial) >= 0 &&
        hone_study_trial(run->study, (uint32_t)hone_trial_parent(trial), &parent, NULL) == HONE_OK)
        resource = hone_trial_resource(parent);
    hone_trial_destroy(parent);
    return resource;
}

// NULL in a trial that is one run, or was begun with other folds.
static const char *instance_of(const hone_run *run, const hn_place *place)
{
    bool has = run->options.instances && place->folds == run->options.folds;
    return has ? run->options.instances[place->part % place->folds] : NULL;
}

hone_status hn_run_launch(const hone_run *run, const hn_place *place, hn_launch *out,
                          hone_error *err)
{
    *out = (hn_launch){
        .space = hone_trial_space(place->trial),
        .trial = place->trial,
        .params = hone_trial_params_json(place->trial),
        .dir = hn_str_text(&place->folder.dir),
        .ckpt = hn_str_text(&place->folder.ckpt),
        .json_file = hn_str_text(&place->folder.params),
        .gpu = place->gpu,
        .study = hone_study_name(run->study),
        .tag = run->tag,
        .resource = resource_of(run, place->trial),
        .first_rung = run->first_rung,
        .last_rung = run->last_rung,
        .slot = place->index,
        .attempt = place->attempt,
        .is_final = hone_trial_purpose_of(place->trial) == HONE_PURPOSE_FINAL,
        .folds = place->folds,
        .fold = place->folds ? place->part % place->folds : 0,
        .instance = instance_of(run, place),
        .repeats = place->repeats,
        .repeat = place->folds ? place->part / place->folds : place->part,
    };
    hn_run_launch_share(run, place, out);
    return out->params ? HONE_OK : hn_fail_memory(err);
}

static hone_status prepare(hone_run *run, hn_place *place, hn_launch *launch, hone_error *err)
{
    // Trials of other versions may have been started since the last part of this one.
    HN_TRY(hn_run_read_for(run, hone_trial_space_version(place->trial), err));
    HN_TRY(hn_folder_name(&place->folder, run->dir, place->number,
                          place->n_parts ? (int64_t)place->part : HN_NO_PART, err));
    HN_TRY(hn_run_begin_with(run, place, &run->text, err));
    HN_TRY(hn_run_launch(run, place, launch, err));
    launch->from = run->text.n ? hn_str_text(&run->text) : NULL;
    HN_TRY(hn_template_render(&run->command, launch, &run->argv, err));
    HN_TRY(hn_files_write(&run->command, launch, err));
    return hn_environment_make(launch, &run->env, err);
}

// The limit is one for the whole trial; 0: there is none.
static double time_left_s(const hone_run *run, const hn_place *place)
{
    double limit_s = run->options.timeout_trial_s;
    if (limit_s <= 0 || place->part == 0)
        return limit_s;
    return fmax(limit_s - (double)hn_peek_parts(place->trial).duration_us * 1e-6, 1e-3);
}

static hone_status start_job(hone_run *run, const hn_place *place, const hn_launch *launch,
                             hone_error *err)
{
    const hn_metric_spec *spec = &run->spec;
    // Where the time or the memory is all that counts, nobody needs to look at the output.
    bool reads = spec->builtin == HN_BUILTIN_NONE || spec->n_metrics > 1;
    hn_job job = {
        .id = place->job,
        .argv = hn_strings_list(&run->argv),
        .env = hn_strings_list(&run->env),
        .dir = launch->dir,
        .folder = place->folder.lacks_ckpt ? launch->ckpt : NULL,
        .spare = run->spare.n && place->folder.lacks_ckpt ? hn_str_text(&run->spare) : NULL,
        .file = launch->json_file,
        .line = launch->params,
        .append_output = place->goes_on,
        .new_dir = place->folder.is_new,
        .lacks_dir = place->folder.lacks_dir,
        .timeout_s = time_left_s(run, place),
        .grace_s = run->options.grace_s,
        .memory_bytes = place->mem_bytes,
        .cpus = place->share.cpus.data,
        .n_cpus = (uint32_t)place->share.cpus.n,
        .read_stdout = reads,
        .read_stderr = reads && spec->read_stderr,
        .read_file = reads,
    };
    if (!job.argv || !job.env)
        return hn_fail_memory(err);
    if (hn_fault("spawn.before"))
        return hn_fail(err, HONE_EIO, "cannot start trial %u", place->number);
    hone_status status = run->executor->start(run->executor_state, &job, err);
    hn_str_clear(&run->spare);
    HN_TRY(status);
    if (hn_fault("spawn.after"))
        return hn_fail(err, HONE_EIO, "cannot start trial %u", place->number);
    return HONE_OK;
}

// A full disk, a folder that may not be written to: nothing that runs is disturbed, but nothing
// more is started, and the run ends with this error.
static void stop_starting(hone_run *run, const hone_error *why)
{
    if (run->cannot_start.status != HONE_OK)
        return;
    run->cannot_start = *why;
    if (run->n_running > 0)
        hn_run_warn(run, "no more trials are started; those that run may finish: %s", why->text);
}

hone_status hn_run_not_started(hone_run *run, hn_place *place, hone_status status,
                               const hone_error *why, hone_error *err)
{
    hn_str reason = HN_STR_INIT;
    bool soft = status == HONE_EIO;
    hn_str_printf(&reason, "it could not be started: %s", why->text);
    hone_study_requeue(run->study, place->trial,
                       hn_str_failed(&reason) ? NULL : hn_str_text(&reason), NULL);
    hn_str_free(&reason);
    hn_run_release(run, place);
    if (soft)
        stop_starting(run, why);
    else if (err)
        *err = *why;
    return soft ? HONE_OK : status;
}

static hone_status begin(hone_run *run, hn_place *place, hone_error *err)
{
    place->job = run->n_jobs_made++ * HN_MAX_PLACES + place->index;
    place->wish = HN_WISH_NONE;
    place->killed = false;
    place->started_us = hn_clock_wall_us();
    place->mem_bytes = run->options.mem_trial_bytes;
    hn_metrics_reset(&place->metrics);
    hn_launch launch;
    HN_TRY(prepare(run, place, &launch, err));
    return start_job(run, place, &launch, err);
}

hone_status hn_run_begin_there(hone_run *run, hn_place *place, hone_error *err)
{
    run->folders_are_there = true;
    return begin(run, place, err);
}

hone_status hn_run_begin_part(hone_run *run, hn_place *place, hone_error *err)
{
    hone_status status = begin(run, place, err);
    if (status != HONE_EEXISTS)
        return status;
    hn_error_clear(err);
    return hn_run_begin_there(run, place, err);
}

// A trial that was never started would get what the run's options say.
void hn_run_take_plan(const hone_run *run, hn_place *place)
{
    bool started = hone_trial_attempts(place->trial) > 0;
    bool final = hone_trial_purpose_of(place->trial) == HONE_PURPOSE_FINAL;
    place->folds = started ? hone_trial_folds(place->trial) : final ? 0 : run->options.folds;
    place->repeats = started ? hone_trial_repeats(place->trial) : final ? 0 : run->options.repeats;
    place->n_parts = (uint32_t)hn_parts_count(place->folds, place->repeats);
    place->part = 0;
}

hone_status hn_run_start(hone_run *run, hn_place *place, hone_trial *trial, hone_error *err)
{
    bool over = false;
    hone_error why = HONE_ERROR_INIT;
    place->trial = trial;
    place->number = hone_trial_number(trial);
    place->attempt = hone_trial_attempts(trial);
    run->n_running++;
    hn_run_take_plan(run, place);
    place->part = hone_trial_n_parts_ended(trial);
    place->goes_on = place->attempt > 1 && (!place->n_parts || hn_peek_keeps_plan(trial));
    if (place->part > 0) {
        HN_TRY(hn_run_resume_parts(run, place, &over, err));
        if (over)
            return HONE_OK;
    }
    hone_status status = hn_run_take_share(run, place, &why);
    if (status == HONE_OK)
        status = hn_run_begin_part(run, place, &why);
    if (status != HONE_OK)
        return hn_run_not_started(run, place, status, &why, err);
    hone_run_event event = hn_run_place_event(place, HONE_RUN_STARTED);
    hn_run_emit(run, &event);
    return HONE_OK;
}

hone_status hn_run_end_place(hone_run *run, hn_place *place, hn_wish wish, hn_cancel how,
                             hone_error *err)
{
    bool kill = how == HN_CANCEL_KILL;
    if (wish <= place->wish && (!kill || place->killed))
        return HONE_OK;
    if (wish > place->wish)
        place->wish = wish;
    place->killed |= kill;
    return run->executor->cancel(run->executor_state, place->job, how, err);
}
