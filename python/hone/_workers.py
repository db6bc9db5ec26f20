"""optimize with processes: children of a fork call the objective, this process talks to the study.

1. As many workers are forked as there are jobs; the objective need not be picklable.
2. An idle one is sent a trial. What its objective asks and reports comes back over its pipe and is
   answered here, so that one process alone speaks for the study.
3. A worker that dies makes its trial FAILED, with its signal, and another takes its place.
4. At the end, and however this ends, no worker stays behind.
"""

import os
import signal
import time
from multiprocessing.connection import Pipe, wait
from typing import TYPE_CHECKING, Any

from hone._errors import StaleError
from hone._remote import ByJson, main
from hone._state import TrialState

if TYPE_CHECKING:
    from hone._optimize import Loop
    from hone._study import Study
    from hone._trial import Trial

_POLL_S = 0.05  # when only other processes can make something to start
_GRACE_S = 5.0  # between SIGTERM and SIGKILL


class WorkerError(RuntimeError):
    """An exception of an objective that could not be brought over from its process."""


class RemoteTraceback(Exception):
    """The cause of an exception that a worker has raised: the traceback as it was there."""

    def __str__(self) -> str:
        return f'\n"""\n{self.args[0]}"""'


class Worker:
    """A child process, and the trial that it runs."""

    def __init__(self, loop: "Loop", others: "list[Worker]") -> None:
        self.trial: Trial | None = None
        self.connection, theirs = Pipe()
        self.pid = os.fork()
        if self.pid == 0:
            # Held open here, the pipes of the others would not end with the parent.
            for other in others:
                other.connection.close()
            self.connection.close()
            main(theirs, loop.objective, loop.study)
        theirs.close()

    def start(self, trial: "Trial") -> None:
        self.trial = trial
        try:
            self.connection.send(("run", facts_of(trial)))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has died meanwhile: the end of its pipe says so next

    def take_trial(self) -> "Trial":
        trial, self.trial = self.trial, None
        assert trial is not None
        return trial

    def send(self, message: tuple[Any, ...]) -> None:
        try:
            self.connection.send(message)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def reap(self) -> int:
        """Waits for its end; the wait status."""
        self.connection.close()
        return os.waitpid(self.pid, 0)[1]


def facts_of(trial: "Trial") -> dict[str, Any]:
    """What a worker is told of a trial. Objects that are choices are sent by their JSON."""
    choices = trial.study._choices
    params = {} if trial.study._defines else trial.params
    for name in params:
        if name in choices:
            params[name] = ByJson(trial._json(name))
    return {
        "number": trial.number,
        "seed": trial.seed,
        "resource": trial.resource,
        "attempts": trial.attempts,
        "parent": trial.parent,
        "params": params,
    }


