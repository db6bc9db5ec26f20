// What samplers keep for the next process that opens a study (keep, recall): suggestions are the
// same with it and without, from whatever state of the study it is, and whatever it is of. And it
// is of use.
#include "contract/samplers/world.h"

#include "space/features.h"

enum { N = 230, EVERY = 23 };

static const char *const numbers[] = {"x=0..1", "y=0..1", "z=log:1e-3..1", NULL};
static const char *const mixed[] = {"x=0..1", "k=int:1..9", "c=a,b,d", "m=0..1 if c==a", NULL};
static const char *const many[] = {"a=0..1", "b=0..1", "c=0..1", "d=0..1", "e=0..1",
                                   "f=0..1", "g=0..1", "h=0..1", "i=0..1", "j=0..1",
                                   "k=0..1", "l=0..1", "m=0..1", NULL};

// A bowl with ripples: local searches come to their end, and begin anew.
static double value_of(const hone_space *space, hn_config config)
{
    double x[16], sum = 0;
    hn_features_encode(space, config, x);
    for (uint32_t k = 0; k < space->n_dims; k++)
        sum += isnan(x[k]) ? 0.1 : (k + 1) * (x[k] - 0.4) * (x[k] - 0.4) + 1e-3 * cos(20 * x[k]);
    return sum;
}

static void drive(world *w, sampler_in_use *s, uint32_t n)
{
    hn_arena arena = HN_ARENA_INIT;
    hn_config x = hn_config_new(&arena, w->fold.problem.space);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(sampler_suggest(s, &w->fold, i, 0, &x, NULL), HONE_OK);
        uint32_t t = world_start(w, x, (int64_t)w->fold.n_events);
        double value = value_of(w->fold.problem.space, x);
        if (t % 9 != 4)
            world_tell(w, t, t % 11 == 5 ? HONE_STATE_FAILED : HONE_STATE_COMPLETE, value);
        if (t % 18 == 14) // a result that comes late
            world_tell(w, t - 10, HONE_STATE_COMPLETE, 2 * value);
    }
    hn_arena_free(&arena);
}

// The sampler's bytes at the prefix that trial `t` saw; `text` is cleared.
static bool keep_at(const world *w, const hn_sampler_class *class, uint32_t t, hn_str *text)
{
    hn_fold prefix;
    sampler_in_use s;
    world_fold(w, (size_t)w->fold.trials.data[t].saw, &prefix);
    assert_true(sampler_begin_here(&s, class, &prefix, N));
    assert_suggests_again(w, "a world", &prefix, &s, t, "from a new state");
    hn_str_clear(text);
    bool dear = class->keep(s.state, text);
    sampler_end(&s);
    hn_fold_free(&prefix);
    return dear;
}

// Trial `t` with these bytes: as it was. True when it was still dear.
static bool check_with(const world *w, const hn_sampler_class *class, uint32_t t, const char *bytes,
                       size_t n, const char *how)
{
    hn_fold prefix;
    sampler_in_use s;
    hn_str text = HN_STR_INIT;
    world_fold(w, (size_t)w->fold.trials.data[t].saw, &prefix);
    assert_true(sampler_begin_here(&s, class, &prefix, N));
    class->recall(s.state, bytes, n);
    assert_suggests_again(w, "a world", &prefix, &s, t, how);
    bool dear = class->keep(s.state, &text);
    hn_str_free(&text);
    sampler_end(&s);
    hn_fold_free(&prefix);
    return dear;
}

// Bytes that went through a process which made no suggestion.
static void pass_on(const world *w, const hn_sampler_class *class, hn_str *text)
{
    sampler_in_use s;
    hn_str next = HN_STR_INIT;
    assert_true(sampler_begin_here(&s, class, &w->fold, N));
    class->recall(s.state, text->data, text->n);
    assert_false(class->keep(s.state, &next));
    hn_str_free(text);
    *text = next;
    sampler_end(&s);
}

static void check(const hn_sampler_class *class, const char *const *lines)
{
    char *json = space_json(lines);
    world *w = world_new(json, 5, 1, WORLD_PLAIN), *other = world_new(json, 6, 1, WORLD_PLAIN);
    sampler_in_use s;
    hn_str kept = HN_STR_INIT, of_other = HN_STR_INIT;
    hone_free(json);
    assert_true(sampler_begin_here(&s, class, &w->fold, N));
    drive(w, &s, N);
    sampler_end(&s);
    assert_true(sampler_begin_here(&s, class, &other->fold, N));
    drive(other, &s, N / 2);
    sampler_end(&s);
    (void)keep_at(other, class, N / 2 - 1, &of_other);
    for (uint32_t t = 1; t < N; t += EVERY) {
        (void)keep_at(w, class, t, &kept);
        check_with(w, class, t, kept.data, kept.n, "with what was kept there");
        pass_on(w, class, &kept);
        check_with(w, class, t, kept.data, kept.n, "with what another process has passed on");
        check_with(w, class, t + 3 < N ? t + 3 : t, kept.data, kept.n, "with what was kept before");
        check_with(w, class, t / 2, kept.data, kept.n, "with what was kept later");
        check_with(w, class, t, of_other.data, of_other.n, "with what is of another study");
        check_with(w, class, t, kept.data, kept.n - 1, "with a piece of what was kept");
        check_with(w, class, t, kept.data, t % kept.n, "with little of what was kept");
    }
    hn_str_free(&kept);
    hn_str_free(&of_other);
    world_free(other);
    world_free(w);
}

static void each_sampler(void **state)
{
    const hn_plugin *plugin;
    uint32_t n = 0;
    (void)state;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++) {
        const hn_sampler_class *class = (const void *)plugin;
        assert_true(!class->keep == !class->recall);
        if (!class->keep)
            continue;
        check(class, numbers);
        check(class, mixed);
        n++;
    }
    assert_true(n >= 2); // auto and trust
}

static void it_saves_the_work(void **state)
{
    const hn_plugin *plugin;
    (void)state;
    assert_int_equal(hone_plugin_find(HN_KIND_SAMPLER, "trust", &plugin, NULL), HONE_OK);
    const hn_sampler_class *class = (const void *)plugin;
    char *json = space_json(many);
    world *w = world_new(json, 5, 1, WORLD_PLAIN);
    sampler_in_use s;
    hn_str kept = HN_STR_INIT;
    hone_free(json);
    assert_true(sampler_begin(&s, class, &w->fold, N));
    drive(w, &s, N);
    sampler_end(&s);
    assert_false(keep_at(w, class, 10, &kept));
    assert_true(keep_at(w, class, N - 5, &kept));
    assert_false(check_with(w, class, N - 1, kept.data, kept.n, "with what was kept before"));
    assert_true(check_with(w, class, N - 1, NULL, 0, "with nothing kept"));
    hn_str_free(&kept);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sampler),
        cmocka_unit_test(it_saves_the_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
