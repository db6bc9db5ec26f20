"""A study as the search algorithm of a Tune run."""

import math
import os
import pickle
import re
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from ray.tune.result import DEFAULT_METRIC, TRAINING_ITERATION
from ray.tune.search import Searcher

import hone
from hone._errors import BusyError, ExhaustedError
from hone._frozen import FrozenTrial
from hone._plugins import SAMPLER, Choice, as_choice
from hone._state import TrialState
from hone._study import Study, storage_url
from hone._trial import Trial
from hone.ray._domains import has_domain
from hone.ray._space import Configs

_GOALS = {"min": "minimize", "max": "maximize", "obs": "record"}
_TRIAL_ID = "ray_trial_id"  # the fact by which a trial is found again
_RECORDED = 2  # the extension's number for the goal of a metric that is only recorded
_Reports = list[tuple[float, dict[str, float]]]  # (step, {metric: value})


class HoneSearch(Searcher):
    """Suggests a Tune run's configurations by a sampler of Hone's.

    space: by default the run's param_space. Else a dict with Ray's domains, Hone's (hone.Float and
    its sisters), constants and further dicts; or what hone.space takes, conditions included: what is
    inactive is then no part of the configuration. metric, mode: by default those of the TuneConfig;
    lists for several objectives, whatever the TuneConfig has for the scheduler; "obs" among the modes
    for a metric that is only recorded.

    sampler: a name ("auto", "tpe", "gp", "grid", …; `hone samplers` lists them) or
    hone.sampler(name, option=…). seed: of its randomness; one is drawn and kept by default.
    points_to_evaluate: configurations to begin with; what they leave out the sampler chooses.
    evaluated_rewards: their results, if they need not be run. max_t: the training_iteration of a
    whole trial, by default that of the run's `stop`: a trial that is stopped sooner, and not by a
    rule of that `stop`, counts as stopped, not as a result. noisy: the same configuration again is a repeat, and a finite space has
    no end. storage, name: a file to keep the study in, which `hone` and hone.open show while the run
    goes on; in memory by default.

    Raises LookupError for an unknown sampler, ValueError for what cannot be searched.
    """

    _metric: Any  # Ray's names
    _mode: Any

    def __init__(
        self,
        space: Any = None,
        metric: str | list[str] | None = None,
        mode: str | list[str] | None = None,
        points_to_evaluate: Sequence[Mapping[str, Any]] | None = None,
        *,
        sampler: str | Choice = "auto",
        seed: int | None = None,
        evaluated_rewards: Sequence[float] | None = None,
        max_t: int | None = None,
        noisy: bool = False,
        storage: str | os.PathLike[str] | None = None,
        name: str | None = None,
    ) -> None:
        _check_goals(metric, mode)
        super().__init__(metric=metric, mode=mode)
        self._sampler = as_choice(SAMPLER, sampler)
        self._seed = seed
        self._own = (metric, mode)  # as against those of the run, which may be another one next time
        self._max_t = max_t
        self._stop: dict[str, Any] = {}  # the run's rules
        self._noisy = noisy
        # The state may be restored in another directory.
        url = storage_url(storage)
        self._storage = None if url == storage_url(None) else url
        self._name = name
        self._n_trials = 0
        self._given = None if space is None else Configs(space, whole=True)
        self._configs = self._given
        self._points = deque(_points_of(points_to_evaluate, evaluated_rewards))
        # Of a study in memory, which is to be made again: trials and what they have reported.
        self._records: list[tuple[FrozenTrial, _Reports]] = []
        self._restored = False
        self._study: Study | None = None
        self._trials: dict[str, Trial] = {}
        if self._configs is not None:
            self._check_points(self._configs)

    # --- the run that it serves ---

    def set_search_properties(
        self, metric: Any, mode: Any, config: Mapping[str, Any], **spec: Any
    ) -> bool:
        """What Tune knows of the run: is it taken over?"""
        goals = self._goals(metric, mode)
        if self._study is None:
            self._n_trials = max(0, spec.get("num_samples") or 0)
        if self._study is None and not self._restored:
            self._metric, self._mode = goals
        elif goals != (self._metric, self._mode):
            raise ValueError(
                f"this search has learned the {self._mode} of {self._metric!r}, and the run wants the "
                f"{goals[1]} of {goals[0]!r}: give it a HoneSearch of its own"
            )
        stop = spec.get("stop")
        self._stop = dict(stop) if isinstance(stop, Mapping) else {}
        if not has_domain(config):
            return True
        if self._given is not None:
            return False
        configs = Configs(config, whole=False)
        if self._configs is None:
            self._check_points(configs)
            self._configs = configs
        return configs.is_same(self._configs)

    def _goals(self, metric: Any, mode: Any) -> tuple[Any, Any]:
        """The search's own metric and mode, or else the run's. Several of its own go with whichever
        one the run has for its scheduler and its best result."""
        for what, own, given in zip(("metric", "mode"), self._own, (metric, mode), strict=True):
            if own and given and len(listed(own)) == 1 and listed(own) != listed(given):
                raise ValueError(
                    f"HoneSearch has {what}={own!r} and tune.TuneConfig {what}={given!r}: write the same "
                    "in both, or leave it out of one"
                )
        goals = (self._own[0] or metric or self._metric, self._own[1] or mode or self._mode)
        _check_goals(*goals)
        return goals

    def _check_points(self, configs: Configs) -> None:
        for i, (point, _) in enumerate(self._points):
            configs.params(point, what=f"points_to_evaluate[{i}]")

    @property
    def study(self) -> Study:
        """The study with what is known so far: study.best_trial, study.trials_dataframe()."""
        if self._study is None:
            self._open()
        assert self._study is not None
        return self._study

    def _open(self) -> None:
        if self._configs is None:
            raise RuntimeError(
                "HoneSearch has no space: give tune.Tuner(param_space={…}) domains to search, or "
                "write HoneSearch(space={…})"
            )
        if not self._mode:
            raise RuntimeError(
                "HoneSearch has no mode: write tune.TuneConfig(metric=…, mode=…), or "
                'HoneSearch(metric="loss", mode="min")'
            )
        self._metric = self._metric or DEFAULT_METRIC
        study = hone.study(
            self._configs.space,
            storage=self._storage,
            name=self._name,
            metrics=dict(zip(self._names(), map(_GOALS.__getitem__, listed(self._mode)))),
            sampler=self._sampler,
            scheduler="none",  # Ray's own stops trials
            seed=self._seed,
            n_trials=self._n_trials,
            noisy=self._noisy,
        )
        self._study, self._seed = study, study.seed
        if self._restored:
            self._restore(study)
        elif study.n_trials:
            study.recover()  # what a run that was killed had begun

    def _names(self) -> list[str]:
        """What the study calls the metrics: as Ray does, but for signs that it does not allow."""
        return [re.sub(r"[^A-Za-z0-9_./@-]", "_", name) for name in listed(self._metric)]

    # --- trials ---

    def suggest(self, trial_id: str) -> dict[str, Any] | str | None:
        """A configuration; None: not before a result has come; FINISHED: a finite space is used up."""
        study, configs = self.study, self._configs
        assert configs is not None
        self._enter_evaluated()
        trial = self._trials.get(trial_id)
        if trial is None:
            try:
                if self._points:
                    params = configs.params(self._points.popleft()[0])
                    trial = _ask(study, study.enqueue_trial(params))
                else:
                    trial = study.ask()
            except ExhaustedError:
                finished: str = Searcher.FINISHED
                return finished
            except BusyError:
                return None
            trial.set_user_attr(_TRIAL_ID, trial_id)
            self._trials[trial_id] = trial
        return configs.config(trial.params)

    def on_trial_result(self, trial_id: str, result: Mapping[str, Any]) -> None:
        """A trial goes on, and this is how far it has come."""
        trial = self._trials.get(trial_id)
        if trial is not None:
            self._report(trial, result)

    def _report(self, trial: Trial, result: Mapping[str, Any]) -> bool:
        """Is this something new of the trial? One that starts over reports what is known."""
        step = result.get(TRAINING_ITERATION)
        values = self._values(result)
        if step is None or values is None or step <= trial._last_step:
            return False
        trial.report(values, step)
        return True

    def _values(self, result: Mapping[str, Any]) -> dict[str, float] | None:
        """The metrics of a result; None where one is missing that a study cannot do without."""
        values = {}
        modes = listed(self._mode)
        for metric, name, mode in zip(listed(self._metric), self._names(), modes, strict=True):
            try:
                values[name] = float(result[metric])
            except (KeyError, TypeError, ValueError):
                if mode != "obs":
                    return None
        return values

    def on_trial_complete(
        self, trial_id: str, result: Mapping[str, Any] | None = None, error: bool = False
    ) -> None:
        """A trial has ended, with its last result."""
        trial = self._trials.pop(trial_id, None)
        if trial is None:
            return
        study = self.study
        if error:
            study.tell(trial, state="failed", message="the trainable raised an error")
            return
        if not result:
            self._tell_stopped(trial)
            return
        values = self._values(result)
        if values is None:
            missing = ", ".join(m for m in listed(self._metric) if m not in result)
            why = f"its last result had no {missing}" if missing else "its metric is no number"
            study.tell(trial, state="invalid", message=why)
            return
        # A trainable that ends by itself has reported its last result before; one that is stopped
        # has it now.
        is_stopped = self._report(trial, result)
        if is_stopped and not self._is_whole(result):
            study.tell(trial, state="pruned")
        else:
            study.tell(trial, values)

    def _is_whole(self, result: Mapping[str, Any]) -> bool:
        """Is this the result of a trial that needed no more? By a rule of the run's `stop`, in the
        sense of Tune, or by its steps; where nothing says what is whole, everything is."""
        if any(rule in result and result[rule] >= least for rule, least in self._stop.items()):
            return True
        max_t = self._stop.get(TRAINING_ITERATION) if self._max_t is None else self._max_t
        return max_t is None or result.get(TRAINING_ITERATION, math.inf) >= max_t

    def _tell_stopped(self, trial: Trial) -> None:
        """A trial has ended without a last result: it had not run yet, or it was paused and its
        scheduler ends it (HyperBandScheduler does, those at its max_t included)."""
        reports = _reports_of(self.study, trial.number)
        if not reports:
            self.study.tell(trial, state="lost", message="Ray ended it before it had a result")
            return
        step, values = reports[-1]
        if self._max_t is not None and step >= self._max_t:
            self.study.tell(trial, values)
        else:
            self.study.tell(trial, state="pruned")

    def add_evaluated_point(
        self,
        parameters: Mapping[str, Any],
        value: Any,
        error: bool = False,
        pruned: bool = False,
        intermediate_values: Sequence[float] | None = None,
    ) -> None:
        """A result from elsewhere. value: of several objectives a list. Raises ValueError where a
        parameter is missing or out of its range."""
        study, configs = self.study, self._configs
        assert configs is not None
        trial = _ask(study, study.enqueue_trial(_complete(configs, parameters)))
        if error:
            study.tell(trial, state="failed")
            return
        names = self._names()
        values = dict(zip(names, map(float, value if isinstance(value, (list, tuple)) else [value])))
        if len(names) == 1:
            curve = intermediate_values or ([value] if pruned else [])
            for step, intermediate in enumerate(curve, 1):
                trial.report(float(intermediate), step)
        study.tell(trial, None if pruned else values, "pruned" if pruned else None)

    def _enter_evaluated(self) -> None:
        while self._points and self._points[0][1] is not None:
            self.add_evaluated_point(*self._points.popleft())

    # --- a run that goes on ---

    def get_state(self) -> dict[str, Any]:
        """All that another HoneSearch needs to go on, trials of a study in memory included."""
        state = dict(self.__dict__, _study=None, _trials={}, _restored=True)
        if self._study is None:
            state["_restored"] = self._restored
        elif self._storage is None:
            study = self._study
            state["_records"] = [(t, _reports_of(study, t.number)) for t in study.trials]
        return state

    def set_state(self, state: Mapping[str, Any]) -> None:
        """Goes on where get_state was called."""
        self.__dict__.update(state)

    __getstate__ = get_state
    __setstate__ = set_state

    def save(self, checkpoint_path: str) -> None:
        """Writes the state into a file, which Tune does by itself now and then."""
        with open(checkpoint_path, "wb") as file:
            pickle.dump(self.get_state(), file)

    def restore(self, checkpoint_path: str) -> None:
        """Goes on with what save has written, Tune's Tuner.restore included."""
        with open(checkpoint_path, "rb") as file:
            self.set_state(pickle.load(file))

    def _restore(self, study: Study) -> None:
        """Trials of before, in their order; those that ran are found by Ray's names for them."""
        for record, reports in self._records:
            _enter(study, record, reports)
        self._records = []
        for frozen in study.get_trials("running"):
            trial_id = frozen.user_attrs.get(_TRIAL_ID)
            if trial_id is not None:
                trial = study._look_up(frozen.number)
                trial._last_step = frozen.last_step or 0.0
                self._trials[trial_id] = trial


