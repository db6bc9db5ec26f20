// Which CPUs and GPUs there are, and who gets which.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/fs.h"
#include "drive/pool.h"

// --- a machine in a folder ---

typedef struct machine {
    char root[64];
    hn_arena arena;
} machine;

static void put(const machine *m, const char *path, const char *text)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", m->root, path);
    *strrchr(whole, '/') = '\0';
    assert_int_equal(hn_fs_mkdirs(whole, NULL), HONE_OK);
    snprintf(whole, sizeof whole, "%s%s", m->root, path);
    assert_int_equal(hn_fs_write_atomic(whole, text, strlen(text), false, NULL), HONE_OK);
}

static void put_cpu(const machine *m, unsigned id, const char *siblings, const char *package)
{
    char path[128];
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/thread_siblings_list", id);
    put(m, path, siblings);
    snprintf(path, sizeof path, "/sys/devices/system/cpu/cpu%u/topology/physical_package_id", id);
    put(m, path, package);
}

static int setup(void **state)
{
    static machine m;
    m = (machine){.root = "/tmp/hone-test-XXXXXX", .arena = HN_ARENA_INIT};
    assert_non_null(mkdtemp(m.root));
    *state = &m;
    return 0;
}

static int teardown(void **state)
{
    machine *m = *state;
    hn_arena_free(&m->arena);
    assert_int_equal(hn_fs_remove_tree(m->root, NULL), HONE_OK);
    return 0;
}

// Two packages of two cores of two threads; the numbers of threads and packages are interleaved.
static hn_cpus eight(const machine *m)
{
    static const uint32_t ids[] = {0, 1, 2, 3, 4, 5, 6, 7};
    hn_cpus cpus;
    for (unsigned id = 0; id < 8; id++) {
        char siblings[16];
        snprintf(siblings, sizeof siblings, "%u,%u\n", id % 4, id % 4 + 4);
        put_cpu(m, id, siblings, id % 2 ? "1\n" : "0\n");
    }
    assert_int_equal(hn_cpus_look(m->root, ids, 8, (hn_arena *)&m->arena, &cpus, NULL), HONE_OK);
    return cpus;
}

