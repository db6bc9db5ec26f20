// Opening and closing a study, and looking at it. A study handle joins the pure parts (fold, view,
// plug-ins) with a storage and the clock; it is the one place where the engine meets both.

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/json.h"
#include "core/presets.h"
#include "core/storage_url.h"
#include "core/study_internal.h"

#include "core/owner.h"

// --- creating ---

static hone_status fresh_seed(const hone_study_options *options, uint64_t *seed, hone_error *err)
{
    *seed = options->seed;
    if (options->has_seed)
        return HONE_OK;
    if (getrandom(seed, sizeof *seed, 0) != sizeof *seed)
        return hn_fail(err, HONE_EIO, "the system gives no random seed: give one with --seed");
    // 53 bits, so that every JSON reader and spreadsheet shows the same number.
    *seed >>= 11;
    return HONE_OK;
}

// {"name":…,"options":{…},"defaults":{…}} as recorded for sampler and scheduler. `defaults` of an
// earlier setting of the same plug-in; NULL: those of now, "": none were recorded.
static hone_status plugin_setting(const hone_study *study, hn_plugin_kind kind, const char *name,
                                  const char *options, const char *defaults, hn_str *out,
                                  hone_error *err)
{
    hn_str_clear(out);
    hn_str_add(out, "{\"name\":");
    hn_str_add_json(out, name);
    if (options && *options) {
        json_t *parsed = NULL;
        HN_TRY(hn_json_parse(options, strlen(options), name, &parsed, err));
        hn_str_add(out, ",\"options\":");
        hn_json_write(parsed, 0, out);
        json_decref(parsed);
    }
    if (!defaults || *defaults)
        hn_str_add(out, ",\"defaults\":");
    if (!defaults)
        HN_TRY(hn_study_pin(study, kind, name, out, err));
    else
        hn_str_add(out, defaults);
    hn_str_add_char(out, '}');
    return hn_str_failed(out) ? hn_fail_memory(err) : HONE_OK;
}

// Attributes of a new study become settings, one a key.
static hone_status attribute_events(const char *attributes, hn_arena *arena, hn_event *events,
                                    size_t *n, size_t max, hone_error *err)
{
    json_t *root = NULL, *value;
    const char *key;
    hn_str text = HN_STR_INIT;
    hone_status status = HONE_OK;
    if (!attributes)
        return HONE_OK;
    HN_TRY(hn_json_parse(attributes, strlen(attributes), "attributes", &root, err));
    json_object_foreach(root, key, value)
    {
        if (*n == max) {
            status =
                hn_fail(err, HONE_EINVAL, "too many attributes: at most %zu are possible", max);
            break;
        }
        hn_str_clear(&text);
        hn_json_write(value, 0, &text);
        hn_event event = hn_study_event(HN_EV_STUDY_SET);
        event.name = hn_bytes_of(hn_arena_strdup(arena, key));
        event.text = hn_bytes_of(hn_arena_strdup(arena, hn_str_text(&text)));
        events[(*n)++] = event;
    }
    if (status == HONE_OK && (hn_arena_failed(arena) || hn_str_failed(&text)))
        status = hn_fail_memory(err);
    hn_str_free(&text);
    json_decref(root);
    return status;
}

static hn_event text_event(hn_event_type type, const char *name, const char *text)
{
    hn_event event = hn_study_event(type);
    event.name = hn_bytes_of(name);
    event.text = hn_bytes_of(text);
    return event;
}

enum { MAX_BIRTH_EVENTS = 64 };

// The first transition of a journal; texts in the arena.
typedef struct birth {
    hn_event events[MAX_BIRTH_EVENTS];
    size_t n;
    hn_arena arena;
} birth;

static hone_status add_plugin_setting(const hone_study *study, birth *b, hn_plugin_kind kind,
                                      const char *name, const char *options, hone_error *err)
{
    hn_str text = HN_STR_INIT;
    const char *key = hone_plugin_kind_name(kind);
    hone_status status = plugin_setting(study, kind, name, options, NULL, &text, err);
    if (status == HONE_OK)
        b->events[b->n++] =
            text_event(HN_EV_STUDY_SET, key, hn_arena_strdup(&b->arena, hn_str_text(&text)));
    hn_str_free(&text);
    return status;
}

