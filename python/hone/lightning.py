"""Pruning the trainings of PyTorch Lightning, by either of its names.

    trainer = lightning.Trainer(
        max_epochs=20, callbacks=[hone.lightning.PruningCallback(trial, "val_loss")]
    )
"""

import math
import sys
from typing import TYPE_CHECKING, Any

from hone._monitor import Monitor, missing, pruned
from hone._needs import needed

if TYPE_CHECKING:
    from lightning.pytorch import Callback

    from hone._trial import Trial
else:

    def _framework() -> Any:
        """The package that the program has imported; trainers of both take callbacks of either."""
        names = ("lightning.pytorch", "pytorch_lightning")
        for name in names:
            if name in sys.modules:
                return sys.modules[name]
        try:
            return needed(names[0], "lightning", "hone.lightning")
        except ImportError:
            try:
                return needed(names[1], "lightning", "hone.lightning")
            except ImportError:
                pass
            raise

    Callback = _framework().Callback

__all__ = ["PruningCallback"]


class PruningCallback(Callback):
    """Reports a metric to a trial at the end of each epoch, and ends a hopeless training.

    trial: the trial that the objective is called with. monitor: what the module logs,
    `self.log("val_loss", …)`. metric: the study's metric that it is; by default the one of that name,
    or the first objective.

    A trainer that validates otherwise than once an epoch (val_check_interval,
    check_val_every_n_epoch) is looked at after each validation. The step of a report is the number of
    epochs, with a fraction within one; where an epoch has no known length, the trainer's steps.
    Lightning's sanity check is not reported.

    In a distributed training the process of rank 0 reports, its value counts (log it with
    sync_dist=True), and all of them end. The others may be given None as trial.

    Raises hone.TrialPruned out of `fit`; ValueError when the module logs no such metric, and when its
    name says that the study wants the opposite.
    """

    def __init__(
        self, trial: "Trial | None", monitor: str = "val_loss", *, metric: str | None = None
    ) -> None:
        super().__init__()
        self._name = monitor
        self._monitor = None if trial is None else Monitor(trial, monitor, metric)

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Before the training."""
        if trainer.is_global_zero and self._monitor is None:
            raise TypeError("trial is None: give the process of rank 0 its trial")

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Metrics of training and of validation are there."""
        if not _validates_oddly(trainer):
            self._look(trainer, trainer.current_epoch + 1)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Also called by the sanity check and by `trainer.validate`."""
        fits = trainer.state.fn == "fit" and not trainer.sanity_checking
        if fits and _validates_oddly(trainer):
            n = trainer.num_training_batches
            epochs = trainer.current_epoch + (trainer.fit_loop.batch_idx + 1) / n
            self._look(trainer, epochs if math.isfinite(n) else trainer.global_step)

    def _look(self, trainer: Any, step: float) -> None:
        logged = trainer.callback_metrics
        if self._name not in logged:
            raise missing(self._name, logged, "the module logs one by self.log")
        stops = False
        if trainer.is_global_zero and self._monitor is not None:
            stops = self._monitor.report(logged[self._name], step)
        if trainer.strategy.broadcast(stops, 0):
            raise pruned(step, "epoch" if math.isfinite(trainer.num_training_batches) else "step")


def _validates_oddly(trainer: Any) -> bool:
    """Not once at the end of each epoch."""
    usual = trainer.val_check_interval == 1.0 and trainer.check_val_every_n_epoch == 1
    return trainer.enable_validation and not usual
