"""The loop of study.optimize: who runs the next trial, and how each one ends.

1. A worker (this thread, or one of several) takes a trial while the loop may start more.
2. It calls the objective and tells the study how that ended.
3. The first exception that ends the loop lets the trials that run finish, and is raised then.

With processes (see _workers.py) this one talks to the study and the others call the objective. How
trials pause and go on is in _pausing.py.
"""

import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from hone._errors import BusyError, ExhaustedError, StaleError, TrialPruned
from hone._results import text_of, values_of
from hone._state import TrialState

if TYPE_CHECKING:
    from hone._frozen import FrozenTrial
    from hone._progress import Progress
    from hone._study import Study
    from hone._trial import Trial

_POLL_S = 0.05  # when only other processes can make something to start


class Loop:
    """What the workers of one call of optimize share."""

    def __init__(
        self,
        study: "Study",
        objective: Callable[["Trial"], Any],
        n_trials: int | None,
        timeout: float | None,
        callbacks: Iterable[Callable[["Study", "FrozenTrial"], object]],
        catch: type[BaseException] | tuple[type[BaseException], ...],
        progress: "Progress | None",
    ) -> None:
        self.study = study
        self.objective = objective
        self.n_left = n_trials
        self.deadline = None if timeout is None else time.monotonic() + timeout
        self.callbacks = tuple(callbacks)
        self.catch = catch
        self.progress = progress
        self.error: BaseException | None = None
        self.n_running = 0
        self.changed = threading.Condition()

    # --- who runs the next trial ---

    def may_start(self) -> bool:
        """With `changed`: are there trials to start?"""
        return (
            self.error is None
            and not self.study._stopping
            and (self.n_left is None or self.n_left > 0)
            and (self.deadline is None or time.monotonic() < self.deadline)
        )

    def begin(self) -> "tuple[Trial | None, bool]":
        """A trial to run, or None; and may one come later?"""
        with self.changed:
            if not self.may_start():
                return None, False
            self.n_left = None if self.n_left is None else self.n_left - 1
        try:
            trial = self.study.ask()
        except (BusyError, ExhaustedError) as error:
            if isinstance(error, ExhaustedError):
                self.study._stopping = True
            with self.changed:  # it is left again
                self.n_left = None if self.n_left is None else self.n_left + 1
            return None, not self.study._stopping
        with self.changed:
            self.n_running += 1
        return trial, True

    def give_back(self) -> None:
        """A trial that was begun runs no longer."""
        with self.changed:
            self.n_running -= 1
            self.changed.notify_all()

    def next(self) -> "Trial | None":
        """A trial to run, or None at the end."""
        while True:
            trial, more = self.begin()
            if trial is not None or not more:
                return trial
            # Something must be told first: by another worker, or by another process.
            with self.changed:
                self.changed.wait(_POLL_S)

    def is_late(self) -> bool:
        return self.deadline is not None and time.monotonic() >= self.deadline

    # --- how it ends ---

    def run(self, trial: "Trial") -> None:
        """Calls the objective and tells the study; raises what ends the loop."""
        study = self.study
        try:
            returned = self.objective(trial)
            values = values_of(returned, study._names, study._n_objectives)
        except TrialPruned as reason:
            self.pruned(trial, str(reason) or None)
        except Exception as error:
            self.failed(trial, error)
            return
        except BaseException:
            study.requeue(trial, "interrupted")
            raise
        else:
            self.returned(trial, values)
        self.ended(trial)

    def returned(self, trial: "Trial", values: Sequence[float | None]) -> None:
        """The objective has given its values."""
        self.tell(trial, values, None, None)

    def pruned(self, trial: "Trial", message: str | None) -> None:
        """The objective has raised TrialPruned."""
        self.tell(trial, None, TrialState.PRUNED, message)

    def failed(self, trial: "Trial", error: Exception, text: str | None = None) -> None:
        """The objective has raised: FAILED, and the end unless that was to be caught."""
        text = text_of(error) if text is None else text
        self.tell(trial, None, TrialState.FAILED, text)
        self.ended(trial)
        if not isinstance(error, self.catch):
            raise error

    def tell(
        self, trial: "Trial", values: Any, state: TrialState | None, message: str | None
    ) -> None:
        """Tells; a result that comes too late, since another worker has the trial, is dropped."""
        try:
            self.study._finish(trial, values, state, message)
        except StaleError:
            self.study._asked.pop(trial.number, None)

    def ended(self, trial: "Trial") -> None:
        """A run of it is over."""
        self.show(trial.number)

    def show(self, number: int) -> None:
        """Lets those who watch know how a trial has ended."""
        if self.progress is not None:
            self.progress.update(self.study)
        if self.callbacks:
            frozen = self.study._frozen(number)
            if not frozen.state.is_finished:
                return  # it was dropped: another worker has the trial, or will have it
            for callback in self.callbacks:
                callback(self.study, frozen)

    # --- workers ---

    def work(self) -> None:
        """Runs trials one after the other until there are none left."""
        while (trial := self.next()) is not None:
            try:
                self.run(trial)
            finally:
                self.give_back()

    def work_in_thread(self) -> None:
        """The same in a thread: what it raises is kept for the one who waits."""
        try:
            self.work()
        except BaseException as error:
            with self.changed:
                self.error = self.error or error
                self.changed.notify_all()


