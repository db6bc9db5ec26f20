"""A trial while it runs: what an objective is given."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from hone import _hone
from hone._params import choices_spec
from hone._results import constraints_of
from hone._state import TrialState

if TYPE_CHECKING:
    from pathlib import Path

    from hone._study import Study

T = TypeVar("T")

ORIGIN_FORK = 3  # of a copy of another trial


class Trial(_hone.Trial):
    """One configuration, running.

    With a declared space it is a mapping of its active parameters: trial["lr"], trial.params. In a
    define-by-run study it is asked for values: trial.suggest_float("lr", 1e-5, 1, log=True). Not to
    be made by hand: study.ask() gives it.
    """

    __slots__ = ("_constraints", "_keeps", "_last_step")

    _constraints: tuple[float, ...] | None
    _keeps: bool  # has it asked where its checkpoint is?
    _last_step: float

    def _begin(self) -> None:
        """What is known of it before it has said anything."""
        self._constraints = None
        self._keeps = False
        self._last_step = 0.0

    # --- values ---

    def suggest_float(
        self, name: str, low: float, high: float, *, step: float | None = None, log: bool = False
    ) -> float:
        """A float from `low` to `high`, both included.

        One name has one domain throughout a study: hone.InvalidError otherwise. In a study with a
        declared space the value is that of the declared parameter, which must have this domain.
        """
        if self.study._defines:
            try:
                return self._suggest_float(name, low, high, step or 0.0, log)
            except (OverflowError, TypeError):
                check_numbers(name, low=low, high=high, step=step or 0.0)
                raise
        from hone._params import Float

        value: float = self._declared(name, Float(low, high, step=step, log=log).spec)
        return value

    def suggest_int(
        self, name: str, low: int, high: int, *, step: int = 1, log: bool = False
    ) -> int:
        """An integer from `low` to `high`, both included, every `step`-th or on a log scale."""
        if self.study._defines:
            try:
                if step < 1:
                    raise ValueError(f"parameter {name!r}: step is {step}: it must be at least 1")
                return self._suggest_int(name, low, high, step, log)
            except (OverflowError, TypeError):
                check_whole(name, low=low, high=high, step=step)
                raise
        from hone._params import Int

        spec = Int(low, high, step=None if step == 1 else step, log=log).spec
        value: int = self._declared(name, spec)
        return value

    def suggest_categorical(self, name: str, choices: Sequence[T]) -> T:
        """One of `choices`, which may be any objects (see hone.Categorical): the very object."""
        study = self.study
        if not study._defines:
            value: T = self._declared(name, choices_spec(choices))
            return value
        known = study._categories.get(name)
        if known is None or not same_choices(known[0], choices):
            known = study._new_category(name, choices)
        chosen: T = self._suggest(name, known[1])
        return chosen

    def suggest_bool(self, name: str) -> bool:
        """False or True."""
        value: bool = self.suggest(name, "bool")
        return value

    def suggest(self, name: str, spec: str) -> Any:
        """A value of any domain of the space language: trial.suggest("order", "perm:a,b,c")."""
        if self.study._defines:
            return self._suggest(name, spec)
        return self._declared(name, spec)

    def _categorical(self, name: str, spec: str) -> str:
        """For the process that runs it: the JSON of a choice, which it knows the object of."""
        if self.study._defines:
            self._suggest(name, spec)
        else:
            self.study._check_declared(name, spec)
        text = self._json(name)
        if text is None:
            raise KeyError(name)
        return text

    def _know(self, name: str, choices: Sequence[Any]) -> None:
        """For the process that runs it: these are the choices of a parameter."""
        if self.study._defines and name not in self.study._categories:
            self.study._new_category(name, choices)

    def _stop_study(self) -> None:
        """For the process that runs it: its objective has called study.stop()."""
        self.study.stop()

    def _declared(self, name: str, spec: str) -> Any:
        self.study._check_declared(name, spec)
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Value of a parameter, or `default` where it is inactive."""
        return self[name] if name in self else default

    def keys(self) -> Iterator[str]:
        """Names of the active parameters."""
        return iter(self.params)

    def __iter__(self) -> Iterator[str]:
        return iter(self.params)

    # --- while it runs ---

    def report(self, value: float | Mapping[str, float], step: float) -> None:
        """An intermediate value of the objective at `step` (steps of training, from 1 on).

        value: of the first objective, or several metrics by name.
        """
        try:
            if not 0 <= step < math.inf:
                raise ValueError(f"step is {step}: it must be a number from 0 on")
            if isinstance(value, Mapping):
                self._report_values(self.study._by_metric(value), step)
            else:
                self._report(value, step)
        except TypeError:
            check_report(value, step)
            raise
        self._last_step = step

    def _report_and_look(
        self, value: float | Mapping[str, float], step: float
    ) -> tuple[bool, bool]:
        """For the process that runs it: reports; should it end, should it pause?"""
        self.report(value, step)
        return self._should_stop, self._should_pause

    def should_prune(self) -> bool:
        """Should it end now, by raising hone.TrialPruned? The scheduler says so, or somebody who
        asked for it. To be asked after a report.

        With a scheduler that pauses trials (hyperband, pbt) it may be the end for now only: the trial
        is then PAUSED, and the objective may be called with it again. See checkpoint_dir.
        """
        return self._should_stop or self._should_pause

    def should_pause(self) -> bool:
        """Is that end one for now, after which the trial may go on?"""
        return self._should_pause and not self._should_stop

    @property
    def checkpoint_dir(self) -> "Path":
        """A directory of its own, from which it goes on when it is run again: after a pause, after a
        kill, or, as a copy of another trial (pbt), with what that one had there. Empty at first.

        Save under another name and rename: a kill may come in between. `resource` says up to which
        step to train.
        """
        checkpoints = self.study._checkpoints
        path = checkpoints.of(self.number)
        if not self._keeps:
            if self._origin != ORIGIN_FORK:  # which has got its parent's already
                checkpoints.begin(self, -1)
            path.mkdir(parents=True, exist_ok=True)
            self._keeps = True
        return path

    def _where(self) -> str:
        """For the process that runs it: checkpoint_dir."""
        return str(self.checkpoint_dir)

    def save_state(self, state: Any) -> None:
        """Keeps what the next call of the objective needs to go on, anything that pickle takes, in
        checkpoint_dir: all that the next step depends on, in place of what was kept before."""
        from hone._checkpoints import save_state

        save_state(self.checkpoint_dir, state)

    def load_state(self, default: Any = None) -> Any:
        """What save_state has kept, in an earlier run of the trial or in that of the trial that it is
        a copy of; `default` where there is nothing."""
        from hone._checkpoints import load_state

        return load_state(self.checkpoint_dir, default)

    def set_user_attr(self, key: str, value: Any) -> None:
        """Keeps a fact with the trial: anything that JSON has."""
        from hone._json import dumps, key_of

        self._set_attrs(dumps({key_of(key): value}))

    def set_constraint(self, values: float | Sequence[float]) -> None:
        """What the trial's constraints came to: each at most 0 is satisfied. Recorded with its
        result; samplers then look where all are."""
        self._constraints = constraints_of(values)

    # --- what it is ---

    @property
    def study(self) -> "Study":
        """Its study."""
        study: Study = self._study
        return study

    @property
    def state(self) -> TrialState:
        """RUNNING until it is told."""
        return TrialState(self._status)

    @property
    def parent(self) -> int | None:
        """Number of the trial that it is a fork or a repeat of."""
        return self._parent if self._parent >= 0 else None

    def _get_user_attrs(self) -> dict[str, Any]:
        return self.user_attrs

    @property
    def user_attrs(self) -> dict[str, Any]:
        """Facts that were set."""
        import json

        return {key: json.loads(text) for key, text in self._attrs.items()}

    def __repr__(self) -> str:
        return f"<hone.Trial {self.number} {self.state} {self.params}>"

    def __reduce__(self) -> Any:
        raise TypeError(
            "a running trial belongs to its study and cannot be pickled: pickle trial.params, or "
            "study.trials[number] once it has ended"
        )


