// One clear line on stderr, then exit code 2: the program was asked for something it cannot do.
#ifndef DIGITS_DIE_H
#define DIGITS_DIE_H

__attribute__((format(printf, 1, 2), noreturn)) void die(const char *format, ...);

#endif
