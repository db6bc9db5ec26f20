// Marks a loop that is worth compiling for several instruction sets; the program picks the best
// when it starts, so that one binary is fast everywhere and runs everywhere.
#ifndef DIGITS_HOT_H
#define DIGITS_HOT_H

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
#define HOT __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HOT
#endif

#endif
