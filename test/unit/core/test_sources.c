// Earlier studies as sources: what is taken along and refused, how values are mapped, how far the
// two agree.
#include "study_rig.h"

#include "core/sources.h"
#include "core/study_internal.h"

static hone_study_options named(const folder *f, const char *name, const hone_space *space)
{
    hone_study_options options = options_of(f->url, space);
    options.name = name;
    return options;
}

// Queues a configuration, runs it, and tells `value`.
static void told(hone_study *study, const char *json, double value)
{
    OK(hone_study_enqueue(study, json, HONE_PURPOSE_SEARCH, -1, NULL, &err));
    tell(study, ask(study), value);
}

// A study "old" of these trials, {"…": value} by turns, ended by NULL.
static void make_old(const folder *f, hone_space *space, const char *const *configs)
{
    hone_study *study = NULL;
    hone_study_options options = named(f, "old", space);
    OK(hone_study_open(&options, &study, &err));
    for (int i = 0; configs[i]; i++)
        told(study, configs[i], i);
    hone_study_close(study);
    hone_space_destroy(space);
}
#define OLD(f, space, ...) make_old(f, space, (const char *const[]){__VA_ARGS__, NULL})

// A study from "old".
static hone_study *make_new(const folder *f, hone_space *space)
{
    hone_study *study = NULL;
    hone_study_options options = named(f, "new", space);
    hone_from from = {NULL, "old"};
    options.from = &from;
    options.n_from = 1;
    OK(hone_study_open(&options, &study, &err));
    hone_space_destroy(space);
    return study;
}

static hone_source source_of(hone_study *study)
{
    hone_source out = HONE_SOURCE_INIT;
    OK(hone_study_source(study, 0, &out, &err));
    return out;
}

// --- mapping ---

// Values are what counts: another scale, another order of choices, a wider range.
static void values_are_mapped(void **unused)
{
    (void)unused;
    folder f = folder_new();
    hn_sources s = {0};
    OLD(&f, SPACE("lr=0.001..1", "opt=sgd,adam", "gone=0..1"),
        "{\"lr\":0.01,\"opt\":\"sgd\",\"gone\":0.5}", "{\"lr\":1,\"opt\":\"adam\",\"gone\":0.5}");
    hone_study *study = make_new(&f, SPACE("opt=lion,adam,sgd", "lr=log:0.0001..1"));
    OK(hn_sources_make(&s, &study->fold.problem, &err));
    assert_int_equal(s.n, 1);
    const hn_source_trials *t = &s.list[0];
    assert_int_equal(t->n, 2);
    assert_int_equal(t->n_trials, 2);
    assert_int_equal(t->n_shared, 2);
    assert_true(t->known[0] && t->known[1]);
    assert_number(t->x[0], 2);
    assert_float_equal(t->x[1], 0.5, 1e-12);
    assert_number(t->x[2], 1);
    assert_float_equal(t->x[3], 1, 1e-12);
    assert_number(t->y[0], 0);
    assert_number(t->y[1], 1);
    assert_int_equal(t->order[0], 0);
    hn_sources_free(&s);
    hone_study_close(study);
    folder_free(&f);
}

// A trial with a value that the space does not have is left out, not moved.
static void what_lies_outside_is_left_out(void **unused)
{
    (void)unused;
    folder f = folder_new();
    OLD(&f, SPACE("lr=0..1", "opt=sgd,adam"), "{\"lr\":0.2,\"opt\":\"sgd\"}",
        "{\"lr\":0.9,\"opt\":\"sgd\"}", "{\"lr\":0.3,\"opt\":\"adam\"}");
    hone_study *study = make_new(&f, SPACE("lr=0..0.5", "opt=sgd,lion"));
    hone_source s = source_of(study);
    assert_int_equal(s.n_trials, 3);
    assert_int_equal(s.n_copied, 3);
    assert_int_equal(s.n_inside, 1);
    assert_int_equal(s.n_shared, 2);
    assert_int_equal(s.n_params, 2);
    assert_string_equal(s.study, "old");
    assert_string_equal(s.storage, f.url);
    hone_study_close(study);
    folder_free(&f);
}

