// A table with aligned columns that keeps within the terminal.
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define GAP 2

struct cli_table {
    char **cells; // row by row; the first row holds the titles
    size_t n_cells;
    int n_columns;
    const char *align;
};

cli_table *cli_table_create(const char *align, const char *const *titles)
{
    cli_table *table = cli_alloc(sizeof *table);
    table->align = align;
    while (titles[table->n_columns])
        table->n_columns++;
    for (int i = 0; i < table->n_columns; i++)
        cli_table_cell(table, titles[i]);
    return table;
}

void cli_table_cell(cli_table *table, const char *text)
{
    size_t n = table->n_cells;
    if ((n & (n - 1)) == 0)
        table->cells = cli_realloc(table->cells, (n ? 2 * n : 1) * sizeof *table->cells);
    table->cells[table->n_cells++] = cli_dup(text ? text : "");
}

static int *measure(const cli_table *table)
{
    int *widths = cli_alloc((size_t)table->n_columns * sizeof *widths);
    for (size_t i = 0; i < table->n_cells; i++) {
        int *width = &widths[i % (size_t)table->n_columns];
        int columns = cli_columns(table->cells[i]);
        *width = columns > *width ? columns : *width;
    }
    return widths;
}

static bool is_right(const cli_table *table, int column)
{
    return (size_t)column < strlen(table->align) && table->align[column] == 'r';
}

static void print_row(const cli_table *table, size_t row, const int *widths, int room)
{
    char text[4096];
    for (int c = 0; c < table->n_columns; c++) {
        const char *cell = table->cells[row * (size_t)table->n_columns + (size_t)c];
        bool last = c == table->n_columns - 1;
        int width = last && room > 0 && widths[c] > room ? room : widths[c];
        cli_elide(cell, last && room <= 0 ? cli_columns(cell) : width, text, sizeof text);
        int blanks = width - cli_columns(text);
        if (is_right(table, c))
            printf("%*s%s", blanks, "", text);
        else
            printf("%s%*s", text, last ? 0 : blanks, "");
        if (!last)
            printf("%*s", GAP, "");
    }
}

void cli_table_print(const cli_args *cli, cli_table *table)
{
    int *widths = measure(table);
    int room = 0; // of the last column; 0: no limit (not a terminal)
    if (cli_is_terminal(stdout)) {
        room = cli_width(stdout);
        for (int c = 0; c + 1 < table->n_columns; c++)
            room -= widths[c] + GAP;
        room = room < 8 ? 8 : room;
    }
    size_t n_rows = table->n_cells / (size_t)table->n_columns;
    for (size_t row = 0; row < n_rows; row++) {
        fputs(row == 0 ? cli_ansi(cli, stdout, CLI_BOLD) : "", stdout);
        print_row(table, row, widths, room);
        printf("%s\n", row == 0 ? cli_ansi(cli, stdout, CLI_PLAIN) : "");
    }
    for (size_t i = 0; i < table->n_cells; i++)
        free(table->cells[i]);
    free(table->cells);
    free(table);
    free(widths);
}
