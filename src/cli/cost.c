// What training costs: what hone_study_cost has learnt.
#include "cost.h"

#include <math.h>
#include <stdlib.h>

// A look at a study is worth having without it: what goes wrong is no error here.
static hone_cost look(const hone_study *study, const json_t *run)
{
    hone_error err = HONE_ERROR_INIT;
    hone_cost_options options = HONE_COST_OPTIONS_INIT;
    hone_cost cost = HONE_COST_INIT;
    double n_jobs = json_number_value(json_object_get(run, "jobs"));
    options.n_trials = (int64_t)json_number_value(json_object_get(run, "trials"));
    options.n_jobs = n_jobs >= 1 ? (uint32_t)n_jobs : 1;
    if (hone_study_cost(study, &options, &cost, &err) != HONE_OK)
        cost.step_s = cost.low_s = cost.high_s = cost.power = cost.trial_s = cost.rest_s = NAN;
    return cost;
}

static json_t *number(double value)
{
    return isnan(value) ? json_null() : cli_json_double(value);
}

// Where it is dear: "upper end", "lower end", or the choice as text.
static char *dear_text(const hone_study *study, const hone_cost_effect *e)
{
    const hone_space *space = hone_study_space(study);
    if (e->towards != 0)
        return cli_dup(e->towards > 0 ? "upper end" : "lower end");
    const char *choice = hone_space_choice(space, e->param, e->dear);
    return cli_dup(choice ? choice : "-");
}

json_t *cost_json(const hone_study *study, const json_t *run)
{
    hone_cost c = look(study, run);
    json_t *o = json_pack("{s:I}", "n", (json_int_t)c.n), *effects = json_array();
    json_object_set_new(o, "step_s", number(c.step_s));
    json_object_set_new(o, "low_s", number(c.low_s));
    json_object_set_new(o, "high_s", number(c.high_s));
    json_object_set_new(o, "power", number(c.power));
    for (uint32_t i = 0; i < c.n_effects; i++) {
        const hone_cost_effect *e = &c.effects[i];
        char *dear = dear_text(study, e);
        json_array_append_new(effects,
                              json_pack("{s:s, s:o, s:s}", "param",
                                        hone_space_name(hone_study_space(study), e->param),
                                        "factor", cli_json_double(e->factor), "dear", dear));
        free(dear);
    }
    json_object_set_new(o, "effects", effects);
    json_object_set_new(o, "trial_s", number(c.trial_s));
    json_object_set_new(o, "spent_s", cli_json_double(c.spent_s));
    json_object_set_new(o, "rest_s", number(c.rest_s));
    return o;
}

static void put_steps(FILE *out, const hone_cost *c)
{
    char step[CLI_SHORT], low[CLI_SHORT], high[CLI_SHORT];
    fprintf(out, "a step takes about %s", cli_duration(c->step_s, step));
    if (c->high_s > 1.2 * c->low_s)
        fprintf(out, " (%s to %s)", cli_duration(c->low_s, low), cli_duration(c->high_s, high));
    // Below 1 a program's start, which is in the first step, says the same.
    if (c->power > 1)
        fprintf(out, ", a training of r steps as r^%.1f", c->power);
}

static void put_effects(FILE *out, const hone_study *study, const hone_cost *c)
{
    for (uint32_t i = 0; i < c->n_effects; i++) {
        const hone_cost_effect *e = &c->effects[i];
        char *dear = dear_text(study, e);
        const char *name = hone_space_name(hone_study_space(study), e->param);
        fprintf(out, "; %s: %.*f times as much ", name, e->factor < 9.95 ? 1 : 0, e->factor);
        if (e->towards)
            fprintf(out, "at its %s", dear);
        else
            fprintf(out, "with %s", dear);
        free(dear);
    }
}

char *cost_text(const hone_study *study, const json_t *run)
{
    hone_cost c = look(study, run);
    char *text = NULL, spent[CLI_SHORT], rest[CLI_SHORT], trial[CLI_SHORT];
    size_t size = 0;
    if (isnan(c.step_s) && isnan(c.trial_s))
        return NULL;
    FILE *out = open_memstream(&text, &size);
    if (!isnan(c.step_s))
        put_steps(out, &c);
    put_effects(out, study, &c);
    if (!isnan(c.trial_s))
        fprintf(out, "%sa trial %s", isnan(c.step_s) ? "" : "; ", cli_duration(c.trial_s, trial));
    fprintf(out, "; %s spent", cli_duration(c.spent_s, spent));
    if (c.rest_s > 0)
        fprintf(out, "; the rest of the study about %s", cli_duration(c.rest_s, rest));
    fclose(out);
    return text;
}