// What the earlier study lacks had its default; without one it is unknown.
static void what_is_missing_had_its_default(void **unused)
{
    (void)unused;
    folder f = folder_new();
    hn_sources s = {0};
    OLD(&f, SPACE("lr=0..1"), "{\"lr\":0.2}", "{\"lr\":0.4}");
    hone_study *study = make_new(&f, SPACE("lr=0..1", "m=0..1 = 0.75", "w=0..1"));
    OK(hn_sources_make(&s, &study->fold.problem, &err));
    const hn_source_trials *t = &s.list[0];
    assert_int_equal(t->n_shared, 1);
    assert_true(t->known[0] && t->known[1] && !t->known[2]);
    assert_float_equal(t->x[1], 0.75, 1e-12);
    assert_true(isnan(t->x[2]));
    hn_sources_free(&s);
    hone_study_close(study);
    folder_free(&f);
}

// A name that means something else now is another parameter.
static void another_domain_is_not_shared(void **unused)
{
    (void)unused;
    folder f = folder_new();
    OLD(&f, SPACE("lr=0..1", "size=small,large"), "{\"lr\":0.2,\"size\":\"small\"}",
        "{\"lr\":0.4,\"size\":\"large\"}");
    hone_study *study = make_new(&f, SPACE("lr=0..1", "size=int:1..9"));
    hone_source s = source_of(study);
    assert_int_equal(s.n_shared, 1);
    assert_int_equal(s.n_inside, 2);
    hone_study_close(study);
    folder_free(&f);
}

// The evidence is the study's own: the earlier one may go, the space may change.
static void the_copy_stands_alone(void **unused)
{
    (void)unused;
    folder f = folder_new();
    OLD(&f, SPACE("lr=0..1"), "{\"lr\":0.2}", "{\"lr\":0.4}", "{\"lr\":0.8}");
    hone_study_close(make_new(&f, SPACE("lr=0..0.5")));
    OK(hone_studies_delete(f.url, "old", &err));
    hone_study *study = NULL;
    hone_study_options options = named(&f, "new", NULL);
    OK(hone_study_open(&options, &study, &err));
    assert_int_equal(hone_study_n_sources(study), 1);
    assert_int_equal(source_of(study).n_inside, 2);
    hone_space *wider = SPACE("lr=0..1");
    OK(hone_study_change_space(study, wider, NULL, &err));
    assert_int_equal(source_of(study).n_inside, 3);
    hone_space_destroy(wider);
    hone_study_close(study);
    folder_free(&f);
}

// --- agreement ---

// Own trials of lr alone, with this sign of the values of "old", which rise with lr.
static double agreement_of(double sign, uint32_t n)
{
    folder f = folder_new();
    char text[64];
    OLD(&f, SPACE("lr=0..1"), "{\"lr\":0}", "{\"lr\":0.25}", "{\"lr\":0.5}", "{\"lr\":0.75}",
        "{\"lr\":1}");
    hone_study *study = make_new(&f, SPACE("lr=0..1"));
    for (uint32_t i = 0; i < n; i++) {
        double lr = fmod(0.13 + 0.618 * i, 1);
        (void)snprintf(text, sizeof text, "{\"lr\":%.3f}", lr);
        told(study, text, sign * lr);
    }
    hone_source s = source_of(study);
    assert_int_equal(s.n_compared, n);
    hone_study_close(study);
    folder_free(&f);
    return s.agreement;
}

static void agreement_is_that_of_pairs(void **unused)
{
    (void)unused;
    assert_true(isnan(agreement_of(1, 0)));
    assert_true(isnan(agreement_of(1, 1)));
    assert_number(agreement_of(1, 10), 1);
    assert_number(agreement_of(-1, 10), 0);
}

