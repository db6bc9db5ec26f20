// hone doctor: what this machine has, what it lacks, and what to do about it.
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "blas_probe.h"

enum { LABEL = 12, MIN_FILES = 1024, GOOD_PERCENT = 90 };

typedef enum verdict { FINE, WARN, LACKS } verdict;

typedef struct check {
    const char *name;
    verdict verdict;
    char *text;
    char *remedy; // NULL: none is needed
    json_t *details;
} check;

static const char *const verdict_keys[] = {"ok", "warning", "lacking"};

// --- reading the system ---

// The value of a line "key : value" of a file of /proc; false when there is none.
static bool read_line(const char *path, const char *key, char *out, size_t size)
{
    char line[512];
    FILE *file = fopen(path, "re");
    bool found = false;
    while (file && !found && fgets(line, sizeof line, file)) {
        if (strncmp(line, key, strlen(key)) != 0)
            continue;
        char *value = strchr(line, ':');
        value = value ? value + 1 : line;
        value += strspn(value, " \t");
        value[strcspn(value, "\n")] = '\0';
        snprintf(out, size, "%s", value);
        found = true;
    }
    if (file)
        fclose(file);
    return found;
}

static double read_kb(const char *key)
{
    char text[64];
    return read_line("/proc/meminfo", key, text, sizeof text) ? atof(text) * 1024 : 0;
}

// The first number of a file, or -1 ("max", no such file).
static double read_number(const char *path)
{
    double value = -1;
    FILE *file = fopen(path, "re");
    if (file && fscanf(file, "%lf", &value) != 1)
        value = -1;
    if (file)
        fclose(file);
    return value;
}

// --- the checks ---

static void check_version(check *c)
{
    struct utsname system;
    uname(&system);
    c->text = cli_format("%s on %s %s", hone_version(), system.sysname, system.machine);
    json_object_set_new(c->details, "version", json_string(hone_version()));
}

static void check_cpu(check *c)
{
    char model[128] = "unknown model";
    cpu_set_t set;
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    long usable = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : online;
    read_line("/proc/cpuinfo", "model name", model, sizeof model);
    if (usable < online)
        c->text = cli_format("%ld of %ld cores may be used, %s", usable, online, model);
    else
        c->text = cli_format("%ld core%s, %s", online, online == 1 ? "" : "s", model);
    double quota;
    uint32_t n = hone_cpus_usable(&quota);
    if (quota > 0 && n < usable) {
        char number[CLI_SHORT], *text = c->text;
        c->text = cli_format("%s; the control group allows %s at a time", text,
                             cli_number(quota, number));
        free(text);
    }
    json_object_set_new(c->details, "quota", quota > 0 ? cli_json_double(quota) : json_null());
    json_object_set_new(c->details, "cores", json_integer(online));
    json_object_set_new(c->details, "usable", json_integer(usable));
    json_object_set_new(c->details, "model", json_string(model));
}

// "2 for trials: 0, 1 (nvidia-smi)".
static void check_gpu(check *c)
{
    hone_error err = HONE_ERROR_INIT;
    char *json = NULL;
    if (hone_gpus_find(&json, &err) != HONE_OK) {
        c->verdict = WARN;
        c->text = cli_dup("cannot be given to trials");
        c->remedy = cli_dup(err.text);
        return;
    }
    json_t *found = cli_json_text(json), *name, *names = json_object_get(found, "names");
    char *text = NULL;
    size_t i, size = 0, n = json_array_size(names);
    FILE *out = open_memstream(&text, &size);
    if (out && n == 0)
        fprintf(out, "none: %s", json_string_value(json_object_get(found, "why")));
    else if (out)
        fprintf(out, "%zu for trials: ", n);
    json_array_foreach(names, i, name) if (out)
        fprintf(out, "%s%s", i ? ", " : "", json_string_value(name));
    if (out && n > 0)
        fprintf(out, " (%s)", json_string_value(json_object_get(found, "source")));
    if (out)
        fclose(out);
    c->text = text ? text : cli_dup("");
    json_object_update(c->details, found);
    json_decref(found);
    hone_free(json);
}

