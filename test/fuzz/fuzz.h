// What every fuzzer defines, and how it says that a property does not hold.
#ifndef HONE_FUZZ_H
#define HONE_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// The fuzzer: one input, from nothing to nothing.
void fuzz_one(const uint8_t *data, size_t size);
// An allocation fails in this run: calls may give HONE_ENOMEM, and results may be missing.
extern bool fuzz_starved;

// --- starve.c: how an input is run ---

// As it is. Gives the number of allocations that it made.
uint64_t fuzz_plain(const uint8_t *data, size_t size);
// With the n-th allocation failing.
void fuzz_starve(const uint8_t *data, size_t size, uint64_t nth);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Ends the process with the broken property, so that the fuzzer keeps the input.
#define FUZZ_CHECK(holds)                                                                          \
    do {                                                                                           \
        if (!(holds)) {                                                                            \
            dprintf(2, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #holds);                   \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

// A property that want of memory excuses.
#define FUZZ_EXPECT(holds) FUZZ_CHECK((holds) || fuzz_starved)

#endif
