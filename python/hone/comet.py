"""Trials as experiments of Comet.

    study.optimize(objective, n_trials=50, callbacks=[hone.comet.CometLogger("project")])
"""

import os
from typing import TYPE_CHECKING, Any

from hone._logger import (
    Logger,
    curve_name,
    curve_of,
    facts_of,
    params_of,
    results_of,
    title,
)
from hone._needs import needed

if TYPE_CHECKING:
    from collections.abc import Callable

    import comet_ml

    from hone._frozen import FrozenTrial
    from hone._study import Study

    set_global_experiment: Callable[[Any], None] | None
else:
    comet_ml = needed("comet_ml", "comet-ml", "hone.comet")
    try:
        from comet_ml.config import set_global_experiment
    except ImportError:
        set_global_experiment = None

__all__ = ["CometLogger"]

# The trial has ended: nothing of this process is its environment, its code or its output.
_QUIET: dict[str, Any] = {
    "log_code": False,
    "log_graph": False,
    "auto_param_logging": False,
    "auto_metric_logging": False,
    "auto_output_logging": False,
    "parse_args": False,
    "log_env_details": False,
    "log_git_metadata": False,
    "log_git_patch": False,
    "display_summary_level": 0,
}


class CometLogger(Logger):
    """An experiment of Comet for each trial: parameters, metrics, reports by step, tags.

    project, workspace: where; by default as Comet is set up. offline_directory: experiments are
    written there as files, which `comet upload` sends later, and no account is needed. options: of
    `comet_ml.Experiment`. An experiment that runs already stays the running one.
    """

    def __init__(
        self,
        project: str | None = None,
        *,
        workspace: str | None = None,
        offline_directory: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self._kind = comet_ml.Experiment
        self._options: dict[str, Any] = {**_QUIET, "project_name": project, "workspace": workspace}
        if offline_directory is not None:
            self._kind = comet_ml.OfflineExperiment
            self._options["offline_directory"] = os.fspath(offline_directory)
        self._options.update(options)

    def _begin(self) -> Any:
        """An experiment beside the one that runs, which Comet would end otherwise."""
        running = comet_ml.get_global_experiment()
        if set_global_experiment is not None:
            set_global_experiment(None)
        elif running is not None and running.alive:
            raise RuntimeError(
                "this version of comet_ml would end the experiment that runs: log the trials after it"
            )
        try:
            return self._kind(**self._options)
        finally:
            if set_global_experiment is not None:
                set_global_experiment(running)

    def _log(self, study: "Study", trial: "FrozenTrial") -> None:
        experiment = self._begin()
        if not experiment.alive:
            if experiment.disabled:
                return
            raise RuntimeError("Comet could not start the experiment; its own messages say why")
        try:
            experiment.set_name(title(study, trial))
            experiment.add_tags([study.name, str(trial.state)])
            experiment.log_parameters(params_of(trial))
            experiment.log_others(facts_of(study, trial))
            name = curve_name(study)
            for whole, _, value in curve_of(trial):
                experiment.log_metric(name, value, step=whole)
            for metric, value in results_of(trial).items():
                experiment.log_metric(metric, value)
        finally:
            experiment.end()
