// No sampler that looks at results asks for the same configuration twice, unless the objective is
// noisy or a finite space has been tried in full: whatever the parameters are, whatever becomes of
// the trials, and however many are pending. What only draws may repeat itself on a finite space.
#include "contract/samplers/world.h"

#include "space/features.h"

#define MANY UINT32_MAX
enum { N_TRIALS = 48, N_PENDING = 4 };

typedef struct space_case {
    const char *name;
    const char *texts[10];
    uint32_t n_points; // configurations of a finite space; MANY: of a finite part of it
} space_case;

static const space_case spaces[] = {
    {"reals", {"x=0..1", "y=-5..10"}, 0},
    {"log", {"lr=log:1e-6..1"}, 0},
    {"wide integers", {"k=int:0..1000000", "n=int:log:1..1000000"}, MANY},
    {"steps", {"s=0..1 step 0.1", "t=0..3 step 0.5"}, 77},
    {"choices", {"a=p,q,r", "b=p,q,r,s", "c=bool", "o=ord:xs,s,m"}, 72},
    {"simplex", {"x=simplex:3"}, 0},
    {"simplexes", {"x=simplex:4", "y=simplex:2"}, 0},
    {"permutation", {"p=perm:a,b,c,d"}, 24},
    {"permutations", {"p=perm:a,b,c,d,e", "q=perm:u,v,w"}, 720},
    {"subset", {"s=subset:a,b,c,d,e,f"}, 64},
    {"conditions", {"opt=sgd,adam", "m=0..1 if opt==sgd", "n=bool if m>0.5", "k=int:1..9"}, MANY},
    {"finite conditions", {"a=bool", "b=x,y,z if a==true", "c=int:1..4"}, 16},
    {"rules", {"a=int:1..12", "b=int:1..12", "require a*b<=40"}, MANY},
    {"everything",
     {"f=0..1", "lf=log:1e-6..1", "i=int:-3..40", "c=sgd,adam", "p=perm:a,b,c", "s=subset:u,v,w",
      "x=simplex:3", "n=normal:0,1", "z=0..1 if c==sgd"},
     0},
};

typedef enum history { ALL_WELL, ALL_FAIL, A_THIRD_FAILS, SEVERAL_PENDING, N_HISTORIES } history;
static const char *const history_names[] = {"all well", "all fail", "a third fails",
                                            "several pending"};

// Least in a corner, which is where search ends up.
static double slope(const world *w, uint32_t trial)
{
    const hone_space *space = w->fold.problem.space;
    hn_config config = hn_fold_config(&w->fold, &w->fold.trials.data[trial]);
    hn_arena arena = HN_ARENA_INIT;
    double *u = HN_NEW(&arena, double, space->n_dims + 1), sum = 0;
    assert_non_null(u);
    hn_space_encode(space, config, u);
    for (uint32_t k = 0; k < space->n_dims; k++)
        sum += u[k] * (k + 1);
    hn_arena_free(&arena);
    return sum;
}

static void end(world *w, sampler_in_use *s, history kind, uint32_t n)
{
    if (kind == SEVERAL_PENDING && n < N_PENDING)
        return;
    uint32_t trial = kind == SEVERAL_PENDING ? n - N_PENDING : n;
    bool fails = kind == ALL_FAIL || (kind == A_THIRD_FAILS && trial % 3 == 1);
    world_tell(w, trial, fails ? HONE_STATE_FAILED : HONE_STATE_COMPLETE,
               fails ? 0 : slope(w, trial));
    sampler_observe(s, &w->fold, trial);
}

