// A study whose trials report learning curves, in memory and in simulated time.
//
//     bench_fidelity PROBLEM SAMPLER OPTIONS SCHEDULER OPTIONS SEED WORKERS FULL
//
// PROBLEM is a file: a line "steps R", lines "param NAME SPEC", and either lines "curve U… V1…VR",
// recorded ones with their parameters as numbers in [0, 1] or places of a choice, or a line
// "function NAME AMPLITUDE NOISE". The workers train as much as FULL whole trials do; a step takes
// one unit of time. Prints {"at":[…]}: the true final value of the best complete trial when each
// twentieth of the time is over, null while there is none, and "n" trials, "ms" of the engine.
//
// Recorded curves: a point has the mean of the curves of its five nearest neighbours, weighted by
// 1 / distance⁴. Functions: curves y(t) = g(x) + A(x) e(t) + noise, where e falls from one to zero
// by a power law whose exponent depends on the point, and A is the larger the better g is in a
// part of the space: those that begin slowly end well.
#include <hone/hone.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "num/dist.h"
#include "num/rng.h"

enum { MOST_DIMS = 12, MOST_CURVES = 400, MOST_STEPS = 128, MOST_WORKERS = 64, MARKS = 20 };

typedef struct problem {
    int n_params, n_steps, n_curves;
    char name[MOST_DIMS][32], spec[MOST_DIMS][128];
    bool is_choice[MOST_DIMS];
    double x[MOST_CURVES][MOST_DIMS], y[MOST_CURVES][MOST_STEPS];
    char function[32];
    double amplitude, noise;
} problem;

static void check(hone_status status, const hone_error *err)
{
    if (status == HONE_OK)
        return;
    fprintf(stderr, "bench_fidelity: %s\n", err->text);
    exit(1);
}

// --- problems ---

static bool read_curve(problem *p, FILE *file)
{
    for (int j = 0; j < p->n_params; j++)
        if (fscanf(file, "%lf", &p->x[p->n_curves][j]) != 1)
            return false;
    for (int k = 0; k < p->n_steps; k++)
        if (fscanf(file, "%lf", &p->y[p->n_curves][k]) != 1)
            return false;
    return ++p->n_curves <= MOST_CURVES;
}

static bool read_problem(problem *p, const char *path)
{
    FILE *file = fopen(path, "r");
    char word[16];
    bool good = file != NULL;
    while (good && fscanf(file, "%15s", word) == 1) {
        int j = p->n_params;
        if (strcmp(word, "steps") == 0)
            good = fscanf(file, "%d", &p->n_steps) == 1 && p->n_steps <= MOST_STEPS;
        else if (strcmp(word, "param") == 0)
            good = j < MOST_DIMS && fscanf(file, "%31s %127s", p->name[j], p->spec[j]) == 2 &&
                   ++p->n_params > 0;
        else if (strcmp(word, "function") == 0)
            good = fscanf(file, "%31s %lf %lf", p->function, &p->amplitude, &p->noise) == 3;
        else
            good = p->n_curves < MOST_CURVES && read_curve(p, file);
    }
    for (int j = 0; j < p->n_params; j++)
        p->is_choice[j] = strchr(p->spec[j], ',') != NULL;
    if (file)
        (void)fclose(file);
    return good;
}

// Place of the choice, or where the number lies in its range.
static double unit_of(const problem *p, const hone_trial *trial, int j)
{
    const char *spec = p->spec[j], *text = hone_trial_text(trial, p->name[j]);
    if (p->is_choice[j]) {
        int place = 0;
        for (const char *at = spec; *at; at = strchr(at, ',') + 1, place++)
            if (strncmp(at, text, strlen(text)) == 0 && strchr(",", at[strlen(text)]))
                return place;
        return place;
    }
    const char *range = strrchr(spec, ':') ? strrchr(spec, ':') + 1 : spec;
    double low = strtod(range, NULL), high = strtod(strstr(range, "..") + 2, NULL);
    double value = strtod(text, NULL);
    bool is_log = strstr(spec, "log:") != NULL;
    return is_log ? log(value / low) / log(high / low) : (value - low) / (high - low);
}

