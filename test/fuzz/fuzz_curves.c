// Fuzzes curves from files, src/simulate/recording_file.c and src/simulate/recording.c, and the
// simulation of whatever could be read, src/simulate/simulate.c.
//
// The first byte chooses the direction, the workers and the scheduler; the rest is the file.
#include <hone/simulate.h>

#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

enum { MOST = 4096 }; // bytes of a file: the simulation takes as long as the curves

static hone_recording *load(const uint8_t *data, size_t size, hone_goal goal)
{
    char path[64];
    hone_recording *recording = NULL;
    hone_error err = HONE_ERROR_INIT;
    int file = memfd_create("curves", MFD_CLOEXEC);
    FUZZ_CHECK(file >= 0 && write(file, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    if (hone_recording_load(path, "loss", goal, &recording, &err) != HONE_OK)
        FUZZ_CHECK(err.text[0] && !recording);
    close(file);
    return recording;
}

static void check_result(const hone_recording_info *info, const hone_simulation *out)
{
    FUZZ_CHECK(isfinite(out->time_s) && isfinite(out->work_s) && isfinite(out->full_steps));
    FUZZ_CHECK(out->time_s >= 0 && out->time_s <= out->work_s * (1 + 1e-9));
    FUZZ_CHECK(out->steps <= out->full_steps * (1 + 1e-9));
    FUZZ_CHECK(isnan(out->regret) || out->regret >= 0);
    FUZZ_CHECK(isnan(out->best) == (out->n_complete == 0));
    FUZZ_CHECK(out->n_trials <= info->n_curves);
    FUZZ_CHECK(out->n_complete + out->n_stopped + out->n_paused == out->n_trials);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    static const char *const schedulers[] = {"none", "asha", "percentile", "asha"};
    hone_simulate_options options = HONE_SIMULATE_OPTIONS_INIT;
    hone_simulation out = HONE_SIMULATION_INIT;
    hone_recording_info info = HONE_RECORDING_INFO_INIT;
    hone_error err = HONE_ERROR_INIT;
    if (size < 1 || size > MOST)
        return;
    uint8_t how = data[0];
    hone_recording *recording = load(data + 1, size - 1, how & 1 ? HONE_MAXIMIZE : HONE_MINIMIZE);
    if (!recording)
        return;
    hone_recording_look(recording, &info);
    FUZZ_CHECK(info.n_curves >= 2 && info.n_points >= 2 && info.work_s >= 0);
    options.n_workers = 1 + (how >> 1 & 3);
    options.scheduler = schedulers[how >> 3 & 3];
    options.in_order = how >> 5 & 1;
    if ((how >> 3 & 3) == 3)
        options.scheduler_options = "{\"variant\":\"pause\",\"max_resource\":4,\"min_resource\":1}";
    hone_status status = hone_simulate(recording, &options, &out, &err);
    FUZZ_EXPECT(status == HONE_OK);
    if (status == HONE_OK)
        check_result(&info, &out);
    hone_recording_destroy(recording);
}
