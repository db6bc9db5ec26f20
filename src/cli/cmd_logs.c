// hone logs: what a trial wrote, and, with -f, what it goes on to write.
//
// Following sleeps in poll() on two descriptors and never wakes for nothing:
//   1. inotify on the trial's folder (output appears, grows) and on the storage's folder (the study
//      has changed: has the trial ended?);
//   2. a descriptor of the process that drives the trial: when it is gone nobody will record the
//      trial's end, and there is nothing to wait for.
// A storage writes before what it wrote can be read, so that a look may come too early: after each
// change a few more looks follow, soon, before it sleeps again.
//
// Of a trial of several parts (folds, repeats) each has its own files: they follow one another,
// each under a line that names it.
//
// It ends when the trial has ended and everything it wrote has been printed.
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "trial_files.h"

enum {
    COPY_SIZE = 1 << 16,
    N_LOOKS = 4,
    ORPHAN_WAIT_MS = 3000 // quiet for so long after its driver is gone: it ended with it
};

typedef struct output {
    char *path;
    int fd; // -1: not there yet
    off_t at;
} output;

typedef struct following {
    cli_args *cli;
    hone_study *study;
    uint32_t number;
    hone_trial_state state;
    long long driver; // process that runs it, 0: unknown, or elsewhere
    output *files;    // [n_files]
    size_t n_files;
    bool titled;          // each file's output comes under its name
    const output *at;     // that was printed last, NULL: none
    int inotify, process; // -1: none
    size_t n_looks;       // that are still to follow the last change
} following;

// --- printing ---

static bool open_output(output *file)
{
    if (file->fd < 0)
        file->fd = open(file->path, O_RDONLY | O_CLOEXEC);
    return file->fd >= 0;
}

static void print_title(following *f, const output *file)
{
    if (f->titled && f->at != file)
        printf("%s==> %s <==\n", f->at ? "\n" : "", file->path);
    f->at = file;
}

// Copies what has been added; false when stdout is gone.
static bool copy_new(following *f, output *file)
{
    static char bytes[COPY_SIZE];
    off_t end = lseek(file->fd, 0, SEEK_END);
    if (end < file->at)
        file->at = 0; // a new attempt has begun the file anew
    ssize_t got;
    while ((got = pread(file->fd, bytes, sizeof bytes, file->at)) > 0) {
        file->at += got;
        print_title(f, file);
        if (fwrite(bytes, 1, (size_t)got, stdout) != (size_t)got)
            return false;
    }
    return fflush(stdout) == 0;
}

// All are opened before any is read: where the file of a part is there, those before it are whole,
// and what they have been given last does not come after it.
static bool copy_all(following *f)
{
    for (size_t i = 0; i < f->n_files; i++)
        open_output(&f->files[i]);
    for (size_t i = 0; i < f->n_files; i++) {
        if (f->files[i].fd >= 0 && !copy_new(f, &f->files[i]))
            return false;
    }
    return true;
}

// --- following ---

static int look(following *f)
{
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    if (hone_study_refresh(f->study, &err) != HONE_OK ||
        hone_study_trial(f->study, f->number, &trial, &err) != HONE_OK)
        return cli_fail(f->cli, &err);
    f->state = hone_trial_status(trial);
    trial_owner owner;
    bool here = f->state == HONE_STATE_RUNNING && trial_owner_read(trial, &owner) && owner.here;
    f->driver = here ? owner.pid : 0;
    hone_trial_destroy(trial);
    return CLI_EXIT_OK;
}

// A folder that does not exist yet, as that of a trial that waits: then the nearest one above it is
// watched.
static void watch_folder(const following *f, const output *file)
{
    enum { EVENTS = IN_CREATE | IN_MODIFY | IN_MOVED_TO };
    char *path = cli_dup(file->path);
    const char *folder = dirname(path);
    while (inotify_add_watch(f->inotify, folder, EVENTS) < 0 && strcmp(folder, ".") != 0 &&
           strcmp(folder, "/") != 0)
        folder = dirname(path);
    free(path);
}

static void watch_folders(const following *f)
{
    for (size_t i = 0; i < f->n_files; i++)
        watch_folder(f, &f->files[i]);
}

static int watch_storage(following *f)
{
    const char *storage = cli_storage(f->cli);
    f->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (f->inotify < 0)
        return cli_error(f->cli, "cannot watch files: %s", strerror(errno));
    if (strncmp(storage, "sqlite:", 7) != 0)
        return cli_usage_option(f->cli, "storage",
                                "--follow needs a storage in a file, sqlite:PATH");
    char *copy = cli_dup(storage + 7);
    const char *folder = dirname(copy);
    int code = CLI_EXIT_OK;
    if (inotify_add_watch(f->inotify, folder, IN_MODIFY | IN_CREATE) < 0)
        code = cli_error(f->cli, "cannot watch %s: %s", folder, strerror(errno));
    free(copy);
    return code;
}

// False when the driver is gone.
static bool watch_driver(following *f)
{
    if (f->process >= 0 || f->driver == 0)
        return true;
    f->process = (int)syscall(SYS_pidfd_open, (pid_t)f->driver, 0);
    return f->process >= 0 || errno != ESRCH;
}

static void drain(int inotify)
{
    char events[COPY_SIZE];
    while (read(inotify, events, sizeof events) > 0)
        ;
}

// How long to sleep: until the next of the looks that follow a change, else without end.
static int nap_ms(const following *f)
{
    static const int naps[N_LOOKS] = {500, 100, 20, 5};
    return f->n_looks > 0 ? naps[f->n_looks - 1] : -1;
}

