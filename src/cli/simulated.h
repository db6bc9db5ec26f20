// One scheduler of `hone simulate`: how it did over all orders, as a row and as JSON.
#ifndef CLI_SIMULATED_H
#define CLI_SIMULATED_H

#include "cli.h"

typedef struct simulated {
    char *label, *name; // "asha:eta=2", "asha"
    json_t *options;
    hone_simulation *runs; // [n] by order
    uint32_t n;
    double cpu_s; // of the engine, for all of them
} simulated;

// "eta=2,n_startup=5" into `out`, checked against the scheduler's table. False with the sentence.
bool simulated_options(const hn_plugin *plugin, const char *text, json_t *out, hone_error *err);
void simulated_table(const cli_args *cli, const hone_recording *recording, const simulated *list,
                     int n);
void simulated_json(const cli_args *cli, const hone_recording *recording, const simulated *list,
                    int n);
void simulated_free(simulated *one);

#endif