static double recorded(const problem *p, const double *x, int step)
{
    enum { NEAR = 5 };
    double least[NEAR], sum = 0, weights = 0;
    int which[NEAR], n = 0;
    for (int i = 0; i < p->n_curves; i++) {
        double d2 = 0;
        for (int j = 0; j < p->n_params; j++) {
            double d = x[j] - p->x[i][j];
            d2 += p->is_choice[j] ? 0.25 * (fabs(d) > 0.5) : d * d;
        }
        if (n == NEAR && d2 >= least[n - 1])
            continue;
        int at = n < NEAR ? n++ : n - 1;
        for (; at > 0 && d2 < least[at - 1]; at--) {
            least[at] = least[at - 1];
            which[at] = which[at - 1];
        }
        least[at] = d2;
        which[at] = i;
    }
    for (int k = 0; k < n; k++) {
        double w = 1 / ((least[k] + 1e-6) * (least[k] + 1e-6));
        sum += w * p->y[which[k]][step - 1];
        weights += w;
    }
    return sum / weights;
}

static double bowl(const double *x, int d)
{
    double sum = 0;
    for (int j = 0; j < d; j++)
        sum += (j + 1) * (x[j] - 0.3 - 0.05 * j) * (x[j] - 0.3 - 0.05 * j);
    return sqrt(sum / d);
}

static double branin(const double *x)
{
    double a = 15 * x[0] - 5, b = 15 * x[1], c = b - 0.129184 * a * a + 1.591549 * a - 6;
    return (c * c + 9.602113 * cos(a) + 10) / 60;
}

static double hartmann6(const double *x)
{
    static const double A[4][6] = {{10, 3, 17, 3.5, 1.7, 8},
                                   {0.05, 10, 17, 0.1, 8, 14},
                                   {3, 3.5, 1.7, 10, 17, 8},
                                   {17, 8, 0.05, 10, 0.1, 14}};
    static const double P[4][6] = {{.1312, .1696, .5569, .0124, .8283, .5886},
                                   {.2329, .4135, .8307, .3736, .1004, .9991},
                                   {.2348, .1451, .3522, .2883, .3047, .6650},
                                   {.4047, .8828, .8732, .5743, .1091, .0381}};
    static const double C[4] = {1, 1.2, 3, 3.2};
    double y = 0;
    for (int i = 0; i < 4; i++) {
        double inner = 0;
        for (int j = 0; j < 6; j++)
            inner += A[i][j] * (x[j] - P[i][j]) * (x[j] - P[i][j]);
        y -= C[i] * exp(-inner);
    }
    return y / 3.32237 + 1;
}

static double rugged(const double *x, int d)
{
    double sum = 0;
    for (int j = 0; j < d; j++) {
        double z = 4 * (x[j] - 0.62);
        sum += z * z - 0.5 * cos(6.283185307 * z) + 0.5;
    }
    return sum / (4.0 * d);
}

static double final_of(const problem *p, const double *x)
{
    if (strcmp(p->function, "branin") == 0)
        return branin(x);
    if (strcmp(p->function, "hartmann6") == 0)
        return hartmann6(x);
    return strcmp(p->function, "bowl") == 0 ? bowl(x, p->n_params) : rugged(x, p->n_params);
}

// Without noise.
static double value_at(const problem *p, const double *x, int step)
{
    if (p->n_curves > 0)
        return recorded(p, x, step);
    double slow = 0.5 + 0.5 * sin(3 * x[0] + 2 * x[p->n_params - 1]); // [0, 1] how slowly it learns
    double power = 0.3 + 1.2 * (1 - slow), first = pow(1.0 / p->n_steps, -power) - 1;
    double e = (pow((double)step / p->n_steps, -power) - 1) / first;
    return final_of(p, x) + p->amplitude * (0.3 + slow) * e;
}

// --- the study ---

typedef struct worker {
    hone_trial *trial;
    double at, x[MOST_DIMS];
    int step;
} worker;

typedef struct run {
    const problem *p;
    hone_study *study;
    worker workers[MOST_WORKERS];
    int n_workers, reached[1 << 16];
    double now, end, best, truth;
    uint64_t seed;
    double engine_s;
} run;

static double cpu_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

static double observed(const run *r, const worker *w)
{
    hn_rng rng = hn_rng_make(r->seed, HN_PURPOSE_SHUFFLE, hone_trial_number(w->trial));
    double u = hn_rng_uniform(&rng, (uint32_t)w->step, 0, 0);
    return value_at(r->p, w->x, w->step) + r->p->noise * hn_normal_quantile(u);
}

