"""The loop of study.optimize with a scheduler that pauses trials, and resumes them or copies them.

1. The scheduler says by a report that a trial should pause; the objective then ends, by TrialPruned
   or with what it has. An objective that returns has come to the resource that it was given.
2. Such a trial is PAUSED, with its checkpoint. Asking gives it again when it is to go on, and the
   objective is called with it once more.
3. What counts as one of `n_trials` is a trial that begins. After the last of them has begun, trials
   still go on, until none runs and none is to go on.
"""

import math
import threading
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hone._errors import BusyError, ExhaustedError, NotFoundError, StaleError, StateError
from hone._optimize import Loop
from hone._state import TrialState

if TYPE_CHECKING:
    from hone._trial import Trial


class PausingLoop(Loop):
    """What the workers of one call of optimize share."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        study = self.study
        self.asking = threading.Lock()
        self.n_ended = 0  # runs of trials
        self.exhausted = False
        self.warned = False
        self.paused: dict[int, int] = {}  # what this loop has paused, with the attempts it had
        self.n_pruned = study.count(TrialState.PRUNED)
        # What was begun and did not come to its end goes on first, and does not count again.
        study.recover()
        waiting = study.get_trials("waiting") if study.count(TrialState.WAITING) else []
        self.begun = [trial.number for trial in reversed(waiting) if trial.attempts > 0]

    # --- who runs next ---

    def begin(self) -> "tuple[Trial | None, bool]":
        with self.changed:
            if self.error is not None or self.study._stopping or self.is_late():
                return None, False
            n_ended = self.n_ended
        with self.asking:
            trial = self.ask()
            if trial is not None:
                self.paused.pop(trial.number, None)
                with self.changed:
                    self.n_running += 1
        if trial is not None:
            return trial, True
        self.show_given_up()
        with self.changed:
            return None, self.n_running > 0 or self.n_ended != n_ended or self.others_run()

    def ask(self) -> "Trial | None":
        """With `asking`: what was begun, else what the scheduler says, else what goes on."""
        study = self.study
        while self.begun:
            try:
                return study._go_on(self.begun.pop())
            except (BusyError, NotFoundError, StateError):
                pass  # another process has it
        if self.may_be_new():
            try:
                trial = study.ask()
            except BusyError:
                return None
            except ExhaustedError:
                self.exhausted = True
            else:
                if self.n_left is not None and trial.attempts == 1:
                    self.n_left -= 1
                return trial
        try:
            return study._go_on(None)
        except (BusyError, ExhaustedError):
            return None

    def may_be_new(self) -> bool:
        return not self.exhausted and (self.n_left is None or self.n_left > 0)

    def others_run(self) -> bool:
        """Nothing runs here. Does something elsewhere, or was it to, that is worth waiting for?"""
        if not self.may_be_new():
            return False
        return self.study.recover() > 0 or self.study.count(TrialState.RUNNING) > 0

    # --- how a run of a trial ends ---

    def returned(self, trial: "Trial", values: Sequence[float | None]) -> None:
        """It has come to its resource, if it has not said so itself."""
        steps = trial._last_step
        try:
            if steps < trial.resource:
                self.report(trial, values)
        except StaleError:
            self.study._asked.pop(trial.number, None)
            return
        if trial.should_pause():
            self.put_off(trial, steps > 0)
        elif trial._should_stop:
            self.tell(trial, None, TrialState.PRUNED, None)
        else:
            self.tell(trial, values, None, None)

    def report(self, trial: "Trial", values: Sequence[float | None]) -> None:
        study = self.study
        objectives = values[: study._n_objectives]
        if trial.should_prune() or any(value is None or math.isnan(value) for value in objectives):
            return
        rest = [None] * (len(study._names) - len(values))
        trial._report_values((*values, *rest), trial.resource)
        trial._last_step = trial.resource

    def pruned(self, trial: "Trial", message: str | None) -> None:
        """For now, or for good."""
        if trial.should_pause():
            self.put_off(trial, True)
        else:
            super().pruned(trial, message)

    def put_off(self, trial: "Trial", by_steps: bool) -> None:
        try:
            kept = self.study._put_off(trial)
        except StaleError:
            self.study._asked.pop(trial.number, None)
            return
        self.paused[trial.number] = trial.attempts
        # One that names no steps ends by itself at each resource, and begins anew at the next.
        if by_steps and not kept and not self.warned:
            self.warned = True
            warnings.warn(
                f"trial {trial.number} has paused without a checkpoint: it starts over when it goes "
                f"on, as will others. Keep what it needs by trial.save_state(…), or in "
                f"trial.checkpoint_dir",
                stacklevel=2,
            )

    def give_back(self) -> None:
        with self.changed:
            self.n_ended += 1
            super().give_back()

    def ended(self, trial: "Trial") -> None:
        """Unless it may go on."""
        if trial.number not in self.paused:
            super().ended(trial)

    def show_given_up(self) -> None:
        """Trials that the scheduler has ended while they were paused."""
        with self.asking:
            n_pruned = self.study.count(TrialState.PRUNED)
            if n_pruned == self.n_pruned:
                return
            self.n_pruned = n_pruned
            ended = [n for n in sorted(self.paused) if self.study._state(n) >= TrialState.COMPLETE]
            ended = [n for n in ended if self.study._frozen(n).attempts == self.paused.pop(n)]
        for number in ended:
            self.show(number)
