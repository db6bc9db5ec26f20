// Random events for property tests: mostly plausible, often stale or wrong, from a seed.
#ifndef TEST_JOURNAL_GEN_H
#define TEST_JOURNAL_GEN_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/fold.h"
#include "num/rng.h"

typedef struct gen {
    hn_rng rng;
    uint32_t at;           // draw number
    hone_space *spaces[2]; // of odd and of even versions
    char *jsons[2];
    hn_str params;
    hn_arena arena;
    double values[2];
    char text[64];
} gen;

static uint64_t gen_below(gen *g, uint64_t n)
{
    return hn_rng_below(&g->rng, 0, 0, g->at++, n);
}

static void gen_init(gen *g, uint32_t seed)
{
    memset(g, 0, sizeof *g);
    g->rng = hn_rng_make(seed, HN_PURPOSE_TEST, seed);
    for (int i = 0; i < 2; i++) {
        hone_space_create(&g->spaces[i], NULL);
        hone_space_add(g->spaces[i], "x", i ? "0.25..2" : "0..1", NULL);
        hone_space_add(g->spaces[i], "opt", i ? "adam,lion,sgd" : "sgd,adam", NULL);
        hone_space_add(g->spaces[i], "m", "int:1..9 if opt==sgd", NULL);
        if (i)
            hone_space_add(g->spaces[i], "n", "perm:a,b,c", NULL);
        hone_space_seal(g->spaces[i], NULL);
        g->jsons[i] = hone_space_to_json(g->spaces[i]);
    }
}

static void gen_free(gen *g)
{
    for (int i = 0; i < 2; i++) {
        hone_space_destroy(g->spaces[i]);
        hone_free(g->jsons[i]);
    }
    hn_str_free(&g->params);
    hn_arena_free(&g->arena);
}

// The two events that every journal begins with.
static hn_event gen_birth(gen *g, int which)
{
    static const char definition[] =
        "{\"name\":\"s\",\"seed\":\"7\",\"metrics\":[{\"name\":\"loss\",\"goal\":\"minimize\"},"
        "{\"name\":\"mem\",\"goal\":\"record\"}],\"constraints\":[\"mem<=5\"],\"lag\":0,"
        "\"noisy\":false}";
    hn_event event = hn_event_make(which == 0 ? HN_EV_STUDY_CREATED : HN_EV_SPACE_CHANGED);
    event.text = hn_bytes_of(which == 0 ? definition : g->jsons[0]);
    event.space = which;
    return event;
}

// The next version of the space; sometimes one that does not follow.
static hn_event gen_space(gen *g, const hn_fold *fold)
{
    hn_event event = hn_event_make(HN_EV_SPACE_CHANGED);
    event.space = (int64_t)fold->spaces.n + (gen_below(g, 4) > 0);
    event.text = hn_bytes_of(g->jsons[fold->spaces.n % 2]);
    return event;
}

static void gen_point(gen *g, const hn_fold *fold, hn_event *event)
{
    uint64_t n = fold->spaces.n, version = 1 + (gen_below(g, 3) ? n - 1 : gen_below(g, n));
    const hone_space *space = g->spaces[(version - 1) % 2];
    hn_arena_reset(&g->arena);
    hn_config config = hn_config_new(&g->arena, space);
    hn_rng rng = hn_rng_make(gen_below(g, 1000), HN_PURPOSE_PRIOR, 0);
    hn_space_sample(space, &rng, config, NULL, NULL);
    hn_str_clear(&g->params);
    hn_config_write(space, config, &g->params);
    event->params = (hn_bytes){g->params.data, g->params.n};
    event->space = (int64_t)(gen_below(g, 20) ? version : version + 1);
    if (gen_below(g, 30) == 0)
        event->params.size /= 2; // damaged
}