class Pool:
    """The workers of one call of optimize."""

    def __init__(self, loop: "Loop", n_jobs: int) -> None:
        self.loop = loop
        self.n_jobs = n_jobs
        self.workers: list[Worker] = []

    @property
    def study(self) -> "Study":
        return self.loop.study

    def busy(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.trial is not None]

    # --- starting ---

    def idle(self) -> Worker:
        """A worker without a trial; a new one while there are fewer than jobs."""
        for worker in self.workers:
            if worker.trial is None:
                return worker
        worker = Worker(self.loop, self.workers)
        self.workers.append(worker)
        return worker

    def fill(self) -> bool:
        """Starts trials until all workers have one; is there more to start when one ends?"""
        while len(self.busy()) < self.n_jobs:
            if not self.loop.take():
                return False
            trial = self.loop.ask()
            if trial is None:
                self.loop.return_trial()
                return not self.study._stopping
            self.idle().start(trial)
        return True

    # --- listening ---

    def hear(self, worker: Worker) -> None:
        """One message of a worker, or its end."""
        try:
            message = worker.connection.recv()
        except (EOFError, ConnectionResetError):
            self.died(worker)
            return
        if message[0] == "call":
            assert worker.trial is not None
            worker.send(answer(worker.trial, *message[1:]))
            return
        trial = worker.take_trial()
        self.loop.give_back()
        if message[0] == "failed":
            self.failed(trial, *message[1:])
            return
        trial._constraints = message[2]
        if message[0] == "done":
            self.loop.tell(trial, message[1], None, None)
        else:
            self.loop.tell(trial, None, TrialState.PRUNED, message[1])
        self.loop.ended(trial)

    def failed(
        self, trial: "Trial", error: BaseException | None, text: str, traceback: str
    ) -> None:
        """The objective has raised; goes on if that was to be caught."""
        raised = error if error is not None else WorkerError(text)
        raised.__cause__ = RemoteTraceback(traceback)
        if isinstance(raised, Exception):
            self.loop.failed(trial, raised, text)
            return
        self.study.requeue(trial, "interrupted")
        raise raised

    def died(self, worker: Worker) -> None:
        """Its pipe has ended before it was told to."""
        self.workers.remove(worker)
        status = worker.reap()
        if worker.trial is None:
            return
        trial = worker.take_trial()
        self.loop.give_back()
        number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if number:
            how = f"was killed by signal {number} ({signal.Signals(number).name})"
        else:
            how = f"ended with exit code {os.waitstatus_to_exitcode(status)}"
        message = f"the process of the trial {how}"
        try:
            self.study._tell(trial, TrialState.FAILED, None, None, message, 0.0, 0.0, number)
        except StaleError:
            pass
        self.study._asked.pop(trial.number, None)
        self.loop.ended(trial)

    # --- the whole ---

    def run(self) -> None:
        """Until there is nothing to start and nothing runs."""
        while True:
            more = self.fill()
            busy = self.busy()
            if not busy and not more:
                return
            # Idle places although there is more to come: others may have to tell first.
            waits = more and len(busy) < self.n_jobs
            if busy:
                for connection in wait([w.connection for w in busy], _POLL_S if waits else None):
                    self.hear(self.owner(connection))
            else:
                time.sleep(_POLL_S)

    def owner(self, connection: Any) -> Worker:
        return next(w for w in self.workers if w.connection is connection)

    def drain(self) -> None:
        """After an exception: the trials that run finish; what else goes wrong is not raised."""
        while busy := self.busy():
            for connection in wait([worker.connection for worker in busy]):
                try:
                    self.hear(self.owner(connection))
                except Exception:
                    continue

    def abandon(self) -> None:
        """Ends the workers at once; their trials wait again."""
        for worker in self.workers:
            os.kill(worker.pid, signal.SIGTERM)
        deadline = time.monotonic() + _GRACE_S
        for worker in self.workers:
            while os.waitpid(worker.pid, os.WNOHANG)[0] == 0:
                if time.monotonic() > deadline:
                    os.kill(worker.pid, signal.SIGKILL)
                    os.waitpid(worker.pid, 0)
                    break
                time.sleep(0.005)
            worker.connection.close()
            if worker.trial is not None:
                self.study.requeue(worker.take_trial(), "interrupted")
        self.workers.clear()

    def close(self) -> None:
        """Ends workers that have no trial."""
        for worker in self.workers:
            worker.send(("end",))
        for worker in self.workers:
            worker.reap()
        self.workers.clear()


def answer(trial: "Trial", method: str, args: Any, kwargs: Any) -> tuple[bool, Any]:
    """What a worker asks of its trial, or the exception that this raises."""
    try:
        return True, getattr(trial, method)(*args, **kwargs)
    except Exception as error:
        return False, error


def work_in_processes(loop: "Loop", n_jobs: int) -> None:
    """Runs the loop's trials in `n_jobs` processes."""
    pool = Pool(loop, n_jobs)
    try:
        try:
            pool.run()
        except Exception:
            pool.drain()
            raise
        pool.close()
    finally:
        if pool.workers:
            pool.abandon()
