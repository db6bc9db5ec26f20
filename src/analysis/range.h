// Ranges made smaller or larger: a parameter as it would be with other ends, rounded to numbers
// that people would write.
#ifndef HN_ANALYSIS_RANGE_H
#define HN_ANALYSIS_RANGE_H

#include "base/arena.h"
#include "space/space.h"

// Is it a number with two ends (not a normal, which has none)?
bool hn_range_has_ends(const hn_param *param);
// Share of the range that one value of a whole or stepped number is; 0 where values have no width,
// and on a log scale, where each has its own.
double hn_range_cell(const hn_param *param);
// `param` with only [from, to] of its range, in [0, 1] on its scale: the ends are rounded outward,
// within the old ones; steps stay. An end stays as it is at 0 or 1. A default or a belief that is
// outside then is gone. False, and `out` is of no use, when nothing is cut off or fewer than two
// values would be left.
bool hn_range_cut(const hn_param *param, double from, double to, hn_param *out);
// `param` with its low, or its high, end moved out by about half its range. False at an end that
// looks natural (0, or 1 of a share), or where there is no further number.
bool hn_range_widen(const hn_param *param, bool high, hn_param *out);
// `param` without the choices whose bit `dropped` [n_choices] is set; at least one stays. A default
// that is gone is dropped. False when out of memory.
bool hn_choices_cut(const hn_param *param, const bool *dropped, hn_arena *arena, hn_param *out);
// What such a parameter is in the space language, with its condition; NULL when out of memory.
char *hn_range_text(const hn_param *param, hn_arena *arena);

#endif
