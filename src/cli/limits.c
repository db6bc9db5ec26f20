// What one trial may take, from the options of a study.
#include "plan.h"

#include <stdlib.h>

char *limits_text(const json_t *run)
{
    json_int_t memory = json_integer_value(json_object_get(run, "mem-trial"));
    char size[HONE_SIZE_TEXT], *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    if (memory > 0)
        fprintf(out, "at most %s of memory", hone_size_text((uint64_t)memory, size));
    fclose(out);
    if (length > 0)
        return text;
    free(text);
    return NULL;
}

json_t *limits_json(const json_t *run)
{
    static const char *const names[][2] = {{"mem-trial", "mem_trial_bytes"}};
    json_t *limits = json_object();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        json_t *value = json_object_get(run, names[i][0]);
        json_object_set(limits, names[i][1], json_number_value(value) > 0 ? value : json_null());
    }
    return limits;
}
