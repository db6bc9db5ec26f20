// A training that can be killed at any moment: a little network whose weights, momenta, minibatches
// and generator are all in its checkpoint, so that however often it is interrupted it ends with the
// weights, bit for bit, of one that was not.
//
//     net_trainee LOG MILLISECONDS LR MOMENTUM EPOCHS
//
// trains up to EPOCHS, at most that long for each, and prints loss=X step=EPOCH after each. "TRIAL
// EPOCH" goes to LOG when an epoch has been trained, before that is saved.
//
// The checkpoint, $HONE_CKPT/state, is a struct of this machine: `model`, ending with a CRC-32 of
// all before it.
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HIDDEN = 256, WEIGHTS = 4 * HIDDEN + 1, POINTS = 64, BATCH = 24 };

typedef struct model {
    char magic[8];
    uint64_t epoch, generator;
    double loss, w[WEIGHTS], v[WEIGHTS];
    uint32_t spare, crc;
} model;

static const char MAGIC[8] = "HONENET";

static uint32_t crc_of(const model *m)
{
    const unsigned char *bytes = (const unsigned char *)m;
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < offsetof(model, crc); i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc;
}

static double uniform(uint64_t *generator)
{
    uint64_t x = *generator;
    x ^= x >> 12, x ^= x << 25, x ^= x >> 27;
    *generator = x;
    return (double)((x * 0x2545f4914f6cdd1d) >> 11) / 9007199254740992.0;
}

static model fresh(void)
{
    model m;
    memset(&m, 0, sizeof m);
    memcpy(m.magic, MAGIC, sizeof m.magic);
    m.generator = 88172645463325252;
    for (int i = 0; i < WEIGHTS; i++)
        m.w[i] = uniform(&m.generator) - 0.5;
    return m;
}

// --- the network: two inputs, tanh, one output; is the product of the inputs positive? ---

static double forward(const double *w, const double *x, double *h)
{
    double z = w[4 * HIDDEN];
    for (int k = 0; k < HIDDEN; k++) {
        h[k] = tanh(w[4 * k] * x[0] + w[4 * k + 1] * x[1] + w[4 * k + 2]);
        z += w[4 * k + 3] * h[k] / 16;
    }
    return 1 / (1 + exp(-fmax(-30, fmin(30, z))));
}

static void point(uint64_t index, double *x, double *y)
{
    uint64_t generator = 0x9e3779b97f4a7c15 * (index + 1);
    x[0] = 2 * uniform(&generator) - 1;
    x[1] = 2 * uniform(&generator) - 1;
    *y = x[0] * x[1] > 0;
}

static void learn(model *m, const double *x, double y, double lr, double momentum)
{
    double h[HIDDEN], g[WEIGHTS] = {0}, d = forward(m->w, x, h) - y;
    g[4 * HIDDEN] = d;
    for (int k = 0; k < HIDDEN; k++) {
        double back = d * m->w[4 * k + 3] * (1 - h[k] * h[k]) / 16;
        g[4 * k] = back * x[0], g[4 * k + 1] = back * x[1], g[4 * k + 2] = back;
        g[4 * k + 3] = d * h[k] / 16;
    }
    for (int i = 0; i < WEIGHTS; i++) {
        m->v[i] = momentum * m->v[i] - lr * g[i];
        m->w[i] += m->v[i];
    }
}

static void train_epoch(model *m, double lr, double momentum)
{
    double x[2], y, h[HIDDEN];
    for (int b = 0; b < BATCH; b++) {
        point((uint64_t)(uniform(&m->generator) * POINTS), x, &y);
        learn(m, x, y, lr, momentum);
    }
    m->loss = 0;
    for (uint64_t i = 0; i < POINTS; i++) {
        point(i, x, &y);
        double p = forward(m->w, x, h);
        m->loss -= log(fmax(1e-12, y > 0 ? p : 1 - p)) / POINTS;
    }
    m->epoch++;
}

// --- the checkpoint ---

static bool load(const char *path, model *m)
{
    FILE *file = fopen(path, "rb");
    bool whole = file && fread(m, sizeof *m, 1, file) == 1 && m->crc == crc_of(m);
    if (file)
        fclose(file);
    return whole;
}

static bool save(const char *path, const char *part, model *m)
{
    m->crc = crc_of(m);
    FILE *file = fopen(part, "wb");
    bool written = file && fwrite(m, sizeof *m, 1, file) == 1;
    return file && fclose(file) == 0 && written && rename(part, path) == 0;
}

static bool say(int log, uint64_t epoch)
{
    char line[64];
    const char *trial = getenv("HONE_TRIAL");
    int n =
        snprintf(line, sizeof line, "%s %llu\n", trial ? trial : "-", (unsigned long long)epoch);
    return write(log, line, (size_t)n) == n;
}

int main(int argc, char **argv)
{
    char path[4096], part[4096];
    const char *dir = getenv("HONE_CKPT");
    if (argc != 6 || !dir)
        return 2;
    int log = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    double lr = atof(argv[3]), momentum = atof(argv[4]), end = atof(argv[5]);
    model m = fresh();
    snprintf(path, sizeof path, "%s/state", dir);
    snprintf(part, sizeof part, "%s/state.new", dir);
    // A checkpoint that is there but not whole is a fault of somebody's: it is not trained over.
    if (log < 0 || (access(path, F_OK) == 0 && !load(path, &m)))
        return 1;
    if (m.epoch > 0)
        printf("loss=%.17g step=%llu\n", m.loss, (unsigned long long)m.epoch);
    fflush(stdout);
    while ((double)m.epoch < end) {
        train_epoch(&m, lr, momentum);
        poll(NULL, 0, atoi(argv[2]));
        if (!say(log, m.epoch) || !save(path, part, &m))
            return 1;
        printf("loss=%.17g step=%llu\n", m.loss, (unsigned long long)m.epoch);
        fflush(stdout);
    }
    return 0;
}
