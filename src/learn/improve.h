// What a point may gain, given a normal belief about its value: less is better throughout.
#ifndef HN_LEARN_IMPROVE_H
#define HN_LEARN_IMPROVE_H

// log h(u), h(u) = φ(u) + u Φ(u), the expected improvement in standard deviations of a value that
// lies u of them below the best; relative error of h below 1e-11 for any u. `*d` (NULL: not wanted)
// gets its derivative Φ / h.
double hn_log_h(double u, double *d);
// log of the expected improvement on `best` of a normal (mean, sd > 0), with the derivatives by
// mean and sd (both or none).
double hn_log_ei(double mean, double sd, double best, double *d_mean, double *d_sd);
// log Φ(u), the log probability to hold of a constraint met by u standard deviations, with its
// derivative.
double hn_log_probability(double u, double *d);

#endif