static bool begin(run *r, worker *w, hone_error *err)
{
    hone_error why = HONE_ERROR_INIT;
    double start = cpu_s();
    hone_status status = hone_study_ask(r->study, NULL, &w->trial, &why);
    r->engine_s += cpu_s() - start;
    if (status == HONE_EBUSY || status == HONE_EEXHAUSTED) {
        w->trial = NULL;
        return false;
    }
    check(status, &why);
    (void)err;
    for (int j = 0; j < r->p->n_params; j++)
        w->x[j] = unit_of(r->p, w->trial, j);
    w->step = r->reached[hone_trial_number(w->trial)] + 1;
    w->at = r->now + 1;
    return true;
}

// The worker's step has ended.
static void step(run *r, worker *w, hone_error *err)
{
    double start = cpu_s(), value = observed(r, w);
    double resource = hone_trial_resource(w->trial);
    check(hone_trial_report(w->trial, w->step, value, err), err);
    r->reached[hone_trial_number(w->trial)] = w->step;
    bool last = w->step == r->p->n_steps || (resource > 0 && w->step >= resource);
    bool ended = true;
    if (hone_trial_should_stop(w->trial))
        check(hone_study_tell(r->study, w->trial, HONE_STATE_PRUNED, &value, err), err);
    else if (hone_trial_should_pause(w->trial))
        check(hone_study_pause(r->study, w->trial, w->step, err), err);
    else if (last)
        check(hone_study_tell(r->study, w->trial, HONE_STATE_COMPLETE, &value, err), err);
    else
        ended = false;
    if (ended && last && w->step == r->p->n_steps && !(value >= r->best)) {
        r->best = value;
        r->truth = value_at(r->p, w->x, w->step);
    }
    if (ended) {
        hone_trial_destroy(w->trial);
        w->trial = NULL;
    }
    w->step++;
    w->at++;
    r->engine_s += cpu_s() - start;
}

static worker *next_to_end(run *r)
{
    worker *first = NULL;
    for (int i = 0; i < r->n_workers; i++)
        if (r->workers[i].trial && (!first || r->workers[i].at < first->at))
            first = &r->workers[i];
    return first;
}

static void go(run *r, hone_error *err)
{
    int marks = 0;
    printf("{\"at\":[");
    for (;;) {
        bool free_ones = true;
        for (int i = 0; i < r->n_workers && free_ones; i++)
            if (!r->workers[i].trial)
                free_ones = begin(r, &r->workers[i], err);
        worker *w = next_to_end(r);
        double next = w ? w->at : r->end + 1;
        for (; marks < MARKS && next > r->end * (marks + 1) / MARKS; marks++)
            printf(isnan(r->truth) ? "%snull" : "%s%.9g", marks ? "," : "", r->truth);
        if (next > r->end)
            break;
        r->now = next;
        step(r, w, err);
    }
    printf("],\"n\":%u,\"ms\":%.1f}\n", (unsigned)hone_study_n_trials(r->study), 1e3 * r->engine_s);
    for (int i = 0; i < r->n_workers; i++)
        hone_trial_destroy(r->workers[i].trial);
}

int main(int argc, char **argv)
{
    static problem p;
    static run r = {.best = NAN, .truth = NAN};
    hone_error err = HONE_ERROR_INIT;
    hone_study_options options = HONE_STUDY_OPTIONS_INIT;
    hone_metric metric = {"loss", HONE_MINIMIZE};
    hone_space *space = NULL;
    if (argc != 9 || !read_problem(&p, argv[1])) {
        fprintf(stderr, "usage: bench_fidelity PROBLEM SAMPLER OPTIONS SCHEDULER OPTIONS SEED "
                        "WORKERS FULL\n");
        return 2;
    }
    check(hone_space_create(&space, &err), &err);
    for (int j = 0; j < p.n_params; j++)
        check(hone_space_add(space, p.name[j], p.spec[j], &err), &err);
    check(hone_space_seal(space, &err), &err);
    options.storage = "memory:";
    options.metrics = &metric;
    options.n_metrics = 1;
    options.space = space;
    options.sampler = argv[2];
    options.sampler_options = argv[3];
    options.scheduler = argv[4];
    options.scheduler_options = argv[5];
    options.has_seed = true;
    options.seed = r.seed = strtoull(argv[6], NULL, 10);
    r.p = &p;
    r.n_workers = atoi(argv[7]) < MOST_WORKERS ? atoi(argv[7]) : MOST_WORKERS;
    r.end = strtod(argv[8], NULL) * p.n_steps / r.n_workers;
    check(hone_study_open(&options, &r.study, &err), &err);
    go(&r, &err);
    hone_study_close(r.study);
    hone_space_destroy(space);
    return 0;
}
