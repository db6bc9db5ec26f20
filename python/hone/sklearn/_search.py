"""HoneSearchCV: search with cross-validation for an estimator's hyperparameters, by any sampler."""

import math
import numbers
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

import hone
from hone._plugins import Choice
from hone._stops import must_only_stop
from hone.sklearn import _halving
from hone.sklearn._record import Record
from hone.sklearn._run import Run
from hone.sklearn._sklearn import (
    BaseSearchCV,
    Interval,
    ParameterGrid,
    StrOptions,
    check_random_state,
    is_classifier,
    num_samples,
)
from hone.sklearn._space import SearchSpace

_DEFAULT_N = 10
# Samplers whose next candidate does not depend on what earlier ones came to.
_BLIND = ("random", "qmc", "grid")
_ENDLESS = 2**31 - 1


def _name_of(choice: str | Choice | None) -> str | None:
    return choice.name if isinstance(choice, Choice) else choice


def _is_listed(given: Any) -> bool:
    """Nothing but lists of values: a grid."""
    parts = [given] if isinstance(given, Mapping) else given
    if isinstance(parts, str) or not isinstance(parts, list | Mapping | tuple):
        return False
    values = [value for part in parts if isinstance(part, Mapping) for value in part.values()]
    return not any(
        isinstance(value, (str, hone.Param)) or hasattr(value, "rvs") or hasattr(value, "icdf")
        for value in values
    )


def _metric_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_./@-]", "_", name)


