// Studies driven at random by several handles, which also change their space: the journal alone
// gives the state that each handle arrived at, and every suggestion in it comes out again, bit by
// bit, from the prefix it saw, in the version of the space that was the newest there.
#include "contract/samplers/world.h"
#include "core/snapshot.h"
#include "core/study_internal.h"
#include "property/chance.h"
#include "unit/core/study_rig.h"

enum { HANDLES = 3, STEPS = 160, MAX_HELD = 6 };

typedef struct holder {
    hone_study *study;
    hone_trial *held[MAX_HELD];
    int n_held;
    bool finite;
} holder;

static const char *const versions[2][4][6] = {
    {{"x=0..1", "k=int:1..5", "opt=sgd,adam", "m=0..1 if opt==sgd"},
     {"x=0.2..0.8", "k=int:1..5", "opt=sgd,adam", "m=0..1 if opt==sgd"},
     {"x=0..2", "k=int:1..9", "opt=lion,sgd,adam", "w=0..1", "forbid k>3 && opt==adam"},
     {"k=int:2..5", "opt=sgd,adam", "m=0..1 = 0.5", "w=log:0.01..1"}},
    {{"k=int:1..5", "opt=a,b,c,d,e,f", "b=bool"},
     {"k=int:1..4", "opt=a,c,e,g,i", "b=bool"},
     {"k=int:1..5", "opt=f,e,d,c", "b=bool", "s=1,2 = 1"},
     {"k=int:2..6", "opt=a,b,c,d,e,f"}}};

// Ends, gives back or pauses one of the trials that the handle holds; others may have taken it
// over.
static void act_on_one(holder *h, chance *c)
{
    int i = (int)below(c, (uint64_t)h->n_held);
    hone_trial *trial = h->held[i];
    double value = (double)below(c, 1000);
    hone_status status;
    switch (below(c, 8)) {
    case 0:
        status = hone_study_requeue(h->study, trial, "given back", NULL);
        break;
    case 1:
        status = hone_study_tell(h->study, trial, HONE_STATE_FAILED, NULL, NULL);
        break;
    case 2:
        status = hone_study_tell(h->study, trial, HONE_STATE_LOST, NULL, NULL);
        break;
    case 3:
        status = hone_trial_report(trial, (double)below(c, 9), value, NULL);
        assert_true(status == HONE_OK || status == HONE_ESTALE);
        return;
    default:
        status = hone_study_tell(h->study, trial, HONE_STATE_COMPLETE, &value, NULL);
    }
    assert_true(status == HONE_OK || status == HONE_ESTALE);
    hone_trial_destroy(trial);
    h->held[i] = h->held[--h->n_held];
}

// Goes back and forth between the versions, from a handle that may not have seen the last one.
static void change_space(holder *h, chance *c)
{
    hone_space *space = space_of(versions[h->finite][below(c, 4)]);
    OK(hone_study_change_space(h->study, space, NULL, &err));
    hone_space_destroy(space);
}

static void step(holder *h, chance *c)
{
    hone_status status;
    uint64_t what = below(c, 12);
    if (what == 0 && below(c, 4) == 0) {
        change_space(h, c);
    } else if (what == 0) {
        const char *values = below(c, 2) ? "{\"k\":3}" : "{\"k\":5}";
        status = hone_study_enqueue(h->study, values, HONE_PURPOSE_SEARCH, -1, NULL, NULL);
        assert_true(status == HONE_OK || status == HONE_EINVAL); // not in every version
    } else if (what == 1) {
        OK(hone_study_refresh(h->study, &err));
    } else if (what == 2 && hone_study_n_trials(h->study) > 0) {
        hone_trial *other = look(h->study, (uint32_t)below(c, hone_study_n_trials(h->study)));
        status = hone_study_requeue(h->study, other, "taken over", NULL);
        assert_true(status == HONE_OK || status == HONE_ESTALE);
        hone_trial_destroy(other);
    } else if (h->n_held < MAX_HELD && what < 7) {
        status = hone_study_ask(h->study, NULL, &h->held[h->n_held], NULL);
        assert_true(status == HONE_OK || status == HONE_EEXHAUSTED);
        h->n_held += status == HONE_OK;
    } else if (h->n_held > 0) {
        act_on_one(h, c);
    }
}

