// hone report: a value on the way. Exit code 10 asks the trial to end.
//
// Inside a trial, by what there is:
//   1. HONE_FD is open: one JSON line with a number of our own ("reply") goes out, and the line
//      that echoes it comes back: {"reply":…,"stop":true}. Reports of one trial take turns, by a
//      lock on its folder, so that none reads another one's answer.
//   2. else HONE_DIR: a line is appended to metrics.jsonl in one write, and the file STOP is looked
//      for.
// Elsewhere --trial N writes to the study itself.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "attr_args.h"
#include "metric_args.h"

enum { REPLY_WAIT_MS = 10000, LINE_SIZE = 4096 };

// --- the line ---

static int add_member(const cli_args *cli, int index, json_t *o)
{
    char name[256];
    double value;
    const char *text = cli_arg(cli, index);
    if (!metric_args_split(text, name, sizeof name, &value))
        return cli_usage_arg(cli, index,
                             "a report is given as NAME=NUMBER, such as loss=0.3 "
                             "step=3, not '%s'",
                             text);
    if (json_object_get(o, name))
        return cli_usage_arg(cli, index, "'%s' is given twice", name);
    if (strcmp(name, "reply") == 0)
        return cli_usage_arg(cli, index, "'reply' is reserved");
    json_object_set_new(o, name, cli_json_double(value));
    return CLI_EXIT_OK;
}

static int make_line(const cli_args *cli, json_t **out)
{
    *out = json_object();
    int code = CLI_EXIT_OK;
    for (int i = 0; i < cli_n_args(cli) && code == CLI_EXIT_OK; i++)
        code = add_member(cli, i, *out);
    json_t *attrs = NULL;
    if (code == CLI_EXIT_OK)
        code = attr_args_read(cli, &attrs);
    if (code == CLI_EXIT_OK && json_object_size(attrs) > 0)
        json_object_set(*out, "attr", attrs);
    json_decref(attrs);
    return code;
}

static bool write_line(int fd, const json_t *o)
{
    char *text = cli_json_dump(o, 0), *line = cli_format("%s\n", text);
    size_t n = strlen(line), done = 0;
    while (done < n) {
        ssize_t put = write(fd, line + done, n - done);
        if (put < 0 && errno != EINTR)
            break;
        done += put > 0 ? (size_t)put : 0;
    }
    free(text);
    free(line);
    return done == n;
}

// --- over the descriptor ---

// The descriptor that HONE_FD names, -1 when there is none or it is closed.
static int report_fd(void)
{
    int64_t fd;
    const char *text = getenv("HONE_FD");
    struct stat what;
    if (!text || !cli_parse_int(text, &fd) || fd < 0 || fd > 65535 || fstat((int)fd, &what) != 0)
        return -1;
    // A file that a script has opened under the same number is not ours.
    if (!S_ISSOCK(what.st_mode) && !S_ISFIFO(what.st_mode))
        return -1;
    return (int)fd;
}

static int64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

typedef struct answer {
    bool stop;
    bool ended;    // the other side has closed
    char *problem; // why the report is of no use, NULL
} answer;

// Reads one line, byte by byte so that nothing behind it is taken from whoever reads next.
static bool read_line(int fd, char *line, int64_t deadline, bool *ended)
{
    size_t n = 0;
    for (;;) {
        int64_t left = deadline - now_ms();
        struct pollfd wait = {fd, POLLIN, 0};
        if (left <= 0 || poll(&wait, 1, (int)left) <= 0)
            return false;
        ssize_t got = read(fd, line + n, 1);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0) {
            *ended = true;
            return false;
        }
        if (line[n] == '\n')
            break;
        n += n + 2 < LINE_SIZE; // the rest of a line that is too long is none of ours
    }
    line[n] = '\0';
    return true;
}

