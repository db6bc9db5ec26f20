// How a trial ended, and what follows. In order:
//   1. a trial that is somebody else's now is forgotten;
//   2. what could not start has failed; what lost its guardian runs again, some times at most;
//   3. TIMEOUT is a timeout whatever the exit code;
//   4. exit code 0 is judged by the metrics, unless it was asked to stop or pause;
//   5. exit code 10 is a trial that stopped as it was told, or because it knew better;
//   6. an end by our own signal follows from why we sent it;
//   7. everything else is a failure, and retried when that is allowed.
// A trial asked to end that ends with another code than 0 or 10 ended because it was asked:
// interpreters and shells make 1, 130 or 143 of a SIGTERM.
#include "drive/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/chars.h"
#include "base/str.h"

enum { EXIT_STOPPED = 10 };

HONE_PRINTF(2, 3) static void say(hn_judgement *j, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(j->message, sizeof j->message, format, args);
    va_end(args);
}

static hn_judgement tell(hone_trial_state state)
{
    return (hn_judgement){.fate = HN_FATE_TELL, .state = state};
}

static hn_judgement requeue(const char *reason)
{
    hn_judgement j = {.fate = HN_FATE_REQUEUE, .state = HONE_STATE_WAITING};
    say(&j, "%s", reason);
    return j;
}

// The attempt failed: told, or retried.
static hn_judgement failure(const hn_ending *e, hone_trial_state state)
{
    hn_judgement j = tell(state);
    if (e->metrics->infeasible)
        j.state = HONE_STATE_INFEASIBLE;
    else if (e->n_failures < e->retries)
        j.fate = HN_FATE_RETRY;
    return j;
}

static void add_last_words(hn_judgement *j, const char *words)
{
    size_t n = strlen(j->message);
    if (*words && j->state == HONE_STATE_FAILED)
        snprintf(j->message + n, sizeof j->message - n, ": %s", words);
}

static void say_signal(hn_judgement *j, int number)
{
    const char *words = sigdescr_np(number);
    say(j, "killed by signal %d (%s)", number, words ? words : "of real time");
}

// --- the cases ---

static hn_judgement ended_well(const hn_ending *e)
{
    bool enough = e->is_final && e->metrics->present;
    const char *missing = enough ? NULL : hn_metrics_missing(e->spec, e->metrics);
    const char *nan = hn_metrics_nan(e->spec, e->metrics);
    if (e->metrics->infeasible)
        return tell(HONE_STATE_INFEASIBLE);
    if (e->wish == HN_WISH_PAUSE)
        return (hn_judgement){.fate = HN_FATE_PAUSE};
    if (e->wish == HN_WISH_STOP)
        return tell(HONE_STATE_PRUNED);
    if (!missing && !nan)
        return tell(HONE_STATE_COMPLETE);
    if (e->wish == HN_WISH_INTERRUPT)
        return requeue("interrupted");
    hn_judgement j = tell(HONE_STATE_INVALID);
    j.missing = missing != NULL;
    if (!missing)
        say(&j, "%s is not a number", nan);
    else
        say(&j, "it ended well, but without %s%s%s", missing, *e->metrics->problem ? ": " : "",
            e->metrics->problem);
    return j;
}

static hn_judgement ended_by_wish(const hn_ending *e)
{
    hn_judgement j = tell(HONE_STATE_PRUNED);
    switch (e->wish) {
    case HN_WISH_PAUSE:
        return (hn_judgement){.fate = HN_FATE_PAUSE};
    case HN_WISH_INTERRUPT:
        return requeue("interrupted");
    case HN_WISH_KILL:
        j.state = HONE_STATE_FAILED;
        say(&j, "killed on request");
        return j;
    default:
        return j;
    }
}

static void memory_text(uint64_t bytes, char *out, size_t size)
{
    double mib = (double)bytes / (1 << 20);
    if (mib < 10240)
        snprintf(out, size, mib < 10 ? "%.1f MiB" : "%.0f MiB", mib);
    else
        snprintf(out, size, "%.1f GiB", mib / 1024);
}