static void check_memory(check *c)
{
    char total_text[CLI_SHORT], free_text[CLI_SHORT], limit_text[CLI_SHORT];
    double total = read_kb("MemTotal"), available = read_kb("MemAvailable");
    double limit = read_number("/sys/fs/cgroup/memory.max");
    c->text = cli_format("%s, of which %s are free", cli_bytes(total, total_text),
                         cli_bytes(available, free_text));
    if (limit > 0 && limit < total) {
        char *text = cli_format("%s; limited to %s here", c->text, cli_bytes(limit, limit_text));
        free(c->text);
        c->text = text;
    }
    json_object_set_new(c->details, "total_bytes", json_integer((json_int_t)total));
    json_object_set_new(c->details, "available_bytes", json_integer((json_int_t)available));
}

static void check_limits_of_trials(check *c)
{
    char text[PATH_MAX];
    bool kernel = false;
    hone_error err = HONE_ERROR_INIT;
    hone_status status = hone_memory_keeper(&kernel, text, sizeof text, &err);
    if (status == HONE_ENOTFOUND)
        c->text = cli_dup("nobody keeps memory limits: there is no guardian");
    else if (status != HONE_OK)
        c->text = cli_format("who keeps memory limits cannot be told: %s", err.text);
    else if (kernel)
        c->text = cli_format("the kernel keeps the memory limits of trials, in %s", text);
    else
        c->text = cli_format("Hone watches the memory of trials itself: %s", text);
    json_object_set_new(c->details, "kernel", json_boolean(kernel));
}

static void check_files(check *c)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    unsigned long long now = limit.rlim_cur, most = limit.rlim_max;
    c->text = cli_format("%llu open at once, %llu at most", now, most);
    if (most < MIN_FILES) {
        c->verdict = WARN;
        c->remedy = cli_format("few for many parallel trials; raise it with ulimit -n %d or in "
                               "/etc/security/limits.conf",
                               MIN_FILES);
    }
    json_object_set_new(c->details, "soft", json_integer((json_int_t)now));
    json_object_set_new(c->details, "hard", json_integer((json_int_t)most));
}

typedef struct blas_result {
    blas_speed own, best;
    const char *best_name; // candidate that was best; NULL: our own choice
} blas_result;

static blas_result measure_blas(void)
{
    blas_result r = {.own = blas_probe(NULL)};
    r.best = r.own;
    const char *names[BLAS_MAX_CANDIDATES];
    size_t n = r.own.gflops > 0 ? blas_candidates(names) : 0;
    for (size_t i = 0; i < n; i++) {
        blas_speed speed = blas_probe(names[i]);
        if (speed.gflops > r.best.gflops) {
            r.best = speed;
            r.best_name = names[i];
        }
    }
    // Before a complaint our own choice has a second chance: the machine may have been busy.
    if (r.own.gflops > 0 && r.own.gflops * 100 < r.best.gflops * GOOD_PERCENT) {
        blas_speed again = blas_probe(NULL);
        if (again.gflops > r.own.gflops)
            r.own = again;
    }
    return r;
}

