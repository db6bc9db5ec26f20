// W&B sweep files as study files.
//
//  1. parameters: {name: {value | values | min, max | distribution …}}. log_uniform gives
//     exponents, log_uniform_values values; an inverse of either draws the same numbers. Nested
//     parameters are flattened, "optimizer.lr". A name that is one of Hone's placeholders gets the
//     prefix HN_WANDB_PREFIX, which the script does not see.
//  2. metric {name, goal, target}, method, run_cap: objective, target, sampler, trials.
//  3. early_terminate: the bands of its hyperband are the rungs of asha: min_iter, min_iter eta, …
//     (`s` of them if that is given), or max_iter / eta^s up to below max_iter. Like there, nobody
//     is spared (n_startup=0), and the best value so far counts.
//  4. program and command: study_wandb_command.c. The script gets the stand-in for wandb.
#include <math.h>
#include <string.h>

#include <hone/space.h>

#include "base/json.h"
#include "base/str.h"
#include "core/study_foreign_private.h"
#include "core/study_wandb.h"

enum { MAX_DEPTH = 16 };

// --- parameters ---

static json_t *exponent(const json_t *value, double sign)
{
    json_t *given = hn_foreign_number(value);
    json_t *result = given ? json_real(exp(sign * json_number_value(given))) : NULL;
    json_decref(given);
    return result;
}

static bool is_whole(const json_t *value)
{
    return json_is_integer(value);
}

// log_uniform, log_uniform_values and their inverses; 1/x is as uniform on the log scale as x.
static json_t *log_range(const char *kind, const json_t *low, const json_t *high)
{
    json_t *param;
    if (strstr(kind, "_values"))
        param = hn_foreign_range("float", hn_foreign_number(low), hn_foreign_number(high));
    else if (strncmp(kind, "inv_", 4) == 0)
        param = hn_foreign_range("float", exponent(high, -1), exponent(low, -1));
    else
        param = hn_foreign_range("float", exponent(low, 1), exponent(high, 1));
    json_object_set_new(param, "log", json_true());
    return param;
}

// q_uniform and q_log_uniform_values: multiples of q. Hone's steps have no log scale but for whole
// numbers one apart.
static json_t *stepped(const char *name, const char *kind, const json_t *given, hn_foreign *out)
{
    json_t *low = json_object_get(given, "min"), *high = json_object_get(given, "max");
    json_t *q = json_object_get(given, "q");
    bool whole = is_whole(low) && is_whole(high) && (!q || is_whole(q));
    bool log = strstr(kind, "log") != NULL;
    json_t *param =
        hn_foreign_range(whole ? "int" : "float", hn_foreign_number(low), hn_foreign_number(high));
    if (log && whole && (!q || json_integer_value(q) == 1)) {
        json_object_set_new(param, "log", json_true());
        return param;
    }
    json_object_set_new(param, "step", q ? hn_foreign_number(q) : json_integer(1));
    if (log)
        hn_foreign_note(out, "the steps of its %s are taken without the log scale", name);
    return param;
}

static json_t *wandb_range(const char *name, const char *kind, const json_t *given, hn_foreign *out)
{
    json_t *low = json_object_get(given, "min"), *high = json_object_get(given, "max");
    if (strncmp(kind, "q_", 2) == 0)
        return stepped(name, kind, given, out);
    if (strstr(kind, "log_uniform"))
        return log_range(kind, low, high);
    bool whole = strcmp(kind, "uniform") != 0 && is_whole(low) && is_whole(high);
    return hn_foreign_range(whole || strcmp(kind, "int_uniform") == 0 ? "int" : "float",
                            hn_foreign_number(low), hn_foreign_number(high));
}

static json_t *wandb_normal(const char *kind, const json_t *given)
{
    json_t *zero = json_integer(0), *one = json_integer(1);
    json_t *mu = json_object_get(given, "mu"), *sigma = json_object_get(given, "sigma");
    json_t *param = hn_foreign_normal(kind[0] == 'n' ? "normal" : "lognormal", mu ? mu : zero,
                                      sigma ? sigma : one);
    json_decref(zero);
    json_decref(one);
    return param;
}

