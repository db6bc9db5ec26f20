"""A worker process: it calls the objective and asks its parent for everything else.

Messages are tuples, pickled. From the parent: ("run", facts) and ("end",). From here, while an
objective runs: ("call", method, args, kwargs), answered by (True, result) or (False, exception); and
once at its end ("done", values, constraints), ("pruned", message, constraints) or ("failed",
exception, its type's name and text, traceback).
"""

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, TypeVar

from hone._errors import TrialPruned
from hone._params import choices_spec
from hone._results import constraints_of, text_of, values_of
from hone._space import category
from hone._state import TrialState
from hone._trial import check_report, same_choices

if TYPE_CHECKING:
    from pathlib import Path

    from hone._study import Study

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)  # blocked while a worker begins


class Terminated(BaseException):
    """The parent has told this process to end."""


class RemoteTrial:
    """What an objective is given in a worker process: a hone.Trial in all it does."""

    def __init__(self, connection: Connection, study: "Study", facts: dict[str, Any]) -> None:
        self._connection = connection
        self._lock = threading.Lock()  # an objective may have threads; an answer is the asker's
        self.study = study
        self.number: int = facts["number"]
        self.seed: int = facts["seed"]
        self.resource: float = facts["resource"]
        self.attempts: int = facts["attempts"]
        self.parent: int | None = facts["parent"]
        self._stop = self._pause = False
        self._directory: Path | None = None
        self._constraints: tuple[float, ...] | None = None
        self._params: dict[str, Any] = {
            name: objects_of(study, name, value) for name, value in facts["params"].items()
        }
        # A define-by-run trial has what it has asked for; the rest is the parent's to know.
        self._categories: dict[str, tuple[list[Any], str, dict[str, Any]]] = {}

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        with self._lock:
            self._connection.send(("call", method, args, kwargs))
            fine, answer = self._connection.recv()
        if not fine:
            raise answer
        return answer

    # --- values ---

    def _keep(self, name: str, value: Any) -> Any:
        self._params[name] = value
        return value

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        value: float = self._call("suggest_float", name, low, high, step=step, log=log)
        self._keep(name, value)
        return value

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        value: int = self._call("suggest_int", name, low, high, step=step, log=log)
        self._keep(name, value)
        return value

    def suggest_categorical(self, name: str, choices: Sequence[T]) -> T:
        known = self._categories.get(name)
        if known is None or not same_choices(known[0], choices):
            known = self._categories[name] = category(choices)
            self._introduce(name, known[0])
        text = self._call("_categorical", name, choices_spec(choices))
        chosen: T = self._keep(name, known[2][text])
        return chosen

    def _introduce(self, name: str, choices: list[Any]) -> None:
        """Shows the parent the objects, as far as pickle can: its trials then hold them, not only
        their texts."""
        try:
            self._call("_know", name, choices)
        except (pickle.PicklingError, AttributeError, TypeError):
            pass

    def suggest_bool(self, name: str) -> bool:
        value: bool = self._keep(name, self._call("suggest_bool", name))
        return value

    def suggest(self, name: str, spec: str) -> Any:
        return self._keep(name, self._call("suggest", name, spec))

    @property
    def params(self) -> dict[str, Any]:
        return dict(self._params)

    def __getitem__(self, name: str) -> Any:
        try:
            return self._params[name]
        except KeyError:
            raise KeyError(f"this trial has no active parameter {name}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._params

    def __iter__(self) -> Iterator[str]:
        return iter(self._params)

    def keys(self) -> Iterator[str]:
        return iter(self._params)

    def get(self, name: str, default: Any = None) -> Any:
        return self._params.get(name, default)

    # --- while it runs ---

    def report(self, value: float | Mapping[str, float], step: float) -> None:
        check_report(value, step)
        value = dict(value) if isinstance(value, Mapping) else float(value)
        self._stop, self._pause = self._call("_report_and_look", value, float(step))

    def should_prune(self) -> bool:
        return self._stop or self._pause

    def should_pause(self) -> bool:
        return self._pause and not self._stop

    @property
    def checkpoint_dir(self) -> "Path":
        if self._directory is None:
            from pathlib import Path

            self._directory = Path(self._call("_where"))
        return self._directory

    def save_state(self, state: Any) -> None:
        from hone._checkpoints import save_state

        save_state(self.checkpoint_dir, state)

    def load_state(self, default: Any = None) -> Any:
        from hone._checkpoints import load_state

        return load_state(self.checkpoint_dir, default)

    def set_user_attr(self, key: str, value: Any) -> None:
        from hone._json import dumps, key_of

        self._call("_set_attrs", dumps({key_of(key): value}))

    @property
    def user_attrs(self) -> dict[str, Any]:
        attrs: dict[str, Any] = self._call("_get_user_attrs")
        return attrs

    def set_constraint(self, values: float | Sequence[float]) -> None:
        self._constraints = constraints_of(values)

    @property
    def state(self) -> TrialState:
        return TrialState.RUNNING

    def extend_lease(self, lease_s: float) -> None:
        self._call("extend_lease", lease_s)

    def __repr__(self) -> str:
        return f"<hone.Trial {self.number} {self.state} {self.params}>"


class ByJson(str):
    """In a message: a choice by its JSON, since its object may be no matter for pickle."""

    __slots__ = ()


def objects_of(study: "Study", name: str, value: Any) -> Any:
    """A choice by the object that this process, too, has for it."""
    return study._choices[name][value] if isinstance(value, ByJson) else value


def sendable(error: BaseException) -> BaseException | None:
    """The exception if it survives pickling."""
    try:
        back = pickle.loads(pickle.dumps(error))
    except Exception:
        return None
    return error if type(back) is type(error) else None


def _run(objective: Callable[[Any], Any], trial: RemoteTrial, study: "Study") -> tuple[Any, ...]:
    """One trial; how it ended as a message."""
    try:
        returned = objective(trial)
        values = values_of(returned, study._names, study._n_objectives)
    except TrialPruned as reason:
        return "pruned", str(reason) or None, trial._constraints
    except Terminated:
        raise
    except BaseException as error:
        return "failed", sendable(error), text_of(error), traceback.format_exc()
    return "done", values, trial._constraints


def _reseed() -> None:
    """A fork copies NumPy's global generator: each worker would draw the same numbers."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed(int.from_bytes(os.urandom(4), "little"))


def _set_signals() -> None:
    """Ctrl-C reaches all processes of the terminal: what becomes of the trials the parent decides.
    A handler that does nothing, since what the objective starts would inherit that it is ignored.
    SIGTERM is the parent's word; raised, it lets the objective end what it has started."""

    def terminate(*_: object) -> None:
        raise Terminated

    signal.signal(signal.SIGINT, lambda *_: None)
    signal.signal(signal.SIGTERM, terminate)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def serve(connection: Connection, objective: Callable[[Any], Any], study: "Study") -> None:
    """The life of a worker: until the parent has no more for it, or is gone."""
    _set_signals()
    _reseed()
    while True:
        message = connection.recv()
        if message[0] == "end":
            return
        trial = RemoteTrial(connection, study, message[1])
        ended = _run(objective, trial, study)
        if study._stopping:
            trial._call("_stop_study")
        connection.send(ended)


def main(connection: Connection, objective: Callable[[Any], Any], study: "Study") -> None:
    """After the fork: never returns into the parent's program."""
    code = 0
    terminated = False
    try:
        serve(connection, objective, study)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the parent is gone
    except Terminated:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        terminated = True
    except BaseException:
        traceback.print_exc()
        code = 1
    finally:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            if terminated:
                os.kill(os.getpid(), signal.SIGTERM)  # so that the parent sees what it was
            os._exit(code)
