// From the way a trial ended to what becomes of it: a pure function.
#ifndef HN_DRIVE_JUDGE_H
#define HN_DRIVE_JUDGE_H

#include <hone/sys/executor.h>
#include <hone/trial.h>

#include "drive/metrics.h"

// Why a trial was asked to end, strongest last: a trial that is to be pruned is pruned even when
// the run is interrupted meanwhile.
typedef enum hn_wish {
    HN_WISH_NONE,
    HN_WISH_INTERRUPT, // by hone_run_interrupt: to be run again later
    HN_WISH_PAUSE,     // by the scheduler: to be resumed from its checkpoint
    HN_WISH_STOP,      // by the scheduler or somebody: PRUNED
    HN_WISH_KILL,      // somebody wants it gone: FAILED
    HN_WISH_ABANDON    // another worker has taken it over: its end concerns nobody
} hn_wish;

typedef struct hn_ending {
    const hn_message *message; // EXITED or FAILED
    const hn_metric_spec *spec;
    const hn_metrics *metrics;
    hn_wish wish;
    bool is_final;       // its score is another than the search's: any declared metric will do
    uint32_t n_failures; // attempts of this trial that failed before
    uint32_t n_lost;     // attempts that were lost before
    uint32_t retries;
    double timeout_s;
    uint64_t mem_bytes;     // its limit, 0: none
    const char *last_words; // last line on standard error, ""
} hn_ending;

typedef enum hn_fate {
    HN_FATE_TELL,
    HN_FATE_RETRY,   // the attempt failed; another one is allowed
    HN_FATE_REQUEUE, // says nothing about the point: to be run again
    HN_FATE_PAUSE,
    HN_FATE_NEXT, // the next part of the trial begins
    HN_FATE_FORGET
} hn_fate;

typedef struct hn_judgement {
    hn_fate fate;
    hone_trial_state state; // of TELL and RETRY
    bool missing;           // it ended well, but a metric is missing
    char message[256];      // why, for people; ""
} hn_judgement;

enum { HN_MAX_LOST = 3 };

hn_judgement hn_judge(const hn_ending *ending);
// Equal for failures of the same kind: state, exit code, signal and the words of the message that
// hold no digit (values, line numbers and addresses differ from trial to trial).
uint64_t hn_failure_signature(hone_trial_state state, int exit_code, int signal,
                              const char *message);

#endif
