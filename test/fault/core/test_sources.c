// The n-th allocation fails, for n = 1, 2, …: earlier studies say what they say, or reading them
// fails. A parameter that could not be looked at is not one that they lack.
#include "../../unit/core/study_rig.h"
#include "base/fault.h"
#include "core/sources.h"
#include "core/study_internal.h"

#ifdef HONE_FAULTS
static hone_study *open_study(const folder *f, const char *name, hone_space *space,
                              const hone_from *from)
{
    hone_study *study = NULL;
    hone_study_options options = options_of(f->url, space);
    options.name = name;
    options.from = from;
    options.n_from = from != NULL;
    OK(hone_study_open(&options, &study, &err));
    hone_space_destroy(space);
    return study;
}

// From a study whose values are mapped in every way: as numbers, as choices and through text.
static hone_study *make_study(const folder *f)
{
    static const hone_from from = {NULL, "old"};
    hone_study *old =
        open_study(f, "old", SPACE("lr=0..1", "k=int:1..9", "opt=a,b", "o=perm:x,y,z"), NULL);
    for (int i = 0; i < 5; i++)
        tell(old, ask(old), i);
    hone_study_close(old);
    return open_study(
        f, "new", SPACE("lr=log:1e-9..1", "k=0..9", "opt=b,a", "o=perm:z,y,x", "new=0..1"), &from);
}

static void is_the_same(const hn_sources *got, const hn_sources *wanted)
{
    const hn_source_trials *a = &got->list[0], *b = &wanted->list[0];
    assert_int_equal(got->n, wanted->n);
    assert_int_equal(a->n_named, b->n_named);
    assert_int_equal(a->n_shared, b->n_shared);
    assert_int_equal(a->n, b->n);
    assert_memory_equal(a->known, b->known, wanted->n_dims * sizeof *a->known);
    assert_memory_equal(a->x, b->x, (size_t)b->n * wanted->n_dims * sizeof *a->x);
}

// False when there was no n-th allocation.
static bool make_once(const hn_problem *problem, const hn_sources *wanted, uint64_t nth)
{
    char arm[40];
    hn_sources got = {0};
    hone_error err = HONE_ERROR_INIT;
    (void)snprintf(arm, sizeof arm, "alloc:%llu", (unsigned long long)nth);
    hn_fault_arm(arm);
    hone_status status = hn_sources_make(&got, problem, &err);
    bool reached = hn_fault_count("alloc") >= nth;
    hn_fault_arm(NULL);
    if (status != HONE_OK && status != HONE_ENOMEM)
        fail_msg("allocation %llu: %s: %s", (unsigned long long)nth, hone_status_name(status),
                 err.text);
    if (status == HONE_OK)
        is_the_same(&got, wanted);
    hn_sources_free(&got);
    return reached;
}

static void the_nth_allocation_fails(void **state)
{
    (void)state;
    folder f = folder_new();
    hn_sources wanted = {0};
    hone_study *study = make_study(&f);
    uint64_t n = 1;
    OK(hn_sources_make(&wanted, &study->fold.problem, &err));
    assert_int_equal(wanted.list[0].n_shared, 4);
    assert_int_equal(wanted.list[0].n, 5);
    while (make_once(&study->fold.problem, &wanted, n))
        n++;
    assert_in_range(n, 20, 5000);
    hn_sources_free(&wanted);
    hone_study_close(study);
    folder_free(&f);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HONE_FAULTS
        cmocka_unit_test(the_nth_allocation_fails),
#endif
        {NULL, NULL, NULL, NULL, NULL},
    };
    return _cmocka_run_group_tests("sources", tests, sizeof tests / sizeof *tests - 1, NULL, NULL);
}