static void check_blas(check *c)
{
    const hone_blas *blas;
    hone_error err = HONE_ERROR_INIT;
    if (hone_blas_open(&blas, &err) != HONE_OK) {
        c->verdict = WARN;
        c->text = cli_dup("none was found");
        c->remedy = cli_dup(err.text);
        return;
    }
    blas_result r = measure_blas();
    double percent = r.best.gflops > 0 ? 100 * r.own.gflops / r.best.gflops : 0;
    percent = percent > 100 ? 100 : percent;
    json_object_set_new(c->details, "library", json_string(blas->library));
    json_object_set_new(c->details, "config", json_string(blas->config));
    json_object_set_new(c->details, "kernel", json_string(blas->kernel));
    json_object_set_new(c->details, "forced",
                        blas->forced ? json_string(blas->forced) : json_null());
    json_object_set_new(c->details, "gflops", cli_json_double(r.own.gflops));
    json_object_set_new(c->details, "best_kernel", json_string(r.best.kernel));
    json_object_set_new(c->details, "best_gflops", cli_json_double(r.best.gflops));
    json_object_set_new(c->details, "percent", cli_json_double(percent));
    if (r.own.gflops <= 0) {
        c->verdict = WARN;
        c->text = cli_format("%s, kernel %s; its speed could not be measured", blas->library,
                             blas->kernel);
        c->remedy = cli_dup("the measuring process failed; see `hone doctor blas-probe`");
        return;
    }
    c->text = cli_format("%s, kernel %s: %.0f GFLOP/s on one thread, %.0f %% of the best (%s)",
                         blas->library, blas->kernel, r.own.gflops, percent, r.best.kernel);
    if (percent < GOOD_PERCENT) {
        c->verdict = WARN;
        const char *asked = getenv("HONE_BLAS_KERNEL");
        if (asked)
            c->remedy = cli_format(
                "the environment variable HONE_BLAS_KERNEL=%s asks for this "
                "kernel; unset it, and Hone takes %s",
                asked, hone_blas_best_kernel() ? hone_blas_best_kernel() : "the library's choice");
        else
            c->remedy = cli_format("run Hone with HONE_BLAS_KERNEL=%s in the environment",
                                   r.best_name ? r.best_name : r.best.kernel);
    }
}

// The nearest folder above `path` that exists: what is missing below it will be made.
static char *existing_folder(const char *path)
{
    char *folder = cli_dup(path);
    char *up = dirname(folder);
    while (access(up, F_OK) != 0 && strcmp(up, ".") != 0 && strcmp(up, "/") != 0)
        up = dirname(up);
    char *out = cli_dup(up);
    free(folder);
    return out;
}

static hone_status ignore(void *user, const hone_study_info *info, hone_error *err)
{
    (void)info;
    (void)err;
    ++*(int *)user;
    return HONE_OK;
}

// Tried, for permissions are not all that may be in the way. errno tells why not.
static bool can_create(const char *folder)
{
    char *name = cli_format("%s/.hone-XXXXXX", folder);
    int fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) {
        unlink(name);
        close(fd);
    }
    free(name);
    return fd >= 0;
}

static void check_storage_file(check *c, const char *url, const char *path, const char *folder)
{
    char kind[64], free_text[CLI_SHORT];
    hone_error err = HONE_ERROR_INIT;
    int n_studies = 0;
    bool there = access(path, F_OK) == 0;
    struct statvfs space;
    double left =
        statvfs(folder, &space) == 0 ? (double)space.f_bavail * (double)space.f_frsize : 0;
    json_object_set_new(c->details, "exists", json_boolean(there));
    json_object_set_new(c->details, "free_bytes", json_integer((json_int_t)left));
    if (hone_path_is_network(path, kind, sizeof kind)) {
        c->verdict = LACKS;
        c->text = cli_format("%s is on a network file system (%s)", path, kind);
        c->remedy = cli_dup("SQLite's journal does not work there; put it on a local disk with "
                            "--storage sqlite:PATH");
    } else if ((there && access(path, W_OK) != 0) || !can_create(folder)) {
        c->verdict = LACKS;
        const char *what = there && access(path, W_OK) != 0 ? path : folder;
        c->text = cli_format("%s cannot be written: %s", what, strerror(errno));
        c->remedy = cli_dup("change to a folder of your own, or name one with --storage "
                            "sqlite:PATH");
    } else if (there && hone_studies_list(url, ignore, &n_studies, &err) != HONE_OK) {
        c->verdict = LACKS;
        c->text = cli_format("%s cannot be read: %s", path, err.text);
        c->remedy = cli_dup("name another file with --storage sqlite:PATH");
    } else if (there) {
        c->text = cli_format("%s with %d stud%s, can be written; %s of disk are free", path,
                             n_studies, n_studies == 1 ? "y" : "ies", cli_bytes(left, free_text));
    } else {
        c->text =
            cli_format("%s can be created; %s of disk are free", path, cli_bytes(left, free_text));
    }
}

static void check_storage(check *c, const char *url)
{
    json_object_set_new(c->details, "storage", json_string(url));
    if (strncmp(url, "sqlite:", 7) != 0) {
        c->text = cli_format("%s has nothing to check", url);
        return;
    }
    char *folder = existing_folder(url + 7);
    check_storage_file(c, url, url + 7, folder);
    free(folder);
}

