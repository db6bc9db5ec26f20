// Giving CPUs and GPUs to trials.
//
//  1. CPUs are ordered so that neighbours share a core and a package. While all trials together
//     have no more CPUs than there are cores, each gets threads of different cores instead.
//  2. A place gets the block of that order with its own index if it is free, else a free block,
//     else what is free: the same place keeps its CPUs from trial to trial.
//  3. Whole GPUs are given in the same way. Parts of one go to the GPU that is used least.
//  4. CPUs are not tied to trials when a quota of the control group allows fewer than there are:
//     others on the machine have the same CPUs, and which are free the kernel knows better.
#include "drive/pool.h"

#include <math.h>
#include <string.h>

static const double slack = 1e-9; // three times a third is one

const char *hn_need_fault(double gpus)
{
    if (!(gpus >= 0) || gpus > 1024)
        return "it must be from 0 to 1024";
    if (gpus > 1 && gpus != floor(gpus))
        return "above 1 it must be a whole number";
    return gpus > 0 && gpus < 0.001 ? "a part of a GPU must be at least 0.001" : NULL;
}

// --- how much there is ---

static uint32_t gpu_room(const hn_pool *pool, double need)
{
    if (need >= 1)
        return pool->gpus.n / (uint32_t)need;
    return pool->gpus.n * (uint32_t)floor(1 / need + slack);
}

uint32_t hn_pool_room(const hn_pool *pool, const hn_need *need)
{
    uint32_t room = UINT32_MAX;
    if (need->cpus)
        room = pool->cpus.n_usable / need->cpus;
    if (need->gpus > 0 && gpu_room(pool, need->gpus) < room)
        room = gpu_room(pool, need->gpus);
    return room;
}

static void add_gpus(hn_str *out, double n)
{
    hn_str_add_double(out, n);
    hn_str_add(out, n <= 1 ? " GPU" : " GPUs");
}

void hn_pool_explain(const hn_pool *pool, const hn_need *need, hn_str *out)
{
    uint32_t room = hn_pool_room(pool, need);
    if (need->cpus && pool->cpus.n_usable / need->cpus == room) {
        hn_str_printf(out, "each has %u CPU%s (--cpus-per-trial), and %u may be used here",
                      need->cpus, need->cpus == 1 ? "" : "s", pool->cpus.n_usable);
    } else if (need->gpus > 0) {
        hn_str_add(out, "each has ");
        add_gpus(out, need->gpus);
        hn_str_printf(out, " (--gpus-per-trial), and there %s %u here (%s)",
                      pool->gpus.n == 1 ? "is" : "are", pool->gpus.n, pool->gpus.source);
    }
}

// --- looking for it ---

static hone_status open_cpus(hn_pool *pool, uint32_t need, hn_arena *arena, hone_error *err)
{
    if (!pool->cpus.n) {
        HN_TRY(hn_cpus_find(arena, &pool->cpus, err));
        pool->cpu_taken = HN_ZNEW(arena, bool, pool->cpus.n);
        pool->order = HN_NEW(arena, uint32_t, pool->cpus.n);
        if (!pool->cpu_taken || !pool->order)
            return hn_fail_memory(err);
    }
    if (need > pool->cpus.n_usable)
        return hn_fail(err, HONE_EINVAL,
                       "--cpus-per-trial %u is too many: %u CPU%s may be used "
                       "here",
                       need, pool->cpus.n_usable, pool->cpus.n_usable == 1 ? "" : "s");
    return HONE_OK;
}

hone_status hn_pool_set_gpus(hn_pool *pool, const hn_gpus *found, hn_arena *arena, hone_error *err)
{
    pool->gpu_load = HN_ZNEW(arena, double, found->n ? found->n : 1);
    if (!pool->gpu_load)
        return hn_fail_memory(err);
    pool->gpus = *found;
    return HONE_OK;
}

static hone_status open_gpus(hn_pool *pool, double need, hn_arena *arena, hone_error *err)
{
    char text[HN_DOUBLE_TEXT];
    hn_double_text(need, text);
    if (!pool->gpus.source) {
        hn_gpus found;
        HN_TRY(hn_gpus_find(arena, &found, err));
        HN_TRY(hn_pool_set_gpus(pool, &found, arena, err));
    }
    const hn_gpus *gpus = &pool->gpus;
    if (gpus->n == 0)
        return hn_fail(err, HONE_EINVAL,
                       "--gpus-per-trial %s: no GPU was found (%s); CUDA_VISIBLE_DEVICES=0,1 would "
                       "name two",
                       text, gpus->why ? gpus->why : gpus->source);
    if (need > gpus->n)
        return hn_fail(err, HONE_EINVAL, "--gpus-per-trial %s is too many: there %s %u here (%s)",
                       text, gpus->n == 1 ? "is" : "are", gpus->n, gpus->source);
    return HONE_OK;
}

hone_status hn_pool_open(hn_pool *pool, const hn_need *need, hn_arena *arena, hone_error *err)
{
    if (need->cpus)
        HN_TRY(open_cpus(pool, need->cpus, arena, err));
    if (need->gpus > 0)
        HN_TRY(open_gpus(pool, need->gpus, arena, err));
    return HONE_OK;
}

// --- giving ---

