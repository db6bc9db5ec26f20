// Fuzzes src/core/snapshot.c with damaged snapshots: they are refused, and the fold is empty again,
// or they are taken, and what is written of that is taken too.
//
// The first byte is the number of damages, three bytes each: a place and what happens there. A
// journal follows, whose snapshot gets them; so seeds outlive a change of the layout.
#include <string.h>

#include "core/snapshot.h"
#include "damage.h"
#include "journal.h"

enum { MAX_DAMAGES = 8 };

static void read_damaged(const char *bytes, size_t n)
{
    hn_fold fold, again;
    hn_str second = HN_STR_INIT;
    hone_error err = HONE_ERROR_INIT;
    char *copy = malloc(n ? n : 1); // of exact size, so that a read beyond its end is seen
    FUZZ_CHECK(copy != NULL);
    memcpy(copy, bytes, n);
    hn_fold_init(&fold);
    hn_fold_init(&again);
    if (hn_snapshot_read(&fold, copy, n, &err) != HONE_OK) {
        FUZZ_CHECK(err.text[0]);
        FUZZ_CHECK(fold.n_events == 0 && fold.trials.n == 0 && fold.spaces.n == 0);
    } else {
        hn_snapshot_write(&fold, &second);
        hone_status status = HONE_ENOMEM;
        if (!hn_str_failed(&second))
            status = hn_snapshot_read(&again, second.data, second.n, NULL);
        FUZZ_EXPECT(status == HONE_OK);
    }
    hn_fold_free(&fold);
    hn_fold_free(&again);
    hn_str_free(&second);
    free(copy);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    hn_fold fold;
    hn_str bytes = HN_STR_INIT;
    size_t n = size ? data[0] % (MAX_DAMAGES + 1) : 0, head = 1 + 3 * n;
    if (size < head)
        return;
    fold_journal(&fold, data + head, size - head);
    FUZZ_CHECK(hn_snapshot_version() == hn_snapshot_version());
    hn_snapshot_write(&fold, &bytes);
    if (!hn_str_failed(&bytes)) {
        for (size_t i = 0; i < n && bytes.n > 0; i++)
            damage(&bytes, data + 1 + 3 * i);
        read_damaged(bytes.data, bytes.n);
    }
    hn_str_free(&bytes);
    hn_fold_free(&fold);
}
