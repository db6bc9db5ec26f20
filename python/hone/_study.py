"""Studies: opening one, the loop by hand, and looking at what there is."""

import os
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, overload

from hone import _hone
from hone._errors import InvalidError, NotFoundError, StateError
from hone._frozen import FrozenTrial
from hone._plugins import SAMPLER, SCHEDULER, Choice, choice_of
from hone._results import by_metric, constraints_of, message_of, values_of
from hone._space import Space, _restore, category, space_of
from hone._state import TrialState, state_of
from hone._trial import ORIGIN_FORK, Trial

if TYPE_CHECKING:
    from hone._checkpoints import Checkpoints

_OPEN_OR_CREATE, _OPEN_EXISTING, _CREATE_NEW = 0, 1, 2
_GOALS = {"minimize": 0, "maximize": 1, "record": 2}

Objective = Callable[[Trial], Any]
Callback = Callable[["Study", FrozenTrial], object]


def path_of(what: str, path: Any) -> str:
    """A text, or what names a file."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{what} is {path!r}: write a path")
    return os.fspath(path)


def storage_url(storage: str | os.PathLike[str] | None) -> str:
    """A file's path as the library names it; what names its kind stays as it is."""
    if storage is None:
        return "memory:"
    text = path_of("storage", storage)
    kind, colon, path = text.partition(":")
    # A colon may be part of a path; what comes before it names a kind only if it could be a name.
    if not colon or not isinstance(storage, str) or not kind.isalnum():
        return "sqlite:" + os.path.abspath(text)
    return "sqlite:" + os.path.abspath(path) if kind == "sqlite" else text


def _goal(text: str) -> int:
    try:
        return _GOALS[text]
    except (KeyError, TypeError):
        raise ValueError(
            f'{text!r} is no direction: write "minimize" or "maximize" (in metrics also "record")'
        ) from None


def _metrics_of(
    direction: str | None,
    directions: Sequence[str] | None,
    metrics: Mapping[str, str] | None,
) -> tuple[tuple[str, int], ...]:
    if (direction is not None) + (directions is not None) + (metrics is not None) > 1:
        raise ValueError("direction, directions and metrics exclude each other: give one of them")
    if isinstance(direction, (list, tuple)):
        raise ValueError(f"direction is {direction!r}: of several objectives write directions=")
    if metrics is not None and not isinstance(metrics, Mapping):
        raise TypeError(f'metrics is {metrics!r}: write a dict, {{"loss": "minimize"}}')
    if metrics is not None and not metrics:
        raise ValueError('metrics is empty: write {"loss": "minimize"}, say')
    if directions is not None and not isinstance(directions, Sequence):
        raise TypeError(f'directions is {directions!r}: write a list, ["minimize", "maximize"]')
    if directions is not None and len(directions) == 0:
        raise ValueError("directions is empty: a study has at least one objective")
    if metrics is not None:
        return tuple((name, _goal(goal)) for name, goal in metrics.items())
    if directions is not None and not isinstance(directions, str) and len(directions) > 1:
        return tuple((f"value{i}", _goal(goal)) for i, goal in enumerate(directions))
    if directions is not None:
        direction = directions if isinstance(directions, str) else directions[0]
    return () if direction is None else (("value", _goal(direction)),)


class Trials(Sequence[FrozenTrial]):
    """All trials of a study by number, each made when it is looked at."""

    def __init__(self, study: "Study") -> None:
        self._study = study

    def __len__(self) -> int:
        return self._study.n_trials

    @overload
    def __getitem__(self, index: int) -> FrozenTrial: ...
    @overload
    def __getitem__(self, index: slice) -> list[FrozenTrial]: ...
    def __getitem__(self, index: int | slice) -> FrozenTrial | list[FrozenTrial]:
        n = len(self)
        if isinstance(index, slice):
            return [self._study._frozen(number) for number in range(*index.indices(n))]
        if not -n <= index < n:
            raise IndexError(f"there is no trial {index}: the study has {n}")
        return self._study._frozen(index % n)

    def __repr__(self) -> str:
        return f"<{len(self)} trials of study {self._study.name!r}>"


