// What is to be run: a study file, the command line and what an existing study has recorded, in one
// form. `hone run`, `hone resume` and `hone try --now` make a plan and go through the same steps.
//
// `run` is the object that study files and the study's setting "options" share: the long names of
// the options as keys, durations in seconds, the command as a list of words.
#ifndef CLI_PLAN_H
#define CLI_PLAN_H

#include "cli.h"

typedef struct run_plan {
    const cli_args *cli;
    const char *file;            // the study file, NULL: none
    const char *storage;         // URL
    const char *name;            // of the study
    json_t *run;                 // see above
    json_t *params;              // [{"name","spec"} or an entry of a study file …]
    json_t *rules;               // {"forbid":[…],"require":[…],"metrics":[…]}
    json_t *objectives;          // [{"name","goal"}…]
    json_t *recorded;            // [name…]: metrics that are only recorded
    json_t *from;                // [{"storage","study"}…]: earlier studies, see from.h
    json_t *templates;           // [{"source","name","text"}…]: files that trials are given
    json_t *sampler, *scheduler; // {"name","options"}; NULL: not given
    bool has_seed, noisy, deterministic;
    uint64_t seed;
    bool accept;
    bool says_jobs;           // -j stands on this command line or in its file
    bool follows, keeps_jobs; // a worker: see hone_run_options

    // Made from the above.
    hone_space *space; // NULL: no parameter was given
    hone_metric *metrics;
    uint32_t n_metrics;
    const char **constraints;
    uint32_t n_constraints;
    char *sampler_options, *scheduler_options, *storage_options, *attributes; // JSON
    hone_from *sources;                                                       // of from
    const char **words;                                                       // of the command
    const char **instances;   // [folds] names of the folds, NULL: none
    hone_run_template *files; // of the templates
    json_t *kept;             // texts that belong to the plan
    char *dir;                // of the trials' files
    hone_run *rehearsal; // kept until the run is made, which takes over what it has found; or NULL
    hone_study *rehearsed;
} run_plan;

// Reads study file and command line. Prints what is wrong; gives the exit code.
int plan_read(run_plan *plan, const cli_args *cli);
// A plan for going on with the study `name` (NULL: --study, or the only one there is), which is
// opened: everything as it was recorded but for the options that are given.
int plan_resume(run_plan *plan, const cli_args *cli, const char *name, hone_study **study);
// Takes what the study has recorded as "options" for everything that was not given. A command line
// with a command of its own stands for itself and inherits nothing.
void plan_inherit(run_plan *plan, const hone_study *study);
// Lays the options given on the command line over `run`: any of a verb's options whose name is a
// key of `run`.
void plan_overlay(run_plan *plan);
// Options for hone_study_open and hone_run_create; what they point to lives as long as the plan.
hone_study_options plan_study_options(run_plan *plan);
hone_run_options plan_run_options(run_plan *plan);
// Is there a command, an objective, a space (or a study that has them)? Prints what is missing.
int plan_check(const run_plan *plan, const hone_study *existing);
// `-n 200`, the total, or `-n +50`, so many more than are finished now (of a study that is not
// there yet: NULL), into `run`.
void plan_take_trials(const cli_args *cli, const hone_study *study, json_t *run);
// Does no --lift take away what is given beside it? Prints which does.
int plan_check_lifts(const cli_args *cli);
// Does an --until-regret 0 have something that says how much chance moves a trial? Prints what is
// missing. `study` NULL: a new one.
int plan_check_regret(const run_plan *plan, const hone_study *study);
// Is there a command for --now, if that was given, and --now for -j? Prints what is missing.
int plan_check_now(const run_plan *plan);
// Does the plan's command suit the scheduler that is asked for? Prints why not.
int plan_check_scheduler(run_plan *plan, const hone_study *study);
// May the existing study go on like this? Takes what it has recorded, and the space that it was
// narrowed to; refuses, with the difference, whatever else it has not, unless --accept is given.
int plan_check_existing(run_plan *plan, const hone_study *study);
// Records command, options, host, directory, commit, versions in a study that exists already (a new
// one gets them with its birth).
hone_status plan_record(run_plan *plan, hone_study *study, hone_error *err);
// Says where the study was begun, if that is elsewhere: the command's relative paths mean what they
// mean here.
void plan_note_directory(const run_plan *plan, const hone_study *study);
void plan_free(run_plan *plan);
// A copy of `text` that lives as long as the plan.
const char *plan_keep(run_plan *plan, const char *text);

// The command of `run` as a shell would read it. The caller frees.
char *plan_command_text(const json_t *run);

// --- limits.c ---

// What each trial gets, "at most 4G of memory", from options as a study records them; NULL when
// nothing is limited. The caller frees.
char *limits_text(const json_t *run);
json_t *limits_json(const json_t *run); // null for what is not limited
// Are the numbers given on the command line possible? Prints what is wrong.
int check_limits(const cli_args *cli);

// --- go.c: the steps that every run takes ---

// Runs the plan on its study, or only the trials `only` [n_only] (0: all), shows how it goes and
// what came out. Gives the exit code.
int go(run_plan *plan, hone_study *study, const uint32_t *only, uint32_t n_only);
// Checks the command's placeholders and everything else that can be checked on a study in memory,
// so that a mistake leaves nothing behind; with `show` prints the first command lines (which are
// those of a new study, even if there is one).
int go_rehearse(run_plan *plan, bool show, bool existing);
void go_forget_rehearsal(run_plan *plan); // fine when there was none
// Study, objective, space, sampler, for people.
void go_introduce(const run_plan *plan, const hone_study *study);

// --- plan_instances.c ---
// What --instances names becomes the list itself, under `instances` of the run.
int plan_read_instances(run_plan *plan);
// Names for the folds of `options`, if it has instances.
void plan_name_folds(run_plan *plan, hone_run_options *options);
// Says what differs from the instances `had`, if anything does.
void plan_instances_difference(FILE *out, const run_plan *plan, const json_t *had);

// --- plan_plugins.c ---
// --sampler, --scheduler and their options, over those of the study file. Without a name, options
// are for what the study has, or, if it is `may_be_new`, will have. Prints what is wrong.
int plan_take_plugins(run_plan *plan, bool may_be_new);

// --- plan_template.c ---

// Reads the files that `run.template` names, [conf.in:conf …]. Prints what is wrong.
int plan_read_templates(run_plan *plan);
// Takes those that the study has recorded.
void plan_inherit_templates(run_plan *plan, const hone_study *study);
// Writes what differs from those of the study.
void plan_template_difference(FILE *out, const run_plan *plan, const hone_study *study);

// --- wandb.c ---

// With the setting wandb=stand-in the trials of this process find Hone's own package wandb. Prints
// what is wrong.
int wandb_prepare(const run_plan *plan, const hone_study *study);

#endif
