// Where training stands, in a file, so that a trial that was paused,
// moved or interrupted goes on where it stopped.
#ifndef DIGITS_CHECKPOINT_H
#define DIGITS_CHECKPOINT_H

#include "mlp.h"

typedef struct progress {
    int n_epochs; // behind it
    double loss;  // of the last epoch
} progress;

// Loads the checkpoint `path` into `net`; no epochs when there is none. Ends the program with one
// clear line when the file is damaged or of a network of another shape.
progress checkpoint_load(const char *path, mlp *net);
// Writes to a temporary name and renames: at any moment there is a whole checkpoint or none.
void checkpoint_save(const char *path, const mlp *net, progress done);

#endif