static bool wait_for_answer(int fd, const char *nonce, answer *out)
{
    char line[LINE_SIZE];
    int64_t deadline = now_ms() + REPLY_WAIT_MS;
    while (read_line(fd, line, deadline, &out->ended)) {
        json_t *o = json_loads(line, 0, NULL);
        const char *echo = json_string_value(json_object_get(o, "reply"));
        bool ours = echo && strcmp(echo, nonce) == 0;
        // A wish to stop that comes unasked is for everybody.
        out->stop = out->stop || json_is_true(json_object_get(o, "stop"));
        const char *problem = json_string_value(json_object_get(o, "error"));
        if (ours && problem)
            out->problem = cli_dup(problem);
        json_decref(o);
        if (ours)
            return true;
    }
    return false;
}

// Takes the turn among the reports of this trial; -1 without a folder to lock.
static int take_turn(void)
{
    const char *dir = getenv("HONE_DIR");
    int lock = dir ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (lock >= 0)
        flock(lock, LOCK_EX);
    return lock;
}

// False when the descriptor is of no use, and the file is to be tried.
static bool report_over_fd(const cli_args *cli, int fd, json_t *o, int *code)
{
    char nonce[64];
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    snprintf(nonce, sizeof nonce, "%ld-%lld-%ld", (long)getpid(), (long long)t.tv_sec, t.tv_nsec);
    json_object_set_new(o, "reply", json_string(nonce));
    int lock = take_turn();
    answer got = {0};
    bool sent = write_line(fd, o);
    bool answered = sent && wait_for_answer(fd, nonce, &got);
    if (lock >= 0)
        close(lock);
    json_object_del(o, "reply");
    if (!sent)
        return false;
    if (!answered && !got.ended)
        cli_note(cli, "reported, but no answer came within %d s", REPLY_WAIT_MS / 1000);
    *code = got.problem ? cli_usage(cli, "%s", got.problem) : CLI_EXIT_OK;
    if (got.stop)
        *code = CLI_EXIT_PLEASE_STOP;
    free(got.problem);
    return true;
}

// --- over the file ---

static int report_to_file(const cli_args *cli, const char *dir, const json_t *o)
{
    char *path = cli_format("%s/metrics.jsonl", dir), *stop = cli_format("%s/STOP", dir);
    int code = CLI_EXIT_OK;
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || !write_line(fd, o))
        code = cli_error(cli, "cannot report to %s: %s", path, strerror(errno));
    else if (access(stop, F_OK) == 0)
        code = CLI_EXIT_PLEASE_STOP;
    if (fd >= 0)
        close(fd);
    free(path);
    free(stop);
    return code;
}

static int report_inside(const cli_args *cli)
{
    if (cli_n_args(cli) == 0 && cli_count(cli, "attr") == 0)
        return cli_usage(cli, "nothing to report: give NAME=NUMBER, such as loss=0.3, or --attr "
                              "NAME=VALUE");
    // A socket whose other end is gone is an error of write(), not the end of this process.
    signal(SIGPIPE, SIG_IGN);

    json_t *o = NULL;
    int code = make_line(cli, &o), fd = report_fd();
    const char *dir = getenv("HONE_DIR");
    if (code == CLI_EXIT_OK && !(fd >= 0 && report_over_fd(cli, fd, o, &code))) {
        if (dir && *dir)
            code = report_to_file(cli, dir, o);
        else
            code = cli_usage(cli,
                             "not inside a trial (neither HONE_FD nor HONE_DIR is set); name "
                             "the trial: hone report --trial N %s",
                             cli_arg(cli, 0) ? cli_arg(cli, 0) : "--attr NAME=VALUE");
    }
    json_decref(o);
    return code;
}

// --- to the study ---

