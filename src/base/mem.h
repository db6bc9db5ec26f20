// The only doors to malloc, so that a test can make the n-th allocation fail (base/fault.h).
#ifndef HN_BASE_MEM_H
#define HN_BASE_MEM_H

#include <stddef.h>

void *hn_malloc(size_t size);                              // NULL when out of memory
void *hn_calloc(size_t count, size_t size);                // zeroed; NULL also on overflow
void *hn_realloc(void *p, size_t size);                    // as realloc; `p` stays valid on failure
void *hn_reallocarray(void *p, size_t count, size_t size); // NULL on overflow, too
char *hn_strdup(const char *text);
char *hn_strndup(const char *text, size_t length);
void hn_free(void *p); // NULL-safe

#endif
