"""Hone inside Optuna: samplers and schedulers of Hone for a study that Optuna keeps.

    import optuna
    from hone.optuna import HonePruner, HoneSampler

    study = optuna.create_study(sampler=HoneSampler(), pruner=HonePruner("asha"))

What matters in it:

    optuna.importance.get_param_importances(study, evaluator=HoneImportanceEvaluator())

And studies moved over, with all that they know:

    study = hone.optuna.import_study("sqlite:///optuna.db", storage="hone.db")
    hone.optuna.export_study(study, "sqlite:///optuna.db", "again")

Needs Optuna 4 or later.
"""

from hone.optuna._export import export_study
from hone.optuna._import import import_study
from hone.optuna._importance import HoneImportanceEvaluator
from hone.optuna._pruner import HonePruner
from hone.optuna._sampler import HoneSampler

__all__ = [
    "HoneImportanceEvaluator",
    "HonePruner",
    "HoneSampler",
    "export_study",
    "import_study",
]
