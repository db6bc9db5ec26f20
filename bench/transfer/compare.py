"""What `--from` brings and what it costs, by how the earlier study is related to the new one.

    make bench B=transfer          writes bench/results/transfer.json

Every new study is run without an earlier one and with it, by the same sampler and seed. The earlier
one has 50 trials of tpe, on

    same         the same problem
    near         the same function, its argument moved by a tenth of each range
    other-data   the same model on other data (scikit-learn models only)
    unrelated    another function of another instance
    opposite     the same problem with its values negated: the worst there is

The loss is (best so far − lowest) / (median of random points − lowest), its logarithm is averaged
over seeds and problems, and what is printed is the ratio of the losses with and without: below 1
the earlier study has helped. An earlier study that is not related may cost the first few trials only.
"""
import argparse
import concurrent.futures
import json
import math
import pathlib
import random
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "bench" / name) for name in ("suites", "lib")]

import engines  # noqa: E402
import evaluations  # noqa: E402
import results  # noqa: E402
import rig  # noqa: E402
import suites  # noqa: E402

EARLIER, MARKS, SHIFT, FLOOR = 50, (1, 3, 5, 10, 25, 50), 0.1, 1e-3
SYNTHETIC = {f"bbob-f{f}-d{d}": f"bbob-f{g}-d{d}"
             for d, pairs in ((2, ((8, 21), (15, 10))), (5, ((1, 15), (8, 20), (10, 21), (15, 8))),
                              (10, ((1, 20), (10, 15), (17, 8), (20, 1))))
             for f, g in pairs}
MIXED = {"mixint-f3-d5": "mixint-f21-d5", "mixint-f10-d10": "mixint-f3-d10"}
REAL = {"svm-breast": "svm-digits", "forest-breast": "forest-wine", "mlp-digits": "mlp-wine",
        "kernels-digits": "kernels-breast", "cash-digits": "cash-wine"}
HOW = ("same", "near", "other-data", "unrelated", "opposite")


def near(objective, space, seed):
    """The objective with its minimum elsewhere: the argument is moved, and folded back at the ends.
    Numbers alone are moved: other parameters have no direction."""
    rng = random.Random(f"near {seed}")
    signs = {p["name"]: rng.choice((-1, 1)) for p in space.entries()}

    def moved(point):
        there = {}
        for name, value in point.items():
            there[name] = value
            if isinstance(value, float):
                there[name] = fold(value + signs[name] * SHIFT * 10, -5, 5)
        return objective(there)
    return moved


def fold(x, low, high):
    return 2 * high - x if x > high else 2 * low - x if x < low else x


def earlier_objective(how, name, seed, objective, space, reference):
    if how == "same":
        return objective
    if how == "near":
        return near(objective, space, seed)
    if how == "opposite":
        return lambda point: -objective(point)
    other = suites.problem({**SYNTHETIC, **MIXED, **REAL}[name], "earlier")
    return evaluations.Objective(other, other.instance(seed + 1), reference)


def studies(how):
    """The names of the problems that are run with an earlier study of this kind."""
    if how == "other-data":
        return list(REAL)
    if how == "near":
        return list(SYNTHETIC)
    return [*SYNTHETIC, *MIXED, *([] if how == "unrelated" else REAL)]


def play(hone, opening, objective, n):
    """The values of n trials in turn."""
    talker, values = engines.Talker([hone, "pipe"]), []
    try:
        talker(opening)
        for _ in range(n):
            trial = talker({"ask": 1})
            values.append(objective(trial["params"]))
            talker({"tell": trial["id"], "value": values[-1]})
    finally:
        talker.close()
    return values


def losses(values, objective):
    """log10 of the loss at each mark."""
    scale = objective.median - objective.lowest
    return [math.log10(max(FLOOR, (min(values[:n]) - objective.lowest) / scale)) for n in MARKS]


def task(hone, sampler, name, seed):
    """{how: log10 losses} of one new study, `alone` among them"""
    reference = json.loads((ROOT / "bench" / "suites" / "reference.json").read_text())
    problem = suites.problem(name)
    objective = evaluations.Objective(problem, problem.instance(seed), reference)
    space, found = problem.space(), {}
    with tempfile.TemporaryDirectory() as folder:
        opening = {"space": space.spec_entries(), "direction": "minimize",
                   "storage": f"sqlite:{folder}/hone.db"}
        new = {**opening, "sampler": sampler, "seed": seed, "budget": MARKS[-1]}
        alone = play(hone, {**new, "study": "alone"}, objective, MARKS[-1])
        found["alone"] = losses(alone, objective)
        for how in HOW:
            if name in studies(how):
                before = earlier_objective(how, name, seed, objective, space, reference)
                play(hone, {**opening, "sampler": "tpe", "seed": 1000 + seed, "study": how}, before, EARLIER)
                values = play(hone, {**new, "study": f"from-{how}", "from": how}, objective, MARKS[-1])
                found[how] = losses(values, objective)
    return name, seed, found


def report(found):
    """{how: {trials: [ratio, low, high]}}: the geometric mean over problems, with 95 %."""
    table = {}
    for how in HOW:
        problems = {}
        for (name, _), one in found.items():
            if how in one:
                problems.setdefault(name, []).append(
                    [there - here for there, here in zip(one[how], one["alone"])])
        means = [[statistics.fmean(column) for column in zip(*rows)] for rows in problems.values()]
        if means:
            table[how] = {n: interval([mean[k] for mean in means]) for k, n in enumerate(MARKS)}
    return table


def interval(values, draws=2000):
    rng = random.Random(1)
    means = sorted(statistics.fmean(rng.choices(values, k=len(values))) for _ in range(draws))
    return [round(10 ** v, 3) for v in (statistics.fmean(values), means[draws // 40],
                                        means[-1 - draws // 40])]


def main(arguments):
    parser = argparse.ArgumentParser(prog="bench/transfer/compare",
                                     description=__doc__.splitlines()[0])
    parser.add_argument("--sampler", default="auto,tpe")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", default="", help="problems whose name contains one of these words")
    parser.add_argument("--hone", default=str(engines.HONE), help="another build of the command")
    parser.add_argument("--out", help="instead of bench/results/transfer.json")
    options = parser.parse_args(arguments)
    names = [n for n in (*SYNTHETIC, *MIXED, *REAL) if results.is_meant(options.only, n, "")]
    tables = {}
    for sampler in options.sampler.split(","):
        with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
            done = pool.map(task, *zip(*((options.hone, sampler, name, seed)
                                         for seed in range(options.seeds) for name in names)))
            found = {(name, seed): one for name, seed, one in done}
        tables[sampler] = report(found)
        print(f"\n{sampler}: loss with the earlier study / without, after so many trials (95 %)")
        print(f"{'':12}" + "".join(f"{n:>22}" for n in MARKS))
        for how, row in tables[sampler].items():
            print(f"{how:12}" + "".join(f"{r:>8.2f} ({low:.2f} … {high:.2f})".rjust(22)
                                        for r, low, high in row.values()))
    whole = {"machine": rig.processor(), "date": results.today(), "seeds": options.seeds,
             "problems": names, "earlier_trials": EARLIER, "ratio_of_losses": tables}
    if options.out:
        pathlib.Path(options.out).write_text(json.dumps(whole, indent=1) + "\n")
    else:
        rig.write_report("transfer", whole)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
