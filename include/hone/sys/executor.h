// Executors: run objectives somewhere and hand back messages. They never touch the journal.
//
// The driver starts jobs, then calls `drive`, which sleeps until something happens (no busy
// waiting) and returns the messages that came in. Everything is said in messages; none is lost.
#ifndef HONE_SYS_EXECUTOR_H
#define HONE_SYS_EXECUTOR_H

#include <hone/sys/plugin.h>

HONE_BEGIN_DECLS

// One run of one trial. Texts are copied by `start`.
typedef struct hn_job {
    uint64_t id;             // chosen by the driver, unique in this executor
    const char *const *argv; // NULL-terminated, argv[0] is looked up in PATH
    const char *const *env;  // NULL-terminated "NAME=value": added to (or replacing in) ours
    const char *dir;         // the trial's own folder; outputs go to dir/stdout, dir/stderr
    const char *folder;      // to be made before it starts, may be there; NULL: none
    const char *spare; // an empty folder of no use any more, which may become `folder`; or NULL
    const char *file, *line; // a file to be written before it starts, of one line; NULL: none
    const char *cwd;         // working directory of the command, NULL: ours
    bool append_output;      // a later attempt adds to the output files
    bool new_dir;            // nothing of an earlier job is in `dir`
    bool lacks_dir;        // … which is to be made before anything else; else it exists. If it is
                           // there after all, nothing is done, and the status is HONE_EEXISTS: of
                           // `start`, or of HN_MSG_FAILED
    double timeout_s;      // 0: none; then the trial is ended as by `cancel`, cause TIMEOUT
    double grace_s;        // between SIGTERM and SIGKILL
    uint64_t memory_bytes; // limit of all its processes together, 0: none; over it, cause OOM
    const uint32_t *cpus;  // [n_cpus] to which its processes are tied; n_cpus 0: all of ours
    uint32_t n_cpus;
    bool read_stdout; // hand over the lines of its standard output …
    bool read_stderr; // … and standard error, as they are written
    bool read_file;   // hand over the lines added to dir/metrics.jsonl
} hn_job;

typedef enum hn_cancel {
    HN_CANCEL_STOP,  // please end: dir/STOP, the reply on the descriptor; then SIGTERM … SIGKILL
    HN_CANCEL_PAUSE, // the same, the driver will start it again from its checkpoint
    HN_CANCEL_KILL   // SIGKILL at once
} hn_cancel;

typedef enum hn_message_type {
    HN_MSG_STARTED, // the process runs: pid, start_ticks
    HN_MSG_LINE,    // a line: `text`, `source`
    HN_MSG_EXITED,  // it, and everything in its process group, is gone: the job's last message
    HN_MSG_FAILED   // it could not be started: `text`, `status`; the job's last message
} hn_message_type;

typedef enum hn_line_source {
    HN_LINE_FD, // the descriptor HONE_FD: deserves a reply (`reply`)
    HN_LINE_STDOUT,
    HN_LINE_STDERR,
    HN_LINE_FILE // dir/metrics.jsonl
} hn_line_source;

typedef enum hn_end_cause {
    HN_END_EXIT,      // by itself: exit_code
    HN_END_SIGNAL,    // by a signal that was not ours: signal
    HN_END_CANCELLED, // after `cancel`
    HN_END_TIMEOUT,
    HN_END_OOM, // the kernel's or our memory limit
    HN_END_LOST // whatever ran it is gone
} hn_end_cause;

typedef struct hn_message {
    hn_message_type type;
    uint64_t job;
    hn_line_source source;
    const char *text; // LINE without its end, FAILED a sentence; valid until the next drive
    size_t text_size;
    hone_status status;
    int64_t pid, start_ticks; // process id and its start time in clock ticks since boot
    hn_end_cause cause;
    int exit_code, signal;
    uint64_t wall_us, cpu_us; // of the process and its waited-for children
    int64_t maxrss_kb;        // most of any one of its processes
    uint64_t memory_bytes;    // EXITED of a job with a limit: the most that was seen of all its
                              // processes together; 0: nobody has looked
    bool over_limit;          // OOM: because of the job's own limit
    bool blameless;           // FAILED, but not for the job's sake: its files could not be made
} hn_message;

typedef struct hn_executor_class {
    hn_plugin head;
    hone_status (*init)(void *self, const void *options, hone_error *err);
    // Starts a job; HN_MSG_STARTED or HN_MSG_FAILED follows. HONE_EBUSY above the capacity.
    hone_status (*start)(void *self, const hn_job *job, hone_error *err);
    // Asks a job to end; a stronger wish may follow. A job that is gone is HONE_OK.
    hone_status (*cancel)(void *self, uint64_t job, hn_cancel how, hone_error *err);
    // Answers a line on the descriptor: one JSON line; dropped when nobody reads.
    hone_status (*reply)(void *self, uint64_t job, const char *json, hone_error *err);
    // Sleeps until a message, `wake`, or `timeout_ms` (-1: for ever), and fills `out` with at most
    // `max` messages; `*n` may be 0 after a wake or a timeout. Fails when a job could not be
    // started for a reason that would end any other, too: its output files cannot be opened.
    hone_status (*drive)(void *self, int timeout_ms, hn_message *out, size_t max, size_t *n,
                         hone_error *err);
    // Ends a sleeping `drive` early. May be called from a signal handler or another thread.
    void (*wake)(void *self);
    size_t (*capacity)(void *self); // how many jobs at once; optional
    // Kills what an engine that died together with its guardian left running: every process whose
    // environment holds HONE_STUDY_TAG=<marker> and whose guardian is gone. Before a resume;
    // optional.
    hone_status (*reap)(void *self, const char *marker, hone_error *err);
    // Is there such a program for a job with this working directory (NULL: ours)? Asked before the
    // first job, so that a misspelt name is refused and costs no trial; optional.
    hone_status (*look_up)(void *self, const char *program, const char *cwd, hone_error *err);
    // Ends every job at once (as KILL) and frees. Nothing is left behind.
    void (*fini)(void *self);
} hn_executor_class;

HONE_END_DECLS

#endif
