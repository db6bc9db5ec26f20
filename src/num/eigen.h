// Eigenvalues and eigenvectors of a symmetric matrix.
#ifndef HN_NUM_EIGEN_H
#define HN_NUM_EIGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Room that hn_eigen_symmetric needs, in doubles.
#define HN_EIGEN_ROOM(n) ((size_t)(n) * (n) + 3 * (size_t)(n) + 1)

// A [n × n] row-major, symmetric: the lower triangle is read. On return row k of A is the unit
// eigenvector of values[k], and the values [n] ascend; a vector's sign is arbitrary. Errors are
// relative to the greatest |value|: about n · 1e-16. False, with A destroyed, when there is a
// number in it that is not finite. `room`: HN_EIGEN_ROOM(n) doubles. About 9 n³ operations.
bool hn_eigen_symmetric(double *A, uint32_t n, double *values, double *room);

#endif
