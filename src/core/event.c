// Events and their binary form: one table of fields (HN_EVENT_FIELDS) drives writing and reading.

#include "core/event.h"

#include <string.h>

#include "base/le.h"

enum { WIRE_VARINT = 0, WIRE_DOUBLE = 1, WIRE_BYTES = 2, WIRE_DOUBLES = 3 };

static const hn_event nothing = {
#define DEFAULT_I(name, fallback)          .name = (fallback),
#define DEFAULT_F(name, fallback)          .name = 0,
#define DEFAULT_T(name, fallback)          .name = {NULL, 0},
#define DEFAULT_D(name, fallback)          .name = {NULL, 0},
#define DEFAULT(wire, name, tag, fallback) DEFAULT_##wire(name, fallback)
    HN_EVENT_FIELDS(DEFAULT)
#undef DEFAULT
};

hn_event hn_event_make(hn_event_type type)
{
    hn_event event = nothing;
    event.type = type;
    return event;
}

hn_bytes hn_bytes_of(const char *text)
{
    return (hn_bytes){text, text ? strlen(text) : 0};
}

// --- writing ---
//
// A suggestion costs little more than its events: room for the longest record is taken once, and
// the bytes are written in place.

enum { VARINT_MAX = 10, KEY_MAX = 2 };

static unsigned char *put_varint(unsigned char *p, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *p++ = (unsigned char)(value | 0x80);
    *p++ = (unsigned char)value;
    return p;
}

static uint64_t zigzag(int64_t value)
{
    return ((uint64_t)value << 1) ^ (value < 0 ? UINT64_MAX : 0);
}

static unsigned char *put_I(unsigned char *p, unsigned tag, int64_t value, int64_t fallback)
{
    if (value == fallback)
        return p;
    p = put_varint(p, tag << 2 | WIRE_VARINT);
    return put_varint(p, zigzag(value));
}

// The bits are compared, so that -0.0 and NaN come back as they went in.
static unsigned char *put_F(unsigned char *p, unsigned tag, double value, int64_t fallback)
{
    static const double zero = 0.0;
    (void)fallback;
    if (memcmp(&value, &zero, sizeof value) == 0)
        return p;
    p = put_varint(p, tag << 2 | WIRE_DOUBLE);
    hn_le_put_double(p, value);
    return p + 8;
}

static unsigned char *put_T(unsigned char *p, unsigned tag, hn_bytes value, int64_t fallback)
{
    (void)fallback;
    if (value.size == 0)
        return p;
    p = put_varint(p, tag << 2 | WIRE_BYTES);
    p = put_varint(p, value.size);
    memcpy(p, value.data, value.size);
    return p + value.size;
}

static unsigned char *put_D(unsigned char *p, unsigned tag, hn_doubles value, int64_t fallback)
{
    (void)fallback;
    if (value.n == 0)
        return p;
    p = put_varint(p, tag << 2 | WIRE_DOUBLES);
    p = put_varint(p, value.n);
    for (size_t i = 0; i < value.n; i++, p += 8)
        hn_le_put_double(p, value.data[i]);
    return p;
}

// At most so many bytes.
static size_t written_max(const hn_event *event)
{
    size_t n = 1 + VARINT_MAX;
#define MAX_I(name)                    VARINT_MAX
#define MAX_F(name)                    8
#define MAX_T(name)                    VARINT_MAX + event->name.size
#define MAX_D(name)                    VARINT_MAX + 8 * event->name.n
#define MAX(wire, name, tag, fallback) n += KEY_MAX + MAX_##wire(name);
    HN_EVENT_FIELDS(MAX)
#undef MAX
    return n;
}

void hn_event_write(const hn_event *event, hn_str *out)
{
    unsigned char *start = (unsigned char *)hn_str_room(out, written_max(event)), *p = start;
    if (!start)
        return;
    *p++ = HN_EVENT_VERSION;
    p = put_varint(p, (uint64_t)event->type);
#define PUT(wire, name, tag, fallback) p = put_##wire(p, tag, event->name, fallback);
    HN_EVENT_FIELDS(PUT)
#undef PUT
    hn_str_wrote(out, (size_t)(p - start));
}

// --- reading ---

typedef struct reader {
    const unsigned char *at, *end;
    hn_arena *scratch;
    bool bad;
} reader;