static void trust_ends_with_contradiction(void **unused)
{
    (void)unused;
    assert_float_equal(hn_source_trust(NAN, 0), 0.8, 1e-12);
    assert_true(hn_source_trust(1, 30) > 0.95);
    assert_number(hn_source_trust(0, 4), 0);
    assert_true(hn_source_trust(0.5, 30) < 0.1);
}

// --- mistakes ---

static void expect_refusal(const folder *f, const hone_from *from, uint32_t n, hone_space *space,
                           hone_metric metric, hone_status status, const char *sentence)
{
    hone_study *study = NULL;
    hone_study_options options = named(f, "new", space);
    options.from = from;
    options.n_from = n;
    options.metrics = &metric;
    options.n_metrics = 1;
    FAILS(hone_study_open(&options, &study, &err), status, sentence);
    assert_null(study);
    hone_space_destroy(space);
}

static void mistakes_are_named(void **unused)
{
    (void)unused;
    folder f = folder_new();
    const hone_metric value = {"value", HONE_MINIMIZE};
    const hone_from old[] = {{NULL, "old"}, {NULL, "old"}}, nope = {NULL, "nope"};
    const hone_from self = {NULL, "new"}, memory = {"memory:", "old"};
    OLD(&f, SPACE("lr=0..1"), "{\"lr\":0.2}");
    expect_refusal(&f, &self, 1, SPACE("lr=0..1"), value, HONE_EINVAL,
                   "study \"new\" cannot start from itself");
    expect_refusal(&f, old, 2, SPACE("lr=0..1"), value, HONE_EINVAL,
                   "study \"old\" is named twice to start from");
    expect_refusal(&f, old, 1, SPACE("other=0..1", "w=0..1"), value, HONE_EINVAL,
                   "study \"old\" shares no parameter with this one, which has other, w");
    expect_refusal(&f, old, 1, SPACE("lr=5..6"), value, HONE_EINVAL,
                   "none of the 1 complete trials of study \"old\" lies in this space: widen it to "
                   "where they are");
    expect_refusal(&f, old, 1, SPACE("lr=0..1"), (hone_metric){"value", HONE_MAXIMIZE}, HONE_EINVAL,
                   "study \"old\" minimizes value, which this one maximizes: start from one with "
                   "the same objective");
    expect_refusal(&f, old, 1, SPACE("lr=0..1"), (hone_metric){"loss", HONE_MINIMIZE}, HONE_EINVAL,
                   "study \"old\" minimizes value, this one minimizes loss: start from one with "
                   "the same objective");
    expect_refusal(&f, &nope, 1, SPACE("lr=0..1"), value, HONE_ENOTFOUND, NULL);
    expect_refusal(&f, &memory, 1, SPACE("lr=0..1"), value, HONE_EINVAL,
                   "nothing is kept in memory that a study could start from: name the storage of "
                   "\"old\"");
    expect_refusal(&f, old, 17, SPACE("lr=0..1"), value, HONE_EINVAL,
                   "17 studies to start from: at most 16 are possible");
    folder_free(&f);
}

// What a study starts from is decided once.
static void an_existing_study_keeps_its_sources(void **unused)
{
    (void)unused;
    folder f = folder_new();
    hone_study *study = NULL;
    hone_from from = {NULL, "old"}, other = {NULL, "other"};
    OLD(&f, SPACE("lr=0..1"), "{\"lr\":0.2}");
    hone_study_close(make_new(&f, SPACE("lr=0..1")));
    hone_study_options options = named(&f, "new", NULL);
    options.from = &from;
    options.n_from = 1;
    OK(hone_study_open(&options, &study, &err));
    hone_study_close(study);
    options.from = &other;
    FAILS(hone_study_open(&options, &study, &err), HONE_ESTATE,
          "study \"new\" was begun from other studies: what it starts from is decided when it "
          "begins; begin another one with --study NAME");
    folder_free(&f);
}