static void assert_new(const world *w, const sampler_in_use *s, const char *name, history kind,
                       hn_config config)
{
    const hone_space *space = w->fold.problem.space;
    hn_str text = HN_STR_INIT;
    hn_config_write(space, config, &text);
    for (uint32_t t = 0; t < w->fold.trials.n; t++)
        if (hn_config_equal(space, config, hn_fold_config(&w->fold, &w->fold.trials.data[t])))
            fail_msg("%s, %s, %s: trial %u is trial %u: %s", s->class->head.name, name,
                     history_names[kind], (unsigned)w->fold.trials.n, t, text.data);
    if (strstr(text.data, "-0.0,") || strstr(text.data, "-0.0]"))
        fail_msg("%s, %s: %s", s->class->head.name, name, text.data);
    hn_str_free(&text);
}

static void check(const hn_sampler_class *class, const space_case *c, history kind)
{
    char *json = space_json(c->texts);
    world *w = world_new(json, 7, 1, WORLD_PLAIN);
    hn_arena arena = HN_ARENA_INIT;
    hn_config config = hn_config_new(&arena, w->fold.problem.space);
    uint32_t n = N_TRIALS;
    bool knows = class->head.can & (HN_USES_RESULTS | HN_EXHAUSTS);
    if (c->n_points > 0 && c->n_points < n)
        n = c->n_points;
    sampler_in_use s;
    if ((c->n_points == 0 || knows) && sampler_begin_here(&s, class, &w->fold, 0)) {
        for (uint32_t i = 0; i < n; i++) {
            hone_error err = HONE_ERROR_INIT;
            hone_status status = sampler_suggest(&s, &w->fold, i, 0, &config, &err);
            if (status == HONE_EEXHAUSTED && (class->head.can & HN_EXHAUSTS))
                break;
            if (status != HONE_OK)
                fail_msg("%s, %s: %s", class->head.name, c->name, err.text);
            assert_new(w, &s, c->name, kind, config);
            world_start(w, config, (int64_t)w->fold.n_events);
            end(w, &s, kind, i);
        }
        sampler_end(&s);
    }
    hn_arena_free(&arena);
    world_free(w);
    hone_free(json);
}

static void nothing_is_tried_twice(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++)
        for (size_t k = 0; k < sizeof spaces / sizeof *spaces; k++)
            for (int kind = 0; kind < N_HISTORIES; kind++)
                check((const hn_sampler_class *)(const void *)plugin, &spaces[k], (history)kind);
}

// When all of a finite space has failed or is done, what has failed is tried again, and nothing
// else.
static void what_failed_is_tried_again_last(void **state)
{
    (void)state;
    enum { N = 24, FAILED = 17 };
    char *json = space_json((const char *const[]){"p=perm:a,b,c,d", NULL});
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        const hn_sampler_class *class = (const void *)plugin;
        world *w = world_new(json, 7, 1, WORLD_PLAIN);
        hn_arena arena = HN_ARENA_INIT;
        hn_config config = hn_config_new(&arena, w->fold.problem.space);
        sampler_in_use s;
        bool taken = (plugin->can & HN_USES_RESULTS) && !(plugin->can & HN_EXHAUSTS) &&
                     sampler_begin_here(&s, class, &w->fold, 0);
        for (uint32_t t = 0; taken && t < N; t++) {
            assert_int_equal(sampler_suggest(&s, &w->fold, t, 0, &config, NULL), HONE_OK);
            world_start(w, config, (int64_t)w->fold.n_events);
            world_tell(w, t, t == FAILED ? HONE_STATE_FAILED : HONE_STATE_COMPLETE, slope(w, t));
            sampler_observe(&s, &w->fold, t);
        }
        if (taken) {
            hn_config failed = hn_fold_config(&w->fold, &w->fold.trials.data[FAILED]);
            assert_int_equal(sampler_suggest(&s, &w->fold, N, 0, &config, NULL), HONE_OK);
            if (!hn_config_equal(w->fold.problem.space, config, failed))
                fail_msg("%s: another one than what has failed", plugin->name);
            sampler_end(&s);
        }
        hn_arena_free(&arena);
        world_free(w);
    }
    hone_free(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_tried_twice),
        cmocka_unit_test(what_failed_is_tried_again_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
