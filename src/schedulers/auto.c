// auto: chooses a scheduler by what is known of the study; that one is made in its place.
//
// Method: the first of these that fits
//  1. several objectives, and none named by `metric`: none. What is bad in one may be good in
//     another, and no single curve tells where a trial leads.
//  2. `max_resource` is given: freeze-thaw, which lets trials pause and trains what promises most.
//     Refused in a deterministic study, which cannot allow pauses.
//  3. Else curve, which stops a trial that improbably passes the best one: it judges by trainings
//     that have ended, so that nothing has to be known beforehand, and a study whose trials report
//     nothing on their way, or are of several runs each, is as without a scheduler.
//
// Why these two (bench/simulate, docs/benchmarks.md): of all schedulers they alone keep the best of
// all recorded tasks in every order, be early ranks right or wrong. Where early ranks are known to
// be right asha saves more.
//
// Cost: that of the chosen one.

#include <hone/sys/scheduler.h>

#include <string.h>

#include "base/json.h"
#include "base/str.h"
#include "schedulers/standing.h"

typedef struct options {
    double max_resource;
    const char *metric;
} options;

static const hn_option option_table[] = {
    {"max_resource", HN_OPTION_DOUBLE, offsetof(options, max_resource), "0", 0, 1e15, NULL, "steps",
     "a whole training, which {resource} tells: trials pause; 0: not known, trials are stopped"},
    {"metric", HN_OPTION_TEXT, offsetof(options, metric), NULL, 1, 0, NULL, NULL,
     "what is watched; the objective if there is just one"},
    {0},
};

static const char *choose(const hn_problem *problem, const options *o)
{
    if (problem->n_objectives != 1 && !o->metric)
        return "none";
    return o->max_resource > 0 ? "freeze-thaw" : "curve";
}

// What auto was told, which the chosen one calls the same.
static hone_status write_options(const options *o, hn_str *out, hone_error *err)
{
    json_t *given = json_object();
    int failed = !given;
    if (o->max_resource > 0)
        failed |= json_object_set_new(given, "max_resource", hn_json_from_double(o->max_resource));
    if (o->metric)
        failed |= json_object_set_new(given, "metric", json_string(o->metric));
    if (!failed)
        hn_json_write(given, 0, out);
    json_decref(given);
    return failed ? hn_fail_memory(err) : HONE_OK;
}

static hone_status resolve(const hn_problem *problem, const void *given, const char **name,
                           hn_str *json, hone_error *err)
{
    const options *o = given;
    hn_watched watched;
    if (o->metric) // named as a mistake of this one's
        HN_TRY(hn_watch_choose(problem, "auto", o->metric, true, &watched, err));
    *name = choose(problem, o);
    if (strcmp(*name, "freeze-thaw") == 0 && problem->lag > 0)
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "told max_resource, the scheduler auto lets trials pause (freeze-thaw), "
                       "which a deterministic study cannot allow: leave it out, or use asha, which "
                       "stops them");
    return strcmp(*name, "none") == 0 ? HONE_OK : write_options(o, json, err);
}

const hn_scheduler_class hn_scheduler_auto = {
    .head = {.kind = HN_KIND_SCHEDULER,
             .name = "auto",
             .summary = "stops by where curves lead, or lets trials pause, by what is known",
             .source = "",
             .can = HN_CAN_MULTI_OBJECTIVE | HN_CAN_PAUSE | HN_GIVES_RESOURCE,
             .options = option_table,
             .config_size = sizeof(options)},
    .resolve = resolve,
};
