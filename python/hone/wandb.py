"""Trials as runs of Weights & Biases.

    study.optimize(objective, n_trials=50, callbacks=[hone.wandb.WandbLogger("project")])

To run W&B's own sweep files there is the command: `hone run sweep.yaml`.
"""

from typing import TYPE_CHECKING, Any

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
    import wandb

    from hone._frozen import FrozenTrial
    from hone._study import Study
else:
    wandb = needed("wandb", "wandb", "hone.wandb")
    if wandb.__version__.endswith("+hone"):
        raise ImportError(
            "hone.wandb needs the real wandb, and this is a trial of `hone run`, where import wandb "
            "gets Hone's stand-in: run it with --wandb real"
        )

__all__ = ["WandbLogger"]


class WandbLogger(Logger):
    """A run of W&B for each trial: config, history by step, summary, tags, and how it ended.

    project: its name. options: of `wandb.init`, such as entity=, mode="offline" (`wandb sync` sends
    such runs later), dir=, tags=. Runs are grouped by study. A run that is active already stays so.
    """

    def __init__(self, project: str | None = None, **options: Any) -> None:
        super().__init__()
        self._options: dict[str, Any] = {"project": project, **options}

    def _log(self, study: "Study", trial: "FrozenTrial") -> None:
        quiet = wandb.Settings(
            console="off",
            silent=True,
            save_code=False,
            disable_git=True,
            x_disable_stats=True,
        )
        options: dict[str, Any] = {
            "group": study.name,
            "job_type": "trial",
            "name": title(study, trial),
            "settings": quiet,
            **self._options,
            "config": {**self._options.get("config", {}), **params_of(trial)},
            "tags": [*self._options.get("tags", ()), str(trial.state)],
            "reinit": "create_new",
        }
        run = wandb.init(**options)
        try:
            name = curve_name(study)
            run.define_metric("step", hidden=True)
            run.define_metric("reports/*", step_metric="step")
            for _, step, value in curve_of(trial):
                run.log({"step": step, name: value})
            run.summary.update({**facts_of(study, trial), **results_of(trial)})
        finally:
            fine = trial.state in (*SUCCEEDED, TrialState.PRUNED)
            run.finish(exit_code=0 if fine else 1)