// Our own limit, or that of the machine.
static void say_memory(hn_judgement *j, const hn_ending *e)
{
    char used[32], limit[32];
    uint64_t peak = (uint64_t)e->message->maxrss_kb * 1024;
    if (e->message->memory_bytes > peak)
        peak = e->message->memory_bytes;
    memory_text(peak, used, sizeof used);
    memory_text(e->mem_bytes, limit, sizeof limit);
    if (e->message->over_limit && peak > e->mem_bytes)
        say(j, "used %s of memory, more than the %s of --mem-trial", used, limit);
    else if (e->message->over_limit)
        say(j, "wanted more memory than the %s of --mem-trial", limit);
    else if (peak)
        say(j, "killed by the system for want of memory (it used %s)", used);
    else
        say(j, "killed by the system for want of memory");
}

static hn_judgement ended_badly(const hn_ending *e)
{
    const hn_message *m = e->message;
    hn_judgement j;
    switch (m->cause) {
    case HN_END_OOM:
        j = failure(e, HONE_STATE_OOM);
        say_memory(&j, e);
        return j;
    case HN_END_SIGNAL:
        j = failure(e, HONE_STATE_FAILED);
        say_signal(&j, m->signal);
        break;
    default:
        j = failure(e, HONE_STATE_FAILED);
        if (m->signal)
            say_signal(&j, m->signal);
        else
            say(&j, "exit code %d", m->exit_code);
    }
    add_last_words(&j, e->last_words);
    return j;
}

static hn_judgement not_started(const hn_ending *e)
{
    if (e->wish != HN_WISH_NONE)
        return ended_by_wish(e);
    hn_judgement j = failure(e, HONE_STATE_FAILED);
    say(&j, "%.*s", (int)e->message->text_size, e->message->text);
    return j;
}

static hn_judgement lost(const hn_ending *e)
{
    if (e->wish != HN_WISH_NONE)
        return ended_by_wish(e);
    if (e->n_lost < HN_MAX_LOST)
        return requeue("what ran it is gone");
    hn_judgement j = tell(HONE_STATE_LOST);
    say(&j, "what ran it vanished %d times", HN_MAX_LOST + 1);
    return j;
}

hn_judgement hn_judge(const hn_ending *e)
{
    const hn_message *m = e->message;
    if (e->wish == HN_WISH_ABANDON)
        return (hn_judgement){.fate = HN_FATE_FORGET};
    if (m->type == HN_MSG_FAILED)
        return not_started(e);
    if (m->cause == HN_END_LOST)
        return lost(e);
    if (m->cause == HN_END_TIMEOUT) {
        hn_judgement j = failure(e, HONE_STATE_TIMEOUT);
        say(&j, "took longer than %g s", e->timeout_s);
        return j;
    }
    bool exited = m->signal == 0 && m->cause != HN_END_OOM;
    if (e->wish == HN_WISH_KILL)
        return ended_by_wish(e);
    if (exited && m->exit_code == 0)
        return ended_well(e);
    if (e->wish != HN_WISH_NONE)
        return ended_by_wish(e);
    if (exited && m->exit_code == EXIT_STOPPED)
        return tell(HONE_STATE_PRUNED);
    if (m->cause == HN_END_CANCELLED) // by nobody that is known here
        return requeue("interrupted");
    return ended_badly(e);
}

// --- equal failures ---

static bool has_digit(const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (hn_is_digit(word[i]))
            return true;
    return false;
}

uint64_t hn_failure_signature(hone_trial_state state, int exit_code, int signal,
                              const char *message)
{
    int32_t head[3] = {(int32_t)state, exit_code, signal};
    uint64_t hash = hn_hash64(head, sizeof head);
    for (const char *at = message; *at;) {
        at += strspn(at, " \t");
        size_t n = strcspn(at, " \t");
        if (n && !has_digit(at, n))
            hash = hash * 1099511628211u ^ hn_hash64(at, n);
        at += n;
    }
    return hash;
}