// Sleeps until something may have changed; false when the driver is gone and all is quiet.
static bool wait_for_change(following *f)
{
    bool alive = watch_driver(f);
    struct pollfd fds[2] = {{f->inotify, POLLIN, 0}, {f->process, POLLIN, 0}};
    int n = poll(fds, f->process >= 0 ? 2 : 1, alive ? nap_ms(f) : ORPHAN_WAIT_MS);
    if (!alive && n == 0)
        return false;
    if (fds[1].revents & POLLIN) {
        close(f->process);
        f->process = -1;
    }
    f->n_looks = fds[0].revents & POLLIN ? N_LOOKS : f->n_looks > 0 ? f->n_looks - 1 : 0;
    drain(f->inotify);
    return true;
}

static int follow(following *f)
{
    int code = watch_storage(f);
    while (code == CLI_EXIT_OK) {
        // Watch, then look: what happens in between is seen by the look or wakes the wait.
        watch_folders(f);
        code = look(f);
        if (code != CLI_EXIT_OK || !copy_all(f) || hone_state_is_finished(f->state))
            break;
        if (!wait_for_change(f)) {
            cli_note(f->cli,
                     "what ran trial %u is gone, and nobody has recorded its end; `hone resume` "
                     "runs it again",
                     (unsigned)f->number);
            break;
        }
    }
    return code;
}

// --- the verb ---

static void add_files(following *f, const char *folder, int64_t part)
{
    static const char *const names[] = {"stdout", "stderr"};
    bool both = cli_flag(f->cli, "all"), error = cli_flag(f->cli, "stderr");
    for (int i = 0; i < 2; i++) {
        if (!both && error != (i == 1))
            continue;
        f->files[f->n_files].path = folder_file(folder, part, names[i]);
        f->files[f->n_files++].fd = -1;
    }
}

static int choose_files(following *f, const hone_trial *trial)
{
    uint32_t n_parts = trial_n_parts(f->study, trial);
    int64_t only = cli_int(f->cli, "run");
    bool one = cli_has(f->cli, "run");
    if (one && n_parts == 0)
        return cli_usage_option(f->cli, "run",
                                "trial %u is one run: --run is for trials of several folds or "
                                "repeats",
                                (unsigned)f->number);
    if (one && only >= n_parts)
        return cli_usage_option(f->cli, "run", "trial %u has the runs 0 to %u", (unsigned)f->number,
                                (unsigned)n_parts - 1);
    f->files = cli_alloc(2 * (n_parts + (size_t)1) * sizeof *f->files);
    f->titled = n_parts > 0 && !one;
    char *folder = trial_folder(f->study, trial);
    if (n_parts == 0 || one)
        add_files(f, folder, one ? only : -1);
    for (uint32_t p = 0; p < n_parts && !one; p++)
        add_files(f, folder, p);
    free(folder);
    return CLI_EXIT_OK;
}

static int print_once(following *f)
{
    bool any = false;
    for (size_t i = 0; i < f->n_files; i++)
        any |= open_output(&f->files[i]);
    if (!any)
        return cli_error(
            f->cli,
            "trial %u (%s) has no output here: there is no file %s; look where `hone run` "
            "was started",
            (unsigned)f->number, hone_state_name(f->state), f->files[0].path);
    copy_all(f);
    return CLI_EXIT_OK;
}

static int run(cli_args *cli)
{
    following f = {.cli = cli, .inotify = -1, .process = -1};
    hone_error err = HONE_ERROR_INIT;
    hone_trial *trial = NULL;
    if (!cli_trial_arg(cli, 0, &f.number))
        return CLI_EXIT_USAGE;
    int code = cli_open(cli, true, &f.study);
    if (code != CLI_EXIT_OK)
        return code;
    if (hone_study_trial(f.study, f.number, &trial, &err) != HONE_OK) {
        code = cli_fail(cli, &err);
    } else {
        f.state = hone_trial_status(trial);
        code = choose_files(&f, trial);
        hone_trial_destroy(trial);
        bool over = hone_state_is_finished(f.state);
        if (code == CLI_EXIT_OK)
            code = cli_flag(cli, "follow") && !over ? follow(&f) : print_once(&f);
    }
    for (size_t i = 0; i < f.n_files; i++) {
        if (f.files[i].fd >= 0)
            close(f.files[i].fd);
        free(f.files[i].path);
    }
    free(f.files);
    if (f.inotify >= 0)
        close(f.inotify);
    if (f.process >= 0)
        close(f.process);
    hone_study_close(f.study);
    return code;
}

static const cli_option options[] = {
    {.name = "follow",
     .letter = 'f',
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "go on with what it writes, until the trial ends"},
    {.name = "stderr",
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "its standard error instead of its standard output"},
    {.name = "all",
     .letter = 'a',
     .kind = CLI_FLAG,
     .no_environment = true,
     .help = "both, the standard error last"},
    {.name = "run",
     .kind = CLI_INT,
     .argument = "R",
     .low = 0,
     .high = 1e6,
     .no_environment = true,
     .help = "of a trial of several folds or repeats: only run R, from 0"},
    {.name = NULL},
};

const cli_verb cli_verb_logs = {
    .name = "logs",
    .group = CLI_GROUP_LOOK,
    .rank = 40,
    .summary = "Print what a trial wrote",
    .usage = "[-f] [options] TRIAL",
    .examples = "hone logs -f 17\n    follow trial 17 until it ends",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_QUIET,
    .min_args = 1,
    .max_args = 1,
    .run = run,
};
