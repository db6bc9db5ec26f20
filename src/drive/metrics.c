// Collecting a trial's metrics.
#include "drive/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void hn_metrics_reset(hn_metrics *m)
{
    for (uint32_t i = 0; i < HN_METRICS_MAX; i++) {
        m->values[i] = NAN;
        m->ranks[i] = HN_RANK_NONE;
    }
    m->present = 0;
    m->n_constraints = 0;
    m->infeasible = false;
    m->step = 0;
    m->report_rank = HN_RANK_NONE;
    m->problem[0] = '\0';
}

static hn_metric_rank rank_of(const hn_metric_spec *spec, hn_line_source source)
{
    bool output = source == HN_LINE_STDOUT || source == HN_LINE_STDERR;
    if (spec->has_regex && output)
        return HN_RANK_EXPLICIT;
    switch (source) {
    case HN_LINE_FD:
        return HN_RANK_FD;
    case HN_LINE_FILE:
        return HN_RANK_FILE;
    case HN_LINE_STDOUT:
        return HN_RANK_STDOUT;
    default:
        return HN_RANK_STDERR;
    }
}

static void set(hn_metrics *m, uint32_t metric, hn_metric_rank rank, double value)
{
    m->values[metric] = value;
    m->ranks[metric] = (uint8_t)rank;
    m->present |= (uint64_t)1 << metric;
}

// --- the best instead of the last ---

bool hn_metric_is_better(const hn_metric_spec *spec, uint32_t metric, double value, double than)
{
    return isnan(than) || (spec->goals[metric] == HONE_MAXIMIZE ? value > than : value < than);
}

// Is `value` to replace what there is of an objective?
static bool improves(const hn_metric_spec *spec, const hn_metrics *m, uint32_t metric,
                     hn_metric_rank rank, double value)
{
    return rank < m->ranks[metric] || hn_metric_is_better(spec, metric, value, m->values[metric]);
}

// With one objective a line counts as a whole: its other metrics belong to the same moment.
static bool line_counts(const hn_metric_spec *spec, const hn_metrics *m, hn_metric_rank rank,
                        uint64_t present, const double *values)
{
    bool whole = spec->take_best && spec->n_objectives == 1 && (present & 1);
    return !whole || rank > m->ranks[0] || improves(spec, m, 0, rank, values[0]);
}

void hn_metrics_take(const hn_metric_spec *spec, hn_metrics *m, hn_metric_rank rank,
                     uint64_t present, const double *values)
{
    if (!line_counts(spec, m, rank, present, values))
        return;
    for (uint32_t i = 0; i < spec->n_metrics; i++) {
        bool best = spec->take_best && spec->n_objectives > 1 && i < spec->n_objectives;
        if (!(present >> i & 1) || rank > m->ranks[i] ||
            (best && !improves(spec, m, i, rank, values[i])))
            continue;
        set(m, i, rank, values[i]);
    }
}

// --- lines ---

// Reports come from one source: the highest-ranked one that has made any.
static void take_report(hn_metrics *m, hn_metric_rank rank, const hn_wire_result *read,
                        hn_metric_line *out)
{
    if (!read->has_step || rank > m->report_rank)
        return;
    m->report_rank = (uint8_t)rank;
    m->step = (double)read->step;
    out->is_report = true;
    out->step = m->step;
}

static void copy_values(const hn_metric_spec *spec, const hn_wire_result *read, hn_metric_line *out)
{
    out->present = 0;
    for (uint32_t i = 0; i < spec->n_metrics; i++) {
        out->values[i] = read->present[i] ? read->values[i] : NAN;
        out->present |= (uint64_t)read->present[i] << i;
    }
}

static void take_extras(hn_metrics *m, const hn_metric_extras *extras)
{
    m->infeasible |= extras->infeasible;
    if (extras->n_constraints) {
        memcpy(m->constraints, extras->constraints, extras->n_constraints * sizeof(double));
        m->n_constraints = extras->n_constraints;
    }
}

// A metric may be called "attr": then it is a number.
static bool is_metric(const hn_metric_spec *spec, const char *name)
{
    for (uint32_t i = 0; i < spec->n_metrics; i++)
        if (strcmp(spec->names[i], name) == 0)
            return true;
    return false;
}

