// What the engine costs a report, whatever the sampler and the scheduler.
//
//     bench_reports SAMPLER SAMPLER_OPTIONS SCHEDULER SCHEDULER_OPTIONS TRIALS WORKERS STEPS
//
// A study in memory and in simulated time of TRIALS trials with four numbers and a choice: curves
// that fall to a floor, which hangs on the parameters, with noise, from workers some of which are
// slow. Trials are paused, resumed and forked from others as the scheduler says. Prints
// {"us_a_report":…,"reports":…,"trials":…,"cpu_s":…,"ask_s":…,"at":[…]}: CPU time of asking,
// reporting and telling over the reports, the part of it that is asking, and the cost a report in
// each tenth of the trials.
#include <hone/hone.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/study_internal.h"
#include "num/dist.h"
#include "num/rng.h"

enum { N_PARTS = 10 };

typedef struct worker {
    hone_trial *trial;
    double at, pace;
} worker;

typedef struct run {
    hone_study *study;
    worker *busy; // [n_busy] heap by the end of the step
    uint32_t n_busy, n_workers, n_trials, n_steps;
    double *reached; // [most trials] steps that each has trained
    double now, ask_s, engine_s;
    uint64_t n_reports;
    double part_s[N_PARTS];
    uint64_t part_reports[N_PARTS];
} run;

static double cpu_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check(hone_status status, const hone_error *err)
{
    if (status == HONE_OK)
        return;
    fprintf(stderr, "bench_reports: %s\n", err->text);
    exit(1);
}

static void set_clock(run *r, double now)
{
    r->now = now;
    r->study->clock_us = 1000000 + (uint64_t)(now * 1e6);
}

// --- the workers ---

static void swap(worker *a, worker *b)
{
    worker other = *a;
    *a = *b;
    *b = other;
}

static void sink(run *r)
{
    uint32_t at = 0, least = 0;
    for (;; at = least) {
        for (uint32_t c = 2 * at + 1; c < 2 * at + 3 && c < r->n_busy; c++)
            if (r->busy[c].at < r->busy[least].at)
                least = c;
        if (least == at)
            return;
        swap(&r->busy[at], &r->busy[least]);
    }
}

static void add(run *r, worker w)
{
    uint32_t at = r->n_busy++;
    r->busy[at] = w;
    for (; at > 0 && r->busy[at].at < r->busy[(at - 1) / 2].at; at = (at - 1) / 2)
        swap(&r->busy[at], &r->busy[(at - 1) / 2]);
}

// --- the objective ---

static double uniform(uint32_t trial, uint32_t what)
{
    hn_rng rng = hn_rng_make(1, HN_PURPOSE_SHUFFLE, trial);
    return hn_rng_uniform(&rng, what, 0, 0);
}

static double value_of(const hone_trial *trial, double step)
{
    double floor = 0, rate = 0.2 + hone_trial_float(trial, "b");
    for (const char *name = "abcd"; *name; name++) {
        double x = hone_trial_float(trial, (char[]){*name, 0}) - 0.4;
        floor += x * x;
    }
    floor += strcmp(hone_trial_text(trial, "e"), "p") == 0 ? 0 : 0.1;
    double noise = hn_normal_quantile(uniform(hone_trial_number(trial), (uint32_t)step));
    return floor + exp(-rate * step / 5) + 0.02 * noise;
}

// --- the study ---

static void count(run *r, double seconds, uint64_t reports)
{
    uint32_t part = hone_study_n_trials(r->study) * N_PARTS / (r->n_trials + 1);
    part = part < N_PARTS ? part : N_PARTS - 1;
    r->engine_s += seconds;
    r->part_s[part] += seconds;
    r->part_reports[part] += reports;
    r->n_reports += reports;
}

static bool ask(run *r)
{
    hone_error err = HONE_ERROR_INIT;
    hone_ask_options options = HONE_ASK_OPTIONS_INIT;
    hone_trial *trial = NULL;
    options.total = r->n_trials;
    double start = cpu_s();
    hone_status status = hone_study_ask(r->study, &options, &trial, &err);
    double seconds = cpu_s() - start;
    r->ask_s += seconds;
    count(r, seconds, 0);
    if (status == HONE_EBUSY || status == HONE_EEXHAUSTED)
        return false;
    check(status, &err);
    uint32_t number = hone_trial_number(trial);
    if (r->reached[number] == 0 && !isnan(hone_trial_forked_at(trial)))
        r->reached[number] = hone_trial_forked_at(trial);
    double pace = exp(0.5 * hn_normal_quantile(uniform(number, 0)));
    add(r, (worker){trial, r->now + pace, pace});
    return true;
}