class HoneSearchCV(BaseSearchCV):  # type: ignore[misc]
    """Search for an estimator's hyperparameters with cross-validation.

    It takes the place of scikit-learn's GridSearchCV, RandomizedSearchCV and HalvingRandomSearchCV,
    with their arguments and their attributes after fit, and learns from the candidates that it has
    tried where those do not.

    Parameters
    ----------
    estimator : estimator
        What is tuned. It needs a score method, or `scoring`.
    space : dict, list of dicts, str or hone.Space
        {parameter: values}, where values are a list or an array of any objects, a distribution of
        scipy.stats (or anything with rvs), hone.Float and its sisters, or a text of the space
        language such as "log:1e-3..1e3". A list of dicts has a branch each. Nothing but lists, and
        no `n_iter`: every combination, as GridSearchCV.
    param_grid, param_distributions : dict or list of dicts
        `space` by the names that scikit-learn's searches give it; one of the three is given.
        `param_grid`: every combination, in their order; `param_distributions`: `n_iter` of them.
    n_iter, n_trials : int, default=10
        How many candidates are tried; two names of one argument. With `storage`, how many there are
        in the study altogether.
    sampler : str or hone.sampler(...), default="auto"
        Who proposes candidates; "grid" where every combination is tried.
    scheduler : str or hone.scheduler(...), default=None
        Who stops candidates after some of their folds: "wilcoxon" and "race" compare equal folds,
        "median" the mean so far. Candidates that are stopped have NaN in the folds that were
        skipped and in their mean, and rank last.
    storage : str, default=None
        A file, such as "hone.db", that keeps the study: a search that was interrupted goes on when
        it is fitted again with the same data, and the command `hone` opens it.
    study_name : str, default="default"
        Name of the study in `storage`.
    timeout : float, default=None
        No further candidate is begun after so many seconds.
    scoring, n_jobs, refit, cv, verbose, pre_dispatch, error_score, return_train_score
        As in GridSearchCV. With several scorers the search goes by the one that `refit` names, or
        else, with refit=False or a function, by all of them: it looks for the Pareto front.
    random_state : int, RandomState or None
        Seed of the sampler: the same seed and n_jobs give the same candidates.
    resource, factor, min_resources, max_resources, n_candidates, aggressive_elimination
        As in HalvingRandomSearchCV; any of them asks for successive halving. `resource` is
        "n_samples" (the default) or a parameter of the estimator, `factor` 3, `min_resources`
        "smallest", `max_resources` "auto", `n_candidates` "exhaust".

    Attributes
    ----------
    cv_results_, best_estimator_, best_score_, best_params_, best_index_, scorer_, n_splits_,
    refit_time_, multimetric_, classes_, n_features_in_, feature_names_in_
        As in GridSearchCV.
    n_resources_, n_candidates_, n_remaining_candidates_, max_resources_, min_resources_,
    n_iterations_, n_possible_iterations_, n_required_iterations_
        As in HalvingRandomSearchCV, after successive halving.
    study_ : hone.Study
        Everything that was tried. A pickle of the search holds it only if it is kept in a file.

    Examples
    --------
    >>> from hone.sklearn import HoneSearchCV
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> X, y = load_iris(return_X_y=True)
    >>> search = HoneSearchCV(SVC(), {"C": loguniform(1e-2, 1e3)}, n_iter=20, random_state=0)
    >>> search.fit(X, y).best_score_ > 0.97
    True
    """

    _parameter_constraints = {
        **BaseSearchCV._parameter_constraints,
        "space": [dict, list, str, hone.Space, None],
        "param_grid": [dict, list, None],
        "param_distributions": [dict, list, str, hone.Space, None],
        "n_iter": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "n_trials": [Interval(numbers.Integral, 1, None, closed="left"), None],
        "sampler": [str, Choice, None],
        "scheduler": [str, Choice, None],
        "storage": [str, "array-like", object],
        "study_name": [str, None],
        "timeout": [Interval(numbers.Real, 0, None, closed="neither"), None],
        "random_state": ["random_state"],
        "resource": [str, None],
        "factor": [Interval(numbers.Real, 1, None, closed="neither"), None],
        "min_resources": [
            Interval(numbers.Integral, 0, None, closed="neither"),
            StrOptions({"exhaust", "smallest"}),
            None,
        ],
        "max_resources": [
            Interval(numbers.Integral, 0, None, closed="neither"),
            StrOptions({"auto"}),
            None,
        ],
        "n_candidates": [
            Interval(numbers.Integral, 0, None, closed="neither"),
            StrOptions({"exhaust"}),
            None,
        ],
        "aggressive_elimination": ["boolean", None],
    }

    def __init__(
        self,
        estimator: Any,
        space: Any = None,
        *,
        param_grid: Any = None,
        param_distributions: Any = None,
        n_iter: int | None = None,
        n_trials: int | None = None,
        sampler: str | Choice | None = None,
        scheduler: str | Choice | None = None,
        storage: Any = None,
        study_name: str | None = None,
        timeout: float | None = None,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = np.nan,
        return_train_score: bool = False,
        resource: str | None = None,
        factor: float | None = None,
        min_resources: Any = None,
        max_resources: Any = None,
        n_candidates: Any = None,
        aggressive_elimination: bool | None = None,
    ) -> None:
        self.space = space
        self.param_grid = param_grid
        self.param_distributions = param_distributions
        self.n_iter = n_iter
        self.n_trials = n_trials
        self.sampler = sampler
        self.scheduler = scheduler
        self.storage = storage
        self.study_name = study_name
        self.timeout = timeout
        self.random_state = random_state
        self.resource = resource
        self.factor = factor
        self.min_resources = min_resources
        self.max_resources = max_resources
        self.n_candidates = n_candidates
        self.aggressive_elimination = aggressive_elimination
        super().__init__(
            estimator=estimator,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )

    # --- what was asked for ---

    def _given(self) -> Any:
        """The space, by whichever of its three names it was given."""
        named = ("space", "param_grid", "param_distributions")
        given = [name for name in named if getattr(self, name) is not None]
        if len(given) != 1:
            what = "none of them" if not given else " and ".join(given)
            raise ValueError(
                f"give one of space, param_grid and param_distributions, not {what}"
            )
        return getattr(self, given[0])

    def _count(self) -> int | None:
        """How many candidates; None where it was not said."""
        if self.n_iter is not None and self.n_trials is not None:
            raise ValueError("n_iter and n_trials are two names of one argument: give one of them")
        return self.n_iter if self.n_iter is not None else self.n_trials

    def _plan(self, space: SearchSpace) -> tuple[int, bool]:
        """How many candidates there are to be, and whether that is a grid: every combination."""
        n = self._count()
        if n is None and isinstance(self.n_candidates, numbers.Integral):
            n = int(self.n_candidates)
        if self.sampler is not None and _name_of(self.sampler) == "grid":
            return n or space.size or _ENDLESS, n is None
        halving = self._halving().is_wanted
        if n is None and self.sampler is None:
            implied = self.space is not None and not halving and _is_listed(self.space)
            if self.param_grid is not None or implied:
                return space.size or _ENDLESS, True
        if n is None:
            n = self._exhausting() if halving else _DEFAULT_N
        if space.size is not None and space.size < n:
            warnings.warn(
                f"The total space of parameters {space.size} is smaller than n_iter={n}. Running "
                f"{space.size} iterations. For exhaustive searches, use param_grid.",
                UserWarning,
                stacklevel=2,
            )
            n = space.size
        return n, n == space.size and self.sampler is None

    def _exhausting(self) -> int:
        """As many candidates as make the last round of a tournament use all of the resource."""
        plan = self._resources(is_counted=False)
        return plan.high // plan.low

    def _resources(self, is_counted: bool) -> _halving.Resources:
        return _halving.resources(
            self._halving(), self.estimator, (self._n_samples, self.n_splits_, self._n_classes),
            is_counted,
        )

    def _halving(self) -> _halving.Request:
        return _halving.Request(
            self.resource,
            self.factor,
            self.min_resources,
            self.max_resources,
            self.n_candidates,
            self.aggressive_elimination,
        )

    def _metrics(self) -> tuple[dict[str, str], dict[str, str]]:
        """{scorer: metric} and {metric: direction}, what is optimised first."""
        if self.scoring is None or isinstance(self.scoring, str):
            scorers, name = ["score"], _metric_name(self.scoring or "score")
            return {"score": name}, {name: "maximize"}
        if callable(self.scoring):
            # What it returns is known only after the first fit: a number, or scores by name.
            scorers = [self.refit if isinstance(self.refit, str) else "score"]
        else:
            scorers = list(self.scoring)
        chosen = self.refit if isinstance(self.refit, str) else None
        if chosen in scorers:
            scorers = [chosen] + [name for name in scorers if name != chosen]
        names = {name: _metric_name(name) for name in scorers}
        goals = {
            metric: "record" if chosen is not None and i else "maximize"
            for i, metric in enumerate(names.values())
        }
        return names, goals

    # --- the search ---

    def _check_input_parameters(self, X: Any, y: Any, split_params: Any) -> None:
        self._n_samples = num_samples(X)
        labelled = is_classifier(self.estimator) and y is not None
        self._n_classes = len(np.unique(np.asarray(y))) if labelled else 1
        if self._halving().is_wanted and (self.scheduler is not None or self.timeout is not None):
            other = "scheduler" if self.scheduler is not None else "timeout"
            raise ValueError(f"{other} and successive halving exclude each other: give one of them")

    def _run_search(
        self, evaluate_candidates: Callable[..., Any], *, callback_ctx: Any = None
    ) -> None:
        given = self._given()
        if self.param_grid is not None and _is_listed(given):
            ParameterGrid(given)  # for scikit-learn's own sentences about a grid that is none
        halving = self._halving().is_wanted
        if halving:
            self._resources(is_counted=True)  # what is wrong is said before anything else is done
        seed = self._seed()
        space = SearchSpace(given, seed or 0)
        n, is_grid = self._plan(space)
        record = self._open_study(space, n, is_grid, seed)
        earlier = record.earlier() if self.storage is not None and not halving else []
        context = self._begin(callback_ctx, None if earlier else n, halving)
        run = Run(self, record, evaluate_candidates, context, self.timeout)
        self._hone_run = run
        try:
            if halving:
                self._halve(run, space, n, is_grid, seed or 0)
            elif self.scheduler is not None:
                run.fold_by_fold(n - len(earlier))
            else:
                run.whole(n - len(earlier), at_once=self._is_blind(is_grid))
            run.finish(earlier, super()._format_results)
        except BaseException:
            run.put_back()
            raise
        finally:
            del self._hone_run
        self.study_ = record.study
        if context is not None:
            context.call_on_fit_task_end(estimator=self)

    def _seed(self) -> int | None:
        """None leaves the seed of a study in a file to the study, which has one or draws one."""
        if self.random_state is None and self.storage is not None:
            return None
        if isinstance(self.random_state, numbers.Integral):
            return int(self.random_state)
        return int(check_random_state(self.random_state).randint(np.iinfo(np.int32).max))

    def _is_blind(self, is_grid: bool) -> bool:
        if self.storage is not None or self.timeout is not None:
            return False  # in batches, so that something is kept or the time is looked at
        return is_grid or _name_of(self.sampler) in _BLIND

    def _open_study(
        self, space: SearchSpace, n: int, is_grid: bool, seed: int | None
    ) -> Record:
        names, goals = self._metrics()
        must_only_stop(self.scheduler)
        study = hone.study(
            space.space,
            storage=self.storage,
            name=self.study_name,
            metrics=goals,
            sampler="grid" if is_grid and self.sampler is None else self.sampler,
            scheduler="none" if self.scheduler is None else self.scheduler,
            seed=seed,
            n_trials=n if n < _ENDLESS else 0,
        )
        record = Record(study, space, names, self.n_splits_, _name_of(self.scheduler))
        if self.storage is not None:
            self._check_same(study)
            study.recover()
        if is_grid and space.size is not None:
            record.queue_grid()
        return record

    def _check_same(self, study: hone.Study) -> None:
        """Scores of other data or other folds are no continuation."""
        facts = {
            "estimator": type(self.estimator).__name__,
            "n_samples": self._n_samples,
            "n_splits": self.n_splits_,
        }
        known = study.user_attrs.get("sklearn")
        if known is None:
            study.set_user_attr("sklearn", facts)
        elif known != facts:
            differing = ", ".join(
                f"{key} was {known.get(key)!r} and is {facts[key]!r}"
                for key in facts
                if known.get(key) != facts[key]
            )
            raise ValueError(
                f"study {study.name!r} in {self.storage} is of another search: {differing}; give "
                f"another study_name"
            )

    def _begin(self, callback_ctx: Any, n: int | None, halving: bool) -> Any:
        """The context of the whole search, for scikit-learn's callbacks."""
        if callback_ctx is None:
            return None
        options: dict[str, Any] = {"max_subtasks": None}
        if not halving:
            options["sequential_subtasks"] = False
            if n is not None and n < _ENDLESS:
                options["max_subtasks"] = n * self.n_splits_
        context = callback_ctx.subcontext(task_name="search", **options)
        return context.call_on_fit_task_begin(estimator=self)

    def _halve(self, run: Run, space: SearchSpace, n: int, is_grid: bool, seed: int) -> None:
        plan = self._resources(is_counted=is_grid or self.n_candidates != "exhaust")
        if space.has(plan.name):
            raise ValueError(
                f"Cannot use parameter {plan.name} as the resource since it is part of the "
                f"searched parameters."
            )
        rounds, counts = run.halve(n, plan, seed)
        self.n_resources_ = rounds.amounts
        self.n_candidates_ = counts
        self.min_resources_ = rounds.low
        self.max_resources_ = plan.high
        self.n_iterations_ = len(rounds.amounts)
        self.n_required_iterations_ = rounds.n_required
        self.n_possible_iterations_ = rounds.n_possible
        self.n_remaining_candidates_ = math.ceil(counts[-1] / plan.factor)
        if self.verbose:
            for i, (count, amount) in enumerate(zip(counts, rounds.amounts, strict=True)):
                print(f"iter {i}: {count} candidates, {plan.name}={amount}")

    # --- what scikit-learn's fit calls back ---

    def _format_results(
        self, candidate_params: Any, n_splits: int, out: Any, more_results: Any = None
    ) -> dict[str, Any]:
        return self._hone_run.take(out)

    @staticmethod
    def _select_best_index(refit: Any, refit_metric: str, results: dict[str, Any]) -> int:
        """The best row; after halving the best of the last round, whose resource was the most."""
        if callable(refit) or "iter" not in results:
            best = BaseSearchCV._select_best_index(refit, refit_metric, results)
            return int(best)
        last = np.flatnonzero(results["iter"] == np.max(results["iter"]))
        scores = results[f"mean_test_{refit_metric or 'score'}"][last]
        return int(last[0 if np.isnan(scores).all() else np.nanargmax(scores)])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        if self._halving().is_wanted:
            tags.array_api_support = False
        return tags

    def __getstate__(self) -> dict[str, Any]:
        """Without a search that is under way, and without a study that lives in memory."""
        state = dict(super().__getstate__())
        state.pop("_hone_run", None)
        study = state.get("study_")
        if study is not None and study.storage.startswith("memory:"):
            del state["study_"]
        return state
