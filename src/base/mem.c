// malloc and friends behind one fault point. Size 0 is served as size 1, so that NULL always means
// "out of memory".
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/fault.h"

// No object can be larger: differences of pointers into it would overflow.
static bool too_large(size_t size)
{
    return size > PTRDIFF_MAX;
}

void *hn_malloc(size_t size)
{
    if (hn_fault("alloc") || too_large(size))
        return NULL;
    return malloc(size ? size : 1);
}

void *hn_calloc(size_t count, size_t size)
{
    if (hn_fault("alloc") || (size && count > PTRDIFF_MAX / size))
        return NULL;
    return count && size ? calloc(count, size) : calloc(1, 1);
}

void *hn_realloc(void *p, size_t size)
{
    if (hn_fault("alloc") || too_large(size))
        return NULL;
    return realloc(p, size ? size : 1);
}

void *hn_reallocarray(void *p, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return hn_realloc(p, count * size);
}

char *hn_strdup(const char *text)
{
    return hn_strndup(text, strlen(text));
}

char *hn_strndup(const char *text, size_t length)
{
    const char *end = memchr(text, '\0', length);
    size_t n = end ? (size_t)(end - text) : length;
    if (n == SIZE_MAX)
        return NULL;
    char *copy = hn_malloc(n + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, n);
    copy[n] = '\0';
    return copy;
}

void hn_free(void *p)
{
    free(p);
}
