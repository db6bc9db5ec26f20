"""A callback for trainings in an objective of one's own: reports each epoch, and prunes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional

import keras  # type: ignore[import-untyped,import-not-found,unused-ignore]

if TYPE_CHECKING:
    from hone import Trial


class PruningCallback(keras.callbacks.Callback):  # type: ignore[misc,unused-ignore]
    """Reports a metric to a trial at the end of each epoch, and ends a hopeless training.

        def objective(trial):
            model = build(trial.suggest_float("lr", 1e-4, 1e-1, log=True))
            history = model.fit(..., callbacks=[hone.keras.PruningCallback(trial, "val_accuracy")])
            return max(history.history["val_accuracy"])

    Args:
        trial: the trial of a `hone.Study`.
        monitor: a metric in Keras' logs, such as "val_accuracy".

    Raises:
        hone.TrialPruned: in `fit`, when the study's scheduler wants the trial to end.
        ValueError: in `fit`, when the logs have no such metric.
    """

    def __init__(self, trial: "Trial", monitor: str) -> None:
        super().__init__()
        self.trial = trial
        self.monitor = monitor

    def on_epoch_end(self, epoch: int, logs: Optional[Dict[str, Any]] = None) -> None:
        """Reports the epoch's value."""
        from hone import TrialPruned

        if not logs or self.monitor not in logs:
            raise ValueError(
                f"The metric {self.monitor!r} is not among those of the training, which are "
                f"{', '.join(sorted(logs or {})) or 'none'}."
            )
        self.trial.report(float(logs[self.monitor]), epoch + 1)
        if self.trial.should_prune():
            raise TrialPruned(f"pruned after epoch {epoch + 1}")