// Of very many trials the best half of what is kept, and the others evenly.
static void many_trials_are_thinned(void **unused)
{
    (void)unused;
    folder f = folder_new();
    hone_study *study = NULL;
    hone_space *space = SPACE("lr=0..1");
    hone_study_options options = named(&f, "old", space);
    OK(hone_study_open(&options, &study, &err));
    for (int i = 0; i < 700; i++)
        tell(study, ask(study), i * 389 % 700);
    hone_study_close(study);
    study = make_new(&f, space);
    hn_sources s = {0};
    OK(hn_sources_make(&s, &study->fold.problem, &err));
    const hn_source_trials *t = &s.list[0];
    assert_int_equal(t->n_trials, 700);
    assert_int_equal(t->n, 500);
    for (uint32_t k = 0; k < 250; k++)
        assert_number(t->y[t->order[k]], k);
    assert_true(t->y[t->order[499]] >= 690);
    hn_sources_free(&s);
    hone_study_close(study);
    folder_free(&f);
}

static void is_damaged(const hone_study *study, const char *from)
{
    hn_sources s = {0};
    hn_problem problem = study->fold.problem;
    hone_error err = HONE_ERROR_INIT;
    problem.from = from;
    assert_int_equal(hn_sources_make(&s, &problem, &err), HONE_ECORRUPT);
    assert_non_null(strstr(err.text, "what the study was started from is damaged"));
    hn_sources_free(&s);
}

// A damaged definition is an error, and no crash.
static void damage_is_found(void **unused)
{
    (void)unused;
    static const char *const texts[] = {
        "[{\"study\":\"a\"}]",
        "[1]",
        "[{\"study\":\"a\",\"space\":{\"params\":[]},\"values\":[1],\"configs\":[]}]",
        "[{\"study\":\"a\",\"space\":{\"params\":[]},\"values\":[1],\"configs\":[\"zz\"]}]",
        "[{\"study\":\"a\",\"space\":{\"params\":[]},\"values\":[\"nan\"],\"configs\":[\"00\"]}]",
        "[{\"study\":\"a\",\"space\":{\"params\":[]},\"values\":[1],\"configs\":[\"0\"]}]",
        "{\"study\":\"a\"}",
    };
    folder f = folder_new();
    OLD(&f, SPACE("lr=0..1"), "{\"lr\":0.2}");
    hone_study *study = make_new(&f, SPACE("lr=0..1"));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        is_damaged(study, texts[i]);
    // More than anybody writes: numbers of trials and of studies are packed into few bits.
    hn_str many = HN_STR_INIT;
    hn_str_add(&many, "[{\"study\":\"a\",\"space\":{\"params\":[]},\"values\":[1");
    for (int i = 0; i < HN_MAX_SOURCE_TRIALS; i++)
        hn_str_add(&many, ",1");
    hn_str_add(&many, "],\"configs\":[\"\"");
    for (int i = 0; i < HN_MAX_SOURCE_TRIALS; i++)
        hn_str_add(&many, ",\"\"");
    hn_str_add(&many, "]}]");
    is_damaged(study, hn_str_text(&many));
    hn_str_clear(&many);
    for (int i = 0; i <= HN_MAX_SOURCES; i++)
        hn_str_add(&many, i ? ",{}" : "[{}");
    hn_str_add(&many, "]");
    is_damaged(study, hn_str_text(&many));
    hn_str_free(&many);
    hone_study_close(study);
    folder_free(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_mapped),
        cmocka_unit_test(what_lies_outside_is_left_out),
        cmocka_unit_test(what_is_missing_had_its_default),
        cmocka_unit_test(another_domain_is_not_shared),
        cmocka_unit_test(the_copy_stands_alone),
        cmocka_unit_test(agreement_is_that_of_pairs),
        cmocka_unit_test(trust_ends_with_contradiction),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(an_existing_study_keeps_its_sources),
        cmocka_unit_test(many_trials_are_thinned),
        cmocka_unit_test(damage_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
