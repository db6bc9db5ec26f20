"""DEHB by its authors on the functions of problem.py: a line for each evaluation."""
import sys
import tempfile

import ConfigSpace as cs
from dehb import DEHB
from loguru import logger

import problem


def main():
    name, seed, budget = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    logger.remove()
    space = cs.ConfigurationSpace(seed=seed)
    for key in problem.SPACES[name]:
        space.add(cs.CategoricalHyperparameter(key, [0, 1]) if key[0] == "b"
                  else cs.UniformFloatHyperparameter(key, 0, 1))
    spent = 0

    def evaluate(config, fidelity, **_):
        nonlocal spent
        resource = round(fidelity)
        value = problem.FUNCTIONS[name]({k: float(v) for k, v in dict(config).items()}, resource)
        if spent < budget:
            print("evaluated", resource, resource, repr(value), flush=True)
        spent += resource
        return {"fitness": value, "cost": resource}

    with tempfile.TemporaryDirectory() as folder:
        search = DEHB(f=evaluate, cs=space, min_fidelity=1, max_fidelity=problem.R, eta=3,
                      n_workers=1, seed=seed, output_path=folder)
        while spent < budget:
            search.run(fevals=20)


if __name__ == "__main__":
    main()