static hone_status copy_record(void *user, uint64_t seq, const void *data, size_t size,
                               hone_error *err)
{
    world *w = user;
    assert_int_equal(seq, w->ends.n);
    hn_str_add_n(&w->journal, data, size);
    assert_true(hn_vec_push(&w->ends, w->journal.n));
    return hn_fold_apply_bytes(&w->fold, data, size, NULL, err);
}

static void assert_equal_states(const hn_fold *a, const hn_fold *b)
{
    hn_str x = HN_STR_INIT, y = HN_STR_INIT;
    hn_snapshot_write(a, &x);
    hn_snapshot_write(b, &y);
    assert_int_equal(x.n, y.n);
    assert_memory_equal(x.data, y.data, x.n);
    hn_str_free(&x);
    hn_str_free(&y);
}

// Is the configuration of `trial` what its sampler says again, seeing what it saw? Attempts after
// the first stand for points that had a pending twin.
static bool suggested_again(const world *w, const hn_sampler_class *class, uint32_t trial)
{
    const hn_trial *row = &w->fold.trials.data[trial];
    hn_fold prefix;
    sampler_in_use s;
    hn_arena arena = HN_ARENA_INIT;
    hn_config want = hn_fold_config(&w->fold, row);
    bool again = false;
    world_fold(w, (size_t)row->saw, &prefix);
    hn_config config = hn_config_new(&arena, prefix.problem.space);
    assert_int_equal(prefix.problem.space_version, row->space);
    assert_true(sampler_begin(&s, class, &prefix, 0));
    for (uint32_t attempt = 0; !again && attempt < 20; attempt++) {
        assert_int_equal(sampler_suggest(&s, &prefix, trial, attempt, &config, NULL), HONE_OK);
        again = hn_config_equal(prefix.problem.space, config, want);
    }
    sampler_end(&s);
    hn_arena_free(&arena);
    hn_fold_free(&prefix);
    return again;
}

static void one_study(const hn_sampler_class *class, uint32_t seed)
{
    folder f = folder_new();
    hone_space *space = space_of(versions[seed % 2 == 0][0]);
    hone_study_options options = options_of(f.url, space);
    chance c = {hn_rng_make(seed, HN_PURPOSE_TEST, seed), 0};
    holder handles[HANDLES] = {{0}};
    options.sampler = class->head.name;
    options.seed = seed;
    for (int i = 0; i < HANDLES; i++) {
        handles[i].study = study_open(&options);
        handles[i].finite = seed % 2 == 0;
    }
    for (int i = 0; i < STEPS; i++)
        step(&handles[below(&c, HANDLES)], &c);
    world w = {0};
    hn_fold_init(&w.fold);
    for (int i = 0; i < HANDLES; i++) // reports that wait for the next append go first
        OK(hone_study_refresh(handles[i].study, &err));
    const hn_storage_class *storage = handles[0].study->storage_class;
    OK(storage->read(handles[0].study->storage, handles[0].study->id, 0, copy_record, &w, &err));
    for (int i = 0; i < HANDLES; i++) {
        OK(hone_study_refresh(handles[i].study, &err));
        assert_equal_states(&handles[i].study->fold, &w.fold);
    }
    uint32_t n_suggested = 0;
    for (uint32_t t = 0; t < w.fold.trials.n; t++) {
        const hn_trial *row = &w.fold.trials.data[t];
        bool sampled = row->origin == HONE_ORIGIN_SAMPLED || row->origin == HONE_ORIGIN_SERVED;
        if (!(row->flags & HN_TRIAL_HAS_PARAMS) || !sampled)
            continue;
        if (!suggested_again(&w, class, t))
            fail_msg("%s, seed %u: trial %u comes out otherwise", class->head.name, seed, t);
        n_suggested++;
    }
    assert_true(n_suggested > 10);
    for (int i = 0; i < HANDLES; i++) {
        while (handles[i].n_held > 0)
            hone_trial_destroy(handles[i].held[--handles[i].n_held]);
        hone_study_close(handles[i].study);
    }
    hn_fold_free(&w.fold);
    hn_str_free(&w.journal);
    hn_vec_free(&w.ends);
    hone_space_destroy(space);
    folder_free(&f);
}

static void the_journal_says_it_all(void **state)
{
    (void)state;
    const hn_plugin *plugin;
    for (uint32_t i = 0; (plugin = hone_plugin_at(HN_KIND_SAMPLER, i)); i++)
        for (uint32_t seed = 1; seed <= 12; seed++)
            one_study((const hn_sampler_class *)(const void *)plugin, seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_journal_says_it_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
