// What starting one trial needs to know, and what is made of it: the argument vector and the
// environment.
#ifndef HN_DRIVE_LAUNCH_H
#define HN_DRIVE_LAUNCH_H

#include <hone/trial.h>

#include "drive/strings.h"
#include "drive/template.h"

typedef struct hn_launch {
    const hone_space *space;
    const hone_trial *trial;
    const char *params;    // its values as JSON
    const char *dir;       // the trial's folder, absolute
    const char *ckpt;      // dir/ckpt
    const char *json_file; // dir/params.json
    const char *from;      // folder of the parent's checkpoint, NULL: none
    const char *gpu;
    const char *study, *tag;
    double resource;
    double first_rung, last_rung; // resources of these; 0: not known
    uint32_t slot, attempt;
    uint32_t n_threads;        // of a program that computes with several
    unsigned thread_variables; // bits of hn_thread_variables: those that are to say so
    // GPUs of its own; NULL: it may see all.
    const char *gpu_variable, *gpu_list; // "CUDA_VISIBLE_DEVICES", "0,1"
    const char *hip_list;                // of HIP_VISIBLE_DEVICES, too; NULL: not
    bool gpus_by_bus;                    // numbers count along the bus
    bool is_final;
    uint32_t folds, fold;     // folds 0: none
    uint32_t repeats, repeat; // repeats 0: one
    const char *instance;     // that the fold stands for; NULL: none
} hn_launch;

// OMP_NUM_THREADS first, to which the others fall back.
enum { HN_THREAD_VARIABLES = 3 };
extern const char *const hn_thread_variables[HN_THREAD_VARIABLES];

// The value as it stands in a command line, NULL when inactive. Lack of memory is not the same
// thing: `*failed` is set.
const char *hn_launch_text(const hn_launch *launch, const char *name, bool *failed);

// --- render.c ---
// The argument vector of the trial; for the shell: /bin/sh -c TEXT.
hone_status hn_template_render(const hn_template *t, const hn_launch *launch, hn_strings *out,
                               hone_error *err);
// --- render_file.c ---
// The text of a rendered file, appended to `out`.
hone_status hn_file_render(const hn_template *t, const hn_file *file, const hn_launch *launch,
                           hn_str *out, hone_error *err);
// Writes all of them into the trial's folder.
hone_status hn_files_write(const hn_template *t, const hn_launch *launch, hone_error *err);
// --- environment.c ---
hone_status hn_environment_make(const hn_launch *launch, hn_strings *out, hone_error *err);
// HONE_P_LR: letters upper-cased, everything but letters and digits becomes '_'.
void hn_environment_name(const char *param, hn_str *out);

#endif
