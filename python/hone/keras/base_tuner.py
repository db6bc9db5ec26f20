"""The loop of a search, whatever a trial runs. It needs no Keras."""

from __future__ import annotations

import time
import traceback
from typing import Any, List, Optional, Tuple

from . import display
from .discover import discover
from .errors import DuplicateTrial, FailedTrialError, FatalError
from .hypermodel import HyperModel, get_hypermodel
from .hyperparameters import HyperParameters
from .oracle import Oracle
from .outcome import Outcome, outcome_of
from .project import Project
from .trial import Trial, TrialStatus


class BaseTuner:
    """Asks the oracle for trials, runs them, and reports what came of them.

    To be subclassed: `run_trial` evaluates one configuration.

    Args:
        oracle: what is searched for, and how.
        hypermodel: a function of the hyperparameters or a `HyperModel`; may be left out when
            `run_trial` does without.
        directory: where the project's folder lies; the working directory unless given.
        project_name: the folder's name.
        overwrite: begins anew where the folder holds a search; otherwise that is gone on with.
    """

    def __init__(
        self,
        oracle: Oracle,
        hypermodel: Any = None,
        directory: Any = None,
        project_name: Optional[str] = None,
        overwrite: bool = False,
    ) -> None:
        if not isinstance(oracle, Oracle):
            raise ValueError(f"The oracle must be an Oracle of hone.keras; got {oracle!r}.")
        self.oracle = oracle
        self.hypermodel: Optional[HyperModel] = get_hypermodel(hypermodel)
        self.project = Project(directory, project_name)
        self.verbose = 1
        if overwrite:
            self.project.remove()
        oracle.open(self.project)
        if self.hypermodel is not None:
            oracle.declare(self.hypermodel)

    # To be overridden

    def run_trial(self, trial: Trial, *fit_args: Any, **fit_kwargs: Any) -> Any:
        """Evaluates `trial.hyperparameters`.

        Returns:
            A `History`, a dict of metrics, the objective's value, or a list of these, whose mean
            counts.
        """
        raise NotImplementedError

    def load_model(self, trial: Trial) -> Any:
        """The trained model of a trial."""
        raise NotImplementedError

    def on_search_begin(self) -> None:
        """Called when `search` begins."""

    def on_search_end(self) -> None:
        """Called when `search` ends."""

    def pre_create_trial(self) -> None:
        """Called before a trial is asked for."""

    def on_trial_begin(self, trial: Trial) -> None:
        """Called before a trial runs."""

    def on_trial_end(self, trial: Trial) -> None:
        """Called when a trial has ended."""

    # The search

    def search(self, *fit_args: Any, **fit_kwargs: Any) -> None:
        """Runs trials until there are `max_trials`, or nothing is left to try.

        Args:
            fit_args: given to `run_trial`, and by it to `model.fit`: the data, say.
            fit_kwargs: likewise; `verbose=0` also silences the search itself.
        """
        self.verbose = int(fit_kwargs.get("verbose", 1) not in (0, "0"))
        self.on_search_begin()
        if self.verbose and self.remaining_trials == 0:
            print(display.nothing_left(self.oracle, self.project_dir), flush=True)
        while True:
            self.pre_create_trial()
            trial = self.oracle.create_trial()
            if trial is None:
                break
            began = time.monotonic()
            self.on_trial_begin(trial)
            self._run(trial, fit_args, fit_kwargs)
            self.on_trial_end(trial)
            if self.verbose and trial.status in (TrialStatus.COMPLETED, TrialStatus.FAILED):
                seconds = time.monotonic() - began
                print(display.trial_line(self.oracle, trial, seconds), flush=True)
        self.on_search_end()

    def _run(self, trial: Trial, fit_args: Tuple[Any, ...], fit_kwargs: Any) -> None:
        """Runs a trial, and tells the oracle how it ended."""
        try:
            result = self.run_trial(trial, *fit_args, **fit_kwargs)
            outcome = outcome_of(result, self.oracle.objective)
        except DuplicateTrial as duplicate:
            self.oracle.drop(trial, duplicate)
        except FailedTrialError as error:
            self.oracle.fail(trial, str(error) or "FailedTrialError", again=False)
        except (FatalError, KeyboardInterrupt, SystemExit):
            self.oracle.give_back(trial)
            raise
        except Exception:
            self.oracle.fail(trial, traceback.format_exc(), again=True)
        else:
            self._finish(trial, outcome)

    def _finish(self, trial: Trial, outcome: Outcome) -> None:
        """Tells the oracle of a trial that has ended well."""
        self.oracle.complete(trial, outcome)

    # Looking

    @property
    def project_dir(self) -> str:
        """The project's folder."""
        return self.project.path

    def get_trial_dir(self, trial_id: str) -> str:
        """The folder of a trial."""
        return self.project.trial_dir(trial_id)

    @property
    def remaining_trials(self) -> Optional[int]:
        """Trials that are left; None without a limit."""
        return self.oracle.remaining_trials()

    def get_best_hyperparameters(self, num_trials: int = 1) -> List[HyperParameters]:
        """The hyperparameters of the best trials, best first."""
        return [trial.hyperparameters for trial in self.oracle.get_best_trials(num_trials)]

    def get_best_models(self, num_models: int = 1) -> List[Any]:
        """The trained models of the best trials, best first."""
        return [self.load_model(trial) for trial in self.oracle.get_best_trials(num_models)]

    def _build(self, hp: HyperParameters) -> Any:
        """What the hypermodel builds; a tuner of models checks and compiles it besides."""
        if self.hypermodel is None:
            raise ValueError("This tuner has no hypermodel: override run_trial, or give one.")
        return self.hypermodel.build(hp)

    def discover_space(self) -> HyperParameters:
        """The space, found by building the hypermodel before the first trial if need be."""
        oracle = self.oracle
        if oracle.allow_new_entries and oracle.tune_new_entries and self.hypermodel is not None:
            if not len(oracle.study):
                oracle.update_space(discover(self._build, oracle.declared).space)
        return oracle.get_space()

    def search_space_summary(self, extended: bool = False) -> None:
        """Prints the hyperparameters known so far; before the first trial the model is built for
        that. What depends on the values of others may show only as trials come to it."""
        print("\n".join(display.space_lines(self.discover_space(), extended)))

    def results_summary(self, num_trials: int = 10) -> None:
        """Prints the best trials."""
        print("\n".join(display.result_lines(self.oracle, self.project_dir, num_trials)))

    def save(self) -> None:
        """Makes what was recorded durable against a power cut; it is recorded as it happens."""
        self.oracle.study.sync()

    def reload(self) -> None:
        """Takes in what other processes have recorded meanwhile."""
        self.oracle.study.refresh()
