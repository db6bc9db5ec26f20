// Which rule has ended the study: said in one line, and kept in the study's setting "ended" until a
// run goes on with it.
#include "drive/run_internal.h"

#include <string.h>

#include "base/json.h"
#include "drive/peek.h"

static const char *const names[] = {
    [HN_RULE_NONE] = "none",           [HN_RULE_TRIALS] = "trials",
    [HN_RULE_TIME] = "time",           [HN_RULE_COST] = "cost",
    [HN_RULE_TARGET] = "target",       [HN_RULE_PLATEAU] = "plateau",
    [HN_RULE_REGRET] = "until-regret", [HN_RULE_EXHAUSTED] = "exhausted",
    [HN_RULE_FAILURES] = "failures",   [HN_RULE_INTERRUPTED] = "interrupted",
    [HN_RULE_ELSEWHERE] = "elsewhere", [HN_RULE_SPACE] = "space"};

// Where nothing runs: those that are paused have had their start, and none goes on.
static int64_t n_begun(const hone_run *run)
{
    uint32_t n_paused = hn_run_pauses(run) ? hone_study_count(run->study, HONE_STATE_PAUSED) : 0;
    return (int64_t)hone_study_n_finished(run->study) + n_paused;
}

static hn_rule_name rule_of(const hone_run *run, hone_run_outcome outcome)
{
    static const hn_rule_name of_over[] = {
        [HN_OVER_NOT] = HN_RULE_NONE,          [HN_OVER_TIME] = HN_RULE_TIME,
        [HN_OVER_TARGET] = HN_RULE_TARGET,     [HN_OVER_PLATEAU] = HN_RULE_PLATEAU,
        [HN_OVER_REGRET] = HN_RULE_REGRET,     [HN_OVER_STREAK] = HN_RULE_FAILURES,
        [HN_OVER_FAILURES] = HN_RULE_FAILURES, [HN_OVER_ELSEWHERE] = HN_RULE_ELSEWHERE,
        [HN_OVER_SPACE] = HN_RULE_SPACE,       [HN_OVER_COST] = HN_RULE_COST};
    if (run->over != HN_OVER_NOT)
        return of_over[run->over];
    if (outcome == HONE_RUN_STOPPED)
        return HN_RULE_INTERRUPTED;
    if (run->options.n_trials > 0 && n_begun(run) >= run->options.n_trials)
        return HN_RULE_TRIALS;
    return run->exhausted ? HN_RULE_EXHAUSTED : HN_RULE_NONE;
}

static void add_duration(hn_str *out, double seconds)
{
    static const struct {
        double size;
        const char *unit;
    } units[] = {{3600, "h"}, {60, "m"}, {0, "s"}};
    int i = 0;
    while (seconds < units[i].size)
        i++;
    hn_str_add_double(out, units[i].size > 0 ? seconds / units[i].size : seconds);
    hn_str_add(out, units[i].unit);
}

static void say_cost(const hone_run *run, hn_str *out)
{
    if (run->options.cost) {
        hn_str_printf(out, "%s of all trials together has come to ",
                      hone_study_metric(run->study, run->spent.metric).name);
        hn_str_add_double(out, run->spent.bound);
    } else {
        hn_str_add(out, "all trials together have taken ");
        add_duration(out, run->options.cost_s);
    }
    hn_str_add(out, " (--cost)");
}

static void say_regret(const hone_run *run, const char *metric, hn_str *out)
{
    hn_str_printf(out, "%s can hardly get better by more than %.3g", metric, run->regret.at_most);
    if (!(run->options.until_regret > 0))
        hn_str_printf(out, ", and chance sets equal trials %.3g apart", run->regret.apart);
    hn_str_add(out, " (--until-regret ");
    hn_str_add_double(out, run->options.until_regret);
    hn_str_add_char(out, ')');
}

