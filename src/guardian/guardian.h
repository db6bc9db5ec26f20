// hone-guardian: the one process under which all trials of an executor hang, so that nothing of
// theirs outlives the engine.
//
// Invariants
//  1. Every process of a trial is a descendant of the guardian, for good: it is a subreaper.
//  2. A process group is signalled only while its leader is unreaped or a child of the guardian is
//     in it, a single process only while it is an unreaped child; so no signal can ever reach a
//     foreign process that got the same number.
//  3. HG_EXITED is sent when the leader is reaped, its process group is empty and no process that
//     left the group is known to belong to the job.
//  4. A process of one job is never signalled for the sake of another.
//  5. Nothing blocks but poll and the few hundred microseconds of a child's exec; no busy waiting.
#ifndef HN_GUARDIAN_GUARDIAN_H
#define HN_GUARDIAN_GUARDIAN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "executors/guardian_wire.h"

enum {
    HG_PAGE = 4096,
    HG_BUCKETS = 1024,  // of each hash table
    HG_LINGER_MS = 250, // what a leader left behind may end by itself before SIGKILL
    HG_COMPANY_MS = 2,  // HG_SPAWNED may wait so long for another reply: a wake of the engine less
    HG_AGAIN_MS = 20,   // between two looks at something that should have died
    HG_CROWD = 64,      // with more children than this, sweeps are at least …
    HG_SWEEP_MS = 5     // … so far apart
};
#define HG_NEVER UINT64_MAX

typedef struct hg_job hg_job;

// A child of the guardian: a job's leader, or a stray, which was re-parented when its own parent
// died.
typedef struct hg_child {
    struct hg_child *next;           // in its bucket
    struct hg_child *before, *after; // strays: their list
    hg_job *job;                     // whose it is; NULL: not known (yet)
    uint64_t seen_seq;               // strays: the newest job when it was first seen
    pid_t pid;
    bool leader;
    bool untouchable; // not ours to signal (another user's): nobody waits for it
    int sent;         // strays: the last signal sent
} hg_child;

struct hg_job {
    hg_child lead;          // the leader
    hg_job *next;           // in its bucket
    hg_job *before, *after; // in g->running or g->draining
    uint64_t id;
    uint64_t seq; // order of starting
    uint64_t start_ticks, started_us;
    uint64_t kill_at_ms; // draining: when to stop waiting; 0: not decided
    int asked;           // the strongest signal asked for: 0, another, SIGTERM, SIGKILL
    size_t n_strays;
    bool had_strays;
    bool grouped;     // it has a control group
    uint32_t channel; // that its HONE_FD came from; from HG_CHANNELS on: of its own
    int held;         // the child's end of such a one, -1: not held
    hg_reply end;     // filled when the leader was reaped
};

typedef struct hg_jobs {
    hg_job *first, *last; // running: in the order of starting
} hg_jobs;

// Bytes that grow; `failed` is sticky.
typedef struct hg_bytes {
    char *data;
    size_t n, cap;
} hg_bytes;

// Where in PATH the command of the last job was found.
typedef struct hg_program {
    char name[256], path[HG_PAGE]; // "": nothing is known
    char file[HG_PAGE];            // being looked for: the place that is tried
} hg_program;

typedef struct hg_guardian {
    int socket, signals, engine, children; // children: /proc/self/task/…/children or -1
    hg_bytes in, out, scratch;
    uint64_t flush_at_ms;      // when `out` is to be sent, HG_NEVER: nothing is in it
    int closing[HG_CROWD + 1]; // held descriptors of jobs that are over
    size_t n_closing;
    int channels[HG_CHANNELS]; // the children's ends of HONE_FD; -1: none
    int fds[4];                // received, not yet used
    size_t n_fds;
    char token[48];  // "<pid>-<start_ticks>"
    char outer[512]; // the tag of the guardian's own job and '/', when Hone runs inside a trial
    char **base_env; // our environment without what every child gets anew
    hg_program program;
    hg_job *job_by_id[HG_BUCKETS];
    hg_child *child_by_pid[HG_BUCKETS];
    hg_jobs running, draining;
    hg_child *strays;
    size_t n_children;
    uint64_t seq;
    uint64_t swept_ms; // the last sweep
    bool sweep_due;
    uint64_t grace_ms;
    uint64_t shutdown_at_ms; // HG_NEVER: alive; then when TERM turns into KILL
    pid_t engine_pid;
    enum { HG_GROUP_UNKNOWN, HG_GROUP_NO, HG_GROUP_YES } group_state;
    char group_base[PATH_MAX]; // folder of our control group
    bool group_ready;          // it had the memory controller handed down already
    bool group_moved;          // the engine and we are in the one below that is named
    char group_own[96];
    int oom_file;
    uint64_t oom_count;
} hg_guardian;

