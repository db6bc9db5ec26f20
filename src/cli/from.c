// Naming earlier studies, and saying how relevant they prove.
#include "from.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// --- names ---

static bool add_one(json_t *list, const char *text, size_t n, const char *storage)
{
    char *word = cli_format("%.*s", (int)n, text), *mark = strrchr(word, '#');
    bool is_storage = mark || strpbrk(word, ":/");
    bool good = n > 0 && mark != word;
    if (mark)
        *mark = '\0';
    const char *study = mark ? mark + 1 : is_storage ? "" : word;
    char *url = cli_storage_url(is_storage ? word : storage);
    json_t *one = json_pack("{s:s}", "storage", url);
    if (*study)
        json_object_set_new(one, "study", json_string(study));
    json_array_append_new(list, one);
    free(url);
    free(word);
    return good;
}

bool from_add(json_t *list, const char *text, const char *storage)
{
    for (;; text++) {
        size_t n = strcspn(text, ",");
        if (!add_one(list, text, n, storage))
            return false;
        text += n;
        if (!*text)
            return true;
    }
}

hone_from *from_array(const json_t *list)
{
    size_t i;
    json_t *one;
    hone_from *out = cli_alloc((json_array_size(list) + 1) * sizeof *out);
    json_array_foreach(list, i, one) out[i] =
        (hone_from){json_string_value(json_object_get(one, "storage")),
                    json_string_value(json_object_get(one, "study"))};
    return out;
}

json_t *from_of(hone_study *study)
{
    json_t *list = json_array();
    hone_source s = HONE_SOURCE_INIT;
    for (uint32_t i = 0; i < hone_study_n_sources(study); i++)
        if (hone_study_source(study, i, &s, NULL) == HONE_OK)
            json_array_append_new(list,
                                  json_pack("{s:s, s:s}", "storage", s.storage, "study", s.study));
    return list;
}

char *from_text(const json_t *list, const char *storage)
{
    char *text = NULL;
    size_t size = 0, i;
    json_t *one;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        return cli_dup("");
    json_array_foreach(list, i, one)
    {
        const char *where = json_string_value(json_object_get(one, "storage"));
        const char *study = json_string_value(json_object_get(one, "study"));
        fputs(i ? ", " : "", out);
        if (strcmp(where, storage) != 0)
            fprintf(out, "%s%s", where, study ? "#" : "");
        fputs(study ? study : "", out);
    }
    fclose(out);
    return text;
}

// --- relevance ---

// "agrees with 25 trials here (91% of pairs in the same order)"
static void print_agreement(FILE *out, const hone_source *s)
{
    enum { FEW = 4 }; // say nothing
    if (s->n_compared < FEW || isnan(s->agreement))
        return;
    const char *how = s->agreement >= 0.75   ? "agrees"
                      : s->agreement >= 0.6  ? "agrees a little"
                      : s->agreement >= 0.45 ? "does not agree"
                                             : "disagrees";
    fprintf(out, "; %s with %u trials here (%.0f%% of pairs in the same order)", how,
            (unsigned)s->n_compared, 100 * s->agreement);
}

static const char *goal_verb(hone_goal goal)
{
    return goal == HONE_MINIMIZE ? "minimizes" : "maximizes";
}

// Why nothing is made of a source: the objective is another one since.
static void print_other_objective(FILE *out, const hone_study *study, const hone_source *s)
{
    hone_metric now = hone_study_metric(study, 0);
    fprintf(out, "; not used: it %s %s, and this one ", goal_verb(s->goal), s->metric);
    if (hone_study_n_objectives(study) > 1)
        fprintf(out, "has %u objectives now", (unsigned)hone_study_n_objectives(study));
    else
        fprintf(out, "now %s %s", goal_verb(now.goal),
                strcmp(now.name, s->metric) == 0 ? "it" : now.name);
}

char *from_line(hone_study *study, uint32_t index)
{
    char *text = NULL;
    size_t size = 0;
    hone_source s = HONE_SOURCE_INIT;
    FILE *out = open_memstream(&text, &size);
    if (!out || hone_study_source(study, index, &s, NULL) != HONE_OK) {
        if (out)
            fclose(out);
        return text ? text : cli_dup("");
    }
    fprintf(out, "%s: %u trial%s, %u of %u parameters shared", s.study, (unsigned)s.n_trials,
            s.n_trials == 1 ? "" : "s", (unsigned)s.n_shared, (unsigned)s.n_params);
    if (s.n_copied < s.n_trials)
        fprintf(out, ", %u of them copied", (unsigned)s.n_copied);
    if (s.n_inside < s.n_copied && s.of_objective)
        fprintf(out, ", %u outside of this space left out", (unsigned)(s.n_copied - s.n_inside));
    if (!s.of_objective)
        print_other_objective(out, study, &s);
    else if (hone_study_uses_sources(study))
        print_agreement(out, &s);
    else
        fprintf(out, "; the sampler %s makes no use of them", hone_study_sampler(study));
    fclose(out);
    return text;
}

json_t *from_json(hone_study *study)
{
    json_t *list = json_array();
    hone_source s = HONE_SOURCE_INIT;
    for (uint32_t i = 0; i < hone_study_n_sources(study); i++) {
        if (hone_study_source(study, i, &s, NULL) != HONE_OK)
            continue;
        json_t *agreement = isnan(s.agreement) ? json_null() : cli_json_double(s.agreement);
        json_array_append_new(
            list,
            json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:i, s:b, s:i, s:o}", "study",
                      s.study, "storage", s.storage, "metric", s.metric, "goal",
                      s.goal == HONE_MINIMIZE ? "minimize" : "maximize", "n_trials",
                      (int)s.n_trials, "n_copied", (int)s.n_copied, "n_inside", (int)s.n_inside,
                      "n_params", (int)s.n_params, "n_shared", (int)s.n_shared, "used",
                      s.of_objective && hone_study_uses_sources(study), "n_compared",
                      (int)s.n_compared, "agreement", agreement));
    }
    return list;
}
