// A sampler and a journal around it, without storage, clock or study: what the sampler sees is made
// of events alone, so that any prefix can be folded again.
#ifndef TEST_CONTRACT_SAMPLERS_WORLD_H
#define TEST_CONTRACT_SAMPLERS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <hone/plugins.h>
#include <hone/sys/sampler.h>

#include "core/cache.h"
#include "core/options.h"
#include "core/view.h"

typedef struct sampler_in_use {
    const hn_sampler_class *class;
    hn_problem problem;
    hn_arena arena;
    void *state; // NULL: refused
} sampler_in_use;

typedef struct world {
    hn_fold fold;
    hn_str journal;      // records, one after another
    HN_VEC(size_t) ends; // of each record
    hn_str record;
    hn_arena scratch;
    int64_t n_trials; // intended
} world;

static inline void world_append(world *w, const hn_event *event)
{
    hn_str_clear(&w->record);
    hn_event_write(event, &w->record);
    hn_str_add_n(&w->journal, w->record.data, w->record.n);
    assert_true(hn_vec_push(&w->ends, w->journal.n));
    assert_int_equal(hn_fold_apply_bytes(&w->fold, w->record.data, w->record.n, NULL, NULL),
                     HONE_OK);
}

// `texts`: "name=spec", "forbid EXPR", "require EXPR", ended by NULL.
static inline char *space_json(const char *const *texts)
{
    hone_space *space = NULL;
    hone_error err = HONE_ERROR_INIT;
    hone_status status = hone_space_create(&space, &err);
    for (; status == HONE_OK && *texts; texts++)
        status = strncmp(*texts, "forbid ", 7) == 0    ? hone_space_forbid(space, *texts + 7, &err)
                 : strncmp(*texts, "require ", 8) == 0 ? hone_space_require(space, *texts + 8, &err)
                                                       : hone_space_add_text(space, *texts, &err);
    if (status == HONE_OK)
        status = hone_space_seal(space, &err);
    if (status != HONE_OK)
        fail_msg("%s", err.text);
    char *json = hone_space_to_json(space);
    hone_space_destroy(space);
    return json;
}

enum { WORLD_MOST_OBJECTIVES = 5 };

// `extra`: the end of the definition, "\"lag\":0,\"noisy\":false".
static inline world *world_new(const char *json, uint64_t seed, int n_objectives, const char *extra)
{
    static const char *const more[] = {
        "", ",{\"name\":\"acc\",\"goal\":\"maximize\"}", ",{\"name\":\"b\",\"goal\":\"minimize\"}",
        ",{\"name\":\"c\",\"goal\":\"minimize\"}", ",{\"name\":\"d\",\"goal\":\"minimize\"}"};
    world *w = hn_calloc(1, sizeof *w);
    char text[512], metrics[256] = "";
    assert_true(n_objectives <= WORLD_MOST_OBJECTIVES);
    for (int m = 1; m < n_objectives; m++)
        strcat(metrics, more[m]);
    hn_fold_init(&w->fold);
    (void)snprintf(text, sizeof text,
                   "{\"name\":\"s\",\"seed\":\"%llu\",\"metrics\":[{\"name\":\"loss\",\"goal\":"
                   "\"minimize\"}%s],\"constraints\":[],%s}",
                   (unsigned long long)seed, metrics, extra);
    hn_event event = hn_event_make(HN_EV_STUDY_CREATED);
    event.text = hn_bytes_of(text);
    world_append(w, &event);
    event = hn_event_make(HN_EV_SPACE_CHANGED);
    event.space = 1;
    event.text = hn_bytes_of(json);
    world_append(w, &event);
    assert_int_equal(w->fold.spaces.n, 1);
    return w;
}

// Another version of the space.
static inline void world_change(world *w, const char *json)
{
    hn_event event = hn_event_make(HN_EV_SPACE_CHANGED);
    size_t n = w->fold.spaces.n;
    event.space = (int64_t)n + 1;
    event.text = hn_bytes_of(json);
    world_append(w, &event);
    assert_int_equal(w->fold.spaces.n, n + 1);
}

#define WORLD_PLAIN "\"lag\":0,\"noisy\":false"

static inline void world_free(world *w)
{
    hn_fold_free(&w->fold);
    hn_str_free(&w->journal);
    hn_str_free(&w->record);
    hn_vec_free(&w->ends);
    hn_arena_free(&w->scratch);
    hn_free(w);
}

// A new fold of the first `n` records.
static inline void world_fold(const world *w, size_t n, hn_fold *out)
{
    hn_fold_init(out);
    for (size_t i = 0; i < n; i++) {
        size_t from = i ? w->ends.data[i - 1] : 0;
        assert_int_equal(
            hn_fold_apply_bytes(out, w->journal.data + from, w->ends.data[i] - from, NULL, NULL),
            HONE_OK);
    }
}

// False when the sampler refuses the problem, which it does with a sentence. `options`: JSON, NULL:
// none; `cache`: what it shares with others, NULL: nothing.
static inline bool sampler_begin_with(sampler_in_use *s, const hn_sampler_class *class,
                                      const hn_fold *fold, int64_t n_trials, const char *options,
                                      hn_cache *cache)
{
    void *config = NULL;
    hone_error err = HONE_ERROR_INIT;
    memset(s, 0, sizeof *s);
    s->class = class;
    s->problem = fold->problem;
    s->problem.n_trials = n_trials;
    s->problem.cache = cache;
    assert_int_equal(hn_options_make(&class->head, options, &s->arena, &config, NULL), HONE_OK);
    s->state = hn_arena_zalloc(&s->arena, 1, class->head.state_size + 1);
    assert_non_null(s->state);
    hone_status status = class->init(s->state, &s->problem, config, &err);
    if (status == HONE_OK)
        return true;
    assert_true(status == HONE_EUNSUPPORTED || status == HONE_EINVAL);
    assert_true(err.text[0]);
    hn_arena_free(&s->arena);
    s->state = NULL;
    return false;
}

