"""The trial that a program runs when `hone run` has started it: hone.current_trial().

It is what the environment says (docs/howto/any-language.md). Reports go over the descriptor HONE_FD,
a JSON line each, whose answer says whether to end; where that is closed, into the file
$HONE_DIR/metrics.jsonl, and the file STOP beside it says so.
"""

import json
import math
import os
import stat
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from hone._errors import StateError, TrialPruned
from hone._results import constraints_of, values_of
from hone._trial import check_report

if TYPE_CHECKING:
    from pathlib import Path

T = TypeVar("T")

_ANSWER_S = 10.0
_PLEASE_STOP = 10  # exit code of a program that ended as it was told to
_goals = ("minimize", "maximize")


class ProgramStudy:
    """What a program knows of its study."""

    def __init__(self) -> None:
        metrics: dict[str, str] = json.loads(os.environ["HONE_METRICS"])
        self.name = os.environ["HONE_STUDY"]
        self._names = tuple(metrics)
        self._goals = tuple(metrics.values())
        self._n_objectives = sum(goal in _goals for goal in self._goals)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names of all metrics, objectives first."""
        return self._names

    @property
    def directions(self) -> tuple[str, ...]:
        """"minimize" or "maximize" of each objective."""
        return self._goals[: self._n_objectives]


class ProgramTrial:
    """A trial of `hone run`, as the program sees it that the command has started.

    The pruning callbacks take it, and an objective that was written for study.optimize: what it
    suggests is what the command was given. As a context manager it ends the program with exit code 10
    when hone.TrialPruned is raised, which makes it PRUNED or, where the scheduler has it go on later,
    PAUSED.
    """

    def __init__(self) -> None:
        environment = os.environ
        self.study = ProgramStudy()
        self.number = int(environment["HONE_TRIAL"])
        self.attempts = int(environment["HONE_ATTEMPT"])
        self.seed = int(environment["HONE_SEED"])
        self.resource = float(environment["HONE_RESOURCE"])
        self.params: dict[str, Any] = json.loads(environment["HONE_PARAMS"])
        self.is_final = environment["HONE_PHASE"] == "final"
        self._directory = environment["HONE_DIR"]
        self._descriptor = _descriptor()
        self._lock = threading.Lock()
        self._stop = False
        self._n_sent = 0

    # --- values ---

    def __getitem__(self, name: str) -> Any:
        try:
            return self.params[name]
        except KeyError:
            raise KeyError(
                f"this trial has no active parameter {name}, but {', '.join(self.params)}"
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self.params

    def __iter__(self) -> Iterator[str]:
        return iter(self.params)

    def keys(self) -> Iterator[str]:
        """Names of the active parameters."""
        return iter(self.params)

    def get(self, name: str, default: Any = None) -> Any:
        """Value of a parameter, or `default` where it is inactive."""
        return self.params.get(name, default)

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """Its value, which must lie there: the space is what `hone run` was given."""
        return float(self._between(name, low, high))

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """Its value, which must lie there."""
        value = self._between(name, low, high)
        if not isinstance(value, int):
            raise ValueError(f"parameter {name!r} is {value!r}, and asked for as a whole number")
        return value

    def _between(self, name: str, low: float, high: float) -> Any:
        value = self[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(f"parameter {name!r} is {value!r}, and asked for as a number")
        if not low <= value <= high:
            raise ValueError(
                f"parameter {name!r} is {value!r}, and asked for from {low} to {high}: give "
                f"`hone run` that range"
            )
        return value

    def suggest_categorical(self, name: str, choices: Sequence[T]) -> T:
        """Its value, which must be one of them."""
        from hone._params import choice_text

        value = self[name]
        for choice in choices:
            if choice_text(choice) == choice_text(value) or choice is value:
                return choice
        raise ValueError(f"parameter {name!r} is {value!r}, which is none of {list(choices)!r}")

    def suggest_bool(self, name: str) -> bool:
        """Its value: False or True."""
        return self.suggest_categorical(name, [False, True])

    def suggest(self, name: str, spec: str) -> Any:
        """Its value, of whatever domain."""
        return self[name]

    # --- while it runs ---

    def report(self, value: float | Mapping[str, float], step: float) -> None:
        """An intermediate value of the objective at `step`, or several metrics by name."""
        check_report(value, step)
        if not isinstance(value, Mapping):
            value = {self.study._names[0]: value}
        for name in value:
            if name not in self.study._names:
                raise ValueError(
                    f"{name!r} is no metric of the study: it has {', '.join(self.study._names)}"
                )
        self._send({**{name: float(number) for name, number in value.items()}, "step": float(step)})

    def tell(self, values: float | Sequence[float] | Mapping[str, float]) -> None:
        """What the trial has come to, of the objective, of each objective in order, or by metric. It
        counts when the program ends with exit code 0."""
        study = self.study
        numbers = values_of(values, study._names, study._n_objectives, "the result told is")
        pairs = zip(self.study._names, numbers, strict=False)
        self._send({name: number for name, number in pairs if number is not None})

    def should_prune(self) -> bool:
        """Should it end now, for good or for now? To be asked after a report."""
        return self._stop

    def set_user_attr(self, key: str, value: Any) -> None:
        """Keeps a fact with the trial: anything that JSON has."""
        from hone._json import dumps, key_of

        self._send({"attr": json.loads(dumps({key_of(key): value}))})

    def set_constraint(self, values: float | Sequence[float]) -> None:
        """What the trial's constraints came to: each at most 0 is satisfied."""
        self._send({"constraints": list(constraints_of(values))})

    @property
    def checkpoint_dir(self) -> "Path":
        """$HONE_CKPT: what it goes on from when it is run again."""
        from pathlib import Path

        path = Path(os.environ["HONE_CKPT"])
        path.mkdir(parents=True, exist_ok=True)
        return path

    def save_state(self, state: Any) -> None:
        """Keeps what the program needs to go on, anything that pickle takes, in checkpoint_dir."""
        from hone._checkpoints import save_state

        save_state(self.checkpoint_dir, state)

    def load_state(self, default: Any = None) -> Any:
        """What save_state has kept; `default` where there is nothing."""
        from hone._checkpoints import load_state

        return load_state(self.checkpoint_dir, default)

    # --- lines ---

    def _send(self, facts: dict[str, Any]) -> None:
        import fcntl

        folder = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            # One at a time, as `hone report` does it, lest somebody else read the answer.
            with self._lock:
                fcntl.flock(folder, fcntl.LOCK_EX)
                if self._descriptor is not None and self._exchange(self._descriptor, facts):
                    return
            self._append(facts)
        finally:
            os.close(folder)

    def _append(self, facts: dict[str, Any]) -> None:
        with open(os.path.join(self._directory, "metrics.jsonl"), "ab", buffering=0) as file:
            file.write(_line(facts))
        self._stop |= os.path.exists(os.path.join(self._directory, "STOP"))

    def _exchange(self, descriptor: int, facts: dict[str, Any]) -> bool:
        """False when nobody listens there any more."""
        self._n_sent += 1
        nonce = f"{os.getpid()}-{time.time_ns()}-{self._n_sent}"
        line = _line({**facts, "reply": nonce})
        try:
            while line:
                line = line[os.write(descriptor, line) :]
        except OSError:
            self._descriptor = None
            return False
        deadline = time.monotonic() + _ANSWER_S
        while (text := _read_line(descriptor, deadline)) is not None:
            answer = json.loads(text)
            self._stop |= answer.get("stop") is True
            if answer.get("reply") == nonce:
                if "error" in answer:
                    raise ValueError(answer["error"])
                break
        return True

    def __enter__(self) -> "ProgramTrial":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: Any, traceback: Any) -> None:
        if kind is not None and issubclass(kind, TrialPruned):
            raise SystemExit(_PLEASE_STOP)

    def __repr__(self) -> str:
        return f"<hone.ProgramTrial {self.number} of {self.study.name!r} {self.params}>"


