// Trains a classifier of handwritten digits: what a user's own training program looks like to
// Hone. It takes its hyperparameters as options, prints a line of metrics an epoch, keeps a
// checkpoint where $HONE_CKPT says, and knows nothing else of Hone.
//
// 1. Of the 60,000 training digits the first 54,000 are trained on; the last 6,000 (always the
//    same) are the validation set, whose scores are what tuning looks at.
// 2. With HONE_PHASE=final it trains on all 60,000 and scores the 10,000 test digits once, as
//    test_accuracy. In no other phase are the test files opened.
// 3. The order of the digits in an epoch depends on the seed and the epoch alone, so that a run
//    that goes on from a checkpoint sees what an uninterrupted one would have seen.
#include <errno.h>
#include <getopt.h>
#include <hone/blas.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "die.h"
#include "hot.h"
#include "idx.h"
#include "mlp.h"
#include "random.h"

enum { SCORE_ROWS = 250, VALIDATION_SHARE = 10 };

typedef struct options {
    long units1, units2, epochs, batch, seed;
    double lr;
    const char *data;
} options;

static const char USAGE[] =
    "usage: digits_train [--units1 N] [--units2 N] [--lr X] [--epochs N] [--batch N] [--seed N]\n"
    "                    [--data DIR]\n"
    "Trains a digit classifier with two hidden layers on the IDX files in DIR (data/mnist) and\n"
    "prints step, loss, val_loss and val_accuracy after each epoch. Defaults: 128 and 128 units,\n"
    "lr 0.001, 10 epochs, batches of 32, seed 1.\n";

void die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("digits_train: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    exit(2);
}

static long parse_long(const char *name, const char *text, long low, long high)
{
    char *end = NULL;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (end == text || *end || errno || value < low || value > high)
        die("--%s is '%s'; it must be an integer from %ld to %ld", name, text, low, high);
    return value;
}

static double parse_rate(const char *name, const char *text)
{
    char *end = NULL;
    double value = strtod(text, &end);
    if (end == text || *end || !(value > 0 && isfinite(value)))
        die("--%s is '%s'; it must be a number above 0", name, text);
    return value;
}

static options parse_options(int argc, char **argv)
{
    static const struct option table[] = {
        {"units1", required_argument, 0, '1'},
        {"units2", required_argument, 0, '2'},
        {"lr", required_argument, 0, 'l'},
        {"epochs", required_argument, 0, 'e'},
        {"batch", required_argument, 0, 'b'},
        {"seed", required_argument, 0, 's'},
        {"data", required_argument, 0, 'd'},
        {"help", no_argument, 0, 'h'},
        {0},
    };
    options o = {128, 128, 10, 32, 1, 0.001, "data/mnist"};
    int c;
    while ((c = getopt_long(argc, argv, "", table, NULL)) != -1) {
        switch (c) {
        case '1':
            o.units1 = parse_long("units1", optarg, 1, 8192);
            break;
        case '2':
            o.units2 = parse_long("units2", optarg, 1, 8192);
            break;
        case 'l':
            o.lr = parse_rate("lr", optarg);
            break;
        case 'e':
            o.epochs = parse_long("epochs", optarg, 1, 100000);
            break;
        case 'b':
            o.batch = parse_long("batch", optarg, 1, 8192);
            break;
        case 's':
            o.seed = parse_long("seed", optarg, 0, LONG_MAX);
            break;
        case 'd':
            o.data = optarg;
            break;
        case 'h':
            fputs(USAGE, stdout);
            exit(0);
        default:
            exit(2);
        }
    }
    if (optind < argc)
        die("'%s' is not an option; digits_train --help lists them", argv[optind]);
    return o;
}

// x [784] = pixels / 255.
HOT static void to_floats(float *restrict x, const uint8_t *restrict pixels)
{
    for (int j = 0; j < DIGITS_PIXELS; j++)
        x[j] = (float)pixels[j] * (1.0f / 255);
}

// Copies the digits `order[0 … rows)` (NULL: `first` and following) into X [rows × 784].
static void gather(const digits *set, const int *order, int first, int rows, float *X,
                   uint8_t *labels)
{
    for (int r = 0; r < rows; r++) {
        int k = order ? order[first + r] : first + r;
        to_floats(X + (size_t)r * DIGITS_PIXELS, set->pixels + (size_t)k * DIGITS_PIXELS);
        labels[r] = set->labels[k];
    }
}

// A batch on its way from the digits to the network.
typedef struct batch {
    float *X;        // [rows × 784]
    uint8_t *labels; // [rows]
} batch;

static batch batch_make(int rows)
{
    batch b = {malloc((size_t)rows * DIGITS_PIXELS * sizeof(float)), malloc((size_t)rows)};
    if (!b.X || !b.labels)
        die("out of memory for batches of %d digits", rows);
    return b;
}

