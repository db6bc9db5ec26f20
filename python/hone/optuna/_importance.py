"""What matters in an Optuna study, by Hone's analysis.

The complete trials are entered into a Hone study in memory, a parameter for each name: where a range
has changed from trial to trial it is the widest there was, so that all trials count.
"""

import warnings
from collections.abc import Callable, Sequence

from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.importance import BaseImportanceEvaluator
from optuna.study import Study as OptunaStudy
from optuna.trial import FrozenTrial, TrialState

import hone
from hone.optuna._keys import Key

Target = Callable[[FrozenTrial], float]


class HoneImportanceEvaluator(BaseImportanceEvaluator):
    """Functional analysis of variance of a random forest, as `hone importance` shows it.

        optuna.importance.get_param_importances(study, evaluator=HoneImportanceEvaluator())

    Parameters that some trials lack are assessed with the others. params= chooses which are given;
    the model knows all of them. Of several objectives it is the mean of their shares, unless target=
    says of what. As Optuna's own do, it gives 0 where nothing can be said: with fewer than 3 complete
    trials, or when all have the same value; a RuntimeWarning says which.
    """

    def evaluate(
        self,
        study: OptunaStudy,
        params: list[str] | None = None,
        *,
        target: Target | None = None,
    ) -> dict[str, float]:
        """Share of the variance that each parameter explains alone, the most important first."""
        trials = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        domains = _domains_of(trials)
        wanted = _wanted_of(params, domains)
        if not wanted:
            return {}
        n = len(study.directions)
        targets = [target] if target is not None else [_objective(i) for i in range(n)]
        found = [_shares_of(trials, domains, each) for each in targets]
        shares = {name: sum(each.get(name, 0.0) for each in found) / len(found) for name in wanted}
        return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _objective(index: int) -> Target:
    return lambda trial: trial.values[index]


def _wanted_of(params: Sequence[str] | None, domains: dict[str, BaseDistribution]) -> list[str]:
    if params is None:
        return list(domains)
    if not isinstance(params, (list, tuple)) or any(not isinstance(p, str) for p in params):
        raise TypeError(f"params are {params!r}: write a list of names")
    for name in params:
        if name not in domains:
            known = ", ".join(repr(p) for p in domains) or "none"
            raise ValueError(f"no complete trial has a parameter {name!r}; they have {known}")
    return list(params)


def _domains_of(trials: Sequence[FrozenTrial]) -> dict[str, BaseDistribution]:
    domains: dict[str, BaseDistribution] = {}
    for trial in trials:
        for name, distribution in trial.distributions.items():
            had = domains.setdefault(name, distribution)
            if had is not distribution and had != distribution:
                domains[name] = _widest(name, had, distribution)
    return domains


def _widest(name: str, a: BaseDistribution, b: BaseDistribution) -> BaseDistribution:
    if isinstance(a, FloatDistribution) and isinstance(b, FloatDistribution) and a.log == b.log:
        low, high = min(a.low, b.low), max(a.high, b.high)
        return FloatDistribution(low, high, log=a.log)
    if isinstance(a, IntDistribution) and isinstance(b, IntDistribution) and a.log == b.log:
        return IntDistribution(min(a.low, b.low), max(a.high, b.high), log=a.log)
    if isinstance(a, CategoricalDistribution) and isinstance(b, CategoricalDistribution):
        raise ValueError(f"parameter {name!r} has other choices in other trials: it has no one share")
    raise ValueError(f"parameter {name!r} is of several kinds in the trials: it has no one share")


def _shares_of(
    trials: Sequence[FrozenTrial], domains: dict[str, BaseDistribution], target: Target
) -> dict[str, float]:
    """Of the parameters that have more than one value, where anything can be said."""
    keys = {
        name: Key(f"p{i}", domain)
        for i, (name, domain) in enumerate(domains.items())
        if not domain.single()
    }
    names = {key.name: name for name, key in keys.items()}
    study = hone.study(sampler="random", seed=1, noisy=True)  # equal trials are all looked at
    first = study.ask()
    for key in keys.values():
        first.suggest(key.name, key.spec)
    study.tell(first, state="lost")
    for trial in trials:
        given = [(keys[name], value) for name, value in trial.params.items() if name in keys]
        if not given:
            continue
        study.enqueue_trial({key.name: key.to_hone(value) for key, value in given})
        entered = study.ask()
        for key, _ in given:
            entered.suggest(key.name, key.spec)
        study.tell(entered, float(target(trial)))
    if not keys:
        return {}
    try:
        shares = study.param_importances()
    except hone.StateError as error:
        warnings.warn(str(error), RuntimeWarning, stacklevel=4)
        return {}
    return {names[name]: share for name, share in shares.items()}
