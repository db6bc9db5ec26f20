// Reading and mapping what earlier studies say; see sources.h.
//
//     [{"study","storage","metric","goal","trials":N,"space":{…},"values":[…],"configs":["00ff…"…]}]
//
//  1. A parameter is shared when both spaces have its name, and the domain now has a value of at
//     least one of the trials: a number that has become a choice is another parameter.
//  2. A trial is mapped as one of an earlier version of the space would be (map_config.c): by the
//     values themselves, so that a changed scale does not matter. One with a value of a shared
//     parameter that the space does not have is left out: to bring it to the nearest end would
//     claim a result for a place where it was not seen.
//  3. What a trial lacks had its default, if there is one, and is unknown otherwise.

#include "core/sources.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "core/merit.h"

void hn_sources_free(void *sources)
{
    hn_sources *s = sources;
    uint64_t generation = s->generation;
    hn_arena_free(&s->arena);
    *s = (hn_sources){.generation = generation};
}

// --- the text ---

static hone_status damaged(hone_error *err, const char *what)
{
    return hn_fail(err, HONE_ECORRUPT, "what the study was started from is damaged: %s", what);
}

// A reader's failure as this one's, unless memory was lacking.
static hone_status of_damage(hone_status status, hone_error *err, const char *what)
{
    if (status == HONE_ENOMEM)
        return status;
    hn_error_clear(err);
    return damaged(err, what);
}

