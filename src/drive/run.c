// Making and destroying runs, and the small questions one may ask them.
#include <hone/run.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fs.h"
#include "core/options.h"
#include "core/parts.h"
#include "core/registry.h"
#include "drive/run_internal.h"

// --- options ---

// Options of an older program are shorter: what they lack has its default.
static hone_run_options read_options(const hone_run_options *given)
{
    hone_run_options options = HONE_RUN_OPTIONS_INIT;
    size_t n = given->size && given->size < sizeof options ? given->size : sizeof options;
    memcpy(&options, given, n);
    options.size = sizeof options;
    if (options.repeats == 1)
        options.repeats = 0;
    return options;
}

static hone_status check_options(const hone_run_options *o, hone_error *err)
{
    int n_sources = (o->metric_from != NULL) + (o->regex != NULL) + (o->metric_builtin != NULL);
    bool fits = o->cpus_per_trial || o->gpus_per_trial > 0; // 0 jobs: as many as that allows
    if ((!o->n_jobs && !fits) || o->n_jobs > HN_MAX_PLACES)
        return hn_fail(err, HONE_EINVAL, "the number of jobs is %u: it must be from 1 to %d",
                       o->n_jobs, HN_MAX_PLACES);
    if (o->n_trials < 0)
        return hn_fail(err, HONE_EINVAL, "the number of trials cannot be negative");
    if (!(o->time_s >= 0) || !(o->cost_s >= 0) || !(o->timeout_trial_s >= 0) || !(o->grace_s >= 0))
        return hn_fail(err, HONE_EINVAL, "times cannot be negative");
    if (!(o->plateau_delta >= 0))
        return hn_fail(err, HONE_EINVAL,
                       "the improvement of a plateau (--plateau-delta) is %g: it must be 0 or more",
                       o->plateau_delta);
    if (!(o->until_regret >= 0))
        return hn_fail(err, HONE_EINVAL,
                       "the regret to reach (--until-regret) is %g: it must be 0 or more",
                       o->until_regret);
    if (n_sources > 1)
        return hn_fail(err, HONE_EINVAL,
                       "the metric is read from one place: give one of "
                       "--metric-from, --regex and --metric");
    if (o->folds == 1)
        return hn_fail(err, HONE_EINVAL,
                       "with one fold there is nothing to validate on: --folds "
                       "takes 2 or more");
    uint64_t n_parts = hn_parts_count(o->folds, o->repeats);
    if (n_parts > HN_MAX_PARTS)
        return hn_fail(err, HONE_EINVAL,
                       "--folds and --repeats make %llu runs of each trial: %d "
                       "are possible",
                       (unsigned long long)n_parts, HN_MAX_PARTS);
    if (!o->dir || !*o->dir)
        return hn_fail(err, HONE_EINVAL, "the folder of the trials' files is missing");
    return HONE_OK;
}

static hone_status copy_command(hone_run *run, hone_error *err)
{
    hone_run_options *o = &run->options;
    const char **command = HN_NEW(&run->arena, const char *, (size_t)o->n_command + 1);
    for (uint32_t i = 0; command && i < o->n_command; i++)
        command[i] = hn_arena_strdup(&run->arena, o->command[i]);
    o->command = command;
    hone_run_template *files = HN_NEW(&run->arena, hone_run_template, (size_t)o->n_templates + 1);
    for (uint32_t i = 0; files && i < o->n_templates; i++) {
        files[i].source = hn_arena_strdup(&run->arena, o->templates[i].source);
        files[i].name = hn_arena_strdup(&run->arena, o->templates[i].name);
        files[i].text = hn_arena_strdup(&run->arena, o->templates[i].text);
    }
    o->templates = files;
    const char **instances = HN_NEW(&run->arena, const char *, (size_t)o->folds + 1);
    for (uint32_t i = 0; instances && o->instances && i < o->folds; i++)
        instances[i] = hn_arena_strdup(&run->arena, o->instances[i]);
    o->instances = o->instances ? instances : NULL;
    o->dir = hn_arena_strdup(&run->arena, o->dir);
    o->metric_from = hn_arena_strdup(&run->arena, o->metric_from);
    o->regex = hn_arena_strdup(&run->arena, o->regex);
    o->metric_builtin = hn_arena_strdup(&run->arena, o->metric_builtin);
    o->executor = hn_arena_strdup(&run->arena, o->executor);
    return hn_arena_failed(&run->arena) ? hn_fail_memory(err) : HONE_OK;
}