static inline bool sampler_begin(sampler_in_use *s, const hn_sampler_class *class,
                                 const hn_fold *fold, int64_t n_trials)
{
    return sampler_begin_with(s, class, fold, n_trials, NULL, NULL);
}

// Small forests and short searches: as good a test of what a sampler owes, and several times
// quicker.
static inline const char *sampler_quick_options(const hn_sampler_class *class)
{
    if (strcmp(class->head.name, "smac") == 0)
        return "{\"n_trees\":12,\"n_random\":60,\"n_starts\":2}";
    return strcmp(class->head.name, "gp") == 0 ? "{\"n_candidates\":100,\"n_starts\":2}" : NULL;
}

// With short searches where sanitizers make models many times slower.
static inline bool sampler_begin_here(sampler_in_use *s, const hn_sampler_class *class,
                                      const hn_fold *fold, int64_t n_trials)
{
#ifdef HONE_ARENA_DEBUG
    return sampler_begin_with(s, class, fold, n_trials, sampler_quick_options(class), NULL);
#else
    return sampler_begin(s, class, fold, n_trials);
#endif
}

static inline void sampler_end(sampler_in_use *s)
{
    if (s->state && s->class->fini)
        s->class->fini(s->state);
    hn_arena_free(&s->arena);
    s->state = NULL;
}

static inline hn_view sampler_view(const sampler_in_use *s, const hn_fold *fold, uint32_t trial)
{
    hn_view view = hn_view_of(fold, trial);
    view.problem = &s->problem;
    return view;
}

static inline hone_status sampler_suggest(sampler_in_use *s, const hn_fold *fold, uint32_t trial,
                                          uint32_t attempt, hn_config *out, hone_error *err)
{
    hn_arena scratch = HN_ARENA_INIT;
    hn_view view = sampler_view(s, fold, trial);
    hn_request request = {trial, -1, attempt, 0, &scratch, NULL, NULL};
    hone_status status = s->class->suggest(s->state, &view, &request, out, err);
    hn_arena_free(&scratch);
    return status;
}

static inline void sampler_observe(sampler_in_use *s, const hn_fold *fold, uint32_t trial)
{
    hn_view view = sampler_view(s, fold, (uint32_t)fold->trials.n);
    if (s->class->observe)
        assert_int_equal(s->class->observe(s->state, &view, trial, NULL), HONE_OK);
}

// The next trial, running with this configuration.
static inline uint32_t world_start(world *w, hn_config config, int64_t saw)
{
    uint32_t number = (uint32_t)w->fold.trials.n;
    hn_str params = HN_STR_INIT;
    hn_event event = hn_event_make(HN_EV_RESERVED);
    world_append(w, &event);
    hn_config_write(w->fold.problem.space, config, &params);
    event = hn_event_make(HN_EV_STARTED);
    event.trial = number;
    event.epoch = 1;
    event.saw = saw;
    event.space = w->fold.problem.space_version;
    event.params = (hn_bytes){params.data, params.n};
    world_append(w, &event);
    hn_str_free(&params);
    assert_int_equal(w->fold.trials.data[number].state, HONE_STATE_RUNNING);
    return number;
}

static inline void world_tell_with(world *w, uint32_t number, hone_trial_state state, double value,
                                   hn_doubles constraints)
{
    const double values[WORLD_MOST_OBJECTIVES] = {value, -2 * value, cos(value), number % 5,
                                                  value * value};
    hn_event event = hn_event_make(HN_EV_TOLD);
    event.trial = number;
    event.epoch = 1;
    event.state = state;
    if (state == HONE_STATE_COMPLETE || state == HONE_STATE_PRUNED)
        event.values = (hn_doubles){values, w->fold.problem.n_metrics};
    event.constraints = constraints;
    world_append(w, &event);
}

static inline void world_tell(world *w, uint32_t number, hone_trial_state state, double value)
{
    world_tell_with(w, number, state, value, (hn_doubles){NULL, 0});
}

static inline void world_report(world *w, uint32_t number, double step, double value)
{
    hn_event event = hn_event_make(HN_EV_REPORTED);
    event.trial = number;
    event.epoch = 1;
    event.step = step;
    event.values = (hn_doubles){&value, 1};
    event.present = 1;
    world_append(w, &event);
}

// Re-suggests trial `number` of the case `name` from the prefix that it saw: `s` as it stands, or a
// new state.
static inline void assert_suggests_again(const world *w, const char *name, const hn_fold *prefix,
                                         sampler_in_use *s, uint32_t number, const char *how)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, prefix->problem.space);
    hone_error err = HONE_ERROR_INIT;
    if (sampler_suggest(s, prefix, number, 0, &config, &err) != HONE_OK)
        fail_msg("%s, %s, trial %u: %s", s->class->head.name, name, number, err.text);
    if (!hn_config_equal(prefix->problem.space, config,
                         hn_fold_config(&w->fold, &w->fold.trials.data[number])))
        fail_msg("%s, %s: trial %u comes out otherwise %s", s->class->head.name, name, number, how);
    hn_arena_free(&arena);
}

#endif