class Study(_hone.Study):
    """A search space, one or more objectives, and every trial that was ever made for them.

    hone.study makes one or goes on with it, hone.open opens one that exists. It may be used by
    several threads at once. Used after a fork, one that is kept in a file opens itself anew in the
    child; one in memory says that it cannot.
    """

    _space: Space | None
    _names: tuple[str, ...]
    _goals: tuple[str, ...]
    _categories: dict[str, tuple[list[Any], str]]
    _checked: set[tuple[str, str]]
    _asked: dict[int, Trial]
    _defines: bool
    _stopping: bool
    _kept_in: str | os.PathLike[str] | None
    _kept: "Checkpoints | None"

    def __init__(
        self,
        *,
        space: Space | None = None,
        checkpoint_dir: str | os.PathLike[str] | None = None,
        **options: Any,
    ) -> None:
        if checkpoint_dir is not None:
            checkpoint_dir = path_of("checkpoint_dir", checkpoint_dir)
        name = options.get("name")
        if name is not None and not isinstance(name, str):
            raise TypeError(f"the name of a study is {name!r}: it must be a text")
        super().__init__(space=space, **options)
        self._kept_in = checkpoint_dir
        self._kept = None
        words = list(_GOALS)
        self._names = tuple(name for name, _ in self._metrics)
        self._goals = tuple(words[goal] for _, goal in self._metrics)
        self._n_objectives = self.n_objectives
        self._defines = self._define_by_run
        self._categories = {}
        self._checked = set()
        self._asked = {}
        self._stopping = False
        if space is not None:
            self._choices.update(space._objects)

    # --- the loop by hand ---

    def ask(self, *, lease_s: float = 0.0) -> Trial:
        """The next trial to run: one that waits, else a new suggestion. It is RUNNING and recorded.

        lease_s: without a sign of life for so long it counts as LOST; 0: never. Raises
        hone.ExhaustedError when a finite space has been tried completely, hone.BusyError when there
        is nothing to start before something is told.
        """
        return self._started(self._ask(Trial, -1, False, 0, lease_s))

    def _go_on(self, number: int | None) -> Trial:
        """A trial that was begun before: the one of that number, or one that the scheduler resumes."""
        if number is None:
            return self._started(self._ask(Trial, -1, False, 1, 0.0))  # no room for a new one
        return self._started(self._ask(Trial, number, False, 0, 0.0))

    def _started(self, trial: Trial) -> Trial:
        """What was just asked for, with the checkpoint that it goes on from."""
        trial._begin()
        self._asked[trial.number] = trial
        if trial._origin == ORIGIN_FORK:
            self._checkpoints.begin(trial, trial._parent)
        return trial

    @property
    def _checkpoints(self) -> "Checkpoints":
        if self._kept is not None:
            return self._kept
        from hone._checkpoints import checkpoints_of

        return checkpoints_of(self, self._kept_in)

    def tell(
        self,
        trial: Trial | int,
        values: float | Sequence[float] | Mapping[str, float] | None = None,
        state: TrialState | str | None = None,
        *,
        constraints: Sequence[float] | None = None,
        message: str | None = None,
    ) -> None:
        """Finishes a trial; on return it is recorded.

        trial: from ask(), or its number. values: of the objective, of each objective in order, or by
        metric. A NaN makes it INVALID. state: COMPLETE by default with values; "pruned", "failed",
        "infeasible", "timeout", "oom", "invalid", "lost"; or "paused" after trial.should_pause(),
        which ends this run of it. constraints: each at most 0 is satisfied. message: why, for people.
        Raises hone.StaleError when another worker has taken the trial
        over, hone.StateError when it has ended.
        """
        if not isinstance(trial, Trial):
            trial = self._asked.get(trial) or self._look_up(trial)
        complete = state is None or state_of(state) == TrialState.COMPLETE
        if state is not None and state_of(state) == TrialState.PAUSED:
            if not self._scheduler_can & _hone.CAN_PAUSE:
                raise StateError(
                    f'a trial cannot end as PAUSED: the scheduler "{self.scheduler}" has none go on'
                )
            self._put_off(trial)
            return
        if complete and values is None:
            raise ValueError("tell needs values, or the state that the trial ended in")
        numbers = None
        if values is not None:
            numbers = values_of(values, self._names, self._n_objectives, "the result told is")
        if constraints is not None:
            trial._constraints = constraints_of(constraints)
        self._finish(trial, numbers, state, message)

    def _finish(
        self,
        trial: Trial,
        numbers: tuple[float | None, ...] | None,
        state: TrialState | str | None,
        message: str | None,
    ) -> None:
        """Tells values that are in order already."""
        number = TrialState.COMPLETE if state is None else state_of(state)
        message = None if message is None else message_of(message)
        self._record_checkpoint(trial)
        self._tell(trial, number, numbers, trial._constraints, message, trial._last_step)
        self._asked.pop(trial.number, None)

    def _put_off(self, trial: Trial) -> bool:
        """PAUSED: it may go on later. Gives whether there is a checkpoint to go on from."""
        there = self._record_checkpoint(trial)
        self._pause(trial, trial._last_step)
        self._asked.pop(trial.number, None)
        return there

    def _record_checkpoint(self, trial: Trial) -> bool:
        """How large the checkpoint is that an attempt leaves. Gives whether there is any."""
        if not trial._keeps:
            return False
        from hone._checkpoints import size_of

        size = size_of(self._checkpoints.of(trial.number))
        if size or trial._checkpoint_bytes:
            trial._checkpointed(trial._last_step, size)
        return size > 0

    def _look_up(self, number: int) -> Trial:
        """A trial of another process or of an earlier run, to act on."""
        if number < 0:
            raise NotFoundError(f"there is no trial {number}: trials are numbered from 0")
        trial: Trial = self._trial(Trial, number)
        trial._begin()
        return trial

    def enqueue_trial(
        self, params: Mapping[str, Any], *, user_attrs: Mapping[str, Any] | None = None
    ) -> int:
        """Puts a configuration into the queue, which ask() serves first. Parameters that are left
        out come from the sampler. Gives the trial's number."""
        from hone._json import dumps

        if not isinstance(params, Mapping):
            raise TypeError(f"params are {params!r}: write a dict of names and values")
        number = self._enqueue(dumps(self._plain(params)))
        if user_attrs:
            self._look_up(number)._set_attrs(dumps(dict(user_attrs)))
        return number

    def _plain(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Values as JSON has them: choices that are objects by their texts."""
        if self._space is not None:
            return {name: self._space._to_json_value(name, v) for name, v in params.items()}
        return dict(params)

    def requeue(self, trial: Trial | int, reason: str = "") -> None:
        """A RUNNING trial waits again, with its values."""
        if not isinstance(trial, Trial):
            trial = self._asked.get(trial) or self._look_up(trial)
        self._record_checkpoint(trial)
        self._requeue(trial, reason)
        self._asked.pop(trial.number, None)

    def recover(self) -> int:
        """Puts the RUNNING trials of processes that are gone back into the queue, and marks those
        whose lease has run out LOST. Gives how many."""
        return sum(self._recover())

    def retest(self, number: int, n: int = 1) -> int:
        """Queues `n` repeats of a COMPLETE trial, against luck. Gives the number of the first."""
        return self._retest(number, n)

    def rerun(self, number: int) -> int:
        """Runs a configuration again. Gives the number that waits now."""
        return self._rerun(number)

    # --- the loop ---

    def optimize(
        self,
        objective: Objective,
        n_trials: int | None = None,
        timeout: float | None = None,
        *,
        n_jobs: int = 1,
        callbacks: Iterable[Callback] = (),
        catch: type[BaseException] | tuple[type[BaseException], ...] = (),
        progress: bool = False,
        backend: str | None = None,
    ) -> None:
        """Runs trials until `n_trials` more have been started and ended, `timeout` seconds have
        passed (trials that run then end), stop() was called, or a finite space is used up.

        objective: is given a Trial and returns a number, numbers in the order of the objectives, or
        a dict by metric. It may raise hone.TrialPruned. With a scheduler that pauses trials it is
        called again for one that goes on, trial.checkpoint_dir being as it left it, and `n_trials`
        are those that begin. catch: exceptions that make a trial FAILED; others do as well, and end
        the call. callbacks: called with the study and the FrozenTrial after each trial. n_jobs: trials
        at a time, -1: as many as there are CPUs. backend: "processes", the default with n_jobs > 1,
        forks; one that dies makes its trial FAILED. "threads" is for objectives that let go of the
        GIL. progress: a line, by tqdm if present.

        After Ctrl-C the trials that ran wait again, with their values, and KeyboardInterrupt goes
        on.
        """
        from hone._optimize import optimize

        optimize(self, objective, n_trials, timeout, n_jobs, callbacks, catch, progress, backend)

    def stop(self) -> None:
        """From a callback or an objective: optimize starts no more trials."""
        self._stopping = True

    # --- looking ---

    def _frozen(self, number: int) -> FrozenTrial:
        return FrozenTrial(self._record(number), self._names, self._n_objectives)

    @property
    def trials(self) -> Trials:
        """All trials by number; each is made when it is looked at."""
        return Trials(self)

    def get_trials(self, states: Iterable[TrialState | str] | None = None) -> list[FrozenTrial]:
        """Trials in order of number, of these states only."""
        if states is None:
            return list(self.trials)
        if isinstance(states, str):
            states = (states,)
        wanted = {state_of(state) for state in states}
        numbers = range(self.n_trials)
        return [self._frozen(number) for number in numbers if self._state(number) in wanted]

    def count(self, state: TrialState | str) -> int:
        """Trials of a state."""
        return self._count(state_of(state))

    @property
    def best_trial(self) -> FrozenTrial:
        """The best COMPLETE, feasible trial of the one objective; of trials that were retested their
        means count. Raises hone.NotFoundError when there is none yet."""
        try:
            return self._frozen(self._best(False))
        except NotFoundError as error:
            raise _in_python(error) from None

    @property
    def best_trials(self) -> list[FrozenTrial]:
        """The trials that no other is better than in every objective: the Pareto front."""
        return [self._frozen(number) for number in self._pareto()]

    @property
    def best_params(self) -> dict[str, Any]:
        """Configuration of best_trial."""
        return self.best_trial.params

    @property
    def best_value(self) -> float:
        """Value of best_trial."""
        value = self.best_trial.value
        assert value is not None  # it is complete
        return value

    def param_importances(self, objective: str | None = None) -> dict[str, float]:
        """How much of the objective's variance each parameter explains alone, the most important
        first: functional analysis of variance of a random forest over the complete trials. Shares
        of the whole: what they lack of 1 is what several parameters do together.

        objective: which metric, by name; needed with several objectives. A RuntimeWarning says when
        the forest explains nothing of trials that it has not seen. Raises hone.StateError with fewer
        than 3 complete trials, or when all have the same value.
        """
        if not (objective is None or isinstance(objective, str)):
            raise TypeError(f"objective is {objective!r}: write the name of a metric")
        r2, _, n_trials, params = self._importance(objective)
        if not r2 > 0:
            warnings.warn(
                f"{n_trials} trials do not tell what {objective or self._names[0]} depends on: a "
                f"model of them explains nothing of a trial that it has not seen (R² {r2:.2f})",
                RuntimeWarning,
                stacklevel=2,
            )
        return {name: share for name, share, _, _ in params}

    @property
    def directions(self) -> tuple[str, ...]:
        """"minimize" or "maximize" of each objective."""
        return self._goals[: self._n_objectives]

    @property
    def direction(self) -> str:
        """Direction of the one objective."""
        if self._n_objectives > 1:
            raise StateError(f"the study has {self._n_objectives} objectives: see directions")
        return self.directions[0]

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names of all metrics, objectives first."""
        return self._names

    @property
    def space(self) -> Space:
        """The present space; of a define-by-run study what is known so far."""
        if self._space is None or self._space.to_json() != self._space_json():
            objects = self._space._objects if self._space is not None else {}
            self._space = _restore(self._space_json(), objects)
        return self._space

    @property
    def user_attrs(self) -> dict[str, Any]:
        """Facts that set_user_attr has kept."""
        import json

        return {key: json.loads(text) for key, text in self._attrs().items()}

    def set_user_attr(self, key: str, value: Any) -> None:
        """Keeps a fact with the study: anything that JSON has."""
        from hone._json import dumps, key_of

        self._set_attr(key_of(key), dumps(value))

    def trials_dataframe(self) -> Any:
        """A pandas.DataFrame with a row a trial: number, state, metrics, params_…, duration_s, attrs_….

        Raises ImportError when pandas is not installed.
        """
        from hone._table import dataframe

        return dataframe(self)

    # --- between trials and their study ---

    def _by_metric(self, values: Mapping[str, float]) -> tuple[float | None, ...]:
        return by_metric(values, self._names)

    def _new_category(self, name: str, choices: Sequence[Any]) -> tuple[list[Any], str]:
        """Remembers which object each choice of a define-by-run parameter stands for."""
        kept, spec, objects = category(choices)
        self._choices.setdefault(name, {}).update(objects)
        self._categories[name] = (kept, spec)
        return self._categories[name]

    def _check_declared(self, name: str, spec: str) -> None:
        """A trial of a declared space was asked for a value of `spec`: it must mean the same."""
        if (name, spec) in self._checked:
            return
        space = self.space
        if name not in space:
            raise NotFoundError(
                f'parameter "{name}" is not in the declared space, which has '
                f"{', '.join(space.names)}"
            )
        probe = Space()
        probe._add("x", spec)
        probe._seal()
        declared, _, _ = space.spec(name).partition(" if ")
        for mark in (" = ", " ~ "):
            declared, _, _ = declared.partition(mark)
        if probe.spec("x") != declared:
            raise ValueError(
                f'parameter "{name}" is declared as "{declared}" and asked for as '
                f'"{probe.spec("x")}": one name has one domain'
            )
        self._checked.add((name, spec))

    # --- as an object ---

    def __enter__(self) -> "Study":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Makes everything durable and lets go of the storage. A second call does nothing."""
        self._asked.clear()
        super().close()
        if self._kept is not None:
            self._kept.close()

    def __len__(self) -> int:
        return self.n_trials

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        if self.closed:
            return f"<hone.Study {self.name!r}, closed>"
        return f"<hone.Study {self.name!r} in {self.storage}, {self.n_trials} trials>"

    def _repr_html_(self) -> str:
        from hone._table import html

        return html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        if self.storage.startswith("memory:"):
            raise TypeError(
                "a study in memory cannot be pickled: keep it in a file, "
                'hone.study(storage="hone.db")'
            )
        return _reopen, (self.storage, self.name, self._space, self._kept_in)


# What the library advises in the command's words, and the same here.
_ADVICE = (
    ("`hone trials` shows how they stand", "study.trials shows how they stand"),
    ("leave -n out, or give more", "leave n_trials out, or give more"),
    ("--accept takes it over", "accept_changes=True takes it over"),
    (
        "`hone run` begins a study, --storage names another database",
        "hone.study(…, storage=…) begins a study",
    ),
)


def _opened(**options: Any) -> Study:
    """A study; what is refused says what to write in Python."""
    try:
        return Study(**options)
    except (StateError, NotFoundError, InvalidError) as error:
        raise _in_python(error) from None


def _in_python(error: Exception) -> Exception:
    """The same error with the advice for a program."""
    text = str(error)
    for command, python in _ADVICE:
        text = text.replace(command, python)
    return type(error)(text)


def _reopen(
    storage: str, name: str, space: Space | None, kept_in: str | os.PathLike[str] | None = None
) -> Study:
    study = Study(storage=storage, name=name, mode=_OPEN_EXISTING, checkpoint_dir=kept_in)
    study._space = space
    if space is not None:
        study._choices.update(space._objects)
    return study


def study(
    space: Any = None,
    *,
    storage: str | os.PathLike[str] | None = None,
    name: str | None = None,
    direction: str | None = None,
    directions: Sequence[str] | None = None,
    metrics: Mapping[str, str] | None = None,
    constraints: Sequence[str] = (),
    sampler: str | Choice | None = None,
    scheduler: str | Choice | None = None,
    seed: int | None = None,
    n_trials: int = 0,
    lag: int = 0,
    noisy: bool = False,
    accept_changes: bool = False,
    exist_ok: bool = True,
    checkpoint_dir: str | os.PathLike[str] | None = None,
) -> Study:
    """Makes a study, or goes on with it where there is one of that name.

    space: a hone.Space, or what hone.space takes (a text, a dict, a list of texts); None:
    define-by-run, trials ask for what they need. storage: None for memory, the path of a file
    ("hone.db", which the command `hone` opens as well), or a URL. name: "default" by default.

    direction: "minimize" (the default) or "maximize" the one objective, called "value".
    directions: of several, "value0", "value1", …. metrics: by name, {"loss": "minimize", "latency":
    "record"}. constraints: on metrics, ["latency<=20"].

    sampler: a name, hone.sampler("tpe", n_startup=20) or hone.samplers.tpe(n_startup=20); "auto" by
    default. scheduler: the same. seed: taken from the system and recorded by
    default. n_trials: how many are intended, a hint for samplers. lag: results are waited for so
    that n_jobs=lag gives the same trials each time. noisy: equal configurations are repeats, not
    duplicates to be served. accept_changes: a changed space or other metrics become a new version
    of a study that exists. exist_ok: False refuses one that exists (hone.ExistsError).
    checkpoint_dir: where trials keep what they go on from; by default hone/NAME beside hone.db,
    FILE.ckpt/NAME beside another file, a temporary directory for a study in memory.

    Raises hone.StateError with the differences when the study exists and is another.
    """
    if n_trials < 0 or lag < 0:
        raise ValueError(f"n_trials is {n_trials} and lag {lag}: both must be at least 0")
    declared = space_of(space)
    sampler_name, sampler_options = choice_of(SAMPLER, sampler)
    scheduler_name, scheduler_options = choice_of(SCHEDULER, scheduler)
    if isinstance(constraints, str):
        constraints = (constraints,)
    made = _opened(
        space=declared,
        storage=storage_url(storage),
        name=name,
        mode=_OPEN_OR_CREATE if exist_ok else _CREATE_NEW,
        accept_changes=accept_changes,
        metrics=_metrics_of(direction, directions, metrics),
        constraints=tuple(constraints),
        sampler=sampler_name,
        sampler_options=sampler_options,
        scheduler=scheduler_name,
        scheduler_options=scheduler_options,
        seed=seed,
        n_trials=n_trials,
        lag=lag,
        noisy=noisy,
        checkpoint_dir=checkpoint_dir,
    )
    made._space = declared
    return made


def open(
    storage: str | os.PathLike[str] = "hone.db",
    name: str | None = None,
    *,
    read_only: bool = False,
    sampler: str | Choice | None = None,
    checkpoint_dir: str | os.PathLike[str] | None = None,
) -> Study:
    """Opens a study that exists: of a storage with one study that one, without its name.

    read_only: looks only. sampler: another one from now on. checkpoint_dir: as hone.study has it.
    Raises hone.NotFoundError with the names that there are.
    """
    sampler_name, sampler_options = choice_of(SAMPLER, sampler)
    opened = _opened(
        storage=storage_url(storage),
        name=name,
        mode=_OPEN_EXISTING,
        read_only=read_only,
        sampler=sampler_name,
        sampler_options=sampler_options,
        checkpoint_dir=checkpoint_dir,
    )
    opened._space = None
    return opened


def studies(storage: str | os.PathLike[str] = "hone.db") -> list[str]:
    """Names of the studies in a storage."""
    return [row[0] for row in _hone.studies(storage_url(storage))]


def delete_study(name: str, storage: str | os.PathLike[str] = "hone.db") -> None:
    """Deletes a study with all its trials."""
    _hone.delete_study(storage_url(storage), name)


def copy_study(
    name: str,
    to: str,
    storage: str | os.PathLike[str] = "hone.db",
    to_storage: str | os.PathLike[str] | None = None,
) -> None:
    """Copies a study under the name `to`, into another storage if that is given."""
    target = None if to_storage is None else storage_url(to_storage)
    _hone.copy_study(storage_url(storage), name, target, to)
