// Fuzzes what samplers keep for the next process, damaged: src/samplers/cmaes_kept.c,
// src/learn/cma_kept.c and src/samplers/trust_kept.c. A state that gets it suggests what it would
// without, or, where a checksum has been made to fit, anything but a crash.
//
// The first byte chooses sampler, options and space; the second is the number of damages, three
// bytes each (a place and what happens there), and says whether the checksum is mended. The others
// are results, a byte each.
#include <math.h>
#include <string.h>

#include <hone/plugins.h>
#include <hone/sys/sampler.h>

#include "core/options.h"
#include "core/view.h"
#include "damage.h"
#include "fuzz.h"

enum { MAX_DAMAGES = 8, MAX_TRIALS = 120, CHECKSUM = 8 };

typedef struct setup {
    const char *sampler, *options;
    const char *const *space;
} setup;

static const char *const numbers[] = {"x=0..1", "y=log:0.01..1", NULL};
static const char *const mixed[] = {"x=0..1", "k=int:1..9", "c=a,b,d", "m=normal:0,1 if c==a",
                                    NULL};
static const char *const choices[] = {"a=u,v,w", "b=subset:p,q,r", NULL};

static const setup setups[] = {
    {"cmaes", "{}", numbers},
    {"cmaes", "{\"lr_adapt\":true}", mixed},
    {"cmaes", "{\"variant\":\"sep\",\"population\":4}", mixed},
    {"cmaes", "{\"population\":4,\"restarts\":\"ipop\"}", numbers},
    {"cmaes", "{\"warm_start\":12}", choices},
    {"trust", "{}", numbers},
    {"trust", "{}", mixed},
};

typedef struct scene {
    const hn_sampler_class *class;
    const setup *setup;
    hn_fold fold;
    hn_str params, record;
} scene;

static bool append(scene *s, const hn_event *event)
{
    hn_str_clear(&s->record);
    hn_event_write(event, &s->record);
    return !hn_str_failed(&s->record) &&
           hn_fold_apply_bytes(&s->fold, s->record.data, s->record.n, NULL, NULL) == HONE_OK;
}

static char *space_json(const char *const *lines)
{
    hone_space *space = NULL;
    bool ok = hone_space_create(&space, NULL) == HONE_OK;
    for (; ok && *lines; lines++)
        ok = hone_space_add_text(space, *lines, NULL) == HONE_OK;
    ok = ok && hone_space_seal(space, NULL) == HONE_OK;
    char *json = ok ? hone_space_to_json(space) : NULL;
    FUZZ_EXPECT(json != NULL);
    hone_space_destroy(space);
    return json;
}

static bool begin_study(scene *s)
{
    char *space = space_json(s->setup->space);
    hn_event event = hn_event_make(HN_EV_STUDY_CREATED);
    hn_fold_init(&s->fold);
    event.text =
        hn_bytes_of("{\"name\":\"s\",\"seed\":\"3\",\"metrics\":[{\"name\":\"loss\","
                    "\"goal\":\"minimize\"}],\"constraints\":[],\"lag\":0,\"noisy\":false}");
    bool ok = space && append(s, &event);
    event = hn_event_make(HN_EV_SPACE_CHANGED);
    event.space = 1;
    event.text = hn_bytes_of(space ? space : "");
    ok = ok && append(s, &event) && s->fold.problem.space;
    FUZZ_EXPECT(ok);
    hone_free(space);
    return ok;
}

static bool start(scene *s, hn_config config)
{
    hn_event event = hn_event_make(HN_EV_RESERVED);
    uint32_t trial = (uint32_t)s->fold.trials.n;
    int64_t saw = (int64_t)s->fold.n_events;
    hn_str_clear(&s->params);
    hn_config_write(s->fold.problem.space, config, &s->params);
    if (hn_str_failed(&s->params) || !append(s, &event))
        return false;
    event = hn_event_make(HN_EV_STARTED);
    event.trial = trial;
    event.epoch = 1;
    event.saw = saw;
    event.space = 1;
    event.params = (hn_bytes){s->params.data, s->params.n};
    return append(s, &event);
}

// Zero: it runs on.
static bool end(scene *s, uint8_t result)
{
    hn_event event = hn_event_make(HN_EV_TOLD);
    double value = result;
    if (result == 0)
        return true;
    event.trial = (uint32_t)s->fold.trials.n - 1;
    event.epoch = 1;
    event.state = result == 1 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE;
    if (result > 1)
        event.values = (hn_doubles){&value, 1};
    return append(s, &event);
}

