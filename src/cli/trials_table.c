// A table of trials: number, state, objectives, duration, and a column for each parameter where
// they fit the terminal, else one column "lr=0.01 opt=sgd".
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "trial_view.h"

enum { NAME_COLUMN = 18 }; // a wider value does not get a column of its own

typedef struct rows {
    const cli_args *cli;
    hone_study *study;
    size_t n;
    json_t *earlier; // parameters that the space does not have now, {"name": is it a number?}
} rows;

typedef struct grid {
    const char **titles;
    char **cells; // [n × n_columns]
    size_t n_columns, n_front;
    char *align;
} grid;

static bool is_number(const hone_space *space, uint32_t param)
{
    hone_param_type type = hone_space_type(space, param);
    return type == HONE_PARAM_FLOAT || type == HONE_PARAM_INT;
}

static void find_earlier(rows *l, const uint32_t *numbers)
{
    const hone_space *space = hone_study_space(l->study), *last = space;
    l->earlier = json_object();
    for (size_t i = 0; i < l->n; i++) {
        hone_trial *trial = NULL;
        if (hone_study_trial(l->study, numbers[i], &trial, NULL) != HONE_OK)
            continue;
        const hone_space *of = hone_trial_space(trial);
        uint32_t n = of && of != last ? hone_space_n_params(of) : 0;
        for (uint32_t p = 0; p < n; p++)
            if (hone_space_index(space, hone_space_name(of, p)) < 0)
                json_object_set_new(l->earlier, hone_space_name(of, p),
                                    json_boolean(is_number(of, p)));
        last = of ? of : last;
        hone_trial_destroy(trial);
    }
}

static void name_columns(const rows *l, grid *g)
{
    const hone_space *space = hone_study_space(l->study);
    size_t n_objectives = hone_study_n_objectives(l->study);
    size_t n_params = space ? hone_space_n_params(space) : 0;
    g->n_front = n_objectives + 3;
    g->n_columns = g->n_front + n_params + json_object_size(l->earlier);
    g->titles = cli_alloc((g->n_columns + 2) * sizeof *g->titles);
    g->align = cli_alloc(g->n_columns + 2);
    size_t c = 0;
    memset(g->align, 'r', g->n_front);
    g->align[1] = 'l';
    g->titles[c++] = "trial";
    g->titles[c++] = "state";
    for (uint32_t i = 0; i < n_objectives; i++)
        g->titles[c++] = hone_study_metric(l->study, i).name;
    g->titles[c++] = "duration";
    for (uint32_t i = 0; i < n_params; i++) {
        g->align[c] = is_number(space, i) ? 'r' : 'l';
        g->titles[c++] = hone_space_name(space, i);
    }
    const char *name;
    json_t *number;
    json_object_foreach(l->earlier, name, number)
    {
        g->align[c] = json_is_true(number) ? 'r' : 'l';
        g->titles[c++] = name;
    }
}

static void fill_row(const rows *l, const grid *g, const hone_trial *trial, char **cells)
{
    char text[CLI_SHORT];
    size_t c = 0;
    cells[c++] = cli_format("%u", (unsigned)hone_trial_number(trial));
    cells[c++] = cli_dup(trial_state_text(trial));
    for (uint32_t i = 0; i < hone_study_n_objectives(l->study); i++)
        cells[c++] = cli_dup(cli_number(hone_trial_value(trial, i), text));
    double seconds = trial_seconds(trial);
    cells[c++] = cli_dup(isnan(seconds) ? "-" : cli_duration(seconds, text));
    json_t *params = cli_json_text(hone_trial_params_json(trial));
    for (; c < g->n_columns; c++) {
        const json_t *value = json_object_get(params, g->titles[c]);
        cells[c] = value ? trial_param_text(value) : cli_dup("-");
    }
    json_decref(params);
}

// Does a column for each parameter fit the terminal?
static bool fits(const rows *l, const grid *g)
{
    int total = 0;
    for (size_t c = 0; c < g->n_columns; c++) {
        int width = cli_columns(g->titles[c]);
        for (size_t i = 0; i < l->n; i++) {
            int columns = cli_columns(g->cells[i * g->n_columns + c]);
            width = columns > width ? columns : width;
        }
        if (c >= g->n_front && width > NAME_COLUMN)
            return false;
        total += width + (c ? 2 : 0);
    }
    return !cli_is_terminal(stdout) || total <= cli_width(stdout);
}

// "lr=0.01 opt=sgd", of the parameters that are active.
static char *join_params(const grid *g, char *const *cells)
{
    char *line = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&line, &size);
    const char *gap = "";
    for (size_t c = g->n_front; c < g->n_columns; c++) {
        if (strcmp(cells[c], "-") == 0)
            continue;
        fprintf(out, "%s%s=%s", gap, g->titles[c], cells[c]);
        gap = " ";
    }
    fclose(out);
    return line;
}

static void print_grid(const rows *l, grid *g)
{
    bool wide = fits(l, g);
    const char **titles = cli_alloc((g->n_columns + 2) * sizeof *titles);
    memcpy(titles, g->titles, g->n_columns * sizeof *titles);
    if (!wide) {
        titles[g->n_front] = "parameters";
        titles[g->n_front + 1] = NULL;
        g->align[g->n_front] = 'l';
    }
    cli_table *table = cli_table_create(g->align, titles);
    for (size_t i = 0; i < l->n; i++) {
        char **cells = g->cells + i * g->n_columns;
        for (size_t c = 0; c < (wide ? g->n_columns : g->n_front); c++)
            cli_table_cell(table, cells[c]);
        if (!wide) {
            char *line = join_params(g, cells);
            cli_table_cell(table, line);
            free(line);
        }
    }
    cli_table_print(l->cli, table);
    free(titles);
}

int trials_table(const cli_args *cli, hone_study *study, const uint32_t *numbers, size_t n)
{
    rows l = {cli, study, n, NULL};
    grid g = {0};
    int code = CLI_EXIT_OK;
    find_earlier(&l, numbers);
    name_columns(&l, &g);
    g.cells = cli_alloc((n * g.n_columns + 1) * sizeof *g.cells);
    for (size_t i = 0; i < n && code == CLI_EXIT_OK; i++) {
        hone_error err = HONE_ERROR_INIT;
        hone_trial *trial = NULL;
        if (hone_study_trial(study, numbers[i], &trial, &err) != HONE_OK)
            code = cli_fail(cli, &err);
        else
            fill_row(&l, &g, trial, g.cells + i * g.n_columns);
        hone_trial_destroy(trial);
    }
    if (code == CLI_EXIT_OK && n > 0)
        print_grid(&l, &g);
    for (size_t i = 0; i < n * g.n_columns; i++)
        free(g.cells[i]);
    free(g.cells);
    free(g.titles);
    free(g.align);
    json_decref(l.earlier);
    return code;
}
