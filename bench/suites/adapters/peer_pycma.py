"""pycma: CMA-ES on the unit cube, where a log scale is straight, and integers and choices are equal
slices. It knows no conditions: a parameter that is not active is simply not used. Sampler cmaes;
σ = 0.25, start in the middle, restarts with a doubled population when it has converged."""
import math

import cma

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


class Study:
    def __init__(self, space, sampler, options, seed, _budget):
        if sampler != "cmaes":
            raise ValueError(f"pycma has no sampler '{sampler}'; there is cmaes")
        self.space, self.options, self.seed = space, options, seed
        self.n, self.restarts = 0, 0
        self.waiting, self.asked, self.told = [], {}, []
        self._start()

    def _start(self):
        population = 4 + int(3 * math.log(len(self.space)))
        settings = {"bounds": [0, 1], "verbose": -9, "seed": self.seed * 97 + self.restarts + 1,
                    "popsize": population * 2**self.restarts, **self.options}
        self.cma = cma.CMAEvolutionStrategy([0.5] * len(self.space), 0.25, settings)

    def ask(self):
        if not self.waiting:
            if self.cma.stop():
                self.restarts += 1
                self._start()
            self.waiting, self.told = list(self.cma.ask()), []
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
            self.cma.tell([x for x, _ in self.told], [value for _, value in self.told])


if __name__ == "__main__":
    serve.serve(Study)
