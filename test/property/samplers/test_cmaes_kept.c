// cmaes, kept up from trial to trial, rebuilt from the journal and recalled from what was kept of
// an earlier prefix, is the same state bit for bit: what each of them would keep is equal byte by
// byte. Histories are random: several trials run at a time, end in any order, fail, are pruned, and
// come from the queue; searches end and begin anew, integers and choices have their margins, and
// earlier studies start a race.
#include "contract/samplers/world.h"
#include "property/chance.h"
#include "samplers/cmaes_run.h"

enum { TRIALS = 600, MOST_RUNNING = 5, EVERY = 13, SOURCE_TRIALS = 40 };

typedef enum landscape { BOWL, FLAT, STEPS } landscape;

typedef struct scene {
    const char *name, *options;
    const char *const *lines;
    landscape landscape;
    bool from;    // an earlier study
    uint32_t lag; // 0: results come in any order
    uint32_t least_restarts;
} scene;

static const char *const plane[] = {"x=0..1", "y=0..1", NULL};
static const char *const numbers[] = {"x=0..1", "y=0..1", "z=log:1e-3..1", NULL};
static const char *const mixed[] = {"x=0..1",         "k=int:1..20",  "c=a,b,d",
                                    "m=0..1 if c==a", "n=normal:0,1", NULL};
static const char *const choices[] = {"a=u,v,w", "b=u,v", "s=subset:a,b,c,d,e,f", NULL};

static const scene scenes[] = {
    {"numbers", NULL, numbers, BOWL, false, 0, 0},
    {"flat", NULL, plane, FLAT, false, 0, 2},
    {"flat, doubling", "{\"restarts\":\"ipop\"}", plane, FLAT, false, 0, 1},
    {"steps", "{\"population\":6,\"sigma0\":0.4}", numbers, STEPS, false, 0, 0},
    {"separable", "{\"variant\":\"sep\"}", mixed, BOWL, false, 0, 0},
    {"slow", "{\"lr_adapt\":true}", numbers, STEPS, false, 0, 0},
    {"slow, separable", "{\"lr_adapt\":true,\"variant\":\"sep\"}", numbers, BOWL, false, 0, 0},
    {"mixed", NULL, mixed, BOWL, false, 0, 0},
    {"choices", NULL, choices, BOWL, false, 0, 0},
    {"late start", "{\"warm_start\":40}", numbers, BOWL, false, 0, 0},
    {"earlier study", NULL, plane, FLAT, true, 0, 2},
    {"lag", NULL, mixed, STEPS, false, MOST_RUNNING, 0},
};

// --- the history ---

static double value_of(const scene *sc, const hone_space *space, hn_config config)
{
    double x[16], sum = 0;
    hn_space_encode(space, config, x);
    for (uint32_t k = 0; k < space->n_dims; k++)
        sum += isnan(x[k]) ? 0.1 : (k + 1) * (x[k] - 0.4) * (x[k] - 0.4);
    return sc->landscape == FLAT ? 1 : sc->landscape == STEPS ? floor(10 * sum) : sum;
}

static char *earlier_study(const hone_space *space)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, space);
    hn_str text = HN_STR_INIT, bytes = HN_STR_INIT;
    char *json = hone_space_to_json(space);
    hn_str_printf(&text,
                  "[{\"study\":\"old\",\"storage\":\"\",\"metric\":\"loss\",\"goal\":"
                  "\"minimize\",\"trials\":%d,\"space\":%s,\"configs\":[",
                  (int)SOURCE_TRIALS, json);
    for (uint32_t t = 0; t < SOURCE_TRIALS; t++) {
        assert_int_equal(hn_space_redraw(space, 7, t, 0, x, NULL), HONE_OK);
        hn_str_clear(&bytes);
        hn_config_write(space, x, &bytes);
        hn_str_add(&text, t ? ",\"" : "\"");
        for (size_t i = 0; i < bytes.n; i++)
            hn_str_printf(&text, "%02x", (unsigned)(unsigned char)bytes.data[i]);
        hn_str_add(&text, "\"");
    }
    hn_str_add(&text, "],\"values\":[");
    for (uint32_t t = 0; t < SOURCE_TRIALS; t++)
        hn_str_printf(&text, "%s%u", t ? "," : "", (unsigned)t);
    hn_str_add(&text, "]}]");
    hone_free(json);
    hn_str_free(&bytes);
    hn_arena_free(&arena);
    return hn_str_take(&text);
}

// Where all is flat, what fails would hide it.
static void tell(world *w, chance *c, landscape of, uint32_t trial, double value)
{
    uint64_t what = of == FLAT ? 2 + below(c, 18) : below(c, 20);
    if (what == 1)
        world_report(w, trial, (double)below(c, 9), value);
    world_tell(w, trial,
               what == 0   ? HONE_STATE_FAILED
               : what == 1 ? HONE_STATE_PRUNED
               : what == 2 ? HONE_STATE_LOST
                           : HONE_STATE_COMPLETE,
               value);
}

// --- states ---

typedef struct stage {
    const scene *scene;
    const hn_sampler_class *class;
    world *w;
    char *from;
    chance c;
    uint32_t running[MOST_RUNNING], n_running;
    double values[TRIALS];
    hn_str before; // what was kept some trials ago
} stage;

