// A line per finished trial, for pipes and files; and, above the block too, what must not be
// missed.
#include "trial_view.h"
#include "watch.h"

#include <stdlib.h>
#include <string.h>

// What the line says already, "paused at 9: ", is left out.
static void print_standing(const hone_study *study, uint32_t trial)
{
    static const char *const said = "paused at ";
    char why[256];
    hone_study_standing(study, trial, why, sizeof why);
    const char *at = strncmp(why, said, strlen(said)) == 0 ? why + strlen(said) : why;
    if (*at >= '0' && *at <= '9' && strstr(at, ": "))
        at = strstr(at, ": ") + 2;
    if (*at)
        printf("  (%s)", at);
}

// "trial 13 promoted from rung 1 of 3, to 9: place 1 of 9"
static void print_promoted(const run_watch *watch, uint32_t trial)
{
    char *text = watch_decision(watch->study, trial);
    if (text)
        printf("%s\n", text);
    fflush(stdout);
    free(text);
}

// "trial 3  COMPLETE  loss=0.1234  1.2s  lr=0.001 depth=3  best", "trial 4  PAUSED at 9  …"
static void print_finished(run_watch *watch, const hone_run_event *event, const hone_trial *trial)
{
    char duration[CLI_SHORT];
    char *values = watch_values(watch->study, trial);
    char *params = watch_params(trial, 6);
    const char *why = hone_trial_message(trial);
    bool final = hone_trial_purpose_of(trial) == HONE_PURPOSE_FINAL;
    bool cut = hone_trial_n_parts_ended(trial) < hone_trial_n_parts(trial);
    char *parts = cut && hone_trial_copied_from(trial) < 0 ? trial_parts_text(trial) : NULL;
    bool ok = event->state == HONE_STATE_COMPLETE || event->state == HONE_STATE_PRUNED ||
              event->state == HONE_STATE_PAUSED;
    printf("trial %u  %s", (unsigned)event->trial, hone_state_name(event->state));
    if (event->state == HONE_STATE_PAUSED && hone_trial_resource(trial) > 0)
        printf(" at %.6g", hone_trial_resource(trial));
    printf("%s%s  %s", *values ? "  " : "", values, cli_duration(event->duration_s, duration));
    if (*params)
        printf("  %s", params);
    if (parts)
        printf("  %s", parts);
    if (final)
        printf("  final");
    else if (event->is_best)
        printf("  best");
    if (*why && (!ok || event->state == HONE_STATE_PRUNED))
        printf("  (%s)", why);
    else if (event->state == HONE_STATE_PAUSED)
        print_standing(watch->study, event->trial);
    if (!ok && event->log)
        printf("  log %s", watch_path(event->log));
    putchar('\n');
    fflush(stdout);
    free(values);
    free(params);
    free(parts);
}

// A remark in the flow of the output: above the block on a terminal, else on standard error.
static void remark(run_watch *watch, cli_style style, const char *lead, const char *text)
{
    if (!text || !*text)
        return;
    block_clear(watch);
    FILE *out = watch->mode == WATCH_BLOCK ? stdout : stderr;
    fflush(stdout);
    fprintf(out, "%s%s%s%s%s\n", cli_ansi(watch->cli, out, style),
            watch->mode == WATCH_BLOCK ? "" : "hone: ", lead, text,
            cli_ansi(watch->cli, out, CLI_PLAIN));
    fflush(out);
}

static void print_missing(run_watch *watch, const hone_run_event *event)
{
    watch->output_shown = true;
    char *lead = cli_format("Trial %u ended well, but did not say its metric. Its output ends:\n",
                            (unsigned)event->trial);
    char *indented = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&indented, &size);
    for (const char *at = event->text; out && at && *at;) {
        size_t n = strcspn(at, "\n");
        fprintf(out, "%s    %.*s", at == event->text ? "" : "\n", (int)n, at);
        at += n + (at[n] == '\n');
    }
    if (out)
        fclose(out);
    remark(watch, CLI_YELLOW, lead, indented && *indented ? indented : "    (nothing)");
    free(indented);
    free(lead);
}

static void print_retry(run_watch *watch, const hone_run_event *event)
{
    // What Ctrl-C has stopped is counted in the summary.
    if (watch->level >= 2)
        return;
    char *lead = cli_format("Trial %u is tried again: ", (unsigned)event->trial);
    remark(watch, CLI_YELLOW, lead, event->text);
    free(lead);
}

// Even to a person who asked for silence: what is wrong with the command, and why a run stops.
static bool must_be_said(hone_run_event_type type)
{
    return type == HONE_RUN_STOPPING || type == HONE_RUN_WARNING || type == HONE_RUN_MISSING;
}

void lines_event(run_watch *watch, const hone_run_event *event, const hone_trial *trial)
{
    if (watch->mode == WATCH_QUIET && !must_be_said(event->type))
        return;
    switch (event->type) {
    case HONE_RUN_BEGIN:
        remark(watch, CLI_PLAIN, "", event->text);
        break;
    case HONE_RUN_STARTED:
        if (watch->mode == WATCH_LINES && trial && watch_goes_on(trial))
            print_promoted(watch, event->trial);
        break;
    case HONE_RUN_FINISHED:
        if (watch->mode == WATCH_LINES && trial)
            print_finished(watch, event, trial);
        break;
    case HONE_RUN_RETRY:
        print_retry(watch, event);
        break;
    case HONE_RUN_SOURCE:
    case HONE_RUN_WAITING:
        remark(watch, CLI_DIM, "", event->text);
        break;
    case HONE_RUN_MISSING:
        print_missing(watch, event);
        break;
    case HONE_RUN_CHANGED:
        remark(watch, CLI_CYAN, "Changed by `hone edit`: ", event->text);
        break;
    case HONE_RUN_SPACE:
        remark(watch, CLI_CYAN, "The space has changed: ", event->text);
        break;
    case HONE_RUN_WARNING:
        remark(watch, CLI_YELLOW, "Warning: ", event->text);
        break;
    case HONE_RUN_STOPPING:
        if (watch->mode != WATCH_BLOCK)
            remark(watch, CLI_YELLOW, "", watch_stopping_text(event->level));
        break;
    default:
        break;
    }
}