static int nibble(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Bytes from hexadecimal digits into `out`, which has room; false when they are none.
static bool read_hex(const char *text, size_t n, char *out)
{
    for (size_t i = 0; i + 1 < n; i += 2) {
        int high = nibble(text[i]), low = nibble(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (char)(high << 4 | low);
    }
    return n % 2 == 0;
}

// A source as it was written, in its own space.
typedef struct written {
    hone_space *space;
    hn_config *configs; // [n]
    double *values;     // [n]
    uint32_t n;
} written;

static hone_status read_configs(const json_t *configs, const json_t *values, hn_arena *arena,
                                written *out, hone_error *err)
{
    size_t n = json_array_size(configs);
    if (json_array_size(values) != n || n > HN_MAX_SOURCE_TRIALS)
        return damaged(err, "its values");
    out->configs = HN_NEW(arena, hn_config, n + 1);
    out->values = HN_NEW(arena, double, n + 1);
    for (size_t i = 0; i < n && !hn_arena_failed(arena); i++) {
        const char *text = json_string_value(json_array_get(configs, i));
        size_t length = text ? strlen(text) : 0;
        char *bytes = HN_NEW(arena, char, length / 2 + 1);
        out->configs[i] = hn_config_new(arena, out->space);
        if (hn_arena_failed(arena))
            break;
        if (!text || !read_hex(text, length, bytes) ||
            !hn_json_double(json_array_get(values, i), &out->values[i]) ||
            !isfinite(out->values[i]))
            return damaged(err, "a trial");
        hone_status status = hn_config_read(out->space, bytes, length / 2, out->configs[i], err);
        if (status != HONE_OK)
            return of_damage(status, err, "a trial");
    }
    out->n = (uint32_t)n;
    return hn_arena_failed(arena) ? hn_fail_memory(err) : HONE_OK;
}

static hone_status read_written(const json_t *source, hn_arena *arena, written *out,
                                hone_error *err)
{
    const json_t *space = json_object_get(source, "space");
    hn_str text = HN_STR_INIT;
    if (!space)
        return damaged(err, "its space");
    hn_json_write(space, 0, &text);
    hone_status status = hn_str_failed(&text)
                             ? hn_fail_memory(err)
                             : hone_space_from_json(hn_str_text(&text), &out->space, err);
    hn_str_free(&text);
    if (status != HONE_OK)
        return of_damage(status, err, "its space");
    return read_configs(json_object_get(source, "configs"), json_object_get(source, "values"),
                        arena, out, err);
}

// --- mapping ---

// Step 1, into has [n_params]. False when out of memory: what could not be looked at would count as
// not shared.
static bool find_shared(const written *w, const hone_space *space, bool *has, hn_source_trials *s,
                        hn_arena *scratch)
{
    hn_str text = HN_STR_INIT;
    bool failed = false;
    for (uint32_t p = 0; p < space->n_params && !failed; p++) {
        const hn_param *param = &space->params[p], *old = hn_space_find(w->space, param->name);
        hn_slot *room = HN_NEW(scratch, hn_slot, param->n_slots);
        failed = room == NULL;
        has[p] = false;
        s->n_named += old != NULL;
        for (uint32_t i = 0; old && !failed && i < w->n && !has[p]; i++) {
            has[p] = hn_active(w->configs[i].active, old->index) &&
                     hn_value_map(old, w->configs[i].slots + old->slot, param, room, &text);
            failed = hn_str_failed(&text);
        }
        s->n_shared += has[p];
    }
    hn_str_free(&text);
    return !failed;
}

typedef struct ranked {
    double y;
    uint32_t index;
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->y != y->y)
        return x->y < y->y ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static bool sort_trials(hn_source_trials *s, hn_arena *arena)
{
    ranked *list = HN_NEW(arena, ranked, s->n + 1);
    s->order = HN_NEW(arena, uint32_t, s->n + 1);
    if (hn_arena_failed(arena))
        return false;
    for (uint32_t i = 0; i < s->n; i++)
        list[i] = (ranked){s->y[i], i};
    qsort(list, s->n, sizeof *list, by_value);
    for (uint32_t i = 0; i < s->n; i++)
        s->order[i] = list[i].index;
    return true;
}

static bool map_trials(hn_sources *all, const hn_problem *problem, const written *w,
                       hn_source_trials *s, hn_arena *scratch)
{
    hn_arena *arena = &all->arena;
    const hone_space *space = problem->space;
    uint32_t d = space->n_dims;
    bool *has = HN_NEW(scratch, bool, space->n_params + 1);
    s->known = HN_NEW(arena, bool, d + 1);
    s->configs = HN_NEW(arena, hn_config, w->n + 1);
    s->x = HN_NEW(arena, double, (size_t)w->n *d + 1);
    s->y = HN_NEW(arena, double, w->n + 1);
    if (!has || hn_arena_failed(arena) || !find_shared(w, space, has, s, scratch))
        return false;
    if (!s->of_objective)
        memset(has, 0, space->n_params * sizeof *has);
    for (uint32_t j = 0; j < d; j++) {
        const hn_param *p = &space->params[all->features[j].param];
        s->known[j] = has[p->index] || (p->has_default && !problem->define_by_run);
    }
    for (uint32_t i = 0; i < w->n && s->n_shared > 0 && s->of_objective; i++) {
        hn_config out = hn_config_new(arena, space);
        if (!out.slots)
            return false;
        hn_mapped mapped =
            hn_config_map_some(w->space, w->configs[i], space, has, problem->define_by_run, out);
        if (mapped == HN_MAPPED_FAILED)
            return false;
        if (mapped == HN_MAPPED_NOT)
            continue;
        hn_features_encode(space, out, s->x + (size_t)s->n * d);
        s->configs[s->n] = out;
        s->y[s->n++] = hn_towards_less(problem, 0, w->values[i]);
    }
    return sort_trials(s, arena);
}

// What its values are of, and whether that is the objective that the study has.
static void read_objective(const json_t *source, const hn_problem *problem, hn_source_trials *out,
                           hn_arena *arena)
{
    const char *metric = json_string_value(json_object_get(source, "metric"));
    const char *goal = json_string_value(json_object_get(source, "goal"));
    out->metric = hn_arena_strdup(arena, metric ? metric : "");
    out->goal = goal && strcmp(goal, "minimize") == 0 ? HONE_MINIMIZE : HONE_MAXIMIZE;
    out->of_objective = problem->n_objectives == 1 && metric && goal &&
                        strcmp(metric, problem->metrics[0].name) == 0 &&
                        out->goal == problem->metrics[0].goal;
}

static hone_status make_source(hn_sources *all, const hn_problem *problem, const json_t *source,
                               hn_source_trials *out, hone_error *err)
{
    written w = {0};
    int64_t n_trials = 0;
    hn_arena room = HN_ARENA_INIT;
    const char *study = json_string_value(json_object_get(source, "study"));
    const char *storage = json_string_value(json_object_get(source, "storage"));
    hone_status status = hn_json_get_int(source, "trials", &n_trials, err);
    HN_TRY_OUT(status);
    HN_TRY_OUT(read_written(source, &room, &w, err));
    out->study = hn_arena_strdup(&all->arena, study ? study : "");
    out->storage = hn_arena_strdup(&all->arena, storage ? storage : "");
    out->n_trials = n_trials > 0 && n_trials < INT32_MAX ? (uint32_t)n_trials : 0;
    out->n_copied = w.n;
    read_objective(source, problem, out, &all->arena);
    if (!map_trials(all, problem, &w, out, &room) || hn_arena_failed(&all->arena))
        status = hn_fail_memory(err);
out:
    hone_space_destroy(w.space);
    hn_arena_free(&room);
    return status;
}

hone_status hn_sources_make(hn_sources *out, const hn_problem *problem, hone_error *err)
{
    json_t *root = NULL;
    hone_status status = HONE_OK;
    hn_sources_free(out);
    out->generation++;
    if (!problem->from) {
        out->space = problem->space;
        return HONE_OK;
    }
    HN_TRY(hn_json_parse(problem->from, strlen(problem->from), "the sources", &root, err));
    if (!json_is_array(root) || json_array_size(root) > HN_MAX_SOURCES)
        HN_TRY_OUT(damaged(err, "the list of studies"));
    uint32_t d = problem->space->n_dims, n = (uint32_t)json_array_size(root);
    hn_feature *features = HN_NEW(&out->arena, hn_feature, d + 1);
    out->list = HN_ZNEW(&out->arena, hn_source_trials, n + 1);
    if (hn_arena_failed(&out->arena))
        HN_TRY_OUT(hn_fail_memory(err));
    hn_features_describe(problem->space, features);
    out->features = features;
    out->n_dims = d;
    for (; out->n < n; out->n++)
        HN_TRY_OUT(
            make_source(out, problem, json_array_get(root, out->n), &out->list[out->n], err));
    out->space = problem->space;
out:
    json_decref(root);
    if (status != HONE_OK)
        hn_sources_free(out);
    return status;
}

hone_status hn_sources_of(hn_cache *cache, const hn_problem *problem, const hn_sources **out,
                          hone_error *err)
{
    hn_sources *s = hn_cache_get(cache, "sources", sizeof *s, hn_sources_free);
    *out = s;
    if (!s)
        return hn_fail_memory(err);
    return s->space == problem->space ? HONE_OK : hn_sources_make(s, problem, err);
}
