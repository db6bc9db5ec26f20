"""What a search is to do, and the study in which it does it.

A tuner is given an oracle, or makes one from its own arguments. The oracle starts trials, takes
their results, and tells of them afterwards; the study file holds everything, so that an oracle
opened anew on the same project knows what the last one knew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from .asked import TrialHyperParameters
from .errors import DuplicateTrial, FatalRuntimeError
from .grid import Grid
from .hypermodel import HyperModel
from .hyperparameters import HyperParameter, HyperParameters, deserialize, serialize
from .objective import Objective, create_objective
from .outcome import Outcome
from .project import Project
from .registry import Asked, Registry
from .trial import STATUS, Metrics, Trial, TrialStatus

if TYPE_CHECKING:
    from hone import FrozenTrial, Study

# Attributes of the study and of its trials.
SPACE, NAMES, RECORD = "keras.space", "keras.names", "keras"
# States in which a trial has had its turn.
ENDED = ("complete", "pruned", "failed", "timeout", "oom", "infeasible", "invalid")
# Configurations in a row that were tried before, after which a space counts as used up.
PATIENCE = 20


class Oracle:
    """The settings of a search, and its study once a tuner has opened it.

    Args:
        objective: a metric's name, an `Objective`, or a list of them; None when runs hand back a
            bare number, which is made small.
        max_trials: trials at most; None for no limit.
        hyperparameters: hyperparameters declared beforehand; their domains override those that the
            build function asks for.
        allow_new_entries: whether it may ask for others at all.
        tune_new_entries: whether these are tuned, or keep their defaults.
        seed: of the suggestions; taken from the system and recorded when None.
        max_retries_per_trial: how often a configuration whose run failed is run again.
        max_consecutive_failed_trials: failures in a row that end the search.
        sampler: a sampler of Hone by name, or `hone.sampler(…)` with options.
        scheduler: a scheduler of Hone, which may stop trials early.
    """

    #: The sampler where none is given.
    default_sampler = "auto"
    #: Whether the space is gone through value by value.
    is_grid = False

    def __init__(
        self,
        objective: Any = None,
        max_trials: Optional[int] = None,
        hyperparameters: Optional[HyperParameters] = None,
        allow_new_entries: bool = True,
        tune_new_entries: bool = True,
        seed: Optional[int] = None,
        max_retries_per_trial: int = 0,
        max_consecutive_failed_trials: int = 3,
        sampler: Any = None,
        scheduler: Any = None,
    ) -> None:
        if not allow_new_entries and hyperparameters is None:
            raise ValueError(
                "If you set `allow_new_entries=False`, you must specify the search space in "
                "`hyperparameters`."
            )
        self.objective: Objective = create_objective(objective)
        self.max_trials = max_trials
        #: What was declared beforehand, which overrides what trials ask for.
        self.declared = (hyperparameters or HyperParameters()).copy()
        #: That, and all that trials have asked for.
        self.hyperparameters = self.declared.copy()
        self.allow_new_entries = allow_new_entries
        self.tune_new_entries = tune_new_entries
        self.seed = seed
        self.max_retries_per_trial = max_retries_per_trial
        self.max_consecutive_failed_trials = max_consecutive_failed_trials
        self.sampler = sampler or self.default_sampler
        self.scheduler = scheduler
        self._study: Optional[Study] = None
        self._registry = Registry(self.is_grid)
        self._grid = Grid(self._registry.values)
        self._seen: Dict[Any, int] = {}
        self._n_known = -1
        self._n_failed_in_a_row = 0
        self._n_duplicates_in_a_row = 0

    # The study

    @property
    def study(self) -> "Study":
        """The study of the project."""
        if self._study is None:
            raise RuntimeError("The oracle has no study yet: give it to a tuner.")
        return self._study

    def open(self, project: Project) -> None:
        """Opens the project's study and takes in what it holds."""
        self._study = project.open(
            self.objective, self.sampler, self.scheduler, self.seed, self.intended() or 0
        )
        attrs = self._study.user_attrs
        self._registry = Registry(self.is_grid, attrs.get(NAMES))
        self._grid = Grid(self._registry.values)
        if SPACE in attrs:
            self.update_space([deserialize(each) for each in attrs[SPACE]])
            self.update_space(self.declared.space)
        for frozen in self._study.get_trials(ENDED):
            self._remember(frozen.number, self._asked(frozen))

    def close(self) -> None:
        """Makes everything durable and lets go of the study."""
        if self._study is not None:
            self._study.close()
            self._study = None

    def intended(self) -> Optional[int]:
        """Trials that the study may have in all; None for no limit."""
        return self.max_trials

    def _asked(self, frozen: "FrozenTrial") -> List[Asked]:
        kept = frozen.user_attrs.get(RECORD, {}).get("asked")
        return [Asked(*each) for each in (frozen.params.items() if kept is None else kept)]

    def _remember(self, number: int, asked: List[Asked]) -> None:
        key = frozenset(asked)
        if key not in self._seen:
            self._seen[key] = number
            self._grid.add(asked)

    # The space

    def declare(self, hypermodel: HyperModel) -> None:
        """What the hypermodel declares counts as declared by the user."""
        if not hypermodel.tunable:
            self.tune_new_entries = False
        hypermodel.declare_hyperparameters(self.declared)
        self.update_space(self.declared.space)

    def get_space(self) -> HyperParameters:
        """The hyperparameters known so far."""
        return self.hyperparameters.copy()

    def update_space(self, space: Any) -> None:
        """Takes in hyperparameters; the domain that was asked for last is the one that shows."""
        self.hyperparameters.merge(space)
        self.hyperparameters.ensure_active_values()

    def _admit(self, hp: HyperParameter) -> bool:
        """Whether a hyperparameter that is not known is tuned."""
        if not self.allow_new_entries:
            raise FatalRuntimeError(
                f"`allow_new_entries` is `False`, but found the new entry {hp.name!r}: declare it "
                "in `hyperparameters`."
            )
        return self.tune_new_entries

    def _keep_space(self) -> None:
        """Keeps the space and the parameters' names with the study, when they have grown."""
        n = len(self.hyperparameters.space) + len(self._registry.names)
        if n != self._n_known:
            self._n_known = n
            space = [serialize(hp) for hp in self.hyperparameters.space]
            self.study.set_user_attr(SPACE, space)
            self.study.set_user_attr(NAMES, self._registry.names)

    # Trials

    @property
    def n_ended(self) -> int:
        """Trials that have had their turn, well or badly."""
        return sum(self.study.count(state) for state in ENDED)

    def create_trial(self) -> Optional[Trial]:
        """Starts the next trial; None at the end of the search."""
        from hone import BusyError, ExhaustedError

        limit = self.intended()
        if limit is not None and self.n_ended >= limit:
            return None
        if self._n_duplicates_in_a_row >= PATIENCE or not self._queue_next():
            return None
        try:
            engine = self._ask(limit)
        except (BusyError, ExhaustedError):
            return None
        hp = TrialHyperParameters(self.declared, engine, self._registry, self._admit)
        return Trial(engine.number, hp, TrialStatus.RUNNING, engine)

    def _ask(self, limit: Optional[int]) -> Any:
        """A trial; none with which more than `limit` would end well, however many processes ask."""
        from hone import Trial as EngineTrial

        total = 0
        if limit is not None:
            ended_well = self.study.count("complete") + self.study.count("pruned")
            total = limit - (self.n_ended - ended_well)
        trial = self.study._ask(EngineTrial, -1, False, total, 0.0)
        trial._begin()
        self.study._asked[trial.number] = trial
        return trial

    def _queue_next(self) -> bool:
        """Of a grid: queues what comes next. False when all has been tried."""
        if not self.is_grid or self.study.count("waiting"):
            return True
        beginning = self._grid.next()
        if beginning:
            self.study.enqueue_trial(beginning)
        return beginning is not None

    def check_duplicate(self, trial: Trial) -> None:
        """Raises `DuplicateTrial` when an earlier trial had the same values."""
        asked = getattr(trial.hyperparameters, "asked", None)
        if asked is None or trial.engine is None or trial.engine.attempts > 1:
            return
        number = self._seen.get(frozenset(asked), trial.number)
        if number != trial.number:
            raise DuplicateTrial(number)

    def _record(self, trial: Trial, outcome: Optional[Outcome]) -> None:
        """Keeps with the study what the trial's parameters do not say."""
        assert trial.engine is not None
        if self.tune_new_entries:
            self.update_space(trial.hyperparameters.space)
        self._keep_space()
        asked = list(getattr(trial.hyperparameters, "asked", ()))
        record: Dict[str, Any] = {"values": trial.hyperparameters.values, "asked": asked}
        if outcome is not None:
            record.update(metrics=outcome.metrics, best_step=outcome.best_step)
            trial.metrics = Metrics(outcome.metrics)
            trial.best_step = outcome.best_step
            trial.score = outcome.value
        trial.engine.set_user_attr(RECORD, record)
        self._remember(trial.number, asked)

    def complete(self, trial: Trial, outcome: Outcome, pruned: bool = False) -> None:
        """The trial has ended well, or was stopped early."""
        self._record(trial, outcome)
        value = None if pruned else (outcome.value,)
        self.study.tell(self._engine(trial), value, state="pruned" if pruned else None)
        trial.status = TrialStatus.COMPLETED
        self._n_failed_in_a_row = self._n_duplicates_in_a_row = 0

    def pause(self, trial: Trial, outcome: Outcome, step: int) -> None:
        """The trial has saved what it needs to go on from `step`, and may be started again."""
        self._record(trial, outcome)
        engine = self._engine(trial)
        self.study._pause(engine, step)
        self.study._asked.pop(engine.number, None)
        trial.status = TrialStatus.COMPLETED
        self._n_failed_in_a_row = 0

    def fail(self, trial: Trial, message: str, again: bool) -> None:
        """The trial's run failed; it waits to be run again, or is over."""
        engine = self._engine(trial)
        trial.message = message
        if again and engine.attempts <= self.max_retries_per_trial:
            self.study.requeue(engine, message.splitlines()[-1])
            trial.status = TrialStatus.IDLE
            return
        self._record(trial, None)
        self.study.tell(engine, state="failed", message=message)
        trial.status = TrialStatus.FAILED
        self._n_failed_in_a_row += 1
        if self._n_failed_in_a_row >= self.max_consecutive_failed_trials:
            raise RuntimeError(
                f"{self._n_failed_in_a_row} trials in a row have failed, and the search has ended. "
                f"The last one, {trial.trial_id}, said: {message}"
            )

    def drop(self, trial: Trial, duplicate: DuplicateTrial) -> None:
        """The trial repeats another: it says nothing, and does not count."""
        self.study.tell(self._engine(trial), state="lost", message=str(duplicate))
        trial.status = TrialStatus.STOPPED
        trial.message = str(duplicate)
        self._n_duplicates_in_a_row += 1

    def give_back(self, trial: Trial) -> None:
        """The trial was interrupted: it waits again, with its values."""
        self.study.requeue(self._engine(trial), "interrupted")

    def _engine(self, trial: Trial) -> Any:
        if trial.engine is None:
            raise RuntimeError(f"Trial {trial.trial_id} does not run.")
        return trial.engine

    # Looking

    def _view(self, frozen: "FrozenTrial") -> Trial:
        """A trial of the study as a tuner's user sees it."""
        record = frozen.user_attrs.get(RECORD, {})
        hp = self.hyperparameters.copy()
        hp.values = dict(record.get("values", {}))
        trial = Trial(frozen.number, hp, STATUS[frozen.state.name])
        reported = [v for v in frozen.intermediate_values.values() if v is not None]
        trial.score = frozen.value
        if trial.score is None and reported:
            trial.score = max(reported) if self.objective.direction == "max" else min(reported)
        trial.metrics = Metrics(record.get("metrics", {}))
        trial.best_step = record.get("best_step")
        trial.message = frozen.message or None
        return trial

    @property
    def trials(self) -> Dict[str, Trial]:
        """Every trial by its id, but for those that only repeated another."""
        views = (self._view(each) for each in self.study.trials if each.state.name != "LOST")
        return {view.trial_id: view for view in views}

    def get_trial(self, trial_id: Any) -> Trial:
        """The trial of that id."""
        return self._view(self.study.trials[int(trial_id)])

    def get_best_trials(self, num_trials: int = 1) -> List[Trial]:
        """The best trials, best first; those that were stopped or paused come after the others."""
        sign = -1.0 if self.objective.direction == "max" else 1.0
        ranked = []
        for frozen in self.study.get_trials(("complete", "pruned", "paused")):
            view = self._view(frozen)
            if view.score is not None and view.score == view.score:
                whole = frozen.state.name == "COMPLETE"
                ranked.append((not whole, sign * view.score, frozen.number, view))
        return [each[-1] for each in sorted(ranked, key=lambda each: each[:3])[:num_trials]]

    def best_so_far(self) -> Optional["FrozenTrial"]:
        """The study's best complete trial, or None. Cheaper than `get_best_trials(1)`."""
        from hone import NotFoundError

        try:
            return self.study.best_trial
        except NotFoundError:
            return None

    def remaining_trials(self) -> Optional[int]:
        """Trials that are left; None without a limit."""
        limit = self.intended()
        return None if limit is None else max(limit - self.n_ended, 0)
