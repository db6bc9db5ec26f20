// How a fuzzer runs an input: as it is, and then once more with one of its allocations failing, so
// that the ways out of every function are fuzzed too. The input's checksum chooses which one.
#include "base/fault.h"
#include "fuzz.h"

bool fuzz_starved;

uint64_t fuzz_plain(const uint8_t *data, size_t size)
{
    uint64_t n = 0;
    fuzz_starved = false;
#ifdef HONE_FAULTS
    hn_fault_arm(NULL);
#endif
    fuzz_one(data, size);
#ifdef HONE_FAULTS
    n = hn_fault_count("alloc");
#endif
    return n;
}

void fuzz_starve(const uint8_t *data, size_t size, uint64_t nth)
{
#ifdef HONE_FAULTS
    char arm[40];
    snprintf(arm, sizeof arm, "alloc:%llu", (unsigned long long)nth);
    hn_fault_arm(arm);
    fuzz_starved = true;
    fuzz_one(data, size);
    hn_fault_arm(NULL);
    fuzz_starved = false;
#else
    (void)data, (void)size, (void)nth;
#endif
}

// FNV-1a.
static uint64_t checksum(const uint8_t *data, size_t size)
{
    uint64_t h = 14695981039346656037u;
    for (size_t i = 0; i < size; i++)
        h = (h ^ data[i]) * 1099511628211u;
    return h ^ h >> 32;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t n = fuzz_plain(data, size);
    if (n > 0)
        fuzz_starve(data, size, 1 + checksum(data, size) % n);
    return 0;
}
