// Growth of hn_vec: by half, at least to 8 elements.
#include "base/vec.h"

#include <stdint.h>
#include <string.h>

bool hn_vec_grow(void **data, size_t *cap, size_t n, size_t extra, size_t item_size)
{
    if (extra <= *cap - n)
        return true;
    if (extra > SIZE_MAX - n)
        return false;
    size_t want = n + extra;
    size_t next = *cap > SIZE_MAX / 2 ? want : *cap + *cap / 2;
    if (next < want)
        next = want;
    if (next < 8)
        next = 8;
    // `data` points to a T *, not to a void *: only copying its bytes respects aliasing.
    void *old, *grown;
    memcpy(&old, (void *)data, sizeof old);
    grown = hn_reallocarray(old, next, item_size);
    if (!grown)
        return false;
    memcpy((void *)data, &grown, sizeof grown);
    *cap = next;
    return true;
}
