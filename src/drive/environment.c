// The environment of a trial: everything the placeholders say, for programs that read variables.
#include "drive/launch.h"

#include "base/error.h"
#include "core/fold.h"

const char *const hn_thread_variables[HN_THREAD_VARIABLES] = {
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"};

void hn_environment_name(const char *param, hn_str *out)
{
    hn_str_add(out, "HONE_P_");
    for (const char *c = param; *c; c++) {
        if (*c >= 'a' && *c <= 'z')
            hn_str_add_char(out, (char)(*c - 'a' + 'A'));
        else if ((*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9'))
            hn_str_add_char(out, *c);
        else
            hn_str_add_char(out, '_');
    }
}

static void set_number(hn_strings *out, const char *name, uint64_t number)
{
    hn_str *text = hn_strings_begin(out);
    hn_str_add(text, name);
    hn_str_add_char(text, '=');
    hn_str_add_int(text, (int64_t)number);
}

const char *hn_launch_text(const hn_launch *launch, const char *name, bool *failed)
{
    const char *text = hone_trial_text(launch->trial, name);
    if (!text && hone_trial_active(launch->trial, name))
        *failed = true;
    return text;
}

static void set_params(const hn_launch *launch, hn_strings *out)
{
    hn_strings_set(out, "HONE_PARAMS", launch->params);
    for (uint32_t i = 0; launch->space && i < launch->space->n_params; i++) {
        const char *value = hn_launch_text(launch, launch->space->params[i].name, &out->failed);
        if (!value)
            continue;
        hn_str *text = hn_strings_begin(out);
        hn_environment_name(launch->space->params[i].name, text);
        hn_str_add_char(text, '=');
        hn_str_add(text, value);
    }
}

static void set_resources(const hn_launch *launch, hn_strings *out)
{
    for (unsigned i = 0; i < HN_THREAD_VARIABLES; i++)
        if (launch->thread_variables & 1u << i)
            set_number(out, hn_thread_variables[i], launch->n_threads);
    if (launch->gpu_variable)
        hn_strings_set(out, launch->gpu_variable, launch->gpu_list);
    if (launch->gpu_variable && launch->hip_list)
        hn_strings_set(out, "HIP_VISIBLE_DEVICES", launch->hip_list);
    if (launch->gpu_variable && launch->gpus_by_bus)
        hn_strings_set(out, "CUDA_DEVICE_ORDER", "PCI_BUS_ID");
}

static void set_parts(const hn_launch *launch, hn_strings *out)
{
    if (launch->folds) {
        set_number(out, "HONE_FOLD", launch->fold);
        set_number(out, "HONE_FOLDS", launch->folds);
    }
    if (launch->instance)
        hn_strings_set(out, "HONE_INSTANCE", launch->instance);
    if (launch->repeats)
        set_number(out, "HONE_REPEAT", launch->repeat);
}

// {"loss":"minimize","latency":"record"}: what a program may report, and which way is better.
static void set_metrics(const hone_study *study, hn_strings *out)
{
    hn_str *text = hn_strings_begin(out);
    hn_str_add(text, "HONE_METRICS={");
    for (uint32_t m = 0; m < hone_study_n_metrics(study); m++) {
        hone_metric metric = hone_study_metric(study, m);
        hn_str_add(text, m ? "," : "");
        hn_str_add_json(text, metric.name);
        hn_str_printf(text, ":\"%s\"", hn_goal_name(metric.goal));
    }
    hn_str_add_char(text, '}');
}

hone_status hn_environment_make(const hn_launch *launch, hn_strings *out, hone_error *err)
{
    hn_strings_clear(out);
    set_number(out, "HONE_TRIAL", hone_trial_number(launch->trial));
    set_number(out, "HONE_ATTEMPT", launch->attempt);
    set_number(out, "HONE_SEED", hone_trial_repeat_seed(launch->trial, launch->repeat));
    set_parts(launch, out);
    set_number(out, "HONE_SLOT", launch->slot);
    set_params(launch, out);
    hn_strings_set(out, "HONE_DIR", launch->dir);
    hn_strings_set(out, "HONE_CKPT", launch->ckpt);
    hn_strings_set(out, "HONE_PHASE", launch->is_final ? "final" : "search");
    hn_strings_set(out, "HONE_STUDY", launch->study);
    hn_strings_set(out, "HONE_STUDY_TAG", launch->tag);
    set_metrics(hone_trial_study(launch->trial), out);
    hn_str *resource = hn_strings_begin(out);
    hn_str_add(resource, "HONE_RESOURCE=");
    hn_str_add_double(resource, launch->resource);
    set_resources(launch, out);
    return hn_strings_list(out) ? HONE_OK : hn_fail_memory(err);
}
