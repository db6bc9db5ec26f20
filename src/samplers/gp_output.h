// One quantity that the sampler gp models: an objective, a constraint, or whether a trial fails.
#ifndef HN_SAMPLERS_GP_OUTPUT_H
#define HN_SAMPLERS_GP_OUTPUT_H

#include "base/vec.h"
#include "core/evidence.h"
#include "learn/gp.h"
#include "learn/target.h"

enum { HN_GP_REGION_OFF, HN_GP_REGION_ON, HN_GP_REGION_AUTO }; // trust region

// What shapes the models.
typedef struct hn_gp_model_options {
    int64_t max_points;
    int32_t target; // hn_target_kind, or HN_TARGET_KINDS: chosen by the data
    bool deterministic, warp;
} hn_gp_model_options;

typedef struct hn_gp_options {
    int64_t n_startup, n_candidates, n_starts;
    int32_t region;
    hn_gp_model_options model;
    const char *cost; // NULL: trials cost the same
    double cost_budget;
} hn_gp_options;

typedef enum hn_gp_quantity {
    HN_GP_OBJECTIVE,  // less is better
    HN_GP_CONSTRAINT, // holds at or below zero
    HN_GP_FAILURE,    // 1: it failed, -1: it did not
    HN_GP_COST        // a logarithm
} hn_gp_quantity;

typedef struct hn_gp_choice {
    uint64_t key;        // of the rows it is made by
    uint32_t n_judged;   // kinds so far
    hn_target_kind kind; // the best of them
    double score;        // its
} hn_gp_choice;

typedef struct hn_gp_output {
    hn_gp_quantity quantity;
    uint32_t column; // of the evidence's y or c
    const hn_gp_model_options *options;
    bool several;          // one of several objectives: its worse half matters as the better one
    const double *weights; // [objectives] of OBJECTIVE: it is all of them in one; else NULL
    uint32_t turn;         // how many trials after the first model of a study it is fitted
    const double *given;   // [trials] of COST: the values, NaN where there is none
    bool made;
    hn_gp gp;
    uint32_t n;              // points of the model that are evidence; pending ones come after them
    HN_VEC(uint32_t) trials; // [n] theirs
    HN_VEC(uint32_t) params;
    HN_VEC(double) values;  // [n] as told
    HN_VEC(double) targets; // [n]
    HN_VEC(double) hyper;
    hn_target target;
    double offset, unit; // of FAILURE and COST: the mean and the unit that their targets lack
    uint64_t base_key;
    uint32_t n_base;         // points that the hyperparameters were fitted to
    hn_target_kind chosen;   // of the base
    hn_gp_choice choices[2]; // the last ones
} hn_gp_output;

void hn_gp_output_free(hn_gp_output *o); // all zero is fine
// Brings the model in step with the evidence; all of it when something has gone wrong before.
// `space` says what the features are.
hone_status hn_gp_output_update(hn_gp_output *o, const hn_evidence *e, const hn_gp_space *space,
                                hn_arena *scratch, hone_error *err);
// Takes a running trial in, at what the model says of it.
hone_status hn_gp_output_believe(hn_gp_output *o, const double *x, double *room, hone_error *err);
// Takes a failed one in: two standard deviations worse than the model says, and worse than `best`
// by half a one of the targets.
hone_status hn_gp_output_doubt(hn_gp_output *o, const double *x, double best, double *room,
                               hone_error *err);
// How many rows of the evidence have a value of the first objective: what the first trials are
// counted by.
uint32_t hn_gp_output_count(const hn_evidence *e);
// Does what is fitted to n of them serve for one more?
bool hn_gp_output_lasts(uint32_t n);

#endif
