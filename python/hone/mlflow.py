"""Trials as runs of MLflow.

    study.optimize(objective, n_trials=50, callbacks=[hone.mlflow.MLflowLogger()])
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from hone._logger import (
    SUCCEEDED,
    Logger,
    curve_name,
    curve_of,
    facts_of,
    params_of,
    results_of,
    title,
)
from hone._needs import needed
from hone._state import TrialState

if TYPE_CHECKING:
    import mlflow
    from mlflow import entities

    from hone._frozen import FrozenTrial
    from hone._study import Study
else:
    mlflow = needed("mlflow", "mlflow", "hone.mlflow")
    entities = needed("mlflow.entities", "mlflow", "hone.mlflow")

__all__ = ["MLflowLogger"]

T = TypeVar("T")

# What MLflow takes at most: characters of a value, things of a kind in a request.
_PARAM_CHARACTERS, _TAG_CHARACTERS = 6000, 5000
_BATCHES = (("params", 100), ("tags", 100), ("metrics", 500))
_PARENT = "mlflow.parentRunId"


class MLflowLogger(Logger):
    """A run of MLflow for each trial: parameters, metrics, reports by step, tags, and how it ended.

    tracking_uri: where, "sqlite:///mlflow.db" or a server; by default what MLflow is set to.
    experiment: its name; by default the study's. tags: for every run.

    Made while a run of one's own is active, `with mlflow.start_run():`, without `experiment` and for
    the same place, it makes the trials' runs children of that one. No run is made the active one, so
    trials may end in several threads.
    """

    def __init__(
        self,
        tracking_uri: str | None = None,
        experiment: str | None = None,
        *,
        tags: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self._client = mlflow.MlflowClient(tracking_uri)
        self._experiment = experiment
        here = experiment is None and tracking_uri in (None, mlflow.get_tracking_uri())
        self._parent = mlflow.active_run() if here else None  # one of another store is unknown there
        self._tags = dict(tags or {})
        self._ids: dict[str, str] = {}  # of experiments, by name

    def _log(self, study: "Study", trial: "FrozenTrial") -> None:
        run = self._client.create_run(
            self._experiment_id(study),
            start_time=_ms(trial.started),
            run_name=title(study, trial),
            tags={} if self._parent is None else {_PARENT: self._parent.info.run_id},
        )
        status = "FAILED"
        try:
            self._fill(run.info.run_id, study, trial)
            status = _status(trial.state)
        finally:
            self._client.set_terminated(run.info.run_id, status, _ms(trial.ended))

    def _fill(self, run_id: str, study: "Study", trial: "FrozenTrial") -> None:
        at = _ms(trial.ended) or 0  # when a report was made is not kept
        metrics = [entities.Metric(_key(k), v, at, 0) for k, v in results_of(trial).items()]
        name = _key(curve_name(study))
        metrics += [entities.Metric(name, v, at, step) for step, _, v in curve_of(trial)]
        params = params_of(trial).items()
        things = {
            "metrics": metrics,
            "params": [entities.Param(_key(k), str(v)[:_PARAM_CHARACTERS]) for k, v in params],
            "tags": [
                entities.RunTag(_key(k), str(v)[:_TAG_CHARACTERS])
                for k, v in (self._tags | facts_of(study, trial)).items()
            ],
        }
        for kind, most in _BATCHES:
            for batch in _batches(things[kind], most):
                self._client.log_batch(run_id, **{kind: batch})

    def _experiment_id(self, study: "Study") -> str:
        if self._parent is not None:
            parent: str = self._parent.info.experiment_id
            return parent
        name = self._experiment or study.name
        if name not in self._ids:
            found = self._client.get_experiment_by_name(name)
            self._ids[name] = self._create(name) if found is None else found.experiment_id
        return self._ids[name]

    def _create(self, name: str) -> str:
        """An experiment, which another process may be quicker to make."""
        try:
            made: str = self._client.create_experiment(name)
        except mlflow.exceptions.MlflowException:
            found = self._client.get_experiment_by_name(name)
            if found is None:
                raise
            made = found.experiment_id
        return made


def _status(state: TrialState) -> str:
    """How MLflow calls the end of a trial."""
    if state == TrialState.PRUNED:
        return "KILLED"
    return "FINISHED" if state in SUCCEEDED else "FAILED"


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else int(seconds * 1000)


def _key(name: str) -> str:
    """A name as MLflow takes it."""
    return re.sub(r"[^\w.\- :/]", "_", name)


def _batches(things: list[T], most: int) -> Iterator[list[T]]:
    return (things[i : i + most] for i in range(0, len(things), most))
