// What a job says: its output files and the descriptor HONE_FD.
//
// Standard output and error are the files themselves, opened and written by the child: an engine
// that dies loses nothing, and a child never waits for a reader. Lines are read back from
// the files when inotify tells, and all that is left when the job is over. HONE_FD is a socket: if
// the driver takes the lines too slowly, the child waits.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "executors/local.h"

enum { FILLS_MAX = 16 }; // reads of one source in one drive that bring no whole line

static const char *const file_names[HN_LOCAL_SOURCES] = {NULL, "stdout", "stderr", "metrics.jsonl"};

static void on_file(uv_fs_event_t *watch, const char *name, int events, int status)
{
    hn_local_job *job = watch->data;
    (void)events, (void)status;
    for (int i = HN_LINE_STDOUT; i < HN_LOCAL_SOURCES; i++) {
        if (job->sources[i].over || (name && strcmp(name, file_names[i]) != 0))
            continue;
        job->sources[i].dirty = true;
        hn_local_job_list(job);
    }
}

// A job is watched when it is known to run: one that was over before that needs no watch at all.
// What it has written by then is read at once. Without inotify (its limits are per user) files are
// looked at twice a second.
static void watch_files(hn_local_job *job)
{
    for (int i = HN_LINE_STDOUT; i < HN_LOCAL_SOURCES; i++)
        job->sources[i].dirty = !job->sources[i].over;
    if (job->sources[HN_LINE_STDOUT].over && job->sources[HN_LINE_STDERR].over &&
        job->sources[HN_LINE_FILE].over)
        return;
    uv_fs_event_init(&job->local->loop, &job->watch);
    job->watch.data = job;
    job->watched = true;
    if (uv_fs_event_start(&job->watch, on_file, job->dir, 0) != 0)
        hn_local_unwatched(job->local);
}

const char *hn_local_output_name(hn_line_source source)
{
    return file_names[source];
}

static hone_status path_of(const hn_local_job *job, int index, char path[PATH_MAX], hone_error *err)
{
    if (snprintf(path, PATH_MAX, "%s/%s", job->dir, file_names[index]) < PATH_MAX)
        return HONE_OK;
    return hn_fail(err, HONE_EINVAL, "the path of %s is too long: %s", file_names[index], job->dir);
}

// Opens one of the outputs to read what will be added to it. It is held from the beginning, so that
// a trial may remove its folder.
static hone_status open_output(hn_local_job *job, int index, const hn_job *wanted, hone_error *err)
{
    char path[PATH_MAX];
    hn_local_source *source = &job->sources[index];
    struct stat now;
    HN_TRY(path_of(job, index, path, err));
    source->fd =
        open(path, O_RDWR | O_CREAT | O_CLOEXEC | (wanted->append_output ? 0 : O_TRUNC), 0666);
    if (source->fd < 0)
        return hn_fail_errno(err, errno, "cannot open %s", path);
    if (wanted->append_output && fstat(source->fd, &now) == 0)
        source->offset = (uint64_t)now.st_size;
    source->over = false;
    return HONE_OK;
}

// metrics.jsonl is opened when it is there: few trials write one. (Without waiting, whatever the
// trial has put in its place.)
static hone_status open_metrics(hn_local_job *job, hone_error *err)
{
    char path[PATH_MAX];
    HN_TRY(path_of(job, HN_LINE_FILE, path, err));
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
        return hn_fail_errno(err, errno, "cannot open %s", path);
    job->sources[HN_LINE_FILE].fd = fd;
    return HONE_OK;
}

// What an earlier attempt has written was read then; of an earlier job, nothing is to be read.
static hone_status begin_metrics(hn_local_job *job, const hn_job *wanted, hone_error *err)
{
    char path[PATH_MAX];
    hn_local_source *source = &job->sources[HN_LINE_FILE];
    struct stat now;
    source->over = false;
    if (wanted->new_dir)
        return HONE_OK;
    HN_TRY(path_of(job, HN_LINE_FILE, path, err));
    if (!wanted->append_output && unlink(path) != 0 && errno != ENOENT)
        return hn_fail_errno(err, errno, "cannot remove %s", path);
    HN_TRY(open_metrics(job, err));
    if (source->fd >= 0 && fstat(source->fd, &now) == 0)
        source->offset = (uint64_t)now.st_size;
    return HONE_OK;
}

static void remove_stop(const hn_local_job *job)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/STOP", job->dir) < (int)sizeof path)
        unlink(path);
}

bool hn_local_output_makes(const hn_job *wanted)
{
    return wanted->read_stdout || wanted->read_stderr;
}

hone_status hn_local_output_open(hn_local_job *job, const hn_job *wanted, hone_error *err)
{
    if (wanted->lacks_dir && hn_local_output_makes(wanted) && mkdir(job->dir, 0777) != 0)
        return errno == EEXIST
                   ? hn_fail(err, HONE_EEXISTS, "the folder %s exists already", job->dir)
                   : hn_fail_errno(err, errno, "cannot create the folder %s", job->dir);
    if (!wanted->new_dir)
        remove_stop(job);
    if (wanted->read_stdout)
        HN_TRY(open_output(job, HN_LINE_STDOUT, wanted, err));
    if (wanted->read_stderr)
        HN_TRY(open_output(job, HN_LINE_STDERR, wanted, err));
    if (wanted->read_file)
        HN_TRY(begin_metrics(job, wanted, err));
    return HONE_OK;
}

