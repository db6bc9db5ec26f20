// What one trial may take, from the options of a study.
#include "plan.h"

#include <math.h>
#include <stdlib.h>

static void add_number(FILE *out, const char **gap, double n, const char *what)
{
    char text[CLI_SHORT];
    if (n > 0)
        fprintf(out, "%s%s %s%s", *gap, cli_number(n, text), what, n > 1 ? "s" : "");
    *gap = n > 0 ? ", " : *gap;
}

char *limits_text(const json_t *run)
{
    json_int_t memory = json_integer_value(json_object_get(run, "mem-trial"));
    char size[HONE_SIZE_TEXT], *text = NULL;
    const char *gap = "";
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    add_number(out, &gap, json_number_value(json_object_get(run, "cpus-per-trial")), "CPU");
    add_number(out, &gap, json_number_value(json_object_get(run, "gpus-per-trial")), "GPU");
    if (memory > 0)
        fprintf(out, "%sat most %s of memory", gap, hone_size_text((uint64_t)memory, size));
    fclose(out);
    if (length > 0)
        return text;
    free(text);
    return NULL;
}

json_t *limits_json(const json_t *run)
{
    static const char *const names[][2] = {{"mem-trial", "mem_trial_bytes"},
                                           {"cpus-per-trial", "cpus_per_trial"},
                                           {"gpus-per-trial", "gpus_per_trial"}};
    json_t *limits = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(run, names[i][0]);
        json_object_set(limits, names[i][1], json_number_value(value) > 0 ? value : json_null());
    }
    return limits;
}

int check_limits(const cli_args *cli)
{
    double n = cli_real(cli, "gpus-per-trial");
    if (n > 1 && n != floor(n))
        return cli_usage_option(cli, "gpus-per-trial",
                                "--gpus-per-trial takes a whole number, or a part of one GPU such "
                                "as 0.5, not '%s'",
                                cli_text(cli, "gpus-per-trial"));
    return CLI_EXIT_OK;
}
