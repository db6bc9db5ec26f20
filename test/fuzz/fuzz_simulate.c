// Fuzzes recorded curves, and every scheduler on what they may look like: src/simulate/recording.c,
// src/simulate/recording_file.c and src/simulate/simulate.c. The first byte is the number of
// workers and some switches; then lines: a scheduler, its options as a JSON object, and the rest is
// a file of curves.
#include <hone/simulate.h>

#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

enum { WORKERS = 7, MAXIMIZE = 8, NO_CHECKPOINT = 16, IN_ORDER = 32 };
enum { MAX_FILE = 4096, MAX_LINE = 200 };

static void check_info(const hone_recording_info *info)
{
    FUZZ_CHECK(info->n_curves >= 2 && info->n_points >= 2);
    FUZZ_CHECK(isfinite(info->last_step) && !isnan(info->work_s) && info->work_s >= 0);
    FUZZ_CHECK(info->n_untimed <= info->n_curves);
    FUZZ_EXPECT(!isnan(info->best) && !isnan(info->median));
}

static void check_result(unsigned switches, const hone_recording_info *info,
                         const hone_simulation *r)
{
    FUZZ_CHECK(isfinite(r->time_s) && isfinite(r->work_s) && isfinite(r->full_steps));
    FUZZ_CHECK(r->time_s >= 0 && r->time_s <= r->work_s * (1 + 1e-9));
    FUZZ_CHECK(switches & NO_CHECKPOINT || r->steps <= r->full_steps * (1 + 1e-9));
    FUZZ_CHECK(isnan(r->best) == (r->n_complete == 0));
    FUZZ_CHECK(r->n_complete > 0 || isnan(r->reached_s));
    FUZZ_CHECK(r->n_trials <= info->n_curves);
    FUZZ_CHECK(r->n_complete + r->n_stopped + r->n_paused + r->n_failed == r->n_trials);
}

static void simulate(unsigned switches, const char *scheduler, const char *json,
                     const hone_recording *recording)
{
    hone_simulate_options options = HONE_SIMULATE_OPTIONS_INIT;
    hone_simulation result = HONE_SIMULATION_INIT;
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    hone_error err = HONE_ERROR_INIT;
    hone_recording_look(recording, &info);
    check_info(&info);
    options.scheduler = *scheduler ? scheduler : NULL;
    options.scheduler_options = *json ? json : NULL;
    options.n_workers = 1 + (switches & WORKERS);
    options.no_checkpoint = switches & NO_CHECKPOINT;
    options.in_order = switches & IN_ORDER;
    if (hone_simulate(recording, &options, &result, &err) == HONE_OK)
        check_result(switches, &info, &result);
    else
        FUZZ_CHECK(err.text[0]);
}

static void load(unsigned switches, const char *scheduler, const char *json, int file)
{
    char path[40];
    hone_recording *recording = NULL;
    hone_error err = HONE_ERROR_INIT;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (hone_recording_load(path, "loss", switches & MAXIMIZE ? HONE_MAXIMIZE : HONE_MINIMIZE,
                            &recording, &err) == HONE_OK)
        simulate(switches, scheduler, json, recording);
    else
        FUZZ_CHECK(err.text[0] && !recording);
    hone_recording_destroy(recording);
}

// Copies the line at `*at` and moves on to the next.
static void take_line(const char **at, const char *end, char *out)
{
    const char *stop = memchr(*at, '\n', (size_t)(end - *at));
    stop = stop ? stop : end;
    snprintf(out, MAX_LINE, "%.*s", (int)(stop - *at), *at);
    *at = stop < end ? stop + 1 : end;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    char scheduler[MAX_LINE], json[MAX_LINE];
    if (size == 0 || size > MAX_FILE)
        return;
    const char *at = (const char *)data + 1, *end = (const char *)data + size;
    take_line(&at, end, scheduler);
    take_line(&at, end, json);
    int file = memfd_create("curves", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0);
    FUZZ_CHECK(write(file, at, (size_t)(end - at)) == end - at);
    load(data[0], scheduler, json, file);
    close(file);
}
