// Fuzzes src/core/event.c, events in binary form: whatever can be read writes a form that reads
// back as the same.
#include "core/event.h"

#include <string.h>

#include "fuzz.h"

void fuzz_one(const uint8_t *data, size_t size)
{
    hn_arena scratch = HN_ARENA_INIT;
    hn_str first = HN_STR_INIT, second = HN_STR_INIT, json = HN_STR_INIT;
    hone_error err = HONE_ERROR_INIT;
    hn_event event;
    if (hn_event_read(data, size, &scratch, &event, &err) == HONE_OK) {
        hn_event_json(&event, &json);
        hn_event_write(&event, &first);
        hone_status status = HONE_ENOMEM;
        if (!hn_str_failed(&first))
            status = hn_event_read(first.data, first.n, &scratch, &event, &err);
        FUZZ_EXPECT(status == HONE_OK);
        if (status == HONE_OK) {
            hn_event_write(&event, &second);
            FUZZ_EXPECT(first.n == second.n && memcmp(first.data, second.data, first.n) == 0);
        }
    } else {
        FUZZ_CHECK(err.text[0]);
    }
    hn_str_free(&first);
    hn_str_free(&second);
    hn_str_free(&json);
    hn_arena_free(&scratch);
}
