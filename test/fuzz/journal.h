// A journal out of any bytes: records, each a length of two bytes and as many bytes, are folded.
#ifndef HONE_FUZZ_JOURNAL_H
#define HONE_FUZZ_JOURNAL_H

#include "core/fold.h"
#include "fuzz.h"

static void fold_journal(hn_fold *fold, const uint8_t *data, size_t size)
{
    size_t at = 0;
    hn_fold_init(fold);
    while (size - at >= 2) {
        hone_error err = HONE_ERROR_INIT;
        size_t length = (size_t)data[at] | (size_t)data[at + 1] << 8;
        uint64_t n_events = fold->n_events;
        at += 2;
        length = length > size - at ? size - at : length;
        if (hn_fold_apply_bytes(fold, data + at, length, NULL, &err) == HONE_OK)
            FUZZ_CHECK(fold->n_events == n_events + 1);
        else
            FUZZ_CHECK(err.text[0] && fold->n_events == n_events);
        at += length;
    }
}

#endif
