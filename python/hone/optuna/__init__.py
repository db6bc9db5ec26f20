"""Hone inside Optuna: samplers and schedulers of Hone for a study that Optuna keeps.

    import optuna
    from hone.optuna import HonePruner, HoneSampler

    study = optuna.create_study(sampler=HoneSampler(), pruner=HonePruner("asha"))

Needs Optuna 4 or later. To move a study over for good: the command `hone import`.
"""

from hone.optuna._pruner import HonePruner
from hone.optuna._sampler import HoneSampler

__all__ = ["HonePruner", "HoneSampler"]
