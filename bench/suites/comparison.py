"""Compares two samplers of a file of results.

    bench/suites/compare A B FILE.json

Regret is normalised per problem and instance: (best found − lowest) / (median of random points −
lowest), at the end of the runs; 0 is perfect, 1 what one random point gives. `log10` is the
logarithm of the same, cut at 1e-4, of the problems whose lowest value is known, not only observed:
it shows precision that the plain mean does not. `anytime` is the mean of the regret over the
logarithm of the trials. Only pairs of the same problem and seed count.

Exit code 0: A is not inferior to B, that is, the upper one-sided 95 % bound of the mean difference
of the regret is below the margin (0.02) by Student's t over problems and by bootstrap of problems
and seeds, and A's mean rank beside B is no worse. 1: that fails. 2: it cannot be told.
"""
import argparse
import dataclasses
import math
import statistics
import sys

import results as files
import stats

FLOOR = 1e-4
SIGNIFICANT = 0.05


@dataclasses.dataclass
class Pair:
    """What two samplers reached on one problem with one seed."""
    problem: str
    family: str
    exact: bool
    regret: tuple
    anytime: tuple
    cpu_ms: tuple

    def log_regret(self):
        return tuple(math.log10(max(r, FLOOR)) for r in self.regret)


def anytime(results, run, trials):
    """Mean regret, each trial weighing as much as its step on the logarithmic axis."""
    weights = [math.log1p(1 / t) for t in range(1, trials + 1)]
    total = sum(w * min(results.regret(run, t), 1.0) for t, w in enumerate(weights, 1))
    return total / sum(weights)


def pairs(results, a, b, trials):
    found = []
    for (label, problem, seed), run in sorted(results.runs.items()):
        other = results.runs.get((b, problem, seed))
        if label == a and other:
            both = run, other
            entry = results.problems[problem]
            found.append(Pair(problem, entry["family"], entry["exact"],
                              tuple(max(0.0, results.regret(r, trials)) for r in both),
                              tuple(anytime(results, r, trials) for r in both),
                              tuple(r.cpu_ms for r in both)))
    return found


def grouped(found, key, value):
    """[[value of a pair, …] of each group]"""
    groups = {}
    for pair in found:
        groups.setdefault(key(pair), []).append(value(pair))
    return groups


def by_problem(found, value):
    return list(grouped(found, lambda p: p.problem, value).values())


@dataclasses.dataclass
class Measure:
    """A mean over problems of both, their difference, and the bounds of that."""
    name: str
    a: float
    b: float
    difference: float
    t_bound: float
    bootstrap_bound: float
    p: float

    def bound(self):
        return max(self.t_bound, self.bootstrap_bound)


def measure(name, found, values):
    """values(pair) → (A's, B's)"""
    groups = by_problem(found, lambda p: values(p)[0] - values(p)[1])
    means = [statistics.fmean(g) for g in groups]
    a, b = (statistics.fmean(statistics.fmean(g) for g in by_problem(found, lambda p: values(p)[i]))
            for i in (0, 1))
    return Measure(name, a, b, statistics.fmean(means), stats.mean_bound(groups),
                   stats.bootstrap_bound(groups), stats.wilcoxon(means))


def measures(found):
    def rank(pair):
        first = stats.rank_pair(*pair.regret)
        return first, 3 - first
    exact = [p for p in found if p.exact]
    logs = [measure("log10 regret", exact, Pair.log_regret)] if exact else []
    return [measure("regret", found, lambda p: p.regret), *logs,
            measure("anytime regret", found, lambda p: p.anytime),
            measure("rank", found, rank)]


@dataclasses.dataclass
class Row:
    """One problem, or the mean of a family."""
    name: str
    a: float
    b: float
    better: int
    equal: int
    worse: int
    p: float

    def verdict(self):
        """win: A is lower, and chance explains it with less than 5 %."""
        if self.p >= SIGNIFICANT:
            return "tie"
        return "win" if self.better > self.worse else "loss"


def row(name, some):
    differences = [p.regret[0] - p.regret[1] for p in some]
    return Row(name, *(statistics.fmean(p.regret[i] for p in some) for i in (0, 1)),
               sum(d < 0 for d in differences), sum(d == 0 for d in differences),
               sum(d > 0 for d in differences), stats.wilcoxon(differences))


