// What the files of the wire share.
#ifndef HN_CORE_WIRE_PRIVATE_H
#define HN_CORE_WIRE_PRIVATE_H

#include "base/str.h"
#include "core/wire.h"

typedef struct hn_wire_regex hn_wire_regex;

struct hn_wire {
    char **names;
    size_t n;
    double *values;
    bool *present;
    hn_wire_regex *regex; // NULL: none
    hn_str clean;         // the line without terminal colours
    char problem[256];
};

hone_status hn_wire_regex_create(const hn_wire *wire, const char *text, hn_wire_regex **out,
                                 hone_error *err);
void hn_wire_regex_destroy(hn_wire_regex *regex);
// Takes the last match in the line, if there is one.
void hn_wire_regex_read(hn_wire *wire, const char *text, size_t size, hn_wire_result *out);

// Index of the metric called so, or -1.
int hn_wire_metric(const hn_wire *wire, const char *name, size_t length);
void hn_wire_set(hn_wire *wire, hn_wire_result *out, size_t metric, double value);
void hn_wire_set_step(hn_wire_result *out, double value); // ignored unless a whole number ≥ 0
void hn_wire_wrong(hn_wire *wire, hn_wire_result *out, const char *format, ...) HONE_PRINTF(3, 4);

// Length of the number at `p`, 0 when there is none.
size_t hn_wire_number(const char *p, const char *end, double *value);

#endif