// The folder as an absolute path; it is made when the run begins, but must be possible now.
static hone_status check_dir(hone_run *run, hone_error *err)
{
    char cwd[PATH_MAX];
    if (!getcwd(cwd, sizeof cwd))
        return hn_fail_errno(err, errno, "cannot tell the working directory");
    run->dir = hn_fs_join(&run->arena, cwd, run->options.dir);
    char *path = hn_arena_strdup(&run->arena, run->dir);
    if (!path)
        return hn_fail_memory(err);
    while (!hn_fs_exists(path)) {
        char *slash = strrchr(path, '/');
        if (!slash || slash == path)
            return HONE_OK;
        *slash = '\0';
    }
    if (access(path, W_OK | X_OK) != 0)
        return hn_fail(err, HONE_EIO,
                       "cannot keep the trials' files in %s: %s is not a folder "
                       "that may be written to",
                       run->options.dir, path);
    return HONE_OK;
}

// --- creation ---

// The place's own among CUDA_VISIBLE_DEVICES, else its number.
static const char *gpu_of(hone_run *run, uint32_t index)
{
    const char *devices = getenv("CUDA_VISIBLE_DEVICES");
    uint32_t n = 1;
    if (!devices || !*devices)
        return hn_arena_printf(&run->arena, "%u", index);
    for (const char *c = devices; *c; c++)
        n += *c == ',';
    for (index %= n; index; index--)
        devices = strchr(devices, ',') + 1;
    return hn_arena_strndup(&run->arena, devices, strcspn(devices, ","));
}

// Places are moved: nobody may hold one meanwhile. On lack of memory they stay as they are.
uint32_t hn_run_grow(hone_run *run, uint64_t n_jobs)
{
    size_t capacity = run->executor->capacity ? run->executor->capacity(run->executor_state) : 0;
    uint32_t n = n_jobs > HN_MAX_PLACES ? HN_MAX_PLACES : (uint32_t)n_jobs;
    if (capacity && capacity < n)
        n = (uint32_t)capacity;
    if (n > run->n_places) {
        hn_place *places = HN_ZNEW(&run->arena, hn_place, n);
        if (!places)
            return run->n_places;
        if (run->n_places)
            memcpy(places, run->places, run->n_places * sizeof *places);
        for (uint32_t i = run->n_places; i < n; i++) {
            places[i].index = i;
            places[i].gpu = gpu_of(run, i);
        }
        run->places = places;
        run->n_places = n;
    }
    return n;
}

static hone_status make_places(hone_run *run, hone_error *err)
{
    (void)hn_run_grow(run, run->options.n_jobs);
    hn_run_set_threads(run);
    return hn_arena_failed(&run->arena) ? hn_fail_memory(err) : HONE_OK;
}

static hone_status start_executor(hone_run *run, const void *options, hone_error *err)
{
    size_t size = run->executor->head.state_size;
    void *state = hn_arena_zalloc(&run->arena, 1, size ? size : 1);
    if (!state)
        return hn_fail_memory(err);
    HN_TRY(run->executor->init(state, options, err));
    run->executor_state = state;
    return HONE_OK;
}

