"""Writes reference.json: for problems whose lowest value can only be observed, the lowest of all
evaluations that were ever kept on this machine (build/suites) and the median of random points.

    bench/suites/reference [--search N]

--search N first tries N random points more, then moves from the best ones in single parameters. A
lowest value that is already written never goes up, unless the models' version changes.
"""
import argparse
import json
import pathlib
import random
import sys

import evaluations
import problems.models
import suites

REFERENCE = pathlib.Path(__file__).resolve().parent / "reference.json"
DIGITS = 12


def neighbours(space, point, rng):
    """Points that differ in one parameter, by a new draw or, for a number, by a small step."""
    for parameter in space.parameters:
        for _ in range(4):
            moved = space.sample(rng)  # gives the parameters that become active by the move
            moved.update({k: v for k, v in point.items() if k != parameter.name})
            moved.pop(parameter.name, None)
            moved[parameter.name] = _near(parameter, point.get(parameter.name), rng)
            yield _prune(space, moved)


def _near(parameter, value, rng):
    if parameter.kind != "float" or value is None or rng.random() < 0.3:
        return parameter.draw(rng.random())
    size = 10 ** rng.uniform(-3, -0.5)
    if parameter.log:
        value *= (parameter.high / parameter.low) ** rng.uniform(-size, size)
    else:
        value += (parameter.high - parameter.low) * rng.uniform(-size, size)
    return min(max(value, parameter.low), parameter.high)


def _prune(space, point):
    kept = {}
    for parameter in space.parameters:
        if parameter.is_active(kept):
            kept[parameter.name] = point.get(parameter.name, parameter.draw(0.5))
    return kept


def search(problem, objective, n):
    rng = random.Random(n)
    space = problem.space()
    for _ in range(n):
        objective(space.sample(rng))
    best = sorted(objective.known.items(), key=lambda item: item[1])[:3]
    for key, value in best:
        point = json.loads(key)
        for _ in range(max(1, n // (8 * len(space.parameters)))):
            for moved in neighbours(space, point, rng):
                found = objective(moved)
                if found < value:
                    point, value = moved, found


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench/suites/reference",
                                     description=__doc__.splitlines()[0])
    parser.add_argument("--search", type=int, default=0, metavar="N")
    parser.add_argument("--only", default="")
    options = parser.parse_args(arguments)
    reference = json.loads(REFERENCE.read_text()) if REFERENCE.exists() else {}
    if reference.get("models") != evaluations.versions():
        reference = {"models": evaluations.versions()}
    for name in problems.models.TABLE:
        if options.only not in name:
            continue
        problem = suites.problem(name)
        objective = evaluations.Objective(problem, 1, {name: (0.0, 1.0)})
        median = problem.median(objective, 1, n=501)
        if options.search:
            search(problem, objective, options.search)
        lowest = min([*objective.known.values(), reference.get(name, [float("inf")])[0]])
        reference[name] = [round(lowest, DIGITS), round(median, DIGITS)]
        print(f"{name:20} lowest {lowest:.6g}, median {median:.6g}, "
              f"{len(objective.known)} points", flush=True)
        REFERENCE.write_text("{\n" + ",\n".join(
            f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(reference.items())) + "\n}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