def _line(facts: dict[str, Any]) -> bytes:
    """JSON; numbers that it has not are texts."""
    plain = {
        key: str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in facts.items()
    }
    return json.dumps(plain).encode() + b"\n"


def _descriptor() -> int | None:
    """HONE_FD if it is open, and no file that happens to have the number."""
    try:
        number = int(os.environ.get("HONE_FD", "-1"))
        mode = os.fstat(number).st_mode
    except (ValueError, OSError):
        return None
    return number if stat.S_ISSOCK(mode) or stat.S_ISFIFO(mode) else None


def _read_line(descriptor: int, deadline: float) -> bytes | None:
    """One line, byte by byte, so that nothing behind it is taken from whoever reads next."""
    import select

    line = bytearray()
    while (left := deadline - time.monotonic()) > 0:
        if not select.select([descriptor], [], [], left)[0]:
            return None
        byte = os.read(descriptor, 1)
        if not byte:
            return None
        if byte == b"\n":
            return bytes(line)
        line += byte
    return None


_current: ProgramTrial | None = None
_making = threading.Lock()


def current_trial() -> ProgramTrial:
    """The trial that this program was started for by `hone run` or `hone work`.

    Raises hone.StateError where it was started otherwise.
    """
    global _current
    with _making:
        if _current is None:
            for name in ("HONE_TRIAL", "HONE_METRICS", "HONE_DIR"):
                if name not in os.environ:
                    raise StateError(
                        f"this program was not started by `hone run`: {name} is not in its "
                        f"environment. In a program of its own, study.optimize gives the trial"
                    )
            _current = ProgramTrial()
        return _current
