"""Functions whose value at a short training only resembles that at a whole one; optima are known.

    python3 -S problem.py NAME RESOURCE LOG x1=0.1 x2=0.9 …

- `hartmann`: Hartmann's function of six numbers, whose terms weigh otherwise the shorter the training.
- `ones`: eight bits and eight numbers in [0, 1]: how many are one (counting ones). A number counts as
  the mean of as many draws of a coin of that bias as there are steps, so that short trainings are
  noisy. The value is what it would be after endless training where a whole one is asked for.

As a program it goes on from its checkpoint, and writes what it cost into the log. Values are less the
distance from the optimum after a whole training.
"""
import math
import os
import random
import sys

R = 27
ALPHA, DELTA = (1.0, 1.2, 3.0, 3.2), (0.3, -0.4, 0.3, -0.3)
A = ((10, 3, 17, 3.5, 1.7, 8), (0.05, 10, 17, 0.1, 8, 14), (3, 3.5, 1.7, 10, 17, 8),
     (17, 8, 0.05, 10, 0.1, 14))
P = ((.1312, .1696, .5569, .0124, .8283, .5886), (.2329, .4135, .8307, .3736, .1004, .9991),
     (.2348, .1451, .3522, .2883, .3047, .6650), (.4047, .8828, .8732, .5743, .1091, .0381))
SPACES = {"hartmann": ["x1", "x2", "x3", "x4", "x5", "x6"],
          "ones": [*(f"b{i}" for i in range(1, 9)), *(f"x{i}" for i in range(1, 9))]}


def hartmann(x, resource):
    short = 1 - resource / R
    inner = [sum(a * (x[f"x{j + 1}"] - p) ** 2 for j, (a, p) in enumerate(zip(A[i], P[i])))
             for i in range(4)]
    return 3.32237 - sum((ALPHA[i] - DELTA[i] * short) * math.exp(-inner[i]) for i in range(4))


def ones(x, resource):
    rng = random.Random(repr((sorted(x.items()), resource)))
    missing = sum(1 - x[f"b{i}"] for i in range(1, 9))
    for i in range(1, 9):
        p = x[f"x{i}"]
        n = 3 * resource
        drawn = p if resource >= R else sum(rng.random() < p for _ in range(n)) / n
        missing += 1 - drawn
    return missing


FUNCTIONS = {"hartmann": hartmann, "ones": ones}


def main():
    name, resource, log = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    x = {key: float(value) for key, value in (word.split("=") for word in sys.argv[4:])}
    mark = os.path.join(os.environ["HONE_CKPT"], "resource")
    done = int(open(mark).read()) if os.path.exists(mark) else 0
    with open(mark, "w") as file:
        file.write(str(resource))
    value = FUNCTIONS[name](x, resource)
    with open(log, "a") as file:
        file.write(f"{resource} {resource - done} {value!r}\n")
    print(f"loss={value!r} step={resource}", flush=True)


if __name__ == "__main__":
    main()
