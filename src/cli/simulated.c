// What `hone simulate` says of the schedulers.
#include "simulated.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "plugin_option.h"

// --- options ---

bool simulated_options(const hn_plugin *plugin, const char *text, json_t *out, hone_error *err)
{
    bool good = true;
    while (good && *text) {
        size_t length = strcspn(text, ","), name = strcspn(text, "=");
        good = name > 0 && name < length;
        if (!good) {
            snprintf(err->text, sizeof err->text,
                     "options of a scheduler are NAME=VALUE,NAME=VALUE, not '%.*s'", (int)length,
                     text);
            break;
        }
        char *key = cli_format("%.*s", (int)name, text);
        char *value = cli_format("%.*s", (int)(length - name - 1), text + name + 1);
        json_object_set_new(out, key, plugin_option_json(plugin, key, value));
        free(key);
        free(value);
        text += length + (text[length] == ',');
    }
    char *json = cli_json_dump(out, 0);
    good = good && hone_plugin_check_options(plugin, json, err) == HONE_OK;
    free(json);
    return good;
}

void simulated_free(simulated *one)
{
    free(one->label);
    free(one->name);
    free(one->runs);
    json_decref(one->options);
}

// --- over the orders ---

typedef struct summary {
    double time_s, work_s, steps, full_steps; // means
    double saved;
    double regret, regret_max; // NaN: nothing was complete in some order
    double reached_s;          // median; infinite: never in most orders
    uint32_t n_lost, n_reached, n_reports;
} summary;

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(double *values, uint32_t n)
{
    qsort(values, n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static summary summarise(const simulated *one)
{
    summary s = {0};
    double *reached = cli_alloc(one->n * sizeof *reached), n = one->n;
    for (uint32_t i = 0; i < one->n; i++) {
        const hone_simulation *r = &one->runs[i];
        s.time_s += r->time_s / n;
        s.work_s += r->work_s / n;
        s.steps += r->steps / n;
        s.full_steps += r->full_steps / n;
        s.regret += r->regret / n;
        s.regret_max = isnan(r->regret) || r->regret > s.regret_max ? r->regret : s.regret_max;
        s.n_lost += r->lost_best;
        s.n_reached += !isnan(r->reached_s);
        s.n_reports += r->n_reports;
        reached[i] = isnan(r->reached_s) ? INFINITY : r->reached_s;
    }
    s.saved = 1 - s.steps / s.full_steps;
    s.reached_s = median_of(reached, one->n);
    free(reached);
    return s;
}

// --- for people ---

static const char *goal_name(const hone_recording_info *info)
{
    return info->goal == HONE_MAXIMIZE ? "maximize" : "minimize";
}

static uint32_t n_tried(const cli_args *cli, const hone_recording_info *info)
{
    int64_t n = cli_int(cli, "trials");
    return n > 0 && n < info->n_curves ? (uint32_t)n : info->n_curves;
}

static const char *plural(uint32_t n)
{
    return n == 1 ? "" : "s";
}

static void show_left_out(const cli_args *cli, const hone_recording_info *info)
{
    bool holds = strcmp(cli_text(cli, "unfinished"), "hold") == 0;
    if (info->n_stopped > 0)
        printf("%-11s %u trial%s stopped early%s\n", holds ? "held" : "left out",
               (unsigned)info->n_stopped, plural(info->n_stopped),
               holds ? ", at the last value" : "; their rest is not known (--unfinished hold)");
    if (info->n_failed > 0)
        printf("left out    %u trial%s without a result\n", (unsigned)info->n_failed,
               plural(info->n_failed));
    if (info->n_silent > 0)
        printf("left out    %u trial%s without reports\n", (unsigned)info->n_silent,
               plural(info->n_silent));
    if (info->n_untimed > 0)
        printf("times       of %u curve%s not known: a step counts as a second\n",
               (unsigned)info->n_untimed, plural(info->n_untimed));
}

static void show_head(const cli_args *cli, const hone_recording_info *info)
{
    char best[CLI_SHORT], median[CLI_SHORT], work[CLI_SHORT];
    printf("objective   %s %s: best %s, median %s\n", goal_name(info), info->metric,
           cli_number(info->best, best), cli_number(info->median, median));
    printf("curves      %u, up to %u steps, %s of training\n", (unsigned)info->n_curves,
           (unsigned)info->n_points, cli_duration(info->work_s, work));
    show_left_out(cli, info);
    printf("simulated   %lld worker%s, ", (long long)cli_int(cli, "jobs"),
           plural((uint32_t)cli_int(cli, "jobs")));
    if (cli_flag(cli, "as-recorded"))
        printf("%u trials as recorded\n\n", (unsigned)n_tried(cli, info));
    else
        printf("%lld order%s of %u trials\n\n", (long long)cli_int(cli, "orders"),
               plural((uint32_t)cli_int(cli, "orders")), (unsigned)n_tried(cli, info));
}

static void add_row(cli_table *table, const simulated *one)
{
    summary s = summarise(one);
    char text[CLI_SHORT];
    cli_table_cell(table, one->label);
    cli_table_cell(table, cli_duration(s.time_s, text));
    snprintf(text, sizeof text, "%.0f", s.steps);
    cli_table_cell(table, text);
    snprintf(text, sizeof text, "%.1f%%", 100 * s.saved);
    cli_table_cell(table, text);
    snprintf(text, sizeof text, "%.3g", s.regret);
    cli_table_cell(table, isnan(s.regret) ? "-" : text);
    snprintf(text, sizeof text, "%u/%u", (unsigned)s.n_lost, (unsigned)one->n);
    cli_table_cell(table, text);
    cli_table_cell(table, isinf(s.reached_s) ? "-" : cli_duration(s.reached_s, text));
}

void simulated_table(const cli_args *cli, const hone_recording *recording, const simulated *list,
                     int n)
{
    static const char *const titles[] = {"scheduler", "time",      "steps", "saved",
                                         "regret",    "best lost", "to 1%", NULL};
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    hone_recording_look(recording, &info);
    if (!cli_flag(cli, "quiet"))
        show_head(cli, &info);
    cli_table *table = cli_table_create("lrrrrrr", titles);
    for (int i = 0; i < n; i++)
        add_row(table, &list[i]);
    cli_table_print(cli, table);
}

// --- for programs ---

static json_t *number_or_null(double value)
{
    return isfinite(value) ? cli_json_double(value) : json_null();
}

static json_t *run_json(const hone_simulation *r)
{
    json_t *o =
        json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:b}", "n_trials", (int)r->n_trials,
                  "n_complete", (int)r->n_complete, "n_stopped", (int)r->n_stopped, "n_paused",
                  (int)r->n_paused, "n_failed", (int)r->n_failed, "n_resumed", (int)r->n_resumed,
                  "n_reports", (int)r->n_reports, "best_lost", (int)r->lost_best);
    json_object_set_new(o, "time_s", cli_json_double(r->time_s));
    json_object_set_new(o, "work_s", cli_json_double(r->work_s));
    json_object_set_new(o, "steps", cli_json_double(r->steps));
    json_object_set_new(o, "full_steps", cli_json_double(r->full_steps));
    json_object_set_new(o, "best", number_or_null(r->best));
    json_object_set_new(o, "best_tried", number_or_null(r->best_tried));
    json_object_set_new(o, "regret", number_or_null(r->regret));
    json_object_set_new(o, "reached_s", number_or_null(r->reached_s));
    return o;
}

