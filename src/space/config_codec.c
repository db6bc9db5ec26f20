// The binary form of a configuration inside events.
//
//     config := n_params:varint { param }
//     param  := 0                        inactive
//             | 1 f64                    float
//             | 2 zigzag-varint          int, index of a choice, bits of a subset
//             | 3 n:varint n × zigzag    permutation
//             | 4 n:varint n × f64       simplex
// Numbers are little-endian, parameters in the space's order. A number may lie outside the range:
// values are stored as they were used, and a user may have rounded them. What would not be a
// value at all (a choice that does not exist, nan, a wrong activity) is refused.
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/le.h"
#include "space/domain.h"
#include "space/space.h"

enum tag { TAG_INACTIVE, TAG_FLOAT, TAG_INT, TAG_INTS, TAG_FLOATS };
enum { VARINT_MAX = 10 };

static enum tag tag_of(const hn_param *p)
{
    switch (p->type) {
    case HONE_PARAM_FLOAT:
        return TAG_FLOAT;
    case HONE_PARAM_PERMUTATION:
        return TAG_INTS;
    case HONE_PARAM_SIMPLEX:
        return TAG_FLOATS;
    default:
        return TAG_INT;
    }
}

static unsigned char *write_varint(unsigned char *p, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        *p++ = (unsigned char)(value | 0x80);
    *p++ = (unsigned char)value;
    return p;
}

static unsigned char *write_signed(unsigned char *p, int64_t value)
{
    return write_varint(p, (uint64_t)value << 1 ^ (value < 0 ? UINT64_MAX : 0));
}

static unsigned char *write_param(unsigned char *p, const hn_param *param, const hn_slot *slots)
{
    enum tag tag = tag_of(param);
    *p++ = (unsigned char)tag;
    if (tag == TAG_INTS || tag == TAG_FLOATS)
        p = write_varint(p, param->n_slots);
    for (uint32_t k = 0; k < param->n_slots; k++) {
        if (tag == TAG_FLOAT || tag == TAG_FLOATS) {
            hn_le_put_double(p, slots[k].f);
            p += 8;
        } else {
            p = write_signed(p, slots[k].i);
        }
    }
    return p;
}

// Every suggestion is written: room for the longest form is taken once.
void hn_config_write(const hone_space *space, hn_config config, hn_str *out)
{
    size_t most = VARINT_MAX * ((size_t)space->n_slots + 1) + (1 + VARINT_MAX) * space->n_params;
    unsigned char *start = (unsigned char *)hn_str_room(out, most), *p = start;
    if (!start)
        return;
    p = write_varint(p, space->n_params);
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *param = &space->params[i];
        if (hn_active(config.active, i))
            p = write_param(p, param, config.slots + param->slot);
        else
            *p++ = TAG_INACTIVE;
    }
    hn_str_wrote(out, (size_t)(p - start));
}

typedef struct reader {
    const unsigned char *at, *end;
    bool failed;
} reader;

static uint64_t read_varint(reader *r)
{
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && r->at < r->end; shift += 7) {
        unsigned char byte = *r->at++;
        value |= (uint64_t)(byte & 0x7F) << shift;
        // The tenth byte holds one bit, and a trailing zero byte would be a second spelling.
        if (shift == 63 && byte > 1)
            break;
        if (!(byte & 0x80)) {
            r->failed |= byte == 0 && shift > 0;
            return value;
        }
    }
    r->failed = true;
    return 0;
}

static int64_t read_signed(reader *r)
{
    uint64_t value = read_varint(r);
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

static double read_double(reader *r)
{
    if (r->end - r->at < 8) {
        r->failed = true;
        return 0;
    }
    r->at += 8;
    return hn_le_get_double(r->at - 8);
}

static hone_status corrupt(const hn_param *p, hone_error *err)
{
    return hn_fail(err, HONE_ECORRUPT, "the stored value of %s is damaged or of another space",
                   p->name);
}

static bool is_value(const hn_param *p, const hn_slot *slots)
{
    if (p->type == HONE_PARAM_FLOAT)
        return isfinite(slots[0].f);
    return p->type == HONE_PARAM_INT || hn_domain_contains(p, slots, NULL) == HONE_OK;
}

static hone_status read_param(reader *r, const hn_param *p, hn_config out, hone_error *err)
{
    hn_slot *slots = out.slots + p->slot;
    enum tag tag = tag_of(p);
    if (r->at >= r->end)
        return corrupt(p, err);
    unsigned char found = *r->at++;
    hn_set_active(out.active, p->index, found != TAG_INACTIVE);
    memset(slots, 0, p->n_slots * sizeof *slots);
    if (found == TAG_INACTIVE)
        return HONE_OK;
    if (found != tag)
        return corrupt(p, err);
    if ((tag == TAG_INTS || tag == TAG_FLOATS) && read_varint(r) != p->n_slots)
        return corrupt(p, err);
    for (uint32_t k = 0; k < p->n_slots && !r->failed; k++) {
        if (tag == TAG_FLOAT || tag == TAG_FLOATS)
            slots[k].f = read_double(r);
        else
            slots[k].i = read_signed(r);
    }
    return r->failed || !is_value(p, slots) ? corrupt(p, err) : HONE_OK;
}

// The stored activity must be what the conditions say of the stored values. Only a parameter
// without a condition may be missing all the same: a define-by-run trial need not ask for each.
static hone_status check_activity(const hone_space *space, hn_config config, hone_error *err)
{
    for (uint32_t i = 0; i < space->n_params; i++) {
        const hn_param *p = &space->params[i];
        bool should = hn_condition_holds(space, p, config);
        bool on = hn_active(config.active, i);
        if (on ? !should : should && p->condition)
            return corrupt(p, err);
    }
    return HONE_OK;
}

hone_status hn_config_read(const hone_space *space, const void *data, size_t size, hn_config out,
                           hone_error *err)
{
    reader r = {data, (const unsigned char *)data + size, false};
    uint64_t n = read_varint(&r);
    if (r.failed || n != space->n_params)
        return hn_fail(err, HONE_ECORRUPT,
                       "the stored configuration has %" PRIu64 " parameters, the space %u", n,
                       space->n_params);
    memset(out.active, 0, space->n_words * sizeof *out.active);
    for (uint32_t i = 0; i < space->n_params; i++)
        HN_TRY(read_param(&r, &space->params[i], out, err));
    if (r.at != r.end)
        return hn_fail(err, HONE_ECORRUPT, "the stored configuration is followed by %td bytes more",
                       r.end - r.at);
    return check_activity(space, out, err);
}
