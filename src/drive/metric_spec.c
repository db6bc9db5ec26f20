// Where a run's metrics come from, as the options say it.
#include <string.h>

#include "drive/metrics.h"

static hone_status copy_metrics(const hone_study *study, hn_arena *arena, hn_metric_spec *out,
                                hone_error *err)
{
    uint32_t n = hone_study_n_metrics(study);
    const char **names = HN_NEW(arena, const char *, n);
    hone_goal *goals = HN_NEW(arena, hone_goal, n);
    for (uint32_t m = 0; names && goals && m < n; m++) {
        hone_metric metric = hone_study_metric(study, m);
        names[m] = hn_arena_strdup(arena, metric.name);
        goals[m] = metric.goal;
    }
    out->names = names;
    out->goals = goals;
    out->n_metrics = n;
    out->n_objectives = hone_study_n_objectives(study);
    return hn_arena_failed(arena) ? hn_fail_memory(err) : HONE_OK;
}

static hone_status read_builtin(const char *name, hn_metric_builtin *out, hone_error *err)
{
    if (strcmp(name, "time") == 0)
        *out = HN_BUILTIN_TIME;
    else if (strcmp(name, "maxrss") == 0)
        *out = HN_BUILTIN_MAXRSS;
    else
        return hn_fail(err, HONE_EINVAL,
                       "\"%s\" is no measure: there are time (seconds) and maxrss (KiB)", name);
    return HONE_OK;
}

// The trial's folder is where the file is looked for; people like to say so.
static hone_status read_from(const hone_run_options *options, hn_metric_spec *out, hone_error *err)
{
    HN_TRY(hn_wire_from_parse(options->metric_from, out->names, out->n_metrics, &out->from, err));
    out->has_from = true;
    out->from_cwd = options->n_jobs == 1;
    if (hn_starts_with(out->from.file, "{dir}/"))
        memmove(out->from.file, out->from.file + 6, strlen(out->from.file + 6) + 1);
    return HONE_OK;
}

hone_status hn_metric_spec_make(const hone_study *study, const hone_run_options *options,
                                hn_arena *arena, hn_metric_spec *out, hone_error *err)
{
    *out = (hn_metric_spec){.read_stderr = options->read_stderr,
                            .take_best = options->take_best,
                            .has_regex = options->regex != NULL};
    HN_TRY(copy_metrics(study, arena, out, err));
    if (options->metric_builtin)
        HN_TRY(read_builtin(options->metric_builtin, &out->builtin, err));
    if (options->metric_from)
        HN_TRY(read_from(options, out, err));
    return hn_wire_create(out->names, out->n_metrics, options->regex, &out->wire, err);
}

void hn_metric_spec_free(hn_metric_spec *spec)
{
    hn_wire_from_free(&spec->from);
    hn_wire_destroy(spec->wire);
    spec->wire = NULL;
}
