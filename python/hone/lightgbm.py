"""Pruning LightGBM's trainings.

    booster = lightgbm.train(
        params, train, num_boost_round=200, valid_sets=[valid],
        callbacks=[hone.lightgbm.PruningCallback(trial, "binary_logloss")],
    )
"""

from typing import TYPE_CHECKING, Any

from hone._monitor import Monitor, pick
from hone._needs import needed

if TYPE_CHECKING:
    from hone._program import ProgramTrial
    from hone._trial import Trial

needed("lightgbm", "lightgbm", "hone.lightgbm")

__all__ = ["PruningCallback"]


class PruningCallback:
    """Reports a metric to a trial after each round, and ends a hopeless training.

    trial: the trial that the objective is called with. monitor: a metric of LightGBM, "auc", or with
    its data set where several are evaluated: "valid_0-auc"; of `lightgbm.cv` the mean over the folds
    is reported, "valid-auc". metric: the study's metric that it is; by default the one of that name,
    or the first objective.

    The step of a report is the number of rounds that the model has, those it was begun with included.

    Raises hone.TrialPruned out of the training; ValueError when there is no such metric, when several
    data sets have it, and when LightGBM says that the study wants the opposite.
    """

    before_iteration = False
    order = 25  # after the values are logged and recorded (10, 20), before early stopping (30)

    def __init__(
        self, trial: "Trial | ProgramTrial", monitor: str, *, metric: str | None = None
    ) -> None:
        self._monitor = Monitor(trial, monitor, metric, directed=True)
        self._trusts = metric is not None

    def __call__(self, env: Any) -> None:
        """Reports the round's value."""
        found = {_names(result): result for result in env.evaluation_result_list or ()}
        _, _, value, maximize = found[pick(self._monitor, found)][:4]
        if not self._trusts:
            self._monitor.check_direction("maximize" if maximize else "minimize")
        self._monitor.look(value, env.iteration + 1, "round")


def _names(result: Any) -> tuple[str, str]:
    """Data set and metric."""
    data, metric = result[:2]
    if data == "cv_agg":  # before LightGBM 4.6, cv had both in the second
        data, _, metric = metric.partition(" ")
    return data, metric
