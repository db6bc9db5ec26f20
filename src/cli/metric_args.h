// Metrics on the command line: `loss=0.3 step=3`, or bare numbers for the objectives in order.
#ifndef CLI_METRIC_ARGS_H
#define CLI_METRIC_ARGS_H

#include "cli.h"

enum { METRIC_MAX = 62 };

typedef struct metric_args {
    double values[METRIC_MAX]; // by metric index
    uint64_t present;          // bit m: values[m] was given
    bool has_step;
    double step;
} metric_args;

// Reads the positional arguments from `first` on against the study's metrics. Prints what is wrong
// and gives the exit code.
int metric_args_read(const cli_args *cli, int first, const hone_study *study, bool takes_step,
                     metric_args *out);
// A number, or "nan", "inf", "-inf".
bool metric_value(const char *text, double *out);
// Splits "name=value" in two: `*value` points behind the sign. False when it is not of that form
// or the value is no number.
bool metric_args_split(const char *text, char *name, size_t size, double *value);

#endif