static void assert_order(const hn_cpus *cpus, bool spread, const char *wanted)
{
    uint32_t order[64];
    char text[256] = "";
    hn_cpus_order(cpus, spread, order);
    for (uint32_t i = 0; i < cpus->n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%u ", cpus->all[order[i]].id);
    assert_string_equal(text, wanted);
}

static void neighbours_lie_together(void **state)
{
    machine *m = *state;
    hn_cpus cpus = eight(m);
    assert_int_equal(cpus.n_cores, 4);
    assert_int_equal(cpus.n_usable, 8);
    assert_order(&cpus, false, "0 4 2 6 1 5 3 7 ");
    assert_order(&cpus, true, "0 2 1 3 4 6 5 7 ");
}

// Of the first core only the second thread may be used.
static void an_affinity_may_cut_cores(void **state)
{
    machine *m = *state;
    static const uint32_t ids[] = {1, 4, 5};
    hn_cpus cpus = eight(m);
    assert_int_equal(hn_cpus_look(m->root, ids, 3, &m->arena, &cpus, NULL), HONE_OK);
    assert_int_equal(cpus.n_cores, 2);
    assert_order(&cpus, false, "4 1 5 ");
    assert_order(&cpus, true, "4 1 5 ");
}

static void an_unknown_topology_is_one_of_single_cores(void **state)
{
    machine *m = *state;
    static const uint32_t ids[] = {3, 9, 12};
    hn_cpus cpus;
    assert_int_equal(hn_cpus_look(m->root, ids, 3, &m->arena, &cpus, NULL), HONE_OK);
    assert_int_equal(cpus.n_cores, 3);
    assert_order(&cpus, false, "3 9 12 ");
}

static void quotas(void **state)
{
    machine *m = *state;
    static const uint32_t ids[] = {0, 1, 2, 3};
    hn_cpus cpus;
    static const struct {
        const char *group, *path, *text, *other, *other_text;
        uint32_t n_usable;
    } rows[] = {
        {"0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max", "max 100000\n", NULL, NULL, 4},
        {"0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max", "250000 100000\n", NULL, NULL, 2},
        {"0::/a/c\n", "/sys/fs/cgroup/a/c/cpu.max", "300000 100000\n", "/sys/fs/cgroup/a/cpu.max",
         "100000 100000\n", 1},
        {"0::/\n", "/sys/fs/cgroup/cpu.max", "50000 100000\n", NULL, NULL, 1},
        {"0::/d\n", "/sys/fs/cgroup/d/cpu.max", "900000 100000\n", "/sys/fs/cgroup/cpu.max",
         "max 100000\n", 4},
        {"4:cpu,cpuacct:/x\n", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "300000\n",
         "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n", 3},
        {"4:cpuset:/x\n", "/sys/fs/cgroup/cpu.max", "max 1\n", NULL, NULL, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put(m, "/proc/self/cgroup", rows[i].group);
        put(m, rows[i].path, rows[i].text);
        if (rows[i].other)
            put(m, rows[i].other, rows[i].other_text);
        assert_int_equal(hn_cpus_look(m->root, ids, 4, &m->arena, &cpus, NULL), HONE_OK);
        if (cpus.n_usable != rows[i].n_usable)
            fail_msg("row %zu: %u", i, cpus.n_usable);
    }
}

// --- GPUs ---

static void listings_of_the_driver(void **state)
{
    machine *m = *state;
    static const struct {
        const char *listing, *names;
    } rows[] = {
        {"GPU 0: NVIDIA A100 (UUID: GPU-a)\nGPU 1: NVIDIA A100 (UUID: GPU-b)\n", "0 1 "},
        {"GPU 0: A (UUID: GPU-a)\n  MIG 3g.20gb     Device  0: (UUID: MIG-x)\n"
         "  MIG 3g.20gb     Device  1: (UUID: MIG-y)\nGPU 1: A (UUID: GPU-b)",
         "MIG-x MIG-y 1 "},
        {"No devices found.\n", ""},
        {"", ""},
        {"GPU is lost\nGPU : \nGPU 12: x\n", "12 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hn_gpus gpus;
        char text[128] = "";
        assert_int_equal(hn_gpus_parse(rows[i].listing, &m->arena, &gpus, NULL), HONE_OK);
        for (uint32_t k = 0; k < gpus.n; k++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", gpus.names[k]);
        assert_string_equal(text, rows[i].names);
    }
}

static void set(const char *cuda, const char *hip, const char *rocr)
{
    const char *const names[] = {"CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES",
                                 "ROCR_VISIBLE_DEVICES"};
    const char *const values[] = {cuda, hip, rocr};
    for (int i = 0; i < 3; i++)
        values[i] ? setenv(names[i], values[i], 1) : unsetenv(names[i]);
}

static void variables(void **state)
{
    machine *m = *state;
    static const struct {
        const char *cuda, *hip, *rocr, *variable, *names, *others;
    } rows[] = {
        {"0,1,3", NULL, NULL, "CUDA_VISIBLE_DEVICES", "0 1 3 ", ""},
        {"GPU-x, MIG-y", NULL, "7", "CUDA_VISIBLE_DEVICES", "GPU-x MIG-y ", ""},
        {"3,-1,2", NULL, NULL, "CUDA_VISIBLE_DEVICES", "3 ", ""},
        {"", NULL, NULL, "CUDA_VISIBLE_DEVICES", "", ""},
        {NULL, "2,3", "4,5", "HIP_VISIBLE_DEVICES", "2 3 ", ""},
        {NULL, NULL, "4,5", "ROCR_VISIBLE_DEVICES", "4 5 ", ""},
        {"0,1", "5,6", NULL, "CUDA_VISIBLE_DEVICES", "0 1 ", "5 6 "},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        hn_gpus gpus;
        char text[128] = "", others[128] = "";
        set(rows[i].cuda, rows[i].hip, rows[i].rocr);
        assert_int_equal(hn_gpus_find(&m->arena, &gpus, NULL), HONE_OK);
        for (uint32_t k = 0; k < gpus.n; k++) {
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s ", gpus.names[k]);
            if (gpus.hip)
                snprintf(others + strlen(others), sizeof others - strlen(others), "%s ",
                         gpus.hip[k]);
        }
        assert_string_equal(text, rows[i].names);
        assert_string_equal(others, rows[i].others);
        assert_string_equal(gpus.variable, rows[i].variable);
    }
}

static void variables_that_contradict_themselves(void **state)
{
    machine *m = *state;
    hn_gpus gpus;
    hone_error err = HONE_ERROR_INIT;
    set("0,1,0", NULL, NULL);
    assert_int_equal(hn_gpus_find(&m->arena, &gpus, &err), HONE_EINVAL);
    assert_string_equal(err.text, "CUDA_VISIBLE_DEVICES names the GPU 0 twice");
    set("0,1", "0", NULL);
    assert_int_equal(hn_gpus_find(&m->arena, &gpus, &err), HONE_EINVAL);
    assert_string_equal(err.text, "CUDA_VISIBLE_DEVICES and HIP_VISIBLE_DEVICES name different "
                                  "numbers of GPUs; unset one of them");
    set(NULL, NULL, NULL);
}

// --- giving ---

enum { PLACES = 16 };

typedef struct desk {
    hn_pool pool;
    hn_share shares[PLACES];
    bool taken[8];
    uint32_t order[8];
    double load[3];
    const char *names[3];
} desk;

// Eight CPUs as above, three GPUs.
static void open_desk(desk *d, const machine *m)
{
    *d = (desk){.names = {"0", "1", "GPU-x"}};
    d->pool.cpus = eight(m);
    d->pool.cpu_taken = d->taken;
    d->pool.order = d->order;
    d->pool.gpus = (hn_gpus){
        .names = d->names, .n = 3, .variable = "CUDA_VISIBLE_DEVICES", .source = "a test"};
    d->pool.gpu_load = d->load;
}

// The CPUs of a place as text, "-" when it gets none.
static const char *take(desk *d, hn_need need, uint32_t place, uint32_t n_places)
{
    static char text[128];
    hn_share *share = &d->shares[place];
    hn_pool_give_back(&d->pool, share);
    if (!hn_pool_take(&d->pool, &need, place, n_places, share))
        return "-";
    text[0] = '\0';
    for (size_t i = 0; i < share->cpus.n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%u", i ? "," : "",
                 share->cpus.data[i]);
    return share->gpus.n ? hn_str_text(&share->names) : text;
}

static void close_desk(desk *d)
{
    for (int i = 0; i < PLACES; i++) {
        hn_pool_give_back(&d->pool, &d->shares[i]);
        hn_share_free(&d->shares[i]);
    }
    for (int i = 0; i < 8; i++)
        assert_false(d->taken[i]);
    for (int i = 0; i < 3; i++)
        assert_true(d->load[i] == 0);
}

static void cpus_are_given_by_place(void **state)
{
    desk d;
    hn_need two = {.cpus = 2};
    open_desk(&d, *state);
    assert_int_equal(hn_pool_room(&d.pool, &two), 4);
    // All eight: whole cores.
    assert_string_equal(take(&d, two, 0, 4), "0,4");
    assert_string_equal(take(&d, two, 2, 4), "1,5");
    assert_string_equal(take(&d, two, 1, 4), "2,6");
    assert_string_equal(take(&d, two, 3, 4), "3,7");
    assert_string_equal(take(&d, two, 5, 4), "-");
    assert_string_equal(take(&d, two, 1, 4), "2,6");
    hn_pool_give_back(&d.pool, &d.shares[2]);
    hn_pool_give_back(&d.pool, &d.shares[3]);
    // Four at once, elsewhere: what is free.
    assert_string_equal(take(&d, (hn_need){.cpus = 4}, 0, 1), "0,1,3,4");
    close_desk(&d);
    // Two jobs need no more than the four cores: a thread of each.
    open_desk(&d, *state);
    assert_string_equal(take(&d, two, 0, 2), "0,2");
    assert_string_equal(take(&d, two, 1, 2), "1,3");
    close_desk(&d);
}

// The system knows better which of them are free.
static void a_quota_ties_nobody(void **state)
{
    desk d;
    hn_need two = {.cpus = 2};
    open_desk(&d, *state);
    d.pool.cpus.n_usable = 5;
    assert_int_equal(hn_pool_room(&d.pool, &two), 2);
    assert_string_equal(take(&d, two, 0, 2), "");
    assert_int_equal(d.shares[0].cpus.n, 0);
    close_desk(&d);
}

static void gpus_are_given_whole_and_in_parts(void **state)
{
    desk d;
    hn_need half = {.gpus = 0.5}, third = {.gpus = 1.0 / 3}, two = {.gpus = 2};
    open_desk(&d, *state);
    assert_int_equal(hn_pool_room(&d.pool, &half), 6);
    assert_int_equal(hn_pool_room(&d.pool, &third), 9);
    assert_int_equal(hn_pool_room(&d.pool, &(hn_need){.gpus = 0.7}), 3);
    assert_int_equal(hn_pool_room(&d.pool, &two), 1);
    assert_string_equal(take(&d, half, 0, 6), "0");
    assert_string_equal(take(&d, half, 1, 6), "1");
    assert_string_equal(take(&d, half, 2, 6), "GPU-x");
    assert_string_equal(take(&d, half, 3, 6), "0");
    assert_string_equal(take(&d, half, 2, 6), "GPU-x"); // given back, and used least again
    assert_string_equal(take(&d, third, 4, 6), "1");
    assert_string_equal(take(&d, third, 5, 6), "GPU-x");
    assert_string_equal(take(&d, third, 6, 6), "-");
    for (int i = 0; i < 8; i++)
        hn_pool_give_back(&d.pool, &d.shares[i]);
    assert_string_equal(take(&d, two, 0, 1), "0,1");
    assert_string_equal(take(&d, half, 1, 1), "GPU-x");
    assert_string_equal(take(&d, two, 2, 1), "-");
    hn_pool_give_back(&d.pool, &d.shares[0]);
    assert_string_equal(take(&d, two, 2, 1), "0,1");
    close_desk(&d);
}

static void faults_of_numbers(void **state)
{
    (void)state;
    static const double good[] = {0, 0.001, 0.5, 1, 2, 1024};
    static const double bad[] = {-1, 0.0001, 1.5, 1025};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_null(hn_need_fault(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_non_null(hn_need_fault(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(neighbours_lie_together, setup, teardown),
        cmocka_unit_test_setup_teardown(an_affinity_may_cut_cores, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_topology_is_one_of_single_cores, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(quotas, setup, teardown),
        cmocka_unit_test_setup_teardown(listings_of_the_driver, setup, teardown),
        cmocka_unit_test_setup_teardown(variables, setup, teardown),
        cmocka_unit_test_setup_teardown(variables_that_contradict_themselves, setup, teardown),
        cmocka_unit_test_setup_teardown(cpus_are_given_by_place, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quota_ties_nobody, setup, teardown),
        cmocka_unit_test_setup_teardown(gpus_are_given_whole_and_in_parts, setup, teardown),
        cmocka_unit_test(faults_of_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
