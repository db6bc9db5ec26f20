// Metrics on the command line.
#include <math.h>
#include <string.h>

#include "metric_args.h"

bool metric_value(const char *text, double *out)
{
    if (strcmp(text, "nan") == 0)
        *out = NAN;
    else if (strcmp(text, "inf") == 0)
        *out = INFINITY;
    else if (strcmp(text, "-inf") == 0)
        *out = -INFINITY;
    else
        return cli_parse_real(text, out);
    return true;
}

bool metric_args_split(const char *text, char *name, size_t size, double *value)
{
    const char *sign = strchr(text, '=');
    if (!sign || sign == text || (size_t)(sign - text) >= size)
        return false;
    memcpy(name, text, (size_t)(sign - text));
    name[sign - text] = '\0';
    return metric_value(sign + 1, value);
}

static int find(const hone_study *study, const char *name)
{
    for (uint32_t i = 0; i < hone_study_n_metrics(study); i++) {
        if (strcmp(hone_study_metric(study, i).name, name) == 0)
            return (int)i;
    }
    return -1;
}

static int unknown(const cli_args *cli, int index, const hone_study *study, const char *name)
{
    const char *names[METRIC_MAX];
    uint32_t n = hone_study_n_metrics(study);
    for (uint32_t i = 0; i < n; i++)
        names[i] = hone_study_metric(study, i).name;
    const char *nearest = cli_nearest(name, names, n);
    if (nearest)
        return cli_usage_arg(cli, index, "the study has no metric '%s'; did you mean '%s'?", name,
                             nearest);
    return cli_usage_arg(cli, index, "the study has no metric '%s'; its objective is '%s'", name,
                         names[0]);
}

static int set(const cli_args *cli, int index, uint32_t metric, const char *name, double value,
               metric_args *out)
{
    uint64_t bit = UINT64_C(1) << metric;
    if (out->present & bit)
        return cli_usage_arg(cli, index, "'%s' is given twice", name);
    out->values[metric] = value;
    out->present |= bit;
    return CLI_EXIT_OK;
}

static int read_named(const cli_args *cli, int index, const hone_study *study, bool takes_step,
                      metric_args *out)
{
    char name[256];
    double value;
    const char *text = cli_arg(cli, index);
    if (!metric_args_split(text, name, sizeof name, &value))
        return cli_usage_arg(cli, index,
                             "a metric is given as NAME=NUMBER, such as loss=0.3, not "
                             "'%s'",
                             text);
    int metric = find(study, name);
    if (metric >= 0)
        return set(cli, index, (uint32_t)metric, name, value, out);
    if (!takes_step || strcmp(name, "step") != 0)
        return unknown(cli, index, study, name);
    if (out->has_step)
        return cli_usage_arg(cli, index, "'step' is given twice");
    out->has_step = true;
    out->step = value;
    return CLI_EXIT_OK;
}

int metric_args_read(const cli_args *cli, int first, const hone_study *study, bool takes_step,
                     metric_args *out)
{
    uint32_t n_bare = 0, n_objectives = hone_study_n_objectives(study);
    *out = (metric_args){0};
    int code = CLI_EXIT_OK;
    for (int i = first; i < cli_n_args(cli) && code == CLI_EXIT_OK; i++) {
        double value;
        if (!metric_value(cli_arg(cli, i), &value))
            code = read_named(cli, i, study, takes_step, out);
        else if (n_bare == n_objectives)
            code = cli_usage_arg(cli, i, "one number too many: the study has %u objective%s",
                                 (unsigned)n_objectives, n_objectives == 1 ? "" : "s");
        else {
            code = set(cli, i, n_bare, hone_study_metric(study, n_bare).name, value, out);
            n_bare++;
        }
    }
    return code;
}
