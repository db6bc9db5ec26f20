"""pycma: CMA-ES on the unit cube, where a log scale is straight, and integers and choices are equal
slices. It knows no conditions: a parameter that is not active is simply not used. The samplers start
in the middle. cmaes: σ = 0.25, and restarts there with a doubled population when it has converged.
bipop: pycma's own `fmin2` with `bipop=True`, whose restarts begin at random places; the option
`sigma0` is 0.2, that of the BBOB workshops."""
import math
import queue
import threading
import weakref

import cma
import numpy

import serve


def value_of(entry, unit):
    """The value at a coordinate of the unit cube."""
    unit = min(max(unit, 0.0), 1.0)
    if entry["type"] == "categorical":
        return entry["choices"][min(int(unit * len(entry["choices"])), len(entry["choices"]) - 1)]
    low, high, step = entry["low"], entry["high"], entry.get("step")
    if entry["type"] == "int" and entry["log"]:
        edges = math.log(low - 0.5), math.log(high + 0.5)
        return min(max(round(math.exp(edges[0] + unit * (edges[1] - edges[0]))), low), high)
    if entry["type"] == "int" or step:
        step = step or 1
        n = int((high - low) / step + 1e-9) + 1
        value = low + step * min(int(unit * n), n - 1)
        return value if entry["type"] == "int" else round(value, 12)
    if entry["log"]:
        return min(max(low * (high / low) ** unit, low), high)
    return low + unit * (high - low)


class Doubling:
    """Runs one after another, each with twice the population."""

    def __init__(self, n, options, seed):
        self.n, self.options, self.seed, self.restarts = n, options, seed, 0
        self._start()

    def _start(self):
        population = 4 + int(3 * math.log(self.n))
        settings = {"bounds": [0, 1], "verbose": -9, "seed": self.seed * 97 + self.restarts + 1,
                    "popsize": population * 2**self.restarts, **self.options}
        self.cma = cma.CMAEvolutionStrategy([0.5] * self.n, 0.25, settings)

    def generation(self):
        if self.cma.stop():
            self.restarts += 1
            self._start()
        return list(self.cma.ask())

    def told(self, points, values):
        self.cma.tell(points, values)


class Ended(Exception):
    """Nobody wants more of a study."""


class Bipop:
    """`fmin2` in a thread: what it wants evaluated is a generation, and it waits for the values."""

    def __init__(self, n, options, seed):
        options = dict(options)
        self.generations, self.values = queue.Queue(), queue.Queue()
        words = n, options.pop("sigma0", 0.2), options, seed * 97 + 1
        threading.Thread(target=self._run, args=(self.generations, self.values, *words),
                         daemon=True).start()
        weakref.finalize(self, self.values.put, None)

    @staticmethod
    def _run(generations, values, n, sigma0, options, seed):
        starts = []

        def start():
            starts.append(numpy.random.uniform(0, 1, n) if starts else numpy.full(n, 0.5))
            return starts[-1]

        def evaluate(points):
            generations.put([list(x) for x in points])
            got = values.get()
            if got is None:
                raise Ended
            return got

        settings = {"bounds": [0, 1], "verbose": -9, "verb_log": 0, "verb_disp": 0, **options}
        try:
            while True:
                cma.fmin2(None, start, sigma0, {**settings, "seed": seed + 1000 * len(starts)},
                          restarts=9, bipop=True, parallel_objective=evaluate)
        except Ended:
            pass
        except Exception as error:  # the study's end
            generations.put(error)

    def generation(self):
        points = self.generations.get()
        if isinstance(points, Exception):
            raise points
        return points

    def told(self, _points, values):
        self.values.put(values)


SAMPLERS = {"cmaes": Doubling, "bipop": Bipop}


class Study:
    def __init__(self, space, sampler, options, seed, _budget):
        if sampler not in SAMPLERS:
            raise ValueError(f"pycma has no sampler '{sampler}'; there are {', '.join(SAMPLERS)}")
        self.space, self.n = space, 0
        self.waiting, self.asked, self.told = [], {}, []
        self.strategy = SAMPLERS[sampler](len(space), options, seed)

    def ask(self):
        if not self.waiting:
            if self.asked:
                raise ValueError("pycma waits for a whole generation: one trial at a time")
            self.waiting, self.told = self.strategy.generation(), []
        x, point = self.waiting.pop(0), {}
        for entry, unit in zip(self.space, x):
            if serve.is_active(entry, point):
                point[entry["name"]] = value_of(entry, unit)
        self.n += 1
        self.asked[self.n - 1] = x
        return self.n - 1, point

    def tell(self, number, value):
        self.told.append((self.asked.pop(number), value))
        if not self.waiting and not self.asked:
            self.strategy.told(*map(list, zip(*self.told)))


if __name__ == "__main__":
    serve.serve(Study)