// --- states ---

typedef struct sampler {
    const scene *scene;
    hn_problem problem;
    hn_arena arena;
    void *state;
} sampler;

static bool begin(sampler *a, const scene *s)
{
    void *config = NULL;
    memset(a, 0, sizeof *a);
    a->scene = s;
    a->problem = s->fold.problem;
    hone_status status =
        hn_options_make(&s->class->head, s->setup->options, &a->arena, &config, NULL);
    a->state = hn_arena_zalloc(&a->arena, 1, s->class->head.state_size + 1);
    bool ok = status == HONE_OK && a->state &&
              s->class->init(a->state, &a->problem, config, NULL) == HONE_OK;
    FUZZ_EXPECT(ok);
    if (!ok)
        hn_arena_free(&a->arena);
    return ok;
}

static void finish(sampler *a)
{
    a->scene->class->fini(a->state);
    hn_arena_free(&a->arena);
}

static bool suggest(sampler *a, hn_config out)
{
    const hn_fold *fold = &a->scene->fold;
    uint32_t trial = (uint32_t)fold->trials.n;
    hn_arena scratch = HN_ARENA_INIT;
    hn_view view = hn_view_of(fold, trial);
    view.problem = &a->problem;
    hn_request request = {trial, -1, 0, 0, &scratch, NULL, NULL};
    hone_status status = a->scene->class->suggest(a->state, &view, &request, &out, NULL);
    hn_arena_free(&scratch);
    FUZZ_EXPECT(status == HONE_OK);
    return status == HONE_OK;
}

// --- damages ---

static void mend(hn_str *bytes)
{
    if (bytes->n < CHECKSUM)
        return;
    uint64_t sum = hn_hash64(bytes->data + CHECKSUM, bytes->n - CHECKSUM);
    memcpy(bytes->data, &sum, CHECKSUM);
}

// `same`: it has to suggest `want`.
static void recall(const scene *s, const hn_str *bytes, bool same, hn_config want, hn_config got)
{
    sampler a;
    char *copy = malloc(bytes->n ? bytes->n : 1); // of exact size: a read beyond its end is seen
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, hn_str_text(bytes), bytes->n);
    if (begin(&a, s)) {
        hn_str again = HN_STR_INIT;
        s->class->recall(a.state, copy, bytes->n);
        if (suggest(&a, got)) {
            FUZZ_CHECK(!same || hn_config_equal(s->fold.problem.space, got, want));
            FUZZ_CHECK(hn_space_validate(s->fold.problem.space, got, NULL) == HONE_OK);
        }
        (void)s->class->keep(a.state, &again);
        hn_str_free(&again);
        finish(&a);
    }
    free(copy);
}

static void play(scene *s, const uint8_t *data, size_t size)
{
    size_t n = data[1] % (MAX_DAMAGES + 1), head = 2 + 3 * n;
    bool mended = data[1] & 128;
    sampler a;
    hn_arena arena = HN_ARENA_INIT;
    hn_str bytes = HN_STR_INIT;
    hn_config x = hn_config_new(&arena, s->fold.problem.space);
    hn_config got = hn_config_new(&arena, s->fold.problem.space);
    if (!hn_arena_failed(&arena) && begin(&a, s)) {
        bool ok = suggest(&a, x);
        for (size_t i = head; ok && i < size && i < head + MAX_TRIALS; i++)
            ok = start(s, x) && end(s, data[i]) && suggest(&a, x);
        (void)s->class->keep(a.state, &bytes);
        finish(&a);
        for (size_t i = 0; i < n && bytes.n > 0; i++)
            damage(&bytes, data + 2 + 3 * i);
        if (mended)
            mend(&bytes);
        if (ok && !hn_str_failed(&bytes))
            recall(s, &bytes, !mended, x, got);
    }
    hn_str_free(&bytes);
    hn_arena_free(&arena);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const hn_plugin *plugin = NULL;
    scene s = {0};
    if (size < 2 || size < 2 + 3 * (size_t)(data[1] % (MAX_DAMAGES + 1)))
        return;
    s.setup = &setups[data[0] % (sizeof setups / sizeof *setups)];
    FUZZ_CHECK(hone_plugin_find(HN_KIND_SAMPLER, s.setup->sampler, &plugin, NULL) == HONE_OK);
    s.class = (const void *)plugin;
    if (begin_study(&s))
        play(&s, data, size);
    hn_fold_free(&s.fold);
    hn_str_free(&s.params);
    hn_str_free(&s.record);
}