// A permutation of 0 … n-1 that depends on seed and epoch alone (Fisher and Yates).
static void shuffle(int *order, int n, long seed, int epoch)
{
    uint64_t state = (uint64_t)seed;
    state = random_u64(&state) + (uint64_t)epoch;
    for (int i = 0; i < n; i++)
        order[i] = i;
    for (int i = n - 1; i > 0; i--) {
        int j = (int)(random_uniform(&state) * (i + 1));
        int swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

// One pass over the first `n` digits of `set`; returns the mean loss.
static double train_epoch(mlp *net, const digits *set, const int *order, int n, batch *b,
                          const options *o)
{
    double loss = 0;
    for (int first = 0; first < n; first += (int)o->batch) {
        int rows = n - first < o->batch ? n - first : (int)o->batch;
        gather(set, order, first, rows, b->X, b->labels);
        loss += mlp_train_batch(net, b->X, b->labels, rows, o->lr);
    }
    return loss / n;
}

// Mean loss over the digits from `first` to the end of `set`, and the share classified rightly.
static double score(mlp *net, const digits *set, int first, batch *b, double *accuracy)
{
    double loss = 0;
    int n = set->n - first, n_right = 0;
    for (int k = first; k < set->n; k += SCORE_ROWS) {
        int rows = set->n - k < SCORE_ROWS ? set->n - k : SCORE_ROWS;
        gather(set, NULL, k, rows, b->X, b->labels);
        loss += mlp_score_batch(net, b->X, b->labels, rows, &n_right);
    }
    *accuracy = (double)n_right / n;
    return loss / n;
}

// Prints where training stands. The digits beyond the first `n_train` are for validation.
static void report(mlp *net, const digits *set, int n_train, progress done, batch *b)
{
    printf("step=%d loss=%.6f", done.n_epochs, done.loss);
    if (n_train < set->n) {
        double accuracy, val_loss = score(net, set, n_train, b, &accuracy);
        printf(" val_loss=%.6f val_accuracy=%.6f", val_loss, accuracy);
    }
    printf("\n");
    fflush(stdout);
}

// Trains on the first `n_train` digits, with a line of metrics and a checkpoint (`ckpt` may be
// NULL) after each epoch, from where the checkpoint stands.
static void train(mlp *net, const digits *set, int n_train, const char *ckpt, batch *b,
                  const options *o)
{
    progress done = ckpt ? checkpoint_load(ckpt, net) : (progress){0};
    if (done.n_epochs >= o->epochs)
        report(net, set, n_train, done, b);
    int *order = malloc((size_t)n_train * sizeof *order);
    if (!order)
        die("out of memory for the order of %d digits", n_train);
    while (done.n_epochs < o->epochs) {
        shuffle(order, n_train, o->seed, ++done.n_epochs);
        done.loss = train_epoch(net, set, order, n_train, b, o);
        if (!isfinite(done.loss)) {
            fprintf(stderr, "digits_train: the loss is not finite in epoch %d; try a smaller lr\n",
                    done.n_epochs);
            exit(1);
        }
        if (ckpt)
            checkpoint_save(ckpt, net, done);
        report(net, set, n_train, done, b);
    }
    free(order);
}

// Path of the checkpoint, NULL when none is wanted. The final phase has its own: a network that has
// seen less than everything is not one to go on from.
static const char *checkpoint_path(char *path, size_t size, bool final)
{
    const char *dir = getenv("HONE_CKPT");
    if (!dir || !*dir)
        return NULL;
    snprintf(path, size, "%s/%s", dir, final ? "digits-final.ckpt" : "digits.ckpt");
    return path;
}

int main(int argc, char **argv)
{
    options o = parse_options(argc, argv);
    const char *phase = getenv("HONE_PHASE");
    bool final = phase && strcmp(phase, "final") == 0;
    char path[4096];
    const char *ckpt = checkpoint_path(path, sizeof path, final);
    const hone_blas *blas = NULL;
    hone_error err = HONE_ERROR_INIT;
    if (hone_blas_open(&blas, &err) != HONE_OK)
        die("%s", err.text);
    blas->set_threads(1);

    digits set = digits_read(o.data, "train");
    int n_train = final ? set.n : set.n - set.n / VALIDATION_SHARE;
    int max_rows = o.batch > SCORE_ROWS ? (int)o.batch : SCORE_ROWS;
    mlp net = mlp_make(blas, DIGITS_PIXELS, (int)o.units1, (int)o.units2, DIGITS_CLASSES, max_rows,
                       (uint64_t)o.seed);
    batch b = batch_make(max_rows);
    train(&net, &set, n_train, ckpt, &b, &o);
    if (final) {
        digits test = digits_read(o.data, "t10k");
        double accuracy, loss = score(&net, &test, 0, &b, &accuracy);
        printf("test_loss=%.6f test_accuracy=%.6f\n", loss, accuracy);
        digits_free(&test);
    }
    free(b.X);
    free(b.labels);
    mlp_free(&net);
    digits_free(&set);
    return 0;
}
