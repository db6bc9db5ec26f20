"""What the pruning callbacks share: reporting a training's metric to a trial, and ending it.

1. When the callback is made, the study's metric is looked up that the reports count as, and the
   monitored name is compared with its direction.
2. Each report is checked, recorded, and asked whether the trial should go on.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hone._direction import usual_direction
from hone._errors import TrialPruned

if TYPE_CHECKING:
    from hone._program import ProgramTrial
    from hone._trial import Trial


class Monitor:
    """One metric of a training, on its way to a trial.

    name: what the training calls it. metric: the study's metric that it is; by default the one of
    the same name, or else the first objective. Given, the name is not judged. directed: the training
    says itself which way is better, see `check_direction`.
    """

    def __init__(
        self, trial: "Trial | ProgramTrial", name: str, metric: str | None = None, *, directed: bool = False
    ) -> None:
        if not hasattr(trial, "should_prune"):
            raise TypeError(f"trial is {trial!r}: give the trial that the objective is called with")
        if not isinstance(name, str):
            raise TypeError(f"monitor is {name!r}: write the name of a metric of the training")
        names = trial.study.metric_names
        if metric is not None and metric not in names:
            raise ValueError(f"{metric!r} is no metric of the study: it has {', '.join(names)}")
        self.trial = trial
        self.name = name
        self.metric = metric or (name if name in names else names[0])
        if metric is None and not directed:
            self.check_direction(usual_direction(name))

    def check_direction(self, direction: str | None) -> None:
        """Raises ValueError when the study wants the opposite: its best would be pruned."""
        study = self.trial.study
        goal = study._goals[study._names.index(self.metric)]
        if direction is None or goal in (direction, "record"):
            return
        word = "larger" if direction == "maximize" else "smaller"
        raise ValueError(
            f'{self.name!r} is better when {word}, and the study is to {goal} "{self.metric}": '
            f'write hone.study(direction="{direction}"), or metric="{self.metric}" in the callback '
            f"if that is meant"
        )

    def report(self, value: Any, step: float) -> bool:
        """Records; should the trial end?"""
        number = float(value)
        first = self.metric == self.trial.study.metric_names[0]
        self.trial.report(number if first else {self.metric: number}, step)
        return self.trial.should_prune()

    def look(self, value: Any, step: float, unit: str) -> None:
        """Records, and raises hone.TrialPruned if the trial should end."""
        if self.report(value, step):
            raise pruned(step, unit)


def missing(name: str, there: Iterable[str], hint: str = "") -> ValueError:
    """For a name that the training does not have."""
    names = ", ".join(sorted(there)) or "none"
    return ValueError(
        f"the training has no metric {name!r}, but {names}{hint and ': '}{hint}"
    )


def pruned(step: float, unit: str) -> TrialPruned:
    """What ends the objective."""
    return TrialPruned(f"pruned after {unit} {step:g}")


def pick(monitor: Monitor, names: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Of several data sets with metrics each, the pair that is monitored.

    "SET-METRIC" names it; "METRIC" is enough where one set has it, training data not counted.
    """
    pairs = list(names)
    for pair in pairs:
        if monitor.name == "-".join(pair):
            return pair
    found = [pair for pair in pairs if pair[1] == monitor.name]
    if len(found) > 1:
        found = [pair for pair in found if pair[0] not in ("train", "training")]
    if len(found) == 1:
        return found[0]
    there = ["-".join(pair) for pair in found or pairs]
    if found:
        raise ValueError(f"several data sets have {monitor.name!r}: write one of {', '.join(there)}")
    raise missing(monitor.name, there, "" if there else "give it data to evaluate on")