static uint64_t get_varint(reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (r->at == r->end)
            break;
        uint64_t byte = *r->at++;
        if (shift == 63 && byte > 1)
            break;
        value |= (byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    r->bad = true;
    return 0;
}

static double get_double(reader *r)
{
    if (r->end - r->at < 8) {
        r->bad = true;
        return 0;
    }
    r->at += 8;
    return hn_le_get_double(r->at - 8);
}

static void get_I(reader *r, int64_t *out)
{
    uint64_t value = get_varint(r);
    *out = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static void get_F(reader *r, double *out)
{
    *out = get_double(r);
}

static void get_T(reader *r, hn_bytes *out)
{
    uint64_t size = get_varint(r);
    if (r->bad || size > (uint64_t)(r->end - r->at)) {
        r->bad = true;
        return;
    }
    *out = (hn_bytes){(const char *)r->at, (size_t)size};
    r->at += size;
}

static void get_D(reader *r, hn_doubles *out)
{
    uint64_t n = get_varint(r);
    if (r->bad || n > (uint64_t)(r->end - r->at) / 8) {
        r->bad = true;
        return;
    }
    double *data = HN_NEW(r->scratch, double, n);
    if (!data)
        return; // the arena remembers
    for (uint64_t i = 0; i < n; i++)
        data[i] = get_double(r);
    *out = (hn_doubles){data, (size_t)n};
}

static void skip(reader *r, unsigned wire)
{
    uint64_t n = wire == WIRE_DOUBLE ? 8 : get_varint(r);
    if (wire == WIRE_VARINT)
        return;
    if (wire == WIRE_DOUBLES) {
        r->bad |= n > (uint64_t)(r->end - r->at) / 8;
        n *= 8;
    }
    if (r->bad || n > (uint64_t)(r->end - r->at))
        r->bad = true;
    else
        r->at += n;
}

enum {
    WIRE_OF_I = WIRE_VARINT,
    WIRE_OF_F = WIRE_DOUBLE,
    WIRE_OF_T = WIRE_BYTES,
    WIRE_OF_D = WIRE_DOUBLES
};

// One field: known tags with the right wire are read, everything else is skipped.
static void get_field(reader *r, hn_event *event)
{
    uint64_t key = get_varint(r);
    switch (key) {
#define GET(wire, name, tag, fallback)                                                             \
    case (tag) << 2 | WIRE_OF_##wire:                                                              \
        get_##wire(r, &event->name);                                                               \
        break;
        HN_EVENT_FIELDS(GET)
#undef GET
    default:
        skip(r, key & 3);
    }
}

hone_status hn_event_read(const void *data, size_t size, hn_arena *scratch, hn_event *out,
                          hone_error *err)
{
    reader r = {data, (const unsigned char *)data + size, scratch, false};
    if (size < 2)
        return hn_fail(err, HONE_ECORRUPT, "an event of %zu bytes is too short", size);
    if (*r.at > HN_EVENT_VERSION)
        return hn_fail(err, HONE_EVERSION,
                       "the journal was written by a newer Hone (format %d, "
                       "this one reads %d): upgrade to read it",
                       *r.at, HN_EVENT_VERSION);
    if (*r.at++ == 0)
        return hn_fail(err, HONE_ECORRUPT, "an event with format 0 is damaged");
    uint64_t type = get_varint(&r);
    *out = nothing;
    out->type = type > HN_EV_LAST ? HN_EV_LAST + 1 : (hn_event_type)type;
    while (!r.bad && r.at < r.end)
        get_field(&r, out);
    if (hn_arena_failed(scratch))
        return hn_fail_memory(err);
    if (r.bad || type == 0)
        return hn_fail(err, HONE_ECORRUPT, "a damaged event of type %s", hn_event_name(out->type));
    return HONE_OK;
}

// --- names and JSON ---

const char *hn_event_name(hn_event_type type)
{
    static const char *const names[] = {"none",
                                        "study_created",
                                        "space_changed",
                                        "study_set",
                                        "queued",
                                        "reserved",
                                        "started",
                                        "spawned",
                                        "params",
                                        "reported",
                                        "checkpointed",
                                        "paused",
                                        "requeued",
                                        "told",
                                        "leased",
                                        "stop_asked",
                                        "noted",
                                        "attr",
                                        "excluded",
                                        "logged",
                                        "goals_changed",
                                        "run_ended",
                                        "checkpoint_removed",
                                        "judged"};
    return (unsigned)type <= HN_EV_LAST ? names[type] : "unknown";
}

static void json_key(hn_str *out, const char *name)
{
    hn_str_printf(out, ",\"%s\":", name);
}

static void json_I(hn_str *out, const char *name, int64_t value, int64_t fallback)
{
    if (value == fallback)
        return;
    json_key(out, name);
    hn_str_add_int(out, value);
}

static void json_number(hn_str *out, double value)
{
    bool finite = value - value == 0;
    if (!finite)
        hn_str_add_char(out, '"');
    hn_str_add_double(out, value);
    if (!finite)
        hn_str_add_char(out, '"');
}

static void json_F(hn_str *out, const char *name, double value, int64_t fallback)
{
    (void)fallback;
    if (value == 0)
        return;
    json_key(out, name);
    json_number(out, value);
}

static void json_T(hn_str *out, const char *name, hn_bytes value, int64_t fallback)
{
    (void)fallback;
    if (value.size == 0)
        return;
    json_key(out, name);
    hn_str text = HN_STR_INIT;
    if (strcmp(name, "params") == 0) {
        for (size_t i = 0; i < value.size; i++)
            hn_str_printf(&text, "%02x", (unsigned char)value.data[i]);
    } else {
        hn_str_add_n(&text, value.data, value.size);
    }
    hn_str_add_json(out, hn_str_text(&text));
    out->failed |= hn_str_failed(&text);
    hn_str_free(&text);
}

static void json_D(hn_str *out, const char *name, hn_doubles value, int64_t fallback)
{
    (void)fallback;
    if (value.n == 0)
        return;
    json_key(out, name);
    for (size_t i = 0; i < value.n; i++) {
        hn_str_add_char(out, i ? ',' : '[');
        json_number(out, value.data[i]);
    }
    hn_str_add_char(out, ']');
}

void hn_event_json(const hn_event *event, hn_str *out)
{
    hn_str_printf(out, "{\"event\":\"%s\"", hn_event_name(event->type));
#define JSON(wire, name, tag, fallback) json_##wire(out, #name, event->name, fallback);
    HN_EVENT_FIELDS(JSON)
#undef JSON
    hn_str_add_char(out, '}');
}
