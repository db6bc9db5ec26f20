// The IDX format: four bytes of magic number (0, 0, type of element, number of dimensions), one
// big-endian 32-bit size per dimension, then the elements, last dimension fastest.
#include "idx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

enum { TYPE_U8 = 0x08, MAX_DIMS = 3 };

static uint32_t big_endian(const uint8_t b[4])
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

// Checks that `path` holds bytes in `n_dims` dimensions, all but the first of size `shape[1…]`, and
// reads them; the first dimension's size comes back in `shape[0]`.
static uint8_t *read_bytes(const char *path, int n_dims, uint32_t shape[])
{
    FILE *file = fopen(path, "rb");
    if (!file)
        die("cannot read the digits: %s: %s; tools/fetch-mnist brings them", path, strerror(errno));
    uint8_t header[4 + 4 * MAX_DIMS];
    size_t header_bytes = 4 + 4 * (size_t)n_dims;
    if (fread(header, 1, header_bytes, file) != header_bytes)
        die("%s: shorter than the header of an IDX file", path);
    if (header[0] || header[1] || header[2] != TYPE_U8 || header[3] != n_dims)
        die("%s: not an IDX file of bytes in %d dimension%s", path, n_dims, n_dims > 1 ? "s" : "");

    shape[0] = big_endian(header + 4);
    size_t n_bytes = shape[0];
    for (int i = 1; i < n_dims; i++) {
        if (big_endian(header + 4 + 4 * i) != shape[i])
            die("%s: dimension %d is %u, not %u", path, i, big_endian(header + 4 + 4 * i),
                shape[i]);
        n_bytes *= shape[i];
    }
    if (shape[0] == 0 || shape[0] > 10 * 1000 * 1000)
        die("%s: claims %u entries, which cannot be right", path, shape[0]);

    uint8_t *bytes = malloc(n_bytes);
    if (!bytes)
        die("out of memory for the %zu bytes of %s", n_bytes, path);
    if (fread(bytes, 1, n_bytes, file) != n_bytes || fgetc(file) != EOF)
        die("%s: its size is not that of its header (%zu bytes and %zu of data)", path,
            header_bytes, n_bytes);
    fclose(file);
    return bytes;
}

digits digits_read(const char *dir, const char *prefix)
{
    char path[4096];
    uint32_t images[3] = {0, 28, 28};
    uint32_t labels[1] = {0};
    digits set = {0};

    snprintf(path, sizeof path, "%s/%s-images-idx3-ubyte", dir, prefix);
    set.pixels = read_bytes(path, 3, images);
    snprintf(path, sizeof path, "%s/%s-labels-idx1-ubyte", dir, prefix);
    set.labels = read_bytes(path, 1, labels);
    if (images[0] != labels[0])
        die("%s: %u labels for %u images", path, labels[0], images[0]);
    set.n = (int)images[0];
    for (int i = 0; i < set.n; i++)
        if (set.labels[i] >= DIGITS_CLASSES)
            die("%s: label %d of image %d is not a digit", path, set.labels[i], i);
    return set;
}

void digits_free(digits *set)
{
    free(set->pixels);
    free(set->labels);
    *set = (digits){0};
}
