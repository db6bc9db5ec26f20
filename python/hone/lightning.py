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

    from hone._program import ProgramTrial
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

    Of a trainer that validates otherwise than once an epoch (val_check_interval,
    check_val_every_n_epoch), metrics of validation are reported after each validation. What the
    module logs in its own on_train_epoch_end is reported when the next epoch begins. The step of a
    report is the number of epochs, with a fraction within one; where an epoch has no known length, the
    trainer's steps. Lightning's sanity check is not reported.

    In a distributed training the process of rank 0 reports, its value counts (log it with
    sync_dist=True), and all of them end. The others may be given None as trial.

    Raises hone.TrialPruned out of `fit`; ValueError when the module logs no such metric, and when its
    name says that the study wants the opposite.
    """

    def __init__(
        self, trial: "Trial | ProgramTrial | None", monitor: str = "val_loss", *, metric: str | None = None
    ) -> None:
        super().__init__()
        self._name = monitor
        self._monitor = None if trial is None else Monitor(trial, monitor, metric)
        self._before: Any = None  # the value when a validation began
        self._validated = False  # has a validation ended?
        self._of_validation = False  # has one logged the metric?
        self._is_late = False  # is it logged after on_train_epoch_end was called here?
        self._due: float | None = None  # the step of an epoch that is not reported yet

    def setup(self, trainer: Any, pl_module: Any, stage: str) -> None:
        """Before the training."""
        if trainer.is_global_zero and self._monitor is None:
            raise TypeError("trial is None: give the process of rank 0 its trial")

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Metrics are there, save those that the module logs in the hook of this name."""
        if self._of_validation and _validates_oddly(trainer):
            return
        step = trainer.current_epoch + 1
        if self._is_late or self._name not in trainer.callback_metrics:
            self._due = step
        else:
            self._look(trainer, step)

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        """The epoch before is over for the module, too."""
        self._look_late(trainer)

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """The same for the last epoch."""
        self._look_late(trainer)

    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        """What validation logs is another object afterwards, be its value the same."""
        self._before = trainer.callback_metrics.get(self._name)

    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Also called by the sanity check and by `trainer.validate`."""
        logged = trainer.callback_metrics.get(self._name) is not self._before
        self._of_validation = self._of_validation or logged
        if trainer.state.fn != "fit" or trainer.sanity_checking:
            return
        self._validated = True
        if logged and _validates_oddly(trainer):
            n = trainer.num_training_batches
            epochs = trainer.current_epoch + (trainer.fit_loop.batch_idx + 1) / n
            self._look(trainer, epochs if math.isfinite(n) else trainer.global_step)

    def _look_late(self, trainer: Any) -> None:
        """Looks for what was not there at the end of the epoch."""
        step, self._due = self._due, None
        if step is None:
            return
        logged = trainer.callback_metrics
        if self._name in logged:
            self._is_late = True
            self._look(trainer, step)
        elif self._validated or not _validates_oddly(trainer):
            raise missing(self._name, logged, "the module logs one by self.log")

    def _look(self, trainer: Any, step: float) -> None:
        logged = trainer.callback_metrics
        stops = False
        if trainer.is_global_zero and self._monitor is not None:
            stops = self._monitor.report(logged[self._name], step)
        if trainer.strategy.broadcast(stops, 0):
            raise pruned(step, "epoch" if math.isfinite(trainer.num_training_batches) else "step")


def _validates_oddly(trainer: Any) -> bool:
    """Not once at the end of each epoch."""
    usual = trainer.val_check_interval == 1.0 and trainer.check_val_every_n_epoch == 1
    return trainer.enable_validation and not usual