static void say(const hone_run *run, hn_rule_name rule, hn_str *out)
{
    const hone_run_options *o = &run->options;
    const char *metric = hone_study_metric(run->study, 0).name;
    switch (rule) {
    case HN_RULE_TRIALS:
        if ((int64_t)hone_study_n_finished(run->study) < o->n_trials) {
            hn_str_printf(out, "%lld trial%s begun (-n), and none of the paused ones goes on",
                          (long long)o->n_trials, o->n_trials == 1 ? " is" : "s are");
            break;
        }
        hn_str_printf(out, "%lld trial%s finished (-n)", (long long)o->n_trials,
                      o->n_trials == 1 ? " is" : "s are");
        break;
    case HN_RULE_TIME:
        hn_str_add(out, "it has run for ");
        add_duration(out, o->time_s);
        hn_str_add(out, " (--time)");
        break;
    case HN_RULE_COST:
        say_cost(run, out);
        break;
    case HN_RULE_TARGET:
        hn_str_printf(out, "%s has reached ", metric);
        hn_str_add_double(out, o->target);
        hn_str_add(out, " (--target)");
        break;
    case HN_RULE_PLATEAU:
        hn_str_printf(out, "%u finished trial%s in a row %s not improved %s", o->plateau,
                      o->plateau == 1 ? "" : "s", o->plateau == 1 ? "has" : "have", metric);
        if (o->plateau_delta > 0) {
            hn_str_add(out, " by ");
            hn_str_add_double(out, o->plateau_delta);
        }
        hn_str_add(out, " (--plateau)");
        break;
    case HN_RULE_REGRET:
        say_regret(run, metric, out);
        break;
    case HN_RULE_EXHAUSTED:
        if (hone_study_scheduler_can(run->study) & HN_CAN_FORK)
            hn_str_printf(out, "the population of %s has trained to its end",
                          hone_study_scheduler(run->study));
        else
            hn_str_add(out, "there is no configuration left to try");
        break;
    case HN_RULE_FAILURES:
        hn_str_printf(out, "too many trials failed, the last one with %s", run->tally.message);
        break;
    case HN_RULE_INTERRUPTED:
        hn_str_add(out, "it was interrupted");
        break;
    case HN_RULE_ELSEWHERE:
        hn_str_add(out, "a run elsewhere has ended the study");
        break;
    case HN_RULE_SPACE:
        hn_str_printf(out, "the %s was changed, and the command does not fit it",
                      run->unsuited.status != HONE_OK ? "scheduler" : "space");
        break;
    default:
        break;
    }
}

hone_status hn_run_record_end(hone_run *run, hone_run_outcome outcome, hone_error *err)
{
    hn_rule_name rule = rule_of(run, outcome);
    hn_str json = HN_STR_INIT;
    if (run->n_only > 0 || rule == HN_RULE_NONE)
        return HONE_OK;
    run->rule = names[rule];
    hn_str_clear(&run->why);
    say(run, rule, &run->why);
    hn_str_printf(&json, "{\"rule\":\"%s\",\"text\":", names[rule]);
    hn_str_add_json(&json, hn_str_text(&run->why));
    hn_str_add_char(&json, '}');
    hone_status status =
        hn_str_failed(&json) || hn_str_failed(&run->why) ? hn_fail_memory(err) : HONE_OK;
    // What ended elsewhere is recorded already; a follower's own troubles are not the study's.
    bool own = run->options.follows && (rule == HN_RULE_FAILURES || rule == HN_RULE_INTERRUPTED);
    own |= rule == HN_RULE_SPACE;
    if (status == HONE_OK && rule != HN_RULE_ELSEWHERE && !own)
        status = hone_study_set(run->study, "ended", hn_str_text(&json), err);
    hn_str_free(&json);
    return status;
}

hone_status hn_run_record_begin(hone_run *run, hone_error *err)
{
    const char *ended = hone_study_get(run->study, "ended");
    bool follows = run->options.follows && hn_run_ended_elsewhere(run);
    if (run->n_only > 0 || follows || !ended || strcmp(ended, "null") == 0)
        return HONE_OK;
    return hone_study_set(run->study, "ended", "null", err);
}

// A rule that holds for the study, and not for one process or host.
bool hn_run_ended_elsewhere(const hone_run *run)
{
    static const hn_rule_name ends[] = {HN_RULE_TRIALS,  HN_RULE_TIME,   HN_RULE_TARGET,
                                        HN_RULE_PLATEAU, HN_RULE_REGRET, HN_RULE_EXHAUSTED};
    static const char formerly[] = "{\"rule\":\"regret\""; // as until-regret was once recorded
    const char *ended = hone_study_get(run->study, "ended");
    char begin[64];
    if (ended && strncmp(ended, formerly, sizeof formerly - 1) == 0)
        return true;
    for (size_t i = 0; ended && i < sizeof ends / sizeof *ends; i++) {
        (void)snprintf(begin, sizeof begin, "{\"rule\":\"%s\"", names[ends[i]]);
        if (strncmp(ended, begin, strlen(begin)) == 0)
            return true;
    }
    return false;
}

const char *hone_run_rule(const hone_run *run)
{
    return run->rule ? run->rule : "none";
}

const char *hone_run_why(const hone_run *run)
{
    return hn_str_text(&run->why);
}