static json_t *constants(json_t *values, json_t *probabilities)
{
    json_t *param = hn_foreign_choices(values);
    if (json_is_array(probabilities))
        json_object_set(param, "weights", probabilities);
    return param;
}

// What a parameter is that has no values and no value.
static const char *const ranges[] = {
    "uniform",         "int_uniform",           "q_uniform",
    "log_uniform",     "log_uniform_values",    "q_log_uniform_values",
    "inv_log_uniform", "inv_log_uniform_values"};
static const char *const refused[] = {"beta", "q_beta", "q_normal", "q_log_normal",
                                      "q_log_uniform"};
enum { N_RANGES = sizeof ranges / sizeof *ranges, N_REFUSED = sizeof refused / sizeof *refused };

static bool is_one_of(const char *kind, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(kind, names[i]) == 0)
            return true;
    return false;
}

static bool is_range(const char *kind)
{
    return !*kind || is_one_of(kind, ranges, N_RANGES);
}

static hone_status fail_param(const char *name, const char *kind, hone_error *err)
{
    const char *near = hn_nearest(kind, ranges, N_RANGES);
    if (!*kind)
        return hn_foreign_unsupported(err, name, "a parameter without value, values or min");
    if (is_range(kind))
        return hn_fail(err, HONE_EUNSUPPORTED, "parameter \"%s\": %s needs min and max", name,
                       kind);
    if (near && !is_one_of(kind, refused, N_REFUSED))
        return hn_fail(err, HONE_EUNSUPPORTED,
                       "parameter \"%s\": there is no distribution %s; did you mean %s?", name,
                       kind, near);
    return hn_foreign_unsupported(err, name, kind);
}

static hone_status wandb_param(const char *name, json_t *given, hn_foreign *out, json_t **param,
                               hone_error *err)
{
    const char *kind = hn_foreign_text(given, "distribution");
    json_t *values = json_object_get(given, "values"), *value = json_object_get(given, "value");
    static const char *const numbers[] = {"min", "max", "q", "mu", "sigma", NULL};
    HN_TRY(hn_foreign_numbers(given, numbers, name, err));
    if (json_is_array(values)) {
        *param = constants(values, json_object_get(given, "probabilities"));
    } else if (value) {
        json_t *one = json_pack("[O]", value);
        *param = constants(one, NULL);
        json_decref(one);
    } else if (strcmp(kind, "normal") == 0 || strcmp(kind, "log_normal") == 0) {
        *param = wandb_normal(kind, given);
    } else if (json_object_get(given, "min") && is_range(kind)) {
        *param = wandb_range(name, kind, given, out);
    } else {
        return fail_param(name, kind, err);
    }
    return *param ? HONE_OK : hn_fail_memory(err);
}

// Adds the parameters of one level, `prefix` before their names.
static hone_status add_params(json_t *level, const char *prefix, int depth, hn_foreign *out,
                              hone_error *err)
{
    const char *key;
    json_t *given;
    hone_status status = HONE_OK;
    hn_str name = HN_STR_INIT, below = HN_STR_INIT;
    if (depth > MAX_DEPTH)
        return hn_fail(err, HONE_EUNSUPPORTED, "parameters are nested more than %d deep",
                       MAX_DEPTH);
    json_object_foreach(level, key, given)
    {
        json_t *nested = json_object_get(given, "parameters"), *param = NULL;
        hn_str_clear(&name);
        hn_str_printf(&name, "%s%s%s", hone_space_reserved(key) && !*prefix ? HN_WANDB_PREFIX : "",
                      prefix, key);
        if (json_is_object(nested)) {
            hn_str_clear(&below);
            hn_str_printf(&below, "%s%s.", prefix, key);
            HN_TRY_OUT(add_params(nested, hn_str_text(&below), depth + 1, out, err));
            continue;
        }
        HN_TRY_OUT(wandb_param(hn_str_text(&name), given, out, &param, err));
        json_object_set_new(hn_foreign_section(out->root, "space"), hn_str_text(&name), param);
        if (hone_space_reserved(key) && !*prefix)
            hn_foreign_note(out,
                            "its parameter %1$s is called " HN_WANDB_PREFIX "%1$s here, as the "
                            "name is one of Hone's placeholders; the script gets it as %1$s",
                            key);
    }
out:
    hn_str_free(&name);
    hn_str_free(&below);
    return status;
}

