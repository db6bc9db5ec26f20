"""How many candidates are asked for at a time."""

# The share of the workers' time that may be lost at the end of a batch.
_BUSY = 0.9


def batch_width(n_jobs: int, n_folds: int) -> int:
    """The fewest candidates whose folds keep `n_jobs` workers busy: a sampler learns most from
    small batches. With 2 workers and 5 folds that is 2 candidates, with 16 and 5 it is 3."""
    if n_folds < 1:
        return n_jobs
    for width in range(1, n_jobs):
        fits = width * n_folds
        rounds = -(-fits // n_jobs)
        if fits >= _BUSY * rounds * n_jobs:
            return width
    return n_jobs
