// Improvement per unit of cost.
//
// Method
//  1. The cost of a trial is its measured duration or a metric that it reports. Its logarithm has a
//     Gaussian process of its own: costs are positive and span orders of magnitude (Snoek et al.).
//     Trials that ended by themselves count, failures included, for a failure is paid, too; one
//     that was stopped early does not say what its configuration would have cost.
//  2. The expected improvement is divided by exp(mean)^w. With `cost_budget` B the exponent is
//         w = (B - spent) / (B - spent on the first trials)
//     within 0 and 1 (EI-cool, Lee et al., 5.2): cheap regions are searched first, and as the
//     budget goes by it is the improvement alone that counts, so that an optimum that is dear is
//     not missed. Without a budget w = m / (m + n), n trials after the first, m = COOLING.
// Sources: Snoek, Larochelle, Adams. Practical Bayesian optimization of machine learning
// algorithms. NeurIPS 2012, 3.2; Lee, Perrone, Archambeau, Seeger. Cost-aware Bayesian
// optimization. ICML workshop on automated machine learning 2020.
#include "samplers/gp_cost.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "num/clamp.h"

#define COOLING 50.0 // trials

static const char duration[] = "duration";

static hone_status unknown(const hn_problem *problem, const char *name, hone_error *err)
{
    const char *names[HN_MAX_METRICS + 1] = {duration};
    for (uint32_t m = 0; m < problem->n_metrics; m++)
        names[m + 1] = problem->metrics[m].name;
    const char *near = hn_nearest(name, names, problem->n_metrics + 1);
    if (near)
        return hn_fail(err, HONE_EINVAL,
                       "option \"cost\" of gp is \"%s\": it must be \"duration\" or a metric of "
                       "the study (did you mean %s?)",
                       name, near);
    return hn_fail(err, HONE_EINVAL,
                   "option \"cost\" of gp is \"%s\": it must be \"duration\" or a metric of the "
                   "study; --metric %s records it",
                   name, name);
}

hone_status hn_gp_cost_init(hn_gp_cost *c, const hn_problem *problem, const hn_gp_options *options,
                            hone_error *err)
{
    const char *name = options->cost;
    if (!name && options->cost_budget > 0)
        return hn_fail(err, HONE_EINVAL,
                       "option \"cost_budget\" of gp is given without \"cost\": add cost=duration "
                       "or the name of a metric");
    if (!name)
        return HONE_OK;
    c->on = true;
    c->metric = HN_NONE;
    c->budget = options->cost_budget;
    c->log = (hn_gp_output){.quantity = HN_GP_COST, .options = &options->model};
    for (uint32_t m = 0; m < problem->n_metrics; m++)
        if (strcmp(problem->metrics[m].name, name) == 0)
            c->metric = m;
    if (c->metric != HN_NONE)
        return HONE_OK;
    if (strcmp(name, duration) != 0)
        return unknown(problem, name, err);
    if (problem->lag > 0)
        return hn_fail(
            err, HONE_EUNSUPPORTED,
            "gp with cost=duration goes by the clock, which a deterministic study cannot "
            "allow: let the trials report a cost and name that metric");
    return HONE_OK;
}

void hn_gp_cost_free(hn_gp_cost *c)
{
    hn_gp_output_free(&c->log);
    hn_vec_free(&c->known);
}

static double cost_of(const hn_gp_cost *c, const hn_evidence *e, const hn_view *view,
                      uint32_t trial)
{
    if (c->metric == HN_NONE)
        return e->rows.data[trial].duration_s;
    return hn_view_value(view, trial, c->metric);
}

// Fills c->known; the sums of all that has been paid, and of what the first trials were.
static uint32_t read_costs(hn_gp_cost *c, const hn_evidence *e, const hn_view *view,
                           uint32_t n_startup, double *spent, double *first)
{
    uint32_t n = 0;
    *spent = *first = 0;
    c->known.n = e->n_trials;
    for (uint32_t t = 0; t < e->n_trials; t++) {
        uint8_t kind = e->rows.data[t].kind;
        double cost = kind > HN_EVIDENCE_PENDING ? cost_of(c, e, view, t) : NAN;
        bool whole = kind == HN_EVIDENCE_COMPLETE || kind == HN_EVIDENCE_FAILED;
        bool paid = cost > 0 && isfinite(cost);
        c->known.data[t] = paid && whole ? log(cost) : NAN;
        if (!paid)
            continue;
        *spent += cost;
        *first += n++ < n_startup ? cost : 0;
    }
    return n;
}

// Step 2.
static double weight_of(double budget, uint32_t n, uint32_t n_startup, double spent, double first)
{
    if (budget <= 0)
        return COOLING / (COOLING + (n > n_startup ? n - n_startup : 0));
    return budget > first ? hn_clamp((budget - spent) / (budget - first), 0, 1) : 0;
}

hone_status hn_gp_cost_update(hn_gp_cost *c, const hn_evidence *e, const hn_view *view,
                              const hn_gp_space *space, uint32_t n_startup, hn_arena *scratch,
                              hone_error *err)
{
    double spent, first;
    c->weight = 0;
    if (!c->on)
        return HONE_OK;
    hn_vec_clear(&c->known);
    if (!hn_vec_reserve(&c->known, e->n_trials + 1))
        return hn_fail_memory(err);
    uint32_t n = read_costs(c, e, view, n_startup, &spent, &first);
    c->log.given = c->known.data;
    if (n == 0)
        return HONE_OK;
    c->weight = weight_of(c->budget, n, n_startup, spent, first);
    return hn_gp_output_update(&c->log, e, space, scratch, err);
}