// Marks the processes of this study, wherever it is opened from: for finding stragglers.
static void make_tag(hone_run *run)
{
    uint64_t numbers[3] = {
        hone_study_created_us(run->study), hone_study_seed(run->study),
        hn_hash64(hone_study_name(run->study), strlen(hone_study_name(run->study)))};
    uint64_t hash = hn_hash64(numbers, sizeof numbers);
    for (int i = 0; i < 16; i++)
        run->tag[i] = "0123456789abcdef"[hash >> (60 - 4 * i) & 15];
}

// A list that names trials twice or wrongly is better refused before anything runs.
static hone_status take_only(hone_run *run, hone_error *err)
{
    const hone_run_options *o = &run->options;
    bool one = o->only_trial >= 0 && o->n_only_trials == 0;
    uint32_t n = one ? 1 : o->n_only_trials;
    run->only = HN_ZNEW(&run->arena, hn_only, n ? n : 1);
    if (!run->only)
        return hn_fail_memory(err);
    for (uint32_t i = 0; i < n; i++) {
        run->only[i].number = one ? (uint32_t)o->only_trial : o->only_trials[i];
        if (run->only[i].number >= hone_study_n_trials(run->study))
            return hn_fail(err, HONE_ENOTFOUND, "there is no trial %u to run: the study has %u",
                           run->only[i].number, hone_study_n_trials(run->study));
    }
    run->n_only = n;
    return HONE_OK;
}

// The other run may be gone before this one.
static hone_status take_over(hone_run *run, hone_error *err)
{
    const hone_run *like = run->options.like;
    hn_gpus gpus;
    run->options.like = NULL;
    if (!like || !like->pool.gpus.source)
        return HONE_OK;
    HN_TRY(hn_gpus_copy(&like->pool.gpus, &run->arena, &gpus, err));
    return hn_pool_set_gpus(&run->pool, &gpus, &run->arena, err);
}

static hone_status prepare(hone_run *run, const void *executor_options, hone_error *err)
{
    HN_TRY(check_options(&run->options, err));
    HN_TRY(take_only(run, err));
    HN_TRY(hn_run_set_cost(run, run->options.cost_s, run->options.cost, err));
    HN_TRY(copy_command(run, err));
    HN_TRY(hn_run_suit_scheduler(run, err));
    run->fit_version = run->space_seen = run->command_version;
    run->notice = hn_arena_strdup(&run->arena, run->command.notice);
    if (!run->notice)
        return hn_fail_memory(err);
    HN_TRY(take_over(run, err));
    HN_TRY(hn_run_fit(run, err)); // which may have to ask for GPUs, and wait
    HN_TRY(hn_metric_spec_make(run->study, &run->options, &run->arena, &run->spec, err));
    HN_TRY(check_dir(run, err));
    make_tag(run);
    HN_TRY(start_executor(run, executor_options, err));
    hn_run_heed_edits(run, false);
    return make_places(run, err);
}

hone_status hn_run_create(hone_study *study, const hone_run_options *options,
                          const hn_executor_class *executor, const void *executor_options,
                          hone_run **out, hone_error *err)
{
    *out = NULL;
    hone_run *run = hn_calloc(1, sizeof *run);
    if (!run)
        return hn_fail_memory(err);
    run->study = study;
    run->options = read_options(options);
    run->wanted_jobs = run->options.n_jobs;
    run->executor = executor;
    run->command = (hn_template)HN_TEMPLATE_INIT;
    atomic_init(&run->level, 0);
    hone_status status = prepare(run, executor_options, err);
    if (status == HONE_OK)
        *out = run;
    else
        hone_run_destroy(run);
    return status;
}

hone_status hone_run_create(hone_study *study, const hone_run_options *options, hone_run **out,
                            hone_error *err)
{
    const hn_executor_class *executor;
    hn_arena arena = HN_ARENA_INIT;
    void *config = NULL;
    *out = NULL;
    const char *name = read_options(options).executor;
    HN_TRY(hn_executor_find(name ? name : "local", &executor, err));
    hone_status status = hn_options_make(&executor->head, NULL, &arena, &config, err);
    if (status == HONE_OK)
        status = hn_run_create(study, options, executor, config, out, err);
    if (status == HONE_OK)
        (*out)->executor_options = arena;
    else
        hn_arena_free(&arena);
    return status;
}