// What of `n` things in order is free, by what holds them.
typedef struct row {
    const hn_pool *pool;
    bool gpus; // else CPUs, in the order pool->order
    uint32_t n;
} row;

static bool is_free(const row *r, uint32_t at)
{
    return r->gpus ? r->pool->gpu_load[at] == 0 : !r->pool->cpu_taken[r->pool->order[at]];
}

static bool block_is_free(const row *r, uint32_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (first + i >= r->n || !is_free(r, first + i))
            return false;
    return true;
}

static uint32_t count_free(const row *r)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < r->n; i++)
        n += is_free(r, i);
    return n;
}

// Positions [need] for place `index`; there are enough.
static void pick(const row *r, uint32_t need, uint32_t index, uint32_t *out)
{
    uint32_t n_blocks = r->n / need, block = index % n_blocks, n = 0;
    if (!block_is_free(r, block * need, need))
        for (block = 0; block < n_blocks && !block_is_free(r, block * need, need);)
            block++;
    for (uint32_t i = block < n_blocks ? block * need : 0; n < need; i++)
        if (is_free(r, i))
            out[n++] = i;
}

static bool take_cpus(hn_pool *pool, uint32_t need, uint32_t index, uint32_t n_places,
                      hn_share *share)
{
    const row r = {pool, false, pool->cpus.n};
    uint32_t *at;
    if (!hn_vec_reserve(&share->cpus, need))
        return false;
    at = share->cpus.data;
    hn_cpus_order(&pool->cpus, (uint64_t)n_places * need <= pool->cpus.n_cores, pool->order);
    pick(&r, need, index, at);
    for (uint32_t i = 0; i < need; i++) {
        pool->cpu_taken[pool->order[at[i]]] = true;
        at[i] = pool->cpus.all[pool->order[at[i]]].id;
    }
    share->cpus.n = need;
    return true;
}

static uint32_t least_loaded(const hn_pool *pool)
{
    uint32_t least = 0;
    for (uint32_t i = 1; i < pool->gpus.n; i++)
        if (pool->gpu_load[i] < pool->gpu_load[least] - slack)
            least = i;
    return least;
}

static bool take_gpus(hn_pool *pool, double need, uint32_t index, hn_share *share)
{
    const row r = {pool, true, pool->gpus.n};
    uint32_t n = need < 1 ? 1 : (uint32_t)need;
    if (!hn_vec_reserve(&share->gpus, n))
        return false;
    if (need < 1)
        share->gpus.data[0] = least_loaded(pool);
    else
        pick(&r, n, index, share->gpus.data);
    share->gpus.n = n;
    share->part = need < 1 ? need : 1;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t gpu = share->gpus.data[i];
        pool->gpu_load[gpu] += share->part;
        hn_str_printf(&share->names, "%s%s", i ? "," : "", pool->gpus.names[gpu]);
        if (pool->gpus.hip)
            hn_str_printf(&share->hip, "%s%s", i ? "," : "", pool->gpus.hip[gpu]);
    }
    return !hn_str_failed(&share->names) && !hn_str_failed(&share->hip);
}

static bool ties_cpus(const hn_pool *pool, const hn_need *need)
{
    return need->cpus && pool->cpus.n_usable == pool->cpus.n;
}

bool hn_pool_has_room(const hn_pool *pool, const hn_need *need)
{
    row gpus = {pool, true, pool->gpus.n};
    uint32_t n_taken = 0;
    for (uint32_t i = 0; ties_cpus(pool, need) && i < pool->cpus.n; i++)
        n_taken += pool->cpu_taken[i];
    if (ties_cpus(pool, need) && pool->cpus.n - n_taken < need->cpus)
        return false;
    if (need->gpus >= 1)
        return count_free(&gpus) >= (uint32_t)need->gpus;
    return need->gpus <= 0 || pool->gpu_load[least_loaded(pool)] + need->gpus <= 1 + slack;
}

bool hn_pool_take(hn_pool *pool, const hn_need *need, uint32_t index, uint32_t n_places,
                  hn_share *share)
{
    bool good = hn_pool_has_room(pool, need);
    if (good && ties_cpus(pool, need))
        good = take_cpus(pool, need->cpus, index, n_places, share);
    if (good && need->gpus > 0)
        good = take_gpus(pool, need->gpus, index, share);
    if (!good)
        hn_pool_give_back(pool, share);
    return good;
}

void hn_pool_give_back(hn_pool *pool, hn_share *share)
{
    for (size_t k = 0; k < share->cpus.n; k++)
        for (uint32_t i = 0; i < pool->cpus.n; i++)
            if (pool->cpus.all[i].id == share->cpus.data[k])
                pool->cpu_taken[i] = false;
    for (size_t k = 0; k < share->gpus.n; k++) {
        double *load = &pool->gpu_load[share->gpus.data[k]];
        *load = *load - share->part > slack ? *load - share->part : 0;
    }
    hn_vec_clear(&share->cpus);
    hn_vec_clear(&share->gpus);
    hn_str_clear(&share->names);
    hn_str_clear(&share->hip);
    share->part = 0;
}

void hn_share_free(hn_share *share)
{
    hn_vec_free(&share->cpus);
    hn_vec_free(&share->gpus);
    hn_str_free(&share->names);
    hn_str_free(&share->hip);
}
