// The neighbours of a configuration: one active parameter has another value.
//
//     categorical, boolean   every other choice; of more than 16 a draw of 16
//     ordinal                the next ones
//     int, stepped float     the next values, and two draws from a normal about the present one
//     float, normal          four draws from a normal about the present one, of standard deviation
//                            `sigma` on the scale of the unit cube and cut to it
//     permutation            two items change places, as many draws as there are items
//     subset                 one item comes in or goes out
//     simplex                a part of one share goes to another, four draws
// What the new value switches off goes, and what it switches on is drawn from its prior. After the
// one-exchange neighbourhood of Hutter, Hoos, Leyton-Brown: Sequential model-based optimization for
// general algorithm configuration. LION 2011; with the draws for orders and shares added.
#ifndef HN_SPACE_NEIGHBOUR_H
#define HN_SPACE_NEIGHBOUR_H

#include "space/space.h"

typedef struct hn_move {
    uint32_t param;
    uint32_t index; // which of the parameter's moves
} hn_move;

// The moves from `config`, in the order of the parameters: out [hn_moves_most(space)], or NULL to
// count them only.
uint32_t hn_moves_list(const hone_space *space, hn_config config, hn_move *out);
// No configuration of the space has more.
uint32_t hn_moves_most(const hone_space *space);
// Makes one: `to` is `from` after it. Draws come from the stream (names, attempt, …) of `rng`: give
// each move an attempt of its own. False when it leads nowhere (past an end, or back to the same
// value) or to what breaks a rule; `to` is then of no use. A true one is valid and differs from
// `from`, which must be valid.
bool hn_move_make(const hone_space *space, hn_config from, hn_move move, double sigma,
                  const hn_rng *rng, uint32_t attempt, hn_config to);

#endif