static hone_status birth_make(const hone_study *study, const hone_study_options *options,
                              const char *name, birth *b, hone_error *err)
{
    hn_str definition = HN_STR_INIT, from = HN_STR_INIT;
    uint64_t seed;
    HN_TRY(fresh_seed(options, &seed, err));
    hone_status status = hn_sources_take(options, &from, err);
    if (status == HONE_OK)
        status = hn_definition_write(options, name, seed, hn_str_text(&from), &definition, err);
    hn_str_free(&from);
    char *space = options->space ? hone_space_to_json(options->space)
                                 : hn_strdup("{\"params\":[],\"forbid\":[],\"require\":[]}");
    if (status == HONE_OK && !space && (!options->space || options->space->sealed))
        status = hn_fail_memory(err);
    else if (status == HONE_OK && !space)
        status = hn_fail(err, HONE_ESTATE, "the space is not sealed");
    if (status == HONE_OK) {
        b->events[b->n++] = text_event(HN_EV_STUDY_CREATED, NULL,
                                       hn_arena_strdup(&b->arena, hn_str_text(&definition)));
        b->events[b->n] = text_event(HN_EV_SPACE_CHANGED, NULL, hn_arena_strdup(&b->arena, space));
        b->events[b->n++].space = 1;
    }
    hn_free(space);
    hn_str_free(&definition);
    HN_TRY(status);
    const hone_preset *preset = options->scheduler ? hn_preset_find(options->scheduler) : NULL;
    const char *sampler = options->sampler, *sampler_options = options->sampler_options;
    if (!sampler && preset && preset->sampler) {
        sampler = preset->sampler;
        sampler_options = sampler_options ? sampler_options : preset->sampler_options;
    }
    HN_TRY(add_plugin_setting(study, b, HN_KIND_SAMPLER, sampler ? sampler : "auto",
                              sampler_options, err));
    HN_TRY(add_plugin_setting(study, b, HN_KIND_SCHEDULER,
                              options->scheduler ? options->scheduler : "auto",
                              options->scheduler_options, err));
    HN_TRY(
        attribute_events(options->attributes, &b->arena, b->events, &b->n, MAX_BIRTH_EVENTS, err));
    return hn_arena_failed(&b->arena) ? hn_fail_memory(err) : HONE_OK;
}

// Would a study with this beginning work? A journal that cannot is better never begun.
static hone_status birth_check(hone_study *study, const birth *b, hone_error *err)
{
    hn_fold probe;
    hone_status status = HONE_OK;
    hn_fold_init(&probe);
    for (size_t i = 0; status == HONE_OK && i < b->n; i++)
        status = hn_fold_apply(&probe, &b->events[i], NULL, err);
    if (status == HONE_OK)
        status = hn_sources_check(&probe.problem, err);
    for (int kind = HN_KIND_SAMPLER; status == HONE_OK && kind <= HN_KIND_SCHEDULER; kind++)
        status = hn_study_try_plugin(study, kind, &probe.problem,
                                     hn_fold_setting(&probe, hone_plugin_kind_name(kind)), err);
    hn_fold_free(&probe);
    return status;
}

// HONE_EBUSY when another process was first. Only checked when not `write`.
static hone_status give_birth(hone_study *study, const hone_study_options *options,
                              const char *name, bool write, hone_error *err)
{
    birth b = {.n = 0};
    hone_status status = birth_make(study, options, name, &b, err);
    if (status == HONE_OK)
        status = birth_check(study, &b, err);
    if (status == HONE_OK && write)
        status = hn_study_append(study, b.events, b.n, true, HN_SYNC_FULL, NULL, err);
    hn_arena_free(&b.arena);
    return status;
}

// --- continuing ---

// The change of goals that `options` ask for; json NULL: none.
static hone_status wanted_goals(const hone_study *study, const hone_study_options *options,
                                hn_goals *out, hone_error *err)
{
    hn_str had = HN_STR_INIT, wanted = HN_STR_INIT;
    if (options->n_metrics == 0 && options->n_constraints == 0)
        return HONE_OK;
    hone_status status = hn_goals_text(&study->fold, &had, err);
    if (status == HONE_OK)
        status = hn_goals_write(&study->fold, options, &wanted, err);
    bool differs = status == HONE_OK && strcmp(hn_str_text(&had), hn_str_text(&wanted)) != 0;
    if (differs && options->accept_changes)
        status = hn_goals_read(hn_str_text(&wanted), wanted.n, out, err);
    else if (differs)
        status = hn_fail(err, HONE_ESTATE,
                         "study \"%s\" has other objectives or constraints: it has %s, asked for "
                         "is %s; accept the change (--accept) or use another --study",
                         study->name, hn_str_text(&had), hn_str_text(&wanted));
    hn_str_free(&had);
    hn_str_free(&wanted);
    return status;
}