// Other goals, among them such as have been before; sometimes a version that does not follow.
static hn_event gen_goals(gen *g, const hn_fold *fold)
{
    static const char *const texts[] = {
        "{\"metrics\":[{\"name\":\"loss\",\"goal\":\"maximize\"},"
        "{\"name\":\"mem\",\"goal\":\"record\",\"kept\":true}],\"constraints\":[]}",
        "{\"metrics\":[{\"name\":\"mem\",\"goal\":\"minimize\"},{\"name\":\"acc\",\"goal\":"
        "\"maximize\"},{\"name\":\"loss\",\"goal\":\"record\"}],\"constraints\":[\"loss>=50\"]}",
        "{\"metrics\":[{\"name\":\"loss\",\"goal\":\"minimize\"}],\"constraints\":[]}"};
    hn_event event = hn_event_make(HN_EV_GOALS_CHANGED);
    event.goals = (int64_t)fold->goals.n + (gen_below(g, 4) > 0);
    event.text = hn_bytes_of(texts[gen_below(g, 3)]);
    return event;
}

// One more event after `fold`. Borrowed memory is valid until the next call.
static hn_event gen_next(gen *g, const hn_fold *fold)
{
    hn_event event = hn_event_make((hn_event_type)(1 + gen_below(g, HN_EV_LAST)));
    uint64_t n = fold->trials.n;
    if (gen_below(g, 3) == 0)
        event.type = gen_below(g, 2) ? HN_EV_STARTED : HN_EV_TOLD;
    if (event.type == HN_EV_STUDY_CREATED)
        return gen_birth(g, 0);
    if (event.type == HN_EV_SPACE_CHANGED)
        return gen_space(g, fold);
    if (event.type == HN_EV_GOALS_CHANGED)
        return gen_goals(g, fold);
    event.time_us = (int64_t)(1000 + g->at);
    event.goals = 1 + (int64_t)gen_below(g, fold->goals.n + 1);
    event.trial = (int64_t)gen_below(g, n + 2) - 1;
    if (event.trial >= 0 && (uint64_t)event.trial < n)
        event.epoch = fold->trials.data[event.trial].epoch + (event.type == HN_EV_STARTED);
    if (gen_below(g, 8) == 0)
        event.epoch += (int64_t)gen_below(g, 3) - 1;
    event.purpose = (int64_t)gen_below(g, 5) == 0 ? (int64_t)gen_below(g, 4) : 0;
    event.origin = (int64_t)gen_below(g, 6);
    event.parent = (int64_t)gen_below(g, n + 3) - 2;
    event.step = (double)gen_below(g, 10);
    event.state = event.type == HN_EV_TOLD ? (int64_t)gen_below(g, 13) : (int64_t)gen_below(g, 2);
    g->values[0] = gen_below(g, 5) ? (double)gen_below(g, 100) : NAN;
    g->values[1] = (double)gen_below(g, 10);
    event.values = (hn_doubles){g->values, gen_below(g, 3)};
    event.present = (int64_t)gen_below(g, 4);
    snprintf(g->text, sizeof g->text, "text %d", (int)gen_below(g, 50));
    event.name = hn_bytes_of(gen_below(g, 2) ? "alpha" : "beta");
    event.text = hn_bytes_of(g->text);
    event.owner = hn_bytes_of(gen_below(g, 2) ? "host/boot/1/2" : "");
    if (event.type == HN_EV_STARTED || event.type == HN_EV_PARAMS)
        gen_point(g, fold, &event);
    if (event.type == HN_EV_STARTED && gen_below(g, 3)) { // mostly the same plan
        event.folds = gen_below(g, 10) ? 3 : (int64_t)gen_below(g, 5) - 1;
        event.repeats = gen_below(g, 10) ? 0 : 2;
    }
    if (event.type == HN_EV_RUN_ENDED) {
        event.run = (int64_t)gen_below(g, 3);
        event.constraints = (hn_doubles){g->values, gen_below(g, 3)};
    }
    return event;
}

#endif