void hn_local_output_close(hn_local_job *job)
{
    for (int i = 0; i < HN_LOCAL_SOURCES; i++) {
        if (job->sources[i].fd >= 0)
            close(job->sources[i].fd);
        job->sources[i].fd = -1;
        job->sources[i].over = true;
    }
}

// A metrics file that was started anew: shortened in place, or replaced by renaming.
static bool begun_anew(hn_local_job *job, hn_local_source *source)
{
    char path[PATH_MAX];
    struct stat ours, there;
    if (fstat(source->fd, &ours) != 0)
        return false;
    if ((uint64_t)ours.st_size < source->offset) {
        source->offset = 0;
        return true;
    }
    snprintf(path, sizeof path, "%s/%s", job->dir, file_names[HN_LINE_FILE]);
    if (!job->ended || stat(path, &there) != 0 || there.st_ino == ours.st_ino)
        return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    close(source->fd);
    source->fd = fd;
    source->offset = 0;
    return true;
}

// Nothing (more) to read now.
static void at_end(hn_local_job *job, hn_local_source *source, bool closed)
{
    bool socket = source == &job->sources[HN_LINE_FD];
    if (source == &job->sources[HN_LINE_FILE] && begun_anew(job, source))
        return;
    source->dirty = false;
    source->over = job->ended || (socket && closed);
    if (socket && closed)
        uv_poll_stop(&job->channel->poll);
}

static hone_status fill(hn_local_job *job, hn_local_source *source, hone_error *err)
{
    bool socket = source == &job->sources[HN_LINE_FD];
    if (source == &job->sources[HN_LINE_FILE] && source->fd < 0) {
        HN_TRY(open_metrics(job, err));
        if (source->fd < 0) {
            at_end(job, source, false);
            return HONE_OK;
        }
    }
    hn_fill got = hn_lines_fill(&source->lines, source->fd, socket ? NULL : &source->offset);
    if (got == HN_FILL_MEMORY)
        return hn_fail_memory(err);
    if (socket && got != HN_FILL_NONE)
        job->channel->used = true;
    if (got != HN_FILL_SOME)
        at_end(job, source, got == HN_FILL_END);
    return HONE_OK;
}

// The lines that are in the buffer, as messages.
static size_t take_lines(hn_local_job *job, int index, hn_message *out, size_t max)
{
    hn_local_source *source = &job->sources[index];
    size_t n = 0;
    while (n < max) {
        hn_message *m = &out[n];
        *m = (hn_message){.type = HN_MSG_LINE, .job = job->id, .source = (hn_line_source)index};
        bool any = hn_lines_next(&source->lines, &m->text, &m->text_size) ||
                   (source->over && hn_lines_last(&source->lines, &m->text, &m->text_size));
        if (!any)
            break;
        n++;
    }
    if (n > 0 && (index == HN_LINE_FD || index == HN_LINE_FILE))
        job->spoke = true;
    return n;
}

// A source is read only before any of its lines is handed out in this drive, because reading
// moves the buffer.
static hone_status take_source(hn_local_job *job, int index, hn_message *out, size_t max, size_t *n,
                               hone_error *err)
{
    hn_local_source *source = &job->sources[index];
    size_t got = take_lines(job, index, out, max);
    for (int i = 0; got == 0 && source->dirty && i < FILLS_MAX; i++) {
        HN_TRY(fill(job, source, err));
        got = take_lines(job, index, out, max);
    }
    *n += got;
    return HONE_OK;
}

static bool has_more(const hn_local_source *source)
{
    return source->dirty || source->lines.end > source->lines.begin + source->lines.scanned ||
           (source->over && source->lines.end > source->lines.begin);
}

hone_status hn_local_output_take(hn_local_job *job, hn_message *out, size_t max, size_t *n,
                                 bool *more, hone_error *err)
{
    *n = 0;
    *more = true;
    if (job->say_started && max > 0) {
        job->say_started = false;
        if (!job->ended)
            watch_files(job);
        out[(*n)++] = (hn_message){.type = HN_MSG_STARTED,
                                   .job = job->id,
                                   .pid = job->pid,
                                   .start_ticks = (int64_t)job->start_ticks};
    }
    bool left = false;
    for (int i = 0; i < HN_LOCAL_SOURCES; i++) {
        HN_TRY(take_source(job, i, out + *n, max - *n, n, err));
        left = left || has_more(&job->sources[i]);
    }
    if (job->ended && !left && *n < max) {
        out[(*n)++] = job->last;
        job->said_last = true;
    }
    *more = left || job->say_started || (job->ended && !job->said_last);
    return HONE_OK;
}

// A reply is sent whole or not at all, but for a rest that the socket did not take: it goes before
// the next one.
void hn_local_output_reply(hn_local_job *job, const char *json)
{
    hn_local_source *source = &job->sources[HN_LINE_FD];
    hn_str *unsent = &job->unsent;
    size_t before = unsent->n;
    if (source->fd < 0 || source->over)
        return;
    hn_str_add(unsent, json);
    hn_str_add_char(unsent, '\n');
    if (hn_str_failed(unsent)) {
        hn_str_clear(unsent);
        return;
    }
    job->channel->used = true;
    ssize_t sent = send(source->fd, unsent->data, unsent->n, MSG_DONTWAIT | MSG_NOSIGNAL);
    size_t gone = sent > 0 ? (size_t)sent : 0;
    if (gone <= before && before > 0)
        unsent->n = before; // the new one is dropped
    else if (gone == 0)
        unsent->n = 0;
    memmove(unsent->data, unsent->data + gone, unsent->n - gone);
    unsent->n -= gone;
}