// --- early termination ---

static hone_status number_or(const json_t *object, const char *key, double *value, hone_error *err)
{
    json_t *given;
    HN_TRY(hn_foreign_given_number(object, key, &given, err));
    if (given)
        *value = json_number_value(given);
    json_decref(given);
    return HONE_OK;
}

static void set_option(json_t *asha, hn_str *said, const char *name, double value)
{
    bool whole = value == floor(value) && fabs(value) < 1e15;
    json_object_set_new(asha, name, whole ? json_integer((json_int_t)value) : json_real(value));
    hn_str_printf(said, " %s=%g", name, value);
}

// Hyperband's brackets become one asha; other kinds of early termination are left out.
static hone_status set_early_terminate(const json_t *file, hn_foreign *out, hone_error *err)
{
    const json_t *given = json_object_get(file, "early_terminate");
    const char *type = hn_foreign_text(given, "type");
    double eta = 3, s = 0, low = 0, high = 0;
    out->fault_path = "early_terminate";
    HN_TRY(number_or(given, "eta", &eta, err));
    HN_TRY(number_or(given, "s", &s, err));
    HN_TRY(number_or(given, "min_iter", &low, err));
    HN_TRY(number_or(given, "max_iter", &high, err));
    out->fault_path = NULL;
    if (!json_is_object(given))
        return HONE_OK;
    if (strcmp(type, "hyperband") != 0 || eta < 1.5 || (low <= 0 && high <= 0)) {
        hn_foreign_note(out, "its %s is left out: see --scheduler", "early_terminate");
        return HONE_OK;
    }
    if (low <= 0 && s > 0)
        low = ceil(high / pow(eta, s));
    else if (high <= 0 && s > 0)
        high = low * pow(eta, s);
    json_t *asha = json_pack("{s:s}", "name", "asha");
    hn_str said = HN_STR_INIT;
    set_option(asha, &said, "eta", eta);
    if (low > 0)
        set_option(asha, &said, "min_resource", low);
    if (high > low)
        set_option(asha, &said, "max_resource", high);
    set_option(asha, &said, "n_startup", 0);
    json_object_set_new(out->root, "scheduler", asha);
    hn_foreign_note(out,
                    "its early_terminate is the scheduler asha with%s; an iteration is one report "
                    "of the objective",
                    hn_str_text(&said));
    hn_str_free(&said);
    return HONE_OK;
}

hone_status hn_foreign_wandb(const json_t *file, hn_foreign *out, hone_error *err)
{
    json_t *run = hn_foreign_section(out->root, "run");
    const json_t *metric = json_object_get(file, "metric");
    (void)hn_foreign_section(out->root, "space");
    HN_TRY(add_params(json_object_get(file, "parameters"), "", 0, out, err));
    HN_TRY(hn_foreign_objective(out, "metric", hn_foreign_text(metric, "name"),
                                hn_foreign_text(metric, "goal"), err));
    hn_foreign_sampler(out->root, out, hn_foreign_text(file, "method"));
    json_object_set_new(run, "wandb", json_string("stand-in"));
    HN_TRY(hn_foreign_move_count(out, file, "run_cap", run, "trials", err));
    HN_TRY(hn_foreign_move(out, metric, "metric.target", run, "target", err));
    HN_TRY(set_early_terminate(file, out, err));
    return hn_foreign_wandb_command(file, run, err);
}