static json_t *scheduler_json(const simulated *one)
{
    summary s = summarise(one);
    json_t *runs = json_array();
    for (uint32_t i = 0; i < one->n; i++)
        json_array_append_new(runs, run_json(&one->runs[i]));
    json_t *o = json_pack("{s:s, s:s, s:O}", "label", one->label, "name", one->name, "options",
                          one->options);
    json_object_set_new(o, "time_s", cli_json_double(s.time_s));
    json_object_set_new(o, "work_s", cli_json_double(s.work_s));
    json_object_set_new(o, "steps", cli_json_double(s.steps));
    json_object_set_new(o, "saved", cli_json_double(s.saved));
    json_object_set_new(o, "regret", number_or_null(s.regret));
    json_object_set_new(o, "regret_max", number_or_null(s.regret_max));
    json_object_set_new(o, "n_best_lost", json_integer(s.n_lost));
    json_object_set_new(o, "n_reached", json_integer(s.n_reached));
    json_object_set_new(o, "reached_s", number_or_null(s.reached_s));
    json_object_set_new(o, "n_reports", json_integer(s.n_reports));
    json_object_set_new(o, "cpu_s", cli_json_double(one->cpu_s));
    json_object_set_new(o, "runs", runs);
    return o;
}

void simulated_json(const cli_args *cli, const hone_recording *recording, const simulated *list,
                    int n)
{
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    hone_recording_look(recording, &info);
    json_t *rows = json_array();
    for (int i = 0; i < n; i++)
        json_array_append_new(rows, scheduler_json(&list[i]));
    json_t *o =
        json_pack("{s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:i}", "metric", info.metric, "direction",
                  goal_name(&info), "n_curves", (int)info.n_curves, "n_points", (int)info.n_points,
                  "n_stopped", (int)info.n_stopped, "n_failed", (int)info.n_failed, "n_silent",
                  (int)info.n_silent, "n_untimed", (int)info.n_untimed);
    json_object_set_new(o, "work_s", cli_json_double(info.work_s));
    json_object_set_new(o, "best", number_or_null(info.best));
    json_object_set_new(o, "median", number_or_null(info.median));
    json_object_set_new(o, "jobs", json_integer(cli_int(cli, "jobs")));
    json_object_set_new(o, "trials", json_integer(n_tried(cli, &info)));
    json_object_set_new(o, "as_recorded", json_boolean(cli_flag(cli, "as-recorded")));
    json_object_set_new(o, "orders", json_integer(n > 0 ? list[0].n : 0));
    json_object_set_new(o, "seed", json_integer(cli_int(cli, "seed")));
    json_object_set_new(o, "schedulers", rows);
    cli_json(o, 2);
}