static int report_directly(const cli_args *cli, hone_study *study, hone_trial *trial)
{
    hone_error err = HONE_ERROR_INIT;
    metric_args given;
    int code = metric_args_read(cli, 0, study, true, &given);
    if (code != CLI_EXIT_OK)
        return code;
    if (given.present == 0)
        return cli_usage(cli, "nothing to report: give NAME=NUMBER, such as %s=0.3",
                         hone_study_metric(study, 0).name);
    hone_trial_state now = hone_trial_status(trial);
    if (now != HONE_STATE_RUNNING)
        return cli_usage_option(cli, "trial", "trial %u is %s: only a RUNNING trial reports",
                                (unsigned)hone_trial_number(trial), hone_state_name(now));
    // Without a step: one after the last.
    uint32_t n = hone_trial_n_reports(trial);
    double step = given.has_step ? given.step
                  : n > 0        ? hone_trial_report_step(trial, n - 1) + 1
                                 : 1;
    if (hone_trial_report_values(trial, step, given.values, given.present, &err) != HONE_OK)
        return cli_fail(cli, &err);
    bool stop = hone_trial_should_stop(trial) || hone_trial_should_pause(trial);
    return stop ? CLI_EXIT_PLEASE_STOP : CLI_EXIT_OK;
}

// Attributes are taken at any time, and alone, too.
static int keep_attributes(const cli_args *cli, hone_trial *trial)
{
    hone_error err = HONE_ERROR_INIT;
    json_t *attrs = NULL;
    int code = attr_args_read(cli, &attrs);
    if (code == CLI_EXIT_OK && attr_args_set(trial, attrs, &err) != HONE_OK)
        code = cli_fail(cli, &err);
    json_decref(attrs);
    return code;
}

static int report_to_study(const cli_args *cli)
{
    hone_study *study = NULL;
    hone_trial *trial = NULL;
    hone_error err = HONE_ERROR_INIT;
    int code = cli_open(cli, false, &study);
    if (code != CLI_EXIT_OK)
        return code;
    if (hone_study_trial(study, (uint32_t)cli_int(cli, "trial"), &trial, &err) != HONE_OK)
        code = cli_fail(cli, &err);
    else if (cli_n_args(cli) > 0 || cli_count(cli, "attr") == 0)
        code = report_directly(cli, study, trial);
    if (trial && (code == CLI_EXIT_OK || code == CLI_EXIT_PLEASE_STOP)) {
        int kept = keep_attributes(cli, trial);
        code = kept == CLI_EXIT_OK ? code : kept;
    }
    hone_trial_destroy(trial);
    hone_study_close(study);
    return code;
}

static int run(cli_args *cli)
{
    return cli_has(cli, "trial") ? report_to_study(cli) : report_inside(cli);
}

static const cli_option options[] = {
    // HONE_TRIAL is set inside every trial: there it must not turn the report away from HONE_FD.
    {.name = "trial",
     .kind = CLI_INT,
     .argument = "N",
     .low = 0,
     .high = UINT32_MAX,
     .no_environment = true,
     .help = "the trial, when this is not run inside it"},
    CLI_ROW_ATTR("the trial"),
    {.name = NULL},
};

const cli_verb cli_verb_report = {
    .name = "report",
    .group = CLI_GROUP_LOOP,
    .rank = 30,
    .summary = "Report a value on the way; exit code 10 means: please stop",
    .usage = "NAME=VALUE… [step=N]\n--trial N NAME=VALUE… [step=N]\n[--trial N] --attr NAME=VALUE",
    .about = "Inside a trial it needs no option. Elsewhere, --trial says which trial of the study "
             "it is. The last value counts as the trial's result. After exit code 10 the trial "
             "should end: it will not get better than what there is, or somebody has asked for it. "
             "Attributes are facts for people and programs, which samplers do not see; `hone show` "
             "and `hone export` have them.",
    .examples = "hone report loss=0.2 step=3 || break\n    in the training loop of a shell script\n"
                "hone report --attr n_params=12345 --attr arch=resnet\n    facts to keep",
    .options = options,
    .common = CLI_WITH_STUDY | CLI_WITH_QUIET,
    .min_args = 0,
    .max_args = -1,
    .run = run,
};
