// What the health checks have found, for people and as JSON.
#include "findings.h"

#include <math.h>
#include <stdlib.h>

// A look at a study is worth having without them: lack of memory is no error here.
static hone_health *look(hone_study *study)
{
    hone_health *health = NULL;
    (void)hone_study_health(study, &health, NULL);
    return health;
}

char *finding_text(const hone_health *health, uint32_t index)
{
    const hone_finding *f = hone_health_at(health, index);
    if (!f)
        return NULL;
    return cli_format("%s%s%s", f->text, f->remedy ? "; " : "", f->remedy ? f->remedy : "");
}

char *findings_noise(hone_study *study)
{
    hone_health *health = look(study);
    char *text = NULL;
    for (uint32_t i = 0; health && !text && i < hone_health_n(health); i++) {
        const hone_finding *f = hone_health_at(health, i);
        if (f->code == HONE_FINDING_NOISE)
            text = cli_format("Which is best is not known: %s. Repeat them: "
                              "`hone retest --top 5 --repeats 10`.",
                              f->text);
    }
    hone_health_destroy(health);
    return text;
}

void findings_print(const cli_args *cli, hone_study *study, const char *label, uint32_t most)
{
    hone_health *health = look(study);
    uint32_t n = health ? hone_health_n(health) : 0;
    int indent = cli_columns(label);
    for (uint32_t i = 0; i < n && i < most; i++) {
        char *text = finding_text(health, i);
        bool cut = i + 1 == most && n > most;
        char *rest = cut ? cli_format(" (%u more: `hone status`)", (unsigned)(n - most)) : NULL;
        char *line = cli_format("%s%s", text, rest ? rest : "");
        printf("%s%s%s", cli_ansi(cli, stdout, CLI_YELLOW), label,
               cli_ansi(cli, stdout, CLI_PLAIN));
        cli_wrap(stdout, line, indent, indent, cli_width(stdout));
        free(text);
        free(rest);
        free(line);
    }
    hone_health_destroy(health);
}

json_t *findings_json(hone_study *study)
{
    hone_health *health = look(study);
    json_t *list = json_array();
    for (uint32_t i = 0; health && i < hone_health_n(health); i++) {
        const hone_finding *f = hone_health_at(health, i);
        json_t *o = json_pack("{s:s, s:s?, s:I, s:I}", "code", f->name, "param", f->param, "n",
                              (json_int_t)f->n, "of", (json_int_t)f->of);
        json_object_set_new(o, "p", isnan(f->p) ? json_null() : cli_json_double(f->p));
        json_object_set_new(o, "text", json_string(f->text));
        json_object_set_new(o, "remedy", f->remedy ? json_string(f->remedy) : json_null());
        json_array_append_new(list, o);
    }
    hone_health_destroy(health);
    return list;
}
