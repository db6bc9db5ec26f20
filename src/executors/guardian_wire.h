// What the executor and the guardian say to each other over their socket: the only thing that the
// two programs share. Both are built together and run on one machine, so integers are plain and
// in the machine's order; HG_PROTOCOL guards against a guardian of another release.
//
// Requests are frames: an hg_head, then `size` bytes. Replies are hg_reply structs, all of one
// size. The socket is a byte stream, because an argument list may be larger than a datagram.
#ifndef HN_EXECUTORS_GUARDIAN_WIRE_H
#define HN_EXECUTORS_GUARDIAN_WIRE_H

#include <stdint.h>
#include <string.h>

enum {
    HG_PROTOCOL = 8,
    HG_FRAME_MAX = 64 << 20, // bytes; the kernel takes a few MiB of arguments at most
    HG_CPUS_MAX = 8192,      // as many as Linux can have
    HG_SOCKET = 3,           // descriptor of the socket in the guardian
    HG_CHILD_FD = 3,         // descriptor HONE_FD in a child
    HG_CHANNELS = 64         // sockets for HONE_FD that the guardian keeps for further jobs
};

// The environment variable by which a process is known to belong to a job, whatever became of its
// parents: components "<guardian's pid>-<its start_ticks>.<job id>", the outermost guardian first,
// joined by '/' when a trial runs Hone itself.
#define HG_TAG "HONE_JOB_TAG"

// The job's id in the component of the guardian `token` ("<pid>-<start_ticks>") of the tag, as the
// text that it is, up to '/' or the end; NULL: the tag has none.
static inline const char *hg_tag_job(const char *tag, const char *token)
{
    size_t length = strlen(token);
    for (const char *p = tag; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (strncmp(p, token, length) == 0 && p[length] == '.')
            return p + length + 1;
    }
    return NULL;
}

typedef enum hg_request {
    HG_SPAWN = 1, // body: hg_spawn, uint32_t [n_cpus], then NUL-terminated texts: the files for
                  // standard output and error, a folder to make, an empty one that may be moved
                  // to the place of the next, another folder to make, a file to write (each "" =
                  // none), what into it, cwd ("" = ours), arguments, variables
    HG_SIGNAL,    // body: int32_t, the signal for the job's process group
    HG_SHUTDOWN   // kill everything at once and exit; no body
} hg_request;

typedef struct hg_head {
    uint32_t size; // of the body, in bytes
    uint32_t type; // hg_request
    uint64_t job;
} hg_head;

typedef struct hg_spawn {
    uint32_t n_args;   // at least 1
    uint32_t n_env;    // "NAME=value", in place of or added to the guardian's own
    uint32_t truncate; // 1: what the output files hold is of an earlier job and goes
    // Where the child's end of HONE_FD is kept: below HG_CHANNELS; else it is for this job alone.
    uint32_t channel;
    uint32_t with_fd;      // 1: that end comes with the frame; 0: the channel has it
    uint32_t n_cpus;       // to which it is tied, 0: all of ours
    uint64_t memory_bytes; // limit of all its processes together, 0: none
} hg_spawn;

typedef enum hg_reply_type {
    HG_HELLO = 1, // first of all: protocol, pid, start_ticks of the guardian
    HG_SPAWNED,   // pid, start_ticks, grouped
    HG_FAILED,    // code = errno, stage
    HG_EXITED // code = wait status, cpu_us, wall_us, maxrss_kb, oom, by_limit, memory_bytes, kept;
              // the job's last reply
} hg_reply_type;

// The step of starting a process that failed.
typedef enum hg_stage {
    HG_STAGE_FORK,
    HG_STAGE_SETUP,
    HG_STAGE_CPUS, // being tied to them
    HG_STAGE_DIR,
    HG_STAGE_FOLDER,
    HG_STAGE_FILE,
    HG_STAGE_STDOUT, // opening the file
    HG_STAGE_STDERR,
    HG_STAGE_CWD,
    HG_STAGE_EXEC
} hg_stage;

typedef struct hg_reply {
    uint32_t type; // hg_reply_type
    uint32_t protocol;
    uint64_t job;
    int64_t pid;
    uint64_t start_ticks; // clock ticks since boot, as in /proc/<pid>/stat
    int32_t code;
    uint32_t stage;
    uint64_t cpu_us, wall_us;
    int64_t maxrss_kb;
    uint32_t oom; // 1: the kernel has killed it for want of memory, as far as can be told
    // 1: no process of the job can hold the channel any more, and its descriptor waits for another
    // job; 0: it is closed, as it is after HG_FAILED.
    uint32_t kept;
    uint32_t grouped;      // 1: the kernel keeps the memory limit
    uint32_t by_limit;     // 1: … and did
    uint64_t memory_bytes; // the most that its group has used, 0: not known
} hg_reply;

#endif