void hone_run_destroy(hone_run *run)
{
    if (!run)
        return;
    hn_run_end_executor(run);
    hn_smi_drop(&run->smi);
    for (uint32_t i = 0; i < run->n_places; i++) {
        hone_trial_destroy(run->places[i].trial);
        hn_folder_free(&run->places[i].folder);
        hn_share_free(&run->places[i].share);
    }
    hn_vec_free(&run->attempts);
    hn_plateau_reset(&run->plateau);
    hn_str_free(&run->why);
    hn_str_free(&run->fewer);
    hn_strings_free(&run->argv);
    hn_strings_free(&run->env);
    hn_str_free(&run->text);
    hn_str_free(&run->spare);
    hn_str_free(&run->reply);
    hn_str_free(&run->attrs);
    hn_metric_spec_free(&run->spec);
    hn_template_free(&run->command);
    hn_arena_free(&run->executor_options);
    hn_arena_free(&run->arena);
    hn_free(run);
}

// --- questions ---

static hone_status render_command(hone_run *run, const hn_launch *launch, hn_str *out,
                                  hone_error *err)
{
    HN_TRY(hn_template_render(&run->command, launch, &run->argv, err));
    const char *const *argv = hn_strings_list(&run->argv);
    for (size_t i = 0; argv && argv[i]; i++) {
        hn_str_add(out, argv[i]);
        hn_str_add_char(out, '\n');
    }
    return HONE_OK;
}

// `file` -1: the command.
static hone_status render(hone_run *run, const hone_trial *trial, int64_t file, char **out,
                          hone_error *err)
{
    hn_place place = {.trial = (hone_trial *)trial, .number = hone_trial_number(trial)};
    hn_launch launch;
    hn_str text = HN_STR_INIT;
    *out = NULL;
    place.attempt = 1;
    place.gpu = run->places[0].gpu;
    hn_run_take_plan(run, &place);
    hone_status status =
        hn_folder_name(&place.folder, run->dir, place.number, place.n_parts ? 0 : HN_NO_PART, err);
    if (status == HONE_OK && hone_trial_has_params(trial))
        status = hn_run_read_for(run, hone_trial_space_version(trial), err);
    if (status == HONE_OK)
        status = hn_run_take_share(run, &place, err);
    if (status == HONE_OK)
        status = hn_run_launch(run, &place, &launch, err);
    if (status == HONE_OK)
        status = file < 0 ? render_command(run, &launch, &text, err)
                          : hn_file_render(&run->command, &run->command.files.data[file], &launch,
                                           &text, err);
    hn_pool_give_back(&run->pool, &place.share);
    hn_share_free(&place.share);
    hn_folder_free(&place.folder);
    if (status == HONE_OK && !(*out = hn_str_take(&text)))
        status = hn_fail_memory(err);
    hn_str_free(&text);
    return status;
}

hone_status hone_run_render(hone_run *run, const hone_trial *trial, char **out, hone_error *err)
{
    return render(run, trial, -1, out, err);
}

hone_status hone_run_render_template(hone_run *run, const hone_trial *trial, uint32_t index,
                                     char **out, hone_error *err)
{
    *out = NULL;
    if (index >= run->command.files.n)
        return hn_fail(err, HONE_ENOTFOUND, "there is no template %u: the run has %zu", index,
                       run->command.files.n);
    return render(run, trial, index, out, err);
}

const char *hone_run_notice(const hone_run *run)
{
    return run->notice;
}

double hone_run_elapsed_s(const hone_run *run)
{
    return run->began_us ? (double)(hn_clock_mono_us() - run->began_us) / 1e6 : 0;
}

uint32_t hone_run_n_running(const hone_run *run)
{
    return run->n_running;
}