static void check_guardian(check *c)
{
    char found[PATH_MAX], path[PATH_MAX];
    hone_error err = HONE_ERROR_INIT;
    if (hone_guardian_find(found, sizeof found, &err) == HONE_OK) {
        if (!realpath(found, path))
            memcpy(path, found, sizeof path);
        c->text = cli_dup(path);
        json_object_set_new(c->details, "path", json_string(path));
    } else {
        c->verdict = LACKS;
        c->text = cli_dup("not found, so that no command can be run");
        c->remedy = cli_dup(err.text);
    }
}

// --- printing ---

static void print_check(const cli_args *cli, const check *c)
{
    static const cli_style styles[] = {CLI_GREEN, CLI_YELLOW, CLI_RED};
    static const char *const marks[] = {"ok", "warn", "lacks"};
    int width = cli_width(stdout);
    printf("%s%-5s%s %-*s", cli_ansi(cli, stdout, styles[c->verdict]), marks[c->verdict],
           cli_ansi(cli, stdout, CLI_PLAIN), LABEL, c->name);
    cli_wrap(stdout, c->text, 6 + LABEL, 6 + LABEL, width);
    if (c->remedy)
        cli_wrap(stdout, c->remedy, 6 + LABEL, 0, width);
}

static json_t *check_json(const check *c)
{
    json_t *o = json_object();
    json_object_set_new(o, "name", json_string(c->name));
    json_object_set_new(o, "status", json_string(verdict_keys[c->verdict]));
    json_object_set_new(o, "text", json_string(c->text));
    json_object_set_new(o, "remedy", c->remedy ? json_string(c->remedy) : json_null());
    json_object_set(o, "details", c->details);
    return o;
}

enum { N_CHECKS = 9 };

static void make_check(const cli_args *cli, int index, check *c)
{
    static const struct {
        const char *name;
        void (*look)(check *c);
    } rows[N_CHECKS] = {{"hone", check_version},
                        {"cpu", check_cpu},
                        {"gpu", check_gpu},
                        {"memory", check_memory},
                        {"limits", check_limits_of_trials},
                        {"files", check_files},
                        {"blas", check_blas},
                        {"storage", NULL},
                        {"guardian", check_guardian}};
    *c = (check){.name = rows[index].name, .details = json_object()};
    if (rows[index].look)
        rows[index].look(c);
    else
        check_storage(c, cli_storage(cli));
}

static int run(cli_args *cli)
{
    if (cli_arg(cli, 0) && strcmp(cli_arg(cli, 0), "blas-probe") == 0)
        return blas_probe_child(cli);
    if (cli_arg(cli, 0))
        return cli_usage_arg(cli, 0, "doctor takes no '%s'", cli_arg(cli, 0));
    bool json = cli_flag(cli, "json"), good = true;
    json_t *list = json_array();
    for (int i = 0; i < N_CHECKS; i++) {
        check c;
        make_check(cli, i, &c);
        good = good && c.verdict != LACKS;
        if (json)
            json_array_append_new(list, check_json(&c));
        else
            print_check(cli, &c);
        fflush(stdout);
        json_decref(c.details);
        free(c.text);
        free(c.remedy);
    }
    json_t *o = json_object();
    json_object_set_new(o, "ok", json_boolean(good));
    json_object_set_new(o, "checks", list);
    if (json)
        cli_json(o, 2);
    else
        json_decref(o);
    return good ? CLI_EXIT_OK : CLI_EXIT_ERROR;
}

const cli_verb cli_verb_doctor = {
    .name = "doctor",
    .group = CLI_GROUP_KNOW,
    .rank = 40,
    .summary = "Check this machine: what is there, what is lacking, what to do",
    .usage = "[options]",
    .about = "Each line says ok, warn (slower or narrower than it could be) or lacks (a run would "
             "fail), with the remedy. The speed of the matrix kernels is measured, a fraction of "
             "a second for each. The exit code is 1 when something lacks.",
    .common = CLI_WITH_STORAGE | CLI_WITH_JSON,
    .max_args = 1,
    .run = run,
};