def check_name(name: object) -> None:
    """What every parameter needs first."""
    if not isinstance(name, str):
        raise TypeError(f"the name of a parameter is {name!r}: it must be a text")


def check_whole(name: str, **given: Any) -> None:
    """Says which of the numbers is none that an integer can have."""
    check_name(name)
    for what, value in given.items():
        if not hasattr(value, "__index__"):
            raise TypeError(f"parameter {name!r}: {what} is {value!r}: it must be a whole number")
        if not -(2**63) <= int(value) < 2**63:
            shown = value if abs(value) < 10**30 else "beyond all bounds"
            raise ValueError(f"parameter {name!r}: {what} is {shown}: it must be below 2^63 in size")


def check_numbers(name: str, **given: Any) -> None:
    """Says which of the numbers is none."""
    check_name(name)
    for what, value in given.items():
        if not hasattr(value, "__float__") and not hasattr(value, "__index__"):
            raise TypeError(f"parameter {name!r}: {what} is {value!r}: it must be a number")
        if isinstance(value, int) and abs(value) >= 10**308:
            raise ValueError(f"parameter {name!r}: {what} is beyond all bounds")


def check_report(value: Any, step: Any) -> None:
    """Says which of the two is no number."""
    for what, number in (("step", step), ("value", value)):
        if isinstance(number, Mapping) and what == "value":
            continue
        if not hasattr(number, "__float__") and not hasattr(number, "__index__"):
            raise TypeError(f"{what} is {number!r}: a number is needed")


def same_choices(known: Sequence[Any], choices: Sequence[Any]) -> bool:
    """The same choices, types included: True is no 1."""
    return len(known) == len(choices) and all(
        a is b or (type(a) is type(b) and a == b) for a, b in zip(known, choices, strict=True)
    )
