// Reads the handwritten digits: an image file and a label file in IDX format.
#ifndef DIGITS_IDX_H
#define DIGITS_IDX_H

#include <stdint.h>

enum { DIGITS_PIXELS = 28 * 28, DIGITS_CLASSES = 10 };

typedef struct digits {
    int n;
    uint8_t *pixels; // [n × 784], 0 is background
    uint8_t *labels; // [n], 0..9
} digits;

// Reads `<dir>/<prefix>-images-idx3-ubyte` and `<dir>/<prefix>-labels-idx1-ubyte` (prefix "train"
// or "t10k"). Ends the program with one clear line when a file is missing or not what it should be.
digits digits_read(const char *dir, const char *prefix);
void digits_free(digits *set);

#endif
