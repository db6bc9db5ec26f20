// What the files of the local executor share. The order of things is in
// docs/internals/executors.md.
#ifndef HN_EXECUTORS_LOCAL_H
#define HN_EXECUTORS_LOCAL_H

#include <sys/types.h>
#include <uv.h>

#include <hone/sys/executor.h>

#include "base/error.h"
#include "base/str.h"
#include "executors/guardian_wire.h"
#include "executors/lines.h"

typedef struct hn_local hn_local;
typedef struct hn_local_job hn_local_job;
typedef struct hn_local_channel hn_local_channel;

typedef struct hn_local_config {
    const char *guardian; // path of the program, NULL: searched
    double guardian_grace_s;
    int64_t max_jobs;
} hn_local_config;

// One place where lines come from; index = hn_line_source.
enum { HN_LOCAL_SOURCES = 4 };
typedef struct hn_local_source {
    hn_lines lines;
    int fd;          // -1: not read, or not there yet
    uint64_t offset; // files
    bool dirty;      // there may be something new
    bool over;       // nothing will come any more
} hn_local_source;

// A socket for HONE_FD (local_channel.c).
struct hn_local_channel {
    hn_local *local;
    hn_local_channel *next; // of the idle ones
    hn_local_job *job;      // NULL: idle
    int fd;
    int theirs;        // the child's end until the guardian has it, then -1
    uint32_t index;    // in the guardian; HG_CHANNELS: it is for one job alone
    uint64_t guardian; // the number of the one that knows it
    bool used;         // something was read, sent or shut down
    bool watched;
    uv_poll_t poll;
};

struct hn_local_job {
    hn_local *local;
    hn_local_job *next;           // in its bucket
    hn_local_job *before, *after; // in the list of those with something to say
    bool listed;
    uint64_t id;
    char *dir, *command, *cwd, *folder, *file; // in one block after the struct
    double grace_s;
    int64_t pid;
    uint64_t start_ticks;
    bool say_started;
    bool said_last;
    bool ended; // `last` is complete; said when every line is
    bool spoke; // it follows a protocol by which it hears of a stop: SIGTERM can wait a little
    hn_message last;
    hone_error why; // text of a FAILED
    hn_local_source sources[HN_LOCAL_SOURCES];
    hn_local_channel *channel; // that its HONE_FD is the other end of
    bool kept;                 // the guardian keeps that for another job
    hn_str unsent;             // the rest of a reply that the socket took only in part
    uv_timer_t timer;
    uv_fs_event_t watch; // of `dir`
    int n_handles;       // open handles: freed when none is left
    bool timed, watched;
    // stopping (local_stop.c)
    enum { HN_STOP_NONE, HN_STOP_ASKED, HN_STOP_TERM, HN_STOP_KILL } stop;
    hn_cancel wish;
    bool timed_out;
    uint64_t memory_bytes; // limit, 0: none
    bool out_of_memory;    // killed for it
    uint64_t memory_peak;  // the most that was seen
    // Its real size was found to be below the limit: while the sum of resident sizes is at most
    // `memory_trusted`, that is believed until `memory_again_ms` of the loop's time.
    uint64_t memory_trusted, memory_again_ms;
};

typedef struct hn_local_guardian {
    int socket;      // -1: none runs
    uint64_t number; // of guardians that are gone
    pid_t pid;
    char token[48]; // "<pid>-<start_ticks>", see HG_TAG
    uv_poll_t *poll;
    bool broken; // a request could not be sent
    char in[64 * sizeof(hg_reply)];
    size_t n_in;
} hn_local_guardian;

struct hn_local {
    hn_local_config config;
    uv_loop_t loop;
    uv_async_t async;
    uv_timer_t timer;   // of a drive with a timeout
    uv_timer_t ticker;  // looks at files that inotify does not watch
    uv_timer_t watcher; // of memory limits (local_memory.c)
    bool woken, timed_out, opened;
    hn_local_guardian guardian;
    uint64_t soft_files; // limit of open files as it was: what children get
    bool files_raised;
    hn_local_job **buckets;
    size_t n_buckets, n_jobs;
    hn_local_job *first, *last; // with something to say
    hn_local_channel *idle;     // channels without a job
    uint64_t channels_used;     // bits by index
    hn_local_job *said;         // said their last word in the last drive, linked by `next`
    hn_str frame;               // of the request being built
};

// inotify refused: all files are looked at now and then (local.c).
void hn_local_unwatched(hn_local *local);

// jobs (local_job.c)
hone_status hn_local_job_create(hn_local *local, const hn_job *job, hn_local_job **out,
                                hone_error *err);
hn_local_job *hn_local_job_find(const hn_local *local, uint64_t id);
void hn_local_job_list(hn_local_job *job); // it has something to say
void hn_local_job_unlist(hn_local_job *job);
void hn_local_job_forget(hn_local_job *job);  // out of the table
void hn_local_job_destroy(hn_local_job *job); // closes everything; freed when libuv lets go
// The job is over: `job->last` has been filled but for its job and id.
void hn_local_job_end(hn_local_job *job);

// output (local_output.c)
// Opens what is to be read.
hone_status hn_local_output_open(hn_local_job *job, const hn_job *wanted, hone_error *err);
// Is the folder needed, and so made, by hn_local_output_open? Else the job's own process makes it.
bool hn_local_output_makes(const hn_job *wanted);
const char *hn_local_output_name(hn_line_source source); // of the file in the job's folder
void hn_local_output_close(hn_local_job *job);
// The next messages of the job, at most `max`. `*more`: it has something left to say.
hone_status hn_local_output_take(hn_local_job *job, hn_message *out, size_t max, size_t *n,
                                 bool *more, hone_error *err);
void hn_local_output_reply(hn_local_job *job, const char *json);

// channels (local_channel.c)
// One for a job that begins: an idle one, or a new one.
hone_status hn_local_channel_open(hn_local_job *job, hone_error *err);
// The job has read its last from it.
void hn_local_channel_release(hn_local_job *job);
void hn_local_channels_close(hn_local *local); // the idle ones

// Why it did not start: fills `job->last` (local_failure.c).
void hn_local_failure(hn_local_job *job, hg_stage stage, int code);
// hn_executor_class.look_up.
hone_status hn_local_look_up(void *self, const char *program, const char *cwd, hone_error *err);

// stopping (local_stop.c)
void hn_local_stop_watch(hn_local_job *job, double timeout_s);
void hn_local_stop(hn_local_job *job, hn_cancel how);

// memory (local_memory.c)
void hn_local_memory_watch(hn_local_job *job, uint64_t memory_bytes);

// Path of the program hone-guardian, PATH_MAX bytes (local_find.c).
hone_status hn_local_find_guardian(const hn_local *local, char *out, hone_error *err);

// the guardian (local_guardian.c)
hone_status hn_local_guardian_start(hn_local *local, hone_error *err); // unless it runs
hone_status hn_local_guardian_spawn(hn_local *local, const hn_local_job *job, const hn_job *wanted,
                                    hone_error *err);
void hn_local_guardian_signal(hn_local *local, uint64_t job, int signo);
void hn_local_guardian_end(hn_local *local);
// Did a request fail because it does not listen?
bool hn_local_guardian_broken(const hn_local *local);
// It cannot be used any more: ends what hung under it and every job.
void hn_local_guardian_lost(hn_local *local);

#endif
