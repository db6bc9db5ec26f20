// Growing array of any type:
//     HN_VEC(double) xs = {0};
//     if (!hn_vec_push(&xs, 1.5)) return hn_fail_memory(err);
//     xs.data[0], xs.n; hn_vec_free(&xs);
#ifndef HN_BASE_VEC_H
#define HN_BASE_VEC_H

#include <stdbool.h>
#include <stddef.h>

#define HN_VEC(T)                                                                                  \
    struct {                                                                                       \
        T *data;                                                                                   \
        size_t n, cap;                                                                             \
    }

// Room for `extra` more elements; false when out of memory (the vector stays as it was).
#define hn_vec_reserve(v, extra)                                                                   \
    hn_vec_grow((void **)&(v)->data, &(v)->cap, (v)->n, (extra), sizeof *(v)->data)
#define hn_vec_push(v, ...)                                                                        \
    (hn_vec_reserve((v), 1) ? ((v)->data[(v)->n] = (__VA_ARGS__), (v)->n++, true) : false)
#define hn_vec_clear(v) ((void)((v)->n = 0))
#define hn_vec_free(v)                                                                             \
    do {                                                                                           \
        hn_free((v)->data);                                                                        \
        (v)->data = NULL;                                                                          \
        (v)->n = (v)->cap = 0;                                                                     \
    } while (0)

bool hn_vec_grow(void **data, size_t *cap, size_t n, size_t extra, size_t item_size);

#include "base/mem.h"

#endif