def listed(value: Any) -> list[Any]:
    """One metric or mode, or several."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _check_goals(metric: Any, mode: Any) -> None:
    if mode is None:
        return
    for one in listed(mode):
        if one not in _GOALS:
            raise ValueError(f'mode is {mode!r}: write "min" or "max" (of several also "obs")')
    if "obs" == mode or (isinstance(mode, (list, tuple)) and set(mode) == {"obs"}):
        raise ValueError(f"mode is {mode!r}: one metric must have an aim, min or max")
    if isinstance(mode, (list, tuple)) and len(listed(metric)) != len(mode):
        raise ValueError(f"metric is {metric!r} and mode {mode!r}: write as many of both")
    if isinstance(metric, (list, tuple)) and not isinstance(mode, (list, tuple)):
        raise ValueError(f"metric is {metric!r} and mode {mode!r}: write a mode for each")


def _points_of(points: Any, rewards: Any) -> list[tuple[Mapping[str, Any], Any]]:
    points = [] if points is None else points
    if isinstance(points, Mapping) or not all(isinstance(point, Mapping) for point in points):
        raise TypeError(f"points_to_evaluate is {points!r}: write a list of dicts")
    rewards = [None] * len(points) if rewards is None else rewards
    if len(rewards) != len(points):
        raise ValueError(
            f"{len(rewards)} evaluated_rewards for {len(points)} points_to_evaluate: each has one"
        )
    return list(zip(points, rewards, strict=True))


def _complete(configs: Configs, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The study's values of a configuration that was run, which has all of them."""
    params = configs.params(parameters)
    missing = [name for name in configs.space if name not in params and not configs.is_conditional(name)]
    if missing:
        raise ValueError(f"the point {dict(parameters)!r} has no {', '.join(missing)}")
    return params


def _ask(study: Study, number: int) -> Trial:
    """The trial of this number, which waits, begins."""
    trial: Trial = study._ask(Trial, number)
    trial._begin()
    return trial


def _reports_of(study: Study, number: int) -> _Reports:
    """What a trial has reported, of all metrics. One that is to have a value and has none is NaN."""
    _, _, _, reports = study._record_rest(number)
    return [
        (
            step,
            {
                name: math.nan if value is None else value
                for (name, goal), value in zip(study._metrics, values, strict=True)
                if value is not None or goal != _RECORDED
            },
        )
        for step, values in reports
    ]


def _enter(study: Study, record: FrozenTrial, reports: _Reports) -> None:
    """A trial of an earlier study, with all that it had come to."""
    number = study.enqueue_trial(record.params, user_attrs=record.user_attrs)
    if record.state == TrialState.WAITING:
        return
    trial = _ask(study, number)
    for step, values in reports:
        trial.report(values, step)
    if record.state == TrialState.RUNNING:
        return
    message = record.message or None
    if record.state == TrialState.COMPLETE:
        study.tell(trial, record.metrics, message=message)
    else:
        study.tell(trial, state=record.state, message=message)