def rows(found):
    """[(family's row, [problems' rows])]"""
    table = []
    for family, some in grouped(found, lambda p: p.family, lambda p: p).items():
        problems = grouped(some, lambda p: p.problem, lambda p: p)
        table.append((row(family, some), [row(n, ps) for n, ps in problems.items()]))
    return sorted(table, key=lambda pair: pair[0].name)


def is_not_inferior(measured, margin):
    regret, rank = measured[0], measured[-1]
    return regret.bound() < margin and rank.a <= rank.b


def print_table(found, a, b):
    print(f"\n{'problem':22}{'A':>9}{'B':>9}{'A − B':>9}   {'A better':>8}{'equal':>6}{'worse':>6}"
          f"{'p':>8}  verdict")
    for family, problems in rows(found):
        print(f"{family.name} ({len(problems)})".ljust(22) + f"{family.a:9.4f}{family.b:9.4f}"
              f"{family.a - family.b:+9.4f}   {family.better:8}{family.equal:6}{family.worse:6}")
        for one in problems:
            print(f"  {one.name:20}{one.a:9.4f}{one.b:9.4f}{one.a - one.b:+9.4f}   {one.better:8}"
                  f"{one.equal:6}{one.worse:6}{one.p:8.3f}  {one.verdict()}")
    verdicts = [one.verdict() for _, problems in rows(found) for one in problems]
    print(f"A = {a}, B = {b}; problems that A wins / ties / loses: "
          + " / ".join(str(verdicts.count(v)) for v in ("win", "tie", "loss")))


def print_measures(measured, found):
    print(f"\n{'mean over problems':22}{'A':>9}{'B':>9}{'A − B':>9}{'95 % bound: t':>15}"
          f"{'bootstrap':>11}{'Wilcoxon p':>12}")
    for one in measured:
        print(f"{one.name:22}{one.a:9.4f}{one.b:9.4f}{one.difference:+9.4f}{one.t_bound:+15.4f}"
              f"{one.bootstrap_bound:+11.4f}{one.p:12.4f}")
    cpu = [statistics.fmean(p.cpu_ms[i] for p in found) for i in (0, 1)]
    print(f"{'CPU ms a trial':22}{cpu[0]:9.3f}{cpu[1]:9.3f}{cpu[1] / max(cpu[0], 1e-9):9.1f} times "
          "less in A")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="bench/suites/compare", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("a", metavar="A", help="a sampler of the file, like hone:tpe")
    parser.add_argument("b", metavar="B", help="the one beside it, like optuna:tpe")
    parser.add_argument("file")
    parser.add_argument("--trials", type=int, help="compare after so many trials, not at the end")
    parser.add_argument("--margin", type=float, default=0.02)
    parser.add_argument("--only", default="", help="problems whose name or family contains one of these words")
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    try:
        results = files.load(options.file)
    except (OSError, ValueError, KeyError) as error:
        print(f"compare: {options.file}: {error}", file=sys.stderr)
        return 2
    trials = min(options.trials or results.trials, results.trials)
    found = [p for p in pairs(results, options.a, options.b, trials)
             if files.is_meant(options.only, p.problem, p.family)]
    if not found:
        print(f"compare: no problem and seed has both {options.a} and {options.b}; there are "
              f"{', '.join(results.labels())}", file=sys.stderr)
        return 2
    measured = measures(found)
    print(f"suite {results.suite}, {trials} trials, {len({p.problem for p in found})} problems, "
          f"{len(found)} pairs; {results.machine}, {results.date}")
    for label in (options.a, options.b):
        print(f"  {label}: {results.samplers[label]}")
    print_table(found, options.a, options.b)
    print_measures(measured, found)
    good = is_not_inferior(measured, options.margin)
    print(f"\n{options.a} is {'not inferior' if good else 'NOT shown to be non-inferior'} to "
          f"{options.b}: bound of the regret's difference {measured[0].bound():+.4f} "
          f"(must be < {options.margin}), mean rank {measured[-1].a:.3f} beside "
          f"{measured[-1].b:.3f} (must be no worse)")
    return 0 if good else 1