static void begin(const stage *st, sampler_in_use *s)
{
    assert_true(sampler_begin_with(s, st->class, &st->w->fold, TRIALS, st->scene->options, NULL));
    s->problem.from = st->from;
}

static const hn_cmaes_run *run_of(const sampler_in_use *s)
{
    return s->state; // what its state begins with
}

static void keep(const sampler_in_use *s, hn_str *out)
{
    hn_str_clear(out);
    (void)s->class->keep(s->state, out);
    assert_false(hn_str_failed(out));
}

// A new state, given these bytes, suggests for the next trial what `s` did, and is what `s` is.
static void check_new(const stage *st, const sampler_in_use *s, const hn_str *bytes,
                      hn_config suggested, const char *how)
{
    sampler_in_use other;
    hn_arena arena = HN_ARENA_INIT;
    const hone_space *space = st->w->fold.problem.space;
    hn_config x = hn_config_new(&arena, space);
    hn_str mine = HN_STR_INIT, its = HN_STR_INIT;
    uint32_t t = (uint32_t)st->w->fold.trials.n;
    begin(st, &other);
    if (bytes)
        other.class->recall(other.state, bytes->data, bytes->n);
    assert_int_equal(sampler_suggest(&other, &st->w->fold, t, 0, &x, NULL), HONE_OK);
    if (!hn_config_equal(space, x, suggested))
        fail_msg("%s, trial %u: another point %s", st->scene->name, (unsigned)t, how);
    keep(s, &mine);
    keep(&other, &its);
    if (mine.n != its.n || memcmp(hn_str_text(&mine), hn_str_text(&its), mine.n) != 0)
        fail_msg("%s, trial %u: another state %s", st->scene->name, (unsigned)t, how);
    if (bytes && bytes->n > 0 && st->scene->lag == 0)
        assert_true(run_of(&other)->n_taken_up > 0);
    hn_str_free(&mine);
    hn_str_free(&its);
    sampler_end(&other);
    hn_arena_free(&arena);
}

static void end_one(stage *st)
{
    uint32_t at = st->scene->lag ? 0 : (uint32_t)below(&st->c, st->n_running);
    uint32_t trial = st->running[at];
    st->n_running--;
    memmove(st->running + at, st->running + at + 1, (st->n_running - at) * sizeof *st->running);
    tell(st->w, &st->c, st->scene->landscape, trial, st->values[trial]);
}

static void step(stage *st, sampler_in_use *s, hn_config x)
{
    const hone_space *space = st->w->fold.problem.space;
    uint32_t t = (uint32_t)st->w->fold.trials.n;
    assert_int_equal(sampler_suggest(s, &st->w->fold, t, 0, &x, NULL), HONE_OK);
    if (t % EVERY == EVERY - 1) {
        hn_str now = HN_STR_INIT;
        keep(s, &now);
        check_new(st, s, NULL, x, "rebuilt");
        check_new(st, s, &st->before, x, "recalled from some trials ago");
        check_new(st, s, &now, x, "recalled");
        hn_str_free(&st->before);
        st->before = now;
    }
    if (below(&st->c, 30) == 0 && st->scene->lag == 0) // as if somebody had changed it
        assert_int_equal(hn_space_redraw(space, 3, t, 0, x, NULL), HONE_OK);
    st->values[t] = value_of(st->scene, space, x);
    st->running[st->n_running++] = world_start(st->w, x, (int64_t)st->w->fold.n_events);
    while (st->n_running == MOST_RUNNING || (st->n_running > 0 && below(&st->c, 3) > 0))
        end_one(st);
}

static void play(const scene *sc, uint64_t seed)
{
    const hn_plugin *plugin = NULL;
    char extra[64];
    sampler_in_use s;
    stage st = {.scene = sc, .c = {hn_rng_make(seed, HN_PURPOSE_SUGGEST, 0), 0}};
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "cmaes", &plugin, NULL), HONE_OK);
    (void)snprintf(extra, sizeof extra, "\"lag\":%u,\"noisy\":false", (unsigned)sc->lag);
    st.class = (const void *)plugin;
    char *json = space_json(sc->lines);
    st.w = world_new(json, seed, 1, extra);
    hone_free(json);
    st.from = sc->from ? earlier_study(st.w->fold.problem.space) : NULL;
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, st.w->fold.problem.space);
    begin(&st, &s);
    for (uint32_t t = 0; t < TRIALS; t++)
        step(&st, &s, x);
    assert_true(st.before.n > 0);
    if (run_of(&s)->schedule.n_runs < sc->least_restarts)
        fail_msg("%s: %u restarts", sc->name, (unsigned)run_of(&s)->schedule.n_runs);
    assert_true(!sc->from || run_of(&s)->race.end > 0);
    sampler_end(&s);
    hn_str_free(&st.before);
    hn_free(st.from);
    hn_arena_free(&arena);
    world_free(st.w);
}

static void states_are_equal(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        for (uint64_t seed = 1; seed <= 2; seed++)
            play(&scenes[i], seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_are_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