// The first worker's step has ended; is the worker free?
static bool step(run *r)
{
    hone_error err = HONE_ERROR_INIT;
    worker *w = &r->busy[0];
    uint32_t number = hone_trial_number(w->trial);
    double at = ++r->reached[number], value = value_of(w->trial, at);
    double resource = hone_trial_resource(w->trial);
    set_clock(r, w->at);
    bool last = at >= r->n_steps || (resource > 0 && at >= resource), ended = true;
    double start = cpu_s();
    check(hone_trial_report(w->trial, at, value, &err), &err);
    if (hone_trial_should_stop(w->trial))
        check(hone_study_tell(r->study, w->trial, HONE_STATE_PRUNED, &value, &err), &err);
    else if (hone_trial_should_pause(w->trial))
        check(hone_study_pause(r->study, w->trial, at, &err), &err);
    else if (last)
        check(hone_study_tell(r->study, w->trial, HONE_STATE_COMPLETE, &value, &err), &err);
    else
        ended = false;
    count(r, cpu_s() - start, 1);
    w->at += w->pace;
    if (ended) {
        hone_trial_destroy(w->trial);
        *w = r->busy[--r->n_busy];
    }
    sink(r);
    return ended;
}

static void go(run *r)
{
    bool pauses = hone_study_scheduler_can(r->study) & HN_CAN_PAUSE;
    set_clock(r, 0);
    do
        while (r->n_busy < r->n_workers && ask(r))
            ;
    while (r->n_busy > 0 && (step(r) || pauses || r->n_busy > 0));
}

static void print(const run *r)
{
    printf("{\"us_a_report\":%.2f,\"reports\":%llu,\"trials\":%u,\"cpu_s\":%.3f,\"ask_s\":%.3f,"
           "\"at\":[",
           1e6 * r->engine_s / (double)r->n_reports, (unsigned long long)r->n_reports,
           hone_study_n_trials(r->study), r->engine_s, r->ask_s);
    for (int k = 0; k < N_PARTS; k++)
        printf("%s%.1f", k ? "," : "",
               r->part_reports[k] ? 1e6 * r->part_s[k] / (double)r->part_reports[k] : 0);
    printf("]}\n");
}

int main(int argc, char **argv)
{
    static const char *const SPECS[][2] = {
        {"a", "0..1"}, {"b", "0..1"}, {"c", "0..1"}, {"d", "0..1"}, {"e", "p,q,r"}};
    run r = {0};
    hone_error err = HONE_ERROR_INIT;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_metric metric = {"loss", HONE_MINIMIZE};
    hone_space *space = NULL;
    if (argc != 8) {
        fprintf(stderr, "usage: bench_reports SAMPLER OPTIONS SCHEDULER OPTIONS TRIALS WORKERS "
                        "STEPS\n");
        return 2;
    }
    check(hone_space_create(&space, &err), &err);
    for (size_t k = 0; k < sizeof SPECS / sizeof *SPECS; k++)
        check(hone_space_add(space, SPECS[k][0], SPECS[k][1], &err), &err);
    check(hone_space_seal(space, &err), &err);
    r.n_trials = (uint32_t)strtoul(argv[5], NULL, 10);
    r.n_workers = (uint32_t)strtoul(argv[6], NULL, 10);
    r.n_steps = (uint32_t)strtoul(argv[7], NULL, 10);
    options.storage = "memory:";
    options.metrics = &metric;
    options.n_metrics = 1;
    options.space = space;
    options.sampler = argv[1];
    options.sampler_options = argv[2];
    options.scheduler = argv[3];
    options.scheduler_options = argv[4];
    options.n_trials = r.n_trials;
    options.has_seed = true;
    options.seed = 1;
    check(hone_study_open(&options, &r.study, &err), &err);
    r.busy = calloc(r.n_workers + 1, sizeof *r.busy);
    r.reached = calloc(1 << 20, sizeof *r.reached); // copies come on top
    if (!r.busy || !r.reached)
        return 1;
    go(&r);
    print(&r);
    hone_study_close(r.study);
    hone_space_destroy(space);
    free(r.busy);
    free(r.reached);
    return 0;
}
