"""CPU milliseconds a point of pycma or the package cmaes over a whole run on Rosenbrock's function of
D numbers, asking and telling as their documentation has it.

    peer.py pycma|cmaes D N      prints {"ms": …}
"""
import json
import sys
import time

import numpy as np


def rosenbrock(x):
    return float(sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2))


class Pycma:
    def __init__(self, d):
        import cma
        self.cma = cma.CMAEvolutionStrategy(d * [0.0], 1.0,
                                            {"bounds": [-2, 2], "verbose": -9, "seed": 1,
                                             "tolfun": 0, "tolx": 0, "tolfunhist": 0})

    def ask(self):
        return self.cma.ask()

    def tell(self, points, values):
        self.cma.tell(points, values)


class Cmaes:
    def __init__(self, d):
        import cmaes
        self.cma = cmaes.CMA(mean=np.zeros(d), sigma=1.0, bounds=np.array(d * [[-2.0, 2.0]]),
                             seed=1)

    def ask(self):
        return [self.cma.ask() for _ in range(self.cma.population_size)]

    def tell(self, points, values):
        self.cma.tell(list(zip(points, values)))


def main():
    peer, d, n = {"pycma": Pycma, "cmaes": Cmaes}[sys.argv[1]], int(sys.argv[2]), int(sys.argv[3])
    run, done, spent = peer(d), 0, 0.0
    while done < n:
        start = time.process_time()
        points = run.ask()
        spent += time.process_time() - start
        values = [rosenbrock(np.asarray(x)) for x in points]
        start = time.process_time()
        run.tell(points, values)
        spent += time.process_time() - start
        done += len(points)
    print(json.dumps({"ms": spent / done * 1e3}))


main()