def _work_in_threads(loop: Loop, n_jobs: int) -> None:
    workers = [
        threading.Thread(target=loop.work_in_thread, name=f"hone-{i}", daemon=True)
        for i in range(n_jobs)
    ]
    for worker in workers:
        worker.start()
    try:
        for worker in workers:
            worker.join()
    except BaseException:
        # A thread cannot be stopped from outside: the trials that run are waited for.
        loop.study._stopping = True
        for worker in workers:
            worker.join()
        raise
    if loop.error is not None:
        raise loop.error


def _check_types(
    objective: Any, n_trials: Any, timeout: Any, n_jobs: Any, callbacks: Any, catch: Any
) -> None:
    """What would otherwise show in the middle of a trial, or not at all."""
    if not callable(objective):
        raise TypeError(f"the objective is {objective!r}: a function of a trial is needed")
    if n_trials is not None and not hasattr(n_trials, "__index__"):
        raise TypeError(f"n_trials is {n_trials!r}: it must be a whole number")
    if not hasattr(n_jobs, "__index__"):
        raise TypeError(f"n_jobs is {n_jobs!r}: it must be a whole number")
    if timeout is not None and not hasattr(timeout, "__float__"):
        raise TypeError(f"timeout is {timeout!r}: it must be a number of seconds")
    if not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks is {callbacks!r}: write a list of functions, [callback]")
    kinds = catch if isinstance(catch, tuple) else (catch,)
    if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
        raise TypeError(f"catch is {catch!r}: write an exception class, or a tuple of them")


def _check(n_trials: int | None, timeout: float | None, n_jobs: int) -> int:
    if n_trials is not None and n_trials < 0:
        raise ValueError(f"n_trials is {n_trials}: it must be at least 0")
    if timeout is not None and timeout < 0:
        raise ValueError(f"timeout is {timeout}: it must be at least 0 seconds")
    if n_jobs == -1:
        return len(os.sched_getaffinity(0))
    if n_jobs < 1:
        raise ValueError(f"n_jobs is {n_jobs}: it must be at least 1, or -1 for one a CPU")
    return n_jobs


def optimize(
    study: "Study",
    objective: Callable[["Trial"], Any],
    n_trials: int | None,
    timeout: float | None,
    n_jobs: int,
    callbacks: Iterable[Callable[["Study", "FrozenTrial"], object]],
    catch: type[BaseException] | tuple[type[BaseException], ...],
    progress: bool,
    backend: str | None,
) -> None:
    """See Study.optimize."""
    from hone._hone import CAN_PAUSE

    _check_types(objective, n_trials, timeout, n_jobs, callbacks, catch)
    n_jobs = _check(n_trials, timeout, n_jobs)
    if backend not in (None, "threads", "processes"):
        raise ValueError(f'backend is {backend!r}: it must be "processes" or "threads"')
    bar = None
    if progress:
        from hone._progress import Progress

        bar = Progress(n_trials)
    study._stopping = False
    kind: type[Loop] = Loop
    if study._scheduler_can & CAN_PAUSE:
        from hone._pausing import PausingLoop

        kind = PausingLoop
    loop = kind(study, objective, n_trials, timeout, callbacks, catch, bar)
    try:
        if n_jobs == 1 and backend != "processes":
            loop.work()
        elif backend == "threads":
            _work_in_threads(loop, n_jobs)
        else:
            from hone._workers import work_in_processes

            work_in_processes(loop, n_jobs)
    finally:
        if bar is not None:
            bar.close()
