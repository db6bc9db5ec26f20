// Fuzzes everything a child may say, and the user's own expressions: src/core/wire.c,
// src/core/wire_from.c and src/core/wire_regex.c. The first byte chooses:
//     r<expression>\n<line>     f<place>\n<file>     anything else: a line, meant and not meant
#include <string.h>

#include "base/mem.h"
#include "core/wire.h"
#include "fuzz.h"

static const char *const metrics[] = {"loss", "acc", "step"};

static void check(const hn_wire_result *r)
{
    if (r->kind == HN_WIRE_NOTHING)
        return; // perhaps for want of memory
    bool any = r->present[0] || r->present[1] || r->present[2];
    FUZZ_CHECK(any == (r->kind == HN_WIRE_REPORT));
    FUZZ_EXPECT(r->kind != HN_WIRE_WRONG || r->problem);
    FUZZ_CHECK(!r->has_step || r->step >= 0);
}

static void read_line(const char *regex, const char *line, size_t size)
{
    hn_wire *wire;
    hn_wire_result r;
    hone_error err = HONE_ERROR_INIT;
    if (hn_wire_create(metrics, 3, regex, &wire, &err) != HONE_OK) {
        FUZZ_CHECK(err.text[0]);
        return;
    }
    for (int meant = 0; meant < 2; meant++) {
        hn_wire_read(wire, line, size, meant, &r);
        FUZZ_EXPECT(!meant || r.kind != HN_WIRE_NOTHING);
        check(&r);
    }
    hn_wire_destroy(wire);
}

static void read_file(const char *spec, const char *file, size_t size)
{
    hn_wire_from from;
    double value;
    hone_error err = HONE_ERROR_INIT;
    if (hn_wire_from_parse(spec, metrics, 3, &from, &err) != HONE_OK) {
        FUZZ_CHECK(err.text[0]);
        return;
    }
    hone_status status = hn_wire_from_value(&from, "loss", file, size, &value, &err);
    FUZZ_CHECK(status == HONE_OK || err.text[0]);
    hn_wire_from_free(&from);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *cut = size ? memchr(text, '\n', size) : NULL;
    bool with_head = cut && (*text == 'r' || *text == 'f');
    if (!with_head) {
        read_line(NULL, text, size);
        return;
    }
    size_t length = (size_t)(cut - text) - 1;
    char *head = length <= 200 ? hn_strndup(text + 1, length) : NULL;
    size_t rest = size - (size_t)(cut + 1 - text);
    if (head && *text == 'r')
        read_line(head, cut + 1, rest > 4096 ? 4096 : rest);
    else if (head && *text == 'f')
        read_file(head, cut + 1, rest);
    hn_free(head);
}
