// What each trial of a run gets: how many fit at once, and how it is told.
#include "drive/run_internal.h"

#include <stdlib.h>

#include "drive/peek.h"

hn_need hn_run_need(const hone_run *run)
{
    return (hn_need){run->options.cpus_per_trial, run->options.gpus_per_trial};
}

static hone_status too_many(const hone_run *run, const hn_need *need, uint32_t room,
                            hone_error *err)
{
    hn_str why = HN_STR_INIT;
    hn_pool_explain(&run->pool, need, &why);
    hone_status status =
        hn_fail(err, HONE_EINVAL, "%u trials at once do not fit: %s; at most -j %u",
                run->wanted_jobs, hn_str_text(&why), room);
    hn_str_free(&why);
    return status;
}

static void note_fewer(hone_run *run, const hn_need *need, uint32_t room)
{
    hn_str_clear(&run->fewer);
    hn_str_printf(&run->fewer, "%u trial%s at once, not %u: ", room, room == 1 ? " runs" : "s run",
                  run->wanted_jobs);
    hn_pool_explain(&run->pool, need, &run->fewer);
}

hone_status hn_run_fit(hone_run *run, hone_error *err)
{
    hone_run_options *o = &run->options;
    const hn_need need = hn_run_need(run);
    const char *fault = hn_need_fault(need.gpus);
    uint32_t n = run->wanted_jobs, lag = hn_peek_lag(run->study);
    if (fault)
        return hn_fail(err, HONE_EINVAL, "--gpus-per-trial cannot be %g: %s", need.gpus, fault);
    HN_TRY(hn_pool_open(&run->pool, &need, &run->arena, err));
    uint32_t room = hn_pool_room(&run->pool, &need);
    hn_str_clear(&run->fewer);
    if (n == 0 && room == UINT32_MAX) {
        n = o->n_jobs; // what limited them was taken away: as many as there were
    } else if (n == 0) {
        n = lag > 0 && lag < room ? lag : room;
    } else if (n > room) {
        if (!o->fewer_jobs)
            return too_many(run, &need, room, err);
        note_fewer(run, &need, room);
        n = room;
    }
    o->n_jobs = n > HN_MAX_PLACES ? HN_MAX_PLACES : n;
    return hn_str_failed(&run->fewer) ? hn_fail_memory(err) : HONE_OK;
}

void hn_run_say_fewer(hone_run *run)
{
    if (run->fewer.n)
        hn_run_warn(run, "%s", hn_str_text(&run->fewer));
    hn_str_clear(&run->fewer);
}

// --- threads ---

// With CPUs of its own a trial has a thread for each. Otherwise they are shared among the jobs, and
// a single job may do as it likes. Whoever has set OMP_NUM_THREADS has decided for every library
// that falls back on it.
void hn_run_set_threads(hone_run *run)
{
    uint32_t n = run->options.cpus_per_trial, n_jobs = run->options.n_jobs;
    run->thread_variables = 0;
    run->n_threads = n;
    if (getenv(hn_thread_variables[0]))
        return;
    for (unsigned i = 0; n && i < HN_THREAD_VARIABLES; i++)
        run->thread_variables |= getenv(hn_thread_variables[i]) ? 0 : 1u << i;
    uint32_t n_cpus = n || n_jobs < 2 ? 0 : hn_cpus_count(); // which reads some files
    if (n_cpus) {
        run->thread_variables = 1;
        run->n_threads = n_cpus > n_jobs ? n_cpus / n_jobs : 1;
    }
}

// --- for one trial ---

hone_status hn_run_take_share(hone_run *run, hn_place *place, hone_error *err)
{
    const hn_need need = hn_run_need(run);
    return hn_pool_take(&run->pool, &need, place->index, run->options.n_jobs, &place->share)
               ? HONE_OK
               : hn_fail_memory(err);
}

void hn_run_launch_share(const hone_run *run, const hn_place *place, hn_launch *out)
{
    const hn_share *share = &place->share;
    out->n_threads = run->n_threads;
    out->thread_variables = run->thread_variables;
    if (!share->gpus.n)
        return;
    out->gpu = out->gpu_list = hn_str_text(&share->names);
    out->gpu_variable = run->pool.gpus.variable;
    out->hip_list = run->pool.gpus.hip ? hn_str_text(&share->hip) : NULL;
    out->gpus_by_bus = run->pool.gpus.by_bus && !getenv("CUDA_DEVICE_ORDER");
}
