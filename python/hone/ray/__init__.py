"""Hone in Ray Tune: a search algorithm whose suggestions come from a sampler of Hone's.

    from ray import tune
    from hone.ray import HoneSearch

    tuner = tune.Tuner(
        trainable,
        param_space={"lr": tune.loguniform(1e-5, 1e-1), "layers": tune.randint(1, 5)},
        tune_config=tune.TuneConfig(
            metric="loss", mode="min", num_samples=50, search_alg=HoneSearch()
        ),
    )
"""

from hone.ray._search import HoneSearch

__all__ = ["HoneSearch"]
