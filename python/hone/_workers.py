"""optimize with processes: children of a fork call the objective, this process talks to the study.

1. As many workers are forked as there are jobs; the objective need not be picklable.
2. An idle one is sent a trial. What its objective asks and reports comes back over its pipe and is
   answered here, so that one process alone speaks for the study.
3. A worker that dies makes its trial FAILED, with its signal, and another takes its place.
4. At the end, and however this ends, no worker stays behind.
"""

import os
import pickle
import signal
import sys
import time
from multiprocessing.connection import Pipe, wait
from typing import TYPE_CHECKING, Any

from hone._errors import StaleError
from hone._remote import SIGNALS, ByJson, main
from hone._results import text_of
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
        flush()  # or the child would write it once more
        # Neither is a worker unknown to the pool, nor has it the handlers of this program.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            self.pid = os.fork()
            if self.pid == 0:
                try:
                    # Held open here, the pipes of the others would not end with the parent.
                    for other in others:
                        other.connection.close()
                    self.connection.close()
                    main(theirs, loop.objective, loop.study)
                finally:
                    os._exit(1)
            self.ending = ending_of(self.pid)
            others.append(self)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
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
        self.let_go()
        return os.waitpid(self.pid, 0)[1]

    def let_go(self) -> None:
        """Closes what this process has of it."""
        self.connection.close()
        if self.ending is not None:
            os.close(self.ending)

    def has_ended(self) -> bool:
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def ending_of(pid: int) -> int | None:
    """A descriptor that is ready when the process has ended: what the objective has forked may hold
    the pipe open beyond that. None where the system has no such thing."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


def flush() -> None:
    """What is printed so far."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, ValueError, OSError):
            pass  # there is none, or it is closed


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
        return Worker(self.loop, self.workers)

    def fill(self) -> bool:
        """Starts trials until all workers have one; is there more to start when one ends?"""
        while len(self.busy()) < self.n_jobs:
            trial, more = self.loop.begin()
            if trial is None:
                return more
            try:
                worker = self.idle()
            except BaseException:  # no further process can be made, say
                self.loop.give_back()
                self.requeue(trial)
                raise
            worker.start(trial)
        return True

    # --- listening ---

    def hear(self, worker: Worker) -> None:
        """One message of a worker, or its end."""
        try:
            sent = worker.connection.recv_bytes()
        except (EOFError, ConnectionResetError):
            self.died(worker)
            return
        try:
            message = pickle.loads(sent)
        except Exception as error:  # an object that says no here; only a call brings any
            message = ("unreadable", error)
        if message[0] in ("call", "unreadable"):
            assert worker.trial is not None
            self.reply(worker, message)
            return
        trial = worker.take_trial()
        self.loop.give_back()
        if message[0] == "failed":
            self.failed(trial, *message[1:])
            return
        trial._constraints = message[2]
        if message[0] == "done":
            self.loop.returned(trial, message[1])
        else:
            self.loop.pruned(trial, message[1])
        self.loop.ended(trial)

    def reply(self, worker: Worker, message: tuple[Any, ...]) -> None:
        """Answers a call; what cannot be brought over is an exception there."""
        assert worker.trial is not None
        if message[0] == "call":
            answered = answer(worker.trial, *message[1:])
        else:
            answered = False, pickle.PicklingError(text_of(message[1]))
        try:
            worker.send(answered)
        except Exception as error:
            worker.send((False, pickle.PicklingError(text_of(error))))

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
                self.listen(busy, _POLL_S if waits else None)
            else:
                time.sleep(_POLL_S)

    def listen(self, busy: list[Worker], timeout: float | None) -> None:
        """To whoever has something to say, or has died."""
        sources: list[Any] = [worker.connection for worker in busy]
        sources += [worker.ending for worker in busy if worker.ending is not None]
        ready = wait(sources, timeout)
        for worker in busy:
            # What it has sent before its end counts.
            if worker.connection in ready:
                self.hear(worker)
            elif worker.ending in ready and not worker.connection.poll():
                self.died(worker)

    def drain(self) -> None:
        """After an exception: the trials that run finish; what else goes wrong is not raised."""
        while busy := self.busy():
            try:
                self.listen(busy, None)
            except Exception:
                continue

    def abandon(self) -> None:
        """Ends the workers at once; their trials wait again."""
        for worker in self.workers:
            os.kill(worker.pid, signal.SIGTERM)
        try:
            deadline = time.monotonic() + _GRACE_S
            while not all(worker.has_ended() for worker in self.workers):
                if time.monotonic() > deadline:
                    break
                time.sleep(0.005)
        finally:  # also after another Ctrl-C
            for worker in self.workers:
                os.kill(worker.pid, signal.SIGKILL)
            for worker in self.workers:
                worker.reap()
                if worker.trial is not None:
                    self.requeue(worker.take_trial())
            self.workers.clear()

    def requeue(self, trial: "Trial") -> None:
        try:
            self.study.requeue(trial, "interrupted")
        except StaleError:
            pass  # another process has taken it over

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