// clock and small things (util.c)
uint64_t hg_now_ms(void);
uint64_t hg_now_us(void);
bool hg_reserve(hg_bytes *b, size_t extra);
// Reads the whole of a file in /proc into `b`; false when it cannot be read.
bool hg_slurp(const char *path, hg_bytes *b, size_t limit);
// The count behind a word that begins a line of `text`; false without such a line.
bool hg_count_of(const char *text, const char *word, uint64_t *count);
// Start time of a process in clock ticks since boot, 0 when it is gone.
uint64_t hg_start_ticks(pid_t pid);

// tables (table.c)
hg_job *hg_job_find(hg_guardian *g, uint64_t id);
hg_child *hg_child_find(hg_guardian *g, pid_t pid);
void hg_child_add(hg_guardian *g, hg_child *child);
void hg_child_remove(hg_guardian *g, hg_child *child);
void hg_job_add(hg_guardian *g, hg_job *job);    // to the running ones; its leader is a child
void hg_job_drain(hg_guardian *g, hg_job *job);  // from running to draining
void hg_job_remove(hg_guardian *g, hg_job *job); // from draining, and freed

// the socket (channel.c)
bool hg_channel_read(hg_guardian *g); // handles every whole frame; false: the engine is gone
void hg_channel_flush(hg_guardian *g);
void hg_send(hg_guardian *g, const hg_reply *reply);

// starting (spawn.c): replies SPAWNED or FAILED; NULL when it failed.
// `child_fd` is to be its HONE_FD.
hg_job *hg_spawn_job(hg_guardian *g, uint64_t id, char *body, size_t size, int child_fd);

// ending (drain.c)
void hg_signal_job(hg_guardian *g, hg_job *job, int signo);
bool hg_signal_group(const hg_job *job, int signo); // false: empty, or not ours to signal
void hg_reap(hg_guardian *g);                       // collects every dead child
void hg_settle(hg_guardian *g);                     // moves draining jobs on, says EXITED
uint64_t hg_settle_at(hg_guardian *g); // when hg_settle wants to be called again, HG_NEVER

// processes that left their group (stray.c)
void hg_sweep(hg_guardian *g); // finds new strays and whose they are
// May a stray of unknown origin belong to `job`? `*only` tells that no job which still runs can
// be the owner.
bool hg_stray_maybe(const hg_guardian *g, const hg_job *job, bool *only);
// Signals the strays of `job`; with `unknown`, also those that can only be a draining job's.
void hg_stray_signal(hg_guardian *g, const hg_job *job, int signo, bool unknown);
void hg_stray_gone(hg_guardian *g, hg_child *stray); // it was reaped

// the kernel's count of processes killed for want of memory (oom.c)
void hg_oom_open(hg_guardian *g);
bool hg_oom_rose(hg_guardian *g); // since the last call

// memory limits by the kernel (group.c)
// Why there can be none, for people; NULL: there can.
const char *hg_group_look(hg_guardian *g);
// A group for a job that is about to start: the descriptor by which a process enters it, by writing
// "0"; -1: there is none.
int hg_group_make(hg_guardian *g, hg_job *job, uint64_t bytes);
void hg_group_read(const hg_guardian *g, const hg_job *job, hg_reply *end); // its leader has died
void hg_group_remove(hg_guardian *g, hg_job *job);
void hg_group_close(hg_guardian *g); // no job is left

// the end (shutdown.c)
void hg_shutdown(hg_guardian *g, uint64_t grace_ms);
bool hg_shutdown_step(hg_guardian *g, uint64_t *again_ms); // true: no child is left

#endif