// A run reads its trials' output for the metrics that it began with. Whoever asked with a lease is
// a script, which names the metrics when it tells.
static hone_status check_idle(const hone_study *study, hone_error *err)
{
    for (size_t i = 0; i < study->fold.open.n; i++) {
        const hn_trial *trial = &study->fold.trials.data[study->fold.open.data[i]];
        if (trial->state == HONE_STATE_RUNNING && trial->lease_us == 0 && trial->owner != HN_NONE &&
            hn_owner_life(hn_fold_text(&study->fold, trial->owner)) == HN_ALIVE)
            return hn_fail(err, HONE_ESTATE,
                           "trial %u runs right now: the objective of study \"%s\" can be changed "
                           "when nothing runs",
                           study->fold.open.data[i], study->name);
    }
    return HONE_OK;
}

static hone_status change_goals(hone_study *study, const hn_goals *wanted, hone_error *err)
{
    HN_TRY(check_idle(study, err));
    hn_event event = text_event(HN_EV_GOALS_CHANGED, NULL, wanted->json);
    event.goals = (int64_t)study->fold.goals.n + 1;
    return hn_study_append(study, &event, 1, true, HN_SYNC_FULL, NULL, err);
}

static hone_status same_space(hone_study *study, const hone_study_options *options, hone_error *err)
{
    char *wanted = hone_space_to_json(options->space);
    const hn_space_version *had = &study->fold.spaces.data[study->fold.spaces.n - 1];
    hone_status status = HONE_OK;
    if (!wanted)
        return hn_fail(err, HONE_ESTATE, "the space is not sealed");
    if (strcmp(wanted, had->json) != 0 && options->accept_changes) {
        hone_space_change change = HONE_SPACE_CHANGE_INIT;
        status = hn_study_take_space(study, options->space, NULL, &change, err);
    } else if (strcmp(wanted, had->json) != 0 && !hone_study_was_narrowed(study, options->space)) {
        char *diff = hone_space_diff(had->space, options->space);
        status = hn_fail(err, HONE_ESTATE,
                         "the space differs from that of study \"%s\" (- had, + asked for); "
                         "--accept takes it over as a new version:\n%s",
                         study->name, diff ? diff : "");
        hone_free(diff);
    }
    hone_free(wanted);
    return status;
}

// The setting of a plug-in as asked for; with options alone they are for the recorded one. The same
// plug-in keeps the defaults that it has.
static hone_status wanted_setting(const hone_study *study, hn_plugin_kind kind, const char *name,
                                  const char *options, hn_str *out, hone_error *err)
{
    const char *key = hone_plugin_kind_name(kind), *had = hn_fold_setting(&study->fold, key);
    json_t *root = NULL;
    hn_str defaults = HN_STR_INIT;
    if (!name && !options) {
        hn_str_add(out, had ? had : "{}");
        return hn_str_failed(out) ? hn_fail_memory(err) : HONE_OK;
    }
    if (had)
        HN_TRY(hn_json_parse(had, strlen(had), key, &root, err));
    const char *had_name = json_string_value(json_object_get(root, "name"));
    if (!name)
        name = had_name ? had_name : kind == HN_KIND_SAMPLER ? "auto" : "none";
    bool same = had_name && strcmp(name, had_name) == 0;
    if (json_object_get(root, "defaults"))
        hn_json_write(json_object_get(root, "defaults"), 0, &defaults);
    hone_status status = hn_str_failed(&defaults)
                             ? hn_fail_memory(err)
                             : plugin_setting(study, kind, name, options,
                                              same ? hn_str_text(&defaults) : NULL, out, err);
    hn_str_free(&defaults);
    json_decref(root);
    return status;
}

// Tries what would be recorded, then, with `write`, records it if it differs.
static hone_status change_plugin(hone_study *study, hn_plugin_kind kind, const char *name,
                                 const char *options, const hn_problem *problem, bool write,
                                 hone_error *err)
{
    const char *key = hone_plugin_kind_name(kind), *had = hn_fold_setting(&study->fold, key);
    hn_str text = HN_STR_INIT;
    hone_status status = wanted_setting(study, kind, name, options, &text, err);
    bool differs = status == HONE_OK && (!had || strcmp(had, hn_str_text(&text)) != 0);
    if (status == HONE_OK && !write)
        status = hn_study_try_plugin(study, kind, problem, hn_str_text(&text), err);
    if (status == HONE_OK && write && differs) {
        hn_event event = text_event(HN_EV_STUDY_SET, key, hn_str_text(&text));
        status = hn_study_append(study, &event, 1, false, HN_SYNC_FULL, NULL, err);
    }
    hn_str_free(&text);
    return status;
}

