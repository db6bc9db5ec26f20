// How well the rungs of the scheduler agree: what hone_study_rungs has counted.
#include "rungs.h"

#include <math.h>
#include <stdlib.h>

enum { MOST = 65 };

// A look at a study is worth having without them: what goes wrong is no error here.
static uint32_t look(const hone_study *study, hone_rung *out)
{
    uint32_t n = 0;
    if (hone_study_rungs(study, out, MOST, &n, NULL) != HONE_OK)
        return 0;
    return n < MOST ? n : MOST;
}

static void add_number(json_t *o, const char *name, double value)
{
    json_object_set_new(o, name, isnan(value) ? json_null() : cli_json_double(value));
}

static json_t *agreement_json(const hone_agreement *a)
{
    json_t *o = json_pack("{s:I}", "n", (json_int_t)a->n);
    add_number(o, "rho", a->rho);
    add_number(o, "low", a->low);
    add_number(o, "high", a->high);
    return o;
}

json_t *rungs_json(const hone_study *study)
{
    hone_rung rungs[MOST];
    uint32_t n = look(study, rungs);
    json_t *list = json_array();
    for (uint32_t k = 0; k < n; k++) {
        const hone_rung *r = &rungs[k];
        bool last = k + 1 == n;
        json_t *o = json_object();
        json_object_set_new(o, "at", cli_json_double(r->at));
        json_object_set_new(o, "n", json_integer(r->n));
        json_object_set_new(o, "next", last ? json_null() : agreement_json(&r->next));
        json_object_set_new(o, "end", last ? json_null() : agreement_json(&r->end));
        add_number(o, "p", r->p);
        json_array_append_new(list, o);
    }
    return list;
}

// "0.61 (0.02 to 0.88), 12 trials"
static char *agreement_text(const hone_agreement *a)
{
    const char *trials = a->n == 1 ? "trial" : "trials";
    if (a->n == 0)
        return cli_dup("-");
    if (isnan(a->rho))
        return cli_format("- (%u %s)", (unsigned)a->n, trials);
    return cli_format("%.2f (%.2f to %.2f), %u %s", a->rho, a->low, a->high, (unsigned)a->n,
                      trials);
}

void rungs_print(const cli_args *cli, const hone_study *study)
{
    static const char *const titles[] = {"rung", "trials", "rank correlation with the next",
                                         "with the last", NULL};
    hone_rung rungs[MOST];
    uint32_t n = look(study, rungs), n_reached = 0;
    for (uint32_t k = 0; k < n; k++)
        n_reached += rungs[k].n > 0;
    if (n_reached < 2)
        return;
    cli_table *table = cli_table_create("rrll", titles);
    for (uint32_t k = 0; k < n; k++) {
        char number[CLI_SHORT];
        char *count = cli_format("%u", (unsigned)rungs[k].n);
        char *next = agreement_text(&rungs[k].next), *end = agreement_text(&rungs[k].end);
        cli_table_cell(table, cli_number(rungs[k].at, number));
        cli_table_cell(table, count);
        cli_table_cell(table, next);
        cli_table_cell(table, end);
        free(count);
        free(next);
        free(end);
    }
    printf("\n");
    cli_table_print(cli, table);
}