void hn_metrics_line(const hn_metric_spec *spec, hn_metrics *m, hn_line_source source,
                     const char *text, size_t n, hn_metric_line *out, hn_str *reply, hn_str *attrs)
{
    hn_wire_result read;
    hn_metric_extras extras;
    bool meant = source == HN_LINE_FD || source == HN_LINE_FILE;
    out->is_report = false;
    out->problem = NULL;
    hn_metric_extras_read(text, n, &extras, reply, attrs);
    take_extras(m, &extras);
    if (!meant) // who prints {"attr":…} may mean something else
        hn_str_clear(attrs);
    if (meant && extras.wrong_attrs && !is_metric(spec, "attr"))
        out->problem = "\"attr\" is an object of names and values: {\"attr\":{\"n_params\":12345}}";
    switch (hn_wire_read(spec->wire, text, n, meant, &read)) {
    case HN_WIRE_REPORT:
        copy_values(spec, &read, out);
        hn_metrics_take(spec, m, rank_of(spec, source), out->present, out->values);
        take_report(m, rank_of(spec, source), &read, out);
        break;
    case HN_WIRE_WRONG:
        if (extras.infeasible || extras.n_constraints || extras.has_attrs || out->problem)
            break;
        snprintf(m->problem, sizeof m->problem, "%s", read.problem);
        out->problem = m->problem;
        break;
    default:
        break;
    }
}

// --- the end ---

void hn_metrics_end(const hn_metric_spec *spec, hn_metrics *m, const char *dir, uint64_t started_us,
                    uint64_t wall_us, int64_t maxrss_kb)
{
    double value;
    if (spec->builtin == HN_BUILTIN_TIME)
        set(m, 0, HN_RANK_EXPLICIT, (double)wall_us / 1e6);
    else if (spec->builtin == HN_BUILTIN_MAXRSS)
        set(m, 0, HN_RANK_EXPLICIT, (double)maxrss_kb);
    if (!spec->has_from)
        return;
    uint32_t metric = (uint32_t)spec->from.metric;
    if (hn_metric_file_read(spec, dir, started_us, &value, m->problem, sizeof m->problem)) {
        set(m, metric, HN_RANK_EXPLICIT, value);
        return;
    }
    // What was pointed at is missing: another source is not what was asked for.
    m->present &= ~((uint64_t)1 << metric);
    m->values[metric] = NAN;
}

const char *hn_metrics_missing(const hn_metric_spec *spec, const hn_metrics *m)
{
    for (uint32_t i = 0; i < spec->n_objectives; i++)
        if (!(m->present >> i & 1))
            return spec->names[i];
    return NULL;
}

const char *hn_metrics_nan(const hn_metric_spec *spec, const hn_metrics *m)
{
    for (uint32_t i = 0; i < spec->n_objectives; i++)
        if ((m->present >> i & 1) && isnan(m->values[i]))
            return spec->names[i];
    return NULL;
}

static void describe_explicit(const hn_metric_spec *spec, hn_str *out)
{
    if (spec->builtin == HN_BUILTIN_TIME)
        hn_str_add(out, "is the wall time in seconds");
    else if (spec->builtin == HN_BUILTIN_MAXRSS)
        hn_str_add(out, "is the largest resident memory in KiB");
    else if (spec->has_regex)
        hn_str_add(out, "is read from the output by the regular expression");
    else if (spec->from.path)
        hn_str_printf(out, "is read from %s in %s", spec->from.path, spec->from.file);
    else
        hn_str_printf(out, "is read from %s", spec->from.file);
}

void hn_metrics_describe(const hn_metric_spec *spec, const hn_metrics *m, hn_str *out)
{
    const char *name = spec->names[0];
    hn_str_add(out, name);
    hn_str_add_char(out, ' ');
    switch (m->ranks[0]) {
    case HN_RANK_EXPLICIT:
        describe_explicit(spec, out);
        break;
    case HN_RANK_FD:
        hn_str_add(out, "is read from the descriptor HONE_FD");
        break;
    case HN_RANK_FILE:
        hn_str_add(out, "is read from $HONE_DIR/metrics.jsonl");
        break;
    case HN_RANK_STDOUT:
        hn_str_printf(out, "is read from lines such as %s=0.2 on standard output", name);
        break;
    default:
        hn_str_printf(out, "is read from lines such as %s=0.2 on standard error", name);
    }
}