static hone_status change_plugins(hone_study *study, const hone_study_options *options,
                                  const hn_goals *goals, bool write, hone_error *err)
{
    hn_problem problem = study->fold.problem;
    if (goals->json) {
        problem.metrics = goals->metrics;
        problem.n_metrics = goals->n_metrics;
        problem.n_objectives = goals->n_objectives;
        problem.bounds = goals->bounds;
        problem.n_bounds = goals->n_bounds;
    }
    if (options->space && options->accept_changes)
        problem.space = options->space, problem.lineage = NULL;
    HN_TRY(change_plugin(study, HN_KIND_SAMPLER, options->sampler, options->sampler_options,
                         &problem, write, err));
    return change_plugin(study, HN_KIND_SCHEDULER, options->scheduler, options->scheduler_options,
                         &problem, write, err);
}

static hone_status reconcile_with(hone_study *study, const hone_study_options *options,
                                  const hn_goals *goals, hone_error *err)
{
    if (options->space && !options->space->sealed)
        return hn_fail(err, HONE_ESTATE, "the space is not sealed");
    HN_TRY(hn_sources_same(study, options, err));
    if (options->lag > 0 && options->lag != study->fold.problem.lag)
        return hn_fail(err, HONE_ESTATE,
                       "study \"%s\" was begun %s %u slots: a deterministic study keeps its -j",
                       study->name,
                       study->fold.problem.lag ? "deterministic with" : "without --deterministic,",
                       study->fold.problem.lag ? study->fold.problem.lag : options->lag);
    bool changes = options->sampler || options->sampler_options || options->scheduler ||
                   options->scheduler_options || (options->space && options->accept_changes) ||
                   goals->json;
    // All is checked before anything is recorded.
    if (changes && !study->read_only)
        HN_TRY(change_plugins(study, options, goals, false, err));
    if (options->space)
        HN_TRY(same_space(study, options, err));
    if (goals->json)
        HN_TRY(change_goals(study, goals, err));
    if (!changes || study->read_only)
        return HONE_OK;
    return change_plugins(study, options, goals, true, err);
}

static hone_status reconcile(hone_study *study, const hone_study_options *options, hone_error *err)
{
    hn_goals goals = {0};
    hone_status status = wanted_goals(study, options, &goals, err);
    if (status == HONE_OK)
        status = reconcile_with(study, options, &goals, err);
    hn_arena_free(&goals.arena);
    hn_free(goals.json);
    return status;
}

// --- opening ---

typedef struct only_one {
    char name[256];
    uint32_t n;
    bool has_default;
} only_one;

static hone_status count_study(void *user, const hn_journal_info *info, hone_error *err)
{
    only_one *found = user;
    (void)err;
    found->n++;
    found->has_default |= strcmp(info->name, "default") == 0;
    snprintf(found->name, sizeof found->name, "%s", info->name);
    return HONE_OK;
}

// With no name given to a look: the only study there is, or the default one.
static hone_status choose_name(hone_study *study, const hone_study_options *options,
                               only_one *found, const char **name, hone_error *err)
{
    *name = options->name ? options->name : "default";
    if (options->name || options->mode != HONE_OPEN_EXISTING)
        return HONE_OK;
    HN_TRY(study->storage_class->list(study->storage, count_study, found, err));
    if (found->n == 0)
        return hn_fail(err, HONE_ENOTFOUND,
                       "the storage %s holds no study yet: `hone run` begins one",
                       options->storage ? options->storage : "memory:");
    if (found->n == 1)
        *name = found->name;
    else if (!found->has_default)
        return hn_fail(err, HONE_ENOTFOUND,
                       "the storage holds %u studies: name one with --study (`hone studies` lists "
                       "them)",
                       found->n);
    return HONE_OK;
}

static hone_status find_or_create(hone_study *study, const hone_study_options *options,
                                  const char *name, hone_error *err)
{
    const hn_storage_class *class = study->storage_class;
    hone_status status = hn_studies_find(class, study->storage, name, &study->id, err);
    if (status == HONE_OK && options->mode == HONE_CREATE_NEW)
        return hn_fail(err, HONE_EEXISTS, "there is a study \"%s\" already", name);
    if (status != HONE_ENOTFOUND || options->mode == HONE_OPEN_EXISTING || options->read_only)
        return status;
    hn_error_clear(err);
    HN_TRY(give_birth(study, options, name, false, err));
    status = class->create(study->storage, name, hn_clock_wall_us(), &study->id, err);
    if (status == HONE_EEXISTS) // somebody was quicker
        status = class->find(study->storage, name, &study->id, err);
    return status;
}

