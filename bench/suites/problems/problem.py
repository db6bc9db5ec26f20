"""What a problem is."""
import dataclasses
import random
import statistics
import typing

import space as spaces

N_MEDIAN = 1001


@dataclasses.dataclass(frozen=True)
class Problem:
    """A space and a deterministic objective to minimise.

    `instances` are variants of one problem (shifts, rotations); a run with seed s takes instance
    number s modulo their count. `make(instance)` builds the objective, a function of a point.
    `best(instance)` is the lowest value there is, or None where only observation tells, as it does
    for real models; then the best observed value is in reference.json. `cached` objectives are
    slow: what they gave at a point is kept between runs. `noise` is the standard deviation of what is
    added to the values that samplers are told, in units of median − lowest.

    With two objectives the function gives a list, and `front(instance)` makes what measures the
    loss of the trials so far, of which `best` is the lowest that was found.
    """
    name: str
    family: str
    specs: dict
    make: typing.Callable
    instances: tuple = (1,)
    best: typing.Callable = None
    cached: bool = False
    noise: float = 0.0
    front: typing.Callable = None

    def space(self):
        return spaces.parse(self.specs)

    def instance(self, seed):
        return self.instances[seed % len(self.instances)]

    def n_objectives(self):
        return 2 if self.front else 1

    def exact(self):
        """Is the lowest value known, not just the lowest that was ever observed?"""
        return self.best is not None and self.front is None

    def median(self, objective, instance, n=N_MEDIAN):
        """The median value of points from the prior, which regret 1 stands for; of two
        objectives the loss of no trial at all, as most single points lie outside the box."""
        if self.front:
            return 1.0
        rng = random.Random(f"{self.name} {instance}")
        space = self.space()
        return statistics.median(objective(space.sample(rng)) for _ in range(n))
