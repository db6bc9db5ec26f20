// What the reader of W&B sweeps and the writer of their command lines agree on.
#ifndef HN_CORE_STUDY_WANDB_H
#define HN_CORE_STUDY_WANDB_H

// A parameter whose name is a placeholder of Hone ("seed") is called "sweep.seed" in the study.
#define HN_WANDB_PREFIX "sweep."

#endif