static hone_status open_journal(hone_study *study, const hone_study_options *options,
                                const char *name, hone_error *err)
{
    HN_TRY(find_or_create(study, options, name, err));
    hn_study_load_snapshot(study);
    HN_TRY(hn_study_catch_up(study, err));
    bool born = false;
    if (study->fold.n_events == 0) {
        if (options->read_only || options->mode == HONE_OPEN_EXISTING)
            return hn_fail(err, HONE_ENOTFOUND, "study \"%s\" is empty: it was never begun", name);
        hone_status status = give_birth(study, options, name, true, err);
        born = status == HONE_OK;
        if (status == HONE_EBUSY)
            status = hn_study_catch_up(study, err);
        HN_TRY(status);
    }
    if (!study->fold.definition || study->fold.spaces.n == 0)
        return hn_fail(err, HONE_ECORRUPT, "study \"%s\" has no definition", name);
    return born ? HONE_OK : reconcile(study, options, err);
}

hone_status hn_study_check_name(const char *name, hone_error *err)
{
    static const char right[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789._+@-";
    size_t n = strlen(name);
    if (n > 0 && n <= 128 && name[0] != '.' && name[0] != '-' && strspn(name, right) == n)
        return HONE_OK;
    return hn_fail(
        err, HONE_EINVAL,
        "\"%s\" is no name for a study: letters, digits and . _ - + @ are right (at most "
        "128)",
        name);
}

static hone_status open_inside(hone_study *study, const hone_study_options *options,
                               hone_error *err)
{
    hn_open_storage storage;
    only_one found = {"", 0, false};
    const char *name;
    bool create = !options->read_only && options->mode != HONE_OPEN_EXISTING;
    if (options->name)
        HN_TRY(hn_study_check_name(options->name, err));
    HN_TRY(hn_storage_open(options->storage, options->storage_options, create, options->read_only,
                           &study->arena, &storage, err));
    study->storage_class = storage.class;
    study->storage = storage.state;
    study->opened = true;
    study->read_only = options->read_only;
    study->n_trials = options->n_trials;
    study->refused = options->refused;
    study->plugins = options->plugins;
    study->n_plugins = options->n_plugins;
    study->owner = hn_owner_self(&study->arena);
    if (!study->owner)
        return hn_fail_memory(err);
    HN_TRY(choose_name(study, options, &found, &name, err));
    study->name = hn_arena_strdup(&study->arena, name);
    if (!study->name)
        return hn_fail_memory(err);
    HN_TRY(open_journal(study, options, name, err));
    study->goals = study->fold.goals.n;
    // A look needs no plug-ins: a study of a sampler that this build lacks can still be read.
    hone_status status = hn_study_plug(study, study->read_only ? NULL : err);
    if (status == HONE_OK)
        hn_study_recall(study);
    return study->read_only ? HONE_OK : status;
}

hone_status hone_study_open(const hone_study_options *given, hone_study **out, hone_error *err)
{
    hone_study *study = hn_calloc(1, sizeof *study);
    // A program that was built before a field came does not have it.
    hone_study_options known = HONE_STUDY_OPTIONS_INIT, *options = &known;
    memcpy(&known, given, given->size < sizeof known ? given->size : sizeof known);
    *out = NULL;
    if (!study)
        return hn_fail_memory(err);
    hn_fold_init(&study->fold);
    hone_status status = open_inside(study, options, err);
    if (status != HONE_OK) {
        hone_study_close(study);
        return status;
    }
    *out = study;
    return HONE_OK;
}

void hone_study_close(hone_study *study)
{
    if (!study)
        return;
    if (study->opened && !study->read_only) {
        hone_study_sync(study, NULL);
        hn_study_save_snapshot(study);
    }
    hn_study_unplug(study);
    if (study->opened)
        study->storage_class->close(study->storage);
    hn_dedupe_free(&study->dedupe);
    hn_fold_free(&study->fold);
    hn_str_free(&study->kept);
    hn_str_free(&study->lazy.bytes);
    hn_vec_free(&study->ended);
    hn_vec_free(&study->lazy.ends);
    hn_str_free(&study->batch.bytes);
    hn_vec_free(&study->batch.ends);
    hn_str_free(&study->text);
    hn_arena_free(&study->scratch);
    hn_arena_free(&study->asking);
    hn_arena_free(&study->arena);
    hn_free(study);
}

hone_status hone_study_refresh(hone_study *study, hone_error *err)
{
    HN_TRY(hn_study_flush(study, err));
    return hn_study_catch_up(study, err);
}

hone_status hone_study_sync(hone_study *study, hone_error *err)
{
    HN_TRY(hn_study_flush(study, err));
    return study->storage_class->sync ? study->storage_class->sync(study->storage, err) : HONE_OK;
}
