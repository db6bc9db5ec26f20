"""Pruning XGBoost's trainings.

    booster = xgboost.train(
        params, dtrain, num_boost_round=200, evals=[(dvalid, "valid")],
        callbacks=[hone.xgboost.PruningCallback(trial, "logloss")],
    )
"""

from typing import TYPE_CHECKING, Any

from hone._monitor import Monitor, pick
from hone._needs import needed

if TYPE_CHECKING:
    from xgboost.callback import TrainingCallback

    from hone._program import ProgramTrial
    from hone._trial import Trial
else:
    TrainingCallback = needed("xgboost.callback", "xgboost", "hone.xgboost").TrainingCallback

__all__ = ["PruningCallback"]


class PruningCallback(TrainingCallback):
    """Reports a metric to a trial after each round, and ends a hopeless training.

    trial: the trial that the objective is called with. monitor: a metric of XGBoost, "logloss", or
    with its data set where several are evaluated: "valid-logloss", in the scikit-learn interface
    "validation_0-logloss", in `xgboost.cv` (whose mean over the folds is reported) "test-logloss".
    metric: the study's metric that it is; by default the one of that name, or the first objective.

    The step of a report is the number of rounds that the model has, those it was begun with included.

    Raises hone.TrialPruned out of the training; ValueError when there is no such metric, when several
    data sets have it, and when its name says that the study wants the opposite.
    """

    def __init__(
        self, trial: "Trial | ProgramTrial", monitor: str, *, metric: str | None = None
    ) -> None:
        super().__init__()
        self._monitor = Monitor(trial, monitor, metric)

    def after_iteration(self, model: Any, epoch: int, evals_log: dict[str, dict[str, Any]]) -> bool:
        """Reports the round's value."""
        pairs = [(data, name) for data, metrics in evals_log.items() for name in metrics]
        data, name = pick(self._monitor, pairs)
        value = evals_log[data][name][-1]
        if isinstance(value, tuple):  # cv: the mean, and its deviation
            value = value[0]
        self._monitor.look(value, model.num_boosted_rounds(), "round")
        return False
